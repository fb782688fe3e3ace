/*
 * IAM: the service, and what its families share.
 *
 * Not emulated: a console to which passwords would let in, delegation requests, FIDO keys.
 */
#include "control/services/iam/iam.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "base/log.h"
#include "control/iam/keyid.h"

const struct err_kind iam_no_such = { "NoSuchEntity", 404 };
const struct err_kind iam_exists = { "EntityAlreadyExists", 409 };
const struct err_kind iam_conflict = { "DeleteConflict", 409 };
const struct err_kind iam_limit = { "LimitExceeded", 409 };
const struct err_kind iam_invalid = { "ValidationError", 400 };
const struct err_kind iam_bad_input = { "InvalidInput", 400 };
const struct err_kind iam_unmodifiable = { "UnmodifiableEntity", 400 };

enum { TAGS_PER_ENTITY = 50, PAGE = 100 };

const struct iam_entity iam_user = {
	.kind = "iam:user",
	.noun = "user",
	.Noun = "User",
	.list_member = "Users",
	.name_member = "UserName",
	.id_member = "UserId",
	.prefix = "AIDA",
	.arn_type = "user",
	.quota = "UsersPerAccount",
	.limit = 5000,
	.inline_limit = 2048,
	.attach_quota = "PoliciesPerUser",
};

const struct iam_entity iam_group = {
	.kind = "iam:group",
	.noun = "group",
	.Noun = "Group",
	.list_member = "Groups",
	.name_member = "GroupName",
	.id_member = "GroupId",
	.prefix = "AGPA",
	.arn_type = "group",
	.quota = "GroupsPerAccount",
	.limit = 300,
	.inline_limit = 5120,
	.attach_quota = "PoliciesPerGroup",
};

const struct iam_entity iam_role = {
	.kind = "iam:role",
	.noun = "role",
	.Noun = "Role",
	.list_member = "Roles",
	.name_member = "RoleName",
	.id_member = "RoleId",
	.prefix = "AROA",
	.arn_type = "role",
	.quota = "RolesPerAccount",
	.limit = 1000,
	.inline_limit = 10240,
	.attach_quota = "PoliciesPerRole",
};

const struct iam_entity iam_instance_profile = {
	.kind = "iam:instance-profile",
	.noun = "instance profile",
	.Noun = "InstanceProfile",
	.list_member = "InstanceProfiles",
	.name_member = "InstanceProfileName",
	.id_member = "InstanceProfileId",
	.prefix = "AIPA",
	.arn_type = "instance-profile",
	.quota = "InstanceProfilesPerAccount",
	.limit = 1000,
};

/* Found by ARN. */
const struct iam_entity iam_policy = {
	.kind = "iam:policy",
	.noun = "policy",
	.Noun = "Policy",
	.list_member = "Policies",
	.name_member = "PolicyArn",
	.id_member = "PolicyId",
	.prefix = "ANPA",
	.arn_type = "policy",
	.quota = "PoliciesPerAccount",
	.limit = 1500,
};

const struct iam_entity iam_server_certificate = {
	.kind = "iam:server-certificate",
	.noun = "Server Certificate",
	.Noun = "Server Certificate",
	.list_member = "ServerCertificateMetadataList",
	.name_member = "ServerCertificateName",
	.id_member = "ServerCertificateId",
	.prefix = "ASCA",
	.arn_type = "server-certificate",
	.quota = "ServerCertificatesPerAccount",
	.limit = 20,
};

/* Found by ARN, which is also what a virtual MFA device calls its serial number. */
const struct iam_entity iam_oidc_provider = {
	.kind = "iam:oidc-provider",
	.noun = "OpenIDConnect Provider",
	.Noun = "OpenIDConnect Provider",
	.list_member = "OpenIDConnectProviderList",
	.name_member = "OpenIDConnectProviderArn",
	.arn_type = "oidc-provider",
	.quota = "OpenIDConnectProvidersPerAccount",
	.limit = 100,
};

const struct iam_entity iam_saml_provider = {
	.kind = "iam:saml-provider",
	.noun = "SAML Provider",
	.Noun = "SAML Provider",
	.list_member = "SAMLProviderList",
	.name_member = "SAMLProviderArn",
	.arn_type = "saml-provider",
	.quota = "SAMLProvidersPerAccount",
	.limit = 100,
};

const struct iam_entity iam_virtual_mfa = {
	.kind = "iam:mfa-device",
	.noun = "VirtualMFADevice",
	.Noun = "VirtualMFADevice",
	.list_member = "VirtualMFADevices",
	.name_member = "SerialNumber",
	.arn_type = "mfa",
};

