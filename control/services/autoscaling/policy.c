/*
 * Auto Scaling: scaling policies are kept here; execute.c does what they say.
 *
 * Not emulated: forecasts, so that a predictive policy is a record; alarms are CloudWatch's,
 * those of target tracking have their names only.
 */
#include "control/services/autoscaling/policy.h"

#include <string.h>

enum { POLICIES_MAX = 50, STEPS_MAX = 20 };

const struct resource asg_policy = {
	.service = "autoscaling",
	.kind = "autoscaling:policy",
	.type = "scalingPolicy",
	.id_member = "_id",
	.noun = "scaling policy",
	.not_found = &asg_invalid,
	.no_tags = 1,
};

int
asg_policy_get(struct call *c, const char *group, const char *name, json_t **ret)
{
	int rc;

	if (strncmp(name, "arn:", 4) == 0) {
		rc = resource_find_by(c, &asg_policy, "PolicyARN", name, ret);
	} else if (group == NULL) {
		return err_set(&c->err, &asg_invalid,
		    "AutoScalingGroupName is required when the policy is not given by its "
		    "ARN.");
	} else {
		json_t *doc;

		if (asg_group_get(c, group, &doc) < 0)
			return -1;
		rc = resource_find(c, &asg_policy, asg_owned_id(c, group, name), ret);
	}
	return rc == 0 ?
	    err_set(&c->err, &asg_invalid,
		"Scaling Policy name not found - Cannot find ScalingPolicy with "
		"name %.200s",
		name) :
	    rc < 0 ? -1 :
		     0;
}

/* PutScalingPolicy */

/* What goes with which type; everything else of these is refused. */
static const struct {
	const char *type, *members[8];
} kinds[] = {
	{ "SimpleScaling",
	    { "AdjustmentType", "ScalingAdjustment", "MinAdjustmentStep",
		"MinAdjustmentMagnitude", "Cooldown" } },
	{ "StepScaling",
	    { "AdjustmentType", "StepAdjustments", "MinAdjustmentMagnitude",
		"MetricAggregationType", "EstimatedInstanceWarmup" } },
	{ "TargetTrackingScaling",
	    { "TargetTrackingConfiguration", "EstimatedInstanceWarmup" } },
	{ "PredictiveScaling", { "PredictiveScalingConfiguration" } },
};

static const char *const all_members[] = { "AdjustmentType", "ScalingAdjustment",
	"StepAdjustments", "MinAdjustmentStep", "MinAdjustmentMagnitude", "Cooldown",
	"MetricAggregationType", "EstimatedInstanceWarmup", "TargetTrackingConfiguration",
	"PredictiveScalingConfiguration" };

static int
belongs(size_t kind, const char *member)
{
	for (const char *const *m = kinds[kind].members; *m != NULL; m++) {
		if (strcmp(*m, member) == 0)
			return 1;
	}
	return 0;
}

/* Copy the members of the type; 0 or -1. */
static int
read_members(struct call *c, const char *type, json_t *doc)
{
	size_t kind = 0;

	while (kind < COUNT(kinds) && strcmp(kinds[kind].type, type) != 0)
		kind++;
	if (kind == COUNT(kinds))
		return err_set(&c->err, &asg_invalid,
		    "Policy type '%.100s' is not valid. Valid policy types are: "
		    "[SimpleScaling, StepScaling, TargetTrackingScaling, "
		    "PredictiveScaling]",
		    type);
	for (size_t i = 0; i < COUNT(all_members); i++) {
		if (!in_has(c, all_members[i]))
			continue;
		if (!belongs(kind, all_members[i]))
			return err_set(&c->err, &asg_invalid,
			    "Parameter '%s' is not supported for policy type '%s'.",
			    all_members[i], type);
		json_set(doc, all_members[i],
		    json_copy_deep(json_get(c->in, all_members[i])));
	}
	return 0;
}

static int
check_adjustment(struct call *c, json_t *doc)
{
	static const char *const known[] = { "ChangeInCapacity", "ExactCapacity",
		"PercentChangeInCapacity" };
	const char *type = json_str(doc, "AdjustmentType");
	int is_percent;
	size_t i = 0;

	if (type == NULL)
		return err_set(&c->err, &asg_invalid,
		    "AdjustmentType must be specified for simple and step scaling policies.");
	while (i < COUNT(known) && strcmp(known[i], type) != 0)
		i++;
	if (i == COUNT(known))
		return err_set(&c->err, &asg_invalid,
		    "1 validation error detected: Value '%.100s' at 'adjustmentType' failed "
		    "to satisfy constraint: Member must satisfy enum value set: "
		    "[ChangeInCapacity, ExactCapacity, PercentChangeInCapacity]",
		    type);
	is_percent = strcmp(type, "PercentChangeInCapacity") == 0;
	if (!is_percent &&
	    (json_get(doc, "MinAdjustmentMagnitude") != NULL ||
		json_get(doc, "MinAdjustmentStep") != NULL))
		return err_set(&c->err, &asg_invalid,
		    "MinAdjustmentMagnitude is only supported with the adjustment type "
		    "PercentChangeInCapacity.");
	return asg_check_range(c, doc, "MinAdjustmentMagnitude", 0, 10000) < 0 ||
		asg_check_range(c, doc, "Cooldown", 0, 31536000) < 0 ||
		asg_check_range(c, doc, "EstimatedInstanceWarmup", 0, 31536000) < 0 ?
	    -1 :
	    0;
}

