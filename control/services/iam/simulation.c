/*
 * IAM: the policy simulator: what policies would say, by the functions that decide about calls.
 *
 * Not emulated: which further resources an EC2 scenario (ResourceHandlingOption) needs.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "control/iam/context_keys.h"
#include "control/iam/membership.h"
#include "control/iam/scp.h"
#include "control/services/iam/policy_source.h"

struct simulation {
	struct call *call;
	struct sources *own, *boundary, *resource;
	json_t *context, *keys; /* what is said; what all policies ask for */
	const json_t
	    *levels; /* of service control policies: [{ServiceControlPolicyInputList}] */
	const char *owner;
	/* Of a principal: */
	struct principal who;
	json_t *identity; /* his document; NULL for policies alone */
	const char *caller;
};

static int
add_principal(struct simulation *s, const char *arn)
{
	const struct iam_entity *e = NULL;
	struct call *c = s->call;
	struct source bound;
	const char *boundary;
	int rc;

	if (policy_source_find_principal(c, arn, &e, &s->identity) < 0 ||
	    policy_source_add_holder(c, s->own, e, s->identity) < 0 ||
	    (e == &iam_user && policy_source_add_groups(c, s->own, s->identity) < 0))
		return -1;
	if (e != &iam_group)
		s->caller = arn;
	s->who = (struct principal){
		.kind = e == &iam_role ? PRINCIPAL_SESSION : PRINCIPAL_USER,
		.arn = arn,
		.name = json_str(s->identity, e->name_member),
		.user_id = json_str(s->identity, e->id_member),
	};
	memcpy(s->who.account, c->account, sizeof(s->who.account));
	boundary = json_string_value(
	    json_path(s->identity, "PermissionsBoundary.PermissionsBoundaryArn"));
	if (boundary == NULL || policy_source_excludes_type(c, "permission-boundary") ||
	    in_list(c, "PermissionsBoundaryPolicyInputList") != NULL)
		return 0;
	rc = policy_source_managed(c, boundary, &bound);
	if (rc > 0)
		policy_source_add(s->boundary, bound.id, bound.type, bound.text,
		    bound.doc);
	return rc < 0 ? -1 : 0;
}

/* The request's context */

static int
is_list_type(const char *type)
{
	size_t n = strlen(type);

	return n > 4 && strcmp(type + n - 4, "List") == 0;
}

static json_t *
context_of(struct call *c)
{
	json_t *context = json_own(c->arena, json_new_object());
	const json_t *row, *values;
	size_t i;

	json_array_foreach(in_list(c, "ContextEntries"), i, row) {
		const char *name = json_str(row, "ContextKeyName");

		values = json_get(row, "ContextKeyValues");
		if (name == NULL || json_array_size(values) == 0)
			continue;
		json_set(context, name,
		    is_list_type(json_str_or(row, "ContextKeyType", "string")) ?
			json_copy_deep(values) :
			json_incref(json_array_get(values, 0)));
	}
	return context;
}

/* Asking */

static size_t
n_statements(const json_t *doc)
{
	const json_t *s = json_get(doc, "Statement");

	return json_is_object(s) ? 1 : json_array_size(s);
}

static json_t *
place(struct policy_place p)
{
	return json_make("{s:i, s:i}", "Line", p.line, "Column", p.column);
}

static void
add_matched(json_t *matched, const struct source *source, size_t i)
{
	struct policy_place begin, end;
	json_t *row = json_add_object(matched);

	json_set_str(row, "SourcePolicyId", source->id);
	json_set_str(row, "SourcePolicyType", source->type);
	if (policy_statement_place(source->text, i, &begin, &end)) {
		json_set(row, "StartPosition", place(begin));
		json_set(row, "EndPosition", place(end));
	}
}

/* What the policies say together; the statements that decide go to `matched` (NULL: not wanted). */
static enum policy_effect
ask_all(struct simulation *s, const struct sources *all, const struct policy_request *r,
    json_t *matched)
{
	enum policy_effect sum = POLICY_SILENT, e;
	struct arena *a = s->call->arena;

	for (size_t i = 0; i < all->n; i++) {
		const struct source *source = &all->at[i];
		const json_t *list = json_get(source->doc, "Statement");

		for (size_t k = 0; k < n_statements(source->doc); k++) {
			json_t *one = json_is_object(list) ? (json_t *)(uintptr_t)list :
							     json_array_get(list, k);
			json_t *doc = json_own(a, json_make("{s:O}", "Statement", one));

			json_set_str(doc, "Version", json_str(source->doc, "Version"));
			e = policy_evaluate(a, doc, r);
			if (e != POLICY_SILENT && matched != NULL)
				add_matched(matched, source, k);
			sum = e > sum ? e : sum;
		}
	}
	return sum;
}

static int
level_effect(struct simulation *s, const json_t *level, const struct policy_request *r,
    enum policy_effect *ret)
{
	const json_t *v;
	json_t *doc;
	size_t i;

