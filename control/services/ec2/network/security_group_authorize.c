/*
 * EC2: rules of security groups, let in and taken away: by permissions and by ids.
 */
#include <string.h>

#include "base/clock.h"
#include "control/api/tags.h"
#include "control/services/ec2/network/prefix_list.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/security_rule.h"

static const struct err_kind rule_duplicate = { "InvalidPermission.Duplicate", 400 };
static const struct err_kind rule_not_found = { "InvalidPermission.NotFound", 400 };
static const struct err_kind rule_id_not_found = { "InvalidSecurityGroupRuleId.NotFound",
	400 };

/* A rule that refers to a prefix list counts as that many as the list may have. */
static int
weight(struct call *c, const json_t *rule, int64_t *ret)
{
	const char *id = json_str(rule, "PrefixListId");
	json_t *list;
	int rc = id != NULL ? prefix_list_find(c, id, &list) : 0;

	*ret = rc > 0 ? json_int(list, "MaxEntries", 1) : 1;
	return rc < 0 ? -1 : 0;
}

int
security_group_check_rules(struct call *c, const json_t *group, int is_egress)
{
	const json_t *rule;
	int64_t n = 0, one;
	size_t i;

	json_array_foreach(json_get(group, "_rules"), i, rule) {
		if (json_bool(rule, "IsEgress", 0) != is_egress)
			continue;
		if (weight(c, rule, &one) < 0)
			return -1;
		n += one;
	}
	if (n > RULES_MAX)
		return err_set(&c->err, &security_too_many,
		    "The maximum number of rules per security group has been reached.");
	return 0;
}

void
security_rule_add(struct call *c, json_t *group, json_t *rule, const json_t *tags)
{
	const char *id = record_id(c, "sgr-");
	json_t *doc;

	json_set_str(rule, "SecurityGroupRuleId", id);
	json_set_str(rule, "SecurityGroupRuleArn",
	    resource_arn(c, &ec2_security_group_rule, id));
	json_add(json_need_array(group, "_rules"), json_incref(rule));
	doc = json_own(c->arena, json_copy_deep(rule));
	json_set(doc, "Tags", tags != NULL ? json_copy_deep(tags) : json_new_array());
	resource_put(c, &ec2_security_group_rule, doc);
}

int
security_rule_put(struct call *c, const json_t *rule)
{
	const char *id = resource_id(&ec2_security_group_rule, rule);
	json_t *old, *doc = json_own(c->arena, json_copy_deep(rule));

	if (resource_edit(c, &ec2_security_group_rule, id, &old) < 0)
		return -1;
	json_set(doc, "Tags", json_copy_deep(json_get(old, "Tags")));
	resource_put(c, &ec2_security_group_rule, doc);
	return 0;
}

json_t *
security_rule_get(struct call *c, const json_t *group, const char *id)
{
	json_t *rule;
	size_t i;

	json_array_foreach(json_get(group, "_rules"), i, rule) {
		if (strcmp(resource_id(&ec2_security_group_rule, rule), id) == 0)
			return rule;
	}
	(void)err_set(&c->err, &rule_id_not_found,
	    "The security group rule ID '%s' does not exist", id);
	return NULL;
}

/* The answer's rows have the tags. */
static json_t *
with_tags(struct call *c, const json_t *rule, const json_t *tags)
{
	json_t *said = json_own(c->arena, json_copy_deep(rule));

	json_set(said, "Tags", tags != NULL ? json_copy_deep(tags) : json_new_array());
	return said;
}

