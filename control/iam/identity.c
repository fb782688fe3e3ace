#include "control/iam/identity.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/iam/managed_policies.h"

char *
identity_scope(struct arena *a, const char *account)
{
	return arena_printf(a, "%s:-", account);
}

int
identity_find(struct store_txn *t, struct arena *a, const char *account, const char *kind,
    const char *id, json_t **ret, struct err *err)
{
	return store_get(t, identity_scope(a, account), kind, id, ret, err);
}

int
identity_policy(struct store_txn *t, struct arena *a, const char *account,
    const char *arn, const json_t **ret, struct err *err)
{
	const struct managed_policy *m = managed_policy_find(arn);
	json_t *doc;
	int rc;

	if (m != NULL) {
		*ret = managed_policy_document(m);
		return 1;
	}
	rc = identity_find(t, a, account, "iam:policy", arn, &doc, err);
	if (rc > 0)
		*ret = json_get(doc, "_doc");
	return rc;
}

/* One identity document's own policies; *worst only rises, and stops at a deny. */
static int
evaluate_own(struct store_txn *t, struct arena *a, const char *account,
    const json_t *identity, const struct policy_request *r, enum policy_effect *worst,
    struct err *err)
{
	const json_t *arn, *doc;
	enum policy_effect e;
	const char *name;
	json_t *inl;
	size_t i;
	int rc;

	json_object_foreach(json_get(identity, "_inline"), name, inl) {
		e = policy_evaluate(a, json_get(inl, "doc"), r);
		*worst = e > *worst ? e : *worst;
	}
	json_array_foreach(json_get(identity, "_attached"), i, arn) {
		if (*worst == POLICY_DENY)
			break;
		rc = identity_policy(t, a, account, json_string_value(arn), &doc, err);
		if (rc < 0)
			return -1;
		e = rc > 0 ? policy_evaluate(a, doc, r) : POLICY_SILENT;
		*worst = e > *worst ? e : *worst;
	}
	return 0;
}

int
identity_evaluate(struct store_txn *t, struct arena *a, const char *account,
    const json_t *identity, const struct policy_request *r, enum policy_effect *ret,
    struct err *err)
{
	enum policy_effect worst = POLICY_SILENT;
	const json_t *group;
	json_t *doc;
	size_t i;
	int rc;

	if (evaluate_own(t, a, account, identity, r, &worst, err) < 0)
		return -1;
	json_array_foreach(json_get(identity, "_groups"), i, group) {
		if (worst == POLICY_DENY)
			break;
		rc = identity_find(t, a, account, "iam:group", json_string_value(group),
		    &doc, err);
		if (rc < 0 ||
		    (rc > 0 && evaluate_own(t, a, account, doc, r, &worst, err) < 0))
			return -1;
	}
	*ret = worst;
	return 0;
}

static void
set_tags(struct arena *a, json_t *context, const json_t *identity)
{
	const json_t *tag;
	size_t i;

	json_array_foreach(json_get(identity, "Tags"), i, tag) {
		json_set_str(context,
		    arena_printf(a, "aws:PrincipalTag/%s", json_str_or(tag, "Key", "")),
		    json_str_or(tag, "Value", ""));
	}
}

/* A code that came with the request itself counts more. */
static void
set_mfa(const struct principal *who, json_t *c)
{
	int64_t now_s;

	if (json_get(c, "aws:MultiFactorAuthPresent") != NULL)
		return;
	json_set_str(c, "aws:MultiFactorAuthPresent",
	    who->mfa_ms != 0 ? "true" : "false");
	now_s = strtoll(json_str_or(c, "aws:EpochTime", "0"), NULL, 10);
	if (who->mfa_ms != 0 && now_s != 0)
		json_set_fmt(c, "aws:MultiFactorAuthAge", "%lld",
		    (long long)(now_s - who->mfa_ms / 1000));
}

/* A session's tags count more than its role's. */
static void
set_session(struct arena *a, const struct principal *who, json_t *c)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)who->tags, name, v) {
		json_set(c, arena_printf(a, "aws:PrincipalTag/%s", name), json_incref(v));
	}
	json_object_foreach((json_t *)(uintptr_t)who->claims, name, v)
		json_set(c, name, json_incref(v));
	json_set_str(c, "aws:SourceIdentity", who->source_identity);
	json_set_str(c, "aws:FederatedProvider", who->federated);
}

json_t *
identity_context(struct arena *a, const struct principal *who, const json_t *identity,
    const json_t *request)
{
	static const char *const types[] = {
		[PRINCIPAL_ROOT] = "Account",
		[PRINCIPAL_USER] = "User",
		[PRINCIPAL_SESSION] = "AssumedRole",
		[PRINCIPAL_FEDERATED] = "FederatedUser",
		[PRINCIPAL_NOBODY] = "Anonymous",
		[PRINCIPAL_SERVICE] = "AWSService",
	};
	json_t *c = json_own(a, json_new_object()), *v;
	const char *key;
	char issued[32];

	json_object_foreach((json_t *)(uintptr_t)request, key, v)
		json_set(c, key, json_incref(v));
	json_set_str(c, "aws:PrincipalType", types[who->kind]);
	json_set_str(c, "aws:PrincipalAccount",
	    who->kind == PRINCIPAL_NOBODY ? "anonymous" : who->account);
	json_set_str(c, "aws:userid", who->user_id);
	/* Of a session it is the role's ARN. */
	json_set_str(c, "aws:PrincipalArn",
	    who->kind == PRINCIPAL_SESSION ? json_str_or(identity, "Arn", who->arn) :
					     who->arn);
	if (who->kind == PRINCIPAL_USER)
		json_set_str(c, "aws:username", who->name);
	if (who->issued_ms != 0) {
		clock_iso8601(who->issued_ms, 0, issued);
		json_set_str(c, "aws:TokenIssueTime", issued);
		set_mfa(who, c);
	}
	set_tags(a, c, identity);
	set_session(a, who, c);
	return c;
}

int
identity_of(struct store_txn *t, struct arena *a, const struct principal *who,
    json_t **ret, struct err *err)
{
	const char *kind = who->kind == PRINCIPAL_SESSION ? "iam:role" : "iam:user";

	if (who->kind == PRINCIPAL_ROOT || who->name == NULL)
		return 0;
	return identity_find(t, a, who->account, kind, who->name, ret, err);
}
