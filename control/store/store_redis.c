/*
 * The store in Redis: opening, reading, the pool of connections.
 *
 * A thread that needs Redis takes an idle connection, or opens one: so there
 * are as many as were ever needed at once.  A connection that the server
 * closed while it was idle is found out before it is used, and a read that loses its connection is
 * tried once more on a new one.  While the server does not answer, calls fail
 * without trying, for a moment each time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"
#include "control/store/redis.h"

enum {
	AWAY_MS = 50,	  /* after a failed connect */
	SILENT_MS = 1000, /* after a time-out */
	READY_MS = 60000, /* for our own server to load its file */
};

static struct redis *
redis_of(struct store *s)
{
	return (struct redis *)(void *)s;
}

static struct redis_link *
take_idle(struct redis *r)
{
	struct redis_link *l;

	for (;;) {
		pthread_mutex_lock(&r->lock);
		l = r->n_idle > 0 ? r->idle[--r->n_idle] : NULL;
		pthread_mutex_unlock(&r->lock);
		if (l == NULL || redis_link_is_alive(l))
			return l;
		redis_link_close(l);
	}
}

struct redis_link *
redis_take(struct redis *r, int *ret_fresh, struct err *err)
{
	struct redis_link *l = NULL;

	if (clock_monotonic_ms() < atomic_load(&r->away_until)) {
		err_set_fn(err, &err_unavailable, "Redis is away");
		return NULL;
	}
	l = take_idle(r);
	if (ret_fresh != NULL)
		*ret_fresh = l == NULL;
	if (l == NULL) {
		l = redis_link_open(&r->at, err);
		if (l == NULL)
			atomic_store(&r->away_until, clock_monotonic_ms() + AWAY_MS);
	}
	return l;
}

void
redis_give(struct redis *r, struct redis_link *l)
{
	pthread_mutex_lock(&r->lock);
	if (r->n_idle < REDIS_MAX_IDLE) {
		r->idle[r->n_idle++] = l;
		l = NULL;
	}
	pthread_mutex_unlock(&r->lock);
	redis_link_close(l);
}

void
redis_fail(struct redis *r, struct redis_link *l)
{
	/* A closed connection is no reason to wait; a silent server is. */
	if (redis_link_is_alive(l))
		atomic_store(&r->away_until, clock_monotonic_ms() + SILENT_MS);
	redis_link_close(l);
}

/* Commands that only read: sent together, the last one's reply is returned. */
struct command {
	int n;
	const char **arg;
};

struct commands {
	const struct command *command;
	size_t n;
};

static redisReply *
try_read(struct redis *r UNUSED, struct redis_link *l, const void *arg, struct err *err)
{
	const struct commands *all = arg;
	redisReply *reply = NULL;

	for (size_t i = 0; i < all->n; i++)
		redis_link_add(l, all->command[i].n, all->command[i].arg, NULL);
	for (size_t i = 0; i < all->n; i++) {
		redis_reply_freep(&reply);
		reply = redis_link_reply(l, REDIS_TIMEOUT_MS, -1, err);
		if (reply == NULL)
			return NULL;
	}
	return reply;
}

redisReply *
redis_ask(struct redis *r, redis_ask_fn *fn, const void *arg, struct err *err)
{
	for (;;) {
		struct redis_link *l;
		redisReply *reply;
		int fresh;

		l = redis_take(r, &fresh, err);
		if (l == NULL)
			return NULL;
		reply = fn(r, l, arg, err);
		if (reply == NULL) {
			redis_fail(r, l);
			if (fresh)
				return NULL;
			continue;
		}
		redis_give(r, l);
		if (redis_reply_check(reply, err) == 0)
			return reply;
		freeReplyObject(reply);
		return NULL;
	}
}

static redisReply *
read_from(struct redis *r, const struct command *command, size_t n, struct err *err)
{
	const struct commands all = { command, n };

	return redis_ask(r, try_read, &all, err);
}

/* `{"_rev":N` as commits write it. */
static int
text_rev(const char *text, size_t len, int64_t *ret)
{
	static const char head[] = "{\"_rev\":";
	size_t skip = sizeof(head) - 1;

	return len > skip && memcmp(text, head, skip) == 0 &&
	    redis_number(text + skip, strspn(text + skip, "0123456789"), ret) && *ret > 0;
}

static int
malformed(const struct store_key *key, const char *id, const char *why, struct err *err)
{
	return err_set(err, &err_internal, "not a document of the store: %s %s %s: %s",
	    key->scope, key->kind, id, why);
}

int
redis_parse(const struct store_key *key, const char *id, const redisReply *text,
    struct store_doc **ret, struct err *err)
{
	CLEANUP(json_freep) json_t *tree = NULL;
	struct err why;
	int64_t rev;

