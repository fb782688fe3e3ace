/*
 * base/arena and base/buf: alignment, zeroes, growth, deferred calls, limits.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"

static char order[8];

static void
note(void *p)
{
	const char *word = p;

	order[strlen(order)] = word[0];
}

static void
memory_is_aligned_and_zeroed(void **state UNUSED)
{
	struct arena *a = arena_new();

	for (size_t size = 0; size < 70000; size = size * 2 + 1) {
		char *p = arena_alloc(a, size);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	arena_free(a);
}

static void
pieces_do_not_overlap(void **state UNUSED)
{
	struct arena *a = arena_new();
	unsigned char *p[2000];

	for (size_t i = 0; i < COUNT(p); i++) {
		p[i] = arena_alloc(a, i % 97 + 1);
		memset(p[i], (int)(i % 251), i % 97 + 1);
	}
	for (size_t i = 0; i < COUNT(p); i++) {
		for (size_t k = 0; k < i % 97 + 1; k++)
			assert_int_equal(p[i][k], i % 251);
	}
	arena_free(a);
}

static void
deferred_calls_run_last_first(void **state UNUSED)
{
	struct arena *a = arena_new();
	char one[] = "1", two[] = "2", three[] = "3";

	memset(order, 0, sizeof(order));
	arena_defer(a, note, one);
	arena_defer(a, note, two);
	arena_alloc(a, 100000);
	arena_defer(a, note, three);
	assert_string_equal(order, "");
	arena_free(a);
	assert_string_equal(order, "321");
	arena_free(NULL);
}

static void
text_is_copied(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	char long_text[9000];

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_string_equal(arena_strdup(a, long_text), long_text);
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_printf(a, "%s-%d", long_text + 8990, 7), "xxxxxxxxx-7");
	assert_string_equal(arena_printf(a, "%s", ""), "");
}

static void
absurd_size_ends_the_process(void **state UNUSED)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		arena_calloc(arena_new(), SIZE_MAX / 2, 3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void
buffer_grows_and_ends_with_nul(void **state UNUSED)
{
	struct buf b;

	buf_init(&b, 0);
	assert_string_equal(buf_text(&b), "");
	for (int i = 0; i < 1000; i++) {
		buf_printf(&b, "%d,", i % 10);
		buf_chr(&b, 'x');
		buf_str(&b, "yz");
		assert_int_equal(b.data[b.len], 0);
		assert_int_equal(b.len, (size_t)(i + 1) * 5);
	}
	assert_memory_equal(b.data + 4995, "9,xyz", 6);
	buf_reset(&b);
	assert_string_equal(buf_text(&b), "");
	buf_add(&b, "a\0b", 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_done(&b);
	assert_string_equal(buf_text(&b), "");
}

static void
past_its_limit_a_buffer_drops_and_remembers(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf *b = buf_new(a, 10);

	buf_str(b, "0123456789");
	assert_false(buf_is_full(b));
	buf_chr(b, 'x');
	assert_true(buf_is_full(b));
	buf_printf(b, "%d", 1);
	assert_string_equal(buf_text(b), "0123456789");
	buf_reset(b);
	buf_str(b, "12345");
	buf_str(b, "123456");
	assert_true(buf_is_full(b));
	buf_str(b, "1");
	assert_string_equal(buf_text(b), "12345");
	buf_reset(b);
	buf_printf(b, "%s", "0123456789");
	assert_false(buf_is_full(b));
	buf_reset(b);
	buf_str(b, "ab");
	buf_printf(b, "%s", "012345678");
	assert_true(buf_is_full(b));
	assert_string_equal(buf_text(b), "ab");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_aligned_and_zeroed),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(deferred_calls_run_last_first),
		cmocka_unit_test(text_is_copied),
		cmocka_unit_test(absurd_size_ends_the_process),
		cmocka_unit_test(buffer_grows_and_ends_with_nul),
		cmocka_unit_test(past_its_limit_a_buffer_drops_and_remembers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
