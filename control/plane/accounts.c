#include "control/plane/accounts.h"

#include <string.h>

#include "base/clock.h"
#include "control/api/dispatch.h"
#include "control/iam/account.h"
#include "control/plane/plane.h"
#include "control/plane/sweep.h"
#include "control/services/organizations/organizations.h"

enum { MAX_TRIES = 40 };

#define ACCOUNT_KIND "sys:account"

static const struct err_kind bad_account = { "InvalidAccount", 400 };
static const struct err_kind exists = { "AccountAlreadyExists", 409 };

static void
fail(struct exchange *x, const struct err *err)
{
	reply_error(x, err->kind->status, err->msg);
}

/* What a row of the list says; doc is NULL for the default account. */
static json_t *
describe(struct exchange *x, const char *id, const json_t *doc, int is_closed)
{
	const struct env *env = &x->plane->env;
	json_t *v = json_make("{s:s, s:b, s:s}", "accountId", id, "default",
	    strcmp(id, env->settings->default_account) == 0, "status",
	    is_closed ? "SUSPENDED" : "ACTIVE");
	int64_t created_ms = json_int(doc, "created_ms", 0);
	char text[32];

	json_set_str(v, "email", account_email(x->arena, id, doc));
	json_set_str(v, "name", json_str(doc, "name"));
	if (created_ms != 0) {
		clock_iso8601(created_ms, 1, text);
		json_set_str(v, "createdAt", text);
	}
	return v;
}

static int
list(struct exchange *x, struct err *err)
{
	const struct env *env = &x->plane->env;
	struct store_txn *t = store_begin(env->store, x->arena);
	json_t *rows = json_own(x->arena, json_new_array());
	struct store_docs docs;

	if (store_list(t, STORE_SYSTEM, ACCOUNT_KIND, &docs, err) < 0)
		return -1;
	json_add(rows, describe(x, env->settings->default_account, NULL, 0));
	for (size_t i = 0; i < docs.n; i++) {
		const char *id = json_str_or(docs.doc[i], "accountId", "");
		int rc = account_is_closed(t, id, err);

		if (rc < 0)
			return -1;
		json_add(rows, describe(x, id, docs.doc[i], rc));
	}
	reply_json(x, 200, json_own(x->arena, json_make("{s:O}", "accounts", rows)));
	return 0;
}

/* One try: 1 done, 0 conflict, -1. */
static int
create_once(struct exchange *x, const struct account_new *account, struct auth_key *key,
    struct err *err)
{
	struct env *env = &x->plane->env;
	struct store_txn *t = store_begin(env->store, x->arena);
	int rc = account_make(&env->auth, t, x->arena, account, key, err);

	if (rc == 0)
		return err_set(err, &exists, "account %s exists", account->id);
	return rc < 0 ? -1 : store_commit(t, err);
}

/* What is found by a name or key of the account's from anywhere: it goes with the rest. */
static const struct {
	const char *kind, *id_member;
} indexes[] = {
	{ "iam:access-key-index", "access_key" },
	{ "iam:account-alias", "alias" },
	{ "s3:bucket-name", "name" },
};

