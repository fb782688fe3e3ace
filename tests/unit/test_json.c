/*
 * base/json: what is read, what is refused, what the setters leave.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"

struct fixture {
	struct arena *arena;
};

static int
set_up(void **state)
{
	static struct fixture f;

	f.arena = arena_new();
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	return 0;
}

static json_t *
read_text(struct fixture *f, const char *text)
{
	struct err err = { 0 };
	json_t *v = NULL;

	assert_int_equal(json_read_in(f->arena, text, strlen(text), &v, &err), 0);
	assert_null(err.kind);
	return v;
}

static void
any_value_goes_there_and_back(void **state)
{
	static const char *const texts[] = { "null", "true", "1", "-0.5", "\"\"", "[]",
		"{}", "9007199254740993", "-9223372036854775808", "9223372036854775807",
		"\"\\u0001\xc3\xa9\"", "{\"b\":1,\"a\":[1,{\"c\":null}]}",
		"{\"A\":1,\"a\":2}" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_string_equal(json_text(f->arena, read_text(f, texts[i])),
		    texts[i]);
}

static void
what_is_not_json_is_refused(void **state UNUSED)
{
	static const char *const bad[] = { "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}",
		"01", "1 2", "{} x", "\"\\u0000\"", "\"\\ud800\"", "\"\xff\"", "'a'",
		"{\"a\":1,\"a\":2}", "9223372036854775808", "1e999", "nul", "NaN",
		"/* */1" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct err err = { 0 };
		json_t *v = NULL;

		assert_int_equal(json_read(bad[i], strlen(bad[i]), &v, &err), -1);
		assert_ptr_equal(err.kind, &json_malformed);
		assert_true(err.msg[0] != '\0');
		assert_null(v);
	}
}

/* depth brackets of either kind, with brackets in a string that do not count. */
static int
read_nested(size_t depth, char open, char close)
{
	char text[3 * (JSON_MAX_NESTING + 1) * 8 + 16];
	struct err err = { 0 };
	json_t *v = NULL;
	size_t n = 0;

	for (size_t i = 0; i < depth; i++) {
		text[n++] = open;
		if (open == '{' && i + 1 < depth) {
			memcpy(text + n, "\"[\\\"[\":", 7);
			n += 7;
		}
	}
	for (size_t i = 0; i < depth; i++)
		text[n++] = close;
	if (json_read(text, n, &v, &err) < 0)
		return -1;
	json_decref(v);
	return 0;
}

static void
nesting_has_a_limit(void **state UNUSED)
{
	assert_int_equal(read_nested(JSON_MAX_NESTING, '[', ']'), 0);
	assert_int_equal(read_nested(JSON_MAX_NESTING + 1, '[', ']'), -1);
	assert_int_equal(read_nested(JSON_MAX_NESTING, '{', '}'), 0);
	assert_int_equal(read_nested(JSON_MAX_NESTING + 1, '{', '}'), -1);
}

static void
members_have_their_type_or_the_default(void **state)
{
	struct fixture *f = *state;
	json_t *v = read_text(f,
	    "{\"s\":\"x\",\"i\":3,\"d\":0.5,\"t\":true,\"o\":{\"p\":{\"q\":1}}}");

	assert_string_equal(json_str(v, "s"), "x");
	assert_null(json_str(v, "i"));
	assert_null(json_str(v, "S"));
	assert_null(json_str(NULL, "s"));
	assert_string_equal(json_str_or(v, "i", "none"), "none");
	assert_int_equal(json_int(v, "i", 7), 3);
	assert_int_equal(json_int(v, "d", 7), 7);
	assert_int_equal(json_int(NULL, "i", 7), 7);
	assert_true(json_num(v, "d", 7) > 0.4 && json_num(v, "d", 7) < 0.6);
	assert_true(json_num(v, "i", 7) > 2.9 && json_num(v, "s", 7) > 6.9);
	assert_int_equal(json_bool(v, "t", 0), 1);
	assert_int_equal(json_bool(v, "i", 0), 0);
	assert_int_equal(json_integer_value(json_path(v, "o.p.q")), 1);
	assert_ptr_equal(json_path(v, "s"), json_get(v, "s"));
	assert_null(json_path(v, "o.x.q"));
	assert_null(json_path(v, "o.p.q.r"));
}

static void
setters_build_a_document(void **state)
{
	struct fixture *f = *state;
	json_t *v = json_own(f->arena, json_new_object()), *list;
	char text[400];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	json_set_str(v, "s", "x");
	json_set_str(v, "none", NULL);
	json_set_strn(v, "n", "abcdef", 2);
	json_set_fmt(v, "f", "%s-%d", "v", 1);
	json_set_int(v, "i", INT64_MIN);
	json_set_num(v, "d", 0.25);
	json_set_bool(v, "b", 1);
	json_set_int(v, "gone", 1);
	json_del(v, "gone");
	json_set(v, "o", json_make("{s:s, s:[i,i]}", "k", "v", "l", 1, 2));
	list = json_need_array(v, "list");
	assert_ptr_equal(json_need_array(v, "list"), list);
	json_add(list, json_new_str("a"));
	json_add_str(list, "b");
	json_set_int(json_add_object(list), "k", 1);
	json_set_bool(json_need_object(json_need_object(v, "p"), "q"), "r", 0);
	assert_string_equal(json_text(f->arena, v),
	    "{\"s\":\"x\",\"n\":\"ab\",\"f\":\"v-1\",\"i\":-9223372036854775808,\"d\":0.25,"
	    "\"b\":true,\"o\":{\"k\":\"v\",\"l\":[1,2]},\"list\":[\"a\",\"b\",{\"k\":1}],"
	    "\"p\":{\"q\":{\"r\":false}}}");
	assert_int_equal(json_has_str(list, "b"), 1);
	assert_int_equal(json_has_str(list, "c"), 0);
	assert_int_equal(json_has_str(NULL, "c"), 0);
	json_set_fmt(v, "f", "%s", text);
	assert_string_equal(json_str(v, "f"), text);
}

static void
copies_are_apart(void **state)
{
	struct fixture *f = *state;
	json_t *v = read_text(f, "{\"a\":{\"b\":1}}");
	json_t *copy CLEANUP(json_freep) = json_copy_deep(v);

	json_set_int(json_get(copy, "a"), "b", 2);
	assert_int_equal(json_int(json_get(v, "a"), "b", 0), 1);
	assert_int_equal(json_int(json_get(copy, "a"), "b", 0), 2);
}

/* A string that is not UTF-8 cannot be in a document: whoever sets it has a bug. */
static void
text_that_is_not_utf8_ends_the_process(void **state UNUSED)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		json_set_str(json_new_object(), "s", "\xff");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_value_goes_there_and_back),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(members_have_their_type_or_the_default),
		cmocka_unit_test(setters_build_a_document),
		cmocka_unit_test(copies_are_apart),
		cmocka_unit_test(text_that_is_not_utf8_ends_the_process),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
