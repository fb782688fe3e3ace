#include "control/api/converge.h"

#include <string.h>

#include "control/api/call.h"
#include "control/api/call_blobs.h"
#include "control/engine/labels.h"

enum { MAX_TRIES = 50 };

/* One try: 1 done, 0 conflict, -1. */
static int
write_once(struct converge *cv, converge_write_fn *fn, void *arg, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	json_t *doc;
	int rc = store_edit(t, cv->scope, cv->kind, cv->id, &doc, err);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		cv->doc = NULL;
		return 1;
	}
	if (fn(cv, doc, arg) == 0)
		return 1;
	store_put(t, cv->scope, cv->kind, cv->id, doc);
	rc = store_commit(t, err);
	if (rc == 1)
		cv->doc = doc;
	return rc;
}

int
converge_write(struct converge *cv, converge_write_fn *fn, void *arg, struct err *err)
{
	for (int try = 0; try < MAX_TRIES; try++) {
		int rc = write_once(cv, fn, arg, err);

		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return err_set(err, &err_unavailable, "too many conflicts on %s", cv->id);
}

int
converge_reload(struct converge *cv, struct err *err)
{
	struct store_txn *t = store_begin(cv->env->store, cv->arena);
	int rc = store_get(t, cv->scope, cv->kind, cv->id, &cv->doc, err);

	if (rc == 0)
		cv->doc = NULL;
	return rc < 0 ? -1 : 0;
}

/* The call of a handler that nobody called. */
static void
call_of(struct converge *cv, struct call *c)
{
	const char *service = arena_strndup(cv->arena, cv->kind, strcspn(cv->kind, ":"));

	memset(c, 0, sizeof(*c));
	c->env = cv->env;
	c->arena = cv->arena;
	c->model = model_find(service);
	c->account = cv->account;
	c->region = cv->region;
	c->scope = cv->scope;
	c->now_ms = cv->now_ms;
	c->request_id = "-";
	c->in = json_own(cv->arena, json_new_object());
}

int
converge_transaction(struct converge *cv, converge_call_fn *fn, void *arg,
    struct err *err)
{
	for (int try = 0; try < MAX_TRIES; try++) {
		struct call c;
		int rc;

		call_of(cv, &c);
		c.txn = store_begin(cv->env->store, cv->arena);
		if (fn(&c, arg) < 0) {
			call_blobs_undo(&c);
			*err = c.err;
			return -1;
		}
		rc = store_commit(c.txn, err);
		if (rc > 0) {
			call_blobs_commit(&c);
			return converge_reload(cv, err);
		}
		call_blobs_undo(&c);
		if (rc < 0)
			return -1;
	}
	return err_set(err, &err_unavailable, "too many conflicts on %s", cv->id);
}

int
converge_forget(struct converge *cv, struct err *err)
{
	for (int try = 0; try < MAX_TRIES; try++) {
		struct store_txn *t = store_begin(cv->env->store, cv->arena);
		int rc;

		store_delete(t, cv->scope, cv->kind, cv->id);
		rc = store_commit(t, err);
		if (rc != 0) {
			cv->doc = NULL;
			return rc < 0 ? -1 : 0;
		}
	}
	return err_set(err, &err_unavailable, "too many conflicts on %s", cv->id);
}

/* The key that seals is made with the first token, so this may write. */
int
converge_token(struct converge *cv, const char *agent, char **ret, struct err *err)
{
	for (int try = 0; try < MAX_TRIES; try++) {
		struct store_txn *t = store_begin(cv->env->store, cv->arena);
		int rc;

		if (auth_agent_token(t, cv->arena, agent, cv->id, cv->scope, ret, err) <
		    0)
			return -1;
		rc = store_commit(t, err);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return err_set(err, &err_unavailable, "too many conflicts on %s", cv->id);
}

char *
converge_name(const struct converge *cv, const char *id)
{
	return arena_printf(cv->arena, "%s-%s", cv->env->settings->instance, id);
}

json_t *
converge_labels(const struct converge *cv)
{
	json_t *labels = json_new_object();
	size_t n = strcspn(cv->kind, ":");

	json_set_str(labels, LABEL_OWNER, cv->env->settings->instance);
	json_set_str(labels, LABEL_ACCOUNT, cv->account);
	json_set_str(labels, LABEL_REGION, cv->region);
	json_set_strn(labels, LABEL_SERVICE, cv->kind, n);
	json_set_str(labels, LABEL_KIND, cv->kind + n + 1);
	json_set_str(labels, LABEL_ID, cv->id);
	return labels;
}
