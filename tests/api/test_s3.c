/* S3 through the dispatcher: what the end-to-end tests do not reach, or not fast. */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#include "control/services/s3/s3.h"

static void
put(struct fixture *f, const char *key, const char *text)
{
	fixture_body(f, text, strlen(text));
	fixture_ok(f, "s3", "PutObject", "{\"Bucket\": \"here\", \"Key\": \"%s\"}", key);
}

static void
bucket(struct fixture *f)
{
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\": \"here\"}");
}

/* The keys of an answer, "a,b". */
static const char *
names(struct fixture *f, const json_t *out, const char *list, const char *member)
{
	struct buf *b = buf_new(f->arena, 0);
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(out, list), i, row)
		buf_printf(b, "%s%s", i > 0 ? "," : "", json_str_or(row, member, "?"));
	return buf_text(b);
}

static int
count_one(void *arg, const char *id UNUSED)
{
	++*(int *)arg;
	return 0;
}

static void
assert_blobs(struct fixture *f, int n)
{
	struct err err;
	int there = 0, known = 0;

	assert_int_equal(blobs_each(f->env.blobs, count_one, &there, &err), 0);
	assert_int_equal(there, n);
	assert_int_equal(s3_each_blob(&f->env, count_one, &known, &err), 0);
	assert_true(known >= n); /* Current ones are walked twice. */
}

static void
names_of_buckets(void **state)
{
	static const char *const bad[] = { "ab", "Upper", "a..b", "-ab", "ab-", "a_b",
		"192.168.5.4", "xn--abc", "sthree-abc", "abc-s3alias", "abc--ol-s3",
		"abc--x-s3",
		"a123456789012345678901234567890123456789012345678901234567890123" };
	static const char *const good[] = { "abc", "a.b.c", "1-2", "xn-abc" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(bad); i++)
		fixture_fails(f, "InvalidBucketName", "s3", "CreateBucket",
		    "{\"Bucket\": \"%s\"}", bad[i]);
	for (size_t i = 0; i < COUNT(good); i++)
		fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\": \"%s\"}", good[i]);
	assert_string_equal(names(f, fixture_ok(f, "s3", "ListBuckets", "{}"), "Buckets",
				"Name"),
	    "1-2,a.b.c,abc,xn-abc");
}

static void
a_name_is_one_accounts_alone(void **state)
{
	struct fixture *f = *state;
	struct principal other = f->root;
	struct call *c;

	snprintf(other.account, sizeof(other.account), "111111111111");
	other.arn = "arn:aws:iam::111111111111:root";
	bucket(f);
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\": \"here\"}");
	c = fixture_call_as(f, &other, "s3", "CreateBucket", "{\"Bucket\": \"here\"}");
	assert_string_equal(c->err.kind->code, "BucketAlreadyExists");
	c = fixture_call_as(f, &other, "s3", "ListObjectsV2", "{\"Bucket\": \"here\"}");
	assert_string_equal(c->err.kind->code, "AccessDenied");
	c = fixture_call_as(f, &other, "s3", "DeleteBucket", "{\"Bucket\": \"here\"}");
	assert_string_equal(c->err.kind->code, "AccessDenied");
	/* In another region the owner hears that he has it. */
	f->region = "eu-west-1";
	fixture_fails(f, "BucketAlreadyOwnedByYou", "s3", "CreateBucket",
	    "{\"Bucket\": \"here\", \"CreateBucketConfiguration\": "
	    "{\"LocationConstraint\": \"eu-west-1\"}}");
	fixture_fails(f, "IllegalLocationConstraintException", "s3", "CreateBucket",
	    "{\"Bucket\": \"there\"}");
	/* A name whose account was wiped is free. */
	assert_int_equal(store_reset(f->env.store, FIXTURE_ACCOUNT ":", &c->err), 0);
	c = fixture_call_as(f, &other, "s3", "CreateBucket",
	    "{\"Bucket\": \"here\", \"CreateBucketConfiguration\": "
	    "{\"LocationConstraint\": \"eu-west-1\"}}");
	assert_null(c->err.kind);
	c = fixture_call_as(f, &other, "s3", "GetBucketLocation",
	    "{\"Bucket\": \"here\"}");
	assert_string_equal(fixture_text(c->out, "LocationConstraint"), "eu-west-1");
}

