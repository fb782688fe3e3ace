#include "control/services/s3/access_point.h"

#include <string.h>

#include "control/iam/public_policy.h"
#include "control/services/s3/s3.h"

static const struct err_kind no_method = { "MethodNotAllowed", 405 };

enum { ACCOUNT_LEN = 12, SUFFIX_LEN = ACCOUNT_LEN + 1 };

#define ALIAS "-s3alias"

static int
get(struct call *c, const char *account, const char *region, const char *name,
    json_t **ret)
{
	return store_get(c->txn, arena_printf(c->arena, "%s:%s", account, region),
	    S3_ACCESS_POINT, name, ret, &c->err);
}

static int
by_alias(struct call *c, const char *alias, json_t **ret)
{
	json_t *entry;
	int rc = store_get(c->txn, STORE_SYSTEM, S3_ACCESS_POINT_ALIAS, alias, &entry,
	    &c->err);

	if (rc > 0)
		rc = get(c, json_str_or(entry, "account", ""),
		    json_str_or(entry, "region", ""), json_str_or(entry, "name", ""),
		    ret);
	/* An account that was reset takes its access points with it. */
	return rc > 0 && strcmp(json_str_or(*ret, "Alias", ""), alias) != 0 ? 0 : rc;
}

/* arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME */
static int
by_arn(struct call *c, const char *arn, json_t **ret)
{
	char *at = arena_strdup(c->arena, arn + strlen("arn:aws:s3:")), *region, *account;

	region = strsep(&at, ":");
	account = strsep(&at, ":");
	if (at == NULL || strncmp(at, "accesspoint", 11) != 0 || at[11] == '\0')
		return 0;
	return get(c, account, region, at + 12, ret);
}

int
s3_access_point_find(struct call *c, const char *said, json_t **ret)
{
	size_t n = strlen(said), k = strlen(ALIAS);

	if (strncmp(said, "arn:aws:s3:", 11) == 0)
		return by_arn(c, said, ret);
	if (n > k && strcmp(said + n - k, ALIAS) == 0)
		return by_alias(c, said, ret);
	if (n <= SUFFIX_LEN || said[n - SUFFIX_LEN] != '-' ||
	    strspn(said + n - ACCOUNT_LEN, "0123456789") != ACCOUNT_LEN)
		return 0;
	return get(c, said + n - ACCOUNT_LEN, c->region,
	    arena_strndup(c->arena, said, n - SUFFIX_LEN), ret);
}

void
s3_access_point_keys(const json_t *point, json_t *keys)
{
	const char *arn = json_str_or(point, "AccessPointArn", "");

	json_set_str(keys, "s3:DataAccessPointArn", arn);
	json_set_str(keys, "s3:DataAccessPointAccount", json_str(point, "_account"));
	json_set_str(keys, "s3:AccessPointNetworkOrigin", "Internet");
}

int
s3_access_point_permit(struct call *c, const json_t *point, const char *key,
    const char *action, const json_t *context)
{
	const json_t *policy = json_get(point, "_policy"),
		     *block = json_get(point, "PublicAccessBlockConfiguration");
	struct auth_question q = { .action = action,
		.context = context,
		.resource_policy = policy,
		.owner = json_str(point, "_account") };
	int is_ours = strcmp(c->account, json_str_or(point, "_account", "")) == 0;

	if (strncmp(action, "s3:DeleteBucket", 15) == 0 ||
	    strncmp(action, "s3:PutBucket", 12) == 0)
		return err_set(&c->err, &no_method,
		    "The specified method is not allowed against this resource.");
	if ((c->who.kind == PRINCIPAL_NOBODY || !is_ours) && policy_is_public(policy) &&
	    json_bool(block, "RestrictPublicBuckets", 0))
		q.resource_policy = NULL;
	q.resource =
	    arena_printf(c->arena, "%s%s%s", json_str_or(point, "AccessPointArn", ""),
		key != NULL ? "/object/" : "", key != NULL ? key : "");
	return call_ask(c, &q);
}
