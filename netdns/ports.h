/*
 * The bridge of a VPC's router: table `bridge simfra`.
 *
 * Each port is an interface's, and says only what the interface may say: its MAC,
 * its addresses as senders of ARP, of neighbour discovery and of packets, and never
 * an address of the router.  It is told only what is for it.  With the source and
 * destination check off, packets of and for others pass, but ARP stays its own: AWS
 * does not learn addresses from the wire either.
 *
 * Frames of a port carry the mark of its subnet (rules.h) from here on, and are
 * bridged within the subnet only; what goes to another is routed.
 *
 * Not emulated: multicast and broadcast, which a VPC does not carry.
 */
#ifndef NETDNS_PORTS_H
#define NETDNS_PORTS_H

#include "base/buf.h"
#include "netdns/fabric.h"

/* A whole swap of the table. */
void ports_render(const struct fabric *f, const struct fabric_vpc *v, struct buf *out);

#endif
