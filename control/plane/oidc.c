#include "control/plane/oidc.h"

#include <string.h>

#include "base/enc.h"
#include "control/iam/oidc_keys.h"

enum { MAX_TRIES = 40 };

static const struct err_kind not_found = { "NotFound", 404 };

/* What is done in a transaction, with its answer: 0, -1. */
typedef int door_fn(struct exchange *x, struct store_txn *t, const char *issuer,
    json_t **ret, struct err *err);

static int
list(struct exchange *x, struct store_txn *t, const char *issuer UNUSED, json_t **ret,
    struct err *err)
{
	json_t *rows = json_own(x->arena, json_new_array());
	struct store_docs docs;

	if (store_list(t, STORE_SYSTEM, OIDC_KEYS_KIND, &docs, err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++)
		json_add_str(rows, json_str_or(docs.doc[i], "issuer", ""));
	*ret = json_own(x->arena, json_make("{s:O}", "issuers", rows));
	return 0;
}

static int
show(struct exchange *x, struct store_txn *t, const char *issuer, json_t **ret,
    struct err *err)
{
	const json_t *doc;
	int rc = oidc_keys_find(t, x->arena, issuer, &doc, err);

	if (rc == 0)
		return err_set(err, &not_found, "there are no keys of %.200s", issuer);
	if (rc > 0)
		*ret =
		    json_own(x->arena, json_make("{s:O}", "keys", json_get(doc, "keys")));
	return rc < 0 ? -1 : 0;
}

static int
put(struct exchange *x, struct store_txn *t, const char *issuer, json_t **ret,
    struct err *err)
{
	json_t *keys = NULL;
	struct err unread;

	if (json_read_in(x->arena, x->request.body, x->request.body_len, &keys, &unread) <
	    0)
		keys = NULL;
	if (oidc_keys_put(t, x->arena, issuer, keys, err) < 0)
		return -1;
	*ret = json_own(x->arena,
	    json_make("{s:s}", "issuer", oidc_issuer(x->arena, issuer)));
	return 0;
}

static int
drop(struct exchange *x, struct store_txn *t, const char *issuer, json_t **ret,
    struct err *err)
{
	if (show(x, t, issuer, ret, err) < 0)
		return -1;
	store_delete(t, STORE_SYSTEM, OIDC_KEYS_KIND, oidc_issuer(x->arena, issuer));
	*ret = json_own(x->arena, json_new_object());
	return 0;
}

static const struct {
	const char *method;
	int is_list; /* without an issuer */
	door_fn *run;
} doors[] = {
	{ "GET", 1, list },
	{ "GET", 0, show },
	{ "PUT", 0, put },
	{ "DELETE", 0, drop },
};

static int
run(struct exchange *x, door_fn *fn, const char *issuer, struct err *err)
{
	json_t *answer = NULL;

	for (int try = 0; try < MAX_TRIES; try++) {
		struct store_txn *t = store_begin(x->plane->env.store, x->arena);
		int rc = fn(x, t, issuer, &answer, err);

		if (rc == 0)
			rc = store_commit(t, err);
		if (rc < 0)
			return -1;
		if (rc > 0) {
			reply_json(x, 200, answer);
			return 0;
		}
	}
	return err_set(err, &err_unavailable, "too many conflicts");
}

void
oidc_answer(struct exchange *x)
{
	char *issuer = arena_strdup(x->arena, x->request.path + sizeof(OIDC_PATH) - 1);
	struct err err;
	size_t n = strlen(issuer), i = 0;

	if (!percent_decode(issuer, &n, 0)) {
		reply_error(x, 400, "the issuer is not UTF-8");
		return;
	}
	issuer[n] = '\0';
	issuer += strspn(issuer, "/");
	while (i < COUNT(doors) &&
	    (strcmp(doors[i].method, x->request.method) != 0 ||
		doors[i].is_list != (*issuer == '\0')))
		i++;
	if (i == COUNT(doors))
		reply_error(x, 405, "no such method here");
	else if (run(x, doors[i].run, issuer, &err) < 0)
		reply_error(x, err.kind->status, err.msg);
}
