/* S3: replication: what configurations are taken, and replicas as they are made. */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#include "control/plane/reconcile.h"

#define ROLE "arn:aws:iam::000000000000:role/copier"
#define RULE(more)                                                           \
	"{\"ID\":\"r\",\"Status\":\"Enabled\",\"Priority\":1,\"Filter\":{}," \
	"\"DeleteMarkerReplication\":{\"Status\":\"Enabled\"},"              \
	"\"Destination\":{\"Bucket\":\"arn:aws:s3:::there\"" more "}}"
#define PUT(rules)                                                            \
	"{\"Bucket\":\"here\",\"ReplicationConfiguration\":{\"Role\":\"" ROLE \
	"\",\"Rules\":[" rules "]}}"

static void
versioned(struct fixture *f, const char *name)
{
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"%s\"}", name);
	fixture_ok(f, "s3", "PutBucketVersioning",
	    "{\"Bucket\":\"%s\",\"VersioningConfiguration\":{\"Status\":\"Enabled\"}}",
	    name);
}

static void
role(struct fixture *f, const char *actions)
{
	fixture_ok(f, "iam", "CreateRole",
	    "{\"RoleName\":\"copier\",\"AssumeRolePolicyDocument\":\"{\\\"Version\\\":"
	    "\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\","
	    "\\\"Principal\\\":{\\\"Service\\\":\\\"s3.amazonaws.com\\\"},\\\"Action\\\":"
	    "\\\"sts:AssumeRole\\\"}}\"}");
	fixture_ok(f, "iam", "PutRolePolicy",
	    "{\"RoleName\":\"copier\",\"PolicyName\":\"p\",\"PolicyDocument\":"
	    "\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":"
	    "\\\"Allow\\\",\\\"Action\\\":[%s],\\\"Resource\\\":\\\"*\\\"}}\"}",
	    actions);
}

#define ALL "\\\"s3:GetObjectVersion*\\\",\\\"s3:Replicate*\\\""

static void
both(struct fixture *f)
{
	versioned(f, "here");
	versioned(f, "there");
}

static const char *
put(struct fixture *f, const char *key, const char *text, const char *more)
{
	fixture_body(f, text, strlen(text));
	f->now_ms += 1000;
	return fixture_text(fixture_ok(f, "s3", "PutObject",
				"{\"Bucket\":\"here\",\"Key\":\"%s\"%s}", key, more),
	    "VersionId");
}

static const json_t *
head(struct fixture *f, const char *bucket, const char *key)
{
	return fixture_ok(f, "s3", "HeadObject", "{\"Bucket\":\"%s\",\"Key\":\"%s\"}",
	    bucket, key);
}

static void
versions_are_replicated_as_they_are(void **state)
{
	struct fixture *f = *state;
	const char *version;
	const json_t *v;

	both(f);
	role(f, ALL);
	put(f, "old", "before", "");
	fixture_ok(f, "s3", "PutBucketReplication",
	    PUT(RULE(",\"StorageClass\":\"STANDARD_IA\"")));
	version = put(f, "k", "bytes",
	    ",\"Metadata\":{\"a\":\"b\"},\"Tagging\":\"x=y\",\"ContentType\":\"text/plain\"");
	assert_string_equal(fixture_text(head(f, "here", "k"), "ReplicationStatus"),
	    "PENDING");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(fixture_text(head(f, "here", "k"), "ReplicationStatus"),
	    "COMPLETED");
	v = head(f, "there", "k");
	assert_string_equal(fixture_text(v, "ReplicationStatus"), "REPLICA");
	assert_string_equal(fixture_text(v, "VersionId"), version);
	assert_string_equal(fixture_text(v, "Metadata.a"), "b");
	assert_string_equal(fixture_text(v, "StorageClass"), "STANDARD_IA");
	assert_string_equal(fixture_text(v, "ContentType"), "text/plain");
	fixture_fails(f, "NoSuchKey", "s3", "GetObject",
	    "{\"Bucket\":\"there\",\"Key\":\"old\"}");
	/* Tags follow, markers too; versions that go do not. */
	fixture_ok(f, "s3", "PutObjectTagging",
	    "{\"Bucket\":\"here\",\"Key\":\"k\",\"Tagging\":{\"TagSet\":"
	    "[{\"Key\":\"new\",\"Value\":\"v\"}]}}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	v = fixture_ok(f, "s3", "GetObjectTagging",
	    "{\"Bucket\":\"there\",\"Key\":\"k\"}");
	assert_string_equal(fixture_text(v, "TagSet.0.Key"), "new");
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\":\"here\",\"Key\":\"k\"}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	fixture_fails(f, "NoSuchKey", "s3", "GetObject",
	    "{\"Bucket\":\"there\",\"Key\":\"k\"}");
	fixture_ok(f, "s3", "DeleteObject",
	    "{\"Bucket\":\"here\",\"Key\":\"k\",\"VersionId\":\"%s\"}", version);
	assert_int_equal(reconcile_pass(&f->env), 0);
	v = fixture_ok(f, "s3", "ListObjectVersions", "{\"Bucket\":\"there\"}");
	assert_int_equal(json_array_size(json_get(v, "Versions")), 1);
	assert_int_equal(json_array_size(json_get(v, "DeleteMarkers")), 1);
}

