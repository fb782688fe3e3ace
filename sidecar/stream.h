/*
 * What libuv's streams lack: sending with a bound, and reading no more than is wanted.
 */
#ifndef SIDECAR_STREAM_H
#define SIDECAR_STREAM_H

#include <stddef.h>
#include <uv.h>

/*
 * Send the bytes, all or none: what the kernel does not take now is copied and waits.  0; -1
 * when more than `limit` bytes wait already (nothing was sent), or the stream is broken.
 */
int stream_send(uv_stream_t *stream, const uv_buf_t *parts, unsigned n, size_t limit);

/*
 * Exactly `len` bytes into `into`, and not one more, which stays in the kernel; then
 * done(arg, 0).  done(arg, error) when the stream ends before.  Embedded; the stream's data is
 * borrowed meanwhile, and given back before done().
 */
typedef void stream_done_fn(void *arg, int status);
struct stream_exact {
	unsigned char *into;
	size_t len, got;
	stream_done_fn *done;
	void *arg, *data;
};
void stream_read_exact(struct stream_exact *e, uv_stream_t *stream, void *into,
    size_t len, stream_done_fn *done, void *arg);

#endif
