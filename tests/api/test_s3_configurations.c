/* S3: configurations of buckets, what of them is obeyed, and lifecycle rules as they run. */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#include "control/plane/reconcile.h"
#include "control/services/s3/s3.h"

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

/* Put, got back, deleted, gone. */
static const struct {
	const char *name, *put, *path, *value, *absent;
	const char *del; /* Delete's name, when it is another */
} documents[] = {
	{ "BucketCors",
	    "\"CORSConfiguration\":{\"CORSRules\":[{\"AllowedMethods\":[\"GET\"],"
	    "\"AllowedOrigins\":[\"https://*.example.com\"],\"MaxAgeSeconds\":60}]}",
	    "CORSRules.0.AllowedOrigins.0", "https://*.example.com",
	    "NoSuchCORSConfiguration", NULL },
	{ "BucketLifecycleConfiguration",
	    "\"LifecycleConfiguration\":{\"Rules\":[{\"Status\":\"Enabled\",\"Filter\":{},"
	    "\"Expiration\":{\"Days\":3}}]}",
	    "Rules.0.Expiration.Days", "3", "NoSuchLifecycleConfiguration",
	    "BucketLifecycle" },
	{ "BucketAnalyticsConfiguration",
	    "\"Id\":\"a\",\"AnalyticsConfiguration\":{\"Id\":\"a\",\"StorageClassAnalysis\":{}}",
	    "AnalyticsConfiguration.Id", "a", "NoSuchConfiguration", NULL },
	{ "BucketInventoryConfiguration",
	    "\"Id\":\"a\",\"InventoryConfiguration\":{\"Id\":\"a\",\"IsEnabled\":true,"
	    "\"IncludedObjectVersions\":\"All\",\"Schedule\":{\"Frequency\":\"Daily\"},"
	    "\"Destination\":{\"S3BucketDestination\":{\"Bucket\":\"arn:aws:s3:::x\","
	    "\"Format\":\"CSV\"}}}",
	    "InventoryConfiguration.Schedule.Frequency", "Daily", "NoSuchConfiguration",
	    NULL },
	{ "BucketMetricsConfiguration",
	    "\"Id\":\"a\",\"MetricsConfiguration\":{\"Id\":\"a\",\"Filter\":{\"Prefix\":\"p\"}}",
	    "MetricsConfiguration.Filter.Prefix", "p", "NoSuchConfiguration", NULL },
	{ "BucketIntelligentTieringConfiguration",
	    "\"Id\":\"a\",\"IntelligentTieringConfiguration\":{\"Id\":\"a\",\"Status\":\"Enabled\","
	    "\"Tierings\":[{\"Days\":90,\"AccessTier\":\"ARCHIVE_ACCESS\"}]}",
	    "IntelligentTieringConfiguration.Tierings.0.Days", "90",
	    "NoSuchConfiguration", NULL },
};

static void
what_was_put_is_got_until_it_is_deleted(void **state)
{
	struct fixture *f = *state;

	bucket(f);
	for (size_t i = 0; i < COUNT(documents); i++) {
		const char *name = documents[i].name,
			   *id = strstr(documents[i].put, "\"Id\"") != NULL ?
		    "{\"Bucket\":\"here\",\"Id\":\"a\"}" :
		    "{\"Bucket\":\"here\"}";
		const char *get = arena_printf(f->arena, "Get%s", name);
		const char *del = arena_printf(f->arena, "Delete%s",
		    documents[i].del != NULL ? documents[i].del : name);

		fixture_fails(f, documents[i].absent, "s3", get, "%s", id);
		fixture_ok(f, "s3", arena_printf(f->arena, "Put%s", name),
		    "{\"Bucket\":\"here\",%s}", documents[i].put);
		assert_string_equal(fixture_text(fixture_ok(f, "s3", get, "%s", id),
					documents[i].path),
		    documents[i].value);
		fixture_ok(f, "s3", del, "%s", id);
		fixture_fails(f, documents[i].absent, "s3", get, "%s", id);
	}
}

