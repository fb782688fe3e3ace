#include "control/plane/flow_logs.h"

#include <string.h>

#include "control/plane/plane.h"
#include "control/services/ec2/network/flow_delivery.h"
#include "control/store/store.h"

static void
fail(struct exchange *x, const struct err *err)
{
	reply_error(x, err->kind->status, err->msg);
}

static json_t *
shown(const json_t *log, const char *scope)
{
	size_t n = strcspn(scope, ":");
	json_t *v = json_new_object(), *objects = json_need_array(v, "objects");
	const json_t *o;
	size_t i;

	json_set_str(v, "id", json_str_or(log, "FlowLogId", ""));
	json_set_strn(v, "account", scope, n);
	json_set_str(v, "region", scope + n + (scope[n] == ':'));
	json_set_str(v, "resource", json_str_or(log, "ResourceId", ""));
	json_array_foreach(json_get(log, "_objects"), i, o)
		json_add(objects,
		    json_make("{s:s, s:I, s:I}", "key", json_str_or(o, "key", ""),
			"lines", (json_int_t)json_int(o, "lines", 0), "bytes",
			(json_int_t)json_int(o, "bytes", 0)));
	return v;
}

/* All flow logs, or the one of the id; and it, with its scope: 0 or -1. */
static int
look(struct exchange *x, struct store_txn *t, const char *id, json_t *rows,
    const json_t **ret_log, const char **ret_scope, struct err *err)
{
	struct store_docs docs;
	const json_t *scope;
	json_t *scopes;
	size_t i;

	if (store_scopes(t, FLOW_LOG_KIND, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		const char *name = json_string_value(scope);

		if (store_list(t, name, FLOW_LOG_KIND, &docs, err) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++) {
			const char *its = json_str_or(docs.doc[k], "FlowLogId", "");

			if (id != NULL && strcmp(id, its) != 0)
				continue;
			json_add(rows, shown(docs.doc[k], name));
			*ret_log = docs.doc[k];
			*ret_scope = arena_strdup(x->arena, name);
		}
	}
	return 0;
}

static int
add_objects(struct exchange *x, struct store_txn *t, const json_t *log, const char *scope,
    const char *key, struct err *err)
{
	const json_t *o;
	json_t *doc;
	size_t i;
	int n = 0, rc;

	json_array_foreach(json_get(log, "_objects"), i, o) {
		if (strcmp(json_str_or(o, "key", ""), key) != 0)
			continue;
		rc = store_get(t, scope, FLOW_OBJECT_KIND, json_str_or(o, "id", ""), &doc,
		    err);
		if (rc < 0)
			return -1;
		if (rc > 0)
			buf_str(x->reply.body, json_str_or(doc, "text", ""));
		n += rc;
	}
	return n;
}

static void
object(struct exchange *x, struct store_txn *t, const json_t *log, const char *scope,
    const char *key)
{
	struct err err;
	int n;

	x->reply.body = buf_new(x->arena, 0);
	n = add_objects(x, t, log, scope, key, &err);
	if (n > 0) {
		x->reply.status = 200;
		wire_add_header(&x->reply, "Content-Type", "text/plain; charset=utf-8");
		return;
	}
	x->reply.body = NULL;
	if (n < 0)
		fail(x, &err);
	else
		reply_error(x, 404, "no such object");
}

void
flow_logs_answer(struct exchange *x)
{
	const char *rest = x->request.path + strlen("/_simfra/flow-logs");
	struct store_txn *t = store_begin(x->plane->env.store, x->arena);
	json_t *rows = json_own(x->arena, json_new_array());
	const char *id = NULL, *key = NULL, *scope = NULL;
	const json_t *log = NULL;
	struct err err;

	if (strcmp(x->request.method, "GET") != 0) {
		reply_error(x, 405, "no such method here");
		return;
	}
	if (rest[0] == '/' && rest[1] != '\0') {
		id = arena_strndup(x->arena, rest + 1, strcspn(rest + 1, "/"));
		rest += 1 + strlen(id);
		key = rest[0] == '/' && rest[1] != '\0' ? rest + 1 : NULL;
	}
	if (look(x, t, id, rows, &log, &scope, &err) < 0)
		fail(x, &err);
	else if (id == NULL)
		reply_json(x, 200,
		    json_own(x->arena, json_make("{s:O}", "flow_logs", rows)));
	else if (log == NULL)
		reply_error(x, 404, "no such flow log");
	else if (key == NULL)
		reply_json(x, 200, json_array_get(rows, 0));
	else
		object(x, t, log, scope, key);
}
