/*
 * Organizations: the tree and its accounts, from the first call to the last.
 */
#include <string.h>

#include "control/iam/account.h"
#include "control/iam/membership.h"
#include "tests/api/org_calls.h"

#define ME    FIXTURE_ACCOUNT
#define OTHER "111122223333"

static void
an_organization_lives_and_ends(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	org_no(f, ME, "AWSOrganizationsNotInUseException", NULL, "DescribeOrganization",
	    "{}");
	org_no(f, ME, "AWSOrganizationsNotInUseException", NULL, "ListRoots", "{}");
	v = org_as(f, ME, "CreateOrganization", "{\"FeatureSet\":\"ALL\"}");
	fixture_is(v, "Organization.FeatureSet", "ALL");
	fixture_is(v, "Organization.MasterAccountId", ME);
	fixture_is(v, "Organization.AvailablePolicyTypes.0.Type",
	    "SERVICE_CONTROL_POLICY");
	assert_int_equal(strlen(fixture_text(v, "Organization.Id")), 12);
	org_no(f, ME, "AlreadyInOrganizationException", NULL, "CreateOrganization", "{}");
	fixture_is(org_as(f, ME, "DescribeOrganization", "{}"), "Organization.Arn",
	    fixture_text(v, "Organization.Arn"));
	v = org_as(f, ME, "ListRoots", "{}");
	fixture_is(v, "Roots.0.Name", "Root");
	assert_int_equal(json_array_size(
			     json_path(json_array_get(json_get(v, "Roots"), 0),
				 "PolicyTypes")),
	    0);
	v = org_as(f, ME, "ListAccounts", "{}");
	assert_int_equal(json_array_size(json_get(v, "Accounts")), 1);
	fixture_is(v, "Accounts.0.Id", ME);
	fixture_is(v, "Accounts.0.JoinedMethod", "INVITED");
	fixture_is(fixture_ok(f, "iam", "GetRole",
		       "{\"RoleName\":\"AWSServiceRoleForOrganizations\"}"),
	    "Role.Path", "/aws-service-role/organizations.amazonaws.com/");
	org_account(f, "a@example.com");
	org_no(f, ME, "OrganizationNotEmptyException", NULL, "DeleteOrganization", "{}");
	v = org_as(f, ME, "ListAccounts", "{}");
	org_as(f, ME, "RemoveAccountFromOrganization", "{\"AccountId\":\"%s\"}",
	    strcmp(fixture_text(v, "Accounts.0.Id"), ME) == 0 ?
		fixture_text(v, "Accounts.1.Id") :
		fixture_text(v, "Accounts.0.Id"));
	org_as(f, ME, "DeleteOrganization", "{}");
	org_no(f, ME, "AWSOrganizationsNotInUseException", NULL, "DeleteOrganization",
	    "{}");
	org_as(f, ME, "CreateOrganization", "{\"FeatureSet\":\"CONSOLIDATED_BILLING\"}");
}

static void
units_are_a_tree_of_five_levels(void **state)
{
	struct fixture *f = *state;
	const char *root, *parent, *first = NULL;
	json_t *v;

	org_begin(f, &root);
	parent = root;
	for (int i = 0; i < 5; i++) {
		v = org_as(f, ME, "CreateOrganizationalUnit",
		    "{\"ParentId\":\"%s\",\"Name\":\"u\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}",
		    parent);
		parent = fixture_text(v, "OrganizationalUnit.Id");
		first = first == NULL ? parent : first;
		assert_int_equal(strncmp(parent + 3, root + 2, 4), 0);
	}
	org_no(f, ME, "ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED",
	    "CreateOrganizationalUnit", "{\"ParentId\":\"%s\",\"Name\":\"u\"}", parent);
	org_no(f, ME, "DuplicateOrganizationalUnitException", NULL,
	    "CreateOrganizationalUnit", "{\"ParentId\":\"%s\",\"Name\":\"u\"}", root);
	org_no(f, ME, "ParentNotFoundException", NULL, "CreateOrganizationalUnit",
	    "{\"ParentId\":\"ou-abcd-12345678\",\"Name\":\"u\"}");
	fixture_is(org_as(f, ME, "ListParents", "{\"ChildId\":\"%s\"}", first),
	    "Parents.0.Id", root);
	fixture_is(org_as(f, ME, "ListParents", "{\"ChildId\":\"%s\"}", first),
	    "Parents.0.Type", "ROOT");
	fixture_is(org_as(f, ME, "ListChildren",
		       "{\"ParentId\":\"%s\",\"ChildType\":\"ORGANIZATIONAL_UNIT\"}",
		       root),
	    "Children.0.Id", first);
	fixture_is(org_as(f, ME, "ListOrganizationalUnitsForParent",
		       "{\"ParentId\":\"%s\"}", root),
	    "OrganizationalUnits.0.Id", first);
	fixture_is(org_as(f, ME, "ListTagsForResource", "{\"ResourceId\":\"%s\"}", first),
	    "Tags.0.Value", "v");
	org_no(f, ME, "OrganizationalUnitNotEmptyException", NULL,
	    "DeleteOrganizationalUnit", "{\"OrganizationalUnitId\":\"%s\"}", first);
	org_as(f, ME, "UpdateOrganizationalUnit",
	    "{\"OrganizationalUnitId\":\"%s\",\"Name\":\"w\"}", first);
	fixture_is(org_as(f, ME, "DescribeOrganizationalUnit",
		       "{\"OrganizationalUnitId\":\"%s\"}", first),
	    "OrganizationalUnit.Name", "w");
	org_as(f, ME, "DeleteOrganizationalUnit", "{\"OrganizationalUnitId\":\"%s\"}",
	    parent);
	org_no(f, ME, "OrganizationalUnitNotFoundException", NULL,
	    "DescribeOrganizationalUnit", "{\"OrganizationalUnitId\":\"%s\"}", parent);
}

