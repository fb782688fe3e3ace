/*
 * Organizations: the organization itself, and its root.
 */
#include <string.h>

#include "control/iam/account.h"
#include "control/iam/identity.h"
#include "control/services/organizations/organizations.h"

static const struct err_kind not_empty = { "OrganizationNotEmptyException", 400 };

/* CreateOrganization */

static void
fill(struct call *c, const struct org *o, const char *email, const char *features)
{
	json_t *doc = json_own(c->arena, json_new_object());

	json_set_str(doc, "Id", o->id);
	json_set_str(doc, "Arn",
	    arena_printf(c->arena, "arn:aws:organizations::%s:organization/%s",
		o->management, o->id));
	json_set_str(doc, "FeatureSet", features);
	json_set_str(doc, "MasterAccountArn", org_arn(c, o, "account", o->management));
	json_set_str(doc, "MasterAccountId", o->management);
	json_set_str(doc, "MasterAccountEmail", email);
	/* AWS says this of every one that has all features; the root knows what is enabled. */
	json_set(doc, "AvailablePolicyTypes",
	    o->has_all ? json_make("[{s:s, s:s}]", "Type", "SERVICE_CONTROL_POLICY",
			     "Status", "ENABLED") :
			 json_new_array());
	json_set_str(doc, "_root", o->root);
	org_put(c, o, doc);
	out_ref(c, "Organization", doc);
}

static int
make_root(struct call *c, const struct org *o)
{
	const struct org_node node = { .id = o->root, .type = "ROOT", .name = "Root" };
	json_t *root = org_node_new(c, o, &node);

	if (root == NULL)
		return -1;
	json_set(root, "PolicyTypes", json_new_array());
	org_node_put(c, o, root);
	return 0;
}

static int
create_organization(struct call *c)
{
	const struct auth_question any = { .resource = "*" };
	const char *features = in_str(c, "FeatureSet");
	struct org_join join = { .account = c->account, .method = "INVITED" };
	json_t *account;
	struct org o;
	int rc;

	if (call_ask(c, &any) < 0)
		return -1;
	rc = org_find(c, c->account, &o);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &org_already_in,
		    "The AWS account is already a member of an organization.");
	o = (struct org){
		.id = org_random_id(c, "o-", 10),
		.management = c->account,
		.scope = identity_scope(c->arena, c->account),
		.root = org_random_id(c, "r-", 4),
		.self = c->account,
		.has_all = features == NULL || strcmp(features, "ALL") == 0,
	};
	rc = account_find(&c->env->auth, c->txn, c->account, &account, &c->err);
	if (rc < 0)
		return -1;
	account = rc > 0 ? account : NULL;
	join.email = account_email(c->arena, c->account, account);
	join.name = json_str_or(account, "name", c->account);
	fill(c, &o, join.email, o.has_all ? "ALL" : "CONSOLIDATED_BILLING");
	if (make_root(c, &o) < 0 || org_join(c, &o, &join) < 0)
		return -1;
	return org_make_roles(c, &o, c->account, NULL);
}

/* DescribeOrganization, ListRoots */

static int
describe_organization(struct call *c)
{
	struct org o;

	if (org_open(c, ORG_MEMBER, NULL, &o) < 0)
		return -1;
	out_set(c, "Organization", json_copy_deep(o.doc));
	return 0;
}

static int
list_roots(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array()), *root;
	struct org o;

	if (org_open(c, ORG_READER, NULL, &o) < 0 ||
	    org_node_find(c, &o, o.root, &root) < 0)
		return -1;
	json_add(rows, json_incref(root));
	return org_page(c, rows, "Roots", "Id");
}

/* DeleteOrganization: of nobody but its management account */

static int
drop_all(struct call *c, const struct org *o, const char *kind)
{
	struct store_docs docs;

	if (store_list(c->txn, o->scope, kind, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++)
		store_delete(c->txn, o->scope, kind,
		    json_str_or(docs.doc[i], "Id", "self"));
	return 0;
}

static int
delete_organization(struct call *c)
{
	static const char *const kinds[] = { ORG_NODE, ORG_POLICY, ORG_CREATE_STATUS,
		ORG_RESOURCE_POLICY };
	struct store_docs nodes;
	struct org o;

	if (org_open(c, ORG_MANAGEMENT, NULL, &o) < 0 || org_nodes(c, &o, &nodes) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		if (org_is_account(nodes.doc[i]) &&
		    strcmp(json_str(nodes.doc[i], "Id"), o.management) != 0)
			return err_set(&c->err, &not_empty,
			    "To delete an organization you must first remove all member accounts "
			    "(except the master).");
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (drop_all(c, &o, kinds[i]) < 0)
			return -1;
	}
	store_delete(c->txn, o.scope, ORG_ORGANIZATION, "self");
	return org_leave(c, &o, o.management);
}

static const struct op ops[] = {
	ORG("CreateOrganization", create_organization, 0,
	    "Make an organization with the caller's account as its management account."),
	ORG("DeleteOrganization", delete_organization, 0,
	    "Delete an organization that has no member accounts."),
	ORG("DescribeOrganization", describe_organization, OP_READ,
	    "Show the organization of the caller's account."),
	ORG("ListRoots", list_roots, OP_READ, "Show the root and its policy types."),
};
const struct family org_organizations = FAMILY(ops, NULL);
