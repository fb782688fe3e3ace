/*
 * IAM: policies, inline and managed, of users, groups and roles.
 */
#include "tests/api/iam_calls.h"

#include <stdio.h>
#include <string.h>

#include "control/services/iam/iam.h"

/* The same for users, groups and roles. */
static void
inline_policies_live_and_die(void **state)
{
	static const struct {
		const char *word, *member, *create;
	} holders[] = {
		{ "User", "UserName", "{\"UserName\":\"h\"}" },
		{ "Group", "GroupName", "{\"GroupName\":\"h\"}" },
		{ "Role", "RoleName",
		    "{\"RoleName\":\"h\",\"AssumeRolePolicyDocument\":\"" TRUST "\"}" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(holders); i++) {
		const char *w = holders[i].word, *m = holders[i].member;
		char op[64], noun[16];
		json_t *v;

		snprintf(op, sizeof(op), "Create%s", w);
		iam_ok(f, op, holders[i].create);
		snprintf(op, sizeof(op), "Put%sPolicy", w);
		fixture_ok(f, "iam", op,
		    "{\"%s\":\"h\",\"PolicyName\":\"p\",\"PolicyDocument\":\"" POLICY
		    "\"}",
		    m);
		fixture_ok(f, "iam", op,
		    "{\"%s\":\"h\",\"PolicyName\":\"p\",\"PolicyDocument\":\"" POLICY
		    "\"}",
		    m);
		fixture_fails(f, "MalformedPolicyDocument", "iam", op,
		    "{\"%s\":\"h\",\"PolicyName\":\"p\",\"PolicyDocument\":\"x\"}", m);
		fixture_fails(f, "NoSuchEntity", "iam", op,
		    "{\"%s\":\"x\",\"PolicyName\":\"p\",\"PolicyDocument\":\"" POLICY
		    "\"}",
		    m);

		snprintf(op, sizeof(op), "Get%sPolicy", w);
		v = fixture_ok(f, "iam", op, "{\"%s\":\"h\",\"PolicyName\":\"p\"}", m);
		iam_is(v, "PolicyDocument", POLICY_ENCODED);
		iam_is(v, m, "h");
		snprintf(noun, sizeof(noun), "%s", w);
		noun[0] = (char)(noun[0] - 'A' + 'a');
		assert_string_equal(fixture_fails(f, "NoSuchEntity", "iam", op,
					"{\"%s\":\"h\",\"PolicyName\":\"q\"}", m),
		    arena_printf(f->arena, "The %s policy with name q cannot be found.",
			noun));

		snprintf(op, sizeof(op), "List%sPolicies", w);
		v = fixture_ok(f, "iam", op, "{\"%s\":\"h\"}", m);
		assert_int_equal(json_array_size(json_get(v, "PolicyNames")), 1);
		iam_is(v, "PolicyNames.0", "p");

		snprintf(op, sizeof(op), "Delete%s", w);
		assert_string_equal(fixture_fails(f, "DeleteConflict", "iam", op,
					"{\"%s\":\"h\"}", m),
		    "Cannot delete entity, must delete policies first.");
		snprintf(op, sizeof(op), "Delete%sPolicy", w);
		fixture_ok(f, "iam", op, "{\"%s\":\"h\",\"PolicyName\":\"p\"}", m);
		fixture_fails(f, "NoSuchEntity", "iam", op,
		    "{\"%s\":\"h\",\"PolicyName\":\"p\"}", m);
		snprintf(op, sizeof(op), "Delete%s", w);
		fixture_ok(f, "iam", op, "{\"%s\":\"h\"}", m);
	}
}

static void
inline_policies_have_a_quota(void **state)
{
	struct fixture *f = *state;
	char many[3000] = "";

	for (int i = 0; i < 60; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many),
		    ",\\\"arn:aws:s3:::a-bucket-number-%02d\\\"", i);
	iam_ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	assert_string_equal(
	    fixture_fails(f, "LimitExceeded", "iam", "PutUserPolicy",
		"{\"UserName\":\"bob\",\"PolicyName\":\"p\",\"PolicyDocument\":\"{\\\"Version\\\":"
		"\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\""
		":\\\"*\\\",\\\"Resource\\\":[\\\"*\\\"%s]}]}\"}",
		many),
	    "Maximum policy size of 2048 bytes exceeded for user bob");
}

