/*
 * REST: members in the path, the query and headers, in and out.
 */
#include <string.h>
#include <strings.h>

#include "base/enc.h"
#include "control/wire/codec.h"
#include "control/wire/rest.h"
#include "control/wire/scalar.h"

struct reader {
	struct arena *a;
	const struct model *m;
	const struct wire_request *req;
	const struct err_kind *bad;
	struct err *err;
};

static const struct member_row *
element_of(const struct model *m, uint16_t list)
{
	return &m->members[m->shapes[list].first];
}

/* In */

static int
mistyped(struct reader *r, const struct member_row *row, const char *text)
{
	return err_set(r->err, r->bad, "The value '%.100s' of %s is not a valid %s.",
	    utf8_is_valid(text, strlen(text)) ? text : "?", member_wire_name(r->m, row),
	    wire_type_name(r->m, row->shape));
}

/* The value of a scalar shape: 0 and *ret, the caller's; -1. */
static int
read_scalar(struct reader *r, const struct member_row *row, uint16_t shape,
    const char *text, size_t len, json_t **ret)
{
	*ret =
	    utf8_is_valid(text, len) ? scalar_read(r->a, r->m, shape, text, len) : NULL;
	return *ret != NULL ? 0 : mistyped(r, row, text);
}

static int
read_label(struct reader *r, const struct member_row *row,
    const struct rest_labels *labels, json_t *doc)
{
	const char *name = member_wire_name(r->m, row);
	size_t n = strlen(name), len;
	json_t *v;
	char *text;

	for (size_t i = 0; i < labels->n; i++) {
		const struct rest_label *l = &labels->label[i];

		if (l->name_len != n || strncmp(l->name, name, n) != 0)
			continue;
		text = arena_strndup(r->a, l->text, l->len);
		len = l->len;
		if (!percent_decode(text, &len, 0))
			return mistyped(r, row, text);
		if (read_scalar(r, row, row->shape, text, len, &v) < 0)
			return -1;
		json_set(doc, member_name(r->m, row), v);
	}
	return 0;
}

struct parameter {
	const char *name, *value;
	size_t name_len, value_len;
};

/* The next parameter of the query, decoded: 1, 0 there is none, -1. */
static int
next_parameter(struct reader *r, const char **p, struct parameter *ret)
{
	size_t n, bare;
	char *name, *value;

	while (**p == '&')
		(*p)++;
	if (**p == '\0')
		return 0;
	n = strcspn(*p, "&");
	bare = strcspn(*p, "=&");
	name = arena_strndup(r->a, *p, bare);
	value = bare < n ? arena_strndup(r->a, *p + bare + 1, n - bare - 1) :
			   arena_strdup(r->a, "");
	*p += n;
	ret->name_len = bare;
	ret->value_len = strlen(value);
	if (!percent_decode(name, &ret->name_len, 1) ||
	    !percent_decode(value, &ret->value_len, 1) ||
	    !utf8_is_valid(name, ret->name_len))
		return err_set(r->err, r->bad, "The query string is malformed.");
	ret->name = name;
	ret->value = value;
	return 1;
}

static const struct member_row *
query_member(struct reader *r, const struct shape_row *s, const struct parameter *p)
{
	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &r->m->members[s->first + i];

		if (row->location == IN_QUERY && row->type != TYPE_MAP &&
		    strcmp(member_wire_name(r->m, row), p->name) == 0)
			return row;
	}
	return NULL;
}

/* All parameters are the map's, also those that are another member's. */
static int
read_map_parameter(struct reader *r, const struct member_row *row,
    const struct parameter *p, json_t *doc)
{
	json_t *map = json_need_object(doc, member_name(r->m, row)), *v;
	const struct member_row *value = element_of(r->m, row->shape) + 1;

	if (value->type != TYPE_LIST) {
		if (json_get(map, p->name) != NULL)
			return 0;
		if (read_scalar(r, row, value->shape, p->value, p->value_len, &v) < 0)
			return -1;
		json_set(map, p->name, v);
		return 0;
	}
	if (read_scalar(r, row, element_of(r->m, value->shape)->shape, p->value,
		p->value_len, &v) < 0)
		return -1;
	json_add(json_need_array(map, p->name), v);
	return 0;
}