static void
an_account_is_made_moved_and_closed(void **state)
{
	struct fixture *f = *state;
	const char *root, *unit, *id;
	struct principal role;
	struct store_txn *t;
	struct err err;
	json_t *v;

	org_begin(f, &root);
	id = org_account(f, "a@example.com");
	v = org_as(f, ME, "CreateAccount",
	    "{\"Email\":\"A@example.com\",\"AccountName\":\"again\"}");
	v = org_as(f, ME, "DescribeCreateAccountStatus",
	    "{\"CreateAccountRequestId\":\"%s\"}",
	    fixture_text(v, "CreateAccountStatus.Id"));
	fixture_is(v, "CreateAccountStatus.State", "FAILED");
	fixture_is(v, "CreateAccountStatus.FailureReason", "EMAIL_ALREADY_EXISTS");
	v = org_as(f, ME, "ListCreateAccountStatus", "{\"States\":[\"FAILED\"]}");
	assert_int_equal(json_array_size(json_get(v, "CreateAccountStatuses")), 1);

	/* The management account gets in by the role. */
	v = fixture_ok(f, "sts", "AssumeRole",
	    "{\"RoleArn\":\"arn:aws:iam::%s:role/OrganizationAccountAccessRole\","
	    "\"RoleSessionName\":\"me\"}",
	    id);
	assert_non_null(fixture_text(v, "Credentials.AccessKeyId"));
	role = org_root_of(f, id);
	v = fixture_call_as(f, &role, "iam", "GetRole",
	    "{\"RoleName\":\"OrganizationAccountAccessRole\"}")
		->out;
	assert_non_null(fixture_text(v, "Role.Arn"));

	unit = fixture_text(org_as(f, ME, "CreateOrganizationalUnit",
				"{\"ParentId\":\"%s\",\"Name\":\"u\"}", root),
	    "OrganizationalUnit.Id");
	org_no(f, ME, "SourceParentNotFoundException", NULL, "MoveAccount",
	    "{\"AccountId\":\"%s\",\"SourceParentId\":\"r-zzzz\",\"DestinationParentId\":\"%s\"}",
	    id, unit);
	org_no(f, ME, "DestinationParentNotFoundException", NULL, "MoveAccount",
	    "{\"AccountId\":\"%s\",\"SourceParentId\":\"%s\",\"DestinationParentId\":\"r-zzzz\"}",
	    id, root);
	org_no(f, ME, "DuplicateAccountException", NULL, "MoveAccount",
	    "{\"AccountId\":\"%s\",\"SourceParentId\":\"%s\",\"DestinationParentId\":\"%s\"}",
	    id, root, root);
	org_as(f, ME, "MoveAccount",
	    "{\"AccountId\":\"%s\",\"SourceParentId\":\"%s\",\"DestinationParentId\":\"%s\"}",
	    id, root, unit);
	fixture_is(org_as(f, ME, "ListAccountsForParent", "{\"ParentId\":\"%s\"}", unit),
	    "Accounts.0.Id", id);
	t = store_begin(f->env.store, f->arena);
	assert_int_equal(membership_find(t, MEMBERSHIP_KIND, id, &v, &err), 1);
	assert_non_null(strstr(json_str(v, "Path"), unit));

	org_no(f, ME, "ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
	    "CloseAccount", "{\"AccountId\":\"" ME "\"}");
	org_no(f, ME, "AccountNotFoundException", NULL, "CloseAccount",
	    "{\"AccountId\":\"999999999999\"}");
	org_as(f, ME, "CloseAccount", "{\"AccountId\":\"%s\"}", id);
	org_no(f, ME, "AccountAlreadyClosedException", NULL, "CloseAccount",
	    "{\"AccountId\":\"%s\"}", id);
	fixture_is(org_as(f, ME, "DescribeAccount", "{\"AccountId\":\"%s\"}", id),
	    "Account.Status", "SUSPENDED");
	t = store_begin(f->env.store, f->arena);
	assert_int_equal(account_is_closed(t, id, &err), 1);
	fixture_fails(f, "AccessDenied", "sts", "AssumeRole",
	    "{\"RoleArn\":\"arn:aws:iam::%s:role/OrganizationAccountAccessRole\","
	    "\"RoleSessionName\":\"me\"}",
	    id);
	org_no(f, ME, "ConstraintViolationException", "ACCOUNT_CANNOT_LEAVE_ORGANIZATION",
	    "RemoveAccountFromOrganization", "{\"AccountId\":\"%s\"}", id);
	org_no(f, ME, "ConstraintViolationException",
	    "MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED", "CreateGovCloudAccount",
	    "{\"Email\":\"g@example.com\",\"AccountName\":\"g\"}");
}

