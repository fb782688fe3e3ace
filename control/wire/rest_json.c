/*
 * REST-JSON: methods and paths name the operation; the body is JSON, or one member
 * alone (lambda, apigateway, eks and many more).
 *
 * Members that the input does not have are ignored, as these services do.
 */
#include <string.h>
#include <strings.h>

#include "control/wire/codec.h"
#include "control/wire/json_body.h"
#include "control/wire/rest.h"

static int
claims(const struct wire_request *req)
{
	return wire_header(req, "X-Amz-Target") == NULL;
}

static int
route(struct arena *a, const struct wire_request *req, const char *signing_name,
    const struct model **ret_model, const struct model_op **ret_op, struct err *err)
{
	return rest_route(a, req, signing_name, PROTOCOL_REST_JSON, ret_model, ret_op,
	    err);
}

/* A body that is a structure (or a document); `shape` says which. */
static int
read_body(struct arena *a, const struct model *m, uint16_t shape, const char *text,
    size_t len, json_t *into, json_t **ret_document, struct err *err)
{
	json_t *body = into;

	if (len > 0 && json_read_in(a, text, len, &body, err) < 0)
		return -1;
	if ((m->shapes[shape].flags & SHAPE_DOCUMENT) != 0) {
		*ret_document = body;
		return 0;
	}
	if (!json_is_object(body))
		return err_set(err, &wire_bad_body, "The body is not a JSON object");
	return json_body_read(a, m, shape, body, into, err);
}

static int
read_payload(struct arena *a, const struct model *m, const struct member_row *payload,
    const char *text, size_t len, json_t *doc, struct err *err)
{
	uint16_t flags = m->shapes[payload->shape].flags;
	json_t *v;

	if ((flags & SHAPE_EVENTSTREAM) != 0) {
		json_set(doc, member_name(m, payload), json_new_object());
		return 0;
	}
	if (len == 0)
		return 0;
	if (payload->type == TYPE_STRUCTURE) {
		v = json_own(a, json_new_object());
		if (read_body(a, m, payload->shape, text, len, v, &v, err) < 0)
			return -1;
		json_set(doc, member_name(m, payload), json_incref(v));
		return 0;
	}
	v = rest_read_payload(a, payload, text, len);
	if (v == NULL)
		return err_set(err, &wire_bad_body, "The body is not UTF-8");
	json_set(doc, member_name(m, payload), v);
	return 0;
}

static int
decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, json_t **ret, struct err *err)
{
	json_t *doc = json_own(a, json_new_object()), *ignored = NULL;
	const struct member_row *payload = rest_payload(m, op->input);
	const char *text;
	size_t len;

	if (rest_read(a, m, op, req, &wire_bad_body, doc, err) < 0 ||
	    wire_body(a, req, &text, &len, err) < 0)
		return -1;
	if (payload != NULL) {
		if (read_payload(a, m, payload, text, len, doc, err) < 0)
			return -1;
	} else if (len > 0 && rest_has_body(m, op->input, 0)) {
		if (read_body(a, m, op->input, text, len, doc, &ignored, err) < 0)
			return -1;
	}
	*ret = doc;
	return 0;
}

/* Some have no ValidationException, but another one that says so. */
static int
complain(struct arena *a, const struct model *m, const struct violation *found, size_t n,
    struct err *err)
{
	static const struct err_kind validation = { "ValidationException", 400 };
	static const struct err_kind bad_request = { "BadRequestException", 400 };
	const struct err_kind *kind = &validation;

	if (model_error_find(m, NULL, validation.code) == MODEL_NONE &&
	    model_error_find(m, NULL, bad_request.code) != MODEL_NONE)
		kind = &bad_request;
	return err_set(err, kind, "%s", violations_text(a, m, found, n));
}

static void
encode(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *out, const char *request_id, struct wire_reply *reply)
{
	const struct member_row *payload = rest_payload(m, op->output);
	json_t *v;

	wire_add_header(reply, "x-amzn-RequestId", request_id);
	if (op->output != MODEL_NONE)
		rest_write(a, m, op->output, out, reply);
	if (payload == NULL) {
		if (op->output == MODEL_NONE)
			return;
		wire_add_header(reply, "Content-Type", "application/json");
		json_body_write(reply->body, m, op->output,
		    rest_body_members(a, m, op->output, out), TIMESTAMP_UNIX);
		return;
	}
	v = json_get(out, member_name(m, payload));
	if (v == NULL) {
		if (payload->type == TYPE_STRUCTURE &&
		    (m->shapes[payload->shape].flags & SHAPE_UNION) == 0) {
			wire_add_header(reply, "Content-Type", "application/json");
			buf_str(reply->body, "{}");
		}
	} else if (payload->type == TYPE_STRUCTURE) {
		wire_add_header(reply, "Content-Type", "application/json");
		json_body_value(reply->body, m, payload, v, TIMESTAMP_UNIX);
	} else {
		if (wire_reply_header(reply, "Content-Type") == NULL)
			wire_add_header(reply, "Content-Type",
			    payload->type == TYPE_BLOB ? "application/octet-stream" :
							 "text/plain");
		rest_write_payload(a, m, payload, v, reply);
	}
}

static void
encode_error(struct arena *a, const struct model *m, const struct wire_failure *f,
    struct wire_reply *reply)
{
	struct buf *b = reply->body;
	int more = *f->message != '\0';

	wire_add_header(reply, "Content-Type", "application/json");
	wire_add_header(reply, "x-amzn-RequestId", f->request_id);
	wire_add_header(reply, "x-amzn-errortype", f->shape);
	buf_chr(b, '{');
	if (more) {
		buf_printf(b, "\"%s\":", wire_message_name(m, f->exception));
		json_body_text(b, f->message, strlen(f->message));
	}
	if (f->exception != MODEL_NONE && f->detail != NULL) {
		rest_write(a, m, f->exception, f->detail, reply);
		json_body_members(b, m, f->exception,
		    rest_body_members(a, m, f->exception, f->detail), TIMESTAMP_UNIX,
		    more);
	}
	buf_chr(b, '}');
}

const struct codec codec_rest_json = {
	.protocol = PROTOCOL_REST_JSON,
	.claims = claims,
	.route = route,
	.decode = decode,
	.complain = complain,
	.encode = encode,
	.encode_error = encode_error,
};
