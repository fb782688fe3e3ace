#include "sidecar/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "base/log.h"

struct rest {
	uv_write_t req;
	unsigned char bytes[];
};

/* A stream that cannot be written says so to its reader, too. */
static void
on_written(uv_write_t *req, int status UNUSED)
{
	free(req->data);
}

/* What is left of the parts after the first `sent` bytes, in one block. */
static struct rest *
rest_new(const uv_buf_t *parts, unsigned n, size_t sent, size_t len)
{
	struct rest *r = malloc(sizeof(*r) + len);
	size_t at = 0;

	if (r == NULL)
		fatal("out of memory");
	for (unsigned i = 0; i < n; i++) {
		size_t skip = sent < parts[i].len ? sent : parts[i].len;

		memcpy(r->bytes + at, parts[i].base + skip, parts[i].len - skip);
		at += parts[i].len - skip;
		sent -= skip;
	}
	return r;
}

int
stream_send(uv_stream_t *stream, const uv_buf_t *parts, unsigned n, size_t limit)
{
	size_t total = 0;
	struct rest *r;
	uv_buf_t left;
	int sent;

	if (uv_stream_get_write_queue_size(stream) > limit)
		return -1;
	for (unsigned i = 0; i < n; i++)
		total += parts[i].len;
	sent = uv_try_write(stream, parts, n);
	if (sent < 0 && sent != UV_EAGAIN)
		return -1;
	if (sent < 0)
		sent = 0;
	if ((size_t)sent == total)
		return 0;
	r = rest_new(parts, n, (size_t)sent, total - (size_t)sent);
	left = uv_buf_init((char *)r->bytes, (unsigned)(total - (size_t)sent));
	r->req.data = r;
	if (uv_write(&r->req, stream, &left, 1, on_written) < 0) {
		free(r);
		return -1;
	}
	return 0;
}

static void
on_exact_alloc(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	const struct stream_exact *e = handle->data;

	*buf = uv_buf_init((char *)e->into + e->got, (unsigned)(e->len - e->got));
}

static void
on_exact(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf UNUSED)
{
	struct stream_exact *e = stream->data;

	if (n > 0)
		e->got += (size_t)n;
	if (n >= 0 && e->got < e->len)
		return;
	uv_read_stop(stream);
	stream->data = e->data;
	e->done(e->arg, n < 0 ? (int)n : 0);
}

void
stream_read_exact(struct stream_exact *e, uv_stream_t *stream, void *into, size_t len,
    stream_done_fn *done, void *arg)
{
	*e = (struct stream_exact){ into, len, 0, done, arg, stream->data };
	stream->data = e;
	uv_read_start(stream, on_exact_alloc, on_exact);
}
