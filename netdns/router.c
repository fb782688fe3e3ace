#include "netdns/router.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "netdns/arrival.h"
#include "netdns/detour.h"
#include "netdns/eni.h"
#include "netdns/link.h"
#include "netdns/ns.h"
#include "netdns/ports.h"
#include "netdns/router6.h"
#include "netdns/rules.h"

enum {
	TABLE_UNDERLAY = 102,
	PREF_CONTROL = 100,
	PREF_MAIN = 120,
	PREF_OWN = 130,
	DEFAULT_MTU = 1500,
	ANNOUNCEMENTS = 3, /* RFC 5227 2.3, and one more */
	ANNOUNCE_EVERY_MS = 400
};

static const struct err_kind no_leg = { "NoLeg", 503 };

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

/* What a NAT gateway gets from a public address of the VPC it sends on with that as its source. */
static const struct link_conf accept_local = { IPV4_DEVCONF_ACCEPT_LOCAL, 1 };

struct leg {
	const struct link *link; /* NULL: not there */
	struct cidr net;	 /* Docker's address in it */
	struct ip gateway;	 /* the host's */
};

/* All that router_ensure() works on. */
struct router {
	struct rtnl *r;
	struct arena *a;
	const struct router_want *want;
	struct view view; /* as it was at the beginning */
	struct leg underlay, internet;
	struct nat_pair *pairs;
	size_t n_pairs;
	unsigned bridge;
};

/* The first address behind that of the network. */
static struct ip
first_of(const struct cidr *net)
{
	struct cidr c = *net;

	cidr_mask(&c);
	if (c.ip.version == 4)
		return ip_of4(ip_to4(&c.ip) + 1);
	if (c.ip.version == 6)
		c.ip.b[15] |= 1;
	return c.ip;
}

/* The leg is where an address of the network is that is not one of our /32. */
static struct leg
find_leg(const struct view *v, const struct cidr *net)
{
	struct leg leg = { 0 };

	for (size_t i = 0; net->ip.version == 4 && i < v->n_addrs; i++) {
		const struct addr *a = &v->addrs[i];

		if (a->net.len == 32 || !cidr_has(net, &a->net.ip))
			continue;
		for (size_t k = 0; k < v->n_links; k++) {
			if (v->links[k].index == a->index) {
				leg.link = &v->links[k];
				leg.net = a->net;
				leg.gateway = first_of(net);
			}
		}
	}
	return leg;
}

static struct cidr
alone(const struct ip *ip)
{
	return (struct cidr){ .ip = *ip, .len = ip->version == 6 ? 128 : 32 };
}

/* Those of rules_own(), with their networks, and the endpoints'. */
static size_t
own_addresses(const struct router *o, struct cidr **ret)
{
	const struct fabric_vpc *v = o->want->vpc;
	const struct fabric *f = o->want->fabric;
	struct cidr *own, *own6;
	struct ip *list;
	size_t n_list = rules_own(v, o->a, &list), n6 = router6_own(v, o->a, &own6),
	       n = 0;

	own = arena_calloc(o->a, n_list + n6 + f->n_enis + 1, sizeof(*own));
	for (size_t i = 0; i < n_list; i++) {
		if (list[i].version != 4)
			continue;
		own[n] = alone(&list[i]);
		/* The gateways are the first, in the order of the subnets. */
		if (i < v->n_subnets)
			own[n].len = v->subnets[i].cidr.len;
		n++;
	}
	for (size_t i = 0; i < n6; i++)
		own[n++] = own6[i];
	for (size_t i = 0; i < f->n_enis; i++) {
		const struct ip *ip = arrival_endpoint(&f->enis[i], v);

		if (ip != NULL)
			own[n++] = alone(ip);
	}
	*ret = own;
	return n;
}

