/*
 * The parameters are sorted so that those below one name stand together ('.' sorts
 * before everything else); a shape then is read from a range of them, its
 * members from the ranges inside.  No tree is built, and no order or number
 * of parameters costs more than the sort.
 */
#include "control/wire/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "control/wire/codec.h"
#include "control/wire/scalar.h"

const struct err_kind form_malformed = { "MalformedQueryString", 400 };

struct param {
	const char *path, *value;
	size_t len; /* of value */
};

struct reader {
	struct arena *arena;
	const struct model *m;
	const struct form_dialect *dialect;
	struct err *err;
	struct param *params;
	size_t n;
};

/* Parameters [from, to), which are the same up to `pos`: there the path ends, or has a '.'. */
struct range {
	size_t from, to, pos;
};

static int read_value(struct reader *r, struct range at, const struct member_row *row,
    unsigned depth, json_t **ret);

static int
is_post(const struct wire_request *req)
{
	return strcmp(req->method, "POST") == 0;
}

static const char *
find_in(struct arena *a, const char *text, size_t len, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = text, *end = text + len; p < end;) {
		const char *stop = memchr(p, '&', (size_t)(end - p));
		size_t size;
		char *value;

		stop = stop != NULL ? stop : end;
		if ((size_t)(stop - p) > n && p[n] == '=' && memcmp(p, name, n) == 0) {
			size = (size_t)(stop - p) - n - 1;
			value = arena_strndup(a, p + n + 1, size);
			return percent_decode(value, &size, 1) &&
				utf8_is_valid(value, size) ?
			    value :
			    NULL;
		}
		p = stop + 1;
	}
	return NULL;
}

const char *
form_find(struct arena *a, const struct wire_request *req, const char *name)
{
	const char *body, *v = find_in(a, req->query, strlen(req->query), name);
	struct err ignored;
	size_t len;

	/* A body that cannot be read is said by the decoder. */
	if (v == NULL && is_post(req) && wire_body(a, req, &body, &len, &ignored) == 0)
		v = find_in(a, body, len, name);
	return v;
}

/* What every request has beside the operation's input, and older ways to sign. */
static int
is_common(const char *path)
{
	static const char *const names[] = { "Action", "Version", "AWSAccessKeyId",
		"Signature", "SignatureMethod", "SignatureVersion", "SecurityToken",
		"Timestamp", "Expires" };

	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(path, names[i]) == 0)
			return 1;
	}
	return strncasecmp(path, "X-Amz-", 6) == 0;
}

static int
add_param(struct reader *r, const char *p, size_t len)
{
	const char *eq = memchr(p, '=', len);
	size_t n = eq != NULL ? (size_t)(eq - p) : len, dots = 0;
	size_t value_len = eq != NULL ? len - n - 1 : 0;
	char *path = arena_strndup(r->arena, p, n);
	char *value = arena_strndup(r->arena, eq != NULL ? eq + 1 : "", value_len);

	if (!percent_decode(path, &n, 1) || !percent_decode(value, &value_len, 1) ||
	    !utf8_is_valid(path, n) || !utf8_is_valid(value, value_len))
		return err_set(r->err, &form_malformed,
		    "The query string contains a syntax error");
	for (const char *s = path; *s != '\0'; s++)
		dots += *s == '.';
	if (dots > WIRE_MAX_DEPTH)
		return err_set(r->err, &form_malformed,
		    "A parameter has more than %d levels", WIRE_MAX_DEPTH);
	if (!is_common(path))
		r->params[r->n++] =
		    (struct param){ .path = path, .value = value, .len = value_len };
	return 0;
}

static size_t
count(const char *text, size_t len)
{
	size_t n = len > 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '&';
	return n;
}

static int
add_params(struct reader *r, const char *text, size_t len)
{
	for (const char *p = text, *end = text + len; p < end;) {
		const char *stop = memchr(p, '&', (size_t)(end - p));

		stop = stop != NULL ? stop : end;
		if (stop > p && add_param(r, p, (size_t)(stop - p)) < 0)
			return -1;
		p = stop + 1;
	}
	return 0;
}

static int
rank(unsigned char c)
{
	return c == '\0' ? 0 : c == '.' ? 1 : c + 1;
}

static int
by_path(const void *a, const void *b)
{
	const struct param *x = a, *y = b;
	size_t i = 0;

	while (x->path[i] == y->path[i] && x->path[i] != '\0')
		i++;
	return rank((unsigned char)x->path[i]) - rank((unsigned char)y->path[i]);
}

