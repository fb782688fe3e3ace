/* Blobs: whole or not there, linked, removed, swept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/store/blob.h"

struct place {
	char dir[64];
	struct blobs *blobs;
	struct arena *arena;
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	struct err err;

	snprintf(p->dir, sizeof(p->dir), "/tmp/test-blob.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	p->arena = arena_new();
	p->blobs = blobs_open(p->dir, &err);
	*state = p;
	return p->blobs != NULL ? 0 : -1;
}

static int
remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
    struct FTW *ftw UNUSED)
{
	return remove(path);
}

static int
teardown(void **state)
{
	struct place *p = *state;
	blobs_close(p->blobs);
	arena_free(p->arena);
	assert_int_equal(nftw(p->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(p);
	return 0;
}

static const char *
make(struct place *p, const char *text)
{
	struct err err;
	struct blob_writer *w = blob_create(p->blobs, &err);
	const char *id;

	assert_non_null(w);
	assert_int_equal(blob_write(w, text, strlen(text), &err), 0);
	assert_int_equal(blob_finish(w, p->arena, &id, &err), 0);
	return id;
}

static void
assert_has(struct place *p, const char *id, const char *text)
{
	char got[64] = "";
	struct err err;
	int fd;

	assert_int_equal(blob_open(p->blobs, id, &fd, &err), 1);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	close(fd);
	assert_string_equal(got, text);
}

static int
count_one(void *arg, const char *id)
{
	assert_int_equal(strlen(id), BLOB_ID_LEN);
	++*(int *)arg;
	return 0;
}

static int
count(struct place *p)
{
	struct err err;
	int n = 0;

	assert_int_equal(blobs_each(p->blobs, count_one, &n, &err), 0);
	return n;
}

static int
count_in(const char *path, const char *prefix)
{
	DIR *d = opendir(path);
	int n = 0;

	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.' &&
		    strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	closedir(d);
	return n;
}

static int
count_new(const struct place *p)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/blobs/new", p->dir);
	return count_in(path, "");
}

static int
count_temporary(const struct place *p)
{
	return count_in(p->dir, "simfra-blobs.");
}

static void
a_blob_is_there_when_it_is_whole(void **state)
{
	struct place *p = *state;
	struct err err;
	struct blob_writer *w = blob_create(p->blobs, &err);
	const char *id;

	assert_int_equal(blob_write(w, "half", 4, &err), 0);
	assert_int_equal(count(p), 0);
	assert_int_equal(count_new(p), 1);
	assert_int_equal(blob_write(w, " and half", 9, &err), 0);
	assert_int_equal(blob_finish(w, p->arena, &id, &err), 0);
	assert_int_equal(count(p), 1);
	assert_int_equal(count_new(p), 0);
	assert_has(p, id, "half and half");
}

static void
an_abandoned_one_never_was(void **state)
{
	struct place *p = *state;
	struct err err;
	struct blob_writer *w = blob_create(p->blobs, &err);

	assert_int_equal(blob_write(w, "x", 1, &err), 0);
	blob_abandon(w);
	blob_abandon(NULL);
	assert_int_equal(count(p), 0);
	assert_int_equal(count_new(p), 0);
}

static void
a_link_outlives_what_it_was_made_of(void **state)
{
	struct place *p = *state;
	const char *first = make(p, "bytes"), *second;
	struct err err;
	int fd;

	assert_int_equal(blob_link(p->blobs, p->arena, first, &second, &err), 0);
	assert_string_not_equal(first, second);
	blob_remove(p->blobs, first);
	blob_remove(p->blobs, first);
	assert_int_equal(blob_open(p->blobs, first, &fd, &err), 0);
	assert_has(p, second, "bytes");
	assert_int_equal(blob_link(p->blobs, p->arena, first, &second, &err), -1);
}

/* ext4 has 65,000 names for a file. */
static void
a_link_is_a_copy_when_a_file_has_all_its_names(void **state)
{
	struct place *p = *state;
	const char *first = make(p, "bytes"), *second;
	char from[64], to[128];
	struct stat st, own;
	struct err err;
	int fd, rc = 0, other;

	if (pathconf(p->dir, _PC_LINK_MAX) > 100000)
		skip();
	assert_int_equal(blob_open(p->blobs, first, &fd, &err), 1);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	for (int i = 0; rc == 0; i++) {
		snprintf(to, sizeof(to), "%s/%d", p->dir, i);
		rc = linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
	}
	assert_int_equal(errno, EMLINK);
	assert_int_equal(blob_link(p->blobs, p->arena, first, &second, &err), 0);
	assert_has(p, second, "bytes");
	assert_int_equal(blob_open(p->blobs, second, &other, &err), 1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(fstat(other, &own), 0);
	assert_int_not_equal(st.st_ino, own.st_ino);
	assert_int_equal(own.st_nlink, 1);
	close(fd);
	close(other);
}

static void
who_reads_goes_on_when_it_is_removed(void **state)
{
	struct place *p = *state;
	const char *id = make(p, "still here");
	char got[16] = "";
	struct err err;
	int fd;

	assert_int_equal(blob_open(p->blobs, id, &fd, &err), 1);
	blob_remove(p->blobs, id);
	assert_int_equal(read(fd, got, sizeof(got)), 10);
	close(fd);
	assert_string_equal(got, "still here");
}

static void
names_that_are_no_ids_lead_nowhere(void **state)
{
	static const char *const names[] = { "", "../../../../../../etc/passwd", "new",
		"00000000000000000000000000000000/", "0000000000000000000000000000000G" };
	struct place *p = *state;
	const char *id;
	struct err err;
	int fd;

	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(blob_open(p->blobs, names[i], &fd, &err), -1);
		assert_int_equal(blob_link(p->blobs, p->arena, names[i], &id, &err), -1);
		blob_remove(p->blobs, names[i]);
	}
}

