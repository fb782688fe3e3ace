#include "tests/codec/ask_parts.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "base/enc.h"
#include "control/wire/cbor.h"
#include "control/wire/codec.h"

#define AUTHORIZATION                                                     \
	"AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/%s/" \
	"aws4_request, SignedHeaders=host;x-amz-date, Signature=%064d"

/* A scalar as text. */
const char *
ask_text(struct arena *a, const struct model *m, uint16_t shape, const json_t *v,
    enum timestamp_form form)
{
	struct buf *b = buf_new(a, 0);

	if (json_is_string(v))
		return json_string_value(v);
	if (m->shapes[shape].type == TYPE_TIMESTAMP)
		timestamp_write(v, timestamp_form(m, shape, form), 0, b);
	else if (json_is_boolean(v))
		buf_str(b, json_is_true(v) ? "true" : "false");
	else if (json_is_integer(v))
		integer_write(json_integer_value(v), b);
	else if (json_is_real(v))
		real_write(json_real_value(v), b);
	else
		json_write(v, b);
	return buf_text(b);
}

const struct member_row *
ask_member(const struct model *m, uint16_t shape, size_t i)
{
	return &m->members[m->shapes[shape].first + i];
}

/* Forms: query and ec2 */

struct form {
	struct arena *a;
	const struct model *m;
	struct buf *b;
	int is_ec2;
};

static const char *
form_name(struct form *f, const struct member_row *row)
{
	const struct extra_row *extra = model_extra(f->m, row->extra);
	char *name;

	if (!f->is_ec2)
		return member_wire_name(f->m, row);
	if (extra != NULL && extra->query_name != 0)
		return model_text(f->m, extra->query_name);
	name = arena_strdup(f->a, member_wire_name(f->m, row));
	name[0] = (char)toupper((unsigned char)name[0]);
	return name;
}

static void form_value(struct form *f, const char *name, uint16_t shape, int flat,
    const json_t *v);

static void
form_list(struct form *f, const char *name, uint16_t shape, int flat, const json_t *v)
{
	const struct member_row *row = ask_member(f->m, shape, 0);
	const char *own = row->wire != 0 ? model_text(f->m, row->wire) : NULL, *dot;
	const json_t *e;
	size_t i;

	if (!f->is_ec2 && flat && own != NULL) {
		dot = strrchr(name, '.');
		name = dot == NULL ?
		    own :
		    arena_printf(f->a, "%.*s.%s", (int)(dot - name), name, own);
	} else if (!f->is_ec2 && !flat) {
		name = arena_printf(f->a, "%s.%s", name, own != NULL ? own : "member");
	}
	if (json_array_size(v) == 0)
		buf_printf(f->b, "&%s=", name);
	json_array_foreach(v, i, e)
		form_value(f, arena_printf(f->a, "%s.%zu", name, i + 1), row->shape, 0,
		    e);
}

static void
form_map(struct form *f, const char *name, uint16_t shape, int flat, const json_t *v)
{
	const struct member_row *key = ask_member(f->m, shape, 0), *value = key + 1;
	const char *k;
	json_t *e;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)v, k, e) {
		const char *entry =
		    arena_printf(f->a, flat ? "%s.%zu" : "%s.entry.%zu", name, ++n);
		const char *kn = key->wire != 0 ? model_text(f->m, key->wire) : "key";
		const char *vn =
		    value->wire != 0 ? model_text(f->m, value->wire) : "value";

		buf_printf(f->b, "&%s.%s=", entry, kn);
		percent_encode(f->b, k, strlen(k), 0);
		form_value(f, arena_printf(f->a, "%s.%s", entry, vn), value->shape, 0, e);
	}
}

static void
form_members(struct form *f, const char *prefix, uint16_t shape, const json_t *v)
{
	const struct shape_row *s = &f->m->shapes[shape];

	for (size_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = ask_member(f->m, shape, i);
		const json_t *e = json_get(v, member_name(f->m, row));
		const char *name = form_name(f, row);

		if (e != NULL)
			form_value(f,
			    prefix != NULL ? arena_printf(f->a, "%s.%s", prefix, name) :
					     name,
			    row->shape, member_is_flat(f->m, row), e);
	}
}

static void
form_value(struct form *f, const char *name, uint16_t shape, int flat, const json_t *v)
{
	const char *text;

	if (json_is_array(v) && f->m->shapes[shape].type == TYPE_LIST) {
		form_list(f, name, shape, flat, v);
	} else if (json_is_object(v) && f->m->shapes[shape].type == TYPE_MAP) {
		form_map(f, name, shape, flat, v);
	} else if (json_is_object(v)) {
		form_members(f, name, shape, v);
	} else {
		text = ask_text(f->a, f->m, shape, v, TIMESTAMP_ISO8601);
		buf_printf(f->b, "&%s=", name);
		percent_encode(f->b, text, strlen(text), 0);
	}
}

/* JSON: the document under the names of the wire. */

json_t *
ask_renamed(const struct model *m, uint16_t shape, const json_t *v, int is_rest)
{
	const struct shape_row *s = &m->shapes[shape];
	json_t *copy, *e;
	const char *name;
	size_t i;

	if (json_is_array(v) && s->type == TYPE_LIST) {
		copy = json_new_array();
		json_array_foreach(v, i, e)
			json_add(copy,
			    ask_renamed(m, ask_member(m, shape, 0)->shape, e, is_rest));
		return copy;
	}
	if (!json_is_object(v) || (s->flags & SHAPE_DOCUMENT) != 0)
		return json_copy_deep(v);
	copy = json_new_object();
	json_object_foreach((json_t *)(uintptr_t)v, name, e) {
		const struct member_row *row = s->type == TYPE_MAP ?
		    ask_member(m, shape, 1) :
		    model_member_row(m, shape, name);

		if (row == NULL)
			json_set(copy, name, json_incref(e));
		else if (!is_rest || row->location == IN_BODY)
			json_set(copy,
			    s->type == TYPE_MAP ? name : member_wire_name(m, row),
			    ask_renamed(m, row->shape, e, 0));
	}
	return copy;
}

