#include "control/store/doc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { MIN_BUCKETS = 64 };

static void *
need(void *p)
{
	if (p == NULL)
		fatal("store: out of memory");
	return p;
}

/* FNV-1a, then a mix, since tables use the low bits. */
uint64_t
store_hash(const char *s, uint64_t seed)
{
	uint64_t h = 0xcbf29ce484222325u ^ seed;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ (h >> 32);
}

void
store_key_init(struct store_key *key, const char *scope, const char *kind)
{
	key->scope = scope;
	key->kind = kind;
	key->hash = store_hash(kind, store_hash(scope, 0));
}

int
store_key_equal(const struct store_key *a, const struct store_key *b)
{
	return a->hash == b->hash && strcmp(a->scope, b->scope) == 0 &&
	    strcmp(a->kind, b->kind) == 0;
}

struct store_doc *
store_doc_new(const char *id, json_t *tree, int64_t rev)
{
	size_t len = strlen(id);
	struct store_doc *d = need(malloc(sizeof(*d) + len + 1));

	atomic_init(&d->refs, 1);
	d->rev = rev;
	d->tree = tree;
	memcpy(d->id, id, len + 1);
	return d;
}

struct store_doc *
store_doc_draft(const char *id, json_t *tree)
{
	json_t *copy = json_new_object();
	const char *name;
	json_t *v;

	assert(json_is_object(tree));
	json_set_int(copy, "_rev", 0);
	json_object_foreach(tree, name, v) {
		if (strcmp(name, "_rev") != 0)
			json_set(copy, name, json_copy_deep(v));
	}
	return store_doc_new(id, copy, 0);
}

void
store_doc_stamp(struct store_doc *d, int64_t rev)
{
	assert(d->rev == 0);
	json_set_int(d->tree, "_rev", rev);
	d->rev = rev;
}

struct store_doc *
store_doc_ref(struct store_doc *d)
{
	atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

void
store_doc_unref(void *p)
{
	struct store_doc *d = p;

	if (d == NULL || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) > 1)
		return;
	json_decref(d->tree);
	free(d);
}

struct store_snap *
store_snap_new(size_t n, int64_t version)
{
	struct store_snap *snap;
	size_t size;

	if (__builtin_mul_overflow(n, 2 * sizeof(void *), &size) ||
	    __builtin_add_overflow(size, sizeof(*snap), &size))
		fatal("store: absurd list of %zu", n);
	snap = need(malloc(size));
	atomic_init(&snap->refs, 1);
	snap->version = version;
	snap->n = n;
	snap->doc = (struct store_doc **)(void *)(snap + 1);
	snap->tree = (json_t **)(void *)(snap->doc + n);
	return snap;
}

