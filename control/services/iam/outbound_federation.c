/* IAM: whether the account's principals may have tokens that others verify (sts:GetWebIdentityToken). */
#include "control/iam/outbound.h"
#include "control/services/iam/iam.h"

static const struct err_kind is_enabled = { "FeatureEnabled", 409 };
static const struct err_kind is_disabled = { "FeatureDisabled", 404 };

/* A copy to write: 1, 0 it was never on, -1. */
static int
find(struct call *c, json_t **ret)
{
	if (iam_permit(c, "*") < 0)
		return -1;
	return store_edit(c->txn, c->scope, OUTBOUND_KIND, OUTBOUND_ID, ret, &c->err);
}

/* The same of one that is on: 0, or -1 FeatureDisabled. */
static int
need(struct call *c, json_t **ret)
{
	int rc = find(c, ret);

	if (rc < 0)
		return -1;
	if (rc == 0 || !json_bool(*ret, "is_on", 0))
		return err_set(&c->err, &is_disabled,
		    "Outbound web identity federation is disabled for this account.");
	return 0;
}

/* The issuer stays the account's own when it is turned off and on again. */
static int
enable(struct call *c)
{
	json_t *doc;
	int rc = find(c, &doc);

	if (rc > 0 && json_bool(doc, "is_on", 0))
		return err_set(&c->err, &is_enabled,
		    "Outbound web identity federation is already enabled for this account.");
	if (rc < 0 || (rc == 0 && outbound_new(c->txn, c->arena, &doc, &c->err) < 0))
		return -1;
	json_set_bool(doc, "is_on", 1);
	store_put(c->txn, c->scope, OUTBOUND_KIND, OUTBOUND_ID, doc);
	out_str(c, "IssuerIdentifier", json_str(doc, "Issuer"));
	return 0;
}

static int
disable(struct call *c)
{
	json_t *doc;

	if (need(c, &doc) < 0)
		return -1;
	json_set_bool(doc, "is_on", 0);
	store_put(c->txn, c->scope, OUTBOUND_KIND, OUTBOUND_ID, doc);
	return 0;
}

static int
get_info(struct call *c)
{
	json_t *doc;

	if (need(c, &doc) < 0)
		return -1;
	out_str(c, "IssuerIdentifier", json_str(doc, "Issuer"));
	out_bool(c, "JwtVendingEnabled", 1);
	return 0;
}

static const struct op ops[] = {
	IAM("DisableOutboundWebIdentityFederation", disable, 0,
	    "Give no more tokens for others."),
	IAM("EnableOutboundWebIdentityFederation", enable, 0,
	    "Let principals have tokens that others verify."),
	IAM("GetOutboundWebIdentityFederationInfo", get_info, OP_READ,
	    "Show whose name such tokens bear."),
};
const struct family iam_outbound = FAMILY(ops, NULL);
