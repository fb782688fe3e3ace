/* The reconciler's queue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "control/plane/queue.h"

#define SCOPE "1:r"
#define KIND  "ec2:vpc"

static int
set_up(void **state)
{
	*state = queue_new();
	return 0;
}

static int
tear_down(void **state)
{
	queue_free(*state);
	return 0;
}

static void
wake(struct queue *q, const char *id, int64_t delay_ms)
{
	queue_wake(q, SCOPE, KIND, id, delay_ms);
}

/* The next due item must be this one. */
static const struct queue_item *
take(struct queue *q, const char *id)
{
	const struct queue_item *item = queue_take_now(q);

	assert_non_null(item);
	assert_string_equal(item->scope, SCOPE);
	assert_string_equal(item->kind, KIND);
	assert_string_equal(item->id, id);
	return item;
}

static void
an_item_is_there_once(void **state)
{
	struct queue *q = *state;

	assert_null(queue_take_now(q));
	wake(q, "a", 0);
	wake(q, "b", 0);
	wake(q, "a", 0);
	assert_int_equal(queue_backlog(q), 2);
	queue_done(q, take(q, "a"), 0, NULL, 0);
	queue_done(q, take(q, "b"), 0, NULL, 0);
	assert_null(queue_take_now(q));
	assert_int_equal(queue_backlog(q), 0);
}

static void
same_ids_of_other_kinds_and_scopes_are_others(void **state)
{
	struct queue *q = *state;

	queue_wake(q, "1:r", "k", "a", 0);
	queue_wake(q, "2:r", "k", "a", 0);
	queue_wake(q, "1:r", "l", "a", 0);
	for (int i = 0; i < 3; i++) {
		const struct queue_item *item = queue_take_now(q);

		assert_non_null(item);
		queue_done(q, item, 0, NULL, 0);
	}
	assert_null(queue_take_now(q));
}

static void
one_worker_has_it_at_a_time(void **state)
{
	struct queue *q = *state;
	const struct queue_item *item;

	wake(q, "a", 0);
	item = take(q, "a");
	wake(q, "a", 0);
	assert_null(queue_take_now(q));
	assert_int_equal(queue_backlog(q), 1);
	/* Woken meanwhile: due again, whatever the worker says. */
	queue_done(q, item, 60000, NULL, 1);
	queue_done(q, take(q, "a"), 0, NULL, 1);
	assert_null(queue_take_now(q));
}

static void
the_earlier_time_wins(void **state)
{
	struct queue *q = *state;

	wake(q, "a", 60000);
	wake(q, "b", 30000);
	assert_null(queue_take_now(q));
	wake(q, "a", 0);
	wake(q, "a", 60000);
	queue_done(q, take(q, "a"), 0, NULL, 0);
	assert_null(queue_take_now(q));
}

static void
waiting_ends_when_it_is_due(void **state)
{
	struct queue *q = *state;
	int64_t start = clock_monotonic_ms();
	const struct queue_item *item;

	wake(q, "a", 0);
	queue_done(q, take(q, "a"), 30, NULL, 0);
	item = queue_take(q);
	assert_non_null(item);
	assert_true(clock_monotonic_ms() - start >= 30);
	queue_done(q, item, 0, NULL, 0);
}

static void
first_looks_are_marked(void **state)
{
	struct queue *q = *state;
	const struct queue_item *item;

	wake(q, "a", 0);
	item = take(q, "a");
	assert_true(item->is_first);
	/* A failure is no look. */
	queue_done(q, item, 0, "away", 0);
	wake(q, "a", 0);
	item = take(q, "a");
	assert_true(item->is_first);
	queue_done(q, item, 0, NULL, 0);
	wake(q, "a", 0);
	item = take(q, "a");
	assert_false(item->is_first);
	queue_done(q, item, 0, NULL, 0);
	/* What was forgotten is new. */
	wake(q, "a", 0);
	queue_done(q, take(q, "a"), 0, NULL, 1);
	wake(q, "a", 0);
	item = take(q, "a");
	assert_true(item->is_first);
	queue_done(q, item, 0, NULL, 0);
}

static void
doubt_counts_for_what_is_being_looked_at(void **state)
{
	struct queue *q = *state;
	const struct queue_item *item;

	for (int i = 0; i < 2; i++) {
		wake(q, "a", 0);
		queue_done(q, take(q, "a"), 0, NULL, 0);
	}
	wake(q, "a", 0);
	item = take(q, "a");
	assert_false(item->is_first);
	queue_doubt(q);
	queue_done(q, item, 0, NULL, 0);
	item = take(q, "a");
	assert_true(item->is_first);
	queue_done(q, item, 0, NULL, 0);
	/* And for what nobody has: it is due at once. */
	queue_doubt(q);
	item = take(q, "a");
	assert_true(item->is_first);
	queue_done(q, item, 0, NULL, 0);
}

