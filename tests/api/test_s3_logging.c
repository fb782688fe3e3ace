/* S3: access logs: what configurations are taken, how lines look, and where they are written. */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#include "control/plane/reconcile.h"
#include "control/services/s3/s3.h"
#include "control/wire/wire.h"

#define PUT(more)                                                            \
	"{\"Bucket\":\"here\",\"BucketLoggingStatus\":{\"LoggingEnabled\":{" \
	"\"TargetBucket\":\"logs\",\"TargetPrefix\":\"p/\"" more "}}}"

static void
buckets(struct fixture *f)
{
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"logs\"}");
}

static void
let_in(struct fixture *f)
{
	fixture_ok(f, "s3", "PutBucketPolicy",
	    "{\"Bucket\":\"logs\",\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\","
	    "\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":{"
	    "\\\"Service\\\":\\\"logging.s3.amazonaws.com\\\"},\\\"Action\\\":"
	    "\\\"s3:PutObject\\\",\\\"Resource\\\":\\\"arn:aws:s3:::logs/*\\\","
	    "\\\"Condition\\\":{\\\"ArnLike\\\":{\\\"aws:SourceArn\\\":"
	    "\\\"arn:aws:s3:::here\\\"}}}}\"}");
}

/* A request as the dispatcher ends it. */
static void
request(struct fixture *f, const char *op, const char *in, const char *method,
    const char *path, const char *query, int status)
{
	const struct wire_request req = { .method = method,
		.path = path,
		.query = query };
	const struct wire_reply reply = { .request = &req, .status = status };
	struct call *c = fixture_call(f, "s3", op, "%s", in);

	assert_non_null(c->service->ended);
	c->service->ended(c, &reply, 12);
	f->now_ms += 100;
}

static void
settle(struct fixture *f)
{
	f->now_ms += 5000;
	assert_int_equal(reconcile_pass(&f->env), 0);
}

/* The keys in the target, and the waiting lines. */
static const json_t *
objects(struct fixture *f)
{
	return json_get(fixture_ok(f, "s3", "ListObjectsV2", "{\"Bucket\":\"logs\"}"),
	    "Contents");
}

static size_t
waiting(struct fixture *f, json_t **ret)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	const struct store_span span = { .limit = 10 };
	struct store_docs docs;
	struct err err;

	assert_int_equal(store_range(t, FIXTURE_ACCOUNT ":-", "s3:log/", &span, &docs,
			     &err),
	    0);
	if (docs.n > 0)
		*ret = docs.doc[docs.n - 1];
	return docs.n;
}

static void
lines_are_delivered_where_the_target_lets_them_in(void **state)
{
	struct fixture *f = *state;
	json_t *line = NULL;

	buckets(f);
	request(f, "ListObjectsV2", "{\"Bucket\":\"here\"}", "GET", "/here", "", 200);
	assert_int_equal(waiting(f, &line), 0);
	fixture_ok(f, "s3", "PutBucketLogging", PUT(""));
	request(f, "ListObjectsV2", "{\"Bucket\":\"here\"}", "GET", "/here",
	    "list-type=2", 200);
	request(f, "GetObject", "{\"Bucket\":\"here\",\"Key\":\"a b\"}", "GET",
	    "/here/a%20b", "", 404);
	assert_int_equal(waiting(f, &line), 2);
	assert_non_null(strstr(json_str(line, "line"), " here ["));
	assert_non_null(strstr(json_str(line, "line"),
	    " REST.GET.OBJECT a%20b \"GET /here/a%20b HTTP/1.1\" 404 NoSuchKey - - 12 12 "
	    "\"-\" \"-\" - "));
	/* Not at once, and not where nobody lets it in. */
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_int_equal(waiting(f, &line), 2);
	settle(f);
	assert_int_equal(waiting(f, &line), 0);
	assert_int_equal(json_array_size(objects(f)), 0);
	let_in(f);
	request(f, "HeadBucket", "{\"Bucket\":\"here\"}", "HEAD", "/here", "", 200);
	settle(f);
	assert_int_equal(json_array_size(objects(f)), 1);
	assert_int_equal(strncmp(fixture_text(objects(f), "0.Key"), "p/20", 4), 0);
	assert_int_equal(strlen(fixture_text(objects(f), "0.Key")), 2 + 19 + 1 + 16);
	fixture_ok(f, "s3", "PutBucketLogging",
	    PUT(",\"TargetObjectKeyFormat\":{\"PartitionedPrefix\":"
		"{\"PartitionDateSource\":\"EventTime\"}}"));
	request(f, "HeadBucket", "{\"Bucket\":\"here\"}", "HEAD", "/here", "", 200);
	settle(f);
	assert_non_null(strstr(fixture_text(objects(f), "0.Key"),
	    "p/" FIXTURE_ACCOUNT "/us-east-1/here/20"));
	assert_non_null(strstr(fixture_text(objects(f), "0.Key"), "-00-00-00-"));
	fixture_ok(f, "s3", "PutBucketLogging",
	    "{\"Bucket\":\"here\",\"BucketLoggingStatus\":{}}");
	assert_null(
	    json_get(fixture_ok(f, "s3", "GetBucketLogging", "{\"Bucket\":\"here\"}"),
		"LoggingEnabled"));
	request(f, "HeadBucket", "{\"Bucket\":\"here\"}", "HEAD", "/here", "", 200);
	assert_int_equal(waiting(f, &line), 0);
}

