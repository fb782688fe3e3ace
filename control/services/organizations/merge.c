/*
 * Organizations: one effective policy of all that are on the way from the root.
 *
 * A member of a policy is an object of operators, or of further members.  While it is merged, a value is
 * {"@@value": what it is, "@@allowed": what children may do to it}; the latter is there once a
 * parent has said so.
 */
#include <string.h>

#include "control/services/organizations/organizations.h"

static const char value_mark[] = "@@value", allowed_mark[] = "@@allowed";
static const char allow_member[] = "@@operators_allowed_for_child_policies";

static int
is_operators(const json_t *v)
{
	const char *name;
	json_t *m;

	json_object_foreach((json_t *)(uintptr_t)v, name, m) {
		if (strncmp(name, "@@", 2) == 0 && strcmp(name, allow_member) != 0 &&
		    strcmp(name, allowed_mark) != 0)
			return 1;
	}
	return 0;
}

static int
may(const json_t *at, const char *operator)
{
	const json_t *allowed = json_get(at, allowed_mark);

	return allowed == NULL || json_has_str(allowed, "@@all") ||
	    json_has_str(allowed, operator);
}

/* The elements of one or many. */
static size_t
n_of(const json_t *v)
{
	return json_is_array(v) ? json_array_size(v) : v != NULL;
}

static json_t *
nth(json_t *v, size_t i)
{
	return json_is_array(v) ? json_array_get(v, i) : v;
}

static size_t
index_of(const json_t *list, const json_t *v)
{
	size_t i;
	json_t *e;

	json_array_foreach(list, i, e) {
		if (json_equal(e, v))
			break;
	}
	return i;
}

static void
append(json_t *at, json_t *more)
{
	json_t *have = json_get(at, value_mark), *all = json_new_array();

	for (size_t i = 0; i < n_of(have); i++)
		json_add(all, json_incref(nth(have, i)));
	for (size_t i = 0; i < n_of(more); i++) {
		if (index_of(all, nth(more, i)) == json_array_size(all))
			json_add(all, json_incref(nth(more, i)));
	}
	json_set(at, value_mark, all);
}

static void
take_away(json_t *at, json_t *less)
{
	json_t *have = json_get(at, value_mark), *all;

	if (have == NULL)
		return;
	all = json_new_array();
	for (size_t i = 0; i < n_of(have); i++) {
		size_t j = 0;

		while (j < n_of(less) && !json_equal(nth(less, j), nth(have, i)))
			j++;
		if (j == n_of(less))
			json_add(all, json_incref(nth(have, i)));
	}
	json_set(at, value_mark, all);
}

static void
operate(json_t *at, const json_t *operators)
{
	json_t *v = json_get(operators, "@@assign");

	if (v != NULL && may(at, "@@assign"))
		json_set(at, value_mark, json_copy_deep(v));
	v = json_get(operators, "@@append");
	if (v != NULL && may(at, "@@append"))
		append(at, v);
	v = json_get(operators, "@@remove");
	if (v != NULL && may(at, "@@remove"))
		take_away(at, v);
}

/* What children may: only less than what the parents let. */
static void
restrict_children(json_t *at, const json_t *v)
{
	json_t *had = json_get(at, allowed_mark), *now;

	if (v == NULL)
		return;
	now = json_new_array();
	for (size_t i = 0; i < n_of(v); i++) {
		const char *name = json_string_value(nth((json_t *)(uintptr_t)v, i));

		if (name != NULL &&
		    (had == NULL || json_has_str(had, "@@all") ||
			json_has_str(had, name)))
			json_add_str(now, name);
	}
	json_set(at, allowed_mark, now);
}

void
org_merge(json_t *effective, const json_t *policy)
{
	const char *name;
	json_t *m;

	if (is_operators(policy)) {
		operate(effective, policy);
		restrict_children(effective, json_get(policy, allow_member));
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)policy, name, m) {
		if (!json_is_object(m) || strncmp(name, "@@", 2) == 0)
			continue;
		/* A new member under one that is closed stays out. */
		if (json_get(effective, name) == NULL && !may(effective, "@@assign"))
			continue;
		org_merge(json_need_object(effective, name), m);
	}
	restrict_children(effective, json_get(policy, allow_member));
}

json_t *
org_merge_result(const json_t *effective)
{
	json_t *out, *m = json_get(effective, value_mark);
	const char *name;

	if (m != NULL)
		return json_copy_deep(m);
	out = json_new_object();
	json_object_foreach((json_t *)(uintptr_t)effective, name, m) {
		if (strncmp(name, "@@", 2) != 0 && json_is_object(m))
			json_set(out, name, org_merge_result(m));
	}
	return out;
}
