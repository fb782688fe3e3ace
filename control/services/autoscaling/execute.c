/*
 * Auto Scaling: scaling policies are executed.
 */
#include <string.h>

#include "control/services/autoscaling/capacity_set.h"
#include "control/services/autoscaling/policy.h"
#include "control/services/autoscaling/settings.h"

/* The adjustment of the step in which the metric is, past the threshold: 1, or 0 in none. */
static int
step_of(const json_t *steps, double past, int64_t *ret)
{
	const json_t *s;
	size_t i;

	json_array_foreach(steps, i, s) {
		double low = json_num(s, "MetricIntervalLowerBound", -1e300);
		double high = json_num(s, "MetricIntervalUpperBound", 1e300);
		/* The bound that is nearer to the threshold belongs to the step. */
		int in =
		    high <= 0 ? past > low && past <= high : past >= low && past < high;

		if (in) {
			*ret = json_int(s, "ScalingAdjustment", 0);
			return 1;
		}
	}
	return 0;
}

/* EC2 Auto Scaling: percentages below one instance are one, others lose their fraction. */
static int64_t
percent_of(int64_t capacity, int64_t percent, int64_t least)
{
	int64_t n = capacity * percent / 100;

	if (n == 0 && percent != 0)
		n = percent > 0 ? 1 : -1;
	if (n > 0 && n < least)
		n = least;
	if (n < 0 && n > -least)
		n = -least;
	return n;
}

static int64_t
target_of(const json_t *policy, int64_t capacity, int64_t adjustment)
{
	const char *type = json_str_or(policy, "AdjustmentType", "");
	int64_t least = json_int(policy, "MinAdjustmentMagnitude",
	    json_int(policy, "MinAdjustmentStep", 0));

	if (strcmp(type, "ExactCapacity") == 0)
		return adjustment;
	if (strcmp(type, "PercentChangeInCapacity") == 0)
		return capacity + percent_of(capacity, adjustment, least);
	return capacity + adjustment;
}

/* Which adjustment: 1, or 0 when the metric is in no step; -1. */
static int
adjustment_of(struct call *c, const json_t *policy, int64_t *ret)
{
	const char *type = json_str_or(policy, "PolicyType", "");
	double past;

	if (strcmp(type, "SimpleScaling") == 0) {
		*ret = json_int(policy, "ScalingAdjustment", 0);
		return 1;
	}
	if (strcmp(type, "StepScaling") != 0)
		return err_set(&c->err, &asg_invalid,
		    "Policies of type %s cannot be executed by a request.", type);
	if (!in_has(c, "MetricValue") || !in_has(c, "BreachThreshold"))
		return err_set(&c->err, &asg_invalid,
		    "MetricValue and BreachThreshold must be specified when executing a "
		    "policy of type StepScaling.");
	past = json_num(c->in, "MetricValue", 0) - json_num(c->in, "BreachThreshold", 0);
	return step_of(json_get(policy, "StepAdjustments"), past, ret);
}

static int
check_rest(struct call *c, const json_t *group, const json_t *policy)
{
	int64_t cooldown =
	    json_int(policy, "Cooldown", json_int(group, "DefaultCooldown", 300));

	if (strcmp(json_str_or(policy, "PolicyType", ""), "SimpleScaling") != 0 ||
	    !in_bool(c, "HonorCooldown", 0))
		return 0;
	return asg_check_cooldown(c, group, cooldown);
}

static int
execute_policy(struct call *c)
{
	json_t *policy, *group;
	int64_t adjustment = 0, to, min, max;
	int rc;

	if (asg_policy_get(c, in_str(c, "AutoScalingGroupName"), in_str(c, "PolicyName"),
		&policy) < 0 ||
	    asg_group_edit(c, asg_name(policy), &group) < 0 ||
	    check_rest(c, group, policy) < 0)
		return -1;
	if (!json_bool(policy, "Enabled", 1))
		return err_set(&c->err, &asg_invalid, "The policy %.200s is disabled.",
		    json_str_or(policy, "PolicyName", ""));
	rc = adjustment_of(c, policy, &adjustment);
	if (rc <= 0)
		return rc;
	to = target_of(policy, json_int(group, "DesiredCapacity", 0), adjustment);
	min = json_int(group, "MinSize", 0);
	max = json_int(group, "MaxSize", 0);
	to = to < min ? min : to > max ? max : to;
	asg_set_desired(c, group, to,
	    arena_printf(c->arena, "a user request executed policy %s",
		json_str_or(policy, "PolicyName", "")));
	json_set_int(group, "_scaled_ms", c->now_ms);
	resource_put(c, &asg_group, group);
	return 0;
}

static const struct op ops[] = {
	OP_RES("ExecutePolicy", execute_policy, 0, &asg_group, "AutoScalingGroupName",
	    "Scale a group as a policy says."),
};
const struct family asg_executions = FAMILY(ops, NULL);