static int
drop_index(struct store_txn *t, size_t row, const char *account, struct err *err)
{
	const char *kind = indexes[row].kind;
	struct store_docs docs;

	if (store_list(t, STORE_SYSTEM, kind, &docs, err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const char *id = json_str(docs.doc[i], indexes[row].id_member);

		if (id != NULL && !json_bool(docs.doc[i], "root", 0) &&
		    strcmp(json_str_or(docs.doc[i], "account", ""), account) == 0)
			store_delete(t, STORE_SYSTEM, kind, id);
	}
	return 0;
}

/* One try: 1 done, 0 conflict, -1. */
static int
drop_once(struct exchange *x, const char *id, int is_gone, struct err *err)
{
	struct store_txn *t = store_begin(x->plane->env.store, x->arena);

	for (size_t i = 0; i < COUNT(indexes); i++) {
		if (drop_index(t, i, id, err) < 0)
			return -1;
	}
	if (is_gone && account_drop(t, id, err) < 0)
		return -1;
	return store_commit(t, err);
}

/* All that the account has; and with it, when it is gone, the account. */
static int
wipe(struct exchange *x, const char *id, int is_gone, struct err *err)
{
	struct env *env = &x->plane->env;
	int rc = 0;

	if (organizations_forget(env, x->arena, id, is_gone, err) < 0)
		return -1;
	for (int try = 0; try < MAX_TRIES && rc == 0; try++)
		rc = drop_once(x, id, is_gone, err);
	if (rc == 0)
		return err_set(err, &err_unavailable, "too many conflicts");
	if (rc < 0 || store_reset(env->store, arena_printf(x->arena, "%s:", id), err) < 0)
		return -1;
	sweep_soon(x->plane->sweep);
	return 0;
}

/* A call of the new account's root's. */
static int
call_as_root(struct exchange *x, struct env *env, const struct account_new *account,
    const char *region, const char *service, const char *op, json_t *in, struct err *err)
{
	struct call c = {
		.env = env,
		.arena = x->arena,
		.who.kind = PRINCIPAL_ROOT,
		.region = region,
		.source_ip = x->remote,
		.in = in,
	};

	memcpy(c.who.account, account->id, 13);
	c.who.arn = arena_printf(x->arena, "arn:aws:iam::%s:root", account->id);
	c.who.user_id = account->id;
	if (dispatch_run(&c, service, op) == 0)
		return 0;
	*err = c.err;
	return -1;
}

/* What it has from the start, whatever SIMFRA_BOOTSTRAP says; and a VPC, if one was asked for. */
static int
furnish(struct exchange *x, const struct account_new *account, const char *region,
    const json_t *in, struct err *err)
{
	static const char *const touches[][2] = { { "ec2", "DescribeVpcs" },
		{ "iam", "ListRoles" } };
	const char *cidr = json_str(in, "vpc_cidr");
	struct settings settings = *x->plane->env.settings;
	struct env env = x->plane->env;
	json_t *none = json_own(x->arena, json_new_object()), *vpc;

	settings.bootstrap = "standard";
	env.settings = &settings;
	for (size_t i = 0; json_bool(in, "bootstrap", 0) && i < COUNT(touches); i++) {
		if (call_as_root(x, &env, account, region, touches[i][0], touches[i][1],
			none, err) < 0)
			return -1;
	}
	if (cidr == NULL)
		return 0;
	vpc = json_own(x->arena, json_make("{s:s}", "CidrBlock", cidr));
	return call_as_root(x, &x->plane->env, account, region, "ec2", "CreateVpc", vpc,
	    err);
}

static int
read_request(struct exchange *x, json_t **ret, struct err *err)
{
	static const char *const texts[] = { "accountId", "region", "vpc_cidr" };

	*ret = json_own(x->arena, json_new_object());
	if (x->request.body_len == 0)
		return 0;
	if (json_read_in(x->arena, x->request.body, x->request.body_len, ret, err) < 0)
		return -1;
	if (!json_is_object(*ret))
		return err_set(err, &bad_account, "a JSON object is needed");
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (json_get(*ret, texts[i]) != NULL && json_str(*ret, texts[i]) == NULL)
			return err_set(err, &bad_account, "%s: not a string", texts[i]);
	}
	if (json_get(*ret, "bootstrap") != NULL &&
	    !json_is_boolean(json_get(*ret, "bootstrap")))
		return err_set(err, &bad_account, "bootstrap: neither true nor false");
	return 0;
}

static int
create(struct exchange *x, struct err *err)
{
	struct account_new account;
	struct auth_key key;
	struct err ignored;
	const char *region;
	char fresh[13];
	json_t *in;
	int rc = 0;

	if (read_request(x, &in, err) < 0)
		return -1;
	account_random_id(fresh);
	account = (struct account_new){ .id = json_str_or(in, "accountId", fresh) };
	region = json_str_or(in, "region", "us-east-1");
	if (!account_is_id(account.id))
		return err_set(err, &bad_account, "accountId: '%s' is not 12 digits",
		    account.id);
	if (!region_is_valid(region))
		return err_set(err, &bad_account, "region: '%s' is none", region);
	for (int try = 0; try < MAX_TRIES && rc == 0; try++)
		rc = create_once(x, &account, &key, err);
	if (rc <= 0)
		return rc < 0 ? -1 : err_set(err, &err_unavailable, "too many conflicts");
	if (furnish(x, &account, region, in, err) < 0) {
		/* It comes whole or not at all. */
		wipe(x, account.id, 1, &ignored);
		return -1;
	}
	reply_json(x, 201,
	    json_own(x->arena,
		json_make("{s:s, s:s, s:s, s:s}", "accountId", account.id, "accessKeyId",
		    key.access_key, "secretAccessKey", key.secret_key, "region",
		    region)));
	return 0;
}

