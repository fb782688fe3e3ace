/*
 * EC2: Spot Fleet requests: fleets by the older words; see fleet.h.
 *
 * Not emulated: load balancers that instances are registered with (refused); rebalancing, prices
 * and interruptions, which are kept and shown.
 */
#include <string.h>

#include "control/api/tags.h"
#include "control/services/ec2/compute/fleet.h"
#include "control/services/ec2/compute/spot.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidSpotFleetRequestId.NotFound", 400 };
static const struct err_kind bad_config = { "InvalidSpotFleetRequestConfig", 400 };
static const struct err_kind bad_state = { "InvalidSpotFleetRequestState", 400 };

const struct resource ec2_spot_fleet = {
	.service = "ec2",
	.kind = "ec2:spot-fleet-request",
	.type = "spot-fleet-request",
	.prefix = "sfr-",
	.id_member = "SpotFleetRequestId",
	.list_member = "SpotFleetRequestConfigs",
	.ids_member = "SpotFleetRequestIds",
	.noun = "spot fleet request ID",
	.not_found = &not_found,
	.page_min = 1,
	.page_max = 1000,
	.converge = fleet_converge,
	.watches = fleet_watches,
};

static json_t *
config_of(const json_t *fleet)
{
	return json_get(fleet, "SpotFleetRequestConfig");
}

/* The strategy in EC2 Fleet's words. */
static const char *
strategy_of(const char *name)
{
	static const char *const rows[][2] = {
		{ "lowestPrice", "lowest-price" },
		{ "diversified", "diversified" },
		{ "capacityOptimized", "capacity-optimized" },
		{ "capacityOptimizedPrioritized", "capacity-optimized-prioritized" },
		{ "priceCapacityOptimized", "price-capacity-optimized" },
		{ "prioritized", "prioritized" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i][0], name) == 0)
			return rows[i][1];
	}
	return "lowest-price";
}

static int
set_goal(struct call *c, json_t *fleet)
{
	const json_t *config = config_of(fleet);
	int64_t total = json_int(config, "TargetCapacity", 0);
	int64_t on_demand = json_int(config, "OnDemandTargetCapacity", 0);

	if (total < 0 || total > FLEET_CAPACITY_MAX)
		return err_set(&c->err, &bad_config,
		    "Parameter: SpotFleetRequestConfig.TargetCapacity is invalid. It must be "
		    "between 0 and %d.",
		    FLEET_CAPACITY_MAX);
	if (on_demand < 0 || on_demand > total)
		return err_set(&c->err, &bad_config,
		    "Parameter: SpotFleetRequestConfig.OnDemandTargetCapacity is invalid. It "
		    "must not be greater than the target capacity.");
	json_set(fleet, "_goal",
	    json_make("{s:I, s:I}", "on_demand", (json_int_t)on_demand, "spot",
		(json_int_t)(total - on_demand)));
	return 0;
}

static int
read_pools(struct call *c, json_t *fleet)
{
	const json_t *config = config_of(fleet);
	const json_t *specs = json_get(config, "LaunchSpecifications");
	const json_t *templates = json_get(config, "LaunchTemplateConfigs");
	const char *unit = json_str_or(config, "TargetCapacityUnitType", "units");
	json_t *pools = json_new_array(), *pool;
	size_t i;

	json_set(fleet, "_pools", pools);
	if ((json_array_size(specs) == 0) == (json_array_size(templates) == 0))
		return err_set(&c->err, &bad_config,
		    "Parameter: SpotFleetRequestConfig: either LaunchSpecifications or "
		    "LaunchTemplateConfigs must be specified.");
	if (fleet_pools_of_specifications(c, specs, unit, pools) < 0 ||
	    fleet_pools_of_templates(c, templates, "SpotPrice", unit, pools) < 0)
		return -1;
	json_array_foreach(pools, i, pool) {
		if (json_get(pool, "price") == NULL)
			json_set_str(pool, "price", json_str(config, "SpotPrice"));
	}
	return fleet_may_launch(c, fleet);
}

/* RequestSpotFleet */

static int
check_times(struct call *c, const json_t *config)
{
	const json_t *until = json_get(config, "ValidUntil");
	double least = (double)c->now_ms / 1000, from = json_num(config, "ValidFrom", 0);

	if (until != NULL && json_number_value(until) <= (from > least ? from : least))
		return err_set(&c->err, &bad_config,
		    "Parameter: SpotFleetRequestConfig.ValidUntil is invalid.");
	return 0;
}

