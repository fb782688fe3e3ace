/* S3: notifications: what configurations are taken, what is recorded of changes, and how it is delivered. */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#include "control/api/outbox.h"
#include "control/api/service.h"
#include "control/plane/reconcile.h"
#include "control/services/s3/event.h"

#define QUEUE "arn:aws:sqs:us-east-1:000000000000:jobs"
#define PUT                                                        \
	"{\"Bucket\":\"here\",\"SkipDestinationValidation\":true," \
	"\"NotificationConfiguration\":%s}"
#define RULE(arn, events, filter) \
	"{\"Id\":\"r\",\"QueueArn\":\"" arn "\",\"Events\":[" events "]" filter "}"
#define QUEUES(rules) "{\"QueueConfigurations\":[" rules "]}"
#define FILTER(rows)  ",\"Filter\":{\"Key\":{\"FilterRules\":[" rows "]}}"
#define PREFIX(v)     "{\"Name\":\"prefix\",\"Value\":\"" v "\"}"
#define SUFFIX(v)     "{\"Name\":\"suffix\",\"Value\":\"" v "\"}"

static void
bucket(struct fixture *f)
{
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\": \"here\"}");
}

static void
put(struct fixture *f, const char *key, const char *text)
{
	fixture_body(f, text, strlen(text));
	fixture_ok(f, "s3", "PutObject", "{\"Bucket\": \"here\", \"Key\": \"%s\"}", key);
	f->now_ms += 10;
}

static const json_t *
events(struct fixture *f)
{
	json_t *v;
	struct err err;

	assert_int_equal(s3_events_list(&f->env, f->arena, "here", &v, &err), 1);
	return json_get(v, "events");
}

/* "ObjectCreated:Put a,ObjectRemoved:Delete a" */
static const char *
told(struct fixture *f)
{
	struct buf *b = buf_new(f->arena, 0);
	const json_t *row;
	size_t i;

	json_array_foreach(events(f), i, row) {
		const char *key = fixture_text(row, "message.Records.0.s3.object.key");

		buf_printf(b, "%s%s %s", i > 0 ? "," : "", json_str_or(row, "name", "?"),
		    key != NULL ? key : "-");
	}
	return buf_text(b);
}

static void
a_configuration_comes_back_as_it_was_said(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketNotificationConfiguration", PUT,
	    "{\"QueueConfigurations\":[{\"QueueArn\":\"" QUEUE
	    "\",\"Events\":[\"s3:ObjectCreated:*\"]" FILTER(
		PREFIX("in/") "," SUFFIX(".jpg")) "}],"
						  "\"EventBridgeConfiguration\":{}}");
	v = fixture_ok(f, "s3", "GetBucketNotificationConfiguration",
	    "{\"Bucket\":\"here\"}");
	assert_string_equal(fixture_text(v, "QueueConfigurations.0.QueueArn"), QUEUE);
	assert_string_equal(fixture_text(v, "QueueConfigurations.0.Events.0"),
	    "s3:ObjectCreated:*");
	assert_int_equal(strlen(fixture_text(v, "QueueConfigurations.0.Id")), 48);
	assert_string_equal(fixture_text(v,
				"QueueConfigurations.0.Filter.Key.FilterRules.1.Name"),
	    "Suffix");
	assert_non_null(json_get(v, "EventBridgeConfiguration"));
	fixture_ok(f, "s3", "PutBucketNotificationConfiguration", PUT, "{}");
	v = fixture_ok(f, "s3", "GetBucketNotificationConfiguration",
	    "{\"Bucket\":\"here\"}");
	assert_null(json_get(v, "QueueConfigurations"));
	assert_null(json_get(v, "EventBridgeConfiguration"));
	put(f, "in/a.jpg", "x");
	assert_string_equal(told(f), "");
}

