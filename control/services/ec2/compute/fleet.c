/*
 * EC2: EC2 Fleets are made, changed, deleted and described here; see fleet_converge.c.
 *
 * Not emulated: reserved capacity, rebalancing (nothing is ever interrupted) and total prices
 * (nothing costs anything); the latter two are kept and shown.
 */
#include <string.h>

#include "control/api/tags.h"
#include "control/services/ec2/compute/fleet.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidFleetId.NotFound", 400 };
static const struct err_kind too_large = { "FleetTargetCapacityLimitExceeded", 400 };
static const struct err_kind bad_state = { "InvalidFleetState", 400 };

static const struct filter filters[] = {
	{ "activity-status", "ActivityStatus" },
	{ "excess-capacity-termination-policy", "ExcessCapacityTerminationPolicy" },
	{ "fleet-state", "FleetState" },
	{ "replace-unhealthy-instances", "ReplaceUnhealthyInstances" },
	{ "type", "Type" },
	{ NULL, NULL },
};

const struct resource ec2_fleet = {
	.service = "ec2",
	.kind = "ec2:fleet",
	.type = "fleet",
	.prefix = "fleet-",
	.id_member = "FleetId",
	.list_member = "Fleets",
	.ids_member = "FleetIds",
	.noun = "fleet ID",
	.not_found = &not_found,
	.filters = filters,
	.page_min = 1,
	.page_max = 1000,
	.converge = fleet_converge,
	.watches = fleet_watches,
};

/* Capacity */

static int
bad_capacity(struct call *c)
{
	return err_set(&c->err, &ec2_bad_combination,
	    "The total target capacity must be the sum of the On-Demand and the Spot target "
	    "capacity, or more where there is a default target capacity type.");
}

