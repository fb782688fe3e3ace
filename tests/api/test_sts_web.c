/* STS: roles by tokens of OpenID Connect providers, and the door by which their keys come in. */
#include "tests/api/fixture.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/enc.h"
#include "control/iam/credential.h"
#include "control/iam/identity.h"
#include "control/plane/oidc.h"

#define ISSUER "id.example.com/realm"
#define ROLE   "arn:aws:iam::" FIXTURE_ACCOUNT ":role/web"
#define TRUSTS(action, condition)                                                              \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"              \
	"\\\"Allow\\\",\\\"Principal\\\":{\\\"Federated\\\":\\\"arn:aws:iam::" FIXTURE_ACCOUNT \
	":oidc-provider/" ISSUER "\\\"},\\\"Action\\\":" action                                \
	",\\\"Condition\\\":{\\\"StringEquals\\\":{\\\"" ISSUER                                \
	":sub\\\":\\\"" condition "\\\"}}}]}"

/* Tokens */

static const char *
base64url(struct arena *a, const void *p, size_t n)
{
	char *s = base64_encode(a, p, n);

	for (char *c = s; *c != '\0'; c++) {
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
		else if (*c == '=')
			*c = '\0';
	}
	return s;
}

static const char *
number(struct fixture *f, const EVP_PKEY *key, const char *name, size_t size)
{
	unsigned char *bytes = arena_alloc(f->arena, 1024);
	BIGNUM *n = NULL;
	int len;

	assert_true(EVP_PKEY_get_bn_param(key, name, &n));
	len = size > 0 ? BN_bn2binpad(n, bytes, (int)size) : BN_bn2bin(n, bytes);
	BN_free(n);
	return base64url(f->arena, bytes, (size_t)len);
}

static json_t *
rsa_jwk(struct fixture *f, const EVP_PKEY *key, const char *kid)
{
	return json_make("{s:s, s:s, s:s, s:s}", "kty", "RSA", "kid", kid, "n",
	    number(f, key, OSSL_PKEY_PARAM_RSA_N, 0), "e",
	    number(f, key, OSSL_PKEY_PARAM_RSA_E, 0));
}

static json_t *
ec_jwk(struct fixture *f, const EVP_PKEY *key)
{
	return json_make("{s:s, s:s, s:s, s:s}", "kty", "EC", "crv", "P-256", "x",
	    number(f, key, OSSL_PKEY_PARAM_EC_PUB_X, 32), "y",
	    number(f, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
}

static const char *
sign(struct fixture *f, EVP_PKEY *key, const char *alg, const char *kid, json_t *claims)
{
	json_t *header =
	    json_own(f->arena, json_make("{s:s, s:s}", "alg", alg, "typ", "JWT"));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *out = arena_alloc(f->arena, 1024);
	const char *h, *c, *text;
	size_t n = 1024;

	json_set_str(header, "kid", kid);
	h = json_text(f->arena, header);
	c = json_text(f->arena, json_own(f->arena, claims));
	text = arena_printf(f->arena, "%s.%s", base64url(f->arena, h, strlen(h)),
	    base64url(f->arena, c, strlen(c)));
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, out, &n, (const unsigned char *)text,
			     strlen(text)),
	    1);
	EVP_MD_CTX_free(ctx);
	if (strcmp(alg, "ES256") == 0) {
		const unsigned char *p = out;
		ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
		unsigned char *raw = arena_alloc(f->arena, 64);

		BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32);
		BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32);
		ECDSA_SIG_free(sig);
		out = raw;
		n = 64;
	}
	return arena_printf(f->arena, "%s.%s", text, base64url(f->arena, out, n));
}

static json_t *
claims(struct fixture *f)
{
	json_int_t now = f->now_ms / 1000;

	return json_make("{s:s, s:s, s:s, s:I, s:I}", "iss", "https://" ISSUER, "sub",
	    "bob", "aud", "app", "iat", now, "exp", now + 600);
}

/* The door */

static json_t *
door(struct fixture *f, const char *method, const char *rest, json_t *body, int status)
{
	struct plane plane = { .env = f->env };
	struct exchange x = { .plane = &plane, .arena = f->arena, .remote = "127.0.0.1" };
	const char *text;
	struct err err;
	json_t *v = NULL;

	x.reply.body = buf_new(f->arena, 0);
	x.request.method = method;
	x.request.path = arena_printf(f->arena, OIDC_PATH "%s", rest);
	x.request.query = "";
	x.request.body =
	    body != NULL ? json_text(f->arena, json_own(f->arena, body)) : "";
	x.request.body_len = strlen(x.request.body);
	oidc_answer(&x);
	if (x.reply.status != status)
		fail_msg("%s %s: %d: %s", method, rest, x.reply.status,
		    buf_text(x.reply.body));
	text = buf_text(x.reply.body);
	assert_int_equal(json_read_in(f->arena, text, strlen(text), &v, &err), 0);
	return v;
}

static void
provide(struct fixture *f, json_t *key)
{
	fixture_ok(f, "iam", "CreateOpenIDConnectProvider",
	    "{\"Url\":\"https://" ISSUER "\",\"ClientIDList\":[\"app\"]}");
	door(f, "PUT", "/" ISSUER, json_make("{s:[o]}", "keys", key), 200);
}

