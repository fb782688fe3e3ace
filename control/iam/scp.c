#include "control/iam/scp.h"

#include <string.h>

#include "control/iam/membership.h"

static enum policy_effect
evaluate_level(struct arena *a, const json_t *level, const struct policy_request *r)
{
	enum policy_effect found = POLICY_SILENT, e;
	const json_t *doc;
	size_t i;

	json_array_foreach(level, i, doc) {
		e = policy_evaluate(a, doc, r);
		found = e > found ? e : found;
	}
	return found;
}

int
scp_evaluate(struct store_txn *t, struct arena *a, const struct principal *who,
    const json_t *identity, const struct policy_request *r, enum policy_effect *ret,
    struct err *err)
{
	static const char linked[] = "/aws-service-role/";
	enum policy_effect worst = POLICY_ALLOW, e;
	const json_t *level;
	json_t *doc;
	size_t i;
	int rc;

	*ret = POLICY_ALLOW;
	if (who->kind == PRINCIPAL_NOBODY ||
	    strncmp(json_str_or(identity, "Path", ""), linked, sizeof(linked) - 1) == 0)
		return 0;
	rc = membership_find(t, MEMBERSHIP_SCP, who->account, &doc, err);
	if (rc <= 0)
		return rc;
	json_array_foreach(json_get(doc, "levels"), i, level) {
		e = evaluate_level(a, level, r);
		if (e == POLICY_DENY) {
			*ret = POLICY_DENY;
			return 0;
		}
		if (e == POLICY_SILENT)
			worst = POLICY_SILENT;
	}
	*ret = worst;
	return 0;
}

static int
has_rcps(const char *action)
{
	static const char *const services[] = { "ecr:", "kms:", "s3:", "secretsmanager:",
		"sqs:", "sts:" };

	for (size_t i = 0; i < COUNT(services); i++) {
		if (strncmp(action, services[i], strlen(services[i])) == 0)
			return 1;
	}
	return 0;
}

int
rcp_denies(struct store_txn *t, struct arena *a, const struct principal *who,
    const char *owner, const struct policy_request *r, struct err *err)
{
	/* They name everybody, always. */
	static const char *const everybody[] = { "*" };
	const struct policy_principal principal = { "AWS", everybody, COUNT(everybody),
		1 };
	struct policy_request asked = *r;
	const json_t *level;
	json_t *doc;
	size_t i;
	int rc;

	if (!has_rcps(r->action) ||
	    strstr(who->arn != NULL ? who->arn : "", ":assumed-role/AWSServiceRoleFor") !=
		NULL)
		return 0;
	rc = membership_find(t, MEMBERSHIP_RCP, owner, &doc, err);
	if (rc <= 0)
		return rc;
	asked.principal = &principal;
	json_array_foreach(json_get(doc, "levels"), i, level) {
		if (evaluate_level(a, level, &asked) == POLICY_DENY)
			return 1;
	}
	return 0;
}

int
scp_context(struct store_txn *t, const struct principal *who, json_t *context,
    struct err *err)
{
	json_t *doc;
	int rc;

	if (who->kind == PRINCIPAL_NOBODY)
		return 0;
	rc = membership_find(t, MEMBERSHIP_KIND, who->account, &doc, err);
	if (rc <= 0)
		return rc;
	json_set_str(context, "aws:PrincipalOrgID", json_str(doc, "OrganizationId"));
	json_set(context, "aws:PrincipalOrgPaths",
	    json_make("[s]", json_str(doc, "Path")));
	return 0;
}

int
scp_owner_context(struct store_txn *t, const char *owner, json_t *context,
    struct err *err)
{
	json_t *doc;
	int rc = membership_find(t, MEMBERSHIP_KIND, owner, &doc, err);

	if (rc < 0)
		return -1;
	json_set_str(context, "aws:ResourceAccount", owner);
	if (rc == 0)
		return 0;
	json_set_str(context, "aws:ResourceOrgID", json_str(doc, "OrganizationId"));
	json_set(context, "aws:ResourceOrgPaths",
	    json_make("[s]", json_str(doc, "Path")));
	return 0;
}
