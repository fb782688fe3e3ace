/*
 * A growing buffer of bytes with a limit and a sticky failure.
 *
 * Append, append, ask once: past its limit a buffer drops what is added and
 * remembers it (buf_is_full).  The bytes are always followed by a NUL that
 * does not count.  Out of memory ends the process.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

#include "base/arena.h"
#include "base/cc.h"

struct buf {
	char *data; /* NULL until the first append */
	size_t len;
	size_t cap, limit;
	int full;
};

/* limit 0: 256 MiB. */
void buf_init(struct buf *b, size_t limit);
void buf_done(struct buf *b);

/* A buffer that goes with the arena. */
struct buf *buf_new(struct arena *a, size_t limit);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_chr(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

/* The text so far ("" when empty), borrowed until the next append. */
const char *buf_text(const struct buf *b);

void buf_reset(struct buf *b); /* forget the bytes, keep the memory */
int buf_is_full(const struct buf *b);

#endif
