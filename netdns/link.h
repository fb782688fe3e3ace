/*
 * Links, addresses, routes and rules of both versions as they should be: each
 * function is told the wanted state, compares it with a view of what is (rtnl.h), and
 * changes only the difference.  Called twice, the second call sends nothing.
 *
 * Routes and rules of ours carry RTNL_PROTOCOL; others are not looked at.
 * All of this is netlink: /proc/sys is read-only in a container, and the
 * per-link settings (forwarding, rp_filter …) are attributes of the link.  But
 * for those of IPv6, which the kernel only shows there: they are written by ns_setting(),
 * and so by a thread that is in the namespace.
 */
#ifndef NETDNS_LINK_H
#define NETDNS_LINK_H

#include "netdns/ip.h"
#include "netdns/rtnl.h"

/* One setting of a link: IPV4_DEVCONF_FORWARDING, 1; of IPv6: DEVCONF_FORWARDING, 1. */
struct link_conf {
	unsigned what;
	uint32_t value;
};

/* A bridge with the MAC, up, no STP and so no delay: its index in *ret. */
int link_bridge(struct rtnl *r, const struct view *v, const char *name,
    const uint8_t mac[6], unsigned *ret, struct err *err);

int link_set_conf(struct rtnl *r, const struct link *l, const struct link_conf *conf,
    size_t n, struct err *err);

/*
 * The same of IPv6 (see the table in link.c), and no address but those it is given: none
 * made up by the kernel, link-local or from an advertisement.
 */
int link_set_conf6(struct rtnl *r, const struct link *l, const struct link_conf *conf,
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
 * that are a network of their own (/32, /128), exactly want.  ours NULL: all of both
 * versions.  n_added (may be NULL) counts the new ones.
 */
int link_set_addrs(struct rtnl *r, const struct view *v, unsigned index,
    const struct cidr *want, size_t n, const struct cidr *ours, size_t *n_added,
    struct err *err);

/* Our routes are exactly want: those through link `oif`, or, oif 0, all. */
int link_set_routes(struct rtnl *r, const struct view *v, unsigned oif,
    const struct route *want, size_t n, struct err *err);

/* Our rules are exactly want. */
int link_set_rules(struct rtnl *r, const struct view *v, const struct rule *want,
    size_t n, struct err *err);

/* The link answers neighbour solicitations (RFC 4861 7.2.8) for exactly want. */
int link_set_proxies(struct rtnl *r, const struct view *v, unsigned index,
    const struct ip *want, size_t n, struct err *err);

/*
 * Tell the neighbours of the link that we have its addresses (RFC 5227 3, RFC 4861 7.2.6).
 * The kernel does, for a link with ARP_NOTIFY or NDISC_NOTIFY, when its MAC is set, be it to what
 * it is; to close a packet socket takes a grace period of RCU, 10 ms and more.
 */
int link_announce(struct rtnl *r, const struct link *l, struct err *err);

#endif
