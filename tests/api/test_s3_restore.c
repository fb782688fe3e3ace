/* S3: archived objects, and their copies for some days. */
#include "tests/api/fixture.h"

#include <string.h>

#define DAY_MS (86400LL * 1000)

static void
bucket(struct fixture *f)
{
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
}

static json_t *
put(struct fixture *f, const char *key, const char *more)
{
	fixture_body(f, "text", 4);
	return fixture_ok(f, "s3", "PutObject", "{\"Bucket\":\"here\",\"Key\":\"%s\"%s}",
	    key, more);
}

static void
archived_objects_are_restored_for_some_days(void **state)
{
	static const char get[] = "{\"Bucket\":\"here\",\"Key\":\"k\"}";
	static const struct {
		const char *key, *request, *code;
	} wrong[] = {
		{ "warm", "{\"Days\":1}", "InvalidObjectState" },
		{ "none", "{\"Days\":1}", "NoSuchKey" },
		{ "k", "{}", "MalformedXML" },
		{ "k", "{\"Days\":0}", "InvalidArgument" },
		{ "deep",
		    "{\"Days\":1,\"GlacierJobParameters\":{\"Tier\":\"Expedited\"}}",
		    "InvalidArgument" },
		{ "k", "{\"Type\":\"SELECT\"}", "NotImplemented" },
	};
	static const char restore[] =
	    "{\"Bucket\":\"here\",\"Key\":\"k\",\"RestoreRequest\":{"
	    "\"Days\":2,\"GlacierJobParameters\":{\"Tier\":\"Bulk\"}}}";
	struct fixture *f = *state;
	const json_t *v;

	bucket(f);
	put(f, "warm", "");
	put(f, "deep", ",\"StorageClass\":\"DEEP_ARCHIVE\"");
	put(f, "k", ",\"StorageClass\":\"GLACIER\"");
	for (size_t i = 0; i < COUNT(wrong); i++)
		fixture_fails(f, wrong[i].code, "s3", "RestoreObject",
		    "{\"Bucket\":\"here\",\"Key\":\"%s\",\"RestoreRequest\":%s}",
		    wrong[i].key, wrong[i].request);
	fixture_fails(f, "InvalidObjectState", "s3", "GetObject", "%s", get);
	assert_int_equal(fixture_call(f, "s3", "RestoreObject", "%s", restore)->status,
	    202);
	assert_int_equal(fixture_call(f, "s3", "RestoreObject", "%s", restore)->status,
	    200);
	v = fixture_ok(f, "s3", "GetObject", "%s", get);
	assert_string_equal(fixture_text(v, "StorageClass"), "GLACIER");
	assert_non_null(strstr(fixture_text(v, "Restore"),
	    "ongoing-request=\"false\", expiry-date=\""));
	assert_non_null(strstr(fixture_text(v, "Restore"), " 00:00:00 GMT\""));
	v = fixture_ok(f, "s3", "ListObjectsV2",
	    "{\"Bucket\":\"here\",\"OptionalObjectAttributes\":[\"RestoreStatus\"]}");
	assert_null(fixture_text(v, "Contents.0.RestoreStatus"));
	assert_string_equal(fixture_text(v,
				"Contents.1.RestoreStatus.IsRestoreInProgress"),
	    "false");
	assert_non_null(fixture_text(v, "Contents.1.RestoreStatus.RestoreExpiryDate"));
	v = fixture_ok(f, "s3", "ListObjectsV2", "{\"Bucket\":\"here\"}");
	assert_null(json_path(v, "Contents.1.RestoreStatus"));
	f->now_ms += 4 * DAY_MS;
	fixture_fails(f, "InvalidObjectState", "s3", "GetObject", "%s", get);
	v = fixture_ok(f, "s3", "HeadObject", "%s", get);
	assert_null(fixture_text(v, "Restore"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(archived_objects_are_restored_for_some_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
