/*
 * CBOR as trees, for comparing bodies: a reader of its own, that shares no code with the codec.
 *
 * A byte string is {"$bytes": base64}, tag 1 is {"$time": number}, NaN and the infinities are "NaN" and so on.
 */
#ifndef TESTS_CODEC_CBOR_TREE_H
#define TESTS_CODEC_CBOR_TREE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"

/* The arena's, or NULL for what is malformed or has bytes behind its end. */
json_t *cbor_tree(struct arena *a, const void *p, size_t n);

#endif
