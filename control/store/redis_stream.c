/*
 * The thread that hears of changes.
 *
 * Each commit is one entry whose id is its revision, and revisions have no
 * gaps: so what comes must be one more than what came.  If it is not (the
 * stream was cut, the server has lost its data or is another one), or if the
 * connection is lost, the cache goes and watchers hear that anything may have changed.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/store/redis.h"

enum {
	BLOCK_MS = 1000,
	MIN_PAUSE_MS = 5,
	MAX_PAUSE_MS = 500,
	N_ENTRIES = 128, /* at once */
	LANDING_MS = 20,
};

int
redis_number(const char *s, size_t len, int64_t *ret)
{
	int64_t v = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, s[i] - '0', &v))
			return 0;
	}
	if (len == 0)
		return 0;
	*ret = v;
	return 1;
}

int
redis_stream_sync(struct redis *r, struct redis_link *l, int64_t *ret_rev,
    struct err *err)
{
	const char *arg[3];
	CLEANUP(redis_reply_freep)
	redisReply *reply = redis_script_call(r, l, SCRIPT_SYNC, 3, arg, NULL, err);

	if (reply == NULL || redis_reply_check(reply, err) < 0)
		return -1;
	if (reply->type != REDIS_REPLY_STRING ||
	    !redis_number(reply->str, reply->len, ret_rev))
		return err_set(err, &err_internal, "Redis: simfra:rev is not a number");
	return 1;
}

/* A NUL-terminated text out of *at; NULL when there is none. */
static const char *
take_text(const char **at, const char *end)
{
	const char *s = *at, *nul = memchr(s, '\0', (size_t)(end - s));

	if (nul == NULL)
		return NULL;
	*at = nul + 1;
	return s;
}

static size_t
parse_changes(const char *at, const char *end, struct store_change *out)
{
	size_t n = 0;

	while (at < end) {
		char how = *at++;
		const char *scope = take_text(&at, end);
		const char *kind = scope != NULL ? take_text(&at, end) : NULL;
		const char *id = kind != NULL ? take_text(&at, end) : NULL;

		if (id == NULL || (how != 'P' && how != 'D'))
			return 0;
		out[n++] = (struct store_change){ scope, kind, id, how == 'D' };
	}
	return n;
}

/* 1, or 0 when the entry makes no sense. */
static int
tell(struct redis *r, int64_t rev, const char *text, size_t len)
{
	const char *end = text + len;
	struct store_change *change;
	size_t n;

	if (len > 1 && text[0] == 'R' && text[len - 1] == '\0') {
		store_heard_reset(&r->store, rev, text + 1);
		return 1;
	}
	/* Four bytes is the least that a change takes. */
	change = calloc(len / 4 + 1, sizeof(*change));
	if (change == NULL)
		fatal("store: out of memory");
	n = parse_changes(text, end, change);
	if (n > 0)
		store_heard(&r->store, rev, change, n);
	free(change);
	return n > 0;
}

/* The number behind our own token. */
static int
is_ours(const struct redis *r, const redisReply *token, int64_t *ret_number)
{
	size_t len = strlen(r->token);

	return token->type == REDIS_REPLY_STRING && token->len > len + 1 &&
	    memcmp(token->str, r->token, len) == 0 && token->str[len] == '-' &&
	    redis_number(token->str + len + 1, token->len - len - 1, ret_number);
}

static int
is_flying(const struct redis *r, int64_t number)
{
	const struct redis_flight *flight = r->flights;

	while (flight != NULL && flight->number != (unsigned long long)number)
		flight = flight->next;
	return flight != NULL;
}

/* Not for long: if its thread lost the reply, the cache can do without. */
static void
await_landing(struct redis *r, const redisReply *token)
{
	struct timespec until;
	int64_t number;
	int rc = 0;

	if (!is_ours(r, token, &number))
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LANDING_MS * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&r->flight_lock);
	while (rc == 0 && is_flying(r, number))
		rc = pthread_cond_timedwait(&r->landed, &r->flight_lock, &until);
	pthread_mutex_unlock(&r->flight_lock);
}

/* An entry: [id, [name, value, ...]].  1, or 0 when it is not the next one. */
static int
hear(struct redis *r, const redisReply *entry)
{
	const redisReply *id, *fields;
	int64_t rev;

	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
		return 0;
	id = entry->element[0];
	fields = entry->element[1];
	if (id->type != REDIS_REPLY_STRING || fields->type != REDIS_REPLY_ARRAY ||
	    fields->elements != 4 || fields->element[1]->type != REDIS_REPLY_STRING ||
	    !redis_number(id->str, strcspn(id->str, "-"), &rev))
		return 0;
	if (rev != atomic_load(&r->heard) + 1)
		return 0;
	await_landing(r, fields->element[3]);
	if (!tell(r, rev, fields->element[1]->str, fields->element[1]->len))
		return 0;
	atomic_store(&r->heard, rev);
	return 1;
}

