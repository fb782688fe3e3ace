/*
 * Organizations: which types of policies are in force.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

static const struct err_kind enabled = { "PolicyTypeAlreadyEnabledException", 400 };

static int
edit_root(struct call *c, struct org *o, json_t **ret)
{
	const char *id = in_str(c, "RootId");
	int rc;

	if (org_open(c, ORG_MANAGEMENT, id, o) < 0)
		return -1;
	rc = org_node_edit(c, o, id, ret);
	return rc < 0 ? -1 : rc == 0 ? org_missing(c, ORG_NO_ROOT) : 0;
}

/* Everybody begins with AWS's own policy of the type, and loses all others with it. */
static int
reset_node(struct call *c, const struct org *o, json_t *node,
    const struct org_policy_type *kind, int on)
{
	json_t *ids = json_need_array(node, "_policies"), *policy;

	for (size_t i = json_array_size(ids); i-- > 0;) {
		const char *id = json_string_value(json_array_get(ids, i));
		int rc = org_policy_find(c, o, id, &policy);

		if (rc < 0)
			return -1;
		if (rc == 0 || strcmp(json_str(policy, "Type"), kind->name) == 0)
			json_array_remove(ids, i);
	}
	if (on && kind->managed != NULL)
		json_add_str(ids, kind->managed);
	org_node_put(c, o, node);
	return 0;
}

static int
reset_nodes(struct call *c, const struct org *o, json_t *root,
    const struct org_policy_type *kind, int on)
{
	struct store_docs nodes;

	if (reset_node(c, o, root, kind, on) < 0 || org_nodes(c, o, &nodes) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		const char *id = json_str(nodes.doc[i], "Id");
		json_t *node;

		if (strcmp(id, o->root) == 0)
			continue;
		if (org_node_edit(c, o, id, &node) < 0 ||
		    reset_node(c, o, node, kind, on) < 0)
			return -1;
	}
	out_ref(c, "Root", root);
	return org_refresh(c, o, NULL);
}

static int
enable_policy_type(struct call *c)
{
	const char *type = in_str(c, "PolicyType");
	const struct org_policy_type *kind = org_policy_kind(type);
	struct org o;
	json_t *root;

	if (edit_root(c, &o, &root) < 0)
		return -1;
	if (kind == NULL)
		return org_invalid(c, "INVALID_ENUM_POLICY_TYPE");
	if (!o.has_all)
		return err_set(&c->err, &org_type_unavailable,
		    "You can't use the specified policy type with the feature set currently "
		    "enabled for your organization.");
	if (org_type_is_enabled(root, type))
		return err_set(&c->err, &enabled,
		    "The specified policy type is already enabled.");
	json_add(json_need_array(root, "PolicyTypes"),
	    json_make("{s:s, s:s}", "Type", type, "Status", "ENABLED"));
	return reset_nodes(c, &o, root, kind, 1);
}

static int
disable_policy_type(struct call *c)
{
	const char *type = in_str(c, "PolicyType");
	const struct org_policy_type *kind = org_policy_kind(type);
	json_t *root, *rows;
	struct org o;

	if (edit_root(c, &o, &root) < 0)
		return -1;
	if (kind == NULL)
		return org_invalid(c, "INVALID_ENUM_POLICY_TYPE");
	if (!org_type_is_enabled(root, type))
		return err_set(&c->err, &org_type_not_enabled,
		    "This operation can be performed only for enabled policy types.");
	rows = json_need_array(root, "PolicyTypes");
	for (size_t i = json_array_size(rows); i-- > 0;) {
		if (strcmp(json_str(json_array_get(rows, i), "Type"), type) == 0)
			json_array_remove(rows, i);
	}
	return reset_nodes(c, &o, root, kind, 0);
}

static const struct op ops[] = {
	ORG("DisablePolicyType", disable_policy_type, 0,
	    "Put the policies of a type out of force, and detach them."),
	ORG("EnablePolicyType", enable_policy_type, 0,
	    "Put the policies of a type in force."),
};
const struct family org_policy_types = FAMILY(ops, NULL);
