#include "tests/unit/store_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { DEADLINE_MS = 10000 };

/* The words of a process' command line, NUL by NUL: their size, 0 if it is gone. */
static size_t
words_of(pid_t pid, char *out, size_t size)
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "re");
	if (f != NULL) {
		n = fread(out, 1, size - 1, f);
		fclose(f);
	}
	out[n] = '\0';
	return n;
}

static pid_t
parent_of(pid_t pid)
{
	char path[64], text[512], *at;
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	at = strrchr(text, ')');
	if (at != NULL && at[1] != '\0' && at[2] != 'Z')
		parent = (int)strtol(at + 4, NULL, 10);
	return (pid_t)parent;
}

pid_t
store_server_of(pid_t parent, char *path)
{
	DIR *d = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;
	char words[4096];

	while (d != NULL && found == 0 && (entry = readdir(d)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		size_t n;

		if (pid <= 0 || parent_of(pid) != parent)
			continue;
		n = words_of(pid, words, sizeof(words));
		/* It may show its own title, with the socket in it. */
		if (strstr(words, "redis-server") == NULL)
			continue;
		for (size_t i = 0; path != NULL && i < n; i++) {
			if (strncmp(words + i, "unixsocket:", 11) == 0)
				snprintf(path, 108, "%.*s",
				    (int)strcspn(words + i + 11, " "), words + i + 11);
		}
		found = pid;
	}
	if (d != NULL)
		closedir(d);
	return found;
}

struct store *
store_server_another(struct store *s)
{
	char path[108] = "", url[128];
	struct store_redis_options o = { .url = url };
	struct store *other;
	struct err err;

	if (strcmp(store_name(s), "memory") == 0)
		return s;
	if (store_server_of(getpid(), path) == 0 || path[0] == '\0')
		fprintf(stderr, "no redis-server found\n");
	snprintf(url, sizeof(url), "unix://%s", path);
	other = store_open_redis(&o, &err);
	if (other == NULL) {
		fprintf(stderr, "%s: %s\n", url, err.msg);
		abort();
	}
	return other;
}

void
store_server_close_another(struct store *s, struct store *other)
{
	if (other != s)
		store_close(other);
}

void
store_test_pause(void)
{
	const struct timespec t = { .tv_nsec = 1000000 };

	nanosleep(&t, NULL);
}

int
store_test_add(struct store *s, const char *kind, const char *id, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store_txn *t = store_begin(s, a);
	json_t *doc = NULL;
	int found = store_edit(t, STORE_TEST_SCOPE, kind, id, &doc, err);

	if (found < 0)
		return -1;
	if (!found)
		doc = json_own(a, json_new_object());
	json_set_int(doc, "n", json_int(doc, "n", 0) + 1);
	store_put(t, STORE_TEST_SCOPE, kind, id, doc);
	return store_commit(t, err);
}

int
store_test_value(struct store *s, const char *kind, const char *id, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store_txn *t = store_begin(s, a);
	json_t *doc = NULL;
	int found = store_get(t, STORE_TEST_SCOPE, kind, id, &doc, err);

	return found < 0 ? -1 : found ? (int)json_int(doc, "n", -2) : 0;
}

int
store_test_count(struct store *s, const char *kind, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store_docs docs;

	if (store_list(store_begin(s, a), STORE_TEST_SCOPE, kind, &docs, err) < 0)
		return -1;
	return (int)docs.n;
}

void
store_test_await(struct store *s, const char *kind, const char *id, int n)
{
	int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;
	struct err err;

	while (
	    store_test_value(s, kind, id, &err) != n && clock_monotonic_ms() < until_ms)
		store_test_pause();
	assert_int_equal(store_test_value(s, kind, id, &err), n);
}

void
store_test_await_answer(struct store *s)
{
	int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;
	struct err err;
	int rc;

	while ((rc = store_ping(s, &err)) < 0 && clock_monotonic_ms() < until_ms) {
		assert_ptr_equal(err.kind, &err_unavailable);
		store_test_pause();
	}
	assert_int_equal(rc, 0);
}

static int
remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
    struct FTW *at UNUSED)
{
	return remove(path);
}

void
store_test_remove_dir(const char *dir)
{
	assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}