/* CBOR */

static void
cbor_value(struct buf *b, const struct model *m, uint16_t shape, const json_t *v)
{
	const struct shape_row *s = &m->shapes[shape];
	struct arena *a;
	unsigned char *bytes;
	const char *name;
	size_t i, n;
	json_t *e;

	if (json_is_object(v)) {
		cbor_put(b, CBOR_MAP, json_object_size(v));
		json_object_foreach((json_t *)(uintptr_t)v, name, e) {
			const struct member_row *row = s->type == TYPE_MAP ?
			    ask_member(m, shape, 1) :
			    model_member_row(m, shape, name);

			cbor_put_text(b, name, strlen(name));
			cbor_value(b, m, row != NULL ? row->shape : shape, e);
		}
	} else if (json_is_array(v)) {
		cbor_put(b, CBOR_LIST, json_array_size(v));
		json_array_foreach(v, i, e)
			cbor_value(b, m,
			    s->type == TYPE_LIST ? ask_member(m, shape, 0)->shape : shape,
			    e);
	} else if (json_is_string(v) && s->type == TYPE_BLOB) {
		a = arena_new();
		if (base64_decode(a, json_string_value(v), json_string_length(v), &bytes,
			&n)) {
			cbor_put(b, CBOR_BYTES, n);
			buf_add(b, bytes, n);
		}
		arena_free(a);
	} else if (json_is_string(v)) {
		cbor_put_text(b, json_string_value(v), json_string_length(v));
	} else if (json_is_boolean(v)) {
		cbor_put_simple(b, json_is_true(v) ? CBOR_TRUE : CBOR_FALSE);
	} else if (json_is_number(v)) {
		if (s->type == TYPE_TIMESTAMP)
			cbor_put(b, CBOR_TAG, CBOR_TAG_EPOCH);
		if (json_is_integer(v))
			cbor_put_int(b, json_integer_value(v));
		else
			cbor_put_double(b, json_real_value(v));
	} else {
		cbor_put_simple(b, CBOR_NULL);
	}
}

/* All */

void
ask_header(struct wire_request *req, const char *name, const char *value)
{
	assert(req->n_headers < WIRE_MAX_HEADERS);
	req->headers[req->n_headers].name = name;
	req->headers[req->n_headers++].value = value;
}

static void
ask_form(struct arena *a, const struct model *m, const struct model_op *op, int is_ec2,
    const json_t *in, struct wire_request *req, struct buf *b)
{
	struct form f = { a, m, b, is_ec2 };

	buf_printf(b, "Action=%s&Version=%s", model_text(m, op->name),
	    model_text(m, m->api_version));
	if (op->input != MODEL_NONE)
		form_members(&f, NULL, op->input, in);
	ask_header(req, "Content-Type", "application/x-www-form-urlencoded");
}

static void
ask_json(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *in, struct wire_request *req, struct buf *b)
{
	json_t *body = op->input != MODEL_NONE ? ask_renamed(m, op->input, in, 0) :
						 json_new_object();

	json_write(body, b);
	json_decref(body);
	ask_header(req, "X-Amz-Target",
	    arena_printf(a, "%s.%s", model_text(m, m->target_prefix),
		model_text(m, op->name)));
	ask_header(req, "Content-Type",
	    strcmp(model_text(m, m->json_version), "1.0") == 0 ?
		"application/x-amz-json-1.0" :
		"application/x-amz-json-1.1");
}

static void
ask_cbor(struct arena *a, const struct model *m, const struct model_op *op,
    const json_t *in, struct wire_request *req, struct buf *b)
{
	const char *target = model_text(m, m->target_prefix);

	req->path = arena_printf(a, "/service/%s/operation/%s",
	    target[0] != '\0' ? target : model_service_id(m), model_text(m, op->name));
	ask_header(req, "smithy-protocol", "rpc-v2-cbor");
	ask_header(req, "Accept", "application/cbor");
	if (op->input == MODEL_NONE)
		return;
	ask_header(req, "Content-Type", "application/cbor");
	cbor_value(b, m, op->input, in);
}

void
ask(struct arena *a, const struct model *m, const struct model_op *op,
    enum model_protocol protocol, const json_t *in, struct wire_request *ret)
{
	struct buf *b = buf_new(a, 0);

	memset(ret, 0, sizeof(*ret));
	ret->method = "POST";
	ret->path = "/";
	ret->query = "";
	ask_header(ret, "Host", "localhost:4599");
	ask_header(ret, "X-Amz-Date", "20260101T000000Z");
	ask_header(ret, "Authorization",
	    arena_printf(a, AUTHORIZATION, model_signing_name(m), 0));
	switch (protocol) {
	case PROTOCOL_EC2:
	case PROTOCOL_QUERY:
		ask_form(a, m, op, protocol == PROTOCOL_EC2, in, ret, b);
		break;
	case PROTOCOL_JSON:
		ask_json(a, m, op, in, ret, b);
		break;
	case PROTOCOL_RPC_CBOR:
		ask_cbor(a, m, op, in, ret, b);
		break;
	case PROTOCOL_REST_JSON:
	case PROTOCOL_REST_XML:
		ask_rest(a, m, op, protocol, in, ret, b);
		break;
	}
	ret->body = buf_text(b);
	ret->body_len = b->len;
}
