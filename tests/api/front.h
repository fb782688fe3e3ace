/*
 * Requests through the plane's own door, as browsers send them.
 */
#ifndef TESTS_API_FRONT_H
#define TESTS_API_FRONT_H

#include "control/wire/wire.h"
#include "tests/api/fixture.h"

/* A request with headers "Name: value\nName: value": its reply, of the fixture's arena. */
struct wire_reply *front_ask(struct fixture *f, const char *method, const char *target,
    const char *headers);
struct wire_reply *front_send(struct fixture *f, const char *method, const char *target,
    const char *headers, const char *body, size_t body_len);

/* The reply has the header with that value (NULL: it has none). */
void front_header_is(const struct wire_reply *r, const char *name, const char *value);

#endif
