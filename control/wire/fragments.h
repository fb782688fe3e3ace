/*
 * Encoded documents, kept for the next reply that shows them.
 *
 * A document of the store (its first member is "_rev") never changes, so its
 * encoding does not, either.  A fragment holds a reference to its document, so no other
 * can have its address; when nobody else holds the document any more it makes room
 * for the next one.  Documents are told by address, not by content: a handler's copy is
 * another document.  What was encoded once must not be written by anybody any more.
 *
 * Safe from any thread.  Bounded: 4,096 fragments, 16 MiB.
 */
#ifndef CONTROL_WIRE_FRAGMENTS_H
#define CONTROL_WIRE_FRAGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "models/model.h"

struct fragments;

struct fragments *fragments_new(void);
void fragments_free(struct fragments *f); /* NULL is fine */

/* What an encoding depends on. */
struct fragment_key {
	json_t *doc;
	const struct model *m;
	uint16_t shape;
	int form; /* the codec's own: which of its ways to write */
};

enum fragment_state {
	FRAGMENT_UNKNOWN, /* seen for the first time: not worth keeping yet */
	FRAGMENT_WANTED,  /* encode it, and give it to fragments_keep() */
	FRAGMENT_ADDED,	  /* it is in b now */
};

/* 1 when the document is one of the store's. */
int fragments_are_of(json_t *doc);

enum fragment_state fragments_add(struct fragments *f, const struct fragment_key *key,
    struct buf *b);
void fragments_keep(struct fragments *f, const struct fragment_key *key, const char *text,
    size_t len);

/* Fragments now held; for tests and health. */
size_t fragments_count(struct fragments *f);

#endif
