/*
 * STS: who may assume which role, for how long, and that the credentials it gives work.
 */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#include "control/api/dispatch.h"
#include "control/iam/sigv4.h"

#define ACCOUNT FIXTURE_ACCOUNT
#define ARN	"arn:aws:iam::" ACCOUNT ":"
#define OTHER	"111111111111"
#define ROLE	ARN "role/r"

/* Statements with "'" for the quotes, as a JSON string in a JSON document. */
static const char *
quoted(struct fixture *f, const char *text)
{
	struct buf *b = buf_new(f->arena, 0);

	for (; *text != '\0'; text++)
		buf_str(b, *text == '\'' ? "\\\"" : (const char[]){ *text, '\0' });
	return buf_text(b);
}

static const char *
trust(struct fixture *f, const char *principal, const char *condition)
{
	return quoted(f,
	    arena_printf(f->arena,
		"{'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':%s,"
		"'Action':'sts:AssumeRole'%s%s}]}",
		principal, condition[0] != '\0' ? ",'Condition':" : "", condition));
}

static void
make_role(struct fixture *f, const char *principal, const char *condition)
{
	fixture_ok(f, "iam", "CreateRole",
	    "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":\"%s\"}",
	    trust(f, principal, condition));
}

static void
set_trust(struct fixture *f, const char *principal, const char *condition)
{
	fixture_ok(f, "iam", "UpdateAssumeRolePolicy",
	    "{\"RoleName\":\"r\",\"PolicyDocument\":\"%s\"}",
	    trust(f, principal, condition));
}

/* Give bob (or the role) one statement: effect, action. */
static void
give(struct fixture *f, const char *kind, const char *name, const char *effect,
    const char *action)
{
	const char *op = arena_printf(f->arena, "Put%sPolicy", kind);

	fixture_ok(f, "iam", op,
	    "{\"%sName\":\"%s\",\"PolicyName\":\"p\",\"PolicyDocument\":\"%s\"}", kind,
	    name,
	    quoted(f,
		arena_printf(f->arena,
		    "{'Version':'2012-10-17','Statement':[{'Effect':'%s','Action':'%s',"
		    "'Resource':'*'}]}",
		    effect, action)));
}

static struct principal
make_bob(struct fixture *f)
{
	json_t *v = fixture_ok(f, "iam", "CreateUser", "{\"UserName\":\"bob\"}");
	struct principal bob = { .kind = PRINCIPAL_USER,
		.account = ACCOUNT,
		.arn = ARN "user/bob",
		.user_id = fixture_text(v, "User.UserId"),
		.name = "bob",
		.access_key = "AKIABOB" };

	return bob;
}

#define ASSUME "{\"RoleArn\":\"" ROLE "\",\"RoleSessionName\":\"s1\"%s}"

static struct call *
assume(struct fixture *f, const struct principal *who, const char *more)
{
	return fixture_call_as(f, who, "sts", "AssumeRole", ASSUME, more);
}

static void
is_code(const struct call *c, const char *code)
{
	const char *have = c->err.kind != NULL ? c->err.kind->code : "no error";

	if (strcmp(have, code) != 0)
		fail_msg("%s: %s, but %s expected", have, c->err.msg, code);
}

static void
is_done(const struct call *c)
{
	if (c->err.kind != NULL)
		fail_msg("%s: %s", c->err.kind->code, c->err.msg);
}

