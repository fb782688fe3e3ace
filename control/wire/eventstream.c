#include "control/wire/eventstream.h"

#include <assert.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/enc.h"
#include "control/wire/cbor_body.h"
#include "control/wire/codec.h"
#include "control/wire/json_body.h"
#include "control/wire/xml.h"

static const char event_media[] = "application/vnd.amazon.eventstream";

/* Frames */

static void
put_number(struct buf *b, uint64_t n, size_t width)
{
	unsigned char out[8];

	for (size_t i = width; i > 0; i--, n >>= 8)
		out[i - 1] = (unsigned char)n;
	buf_add(b, out, width);
}

static void
put_header(struct buf *b, const struct event_header *h)
{
	static const uint8_t widths[] = {
		[EVENT_BYTE] = 1,
		[EVENT_SHORT] = 2,
		[EVENT_INTEGER] = 4,
		[EVENT_LONG] = 8,
		[EVENT_TIMESTAMP] = 8,
		[EVENT_UUID] = 0,
	};
	size_t name_len = strlen(h->name);

	assert(name_len > 0 && name_len <= UINT8_MAX && h->len <= INT16_MAX);
	put_number(b, name_len, 1);
	buf_add(b, h->name, name_len);
	put_number(b, h->type, 1);
	if (h->type == EVENT_BYTES || h->type == EVENT_STRING)
		put_number(b, h->len, 2);
	if (h->type == EVENT_BYTES || h->type == EVENT_STRING || h->type == EVENT_UUID)
		buf_add(b, h->s, h->len);
	else
		put_number(b, (uint64_t)h->n, widths[h->type]);
}

static void
put_crc(struct buf *b, size_t from)
{
	const unsigned char *p = (const unsigned char *)b->data + from;

	put_number(b, crc32(0, p, (uInt)(b->len - from)), 4);
}

void
eventstream_frame(struct buf *b, const struct event_header *headers, size_t n,
    const void *payload, size_t len)
{
	size_t from = b->len;
	struct buf h;

	assert(len <= EVENTSTREAM_MAX_PAYLOAD);
	buf_init(&h, 0);
	for (size_t i = 0; i < n; i++)
		put_header(&h, &headers[i]);
	put_number(b, 16 + h.len + len, 4);
	put_number(b, h.len, 4);
	put_crc(b, from);
	buf_add(b, buf_text(&h), h.len);
	buf_add(b, payload, len);
	put_crc(b, from);
	buf_done(&h);
}

/* Events by the model */

struct event {
	struct arena *arena; /* for as long as the event is written */
	const struct eventstream *s;
	struct event_header headers[EVENTSTREAM_MAX_HEADERS];
	size_t n_headers;
	struct buf *payload;
};

static void
add_text(struct event *e, const char *name, const char *text)
{
	assert(e->n_headers < EVENTSTREAM_MAX_HEADERS);
	e->headers[e->n_headers++] = (struct event_header){ .name = name,
		.type = EVENT_STRING,
		.s = text,
		.len = strnlen(text, INT16_MAX) };
}

/* A member of the event in a header of the frame. */
static void
add_header(struct event *e, const struct member_row *row, const json_t *v)
{
	struct event_header h = { .name = member_wire_name(e->s->m, row) };
	unsigned char *bytes;

	assert(e->n_headers < EVENTSTREAM_MAX_HEADERS);
	h.n = json_integer_value(v);
	h.s = json_string_value(v);
	h.len = json_string_length(v);
	if (json_is_boolean(v)) {
		h.type = json_is_true(v) ? EVENT_TRUE : EVENT_FALSE;
	} else if (row->type == TYPE_TIMESTAMP) {
		h.type = EVENT_TIMESTAMP;
		h.n = (int64_t)(json_number_value(v) * 1000);
	} else if (row->type == TYPE_BLOB) {
		h.type = EVENT_BYTES;
		if (!base64_decode(e->arena, h.s, h.len, &bytes, &h.len))
			assert(0); /* a document that is not of its shape */
		h.s = (const char *)bytes;
	} else if (row->type == TYPE_LONG) {
		h.type = EVENT_LONG;
	} else {
		h.type = json_is_integer(v) ? EVENT_INTEGER : EVENT_STRING;
	}
	e->headers[e->n_headers++] = h;
}

/* A structure as the protocol says bodies. */
static void
write_document(struct event *e, uint16_t shape, const json_t *doc)
{
	const struct model *m = e->s->m;
	const struct extra_row *extra = model_extra(m, m->shapes[shape].extra);
	const char *root = model_text(m,
	    extra != NULL && extra->wire != 0 ? extra->wire : m->shapes[shape].name);

	switch (e->s->protocol) {
	case PROTOCOL_JSON:
	case PROTOCOL_REST_JSON:
		add_text(e, ":content-type", "application/json");
		json_body_write(e->payload, m, shape, doc, TIMESTAMP_UNIX);
		return;
	case PROTOCOL_RPC_CBOR:
		add_text(e, ":content-type", "application/cbor");
		cbor_body_write(e->arena, e->payload, m, shape, doc);
		return;
	case PROTOCOL_REST_XML:
	case PROTOCOL_QUERY:
	case PROTOCOL_EC2:
		break;
	}
	add_text(e, ":content-type", "text/xml");
	xml_open(e->payload, root);
	xml_members(e->payload, m, shape, doc, 0, NULL);
	xml_close(e->payload, root);
}

