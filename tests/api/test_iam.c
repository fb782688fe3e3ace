/*
 * IAM: every entity from its creation to its deletion, what is refused on the way, and that
 * no operation is done for somebody without permission.
 */
#include "tests/api/fixture.h"

#include <stdio.h>
#include <string.h>

#include "control/services/iam/iam.h"

#define ARN "arn:aws:iam::" FIXTURE_ACCOUNT ":"
#define TRUST                                                                          \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"      \
	"\\\"Allow\\\",\\\"Principal\\\":{\\\"Service\\\":\\\"ec2.amazonaws.com\\\"}," \
	"\\\"Action\\\":\\\"sts:AssumeRole\\\"}]}"
#define POLICY                                                                    \
	"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":" \
	"\\\"Allow\\\",\\\"Action\\\":\\\"s3:Get*\\\",\\\"Resource\\\":\\\"*\\\"}]}"
#define POLICY_ENCODED                                                                   \
	"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A"  \
	"%22Allow%22%2C%22Action%22%3A%22s3%3AGet%2A%22%2C%22Resource%22%3A%22%2A%22%7D" \
	"%5D%7D"

static json_t *
ok(struct fixture *f, const char *op, const char *params)
{
	return fixture_ok(f, "iam", op, "%s", params);
}

/* Refused with the code, in these words (NULL: any). */
static void
no(struct fixture *f, const char *op, const char *params, const char *code,
    const char *message)
{
	const char *said = fixture_fails(f, code, "iam", op, "%s", params);

	if (message != NULL)
		assert_string_equal(said, message);
}

static void
is(const json_t *v, const char *path, const char *text)
{
	const char *have = fixture_text(v, path);

	if (have == NULL)
		fail_msg("no %s", path);
	assert_string_equal(have, text);
}

struct refusal {
	const char *op, *params, *code, *message;
};

static void
all_refused(struct fixture *f, const struct refusal *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		no(f, r[i].op, r[i].params, r[i].code, r[i].message);
}

static void
users_live_and_die(void **state)
{
	static const struct refusal refusals[] = {
		{ "CreateUser", "{\"UserName\":\"BOB\"}", "EntityAlreadyExists",
		    "User with name BOB already exists." },
		{ "CreateUser",
		    "{\"UserName\":\"x\",\"PermissionsBoundary\":\"arn:aws:iam::aws:"
		    "policy/None\"}",
		    "NoSuchEntity", NULL },
		{ "CreateUser",
		    "{\"UserName\":\"x\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"A\","
		    "\"Value\":\"2\"}]}",
		    "InvalidInput",
		    "Duplicate tag keys found. Please note that Tag keys are case insensitive." },
		{ "GetUser", "{\"UserName\":\"eve\"}", "NoSuchEntity",
		    "The user with name eve cannot be found." },
		{ "DeleteUser", "{\"UserName\":\"eve\"}", "NoSuchEntity", NULL },
		{ "UpdateUser", "{\"UserName\":\"eve\",\"NewUserName\":\"x\"}",
		    "NoSuchEntity", NULL },
		{ "CreateAccessKey", "{}", "ValidationError",
		    "Must specify userName when calling with non-User credentials" },
	};
	struct fixture *f = *state;
	json_t *v = ok(f, "CreateUser",
	    "{\"UserName\":\"bob\",\"Path\":\"/team/a/\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],"
	    "\"PermissionsBoundary\":\"arn:aws:iam::aws:policy/AdministratorAccess\"}");

	is(v, "User.Arn", ARN "user/team/a/bob");
	is(v, "User.Path", "/team/a/");
	is(v, "User.Tags.0.Value", "v");
	assert_int_equal(strlen(fixture_text(v, "User.UserId")), 21);
	assert_int_equal(strncmp(fixture_text(v, "User.UserId"), "AIDA", 4), 0);
	v = ok(f, "GetUser", "{\"UserName\":\"bob\"}");
	is(v, "User.PermissionsBoundary.PermissionsBoundaryArn",
	    "arn:aws:iam::aws:policy/AdministratorAccess");
	all_refused(f, refusals, COUNT(refusals));

	v = ok(f, "ListUsers", "{\"PathPrefix\":\"/team/\"}");
	is(v, "Users.0.UserName", "bob");
	is(v, "IsTruncated", "false");
	assert_null(fixture_text(v, "Users.0.Tags.0.Key"));
	assert_int_equal(json_array_size(
			     json_get(ok(f, "ListUsers", "{\"PathPrefix\":\"/x/\"}"),
				 "Users")),
	    0);
	is(ok(f, "GetUser", "{}"), "User.Arn", ARN "root");

	ok(f, "UpdateUser",
	    "{\"UserName\":\"bob\",\"NewUserName\":\"rob\",\"NewPath\":\"/b/\"}");
	is(ok(f, "GetUser", "{\"UserName\":\"rob\"}"), "User.Arn", ARN "user/b/rob");
	no(f, "GetUser", "{\"UserName\":\"bob\"}", "NoSuchEntity", NULL);
	ok(f, "DeleteUserPermissionsBoundary", "{\"UserName\":\"rob\"}");
	no(f, "DeleteUserPermissionsBoundary", "{\"UserName\":\"rob\"}", "NoSuchEntity",
	    NULL);
	ok(f, "DeleteUser", "{\"UserName\":\"rob\"}");
	no(f, "GetUser", "{\"UserName\":\"rob\"}", "NoSuchEntity", NULL);
}

