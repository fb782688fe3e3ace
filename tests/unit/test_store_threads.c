/*
 * The store under many threads: no update is lost, no check is passed by what
 * was not so, and caches end up being what the store is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "control/store/store.h"
#include "tests/unit/store_server.h"

#define SCOPE "000000000000:us-east-1"

enum { N_THREADS = 8, N_ROUNDS = 150, N_DOCS = 6, START = 100 };

/* Two stores on one server, or one in memory twice. */
struct fixture {
	struct store *store[2];
};

struct worker {
	struct fixture *f;
	struct store *store;
	unsigned int seed;
	int done[N_DOCS], conflicts;
	const char *failed; /* asserts only work in the main thread */
};

static const char *
id_of(int i)
{
	static const char *const ids[N_DOCS] = { "a", "b", "c", "d", "e", "f" };

	return ids[i];
}

static void
run_all(struct fixture *f, void *(*fn)(void *), struct worker *w)
{
	pthread_t thread[N_THREADS];

	for (size_t i = 0; i < N_THREADS; i++) {
		w[i] = (struct worker){ .f = f,
			.store = f->store[i % 2],
			.seed = (unsigned int)(i + 1) };
		assert_int_equal(pthread_create(&thread[i], NULL, fn, &w[i]), 0);
	}
	for (size_t i = 0; i < N_THREADS; i++)
		pthread_join(thread[i], NULL);
	for (size_t i = 0; i < N_THREADS; i++) {
		if (w[i].failed != NULL)
			fail_msg("thread %zu: %s", i, w[i].failed);
	}
}

static int
add_to(struct worker *w, const char *id, int n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store_txn *t = store_begin(w->store, a);
	struct err err;
	json_t *doc;
	int done;

	switch (store_edit(t, SCOPE, "t:count", id, &doc, &err)) {
	case 1:
		break;
	case 0:
		doc = json_own(a, json_new_object());
		break;
	default:
		w->failed = "edit";
		return -1;
	}
	json_set_int(doc, "n", json_int(doc, "n", 0) + n);
	store_put(t, SCOPE, "t:count", id, doc);
	done = store_commit(t, &err);
	if (done < 0)
		w->failed = "commit";
	return done;
}

static void *
increment(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < N_ROUNDS && w->failed == NULL; i++) {
		int which = rand_r(&w->seed) % N_DOCS, done;

		while ((done = add_to(w, id_of(which), 1)) == 0)
			w->conflicts++;
		w->done[which] += done;
	}
	return NULL;
}

static int64_t
value_of(struct store *s, const char *id)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store_txn *t = store_begin(s, a);
	struct err err;
	json_t *doc;

	if (store_get(t, SCOPE, "t:count", id, &doc, &err) != 1)
		return 0;
	return json_int(doc, "n", 0);
}

/* Until the other store has heard of everything; fails after ten seconds. */
static void
await_value(struct store *s, const char *id, int64_t n)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int64_t until_ms = clock_monotonic_ms() + 10000;

	while (value_of(s, id) != n && clock_monotonic_ms() < until_ms)
		nanosleep(&pause, NULL);
	assert_int_equal(value_of(s, id), n);
}

static void
no_increment_is_lost(void **state)
{
	struct fixture *f = *state;
	struct worker w[N_THREADS];

	run_all(f, increment, w);
	for (int k = 0; k < N_DOCS; k++) {
		int total = 0;

		for (size_t i = 0; i < N_THREADS; i++)
			total += w[i].done[k];
		await_value(f->store[0], id_of(k), total);
		await_value(f->store[1], id_of(k), total);
	}
}

/*
 * The sum of what a transaction listed, if it commits, is what there
 * really was at that moment: it must be the constant.
 */
static int
transfer(struct worker *w, int from, int to)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct store_txn *t = store_begin(w->store, a);
	struct store_docs docs;
	int64_t sum = 0;
	struct err err;
	json_t *doc;
	int done;

	if (store_list(t, SCOPE, "t:count", &docs, &err) < 0) {
		w->failed = "list";
		return -1;
	}
	for (size_t i = 0; i < docs.n; i++)
		sum += json_int(docs.doc[i], "n", 0);
	for (int i = 0; i < 2; i++) {
		const char *id = id_of(i == 0 ? from : to);

		if (store_edit(t, SCOPE, "t:count", id, &doc, &err) != 1)
			doc = json_own(a, json_new_object());
		json_set_int(doc, "n", json_int(doc, "n", 0) + (i == 0 ? -1 : 1));
		/* So that lists gain and lose documents. */
		if (json_int(doc, "n", 0) == 0)
			store_delete(t, SCOPE, "t:count", id);
		else
			store_put(t, SCOPE, "t:count", id, doc);
	}
	done = store_commit(t, &err);
	if (done < 0)
		w->failed = "commit";
	if (done == 1 && sum != START)
		w->failed = "a transaction saw half of another";
	return done;
}

