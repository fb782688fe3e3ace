/*
 * STS: roles for those for whom a SAML identity provider vouches.
 *
 * Not emulated: encrypted assertions; the condition keys of eduPerson's attributes (saml:eduperson…, saml:cn).
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "control/iam/identity.h"
#include "control/iam/saml.h"
#include "control/iam/trust.h"
#include "control/services/sts/sts.h"

static const struct err_kind bad_token = { "InvalidIdentityToken", 400 };
static const struct err_kind expired = { "ExpiredTokenException", 400 };
static const struct err_kind rejected = { "IDPRejectedClaim", 403 };
static const struct err_kind unsupported = { "NotImplemented", 501 };

enum { CLOCK_OFF_MS = 5 * 60 * 1000, DURATION_MIN = 900, DURATION_MAX = 43200 };

#define ATTRIBUTE "https://aws.amazon.com/SAML/Attributes/"

static const char action[] = "sts:AssumeRoleWithSAML";

/* Attributes of AWS's */

static const json_t *
values(const struct saml_assertion *s, const char *name)
{
	return json_get(s->attributes, name);
}

/* The only value; NULL when there is none, or when there are more. */
static const char *
value(const struct saml_assertion *s, const char *name)
{
	const json_t *v = values(s, name);

	return json_array_size(v) == 1 ? json_string_value(json_array_get(v, 0)) : NULL;
}

/* One of the values of Role is the role and the provider, in any order. */
static int
names_role(const struct saml_assertion *s, const char *role, const char *provider)
{
	const json_t *v;
	size_t i, n = strlen(role), k = strlen(provider);

	json_array_foreach(values(s, ATTRIBUTE "Role"), i, v) {
		const char *text = json_string_value(v);

		if (strlen(text) != n + 1 + k)
			continue;
		if (strncmp(text, role, n) == 0 && text[n] == ',' &&
		    strcmp(text + n + 1, provider) == 0)
			return 1;
		if (strncmp(text, provider, k) == 0 && text[k] == ',' &&
		    strcmp(text + k + 1, role) == 0)
			return 1;
	}
	return 0;
}

static int
is_session_name(const char *s)
{
	size_t n = strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-");

	return s[n] == '\0' && n >= 2 && n <= 64;
}

/* PrincipalTag:KEY and TransitiveTagKeys, as AssumeRole has them. */
static int
read_tags(struct call *c, const struct saml_assertion *s, json_t *tags)
{
	static const char prefix[] = ATTRIBUTE "PrincipalTag:";
	const char *name;
	json_t *list;

	json_object_foreach((json_t *)(uintptr_t)s->attributes, name, list) {
		const char *key = name + sizeof(prefix) - 1;

		if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
			continue;
		if (json_array_size(list) != 1 || key[0] == '\0' ||
		    utf8_length(key) > 128 || utf8_length(value(s, name)) > 256)
			return err_set(&c->err, &rejected,
			    "The tags of the assertion are not as they should be");
		json_add(tags,
		    json_make("{s:s, s:s}", "Key", key, "Value", value(s, name)));
	}
	return 0;
}

/* The response */

static int
find_provider(struct call *c, const char *account, const char *arn, json_t **ret)
{
	const char *prefix =
	    arena_printf(c->arena, "arn:aws:iam::%s:saml-provider/", account);
	int rc = 0;

	if (strncmp(arn, prefix, strlen(prefix)) == 0)
		rc = identity_find(c->txn, c->arena, account, "iam:saml-provider", arn,
		    ret, &c->err);
	if (rc == 0)
		return err_set(&c->err, &bad_token, "Specified provider doesn't exist");
	return rc < 0 ? -1 : 0;
}

static int
verify(struct call *c, const json_t *provider, struct saml_assertion *s)
{
	const char *text = in_str(c, "SAMLAssertion");
	unsigned char *xml;
	size_t n;

	if (!base64_decode(c->arena, text, strlen(text), &xml, &n))
		return err_set(&c->err, &bad_token, "Invalid base64 SAMLResponse");
	switch (saml_read(c->arena, (const char *)xml, n,
	    json_get(provider, "_certificates"), s)) {
	case SAML_GOOD:
		return 0;
	case SAML_ENCRYPTED:
		return err_set(&c->err, &unsupported,
		    "Encrypted assertions are not implemented.");
	case SAML_FAILED:
		return err_set(&c->err, &rejected,
		    "The identity provider reported that authentication failed");
	case SAML_UNSIGNED:
		return err_set(&c->err, &bad_token, "Response signature invalid");
	case SAML_MALFORMED:
	default:
		return err_set(&c->err, &bad_token,
		    "Your request included an invalid SAML response");
	}
}

