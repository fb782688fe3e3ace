/*
 * Organizations: policies, where they are attached, and what an account has of them.
 */
#include <string.h>

#include "control/iam/membership.h"
#include "tests/api/org_calls.h"

#define ME FIXTURE_ACCOUNT
#define DENY_EC2                                                                               \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Deny\\\"," \
	"\\\"Action\\\":\\\"ec2:*\\\",\\\"Resource\\\":\\\"*\\\"}]}"

static const char *
make(struct fixture *f, const char *type, const char *name, const char *content)
{
	return fixture_text(
	    org_as(f, ME, "CreatePolicy",
		"{\"Content\":\"%s\",\"Description\":\"d\",\"Name\":\"%s\",\"Type\":\"%s\"}",
		content, name, type),
	    "Policy.PolicySummary.Id");
}

static void
attach(struct fixture *f, const char *policy, const char *target)
{
	org_as(f, ME, "AttachPolicy", "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}", policy,
	    target);
}

/* The effective document of the account: its levels, or NULL. */
static const json_t *
levels(struct fixture *f, const char *account, const char *kind)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;
	json_t *doc;
	int rc = membership_find(t, kind, account, &doc, &err);

	assert_true(rc >= 0);
	return rc > 0 ? json_get(doc, "levels") : NULL;
}

static size_t
n_at(const json_t *all, size_t i)
{
	return json_array_size(json_array_get(all, i));
}

static void
a_policy_lives_and_goes(void **state)
{
	struct fixture *f = *state;
	const char *root, *id;
	json_t *v;

	org_begin(f, &root);
	id = make(f, "SERVICE_CONTROL_POLICY", "no-ec2", DENY_EC2);
	v = org_as(f, ME, "DescribePolicy", "{\"PolicyId\":\"%s\"}", id);
	fixture_is(v, "Policy.PolicySummary.Name", "no-ec2");
	fixture_is(v, "Policy.PolicySummary.Description", "d");
	fixture_is(v, "Policy.PolicySummary.AwsManaged", "false");
	assert_non_null(strstr(fixture_text(v, "Policy.Content"), "ec2:*"));
	org_no(f, ME, "DuplicatePolicyException", NULL, "CreatePolicy",
	    "{\"Content\":\"" DENY_EC2
	    "\",\"Description\":\"\",\"Name\":\"no-ec2\",\"Type\":\"SERVICE_CONTROL_POLICY\"}");
	v = org_as(f, ME, "ListPolicies", "{\"Filter\":\"SERVICE_CONTROL_POLICY\"}");
	assert_non_null(strstr(org_texts(f, v, "Policies", "Name"), "FullAWSAccess"));
	assert_non_null(strstr(org_texts(f, v, "Policies", "Name"), "no-ec2"));
	org_no(f, ME, "InvalidInputException", "IMMUTABLE_POLICY", "UpdatePolicy",
	    "{\"PolicyId\":\"p-FullAWSAccess\",\"Name\":\"x\"}");
	org_as(f, ME, "UpdatePolicy", "{\"PolicyId\":\"%s\",\"Name\":\"x\"}", id);
	attach(f, id, root);
	org_no(f, ME, "DuplicatePolicyAttachmentException", NULL, "AttachPolicy",
	    "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}", id, root);
	org_no(f, ME, "PolicyInUseException", NULL, "DeletePolicy",
	    "{\"PolicyId\":\"%s\"}", id);
	v = org_as(f, ME, "ListTargetsForPolicy", "{\"PolicyId\":\"%s\"}", id);
	fixture_is(v, "Targets.0.TargetId", root);
	fixture_is(v, "Targets.0.Type", "ROOT");
	fixture_is(v, "Targets.0.Name", "Root");
	org_as(f, ME, "DetachPolicy", "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}", id,
	    root);
	org_no(f, ME, "PolicyNotAttachedException", NULL, "DetachPolicy",
	    "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}", id, root);
	org_no(f, ME, "ConstraintViolationException",
	    "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", "DetachPolicy",
	    "{\"PolicyId\":\"p-FullAWSAccess\",\"TargetId\":\"%s\"}", root);
	org_no(f, ME, "TargetNotFoundException", NULL, "AttachPolicy",
	    "{\"PolicyId\":\"%s\",\"TargetId\":\"999999999999\"}", id);
	org_as(f, ME, "DeletePolicy", "{\"PolicyId\":\"%s\"}", id);
	org_no(f, ME, "PolicyNotFoundException", NULL, "DescribePolicy",
	    "{\"PolicyId\":\"%s\"}", id);
}

