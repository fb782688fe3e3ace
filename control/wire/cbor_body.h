/*
 * CBOR bodies by their shapes, in and out (Smithy RPC v2).
 */
#ifndef CONTROL_WIRE_CBOR_BODY_H
#define CONTROL_WIRE_CBOR_BODY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "models/tables.h"

/*
 * The structure's members from the bytes, which must be one map and nothing behind it, into `into`.
 * Members that it does not have are skipped, but must be well-formed; null is absent but where the
 * shape is sparse.  Fails with kind `wire_bad_body`.
 */
int cbor_body_read(struct arena *a, const struct model *m, uint16_t structure,
    const char *body, size_t len, json_t *into, struct err *err);

/* The structure as a map: those members of doc that the shape has. */
void cbor_body_write(struct arena *a, struct buf *b, const struct model *m,
    uint16_t structure, const json_t *doc);

/* Only the members, for a map that is open. */
void cbor_body_members(struct arena *a, struct buf *b, const struct model *m,
    uint16_t structure, const json_t *doc);

#endif
