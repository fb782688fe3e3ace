/*
 * Who a request is from: keys, sessions, strictness, and each service's words for a refusal;
 * what he may, with all kinds of policies; tokens of agents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/iam/auth.h"
#include "control/iam/identity.h"
#include "control/iam/keyid.h"
#include "control/iam/session.h"
#include "control/iam/sigv4.h"
#include "control/iam/trust.h"

#define ACCOUNT "000000000000"
#define OTHER	"111111111111"
#define SCOPE	ACCOUNT ":-"
#define NOW	INT64_C(1767225600000) /* 20260101T000000Z */
#define HOUR	INT64_C(3600000)

struct fixture {
	struct clock clock; /* first: now_ms() finds the rest */
	int64_t now_ms;
	struct arena *arena;
	struct auth_env env;
	struct store_txn *t;
};

static int64_t
fixture_now(const struct clock *clock)
{
	return ((const struct fixture *)(const void *)clock)->now_ms;
}

static void
commit(struct fixture *f)
{
	struct err err;

	assert_int_equal(store_commit(f->t, &err), 1);
	f->t = store_begin(f->env.store, f->arena);
}

static json_t *
put(struct fixture *f, const char *scope, const char *kind, const char *id,
    const char *text)
{
	struct err err;
	json_t *doc, *old;

	if (json_read_in(f->arena, text, strlen(text), &doc, &err) < 0)
		fail_msg("%s: %s", text, err.msg);
	assert_true(store_get(f->t, scope, kind, id, &old, &err) >= 0);
	store_put(f->t, scope, kind, id, doc);
	commit(f);
	return doc;
}

#define ALLOW(action)                                                                           \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"" action \
	"\",\"Resource\":\"*\"}]}"
#define REFUSE(action)                                                                         \
	"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"" action \
	"\",\"Resource\":\"*\"}]}"

static void
put_bob(struct fixture *f, const char *members)
{
	put(f, SCOPE, "iam:user", "bob",
	    arena_printf(f->arena,
		"{\"UserName\":\"bob\",\"UserId\":\"AIDABOB\",\"Path\":\"/\","
		"\"Arn\":\"arn:aws:iam::" ACCOUNT ":user/bob\"%s}",
		members));
}

static void
put_role(struct fixture *f, const char *id, const char *members)
{
	put(f, SCOPE, "iam:role", "r",
	    arena_printf(f->arena,
		"{\"RoleName\":\"r\",\"RoleId\":\"%s\",\"Path\":\"/\","
		"\"Arn\":\"arn:aws:iam::" ACCOUNT ":role/r\"%s}",
		id, members));
}

static void
put_key(struct fixture *f, const char *status)
{
	put(f, SCOPE, "iam:access-key", "AKIABOB",
	    arena_printf(f->arena,
		"{\"AccessKeyId\":\"AKIABOB\",\"UserName\":\"bob\",\"_secret\":\"bobs\","
		"\"Status\":\"%s\"}",
		status));
	put(f, STORE_SYSTEM, "iam:access-key-index", "AKIABOB",
	    "{\"account\":\"" ACCOUNT "\",\"access_key\":\"AKIABOB\"}");
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->clock.now_ms = fixture_now;
	f->now_ms = NOW;
	f->arena = arena_new();
	f->env.store = store_open_mem();
	f->env.clock = &f->clock;
	f->env.strict = 1;
	f->env.default_account = ACCOUNT;
	f->env.root_access_key = "AKIAROOT";
	f->env.root_secret_key = "roots";
	f->t = store_begin(f->env.store, f->arena);
	put_bob(f, "");
	put_key(f, "Active");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	store_close(f->env.store);
	free(f);
	return 0;
}

struct signer {
	const char *key, *secret, *token, *service, *stamp, *date;
};