static void
a_body_that_no_document_refers_to_goes(void **state)
{
	struct fixture *f = *state;

	bucket(f);
	fixture_body(f, "x", 1);
	fixture_fails(f, "NoSuchBucket", "s3", "PutObject",
	    "{\"Bucket\": \"none\", \"Key\": \"k\"}");
	fixture_body(f, "x", 1);
	fixture_fails(f, "NoSuchKey", "s3", "PutObject",
	    "{\"Bucket\": \"here\", \"Key\": \"k\", \"IfMatch\": \"a\"}");
	assert_blobs(f, 0);
	put(f, "k", "one");
	put(f, "k", "two");
	assert_blobs(f, 1);
}

static void
copies_share_bytes_and_outlive_their_source(void **state)
{
	struct fixture *f = *state;
	const json_t *out;

	bucket(f);
	put(f, "a/b c", "bytes");
	out = fixture_ok(f, "s3", "CopyObject",
	    "{\"Bucket\": \"here\", \"Key\": \"copy\", \"CopySource\": \"/here/a/b%%20c\"}");
	assert_non_null(fixture_text(out, "CopyObjectResult.ETag"));
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\": \"here\", \"Key\": \"a/b c\"}");
	assert_blobs(f, 1);
	fixture_ok(f, "s3", "GetObject", "{\"Bucket\": \"here\", \"Key\": \"copy\"}");
	fixture_fails(f, "InvalidRequest", "s3", "CopyObject",
	    "{\"Bucket\": \"here\", \"Key\": \"copy\", \"CopySource\": \"here/copy\"}");
	fixture_fails(f, "NoSuchKey", "s3", "CopyObject",
	    "{\"Bucket\": \"here\", \"Key\": \"copy\", \"CopySource\": \"here/none\"}");
	fixture_fails(f, "InvalidArgument", "s3", "CopyObject",
	    "{\"Bucket\": \"here\", \"Key\": \"copy\", \"CopySource\": \"here\"}");
	fixture_ok(f, "s3", "CopyObject",
	    "{\"Bucket\": \"here\", \"Key\": \"copy\", \"CopySource\": \"here/copy\", "
	    "\"MetadataDirective\": \"REPLACE\", \"ContentType\": \"text/new\"}");
	out = fixture_ok(f, "s3", "HeadObject",
	    "{\"Bucket\": \"here\", \"Key\": \"copy\"}");
	assert_string_equal(fixture_text(out, "ContentType"), "text/new");
	assert_blobs(f, 1);
}

static void
ranges(void **state)
{
	static const struct {
		const char *text;
		int rc;
		int64_t first, n;
	} rows[] = { { "bytes=0-0", 1, 0, 1 }, { "bytes=2-", 1, 2, 8 },
		{ "bytes=-3", 1, 7, 3 }, { "bytes=-30", 1, 0, 10 },
		{ "bytes=5-99", 1, 5, 5 }, { "bytes=10-", -1, 0, 0 },
		{ "bytes=-0", -1, 0, 0 }, { "bytes=3-2", 0, 0, 0 },
		{ "bytes=0-1,3-4", 0, 0, 0 }, { "lines=0-1", 0, 0, 0 },
		{ "bytes=", 0, 0, 0 }, { "bytes=a-b", 0, 0, 0 },
		{ "bytes=99999999999999999999-", 0, 0, 0 } };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct call c = { .arena = f->arena };
		int64_t first = 0, n = 0;

		assert_int_equal(s3_range(&c, rows[i].text, 10, &first, &n), rows[i].rc);
		assert_int_equal(first, rows[i].first);
		assert_int_equal(n, rows[i].n);
	}
}

static void
etags(void **state UNUSED)
{
	static const struct {
		const char *header;
		int matches;
	} rows[] = { { "\"abc\"", 1 }, { "abc", 1 }, { "*", 1 }, { "\"x\", \"abc\"", 1 },
		{ "W/\"abc\"", 1 }, { "\"ab\"", 0 }, { "\"abcd\"", 0 }, { "", 0 },
		{ "\"x\",\"y\"", 0 } };

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(s3_etag_matches(rows[i].header, "\"abc\""),
		    rows[i].matches);
}