/* [[stream, [entry, ...]]]: 1, or 0 when there is a gap. */
static int
hear_all(struct redis *r, const redisReply *reply)
{
	const redisReply *one, *entries;

	if (reply->elements != 1 || reply->element[0]->type != REDIS_REPLY_ARRAY ||
	    reply->element[0]->elements != 2)
		return 0;
	one = reply->element[0];
	entries = one->element[1];
	if (entries->type != REDIS_REPLY_ARRAY)
		return 0;
	for (size_t i = 0; i < entries->elements; i++) {
		if (!hear(r, entries->element[i]))
			return 0;
	}
	return 1;
}

/* Nothing came: 1 if that is because nothing was, 0 if it was missed. */
static int
nothing_missed(struct redis *r, int *ret_behind, struct err *err)
{
	CLEANUP(redis_reply_freep)
	redisReply *reply = redis_link_call(r->stream_link, 2,
	    (const char *[]){ "GET", "simfra:rev" }, NULL, err);
	int64_t rev;

	if (reply == NULL)
		return -1;
	if (reply->type != REDIS_REPLY_STRING ||
	    !redis_number(reply->str, reply->len, &rev))
		return 0;
	/* More: it came after the wait was over, unless that is so twice. */
	*ret_behind = rev > atomic_load(&r->heard) ? *ret_behind + 1 : 0;
	return rev >= atomic_load(&r->heard) && *ret_behind < 2;
}

static int
resync(struct redis *r, struct err *err)
{
	int64_t rev;

	store_lost(&r->store);
	if (redis_stream_sync(r, r->stream_link, &rev, err) < 0)
		return -1;
	atomic_store(&r->heard, rev);
	store_synced(&r->store, rev);
	return 0;
}

/* One wait for changes.  0, or -1 when the link is of no more use. */
static int
listen_once(struct redis *r, int *behind, struct err *err)
{
	char last[32], count[16], block[16];
	const char *arg[] = { "XREAD", "COUNT", count, "BLOCK", block, "STREAMS",
		"simfra:changes", last };
	CLEANUP(redis_reply_freep)
	redisReply *reply = NULL;
	int well;

	snprintf(last, sizeof(last), "%lld-0", atomic_load(&r->heard));
	snprintf(count, sizeof(count), "%d", N_ENTRIES);
	snprintf(block, sizeof(block), "%d", BLOCK_MS);
	redis_link_add(r->stream_link, COUNT(arg), arg, NULL);
	reply = redis_link_reply(r->stream_link, BLOCK_MS + REDIS_TIMEOUT_MS, r->wake_fd,
	    err);
	if (reply == NULL || redis_reply_check(reply, err) < 0)
		return -1;
	if (reply->type == REDIS_REPLY_ARRAY) {
		*behind = 0;
		well = hear_all(r, reply);
	} else {
		well = nothing_missed(r, behind, err);
	}
	if (well < 0)
		return -1;
	return well ? 0 : resync(r, err);
}

/* 1 when the thread is to end. */
static int
pause_is_over(const struct redis *r, int64_t ms)
{
	struct pollfd p = { .fd = r->wake_fd, .events = POLLIN };
	int64_t until_ms = clock_monotonic_ms() + ms;

	do {
		if (poll(&p, 1, (int)ms) > 0)
			return 1;
		ms = until_ms - clock_monotonic_ms();
	} while (ms > 0);
	return 0;
}

static void *
run(void *arg)
{
	struct redis *r = arg;
	int64_t pause_ms = 0;
	struct err err;
	int behind = 0;

	while (!pause_is_over(r, pause_ms)) {
		if (r->stream_link == NULL) {
			r->stream_link = redis_link_open(&r->at, &err);
			if (r->stream_link != NULL && resync(r, &err) < 0) {
				redis_link_close(r->stream_link);
				r->stream_link = NULL;
			}
			behind = 0;
		} else if (listen_once(r, &behind, &err) < 0) {
			store_lost(&r->store);
			redis_link_close(r->stream_link);
			r->stream_link = NULL;
		}
		if (r->stream_link != NULL) {
			atomic_store(&r->away_until, 0);
			pause_ms = 0;
		} else {
			pause_ms = pause_ms == 0	? MIN_PAUSE_MS :
			    pause_ms * 2 > MAX_PAUSE_MS ? MAX_PAUSE_MS :
							  pause_ms * 2;
		}
	}
	return NULL;
}

void
redis_stream_start(struct redis *r)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&r->stream, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0)
		fatal("store: no thread");
}

void
redis_stream_stop(struct redis *r)
{
	const uint64_t one = 1;

	if (write(r->wake_fd, &one, sizeof(one)) < 0)
		fatal("store: eventfd: %s", strerror(errno));
	pthread_join(r->stream, NULL);
}
