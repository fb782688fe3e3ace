/*
 * Links, addresses, routes and rules as they should be: each function is told
 * the wanted state, compares it with a view of what is (rtnl.h), and changes
 * only the difference.  Called twice, the second call sends nothing.
 *
 * Routes and rules of ours carry RTNL_PROTOCOL; others are not looked at.
 * All of this is netlink: /proc/sys is read-only in a container, and the
 * per-link settings (forwarding, rp_filter …) are attributes of the link.
 */
#ifndef NETDNS_LINK_H
#define NETDNS_LINK_H

#include "netdns/plan.h"
#include "netdns/rtnl.h"

/* One setting of a link: IPV4_DEVCONF_FORWARDING, 1. */
struct link_conf {
	unsigned what;
	uint32_t value;
};

/* A bridge with the MAC, up, no STP and so no delay: its index in *ret. */
int link_bridge(struct rtnl *r, const struct view *v, const char *name,
    const uint8_t mac[6], unsigned *ret, struct err *err);

int link_set_conf(struct rtnl *r, const struct link *l, const struct link_conf *conf,
    size_t n, struct err *err);
int link_set_mtu(struct rtnl *r, const struct link *l, unsigned mtu, struct err *err);
int link_set_up(struct rtnl *r, unsigned index, struct err *err);

/*
 * In the r's namespace `name`, a port of bridge `master`, down; in that of
 * peer_ns `peer_name` with the MAC, down and dormant: it does not count as
 * running (IFF_RUNNING) before link_wake(), though it must be up to take routes.
 */
int link_veth(struct rtnl *r, const char *name, unsigned master, unsigned mtu,
    int peer_ns, const char *peer_name, const uint8_t mac[6], struct err *err);
int link_wake(struct rtnl *r, unsigned index, struct err *err);

/*
 * Until the link is in use: the kernel starts its queue, and the bridge its
 * port, a moment after the carrier comes, and what is sent before is lost.
 * Commonly 0.1 ms; after 20 it is given up, which is no failure.
 */
int link_wait(struct rtnl *r, const char *name, struct err *err);

/* Gone already: 0. */
int link_remove(struct rtnl *r, unsigned index, struct err *err);

/*
 * The addresses of link `index` are exactly want, or, of those within `ours`
 * (NULL: all), exactly want.  n_added (may be NULL) counts the new ones.
 */
int link_set_addrs(struct rtnl *r, const struct view *v, unsigned index,
    const struct net4 *want, size_t n, const struct net4 *ours, size_t *n_added,
    struct err *err);

/* Our routes are exactly want: those through link `oif`, or, oif 0, all. */
int link_set_routes(struct rtnl *r, const struct view *v, unsigned oif,
    const struct route *want, size_t n, struct err *err);

/* Our rules are exactly want. */
int link_set_rules(struct rtnl *r, const struct view *v, const struct rule *want,
    size_t n, struct err *err);

/*
 * Tell the neighbours of the link that we have its addresses (RFC 5227 3).
 * The kernel does, for a link with ARP_NOTIFY, when its MAC is set, be it to what
 * it is; to close a packet socket takes a grace period of RCU, 10 ms and more.
 */
int link_announce(struct rtnl *r, const struct link *l, struct err *err);

#endif
