/*
 * Structures are written as maps of indefinite length, as their members are found in one pass;
 * lists and maps with their counts.
 *
 * Not emulated: bignums and decimal fractions, which no shape of a model needs (refused), and
 * document types, which the protocol does not have.
 */
#include "control/wire/cbor_body.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/enc.h"
#include "control/wire/cbor.h"
#include "control/wire/codec.h"
#include "control/wire/json_body.h"

struct reader {
	struct arena *arena;
	const struct model *m;
	struct cbor c;
	struct err *err;
};

static int read_value(struct reader *r, uint16_t shape, const struct cbor_head *h,
    int depth, json_t **ret);

static int
malformed(struct reader *r)
{
	return err_set(r->err, &wire_bad_body, "%s",
	    r->c.bad != NULL ? r->c.bad : "Malformed CBOR");
}

static int
say(struct reader *r, const char *what)
{
	return err_set(r->err, &wire_bad_body, "%s", what);
}

static json_type
kind_of(const struct cbor_head *h)
{
	static const json_type kinds[] = {
		[CBOR_UINT] = JSON_INTEGER,
		[CBOR_NEGATIVE] = JSON_INTEGER,
		[CBOR_BYTES] = JSON_STRING,
		[CBOR_TEXT] = JSON_STRING,
		[CBOR_LIST] = JSON_ARRAY,
		[CBOR_MAP] = JSON_OBJECT,
		[CBOR_TAG] = JSON_INTEGER,
	};

	if (h->major != CBOR_SIMPLE)
		return kinds[h->major];
	if (h->info == CBOR_TRUE)
		return JSON_TRUE;
	if (h->info == CBOR_FALSE)
		return JSON_FALSE;
	return h->info >= CBOR_HALF && h->info <= CBOR_DOUBLE ? JSON_REAL : JSON_NULL;
}

static int
is_null(const struct cbor_head *h)
{
	return h->major == CBOR_SIMPLE &&
	    (h->info == CBOR_NULL || h->info == CBOR_UNDEFINED);
}

/* The head of a value; tags that say nothing of its type are stepped over. */
static int
next_value(struct reader *r, struct cbor_head *h)
{
	do {
		if (!cbor_next(&r->c, h))
			return malformed(r);
	} while (h->major == CBOR_TAG && h->n != CBOR_TAG_EPOCH &&
	    h->n != CBOR_TAG_BIGNUM && h->n != CBOR_TAG_BIG_NEGATIVE);
	if (h->major == CBOR_SIMPLE && h->info == CBOR_BREAK) {
		r->c.bad = "Unexpected break";
		return malformed(r);
	}
	return 0;
}

/* A map's key: the arena's. */
static int
next_key(struct reader *r, char **ret)
{
	struct cbor_head h;
	const char *s;
	size_t n;

	if (!cbor_next(&r->c, &h))
		return malformed(r);
	if (h.major != CBOR_TEXT)
		return say(r, "A map key is not a text string");
	if (!cbor_string(&r->c, r->arena, &h, &s, &n))
		return malformed(r);
	*ret = arena_strndup(r->arena, s, n);
	return 0;
}

/* One member or entry into `into`: 0 or -1. */
static int
read_entry(struct reader *r, json_t *into, const char *key, uint16_t shape, int sparse,
    int depth)
{
	struct cbor_head h;
	json_t *value = NULL;

	if (next_value(r, &h) < 0)
		return -1;
	if (json_get(into, key) != NULL)
		return err_set(r->err, &wire_bad_body, "Duplicate key '%.100s'", key);
	if (is_null(&h)) {
		if (sparse)
			json_set(into, key, json_null());
		return 0;
	}
	if (read_value(r, shape, &h, depth, &value) < 0)
		return -1;
	json_set(into, key, value);
	return 0;
}

