#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { DEFAULT_LIMIT = 256 << 20 };

void
buf_init(struct buf *b, size_t limit)
{
	memset(b, 0, sizeof(*b));
	b->limit = limit != 0 ? limit : DEFAULT_LIMIT;
}

void
buf_done(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

static void
done(void *p)
{
	buf_done(p);
}

struct buf *
buf_new(struct arena *a, size_t limit)
{
	struct buf *b = arena_alloc(a, sizeof(*b));

	buf_init(b, limit);
	arena_defer(a, done, b);
	return b;
}

/* Room for n more bytes and a NUL: 1, or 0 when that is past the limit. */
static int
grow(struct buf *b, size_t n)
{
	size_t cap = b->cap != 0 ? b->cap : 256;
	char *p;

	if (b->full || n > b->limit - b->len) {
		b->full = 1;
		return 0;
	}
	if (b->cap > b->len + n)
		return 1;
	while (cap <= b->len + n)
		cap *= 2;
	p = realloc(b->data, cap);
	if (p == NULL)
		fatal("out of memory (%zu bytes)", cap);
	b->data = p;
	b->cap = cap;
	return 1;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !grow(b, n))
		return;
	memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_chr(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* How many bytes, NUL included, can be written at the end as it is. */
static size_t
room_now(const struct buf *b)
{
	size_t have = b->cap - b->len, may = b->limit - b->len + 1;

	return b->full || b->cap == 0 ? 0 : have < may ? have : may;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = room_now(b);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	if ((size_t)n < room) {
		b->len += (size_t)n;
		return;
	}
	if (room > 0)
		b->data[b->len] = '\0'; /* What did not fit was begun. */
	if (!grow(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

const char *
buf_text(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->full = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

int
buf_is_full(const struct buf *b)
{
	return b->full;
}
