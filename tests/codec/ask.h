/*
 * Requests as AWS's clients say them: the other side of the codecs, for tests
 * that ask every operation of every model.
 */
#ifndef TESTS_CODEC_ASK_H
#define TESTS_CODEC_ASK_H

#include "base/arena.h"
#include "base/json.h"
#include "control/wire/wire.h"
#include "models/tables.h"

/*
 * The request of `op` with the input document, in the protocol, signed for
 * nobody: an Authorization header that only SIMFRA_AUTH=relaxed takes.  The arena's.
 */
void ask(struct arena *a, const struct model *m, const struct model_op *op,
    enum model_protocol protocol, const json_t *in, struct wire_request *ret);

void ask_header(struct wire_request *req, const char *name, const char *value);

/*
 * The least that the shape takes: required members alone, short lists and texts.  A pattern is met by
 * one of a list of usual texts; *ret_unmet is raised when none of them does, and for streams of events.
 */
json_t *ask_minimal(struct arena *a, const struct model *m, uint16_t shape,
    int *ret_unmet);

#endif