static void
managed_policies_live_and_die(void **state)
{
	static const struct iam_refusal refusals[] = {
		{ "CreatePolicy",
		    "{\"PolicyName\":\"P\",\"PolicyDocument\":\"" POLICY "\"}",
		    "EntityAlreadyExists",
		    "A policy called P already exists. Duplicate names are not allowed." },
		{ "CreatePolicy", "{\"PolicyName\":\"q\",\"PolicyDocument\":\"{}\"}",
		    "MalformedPolicyDocument", "Syntax errors in policy." },
		{ "GetPolicy", "{\"PolicyArn\":\"" ARN "policy/none\"}", "NoSuchEntity",
		    "Policy " ARN "policy/none was not found." },
		{ "GetPolicyVersion",
		    "{\"PolicyArn\":\"" ARN "policy/p\",\"VersionId\":\"v9\"}",
		    "NoSuchEntity",
		    "Policy " ARN
		    "policy/p version v9 does not exist or is not attachable." },
		{ "DeletePolicyVersion",
		    "{\"PolicyArn\":\"" ARN "policy/p\",\"VersionId\":\"v1\"}",
		    "DeleteConflict", "Cannot delete the default version of a policy." },
		{ "AttachUserPolicy",
		    "{\"UserName\":\"bob\",\"PolicyArn\":\"" ARN "policy/none\"}",
		    "NoSuchEntity",
		    "Policy " ARN "policy/none does not exist or is not attachable." },
		{ "AttachUserPolicy",
		    "{\"UserName\":\"bob\",\"PolicyArn\":\"arn:aws:iam::aws:policy/None\"}",
		    "NoSuchEntity", NULL },
		{ "DetachUserPolicy",
		    "{\"UserName\":\"bob\",\"PolicyArn\":\"" ARN "policy/p\"}",
		    "NoSuchEntity", "Policy " ARN "policy/p was not found." },
		{ "DeletePolicy",
		    "{\"PolicyArn\":\"arn:aws:iam::aws:policy/ReadOnlyAccess\"}",
		    "UnmodifiableEntity", NULL },
	};
	struct fixture *f = *state;
	json_t *v = iam_ok(f, "CreatePolicy",
	    "{\"PolicyName\":\"p\",\"Description\":\"d\",\"PolicyDocument\":\"" POLICY
	    "\"}");

	iam_is(v, "Policy.Arn", ARN "policy/p");
	iam_is(v, "Policy.DefaultVersionId", "v1");
	iam_is(v, "Policy.AttachmentCount", "0");
	iam_ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	iam_refused(f, refusals, COUNT(refusals));

	iam_ok(f, "AttachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"" ARN "policy/p\"}");
	iam_ok(f, "AttachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"" ARN "policy/p\"}");
	iam_is(iam_ok(f, "GetPolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}"),
	    "Policy.AttachmentCount", "1");
	v = iam_ok(f, "ListAttachedUserPolicies", "{\"UserName\":\"bob\"}");
	assert_int_equal(json_array_size(json_get(v, "AttachedPolicies")), 1);
	iam_is(v, "AttachedPolicies.0.PolicyName", "p");
	v = iam_ok(f, "ListEntitiesForPolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}");
	iam_is(v, "PolicyUsers.0.UserName", "bob");
	assert_int_equal(json_array_size(json_get(v, "PolicyRoles")), 0);
	v = iam_ok(f, "ListEntitiesForPolicy",
	    "{\"PolicyArn\":\"" ARN "policy/p\",\"EntityFilter\":\"Role\"}");
	assert_int_equal(json_array_size(json_get(v, "PolicyUsers")), 0);
	iam_no(f, "DeletePolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}", "DeleteConflict",
	    "Cannot delete a policy attached to entities.");
	iam_no(f, "DeleteUser", "{\"UserName\":\"bob\"}", "DeleteConflict",
	    "Cannot delete entity, must detach all policies first.");
	v = iam_ok(f, "ListPolicies", "{\"OnlyAttached\":true}");
	assert_int_equal(json_array_size(json_get(v, "Policies")), 1);
	v = iam_ok(f, "ListPolicies", "{\"Scope\":\"Local\"}");
	assert_int_equal(json_array_size(json_get(v, "Policies")), 1);
	v = iam_ok(f, "ListPolicies", "{\"Scope\":\"AWS\"}");
	assert_true(json_array_size(json_get(v, "Policies")) >= 16);
	iam_ok(f, "DetachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"" ARN "policy/p\"}");
	iam_ok(f, "DeletePolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}");
	iam_no(f, "GetPolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}", "NoSuchEntity",
	    NULL);
}