static void
pages_follow_each_other(void **state)
{
	struct fixture *f = *state;
	const char *marker = NULL;
	char seen[8] = "";
	int pages = 0;

	for (char c = 'a'; c <= 'e'; c++)
		fixture_ok(f, "iam", "CreateUser", "{\"UserName\":\"%c\"}", c);
	do {
		json_t *v = marker == NULL ?
		    ok(f, "ListUsers", "{\"MaxItems\":2}") :
		    fixture_ok(f, "iam", "ListUsers",
			"{\"MaxItems\":2,\"Marker\":\"%s\"}", marker);
		const json_t *user;
		size_t i;

		json_array_foreach(json_get(v, "Users"), i, user)
			seen[strlen(seen)] = json_str(user, "UserName")[0];
		marker = json_str(v, "Marker");
		is(v, "IsTruncated", marker != NULL ? "true" : "false");
		pages++;
	} while (marker != NULL);
	assert_string_equal(seen, "abcde");
	assert_int_equal(pages, 3);
	no(f, "ListUsers", "{\"Marker\":\"!\"}", "ValidationError", NULL);
}

static void
access_keys_live_and_die(void **state)
{
	struct fixture *f = *state;
	const char *id, *other;
	json_t *v;

	ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	v = ok(f, "CreateAccessKey", "{\"UserName\":\"bob\"}");
	id = fixture_text(v, "AccessKey.AccessKeyId");
	assert_int_equal(strncmp(id, "AKIA", 4), 0);
	assert_int_equal(strlen(fixture_text(v, "AccessKey.SecretAccessKey")), 40);
	is(v, "AccessKey.Status", "Active");
	other = fixture_text(ok(f, "CreateAccessKey", "{\"UserName\":\"bob\"}"),
	    "AccessKey.AccessKeyId");
	assert_string_not_equal(id, other);
	no(f, "CreateAccessKey", "{\"UserName\":\"bob\"}", "LimitExceeded",
	    "Cannot exceed quota for AccessKeysPerUser: 2");

	v = ok(f, "ListAccessKeys", "{\"UserName\":\"bob\"}");
	assert_int_equal(json_array_size(json_get(v, "AccessKeyMetadata")), 2);
	assert_null(fixture_text(v, "AccessKeyMetadata.0.SecretAccessKey"));
	assert_null(fixture_text(v, "AccessKeyMetadata.0._secret"));
	is(fixture_ok(f, "iam", "GetAccessKeyLastUsed", "{\"AccessKeyId\":\"%s\"}", id),
	    "AccessKeyLastUsed.ServiceName", "N/A");
	fixture_ok(f, "iam", "UpdateAccessKey",
	    "{\"UserName\":\"bob\",\"AccessKeyId\":\"%s\",\"Status\":\"Inactive\"}", id);
	no(f, "DeleteUser", "{\"UserName\":\"bob\"}", "DeleteConflict",
	    "Cannot delete entity, must delete access keys first.");
	ok(f, "CreateUser", "{\"UserName\":\"eve\"}");
	fixture_fails(f, "NoSuchEntity", "iam", "DeleteAccessKey",
	    "{\"UserName\":\"eve\",\"AccessKeyId\":\"%s\"}", id);

	/* A key stays with its user under another name. */
	ok(f, "UpdateUser", "{\"UserName\":\"bob\",\"NewUserName\":\"rob\"}");
	fixture_ok(f, "iam", "DeleteAccessKey",
	    "{\"UserName\":\"rob\",\"AccessKeyId\":\"%s\"}", id);
	fixture_ok(f, "iam", "DeleteAccessKey",
	    "{\"UserName\":\"rob\",\"AccessKeyId\":\"%s\"}", other);
	fixture_fails(f, "NoSuchEntity", "iam", "GetAccessKeyLastUsed",
	    "{\"AccessKeyId\":\"%s\"}", id);
	ok(f, "DeleteUser", "{\"UserName\":\"rob\"}");
}

