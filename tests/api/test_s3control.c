/* What of S3 belongs to accounts: public access blocks, access points. */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#define OTHER "111111111111"
#define ME    "\"AccountId\":\"" FIXTURE_ACCOUNT "\""
#define ARN   "arn:aws:s3:us-east-1:" FIXTURE_ACCOUNT ":accesspoint/"

static const struct principal nobody = { .kind = PRINCIPAL_NOBODY,
	.account = FIXTURE_ACCOUNT };

static struct principal
other(struct fixture *f)
{
	struct principal who = f->root;

	snprintf(who.account, sizeof(who.account), OTHER);
	who.arn = "arn:aws:iam::" OTHER ":root";
	return who;
}

static const char *
code_of(const struct call *c)
{
	return c->err.kind != NULL ? c->err.kind->code : "";
}

/* A policy for S3 of one statement, as a JSON string. */
static const char *
policy(struct fixture *f, const char *principal, const char *action, const char *resource,
    const char *more)
{
	return json_text(f->arena,
	    json_own(f->arena,
		json_new_fmt(
		    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
		    "\"Principal\":%s,\"Action\":\"%s\",\"Resource\":\"%s\"%s}}",
		    principal, action, resource, more)));
}

static void
bucket(struct fixture *f)
{
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
	fixture_body(f, "x", 1);
	fixture_ok(f, "s3", "PutObject", "{\"Bucket\":\"here\",\"Key\":\"k\"}");
}

static void
an_accounts_block_is_all_its_buckets(void **state)
{
	struct fixture *f = *state;
	struct principal who = other(f);

	bucket(f);
	fixture_fails(f, "NoSuchPublicAccessBlockConfiguration", "s3control",
	    "GetPublicAccessBlock", "{" ME "}");
	fixture_ok(f, "s3", "DeletePublicAccessBlock", "{\"Bucket\":\"here\"}");
	fixture_ok(f, "s3", "PutBucketPolicy", "{\"Bucket\":\"here\",\"Policy\":%s}",
	    policy(f, "\"*\"", "s3:GetObject", "arn:aws:s3:::here/*", ""));
	assert_string_equal(code_of(fixture_call_as(f, &nobody, "s3", "GetObject",
				"{\"Bucket\":\"here\",\"Key\":\"k\"}")),
	    "");
	fixture_ok(f, "s3control", "PutPublicAccessBlock",
	    "{" ME ",\"PublicAccessBlockConfiguration\":{\"RestrictPublicBuckets\":true,"
	    "\"BlockPublicPolicy\":true}}");
	assert_string_equal(code_of(fixture_call_as(f, &nobody, "s3", "GetObject",
				"{\"Bucket\":\"here\",\"Key\":\"k\"}")),
	    "AccessDenied");
	fixture_fails(f, "AccessDenied", "s3", "PutBucketPolicy",
	    "{\"Bucket\":\"here\",\"Policy\":%s}",
	    policy(f, "\"*\"", "s3:GetObject", "arn:aws:s3:::here/*", ""));
	fixture_is(fixture_ok(f, "s3", "GetBucketPolicyStatus", "{\"Bucket\":\"here\"}"),
	    "PolicyStatus.IsPublic", "false");
	fixture_is(fixture_ok(f, "s3control", "GetPublicAccessBlock", "{" ME "}"),
	    "PublicAccessBlockConfiguration.BlockPublicAcls", "false");
	/* Another account's is its own. */
	assert_string_equal(code_of(fixture_call_as(f, &who, "s3control",
				"GetPublicAccessBlock", "{" ME "}")),
	    "AccessDenied");
	fixture_ok(f, "s3control", "DeletePublicAccessBlock", "{" ME "}");
	fixture_ok(f, "s3control", "DeletePublicAccessBlock", "{" ME "}");
	assert_string_equal(code_of(fixture_call_as(f, &nobody, "s3", "GetObject",
				"{\"Bucket\":\"here\",\"Key\":\"k\"}")),
	    "");
}

