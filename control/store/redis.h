/*
 * The Redis back end's own parts: connections, scripts, the change stream.
 *
 * For the files of this folder only.  In Redis:
 *	simfra:{SCOPE}:KIND	hash, id -> the document's text, which begins {"_rev":N
 *	simfra:{SCOPE}:KIND/ids	sorted set of the ids of an ordered kind, which ends with '/', all of score 0
 *	simfra:scopes:KIND	hash, scope -> version of that shelf; only of those with documents
 *	simfra:kinds		set of the kinds that have documents
 *	simfra:rev		the last revision given
 *	simfra:changes		stream, an entry a commit; its id is the revision:
 *				R-0 c CHANGES t TOKEN
 *	simfra:seats, simfra:leader	replicas of the control plane (redis_seat.c)
 *	simfra:fence:TOKEN	the commit of that token must not be made (any more)
 *	simfra:hold		whose snapshot is being made; until it is gone nothing may be committed
 *	simfra:load:TOKEN:…	shelves that are to take the places of all others
 * In SCOPE of a key, % and } are %25 and %7D.  CHANGES is P or D (put, removed), then
 * scope, kind and id, a NUL behind each; or, for a reset, R and the prefix and NUL.
 */
#ifndef CONTROL_STORE_REDIS_H
#define CONTROL_STORE_REDIS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"
#include "control/store/impl.h"
#include "control/store/redis_child.h"
#include "control/store/redis_link.h"

enum redis_script {
	SCRIPT_COMMIT,
	SCRIPT_RESET,
	SCRIPT_SYNC,
	SCRIPT_SEAT,
	SCRIPT_RANGE,
	SCRIPT_HOLD,
	SCRIPT_RESERVE,
	SCRIPT_REPLACE,
	N_SCRIPTS,
};

extern const char *const redis_script_text[N_SCRIPTS];

enum { REDIS_MAX_IDLE = 64 };

/*
 * A commit of ours between sending it and having its writes in the cache.  Its news may
 * come sooner than that; the stream thread then waits a moment, since
 * it would drop what is about to be added, and tell watchers too early.
 */
struct redis_flight {
	struct redis_flight *next;
	unsigned long long number;
};

struct redis {
	struct store store;
	struct redis_address at;
	struct redis_child *child; /* NULL: somebody else's server */
	char sha[N_SCRIPTS][41];
	char token[17]; /* with a number behind, names a commit */
	atomic_ullong n_commits;
	pthread_mutex_t flight_lock;
	pthread_cond_t landed; /* by the monotonic clock */
	struct redis_flight *flights;
	atomic_llong heard;	 /* revision that the stream thread has got to */
	atomic_llong away_until; /* monotonic ms: before it, do not try */
	pthread_mutex_t lock;	 /* for the pool */
	struct redis_link *idle[REDIS_MAX_IDLE];
	size_t n_idle;
	pthread_t stream;
	int wake_fd;
	struct redis_link *stream_link;
};

/*
 * A connection of the pool, or a new one.  *ret_fresh (may be NULL): it is new.  Given back with
 * redis_give(), or closed when it failed (redis_fail()).
 */
struct redis_link *redis_take(struct redis *r, int *ret_fresh, struct err *err);
void redis_give(struct redis *r, struct redis_link *l);
void redis_fail(struct redis *r, struct redis_link *l);

/* Run a script, text and all if the server has forgotten it; fills in arg[0..2], len[0..2]. */
redisReply *redis_script_call(struct redis *r, struct redis_link *l,
    enum redis_script script, int n, const char **arg, size_t *len, struct err *err);

/*
 * What only reads, by fn: a connection that was closed while it was idle is no failure, since a new one is tried.  NULL
 * and *err, also for a reply that is an error.
 */
typedef redisReply *redis_ask_fn(struct redis *r, struct redis_link *l, const void *arg,
    struct err *err);
redisReply *redis_ask(struct redis *r, redis_ask_fn *fn, const void *arg,
    struct err *err);

/* Where the stream stands (1 and *ret_rev), or -1. */
int redis_stream_sync(struct redis *r, struct redis_link *l, int64_t *ret_rev,
    struct err *err);

/* The thread that hears of changes; stream_link is synced, and the thread's. */
void redis_stream_start(struct redis *r);
void redis_stream_stop(struct redis *r);

/* A whole number in text: 1, or 0. */
int redis_number(const char *s, size_t len, int64_t *ret);

/* Key of a shelf's documents. */
const char *redis_key(struct arena *a, const struct store_key *key);
const char *redis_scopes_key(struct arena *a, const char *kind);

/* One try at a batch: as store_ops.commit. */
int redis_commit(struct store *s, struct arena *a, struct store_batch *b,
    struct err *err);
int redis_reset(struct store *s, const char *prefix, const char *const *keep,
    int64_t *ret_rev, struct err *err);

/* A snapshot is being made: wait a moment, 0; or -1, it takes too long.  *until_ms is 0 at first. */
int redis_wait_held(int64_t *until_ms, struct err *err);

/* As store_ops.dump and replace. */
int redis_dump(struct store *s, store_dump_fn *fn, void *arg, struct err *err);
int redis_replace(struct store *s, const char *const *keep, store_next_fn *next,
    void *arg, int64_t *ret_rev, struct err *err);

/* As store_ops.range. */
int redis_range(struct store *s, const struct store_key *key,
    const struct store_span *span, struct store_snap **ret, struct err *err);

/* A document of the text that a commit wrote. */
int redis_parse(const struct store_key *key, const char *id, const redisReply *text,
    struct store_doc **ret, struct err *err);

/* As store_ops.seat. */
int redis_seat(struct store *s, int64_t ttl_ms, struct store_seat *ret, struct err *err);

#endif
