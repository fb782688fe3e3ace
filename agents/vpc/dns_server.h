/*
 * The resolver's sockets: UDP and TCP at every address it listens on.
 *
 * A change of the addresses is made in two steps, so that a configuration is taken
 * whole or not at all; a socket whose address stays is not touched.
 */
#ifndef AGENTS_VPC_DNS_SERVER_H
#define AGENTS_VPC_DNS_SERVER_H

#include <uv.h>

#include "agents/vpc/net.h"
#include "agents/vpc/resolver.h"

enum { DNS_LISTEN_MAX = 16 };

struct dns_server;

/* Borrows the resolver. */
struct dns_server *dns_server_open(uv_loop_t *loop, struct resolver *resolver);

/* Opens what is missing; on failure all is as it was. */
int dns_server_prepare(struct dns_server *s, const union net_any *at, size_t n,
    struct err *err);

/* After prepare: close what is not wanted any more, or what was opened. */
void dns_server_commit(struct dns_server *s);
void dns_server_abort(struct dns_server *s);

void dns_server_close(struct dns_server *s);

#endif
