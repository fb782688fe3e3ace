/* IAM: the policy simulator, and reports on the whole account. */
#include "tests/api/iam_calls.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"

#define BOB ARN "user/bob"

static json_t *
policy(const char *effect, const char *action, const char *resource)
{
	return json_new_fmt(
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"%s\",\"Action\":"
	    "\"%s\",\"Resource\":\"%s\"}]}",
	    effect, action, resource);
}

static json_t *
call(struct fixture *f, const char *op, json_t *params)
{
	return fixture_ok(f, "iam", op, "%s",
	    json_text(f->arena, json_own(f->arena, params)));
}

static const char *
decision(const json_t *v, size_t i)
{
	return json_str_or(json_array_get(json_get(v, "EvaluationResults"), i),
	    "EvalDecision", "");
}

static void
policies_alone_are_asked(void **state)
{
	struct fixture *f = *state;
	json_t *v = call(f, "SimulateCustomPolicy",
	    json_make("{s:[o,o], s:[s,s,s], s:[s,s]}", "PolicyInputList",
		policy("Allow", "s3:Get*", "arn:aws:s3:::a/*"),
		policy("Deny", "*", "arn:aws:s3:::a/secret"), "ActionNames",
		"s3:GetObject", "s3:PutObject", "ec2:RunInstances", "ResourceArns",
		"arn:aws:s3:::a/k", "arn:aws:s3:::a/secret"));

	assert_int_equal(json_array_size(json_get(v, "EvaluationResults")), 6);
	assert_string_equal(decision(v, 0), "allowed");
	iam_is(v, "EvaluationResults.0.EvalResourceName", "arn:aws:s3:::a/k");
	iam_is(v, "EvaluationResults.0.MatchedStatements.0.SourcePolicyId",
	    "PolicyInputList.1");
	iam_is(v, "EvaluationResults.0.MatchedStatements.0.StartPosition.Column", "38");
	assert_string_equal(decision(v, 1), "explicitDeny");
	assert_int_equal(json_array_size(
			     json_get(json_array_get(json_get(v, "EvaluationResults"), 1),
				 "MatchedStatements")),
	    2);
	assert_string_equal(decision(v, 2), "implicitDeny");
	assert_string_equal(decision(v, 3), "explicitDeny");
	assert_string_equal(decision(v, 4), "implicitDeny");
	/* In pages, too. */
	v = call(f, "SimulateCustomPolicy",
	    json_make("{s:[o], s:[s,s], s:i}", "PolicyInputList",
		policy("Allow", "s3:Get*", "*"), "ActionNames", "s3:GetObject",
		"s3:PutObject", "MaxItems", 1));
	iam_is(v, "IsTruncated", "true");
	v = call(f, "SimulateCustomPolicy",
	    json_make("{s:[o], s:[s,s], s:s}", "PolicyInputList",
		policy("Allow", "s3:Get*", "*"), "ActionNames", "s3:GetObject",
		"s3:PutObject", "Marker", fixture_text(v, "Marker")));
	iam_is(v, "EvaluationResults.0.EvalActionName", "s3:PutObject");
}

static void
a_boundary_and_an_organization_bound(void **state)
{
	static const struct {
		const char *boundary, *scp, *want;
	} rows[] = {
		{ "Allow", "Allow", "allowed" },
		{ "Deny", "Allow", "explicitDeny" },
		{ "Allow", "Deny", "explicitDeny" },
	};
	struct fixture *f = *state;
	json_t *v;

	for (size_t i = 0; i < COUNT(rows); i++) {
		v = call(f, "SimulateCustomPolicy",
		    json_make("{s:[o], s:[o], s:[{s:[o]},{s:[o]}], s:[s]}",
			"PolicyInputList", policy("Allow", "*", "*"),
			"PermissionsBoundaryPolicyInputList",
			policy(rows[i].boundary, "s3:*", "*"),
			"OrderedOrganizationPolicyInputList",
			"ServiceControlPolicyInputList", policy("Allow", "*", "*"),
			"ServiceControlPolicyInputList", policy(rows[i].scp, "s3:*", "*"),
			"ActionNames", "s3:GetObject"));
		assert_string_equal(decision(v, 0), rows[i].want);
		iam_is(v,
		    "EvaluationResults.0.PermissionsBoundaryDecisionDetail."
		    "AllowedByPermissionsBoundary",
		    strcmp(rows[i].boundary, "Allow") == 0 ? "true" : "false");
		iam_is(v,
		    "EvaluationResults.0.OrganizationsDecisionDetail."
		    "AllowedByOrganizations",
		    strcmp(rows[i].scp, "Allow") == 0 ? "true" : "false");
	}
	/* What neither has is not allowed, and not denied. */
	v = call(f, "SimulateCustomPolicy",
	    json_make("{s:[o], s:[o], s:[s]}", "PolicyInputList",
		policy("Allow", "*", "*"), "PermissionsBoundaryPolicyInputList",
		policy("Allow", "s3:*", "*"), "ActionNames", "ec2:RunInstances"));
	assert_string_equal(decision(v, 0), "implicitDeny");
}

