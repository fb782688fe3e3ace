/*
 * Elastic Load Balancing: rules of the listeners of application load balancers.
 *
 * A listener's default action is its rule "default", the last one.  Not emulated: transforms, which are refused.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/elbv2/elbv2.h"

static const struct err_kind not_found = { "RuleNotFound", 400 };
static const struct err_kind in_use = { "PriorityInUse", 400 };
static const struct err_kind too_many = { "TooManyRules", 400 };

enum {
	MOST = 100
}; /* beside the default ones: "Quotas for your Application Load Balancers" */

const struct resource elbv2_rule = {
	.service = "elbv2",
	.kind = "elbv2:rule",
	.type = "listener-rule",
	.prefix = "rule-",
	.id_member = "_id",
	.noun = "rule",
	.not_found = &not_found,
};

static json_t *
of_listener(struct call *c, const char *listener_id)
{
	json_t *all = elbv2_all(c, &elbv2_rule);

	for (size_t i = all != NULL ? json_array_size(all) : 0; i-- > 0;) {
		if (!elbv2_is(json_array_get(all, i), "_listener", listener_id))
			json_array_remove(all, i);
	}
	return all;
}

/* A new document of the listener's, with its ARN. */
static json_t *
new_rule(struct call *c, const json_t *listener)
{
	json_t *doc = json_own(c->arena, json_new_object());
	const char *hex = elbv2_hex(c),
		   *of = strstr(json_str_or(listener, "ListenerArn", ""), "listener/");

	json_set_fmt(doc, "_id", "%s%s", elbv2_rule.prefix, hex);
	json_set_str(doc, "_listener", resource_id(&elbv2_listener, listener));
	json_set_str(doc, "_lb", json_str(listener, "_lb"));
	json_set_str(doc, "RuleArn",
	    call_arn(c,
		arena_printf(c->arena, "listener-rule/%s/%s", of + strlen("listener/"),
		    hex)));
	json_need_array(doc, "Conditions");
	json_need_array(doc, "Tags");
	return doc;
}

int
elbv2_rule_default(struct call *c, const json_t *listener)
{
	json_t *all = of_listener(c, resource_id(&elbv2_listener, listener)), *row,
	       *doc = NULL;
	size_t i;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, row) {
		if (json_bool(row, "IsDefault", 0) &&
		    resource_edit(c, &elbv2_rule, resource_id(&elbv2_rule, row), &doc) <
			0)
			return -1;
	}
	if (doc == NULL) {
		doc = new_rule(c, listener);
		json_set_str(doc, "Priority", "default");
		json_set_int(doc, "_order", 0);
		json_set_bool(doc, "IsDefault", 1);
	}
	json_set(doc, "Actions", json_copy_deep(json_get(listener, "DefaultActions")));
	resource_put(c, &elbv2_rule, doc);
	return 0;
}

int
elbv2_rules_drop(struct call *c, const char *listener_id)
{
	json_t *all = of_listener(c, listener_id), *row;
	size_t i;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, row)
		resource_delete_doc(c, &elbv2_rule, resource_id(&elbv2_rule, row));
	return 0;
}

static int
refuse_transforms(struct call *c)
{
	if (json_array_size(in_list(c, "Transforms")) > 0)
		return err_set(&c->err, &elbv2_bad_config,
		    "Transforms are not supported here");
	return 0;
}

static void
answer(struct call *c, json_t *doc)
{
	out_ref(c, "Rules", json_own(c->arena, json_make("[O]", doc)));
}

/* CreateRule */

static int
check_place(struct call *c, const char *listener_id, int64_t priority)
{
	json_t *all = of_listener(c, listener_id), *row;
	size_t i;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, row) {
		if (json_int(row, "_order", 0) == priority)
			return err_set(&c->err, &in_use,
			    "Priority '%lld' is currently in use", (long long)priority);
	}
	if (json_array_size(all) > MOST)
		return err_set(&c->err, &too_many,
		    "The maximum number of rules of a listener (%d) has been reached",
		    MOST);
	return 0;
}