static void
keys_that_were_deleted_leave_no_folded_prefix(void **state)
{
	struct fixture *f = *state;
	const json_t *out;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketVersioning",
	    "{\"Bucket\": \"here\", \"VersioningConfiguration\": {\"Status\": \"Enabled\"}}");
	put(f, "a/1", "x");
	put(f, "b/1", "x");
	put(f, "b/2", "x");
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\": \"here\", \"Key\": \"a/1\"}");
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\": \"here\", \"Key\": \"b/1\"}");
	out = fixture_ok(f, "s3", "ListObjectsV2",
	    "{\"Bucket\": \"here\", \"Delimiter\": \"/\"}");
	assert_string_equal(names(f, out, "CommonPrefixes", "Prefix"), "b/");
	out = fixture_ok(f, "s3", "ListObjectVersions",
	    "{\"Bucket\": \"here\", \"Delimiter\": \"/\"}");
	assert_string_equal(names(f, out, "CommonPrefixes", "Prefix"), "a/,b/");
	out = fixture_ok(f, "s3", "ListObjectsV2",
	    "{\"Bucket\": \"here\", \"MaxKeys\": 0}");
	assert_string_equal(fixture_text(out, "KeyCount"), "0");
	assert_string_equal(fixture_text(out, "IsTruncated"), "false");
	fixture_fails(f, "InvalidArgument", "s3", "ListObjectsV2",
	    "{\"Bucket\": \"here\", \"ContinuationToken\": \"***\"}");
}

static void
keys_with_any_byte_have_versions_of_their_own(void **state)
{
	struct fixture *f = *state;
	const json_t *out;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketVersioning",
	    "{\"Bucket\": \"here\", \"VersioningConfiguration\": {\"Status\": \"Enabled\"}}");
	put(f, "a\\u00010", "1");
	put(f, "a\\u00010", "2");
	put(f, "a", "3");
	out = fixture_ok(f, "s3", "HeadObject", "{\"Bucket\": \"here\", \"Key\": \"a\"}");
	fixture_ok(f, "s3", "DeleteObject",
	    "{\"Bucket\": \"here\", \"Key\": \"a\", \"VersionId\": \"%s\"}",
	    fixture_text(out, "VersionId"));
	fixture_fails(f, "NoSuchKey", "s3", "HeadObject",
	    "{\"Bucket\": \"here\", \"Key\": \"a\"}");
	out = fixture_ok(f, "s3", "ListObjectVersions", "{\"Bucket\": \"here\"}");
	assert_int_equal(json_array_size(json_get(out, "Versions")), 2);
}

static void
many_keys_are_listed_in_pages(void **state)
{
	struct fixture *f = *state;
	const char *token = NULL;
	char key[16];
	int seen = 0;

	bucket(f);
	for (int i = 0; i < 1203; i++) {
		snprintf(key, sizeof(key), "k%04d", (i * 7) % 1203);
		put(f, key, "");
	}
	do {
		const json_t *out = fixture_ok(f, "s3", "ListObjectsV2",
		    token == NULL ?
			"{\"Bucket\": \"here\"}" :
			"{\"Bucket\": \"here\", \"ContinuationToken\": \"%s\"}",
		    token);
		const json_t *row;
		size_t i;

		json_array_foreach(json_get(out, "Contents"), i, row) {
			snprintf(key, sizeof(key), "k%04d", seen++);
			assert_string_equal(json_str(row, "Key"), key);
		}
		token = fixture_text(out, "NextContinuationToken");
	} while (token != NULL);
	assert_int_equal(seen, 1203);
}

static void
sums_of_parts_combine(void **state)
{
	static const enum checksum_kind kinds[] = { CHECKSUM_CRC32, CHECKSUM_CRC32C,
		CHECKSUM_CRC64NVME };
	static const size_t cuts[] = { 0, 1, 7, 8, 100, 999, 1000 };
	struct fixture *f = *state;
	unsigned char data[1000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * i + 3);
	for (size_t k = 0; k < COUNT(kinds); k++) {
		for (size_t i = 0; i < COUNT(cuts); i++) {
			const size_t from[] = { 0, cuts[i], 0 };
			const size_t to[] = { cuts[i], 1000, 1000 };
			uint64_t sum[3] = { 0 };

			for (int p = 0; p < 3; p++) {
				struct checksum *s = checksum_new(f->arena, kinds[k]);
				unsigned char bytes[CHECKSUM_MAX];
				size_t n;

				checksum_add(s, data + from[p], to[p] - from[p]);
				n = checksum_end(s, bytes);
				for (size_t b = 0; b < n; b++)
					sum[p] = sum[p] << 8 | bytes[b];
			}
			assert_true(checksum_combine(kinds[k], sum[0], sum[1],
					(int64_t)(1000 - cuts[i])) == sum[2]);
		}
	}
}

