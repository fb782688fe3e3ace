/*
 * Organizations: who is whose parent.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

/* The nodes under the input's ParentId that are of the type: a new array, the arena's. */
static int
children(struct call *c, const char *type, json_t **ret)
{
	const char *parent = in_str(c, "ParentId");
	json_t *rows = json_own(c->arena, json_new_array()), *node;
	struct store_docs nodes;
	struct org o;
	int rc;

	if (org_open(c, ORG_READER, parent, &o) < 0 || org_nodes(c, &o, &nodes) < 0)
		return -1;
	rc = org_node_find(c, &o, parent, &node);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_PARENT);
	for (size_t i = 0; i < nodes.n; i++) {
		if (strcmp(json_str_or(nodes.doc[i], "_parent", ""), parent) == 0 &&
		    strcmp(json_str(nodes.doc[i], "Type"), type) == 0)
			json_add(rows, json_incref(nodes.doc[i]));
	}
	*ret = rows;
	return 0;
}

static int
list_children(struct call *c)
{
	json_t *rows;

	/* A child's shape has Id and Type alone. */
	return children(c, in_str(c, "ChildType"), &rows) < 0 ?
	    -1 :
	    org_page(c, rows, "Children", "Id");
}

static int
list_accounts_for_parent(struct call *c)
{
	json_t *rows;

	return children(c, "ACCOUNT", &rows) < 0 ? -1 :
						   org_page(c, rows, "Accounts", "Id");
}

static int
list_units_for_parent(struct call *c)
{
	json_t *rows;

	return children(c, "ORGANIZATIONAL_UNIT", &rows) < 0 ?
	    -1 :
	    org_page(c, rows, "OrganizationalUnits", "Id");
}

/* ListParents: there is one */

static int
list_parents(struct call *c)
{
	const char *id = in_str(c, "ChildId");
	json_t *rows = json_own(c->arena, json_new_array()), *node, *parent;
	struct org o;
	int rc;

	if (org_open(c, ORG_READER, id, &o) < 0)
		return -1;
	rc = org_node_find(c, &o, id, &node);
	if (rc > 0)
		rc = org_node_find(c, &o, json_str_or(node, "_parent", ""), &parent);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_CHILD);
	json_add(rows, json_incref(parent));
	return org_page(c, rows, "Parents", "Id");
}

static const struct op ops[] = {
	ORG("ListAccountsForParent", list_accounts_for_parent, OP_READ,
	    "List the accounts of a root or unit."),
	ORG("ListChildren", list_children, OP_READ,
	    "List the accounts or units of a root or unit."),
	ORG("ListOrganizationalUnitsForParent", list_units_for_parent, OP_READ,
	    "List the units of a root or unit."),
	ORG("ListParents", list_parents, OP_READ, "Show what a unit or account is in."),
};
const struct family org_tree = FAMILY(ops, NULL);
