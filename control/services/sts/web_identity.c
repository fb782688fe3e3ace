/*
 * STS: roles for those for whom an OpenID Connect provider vouches.
 *
 * Not emulated: OAuth 2.0 access tokens (ProviderId without a JWT).
 */
#include <string.h>

#include "control/iam/identity.h"
#include "control/iam/jwt.h"
#include "control/iam/oidc_keys.h"
#include "control/iam/trust.h"
#include "control/services/sts/sts.h"

static const struct err_kind bad_token = { "InvalidIdentityToken", 400 };
static const struct err_kind expired = { "ExpiredTokenException", 400 };
static const struct err_kind unsupported = { "NotImplemented", 501 };
static const struct err_kind rejected = { "IDPRejectedClaim", 403 };

enum { CLOCK_OFF_S = 300 };

/* Providers that everybody knows: they need no document, and trust policies name them so. */
static const char *const built_in[] = { "accounts.google.com",
	"cognito-identity.amazonaws.com", NULL };

struct identity_token {
	struct jwt jwt;
	const char *issuer;   /* without its scheme */
	const char *provider; /* its ARN, or the issuer */
	const char *subject, *audience;
	const json_t *provider_doc; /* NULL: built in */
};

static int
is_built_in(const char *issuer)
{
	size_t i = 0;

	while (built_in[i] != NULL && strcmp(built_in[i], issuer) != 0)
		i++;
	return built_in[i] != NULL;
}

/* The provider in the role's account: 0 or -1. */
static int
find_provider(struct call *c, const char *account, struct identity_token *t)
{
	const char *url = json_str(t->jwt.claims, "iss");
	json_t *doc;
	int rc;

	if (url == NULL)
		return err_set(&c->err, &bad_token, "Missing a required claim: iss");
	t->issuer = t->provider = oidc_issuer(c->arena, url);
	if (is_built_in(t->issuer))
		return 0;
	t->provider = arena_printf(c->arena, "arn:aws:iam::%s:oidc-provider/%s", account,
	    t->issuer);
	rc = identity_find(c->txn, c->arena, account, "iam:oidc-provider", t->provider,
	    &doc, &c->err);
	if (rc == 0)
		return err_set(&c->err, &bad_token,
		    "No OpenIDConnect provider found in your account for %.300s", url);
	t->provider_doc = doc;
	return rc < 0 ? -1 : 0;
}

static int
check_signature(struct call *c, const struct identity_token *t)
{
	const json_t *keys = NULL;
	int rc = oidc_keys_find(c->txn, c->arena, t->issuer, &keys, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &bad_token,
		    "Couldn't retrieve verification key from your identity provider,  please "
		    "reference AssumeRoleWithWebIdentity documentation for requirements");
	if (!jwt_is_signed(c->arena, &t->jwt, keys))
		return err_set(&c->err, &bad_token,
		    "The token could not be verified by the keys of its issuer");
	return 0;
}

/* exp, nbf, iat */
static int
check_time(struct call *c, const struct identity_token *t)
{
	const json_t *claims = t->jwt.claims;
	int64_t now = c->now_ms / 1000, end = (int64_t)json_num(claims, "exp", -1),
		begin = (int64_t)json_num(claims, "nbf", 0);

	if (end < 0 || json_num(claims, "iat", -1) < 0)
		return err_set(&c->err, &bad_token, "Missing a required claim: %s",
		    end < 0 ? "exp" : "iat");
	if (now >= end)
		return err_set(&c->err, &expired,
		    "Token expired: current date/time %lld must be before the expiration "
		    "date/time%lld",
		    (long long)now, (long long)end);
	if (now + CLOCK_OFF_S < begin ||
	    now + CLOCK_OFF_S < (int64_t)json_num(claims, "iat", 0))
		return err_set(&c->err, &bad_token, "The ID Token is not valid yet");
	return 0;
}

/* "aud": one, or several of which one is a client of the provider's; "azp" counts more. */
static int
check_audience(struct call *c, struct identity_token *t)
{
	const json_t *claims = t->jwt.claims, *aud = json_get(claims, "aud"), *one;
	const json_t *clients = json_get(t->provider_doc, "ClientIDList");
	size_t i;

	t->subject = json_str(claims, "sub");
	t->audience = json_str(claims, "azp");
	if (t->subject == NULL || aud == NULL)
		return err_set(&c->err, &bad_token, "Missing a required claim: %s",
		    aud == NULL ? "aud" : "sub");
	if (t->audience == NULL && json_is_string(aud))
		t->audience = json_string_value(aud);
	json_array_foreach(aud, i, one) {
		const char *text = json_string_value(one);

		if (t->audience == NULL && text != NULL &&
		    (t->provider_doc == NULL || json_has_str(clients, text)))
			t->audience = text;
	}
	if (t->audience == NULL ||
	    (t->provider_doc != NULL && !json_has_str(clients, t->audience)))
		return err_set(&c->err, &bad_token, "Incorrect token audience");
	return 0;
}

static int
read_token(struct call *c, const char *account, struct identity_token *t)
{
	if (!jwt_read(c->arena, in_str(c, "WebIdentityToken"), &t->jwt))
		return err_set(&c->err, &bad_token,
		    "The ID Token provided is not a valid JWT. (You may see this error if you "
		    "sent an Access Token)");
	return find_provider(c, account, t) < 0 || check_signature(c, t) < 0 ||
		check_time(c, t) < 0 || check_audience(c, t) < 0 ?
	    -1 :
	    0;
}