static void
a_role_that_may_not_fails(void **state)
{
	struct fixture *f = *state;

	both(f);
	role(f, "\\\"s3:GetObjectVersion*\\\"");
	fixture_ok(f, "s3", "PutBucketReplication", PUT(RULE("")));
	put(f, "k", "x", "");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(fixture_text(head(f, "here", "k"), "ReplicationStatus"),
	    "FAILED");
	fixture_fails(f, "NoSuchKey", "s3", "GetObject",
	    "{\"Bucket\":\"there\",\"Key\":\"k\"}");
	/* Another try may succeed: a new version. */
	fixture_ok(f, "iam", "DeleteRolePolicy",
	    "{\"RoleName\":\"copier\",\"PolicyName\":\"p\"}");
	fixture_ok(f, "iam", "DeleteRole", "{\"RoleName\":\"copier\"}");
	role(f, ALL);
	put(f, "k", "y", "");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(fixture_text(head(f, "there", "k"), "ReplicationStatus"),
	    "REPLICA");
}

static void
filters_and_priorities_choose(void **state)
{
	struct fixture *f = *state;

	both(f);
	versioned(f, "third");
	role(f, ALL);
	fixture_ok(f, "s3", "PutBucketReplication",
	    PUT("{\"ID\":\"low\",\"Status\":\"Enabled\",\"Priority\":1,\"Filter\":{"
		"\"Prefix\":\"a/\"},\"DeleteMarkerReplication\":{\"Status\":\"Disabled\"},"
		"\"Destination\":{\"Bucket\":\"arn:aws:s3:::there\"}},"
		"{\"ID\":\"high\",\"Status\":\"Enabled\",\"Priority\":2,\"Filter\":{"
		"\"Prefix\":\"a/b/\"},\"DeleteMarkerReplication\":{\"Status\":\"Disabled\"},"
		"\"Destination\":{\"Bucket\":\"arn:aws:s3:::there\","
		"\"StorageClass\":\"ONEZONE_IA\"}},"
		"{\"ID\":\"tag\",\"Status\":\"Enabled\",\"Priority\":3,\"Filter\":{\"Tag\":{"
		"\"Key\":\"t\",\"Value\":\"1\"}},\"DeleteMarkerReplication\":{\"Status\":"
		"\"Disabled\"},\"Destination\":{\"Bucket\":\"arn:aws:s3:::third\"}}"));
	put(f, "none", "x", "");
	put(f, "a/1", "x", "");
	put(f, "a/b/2", "x", ",\"Tagging\":\"t=1\"");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_null(fixture_text(head(f, "here", "none"), "ReplicationStatus"));
	assert_null(fixture_text(head(f, "there", "a/1"), "StorageClass"));
	assert_string_equal(fixture_text(head(f, "there", "a/b/2"), "StorageClass"),
	    "ONEZONE_IA");
	head(f, "third", "a/b/2");
	fixture_fails(f, "NoSuchKey", "s3", "GetObject",
	    "{\"Bucket\":\"third\",\"Key\":\"a/1\"}");
	/* Markers are not wanted here. */
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\":\"here\",\"Key\":\"a/1\"}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	head(f, "there", "a/1");
	fixture_ok(f, "s3", "DeleteBucketReplication", "{\"Bucket\":\"here\"}");
	fixture_fails(f, "ReplicationConfigurationNotFoundError", "s3",
	    "GetBucketReplication", "{\"Bucket\":\"here\"}");
	put(f, "a/3", "x", "");
	assert_null(fixture_text(head(f, "here", "a/3"), "ReplicationStatus"));
}