static void
set_priority(json_t *doc, int64_t priority)
{
	json_set_int(doc, "_order", priority);
	json_set_fmt(doc, "Priority", "%lld", (long long)priority);
}

static int
create_rule(struct call *c)
{
	int64_t priority = in_int(c, "Priority", 0);
	json_t *listener, *lb, *doc, *actions, *conditions;

	if (elbv2_get(c, &elbv2_listener, in_str(c, "ListenerArn"), &listener) < 0 ||
	    refuse_transforms(c) < 0 ||
	    resource_get(c, &elbv2_load_balancer, json_str_or(listener, "_lb", ""), &lb) <
		0)
		return -1;
	if (!elbv2_is_application(lb))
		return err_set(&c->err, &elbv2_unsupported,
		    "Rules are not supported for listeners of protocol '%s'",
		    json_str_or(listener, "Protocol", ""));
	conditions = elbv2_conditions(c, in_list(c, "Conditions"));
	if (conditions == NULL ||
	    check_place(c, resource_id(&elbv2_listener, listener), priority) < 0)
		return -1;
	actions = elbv2_actions(c, lb, json_str_or(listener, "Protocol", ""),
	    in_list(c, "Actions"));
	if (actions == NULL)
		return -1;
	doc = new_rule(c, listener);
	set_priority(doc, priority);
	json_set_bool(doc, "IsDefault", 0);
	json_set(doc, "Conditions", json_incref(conditions));
	json_set(doc, "Actions", json_incref(actions));
	if (elbv2_tag(c, doc) < 0)
		return -1;
	resource_put(c, &elbv2_rule, doc);
	answer(c, doc);
	return 0;
}

/* ModifyRule */

static int
modify_rule(struct call *c)
{
	json_t *doc, *listener, *lb, *v;

	if (elbv2_edit(c, &elbv2_rule, in_str(c, "RuleArn"), &doc) < 0 ||
	    refuse_transforms(c) < 0)
		return -1;
	if (json_bool(doc, "IsDefault", 0))
		return err_set(&c->err, &elbv2_not_permitted,
		    "Default rule '%s' cannot be modified", in_str(c, "RuleArn"));
	if (resource_get(c, &elbv2_listener, json_str_or(doc, "_listener", ""),
		&listener) < 0 ||
	    resource_get(c, &elbv2_load_balancer, json_str_or(doc, "_lb", ""), &lb) < 0)
		return -1;
	if (in_has(c, "Conditions")) {
		v = elbv2_conditions(c, in_list(c, "Conditions"));
		if (v == NULL)
			return -1;
		json_set(doc, "Conditions", json_incref(v));
	}
	if (in_has(c, "Actions")) {
		v = elbv2_actions(c, lb, json_str_or(listener, "Protocol", ""),
		    in_list(c, "Actions"));
		if (v == NULL)
			return -1;
		json_set(doc, "Actions", json_incref(v));
	}
	resource_put(c, &elbv2_rule, doc);
	answer(c, doc);
	return 0;
}

/* DeleteRule */

static int
delete_rule(struct call *c)
{
	json_t *doc;

	if (elbv2_get(c, &elbv2_rule, in_str(c, "RuleArn"), &doc) < 0)
		return -1;
	if (json_bool(doc, "IsDefault", 0))
		return err_set(&c->err, &elbv2_not_permitted,
		    "Default rule '%s' cannot be deleted", in_str(c, "RuleArn"));
	resource_delete_doc(c, &elbv2_rule, resource_id(&elbv2_rule, doc));
	return 0;
}

/* SetRulePriorities: all at once, so that they can change places */

