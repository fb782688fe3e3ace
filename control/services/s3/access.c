/* Who may: by policies, ACLs, access points. */
#include <string.h>

#include "base/enc.h"
#include "control/services/s3/access_point.h"
#include "control/services/s3/condition_keys.h"
#include "control/services/s3/grants.h"
#include "control/services/s3/s3.h"

/* "Access control list overview" of the user's guide: who is not known. */
#define ANONYMOUS_ID "65a011a29cdf8ec533ec3d1ccaae921c"

static const char *
canonical(struct arena *a, const char *account)
{
	char hex[65];
	char *text = arena_printf(a, "canonical:%s", account);

	if (strcmp(account, S3_ANONYMOUS) == 0)
		return ANONYMOUS_ID;
	sha256_hex(text, strlen(text), hex);
	return arena_strdup(a, hex);
}

json_t *
s3_owner(struct arena *a, const char *account)
{
	return json_make("{s:s}", "ID", canonical(a, account));
}

const char *
s3_scope(struct call *c, const json_t *bucket)
{
	return arena_printf(c->arena, "%s:-", json_str_or(bucket, "_owner", ""));
}

/* Others say that they pay. */
static int
check_payer(struct call *c, const json_t *bucket)
{
	const json_t *said = json_get(bucket, "RequestPaymentConfiguration");

	if (strcmp(json_str_or(said, "Payer", ""), "Requester") != 0 ||
	    (c->who.kind != PRINCIPAL_NOBODY &&
		(strcmp(c->account, json_str_or(bucket, "_owner", "")) == 0 ||
		    json_get(c->in, "RequestPayer") != NULL)))
		return 0;
	return err_set(&c->err, &s3_denied, "Access Denied");
}

/* The access point by which the bucket is asked: 1, 0 it is asked by its name, -1. */
static int
find_point(struct call *c, const json_t *bucket, json_t **ret)
{
	const char *said = json_str(c->in, "Bucket"),
		   *name = json_str_or(bucket, "Name", "");
	int rc;

	if (said == NULL || strcmp(said, name) == 0)
		return 0;
	rc = s3_access_point_find(c, said, ret);
	return rc > 0 ? strcmp(json_str_or(*ret, "Bucket", ""), name) == 0 : rc;
}

/* Who asks by an access point needs its leave, too. */
static int
ask_all(struct call *c, const json_t *bucket, const char *key, struct auth_question *q,
    json_t *keys)
{
	json_t *point;
	int rc = find_point(c, bucket, &point);

	if (rc > 0) {
		s3_access_point_keys(point, keys);
		rc = s3_access_point_permit(c, point, key, q->action, keys);
	}
	q->context = keys;
	return rc < 0 ? -1 : call_ask(c, q);
}

/* Of what is the bucket's, and of its own (is_own), which the bucket's ACL has no part in. */
static int
permit(struct call *c, const json_t *bucket, const char *key, const char *version,
    int is_own, struct auth_question *q)
{
	json_t *keys;
	const char *owner = json_str_or(bucket, "_owner", ""), *action = q->action;

	q->resource_policy = json_get(bucket, "_policy");
	q->owner = is_own ? c->account : owner;
	/* A policy that shuts everybody out can still be taken away by the owner's root. */
	if ((c->who.kind == PRINCIPAL_ROOT && strstr(action, "BucketPolicy") != NULL &&
		strcmp(c->account, owner) == 0) ||
	    s3_is_shut(c, bucket))
		q->resource_policy = NULL;
	q->resource =
	    arena_printf(c->arena, "arn:aws:s3:::%s%s%s", json_str_or(bucket, "Name", ""),
		key != NULL ? "/" : "", key != NULL ? key : "");
	if (check_payer(c, bucket) < 0 ||
	    (!is_own && s3_grants_ask(c, bucket, key, version, q) < 0) ||
	    s3_condition_keys(c, bucket, key, version, action, &keys) < 0)
		return -1;
	return ask_all(c, bucket, key, q, keys);
}

int
s3_permit(struct call *c, const json_t *bucket, const char *key, const char *action)
{
	return s3_permit_version(c, bucket, key, NULL, action);
}

int
s3_permit_version(struct call *c, const json_t *bucket, const char *key,
    const char *version, const char *action)
{
	struct auth_question q = { .action = action };

	return permit(c, bucket, key, version, 0, &q);
}

int
s3_permit_own(struct call *c, const json_t *bucket, const char *key, const char *action)
{
	struct auth_question q = { .action = action };

	q.is_granted =
	    c->who.kind == PRINCIPAL_NOBODY || c->who.kind == PRINCIPAL_SERVICE;
	return permit(c, bucket, key, NULL, 1, &q);
}
