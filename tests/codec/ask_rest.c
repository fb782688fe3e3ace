/*
 * ask() in REST: labels, query, headers, and bodies in JSON and XML.
 */
#include <assert.h>
#include <string.h>

#include "base/cc.h"
#include "base/enc.h"
#include "control/wire/codec.h"
#include "control/wire/xml.h"
#include "tests/codec/ask_parts.h"

/* XML */

struct xml {
	struct arena *a;
	const struct model *m;
	struct buf *b;
};

static void xml_value(struct xml *x, const char *name, uint16_t shape, int flat,
    const json_t *v);

static void
xml_structure(struct xml *x, const char *name, uint16_t shape, const json_t *v,
    int is_root)
{
	const struct shape_row *s = &x->m->shapes[shape];

	buf_printf(x->b, "<%s", name);
	for (size_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = ask_member(x->m, shape, i);
		const json_t *e = json_get(v, member_name(x->m, row));
		const char *text;

		if (e == NULL || (row->flags & MEMBER_XML_ATTRIBUTE) == 0)
			continue;
		text = ask_text(x->a, x->m, row->shape, e, TIMESTAMP_ISO8601);
		/* The prefix of an attribute's name has to be known. */
		if (strncmp(member_wire_name(x->m, row), "xsi:", 4) == 0)
			buf_str(x->b,
			    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
		buf_printf(x->b, " %s=\"", member_wire_name(x->m, row));
		xml_text(x->b, text, strlen(text));
		buf_str(x->b, "\"");
	}
	buf_str(x->b, ">");
	for (size_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = ask_member(x->m, shape, i);
		const json_t *e = json_get(v, member_name(x->m, row));

		if (e != NULL && (row->flags & MEMBER_XML_ATTRIBUTE) == 0 &&
		    (!is_root || row->location == IN_BODY))
			xml_value(x, member_element_name(x->m, row), row->shape,
			    member_is_flat(x->m, row), e);
	}
	xml_close(x->b, name);
}

static void
xml_list(struct xml *x, const char *name, uint16_t shape, int flat, const json_t *v)
{
	const struct member_row *row = ask_member(x->m, shape, 0);
	const char *own = row->wire != 0 ? model_text(x->m, row->wire) : "member";
	const json_t *e;
	size_t i;

	if (!flat)
		xml_open(x->b, name);
	json_array_foreach(v, i, e)
		xml_value(x, flat ? name : own, row->shape, 0, e);
	if (!flat)
		xml_close(x->b, name);
}

static void
xml_map(struct xml *x, const char *name, uint16_t shape, int flat, const json_t *v)
{
	const struct member_row *key = ask_member(x->m, shape, 0), *value = key + 1;
	const char *entry = flat ? name : "entry", *k;
	json_t *e;

	if (!flat)
		xml_open(x->b, name);
	json_object_foreach((json_t *)(uintptr_t)v, k, e) {
		xml_open(x->b, entry);
		xml_element(x->b, key->wire != 0 ? model_text(x->m, key->wire) : "key",
		    k);
		xml_value(x, value->wire != 0 ? model_text(x->m, value->wire) : "value",
		    value->shape, 0, e);
		xml_close(x->b, entry);
	}
	if (!flat)
		xml_close(x->b, name);
}

static void
xml_value(struct xml *x, const char *name, uint16_t shape, int flat, const json_t *v)
{
	uint8_t type = x->m->shapes[shape].type;

	if (json_is_array(v) && type == TYPE_LIST)
		xml_list(x, name, shape, flat, v);
	else if (json_is_object(v) && type == TYPE_MAP)
		xml_map(x, name, shape, flat, v);
	else if (json_is_object(v) && type == TYPE_STRUCTURE)
		xml_structure(x, name, shape, v, 0);
	else
		xml_element(x->b, name,
		    ask_text(x->a, x->m, shape, v, TIMESTAMP_ISO8601));
}

/* The REST bindings */

struct rest {
	struct arena *a;
	const struct model *m;
	const struct model_op *op;
	const json_t *in;
	struct wire_request *req;
	struct buf *query;
};

static void
add_query(struct rest *r, const char *name, const char *value)
{
	buf_str(r->query, r->query->len > 0 ? "&" : "");
	percent_encode(r->query, name, strlen(name), 0);
	buf_str(r->query, "=");
	percent_encode(r->query, value, strlen(value), 0);
}

static void
rest_query(struct rest *r, const struct member_row *row, const json_t *v)
{
	const struct shape_row *s = &r->m->shapes[row->shape];
	const char *name = member_wire_name(r->m, row), *k;
	uint16_t each = row->shape;
	const json_t *e, *one;
	json_t *value;
	size_t i, j;

	if (s->type == TYPE_MAP && json_is_object(v)) {
		json_object_foreach((json_t *)(uintptr_t)v, k, value) {
			if (!json_is_array(value))
				add_query(r, k,
				    ask_text(r->a, r->m, row->shape, value,
					TIMESTAMP_UNIX));
			json_array_foreach(value, j, one)
				add_query(r, k,
				    ask_text(r->a, r->m, row->shape, one,
					TIMESTAMP_UNIX));
		}
		return;
	}
	if (!json_is_array(v)) {
		add_query(r, name, ask_text(r->a, r->m, each, v, TIMESTAMP_ISO8601));
		return;
	}
	if (s->type == TYPE_LIST)
		each = ask_member(r->m, row->shape, 0)->shape;
	json_array_foreach(v, i, e)
		add_query(r, name, ask_text(r->a, r->m, each, e, TIMESTAMP_ISO8601));
}

/* Commas and quotes in an element of a header's list are quoted. */
static void
rest_header(struct rest *r, const struct member_row *row, const json_t *v)
{
	uint16_t each = row->shape;
	struct buf *b = buf_new(r->a, 0);
	const json_t *e;
	size_t i;

	if (json_is_array(v) && r->m->shapes[row->shape].type == TYPE_LIST) {
		each = ask_member(r->m, row->shape, 0)->shape;
		json_array_foreach(v, i, e)
			buf_printf(b, "%s%s", i > 0 ? ", " : "",
			    ask_text(r->a, r->m, each, e, TIMESTAMP_RFC822));
	} else if ((row->flags & MEMBER_JSON_VALUE) != 0) {
		const char *text =
		    json_is_string(v) ? json_string_value(v) : json_text(r->a, v);

		buf_str(b, base64_encode(r->a, text, strlen(text)));
	} else {
		buf_str(b, ask_text(r->a, r->m, each, v, TIMESTAMP_RFC822));
	}
	ask_header(r->req, member_wire_name(r->m, row), buf_text(b));
}

static void
rest_member(struct rest *r, const struct member_row *row, const json_t *v)
{
	const char *k;
	json_t *e;

	if (row->location == IN_QUERY) {
		rest_query(r, row, v);
	} else if (row->location == IN_HEADER) {
		rest_header(r, row, v);
	} else if (row->location == IN_HEADERS) {
		json_object_foreach((json_t *)(uintptr_t)v, k, e)
			ask_header(r->req,
			    arena_printf(r->a, "%s%s", model_text(r->m, row->wire), k),
			    ask_text(r->a, r->m, row->shape, e, TIMESTAMP_RFC822));
	}
}

/* The value of the label that begins at s, of n bytes, '+' behind it or not. */
static void
rest_label(struct rest *r, const char *s, size_t n, struct buf *path)
{
	const struct shape_row *input = &r->m->shapes[r->op->input];
	int is_greedy = n > 0 && s[n - 1] == '+';

	n -= (size_t)is_greedy;
	for (size_t i = 0; i < input->n_members; i++) {
		const struct member_row *row = ask_member(r->m, r->op->input, i);
		const char *wire = member_wire_name(r->m, row), *text;
		const json_t *v = json_get(r->in, member_name(r->m, row));

		if (row->location != IN_URI || strlen(wire) != n ||
		    strncmp(wire, s, n) != 0 || v == NULL)
			continue;
		text = ask_text(r->a, r->m, row->shape, v, TIMESTAMP_ISO8601);
		percent_encode(path, text, strlen(text), is_greedy);
	}
}

static void
rest_path(struct rest *r)
{
	const char *uri = model_text(r->m, r->op->uri), *end;
	struct buf *path = buf_new(r->a, 0);

	while (*uri != '\0' && *uri != '?') {
		if (*uri != '{') {
			buf_chr(path, *uri++);
			continue;
		}
		end = strchr(uri, '}');
		assert(end != NULL);
		rest_label(r, uri + 1, (size_t)(end - uri) - 1, path);
		uri = end + 1;
	}
	if (*uri == '?')
		buf_str(r->query, uri + 1);
	r->req->path = buf_text(path);
}

static const struct member_row *
payload_of(struct rest *r)
{
	const struct shape_row *input = &r->m->shapes[r->op->input];

	return input->payload == MODEL_NONE ?
	    NULL :
	    ask_member(r->m, r->op->input, input->payload);
}

static int
has_body_member(struct rest *r)
{
	const struct shape_row *input = &r->m->shapes[r->op->input];

	for (size_t i = 0; i < input->n_members; i++) {
		const struct member_row *row = ask_member(r->m, r->op->input, i);

		if (row->location == IN_BODY &&
		    json_get(r->in, member_name(r->m, row)) != NULL)
			return 1;
	}
	return 0;
}

static void
rest_document(struct rest *r, enum model_protocol protocol, uint16_t shape,
    const char *name, const json_t *v, int is_root, struct buf *b)
{
	struct xml x = { r->a, r->m, b };
	json_t *body;

	if (protocol == PROTOCOL_REST_XML) {
		xml_structure(&x, name, shape, v, is_root);
		ask_header(r->req, "Content-Type", "application/xml");
		return;
	}
	body = ask_renamed(r->m, shape, v, is_root);
	json_write(body, b);
	json_decref(body);
	ask_header(r->req, "Content-Type", "application/json");
}

static void
rest_body(struct rest *r, enum model_protocol protocol, struct buf *b)
{
	const struct member_row *payload = payload_of(r);
	const struct extra_row *extra = model_extra(r->m, r->op->input_extra);
	const json_t *v;
	unsigned char *bytes;
	size_t n;

	if (payload == NULL) {
		if (has_body_member(r))
			rest_document(r, protocol, r->op->input,
			    extra != NULL && extra->wire != 0 ?
				model_text(r->m, extra->wire) :
				arena_printf(r->a, "%sRequest",
				    model_text(r->m, r->op->name)),
			    r->in, 1, b);
		return;
	}
	v = json_get(r->in, member_name(r->m, payload));
	if (v == NULL)
		return;
	if (json_is_object(v)) {
		extra = model_extra(r->m, r->m->shapes[payload->shape].extra);
		rest_document(r, protocol, payload->shape,
		    payload->wire != 0 ? model_text(r->m, payload->wire) :
			extra != NULL && extra->wire != 0 ?
					 model_text(r->m, extra->wire) :
					 member_name(r->m, payload),
		    v, 0, b);
	} else if (payload->type == TYPE_BLOB && json_is_string(v)) {
		if (base64_decode(r->a, json_string_value(v), json_string_length(v),
			&bytes, &n))
			buf_add(b, bytes, n);
	} else {
		buf_str(b, ask_text(r->a, r->m, payload->shape, v, TIMESTAMP_UNIX));
	}
}

void
ask_rest(struct arena *a, const struct model *m, const struct model_op *op,
    enum model_protocol protocol, const json_t *in, struct wire_request *req,
    struct buf *b)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE", "HEAD",
		"PATCH" };
	struct rest r = { a, m, op, in, req, buf_new(a, 0) };

	req->method = methods[op->method];
	rest_path(&r);
	if (op->input != MODEL_NONE) {
		for (size_t i = 0; i < m->shapes[op->input].n_members; i++) {
			const struct member_row *row = ask_member(m, op->input, i);
			const json_t *v = json_get(in, member_name(m, row));

			if (v != NULL)
				rest_member(&r, row, v);
		}
		rest_body(&r, protocol, b);
	}
	req->query = buf_text(r.query);
}
