/* Lifecycle rules: what is due for which object, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "control/services/s3/lifecycle_rule.h"

enum { DAY = 86400, NOON = 43200 };

/* Written at noon of day 100. */
#define WRITTEN (100LL * DAY + NOON)

#define RULE(text) "{\"ID\":\"r\",\"Status\":\"Enabled\"," text "}"
#define ALL	   "\"Filter\":{},"
#define EXPIRE(n)  "\"Expiration\":{\"Days\":" #n "}"

static const struct {
	const char *rules;
	struct lifecycle_object object;
	int64_t days; /* since it was written */
	enum lifecycle_action action;
	const char *class;
} cases[] = {
	/* Days end at the midnight behind them. */
	{ RULE(ALL EXPIRE(1)), { .is_current = 1 }, 1, LIFECYCLE_NONE, NULL },
	{ RULE(ALL EXPIRE(1)), { .is_current = 1 }, 2, LIFECYCLE_EXPIRE, NULL },
	{ "{\"ID\":\"r\",\"Status\":\"Disabled\"," ALL EXPIRE(1) "}", { .is_current = 1 },
	    9, LIFECYCLE_NONE, NULL },
	{ RULE(ALL EXPIRE(1)), { .is_current = 0 }, 9, LIFECYCLE_NONE, NULL },
	/* Filters */
	{ RULE("\"Filter\":{\"Prefix\":\"k\"}," EXPIRE(1)), { .is_current = 1 }, 9,
	    LIFECYCLE_EXPIRE, NULL },
	{ RULE("\"Filter\":{\"Prefix\":\"x\"}," EXPIRE(1)), { .is_current = 1 }, 9,
	    LIFECYCLE_NONE, NULL },
	{ RULE("\"Prefix\":\"x\"," EXPIRE(1)), { .is_current = 1 }, 9, LIFECYCLE_NONE,
	    NULL },
	{ RULE("\"Filter\":{\"ObjectSizeGreaterThan\":10}," EXPIRE(1)),
	    { .is_current = 1, .size = 10 }, 9, LIFECYCLE_NONE, NULL },
	{ RULE("\"Filter\":{\"ObjectSizeGreaterThan\":10}," EXPIRE(1)),
	    { .is_current = 1, .size = 11 }, 9, LIFECYCLE_EXPIRE, NULL },
	{ RULE("\"Filter\":{\"ObjectSizeLessThan\":10}," EXPIRE(1)),
	    { .is_current = 1, .size = 10 }, 9, LIFECYCLE_NONE, NULL },
	{ RULE("\"Filter\":{\"Tag\":{\"Key\":\"a\",\"Value\":\"1\"}}," EXPIRE(1)),
	    { .is_current = 1 }, 9, LIFECYCLE_EXPIRE, NULL },
	{ RULE("\"Filter\":{\"Tag\":{\"Key\":\"a\",\"Value\":\"2\"}}," EXPIRE(1)),
	    { .is_current = 1 }, 9, LIFECYCLE_NONE, NULL },
	{ RULE(
	      "\"Filter\":{\"And\":{\"Prefix\":\"k\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},"
	      "{\"Key\":\"b\",\"Value\":\"2\"}]}}," EXPIRE(1)),
	    { .is_current = 1 }, 9, LIFECYCLE_EXPIRE, NULL },
	{ RULE(
	      "\"Filter\":{\"And\":{\"Prefix\":\"k\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},"
	      "{\"Key\":\"c\",\"Value\":\"2\"}]}}," EXPIRE(1)),
	    { .is_current = 1 }, 9, LIFECYCLE_NONE, NULL },
	/* A day of the calendar */
	{ RULE(ALL "\"Expiration\":{\"Date\":9072000}"), { .is_current = 1 }, 4,
	    LIFECYCLE_NONE, NULL },
	{ RULE(ALL "\"Expiration\":{\"Date\":9072000}"), { .is_current = 1 }, 5,
	    LIFECYCLE_EXPIRE, NULL },
	/* Markers */
	{ RULE(ALL "\"Expiration\":{\"ExpiredObjectDeleteMarker\":true}"),
	    { .is_current = 1, .is_marker = 1, .is_alone = 1 }, 0, LIFECYCLE_EXPIRE,
	    NULL },
	{ RULE(ALL "\"Expiration\":{\"ExpiredObjectDeleteMarker\":true}"),
	    { .is_current = 1, .is_marker = 1 }, 9, LIFECYCLE_NONE, NULL },
	{ RULE(ALL EXPIRE(1)), { .is_current = 1, .is_marker = 1 }, 9, LIFECYCLE_NONE,
	    NULL },
	{ RULE(ALL EXPIRE(1)), { .is_current = 1, .is_marker = 1, .is_alone = 1 }, 9,
	    LIFECYCLE_EXPIRE, NULL },
	/* Noncurrent ones */
	{ RULE(ALL "\"NoncurrentVersionExpiration\":{\"NoncurrentDays\":3}"),
	    { .n_newer = 0 }, 3, LIFECYCLE_NONE, NULL },
	{ RULE(ALL "\"NoncurrentVersionExpiration\":{\"NoncurrentDays\":3}"),
	    { .n_newer = 0 }, 4, LIFECYCLE_EXPIRE, NULL },
	{ RULE(ALL "\"NoncurrentVersionExpiration\":{\"NoncurrentDays\":3,"
		   "\"NewerNoncurrentVersions\":2}"),
	    { .n_newer = 1 }, 9, LIFECYCLE_NONE, NULL },
	{ RULE(ALL "\"NoncurrentVersionExpiration\":{\"NoncurrentDays\":3,"
		   "\"NewerNoncurrentVersions\":2}"),
	    { .n_newer = 2 }, 9, LIFECYCLE_EXPIRE, NULL },
	/* Classes: the coldest, never back, not what is small */
	{ RULE(ALL
	      "\"Transitions\":[{\"Days\":1,\"StorageClass\":\"STANDARD_IA\"},{\"Days\":3,"
	      "\"StorageClass\":\"GLACIER\"}]"),
	    { .is_current = 1, .size = 1 }, 2, LIFECYCLE_MOVE, "STANDARD_IA" },
	{ RULE(ALL
	      "\"Transitions\":[{\"Days\":1,\"StorageClass\":\"STANDARD_IA\"},{\"Days\":3,"
	      "\"StorageClass\":\"GLACIER\"}]"),
	    { .is_current = 1, .size = 1 }, 9, LIFECYCLE_MOVE, "GLACIER" },
	{ RULE(ALL "\"Transitions\":[{\"Days\":1,\"StorageClass\":\"STANDARD_IA\"}]"),
	    { .is_current = 1, .size = 1, .class = "GLACIER" }, 9, LIFECYCLE_NONE, NULL },
	{ RULE(ALL "\"Transitions\":[{\"Days\":1,\"StorageClass\":\"GLACIER\"}]"),
	    { .is_current = 1, .size = 99, .min_transition = 100 }, 9, LIFECYCLE_NONE,
	    NULL },
	{ RULE("\"Filter\":{\"ObjectSizeGreaterThan\":1},\"Transitions\":[{\"Days\":1,"
	       "\"StorageClass\":\"GLACIER\"}]"),
	    { .is_current = 1, .size = 99, .min_transition = 100 }, 9, LIFECYCLE_MOVE,
	    "GLACIER" },
	{ RULE(ALL
	      "\"Transitions\":[{\"Days\":1,\"StorageClass\":\"GLACIER\"}]," EXPIRE(5)),
	    { .is_current = 1, .size = 1 }, 9, LIFECYCLE_EXPIRE, NULL },
	{ RULE(ALL
	      "\"NoncurrentVersionTransitions\":[{\"NoncurrentDays\":1,\"StorageClass\":"
	      "\"GLACIER\"}]"),
	    { .size = 1 }, 9, LIFECYCLE_MOVE, "GLACIER" },
};

