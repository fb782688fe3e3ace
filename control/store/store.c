/*
 * Transactions, and the store's public face.
 *
 * A transaction notes, per shelf (kind in a scope), what it read and what it
 * wants to write.  Nothing leaves it before store_commit(), which makes one
 * batch of it.  A document read twice is the same tree both times.
 */
#include "control/store/store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/store/impl.h"

enum wanted { NOTHING, PUT, REMOVE };

struct item {
	struct item *next;	 /* in its bucket */
	struct item *next_write; /* in the order they were first written */
	struct place *place;
	uint64_t hash;
	const char *id;
	int was_read;
	struct store_doc *seen; /* if it was read: NULL, there was none */
	enum wanted wanted;
	int expect_absent; /* put without being read */
	json_t *doc;	   /* to put */
};

struct place {
	struct place *next;
	struct store_key key;
	struct store_snap *listed; /* NULL: was not */
	struct store_snap *ranged; /* its first span; NULL: none */
	struct item **bucket;
	size_t n_items, n_buckets, n_writes;
};

struct store_txn {
	struct store *store;
	struct arena *arena;
	struct place *places;
	struct item *writes, **last_write;
	size_t n_places, n_items, n_writes;
	int is_over;
};

struct store_txn *
store_begin(struct store *s, struct arena *a)
{
	struct store_txn *t = arena_alloc(a, sizeof(*t));

	t->store = s;
	t->arena = a;
	t->last_write = &t->writes;
	return t;
}

static struct place *
place_need(struct store_txn *t, const char *scope, const char *kind)
{
	struct store_key key;
	struct place *p;

	assert(!t->is_over);
	store_key_init(&key, scope, kind);
	for (p = t->places; p != NULL; p = p->next) {
		if (store_key_equal(&p->key, &key))
			return p;
	}
	p = arena_alloc(t->arena, sizeof(*p));
	p->key.scope = arena_strdup(t->arena, scope);
	p->key.kind = arena_strdup(t->arena, kind);
	p->key.hash = key.hash;
	p->next = t->places;
	t->places = p;
	t->n_places++;
	return p;
}

static void
rehash(struct store_txn *t, struct place *p)
{
	size_t n = p->n_buckets == 0 ? 8 : 4 * p->n_buckets;
	struct item **bucket = arena_calloc(t->arena, n, sizeof(struct item *));

	for (size_t i = 0; i < p->n_buckets; i++) {
		struct item *next, *it;

		for (it = p->bucket[i]; it != NULL; it = next) {
			next = it->next;
			it->next = bucket[it->hash & (n - 1)];
			bucket[it->hash & (n - 1)] = it;
		}
	}
	p->bucket = bucket;
	p->n_buckets = n;
}

static struct item *
item_need(struct store_txn *t, struct place *p, const char *id)
{
	uint64_t hash = store_hash(id, p->key.hash);
	struct item *it = NULL;

	if (p->n_buckets > 0)
		it = p->bucket[hash & (p->n_buckets - 1)];
	for (; it != NULL; it = it->next) {
		if (it->hash == hash && strcmp(it->id, id) == 0)
			return it;
	}
	if (p->n_items >= p->n_buckets)
		rehash(t, p);
	it = arena_alloc(t->arena, sizeof(*it));
	it->place = p;
	it->hash = hash;
	it->id = arena_strdup(t->arena, id);
	it->next = p->bucket[hash & (p->n_buckets - 1)];
	p->bucket[hash & (p->n_buckets - 1)] = it;
	p->n_items++;
	t->n_items++;
	return it;
}

int
store_kind_is_ordered(const char *kind)
{
	size_t n = strlen(kind);

	return n > 0 && kind[n - 1] == '/';
}

/* From the cache or the back end; *ret has a reference when 1. */
static int
load(struct store *s, const struct store_key *key, const char *id, struct store_doc **ret,
    struct err *err)
{
	uint64_t ticket = 0;
	int found;

	if (store_kind_is_ordered(key->kind))
		return s->ops->get(s, key, id, ret, err);
	found = store_cache_get(s->cache, key, id, ret, &ticket);
	if (found >= 0)
		return found;
	found = s->ops->get(s, key, id, ret, err);
	if (found == 1)
		store_cache_offer(s->cache, key, *ret, ticket);
	return found;
}

