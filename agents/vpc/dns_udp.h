/*
 * Queries over UDP at one address, many a system call.
 */
#ifndef AGENTS_VPC_DNS_UDP_H
#define AGENTS_VPC_DNS_UDP_H

#include <uv.h>

#include "agents/vpc/resolver.h"

struct dns_udp;

/* Takes fd, a bound socket. */
struct dns_udp *dns_udp_open(uv_loop_t *loop, int fd, struct resolver *resolver);
void dns_udp_close(struct dns_udp *u);

#endif