static void
ten_policies_and_no_more(void **state)
{
	struct fixture *f = *state;
	const char *root;

	org_begin(f, &root);
	for (int i = 0; i < 9; i++)
		attach(f,
		    make(f, "SERVICE_CONTROL_POLICY", arena_printf(f->arena, "p%d", i),
			DENY_EC2),
		    root);
	org_no(f, ME, "ConstraintViolationException",
	    "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", "AttachPolicy",
	    "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}",
	    make(f, "SERVICE_CONTROL_POLICY", "last", DENY_EC2), root);
}

static void
refuses_what_is_no_policy(void **state)
{
	static const struct {
		const char *type, *content, *code;
	} cases[] = {
		{ "SERVICE_CONTROL_POLICY", "{", "MalformedPolicyDocumentException" },
		{ "SERVICE_CONTROL_POLICY", "{\\\"Statement\\\":[]}",
		    "MalformedPolicyDocumentException" },
		{ "SERVICE_CONTROL_POLICY",
		    "{\\\"Statement\\\":{\\\"Effect\\\":\\\"Deny\\\",\\\"Principal\\\":\\\"*\\\","
		    "\\\"Action\\\":\\\"*\\\",\\\"Resource\\\":\\\"*\\\"}}",
		    "MalformedPolicyDocumentException" },
		/* An RCP only denies, and to everybody. */
		{ "RESOURCE_CONTROL_POLICY",
		    "{\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\","
		    "\\\"Action\\\":\\\"s3:*\\\",\\\"Resource\\\":\\\"*\\\"}}",
		    "MalformedPolicyDocumentException" },
		{ "RESOURCE_CONTROL_POLICY",
		    "{\\\"Statement\\\":{\\\"Effect\\\":\\\"Deny\\\",\\\"Principal\\\":{\\\"AWS\\\":"
		    "\\\"111122223333\\\"},\\\"Action\\\":\\\"s3:*\\\",\\\"Resource\\\":\\\"*\\\"}}",
		    "MalformedPolicyDocumentException" },
		{ "TAG_POLICY", "{\\\"plans\\\":{}}",
		    "MalformedPolicyDocumentException" },
		{ "TAG_POLICY",
		    "{\\\"tags\\\":{\\\"a\\\":{\\\"tag_key\\\":{\\\"@@set\\\":1}}}}",
		    "MalformedPolicyDocumentException" },
		{ "BACKUP_POLICY", "[]", "MalformedPolicyDocumentException" },
	};
	struct fixture *f = *state;
	const char *root;

	org_begin(f, &root);
	for (size_t i = 0; i < COUNT(cases); i++)
		org_no(f, ME, cases[i].code, NULL, "CreatePolicy",
		    "{\"Content\":\"%s\",\"Description\":\"\",\"Name\":\"n\",\"Type\":\"%s\"}",
		    cases[i].content, cases[i].type);
	org_no(f, ME, "ConstraintViolationException", "POLICY_CONTENT_LIMIT_EXCEEDED",
	    "CreatePolicy",
	    "{\"Content\":\"{%10300s}\",\"Description\":\"\",\"Name\":\"n\","
	    "\"Type\":\"SERVICE_CONTROL_POLICY\"}",
	    "");
}

