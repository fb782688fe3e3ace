/* A bucket's versioning and policy. */
#include <string.h>

#include "control/iam/policy.h"
#include "control/services/s3/s3.h"

static const struct err_kind no_policy = { "NoSuchBucketPolicy", 404 };
static const struct err_kind malformed_policy = { "MalformedPolicy", 400 };
static const struct err_kind bad_state = { "InvalidBucketState", 409 };
static const struct err_kind unsupported = { "NotImplemented", 501 };

enum { MAX_POLICY = 20480 };

/* Versioning */

static int
put_versioning(struct call *c)
{
	const json_t *in = in_object(c, "VersioningConfiguration");
	const char *status = json_str(in, "Status"), *mfa = json_str(in, "MFADelete");
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketVersioning", &bucket) < 0)
		return -1;
	if (mfa != NULL && strcmp(mfa, "Enabled") == 0)
		return err_set(&c->err, &unsupported, "MFA Delete is not implemented.");
	if (status == NULL)
		return err_set(&c->err, &s3_malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	if (strcmp(status, "Suspended") == 0 &&
	    json_get(bucket, "ObjectLockConfiguration") != NULL)
		return err_set(&c->err, &bad_state,
		    "An Object Lock configuration is present on this bucket, so the versioning "
		    "state cannot be changed.");
	if (strcmp(status, "Suspended") == 0 &&
	    json_get(bucket, "ReplicationConfiguration") != NULL)
		return err_set(&c->err, &bad_state,
		    "A replication configuration is present on this bucket, so you cannot "
		    "change the versioning state. To change the versioning state, first delete "
		    "the replication configuration.");
	json_set(bucket, "VersioningConfiguration", json_make("{s:s}", "Status", status));
	s3_bucket_put(c, bucket);
	return 0;
}

static int
get_versioning(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:GetBucketVersioning",
		&bucket) < 0)
		return -1;
	out_str(c, "Status",
	    json_str(json_get(bucket, "VersioningConfiguration"), "Status"));
	return 0;
}

/* Policy */

/* "arn:aws:s3:::NAME" or a part of it. */
static int
is_of(const char *resource, const char *name)
{
	static const char head[] = "arn:aws:s3:::";
	size_t n = strlen(name);

	if (strncmp(resource, head, sizeof(head) - 1) != 0)
		return 0;
	resource += sizeof(head) - 1;
	return strncmp(resource, name, n) == 0 &&
	    (resource[n] == '\0' || resource[n] == '/');
}

static int
all_of(const json_t *v, const char *name)
{
	const json_t *e;
	size_t i;

	if (json_is_string(v))
		return is_of(json_string_value(v), name);
	json_array_foreach(v, i, e) {
		if (!is_of(json_string_value(e), name))
			return 0;
	}
	return 1;
}

static int
check_resources(struct call *c, const json_t *policy)
{
	const json_t *statements = json_get(policy, "Statement"), *s;
	const char *name = in_str(c, "Bucket");
	int good = 1;
	size_t i;

	if (json_is_object(statements))
		good = all_of(json_get(statements, "Resource"), name) &&
		    all_of(json_get(statements, "NotResource"), name);
	json_array_foreach(statements, i, s) {
		good &= all_of(json_get(s, "Resource"), name) &&
		    all_of(json_get(s, "NotResource"), name);
	}
	return good ? 0 :
		      err_set(&c->err, &malformed_policy, "Policy has invalid resource");
}

static int
put_policy(struct call *c)
{
	const char *text = in_str(c, "Policy");
	json_t *bucket, *policy;
	struct err why;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketPolicy", &bucket) < 0)
		return -1;
	if (strlen(text) > MAX_POLICY)
		return err_set(&c->err, &malformed_policy,
		    "Policies must be less than 20480 bytes");
	if (policy_parse(c->arena, text, POLICY_RESOURCE, &policy, &why) < 0)
		return err_set(&c->err, &malformed_policy, "%s", why.msg);
	if (check_resources(c, policy) < 0 || s3_may_be_public(c, bucket, policy) < 0)
		return -1;
	json_set_str(bucket, "Policy", text);
	json_set(bucket, "_policy", json_incref(policy));
	s3_bucket_put(c, bucket);
	return 0;
}

static int
get_policy(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:GetBucketPolicy", &bucket) <
	    0)
		return -1;
	if (json_get(bucket, "Policy") == NULL) {
		c->detail = json_own(c->arena,
		    json_make("{s:s}", "BucketName", in_str(c, "Bucket")));
		return err_set(&c->err, &no_policy, "The bucket policy does not exist");
	}
	out_ref(c, "Policy", json_get(bucket, "Policy"));
	return 0;
}

static int
delete_policy(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:DeleteBucketPolicy", &bucket) < 0)
		return -1;
	json_del(bucket, "Policy");
	json_del(bucket, "_policy");
	s3_bucket_put(c, bucket);
	return 0;
}

static const struct op ops[] = {
	S3("DeleteBucketPolicy", delete_policy, 0, "Remove a bucket's policy."),
	S3("GetBucketPolicy", get_policy, OP_READ, "Show a bucket's policy."),
	S3("GetBucketVersioning", get_versioning, OP_READ,
	    "Show whether a bucket keeps versions."),
	S3("PutBucketPolicy", put_policy, 0, "Say who may what with a bucket."),
	S3("PutBucketVersioning", put_versioning, 0, "Keep versions, or no longer."),
};

const struct family s3_configurations = FAMILY(ops, NULL);
