/*
 * A store in a Redis that others meddle with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/store/store.h"
#include "tests/unit/store_server.h"

enum { DEADLINE_MS = 10000 };

struct fixture {
	struct store *store, *other;
	struct err err;
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

static redisContext *
raw(void)
{
	redisContext *c;
	char path[108];

	assert_true(store_server_of(getpid(), path) > 0);
	c = redisConnectUnix(path);
	assert_non_null(c);
	assert_int_equal(c->err, 0);
	return c;
}

/* A command past the store. */
static void
meddle(int n, const char **arg)
{
	redisContext *c = raw();
	redisReply *reply = redisCommandArgv(c, n, arg, NULL);

	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR)
		fail_msg("%s: %s", arg[0], reply->str);
	freeReplyObject(reply);
	redisFree(c);
}

#define MEDDLE(...)                                           \
	meddle((int)COUNT(((const char *[]){ __VA_ARGS__ })), \
	    (const char *[]){ __VA_ARGS__ })

static void
garbage_is_an_error(void **state)
{
	static const char *const texts[] = {
		"",
		"garbage",
		"{",
		"{\"_rev\":",
		"{\"_rev\":1",
		"{\"_rev\":1}x",
		"[1]",
		"1",
		"{\"n\":1}",
		"{\"_rev\":\"1\"}",
		"{\"_rev\":-1}",
		"{\"_rev\":0}",
		"{\"_rev\":99999999999999999999}",
		"{\"_rev\":1,\"_rev\":2}",
		"{\"_rev\":1,\"a\":\"\xff\"}",
		"{\"_rev\":1.5}",
	};
	struct fixture *f = *state;
	char key[64];

	snprintf(key, sizeof(key), "simfra:{%s}:t:bad", STORE_TEST_SCOPE);
	assert_int_equal(store_test_add(f->store, "t:good", "a", &f->err), 1);
	for (size_t i = 0; i < COUNT(texts); i++) {
		MEDDLE("HSET", key, "a", texts[i]);
		assert_int_equal(store_test_value(f->store, "t:bad", "a", &f->err), -1);
		assert_ptr_equal(f->err.kind, &err_internal);
		assert_int_equal(store_test_count(f->store, "t:bad", &f->err), -1);
	}
	MEDDLE("DEL", key);
	MEDDLE("SET", key, "not a hash");
	assert_int_equal(store_test_value(f->store, "t:bad", "a", &f->err), -1);
	assert_int_equal(store_test_count(f->store, "t:bad", &f->err), -1);
	assert_int_equal(store_test_value(f->store, "t:good", "a", &f->err), 1);
	MEDDLE("DEL", key);
	assert_int_equal(store_test_add(f->store, "t:bad", "a", &f->err), 1);
}

/* What cannot be written whole is not written at all. */
static void
a_key_of_the_wrong_type_stops_the_whole_commit(void **state)
{
	static const char *const keys[] = {
		"simfra:{" STORE_TEST_SCOPE "}:t:second",
		"simfra:scopes:t:second",
		"simfra:kinds",
		"simfra:changes",
		"simfra:rev",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(keys); i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct store_txn *t = store_begin(f->store, a);

		MEDDLE("DEL", keys[i]);
		MEDDLE("RPUSH", keys[i], "x");
		store_put(t, STORE_TEST_SCOPE, "t:first", "a",
		    json_own(a, json_new_object()));
		store_delete(t, STORE_TEST_SCOPE, "t:second", "a");
		assert_int_equal(store_commit(t, &f->err), -1);
		assert_ptr_equal(f->err.kind, &err_internal);
		MEDDLE("DEL", keys[i]);
		store_test_await_answer(f->store);
		assert_int_equal(store_test_count(f->store, "t:first", &f->err), 0);
	}
	assert_int_equal(store_test_add(f->store, "t:first", "a", &f->err), 1);
}

static void
nonsense_in_the_stream_drops_the_cache(void **state)
{
	struct fixture *f = *state;
	int n = 1;

	store_watch(f->store, note, f);
	assert_int_equal(store_test_add(f->store, "t:stream", "a", &f->err), 1);
	MEDDLE("XADD", "simfra:changes", "99999999999999999-0", "c", "Pnonsense", "t",
	    "");
	await_anything(f, n++);
	MEDDLE("DEL", "simfra:changes");
	store_test_await(f->store, "t:stream", "a", 1);
	assert_int_equal(store_test_add(f->store, "t:stream", "a", &f->err), 1);
	store_test_await(f->other, "t:stream", "a", 2);
}

/* The stream was cut, or its entries were lost. */
static void
a_gap_in_the_stream_drops_the_cache(void **state)
{
	struct fixture *f = *state;

	store_watch(f->store, note, f);
	assert_int_equal(store_test_add(f->store, "t:gap", "a", &f->err), 1);
	MEDDLE("EVAL",
	    "local rev = string.format('%.0f', redis.call('INCRBY', 'simfra:rev', 5))\n"
	    "return redis.call('XADD', 'simfra:changes', rev .. '-0',\n"
	    "    'c', 'Pa\\0b\\0c\\0', 't', '')\n",
	    "0");
	await_anything(f, 1);
	store_test_await(f->store, "t:gap", "a", 1);
	MEDDLE("INCR", "simfra:rev");
	await_anything(f, 2);
	assert_int_equal(store_test_add(f->store, "t:gap", "a", &f->err), 1);
	store_test_await(f->other, "t:gap", "a", 2);
}

static void
a_flushed_server_is_noticed(void **state)
{
	struct fixture *f = *state;

	store_watch(f->store, note, f);
	assert_int_equal(store_test_add(f->store, "t:flush", "a", &f->err), 1);
	MEDDLE("FLUSHALL");
	await_anything(f, 1);
	store_test_await(f->store, "t:flush", "a", 0);
	assert_int_equal(store_test_add(f->store, "t:flush", "a", &f->err), 1);
	store_test_await(f->other, "t:flush", "a", 1);
}

static void
forgotten_scripts_are_sent_again(void **state)
{
	struct fixture *f = *state;

	MEDDLE("SCRIPT", "FLUSH");
	assert_int_equal(store_test_add(f->store, "t:script", "a", &f->err), 1);
	MEDDLE("SCRIPT", "FLUSH");
	assert_int_equal(store_reset(f->store, "", &f->err), 0);
	assert_int_equal(store_test_count(f->store, "t:script", &f->err), 0);
}

static void
closed_connections_are_opened_again(void **state)
{
	struct fixture *f = *state;

	store_watch(f->store, note, f);
	for (int i = 1; i <= 5; i++) {
		assert_int_equal(store_test_add(f->store, "t:conn", "a", &f->err), 1);
		MEDDLE("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
		await_anything(f, i);
		assert_int_equal(store_test_value(f->store, "t:conn", "a", &f->err), i);
	}
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

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(f->other);
	store_close(f->store);
	free(f);
	return 0;
}

#define TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TWO(garbage_is_an_error),
		TWO(a_key_of_the_wrong_type_stops_the_whole_commit),
		TWO(nonsense_in_the_stream_drops_the_cache),
		TWO(a_gap_in_the_stream_drops_the_cache),
		TWO(a_flushed_server_is_noticed),
		TWO(forgotten_scripts_are_sent_again),
		TWO(closed_connections_are_opened_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