static void
policies_have_five_versions(void **state)
{
	static const char create[] =
	    "{\"PolicyArn\":\"" ARN "policy/p\",\"PolicyDocument\":\"" POLICY "\"}";
	struct fixture *f = *state;
	json_t *v;

	iam_ok(f, "CreatePolicy",
	    "{\"PolicyName\":\"p\",\"PolicyDocument\":\"" POLICY "\"}");
	iam_is(iam_ok(f, "CreatePolicyVersion", create), "PolicyVersion.VersionId", "v2");
	for (int i = 3; i <= 5; i++)
		iam_ok(f, "CreatePolicyVersion", create);
	iam_no(f, "CreatePolicyVersion", create, "LimitExceeded", NULL);
	iam_no(f, "DeletePolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}", "DeleteConflict",
	    NULL);
	iam_ok(f, "SetDefaultPolicyVersion",
	    "{\"PolicyArn\":\"" ARN "policy/p\",\"VersionId\":\"v3\"}");
	iam_is(iam_ok(f, "GetPolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}"),
	    "Policy.DefaultVersionId", "v3");
	for (int i = 1; i <= 5; i++) {
		if (i != 3)
			fixture_ok(f, "iam", "DeletePolicyVersion",
			    "{\"PolicyArn\":\"" ARN "policy/p\",\"VersionId\":\"v%d\"}",
			    i);
	}
	v = iam_ok(f, "ListPolicyVersions", "{\"PolicyArn\":\"" ARN "policy/p\"}");
	assert_int_equal(json_array_size(json_get(v, "Versions")), 1);
	iam_is(v, "Versions.0.IsDefaultVersion", "true");
	/* Numbers are never used again. */
	iam_is(iam_ok(f, "CreatePolicyVersion", create), "PolicyVersion.VersionId", "v6");
	v = iam_ok(f, "GetPolicyVersion",
	    "{\"PolicyArn\":\"" ARN "policy/p\",\"VersionId\":\"v3\"}");
	iam_is(v, "PolicyVersion.Document", POLICY_ENCODED);
	v = iam_ok(f, "GetPolicyVersion",
	    "{\"PolicyArn\":\"arn:aws:iam::aws:policy/AdministratorAccess\",\"VersionId\":\"v1\"}");
	iam_is(v, "PolicyVersion.IsDefaultVersion", "true");
	iam_no(f, "CreatePolicyVersion",
	    "{\"PolicyArn\":\"arn:aws:iam::aws:policy/AdministratorAccess\",\"PolicyDocument\":"
	    "\"" POLICY "\"}",
	    "UnmodifiableEntity", NULL);
}

static void
awss_own_policies_are_attached_but_those_of_services(void **state)
{
	static const struct iam_refusal bad[] = {
		{ "AttachRolePolicy",
		    "{\"RoleName\":\"AWSServiceRoleForAutoScaling\",\"PolicyArn\":"
		    "\"arn:aws:iam::aws:policy/aws-service-role/"
		    "AutoScalingServiceRolePolicy\"}",
		    "PolicyNotAttachable",
		    "Cannot attach a Service Role Policy to a Customer Role." },
		{ "AttachRolePolicy",
		    "{\"RoleName\":\"AWSServiceRoleForAutoScaling\",\"PolicyArn\":"
		    "\"arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy\"}",
		    "NoSuchEntity", NULL },
	};
	struct fixture *f = *state;
	const json_t *v;

	iam_ok(f, "CreateServiceLinkedRole",
	    "{\"AWSServiceName\":\"autoscaling.amazonaws.com\"}");
	v = iam_ok(f, "ListAttachedRolePolicies",
	    "{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}");
	iam_is(v, "AttachedPolicies.0.PolicyName", "AutoScalingServiceRolePolicy");
	v = iam_ok(f, "GetPolicy",
	    "{\"PolicyArn\":\"arn:aws:iam::aws:policy/aws-service-role/"
	    "AutoScalingServiceRolePolicy\"}");
	assert_int_equal(json_int(json_get(v, "Policy"), "AttachmentCount", 0), 1);
	v = iam_ok(f, "ListPolicies",
	    "{\"Scope\":\"AWS\",\"OnlyAttached\":true,"
	    "\"PathPrefix\":\"/aws-service-role/\"}");
	iam_is(v, "Policies.0.PolicyName", "AutoScalingServiceRolePolicy");
	v = iam_ok(f, "GetPolicyVersion",
	    "{\"PolicyArn\":\"arn:aws:iam::aws:policy/AmazonEKSClusterPolicy\","
	    "\"VersionId\":\"v10\"}");
	assert_true(json_bool(json_get(v, "PolicyVersion"), "IsDefaultVersion", 0));
	iam_refused(f, bad, COUNT(bad));
}

