/*
 * EC2: the rules of all security groups, one by one.
 *
 * Not emulated yet: ModifySecurityGroupRules, tags of a rule but those it is made with.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/ec2.h"

static const struct err_kind not_found = { "InvalidSecurityGroupRuleId.NotFound", 400 };
static const struct err_kind malformed = { "InvalidSecurityGroupRuleId.Malformed", 400 };

static const struct filter filters[] = {
	{ "group-id", "GroupId" },
	{ "security-group-rule-id", "SecurityGroupRuleId" },
	{ NULL, NULL },
};

/* They are kept in their groups: no document is of this kind. */
static const struct resource rule_resource = {
	.service = "ec2",
	.kind = "ec2:security-group-rule",
	.type = "security-group-rule",
	.prefix = "sgr-",
	.id_member = "SecurityGroupRuleId",
	.list_member = "SecurityGroupRules",
	.ids_member = "SecurityGroupRuleIds",
	.noun = "security group rule ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
};

static int
by_id(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;

	return strcmp(resource_id(&rule_resource, *x), resource_id(&rule_resource, *y));
}

static int
describe(struct call *c)
{
	struct store_docs groups, rules;
	size_t n = 0, k;
	json_t **rows, *rule, *out;

	if (resource_list(c, &ec2_security_group, &groups) < 0)
		return -1;
	for (size_t i = 0; i < groups.n; i++)
		n += json_array_size(json_get(groups.doc[i], "_rules"));
	rows = arena_calloc(c->arena, n + 1, sizeof(json_t *));
	n = 0;
	for (size_t i = 0; i < groups.n; i++) {
		json_array_foreach(json_get(groups.doc[i], "_rules"), k, rule) {
			rows[n++] = rule;
		}
	}
	qsort(rows, n, sizeof(rows[0]), by_id);
	rules.n = n;
	rules.doc = rows;
	if (resource_select(c, &rule_resource, &rules, &out) < 0 ||
	    resource_page(c, &rule_resource, out) < 0)
		return -1;
	out_ref(c, "SecurityGroupRules", out);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeSecurityGroupRules", describe, OP_READ, &rule_resource, NULL,
	    "List rules of security groups."),
};
const struct family ec2_security_group_rules = FAMILY(ops, NULL);