static void
groups_live_and_die(void **state)
{
	static const struct refusal refusals[] = {
		{ "CreateGroup", "{\"GroupName\":\"g\"}", "EntityAlreadyExists",
		    "Group with name g already exists." },
		{ "GetGroup", "{\"GroupName\":\"x\"}", "NoSuchEntity",
		    "The group with name x cannot be found." },
		{ "AddUserToGroup", "{\"GroupName\":\"g\",\"UserName\":\"x\"}",
		    "NoSuchEntity", "The user with name x cannot be found." },
		{ "AddUserToGroup", "{\"GroupName\":\"x\",\"UserName\":\"bob\"}",
		    "NoSuchEntity", "The group with name x cannot be found." },
		{ "DeleteGroup", "{\"GroupName\":\"g\"}", "DeleteConflict",
		    "Cannot delete entity, must remove users from group first." },
		{ "DeleteUser", "{\"UserName\":\"bob\"}", "DeleteConflict", NULL },
	};
	struct fixture *f = *state;
	json_t *v = ok(f, "CreateGroup", "{\"GroupName\":\"g\"}");

	is(v, "Group.Arn", ARN "group/g");
	ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	ok(f, "AddUserToGroup", "{\"GroupName\":\"g\",\"UserName\":\"bob\"}");
	ok(f, "AddUserToGroup", "{\"GroupName\":\"g\",\"UserName\":\"bob\"}");
	all_refused(f, refusals, COUNT(refusals));
	v = ok(f, "GetGroup", "{\"GroupName\":\"g\"}");
	assert_int_equal(json_array_size(json_get(v, "Users")), 1);
	is(v, "Users.0.UserName", "bob");
	is(ok(f, "ListGroupsForUser", "{\"UserName\":\"bob\"}"), "Groups.0.GroupName",
	    "g");
	is(ok(f, "ListGroups", "{}"), "Groups.0.GroupName", "g");
	ok(f, "RemoveUserFromGroup", "{\"GroupName\":\"g\",\"UserName\":\"bob\"}");
	assert_int_equal(json_array_size(json_get(ok(f, "ListGroupsForUser",
						      "{\"UserName\":\"bob\"}"),
			     "Groups")),
	    0);
	ok(f, "DeleteGroup", "{\"GroupName\":\"g\"}");
	no(f, "GetGroup", "{\"GroupName\":\"g\"}", "NoSuchEntity", NULL);
}

static void
roles_live_and_die(void **state)
{
	static const struct refusal refusals[] = {
		{ "CreateRole",
		    "{\"RoleName\":\"web\",\"AssumeRolePolicyDocument\":\"" TRUST "\"}",
		    "EntityAlreadyExists", "Role with name web already exists." },
		{ "CreateRole", "{\"RoleName\":\"x\",\"AssumeRolePolicyDocument\":\"{\"}",
		    "MalformedPolicyDocument", "This policy contains invalid Json" },
		{ "CreateRole",
		    "{\"RoleName\":\"x\",\"AssumeRolePolicyDocument\":\"" POLICY "\"}",
		    "MalformedPolicyDocument",
		    "AssumeRole policy may only specify STS AssumeRole actions." },
		{ "CreateRole",
		    "{\"RoleName\":\"x\",\"Path\":\"/aws-service-role/x/\","
		    "\"AssumeRolePolicyDocument\":\"" TRUST "\"}",
		    "ValidationError", NULL },
		{ "GetRole", "{\"RoleName\":\"x\"}", "NoSuchEntity",
		    "The role with name x cannot be found." },
		{ "UpdateAssumeRolePolicy",
		    "{\"RoleName\":\"web\",\"PolicyDocument\":\"{}\"}",
		    "MalformedPolicyDocument", NULL },
	};
	struct fixture *f = *state;
	json_t *v = ok(f, "CreateRole",
	    "{\"RoleName\":\"web\",\"Path\":\"/p/\",\"Description\":\"d\",\"MaxSessionDuration\":7200,"
	    "\"AssumeRolePolicyDocument\":\"" TRUST "\"}");

	is(v, "Role.Arn", ARN "role/p/web");
	assert_int_equal(strncmp(fixture_text(v, "Role.AssumeRolePolicyDocument"),
			     "%7B%22Version%22%3A%222012-10-17%22", 35),
	    0);
	all_refused(f, refusals, COUNT(refusals));
	v = ok(f, "GetRole", "{\"RoleName\":\"web\"}");
	is(v, "Role.Description", "d");
	is(v, "Role.MaxSessionDuration", "7200");
	ok(f, "UpdateRole",
	    "{\"RoleName\":\"web\",\"Description\":\"e\",\"MaxSessionDuration\":3600}");
	v = ok(f, "GetRole", "{\"RoleName\":\"web\"}");
	is(v, "Role.Description", "e");
	is(v, "Role.MaxSessionDuration", "3600");
	is(ok(f, "UpdateRoleDescription", "{\"RoleName\":\"web\",\"Description\":\"g\"}"),
	    "Role.Description", "g");
	ok(f, "UpdateAssumeRolePolicy",
	    "{\"RoleName\":\"web\",\"PolicyDocument\":\"" TRUST "\"}");
	ok(f, "PutRolePermissionsBoundary",
	    "{\"RoleName\":\"web\",\"PermissionsBoundary\":\"arn:aws:iam::aws:policy/"
	    "ReadOnlyAccess\"}");
	is(ok(f, "GetRole", "{\"RoleName\":\"web\"}"),
	    "Role.PermissionsBoundary.PermissionsBoundaryType", "Policy");
	is(ok(f, "ListRoles", "{}"), "Roles.0.RoleName", "web");
	ok(f, "DeleteRole", "{\"RoleName\":\"web\"}");
	no(f, "GetRole", "{\"RoleName\":\"web\"}", "NoSuchEntity", NULL);
}

