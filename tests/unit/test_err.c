/*
 * base/err and base/log: how failures read, and what a line of the log is.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"

static const struct err_kind not_found = { "Thing.NotFound", 404 };

static int
fails(struct err *err)
{
	return err_set(err, &not_found, "the thing '%s' does not exist", "x");
}

static int
fails_above(struct err *err)
{
	if (fails(err) < 0)
		return err_wrap(err, "step %d", 2);
	return 0;
}

static void
failure_is_named_on_the_way_up(void **state UNUSED)
{
	struct err err = { 0 };

	assert_int_equal(fails_above(&err), -1);
	assert_ptr_equal(err.kind, &not_found);
	assert_string_equal(err.msg, "step 2: the thing 'x' does not exist");
}

static void
errno_has_its_words(void **state UNUSED)
{
	struct err err = { 0 };

	errno = ENOENT;
	assert_int_equal(err_errno(&err, "open %s", "/x"), -1);
	assert_ptr_equal(err.kind, &err_internal);
	assert_string_equal(err.msg, "open /x: No such file or directory");
}

static void
long_messages_are_cut_and_whole(void **state UNUSED)
{
	char text[2 * sizeof(((struct err *)0)->msg)];
	struct err err = { 0 };

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set_fn(&err, &not_found, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	err_wrap_fn(&err, "b");
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_memory_equal(err.msg, "b: aaa", 6);
	err_wrap_fn(&err, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	errno = EIO;
	err_errno_fn(&err, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
}

/* What write_lines puts on stderr. */
static size_t
captured(void (*write_lines)(void), char *out, size_t size)
{
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	dup2(fds[1], STDERR_FILENO);
	write_lines();
	dup2(saved, STDERR_FILENO);
	n = read(fds[0], out, size - 1);
	close(saved);
	close(fds[0]);
	close(fds[1]);
	if (n < 0)
		n = 0;
	out[n] = '\0';
	return (size_t)n;
}

static void
three_lines(void)
{
	log_debug("test", "not at this level");
	errno = EBADF;
	log_info("test", "two\nlines\x1b[0m k=%d", 1);
	assert_int_equal(errno, EBADF);
	log_err("test", "bad");
}

static void
a_line_is_one_line(void **state UNUSED)
{
	char text[1024];
	int n = 0;

	log_set_level(LOG_INFO);
	captured(three_lines, text, sizeof(text));
	assert_int_equal(sscanf(text, "20%*2d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ %n", &n), 0);
	assert_int_equal(n, 25);
	assert_memory_equal(text + n, "info test two lines [0m k=1\n20", 30);
	assert_non_null(strstr(text, " error test bad\n"));
	assert_null(strstr(text, "not at this level"));
}

static void
one_endless_line(void)
{
	char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_warn("test", "%s", text);
}

static void
an_endless_line_is_cut(void **state UNUSED)
{
	char text[8192];
	size_t n = captured(one_endless_line, text, sizeof(text));

	assert_in_range(n, 1000, 2048);
	assert_int_equal(text[n - 1], '\n');
	assert_ptr_equal(strchr(text, '\n'), text + n - 1);
}

static void
levels_have_names(void **state UNUSED)
{
	enum log_level level = LOG_ERR;

	assert_int_equal(log_level_parse("debug", &level), 1);
	assert_int_equal(level, LOG_DEBUG);
	assert_int_equal(log_level_parse("warn", &level), 1);
	assert_int_equal(level, LOG_WARN);
	assert_int_equal(log_level_parse("loud", &level), 0);
	assert_int_equal(log_level_parse("", &level), 0);
	assert_int_equal(level, LOG_WARN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failure_is_named_on_the_way_up),
		cmocka_unit_test(errno_has_its_words),
		cmocka_unit_test(long_messages_are_cut_and_whole),
		cmocka_unit_test(a_line_is_one_line),
		cmocka_unit_test(an_endless_line_is_cut),
		cmocka_unit_test(levels_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