static int
authorize(struct call *c, int is_egress)
{
	static const char *const types[] = { "security-group-rule", NULL };
	json_t *group, *rules, *rule, *tags, *said = json_own(c->arena, json_new_array());
	size_t i;

	if (security_group_named(c, &group) < 0 ||
	    security_rules_read(c, group, is_egress, &rules) < 0 ||
	    tags_from_specifications(c, types, types[0], &tags) < 0)
		return -1;
	json_array_foreach(rules, i, rule) {
		if (security_rule_find(rules, rule) != rule)
			return err_set(&c->err, &ec2_bad_value,
			    "The same permission must not appear multiple times");
		if (security_rule_find(json_get(group, "_rules"), rule) != NULL)
			return err_set(&c->err, &rule_duplicate,
			    "the specified rule \"%s\" already exists",
			    security_rule_text(c, rule));
		security_rule_add(c, group, rule, tags);
		json_add(said, json_incref(with_tags(c, rule, tags)));
	}
	if (security_group_check_rules(c, group, is_egress) < 0)
		return -1;
	security_group_put(c, group);
	out_bool(c, "Return", 1);
	out_ref(c, "SecurityGroupRules", said);
	return 0;
}

static int
authorize_ingress(struct call *c)
{
	return authorize(c, 0);
}

static int
authorize_egress(struct call *c)
{
	return authorize(c, 1);
}

/* Move the row from the group's rules to those of the answer. */
static void
take_away(struct call *c, json_t *rules, const json_t *row)
{
	for (size_t i = 0; i < json_array_size(rules); i++) {
		if (json_array_get(rules, i) != row)
			continue;
		json_add(json_need_array(c->out, "RevokedSecurityGroupRules"),
		    security_rule_revoked(row));
		resource_delete_doc(c, &ec2_security_group_rule,
		    resource_id(&ec2_security_group_rule, row));
		json_array_remove(rules, i);
		return;
	}
}

static int
revoke_ids(struct call *c, json_t *group, const json_t *ids, int is_egress)
{
	json_t *rules = json_need_array(group, "_rules"), *rule;
	const json_t *id;
	size_t i;

	json_array_foreach(ids, i, id) {
		rule = security_rule_get(c, group, json_string_value(id));
		if (rule == NULL)
			return -1;
		if (json_bool(rule, "IsEgress", 0) != is_egress)
			return err_set(&c->err, &rule_id_not_found,
			    "The security group rule ID '%s' does not exist",
			    json_string_value(id));
		take_away(c, rules, rule);
	}
	return 0;
}

static int
revoke_rules(struct call *c, json_t *group, int is_egress)
{
	json_t *rules = json_need_array(group, "_rules"), *asked, *rule, *found;
	size_t i;

	if (security_rules_read(c, group, is_egress, &asked) < 0)
		return -1;
	json_array_foreach(asked, i, rule) {
		found = security_rule_find(rules, rule);
		if (found == NULL)
			return err_set(&c->err, &rule_not_found,
			    "The specified rule does not exist in this security group.");
		take_away(c, rules, found);
	}
	return 0;
}

static int
revoke(struct call *c, int is_egress)
{
	const json_t *ids = in_list(c, "SecurityGroupRuleIds");
	json_t *group;

	if (json_array_size(ids) > 0 && in_has(c, "IpPermissions"))
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter 'ipPermissions' may not be used in combination with "
		    "'securityGroupRuleIds'");
	if (security_group_named(c, &group) < 0 ||
	    (ids != NULL ? revoke_ids(c, group, ids, is_egress) :
			   revoke_rules(c, group, is_egress)) < 0)
		return -1;
	security_group_put(c, group);
	out_bool(c, "Return", 1);
	return 0;
}

static int
revoke_ingress(struct call *c)
{
	return revoke(c, 0);
}

static int
revoke_egress(struct call *c)
{
	return revoke(c, 1);
}

static const struct op ops[] = {
	OP_RES("AuthorizeSecurityGroupEgress", authorize_egress, 0, &ec2_security_group,
	    "GroupId", "Let traffic out."),
	OP_RES("AuthorizeSecurityGroupIngress", authorize_ingress, 0, &ec2_security_group,
	    "GroupId", "Let traffic in."),
	OP_RES("RevokeSecurityGroupEgress", revoke_egress, 0, &ec2_security_group,
	    "GroupId", "No longer let traffic out."),
	OP_RES("RevokeSecurityGroupIngress", revoke_ingress, 0, &ec2_security_group,
	    "GroupId", "No longer let traffic in."),
};
const struct family ec2_security_group_authorizations = FAMILY(ops, NULL);
