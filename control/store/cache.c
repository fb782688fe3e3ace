/*
 * Why what is here is never older than what the change stream has said.
 *
 * Let the stream have been heard up to revision H (c->heard).  What must hold:
 * a document here is the newest one with a revision <= H, or newer; a complete
 * shelf is what the store had at shelf->version, and no change of it in
 * (version, H] exists.  Dropping keeps this.  There are three ways to add:
 *
 * 1. A reader's load.  It takes a ticket, reads the store, offers.  Between ticket
 *    and offer a change of the same shelf may be heard, with nothing here to
 *    drop, and what was read may be older than that.  So every change bumps the
 *    shelf's generation, and an offer whose ticket is not the generation of now is
 *    not kept (the reader still uses it: the commit checks it).  With no
 *    change in between, all changes heard so far were committed before the read
 *    began, so it saw them.  Generations are an array that shelves share
 *    by hash, so that they outlive shelves; a flush bumps all of them at
 *    once (epoch).  Sums of two counters that only grow never repeat.
 * 2. A commit of this process, with revision R.  If H >= R when its thread
 *    gets here, the stream may have told of a later change of the same
 *    document already, so nothing is added.  If H < R, every later change
 *    is still to be heard, and will drop what is added now.  A complete
 *    shelf stays so if its version is that of just before R.
 * 3. store_cache_on(), which adds nothing and starts from an empty cache.
 *
 * Hearing of revision R drops only what is older than R, since what is not was added
 * with R known.  The stream's own order does the rest: it has no gaps, else
 * the back end calls store_cache_off().
 */
#include "control/store/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/store/impl.h"

enum {
	N_GENERATIONS = 1024,
	MAX_SHELVES = 4096, /* past it, shelves without documents go */
};

struct store_cache {
	pthread_rwlock_t lock;
	struct store_shelves shelves;
	int on;
	int64_t heard;
	uint64_t epoch;
	uint64_t generation[N_GENERATIONS];
	size_t sweep_at;
	struct store_shelf *gone; /* by a reset; the stream thread frees it */
};

struct store_cache *
store_cache_new(void)
{
	struct store_cache *c = calloc(1, sizeof(*c));
	pthread_rwlockattr_t attr;

	if (c == NULL)
		fatal("store: out of memory");
	/* Readers come without end; a change must not wait for them all. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&c->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	store_shelves_init(&c->shelves);
	c->sweep_at = MAX_SHELVES;
	return c;
}

void
store_cache_free(struct store_cache *c)
{
	store_shelves_done(&c->shelves);
	store_shelves_free(c->gone);
	pthread_rwlock_destroy(&c->lock);
	free(c);
}

static uint64_t
ticket(const struct store_cache *c, const struct store_key *key)
{
	return c->epoch + c->generation[key->hash % N_GENERATIONS];
}

static void
bump(struct store_cache *c, const struct store_key *key)
{
	c->generation[key->hash % N_GENERATIONS]++;
}

void
store_cache_on(struct store_cache *c, int64_t rev)
{
	pthread_rwlock_wrlock(&c->lock);
	c->on = 1;
	c->heard = rev;
	c->epoch++; /* What was read before rev was looked up may be older. */
	pthread_rwlock_unlock(&c->lock);
}

void
store_cache_off(struct store_cache *c)
{
	struct store_shelves old;

	pthread_rwlock_wrlock(&c->lock);
	old = c->shelves;
	store_shelves_init(&c->shelves);
	c->on = 0;
	c->epoch++;
	pthread_rwlock_unlock(&c->lock);
	store_shelves_done(&old);
}

int
store_cache_get(struct store_cache *c, const struct store_key *key, const char *id,
    struct store_doc **ret, uint64_t *ret_ticket)
{
	const struct store_shelf *shelf;
	struct store_doc *doc = NULL;
	int known = 0;

	pthread_rwlock_rdlock(&c->lock);
	shelf = store_shelf_find(&c->shelves, key);
	if (shelf != NULL) {
		known = shelf->complete;
		doc = store_shelf_get(shelf, id);
	}
	if (doc != NULL)
		*ret = store_doc_ref(doc);
	else if (!known)
		*ret_ticket = ticket(c, key);
	pthread_rwlock_unlock(&c->lock);
	return doc != NULL ? 1 : known ? 0 : -1;
}

