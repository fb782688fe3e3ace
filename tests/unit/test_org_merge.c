/*
 * Effective policies: what the operators of inheritance make of policies on the way from the root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/services/organizations/organizations.h"

/* Separated by '|', from the root down. */
static const struct {
	const char *policies, *result;
} cases[] = {
	{ "{\"a\":{\"@@assign\":1}}", "{\"a\":1}" },
	/* The last one assigns. */
	{ "{\"a\":{\"@@assign\":1}}|{\"a\":{\"@@assign\":2}}", "{\"a\":2}" },
	{ "{\"a\":{\"@@assign\":[1]}}|{\"b\":{\"@@assign\":2}}", "{\"a\":[1],\"b\":2}" },
	{ "{\"a\":{\"@@assign\":[1]}}|{\"a\":{\"@@append\":[2,1]}}", "{\"a\":[1,2]}" },
	{ "{\"a\":{\"@@append\":1}}", "{\"a\":[1]}" },
	{ "{\"a\":{\"@@assign\":[1,2]}}|{\"a\":{\"@@remove\":[1,3]}}", "{\"a\":[2]}" },
	{ "{\"a\":{\"@@remove\":[1]}}", "{\"a\":{}}" },
	/* What children may not, they do not. */
	{ "{\"a\":{\"@@assign\":1,\"@@operators_allowed_for_child_policies\":[\"@@none\"]}}|"
	  "{\"a\":{\"@@assign\":2}}",
	    "{\"a\":1}" },
	{ "{\"a\":{\"@@assign\":[1],\"@@operators_allowed_for_child_policies\":[\"@@append\"]}}|"
	  "{\"a\":{\"@@assign\":[9],\"@@append\":[2]}}",
	    "{\"a\":[1,2]}" },
	/* Nobody below gives more than he was given. */
	{ "{\"a\":{\"@@assign\":1,\"@@operators_allowed_for_child_policies\":[\"@@none\"]}}|"
	  "{\"a\":{\"@@assign\":2,\"@@operators_allowed_for_child_policies\":[\"@@all\"]}}|"
	  "{\"a\":{\"@@assign\":3}}",
	    "{\"a\":1}" },
	{ "{\"a\":{\"@@operators_allowed_for_child_policies\":[\"@@none\"],\"b\":{\"@@assign\":1}}}|"
	  "{\"a\":{\"c\":{\"@@assign\":2}}}",
	    "{\"a\":{\"b\":1}}" },
};

static void
operators_do_what_they_say(void **state UNUSED)
{
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *effective = json_own(a, json_new_object()), *policy;
		char *text = arena_strdup(a, cases[i].policies), *save = NULL;
		const char *result;
		struct err err;

		for (char *p = strtok_r(text, "|", &save); p != NULL;
		     p = strtok_r(NULL, "|", &save)) {
			assert_int_equal(json_read_in(a, p, strlen(p), &policy, &err), 0);
			org_merge(effective, policy);
		}
		result = json_text(a, json_own(a, org_merge_result(effective)));
		if (strcmp(result, cases[i].result) != 0)
			fail_msg("%s: %s", cases[i].policies, result);
	}
	arena_free(a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_do_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
