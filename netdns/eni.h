/*
 * An ENI: a veth pair from the bridge of the VPC's router to a device in a
 * container, with the ENI's MAC, addresses and routes; and the way of a guest.
 *
 * The host end is named after the ENI, so that another life of the agent finds it.
 * The kernel takes routes only on a link that is up, so that the network is
 * true is not said by IFF_UP but by IFF_RUNNING: the device is made dormant,
 * and wakes when its addresses and routes are there and the bridge forwards.
 *
 * IPv6 is turned on for the device with its first IPv6 address (Docker turns it off in
 * every container that is on no IPv6 network).
 */
#ifndef NETDNS_ENI_H
#define NETDNS_ENI_H

#include "netdns/ip.h"
#include "netdns/plan.h"
#include "netdns/rtnl.h"

enum { ENI_HOST_NAME = 16 };

/* The router's own address on every bridge, as with AWS a link-local one. */
#define ENI_GATEWAY6 "fe80::1"

struct eni_want {
	const char *id;
	char device[IFNAMSIZ];
	uint8_t mac[6];
	const struct cidr *addrs; /* the primary address first; of both versions */
	size_t n_addrs;
	struct ip gateway; /* of IPv4; version 0: none.  Of IPv6 it is ENI_GATEWAY6 */
	unsigned mtu;
	int forwards; /* a NAT gateway's, or one whose source/destination check is off */
};

/* "SIMFRA" and nine hex digits of a hash of the ENI's id. */
void eni_host_name(const char *id, char out[ENI_HOST_NAME]);
int eni_is_host_name(const char *name);

/*
 * Plug it in: r is a socket of the router's namespace, bridge the index of
 * br0, container_ns the container's namespace, which the thread enters.
 * *ret_plugged is 1 when the link is new.
 */
int eni_ensure(struct rtnl *r, unsigned bridge, int container_ns,
    const struct eni_want *want, int *ret_plugged, struct err *err);

/*
 * In the namespace of r, a guest's on the underlay: routes to nets by the router.
 * n 0 takes them away.
 */
int guest_ensure(struct rtnl *r, const struct net4 *underlay, uint32_t router,
    const struct net4 *nets, size_t n, struct err *err);

#endif
