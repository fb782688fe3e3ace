#include "control/services/ec2/compute/instance_event.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/instance_event_window.h"
#include "control/services/ec2/ec2.h"

enum {
	MAX_TRIES = 20,
	MAX_ACTIVE = 10,
	SHOWN_S = 7 * 24 * 60 * 60,
	LEAD_S = 60 * 60, /* EC2 User Guide: a new start is an hour ahead at least */
	WAIT_MAX_MS = 60 * 60 * 1000,
};

static const struct err_kind no_event = { "InvalidInstanceEventIDNotFound", 400 };
static const struct err_kind bad_start = { "InvalidInstanceEventStartTime", 400 };

enum effect { REBOOTS, STOPS, NOTHING };

static const struct code {
	const char *name, *description;
	enum effect effect;
	int by_reboot, by_stop; /* the user's own reboot, or stop, does instead */
} codes[] = {
	{ "instance-reboot", "scheduled reboot", REBOOTS, 1, 1 },
	{ "system-reboot", "scheduled reboot", REBOOTS, 0, 1 },
	{ "system-maintenance", "scheduled maintenance", NOTHING, 0, 1 },
	{ "instance-retirement",
	    "The instance is running on degraded hardware and is scheduled for retirement",
	    STOPS, 0, 1 },
	{ "instance-stop", "The instance is running on degraded hardware", STOPS, 0, 1 },
};

static int
is_code(const char *name)
{
	for (size_t i = 0; i < COUNT(codes); i++) {
		if (strcmp(codes[i].name, name) == 0)
			return 1;
	}
	return 0;
}

/* Of one that was checked when it was scheduled. */
static const struct code *
code_of(const char *name)
{
	size_t i = 0;

	while (i + 1 < COUNT(codes) && strcmp(codes[i].name, name) != 0)
		i++;
	return &codes[i];
}

static int
is_active(const json_t *event)
{
	return strcmp(json_str_or(event, "_state", ""), "active") == 0;
}

static int
is_shown(const json_t *event, int64_t now_s)
{
	return is_active(event) || now_s - json_int(event, "_ended", 0) < SHOWN_S;
}

static void
end_event(json_t *event, const char *state, int64_t now_s)
{
	json_set_str(event, "_state", state);
	json_set_int(event, "_ended", now_s);
}

/* "[Completed] …": the arena's, or the caller's own text. */
static json_t *
description_of(const json_t *event)
{
	const char *state = json_str_or(event, "_state", "");

	return json_new_fmt("%s%s",
	    strcmp(state, "completed") == 0    ? "[Completed] " :
		strcmp(state, "canceled") == 0 ? "[Canceled] " :
						 "",
	    json_str_or(event, "Description", ""));
}

static json_t *
shown(const json_t *event)
{
	static const char *const members[] = { "InstanceEventId", "Code", "NotBefore",
		"NotAfter", "NotBeforeDeadline" };
	json_t *v = json_new_object();

	for (size_t i = 0; i < COUNT(members); i++) {
		json_t *m = json_get(event, members[i]);

		if (m != NULL)
			json_set(v, members[i], json_incref(m));
	}
	json_set(v, "Description", description_of(event));
	return v;
}

json_t *
instance_events_shown(const json_t *instance, int64_t now_s)
{
	json_t *list = json_new_array();
	const json_t *event;
	size_t i;

	json_array_foreach(json_get(instance, "_events"), i, event) {
		if (is_shown(event, now_s))
			json_add(list, shown(event));
	}
	return list;
}

/* Metadata */