static int
read_parameter(struct reader *r, const struct member_row *row, const struct parameter *p,
    json_t *doc)
{
	const char *name = member_name(r->m, row);
	json_t *v;

	if (row->type == TYPE_LIST) {
		if (read_scalar(r, row, element_of(r->m, row->shape)->shape, p->value,
			p->value_len, &v) < 0)
			return -1;
		json_add(json_need_array(doc, name), v);
		return 0;
	}
	if (json_get(doc, name) != NULL)
		return 0;
	if (read_scalar(r, row, row->shape, p->value, p->value_len, &v) < 0)
		return -1;
	json_set(doc, name, v);
	return 0;
}

static const struct member_row *
query_map(struct reader *r, const struct shape_row *s)
{
	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &r->m->members[s->first + i];

		if (row->location == IN_QUERY && row->type == TYPE_MAP)
			return row;
	}
	return NULL;
}

static int
read_query(struct reader *r, const struct model_op *op, const struct shape_row *s,
    json_t *doc)
{
	const struct member_row *map = query_map(r, s), *row;
	const char *p = r->req->query;
	struct parameter param;
	int rc;

	while ((rc = next_parameter(r, &p, &param)) > 0) {
		row = query_member(r, s, &param);
		if ((row != NULL && read_parameter(r, row, &param, doc) < 0) ||
		    (map != NULL && !rest_is_static(r->m, op, param.name) &&
			read_map_parameter(r, map, &param, doc) < 0))
			return -1;
	}
	return rc;
}

/*
 * The next element of a header's list: a quoted string, or up to the comma; dates in words have
 * a comma of their own.  *p is moved behind it.
 */
static char *
next_element(struct reader *r, int is_date, const char **p)
{
	const char *s = *p + strspn(*p, " \t");
	struct buf *b;
	size_t n;

	if (*s == '"') {
		b = buf_new(r->a, 0);
		for (s++; *s != '\0' && *s != '"'; s++) {
			s += *s == '\\' && s[1] != '\0';
			buf_chr(b, *s);
		}
		s += *s == '"';
		*p = s + strcspn(s, ",");
		return arena_strdup(r->a, buf_text(b));
	}
	n = strcspn(s, ",");
	if (is_date && s[n] == ',')
		n += 1 + strcspn(s + n + 1, ",");
	*p = s + n;
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return arena_strndup(r->a, s, n);
}

static int
read_header_list(struct reader *r, const struct member_row *row, const char *text,
    json_t *doc)
{
	const struct member_row *element = element_of(r->m, row->shape);
	json_t *list = json_need_array(doc, member_name(r->m, row)), *v;
	int is_date = element->type == TYPE_TIMESTAMP &&
	    timestamp_form(r->m, element->shape, TIMESTAMP_RFC822) == TIMESTAMP_RFC822;

	while (*text != '\0') {
		char *one = next_element(r, is_date, &text);

		if (read_scalar(r, row, element->shape, one, strlen(one), &v) < 0)
			return -1;
		json_add(list, v);
		text += *text == ',';
	}
	return 0;
}

/* JSON in base64: the text of it. */
static int
read_json_value(struct reader *r, const struct member_row *row, const char *text,
    json_t *doc)
{
	unsigned char *bytes;
	size_t n;

	if (!base64_decode(r->a, text, strlen(text), &bytes, &n) ||
	    !utf8_is_valid((const char *)bytes, n))
		return mistyped(r, row, text);
	json_set(doc, member_name(r->m, row), json_new_strn((const char *)bytes, n));
	return 0;
}

