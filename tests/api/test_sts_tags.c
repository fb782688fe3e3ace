/* STS: tags of sessions, who somebody is at the source, MFA, and what sessions cannot call. */
#include "tests/api/fixture.h"

#include <string.h>

#include "control/iam/credential.h"
#include "control/iam/identity.h"
#include "control/iam/mfa.h"
#include "control/iam/totp.h"

#define ARN    "arn:aws:iam::" FIXTURE_ACCOUNT ":"
#define SERIAL ARN "mfa/phone"

static struct principal bob = { .kind = PRINCIPAL_USER,
	.account = FIXTURE_ACCOUNT,
	.arn = ARN "user/bob",
	.user_id = "AIDABOB",
	.name = "bob" };

/* A role that bob may assume, by these actions and under a condition. */
static void
role(struct fixture *f, const char *name, const char *actions, const char *condition)
{
	json_t *doc = json_new_fmt(
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{"
	    "\"AWS\":\"" FIXTURE_ACCOUNT "\"},\"Action\":%s%s}]}",
	    actions, condition);

	fixture_ok(f, "iam", "CreateRole", "%s",
	    json_text(f->arena,
		json_own(f->arena,
		    json_make("{s:s, s:o}", "RoleName", name, "AssumeRolePolicyDocument",
			doc))));
}

static void
make_bob(struct fixture *f)
{
	bob.user_id =
	    fixture_text(fixture_ok(f, "iam", "CreateUser", "{\"UserName\":\"bob\"}"),
		"User.UserId");
	fixture_ok(f, "iam", "AttachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"arn:aws:iam::aws:policy/"
	    "AdministratorAccess\"}");
}

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

static struct call *
assume(struct fixture *f, const struct principal *who, const char *name, const char *more)
{
	return fixture_call_as(f, who, "sts", "AssumeRole",
	    "{\"RoleArn\":\"" ARN "role/%s\",\"RoleSessionName\":\"s1\"%s}", name, more);
}

static void
fails(struct call *c, const char *code, const char *words)
{
	if (c->err.kind == NULL)
		fail_msg("it was let: %s", words);
	assert_string_equal(c->err.kind->code, code);
	if (strstr(c->err.msg, words) == NULL)
		fail_msg("%s", c->err.msg);
}

#define TAGS                                                                            \
	",\"Tags\":[{\"Key\":\"team\",\"Value\":\"blue\"},{\"Key\":\"cost\",\"Value\":" \
	"\"7\"}],\"TransitiveTagKeys\":[\"Team\"],\"SourceIdentity\":\"bob@home\""
#define ALL "[\"sts:AssumeRole\",\"sts:TagSession\",\"sts:SetSourceIdentity\"]"

static void
tags_are_the_sessions_and_some_the_next_ones(void **state)
{
	struct fixture *f = *state;
	struct principal who, next;
	json_t *context;
	struct call *c;

	make_bob(f);
	role(f, "plain", "\"sts:AssumeRole\"", "");
	role(f, "first", ALL, "");
	role(f, "second", ALL, "");
	fixture_ok(f, "iam", "AttachRolePolicy",
	    "{\"RoleName\":\"first\",\"PolicyArn\":\"arn:aws:iam::aws:policy/"
	    "AdministratorAccess\"}");
	fails(assume(f, &bob, "plain", TAGS), "AccessDenied", "sts:TagSession");
	fails(assume(f, &bob, "plain", ",\"SourceIdentity\":\"x1\""), "AccessDenied",
	    "sts:SetSourceIdentity");
	c = assume(f, &bob, "first", TAGS);
	if (c->err.kind != NULL)
		fail_msg("%s", c->err.msg);
	assert_string_equal(json_str(c->out, "SourceIdentity"), "bob@home");
	who = holder(f, c->out);
	context = identity_context(f->arena, &who, NULL, NULL);
	assert_string_equal(json_str(context, "aws:PrincipalTag/team"), "blue");
	assert_string_equal(json_str(context, "aws:PrincipalTag/cost"), "7");
	assert_string_equal(json_str(context, "aws:SourceIdentity"), "bob@home");

	/* The next role must let it have them. */
	fails(assume(f, &who, "plain", ""), "AccessDenied", "sts:TagSession");

	/* Of two, one goes on; and so does who it was. */
	c = assume(f, &who, "second", "");
	if (c->err.kind != NULL)
		fail_msg("%s", c->err.msg);
	next = holder(f, c->out);
	context = identity_context(f->arena, &next, NULL, NULL);
	assert_string_equal(json_str(context, "aws:PrincipalTag/team"), "blue");
	assert_null(json_str(context, "aws:PrincipalTag/cost"));
	assert_string_equal(json_str(context, "aws:SourceIdentity"), "bob@home");
	fails(assume(f, &who, "second", ",\"SourceIdentity\":\"eve\""), "AccessDenied",
	    "cannot be changed");
	fails(assume(f, &who, "second",
		  ",\"Tags\":[{\"Key\":\"TEAM\",\"Value\":\"red\"}]"),
	    "InvalidParameterValue", "conflicts with a transitive tag key");
	fails(assume(f, &bob, "first", ",\"TransitiveTagKeys\":[\"none\"]"),
	    "InvalidParameterValue", "must be included");
	fails(
	    assume(f, &bob, "first",
		",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"A\",\"Value\":\"2\"}]"),
	    "InvalidParameterValue", "Duplicate tag keys");
}

static void
trust_may_ask_for_tags(void **state)
{
	struct fixture *f = *state;

	make_bob(f);
	role(f, "r", ALL,
	    ",\"Condition\":{\"StringEquals\":{\"aws:RequestTag/team\":\"blue\"},"
	    "\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"team\"]}}");
	fails(assume(f, &bob, "r", ""), "AccessDenied", "sts:AssumeRole");
	fails(assume(f, &bob, "r", ",\"Tags\":[{\"Key\":\"team\",\"Value\":\"red\"}]"),
	    "AccessDenied", "sts:AssumeRole");
	fails(assume(f, &bob, "r", TAGS), "AccessDenied", "sts:AssumeRole");
	assert_null(
	    assume(f, &bob, "r", ",\"Tags\":[{\"Key\":\"team\",\"Value\":\"blue\"}]")
		->err.kind);
}

/* MFA */

static const char *
code(struct fixture *f, int steps)
{
	unsigned char seed[MFA_SEED];
	char out[TOTP_DIGITS + 1];
	struct err err;
	json_t *doc;

	assert_int_equal(store_get(store_begin(f->env.store, f->arena),
			     FIXTURE_ACCOUNT ":-", MFA_KIND, SERIAL, &doc, &err),
	    1);
	assert_true(mfa_seed(doc, seed));
	totp_code(seed, MFA_SEED, f->now_ms / 1000 / TOTP_STEP_S + steps, out);
	return arena_strdup(f->arena, out);
}

static const char *
with_code(struct fixture *f, int steps)
{
	return arena_printf(f->arena,
	    ",\"SerialNumber\":\"" SERIAL "\",\"TokenCode\":\"%s\"", code(f, steps));
}

static void
a_role_may_ask_for_mfa(void **state)
{
	struct fixture *f = *state;
	struct principal who;
	struct call *c;

	make_bob(f);
	fixture_ok(f, "iam", "CreateVirtualMFADevice",
	    "{\"VirtualMFADeviceName\":\"phone\"}");
	fixture_ok(f, "iam", "EnableMFADevice",
	    "{\"UserName\":\"bob\",\"SerialNumber\":\"" SERIAL
	    "\",\"AuthenticationCode1\":\"%s\",\"AuthenticationCode2\":\"%s\"}",
	    code(f, -1), code(f, 0));
	role(f, "r", "\"sts:AssumeRole\"",
	    ",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}");
	fails(assume(f, &bob, "r", ""), "AccessDenied", "sts:AssumeRole");
	/* That one was shown when the device was enabled. */
	fails(assume(f, &bob, "r", with_code(f, 0)), "AccessDenied",
	    "invalid MFA one time pass code");
	fails(assume(f, &bob, "r", ",\"SerialNumber\":\"" SERIAL "\""), "AccessDenied",
	    "invalid MFA one time pass code");
	assert_null(assume(f, &bob, "r", with_code(f, 1))->err.kind);
	fails(assume(f, &bob, "r", with_code(f, 1)), "AccessDenied",
	    "invalid MFA one time pass code");

	/* Or once for all that follows. */
	f->now_ms += 600 * 1000;
	c = fixture_call_as(f, &bob, "sts", "GetSessionToken", "{%s}",
	    with_code(f, 0) + 1);
	if (c->err.kind != NULL)
		fail_msg("%s", c->err.msg);
	who = holder(f, c->out);
	assert_null(assume(f, &who, "r", "")->err.kind);
	assert_null(fixture_call_as(f, &who, "iam", "ListUsers", "{}")->err.kind);
	c = fixture_call_as(f, &bob, "sts", "GetSessionToken", "{}");
	who = holder(f, c->out);
	fails(assume(f, &who, "r", ""), "AccessDenied", "sts:AssumeRole");
}

static void
sessions_cannot_call_everything(void **state)
{
	static const char let_all[] =
	    "{\"Name\":\"guest\",\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\","
	    "\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":\\\"*\\\","
	    "\\\"Resource\\\":\\\"*\\\"}]}\"}";
	struct fixture *f = *state;
	struct principal who;
	struct call *c;

	make_bob(f);
	c = fixture_call_as(f, &bob, "sts", "GetSessionToken", "{}");
	assert_null(c->err.kind);
	who = holder(f, c->out);
	fails(fixture_call_as(f, &who, "iam", "ListUsers", "{}"), "InvalidClientTokenId",
	    "The security token included in the request is invalid");
	fails(fixture_call_as(f, &who, "sts", "GetFederationToken", "%s", let_all),
	    "AccessDenied", "Cannot call GetFederationToken with session credentials");
	assert_null(fixture_call_as(f, &who, "sts", "GetCallerIdentity", "{}")->err.kind);
	assert_null(fixture_call_as(f, &who, "ec2", "DescribeVpcs", "{}")->err.kind);
	c = fixture_call_as(f, &bob, "sts", "GetFederationToken", "%s", let_all);
	assert_null(c->err.kind);
	who = holder(f, c->out);
	fails(fixture_call_as(f, &who, "iam", "ListUsers", "{}"), "InvalidClientTokenId",
	    "invalid");
	role(f, "r", "\"sts:AssumeRole\"", "");
	fails(assume(f, &who, "r", ""), "AccessDenied",
	    "Cannot call AssumeRole with session credentials");
	assert_null(fixture_call_as(f, &who, "sts", "GetCallerIdentity", "{}")->err.kind);
	assert_null(fixture_call_as(f, &who, "ec2", "DescribeVpcs", "{}")->err.kind);
}

static void
older_sessions_can_be_revoked(void **state)
{
	struct fixture *f = *state;
	struct principal old, young;
	struct call *c;
	json_t *deny;
	char now[32];

	make_bob(f);
	role(f, "r", "\"sts:AssumeRole\"", "");
	fixture_ok(f, "iam", "AttachRolePolicy",
	    "{\"RoleName\":\"r\",\"PolicyArn\":\"arn:aws:iam::aws:policy/"
	    "AdministratorAccess\"}");
	c = assume(f, &bob, "r", "");
	assert_null(c->err.kind);
	old = holder(f, c->out);
	f->now_ms += 2000;
	clock_iso8601(f->now_ms, 0, now);
	deny = json_own(f->arena,
	    json_make("{s:s, s:s, s:o}", "RoleName", "r", "PolicyName",
		"AWSRevokeOlderSessions", "PolicyDocument",
		json_new_fmt(
		    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
		    "\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
		    "\"DateLessThan\":{\"aws:TokenIssueTime\":\"%s\"}}}]}",
		    now)));
	fixture_ok(f, "iam", "PutRolePolicy", "%s", json_text(f->arena, deny));
	c = assume(f, &bob, "r", "");
	young = holder(f, c->out);
	fails(fixture_call_as(f, &old, "ec2", "DescribeVpcs", "{}"),
	    "UnauthorizedOperation", "explicit deny");
	assert_null(fixture_call_as(f, &young, "ec2", "DescribeVpcs", "{}")->err.kind);
}

static void
a_token_is_as_large_as_is_asked(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	v = fixture_ok(f, "sts", "GetSessionToken", "{\"MinimumSessionTokenSize\":4096}");
	assert_in_range(json_int(v, "SessionTokenSize", 0), 4096, 4120);
	assert_int_equal(strlen(fixture_text(v, "Credentials.SessionToken")),
	    json_int(v, "SessionTokenSize", 0));
	assert_int_equal(json_int(v, "SessionTokenUtilization", 0), 25);
	holder(f, v);
	v = fixture_ok(f, "sts", "GetSessionToken", "{}");
	assert_in_range(json_int(v, "SessionTokenSize", 0), 50, 1000);
}

/* So many tags of 380 characters each. */
static struct call *
assume_with_tags(struct fixture *f, int n)
{
	json_t *in = json_own(f->arena,
	    json_make("{s:s, s:s}", "RoleArn", ARN "role/r", "RoleSessionName", "s1"));
	json_t *tags = json_need_array(in, "Tags");

	for (int i = 0; i < n; i++)
		json_add(tags,
		    json_make("{s:o, s:o}", "Key", json_new_fmt("%0124d", i), "Value",
			json_new_fmt("%0256d", i)));
	return fixture_call_as(f, &bob, "sts", "AssumeRole", "%s",
	    json_text(f->arena, in));
}

static void
tags_have_as_much_room_as_a_token_has(void **state)
{
	struct fixture *f = *state;
	struct call *c;

	make_bob(f);
	role(f, "r", ALL, "");
	c = assume_with_tags(f, 20);
	assert_null(c->err.kind);
	assert_in_range(json_int(c->out, "PackedPolicySize", 0), 95, 99);
	assert_int_equal(json_object_size(holder(f, c->out).tags), 20);
	fails(assume_with_tags(f, 21), "PackedPolicyTooLarge",
	    "Packed policy consumes 10");
}

static void
a_denial_can_be_decoded(void **state)
{
	static const char marker[] = "Encoded authorization failure message: ";
	struct fixture *f = *state;
	struct principal who = bob;
	const char *at;
	struct call *c;
	json_t *v;

	who.user_id =
	    fixture_text(fixture_ok(f, "iam", "CreateUser", "{\"UserName\":\"bob\"}"),
		"User.UserId");
	c = fixture_call_as(f, &who, "ec2", "CreateVpc",
	    "{\"CidrBlock\":\"10.0.0.0/16\"}");
	assert_string_equal(c->err.kind->code, "UnauthorizedOperation");
	at = strstr(c->err.msg, marker);
	assert_non_null(at);
	at += strlen(marker);
	v = fixture_ok(f, "sts", "DecodeAuthorizationMessage",
	    "{\"EncodedMessage\":\"%s\"}", at);
	assert_non_null(
	    strstr(fixture_text(v, "DecodedMessage"), "\"action\":\"ec2:CreateVpc\""));
	assert_non_null(strstr(fixture_text(v, "DecodedMessage"), ARN "user/bob"));
	fails(fixture_call_as(f, &who, "sts", "DecodeAuthorizationMessage",
		  "{\"EncodedMessage\":\"%s\"}", at),
	    "AccessDenied", "sts:DecodeAuthorizationMessage");
	fails(fixture_call(f, "sts", "DecodeAuthorizationMessage",
		  "{\"EncodedMessage\":\"A%s\"}", at),
	    "InvalidAuthorizationMessageException", "Encoded Authorization Message");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_denial_can_be_decoded, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(a_role_may_ask_for_mfa, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(sessions_cannot_call_everything,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
		    tags_are_the_sessions_and_some_the_next_ones, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(trust_may_ask_for_tags, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(older_sessions_can_be_revoked,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_token_is_as_large_as_is_asked,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(tags_have_as_much_room_as_a_token_has,
		    fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
