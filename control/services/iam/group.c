/*
 * IAM: groups and who is in them.
 *
 * Membership is kept with the user ("_groups").
 */
#include <string.h>

#include "control/services/iam/iam.h"

enum { GROUPS_PER_USER = 10 };

/* CreateGroup */

static int
create_group(struct call *c)
{
	json_t *doc = iam_new(c, &iam_group, in_str(c, "GroupName"), in_str(c, "Path"));

	if (doc == NULL)
		return -1;
	iam_put(c, &iam_group, doc);
	out_set(c, "Group", iam_show(c, &iam_group, doc, 1));
	return 0;
}

/* The users of a group, as answers show them. */
static json_t *
members(struct call *c, const char *group)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs users;

	if (iam_list(c, &iam_user, &users) < 0)
		return NULL;
	for (size_t i = 0; i < users.n; i++) {
		if (json_has_str(json_get(users.doc[i], "_groups"), group))
			json_add(rows, iam_show(c, &iam_user, users.doc[i], 0));
	}
	return rows;
}

/* GetGroup */

static int
get_group(struct call *c)
{
	const char *name = in_str(c, "GroupName");
	json_t *doc, *rows;

	if (iam_get(c, &iam_group, name, &doc) < 0)
		return -1;
	rows = members(c, name);
	if (rows == NULL)
		return -1;
	out_set(c, "Group", iam_show(c, &iam_group, doc, 1));
	return iam_page(c, rows, "Users", "UserName");
}

static int
list_groups(struct call *c)
{
	return iam_list_all(c, &iam_group);
}

/* UpdateGroup: its members follow a new name */

static int
rename_in_users(struct call *c, const char *from, const char *to)
{
	struct store_docs users;
	json_t *user, *groups;
	const json_t *g;
	size_t k;

	if (iam_list(c, &iam_user, &users) < 0)
		return -1;
	for (size_t i = 0; i < users.n; i++) {
		const char *name = json_str_or(users.doc[i], "UserName", "");

		if (!json_has_str(json_get(users.doc[i], "_groups"), from))
			continue;
		if (store_edit(c->txn, c->scope, iam_user.kind, name, &user, &c->err) < 0)
			return -1;
		groups = json_get(user, "_groups");
		json_array_foreach(groups, k, g) {
			if (strcmp(json_string_value(g), from) == 0)
				break;
		}
		json_array_remove(groups, k);
		json_add_str(groups, to);
		iam_put(c, &iam_user, user);
	}
	return 0;
}

static int
update_group(struct call *c)
{
	return iam_update_names(c, &iam_group, "NewGroupName", rename_in_users);
}

/* DeleteGroup */

static int
delete_group(struct call *c)
{
	const char *name = in_str(c, "GroupName"), *why = NULL;
	json_t *doc, *rows;

	if (iam_get(c, &iam_group, name, &doc) < 0)
		return -1;
	rows = members(c, name);
	if (rows == NULL)
		return -1;
	if (json_array_size(rows) > 0)
		why = "remove users from group";
	else if (json_array_size(json_get(doc, "_attached")) > 0)
		why = "detach all policies";
	else if (json_object_size(json_get(doc, "_inline")) > 0)
		why = "delete policies";
	if (why != NULL)
		return err_set(&c->err, &iam_conflict,
		    "Cannot delete entity, must %s first.", why);
	store_delete(c->txn, c->scope, iam_group.kind, name);
	return 0;
}

/* The group and a copy of the user to write; permission is asked for the group. */
static int
group_and_user(struct call *c, json_t **ret_user)
{
	const char *user = in_str(c, "UserName");
	json_t *group;
	int rc;

	if (iam_get(c, &iam_group, in_str(c, "GroupName"), &group) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, iam_user.kind, user, ret_user, &c->err);
	if (rc == 0)
		return err_set(&c->err, &iam_no_such,
		    "The user with name %s cannot be found.", user);
	return rc < 0 ? -1 : 0;
}

/* AddUserToGroup: again is fine */

static int
add_user_to_group(struct call *c)
{
	const char *group = in_str(c, "GroupName");
	json_t *user, *groups;

	if (group_and_user(c, &user) < 0)
		return -1;
	groups = json_need_array(user, "_groups");
	if (json_has_str(groups, group))
		return 0;
	if (json_array_size(groups) >= GROUPS_PER_USER)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for GroupsPerUser: %d", GROUPS_PER_USER);
	json_add_str(groups, group);
	iam_put(c, &iam_user, user);
	return 0;
}

/* RemoveUserFromGroup */

static int
remove_user_from_group(struct call *c)
{
	const char *group = in_str(c, "GroupName");
	json_t *user, *groups;
	const json_t *g;
	size_t i;

	if (group_and_user(c, &user) < 0)
		return -1;
	groups = json_need_array(user, "_groups");
	json_array_foreach(groups, i, g) {
		if (strcmp(json_string_value(g), group) == 0)
			break;
	}
	if (i < json_array_size(groups)) {
		json_array_remove(groups, i);
		iam_put(c, &iam_user, user);
	}
	return 0;
}

/* ListGroupsForUser */

static int
list_groups_for_user(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array()), *user;
	struct store_docs groups;

	if (iam_get(c, &iam_user, in_str(c, "UserName"), &user) < 0 ||
	    iam_list(c, &iam_group, &groups) < 0)
		return -1;
	for (size_t i = 0; i < groups.n; i++) {
		if (json_has_str(json_get(user, "_groups"),
			json_str_or(groups.doc[i], "GroupName", "")))
			json_add(rows, iam_show(c, &iam_group, groups.doc[i], 0));
	}
	return iam_page(c, rows, "Groups", "GroupName");
}

static const struct op ops[] = {
	IAM("AddUserToGroup", add_user_to_group, 0, "Put a user into a group."),
	IAM("CreateGroup", create_group, 0, "Create a group."),
	IAM("DeleteGroup", delete_group, 0, "Delete an empty group."),
	IAM("GetGroup", get_group, OP_READ, "Show a group and its users."),
	IAM("ListGroups", list_groups, OP_READ, "List groups."),
	IAM("ListGroupsForUser", list_groups_for_user, OP_READ,
	    "List the groups of a user."),
	IAM("RemoveUserFromGroup", remove_user_from_group, 0,
	    "Take a user out of a group."),
	IAM("UpdateGroup", update_group, 0, "Give a group another name or path."),
};
const struct family iam_groups = FAMILY(ops, NULL);