/* A signed request of GetCallerIdentity, or of whatever: the reply. */
static struct wire_reply
send(struct fixture *f, const json_t *credentials, const char *service, const char *body)
{
	const char *form =
	    "AWS4-HMAC-SHA256 Credential=%s/%.8s/us-east-1/%s/aws4_request, "
	    "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
	    "Signature=%s";
	const char *key = json_str(credentials, "AccessKeyId");
	struct wire_request r = { .method = "POST",
		.path = "/",
		.query = "",
		.body = body };
	struct wire_reply reply = { 0 };
	struct sigv4 parsed;
	char stamp[32], full[32], *canonical, signature[65];
	struct err err;

	clock_iso8601(f->now_ms, 0, full);
	snprintf(stamp, sizeof(stamp), "%.4s%.2s%.2sT%.2s%.2s%.2sZ", full, full + 5,
	    full + 8, full + 11, full + 14, full + 17);
	r.body_len = strlen(body);
	r.headers[0] = (struct wire_header){ "Host", "localhost:4599" };
	r.headers[1] = (struct wire_header){ "X-Amz-Date", stamp };
	r.headers[2] =
	    (struct wire_header){ "Content-Type", "application/x-www-form-urlencoded" };
	r.headers[3] = (struct wire_header){ "X-Amz-Security-Token",
		json_str_or(credentials, "SessionToken", "") };
	r.n_headers = 5;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	r.headers[4] = (struct wire_header){ "Authorization",
		arena_printf(f->arena, form, key, stamp, service, "0") };
	assert_int_equal(sigv4_parse(f->arena, &r, &parsed, &err), 1);
	assert_int_equal(sigv4_canonical(f->arena, &r, &parsed, &canonical, &err), 0);
	sigv4_sign(f->arena, &parsed, json_str(credentials, "SecretAccessKey"), canonical,
	    signature);
	r.headers[4].value = arena_printf(f->arena, form, key, stamp, service, signature);
#pragma GCC diagnostic pop
	dispatch_http(&f->env, f->arena, &r, "127.0.0.1", &reply);
	return reply;
}

#define WHO_AM_I "Action=GetCallerIdentity&Version=2011-06-15"

static void
replies(const struct wire_reply *r, int status, const char *text)
{
	if (r->status != status || strstr(buf_text(r->body), text) == NULL)
		fail_msg("%d %s", r->status, buf_text(r->body));
}

static void
everybody_may_ask_who_he_is(void **state)
{
	struct fixture *f = *state;
	struct principal bob = make_bob(f);
	struct call *c;
	json_t *v = fixture_ok(f, "sts", "GetCallerIdentity", "{}");

	assert_string_equal(fixture_text(v, "Arn"), ARN "root");
	assert_string_equal(fixture_text(v, "Account"), ACCOUNT);
	assert_string_equal(fixture_text(v, "UserId"), ACCOUNT);
	give(f, "User", "bob", "Deny", "*");
	c = fixture_call_as(f, &bob, "sts", "GetCallerIdentity", "{}");
	is_done(c);
	assert_string_equal(fixture_text(c->out, "Arn"), ARN "user/bob");
}

static void
credentials_of_a_role_work(void **state)
{
	struct fixture *f = *state;
	struct wire_reply reply;
	const json_t *k;
	struct call *c;

	make_role(f, "{'AWS':'" ACCOUNT "'}", "");
	c = assume(f, &f->root, "");
	is_done(c);
	k = json_get(c->out, "Credentials");
	assert_int_equal(json_int(k, "Expiration", 0), f->now_ms / 1000 + 3600);
	assert_string_equal(fixture_text(c->out, "AssumedRoleUser.Arn"),
	    "arn:aws:sts::" ACCOUNT ":assumed-role/r/s1");
	reply = send(f, k, "sts", WHO_AM_I);
	replies(&reply, 200, "<Arn>arn:aws:sts::" ACCOUNT ":assumed-role/r/s1</Arn>");
	reply = send(f, k, "iam", "Action=ListUsers&Version=2010-05-08");
	replies(&reply, 403,
	    "assumed-role/r/s1 is not authorized to perform: iam:ListUsers");
	give(f, "Role", "r", "Allow", "iam:ListUsers");
	reply = send(f, k, "iam", "Action=ListUsers&Version=2010-05-08");
	replies(&reply, 200, "<IsTruncated>false</IsTruncated>");

	f->now_ms += 3600 * 1000 - 1000;
	reply = send(f, k, "sts", WHO_AM_I);
	replies(&reply, 200, "assumed-role/r/s1");
	f->now_ms += 1000;
	reply = send(f, k, "sts", WHO_AM_I);
	replies(&reply, 403, "<Code>ExpiredToken</Code>");
}

