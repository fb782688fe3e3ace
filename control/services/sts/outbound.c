/*
 * STS: tokens by which others know who calls here (GetWebIdentityToken).
 *
 * Not emulated: claims of the compute that a principal runs on.
 */
#include "control/iam/outbound.h"

#include <string.h>

#include "base/clock.h"
#include "control/services/sts/sts.h"

enum { DEFAULT_S = 300, MAX_TAGS = 50, UUID = 32 };

#define NAMESPACE "https://sts.amazonaws.com/"

static const struct err_kind is_disabled = {
	"OutboundWebIdentityFederationDisabledException", 403
};

/* A session is its role. */
static const char *
subject_of(struct call *c)
{
	const struct principal *who = &c->who;

	return who->kind == PRINCIPAL_SESSION ?
	    arena_printf(c->arena, "arn:aws:iam::%s:role/%s", who->account, who->name) :
	    who->arn;
}

static json_t *
claims_of(struct call *c, const json_t *doc, int64_t expires_s)
{
	json_t *audience = in_list(c, "Audience"), *own, *tags, *claims;
	const json_t *tag;
	char id[UUID + 1];
	size_t i;

	random_hex(id, UUID);
	claims = json_own(c->arena,
	    json_make("{s:s, s:s, s:I, s:I, s:s}", "iss", json_str(doc, "Issuer"), "sub",
		subject_of(c), "iat", (json_int_t)(c->now_ms / 1000), "exp",
		(json_int_t)expires_s, "jti", id));
	json_set(claims, "aud",
	    json_incref(
		json_array_size(audience) == 1 ? json_array_get(audience, 0) : audience));
	own = json_need_object(claims, NAMESPACE);
	json_set_str(own, "aws_account", c->account);
	json_set_str(own, "source_region", c->region);
	if (json_object_size(c->who.tags) > 0)
		json_set(own, "principal_tags", json_copy_deep(c->who.tags));
	json_array_foreach(in_list(c, "Tags"), i, tag) {
		tags = json_need_object(own, "request_tags");
		json_set_str(tags, json_str_or(tag, "Key", ""), json_str(tag, "Value"));
	}
	return claims;
}

static int
get_web_identity_token(struct call *c)
{
	const char *alg = in_str(c, "SigningAlgorithm"), *token;
	int64_t expires_s = c->now_ms / 1000 + in_int(c, "DurationSeconds", DEFAULT_S);
	json_t *doc;
	int rc;

	if (strcmp(alg, "RS256") != 0 && strcmp(alg, "ES384") != 0)
		return err_set(&c->err, &sts_invalid,
		    "1 validation error detected: Value '%s' at 'signingAlgorithm' failed to "
		    "satisfy constraint: Member must satisfy enum value set: [RS256, ES384]",
		    alg);
	if (json_array_size(in_list(c, "Tags")) > MAX_TAGS)
		return err_set(&c->err, &sts_invalid,
		    "1 validation error detected: Value at 'tags' failed to satisfy "
		    "constraint: Member must have length less than or equal to %d",
		    MAX_TAGS);
	rc = store_get(c->txn, c->scope, OUTBOUND_KIND, OUTBOUND_ID, &doc, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 || !json_bool(doc, "is_on", 0))
		return err_set(&c->err, &is_disabled,
		    "Outbound web identity federation is not enabled for this account.");
	if (outbound_sign(c->arena, doc, alg, claims_of(c, doc, expires_s), &token,
		&c->err) < 0)
		return -1;
	out_str(c, "WebIdentityToken", token);
	out_int(c, "Expiration", expires_s);
	return 0;
}

static const struct op ops[] = {
	OP("GetWebIdentityToken", get_web_identity_token, OP_READ,
	    "Give the caller a token that others verify."),
};

const struct family sts_outbound = FAMILY(ops, NULL);