static int
check_apart(struct call *c, const char *listener_id)
{
	json_t *all = of_listener(c, listener_id),
	       *seen = json_own(c->arena, json_new_object()), *row;
	size_t i;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, row) {
		const char *priority = json_str_or(row, "Priority", "");

		if (json_get(seen, priority) != NULL)
			return err_set(&c->err, &in_use,
			    "Priority '%s' is currently in use", priority);
		json_set_bool(seen, priority, 1);
	}
	return 0;
}

static int
set_rule_priorities(struct call *c)
{
	json_t *out = json_own(c->arena, json_new_array()), *doc;
	const json_t *row;
	size_t i;

	json_array_foreach(in_list(c, "RulePriorities"), i, row) {
		const char *arn = json_str_or(row, "RuleArn", "");

		if (elbv2_edit(c, &elbv2_rule, arn, &doc) < 0)
			return -1;
		if (json_bool(doc, "IsDefault", 0))
			return err_set(&c->err, &elbv2_not_permitted,
			    "The priority of the default rule '%s' cannot be changed",
			    arn);
		if (json_get(row, "Priority") == NULL)
			return err_set(&c->err, &elbv2_invalid,
			    "A priority must be specified");
		set_priority(doc, json_int(row, "Priority", 0));
		resource_put(c, &elbv2_rule, doc);
		json_add(out, json_incref(doc));
	}
	json_array_foreach(out, i, doc) {
		if (check_apart(c, json_str_or(doc, "_listener", "")) < 0)
			return -1;
	}
	out_ref(c, "Rules", out);
	return 0;
}

/* DescribeRules: in the order in which they are tried */

static int
by_order(const void *a, const void *b)
{
	json_t *const *x = a, *const *y = b;
	int64_t m = json_int(*x, "_order", 0), n = json_int(*y, "_order", 0);

	if (m == n)
		return 0;
	return m == 0 || (n != 0 && m > n) ? 1 : -1;
}

static json_t *
in_order(struct call *c, const json_t *rows)
{
	size_t n = json_array_size(rows);
	json_t **all = arena_calloc(c->arena, n + 1, sizeof(json_t *));
	json_t *out = json_own(c->arena, json_new_array());

	for (size_t i = 0; i < n; i++)
		all[i] = json_array_get(rows, i);
	qsort(all, n, sizeof(json_t *), by_order);
	for (size_t i = 0; i < n; i++)
		json_add(out, json_incref(all[i]));
	return out;
}

static int
describe_rules(struct call *c)
{
	const char *arn = in_str(c, "ListenerArn");
	const json_t *arns = in_list(c, "RuleArns");
	json_t *rows, *listeners;

	if (elbv2_ask(c, "*", NULL) < 0)
		return -1;
	if ((arn != NULL) == (json_array_size(arns) > 0))
		return err_set(&c->err, &elbv2_invalid,
		    arn != NULL ?
			"Rule ARNs and a listener ARN cannot be specified at the same time" :
			"You must specify either a listener ARN or rule ARNs");
	if (arn != NULL) {
		rows = json_own(c->arena, json_make("[s]", arn));
		listeners = elbv2_named(c, &elbv2_listener, rows);
		if (listeners == NULL)
			return -1;
		rows = of_listener(c,
		    resource_id(&elbv2_listener, json_array_get(listeners, 0)));
	} else {
		rows = elbv2_named(c, &elbv2_rule, arns);
	}
	return rows == NULL ? -1 : elbv2_page(c, "Rules", in_order(c, rows), 400);
}

static const struct op ops[] = {
	ELB("CreateRule", create_rule, 0, "Say what becomes of certain requests."),
	ELB("DeleteRule", delete_rule, 0, "Remove a rule."),
	ELB("DescribeRules", describe_rules, OP_READ, "List rules."),
	ELB("ModifyRule", modify_rule, 0, "Change a rule."),
	ELB("SetRulePriorities", set_rule_priorities, 0,
	    "Say in which order rules are tried."),
};

static const struct resource *const resources[] = { &elbv2_rule, NULL };

const struct family elbv2_rules = FAMILY(ops, resources);
