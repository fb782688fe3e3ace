#include "sidecar/frames.h"

#include <string.h>

#include "sidecar/stream.h"

enum { HEAD = 2 };

void
frames_init(struct frames *f)
{
	buf_init(&f->in, HEAD + FRAME_MAX);
}

void
frames_done(struct frames *f)
{
	buf_done(&f->in);
}

/* The length that the head says. */
static size_t
length_of(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* As much of p as the frame in the buffer still lacks: how many bytes that was. */
static size_t
fill(struct frames *f, const uint8_t *p, size_t len)
{
	size_t want = HEAD, n;

	if (f->in.len >= HEAD)
		want += length_of((const uint8_t *)f->in.data);
	n = want - f->in.len;
	if (n > len)
		n = len;
	buf_add(&f->in, p, n);
	return n;
}

int
frames_take(struct frames *f, const void *bytes, size_t len, frames_fn *fn, void *arg)
{
	const uint8_t *p = bytes;

	while (len > 0) {
		size_t n = fill(f, p, len), frame;

		p += n;
		len -= n;
		if (f->in.len < HEAD)
			return 0;
		frame = length_of((const uint8_t *)f->in.data);
		if (frame > FRAME_MAX)
			return -1;
		if (f->in.len < HEAD + frame)
			continue;
		fn(arg, (const uint8_t *)f->in.data + HEAD, frame);
		buf_reset(&f->in);
	}
	return 0;
}

int
frames_send(uv_stream_t *stream, const void *p, size_t len)
{
	char head[HEAD] = { (char)(len >> 8), (char)len };
	uv_buf_t parts[2] = { uv_buf_init(head, HEAD) };

	if (len > FRAME_MAX)
		return -1;
	memcpy(&parts[1].base, &p, sizeof(p));
	parts[1].len = len;
	return stream_send(stream, parts, 2, FRAMES_WAIT);
}
