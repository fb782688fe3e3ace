/*
 * Auto Scaling: instances in groups: listed, marked, ended.
 */
#include <string.h>

#include "control/services/autoscaling/converge.h"
#include "control/services/autoscaling/launch.h"
#include "control/services/autoscaling/settings.h"

/* The group that an instance is in, to write, if the caller may, and the instance in it.  0 or -1. */
static int
group_of(struct call *c, const char *id, json_t **ret_group, json_t **ret_member)
{
	json_t *index;
	int rc = store_get(c->txn, c->scope, ASG_MEMBER_KIND, id, &index, &c->err);

	if (rc < 0)
		return -1;
	if (rc > 0) {
		if (call_allow(c, &asg_group, asg_name(index)) < 0 ||
		    asg_group_edit(c, asg_name(index), ret_group) < 0)
			return -1;
		*ret_member = asg_member_find(*ret_group, id, NULL);
		if (*ret_member != NULL)
			return 0;
	} else if (call_allow(c, &asg_group, NULL) < 0) {
		return -1;
	}
	return err_set(&c->err, &asg_invalid,
	    "Instance Id not found - No managed instance "
	    "found for instance ID: %s",
	    id);
}

/* DescribeAutoScalingInstances */

static void
add_details(json_t *out, const json_t *group, const json_t *ids)
{
	json_t *member, *v;
	size_t i;

	json_array_foreach(json_get(group, "Instances"), i, member) {
		if (json_array_size(ids) > 0 &&
		    !json_has_str(ids, json_str_or(member, "InstanceId", "")))
			continue;
		v = json_copy_shallow(member);
		json_set_str(v, "AutoScalingGroupName", asg_name(group));
		json_set_str(v, "HealthStatus",
		    strcmp(json_str_or(member, "HealthStatus", ""), "Healthy") == 0 ?
			"HEALTHY" :
			"UNHEALTHY");
		json_add(out, v);
	}
}