static int
read_structure(struct reader *r, uint16_t shape, const struct cbor_head *map, int depth,
    json_t *into)
{
	uint64_t done = 0;

	while (cbor_more(&r->c, map, &done)) {
		const struct member_row *row;
		struct cbor_head h;
		char *key;

		if (next_key(r, &key) < 0)
			return -1;
		row = model_member_row(r->m, shape, key);
		if (row == NULL) {
			if (!cbor_next(&r->c, &h) || !cbor_skip(&r->c, &h, depth + 1))
				return malformed(r);
		} else if (read_entry(r, into, key, row->shape, 0, depth + 1) < 0) {
			return -1;
		}
	}
	return 0;
}

static int
read_map(struct reader *r, const struct shape_row *s, const struct cbor_head *map,
    int depth, json_t *into)
{
	uint16_t values = r->m->members[s->first + 1].shape;
	uint64_t done = 0;
	char *key;

	while (cbor_more(&r->c, map, &done)) {
		if (next_key(r, &key) < 0 ||
		    read_entry(r, into, key, values, (s->flags & SHAPE_SPARSE) != 0,
			depth + 1) < 0)
			return -1;
	}
	return 0;
}

static int
read_list(struct reader *r, const struct shape_row *s, const struct cbor_head *list,
    int depth, json_t *into)
{
	uint16_t element = r->m->members[s->first].shape;
	uint64_t done = 0;
	struct cbor_head h;
	json_t *value = NULL;

	while (cbor_more(&r->c, list, &done)) {
		if (next_value(r, &h) < 0)
			return -1;
		if (is_null(&h)) {
			if ((s->flags & SHAPE_SPARSE) != 0)
				json_add(into, json_null());
			continue;
		}
		if (read_value(r, element, &h, depth + 1, &value) < 0)
			return -1;
		json_add(into, value);
	}
	return 0;
}

static int
mistyped(struct reader *r, uint16_t shape, const struct cbor_head *h)
{
	json_body_mistyped(r->m, shape, kind_of(h), r->err);
	return -1;
}

static int
read_container(struct reader *r, uint16_t shape, const struct cbor_head *h, int depth,
    json_t **ret)
{
	const struct shape_row *s = &r->m->shapes[shape];
	int list = s->type == TYPE_LIST, rc;
	json_t *value;

	if (h->major != (list ? CBOR_LIST : CBOR_MAP))
		return mistyped(r, shape, h);
	if (depth > WIRE_MAX_DEPTH)
		return say(r, "Nested too deep");
	value = list ? json_new_array() : json_new_object();
	if (list)
		rc = read_list(r, s, h, depth, value);
	else if (s->type == TYPE_MAP)
		rc = read_map(r, s, h, depth, value);
	else
		rc = read_structure(r, shape, h, depth, value);
	if (rc < 0) {
		json_decref(value);
		return -1;
	}
	*ret = value;
	return 0;
}

static int
read_string(struct reader *r, uint16_t shape, const struct cbor_head *h, json_t **ret)
{
	int blob = model_shape_type(r->m, shape) == TYPE_BLOB;
	const char *s;
	size_t n;

	if (h->major != (blob ? CBOR_BYTES : CBOR_TEXT))
		return mistyped(r, shape, h);
	if (!cbor_string(&r->c, r->arena, h, &s, &n))
		return malformed(r);
	*ret = blob ? json_new_str(base64_encode(r->arena, s, n)) : json_new_strn(s, n);
	return 0;
}

/* An integer that fits: 1. */
static int
integer_of(const struct cbor_head *h, int64_t min, int64_t max, int64_t *ret)
{
	const double most = 9007199254740992.0; /* up to here doubles are exact */
	double d;
	int64_t n;

	if (h->major <= CBOR_NEGATIVE && h->n <= INT64_MAX)
		n = h->major == CBOR_UINT ? (int64_t)h->n : -1 - (int64_t)h->n;
	else if (cbor_real(h, &d) && d >= -most && d <= most && d == trunc(d))
		n = (int64_t)d;
	else
		return 0;
	*ret = n;
	return n >= min && n <= max;
}

static json_t *
real_value(double d)
{
	if (isnan(d))
		return json_new_str("NaN");
	if (isinf(d))
		return json_new_str(d > 0 ? "Infinity" : "-Infinity");
	return json_new_num(d);
}

