#include "control/wire/validate.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "control/wire/pattern.h"

enum { MAX_QUOTED = 160 };

struct validator {
	struct arena *arena;
	const struct model *m;
	struct violation *found;
	size_t n;
};

static void check(struct validator *c, const struct where *where, uint16_t shape,
    json_t *v);

/* The steps live on the stack while we walk; a violation keeps its own copy. */
static const struct where *
keep(struct arena *a, const struct where *w)
{
	struct where *copy;

	if (w == NULL)
		return NULL;
	copy = arena_alloc(a, sizeof(*copy));
	*copy = *w;
	copy->up = keep(a, w->up);
	return copy;
}

static void
add(struct validator *c, enum violation_kind kind, const struct where *where,
    uint16_t shape, const json_t *v, const struct limit_row *l)
{
	if (c->n == MAX_VIOLATIONS)
		return;
	c->found[c->n++] = (struct violation){
		.kind = kind,
		.where = keep(c->arena, where),
		.value = v,
		.shape = shape,
		.limits = l,
	};
}

/* In UTF-16 units, as the services count. */
static size_t
text_length(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)s[i];

		n += (ch & 0xc0) != 0x80;
		n += ch >= 0xf0;
	}
	return n;
}

/* What a blob's base64 stands for. */
static size_t
blob_length(const char *s, size_t len)
{
	size_t n = len / 4 * 3;

	if (len >= 4 && s[len - 1] == '=')
		n -= s[len - 2] == '=' ? 2 : 1;
	return n;
}

static double
measure(enum model_type type, const json_t *v)
{
	if (json_is_array(v))
		return (double)json_array_size(v);
	if (json_is_object(v))
		return (double)json_object_size(v);
	if (json_is_number(v))
		return json_number_value(v);
	return (double)(type == TYPE_BLOB ?
		blob_length(json_string_value(v), json_string_length(v)) :
		text_length(json_string_value(v), json_string_length(v)));
}

static int
is_number(enum model_type type)
{
	return type == TYPE_INTEGER || type == TYPE_LONG || type == TYPE_FLOAT ||
	    type == TYPE_DOUBLE;
}

static int
has_size(enum model_type type)
{
	return type == TYPE_STRING || type == TYPE_BLOB || type == TYPE_LIST ||
	    type == TYPE_MAP;
}

/* The limits of the value itself, not of what it holds: which it breaks, as bits 1 << kind. */
static unsigned
broken(const struct model *m, uint16_t shape, const json_t *v, const struct limit_row *l)
{
	enum model_type type = model_shape_type(m, shape);
	unsigned bits = 0;

	if ((is_number(type) && json_is_number(v)) || has_size(type)) {
		int value = is_number(type);
		double n = measure(type, v);

		if ((l->flags & LIMIT_MAX) != 0 && n > l->max)
			bits |= 1U << (value ? VIOLATES_MAX_VALUE : VIOLATES_MAX_LENGTH);
		if ((l->flags & LIMIT_MIN) != 0 && n < l->min)
			bits |= 1U << (value ? VIOLATES_MIN_VALUE : VIOLATES_MIN_LENGTH);
	}
	if (type != TYPE_STRING)
		return bits;
	if (l->pattern != 0 && (bits & 1U << VIOLATES_MAX_LENGTH) == 0 &&
	    pattern_matches(model_text(m, l->pattern), json_string_value(v),
		json_string_length(v)) == 0)
		bits |= 1U << VIOLATES_PATTERN;
	if (l->n_enums != 0 && !model_enum_has(m, shape, json_string_value(v)))
		bits |= 1U << VIOLATES_ENUM;
	return bits;
}

static void
check_limits(struct validator *c, const struct where *where, uint16_t shape,
    const json_t *v)
{
	const struct limit_row *l = model_limits(c->m, shape);
	unsigned bits = l != NULL ? broken(c->m, shape, v, l) : 0;

	for (int kind = 0; bits != 0; kind++, bits >>= 1) {
		if ((bits & 1) != 0)
			add(c, (enum violation_kind)kind, where, shape, v, l);
	}
}