static void *
transfer_many(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < N_ROUNDS && w->failed == NULL; i++) {
		int from = rand_r(&w->seed) % N_DOCS;
		int to = (from + 1 + rand_r(&w->seed) % (N_DOCS - 1)) % N_DOCS;

		while (w->failed == NULL && transfer(w, from, to) == 0)
			w->conflicts++;
	}
	return NULL;
}

static void
a_committed_list_was_whole(void **state)
{
	struct fixture *f = *state;
	struct worker w[N_THREADS], first = { .store = f->store[0] };
	int64_t sum = 0;

	assert_int_equal(add_to(&first, "a", START), 1);
	run_all(f, transfer_many, w);
	for (int k = 0; k < N_DOCS; k++)
		sum += value_of(f->store[0], id_of(k));
	assert_int_equal(sum, START);
}

static void
random_write(struct worker *w, struct store_txn *t, struct arena *a)
{
	const char *kind = rand_r(&w->seed) % 2 ? "t:x" : "t:y";
	const char *id = id_of(rand_r(&w->seed) % N_DOCS);
	struct err err;
	json_t *doc;

	if (rand_r(&w->seed) % 3 == 0) {
		store_delete(t, SCOPE, kind, id);
		return;
	}
	if (store_get(t, SCOPE, kind, id, &doc, &err) < 0)
		w->failed = "get";
	doc = json_own(a, json_make("{s:i}", "n", rand_r(&w->seed)));
	store_put(t, SCOPE, kind, id, doc);
}

static void *
disturb(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 3 * N_ROUNDS && w->failed == NULL; i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct store_txn *t = store_begin(w->store, a);
		int what = rand_r(&w->seed) % 100;
		struct store_docs docs;
		struct err err;

		if (what == 0 && store_reset(w->store, SCOPE, &err) < 0)
			w->failed = "reset";
		if (what < 50) {
			random_write(w, t, a);
			random_write(w, t, a);
		} else if (store_list(t, SCOPE, what < 75 ? "t:x" : "t:y", &docs, &err) <
		    0) {
			w->failed = "list";
		}
		if (store_commit(t, &err) < 0)
			w->failed = "commit";
	}
	return NULL;
}

static json_t *
all_of(struct store *s, struct arena *a, const char *kind)
{
	json_t *all = json_own(a, json_new_array());
	struct store_docs docs;
	struct err err;

	assert_int_equal(store_list(store_begin(s, a), SCOPE, kind, &docs, &err), 0);
	for (size_t i = 0; i < docs.n; i++) {
		json_t *one;

		json_add(all, json_incref(docs.doc[i]));
		/* By id too, which goes another way through the cache. */
		for (int k = 0; k < N_DOCS; k++) {
			if (store_get(store_begin(s, a), SCOPE, kind, id_of(k), &one,
				&err) == 1)
				json_add(all, json_incref(one));
		}
	}
	return all;
}

/* A change that both stores have heard of makes certain that they heard all before. */
static void
caches_end_up_right(void **state)
{
	static const char *const kinds[] = { "t:x", "t:y" };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct fixture *f = *state;
	struct worker w[N_THREADS], last = { .store = f->store[0] };
	struct store *fresh;

	run_all(f, disturb, w);
	assert_int_equal(value_of(f->store[1], "a"), 0);
	assert_int_equal(add_to(&last, "a", 1), 1);
	await_value(f->store[1], "a", 1);

	fresh = store_server_another(f->store[0]);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		json_t *truth = all_of(fresh, a, kinds[i]);

		assert_true(json_equal(all_of(f->store[0], a, kinds[i]), truth));
		assert_true(json_equal(all_of(f->store[1], a, kinds[i]), truth));
	}
	store_server_close_another(f->store[0], fresh);
}

static int
set_up_mem(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->store[0] = f->store[1] = store_open_mem();
	*state = f;
	return 0;
}

static int
set_up_redis(void **state)
{
	static const struct store_redis_options o;
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err;

	f->store[0] = store_open_redis(&o, &err);
	if (f->store[0] == NULL)
		fail_msg("%s", err.msg);
	f->store[1] = store_server_another(f->store[0]);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->store[1] != f->store[0])
		store_close(f->store[1]);
	store_close(f->store[0]);
	free(f);
	return 0;
}

#define ON(test, how)                                               \
	{                                                           \
#test "/" #how, test, set_up_##how, tear_down, NULL \
	}
#define BOTH(test) ON(test, mem), ON(test, redis)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(no_increment_is_lost),
		BOTH(a_committed_list_was_whole),
		BOTH(caches_end_up_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