static int
read_number(struct reader *r, uint16_t shape, const struct cbor_head *h, json_t **ret)
{
	enum model_type type = model_shape_type(r->m, shape);
	int is_long = type == TYPE_LONG;
	int64_t n;
	double d;

	if (type == TYPE_INTEGER || is_long) {
		if (!integer_of(h, is_long ? INT64_MIN : INT_MIN,
			is_long ? INT64_MAX : INT_MAX, &n))
			return mistyped(r, shape, h);
		*ret = json_new_int(n);
	} else if (h->major <= CBOR_NEGATIVE) {
		d = (double)h->n;
		*ret = json_new_num(h->major == CBOR_UINT ? d : -1 - d);
	} else if (cbor_real(h, &d)) {
		*ret = real_value(d);
	} else {
		return mistyped(r, shape, h);
	}
	return 0;
}

/* Tag 1, with an integer or a float. */
static int
read_timestamp(struct reader *r, uint16_t shape, const struct cbor_head *h, json_t **ret)
{
	const int64_t most = 100000000000000;
	struct cbor_head at;
	int64_t n;
	double d;

	if (h->major != CBOR_TAG || h->n != CBOR_TAG_EPOCH)
		return mistyped(r, shape, h);
	if (next_value(r, &at) < 0)
		return -1;
	if (integer_of(&at, -most, most, &n))
		*ret = json_new_int(n);
	else if (cbor_real(&at, &d) && fabs(d) <= (double)most)
		*ret = json_new_num(d);
	else
		return mistyped(r, shape, &at);
	return 0;
}

static int
read_value(struct reader *r, uint16_t shape, const struct cbor_head *h, int depth,
    json_t **ret)
{
	const struct shape_row *s = &r->m->shapes[shape];

	if ((s->flags & SHAPE_DOCUMENT) != 0)
		return say(r, "A document cannot be said in CBOR");
	switch ((enum model_type)s->type) {
	case TYPE_STRUCTURE:
	case TYPE_LIST:
	case TYPE_MAP:
		return read_container(r, shape, h, depth, ret);
	case TYPE_STRING:
	case TYPE_BLOB:
		return read_string(r, shape, h, ret);
	case TYPE_TIMESTAMP:
		return read_timestamp(r, shape, h, ret);
	case TYPE_BOOLEAN:
		if (kind_of(h) != JSON_TRUE && kind_of(h) != JSON_FALSE)
			return mistyped(r, shape, h);
		*ret = kind_of(h) == JSON_TRUE ? json_true() : json_false();
		return 0;
	case TYPE_INTEGER:
	case TYPE_LONG:
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
		break;
	}
	return read_number(r, shape, h, ret);
}

int
cbor_body_read(struct arena *a, const struct model *m, uint16_t structure,
    const char *body, size_t len, json_t *into, struct err *err)
{
	struct reader r = { .arena = a, .m = m, .err = err };
	struct cbor_head h;

	cbor_init(&r.c, body, len);
	if (next_value(&r, &h) < 0)
		return -1;
	if (h.major != CBOR_MAP)
		return say(&r, "The body is not a CBOR map");
	if (structure == MODEL_NONE) {
		if (!cbor_skip(&r.c, &h, 0))
			return malformed(&r);
	} else if (read_structure(&r, structure, &h, 0, into) < 0) {
		return -1;
	}
	return r.c.p == r.c.end ? 0 : say(&r, "Bytes behind the end of the body");
}

/* Writing */

struct writer {
	struct arena *arena;
	struct buf *b;
	const struct model *m;
};

static void write_value(const struct writer *w, uint16_t shape, json_t *v);

static void
write_text(const struct writer *w, const char *s)
{
	cbor_put_text(w->b, s, strlen(s));
}

static void
write_members(const struct writer *w, uint16_t structure, const json_t *doc)
{
	const struct shape_row *s = &w->m->shapes[structure];

	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &w->m->members[s->first + i];
		const char *name = member_name(w->m, row);
		json_t *v = json_get(doc, name);

		if (v == NULL || json_is_null(v))
			continue;
		write_text(w, name);
		write_value(w, row->shape, v);
	}
}