static void
what_is_said_of_the_request_counts(void **state)
{
	static const char conditional[] =
	    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
	    "\"s3:*\",\"Resource\":\"arn:aws:s3:::${aws:username}/*\",\"Condition\":{"
	    "\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"},\"ForAnyValue:StringEquals\":{"
	    "\"aws:TagKeys\":[\"a\",\"b\"]}}}}";
	struct fixture *f = *state;
	json_t *v = call(f, "SimulateCustomPolicy",
	    json_make("{s:[s], s:[s], s:[s]}", "PolicyInputList", conditional,
		"ActionNames", "s3:GetObject", "ResourceArns", "arn:aws:s3:::bob/k"));

	assert_string_equal(decision(v, 0), "implicitDeny");
	iam_is(v, "EvaluationResults.0.MissingContextValues.0", "aws:SourceIp");
	iam_is(v, "EvaluationResults.0.MissingContextValues.1", "aws:TagKeys");
	iam_is(v, "EvaluationResults.0.MissingContextValues.2", "aws:username");
	v = call(f, "SimulateCustomPolicy",
	    json_make(
		"{s:[s], s:[s], s:[s], s:[{s:s,s:s,s:[s]},{s:s,s:s,s:[s,s]},{s:s,s:s,"
		"s:[s]}]}",
		"PolicyInputList", conditional, "ActionNames", "s3:GetObject",
		"ResourceArns", "arn:aws:s3:::bob/k", "ContextEntries", "ContextKeyName",
		"aws:SourceIp", "ContextKeyType", "ip", "ContextKeyValues", "10.1.2.3",
		"ContextKeyName", "aws:TagKeys", "ContextKeyType", "stringList",
		"ContextKeyValues", "x", "b", "ContextKeyName", "aws:username",
		"ContextKeyType", "string", "ContextKeyValues", "bob"));
	assert_string_equal(decision(v, 0), "allowed");
	assert_null(fixture_text(v, "EvaluationResults.0.MissingContextValues.0"));
	v = call(f, "GetContextKeysForCustomPolicy",
	    json_make("{s:[s]}", "PolicyInputList", conditional));
	assert_int_equal(json_array_size(json_get(v, "ContextKeyNames")), 3);
}

