/*
 * One connection at the door (forward.h): greeted, let through, and carried on, as TCP or as
 * the datagrams of a flow.
 */
#ifndef AGENTS_VPC_FORWARD_GUEST_H
#define AGENTS_VPC_FORWARD_GUEST_H

#include <uv.h>

#include "agents/vpc/forward_plan.h"
#include "sidecar/frames.h"
#include "sidecar/hello.h"
#include "sidecar/relay.h"
#include "sidecar/stream.h"

struct guest;

/* Those of one door. */
struct guests {
	uv_loop_t *loop;
	const struct door_plan *plan; /* in force; NULL: nobody comes in */
	struct guest *first;
	size_t n, n_strangers;
	void (*changed)(void *arg); /* one is gone */
	void *arg;
	char room[RELAY_ROOM];
};

/* Take the connection that waits at the listener. */
void guest_accept(struct guests *all, uv_stream_t *listener);

void guests_close(struct guests *all);

#endif
