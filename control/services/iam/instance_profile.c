/*
 * IAM: instance profiles, which carry a role to an instance.
 */
#include <string.h>

#include "control/services/iam/iam.h"

json_t *
iam_show_profile(struct call *c, const json_t *doc, int whole)
{
	json_t *out = iam_show(c, &iam_instance_profile, doc, whole);
	json_t *roles = json_need_array(out, "Roles"), *role;
	const char *name = json_str(doc, "_role");

	if (name != NULL && iam_find(c, &iam_role, name, &role) > 0)
		json_add(roles, iam_show(c, &iam_role, role, 0));
	return out;
}

/* CreateInstanceProfile */

static int
create_instance_profile(struct call *c)
{
	json_t *doc = iam_new(c, &iam_instance_profile, in_str(c, "InstanceProfileName"),
	    in_str(c, "Path"));

	if (doc == NULL)
		return -1;
	iam_put(c, &iam_instance_profile, doc);
	out_set(c, "InstanceProfile", iam_show_profile(c, doc, 1));
	return 0;
}

static int
get_instance_profile(struct call *c)
{
	json_t *doc;

	if (iam_get(c, &iam_instance_profile, in_str(c, "InstanceProfileName"), &doc) < 0)
		return -1;
	out_set(c, "InstanceProfile", iam_show_profile(c, doc, 1));
	return 0;
}

static int
list_instance_profiles(struct call *c)
{
	return iam_list_all(c, &iam_instance_profile);
}

/* DeleteInstanceProfile */

static int
delete_instance_profile(struct call *c)
{
	const char *name = in_str(c, "InstanceProfileName");
	json_t *doc;

	if (iam_get(c, &iam_instance_profile, name, &doc) < 0)
		return -1;
	if (json_str(doc, "_role") != NULL)
		return err_set(&c->err, &iam_conflict,
		    "Cannot delete entity, must remove roles from instance profile first.");
	store_delete(c->txn, c->scope, iam_instance_profile.kind, name);
	return 0;
}

/* AddRoleToInstanceProfile: who may, may also pass the role */

static int
may_pass(struct call *c, const json_t *role)
{
	const char *arn = json_str(role, "Arn");
	json_t *context =
	    auth_request_context(c->arena, c->source_ip, c->is_tls, c->region, c->now_ms);

	return auth_pass_role(&c->env->auth, c->txn, c->arena, &c->who, c->model, arn,
	    "ec2.amazonaws.com", context, &c->err);
}

static int
add_role(struct call *c)
{
	const char *name = in_str(c, "RoleName");
	json_t *doc, *role;
	int rc;

	if (iam_edit(c, &iam_instance_profile, in_str(c, "InstanceProfileName"), &doc) <
	    0)
		return -1;
	rc = iam_find(c, &iam_role, name, &role);
	if (rc == 0)
		return err_set(&c->err, &iam_no_such,
		    "The role with name %s cannot be found.", name);
	if (rc < 0 || may_pass(c, role) < 0)
		return -1;
	if (json_str(doc, "_role") != NULL)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
	json_set_str(doc, "_role", name);
	iam_put(c, &iam_instance_profile, doc);
	return 0;
}

/* RemoveRoleFromInstanceProfile */

static int
remove_role(struct call *c)
{
	const char *name = in_str(c, "RoleName");
	json_t *doc;

	if (iam_edit(c, &iam_instance_profile, in_str(c, "InstanceProfileName"), &doc) <
	    0)
		return -1;
	if (strcmp(json_str_or(doc, "_role", ""), name) != 0)
		return err_set(&c->err, &iam_no_such,
		    "The role with name %s cannot be found.", name);
	json_del(doc, "_role");
	iam_put(c, &iam_instance_profile, doc);
	return 0;
}

/* ListInstanceProfilesForRole */

static int
list_for_role(struct call *c)
{
	const char *name = in_str(c, "RoleName");
	json_t *rows = json_own(c->arena, json_new_array()), *role;
	struct store_docs docs;

	if (iam_get(c, &iam_role, name, &role) < 0 ||
	    iam_list(c, &iam_instance_profile, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "_role", ""), name) == 0)
			json_add(rows, iam_show_profile(c, docs.doc[i], 0));
	}
	return iam_page(c, rows, "InstanceProfiles", "InstanceProfileName");
}

static const struct op ops[] = {
	IAM("AddRoleToInstanceProfile", add_role, 0,
	    "Put a role into an instance profile."),
	IAM("CreateInstanceProfile", create_instance_profile, 0,
	    "Create an instance profile."),
	IAM("DeleteInstanceProfile", delete_instance_profile, 0,
	    "Delete an instance profile without a role."),
	IAM("GetInstanceProfile", get_instance_profile, OP_READ,
	    "Show an instance profile."),
	IAM("ListInstanceProfiles", list_instance_profiles, OP_READ,
	    "List instance profiles."),
	IAM("ListInstanceProfilesForRole", list_for_role, OP_READ,
	    "List the instance profiles that have a role."),
	IAM("RemoveRoleFromInstanceProfile", remove_role, 0,
	    "Take the role out of an instance profile."),
};
const struct family iam_instance_profiles = FAMILY(ops, NULL);