static int
read_header(struct reader *r, const struct member_row *row, json_t *doc)
{
	const char *text = wire_header(r->req, member_wire_name(r->m, row));
	json_t *v;

	/* What the body came compressed with is not the caller's word; but S3 keeps it. */
	if (strcasecmp(member_wire_name(r->m, row), "Content-Encoding") == 0 &&
	    strcmp(model_name(r->m), "s3") != 0)
		wire_is_gzipped(r->a, text, &text);
	if (text == NULL)
		return 0;
	if ((row->flags & MEMBER_JSON_VALUE) != 0)
		return read_json_value(r, row, text, doc);
	if (row->type == TYPE_LIST)
		return read_header_list(r, row, text, doc);
	if (read_scalar(r, row, row->shape, text, strlen(text), &v) < 0)
		return -1;
	json_set(doc, member_name(r->m, row), v);
	return 0;
}

/* All headers that begin so, by the rest of their names. */
static int
read_headers(struct reader *r, const struct member_row *row, json_t *doc)
{
	const char *prefix = model_text(r->m, row->wire);
	uint16_t shape = element_of(r->m, row->shape)[1].shape;
	size_t n = strlen(prefix);
	json_t *v;

	for (size_t i = 0; i < r->req->n_headers; i++) {
		const struct wire_header *h = &r->req->headers[i];

		if (strncasecmp(h->name, prefix, n) != 0 || h->name[n] == '\0')
			continue;
		if (!utf8_is_valid(h->name, strlen(h->name)))
			return mistyped(r, row, h->name);
		if (read_scalar(r, row, shape, h->value, strlen(h->value), &v) < 0)
			return -1;
		json_set(json_need_object(doc, member_name(r->m, row)), h->name + n, v);
	}
	return 0;
}

static int
read_member(struct reader *r, const struct member_row *row,
    const struct rest_labels *labels, json_t *doc)
{
	switch ((enum location)row->location) {
	case IN_URI:
		return read_label(r, row, labels, doc);
	case IN_HEADER:
		return read_header(r, row, doc);
	case IN_HEADERS:
		return read_headers(r, row, doc);
	case IN_BODY:
	case IN_QUERY:
	case IN_STATUS:
	case IN_EVENT_HEADER:
		break;
	}
	return 0;
}

int
rest_read(struct arena *a, const struct model *m, const struct model_op *op,
    const struct wire_request *req, const struct err_kind *bad, json_t *doc,
    struct err *err)
{
	struct reader r = { a, m, req, bad, err };
	struct rest_labels labels = { .n = 0 };
	const struct shape_row *s;

	if (op->input == MODEL_NONE)
		return 0;
	s = &m->shapes[op->input];
	rest_match(model_text(m, op->uri), rest_path(a, m, req), &labels);
	for (uint16_t i = 0; i < s->n_members; i++) {
		if (read_member(&r, &m->members[s->first + i], &labels, doc) < 0)
			return -1;
	}
	return read_query(&r, op, s, doc);
}

const struct member_row *
rest_payload(const struct model *m, uint16_t structure)
{
	const struct shape_row *s;

	if (structure == MODEL_NONE)
		return NULL;
	s = &m->shapes[structure];
	return s->payload == MODEL_NONE ? NULL : &m->members[s->first + s->payload];
}

/* Replies have neither path nor query. */
static int
is_in_body(const struct member_row *row, int is_reply)
{
	return row->location == IN_BODY ||
	    (is_reply && (row->location == IN_URI || row->location == IN_QUERY));
}

int
rest_has_body(const struct model *m, uint16_t structure, int is_reply)
{
	const struct shape_row *s;

	if (structure == MODEL_NONE)
		return 0;
	s = &m->shapes[structure];
	if (s->payload != MODEL_NONE)
		return 0;
	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = m->members + s->first + i;

		if (is_in_body(row, is_reply))
			return 1;
	}
	return 0;
}

json_t *
rest_read_payload(struct arena *a, const struct member_row *payload, const char *body,
    size_t len)
{
	if (payload->type == TYPE_BLOB)
		return json_new_str(base64_encode(a, body, len));
	return utf8_is_valid(body, len) ? json_new_strn(body, len) : NULL;
}

/* Out */

