/*
 * IAM: versions of managed policies.
 */
#include <string.h>

#include "control/iam/managed_policies.h"
#include "control/services/iam/iam.h"
#include "control/services/iam/managed_policy.h"

/* Those of a policy that iam_get_policy() found; AWS's have one. */
static json_t *
versions_of(struct call *c, json_t *policy)
{
	const struct managed_policy *m = managed_policy_find(json_str(policy, "Arn"));
	json_t *versions = json_get(policy, "_versions"), *v;

	if (m == NULL)
		return versions;
	versions = json_own(c->arena, json_new_array());
	v = json_add_object(versions);
	json_set_str(v, "VersionId", m->version);
	json_set_str(v, "text", m->text);
	json_set(v, "CreateDate", json_incref(json_get(policy, "CreateDate")));
	return versions;
}

static json_t *
find_version(const json_t *versions, const char *id, size_t *ret_at)
{
	json_t *v;
	size_t i;

	json_array_foreach(versions, i, v) {
		if (strcmp(json_str_or(v, "VersionId", ""), id) == 0) {
			if (ret_at != NULL)
				*ret_at = i;
			return v;
		}
	}
	return NULL;
}

static int
no_such_version(struct call *c, const char *arn, const char *id)
{
	return err_set(&c->err, &iam_no_such,
	    "Policy %.300s version %s does not exist or is not attachable.", arn, id);
}

static json_t *
show(struct call *c, const json_t *policy, const json_t *v, int with_document)
{
	const char *id = json_str(v, "VersionId");
	json_t *out = json_make("{s:s}", "VersionId", id);

	json_set(out, "CreateDate", json_incref(json_get(v, "CreateDate")));
	json_set_bool(out, "IsDefaultVersion",
	    strcmp(id, json_str_or(policy, "DefaultVersionId", "")) == 0);
	if (with_document)
		json_set_str(out, "Document", iam_encode(c, json_str(v, "text")));
	return out;
}

/* A policy of the account's own, to be written. */
static int
edit(struct call *c, json_t **ret)
{
	const char *arn = in_str(c, "PolicyArn");

	if (managed_policy_find(arn) != NULL)
		return err_set(&c->err, &iam_unmodifiable,
		    "Cannot change a policy that is managed by AWS.");
	return iam_edit(c, &iam_policy, arn, ret);
}

static void
set_default(struct call *c, json_t *policy, const char *id, const json_t *doc)
{
	json_set_str(policy, "DefaultVersionId", id);
	json_set(policy, "_doc", json_copy_deep(doc));
	json_set(policy, "UpdateDate", call_now(c));
}

/* CreatePolicyVersion */

static int
create_policy_version(struct call *c)
{
	const char *text = in_str(c, "PolicyDocument"), *id;
	json_t *policy, *doc, *versions, *v;

	if (edit(c, &policy) < 0 || iam_check_policy_text(c, text, &doc) < 0)
		return -1;
	versions = json_need_array(policy, "_versions");
	if (json_array_size(versions) >= IAM_POLICY_VERSIONS)
		return err_set(&c->err, &iam_limit,
		    "A managed policy can have up to %d versions. Before you create a new version, "
		    "you must delete an existing version.",
		    IAM_POLICY_VERSIONS);
	id = arena_printf(c->arena, "v%lld", (long long)json_int(policy, "_next", 2));
	json_set_int(policy, "_next", json_int(policy, "_next", 2) + 1);
	v = json_add_object(versions);
	json_set_str(v, "VersionId", id);
	json_set_str(v, "text", text);
	json_set(v, "CreateDate", call_now(c));
	if (in_bool(c, "SetAsDefault", 0))
		set_default(c, policy, id, doc);
	iam_put(c, &iam_policy, policy);
	out_set(c, "PolicyVersion", show(c, policy, v, 0));
	return 0;
}

/* GetPolicyVersion */

static int
get_policy_version(struct call *c)
{
	const char *id = in_str(c, "VersionId");
	json_t *policy, *v;

	if (iam_get_policy(c, &policy) < 0)
		return -1;
	v = find_version(versions_of(c, policy), id, NULL);
	if (v == NULL)
		return no_such_version(c, in_str(c, "PolicyArn"), id);
	out_set(c, "PolicyVersion", show(c, policy, v, 1));
	return 0;
}

/* ListPolicyVersions: newest first */

static int
list_policy_versions(struct call *c)
{
	json_t *policy, *versions, *rows = json_new_array();

	json_own(c->arena, rows);
	if (iam_get_policy(c, &policy) < 0)
		return -1;
	versions = versions_of(c, policy);
	for (size_t i = json_array_size(versions); i-- > 0;)
		json_add(rows, show(c, policy, json_array_get(versions, i), 0));
	out_ref(c, "Versions", rows);
	out_bool(c, "IsTruncated", 0);
	return 0;
}

/* SetDefaultPolicyVersion */

static int
set_default_policy_version(struct call *c)
{
	const char *id = in_str(c, "VersionId");
	json_t *policy, *v, *doc;

	if (edit(c, &policy) < 0)
		return -1;
	v = find_version(json_get(policy, "_versions"), id, NULL);
	if (v == NULL)
		return no_such_version(c, in_str(c, "PolicyArn"), id);
	if (policy_parse(c->arena, json_str(v, "text"), POLICY_IDENTITY, &doc, &c->err) <
	    0)
		return -1;
	set_default(c, policy, id, doc);
	iam_put(c, &iam_policy, policy);
	return 0;
}

/* DeletePolicyVersion */

static int
delete_policy_version(struct call *c)
{
	const char *id = in_str(c, "VersionId");
	json_t *policy;
	size_t at;

	if (edit(c, &policy) < 0)
		return -1;
	if (find_version(json_get(policy, "_versions"), id, &at) == NULL)
		return no_such_version(c, in_str(c, "PolicyArn"), id);
	if (strcmp(id, json_str_or(policy, "DefaultVersionId", "")) == 0)
		return err_set(&c->err, &iam_conflict,
		    "Cannot delete the default version of a policy.");
	json_array_remove(json_get(policy, "_versions"), at);
	iam_put(c, &iam_policy, policy);
	return 0;
}

static const struct op ops[] = {
	IAM("CreatePolicyVersion", create_policy_version, 0,
	    "Add a version to a managed policy."),
	IAM("DeletePolicyVersion", delete_policy_version, 0,
	    "Delete a version that is not the default."),
	IAM("GetPolicyVersion", get_policy_version, OP_READ,
	    "Show a version with its document."),
	IAM("ListPolicyVersions", list_policy_versions, OP_READ,
	    "List the versions of a managed policy."),
	IAM("SetDefaultPolicyVersion", set_default_policy_version, 0,
	    "Put a version in force."),
};
const struct family iam_policy_versions = FAMILY(ops, NULL);
