/* EC2: records of flow logs: what netd counted, by format, destination and traffic type. */
#include "tests/api/ec2_calls.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "control/api/service.h"
#include "control/plane/flow_logs.h"
#include "control/plane/plane.h"
#include "control/services/ec2/network/flow_delivery.h"
#include "control/services/ec2/network/flow_record.h"
#include "control/services/s3/s3.h"

#define ROLE "\"DeliverLogsPermissionArn\": \"arn:aws:iam::000000000000:role/r\""
/* 2023-11-14T22:15:00Z */
#define FROM  "1700000100"
#define UNTIL "1700000160"

static const char *
make_interface(struct fixture *f, const struct ec2_world *w)
{
	return ec2_text(ec2_ok(f, "CreateNetworkInterface", "{\"SubnetId\": \"%s\"}",
			    w->subnet),
	    "NetworkInterface.NetworkInterfaceId");
}

static const char *
make_log(struct fixture *f, const char *text)
{
	json_t *v = ec2_ok(f, "CreateFlowLogs", "{%s}", text);

	ec2_counts(v, "Unsuccessful", 0);
	return ec2_text(v, "FlowLogIds.0");
}

/* netd says a minute with the rows. */
static void
say_of(struct fixture *f, int seq, const char *from, const char *until,
    const char *watched, const char *skipped, const char *rows)
{
	struct agent_ref agent = { .env = &f->env,
		.arena = f->arena,
		.scope = "-",
		.id = "netd" };
	struct err err = { .kind = NULL };
	char *text = arena_printf(f->arena,
	    "{\"enis\": {}, \"vpcs\": {}, \"mounts\": {}, \"enforcement\": \"verified\", "
	    "\"flows\": {\"life\": 5, \"seq\": %d, \"from\": %s, \"until\": %s"
	    ", \"watched\": [%s], \"skipped\": [%s], \"rows\": [%s]}}",
	    seq, from, until, watched, skipped, rows);
	json_t *v;

	assert_int_equal(json_read_in(f->arena, text, strlen(text), &v, &err), 0);
	if (service_find_agent(&f->env, "netd")->status(&agent, v, &err) < 0)
		fail_msg("%s", err.msg);
}

static void
say(struct fixture *f, int seq, const char *watched, const char *skipped,
    const char *rows)
{
	say_of(f, seq, FROM, UNTIL, watched, skipped, rows);
}

static const char *
quoted(struct fixture *f, const char *id)
{
	return arena_printf(f->arena, "\"%s\"", id);
}

static struct exchange
get(struct fixture *f, struct plane *plane, const char *path)
{
	struct exchange x = { .plane = plane, .arena = f->arena };

	plane->env = f->env;
	x.request.method = "GET";
	x.request.path = arena_printf(f->arena, "/_simfra/flow-logs%s", path);
	flow_logs_answer(&x);
	return x;
}

/* What is under the key, or, without one, the JSON. */
static const char *
got(struct fixture *f, const char *id, const char *key)
{
	struct plane plane = { 0 };
	struct exchange x = get(f, &plane,
	    arena_printf(f->arena, "/%s%s%s", id, key[0] != '\0' ? "/" : "", key));

	assert_int_equal(x.reply.status, 200);
	return buf_text(x.reply.body);
}

static void
records_of_a_vpc_are_written(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *eni, *id, *text, *key;
	char row[256];

	ec2_world(f, &w);
	eni = make_interface(f, &w);
	id = make_log(f,
	    arena_printf(f->arena,
		"\"ResourceType\": \"VPC\", \"ResourceIds\": [\"%s\"], \"TrafficType\": "
		"\"ALL\", \"LogGroupName\": \"/vpc/flow\", " ROLE,
		w.vpc));
	snprintf(row, sizeof(row),
	    "[\"%s\", \"in\", \"10.0.1.9\", \"10.0.1.5\", 6, 40512, 80, 10, 5400, 2, 80]",
	    eni);
	say(f, 1, quoted(f, eni), "", row);
	key = arena_printf(f->arena, "/vpc/flow/%s-all", eni);
	text = arena_printf(f->arena,
	    "2 " FIXTURE_ACCOUNT " %s 10.0.1.9 10.0.1.5 40512 80 6 10 5400 " FROM
	    " " UNTIL " ACCEPT OK\n"
	    "2 " FIXTURE_ACCOUNT " %s 10.0.1.9 10.0.1.5 40512 80 6 2 80 " FROM " " UNTIL
	    " REJECT OK\n",
	    eni, eni);
	assert_string_equal(got(f, id, key), text);
	/* The same status again is no news; the next minute is. */
	say(f, 1, quoted(f, eni), "", row);
	assert_string_equal(got(f, id, key), text);
	say(f, 2, quoted(f, eni), "", "");
	text = arena_printf(f->arena,
	    "%s2 " FIXTURE_ACCOUNT " %s - - - - - - - " FROM " " UNTIL " - NODATA\n",
	    text, eni);
	assert_string_equal(got(f, id, key), text);
	say(f, 3, quoted(f, eni), quoted(f, eni), "");
	assert_non_null(strstr(got(f, id, key), "- SKIPDATA\n"));
	assert_non_null(strstr(got(f, id, ""), "\"lines\":4"));
	/* Private to us. */
	assert_null(
	    json_path(ec2_ok(f, "DescribeFlowLogs", "{}"), "FlowLogs.0._objects"));
	ec2_ok(f, "DeleteFlowLogs", "{\"FlowLogIds\": [\"%s\"]}", id);
	{
		struct plane plane = { 0 };
		struct store_docs docs;
		struct err err;

		assert_int_equal(get(f, &plane, arena_printf(f->arena, "/%s", id))
				     .reply.status,
		    404);
		assert_int_equal(store_list(store_begin(f->env.store, f->arena),
				     FIXTURE_ACCOUNT ":" FIXTURE_REGION, FLOW_OBJECT_KIND,
				     &docs, &err),
		    0);
		assert_int_equal(docs.n, 0);
	}
}

