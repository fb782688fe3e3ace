#include "netdns/router.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "netdns/eni.h"
#include "netdns/link.h"
#include "netdns/ns.h"

enum { TABLE_INTERNET = 101, TABLE_UNDERLAY = 102, DEFAULT_MTU = 1500 };

static const struct err_kind no_leg = { "NoLeg", 503 };

static const uint32_t link_local[] = {
	0xa9fea9fe, /* 169.254.169.254: metadata */
	0xa9fea9fd, /* 169.254.169.253: resolver */
	0xa9feaa02, /* 169.254.170.2: container credentials */
};

/* The router forwards, answers ARP where the address is, and takes loose reverse paths. */
static const struct link_conf conf[] = {
	{ IPV4_DEVCONF_FORWARDING, 1 },
	{ IPV4_DEVCONF_SEND_REDIRECTS, 0 },
	{ IPV4_DEVCONF_ACCEPT_REDIRECTS, 0 },
	{ IPV4_DEVCONF_RP_FILTER, 2 },
	{ IPV4_DEVCONF_ARP_IGNORE, 1 },
	{ IPV4_DEVCONF_ARP_ANNOUNCE, 2 },
	{ IPV4_DEVCONF_ARP_NOTIFY, 1 },
	{ IPV4_DEVCONF_PROMOTE_SECONDARIES, 1 },
};

struct leg {
	const struct link *link; /* NULL: not there */
	struct net4 net;	 /* Docker's address in it */
};

/* The leg is where an address of the network is that is not one of our /32. */
static struct leg
find_leg(const struct view *v, const struct net4 *net)
{
	struct leg leg = { 0 };

	for (size_t i = 0; i < v->n_addrs; i++) {
		const struct addr *a = &v->addrs[i];

		if (a->net.ip.version != 4 || a->net.len == 32 ||
		    !net4_has(net, ip_to4(&a->net.ip)))
			continue;
		for (size_t k = 0; k < v->n_links; k++) {
			if (v->links[k].index == a->index) {
				leg.link = &v->links[k];
				leg.net = (struct net4){ ip_to4(&a->net.ip), a->net.len };
			}
		}
	}
	return leg;
}

/* As links have them. */
static struct cidr *
cidrs(struct arena *a, const struct net4 *nets, size_t n)
{
	struct cidr *out = arena_calloc(a, n + 1, sizeof(*out));

	for (size_t i = 0; i < n; i++)
		out[i] = cidr_of4(nets[i].addr, nets[i].len);
	return out;
}

static size_t
own_addresses(const struct router_want *want, struct arena *a, struct net4 **ret)
{
	struct net4 *own =
	    arena_calloc(a, want->n_gateways + 2 + COUNT(link_local), sizeof(*own));
	size_t n = 0;

	for (size_t i = 0; i < want->n_gateways; i++)
		own[n++] = want->gateways[i];
	if (want->resolver != 0)
		own[n++] = (struct net4){ want->resolver, 32 };
	if (want->control != 0)
		own[n++] = (struct net4){ want->control, 32 };
	for (size_t i = 0; i < COUNT(link_local); i++)
		own[n++] = (struct net4){ link_local[i], 32 };
	*ret = own;
	return n;
}

static int
set_bridge(struct rtnl *r, struct arena *a, const struct router_want *want,
    const struct view *v, unsigned *ret, struct err *err)
{
	const struct link *bridge;
	char text[MAC_TEXT];
	struct net4 *own;
	struct view now;
	uint8_t mac[6];
	size_t n;

	/* Its own MAC, or it would change with every port that comes or goes. */
	plan_mac(want->id, text);
	mac_parse(text, mac);
	if (link_bridge(r, v, NAT_BRIDGE, mac, ret, err) < 0 ||
	    rtnl_view(r, a, VIEW_LINKS | VIEW_ADDRS, &now, err) < 0)
		return -1;
	bridge = view_link(&now, NAT_BRIDGE);
	if (bridge != NULL && link_set_conf(r, bridge, conf, COUNT(conf), err) < 0)
		return err_wrap(err, "settings of %s", NAT_BRIDGE);
	n = own_addresses(want, a, &own);
	return link_set_addrs(r, &now, *ret, cidrs(a, own, n), n, NULL, NULL, err);
}