/* A user's device has his name, too. */
static const struct iam_entity *const entities[] = { &iam_virtual_mfa, &iam_group,
	&iam_role, &iam_user, &iam_instance_profile, &iam_policy, &iam_server_certificate,
	&iam_oidc_provider, &iam_saml_provider };

static int
is_by_arn(const struct iam_entity *e)
{
	return e == &iam_policy || e == &iam_oidc_provider || e == &iam_saml_provider ||
	    e == &iam_virtual_mfa;
}

const struct iam_entity *const iam_holders[] = { &iam_user, &iam_group, &iam_role, NULL };

const struct iam_entity *
iam_entity_of(const struct call *c)
{
	for (size_t i = 0; i < COUNT(entities); i++) {
		if (model_member(c->model, model_op_input(c->shape),
			entities[i]->name_member) != MODEL_NONE)
			return entities[i];
	}
	fatal("%s is about no entity of IAM's", c->op->name);
}

/* Permission */

/* What an ARN would be if there were such a thing, for who may not even know that. */
static int
permit_entity(struct call *c, const struct iam_entity *e, const char *name,
    const json_t *doc)
{
	const char *arn = json_str(doc, "Arn");

	if (arn == NULL && is_by_arn(e))
		arn = name;
	if (arn == NULL)
		arn = arena_printf(c->arena, "%s/%s", e->arn_type, name);
	return iam_permit_for(c, e, arn, doc);
}

/* Look-ups */

static int
missing(struct call *c, const struct iam_entity *e, const char *name)
{
	if (e == &iam_policy)
		return err_set(&c->err, &iam_no_such, "Policy %.300s was not found.",
		    name);
	if (e == &iam_instance_profile)
		return err_set(&c->err, &iam_no_such,
		    "Instance Profile %s cannot be found.", name);
	if (e == &iam_oidc_provider)
		return err_set(&c->err, &iam_no_such,
		    "OpenIDConnect Provider not found for arn %s", name);
	if (e == &iam_saml_provider)
		return err_set(&c->err, &iam_no_such, "Manifest not found for arn %s",
		    name);
	if (e == &iam_virtual_mfa)
		return err_set(&c->err, &iam_no_such,
		    "VirtualMFADevice with serial number %s doesn't exist.", name);
	return err_set(&c->err, &iam_no_such, "The %s with name %s cannot be found.",
	    e->noun, name);
}

int
iam_find(struct call *c, const struct iam_entity *e, const char *name, json_t **ret)
{
	return store_get(c->txn, c->scope, e->kind, name, ret, &c->err);
}

int
iam_get(struct call *c, const struct iam_entity *e, const char *name, json_t **ret)
{
	json_t *doc = NULL;
	int rc = iam_find(c, e, name, &doc);

	if (rc < 0 || permit_entity(c, e, name, doc) < 0)
		return -1;
	if (rc == 0)
		return missing(c, e, name);
	*ret = doc;
	return 0;
}

int
iam_edit(struct call *c, const struct iam_entity *e, const char *name, json_t **ret)
{
	json_t *doc;

	if (iam_get(c, e, name, &doc) < 0)
		return -1;
	return store_edit(c->txn, c->scope, e->kind, name, ret, &c->err) < 0 ? -1 : 0;
}

void
iam_put(struct call *c, const struct iam_entity *e, json_t *doc)
{
	const char *id = json_str(doc, is_by_arn(e) ? "Arn" : e->name_member);

	assert(id != NULL);
	store_put(c->txn, c->scope, e->kind, id, doc);
}

int
iam_list(struct call *c, const struct iam_entity *e, struct store_docs *ret)
{
	return store_list(c->txn, c->scope, e->kind, ret, &c->err);
}

/* Names differ by more than case. */
static int
check_free(struct call *c, const struct iam_entity *e, const char *name)
{
	const char *member = e == &iam_policy ? "PolicyName" : e->name_member;
	struct store_docs docs;

	if (iam_list(c, e, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcasecmp(json_str_or(docs.doc[i], member, ""), name) != 0)
			continue;
		if (e == &iam_policy)
			return err_set(&c->err, &iam_exists,
			    "A policy called %s already exists. Duplicate names are not allowed.",
			    name);
		if (e == &iam_instance_profile)
			return err_set(&c->err, &iam_exists,
			    "Instance Profile %s already exists.", name);
		return err_set(&c->err, &iam_exists, "%s with name %s already exists.",
		    e->Noun, name);
	}
	if (docs.n >= e->limit)
		return err_set(&c->err, &iam_limit, "Cannot exceed quota for %s: %zu",
		    e->quota, e->limit);
	return 0;
}

