/*
 * Who besides the owner: public access, whose objects are, ACLs.
 *
 * ACLs are disabled (BucketOwnerEnforced), as they are in new buckets of AWS's.  Not emulated: the other kinds of
 * ownership, with which ACLs count; public access blocks of whole accounts.
 */
#include <string.h>

#include "control/iam/public_policy.h"
#include "control/services/s3/s3.h"

static const struct err_kind no_block = { "NoSuchPublicAccessBlockConfiguration", 404 };
static const struct err_kind no_controls = { "OwnershipControlsNotFoundError", 404 };
static const struct err_kind no_policy = { "NoSuchBucketPolicy", 404 };
static const struct err_kind no_acl = { "AccessControlListNotSupported", 400 };
static const struct err_kind unsupported = { "NotImplemented", 501 };

#define BLOCK "PublicAccessBlockConfiguration"

static const char *const settings[] = { "BlockPublicAcls", "IgnorePublicAcls",
	"BlockPublicPolicy", "RestrictPublicBuckets" };

json_t *
s3_block_all(void)
{
	json_t *block = json_new_object();

	for (size_t i = 0; i < COUNT(settings); i++)
		json_set_bool(block, settings[i], 1);
	return block;
}

int
s3_may_be_public(struct call *c, const json_t *bucket, const json_t *policy)
{
	if (!json_bool(json_get(bucket, BLOCK), "BlockPublicPolicy", 0) ||
	    !policy_is_public(policy))
		return 0;
	return err_set(&c->err, &s3_denied,
	    "User: %s is not authorized to perform: s3:PutBucketPolicy on resource: "
	    "\"arn:aws:s3:::%s\" because public policies are blocked by the BlockPublicPolicy "
	    "block public access setting.",
	    c->who.arn, json_str_or(bucket, "Name", ""));
}

int
s3_is_shut(const struct call *c, const json_t *bucket)
{
	return json_bool(json_get(bucket, BLOCK), "RestrictPublicBuckets", 0) &&
	    policy_is_public(json_get(bucket, "_policy")) &&
	    (c->who.kind == PRINCIPAL_NOBODY ||
		strcmp(c->account, json_str_or(bucket, "_owner", "")) != 0);
}

/* What is not there, with the bucket's name. */
static int
absent(struct call *c, const struct err_kind *kind, const char *words)
{
	c->detail =
	    json_own(c->arena, json_make("{s:s}", "BucketName", in_str(c, "Bucket")));
	return err_set(&c->err, kind, "%s", words);
}

/* PublicAccessBlock */

static int
put_block(struct call *c)
{
	const json_t *said = in_object(c, BLOCK);
	json_t *bucket, *block = json_own(c->arena, json_new_object());

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketPublicAccessBlock",
		&bucket) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(settings); i++)
		json_set_bool(block, settings[i], json_bool(said, settings[i], 0));
	json_set(bucket, BLOCK, json_incref(block));
	s3_bucket_put(c, bucket);
	return 0;
}

static int
get_block(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:GetBucketPublicAccessBlock",
		&bucket) < 0)
		return -1;
	if (json_get(bucket, BLOCK) == NULL)
		return absent(c, &no_block,
		    "The public access block configuration was not found");
	out_ref(c, BLOCK, json_get(bucket, BLOCK));
	return 0;
}

static int
delete_block(struct call *c)
{
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketPublicAccessBlock",
		&bucket) < 0)
		return -1;
	json_del(bucket, BLOCK);
	s3_bucket_put(c, bucket);
	return 0;
}

static int
get_policy_status(struct call *c)
{
	json_t *bucket;
	const json_t *policy;

	if (s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:GetBucketPolicyStatus",
		&bucket) < 0)
		return -1;
	policy = json_get(bucket, "_policy");
	if (policy == NULL)
		return absent(c, &no_policy, "The bucket policy does not exist");
	out_set(c, "PolicyStatus",
	    json_make("{s:b}", "IsPublic",
		policy_is_public(policy) &&
		    !json_bool(json_get(bucket, BLOCK), "RestrictPublicBuckets", 0)));
	return 0;
}

/* OwnershipControls */

