/*
 * Organizations: the policy that an account has in effect, of those types that are merged.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

static const struct err_kind no_policy = { "EffectivePolicyNotFoundException", 400 };

struct merging {
	const struct org *o;
	const char *type;
	json_t *effective;
	size_t n; /* policies that were merged */
};

static int
merge_node(struct call *c, void *arg, const json_t *node)
{
	struct merging *m = arg;
	json_t *policies;

	if (org_node_policies(c, m->o, node, m->type, &policies) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(policies); i++)
		org_merge(m->effective, json_get(json_array_get(policies, i), "_doc"));
	m->n += json_array_size(policies);
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
	json_t *account, *out, *content;
	struct org o;
	struct merging m = { &o, type, json_own(c->arena, json_new_object()), 0 };

	if (find_target(c, &o, &account) < 0 ||
	    org_each_above(c, &o, account, merge_node, &m) < 0)
		return -1;
	if (m.n == 0)
		return err_set(&c->err, &no_policy,
		    "There is no effective policy of the specified type for the specified "
		    "target.");
	content = json_own(c->arena, org_merge_result(m.effective));
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
