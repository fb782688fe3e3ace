/*
 * Auto Scaling: instances come to a group, leave it, stand by and come back.
 */
#include <string.h>

#include "control/services/autoscaling/activity.h"
#include "control/services/autoscaling/converge.h"
#include "control/services/autoscaling/hook.h"
#include "control/services/autoscaling/launch.h"
#include "control/services/autoscaling/settings.h"

enum { PER_CALL = 20 };

static int
input_ids(struct call *c, const json_t **ret)
{
	const json_t *ids = in_list(c, "InstanceIds");

	if (json_array_size(ids) > PER_CALL)
		return err_set(&c->err, &asg_invalid,
		    "A maximum of %d instances can be specified in a call.", PER_CALL);
	*ret = ids;
	return 0;
}

/* The instance of the group in that state, or -1. */
static int
member_in(struct call *c, const json_t *group, const char *id, const char *state,
    json_t **ret)
{
	json_t *member = asg_member_find(group, id, NULL);

	if (member == NULL)
		return err_set(&c->err, &asg_invalid,
		    "The instance %s is not part of Auto Scaling group %s.", id,
		    asg_name(group));
	if (strcmp(json_str_or(member, "LifecycleState", ""), state) != 0)
		return err_set(&c->err, &asg_invalid, "The instance %s is not in %s.", id,
		    state);
	*ret = member;
	return 0;
}

static int
note(struct call *c, const json_t *group, const json_t *member, const char *what,
    const char *cause, const char *status, json_t *list)
{
	const char *id = json_str_or(member, "InstanceId", "");
	const struct asg_activity a = {
		.description = arena_printf(c->arena, "%s: %s", what, id),
		.cause = cause,
		.status = status,
		.progress = 50,
		.subnet = json_str(member, "_subnet"),
		.zone = json_str(member, "AvailabilityZone"),
	};
	json_t *doc = asg_activity_begin(c, group, &a), *shown;

	/* The answer shows how it begins; the list how it ended, at once. */
	shown = json_own(c->arena, json_copy_deep(doc));
	json_add(list, json_incref(shown));
	return asg_activity_end(c, json_str(doc, "ActivityId"), "Successful", NULL);
}

/* "…, shrinking the capacity from 3 to 2." when it does. */
static char *
cause_of(struct call *c, const char *did, const char *id, int64_t from, int64_t to)
{
	const char *at = asg_time(c->arena, c->now_ms);

	if (from == to)
		return arena_printf(c->arena,
		    "At %s instance %s was %s in response to a user request.", at, id,
		    did);
	return arena_printf(c->arena,
	    "At %s instance %s was %s in response to a user request, %s the capacity from "
	    "%lld to %lld.",
	    at, id, did, from > to ? "shrinking" : "increasing", (long long)from,
	    (long long)to);
}

/* Desired grows or shrinks by the units, within the group's bounds. */
static int
shift(struct call *c, json_t *group, int64_t units, const char *words)
{
	int64_t min = json_int(group, "MinSize", 0), max = json_int(group, "MaxSize", 0);
	int64_t desired = json_int(group, "DesiredCapacity", 0), to = desired + units;

	if (to < min || to > max)
		return err_set(&c->err, &asg_invalid,
		    "AutoScalingGroup %s has min-size=%lld, max-size=%lld, and "
		    "desired-size=%lld. To %s, please update the AutoScalingGroup sizes "
		    "appropriately.",
		    asg_name(group), (long long)min, (long long)max, (long long)desired,
		    words);
	json_set_int(group, "DesiredCapacity", to);
	return 0;
}

/* Whose an instance is stands in its tags. */
static int
tag_instance(struct call *c, json_t *doc, const char *group)
{
	json_t *tags = json_need_array(doc, "Tags"), *tag;
	size_t i;

	json_array_foreach(tags, i, tag) {
		if (strcmp(json_str_or(tag, "Key", ""), ASG_NAME_TAG) == 0)
			break;
	}
	if (i < json_array_size(tags))
		json_array_remove(tags, i);
	if (group != NULL) {
		tag = json_add_object(tags);
		json_set_str(tag, "Key", ASG_NAME_TAG);
		json_set_str(tag, "Value", group);
	}
	store_put(c->txn, c->scope, "ec2:instance", json_str_or(doc, "InstanceId", ""),
	    doc);
	return 0;
}