	if (text->type != REDIS_REPLY_STRING || !text_rev(text->str, text->len, &rev))
		return malformed(key, id, "no revision in front", err);
	if (json_read(text->str, text->len, &tree, &why) < 0)
		return malformed(key, id, why.msg, err);
	if (!json_is_object(tree) || json_int(tree, "_rev", 0) != rev)
		return malformed(key, id, "not an object with a revision", err);
	*ret = store_doc_new(id, TAKE(tree), rev);
	return 0;
}

static int
redis_get(struct store *s, const struct store_key *key, const char *id,
    struct store_doc **ret, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(redis_reply_freep) redisReply *reply = NULL;
	const char *arg[] = { "HGET", redis_key(a, key), id };

	reply = read_from(redis_of(s), &(struct command){ COUNT(arg), arg }, 1, err);
	if (reply == NULL)
		return -1;
	if (reply->type == REDIS_REPLY_NIL)
		return 0;
	return redis_parse(key, id, reply, ret, err) < 0 ? -1 : 1;
}

/* A document that is known at this revision is not parsed again. */
static int
read_one(const struct store_key *key, const redisReply *id, const redisReply *text,
    const struct store_snap *known, struct store_doc **ret, struct err *err)
{
	struct store_doc *old;
	int64_t rev;

	if (id->type != REDIS_REPLY_STRING || text->type != REDIS_REPLY_STRING ||
	    strlen(id->str) != id->len)
		return malformed(key, "?", "a NUL in an id", err);
	old = store_snap_find(known, id->str);
	if (old == NULL || !text_rev(text->str, text->len, &rev) || rev != old->rev)
		return redis_parse(key, id->str, text, ret, err);
	*ret = store_doc_ref(old);
	return 0;
}

static int
read_all(const struct store_key *key, const redisReply *all, int64_t version,
    const struct store_snap *known, struct store_snap **ret, struct err *err)
{
	struct store_snap *snap = store_snap_new(all->elements / 2, version);

	for (size_t i = 0; i < snap->n; i++) {
		if (read_one(key, all->element[2 * i], all->element[2 * i + 1], known,
			&snap->doc[i], err) < 0) {
			snap->n = i;
			store_snap_unref(snap);
			return -1;
		}
	}
	store_snap_sort(snap);
	*ret = snap;
	return 0;
}

static int
redis_list(struct store *s, const struct store_key *key, const struct store_snap *known,
    struct store_snap **ret, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(redis_reply_freep) redisReply *reply = NULL;
	const struct command commands[] = {
		{ 1, (const char *[]){ "MULTI" } },
		{ 3,
		    (const char *[]){ "HGET", redis_scopes_key(a, key->kind),
			key->scope } },
		{ 2, (const char *[]){ "HGETALL", redis_key(a, key) } },
		{ 1, (const char *[]){ "EXEC" } },
	};
	const redisReply *version, *all;
	int64_t v = 0;

	reply = read_from(redis_of(s), commands, COUNT(commands), err);
	if (reply == NULL)
		return -1;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
		return malformed(key, "*", "a list's reply makes no sense", err);
	version = reply->element[0];
	all = reply->element[1];
	if (redis_reply_check(version, err) < 0 || redis_reply_check(all, err) < 0)
		return -1;
	if (version->type == REDIS_REPLY_STRING &&
	    !redis_number(version->str, version->len, &v))
		return malformed(key, "*", "the version is not a number", err);
	return read_all(key, all, v, known, ret, err);
}

static int
redis_scopes(struct store *s, const char *kind, json_t *array, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(redis_reply_freep) redisReply *reply = NULL;
	const char *arg[] = { "HKEYS", redis_scopes_key(a, kind) };

	reply = read_from(redis_of(s), &(struct command){ COUNT(arg), arg }, 1, err);
	if (reply == NULL)
		return -1;
	for (size_t i = 0; i < reply->elements; i++) {
		const redisReply *e = reply->element[i];

		if (e->type != REDIS_REPLY_STRING || !utf8_is_valid(e->str, e->len))
			return err_set(err, &err_internal, "a scope of %s is not UTF-8",
			    kind);
		json_add_str(array, e->str);
	}
	return 0;
}

static int
redis_ping(struct store *s, struct err *err)
{
	CLEANUP(redis_reply_freep) redisReply *reply = NULL;
	const char *arg[] = { "PING" };

	reply = read_from(redis_of(s), &(struct command){ COUNT(arg), arg }, 1, err);
	return reply != NULL ? 0 : -1;
}