static void
those_with_an_id_are_listed(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	bucket(f);
	for (int i = 0; i < 103; i++)
		fixture_ok(f, "s3", "PutBucketMetricsConfiguration",
		    "{\"Bucket\":\"here\",\"Id\":\"m%03d\",\"MetricsConfiguration\":{\"Id\":"
		    "\"m%03d\"}}",
		    i, i);
	v = fixture_ok(f, "s3", "ListBucketMetricsConfigurations",
	    "{\"Bucket\":\"here\"}");
	assert_int_equal(json_array_size(json_get(v, "MetricsConfigurationList")), 100);
	v = fixture_ok(f, "s3", "ListBucketMetricsConfigurations",
	    "{\"Bucket\":\"here\",\"ContinuationToken\":\"%s\"}",
	    json_str(v, "NextContinuationToken"));
	assert_int_equal(json_array_size(json_get(v, "MetricsConfigurationList")), 3);
	assert_string_equal(fixture_text(v, "MetricsConfigurationList.0.Id"), "m100");
	fixture_fails(f, "InvalidArgument", "s3", "PutBucketMetricsConfiguration",
	    "{\"Bucket\":\"here\",\"Id\":\"a\",\"MetricsConfiguration\":{\"Id\":\"b\"}}");
}

static void
a_new_bucket_has_what_s3_gives_it(void **state)
{
	static const struct {
		const char *op, *path, *value;
	} rows[] = {
		{ "GetBucketEncryption",
		    "ServerSideEncryptionConfiguration.Rules.0."
		    "ApplyServerSideEncryptionByDefault.SSEAlgorithm",
		    "AES256" },
		{ "GetBucketRequestPayment", "Payer", "BucketOwner" },
		{ "GetBucketOwnershipControls",
		    "OwnershipControls.Rules.0.ObjectOwnership", "BucketOwnerEnforced" },
		{ "GetPublicAccessBlock",
		    "PublicAccessBlockConfiguration.BlockPublicPolicy", "true" },
		{ "GetBucketAcl", "Grants.0.Permission", "FULL_CONTROL" },
		{ "GetBucketLogging", "LoggingEnabled", NULL },
		{ "GetBucketAccelerateConfiguration", "Status", NULL },
		{ "GetBucketNotificationConfiguration", "QueueConfigurations", NULL },
	};
	static const struct {
		const char *op, *code;
	} absent[] = {
		{ "GetBucketWebsite", "NoSuchWebsiteConfiguration" },
		{ "GetBucketReplication", "ReplicationConfigurationNotFoundError" },
		{ "GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError" },
		{ "GetBucketPolicyStatus", "NoSuchBucketPolicy" },
	};
	struct fixture *f = *state;

	bucket(f);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text =
		    fixture_text(fixture_ok(f, "s3", rows[i].op, "{\"Bucket\":\"here\"}"),
			rows[i].path);

		if (rows[i].value == NULL)
			assert_null(text);
		else
			assert_string_equal(text, rows[i].value);
	}
	for (size_t i = 0; i < COUNT(absent); i++)
		fixture_fails(f, absent[i].code, "s3", absent[i].op,
		    "{\"Bucket\":\"here\"}");
	fixture_fails(f, "AccessControlListNotSupported", "s3", "PutBucketAcl",
	    "{\"Bucket\":\"here\",\"ACL\":\"public-read\"}");
}

