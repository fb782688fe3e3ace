/*
 * CBOR requests of CloudWatch through the decoder, the validator and the encoder.
 *
 * The first byte chooses the operation.  What is decoded is encoded again, as the input shape's answer, and must come
 * back the same; what is not is said as an error, which an independent reader takes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/wire/cbor_body.h"
#include "control/wire/codec.h"
#include "tests/codec/cbor_tree.h"
#include "tests/codec/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The document as if it were an answer. */
static void
again(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *doc)
{
	struct buf *b = buf_new(a, 0);
	json_t *back = json_own(a, json_new_object());
	struct err err = { 0 };

	cbor_body_write(a, b, m, op->input, doc);
	if (cbor_tree(a, b->data, b->len) == NULL ||
	    cbor_body_read(a, m, op->input, b->data, b->len, back, &err) < 0 ||
	    json_difference(a, back, doc) != NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ops[] = { "PutMetricData", "PutMetricAlarm",
		"GetMetricData", "PutDashboard" };
	const struct model *m = model_find("cloudwatch");
	const struct model_op *op =
	    model_op_find(m, ops[size > 0 ? data[0] % COUNT(ops) : 0]);
	struct wire_request req = { .method = "POST", .query = "" };
	struct wire_reply reply = { 0 };
	struct arena *a = arena_new();
	struct err err = { 0 };
	json_t *doc;

	req.headers[req.n_headers++] =
	    (struct wire_header){ "smithy-protocol", "rpc-v2-cbor" };
	/* A copy of its own size, so that reading past its end is seen. */
	req.body_len = size > 0 ? size - 1 : 0;
	req.body = arena_strndup(a, size > 0 ? (const char *)data + 1 : "", req.body_len);
	req.path = req.body;
	if (wire_decode(a, m, op, &req, &doc, &err) == 0) {
		again(a, m, op, doc);
	} else {
		wire_encode_error(a, m, op, &req, &err, NULL, "id", &reply);
		if (cbor_tree(a, reply.body->data, reply.body->len) == NULL)
			abort();
	}
	if (wire_route(a, &req, NULL, &m, &op, &err) < 0 && err.kind == NULL)
		abort();
	arena_free(a);
	return 0;
}
