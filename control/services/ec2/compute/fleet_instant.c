/*
 * EC2: instant fleets launch when they are made, in the same transaction.
 *
 * A launch that cannot be is taken back and told of among the errors; the next pool is tried.
 */
#include <string.h>

#include "control/services/ec2/compute/fleet.h"
#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/ec2.h"

static const char *
lifecycle(int spot)
{
	return spot ? "spot" : "on-demand";
}

static json_t *
shown_pool(const json_t *fleet, size_t pool)
{
	return json_get(json_array_get(json_get(fleet, "_pools"), pool), "shown");
}

static void
add_error(json_t *fleet, size_t pool, int spot, const struct err *err)
{
	json_t *row = json_add_object(json_need_array(fleet, "Errors"));

	json_set(row, "LaunchTemplateAndOverrides",
	    json_copy_deep(shown_pool(fleet, pool)));
	json_set_str(row, "Lifecycle", lifecycle(spot));
	json_set_str(row, "ErrorCode", err->kind->code);
	json_set_str(row, "ErrorMessage", err->msg);
}

/* Instances of one pool and market stand together. */
static void
add_instance(json_t *fleet, size_t pool, int spot, const json_t *instance)
{
	json_t *list = json_need_array(fleet, "Instances"), *row = NULL;
	const json_t *placement = json_get(instance, "Placement");
	size_t i;

	json_array_foreach(list, i, row) {
		if (json_int(row, "_pool", -1) == (int64_t)pool &&
		    json_bool(row, "_spot", 0) == spot)
			break;
	}
	if (row == NULL || i == json_array_size(list)) {
		row = json_add_object(list);
		json_set_int(row, "_pool", (int64_t)pool);
		json_set_bool(row, "_spot", spot);
		json_set(row, "LaunchTemplateAndOverrides",
		    json_copy_deep(shown_pool(fleet, pool)));
		json_set_str(row, "Lifecycle", lifecycle(spot));
		json_set_str(row, "InstanceType", json_str(instance, "InstanceType"));
		json_set_str(row, "AvailabilityZone",
		    json_str(placement, "AvailabilityZone"));
		json_set_str(row, "AvailabilityZoneId",
		    json_str(placement, "AvailabilityZoneId"));
		json_set_str(row, "SubnetId", json_str(instance, "SubnetId"));
	}
	json_add_str(json_need_array(row, "InstanceIds"),
	    json_str_or(instance, "InstanceId", ""));
}

/* The tags of AWS's own are the fleet's to set. */
static int
launch_one(struct call *c, json_t *fleet, size_t pool, int spot)
{
	int was_service = c->is_service, rc = -1;
	struct launch l;
	json_t *in, *out;

	c->is_service = 1;
	if (fleet_launch_input(c, fleet, pool, spot, &in) == 0)
		rc = launch_run(c, in, &l, &out);
	c->is_service = was_service;
	if (rc < 0)
		return -1;
	out = json_array_get(json_get(out, "Instances"), 0);
	fleet_join(c, fleet, out, pool, spot);
	add_instance(fleet, pool, spot, out);
	return 0;
}

/* What is the store's trouble is nobody's answer. */
static int
is_final(const struct err *err)
{
	return err->kind->status < 500 || err->kind->status == 501 ||
	    strncmp(err->kind->code, "Insufficient", 12) == 0;
}

static int
fill(struct call *c, json_t *fleet, int spot)
{
	double goal = json_num(json_get(fleet, "_goal"), spot ? "spot" : "on_demand", 0);
	size_t skip = 0;

	while (fleet_capacity(fleet, spot) < goal &&
	    json_array_size(json_get(fleet, "_members")) < FLEET_CAPACITY_MAX) {
		int pool = fleet_choose(c, fleet, spot, skip);
		struct store_mark *mark = store_mark(c->txn);

		if (pool < 0)
			break;
		if (launch_one(c, fleet, (size_t)pool, spot) == 0)
			continue;
		if (!is_final(&c->err))
			return -1;
		store_rewind(c->txn, mark);
		add_error(fleet, (size_t)pool, spot, &c->err);
		c->err.kind = NULL;
		skip++;
	}
	return 0;
}

/* Fewer than the least that is wanted: none. */
static void
check_least(struct call *c, json_t *fleet, const struct store_mark *mark)
{
	static const struct {
		const char *options;
		int spot;
	} rows[] = { { "OnDemandOptions", 0 }, { "SpotOptions", 1 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		double least = (double)json_int(json_get(fleet, rows[i].options),
		    "MinTargetCapacity", 0);

		if (fleet_capacity(fleet, rows[i].spot) >= least)
			continue;
		store_rewind(c->txn, mark);
		json_set(fleet, "Instances", json_new_array());
		json_set(fleet, "_members", json_new_array());
		json_set(fleet, "_launched", json_new_object());
		return;
	}
}

int
fleet_instant(struct call *c, json_t *fleet)
{
	struct store_mark *mark = store_mark(c->txn);

	json_set(fleet, "Instances", json_new_array());
	json_set(fleet, "Errors", json_new_array());
	if (fill(c, fleet, 0) < 0 || fill(c, fleet, 1) < 0)
		return -1;
	check_least(c, fleet, mark);
	json_set_str(fleet, "_state", "active");
	return 0;
}