/* AttachInstances */

/* It runs, is in a zone of the group's, and in no group. */
static int
check_free(struct call *c, const json_t *group, const char *id, json_t **ret)
{
	json_t *doc, *index;
	int rc = store_edit(c->txn, c->scope, "ec2:instance", id, &doc, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &asg_invalid, "Invalid Instance ID(s): [%s]", id);
	rc = store_get(c->txn, c->scope, ASG_MEMBER_KIND, id, &index, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &asg_invalid,
		    "Instance %s is already part of AutoScalingGroup:%s", id,
		    asg_name(index));
	if (strcmp(json_str_or(json_get(doc, "State"), "Name", ""), "running") != 0)
		return err_set(&c->err, &asg_invalid,
		    "Instance %s is not in correct state: the instance must be running",
		    id);
	if (!json_has_str(json_get(group, "AvailabilityZones"),
		json_str_or(json_get(doc, "Placement"), "AvailabilityZone", "")))
		return err_set(&c->err, &asg_invalid,
		    "Instance %s is not in an Availability Zone of the Auto Scaling group.",
		    id);
	*ret = doc;
	return 0;
}

static int
attach(struct call *c, json_t *group, const char *id, json_t *list)
{
	json_t *doc, *member = json_own(c->arena, json_new_object());
	json_t *index = json_own(c->arena, json_new_object());
	int64_t before = json_int(group, "DesiredCapacity", 0);

	if (check_free(c, group, id, &doc) < 0 ||
	    shift(c, group, 1, "attach instances") < 0)
		return -1;
	json_set_str(member, "InstanceId", id);
	json_set_str(member, "InstanceType", json_str(doc, "InstanceType"));
	json_set_str(member, "ImageId", json_str(doc, "ImageId"));
	json_set_str(member, "AvailabilityZone",
	    json_str(json_get(doc, "Placement"), "AvailabilityZone"));
	json_set_str(member, "LifecycleState", "InService");
	json_set_str(member, "HealthStatus", "Healthy");
	json_set_bool(member, "ProtectedFromScaleIn",
	    json_bool(group, "NewInstancesProtectedFromScaleIn", 0));
	json_set_str(member, "_subnet", json_str(doc, "SubnetId"));
	json_set_int(member, "_launched_ms",
	    (int64_t)(json_num(doc, "LaunchTime", 0) * 1000));
	json_set_int(member, "_in_service_ms", c->now_ms);
	json_add(json_need_array(group, "Instances"), json_incref(member));
	json_set_str(index, "InstanceId", id);
	json_set_str(index, "AutoScalingGroupName", asg_name(group));
	store_put(c->txn, c->scope, ASG_MEMBER_KIND, id, index);
	if (tag_instance(c, doc, asg_name(group)) < 0)
		return -1;
	return note(c, group, member, "Attaching an existing EC2 instance",
	    cause_of(c, "attached", id, before, before + 1), "InProgress", list);
}

static int
attach_instances(struct call *c)
{
	json_t *group, *list = json_own(c->arena, json_new_array());
	const json_t *ids, *v;
	size_t i;

	if (input_ids(c, &ids) < 0 || asg_input_group_edit(c, &group) < 0)
		return -1;
	json_array_foreach(ids, i, v) {
		if (attach(c, group, json_string_value(v), list) < 0)
			return -1;
	}
	resource_put(c, &asg_group, group);
	return 0;
}

/* DetachInstances */

