/*
 * Commits, and the one question that they leave: was it made, when no
 * reply came?
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/store/redis.h"

enum {
	MAX_ARGS = 1000 * 1000, /* Redis takes 1024 * 1024 */
	SETTLE_MS = 500,
	SKIP = 9, /* `{"_rev":0` of a draft */
	HELD = 2,
	HELD_PAUSE_MS = 10,
	HELD_MAX_MS = 30000,
};

struct args {
	struct arena *arena;
	const char **arg;
	size_t *len;
	size_t n, cap;
};

static void
add(struct args *c, const char *p, size_t len)
{
	assert(c->n < c->cap);
	c->arg[c->n] = p;
	c->len[c->n++] = len;
}

static void
add_str(struct args *c, const char *s)
{
	add(c, s, strlen(s));
}

static void
add_number(struct args *c, int64_t n)
{
	add_str(c, arena_printf(c->arena, "%" PRId64, n));
}

const char *
redis_key(struct arena *a, const struct store_key *key)
{
	struct buf *b;

	if (key->scope[strcspn(key->scope, "%}")] == '\0')
		return arena_printf(a, "simfra:{%s}:%s", key->scope, key->kind);
	b = buf_new(a, 0);
	buf_str(b, "simfra:{");
	for (const char *s = key->scope; *s != '\0'; s++) {
		if (*s == '%' || *s == '}')
			buf_str(b, *s == '%' ? "%25" : "%7D");
		else
			buf_chr(b, *s);
	}
	buf_str(b, "}:");
	buf_str(b, key->kind);
	return buf_text(b);
}

const char *
redis_scopes_key(struct arena *a, const char *kind)
{
	return arena_printf(a, "simfra:scopes:%s", kind);
}

static void
add_changes(struct args *c, const struct store_batch *b)
{
	struct buf *text = buf_new(c->arena, 0);

	for (size_t i = 0; i < b->n_write; i++) {
		const struct store_write *w = &b->write[i];

		buf_chr(text, w->doc != NULL ? 'P' : 'D');
		buf_add(text, w->key->scope, strlen(w->key->scope) + 1);
		buf_add(text, w->key->kind, strlen(w->key->kind) + 1);
		buf_add(text, w->id, strlen(w->id) + 1);
	}
	add(c, buf_text(text), text->len);
}

static void
add_write(struct args *c, const struct store_write *w)
{
	struct buf *text;

	add_str(c, redis_key(c->arena, w->key));
	add_str(c, w->id);
	if (w->doc == NULL) {
		add_str(c, "");
		return;
	}
	text = buf_new(c->arena, 0);
	json_write(w->doc->tree, text);
	assert(text->len > SKIP && memcmp(text->data, "{\"_rev\":0", SKIP) == 0);
	add(c, text->data + SKIP, text->len - SKIP);
}

static int
make_args(struct args *c, const struct store_batch *b, const char *token, struct err *err)
{
	c->cap = 9 + 3 * (b->n_read + b->n_listed + b->n_write) + 4 * b->n_touched;
	if (c->cap > MAX_ARGS)
		return err_set(err, &err_internal, "a transaction of %zu documents",
		    b->n_read + b->n_write);
	c->arg = arena_calloc(c->arena, c->cap, sizeof(*c->arg));
	c->len = arena_calloc(c->arena, c->cap, sizeof(*c->len));
	c->n = 3; /* of redis_script_call() */
	add_str(c, token);
	add_changes(c, b);
	add_number(c, (int64_t)b->n_read);
	add_number(c, (int64_t)b->n_listed);
	add_number(c, (int64_t)b->n_touched);
	add_number(c, (int64_t)b->n_write);
	for (size_t i = 0; i < b->n_read; i++) {
		add_str(c, redis_key(c->arena, b->read[i].key));
		add_str(c, b->read[i].id);
		add_number(c, b->read[i].rev);
	}
	for (size_t i = 0; i < b->n_listed; i++) {
		add_str(c, redis_scopes_key(c->arena, b->listed[i].key->kind));
		add_str(c, b->listed[i].key->scope);
		add_number(c, b->listed[i].version);
	}
	for (size_t i = 0; i < b->n_touched; i++) {
		const struct store_key *key = b->touched[i].key;

		add_str(c, redis_key(c->arena, key));
		add_str(c, redis_scopes_key(c->arena, key->kind));
		add_str(c, key->scope);
		add_str(c, key->kind);
	}
	for (size_t i = 0; i < b->n_write; i++)
		add_write(c, &b->write[i]);
	return 0;
}