static void
an_account_has_what_is_on_its_way(void **state)
{
	struct fixture *f = *state;
	const char *root, *unit, *account, *scp;
	const json_t *all;

	org_begin(f, &root);
	account = org_account(f, "a@example.com");
	all = levels(f, account, MEMBERSHIP_SCP);
	assert_int_equal(json_array_size(all), 2);
	assert_int_equal(n_at(all, 0), 1);
	assert_int_equal(n_at(all, 1), 1);
	assert_null(levels(f, ME, MEMBERSHIP_SCP));
	assert_null(levels(f, account, MEMBERSHIP_RCP));

	scp = make(f, "SERVICE_CONTROL_POLICY", "no-ec2", DENY_EC2);
	unit = fixture_text(org_as(f, ME, "CreateOrganizationalUnit",
				"{\"ParentId\":\"%s\",\"Name\":\"u\"}", root),
	    "OrganizationalUnit.Id");
	attach(f, scp, unit);
	assert_int_equal(json_array_size(levels(f, account, MEMBERSHIP_SCP)), 2);
	org_as(f, ME, "MoveAccount",
	    "{\"AccountId\":\"%s\",\"SourceParentId\":\"%s\",\"DestinationParentId\":\"%s\"}",
	    account, root, unit);
	all = levels(f, account, MEMBERSHIP_SCP);
	assert_int_equal(json_array_size(all), 3);
	assert_int_equal(n_at(all, 1), 2);
	fixture_is(json_array_get(json_array_get(all, 1), 1), "Statement.0.Action",
	    "ec2:*");

	/* Other words of the same policy. */
	org_as(f, ME, "UpdatePolicy",
	    "{\"PolicyId\":\"%s\",\"Content\":\"{\\\"Statement\\\":{\\\"Effect\\\":\\\"Deny\\\","
	    "\\\"Action\\\":\\\"s3:*\\\",\\\"Resource\\\":\\\"*\\\"}}\"}",
	    scp);
	all = levels(f, account, MEMBERSHIP_SCP);
	fixture_is(json_array_get(json_array_get(all, 1), 1), "Statement.Action", "s3:*");
	org_as(f, ME, "DetachPolicy", "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}", scp,
	    unit);
	assert_int_equal(n_at(levels(f, account, MEMBERSHIP_SCP), 1), 1);

	/* Disabled, they are gone; enabled again, only AWS's own is there. */
	attach(f, scp, account);
	org_as(f, ME, "DisablePolicyType",
	    "{\"RootId\":\"%s\",\"PolicyType\":\"SERVICE_CONTROL_POLICY\"}", root);
	assert_null(levels(f, account, MEMBERSHIP_SCP));
	org_no(f, ME, "PolicyTypeNotEnabledException", NULL, "AttachPolicy",
	    "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}", scp, account);
	org_no(f, ME, "PolicyTypeNotEnabledException", NULL, "DisablePolicyType",
	    "{\"RootId\":\"%s\",\"PolicyType\":\"SERVICE_CONTROL_POLICY\"}", root);
	org_as(f, ME, "EnablePolicyType",
	    "{\"RootId\":\"%s\",\"PolicyType\":\"SERVICE_CONTROL_POLICY\"}", root);
	org_no(f, ME, "PolicyTypeAlreadyEnabledException", NULL, "EnablePolicyType",
	    "{\"RootId\":\"%s\",\"PolicyType\":\"SERVICE_CONTROL_POLICY\"}", root);
	assert_string_equal(
	    org_texts(f,
		org_as(f, ME, "ListPoliciesForTarget",
		    "{\"TargetId\":\"%s\",\"Filter\":\"SERVICE_CONTROL_POLICY\"}",
		    account),
		"Policies", "Id"),
	    "p-FullAWSAccess");
	org_as(f, account, "LeaveOrganization", "{}");
	assert_null(levels(f, account, MEMBERSHIP_SCP));
}

/* The session of a role in the account, which may do everything there. */
static struct principal
session_in(struct fixture *f, const char *account)
{
	struct principal p = { .kind = PRINCIPAL_SESSION };

	memcpy(p.account, account, 13);
	p.arn = arena_printf(f->arena,
	    "arn:aws:sts::%s:assumed-role/OrganizationAccountAccessRole/me", account);
	p.user_id = "AROA:me";
	p.name = "OrganizationAccountAccessRole";
	p.session = "me";
	p.access_key = "";
	p.issued_ms = 1;
	return p;
}