static void
write_text(const struct model *m, uint16_t shape, const json_t *v, struct buf *b)
{
	if (json_is_string(v))
		buf_str(b, json_string_value(v));
	else if (json_is_boolean(v))
		buf_str(b, json_is_true(v) ? "true" : "false");
	else if (m->shapes[shape].type == TYPE_TIMESTAMP)
		timestamp_write(v, timestamp_form(m, shape, TIMESTAMP_RFC822), 0, b);
	else if (json_is_integer(v))
		integer_write(json_integer_value(v), b);
	else
		real_write(json_number_value(v), b);
}

/* An element that has what divides them is quoted. */
static void
write_element(const struct model *m, uint16_t shape, const json_t *v, struct buf *b)
{
	const char *s = json_string_value(v);

	if (s == NULL || strpbrk(s, ",\"") == NULL) {
		write_text(m, shape, v, b);
		return;
	}
	buf_chr(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_chr(b, '\\');
		buf_chr(b, *s);
	}
	buf_chr(b, '"');
}

/* Nothing that ends a header may stand in one. */
static const char *
header_safe(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);

	for (char *p = copy; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	}
	return copy;
}

static void
write_header(struct arena *a, const struct model *m, const struct member_row *row,
    const json_t *v, struct wire_reply *reply)
{
	struct buf *b = buf_new(a, 0);
	const char *s;
	json_t *e;
	size_t i;

	if (row->type == TYPE_LIST) {
		if (json_array_size(v) == 0)
			return;
		json_array_foreach(v, i, e) {
			buf_str(b, i > 0 ? ", " : "");
			write_element(m, element_of(m, row->shape)->shape, e, b);
		}
	} else if ((row->flags & MEMBER_JSON_VALUE) != 0) {
		s = json_is_string(v) ? json_string_value(v) : json_text(a, v);
		buf_str(b, base64_encode(a, s, strlen(s)));
	} else {
		write_text(m, row->shape, v, b);
	}
	wire_add_header(reply, member_wire_name(m, row), header_safe(a, buf_text(b)));
}

static void
write_headers(struct arena *a, const struct model *m, const struct member_row *row,
    json_t *v, size_t n_others, struct wire_reply *reply)
{
	const char *name;
	json_t *e;

	json_object_foreach(v, name, e) {
		struct buf *b = buf_new(a, 0);

		/* The other members, and what the protocol adds, have their places. */
		if (reply->n_headers + n_others + 16 >= WIRE_MAX_HEADERS)
			return;
		write_text(m, element_of(m, row->shape)[1].shape, e, b);
		wire_add_header(reply,
		    header_safe(a,
			arena_printf(a, "%s%s", model_text(m, row->wire), name)),
		    header_safe(a, buf_text(b)));
	}
}

void
rest_write(struct arena *a, const struct model *m, uint16_t structure, const json_t *doc,
    struct wire_reply *reply)
{
	const struct shape_row *s = &m->shapes[structure];

	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &m->members[s->first + i];
		json_t *v = json_get(doc, member_name(m, row));

		if (v == NULL || json_is_null(v))
			continue;
		if (row->location == IN_STATUS)
			reply->status = (int)json_integer_value(v);
		else if (row->location == IN_HEADER)
			write_header(a, m, row, v, reply);
		else if (row->location == IN_HEADERS)
			write_headers(a, m, row, v, s->n_members, reply);
	}
}

void
rest_write_payload(struct arena *a, const struct model *m,
    const struct member_row *payload, const json_t *v, struct wire_reply *reply)
{
	unsigned char *bytes;
	size_t n;

	if (payload->type != TYPE_BLOB)
		write_text(m, payload->shape, v, reply->body);
	else if (base64_decode(a, json_string_value(v), json_string_length(v), &bytes,
		     &n))
		buf_add(reply->body, bytes, n);
}

json_t *
rest_body_members(struct arena *a, const struct model *m, uint16_t structure,
    const json_t *doc)
{
	const struct shape_row *s = &m->shapes[structure];
	json_t *some = json_own(a, json_new_object());

	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &m->members[s->first + i];
		json_t *v = json_get(doc, member_name(m, row));

		if (v != NULL && is_in_body(row, 1))
			json_set(some, member_name(m, row), json_incref(v));
	}
	return some;
}