/* "https://signin.aws.amazon.com/saml", also of a region, and what comes after it. */
static int
is_sign_in(const char *url)
{
	static const char scheme[] = "https://", host[] = "signin.aws.amazon.com/saml";
	const char *at;

	if (url == NULL || strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return 0;
	url += sizeof(scheme) - 1;
	at = strstr(url, host);
	if (at == NULL || (at != url && at[-1] != '.') ||
	    strcspn(url, "/") < (size_t)(at - url))
		return 0;
	at += sizeof(host) - 1;
	return *at == '\0' || *at == '/';
}

/* Whom it is for: "urn:amazon:webservices", or where one signs in. */
static int
is_for_us(const json_t *audiences)
{
	const json_t *v;
	size_t i;

	json_array_foreach(audiences, i, v) {
		const char *text = json_string_value(v);

		if (strcmp(text, "urn:amazon:webservices") == 0 || is_sign_in(text))
			return 1;
	}
	return json_array_size(audiences) == 0;
}

static int
check_times(struct call *c, const json_t *provider, const struct saml_assertion *s)
{
	if (json_int(provider, "ValidUntil", 0) * 1000 <= c->now_ms)
		return err_set(&c->err, &expired,
		    "The metadata of the identity provider has expired");
	if (s->not_after_ms == 0)
		return err_set(&c->err, &bad_token,
		    "Assertion Subject Confirmation NotOnOrAfter is required");
	if (s->not_after_ms <= c->now_ms || s->issued_ms + CLOCK_OFF_MS <= c->now_ms)
		return err_set(&c->err, &expired,
		    "Token must be redeemed within 5 minutes of issuance");
	if (s->not_before_ms > c->now_ms + CLOCK_OFF_MS ||
	    s->issued_ms > c->now_ms + CLOCK_OFF_MS)
		return err_set(&c->err, &bad_token, "The assertion is not valid yet");
	return 0;
}

static int
check(struct call *c, const json_t *provider, const struct saml_assertion *s)
{
	const char *name = value(s, ATTRIBUTE "RoleSessionName");

	if (strcmp(s->issuer, json_str_or(provider, "_entity", "")) != 0)
		return err_set(&c->err, &bad_token,
		    "Issuer not present in specified provider");
	if (check_times(c, provider, s) < 0)
		return -1;
	if (!is_sign_in(s->recipient))
		return err_set(&c->err, &bad_token,
		    "Recipient of the assertion is not https://signin.aws.amazon.com/saml");
	if (!is_for_us(s->audiences))
		return err_set(&c->err, &bad_token,
		    "Audience of the assertion is not urn:amazon:webservices");
	if (s->subject == NULL || s->subject[0] == '\0')
		return err_set(&c->err, &bad_token,
		    "NameID is required in AuthnResponse");
	if (name == NULL)
		return err_set(&c->err, &bad_token,
		    "RoleSessionName is required in AuthnResponse");
	if (!is_session_name(name))
		return err_set(&c->err, &bad_token,
		    "RoleSessionName in AuthnResponse must match "
		    "[a-zA-Z_0-9+=,.@-]{2,64}");
	return 0;
}

/* What is shown of it, and asked for by conditions */

/* Of an issuer and a provider: base64(SHA-1(issuer + account + "/" + name)). */
static char *
qualifier(struct call *c, const char *issuer, const char *account, const json_t *provider)
{
	const char *text = arena_printf(c->arena, "%s%s/%s", issuer, account,
	    json_str(provider, "_name"));
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
	return base64_encode(c->arena, digest, n);
}

/* "persistent" of "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"; others are whole. */
static const char *
subject_type(const struct saml_assertion *s)
{
	static const char prefix[] = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
	const char *format = s->format;

	if (format == NULL)
		return "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
	if (strncmp(format, prefix, sizeof(prefix) - 1) == 0 &&
	    (strcmp(format + sizeof(prefix) - 1, "persistent") == 0 ||
		strcmp(format + sizeof(prefix) - 1, "transient") == 0))
		return format + sizeof(prefix) - 1;
	return format;
}

/* Those that the session keeps. */
static json_t *
claims_of(struct call *c, const struct saml_assertion *s, const char *account,
    const json_t *provider)
{
	json_t *claims = json_own(c->arena, json_new_object());

	json_set_str(claims, "saml:sub", s->subject);
	json_set_str(claims, "saml:sub_type", subject_type(s));
	json_set_str(claims, "saml:namequalifier",
	    qualifier(c, s->issuer, account, provider));
	return claims;
}

static json_t *
context_of(struct call *c, const struct saml_assertion *s, const char *account,
    const json_t *provider, json_t *claims)
{
	json_t *context = auth_request_context(c->arena, c->source_ip, c->is_tls,
		   c->region, c->now_ms),
	       *v;
	const char *name;

	json_object_foreach(claims, name, v)
		json_set(context, name, json_incref(v));
	json_set_str(context, "saml:iss", s->issuer);
	json_set_str(context, "saml:aud", s->recipient);
	json_set_fmt(context, "saml:doc", "%s/%s", account, json_str(provider, "_name"));
	json_set_str(context, "sts:RoleSessionName",
	    value(s, ATTRIBUTE "RoleSessionName"));
	json_set_str(context, "aws:FederatedProvider", json_str(provider, "Arn"));
	return context;
}

static int
may_not(struct call *c, const char *what)
{
	return err_set(&c->err, &sts_denied, "Not authorized to perform %s", what);
}

static int
check_trust(struct call *c, const json_t *role, const char *provider, const json_t *tags,
    const char *source, const json_t *context)
{
	const char *more[STS_MAX_ACTIONS], *what = action;
	size_t i = 0;

	sts_tag_actions(tags, source, more);
	for (; what != NULL; what = more[i++]) {
		if (!trust_federated(c->arena, role, provider, what, context))
			return may_not(c, what);
	}
	return 0;
}

/* The least of what is asked for, what the provider says, and how long its own session lasts. */
static int
duration(struct call *c, const json_t *role, const struct saml_assertion *s, int64_t *ret)
{
	const char *text = value(s, ATTRIBUTE "SessionDuration");
	int64_t said = text != NULL ? strtoll(text, NULL, 10) : 0, left;

	if (text != NULL && (said < DURATION_MIN || said > DURATION_MAX))
		return err_set(&c->err, &rejected,
		    "SessionDuration in AuthnResponse must be between %d and %d",
		    DURATION_MIN, DURATION_MAX);
	if (sts_duration(c, role, ret) < 0)
		return -1;
	if (said != 0 && (said < *ret || !in_has(c, "DurationSeconds")))
		*ret = said;
	if (*ret > json_int(role, "MaxSessionDuration", *ret))
		return err_set(&c->err, &sts_invalid,
		    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
	left = (s->session_end_ms - c->now_ms) / 1000;
	if (s->session_end_ms != 0 && left < *ret)
		*ret = left;
	if (*ret <= 0)
		return err_set(&c->err, &expired,
		    "The session of the identity provider has ended");
	return 0;
}

static int
assume_role(struct call *c)
{
	const char *arn = in_str(c, "RoleArn"), *by = in_str(c, "PrincipalArn"), *account,
		   *source;
	struct session s = { .kind = PRINCIPAL_SESSION };
	struct saml_assertion a = { .issuer = NULL };
	json_t *role, *provider = NULL, *tags, *claims, *context;
	const json_t *transitive;
	int64_t seconds = 0;
	int rc = sts_find_role(c, arn, &account, &role);

	if (rc <= 0)
		return rc < 0 ? -1 : may_not(c, action);
	tags = json_own(c->arena, json_new_array());
	if (find_provider(c, account, by, &provider) < 0 || verify(c, provider, &a) < 0 ||
	    check(c, provider, &a) < 0 || read_tags(c, &a, tags) < 0)
		return -1;
	if (!names_role(&a, arn, by))
		return may_not(c, action);
	transitive = values(&a, ATTRIBUTE "TransitiveTagKeys");
	source = value(&a, ATTRIBUTE "SourceIdentity");
	claims = claims_of(c, &a, account, provider);
	context = context_of(c, &a, account, provider, claims);
	sts_tag_context(c, tags, transitive, source, context);
	if (check_trust(c, role, by, tags, source, context) < 0 ||
	    duration(c, role, &a, &seconds) < 0 ||
	    sts_session_policy(c, account, &s.policy) < 0 ||
	    sts_take_tags(c, tags, transitive, source, &s) < 0)
		return -1;
	sts_name_session(c, account, role, value(&a, ATTRIBUTE "RoleSessionName"), &s);
	s.federated = by;
	s.claims = claims;
	out_str(c, "Subject", a.subject);
	out_str(c, "SubjectType", subject_type(&a));
	out_str(c, "Issuer", a.issuer);
	out_str(c, "Audience", a.recipient);
	out_str(c, "NameQualifier", json_str(claims, "saml:namequalifier"));
	out_str(c, "SourceIdentity", s.source_identity);
	return sts_out_credentials(c, &s, seconds);
}

static const struct op ops[] = {
	OP("AssumeRoleWithSAML", assume_role, OP_NO_AUTH | OP_UNSIGNED,
	    "Give credentials of a role's session to whom a SAML provider knows."),
};
const struct family sts_saml = FAMILY(ops, NULL);
