/*
 * How many reads, lists and commits a second, against the same Redis asked
 * bare: one round trip of HGET or HSET by hiredis, in the same run.
 *
 *	bench_store [seconds each]
 */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "control/store/store.h"
#include "tests/unit/store_server.h"

#define SCOPE "000000000000:us-east-1"

enum { N_DOCS = 100, N_RESET = 5000 };

struct bench {
	struct store *store;
	redisContext *raw;
	unsigned int n;
};

static double seconds = 0.5;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
check(int ok, const struct err *err)
{
	if (!ok)
		fatal("bench: %s", err->msg);
}

static const char *
next_id(struct bench *b, char *id, size_t size)
{
	snprintf(id, size, "i-%05u", b->n++ % N_DOCS);
	return id;
}

/* About 600 bytes, as a small resource has. */
static json_t *
document(struct arena *a, int n)
{
	json_t *doc = json_own(a, json_new_object());

	json_set_int(doc, "n", n);
	for (int i = 0; i < 12; i++) {
		char name[32];

		snprintf(name, sizeof(name), "NetworkInterface%d", i);
		json_set_str(doc, name, "eni-0123456789abcdef0");
	}
	json_set(doc, "Tags", json_make("[{s:s,s:s}]", "Key", "Name", "Value", "bench"));
	return doc;
}

static void
get(struct bench *b)
{
	struct arena *a = arena_new();
	struct store_txn *t = store_begin(b->store, a);
	struct err err;
	json_t *doc;
	char id[16];

	check(store_get(t, SCOPE, "ec2:instance", next_id(b, id, sizeof(id)), &doc,
		  &err) == 1,
	    &err);
	arena_free(a);
}

static void
list(struct bench *b)
{
	struct arena *a = arena_new();
	struct store_txn *t = store_begin(b->store, a);
	struct store_docs docs;
	struct err err;

	check(store_list(t, SCOPE, "ec2:instance", &docs, &err) == 0 && docs.n == N_DOCS,
	    &err);
	arena_free(a);
}

/* Read, change, write: what a handler does. */
static void
commit(struct bench *b)
{
	struct arena *a = arena_new();
	struct store_txn *t = store_begin(b->store, a);
	struct err err;
	json_t *doc;
	char id[16];

	next_id(b, id, sizeof(id));
	check(store_edit(t, SCOPE, "ec2:instance", id, &doc, &err) == 1, &err);
	json_set_int(doc, "n", (int)b->n);
	store_put(t, SCOPE, "ec2:instance", id, doc);
	check(store_commit(t, &err) == 1, &err);
	arena_free(a);
}

static void
commit_and_list(struct bench *b)
{
	commit(b);
	list(b);
}

static void
raw_get(struct bench *b)
{
	char id[16];
	redisReply *r = redisCommand(b->raw, "HGET simfra:{%s}:ec2:instance %s", SCOPE,
	    next_id(b, id, sizeof(id)));

	if (r == NULL || r->type != REDIS_REPLY_STRING)
		fatal("bench: HGET");
	freeReplyObject(r);
}

static void
raw_set(struct bench *b)
{
	char text[600], id[16];
	redisReply *r;

	memset(text, 'x', sizeof(text));
	r = redisCommand(b->raw, "HSET bench %s %b", next_id(b, id, sizeof(id)), text,
	    sizeof(text));
	if (r == NULL || r->type != REDIS_REPLY_INTEGER)
		fatal("bench: HSET");
	freeReplyObject(r);
}

/* Calls a second. */
static double
rate(struct bench *b, void (*fn)(struct bench *))
{
	double start = now(), end;
	long n = 0;

	do {
		for (int i = 0; i < 16; i++)
			fn(b);
		n += 16;
		end = now();
	} while (end - start < seconds);
	return (double)n / (end - start);
}

static void
fill(struct store *s, const char *scope, const char *kind, int n)
{
	struct arena *a = arena_new();
	struct store_txn *t = store_begin(s, a);
	struct err err;
	char id[16];

	for (int i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "i-%05d", i);
		store_put(t, scope, kind, id, document(a, i));
	}
	check(store_commit(t, &err) == 1, &err);
	arena_free(a);
}

static void
show(const char *what, double per_second, double reference)
{
	printf("  %-28s %10.0f /s", what, per_second);
	if (reference > 0)
		printf("  %8.2f x a bare round trip", per_second / reference);
	printf("\n");
}

static void
measure(struct bench *b, double bare_get, double bare_set)
{
	struct err err;
	double start;

	printf("%s\n", store_name(b->store));
	fill(b->store, SCOPE, "ec2:instance", N_DOCS);
	show("get", rate(b, get), bare_get);
	show("list of 100", rate(b, list), bare_get);
	show("commit of one", rate(b, commit), bare_set);
	show("commit, then list of 100", rate(b, commit_and_list), bare_set);
	fill(b->store, "000000000001:us-east-1", "ec2:instance", N_RESET);
	start = now();
	check(store_reset(b->store, "000000000001:", &err) == 0, &err);
	printf("  %-28s %10.2f ms\n", "reset of 5000", (now() - start) * 1e3);
}

int
main(int argc, char **argv)
{
	static const struct store_redis_options o;
	struct bench redis = { 0 }, mem = { 0 };
	double start = now(), bare_get, bare_set;
	char path[108] = "";
	struct err err;

	if (argc > 1)
		seconds = strtod(argv[1], NULL);
	redis.store = store_open_redis(&o, &err);
	check(redis.store != NULL, &err);
	printf("start of the embedded redis     %10.2f ms\n", (now() - start) * 1e3);
	store_server_of(getpid(), path);
	redis.raw = redisConnectUnix(path);
	if (redis.raw == NULL || redis.raw->err != 0)
		fatal("bench: connect %s", path);

	fill(redis.store, SCOPE, "ec2:instance", N_DOCS);
	bare_get = rate(&redis, raw_get);
	bare_set = rate(&redis, raw_set);
	check(store_reset(redis.store, "", &err) == 0, &err);
	printf("bare hiredis\n");
	show("HGET", bare_get, 0);
	show("HSET", bare_set, 0);
	measure(&redis, bare_get, bare_set);

	mem.store = store_open_mem();
	measure(&mem, bare_get, bare_set);
	store_close(mem.store);
	redisFree(redis.raw);
	start = now();
	store_close(redis.store);
	printf("close                           %10.2f ms\n", (now() - start) * 1e3);
	return 0;
}
