/*
 * Text for nftables: what everybody who writes rules needs.  All rules of ours
 * are in one table a family and namespace, swapped whole (nat_run()).
 */
#ifndef NETDNS_RULES_H
#define NETDNS_RULES_H

#include "base/buf.h"
#include "netdns/fabric.h"
#include "netdns/ip.h"

/*
 * What a packet is, in its mark.  The lower half says what it is routed by: 1 + the
 * index of a subnet, MARK_EDGE for the internet gateway's table, 0 for what may
 * only go to local addresses.  The bridge sets it by the port.
 */
enum {
	MARK_PLACE = 0xffff,
	MARK_EDGE = 0xffff,
	MARK_CONTROL = 0x10000, /* translated to control */
	MARK_HAIRPIN = 0x20000, /* to a public address of the same VPC */
	MARK_ARRIVED = 0x40000, /* from another VPC, at a transit attachment */
	MARK_DETOUR = 0x80000,	/* to a public address of the VPC by an interface of it */
	MARK_INSIDE = 0x100000, /* goes by a route table, or nowhere */
};

/* MARK_INSIDE and 1 + index: the mark of what a subnet sends. */
unsigned subnet_mark(const struct fabric_subnet *s);

/* A named set or map in the making; nft has no word for an empty list of elements. */
struct rules_set {
	struct buf *out;
	size_t n;
};

/* head: "set own4 {\n  type ipv4_addr". */
struct rules_set rules_set(struct buf *out, const char *head);

/* Begin an element: write it to what is returned. */
struct buf *rules_next(struct rules_set *s);
void rules_end(struct rules_set *s);

void rules_ip(struct buf *out, const struct ip *ip);
void rules_cidr(struct buf *out, const struct cidr *c); /* without host bits */

/* "ip", "ip6" */
const char *rules_family(const struct ip *ip);

/*
 * What no internet gateway forwards (RFC 1918, 3927, 4193, 6890): it would reach networks of
 * the host.  As elements of a set, of one version; and asked of an address.
 */
void rules_never_outside(struct buf *out, unsigned version);
int rules_is_never_outside(const struct ip *ip);

/*
 * The router's own addresses, that workloads talk to and no rule of theirs
 * filters: gateways, resolver, control's, and the link-local services.
 */
size_t rules_own(const struct fabric_vpc *v, struct arena *a, struct ip **ret);

#endif