static void
wrong_ones_are_refused(void **state)
{
#define LIFE(rule)                         \
	"PutBucketLifecycleConfiguration", \
	    "\"LifecycleConfiguration\":{\"Rules\":[" rule "]}"
#define ON "{\"Status\":\"Enabled\",\"Filter\":{},"
	static const struct {
		const char *op, *params, *code;
	} rows[] = {
		{ "PutBucketCors", "\"CORSConfiguration\":{\"CORSRules\":[]}",
		    "MalformedXML" },
		{ "PutBucketCors",
		    "\"CORSConfiguration\":{\"CORSRules\":[{\"AllowedMethods\":[\"PATCH\"],"
		    "\"AllowedOrigins\":[\"*\"]}]}",
		    "InvalidRequest" },
		{ "PutBucketCors",
		    "\"CORSConfiguration\":{\"CORSRules\":[{\"AllowedMethods\":[\"GET\"],"
		    "\"AllowedOrigins\":[\"*x*\"]}]}",
		    "InvalidRequest" },
		{ "PutBucketCors",
		    "\"CORSConfiguration\":{\"CORSRules\":[{\"AllowedMethods\":[\"GET\"],"
		    "\"AllowedOrigins\":[\"*\"],\"ExposeHeaders\":[\"x-*\"]}]}",
		    "InvalidRequest" },
		{ "PutBucketEncryption",
		    "\"ServerSideEncryptionConfiguration\":{\"Rules\":[]}",
		    "MalformedXML" },
		{ "PutBucketEncryption",
		    "\"ServerSideEncryptionConfiguration\":{\"Rules\":[{"
		    "\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"AES256\","
		    "\"KMSMasterKeyID\":\"k\"}}]}",
		    "InvalidArgument" },
		{ LIFE("{\"Status\":\"Enabled\",\"Filter\":{}}"), "InvalidRequest" },
		{ LIFE("{\"Status\":\"Enabled\",\"Expiration\":{\"Days\":1}}"),
		    "MalformedXML" },
		{ LIFE(ON "\"Prefix\":\"\",\"Expiration\":{\"Days\":1}}"),
		    "MalformedXML" },
		{ LIFE(ON "\"Expiration\":{\"Days\":0}}"), "InvalidArgument" },
		{ LIFE(ON
		      "\"Expiration\":{\"Days\":1,\"ExpiredObjectDeleteMarker\":true}}"),
		    "MalformedXML" },
		{ LIFE(ON "\"Expiration\":{\"Date\":1700000001}}"), "InvalidArgument" },
		{ LIFE(ON
		      "\"Transitions\":[{\"Days\":29,\"StorageClass\":\"STANDARD_IA\"}]}"),
		    "InvalidArgument" },
		{ LIFE(ON "\"NoncurrentVersionExpiration\":{}}"), "MalformedXML" },
		{ LIFE("{\"Status\":\"Enabled\",\"Filter\":{\"ObjectSizeLessThan\":9},"
		       "\"AbortIncompleteMultipartUpload\":{\"DaysAfterInitiation\":1}}"),
		    "InvalidRequest" },
		{ LIFE(ON "\"ID\":\"a\",\"Expiration\":{\"Days\":1}}," ON
			  "\"ID\":\"a\",\"Expiration\":{\"Days\":1}}"),
		    "InvalidArgument" },
		{ "PutBucketOwnershipControls", "\"OwnershipControls\":{\"Rules\":[]}",
		    "MalformedXML" },
		{ "PutBucketIntelligentTieringConfiguration",
		    "\"Id\":\"a\",\"IntelligentTieringConfiguration\":{\"Id\":\"a\",\"Status\":"
		    "\"Enabled\",\"Tierings\":[{\"Days\":89,\"AccessTier\":\"ARCHIVE_ACCESS\"}]}",
		    "InvalidArgument" },
	};
	struct fixture *f = *state;

	bucket(f);
	for (size_t i = 0; i < COUNT(rows); i++)
		fixture_fails(f, rows[i].code, "s3", rows[i].op,
		    "{\"Bucket\":\"here\",%s}", rows[i].params);
	fixture_fails(f, "NoSuchBucket", "s3", "GetBucketCors", "{\"Bucket\":\"none\"}");
}

static void
a_default_encryption_is_the_objects(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketEncryption",
	    "{\"Bucket\":\"here\",\"ServerSideEncryptionConfiguration\":{\"Rules\":[{"
	    "\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"aws:kms\","
	    "\"KMSMasterKeyID\":\"alias/mine\"},\"BucketKeyEnabled\":true}]}}");
	put(f, "k", "");
	v = fixture_ok(f, "s3", "HeadObject", "{\"Bucket\":\"here\",\"Key\":\"k\"}");
	assert_string_equal(fixture_text(v, "ServerSideEncryption"), "aws:kms");
	assert_string_equal(fixture_text(v, "SSEKMSKeyId"), "alias/mine");
	assert_string_equal(fixture_text(v, "BucketKeyEnabled"), "true");
	put(f, "k", ",\"ServerSideEncryption\":\"AES256\"");
	v = fixture_ok(f, "s3", "HeadObject", "{\"Bucket\":\"here\",\"Key\":\"k\"}");
	assert_string_equal(fixture_text(v, "ServerSideEncryption"), "AES256");
	assert_null(fixture_text(v, "SSEKMSKeyId"));
	fixture_ok(f, "s3", "DeleteBucketEncryption", "{\"Bucket\":\"here\"}");
	put(f, "k", "");
	v = fixture_ok(f, "s3", "HeadObject", "{\"Bucket\":\"here\",\"Key\":\"k\"}");
	assert_string_equal(fixture_text(v, "ServerSideEncryption"), "AES256");
}