static int
is_empty(const struct store_shelf *shelf, const void *arg UNUSED)
{
	return shelf->n == 0;
}

/*
 * Clients choose scopes, and may list what never was: knowing that a shelf is
 * empty must not cost memory without end.
 */
static struct store_shelf *
shelf_need(struct store_cache *c, const struct store_key *key)
{
	struct store_shelf *gone = NULL;

	if (c->shelves.n >= c->sweep_at) {
		store_shelves_sweep(&c->shelves, is_empty, NULL, &gone);
		store_shelves_free(gone);
		c->sweep_at = 2 * c->shelves.n;
		if (c->sweep_at < MAX_SHELVES)
			c->sweep_at = MAX_SHELVES;
	}
	return store_shelf_need(&c->shelves, key);
}

void
store_cache_offer(struct store_cache *c, const struct store_key *key,
    struct store_doc *doc, uint64_t given)
{
	const struct store_doc *old;
	struct store_shelf *shelf;

	pthread_rwlock_wrlock(&c->lock);
	if (c->on && ticket(c, key) == given) {
		shelf = shelf_need(c, key);
		old = store_shelf_get(shelf, doc->id);
		/* A complete shelf was loaded meanwhile: it is as good, and whole. */
		if (!shelf->complete && (old == NULL || old->rev < doc->rev))
			store_shelf_set(shelf, doc);
	}
	pthread_rwlock_unlock(&c->lock);
}

int
store_cache_list(struct store_cache *c, const struct store_key *key,
    struct store_snap **ret, struct store_snap **ret_known, uint64_t *ret_ticket)
{
	struct store_shelf *shelf;
	struct store_snap *snap = NULL;

	pthread_rwlock_rdlock(&c->lock);
	shelf = store_shelf_find(&c->shelves, key);
	if (shelf != NULL && shelf->complete && shelf->snap != NULL)
		snap = store_snap_ref(shelf->snap);
	pthread_rwlock_unlock(&c->lock);
	if (snap != NULL) {
		*ret = snap;
		return 1;
	}

	pthread_rwlock_wrlock(&c->lock);
	shelf = store_shelf_find(&c->shelves, key);
	if (shelf != NULL && shelf->complete) {
		*ret = store_shelf_snap(shelf);
		pthread_rwlock_unlock(&c->lock);
		return 1;
	}
	*ret_known = shelf != NULL ? store_shelf_snap(shelf) : store_snap_new(0, 0);
	*ret_ticket = ticket(c, key);
	pthread_rwlock_unlock(&c->lock);
	return -1;
}

void
store_cache_offer_list(struct store_cache *c, const struct store_key *key,
    struct store_snap *snap, uint64_t given)
{
	struct store_shelf *shelf;

	pthread_rwlock_wrlock(&c->lock);
	if (c->on && ticket(c, key) == given) {
		shelf = shelf_need(c, key);
		/* Two may have loaded, with a commit in between that is yet to be heard. */
		if (!shelf->complete || shelf->version < snap->version) {
			store_shelf_fill(shelf, snap);
			shelf->complete = 1;
		}
	}
	pthread_rwlock_unlock(&c->lock);
}

static void
drop(struct store_shelf *shelf, const char *id, int64_t before)
{
	const struct store_doc *doc = store_shelf_get(shelf, id);

	if (doc != NULL && doc->rev < before)
		store_shelf_del(shelf, id);
}

/*
 * The shelves that stay complete are made so again at the end: version and
 * completeness are of the shelf before the first write until then.
 */
static void
add_writes(struct store_cache *c, const struct store_batch *b)
{
	for (size_t i = 0; i < b->n_write; i++) {
		const struct store_write *w = &b->write[i];
		const struct store_doc *old;
		struct store_shelf *shelf;

		if (store_kind_is_ordered(w->key->kind))
			continue;
		shelf = shelf_need(c, w->key);
		old = store_shelf_get(shelf, w->id);
		/* A reader may have loaded what is as new already, or newer. */
		if ((shelf->complete && shelf->version >= b->rev) ||
		    (old != NULL && old->rev > b->rev))
			continue;
		if (w->doc != NULL)
			store_shelf_set(shelf, w->doc);
		else
			store_shelf_del(shelf, w->id);
	}
	for (size_t i = 0; i < b->n_touched; i++) {
		const struct store_touched *t = &b->touched[i];
		struct store_shelf *shelf = store_shelf_find(&c->shelves, t->key);

		if (shelf == NULL || (shelf->complete && shelf->version >= b->rev))
			continue;
		if (!shelf->complete || shelf->version != t->before) {
			shelf->complete = 0;
			continue;
		}
		shelf->version = shelf->n > 0 ? b->rev : 0;
		/* A snapshot that outlived the writes (none changed it) has the old version. */
		store_snap_unref(shelf->snap);
		shelf->snap = NULL;
	}
}