static int
is_kept(void *arg, const char *id)
{
	return strcmp(arg, id) == 0;
}

static int
cannot_say(void *arg, const char *id)
{
	return arg == NULL && id != NULL ? -1 : 1;
}

static void
a_sweep_takes_what_nobody_knows(void **state)
{
	struct place *p = *state;
	const char *kept = make(p, "kept");
	char copy[BLOB_ID_LEN + 1];
	struct err err;
	size_t n;

	snprintf(copy, sizeof(copy), "%s", kept);
	make(p, "orphan");
	make(p, "another");
	assert_int_equal(blobs_sweep(p->blobs, 60 * 1000, is_kept, copy, &n, &err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(blobs_sweep(p->blobs, -1000, cannot_say, NULL, &n, &err), -1);
	assert_int_equal(count(p), 3);
	assert_int_equal(blobs_sweep(p->blobs, -1000, is_kept, copy, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(count(p), 1);
	assert_has(p, kept, "kept");
}

static void
what_the_dead_left_goes_and_what_the_living_write_stays(void **state)
{
	struct place *p = *state;
	struct err err;
	struct blob_writer *w = blob_create(p->blobs, &err);
	struct blobs *again;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct blob_writer *half = blob_create(p->blobs, &err);

		_exit(half != NULL && blob_write(half, "x", 1, &err) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(count_new(p), 2);
	again = blobs_open(p->dir, &err);
	assert_non_null(again);
	assert_int_equal(count_new(p), 1);
	blobs_close(again);
	blob_abandon(w);
}

static void
without_a_data_directory_they_go_with_the_process(void **state)
{
	struct place *p = *state;
	struct blobs *mine, *other;
	struct err err;
	int status;
	pid_t child;

	assert_int_equal(setenv("TMPDIR", p->dir, 1), 0);
	child = fork();
	if (child == 0)
		_exit(blobs_open(NULL, &err) != NULL ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(count_temporary(p), 1);
	mine = blobs_open(NULL, &err); /* Clears what the child left. */
	other = blobs_open(NULL, &err);
	assert_non_null(mine);
	assert_non_null(other);
	assert_int_equal(count_temporary(p), 2);
	blobs_close(mine);
	blobs_close(other);
	assert_int_equal(count_temporary(p), 0);
	assert_int_equal(unsetenv("TMPDIR"), 0);
}

static void
a_label_stays(void **state)
{
	struct place *p = *state;
	struct blobs *again;
	const char *label;
	struct err err;

	assert_int_equal(blobs_label_get(p->blobs, p->arena, &label, &err), 0);
	assert_int_equal(blobs_label_set(p->blobs, "one", &err), 0);
	assert_int_equal(blobs_label_set(p->blobs, "two", &err), 0);
	again = blobs_open(p->dir, &err);
	assert_non_null(again);
	assert_int_equal(blobs_label_get(again, p->arena, &label, &err), 1);
	assert_string_equal(label, "two");
	blobs_close(again);
	assert_int_equal(count(p), 0);
	assert_int_equal(count_new(p), 0);
}

static void
what_is_held_goes_later_or_not_at_all(void **state)
{
	struct place *p = *state;
	const char *first = make(p, "first"), *second = make(p, "second");

	blobs_hold(p->blobs);
	blobs_hold(p->blobs);
	blob_remove(p->blobs, first);
	blobs_release(p->blobs, 0);
	assert_int_equal(count(p), 2);
	blobs_release(p->blobs, 0);
	assert_int_equal(count(p), 1);
	blobs_hold(p->blobs);
	blob_remove(p->blobs, second);
	blobs_release(p->blobs, 1);
	assert_has(p, second, "second");
	blob_remove(p->blobs, second);
	assert_int_equal(count(p), 0);
}

static void
one_from_elsewhere_keeps_its_id(void **state)
{
	static const char id[] = "0123456789abcdef0123456789abcdef";
	struct place *p = *state;
	const char *got;
	struct err err;

	for (int i = 0; i < 2; i++) {
		struct blob_writer *w = blob_create_as(p->blobs, id, &err);

		assert_non_null(w);
		assert_int_equal(blob_write(w, "same", 4, &err), 0);
		assert_int_equal(blob_finish(w, p->arena, &got, &err), 0);
		assert_string_equal(got, id);
		assert_has(p, id, "same");
	}
	assert_int_equal(count(p), 1);
	assert_null(blob_create_as(p->blobs, "../../etc/passwd", &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_blob_is_there_when_it_is_whole, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(a_label_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(an_abandoned_one_never_was, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_link_is_a_copy_when_a_file_has_all_its_names, setup, teardown),
		cmocka_unit_test_setup_teardown(a_link_outlives_what_it_was_made_of,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_held_goes_later_or_not_at_all,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(one_from_elsewhere_keeps_its_id, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(who_reads_goes_on_when_it_is_removed,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(names_that_are_no_ids_lead_nowhere, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(a_sweep_takes_what_nobody_knows, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    what_the_dead_left_goes_and_what_the_living_write_stays, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    without_a_data_directory_they_go_with_the_process, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
