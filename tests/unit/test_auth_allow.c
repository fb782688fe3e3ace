/*
 * What a caller may: policies of all kinds, passing roles, profiles.
 */
#include "tests/unit/auth_fixture.h"

#include <string.h>

#include "control/iam/denial.h"

static const struct principal bob_himself = { .kind = PRINCIPAL_USER,
	.account = ACCOUNT,
	.arn = "arn:aws:iam::" ACCOUNT ":user/bob",
	.user_id = "AIDABOB",
	.name = "bob" };

static int
may(struct auth_fixture *f, const struct principal *who, const char *model,
    const char *action, const char *resource, struct err *err)
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

/* The message is this, but for what is encoded. */
static void
says(struct err *err, const char *message)
{
	char *end = strstr(err->msg, ". Encoded authorization failure message: ");

	if (end != NULL)
		*end = '\0';
	assert_string_equal(err->msg, message);
}

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
	struct auth_fixture *f = *state;

	auth_put(f, SCOPE, "iam:policy", OWN_POLICY, "{\"_doc\":" ALLOW("ssm:*") "}");
	auth_put(f, SCOPE, "iam:policy", "arn:aws:iam::" ACCOUNT ":policy/deny",
	    "{\"_doc\":" REFUSE("iam:*") "}");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err;
		int rc;

		auth_put_bob(f, cases[i].user);
		auth_put(f, SCOPE, "iam:group", "g",
		    arena_printf(f->arena, "{\"GroupName\":\"g\"%s}", cases[i].group));
		rc = may(f, &bob_himself, cases[i].model, cases[i].action,
		    cases[i].resource, &err);
		if ((rc == 0) != (cases[i].code == NULL))
			fail_msg("case %zu: %d %s", i, rc, err.msg);
		if (cases[i].code != NULL)
			assert_string_equal(err.kind->code, cases[i].code);
		if (cases[i].message != NULL)
			says(&err, cases[i].message);
	}
}

