/*
 * Organizations: the tree's nodes: the root, organizational units, accounts.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

int
org_node_find(struct call *c, const struct org *o, const char *id, json_t **ret)
{
	return store_get(c->txn, o->scope, ORG_NODE, id, ret, &c->err);
}

int
org_node_edit(struct call *c, const struct org *o, const char *id, json_t **ret)
{
	return store_edit(c->txn, o->scope, ORG_NODE, id, ret, &c->err);
}

void
org_node_put(struct call *c, const struct org *o, json_t *doc)
{
	store_put(c->txn, o->scope, ORG_NODE, json_str(doc, "Id"), doc);
}

int
org_nodes(struct call *c, const struct org *o, struct store_docs *ret)
{
	return store_list(c->txn, o->scope, ORG_NODE, ret, &c->err);
}

int
org_is_account(const json_t *node)
{
	return strcmp(json_str_or(node, "Type", ""), "ACCOUNT") == 0;
}

int
org_account_edit(struct call *c, const struct org *o, const char *id, json_t **ret)
{
	int rc = org_node_edit(c, o, id, ret);

	return rc < 0 ? -1 : rc == 0 ? org_missing(c, ORG_NO_ACCOUNT) : 0;
}

int
org_type_is_enabled(const json_t *root, const char *type)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(root, "PolicyTypes"), i, row) {
		if (strcmp(json_str_or(row, "Type", ""), type) == 0)
			return 1;
	}
	return 0;
}

/* A node begins with AWS's own policy of each type that the root has enabled. */
static int
set_policies(struct call *c, const struct org *o, json_t *node)
{
	json_t *root, *policies = json_need_array(node, "_policies");
	int rc = org_node_find(c, o, o->root, &root);

	for (size_t i = 0; rc > 0 && i < org_n_policy_kinds; i++) {
		const struct org_policy_type *kind = &org_policy_kinds[i];

		if (kind->managed != NULL && org_type_is_enabled(root, kind->name))
			json_add_str(policies, kind->managed);
	}
	return rc < 0 ? -1 : 0;
}

json_t *
org_node_new(struct call *c, const struct org *o, const struct org_node *node)
{
	const char *type = strcmp(node->type, "ORGANIZATIONAL_UNIT") == 0 ? "ou" :
	    strcmp(node->type, "ROOT") == 0				  ? "root" :
									    "account";
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "Id", node->id);
	json_set_str(doc, "Arn", org_arn(c, o, type, node->id));
	json_set_str(doc, "Name", node->name);
	json_set_str(doc, "Type", node->type);
	json_set_str(doc, "_parent", json_str(node->parent, "Id"));
	json_set_fmt(doc, "_path", "%s%s/",
	    node->parent != NULL ? json_str(node->parent, "_path") :
				   arena_printf(c->arena, "%s/", o->id),
	    node->id);
	if (set_policies(c, o, doc) < 0 || org_merge_tags(c, doc, node->tags) < 0)
		return NULL;
	return doc;
}

int
org_each_above(struct call *c, const struct org *o, const json_t *node, org_node_fn *fn,
    void *arg)
{
	char *path = arena_strdup(c->arena, json_str(node, "_path")), *save = NULL;
	json_t *above;

	strtok_r(path, "/", &save); /* the organization */
	for (char *id = strtok_r(NULL, "/", &save); id != NULL;
	     id = strtok_r(NULL, "/", &save)) {
		int rc = org_node_find(c, o, id, &above);

		if (rc < 0 || (rc > 0 && fn(c, arg, above) < 0))
			return -1;
	}
	return 0;
}
