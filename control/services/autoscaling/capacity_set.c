/*
 * Auto Scaling: the desired capacity is set.
 */
#include "control/services/autoscaling/capacity_set.h"

#include "control/services/autoscaling/settings.h"

int
asg_check_cooldown(struct call *c, const json_t *group, int64_t cooldown_s)
{
	int64_t since = json_int(group, "_scaled_ms", 0);

	if (since == 0 || c->now_ms - since >= cooldown_s * 1000)
		return 0;
	return err_set(&c->err, &asg_in_progress,
	    "Scaling activity for the group '%s' is in its cooldown period.",
	    asg_name(group));
}

static int
set_desired_capacity(struct call *c)
{
	int64_t desired = in_int(c, "DesiredCapacity", 0), min, max;
	json_t *group;

	if (asg_input_group_edit(c, &group) < 0)
		return -1;
	min = json_int(group, "MinSize", 0);
	max = json_int(group, "MaxSize", 0);
	if (desired > max)
		return err_set(&c->err, &asg_invalid,
		    "New SetDesiredCapacity value %lld is above max value %lld for the "
		    "AutoScalingGroup.",
		    (long long)desired, (long long)max);
	if (desired < min)
		return err_set(&c->err, &asg_invalid,
		    "New SetDesiredCapacity value %lld is below min value %lld for the "
		    "AutoScalingGroup.",
		    (long long)desired, (long long)min);
	if (in_bool(c, "HonorCooldown", 0) &&
	    asg_check_cooldown(c, group, json_int(group, "DefaultCooldown", 300)) < 0)
		return -1;
	asg_set_desired(c, group, desired,
	    "a user request explicitly set group desired capacity");
	if (in_bool(c, "HonorCooldown", 0))
		json_set_int(group, "_scaled_ms", c->now_ms);
	resource_put(c, &asg_group, group);
	return 0;
}

static const struct op ops[] = {
	OP_RES("SetDesiredCapacity", set_desired_capacity, 0, &asg_group,
	    "AutoScalingGroupName", "Say how many instances a group is to have."),
};
const struct family asg_capacities = FAMILY(ops, NULL);
