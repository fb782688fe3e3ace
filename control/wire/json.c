/*
 * AWS JSON 1.0 and 1.1: X-Amz-Target names the operation, the body is the document.
 *
 * Members that the input does not have are ignored, as these services do.
 */
#include <string.h>
#include <strings.h>

#include "control/wire/codec.h"
#include "control/wire/json_body.h"

static const struct err_kind unknown_operation = { "UnknownOperationException", 400 };
static const struct err_kind validation_exception = { "ValidationException", 400 };

static int
claims(const struct wire_request *req)
{
	return wire_header(req, "X-Amz-Target") != NULL;
}

/* The models that a target can mean: 1 when it is "prefix.Operation". */
static int
is_target(const struct model *m, const char *target, size_t len)
{
	const char *prefix = model_text(m, m->target_prefix);

	return (m->protocols & 1U << PROTOCOL_JSON) != 0 &&
	    strncmp(prefix, target, len) == 0 && prefix[len] == '\0';
}

static int
route(struct arena *a UNUSED, const struct wire_request *req, const char *signing_name,
    const struct model **ret_model, const struct model_op **ret_op, struct err *err)
{
	const char *target = wire_header(req, "X-Amz-Target");
	const char *dot = target != NULL ? strrchr(target, '.') : NULL;
	const struct model *found = NULL;

	if (target == NULL)
		return 0;
	for (size_t i = 0; dot != NULL && i < model_count(); i++) {
		const struct model *m = model_at(i);

		if (!is_target(m, target, (size_t)(dot - target)))
			continue;
		/* Several services may have one prefix: the credential tells which is meant. */
		if (found == NULL ||
		    (signing_name != NULL &&
			strcmp(signing_name, model_signing_name(m)) == 0))
			found = m;
	}
	if (found != NULL) {
		*ret_model = found;
		*ret_op = model_op_find(found, dot + 1);
		if (*ret_op != NULL)
			return 1;
	}
	return err_set(err, &unknown_operation,
	    "The action %.100s is not valid for this endpoint.",
	    dot != NULL ? dot + 1 : target);
}

static int
decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, json_t **ret, struct err *err)
{
	json_t *doc = json_own(a, json_new_object()), *body = doc;
	const char *text;
	size_t len;

	if (wire_body(a, req, &text, &len, err) < 0 ||
	    (len > 0 && json_read_in(a, text, len, &body, err) < 0))
		return -1;
	if (!json_is_object(body))
		return err_set(err, &wire_bad_body, "The body is not a JSON object");
	if (op->input != MODEL_NONE &&
	    json_body_read(a, m, op->input, body, doc, err) < 0)
		return -1;
	*ret = doc;
	return 0;
}

/* Services that have a code and words of their own for what the model refuses. */
static const struct {
	const char *service;
	struct err_kind kind;
	const char *pattern, *other;
} own_words[] = {
	{ "organizations", { "InvalidInputException", 400 },
	    "You provided a value that does not match the required pattern.",
	    "You specified an invalid value." },
};

static int
complain(struct arena *a, const struct model *m, const struct violation *found, size_t n,
    struct err *err)
{
	for (size_t i = 0; i < COUNT(own_words); i++) {
		if (strcmp(own_words[i].service, model_name(m)) == 0)
			return err_set(err, &own_words[i].kind, "%s",
			    found->kind == VIOLATES_PATTERN ? own_words[i].pattern :
							      own_words[i].other);
	}
	return err_set(err, &validation_exception, "%s", violations_text(a, m, found, n));
}

static void
add_headers(const struct model *m, const char *request_id, struct wire_reply *reply)
{
	int old = m != NULL && strcmp(model_text(m, m->json_version), "1.0") == 0;

	wire_add_header(reply, "Content-Type",
	    old ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
	wire_add_header(reply, "x-amzn-RequestId", request_id);
}

static void
encode(struct arena *a UNUSED, const struct model *m, const struct model_op *op,
    const json_t *out, const char *request_id, struct wire_reply *reply)
{
	add_headers(m, request_id, reply);
	if (op->output != MODEL_NONE)
		json_body_write(reply->body, m, op->output, out, TIMESTAMP_UNIX);
}

static void
encode_error(struct arena *a, const struct model *m, const struct wire_failure *f,
    struct wire_reply *reply)
{
	struct buf *b = reply->body;

	add_headers(m, f->request_id, reply);
	wire_add_query_error(a, m, f, reply);
	buf_str(b, "{\"__type\":");
	json_body_text(b, f->shape, strlen(f->shape));
	if (*f->message != '\0') {
		buf_printf(b, ",\"%s\":", wire_message_name(m, f->exception));
		json_body_text(b, f->message, strlen(f->message));
	}
	if (f->exception != MODEL_NONE && f->detail != NULL)
		json_body_members(b, m, f->exception, f->detail, TIMESTAMP_UNIX, 1);
	buf_chr(b, '}');
}

const struct codec codec_json = {
	.protocol = PROTOCOL_JSON,
	.claims = claims,
	.route = route,
	.decode = decode,
	.complain = complain,
	.encode = encode,
	.encode_error = encode_error,
};
