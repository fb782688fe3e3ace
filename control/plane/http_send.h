/*
 * A reply on its way out of the HTTP server: head, body, and what is made while it is sent.
 *
 * A stream whose length is not known goes in chunks (RFC 9112 7.1), to HTTP/1.0 until the connection closes.  A client
 * that reads slowly makes the producer wait; one that reads nothing for a minute is gone.
 */
#ifndef CONTROL_PLANE_HTTP_SEND_H
#define CONTROL_PLANE_HTTP_SEND_H

#include <civetweb.h>
#include <stdatomic.h>

#include "control/wire/wire.h"

/* close_it: the connection ends with this reply.  `ends` becomes 1 when the process ends. */
void http_send(struct mg_connection *conn, const struct wire_reply *reply, int close_it,
    const atomic_int *ends);

/* "Not Found" */
const char *http_reason(int status);

#endif