static int
check_path(struct call *c, const char *path)
{
	size_t n = strlen(path);

	if (path[0] == '/' && path[n - 1] == '/')
		return 0;
	return err_set(&c->err, &iam_invalid,
	    "The specified value for path is invalid. It must begin and end with / and contain "
	    "only alphanumeric characters and/or / characters.");
}

int
iam_update_names(struct call *c, const struct iam_entity *e, const char *new_member,
    iam_follow_fn *follow)
{
	const char *name = in_str(c, e->name_member), *path = in_str(c, "NewPath");
	const char *new_name = in_str(c, new_member);
	json_t *doc;

	if ((path != NULL && check_path(c, path) < 0) || iam_edit(c, e, name, &doc) < 0)
		return -1;
	if (new_name != NULL && strcmp(new_name, name) != 0) {
		/* Its own name in other letters is free. */
		if ((strcasecmp(new_name, name) != 0 && check_free(c, e, new_name) < 0) ||
		    (follow != NULL && follow(c, name, new_name) < 0))
			return -1;
		store_delete(c->txn, c->scope, e->kind, name);
		json_set_str(doc, e->name_member, new_name);
	}
	json_set_str(doc, "Path", path);
	json_set_str(doc, "Arn",
	    call_arn(c,
		arena_printf(c->arena, "%s%s%s", e->arn_type, json_str(doc, "Path"),
		    json_str(doc, e->name_member))));
	/* Who may write this one must be allowed to write what it becomes. */
	if (permit_entity(c, e, name, doc) < 0)
		return -1;
	iam_put(c, e, doc);
	return 0;
}

json_t *
iam_make(struct call *c, const struct iam_entity *e, const char *name, const char *path)
{
	char id[22];
	json_t *doc;

	unique_id(e->prefix, id);
	doc = json_own(c->arena, json_new_object());
	json_set_str(doc, "Path", path);
	json_set_str(doc, e == &iam_policy ? "PolicyName" : e->name_member, name);
	json_set_str(doc, e->id_member, id);
	json_set_str(doc, "Arn",
	    call_arn(c, arena_printf(c->arena, "%s%s%s", e->arn_type, path, name)));
	json_set(doc, "CreateDate", call_now(c));
	return doc;
}

json_t *
iam_new(struct call *c, const struct iam_entity *e, const char *name, const char *path)
{
	const char *resource;
	json_t *doc;

	path = path != NULL ? path : "/";
	resource = arena_printf(c->arena, "%s%s%s", e->arn_type, path, name);
	if (check_path(c, path) < 0 || iam_permit_for(c, e, resource, NULL) < 0 ||
	    check_free(c, e, name) < 0)
		return NULL;
	doc = iam_make(c, e, name, path);
	if (json_get(c->in, "Tags") != NULL && iam_merge_tags(c, doc) < 0)
		return NULL;
	return doc;
}

int
iam_user_name(struct call *c, const char **ret)
{
	const char *name = in_str(c, "UserName");

	if (name == NULL && c->who.kind != PRINCIPAL_USER)
		return err_set(&c->err, &iam_invalid,
		    "Must specify userName when calling with non-User credentials");
	*ret = name != NULL ? name : c->who.name;
	return 0;
}

int
iam_set_boundary(struct call *c, json_t *doc)
{
	const char *arn = in_str(c, "PermissionsBoundary");
	json_t *policy;
	int rc;

	if (arn == NULL)
		return 0;
	rc = iam_find_policy(c, arn, &policy);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &iam_no_such,
		    "Scope ARN: %.300s does not exist or is not attachable.", arn);
	json_set(doc, "PermissionsBoundary",
	    json_make("{s:s, s:s}", "PermissionsBoundaryType", "Policy",
		"PermissionsBoundaryArn", arn));
	return 0;
}

/* Tags; their keys differ by more than case. */

static int
same_key(const json_t *a, const json_t *b)
{
	return strcasecmp(json_str_or(a, "Key", ""), json_str_or(b, "Key", "")) == 0;
}

int
iam_merge_tags(struct call *c, json_t *doc)
{
	json_t *tags = json_need_array(doc, "Tags"), *add = in_list(c, "Tags");
	const json_t *tag, *other;
	size_t i, j;

	json_array_foreach(add, i, tag) {
		if (strncasecmp(json_str_or(tag, "Key", ""), "aws:", 4) == 0)
			return err_set(&c->err, &iam_bad_input,
			    "System tags cannot be added/updated/deleted by requester");
		json_array_foreach(add, j, other) {
			if (j > i && same_key(tag, other))
				return err_set(&c->err, &iam_bad_input,
				    "Duplicate tag keys found. Please note that Tag keys are case "
				    "insensitive.");
		}
		json_array_foreach(tags, j, other) {
			if (same_key(tag, other))
				break;
		}
		if (j < json_array_size(tags))
			json_array_remove(tags, j);
		json_add(tags, json_copy_deep(tag));
	}
	if (json_array_size(tags) > TAGS_PER_ENTITY)
		return err_set(&c->err, &iam_limit,
		    "The number of tags has reached the maximum limit.");
	return 0;
}

