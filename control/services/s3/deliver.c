#include "control/services/s3/deliver.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "control/api/dispatch.h"
#include "control/iam/policy.h"
#include "control/services/s3/s3.h"

#define OWNER_ACL "bucket-owner-full-control"

static json_t *
keys_of(struct arena *a, const struct s3_delivery *d)
{
	return json_own(a,
	    json_make("{s:s, s:s, s:s}", "aws:SourceAccount", d->account, "aws:SourceArn",
		d->source, "s3:x-amz-acl", OWNER_ACL));
}

static void
set_who(struct principal *who, struct arena *a, const struct s3_delivery *d)
{
	const char *account = arena_strdup(a, d->account); /* it may be *who's */

	*who = (struct principal){ .kind = PRINCIPAL_SERVICE,
		.arn = d->service,
		.user_id = arena_strdup(a, d->service),
		.name = d->service };
	snprintf(who->account, sizeof(who->account), "%s", account);
}

/* The bytes as a body that came: 0 or -1. */
static int
make_body(struct env *env, struct arena *a, const void *bytes, size_t n,
    struct call_body *ret, struct err *err)
{
	struct checksum *md5 = checksum_new(a, CHECKSUM_MD5),
			*crc = checksum_new(a, CHECKSUM_CRC64NVME);
	unsigned char digest[CHECKSUM_MAX];
	char *hex = arena_alloc(a, 2 * CHECKSUM_MAX + 1);
	struct blob_writer *w = blob_create(env->blobs, err);

	if (w == NULL)
		return -1;
	if (blob_write(w, bytes, n, err) < 0) {
		blob_abandon(w);
		return -1;
	}
	*ret = (struct call_body){ .size = (int64_t)n, .kind = CHECKSUM_CRC64NVME };
	if (blob_finish(w, a, &ret->blob, err) < 0)
		return -1;
	checksum_add(md5, bytes, n);
	checksum_add(crc, bytes, n);
	hex_encode(digest, checksum_end(md5, digest), hex);
	ret->md5 = hex;
	ret->checksum = checksum_end_text(a, crc);
	return 0;
}

int
s3_deliver(struct env *env, struct arena *a, const struct s3_delivery *d,
    const void *bytes, size_t n, struct err *err)
{
	struct call_body *body = arena_alloc(a, sizeof(*body));
	struct call c = {
		.env = env,
		.arena = a,
		.region = d->region,
		.source_ip = "127.0.0.1",
		.is_tls = 1,
		.is_service = 1,
		.keys = keys_of(a, d),
		.body = body,
	};

	set_who(&c.who, a, d);
	c.in = json_own(a,
	    json_make("{s:s, s:s, s:s, s:s}", "Bucket", d->bucket, "Key", d->key, "ACL",
		OWNER_ACL, "ContentType", "application/octet-stream"));
	if (make_body(env, a, bytes, n, body, err) < 0)
		return -1;
	if (dispatch_run(&c, "s3", "PutObject") < 0) {
		*err = c.err;
		return -1;
	}
	return 0;
}

/* Admission */

static int
is_let(struct call *c, const struct s3_delivery *d, const json_t *bucket,
    const char *root)
{
	struct principal was = c->who;
	const json_t *keys = c->keys;
	const struct auth_question q = {
		.action = "s3:PutObject",
		.resource =
		    arena_printf(c->arena, "arn:aws:s3:::%s/%sx", d->bucket, root),
		.resource_policy = json_get(bucket, "_policy"),
		.owner = json_str(bucket, "_owner"),
	};
	int rc;

	c->keys = keys_of(c->arena, d);
	set_who(&c->who, c->arena, d);
	rc = call_ask(c, &q);
	c->who = was;
	c->keys = keys;
	c->err.kind = NULL;
	return rc == 0;
}

static json_t *
statement(const struct s3_delivery *d, const char *sid, const char *action,
    char *resource)
{
	json_t *s = json_make("{s:s, s:s, s:{s:s}, s:s, s:s, s:{s:{s:s}, s:{s:o}}}",
	    "Sid", sid, "Effect", "Allow", "Principal", "Service", d->service, "Action",
	    action, "Resource", resource, "Condition", "StringEquals",
	    "aws:SourceAccount", d->account, "ArnLike", "aws:SourceArn",
	    json_new_fmt("arn:aws:logs:%s:%s:*", d->region, d->account));

	if (strcmp(action, "s3:PutObject") == 0)
		json_set_str(json_get(json_get(s, "Condition"), "StringEquals"),
		    "s3:x-amz-acl", OWNER_ACL);
	return s;
}

/* The policy that the bucket has, with ours in it. */
static json_t *
amended(struct call *c, const struct s3_delivery *d, const json_t *bucket,
    const char *root)
{
	const json_t *old = json_get(bucket, "_policy"),
		     *list = json_get(old, "Statement");
	json_t *policy = json_own(c->arena,
	    json_make("{s:s, s:s, s:[]}", "Version", "2012-10-17", "Id",
		"AWSLogDeliveryWrite20150319", "Statement"));
	json_t *all = json_get(policy, "Statement"), *s;
	size_t i;

	if (json_str(old, "Version") != NULL)
		json_set_str(policy, "Version", json_str(old, "Version"));
	if (json_str(old, "Id") != NULL)
		json_set_str(policy, "Id", json_str(old, "Id"));
	if (json_is_object(list))
		json_add(all, json_copy_deep(list));
	json_array_foreach(list, i, s)
		json_add(all, json_copy_deep(s));
	json_add(all,
	    statement(d, arena_printf(c->arena, "AWSLogDeliveryWrite%zu", i + 1),
		"s3:PutObject",
		arena_printf(c->arena, "arn:aws:s3:::%s/%s*", d->bucket, root)));
	json_add(all,
	    statement(d, arena_printf(c->arena, "AWSLogDeliveryAclCheck%zu", i + 1),
		"s3:GetBucketAcl", arena_printf(c->arena, "arn:aws:s3:::%s", d->bucket)));
	return policy;
}

int
s3_delivery_admit(struct call *c, const struct s3_delivery *d, const char *root)
{
	json_t *bucket, *policy;
	struct err why;
	const char *text;

	if (s3_bucket_edit(c, d->bucket, NULL, &bucket) < 0)
		return c->err.kind == &s3_no_bucket ? 0 : -1;
	c->detail = NULL;
	if (is_let(c, d, bucket, root))
		return 1;
	if (strcmp(json_str_or(bucket, "_owner", ""), c->account) != 0 ||
	    s3_permit(c, bucket, NULL, "s3:GetBucketPolicy") < 0 ||
	    s3_permit(c, bucket, NULL, "s3:PutBucketPolicy") < 0)
		return 0;
	text = json_text(c->arena, amended(c, d, bucket, root));
	if (policy_parse(c->arena, text, POLICY_RESOURCE, &policy, &why) < 0)
		return err_set(&c->err, &err_internal, "%s", why.msg);
	json_set_str(bucket, "Policy", text);
	json_set(bucket, "_policy", json_incref(policy));
	if (!is_let(c, d, bucket, root))
		return 0;
	s3_bucket_put(c, bucket);
	return 1;
}
