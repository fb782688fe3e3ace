/*
 * EC2's own Query: every list is flat, names begin with a capital, nothing unknown
 * is taken, and errors have an envelope and words of their own.
 */
#include <ctype.h>
#include <string.h>

#include "control/wire/codec.h"
#include "control/wire/form.h"
#include "control/wire/query.h"
#include "control/wire/xml.h"

static const struct err_kind missing_parameter = { "MissingParameter", 400 };
static const struct err_kind unknown_parameter = { "UnknownParameter", 400 };
static const struct err_kind invalid_value = { "InvalidParameterValue", 400 };

/* queryName, or locationName or else the name with a capital. */
static const char *
query_name(const struct model *m, const struct member_row *row, char *ret_first)
{
	const struct extra_row *e = model_extra(m, row->extra);
	const char *name;

	if (e != NULL && e->query_name != 0) {
		name = model_text(m, e->query_name);
		*ret_first = name[0];
	} else {
		name = member_wire_name(m, row);
		*ret_first = (char)toupper((unsigned char)name[0]);
	}
	return name;
}

static int
is_named(const struct model *m, const struct member_row *row, const char *name,
    size_t len)
{
	char first;
	const char *wire = query_name(m, row, &first);

	return len > 0 && first == name[0] && strncmp(wire + 1, name + 1, len - 1) == 0 &&
	    wire[len] == '\0';
}

static int
unknown(const char *path, struct err *err)
{
	return err_set(err, &unknown_parameter, "The parameter %s is not recognized",
	    path);
}

/* As EC2 names parameters when it finds fault with their values: "maxResults". */
static const char *
lower_first(struct arena *a, const char *name)
{
	char *copy = arena_strdup(a, name);

	copy[0] = (char)tolower((unsigned char)copy[0]);
	return copy;
}

static void
mistyped(const struct model *m, uint16_t shape, const char *path, const char *value,
    struct err *err)
{
	static const char *const types[] = {
		[TYPE_STRUCTURE] = "a structure",
		[TYPE_LIST] = "a list",
		[TYPE_MAP] = "a map",
		[TYPE_STRING] = "a string",
		[TYPE_INTEGER] = "an integer",
		[TYPE_LONG] = "an integer",
		[TYPE_FLOAT] = "a number",
		[TYPE_DOUBLE] = "a number",
		[TYPE_BOOLEAN] = "a boolean",
		[TYPE_BLOB] = "base64",
		[TYPE_TIMESTAMP] = "a date and time",
	};

	err_set_fn(err, &invalid_value,
	    "Value ( %.100s ) for parameter %.200s is invalid. Expecting %s.", value,
	    path, types[model_shape_type(m, shape)]);
}

static int
decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, json_t **ret, struct err *err)
{
	static const struct form_dialect dialect = {
		.is = is_named,
		.flat = 1,
		.unknown = unknown,
		.mistyped = mistyped,
	};

	return form_decode(a, m, op, &dialect, req, ret, err);
}

/* "Filter.1.Name" */
static void
path_text(const struct model *m, const struct where *w, struct buf *b)
{
	if (w == NULL)
		return;
	path_text(m, w->up, b);
	if (w->up != NULL)
		buf_chr(b, '.');
	if (w->row != NULL) {
		char first;
		const char *name = query_name(m, w->row, &first);

		buf_chr(b, first);
		buf_str(b, name + 1);
	} else if (w->key != NULL) {
		buf_str(b, w->key);
	} else {
		buf_printf(b, "%zu", w->index);
	}
}

/* EC2 reports the first thing that is wrong. */
static int
complain(struct arena *a, const struct model *m, const struct violation *found,
    size_t n UNUSED, struct err *err)
{
	struct buf *path = buf_new(a, 0), *value = buf_new(a, 0);
	const char *name;

	path_text(m, found->where, path);
	if (found->value != NULL)
		violation_value(found, value);
	name = lower_first(a, buf_text(path));
	switch (found->kind) {
	case VIOLATES_REQUIRED:
		return err_set(err, &missing_parameter,
		    "The request must contain the parameter %s", buf_text(path));
	case VIOLATES_MIN_VALUE:
		return err_set(err, &invalid_value,
		    "Value ( %s ) for parameter %s is invalid. Expecting a value greater than %.17g.",
		    buf_text(value), name, found->limits->min);
	case VIOLATES_MAX_VALUE:
		return err_set(err, &invalid_value,
		    "Value ( %s ) for parameter %s is invalid. Expecting a value less than %.17g.",
		    buf_text(value), name, found->limits->max);
	case VIOLATES_ENUM:
		return err_set(err, &invalid_value, "Invalid value '%s' for %s.",
		    buf_text(value), buf_text(path));
	case VIOLATES_MIN_LENGTH:
	case VIOLATES_MAX_LENGTH:
	case VIOLATES_PATTERN:
	case VIOLATES_UNION:
	case VIOLATES_ELEMENT:
		break;
	}
	return err_set(err, &invalid_value, "Value (%s) for parameter %s is invalid.",
	    buf_text(value), name);
}

static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/* Without an output EC2 says <return>true</return>. */
static void
encode(struct arena *a UNUSED, const struct model *m, const struct model_op *op,
    const json_t *out, const char *request_id, struct wire_reply *reply)
{
	const char *name = model_op_name(m, op), *ns = model_text(m, m->ns_uri);
	struct buf *b = reply->body;

	wire_add_header(reply, "Content-Type", "text/xml;charset=UTF-8");
	wire_add_header(reply, "x-amzn-RequestId", request_id);
	buf_str(b, declaration);
	buf_printf(b, "<%sResponse", name);
	if (*ns != '\0')
		buf_printf(b, " xmlns=\"%s%s\"", ns,
		    ns[strlen(ns) - 1] == '/' ? "" : "/");
	buf_str(b, ">\n");
	xml_element(b, "requestId", request_id);
	if (op->output != MODEL_NONE)
		xml_members(b, m, op->output, out, 1, reply->fragments);
	else
		xml_element(b, "return", "true");
	buf_printf(b, "</%sResponse>", name);
}

static void
encode_error(struct arena *a UNUSED, const struct model *m, const struct wire_failure *f,
    struct wire_reply *reply)
{
	struct buf *b = reply->body;

	wire_add_header(reply, "Content-Type", "text/xml;charset=UTF-8");
	wire_add_header(reply, "x-amzn-RequestId", f->request_id);
	buf_str(b, declaration);
	buf_str(b, "<Response><Errors><Error>");
	query_error_members(m, f, b);
	buf_str(b, "</Error></Errors>");
	xml_element(b, "RequestID", f->request_id);
	buf_str(b, "</Response>");
}

const struct codec codec_ec2 = {
	.protocol = PROTOCOL_EC2,
	.claims = query_claims,
	.route = query_route,
	.decode = decode,
	.complain = complain,
	.encode = encode,
	.encode_error = encode_error,
};