static void
deleting_the_role_ends_its_sessions(void **state)
{
	struct fixture *f = *state;
	struct wire_reply reply;
	struct call *c;

	make_role(f, "{'AWS':'" ACCOUNT "'}", "");
	c = assume(f, &f->root, "");
	is_done(c);
	fixture_ok(f, "iam", "DeleteRole", "{\"RoleName\":\"r\"}");
	make_role(f, "{'AWS':'" ACCOUNT "'}", "");
	reply = send(f, json_get(c->out, "Credentials"), "sts", WHO_AM_I);
	replies(&reply, 403, "<Code>InvalidClientTokenId</Code>");
}

static void
who_may_assume_is_for_both_to_say(void **state)
{
	/* own: effect of bob's policy on sts:AssumeRole */
	static const struct {
		const char *why, *principal, *condition, *own, *more;
		int allowed;
	} cases[] = {
		{ "the account is trusted, bob has no policy", "{'AWS':'" ACCOUNT "'}",
		    "", NULL, "", 0 },
		{ "the account is trusted, bob may", "{'AWS':'" ACCOUNT "'}", "", "Allow",
		    "", 1 },
		{ "the account is trusted, bob may not", "{'AWS':'" ACCOUNT "'}", "",
		    "Deny", "", 0 },
		{ "the account by its root's ARN", "{'AWS':'" ARN "root'}", "", "Allow",
		    "", 1 },
		{ "bob himself is trusted", "{'AWS':'" ARN "user/bob'}", "", NULL, "",
		    1 },
		{ "bob himself is trusted, and forbidden", "{'AWS':'" ARN "user/bob'}",
		    "", "Deny", "", 0 },
		{ "eve is trusted", "{'AWS':'" ARN "user/eve'}", "", "Allow", "", 0 },
		{ "everybody is trusted", "'*'", "", NULL, "", 1 },
		{ "another account is trusted", "{'AWS':'" OTHER "'}", "", "Allow", "",
		    0 },
		{ "a service is trusted", "{'Service':'ec2.amazonaws.com'}", "", "Allow",
		    "", 0 },
		{ "the external id is right", "{'AWS':'" ARN "user/bob'}",
		    "{'StringEquals':{'sts:ExternalId':'42'}}", NULL,
		    ",\"ExternalId\":\"42\"", 1 },
		{ "the external id is wrong", "{'AWS':'" ARN "user/bob'}",
		    "{'StringEquals':{'sts:ExternalId':'42'}}", NULL,
		    ",\"ExternalId\":\"43\"", 0 },
		{ "the external id is missing", "{'AWS':'" ARN "user/bob'}",
		    "{'StringEquals':{'sts:ExternalId':'42'}}", NULL, "", 0 },
		{ "the session's name is asked for", "{'AWS':'" ARN "user/bob'}",
		    "{'StringLike':{'sts:RoleSessionName':'s*'}}", NULL, "", 1 },
		{ "the caller's name is asked for", "{'AWS':'" ACCOUNT "'}",
		    "{'ArnEquals':{'aws:PrincipalArn':'" ARN "user/bob'}}", "Allow", "",
		    1 },
		{ "the address is asked for", "{'AWS':'" ARN "user/bob'}",
		    "{'IpAddress':{'aws:SourceIp':'10.0.0.0/8'}}", NULL, "", 0 },
	};
	struct fixture *f = *state;
	struct principal bob = make_bob(f);

	fixture_ok(f, "iam", "CreateUser", "{\"UserName\":\"eve\"}");
	make_role(f, "'*'", "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct call *c;

		set_trust(f, cases[i].principal, cases[i].condition);
		give(f, "User", "bob", cases[i].own != NULL ? cases[i].own : "Allow",
		    cases[i].own != NULL ? "sts:AssumeRole" : "s3:*");
		c = assume(f, &bob, cases[i].more);
		if ((c->err.kind == NULL) != cases[i].allowed)
			fail_msg("%s: %s", cases[i].why, c->err.msg);
		if (!cases[i].allowed)
			is_code(c, "AccessDenied");
	}
}

