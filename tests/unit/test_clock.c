/*
 * base/clock: timestamps as text, and the random texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cc.h"
#include "base/clock.h"

static void
moments_are_written(void **state UNUSED)
{
	static const struct {
		int64_t ms;
		int with_ms;
		const char *text;
	} cases[] = {
		{ 0, 0, "1970-01-01T00:00:00Z" },
		{ 0, 1, "1970-01-01T00:00:00.000Z" },
		{ -1, 1, "1969-12-31T23:59:59.999Z" },
		{ -1000, 1, "1969-12-31T23:59:59.000Z" },
		{ 951782400000, 0, "2000-02-29T00:00:00Z" },
		{ 1767323045678, 1, "2026-01-02T03:04:05.678Z" },
		{ 1767323045678, 0, "2026-01-02T03:04:05Z" },
		{ INT64_MAX, 1, "9999-12-31T23:59:59.999Z" },
		{ INT64_MIN, 1, "0001-01-01T00:00:00.000Z" },
	};
	char out[CLOCK_TEXT];

	for (size_t i = 0; i < COUNT(cases); i++) {
		clock_iso8601(cases[i].ms, cases[i].with_ms, out);
		assert_string_equal(out, cases[i].text);
	}
}

static void
moments_are_read(void **state UNUSED)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01T01:00:00+01:00", 0 },
		{ "1969-12-31T18:30:00-05:30", 0 },
		{ "2026-01-02T03:04:05.678Z", 1767323045678 },
		{ "2026-01-02T03:04:05.6789999Z", 1767323045678 },
		{ "2026-01-02T03:04:05.6Z", 1767323045600 },
		{ "2000-02-29T00:00:00Z", 951782400000 },
		{ "2016-12-31T23:59:60Z", 1483228800000 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms = -1;

		assert_int_equal(clock_parse_iso8601(cases[i].text, &ms), 1);
		assert_int_equal(ms, cases[i].ms);
	}
}

static void
what_is_no_moment_is_refused(void **state UNUSED)
{
	static const char *const bad[] = { "", "2026", "2026-01-02",
		"2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-13-02T03:04:05Z",
		"2026-00-02T03:04:05Z", "2026-01-32T03:04:05Z", "2026-01-00T03:04:05Z",
		"2026-02-30T03:04:05Z", "2025-02-29T03:04:05Z", "2026-04-31T03:04:05Z",
		"2026-01-02T24:04:05Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z",
		"2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx",
		"2026-01-02T03:04:05+0100", "2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+01:60", "+026-01-02T03:04:05Z", "2026-1-2T3:4:5Z" };
	int64_t ms = 42;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(clock_parse_iso8601(bad[i], &ms), 0);
	assert_int_equal(ms, 42);
}

static void
clocks_go_forward(void **state UNUSED)
{
	int64_t before = clock_monotonic_ms();

	assert_true(clock_system.now_ms(&clock_system) > 1767323045678);
	assert_true(clock_monotonic_ms() >= before);
}

static void
random_texts_are_of_their_letters_and_differ(void **state UNUSED)
{
	char a[65], b[65], seen[3] = "";
	size_t n[3] = { 0 };

	random_hex(a, 64);
	random_hex(b, 64);
	assert_int_equal(strlen(a), 64);
	assert_int_equal(strspn(a, "0123456789abcdef"), 64);
	assert_string_not_equal(a, b);
	for (int i = 0; i < 3000; i++) {
		random_text(seen, 1, "xyz");
		assert_true(seen[0] >= 'x' && seen[0] <= 'z');
		n[seen[0] - 'x']++;
	}
	/* 1000 each; 800 is eight standard deviations away. */
	for (int i = 0; i < 3; i++)
		assert_true(n[i] > 800);
	random_text(seen, 0, "x");
	assert_string_equal(seen, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_written),
		cmocka_unit_test(moments_are_read),
		cmocka_unit_test(what_is_no_moment_is_refused),
		cmocka_unit_test(clocks_go_forward),
		cmocka_unit_test(random_texts_are_of_their_letters_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