static void
drop_writes(struct store_cache *c, const struct store_batch *b)
{
	for (size_t i = 0; i < b->n_write; i++) {
		const struct store_write *w = &b->write[i];
		struct store_shelf *shelf = store_shelf_find(&c->shelves, w->key);

		if (shelf == NULL)
			continue;
		drop(shelf, w->id, b->rev);
		if (shelf->version < b->rev)
			shelf->complete = 0;
	}
}

void
store_cache_committed(struct store_cache *c, const struct store_batch *b)
{
	pthread_rwlock_wrlock(&c->lock);
	for (size_t i = 0; i < b->n_touched; i++)
		bump(c, b->touched[i].key);
	if (c->on && c->heard < b->rev)
		add_writes(c, b);
	else
		drop_writes(c, b);
	pthread_rwlock_unlock(&c->lock);
}

void
store_cache_conflicted(struct store_cache *c, const struct store_batch *b)
{
	struct store_shelf *shelf;

	pthread_rwlock_wrlock(&c->lock);
	for (size_t i = 0; i < b->n_read; i++) {
		const struct store_read *r = &b->read[i];

		if (!r->stale)
			continue;
		bump(c, r->key);
		shelf = store_shelf_find(&c->shelves, r->key);
		if (shelf == NULL)
			continue;
		/* Absent there, or of another revision: what is here of that age is wrong. */
		drop(shelf, r->id, r->rev + 1);
		shelf->complete = 0;
	}
	for (size_t i = 0; i < b->n_listed; i++) {
		const struct store_listed *l = &b->listed[i];

		if (!l->stale)
			continue;
		bump(c, l->key);
		shelf = store_shelf_find(&c->shelves, l->key);
		if (shelf != NULL)
			shelf->complete = 0;
	}
	pthread_rwlock_unlock(&c->lock);
}

void
store_cache_heard(struct store_cache *c, int64_t rev, const struct store_change *changes,
    size_t n)
{
	struct store_shelf *shelf;
	struct store_key key;

	pthread_rwlock_wrlock(&c->lock);
	for (size_t i = 0; i < n; i++) {
		store_key_init(&key, changes[i].scope, changes[i].kind);
		bump(c, &key);
		shelf = store_shelf_find(&c->shelves, &key);
		if (shelf == NULL || (shelf->complete && shelf->version >= rev))
			continue;
		drop(shelf, changes[i].id, rev);
		shelf->complete = 0;
	}
	c->heard = rev;
	pthread_rwlock_unlock(&c->lock);
}

static int
has_prefix(const struct store_shelf *shelf, const void *arg)
{
	const char *prefix = arg;

	return strncmp(shelf->key.scope, prefix, strlen(prefix)) == 0;
}

void
store_cache_reset(struct store_cache *c, int64_t rev, const char *prefix, int heard)
{
	struct store_shelf *gone = NULL;

	pthread_rwlock_wrlock(&c->lock);
	store_shelves_sweep(&c->shelves, has_prefix, prefix, &c->gone);
	c->epoch++;
	if (heard) {
		c->heard = rev;
		/* Freeing thousands of documents is not for the lock, nor for who resets. */
		gone = c->gone;
		c->gone = NULL;
	}
	pthread_rwlock_unlock(&c->lock);
	store_shelves_free(gone);
}

void
store_cache_count(struct store_cache *c, size_t *ret_docs, size_t *ret_shelves)
{
	size_t docs = 0;

	pthread_rwlock_rdlock(&c->lock);
	for (size_t i = 0; i < c->shelves.n_buckets; i++) {
		const struct store_shelf *shelf = c->shelves.bucket[i];

		for (; shelf != NULL; shelf = shelf->next)
			docs += shelf->n;
	}
	*ret_docs = docs;
	*ret_shelves = c->shelves.n;
	pthread_rwlock_unlock(&c->lock);
}