/* Ends our own server the quick and careful way: what it has is written first. */
static void
shut_down(struct redis *r)
{
	struct redis_link *l;
	redisReply *reply;
	struct err ignored;

	l = redis_link_open(&r->at, &ignored);
	if (l == NULL)
		return;
	reply = redis_link_call(l, 2, (const char *[]){ "SHUTDOWN", "NOSAVE" }, NULL,
	    &ignored);
	redis_reply_freep(&reply);
	redis_link_close(l);
}

static void
redis_free(struct redis *r)
{
	for (size_t i = 0; i < r->n_idle; i++)
		redis_link_close(r->idle[i]);
	if (r->child != NULL) {
		redis_child_end(r->child);
		if (redis_child_has_data(r->child))
			shut_down(r);
		redis_child_close(r->child);
	}
	redis_link_close(r->stream_link);
	close(r->wake_fd);
	pthread_cond_destroy(&r->landed);
	pthread_mutex_destroy(&r->flight_lock);
	pthread_mutex_destroy(&r->lock);
	store_done(&r->store);
	free(r);
}

static void
redis_close(struct store *s)
{
	struct redis *r = redis_of(s);

	redis_stream_stop(r);
	redis_free(r);
}

static const struct store_ops ops = {
	.get = redis_get,
	.list = redis_list,
	.range = redis_range,
	.scopes = redis_scopes,
	.commit = redis_commit,
	.reset = redis_reset,
	.dump = redis_dump,
	.replace = redis_replace,
	.seat = redis_seat,
	.ping = redis_ping,
	.close = redis_close,
};

static int
start_child(struct redis *r, const struct store_redis_options *o, struct err *err)
{
	r->child = redis_child_open(o->program, o->data_dir, err);
	if (r->child == NULL)
		return -1;
	r->at.how = REDIS_SOCKET;
	snprintf(r->at.path, sizeof(r->at.path), "%s", redis_child_socket(r->child));
	return 0;
}

/* Our own server may still be starting, or loading its file. */
static int
await_ready(struct redis *r, struct err *err)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int64_t until_ms = clock_monotonic_ms() + READY_MS;

	for (;;) {
		atomic_store(&r->away_until, 0);
		if (redis_ping(&r->store, err) == 0)
			return 0;
		if (r->child == NULL || clock_monotonic_ms() > until_ms)
			return -1;
		if (redis_child_check(r->child, err) < 0)
			return -1;
		nanosleep(&pause, NULL);
	}
}

static int
load_scripts(struct redis *r, struct redis_link *l, struct err *err)
{
	for (size_t i = 0; i < N_SCRIPTS; i++) {
		const char *arg[] = { "SCRIPT", "LOAD", redis_script_text[i] };
		CLEANUP(redis_reply_freep)
		redisReply *reply = redis_link_call(l, COUNT(arg), arg, NULL, err);

		if (reply == NULL || redis_reply_check(reply, err) < 0)
			return -1;
		snprintf(r->sha[i], sizeof(r->sha[i]), "%s",
		    reply->type == REDIS_REPLY_STRING ? reply->str : "");
	}
	return 0;
}

static int
start(struct redis *r, const struct store_redis_options *o, struct err *err)
{
	int64_t rev;

	if (o->url != NULL ? redis_address_parse(o->url, &r->at, err) < 0 :
			     start_child(r, o, err) < 0)
		return -1;
	if (await_ready(r, err) < 0)
		return -1;
	r->stream_link = redis_link_open(&r->at, err);
	if (r->stream_link == NULL || load_scripts(r, r->stream_link, err) < 0 ||
	    redis_stream_sync(r, r->stream_link, &rev, err) < 0)
		return -1;
	atomic_store(&r->heard, rev);
	store_synced(&r->store, rev);
	return 0;
}

static void
set_name(struct redis *r)
{
	char *name = r->store.name;
	size_t size = sizeof(r->store.name);

	if (r->child != NULL)
		snprintf(name, size, "redis, embedded");
	else if (r->at.how == REDIS_SOCKET)
		snprintf(name, size, "redis, %s", r->at.path);
	else
		snprintf(name, size, "redis, %s:%s", r->at.host, r->at.port);
}

static void
init_locks(struct redis *r)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->landed, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&r->flight_lock, NULL);
	pthread_mutex_init(&r->lock, NULL);
}

struct store *
store_open_redis(const struct store_redis_options *o, struct err *err)
{
	struct redis *r = calloc(1, sizeof(*r));

	if (r == NULL)
		fatal("store: out of memory");
	r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->wake_fd < 0)
		fatal("store: eventfd: %s", strerror(errno));
	init_locks(r);
	store_init(&r->store, &ops);
	random_hex(r->token, sizeof(r->token) - 1);
	if (start(r, o, err) < 0) {
		redis_free(r);
		return NULL;
	}
	set_name(r);
	redis_stream_start(r);
	return &r->store;
}
