/* Condition keys that S3 supplies, asked by policies. */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#include "control/services/s3/s3.h"

#define OTHER "111111111111"

/* What the other account's root hears when the bucket lets him in on the condition alone: "" or the code. */
static const char *
on(struct fixture *f, const char *action, const char *condition, const char *op,
    const char *more)
{
	struct principal who = f->root;
	char *text;
	struct call *c;

	snprintf(who.account, sizeof(who.account), OTHER);
	who.arn = "arn:aws:iam::" OTHER ":root";
	text = arena_printf(f->arena,
	    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{"
	    "\"AWS\":\"" OTHER
	    "\"},\"Action\":\"s3:%s\",\"Resource\":[\"arn:aws:s3:::here\","
	    "\"arn:aws:s3:::here/*\"],\"Condition\":%s}}",
	    action, condition);
	fixture_ok(f, "s3", "PutBucketPolicy", "{\"Bucket\":\"here\",\"Policy\":%s}",
	    json_text(f->arena, json_own(f->arena, json_new_str(text))));
	if (strcmp(op, "PutObject") == 0)
		fixture_body(f, "x", 1);
	c = fixture_call_as(f, &who, "s3", op, "{\"Bucket\":\"here\"%s}", more);
	return c->err.kind != NULL ? c->err.kind->code : "";
}

#define EQ(key_, value_) "{\"StringEquals\":{\"" key_ "\":\"" value_ "\"}}"
#define K		 ",\"Key\":\"k\""

static void
policies_may_ask_for_what_is_said(void **state)
{
	static const struct {
		const char *action, *condition, *op, *more;
		int yes;
	} rows[] = {
		{ "ListBucket", EQ("s3:prefix", "a/"), "ListObjectsV2",
		    ",\"Prefix\":\"a/\"", 1 },
		{ "ListBucket", EQ("s3:prefix", "a/"), "ListObjectsV2", "", 0 },
		{ "ListBucket", EQ("s3:delimiter", "/"), "ListObjects",
		    ",\"Delimiter\":\"/\"", 1 },
		{ "ListBucket", "{\"NumericLessThan\":{\"s3:max-keys\":\"10\"}}",
		    "ListObjectsV2", ",\"MaxKeys\":9", 1 },
		{ "ListBucket", "{\"NumericLessThan\":{\"s3:max-keys\":\"10\"}}",
		    "ListObjectsV2", ",\"MaxKeys\":10", 0 },
		{ "PutObject", EQ("s3:x-amz-acl", "bucket-owner-full-control"),
		    "PutObject", K ",\"ACL\":\"bucket-owner-full-control\"", 1 },
		{ "PutObject", EQ("s3:x-amz-acl", "bucket-owner-full-control"),
		    "PutObject", K, 0 },
		{ "PutObject", EQ("s3:x-amz-server-side-encryption", "aws:kms"),
		    "PutObject", K ",\"ServerSideEncryption\":\"aws:kms\"", 1 },
		{ "PutObject", EQ("s3:x-amz-server-side-encryption", "aws:kms"),
		    "PutObject", K, 0 },
		{ "PutObject",
		    "{\"Null\":{\"s3:x-amz-server-side-encryption\":\"true\"}}",
		    "PutObject", K, 1 },
		{ "PutObject", EQ("s3:x-amz-storage-class", "STANDARD_IA"), "PutObject",
		    K ",\"StorageClass\":\"STANDARD_IA\"", 1 },
		{ "PutObject*", EQ("s3:RequestObjectTag/team", "a b"), "PutObject",
		    K ",\"Tagging\":\"team=a%20b&x=y\"", 1 },
		{ "PutObject*", EQ("s3:RequestObjectTag/team", "a b"), "PutObject",
		    K ",\"Tagging\":\"team=c\"", 0 },
		{ "PutObject*",
		    "{\"ForAllValues:StringEquals\":{\"s3:RequestObjectTagKeys\":[\"team\"]}}",
		    "PutObject", K ",\"Tagging\":\"team=c&x=y\"", 0 },
		{ "PutObjectTagging", EQ("s3:RequestObjectTag/team", "b"),
		    "PutObjectTagging",
		    K ",\"Tagging\":{\"TagSet\":[{\"Key\":\"team\",\"Value\":\"b\"}]}",
		    1 },
		{ "PutObject", EQ("s3:if-none-match", "*"), "PutObject",
		    ",\"Key\":\"new\",\"IfNoneMatch\":\"*\"", 1 },
		{ "PutObject", EQ("s3:if-none-match", "*"), "PutObject", K, 0 },
		{ "GetObject", EQ("s3:ExistingObjectTag/team", "b"), "GetObject", K, 1 },
		{ "GetObject", EQ("s3:ExistingObjectTag/team", "c"), "GetObject", K, 0 },
		{ "GetObject", EQ("s3:ResourceAccount", FIXTURE_ACCOUNT), "HeadObject", K,
		    1 },
		{ "GetObjectVersion", EQ("s3:VersionId", "null"), "GetObject",
		    K ",\"VersionId\":\"null\"", 1 },
		{ "GetObjectVersion", EQ("s3:VersionId", "other"), "GetObject",
		    K ",\"VersionId\":\"null\"", 0 },
	};
	struct fixture *f = *state;

	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *code;

		fixture_body(f, "x", 1);
		fixture_ok(f, "s3", "PutObject",
		    "{\"Bucket\":\"here\",\"Key\":\"k\",\"Tagging\":\"team=b\"}");
		code = on(f, rows[i].action, rows[i].condition, rows[i].op, rows[i].more);
		if (strcmp(code, rows[i].yes ? "" : "AccessDenied") != 0)
			fail_msg("row %zu, %s: %s", i, rows[i].op,
			    *code != '\0' ? code : "done");
	}
}

static void
a_retention_may_be_bounded(void **state)
{
	static const char *const more[] = {
		",\"Key\":\"k\",\"Retention\":{\"Mode\":\"GOVERNANCE\",\"RetainUntilDate\":"
		"1767744000}",
		",\"Key\":\"k\",\"Retention\":{\"Mode\":\"GOVERNANCE\",\"RetainUntilDate\":"
		"1770000000}",
	};
	struct fixture *f = *state;

	fixture_ok(f, "s3", "CreateBucket",
	    "{\"Bucket\":\"here\",\"ObjectLockEnabledForBucket\":true}");
	fixture_body(f, "x", 1);
	fixture_ok(f, "s3", "PutObject", "{\"Bucket\":\"here\",\"Key\":\"k\"}");
	/* 6 days and some, of 2026-01-01; and 32. */
#define FEW \
	"{\"NumericLessThanEquals\":{\"s3:object-lock-remaining-retention-days\":\"10\"}}"
	assert_string_equal(on(f, "PutObjectRetention", FEW, "PutObjectRetention",
				more[1]),
	    "AccessDenied");
	assert_string_equal(on(f, "PutObjectRetention", FEW, "PutObjectRetention",
				more[0]),
	    "");
}

int
main(void)
{
#define T(test_) cmocka_unit_test_setup_teardown(test_, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(policies_may_ask_for_what_is_said),
		T(a_retention_may_be_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
