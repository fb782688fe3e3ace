/*
 * EC2: a spot request is looked at: it is launched for, and follows its instance.
 *
 *	open		launched for, within its time; too late: cancelled
 *	active		its instance ends: closed, or open again when it persists;
 *			stops: disabled
 *	disabled	its instance starts: active
 *	cancelled	until its instance ends
 * The launch itself makes it active, in one transaction with the instance.
 */
#include <string.h>

#include "control/api/ask.h"
#include "control/api/converge.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/compute/spot.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

enum { KEPT_MS = 60 * 60 * 1000, RETRY_MS = 60 * 1000 };

struct look {
	const char *id;
	json_t *launch;	 /* to ask of RunInstances now; or NULL */
	int64_t next_ms; /* when to look again; 0: never */
};

static int
is_state(const json_t *doc, const char *state)
{
	return strcmp(json_str_or(doc, "State", ""), state) == 0;
}

static int64_t
time_of(const json_t *doc, const char *name)
{
	return (int64_t)(json_num(doc, name, 0) * 1000);
}

/* Nothing more comes of it. */
static int
close_as(struct call *c, json_t *doc, const char *state, const char *code)
{
	spot_set_status(c, doc, state, code);
	return record_retire(c, &ec2_spot_request, doc);
}

static int
look_open(struct call *c, json_t *doc, struct look *look)
{
	int64_t from = time_of(doc, "ValidFrom"), until = time_of(doc, "ValidUntil");
	int64_t retry = json_int(doc, "_retry_ms", 0);

	if (until > 0 && until <= c->now_ms)
		return close_as(c, doc, "cancelled", "schedule-expired");
	look->next_ms = until;
	if (from > c->now_ms || retry > c->now_ms) {
		int64_t next = from > c->now_ms ? from : retry;

		if (look->next_ms == 0 || next < look->next_ms)
			look->next_ms = next;
		return 0;
	}
	look->launch = spot_launch_input(c, doc);
	return 0;
}

static int
instance_ended(struct call *c, json_t *doc)
{
	int64_t until = time_of(doc, "ValidUntil");

	if (is_state(doc, "cancelled") ||
	    strcmp(json_str_or(doc, "Type", ""), "persistent") != 0)
		return close_as(c, doc,
		    is_state(doc, "cancelled") ? "cancelled" : "closed",
		    "instance-terminated-by-user");
	if (until > 0 && until <= c->now_ms)
		return close_as(c, doc, "cancelled", "schedule-expired");
	spot_set_status(c, doc, "open", "pending-evaluation");
	json_del(doc, "InstanceId");
	json_del(doc, "LaunchedAvailabilityZone");
	json_del(doc, "LaunchedAvailabilityZoneId");
	resource_put(c, &ec2_spot_request, doc);
	return 0;
}

static int
look_at_instance(struct call *c, json_t *doc)
{
	json_t *instance;
	enum instance_state state = STATE_TERMINATED;
	int rc = resource_find(c, &ec2_instance, json_str_or(doc, "InstanceId", ""),
	    &instance);

	if (rc < 0)
		return -1;
	if (rc > 0)
		state = instance_state(instance);
	if (state == STATE_TERMINATED || state == STATE_SHUTTING_DOWN)
		return instance_ended(c, doc);
	if ((state == STATE_STOPPED || state == STATE_STOPPING) &&
	    is_state(doc, "active"))
		spot_set_status(c, doc, "disabled", "instance-stopped-by-user");
	else if ((state == STATE_RUNNING || state == STATE_PENDING) &&
	    is_state(doc, "disabled"))
		spot_set_status(c, doc, "active", "fulfilled");
	else
		return 0;
	resource_put(c, &ec2_spot_request, doc);
	return 0;
}

static int
look_at(struct call *c, void *arg)
{
	struct look *look = arg;
	json_t *doc;
	int rc =
	    store_edit(c->txn, c->scope, ec2_spot_request.kind, look->id, &doc, &c->err);

	look->launch = NULL;
	look->next_ms = 0;
	if (rc <= 0 || record_is_retired(doc))
		return rc < 0 ? -1 : 0;
	return is_state(doc, "open") ? look_open(c, doc, look) : look_at_instance(c, doc);
}

/* Launching */

struct failure {
	const char *id;
	const struct err *err;
};

/* There may be room later; anything else will not get better. */
static int
write_failure(struct call *c, void *arg)
{
	const struct failure *f = arg;
	const char *code = f->err->kind->code;
	json_t *doc;
	int rc =
	    store_edit(c->txn, c->scope, ec2_spot_request.kind, f->id, &doc, &c->err);

	if (rc <= 0 || !is_state(doc, "open") || record_is_retired(doc))
		return rc < 0 ? -1 : 0;
	json_set(doc, "Fault",
	    json_make("{s:s, s:s}", "Code", code, "Message", f->err->msg));
	if (strncmp(code, "Insufficient", 12) != 0)
		return close_as(c, doc, "failed", "bad-parameters");
	spot_set_status(c, doc, "open", "capacity-not-available");
	json_set_int(doc, "_retry_ms", c->now_ms + RETRY_MS);
	resource_put(c, &ec2_spot_request, doc);
	return 0;
}

static int
launch(struct converge *cv, struct look *look, struct err *err)
{
	struct err failed;
	struct failure f = { look->id, &failed };
	json_t *out;

	if (ask_service(cv->env, cv->arena, cv->account, cv->region, "ec2",
		"RunInstances", look->launch, &out, &failed) == 0)
		return 0;
	if (failed.kind->status >= 500 && failed.kind->status != 501 &&
	    strncmp(failed.kind->code, "Insufficient", 12) != 0) {
		*err = failed;
		return -1;
	}
	cv->again_ms = RETRY_MS;
	return converge_transaction(cv, write_failure, &f, err);
}

int
spot_converge(struct converge *cv, struct err *err)
{
	struct look look = { .id = arena_strdup(cv->arena, cv->id) };
	int64_t since;

	if (cv->doc == NULL)
		return 0;
	if (record_is_retired(cv->doc)) {
		since = cv->now_ms - json_int(cv->doc, "_retired_ms", 0);
		if (since >= KEPT_MS)
			return converge_forget(cv, err);
		cv->again_ms = KEPT_MS - since;
		return 0;
	}
	if (converge_transaction(cv, look_at, &look, err) < 0)
		return -1;
	if (look.launch != NULL && launch(cv, &look, err) < 0)
		return -1;
	if (look.next_ms > 0 && cv->again_ms == 0)
		cv->again_ms = look.next_ms > cv->now_ms ? look.next_ms - cv->now_ms : 1;
	return 0;
}
