/*
 * TCP of one forward: connections that come to a listening socket, each to the target.
 */
#ifndef AGENTS_EDGE_TCP_H
#define AGENTS_EDGE_TCP_H

#include "agents/edge/forward.h"

struct edge_tcp;

/* Listen at target->at: NULL and *ret_error, libuv's. */
struct edge_tcp *edge_tcp_open(struct forward_room *room, const struct target *target,
    int *ret_error);

/* New connections go there. */
void edge_tcp_lead(struct edge_tcp *t, const struct target *target);

/* End the connections that there are. */
void edge_tcp_drop(struct edge_tcp *t);

/* Do not listen any more; what is there goes on, and frees it at its end. */
void edge_tcp_close(struct edge_tcp *t);

size_t edge_tcp_count(const struct edge_tcp *t);

#endif
