#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* Chunks are listed newest first; only the first has room. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

struct deferred {
	struct deferred *next;
	void (*fn)(void *);
	void *p;
};

struct arena {
	struct chunk *chunks;
	struct deferred *deferred;
};

enum { CHUNK_SIZE = 8192 - sizeof(struct chunk) };

static struct chunk *
chunk_new(size_t size)
{
	struct chunk *c = malloc(sizeof(*c) + size);

	if (c == NULL)
		fatal("out of memory (%zu bytes)", size);
	c->next = NULL;
	c->used = 0;
	c->size = size;
	return c;
}

struct arena *
arena_new(void)
{
	struct chunk *c = chunk_new(CHUNK_SIZE);
	struct arena *a = (struct arena *)(void *)c->data;

	c->used = sizeof(*a);
	a->chunks = c;
	a->deferred = NULL;
	return a;
}

void
arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (a == NULL)
		return;
	for (struct deferred *d = a->deferred; d != NULL; d = d->next)
		d->fn(d->p);
	for (c = a->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
}

void
arena_freep(struct arena **a)
{
	arena_free(*a);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct chunk *c = a->chunks;
	size_t need;
	void *p;

	if (size > SIZE_MAX / 2)
		fatal("arena: absurd size %zu", size);
	need = (size + align - 1) & ~(align - 1);
	if (c->size - c->used < need) {
		size_t grow = 2 * c->size;

		if (grow > 256 * 1024)
			grow = 256 * 1024;
		c = chunk_new(need > grow ? need : grow);
		c->next = a->chunks;
		a->chunks = c;
	}
	p = c->data + c->used;
	c->used += need;
	return memset(p, 0, size);
}

void *
arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		fatal("arena: absurd array of %zu x %zu", n, size);
	return arena_alloc(a, total);
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char text[256], *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert(n >= 0);
	if ((size_t)n < sizeof(text))
		return arena_strndup(a, text, (size_t)n);

	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *p)
{
	struct deferred *d = arena_alloc(a, sizeof(*d));

	d->fn = fn;
	d->p = p;
	d->next = a->deferred;
	a->deferred = d;
}
