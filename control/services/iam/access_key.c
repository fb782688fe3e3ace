/*
 * IAM: access keys of users.
 */
#include <string.h>

#include "base/clock.h"
#include "control/iam/keyid.h"
#include "control/services/iam/iam.h"

static const char kind[] = "iam:access-key", key_index[] = "iam:access-key-index";

enum { KEYS_PER_USER = 2 };

/* Keys of a user, as ListAccessKeys shows them; the arena's. */
static json_t *
keys_of(struct call *c, const char *user)
{
	static const char *const members[] = { "UserName", "AccessKeyId", "Status",
		"CreateDate" };
	json_t *rows = json_own(c->arena, json_new_array()), *row;
	struct store_docs keys;

	if (store_list(c->txn, c->scope, kind, &keys, &c->err) < 0)
		return NULL;
	for (size_t i = 0; i < keys.n; i++) {
		if (strcmp(json_str_or(keys.doc[i], "UserName", ""), user) != 0)
			continue;
		row = json_add_object(rows);
		for (size_t k = 0; k < COUNT(members); k++)
			json_set(row, members[k],
			    json_incref(json_get(keys.doc[i], members[k])));
	}
	return rows;
}

/* CreateAccessKey */

static int
create_access_key(struct call *c)
{
	unsigned char entropy[KEYID_ENTROPY];
	char id[KEYID_SIZE], secret[41];
	json_t *user, *keys, *doc, *index;
	const char *name;

	if (iam_user_name(c, &name) < 0 || iam_get(c, &iam_user, name, &user) < 0)
		return -1;
	keys = keys_of(c, name);
	if (keys == NULL)
		return -1;
	if (json_array_size(keys) >= KEYS_PER_USER)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for AccessKeysPerUser: %d", KEYS_PER_USER);
	random_bytes(entropy, sizeof(entropy));
	keyid_make("AKIA", c->account, entropy, id);
	secret_random(secret);
	/* Written without being read: an id that exists is a conflict, and another is drawn. */
	index = json_own(c->arena,
	    json_make("{s:s, s:s}", "account", c->account, "access_key", id));
	store_put(c->txn, STORE_SYSTEM, key_index, id, index);
	doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s}", "UserName", name, "AccessKeyId", id, "Status",
		"Active"));
	json_set(doc, "CreateDate", call_now(c));
	json_set_str(doc, "_secret", secret);
	store_put(c->txn, c->scope, kind, id, doc);

	doc = json_copy_deep(doc);
	json_set_str(doc, "SecretAccessKey", secret);
	out_set(c, "AccessKey", doc);
	return 0;
}

/* ListAccessKeys */

static int
list_access_keys(struct call *c)
{
	const char *name;
	json_t *user, *keys;

	if (iam_user_name(c, &name) < 0 || iam_get(c, &iam_user, name, &user) < 0)
		return -1;
	keys = keys_of(c, name);
	return keys == NULL ? -1 : iam_page(c, keys, "AccessKeyMetadata", "AccessKeyId");
}

static int
no_such_key(struct call *c, const char *id)
{
	return err_set(&c->err, &iam_no_such,
	    "The Access Key with id %s cannot be found.", id);
}

/* The key that the input names, of the user that it names. */
static int
edit_key(struct call *c, json_t **ret)
{
	const char *id = in_str(c, "AccessKeyId"), *name;
	json_t *user;
	int rc;

	if (iam_user_name(c, &name) < 0 || iam_get(c, &iam_user, name, &user) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, kind, id, ret, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(json_str_or(*ret, "UserName", ""), name) != 0)
		return no_such_key(c, id);
	return 0;
}

/* UpdateAccessKey */

static int
update_access_key(struct call *c)
{
	json_t *key;

	if (edit_key(c, &key) < 0)
		return -1;
	json_set_str(key, "Status", in_str(c, "Status"));
	store_put(c->txn, c->scope, kind, in_str(c, "AccessKeyId"), key);
	return 0;
}

/* DeleteAccessKey */

static int
delete_access_key(struct call *c)
{
	const char *id = in_str(c, "AccessKeyId");
	json_t *key;

	if (edit_key(c, &key) < 0)
		return -1;
	store_delete(c->txn, c->scope, kind, id);
	store_delete(c->txn, c->scope, "iam:access-key-use", id);
	store_delete(c->txn, STORE_SYSTEM, key_index, id);
	return 0;
}

/* GetAccessKeyLastUsed */

static int
get_access_key_last_used(struct call *c)
{
	const char *id = in_str(c, "AccessKeyId");
	json_t *key = NULL, *use = NULL, *out;
	int rc = store_get(c->txn, c->scope, kind, id, &key, &c->err);

	if (rc < 0 ||
	    iam_permit(c,
		arena_printf(c->arena, "user/%s", json_str_or(key, "UserName", "*"))) < 0)
		return -1;
	if (rc == 0)
		return no_such_key(c, id);
	if (store_get(c->txn, c->scope, "iam:access-key-use", id, &use, &c->err) < 0)
		return -1;
	out =
	    json_make("{s:s, s:s}", "ServiceName", json_str_or(use, "ServiceName", "N/A"),
		"Region", json_str_or(use, "Region", "N/A"));
	if (use != NULL)
		json_set(out, "LastUsedDate", json_incref(json_get(use, "Date")));
	out_str(c, "UserName", json_str(key, "UserName"));
	out_set(c, "AccessKeyLastUsed", out);
	return 0;
}

static const struct op ops[] = {
	IAM("CreateAccessKey", create_access_key, 0, "Give a user an access key."),
	IAM("DeleteAccessKey", delete_access_key, 0, "Delete an access key."),
	IAM("GetAccessKeyLastUsed", get_access_key_last_used, OP_READ,
	    "Show when and for what a key was used last."),
	IAM("ListAccessKeys", list_access_keys, OP_READ, "List a user's access keys."),
	IAM("UpdateAccessKey", update_access_key, 0, "Switch an access key on or off."),
};
const struct family iam_access_keys = FAMILY(ops, NULL);