static int
set_bridge(struct router *o, struct err *err)
{
	const struct link *bridge;
	char text[MAC_TEXT];
	struct cidr *own;
	struct view now;
	uint8_t mac[6];
	size_t n;

	/* Its own MAC, or it would change with every port that comes or goes. */
	plan_mac(o->want->vpc->id, text);
	mac_parse(text, mac);
	if (link_bridge(o->r, &o->view, NAT_BRIDGE, mac, &o->bridge, err) < 0 ||
	    rtnl_view(o->r, o->a, VIEW_LINKS | VIEW_ADDRS, &now, err) < 0)
		return -1;
	bridge = view_link(&now, NAT_BRIDGE);
	if (bridge != NULL &&
	    (link_set_conf(o->r, bridge, conf, COUNT(conf), err) < 0 ||
		link_set_conf(o->r, bridge, &accept_local, 1, err) < 0 ||
		router6_bridge(o->r, o->want->vpc, bridge, err) < 0))
		return err_wrap(err, "settings of %s", NAT_BRIDGE);
	n = own_addresses(o, &own);
	return link_set_addrs(o->r, &now, o->bridge, own, n, NULL, NULL, err);
}

/*
 * Who knew an address at another router goes on asking that one.  The bridge loses the first
 * words of a link that is new, so they are said again.
 */
static int
announce(struct router *o, struct router_memory *memory, struct err *err)
{
	int64_t now_ms = clock_monotonic_ms();

	if (memory->announcements == 0 || now_ms < memory->announce_at_ms)
		return 0;
	memory->announcements--;
	memory->announce_at_ms = now_ms + ANNOUNCE_EVERY_MS;
	return link_announce(o->r, o->internet.link, err);
}

static int
set_publics(struct router *o, struct router_memory *memory, struct err *err)
{
	const struct leg *leg = &o->internet;
	struct cidr *publics = arena_calloc(o->a, o->n_pairs + 1, sizeof(*publics));
	size_t n_added = 0;

	for (size_t i = 0; i < o->n_pairs; i++)
		publics[i] = alone(&o->pairs[i].public_addr);
	if (link_set_addrs(o->r, &o->view, leg->link->index, publics, o->n_pairs,
		&leg->net, &n_added, err) < 0 ||
	    router6_leg(o->r, &o->view, o->want->fabric, o->want->vpc, leg->link, err) <
		0)
		return -1;
	if (n_added > 0) {
		memory->announcements = ANNOUNCEMENTS;
		memory->announce_at_ms = 0;
	}
	return announce(o, memory, err);
}

/* Rules */

static size_t
all_rules(const struct router *o, struct rule **ret)
{
	struct rule *ways, *rules;
	size_t n = ways_rules(o->want->vpc, o->a, &ways), n_all = 0;

	rules = arena_calloc(o->a, n + 9, sizeof(*rules));
	for (; n_all < n; n_all++)
		rules[n_all] = ways[n_all];
	rules[n_all++] = router6_rule();
	for (unsigned version = 4; version <= 6; version += 2) {
		rules[n_all++] = (struct rule){ .version = version,
			.pref = PREF_CONTROL,
			.table = TABLE_UNDERLAY,
			.mark = MARK_CONTROL,
			.mask = MARK_CONTROL,
			.suppress = -1 };
		rules[n_all++] = (struct rule){ .version = version,
			.pref = PREF_MAIN,
			.table = RT_TABLE_MAIN,
			.suppress = 0 };
		rules[n_all++] = (struct rule){ .version = version,
			.pref = PREF_OWN,
			.table = TABLE_UNDERLAY,
			.suppress = -1 };
	}
	*ret = rules;
	return n_all;
}

static int
is_same_rule(const struct rule *a, const struct rule *b)
{
	return a->version == b->version && a->pref == b->pref && a->table == b->table &&
	    a->mark == b->mark && a->mask == b->mask;
}

/*
 * Only those of the wanted that are there already: while marks change their meaning
 * none leads by a table that was another's.
 */
static int
drop_old_rules(struct router *o, struct err *err)
{
	struct rule *rules, *kept;
	size_t n = all_rules(o, &rules), n_kept = 0;

	kept = arena_calloc(o->a, n + 1, sizeof(*kept));
	for (size_t i = 0; i < n; i++) {
		int is_there = 0;

		for (size_t k = 0; k < o->view.n_rules && !is_there; k++)
			is_there = o->view.rules[k].protocol == RTNL_PROTOCOL &&
			    is_same_rule(&rules[i], &o->view.rules[k]);
		if (is_there)
			kept[n_kept++] = rules[i];
	}
	return link_set_rules(o->r, &o->view, kept, n_kept, err);
}