/* What a client says ends neither its field nor the line. */
static void
a_request_cannot_forge_lines(void **state)
{
	struct fixture *f = *state;
	json_t *line = NULL;

	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"logs\"}");
	fixture_ok(f, "s3", "PutBucketLogging", PUT(""));
	request(f, "GetObject",
	    "{\"Bucket\":\"here\",\"Key\":\"a b\\nc\",\"VersionId\":\"1 2\\nforged\"}",
	    "GET", "/here/a%20b%0Ac", "versionId=1+2%0Aforged", 404);
	assert_int_equal(waiting(f, &line), 1);
	assert_null(strchr(json_str(line, "line"), '\n'));
	assert_non_null(strstr(json_str(line, "line"), " a%20b%0Ac "));
	assert_non_null(strstr(json_str(line, "line"), " 1%202%0Aforged "));
}

static void
wrong_targets_are_refused(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
	fixture_fails(f, "InvalidTargetBucketForLogging", "s3", "PutBucketLogging",
	    PUT(""));
	f->region = "eu-west-1";
	fixture_ok(f, "s3", "CreateBucket",
	    "{\"Bucket\":\"logs\",\"CreateBucketConfiguration\":"
	    "{\"LocationConstraint\":\"eu-west-1\"}}");
	fixture_fails(f, "CrossLocationLoggingProhibited", "s3", "PutBucketLogging",
	    PUT(""));
	fixture_ok(f, "s3", "DeleteBucket", "{\"Bucket\":\"logs\"}");
	f->region = FIXTURE_REGION;
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"logs\"}");
	fixture_fails(f, "AccessControlListNotSupported", "s3", "PutBucketLogging",
	    PUT(",\"TargetGrants\":[{\"Permission\":\"READ\",\"Grantee\":{"
		"\"Type\":\"Group\",\"URI\":\"http://acs.amazonaws.com/groups/global/"
		"AllUsers\"}}]"));
	fixture_fails(f, "MalformedXML", "s3", "PutBucketLogging",
	    PUT(",\"TargetObjectKeyFormat\":{}"));
	fixture_ok(f, "s3", "PutBucketLogging",
	    PUT(",\"TargetObjectKeyFormat\":{\"SimplePrefix\":{}}"));
	v = fixture_ok(f, "s3", "GetBucketLogging", "{\"Bucket\":\"here\"}");
	assert_string_equal(fixture_text(v, "LoggingEnabled.TargetPrefix"), "p/");
	assert_non_null(
	    json_path(v, "LoggingEnabled.TargetObjectKeyFormat.SimplePrefix"));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
		T(lines_are_delivered_where_the_target_lets_them_in),
		T(a_request_cannot_forge_lines),
		T(wrong_targets_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
