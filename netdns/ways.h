/*
 * Where a packet of a subnet goes: EC2's route tables as ways that a router can
 * take, and as the kernel's routes and rules.
 *
 * A subnet has a table of the kernel's, chosen by the mark that its packets have (rules.h):
 * the longest prefix decides, and at its end nothing passes.  What a transit gateway
 * does with a packet is known before it is sent, since its tables depend on the
 * destination alone: the way ends at an attachment of another VPC, or nowhere.
 * For this every prefix of every table on the way is a way of its own: of any address, the
 * longest of them is within the same route of each table.
 */
#ifndef NETDNS_WAYS_H
#define NETDNS_WAYS_H

#include "netdns/fabric.h"
#include "netdns/rtnl.h"

/* kind is that of the route, and ROUTE_NOWHERE for what cannot be gone. */
struct way {
	struct cidr to; /* canonical */
	enum route_kind kind;
	const struct fabric_eni *eni;	      /* of ROUTE_INTERFACE */
	const struct fabric_peering *peering; /* of ROUTE_PEERING */
	/* Of ROUTE_TRANSIT: the attachments of this VPC and of the other one. */
	const struct fabric_attachment *from, *onto;
};

/*
 * All ways by the table, each prefix once, in no order.  zone is that of the subnet that
 * goes by it: the transit gateway must be attached there.
 */
size_t ways_of(const struct fabric_vpc *v, const struct fabric_table *table,
    const char *zone, struct arena *a, struct way **ret);

/* The way to an address: 1, or 0 when the table has none. */
int ways_find(const struct fabric_vpc *v, const struct fabric_table *table,
    const char *zone, const struct ip *ip, struct way *ret);

/* Where a peering of two transit gateways comes out: NULL. */
const struct fabric_attachment *ways_other_end(const struct fabric_attachment *at);

/* Links of the router that ways lead to; 0: it is not there. */
struct ways_links {
	unsigned bridge, underlay, internet;
	struct ip underlay_gateway, internet_gateway, internet_gateway6;
	/* By the way's peering or attachments: the index of the link. */
	unsigned (*joint)(const void *arg, const struct way *way);
	const void *arg;
};

/* The kernel's table of a subnet, never one of another's. */
unsigned ways_table(const struct fabric_subnet *s);

/*
 * The kernel's routes of all subnets of the VPC and of its internet gateway, and the rules that
 * choose among them by mark: preferences 110 to 119, and 50 for MARK_DETOUR.
 */
size_t ways_routes(const struct fabric_vpc *v, const struct ways_links *links,
    struct arena *a, struct route **ret);
size_t ways_rules(const struct fabric_vpc *v, struct arena *a, struct rule **ret);

#endif