static void
another_account_needs_both(void **state)
{
	struct fixture *f = *state;
	struct principal bob = make_bob(f), stranger = f->root;
	struct call *c;

	make_role(f, "{'AWS':'" ACCOUNT "'}", "");
	snprintf(stranger.account, sizeof(stranger.account), OTHER);
	stranger.arn = "arn:aws:iam::" OTHER ":root";
	is_code(assume(f, &stranger, ""), "AccessDenied");
	set_trust(f, "{'AWS':'" OTHER "'}", "");
	is_done(assume(f, &stranger, ""));

	/* A role of the other account that trusts bob by name: his own policies must allow, too. */
	c = fixture_call_as(f, &stranger, "iam", "CreateRole",
	    "{\"RoleName\":\"far\",\"AssumeRolePolicyDocument\":\"%s\"}",
	    trust(f, "{'AWS':'" ARN "user/bob'}", ""));
	is_done(c);
	c = fixture_call_as(f, &bob, "sts", "AssumeRole",
	    "{\"RoleArn\":\"arn:aws:iam::" OTHER
	    ":role/far\",\"RoleSessionName\":\"s1\"}");
	is_code(c, "AccessDenied");
	give(f, "User", "bob", "Allow", "sts:AssumeRole");
	c = fixture_call_as(f, &bob, "sts", "AssumeRole",
	    "{\"RoleArn\":\"arn:aws:iam::" OTHER
	    ":role/far\",\"RoleSessionName\":\"s1\"}");
	is_done(c);
}

static void
refusals_have_their_words(void **state)
{
	static const struct {
		const char *params, *code, *message;
	} cases[] = {
		{ "{\"RoleArn\":\"" ARN "role/none\",\"RoleSessionName\":\"s1\"}",
		    "AccessDenied",
		    "User: " ARN
		    "root is not authorized to perform: sts:AssumeRole on resource: " ARN
		    "role/none" },
		{ "{\"RoleArn\":\"" ARN "role/path/r\",\"RoleSessionName\":\"s1\"}",
		    "AccessDenied", NULL },
		{ "{\"RoleArn\":\"" ARN "user/x-y-z-0\",\"RoleSessionName\":\"s1\"}",
		    "ValidationError", ARN "user/x-y-z-0 is invalid" },
		{ "{\"RoleArn\":\"nothing-but-some-text\",\"RoleSessionName\":\"s1\"}",
		    "ValidationError", "nothing-but-some-text is invalid" },
		{ "{\"RoleArn\":\"" ARN "role/\",\"RoleSessionName\":\"s1\"}",
		    "ValidationError", NULL },
		{ "{\"RoleArn\":\"" ROLE
		  "\",\"RoleSessionName\":\"s1\",\"DurationSeconds\":3601}",
		    "ValidationError",
		    "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
		    "role." },
		{ "{\"RoleArn\":\"" ROLE
		  "\",\"RoleSessionName\":\"s1\",\"DurationSeconds\":899}",
		    "ValidationError", NULL },
		{ "{\"RoleArn\":\"" ROLE "\",\"RoleSessionName\":\"s 1\"}",
		    "ValidationError", NULL },
		{ "{\"RoleArn\":\"" ROLE "\"}", "ValidationError", NULL },
		{ "{\"RoleArn\":\"" ROLE
		  "\",\"RoleSessionName\":\"s1\",\"Policy\":\"{}\"}",
		    "MalformedPolicyDocument", NULL },
		{ "{\"RoleArn\":\"" ROLE
		  "\",\"RoleSessionName\":\"s1\",\"PolicyArns\":[{\"arn\":"
		  "\"arn:aws:iam::aws:policy/None\"}]}",
		    "ValidationError", NULL },
		{ "{\"RoleArn\":\"" ROLE
		  "\",\"RoleSessionName\":\"s1\",\"SourceIdentity\":\"x1\"}",
		    "AccessDenied",
		    "User: " ARN
		    "root is not authorized to perform: sts:SetSourceIdentity on resource: " ROLE },
		{ "{\"RoleArn\":\"" ROLE "\",\"RoleSessionName\":\"s1\",\"SerialNumber\":"
		  "\"arn:aws:iam::1:mfa/x\",\"TokenCode\":\"123456\"}",
		    "AccessDenied",
		    "MultiFactorAuthentication failed with invalid MFA one time pass code. " },
	};
	struct fixture *f = *state;

	make_role(f, "{'AWS':'" ACCOUNT "'}", "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *said = fixture_fails(f, cases[i].code, "sts", "AssumeRole",
		    "%s", cases[i].params);

		if (cases[i].message != NULL)
			assert_string_equal(said, cases[i].message);
	}
}

