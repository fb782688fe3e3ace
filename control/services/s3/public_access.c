/*
 * What keeps a bucket from being public: its own block, and its account's (control/services/s3control).
 */
#include <string.h>

#include "control/iam/public_policy.h"
#include "control/services/s3/s3.h"

static const struct err_kind no_block = { "NoSuchPublicAccessBlockConfiguration", 404 };
static const struct err_kind no_policy = { "NoSuchBucketPolicy", 404 };

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

json_t *
s3_block_of(const json_t *said)
{
	json_t *block = json_new_object();

	for (size_t i = 0; i < COUNT(settings); i++)
		json_set_bool(block, settings[i], json_bool(said, settings[i], 0));
	return block;
}

int
s3_blocks(struct call *c, const json_t *bucket, const char *setting)
{
	struct err err;
	json_t *account;

	if (json_bool(json_get(bucket, BLOCK), setting, 0))
		return 1;
	return store_get(c->txn, s3_scope(c, bucket), S3_ACCOUNT, "block", &account,
		   &err) > 0 &&
	    json_bool(json_get(account, BLOCK), setting, 0);
}

int
s3_may_be_public(struct call *c, const json_t *bucket, const json_t *policy)
{
	if (!policy_is_public(policy) || !s3_blocks(c, bucket, "BlockPublicPolicy"))
		return 0;
	return err_set(&c->err, &s3_denied,
	    "User: %s is not authorized to perform: s3:PutBucketPolicy on resource: "
	    "\"arn:aws:s3:::%s\" because public policies are blocked by the BlockPublicPolicy "
	    "block public access setting.",
	    c->who.arn, json_str_or(bucket, "Name", ""));
}

int
s3_is_shut(struct call *c, const json_t *bucket)
{
	return policy_is_public(json_get(bucket, "_policy")) &&
	    (c->who.kind == PRINCIPAL_NOBODY ||
		strcmp(c->account, json_str_or(bucket, "_owner", "")) != 0) &&
	    s3_blocks(c, bucket, "RestrictPublicBuckets");
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
	json_t *bucket;

	if (s3_bucket_edit(c, in_str(c, "Bucket"), "s3:PutBucketPublicAccessBlock",
		&bucket) < 0)
		return -1;
	json_set(bucket, BLOCK, s3_block_of(said));
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
		    !s3_blocks(c, bucket, "RestrictPublicBuckets")));
	return 0;
}

static const struct op ops[] = {
	S3("DeletePublicAccessBlock", delete_block, 0, "Let a bucket be public."),
	S3("GetBucketPolicyStatus", get_policy_status, OP_READ,
	    "Show whether a bucket's policy lets anybody in."),
	S3("GetPublicAccessBlock", get_block, OP_READ,
	    "Show what keeps a bucket from being public."),
	S3("PutPublicAccessBlock", put_block, 0, "Keep a bucket from being public."),
};

const struct family s3_public_access = FAMILY(ops, NULL);