static void
an_access_point_is_a_name_of_its_bucket(void **state)
{
	struct fixture *f = *state;
	const char *alias;
	const json_t *v;

	bucket(f);
	v = fixture_ok(f, "s3control", "CreateAccessPoint",
	    "{" ME
	    ",\"Name\":\"door\",\"Bucket\":\"here\",\"Tags\":[{\"Key\":\"a\",\"Value\":"
	    "\"b\"}]}");
	fixture_is(v, "AccessPointArn", ARN "door");
	alias = fixture_text(v, "Alias");
	assert_int_equal(strncmp(alias, "door-", 5), 0);
	assert_string_equal(alias + strlen(alias) - 8, "-s3alias");
	v = fixture_ok(f, "s3control", "GetAccessPoint", "{" ME ",\"Name\":\"door\"}");
	fixture_is(v, "Bucket", "here");
	fixture_is(v, "NetworkOrigin", "Internet");
	fixture_is(v, "PublicAccessBlockConfiguration.BlockPublicPolicy", "true");
	v = fixture_ok(f, "s3control", "ListAccessPoints",
	    "{" ME ",\"Bucket\":\"here\"}");
	fixture_is(v, "AccessPointList.0.Alias", alias);
	for (size_t i = 0; i < 3; i++) {
		const char *const names[] = { alias, ARN "door",
			"door-" FIXTURE_ACCOUNT };

		v = fixture_ok(f, "s3", "ListObjectsV2", "{\"Bucket\":\"%s\"}", names[i]);
		fixture_is(v, "Contents.0.Key", "k");
		fixture_body(f, "y", 1);
		fixture_ok(f, "s3", "PutObject", "{\"Bucket\":\"%s\",\"Key\":\"by%zu\"}",
		    names[i], i);
		fixture_ok(f, "s3", "GetObject",
		    "{\"Bucket\":\"here\",\"Key\":\"by%zu\"}", i);
		fixture_ok(f, "s3", "DeleteObject",
		    "{\"Bucket\":\"%s\",\"Key\":\"by%zu\"}", names[i], i);
		v = fixture_ok(f, "s3", "HeadBucket", "{\"Bucket\":\"%s\"}", names[i]);
		fixture_is(v, "AccessPointAlias", "true");
		fixture_fails(f, "MethodNotAllowed", "s3", "DeleteBucket",
		    "{\"Bucket\":\"%s\"}", names[i]);
	}
	v = fixture_ok(f, "s3control", "ListTagsForResource",
	    "{" ME ",\"ResourceArn\":\"" ARN "door\"}");
	fixture_is(v, "Tags.0.Value", "b");
	fixture_ok(f, "s3control", "TagResource",
	    "{" ME ",\"ResourceArn\":\"" ARN
	    "door\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"c\"},"
	    "{\"Key\":\"d\",\"Value\":\"e\"}]}");
	fixture_ok(f, "s3control", "UntagResource",
	    "{" ME ",\"ResourceArn\":\"" ARN "door\",\"TagKeys\":[\"d\"]}");
	v = fixture_ok(f, "s3control", "ListTagsForResource",
	    "{" ME ",\"ResourceArn\":\"" ARN "door\"}");
	assert_int_equal(json_array_size(json_get(v, "Tags")), 1);
	fixture_is(v, "Tags.0.Value", "c");
	fixture_ok(f, "s3control", "DeleteAccessPoint", "{" ME ",\"Name\":\"door\"}");
	fixture_fails(f, "NoSuchBucket", "s3", "ListObjectsV2", "{\"Bucket\":\"%s\"}",
	    alias);
	fixture_fails(f, "NoSuchAccessPoint", "s3control", "GetAccessPoint",
	    "{" ME ",\"Name\":\"door\"}");
}