static void
members_may_only_what_is_theirs(void **state)
{
	static const struct {
		const char *op, *params;
	} refused[] = {
		{ "ListAccounts", "{}" },
		{ "ListRoots", "{}" },
		{ "DeleteOrganization", "{}" },
		{ "CreateAccount",
		    "{\"Email\":\"b@example.com\",\"AccountName\":\"b\"}" },
		{ "ListPolicies", "{\"Filter\":\"SERVICE_CONTROL_POLICY\"}" },
		{ "EnableAWSServiceAccess",
		    "{\"ServicePrincipal\":\"ram.amazonaws.com\"}" },
		{ "DescribeResourcePolicy", "{}" },
	};
	struct fixture *f = *state;
	const char *root, *id;

	org_begin(f, &root);
	id = org_account(f, "a@example.com");
	for (size_t i = 0; i < COUNT(refused); i++)
		org_no(f, id, "AccessDeniedException", NULL, refused[i].op, "%s",
		    refused[i].params);
	fixture_is(org_as(f, id, "DescribeOrganization", "{}"),
	    "Organization.MasterAccountId", ME);
	org_no(f, ME, "MasterCannotLeaveOrganizationException", NULL, "LeaveOrganization",
	    "{}");
	org_as(f, id, "LeaveOrganization", "{}");
	org_no(f, id, "AWSOrganizationsNotInUseException", NULL, "LeaveOrganization",
	    "{}");
	org_no(f, ME, "AccountNotFoundException", NULL, "DescribeAccount",
	    "{\"AccountId\":\"%s\"}", id);
}