static void
wrong_input_is_refused(void **state)
{
	static const struct {
		const char *code, *op, *params;
	} rows[] = {
		{ "NoSuchBucket", "ListObjectsV2", "{\"Bucket\": \"none\"}" },
		{ "InvalidArgument", "CreateBucket",
		    "{\"Bucket\": \"acls\", \"GrantRead\": \"id=x\"}" },
		{ "NoSuchKey", "GetObject", "{\"Bucket\": \"here\", \"Key\": \"none\"}" },
		{ "NoSuchVersion", "GetObject",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"VersionId\": \"none\"}" },
		{ "InvalidPartNumber", "GetObject",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"PartNumber\": 2}" },
		{ "InvalidRequest", "GetObject",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"SSECustomerAlgorithm\": "
		    "\"AES256\", \"SSECustomerKey\": "
		    "\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"}" },
		{ "NoSuchUpload", "AbortMultipartUpload",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"UploadId\": \"none\"}" },
		{ "NoSuchUpload", "ListParts",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"UploadId\": \"none\"}" },
		{ "AccessDenied", "CopyObject",
		    "{\"Bucket\": \"here\", \"Key\": \"c\", \"CopySource\": \"here/k\", "
		    "\"ExpectedSourceBucketOwner\": \"111111111111\"}" },
		{ "NotImplemented", "DeleteObject",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"IfMatchSize\": 1}" },
		{ "InvalidTag", "CreateMultipartUpload",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"Tagging\": \"a=1&a=2\"}" },
		{ "BadRequest", "CreateMultipartUpload",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"Tagging\": "
		    "\"a&b&c&d&e&f&g&h&i&j&k\"}" },
		{ "InvalidArgument", "CreateMultipartUpload",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"Tagging\": \"%zz=1\"}" },
		{ "InvalidTag", "CreateBucket",
		    "{\"Bucket\": \"tagged\", \"CreateBucketConfiguration\": {\"Tags\": "
		    "[{\"Key\": \"aws:a\", \"Value\": \"\"}]}}" },
		{ "MalformedXML", "DeleteObjects",
		    "{\"Bucket\": \"here\", \"Delete\": {\"Objects\": []}}" },
		{ "NoSuchTagSet", "GetBucketTagging", "{\"Bucket\": \"here\"}" },
		{ "InvalidTag", "PutBucketTagging",
		    "{\"Bucket\": \"here\", \"Tagging\": {\"TagSet\": [{\"Key\": \"a\", "
		    "\"Value\": \"\"}, {\"Key\": \"a\", \"Value\": \"\"}]}}" },
		{ "InvalidTag", "PutObjectTagging",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"Tagging\": {\"TagSet\": "
		    "[{\"Key\": \"aws:x\", \"Value\": \"\"}]}}" },
		{ "MalformedXML", "PutBucketVersioning",
		    "{\"Bucket\": \"here\", \"VersioningConfiguration\": {}}" },
		{ "NoSuchBucketPolicy", "GetBucketPolicy", "{\"Bucket\": \"here\"}" },
		{ "InvalidRequest", "CreateMultipartUpload",
		    "{\"Bucket\": \"here\", \"Key\": \"k\", \"ChecksumAlgorithm\": \"SHA1\", "
		    "\"ChecksumType\": \"FULL_OBJECT\"}" },
		{ "AccessDenied", "HeadBucket",
		    "{\"Bucket\": \"here\", \"ExpectedBucketOwner\": \"111111111111\"}" },
	};
	struct fixture *f = *state;

	bucket(f);
	put(f, "k", "x");
	for (size_t i = 0; i < COUNT(rows); i++)
		fixture_fails(f, rows[i].code, "s3", rows[i].op, "%s", rows[i].params);
}

