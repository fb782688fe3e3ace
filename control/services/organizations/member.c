/*
 * Organizations: accounts that join, move, and leave: what changes with them, all in one
 * transaction.
 */
#include <string.h>

#include "control/iam/identity.h"
#include "control/iam/keyid.h"
#include "control/iam/membership.h"
#include "control/services/organizations/organizations.h"

#define LINKED_ROLE "AWSServiceRoleForOrganizations"
#define LINKED_PATH "/aws-service-role/organizations.amazonaws.com/"

/* The path of the account's parent: what aws:PrincipalOrgPaths says. */
static int
put_membership(struct call *c, const struct org *o, const json_t *node,
    const json_t *parent)
{
	const char *account = json_str(node, "Id");
	json_t *doc, *old;

	if (membership_find(c->txn, MEMBERSHIP_KIND, account, &old, &c->err) < 0)
		return -1;
	doc = json_own(c->arena, json_new_object());
	json_set_str(doc, "OrganizationId", o->id);
	json_set_str(doc, "ManagementAccountId", o->management);
	json_set_str(doc, "Path", json_str(parent, "_path"));
	json_set_str(doc, "Arn", json_str(node, "Arn"));
	store_put(c->txn, STORE_SYSTEM, MEMBERSHIP_KIND, account, doc);
	return 0;
}

static int
put_account(struct call *c, const struct org *o, json_t *node, const json_t *parent)
{
	json_set(node, "Paths", json_make("[s]", json_str(node, "_path")));
	org_node_put(c, o, node);
	return put_membership(c, o, node, parent);
}

int
org_join(struct call *c, const struct org *o, const struct org_join *join)
{
	struct org_node node = {
		.id = join->account,
		.type = "ACCOUNT",
		.name = join->name,
		.tags = join->tags,
	};
	json_t *root, *doc, *old;

	if (org_node_find(c, o, o->root, &root) < 0 ||
	    org_node_find(c, o, join->account, &old) < 0)
		return -1;
	node.parent = root;
	doc = org_node_new(c, o, &node);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "Email", join->email);
	json_set_str(doc, "Status", "ACTIVE");
	json_set_str(doc, "State", "ACTIVE");
	json_set_str(doc, "JoinedMethod", join->method);
	org_stamp(c, doc, "JoinedTimestamp");
	return put_account(c, o, doc, root) < 0 ? -1 : org_refresh(c, o, join->account);
}

int
org_move(struct call *c, const struct org *o, json_t *node, const char *parent)
{
	json_t *to;

	if (org_node_find(c, o, parent, &to) < 0)
		return -1;
	json_set_str(node, "_parent", parent);
	json_set_fmt(node, "_path", "%s%s/", json_str(to, "_path"), json_str(node, "Id"));
	return put_account(c, o, node, to) < 0 ? -1 :
						 org_refresh(c, o, json_str(node, "Id"));
}

int
org_leave(struct call *c, const struct org *o, const char *account)
{
	store_delete(c->txn, o->scope, ORG_NODE, account);
	store_delete(c->txn, STORE_SYSTEM, MEMBERSHIP_KIND, account);
	store_delete(c->txn, STORE_SYSTEM, MEMBERSHIP_SCP, account);
	store_delete(c->txn, STORE_SYSTEM, MEMBERSHIP_RCP, account);
	return 0;
}

/* Roles */

struct role {
	const char *name, *path, *trust, *policy;
};

static int
make_role(struct call *c, const char *account, const struct role *role)
{
	const char *scope = identity_scope(c->arena, account);
	json_t *doc, *trust;
	char id[22];
	int rc = store_get(c->txn, scope, "iam:role", role->name, &doc, &c->err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (policy_parse(c->arena, role->trust, POLICY_TRUST, &trust, &c->err) < 0)
		return -1;
	unique_id("AROA", id);
	doc = json_own(c->arena, json_new_object());
	json_set_str(doc, "Path", role->path);
	json_set_str(doc, "RoleName", role->name);
	json_set_str(doc, "RoleId", id);
	json_set_fmt(doc, "Arn", "arn:aws:iam::%s:role%s%s", account, role->path,
	    role->name);
	org_stamp(c, doc, "CreateDate");
	json_set_int(doc, "MaxSessionDuration", 3600);
	json_set_str(doc, "AssumeRolePolicyDocument", role->trust);
	json_set(doc, "_trust", json_copy_deep(trust));
	json_set(doc, "_attached", json_make("[s]", role->policy));
	store_put(c->txn, scope, "iam:role", role->name, doc);
	return 0;
}

int
org_make_roles(struct call *c, const struct org *o, const char *account,
    const char *access_role)
{
	const struct role linked = {
		LINKED_ROLE,
		LINKED_PATH,
		"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
		"{\"Service\":\"organizations.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}",
		"arn:aws:iam::aws:policy/aws-service-role/AWSOrganizationsServiceTrustPolicy",
	};
	struct role access = { access_role, "/", NULL,
		"arn:aws:iam::aws:policy/AdministratorAccess" };

	if (o->has_all && make_role(c, account, &linked) < 0)
		return -1;
	if (access_role == NULL)
		return 0;
	access.trust = arena_printf(c->arena,
	    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":"
	    "{\"AWS\":\"arn:aws:iam::%s:root\"},\"Action\":\"sts:AssumeRole\"}]}",
	    o->management);
	return make_role(c, account, &access);
}
