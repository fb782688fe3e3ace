/*
 * UDP of one forward: a socket on this host's port, and a flow for each client of it.
 *
 * A flow to a public address is a socket of its own, so that answers find their client; one
 * into a VPC is a connection to its router that carries frames.  It ends when neither side has
 * said anything for a while.
 */
#ifndef AGENTS_EDGE_UDP_H
#define AGENTS_EDGE_UDP_H

#include "agents/edge/forward.h"

struct edge_udp;

/* Listen at target->at: NULL and *ret_error, libuv's. */
struct edge_udp *edge_udp_open(struct forward_room *room, const struct target *target,
    int *ret_error);

/* New flows go there. */
void edge_udp_lead(struct edge_udp *u, const struct target *target);

/* End the flows that there are. */
void edge_udp_drop(struct edge_udp *u);

/* With all flows; the loop frees it. */
void edge_udp_close(struct edge_udp *u);

size_t edge_udp_count(const struct edge_udp *u);

#endif
