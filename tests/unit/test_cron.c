/*
 * Times that come again, and the clocks of places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/cron.h"

static void
bad_expressions_are_refused(void **state UNUSED)
{
	static const char *const bad[] = { "", "*", "* * * *", "* * * * * *",
		"60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
		"a * * * *", "5-1 * * * *", "*/0 * * * *", "1, * * * *", ", * * * *",
		"1-, * * * *", "-1 * * * *", "* * * FOO *", "1,70 * * * *",
		"1,5-1 * * * *", "* * 1,32 * *", "*,*/61 * * * *", "*/4294967301 * * * *",
		"*/99999999999999999999 * * * *", "99999999999999999999 * * * *" };
	struct cron c;

	for (size_t i = 0; i < COUNT(bad); i++) {
		if (cron_parse(bad[i], &c))
			fail_msg("\"%s\" was taken", bad[i]);
	}
}

static void
the_next_time_is_found(void **state UNUSED)
{
	/* From Wednesday 2026-07-01 10:30:15Z. */
	static const char from[] = "2026-07-01T10:30:15Z";
	static const struct {
		const char *text, *zone, *next;
	} cases[] = {
		{ "* * * * *", "UTC", "2026-07-01T10:31:00Z" },
		{ "*/15 * * * *", "UTC", "2026-07-01T10:45:00Z" },
		{ "0 9 * * *", "UTC", "2026-07-02T09:00:00Z" },
		{ "30 10 * * *", "UTC", "2026-07-02T10:30:00Z" },
		{ "0 0 1 1 *", "UTC", "2027-01-01T00:00:00Z" },
		{ "0 0 29 2 *", "UTC", "2028-02-29T00:00:00Z" },
		{ "0 8 * * MON-FRI", "UTC", "2026-07-02T08:00:00Z" },
		{ "0 8 * * 0", "UTC", "2026-07-05T08:00:00Z" },
		{ "0 8 * * 7", "UTC", "2026-07-05T08:00:00Z" },
		/* Either day will do. */
		{ "0 8 15 * SUN", "UTC", "2026-07-05T08:00:00Z" },
		{ "5,50 10-12/2 * JUL *", "UTC", "2026-07-01T10:50:00Z" },
		{ "0 9 * * *", "Europe/Berlin", "2026-07-02T07:00:00Z" },
		{ "0 9 1 12 *", "Europe/Berlin", "2026-12-01T08:00:00Z" },
		{ "0 9 1 7 *", "America/New_York", "2026-07-01T13:00:00Z" },
		{ "0 12 * * *", "Asia/Kolkata", "2026-07-02T06:30:00Z" },
	};
	struct arena *a = arena_new();
	int64_t ms, want;
	struct cron c;

	assert_true(clock_parse_iso8601(from, &ms));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct zone *z = zone_find(a, cases[i].zone);

		assert_non_null(z);
		assert_true(cron_parse(cases[i].text, &c));
		assert_true(clock_parse_iso8601(cases[i].next, &want));
		if (cron_next(&c, z, ms / 1000) != want / 1000)
			fail_msg("%s in %s", cases[i].text, cases[i].zone);
	}
	assert_true(cron_parse("0 0 30 2 *", &c));
	assert_int_equal(cron_next(&c, zone_find(a, "UTC"), ms / 1000), 0);
	arena_free(a);
}

static void
zones_have_their_offsets(void **state UNUSED)
{
	static const struct {
		const char *zone, *at;
		int minutes;
	} cases[] = {
		{ "UTC", "2026-07-01T00:00:00Z", 0 },
		{ "Europe/Berlin", "2026-03-29T00:59:59Z", 60 },
		{ "Europe/Berlin", "2026-03-29T01:00:00Z", 120 },
		{ "Europe/Berlin", "2026-10-25T00:59:59Z", 120 },
		{ "Europe/Berlin", "2026-10-25T01:00:00Z", 60 },
		/* Behind what the file lists: by its rules. */
		{ "Europe/Berlin", "2090-03-26T00:59:59Z", 60 },
		{ "Europe/Berlin", "2090-03-26T01:00:00Z", 120 },
		{ "Europe/Berlin", "2090-12-31T23:30:00Z", 60 },
		{ "America/New_York", "2090-07-01T00:00:00Z", -240 },
		{ "America/New_York", "2090-01-01T00:00:00Z", -300 },
		{ "Australia/Sydney", "2090-01-01T00:00:00Z", 660 },
		{ "Australia/Sydney", "2090-07-01T00:00:00Z", 600 },
		{ "Asia/Kolkata", "2090-07-01T00:00:00Z", 330 },
		{ "Etc/GMT+3", "2026-07-01T00:00:00Z", -180 },
	};
	struct arena *a = arena_new();
	int64_t ms;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct zone *z = zone_find(a, cases[i].zone);

		assert_non_null(z);
		assert_true(clock_parse_iso8601(cases[i].at, &ms));
		if (zone_offset(z, ms / 1000) != cases[i].minutes * 60)
			fail_msg("%s at %s: %lld", cases[i].zone, cases[i].at,
			    (long long)zone_offset(z, ms / 1000));
	}
	arena_free(a);
}

static void
no_other_file_is_a_zone(void **state UNUSED)
{
	static const char *const bad[] = { "", "Mars/Olympus", "../../../etc/passwd",
		"/etc/passwd", "zone.tab", "Europe", "tzdata.zi", "Europe/Berlin\n" };
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_null(zone_find(a, bad[i]));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_expressions_are_refused),
		cmocka_unit_test(the_next_time_is_found),
		cmocka_unit_test(zones_have_their_offsets),
		cmocka_unit_test(no_other_file_is_a_zone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