/* Routes */

static unsigned
index_of(const struct leg *leg)
{
	return leg->link != NULL ? leg->link->index : 0;
}

static unsigned
joint_index(const void *arg, const struct way *way)
{
	const struct router *o = arg;
	const struct joint *j = joints_find(o->want->joints, way);
	const struct link *l = j != NULL ? view_link(&o->view, j->name) : NULL;

	return l != NULL ? l->index : 0;
}

static int
set_routing(struct router *o, struct err *err)
{
	const struct fabric_vpc *v = o->want->vpc;
	struct ways_links links = { .bridge = o->bridge,
		.underlay = index_of(&o->underlay),
		.internet = index_of(&o->internet),
		.underlay_gateway = o->underlay.gateway,
		.internet_gateway = o->internet.gateway,
		.internet_gateway6 = first_of(&v->internet6),
		.joint = joint_index,
		.arg = o };
	struct route *ways, *routes, *inside;
	struct rule *rules;
	size_t n = ways_routes(v, &links, o->a, &ways), n_rules, n_inside;

	n_inside = router6_routes(v, o->bridge, o->a, &inside);
	routes = arena_calloc(o->a, n + n_inside + 2, sizeof(*routes));
	if (n > 0)
		memcpy(routes, ways, n * sizeof(*routes));
	if (n_inside > 0)
		memcpy(routes + n, inside, n_inside * sizeof(*routes));
	n += n_inside;
	if (o->underlay.link != NULL) {
		struct cidr net = o->underlay.net;

		cidr_mask(&net);
		routes[n++] = (struct route){ .table = TABLE_UNDERLAY,
			.type = RTN_UNICAST,
			.oif = o->underlay.link->index,
			.dst = net };
		routes[n++] = (struct route){ .table = TABLE_UNDERLAY,
			.type = RTN_UNICAST,
			.dst.ip.version = 4,
			.oif = o->underlay.link->index,
			.gateway = o->underlay.gateway };
	}
	n_rules = all_rules(o, &rules);
	if (link_set_routes(o->r, &o->view, 0, routes, n, err) < 0 ||
	    rtnl_view(o->r, o->a, VIEW_RULES, &o->view, err) < 0)
		return -1;
	if (link_set_rules(o->r, &o->view, rules, n_rules, err) < 0)
		return -1;
	return detour_open(o->r, &o->view, err);
}

/* Tables of nftables */

static struct nat_leg
nat_leg(const struct leg *leg)
{
	struct nat_leg out = { .net = leg->net };

	if (leg->link != NULL)
		memcpy(out.name, leg->link->name, sizeof(out.name));
	return out;
}

static int
set_tables(struct router *o, struct router_memory *memory, struct err *err)
{
	struct nat_router nat = {
		.fabric = o->want->fabric,
		.vpc = o->want->vpc,
		.joints = o->want->joints,
		.underlay = nat_leg(&o->underlay),
		.internet = nat_leg(&o->internet),
		.pairs = o->pairs,
		.n_pairs = o->n_pairs,
		.arena = o->a,
	};
	struct buf *text = buf_new(o->a, 0);
	unsigned char digest[32];
	uint32_t generation;

	ports_render(o->want->fabric, o->want->vpc, text);
	nat_router(&nat, text);
	sha256(text->data, text->len, digest);
	if (nat_generation(&generation, err) < 0)
		return -1;
	if (generation == memory->generation && memcmp(digest, memory->rules, 32) == 0)
		return 0;
	if (drop_old_rules(o, err) < 0 || nat_run(buf_text(text), err) < 0 ||
	    nat_generation(&generation, err) < 0)
		return -1;
	memory->generation = generation;
	memcpy(memory->rules, digest, 32);
	return 0;
}

/* Any link: that there is one is enough. */
static unsigned
some_joint(const void *arg, const struct way *way)
{
	const struct joint *j = joints_find(arg, way);
	unsigned n = 0;

	for (const char *p = j != NULL ? j->name : ""; *p != '\0'; p++)
		n = n * 31 + (unsigned char)*p;
	return n;
}

