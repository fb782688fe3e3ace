/*
 * What this process has read, shared by its threads.
 *
 * For the files of this folder only.  Holds what exists and was read, and
 * nothing about ids that do not exist: it is as large as the data at most.
 * Dropping something is always right; why adding is, cache.c argues.
 */
#ifndef CONTROL_STORE_CACHE_H
#define CONTROL_STORE_CACHE_H

#include <stdint.h>

#include "control/store/doc.h"
#include "control/store/store.h"

struct store_batch;
struct store_cache;

/* Empty and off. */
struct store_cache *store_cache_new(void);
void store_cache_free(struct store_cache *c);

/* On: what is read may be kept, since every change after rev will be heard. */
void store_cache_on(struct store_cache *c, int64_t rev);

/* Off and empty. */
void store_cache_off(struct store_cache *c);

/*
 * 1 and a reference; 0, there is none; -1 not known: read it, and offer it
 * with this ticket.
 */
int store_cache_get(struct store_cache *c, const struct store_key *key, const char *id,
    struct store_doc **ret, uint64_t *ret_ticket);
void store_cache_offer(struct store_cache *c, const struct store_key *key,
    struct store_doc *doc, uint64_t ticket);

/* 1 and a reference; -1 not known: *ret_known, with a reference, is what is here of it. */
int store_cache_list(struct store_cache *c, const struct store_key *key,
    struct store_snap **ret, struct store_snap **ret_known, uint64_t *ret_ticket);
void store_cache_offer_list(struct store_cache *c, const struct store_key *key,
    struct store_snap *snap, uint64_t ticket);

/* This process committed the batch, or found parts of it stale. */
void store_cache_committed(struct store_cache *c, const struct store_batch *b);
void store_cache_conflicted(struct store_cache *c, const struct store_batch *b);

/* The change stream. */
void store_cache_heard(struct store_cache *c, int64_t rev,
    const struct store_change *changes, size_t n);

/* Heard, or done by this process just now (heard 0). */
void store_cache_reset(struct store_cache *c, int64_t rev, const char *prefix, int heard);

/* Documents and shelves now held; for tests and health. */
void store_cache_count(struct store_cache *c, size_t *ret_docs, size_t *ret_shelves);

#endif