/* "21 Jan 2019 09:00:43 GMT" */
static void
set_date(json_t *v, const char *name, const json_t *event)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)json_int(event, name, 0);
	struct tm tm;

	if (json_get(event, name) == NULL || gmtime_r(&t, &tm) == NULL)
		return;
	json_set_fmt(v, name, "%02d %s %d %02d:%02d:%02d GMT", tm.tm_mday,
	    months[tm.tm_mon], 1900 + tm.tm_year, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

const char *
instance_events_metadata(struct arena *a, const json_t *instance, int is_over,
    int64_t now_s)
{
	json_t *list = json_own(a, json_new_array()), *v;
	const json_t *event;
	size_t i;

	json_array_foreach(json_get(instance, "_events"), i, event) {
		if (is_active(event) == is_over || !is_shown(event, now_s))
			continue;
		v = json_add_object(list);
		set_date(v, "NotBefore", event);
		json_set_str(v, "Code", json_str(event, "Code"));
		json_set(v, "Description", description_of(event));
		json_set_str(v, "EventId", json_str(event, "InstanceEventId"));
		set_date(v, "NotAfter", event);
		json_set_str(v, "State", json_str(event, "_state"));
	}
	return json_text(a, list);
}

/* Scheduling */

static int
bad(struct err *err, const char *what, const char *text)
{
	return err_set(err, &ec2_bad_value, "Value (%.80s) for parameter %s is invalid.",
	    text, what);
}

/* The scope that has the instance: 1, 0, -1. */
static int
scope_of(struct store_txn *t, const char *instance, const char **ret, struct err *err)
{
	const json_t *v;
	json_t *scopes, *doc;
	size_t i;

	if (store_scopes(t, ec2_instance.kind, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, v) {
		int rc = store_get(t, json_string_value(v), ec2_instance.kind, instance,
		    &doc, err);

		if (rc == 0)
			continue;
		*ret = json_string_value(v);
		return rc;
	}
	return 0;
}

static int
check(const struct instance_event *e, int64_t now_s, struct err *err)
{
	char text[32];

	if (!is_code(e->code))
		return bad(err, "code", e->code);
	clock_iso8601(e->not_after * 1000, 0, text);
	if (e->not_after != 0 && e->not_after <= e->not_before)
		return bad(err, "notAfter", text);
	clock_iso8601(e->deadline * 1000, 0, text);
	if (e->deadline != 0 && (e->deadline < e->not_before || e->deadline <= now_s))
		return bad(err, "notBeforeDeadline", text);
	return 0;
}

static json_t *
event_of(const struct instance_event *e, const struct code *code, int64_t start)
{
	char hex[18];
	json_t *v;

	random_hex(hex, 17);
	v = json_make("{s:o, s:s, s:s, s:I, s:s}", "InstanceEventId",
	    json_new_fmt("instance-event-0%.16s", hex), "Code", code->name, "Description",
	    e->description != NULL ? e->description : code->description, "NotBefore",
	    (json_int_t)start, "_state", "active");
	if (e->not_after != 0)
		json_set_int(v, "NotAfter",
		    e->not_after > start ? e->not_after : start + LEAD_S);
	if (e->deadline != 0)
		json_set_int(v, "NotBeforeDeadline", e->deadline);
	return v;
}

/* How many have not ended; those that are shown no more go. */
static size_t
tidy(json_t *events, int64_t now_s)
{
	size_t n = 0;

	for (size_t i = json_array_size(events); i-- > 0;) {
		const json_t *event = json_array_get(events, i);

		n += is_active(event) != 0;
		if (!is_shown(event, now_s))
			json_array_remove(events, i);
	}
	return n;
}

/* 1 done, 0 conflict, -1. */
static int
schedule_once(struct env *env, struct arena *a, const struct instance_event *e,
    json_t **ret, struct err *err)
{
	struct store_txn *t = store_begin(env->store, a);
	int64_t now_s = env->clock->now_ms(env->clock) / 1000, start = e->not_before;
	const struct code *code = code_of(e->code);
	const char *scope;
	json_t *doc, *events;
	int rc = scope_of(t, e->instance, &scope, err);

	if (rc > 0)
		rc = store_edit(t, scope, ec2_instance.kind, e->instance, &doc, err);
	if (rc < 0)
		return -1;
	if (rc == 0 || instance_state(doc) == STATE_TERMINATED)
		return err_set(err, ec2_instance.not_found,
		    "The instance ID '%s' does not exist", e->instance);
	if (start == 0)
		start = now_s;
	/* EC2 User Guide: windows are for what reboots, stops or terminates. */
	if (code->effect != NOTHING &&
	    event_window_start(t, scope, doc, start, &start, err) < 0)
		return -1;
	events = json_need_array(doc, "_events");
	if (tidy(events, now_s) >= MAX_ACTIVE)
		return err_set(err, &ec2_bad_value,
		    "The instance '%s' has %d scheduled events already.", e->instance,
		    MAX_ACTIVE);
	json_add(events, event_of(e, code, start));
	*ret = json_own(a, shown(json_array_get(events, json_array_size(events) - 1)));
	store_put(t, scope, ec2_instance.kind, e->instance, doc);
	return store_commit(t, err);
}

int
instance_event_schedule(struct env *env, struct arena *a, const struct instance_event *e,
    json_t **ret, struct err *err)
{
	int rc = 0;

	if (check(e, env->clock->now_ms(env->clock) / 1000, err) < 0)
		return -1;
	for (int try = 0; try < MAX_TRIES && rc == 0; try++)
		rc = schedule_once(env, a, e, ret, err);
	if (rc == 0)
		return err_set(err, &err_unavailable, "too many conflicts");
	return rc < 0 ? -1 : 0;
}

/* All instances of all scopes: fn's first answer that is not 0. */
typedef int each_fn(struct store_txn *t, const char *scope, const json_t *doc, void *arg,
    struct err *err);

static int
each_instance(struct store_txn *t, each_fn *fn, void *arg, struct err *err)
{
	struct store_docs docs;
	const json_t *v;
	json_t *scopes;
	size_t i;
	int rc = 0;

	if (store_scopes(t, ec2_instance.kind, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, v) {
		if (store_list(t, json_string_value(v), ec2_instance.kind, &docs, err) <
		    0)
			return -1;
		for (size_t k = 0; k < docs.n && rc == 0; k++)
			rc = fn(t, json_string_value(v), docs.doc[k], arg, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static json_t *
find(const json_t *doc, const char *id)
{
	json_t *event;
	size_t i;

	json_array_foreach(json_get(doc, "_events"), i, event) {
		if (is_active(event) &&
		    strcmp(json_str_or(event, "InstanceEventId", ""), id) == 0)
			return event;
	}
	return NULL;
}

struct cancelling {
	const char *id;
	int64_t now_s;
};

static int
cancel(struct store_txn *t, const char *scope, const json_t *doc, void *arg,
    struct err *err)
{
	const struct cancelling *j = arg;
	const char *instance = json_str_or(doc, "InstanceId", "");
	json_t *copy;
	int rc;

	if (find(doc, j->id) == NULL)
		return 0;
	rc = store_edit(t, scope, ec2_instance.kind, instance, &copy, err);
	if (rc <= 0)
		return rc;
	end_event(find(copy, j->id), "canceled", j->now_s);
	store_put(t, scope, ec2_instance.kind, instance, copy);
	return 1;
}

int
instance_event_cancel(struct env *env, struct arena *a, const char *id, struct err *err)
{
	struct cancelling j = { .id = id,
		.now_s = env->clock->now_ms(env->clock) / 1000 };

	for (int try = 0; try < MAX_TRIES; try++) {
		struct store_txn *t = store_begin(env->store, a);
		int rc = each_instance(t, cancel, &j, err);

		if (rc <= 0)
			return rc;
		rc = store_commit(t, err);
		if (rc != 0)
			return rc;
	}
	return err_set(err, &err_unavailable, "too many conflicts");
}

static int
list_one(struct store_txn *t UNUSED, const char *scope UNUSED, const json_t *doc,
    void *arg, struct err *err UNUSED)
{
	const json_t *event;
	size_t i;

	json_array_foreach(json_get(doc, "_events"), i, event) {
		json_t *v = shown(event);

		json_set_str(v, "InstanceId", json_str(doc, "InstanceId"));
		json_set_str(v, "State", json_str(event, "_state"));
		json_add(arg, v);
	}
	return 0;
}

int
instance_event_list(struct env *env, struct arena *a, json_t **ret, struct err *err)
{
	*ret = json_own(a, json_new_array());
	return each_instance(store_begin(env->store, a), list_one, *ret, err);
}

/* ModifyInstanceEventStartTime */

static int
modify_event(struct call *c)
{
	int64_t now_s = c->now_ms / 1000, start, deadline;
	json_t *doc, *event;

	if (resource_edit(c, &ec2_instance, in_str(c, "InstanceId"), &doc) < 0)
		return -1;
	event = find(doc, in_str(c, "InstanceEventId"));
	if (event == NULL)
		return err_set(&c->err, &no_event,
		    "The instance event ID '%s' does not exist for the instance '%s'",
		    in_str(c, "InstanceEventId"), in_str(c, "InstanceId"));
	start = (int64_t)json_number_value(json_get(c->in, "NotBefore"));
	deadline = json_int(event, "NotBeforeDeadline", 0);
	if (deadline == 0)
		return err_set(&c->err, &bad_start,
		    "The event '%s' has no deadline, so it cannot be rescheduled.",
		    in_str(c, "InstanceEventId"));
	if (json_int(event, "NotBefore", 0) <= now_s || start < now_s + LEAD_S ||
	    start > deadline)
		return err_set(&c->err, &bad_start,
		    "The new start time must be at least 60 minutes from now and not after the "
		    "event's deadline.");
	if (json_get(event, "NotAfter") != NULL)
		json_set_int(event, "NotAfter",
		    json_int(event, "NotAfter", 0) + start -
			json_int(event, "NotBefore", 0));
	json_set_int(event, "NotBefore", start);
	resource_put(c, &ec2_instance, doc);
	out_set(c, "Event", shown(event));
	return 0;
}

/* Happening */

void
instance_events_done_by_user(json_t *instance, int is_stop, int64_t now_s)
{
	json_t *event;
	size_t i;

	json_array_foreach(json_get(instance, "_events"), i, event) {
		const struct code *code = code_of(json_str_or(event, "Code", ""));

		if (is_active(event) && (is_stop ? code->by_stop : code->by_reboot))
			end_event(event, "completed", now_s);
	}
}

/* The first that is active: NULL. */
static json_t *
next_event(const json_t *doc)
{
	json_t *event, *first = NULL;
	size_t i;

	json_array_foreach(json_get(doc, "_events"), i, event) {
		if (is_active(event) &&
		    (first == NULL ||
			json_int(event, "NotBefore", 0) <
			    json_int(first, "NotBefore", 0)))
			first = event;
	}
	return first;
}

static int
happen(struct call *c, void *arg)
{
	const struct code *code;
	json_t *doc, *event;
	int rc = store_edit(c->txn, c->scope, ec2_instance.kind, arg, &doc, &c->err);

	if (rc <= 0 || strcmp(json_str_or(doc, "_want", ""), "running") != 0)
		return rc < 0 ? -1 : 0;
	event = next_event(doc);
	if (event == NULL || json_int(event, "NotBefore", 0) * 1000 > c->now_ms)
		return 0;
	code = code_of(json_str_or(event, "Code", ""));
	end_event(event, "completed", c->now_ms / 1000);
	if (code->effect == REBOOTS)
		json_set_int(doc, "_reboots", json_int(doc, "_reboots", 0) + 1);
	if (code->effect == STOPS) {
		instance_set_state(doc, STATE_STOPPING);
		instance_set_reason(doc, "Server.ScheduledStop",
		    "Stopped due to scheduled retirement", "Server.ScheduledStop");
		json_set_str(doc, "_want", "stopped");
		json_set_bool(doc, "_force", 0);
		instance_events_done_by_user(doc, 1, c->now_ms / 1000);
	}
	resource_put(c, &ec2_instance, doc);
	return code->effect == STOPS ? instance_release_public(c, doc) : 0;
}

int
instance_events_converge(struct converge *cv, struct err *err)
{
	const json_t *event = cv->doc != NULL ? next_event(cv->doc) : NULL;
	int64_t wait_ms;

	if (event == NULL || instance_state(cv->doc) != STATE_RUNNING)
		return 0;
	wait_ms = json_int(event, "NotBefore", 0) * 1000 - cv->now_ms;
	if (wait_ms > 0) {
		if (wait_ms > WAIT_MAX_MS)
			wait_ms = WAIT_MAX_MS;
		if (cv->again_ms == 0 || wait_ms < cv->again_ms)
			cv->again_ms = wait_ms;
		return 0;
	}
	if (converge_transaction(cv, happen, arena_strdup(cv->arena, cv->id), err) < 0 ||
	    converge_reload(cv, err) < 0)
		return -1;
	cv->again_ms = 1;
	return 0;
}

static const struct op ops[] = {
	OP_RES("ModifyInstanceEventStartTime", modify_event, 0, &ec2_instance,
	    "InstanceId", "Change when a scheduled event of an instance begins."),
};
const struct family ec2_instance_events = FAMILY(ops, NULL);
