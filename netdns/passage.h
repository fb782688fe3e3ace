/*
 * What may pass a router, and from where to where: the chains of table `inet
 * simfra` behind chain arrive (arrival.h) that translate nothing.  nat.h has the whole way.
 */
#ifndef NETDNS_PASSAGE_H
#define NETDNS_PASSAGE_H

#include "netdns/nat.h"

/* Sets and chains, within the table, behind those of arrival_render(). */
void passage_render(const struct nat_router *r, struct buf *out);

#endif