	*ret = POLICY_SILENT;
	json_array_foreach(json_get(level, "ServiceControlPolicyInputList"), i, v) {
		enum policy_effect e;

		if (policy_parse(s->call->arena, json_string_value(v), POLICY_SCP, &doc,
			&s->call->err) < 0)
			return err_set(&s->call->err, &iam_bad_input, "%s",
			    s->call->err.msg);
		e = policy_evaluate(s->call->arena, doc, r);
		*ret = e > *ret ? e : *ret;
	}
	return 0;
}

/* Those of the input, or the organization's: 1 and what they say, 0 there are none, -1. */
static int
ask_organization(struct simulation *s, const struct policy_request *r,
    enum policy_effect *ret)
{
	struct call *c = s->call;
	const json_t *level;
	json_t *ignored;
	size_t i;
	int rc;

	*ret = POLICY_ALLOW;
	json_array_foreach(s->levels, i, level) {
		enum policy_effect e;

		if (level_effect(s, level, r, &e) < 0)
			return -1;
		if (e == POLICY_DENY || (e == POLICY_SILENT && *ret == POLICY_ALLOW))
			*ret = e;
	}
	if (json_array_size(s->levels) > 0)
		return 1;
	if (s->identity == NULL || policy_source_excludes_type(c, "scp"))
		return 0;
	rc = membership_find(c->txn, MEMBERSHIP_SCP, c->account, &ignored, &c->err);
	if (rc <= 0)
		return rc;
	return scp_evaluate(c->txn, c->arena, &s->who, s->identity, r, ret, &c->err) < 0 ?
	    -1 :
	    1;
}

static enum policy_effect
ask_resource(struct simulation *s, const struct policy_request *r, json_t *matched)
{
	const char *names[3] = { s->caller, s->call->account, call_arn(s->call, "root") };
	const struct policy_principal principal = { "AWS", names, 3, 1 };
	struct policy_request with = *r;

	with.principal = &principal;
	return s->caller != NULL ? ask_all(s, s->resource, &with, matched) :
				   POLICY_SILENT;
}

static json_t *
missing_keys(const struct simulation *s)
{
	json_t *list = json_new_array();
	const json_t *key;
	const char *name;
	json_t *ignored;
	size_t i;

	json_array_foreach(s->keys, i, key) {
		int has = 0;

		json_object_foreach(s->context, name, ignored)
			has |= strcasecmp(name, json_string_value(key)) == 0;
		if (!has)
			json_add_str(list, json_string_value(key));
	}
	return list;
}

static int
simulate_one(struct simulation *s, const char *action, const char *resource, json_t *rows)
{
	const struct policy_request r = { .action = action,
		.resource = resource,
		.context = s->context };
	json_t *row = json_add_object(rows),
	       *matched = json_need_array(row, "MatchedStatements");
	enum policy_effect own = ask_all(s, s->own, &r, matched), org,
			   theirs = ask_resource(s, &r, matched), bound = POLICY_ALLOW;
	int is_bound = s->boundary->n > 0, is_member, is_own, allowed;

	if (is_bound)
		bound = ask_all(s, s->boundary, &r, NULL);
	is_member = ask_organization(s, &r, &org);
	if (is_member < 0)
		return -1;
	is_own = s->owner == NULL || strstr(s->owner, s->call->account) != NULL;
	allowed = is_own ? own == POLICY_ALLOW || theirs == POLICY_ALLOW :
			   own == POLICY_ALLOW && theirs == POLICY_ALLOW;
	json_set_str(row, "EvalActionName", action);
	json_set_str(row, "EvalResourceName", resource);
	json_set(row, "MissingContextValues", missing_keys(s));
	if (is_bound)
		json_set(row, "PermissionsBoundaryDecisionDetail",
		    json_make("{s:b}", "AllowedByPermissionsBoundary",
			bound == POLICY_ALLOW));
	if (is_member)
		json_set(row, "OrganizationsDecisionDetail",
		    json_make("{s:b}", "AllowedByOrganizations", org == POLICY_ALLOW));
	if (own == POLICY_DENY || theirs == POLICY_DENY || bound == POLICY_DENY ||
	    org == POLICY_DENY)
		json_set_str(row, "EvalDecision", "explicitDeny");
	else
		json_set_str(row, "EvalDecision",
		    allowed && bound == POLICY_ALLOW && org == POLICY_ALLOW ?
			"allowed" :
			"implicitDeny");
	json_set(row, "key", json_new_fmt("%06zu", json_array_size(rows)));
	return 0;
}

static int
is_action(const char *s)
{
	const char *colon = strchr(s, ':');

	return colon != NULL && colon != s && colon[1] != '\0' && strchr(s, '*') == NULL;
}

static int
simulate_all(struct simulation *s)
{
	struct call *c = s->call;
	json_t *rows = json_own(c->arena, json_new_array()), *row;
	const json_t *resources = in_list(c, "ResourceArns"), *action, *resource;
	size_t i, k;

	if (json_array_size(resources) == 0)
		resources = json_own(c->arena, json_make("[s]", "*"));
	json_array_foreach(in_list(c, "ActionNames"), i, action) {
		if (!is_action(json_string_value(action)))
			return err_set(&c->err, &iam_bad_input,
			    "Invalid Action Name: %.128s", json_string_value(action));
		json_array_foreach(resources, k, resource) {
			if (simulate_one(s, json_string_value(action),
				json_string_value(resource), rows) < 0)
				return -1;
		}
	}
	if (iam_page(c, rows, "EvaluationResults", "key") < 0)
		return -1;
	json_array_foreach(json_get(c->out, "EvaluationResults"), i, row)
		json_del(row, "key");
	return 0;
}

