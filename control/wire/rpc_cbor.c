/*
 * Smithy RPC v2 in CBOR: POST /service/{Name}/operation/{Operation}, told by the header
 * "smithy-protocol: rpc-v2-cbor", which the answers have as well.
 *
 * Members that the input does not have are ignored, as with the other RPC protocols.
 */
#include <string.h>
#include <strings.h>

#include "control/wire/cbor.h"
#include "control/wire/cbor_body.h"
#include "control/wire/codec.h"

static const struct err_kind unknown_operation = { "UnknownOperationException", 404 };
static const struct err_kind not_post = { "MethodNotAllowedException", 405 };
static const struct err_kind other_media = { "UnsupportedMediaTypeException", 415 };
static const struct err_kind validation_exception = { "ValidationException", 400 };

static const char media_type[] = "application/cbor";

static int
claims(const struct wire_request *req)
{
	const char *protocol = wire_header(req, "smithy-protocol");

	return protocol != NULL && strcmp(protocol, "rpc-v2-cbor") == 0;
}

/* The last four segments of the path, of which two are constant: 1 and the others. */
static int
take_path(struct arena *a, const char *path, char **ret_service, char **ret_op)
{
	char *copy = arena_strdup(a, path), *at[4];

	for (int i = 3; i >= 0; i--) {
		char *slash = strrchr(copy, '/');

		if (slash == NULL)
			return 0;
		*slash = '\0';
		at[i] = slash + 1;
	}
	*ret_service = at[1];
	*ret_op = at[3];
	return strcmp(at[0], "service") == 0 && strcmp(at[2], "operation") == 0;
}

static const struct model *
find_service(const char *service, const char *signing_name)
{
	const struct model *found = NULL;

	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);

		if ((m->protocols & 1U << PROTOCOL_RPC_CBOR) == 0 ||
		    strcmp(model_text(m, m->target_prefix), service) != 0)
			continue;
		if (found == NULL ||
		    (signing_name != NULL &&
			strcmp(signing_name, model_signing_name(m)) == 0))
			found = m;
	}
	return found;
}

static int
route(struct arena *a, const struct wire_request *req, const char *signing_name,
    const struct model **ret_model, const struct model_op **ret_op, struct err *err)
{
	const struct model *m;
	char *service, *op;

	if (!claims(req))
		return 0;
	if (!take_path(a, req->path, &service, &op))
		return err_set(err, &unknown_operation,
		    "The path names no service and operation.");
	m = find_service(service, signing_name);
	if (m == NULL)
		return err_set(err, &unknown_operation,
		    "The service %.100s is not known at this endpoint.", service);
	*ret_model = m;
	*ret_op = model_op_find(m, op);
	if (*ret_op == NULL)
		return err_set(err, &unknown_operation,
		    "The action %.100s is not valid for this endpoint.", op);
	if (strcmp(req->method, "POST") != 0)
		return err_set(err, &not_post,
		    "The method %.16s is not allowed; use POST.", req->method);
	return 1;
}

static int
decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, json_t **ret, struct err *err)
{
	json_t *doc = json_own(a, json_new_object());
	const char *body;
	size_t len;

	if (wire_body(a, req, &body, &len, err) < 0)
		return -1;
	if (len > 0 && wire_header(req, "Content-Type") != NULL &&
	    !wire_media_is(req, media_type))
		return err_set(err, &other_media, "The body must be %s.", media_type);
	if (len > 0 && cbor_body_read(a, m, op->input, body, len, doc, err) < 0)
		return -1;
	*ret = doc;
	return 0;
}

static int
complain(struct arena *a, const struct model *m, const struct violation *found, size_t n,
    struct err *err)
{
	return err_set(err, &validation_exception, "%s", violations_text(a, m, found, n));
}

static void
add_headers(const char *request_id, int has_body, struct wire_reply *reply)
{
	if (has_body)
		wire_add_header(reply, "Content-Type", media_type);
	wire_add_header(reply, "smithy-protocol", "rpc-v2-cbor");
	wire_add_header(reply, "x-amzn-RequestId", request_id);
}

static void
encode(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *out, const char *request_id, struct wire_reply *reply)
{
	int has_body = op->output != MODEL_NONE;

	add_headers(request_id, has_body, reply);
	if (has_body)
		cbor_body_write(a, reply->body, m, op->output, out);
}

static void
put_text(struct buf *b, const char *s)
{
	cbor_put_text(b, s, strlen(s));
}

static void
encode_error(struct arena *a, const struct model *m, const struct wire_failure *f,
    struct wire_reply *reply)
{
	struct buf *b = reply->body;

	add_headers(f->request_id, 1, reply);
	wire_add_query_error(a, m, f, reply);
	cbor_put_open(b, CBOR_MAP);
	put_text(b, "__type");
	put_text(b,
	    f->exception != MODEL_NONE ?
		arena_printf(a, "com.amazonaws.%s#%s", model_name(m), f->shape) :
		f->shape);
	if (*f->message != '\0') {
		put_text(b, wire_message_name(m, f->exception));
		put_text(b, f->message);
	}
	if (f->exception != MODEL_NONE && f->detail != NULL)
		cbor_body_members(a, b, m, f->exception, f->detail);
	cbor_put_simple(b, CBOR_BREAK);
}

const struct codec codec_rpc_cbor = {
	.protocol = PROTOCOL_RPC_CBOR,
	.claims = claims,
	.route = route,
	.decode = decode,
	.complain = complain,
	.encode = encode,
	.encode_error = encode_error,
};
