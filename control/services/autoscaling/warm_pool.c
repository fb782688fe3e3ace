/*
 * Auto Scaling: warm pools.
 *
 * Not emulated: instances that wait in them; a pool is a record and always empty.
 */
#include <string.h>

#include "control/services/autoscaling/autoscaling.h"

static int
put_warm_pool(struct call *c)
{
	static const char *const kept[] = { "MaxGroupPreparedCapacity", "MinSize",
		"PoolState", "InstanceReusePolicy" };
	json_t *group, *pool;
	int64_t most = in_int(c, "MaxGroupPreparedCapacity", -1);

	if (asg_input_group_edit(c, &group) < 0)
		return -1;
	if (json_get(group, "MixedInstancesPolicy") != NULL)
		return err_set(&c->err, &asg_invalid,
		    "You can't add a warm pool to an Auto Scaling group that has a mixed "
		    "instances policy or that launches Spot Instances.");
	if (most >= 0 && most < in_int(c, "MinSize", 0))
		return err_set(&c->err, &asg_invalid,
		    "MaxGroupPreparedCapacity must not be less than the warm pool's MinSize.");
	pool = json_need_object(group, "WarmPoolConfiguration");
	for (size_t i = 0; i < COUNT(kept); i++) {
		if (in_has(c, kept[i]))
			json_set(pool, kept[i], json_copy_deep(json_get(c->in, kept[i])));
	}
	if (most < 0)
		json_del(pool, "MaxGroupPreparedCapacity");
	if (json_get(pool, "MinSize") == NULL)
		json_set_int(pool, "MinSize", 0);
	if (json_get(pool, "PoolState") == NULL)
		json_set_str(pool, "PoolState", "Stopped");
	json_set_int(group, "WarmPoolSize", 0);
	resource_put(c, &asg_group, group);
	return 0;
}

static int
describe_warm_pool(struct call *c)
{
	json_t *group, *instances = json_own(c->arena, json_new_array());

	if (asg_input_group(c, &group) < 0)
		return -1;
	if (json_get(group, "WarmPoolConfiguration") != NULL)
		out_ref(c, "WarmPoolConfiguration",
		    json_get(group, "WarmPoolConfiguration"));
	return asg_out_page(c, "Instances", instances);
}

/* ForceDelete makes no difference for an empty pool. */
static int
delete_warm_pool(struct call *c)
{
	json_t *group;

	if (asg_input_group_edit(c, &group) < 0)
		return -1;
	if (json_get(group, "WarmPoolConfiguration") == NULL)
		return err_set(&c->err, &asg_invalid,
		    "No warm pool found for Auto Scaling group %s", asg_name(group));
	json_del(group, "WarmPoolConfiguration");
	json_del(group, "WarmPoolSize");
	resource_put(c, &asg_group, group);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DeleteWarmPool", delete_warm_pool, 0, &asg_group, "AutoScalingGroupName",
	    "Remove a group's warm pool."),
	OP_RES("DescribeWarmPool", describe_warm_pool, OP_READ, &asg_group, NULL,
	    "Show a group's warm pool."),
	OP_RES("PutWarmPool", put_warm_pool, 0, &asg_group, "AutoScalingGroupName",
	    "Note that a group has a warm pool."),
};
const struct family asg_warm_pools = FAMILY(ops, NULL);