static void
the_summary_counts(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	iam_ok(f, "CreateUser", "{\"UserName\":\"a\"}");
	iam_ok(f, "CreateUser", "{\"UserName\":\"b\"}");
	iam_ok(f, "CreatePolicy",
	    "{\"PolicyName\":\"p\",\"PolicyDocument\":\"" POLICY "\"}");
	v = iam_ok(f, "GetAccountSummary", "{}");
	iam_is(v, "SummaryMap.Users", "2");
	iam_is(v, "SummaryMap.Policies", "1");
	iam_is(v, "SummaryMap.PolicyVersionsInUse", "1");
	iam_is(v, "SummaryMap.Groups", "0");
	iam_is(v, "SummaryMap.UsersQuota", "5000");
	iam_is(v, "SummaryMap.GlobalEndpointTokenVersion", "1");
	for (int i = 0; i < 2; i++)
		iam_ok(f, "SetSecurityTokenServicePreferences",
		    "{\"GlobalEndpointTokenVersion\":\"v2Token\"}");
	v = iam_ok(f, "GetAccountSummary", "{}");
	iam_is(v, "SummaryMap.GlobalEndpointTokenVersion", "2");
}

static int
granting(const json_t *v, size_t i)
{
	const json_t *row =
	    json_array_get(json_get(v, "PoliciesGrantingServiceAccess"), i);

	return (int)json_array_size(json_get(row, "Policies"));
}

static void
policies_that_grant_a_service_are_found(void **state)
{
	static const struct iam_refusal bad[] = {
		{ "ListPoliciesGrantingServiceAccess",
		    "{\"Arn\":\"" ARN "user/eve\",\"ServiceNamespaces\":[\"s3\"]}",
		    "NoSuchEntity", "The user with name eve cannot be found." },
		{ "ListPoliciesGrantingServiceAccess",
		    "{\"Arn\":\"" ARN "nothing-at-all\",\"ServiceNamespaces\":[\"s3\"]}",
		    "InvalidInput", NULL },
		{ "ListPoliciesGrantingServiceAccess",
		    "{\"Arn\":\"" ARN "user/bob\",\"ServiceNamespaces\":[\"s3\"],"
		    "\"Marker\":\"x\"}",
		    "ValidationError", "Invalid Marker." },
	};
	struct fixture *f = *state;
	const json_t *v, *rows;

	iam_ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	iam_ok(f, "CreateGroup", "{\"GroupName\":\"staff\"}");
	iam_ok(f, "AddUserToGroup", "{\"UserName\":\"bob\",\"GroupName\":\"staff\"}");
	iam_ok(f, "PutGroupPolicy",
	    "{\"GroupName\":\"staff\",\"PolicyName\":\"in\",\"PolicyDocument\":\"" POLICY
	    "\"}");
	iam_ok(f, "AttachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"arn:aws:iam::aws:policy/PowerUserAccess\"}");
	v = iam_ok(f, "ListPoliciesGrantingServiceAccess",
	    "{\"Arn\":\"" ARN
	    "user/bob\",\"ServiceNamespaces\":[\"s3\",\"account\",\"sqs\",\"iam\"]}");
	rows = json_get(v, "PoliciesGrantingServiceAccess");
	assert_int_equal(json_array_size(rows), 4);
	iam_is(v, "PoliciesGrantingServiceAccess.0.ServiceNamespace", "s3");
	iam_is(v, "PoliciesGrantingServiceAccess.0.Policies.0.PolicyName",
	    "PowerUserAccess");
	iam_is(v, "PoliciesGrantingServiceAccess.0.Policies.0.PolicyType", "MANAGED");
	iam_is(v, "PoliciesGrantingServiceAccess.0.Policies.1.PolicyName", "in");
	iam_is(v, "PoliciesGrantingServiceAccess.0.Policies.1.EntityType", "GROUP");
	iam_is(v, "PoliciesGrantingServiceAccess.0.Policies.1.EntityName", "staff");
	assert_int_equal(granting(v, 2), 1);
	/* By its second statement. */
	assert_int_equal(granting(v, 3), 1);
	v = iam_ok(f, "ListPoliciesGrantingServiceAccess",
	    "{\"Arn\":\"" ARN "group/staff\",\"ServiceNamespaces\":[\"sqs\"]}");
	assert_int_equal(granting(v, 0), 0);
	iam_refused(f, bad, COUNT(bad));
}

