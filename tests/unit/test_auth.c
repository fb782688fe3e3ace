/*
 * Who a request is from: keys, sessions, strictness, and each service's words for a refusal;
 * tokens of agents.
 */
#include "tests/unit/auth_fixture.h"

#include <stdio.h>
#include <string.h>

#include "control/iam/identity.h"
#include "control/iam/keyid.h"
#include "control/iam/session.h"
#include "control/iam/sigv4.h"

struct signer {
	const char *key, *secret, *token, *service, *stamp, *date;
};

/* A request of the signer's; everything that is NULL is as it should be. */
static void
sign(struct auth_fixture *f, const struct signer *by, struct wire_request *r)
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
verify(struct auth_fixture *f, const struct signer *by, const char *model,
    struct principal *who, struct err *err)
{
	struct wire_request r;
	int rc;

	sign(f, by, &r);
	err->kind = NULL;
	rc = auth_verify(&f->env, f->t, f->arena, &r,
	    model != NULL ? model_find(model) : NULL, who, err);
	auth_commit(f);
	return rc;
}

static void
is_refused(struct auth_fixture *f, const struct signer *by, const char *model,
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
	struct auth_fixture *f = *state;
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
	auth_commit(f);
	other.key = key.access_key;
	other.secret = key.secret_key;
	assert_int_equal(verify(f, &other, "iam", &who, &err), 0);
	assert_string_equal(who.arn, "arn:aws:iam::" OTHER ":root");
	assert_int_equal(auth_root_key_drop(f->t, OTHER, &err), 0);
	auth_commit(f);
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
	struct auth_fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		is_refused(f, &cases[i].by, cases[i].model, cases[i].code,
		    cases[i].message);
}

static void
a_quarter_of_an_hour_is_tolerated(void **state)
{
	static const char *const stamps[] = { "20251231T234500Z", "20260101T001500Z" };
	struct auth_fixture *f = *state;
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
	struct auth_fixture *f = *state;
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
	struct auth_fixture *f = *state;
	struct principal who;
	struct err err;

	auth_put_key(f, "Inactive");
	is_refused(f, &bob, "iam", "InvalidClientTokenId", NULL);
	auth_put_key(f, "Active");
	assert_int_equal(verify(f, &bob, "iam", &who, &err), 0);
	store_delete(f->t, SCOPE, "iam:user", "bob");
	auth_commit(f);
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
	struct auth_fixture *f = *state;

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
	struct auth_fixture *f = *state;
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
session(struct auth_fixture *f, int64_t expires_ms)
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
	auth_commit(f);
	return k;
}

static void
a_session_is_whom_its_token_says(void **state)
{
	struct auth_fixture *f = *state;
	struct auth_credentials k = session(f, NOW + HOUR), same = session(f, NOW + HOUR);
	struct auth_credentials later = session(f, NOW + 2 * HOUR);
	struct signer by = { .key = k.access_key,
		.secret = k.secret_key,
		.token = k.token };
	struct principal who;
	struct err err;
	json_t *use;

	auth_put_role(f, "AROAR", "");
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
	assert_int_equal(store_get(f->t, SCOPE, "iam:role-use", "r", &use, &err), 1);
	assert_string_equal(json_str(use, "Region"), "us-east-1");
	assert_true(json_num(use, "Date", 0) * 1000 >= (double)NOW);

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
	struct auth_fixture *f = *state;
	struct auth_credentials k = session(f, NOW + HOUR);
	size_t n = strlen(k.token);

	auth_put_role(f, "AROAR", "");
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
	struct auth_fixture *f = *state;
	struct auth_credentials k = session(f, NOW + HOUR);
	struct signer by = { .key = k.access_key,
		.secret = k.secret_key,
		.token = k.token };
	struct principal who;
	struct err err;

	is_refused(f, &by, "iam", "InvalidClientTokenId", NULL);
	auth_put_role(f, "AROAR", "");
	assert_int_equal(verify(f, &by, "iam", &who, &err), 0);
	auth_put_role(f, "AROANOTHER", "");
	is_refused(f, &by, "iam", "InvalidClientTokenId", NULL);
	auth_put_role(f, "AROAR", "");

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
	struct auth_fixture *f = *state;
	const char *kind, *id, *scope;
	char *token, *copy;
	struct err err;

	assert_int_equal(auth_agent_verify(f->t, f->arena, "a.b.c.d", &kind, &id, &scope,
			     &err),
	    0);
	assert_int_equal(auth_agent_token(f->t, f->arena, "vpc", "vpc-1.x", "1:us-east-1",
			     &token, &err),
	    0);
	auth_commit(f);
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

#define T(name) cmocka_unit_test_setup_teardown(name, auth_setup, auth_teardown)

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