/* Answers */

char *
iam_encode(struct call *c, const char *text)
{
	struct buf *b = buf_new(c->arena, 0);

	percent_encode(b, text, strlen(text), 0);
	return arena_strdup(c->arena, buf_text(b));
}

json_t *
iam_show(struct call *c, const struct iam_entity *e, const json_t *doc, int whole)
{
	static const char *const members[] = { "Path", "Arn", "CreateDate", "Description",
		"MaxSessionDuration" };
	json_t *out = json_new_object();
	const char *trust = json_str(doc, "AssumeRolePolicyDocument");

	json_set_str(out, e->name_member, json_str(doc, e->name_member));
	json_set_str(out, e->id_member, json_str(doc, e->id_member));
	for (size_t i = 0; i < COUNT(members); i++) {
		if (json_get(doc, members[i]) != NULL)
			json_set(out, members[i], json_incref(json_get(doc, members[i])));
	}
	if (trust != NULL)
		json_set_str(out, "AssumeRolePolicyDocument", iam_encode(c, trust));
	if (!whole)
		return out;
	if (json_get(doc, "PermissionsBoundary") != NULL)
		json_set(out, "PermissionsBoundary",
		    json_incref(json_get(doc, "PermissionsBoundary")));
	if (json_array_size(json_get(doc, "Tags")) > 0)
		json_set(out, "Tags", json_incref(json_get(doc, "Tags")));
	return out;
}

int
iam_has_prefix(const struct call *c, const json_t *doc)
{
	const char *prefix = in_str(c, "PathPrefix");

	return prefix == NULL ||
	    strncmp(json_str_or(doc, "Path", "/"), prefix, strlen(prefix)) == 0;
}

static const char *
row_key(const json_t *row, const char *key)
{
	return key != NULL ? json_str_or(row, key, "") : json_string_value(row);
}

int
iam_page(struct call *c, json_t *rows, const char *member, const char *key)
{
	size_t max = (size_t)in_int(c, "MaxItems", PAGE), len, i;
	const char *marker = in_str(c, "Marker"), *after = NULL;
	json_t *page = json_new_array(), *row;
	unsigned char *text;
	int more = 0;

	if (marker != NULL &&
	    !base64_decode(c->arena, marker, strlen(marker), &text, &len)) {
		json_decref(page);
		return err_set(&c->err, &iam_invalid, "Invalid Marker.");
	}
	if (marker != NULL)
		after = arena_strndup(c->arena, (const char *)text, len);
	json_array_foreach(rows, i, row) {
		if (after != NULL && strcmp(row_key(row, key), after) <= 0)
			continue;
		more = json_array_size(page) == max;
		if (more)
			break;
		json_add(page, json_incref(row));
	}
	if (more) {
		const char *last = row_key(json_array_get(page, max - 1), key);

		out_str(c, "Marker", base64_encode(c->arena, last, strlen(last)));
	}
	out_set(c, member, page);
	out_bool(c, "IsTruncated", more);
	return 0;
}

int
iam_list_all(struct call *c, const struct iam_entity *e)
{
	const char *prefix = in_str(c, "PathPrefix");
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (iam_permit(c,
		arena_printf(c->arena, "%s%s", e->arn_type,
		    prefix != NULL ? prefix : "/")) < 0 ||
	    iam_list(c, e, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (iam_has_prefix(c, docs.doc[i]))
			json_add(rows,
			    e == &iam_instance_profile ?
				iam_show_profile(c, docs.doc[i], 0) :
				iam_show(c, e, docs.doc[i], 0));
	}
	return iam_page(c, rows, e->list_member, e->name_member);
}

static const struct family *const families[] = {
	&iam_users,
	&iam_access_keys,
	&iam_groups,
	&iam_roles,
	&iam_instance_profiles,
	&iam_managed,
	&iam_policy_versions,
	&iam_inline,
	&iam_attachments,
	&iam_tags,
	&iam_account,
	&iam_organizations,
	&iam_outbound,
	&iam_login_profiles,
	&iam_password_policies,
	&iam_user_credentials,
	&iam_server_certificates,
	&iam_mfa_devices,
	&iam_oidc_providers,
	&iam_saml_providers,
	&iam_access,
	&iam_reports,
	&iam_simulations,
	NULL,
};

const struct service iam_service = {
	.name = "iam",
	.families = families,
	.bootstrap = iam_bootstrap,
};
