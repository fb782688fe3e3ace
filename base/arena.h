/*
 * Memory with the lifetime of one request.
 *
 * Everything a request allocates comes from its arena and goes when the
 * arena does; nothing in it is freed by hand.  What was not allocated here
 * (a JSON tree, a Redis reply) joins the arena with arena_defer().
 *
 * No function here returns NULL: out of memory, the process ends.  The state
 * that matters is in the store, and the supervisor starts us again.
 * An arena belongs to one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/cc.h"

struct arena;

struct arena *arena_new(void);

/* Run the deferred calls, last first, then free all memory.  NULL is fine. */
void arena_free(struct arena *a);

/* For CLEANUP(arena_freep), outside requests. */
void arena_freep(struct arena **a);

/* Zeroed, and aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);

/* Zeroed array; ends the process when n * size overflows. */
void *arena_calloc(struct arena *a, size_t n, size_t size);

char *arena_strdup(struct arena *a, const char *s);

/* n bytes of s and a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t n);

char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/* Call fn(p) when the arena goes; p then belongs to the arena. */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);

#endif
