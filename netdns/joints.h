/*
 * Joints: what VPCs are joined by.  A joint is a veth pair between the namespaces of two
 * routers, one for each peering, and one for each pair of attachments of transit
 * gateways between which a way leads.
 *
 * It has one name and one MAC on both ends, no network and no ARP: who sends by it knows
 * that the other end is meant.  What a router makes of a packet that comes by it
 * is nat.h's.  With either namespace the pair goes, and its routes with it.
 */
#ifndef NETDNS_JOINTS_H
#define NETDNS_JOINTS_H

#include "netdns/fabric.h"
#include "netdns/rtnl.h"
#include "netdns/ways.h"

struct joint {
	char name[IFNAMSIZ];
	const struct fabric_vpc *vpc[2];
	const struct fabric_peering *peering;  /* or */
	const struct fabric_attachment *at[2]; /* where vpc[0] and vpc[1] are attached */
};

struct joints {
	const struct joint *list;
	size_t n;
};

/* All of a network.  Each pair of VPCs that differ in their routers only once. */
void joints_read(const struct fabric *f, struct arena *a, struct joints *ret);

/* By the way of a VPC: NULL. */
const struct joint *joints_find(const struct joints *all, const struct way *way);

/* 0 or 1: which end of it the VPC is; -1: neither. */
int joint_end(const struct joint *j, const struct fabric_vpc *v);

int joint_is_name(const char *name);

/*
 * Make the pair, unless it is there: r is a socket of own_ns, where the thread is and will be, too.
 * *ret_made is 1 when it is new, with both ends down: each router brings up its own.
 */
int joint_ensure(struct rtnl *r, int own_ns, int peer_ns, const char *name, unsigned mtu,
    int *ret_made, struct err *err);

/*
 * Bring up all joints of the VPC that are there, and remove those that are none any more.
 * v NULL: all of them.  The view has links and addresses.
 */
int joints_keep(struct rtnl *r, const struct view *view, const struct joints *all,
    const struct fabric_vpc *v, unsigned mtu, struct err *err);

#endif
