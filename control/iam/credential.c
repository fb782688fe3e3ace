#include "control/iam/credential.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "control/iam/account.h"
#include "control/iam/identity.h"
#include "control/iam/keyid.h"
#include "control/iam/session.h"

static const char key_index[] = "iam:access-key-index";

enum { USE_NOTED_EVERY_MS = 60 * 1000 };

static void
set_account(struct principal *p, const char *account)
{
	snprintf(p->account, sizeof(p->account), "%s", account);
}

void
credential_root(struct arena *a, const char *account, const char *access_key,
    struct principal *ret)
{
	struct principal p = { .kind = PRINCIPAL_ROOT };

	set_account(&p, account);
	p.arn = arena_printf(a, "arn:aws:iam::%s:root", account);
	p.user_id = arena_strdup(a, account);
	p.access_key = arena_strdup(a, access_key);
	*ret = p;
}

/* 1, 0: the user is gone, or another has the name now (id NULL: any will do). */
static int
find_user(struct store_txn *t, struct arena *a, const char *account, const char *name,
    const char *id, struct principal *ret, struct err *err)
{
	json_t *user;
	int rc = identity_find(t, a, account, "iam:user", name, &user, err);

	if (rc <= 0)
		return rc;
	if (id != NULL && strcmp(id, json_str_or(user, "UserId", "")) != 0)
		return 0;
	ret->kind = PRINCIPAL_USER;
	set_account(ret, account);
	ret->arn = json_str(user, "Arn");
	ret->user_id = json_str(user, "UserId");
	ret->name = json_str(user, "UserName");
	return 1;
}

static int
find_long_term(struct store_txn *t, struct arena *a, const char *access_key,
    struct credential *ret, struct err *err)
{
	struct credential k = { .who.access_key = access_key };
	json_t *index, *key;
	const char *account;
	int rc = store_get(t, STORE_SYSTEM, key_index, access_key, &index, err);

	if (rc <= 0)
		return rc;
	account = json_str_or(index, "account", "");
	if (json_bool(index, "root", 0)) {
		credential_root(a, account, access_key, &k.who);
		k.secret = json_str_or(index, "secret", "");
		*ret = k;
		return 1;
	}
	rc = identity_find(t, a, account, "iam:access-key", access_key, &key, err);
	if (rc <= 0)
		return rc;
	if (strcmp(json_str_or(key, "Status", ""), "Active") != 0)
		return 0;
	k.secret = json_str_or(key, "_secret", "");
	k.is_user_key = 1;
	rc =
	    find_user(t, a, account, json_str_or(key, "UserName", ""), NULL, &k.who, err);
	if (rc > 0)
		*ret = k;
	return rc;
}

/* A role's session ends when the role does, or when another takes its name. */
static int
role_is_there(struct store_txn *t, struct arena *a, const struct session *s,
    struct err *err)
{
	json_t *role;
	int rc = identity_find(t, a, s->account, "iam:role", s->name, &role, err);

	if (rc <= 0)
		return rc;
	return strcmp(json_str_or(role, "RoleId", ""), s->id) == 0;
}

static int
session_principal(struct store_txn *t, struct arena *a, const struct session *s,
    struct principal *ret, struct err *err)
{
	int rc;

	switch (s->kind) {
	case PRINCIPAL_ROOT:
		credential_root(a, s->account, "", ret);
		return 1;
	case PRINCIPAL_USER:
		return find_user(t, a, s->account, s->name, s->id, ret, err);
	case PRINCIPAL_SESSION:
		rc = role_is_there(t, a, s, err);
		ret->arn = arena_printf(a, "arn:aws:sts::%s:assumed-role/%s/%s",
		    s->account, s->name, s->session);
		ret->user_id = arena_printf(a, "%s:%s", s->id, s->session);
		break;
	case PRINCIPAL_FEDERATED:
		rc = s->name[0] != '\0' ?
		    find_user(t, a, s->account, s->name, s->id, ret, err) :
		    1;
		ret->arn = arena_printf(a, "arn:aws:sts::%s:federated-user/%s",
		    s->account, s->session);
		ret->user_id = arena_printf(a, "%s:%s", s->account, s->session);
		break;
	case PRINCIPAL_NOBODY:
	case PRINCIPAL_SERVICE:
	default:
		return 0;
	}
	ret->kind = s->kind;
	set_account(ret, s->account);
	ret->name = s->name[0] != '\0' ? s->name : NULL;
	ret->session = s->session;
	return rc;
}

static int
find_session(struct store_txn *t, struct arena *a, const char *access_key,
    const char *token, struct credential *ret, struct err *err)
{
	struct credential k = { .secret = NULL };
	struct session s;
	int rc = session_open(t, a, access_key, token, &s, &k.secret, err);

	if (rc <= 0)
		return rc;
	rc = session_principal(t, a, &s, &k.who, err);
	if (rc <= 0)
		return rc;
	k.who.access_key = access_key;
	k.who.session_policy = s.policy;
	k.who.issued_ms = s.issued_ms;
	k.who.tags = s.tags;
	k.who.transitive = s.transitive;
	k.who.claims = s.claims;
	k.who.source_identity = s.source_identity;
	k.who.federated = s.federated;
	k.who.mfa_ms = s.mfa_ms;
	k.expires_ms = s.expires_ms;
	*ret = k;
	return 1;
}