static int
describe_auto_scaling_instances(struct call *c)
{
	const json_t *ids = in_list(c, "InstanceIds");
	json_t *out = json_own(c->arena, json_new_array());
	struct store_docs all;

	if (resource_list(c, &asg_group, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		add_details(out, all.doc[i], ids);
	return asg_out_page(c, "AutoScalingInstances",
	    resource_sorted(c, out, "InstanceId"));
}

/* SetInstanceHealth */

static int
set_instance_health(struct call *c)
{
	const char *id = in_str(c, "InstanceId"), *health = in_str(c, "HealthStatus");
	int64_t grace, since;
	json_t *group, *member;

	if (strcmp(health, "Healthy") != 0 && strcmp(health, "Unhealthy") != 0)
		return err_set(&c->err, &asg_invalid,
		    "Valid instance health states are: [Healthy, Unhealthy].");
	if (group_of(c, id, &group, &member) < 0)
		return -1;
	grace = json_int(group, "HealthCheckGracePeriod", 0) * 1000;
	since = json_int(member, "_in_service_ms", 0);
	/* An instance that is not in service yet has not begun its grace. */
	if (strcmp(health, "Unhealthy") == 0 && grace > 0 &&
	    in_bool(c, "ShouldRespectGracePeriod", 1) &&
	    (since == 0 || c->now_ms - since < grace))
		return 0;
	json_set_str(member, "HealthStatus", health);
	if (strcmp(health, "Healthy") == 0)
		json_del(member, "_cause");
	else
		json_set_str(member, "_cause", "a user health-check");
	resource_put(c, &asg_group, group);
	return 0;
}

/* SetInstanceProtection */

static int
set_instance_protection(struct call *c)
{
	const json_t *ids = in_list(c, "InstanceIds"), *v;
	json_t *group, *member;
	size_t i;

	if (asg_input_group_edit(c, &group) < 0)
		return -1;
	if (json_array_size(ids) > 50)
		return err_set(&c->err, &asg_limit,
		    "A maximum of 50 instances can be specified in a call.");
	json_array_foreach(ids, i, v) {
		const char *id = json_string_value(v);

		member = asg_member_find(group, id, NULL);
		if (member == NULL)
			return err_set(&c->err, &asg_invalid,
			    "The instance %s is not part of Auto Scaling group %s.", id,
			    asg_name(group));
		if (!asg_member_is(member, "InService") &&
		    !asg_member_is(member, "Standby") &&
		    !asg_member_is(member, "Pending"))
			return err_set(&c->err, &asg_invalid,
			    "The instance %s is not in InService or EnteringStandby or "
			    "Standby.",
			    id);
		json_set_bool(member, "ProtectedFromScaleIn",
		    in_bool(c, "ProtectedFromScaleIn", 0));
	}
	resource_put(c, &asg_group, group);
	return 0;
}

/* TerminateInstanceInAutoScalingGroup */

static int
decrement(struct call *c, json_t *group, const json_t *member)
{
	int64_t desired = json_int(group, "DesiredCapacity", 0) - asg_units(member);

	if (desired < json_int(group, "MinSize", 0))
		return err_set(&c->err, &asg_invalid,
		    "Currently, desiredSize equals minSize (%lld). Terminating instance "
		    "without replacement will violate group's min size constraint. Either set "
		    "shouldDecrementDesiredCapacity flag to false or lower group's min size.",
		    (long long)json_int(group, "MinSize", 0));
	json_set_int(group, "DesiredCapacity", desired);
	return 0;
}

static int
terminate(struct call *c, const char *id, json_t **ret)
{
	int drops = in_bool(c, "ShouldDecrementDesiredCapacity", 0);
	const char *at = asg_time(c->arena, c->now_ms), *cause;
	json_t *group, *member;
	int64_t before;

	if (group_of(c, id, &group, &member) < 0)
		return -1;
	if (asg_member_is(member, "Terminating") &&
	    strcmp(json_str_or(member, "LifecycleState", ""), "Terminating:Retained") !=
		0)
		return err_set(&c->err, &asg_in_progress,
		    "The instance %s is already being terminated.", id);
	before = json_int(group, "DesiredCapacity", 0);
	if (drops && asg_member_is(member, "InService") &&
	    decrement(c, group, member) < 0)
		return -1;
	cause = arena_printf(c->arena,
	    "At %s instance %s was taken out of service in response to a user request%s",
	    at, id,
	    drops ?
		arena_printf(c->arena, ", shrinking the capacity from %lld to %lld.",
		    (long long)before, (long long)json_int(group, "DesiredCapacity", 0)) :
		".");
	if (asg_member_end(c, group, member, "user", cause,
		!asg_member_is(member, "Terminating"), ret) < 0)
		return -1;
	resource_put(c, &asg_group, group);
	return 0;
}

static int
terminate_instance_in_auto_scaling_group(struct call *c)
{
	const char *id = in_str(c, "InstanceId");
	const json_t *ids = in_list(c, "InstanceIds"), *v;
	json_t *list = json_own(c->arena, json_new_array()), *activity;
	size_t i;

	if ((id == NULL) == (json_array_size(ids) == 0))
		return err_set(&c->err, &asg_invalid,
		    "Either InstanceId or InstanceIds must be specified.");
	if (id != NULL) {
		if (terminate(c, id, &activity) < 0)
			return -1;
		out_ref(c, "Activity", activity);
		return 0;
	}
	json_array_foreach(ids, i, v) {
		if (terminate(c, json_string_value(v), &activity) < 0)
			return -1;
		json_add(list, json_incref(activity));
	}
	out_ref(c, "Activities", list);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeAutoScalingInstances", describe_auto_scaling_instances, OP_READ,
	    &asg_group, NULL, "List instances of groups."),
	OP("SetInstanceHealth", set_instance_health, OP_ASKS,
	    "Say that an instance is healthy, or is to be replaced."),
	OP_RES("SetInstanceProtection", set_instance_protection, 0, &asg_group,
	    "AutoScalingGroupName", "Protect instances from scaling in."),
	OP("TerminateInstanceInAutoScalingGroup",
	    terminate_instance_in_auto_scaling_group, OP_ASKS,
	    "Terminate an instance, with or without another in its place."),
};
const struct family asg_members = FAMILY(ops, NULL);