/* The one member that is the payload. */
static void
write_payload(struct event *e, const struct member_row *row, const json_t *v)
{
	unsigned char *bytes;
	size_t n;

	if (row->type == TYPE_BLOB) {
		add_text(e, ":content-type", "application/octet-stream");
		if (!base64_decode(e->arena, json_string_value(v), json_string_length(v),
			&bytes, &n))
			assert(0); /* a document that is not of its shape */
		buf_add(e->payload, bytes, n);
	} else if (row->type == TYPE_STRING) {
		add_text(e, ":content-type", "text/plain");
		buf_add(e->payload, json_string_value(v), json_string_length(v));
	} else {
		write_document(e, row->shape, v);
	}
}

static void
write_members(struct event *e, uint16_t shape, const json_t *doc)
{
	const struct model *m = e->s->m;
	const struct shape_row *s = &m->shapes[shape];
	const struct member_row *payload = NULL;
	size_t n_body = 0;
	json_t *v;

	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &m->members[s->first + i];

		v = json_get(doc, member_name(m, row));
		if ((row->flags & MEMBER_EVENT_PAYLOAD) != 0)
			payload = row;
		else if (row->location != IN_EVENT_HEADER)
			n_body++;
		else if (v != NULL && !json_is_null(v))
			add_header(e, row, v);
	}
	v = payload != NULL ? json_get(doc, member_name(m, payload)) : NULL;
	if (v != NULL)
		write_payload(e, payload, v);
	else if (payload == NULL && n_body > 0)
		write_document(e, shape, doc);
}

static void
finish(struct event *e, struct buf *b)
{
	eventstream_frame(b, e->headers, e->n_headers, buf_text(e->payload),
	    e->payload->len);
	arena_free(e->arena);
}

static struct event
start(const struct eventstream *s, const char *type)
{
	struct event e = { .arena = arena_new(), .s = s };

	e.payload = buf_new(e.arena, 2 * EVENTSTREAM_MAX_PAYLOAD);
	add_text(&e, ":message-type", type);
	return e;
}

void
eventstream_event(const struct eventstream *s, const char *name, const json_t *doc,
    struct buf *b)
{
	const struct member_row *row = model_member_row(s->m, s->shape, name);
	struct event e;
	int is_exception;

	assert(row != NULL);
	is_exception = (s->m->shapes[row->shape].flags & SHAPE_EXCEPTION) != 0;
	e = start(s, is_exception ? "exception" : "event");
	add_text(&e, is_exception ? ":exception-type" : ":event-type", name);
	write_members(&e, row->shape, doc);
	finish(&e, b);
}

void
eventstream_error(const char *code, const char *message, struct buf *b)
{
	struct event e = start(NULL, "error");

	add_text(&e, ":error-code", code);
	add_text(&e, ":error-message", message);
	finish(&e, b);
}

static int
send_frame(struct wire_sink *sink, struct buf *b)
{
	int rc = sink->write(sink, b->data, b->len);

	buf_done(b);
	return rc;
}

int
eventstream_send(struct wire_sink *sink, const char *name, const json_t *doc)
{
	struct buf b;

	assert(sink->events != NULL);
	buf_init(&b, 0);
	eventstream_event(sink->events, name, doc, &b);
	return send_frame(sink, &b);
}

int
eventstream_find(const struct model *m, const struct model_op *op,
    enum model_protocol protocol, struct eventstream *ret)
{
	const struct shape_row *s =
	    op->output != MODEL_NONE ? &m->shapes[op->output] : NULL;

	for (uint16_t i = 0; s != NULL && i < s->n_members; i++) {
		uint16_t shape = m->members[s->first + i].shape;

		if ((m->shapes[shape].flags & SHAPE_EVENTSTREAM) == 0)
			continue;
		*ret =
		    (struct eventstream){ .m = m, .shape = shape, .protocol = protocol };
		return 1;
	}
	return 0;
}

static void
set_media(struct wire_reply *reply)
{
	for (size_t i = 0; i < reply->n_headers; i++) {
		if (strcasecmp(reply->headers[i].name, "Content-Type") == 0) {
			reply->headers[i].value = event_media;
			return;
		}
	}
	wire_add_header(reply, "Content-Type", event_media);
}

void
eventstream_begin(struct arena *a, const struct eventstream *s, struct wire_reply *reply)
{
	int is_json = s->protocol == PROTOCOL_JSON;
	struct event e;

	reply->events = s;
	set_media(reply);
	if (!is_json && s->protocol != PROTOCOL_RPC_CBOR) {
		buf_reset(reply->body);
		return;
	}
	e = start(s, "event");
	add_text(&e, ":event-type", "initial-response");
	add_text(&e, ":content-type", is_json ? "application/json" : "application/cbor");
	buf_add(e.payload, buf_text(reply->body), reply->body->len);
	reply->body = buf_new(a, 0);
	finish(&e, reply->body);
}