static int
read_params(struct reader *r, const struct wire_request *req)
{
	size_t query_len = strlen(req->query), len = 0, n;
	const char *body = "";

	if (is_post(req) && wire_body(r->arena, req, &body, &len, r->err) < 0)
		return -1;
	n = count(req->query, query_len) + count(body, len);
	if (n > FORM_MAX_PARAMS)
		return err_set(r->err, &form_malformed, "More than %d parameters",
		    FORM_MAX_PARAMS);
	r->params = arena_calloc(r->arena, n + 1, sizeof(*r->params));
	if (add_params(r, req->query, query_len) < 0 || add_params(r, body, len) < 0)
		return -1;
	qsort(r->params, r->n, sizeof(*r->params), by_path);
	for (size_t i = 1; i < r->n; i++) {
		if (strcmp(r->params[i - 1].path, r->params[i].path) == 0)
			return err_set(r->err, &form_malformed,
			    "The parameter %s may only be specified once",
			    r->params[i].path);
	}
	return 0;
}

/* The first name below the range, and the range of all that begins with it. */
static struct range
first_below(const struct reader *r, const struct range *at, const char **name,
    size_t *len)
{
	size_t start = at->pos == 0 ? 0 : at->pos + 1;
	const char *path = r->params[at->from].path;
	struct range below = { .from = at->from, .to = at->from };

	*name = path + start;
	*len = strcspn(*name, ".");
	below.pos = start + *len;
	while (below.to < at->to) {
		const char *p = r->params[below.to].path;

		if (strncmp(p + start, *name, *len) != 0 ||
		    (p[below.pos] != '.' && p[below.pos] != '\0'))
			break;
		below.to++;
	}
	return below;
}

static int
mistyped(const struct reader *r, uint16_t shape, const char *path, const char *value)
{
	r->dialect->mistyped(r->m, shape, path, value, r->err);
	return -1;
}

/* Takes a value for the range itself, where a container should be: only "" may stand there. */
static int
skip_own_value(struct reader *r, struct range *at, uint16_t shape)
{
	const struct param *p = &r->params[at->from];

	if (at->pos == 0 || p->path[at->pos] != '\0')
		return 0;
	if (p->len > 0)
		return mistyped(r, shape, p->path, p->value);
	at->from++;
	return 0;
}

static const struct member_row *
member_named(const struct reader *r, const struct shape_row *s, const char *name,
    size_t len)
{
	for (uint16_t i = 0; i < s->n_members; i++) {
		const struct member_row *row = &r->m->members[s->first + i];

		if (r->dialect->is(r->m, row, name, len))
			return row;
	}
	return NULL;
}

static int
read_structure(struct reader *r, struct range at, uint16_t shape, unsigned depth,
    json_t *into)
{
	const struct shape_row *s = &r->m->shapes[shape];

	if (skip_own_value(r, &at, shape) < 0)
		return -1;
	while (at.from < at.to) {
		const struct member_row *row;
		struct range below;
		const char *name;
		json_t *v;
		size_t len;

		below = first_below(r, &at, &name, &len);
		row = member_named(r, s, name, len);
		if (row == NULL) {
			if (r->dialect->unknown(r->params[at.from].path, r->err) < 0)
				return -1;
		} else {
			if (read_value(r, below, row, depth + 1, &v) < 0)
				return -1;
			json_set(into, member_name(r->m, row), v);
		}
		at.from = below.to;
	}
	return 0;
}

/* 1 when the text is a number of at most 9 digits. */
static int
read_index(const char *s, size_t len, size_t *ret)
{
	size_t n = 0;

	if (len == 0 || len > 9)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
		n = n * 10 + (size_t)(s[i] - '0');
	}
	*ret = n;
	return 1;
}

struct element {
	size_t index;
	struct range at;
};