static void
files_of_s3_have_their_keys_and_formats(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *eni, *other, *id, *text;
	struct plane plane = { 0 };

	ec2_world(f, &w);
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\": \"bucket\"}");
	eni = make_interface(f, &w);
	other = make_interface(f, &w);
	id = make_log(f,
	    arena_printf(f->arena,
		"\"ResourceType\": \"NetworkInterface\", \"ResourceIds\": [\"%s\"], "
		"\"TrafficType\": \"REJECT\", \"LogDestinationType\": \"s3\", "
		"\"LogDestination\": \"arn:aws:s3:::bucket/logs/\", \"LogFormat\": "
		"\"${version} ${vpc-id} ${type} ${flow-direction} ${traffic-path} "
		"${tcp-flags} ${dstport} ${packets}\", \"DestinationOptions\": "
		"{\"HiveCompatiblePartitions\": true, \"PerHourPartition\": true}",
		eni));
	say(f, 1, arena_printf(f->arena, "\"%s\", \"%s\"", eni, other), "",
	    arena_printf(f->arena,
		"[\"%s\", \"out\", \"10.0.1.5\", \"10.0.1.9\", 17, 999, 53, 4, 400, 3, 300],"
		"[\"%s\", \"out\", \"2001:db8::5\", \"2001:db8::9\", 6, 999, 22, 0, 0, 1, 60],"
		"[\"%s\", \"out\", \"10.0.1.5\", \"10.0.1.9\", 17, 999, 53, 0, 0, 9, 900]",
		eni, eni, other));
	text = got(f, id, "");
	assert_non_null(strstr(text,
	    "\"key\":\"bucket/logs/AWSLogs/aws-account-id=" FIXTURE_ACCOUNT
	    "/aws-service=vpcflowlogs/aws-region=" FIXTURE_REGION
	    "/year=2023/month=11/day=14/hour=22/" FIXTURE_ACCOUNT
	    "_vpcflowlogs_" FIXTURE_REGION "_fl-"));
	assert_non_null(strstr(text, "_20231114T2215Z_"));
	text = strstr(text, "\"key\":\"") + 7;
	text = got(f, id, arena_strndup(f->arena, text, strcspn(text, "\"")));
	assert_string_equal(text,
	    arena_printf(f->arena,
		"version vpc-id type flow-direction traffic-path tcp-flags dstport packets\n"
		"5 %s IPv4 egress 1 - 53 3\n5 %s IPv6 egress - - 22 1\n",
		w.vpc, w.vpc));
	assert_int_equal(get(f, &plane, "/fl-1").reply.status, 404);
	assert_int_equal(get(f, &plane, arena_printf(f->arena, "/%s/nothing", id))
			     .reply.status,
	    404);
	assert_int_equal(get(f, &plane, "").reply.status, 200);
}