static int
set_publics(struct rtnl *r, struct arena *a, const struct router_want *want,
    const struct view *v, const struct leg *leg, struct err *err)
{
	struct cidr *publics = arena_calloc(a, want->n_pairs + 1, sizeof(*publics)),
		    net = cidr_of4(leg->net.addr, leg->net.len);
	size_t n_added = 0;

	for (size_t i = 0; i < want->n_pairs; i++)
		publics[i] = cidr_of4(want->pairs[i].public_addr, 32);
	if (link_set_addrs(r, v, leg->link->index, publics, want->n_pairs, &net, &n_added,
		err) < 0)
		return -1;
	if (n_added == 0)
		return 0;
	return link_announce(r, leg->link, err);
}

static int
set_routing(struct rtnl *r, const struct view *v, const struct router_want *want,
    const struct leg *underlay, const struct leg *internet, struct err *err)
{
	static const struct rule rules[] = {
		{ .version = 4,
		    .pref = 100,
		    .table = TABLE_UNDERLAY,
		    .mark = NAT_MARK_CONTROL,
		    .suppress = -1 },
		{ .version = 4, .pref = 110, .table = RT_TABLE_MAIN, .suppress = 0 },
		{ .version = 4,
		    .pref = 120,
		    .table = TABLE_INTERNET,
		    .suppress = -1,
		    .iif = NAT_BRIDGE },
		{ .version = 4, .pref = 130, .table = TABLE_UNDERLAY, .suppress = -1 },
	};
	struct route routes[4] = {
		{ .table = TABLE_INTERNET, .type = RTN_BLACKHOLE, .dst.ip.version = 4 },
	};
	size_t n = 1;

	if (internet->link != NULL)
		routes[0] = (struct route){ .table = TABLE_INTERNET,
			.type = RTN_UNICAST,
			.dst.ip.version = 4,
			.oif = internet->link->index,
			.gateway = ip_of4(net4_base(&want->internet) + 1) };
	if (underlay->link != NULL) {
		routes[n++] = (struct route){ .table = TABLE_UNDERLAY,
			.type = RTN_UNICAST,
			.oif = underlay->link->index,
			.dst = cidr_of4(net4_base(&underlay->net), underlay->net.len) };
		routes[n++] = (struct route){ .table = TABLE_UNDERLAY,
			.type = RTN_UNICAST,
			.dst.ip.version = 4,
			.oif = underlay->link->index,
			.gateway = ip_of4(net4_base(&want->underlay) + 1) };
		/*
		 * Control's answers have no mark.  The kernel looks for the way back to
		 * their source as if from the bridge, and drops them if there is none.
		 */
		if (want->control_to != 0)
			routes[n++] = (struct route){ .table = TABLE_INTERNET,
				.type = RTN_UNICAST,
				.oif = underlay->link->index,
				.dst = cidr_of4(want->control_to, 32),
				.gateway = ip_of4(net4_base(&want->underlay) + 1) };
	}
	if (link_set_routes(r, v, 0, routes, n, err) < 0)
		return -1;
	return link_set_rules(r, v, rules, COUNT(rules), err);
}

static struct nat_leg
nat_leg(const struct leg *leg)
{
	struct nat_leg out = { .net = leg->net };

	if (leg->link != NULL)
		memcpy(out.name, leg->link->name, sizeof(out.name));
	return out;
}

static int
set_rules(struct arena *a, const struct router_want *want, struct router_memory *memory,
    const struct leg *underlay, const struct leg *internet, struct err *err)
{
	struct nat_router nat = {
		.subnets = want->gateways,
		.n_subnets = want->n_gateways,
		.pairs = want->pairs,
		.n_pairs = internet->link != NULL ? want->n_pairs : 0,
		.underlay = nat_leg(underlay),
		.internet = nat_leg(internet),
		.has_guests = want->has_guests && underlay->link != NULL,
		.control = underlay->link != NULL ? want->control : 0,
		.control_to = want->control_to,
		.control_port = want->control_port,
		.ports = want->ports,
		.n_ports = want->n_ports,
		.control_tls_port = want->control_tls_port,
		.tls_ports = want->tls_ports,
		.n_tls_ports = want->n_tls_ports,
	};
	struct buf *text = buf_new(a, 0);
	unsigned char digest[32];
	uint32_t generation, *own;
	struct net4 *nets;

	nat.n_own = own_addresses(want, a, &nets);
	own = arena_calloc(a, nat.n_own, sizeof(*own));
	for (size_t i = 0; i < nat.n_own; i++)
		own[i] = nets[i].addr;
	nat.own = own;
	nat_router(&nat, text);
	sha256(text->data, text->len, digest);
	if (nat_generation(&generation, err) < 0)
		return -1;
	if (generation == memory->generation && memcmp(digest, memory->rules, 32) == 0)
		return 0;
	if (nat_run(buf_text(text), err) < 0 || nat_generation(&generation, err) < 0)
		return -1;
	memory->generation = generation;
	memcpy(memory->rules, digest, 32);
	return 0;
}

