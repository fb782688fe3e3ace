/*
 * What stands between the store's core and its back ends.
 *
 * For the files of this folder only.  The core (store.c) has transactions, the
 * cache and the watchers; a back end has the documents.  It answers reads,
 * takes a batch whole or not at all, and tells the core of every change, in
 * the order of revisions, on one thread of its own.
 *
 * Revisions come from one counter that never goes back: a commit takes the
 * next one, all its documents get it, and it is the version of every shelf
 * (kind in a scope) that the commit touched.  So no (id, revision) ever stands for two
 * contents, not even after a removal or a reset.  A shelf without documents has version 0.
 */
#ifndef CONTROL_STORE_IMPL_H
#define CONTROL_STORE_IMPL_H

#include <pthread.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "control/store/cache.h"
#include "control/store/doc.h"
#include "control/store/store.h"

/* Must still be so when the batch is written; stale is set when it is not. */
struct store_read {
	const struct store_key *key;
	const char *id;
	int64_t rev; /* 0: absent */
	int stale;
};

struct store_listed {
	const struct store_key *key;
	int64_t version;
	int stale;
};

struct store_write {
	const struct store_key *key;
	const char *id;
	struct store_doc *doc; /* a draft; NULL: remove */
};

/* A shelf that the writes touch, and its version just before them. */
struct store_touched {
	const struct store_key *key;
	int64_t before;
};

struct store_batch {
	struct store_read *read;
	struct store_listed *listed;
	struct store_write *write;
	struct store_touched *touched;
	size_t n_read, n_listed, n_write, n_touched;
	int64_t rev; /* what the commit got */
};

struct store_ops {
	/* 1 and a reference, 0, -1. */
	int (*get)(struct store *s, const struct store_key *key, const char *id,
	    struct store_doc **ret, struct err *err);

	/* Documents of `known` with the same id and revision need not be read again. */
	int (*list)(struct store *s, const struct store_key *key,
	    const struct store_snap *known, struct store_snap **ret, struct err *err);

	/* Of an ordered kind; the snapshot has the shelf's version.  span->prefix is not NULL. */
	int (*range)(struct store *s, const struct store_key *key,
	    const struct store_span *span, struct store_snap **ret, struct err *err);

	/* Adds strings to the array. */
	int (*scopes)(struct store *s, const char *kind, json_t *array, struct err *err);

	/*
	 * 1: rev, touched[].before and the documents' revisions are set, and
	 * store_committed() was called.  0: stale is set.
	 */
	int (*commit)(struct store *s, struct arena *a, struct store_batch *b,
	    struct err *err);

	/* But of STORE_SYSTEM the kinds in `keep`. */
	int (*reset)(struct store *s, const char *prefix, const char *const *keep,
	    int64_t *ret_rev, struct err *err);
	int (*dump)(struct store *s, store_dump_fn *fn, void *arg, struct err *err);
	int (*replace)(struct store *s, const char *const *keep, store_next_fn *next,
	    void *arg, int64_t *ret_rev, struct err *err);
	/* NULL: nobody else can open this store. */
	int (*seat)(struct store *s, int64_t ttl_ms, struct store_seat *ret,
	    struct err *err);
	int (*ping)(struct store *s, struct err *err);

	/* Ends its threads and frees everything, with store_done() for the core's part. */
	void (*close)(struct store *s);
};

enum { STORE_MAX_WATCHERS = 8 };

/* First member of each back end. */
struct store {
	const struct store_ops *ops;
	struct store_cache *cache;
	pthread_mutex_t watch_lock;
	size_t n_watchers;
	struct {
		store_watch_fn *fn;
		void *arg;
	} watcher[STORE_MAX_WATCHERS];
	char name[300];
};

/* Its documents are walked in order, and not cached. */
int store_kind_is_ordered(const char *kind);

/* A document of `keep`, up to NULL. */
int store_is_kept(const char *const *keep, const char *scope, const char *kind);

/* Of one that is to be stored: a draft, or -1 when it is no object. */
int store_text_draft(const struct store_text *text, struct store_doc **ret,
    struct err *err);

void store_init(struct store *s, const struct store_ops *ops);
void store_done(struct store *s);

/* Written: into the cache with it, best before its change is heard. */
void store_committed(struct store *s, const struct store_batch *b);

/* What happened, from the back end's thread.  Revisions must come without a gap. */
void store_heard(struct store *s, int64_t rev, const struct store_change *changes,
    size_t n);
void store_heard_reset(struct store *s, int64_t rev, const char *prefix);

/* Changes may be missed from now on: nothing is cached until store_synced(). */
void store_lost(struct store *s);

/* Every change after rev will be heard.  Watchers are told that anything may have changed. */
void store_synced(struct store *s, int64_t rev);

#endif