/* The only object of the bucket: its key, and what is in it without its compression; NULL. */
static const char *
published(struct fixture *f, const char *bucket, const char **ret_key)
{
	json_t *v = fixture_ok(f, "s3", "ListObjectsV2", "{\"Bucket\": \"%s\"}", bucket),
	       *doc;
	char *text = arena_alloc(f->arena, 4096);
	struct err err;
	gzFile file;
	int fd, n;

	if (json_array_size(json_get(v, "Contents")) == 0)
		return NULL;
	assert_int_equal(json_array_size(json_get(v, "Contents")), 1);
	*ret_key = ec2_text(v, "Contents.0.Key");
	assert_int_equal(store_get(store_begin(f->env.store, f->arena),
			     FIXTURE_ACCOUNT ":-", S3_OBJECT,
			     arena_printf(f->arena, "%s/%s", bucket, *ret_key), &doc,
			     &err),
	    1);
	assert_int_equal(blob_open(f->env.blobs, ec2_text(doc, "_blobs.0.id"), &fd, &err),
	    1);
	file = gzdopen(fd, "r");
	n = gzread(file, text, 4095);
	assert_true(n > 0 && !gzdirect(file));
	text[n] = '\0';
	gzclose(file);
	return text;
}

#define S3_LOG(where)                                                         \
	"\"ResourceType\": \"NetworkInterface\", \"ResourceIds\": [\"%s\"], " \
	"\"TrafficType\": \"ALL\", \"LogDestinationType\": \"s3\", "          \
	"\"LogDestination\": \"arn:aws:s3:::" where "\", \"LogFormat\": "     \
	"\"${dstport} ${action}\""

static void
files_are_published_when_their_time_is_over(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *eni, *id, *key = "", *text, *row;
	json_t *v;

	ec2_world(f, &w);
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\": \"bucket\"}");
	eni = make_interface(f, &w);
	id = make_log(f, arena_printf(f->arena, S3_LOG("bucket/logs"), eni));
	/* The owner's bucket lets log delivery in by itself. */
	v = fixture_ok(f, "s3", "GetBucketPolicy", "{\"Bucket\": \"bucket\"}");
	text = json_str_or(v, "Policy", "");
	assert_non_null(strstr(text, "\"Service\":\"delivery.logs.amazonaws.com\""));
	assert_non_null(
	    strstr(text, "\"arn:aws:s3:::bucket/logs/AWSLogs/" FIXTURE_ACCOUNT "/*\""));
	row = arena_printf(f->arena,
	    "[\"%s\", \"in\", \"10.0.1.9\", \"10.0.1.5\", 6, 999, 80, 1, 40, 2, 80]",
	    eni);
	say(f, 1, quoted(f, eni), "", row);
	assert_null(published(f, "bucket", &key));
	say_of(f, 2, "1700000340", "1700000400", quoted(f, eni), "", row);
	text = published(f, "bucket", &key);
	assert_string_equal(text,
	    "dstport action\n80 ACCEPT\n80 REJECT\n80 ACCEPT\n80 REJECT\n");
	assert_non_null(strstr(key,
	    "logs/AWSLogs/" FIXTURE_ACCOUNT "/vpcflowlogs/" FIXTURE_REGION
	    "/2023/11/14/" FIXTURE_ACCOUNT "_vpcflowlogs_" FIXTURE_REGION "_fl-"));
	assert_non_null(strstr(key, ".log.gz"));
	/* Once. */
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\": \"bucket\", \"Key\": \"%s\"}",
	    key);
	say_of(f, 3, "1700000400", "1700000460", quoted(f, eni), "", row);
	assert_null(published(f, "bucket", &key));
	/* What the bucket refuses is kept, and said; and is there as soon as it lets it in. */
	fixture_ok(f, "s3", "PutBucketPolicy",
	    "{\"Bucket\": \"bucket\", \"Policy\": \"{\\\"Version\\\":\\\"2012-10-17\\\","
	    "\\\"Statement\\\":{\\\"Effect\\\":\\\"Deny\\\",\\\"Principal\\\":\\\"*\\\","
	    "\\\"Action\\\":\\\"s3:PutObject\\\",\\\"Resource\\\":\\\"arn:aws:s3:::bucket/*\\\"}}\"}");
	say_of(f, 4, "1700000640", "1700000700", quoted(f, eni), "", row);
	assert_null(published(f, "bucket", &key));
	v = ec2_ok(f, "DescribeFlowLogs", "{\"FlowLogIds\": [\"%s\"]}", id);
	ec2_is(v, "FlowLogs.0.DeliverLogsStatus", "FAILED");
	ec2_is(v, "FlowLogs.0.DeliverLogsErrorMessage", "Access error");
	fixture_ok(f, "s3", "PutBucketPolicy",
	    "{\"Bucket\": \"bucket\", \"Policy\": \"{\\\"Version\\\":\\\"2012-10-17\\\","
	    "\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":"
	    "{\\\"Service\\\":\\\"delivery.logs.amazonaws.com\\\"},\\\"Condition\\\":"
	    "{\\\"StringEquals\\\":{\\\"aws:SourceAccount\\\":\\\"" FIXTURE_ACCOUNT
	    "\\\",\\\"s3:x-amz-acl\\\":\\\"bucket-owner-full-control\\\"}},"
	    "\\\"Action\\\":\\\"s3:PutObject\\\",\\\"Resource\\\":\\\"arn:aws:s3:::bucket/*\\\"}}\"}");
	say_of(f, 5, "1700000700", "1700000760", quoted(f, eni), "", row);
	assert_non_null(published(f, "bucket", &key));
	v = ec2_ok(f, "DescribeFlowLogs", "{\"FlowLogIds\": [\"%s\"]}", id);
	ec2_is(v, "FlowLogs.0.DeliverLogsStatus", "SUCCESS");
	assert_null(json_get(json_array_get(json_get(v, "FlowLogs"), 0),
	    "DeliverLogsErrorMessage"));
}