static void
a_services_role_is_the_services(void **state)
{
	struct fixture *f = *state;
	const char *task;
	json_t *v = ok(f, "CreateServiceLinkedRole",
	    "{\"AWSServiceName\":\"autoscaling.amazonaws.com\"}");

	is(v, "Role.RoleName", "AWSServiceRoleForAutoScaling");
	is(v, "Role.Path", "/aws-service-role/autoscaling.amazonaws.com/");
	no(f, "CreateServiceLinkedRole",
	    "{\"AWSServiceName\":\"autoscaling.amazonaws.com\"}", "InvalidInput", NULL);
	is(ok(f, "CreateServiceLinkedRole",
	       "{\"AWSServiceName\":\"autoscaling.amazonaws.com\",\"CustomSuffix\":\"x\"}"),
	    "Role.RoleName", "AWSServiceRoleForAutoScaling_x");
	no(f, "CreateServiceLinkedRole", "{\"AWSServiceName\":\"example.org\"}",
	    "InvalidInput", NULL);
	no(f, "DeleteRole", "{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}",
	    "UnmodifiableEntity", NULL);
	task = fixture_text(ok(f, "DeleteServiceLinkedRole",
				"{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}"),
	    "DeletionTaskId");
	is(fixture_ok(f, "iam", "GetServiceLinkedRoleDeletionStatus",
	       "{\"DeletionTaskId\":\"%s\"}", task),
	    "Status", "SUCCEEDED");
	no(f, "GetRole", "{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}",
	    "NoSuchEntity", NULL);
}

