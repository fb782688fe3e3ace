/*
 * Organizations: what the policies on an account's way from the root are, written for those who
 * evaluate (control/iam/membership.h).
 */
#include <string.h>

#include "control/iam/membership.h"
#include "control/services/organizations/organizations.h"

static const struct {
	const char *type, *kind;
} decisive[] = {
	{ "SERVICE_CONTROL_POLICY", MEMBERSHIP_SCP },
	{ "RESOURCE_CONTROL_POLICY", MEMBERSHIP_RCP },
};

struct levels {
	const struct org *o;
	const char *type;
	json_t *levels;
};

/* One more level: the documents of what the node has. */
static int
add_level(struct call *c, void *arg, const json_t *node)
{
	struct levels *l = arg;
	json_t *level = json_new_array(), *policies;

	json_add(l->levels, level);
	if (org_node_policies(c, l->o, node, l->type, &policies) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(policies); i++)
		json_add(level,
		    json_incref(json_get(json_array_get(policies, i), "_doc")));
	return 0;
}

static int
write_one(struct call *c, const struct org *o, const json_t *account, const char *type,
    const char *kind)
{
	const char *id = json_str(account, "Id");
	struct levels l = { o, type, json_own(c->arena, json_new_array()) };
	json_t *old = NULL;
	int rc = membership_find(c->txn, kind, id, &old, &c->err);

	if (rc < 0 || org_each_above(c, o, account, add_level, &l) < 0)
		return -1;
	if (rc == 0 || !json_equal(json_get(old, "levels"), l.levels))
		store_put(c->txn, STORE_SYSTEM, kind, id,
		    json_own(c->arena, json_make("{s:O}", "levels", l.levels)));
	return 0;
}

static int
note_change(struct call *c, const struct org *o)
{
	json_t *doc;

	if (org_edit(c, o, &doc) < 0)
		return -1;
	org_stamp(c, doc, "_changed");
	org_put(c, o, doc);
	return 0;
}

int
org_refresh(struct call *c, const struct org *o, const char *under)
{
	const char *part = under != NULL ? arena_printf(c->arena, "/%s/", under) : NULL;
	struct store_docs nodes;
	json_t *root;

	if (org_nodes(c, o, &nodes) < 0 || org_node_find(c, o, o->root, &root) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		const json_t *node = nodes.doc[i];
		const char *id = json_str(node, "Id");

		/* A management account is bound by nothing. */
		if (!org_is_account(node) || strcmp(id, o->management) == 0 ||
		    (part != NULL && strstr(json_str(node, "_path"), part) == NULL))
			continue;
		for (size_t j = 0; j < COUNT(decisive); j++) {
			if (!org_type_is_enabled(root, decisive[j].type))
				store_delete(c->txn, STORE_SYSTEM, decisive[j].kind, id);
			else if (write_one(c, o, node, decisive[j].type,
				     decisive[j].kind) < 0)
				return -1;
		}
	}
	return note_change(c, o);
}