static void
wrong_configurations_are_refused(void **state)
{
#define V1(more) "{\"Status\":\"Enabled\",\"Prefix\":\"\"," more "}"
#define TO(name) "\"Destination\":{\"Bucket\":\"arn:aws:s3:::" name "\"}"
	static const struct {
		const char *code, *in;
	} bad[] = {
		{ "MalformedXML", PUT("") },
		{ "MalformedXML", PUT("{\"Status\":\"Enabled\"," TO("there") "}") },
		{ "InvalidRequest", PUT(V1(TO("none"))) },
		{ "InvalidRequest", PUT(V1(TO("here"))) },
		{ "InvalidRequest", PUT(V1(TO("plain"))) },
		{ "InvalidArgument", PUT(RULE("") "," RULE("")) },
		{ "InvalidRequest",
		    PUT("{\"Status\":\"Enabled\",\"Filter\":{}," TO("there") "}") },
		{ "InvalidRequest",
		    PUT(V1(TO(
			"there") ",\"DeleteMarkerReplication\":{\"Status\":\"Enabled\"}")) },
		{ "InvalidRequest",
		    PUT(RULE(
			",\"AccessControlTranslation\":{\"Owner\":\"Destination\"}")) },
		{ "InvalidRequest",
		    PUT(RULE(
			",\"EncryptionConfiguration\":{\"ReplicaKmsKeyID\":\"k\"}")) },
	};
	struct fixture *f = *state;

	versioned(f, "there");
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"plain\"}");
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
	role(f, ALL);
	fixture_fails(f, "InvalidRequest", "s3", "PutBucketReplication",
	    PUT(V1(TO("there"))));
	fixture_ok(f, "s3", "PutBucketVersioning",
	    "{\"Bucket\":\"here\",\"VersioningConfiguration\":{\"Status\":\"Enabled\"}}");
	for (size_t i = 0; i < COUNT(bad); i++)
		fixture_fails(f, bad[i].code, "s3", "PutBucketReplication", "%s",
		    bad[i].in);
	fixture_ok(f, "s3", "PutBucketReplication", PUT(V1(TO("there"))));
	fixture_fails(f, "InvalidBucketState", "s3", "PutBucketVersioning",
	    "{\"Bucket\":\"here\",\"VersioningConfiguration\":{\"Status\":\"Suspended\"}}");
}

static void
other_accounts_must_let_it_in(void **state)
{
	struct fixture *f = *state;
	struct principal other = f->root;
	struct call *c;

	snprintf(other.account, sizeof(other.account), "111111111111");
	other.arn = "arn:aws:iam::111111111111:root";
	versioned(f, "here");
	role(f, ALL);
	c = fixture_call_as(f, &other, "s3", "CreateBucket", "{\"Bucket\":\"there\"}");
	assert_null(c->err.kind);
	c = fixture_call_as(f, &other, "s3", "PutBucketVersioning",
	    "{\"Bucket\":\"there\",\"VersioningConfiguration\":{\"Status\":\"Enabled\"}}");
	assert_null(c->err.kind);
	fixture_ok(f, "s3", "PutBucketReplication",
	    PUT(RULE(",\"Account\":\"111111111111\"")));
	put(f, "k", "x", "");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(fixture_text(head(f, "here", "k"), "ReplicationStatus"),
	    "FAILED");
	c = fixture_call_as(f, &other, "s3", "PutBucketPolicy",
	    "{\"Bucket\":\"there\",\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\","
	    "\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":{"
	    "\\\"AWS\\\":\\\"" ROLE "\\\"},\\\"Action\\\":\\\"s3:Replicate*\\\","
	    "\\\"Resource\\\":\\\"arn:aws:s3:::there/*\\\"}}\"}");
	assert_null(c->err.kind);
	put(f, "k", "y", "");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(fixture_text(head(f, "here", "k"), "ReplicationStatus"),
	    "COMPLETED");
	c = fixture_call_as(f, &other, "s3", "HeadObject",
	    "{\"Bucket\":\"there\",\"Key\":\"k\"}");
	assert_null(c->err.kind);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
		T(versions_are_replicated_as_they_are),
		T(a_role_that_may_not_fails),
		T(filters_and_priorities_choose),
		T(wrong_configurations_are_refused),
		T(other_accounts_must_let_it_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
