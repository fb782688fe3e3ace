/*
 * The way to a target: a connection to it, or, of one inside a VPC, a connection to the VPC's
 * router that has been let through (sidecar/hello.h).
 */
#ifndef AGENTS_EDGE_WAY_H
#define AGENTS_EDGE_WAY_H

#include <uv.h>

#include "agents/edge/target.h"
#include "sidecar/stream.h"

/* status 0: the stream is that to the target; else why not. */
typedef void way_done_fn(void *arg, int status);

struct way {
	uv_connect_t connect;
	struct stream_exact exact;
	uv_tcp_t *tcp;
	struct target target;
	unsigned char nonce[HELLO_NONCE], answer;
	way_done_fn *done;
	void *arg;
};

/*
 * Begin; tcp is initialized, and the caller's.  done() comes once, unless the caller closes tcp
 * first: then it may come with an error before tcp is closed.
 */
void way_start(struct way *w, uv_tcp_t *tcp, const struct target *target,
    way_done_fn *done, void *arg);

#endif
