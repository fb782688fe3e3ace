/*
 * Auto Scaling: groups are made, changed and deleted here; converge.c keeps them at their size.
 *
 * Not emulated: groups that a service manages (Operator), which are refused.
 */
#include <string.h>

#include "control/api/converge.h"
#include "control/services/autoscaling/converge.h"
#include "control/services/autoscaling/hook.h"
#include "control/services/autoscaling/launch_configuration.h"
#include "control/services/autoscaling/settings.h"
#include "control/services/autoscaling/traffic.h"

enum { MAX = 500 };

/* An instance has changed: its group looks after it. */
static int
instance_changed(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *doc;
	int rc = store_get(t, cv->scope, ASG_MEMBER_KIND, cv->id, &doc, err);

	if (rc > 0)
		cv->wake(cv, cv->scope, asg_group.kind, asg_name(doc));
	return rc < 0 ? -1 : 0;
}

static const struct watch watches[] = { { "ec2:instance", instance_changed },
	{ "elbv2:health", asg_traffic_health_changed }, { NULL, NULL } };

const struct resource asg_group = {
	.service = "autoscaling",
	.kind = "autoscaling:group",
	.type = "autoScalingGroup:*:autoScalingGroupName",
	.id_member = "AutoScalingGroupName",
	.list_member = "AutoScalingGroups",
	.noun = "Auto Scaling group",
	.not_found = &asg_invalid,
	.converge = asg_converge,
	.watches = watches,
};

/* CreateAutoScalingGroup */

static int
check_new(struct call *c, const char *name)
{
	struct store_docs all;
	json_t *doc;
	int rc = resource_find(c, &asg_group, name, &doc);

	if (rc < 0 || resource_list(c, &asg_group, &all) < 0)
		return -1;
	if (rc > 0 && json_get(doc, "_want") != NULL)
		return err_set(&c->err, &asg_exists,
		    "AutoScalingGroup by this name already exists - A group with the name %s "
		    "is already pending delete",
		    name);
	if (rc > 0)
		return err_set(&c->err, &asg_exists,
		    "AutoScalingGroup by this name already exists - A group with the name %s "
		    "already exists",
		    name);
	if (strchr(name, ':') != NULL)
		return err_set(&c->err, &asg_invalid,
		    "1 validation error detected: Value '%s' at 'autoScalingGroupName' "
		    "failed to satisfy constraint: Member must not contain ':'",
		    name);
	if (all.n >= MAX)
		return err_set(&c->err, &asg_limit,
		    "You have reached your limit of %d Auto Scaling groups.", MAX);
	if (in_has(c, "Operator"))
		return err_set(&c->err, &asg_invalid,
		    "Groups that are managed by a service (Operator) are not supported here.");
	return 0;
}

/* AWS's defaults; what the input says comes on top. */
static json_t *
new_group(struct call *c, const char *name)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "AutoScalingGroupName", name);
	json_set_str(doc, "AutoScalingGroupARN",
	    call_arn(c,
		arena_printf(c->arena, "autoScalingGroup:%s:autoScalingGroupName/%s",
		    asg_uuid(c->arena), name)));
	json_set_int(doc, "DefaultCooldown", 300);
	json_set_str(doc, "HealthCheckType", "EC2");
	json_set_int(doc, "HealthCheckGracePeriod", 0);
	json_set(doc, "TerminationPolicies", json_make("[s]", "Default"));
	json_set_bool(doc, "NewInstancesProtectedFromScaleIn", 0);
	json_set_fmt(doc, "ServiceLinkedRoleARN",
	    "arn:aws:iam::%s:role/aws-service-role/autoscaling.amazonaws.com/"
	    "AWSServiceRoleForAutoScaling",
	    c->account);
	json_set(doc, "AvailabilityZoneDistribution",
	    json_make("{s:s}", "CapacityDistributionStrategy", "balanced-best-effort"));
	json_set(doc, "AvailabilityZoneImpairmentPolicy",
	    json_make("{s:b, s:s}", "ZonalShiftEnabled", 0,
		"ImpairedZoneHealthCheckBehavior", "IgnoreUnhealthy"));
	json_set(doc, "CapacityReservationSpecification",
	    json_make("{s:s}", "CapacityReservationPreference", "default"));
	json_set_str(doc, "DeletionProtection", "none");
	json_set_str(doc, "VPCZoneIdentifier", "");
	json_set(doc, "CreatedTime", call_now(c));
	json_set(doc, "Instances", json_new_array());
	json_set(doc, "SuspendedProcesses", json_new_array());
	json_set(doc, "EnabledMetrics", json_new_array());
	json_set(doc, "TrafficSources", json_new_array());
	json_set(doc, "Tags", json_new_array());
	return doc;
}

