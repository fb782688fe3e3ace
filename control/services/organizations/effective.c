/*
 * Organizations: the policy that an account has in effect, of those types that are merged.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

static const struct err_kind no_policy = { "EffectivePolicyNotFoundException", 400 };

/* Merges what the node has of the type; *n counts them. */
static int
merge_node(struct call *c, const struct org *o, const json_t *node, const char *type,
    json_t *effective, size_t *n)
{
	const json_t *id;
	json_t *policy;
	size_t i;

	json_array_foreach(json_get(node, "_policies"), i, id) {
		int rc = org_policy_find(c, o, json_string_value(id), &policy);

		if (rc < 0)
			return -1;
		if (rc == 0 || strcmp(json_str(policy, "Type"), type) != 0)
			continue;
		org_merge(effective, json_get(policy, "_doc"));
		(*n)++;
	}
	return 0;
}

static int
merge_path(struct call *c, const struct org *o, const json_t *account, const char *type,
    json_t *effective, size_t *n)
{
	char *path = arena_strdup(c->arena, json_str(account, "_path")), *save = NULL;
	json_t *node;

	strtok_r(path, "/", &save); /* the organization */
	for (char *id = strtok_r(NULL, "/", &save); id != NULL;
	     id = strtok_r(NULL, "/", &save)) {
		int rc = org_node_find(c, o, id, &node);

		if (rc < 0 || (rc > 0 && merge_node(c, o, node, type, effective, n) < 0))
			return -1;
	}
	return 0;
}

/* The account that is asked about: one's own, or any for those who may read all. */
static int
find_target(struct call *c, struct org *o, json_t **ret)
{
	const char *target = in_str(c, "TargetId");
	int rc;

	if (target == NULL || strcmp(target, c->account) == 0) {
		if (org_open(c, ORG_MEMBER, NULL, o) < 0)
			return -1;
		target = c->account;
	} else if (org_open(c, ORG_READER, target, o) < 0) {
		return -1;
	}
	rc = org_node_find(c, o, target, ret);
	if (rc <= 0)
		return rc < 0 ? -1 : org_missing(c, ORG_NO_TARGET);
	return org_is_account(*ret) ? 0 : org_invalid(c, "TARGET_NOT_SUPPORTED");
}

static int
describe_effective_policy(struct call *c)
{
	const char *type = in_str(c, "PolicyType");
	json_t *effective = json_own(c->arena, json_new_object()), *account, *out,
	       *content;
	size_t n = 0;
	struct org o;

	if (find_target(c, &o, &account) < 0 ||
	    merge_path(c, &o, account, type, effective, &n) < 0)
		return -1;
	if (n == 0)
		return err_set(&c->err, &no_policy,
		    "There is no effective policy of the specified type for the specified "
		    "target.");
	content = json_own(c->arena, org_merge_result(effective));
	out = json_own(c->arena, json_new_object());
	json_set_str(out, "PolicyContent", json_text(c->arena, content));
	json_set(out, "LastUpdatedTimestamp", json_incref(json_get(o.doc, "_changed")));
	json_set_str(out, "TargetId", json_str(account, "Id"));
	json_set_str(out, "PolicyType", type);
	out_ref(c, "EffectivePolicy", out);
	return 0;
}

static const struct op ops[] = {
	ORG("DescribeEffectivePolicy", describe_effective_policy, OP_READ,
	    "Show what the policies of a type are together for an account."),
};
const struct family org_effective = FAMILY(ops, NULL);