static void
failures_are_counted_and_listed(void **state)
{
	struct queue *q = *state;
	struct arena *a = arena_new();
	const struct queue_item *item;
	json_t *v;

	for (int i = 0; i < 3; i++) {
		wake(q, "a", 0);
		item = take(q, "a");
		assert_int_equal(item->tries, i);
		queue_done(q, item, 0, i < 2 ? "first" : "second", 0);
	}
	wake(q, "b", 0);
	queue_done(q, take(q, "b"), 0, NULL, 0);
	v = queue_failures(q, a);
	assert_int_equal(json_array_size(v), 1);
	v = json_array_get(v, 0);
	assert_string_equal(json_str(v, "id"), "a");
	assert_string_equal(json_str(v, "scope"), SCOPE);
	assert_string_equal(json_str(v, "error"), "second");
	assert_int_equal(json_int(v, "tries", 0), 3);
	wake(q, "a", 0);
	queue_done(q, take(q, "a"), 0, NULL, 0);
	assert_int_equal(json_array_size(queue_failures(q, a)), 0);
	arena_free(a);
}

static void *
taker(void *arg)
{
	return queue_take(arg) == NULL ? arg : NULL;
}

static void
closing_wakes_who_waits(void **state)
{
	struct queue *q = *state;
	pthread_t thread;
	void *ended;

	pthread_create(&thread, NULL, taker, q);
	queue_close(q);
	pthread_join(thread, &ended);
	assert_ptr_equal(ended, q);
	wake(q, "a", 0);
	assert_null(queue_take_now(q));
}

enum { N_WORKERS = 4, N_ITEMS = 300, N_WAKES = 10 };

struct shop {
	struct queue *q;
	pthread_mutex_t lock;
	int busy[N_ITEMS], looks[N_ITEMS], twice;
};

static void *
work(void *arg)
{
	struct shop *shop = arg;
	const struct queue_item *item;

	while ((item = queue_take(shop->q)) != NULL) {
		int i;

		assert_int_equal(sscanf(item->id, "%d", &i), 1);
		pthread_mutex_lock(&shop->lock);
		shop->twice += shop->busy[i]++;
		shop->looks[i]++;
		pthread_mutex_unlock(&shop->lock);
		pthread_mutex_lock(&shop->lock);
		shop->busy[i]--;
		pthread_mutex_unlock(&shop->lock);
		queue_done(shop->q, item, 0, i % 3 == 0 ? "x" : NULL, i % 2);
	}
	return NULL;
}

static void
workers_never_share_an_item(void **state)
{
	struct shop shop = { .q = *state, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t threads[N_WORKERS];
	char id[16];

	for (int i = 0; i < N_WORKERS; i++)
		pthread_create(&threads[i], NULL, work, &shop);
	for (int n = 0; n < N_WAKES; n++) {
		for (int i = 0; i < N_ITEMS; i++) {
			snprintf(id, sizeof(id), "%d", i);
			wake(shop.q, id, 0);
		}
		queue_doubt(shop.q);
	}
	while (queue_backlog(shop.q) > 0)
		sched_yield();
	queue_close(shop.q);
	for (int i = 0; i < N_WORKERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(shop.twice, 0);
	for (int i = 0; i < N_ITEMS; i++)
		assert_true(shop.looks[i] > 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

static void
a_paused_queue_gives_and_takes_nothing(void **state UNUSED)
{
	struct queue *q = queue_new();
	const struct queue_item *item;

	queue_wake(q, "s", "k", "before", 0);
	queue_pause(q, 1);
	queue_wake(q, "s", "k", "meanwhile", 0);
	assert_null(queue_take_now(q));
	assert_int_equal(queue_backlog(q), 0);
	queue_pause(q, 0);
	item = queue_take_now(q);
	assert_non_null(item);
	assert_string_equal(item->id, "before");
	queue_done(q, item, 0, NULL, 1);
	assert_null(queue_take_now(q));
	queue_free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_item_is_there_once),
		TEST(same_ids_of_other_kinds_and_scopes_are_others),
		TEST(one_worker_has_it_at_a_time),
		TEST(the_earlier_time_wins),
		TEST(waiting_ends_when_it_is_due),
		TEST(first_looks_are_marked),
		TEST(doubt_counts_for_what_is_being_looked_at),
		TEST(failures_are_counted_and_listed),
		TEST(closing_wakes_who_waits),
		TEST(workers_never_share_an_item),
		cmocka_unit_test(a_paused_queue_gives_and_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
