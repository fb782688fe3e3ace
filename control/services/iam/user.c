/*
 * IAM: users.
 */
#include <string.h>

#include "control/services/iam/owned.h"

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
update_user(struct call *c)
{
	return iam_update_names(c, &iam_user, "NewUserName", iam_owned_rename);
}

/* DeleteUser */

static int
delete_user(struct call *c)
{
	const char *name = in_str(c, "UserName"), *why = NULL;
	const char *left;
	json_t *doc;

	if (iam_get(c, &iam_user, name, &doc) < 0 || iam_owned_left(c, name, &left) < 0)
		return -1;
	if (json_array_size(json_get(doc, "_attached")) > 0)
		why = "detach all policies";
	else if (json_object_size(json_get(doc, "_inline")) > 0)
		why = "delete policies";
	else if (json_array_size(json_get(doc, "_groups")) > 0)
		why = "remove users from group";
	else
		why = left;
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
