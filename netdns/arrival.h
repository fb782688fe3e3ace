/*
 * What a router makes of a packet that arrives, in table `inet simfra`: whence it is, the ACL
 * of the subnet that it leaves, and what it is meant for.  nat.h has the whole way.
 */
#ifndef NETDNS_ARRIVAL_H
#define NETDNS_ARRIVAL_H

#include "netdns/nat.h"

/* Sets and chains that the others use, too, and chain arrive. */
void arrival_render(const struct nat_router *r, struct buf *out);

/* Control can be reached by the router. */
int arrival_has_control(const struct nat_router *r);

/* The address of an endpoint that the VPC's router answers for: NULL. */
const struct ip *arrival_endpoint(const struct fabric_eni *e, const struct fabric_vpc *v);

/*
 * A map from endpoints to "VERDICT_N", a chain each: N is the index of its subnet, or
 * of the interface.
 */
void arrival_endpoint_map(const struct nat_router *r, struct buf *out, const char *name,
    const char *verdict, int by_subnet);

#endif