/* Steps have no gaps and do not overlap; bounds may be missing at the ends. */
static int
check_steps(struct call *c, const json_t *steps)
{
	const json_t *a, *b;
	size_t i, k;

	if (json_array_size(steps) == 0 || json_array_size(steps) > STEPS_MAX)
		return err_set(&c->err, &asg_invalid,
		    "A step scaling policy needs from 1 to %d StepAdjustments.",
		    STEPS_MAX);
	json_array_foreach(steps, i, a) {
		double low = json_num(a, "MetricIntervalLowerBound", -1e300);
		double high = json_num(a, "MetricIntervalUpperBound", 1e300);

		if (low >= high)
			return err_set(&c->err, &asg_invalid,
			    "The lower bound of a step adjustment must be less than its "
			    "upper bound.");
		json_array_foreach(steps, k, b) {
			if (k == i)
				continue;
			if (low < json_num(b, "MetricIntervalUpperBound", 1e300) &&
			    json_num(b, "MetricIntervalLowerBound", -1e300) < high)
				return err_set(&c->err, &asg_invalid,
				    "The step adjustments overlap.");
		}
	}
	return 0;
}

static int
check_tracking(struct call *c, const json_t *v)
{
	int predefined = json_get(v, "PredefinedMetricSpecification") != NULL;
	int customized = json_get(v, "CustomizedMetricSpecification") != NULL;

	if (v == NULL || predefined + customized != 1)
		return err_set(&c->err, &asg_invalid,
		    "A TargetTrackingConfiguration needs either a "
		    "PredefinedMetricSpecification or a CustomizedMetricSpecification.");
	return 0;
}

static int
check(struct call *c, const char *type, json_t *doc)
{
	int has_adjustment = json_get(doc, "ScalingAdjustment") != NULL;

	if (strcmp(type, "SimpleScaling") == 0) {
		if (!has_adjustment)
			return err_set(&c->err, &asg_invalid,
			    "ScalingAdjustment must be specified for policy type "
			    "SimpleScaling.");
		return check_adjustment(c, doc);
	}
	if (strcmp(type, "StepScaling") == 0) {
		if (json_get(doc, "MetricAggregationType") == NULL)
			json_set_str(doc, "MetricAggregationType", "Average");
		return check_adjustment(c, doc) < 0 ?
		    -1 :
		    check_steps(c, json_get(doc, "StepAdjustments"));
	}
	if (strcmp(type, "TargetTrackingScaling") == 0)
		return check_tracking(c, json_get(doc, "TargetTrackingConfiguration"));
	if (json_get(doc, "PredictiveScalingConfiguration") == NULL)
		return err_set(&c->err, &asg_invalid,
		    "PredictiveScalingConfiguration must be specified for policy type "
		    "PredictiveScaling.");
	return 0;
}

/* As AWS names the two alarms of target tracking; one alone when it does not scale in. */
static json_t *
alarms_of(struct call *c, const char *type, const json_t *doc)
{
	static const char *const ends[] = { "AlarmHigh", "AlarmLow" };
	json_t *list = json_own(c->arena, json_new_array()), *row;
	int no_low =
	    json_bool(json_get(doc, "TargetTrackingConfiguration"), "DisableScaleIn", 0);

	if (strcmp(type, "TargetTrackingScaling") != 0)
		return list;
	for (size_t i = 0; i < COUNT(ends) - (no_low ? 1 : 0); i++) {
		const char *name = arena_printf(c->arena, "TargetTracking-%s-%s-%s",
		    asg_name(doc), ends[i], asg_uuid(c->arena));

		row = json_add_object(list);
		json_set_str(row, "AlarmName", name);
		json_set_fmt(row, "AlarmARN", "arn:aws:cloudwatch:%s:%s:alarm:%s",
		    c->region, c->account, name);
	}
	return list;
}