static void
stamp(struct store_batch *b, int64_t rev)
{
	b->rev = rev;
	for (size_t i = 0; i < b->n_write; i++) {
		if (b->write[i].doc != NULL)
			store_doc_stamp(b->write[i].doc, rev);
	}
}

static int
odd_reply(struct err *err)
{
	return err_set(err, &err_internal, "Redis: a commit's reply makes no sense");
}

static int
read_done(const redisReply *reply, struct store_batch *b, struct err *err)
{
	int64_t rev = 0, before;

	if (reply->elements != 2 + b->n_touched)
		return odd_reply(err);
	for (size_t i = 1; i < reply->elements; i++) {
		const redisReply *e = reply->element[i];

		if (e->type != REDIS_REPLY_STRING ||
		    !redis_number(e->str, e->len, &before))
			return odd_reply(err);
		if (i == 1)
			rev = before;
		else
			b->touched[i - 2].before = before;
	}
	stamp(b, rev);
	return 1;
}

static int
read_stale(const redisReply *reply, struct store_batch *b, struct err *err)
{
	for (size_t i = 1; i < reply->elements; i++) {
		long long n = reply->element[i]->integer - 1;

		if (reply->element[i]->type != REDIS_REPLY_INTEGER || n < 0 ||
		    (size_t)n >= b->n_read + b->n_listed)
			return odd_reply(err);
		if ((size_t)n < b->n_read)
			b->read[n].stale = 1;
		else
			b->listed[(size_t)n - b->n_read].stale = 1;
	}
	return 0;
}

static int
read_reply(const redisReply *reply, struct store_batch *b, struct err *err)
{
	if (redis_reply_check(reply, err) < 0)
		return -1;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0 ||
	    reply->element[0]->type != REDIS_REPLY_INTEGER)
		return odd_reply(err);
	switch (reply->element[0]->integer) {
	case 1:
		return read_done(reply, b, err);
	case 0:
		return read_stale(reply, b, err);
	case -2:
		return HELD;
	default:
		return odd_reply(err);
	}
}

/* In a reply of XRANGE: 1 and the revision of the token's commit, or 0. */
static int
find_token(const redisReply *entries, const char *token, int64_t *ret_rev)
{
	for (size_t i = 0; entries->type == REDIS_REPLY_ARRAY && i < entries->elements;
	     i++) {
		const redisReply *e = entries->element[i], *fields;

		if (e->type != REDIS_REPLY_ARRAY || e->elements != 2 ||
		    e->element[0]->type != REDIS_REPLY_STRING)
			continue;
		fields = e->element[1];
		if (fields->type == REDIS_REPLY_ARRAY && fields->elements == 4 &&
		    fields->element[3]->type == REDIS_REPLY_STRING &&
		    strcmp(fields->element[3]->str, token) == 0)
			return redis_number(e->element[0]->str,
			    strcspn(e->element[0]->str, "-"), ret_rev);
	}
	return 0;
}

/*
 * 1 and the revision: it was made.  0: it was not, and never will be, though the server may yet
 * read it out of a buffer: the fence is up before the stream is searched.
 */
static int
ask(struct redis_link *l, const char *token, int64_t since, int64_t *ret_rev,
    struct err *err)
{
	char fence[64], from[32];
	redisReply *reply;
	int found = -1;