static int
by_id(const void *a, const void *b)
{
	struct store_doc *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

void
store_snap_sort(struct store_snap *snap)
{
	size_t i;

	for (i = 1; i < snap->n; i++) {
		if (by_id(&snap->doc[i - 1], &snap->doc[i]) > 0)
			break;
	}
	if (i < snap->n)
		qsort(snap->doc, snap->n, sizeof(struct store_doc *), by_id);
	for (i = 0; i < snap->n; i++)
		snap->tree[i] = snap->doc[i]->tree;
}

/* Where id is, or where it would be. */
static size_t
seek(struct store_doc *const *doc, size_t n, const char *id, int *ret_found)
{
	size_t lo = 0, hi = n;

	*ret_found = 0;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int cmp = strcmp(doc[mid]->id, id);

		if (cmp == 0) {
			*ret_found = 1;
			return mid;
		}
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct store_doc *
store_snap_find(const struct store_snap *snap, const char *id)
{
	int found;
	size_t i = seek(snap->doc, snap->n, id, &found);

	return found ? snap->doc[i] : NULL;
}

struct store_snap *
store_snap_ref(struct store_snap *snap)
{
	atomic_fetch_add_explicit(&snap->refs, 1, memory_order_relaxed);
	return snap;
}

void
store_snap_unref(void *p)
{
	struct store_snap *snap = p;

	if (snap == NULL ||
	    atomic_fetch_sub_explicit(&snap->refs, 1, memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < snap->n; i++)
		store_doc_unref(snap->doc[i]);
	free(snap);
}

static void
shelf_free(struct store_shelf *shelf)
{
	for (size_t i = 0; i < shelf->n; i++)
		store_doc_unref(shelf->doc[i]);
	free(shelf->doc);
	store_snap_unref(shelf->snap);
	free(shelf);
}

void
store_shelves_init(struct store_shelves *all)
{
	all->n = 0;
	all->n_buckets = MIN_BUCKETS;
	all->bucket = need(calloc(MIN_BUCKETS, sizeof(struct store_shelf *)));
}

void
store_shelves_done(struct store_shelves *all)
{
	struct store_shelf *shelf, *next;

	for (size_t i = 0; i < all->n_buckets; i++) {
		for (shelf = all->bucket[i]; shelf != NULL; shelf = next) {
			next = shelf->next;
			shelf_free(shelf);
		}
	}
	free(all->bucket);
	all->bucket = NULL;
	all->n = all->n_buckets = 0;
}

static struct store_shelf **
bucket_of(const struct store_shelves *all, uint64_t hash)
{
	return &all->bucket[hash & (all->n_buckets - 1)];
}

struct store_shelf *
store_shelf_find(const struct store_shelves *all, const struct store_key *key)
{
	struct store_shelf *shelf = *bucket_of(all, key->hash);

	while (shelf != NULL && !store_key_equal(&shelf->key, key))
		shelf = shelf->next;
	return shelf;
}

static void
grow(struct store_shelves *all)
{
	struct store_shelves old = *all;
	struct store_shelf *shelf, *next, **b;

	all->n_buckets *= 2;
	all->bucket = need(calloc(all->n_buckets, sizeof(struct store_shelf *)));
	for (size_t i = 0; i < old.n_buckets; i++) {
		for (shelf = old.bucket[i]; shelf != NULL; shelf = next) {
			next = shelf->next;
			b = bucket_of(all, shelf->key.hash);
			shelf->next = *b;
			*b = shelf;
		}
	}
	free(old.bucket);
}

struct store_shelf *
store_shelf_need(struct store_shelves *all, const struct store_key *key)
{
	size_t scope_size = strlen(key->scope) + 1, kind_size = strlen(key->kind) + 1;
	struct store_shelf *shelf = store_shelf_find(all, key), **b;
	char *text;

	if (shelf != NULL)
		return shelf;
	if (all->n >= all->n_buckets)
		grow(all);
	shelf = need(calloc(1, sizeof(*shelf) + scope_size + kind_size));
	text = (char *)(shelf + 1);
	memcpy(text, key->scope, scope_size);
	memcpy(text + scope_size, key->kind, kind_size);
	shelf->key.scope = text;
	shelf->key.kind = text + scope_size;
	shelf->key.hash = key->hash;
	b = bucket_of(all, key->hash);
	shelf->next = *b;
	*b = shelf;
	all->n++;
	return shelf;
}

void
store_shelves_sweep(struct store_shelves *all,
    int (*is_over)(const struct store_shelf *shelf, const void *arg), const void *arg,
    struct store_shelf **gone)
{
	for (size_t i = 0; i < all->n_buckets; i++) {
		struct store_shelf **link = &all->bucket[i];

		while (*link != NULL) {
			struct store_shelf *shelf = *link;

			if (!is_over(shelf, arg)) {
				link = &shelf->next;
				continue;
			}
			*link = shelf->next;
			shelf->next = *gone;
			*gone = shelf;
			all->n--;
		}
	}
}

void
store_shelves_free(struct store_shelf *gone)
{
	struct store_shelf *next;

	for (; gone != NULL; gone = next) {
		next = gone->next;
		shelf_free(gone);
	}
}

struct store_doc *
store_shelf_get(const struct store_shelf *shelf, const char *id)
{
	int found;
	size_t i = seek(shelf->doc, shelf->n, id, &found);

	return found ? shelf->doc[i] : NULL;
}

static void
changed(struct store_shelf *shelf)
{
	store_snap_unref(shelf->snap);
	shelf->snap = NULL;
}

static void
make_room(struct store_shelf *shelf, size_t n)
{
	if (n <= shelf->cap)
		return;
	shelf->cap = n < 4 ? 4 : n + n / 2;
	shelf->doc =
	    need(reallocarray(shelf->doc, shelf->cap, sizeof(struct store_doc *)));
}

void
store_shelf_set(struct store_shelf *shelf, struct store_doc *doc)
{
	int found;
	size_t i = seek(shelf->doc, shelf->n, doc->id, &found);

	store_doc_ref(doc);
	changed(shelf);
	if (found) {
		store_doc_unref(shelf->doc[i]);
	} else {
		make_room(shelf, shelf->n + 1);
		memmove(shelf->doc + i + 1, shelf->doc + i,
		    (shelf->n - i) * sizeof(struct store_doc *));
		shelf->n++;
	}
	shelf->doc[i] = doc;
}

void
store_shelf_del(struct store_shelf *shelf, const char *id)
{
	int found;
	size_t i = seek(shelf->doc, shelf->n, id, &found);

	if (!found)
		return;
	changed(shelf);
	store_doc_unref(shelf->doc[i]);
	shelf->n--;
	memmove(shelf->doc + i, shelf->doc + i + 1,
	    (shelf->n - i) * sizeof(struct store_doc *));
}

struct store_snap *
store_shelf_snap(struct store_shelf *shelf)
{
	if (shelf->snap == NULL) {
		shelf->snap = store_snap_new(shelf->n, shelf->version);
		for (size_t i = 0; i < shelf->n; i++) {
			shelf->snap->doc[i] = store_doc_ref(shelf->doc[i]);
			shelf->snap->tree[i] = shelf->doc[i]->tree;
		}
	}
	return store_snap_ref(shelf->snap);
}

struct store_snap *
store_shelf_span(const struct store_shelf *shelf, const char *prefix, const char *from,
    int is_after, size_t limit)
{
	struct store_snap *snap;
	size_t at, n = 0, prefix_len = strlen(prefix);
	int found;

	at = seek(shelf->doc, shelf->n, from, &found);
	if (found && is_after)
		at++;
	while (n < limit && at + n < shelf->n &&
	    strncmp(shelf->doc[at + n]->id, prefix, prefix_len) == 0)
		n++;
	snap = store_snap_new(n, shelf->version);
	for (size_t i = 0; i < n; i++) {
		snap->doc[i] = store_doc_ref(shelf->doc[at + i]);
		snap->tree[i] = shelf->doc[at + i]->tree;
	}
	return snap;
}

void
store_shelf_fill(struct store_shelf *shelf, struct store_snap *snap)
{
	make_room(shelf, snap->n);
	for (size_t i = 0; i < snap->n; i++)
		store_doc_ref(snap->doc[i]);
	for (size_t i = 0; i < shelf->n; i++)
		store_doc_unref(shelf->doc[i]);
	if (snap->n > 0)
		memcpy(shelf->doc, snap->doc, snap->n * sizeof(struct store_doc *));
	shelf->n = snap->n;
	shelf->version = snap->version;
	store_snap_ref(snap);
	changed(shelf);
	shelf->snap = snap;
}
