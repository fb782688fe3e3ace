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

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "models/model.h"

enum { WIRE_MAX_HEADERS = 100 };

struct wire_header {
	const char *name, *value;
};

/* A request as HTTP has it.  Everything is borrowed. */
struct wire_request {
	const char *method;
	const char *path;  /* as sent: not decoded, without the query */
	const char *query; /* as sent, without '?'; "" when there is none */
	const char *body;
	size_t body_len;
	struct wire_header headers[WIRE_MAX_HEADERS];
	size_t n_headers;
};

/* By name in any case; NULL when absent. */
const char *wire_header(const struct wire_request *req, const char *name);

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

struct wire_reply {
	const struct wire_request *request; /* that it answers: for services of several
					     * protocols.  NULL: in the service's first */
	struct fragments *fragments; /* what is kept of replies; NULL: nothing is */
	int status;
	struct wire_header headers[WIRE_MAX_HEADERS]; /* the arena's */
	size_t n_headers;
	struct buf *body; /* the arena's */
};

void wire_add_header(struct wire_reply *reply, const char *name, const char *value);

/*
 * The answer in the protocol's form.  Members whose names begin with "_", and
 * those that the output shape does not have, are left out.
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
