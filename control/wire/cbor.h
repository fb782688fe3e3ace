/*
 * CBOR (RFC 8949), item by item: what a reader and a writer of documents need.
 *
 * The reader is over bytes that are all there.  It takes definite and indefinite
 * lengths and floats of any width, and refuses what is cut off, nests too deep
 * (WIRE_MAX_DEPTH), has too many items, reserved heads, text that is not UTF-8,
 * or chunks of another kind in a string.
 */
#ifndef CONTROL_WIRE_CBOR_H
#define CONTROL_WIRE_CBOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum { CBOR_MAX_ITEMS = 1 << 20 };

enum cbor_major {
	CBOR_UINT,
	CBOR_NEGATIVE, /* -1 - n */
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_LIST,
	CBOR_MAP,
	CBOR_TAG,
	CBOR_SIMPLE, /* and floats */
};

enum cbor_simple {
	CBOR_FALSE = 20,
	CBOR_TRUE,
	CBOR_NULL,
	CBOR_UNDEFINED,
	CBOR_HALF = 25, /* n has the bits */
	CBOR_SINGLE,
	CBOR_DOUBLE,
	CBOR_BREAK = 31,
};

enum { CBOR_TAG_EPOCH = 1, CBOR_TAG_BIGNUM = 2, CBOR_TAG_BIG_NEGATIVE = 3 };

struct cbor {
	const unsigned char *p, *end;
	unsigned n_items;
	const char *bad; /* what is malformed, a constant; NULL: nothing was */
};

/* The head of an item; what it has is still to be read. */
struct cbor_head {
	enum cbor_major major;
	uint8_t info;	/* of CBOR_SIMPLE: enum cbor_simple */
	int indefinite; /* its end is a break */
	uint64_t n;	/* number, length, count, tag or bits */
};

void cbor_init(struct cbor *c, const void *p, size_t n);

/* The next item's head: 1, or 0 and c->bad. */
int cbor_next(struct cbor *c, struct cbor_head *ret);

/*
 * After the head of a list or a map, `*done` counting what was read: 1 there is another element (or
 * key), 0 that was all; an end that is missing is found by what is read next.
 */
int cbor_more(struct cbor *c, const struct cbor_head *h, uint64_t *done);

/* After the head of a string, which `text` says must be UTF-8: 1, borrowed or the arena's; 0. */
int cbor_string(struct cbor *c, struct arena *a, const struct cbor_head *h,
    const char **ret, size_t *ret_len);

/* Over the rest of the item: 1 or 0. */
int cbor_skip(struct cbor *c, const struct cbor_head *h, int depth);

/* 1 and the value when the item is a float. */
int cbor_real(const struct cbor_head *h, double *ret);

/* Writing: the shortest form of a head. */
void cbor_put(struct buf *b, enum cbor_major major, uint64_t n);
void cbor_put_open(struct buf *b, enum cbor_major major);    /* of indefinite length */
void cbor_put_simple(struct buf *b, enum cbor_simple value); /* also CBOR_BREAK */
void cbor_put_int(struct buf *b, int64_t n);
void cbor_put_text(struct buf *b, const char *s, size_t n);
void cbor_put_double(struct buf *b, double d);
void cbor_put_single(struct buf *b, float f);

#endif
