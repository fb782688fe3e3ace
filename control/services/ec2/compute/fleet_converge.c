/*
 * EC2: a fleet is looked at.
 *
 * First, in one transaction, what is next is decided and written down; then it is done by EC2's
 * own operations.  Everything can be done twice: a launch has its token, and what is terminated
 * stays it.
 */
#include <string.h>

#include "control/api/ask.h"
#include "control/api/converge.h"
#include "control/services/ec2/compute/fleet.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/instance_end.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

enum {
	AT_ONCE = 20, /* launches that are written down */
	RETRY_MIN_MS = 5 * 1000,
	RETRY_MAX_MS = 5 * 60 * 1000,
	KEPT_MS = 60 * 60 * 1000,
};

struct look {
	const struct resource *r;
	const char *id;
	int64_t next_ms; /* when to look again; 0: never */
};

static int
is_state(const json_t *fleet, const char *state)
{
	return strcmp(json_str_or(fleet, "_state", ""), state) == 0;
}

static int
is_type(const json_t *fleet, const char *type)
{
	return strcmp(json_str_or(fleet, "_type", ""), type) == 0;
}

static void
look_at_ms(struct look *look, int64_t ms)
{
	if (ms > 0 && (look->next_ms == 0 || ms < look->next_ms))
		look->next_ms = ms;
}

/* Members */

/* 1 when it is gone. */
static int
look_at_member(struct call *c, json_t *fleet, json_t *member)
{
	const char *id = json_str_or(member, "InstanceId", "");
	json_t *instance;
	enum instance_state state = STATE_TERMINATED;
	int rc = resource_find(c, &ec2_instance, id, &instance), ails;

	if (rc < 0)
		return -1;
	if (rc > 0)
		state = instance_state(instance);
	if (state == STATE_TERMINATED || state == STATE_SHUTTING_DOWN) {
		fleet_note(c, fleet, "instance", "terminated", id, NULL);
		return 1;
	}
	ails = state == STATE_STOPPED || state == STATE_STOPPING;
	json_set_str(member, "InstanceHealth", ails ? "unhealthy" : "healthy");
	if ((ails && json_bool(json_get(fleet, "_rule"), "replaces", 0) &&
		is_state(fleet, "active")) ||
	    is_state(fleet, "terminating"))
		json_set_bool(member, "ending", 1);
	return 0;
}

static int
look_at_members(struct call *c, json_t *fleet)
{
	json_t *list = json_need_array(fleet, "_members");

	for (size_t i = 0; i < json_array_size(list);) {
		int rc = look_at_member(c, fleet, json_array_get(list, i));

		if (rc < 0)
			return -1;
		if (rc > 0)
			json_array_remove(list, i);
		else
			i++;
	}
	return 0;
}

/* Time */

static void
look_at_time(struct call *c, json_t *fleet, struct look *look)
{
	const json_t *rule = json_get(fleet, "_rule");
	int64_t from = json_int(rule, "from_ms", 0),
		until = json_int(rule, "until_ms", 0);
	const char *before;

	if (until > 0 && until <= c->now_ms) {
		fleet_note(c, fleet, "fleet", "expired", NULL, NULL);
		fleet_end(c, fleet, json_bool(rule, "ends", 0), &before);
		return;
	}
	look_at_ms(look, until);
	if (from > c->now_ms) {
		look_at_ms(look, from);
		return;
	}
	if (is_state(fleet, "active"))
		return;
	fleet_note(c, fleet, "fleet",
	    is_state(fleet, "modifying") ? "modify_succeeded" : "active", NULL, NULL);
	json_set_str(fleet, "_state", "active");
}

/* Capacity */

static int
write_launch(struct call *c, json_t *fleet, int spot)
{
	size_t n = json_array_size(json_get(fleet, "_pools"));
	size_t skip = (size_t)json_int(fleet, "_failures", 0) % (n > 0 ? n : 1);
	int pool = fleet_choose(c, fleet, spot,
	    json_bool(json_get(fleet, "_rule"), "single", 0) ? 0 : skip);
	json_t *in, *launch;

	if (pool < 0)
		return 0;
	if (fleet_launch_input(c, fleet, (size_t)pool, spot, &in) < 0)
		return -1;
	launch = json_add_object(json_need_array(fleet, "_launches"));
	json_set_str(launch, "token", fleet_id_new(c, ""));
	json_set_str(in, "ClientToken", json_str(launch, "token"));
	json_set(launch, "input", json_incref(in));
	json_set_bool(launch, "spot", spot);
	json_set_int(launch, "pool", pool);
	json_set_num(launch, "weight",
	    json_num(json_array_get(json_get(fleet, "_pools"), (size_t)pool), "weight",
		1));
	return 1;
}

