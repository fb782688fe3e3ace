/*
 * Addresses and bound sockets, IPv4.
 */
#ifndef AGENTS_VPC_NET_H
#define AGENTS_VPC_NET_H

#include <netinet/in.h>

#include "base/err.h"

extern const struct err_kind net_bad_address;

/* "10.0.0.2", or with a port of its own "10.0.0.2:5353": 0, or -1.  NULL is not one. */
int net_parse(const char *text, uint16_t port, struct sockaddr_in *ret);

int net_equal(const struct sockaddr_in *a, const struct sockaddr_in *b);

/*
 * A non-blocking socket of `type` (SOCK_DGRAM, SOCK_STREAM), bound even where
 * the address is not there yet, so that the order of netd's work and ours is free.
 * The fd, or -1.
 */
int net_bind(int type, const struct sockaddr_in *at, struct err *err);

#endif