#define OPEN                                                                               \
	"{\"Bucket\":\"here\",\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\","           \
	"\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\","    \
	"\\\"Action\\\":\\\"s3:GetObject\\\",\\\"Resource\\\":\\\"arn:aws:s3:::here/*\\\"" \
	"}]}\"}"

static void
a_bucket_is_public_when_it_is_let(void **state)
{
	static const struct principal nobody = { .kind = PRINCIPAL_NOBODY,
		.account = FIXTURE_ACCOUNT };
	static const char get[] = "{\"Bucket\":\"here\",\"Key\":\"k\"}";
	struct fixture *f = *state;
	const json_t *v;

	bucket(f);
	put(f, "k", "");
	fixture_fails(f, "AccessDenied", "s3", "PutBucketPolicy", "%s", OPEN);
	fixture_ok(f, "s3", "PutPublicAccessBlock",
	    "{\"Bucket\":\"here\",\"PublicAccessBlockConfiguration\":{"
	    "\"RestrictPublicBuckets\":true}}");
	fixture_ok(f, "s3", "PutBucketPolicy", "%s", OPEN);
	assert_string_equal(fixture_call_as(f, &nobody, "s3", "GetObject", "%s", get)
				->err.kind->code,
	    "AccessDenied");
	v = fixture_ok(f, "s3", "GetBucketPolicyStatus", "{\"Bucket\":\"here\"}");
	assert_string_equal(fixture_text(v, "PolicyStatus.IsPublic"), "false");
	fixture_ok(f, "s3", "DeletePublicAccessBlock", "{\"Bucket\":\"here\"}");
	fixture_fails(f, "NoSuchPublicAccessBlockConfiguration", "s3",
	    "GetPublicAccessBlock", "{\"Bucket\":\"here\"}");
	assert_null(fixture_call_as(f, &nobody, "s3", "GetObject", "%s", get)->err.kind);
	v = fixture_ok(f, "s3", "GetBucketPolicyStatus", "{\"Bucket\":\"here\"}");
	assert_string_equal(fixture_text(v, "PolicyStatus.IsPublic"), "true");
	/* Unless the requester is to pay, whom nobody knows. */
	fixture_ok(f, "s3", "PutBucketRequestPayment",
	    "{\"Bucket\":\"here\",\"RequestPaymentConfiguration\":{\"Payer\":\"Requester\"}}");
	assert_string_equal(fixture_call_as(f, &nobody, "s3", "GetObject", "%s", get)
				->err.kind->code,
	    "AccessDenied");
	fixture_ok(f, "s3", "GetObject", "%s", get);
}

/* Lifecycle */

static size_t
count(struct fixture *f, const char *op, const char *list)
{
	return json_array_size(
	    json_get(fixture_ok(f, "s3", op, "{\"Bucket\":\"here\"}"), list));
}

static void
days_later(struct fixture *f, int n)
{
	f->now_ms += n * DAY_MS;
	assert_int_equal(reconcile_pass(&f->env), 0);
}

static int
count_blob(void *arg, const char *id UNUSED)
{
	++*(int *)arg;
	return 0;
}

static int
n_blobs(struct fixture *f)
{
	struct err err;
	int n = 0;

	assert_int_equal(blobs_each(f->env.blobs, count_blob, &n, &err), 0);
	return n;
}