static void
wrong_configurations_are_refused(void **state)
{
#define CREATED	   "\"s3:ObjectCreated:*\""
#define CREATED_BY "\"s3:ObjectCreated:Put\""
#define OTHER(arn, events, filter) \
	"{\"QueueArn\":\"" arn "\",\"Events\":[" events "]" filter "}"
	static const struct {
		const char *doc, *words;
	} bad[] = {
		{ QUEUES(RULE("jobs", CREATED, "")), "not well formed" },
		{ QUEUES(RULE("arn:aws:sns:us-east-1:000000000000:t", CREATED, "")),
		    "not well formed" },
		{ QUEUES(RULE("arn:aws:sqs:us-east-1:12:t", CREATED, "")),
		    "not well formed" },
		{ QUEUES(RULE("arn:aws:sqs:eu-west-1:000000000000:t", CREATED, "")),
		    "region is not valid" },
		{ QUEUES(RULE("arn:aws:sqs:us-east-1:000000000000:t.fifo", CREATED, "")),
		    "FIFO" },
		{ QUEUES(RULE(QUEUE, CREATED "," CREATED_BY, "")), "overlap" },
		{ QUEUES(RULE(QUEUE, CREATED, "") "," OTHER(QUEUE, CREATED_BY, "")),
		    "overlap" },
		{ QUEUES(RULE(QUEUE, CREATED, FILTER(PREFIX("a"))) "," OTHER(QUEUE,
		      CREATED_BY, FILTER(PREFIX("a/b")))),
		    "ambiguously" },
		{ QUEUES(RULE(QUEUE, CREATED,
		      FILTER(PREFIX("a") "," SUFFIX("g"))) "," OTHER(QUEUE, CREATED_BY,
		      FILTER(SUFFIX("jpg")))),
		    "ambiguously" },
		{ QUEUES(RULE(QUEUE, CREATED, "") "," RULE(QUEUE,
		      "\"s3:ObjectRemoved:*\"", "")),
		    "Same ID" },
		{ QUEUES(RULE(QUEUE, CREATED, FILTER(PREFIX("a") "," PREFIX("b")))),
		    "more than one prefix" },
	};
	static const char *const good[] = {
		QUEUES(RULE(QUEUE, CREATED, FILTER(PREFIX("a/"))) "," OTHER(QUEUE,
		    CREATED_BY, FILTER(PREFIX("b/")))),
		QUEUES(RULE(QUEUE, CREATED, FILTER(SUFFIX(".jpg"))) "," OTHER(QUEUE,
		    CREATED, FILTER(SUFFIX(".png")))),
		QUEUES(RULE(QUEUE, CREATED, "") "," OTHER(QUEUE, "\"s3:ObjectRemoved:*\"",
		    "")),
	};
	struct fixture *f = *state;

	bucket(f);
	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *msg = fixture_fails(f, "InvalidArgument", "s3",
		    "PutBucketNotificationConfiguration", PUT, bad[i].doc);

		assert_non_null(strstr(msg, bad[i].words));
	}
	fixture_fails(f, "MalformedXML", "s3", "PutBucketNotificationConfiguration", PUT,
	    QUEUES(RULE(QUEUE, "", "")));
	for (size_t i = 0; i < COUNT(good); i++)
		fixture_ok(f, "s3", "PutBucketNotificationConfiguration", PUT, good[i]);
	fixture_fails(f, "NoSuchBucket", "s3", "PutBucketNotificationConfiguration",
	    "{\"Bucket\":\"none\",\"NotificationConfiguration\":{}}");
}

static void
changes_are_recorded_that_a_rule_names(void **state)
{
	struct fixture *f = *state;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketNotificationConfiguration", PUT,
	    QUEUES(RULE(QUEUE,
		"\"s3:ObjectCreated:*\",\"s3:ObjectRemoved:*\",\"s3:ObjectTagging:*\"",
		FILTER(PREFIX("in/")))));
	put(f, "in/a b", "one");
	put(f, "out", "two");
	fixture_ok(f, "s3", "CopyObject",
	    "{\"Bucket\":\"here\",\"Key\":\"in/c\",\"CopySource\":\"here/out\"}");
	f->now_ms += 10;
	fixture_ok(f, "s3", "PutObjectTagging",
	    "{\"Bucket\":\"here\",\"Key\":\"in/c\",\"Tagging\":{\"TagSet\":"
	    "[{\"Key\":\"k\",\"Value\":\"v\"}]}}");
	f->now_ms += 10;
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\":\"here\",\"Key\":\"in/c\"}");
	/* What is not there does not go. */
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\":\"here\",\"Key\":\"in/none\"}");
	f->now_ms += 10;
	fixture_ok(f, "s3", "PutBucketVersioning",
	    "{\"Bucket\":\"here\",\"VersioningConfiguration\":{\"Status\":\"Enabled\"}}");
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\":\"here\",\"Key\":\"in/a b\"}");
	assert_string_equal(told(f),
	    "ObjectCreated:Put in/a+b,ObjectCreated:Copy in/c,ObjectTagging:Put in/c,"
	    "ObjectRemoved:Delete in/c,ObjectRemoved:DeleteMarkerCreated in/a+b");
}

