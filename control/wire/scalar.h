/*
 * Scalars between their texts on the wire and documents (base/json.h says how
 * documents have them).
 */
#ifndef CONTROL_WIRE_SCALAR_H
#define CONTROL_WIRE_SCALAR_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "models/tables.h"

/* Text that is valid UTF-8 to the shape's value: the caller's, or NULL when it is none. */
json_t *scalar_read(struct arena *a, const struct model *m, uint16_t shape,
    const char *text, size_t len);

/* ISO 8601, epoch seconds and RFC 822 dates to a document's timestamp; NULL when it is none. */
json_t *timestamp_read(const char *text);

/* How the shape's timestamps are said where the protocol says them in `by_protocol`. */
enum timestamp_form timestamp_form(const struct model *m, uint16_t shape,
    enum timestamp_form by_protocol);

/* with_ms: ISO 8601 always has milliseconds, as EC2 does; else only when there are some. */
void timestamp_write(const json_t *v, enum timestamp_form form, int with_ms,
    struct buf *b);

void integer_write(json_int_t n, struct buf *b);
void real_write(double d, struct buf *b); /* the shortest text that reads back the same */

/* Make that room; NULL past the limit. */
char *buf_room_slow(struct buf *b, size_t n);

/* Room for n more bytes at the end, which buf_added() then counts; NULL past the limit. */
static inline char *
buf_room(struct buf *b, size_t n)
{
	return b->cap > b->len + n ? b->data + b->len : buf_room_slow(b, n);
}

static inline void
buf_added(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = '\0';
}

#endif