static void
objects_expire_and_change_their_class(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketLifecycleConfiguration",
	    "{\"Bucket\":\"here\",\"LifecycleConfiguration\":{\"Rules\":[{\"ID\":\"old logs\","
	    "\"Status\":\"Enabled\",\"Filter\":{\"Prefix\":\"log/\"},\"Expiration\":{\"Days\":3}},"
	    "{\"Status\":\"Enabled\",\"Filter\":{\"And\":{\"Prefix\":\"\","
	    "\"ObjectSizeGreaterThan\":1}},\"Transitions\":[{\"Days\":40,\"StorageClass\":"
	    "\"GLACIER\"}]},{\"Status\":\"Enabled\",\"Filter\":{},"
	    "\"AbortIncompleteMultipartUpload\":{\"DaysAfterInitiation\":1}}]}}");
	v = put(f, "log/1", "");
	assert_non_null(strstr(fixture_text(v, "Expiration"), "rule-id=\"old logs\""));
	assert_null(fixture_text(put(f, "kept", ""), "Expiration"));
	fixture_ok(f, "s3", "CreateMultipartUpload",
	    "{\"Bucket\":\"here\",\"Key\":\"parts\"}");
	days_later(f, 0);
	assert_int_equal(count(f, "ListObjectsV2", "Contents"), 2);
	assert_int_equal(count(f, "ListMultipartUploads", "Uploads"), 1);
	days_later(f, 2);
	assert_int_equal(count(f, "ListMultipartUploads", "Uploads"), 0);
	assert_int_equal(count(f, "ListObjectsV2", "Contents"), 2);
	assert_int_equal(n_blobs(f), 2);
	days_later(f, 2);
	assert_int_equal(count(f, "ListObjectsV2", "Contents"), 1);
	assert_int_equal(n_blobs(f), 1);
	days_later(f, 40);
	v = fixture_ok(f, "s3", "HeadObject", "{\"Bucket\":\"here\",\"Key\":\"kept\"}");
	assert_string_equal(fixture_text(v, "StorageClass"), "GLACIER");
}

static void
versions_and_markers_go_in_their_time(void **state)
{
	struct fixture *f = *state;

	bucket(f);
	fixture_ok(f, "s3", "PutBucketVersioning",
	    "{\"Bucket\":\"here\",\"VersioningConfiguration\":{\"Status\":\"Enabled\"}}");
	fixture_ok(f, "s3", "PutBucketLifecycleConfiguration",
	    "{\"Bucket\":\"here\",\"LifecycleConfiguration\":{\"Rules\":[{\"Status\":\"Enabled\","
	    "\"Prefix\":\"\",\"Expiration\":{\"Days\":10},\"NoncurrentVersionExpiration\":{"
	    "\"NoncurrentDays\":2,\"NewerNoncurrentVersions\":1}}]}}");
	for (int i = 0; i < 3; i++)
		put(f, "k", "");
	/* Of three the oldest goes: one noncurrent one is always kept. */
	days_later(f, 3);
	assert_int_equal(count(f, "ListObjectVersions", "Versions"), 2);
	/* The current one expires: a marker in front, and the others when they have been noncurrent. */
	days_later(f, 8);
	assert_int_equal(count(f, "ListObjectsV2", "Contents"), 0);
	assert_int_equal(count(f, "ListObjectVersions", "DeleteMarkers"), 1);
	days_later(f, 3);
	assert_int_equal(count(f, "ListObjectVersions", "Versions"), 1);
	assert_int_equal(n_blobs(f), 1);
}

static void
a_held_version_stays_until_it_is_let_go(void **state)
{
	static const char hold[] =
	    "{\"Bucket\":\"held\",\"Key\":\"k\",\"VersionId\":\"%s\",\"LegalHold\":{"
	    "\"Status\":\"%s\"}}";
	static const char list[] = "{\"Bucket\":\"held\"}";
	struct fixture *f = *state;
	const char *id = NULL;
	const json_t *v;

	fixture_ok(f, "s3", "CreateBucket",
	    "{\"Bucket\":\"held\",\"ObjectLockEnabledForBucket\":true}");
	fixture_ok(f, "s3", "PutBucketLifecycleConfiguration",
	    "{\"Bucket\":\"held\",\"LifecycleConfiguration\":{\"Rules\":[{\"Status\":\"Enabled\","
	    "\"Filter\":{},\"NoncurrentVersionExpiration\":{\"NoncurrentDays\":1}}]}}");
	for (int i = 0; i < 3; i++) {
		fixture_body(f, "text", 4);
		v = fixture_ok(f, "s3", "PutObject",
		    "{\"Bucket\":\"held\",\"Key\":\"k\"}");
		if (i == 0)
			id = fixture_text(v, "VersionId");
	}
	fixture_ok(f, "s3", "PutObjectLegalHold", hold, id, "ON");
	days_later(f, 3);
	v = fixture_ok(f, "s3", "ListObjectVersions", "%s", list);
	assert_int_equal(json_array_size(json_get(v, "Versions")), 2);
	assert_string_equal(fixture_text(v, "Versions.1.VersionId"), id);
	fixture_ok(f, "s3", "PutObjectLegalHold", hold, id, "OFF");
	days_later(f, 1);
	v = fixture_ok(f, "s3", "ListObjectVersions", "%s", list);
	assert_int_equal(json_array_size(json_get(v, "Versions")), 1);
}

