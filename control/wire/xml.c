#include "control/wire/xml.h"

#include <assert.h>
#include <string.h>

#include "control/wire/codec.h"
#include "control/wire/fragments.h"
#include "control/wire/scalar.h"
#include "control/wire/slots.h"

struct writer {
	struct buf *b;
	const struct model *m;
	int with_ms;
	struct fragments *known;
	struct slots_memory memory;
};

static void write_value(struct writer *w, const char *name, const struct member_row *row,
    json_t *v);

static void
open_name(struct buf *b, const char *name, size_t n)
{
	char *p = buf_room(b, n + 2);

	if (p == NULL)
		return;
	p[0] = '<';
	memcpy(p + 1, name, n);
	p[n + 1] = '>';
	buf_added(b, n + 2);
}

static void
close_name(struct buf *b, const char *name, size_t n)
{
	char *p = buf_room(b, n + 3);

	if (p == NULL)
		return;
	p[0] = '<';
	p[1] = '/';
	memcpy(p + 2, name, n);
	p[n + 2] = '>';
	buf_added(b, n + 3);
}

void
xml_open(struct buf *b, const char *name)
{
	open_name(b, name, strlen(name));
}

void
xml_close(struct buf *b, const char *name)
{
	close_name(b, name, strlen(name));
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

/* Bytes that may need something else in their place. */
static const unsigned char special[256] = {
	[0] = 1,
	[1] = 1,
	[2] = 1,
	[3] = 1,
	[4] = 1,
	[5] = 1,
	[6] = 1,
	[7] = 1,
	[8] = 1,
	[11] = 1,
	[12] = 1,
	['\r'] = 1,
	[14] = 1,
	[15] = 1,
	[16] = 1,
	[17] = 1,
	[18] = 1,
	[19] = 1,
	[20] = 1,
	[21] = 1,
	[22] = 1,
	[23] = 1,
	[24] = 1,
	[25] = 1,
	[26] = 1,
	[27] = 1,
	[28] = 1,
	[29] = 1,
	[30] = 1,
	[31] = 1,
	['"'] = 1,
	['&'] = 1,
	['<'] = 1,
	['>'] = 1,
	[0xef] = 1,
};

/* How many bytes from the first stand for themselves. */
static size_t
plain_length(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && !special[(unsigned char)s[i]])
		i++;
	return i;
}

