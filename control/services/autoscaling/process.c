/*
 * Auto Scaling: processes of a group are suspended and resumed.
 */
#include <string.h>

#include "control/services/autoscaling/autoscaling.h"

static const char *const processes[] = { "AZRebalance", "AddToLoadBalancer",
	"AlarmNotification", "HealthCheck", "InstanceRefresh", "Launch",
	"ReplaceUnhealthy", "ScheduledActions", "Terminate" };

/* The input's processes, all of them if it names none; checked.  The arena's; or NULL. */
static json_t *
chosen(struct call *c)
{
	const json_t *names = in_list(c, "ScalingProcesses"), *v;
	json_t *out = json_own(c->arena, json_new_array());
	size_t i, k;

	for (k = 0; json_array_size(names) == 0 && k < COUNT(processes); k++)
		json_add_str(out, processes[k]);
	json_array_foreach(names, i, v) {
		const char *name = json_string_value(v);

		for (k = 0; k < COUNT(processes) && strcmp(processes[k], name) != 0; k++)
			;
		if (k == COUNT(processes)) {
			err_set_fn(&c->err, &asg_invalid,
			    "The process type '%.100s' is not valid.", name);
			return NULL;
		}
		json_add_str(out, name);
	}
	return out;
}

/* The index of the process among the suspended, or their number. */
static size_t
position(const json_t *rows, const char *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (strcmp(json_str_or(row, "ProcessName", ""), name) == 0)
			break;
	}
	return i;
}

static int
suspend_processes(struct call *c)
{
	json_t *names = chosen(c), *group, *rows, *row;
	const json_t *v;
	size_t i;

	if (names == NULL || asg_input_group_edit(c, &group) < 0)
		return -1;
	rows = json_need_array(group, "SuspendedProcesses");
	json_array_foreach(names, i, v) {
		if (position(rows, json_string_value(v)) < json_array_size(rows))
			continue;
		row = json_add_object(rows);
		json_set_str(row, "ProcessName", json_string_value(v));
		json_set_fmt(row, "SuspensionReason", "User suspended at %s",
		    asg_time(c->arena, c->now_ms));
	}
	resource_put(c, &asg_group, group);
	return 0;
}

static int
resume_processes(struct call *c)
{
	json_t *names = chosen(c), *group, *rows;
	const json_t *v;
	size_t i;

	if (names == NULL || asg_input_group_edit(c, &group) < 0)
		return -1;
	rows = json_need_array(group, "SuspendedProcesses");
	json_array_foreach(names, i, v) {
		size_t at = position(rows, json_string_value(v));

		if (at < json_array_size(rows))
			json_array_remove(rows, at);
	}
	resource_put(c, &asg_group, group);
	return 0;
}

static int
describe_scaling_process_types(struct call *c)
{
	json_t *out = json_own(c->arena, json_new_array());

	for (size_t i = 0; i < COUNT(processes); i++)
		json_add(out, json_make("{s:s}", "ProcessName", processes[i]));
	out_ref(c, "Processes", out);
	return 0;
}

static const struct op ops[] = {
	OP("DescribeScalingProcessTypes", describe_scaling_process_types, OP_READ,
	    "List the processes that can be suspended."),
	OP_RES("ResumeProcesses", resume_processes, 0, &asg_group, "AutoScalingGroupName",
	    "Let a group's processes go on."),
	OP_RES("SuspendProcesses", suspend_processes, 0, &asg_group,
	    "AutoScalingGroupName", "Let a group's processes rest."),
};
const struct family asg_processes = FAMILY(ops, NULL);
