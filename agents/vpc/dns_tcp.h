/*
 * Queries over TCP at one address (RFC 7766).
 *
 * A connection may ask many questions without waiting, and gets each answer as it is
 * there.  Bounded: connections in all and of one source, questions under way and
 * bytes not taken of one connection, and the time that it may do nothing.
 */
#ifndef AGENTS_VPC_DNS_TCP_H
#define AGENTS_VPC_DNS_TCP_H

#include <uv.h>

#include "agents/vpc/resolver.h"

enum {
	DNS_TCP_CONNS = 512,
	DNS_TCP_CONNS_OF_ONE = 32,
	DNS_TCP_IDLE_MS = 10000,
};

struct dns_tcp;

/* Takes fd, a bound socket, in any case; NULL and err when it cannot listen. */
struct dns_tcp *dns_tcp_open(uv_loop_t *loop, int fd, struct resolver *resolver,
    struct err *err);

/* With all its connections. */
void dns_tcp_close(struct dns_tcp *t);

#endif