static void
instance_profiles_live_and_die(void **state)
{
	static const struct refusal refusals[] = {
		{ "CreateInstanceProfile", "{\"InstanceProfileName\":\"web\"}",
		    "EntityAlreadyExists", "Instance Profile web already exists." },
		{ "GetInstanceProfile", "{\"InstanceProfileName\":\"x\"}", "NoSuchEntity",
		    "Instance Profile x cannot be found." },
		{ "AddRoleToInstanceProfile",
		    "{\"InstanceProfileName\":\"web\",\"RoleName\":\"x\"}",
		    "NoSuchEntity", NULL },
		{ "AddRoleToInstanceProfile",
		    "{\"InstanceProfileName\":\"web\",\"RoleName\":\"r\"}",
		    "LimitExceeded",
		    "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1" },
		{ "RemoveRoleFromInstanceProfile",
		    "{\"InstanceProfileName\":\"web\",\"RoleName\":\"x\"}",
		    "NoSuchEntity", NULL },
		{ "DeleteInstanceProfile", "{\"InstanceProfileName\":\"web\"}",
		    "DeleteConflict",
		    "Cannot delete entity, must remove roles from instance profile first." },
		{ "DeleteRole", "{\"RoleName\":\"r\"}", "DeleteConflict",
		    "Cannot delete entity, must remove roles from instance profile first." },
	};
	struct fixture *f = *state;
	json_t *v = ok(f, "CreateInstanceProfile", "{\"InstanceProfileName\":\"web\"}");

	is(v, "InstanceProfile.Arn", ARN "instance-profile/web");
	assert_int_equal(strncmp(fixture_text(v, "InstanceProfile.InstanceProfileId"),
			     "AIPA", 4),
	    0);
	assert_true(json_is_array(json_path(v, "InstanceProfile.Roles")));
	ok(f, "CreateRole",
	    "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":\"" TRUST "\"}");
	ok(f, "AddRoleToInstanceProfile",
	    "{\"InstanceProfileName\":\"web\",\"RoleName\":\"r\"}");
	all_refused(f, refusals, COUNT(refusals));
	is(ok(f, "GetInstanceProfile", "{\"InstanceProfileName\":\"web\"}"),
	    "InstanceProfile.Roles.0.RoleName", "r");
	is(ok(f, "ListInstanceProfilesForRole", "{\"RoleName\":\"r\"}"),
	    "InstanceProfiles.0.InstanceProfileName", "web");
	is(ok(f, "ListInstanceProfiles", "{}"), "InstanceProfiles.0.Roles.0.RoleName",
	    "r");
	ok(f, "RemoveRoleFromInstanceProfile",
	    "{\"InstanceProfileName\":\"web\",\"RoleName\":\"r\"}");
	ok(f, "DeleteRole", "{\"RoleName\":\"r\"}");
	ok(f, "DeleteInstanceProfile", "{\"InstanceProfileName\":\"web\"}");
	no(f, "GetInstanceProfile", "{\"InstanceProfileName\":\"web\"}", "NoSuchEntity",
	    NULL);
}

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
		ok(f, op, holders[i].create);
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
		is(v, "PolicyDocument", POLICY_ENCODED);
		is(v, m, "h");
		snprintf(noun, sizeof(noun), "%s", w);
		noun[0] = (char)(noun[0] - 'A' + 'a');
		assert_string_equal(fixture_fails(f, "NoSuchEntity", "iam", op,
					"{\"%s\":\"h\",\"PolicyName\":\"q\"}", m),
		    arena_printf(f->arena, "The %s policy with name q cannot be found.",
			noun));

		snprintf(op, sizeof(op), "List%sPolicies", w);
		v = fixture_ok(f, "iam", op, "{\"%s\":\"h\"}", m);
		assert_int_equal(json_array_size(json_get(v, "PolicyNames")), 1);
		is(v, "PolicyNames.0", "p");

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
	ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
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
	static const struct refusal refusals[] = {
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
	json_t *v = ok(f, "CreatePolicy",
	    "{\"PolicyName\":\"p\",\"Description\":\"d\",\"PolicyDocument\":\"" POLICY
	    "\"}");

	is(v, "Policy.Arn", ARN "policy/p");
	is(v, "Policy.DefaultVersionId", "v1");
	is(v, "Policy.AttachmentCount", "0");
	ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	all_refused(f, refusals, COUNT(refusals));

	ok(f, "AttachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"" ARN "policy/p\"}");
	ok(f, "AttachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"" ARN "policy/p\"}");
	is(ok(f, "GetPolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}"),
	    "Policy.AttachmentCount", "1");
	v = ok(f, "ListAttachedUserPolicies", "{\"UserName\":\"bob\"}");
	assert_int_equal(json_array_size(json_get(v, "AttachedPolicies")), 1);
	is(v, "AttachedPolicies.0.PolicyName", "p");
	v = ok(f, "ListEntitiesForPolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}");
	is(v, "PolicyUsers.0.UserName", "bob");
	assert_int_equal(json_array_size(json_get(v, "PolicyRoles")), 0);
	v = ok(f, "ListEntitiesForPolicy",
	    "{\"PolicyArn\":\"" ARN "policy/p\",\"EntityFilter\":\"Role\"}");
	assert_int_equal(json_array_size(json_get(v, "PolicyUsers")), 0);
	no(f, "DeletePolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}", "DeleteConflict",
	    "Cannot delete a policy attached to entities.");
	no(f, "DeleteUser", "{\"UserName\":\"bob\"}", "DeleteConflict",
	    "Cannot delete entity, must detach all policies first.");
	v = ok(f, "ListPolicies", "{\"OnlyAttached\":true}");
	assert_int_equal(json_array_size(json_get(v, "Policies")), 1);
	v = ok(f, "ListPolicies", "{\"Scope\":\"Local\"}");
	assert_int_equal(json_array_size(json_get(v, "Policies")), 1);
	v = ok(f, "ListPolicies", "{\"Scope\":\"AWS\"}");
	assert_true(json_array_size(json_get(v, "Policies")) >= 16);
	ok(f, "DetachUserPolicy",
	    "{\"UserName\":\"bob\",\"PolicyArn\":\"" ARN "policy/p\"}");
	ok(f, "DeletePolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}");
	no(f, "GetPolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}", "NoSuchEntity", NULL);
}

