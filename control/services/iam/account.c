/*
 * IAM: the account: its alias, and what it has.
 */
#include <string.h>

#include "control/services/iam/iam.h"

static const char kind[] = "iam:account-alias", preferences[] = "iam:preferences";

/* CreateAccountAlias: one account has one, and nobody else the same */

static int
create_account_alias(struct call *c)
{
	const char *alias = in_str(c, "AccountAlias");
	json_t *old, *doc;
	int rc;

	if (iam_permit(c, "*") < 0)
		return -1;
	rc = store_get(c->txn, STORE_SYSTEM, kind, alias, &old, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0 && strcmp(json_str_or(old, "account", ""), c->account) != 0)
		return err_set(&c->err, &iam_exists,
		    "The account alias %s already exists.", alias);
	rc = store_edit(c->txn, c->scope, kind, "alias", &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0)
		store_delete(c->txn, STORE_SYSTEM, kind,
		    json_str_or(doc, "AccountAlias", ""));
	doc = json_own(c->arena, json_make("{s:s}", "AccountAlias", alias));
	store_put(c->txn, c->scope, kind, "alias", doc);
	store_put(c->txn, STORE_SYSTEM, kind, alias,
	    json_own(c->arena,
		json_make("{s:s, s:s}", "account", c->account, "alias", alias)));
	return 0;
}

/* DeleteAccountAlias */

static int
delete_account_alias(struct call *c)
{
	const char *alias = in_str(c, "AccountAlias");
	json_t *doc;
	int rc = store_get(c->txn, c->scope, kind, "alias", &doc, &c->err);

	if (rc < 0 || iam_permit(c, "*") < 0)
		return -1;
	if (rc == 0 || strcmp(json_str_or(doc, "AccountAlias", ""), alias) != 0)
		return err_set(&c->err, &iam_no_such,
		    "The account alias %s cannot be found.", alias);
	store_delete(c->txn, c->scope, kind, "alias");
	store_delete(c->txn, STORE_SYSTEM, kind, alias);
	return 0;
}

/* ListAccountAliases */

static int
list_account_aliases(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array()), *doc;
	int rc = store_get(c->txn, c->scope, kind, "alias", &doc, &c->err);

	if (rc < 0 || iam_permit(c, "*") < 0)
		return -1;
	if (rc > 0)
		json_add_str(rows, json_str(doc, "AccountAlias"));
	return iam_page(c, rows, "AccountAliases", NULL);
}

/* SetSecurityTokenServicePreferences: which tokens the global endpoint gives; ours are the same in both */

static int
set_token_preferences(struct call *c)
{
	json_t *doc;
	int rc = store_edit(c->txn, c->scope, preferences, "sts", &doc, &c->err);

	if (rc < 0 || iam_permit(c, "*") < 0)
		return -1;
	if (rc == 0)
		doc = json_own(c->arena, json_new_object());
	json_set_str(doc, "GlobalEndpointTokenVersion",
	    in_str(c, "GlobalEndpointTokenVersion"));
	store_put(c->txn, c->scope, preferences, "sts", doc);
	return 0;
}

static int
add_token_version(struct call *c, json_t *map)
{
	json_t *doc;
	int rc = store_get(c->txn, c->scope, preferences, "sts", &doc, &c->err);
	const char *said =
	    json_str_or(rc > 0 ? doc : NULL, "GlobalEndpointTokenVersion", "v1Token");

	json_set_int(map, "GlobalEndpointTokenVersion",
	    strcmp(said, "v2Token") == 0 ? 2 : 1);
	return rc < 0 ? -1 : 0;
}

/* GetAccountSummary */

static int
count_versions(struct call *c, size_t *ret)
{
	struct store_docs docs;
	size_t n = 0;

	if (iam_list(c, &iam_policy, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++)
		n += json_array_size(json_get(docs.doc[i], "_versions"));
	*ret = n;
	return 0;
}

/* Of what has kinds of its own. */
static int
count_others(struct call *c, json_t *map)
{
	static const struct {
		const char *name, *kind;
	} others[] = {
		{ "MFADevices", "iam:mfa-device" },
		{ "ServerCertificates", "iam:server-certificate" },
		{ "Providers", "iam:oidc-provider" },
		{ "Providers", "iam:saml-provider" },
	};
	struct store_docs docs;
	int64_t used = 0;

	for (size_t i = 0; i < COUNT(others); i++) {
		if (store_list(c->txn, c->scope, others[i].kind, &docs, &c->err) < 0)
			return -1;
		json_set_int(map, others[i].name,
		    json_int(map, others[i].name, 0) + (int64_t)docs.n);
		for (size_t k = 0; i == 0 && k < docs.n; k++)
			used += json_get(docs.doc[k], "UserName") != NULL;
	}
	json_set_int(map, "MFADevicesInUse", used);
	return 0;
}

static int
get_account_summary(struct call *c)
{
	static const struct iam_entity *const counted[] = { &iam_user, &iam_group,
		&iam_role, &iam_instance_profile, &iam_policy };
	static const struct {
		const char *name;
		int64_t value;
	} fixed[] = {
		{ "AccessKeysPerUserQuota", 2 },
		{ "AttachedPoliciesPerGroupQuota", 10 },
		{ "AttachedPoliciesPerRoleQuota", 10 },
		{ "AttachedPoliciesPerUserQuota", 10 },
		{ "AssumeRolePolicySizeQuota", 2048 },
		{ "GroupPolicySizeQuota", 5120 },
		{ "GroupsPerUserQuota", 10 },
		{ "AccountMFAEnabled", 0 },
		{ "AccountAccessKeysPresent", 1 },
		{ "AccountSigningCertificatesPresent", 0 },
		{ "PolicySizeQuota", 6144 },
		{ "PolicyVersionsInUseQuota", 10000 },
		{ "RolePolicySizeQuota", 10240 },
		{ "ServerCertificatesQuota", 20 },
		{ "SigningCertificatesPerUserQuota", 2 },
		{ "UserPolicySizeQuota", 2048 },
		{ "VersionsPerPolicyQuota", 5 },
	};
	json_t *map = json_own(c->arena, json_new_object());
	struct store_docs docs;
	size_t n;

	if (iam_permit(c, "*") < 0)
		return -1;
	for (size_t i = 0; i < COUNT(counted); i++) {
		if (iam_list(c, counted[i], &docs) < 0)
			return -1;
		json_set_int(map, counted[i]->list_member, (int64_t)docs.n);
		json_set_int(map,
		    arena_printf(c->arena, "%sQuota", counted[i]->list_member),
		    (int64_t)counted[i]->limit);
	}
	if (count_versions(c, &n) < 0 || count_others(c, map) < 0 ||
	    add_token_version(c, map) < 0)
		return -1;
	json_set_int(map, "PolicyVersionsInUse", (int64_t)n);
	for (size_t i = 0; i < COUNT(fixed); i++)
		json_set_int(map, fixed[i].name, fixed[i].value);
	out_ref(c, "SummaryMap", map);
	return 0;
}

static const struct op ops[] = {
	IAM("CreateAccountAlias", create_account_alias, 0, "Give the account an alias."),
	IAM("DeleteAccountAlias", delete_account_alias, 0, "Take the alias away."),
	IAM("GetAccountSummary", get_account_summary, OP_READ,
	    "Show how much of everything there is."),
	IAM("ListAccountAliases", list_account_aliases, OP_READ, "Show the alias."),
	IAM("SetSecurityTokenServicePreferences", set_token_preferences, 0,
	    "Say which tokens the global endpoint of STS gives."),
};
const struct family iam_account = FAMILY(ops, NULL);
