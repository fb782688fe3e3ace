#include "control/wire/cbor.h"

#include <math.h>
#include <string.h>

#include "base/enc.h"
#include "control/wire/codec.h"

void
cbor_init(struct cbor *c, const void *p, size_t n)
{
	c->p = p;
	c->end = c->p + n;
	c->n_items = 0;
	c->bad = NULL;
}

static int
bad(struct cbor *c, const char *what)
{
	if (c->bad == NULL)
		c->bad = what;
	return 0;
}

/* Big-endian. */
static int
read_number(struct cbor *c, size_t width, uint64_t *ret)
{
	uint64_t n = 0;

	if ((size_t)(c->end - c->p) < width)
		return bad(c, "Unexpected end of input");
	for (; width > 0; width--)
		n = n << 8 | *c->p++;
	*ret = n;
	return 1;
}

int
cbor_next(struct cbor *c, struct cbor_head *ret)
{
	struct cbor_head h = { .indefinite = 0 };

	if (c->p == c->end)
		return bad(c, "Unexpected end of input");
	if (++c->n_items > CBOR_MAX_ITEMS)
		return bad(c, "Too many items");
	h.major = (enum cbor_major)(*c->p >> 5);
	h.info = *c->p++ & 31;
	if (h.info < 24) {
		h.n = h.info;
	} else if (h.info < 28) {
		if (!read_number(c, (size_t)1 << (h.info - 24), &h.n))
			return 0;
	} else if (h.info < 31 || h.major < CBOR_BYTES || h.major == CBOR_TAG) {
		return bad(c, "Reserved additional information");
	} else {
		h.indefinite = 1;
	}
	/* RFC 8949 3.3: one byte is for values from 32 on. */
	if (h.major == CBOR_SIMPLE && h.info == 24 && h.n < 32)
		return bad(c, "Malformed simple value");
	*ret = h;
	return 1;
}

int
cbor_more(struct cbor *c, const struct cbor_head *h, uint64_t *done)
{
	if (!h->indefinite)
		return (*done)++ < h->n;
	if (c->p == c->end || *c->p != 0xff)
		return 1;
	c->p++;
	return 0;
}

/* n bytes at c->p. */
static int
take(struct cbor *c, const struct cbor_head *h, const char **ret)
{
	if (h->n > (size_t)(c->end - c->p))
		return bad(c, "Unexpected end of input");
	/* Each chunk must be whole UTF-8: RFC 8949 3.2.3. */
	if (h->major == CBOR_TEXT && !utf8_is_valid((const char *)c->p, h->n))
		return bad(c, "Invalid UTF-8 in a text string");
	*ret = (const char *)c->p;
	c->p += h->n;
	return 1;
}

int
cbor_string(struct cbor *c, struct arena *a, const struct cbor_head *h, const char **ret,
    size_t *ret_len)
{
	struct cbor_head chunk;
	const char *part = "";
	struct buf *b;
	uint64_t done = 0;

	*ret_len = (size_t)h->n;
	if (!h->indefinite)
		return take(c, h, ret);
	b = buf_new(a, 0);
	while (cbor_more(c, h, &done)) {
		if (!cbor_next(c, &chunk))
			return 0;
		if (chunk.major != h->major || chunk.indefinite)
			return bad(c, "A chunk of another kind in a string");
		if (!take(c, &chunk, &part))
			return 0;
		buf_add(b, part, (size_t)chunk.n);
	}
	*ret = buf_text(b);
	*ret_len = b->len;
	return 1;
}

static int
skip_next(struct cbor *c, int depth)
{
	struct cbor_head h;

	return cbor_next(c, &h) && cbor_skip(c, &h, depth);
}

static int
skip_string(struct cbor *c, const struct cbor_head *h)
{
	struct cbor_head chunk;
	const char *part;
	uint64_t done = 0;

	if (!h->indefinite)
		return take(c, h, &part);
	while (cbor_more(c, h, &done)) {
		if (!cbor_next(c, &chunk))
			return 0;
		if (chunk.major != h->major || chunk.indefinite)
			return bad(c, "A chunk of another kind in a string");
		if (!take(c, &chunk, &part))
			return 0;
	}
	return 1;
}