static void
whom_a_role_trusts_must_be_there(void **state)
{
#define TRUST_OF(who)                                                                          \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\"," \
	"\\\"Principal\\\":{\\\"AWS\\\":[\\\"" who                                             \
	"\\\"]},\\\"Action\\\":\\\"sts:AssumeRole\\\"}}"
	struct fixture *f = *state;

	iam_no(f, "CreateRole",
	    "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":\"" TRUST_OF(
		ARN "user/bob") "\"}",
	    "MalformedPolicyDocument",
	    "Invalid principal in policy: \"AWS\":\"" ARN "user/bob\"");
	iam_ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	iam_ok(f, "CreateRole",
	    "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":\"" TRUST_OF(
		ARN "user/bob") "\"}");
	iam_ok(f, "UpdateAssumeRolePolicy",
	    "{\"RoleName\":\"r\",\"PolicyDocument\":\"" TRUST_OF(ARN "role/r") "\"}");
	iam_no(f, "UpdateAssumeRolePolicy",
	    "{\"RoleName\":\"r\",\"PolicyDocument\":\"" TRUST_OF(ARN "role/gone") "\"}",
	    "MalformedPolicyDocument", NULL);
}

static void
ten_policies_can_be_attached(void **state)
{
	struct fixture *f = *state;

	iam_ok(f, "CreateRole",
	    "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":\"" TRUST "\"}");
	for (int i = 0; i < 11; i++)
		fixture_ok(f, "iam", "CreatePolicy",
		    "{\"PolicyName\":\"p%d\",\"PolicyDocument\":\"" POLICY "\"}", i);
	for (int i = 0; i < 10; i++)
		fixture_ok(f, "iam", "AttachRolePolicy",
		    "{\"RoleName\":\"r\",\"PolicyArn\":\"" ARN "policy/p%d\"}", i);
	iam_no(f, "AttachRolePolicy",
	    "{\"RoleName\":\"r\",\"PolicyArn\":\"" ARN "policy/p10\"}", "LimitExceeded",
	    "Cannot exceed quota for PoliciesPerRole: 10");
}

static void
rows_are_sorted_and_of_the_model(void **state UNUSED)
{
	const struct model *m = model_find("iam");

	for (const struct family *const *f = iam_service.families; *f != NULL; f++) {
		for (size_t i = 0; i < (*f)->n_ops; i++) {
			const struct op *op = &(*f)->ops[i];

			assert_non_null(model_op_find(m, op->name));
			assert_non_null(op->doc);
			if (i > 0)
				assert_true(strcmp(op[-1].name, op->name) < 0);
		}
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static void
a_new_account_has_the_roles_of_two_services(void **state)
{
	struct fixture *f = *state;
	json_t *v = iam_ok(f, "ListRoles", "{}");

	assert_int_equal(json_array_size(json_get(v, "Roles")), 2);
	iam_is(v, "Roles.0.RoleName", "AWSServiceRoleForSupport");
	iam_is(v, "Roles.1.RoleName", "AWSServiceRoleForTrustedAdvisor");
	iam_is(v, "Roles.0.Path", "/aws-service-role/support.amazonaws.com/");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(inline_policies_live_and_die),
		T(inline_policies_have_a_quota),
		T(managed_policies_live_and_die),
		T(policies_have_five_versions),
		T(awss_own_policies_are_attached_but_those_of_services),
		T(policies_that_grant_a_service_are_found),
		T(whom_a_role_trusts_must_be_there),
		T(the_summary_counts),
		T(ten_policies_can_be_attached),
		cmocka_unit_test(rows_are_sorted_and_of_the_model),
		cmocka_unit_test_setup_teardown(
		    a_new_account_has_the_roles_of_two_services, fixture_setup_standard,
		    fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
