/*
 * IAM: login profiles, which are users' passwords.
 *
 * A document has UserName, CreateDate, PasswordResetRequired, _changed and _passwords (password_policy.c).  There is no
 * console here, so nobody signs in; that the rules are obeyed can be seen all the same.
 */
#include <string.h>

#include "control/services/iam/owned.h"
#include "control/services/iam/password_policy.h"

static const struct err_kind denied = { "AccessDenied", 403 };
static const struct err_kind bad_user_type = { "InvalidUserType", 400 };

static int
missing(struct call *c, const char *user)
{
	return err_set(&c->err, &iam_no_such,
	    "Login Profile for User %s cannot be found.", user);
}

static int
edit_profile(struct call *c, const char *user, json_t **ret)
{
	json_t *ignored;
	int rc;

	if (iam_get(c, &iam_user, user, &ignored) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, iam_login_profile.kind, user, ret, &c->err);
	if (rc == 0)
		return missing(c, user);
	return rc < 0 ? -1 : 0;
}

static void
show(struct call *c, const json_t *doc)
{
	json_t *row = json_make("{s:s}", "UserName", json_str(doc, "UserName"));

	json_set(row, "CreateDate", json_incref(json_get(doc, "CreateDate")));
	json_set_bool(row, "PasswordResetRequired",
	    json_bool(doc, "PasswordResetRequired", 0));
	out_set(c, "LoginProfile", row);
}

/* CreateLoginProfile: without a password it is for a call by the user himself, later */

static int
create_profile(struct call *c)
{
	const char *user, *password = in_str(c, "Password");
	json_t *ignored, *doc;
	int rc;

	if (iam_user_name(c, &user) < 0 || iam_get(c, &iam_user, user, &ignored) < 0)
		return -1;
	rc = store_get(c->txn, c->scope, iam_login_profile.kind, user, &doc, &c->err);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &iam_exists,
				    "Login Profile for user %s already exists.", user);
	if (password == NULL)
		return err_set(&c->err, &iam_invalid,
		    "1 validation error detected: Value null at 'password' failed to satisfy "
		    "constraint: Member must not be null");
	doc = json_own(c->arena, json_make("{s:s}", "UserName", user));
	json_set(doc, "CreateDate", call_now(c));
	json_set_bool(doc, "PasswordResetRequired",
	    in_bool(c, "PasswordResetRequired", 0));
	if (password_set(c, doc, password) < 0)
		return -1;
	store_put(c->txn, c->scope, iam_login_profile.kind, user, doc);
	show(c, doc);
	return 0;
}

static int
get_profile(struct call *c)
{
	const char *user;
	json_t *doc;

	if (iam_user_name(c, &user) < 0 || edit_profile(c, user, &doc) < 0)
		return -1;
	show(c, doc);
	return 0;
}

static int
update_profile(struct call *c)
{
	const char *user = in_str(c, "UserName"), *password = in_str(c, "Password");
	json_t *doc;

	if (edit_profile(c, user, &doc) < 0 ||
	    (password != NULL && password_set(c, doc, password) < 0))
		return -1;
	if (in_has(c, "PasswordResetRequired"))
		json_set_bool(doc, "PasswordResetRequired",
		    in_bool(c, "PasswordResetRequired", 0));
	store_put(c->txn, c->scope, iam_login_profile.kind, user, doc);
	return 0;
}

static int
delete_profile(struct call *c)
{
	const char *user;
	json_t *doc;

	if (iam_user_name(c, &user) < 0 || edit_profile(c, user, &doc) < 0)
		return -1;
	store_delete(c->txn, c->scope, iam_login_profile.kind, user);
	return 0;
}

/* ChangePassword: by a user, of his own; the account's policy may let all users */

static int
change_password(struct call *c)
{
	json_t *policy = NULL, *doc, *user;
	int rc;

	if (c->who.kind != PRINCIPAL_USER)
		return err_set(&c->err, &bad_user_type,
		    "Only IAM Users can change their own password");
	rc = password_policy(c, &policy);
	if (rc < 0 || iam_find(c, &iam_user, c->who.name, &user) < 0)
		return -1;
	if (!password_may_change(policy) &&
	    iam_permit(c,
		arena_printf(c->arena, "user%s%s", json_str_or(user, "Path", "/"),
		    c->who.name)) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, iam_login_profile.kind, c->who.name, &doc,
	    &c->err);
	if (rc <= 0)
		return rc < 0 ? -1 : missing(c, c->who.name);
	if (json_bool(policy, "HardExpiry", 0) &&
	    json_num(doc, "_changed", 0) +
		    86400.0 * (double)json_int(policy, "MaxPasswordAge", 1095) <
		(double)c->now_ms / 1000.0)
		return err_set(&c->err, &denied,
		    "The password has expired; an administrator must set a new one.");
	if (!password_is(doc, in_str(c, "OldPassword")))
		return err_set(&c->err, &denied, "The old password was incorrect.");
	if (password_set(c, doc, in_str(c, "NewPassword")) < 0)
		return -1;
	json_set_bool(doc, "PasswordResetRequired", 0);
	store_put(c->txn, c->scope, iam_login_profile.kind, c->who.name, doc);
	return 0;
}

static const struct op ops[] = {
	IAM("ChangePassword", change_password, 0, "Change the caller's own password."),
	IAM("CreateLoginProfile", create_profile, 0, "Give a user a password."),
	IAM("DeleteLoginProfile", delete_profile, 0, "Take a user's password away."),
	IAM("GetLoginProfile", get_profile, OP_READ,
	    "Show whether a user has a password."),
	IAM("UpdateLoginProfile", update_profile, 0, "Change a user's password."),
};
const struct family iam_login_profiles = FAMILY(ops, NULL);
