/*
 * EC2: the rules of all security groups, one by one: listed, changed, described.
 */
#include <string.h>

#include "control/services/ec2/network/security_rule.h"

static const struct err_kind not_found = { "InvalidSecurityGroupRuleId.NotFound", 400 };
static const struct err_kind malformed = { "InvalidSecurityGroupRuleId.Malformed", 400 };
static const struct err_kind rule_not_found = { "InvalidPermission.NotFound", 400 };
static const struct err_kind rule_duplicate = { "InvalidPermission.Duplicate", 400 };

static const struct filter filters[] = {
	{ "group-id", "GroupId" },
	{ "security-group-rule-id", "SecurityGroupRuleId" },
	{ NULL, NULL },
};

const struct resource ec2_security_group_rule = {
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

/* ModifySecurityGroupRules */

/* The new rule as a permission with one peer. */
static json_t *
permission_of(struct call *c, const json_t *asked)
{
	static const struct {
		const char *member, *list, *as;
	} rows[] = { { "CidrIpv4", "IpRanges", "CidrIp" },
		{ "CidrIpv6", "Ipv6Ranges", "CidrIpv6" },
		{ "PrefixListId", "PrefixListIds", "PrefixListId" },
		{ "ReferencedGroupId", "UserIdGroupPairs", "GroupId" } };
	static const char *const same[] = { "IpProtocol", "FromPort", "ToPort" };
	json_t *p = json_own(c->arena, json_new_object()), *peer;

	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(asked, same[i]) != NULL)
			json_set(p, same[i], json_incref(json_get(asked, same[i])));
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (json_str(asked, rows[i].member) == NULL)
			continue;
		peer = json_add_object(json_need_array(p, rows[i].list));
		json_set_str(peer, rows[i].as, json_str(asked, rows[i].member));
		json_set_str(peer, "Description", json_str(asked, "Description"));
	}
	return p;
}

/* The members of the new rule take the place of the old ones. */
static void
replace(json_t *rule, json_t *with)
{
	static const char *const members[] = { "IpProtocol", "FromPort", "ToPort",
		"CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupInfo",
		"Description" };

	for (size_t i = 0; i < COUNT(members); i++) {
		json_t *v = json_get(with, members[i]);

		json_del(rule, members[i]);
		if (v != NULL)
			json_set(rule, members[i], json_incref(v));
	}
}

static int
modify_one(struct call *c, json_t *group, const json_t *update)
{
	const json_t *asked = json_get(update, "SecurityGroupRule");
	json_t *rule = security_rule_get(c, group,
		   json_str_or(update, "SecurityGroupRuleId", "")),
	       *list = json_own(c->arena, json_new_array()), *rows, *same;

	if (rule == NULL)
		return -1;
	if (asked == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter securityGroupRule");
	json_add(list, json_incref(permission_of(c, asked)));
	if (security_permissions_read(c, group, list, json_bool(rule, "IsEgress", 0),
		&rows) < 0)
		return -1;
	if (json_array_size(rows) != 1)
		return err_set(&c->err, &ec2_bad_combination,
		    "A rule has one source or destination.");
	same = security_rule_find(json_get(group, "_rules"), json_array_get(rows, 0));
	if (same != NULL && same != rule)
		return err_set(&c->err, &rule_duplicate,
		    "the specified rule \"%s\" already exists",
		    security_rule_text(c, json_array_get(rows, 0)));
	replace(rule, json_array_get(rows, 0));
	return security_rule_put(c, rule);
}

static int
modify(struct call *c)
{
	const json_t *update;
	json_t *group;
	size_t i;

	if (resource_edit(c, &ec2_security_group, in_str(c, "GroupId"), &group) < 0)
		return -1;
	json_array_foreach(in_list(c, "SecurityGroupRules"), i, update) {
		if (modify_one(c, group, update) < 0)
			return -1;
	}
	if (security_group_check_rules(c, group, 0) < 0 ||
	    security_group_check_rules(c, group, 1) < 0)
		return -1;
	security_group_put(c, group);
	out_bool(c, "Return", 1);
	return 0;
}

/* UpdateSecurityGroupRuleDescriptions…: without a description it goes. */

static int
describe_rule(struct call *c, json_t *rule, const char *text)
{
	if (security_rule_check_description(c, text) < 0)
		return -1;
	json_del(rule, "Description");
	json_set_str(rule, "Description", text);
	return security_rule_put(c, rule);
}

static int
update_ids(struct call *c, json_t *group, const json_t *list, int is_egress)
{
	const json_t *update;
	json_t *rule;
	size_t i;

	json_array_foreach(list, i, update) {
		const char *id = json_str_or(update, "SecurityGroupRuleId", "");

		rule = security_rule_get(c, group, id);
		if (rule == NULL)
			return -1;
		if (json_bool(rule, "IsEgress", 0) != is_egress)
			return err_set(&c->err, &not_found,
			    "The security group rule ID '%s' does not exist", id);
		if (describe_rule(c, rule, json_str(update, "Description")) < 0)
			return -1;
	}
	return 0;
}

static int
update_permissions(struct call *c, json_t *group, const json_t *list, int is_egress)
{
	json_t *rows, *row, *rule;
	size_t i;

	if (security_permissions_read(c, group, list, is_egress, &rows) < 0)
		return -1;
	json_array_foreach(rows, i, row) {
		rule = security_rule_find(json_get(group, "_rules"), row);
		if (rule == NULL)
			return err_set(&c->err, &rule_not_found,
			    "The specified rule does not exist in this security group.");
		if (describe_rule(c, rule, json_str(row, "Description")) < 0)
			return -1;
	}
	return 0;
}

static int
update(struct call *c, int is_egress)
{
	const json_t *ids = in_list(c, "SecurityGroupRuleDescriptions"),
		     *list = in_list(c, "IpPermissions");
	json_t *group;

	if (json_array_size(ids) > 0 && json_array_size(list) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter 'ipPermissions' may not be used in combination with "
		    "'securityGroupRuleDescriptions'");
	if (json_array_size(ids) + json_array_size(list) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ipPermissions or "
		    "securityGroupRuleDescriptions");
	if (security_group_named(c, &group) < 0 ||
	    update_ids(c, group, ids, is_egress) < 0 ||
	    update_permissions(c, group, list, is_egress) < 0)
		return -1;
	security_group_put(c, group);
	out_bool(c, "Return", 1);
	return 0;
}

static int
update_ingress(struct call *c)
{
	return update(c, 0);
}

static int
update_egress(struct call *c)
{
	return update(c, 1);
}

static const struct op ops[] = {
	OP_RES("DescribeSecurityGroupRules", resource_describe, OP_READ,
	    &ec2_security_group_rule, NULL, "List rules of security groups."),
	OP_RES("ModifySecurityGroupRules", modify, 0, &ec2_security_group, "GroupId",
	    "Change rules, which keep their ids."),
	OP_RES("UpdateSecurityGroupRuleDescriptionsEgress", update_egress, 0,
	    &ec2_security_group, "GroupId", "Describe rules for traffic out."),
	OP_RES("UpdateSecurityGroupRuleDescriptionsIngress", update_ingress, 0,
	    &ec2_security_group, "GroupId", "Describe rules for traffic in."),
};
static const struct resource *const resources[] = { &ec2_security_group_rule, NULL };
const struct family ec2_security_group_rules = FAMILY(ops, resources);
