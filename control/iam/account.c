#include "control/iam/account.h"

#include <string.h>

static const char kind[] = "sys:account", closed[] = "sys:account-closed";

int
account_is_id(const char *s)
{
	return strlen(s) == 12 && strspn(s, "0123456789") == 12;
}

void
account_random_id(char *out)
{
	random_text(out, 12, "0123456789");
	if (out[0] == '0')
		out[0] = '1';
}

int
account_find(const struct auth_env *env, struct store_txn *t, const char *id,
    json_t **ret, struct err *err)
{
	json_t *doc = NULL;
	int rc = store_get(t, STORE_SYSTEM, kind, id, &doc, err);

	if (rc < 0 || (rc == 0 && strcmp(id, env->default_account) != 0))
		return rc;
	*ret = doc;
	return 1;
}

char *
account_email(struct arena *a, const char *id, const json_t *doc)
{
	const char *email = json_str(doc, "email");

	return email != NULL ? arena_strdup(a, email) :
			       arena_printf(a, "root@%s.simfra.local", id);
}

int
account_find_email(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const char *email, const char **ret, struct err *err)
{
	struct store_docs docs;

	if (store_list(t, STORE_SYSTEM, kind, &docs, err) < 0)
		return -1;
	if (strcasecmp(account_email(a, env->default_account, NULL), email) == 0) {
		*ret = env->default_account;
		return 1;
	}
	for (size_t i = 0; i < docs.n; i++) {
		const char *id = json_str_or(docs.doc[i], "accountId", "");

		if (strcasecmp(account_email(a, id, docs.doc[i]), email) != 0)
			continue;
		*ret = arena_strdup(a, id);
		return 1;
	}
	return 0;
}

int
account_make(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct account_new *account, struct auth_key *key, struct err *err)
{
	json_t *doc;
	int rc = account_find(env, t, account->id, &doc, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	key->access_key = key->secret_key = NULL;
	if (auth_root_key_put(t, a, account->id, key, err) < 0)
		return -1;
	doc = json_own(a,
	    json_make("{s:s, s:I}", "accountId", account->id, "created_ms",
		(json_int_t)env->clock->now_ms(env->clock)));
	json_set_str(doc, "email", account->email);
	json_set_str(doc, "name", account->name);
	store_put(t, STORE_SYSTEM, kind, account->id, doc);
	return 1;
}

void
account_close(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const char *id)
{
	store_put(t, STORE_SYSTEM, closed, id,
	    json_own(a,
		json_make("{s:I}", "closed_ms",
		    (json_int_t)env->clock->now_ms(env->clock))));
}

int
account_is_closed(struct store_txn *t, const char *id, struct err *err)
{
	struct store_docs docs;
	json_t *doc;

	/* Listing it is cached, also that there is nothing. */
	if (store_list(t, STORE_SYSTEM, closed, &docs, err) < 0)
		return -1;
	return docs.n == 0 ? 0 : store_get(t, STORE_SYSTEM, closed, id, &doc, err);
}

int
account_drop(struct store_txn *t, const char *id, struct err *err)
{
	if (auth_root_key_drop(t, id, err) < 0)
		return -1;
	store_delete(t, STORE_SYSTEM, kind, id);
	store_delete(t, STORE_SYSTEM, closed, id);
	return 0;
}