static void
a_session_has_its_roles_policies_within_its_own(void **state)
{
	struct auth_fixture *f = *state;
	struct principal who = { .kind = PRINCIPAL_SESSION,
		.account = ACCOUNT,
		.arn = "arn:aws:sts::" ACCOUNT ":assumed-role/r/s",
		.user_id = "AROAR:s",
		.name = "r",
		.session = "s" };
	struct err err;
	json_t *policy;

	assert_int_equal(may(f, &who, "ec2", "ec2:DescribeVpcs", "*", &err), -1);
	auth_put_role(f, "AROAR", INLINE(ALLOW("ec2:*")));
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
	struct auth_fixture *f = *state;
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
	struct auth_fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err;
		int rc;

		auth_put_bob(f,
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
	struct auth_fixture *f = *state;
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
	says(&err,
	    "You are not authorized to perform this operation. " USER
	    "iam:PassRole on resource: arn:aws:iam::" ACCOUNT ":role/r because no "
	    "identity-based policy allows the iam:PassRole action");
	auth_put_bob(f,
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
	struct auth_fixture *f = *state;
	json_t *profile = NULL, *r = NULL;
	struct err err;

	auth_put(f, SCOPE, "iam:instance-profile", "web",
	    "{\"InstanceProfileName\":\"web\",\"Arn\":\"arn:aws:iam::" ACCOUNT
	    ":instance-profile/x/web\",\"_role\":\"r\"}");
	assert_int_equal(auth_profile_find(f->t, f->arena, ACCOUNT, "web", &profile, &r,
			     &err),
	    1);
	assert_null(r);
	auth_put_role(f, "AROAR",
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

/* aws:SecureTransport tells requests by TLS from others. */
static void
what_came_encrypted_is_known(void **state)
{
	struct auth_fixture *f = *state;

	auth_put_bob(f,
	    ",\"_inline\":{\"p\":{\"doc\":{\"Version\":\"2012-10-17\",\"Statement\":"
	    "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
	    "{\"Bool\":{\"aws:SecureTransport\":\"true\"}}}}}}");
	for (int is_tls = 0; is_tls < 2; is_tls++) {
		struct err err = { .kind = NULL };
		int rc = auth_allow(&f->env, f->t, f->arena, &bob_himself,
		    model_find("sts"), "sts:AssumeRole", "*",
		    auth_request_context(f->arena, "10.0.0.1", is_tls, "us-east-1", 0),
		    &err);

		assert_int_equal(rc, is_tls ? 0 : -1);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, auth_setup, auth_teardown)

/* EC2 alone encodes, and only what is about a resource. */
static void
a_denial_can_be_decoded(void **state)
{
	static const char vpc[] = "arn:aws:ec2:us-east-1:" ACCOUNT ":vpc/vpc-1";
	struct auth_fixture *f = *state;
	const char *encoded, *text;
	struct err err;
	json_t *v;

	auth_put_bob(f, INLINE(REFUSE("ec2:DeleteVpc")));
	assert_int_equal(may(f, &bob_himself, "ec2", "ec2:DeleteVpc", vpc, &err), -1);
	encoded = strstr(err.msg, "Encoded authorization failure message: ");
	assert_non_null(encoded);
	encoded += strlen("Encoded authorization failure message: ");
	auth_commit(f); /* the key was made meanwhile */
	assert_int_equal(denial_open(f->t, f->arena, encoded, &text, &err), 1);
	assert_int_equal(json_read_in(f->arena, text, strlen(text), &v, &err), 0);
	assert_int_equal(json_bool(v, "allowed", 1), 0);
	assert_int_equal(json_bool(v, "explicitDeny", 0), 1);
	v = json_get(v, "context");
	assert_string_equal(json_str(v, "action"), "ec2:DeleteVpc");
	assert_string_equal(json_str(v, "resource"), vpc);
	assert_string_equal(json_string_value(json_path(v, "principal.arn")),
	    bob_himself.arn);

	encoded = arena_strdup(f->arena, encoded);
	((char *)(uintptr_t)encoded)[40] ^= 1;
	assert_int_equal(denial_open(f->t, f->arena, encoded, &text, &err), 0);
	assert_int_equal(denial_open(f->t, f->arena, "", &text, &err), 0);
	assert_int_equal(denial_open(f->t, f->arena, "bm8=", &text, &err), 0);
	assert_int_equal(may(f, &bob_himself, "ec2", "ec2:DescribeVpcs", "*", &err), -1);
	assert_null(strstr(err.msg, "Encoded"));
	/* Half of it would be of no use. */
	text = arena_printf(f->arena, "%s/%01000d", vpc, 1);
	assert_int_equal(may(f, &bob_himself, "ec2", "ec2:DeleteVpc", text, &err), -1);
	assert_null(strstr(err.msg, "Encoded"));
	assert_int_equal(may(f, &bob_himself, "s3", "s3:GetObject", "arn:aws:s3:::b/k",
			     &err),
	    -1);
	assert_null(strstr(err.msg, "Encoded"));
}

static void
an_audit_denies_nothing(void **state)
{
	struct auth_fixture *f = *state;
	struct err err;

	auth_put_bob(f, "");
	assert_int_equal(may(f, &bob_himself, "iam", "iam:ListUsers", "*", &err), -1);
	f->env.audit = 1;
	assert_int_equal(may(f, &bob_himself, "iam", "iam:ListUsers", "*", &err), 0);
	assert_null(err.kind);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_kinds_of_policies_count),
		T(a_session_has_its_roles_policies_within_its_own),
		T(root_may_everything_and_nobody_nothing),
		T(conditions_know_the_caller),
		T(what_came_encrypted_is_known),
		T(passing_a_role_is_a_permission),
		T(a_profile_leads_to_its_role),
		cmocka_unit_test_setup_teardown(a_denial_can_be_decoded, auth_setup,
		    auth_teardown),
		cmocka_unit_test_setup_teardown(an_audit_denies_nothing, auth_setup,
		    auth_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
