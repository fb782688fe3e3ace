/*
 * Organizations: what becomes of them when one of their accounts is reset or removed by the admin's
 * door.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

enum { MAX_TRIES = 40 };

typedef int step_fn(struct call *c, int is_gone);

/* Handshakes that a gone organization asked, or a gone account was asked. */
static int
drop_handshakes(struct call *c, const char *member, const char *value)
{
	struct store_docs docs;

	if (store_list(c->txn, STORE_SYSTEM, ORG_HANDSHAKE, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], member, ""), value) == 0)
			store_delete(c->txn, STORE_SYSTEM, ORG_HANDSHAKE,
			    json_str(docs.doc[i], "Id"));
	}
	return 0;
}

/* The organization goes with what its management account has; its members stand alone. */
static int
dissolve(struct call *c, const struct org *o)
{
	struct store_docs nodes;

	if (org_nodes(c, o, &nodes) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++) {
		if (org_is_account(nodes.doc[i]) &&
		    org_leave(c, o, json_str(nodes.doc[i], "Id")) < 0)
			return -1;
	}
	return drop_handshakes(c, "_org", o->id);
}

static int
forget(struct call *c, int is_gone)
{
	struct org o;
	int rc = org_find(c, c->account, &o);

	if (rc < 0)
		return -1;
	if (rc > 0 && strcmp(o.management, c->account) == 0 && dissolve(c, &o) < 0)
		return -1;
	if (!is_gone)
		return 0;
	if (rc > 0 && strcmp(o.management, c->account) != 0 &&
	    org_leave(c, &o, c->account) < 0)
		return -1;
	return drop_handshakes(c, "_account", c->account);
}

/* As it was when it joined: with the role by which it is entered. */
static int
restore(struct call *c, int is_gone UNUSED)
{
	struct org o;
	json_t *node;
	int rc = org_find(c, c->account, &o);

	if (rc > 0)
		rc = org_node_find(c, &o, c->account, &node);
	if (rc <= 0)
		return rc;
	return org_make_roles(c, &o, c->account, json_str(node, "_access_role"));
}

static int
in_transaction(struct env *env, struct arena *a, const char *account, step_fn *step,
    int is_gone, struct err *err)
{
	int rc = 0;

	for (int try = 0; try < MAX_TRIES && rc == 0; try++) {
		struct call c = {
			.env = env,
			.arena = a,
			.account = account,
			.now_ms = env->clock->now_ms(env->clock),
			.txn = store_begin(env->store, a),
		};

		if (step(&c, is_gone) < 0) {
			*err = c.err;
			return -1;
		}
		rc = store_commit(c.txn, err);
	}
	return rc == 0 ? err_set(err, &err_unavailable, "too many conflicts") : rc;
}

int
organizations_forget(struct env *env, struct arena *a, const char *account, int is_gone,
    struct err *err)
{
	return in_transaction(env, a, account, forget, is_gone, err) < 0 ? -1 : 0;
}

int
organizations_restore(struct env *env, struct arena *a, const char *account,
    struct err *err)
{
	return in_transaction(env, a, account, restore, 0, err) < 0 ? -1 : 0;
}
