/* EC2: events that are scheduled for instances: shown, put off, called off, and happening. */
#include "tests/api/ec2_calls.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "control/plane/instance_events.h"
#include "control/plane/plane.h"
#include "control/plane/reconcile.h"
#include "control/services/ec2/compute/instance_event.h"

enum { MINUTE_MS = 60000, HOUR_S = 3600, DAY_S = 86400 };

/* As without Docker: what is wanted is. */
static void
converge(struct fixture *f)
{
	struct engine *engine = f->env.engine;

	f->env.engine = NULL;
	assert_int_equal(reconcile_pass(&f->env), 0);
	f->env.engine = engine;
}

/* A running one. */
static const char *
make_instance(struct fixture *f)
{
	struct ec2_world w;
	const char *id;

	ec2_world(f, &w);
	id = ec2_text(ec2_launch(f, &w,
			  "\"TagSpecifications\": [{\"ResourceType\": "
			  "\"instance\", \"Tags\": [{\"Key\": \"k\", "
			  "\"Value\": \"v\"}]}]"),
	    "Instances.0.InstanceId");
	converge(f);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
	return id;
}

static json_t *
door(struct fixture *f, const char *method, const char *rest, const char *body,
    int status)
{
	struct plane plane = { .env = f->env };
	struct exchange x = { .plane = &plane, .arena = f->arena, .remote = "127.0.0.1" };
	struct err err;
	const char *text;
	json_t *v = NULL;

	x.reply.body = buf_new(f->arena, 0);
	x.request.method = method;
	x.request.path = arena_printf(f->arena, "/_simfra/ec2/instance-events%s", rest);
	x.request.query = "";
	x.request.body = body;
	x.request.body_len = strlen(body);
	instance_events_answer(&x);
	if (x.reply.status != status)
		fail_msg("%s %s %s: %d: %s", method, rest, body, x.reply.status,
		    buf_text(x.reply.body));
	text = buf_text(x.reply.body);
	if (*text != '\0')
		assert_int_equal(json_read_in(f->arena, text, strlen(text), &v, &err), 0);
	return v;
}

static const char *
iso(struct fixture *f, int64_t after_s)
{
	char *text = arena_alloc(f->arena, 32);

	clock_iso8601(f->now_ms + after_s * 1000, 0, text);
	return text;
}

/* Its id. */
static const char *
schedule(struct fixture *f, const char *instance, const char *code, int64_t after_s,
    int64_t deadline_s)
{
	const char *deadline = deadline_s != 0 ?
	    arena_printf(f->arena, ", \"notBeforeDeadline\": \"%s\"",
		iso(f, deadline_s)) :
	    "";
	json_t *v = door(f, "POST", "",
	    arena_printf(f->arena,
		"{\"instanceId\": \"%s\", \"code\": \"%s\", \"notBefore\": \"%s\"%s}",
		instance, code, iso(f, after_s), deadline),
	    201);

	return ec2_text(v, "InstanceEventId");
}

static json_t *
status_of(struct fixture *f, const char *id)
{
	json_t *v = ec2_ok(f, "DescribeInstanceStatus",
	    "{\"InstanceIds\": [\"%s\"], \"IncludeAllInstances\": true}", id);

	return json_array_get(json_get(v, "InstanceStatuses"), 0);
}

static const char *
metadata(struct fixture *f, const char *id, int is_over)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;
	json_t *doc;

	assert_int_equal(store_get(t, FIXTURE_ACCOUNT ":" FIXTURE_REGION, "ec2:instance",
			     id, &doc, &err),
	    1);
	return instance_events_metadata(f->arena, doc, is_over, f->now_ms / 1000);
}

static int64_t
reboots(struct fixture *f, const char *id, const char *member)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;
	json_t *doc;

	assert_int_equal(store_get(t, FIXTURE_ACCOUNT ":" FIXTURE_REGION, "ec2:instance",
			     id, &doc, &err),
	    1);
	return json_int(doc, member, 0);
}

