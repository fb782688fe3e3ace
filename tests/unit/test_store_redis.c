/*
 * What can happen to a store's Redis: it dies, hangs, has its file cut, and
 * serves two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/store/redis_link.h"
#include "control/store/store.h"
#include "tests/unit/store_server.h"

enum { DEADLINE_MS = 10000 };

struct fixture {
	struct store *store, *other;
	struct err err;
	char dir[64];
	atomic_int n_anything;
};

static void
note(void *arg, const struct store_change *c)
{
	struct fixture *f = arg;

	if (c->scope == NULL)
		atomic_fetch_add(&f->n_anything, 1);
}

static void
await_anything(struct fixture *f, int n)
{
	int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;

	while (atomic_load(&f->n_anything) < n && clock_monotonic_ms() < until_ms)
		store_test_pause();
	assert_true(atomic_load(&f->n_anything) >= n);
}

/* A file of pid's end that poll() knows; the process need not be our child. */
static int
pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	assert_true(fd >= 0);
	return fd;
}

static void
await_end(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
	close(fd);
}

static pid_t
kill_server(int sig)
{
	pid_t pid = store_server_of(getpid(), NULL);
	int fd;

	assert_true(pid > 0);
	fd = pidfd(pid);
	assert_int_equal(kill(pid, sig), 0);
	if (sig == SIGKILL)
		await_end(fd);
	else
		close(fd);
	return pid;
}