static void
a_session_may_last_as_long_as_its_role_says(void **state)
{
	struct fixture *f = *state;
	struct principal session = f->root;
	struct call *c;

	make_role(f, "{'AWS':'" ACCOUNT "'}", "");
	fixture_ok(f, "iam", "UpdateRole",
	    "{\"RoleName\":\"r\",\"MaxSessionDuration\":7200}");
	c = assume(f, &f->root, ",\"DurationSeconds\":7200");
	is_done(c);
	assert_int_equal(json_int(json_get(c->out, "Credentials"), "Expiration", 0),
	    f->now_ms / 1000 + 7200);

	/* One role from another: an hour. */
	give(f, "Role", "r", "Allow", "sts:AssumeRole");
	session.kind = PRINCIPAL_SESSION;
	session.arn = "arn:aws:sts::" ACCOUNT ":assumed-role/r/s0";
	session.name = "r";
	session.session = "s0";
	is_done(assume(f, &session, ",\"DurationSeconds\":3600"));
	c = assume(f, &session, ",\"DurationSeconds\":3601");
	is_code(c, "ValidationError");
	assert_string_equal(c->err.msg,
	    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
	    "role chaining");
	/* By its role's name, too. */
	fixture_ok(f, "iam", "DeleteRolePolicy",
	    "{\"RoleName\":\"r\",\"PolicyName\":\"p\"}");
	is_code(assume(f, &session, ""), "AccessDenied");
	set_trust(f, "{'AWS':'" ROLE "'}", "");
	is_done(assume(f, &session, ""));
	set_trust(f, "{'AWS':'arn:aws:sts::" ACCOUNT ":assumed-role/r/s0'}", "");
	is_done(assume(f, &session, ""));
}

static void
a_session_policy_narrows(void **state)
{
	struct fixture *f = *state;
	struct wire_reply reply;
	struct call *c;

	make_role(f, "{'AWS':'" ACCOUNT "'}", "");
	give(f, "Role", "r", "Allow", "iam:*");
	c = assume(f, &f->root,
	    arena_printf(f->arena, ",\"Policy\":\"%s\"",
		quoted(f,
		    "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':"
		    "'iam:ListRoles','Resource':'*'}}")));
	is_done(c);
	assert_true(json_int(c->out, "PackedPolicySize", 0) >= 1);
	reply = send(f, json_get(c->out, "Credentials"), "iam",
	    "Action=ListRoles&Version=2010-05-08");
	replies(&reply, 200, "<RoleName>r</RoleName>");
	reply = send(f, json_get(c->out, "Credentials"), "iam",
	    "Action=ListUsers&Version=2010-05-08");
	replies(&reply, 403, "because no session policy allows the iam:ListUsers action");

	c = assume(f, &f->root,
	    ",\"PolicyArns\":[{\"arn\":\"arn:aws:iam::aws:policy/IAMReadOnlyAccess\"}]");
	is_done(c);
	reply = send(f, json_get(c->out, "Credentials"), "iam",
	    "Action=ListUsers&Version=2010-05-08");
	replies(&reply, 200, "<IsTruncated>");
	reply = send(f, json_get(c->out, "Credentials"), "iam",
	    "Action=CreateUser&UserName=x&Version=2010-05-08");
	replies(&reply, 403,
	    "because no session policy allows the iam:CreateUser action");
}

static void
a_users_session_is_the_user(void **state)
{
	struct fixture *f = *state;
	struct principal bob = make_bob(f);
	struct call *c = fixture_call_as(f, &bob, "sts", "GetSessionToken", "{}");
	struct wire_reply reply;
	const json_t *k;

	is_done(c);
	k = json_get(c->out, "Credentials");
	assert_int_equal(json_int(k, "Expiration", 0), f->now_ms / 1000 + 12 * 3600);
	reply = send(f, k, "sts", WHO_AM_I);
	replies(&reply, 200, "<Arn>" ARN "user/bob</Arn>");
	reply = send(f, k, "sts", "Action=GetSessionToken&Version=2011-06-15");
	replies(&reply, 403, "Cannot call GetSessionToken with session credentials");
	c = fixture_call(f, "sts", "GetSessionToken", "{\"DurationSeconds\":7200}");
	is_done(c);
	assert_int_equal(json_int(json_get(c->out, "Credentials"), "Expiration", 0),
	    f->now_ms / 1000 + 3600);
	fixture_ok(f, "iam", "DeleteUser", "{\"UserName\":\"bob\"}");
	reply = send(f, k, "sts", WHO_AM_I);
	replies(&reply, 403, "<Code>InvalidClientTokenId</Code>");
}