static void
a_message_is_worded_as_s3_does(void **state)
{
	static const struct {
		const char *path, *value;
	} rows[] = {
		{ "target", QUEUE },
		{ "state", "recorded" },
		{ "message.Records.0.eventVersion", "2.1" },
		{ "message.Records.0.eventSource", "aws:s3" },
		{ "message.Records.0.awsRegion", "us-east-1" },
		{ "message.Records.0.eventName", "ObjectCreated:Put" },
		{ "message.Records.0.s3.s3SchemaVersion", "1.0" },
		{ "message.Records.0.s3.configurationId", "r" },
		{ "message.Records.0.s3.bucket.name", "here" },
		{ "message.Records.0.s3.bucket.arn", "arn:aws:s3:::here" },
		{ "message.Records.0.s3.object.size", "5" },
		{ "message.Records.0.s3.object.eTag",
		    "5d41402abc4b2a76b9719d911017c592" },
	};
	struct fixture *f = *state;
	const json_t *e;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketNotificationConfiguration", PUT,
	    "{\"QueueConfigurations\":[" RULE(QUEUE, "\"s3:ObjectCreated:Put\"",
		"") "],\"EventBridgeConfiguration\":{}}");
	put(f, "a b", "hello");
	assert_int_equal(json_array_size(events(f)), 2);
	e = json_array_get(events(f), 0);
	if (strcmp(json_str_or(e, "target", ""), QUEUE) != 0)
		e = json_array_get(events(f), 1);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(fixture_text(e, rows[i].path), rows[i].value);
	assert_int_equal(strlen(fixture_text(e, "message.Records.0.s3.object.sequencer")),
	    18);
	assert_non_null(fixture_text(e, "message.Records.0.userIdentity.principalId"));
	for (size_t i = 0; i < 2; i++) {
		e = json_array_get(events(f), i);
		if (strstr(json_str_or(e, "target", ""), ":events:") != NULL)
			break;
	}
	assert_string_equal(fixture_text(e, "message.detail-type"), "Object Created");
	assert_string_equal(fixture_text(e, "message.source"), "aws.s3");
	assert_string_equal(fixture_text(e, "message.detail.object.key"), "a b");
	assert_string_equal(fixture_text(e, "message.detail.reason"), "PutObject");
}

static void
a_new_target_hears_a_test(void **state)
{
	struct fixture *f = *state;

	bucket(f);
	for (int i = 0; i < 2; i++)
		fixture_ok(f, "s3", "PutBucketNotificationConfiguration",
		    "{\"Bucket\":\"here\",\"NotificationConfiguration\":%s}",
		    QUEUES(RULE(QUEUE, "\"s3:ObjectCreated:*\"", "")));
	assert_int_equal(json_array_size(events(f)), 1);
	assert_string_equal(fixture_text(json_array_get(events(f), 0), "message.Event"),
	    "s3:TestEvent");
}

static void
the_newest_thousand_are_kept_and_go_with_the_bucket(void **state)
{
	struct fixture *f = *state;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketNotificationConfiguration", PUT,
	    QUEUES(RULE(QUEUE, "\"s3:ObjectTagging:*\"", "")));
	put(f, "k", "x");
	for (int i = 0; i < S3_EVENTS + 5; i++) {
		fixture_ok(f, "s3", "DeleteObjectTagging",
		    "{\"Bucket\":\"here\",\"Key\":\"k\"}");
		f->now_ms++;
	}
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_int_equal(json_array_size(events(f)), S3_EVENTS);
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\":\"here\",\"Key\":\"k\"}");
	fixture_ok(f, "s3", "DeleteBucket", "{\"Bucket\":\"here\"}");
	bucket(f);
	assert_int_equal(json_array_size(events(f)), 0);
}

/* A service that takes messages, as there is none yet. */

static int n_asked, answer_with;
static char heard[64];

static int
accept_message(struct env *env UNUSED, struct arena *a UNUSED,
    const struct outbox_message *m, struct err *err)
{
	n_asked++;
	snprintf(heard, sizeof(heard), "%s %s", m->sender, m->source);
	assert_string_equal(m->target, QUEUE);
	return answer_with >= 0 ? answer_with : err_set(err, &err_unavailable, "not now");
}

static void
events_are_delivered_once_their_target_is_there(void **state)
{
	static const struct family *const none[] = { NULL };
	static const struct service queues = { .name = "sqs",
		.families = none,
		.accept = accept_message };
	const struct service *all[64];
	struct fixture *f = *state;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketNotificationConfiguration", PUT,
	    QUEUES(RULE(QUEUE, "\"s3:ObjectCreated:*\"", "")));
	put(f, "k", "x");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(fixture_text(json_array_get(events(f), 0), "state"),
	    "recorded");
	assert_true(f->env.n_services < COUNT(all));
	memcpy(all, f->env.services, f->env.n_services * sizeof(*all));
	all[f->env.n_services++] = &queues;
	f->env.services = all;
	n_asked = 0;
	answer_with = -1;
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_int_equal(n_asked, 1);
	/* Not again at once. */
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_int_equal(n_asked, 1);
	f->now_ms += 1000;
	answer_with = 1;
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_int_equal(n_asked, 2);
	assert_string_equal(heard, "s3.amazonaws.com arn:aws:s3:::here");
	assert_string_equal(fixture_text(json_array_get(events(f), 0), "state"),
	    "delivered");
	f->now_ms += 100000;
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_int_equal(n_asked, 2);
	/* Of a target that never comes there is an end. */
	put(f, "l", "x");
	answer_with = 0;
	f->now_ms += 86400001;
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(fixture_text(json_array_get(events(f), 1), "state"),
	    "failed");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
		T(a_configuration_comes_back_as_it_was_said),
		T(wrong_configurations_are_refused),
		T(changes_are_recorded_that_a_rule_names),
		T(a_message_is_worded_as_s3_does),
		T(a_new_target_hears_a_test),
		T(the_newest_thousand_are_kept_and_go_with_the_bucket),
		T(events_are_delivered_once_their_target_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