static void
an_event_is_shown_and_happens_at_its_time(void **state)
{
	struct fixture *f = *state;
	const char *id = make_instance(f), *event;
	json_t *v;

	assert_string_equal(metadata(f, id, 0), "[]");
	event = schedule(f, id, "system-reboot", HOUR_S, 0);
	v = status_of(f, id);
	ec2_is(v, "Events.0.InstanceEventId", event);
	ec2_is(v, "Events.0.Code", "system-reboot");
	ec2_is(v, "Events.0.Description", "scheduled reboot");
	assert_string_equal(metadata(f, id, 0),
	    arena_printf(f->arena,
		"[{\"NotBefore\":\"01 Jan 2026 01:00:00 GMT\",\"Code\":\"system-reboot\","
		"\"Description\":\"scheduled reboot\",\"EventId\":\"%s\",\"State\":\"active\"}]",
		event));
	ec2_counts(ec2_ok(f, "DescribeInstanceStatus",
		       "{\"Filters\": [{\"Name\": \"event.code\", \"Values\": "
		       "[\"system-reboot\"]}]}"),
	    "InstanceStatuses", 1);
	converge(f);
	assert_int_equal(reboots(f, id, "_reboots"), 0);
	f->now_ms += 59 * MINUTE_MS;
	converge(f);
	assert_int_equal(reboots(f, id, "_reboots"), 0);
	f->now_ms += 2 * MINUTE_MS;
	converge(f);
	assert_int_equal(reboots(f, id, "_reboots"), 1);
	ec2_is(status_of(f, id), "Events.0.Description", "[Completed] scheduled reboot");
	assert_string_equal(metadata(f, id, 0), "[]");
	assert_non_null(strstr(metadata(f, id, 1), "\"State\":\"completed\""));
	/* Once; and after a week nobody speaks of it. */
	converge(f);
	assert_int_equal(reboots(f, id, "_reboots"), 1);
	f->now_ms += (int64_t)8 * DAY_S * 1000;
	ec2_counts(status_of(f, id), "Events", 0);
	assert_string_equal(metadata(f, id, 1), "[]");
}

