#include "base/json.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

const struct err_kind json_malformed = { "SerializationException", 400 };

static void
need(int rc)
{
	if (rc < 0)
		fatal("json: out of memory, or a string that is not UTF-8");
}

/* jansson recurses to 2048; documents of ours never need that. */
static int
nesting(const char *text, size_t len)
{
	int depth = 0, max = 0, in_str = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (in_str) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_str = 0;
		} else if (c == '"') {
			in_str = 1;
		} else if (c == '{' || c == '[') {
			if (++depth > max)
				max = depth;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return max;
}

int
json_read(const char *text, size_t len, json_t **ret, struct err *err)
{
	json_error_t e;
	json_t *v;

	if (nesting(text, len) > JSON_MAX_NESTING)
		return err_set(err, &json_malformed, "nested deeper than %d levels",
		    JSON_MAX_NESTING);
	v = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
	if (v == NULL)
		return err_set(err, &json_malformed, "malformed JSON at byte %d: %s",
		    e.position, e.text);
	*ret = v;
	return 0;
}

int
json_read_in(struct arena *a, const char *text, size_t len, json_t **ret, struct err *err)
{
	json_t *v;

	if (json_read(text, len, &v, err) < 0)
		return -1;
	*ret = json_own(a, v);
	return 0;
}

static int
to_buf(const char *p, size_t n, void *arg)
{
	buf_add(arg, p, n);
	return 0;
}

void
json_write(const json_t *v, struct buf *b)
{
	need(json_dump_callback(v, to_buf, b, JSON_COMPACT | JSON_ENCODE_ANY));
}

char *
json_text(struct arena *a, const json_t *v)
{
	struct buf b;
	char *s;

	buf_init(&b, 0);
	json_write(v, &b);
	s = arena_strndup(a, buf_text(&b), b.len);
	buf_done(&b);
	return s;
}

static void
drop(void *p)
{
	json_decref(p);
}

json_t *
json_own(struct arena *a, json_t *v)
{
	arena_defer(a, drop, v);
	return v;
}

void
json_freep(json_t **v)
{
	json_decref(*v);
}

json_t *
json_get(const json_t *v, const char *name)
{
	return json_object_get(v, name);
}

const char *
json_str(const json_t *v, const char *name)
{
	return json_string_value(json_object_get(v, name));
}

const char *
json_str_or(const json_t *v, const char *name, const char *def)
{
	const char *s = json_str(v, name);

	return s != NULL ? s : def;
}

int64_t
json_int(const json_t *v, const char *name, int64_t def)
{
	const json_t *m = json_object_get(v, name);

	return json_is_integer(m) ? json_integer_value(m) : def;
}

double
json_num(const json_t *v, const char *name, double def)
{
	const json_t *m = json_object_get(v, name);

	return json_is_number(m) ? json_number_value(m) : def;
}

int
json_bool(const json_t *v, const char *name, int def)
{
	const json_t *m = json_object_get(v, name);

	return json_is_boolean(m) ? json_is_true(m) : def;
}

json_t *
json_path(const json_t *v, const char *path)
{
	json_t *m = NULL;
	const char *dot;

	for (;; path = dot + 1) {
		dot = strchr(path, '.');
		m = dot != NULL ? json_object_getn(v, path, (size_t)(dot - path)) :
				  json_object_get(v, path);
		if (dot == NULL || m == NULL)
			return m;
		v = m;
	}
}

json_t *
json_make(const char *fmt, ...)
{
	json_error_t e;
	va_list ap;
	json_t *v;

	va_start(ap, fmt);
	v = json_vpack_ex(&e, 0, fmt, ap);
	va_end(ap);
	if (v == NULL)
		fatal("json_make(\"%s\"): %s", fmt, e.text);
	return v;
}

static json_t *
made(json_t *v)
{
	need(v != NULL ? 0 : -1);
	return v;
}

json_t *
json_new_object(void)
{
	return made(json_object());
}

json_t *
json_new_array(void)
{
	return made(json_array());
}

json_t *
json_new_str(const char *s)
{
	return made(json_string(s));
}

json_t *
json_new_strn(const char *s, size_t n)
{
	return made(json_stringn(s, n));
}

json_t *
json_new_fmt(const char *fmt, ...)
{
	va_list ap;
	json_t *v;

	va_start(ap, fmt);
	v = made(json_vsprintf(fmt, ap));
	va_end(ap);
	return v;
}

json_t *
json_new_int(int64_t n)
{
	return made(json_integer(n));
}

json_t *
json_new_num(double n)
{
	return made(json_real(n));
}

json_t *
json_copy_deep(const json_t *v)
{
	return made(json_deep_copy(v));
}

json_t *
json_copy_shallow(json_t *v)
{
	return made(json_copy(v));
}

size_t
json_references(const json_t *v)
{
	return __atomic_load_n(&v->refcount, __ATOMIC_ACQUIRE);
}

void
json_set(json_t *obj, const char *name, json_t *v)
{
	assert(json_is_object(obj));
	need(json_object_set_new(obj, name, v));
}

void
json_set_str(json_t *obj, const char *name, const char *s)
{
	if (s != NULL)
		json_set(obj, name, made(json_string(s)));
}

void
json_set_strn(json_t *obj, const char *name, const char *s, size_t n)
{
	json_set(obj, name, made(json_stringn(s, n)));
}

void
json_set_fmt(json_t *obj, const char *name, const char *fmt, ...)
{
	char small[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	assert(n >= 0);
	if ((size_t)n < sizeof(small)) {
		json_set_str(obj, name, small);
	} else {
		va_start(ap, fmt);
		json_set(obj, name, made(json_vsprintf(fmt, ap)));
		va_end(ap);
	}
}

void
json_set_int(json_t *obj, const char *name, int64_t n)
{
	json_set(obj, name, made(json_integer(n)));
}

void
json_set_num(json_t *obj, const char *name, double n)
{
	json_set(obj, name, made(json_real(n)));
}

void
json_set_bool(json_t *obj, const char *name, int on)
{
	json_set(obj, name, json_boolean(on));
}

void
json_del(json_t *obj, const char *name)
{
	json_object_del(obj, name);
}

json_t *
json_need_object(json_t *obj, const char *name)
{
	json_t *m = json_object_get(obj, name);

	if (!json_is_object(m)) {
		m = json_new_object();
		json_set(obj, name, m);
	}
	return m;
}

json_t *
json_need_array(json_t *obj, const char *name)
{
	json_t *m = json_object_get(obj, name);

	if (!json_is_array(m)) {
		m = json_new_array();
		json_set(obj, name, m);
	}
	return m;
}

void
json_add(json_t *arr, json_t *v)
{
	assert(json_is_array(arr));
	need(json_array_append_new(arr, v));
}

void
json_add_str(json_t *arr, const char *s)
{
	json_add(arr, made(json_string(s)));
}

json_t *
json_add_object(json_t *arr)
{
	json_t *v = json_new_object();

	json_add(arr, v);
	return v;
}

int
json_has_str(const json_t *arr, const char *s)
{
	const json_t *v;
	size_t i;

	json_array_foreach(arr, i, v) {
		if (json_is_string(v) && strcmp(json_string_value(v), s) == 0)
			return 1;
	}
	return 0;
}