static int
check_scenario(struct call *c)
{
	static const char *const known[] = { "EC2-Classic-InstanceStore",
		"EC2-Classic-EBS", "EC2-VPC-InstanceStore",
		"EC2-VPC-InstanceStore-Subnet", "EC2-VPC-EBS", "EC2-VPC-EBS-Subnet" };
	const char *option = in_str(c, "ResourceHandlingOption");
	size_t i = 0;

	while (option != NULL && i < COUNT(known) && strcmp(known[i], option) != 0)
		i++;
	return option == NULL || i < COUNT(known) ?
	    0 :
	    err_set(&c->err, &iam_bad_input, "Invalid resource handling option: %s",
		option);
}

static void
collect_keys(struct simulation *s)
{
	const struct sources *all[] = { s->own, s->boundary, s->resource };

	s->keys = json_own(s->call->arena, json_new_array());
	for (size_t i = 0; i < COUNT(all); i++) {
		for (size_t k = 0; k < all[i]->n; k++)
			context_keys_of(all[i]->at[k].doc, s->keys);
	}
}

static int
simulate(struct call *c, const char *principal)
{
	struct simulation s = { .call = c };
	const char *resource_policy = in_str(c, "ResourcePolicy"),
		   *caller = in_str(c, "CallerArn");

	s.own = arena_alloc(c->arena, sizeof(*s.own));
	s.boundary = arena_alloc(c->arena, sizeof(*s.boundary));
	s.resource = arena_alloc(c->arena, sizeof(*s.resource));
	s.owner = in_str(c, "ResourceOwner");
	if (model_member(c->model, model_op_input(c->shape),
		"OrderedOrganizationPolicyInputList") != MODEL_NONE)
		s.levels = in_list(c, "OrderedOrganizationPolicyInputList");
	if (iam_permit(c, principal != NULL ? principal : "*") < 0 ||
	    check_scenario(c) < 0 ||
	    (principal != NULL && add_principal(&s, principal) < 0) ||
	    policy_source_add_list(c, s.own, "PolicyInputList") < 0 ||
	    policy_source_add_list(c, s.boundary, "PermissionsBoundaryPolicyInputList") <
		0)
		return -1;
	if (caller != NULL)
		s.caller = caller;
	if (resource_policy != NULL && s.caller == NULL)
		return err_set(&c->err, &iam_bad_input,
		    "Caller ARN is required if resource policy is supplied.");
	if (resource_policy != NULL &&
	    policy_source_add_text(c, s.resource, "ResourcePolicy", 0, resource_policy,
		POLICY_RESOURCE, "resource") < 0)
		return -1;
	s.context = context_of(c);
	collect_keys(&s);
	return simulate_all(&s);
}

static int
simulate_custom(struct call *c)
{
	return simulate(c, NULL);
}

static int
simulate_principal(struct call *c)
{
	return simulate(c, in_str(c, "PolicySourceArn"));
}

/* GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy */

static int
context_keys(struct call *c, const char *principal)
{
	struct simulation s = { .call = c };

	s.own = arena_alloc(c->arena, sizeof(*s.own));
	s.boundary = arena_alloc(c->arena, sizeof(*s.boundary));
	s.resource = arena_alloc(c->arena, sizeof(*s.resource));
	if (iam_permit(c, principal != NULL ? principal : "*") < 0 ||
	    policy_source_add_list(c, s.own, "PolicyInputList") < 0)
		return -1;
	if (principal != NULL) {
		const struct iam_entity *e;

		if (policy_source_find_principal(c, principal, &e, &s.identity) < 0 ||
		    policy_source_add_holder(c, s.own, e, s.identity) < 0 ||
		    (e == &iam_user &&
			policy_source_add_groups(c, s.own, s.identity) < 0))
			return -1;
	}
	collect_keys(&s);
	out_ref(c, "ContextKeyNames", s.keys);
	return 0;
}

static int
context_keys_custom(struct call *c)
{
	return context_keys(c, NULL);
}

static int
context_keys_principal(struct call *c)
{
	return context_keys(c, in_str(c, "PolicySourceArn"));
}

static const struct op ops[] = {
	IAM("GetContextKeysForCustomPolicy", context_keys_custom, OP_READ,
	    "List the condition keys that policies ask for."),
	IAM("GetContextKeysForPrincipalPolicy", context_keys_principal, OP_READ,
	    "List the condition keys that somebody's policies ask for."),
	IAM("SimulateCustomPolicy", simulate_custom, OP_READ,
	    "Say what policies would allow."),
	IAM("SimulatePrincipalPolicy", simulate_principal, OP_READ,
	    "Say what a user, group or role would be allowed."),
};
const struct family iam_simulations = FAMILY(ops, NULL);