static int
reset(struct exchange *x, const char *id, struct err *err)
{
	if (wipe(x, id, 0, err) < 0 ||
	    organizations_restore(&x->plane->env, x->arena, id, err) < 0)
		return -1;
	reply_json(x, 200,
	    json_own(x->arena,
		json_make("{s:s, s:s}", "accountId", id, "status", "reset")));
	return 0;
}

static int
drop(struct exchange *x, const char *id, struct err *err)
{
	if (strcmp(id, x->plane->env.settings->default_account) == 0)
		return err_set(err, &bad_account, "the default account stays");
	if (wipe(x, id, 1, err) < 0)
		return -1;
	x->reply.status = 204;
	return 0;
}

/* GET …/{id}: its root's key pair, too, for whoever has lost it. */
static int
show(struct exchange *x, const char *id, struct err *err)
{
	struct env *env = &x->plane->env;
	struct store_txn *t = store_begin(env->store, x->arena);
	json_t *doc, *v;
	struct auth_key key;
	int rc = account_find(&env->auth, t, id, &doc, err), is_closed;

	if (rc <= 0)
		return rc;
	is_closed = account_is_closed(t, id, err);
	rc = auth_root_key_find(&env->auth, t, id, &key, err);
	if (rc < 0 || is_closed < 0)
		return -1;
	v = json_own(x->arena, describe(x, id, doc, is_closed));
	if (rc > 0) {
		json_set_str(v, "accessKeyId", key.access_key);
		json_set_str(v, "secretAccessKey", key.secret_key);
	}
	reply_json(x, 200, v);
	return 1;
}

static const struct {
	const char *verb, *method;
	int (*answer)(struct exchange *x, const char *id, struct err *err);
} verbs[] = {
	{ "", "GET", show },
	{ "", "DELETE", drop },
	{ "/reset", "POST", reset },
};

/* An account's own path: "/_simfra/accounts/{id}[/reset]". */
static int
one(struct exchange *x, const char *rest, struct err *err)
{
	const struct env *env = &x->plane->env;
	struct store_txn *t = store_begin(env->store, x->arena);
	const char *id = arena_strndup(x->arena, rest, strcspn(rest, "/"));
	int is_path = 0, rc;
	json_t *doc;

	for (size_t i = 0; i < COUNT(verbs); i++) {
		if (strcmp(rest + strlen(id), verbs[i].verb) != 0)
			continue;
		is_path = 1;
		if (strcmp(x->request.method, verbs[i].method) != 0)
			continue;
		rc = account_find(&env->auth, t, id, &doc, err);
		if (rc > 0)
			return verbs[i].answer(x, id, err);
		if (rc == 0)
			reply_error(x, 404, "no such account");
		return rc;
	}
	if (is_path)
		reply_error(x, 405, "no such method here");
	else
		reply_error(x, 404, "no such path");
	return 0;
}

void
accounts_answer(struct exchange *x)
{
	const char *rest = x->request.path + strlen("/_simfra/accounts");
	const char *method = x->request.method;
	struct err err;
	int rc = 0;

	if (*rest == '/' && rest[1] != '\0')
		rc = one(x, rest + 1, &err);
	else if (*rest != '\0')
		reply_error(x, 404, "no such path");
	else if (strcmp(method, "GET") == 0)
		rc = list(x, &err);
	else if (strcmp(method, "POST") == 0)
		rc = create(x, &err);
	else
		reply_error(x, 405, "no such method here");
	if (rc < 0)
		fail(x, &err);
}
