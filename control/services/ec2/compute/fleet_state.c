/*
 * EC2: how fleets stand, and what happened to them.
 *
 * The history is the last HISTORY_MAX events, of two days at most.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "control/api/converge.h"
#include "control/services/ec2/compute/fleet.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

enum { HISTORY_MAX = 300 };
#define TWO_DAYS_S (48.0 * 3600)

static int
is_spot_fleet(const json_t *fleet)
{
	return json_get(fleet, "SpotFleetRequestId") != NULL;
}

const char *
fleet_id(const json_t *fleet)
{
	return is_spot_fleet(fleet) ? json_str_or(fleet, "SpotFleetRequestId", "") :
				      json_str_or(fleet, "FleetId", "");
}

const char *
fleet_tag(const json_t *fleet)
{
	return is_spot_fleet(fleet) ? "aws:ec2spot:fleet-request-id" : "aws:ec2:fleet-id";
}

char *
fleet_id_new(struct call *c, const char *prefix)
{
	char hex[33];

	random_hex(hex, 32);
	return arena_printf(c->arena, "%s%.8s-%.4s-%.4s-%.4s-%.12s", prefix, hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
}

const char *
fleet_state_name(const json_t *fleet, const char *state)
{
	static const struct {
		const char *state, *names[2];
	} rows[] = {
		{ "running", { "deleted_running", "cancelled_running" } },
		{ "terminating", { "deleted_terminating", "cancelled_terminating" } },
		{ "over", { "deleted", "cancelled" } },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].state, state) == 0)
			return rows[i].names[is_spot_fleet(fleet)];
	}
	return state;
}

void
fleet_note(struct call *c, json_t *fleet, const char *type, const char *sub,
    const char *instance, const char *text)
{
	json_t *list = json_need_array(fleet, "_history"), *row = json_add_object(list);

	json_set_int(fleet, "_events", json_int(fleet, "_events", 0) + 1);
	json_set_fmt(row, "_id", "%012lld", (long long)json_int(fleet, "_events", 0));
	json_set(row, "Timestamp", call_now(c));
	json_set_str(row, "type", type);
	json_set_str(row, "sub", sub);
	json_set_str(row, "InstanceId", instance);
	json_set_str(row, "text", text);
	while (json_array_size(list) > HISTORY_MAX ||
	    json_num(json_array_get(list, 0), "Timestamp", 0) + TWO_DAYS_S <
		(double)c->now_ms / 1000)
		json_array_remove(list, 0);
}

void
fleet_count(json_t *fleet)
{
	const json_t *goal = json_get(fleet, "_goal"), *row;
	const char *state = json_str_or(fleet, "_state", ""), *status = "fulfilled";
	double on_demand = fleet_capacity(fleet, 0), spot = fleet_capacity(fleet, 1);
	int is_short = on_demand < json_num(goal, "on_demand", 0) ||
	    spot < json_num(goal, "spot", 0);
	json_t *of = fleet;
	size_t i;

	if (is_spot_fleet(fleet))
		of = json_need_object(fleet, "SpotFleetRequestConfig");
	json_set_num(of, "FulfilledCapacity", on_demand + spot);
	json_set_num(of,
	    is_spot_fleet(fleet) ? "OnDemandFulfilledCapacity" :
				   "FulfilledOnDemandCapacity",
	    on_demand);
	if (is_short)
		status =
		    json_int(fleet, "_failures", 0) > 0 ? "error" : "pending_fulfillment";
	json_array_foreach(json_get(fleet, "_members"), i, row) {
		if (json_bool(row, "ending", 0))
			status = "pending_termination";
	}
	json_del(fleet, "ActivityStatus");
	if (strcmp(state, "active") == 0 || strcmp(state, "submitted") == 0 ||
	    strcmp(state, "modifying") == 0)
		json_set_str(fleet, "ActivityStatus", status);
	else if (strcmp(status, "pending_termination") == 0)
		json_set_str(fleet, "ActivityStatus", status);
}

int
fleet_end(struct call *c, json_t *fleet, int terminates, const char **ret_before)
{
	const char *state = arena_strdup(c->arena, json_str_or(fleet, "_state", ""));

	*ret_before = fleet_state_name(fleet, state);
	/* What was left running can still be ended. */
	if (strcmp(state, "terminating") == 0 || strcmp(state, "over") == 0 ||
	    (strcmp(state, "running") == 0 && !terminates))
		return -1;
	state = terminates ? "terminating" : "running";
	json_set_str(fleet, "_state", state);
	fleet_note(c, fleet, "fleet", fleet_state_name(fleet, state), NULL, NULL);
	fleet_count(fleet);
	return 0;
}

/* An instance has changed: its fleet looks after it. */
static int
instance_changed(struct converge *cv, struct err *err UNUSED)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(json_get(cv->doc, "Tags"), i, tag) {
		const char *key = json_str_or(tag, "Key", "");
		const char *id = json_str_or(tag, "Value", "");

		if (strcmp(key, "aws:ec2:fleet-id") == 0)
			cv->wake(cv, cv->scope, ec2_fleet.kind, id);
		else if (strcmp(key, "aws:ec2spot:fleet-request-id") == 0)
			cv->wake(cv, cv->scope, ec2_spot_fleet.kind, id);
	}
	return 0;
}