int
store_get(struct store_txn *t, const char *scope, const char *kind, const char *id,
    json_t **ret, struct err *err)
{
	struct place *p = place_need(t, scope, kind);
	struct item *it = item_need(t, p, id);
	struct store_doc *doc = NULL;

	if (it->wanted == REMOVE)
		return 0;
	if (it->wanted == PUT) {
		*ret = it->doc;
		return 1;
	}
	if (it->was_read) {
		doc = it->seen;
	} else if (p->listed != NULL) {
		doc = store_snap_find(p->listed, id);
	} else {
		if (load(t->store, &p->key, id, &doc, err) < 0)
			return -1;
		if (doc != NULL)
			arena_defer(t->arena, store_doc_unref, doc);
		it->was_read = 1;
		it->seen = doc;
	}
	if (doc == NULL)
		return 0;
	*ret = doc->tree;
	return 1;
}

int
store_edit(struct store_txn *t, const char *scope, const char *kind, const char *id,
    json_t **ret, struct err *err)
{
	json_t *doc;
	int found = store_get(t, scope, kind, id, &doc, err);

	if (found == 1)
		*ret = json_own(t->arena, json_copy_deep(doc));
	return found;
}

static int
load_list(struct store *s, const struct store_key *key, struct store_snap **ret,
    struct err *err)
{
	struct store_snap *known = NULL;
	uint64_t ticket = 0;
	int rc;

	if (store_kind_is_ordered(key->kind)) {
		rc = s->ops->list(s, key, known = store_snap_new(0, 0), ret, err);
		store_snap_unref(known);
		return rc;
	}
	if (store_cache_list(s->cache, key, ret, &known, &ticket) == 1)
		return 0;
	rc = s->ops->list(s, key, known, ret, err);
	store_snap_unref(known);
	if (rc == 0)
		store_cache_offer_list(s->cache, key, *ret, ticket);
	return rc;
}