static void
a_federated_user_has_what_both_allow(void **state)
{
	static const char params[] = "{\"Name\":\"guest\",\"Policy\":\"%s\"}";
	struct fixture *f = *state;
	struct principal bob = make_bob(f);
	const char *policy = quoted(f,
	    "{'Version':'2012-10-17','Statement':{'Effect':'Allow','Action':'ec2:Describe*',"
	    "'Resource':'*'}}");
	struct wire_reply reply;
	const json_t *k;
	struct call *c;

	c = fixture_call_as(f, &bob, "sts", "GetFederationToken", params, policy);
	is_code(c, "AccessDenied");
	fixture_ok(f, "iam", "AttachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"arn:aws:iam::aws:policy/AdministratorAccess\"}");
	c = fixture_call_as(f, &bob, "sts", "GetFederationToken", params, policy);
	is_done(c);
	k = json_get(c->out, "Credentials");
	assert_string_equal(fixture_text(c->out, "FederatedUser.Arn"),
	    "arn:aws:sts::" ACCOUNT ":federated-user/guest");
	reply = send(f, k, "sts", WHO_AM_I);
	replies(&reply, 200, "federated-user/guest</Arn>");
	reply = send(f, k, "ec2", "Action=DescribeVpcs&Version=2016-11-15");
	replies(&reply, 200, "<vpcSet");
	reply = send(f, k, "ec2",
	    "Action=CreateVpc&CidrBlock=10.9.0.0/16&Version=2016-11-15");
	replies(&reply, 403, "because no session policy allows");
	give(f, "User", "bob", "Deny", "ec2:DescribeVpcs");
	reply = send(f, k, "ec2", "Action=DescribeVpcs&Version=2016-11-15");
	replies(&reply, 403, "with an explicit deny in an identity-based policy");
}

static void
a_key_says_its_account(void **state)
{
	struct fixture *f = *state;
	struct principal bob = make_bob(f);
	struct call *c;
	json_t *v = fixture_ok(f, "iam", "CreateAccessKey", "{\"UserName\":\"bob\"}");

	v = fixture_ok(f, "sts", "GetAccessKeyInfo", "{\"AccessKeyId\":\"%s\"}",
	    fixture_text(v, "AccessKey.AccessKeyId"));
	assert_string_equal(fixture_text(v, "Account"), ACCOUNT);
	v = fixture_ok(f, "sts", "GetAccessKeyInfo",
	    "{\"AccessKeyId\":\"AKIAIOSFODNN7EXAMPLE\"}");
	assert_string_equal(fixture_text(v, "Account"), ACCOUNT);
	/* The account is in every id of AWS's form. */
	v = fixture_ok(f, "sts", "GetAccessKeyInfo",
	    "{\"AccessKeyId\":\"ASIAQNZGKIQY56JQ7WML\"}");
	assert_string_equal(fixture_text(v, "Account"), "029608264753");
	fixture_fails(f, "ValidationError", "sts", "GetAccessKeyInfo",
	    "{\"AccessKeyId\":\"AKIA000000000000\"}");
	c = fixture_call_as(f, &bob, "sts", "GetAccessKeyInfo",
	    "{\"AccessKeyId\":\"ASIAQNZGKIQY56JQ7WML\"}");
	is_code(c, "AccessDenied");
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(everybody_may_ask_who_he_is),
		T(credentials_of_a_role_work),
		T(deleting_the_role_ends_its_sessions),
		T(who_may_assume_is_for_both_to_say),
		T(another_account_needs_both),
		T(refusals_have_their_words),
		T(a_session_may_last_as_long_as_its_role_says),
		T(a_session_policy_narrows),
		T(a_users_session_is_the_user),
		T(a_federated_user_has_what_both_allow),
		T(a_key_says_its_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