static void
a_retired_instance_is_stopped(void **state)
{
	struct fixture *f = *state;
	const char *id = make_instance(f);
	json_t *v;

	schedule(f, id, "instance-retirement", 60, 0);
	schedule(f, id, "system-maintenance", 30, 0);
	f->now_ms += 31000;
	converge(f);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
	ec2_is(status_of(f, id), "Events.1.Description",
	    "[Completed] scheduled maintenance");
	f->now_ms += MINUTE_MS;
	converge(f);
	converge(f);
	v = ec2_instance_now(f, id);
	ec2_is(v, "State.Name", "stopped");
	ec2_is(v, "StateReason.Code", "Server.ScheduledStop");
	ec2_ok(f, "StartInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	converge(f);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
}

/* Who stops and starts his instance himself has moved it; a reboot of the system's is not the user's. */
static void
users_may_do_it_themselves(void **state)
{
	struct fixture *f = *state;
	const char *id = make_instance(f);
	json_t *v;

	schedule(f, id, "instance-reboot", DAY_S, 0);
	schedule(f, id, "system-reboot", DAY_S, 0);
	ec2_ok(f, "RebootInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	v = status_of(f, id);
	ec2_is(v, "Events.0.Description", "[Completed] scheduled reboot");
	ec2_is(v, "Events.1.Description", "scheduled reboot");
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	ec2_is(status_of(f, id), "Events.1.Description", "[Completed] scheduled reboot");
}

static void
a_start_is_put_off_to_the_deadline(void **state)
{
	struct fixture *f = *state;
	const char *id = make_instance(f), *event, *fixed;
	int64_t now_s = f->now_ms / 1000;
	const struct {
		int64_t start;
		int is_good;
	} starts[] = {
		{ now_s - 1, 0 },
		{ now_s + 1800, 0 },
		{ now_s + 2 * DAY_S + 1, 0 },
		{ now_s + 2 * DAY_S, 1 },
		{ now_s + HOUR_S, 1 },
	};

	event = schedule(f, id, "instance-stop", DAY_S, 2 * DAY_S);
	fixed = schedule(f, id, "instance-stop", DAY_S, 0);
	for (size_t i = 0; i < COUNT(starts); i++) {
		const char *in = arena_printf(f->arena,
		    "{\"InstanceId\": \"%s\", \"InstanceEventId\": \"%s\", \"NotBefore\": "
		    "%lld}",
		    id, event, (long long)starts[i].start);

		if (!starts[i].is_good) {
			ec2_no(f, "InvalidInstanceEventStartTime",
			    "ModifyInstanceEventStartTime", "%s", in);
			continue;
		}
		ec2_is(ec2_ok(f, "ModifyInstanceEventStartTime", "%s", in),
		    "Event.NotBefore",
		    arena_printf(f->arena, "%lld", (long long)starts[i].start));
	}
	ec2_no(f, "InvalidInstanceEventStartTime", "ModifyInstanceEventStartTime",
	    "{\"InstanceId\": \"%s\", \"InstanceEventId\": \"%s\", \"NotBefore\": %lld}",
	    id, fixed, (long long)now_s + 2 * HOUR_S);
	door(f, "DELETE", arena_printf(f->arena, "/%s", event), "", 204);
	door(f, "DELETE", arena_printf(f->arena, "/%s", event), "", 404);
	assert_non_null(strstr(metadata(f, id, 1), "[Canceled] "));
	ec2_no(f, "InvalidInstanceEventIDNotFound", "ModifyInstanceEventStartTime",
	    "{\"InstanceId\": \"%s\", \"InstanceEventId\": \"%s\", \"NotBefore\": %lld}",
	    id, event, (long long)now_s + HOUR_S);
	f->now_ms += (int64_t)2 * DAY_S * 1000;
	door(f, "DELETE", arena_printf(f->arena, "/%s", fixed), "", 204);
	converge(f);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
}

/* 2026-01-01 is a Thursday. */
static void
events_wait_for_their_window(void **state)
{
	static const char *const times[] = {
		"\"TimeRanges\": [{\"StartWeekDay\": \"friday\", \"StartHour\": 3, "
		"\"EndWeekDay\": \"friday\", \"EndHour\": 8}]",
		"\"CronExpression\": \"* 3-6 * * 5\"",
	};
	struct fixture *f = *state;
	const char *id = make_instance(f);
	int64_t day = f->now_ms / 1000 + DAY_S;

	for (size_t i = 0; i < COUNT(times); i++) {
		json_t *v = ec2_ok(f, "CreateInstanceEventWindow", "{%s}", times[i]);
		const char *window =
		    ec2_text(v, "InstanceEventWindow.InstanceEventWindowId");
		const char *event,
		    *target = i == 0 ?
		    arena_printf(f->arena, "\"InstanceIds\": [\"%s\"]", id) :
		    "\"InstanceTags\": [{\"Key\": \"k\", \"Value\": \"v\"}]";

		ec2_ok(f, "AssociateInstanceEventWindow",
		    "{\"InstanceEventWindowId\": \"%s\", \"AssociationTarget\": {%s}}",
		    window, target);
		event = schedule(f, id, "system-reboot", HOUR_S, 0);
		ec2_is(status_of(f, id),
		    arena_printf(f->arena, "Events.%zu.NotBefore", 2 * i),
		    arena_printf(f->arena, "%lld", (long long)day + 3 * HOUR_S));
		/* Maintenance of the network is not bound to it. */
		schedule(f, id, "system-maintenance", HOUR_S, 0);
		ec2_is(status_of(f, id),
		    arena_printf(f->arena, "Events.%zu.NotBefore", 2 * i + 1),
		    arena_printf(f->arena, "%lld", (long long)day - DAY_S + HOUR_S));
		assert_non_null(event);
		ec2_ok(f, "DeleteInstanceEventWindow",
		    "{\"InstanceEventWindowId\": \"%s\", \"ForceDelete\": true}", window);
	}
}

static void
the_door_refuses_what_is_wrong(void **state)
{
	struct fixture *f = *state;
	const char *id = make_instance(f);
	static const char *const wrong[] = {
		"",
		"[]",
		"{}",
		"{\"instanceId\": \"%s\"}",
		"{\"instanceId\": \"%s\", \"code\": \"meteor\"}",
		"{\"instanceId\": \"i-0123456789abcdef0\", \"code\": \"instance-stop\"}",
		"{\"instanceId\": \"%s\", \"code\": \"instance-stop\", \"when\": \"now\"}",
		"{\"instanceId\": \"%s\", \"code\": \"instance-stop\", \"notBefore\": 5}",
		"{\"instanceId\": \"%s\", \"code\": \"instance-stop\", \"notBefore\": \"now\"}",
		"{\"instanceId\": \"%s\", \"code\": \"instance-stop\", \"notBefore\": "
		"\"2030-01-02T00:00:00Z\", \"notAfter\": \"2030-01-01T00:00:00Z\"}",
		"{\"instanceId\": \"%s\", \"code\": \"instance-stop\", \"notBeforeDeadline\": "
		"\"2020-01-02T00:00:00Z\"}",
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *hole = strstr(wrong[i], "%s");

		door(f, "POST", "",
		    hole == NULL ? wrong[i] :
				   arena_printf(f->arena, "%.*s%s%s",
				       (int)(hole - wrong[i]), wrong[i], id, hole + 2),
		    400);
	}
	door(f, "PUT", "", "", 405);
	ec2_counts(door(f, "GET", "", "", 200), "events", 0);
	for (int i = 0; i < 10; i++)
		schedule(f, id, "instance-stop", DAY_S, 0);
	door(f, "POST", "",
	    arena_printf(f->arena,
		"{\"instanceId\": \"%s\", \"code\": \"instance-stop\"}", id),
	    400);
	ec2_counts(door(f, "GET", "", "", 200), "events", 10);
	ec2_is(door(f, "GET", "", "", 200), "events.0.InstanceId", id);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_event_is_shown_and_happens_at_its_time),
		TEST(a_retired_instance_is_stopped),
		TEST(users_may_do_it_themselves),
		TEST(a_start_is_put_off_to_the_deadline),
		TEST(events_wait_for_their_window),
		TEST(the_door_refuses_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
