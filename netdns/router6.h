/*
 * What IPv6 needs in the namespace of a VPC's router, beside what router.h does for both
 * versions.
 *
 * On the bridge: the gateway of all subnets (ENI_GATEWAY6), the second address of each
 * subnet, which the router speaks from, and EC2's fd00:ec2::253 (resolver) and ::254 (metadata).
 * That the subnets are there is said in a table of its own: Docker connects no container
 * to a network when table main has a route into it, as one of 2001:db8::/32 (it would be simfra-internet's).
 *
 * On the internet leg: every IPv6 address is as it is, there is no translation.  The
 * addresses of a VPC are part of the network that the leg is in, so the host and other
 * VPCs ask for them there, and the router answers for those that a route leads in or out for.
 *
 * All of it only for a VPC with a subnet that has IPv6, and where the kernel has it.
 */
#ifndef NETDNS_ROUTER6_H
#define NETDNS_ROUTER6_H

#include "netdns/fabric.h"
#include "netdns/rtnl.h"

/* Addresses of the bridge, with the length of their networks; 0 without IPv6. */
size_t router6_own(const struct fabric_vpc *v, struct arena *a, struct cidr **ret);

/*
 * The routes to the subnets, and the rule by which the router itself, and what comes from
 * outside without a mark of a subnet's (rules.h), find them: preference 118, table 103.
 */
size_t router6_routes(const struct fabric_vpc *v, unsigned bridge, struct arena *a,
    struct route **ret);
struct rule router6_rule(void);

/* Its settings, before it has its addresses. */
int router6_bridge(struct rtnl *r, const struct fabric_vpc *v, const struct link *bridge,
    struct err *err);

/* The settings of the leg, and whom it answers for: all are taken back without IPv6. */
int router6_leg(struct rtnl *r, const struct view *view, const struct fabric *f,
    const struct fabric_vpc *v, const struct link *leg, struct err *err);

/* What router6_leg() put on any link is gone. */
int router6_clear(struct rtnl *r, const struct view *view, struct err *err);

#endif
