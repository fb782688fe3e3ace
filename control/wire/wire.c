#include "control/wire/wire.h"
#include "base/clock.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "control/wire/codec.h"
#include "control/wire/eventstream.h"
#include "control/wire/query_compatible.h"

/* In the order in which a request is asked whose it is. */
static const struct codec *const codecs[] = { &codec_rpc_cbor, &codec_json,
	&codec_rest_json, &codec_rest_xml, &codec_ec2, &codec_query };

static const struct err_kind unknown_operation = { "UnknownOperationException", 404 };

int
wire_load(struct arena *a, struct wire_request *req, size_t limit)
{
	struct wire_source *source = req->source;
	struct buf *body = buf_new(a, limit);
	int64_t end_ms = clock_monotonic_ms() + WIRE_LOAD_S * 1000, n;
	char part[16384];

	if (source == NULL)
		return 0;
	req->source = NULL;
	if (source->length > (int64_t)limit)
		return 413;
	while ((n = source->read(source, part, sizeof(part))) > 0) {
		buf_add(body, part, (size_t)n);
		if (buf_is_full(body))
			return 413;
		if (clock_monotonic_ms() > end_ms)
			return 408;
	}
	if (n < 0 || (source->length >= 0 && (int64_t)body->len < source->length))
		return 400;
	req->body = buf_text(body);
	req->body_len = body->len;
	return 0;
}

const char *
wire_header(const struct wire_request *req, const char *name)
{
	for (size_t i = 0; i < req->n_headers; i++) {
		if (strcasecmp(req->headers[i].name, name) == 0)
			return req->headers[i].value;
	}
	return NULL;
}

void
wire_add_header(struct wire_reply *reply, const char *name, const char *value)
{
	assert(reply->n_headers < WIRE_MAX_HEADERS);
	reply->headers[reply->n_headers++] =
	    (struct wire_header){ .name = name, .value = value };
}

const char *
wire_reply_header(const struct wire_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->n_headers; i++) {
		if (strcasecmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	}
	return NULL;
}

int
wire_media_is(const struct wire_request *req, const char *type)
{
	const char *v = wire_header(req, "Content-Type");

	return v != NULL && strncasecmp(v, type, strlen(type)) == 0;
}

const struct codec *
codec_find(enum model_protocol protocol)
{
	for (size_t i = 0; i < COUNT(codecs); i++) {
		if (codecs[i]->protocol == protocol)
			return codecs[i];
	}
	return NULL;
}

/* The protocol of the request, if the service speaks it, or else the service's first. */
static const struct codec *
codec_of(const struct model *m, const struct wire_request *req)
{
	const struct codec *codec;

	for (size_t i = 0; req != NULL && i < COUNT(codecs); i++) {
		if ((m->protocols & 1U << codecs[i]->protocol) != 0 &&
		    codecs[i]->claims(req))
			return codecs[i];
	}
	codec = codec_find(model_protocol(m));
	assert(codec != NULL);
	return codec;
}

int
wire_route(struct arena *a, const struct wire_request *req, const char *signing_name,
    const struct model **ret_model, const struct model_op **ret_op, struct err *err)
{
	for (size_t i = 0; i < COUNT(codecs); i++) {
		int rc = codecs[i]->route(a, req, signing_name, ret_model, ret_op, err);

		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	return err_set(err, &unknown_operation,
	    "The request names no operation of a service that is here.");
}

int
wire_decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, json_t **ret, struct err *err)
{
	const struct codec *codec = codec_of(m, req);
	struct violation found[MAX_VIOLATIONS];
	json_t *doc;
	size_t n = 0;

	if (codec->decode(a, m, op, req, &doc, err) < 0)
		return -1;
	if (op->input != MODEL_NONE)
		n = validate(a, m, op->input, doc, found);
	if (n > 0)
		return codec->complain(a, m, found, n, err);
	*ret = doc;
	return 0;
}

static void
start(struct arena *a, struct wire_reply *reply, int status)
{
	reply->status = status;
	reply->body = buf_new(a, 0);
}

void
wire_encode(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *out, const char *request_id, struct wire_reply *reply)
{
	const struct codec *codec = codec_of(m, reply->request);
	struct eventstream events, *kept;

	start(a, reply, op->status != 0 ? op->status : 200);
	codec->encode(a, m, op, out, request_id, reply);
	if (reply->stream != NULL && eventstream_find(m, op, codec->protocol, &events)) {
		kept = arena_alloc(a, sizeof(*kept));
		*kept = events;
		eventstream_begin(a, kept, reply);
	}
}

