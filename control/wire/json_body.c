#include "control/wire/json_body.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "control/wire/codec.h"
#include "control/wire/scalar.h"

struct reader {
	struct arena *arena;
	const struct model *m;
	struct err *err;
};

static int read_value(struct reader *r, const struct member_row *row, json_t *v,
    json_t **ret);

static const char *
kind_name(json_type kind)
{
	static const char *const kinds[] = {
		[JSON_OBJECT] = "START_OBJECT",
		[JSON_ARRAY] = "START_ARRAY",
		[JSON_STRING] = "STRING_VALUE",
		[JSON_INTEGER] = "NUMBER_VALUE",
		[JSON_REAL] = "DECIMAL_VALUE",
		[JSON_TRUE] = "TRUE_VALUE",
		[JSON_FALSE] = "FALSE_VALUE",
		[JSON_NULL] = "NULL_VALUE",
	};

	return kinds[kind];
}

void
json_body_mistyped(const struct model *m, uint16_t shape, json_type kind, struct err *err)
{
	static const char *const types[] = {
		[TYPE_STRUCTURE] = "Structure",
		[TYPE_LIST] = "List",
		[TYPE_MAP] = "Map",
		[TYPE_STRING] = "String",
		[TYPE_INTEGER] = "Integer",
		[TYPE_LONG] = "Long",
		[TYPE_FLOAT] = "Float",
		[TYPE_DOUBLE] = "Double",
		[TYPE_BOOLEAN] = "Boolean",
		[TYPE_BLOB] = "Blob",
		[TYPE_TIMESTAMP] = "Timestamp",
	};
	enum model_type type = model_shape_type(m, shape);

	if (kind == JSON_OBJECT)
		err_set_fn(err, &wire_bad_body,
		    "Start of structure or map found where not expected.");
	else if (kind == JSON_ARRAY)
		err_set_fn(err, &wire_bad_body, "Start of list found where not expected");
	else if (type == TYPE_LIST || type == TYPE_STRUCTURE || type == TYPE_MAP)
		err_set_fn(err, &wire_bad_body, "Expected %s or null",
		    type == TYPE_LIST	 ? "list" :
			type == TYPE_MAP ? "map" :
					   "structure");
	else
		err_set_fn(err, &wire_bad_body, "%s can not be converted to a%s %s",
		    kind_name(kind), type == TYPE_INTEGER ? "n" : "", types[type]);
}

static void
mistyped(const struct reader *r, uint16_t shape, const json_t *v)
{
	json_body_mistyped(r->m, shape, json_typeof(v), r->err);
}

/* Only a REST request's first level has members elsewhere than in the body. */
static const char *
name_in_body(const struct model *m, const struct member_row *row)
{
	return row->location == IN_BODY ? member_wire_name(m, row) : member_name(m, row);
}

static int
read_structure(struct reader *r, uint16_t shape, json_t *from, int is_root, json_t *into)
{
	const struct shape_row *s = &r->m->shapes[shape];

	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &r->m->members[s->first + i];
		json_t *v = json_get(from, name_in_body(r->m, row)), *value;

		if (v == NULL || json_is_null(v) || (is_root && row->location != IN_BODY))
			continue;
		if (read_value(r, row, v, &value) < 0)
			return -1;
		json_set(into, member_name(r->m, row), value);
	}
	return 0;
}

static int
read_list(struct reader *r, const struct shape_row *s, json_t *from, json_t *into)
{
	const struct member_row *element = &r->m->members[s->first];
	json_t *v, *value;
	size_t i;

	json_array_foreach(from, i, v) {
		if (json_is_null(v)) {
			if ((s->flags & SHAPE_SPARSE) != 0)
				json_add(into, json_null());
			continue;
		}
		if (read_value(r, element, v, &value) < 0)
			return -1;
		json_add(into, value);
	}
	return 0;
}

static int
read_map(struct reader *r, const struct shape_row *s, json_t *from, json_t *into)
{
	const struct member_row *values = &r->m->members[s->first + 1];
	const char *key;
	json_t *v, *value;

	json_object_foreach(from, key, v) {
		if (json_is_null(v)) {
			if ((s->flags & SHAPE_SPARSE) != 0)
				json_set(into, key, json_null());
			continue;
		}
		if (read_value(r, values, v, &value) < 0)
			return -1;
		json_set(into, key, value);
	}
	return 0;
}

