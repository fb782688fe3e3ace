/* IAM: every entity from its creation to its deletion, and what is refused to whom on the way. */
#include "tests/api/iam_calls.h"

#include <stdio.h>
#include <string.h>

#include "control/services/iam/iam.h"

static void
users_live_and_die(void **state)
{
	static const struct iam_refusal refusals[] = {
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
	json_t *v = iam_ok(f, "CreateUser",
	    "{\"UserName\":\"bob\",\"Path\":\"/team/a/\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}],"
	    "\"PermissionsBoundary\":\"arn:aws:iam::aws:policy/AdministratorAccess\"}");

	iam_is(v, "User.Arn", ARN "user/team/a/bob");
	iam_is(v, "User.Path", "/team/a/");
	iam_is(v, "User.Tags.0.Value", "v");
	assert_int_equal(strlen(fixture_text(v, "User.UserId")), 21);
	assert_int_equal(strncmp(fixture_text(v, "User.UserId"), "AIDA", 4), 0);
	v = iam_ok(f, "GetUser", "{\"UserName\":\"bob\"}");
	iam_is(v, "User.PermissionsBoundary.PermissionsBoundaryArn",
	    "arn:aws:iam::aws:policy/AdministratorAccess");
	iam_refused(f, refusals, COUNT(refusals));

	v = iam_ok(f, "ListUsers", "{\"PathPrefix\":\"/team/\"}");
	iam_is(v, "Users.0.UserName", "bob");
	iam_is(v, "IsTruncated", "false");
	assert_null(fixture_text(v, "Users.0.Tags.0.Key"));
	assert_int_equal(json_array_size(
			     json_get(iam_ok(f, "ListUsers", "{\"PathPrefix\":\"/x/\"}"),
				 "Users")),
	    0);
	iam_is(iam_ok(f, "GetUser", "{}"), "User.Arn", ARN "root");

	iam_ok(f, "UpdateUser",
	    "{\"UserName\":\"bob\",\"NewUserName\":\"rob\",\"NewPath\":\"/b/\"}");
	iam_is(iam_ok(f, "GetUser", "{\"UserName\":\"rob\"}"), "User.Arn",
	    ARN "user/b/rob");
	iam_no(f, "GetUser", "{\"UserName\":\"bob\"}", "NoSuchEntity", NULL);
	iam_ok(f, "DeleteUserPermissionsBoundary", "{\"UserName\":\"rob\"}");
	iam_no(f, "DeleteUserPermissionsBoundary", "{\"UserName\":\"rob\"}",
	    "NoSuchEntity", NULL);
	iam_ok(f, "DeleteUser", "{\"UserName\":\"rob\"}");
	iam_no(f, "GetUser", "{\"UserName\":\"rob\"}", "NoSuchEntity", NULL);
}

static void
pages_follow_each_other(void **state)
{
	struct fixture *f = *state;
	const char *marker = NULL;
	char seen[8] = "";
	int pages = 0;

	for (int c = 'a'; c <= 'e'; c++)
		fixture_ok(f, "iam", "CreateUser", "{\"UserName\":\"%c\"}", c);
	do {
		json_t *v = marker == NULL ?
		    iam_ok(f, "ListUsers", "{\"MaxItems\":2}") :
		    fixture_ok(f, "iam", "ListUsers",
			"{\"MaxItems\":2,\"Marker\":\"%s\"}", marker);
		const json_t *user;
		size_t i;

		json_array_foreach(json_get(v, "Users"), i, user)
			seen[strlen(seen)] = json_str(user, "UserName")[0];
		marker = json_str(v, "Marker");
		iam_is(v, "IsTruncated", marker != NULL ? "true" : "false");
		pages++;
	} while (marker != NULL);
	assert_string_equal(seen, "abcde");
	assert_int_equal(pages, 3);
	iam_no(f, "ListUsers", "{\"Marker\":\"!\"}", "ValidationError", NULL);
}

static void
access_keys_live_and_die(void **state)
{
	struct fixture *f = *state;
	const char *id, *other;
	json_t *v;

	iam_ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	v = iam_ok(f, "CreateAccessKey", "{\"UserName\":\"bob\"}");
	id = fixture_text(v, "AccessKey.AccessKeyId");
	assert_int_equal(strncmp(id, "AKIA", 4), 0);
	assert_int_equal(strlen(fixture_text(v, "AccessKey.SecretAccessKey")), 40);
	iam_is(v, "AccessKey.Status", "Active");
	other = fixture_text(iam_ok(f, "CreateAccessKey", "{\"UserName\":\"bob\"}"),
	    "AccessKey.AccessKeyId");
	assert_string_not_equal(id, other);
	iam_no(f, "CreateAccessKey", "{\"UserName\":\"bob\"}", "LimitExceeded",
	    "Cannot exceed quota for AccessKeysPerUser: 2");

	v = iam_ok(f, "ListAccessKeys", "{\"UserName\":\"bob\"}");
	assert_int_equal(json_array_size(json_get(v, "AccessKeyMetadata")), 2);
	assert_null(fixture_text(v, "AccessKeyMetadata.0.SecretAccessKey"));
	assert_null(fixture_text(v, "AccessKeyMetadata.0._secret"));
	iam_is(fixture_ok(f, "iam", "GetAccessKeyLastUsed", "{\"AccessKeyId\":\"%s\"}",
		   id),
	    "AccessKeyLastUsed.ServiceName", "N/A");
	fixture_ok(f, "iam", "UpdateAccessKey",
	    "{\"UserName\":\"bob\",\"AccessKeyId\":\"%s\",\"Status\":\"Inactive\"}", id);
	iam_no(f, "DeleteUser", "{\"UserName\":\"bob\"}", "DeleteConflict",
	    "Cannot delete entity, must delete access keys first.");
	iam_ok(f, "CreateUser", "{\"UserName\":\"eve\"}");
	fixture_fails(f, "NoSuchEntity", "iam", "DeleteAccessKey",
	    "{\"UserName\":\"eve\",\"AccessKeyId\":\"%s\"}", id);

	/* A key stays with its user under another name. */
	iam_ok(f, "UpdateUser", "{\"UserName\":\"bob\",\"NewUserName\":\"rob\"}");
	fixture_ok(f, "iam", "DeleteAccessKey",
	    "{\"UserName\":\"rob\",\"AccessKeyId\":\"%s\"}", id);
	fixture_ok(f, "iam", "DeleteAccessKey",
	    "{\"UserName\":\"rob\",\"AccessKeyId\":\"%s\"}", other);
	fixture_fails(f, "NoSuchEntity", "iam", "GetAccessKeyLastUsed",
	    "{\"AccessKeyId\":\"%s\"}", id);
	iam_ok(f, "DeleteUser", "{\"UserName\":\"rob\"}");
}

static void
groups_live_and_die(void **state)
{
	static const struct iam_refusal refusals[] = {
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
	json_t *v = iam_ok(f, "CreateGroup", "{\"GroupName\":\"g\"}");

	iam_is(v, "Group.Arn", ARN "group/g");
	iam_ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	iam_ok(f, "AddUserToGroup", "{\"GroupName\":\"g\",\"UserName\":\"bob\"}");
	iam_ok(f, "AddUserToGroup", "{\"GroupName\":\"g\",\"UserName\":\"bob\"}");
	iam_refused(f, refusals, COUNT(refusals));
	v = iam_ok(f, "GetGroup", "{\"GroupName\":\"g\"}");
	assert_int_equal(json_array_size(json_get(v, "Users")), 1);
	iam_is(v, "Users.0.UserName", "bob");
	iam_is(iam_ok(f, "ListGroupsForUser", "{\"UserName\":\"bob\"}"),
	    "Groups.0.GroupName", "g");
	iam_is(iam_ok(f, "ListGroups", "{}"), "Groups.0.GroupName", "g");
	iam_ok(f, "RemoveUserFromGroup", "{\"GroupName\":\"g\",\"UserName\":\"bob\"}");
	assert_int_equal(json_array_size(json_get(iam_ok(f, "ListGroupsForUser",
						      "{\"UserName\":\"bob\"}"),
			     "Groups")),
	    0);
	iam_ok(f, "DeleteGroup", "{\"GroupName\":\"g\"}");
	iam_no(f, "GetGroup", "{\"GroupName\":\"g\"}", "NoSuchEntity", NULL);
}

static void
roles_live_and_die(void **state)
{
	static const struct iam_refusal refusals[] = {
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
	json_t *v = iam_ok(f, "CreateRole",
	    "{\"RoleName\":\"web\",\"Path\":\"/p/\",\"Description\":\"d\",\"MaxSessionDuration\":7200,"
	    "\"AssumeRolePolicyDocument\":\"" TRUST "\"}");

	iam_is(v, "Role.Arn", ARN "role/p/web");
	assert_int_equal(strncmp(fixture_text(v, "Role.AssumeRolePolicyDocument"),
			     "%7B%22Version%22%3A%222012-10-17%22", 35),
	    0);
	iam_refused(f, refusals, COUNT(refusals));
	v = iam_ok(f, "GetRole", "{\"RoleName\":\"web\"}");
	iam_is(v, "Role.Description", "d");
	iam_is(v, "Role.MaxSessionDuration", "7200");
	iam_ok(f, "UpdateRole",
	    "{\"RoleName\":\"web\",\"Description\":\"e\",\"MaxSessionDuration\":3600}");
	v = iam_ok(f, "GetRole", "{\"RoleName\":\"web\"}");
	iam_is(v, "Role.Description", "e");
	iam_is(v, "Role.MaxSessionDuration", "3600");
	iam_is(iam_ok(f, "UpdateRoleDescription",
		   "{\"RoleName\":\"web\",\"Description\":\"g\"}"),
	    "Role.Description", "g");
	iam_ok(f, "UpdateAssumeRolePolicy",
	    "{\"RoleName\":\"web\",\"PolicyDocument\":\"" TRUST "\"}");
	iam_ok(f, "PutRolePermissionsBoundary",
	    "{\"RoleName\":\"web\",\"PermissionsBoundary\":\"arn:aws:iam::aws:policy/"
	    "ReadOnlyAccess\"}");
	iam_is(iam_ok(f, "GetRole", "{\"RoleName\":\"web\"}"),
	    "Role.PermissionsBoundary.PermissionsBoundaryType", "Policy");
	iam_is(iam_ok(f, "ListRoles", "{}"), "Roles.0.RoleName", "web");
	iam_ok(f, "DeleteRole", "{\"RoleName\":\"web\"}");
	iam_no(f, "GetRole", "{\"RoleName\":\"web\"}", "NoSuchEntity", NULL);
}

static void
a_services_role_is_the_services(void **state)
{
	struct fixture *f = *state;
	const char *task;
	json_t *v = iam_ok(f, "CreateServiceLinkedRole",
	    "{\"AWSServiceName\":\"autoscaling.amazonaws.com\"}");

	iam_is(v, "Role.RoleName", "AWSServiceRoleForAutoScaling");
	iam_is(v, "Role.Path", "/aws-service-role/autoscaling.amazonaws.com/");
	iam_no(f, "CreateServiceLinkedRole",
	    "{\"AWSServiceName\":\"autoscaling.amazonaws.com\"}", "InvalidInput", NULL);
	iam_is(
	    iam_ok(f, "CreateServiceLinkedRole",
		"{\"AWSServiceName\":\"autoscaling.amazonaws.com\",\"CustomSuffix\":\"x\"}"),
	    "Role.RoleName", "AWSServiceRoleForAutoScaling_x");
	iam_no(f, "CreateServiceLinkedRole", "{\"AWSServiceName\":\"example.org\"}",
	    "InvalidInput", NULL);
	iam_no(f, "DeleteRole", "{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}",
	    "UnmodifiableEntity", NULL);
	task = fixture_text(iam_ok(f, "DeleteServiceLinkedRole",
				"{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}"),
	    "DeletionTaskId");
	iam_is(fixture_ok(f, "iam", "GetServiceLinkedRoleDeletionStatus",
		   "{\"DeletionTaskId\":\"%s\"}", task),
	    "Status", "SUCCEEDED");
	iam_no(f, "GetRole", "{\"RoleName\":\"AWSServiceRoleForAutoScaling\"}",
	    "NoSuchEntity", NULL);
}

static void
instance_profiles_live_and_die(void **state)
{
	static const struct iam_refusal refusals[] = {
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
	json_t *v =
	    iam_ok(f, "CreateInstanceProfile", "{\"InstanceProfileName\":\"web\"}");

	iam_is(v, "InstanceProfile.Arn", ARN "instance-profile/web");
	assert_int_equal(strncmp(fixture_text(v, "InstanceProfile.InstanceProfileId"),
			     "AIPA", 4),
	    0);
	assert_true(json_is_array(json_path(v, "InstanceProfile.Roles")));
	iam_ok(f, "CreateRole",
	    "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":\"" TRUST "\"}");
	iam_ok(f, "AddRoleToInstanceProfile",
	    "{\"InstanceProfileName\":\"web\",\"RoleName\":\"r\"}");
	iam_refused(f, refusals, COUNT(refusals));
	iam_is(iam_ok(f, "GetInstanceProfile", "{\"InstanceProfileName\":\"web\"}"),
	    "InstanceProfile.Roles.0.RoleName", "r");
	iam_is(iam_ok(f, "ListInstanceProfilesForRole", "{\"RoleName\":\"r\"}"),
	    "InstanceProfiles.0.InstanceProfileName", "web");
	iam_is(iam_ok(f, "ListInstanceProfiles", "{}"),
	    "InstanceProfiles.0.Roles.0.RoleName", "r");
	iam_ok(f, "RemoveRoleFromInstanceProfile",
	    "{\"InstanceProfileName\":\"web\",\"RoleName\":\"r\"}");
	iam_ok(f, "DeleteRole", "{\"RoleName\":\"r\"}");
	iam_ok(f, "DeleteInstanceProfile", "{\"InstanceProfileName\":\"web\"}");
	iam_no(f, "GetInstanceProfile", "{\"InstanceProfileName\":\"web\"}",
	    "NoSuchEntity", NULL);
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
		iam_ok(f, op, tagged[i].create);
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
		iam_is(v, "Tags.1.Value", "3");
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

	iam_ok(f, "CreateAccountAlias", "{\"AccountAlias\":\"first\"}");
	iam_ok(f, "CreateAccountAlias", "{\"AccountAlias\":\"second\"}");
	v = iam_ok(f, "ListAccountAliases", "{}");
	assert_int_equal(json_array_size(json_get(v, "AccountAliases")), 1);
	iam_is(v, "AccountAliases.0", "second");
	snprintf(other.account, sizeof(other.account), "111111111111");
	c = fixture_call_as(f, &other, "iam", "CreateAccountAlias",
	    "{\"AccountAlias\":\"second\"}");
	assert_non_null(c->err.kind);
	assert_string_equal(c->err.kind->code, "EntityAlreadyExists");
	c = fixture_call_as(f, &other, "iam", "CreateAccountAlias",
	    "{\"AccountAlias\":\"first\"}");
	assert_null(c->err.kind);
	iam_no(f, "DeleteAccountAlias", "{\"AccountAlias\":\"first\"}", "NoSuchEntity",
	    NULL);
	iam_ok(f, "DeleteAccountAlias", "{\"AccountAlias\":\"second\"}");
	v = iam_ok(f, "ListAccountAliases", "{}");
	assert_int_equal(json_array_size(json_get(v, "AccountAliases")), 0);
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
		{ "SerialNumber", "\"" ARN "mfa/m\"" },
		{ "VirtualMFADeviceName", "\"m\"" },
		{ "AuthenticationCode1", "\"000000\"" },
		{ "AuthenticationCode2", "\"000000\"" },
		{ "OpenIDConnectProviderArn", "\"" ARN "oidc-provider/example.com\"" },
		{ "SAMLProviderArn", "\"" ARN "saml-provider/idp\"" },
		{ "Name", "\"idp\"" },
		{ "Url", "\"https://example.com\"" },
		{ "ClientID", "\"one\"" },
		{ "ThumbprintList", "[]" },
		{ "ServerCertificateName", "\"c\"" },
		{ "CertificateBody", "\"x\"" },
		{ "CertificateId", "\"000000000000000000000000\"" },
		{ "PrivateKey", "\"x\"" },
		{ "SSHPublicKeyBody", "\"x\"" },
		{ "SSHPublicKeyId", "\"00000000000000000000\"" },
		{ "Encoding", "\"SSH\"" },
		{ "ServiceName", "\"codecommit.amazonaws.com\"" },
		{ "ServiceSpecificCredentialId", "\"00000000000000000000\"" },
		{ "Password", "\"Abcdefg1\"" },
		{ "PolicySourceArn", "\"" ARN "user/u\"" },
		{ "ActionNames", "[\"s3:GetObject\"]" },
		{ "PolicyInputList", "[]" },
		{ "OldPassword", "\"a\"" },
		{ "NewPassword", "\"b\"" },
		{ "Arn", "\"" ARN "user/u\"" },
		{ "ServiceNamespaces", "[\"s3\"]" },
		{ "GlobalEndpointTokenVersion", "\"v2Token\"" },
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
	/* At least a thousand characters. */
	if (input != MODEL_NONE &&
	    model_member(m, input, "SAMLMetadataDocument") != MODEL_NONE)
		text =
		    arena_printf(a, "%s,\"SAMLMetadataDocument\":\"%01000d\"", text, 0);
	return arena_printf(a, "{%s}", text);
}

/* Every operation there is, as somebody who may nothing: how many were refused. */
static size_t
refuse_all(struct fixture *f, const struct principal *who)
{
	size_t n = 0;

	for (const struct family *const *fam = iam_service.families; *fam != NULL;
	     fam++) {
		for (size_t i = 0; i < (*fam)->n_ops; i++) {
			const char *op = (*fam)->ops[i].name;
			struct call *c = fixture_call_as(f, who, "iam", op, "%s",
			    any_input(f->arena, op));

			if (c->err.kind == NULL)
				fail_msg("%s was done", op);
			if (strcmp(c->err.kind->code, "AccessDenied") != 0)
				fail_msg("%s: %s: %s", op, c->err.kind->code, c->err.msg);
			n++;
		}
	}
	return n;
}

/* The rows say that the dispatcher need not ask: handlers must. */
static void
nothing_is_done_without_permission(void **state)
{
	struct fixture *f = *state;
	const struct principal eve = { .kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = ARN "user/eve",
		.user_id = "AIDAEVE",
		.name = "eve" };

	iam_ok(f, "CreateUser", "{\"UserName\":\"eve\"}");
	assert_true(refuse_all(f, &eve) > 75);

	/* And again when what is named is there. */
	iam_ok(f, "CreateUser", "{\"UserName\":\"u\"}");
	iam_ok(f, "CreateGroup", "{\"GroupName\":\"g\"}");
	iam_ok(f, "CreateRole",
	    "{\"RoleName\":\"r\",\"AssumeRolePolicyDocument\":\"" TRUST "\"}");
	iam_ok(f, "CreateInstanceProfile", "{\"InstanceProfileName\":\"i\"}");
	iam_ok(f, "CreatePolicy",
	    "{\"PolicyName\":\"own\",\"PolicyDocument\":\"" POLICY "\"}");
	iam_ok(f, "CreateAccountAlias", "{\"AccountAlias\":\"alias\"}");
	assert_true(refuse_all(f, &eve) > 75);
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

	iam_ok(f, "CreateUser", "{\"UserName\":\"eve\"}");
	iam_ok(f, "CreateUser", "{\"UserName\":\"a\",\"Path\":\"/team/\"}");
	iam_ok(f, "CreateUser", "{\"UserName\":\"b\"}");
	iam_ok(f, "PutUserPolicy",
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
	iam_ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
	c = fixture_call_as(f, &other, "iam", "GetUser", "{\"UserName\":\"bob\"}");
	assert_non_null(c->err.kind);
	assert_string_equal(c->err.kind->code, "NoSuchEntity");
	c = fixture_call_as(f, &other, "iam", "CreateUser", "{\"UserName\":\"bob\"}");
	assert_null(c->err.kind);
	iam_is(c->out, "User.Arn", "arn:aws:iam::111111111111:user/bob");
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
		T(tags_come_and_go),
		T(the_account_has_one_alias),
		T(nothing_is_done_without_permission),
		T(permission_is_for_the_arn_with_its_path),
		T(accounts_do_not_see_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
