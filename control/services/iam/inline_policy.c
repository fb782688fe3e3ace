/*
 * IAM: policies that are written into a user, a group or a role.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/iam/iam.h"

static int
no_such_policy(struct call *c, const struct iam_entity *e, const char *name)
{
	return err_set(&c->err, &iam_no_such,
	    "The %s policy with name %s cannot be found.", e->noun, name);
}

/* Of all but the one that is about to be replaced. */
static size_t
inline_size(const json_t *doc, const char *but)
{
	const char *name;
	size_t n = 0;
	json_t *p;

	json_object_foreach(json_get(doc, "_inline"), name, p) {
		if (strcmp(name, but) != 0)
			n += policy_size(json_str_or(p, "text", ""));
	}
	return n;
}

/* PutUserPolicy, PutGroupPolicy, PutRolePolicy */

static int
put_policy(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	const char *owner = in_str(c, e->name_member), *name = in_str(c, "PolicyName");
	const char *text = in_str(c, "PolicyDocument");
	json_t *doc, *policy, *kept;

	if (iam_edit(c, e, owner, &doc) < 0 ||
	    policy_parse(c->arena, text, POLICY_IDENTITY, &policy, &c->err) < 0)
		return -1;
	if (inline_size(doc, name) + policy_size(text) > e->inline_limit)
		return err_set(&c->err, &iam_limit,
		    "Maximum policy size of %zu bytes exceeded for %s %s",
		    e->inline_limit, e->noun, owner);
	kept = json_new_object();
	json_set_str(kept, "text", text);
	json_set(kept, "doc", json_incref(policy));
	json_set(json_need_object(doc, "_inline"), name, kept);
	iam_put(c, e, doc);
	return 0;
}

/* GetUserPolicy, GetGroupPolicy, GetRolePolicy */

static int
get_policy(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	const char *owner = in_str(c, e->name_member), *name = in_str(c, "PolicyName");
	const json_t *kept;
	json_t *doc;

	if (iam_get(c, e, owner, &doc) < 0)
		return -1;
	kept = json_get(json_get(doc, "_inline"), name);
	if (kept == NULL)
		return no_such_policy(c, e, name);
	out_str(c, e->name_member, owner);
	out_str(c, "PolicyName", name);
	out_str(c, "PolicyDocument", iam_encode(c, json_str(kept, "text")));
	return 0;
}

/* ListUserPolicies, ListGroupPolicies, ListRolePolicies */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
list_policies(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	json_t *rows = json_own(c->arena, json_new_array()), *doc, *p;
	const char *name, **names;
	size_t n = 0;

	if (iam_get(c, e, in_str(c, e->name_member), &doc) < 0)
		return -1;
	names = arena_calloc(c->arena, json_object_size(json_get(doc, "_inline")) + 1,
	    sizeof(*names));
	json_object_foreach(json_get(doc, "_inline"), name, p)
		names[n++] = name;
	qsort(names, n, sizeof(*names), by_text);
	for (size_t i = 0; i < n; i++)
		json_add_str(rows, names[i]);
	return iam_page(c, rows, "PolicyNames", NULL);
}

/* DeleteUserPolicy, DeleteGroupPolicy, DeleteRolePolicy */

static int
delete_policy(struct call *c)
{
	const struct iam_entity *e = iam_entity_of(c);
	const char *name = in_str(c, "PolicyName");
	json_t *doc, *all;

	if (iam_edit(c, e, in_str(c, e->name_member), &doc) < 0)
		return -1;
	all = json_need_object(doc, "_inline");
	if (json_get(all, name) == NULL)
		return no_such_policy(c, e, name);
	json_del(all, name);
	iam_put(c, e, doc);
	return 0;
}

static const struct op ops[] = {
	IAM("DeleteGroupPolicy", delete_policy, 0,
	    "Delete a policy written into a group."),
	IAM("DeleteRolePolicy", delete_policy, 0, "Delete a policy written into a role."),
	IAM("DeleteUserPolicy", delete_policy, 0, "Delete a policy written into a user."),
	IAM("GetGroupPolicy", get_policy, OP_READ, "Show a policy written into a group."),
	IAM("GetRolePolicy", get_policy, OP_READ, "Show a policy written into a role."),
	IAM("GetUserPolicy", get_policy, OP_READ, "Show a policy written into a user."),
	IAM("ListGroupPolicies", list_policies, OP_READ,
	    "List the policies written into a group."),
	IAM("ListRolePolicies", list_policies, OP_READ,
	    "List the policies written into a role."),
	IAM("ListUserPolicies", list_policies, OP_READ,
	    "List the policies written into a user."),
	IAM("PutGroupPolicy", put_policy, 0, "Write a policy into a group."),
	IAM("PutRolePolicy", put_policy, 0, "Write a policy into a role."),
	IAM("PutUserPolicy", put_policy, 0, "Write a policy into a user."),
};
const struct family iam_inline = FAMILY(ops, NULL);