/* InstanceId: a launch configuration of the group's name, made of the instance. */
static int
source_of_instance(struct call *c, const char *name, json_t *doc)
{
	const char *id = in_str(c, "InstanceId");
	json_t *configuration = json_own(c->arena, json_new_object()), *old;
	int rc;

	if (id == NULL)
		return 0;
	rc = resource_find(c, &asg_launch_configuration, name, &old);
	if (rc < 0 || asg_configuration_of_instance(c, id, configuration) < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &asg_exists,
		    "Launch Configuration by this name already exists - A launch "
		    "configuration already exists with the name %s",
		    name);
	if (asg_configuration_put(c, name, configuration) < 0)
		return -1;
	json_set_str(doc, "LaunchConfigurationName", name);
	return 0;
}

static int
read_source(struct call *c, const char *name, json_t *doc)
{
	static const char *const all[] = { "LaunchConfigurationName", "LaunchTemplate",
		"MixedInstancesPolicy", "InstanceId" };
	int n = 0;

	for (size_t i = 0; i < COUNT(all); i++)
		n += in_has(c, all[i]);
	if (n != 1)
		return err_set(&c->err, &asg_invalid,
		    "Valid requests must contain either LaunchTemplate, "
		    "LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.");
	return asg_source_read(c, doc) < 0 || source_of_instance(c, name, doc) < 0 ? -1 :
										     0;
}

static int
read_new_sizes(struct call *c, json_t *doc)
{
	int64_t min = in_int(c, "MinSize", 0), max = in_int(c, "MaxSize", 0);
	int64_t desired = in_int(c, "DesiredCapacity", min);

	if (asg_check_sizes(c, min, max) < 0)
		return -1;
	if (desired < min || desired > max)
		return err_set(&c->err, &asg_invalid,
		    "Desired capacity:%lld must be between the specified min size:%lld and "
		    "max size:%lld",
		    (long long)desired, (long long)min, (long long)max);
	json_set_int(doc, "MinSize", min);
	json_set_int(doc, "MaxSize", max);
	json_set_int(doc, "DesiredCapacity", 0);
	asg_set_desired(c, doc, desired, "a user request created an AutoScalingGroup");
	return 0;
}

static int
create_auto_scaling_group(struct call *c)
{
	const char *name = in_str(c, "AutoScalingGroupName");
	json_t *doc;

	if (check_new(c, name) < 0)
		return -1;
	doc = new_group(c, name);
	if (asg_settings_read(c, doc) < 0 || read_source(c, name, doc) < 0 ||
	    asg_zones_read(c, doc) < 0 || read_new_sizes(c, doc) < 0 ||
	    asg_traffic_read(c, doc) < 0 ||
	    asg_tags_put(c, doc, in_list(c, "Tags")) < 0 ||
	    asg_hooks_make(c, doc, in_list(c, "LifecycleHookSpecificationList")) < 0)
		return -1;
	resource_put(c, &asg_group, doc);
	return 0;
}

/* UpdateAutoScalingGroup */

static int
update_sizes(struct call *c, json_t *doc)
{
	int64_t min = in_int(c, "MinSize", json_int(doc, "MinSize", 0));
	int64_t max = in_int(c, "MaxSize", json_int(doc, "MaxSize", 0));
	int64_t desired = json_int(doc, "DesiredCapacity", 0);

	if (asg_check_sizes(c, min, max) < 0)
		return -1;
	if (in_has(c, "DesiredCapacity")) {
		desired = in_int(c, "DesiredCapacity", 0);
		if (desired < min || desired > max)
			return err_set(&c->err, &asg_invalid,
			    "Desired capacity:%lld must be between the specified min "
			    "size:%lld and max size:%lld",
			    (long long)desired, (long long)min, (long long)max);
	} else if (desired < min) {
		desired = min;
	} else if (desired > max) {
		desired = max;
	}
	json_set_int(doc, "MinSize", min);
	json_set_int(doc, "MaxSize", max);
	asg_set_desired(c, doc, desired,
	    arena_printf(c->arena,
		"a user request update of AutoScalingGroup constraints to min: %lld, "
		"max: %lld, desired: %lld",
		(long long)min, (long long)max, (long long)desired));
	return 0;
}

static int
update_auto_scaling_group(struct call *c)
{
	json_t *doc;

	if (asg_input_group_edit(c, &doc) < 0 || asg_settings_read(c, doc) < 0 ||
	    asg_source_read(c, doc) < 0 || asg_zones_read(c, doc) < 0 ||
	    update_sizes(c, doc) < 0)
		return -1;
	/* Launches are tried again at once: perhaps this was the cure. */
	json_del(doc, "_retry_ms");
	resource_put(c, &asg_group, doc);
	return 0;
}

/* DeleteAutoScalingGroup */

static int
check_protection(struct call *c, const json_t *doc, int force)
{
	const char *p = json_str_or(doc, "DeletionProtection", "none");

	if (strcmp(p, "prevent-all-deletion") == 0 ||
	    (force && strcmp(p, "prevent-force-deletion") == 0))
		return err_set(&c->err, &asg_invalid,
		    "You cannot delete AutoScalingGroup '%s' because its deletion protection "
		    "is %s.",
		    asg_name(doc), p);
	return 0;
}