void
router_stamp(const struct router_want *want, unsigned char out[32])
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct ways_links links = { .bridge = 1,
		.underlay = 2,
		.internet = 3,
		.underlay_gateway = want->vpc->underlay.ip,
		.internet_gateway = want->vpc->internet.ip,
		.internet_gateway6 = want->vpc->internet6.ip,
		.joint = some_joint,
		.arg = want->joints };
	struct nat_router nat = { .fabric = want->fabric,
		.vpc = want->vpc,
		.joints = want->joints,
		.underlay = { .name = "underlay", .net = want->vpc->underlay },
		.internet = { .name = "internet", .net = want->vpc->internet },
		.arena = a };
	struct buf *text = buf_new(a, 0);
	struct nat_pair *pairs;
	struct route *routes;
	size_t n = ways_routes(want->vpc, &links, a, &routes);

	nat.n_pairs = nat_pairs(want->fabric, want->vpc, a, &pairs);
	nat.pairs = pairs;
	ports_render(want->fabric, want->vpc, text);
	nat_router(&nat, text);
	buf_add(text, routes, n * sizeof(*routes));
	sha256(text->data, text->len, out);
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
		    !joint_is_name(v->links[i].name) &&
		    link_set_addrs(r, v, v->links[i].index, NULL, 0, &any, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static unsigned
mtu_of(const struct router *o)
{
	return o->underlay.link != NULL ? o->underlay.link->mtu : DEFAULT_MTU;
}

static int
ensure(struct router *o, struct router_memory *memory, struct err *err)
{
	const struct fabric_vpc *v = o->want->vpc;

	/*
	 * What stays within the bridge is no business of the IP rules.  Where this
	 * cannot be set all works but a workload's way to its own public address.
	 */
	ns_setting("net/bridge/bridge-nf-call-iptables", '0');
	if (rtnl_view(o->r, o->a, VIEW_ALL, &o->view, err) < 0)
		return -1;
	o->underlay = find_leg(&o->view, &v->underlay);
	o->internet = find_leg(&o->view, &v->internet);
	if (o->internet.link != NULL)
		o->n_pairs = nat_pairs(o->want->fabric, v, o->a, &o->pairs);
	if (set_tables(o, memory, err) < 0 || set_bridge(o, err) < 0 ||
	    set_leg(o->r, &o->underlay, err) < 0 ||
	    set_leg(o->r, &o->internet, err) < 0 ||
	    joints_keep(o->r, &o->view, o->want->joints, v, mtu_of(o), err) < 0)
		return -1;
	if (o->internet.link != NULL ? set_publics(o, memory, err) < 0 :
				       drop_publics(o->r, &o->view, err) < 0)
		return -1;
	return set_routing(o, err);
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
	struct router o = { .r = r, .a = a, .want = want };
	int rc = ensure(&o, memory, err);

	*ret = (struct router_facts){ .mtu = DEFAULT_MTU, .bridge = o.bridge };
	if (rc < 0)
		return -1;
	if (o.underlay.link == NULL)
		return err_set(err, &no_leg,
		    "the router has no address in its underlay yet");
	ret->mtu = mtu_of(&o);
	ret->underlay = ip_to4(&o.underlay.net.ip);
	if (want->vpc->internet.ip.version != 0 && o.internet.link == NULL)
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
router_clear(struct rtnl *r, const char *vpc_id, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct joints none = { 0 };
	const struct link *bridge;
	struct view v;

	if (router_prune(r, NULL, 0, err) < 0 || rtnl_view(r, a, VIEW_ALL, &v, err) < 0)
		return -1;
	bridge = view_link(&v, NAT_BRIDGE);
	if ((bridge != NULL && link_remove(r, bridge->index, err) < 0) ||
	    joints_keep(r, &v, &none, NULL, 0, err) < 0)
		return -1;
	if (drop_publics(r, &v, err) < 0 || router6_clear(r, &v, err) < 0 ||
	    link_set_routes(r, &v, 0, NULL, 0, err) < 0 || detour_close(r, &v, err) < 0 ||
	    link_set_rules(r, &v, NULL, 0, err) < 0)
		return -1;
	if (nat_remove(err) < 0)
		return err_wrap(err, "rules of %s", vpc_id);
	return 0;
}