/* Both targets, of the specification over what there was (NULL: nothing). */
static int
read_capacity(struct call *c, const json_t *in, json_t *fleet)
{
	json_t *v = json_need_object(fleet, "TargetCapacitySpecification");
	const char *type = json_str_or(in, "DefaultTargetCapacityType",
	    json_str_or(v, "DefaultTargetCapacityType", "on-demand"));
	int64_t total = json_int(in, "TotalTargetCapacity", 0);
	int64_t on_demand = json_int(in, "OnDemandTargetCapacity", -1);
	int64_t spot = json_int(in, "SpotTargetCapacity", -1);

	if (total > FLEET_CAPACITY_MAX)
		return err_set(&c->err, &too_large,
		    "The target capacity of a fleet is at most %d.", FLEET_CAPACITY_MAX);
	if (total < 0 || on_demand < -1 || spot < -1)
		return err_set(&c->err, &ec2_bad_value,
		    "The target capacity must not be negative.");
	if (strcmp(type, "spot") != 0 && strcmp(type, "on-demand") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The target capacity type %s is not supported here.", type);
	if ((on_demand > 0 ? on_demand : 0) + (spot > 0 ? spot : 0) > total)
		return bad_capacity(c);
	if (strcmp(type, "spot") == 0)
		spot = total - (on_demand > 0 ? on_demand : 0);
	else
		spot = spot > 0 ? spot : 0;
	on_demand = total - spot;
	json_set_int(v, "TotalTargetCapacity", total);
	json_set_int(v, "OnDemandTargetCapacity", on_demand);
	json_set_int(v, "SpotTargetCapacity", spot);
	json_set_str(v, "DefaultTargetCapacityType", type);
	json_set_str(v, "TargetCapacityUnitType", json_str(in, "TargetCapacityUnitType"));
	json_set(fleet, "_goal",
	    json_make("{s:I, s:I}", "on_demand", (json_int_t)on_demand, "spot",
		(json_int_t)spot));
	return 0;
}

static int
read_pools(struct call *c, json_t *fleet)
{
	json_t *configs = in_list(c, "LaunchTemplateConfigs"), *pools = json_new_array();
	const char *unit = json_str_or(json_get(fleet, "TargetCapacitySpecification"),
	    "TargetCapacityUnitType", "units");

	json_set(fleet, "_pools", pools);
	json_set(fleet, "LaunchTemplateConfigs", json_copy_deep(configs));
	if (json_array_size(configs) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter LaunchTemplateConfigs");
	return fleet_pools_of_templates(c, configs, "MaxPrice", unit, pools) < 0 ?
	    -1 :
	    fleet_may_launch(c, fleet);
}

/* CreateFleet */

static int
check_times(struct call *c)
{
	const json_t *until = json_get(c->in, "ValidUntil");
	double least = (double)c->now_ms / 1000, from = json_num(c->in, "ValidFrom", 0);

	if (until != NULL && json_number_value(until) <= (from > least ? from : least))
		return err_set(&c->err, &ec2_bad_value,
		    "The parameter validUntil is invalid. It must be in the future, and later "
		    "than validFrom.");
	return 0;
}

/* Options of one market, of a fleet of one type. */
static int
check_options(struct call *c, const char *name, const char *type)
{
	static const char *const instant[] = { "SingleInstanceType",
		"SingleAvailabilityZone", "MinTargetCapacity" };
	const json_t *v = in_object(c, name);
	int has_single = json_bool(v, "SingleInstanceType", 0) ||
	    json_bool(v, "SingleAvailabilityZone", 0);

	for (size_t i = 0; i < COUNT(instant); i++) {
		if (json_get(v, instant[i]) != NULL && strcmp(type, "instant") != 0)
			return err_set(&c->err, &ec2_bad_combination,
			    "%s is only supported for fleets of type instant.",
			    instant[i]);
	}
	if (json_get(v, "MinTargetCapacity") != NULL && !has_single)
		return err_set(&c->err, &ec2_bad_combination,
		    "MinTargetCapacity needs SingleInstanceType or SingleAvailabilityZone.");
	if (json_get(v, "InstancePoolsToUseCount") != NULL &&
	    strcmp(json_str_or(v, "AllocationStrategy", "lowest-price"),
		"lowest-price") != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "InstancePoolsToUseCount can only be used with the lowest-price "
		    "allocation strategy.");
	return 0;
}

static int
check(struct call *c, const char *type)
{
	static const char *const refused[] = { "ReservedCapacityOptions", NULL };
	int is_instant = strcmp(type, "instant") == 0;

	if (ec2_refuse(c, refused) < 0 || check_times(c) < 0 ||
	    check_options(c, "SpotOptions", type) < 0 ||
	    check_options(c, "OnDemandOptions", type) < 0)
		return -1;
	if (is_instant && (in_has(c, "ValidFrom") || in_has(c, "ValidUntil")))
		return err_set(&c->err, &ec2_bad_combination,
		    "ValidFrom and ValidUntil are not supported for fleets of type instant.");
	if (in_bool(c, "ReplaceUnhealthyInstances", 0) && strcmp(type, "maintain") != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "ReplaceUnhealthyInstances is only supported for fleets of type maintain.");
	return 0;
}

static void
set_options(struct call *c, json_t *fleet)
{
	json_t *spot = json_need_object(fleet, "SpotOptions");
	json_t *on_demand = json_need_object(fleet, "OnDemandOptions");
	const char *strategy;

	if (json_get(spot, "AllocationStrategy") == NULL)
		json_set_str(spot, "AllocationStrategy", "lowest-price");
	strategy = json_str_or(spot, "AllocationStrategy", "");
	if (json_get(spot, "InstanceInterruptionBehavior") == NULL)
		json_set_str(spot, "InstanceInterruptionBehavior", "terminate");
	if (json_get(spot, "InstancePoolsToUseCount") == NULL &&
	    strcmp(strategy, "lowest-price") == 0)
		json_set_int(spot, "InstancePoolsToUseCount", 1);
	if (json_get(on_demand, "AllocationStrategy") == NULL)
		json_set_str(on_demand, "AllocationStrategy", "lowest-price");
	json_set(fleet, "_rule",
	    json_make("{s:s, s:s, s:I, s:b, s:b, s:b, s:b, s:I, s:I}", "on_demand",
		json_str_or(on_demand, "AllocationStrategy", ""), "spot", strategy,
		"pools", (json_int_t)json_int(spot, "InstancePoolsToUseCount", 1),
		"trims",
		strcmp(json_str_or(fleet, "ExcessCapacityTerminationPolicy", ""),
		    "termination") == 0,
		"replaces", json_bool(fleet, "ReplaceUnhealthyInstances", 0), "ends",
		json_bool(fleet, "TerminateInstancesWithExpiration", 0), "single",
		json_bool(spot, "SingleInstanceType", 0) ||
		    json_bool(spot, "SingleAvailabilityZone", 0) ||
		    json_bool(on_demand, "SingleInstanceType", 0) ||
		    json_bool(on_demand, "SingleAvailabilityZone", 0),
		"from_ms", (json_int_t)(json_num(c->in, "ValidFrom", 0) * 1000),
		"until_ms", (json_int_t)(json_num(c->in, "ValidUntil", 0) * 1000)));
}

/* Of instant fleets also the tags of what they launch; those are kept as they were given. */
static int
read_tags(struct call *c, json_t *fleet, const char *type)
{
	static const char *const instant[] = { "fleet", "instance", "volume",
		"network-interface", "spot-instances-request", NULL };
	static const char *const others[] = { "fleet", NULL };
	json_t *tags, *kept = json_new_array(), *row;
	size_t i;

	json_set(fleet, "_tags", kept);
	if (tags_from_specifications(c, strcmp(type, "instant") == 0 ? instant : others,
		"fleet", &tags) < 0)
		return -1;
	json_set(fleet, "Tags", tags != NULL ? json_copy_deep(tags) : json_new_array());
	json_array_foreach(in_list(c, "TagSpecifications"), i, row) {
		if (strcmp(json_str_or(row, "ResourceType", ""), "fleet") == 0)
			continue;
		/* Those are set by a service: what the caller may not set ends here. */
		if (tags_merge(c, json_own(c->arena, json_new_array()),
			json_get(row, "Tags")) < 0)
			return -1;
		json_add(kept, json_incref(row));
	}
	return 0;
}

static json_t *
make(struct call *c, const char *type)
{
	static const struct record_member members[] = {
		{ "ClientToken", NULL, NULL },
		{ "SpotOptions", NULL, NULL },
		{ "OnDemandOptions", NULL, NULL },
		{ "ExcessCapacityTerminationPolicy", NULL, "\"termination\"" },
		{ "TerminateInstancesWithExpiration", NULL, "false" },
		{ "ValidFrom", NULL, NULL },
		{ "ValidUntil", NULL, NULL },
		{ "ReplaceUnhealthyInstances", NULL, "false" },
		{ "Context", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	json_t *fleet = json_own(c->arena, json_new_object());

	json_set_str(fleet, "FleetId", fleet_id_new(c, "fleet-"));
	json_set(fleet, "CreateTime", call_now(c));
	json_set_str(fleet, "Type", type);
	json_set_str(fleet, "_type", type);
	json_set_str(fleet, "_state", "submitted");
	record_fill(c, fleet, c->in, members);
	set_options(c, fleet);
	if (read_tags(c, fleet, type) < 0 ||
	    read_capacity(c, in_object(c, "TargetCapacitySpecification"), fleet) < 0 ||
	    read_pools(c, fleet) < 0)
		return NULL;
	fleet_note(c, fleet, "fleet", "submitted", NULL, NULL);
	return fleet;
}

static int
create_fleet(struct call *c)
{
	const char *type = json_str_or(c->in, "Type", "maintain");
	json_t *fleet;

	if (check(c, type) < 0)
		return -1;
	fleet = make(c, type);
	if (fleet == NULL)
		return -1;
	if (strcmp(type, "instant") == 0) {
		if (fleet_instant(c, fleet) < 0)
			return -1;
		out_ref(c, "Instances", json_get(fleet, "Instances"));
		out_ref(c, "Errors", json_get(fleet, "Errors"));
	}
	fleet_count(fleet);
	resource_put(c, &ec2_fleet, fleet);
	out_str(c, "FleetId", fleet_id(fleet));
	return 0;
}

/* ModifyFleet */

static int
modify_fleet(struct call *c)
{
	json_t *fleet, *rule;
	const char *state, *policy = in_str(c, "ExcessCapacityTerminationPolicy");

	if (record_edit(c, &ec2_fleet, in_str(c, "FleetId"), &fleet) < 0)
		return -1;
	state = json_str_or(fleet, "_state", "");
	if (strcmp(json_str_or(fleet, "_type", ""), "maintain") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Only fleets of type maintain can be modified.");
	if (strcmp(state, "active") != 0 && strcmp(state, "submitted") != 0 &&
	    strcmp(state, "modifying") != 0)
		return err_set(&c->err, &bad_state,
		    "The fleet '%s' is in the state %s, in which it cannot be modified.",
		    fleet_id(fleet), fleet_state_name(fleet, state));
	if (in_has(c, "TargetCapacitySpecification") &&
	    read_capacity(c, in_object(c, "TargetCapacitySpecification"), fleet) < 0)
		return -1;
	if (in_has(c, "LaunchTemplateConfigs") && read_pools(c, fleet) < 0)
		return -1;
	json_set_str(fleet, "Context", in_str(c, "Context"));
	if (policy != NULL) {
		rule = json_get(fleet, "_rule");
		json_set_str(fleet, "ExcessCapacityTerminationPolicy", policy);
		json_set_bool(rule, "trims", strcmp(policy, "termination") == 0);
	}
	if (strcmp(state, "active") == 0)
		json_set_str(fleet, "_state", "modifying");
	json_del(fleet, "_retry_ms");
	fleet_note(c, fleet, "fleet", "modify_in_progress", NULL, NULL);
	fleet_count(fleet);
	resource_put(c, &ec2_fleet, fleet);
	out_bool(c, "Return", 1);
	return 0;
}

/* DeleteFleets */

static void
unsuccessful(json_t *list, const char *id, const char *code, const char *message)
{
	json_add(list,
	    json_make("{s:s, s:{s:s, s:s}}", "FleetId", id, "Error", "Code", code,
		"Message", message));
}

static int
delete_one(struct call *c, const char *id, int ends, json_t *done, json_t *not_done)
{
	json_t *fleet;
	const char *before;
	int rc = store_edit(c->txn, c->scope, ec2_fleet.kind, id, &fleet, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		int is_id = strncmp(id, "fleet-", 6) == 0;

		unsuccessful(not_done, id,
		    is_id ? "fleetIdDoesNotExist" : "fleetIdMalformed",
		    arena_printf(c->arena,
			is_id ? "The fleet ID '%s' does not exist" :
				"The fleet ID '%s' is malformed",
			id));
		return 0;
	}
	if (!ends && strcmp(json_str_or(fleet, "_type", ""), "instant") == 0) {
		unsuccessful(not_done, id, "fleetNotInDeletableState",
		    "Fleets of type instant can only be deleted with their instances.");
		return 0;
	}
	if (fleet_end(c, fleet, ends, &before) < 0) {
		unsuccessful(not_done, id, "fleetNotInDeletableState",
		    "The fleet is not in a state in which it can be deleted.");
		return 0;
	}
	resource_put(c, &ec2_fleet, fleet);
	json_add(done,
	    json_make("{s:s, s:s, s:s}", "FleetId", id, "CurrentFleetState",
		fleet_state_name(fleet, json_str_or(fleet, "_state", "")),
		"PreviousFleetState", before));
	return 0;
}

static int
delete_fleets(struct call *c)
{
	json_t *done = json_own(c->arena, json_new_array());
	json_t *not_done = json_own(c->arena, json_new_array());
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, "FleetIds"), i, v) {
		if (delete_one(c, json_string_value(v),
			in_bool(c, "TerminateInstances", 0), done, not_done) < 0)
			return -1;
	}
	out_ref(c, "SuccessfulFleetDeletions", done);
	out_ref(c, "UnsuccessfulFleetDeletions", not_done);
	return 0;
}

/* DescribeFleets: instant ones only by their ids */

static json_t *
show(struct call *c, json_t *doc)
{
	json_t *v = json_own(c->arena, json_copy_shallow(doc));

	if (strcmp(json_str_or(doc, "_type", ""), "instant") == 0 &&
	    !json_has_str(in_list(c, "FleetIds"), fleet_id(doc)))
		return NULL;
	json_set_str(v, "FleetState",
	    fleet_state_name(doc, json_str_or(doc, "_state", "")));
	return v;
}

static int
describe_fleets(struct call *c)
{
	return record_describe_as(c, show);
}

static const struct op ops[] = {
	OP_RES("CreateFleet", create_fleet, OP_TOKEN, &ec2_fleet, NULL,
	    "Launch a fleet of instances, at once or kept at a capacity."),
	OP_RES("DeleteFleets", delete_fleets, 0, &ec2_fleet, "FleetIds",
	    "Delete fleets, with or without their instances."),
	OP_RES("DescribeFleets", describe_fleets, OP_READ, &ec2_fleet, NULL,
	    "List fleets."),
	OP_RES("ModifyFleet", modify_fleet, 0, &ec2_fleet, "FleetId",
	    "Change a fleet's capacity, or what it launches."),
};
static const struct resource *const resources[] = { &ec2_fleet, NULL };
const struct family ec2_fleets = FAMILY(ops, resources);