static int
read_container(struct reader *r, const struct member_row *row, json_t *v, json_t **ret)
{
	const struct shape_row *s = &r->m->shapes[row->shape];
	int list = s->type == TYPE_LIST, rc;
	json_t *value;

	if (list ? !json_is_array(v) : !json_is_object(v)) {
		mistyped(r, row->shape, v);
		return -1;
	}
	value = list ? json_new_array() : json_new_object();
	if (list)
		rc = read_list(r, s, v, value);
	else if (s->type == TYPE_MAP)
		rc = read_map(r, s, v, value);
	else
		rc = read_structure(r, row->shape, v, 0, value);
	if (rc < 0) {
		json_decref(value);
		return -1;
	}
	*ret = value;
	return 0;
}

/* A whole number that may have been written with a fraction of zero. */
static json_t *
whole(const json_t *v, json_int_t min, json_int_t max)
{
	const double most = 9007199254740992.0; /* up to here doubles are exact */
	double d;

	if (json_is_integer(v))
		return json_integer_value(v) >= min && json_integer_value(v) <= max ?
		    json_new_int(json_integer_value(v)) :
		    NULL;
	d = json_real_value(v);
	if (!json_is_real(v) || !(d >= -most && d <= most) ||
	    d != (double)(json_int_t)d || d < (double)min || d > (double)max)
		return NULL;
	return json_new_int((json_int_t)d);
}

/* Strings are read as the text forms are, but numbers and booleans are not strings here. */
static json_t *
from_string(struct reader *r, enum model_type type, uint16_t shape, const json_t *v)
{
	const char *s = json_string_value(v);

	if (type == TYPE_STRING || type == TYPE_BLOB || type == TYPE_TIMESTAMP)
		return scalar_read(r->arena, r->m, shape, s, json_string_length(v));
	if ((type == TYPE_FLOAT || type == TYPE_DOUBLE) &&
	    (s[0] == 'N' || s[0] == 'I' || s[1] == 'I'))
		return scalar_read(r->arena, r->m, shape, s, json_string_length(v));
	return NULL;
}

static json_t *
from_other(enum model_type type, json_t *v)
{
	if (type == TYPE_BOOLEAN && json_is_boolean(v))
		return json_incref(v);
	if (type == TYPE_INTEGER)
		return whole(v, INT_MIN, INT_MAX);
	if (type == TYPE_LONG)
		return whole(v, LLONG_MIN, LLONG_MAX);
	if ((type == TYPE_FLOAT || type == TYPE_DOUBLE || type == TYPE_TIMESTAMP) &&
	    json_is_number(v))
		return json_incref(v);
	return NULL;
}

static int
read_value(struct reader *r, const struct member_row *row, json_t *v, json_t **ret)
{
	const struct shape_row *s = &r->m->shapes[row->shape];
	json_t *value;

	if ((s->flags & SHAPE_DOCUMENT) != 0) {
		*ret = json_incref(v);
		return 0;
	}
	if (s->type == TYPE_STRUCTURE || s->type == TYPE_LIST || s->type == TYPE_MAP)
		return read_container(r, row, v, ret);
	value = json_is_string(v) ?
	    from_string(r, (enum model_type)s->type, row->shape, v) :
	    from_other((enum model_type)s->type, v);
	if (value == NULL) {
		mistyped(r, row->shape, v);
		return -1;
	}
	*ret = value;
	return 0;
}

int
json_body_read(struct arena *a, const struct model *m, uint16_t structure, json_t *body,
    json_t *into, struct err *err)
{
	struct reader r = { .arena = a, .m = m, .err = err };

	return read_structure(&r, structure, body, 1, into);
}

struct writer {
	struct buf *b;
	const struct model *m;
	enum timestamp_form by_protocol;
};

static void write_value(const struct writer *w, const struct member_row *row, json_t *v);

void
json_body_text(struct buf *b, const char *s, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	buf_chr(b, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		char code[] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15], '\0' };

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(b, s + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\') {
			buf_chr(b, '\\');
			buf_chr(b, (char)c);
		} else if (c == '\n') {
			buf_add(b, "\\n", 2);
		} else {
			buf_str(b, code);
		}
	}
	buf_add(b, s + from, len - from);
	buf_chr(b, '"');
}

