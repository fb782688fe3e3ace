/*
 * What the parts of ask() share.
 */
#ifndef TESTS_CODEC_ASK_PARTS_H
#define TESTS_CODEC_ASK_PARTS_H

#include "control/wire/scalar.h"
#include "tests/codec/ask.h"

/* A scalar as text, timestamps in the form unless the model says another. */
const char *ask_text(struct arena *a, const struct model *m, uint16_t shape,
    const json_t *v, enum timestamp_form form);

/* The i-th member of the shape. */
const struct member_row *ask_member(const struct model *m, uint16_t shape, size_t i);

/*
 * The document under the names of the wire, the caller's; is_rest: only what is in the
 * body of a REST request.
 */
json_t *ask_renamed(const struct model *m, uint16_t shape, const json_t *v, int is_rest);

/* Method, path, query, headers, and the body into b. */
void ask_rest(struct arena *a, const struct model *m, const struct model_op *op,
    enum model_protocol protocol, const json_t *in, struct wire_request *req,
    struct buf *b);

#endif
