/*
 * Addresses and bound sockets: of IPv4, and of either version where it says so.
 */
#ifndef AGENTS_VPC_NET_H
#define AGENTS_VPC_NET_H

#include <netinet/in.h>

#include "base/err.h"

extern const struct err_kind net_bad_address;

/* "10.0.0.2", or with a port of its own "10.0.0.2:5353": 0, or -1.  NULL is not one. */
int net_parse(const char *text, uint16_t port, struct sockaddr_in *ret);

/* An address of either version. */
union net_any {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* As net_parse(), or an IPv6 address, which has no port of its own. */
int net_parse_any(const char *text, uint16_t port, union net_any *ret);

socklen_t net_size(const union net_any *at);
uint16_t net_port(const union net_any *at); /* network order */
int net_equal_any(const union net_any *a, const union net_any *b);

/* Its address without the port, an IPv4 one as ::ffff:10.0.0.2 (RFC 4291 2.5.5.2). */
struct in6_addr net_mapped(const union net_any *at);

int net_equal(const struct sockaddr_in *a, const struct sockaddr_in *b);

/*
 * A non-blocking socket of `type` (SOCK_DGRAM, SOCK_STREAM), bound even where
 * the address is not there yet, so that the order of netd's work and ours is free.
 * The fd, or -1.
 */
int net_bind(int type, const struct sockaddr_in *at, struct err *err);
int net_bind_any(int type, const union net_any *at, struct err *err);

#endif