static void
trust(struct fixture *f, const char *document)
{
	fixture_ok(f, "iam", "CreateRole",
	    "{\"RoleName\":\"web\",\"AssumeRolePolicyDocument\":\"%s\"}", document);
}

static struct call *
assume(struct fixture *f, const char *token)
{
	struct principal nobody = { .kind = PRINCIPAL_NOBODY,
		.account = FIXTURE_ACCOUNT };

	return fixture_call_as(f, &nobody, "sts", "AssumeRoleWithWebIdentity",
	    "{\"RoleArn\":\"" ROLE
	    "\",\"RoleSessionName\":\"s1\",\"WebIdentityToken\":\"%s\"}",
	    token);
}

static void
refused(struct fixture *f, const char *token, const char *code, const char *words)
{
	struct call *c = assume(f, token);

	if (c->err.kind == NULL)
		fail_msg("it was let: %s", words);
	assert_string_equal(c->err.kind->code, code);
	if (strstr(c->err.msg, words) == NULL)
		fail_msg("%s", c->err.msg);
}

/* Who holds the credentials of an answer. */
static struct principal
holder(struct fixture *f, const json_t *out)
{
	struct credential k;
	struct err err;
	struct store_txn *t = store_begin(f->env.store, f->arena);

	assert_int_equal(credential_find(&f->env.auth, t, f->arena,
			     fixture_text(out, "Credentials.AccessKeyId"),
			     fixture_text(out, "Credentials.SessionToken"), &k, &err),
	    1);
	return k.who;
}

static void
a_token_gives_a_session(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = EVP_RSA_gen(2048);
	struct principal who;
	struct call *c;

	provide(f, rsa_jwk(f, key, "one"));
	trust(f, TRUSTS("\\\"sts:AssumeRoleWithWebIdentity\\\"", "bob"));
	c = assume(f, sign(f, key, "RS256", "one", claims(f)));
	if (c->err.kind != NULL)
		fail_msg("%s", c->err.msg);
	assert_string_equal(json_str(c->out, "SubjectFromWebIdentityToken"), "bob");
	assert_string_equal(json_str(c->out, "Audience"), "app");
	assert_string_equal(json_str(c->out, "Provider"),
	    "arn:aws:iam::" FIXTURE_ACCOUNT ":oidc-provider/" ISSUER);
	assert_string_equal(fixture_text(c->out, "AssumedRoleUser.Arn"),
	    "arn:aws:sts::" FIXTURE_ACCOUNT ":assumed-role/web/s1");
	who = holder(f, c->out);
	assert_string_equal(who.arn,
	    "arn:aws:sts::" FIXTURE_ACCOUNT ":assumed-role/web/s1");
	/* Policies of the role may ask who it was. */
	assert_string_equal(json_str(identity_context(f->arena, &who, NULL, NULL),
				ISSUER ":sub"),
	    "bob");
	EVP_PKEY_free(key);
}

