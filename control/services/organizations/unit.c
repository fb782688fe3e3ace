/*
 * Organizations: organizational units.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

static const struct err_kind duplicate = { "DuplicateOrganizationalUnitException", 400 };
static const struct err_kind not_empty = { "OrganizationalUnitNotEmptyException", 400 };

enum { UNITS_MAX = 2000, DEPTH_MAX = 5 };

/* A name is one unit's under a parent; `but` is the unit itself. */
static int
check_name(struct call *c, const struct store_docs *nodes, const char *parent,
    const char *name, const char *but)
{
	for (size_t i = 0; i < nodes->n; i++) {
		const json_t *node = nodes->doc[i];

		if (strncmp(json_str(node, "Id"), "ou-", 3) == 0 &&
		    strcmp(json_str_or(node, "_parent", ""), parent) == 0 &&
		    strcmp(json_str(node, "Name"), name) == 0 &&
		    strcmp(json_str(node, "Id"), but) != 0)
			return err_set(&c->err, &duplicate,
			    "An OU with the same name already exists.");
	}
	return 0;
}

/* CreateOrganizationalUnit */

static int
check_limits(struct call *c, const struct store_docs *nodes, const json_t *parent)
{
	size_t n = 0, depth = 0;

	for (size_t i = 0; i < nodes->n; i++)
		n += strncmp(json_str(nodes->doc[i], "Id"), "ou-", 3) == 0;
	if (n >= UNITS_MAX)
		return org_constraint(c, "OU_NUMBER_LIMIT_EXCEEDED");
	for (const char *p = json_str(parent, "_path"); (p = strstr(p, "/ou-")) != NULL;
	     p++)
		depth++;
	return depth >= DEPTH_MAX ? org_constraint(c, "OU_DEPTH_LIMIT_EXCEEDED") : 0;
}

static int
create_unit(struct call *c)
{
	const char *parent_id = in_str(c, "ParentId");
	struct org_node node = {
		.type = "ORGANIZATIONAL_UNIT",
		.name = in_str(c, "Name"),
		.tags = in_list(c, "Tags"),
	};
	struct store_docs nodes;
	json_t *parent, *doc;
	struct org o;
	int rc;

	if (org_open(c, ORG_MANAGEMENT, parent_id, &o) < 0 ||
	    org_nodes(c, &o, &nodes) < 0)
		return -1;
	rc = org_node_find(c, &o, parent_id, &parent);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_PARENT);
	if (check_name(c, &nodes, parent_id, node.name, "") < 0 ||
	    check_limits(c, &nodes, parent) < 0)
		return -1;
	node.parent = parent;
	node.id = org_random_id(c, arena_printf(c->arena, "ou-%s-", o.root + 2), 8);
	doc = org_node_new(c, &o, &node);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "Path", json_str(doc, "_path"));
	org_node_put(c, &o, doc);
	out_ref(c, "OrganizationalUnit", doc);
	return 0;
}

/* DescribeOrganizationalUnit, UpdateOrganizationalUnit, DeleteOrganizationalUnit */

static int
edit_unit(struct call *c, enum org_who who, struct org *o, json_t **ret)
{
	const char *id = in_str(c, "OrganizationalUnitId");
	int rc;

	if (org_open(c, who, id, o) < 0)
		return -1;
	rc = org_node_edit(c, o, id, ret);
	return rc < 0 ? -1 : rc == 0 ? org_missing(c, ORG_NO_UNIT) : 0;
}

static int
describe_unit(struct call *c)
{
	struct org o;
	json_t *doc;

	if (edit_unit(c, ORG_READER, &o, &doc) < 0)
		return -1;
	out_ref(c, "OrganizationalUnit", doc);
	return 0;
}

static int
update_unit(struct call *c)
{
	const char *name = in_str(c, "Name");
	struct store_docs nodes;
	struct org o;
	json_t *doc;

	if (edit_unit(c, ORG_MANAGEMENT, &o, &doc) < 0 || org_nodes(c, &o, &nodes) < 0)
		return -1;
	if (name != NULL) {
		if (check_name(c, &nodes, json_str(doc, "_parent"), name,
			json_str(doc, "Id")) < 0)
			return -1;
		json_set_str(doc, "Name", name);
		org_node_put(c, &o, doc);
	}
	out_ref(c, "OrganizationalUnit", doc);
	return 0;
}

static int
delete_unit(struct call *c)
{
	const char *id = in_str(c, "OrganizationalUnitId");
	struct store_docs nodes;
	struct org o;
	json_t *doc;

	if (edit_unit(c, ORG_MANAGEMENT, &o, &doc) < 0 || org_nodes(c, &o, &nodes) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		if (strcmp(json_str_or(nodes.doc[i], "_parent", ""), id) == 0)
			return err_set(&c->err, &not_empty,
			    "The specified OU is not empty. Move all accounts to another root or "
			    "to other OUs, remove all child OUs, and try the operation again.");
	}
	store_delete(c->txn, o.scope, ORG_NODE, id);
	return 0;
}

static const struct op ops[] = {
	ORG("CreateOrganizationalUnit", create_unit, 0,
	    "Make an organizational unit under a root or another unit."),
	ORG("DeleteOrganizationalUnit", delete_unit, 0,
	    "Delete a unit that has no accounts and no units."),
	ORG("DescribeOrganizationalUnit", describe_unit, OP_READ, "Show a unit."),
	ORG("UpdateOrganizationalUnit", update_unit, 0, "Give a unit another name."),
};
const struct family org_units = FAMILY(ops, NULL);