static int
check(struct call *c, const json_t *config)
{
	const char *role = json_str_or(config, "IamFleetRole", "");

	if (json_get(config, "LoadBalancersConfig") != NULL)
		return err_set(&c->err, &ec2_unsupported,
		    "The parameter LoadBalancersConfig is not supported here.");
	if (strncmp(role, "arn:", 4) != 0 || strstr(role, ":role/") == NULL)
		return err_set(&c->err, &bad_config,
		    "Parameter: SpotFleetRequestConfig.IamFleetRole is invalid.");
	if (strcmp(json_str_or(config, "Type", "maintain"), "instant") == 0)
		return err_set(&c->err, &bad_config,
		    "Parameter: SpotFleetRequestConfig.Type is invalid: instant is of EC2 "
		    "Fleets alone.");
	if (spot_check_price(c, "spotPrice", json_str(config, "SpotPrice")) < 0 ||
	    check_times(c, config) < 0)
		return -1;
	return auth_pass_role(&c->env->auth, c->txn, c->arena, &c->who, c->model, role,
	    "spotfleet.amazonaws.com", NULL, &c->err);
}

static void
set_rule(json_t *fleet)
{
	const json_t *v = config_of(fleet);

	json_set(fleet, "_rule",
	    json_make("{s:s, s:s, s:I, s:b, s:b, s:b, s:I, s:I}", "on_demand",
		strategy_of(json_str_or(v, "OnDemandAllocationStrategy", "")), "spot",
		strategy_of(json_str_or(v, "AllocationStrategy", "")), "pools",
		(json_int_t)json_int(v, "InstancePoolsToUseCount", 1), "trims",
		strcmp(json_str_or(v, "ExcessCapacityTerminationPolicy", ""),
		    "noTermination") != 0,
		"replaces", json_bool(v, "ReplaceUnhealthyInstances", 0), "ends",
		json_bool(v, "TerminateInstancesWithExpiration", 0), "from_ms",
		(json_int_t)(json_num(v, "ValidFrom", 0) * 1000), "until_ms",
		(json_int_t)(json_num(v, "ValidUntil", 0) * 1000)));
}

static int
read_tags(struct call *c, json_t *fleet, json_t *config)
{
	json_t *list = json_get(config, "TagSpecifications"), *row, *tags;
	size_t i;

	tags = json_need_array(fleet, "Tags");
	json_array_foreach(list, i, row) {
		if (strcmp(json_str_or(row, "ResourceType", ""), "spot-fleet-request") !=
		    0)
			return err_set(&c->err, &ec2_bad_value,
			    "'%s' is not a valid taggable resource type for this operation.",
			    json_str_or(row, "ResourceType", ""));
		if (tags_check_unique(c, json_get(row, "Tags")) < 0 ||
		    tags_merge(c, tags, json_get(row, "Tags")) < 0)
			return -1;
	}
	json_del(config, "TagSpecifications");
	return 0;
}

static int
request_spot_fleet(struct call *c)
{
	static const struct record_member members[] = {
		{ "AllocationStrategy", NULL, "\"lowestPrice\"" },
		{ "OnDemandAllocationStrategy", NULL, "\"lowestPrice\"" },
		{ "ExcessCapacityTerminationPolicy", NULL, "\"default\"" },
		{ "InstanceInterruptionBehavior", NULL, "\"terminate\"" },
		{ "OnDemandTargetCapacity", NULL, "0" },
		{ "ReplaceUnhealthyInstances", NULL, "false" },
		{ "TerminateInstancesWithExpiration", NULL, "false" },
		{ "Type", NULL, "\"maintain\"" },
		{ NULL, NULL, NULL },
	};
	const json_t *in = in_object(c, "SpotFleetRequestConfig");
	json_t *fleet = json_own(c->arena, json_new_object());
	json_t *config = json_copy_deep(in);

	json_set(fleet, "SpotFleetRequestConfig", config);
	json_set_str(fleet, "SpotFleetRequestId", fleet_id_new(c, "sfr-"));
	json_set(fleet, "CreateTime", call_now(c));
	if (check(c, in) < 0 || read_tags(c, fleet, config) < 0)
		return -1;
	record_fill(c, config, in, members);
	if (json_get(config, "InstancePoolsToUseCount") == NULL &&
	    strcmp(json_str_or(config, "AllocationStrategy", ""), "lowestPrice") == 0)
		json_set_int(config, "InstancePoolsToUseCount", 1);
	json_set_str(fleet, "_type", json_str(config, "Type"));
	json_set_str(fleet, "_state", "submitted");
	set_rule(fleet);
	if (set_goal(c, fleet) < 0 || read_pools(c, fleet) < 0)
		return -1;
	fleet_note(c, fleet, "fleet", "submitted", NULL, NULL);
	fleet_count(fleet);
	resource_put(c, &ec2_spot_fleet, fleet);
	out_str(c, "SpotFleetRequestId", fleet_id(fleet));
	return 0;
}

/* ModifySpotFleetRequest */

