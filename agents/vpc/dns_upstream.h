/*
 * One question to one server, over UDP or TCP, from a socket of its own.
 */
#ifndef AGENTS_VPC_DNS_UPSTREAM_H
#define AGENTS_VPC_DNS_UPSTREAM_H

#include <netinet/in.h>
#include <uv.h>

#include "agents/vpc/dns_wire.h"

struct dns_upstream;

/*
 * The server's message, of a header and our question at least; or NULL, for it
 * cannot be reached.  It is borrowed for the call, in which the upstream may be closed.
 */
typedef void dns_upstream_fn(void *arg, const uint8_t *p, size_t len);

/* Calls heard() at most once, never from within; NULL when no socket can be had. */
struct dns_upstream *dns_upstream_open(uv_loop_t *loop, const struct sockaddr_in *server,
    int is_tcp, const struct dns_name *name, uint16_t type, int with_edns,
    dns_upstream_fn *heard, void *arg);

int dns_upstream_is_tcp(const struct dns_upstream *u);
void dns_upstream_close(struct dns_upstream *u);

#endif
