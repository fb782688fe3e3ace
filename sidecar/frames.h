/*
 * Datagrams in a stream: each is its length, two bytes, the higher one first, and its bytes.
 */
#ifndef SIDECAR_FRAMES_H
#define SIDECAR_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"

enum {
	FRAME_MAX = 65507, /* the longest datagram of IPv4 */
	FRAMES_WAIT =
	    256 << 10, /* bytes that wait in a stream before datagrams are dropped */
};

/* What has come and is no whole frame yet; buf_init(&f->in, 0) is not needed. */
struct frames {
	struct buf in;
};
void frames_init(struct frames *f);
void frames_done(struct frames *f);

/* 0, or -1 when there is a frame longer than a datagram can be: the stream is of no use. */
typedef void frames_fn(void *arg, const uint8_t *p, size_t len);
int frames_take(struct frames *f, const void *p, size_t len, frames_fn *fn, void *arg);

/* A datagram that finds too many before it is dropped, as datagrams are.  0, or -1 dropped. */
int frames_send(uv_stream_t *stream, const void *p, size_t len);

#endif