static void
failed(struct call *c, json_t *fleet, const struct err *err)
{
	int64_t failures = json_int(fleet, "_failures", 0), pause = RETRY_MIN_MS;

	for (int64_t i = 0; i < failures && pause < RETRY_MAX_MS; i++)
		pause *= 2;
	json_set_int(fleet, "_failures", failures + 1);
	json_set_int(fleet, "_retry_ms",
	    c->now_ms + (pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS));
	fleet_note(c, fleet, "error", "launchSpecUnusable", NULL,
	    arena_printf(c->arena, "%s: %s", err->kind->code, err->msg));
}

/* What is missing is written down; of a request that was fulfilled once nothing is. */
static int
grow(struct call *c, json_t *fleet, int spot, struct look *look)
{
	const char *market = spot ? "spot" : "on_demand";
	double goal = json_num(json_get(fleet, "_goal"), market, 0);
	double have = is_type(fleet, "maintain") ?
	    fleet_capacity(fleet, spot) :
	    json_num(json_get(fleet, "_launched"), market, 0);

	if (have + fleet_pending(fleet, spot) >= goal)
		return 0;
	if (json_int(fleet, "_retry_ms", 0) > c->now_ms) {
		look_at_ms(look, json_int(fleet, "_retry_ms", 0));
		return 0;
	}
	while (have + fleet_pending(fleet, spot) < goal &&
	    json_array_size(json_get(fleet, "_launches")) < AT_ONCE &&
	    json_array_size(json_get(fleet, "_members")) +
		    json_array_size(json_get(fleet, "_launches")) <
		FLEET_CAPACITY_MAX) {
		int rc = write_launch(c, fleet, spot);

		if (rc < 0 && c->err.kind->status < 500) {
			failed(c, fleet, &c->err);
			c->err.kind = NULL;
			look_at_ms(look, json_int(fleet, "_retry_ms", 0));
			return 0;
		}
		if (rc <= 0)
			return rc;
	}
	return 0;
}

/* What is too much ends, the newest first. */
static void
shrink(json_t *fleet, int spot)
{
	const json_t *list = json_get(fleet, "_members");
	double goal = json_num(json_get(fleet, "_goal"), spot ? "spot" : "on_demand", 0);
	double have = fleet_capacity(fleet, spot);

	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *member = json_array_get(list, i);
		double weight = json_num(member, "weight", 1);

		if (json_bool(member, "spot", 0) != spot ||
		    json_bool(member, "ending", 0) || have - weight < goal)
			continue;
		json_set_bool(member, "ending", 1);
		have -= weight;
	}
}

static int
look_at_capacity(struct call *c, json_t *fleet, struct look *look)
{
	for (int spot = 0; spot < 2; spot++) {
		if (grow(c, fleet, spot, look) < 0)
			return -1;
		if (is_type(fleet, "maintain") &&
		    json_bool(json_get(fleet, "_rule"), "trims", 0) &&
		    json_array_size(json_get(fleet, "_launches")) == 0)
			shrink(fleet, spot);
	}
	return 0;
}

static int
is_over(const json_t *fleet)
{
	return (is_state(fleet, "running") || is_state(fleet, "terminating")) &&
	    json_array_size(json_get(fleet, "_members")) == 0 &&
	    json_array_size(json_get(fleet, "_launches")) == 0;
}

static int
decide(struct call *c, void *arg)
{
	struct look *look = arg;
	json_t *before, *fleet;
	int rc = store_get(c->txn, c->scope, look->r->kind, look->id, &before, &c->err);

	look->next_ms = 0;
	if (rc <= 0 || record_is_retired(before))
		return rc < 0 ? -1 : 0;
	fleet = json_own(c->arena, json_copy_deep(before));
	if (look_at_members(c, fleet) < 0)
		return -1;
	if (!is_state(fleet, "running") && !is_state(fleet, "terminating"))
		look_at_time(c, fleet, look);
	if (is_state(fleet, "active") && !is_type(fleet, "instant") &&
	    look_at_capacity(c, fleet, look) < 0)
		return -1;
	if (is_state(fleet, "terminating") && look_at_members(c, fleet) < 0)
		return -1;
	fleet_count(fleet);
	if (is_over(fleet)) {
		json_set_str(fleet, "_state", "over");
		fleet_note(c, fleet, "fleet", fleet_state_name(fleet, "over"), NULL,
		    NULL);
		return record_retire(c, look->r, fleet);
	}
	if (!json_equal(before, fleet))
		resource_put(c, look->r, fleet);
	return 0;
}

