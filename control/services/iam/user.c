/*
 * IAM: users.
 */
#include <string.h>

#include "control/services/iam/iam.h"

/* CreateUser */

static int
create_user(struct call *c)
{
	json_t *doc = iam_new(c, &iam_user, in_str(c, "UserName"), in_str(c, "Path"));

	if (doc == NULL || iam_set_boundary(c, doc) < 0)
		return -1;
	iam_put(c, &iam_user, doc);
	out_set(c, "User", iam_show(c, &iam_user, doc, 1));
	return 0;
}

/* GetUser; root has no document */

static int
get_user(struct call *c)
{
	const char *name;
	json_t *doc;

	if (in_str(c, "UserName") == NULL && c->who.kind == PRINCIPAL_ROOT) {
		out_set(c, "User",
		    json_make("{s:s, s:s, s:s, s:f}", "Path", "/", "UserId", c->account,
			"Arn", c->who.arn, "CreateDate", 0.0));
		return 0;
	}
	if (iam_user_name(c, &name) < 0 || iam_get(c, &iam_user, name, &doc) < 0)
		return -1;
	out_set(c, "User", iam_show(c, &iam_user, doc, 1));
	return 0;
}

static int
list_users(struct call *c)
{
	return iam_list_all(c, &iam_user);
}

/* UpdateUser: its keys follow a new name */

static int
rename_keys(struct call *c, const char *from, const char *to)
{
	struct store_docs keys;
	json_t *key;

	if (store_list(c->txn, c->scope, "iam:access-key", &keys, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		const char *id = json_str_or(keys.doc[i], "AccessKeyId", "");

		if (strcmp(json_str_or(keys.doc[i], "UserName", ""), from) != 0)
			continue;
		if (store_edit(c->txn, c->scope, "iam:access-key", id, &key, &c->err) < 0)
			return -1;
		json_set_str(key, "UserName", to);
		store_put(c->txn, c->scope, "iam:access-key", id, key);
	}
	return 0;
}

static int
update_user(struct call *c)
{
	const char *name = in_str(c, "UserName"), *new_name = in_str(c, "NewUserName");
	const char *path = in_str(c, "NewPath");
	json_t *doc, *other;
	int rc = 0;

	if (iam_edit(c, &iam_user, name, &doc) < 0)
		return -1;
	if (new_name != NULL && strcmp(new_name, name) != 0) {
		rc = iam_find(c, &iam_user, new_name, &other);
		if (rc > 0)
			return err_set(&c->err, &iam_exists,
			    "User with name %s already exists.", new_name);
		if (rc < 0 || rename_keys(c, name, new_name) < 0)
			return -1;
		store_delete(c->txn, c->scope, iam_user.kind, name);
		json_set_str(doc, "UserName", new_name);
	}
	if (path != NULL)
		json_set_str(doc, "Path", path);
	json_set_str(doc, "Arn",
	    call_arn(c,
		arena_printf(c->arena, "user%s%s", json_str(doc, "Path"),
		    json_str(doc, "UserName"))));
	iam_put(c, &iam_user, doc);
	return 0;
}

/* DeleteUser */

static int
has_keys(struct call *c, const char *name)
{
	struct store_docs keys;

	if (store_list(c->txn, c->scope, "iam:access-key", &keys, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		if (strcmp(json_str_or(keys.doc[i], "UserName", ""), name) == 0)
			return 1;
	}
	return 0;
}

static int
delete_user(struct call *c)
{
	const char *name = in_str(c, "UserName"), *why = NULL;
	json_t *doc;
	int rc;

	if (iam_get(c, &iam_user, name, &doc) < 0)
		return -1;
	rc = has_keys(c, name);
	if (rc < 0)
		return -1;
	if (json_array_size(json_get(doc, "_attached")) > 0)
		why = "detach all policies";
	else if (json_object_size(json_get(doc, "_inline")) > 0)
		why = "delete policies";
	else if (json_array_size(json_get(doc, "_groups")) > 0)
		why = "remove users from group";
	else if (rc > 0)
		why = "delete access keys";
	if (why != NULL)
		return err_set(&c->err, &iam_conflict,
		    "Cannot delete entity, must %s first.", why);
	store_delete(c->txn, c->scope, iam_user.kind, name);
	return 0;
}

static const struct op ops[] = {
	IAM("CreateUser", create_user, 0, "Create a user."),
	IAM("DeleteUser", delete_user, 0, "Delete a user that has nothing left."),
	IAM("GetUser", get_user, OP_READ, "Show a user, or the caller."),
	IAM("ListUsers", list_users, OP_READ, "List users."),
	IAM("UpdateUser", update_user, 0, "Give a user another name or path."),
};
const struct family iam_users = FAMILY(ops, NULL);