/* A policy that is there keeps its ARN, and its alarms when it goes on to track. */
static void
identify(struct call *c, json_t *doc, const json_t *old, const char *type)
{
	const char *name = in_str(c, "PolicyName");
	const char *arn = json_str(old, "PolicyARN");
	json_t *alarms = json_get(old, "Alarms");

	if (arn == NULL)
		arn = call_arn(c,
		    arena_printf(c->arena,
			"scalingPolicy:%s:autoScalingGroupName/%s:policyName/%s",
			asg_uuid(c->arena), asg_name(doc), name));
	json_set_str(doc, "PolicyARN", arn);
	if (alarms == NULL || strcmp(json_str_or(old, "PolicyType", ""), type) != 0)
		alarms = alarms_of(c, type, doc);
	json_set(doc, "Alarms", json_incref(alarms));
}

static int
put_scaling_policy(struct call *c)
{
	const char *name = in_str(c, "PolicyName");
	const char *type = in_str(c, "PolicyType");
	json_t *group, *doc = json_own(c->arena, json_new_object()), *old = NULL, *all;
	const char *id;

	if (type == NULL)
		type = "SimpleScaling";
	if (asg_input_group(c, &group) < 0)
		return -1;
	id = asg_owned_id(c, asg_name(group), name);
	all = asg_owned(c, &asg_policy, asg_name(group));
	if (all == NULL || resource_find(c, &asg_policy, id, &old) < 0)
		return -1;
	if (old == NULL && json_array_size(all) >= POLICIES_MAX)
		return err_set(&c->err, &asg_limit,
		    "A group can have at most %d scaling policies.", POLICIES_MAX);
	json_set_str(doc, "_id", id);
	json_set_str(doc, "AutoScalingGroupName", asg_name(group));
	json_set_str(doc, "PolicyName", name);
	json_set_str(doc, "PolicyType", type);
	json_set_bool(doc, "Enabled", in_bool(c, "Enabled", 1));
	if (read_members(c, type, doc) < 0 || check(c, type, doc) < 0)
		return -1;
	identify(c, doc, old, type);
	resource_put(c, &asg_policy, doc);
	out_str(c, "PolicyARN", json_str(doc, "PolicyARN"));
	out_ref(c, "Alarms", json_get(doc, "Alarms"));
	return 0;
}

/* DeletePolicy */

static int
delete_policy(struct call *c)
{
	json_t *doc;

	if (asg_policy_get(c, in_str(c, "AutoScalingGroupName"), in_str(c, "PolicyName"),
		&doc) < 0)
		return -1;
	resource_delete_doc(c, &asg_policy, resource_id(&asg_policy, doc));
	return 0;
}

/* DescribePolicies */

static int
is_chosen(struct call *c, const json_t *doc)
{
	const char *group = in_str(c, "AutoScalingGroupName");
	const json_t *names = in_list(c, "PolicyNames"),
		     *types = in_list(c, "PolicyTypes");

	return (group == NULL || strcmp(group, asg_name(doc)) == 0) &&
	    (json_array_size(names) == 0 ||
		json_has_str(names, json_str_or(doc, "PolicyName", "")) ||
		json_has_str(names, json_str_or(doc, "PolicyARN", ""))) &&
	    (json_array_size(types) == 0 ||
		json_has_str(types, json_str_or(doc, "PolicyType", "")));
}

static int
describe_policies(struct call *c)
{
	json_t *out = json_own(c->arena, json_new_array()), *group;
	const char *name = in_str(c, "AutoScalingGroupName");
	struct store_docs all;

	if ((name != NULL && asg_group_get(c, name, &group) < 0) ||
	    resource_list(c, &asg_policy, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (is_chosen(c, all.doc[i]))
			json_add(out, json_incref(all.doc[i]));
	}
	return asg_out_page(c, "ScalingPolicies", out);
}

/* GetPredictiveScalingForecast: there are no metrics to make one of */

static int
get_predictive_scaling_forecast(struct call *c)
{
	json_t *doc;

	if (asg_policy_get(c, in_str(c, "AutoScalingGroupName"), in_str(c, "PolicyName"),
		&doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "PolicyType", ""), "PredictiveScaling") != 0)
		return err_set(&c->err, &asg_invalid,
		    "The policy %.200s is not a predictive scaling policy.",
		    json_str_or(doc, "PolicyName", ""));
	return err_set(&c->err, &asg_invalid,
	    "There is not enough metric data to make a forecast.");
}

static const struct op ops[] = {
	OP_RES("DeletePolicy", delete_policy, 0, &asg_group, "AutoScalingGroupName",
	    "Remove a scaling policy."),
	OP_RES("DescribePolicies", describe_policies, OP_READ, &asg_group, NULL,
	    "List scaling policies."),
	OP_RES("GetPredictiveScalingForecast", get_predictive_scaling_forecast, OP_READ,
	    &asg_group, NULL, "Say that there is no forecast."),
	OP_RES("PutScalingPolicy", put_scaling_policy, 0, &asg_group,
	    "AutoScalingGroupName", "Say how a group is scaled."),
};
static const struct resource *const resources[] = { &asg_policy, NULL };
const struct family asg_policies = FAMILY(ops, resources);