void
xml_text(struct buf *b, const char *s, size_t len)
{
	size_t from = 0, i = 0;

	while (i < len) {
		const char *e;
		size_t n = 1;

		if (!special[(unsigned char)s[i]]) {
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
add_namespace(struct buf *b, const struct model *m, const struct extra_row *e)
{
	if (e == NULL || e->ns_uri == 0)
		return;
	buf_str(b, e->ns_prefix != 0 ? " xmlns:" : " xmlns");
	buf_str(b, model_text(m, e->ns_prefix));
	buf_str(b, "=\"");
	xml_text(b, model_text(m, e->ns_uri), strlen(model_text(m, e->ns_uri)));
	buf_chr(b, '"');
}

static void
write_namespace(struct writer *w, const struct extra_row *e)
{
	add_namespace(w->b, w->m, e);
}

void
xml_attributes(struct buf *b, const struct model *m, uint16_t structure, const json_t *v)
{
	const struct shape_row *s = &m->shapes[structure];

	add_namespace(b, m, model_extra(m, s->extra));
	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &m->members[s->first + i];
		const char *text = json_str(v, member_name(m, row));

		if ((row->flags & MEMBER_XML_ATTRIBUTE) == 0 || text == NULL)
			continue;
		buf_printf(b, " %s=\"", member_wire_name(m, row));
		xml_text(b, text, strlen(text));
		buf_chr(b, '"');
	}
}

/* The start tag, with the member's namespace. */
static void
open_member(struct writer *w, const char *name, const struct member_row *row)
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

/* The shape has attributes, or a namespace, which only REST-XML says. */
static int
is_dressed(const struct model *m, uint16_t shape)
{
	return (m->shapes[shape].flags & SHAPE_XML_ATTRIBUTES) != 0 ||
	    (m->shapes[shape].extra != MODEL_NONE && m->protocol == PROTOCOL_REST_XML);
}

/* The start tag of a structure of which some members are attributes. */
static void
open_with_attributes(struct writer *w, const char *name, const struct member_row *row,
    const json_t *v)
{
	buf_chr(w->b, '<');
	buf_str(w->b, name);
	write_namespace(w, model_extra(w->m, row->extra));
	xml_attributes(w->b, w->m, row->shape, v);
	buf_chr(w->b, '>');
}

static void
write_scalar(struct writer *w, uint16_t shape, const json_t *v)
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
write_list(struct writer *w, const char *name, const struct member_row *row, json_t *v)
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
write_map(struct writer *w, const char *name, const struct member_row *row, json_t *v)
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
write_member(struct writer *w, const struct member_row *row, json_t *v)
{
	if ((row->flags & MEMBER_XML_ATTRIBUTE) != 0)
		return;
	write_value(w, member_wire_name(w->m, row), row, v);
}

/* The root is borrowed as constant, and its members are few: by name. */
static void
write_by_name(struct writer *w, const struct shape_row *s, const json_t *doc)
{
	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &w->m->members[s->first + i];
		json_t *v = json_object_get(doc, member_name(w->m, row));

		if (v != NULL && !json_is_null(v))
			write_member(w, row, v);
	}
}

static void
write_by_slots(struct writer *w, uint16_t structure, json_t *v)
{
	const struct shape_row *s = &w->m->shapes[structure];
	json_t **slot;
	size_t n;

	n = slots_take(&w->memory, w->m, structure, v, &slot);
	if (n == 0)
		write_by_name(w, s, v);
	for (size_t i = 0; i < n; i++) {
		if (slot[i] != NULL)
			write_member(w, &w->m->members[s->first + i], slot[i]);
	}
	slots_drop(&w->memory, n);
}

static void
write_structure(struct writer *w, uint16_t structure, json_t *v)
{
	struct fragment_key key = { v, w->m, structure, w->with_ms };
	enum fragment_state state = FRAGMENT_UNKNOWN;
	size_t start = w->b->len;

	assert(json_is_object(v));
	if (w->known != NULL && fragments_are_of(v))
		state = fragments_add(w->known, &key, w->b);
	if (state == FRAGMENT_ADDED)
		return;
	write_by_slots(w, structure, v);
	if (state == FRAGMENT_WANTED && !buf_is_full(w->b))
		fragments_keep(w->known, &key, w->b->data + start, w->b->len - start);
}

/* Most of every reply: <name>text</name> that is plain, in one go. */
static int
write_plain(struct writer *w, const char *name, size_t n, const json_t *v)
{
	size_t len = json_string_length(v);
	const char *s = json_string_value(v);
	char *p;

	if (plain_length(s, len) != len || (p = buf_room(w->b, 2 * n + len + 5)) == NULL)
		return 0;
	*p++ = '<';
	p = mempcpy(p, name, n);
	*p++ = '>';
	p = mempcpy(p, s, len);
	*p++ = '<';
	*p++ = '/';
	p = mempcpy(p, name, n);
	*p = '>';
	buf_added(w->b, 2 * n + len + 5);
	return 1;
}

static void
write_value(struct writer *w, const char *name, const struct member_row *row, json_t *v)
{
	uint8_t type = row->type;
	size_t n;

	if (type == TYPE_LIST) {
		write_list(w, name, row, v);
		return;
	}
	if (type == TYPE_MAP) {
		write_map(w, name, row, v);
		return;
	}
	n = name == member_wire_name(w->m, row) ? row->wire_len : strlen(name);
	if (row->extra == MODEL_NONE && json_is_string(v) && write_plain(w, name, n, v))
		return;
	if (type == TYPE_STRUCTURE && is_dressed(w->m, row->shape))
		open_with_attributes(w, name, row, v);
	else if (row->extra != MODEL_NONE)
		open_member(w, name, row);
	else
		open_name(w->b, name, n);
	if (type == TYPE_STRUCTURE)
		write_structure(w, row->shape, v);
	else if (!json_is_null(v))
		write_scalar(w, row->shape, v);
	close_name(w->b, name, n);
}

void
xml_members(struct buf *b, const struct model *m, uint16_t structure, const json_t *doc,
    int with_ms, struct fragments *known)
{
	struct writer w;

	w.b = b;
	w.m = m;
	w.with_ms = with_ms;
	w.known = known;
	slots_init(&w.memory);
	write_by_name(&w, &m->shapes[structure], doc);
}
