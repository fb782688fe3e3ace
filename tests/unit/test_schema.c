/* The version of the data, and the steps from one to the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "control/store/schema.h"

static int n_first, n_second, fails;

static int
first(struct store *s UNUSED, struct err *err UNUSED)
{
	n_first++;
	return 0;
}

static int
second(struct store *s UNUSED, struct err *err)
{
	n_second++;
	return fails ? err_set(err, &err_unavailable, "the store is away") : 0;
}

static schema_step_fn *const steps[] = { first, second };

static int
setup(void **state)
{
	n_first = n_second = fails = 0;
	*state = store_open_mem();
	return 0;
}

static int
teardown(void **state)
{
	store_close(*state);
	return 0;
}

static int64_t
version(struct store *s)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct err err;
	json_t *doc;
	int rc = store_get(store_begin(s, a), STORE_SYSTEM, "sys:schema", "schema", &doc,
	    &err);

	return rc == 1 ? json_int(doc, "version", -2) : -1;
}

static void
a_new_store_says_which_version_it_has(void **state)
{
	struct err err;

	assert_int_equal(version(*state), -1);
	assert_int_equal(schema_open(*state, &err), 0);
	assert_int_equal(version(*state), schema_version());
	assert_int_equal(schema_open(*state, &err), 0);
	assert_int_equal(version(*state), schema_version());
}

static void
each_step_is_taken_once(void **state)
{
	struct err err;

	assert_int_equal(schema_bring(*state, steps, 0, &err), 0);
	assert_int_equal(version(*state), 1);
	assert_int_equal(schema_bring(*state, steps, 1, &err), 0);
	assert_int_equal(version(*state), 2);
	assert_int_equal(schema_bring(*state, steps, 2, &err), 0);
	assert_int_equal(schema_bring(*state, steps, 2, &err), 0);
	assert_int_equal(version(*state), 3);
	assert_int_equal(n_first, 1);
	assert_int_equal(n_second, 1);
}

static void
a_step_that_failed_is_taken_again(void **state)
{
	struct err err;

	fails = 1;
	assert_int_equal(schema_bring(*state, steps, 2, &err), -1);
	assert_int_equal(version(*state), 2);
	fails = 0;
	assert_int_equal(schema_bring(*state, steps, 2, &err), 0);
	assert_int_equal(version(*state), 3);
	assert_int_equal(n_first, 1);
	assert_int_equal(n_second, 2);
}

static void
newer_data_are_left_alone(void **state)
{
	struct err err;

	assert_int_equal(schema_bring(*state, steps, 2, &err), 0);
	assert_int_equal(schema_bring(*state, steps, 1, &err), -1);
	assert_non_null(strstr(err.msg, "schema 3"));
	assert_int_equal(version(*state), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_store_says_which_version_it_has,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(a_step_that_failed_is_taken_again, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(each_step_is_taken_once, setup, teardown),
		cmocka_unit_test_setup_teardown(newer_data_are_left_alone, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