static int
find_any(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const char *access_key, const char *token, struct credential *ret, struct err *err)
{
	if (token != NULL)
		return find_session(t, a, access_key, token, ret, err);
	if (strcmp(access_key, env->root_access_key) == 0) {
		struct credential k = { .secret = env->root_secret_key };

		credential_root(a, env->default_account, access_key, &k.who);
		*ret = k;
		return 1;
	}
	return find_long_term(t, a, access_key, ret, err);
}

int
credential_find(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const char *access_key, const char *token, struct credential *ret, struct err *err)
{
	int rc = find_any(env, t, a, access_key, token, ret, err), is_closed;

	if (rc <= 0)
		return rc;
	is_closed = account_is_closed(t, ret->who.account, err);
	return is_closed < 0 ? -1 : !is_closed;
}

static int
is_noted(const json_t *use, const char *service, const char *region, int64_t now_ms)
{
	int64_t ago = now_ms - (int64_t)(json_num(use, "Date", 0) * 1000);

	if (ago < USE_NOTED_EVERY_MS)
		return 1;
	/* The same again says little: then once in a quarter of an hour will do. */
	return ago < 15 * USE_NOTED_EVERY_MS &&
	    strcmp(json_str_or(use, "ServiceName", ""), service) == 0 &&
	    strcmp(json_str_or(use, "Region", ""), region) == 0;
}

void
credential_note_use(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct principal *who, const char *service, const char *region)
{
	int is_role = who->kind == PRINCIPAL_SESSION;
	const char *kind = is_role ? "iam:role-use" : "iam:access-key-use";
	const char *id = is_role ? who->name : who->access_key;
	const char *scope = identity_scope(a, who->account);
	int64_t now_ms = env->clock->now_ms(env->clock);
	struct store_txn *own;
	struct err ignored;
	json_t *use;
	int rc = store_get(t, scope, kind, id, &use, &ignored);

	if (rc < 0 || (rc > 0 && is_noted(use, service, region, now_ms)))
		return;
	own = store_begin(env->store, a);
	if (store_edit(own, scope, kind, id, &use, &ignored) <= 0)
		use = json_own(a, json_new_object());
	json_set_num(use, "Date", (double)now_ms / 1000.0);
	json_set_str(use, "ServiceName", service);
	json_set_str(use, "Region", region);
	store_put(own, scope, kind, id, use);
	store_commit(own, &ignored);
}

int
auth_root_key_put(struct store_txn *t, struct arena *a, const char *account,
    struct auth_key *key, struct err *err)
{
	unsigned char entropy[KEYID_ENTROPY];
	json_t *doc = json_own(a, json_new_object()), *old;
	char *id = arena_alloc(a, KEYID_SIZE), *secret = arena_alloc(a, 41);

	assert(strlen(account) == 12);
	if (key->access_key == NULL) {
		random_bytes(entropy, sizeof(entropy));
		keyid_make("AKIA", account, entropy, id);
		key->access_key = id;
	}
	if (key->secret_key == NULL) {
		secret_random(secret);
		key->secret_key = secret;
	}
	if (store_get(t, STORE_SYSTEM, key_index, key->access_key, &old, err) < 0)
		return -1;
	json_set_str(doc, "account", account);
	json_set_str(doc, "access_key", key->access_key);
	json_set_bool(doc, "root", 1);
	json_set_str(doc, "secret", key->secret_key);
	store_put(t, STORE_SYSTEM, key_index, key->access_key, doc);
	return 0;
}

int
auth_root_key_find(const struct auth_env *env, struct store_txn *t, const char *account,
    struct auth_key *ret, struct err *err)
{
	struct store_docs docs;

	if (strcmp(account, env->default_account) == 0) {
		ret->access_key = env->root_access_key;
		ret->secret_key = env->root_secret_key;
		return 1;
	}
	if (store_list(t, STORE_SYSTEM, key_index, &docs, err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *doc = docs.doc[i];

		if (json_bool(doc, "root", 0) &&
		    strcmp(json_str_or(doc, "account", ""), account) == 0) {
			ret->access_key = json_str(doc, "access_key");
			ret->secret_key = json_str(doc, "secret");
			return 1;
		}
	}
	return 0;
}

int
auth_root_key_drop(struct store_txn *t, const char *account, struct err *err)
{
	struct store_docs docs;

	if (store_list(t, STORE_SYSTEM, key_index, &docs, err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "account", ""), account) == 0)
			store_delete(t, STORE_SYSTEM, key_index,
			    json_str_or(docs.doc[i], "access_key", ""));
	}
	return 0;
}
