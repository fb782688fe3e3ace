/*
 * The inside of the wire: a protocol is a table of functions, one file each.
 *
 * A codec decodes a request into a document of the model's shapes and types
 * (limits are the validator's), and writes answers.  A new protocol is a file
 * with such a table and a row in wire.c.
 */
#ifndef CONTROL_WIRE_CODEC_H
#define CONTROL_WIRE_CODEC_H

#include <stddef.h>

#include "control/wire/validate.h"
#include "control/wire/wire.h"
#include "models/tables.h"

enum {
	WIRE_MAX_INFLATED = 32 << 20, /* bytes of a body that came compressed */
	WIRE_MAX_DEPTH = 60,	      /* levels of a document */
};

/* What an error says on the wire, after the model had its word. */
struct wire_failure {
	const char *code;    /* the model's wire code */
	const char *shape;   /* the exception's name; the code when the model has none */
	const char *message; /* "" for none */
	int status;
	int sender;	    /* the client's fault */
	uint16_t exception; /* shape, or MODEL_NONE */
	const json_t *detail;
	const char *request_id;
};

struct codec {
	enum model_protocol protocol;

	/* 1 when the request is said in this protocol, by what only it has. */
	int (*claims)(const struct wire_request *req);

	/*
	 * The service and the operation: 1, 0 when the request names none in this
	 * protocol's way, -1.
	 */
	int (*route)(struct arena *a, const struct wire_request *req,
	    const char *signing_name, const struct model **ret_model,
	    const struct model_op **ret_op, struct err *err);

	int (*decode)(struct arena *a, const struct model *m, const struct model_op *op,
	    const struct wire_request *req, json_t **ret, struct err *err);

	/* Say in the protocol's words what the validator found; n > 0.  Always -1. */
	int (*complain)(struct arena *a, const struct model *m,
	    const struct violation *found, size_t n, struct err *err);

	/* Body, and headers of the protocol; the rest of the reply is there. */
	void (*encode)(struct arena *a, const struct model *m, const struct model_op *op,
	    const json_t *out, const char *request_id, struct wire_reply *reply);
	void (*encode_error)(struct arena *a, const struct model *m,
	    const struct wire_failure *f, struct wire_reply *reply);
};

extern const struct codec codec_ec2, codec_query, codec_json, codec_rpc_cbor,
    codec_rest_json, codec_rest_xml;

/* NULL when the protocol has none. */
const struct codec *codec_find(enum model_protocol protocol);

/*
 * The body as it was before compression (Content-Encoding: gzip).  Borrowed
 * from the request or the arena's.  Fails with kind `wire_bad_body`.
 */
extern const struct err_kind wire_bad_body; /* SerializationException 400 */
int wire_body(struct arena *a, const struct wire_request *req, const char **ret,
    size_t *ret_len, struct err *err);

/* x-amzn-query-error, of a service that once spoke Query; m may be NULL. */
void wire_add_query_error(struct arena *a, const struct model *m,
    const struct wire_failure *f, struct wire_reply *reply);

/*
 * 1 when gzip is the last of the Content-Encoding's codings ("custom, gzip"); *ret_rest are those
 * before it (the arena's), or NULL.  `encoding` may be NULL.
 */
int wire_is_gzipped(struct arena *a, const char *encoding, const char **ret_rest);

/* 1 when the header's media type begins with `type`. */
int wire_media_is(const struct wire_request *req, const char *type);

/* A member's name, as the model has it. */
static inline const char *
member_name(const struct model *m, const struct member_row *row)
{
	return model_text(m, row->name);
}

/* locationName, or else the name. */
static inline const char *
member_wire_name(const struct model *m, const struct member_row *row)
{
	return model_text(m, row->wire != 0 ? row->wire : row->name);
}

/* The exception's own spelling of "message", which is also that of no exception (MODEL_NONE). */
const char *wire_message_name(const struct model *m, uint16_t exception);

/* "integer", for messages about values of another type. */
const char *wire_type_name(const struct model *m, uint16_t shape);

/* The list or map that the member is has no element of its own around it. */
static inline int
member_is_flat(const struct model *m, const struct member_row *row)
{
	return (row->flags & MEMBER_FLATTENED) != 0 ||
	    (m->shapes[row->shape].flags & SHAPE_FLATTENED) != 0;
}

/*
 * What stands on the wire for the member.  A list whose shape is flat, without a name of its own where
 * it is a member, goes by that of its elements.
 */
static inline const char *
member_element_name(const struct model *m, const struct member_row *row)
{
	const struct shape_row *s = &m->shapes[row->shape];

	if (row->wire == 0 && s->type == TYPE_LIST && (s->flags & SHAPE_FLATTENED) != 0 &&
	    m->members[s->first].wire != 0)
		return model_text(m, m->members[s->first].wire);
	return member_wire_name(m, row);
}

#endif
