#include "control/iam/policy.h"

#include <stdio.h>
#include <string.h>

#include "control/iam/condition.h"
#include "control/iam/pattern.h"

/* One or many: calls fn for the value itself or for each element, until it says 1. */
typedef int value_fn(void *arg, const char *text);

static int
any_value(const json_t *v, value_fn *fn, void *arg)
{
	const json_t *e;
	size_t i;

	if (json_is_string(v))
		return fn(arg, json_string_value(v));
	json_array_foreach(v, i, e) {
		if (json_is_string(e) && fn(arg, json_string_value(e)))
			return 1;
	}
	return 0;
}

/* What the statements of one document are asked with. */
struct asked {
	struct arena *arena;
	const struct policy_request *request;
	int variables;
};

static int
is_action(void *arg, const char *text)
{
	const struct asked *q = arg;

	/* Most are another service's. */
	if (*text != '*' && *text != '?' &&
	    (*text | 0x20) != (q->request->action[0] | 0x20))
		return 0;
	return pattern_match_nocase(text, q->request->action);
}

static int
is_resource(void *arg, const char *text)
{
	const struct asked *q = arg;

	if (strcmp(text, "*") == 0)
		return 1;
	/* What is before any wildcard or variable must be the same. */
	if (strncmp(text, q->request->resource, strcspn(text, "*?$")) != 0)
		return 0;
	if (q->variables &&
	    !pattern_expand(q->arena, text, q->request->context, 1, &text))
		return 0;
	return pattern_match_arn(text, q->request->resource);
}

static int
is_principal(void *arg, const char *text)
{
	const struct asked *q = arg;
	const struct policy_principal *p = q->request->principal;

	if (p->is_anybody && strcmp(text, "*") == 0)
		return 1;
	for (size_t i = 0; i < p->n_names; i++) {
		if (strcmp(text, p->names[i]) == 0)
			return 1;
	}
	return 0;
}

/* Element `name`, or its opposite `not_name`; neither says nothing against the statement. */
static int
element_holds(const json_t *statement, const char *name, const char *not_name,
    value_fn *fn, struct asked *q)
{
	const json_t *v = json_get(statement, name);

	if (v != NULL)
		return any_value(v, fn, q);
	v = json_get(statement, not_name);
	return v == NULL || !any_value(v, fn, q);
}

/* Is the name on a list of principals?  An account's has two forms. */
static int
is_listed(const json_t *list, const char *name)
{
	size_t n = strlen(name);
	char other[64];

	if (n == 12 && strspn(name, "0123456789") == 12)
		snprintf(other, sizeof(other), "arn:aws:iam::%s:root", name);
	else if (n == 30 && strcmp(name + 25, ":root") == 0)
		snprintf(other, sizeof(other), "%.12s", name + 13);
	else
		other[0] = '\0';
	if (json_is_string(list))
		return strcmp(json_string_value(list), name) == 0 ||
		    strcmp(json_string_value(list), other) == 0;
	return json_has_str(list, name) || (*other != '\0' && json_has_str(list, other));
}

/*
 * Not excepted from NotPrincipal is whoever has one name that is not listed: his account's,
 * his role's, his own.  Nobody has no names, and "*" excepts all.
 */
static int
is_excepted(const json_t *v, const struct policy_principal *p)
{
	const json_t *list = json_is_string(v) ? v : json_get(v, p->type);

	if (is_listed(list, "*"))
		return 1;
	for (size_t i = 0; i < p->n_names; i++) {
		if (strcmp(p->names[i], "*") != 0 && !is_listed(list, p->names[i]))
			return 0;
	}
	return p->n_names > 0;
}

static int
principal_holds(const json_t *statement, struct asked *q)
{
	const json_t *v = json_get(statement, "Principal"),
		     *no = json_get(statement, "NotPrincipal");

	if (q->request->principal == NULL)
		return v == NULL && no == NULL;
	if (no != NULL)
		return !is_excepted(no, q->request->principal);
	if (json_is_string(v))
		return is_principal(q, json_string_value(v));
	return any_value(json_get(v, q->request->principal->type), is_principal, q);
}

static int
statement_holds(const json_t *statement, struct asked *q)
{
	return element_holds(statement, "Action", "NotAction", is_action, q) &&
	    principal_holds(statement, q) &&
	    element_holds(statement, "Resource", "NotResource", is_resource, q) &&
	    condition_holds(q->arena, json_get(statement, "Condition"),
		q->request->context, q->variables);
}

static enum policy_effect
statement_effect(const json_t *statement, struct asked *q)
{
	const char *effect = json_str_or(statement, "Effect", "");

	if (!statement_holds(statement, q))
		return POLICY_SILENT;
	return strcmp(effect, "Deny") == 0 ? POLICY_DENY :
	    strcmp(effect, "Allow") == 0   ? POLICY_ALLOW :
					     POLICY_SILENT;
}

enum policy_effect
policy_evaluate(struct arena *a, const json_t *doc, const struct policy_request *request)
{
	/* Variables came with the second version of the language. */
	struct asked q = { a, request,
		strcmp(json_str_or(doc, "Version", ""), "2012-10-17") == 0 };
	const json_t *statements = json_get(doc, "Statement"), *s;
	enum policy_effect found = POLICY_SILENT, e;
	size_t i;

	if (json_is_object(statements))
		return statement_effect(statements, &q);
	json_array_foreach(statements, i, s) {
		e = statement_effect(s, &q);
		if (e > found)
			found = e;
		if (found == POLICY_DENY)
			break;
	}
	return found;
}
