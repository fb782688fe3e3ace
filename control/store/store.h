/*
 * Where everything is kept: documents, revisions, changes.
 *
 * A document is a JSON object, found by scope, kind and id:
 *	scope	"{account}:{region}", as "000000000000:us-east-1"; "000000000000:-" for
 *		what an account has once (IAM); STORE_SYSTEM for what is ours
 *	kind	"{service}:{kind}", as "ec2:vpc"
 *	id	the resource's own, as "vpc-0123456789abcdef0"
 * In Redis it is field `id` of hash "simfra:{scope}:kind" (DESIGN D3).
 *
 * All reading and writing is in a transaction, which belongs to one thread
 * and whose results live in its arena.  Reads come from a cache of this process
 * that the change stream invalidates.  Writes wait in the transaction and are made by
 * store_commit(), all or none, and only if every document that was read
 * still has the revision (and every kind that was listed is as it was).
 *
 * A tree that a read returned is shared with other threads and must not be
 * written: store_edit() gives a copy to write.  Member "_rev" is the store's: a positive
 * integer that grows with each write of the document.
 *
 * Failures are of kind err_unavailable: the store is away, nothing was done.
 */
#ifndef CONTROL_STORE_STORE_H
#define CONTROL_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#define STORE_SYSTEM "-:-"

struct store;
struct store_txn;

/* An unchanging list of documents, ordered by id. */
struct store_docs {
	size_t n;
	json_t *const *doc;
};

struct store_txn *store_begin(struct store *s, struct arena *a);

/* 1 and a shared document, 0, or -1.  Sees the transaction's own writes. */
int store_get(struct store_txn *t, const char *scope, const char *kind, const char *id,
    json_t **ret, struct err *err);

/* As store_get, but *ret is a copy to write and give to store_put. */
int store_edit(struct store_txn *t, const char *scope, const char *kind, const char *id,
    json_t **ret, struct err *err);

/* All of a kind, the transaction's own writes included.  0 or -1. */
int store_list(struct store_txn *t, const char *scope, const char *kind,
    struct store_docs *ret, struct err *err);

/*
 * Kinds whose name ends with '/' ("s3:object/") are ordered: there may be very many of their documents, which
 * are not cached, and are walked in the order of the bytes of their ids.  From the first id that is wanted, at most
 * `limit` of them; without the transaction's own writes.  A transaction that writes is stale when anything
 * of the kind in the scope was written since.  0 or -1.
 */
struct store_span {
	const char *prefix; /* of the ids; NULL: any */
	const char *from;   /* the first that may come; NULL: the first there is */
	int is_after;	    /* `from` itself may not */
	size_t limit;	    /* > 0 */
};
int store_range(struct store_txn *t, const char *scope, const char *kind,
    const struct store_span *span, struct store_docs *ret, struct err *err);

/*
 * Every scope that has documents of the kind: an array of strings that the arena
 * owns.  Not checked at commit.  0 or -1.
 */
int store_scopes(struct store_txn *t, const char *kind, json_t **ret, struct err *err);

/*
 * Write (the transaction borrows doc, which must live as long as the arena; it
 * must not change before the commit) or remove.  A document that the transaction has
 * not read is expected to be absent by put, and may be in any state for delete.
 */
void store_put(struct store_txn *t, const char *scope, const char *kind, const char *id,
    json_t *doc);
void store_delete(struct store_txn *t, const char *scope, const char *kind,
    const char *id);

/*
 * What the transaction has written so far, and back to it: all that was put or removed since is
 * forgotten.  What was read stays read.  The mark is the arena's.
 */
struct store_mark;
struct store_mark *store_mark(struct store_txn *t);
void store_rewind(struct store_txn *t, const struct store_mark *m);

/*
 * 1: done, or there was nothing to write.  0: somebody else wrote what was
 * read; nothing was written, the cache is fresh; begin again.  -1: failed.
 * The transaction is over.
 */
int store_commit(struct store_txn *t, struct err *err);

/*
 * fn hears of every committed change, of this process and of others, in
 * order, on a thread of the store's; it must be quick and must not use
 * the store.  scope NULL: anything may have changed (reset, connection lost and
 * regained).  Watchers cannot be removed; at most 8.
 */
struct store_change {
	const char *scope, *kind, *id;
	int removed;
};
typedef void store_watch_fn(void *arg, const struct store_change *change);
void store_watch(struct store *s, store_watch_fn *fn, void *arg);

/*
 * Remove every document of a scope prefix ("" for all, "000000000000:" for an account), but those that say what
 * this store is: of STORE_SYSTEM the kinds of store_own_kinds.
 */
int store_reset(struct store *s, const char *scope_prefix, struct err *err);
extern const char *const store_own_kinds[]; /* up to NULL */

/* A document as text; borrowed. */
struct store_text {
	const char *scope, *kind, *id;
	const char *text; /* a JSON object without "_rev" */
	size_t len;
};

/*
 * All documents as they are at one moment, in no order: stops with -1 when fn does.  Whoever commits meanwhile waits,
 * for as long as fn takes.
 */
typedef int store_dump_fn(void *arg, const struct store_text *doc, struct err *err);
int store_dump(struct store *s, store_dump_fn *fn, void *arg, struct err *err);

/*
 * All documents become those that next() gives (1 and the next one, 0 there are no more, -1), at once, or none: until
 * then the store is as it was.  Of STORE_SYSTEM the kinds in `keep` (up to NULL) stay, and are not taken from
 * next().  No two documents have the same names.
 */
typedef int store_next_fn(void *arg, struct store_text *ret, struct err *err);
int store_replace(struct store *s, const char *const *keep, store_next_fn *next,
    void *arg, struct err *err);

/*
 * Processes that share a store, replicas of the control plane, have seats in it; one of
 * them leads.  Take or keep a seat for ttl_ms from now on (0: leave it): whoever has none
 * is thought dead.  A leader stays it as long as it has its seat, then it is the next one
 * that asks.  A store that nobody else can open is always led.
 */
struct store_seat {
	int is_shared;	 /* others may come */
	int leads;	 /* this process does, until its seat ends */
	size_t n_others; /* that have a seat now */
};
int store_seat(struct store *s, int64_t ttl_ms, struct store_seat *ret, struct err *err);

/* 0 when the store answers now. */
int store_ping(struct store *s, struct err *err);

/* "memory", "redis, embedded", "redis, host:port": for health and logs. */
const char *store_name(const struct store *s);

void store_close(struct store *s);

/* In memory, for tests: same rules, no server. */
struct store *store_open_mem(void);

struct store_redis_options {
	const char *
	    url; /* redis://[user:password@]host:port[/db], rediss://, unix://path; NULL: our own child */
	const char *data_dir; /* child only: append-only file here; NULL: memory only */
	const char *program;  /* child only: NULL: "redis-server" */
};

/* Starts the child if there is no url, connects, loads nothing.  NULL and *err when it cannot. */
struct store *store_open_redis(const struct store_redis_options *o, struct err *err);

#endif