static int
put_controls(struct call *c)
{
	const json_t *rules = json_get(in_object(c, "OwnershipControls"), "Rules");
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketOwnershipControls",
		&bucket) < 0)
		return -1;
	if (json_array_size(rules) != 1)
		return err_set(&c->err, &s3_malformed,
		    "The XML you provided was not well-formed or did not validate against our "
		    "published schema");
	if (strcmp(json_str_or(json_array_get(rules, 0), "ObjectOwnership", ""),
		"BucketOwnerEnforced") != 0)
		return err_set(&c->err, &unsupported,
		    "Object ownership with ACLs is not implemented.");
	json_set_str(bucket, "ObjectOwnership", "BucketOwnerEnforced");
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
	if (json_get(bucket, "ObjectOwnership") == NULL)
		return absent(c, &no_controls,
		    "The bucket ownership controls were not found");
	out_set(c, "OwnershipControls",
	    json_make("{s:[{s:s}]}", "Rules", "ObjectOwnership",
		json_str(bucket, "ObjectOwnership")));
	return 0;
}

/* ACLs: the owner has everything, and nobody else anything. */

static int
answer_acl(struct call *c, const json_t *bucket)
{
	const char *owner = json_str_or(bucket, "_owner", "");
	json_t *grantee = s3_owner(c->arena, owner);

	json_set_str(grantee, "Type", "CanonicalUser");
	out_set(c, "Owner", s3_owner(c->arena, owner));
	out_set(c, "Grants",
	    json_make("[{s:o, s:s}]", "Grantee", grantee, "Permission", "FULL_CONTROL"));
	return 0;
}

static int
get_bucket_acl(struct call *c)
{
	json_t *bucket;

	return s3_bucket_get(c, in_str(c, "Bucket"), NULL, "s3:GetBucketAcl", &bucket) <
		0 ?
	    -1 :
	    answer_acl(c, bucket);
}

static int
get_object_acl(struct call *c)
{
	const char *key = in_str(c, "Key"), *version = in_str(c, "VersionId");
	json_t *bucket, *doc;

	if (s3_bucket_get(c, in_str(c, "Bucket"), key,
		version != NULL ? "s3:GetObjectVersionAcl" : "s3:GetObjectAcl",
		&bucket) < 0 ||
	    s3_find(c, bucket, key, version, &doc, NULL) < 0)
		return -1;
	return answer_acl(c, bucket);
}

static int
put_acl(struct call *c)
{
	int is_object = strcmp(c->op->name, "PutObjectAcl") == 0;
	const char *key = is_object ? in_str(c, "Key") : NULL;
	json_t *bucket, *doc;

	if (s3_bucket_get(c, in_str(c, "Bucket"), key,
		is_object ? "s3:PutObjectAcl" : "s3:PutBucketAcl", &bucket) < 0 ||
	    (is_object &&
		s3_find(c, bucket, key, in_str(c, "VersionId"), &doc, NULL) < 0))
		return -1;
	return err_set(&c->err, &no_acl, "The bucket does not allow ACLs");
}

static const struct op ops[] = {
	S3("DeletePublicAccessBlock", delete_block, 0, "Let a bucket be public."),
	S3("GetBucketAcl", get_bucket_acl, OP_READ,
	    "Show that a bucket is its owner's alone."),
	S3("GetBucketOwnershipControls", get_controls, OP_READ,
	    "Show whose a bucket's objects are."),
	S3("GetBucketPolicyStatus", get_policy_status, OP_READ,
	    "Show whether a bucket's policy lets anybody in."),
	S3("GetObjectAcl", get_object_acl, OP_READ,
	    "Show that an object is the bucket owner's alone."),
	S3("GetPublicAccessBlock", get_block, OP_READ,
	    "Show what keeps a bucket from being public."),
	S3("PutBucketAcl", put_acl, 0, "Say that the bucket has no ACLs."),
	S3("PutBucketOwnershipControls", put_controls, 0,
	    "Say that objects are the bucket owner's."),
	S3("PutObjectAcl", put_acl, 0, "Say that the bucket's objects have no ACLs."),
	S3("PutPublicAccessBlock", put_block, 0, "Keep a bucket from being public."),
};

const struct family s3_public_access = FAMILY(ops, NULL);