static void
who_shut_himself_out_gets_in_again(void **state)
{
	struct fixture *f = *state;

	bucket(f);
	put(f, "k", "x");
	fixture_ok(f, "s3", "PutBucketPolicy",
	    "{\"Bucket\": \"here\", \"Policy\": \"{\\\"Version\\\": \\\"2012-10-17\\\", "
	    "\\\"Statement\\\": {\\\"Effect\\\": \\\"Deny\\\", \\\"Principal\\\": \\\"*\\\", "
	    "\\\"Action\\\": \\\"s3:*\\\", \\\"Resource\\\": [\\\"arn:aws:s3:::here\\\", "
	    "\\\"arn:aws:s3:::here/*\\\"]}}\"}");
	fixture_fails(f, "AccessDenied", "s3", "GetObject",
	    "{\"Bucket\": \"here\", \"Key\": \"k\"}");
	fixture_fails(f, "AccessDenied", "s3", "ListObjectsV2", "{\"Bucket\": \"here\"}");
	fixture_ok(f, "s3", "DeleteBucketPolicy", "{\"Bucket\": \"here\"}");
	fixture_ok(f, "s3", "GetObject", "{\"Bucket\": \"here\", \"Key\": \"k\"}");
}

static void
what_is_archived_is_shown_and_not_read(void **state)
{
	struct fixture *f = *state;
	const json_t *out;

	bucket(f);
	fixture_body(f, "x", 1);
	fixture_ok(f, "s3", "PutObject",
	    "{\"Bucket\": \"here\", \"Key\": \"k\", \"StorageClass\": \"DEEP_ARCHIVE\"}");
	out = fixture_ok(f, "s3", "HeadObject", "{\"Bucket\": \"here\", \"Key\": \"k\"}");
	assert_string_equal(fixture_text(out, "StorageClass"), "DEEP_ARCHIVE");
	fixture_fails(f, "InvalidObjectState", "s3", "GetObject",
	    "{\"Bucket\": \"here\", \"Key\": \"k\"}");
	fixture_fails(f, "InvalidObjectState", "s3", "CopyObject",
	    "{\"Bucket\": \"here\", \"Key\": \"c\", \"CopySource\": \"here/k\"}");
}

static void
a_customers_key_is_asked_for_again(void **state)
{
	static const char key[] =
	    "\"SSECustomerAlgorithm\": \"AES256\", \"SSECustomerKey\": "
	    "\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"";
	static const char other[] =
	    "\"SSECustomerAlgorithm\": \"AES256\", \"SSECustomerKey\": "
	    "\"eDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"";
	struct fixture *f = *state;
	const json_t *out;

	bucket(f);
	fixture_body(f, "secret", 6);
	out = fixture_ok(f, "s3", "PutObject",
	    "{\"Bucket\": \"here\", \"Key\": \"k\", %s}", key);
	assert_null(fixture_text(out, "ServerSideEncryption"));
	assert_non_null(fixture_text(out, "SSECustomerKeyMD5"));
	fixture_fails(f, "InvalidRequest", "s3", "GetObject",
	    "{\"Bucket\": \"here\", \"Key\": \"k\"}");
	fixture_fails(f, "AccessDenied", "s3", "GetObject",
	    "{\"Bucket\": \"here\", \"Key\": \"k\", %s}", other);
	fixture_ok(f, "s3", "GetObject", "{\"Bucket\": \"here\", \"Key\": \"k\", %s}",
	    key);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_of_buckets),
		TEST(a_name_is_one_accounts_alone),
		TEST(a_body_that_no_document_refers_to_goes),
		TEST(copies_share_bytes_and_outlive_their_source),
		TEST(ranges),
		TEST(etags),
		TEST(keys_that_were_deleted_leave_no_folded_prefix),
		TEST(keys_with_any_byte_have_versions_of_their_own),
		TEST(many_keys_are_listed_in_pages),
		TEST(sums_of_parts_combine),
		TEST(wrong_input_is_refused),
		TEST(who_shut_himself_out_gets_in_again),
		TEST(what_is_archived_is_shown_and_not_read),
		TEST(a_customers_key_is_asked_for_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