static int
detach(struct call *c, json_t *group, const char *id, json_t *list)
{
	int64_t before = json_int(group, "DesiredCapacity", 0);
	int drops = in_bool(c, "ShouldDecrementDesiredCapacity", 0), rc;
	json_t *member = asg_member_find(group, id, NULL), *doc;
	size_t i;

	if (member == NULL)
		return err_set(&c->err, &asg_invalid,
		    "The instance %s is not part of Auto Scaling group %s.", id,
		    asg_name(group));
	if (!asg_member_is(member, "InService") && !asg_member_is(member, "Standby"))
		return err_set(&c->err, &asg_invalid,
		    "The instance %s is not in InService or Standby.", id);
	if (drops && asg_member_is(member, "InService") &&
	    shift(c, group, -asg_units(member), "detach instances") < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, "ec2:instance", id, &doc, &c->err);
	if (rc < 0 || (rc > 0 && tag_instance(c, doc, NULL) < 0) ||
	    note(c, group, member, "Detaching EC2 instance",
		cause_of(c, "detached", id, before,
		    json_int(group, "DesiredCapacity", 0)),
		"InProgress", list) < 0)
		return -1;
	asg_member_find(group, id, &i);
	asg_member_drop(c, group, i);
	return 0;
}

typedef int move_fn(struct call *c, json_t *group, const char *id, json_t *list);

/* For each of InstanceIds; the answer has an activity for each. */
static int
each(struct call *c, move_fn *move)
{
	json_t *group, *list = json_own(c->arena, json_new_array());
	const json_t *ids, *v;
	size_t i;

	if (input_ids(c, &ids) < 0 || asg_input_group_edit(c, &group) < 0)
		return -1;
	json_array_foreach(ids, i, v) {
		if (move(c, group, json_string_value(v), list) < 0)
			return -1;
	}
	resource_put(c, &asg_group, group);
	out_ref(c, "Activities", list);
	return 0;
}

static int
detach_instances(struct call *c)
{
	return each(c, detach);
}

/* EnterStandby */

static int
stand_by(struct call *c, json_t *group, const char *id, json_t *list)
{
	int64_t before = json_int(group, "DesiredCapacity", 0);
	json_t *member;

	if (member_in(c, group, id, "InService", &member) < 0)
		return -1;
	if (in_bool(c, "ShouldDecrementDesiredCapacity", 0) &&
	    shift(c, group, -asg_units(member), "place into standby 1 instance") < 0)
		return -1;
	json_set_str(member, "LifecycleState", "Standby");
	return note(c, group, member, "Moving EC2 instance to Standby",
	    cause_of(c, "moved to standby", id, before,
		json_int(group, "DesiredCapacity", 0)),
	    "InProgress", list);
}

static int
enter_standby(struct call *c)
{
	return each(c, stand_by);
}

/* ExitStandby: it comes back as one that was launched does, hooks included */

static int
come_back(struct call *c, json_t *group, const char *id, json_t *list)
{
	int64_t before = json_int(group, "DesiredCapacity", 0);
	json_t *member;
	int n;

	if (member_in(c, group, id, "Standby", &member) < 0 ||
	    shift(c, group, asg_units(member), "take 1 instance out of standby") < 0)
		return -1;
	n = asg_hooks_begin(c, group, member, ASG_LAUNCHING);
	if (n < 0)
		return -1;
	json_set_str(member, "LifecycleState", n > 0 ? "Pending:Wait" : "Pending");
	return note(c, group, member, "Moving EC2 instance out of Standby",
	    cause_of(c, "moved out of standby", id, before,
		json_int(group, "DesiredCapacity", 0)),
	    "PreInService", list);
}

static int
exit_standby(struct call *c)
{
	return each(c, come_back);
}

#define NAME "AutoScalingGroupName"

static const struct op ops[] = {
	OP_RES("AttachInstances", attach_instances, 0, &asg_group, NAME,
	    "Let instances that run belong to a group."),
	OP_RES("DetachInstances", detach_instances, 0, &asg_group, NAME,
	    "Let instances leave a group, and run on."),
	OP_RES("EnterStandby", enter_standby, 0, &asg_group, NAME,
	    "Let instances of a group stand by."),
	OP_RES("ExitStandby", exit_standby, 0, &asg_group, NAME,
	    "Put instances that stand by back into service."),
};
const struct family asg_member_moves = FAMILY(ops, NULL);