/* First of all tests: it forks, which should be done before there are threads. */
static void
the_server_dies_with_us(void **state UNUSED)
{
	pid_t server, us;
	int fd, ready[2];
	char c;

	assert_int_equal(pipe(ready), 0);
	us = fork();
	if (us == 0) {
		const struct store_redis_options o = { 0 };
		struct err err;

		if (store_open_redis(&o, &err) == NULL || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	server = store_server_of(us, NULL);
	assert_true(server > 0);
	fd = pidfd(server);
	kill(us, SIGKILL);
	assert_int_equal(waitpid(us, NULL, 0), us);
	await_end(fd);
}

static void
stores_on_one_server_see_each_other(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i <= 20; i++) {
		assert_int_equal(store_test_add(f->store, "t:two", "a", &f->err), 1);
		store_test_await(f->other, "t:two", "a", i);
	}
	assert_int_equal(store_test_count(f->other, "t:two", &f->err), 1);
	assert_int_equal(store_test_add(f->store, "t:two", "b", &f->err), 1);
	store_test_await(f->other, "t:two", "b", 1);
	assert_int_equal(store_test_count(f->other, "t:two", &f->err), 2);
	assert_int_equal(store_reset(f->store, "", &f->err), 0);
	store_test_await(f->other, "t:two", "a", 0);
	assert_int_equal(store_test_count(f->other, "t:two", &f->err), 0);
}

/* Whether or not the stream was as fast, the second try reads what is there. */
static void
after_a_conflict_the_cache_is_fresh(void **state)
{
	struct fixture *f = *state;
	int conflicts = 0, total = 0;

	for (int i = 0; i < 300; i++) {
		struct store *s = i % 2 ? f->store : f->other;
		int done = store_test_add(s, "t:fresh", "a", &f->err);

		assert_true(done >= 0);
		if (!done) {
			conflicts++;
			assert_int_equal(store_test_add(s, "t:fresh", "a", &f->err), 1);
		}
		assert_int_equal(store_test_value(s, "t:fresh", "a", &f->err), ++total);
	}
	assert_true(conflicts < 300);
}

static void
a_killed_server_is_replaced(void **state)
{
	struct fixture *f = *state;
	pid_t first, second;

	store_watch(f->store, note, f);
	assert_int_equal(store_test_add(f->store, "t:mem", "a", &f->err), 1);
	first = kill_server(SIGKILL);
	await_anything(f, 1);
	store_test_await_answer(f->store);
	second = store_server_of(getpid(), NULL);
	assert_true(second > 0 && second != first);
	/* In memory only: all is gone, and nothing of it is in the cache. */
	store_test_await(f->store, "t:mem", "a", 0);
	assert_int_equal(store_test_count(f->store, "t:mem", &f->err), 0);
	assert_int_equal(store_test_add(f->store, "t:mem", "a", &f->err), 1);
	store_test_await(f->other, "t:mem", "a", 1);
}

static void
data_outlive_server_and_store(void **state)
{
	struct fixture *f = *state;
	const struct store_redis_options o = { .data_dir = f->dir };

	store_watch(f->store, note, f);
	assert_int_equal(store_test_add(f->store, "t:data", "a", &f->err), 1);
	kill_server(SIGKILL);
	await_anything(f, 1);
	store_test_await_answer(f->store);
	store_test_await(f->store, "t:data", "a", 1);
	assert_int_equal(store_test_add(f->store, "t:data", "a", &f->err), 1);

	store_close(f->store);
	assert_int_equal(store_server_of(getpid(), NULL), 0);
	f->store = store_open_redis(&o, &f->err);
	if (f->store == NULL)
		fail_msg("%s", f->err.msg);
	assert_int_equal(store_test_value(f->store, "t:data", "a", &f->err), 2);
	assert_int_equal(store_test_add(f->store, "t:data", "a", &f->err), 1);
}

/* The file's last write may be half there after a power failure. */
static void
a_cut_file_is_mended(void **state)
{
	struct fixture *f = *state;
	const struct store_redis_options o = { .data_dir = f->dir };
	char command[256];

	assert_int_equal(store_test_add(f->store, "t:cut", "a", &f->err), 1);
	store_close(f->store);
	snprintf(command, sizeof(command), "%s/redis/appendonlydir", f->dir);
	{
		DIR *d = opendir(command);
		struct dirent *entry;
		int fd = -1;

		while (d != NULL && (entry = readdir(d)) != NULL && fd < 0) {
			if (strstr(entry->d_name, ".incr.aof") != NULL)
				fd = openat(dirfd(d), entry->d_name, O_WRONLY | O_APPEND);
		}
		assert_true(fd >= 0);
		assert_int_equal(write(fd, "*3\r\n$4\r\nHSE", 11), 11);
		close(fd);
		closedir(d);
	}
	f->store = store_open_redis(&o, &f->err);
	if (f->store == NULL)
		fail_msg("%s", f->err.msg);
	assert_int_equal(store_test_value(f->store, "t:cut", "a", &f->err), 1);
}

static void
one_data_directory_is_for_one(void **state)
{
	struct fixture *f = *state;
	const struct store_redis_options o = { .data_dir = f->dir };
	struct err err = { 0 };

	assert_null(store_open_redis(&o, &err));
	assert_ptr_equal(err.kind, &err_unavailable);
	assert_non_null(strstr(err.msg, "another control plane uses"));
	assert_int_equal(store_test_add(f->store, "t:data", "a", &f->err), 1);
}

struct adder {
	struct store *store;
	atomic_int *is_over;
	int made, unknown;
	const char *failed;
};

static void *
add_much(void *arg)
{
	struct adder *w = arg;
	struct err err;

	while (!atomic_load(w->is_over)) {
		int done = store_test_add(w->store, "t:adder", "a", &err);

		w->made += done == 1;
		if (done < 0 && err.kind != &err_unavailable)
			w->failed = "another error than err_unavailable";
		else if (done < 0 && strstr(err.msg, "not known") != NULL)
			w->unknown++;
		if (done < 0)
			store_test_pause();
	}
	return NULL;
}

/* What was said to be made is there; what was said to have failed is not. */
static void
no_commit_is_half_made_when_the_server_dies(void **state)
{
	struct fixture *f = *state;
	atomic_int is_over = 0;
	struct adder w[4];
	pthread_t thread[4];
	int made = 0, unknown = 0, n;

	store_watch(f->store, note, f);
	for (size_t i = 0; i < COUNT(w); i++) {
		w[i] = (struct adder){ .store = f->store, .is_over = &is_over };
		assert_int_equal(pthread_create(&thread[i], NULL, add_much, &w[i]), 0);
	}
	for (int i = 1; i <= 5; i++) {
		int before = store_test_value(f->store, "t:adder", "a", &f->err);
		int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;

		while (
		    store_test_value(f->store, "t:adder", "a", &f->err) < before + 50 &&
		    clock_monotonic_ms() < until_ms)
			store_test_pause();
		kill_server(SIGKILL);
		await_anything(f, i);
		store_test_await_answer(f->store);
	}
	atomic_store(&is_over, 1);
	for (size_t i = 0; i < COUNT(w); i++) {
		pthread_join(thread[i], NULL);
		assert_null(w[i].failed);
		made += w[i].made;
		unknown += w[i].unknown;
	}
	n = store_test_value(f->store, "t:adder", "a", &f->err);
	assert_true(n >= made && n <= made + unknown);
	assert_int_equal(store_test_count(f->store, "t:adder", &f->err), 1);
}

static void *
wake_later(void *arg)
{
	const struct timespec t = { .tv_sec = REDIS_TIMEOUT_MS / 1000,
		.tv_nsec = 300 * 1000000 };

	nanosleep(&t, NULL);
	kill(*(pid_t *)arg, SIGCONT);
	return NULL;
}

/* The commit waits in a socket's buffer when we give up; its fate must be one. */
static void
a_hung_server_leaves_no_doubt(void **state)
{
	struct fixture *f = *state;
	pthread_t waker;
	pid_t pid;
	int done, before = 3;

	for (int i = 0; i < before; i++)
		assert_int_equal(store_test_add(f->store, "t:hung", "a", &f->err), 1);
	pid = kill_server(SIGSTOP);
	assert_int_equal(pthread_create(&waker, NULL, wake_later, &pid), 0);
	done = store_test_add(f->store, "t:hung", "a", &f->err);
	pthread_join(waker, NULL);
	if (done < 0)
		assert_ptr_equal(f->err.kind, &err_unavailable);
	assert_true(done == 1 || strstr(f->err.msg, "not known") == NULL);
	store_test_await_answer(f->store);
	store_test_await(f->store, "t:hung", "a", before + (done == 1));
	assert_int_equal(store_test_add(f->store, "t:hung", "a", &f->err), 1);
	store_test_await(f->other, "t:hung", "a", before + (done == 1) + 1);
}

static void
a_hung_server_is_not_waited_for_by_everybody(void **state)
{
	struct fixture *f = *state;
	int64_t start_ms;
	pid_t pid;

	assert_int_equal(store_test_add(f->store, "t:hung", "a", &f->err), 1);
	pid = kill_server(SIGSTOP);
	start_ms = clock_monotonic_ms();
	assert_int_equal(store_ping(f->store, &f->err), -1);
	assert_ptr_equal(f->err.kind, &err_unavailable);
	assert_true(clock_monotonic_ms() - start_ms < 2 * REDIS_TIMEOUT_MS + 1000);
	start_ms = clock_monotonic_ms();
	assert_int_equal(store_ping(f->store, &f->err), -1);
	assert_true(clock_monotonic_ms() - start_ms < REDIS_TIMEOUT_MS / 2);
	kill(pid, SIGCONT);
	store_test_await_answer(f->store);
	assert_int_equal(store_test_value(f->store, "t:hung", "a", &f->err), 1);
}

static int
set_up(void **state)
{
	static const struct store_redis_options o;
	struct fixture *f = calloc(1, sizeof(*f));

	f->store = store_open_redis(&o, &f->err);
	if (f->store == NULL)
		fail_msg("%s", f->err.msg);
	f->other = store_server_another(f->store);
	*state = f;
	return 0;
}

static struct store_seat
seat(struct store *s, int64_t ttl_ms)
{
	struct store_seat got = { .leads = -1 };
	struct err err;

	assert_int_equal(store_seat(s, ttl_ms, &got, &err), 0);
	return got;
}

static void
one_of_those_that_share_a_server_leads(void **state)
{
	enum { LONG_MS = 60000, SHORT_MS = 50 };
	struct fixture *f = *state;
	struct store *third = store_server_another(f->store);
	int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;

	/* Whoever started the server has it alone. */
	assert_int_equal(seat(f->store, LONG_MS).is_shared, 0);
	assert_int_equal(seat(f->store, LONG_MS).leads, 1);

	assert_int_equal(seat(f->other, LONG_MS).leads, 1);
	assert_int_equal(seat(third, LONG_MS).leads, 0);
	assert_int_equal(seat(f->other, LONG_MS).leads, 1);
	assert_int_equal(seat(f->other, 0).n_others, 1);
	assert_int_equal(seat(third, SHORT_MS).leads, 1);
	/* Who does not come again is dead. */
	while (seat(f->other, LONG_MS).leads == 0) {
		assert_true(clock_monotonic_ms() < until_ms);
		store_test_pause();
	}
	assert_int_equal(seat(f->other, LONG_MS).n_others, 0);
	store_server_close_another(f->store, third);
}

static int
set_up_data(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct store_redis_options o = { .data_dir = f->dir };

	snprintf(f->dir, sizeof(f->dir), "/tmp/test-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->store = store_open_redis(&o, &f->err);
	if (f->store == NULL)
		fail_msg("%s", f->err.msg);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->other != NULL)
		store_close(f->other);
	store_close(f->store);
	if (f->dir[0] != '\0') {
		store_test_remove_dir(f->dir);
	}
	free(f);
	return 0;
}

#define TWO(test)  cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define DATA(test) cmocka_unit_test_setup_teardown(test, set_up_data, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_dies_with_us),
		TWO(stores_on_one_server_see_each_other),
		TWO(after_a_conflict_the_cache_is_fresh),
		TWO(one_of_those_that_share_a_server_leads),
		TWO(a_killed_server_is_replaced),
		DATA(data_outlive_server_and_store),
		DATA(a_cut_file_is_mended),
		DATA(one_data_directory_is_for_one),
		DATA(no_commit_is_half_made_when_the_server_dies),
		TWO(a_hung_server_leaves_no_doubt),
		TWO(a_hung_server_is_not_waited_for_by_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