static void
both_policies_must_let_him_in(void **state)
{
	struct fixture *f = *state;
	struct principal who = other(f);
#define READ                                                \
	code_of(fixture_call_as(f, &who, "s3", "GetObject", \
	    "{\"Bucket\":\"" ARN "door\",\"Key\":\"k\"}"))

	bucket(f);
	fixture_ok(f, "s3control", "CreateAccessPoint",
	    "{" ME ",\"Name\":\"door\",\"Bucket\":\"here\"}");
	assert_string_equal(READ, "AccessDenied");
	fixture_fails(f, "NoSuchAccessPointPolicy", "s3control", "GetAccessPointPolicy",
	    "{" ME ",\"Name\":\"door\"}");
	fixture_fails(f, "AccessDenied", "s3control", "PutAccessPointPolicy",
	    "{" ME ",\"Name\":\"door\",\"Policy\":%s}",
	    policy(f, "\"*\"", "s3:GetObject", ARN "door/object/*", ""));
	fixture_ok(f, "s3control", "PutAccessPointPolicy",
	    "{" ME ",\"Name\":\"door\",\"Policy\":%s}",
	    policy(f, "{\"AWS\":\"" OTHER "\"}", "s3:GetObject", ARN "door/object/*",
		""));
	assert_string_equal(READ, "AccessDenied");
	/* The bucket leaves it to the account's access points, as AWS advises. */
	fixture_ok(f, "s3", "PutBucketPolicy", "{\"Bucket\":\"here\",\"Policy\":%s}",
	    policy(f, "\"*\"", "*", "arn:aws:s3:::here/*",
		",\"Condition\":{\"StringEquals\":{\"s3:DataAccessPointAccount\":"
		"\"" FIXTURE_ACCOUNT "\"}}"));
	assert_string_equal(READ, "");
	assert_string_equal(code_of(fixture_call_as(f, &who, "s3", "GetObject",
				"{\"Bucket\":\"here\",\"Key\":\"k\"}")),
	    "AccessDenied");
	fixture_is(fixture_ok(f, "s3control", "GetAccessPointPolicyStatus",
		       "{" ME ",\"Name\":\"door\"}"),
	    "PolicyStatus.IsPublic", "false");
	fixture_ok(f, "s3control", "DeleteAccessPointPolicy",
	    "{" ME ",\"Name\":\"door\"}");
	assert_string_equal(READ, "AccessDenied");
}

static void
wrong_input_is_refused(void **state)
{
	static const struct {
		const char *code, *op, *params;
	} rows[] = {
		{ "InvalidAccessPoint", "CreateAccessPoint",
		    "\"Name\":\"Door\",\"Bucket\":\"here\"" },
		{ "InvalidAccessPoint", "CreateAccessPoint",
		    "\"Name\":\"a-s3alias\",\"Bucket\":\"here\"" },
		{ "NoSuchBucket", "CreateAccessPoint",
		    "\"Name\":\"abc\",\"Bucket\":\"none\"" },
		{ "AccessDenied", "CreateAccessPoint",
		    "\"Name\":\"abc\",\"Bucket\":\"here\",\"BucketAccountId\":\"" OTHER
		    "\"" },
		{ "NotImplemented", "CreateAccessPoint",
		    "\"Name\":\"abc\",\"Bucket\":\"here\",\"VpcConfiguration\":{\"VpcId\":"
		    "\"vpc-1\"}" },
		{ "AccessPointAlreadyOwnedByYou", "CreateAccessPoint",
		    "\"Name\":\"door\",\"Bucket\":\"here\"" },
		{ "InvalidTag", "CreateAccessPoint",
		    "\"Name\":\"abc\",\"Bucket\":\"here\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"},"
		    "{\"Key\":\"a\",\"Value\":\"c\"}]" },
		{ "NoSuchAccessPoint", "DeleteAccessPoint", "\"Name\":\"none\"" },
		{ "MalformedPolicy", "PutAccessPointPolicy",
		    "\"Name\":\"door\",\"Policy\":\"{}\"" },
		{ "NoSuchAccessPoint", "TagResource",
		    "\"ResourceArn\":\"" ARN
		    "none\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]" },
		{ "NoSuchAccessPoint", "ListTagsForResource",
		    "\"ResourceArn\":\"arn:aws:s3:us-east-1:" OTHER
		    ":accesspoint/door\"" },
	};
	struct fixture *f = *state;

	bucket(f);
	fixture_ok(f, "s3control", "CreateAccessPoint",
	    "{" ME ",\"Name\":\"door\",\"Bucket\":\"here\"}");
	for (size_t i = 0; i < COUNT(rows); i++)
		fixture_fails(f, rows[i].code, "s3control", rows[i].op, "{" ME ",%s}",
		    rows[i].params);
	assert_int_equal(json_array_size(json_get(fixture_ok(f, "s3control",
						      "ListAccessPoints", "{" ME "}"),
			     "AccessPointList")),
	    1);
}

int
main(void)
{
#define T(test_) cmocka_unit_test_setup_teardown(test_, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(an_accounts_block_is_all_its_buckets),
		T(an_access_point_is_a_name_of_its_bucket),
		T(both_policies_must_let_him_in),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