static int
by_id(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

/* The transaction's writes of one place, ordered by id. */
static struct item **
writes_of(struct store_txn *t, const struct place *p)
{
	struct item **all = arena_calloc(t->arena, p->n_writes, sizeof(struct item *));
	size_t n = 0;

	for (struct item *it = t->writes; it != NULL; it = it->next_write) {
		if (it->place == p)
			all[n++] = it;
	}
	assert(n == p->n_writes);
	qsort(all, n, sizeof(struct item *), by_id);
	return all;
}

static void
merge(struct store_txn *t, const struct place *p, struct store_docs *ret)
{
	const struct store_snap *snap = p->listed;
	struct item **own = writes_of(t, p);
	json_t **out = arena_calloc(t->arena, snap->n + p->n_writes, sizeof(json_t *));
	size_t n = 0, i = 0, j = 0;

	assert(snap != NULL);
	while (i < snap->n || j < p->n_writes) {
		int cmp = i == snap->n ? 1 :
		    j == p->n_writes   ? -1 :
					 strcmp(snap->doc[i]->id, own[j]->id);

		if (cmp < 0) {
			out[n++] = snap->tree[i++];
			continue;
		}
		if (cmp == 0)
			i++;
		if (own[j]->wanted == PUT)
			out[n++] = own[j]->doc;
		j++;
	}
	ret->n = n;
	ret->doc = out;
}

int
store_list(struct store_txn *t, const char *scope, const char *kind,
    struct store_docs *ret, struct err *err)
{
	struct place *p = place_need(t, scope, kind);

	if (p->listed == NULL) {
		struct store_snap *snap = NULL;

		if (load_list(t->store, &p->key, &snap, err) < 0)
			return -1;
		assert(snap != NULL);
		arena_defer(t->arena, store_snap_unref, snap);
		p->listed = snap;
	}
	if (p->n_writes > 0) {
		merge(t, p, ret);
	} else {
		ret->n = p->listed->n;
		ret->doc = p->listed->tree;
	}
	return 0;
}

int
store_range(struct store_txn *t, const char *scope, const char *kind,
    const struct store_span *span, struct store_docs *ret, struct err *err)
{
	struct place *p = place_need(t, scope, kind);
	struct store_span whole = *span;
	struct store_snap *snap;

	assert(store_kind_is_ordered(kind) && span->limit > 0);
	if (whole.prefix == NULL)
		whole.prefix = "";
	/* All that begins with the prefix comes at it or after it. */
	if (whole.from == NULL || strcmp(whole.from, whole.prefix) < 0) {
		whole.from = whole.prefix;
		whole.is_after = 0;
	}
	if (t->store->ops->range(t->store, &p->key, &whole, &snap, err) < 0)
		return -1;
	arena_defer(t->arena, store_snap_unref, snap);
	if (p->ranged == NULL)
		p->ranged = snap;
	ret->n = snap->n;
	ret->doc = snap->tree;
	return 0;
}

int
store_scopes(struct store_txn *t, const char *kind, json_t **ret, struct err *err)
{
	json_t *scopes = json_own(t->arena, json_new_array());

	assert(!t->is_over);
	if (t->store->ops->scopes(t->store, kind, scopes, err) < 0)
		return -1;
	*ret = scopes;
	return 0;
}

static struct item *
want(struct store_txn *t, const char *scope, const char *kind, const char *id)
{
	struct place *p = place_need(t, scope, kind);
	struct item *it = item_need(t, p, id);

	if (it->wanted == NOTHING) {
		it->next_write = NULL;
		*t->last_write = it;
		t->last_write = &it->next_write;
		t->n_writes++;
		p->n_writes++;
	}
	return it;
}

void
store_put(struct store_txn *t, const char *scope, const char *kind, const char *id,
    json_t *doc)
{
	struct item *it = want(t, scope, kind, id);

	assert(json_is_object(doc));
	if (it->wanted == NOTHING && !it->was_read && it->place->listed == NULL)
		it->expect_absent = 1;
	it->wanted = PUT;
	it->doc = doc;
}

void
store_delete(struct store_txn *t, const char *scope, const char *kind, const char *id)
{
	struct item *it = want(t, scope, kind, id);

	it->wanted = REMOVE;
	it->doc = NULL;
}

struct marked {
	enum wanted wanted;
	json_t *doc;
};

struct store_mark {
	size_t n;
	struct marked *write; /* the first n, as they were */
};

struct store_mark *
store_mark(struct store_txn *t)
{
	struct store_mark *m = arena_alloc(t->arena, sizeof(*m));
	size_t i = 0;

	m->n = t->n_writes;
	m->write = arena_calloc(t->arena, m->n + 1, sizeof(*m->write));
	for (const struct item *it = t->writes; it != NULL; it = it->next_write)
		m->write[i++] = (struct marked){ it->wanted, it->doc };
	return m;
}

static void
take_back(struct store_txn *t, struct item *it)
{
	for (; it != NULL; it = it->next_write) {
		it->wanted = NOTHING;
		it->doc = NULL;
		it->expect_absent = 0;
		it->place->n_writes--;
		t->n_writes--;
	}
}

void
store_rewind(struct store_txn *t, const struct store_mark *m)
{
	struct item **link = &t->writes;

	for (size_t i = 0; i < m->n; i++, link = &(*link)->next_write) {
		(*link)->wanted = m->write[i].wanted;
		(*link)->doc = m->write[i].doc;
	}
	take_back(t, *link);
	*link = NULL;
	t->last_write = link;
}

static void
add_reads(struct store_batch *b, const struct place *p)
{
	for (size_t i = 0; i < p->n_buckets; i++) {
		for (const struct item *it = p->bucket[i]; it != NULL; it = it->next) {
			if (!it->was_read && !it->expect_absent)
				continue;
			b->read[b->n_read++] = (struct store_read){
				.key = &p->key,
				.id = it->id,
				.rev = it->seen != NULL ? it->seen->rev : 0,
			};
		}
	}
}

static struct store_batch *
batch_new(struct store_txn *t)
{
	struct store_batch *b = arena_alloc(t->arena, sizeof(*b));

	b->read = arena_calloc(t->arena, t->n_items, sizeof(*b->read));
	b->listed = arena_calloc(t->arena, t->n_places, sizeof(*b->listed));
	b->touched = arena_calloc(t->arena, t->n_places, sizeof(*b->touched));
	b->write = arena_calloc(t->arena, t->n_writes, sizeof(*b->write));
	for (const struct place *p = t->places; p != NULL; p = p->next) {
		add_reads(b, p);
		if (p->listed != NULL)
			b->listed[b->n_listed++] = (struct store_listed){
				.key = &p->key,
				.version = p->listed->version,
			};
		else if (p->ranged != NULL)
			b->listed[b->n_listed++] = (struct store_listed){
				.key = &p->key,
				.version = p->ranged->version,
			};
		if (p->n_writes > 0)
			b->touched[b->n_touched++].key = &p->key;
	}
	for (const struct item *it = t->writes; it != NULL; it = it->next_write) {
		struct store_write *w = &b->write[b->n_write++];

		w->key = &it->place->key;
		w->id = it->id;
		if (it->wanted == PUT) {
			w->doc = store_doc_draft(it->id, it->doc);
			arena_defer(t->arena, store_doc_unref, w->doc);
		}
	}
	return b;
}

int
store_commit(struct store_txn *t, struct err *err)
{
	struct store *s = t->store;
	struct store_batch *b;
	int done;

	assert(!t->is_over);
	t->is_over = 1;
	if (t->n_writes == 0)
		return 1;
	b = batch_new(t);
	done = s->ops->commit(s, t->arena, b, err);
	if (done == 0)
		store_cache_conflicted(s->cache, b);
	return done;
}

void
store_committed(struct store *s, const struct store_batch *b)
{
	store_cache_committed(s->cache, b);
}

void
store_watch(struct store *s, store_watch_fn *fn, void *arg)
{
	pthread_mutex_lock(&s->watch_lock);
	assert(s->n_watchers < STORE_MAX_WATCHERS);
	s->watcher[s->n_watchers].fn = fn;
	s->watcher[s->n_watchers].arg = arg;
	s->n_watchers++;
	pthread_mutex_unlock(&s->watch_lock);
}

static void
tell(struct store *s, const struct store_change *changes, size_t n)
{
	pthread_mutex_lock(&s->watch_lock);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < s->n_watchers; k++)
			s->watcher[k].fn(s->watcher[k].arg, &changes[i]);
	}
	pthread_mutex_unlock(&s->watch_lock);
}

