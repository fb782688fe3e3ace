#include "control/api/converge.h"

#include <string.h>

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