static void
an_account_is_invited(void **state)
{
	struct fixture *f = *state;
	const char *root, *id;
	json_t *v;

	org_begin(f, &root);
	org_stranger(f, OTHER);
	org_no(f, ME, "TargetNotFoundException", NULL, "InviteAccountToOrganization",
	    "{\"Target\":{\"Id\":\"999999999999\",\"Type\":\"ACCOUNT\"}}");
	org_no(f, ME, "InvalidInputException", "INVALID_PARTY_TYPE_TARGET",
	    "InviteAccountToOrganization",
	    "{\"Target\":{\"Id\":\"o-1234567890\",\"Type\":\"ORGANIZATION\"}}");
	v = org_as(f, ME, "InviteAccountToOrganization",
	    "{\"Target\":{\"Id\":\"" OTHER
	    "\",\"Type\":\"ACCOUNT\"},\"Notes\":\"hi\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}");
	id = fixture_text(v, "Handshake.Id");
	fixture_is(v, "Handshake.State", "OPEN");
	fixture_is(v, "Handshake.Resources.2.Value", "hi");
	org_no(f, ME, "DuplicateHandshakeException", NULL, "InviteAccountToOrganization",
	    "{\"Target\":{\"Id\":\"root@" OTHER ".simfra.local\",\"Type\":\"EMAIL\"}}");
	fixture_is(org_as(f, OTHER, "ListHandshakesForAccount", "{}"), "Handshakes.0.Id",
	    id);
	fixture_is(org_as(f, ME, "ListHandshakesForOrganization",
		       "{\"Filter\":{\"ActionType\":\"INVITE\"}}"),
	    "Handshakes.0.Id", id);
	org_no(f, ME, "AccessDeniedException", NULL, "AcceptHandshake",
	    "{\"HandshakeId\":\"%s\"}", id);
	org_no(f, "222222222222", "HandshakeNotFoundException", NULL, "DescribeHandshake",
	    "{\"HandshakeId\":\"%s\"}", id);
	fixture_is(org_as(f, ME, "CancelHandshake", "{\"HandshakeId\":\"%s\"}", id),
	    "Handshake.State", "CANCELED");
	org_no(f, OTHER, "InvalidHandshakeTransitionException", NULL, "AcceptHandshake",
	    "{\"HandshakeId\":\"%s\"}", id);

	v = org_as(f, ME, "InviteAccountToOrganization",
	    "{\"Target\":{\"Id\":\"" OTHER
	    "\",\"Type\":\"ACCOUNT\"},\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}");
	id = fixture_text(v, "Handshake.Id");
	fixture_is(org_as(f, OTHER, "AcceptHandshake", "{\"HandshakeId\":\"%s\"}", id),
	    "Handshake.State", "ACCEPTED");
	org_no(f, OTHER, "HandshakeAlreadyInStateException", NULL, "AcceptHandshake",
	    "{\"HandshakeId\":\"%s\"}", id);
	fixture_is(org_as(f, ME, "DescribeAccount", "{\"AccountId\":\"" OTHER "\"}"),
	    "Account.JoinedMethod", "INVITED");
	fixture_is(org_as(f, ME, "ListTagsForResource", "{\"ResourceId\":\"" OTHER "\"}"),
	    "Tags.0.Key", "k");
	org_no(f, ME, "HandshakeConstraintViolationException",
	    "ALREADY_IN_AN_ORGANIZATION", "InviteAccountToOrganization",
	    "{\"Target\":{\"Id\":\"" OTHER "\",\"Type\":\"ACCOUNT\"}}");
	org_no(f, OTHER, "AlreadyInOrganizationException", NULL, "CreateOrganization",
	    "{}");
}

static void
an_invitation_expires(void **state)
{
	struct fixture *f = *state;
	const char *root, *id;

	org_begin(f, &root);
	org_stranger(f, OTHER);
	id = fixture_text(org_as(f, ME, "InviteAccountToOrganization",
			      "{\"Target\":{\"Id\":\"" OTHER "\",\"Type\":\"ACCOUNT\"}}"),
	    "Handshake.Id");
	f->now_ms += (int64_t)16 * 24 * 3600 * 1000;
	fixture_is(org_as(f, OTHER, "DescribeHandshake", "{\"HandshakeId\":\"%s\"}", id),
	    "Handshake.State", "EXPIRED");
	org_no(f, OTHER, "InvalidHandshakeTransitionException", NULL, "AcceptHandshake",
	    "{\"HandshakeId\":\"%s\"}", id);
	f->now_ms += (int64_t)30 * 24 * 3600 * 1000;
	org_no(f, OTHER, "HandshakeNotFoundException", NULL, "DescribeHandshake",
	    "{\"HandshakeId\":\"%s\"}", id);
}

static void
all_features_need_everybody(void **state)
{
	struct fixture *f = *state;
	const char *parent, *child;

	org_as(f, ME, "CreateOrganization", "{\"FeatureSet\":\"CONSOLIDATED_BILLING\"}");
	org_stranger(f, OTHER);
	child =
	    fixture_text(org_as(f, ME, "InviteAccountToOrganization",
			     "{\"Target\":{\"Id\":\"" OTHER "\",\"Type\":\"ACCOUNT\"}}"),
		"Handshake.Id");
	org_as(f, OTHER, "AcceptHandshake", "{\"HandshakeId\":\"%s\"}", child);
	org_no(f, ME, "PolicyTypeNotAvailableForOrganizationException", NULL,
	    "CreatePolicy",
	    "{\"Content\":\"{}\",\"Description\":\"\",\"Name\":\"n\",\"Type\":\"TAG_POLICY\"}");
	parent = fixture_text(org_as(f, ME, "EnableAllFeatures", "{}"), "Handshake.Id");
	org_no(f, ME, "HandshakeConstraintViolationException",
	    "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION", "EnableAllFeatures",
	    "{}");
	org_no(f, ME, "InvalidHandshakeTransitionException", NULL, "AcceptHandshake",
	    "{\"HandshakeId\":\"%s\"}", parent);
	child = fixture_text(org_as(f, OTHER, "ListHandshakesForAccount",
				 "{\"Filter\":{\"ParentHandshakeId\":\"%s\"}}", parent),
	    "Handshakes.0.Id");
	org_as(f, OTHER, "AcceptHandshake", "{\"HandshakeId\":\"%s\"}", child);
	org_as(f, ME, "AcceptHandshake", "{\"HandshakeId\":\"%s\"}", parent);
	fixture_is(org_as(f, ME, "DescribeOrganization", "{}"), "Organization.FeatureSet",
	    "ALL");
	org_no(f, ME, "HandshakeConstraintViolationException",
	    "ORGANIZATION_ALREADY_HAS_ALL_FEATURES", "EnableAllFeatures", "{}");
}