/* The text with what is not UTF-8 (a character cut at the end of err.msg) taken out. */
static const char *
clean(struct arena *a, const char *s)
{
	char *copy;
	size_t n = strlen(s), keep = n;

	if (utf8_is_valid(s, n))
		return s;
	while (keep > 0 && n - keep < 4 && ((unsigned char)s[keep - 1] & 0xc0) == 0x80)
		keep--;
	if (keep > 0 && utf8_is_valid(s, keep - 1))
		return arena_strndup(a, s, keep - 1);
	copy = arena_strdup(a, s);
	for (char *p = copy; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	}
	return copy;
}

/*
 * The status is the handler's, unless the model has one for the exception.
 * A service that once spoke Query has there what it had in that protocol.
 */
static int
status_of(const struct model *m, const struct codec *codec, const struct shape_row *s,
    const struct fault_row *fault, int status)
{
	if (fault->status != 0 &&
	    !(m->query_compatible && codec->protocol != PROTOCOL_QUERY))
		return fault->status;
	return (s->flags & SHAPE_FAULT) != 0 && status < 500 ? 500 : status;
}

/* One that is not the model's: services that once spoke Query have its code there. */
static void
shared_error(const struct model *m, const struct codec *codec, struct wire_failure *f)
{
	int status = f->status;

	if (!m->query_compatible)
		return;
	f->code = query_compatible_code(f->code, &status);
	if (codec->protocol == PROTOCOL_QUERY)
		f->status = status;
}

static void
from_model(const struct model *m, const struct model_op *op, const struct codec *codec,
    struct wire_failure *f)
{
	static const struct fault_row none;
	const struct fault_row *fault = &none;
	const struct shape_row *s;

	f->exception = model_error_find(m, op, f->code);
	if (f->exception == MODEL_NONE) {
		shared_error(m, codec, f);
		return;
	}
	s = &m->shapes[f->exception];
	if (s->fault != MODEL_NONE)
		fault = &m->faults[s->fault];
	f->shape = model_text(m, s->name);
	f->code = fault->code != 0 ? model_text(m, fault->code) : f->shape;
	f->status = status_of(m, codec, s, fault, f->status);
	f->sender = f->status < 500 || fault->sender;
}

/* Without a model: as the request was said. */
static const struct codec *
codec_of_request(const struct wire_request *req)
{
	if (codec_rpc_cbor.claims(req))
		return &codec_rpc_cbor;
	return codec_json.claims(req) || wire_media_is(req, "application/x-amz-json") ||
		wire_media_is(req, "application/json") ?
	    &codec_json :
	    &codec_query;
}

const char *
wire_message_name(const struct model *m, uint16_t exception)
{
	const struct shape_row *s;

	if (exception == MODEL_NONE)
		return "message";
	s = &m->shapes[exception];
	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &m->members[s->first + i];

		if (strcasecmp(member_name(m, row), "message") == 0)
			return member_wire_name(m, row);
	}
	return "message";
}

const char *
wire_type_name(const struct model *m, uint16_t shape)
{
	static const char *const names[] = {
		[TYPE_STRUCTURE] = "structure",
		[TYPE_LIST] = "list",
		[TYPE_MAP] = "map",
		[TYPE_STRING] = "string",
		[TYPE_INTEGER] = "integer",
		[TYPE_LONG] = "long",
		[TYPE_FLOAT] = "float",
		[TYPE_DOUBLE] = "double",
		[TYPE_BOOLEAN] = "boolean",
		[TYPE_BLOB] = "blob",
		[TYPE_TIMESTAMP] = "timestamp",
	};

	return names[model_shape_type(m, shape)];
}

void
wire_add_query_error(struct arena *a, const struct model *m, const struct wire_failure *f,
    struct wire_reply *reply)
{
	if (m != NULL && m->query_compatible)
		wire_add_header(reply, "x-amzn-query-error",
		    arena_printf(a, "%s;%s", f->code, f->sender ? "Sender" : "Receiver"));
}

void
wire_encode_error(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, const struct err *error, const json_t *detail,
    const char *request_id, struct wire_reply *reply)
{
	struct wire_failure f = {
		.code = clean(a, error->kind->code),
		.message = clean(a, error->msg),
		.status = error->kind->status,
		.sender = error->kind->status < 500,
		.exception = MODEL_NONE,
		.detail = detail,
		.request_id = request_id,
	};
	const struct codec *codec = m != NULL ? codec_of(m, req) : codec_of_request(req);

	f.shape = f.code;
	if (m != NULL)
		from_model(m, op, codec, &f);
	start(a, reply, f.status);
	codec->encode_error(a, m, &f, reply);
}
