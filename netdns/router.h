/*
 * The namespace of a VPC's router: made what it should be, and cleared.
 *
 * In it: the bridge br0 with every subnet's gateway, the resolver, control's
 * address, the link-local services and the endpoints; the legs that Docker put there, found
 * by the subnet that their address is in, since Docker gives eth0 and eth1 in
 * no fixed order; public addresses on the internet leg; joints to other routers; the tables of
 * nftables (nat.h, ports.h); policy routing, so that Docker's default route is never touched:
 *
 *    50  to a public address of the VPC by an interface of it    its subnet's table
 *    60  local, which the kernel has at 0: behind that one
 *   100  marked for control          table 102: by the underlay
 *   110  by its mark                 its subnet's table (ways.h), or the internet gateway's
 *   118  IPv6 without a place        table 103: the subnets (router6.h)
 *   119  a mark without a table      nowhere
 *   120  main, but no default route            (subnets, networks of the legs)
 *   130  the router's own            table 102: by the underlay
 *
 * Limits of appliances, interfaces without a source and destination check that a
 * route leads to: a packet that passes one comes back to the router as a packet of the appliance's
 * subnet, as in AWS.  Within VPCs nothing is tracked, so each way may be another.
 * What a public address is translated for is a connection of the router's, by the private
 * address: an appliance between the internet gateway and a workload must leave addresses and
 * ports as they are, or be a translator itself, as a NAT gateway is.
 */
#ifndef NETDNS_ROUTER_H
#define NETDNS_ROUTER_H

#include "netdns/nat.h"
#include "netdns/rtnl.h"

struct router_want {
	const struct fabric *fabric;
	const struct fabric_vpc *vpc;
	const struct joints *joints; /* of the fabric */
};

/* What is remembered of a namespace between two calls; zeroed for a new one. */
struct router_memory {
	unsigned char rules[32]; /* digest of the tables' text */
	uint32_t generation;
	unsigned announcements; /* of public addresses: ensure it again soon */
	int64_t announce_at_ms; /* monotonic: the next one */
};

/* What the ENIs and guests of the VPC need to know of its router. */
struct router_facts {
	unsigned bridge;   /* index of br0 */
	unsigned mtu;	   /* the underlay's */
	uint32_t underlay; /* the router's address there */
};

/* A digest of what is wanted: as long as it stays, nothing has to be done for it. */
void router_stamp(const struct router_want *want, unsigned char out[32]);

/*
 * In the namespace that the thread is in; r is a socket of it.  A leg that is not there yet
 * fails it, after all that can be done without has been done: *ret is set then too,
 * and bridge is not 0.  A joint that is not there yet (joint_ensure()) is a way that leads nowhere.
 */
int router_ensure(struct rtnl *r, const struct router_want *want,
    struct router_memory *memory, struct router_facts *ret, struct err *err);

/*
 * Remove the links to ENIs whose host end is not in names (router_host_name), the
 * rest of closed ENIs of former lives.
 */
int router_prune(struct rtnl *r, const char *const *names, size_t n, struct err *err);

/* Take away all that router_ensure(), joint_ensure() and eni_ensure() put there. */
int router_clear(struct rtnl *r, const char *vpc_id, struct err *err);

#endif