	snprintf(fence, sizeof(fence), "simfra:fence:%s", token);
	snprintf(from, sizeof(from), "%" PRId64 "-0", since);
	redis_link_add(l, 5, (const char *[]){ "SET", fence, "1", "PX", "60000" }, NULL);
	redis_link_add(l, 4, (const char *[]){ "XRANGE", "simfra:changes", from, "+" },
	    NULL);
	for (int i = 0; i < 2; i++) {
		reply = redis_link_reply(l, REDIS_TIMEOUT_MS, -1, err);
		if (reply == NULL || redis_reply_check(reply, err) < 0)
			i = 2;
		else if (i == 1)
			found = find_token(reply, token, ret_rev);
		redis_reply_freep(&reply);
	}
	return found;
}

static int
settle(struct redis *r, const char *token, int64_t since, struct store_batch *b,
    struct err *err)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000000 };
	int64_t until_ms = clock_monotonic_ms() + SETTLE_MS, rev = 0;
	struct err why = *err;
	int made = -1;

	do {
		struct redis_link *l = redis_link_open(&r->at, &why);

		if (l != NULL)
			made = ask(l, token, since, &rev, &why);
		redis_link_close(l);
		if (made < 0)
			nanosleep(&pause, NULL);
	} while (made < 0 && clock_monotonic_ms() < until_ms);
	if (made < 0)
		return err_wrap(err, "it is not known whether the commit was made");
	if (made == 0)
		return -1;
	for (size_t i = 0; i < b->n_touched; i++)
		b->touched[i].before = -1; /* not known */
	stamp(b, rev);
	return 1;
}

static void
take_off(struct redis *r, struct redis_flight *flight)
{
	flight->number = atomic_fetch_add(&r->n_commits, 1);
	pthread_mutex_lock(&r->flight_lock);
	flight->next = r->flights;
	r->flights = flight;
	pthread_mutex_unlock(&r->flight_lock);
}

static void
land(struct redis *r, const struct redis_flight *flight)
{
	struct redis_flight **link = &r->flights;

	pthread_mutex_lock(&r->flight_lock);
	while (*link != flight)
		link = &(*link)->next;
	*link = flight->next;
	pthread_cond_broadcast(&r->landed);
	pthread_mutex_unlock(&r->flight_lock);
}

static int
send_batch(struct redis *r, struct args *c, const char *token, struct store_batch *b,
    struct err *err)
{
	int64_t since = atomic_load(&r->heard);
	struct redis_link *l;
	redisReply *reply;
	int done;

	l = redis_take(r, NULL, err);
	if (l == NULL)
		return -1;
	reply = redis_script_call(r, l, SCRIPT_COMMIT, (int)c->n, c->arg, c->len, err);
	if (reply == NULL) {
		redis_fail(r, l);
		return settle(r, token, since, b, err);
	}
	done = read_reply(reply, b, err);
	freeReplyObject(reply);
	redis_give(r, l);
	return done;
}

int
redis_wait_held(int64_t *until_ms, struct err *err)
{
	const struct timespec pause = { .tv_nsec = HELD_PAUSE_MS * 1000000 };

	if (*until_ms == 0)
		*until_ms = clock_monotonic_ms() + HELD_MAX_MS;
	if (clock_monotonic_ms() > *until_ms)
		return err_set(err, &err_unavailable,
		    "Redis: a snapshot is being made for too long");
	nanosleep(&pause, NULL);
	return 0;
}

int
redis_commit(struct store *s, struct arena *a, struct store_batch *b, struct err *err)
{
	struct redis *r = (struct redis *)(void *)s;
	struct args c = { .arena = a };
	struct redis_flight flight;
	int64_t until_ms = 0;
	const char *token;
	int done;

	take_off(r, &flight);
	token = arena_printf(a, "%s-%llu", r->token, flight.number);
	done = make_args(&c, b, token, err);
	if (done == 0)
		done = send_batch(r, &c, token, b, err);
	while (done == HELD)
		done = redis_wait_held(&until_ms, err) < 0 ?
		    -1 :
		    send_batch(r, &c, token, b, err);
	if (done == 1)
		store_committed(s, b);
	land(r, &flight);
	return done;
}