static int
by_index(const void *a, const void *b)
{
	const struct element *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

/*
 * The numbered ranges below, in the order of their numbers; they need not
 * be without holes.  What is not numbered is unknown.
 */
static int
numbered(struct reader *r, struct range at, struct element **ret, size_t *ret_n)
{
	struct element *elements =
	    arena_calloc(r->arena, at.to - at.from + 1, sizeof(*elements));
	size_t n = 0;

	while (at.from < at.to) {
		struct element *e = &elements[n];
		const char *name;
		size_t len;

		e->at = first_below(r, &at, &name, &len);
		if (read_index(name, len, &e->index))
			n++;
		else if (r->dialect->unknown(r->params[at.from].path, r->err) < 0)
			return -1;
		at.from = e->at.to;
	}
	qsort(elements, n, sizeof(*elements), by_index);
	*ret = elements;
	*ret_n = n;
	return 0;
}

/* The elements of a list or map: below their own name unless it is flat. */
static int
elements_of(struct reader *r, struct range at, const struct member_row *row,
    const char *own, struct element **ret, size_t *ret_n)
{
	struct range inner = { 0 };

	if (skip_own_value(r, &at, row->shape) < 0)
		return -1;
	if (r->dialect->flat || member_is_flat(r->m, row))
		return numbered(r, at, ret, ret_n);
	while (at.from < at.to) {
		struct range below;
		const char *name;
		size_t len;

		below = first_below(r, &at, &name, &len);
		if (strlen(own) == len && memcmp(own, name, len) == 0)
			inner = below;
		else if (r->dialect->unknown(r->params[at.from].path, r->err) < 0)
			return -1;
		at.from = below.to;
	}
	if (inner.from < inner.to && skip_own_value(r, &inner, row->shape) < 0)
		return -1;
	return numbered(r, inner, ret, ret_n);
}

static int
read_list(struct reader *r, struct range at, const struct member_row *row, unsigned depth,
    json_t *into)
{
	const struct member_row *of = &r->m->members[r->m->shapes[row->shape].first];
	const char *own = of->wire != 0 ? model_text(r->m, of->wire) : "member";
	struct element *elements;
	json_t *v;
	size_t n;

	if (elements_of(r, at, row, own, &elements, &n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (read_value(r, elements[i].at, of, depth + 1, &v) < 0)
			return -1;
		json_add(into, v);
	}
	return 0;
}

/* key=… and value…: the entry's parameters. */
static int
read_entry(struct reader *r, struct range at, const struct member_row *key,
    unsigned depth, json_t *into)
{
	const char *key_name = member_wire_name(r->m, key);
	const char *value_name = member_wire_name(r->m, key + 1);
	const char *k = NULL, *path = r->params[at.from].path;
	struct range value = { 0 };
	json_t *v;

	if (skip_own_value(r, &at, key->shape) < 0)
		return -1;
	while (at.from < at.to) {
		struct range below;
		const char *name;
		size_t len;

		below = first_below(r, &at, &name, &len);
		if (strlen(key_name) == len && memcmp(key_name, name, len) == 0 &&
		    name[len] == '\0')
			k = r->params[below.from].value;
		else if (strlen(value_name) == len && memcmp(value_name, name, len) == 0)
			value = below;
		else if (r->dialect->unknown(r->params[at.from].path, r->err) < 0)
			return -1;
		at.from = below.to;
	}
	if (k == NULL || value.from == value.to)
		return mistyped(r, key->shape, path, "");
	if (read_value(r, value, key + 1, depth + 1, &v) < 0)
		return -1;
	json_set(into, k, v);
	return 0;
}

static int
read_map(struct reader *r, struct range at, const struct member_row *row, unsigned depth,
    json_t *into)
{
	const struct member_row *key = &r->m->members[r->m->shapes[row->shape].first];
	struct element *elements;
	size_t n;

	if (elements_of(r, at, row, "entry", &elements, &n) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (read_entry(r, elements[i].at, key, depth, into) < 0)
			return -1;
	}
	return 0;
}

static int
read_scalar(struct reader *r, struct range at, uint16_t shape, json_t **ret)
{
	const struct param *p = &r->params[at.from];
	json_t *v;

	if (p->path[at.pos] == '.')
		return r->dialect->unknown(p->path, r->err) < 0 ?
		    -1 :
		    mistyped(r, shape, p->path, p->value);
	if (at.to - at.from > 1 && r->dialect->unknown(p[1].path, r->err) < 0)
		return -1;
	v = scalar_read(r->arena, r->m, shape, p->value, p->len);
	if (v == NULL)
		return mistyped(r, shape, p->path, p->value);
	*ret = v;
	return 0;
}

static int
read_value(struct reader *r, struct range at, const struct member_row *row,
    unsigned depth, json_t **ret)
{
	uint8_t type = r->m->shapes[row->shape].type;
	json_t *v;
	int rc;

	if (depth > WIRE_MAX_DEPTH)
		return err_set(r->err, &form_malformed, "more than %d levels",
		    WIRE_MAX_DEPTH);
	if (type != TYPE_STRUCTURE && type != TYPE_LIST && type != TYPE_MAP)
		return read_scalar(r, at, row->shape, ret);
	v = type == TYPE_LIST ? json_new_array() : json_new_object();
	if (type == TYPE_STRUCTURE)
		rc = read_structure(r, at, row->shape, depth, v);
	else if (type == TYPE_LIST)
		rc = read_list(r, at, row, depth, v);
	else
		rc = read_map(r, at, row, depth, v);
	if (rc < 0) {
		json_decref(v);
		return -1;
	}
	*ret = v;
	return 0;
}

int
form_decode(struct arena *a, const struct model *m, const struct model_op *op,
    const struct form_dialect *dialect, const struct wire_request *req, json_t **ret,
    struct err *err)
{
	struct reader r = { .arena = a, .m = m, .dialect = dialect, .err = err };
	json_t *doc = json_own(a, json_new_object());

	if (read_params(&r, req) < 0)
		return -1;
	if (op->input == MODEL_NONE) {
		for (size_t i = 0; i < r.n; i++) {
			if (dialect->unknown(r.params[i].path, err) < 0)
				return -1;
		}
	} else if (read_structure(&r, (struct range){ .to = r.n }, op->input, 0, doc) <
	    0) {
		return -1;
	}
	*ret = doc;
	return 0;
}