static void
a_bucket_that_is_not_there_or_not_ours_is_refused(void **state)
{
	struct fixture *f = *state;
	struct principal other = f->root;
	struct ec2_world w;
	struct call *c;
	const char *eni;
	json_t *v;

	ec2_world(f, &w);
	eni = make_interface(f, &w);
	v = ec2_ok(f, "CreateFlowLogs", "{" S3_LOG("nowhere") "}", eni);
	ec2_is(v, "Unsuccessful.0.Error.Code", "400");
	ec2_is(v, "Unsuccessful.0.Error.Message",
	    "LogDestination: nowhere does not exist.");
	snprintf(other.account, sizeof(other.account), "111111111111");
	other.arn = "arn:aws:iam::111111111111:root";
	c = fixture_call_as(f, &other, "s3", "CreateBucket", "{\"Bucket\": \"theirs\"}");
	assert_null(c->err.kind);
	v = ec2_ok(f, "CreateFlowLogs", "{" S3_LOG("theirs") "}", eni);
	ec2_is(v, "Unsuccessful.0.Error.Message",
	    "Access Denied for LogDestination: theirs. Please check LogDestination "
	    "permission");
	c = fixture_call_as(f, &other, "s3", "GetBucketPolicy",
	    "{\"Bucket\": \"theirs\"}");
	assert_string_equal(c->err.kind->code, "NoSuchBucketPolicy");
	ec2_counts(ec2_ok(f, "DescribeFlowLogs", "{}"), "FlowLogs", 0);
}

static void
old_objects_make_room(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *eni, *id;
	struct buf *rows = buf_new(f->arena, 0);
	json_t *v;
	struct err err = { .kind = NULL };
	const char *text;
	int64_t bytes = 0;

	ec2_world(f, &w);
	eni = make_interface(f, &w);
	id = make_log(f,
	    arena_printf(f->arena,
		"\"ResourceType\": \"Subnet\", \"ResourceIds\": [\"%s\"], \"TrafficType\": "
		"\"ACCEPT\", \"LogGroupName\": \"g\", " ROLE,
		w.subnet));
	for (int i = 0; i < 2000; i++)
		buf_printf(rows,
		    "%s[\"%s\", \"in\", \"10.0.1.9\", \"10.0.1.5\", 6, %d, 80, 1, 40, 0, 0]",
		    i > 0 ? ", " : "", eni, i);
	for (int i = 1; i <= 50; i++)
		say(f, i, quoted(f, eni), "", buf_text(rows));
	text = got(f, id, "");
	assert_int_equal(json_read_in(f->arena, text, strlen(text), &v, &err), 0);
	assert_true(json_array_size(json_get(v, "objects")) > 10);
	for (size_t i = 0; i < json_array_size(json_get(v, "objects")); i++) {
		int64_t n =
		    json_int(json_array_get(json_get(v, "objects"), i), "bytes", 0);

		assert_true(n <= FLOW_OBJECT_BYTES);
		bytes += n;
	}
	assert_true(bytes <= FLOW_LOG_BYTES);
}

static void
a_record_says_its_version(void **state UNUSED)
{
	static const struct {
		const char *format;
		int version;
	} cases[] = {
		{ "${srcaddr}", 2 },
		{ "${srcaddr} ${tcp-flags}", 3 },
		{ "${az-id} ${type}", 4 },
		{ "${traffic-path}", 5 },
		{ "${ecs-task-id} ${srcaddr}", 7 },
		{ "${encryption-status}", 10 },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(flow_record_version(cases[i].format), cases[i].version);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_of_a_vpc_are_written),
		TEST(files_of_s3_have_their_keys_and_formats),
		TEST(files_are_published_when_their_time_is_over),
		TEST(a_bucket_that_is_not_there_or_not_ours_is_refused),
		TEST(old_objects_make_room),
		cmocka_unit_test(a_record_says_its_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