static void
elliptic_curves_sign_as_well(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");

	provide(f, ec_jwk(f, key));
	trust(f, TRUSTS("\\\"sts:AssumeRoleWithWebIdentity\\\"", "bob"));
	assert_null(assume(f, sign(f, key, "ES256", NULL, claims(f)))->err.kind);
	refused(f, sign(f, other, "ES256", NULL, claims(f)), "InvalidIdentityToken",
	    "could not be verified");
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void
wrong_tokens_are_refused(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = EVP_RSA_gen(2048), *other = EVP_RSA_gen(2048);
	const char *good;
	char *text;
	json_t *v;

	trust(f, TRUSTS("\\\"sts:AssumeRoleWithWebIdentity\\\"", "bob"));
	good = sign(f, key, "RS256", "one", claims(f));
	refused(f, good, "InvalidIdentityToken",
	    "No OpenIDConnect provider found in your account for https://" ISSUER);
	fixture_ok(f, "iam", "CreateOpenIDConnectProvider",
	    "{\"Url\":\"https://" ISSUER "\",\"ClientIDList\":[\"app\"]}");
	refused(f, good, "InvalidIdentityToken", "Couldn't retrieve verification key");
	door(f, "PUT", "/" ISSUER, json_make("{s:[o]}", "keys", rsa_jwk(f, key, "one")),
	    200);
	assert_null(assume(f, good)->err.kind);
	refused(f, "no.token.atall", "InvalidIdentityToken", "not a valid JWT");
	refused(f, "nothing", "InvalidIdentityToken", "not a valid JWT");
	refused(f, sign(f, other, "RS256", "one", claims(f)), "InvalidIdentityToken",
	    "could not be verified");
	refused(f, sign(f, key, "RS256", "two", claims(f)), "InvalidIdentityToken",
	    "could not be verified");
	/* Not without a signature, whatever it says. */
	refused(f, sign(f, key, "none", "one", claims(f)), "InvalidIdentityToken",
	    "could not be verified");
	refused(f, sign(f, key, "HS256", "one", claims(f)), "InvalidIdentityToken",
	    "could not be verified");
	text = arena_strdup(f->arena, good);
	text[strlen(text) - 10] = text[strlen(text) - 10] == 'A' ? 'B' : 'A';
	refused(f, text, "InvalidIdentityToken", "could not be verified");
	v = claims(f);
	json_set_str(v, "aud", "other");
	refused(f, sign(f, key, "RS256", "one", v), "InvalidIdentityToken",
	    "Incorrect token audience");
	v = claims(f);
	json_set_int(v, "nbf", f->now_ms / 1000 + 1000);
	refused(f, sign(f, key, "RS256", "one", v), "InvalidIdentityToken",
	    "not valid yet");
	v = claims(f);
	json_del(v, "exp");
	refused(f, sign(f, key, "RS256", "one", v), "InvalidIdentityToken",
	    "Missing a required claim: exp");
	v = claims(f);
	json_set_str(v, "sub", "eve");
	refused(f, sign(f, key, "RS256", "one", v), "AccessDenied",
	    "Not authorized to perform sts:AssumeRoleWithWebIdentity");
	f->now_ms += 600 * 1000;
	refused(f, good, "ExpiredTokenException", "Token expired");
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void
tags_of_a_token_are_the_sessions(void **state)
{
	static const char both[] =
	    "[\\\"sts:AssumeRoleWithWebIdentity\\\",\\\"sts:TagSession\\\","
	    "\\\"sts:SetSourceIdentity\\\"]";
	struct fixture *f = *state;
	EVP_PKEY *key = EVP_RSA_gen(2048);
	struct principal who;
	json_t *v, *context;
	struct call *c;

	provide(f, rsa_jwk(f, key, "one"));
	trust(f, TRUSTS("\\\"sts:AssumeRoleWithWebIdentity\\\"", "bob"));
	v = claims(f);
	json_set(v, "https://aws.amazon.com/tags",
	    json_make("{s:{s:[s], s:[s]}, s:[s]}", "principal_tags", "team", "blue",
		"cost", "7", "transitive_tag_keys", "team"));
	json_set_str(v, "https://aws.amazon.com/source_identity", "bob@home");
	refused(f, sign(f, key, "RS256", "one", json_copy_deep(v)), "AccessDenied",
	    "Not authorized to perform sts:TagSession");
	fixture_ok(f, "iam", "UpdateAssumeRolePolicy",
	    "{\"RoleName\":\"web\",\"PolicyDocument\":\"%s\"}",
	    arena_printf(f->arena, "%s%s%s",
		"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"
		"\\\"Allow\\\",\\\"Principal\\\":{\\\"Federated\\\":\\\"arn:aws:iam::" FIXTURE_ACCOUNT
		":oidc-provider/" ISSUER "\\\"},\\\"Action\\\":",
		both, "}]}"));
	c = assume(f, sign(f, key, "RS256", "one", v));
	if (c->err.kind != NULL)
		fail_msg("%s", c->err.msg);
	assert_string_equal(json_str(c->out, "SourceIdentity"), "bob@home");
	who = holder(f, c->out);
	context = identity_context(f->arena, &who, NULL, NULL);
	assert_string_equal(json_str(context, "aws:PrincipalTag/team"), "blue");
	assert_string_equal(json_str(context, "aws:PrincipalTag/cost"), "7");
	assert_string_equal(json_str(context, "aws:SourceIdentity"), "bob@home");
	assert_int_equal(json_array_size(who.transitive), 1);
	EVP_PKEY_free(key);
}

static void
keys_come_and_go(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = EVP_RSA_gen(2048), *weak = EVP_RSA_gen(1024);
	json_t *v;

	door(f, "GET", "/" ISSUER, NULL, 404);
	door(f, "PUT", "/" ISSUER, NULL, 400);
	door(f, "PUT", "/" ISSUER, json_make("{s:[]}", "keys"), 400);
	door(f, "PUT", "/" ISSUER, json_make("{s:[o]}", "keys", rsa_jwk(f, weak, "weak")),
	    400);
	door(f, "PUT", "", json_make("{s:[o]}", "keys", rsa_jwk(f, key, "k")), 405);
	door(f, "PUT", "/https%3A%2F%2F" ISSUER "/",
	    json_make("{s:[o]}", "keys", rsa_jwk(f, key, "k")), 200);
	v = door(f, "GET", "", NULL, 200);
	assert_string_equal(json_string_value(json_array_get(json_get(v, "issuers"), 0)),
	    ISSUER);
	v = door(f, "GET", "/" ISSUER, NULL, 200);
	assert_string_equal(json_str(json_array_get(json_get(v, "keys"), 0), "kid"), "k");
	door(f, "DELETE", "/" ISSUER, NULL, 200);
	door(f, "DELETE", "/" ISSUER, NULL, 404);
	EVP_PKEY_free(key);
	EVP_PKEY_free(weak);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_token_gives_a_session, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(elliptic_curves_sign_as_well,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(keys_come_and_go, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(tags_of_a_token_are_the_sessions,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(wrong_tokens_are_refused, fixture_setup,
		    fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