/* Doing */

struct launched {
	const struct look *look;
	const char *token;
	const json_t *instance; /* NULL: it failed */
	const struct err *err;
};

static void
write_joined(struct call *c, json_t *fleet, const json_t *launch, const json_t *instance)
{
	const char *text = arena_printf(c->arena,
	    "{\"instanceType\":\"%s\",\"image\":\"%s\",\"productDescription\":\"Linux/UNIX\","
	    "\"availabilityZone\":\"%s\"}",
	    json_str_or(instance, "InstanceType", ""),
	    json_str_or(instance, "ImageId", ""),
	    json_str_or(json_get(instance, "Placement"), "AvailabilityZone", ""));

	fleet_join(c, fleet, instance, (size_t)json_int(launch, "pool", 0),
	    json_bool(launch, "spot", 0));
	fleet_note(c, fleet, "instance", "launched", json_str(instance, "InstanceId"),
	    text);
	json_del(fleet, "_failures");
	json_del(fleet, "_retry_ms");
}

/* The new instance takes its launch's place. */
static int
write_launched(struct call *c, void *arg)
{
	const struct launched *l = arg;
	json_t *fleet, *list, *launch = NULL;
	size_t i;
	int rc =
	    store_edit(c->txn, c->scope, l->look->r->kind, l->look->id, &fleet, &c->err);

	if (rc <= 0)
		return rc;
	list = json_get(fleet, "_launches");
	json_array_foreach(list, i, launch) {
		if (strcmp(json_str_or(launch, "token", ""), l->token) == 0)
			break;
	}
	if (launch == NULL || i == json_array_size(list))
		return 0;
	json_own(c->arena, json_incref(launch));
	json_array_remove(list, i);
	if (l->instance != NULL)
		write_joined(c, fleet, launch, l->instance);
	else
		failed(c, fleet, l->err);
	fleet_count(fleet);
	resource_put(c, l->look->r, fleet);
	return 0;
}

/* A failure that will not pass by itself ends the launch; another is tried again. */
static int
launch_one(struct converge *cv, const struct look *look, const json_t *launch,
    struct err *err)
{
	struct err failure;
	struct launched l = { .look = look,
		.token = json_str_or(launch, "token", ""),
		.err = &failure };
	json_t *out;

	if (ask_service(cv->env, cv->arena, cv->account, cv->region, "ec2",
		"RunInstances",
		json_own(cv->arena, json_copy_deep(json_get(launch, "input"))), &out,
		&failure) == 0) {
		l.instance = json_array_get(json_get(out, "Instances"), 0);
	} else if (failure.kind->status >= 500 && failure.kind->status != 501 &&
	    strncmp(failure.kind->code, "Insufficient", 12) != 0) {
		*err = failure;
		return -1;
	}
	return converge_transaction(cv, write_launched, &l, err);
}

static int
act(struct converge *cv, const struct look *look, struct err *err)
{
	json_t *doc = json_own(cv->arena, json_incref(cv->doc));
	const json_t *row;
	size_t i;
	int rc = 0;

	json_array_foreach(json_get(doc, "_members"), i, row) {
		if (rc == 0 && json_bool(row, "ending", 0))
			rc = instance_end(cv, json_str_or(row, "InstanceId", ""), err);
	}
	/* What is to come need not wait for what cannot go. */
	json_array_foreach(json_get(doc, "_launches"), i, row) {
		if (launch_one(cv, look, row, err) < 0)
			return -1;
	}
	return rc;
}

int
fleet_converge(struct converge *cv, struct err *err)
{
	struct look look = { .id = arena_strdup(cv->arena, cv->id) };
	int64_t since;

	look.r = strcmp(cv->kind, ec2_fleet.kind) == 0 ? &ec2_fleet : &ec2_spot_fleet;
	if (cv->doc == NULL)
		return 0;
	if (record_is_retired(cv->doc)) {
		since = cv->now_ms - json_int(cv->doc, "_retired_ms", 0);
		if (since >= KEPT_MS)
			return converge_forget(cv, err);
		cv->again_ms = KEPT_MS - since;
		return 0;
	}
	if (converge_transaction(cv, decide, &look, err) < 0)
		return -1;
	if (cv->doc != NULL && act(cv, &look, err) < 0)
		return -1;
	if (look.next_ms > 0)
		cv->again_ms = look.next_ms > cv->now_ms ? look.next_ms - cv->now_ms : 1;
	return 0;
}
