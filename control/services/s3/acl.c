/* ACLs, and the ownership with which they count. */
#include <string.h>

#include "control/services/s3/event.h"
#include "control/services/s3/grants.h"
#include "control/services/s3/s3.h"

static const struct err_kind no_controls = { "OwnershipControlsNotFoundError", 404 };
static const struct err_kind missing_header = { "MissingSecurityHeader", 400 };
static const struct err_kind has_acl = { "InvalidBucketAclWithObjectOwnership", 400 };

static int
not_supported(struct call *c)
{
	return err_set(&c->err, &s3_no_acl, "The bucket does not allow ACLs");
}

static int
answer(struct call *c, const char *owner, const json_t *acl)
{
	out_set(c, "Owner", s3_owner(c->arena, owner));
	out_set(c, "Grants", s3_grants(c->arena, owner, acl));
	return 0;
}

/* The owner has all, and nobody else anything. */
static int
is_owners(struct call *c, const char *owner, const json_t *grants)
{
	const json_t *own = json_own(c->arena, s3_grants(c->arena, owner, NULL));

	return grants == NULL || json_equal(grants, own);
}

/* What the input wants, which says something: 0 or -1. */
static int
read_grants(struct call *c, const json_t *bucket, const char *owner, json_t **ret)
{
	int rc = s3_grants_read(c, owner, json_str_or(bucket, "_owner", ""), ret);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	c->detail =
	    json_own(c->arena, json_make("{s:s}", "MissingHeaderName", "x-amz-acl"));
	return err_set(&c->err, &missing_header,
	    "Your request was missing a required header");
}

/* Buckets */

static int
get_bucket_acl(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:GetBucketAcl", &bucket) < 0)
		return -1;
	return answer(c, json_str_or(bucket, "_owner", ""),
	    s3_acl_counts(bucket) ? json_get(bucket, "_acl") : NULL);
}

static int
put_bucket_acl(struct call *c)
{
	json_t *bucket, *grants;
	const char *owner;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketAcl", &bucket) < 0)
		return -1;
	owner = json_str_or(bucket, "_owner", "");
	if (read_grants(c, bucket, owner, &grants) < 0)
		return -1;
	if (!s3_acl_counts(bucket))
		return in_str(c, "ACL") == NULL && is_owners(c, owner, grants) ?
		    0 :
		    not_supported(c);
	if (s3_grants_check(c, bucket, NULL, grants) < 0)
		return -1;
	json_set(bucket, "_acl", json_incref(grants));
	s3_bucket_put(c, bucket);
	return 0;
}

/* Objects */

/* The version, which is no marker, and where it is: 0 or -1. */
static int
need(struct call *c, const char *action, const char *versioned, json_t **ret_bucket,
    json_t **ret, const char **ret_id)
{
	const char *key = in_str(c, "Key"), *version = in_str(c, "VersionId");

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, NULL, ret_bucket) < 0 ||
	    s3_permit_version(c, *ret_bucket, key, version,
		version != NULL ? versioned : action) < 0 ||
	    s3_find(c, *ret_bucket, key, version, ret, NULL) < 0)
		return -1;
	return s3_find(c, *ret_bucket, key, version, ret, ret_id);
}

static int
get_object_acl(struct call *c)
{
	json_t *bucket, *doc;
	const char *id;

	if (need(c, "s3:GetObjectAcl", "s3:GetObjectVersionAcl", &bucket, &doc, &id) < 0)
		return -1;
	return answer(c, s3_owner_of(bucket, doc),
	    s3_acl_counts(bucket) ? json_get(doc, "_acl") : NULL);
}

static int
put_object_acl(struct call *c)
{
	json_t *bucket, *doc, *grants, *copy;
	const char *id, *owner, *acl = in_str(c, "ACL");

	if (need(c, "s3:PutObjectAcl", "s3:PutObjectVersionAcl", &bucket, &doc, &id) < 0)
		return -1;
	owner = s3_owner_of(bucket, doc);
	if (read_grants(c, bucket, owner, &grants) < 0)
		return -1;
	if (!s3_acl_counts(bucket))
		return (acl == NULL ? is_owners(c, owner, grants) :
				      strcmp(acl, "bucket-owner-full-control") == 0) ?
		    0 :
		    not_supported(c);
	if (s3_grants_check(c, bucket, in_str(c, "Key"), grants) < 0)
		return -1;
	copy = json_own(c->arena, json_copy_deep(doc));
	json_set(copy, "_acl", json_incref(grants));
	s3_put_found(c, bucket, id, copy);
	s3_event(c, bucket, copy, "ObjectAcl:Put");
	return 0;
}

/* OwnershipControls */

static int
put_controls(struct call *c)
{
	const json_t *rules = json_get(in_object(c, "OwnershipControls"), "Rules");
	const char *ownership = json_str(json_array_get(rules, 0), "ObjectOwnership");
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketOwnershipControls",
		&bucket) < 0)
		return -1;
	if (json_array_size(rules) != 1 || ownership == NULL)
		return err_set(&c->err, &s3_malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	if (strcmp(ownership, "BucketOwnerEnforced") == 0 &&
	    !is_owners(c, json_str_or(bucket, "_owner", ""), json_get(bucket, "_acl")))
		return err_set(&c->err, &has_acl,
		    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced "
		    "setting");
	json_set_str(bucket, "ObjectOwnership", ownership);
	s3_bucket_put(c, bucket);
	return 0;
}

static int
get_controls(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:GetBucketOwnershipControls",
		&bucket) < 0)
		return -1;
	if (json_get(bucket, "ObjectOwnership") == NULL) {
		c->detail = json_own(c->arena,
		    json_make("{s:s}", "BucketName", in_str(c, "Bucket")));
		return err_set(&c->err, &no_controls,
		    "The bucket ownership controls were not found");
	}
	out_set(c, "OwnershipControls",
	    json_make("{s:[{s:s}]}", "Rules", "ObjectOwnership",
		json_str(bucket, "ObjectOwnership")));
	return 0;
}

/* Without controls objects are their writers'. */
static int
delete_controls(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketOwnershipControls",
		&bucket) < 0)
		return -1;
	json_del(bucket, "ObjectOwnership");
	s3_bucket_put(c, bucket);
	return 0;
}

static const struct op ops[] = {
	S3("DeleteBucketOwnershipControls", delete_controls, 0,
	    "Let objects be their writers'."),
	S3("GetBucketAcl", get_bucket_acl, OP_READ, "Show whom a bucket's ACL lets in."),
	S3("GetBucketOwnershipControls", get_controls, OP_READ,
	    "Show whose a bucket's objects are."),
	S3("GetObjectAcl", get_object_acl, OP_READ, "Show whom an object's ACL lets in."),
	S3("PutBucketAcl", put_bucket_acl, 0, "Replace a bucket's ACL."),
	S3("PutBucketOwnershipControls", put_controls, 0,
	    "Say whose a bucket's objects are, and whether ACLs count."),
	S3("PutObjectAcl", put_object_acl, 0, "Replace an object's ACL."),
};

const struct family s3_acls = FAMILY(ops, NULL);
