/*
 * Policies: what IAM refuses and in which words, and AWS's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "control/iam/managed_policies.h"
#include "control/iam/policy.h"

#define DOC(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define ST(effect, action, resource) \
	"{\"Effect\":\"" effect "\",\"Action\":" action ",\"Resource\":" resource "}"
#define IF(condition)                                                                             \
	DOC("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{" condition \
	    "}}")
#define ON(resource) DOC(ST("Allow", "\"*\"", resource))
#define TO(action)   DOC(ST("Allow", action, "\"*\""))

enum { NO = POLICY_SILENT, YES = POLICY_ALLOW, NEVER = POLICY_DENY };

#define FOR(effect, element, principal)                                                  \
	DOC("{\"Effect\":\"" effect "\",\"" element "\":" principal ",\"Action\":\"*\"," \
	    "\"Resource\":\"*\"}")
#define TRUST(principal, action) \
	DOC("{\"Effect\":\"Allow\",\"Principal\":" principal ",\"Action\":" action "}")

static void
malformed_policies_are_refused_in_words(void **state UNUSED)
{
	static const struct {
		enum policy_use use;
		const char *text, *message;
	} cases[] = {
		{ POLICY_IDENTITY, "", "Syntax errors in policy." },
		{ POLICY_IDENTITY, "{", "Syntax errors in policy." },
		{ POLICY_IDENTITY, "[]", "Syntax errors in policy." },
		{ POLICY_IDENTITY, "{}", "Syntax errors in policy." },
		{ POLICY_IDENTITY, "{\"Version\":\"2012-10-17\"}",
		    "Syntax errors in policy." },
		{ POLICY_IDENTITY, DOC(""), "Syntax errors in policy." },
		{ POLICY_IDENTITY, "{\"Version\":\"2013-10-17\",\"Statement\":[]}",
		    "Syntax errors in policy." },
		{ POLICY_IDENTITY,
		    "{\"Version\":\"2012-10-17\",\"Extra\":1,\"Statement\":[]}",
		    "Syntax errors in policy." },
		{ POLICY_IDENTITY, DOC("1"), "Syntax errors in policy." },
		{ POLICY_IDENTITY, DOC("{\"Action\":\"*\",\"Resource\":\"*\"}"),
		    "Missing required field Effect" },
		{ POLICY_IDENTITY, DOC(ST("Maybe", "\"*\"", "\"*\"")),
		    "Invalid effect: Maybe" },
		{ POLICY_IDENTITY, DOC("{\"Effect\":\"Allow\",\"Resource\":\"*\"}"),
		    "Policy statement must contain actions." },
		{ POLICY_IDENTITY, TO("[]"), "Policy statement must contain actions." },
		{ POLICY_IDENTITY, TO("1"), "Syntax errors in policy." },
		{ POLICY_IDENTITY, TO("[1]"), "Syntax errors in policy." },
		{ POLICY_IDENTITY, DOC("{\"Effect\":\"Allow\",\"Action\":\"*\"}"),
		    "Policy statement must contain resources." },
		{ POLICY_IDENTITY, ON("[]"), "Policy statement must contain resources." },
		{ POLICY_IDENTITY, TO("\"RunInstances\""),
		    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc." },
		{ POLICY_IDENTITY, TO("\"ec2:Run:Instances\""),
		    "Actions/Condition can contain only one colon." },
		{ POLICY_IDENTITY, TO("\"ec 2:RunInstances\""),
		    "Vendor ec 2 is not valid" },
		{ POLICY_IDENTITY, ON("\"bucket\""),
		    "Resource bucket must be in ARN format or \"*\"." },
		{ POLICY_IDENTITY, ON("\"arn:azure:s3:::b\""),
		    "Partition \"azure\" is not valid for resource \"arn:azure:s3:::b\"." },
		{ POLICY_IDENTITY, ON("\"arn:aws:s3\""),
		    "The policy failed legacy parsing" },
		{ POLICY_IDENTITY, ON("\"arn:aws\""),
		    "The policy failed legacy parsing" },
		{ POLICY_IDENTITY, IF("\"Nearly\":{\"a:b\":\"c\"}"),
		    "Invalid Condition type : Nearly." },
		{ POLICY_IDENTITY, IF("\"StringEquals\":\"x\""),
		    "Syntax errors in policy." },
		{ POLICY_IDENTITY, IF("\"StringEquals\":{\"a:b\":{}}"),
		    "Syntax errors in policy." },
		{ POLICY_IDENTITY, IF("\"StringEquals\":{\"ab\":\"c\"}"),
		    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc." },
		{ POLICY_IDENTITY,
		    DOC("{\"Sid\":\"a b\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"),
		    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
		    "regular expression [0-9A-Za-z]*" },
		{ POLICY_IDENTITY,
		    DOC("{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},"
			"{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"),
		    "Statement IDs (SID) in a single policy must be unique." },
		{ POLICY_IDENTITY,
		    DOC("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\","
			"\"Resource\":\"*\"}"),
		    "Policy document should not specify a principal." },
		{ POLICY_IDENTITY,
		    DOC("{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotAction\":\"a:b\","
			"\"Resource\":\"*\"}"),
		    "Syntax errors in policy." },
		{ POLICY_IDENTITY,
		    DOC("{\"Effect\":\"Allow\",\"Effect\":\"Deny\",\"Action\":\"*\","
			"\"Resource\":\"*\"}"),
		    "Syntax errors in policy." },
		{ POLICY_IDENTITY,
		    DOC("{\"Effect\":\"Deny\",\"NotPrincipal\":\"*\",\"Action\":\"*\","
			"\"Resource\":\"*\"}"),
		    "Policy document should not specify a principal." },
		{ POLICY_RESOURCE, TO("\"*\""), "Missing required field Principal" },
		{ POLICY_RESOURCE,
		    DOC("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\"}"),
		    "Policy statement must contain resources." },
		{ POLICY_RESOURCE, FOR("Allow", "Principal", "\"bob\""),
		    "Invalid principal in policy." },
		{ POLICY_RESOURCE, FOR("Allow", "Principal", "{\"AWS\":\"bob\"}"),
		    "Invalid principal in policy: \"AWS\":\"bob\"" },
		{ POLICY_RESOURCE,
		    FOR("Allow", "NotPrincipal", "{\"AWS\":\"111111111111\"}"),
		    "Allow with NotPrincipal is not allowed." },
		{ POLICY_RESOURCE, FOR("Deny", "NotPrincipal", "{\"AWS\":\"bob\"}"),
		    "Invalid principal in policy: \"AWS\":\"bob\"" },
		{ POLICY_RESOURCE,
		    FOR("Deny", "Principal", "\"*\",\"NotPrincipal\":\"*\""),
		    "Syntax errors in policy." },
		{ POLICY_TRUST, "nonsense", "This policy contains invalid Json" },
		{ POLICY_TRUST,
		    DOC("{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\"}"),
		    "Missing required field Principal" },
		{ POLICY_TRUST, DOC("{\"Effect\":\"Allow\",\"Principal\":\"*\"}"),
		    "Missing required field Action" },
		{ POLICY_TRUST, TRUST("\"*\"", "\"s3:GetObject\""),
		    "AssumeRole policy may only specify STS AssumeRole actions." },
		{ POLICY_TRUST, TRUST("\"bob\"", "\"sts:AssumeRole\""),
		    "Invalid principal in policy." },
		{ POLICY_TRUST, TRUST("{}", "\"sts:AssumeRole\""),
		    "Invalid principal in policy." },
		{ POLICY_TRUST, TRUST("{\"AWS\":\"bob\"}", "\"sts:AssumeRole\""),
		    "Invalid principal in policy: \"AWS\":\"bob\"" },
		{ POLICY_TRUST, TRUST("{\"AWS\":[]}", "\"sts:AssumeRole\""),
		    "Invalid principal in policy." },
		{ POLICY_TRUST,
		    TRUST("{\"AWS\":\"arn:aws:iam::111111111111:user/*\"}",
			"\"sts:AssumeRole\""),
		    "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111111111111:user/*\"" },
		{ POLICY_TRUST, TRUST("{\"Service\":\"ec2\"}", "\"sts:AssumeRole\""),
		    "Invalid principal in policy: \"SERVICE\":\"ec2\"" },
		{ POLICY_TRUST, TRUST("{\"Human\":\"bob\"}", "\"sts:AssumeRole\""),
		    "Invalid principal in policy: \"Human\"" },
		{ POLICY_TRUST,
		    DOC("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\","
			"\"Resource\":\"*\"}"),
		    "Has prohibited field Resource." },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		struct err err = { .kind = NULL };
		json_t *doc = NULL;

		if (policy_parse(a, cases[i].text, cases[i].use, &doc, &err) == 0)
			fail_msg("accepted: %s", cases[i].text);
		assert_null(doc);
		assert_ptr_equal(err.kind, &policy_malformed);
		assert_string_equal(err.msg, cases[i].message);
		arena_free(a);
	}
}

static void
good_policies_are_taken(void **state UNUSED)
{
	static const struct {
		enum policy_use use;
		const char *text;
	} cases[] = {
		{ POLICY_IDENTITY, TO("\"*\"") },
		{ POLICY_IDENTITY, "{\"Statement\":" ST("Allow", "\"*\"", "\"*\"") "}" },
		{ POLICY_IDENTITY,
		    "{\"Version\":\"2008-10-17\",\"Id\":\"x\",\"Statement\":[" ST("Deny",
			"\"s3:*\"", "\"arn:aws:s3:::b/*\"") "]}" },
		{ POLICY_IDENTITY, ON("\"arn:*:s3:::b\"") },
		{ POLICY_IDENTITY, ON("\"arn:aws:ec2:*\"") },
		{ POLICY_IDENTITY,
		    IF("\"ForAllValues:StringLikeIfExists\":{\"a:b\":[\"c\",1,true]}") },
		{ POLICY_RESOURCE, FOR("Allow", "Principal", "\"*\"") },
		{ POLICY_RESOURCE,
		    FOR("Deny", "NotPrincipal",
			"{\"AWS\":[\"111111111111\",\"arn:aws:iam::"
			"111111111111:user/bob\"]}") },
		{ POLICY_TRUST, TRUST("\"*\"", "\"sts:AssumeRole\"") },
		{ POLICY_TRUST, TRUST("{\"AWS\":\"111111111111\"}", "\"sts:*\"") },
		{ POLICY_TRUST,
		    TRUST("{\"AWS\":[\"arn:aws:iam::111111111111:root\","
			  "\"arn:aws:sts::111111111111:assumed-role/r/s\"],"
			  "\"Service\":[\"ec2.amazonaws.com\"]}",
			"[\"sts:AssumeRole\",\"sts:TagSession\"]") },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		struct err err = { .kind = NULL };
		json_t *doc;

		if (policy_parse(a, cases[i].text, cases[i].use, &doc, &err) < 0)
			fail_msg("%s: %s", cases[i].text, err.msg);
		arena_free(a);
	}
}

static void
white_space_does_not_count(void **state UNUSED)
{
	assert_int_equal(policy_size(" { \"a\" :\t\n1 } "), 7);
	assert_int_equal(policy_size(""), 0);
}

static void
awss_own_policies_are_well_formed(void **state UNUSED)
{
	for (size_t i = 0; i < managed_policy_count(); i++) {
		const struct managed_policy *m = managed_policy_at(i);
		struct arena *a = arena_new();
		struct err err;
		json_t *doc;
		int64_t ms;

		if (policy_parse(a, m->text, POLICY_IDENTITY, &doc, &err) < 0)
			fail_msg("%s: %s", m->name, err.msg);
		assert_true(json_equal(doc, managed_policy_document(m)));
		assert_ptr_equal(managed_policy_find(m->arn), m);
		assert_true(clock_parse_iso8601(m->created, &ms));
		if (i > 0)
			assert_true(strcmp(managed_policy_at(i - 1)->name, m->name) < 0);
		arena_free(a);
	}
	assert_null(managed_policy_find("arn:aws:iam::aws:policy/NoSuchPolicy"));
	assert_null(
	    managed_policy_find("arn:aws:iam::000000000000:policy/ReadOnlyAccess"));
}

static void
awss_own_policies_allow_what_their_names_say(void **state UNUSED)
{
	static const struct {
		const char *name, *action;
		int effect;
	} cases[] = {
		{ "AdministratorAccess", "iam:CreateUser", YES },
		{ "PowerUserAccess", "ec2:RunInstances", YES },
		{ "PowerUserAccess", "iam:CreateUser", NO },
		{ "PowerUserAccess", "iam:ListRoles", YES },
		{ "ReadOnlyAccess", "ec2:DescribeInstances", YES },
		{ "ReadOnlyAccess", "s3:GetObject", YES },
		{ "ReadOnlyAccess", "s3:PutObject", NO },
		{ "ReadOnlyAccess", "ec2:RunInstances", NO },
		{ "AmazonS3ReadOnlyAccess", "s3:GetObject", YES },
		{ "AmazonS3ReadOnlyAccess", "s3:DeleteObject", NO },
		{ "AmazonS3FullAccess", "s3:DeleteObject", YES },
		{ "AmazonEC2FullAccess", "ec2:RunInstances", YES },
		{ "AmazonEC2ReadOnlyAccess", "ec2:RunInstances", NO },
		{ "AmazonSSMManagedInstanceCore", "ssm:UpdateInstanceInformation", YES },
		{ "AmazonSSMManagedInstanceCore", "ssm:PutParameter", NO },
		{ "AmazonSSMReadOnlyAccess", "ssm:GetParameter", YES },
		{ "IAMFullAccess", "iam:CreateUser", YES },
		{ "IAMReadOnlyAccess", "iam:GetUser", YES },
		{ "IAMReadOnlyAccess", "iam:CreateUser", NO },
		{ "CloudWatchAgentServerPolicy", "logs:PutLogEvents", YES },
		{ "AmazonVPCFullAccess", "ec2:CreateVpc", YES },
		{ "AmazonVPCFullAccess", "ec2:RunInstances", NO },
		{ "SecurityAudit", "iam:GetRole", YES },
		{ "SecurityAudit", "s3:GetObject", NO },
		{ "job-function/ViewOnlyAccess", "ec2:DescribeVpcs", YES },
		{ "job-function/ViewOnlyAccess", "s3:GetObject", NO },
		{ "service-role/AWSLambdaBasicExecutionRole", "logs:CreateLogGroup",
		    YES },
		{ "service-role/AmazonECSTaskExecutionRolePolicy", "ecr:BatchGetImage",
		    YES },
		{ "service-role/AmazonECSTaskExecutionRolePolicy", "ecr:PutImage", NO },
		{ "AmazonEKSClusterPolicy", "ec2:CreateRoute", YES },
		{ "AmazonEC2ContainerRegistryReadOnly", "ecr:GetAuthorizationToken",
		    YES },
		{ "AmazonDynamoDBFullAccess", "dynamodb:PutItem", YES },
		{ "AmazonDynamoDBReadOnlyAccess", "dynamodb:PutItem", NO },
		{ "AmazonSQSFullAccess", "sqs:SendMessage", YES },
		{ "AWSDenyAll", "s3:GetObject", NEVER },
		{ "aws-service-role/AutoScalingServiceRolePolicy", "ec2:RunInstances",
		    YES },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		const struct policy_request r = { cases[i].action, "*", NULL, NULL };
		const struct managed_policy *m = managed_policy_find(
		    arena_printf(a, "arn:aws:iam::aws:policy/%s", cases[i].name));

		assert_non_null(m);
		if ((int)policy_evaluate(a, managed_policy_document(m), &r) !=
		    cases[i].effect)
			fail_msg("%s, %s", cases[i].name, cases[i].action);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_policies_are_refused_in_words),
		cmocka_unit_test(good_policies_are_taken),
		cmocka_unit_test(white_space_does_not_count),
		cmocka_unit_test(awss_own_policies_are_well_formed),
		cmocka_unit_test(awss_own_policies_allow_what_their_names_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
