/*
 * What a network namespace has, by rtnetlink: links, IPv4 addresses, routes
 * and rules, read whole, and messages that change one of them.
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

enum {
	RTNL_PROTOCOL = 83,  /* marks routes and rules that are ours */
	RTNL_CONF_MAX = 64,  /* IPV4_DEVCONF_… are below */
	RTNL_REQUEST = 4096, /* a message of ours is shorter */
};

struct rtnl;

struct link {
	unsigned index, peer, master, flags, mtu;
	char name[IFNAMSIZ], kind[16]; /* "veth", "bridge", "" */
	uint8_t mac[6], operstate, linkmode;
	uint32_t conf[RTNL_CONF_MAX]; /* by IPV4_DEVCONF_… */
};

struct addr {
	unsigned index, len, scope;
	uint32_t addr;
};

/* An IPv4 unicast or blackhole route. */
struct route {
	unsigned table, type, scope, protocol, len, oif, metric;
	uint32_t dst, gateway; /* 0: none */
};

struct rule {
	unsigned pref, table, protocol;
	uint32_t mark;	    /* 0: any */
	int suppress;	    /* prefix length, -1: none */
	char iif[IFNAMSIZ]; /* "": any */
};

struct view {
	struct link *links;
	struct addr *addrs;
	struct route *routes;
	struct rule *rules;
	size_t n_links, n_addrs, n_routes, n_rules;
};

enum view_part {
	VIEW_LINKS = 1,
	VIEW_ADDRS = 2,
	VIEW_ROUTES = 4,
	VIEW_RULES = 8,
	VIEW_ALL = 15
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
