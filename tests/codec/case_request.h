/*
 * The requests of the protocol suites' cases.
 */
#ifndef TESTS_CODEC_CASE_REQUEST_H
#define TESTS_CODEC_CASE_REQUEST_H

#include "base/arena.h"
#include "base/json.h"
#include "control/wire/wire.h"
#include "models/tables.h"

/* What the case says that a client sends. */
void case_request(struct arena *a, const struct model *m, const json_t *item,
    struct wire_request *req);

/* Base64, as the suites have CBOR bodies; NUL-terminated. */
const char *case_bytes(struct arena *a, const char *text, size_t *ret_len);

#endif