static void
attributes_are_those_that_are_asked_for(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	bucket(f);
	put(f, "k", "");
	v = fixture_ok(f, "s3", "GetObjectAttributes",
	    "{\"Bucket\":\"here\",\"Key\":\"k\",\"ObjectAttributes\":[\"ETag\",\"ObjectSize\","
	    "\"StorageClass\",\"ObjectParts\",\"Checksum\"]}");
	assert_string_equal(fixture_text(v, "ObjectSize"), "4");
	assert_string_equal(fixture_text(v, "StorageClass"), "STANDARD");
	assert_null(strchr(fixture_text(v, "ETag"), '"'));
	assert_string_equal(fixture_text(v, "Checksum.ChecksumType"), "FULL_OBJECT");
	assert_null(json_get(v, "ObjectParts"));
	v = fixture_ok(f, "s3", "GetObjectAttributes",
	    "{\"Bucket\":\"here\",\"Key\":\"k\",\"ObjectAttributes\":[\"ETag\"]}");
	assert_null(json_get(v, "ObjectSize"));
	fixture_fails(f, "NoSuchKey", "s3", "GetObjectAttributes",
	    "{\"Bucket\":\"here\",\"Key\":\"none\",\"ObjectAttributes\":[\"ETag\"]}");
}

static struct call *
drop(struct fixture *f, const char *version, const char *more)
{
	return fixture_call_as(f, &f->root, "s3", "DeleteObject",
	    "{\"Bucket\":\"locked\",\"Key\":\"k\",\"VersionId\":\"%s\"%s}", version,
	    more);
}

static const char *
put_locked(struct fixture *f, const char *more)
{
	fixture_body(f, "text", 4);
	return fixture_text(fixture_ok(f, "s3", "PutObject",
				"{\"Bucket\":\"locked\",\"Key\":\"k\"%s}", more),
	    "VersionId");
}

#define VERSION "{\"Bucket\":\"locked\",\"Key\":\"k\",\"VersionId\":\"%s\""