int
cbor_skip(struct cbor *c, const struct cbor_head *h, int depth)
{
	uint64_t done = 0;

	if (depth > WIRE_MAX_DEPTH)
		return bad(c, "Nested too deep");
	switch (h->major) {
	case CBOR_UINT:
	case CBOR_NEGATIVE:
		return 1;
	case CBOR_BYTES:
	case CBOR_TEXT:
		return skip_string(c, h);
	case CBOR_LIST:
	case CBOR_MAP:
		while (cbor_more(c, h, &done)) {
			if (!skip_next(c, depth + 1) ||
			    (h->major == CBOR_MAP && !skip_next(c, depth + 1)))
				return 0;
		}
		return 1;
	case CBOR_TAG:
		return skip_next(c, depth + 1);
	case CBOR_SIMPLE:
		return h->info != CBOR_BREAK || bad(c, "Unexpected break");
	}
	return 0;
}

/* RFC 8949, appendix D. */
static double
half(uint64_t bits)
{
	int exponent = (int)(bits >> 10 & 0x1f);
	double mantissa = (double)(bits & 0x3ff), d;

	if (exponent == 0)
		d = ldexp(mantissa, -24);
	else if (exponent < 31)
		d = ldexp(mantissa + 1024, exponent - 25);
	else
		d = bits & 0x3ff ? NAN : INFINITY;
	return bits & 0x8000 ? -d : d;
}

int
cbor_real(const struct cbor_head *h, double *ret)
{
	uint32_t bits = (uint32_t)h->n;
	float f;

	if (h->major != CBOR_SIMPLE || h->info < CBOR_HALF || h->info > CBOR_DOUBLE)
		return 0;
	if (h->info == CBOR_HALF) {
		*ret = half(h->n);
	} else if (h->info == CBOR_SINGLE) {
		memcpy(&f, &bits, sizeof(f));
		*ret = (double)f;
	} else {
		memcpy(ret, &h->n, sizeof(*ret));
	}
	return 1;
}

/* Writing */

static void
put_head(struct buf *b, enum cbor_major major, int info, uint64_t n, size_t width)
{
	unsigned char out[9];

	out[0] = (unsigned char)((unsigned)major << 5 | (unsigned)info);
	for (size_t i = width; i > 0; i--, n >>= 8)
		out[i] = (unsigned char)n;
	buf_add(b, out, 1 + width);
}

void
cbor_put(struct buf *b, enum cbor_major major, uint64_t n)
{
	if (n < 24)
		put_head(b, major, (int)n, 0, 0);
	else if (n <= UINT8_MAX)
		put_head(b, major, 24, n, 1);
	else if (n <= UINT16_MAX)
		put_head(b, major, 25, n, 2);
	else if (n <= UINT32_MAX)
		put_head(b, major, 26, n, 4);
	else
		put_head(b, major, 27, n, 8);
}

void
cbor_put_open(struct buf *b, enum cbor_major major)
{
	put_head(b, major, 31, 0, 0);
}

void
cbor_put_simple(struct buf *b, enum cbor_simple value)
{
	put_head(b, CBOR_SIMPLE, (int)value, 0, 0);
}

void
cbor_put_int(struct buf *b, int64_t n)
{
	if (n < 0)
		cbor_put(b, CBOR_NEGATIVE, (uint64_t)(-1 - n));
	else
		cbor_put(b, CBOR_UINT, (uint64_t)n);
}

void
cbor_put_text(struct buf *b, const char *s, size_t n)
{
	cbor_put(b, CBOR_TEXT, n);
	buf_add(b, s, n);
}

void
cbor_put_double(struct buf *b, double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	put_head(b, CBOR_SIMPLE, CBOR_DOUBLE, bits, 8);
}

void
cbor_put_single(struct buf *b, float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	put_head(b, CBOR_SIMPLE, CBOR_SINGLE, bits, 4);
}
