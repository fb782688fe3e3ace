#include "control/wire/xml.h"

#include <assert.h>
#include <string.h>

#include "control/wire/codec.h"
#include "control/wire/scalar.h"

struct writer {
	struct buf *b;
	const struct model *m;
	int with_ms;
};

static void write_value(const struct writer *w, const char *name,
    const struct member_row *row, json_t *v);

void
xml_open(struct buf *b, const char *name)
{
	size_t n = strlen(name);
	char *p = buf_room(b, n + 2);

	if (p == NULL)
		return;
	p[0] = '<';
	memcpy(p + 1, name, n);
	p[n + 1] = '>';
	buf_added(b, n + 2);
}

void
xml_close(struct buf *b, const char *name)
{
	size_t n = strlen(name);
	char *p = buf_room(b, n + 3);

	if (p == NULL)
		return;
	p[0] = '<';
	p[1] = '/';
	memcpy(p + 2, name, n);
	p[n + 2] = '>';
	buf_added(b, n + 3);
}

/* What stands for the character, or NULL when it stands for itself. */
static const char *
escape(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\r':
		return "&#xD;";
	default:
		return c < 0x20 && c != '\t' && c != '\n' ? "\xef\xbf\xbd" : NULL;
	}
}

/* U+FFFE and U+FFFF: EF BF BE, EF BF BF. */
static int
is_no_character(const char *s, size_t left)
{
	return left >= 3 && memcmp(s, "\xef\xbf", 2) == 0 && (unsigned char)s[2] >= 0xbe;
}

static int
is_plain(unsigned char c)
{
	return (c > '>' && c != 0xef) || (c >= 0x20 && c < '<' && c != '&' && c != '"');
}

void
xml_text(struct buf *b, const char *s, size_t len)
{
	size_t from = 0, i = 0;

	while (i < len) {
		const char *e;
		size_t n = 1;

		if (is_plain((unsigned char)s[i])) {
			i++;
			continue;
		}
		e = escape((unsigned char)s[i]);
		if (e == NULL && is_no_character(s + i, len - i)) {
			e = "\xef\xbf\xbd";
			n = 3;
		}
		if (e != NULL) {
			buf_add(b, s + from, i - from);
			buf_str(b, e);
			from = i + n;
		}
		i += n;
	}
	buf_add(b, s + from, len - from);
}

void
xml_element(struct buf *b, const char *name, const char *text)
{
	xml_open(b, name);
	xml_text(b, text, strlen(text));
	xml_close(b, name);
}

static void
write_namespace(const struct writer *w, const struct extra_row *e)
{
	if (e == NULL || e->ns_uri == 0)
		return;
	buf_str(w->b, e->ns_prefix != 0 ? " xmlns:" : " xmlns");
	buf_str(w->b, model_text(w->m, e->ns_prefix));
	buf_str(w->b, "=\"");
	xml_text(w->b, model_text(w->m, e->ns_uri), strlen(model_text(w->m, e->ns_uri)));
	buf_chr(w->b, '"');
}

/* The start tag, with the member's namespace. */
static void
open_member(const struct writer *w, const char *name, const struct member_row *row)
{
	if (row->extra == MODEL_NONE) {
		xml_open(w->b, name);
		return;
	}
	buf_chr(w->b, '<');
	buf_str(w->b, name);
	write_namespace(w, model_extra(w->m, row->extra));
	buf_chr(w->b, '>');
}

static void
write_scalar(const struct writer *w, uint16_t shape, const json_t *v)
{
	enum timestamp_form form;

	switch (json_typeof(v)) {
	case JSON_STRING:
		xml_text(w->b, json_string_value(v), json_string_length(v));
		break;
	case JSON_TRUE:
		buf_add(w->b, "true", 4);
		break;
	case JSON_FALSE:
		buf_add(w->b, "false", 5);
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		form = timestamp_form(w->m, shape, TIMESTAMP_ISO8601);
		if (w->m->shapes[shape].type == TYPE_TIMESTAMP)
			timestamp_write(v, form, w->with_ms, w->b);
		else if (json_is_integer(v))
			integer_write(json_integer_value(v), w->b);
		else
			real_write(json_real_value(v), w->b);
		break;
	case JSON_OBJECT:
	case JSON_ARRAY:
	case JSON_NULL:
		assert(0); /* a document that is not of its shape */
	}
}

static void
write_list(const struct writer *w, const char *name, const struct member_row *row, json_t *v)
{
	const struct member_row *element = &w->m->members[w->m->shapes[row->shape].first];
	int flat = member_is_flat(w->m, row);
	json_t *e;
	size_t i;

	assert(json_is_array(v));
	if (flat) {
		name = member_element_name(w->m, row);
		json_array_foreach(v, i, e)
			write_value(w, name, element, e);
		return;
	}
	if (json_array_size(v) == 0) {
		buf_chr(w->b, '<');
		buf_str(w->b, name);
		buf_add(w->b, "/>", 2);
		return;
	}
	open_member(w, name, row);
	json_array_foreach(v, i, e)
		write_value(w, member_wire_name(w->m, element), element, e);
	xml_close(w->b, name);
}

static void
write_map(const struct writer *w, const char *name, const struct member_row *row, json_t *v)
{
	const struct member_row *key = &w->m->members[w->m->shapes[row->shape].first];
	int flat = member_is_flat(w->m, row);
	const char *entry = flat ? name : "entry", *k;
	json_t *e;

	assert(json_is_object(v));
	if (!flat)
		open_member(w, name, row);
	json_object_foreach(v, k, e) {
		if (flat)
			open_member(w, entry, row);
		else
			xml_open(w->b, entry);
		open_member(w, member_wire_name(w->m, key), key);
		xml_text(w->b, k, strlen(k));
		xml_close(w->b, member_wire_name(w->m, key));
		write_value(w, member_wire_name(w->m, key + 1), key + 1, e);
		xml_close(w->b, entry);
	}
	if (!flat)
		xml_close(w->b, name);
}

static void
write_structure(const struct writer *w, uint16_t structure, const json_t *v)
{
	const struct shape_row *s = &w->m->shapes[structure];

	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &w->m->members[s->first + i];
		json_t *member = json_object_get(v, member_name(w->m, row));

		if (member != NULL && !json_is_null(member))
			write_value(w, member_wire_name(w->m, row), row, member);
	}
}

static void
write_value(const struct writer *w, const char *name, const struct member_row *row, json_t *v)
{
	uint8_t type = w->m->shapes[row->shape].type;

	if (type == TYPE_LIST) {
		write_list(w, name, row, v);
		return;
	}
	if (type == TYPE_MAP) {
		write_map(w, name, row, v);
		return;
	}
	open_member(w, name, row);
	if (type == TYPE_STRUCTURE) {
		assert(json_is_object(v));
		write_structure(w, row->shape, v);
	} else if (!json_is_null(v)) {
		write_scalar(w, row->shape, v);
	}
	xml_close(w->b, name);
}

void
xml_members(struct buf *b, const struct model *m, uint16_t structure, const json_t *doc,
    int with_ms)
{
	const struct writer w = { .b = b, .m = m, .with_ms = with_ms };

	write_structure(&w, structure, doc);
}
