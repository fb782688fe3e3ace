/* agents/init/words: the little languages inside unit files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "agents/init/words.h"
#include "base/buf.h"
#include "base/cc.h"

static int
setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void
assert_words(const struct words *w, const char *joined)
{
	struct buf text;

	buf_init(&text, 4096);
	for (size_t i = 0; i < w->n; i++) {
		if (i > 0)
			buf_chr(&text, '|');
		buf_str(&text, w->v[i]);
	}
	assert_string_equal(buf_text(&text), joined);
	buf_done(&text);
	assert_null(w->v[w->n]);
}

static void
words_are_split_as_unit_files_quote_them(void **state)
{
	static const struct {
		const char *line, *words;
	} cases[] = {
		{ "/bin/a b  c", "/bin/a|b|c" },
		{ "", "" },
		{ "  a\tb ", "a|b" },
		{ "\"a b\" 'c d' e\"f g\"h", "a b|c d|ef gh" },
		{ "a \"\" b", "a||b" },
		{ "a\\x41\\101\\n\\s\\\\", "aAA\n \\" },
		{ "'it\\'s'", "it's" },
	};
	struct words w;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(words_split(*state, cases[i].line, &w), 0);
		assert_words(&w, cases[i].words);
	}
}

static void
malformed_quoting_is_refused(void **state)
{
	static const char *const bad[] = { "\"a", "'a b", "a\\", "a\\q", "\\x4", "\\xzz",
		"\\000" };
	struct words w;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(words_split(*state, bad[i], &w), -1);
}

static void
too_many_words_are_refused(void **state)
{
	char line[4 * WORDS_MAX];
	struct words w;

	memset(line, 'a', sizeof(line));
	for (size_t i = 1; i < sizeof(line); i += 2)
		line[i] = ' ';
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(words_split(*state, line, &w), -1);
}

static void
specifiers_are_replaced(void **state)
{
	static const struct {
		const char *text, *unit, *result;
	} cases[] = {
		{ "%n %N %p", "foo.service", "foo.service foo foo" },
		{ "%n %p %i", "pg@15-main.service", "pg@15-main.service pg 15-main" },
		{ "/etc/%I/x", "pg@15-main.service", "/etc/15/main/x" },
		{ "%I", "a@b\\x2dc.service", "b-c" },
		{ "[%i]", "foo.service", "[]" },
		{ "%t %S %L %C %E %%", "foo.service",
		    "/run /var/lib /var/log /var/cache /etc %" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(words_specifiers(*state, cases[i].text,
					cases[i].unit),
		    cases[i].result);
	assert_null(words_specifiers(*state, "a%", "foo.service"));
	assert_null(words_specifiers(*state, "%y", "foo.service"));
}

static void
variables_are_expanded_in_arguments(void **state)
{
	static const struct {
		const char *line, *words;
	} cases[] = {
		{ "p $MANY $ONE $NONE x", "p|-a|b c|1|x" },
		{ "p ${MANY} a${ONE}b", "p|-a 'b c'|a1b" },
		{ "p $$ONE ${NONE} a$ONE", "p|$ONE||a$ONE" },
		{ "p ${ONE $", "p|${ONE|$" },
	};
	struct words env = { NULL, 0 }, in, out;
	char many[] = "MANY=-a 'b c'", one[] = "ONE=1";

	words_set_env(*state, &env, many);
	words_set_env(*state, &env, one);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(words_split(*state, cases[i].line, &in), 0);
		words_expand(*state, &in, &env, &out);
		assert_words(&out, cases[i].words);
	}
}

static void
an_assignment_replaces_the_older_one(void **state)
{
	struct words env = { NULL, 0 };
	char a[] = "A=1", ab[] = "AB=2", again[] = "A=3";

	words_set_env(*state, &env, a);
	words_set_env(*state, &env, ab);
	words_set_env(*state, &env, again);
	assert_int_equal(env.n, 2);
	assert_string_equal(words_env(&env, "A"), "3");
	words_unset_env(&env, "A");
	assert_null(words_env(&env, "A"));
	assert_string_equal(words_env(&env, "AB"), "2");
}

static void
time_spans_are_read(void **state UNUSED)
{
	static const struct {
		const char *text;
		int ok;
		int64_t ms;
	} cases[] = {
		{ "90", 1, 90000 },
		{ "1.5s", 1, 1500 },
		{ "5min 20s", 1, 320000 },
		{ "100ms", 1, 100 },
		{ "2h", 1, 7200000 },
		{ "infinity", 1, -1 },
		{ "", 0, 0 },
		{ "x", 0, 0 },
		{ "5 parsecs", 0, 0 },
		{ "-1", 0, 0 },
		{ "99999999999999999999w", 1, -1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t ms = 0;

		assert_int_equal(span_parse(cases[i].text, &ms), cases[i].ok);
		assert_true(ms == cases[i].ms);
	}
}

static void
signals_have_names_and_numbers(void **state UNUSED)
{
	char buf[16];

	assert_int_equal(signal_parse("SIGTERM"), SIGTERM);
	assert_int_equal(signal_parse("WINCH"), SIGWINCH);
	assert_int_equal(signal_parse("9"), SIGKILL);
	assert_int_equal(signal_parse("RTMIN+3"), 37);
	assert_int_equal(signal_parse("SIGNOTHING"), 0);
	assert_int_equal(signal_parse("9x"), 0);
	assert_int_equal(signal_parse("65"), 0);
	assert_string_equal(signal_name(SIGHUP, buf, sizeof(buf)), "HUP");
}

static void
names_of_units_are_judged(void **state)
{
	static const char *const good[] = { "a.service", "a@.service", "a@b-c.service",
		"multi-user.target", "dev-sda\\x2d1.device" };
	static const char *const bad[] = { "", "a", ".service", "@a.service",
		"a/b.service", "../a.service", "a b.service", "a.conf", "a\n.service" };
	char longest[UNIT_NAME_MAX + 16];
	size_t len;

	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(unit_name_is_valid(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(unit_name_is_valid(bad[i]));
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + sizeof(longest) - 9, ".service", 9);
	assert_false(unit_name_is_valid(longest));

	assert_string_equal(unit_name_template(*state, "a@b.service"), "a@.service");
	assert_null(unit_name_template(*state, "a.service"));
	assert_non_null(unit_name_instance("a@b.service", &len));
	assert_int_equal(len, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(words_are_split_as_unit_files_quote_them),
		TEST(malformed_quoting_is_refused),
		TEST(too_many_words_are_refused),
		TEST(specifiers_are_replaced),
		TEST(variables_are_expanded_in_arguments),
		TEST(an_assignment_replaces_the_older_one),
		TEST(time_spans_are_read),
		TEST(signals_have_names_and_numbers),
		TEST(names_of_units_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