static void
policies_have_five_versions(void **state)
{
	static const char create[] =
	    "{\"PolicyArn\":\"" ARN "policy/p\",\"PolicyDocument\":\"" POLICY "\"}";
	struct fixture *f = *state;
	json_t *v;

	ok(f, "CreatePolicy", "{\"PolicyName\":\"p\",\"PolicyDocument\":\"" POLICY "\"}");
	is(ok(f, "CreatePolicyVersion", create), "PolicyVersion.VersionId", "v2");
	for (int i = 3; i <= 5; i++)
		ok(f, "CreatePolicyVersion", create);
	no(f, "CreatePolicyVersion", create, "LimitExceeded", NULL);
	no(f, "DeletePolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}", "DeleteConflict",
	    NULL);
	ok(f, "SetDefaultPolicyVersion",
	    "{\"PolicyArn\":\"" ARN "policy/p\",\"VersionId\":\"v3\"}");
	is(ok(f, "GetPolicy", "{\"PolicyArn\":\"" ARN "policy/p\"}"),
	    "Policy.DefaultVersionId", "v3");
	for (int i = 1; i <= 5; i++) {
		if (i != 3)
			fixture_ok(f, "iam", "DeletePolicyVersion",
			    "{\"PolicyArn\":\"" ARN "policy/p\",\"VersionId\":\"v%d\"}",
			    i);
	}
	v = ok(f, "ListPolicyVersions", "{\"PolicyArn\":\"" ARN "policy/p\"}");
	assert_int_equal(json_array_size(json_get(v, "Versions")), 1);
	is(v, "Versions.0.IsDefaultVersion", "true");
	/* Numbers are never used again. */
	is(ok(f, "CreatePolicyVersion", create), "PolicyVersion.VersionId", "v6");
	v = ok(f, "GetPolicyVersion",
	    "{\"PolicyArn\":\"" ARN "policy/p\",\"VersionId\":\"v3\"}");
	is(v, "PolicyVersion.Document", POLICY_ENCODED);
	v = ok(f, "GetPolicyVersion",
	    "{\"PolicyArn\":\"arn:aws:iam::aws:policy/AdministratorAccess\",\"VersionId\":\"v1\"}");
	is(v, "PolicyVersion.IsDefaultVersion", "true");
	no(f, "CreatePolicyVersion",
	    "{\"PolicyArn\":\"arn:aws:iam::aws:policy/AdministratorAccess\",\"PolicyDocument\":"
	    "\"" POLICY "\"}",
	    "UnmodifiableEntity", NULL);
}

static void
ten_policies_can_be_attached(void **state)
{
	struct fixture *f = *state;

	ok(f, "CreateRole",
	    "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":\"" TRUST "\"}");
	for (int i = 0; i < 11; i++)
		fixture_ok(f, "iam", "CreatePolicy",
		    "{\"PolicyName\":\"p%d\",\"PolicyDocument\":\"" POLICY "\"}", i);
	for (int i = 0; i < 10; i++)
		fixture_ok(f, "iam", "AttachRolePolicy",
		    "{\"RoleName\":\"r\",\"PolicyArn\":\"" ARN "policy/p%d\"}", i);
	no(f, "AttachRolePolicy",
	    "{\"RoleName\":\"r\",\"PolicyArn\":\"" ARN "policy/p10\"}", "LimitExceeded",
	    "Cannot exceed quota for PoliciesPerRole: 10");
}

