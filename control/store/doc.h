/*
 * Documents at a revision, lists of them, and shelves to keep them on.
 *
 * For the files of this folder only.  A document and a snapshot never change
 * once others can see them, and are shared by atomic reference counts.  A
 * shelf holds the documents of one kind in one scope, ordered by id; shelves
 * know nothing of threads, so their owner locks.
 */
#ifndef CONTROL_STORE_DOC_H
#define CONTROL_STORE_DOC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

/* One kind in one scope.  The strings are borrowed. */
struct store_key {
	const char *scope, *kind;
	uint64_t hash;
};

uint64_t store_hash(const char *s, uint64_t seed);
void store_key_init(struct store_key *key, const char *scope, const char *kind);
int store_key_equal(const struct store_key *a, const struct store_key *b);

struct store_doc {
	atomic_int refs;
	int64_t rev;
	json_t *tree;
	char id[];
};

/* Takes the tree, whose "_rev" the caller has seen to. */
struct store_doc *store_doc_new(const char *id, json_t *tree, int64_t rev);

/*
 * A copy of tree with member "_rev" first and 0, to be stamped with its
 * revision by the commit, while nobody else sees it.
 */
struct store_doc *store_doc_draft(const char *id, json_t *tree);
void store_doc_stamp(struct store_doc *d, int64_t rev);

struct store_doc *store_doc_ref(struct store_doc *d);
void store_doc_unref(void *d); /* of type struct store_doc *; NULL is fine */

/* What was on a shelf at one version, ordered by id. */
struct store_snap {
	atomic_int refs;
	int64_t version;
	size_t n;
	struct store_doc **doc;
	json_t **tree; /* the same, as store_list() gives them */
};

/* Room for n documents, which the caller puts in, with a reference each. */
struct store_snap *store_snap_new(size_t n, int64_t version);

/* Orders what was put in, and makes it ready to be shared. */
void store_snap_sort(struct store_snap *snap);
struct store_doc *store_snap_find(const struct store_snap *snap, const char *id);
struct store_snap *store_snap_ref(struct store_snap *snap);
void store_snap_unref(void *snap); /* of type struct store_snap *; NULL is fine */

struct store_shelf {
	struct store_shelf *next;
	struct store_key key;
	int64_t version; /* revision of its last change; 0 when there is nothing */
	int complete;	 /* every document there is at that version is here */
	size_t n, cap;
	struct store_doc **doc;
	struct store_snap *snap; /* of what is here now, or NULL */
};

struct store_shelves {
	struct store_shelf **bucket;
	size_t n, n_buckets;
};

void store_shelves_init(struct store_shelves *all);
void store_shelves_done(struct store_shelves *all);

struct store_shelf *store_shelf_find(const struct store_shelves *all,
    const struct store_key *key);
struct store_shelf *store_shelf_need(struct store_shelves *all,
    const struct store_key *key);

/* Take off every shelf for which is_over says so, and put it before *gone. */
void store_shelves_sweep(struct store_shelves *all,
    int (*is_over)(const struct store_shelf *shelf, const void *arg), const void *arg,
    struct store_shelf **gone);

/* Free what a sweep took off. */
void store_shelves_free(struct store_shelf *gone);

struct store_doc *store_shelf_get(const struct store_shelf *shelf, const char *id);
void store_shelf_set(struct store_shelf *shelf,
    struct store_doc *doc); /* takes a reference of its own */
void store_shelf_del(struct store_shelf *shelf, const char *id);

/* A snapshot of its own, of at most `limit` documents from an id on whose ids begin with the prefix. */
struct store_snap *store_shelf_span(const struct store_shelf *shelf, const char *prefix,
    const char *from, int is_after, size_t limit);

/* A snapshot of the shelf as it is, kept with the shelf; with a reference for the caller. */
struct store_snap *store_shelf_snap(struct store_shelf *shelf);

/* The shelf becomes what the snapshot is. */
void store_shelf_fill(struct store_shelf *shelf, struct store_snap *snap);

#endif
