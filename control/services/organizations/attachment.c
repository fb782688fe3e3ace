/*
 * Organizations: which policies roots, units and accounts have.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

static const struct err_kind attached = { "DuplicatePolicyAttachmentException", 400 };
static const struct err_kind not_attached = { "PolicyNotAttachedException", 400 };

/* The input's policy (shared) and target (a copy). */
static int
open_both(struct call *c, struct org *o, json_t **ret_policy, json_t **ret_target)
{
	const char *policy = in_str(c, "PolicyId"), *target = in_str(c, "TargetId");
	int rc;

	if (org_open(c, ORG_MANAGEMENT, policy, o) < 0 || org_ask(c, o, target) < 0)
		return -1;
	rc = org_policy_find(c, o, policy, ret_policy);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_POLICY);
	rc = org_node_edit(c, o, target, ret_target);
	return rc < 0 ? -1 : rc == 0 ? org_missing(c, ORG_NO_TARGET) : 0;
}

/* How many policies of the type the node has. */
static int
count(struct call *c, const struct org *o, const json_t *node, const char *type,
    size_t *ret)
{
	json_t *policies;

	if (org_node_policies(c, o, node, type, &policies) < 0)
		return -1;
	*ret = json_array_size(policies);
	return 0;
}

static int
check_enabled(struct call *c, const struct org *o, const char *type)
{
	json_t *root;
	int rc = org_node_find(c, o, o->root, &root);

	if (rc > 0 && org_type_is_enabled(root, type))
		return 0;
	return rc < 0 ?
	    -1 :
	    err_set(&c->err, &org_type_not_enabled,
		"This operation can be performed only for enabled policy types.");
}

/* AttachPolicy */

static int
attach_policy(struct call *c)
{
	const char *id = in_str(c, "PolicyId"), *type;
	json_t *policy, *target;
	struct org o;
	size_t n;

	if (open_both(c, &o, &policy, &target) < 0)
		return -1;
	type = json_str(policy, "Type");
	if (check_enabled(c, &o, type) < 0 || count(c, &o, target, type, &n) < 0)
		return -1;
	if (json_has_str(json_get(target, "_policies"), id))
		return err_set(&c->err, &attached,
		    "The selected policy is already attached to the specified target.");
	if (n >= org_policy_kind(type)->max_attached)
		return org_constraint(c, "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED");
	json_add_str(json_need_array(target, "_policies"), id);
	org_node_put(c, &o, target);
	return org_refresh(c, &o, in_str(c, "TargetId"));
}

/* DetachPolicy: one SCP stays, and AWS's own RCP always */

static int
detach_policy(struct call *c)
{
	const char *id = in_str(c, "PolicyId"), *type;
	json_t *policy, *target, *ids;
	struct org o;
	size_t n;

	if (open_both(c, &o, &policy, &target) < 0)
		return -1;
	type = json_str(policy, "Type");
	ids = json_need_array(target, "_policies");
	if (!json_has_str(ids, id))
		return err_set(&c->err, &not_attached,
		    "The policy isn't attached to the specified target in the specified root.");
	if (count(c, &o, target, type, &n) < 0)
		return -1;
	if (strcmp(id, "p-RCPFullAWSAccess") == 0)
		return org_invalid(c, "NON_DETACHABLE_POLICY");
	if (n <= 1 && strcmp(type, "SERVICE_CONTROL_POLICY") == 0)
		return org_constraint(c, "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED");
	for (size_t i = json_array_size(ids); i-- > 0;) {
		if (strcmp(json_string_value(json_array_get(ids, i)), id) == 0)
			json_array_remove(ids, i);
	}
	org_node_put(c, &o, target);
	return org_refresh(c, &o, in_str(c, "TargetId"));
}

/* ListPoliciesForTarget, ListTargetsForPolicy */

static int
list_for_target(struct call *c)
{
	const char *target = in_str(c, "TargetId"), *type = in_str(c, "Filter");
	json_t *rows = json_own(c->arena, json_new_array()), *node, *policy;
	const json_t *id;
	struct org o;
	size_t i;
	int rc;

	if (org_open(c, ORG_READER, target, &o) < 0)
		return -1;
	rc = org_node_find(c, &o, target, &node);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_TARGET);
	json_array_foreach(json_get(node, "_policies"), i, id) {
		rc = org_policy_find(c, &o, json_string_value(id), &policy);
		if (rc < 0)
			return -1;
		if (rc > 0 && strcmp(json_str(policy, "Type"), type) == 0)
			json_add(rows, org_policy_summary(policy));
	}
	return org_page(c, resource_sorted(c, rows, "Id"), "Policies", "Id");
}

static int
list_targets(struct call *c)
{
	const char *id = in_str(c, "PolicyId");
	json_t *rows = json_own(c->arena, json_new_array()), *policy;
	struct store_docs nodes;
	struct org o;
	int rc;

	if (org_open(c, ORG_READER, id, &o) < 0 || org_nodes(c, &o, &nodes) < 0)
		return -1;
	rc = org_policy_find(c, &o, id, &policy);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_POLICY);
	for (size_t i = 0; i < nodes.n; i++) {
		const json_t *node = nodes.doc[i];

		if (json_has_str(json_get(node, "_policies"), id))
			json_add(rows,
			    json_make("{s:s, s:s, s:s, s:s}", "TargetId",
				json_str(node, "Id"), "Arn", json_str(node, "Arn"),
				"Name", json_str(node, "Name"), "Type",
				json_str(node, "Type")));
	}
	return org_page(c, rows, "Targets", "TargetId");
}

static const struct op ops[] = {
	ORG("AttachPolicy", attach_policy, 0,
	    "Attach a policy to a root, a unit or an account."),
	ORG("DetachPolicy", detach_policy, 0, "Detach a policy."),
	ORG("ListPoliciesForTarget", list_for_target, OP_READ,
	    "List the policies of a root, a unit or an account."),
	ORG("ListTargetsForPolicy", list_targets, OP_READ,
	    "List what has a policy attached."),
};
const struct family org_attachments = FAMILY(ops, NULL);