/* A request of the signer's; everything that is NULL is as it should be. */
static void
sign(struct fixture *f, const struct signer *by, struct wire_request *r)
{
	const char *service = by->service != NULL ? by->service : "iam";
	const char *stamp = by->stamp != NULL ? by->stamp : "20260101T000000Z";
	const char *form = "AWS4-HMAC-SHA256 Credential=%s/%s/us-east-1/%s/aws4_request, "
			   "SignedHeaders=host;x-amz-date%s, Signature=%s";
	const char *date =
	    by->date != NULL ? by->date : arena_strndup(f->arena, stamp, 8);
	const char *more = by->token != NULL ? ";x-amz-security-token" : "";
	struct sigv4 parsed;
	struct err err;
	char *canonical, signature[65];

	memset(r, 0, sizeof(*r));
	r->method = "POST";
	r->path = "/";
	r->query = "";
	r->body = "Action=ListUsers";
	r->body_len = strlen(r->body);
	r->headers[r->n_headers++] = (struct wire_header){ "Host", "localhost:4599" };
	r->headers[r->n_headers++] = (struct wire_header){ "X-Amz-Date", stamp };
	if (by->token != NULL)
		r->headers[r->n_headers++] =
		    (struct wire_header){ "X-Amz-Security-Token", by->token };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	r->headers[r->n_headers++] = (struct wire_header){ "Authorization",
		arena_printf(f->arena, form, by->key, date, service, more, "0") };
	assert_int_equal(sigv4_parse(f->arena, r, &parsed, &err), 1);
	assert_int_equal(sigv4_canonical(f->arena, r, &parsed, &canonical, &err), 0);
	sigv4_sign(f->arena, &parsed, by->secret, canonical, signature);
	r->headers[r->n_headers - 1].value =
	    arena_printf(f->arena, form, by->key, date, service, more, signature);
#pragma GCC diagnostic pop
}

static int
verify(struct fixture *f, const struct signer *by, const char *model,
    struct principal *who, struct err *err)
{
	struct wire_request r;
	int rc;

	sign(f, by, &r);
	err->kind = NULL;
	rc = auth_verify(&f->env, f->t, f->arena, &r,
	    model != NULL ? model_find(model) : NULL, who, err);
	commit(f);
	return rc;
}

static void
is_refused(struct fixture *f, const struct signer *by, const char *model,
    const char *code, const char *message)
{
	struct principal who;
	struct err err;

	if (verify(f, by, model, &who, &err) == 0)
		fail_msg("%s was taken for %s", by->key, who.arn);
	assert_string_equal(err.kind->code, code);
	if (message != NULL && strstr(err.msg, message) == NULL)
		fail_msg("%s: %s", code, err.msg);
}

static const struct signer root = { .key = "AKIAROOT", .secret = "roots" };
static const struct signer bob = { .key = "AKIABOB", .secret = "bobs" };

static void
keys_say_who_one_is(void **state)
{
	struct fixture *f = *state;
	struct auth_key key = { NULL, NULL };
	struct signer other = { .key = NULL };
	struct principal who;
	struct err err;

	assert_int_equal(verify(f, &root, "iam", &who, &err), 0);
	assert_int_equal(who.kind, PRINCIPAL_ROOT);
	assert_string_equal(who.arn, "arn:aws:iam::" ACCOUNT ":root");
	assert_string_equal(who.account, ACCOUNT);

	assert_int_equal(verify(f, &bob, "iam", &who, &err), 0);
	assert_int_equal(who.kind, PRINCIPAL_USER);
	assert_string_equal(who.arn, "arn:aws:iam::" ACCOUNT ":user/bob");
	assert_string_equal(who.user_id, "AIDABOB");

	assert_int_equal(auth_root_key_put(f->t, f->arena, OTHER, &key, &err), 0);
	commit(f);
	other.key = key.access_key;
	other.secret = key.secret_key;
	assert_int_equal(verify(f, &other, "iam", &who, &err), 0);
	assert_string_equal(who.arn, "arn:aws:iam::" OTHER ":root");
	assert_int_equal(auth_root_key_drop(f->t, OTHER, &err), 0);
	commit(f);
	is_refused(f, &other, "iam", "InvalidClientTokenId", NULL);
	assert_int_equal(verify(f, &bob, "iam", &who, &err), 0);
}