/* Condition keys of the token: "{issuer}:sub" and the like. */
static json_t *
claims_of(struct call *c, const struct identity_token *t)
{
	json_t *claims = json_own(c->arena, json_new_object());
	const json_t *aud = json_get(t->jwt.claims, "aud"),
		     *amr = json_get(t->jwt.claims, "amr");

	json_set_str(claims, arena_printf(c->arena, "%s:sub", t->issuer), t->subject);
	json_set_str(claims, arena_printf(c->arena, "%s:aud", t->issuer), t->audience);
	if (json_get(t->jwt.claims, "azp") != NULL && json_is_string(aud))
		json_set_str(claims, arena_printf(c->arena, "%s:oaud", t->issuer),
		    json_string_value(aud));
	if (amr != NULL)
		json_set(claims, arena_printf(c->arena, "%s:amr", t->issuer),
		    json_copy_deep(amr));
	return claims;
}

/* {"principal_tags": {key: [value]}, "transitive_tag_keys": [key]}: tags as AssumeRole has them. */
static int
tags_of(struct call *c, const struct identity_token *t, json_t **ret_tags,
    const json_t **ret_transitive)
{
	const json_t *claim = json_get(t->jwt.claims, "https://aws.amazon.com/tags");
	const char *key;
	json_t *value;

	*ret_tags = json_own(c->arena, json_new_array());
	*ret_transitive = json_get(claim, "transitive_tag_keys");
	json_object_foreach(json_get(claim, "principal_tags"), key, value) {
		const char *text = json_string_value(
		    json_is_array(value) ? json_array_get(value, 0) : value);

		if (text == NULL || json_array_size(value) > 1)
			return err_set(&c->err, &rejected,
			    "The tags of the token are not as they should be");
		json_add(*ret_tags, json_make("{s:s, s:s}", "Key", key, "Value", text));
	}
	return 0;
}

static int
check_trust(struct call *c, const json_t *role, const struct identity_token *t,
    const json_t *tags, const char *source_identity, const json_t *context)
{
	const char *more[STS_MAX_ACTIONS], *action = "sts:AssumeRoleWithWebIdentity";
	size_t i = 0;

	sts_tag_actions(tags, source_identity, more);
	for (; action != NULL; action = more[i++]) {
		if (!trust_federated(c->arena, role, t->provider, action, context))
			return err_set(&c->err, &sts_denied,
			    "Not authorized to perform %s", action);
	}
	return 0;
}

static json_t *
context_of(struct call *c, const struct identity_token *t, json_t *claims)
{
	json_t *context = auth_request_context(c->arena, c->source_ip, c->is_tls,
		   c->region, c->now_ms),
	       *v;
	const char *name;

	json_object_foreach(claims, name, v)
		json_set(context, name, json_incref(v));
	json_set_str(context, "sts:RoleSessionName", in_str(c, "RoleSessionName"));
	json_set_str(context, "aws:FederatedProvider", t->provider);
	return context;
}

static int
may_not(struct call *c)
{
	return err_set(&c->err, &sts_denied,
	    "Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

static void
answer(struct call *c, const struct identity_token *t, const struct session *s)
{
	out_str(c, "SubjectFromWebIdentityToken", t->subject);
	out_str(c, "Audience", t->audience);
	out_str(c, "Provider", t->provider);
	if (s->source_identity != NULL)
		out_str(c, "SourceIdentity", s->source_identity);
}

static int
assume_role(struct call *c)
{
	const char *arn = in_str(c, "RoleArn"), *account, *source;
	struct session s = { .kind = PRINCIPAL_SESSION };
	struct identity_token t = { .issuer = NULL };
	const json_t *transitive;
	json_t *role, *tags, *claims, *context;
	int64_t seconds = 0;
	int rc = sts_find_role(c, arn, &account, &role);

	if (rc <= 0)
		return rc < 0 ? -1 : may_not(c);
	if (in_has(c, "ProviderId"))
		return err_set(&c->err, &unsupported,
		    "OAuth 2.0 access tokens (ProviderId) are not implemented.");
	if (read_token(c, account, &t) < 0 || tags_of(c, &t, &tags, &transitive) < 0)
		return -1;
	source = json_str(t.jwt.claims, "https://aws.amazon.com/source_identity");
	claims = claims_of(c, &t);
	context = context_of(c, &t, claims);
	sts_tag_context(c, tags, transitive, source, context);
	if (check_trust(c, role, &t, tags, source, context) < 0 ||
	    sts_duration(c, role, &seconds) < 0 ||
	    sts_session_policy(c, account, &s.policy) < 0 ||
	    sts_take_tags(c, tags, transitive, source, &s) < 0)
		return -1;
	sts_name_session(c, account, role, in_str(c, "RoleSessionName"), &s);
	s.federated = t.provider;
	s.claims = claims;
	answer(c, &t, &s);
	return sts_out_credentials(c, &s, seconds);
}

static const struct op ops[] = {
	OP("AssumeRoleWithWebIdentity", assume_role, OP_NO_AUTH | OP_UNSIGNED,
	    "Give credentials of a role's session to who has a token of an OIDC provider."),
};
const struct family sts_web_identities = FAMILY(ops, NULL);