const struct watch fleet_watches[] = { { "ec2:instance", instance_changed },
	{ NULL, NULL } };

/* The histories, and who is a member */

static const struct {
	const char *type, *shown[2];
} types[] = {
	{ "instance", { "instance-change", "instanceChange" } },
	{ "fleet", { "fleet-change", "fleetRequestChange" } },
	{ "error", { "service-error", "error" } },
};

static json_t *
shown_event(const json_t *fleet, const json_t *event)
{
	json_t *row = json_new_object(),
	       *about = json_need_object(row, "EventInformation");

	json_set(row, "_id", json_incref(json_get(event, "_id")));
	json_set(row, "Timestamp", json_incref(json_get(event, "Timestamp")));
	for (size_t i = 0; i < COUNT(types); i++) {
		if (strcmp(types[i].type, json_str_or(event, "type", "")) == 0)
			json_set_str(row, "EventType",
			    types[i].shown[is_spot_fleet(fleet)]);
	}
	json_set_str(about, "EventSubType", json_str(event, "sub"));
	json_set_str(about, "InstanceId", json_str(event, "InstanceId"));
	json_set_str(about, "EventDescription", json_str(event, "text"));
	return row;
}

static const struct resource rows = {
	.service = "ec2",
	.kind = "ec2:fleet-row",
	.id_member = "InstanceId",
	.list_member = "ActiveInstances",
	.noun = "fleet",
	.filters = (const struct filter[]){ { "instance-type", "InstanceType" },
	    { NULL, NULL } },
	.page_min = 1,
	.page_max = 1000,
};

static const struct resource events = {
	.service = "ec2",
	.kind = "ec2:fleet-event",
	.id_member = "_id",
	.noun = "event",
	.page_min = 1,
	.page_max = 1000,
};

/* By the operation's row: the resource, and the member with its id. */
static int
input_fleet(struct call *c, json_t **ret)
{
	const struct resource *r = c->op->resource;

	if (resource_get(c, r, in_str(c, c->op->id_member), ret) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "_type", ""), "instant") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "This is not supported for fleets of type instant. Use DescribeFleets "
		    "with the ID of the fleet.");
	out_str(c, c->op->id_member, resource_id(r, *ret));
	return 0;
}

static int
describe_history(struct call *c)
{
	double start = json_num(c->in, "StartTime", 0);
	const char *type = in_str(c, "EventType");
	json_t *list = json_own(c->arena, json_new_array()), *fleet, *row;
	const json_t *event;
	size_t i;

	if (input_fleet(c, &fleet) < 0)
		return -1;
	json_array_foreach(json_get(fleet, "_history"), i, event) {
		if (json_num(event, "Timestamp", 0) < start)
			continue;
		row = json_own(c->arena, shown_event(fleet, event));
		if (type == NULL || strcmp(json_str_or(row, "EventType", ""), type) == 0)
			json_add(list, json_incref(row));
	}
	if (resource_page(c, &events, list) < 0)
		return -1;
	out_ref(c, "HistoryRecords", list);
	out_set(c, "LastEvaluatedTime", call_now(c));
	out_ref(c, "StartTime", json_get(c->in, "StartTime"));
	return 0;
}

static json_t *
members(struct call *c, const json_t *fleet)
{
	json_t *list = json_own(c->arena, json_new_array()), *row;
	size_t i;

	json_array_foreach(json_get(fleet, "_members"), i, row)
		json_add(list, json_incref(row));
	return list;
}

static int
describe_instances(struct call *c)
{
	json_t *fleet;

	return input_fleet(c, &fleet) < 0 ? -1 : record_rows(c, &rows, members(c, fleet));
}

/* Spot Fleet's has no filters. */
static int
describe_spot_instances(struct call *c)
{
	json_t *fleet, *list;

	if (input_fleet(c, &fleet) < 0)
		return -1;
	list = resource_sorted(c, members(c, fleet), "InstanceId");
	if (resource_page(c, &rows, list) < 0)
		return -1;
	out_ref(c, "ActiveInstances", list);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeFleetHistory", describe_history, OP_READ, &ec2_fleet, "FleetId",
	    "Say what happened to a fleet."),
	OP_RES("DescribeFleetInstances", describe_instances, OP_READ, &ec2_fleet,
	    "FleetId", "List a fleet's instances."),
	OP_RES("DescribeSpotFleetInstances", describe_spot_instances, OP_READ,
	    &ec2_spot_fleet, "SpotFleetRequestId", "List a Spot Fleet's instances."),
	OP_RES("DescribeSpotFleetRequestHistory", describe_history, OP_READ,
	    &ec2_spot_fleet, "SpotFleetRequestId", "Say what happened to a Spot Fleet."),
};
const struct family ec2_fleet_histories = FAMILY(ops, NULL);