static void
denied(struct fixture *f, const struct principal *who, const char *why)
{
	const struct call *c = fixture_call_as(f, who, "ec2", "DescribeVpcs", "{}");

	if (c->err.kind == NULL)
		fail_msg("%s may describe VPCs", who->arn);
	assert_string_equal(c->err.kind->code, "UnauthorizedOperation");
	if (strstr(c->err.msg, why) == NULL)
		fail_msg("%s", c->err.msg);
}

static void
allowed(struct fixture *f, const struct principal *who)
{
	const struct call *c = fixture_call_as(f, who, "ec2", "DescribeVpcs", "{}");

	if (c->err.kind != NULL)
		fail_msg("%s", c->err.msg);
}

static void
scps_bind_members_and_nobody_else(void **state)
{
	static const char explicit[] =
	    "with an explicit deny in a service control policy";
	struct fixture *f = *state;
	const char *root, *account, *unit, *scp, *only_s3;
	struct principal member, top;
	json_t *v;

	org_begin(f, &root);
	account = org_account(f, "a@example.com");
	member = session_in(f, account);
	top = org_root_of(f, account);
	allowed(f, &member);
	allowed(f, &top);
	scp = make(f, "SERVICE_CONTROL_POLICY", "no-ec2", DENY_EC2);
	unit = fixture_text(org_as(f, ME, "CreateOrganizationalUnit",
				"{\"ParentId\":\"%s\",\"Name\":\"u\"}", root),
	    "OrganizationalUnit.Id");
	attach(f, scp, unit);
	allowed(f, &member);
	org_as(f, ME, "MoveAccount",
	    "{\"AccountId\":\"%s\",\"SourceParentId\":\"%s\",\"DestinationParentId\":\"%s\"}",
	    account, root, unit);
	denied(f, &member, explicit);
	denied(f, &top, explicit);
	org_as(f, ME, "DetachPolicy", "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}", scp,
	    unit);
	allowed(f, &member);
	/* On the root, they bind members and not the management account. */
	attach(f, scp, root);
	denied(f, &member, explicit);
	fixture_ok(f, "ec2", "DescribeVpcs", "{}");
	v = fixture_ok(f, "iam", "CreateUser", "{\"UserName\":\"u\"}");
	assert_non_null(v);
	org_as(f, ME, "DetachPolicy", "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}", scp,
	    root);

	/* Each level must allow. */
	only_s3 = make(f, "SERVICE_CONTROL_POLICY", "s3",
	    "{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\","
	    "\\\"Action\\\":\\\"s3:*\\\",\\\"Resource\\\":\\\"*\\\"}}");
	attach(f, only_s3, unit);
	allowed(f, &member);
	org_as(f, ME, "DetachPolicy",
	    "{\"PolicyId\":\"p-FullAWSAccess\",\"TargetId\":\"%s\"}", unit);
	denied(f, &member,
	    "because no service control policy allows the ec2:DescribeVpcs action");
	org_as(f, ME, "DisablePolicyType",
	    "{\"RootId\":\"%s\",\"PolicyType\":\"SERVICE_CONTROL_POLICY\"}", root);
	allowed(f, &member);
}

/* What the root of `who` hears who reads an object of the owner's. */
static const char *
ask_s3(struct fixture *f, const char *who, const char *owner)
{
	const struct auth_question q = {
		.action = "s3:GetObject",
		.resource = "arn:aws:s3:::b/k",
		.owner = owner,
	};
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct principal p = org_root_of(f, who);
	struct err err = { .msg = "" };

	auth_ask(&f->env.auth, t, f->arena, &p, model_find("s3"), &q, &err);
	return arena_strdup(f->arena, err.msg);
}

static void
denies_s3(struct fixture *f, const char *who, const char *owner)
{
	if (strstr(ask_s3(f, who, owner),
		"with an explicit deny in a resource control policy") == NULL)
		fail_msg("%s", ask_s3(f, who, owner));
}