static json_t *
read_json(struct arena *a, const char *text)
{
	struct err err;
	json_t *v = NULL;

	if (json_read_in(a, text, strlen(text), &v, &err) < 0)
		fail_msg("%s: %s", err.msg, text);
	return v;
}

static void
what_is_due_is_done(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const json_t *tags = read_json(a,
	    "[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":\"2\"}]");

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lifecycle_object o = cases[i].object;
		struct lifecycle_due due;

		o.key = "key";
		o.tags = tags;
		o.since_s = WRITTEN;
		o.class = o.class != NULL ? o.class : "STANDARD";
		due = lifecycle_due(read_json(a, arena_printf(a, "[%s]", cases[i].rules)),
		    &o, WRITTEN + cases[i].days * DAY);
		if (due.action != cases[i].action)
			fail_msg("case %zu: %d", i, (int)due.action);
		if (cases[i].class != NULL)
			assert_string_equal(due.class, cases[i].class);
	}
}

static void
the_first_rule_that_expires_is_shown(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct lifecycle_object o = { .key = "key",
		.class = "STANDARD",
		.since_s = WRITTEN,
		.is_current = 1 };
	const json_t *rules = read_json(a,
	    "[{\"ID\":\"late\",\"Status\":\"Enabled\"," ALL EXPIRE(
		9) "},{\"ID\":\"soon\",\"Status\":\"Enabled\"," ALL EXPIRE(2) "}]");
	const char *rule = NULL;
	int64_t at = 0;

	assert_true(lifecycle_expiry(rules, &o, &rule, &at));
	assert_string_equal(rule, "soon");
	assert_int_equal(at, 103LL * DAY);
	assert_false(lifecycle_expiry(json_array_get(rules, 7), &o, &rule, &at));
}

static void
uploads_are_given_up(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const json_t *rules = read_json(a,
	    "[" RULE("\"Filter\":{\"Prefix\":\"k\"},\"AbortIncompleteMultipartUpload\":{"
		     "\"DaysAfterInitiation\":2}") "]");

	assert_false(lifecycle_aborts(rules, "key", WRITTEN, WRITTEN + 2LL * DAY));
	assert_true(lifecycle_aborts(rules, "key", WRITTEN, WRITTEN + 3LL * DAY));
	assert_false(lifecycle_aborts(rules, "other", WRITTEN, WRITTEN + 3LL * DAY));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_rule_that_expires_is_shown),
		cmocka_unit_test(uploads_are_given_up),
		cmocka_unit_test(what_is_due_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