static void
check_structure(struct validator *c, const struct where *where, const struct shape_row *s,
    uint16_t shape, const json_t *v)
{
	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &c->m->members[s->first + i];
		struct where here = { .up = where, .row = row, .structure = shape };
		json_t *member = json_get(v, model_text(c->m, row->name));

		if (member != NULL)
			check(c, &here, row->shape, member);
		else if ((row->flags & MEMBER_REQUIRED) != 0)
			add(c, VIOLATES_REQUIRED, &here, row->shape, NULL, NULL);
	}
	if ((s->flags & SHAPE_UNION) != 0 && json_object_size(v) != 1)
		add(c, VIOLATES_UNION, where, shape, v, NULL);
}

static int
is_scalar(enum model_type type)
{
	return type != TYPE_STRUCTURE && type != TYPE_LIST && type != TYPE_MAP;
}

/* One scalar among others: 1 when it is as it should be. */
static int
element_is_right(const struct model *m, uint16_t shape, const json_t *v)
{
	const struct limit_row *l = model_limits(m, shape);

	return l == NULL || json_is_null(v) || broken(m, shape, v, l) == 0;
}

static void
check_list(struct validator *c, const struct where *where, uint16_t shape,
    const json_t *v)
{
	uint16_t element = model_element(c->m, shape);
	int scalar = is_scalar(model_shape_type(c->m, element));
	json_t *e;
	size_t i;

	json_array_foreach(v, i, e) {
		struct where here = { .up = where, .index = i + 1 };

		if (!scalar) {
			check(c, &here, element, e);
		} else if (!element_is_right(c->m, element, e)) {
			add(c, VIOLATES_ELEMENT, where, element, v,
			    model_limits(c->m, element));
			return;
		}
	}
}

static void
check_map(struct validator *c, const struct where *where, uint16_t shape, json_t *v)
{
	uint16_t keys = c->m->members[c->m->shapes[shape].first].shape;
	uint16_t values = model_element(c->m, shape);
	int scalar = is_scalar(model_shape_type(c->m, values));
	const char *key;
	json_t *e, *text;

	json_object_foreach(v, key, e) {
		struct where here = { .up = where, .key = key };

		text = json_own(c->arena, json_new_str(key));
		if (!element_is_right(c->m, keys, text)) {
			add(c, VIOLATES_ELEMENT, where, keys, v,
			    model_limits(c->m, keys));
			return;
		}
		if (!scalar) {
			check(c, &here, values, e);
		} else if (!element_is_right(c->m, values, e)) {
			add(c, VIOLATES_ELEMENT, where, values, v,
			    model_limits(c->m, values));
			return;
		}
	}
}

static void
check(struct validator *c, const struct where *where, uint16_t shape, json_t *v)
{
	const struct shape_row *s = &c->m->shapes[shape];

	if (json_is_null(v) || (s->flags & SHAPE_DOCUMENT) != 0)
		return;
	check_limits(c, where, shape, v);
	if (s->type == TYPE_STRUCTURE)
		check_structure(c, where, s, shape, v);
	else if (s->type == TYPE_LIST)
		check_list(c, where, shape, v);
	else if (s->type == TYPE_MAP)
		check_map(c, where, shape, v);
}

size_t
validate(struct arena *a, const struct model *m, uint16_t shape, const json_t *doc,
    struct violation *found)
{
	struct validator c = { .arena = a, .m = m, .found = found };

	check_structure(&c, NULL, &m->shapes[shape], shape, doc);
	return c.n;
}

/* 'tags.1.member.key', 'roleName' */
static void
where_text(const struct model *m, const struct where *w, struct buf *b)
{
	if (w == NULL)
		return;
	where_text(m, w->up, b);
	if (w->up != NULL)
		buf_chr(b, '.');
	if (w->row != NULL) {
		const char *name = model_text(m, w->row->name);

		buf_chr(b, (char)tolower((unsigned char)name[0]));
		buf_str(b, name + 1);
	} else if (w->key != NULL) {
		buf_printf(b, "%s.member", w->key);
	} else {
		buf_printf(b, "%zu.member", w->index);
	}
}

/* At most n bytes, at a character's end. */
static void
add_cut(struct buf *b, const char *s, size_t len, size_t n)
{
	if (len > n) {
		len = n;
		while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
	}
	buf_add(b, s, len);
}

