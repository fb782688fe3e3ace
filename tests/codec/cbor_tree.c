#include "tests/codec/cbor_tree.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/enc.h"

struct tree {
	struct arena *arena;
	const unsigned char *p, *end;
	int bad;
};

static json_t *read_item(struct tree *t);

static uint64_t
number(struct tree *t, unsigned info)
{
	size_t width = info < 24 ? 0 : (size_t)1 << (info - 24);
	uint64_t n = 0;

	if (info > 27 || (size_t)(t->end - t->p) < width) {
		t->bad = 1;
		return 0;
	}
	for (size_t i = 0; i < width; i++)
		n = n * 256 + *t->p++;
	return width == 0 ? info : n;
}

static json_t *
real(double d)
{
	if (isnan(d))
		return json_new_str("NaN");
	if (isinf(d))
		return json_new_str(d < 0 ? "-Infinity" : "Infinity");
	return json_new_num(d);
}

static double
half(uint64_t n)
{
	double m = (double)(n % 1024), sign = n >= 0x8000 ? -1 : 1;
	int e = (int)(n / 1024 % 32);

	if (e == 31)
		return m > 0 ? (double)NAN : sign * (double)INFINITY;
	return sign * (e == 0 ? ldexp(m, -24) : ldexp(1 + m / 1024, e - 15));
}

static json_t *
read_simple(struct tree *t, unsigned info)
{
	uint64_t n = number(t, info);
	uint32_t bits = (uint32_t)n;
	double d;
	float f;

	switch (info) {
	case 20:
	case 21:
		return info == 21 ? json_true() : json_false();
	case 22:
	case 23:
		return json_null();
	case 25:
		return real(half(n));
	case 26:
		memcpy(&f, &bits, sizeof(f));
		return real((double)f);
	case 27:
		memcpy(&d, &n, sizeof(d));
		return real(d);
	default:
		t->bad = 1;
		return json_null();
	}
}

static int
at_break(struct tree *t)
{
	if (t->bad || t->p == t->end || *t->p != 0xff)
		return t->bad || t->p == t->end;
	t->p++;
	return 1;
}

static void
add_bytes(struct tree *t, struct buf *b, uint64_t n)
{
	if (n > (size_t)(t->end - t->p)) {
		t->bad = 1;
		return;
	}
	buf_add(b, t->p, n);
	t->p += n;
}

static json_t *
read_string(struct tree *t, unsigned major, unsigned info)
{
	struct buf *b = buf_new(t->arena, 0);

	if (info != 31) {
		add_bytes(t, b, number(t, info));
	} else {
		while (!at_break(t)) {
			unsigned head = *t->p++;

			t->bad |= head >> 5 != major;
			add_bytes(t, b, number(t, head & 31));
		}
	}
	if (major == 2)
		return json_make("{s:s}", "$bytes",
		    base64_encode(t->arena, buf_text(b), b->len));
	if (!utf8_is_valid(buf_text(b), b->len)) {
		t->bad = 1;
		return json_null();
	}
	return json_new_strn(buf_text(b), b->len);
}

static json_t *
read_list(struct tree *t, unsigned info)
{
	uint64_t n = info == 31 ? UINT64_MAX : number(t, info);
	json_t *list = json_new_array();

	while (!t->bad && n-- > 0 && !(info == 31 && at_break(t)))
		json_add(list, read_item(t));
	return list;
}

static json_t *
read_map(struct tree *t, unsigned info)
{
	uint64_t n = info == 31 ? UINT64_MAX : number(t, info);
	json_t *map = json_new_object();

	while (!t->bad && n-- > 0 && !(info == 31 && at_break(t))) {
		json_t *key = read_item(t);

		if (!json_is_string(key) || json_get(map, json_string_value(key)) != NULL)
			t->bad = 1;
		else
			json_set(map, json_string_value(key), read_item(t));
		json_decref(key);
	}
	return map;
}

static json_t *
read_item(struct tree *t)
{
	unsigned head, major, info;

	if (t->bad || t->p == t->end) {
		t->bad = 1;
		return json_null();
	}
	head = *t->p++;
	major = head >> 5;
	info = head & 31;
	if (major == 0)
		return json_new_int((int64_t)number(t, info));
	if (major == 1)
		return json_new_int(-1 - (int64_t)number(t, info));
	if (major == 2 || major == 3)
		return read_string(t, major, info);
	if (major == 4)
		return read_list(t, info);
	if (major == 5)
		return read_map(t, info);
	if (major == 7)
		return read_simple(t, info);
	t->bad |= number(t, info) != 1;
	return json_make("{s:o}", "$time", read_item(t));
}

json_t *
cbor_tree(struct arena *a, const void *p, size_t n)
{
	struct tree t = { .arena = a, .p = p };
	json_t *v;

	t.end = t.p + n;
	v = json_own(a, read_item(&t));
	return t.bad || t.p != t.end ? NULL : v;
}
