#include "control/iam/denial.h"

#include <string.h>

#include "control/iam/session.h"

static int
make_key(const struct auth_env *env, struct arena *a)
{
	struct store_txn *t = store_begin(env->store, a);
	struct err ignored;

	return session_key_make(t, a, &ignored) == 0 && store_commit(t, &ignored) == 1;
}

/* Short, since a message has its limits: denial_open() says it at length. */
static const char *
text_of(struct arena *a, const struct principal *who, const char *action,
    const char *resource, int is_explicit)
{
	json_t *v = json_own(a, json_new_object());

	json_set_str(v, "i", who->user_id);
	json_set_str(v, "p", who->arn);
	json_set_str(v, "a", action);
	json_set_str(v, "r", resource);
	json_set_bool(v, "d", is_explicit);
	return json_text(a, v);
}

const char *
denial_seal(const struct auth_env *env, struct arena *a, const struct principal *who,
    const char *action, const char *resource, int is_explicit)
{
	const char *text = text_of(a, who, action, resource, is_explicit), *sealed;
	struct store_txn *t = store_begin(env->store, a);
	struct err ignored;
	int rc = session_seal_text(t, a, text, &sealed, &ignored);

	if (rc == 0 && make_key(env, a))
		rc = session_seal_text(store_begin(env->store, a), a, text, &sealed,
		    &ignored);
	return rc > 0 ? sealed : NULL;
}

int
denial_open(struct store_txn *t, struct arena *a, const char *encoded, const char **ret,
    struct err *err)
{
	const char *text;
	json_t *v, *principal, *context;
	int rc = session_open_text(t, a, encoded, &text, err);

	if (rc <= 0)
		return rc;
	if (json_read_in(a, text, strlen(text), &v, err) < 0)
		return -1;
	principal = json_new_object();
	json_set_str(principal, "id", json_str(v, "i"));
	json_set_str(principal, "arn", json_str(v, "p"));
	context = json_new_object();
	json_set(context, "principal", principal);
	json_set_str(context, "action", json_str(v, "a"));
	json_set_str(context, "resource", json_str(v, "r"));
	json_set(context, "conditions", json_make("{s:[]}", "items"));
	*ret = json_text(a,
	    json_own(a,
		json_make("{s:b, s:b, s:{s:[]}, s:{s:[]}, s:o}", "allowed", 0,
		    "explicitDeny", json_bool(v, "d", 0), "matchedStatements", "items",
		    "failures", "items", "context", context)));
	return 1;
}