static void
write_list(const struct writer *w, uint16_t shape, const json_t *v)
{
	uint16_t element = model_element(w->m, shape);
	json_t *e;
	size_t i;

	assert(json_is_array(v));
	cbor_put(w->b, CBOR_LIST, json_array_size(v));
	json_array_foreach(v, i, e)
		write_value(w, element, e);
}

static void
write_map(const struct writer *w, uint16_t shape, json_t *v)
{
	uint16_t values = model_element(w->m, shape);
	const char *key;
	json_t *e;

	assert(json_is_object(v));
	cbor_put(w->b, CBOR_MAP, json_object_size(v));
	json_object_foreach(v, key, e) {
		write_text(w, key);
		write_value(w, values, e);
	}
}

static void
write_blob(const struct writer *w, const json_t *v)
{
	unsigned char *bytes = NULL;
	size_t n = 0;
	int valid = base64_decode(w->arena, json_string_value(v), json_string_length(v),
	    &bytes, &n);

	assert(valid);
	cbor_put(w->b, CBOR_BYTES, n);
	buf_add(w->b, bytes, n);
}

/* "NaN", "Infinity", "-Infinity" or a number. */
static void
write_real(const struct writer *w, enum model_type type, const json_t *v)
{
	const char *s = json_is_string(v) ? json_string_value(v) : NULL;
	double d = json_number_value(v);

	if (s != NULL)
		d = *s == 'N' ? (double)NAN :
		    *s == '-' ? -(double)INFINITY :
				(double)INFINITY;
	if (type == TYPE_FLOAT)
		cbor_put_single(w->b, (float)d);
	else
		cbor_put_double(w->b, d);
}

static void
write_number(const struct writer *w, enum model_type type, const json_t *v)
{
	if (type == TYPE_TIMESTAMP)
		cbor_put(w->b, CBOR_TAG, CBOR_TAG_EPOCH);
	if (type == TYPE_FLOAT || type == TYPE_DOUBLE || json_is_real(v))
		write_real(w, type, v);
	else
		cbor_put_int(w->b, json_integer_value(v));
}

static void
write_scalar(const struct writer *w, enum model_type type, const json_t *v)
{
	if (json_is_boolean(v)) {
		cbor_put_simple(w->b, json_is_true(v) ? CBOR_TRUE : CBOR_FALSE);
	} else if (json_is_string(v) && type == TYPE_STRING) {
		cbor_put_text(w->b, json_string_value(v), json_string_length(v));
	} else if (json_is_string(v) && type == TYPE_BLOB) {
		write_blob(w, v);
	} else {
		assert(json_is_number(v) || type == TYPE_FLOAT || type == TYPE_DOUBLE);
		write_number(w, type, v);
	}
}

static void
write_value(const struct writer *w, uint16_t shape, json_t *v)
{
	const struct shape_row *s = &w->m->shapes[shape];

	if (json_is_null(v)) {
		cbor_put_simple(w->b, CBOR_NULL);
	} else if (s->type == TYPE_LIST) {
		write_list(w, shape, v);
	} else if (s->type == TYPE_MAP) {
		write_map(w, shape, v);
	} else if (s->type == TYPE_STRUCTURE) {
		assert(json_is_object(v) && (s->flags & SHAPE_DOCUMENT) == 0);
		cbor_put_open(w->b, CBOR_MAP);
		write_members(w, shape, v);
		cbor_put_simple(w->b, CBOR_BREAK);
	} else {
		write_scalar(w, (enum model_type)s->type, v);
	}
}

void
cbor_body_members(struct arena *a, struct buf *b, const struct model *m,
    uint16_t structure, const json_t *doc)
{
	const struct writer w = { .arena = a, .b = b, .m = m };

	write_members(&w, structure, doc);
}

void
cbor_body_write(struct arena *a, struct buf *b, const struct model *m, uint16_t structure,
    const json_t *doc)
{
	cbor_put_open(b, CBOR_MAP);
	cbor_body_members(a, b, m, structure, doc);
	cbor_put_simple(b, CBOR_BREAK);
}
