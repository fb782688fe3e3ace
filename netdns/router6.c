#include "netdns/router6.h"

#include <linux/ipv6.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netdns/eni.h"
#include "netdns/link.h"
#include "netdns/ns.h"
#include "netdns/rules.h"

enum { TABLE_INSIDE = 103, PREF_INSIDE = 118 };

static const char *const services[] = { "fd00:ec2::253", "fd00:ec2::254" };

static const struct link_conf conf[] = {
	{ DEVCONF_DISABLE_IPV6, 0 },
	{ DEVCONF_FORWARDING, 1 },
	{ DEVCONF_ACCEPT_RA, 0 },
	{ DEVCONF_ACCEPT_REDIRECTS, 0 },
	{ DEVCONF_NDISC_NOTIFY, 1 },
	{ DEVCONF_PROXY_NDP, 1 },
};

static int
has_ip6(const struct fabric_vpc *v)
{
	for (size_t i = 0; i < v->n_subnets; i++) {
		if (v->subnets[i].cidr6.ip.version == 6)
			return 1;
	}
	return 0;
}

/* A constant of ours. */
static struct cidr
constant(const char *text, unsigned len)
{
	struct cidr c = { .len = len };

	ip_parse(text, &c.ip);
	return c;
}

/* EC2 gives nobody the first four addresses of a subnet. */
static struct cidr
second(const struct cidr *net)
{
	struct cidr c = *net;

	cidr_mask(&c);
	c.ip.b[15] |= 1;
	c.len = 128;
	return c;
}

size_t
router6_own(const struct fabric_vpc *v, struct arena *a, struct cidr **ret)
{
	struct cidr *own =
	    arena_calloc(a, v->n_subnets + 1 + COUNT(services), sizeof(*own));
	size_t n = 0;

	*ret = own;
	if (!has_ip6(v))
		return 0;
	own[n++] = constant(ENI_GATEWAY6, 64);
	for (size_t i = 0; i < v->n_subnets; i++) {
		if (v->subnets[i].cidr6.ip.version == 6)
			own[n++] = second(&v->subnets[i].cidr6);
	}
	for (size_t i = 0; i < COUNT(services); i++)
		own[n++] = constant(services[i], 128);
	return n;
}

size_t
router6_routes(const struct fabric_vpc *v, unsigned bridge, struct arena *a,
    struct route **ret)
{
	struct route *routes = arena_calloc(a, v->n_subnets + 1, sizeof(*routes));
	size_t n = 0;

	for (size_t i = 0; i < v->n_subnets; i++) {
		if (v->subnets[i].cidr6.ip.version == 6)
			routes[n++] = (struct route){ .table = TABLE_INSIDE,
				.type = RTN_UNICAST,
				.oif = bridge,
				.dst = v->subnets[i].cidr6 };
	}
	*ret = routes;
	return n;
}

struct rule
router6_rule(void)
{
	return (struct rule){ .version = 6,
		.pref = PREF_INSIDE,
		.table = TABLE_INSIDE,
		.mask = MARK_PLACE,
		.suppress = -1 };
}

int
router6_bridge(struct rtnl *r, const struct fabric_vpc *v, const struct link *bridge,
    struct err *err)
{
	if (!bridge->has_ip6)
		return 0;
	/* Without a setting: the kernel makes up no address for it. */
	if (!has_ip6(v))
		return link_set_conf6(r, bridge, NULL, 0, err);
	if (!ns_setting("net/ipv6/conf/all/forwarding", '1'))
		return err_set(err, &err_unavailable, "IPv6 cannot be forwarded");
	/* As in router.c for IPv4. */
	ns_setting("net/bridge/bridge-nf-call-ip6tables", '0');
	return link_set_conf6(r, bridge, conf, COUNT(conf), err);
}

static int
leads_outside(const struct fabric_subnet *s)
{
	for (size_t i = 0; s != NULL && s->table != NULL && i < s->table->n_routes; i++) {
		const struct fabric_route *r = &s->table->routes[i];

		if (r->to.ip.version == 6 &&
		    (r->kind == ROUTE_INTERNET || r->kind == ROUTE_EGRESS))
			return 1;
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return ip_compare(a, b);
}

/* The addresses that the leg answers for. */
static size_t
outside_addresses(const struct fabric *f, const struct fabric_vpc *v, struct arena *a,
    struct ip **ret)
{
	struct ip *list;
	size_t n = 0, max = 1;

	for (size_t i = 0; i < f->n_enis; i++)
		max += f->enis[i].vpc == v ? f->enis[i].n_addresses : 0;
	list = arena_calloc(a, max, sizeof(*list));
	for (size_t i = 0; i < f->n_enis; i++) {
		const struct fabric_eni *e = &f->enis[i];

		if (e->vpc != v || !leads_outside(e->subnet) ||
		    (e->kind != ENI_CONTAINER && e->kind != ENI_NAT))
			continue;
		for (size_t k = 0; k < e->n_addresses; k++) {
			if (cidr_has(&v->internet6, &e->addresses[k].ip))
				list[n++] = e->addresses[k].ip;
		}
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), compare);
	*ret = list;
	return n;
}

/*
 * A second link-local address, to ask and answer from at once: the kernel's own may be
 * used only when it has been looked for in the network for a second.
 */
static struct cidr
own_local(const struct link *leg)
{
	struct cidr c = { .ip = { .version = 6, .b = { 0xfe, 0x80, [8] = 'S', 'F' } },
		.len = 128 };

	memcpy(c.ip.b + 10, leg->mac, sizeof(leg->mac));
	return c;
}

static int
set_leg(struct rtnl *r, const struct view *view, const struct link *leg,
    const struct cidr *local, const struct ip *proxies, size_t n, struct err *err)
{
	const struct cidr locals = constant("fe80::", 64);

	if (link_set_proxies(r, view, leg->index, proxies, n, err) < 0)
		return -1;
	return link_set_addrs(r, view, leg->index, local, local != NULL ? 1 : 0, &locals,
	    NULL, err);
}

int
router6_leg(struct rtnl *r, const struct view *view, const struct fabric *f,
    const struct fabric_vpc *v, const struct link *leg, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct cidr local = own_local(leg);
	struct ip *proxies;
	char name[64];
	size_t n;

	if (!has_ip6(v) || v->internet6.ip.version == 0 || !leg->has_ip6)
		return set_leg(r, view, leg, NULL, NULL, 0, err);
	if (link_set_conf6(r, leg, conf, COUNT(conf), err) < 0)
		return -1;
	/* Who is asked for an address of others answers at once (RFC 4861 7.2.8 waits). */
	snprintf(name, sizeof(name), "net/ipv6/neigh/%s/proxy_delay", leg->name);
	ns_setting(name, '0');
	n = outside_addresses(f, v, a, &proxies);
	return set_leg(r, view, leg, &local, proxies, n, err);
}

int
router6_clear(struct rtnl *r, const struct view *view, struct err *err)
{
	for (size_t i = 0; i < view->n_links; i++) {
		if (set_leg(r, view, &view->links[i], NULL, NULL, 0, err) < 0)
			return -1;
	}
	return 0;
}
