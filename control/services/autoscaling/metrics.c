/*
 * Auto Scaling: which metrics of a group are collected.
 *
 * Not emulated yet: the metrics; what is enabled is a record.
 */
#include <string.h>

#include "control/services/autoscaling/autoscaling.h"

static const char *const metrics[] = { "GroupAndWarmPoolDesiredCapacity",
	"GroupAndWarmPoolTotalCapacity", "GroupDesiredCapacity", "GroupInServiceCapacity",
	"GroupInServiceInstances", "GroupMaxSize", "GroupMinSize", "GroupPendingCapacity",
	"GroupPendingInstances", "GroupStandbyCapacity", "GroupStandbyInstances",
	"GroupTerminatingCapacity", "GroupTerminatingInstances",
	"GroupTerminatingRetainedCapacity", "GroupTerminatingRetainedInstances",
	"GroupTotalCapacity", "GroupTotalInstances", "WarmPoolDesiredCapacity",
	"WarmPoolMinSize", "WarmPoolPendingCapacity", "WarmPoolTerminatingCapacity",
	"WarmPoolTotalCapacity", "WarmPoolWarmedCapacity" };

/* 0, or -1 when one of the input's metrics is none. */
static int
check(struct call *c)
{
	const json_t *v;
	size_t i, k;

	json_array_foreach(in_list(c, "Metrics"), i, v) {
		const char *name = json_string_value(v);

		for (k = 0; k < COUNT(metrics) && strcmp(metrics[k], name) != 0; k++)
			;
		if (k == COUNT(metrics))
			return err_set(&c->err, &asg_invalid,
			    "Metric '%.100s' is not a valid group metric.", name);
	}
	return 0;
}

static int
is_asked(struct call *c, const char *name)
{
	const json_t *list = in_list(c, "Metrics");

	return json_array_size(list) == 0 || json_has_str(list, name);
}

static int
is_enabled(const json_t *group, const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(group, "EnabledMetrics"), i, row) {
		if (strcmp(json_str_or(row, "Metric", ""), name) == 0)
			return 1;
	}
	return 0;
}

/* on: with what is asked for; else without. */
static int
set(struct call *c, int on)
{
	json_t *group, *rows = json_own(c->arena, json_new_array());

	if (check(c) < 0 || asg_input_group_edit(c, &group) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(metrics); i++) {
		int was = is_enabled(group, metrics[i]);

		if (is_asked(c, metrics[i]) ? on : was)
			json_add(rows,
			    json_make("{s:s, s:s}", "Metric", metrics[i], "Granularity",
				"1Minute"));
	}
	json_set(group, "EnabledMetrics", json_incref(rows));
	resource_put(c, &asg_group, group);
	return 0;
}

static int
enable_metrics_collection(struct call *c)
{
	if (strcmp(in_str(c, "Granularity"), "1Minute") != 0)
		return err_set(&c->err, &asg_invalid,
		    "The granularity '%.100s' is not valid: it must be 1Minute.",
		    in_str(c, "Granularity"));
	return set(c, 1);
}

static int
disable_metrics_collection(struct call *c)
{
	return set(c, 0);
}

static int
describe_metric_collection_types(struct call *c)
{
	json_t *out = json_own(c->arena, json_new_array());

	for (size_t i = 0; i < COUNT(metrics); i++)
		json_add(out, json_make("{s:s}", "Metric", metrics[i]));
	out_ref(c, "Metrics", out);
	out_set(c, "Granularities", json_make("[{s:s}]", "Granularity", "1Minute"));
	return 0;
}

static const struct op ops[] = {
	OP("DescribeMetricCollectionTypes", describe_metric_collection_types, OP_READ,
	    "List the metrics of groups."),
	OP_RES("DisableMetricsCollection", disable_metrics_collection, 0, &asg_group,
	    "AutoScalingGroupName", "Do not collect a group's metrics."),
	OP_RES("EnableMetricsCollection", enable_metrics_collection, 0, &asg_group,
	    "AutoScalingGroupName", "Collect a group's metrics."),
};
const struct family asg_metrics = FAMILY(ops, NULL);