static void
tags_come_and_go(void **state)
{
	static const struct {
		const char *word, *name, *create;
	} tagged[] = {
		{ "User", "\"UserName\":\"t\"", "{\"UserName\":\"t\"}" },
		{ "Role", "\"RoleName\":\"t\"",
		    "{\"RoleName\":\"t\",\"AssumeRolePolicyDocument\":\"" TRUST "\"}" },
		{ "InstanceProfile", "\"InstanceProfileName\":\"t\"",
		    "{\"InstanceProfileName\":\"t\"}" },
		{ "Policy", "\"PolicyArn\":\"" ARN "policy/t\"",
		    "{\"PolicyName\":\"t\",\"PolicyDocument\":\"" POLICY "\"}" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(tagged); i++) {
		const char *w = tagged[i].word, *n = tagged[i].name;
		char op[64];
		json_t *v;

		snprintf(op, sizeof(op), "Create%s", w);
		ok(f, op, tagged[i].create);
		snprintf(op, sizeof(op), "Tag%s", w);
		fixture_ok(f, "iam", op,
		    "{%s,\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":\"2\"}]}",
		    n);
		fixture_ok(f, "iam", op,
		    "{%s,\"Tags\":[{\"Key\":\"A\",\"Value\":\"3\"}]}", n);
		fixture_fails(f, "InvalidInput", "iam", op,
		    "{%s,\"Tags\":[{\"Key\":\"aws:x\",\"Value\":\"3\"}]}", n);
		snprintf(op, sizeof(op), "List%sTags", w);
		v = fixture_ok(f, "iam", op, "{%s}", n);
		assert_int_equal(json_array_size(json_get(v, "Tags")), 2);
		is(v, "Tags.1.Value", "3");
		snprintf(op, sizeof(op), "Untag%s", w);
		fixture_ok(f, "iam", op, "{%s,\"TagKeys\":[\"B\",\"none\"]}", n);
		snprintf(op, sizeof(op), "List%sTags", w);
		v = fixture_ok(f, "iam", op, "{%s}", n);
		assert_int_equal(json_array_size(json_get(v, "Tags")), 1);
	}
}

static void
the_account_has_one_alias(void **state)
{
	struct fixture *f = *state;
	struct principal other = f->root;
	struct call *c;
	json_t *v;

	ok(f, "CreateAccountAlias", "{\"AccountAlias\":\"first\"}");
	ok(f, "CreateAccountAlias", "{\"AccountAlias\":\"second\"}");
	v = ok(f, "ListAccountAliases", "{}");
	assert_int_equal(json_array_size(json_get(v, "AccountAliases")), 1);
	is(v, "AccountAliases.0", "second");
	snprintf(other.account, sizeof(other.account), "111111111111");
	c = fixture_call_as(f, &other, "iam", "CreateAccountAlias",
	    "{\"AccountAlias\":\"second\"}");
	assert_non_null(c->err.kind);
	assert_string_equal(c->err.kind->code, "EntityAlreadyExists");
	c = fixture_call_as(f, &other, "iam", "CreateAccountAlias",
	    "{\"AccountAlias\":\"first\"}");
	assert_null(c->err.kind);
	no(f, "DeleteAccountAlias", "{\"AccountAlias\":\"first\"}", "NoSuchEntity", NULL);
	ok(f, "DeleteAccountAlias", "{\"AccountAlias\":\"second\"}");
	v = ok(f, "ListAccountAliases", "{}");
	assert_int_equal(json_array_size(json_get(v, "AccountAliases")), 0);
}

static void
the_summary_counts(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	ok(f, "CreateUser", "{\"UserName\":\"a\"}");
	ok(f, "CreateUser", "{\"UserName\":\"b\"}");
	ok(f, "CreatePolicy", "{\"PolicyName\":\"p\",\"PolicyDocument\":\"" POLICY "\"}");
	v = ok(f, "GetAccountSummary", "{}");
	is(v, "SummaryMap.Users", "2");
	is(v, "SummaryMap.Policies", "1");
	is(v, "SummaryMap.PolicyVersionsInUse", "1");
	is(v, "SummaryMap.Groups", "0");
	is(v, "SummaryMap.UsersQuota", "5000");
}

static void
a_new_account_has_the_roles_of_two_services(void **state)
{
	struct fixture *f = *state;
	json_t *v = ok(f, "ListRoles", "{}");

	assert_int_equal(json_array_size(json_get(v, "Roles")), 2);
	is(v, "Roles.0.RoleName", "AWSServiceRoleForSupport");
	is(v, "Roles.1.RoleName", "AWSServiceRoleForTrustedAdvisor");
	is(v, "Roles.0.Path", "/aws-service-role/support.amazonaws.com/");
}

/* A value for every member that is required, by its type; enough to get past the model. */
static const char *
any_input(struct arena *a, const char *op)
{
	static const struct {
		const char *member, *value;
	} values[] = {
		{ "UserName", "\"u\"" },
		{ "GroupName", "\"g\"" },
		{ "RoleName", "\"r\"" },
		{ "InstanceProfileName", "\"i\"" },
		{ "PolicyName", "\"p\"" },
		{ "PolicyArn", "\"" ARN "policy/own\"" },
		{ "PolicyDocument", "\"" POLICY "\"" },
		{ "AssumeRolePolicyDocument", "\"" TRUST "\"" },
		{ "AccessKeyId", "\"AKIAIOSFODNN7EXAMPLE\"" },
		{ "AccountAlias", "\"alias\"" },
		{ "AWSServiceName", "\"rds.amazonaws.com\"" },
		{ "VersionId", "\"v1\"" },
		{ "Status", "\"Active\"" },
		{ "Description", "\"d\"" },
		{ "DeletionTaskId", "\"task/aws-service-role/x\"" },
		{ "PermissionsBoundary", "\"arn:aws:iam::aws:policy/ReadOnlyAccess\"" },
		{ "Tags", "[{\"Key\":\"k\",\"Value\":\"v\"}]" },
		{ "TagKeys", "[\"k\"]" },
	};
	const struct model *m = model_find("iam");
	uint16_t input = model_op_input(model_op_find(m, op));
	const char *text = "";

	for (size_t i = 0; i < COUNT(values); i++) {
		if (input != MODEL_NONE &&
		    model_member(m, input, values[i].member) != MODEL_NONE)
			text = arena_printf(a, "%s%s\"%s\":%s", text,
			    *text != '\0' ? "," : "", values[i].member, values[i].value);
	}
	return arena_printf(a, "{%s}", text);
}

/* The rows say that the dispatcher need not ask; so each handler must. */
static void
nothing_is_done_without_permission(void **state)
{
	struct fixture *f = *state;
	const struct principal eve = { .kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = ARN "user/eve",
		.user_id = "AIDAEVE",
		.name = "eve" };
	size_t asked = 0;

	ok(f, "CreateUser", "{\"UserName\":\"eve\"}");
	for (int there = 0; there < 2; there++) {
		for (const struct family *const *fam = iam_service.families; *fam != NULL;
		     fam++) {
			for (size_t i = 0; i < (*fam)->n_ops; i++) {
				const char *op = (*fam)->ops[i].name;
				struct call *c = fixture_call_as(f, &eve, "iam", op, "%s",
				    any_input(f->arena, op));

				if (c->err.kind == NULL)
					fail_msg("%s was done", op);
				if (strcmp(c->err.kind->code, "AccessDenied") != 0)
					fail_msg("%s: %s: %s", op, c->err.kind->code,
					    c->err.msg);
				asked++;
			}
		}
		if (there)
			break;
		/* And again when what is named is there. */
		ok(f, "CreateUser", "{\"UserName\":\"u\"}");
		ok(f, "CreateGroup", "{\"GroupName\":\"g\"}");
		ok(f, "CreateRole",
		    "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":\"" TRUST "\"}");
		ok(f, "CreateInstanceProfile", "{\"InstanceProfileName\":\"i\"}");
		ok(f, "CreatePolicy",
		    "{\"PolicyName\":\"own\",\"PolicyDocument\":\"" POLICY "\"}");
		ok(f, "CreateAccountAlias", "{\"AccountAlias\":\"alias\"}");
	}
	assert_true(asked > 150);
}

static void
permission_is_for_the_arn_with_its_path(void **state)
{
	struct fixture *f = *state;
	const struct principal eve = { .kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = ARN "user/eve",
		.user_id = "AIDAEVE",
		.name = "eve" };
	struct call *c;

	ok(f, "CreateUser", "{\"UserName\":\"eve\"}");
	ok(f, "CreateUser", "{\"UserName\":\"a\",\"Path\":\"/team/\"}");
	ok(f, "CreateUser", "{\"UserName\":\"b\"}");
	ok(f, "PutUserPolicy",
	    "{\"UserName\":\"eve\",\"PolicyName\":\"p\",\"PolicyDocument\":\"{\\\"Version\\\":"
	    "\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":"
	    "\\\"iam:*\\\",\\\"Resource\\\":\\\"" ARN "user/team/*\\\"}]}\"}");
	c = fixture_call_as(f, &eve, "iam", "GetUser", "{\"UserName\":\"a\"}");
	assert_null(c->err.kind);
	c = fixture_call_as(f, &eve, "iam", "GetUser", "{\"UserName\":\"b\"}");
	assert_non_null(c->err.kind);
	assert_string_equal(c->err.msg,
	    "User: " ARN
	    "user/eve is not authorized to perform: iam:GetUser on resource: " ARN
	    "user/b because no identity-based policy allows the iam:GetUser action");
	c = fixture_call_as(f, &eve, "iam", "CreateUser",
	    "{\"UserName\":\"c\",\"Path\":\"/team/x/\"}");
	assert_null(c->err.kind);
	c = fixture_call_as(f, &eve, "iam", "CreateUser", "{\"UserName\":\"d\"}");
	assert_non_null(c->err.kind);
}

static void
accounts_do_not_see_each_other(void **state)
{
	struct fixture *f = *state;
	struct principal other = f->root;
	struct call *c;

	snprintf(other.account, sizeof(other.account), "111111111111");
	ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	c = fixture_call_as(f, &other, "iam", "GetUser", "{\"UserName\":\"bob\"}");
	assert_non_null(c->err.kind);
	assert_string_equal(c->err.kind->code, "NoSuchEntity");
	c = fixture_call_as(f, &other, "iam", "CreateUser", "{\"UserName\":\"bob\"}");
	assert_null(c->err.kind);
	is(c->out, "User.Arn", "arn:aws:iam::111111111111:user/bob");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(users_live_and_die),
		T(pages_follow_each_other),
		T(access_keys_live_and_die),
		T(groups_live_and_die),
		T(roles_live_and_die),
		T(a_services_role_is_the_services),
		T(instance_profiles_live_and_die),
		T(inline_policies_live_and_die),
		T(inline_policies_have_a_quota),
		T(managed_policies_live_and_die),
		T(policies_have_five_versions),
		T(ten_policies_can_be_attached),
		T(tags_come_and_go),
		T(the_account_has_one_alias),
		T(the_summary_counts),
		cmocka_unit_test_setup_teardown(
		    a_new_account_has_the_roles_of_two_services, fixture_setup_standard,
		    fixture_teardown),
		T(nothing_is_done_without_permission),
		T(permission_is_for_the_arn_with_its_path),
		T(accounts_do_not_see_each_other),
		cmocka_unit_test(rows_are_sorted_and_of_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