static void
a_resource_policy_counts_for_its_caller(void **state)
{
	static const char lets_bob[] =
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{"
	    "\"AWS\":\"" BOB "\"},\"Action\":\"s3:*\",\"Resource\":\"*\"}]}";
	struct fixture *f = *state;
	json_t *v = call(f, "SimulateCustomPolicy",
	    json_make("{s:[o], s:[s], s:s, s:s}", "PolicyInputList",
		policy("Allow", "ec2:*", "*"), "ActionNames", "s3:GetObject",
		"ResourcePolicy", lets_bob, "CallerArn", BOB));

	assert_string_equal(decision(v, 0), "allowed");
	v = call(f, "SimulateCustomPolicy",
	    json_make("{s:[o], s:[s], s:s, s:s}", "PolicyInputList",
		policy("Allow", "ec2:*", "*"), "ActionNames", "s3:GetObject",
		"ResourcePolicy", lets_bob, "CallerArn", ARN "user/eve"));
	assert_string_equal(decision(v, 0), "implicitDeny");
	/* Of another account's resource both must allow. */
	v = call(f, "SimulateCustomPolicy",
	    json_make("{s:[o], s:[s], s:s, s:s, s:s}", "PolicyInputList",
		policy("Allow", "ec2:*", "*"), "ActionNames", "s3:GetObject",
		"ResourcePolicy", lets_bob, "CallerArn", BOB, "ResourceOwner",
		"arn:aws:iam::111122223333:root"));
	assert_string_equal(decision(v, 0), "implicitDeny");
}

static void
wrong_questions_are_refused(void **state)
{
	static const struct iam_refusal refusals[] = {
		{ "SimulateCustomPolicy",
		    "{\"PolicyInputList\":[\"{\"],\"ActionNames\":[\"s3:GetObject\"]}",
		    "InvalidInput", NULL },
		{ "SimulateCustomPolicy",
		    "{\"PolicyInputList\":[],\"ActionNames\":[\"GetObject\"]}",
		    "InvalidInput", "Invalid Action Name: GetObject" },
		{ "SimulateCustomPolicy",
		    "{\"PolicyInputList\":[],\"ActionNames\":[\"s3:*\"]}", "InvalidInput",
		    NULL },
		{ "SimulateCustomPolicy",
		    "{\"PolicyInputList\":[],\"ActionNames\":[\"s3:A\"],\"ResourcePolicy\":"
		    "\"" POLICY "\"}",
		    "InvalidInput",
		    "Caller ARN is required if resource policy is supplied." },
		{ "SimulateCustomPolicy",
		    "{\"PolicyInputList\":[],\"ActionNames\":[\"s3:A\"],"
		    "\"ResourceHandlingOption\":\"x\"}",
		    "InvalidInput", NULL },
		{ "SimulatePrincipalPolicy",
		    "{\"PolicySourceArn\":\"" ARN
		    "user/none\",\"ActionNames\":[\"s3:A\"]}",
		    "NoSuchEntity", "The user with name none cannot be found." },
		{ "SimulatePrincipalPolicy",
		    "{\"PolicySourceArn\":\"arn:aws:s3:::some-bucket\",\"ActionNames\":[\"s3:A\"]}",
		    "InvalidInput", NULL },
		{ "GetContextKeysForPrincipalPolicy",
		    "{\"PolicySourceArn\":\"" ARN "role/none-of-it\"}", "NoSuchEntity",
		    NULL },
	};

	iam_refused(*state, refusals, COUNT(refusals));
}

/* bob: an inline policy, one of AWS's by his group, a boundary. */
static void
make_bob(struct fixture *f)
{
	iam_ok(f, "CreateUser",
	    "{\"UserName\":\"bob\",\"PermissionsBoundary\":\"arn:aws:iam::aws:policy/"
	    "AmazonS3FullAccess\"}");
	call(f, "PutUserPolicy",
	    json_make("{s:s, s:s, s:o}", "UserName", "bob", "PolicyName", "own",
		"PolicyDocument", policy("Allow", "s3:Put*", "*")));
	iam_ok(f, "CreateGroup", "{\"GroupName\":\"g\"}");
	iam_ok(f, "AttachGroupPolicy",
	    "{\"GroupName\":\"g\",\"PolicyArn\":\"arn:aws:iam::aws:policy/ReadOnlyAccess\"}");
	iam_ok(f, "AddUserToGroup", "{\"GroupName\":\"g\",\"UserName\":\"bob\"}");
	call(f, "CreatePolicy",
	    json_make("{s:s, s:o}", "PolicyName", "mine", "PolicyDocument",
		policy("Deny", "s3:PutBucketPolicy", "*")));
	iam_ok(f, "AttachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"" ARN "policy/mine\"}");
}

static void
all_policies_of_somebody_are_asked(void **state)
{
	static const struct {
		const char *action, *want, *source, *type;
	} rows[] = {
		{ "s3:PutObject", "allowed", "user_bob_own", "user" },
		{ "s3:GetObject", "allowed", "ReadOnlyAccess", "aws-managed" },
		{ "s3:PutBucketPolicy", "explicitDeny", NULL, NULL },
		{ "ec2:DescribeInstances", "implicitDeny", "ReadOnlyAccess",
		    "aws-managed" }, /* by the boundary */
		{ "s3:DeleteObject", "implicitDeny", NULL, NULL },
	};
	struct fixture *f = *state;
	json_t *v;

	make_bob(f);
	for (size_t i = 0; i < COUNT(rows); i++) {
		v = call(f, "SimulatePrincipalPolicy",
		    json_make("{s:s, s:[s]}", "PolicySourceArn", BOB, "ActionNames",
			rows[i].action));
		assert_string_equal(decision(v, 0), rows[i].want);
		if (rows[i].source == NULL)
			continue;
		iam_is(v, "EvaluationResults.0.MatchedStatements.0.SourcePolicyId",
		    rows[i].source);
		iam_is(v, "EvaluationResults.0.MatchedStatements.0.SourcePolicyType",
		    rows[i].type);
	}
	/* With one more policy, and another boundary. */
	v = call(f, "SimulatePrincipalPolicy",
	    json_make("{s:s, s:[s], s:[o], s:[o]}", "PolicySourceArn", BOB, "ActionNames",
		"ec2:RunInstances", "PolicyInputList", policy("Allow", "ec2:*", "*"),
		"PermissionsBoundaryPolicyInputList", policy("Allow", "*", "*")));
	assert_string_equal(decision(v, 0), "allowed");
	/* A group has no boundary. */
	v = call(f, "SimulatePrincipalPolicy",
	    json_make("{s:s, s:[s]}", "PolicySourceArn", ARN "group/g", "ActionNames",
		"ec2:DescribeInstances"));
	assert_string_equal(decision(v, 0), "allowed");
}

static void
the_whole_account_is_shown(void **state)
{
	struct fixture *f = *state;
	json_t *v;
	size_t n = 0;

	make_bob(f);
	v = iam_ok(f, "GetAccountAuthorizationDetails", "{}");
	iam_is(v, "UserDetailList.0.UserName", "bob");
	iam_is(v, "UserDetailList.0.GroupList.0", "g");
	iam_is(v, "UserDetailList.0.UserPolicyList.0.PolicyName", "own");
	iam_is(v, "UserDetailList.0.AttachedManagedPolicies.0.PolicyName", "mine");
	iam_is(v, "UserDetailList.0.PermissionsBoundary.PermissionsBoundaryType",
	    "Policy");
	iam_is(v, "GroupDetailList.0.AttachedManagedPolicies.0.PolicyName",
	    "ReadOnlyAccess");
	iam_is(v, "Policies.0.PolicyName", "mine");
	iam_is(v, "Policies.0.PolicyVersionList.0.IsDefaultVersion", "true");
	/* AWS's that somebody has: as a policy and as a boundary. */
	assert_int_equal(json_array_size(json_get(v, "Policies")), 3);
	v = iam_ok(f, "GetAccountAuthorizationDetails", "{\"Filter\":[\"Group\"]}");
	assert_int_equal(json_array_size(json_get(v, "UserDetailList")), 0);
	assert_int_equal(json_array_size(json_get(v, "GroupDetailList")), 1);
	/* Page by page it is as much. */
	v = iam_ok(f, "GetAccountAuthorizationDetails", "{\"MaxItems\":2}");
	for (;;) {
		const char *marker = fixture_text(v, "Marker");

		n += json_array_size(json_get(v, "UserDetailList")) +
		    json_array_size(json_get(v, "GroupDetailList")) +
		    json_array_size(json_get(v, "RoleDetailList")) +
		    json_array_size(json_get(v, "Policies"));
		if (marker == NULL)
			break;
		v = call(f, "GetAccountAuthorizationDetails",
		    json_make("{s:i, s:s}", "MaxItems", 2, "Marker", marker));
	}
	assert_int_equal(n, 1 + 1 + 3);
}

static void
the_credential_report_is_a_table(void **state)
{
	struct fixture *f = *state;
	unsigned char *text;
	const char *csv, *content;
	size_t n;
	json_t *v;

	iam_no(f, "GetCredentialReport", "{}", "ReportNotPresent", NULL);
	iam_ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	iam_ok(f, "CreateAccessKey", "{\"UserName\":\"bob\"}");
	iam_ok(f, "CreateLoginProfile",
	    "{\"UserName\":\"bob\",\"Password\":\"Abcdefg1\"}");
	iam_is(iam_ok(f, "GenerateCredentialReport", "{}"), "State", "STARTED");
	iam_is(iam_ok(f, "GenerateCredentialReport", "{}"), "State", "COMPLETE");
	v = iam_ok(f, "GetCredentialReport", "{}");
	iam_is(v, "ReportFormat", "text/csv");
	content = fixture_text(v, "Content");
	assert_true(base64_decode(f->arena, content, strlen(content), &text, &n));
	csv = arena_strndup(f->arena, (const char *)text, n);
	assert_int_equal(strncmp(csv, "user,arn,user_creation_time,", 28), 0);
	assert_non_null(strstr(csv, "\n<root_account>," ARN "root,"));
	csv = strstr(csv, "\nbob," BOB ",");
	assert_non_null(csv);
	assert_non_null(strstr(csv, ",true,no_information,"));
	n = 0;
	for (csv++; *csv != '\n'; csv++)
		n += *csv == ',';
	assert_int_equal(n, 21);
	f->now_ms += 5LL * 3600 * 1000;
	iam_no(f, "GetCredentialReport", "{}", "ReportExpired", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_boundary_and_an_organization_bound,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_resource_policy_counts_for_its_caller,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(all_policies_of_somebody_are_asked,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(policies_alone_are_asked, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(the_credential_report_is_a_table,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(the_whole_account_is_shown, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(what_is_said_of_the_request_counts,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(wrong_questions_are_refused,
		    fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
