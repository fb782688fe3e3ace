/* Tars in memory: there and back, limits, and what is no tar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/cc.h"
#include "control/engine/tar.h"

struct seen {
	char text[1024];
	size_t n;
	int stop_at;
};

static int
note(void *arg, const struct tar_entry *e)
{
	struct seen *s = arg;
	size_t used = strlen(s->text);

	snprintf(s->text + used, sizeof(s->text) - used, "%s %o %u:%u %s %zu\n", e->path,
	    e->mode, e->uid, e->gid, e->bytes != NULL ? "file" : "dir", e->len);
	s->n++;
	return (int)s->n == s->stop_at ? 5 : 0;
}

static void
make(struct tar *t, const char *big, size_t big_len)
{
	tar_init(t, 0);
	tar_add_dir(t, ".simfra", 0755, 0, 0);
	tar_add_file(t, ".simfra/init.json", 0600, 1000, 1001, "{}", 2);
	tar_add_file(t, ".simfra/init", 0755, 0, 0, big, big_len);
	tar_add_file(t, "empty", 0644, 0, 0, "", 0);
}

static void
what_was_added_comes_back(void **state UNUSED)
{
	static char big[100000];
	struct seen s = { .n = 0 };
	struct tar t, again;
	struct err err;

	make(&t, big, sizeof(big));
	assert_int_equal(tar_finish(&t, &err), 0);
	assert_int_equal(tar_each(t.out.data, t.out.len, sizeof(big), note, &s, &err), 0);
	assert_string_equal(s.text,
	    ".simfra/ 755 0:0 dir 0\n.simfra/init.json 600 1000:1001 file 2\n"
	    ".simfra/init 755 0:0 file 100000\nempty 644 0:0 file 0\n");
	make(&again, big, sizeof(big));
	assert_int_equal(tar_finish(&again, &err), 0);
	assert_int_equal(again.out.len, t.out.len);
	assert_memory_equal(again.out.data, t.out.data, t.out.len);
	tar_done(&again);

	s = (struct seen){ .stop_at = 2 };
	assert_int_equal(tar_each(t.out.data, t.out.len, sizeof(big), note, &s, &err), 5);
	assert_int_equal(s.n, 2);
	s = (struct seen){ .n = 0 };
	assert_int_equal(tar_each(t.out.data, t.out.len, sizeof(big) - 1, note, &s, &err),
	    -1);
	assert_ptr_equal(err.kind, &tar_malformed);
	/* Cut short within a file. */
	assert_int_equal(tar_each(t.out.data, 5000, sizeof(big), note, &s, &err), -1);
	tar_done(&t);
}

static void
full_tar_fails_at_the_end(void **state UNUSED)
{
	static char big[4096];
	struct tar t;
	struct err err;

	tar_init(&t, 2048);
	tar_add_file(&t, "a", 0644, 0, 0, big, sizeof(big));
	tar_add_file(&t, "b", 0644, 0, 0, big, sizeof(big));
	assert_int_equal(tar_finish(&t, &err), -1);
	assert_ptr_equal(err.kind, &err_internal);
	tar_done(&t);
}

static void
what_is_no_tar_is_refused(void **state UNUSED)
{
	static const char text[1024] = "this is no tar";
	struct seen s = { .n = 0 };
	struct err err;

	assert_int_equal(tar_each(text, sizeof(text), 100, note, &s, &err), -1);
	assert_ptr_equal(err.kind, &tar_malformed);
	assert_int_equal(s.n, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_comes_back),
		cmocka_unit_test(full_tar_fails_at_the_end),
		cmocka_unit_test(what_is_no_tar_is_refused),
	};

	return cmocka_run_group_tests_name("engine_tar", tests, NULL, NULL);
}
