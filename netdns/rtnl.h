/*
 * What a network namespace has, by rtnetlink: links, addresses, routes and rules of
 * both versions, and neighbours that are answered for; read whole, and messages that change
 * one of them.
 *
 * A `struct rtnl` is a socket in the namespace that the thread was in when it
 * was opened, and stays there.  Changes are made by link.h; this is its lower
 * floor.
 */
#ifndef NETDNS_RTNL_H
#define NETDNS_RTNL_H

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "netdns/ip.h"

enum {
	RTNL_PROTOCOL = 83,  /* marks routes and rules that are ours */
	RTNL_CONF_MAX = 64,  /* IPV4_DEVCONF_… and DEVCONF_… are below */
	RTNL_REQUEST = 4096, /* a message of ours is shorter */
	RTNL_METRIC6 = 1024 /* the kernel's metric of an IPv6 route that was given none */
};

struct rtnl;

struct link {
	unsigned index, peer, master, flags, mtu;
	char name[IFNAMSIZ], kind[16]; /* "veth", "bridge", "" */
	uint8_t mac[6], operstate, linkmode;
	uint32_t conf[RTNL_CONF_MAX];  /* by IPV4_DEVCONF_… */
	int has_ip6;		       /* the kernel has IPv6 for it */
	uint32_t conf6[RTNL_CONF_MAX]; /* by DEVCONF_… of linux/ipv6.h */
	uint8_t gen_mode; /* IN6_ADDR_GEN_MODE_…: whence its link-local address */
};

struct addr {
	unsigned index, scope;
	struct cidr net; /* the address with the length of its network */
};

/* A unicast or blackhole route.  The metric of IPv6 is counted from the kernel's own, 1024. */
struct route {
	unsigned table, type, scope, protocol, oif, metric;
	struct cidr dst;   /* canonical; its version is the route's */
	struct ip gateway; /* version 0: none */
};

/* Of the version that is asked for; what is 0, "" or of version 0 is not asked. */
struct rule {
	unsigned version, pref, table, protocol;
	uint32_t mark, mask; /* mask 0: all bits of the mark */
	int suppress;	     /* prefix length, -1: none */
	char iif[IFNAMSIZ], oif[IFNAMSIZ];
	struct cidr src;
};

/* An address that the link answers neighbour solicitations for, though it is elsewhere. */
struct proxy {
	unsigned index;
	struct ip ip;
};

struct view {
	struct link *links;
	struct addr *addrs;
	struct route *routes;
	struct rule *rules;
	struct proxy *proxies;
	size_t n_links, n_addrs, n_routes, n_rules, n_proxies;
};

enum view_part {
	VIEW_LINKS = 1,
	VIEW_ADDRS = 2,
	VIEW_ROUTES = 4,
	VIEW_RULES = 8,
	VIEW_PROXIES = 16,
	VIEW_ALL = 31
};

int rtnl_open(struct rtnl **ret, struct err *err);
void rtnl_closep(struct rtnl **r);

/* What there is now, in the arena. */
int rtnl_view(struct rtnl *r, struct arena *a, unsigned parts, struct view *ret,
    struct err *err);

/* NULL when there is none. */
const struct link *view_link(const struct view *v, const char *name);

/* An empty message of the type in a buffer that rtnl_send() of the same r empties. */
struct nlmsghdr *rtnl_message(struct rtnl *r, uint16_t type, uint16_t flags);

/* Send it, and wait for the kernel's word. */
int rtnl_send(struct rtnl *r, struct nlmsghdr *m, struct err *err);

/* As rtnl_send; that what is to go is not there is no failure. */
int rtnl_send_drop(struct rtnl *r, struct nlmsghdr *m, struct err *err);

#endif