static const struct store_change anything;

void
store_heard(struct store *s, int64_t rev, const struct store_change *changes, size_t n)
{
	store_cache_heard(s->cache, rev, changes, n);
	tell(s, changes, n);
}

void
store_heard_reset(struct store *s, int64_t rev, const char *prefix)
{
	store_cache_reset(s->cache, rev, prefix, 1);
	tell(s, &anything, 1);
}

void
store_lost(struct store *s)
{
	store_cache_off(s->cache);
}

void
store_synced(struct store *s, int64_t rev)
{
	store_cache_on(s->cache, rev);
	tell(s, &anything, 1);
}

int
store_reset(struct store *s, const char *scope_prefix, struct err *err)
{
	int64_t rev;

	if (s->ops->reset(s, scope_prefix, store_own_kinds, &rev, err) < 0)
		return -1;
	store_cache_reset(s->cache, rev, scope_prefix, 0);
	return 0;
}

int
store_seat(struct store *s, int64_t ttl_ms, struct store_seat *ret, struct err *err)
{
	if (s->ops->seat != NULL)
		return s->ops->seat(s, ttl_ms, ret, err);
	*ret = (struct store_seat){ .leads = 1 };
	return 0;
}

int
store_ping(struct store *s, struct err *err)
{
	return s->ops->ping(s, err);
}

const char *
store_name(const struct store *s)
{
	return s->name;
}

void
store_close(struct store *s)
{
	s->ops->close(s);
}

void
store_init(struct store *s, const struct store_ops *ops)
{
	s->ops = ops;
	s->cache = store_cache_new();
	pthread_mutex_init(&s->watch_lock, NULL);
}

void
store_done(struct store *s)
{
	store_cache_free(s->cache);
	pthread_mutex_destroy(&s->watch_lock);
}