static void
rcps_have_a_policy_that_stays(void **state)
{
	struct fixture *f = *state;
	const char *root, *account;

	org_begin(f, &root);
	account = org_account(f, "a@example.com");
	org_as(f, ME, "EnablePolicyType",
	    "{\"RootId\":\"%s\",\"PolicyType\":\"RESOURCE_CONTROL_POLICY\"}", root);
	assert_int_equal(json_array_size(levels(f, account, MEMBERSHIP_RCP)), 2);
	org_no(f, ME, "InvalidInputException", "NON_DETACHABLE_POLICY", "DetachPolicy",
	    "{\"PolicyId\":\"p-RCPFullAWSAccess\",\"TargetId\":\"%s\"}", account);
	attach(f,
	    make(f, "RESOURCE_CONTROL_POLICY", "r",
		"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Deny\\\","
		"\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"s3:*\\\",\\\"Resource\\\":\\\"*\\\"}}"),
	    account);
	assert_int_equal(n_at(levels(f, account, MEMBERSHIP_RCP), 1), 2);
	denies_s3(f, account, account);
	denies_s3(f, ME, account);
	assert_null(strstr(ask_s3(f, account, ME), "resource control policy"));
}

static void
tag_policies_are_merged(void **state)
{
	static const char *const contents[] = {
		"{\\\"tags\\\":{\\\"cost\\\":{\\\"tag_key\\\":{\\\"@@assign\\\":\\\"Cost\\\","
		"\\\"@@operators_allowed_for_child_policies\\\":[\\\"@@none\\\"]},\\\"tag_value\\\":"
		"{\\\"@@assign\\\":[\\\"1\\\",\\\"2\\\"]}}}}",
		"{\\\"tags\\\":{\\\"cost\\\":{\\\"tag_key\\\":{\\\"@@assign\\\":\\\"COST\\\"},"
		"\\\"tag_value\\\":{\\\"@@append\\\":[\\\"3\\\"],\\\"@@remove\\\":[\\\"1\\\"]}}}}",
	};
	struct fixture *f = *state;
	const char *root, *account;
	json_t *v;

	org_begin(f, &root);
	account = org_account(f, "a@example.com");
	org_as(f, ME, "EnablePolicyType",
	    "{\"RootId\":\"%s\",\"PolicyType\":\"TAG_POLICY\"}", root);
	org_no(f, account, "EffectivePolicyNotFoundException", NULL,
	    "DescribeEffectivePolicy", "{\"PolicyType\":\"TAG_POLICY\"}");
	attach(f, make(f, "TAG_POLICY", "a", contents[0]), root);
	attach(f, make(f, "TAG_POLICY", "b", contents[1]), account);
	v = org_as(f, account, "DescribeEffectivePolicy",
	    "{\"PolicyType\":\"TAG_POLICY\"}");
	fixture_is(v, "EffectivePolicy.TargetId", account);
	fixture_is(v, "EffectivePolicy.PolicyContent",
	    "{\"tags\":{\"cost\":{\"tag_key\":\"Cost\",\"tag_value\":[\"2\",\"3\"]}}}");
	v = org_as(f, ME, "DescribeEffectivePolicy",
	    "{\"PolicyType\":\"TAG_POLICY\",\"TargetId\":\"%s\"}", account);
	fixture_is(v, "EffectivePolicy.PolicyType", "TAG_POLICY");
	org_no(f, ME, "InvalidInputException", "TARGET_NOT_SUPPORTED",
	    "DescribeEffectivePolicy",
	    "{\"PolicyType\":\"TAG_POLICY\",\"TargetId\":\"%s\"}", root);
}

