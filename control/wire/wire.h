/*
 * The wire: bytes to (service, operation, document), and (document | error)
 * to bytes, for each of AWS's protocols (DESIGN D1).
 *
 * A decoded request is one JSON document in the model's own member names,
 * validated by the model; documents say timestamps, blobs and numbers as
 * base/json.h has it.  Handlers cannot tell protocols apart.
 */
#ifndef CONTROL_WIRE_WIRE_H
#define CONTROL_WIRE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "models/model.h"

enum { WIRE_MAX_HEADERS = 100, WIRE_LOAD_S = 120 };

struct wire_header {
	const char *name, *value;
};

/* A body that has not been read yet. */
struct wire_source {
	/* Up to n of its next bytes: how many, 0 at its end, -1 when no more will come. */
	int64_t (*read)(struct wire_source *source, void *p, size_t n);
	int64_t length; /* -1: not known */
};

/* A request as HTTP has it.  Everything is borrowed. */
struct wire_request {
	const char *method;
	const char *path;  /* as sent: not decoded, without the query */
	const char *query; /* as sent, without '?'; "" when there is none */
	const char *body;
	size_t body_len;
	struct wire_source *source; /* the body, when it has not been read; or NULL */
	struct wire_header headers[WIRE_MAX_HEADERS];
	size_t n_headers;
	int is_tls; /* it came encrypted */
};

/* By name in any case; NULL when absent. */
const char *wire_header(const struct wire_request *req, const char *name);

/*
 * Read the rest of the body, at most `limit` bytes in WIRE_LOAD_S seconds.  0, or the status that is to be answered:
 * 400 it is not whole, 408, 413.
 */
int wire_load(struct arena *a, struct wire_request *req, size_t limit);

/*
 * Which service and operation: by X-Amz-Target, smithy-protocol path, Action and Version,
 * or the path's binding; `signing_name` is the service of the credential
 * scope, or NULL for an unsigned request.
 * Fails in the way of the service, or of the protocol if no service is known
 * (InvalidAction, UnknownOperationException, MissingAction).  *ret_model is set as soon as it is
 * known, also on failure, so that the error can be said in its protocol.
 */
int wire_route(struct arena *a, const struct wire_request *req, const char *signing_name,
    const struct model **ret_model, const struct model_op **ret_op, struct err *err);

/* The input document, validated; the arena owns it. */
int wire_decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, json_t **ret, struct err *err);

/* Where a body goes that is made while it is sent. */
struct eventstream;
struct wire_sink {
	/* Waits while the client is slow: 0, or -1 when it is gone. */
	int (*write)(struct wire_sink *sink, const void *p, size_t n);
	/* 1 when nobody wants more: the client is gone, or the process ends. */
	int (*is_over)(struct wire_sink *sink);
	const struct eventstream *events; /* as eventstream_send() has them, or NULL */
};

/*
 * Write the body, in the connection's thread, while the request's arena lives; what waits asks is_over() every second
 * or so.  0, or -1: the client shall see that the body is broken off.
 */
typedef int wire_stream_fn(struct wire_sink *sink, void *arg);

struct wire_reply {
	const struct wire_request *request; /* that it answers: for services of several
					     * protocols.  NULL: in the service's first */
	struct fragments *fragments; /* what is kept of replies; NULL: nothing is */
	int status;
	struct wire_header headers[WIRE_MAX_HEADERS]; /* the arena's */
	size_t n_headers;
	struct buf *body; /* the arena's */
	/* What comes after the body; NULL: nothing. */
	wire_stream_fn *stream;
	void *stream_arg;
	int64_t stream_length; /* of what it writes; -1: not known */
	const struct eventstream *events;
};

void wire_add_header(struct wire_reply *reply, const char *name, const char *value);

/* By name in any case; NULL when absent. */
const char *wire_reply_header(const struct wire_reply *reply, const char *name);

/*
 * The answer in the protocol's form.  Members whose names begin with "_", and
 * those that the output shape does not have, are left out.  With reply->stream set, and
 * a stream of events in the output, the body is the start of one.
 */
void wire_encode(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *out, const char *request_id, struct wire_reply *reply);

/*
 * An error in the protocol's form.  m or op may be NULL when they are not known;
 * `detail` (may be NULL) has further members of the error's shape.
 */
void wire_encode_error(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, const struct err *error, const json_t *detail,
    const char *request_id, struct wire_reply *reply);

#endif