static void
plain(const json_t *v, struct buf *b)
{
	if (json_is_string(v))
		add_cut(b, json_string_value(v), json_string_length(v), MAX_QUOTED);
	else
		json_write(v, b);
}

void
violation_value(const struct violation *v, struct buf *b)
{
	struct buf whole;
	const json_t *e;
	size_t i;

	buf_init(&whole, 0);
	if (json_is_array(v->value)) {
		buf_chr(&whole, '[');
		json_array_foreach(v->value, i, e) {
			if (whole.len > MAX_QUOTED)
				break;
			buf_str(&whole, i > 0 ? ", " : "");
			plain(e, &whole);
		}
		buf_chr(&whole, ']');
	} else if (json_is_object(v->value)) {
		json_write(v->value, &whole);
	} else {
		plain(v->value, &whole);
	}
	add_cut(b, buf_text(&whole), whole.len, MAX_QUOTED);
	buf_done(&whole);
}

static void
number_text(double n, struct buf *b)
{
	buf_printf(b, "%.17g", n);
}

static void constraint(const struct model *m, enum violation_kind kind,
    const struct limit_row *l, struct buf *b);

static void
enum_text(const struct model *m, const struct limit_row *l, struct buf *b)
{
	buf_str(b, "Member must satisfy enum value set: [");
	for (size_t i = 0; i < l->n_enums; i++)
		buf_printf(b, "%s%s", i > 0 ? ", " : "",
		    model_text(m, m->enums[l->first_enum + i]));
	buf_chr(b, ']');
}

/* All that the elements must be. */
static void
element_text(const struct model *m, const struct limit_row *l, struct buf *b)
{
	static const enum violation_kind kinds[] = { VIOLATES_MAX_LENGTH,
		VIOLATES_MIN_LENGTH, VIOLATES_PATTERN, VIOLATES_ENUM };
	const int has[] = { l->flags & LIMIT_MAX, l->flags & LIMIT_MIN, l->pattern != 0,
		l->n_enums != 0 };
	const char *comma = "";

	buf_str(b, "Member must satisfy constraint: [");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (!has[i])
			continue;
		buf_str(b, comma);
		constraint(m, kinds[i], l, b);
		comma = ", ";
	}
	buf_chr(b, ']');
}

static void
constraint(const struct model *m, enum violation_kind kind, const struct limit_row *l,
    struct buf *b)
{
	switch (kind) {
	case VIOLATES_REQUIRED:
		buf_str(b, "Member must not be null");
		break;
	case VIOLATES_MIN_LENGTH:
		buf_str(b, "Member must have length greater than or equal to ");
		number_text(l->min, b);
		break;
	case VIOLATES_MAX_LENGTH:
		buf_str(b, "Member must have length less than or equal to ");
		number_text(l->max, b);
		break;
	case VIOLATES_MIN_VALUE:
		buf_str(b, "Member must have value greater than or equal to ");
		number_text(l->min, b);
		break;
	case VIOLATES_MAX_VALUE:
		buf_str(b, "Member must have value less than or equal to ");
		number_text(l->max, b);
		break;
	case VIOLATES_PATTERN:
		buf_printf(b, "Member must satisfy regular expression pattern: %s",
		    model_text(m, l->pattern));
		break;
	case VIOLATES_ENUM:
		enum_text(m, l, b);
		break;
	case VIOLATES_UNION:
		buf_str(b, "Member must have exactly one of its members set");
		break;
	case VIOLATES_ELEMENT:
		element_text(m, l, b);
		break;
	}
}

const char *
violations_text(struct arena *a, const struct model *m, const struct violation *found,
    size_t n)
{
	struct buf *b = buf_new(a, 0);

	buf_printf(b, "%zu validation error%s detected: ", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++) {
		const struct violation *v = &found[i];

		buf_str(b, i > 0 ? "; Value" : "Value");
		if (v->value == NULL) {
			buf_str(b, " null");
		} else if ((m->shapes[v->shape].flags & SHAPE_SENSITIVE) == 0) {
			buf_str(b, " '");
			violation_value(v, b);
			buf_chr(b, '\'');
		}
		buf_str(b, " at '");
		where_text(m, v->where, b);
		buf_str(b, "' failed to satisfy constraint: ");
		constraint(m, v->kind, v->limits, b);
	}
	return buf_text(b);
}
