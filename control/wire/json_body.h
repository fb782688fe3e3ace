/*
 * JSON bodies by their shapes, in and out: for the JSON protocols and REST-JSON.
 */
#ifndef CONTROL_WIRE_JSON_BODY_H
#define CONTROL_WIRE_JSON_BODY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "models/tables.h"

/*
 * The structure's members that are in a body, from `body` into `into`.  null is absent but where the shape
 * is sparse.  Fails with kind `wire_bad_body` for a value of another type.
 */
int json_body_read(struct arena *a, const struct model *m, uint16_t structure,
    json_t *body, json_t *into, struct err *err);

/* Say in *err that a value of the kind is not one of the shape's type. */
void json_body_mistyped(const struct model *m, uint16_t shape, json_type kind,
    struct err *err);

/* The structure as an object: those members of doc that the shape has. */
void json_body_write(struct buf *b, const struct model *m, uint16_t structure,
    const json_t *doc, enum timestamp_form by_protocol);

/* The value of one member: of any shape. */
void json_body_value(struct buf *b, const struct model *m, const struct member_row *row,
    json_t *v, enum timestamp_form by_protocol);

/* Only the members; `more`: others stand before them. */
void json_body_members(struct buf *b, const struct model *m, uint16_t structure,
    const json_t *doc, enum timestamp_form by_protocol, int more);

/* A JSON string. */
void json_body_text(struct buf *b, const char *s, size_t len);

#endif