static void
services_have_administrators(void **state)
{
	struct fixture *f = *state;
	const char *root, *a, *b;
	json_t *v;

	org_begin(f, &root);
	a = org_account(f, "a@example.com");
	b = org_account(f, "b@example.com");
	org_no(f, ME, "InvalidInputException", "UNRECOGNIZED_SERVICE_PRINCIPAL",
	    "EnableAWSServiceAccess", "{\"ServicePrincipal\":\"none.amazonaws.com\"}");
	org_no(f, ME, "ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED",
	    "RegisterDelegatedAdministrator",
	    "{\"AccountId\":\"%s\",\"ServicePrincipal\":\"guardduty.amazonaws.com\"}", a);
	org_as(f, ME, "EnableAWSServiceAccess",
	    "{\"ServicePrincipal\":\"guardduty.amazonaws.com\"}");
	fixture_is(org_as(f, ME, "ListAWSServiceAccessForOrganization", "{}"),
	    "EnabledServicePrincipals.0.ServicePrincipal", "guardduty.amazonaws.com");
	org_as(f, ME, "RegisterDelegatedAdministrator",
	    "{\"AccountId\":\"%s\",\"ServicePrincipal\":\"guardduty.amazonaws.com\"}", a);
	org_no(f, ME, "AccountAlreadyRegisteredException", NULL,
	    "RegisterDelegatedAdministrator",
	    "{\"AccountId\":\"%s\",\"ServicePrincipal\":\"guardduty.amazonaws.com\"}", a);
	org_no(f, ME, "ConstraintViolationException",
	    "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
	    "RegisterDelegatedAdministrator",
	    "{\"AccountId\":\"%s\",\"ServicePrincipal\":\"guardduty.amazonaws.com\"}", b);
	org_no(f, ME, "ConstraintViolationException",
	    "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
	    "RegisterDelegatedAdministrator",
	    "{\"AccountId\":\"" ME
	    "\",\"ServicePrincipal\":\"guardduty.amazonaws.com\"}");
	/* An administrator may read. */
	v = org_as(f, a, "ListDelegatedAdministrators", "{}");
	fixture_is(v, "DelegatedAdministrators.0.Id", a);
	assert_int_equal(json_array_size(
			     json_get(org_as(f, a, "ListAccounts", "{}"), "Accounts")),
	    3);
	org_no(f, b, "AccessDeniedException", NULL, "ListAccounts", "{}");
	fixture_is(org_as(f, ME, "ListDelegatedServicesForAccount",
		       "{\"AccountId\":\"%s\"}", a),
	    "DelegatedServices.0.ServicePrincipal", "guardduty.amazonaws.com");
	org_no(f, ME, "AccountNotRegisteredException", NULL,
	    "ListDelegatedServicesForAccount", "{\"AccountId\":\"%s\"}", b);
	org_no(f, ME, "ConstraintViolationException",
	    "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
	    "RemoveAccountFromOrganization", "{\"AccountId\":\"%s\"}", a);
	org_no(f, ME, "ConstraintViolationException",
	    "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE", "DisableAWSServiceAccess",
	    "{\"ServicePrincipal\":\"guardduty.amazonaws.com\"}");
	org_as(f, ME, "DeregisterDelegatedAdministrator",
	    "{\"AccountId\":\"%s\",\"ServicePrincipal\":\"guardduty.amazonaws.com\"}", a);
	org_no(f, ME, "AccountNotRegisteredException", NULL,
	    "DeregisterDelegatedAdministrator",
	    "{\"AccountId\":\"%s\",\"ServicePrincipal\":\"guardduty.amazonaws.com\"}", a);
	org_as(f, ME, "DisableAWSServiceAccess",
	    "{\"ServicePrincipal\":\"guardduty.amazonaws.com\"}");
	assert_int_equal(json_array_size(
			     json_get(org_as(f, ME, "ListAWSServiceAccessForOrganization",
					  "{}"),
				 "EnabledServicePrincipals")),
	    0);
}