static int
modify_spot_fleet_request(struct call *c)
{
	static const struct record_member members[] = {
		{ "TargetCapacity", NULL, NULL },
		{ "OnDemandTargetCapacity", NULL, NULL },
		{ "ExcessCapacityTerminationPolicy", NULL, NULL },
		{ "LaunchTemplateConfigs", NULL, NULL },
		{ "Context", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	json_t *fleet;
	const char *state;

	if (record_edit(c, &ec2_spot_fleet, in_str(c, "SpotFleetRequestId"), &fleet) < 0)
		return -1;
	state = json_str_or(fleet, "_state", "");
	if (strcmp(json_str_or(fleet, "_type", ""), "maintain") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Only Spot Fleet requests of type maintain can be modified.");
	if (strcmp(state, "active") != 0 && strcmp(state, "submitted") != 0 &&
	    strcmp(state, "modifying") != 0)
		return err_set(&c->err, &bad_state,
		    "The Spot Fleet request '%s' is in the state %s, in which it cannot be modified.",
		    fleet_id(fleet), fleet_state_name(fleet, state));
	record_change(config_of(fleet), c->in, members);
	set_rule(fleet);
	if (set_goal(c, fleet) < 0 ||
	    (in_has(c, "LaunchTemplateConfigs") && read_pools(c, fleet) < 0))
		return -1;
	if (strcmp(state, "active") == 0)
		json_set_str(fleet, "_state", "modifying");
	json_del(fleet, "_retry_ms");
	fleet_note(c, fleet, "fleet", "modify_in_progress", NULL, NULL);
	fleet_count(fleet);
	resource_put(c, &ec2_spot_fleet, fleet);
	out_bool(c, "Return", 1);
	return 0;
}

/* CancelSpotFleetRequests */

static int
cancel_one(struct call *c, const char *id, json_t *done, json_t *not_done)
{
	json_t *fleet;
	const char *before,
	    *code = "fleetRequestNotInCancellableState",
	    *message = "The Spot Fleet request is not in a state in which "
		       "it can be cancelled.";
	int rc = store_edit(c->txn, c->scope, ec2_spot_fleet.kind, id, &fleet, &c->err);

	if (rc < 0)
		return -1;
	if (rc > 0 &&
	    fleet_end(c, fleet, in_bool(c, "TerminateInstances", 0), &before) == 0) {
		resource_put(c, &ec2_spot_fleet, fleet);
		json_add(done,
		    json_make("{s:s, s:s, s:s}", "SpotFleetRequestId", id,
			"CurrentSpotFleetRequestState",
			fleet_state_name(fleet, json_str_or(fleet, "_state", "")),
			"PreviousSpotFleetRequestState", before));
		return 0;
	}
	if (rc == 0) {
		int is_id = strncmp(id, "sfr-", 4) == 0;

		code = is_id ? "fleetRequestIdDoesNotExist" : "fleetRequestIdMalformed";
		message = arena_printf(c->arena,
		    is_id ? "The spot fleet request ID '%s' does not exist" :
			    "The spot fleet request ID '%s' is malformed",
		    id);
	}
	json_add(not_done,
	    json_make("{s:s, s:{s:s, s:s}}", "SpotFleetRequestId", id, "Error", "Code",
		code, "Message", message));
	return 0;
}

static int
cancel_spot_fleet_requests(struct call *c)
{
	json_t *done = json_own(c->arena, json_new_array());
	json_t *not_done = json_own(c->arena, json_new_array());
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "SpotFleetRequestIds"), i, v) {
		if (cancel_one(c, json_string_value(v), done, not_done) < 0)
			return -1;
	}
	out_ref(c, "SuccessfulFleetRequests", done);
	out_ref(c, "UnsuccessfulFleetRequests", not_done);
	return 0;
}

/* DescribeSpotFleetRequests */

static json_t *
show(struct call *c, json_t *doc)
{
	json_t *v = json_own(c->arena, json_copy_shallow(doc));

	json_set_str(v, "SpotFleetRequestState",
	    fleet_state_name(doc, json_str_or(doc, "_state", "")));
	return v;
}

static int
describe_spot_fleet_requests(struct call *c)
{
	return record_describe_as(c, show);
}

static const struct op ops[] = {
	OP_RES("CancelSpotFleetRequests", cancel_spot_fleet_requests, 0, &ec2_spot_fleet,
	    "SpotFleetRequestIds",
	    "Cancel Spot Fleets, with or without their instances."),
	OP_RES("DescribeSpotFleetRequests", describe_spot_fleet_requests, OP_READ,
	    &ec2_spot_fleet, NULL, "List Spot Fleets."),
	OP_RES("ModifySpotFleetRequest", modify_spot_fleet_request, 0, &ec2_spot_fleet,
	    "SpotFleetRequestId", "Change a Spot Fleet's capacity."),
	{ .name = "RequestSpotFleet",
	    .run = request_spot_fleet,
	    .flags = OP_TOKEN,
	    .resource = &ec2_spot_fleet,
	    .token_in = "SpotFleetRequestConfig",
	    .doc = "Launch a Spot Fleet and keep it at a capacity." },
};
static const struct resource *const resources[] = { &ec2_spot_fleet, NULL };
const struct family ec2_spot_fleets = FAMILY(ops, resources);