static int
in_progress(struct call *c)
{
	return err_set(&c->err, &asg_in_progress,
	    "You cannot delete an AutoScalingGroup while there are scaling activities in "
	    "progress for that group.");
}

static int
check_empty(struct call *c, const json_t *doc)
{
	const json_t *member;
	size_t i;

	json_array_foreach(json_get(doc, "Instances"), i, member) {
		if (strncmp(json_str_or(member, "LifecycleState", ""), "Terminating",
			11) != 0)
			return err_set(&c->err, &asg_in_use,
			    "You cannot delete an AutoScalingGroup while there are instances "
			    "or pending Spot instance request(s) still in the group.");
	}
	if (i > 0 || json_array_size(json_get(doc, "_launches")) > 0)
		return in_progress(c);
	return 0;
}

/*
 * What is only about the group goes at once; with ForceDelete its instances go before it does,
 * and nobody is asked.
 */
static int
delete_auto_scaling_group(struct call *c)
{
	static const struct resource *const owned[] = { &asg_hook, &asg_policy,
		&asg_schedule, &asg_notification, &asg_refresh };
	int force = in_bool(c, "ForceDelete", 0);
	json_t *doc;

	if (asg_input_group(c, &doc) < 0)
		return -1;
	if (json_get(doc, "_want") != NULL)
		return in_progress(c);
	if (asg_input_group_edit(c, &doc) < 0 || check_protection(c, doc, force) < 0 ||
	    (!force && check_empty(c, doc) < 0))
		return -1;
	for (size_t i = 0; i < COUNT(owned); i++) {
		if (asg_drop_owned(c, owned[i], asg_name(doc)) < 0)
			return -1;
	}
	json_set_str(doc, "Status", "Delete in progress");
	json_set_str(doc, "_want", "gone");
	json_del(doc, "_refresh");
	json_set_int(doc, "MinSize", 0);
	json_set_int(doc, "MaxSize", 0);
	asg_set_desired(c, doc, 0,
	    "a user request to delete the AutoScalingGroup was made");
	if (json_array_size(json_get(doc, "Instances")) +
		json_array_size(json_get(doc, "_launches")) ==
	    0)
		resource_delete_doc(c, &asg_group, asg_name(doc));
	else
		resource_put(c, &asg_group, doc);
	return 0;
}

/* DescribeAutoScalingGroups */

/* As AWS shows it. */
static json_t *
shown(struct call *c, json_t *doc)
{
	json_t *v = json_own(c->arena, json_copy_shallow(doc));

	asg_traffic_show(doc, v);
	if (!in_bool(c, "IncludeInstances", 1))
		json_del(v, "Instances");
	return v;
}

static int
check_filters(struct call *c)
{
	const json_t *filter;
	size_t i;

	json_array_foreach(in_list(c, "Filters"), i, filter) {
		const char *name = json_str_or(filter, "Name", "");

		if (strcmp(name, "tag-key") != 0 && strcmp(name, "tag-value") != 0 &&
		    strncmp(name, "tag:", 4) != 0)
			return err_set(&c->err, &asg_invalid,
			    "Filter type %.100s is not correct. Allowed Filter types are: "
			    "tag-key, tag-value, tag:<key>",
			    name);
	}
	return 0;
}

static int
describe_auto_scaling_groups(struct call *c)
{
	const json_t *names = in_list(c, "AutoScalingGroupNames");
	json_t *out = json_own(c->arena, json_new_array());
	struct store_docs all;

	if (check_filters(c) < 0 || resource_list(c, &asg_group, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if ((json_array_size(names) == 0 ||
			json_has_str(names, asg_name(all.doc[i]))) &&
		    filter_match(c, &asg_group, all.doc[i]))
			json_add(out, json_incref(shown(c, all.doc[i])));
	}
	return asg_out_page(c, "AutoScalingGroups", out);
}

static const struct op ops[] = {
	OP_RES("CreateAutoScalingGroup", create_auto_scaling_group, 0, &asg_group,
	    "AutoScalingGroupName", "Make a group of instances that is kept at a size."),
	OP_RES("DeleteAutoScalingGroup", delete_auto_scaling_group, 0, &asg_group,
	    "AutoScalingGroupName",
	    "Remove a group, with ForceDelete its instances too."),
	OP_RES("DescribeAutoScalingGroups", describe_auto_scaling_groups, OP_READ,
	    &asg_group, NULL, "List groups and their instances."),
	OP_RES("UpdateAutoScalingGroup", update_auto_scaling_group, 0, &asg_group,
	    "AutoScalingGroupName", "Change a group; new instances are as it says now."),
};
static const struct resource *const resources[] = { &asg_group, NULL };
const struct family asg_groups = FAMILY(ops, resources);