static void
refusals_are_in_the_services_words(void **state)
{
	static const struct {
		const char *model, *code, *message;
		struct signer by;
	} cases[] = {
		{ "iam", "InvalidClientTokenId",
		    "The security token included in the request is invalid.",
		    { .key = "AKIANOBODY", .secret = "x" } },
		{ "ec2", "AuthFailure",
		    "AWS was not able to validate the provided access credentials",
		    { .key = "AKIANOBODY", .secret = "x", .service = "ec2" } },
		{ "ssm", "UnrecognizedClientException",
		    "The security token included in the request is invalid.",
		    { .key = "AKIANOBODY", .secret = "x", .service = "ssm" } },
		{ "iam", "SignatureDoesNotMatch",
		    "The request signature we calculated does not match the signature you provided.",
		    { .key = "AKIAROOT", .secret = "x" } },
		{ "ec2", "AuthFailure",
		    "AWS was not able to validate the provided access credentials",
		    { .key = "AKIAROOT", .secret = "x", .service = "ec2" } },
		{ "ssm", "InvalidSignatureException",
		    "The request signature we calculated does not match the signature you provided.",
		    { .key = "AKIAROOT", .secret = "x", .service = "ssm" } },
		{ "sts", "SignatureDoesNotMatch",
		    "Credential should be scoped to correct service: 'sts'. ",
		    { .key = "AKIAROOT", .secret = "roots", .service = "iam" } },
		{ "iam", "SignatureDoesNotMatch",
		    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
		    "from HTTP: '20251231' != '20260101', from '20260101T000000Z'.",
		    { .key = "AKIAROOT", .secret = "roots", .date = "20251231" } },
		{ "iam", "SignatureDoesNotMatch",
		    "Signature expired: 20251231T234459Z is now earlier than 20251231T234500Z "
		    "(20260101T000000Z - 15 min.)",
		    { .key = "AKIAROOT",
			.secret = "roots",
			.stamp = "20251231T234459Z" } },
		{ "iam", "SignatureDoesNotMatch",
		    "Signature not yet current: 20260101T001501Z is still later than "
		    "20260101T001500Z (20260101T000000Z + 15 min.)",
		    { .key = "AKIAROOT",
			.secret = "roots",
			.stamp = "20260101T001501Z" } },
		{ "ec2", "RequestExpired", "Request has expired.",
		    { .key = "AKIAROOT",
			.secret = "roots",
			.service = "ec2",
			.stamp = "20251231T234459Z" } },
		{ "iam", "InvalidClientTokenId", NULL,
		    { .key = "AKIAROOT", .secret = "roots", .token = "nonsense" } },
		{ "iam", "InvalidClientTokenId", NULL,
		    { .key = "AKIABOB", .secret = "bobs", .token = "AAAA" } },
		{ NULL, "InvalidClientTokenId", NULL,
		    { .key = "AKIANOBODY", .secret = "x" } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		is_refused(f, &cases[i].by, cases[i].model, cases[i].code,
		    cases[i].message);
}

static void
a_quarter_of_an_hour_is_tolerated(void **state)
{
	static const char *const stamps[] = { "20251231T234500Z", "20260101T001500Z" };
	struct fixture *f = *state;
	struct principal who;
	struct err err;

	for (size_t i = 0; i < COUNT(stamps); i++) {
		struct signer by = root;

		by.stamp = stamps[i];
		assert_int_equal(verify(f, &by, "iam", &who, &err), 0);
	}
}

static void
an_unsigned_request_is_refused(void **state)
{
	static const struct {
		const char *model, *code;
	} cases[] = { { "iam", "MissingAuthenticationToken" },
		{ "ec2", "MissingAuthenticationToken" },
		{ "ssm", "MissingAuthenticationTokenException" } };
	struct fixture *f = *state;
	struct wire_request r = { .method = "GET", .path = "/", .query = "", .body = "" };
	struct auth_scope scope = { "", "", "" };
	struct principal who;
	struct err err;

	for (int strict = 0; strict < 2; strict++) {
		f->env.strict = strict;
		for (size_t i = 0; i < COUNT(cases); i++) {
			assert_int_equal(auth_verify(&f->env, f->t, f->arena, &r,
					     model_find(cases[i].model), &who, &err),
			    -1);
			assert_string_equal(err.kind->code, cases[i].code);
		}
	}
	assert_int_equal(auth_scope(f->arena, &r, &scope, &err), 0);
	assert_null(scope.access_key);
	assert_null(scope.service);
}

static void
a_key_that_is_off_or_without_a_user_opens_nothing(void **state)
{
	struct fixture *f = *state;
	struct principal who;
	struct err err;

	put_key(f, "Inactive");
	is_refused(f, &bob, "iam", "InvalidClientTokenId", NULL);
	put_key(f, "Active");
	assert_int_equal(verify(f, &bob, "iam", &who, &err), 0);
	store_delete(f->t, SCOPE, "iam:user", "bob");
	commit(f);
	is_refused(f, &bob, "iam", "InvalidClientTokenId", NULL);
}

static void
relaxed_takes_any_key(void **state)
{
	static const struct {
		const char *key, *arn;
	} cases[] = {
		{ "test", "arn:aws:iam::" ACCOUNT ":root" },
		{ "222222222222", "arn:aws:iam::222222222222:root" },
		{ "22222222222x", "arn:aws:iam::" ACCOUNT ":root" },
		{ "AKIAROOT", "arn:aws:iam::" ACCOUNT ":root" },
		{ "AKIABOB", "arn:aws:iam::" ACCOUNT ":user/bob" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct signer by = { .key = cases[i].key,
			.secret = "whatever",
			.stamp = "20200101T000000Z" };
		struct principal who;
		struct err err;

		f->env.strict = 0;
		assert_int_equal(verify(f, &by, "ec2", &who, &err), 0);
		assert_string_equal(who.arn, cases[i].arn);
		f->env.strict = 1;
		assert_int_equal(verify(f, &by, "ec2", &who, &err), -1);
	}
}

static void
the_use_of_a_key_is_noted(void **state)
{
	struct fixture *f = *state;
	struct principal who;
	struct err err;
	json_t *use;

	assert_int_equal(verify(f, &bob, "iam", &who, &err), 0);
	assert_int_equal(store_get(f->t, SCOPE, "iam:access-key-use", "AKIABOB", &use,
			     &err),
	    1);
	assert_string_equal(json_str(use, "ServiceName"), "iam");
	assert_string_equal(json_str(use, "Region"), "us-east-1");
	assert_true(json_num(use, "Date", 0) * 1000 >= (double)NOW);
	/* Root has no such note. */
	assert_int_equal(verify(f, &root, "iam", &who, &err), 0);
	assert_int_equal(store_get(f->t, SCOPE, "iam:access-key-use", "AKIAROOT", &use,
			     &err),
	    0);
}

static struct auth_credentials
session(struct fixture *f, int64_t expires_ms)
{
	const struct auth_session s = {
		.account = ACCOUNT,
		.role_name = "r",
		.role_id = "AROAR",
		.session_name = "s",
		.issued_ms = NOW,
		.expires_ms = expires_ms,
	};
	struct auth_credentials k;
	struct err err;

	assert_int_equal(auth_session_make(f->t, f->arena, &s, &k, &err), 0);
	commit(f);
	return k;
}

static void
a_session_is_whom_its_token_says(void **state)
{
	struct fixture *f = *state;
	struct auth_credentials k = session(f, NOW + HOUR), same = session(f, NOW + HOUR);
	struct auth_credentials later = session(f, NOW + 2 * HOUR);
	struct signer by = { .key = k.access_key,
		.secret = k.secret_key,
		.token = k.token };
	struct principal who;
	struct err err;

	put_role(f, "AROAR", "");
	assert_int_equal(strlen(k.access_key), 20);
	assert_int_equal(strncmp(k.access_key, "ASIA", 4), 0);
	assert_int_equal(strlen(k.secret_key), 40);
	assert_string_equal(k.token, same.token);
	assert_string_equal(k.access_key, same.access_key);
	assert_string_equal(k.secret_key, same.secret_key);
	assert_string_not_equal(k.token, later.token);
	assert_string_not_equal(k.access_key, later.access_key);
	assert_string_not_equal(k.secret_key, later.secret_key);

	assert_int_equal(verify(f, &by, "iam", &who, &err), 0);
	assert_int_equal(who.kind, PRINCIPAL_SESSION);
	assert_string_equal(who.arn, "arn:aws:sts::" ACCOUNT ":assumed-role/r/s");
	assert_string_equal(who.user_id, "AROAR:s");
	assert_string_equal(who.name, "r");
	assert_string_equal(who.session, "s");
	assert_int_equal(who.issued_ms, NOW);

	/* Its parts belong together. */
	by.token = later.token;
	is_refused(f, &by, "iam", "InvalidClientTokenId", NULL);
	by.token = NULL;
	is_refused(f, &by, "iam", "InvalidClientTokenId", NULL);
	by.token = k.token;
	by.secret = later.secret_key;
	is_refused(f, &by, "iam", "SignatureDoesNotMatch", NULL);
}

static void
a_token_that_was_touched_is_none(void **state)
{
	struct fixture *f = *state;
	struct auth_credentials k = session(f, NOW + HOUR);
	size_t n = strlen(k.token);

	put_role(f, "AROAR", "");
	for (size_t i = 0; i < n; i++) {
		char *token = arena_strdup(f->arena, k.token);
		struct session s;
		const char *secret;
		struct err err;

		token[i] = token[i] == 'A' ? 'B' : 'A';
		if (session_open(f->t, f->arena, k.access_key, token, &s, &secret,
			&err) != 0)
			fail_msg("touched at %zu, and taken", i);
		token[i] = '\0';
		assert_int_equal(session_open(f->t, f->arena, k.access_key, token, &s,
				     &secret, &err),
		    0);
	}
}

static void
a_session_ends_with_its_time_and_with_its_role(void **state)
{
	struct fixture *f = *state;
	struct auth_credentials k = session(f, NOW + HOUR);
	struct signer by = { .key = k.access_key,
		.secret = k.secret_key,
		.token = k.token };
	struct principal who;
	struct err err;

	is_refused(f, &by, "iam", "InvalidClientTokenId", NULL);
	put_role(f, "AROAR", "");
	assert_int_equal(verify(f, &by, "iam", &who, &err), 0);
	put_role(f, "AROANOTHER", "");
	is_refused(f, &by, "iam", "InvalidClientTokenId", NULL);
	put_role(f, "AROAR", "");

	f->now_ms = NOW + HOUR - 1;
	by.stamp = "20260101T005959Z";
	assert_int_equal(verify(f, &by, "iam", &who, &err), 0);
	f->now_ms = NOW + HOUR;
	is_refused(f, &by, "iam", "ExpiredToken",
	    "The security token included in the request is expired");
	by.service = "ssm";
	is_refused(f, &by, "ssm", "ExpiredTokenException", NULL);
	by.service = "ec2";
	is_refused(f, &by, "ec2", "RequestExpired", NULL);
	f->env.strict = 0;
	is_refused(f, &by, "ec2", "RequestExpired", NULL);
}

static void
access_key_ids_hold_their_account(void **state UNUSED)
{
	static const char *const accounts[] = { "000000000000", "000000000001",
		"123456789012", "999999999999" };
	unsigned char entropy[KEYID_ENTROPY];
	char id[KEYID_SIZE], account[13];

	for (size_t i = 0; i < COUNT(accounts); i++) {
		for (int n = 0; n < 256; n += 51) {
			memset(entropy, n, sizeof(entropy));
			keyid_make("AKIA", accounts[i], entropy, id);
			assert_int_equal(strlen(id), 20);
			assert_int_equal(strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
			    20);
			assert_int_equal(keyid_account(id, account), 1);
			assert_string_equal(account, accounts[i]);
		}
	}
	/* One of AWS's documentation whose account is known. */
	assert_int_equal(keyid_account("ASIAQNZGKIQY56JQ7WML", account), 1);
	assert_string_equal(account, "029608264753");
	assert_int_equal(keyid_account("AKIA", account), 0);
	assert_int_equal(keyid_account("AKIA0000000000000000", account), 0);
}

static void
an_agents_token_is_only_ours(void **state)
{
	struct fixture *f = *state;
	const char *kind, *id, *scope;
	char *token, *copy;
	struct err err;

	assert_int_equal(auth_agent_verify(f->t, f->arena, "a.b.c.d", &kind, &id, &scope,
			     &err),
	    0);
	assert_int_equal(auth_agent_token(f->t, f->arena, "vpc", "vpc-1.x", "1:us-east-1",
			     &token, &err),
	    0);
	commit(f);
	assert_int_equal(auth_agent_verify(f->t, f->arena, token, &kind, &id, &scope,
			     &err),
	    1);
	assert_string_equal(kind, "vpc");
	assert_string_equal(id, "vpc-1.x");
	assert_string_equal(scope, "1:us-east-1");
	for (size_t i = 0; token[i] != '\0'; i++) {
		copy = arena_strdup(f->arena, token);
		copy[i] = copy[i] == '0' ? '1' : '0';
		assert_int_equal(auth_agent_verify(f->t, f->arena, copy, &kind, &id,
				     &scope, &err),
		    0);
		copy[i] = '\0';
		assert_int_equal(auth_agent_verify(f->t, f->arena, copy, &kind, &id,
				     &scope, &err),
		    0);
	}
}

/* Permission */

static const struct principal bob_himself = { .kind = PRINCIPAL_USER,
	.account = ACCOUNT,
	.arn = "arn:aws:iam::" ACCOUNT ":user/bob",
	.user_id = "AIDABOB",
	.name = "bob" };

static int
may(struct fixture *f, const struct principal *who, const char *model, const char *action,
    const char *resource, struct err *err)
{
	memset(err, 0, sizeof(*err));
	return auth_allow(&f->env, f->t, f->arena, who, model_find(model), action,
	    resource, NULL, err);
}

#define INLINE(doc)   ",\"_inline\":{\"p\":{\"text\":\"\",\"doc\":" doc "}}"
#define ATTACHED(arn) ",\"_attached\":[\"" arn "\"]"
#define BOUNDED(arn)                                                        \
	",\"PermissionsBoundary\":{\"PermissionsBoundaryType\":\"Policy\"," \
	"\"PermissionsBoundaryArn\":\"" arn "\"}"
#define AWS_POLICY "arn:aws:iam::aws:policy/"
#define OWN_POLICY "arn:aws:iam::" ACCOUNT ":policy/own"
#define USER	   "User: arn:aws:iam::" ACCOUNT ":user/bob is not authorized to perform: "

static void
all_kinds_of_policies_count(void **state)
{
	static const struct {
		const char *user, *group, *model, *action, *resource, *code, *message;
	} cases[] = {
		{ "", "", "iam", "iam:ListUsers", "arn:aws:iam::0:user/", "AccessDenied",
		    USER "iam:ListUsers on resource: arn:aws:iam::0:user/ because no "
			 "identity-based policy allows the iam:ListUsers action" },
		{ "", "", "ec2", "ec2:RunInstances", "arn:aws:ec2:r:0:instance/*",
		    "UnauthorizedOperation",
		    "You are not authorized to perform this operation. " USER
		    "ec2:RunInstances on resource: arn:aws:ec2:r:0:instance/* because no "
		    "identity-based policy allows the ec2:RunInstances action" },
		{ "", "", "ec2", "ec2:DescribeVpcs", "*", "UnauthorizedOperation",
		    "You are not authorized to perform this operation. " USER
		    "ec2:DescribeVpcs because no identity-based policy allows the "
		    "ec2:DescribeVpcs action" },
		{ "", "", "ssm", "ssm:GetParameter", "arn:p", "AccessDeniedException",
		    USER
		    "ssm:GetParameter on resource: arn:p because no identity-based policy "
		    "allows the ssm:GetParameter action" },
		{ INLINE(ALLOW("iam:*")), "", "iam", "iam:ListUsers", "*", NULL, NULL },
		{ INLINE(ALLOW("s3:*")), "", "iam", "iam:ListUsers", "*", "AccessDenied",
		    NULL },
		{ ATTACHED(AWS_POLICY "AdministratorAccess"), "", "iam", "iam:ListUsers",
		    "*", NULL, NULL },
		{ ATTACHED(OWN_POLICY), "", "ssm", "ssm:GetParameter", "*", NULL, NULL },
		{ ATTACHED(OWN_POLICY), "", "iam", "iam:ListUsers", "*", "AccessDenied",
		    NULL },
		{ ATTACHED(AWS_POLICY "NoSuchPolicy"), "", "iam", "iam:ListUsers", "*",
		    "AccessDenied", NULL },
		{ ",\"_groups\":[\"g\"]", INLINE(ALLOW("iam:*")), "iam", "iam:ListUsers",
		    "*", NULL, NULL },
		{ ",\"_groups\":[\"g\"]", ATTACHED(OWN_POLICY), "ssm", "ssm:GetParameter",
		    "*", NULL, NULL },
		{ "", INLINE(ALLOW("iam:*")), "iam", "iam:ListUsers", "*", "AccessDenied",
		    NULL },
		{ ",\"_groups\":[\"gone\"]", "", "iam", "iam:ListUsers", "*",
		    "AccessDenied", NULL },
		{ ",\"_groups\":[\"g\"]" ATTACHED(AWS_POLICY "AdministratorAccess"),
		    INLINE(REFUSE("iam:*")), "iam", "iam:ListUsers", "*", "AccessDenied",
		    USER "iam:ListUsers on resource: * with an explicit deny in an "
			 "identity-based policy" },
		{ ATTACHED(AWS_POLICY "AdministratorAccess") BOUNDED(OWN_POLICY), "",
		    "iam", "iam:ListUsers", "*", "AccessDenied",
		    USER
		    "iam:ListUsers on resource: * because no permissions boundary allows "
		    "the iam:ListUsers action" },
		{ ATTACHED(AWS_POLICY "AdministratorAccess") BOUNDED(OWN_POLICY), "",
		    "ssm", "ssm:GetParameter", "*", NULL, NULL },
		{ BOUNDED(OWN_POLICY), "", "ssm", "ssm:GetParameter", "*",
		    "AccessDeniedException", NULL },
		{ ATTACHED(AWS_POLICY "AdministratorAccess") BOUNDED(AWS_POLICY "Gone"),
		    "", "iam", "iam:ListUsers", "*", "AccessDenied", NULL },
		{ ATTACHED(AWS_POLICY "AdministratorAccess")
			BOUNDED("arn:aws:iam::" ACCOUNT ":policy/deny"),
		    "", "iam", "iam:ListUsers", "*", "AccessDenied",
		    USER
		    "iam:ListUsers on resource: * with an explicit deny in a permissions "
		    "boundary" },
	};
	struct fixture *f = *state;

	put(f, SCOPE, "iam:policy", OWN_POLICY, "{\"_doc\":" ALLOW("ssm:*") "}");
	put(f, SCOPE, "iam:policy", "arn:aws:iam::" ACCOUNT ":policy/deny",
	    "{\"_doc\":" REFUSE("iam:*") "}");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err;
		int rc;

		put_bob(f, cases[i].user);
		put(f, SCOPE, "iam:group", "g",
		    arena_printf(f->arena, "{\"GroupName\":\"g\"%s}", cases[i].group));
		rc = may(f, &bob_himself, cases[i].model, cases[i].action,
		    cases[i].resource, &err);
		if ((rc == 0) != (cases[i].code == NULL))
			fail_msg("case %zu: %d %s", i, rc, err.msg);
		if (cases[i].code != NULL)
			assert_string_equal(err.kind->code, cases[i].code);
		if (cases[i].message != NULL)
			assert_string_equal(err.msg, cases[i].message);
	}
}

static void
a_session_has_its_roles_policies_within_its_own(void **state)
{
	struct fixture *f = *state;
	struct principal who = { .kind = PRINCIPAL_SESSION,
		.account = ACCOUNT,
		.arn = "arn:aws:sts::" ACCOUNT ":assumed-role/r/s",
		.user_id = "AROAR:s",
		.name = "r",
		.session = "s" };
	struct err err;
	json_t *policy;

	assert_int_equal(may(f, &who, "ec2", "ec2:DescribeVpcs", "*", &err), -1);
	put_role(f, "AROAR", INLINE(ALLOW("ec2:*")));
	assert_int_equal(may(f, &who, "ec2", "ec2:DescribeVpcs", "*", &err), 0);
	assert_int_equal(may(f, &who, "iam", "iam:ListUsers", "*", &err), -1);

	assert_int_equal(json_read_in(f->arena, ALLOW("s3:*"), strlen(ALLOW("s3:*")),
			     &policy, &err),
	    0);
	who.session_policy = policy;
	assert_int_equal(may(f, &who, "ec2", "ec2:DescribeVpcs", "*", &err), -1);
	assert_string_equal(err.msg,
	    "You are not authorized to perform this operation. User: arn:aws:sts::" ACCOUNT
	    ":assumed-role/r/s is not authorized to perform: ec2:DescribeVpcs because no "
	    "session policy allows the ec2:DescribeVpcs action");
	/* The session policy gives nothing by itself. */
	assert_int_equal(may(f, &who, "ec2", "s3:GetObject", "*", &err), -1);
}

static void
root_may_everything_and_nobody_nothing(void **state)
{
	struct fixture *f = *state;
	struct principal who = { .kind = PRINCIPAL_ROOT,
		.account = ACCOUNT,
		.arn = "root" };
	struct principal federated = { .kind = PRINCIPAL_FEDERATED,
		.account = ACCOUNT,
		.arn = "federated" };
	struct err err;

	assert_int_equal(may(f, &who, "iam", "iam:ListUsers", "*", &err), 0);
	who.kind = PRINCIPAL_NOBODY;
	assert_int_equal(may(f, &who, "iam", "iam:ListUsers", "*", &err), -1);
	assert_int_equal(may(f, &federated, "iam", "iam:ListUsers", "*", &err), -1);
}

static void
conditions_know_the_caller(void **state)
{
	static const struct {
		const char *condition;
		int allowed;
	} cases[] = {
		{ "\"StringEquals\":{\"aws:username\":\"bob\"}", 1 },
		{ "\"StringEquals\":{\"aws:username\":\"eve\"}", 0 },
		{ "\"StringEquals\":{\"aws:userid\":\"AIDABOB\"}", 1 },
		{ "\"StringEquals\":{\"aws:PrincipalAccount\":\"" ACCOUNT "\"}", 1 },
		{ "\"StringEquals\":{\"aws:PrincipalType\":\"User\"}", 1 },
		{ "\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::*:user/b*\"}", 1 },
		{ "\"StringEquals\":{\"aws:PrincipalTag/team\":\"red\"}", 1 },
		{ "\"StringEquals\":{\"aws:PrincipalTag/team\":\"blue\"}", 0 },
		{ "\"Null\":{\"aws:TokenIssueTime\":\"true\"}", 1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err;
		int rc;

		put_bob(f,
		    arena_printf(f->arena,
			",\"Tags\":[{\"Key\":\"team\",\"Value\":\"red\"}],\"_inline\":{\"p\":{"
			"\"doc\":{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
			"\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{%s}}}}}",
			cases[i].condition));
		rc = may(f, &bob_himself, "iam", "iam:ListUsers", "*", &err);
		if ((rc == 0) != cases[i].allowed)
			fail_msg("%s", cases[i].condition);
	}
}

static void
passing_a_role_is_a_permission(void **state)
{
	static const char role[] = "arn:aws:iam::" ACCOUNT ":role/r";
	struct fixture *f = *state;
	struct principal who = { .kind = PRINCIPAL_ROOT,
		.account = ACCOUNT,
		.arn = "root" };
	struct err err;

	assert_int_equal(auth_pass_role(&f->env, f->t, f->arena, &who, model_find("ec2"),
			     role, "ec2.amazonaws.com", NULL, &err),
	    0);
	assert_int_equal(auth_pass_role(&f->env, f->t, f->arena, &who, model_find("ec2"),
			     "arn:aws:iam::" OTHER ":role/r", "ec2.amazonaws.com", NULL,
			     &err),
	    -1);
	assert_string_equal(err.kind->code, "UnauthorizedOperation");
	assert_int_equal(auth_pass_role(&f->env, f->t, f->arena, &bob_himself,
			     model_find("ec2"), role, "ec2.amazonaws.com", NULL, &err),
	    -1);
	assert_string_equal(err.msg,
	    "You are not authorized to perform this operation. " USER
	    "iam:PassRole on resource: arn:aws:iam::" ACCOUNT ":role/r because no "
	    "identity-based policy allows the iam:PassRole action");
	put_bob(f,
	    ",\"_inline\":{\"p\":{\"doc\":{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
	    "\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"arn:aws:iam::" ACCOUNT
	    ":role/*\",\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":"
	    "\"ec2.amazonaws.com\"}}}}}}");
	assert_int_equal(auth_pass_role(&f->env, f->t, f->arena, &bob_himself,
			     model_find("ec2"), role, "ec2.amazonaws.com", NULL, &err),
	    0);
	assert_int_equal(auth_pass_role(&f->env, f->t, f->arena, &bob_himself,
			     model_find("ec2"), role, "ecs.amazonaws.com", NULL, &err),
	    -1);
}

static void
a_profile_leads_to_its_role(void **state)
{
	struct fixture *f = *state;
	json_t *profile = NULL, *r = NULL;
	struct err err;

	put(f, SCOPE, "iam:instance-profile", "web",
	    "{\"InstanceProfileName\":\"web\",\"Arn\":\"arn:aws:iam::" ACCOUNT
	    ":instance-profile/x/web\",\"_role\":\"r\"}");
	assert_int_equal(auth_profile_find(f->t, f->arena, ACCOUNT, "web", &profile, &r,
			     &err),
	    1);
	assert_null(r);
	put_role(f, "AROAR",
	    ",\"_trust\":{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}");
	assert_int_equal(auth_profile_find(f->t, f->arena, ACCOUNT,
			     "arn:aws:iam::" ACCOUNT ":instance-profile/x/web", &profile,
			     &r, &err),
	    1);
	assert_non_null(r);
	assert_int_equal(auth_service_may_assume(r, "ec2.amazonaws.com"), 1);
	assert_int_equal(auth_service_may_assume(r, "ecs.amazonaws.com"), 0);
	assert_int_equal(auth_profile_find(f->t, f->arena, ACCOUNT,
			     "arn:aws:iam::" ACCOUNT ":instance-profile/web", &profile,
			     &r, &err),
	    0);
	assert_int_equal(auth_profile_find(f->t, f->arena, ACCOUNT, "none", &profile, &r,
			     &err),
	    0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(keys_say_who_one_is),
		T(refusals_are_in_the_services_words),
		T(a_quarter_of_an_hour_is_tolerated),
		T(an_unsigned_request_is_refused),
		T(a_key_that_is_off_or_without_a_user_opens_nothing),
		T(relaxed_takes_any_key),
		T(the_use_of_a_key_is_noted),
		T(a_session_is_whom_its_token_says),
		T(a_token_that_was_touched_is_none),
		T(a_session_ends_with_its_time_and_with_its_role),
		cmocka_unit_test(access_key_ids_hold_their_account),
		T(an_agents_token_is_only_ours),
		T(all_kinds_of_policies_count),
		T(a_session_has_its_roles_policies_within_its_own),
		T(root_may_everything_and_nobody_nothing),
		T(conditions_know_the_caller),
		T(passing_a_role_is_a_permission),
		T(a_profile_leads_to_its_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