static void
a_resource_policy_lets_members_in(void **state)
{
	struct fixture *f = *state;
	const char *root, *a, *id;
	json_t *v;

	org_begin(f, &root);
	a = org_account(f, "a@example.com");
	org_no(f, ME, "ResourcePolicyNotFoundException", NULL, "DescribeResourcePolicy",
	    "{}");
	org_no(f, ME, "InvalidInputException", "INVALID_RESOURCE_POLICY_JSON",
	    "PutResourcePolicy", "{\"Content\":\"{}\"}");
	org_no(f, ME, "InvalidInputException", "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
	    "PutResourcePolicy",
	    "{\"Content\":\"{\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":"
	    "{\\\"AWS\\\":\\\"%s\\\"},\\\"Action\\\":\\\"s3:*\\\",\\\"Resource\\\":\\\"*\\\"}}\"}",
	    a);
	v = org_as(f, ME, "PutResourcePolicy",
	    "{\"Content\":\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":"
	    "\\\"Allow\\\",\\\"Principal\\\":{\\\"AWS\\\":\\\"arn:aws:iam::%s:root\\\"},\\\"Action\\\":"
	    "\\\"organizations:List*\\\",\\\"Resource\\\":\\\"*\\\"}}\",\"Tags\":[{\"Key\":\"k\","
	    "\"Value\":\"v\"}]}",
	    a);
	id = fixture_text(v, "ResourcePolicy.ResourcePolicySummary.Id");
	fixture_is(org_as(f, ME, "ListTagsForResource", "{\"ResourceId\":\"%s\"}", id),
	    "Tags.0.Key", "k");
	fixture_is(org_as(f, ME, "DescribeResourcePolicy", "{}"),
	    "ResourcePolicy.ResourcePolicySummary.Id", id);
	assert_int_equal(json_array_size(
			     json_get(org_as(f, a, "ListAccounts", "{}"), "Accounts")),
	    2);
	org_no(f, a, "AccessDeniedException", NULL, "DescribeAccount",
	    "{\"AccountId\":\"%s\"}", a);
	org_as(f, ME, "DeleteResourcePolicy", "{}");
	org_no(f, a, "AccessDeniedException", NULL, "ListAccounts", "{}");
}

static void
tags_come_and_go(void **state)
{
	struct fixture *f = *state;
	const char *root, *id;

	org_begin(f, &root);
	id = make(f, "SERVICE_CONTROL_POLICY", "p", DENY_EC2);
	org_as(f, ME, "TagResource",
	    "{\"ResourceId\":\"%s\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":"
	    "\"2\"}]}",
	    id);
	org_as(f, ME, "TagResource",
	    "{\"ResourceId\":\"%s\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"3\"}]}", id);
	org_as(f, ME, "UntagResource", "{\"ResourceId\":\"%s\",\"TagKeys\":[\"b\"]}", id);
	assert_string_equal(org_texts(f,
				org_as(f, ME, "ListTagsForResource",
				    "{\"ResourceId\":\"%s\"}", id),
				"Tags", "Value"),
	    "3");
	org_no(f, ME, "InvalidInputException", "INVALID_SYSTEM_TAGS_PARAMETER",
	    "TagResource",
	    "{\"ResourceId\":\"%s\",\"Tags\":[{\"Key\":\"aws:x\",\"Value\":\"1\"}]}",
	    root);
	org_no(f, ME, "InvalidInputException", "DUPLICATE_TAG_KEY", "TagResource",
	    "{\"ResourceId\":\"%s\",\"Tags\":[{\"Key\":\"x\",\"Value\":\"1\"},{\"Key\":\"x\","
	    "\"Value\":\"1\"}]}",
	    root);
	org_no(f, ME, "TargetNotFoundException", NULL, "TagResource",
	    "{\"ResourceId\":\"999999999999\",\"Tags\":[]}");
	org_no(f, ME, "TargetNotFoundException", NULL, "ListTagsForResource",
	    "{\"ResourceId\":\"p-FullAWSAccess\"}");
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_policy_lives_and_goes),
		T(ten_policies_and_no_more),
		T(refuses_what_is_no_policy),
		T(an_account_has_what_is_on_its_way),
		T(scps_bind_members_and_nobody_else),
		T(rcps_have_a_policy_that_stays),
		T(tag_policies_are_merged),
		T(services_have_administrators),
		T(a_resource_policy_lets_members_in),
		T(tags_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
