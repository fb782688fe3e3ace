/*
 * Auto Scaling: what there is to choose from.
 */
#include "control/services/autoscaling/autoscaling.h"

enum { GROUPS_MAX = 500, CONFIGURATIONS_MAX = 200 };

static void
out_texts(struct call *c, const char *member, const char *const *texts, size_t n)
{
	json_t *list = json_own(c->arena, json_new_array());

	for (size_t i = 0; i < n; i++)
		json_add_str(list, texts[i]);
	out_ref(c, member, list);
}

static int
describe_account_limits(struct call *c)
{
	struct store_docs groups, configurations;

	if (resource_list(c, &asg_group, &groups) < 0 ||
	    resource_list(c, &asg_launch_configuration, &configurations) < 0)
		return -1;
	out_int(c, "MaxNumberOfAutoScalingGroups", GROUPS_MAX);
	out_int(c, "MaxNumberOfLaunchConfigurations", CONFIGURATIONS_MAX);
	out_int(c, "NumberOfAutoScalingGroups", (int64_t)groups.n);
	out_int(c, "NumberOfLaunchConfigurations", (int64_t)configurations.n);
	return 0;
}

static int
describe_adjustment_types(struct call *c)
{
	out_set(c, "AdjustmentTypes",
	    json_make("[{s:s}, {s:s}, {s:s}]", "AdjustmentType", "ChangeInCapacity",
		"AdjustmentType", "ExactCapacity", "AdjustmentType",
		"PercentChangeInCapacity"));
	return 0;
}

static int
describe_lifecycle_hook_types(struct call *c)
{
	static const char *const types[] = { "autoscaling:EC2_INSTANCE_LAUNCHING",
		"autoscaling:EC2_INSTANCE_TERMINATING" };

	out_texts(c, "LifecycleHookTypes", types, COUNT(types));
	return 0;
}

static int
describe_termination_policy_types(struct call *c)
{
	static const char *const types[] = { "AllocationStrategy",
		"ClosestToNextInstanceHour", "Default", "NewestInstance",
		"OldestInstance", "OldestLaunchConfiguration", "OldestLaunchTemplate" };

	out_texts(c, "TerminationPolicyTypes", types, COUNT(types));
	return 0;
}

static const struct op ops[] = {
	OP("DescribeAccountLimits", describe_account_limits, OP_READ,
	    "Show how many groups there can be."),
	OP("DescribeAdjustmentTypes", describe_adjustment_types, OP_READ,
	    "List the ways a policy changes the capacity."),
	OP("DescribeLifecycleHookTypes", describe_lifecycle_hook_types, OP_READ,
	    "List the transitions that hooks are for."),
	OP("DescribeTerminationPolicyTypes", describe_termination_policy_types, OP_READ,
	    "List the ways to choose whom to terminate."),
};
const struct family asg_types = FAMILY(ops, NULL);
