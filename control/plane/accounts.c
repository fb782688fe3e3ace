#include "control/plane/accounts.h"

#include <string.h>

#include "base/clock.h"
#include "control/api/dispatch.h"
#include "control/plane/plane.h"

#define ACCOUNT_KIND "sys:account"

enum { MAX_TRIES = 40 };

static const struct err_kind bad_account = { "InvalidAccount", 400 };
static const struct err_kind exists = { "AccountAlreadyExists", 409 };

static int
is_account(const char *s)
{
	return strlen(s) == 12 && strspn(s, "0123456789") == 12;
}

static void
fail(struct exchange *x, const struct err *err)
{
	reply_error(x, err->kind->status, err->msg);
}

static void
list(struct exchange *x)
{
	const struct env *env = &x->plane->env;
	struct store_txn *t = store_begin(env->store, x->arena);
	json_t *rows = json_own(x->arena, json_new_array());
	struct store_docs docs;
	struct err err;

	if (store_list(t, STORE_SYSTEM, ACCOUNT_KIND, &docs, &err) < 0) {
		fail(x, &err);
		return;
	}
	json_add(rows,
	    json_make("{s:s, s:b}", "accountId", env->settings->default_account,
		"default", 1));
	for (size_t i = 0; i < docs.n; i++)
		json_add(rows,
		    json_make("{s:s, s:b}", "accountId",
			json_str_or(docs.doc[i], "accountId", ""), "default", 0));
	reply_json(x, 200, json_own(x->arena, json_make("{s:O}", "accounts", rows)));
}

/* One try: 1 done, 0 conflict, -1. */
static int
create_once(struct exchange *x, const char *id, struct auth_key *key, struct err *err)
{
	struct store_txn *t = store_begin(x->plane->env.store, x->arena);
	json_t *doc;
	int rc = store_get(t, STORE_SYSTEM, ACCOUNT_KIND, id, &doc, err);

	if (rc < 0)
		return -1;
	if (rc > 0 || strcmp(id, x->plane->env.settings->default_account) == 0)
		return err_set(err, &exists, "account %s exists", id);
	key->access_key = key->secret_key = NULL;
	if (auth_root_key_put(t, x->arena, id, key, err) < 0)
		return -1;
	doc = json_own(x->arena,
	    json_make("{s:s, s:I}", "accountId", id, "created_ms",
		(json_int_t)x->plane->env.clock->now_ms(x->plane->env.clock)));
	store_put(t, STORE_SYSTEM, ACCOUNT_KIND, id, doc);
	return store_commit(t, err);
}

/* The account's own VPC, when it was asked for: as its root would make it. */
static int
make_vpc(struct exchange *x, const char *id, const char *region, const char *cidr,
    struct err *err)
{
	struct call c = {
		.env = &x->plane->env,
		.arena = x->arena,
		.who.kind = PRINCIPAL_ROOT,
		.region = region,
		.source_ip = x->remote,
	};

	memcpy(c.who.account, id, 13);
	c.who.arn = arena_printf(x->arena, "arn:aws:iam::%s:root", id);
	c.in = json_own(x->arena, json_new_object());
	json_set_str(c.in, "CidrBlock", cidr);
	if (dispatch_run(&c, "ec2", cidr != NULL ? "CreateVpc" : "DescribeVpcs") < 0) {
		*err = c.err;
		return -1;
	}
	return 0;
}

static int
read_request(struct exchange *x, json_t **ret, struct err *err)
{
	if (x->request.body_len == 0) {
		*ret = json_own(x->arena, json_new_object());
		return 0;
	}
	if (json_read_in(x->arena, x->request.body, x->request.body_len, ret, err) < 0)
		return -1;
	if (!json_is_object(*ret))
		return err_set(err, &bad_account, "a JSON object is needed");
	return 0;
}