static void
locked_versions_stay(void **state)
{
	struct fixture *f = *state;
	const char *plain, *kept, *held;
	const json_t *v;

	bucket(f);
	fixture_fails(f, "InvalidBucketState", "s3", "PutObjectLockConfiguration",
	    "{\"Bucket\":\"here\",\"ObjectLockConfiguration\":{\"ObjectLockEnabled\":"
	    "\"Enabled\"}}");
	put(f, "k", "");
	fixture_fails(f, "InvalidRequest", "s3", "PutObjectLegalHold",
	    "{\"Bucket\":\"here\",\"Key\":\"k\",\"LegalHold\":{\"Status\":\"ON\"}}");
	fixture_ok(f, "s3", "CreateBucket",
	    "{\"Bucket\":\"locked\",\"ObjectLockEnabledForBucket\":true}");
	fixture_fails(f, "MalformedXML", "s3", "PutObjectLockConfiguration",
	    "{\"Bucket\":\"locked\",\"ObjectLockConfiguration\":{\"ObjectLockEnabled\":"
	    "\"Enabled\",\"Rule\":{\"DefaultRetention\":{\"Mode\":\"GOVERNANCE\"}}}}");
	plain = put_locked(f, "");
	fixture_fails(f, "NoSuchObjectLockConfiguration", "s3", "GetObjectRetention",
	    VERSION "}", plain);
	assert_null(drop(f, plain, "")->err.kind);

	fixture_ok(f, "s3", "PutObjectLockConfiguration",
	    "{\"Bucket\":\"locked\",\"ObjectLockConfiguration\":{\"ObjectLockEnabled\":"
	    "\"Enabled\",\"Rule\":{\"DefaultRetention\":{\"Mode\":\"GOVERNANCE\",\"Days\":2}}}}");
	kept = put_locked(f, "");
	v = fixture_ok(f, "s3", "HeadObject", VERSION "}", kept);
	assert_string_equal(fixture_text(v, "ObjectLockMode"), "GOVERNANCE");
	assert_string_equal(drop(f, kept, "")->err.kind->code, "AccessDenied");
	/* Longer is fine; shorter only for who may. */
	fixture_ok(f, "s3", "PutObjectRetention",
	    VERSION ",\"Retention\":{\"Mode\":\"GOVERNANCE\",\"RetainUntilDate\":%lld}}",
	    kept, (long long)f->now_ms / 1000 + 5 * 86400);
	fixture_fails(f, "AccessDenied", "s3", "PutObjectRetention",
	    VERSION ",\"Retention\":{\"Mode\":\"GOVERNANCE\",\"RetainUntilDate\":%lld}}",
	    kept, (long long)f->now_ms / 1000 + 86400);
	fixture_fails(f, "InvalidArgument", "s3", "PutObjectRetention",
	    VERSION ",\"Retention\":{\"Mode\":\"GOVERNANCE\",\"RetainUntilDate\":1}}",
	    kept);
	assert_null(drop(f, kept, ",\"BypassGovernanceRetention\":true")->err.kind);

	kept = put_locked(f,
	    arena_printf(f->arena,
		",\"ObjectLockMode\":\"COMPLIANCE\",\"ObjectLockRetainUntilDate\":%lld",
		(long long)f->now_ms / 1000 + 86400));
	assert_string_equal(drop(f, kept, ",\"BypassGovernanceRetention\":true")
				->err.kind->code,
	    "AccessDenied");
	/* A marker in front of it is always possible. */
	assert_null(fixture_call_as(f, &f->root, "s3", "DeleteObject",
	    "{\"Bucket\":\"locked\",\"Key\":\"k\"}")
			->err.kind);
	f->now_ms += 2 * DAY_MS;
	assert_null(drop(f, kept, "")->err.kind);

	held = put_locked(f, ",\"ObjectLockLegalHoldStatus\":\"ON\"");
	f->now_ms += 9 * DAY_MS;
	assert_string_equal(drop(f, held, "")->err.kind->code, "AccessDenied");
	v = fixture_ok(f, "s3", "DeleteObjects",
	    "{\"Bucket\":\"locked\",\"Delete\":{\"Objects\":[{\"Key\":\"k\",\"VersionId\":"
	    "\"%s\"}]}}",
	    held);
	assert_string_equal(fixture_text(v, "Errors.0.Code"), "AccessDenied");
	fixture_ok(f, "s3", "PutObjectLegalHold",
	    VERSION ",\"LegalHold\":{\"Status\":\"OFF\"}}", held);
	assert_string_equal(fixture_text(fixture_ok(f, "s3", "GetObjectLegalHold",
					     VERSION "}", held),
				"LegalHold.Status"),
	    "OFF");
	assert_null(drop(f, held, "")->err.kind);
	fixture_fails(f, "InvalidBucketState", "s3", "PutBucketVersioning",
	    "{\"Bucket\":\"locked\",\"VersioningConfiguration\":{\"Status\":\"Suspended\"}}");
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_bucket_is_public_when_it_is_let),
		T(a_default_encryption_is_the_objects),
		T(a_new_bucket_has_what_s3_gives_it),
		T(a_held_version_stays_until_it_is_let_go),
		T(attributes_are_those_that_are_asked_for),
		T(locked_versions_stay),
		T(objects_expire_and_change_their_class),
		T(those_with_an_id_are_listed),
		T(versions_and_markers_go_in_their_time),
		T(what_was_put_is_got_until_it_is_deleted),
		T(wrong_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