/* Sessions of members' roots, for a task. */
static void
the_management_account_is_root_for_a_task(void **state)
{
	static const char task[] =
	    "\"TaskPolicyArn\":{\"arn\":\"arn:aws:iam::aws:policy/root-task/"
	    "IAMAuditRootUserCredentials\"}";
	struct fixture *f = *state;
	const char *root, *id;
	json_t *v;

	fixture_fails(f, "OrganizationNotFoundException", "iam",
	    "ListOrganizationsFeatures", "{}");
	org_begin(f, &root);
	id = org_account(f, "a@example.com");
	fixture_fails(f, "ServiceAccessNotEnabledException", "iam",
	    "EnableOrganizationsRootSessions", "{}");
	org_as(f, ME, "EnableAWSServiceAccess",
	    "{\"ServicePrincipal\":\"iam.amazonaws.com\"}");
	fixture_fails(f, "AccessDenied", "sts", "AssumeRoot",
	    "{\"TargetPrincipal\":\"%s\",%s}", id, task);
	v = fixture_ok(f, "iam", "EnableOrganizationsRootSessions", "{}");
	fixture_is(v, "EnabledFeatures.0", "RootSessions");
	fixture_ok(f, "iam", "EnableOrganizationsRootCredentialsManagement", "{}");
	v = fixture_ok(f, "iam", "ListOrganizationsFeatures", "{}");
	assert_int_equal(json_array_size(json_get(v, "EnabledFeatures")), 2);
	v = fixture_ok(f, "sts", "AssumeRoot",
	    "{\"TargetPrincipal\":\"arn:aws:iam::%s:root\",%s}", id, task);
	assert_non_null(fixture_text(v, "Credentials.SessionToken"));
	fixture_fails(f, "ValidationError", "sts", "AssumeRoot",
	    "{\"TargetPrincipal\":\"%s\",\"TaskPolicyArn\":{\"arn\":"
	    "\"arn:aws:iam::aws:policy/AdministratorAccess\"}}",
	    id);
	fixture_fails(f, "AccessDenied", "sts", "AssumeRoot",
	    "{\"TargetPrincipal\":\"" ME "\",%s}", task);
	fixture_ok(f, "iam", "DisableOrganizationsRootSessions", "{}");
	fixture_fails(f, "AccessDenied", "sts", "AssumeRoot",
	    "{\"TargetPrincipal\":\"%s\",%s}", id, task);
	fixture_ok(f, "iam", "DisableOrganizationsRootCredentialsManagement", "{}");
}

static void
pages_follow_each_other(void **state)
{
	struct fixture *f = *state;
	const char *root, *token;
	json_t *v;
	size_t n = 0;

	org_begin(f, &root);
	for (int i = 0; i < 5; i++)
		org_account(f, arena_printf(f->arena, "a%d@example.com", i));
	v = org_as(f, ME, "ListAccounts", "{\"MaxResults\":4}");
	n = json_array_size(json_get(v, "Accounts"));
	token = fixture_text(v, "NextToken");
	assert_non_null(token);
	v = org_as(f, ME, "ListAccounts", "{\"MaxResults\":4,\"NextToken\":\"%s\"}",
	    token);
	assert_int_equal(n + json_array_size(json_get(v, "Accounts")), 6);
	assert_null(fixture_text(v, "NextToken"));
	org_no(f, ME, "InvalidInputException", "INVALID_NEXT_TOKEN", "ListAccounts",
	    "{\"NextToken\":\"!\"}");
	org_no(f, ME, "InvalidInputException", NULL, "DescribeAccount",
	    "{\"AccountId\":\"12\"}");
	org_no(f, ME, "InvalidInputException", NULL, "ListAccounts",
	    "{\"MaxResults\":21}");
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_organization_lives_and_ends),
		T(units_are_a_tree_of_five_levels),
		T(an_account_is_made_moved_and_closed),
		T(members_may_only_what_is_theirs),
		T(an_account_is_invited),
		T(an_invitation_expires),
		T(all_features_need_everybody),
		T(the_management_account_is_root_for_a_task),
		T(pages_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