static int
create(struct exchange *x, struct err *err)
{
	const char *id, *region, *cidr;
	struct auth_key key;
	char fresh[13];
	json_t *in;
	int rc = 0;

	if (read_request(x, &in, err) < 0)
		return -1;
	random_text(fresh, 12, "0123456789");
	id = json_str_or(in, "accountId", fresh);
	region = json_str_or(in, "region", "us-east-1");
	cidr = json_str(in, "vpc_cidr");
	if (!is_account(id))
		return err_set(err, &bad_account, "accountId: '%s' is not 12 digits", id);
	if (!region_is_valid(region))
		return err_set(err, &bad_account, "region: '%s' is none", region);
	for (int try = 0; try < MAX_TRIES && rc == 0; try++)
		rc = create_once(x, id, &key, err);
	if (rc <= 0)
		return rc < 0 ? -1 : err_set(err, &err_unavailable, "too many conflicts");
	if ((json_bool(in, "bootstrap", 0) || cidr != NULL) &&
	    make_vpc(x, id, region, cidr, err) < 0)
		return -1;
	reply_json(x, 201,
	    json_own(x->arena,
		json_make("{s:s, s:s, s:s, s:s}", "accountId", id, "accessKeyId",
		    key.access_key, "secretAccessKey", key.secret_key, "region",
		    region)));
	return 0;
}

static int
reset(struct exchange *x, const char *id, struct err *err)
{
	if (store_reset(x->plane->env.store, arena_printf(x->arena, "%s:", id), err) < 0)
		return -1;
	reply_json(x, 200,
	    json_own(x->arena,
		json_make("{s:s, s:s}", "accountId", id, "status", "reset")));
	return 0;
}

static int
drop_once(struct exchange *x, const char *id, struct err *err)
{
	struct store_txn *t = store_begin(x->plane->env.store, x->arena);

	if (auth_root_key_drop(t, id, err) < 0)
		return -1;
	store_delete(t, STORE_SYSTEM, ACCOUNT_KIND, id);
	return store_commit(t, err);
}

static int
drop(struct exchange *x, const char *id, struct err *err)
{
	int rc = 0;

	if (strcmp(id, x->plane->env.settings->default_account) == 0)
		return err_set(err, &bad_account, "the default account stays");
	for (int try = 0; try < MAX_TRIES && rc == 0; try++)
		rc = drop_once(x, id, err);
	if (rc < 0 || reset(x, id, err) < 0)
		return -1;
	x->reply.n_headers = 0;
	x->reply.body = NULL;
	x->reply.status = 204;
	return 0;
}

/* The account of the path ("/_simfra/accounts/{id}[/reset]") exists: 1, 0, -1. */
static int
find(struct exchange *x, const char *id, struct err *err)
{
	struct store_txn *t = store_begin(x->plane->env.store, x->arena);
	json_t *doc;

	if (strcmp(id, x->plane->env.settings->default_account) == 0)
		return 1;
	return store_get(t, STORE_SYSTEM, ACCOUNT_KIND, id, &doc, err);
}

static void
one(struct exchange *x, const char *rest)
{
	const char *id = arena_strndup(x->arena, rest, strcspn(rest, "/"));
	const char *verb = rest + strlen(id), *method = x->request.method;
	struct err err;
	int rc = find(x, id, &err);

	if (rc == 0) {
		reply_error(x, 404, "no such account");
		return;
	}
	if (rc > 0 && strcmp(verb, "/reset") == 0 && strcmp(method, "POST") == 0)
		rc = reset(x, id, &err);
	else if (rc > 0 && *verb == '\0' && strcmp(method, "DELETE") == 0)
		rc = drop(x, id, &err);
	else if (rc > 0)
		reply_error(x, 405, "no such method here");
	if (rc < 0)
		fail(x, &err);
}

void
accounts_answer(struct exchange *x)
{
	const char *rest = x->request.path + strlen("/_simfra/accounts");
	const char *method = x->request.method;
	struct err err;

	if (*rest == '/' && rest[1] != '\0')
		one(x, rest + 1);
	else if (*rest != '\0')
		reply_error(x, 404, "no such path");
	else if (strcmp(method, "GET") == 0)
		list(x);
	else if (strcmp(method, "POST") != 0)
		reply_error(x, 405, "no such method here");
	else if (create(x, &err) < 0)
		fail(x, &err);
}