static void
write_text_of_timestamp(const struct writer *w, enum timestamp_form form, const json_t *v)
{
	if (form != TIMESTAMP_UNIX)
		buf_chr(w->b, '"');
	timestamp_write(v, form, 0, w->b);
	if (form != TIMESTAMP_UNIX)
		buf_chr(w->b, '"');
}

static void
write_scalar(const struct writer *w, uint16_t shape, const json_t *v)
{
	if (json_is_string(v))
		json_body_text(w->b, json_string_value(v), json_string_length(v));
	else if (json_is_boolean(v))
		buf_str(w->b, json_is_true(v) ? "true" : "false");
	else if (json_is_number(v) && model_shape_type(w->m, shape) == TYPE_TIMESTAMP)
		write_text_of_timestamp(w, timestamp_form(w->m, shape, w->by_protocol),
		    v);
	else if (json_is_integer(v))
		integer_write(json_integer_value(v), w->b);
	else if (json_is_real(v))
		real_write(json_real_value(v), w->b);
	else
		assert(0); /* a document that is not of its shape */
}

static void
write_members(const struct writer *w, uint16_t structure, const json_t *doc, int more)
{
	const struct shape_row *s = &w->m->shapes[structure];

	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &w->m->members[s->first + i];
		json_t *v = json_object_get(doc, member_name(w->m, row));

		if (v == NULL || json_is_null(v))
			continue;
		buf_add(w->b, ",\"", more ? 2 : 0);
		if (!more)
			buf_chr(w->b, '"');
		more = 1;
		buf_str(w->b, name_in_body(w->m, row));
		buf_add(w->b, "\":", 2);
		write_value(w, row, v);
	}
}

static void
write_list(const struct writer *w, uint16_t shape, const json_t *v)
{
	const struct member_row *element = &w->m->members[w->m->shapes[shape].first];
	json_t *e;
	size_t i;

	assert(json_is_array(v));
	buf_chr(w->b, '[');
	json_array_foreach(v, i, e) {
		if (i > 0)
			buf_chr(w->b, ',');
		write_value(w, element, e);
	}
	buf_chr(w->b, ']');
}

static void
write_map(const struct writer *w, uint16_t shape, json_t *v)
{
	const struct member_row *values = &w->m->members[w->m->shapes[shape].first + 1];
	const char *key;
	json_t *e;
	int more = 0;

	assert(json_is_object(v));
	buf_chr(w->b, '{');
	json_object_foreach(v, key, e) {
		if (more)
			buf_chr(w->b, ',');
		more = 1;
		json_body_text(w->b, key, strlen(key));
		buf_chr(w->b, ':');
		write_value(w, values, e);
	}
	buf_chr(w->b, '}');
}

static void
write_value(const struct writer *w, const struct member_row *row, json_t *v)
{
	const struct shape_row *s = &w->m->shapes[row->shape];

	if (json_is_null(v)) {
		buf_add(w->b, "null", 4);
	} else if ((s->flags & SHAPE_DOCUMENT) != 0) {
		json_write(v, w->b);
	} else if (s->type == TYPE_LIST) {
		write_list(w, row->shape, v);
	} else if (s->type == TYPE_MAP) {
		write_map(w, row->shape, v);
	} else if (s->type == TYPE_STRUCTURE) {
		assert(json_is_object(v));
		buf_chr(w->b, '{');
		write_members(w, row->shape, v, 0);
		buf_chr(w->b, '}');
	} else {
		write_scalar(w, row->shape, v);
	}
}

void
json_body_value(struct buf *b, const struct model *m, const struct member_row *row,
    json_t *v, enum timestamp_form by_protocol)
{
	const struct writer w = { .b = b, .m = m, .by_protocol = by_protocol };

	write_value(&w, row, v);
}

void
json_body_members(struct buf *b, const struct model *m, uint16_t structure,
    const json_t *doc, enum timestamp_form by_protocol, int more)
{
	const struct writer w = { .b = b, .m = m, .by_protocol = by_protocol };

	write_members(&w, structure, doc, more);
}

void
json_body_write(struct buf *b, const struct model *m, uint16_t structure,
    const json_t *doc, enum timestamp_form by_protocol)
{
	buf_chr(b, '{');
	json_body_members(b, m, structure, doc, by_protocol, 0);
	buf_chr(b, '}');
}
