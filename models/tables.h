/*
 * The inside of a model: its tables, for the loader, modelc and the codecs.
 *
 * All text is in one run of NUL-terminated strings; a `uint32_t` that names a
 * text is its offset there, and 0 is "".  Members, limits and the rest are
 * rows found by index, so that the tables hold no pointer: modelc's are
 * constants that need no work when the program starts.  Everyone else uses
 * models/model.h.
 */
#ifndef MODELS_TABLES_H
#define MODELS_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "models/model.h"

enum shape_flag {
	SHAPE_DOCUMENT = 1 << 0, /* any JSON */
	SHAPE_EXCEPTION = 1 << 1,
	SHAPE_FAULT = 1 << 2, /* an exception that is the service's fault */
	SHAPE_FLATTENED = 1 << 3,
	SHAPE_STREAMING = 1 << 4,
	SHAPE_EVENTSTREAM = 1 << 5,
	SHAPE_EVENT = 1 << 6,
	SHAPE_SPARSE = 1 << 7, /* null is a value */
	SHAPE_UNION = 1 << 8,
	SHAPE_WRAPPER = 1 << 9,
	SHAPE_SENSITIVE = 1 << 10,
	SHAPE_REQUIRES_LENGTH = 1 << 11,
	SHAPE_XML_ATTRIBUTES = 1 << 12, /* some member is one */
};

enum member_flag {
	MEMBER_REQUIRED = 1 << 0,
	MEMBER_FLATTENED = 1 << 1,
	MEMBER_IDEMPOTENCY_TOKEN = 1 << 2,
	MEMBER_XML_ATTRIBUTE = 1 << 3,
	MEMBER_JSON_VALUE = 1 << 4,
	MEMBER_HOST_LABEL = 1 << 5,
	MEMBER_STREAMING = 1 << 6,
	MEMBER_EVENT_PAYLOAD = 1 << 7,
};

enum op_flag {
	MODEL_OP_UNSIGNED = 1 << 0,
	MODEL_OP_IDEMPOTENT = 1 << 1,
	MODEL_OP_READONLY = 1 << 2,
	MODEL_OP_CHECKSUM_REQUIRED = 1 << 3,
	MODEL_OP_UNSIGNED_PAYLOAD = 1 << 4,
	MODEL_OP_CHECKSUM = 1 << 5, /* of the body, if the client says one */
};

enum limit_flag { LIMIT_MIN = 1 << 0, LIMIT_MAX = 1 << 1 };

enum location {
	IN_BODY,
	IN_HEADER,
	IN_HEADERS, /* by prefix: a map */
	IN_QUERY,
	IN_URI,
	IN_STATUS,
	IN_EVENT_HEADER, /* of an event's frame */
};

enum timestamp_form {
	TIMESTAMP_BY_PROTOCOL,
	TIMESTAMP_ISO8601,
	TIMESTAMP_UNIX,
	TIMESTAMP_RFC822
};

/* One per shape, sorted by name. */
struct shape_row {
	uint32_t name;
	uint32_t first; /* member row: of a structure, a list (1), a map (key, value) */
	uint16_t n_members;
	uint16_t flags;	 /* enum shape_flag */
	uint16_t limits; /* limits row, or MODEL_NONE */
	uint16_t fault;	 /* fault row, or MODEL_NONE */
	uint16_t
	    payload; /* the member, counted from `first`, that is the body; or MODEL_NONE */
	uint16_t extra;	   /* extra row, or MODEL_NONE */
	uint8_t type;	   /* enum model_type */
	uint8_t timestamp; /* enum timestamp_form */
};

/*
 * In the order of the model, which is that of the wire.  sorted[first + i]
 * is the i-th by name, counted from `first`.
 */
struct member_row {
	uint32_t name;
	uint32_t wire; /* locationName, or "" */
	uint16_t shape;
	uint16_t extra;	  /* extra row, or MODEL_NONE */
	uint8_t location; /* enum location */
	uint8_t flags;	  /* enum member_flag */
	uint8_t type;	  /* of the shape: here too, since codecs ask for each member */
	uint8_t wire_len; /* of the name on the wire: `wire`, or else `name` */
};

/* What a value must be. */
struct limit_row {
	double min, max; /* length, number of elements, or value */
	uint32_t pattern;
	uint32_t first_enum; /* sorted texts in enums[] */
	uint16_t n_enums;
	uint16_t flags; /* enum limit_flag */
};

/* What an exception is on the wire. */
struct fault_row {
	uint32_t code;	 /* "" when it is the shape's name */
	uint16_t status; /* 0: 400, or 500 for a fault */
	uint8_t sender;	 /* 1: the model says that it is the sender's fault */
};

/* What few shapes, members and inputs have. */
struct extra_row {
	uint32_t query_name;
	uint32_t wire; /* locationName of a shape, or of an operation's input */
	uint32_t ns_uri, ns_prefix;
};

struct model_op {
	uint32_t name; /* first, see model.h */
	uint32_t uri;  /* "/{Bucket}?list-type=2" */
	uint32_t result_wrapper;
	uint32_t host_prefix;
	uint32_t first_error; /* shapes in errors[] */
	uint16_t n_errors;
	uint16_t input, output; /* shapes, or MODEL_NONE */
	uint16_t input_extra;	/* extra row: the root element's name and namespace */
	uint16_t status;	/* of success; 0: 200 */
	uint8_t method;		/* enum model_method */
	uint8_t flags;		/* enum op_flag */
};

enum model_method {
	METHOD_GET,
	METHOD_POST,
	METHOD_PUT,
	METHOD_DELETE,
	METHOD_HEAD,
	METHOD_PATCH
};

struct model {
	const char *text;
	const struct shape_row *shapes;
	const struct member_row *members;
	const uint16_t *sorted;
	const struct limit_row *limits;
	const struct fault_row *faults;
	const struct extra_row *extras;
	const struct model_op *ops; /* sorted by name */
	const uint32_t *enums;
	const uint16_t *errors;
	uint32_t text_len, n_members, n_enums, n_errors;
	uint16_t n_shapes, n_ops, n_limits, n_faults, n_extras;
	/* Texts. */
	uint32_t name, api_version, endpoint_prefix, signing_name, service_id;
	uint32_t json_version, target_prefix, global_endpoint, ns_uri;
	uint8_t protocol;  /* enum model_protocol */
	uint8_t protocols; /* bit 1 << enum model_protocol for each that it speaks */
	uint8_t query_compatible;
	uint8_t unsigned_service; /* auth: none at all */
};

/* Made by modelc, sorted by name. */
extern const struct model *const model_all[];
extern const size_t model_all_count;

static inline const char *
model_text(const struct model *m, uint32_t offset)
{
	return m->text + offset;
}

/* By name: the shape, or MODEL_NONE. */
uint16_t model_shape_find(const struct model *m, const char *name);

/* By name: the row of a structure's member, or NULL. */
const struct member_row *model_member_row(const struct model *m, uint16_t structure,
    const char *name);

/* NULL when there is none. */
const struct extra_row *model_extra(const struct model *m, uint16_t extra);
const struct limit_row *model_limits(const struct model *m, uint16_t shape);

/*
 * The exception whose wire code (or shape name) is `code`, among the
 * operation's own errors first (op may be NULL), then the service's: its
 * shape, or MODEL_NONE.
 */
uint16_t model_error_find(const struct model *m, const struct model_op *op,
    const char *code);

#endif