static int
set_leg(struct rtnl *r, const struct leg *leg, struct err *err)
{
	if (leg->link == NULL)
		return 0;
	if (link_set_conf(r, leg->link, conf, COUNT(conf), err) < 0)
		return err_wrap(err, "settings of %s", leg->link->name);
	return 0;
}

/* The internet leg of a router that no longer has an internet gateway: ours are gone from it. */
static int
drop_publics(struct rtnl *r, const struct view *v, struct err *err)
{
	struct cidr any = { .ip.version = 4 };

	for (size_t i = 0; i < v->n_links; i++) {
		if (strcmp(v->links[i].name, NAT_BRIDGE) != 0 &&
		    strcmp(v->links[i].name, "lo") != 0 &&
		    link_set_addrs(r, v, v->links[i].index, NULL, 0, &any, NULL, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * The rules before the ways: nothing is forwarded before the table says what
 * may be, and what may no longer be is refused before its addresses go.
 */
int
router_ensure(struct rtnl *r, const struct router_want *want,
    struct router_memory *memory, struct router_facts *ret, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct leg underlay, internet = { 0 };
	struct view v;

	*ret = (struct router_facts){ .mtu = DEFAULT_MTU };
	/*
	 * What stays within the bridge is no business of the IP rules.  Where this
	 * cannot be set all works but a workload's way to its own public address.
	 */
	ns_setting("net/bridge/bridge-nf-call-iptables", '0');
	if (rtnl_view(r, a, VIEW_ALL, &v, err) < 0)
		return -1;
	underlay = find_leg(&v, &want->underlay);
	if (want->has_internet)
		internet = find_leg(&v, &want->internet);
	if (set_rules(a, want, memory, &underlay, &internet, err) < 0)
		return -1;
	if (set_bridge(r, a, want, &v, &ret->bridge, err) < 0 ||
	    set_leg(r, &underlay, err) < 0 || set_leg(r, &internet, err) < 0)
		return -1;
	if (internet.link != NULL ? set_publics(r, a, want, &v, &internet, err) < 0 :
				    drop_publics(r, &v, err) < 0)
		return -1;
	if (set_routing(r, &v, want, &underlay, &internet, err) < 0)
		return -1;
	if (underlay.link == NULL)
		return err_set(err, &no_leg,
		    "the router has no address in its underlay yet");
	ret->mtu = underlay.link->mtu;
	ret->underlay = underlay.net.addr;
	if (want->has_internet && internet.link == NULL)
		return err_set(err, &no_leg, "the router has no leg on the internet yet");
	return 0;
}

int
router_prune(struct rtnl *r, const char *const *names, size_t n, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct view v;

	if (rtnl_view(r, a, VIEW_LINKS, &v, err) < 0)
		return -1;
	for (size_t i = 0; i < v.n_links; i++) {
		size_t k = 0;

		if (!eni_is_host_name(v.links[i].name))
			continue;
		while (k < n && strcmp(names[k], v.links[i].name) != 0)
			k++;
		if (k == n && link_remove(r, v.links[i].index, err) < 0)
			return -1;
	}
	return 0;
}

int
router_clear(struct rtnl *r, const struct router_want *want, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct link *bridge;
	struct view v;

	if (router_prune(r, NULL, 0, err) < 0 || rtnl_view(r, a, VIEW_ALL, &v, err) < 0)
		return -1;
	bridge = view_link(&v, NAT_BRIDGE);
	if (bridge != NULL && link_remove(r, bridge->index, err) < 0)
		return -1;
	if (drop_publics(r, &v, err) < 0 || link_set_routes(r, &v, 0, NULL, 0, err) < 0 ||
	    link_set_rules(r, &v, NULL, 0, err) < 0)
		return -1;
	if (nat_remove(err) < 0)
		return err_wrap(err, "rules of %s", want->id);
	return 0;
}
