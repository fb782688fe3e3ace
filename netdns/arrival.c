#include "netdns/arrival.h"

#include <string.h>

#include "netdns/rules.h"

int
arrival_has_control(const struct nat_router *r)
{
	return r->underlay.name[0] != '\0' && r->vpc->control_to.version != 0;
}

const struct ip *
arrival_endpoint(const struct fabric_eni *e, const struct fabric_vpc *v)
{
	if (e->vpc != v || e->kind != ENI_ROUTER || e->subnet == NULL)
		return NULL;
	for (size_t i = 0; i < e->n_addresses; i++) {
		if (e->addresses[i].ip.version == 4)
			return &e->addresses[i].ip;
	}
	return NULL;
}

/* " { 80, 443 }", of all ports that lead to control. */
static void
add_control_ports(const struct fabric_vpc *v, struct buf *b)
{
	const char *before = " tcp dport { ";

	for (size_t i = 0; i < v->n_control_ports; i++, before = ", ")
		buf_printf(b, "%s%d", before, v->control_ports[i]);
	for (size_t i = 0; v->control_tls_port != 0 && i < v->n_control_tls_ports;
	     i++, before = ", ")
		buf_printf(b, "%s%d", before, v->control_tls_ports[i]);
	buf_str(b, " }");
}

static int
has_control_ports(const struct fabric_vpc *v)
{
	return v->n_control_ports > 0 ||
	    (v->control_tls_port != 0 && v->n_control_tls_ports > 0);
}

/* Sets */

static void
add_networks(struct buf *b, const struct fabric_vpc *v, uint8_t version, const char *head)
{
	struct rules_set s = rules_set(b, head);

	for (size_t i = 0; i < v->n_subnets; i++) {
		const struct cidr *c =
		    version == 6 ? &v->subnets[i].cidr6 : &v->subnets[i].cidr;

		if (c->ip.version == version)
			rules_cidr(rules_next(&s), c);
	}
	rules_end(&s);
}

static void
add_own(const struct nat_router *r, struct buf *b, uint8_t version, const char *head)
{
	struct rules_set s = rules_set(b, head);
	struct ip *own;
	size_t n = rules_own(r->vpc, r->arena, &own);

	for (size_t i = 0; i < n; i++) {
		if (own[i].version == version)
			rules_ip(rules_next(&s), &own[i]);
	}
	rules_end(&s);
}

/* Public addresses of the VPC by who may reach them: through the internet gateway, or otherwise. */
static void
add_hairpins(const struct nat_router *r, struct buf *b, int is_direct, const char *head)
{
	struct rules_set s = rules_set(b, head);

	for (size_t i = 0; i < r->vpc->n_subnets; i++) {
		const struct fabric_subnet *n = &r->vpc->subnets[i];

		for (size_t k = 0; k < r->n_pairs; k++) {
			struct way w;

			if (!ways_find(r->vpc, n->table, n->zone,
				&r->pairs[k].public_addr, &w) ||
			    w.kind != (is_direct ? ROUTE_INTERNET : ROUTE_INTERFACE))
				continue;
			buf_printf(rules_next(&s), "0x%x . ", subnet_mark(n));
			rules_ip(b, &r->pairs[k].public_addr);
		}
	}
	rules_end(&s);
}

/* Subnets' ways by an egress-only gateway. */
static void
add_egress(const struct nat_router *r, struct buf *b)
{
	struct rules_set s =
	    rules_set(b, "set egress {\n  type mark . ipv6_addr\n  flags interval");

	for (size_t i = 0; i < r->vpc->n_subnets; i++) {
		const struct fabric_subnet *n = &r->vpc->subnets[i];

		for (size_t k = 0; n->table != NULL && k < n->table->n_routes; k++) {
			if (n->table->routes[k].kind != ROUTE_EGRESS)
				continue;
			buf_printf(rules_next(&s), "0x%x . ", subnet_mark(n));
			rules_cidr(b, &n->table->routes[k].to);
		}
	}
	rules_end(&s);
}

static void
add_joint_names(const struct nat_router *r, struct buf *b)
{
	struct rules_set s = rules_set(b, "set joints {\n  type ifname");

	for (size_t i = 0; i < r->joints->n; i++) {
		if (joint_end(&r->joints->list[i], r->vpc) >= 0)
			buf_printf(rules_next(&s), "\"%s\"", r->joints->list[i].name);
	}
	rules_end(&s);
}

static void
add_sets(const struct nat_router *r, struct buf *b)
{
	add_networks(b, r->vpc, 4, "set subnets4 {\n  type ipv4_addr\n  flags interval");
	add_networks(b, r->vpc, 6, "set subnets6 {\n  type ipv6_addr\n  flags interval");
	add_own(r, b, 4, "set own4 {\n  type ipv4_addr");
	add_own(r, b, 6, "set own6 {\n  type ipv6_addr");
	add_hairpins(r, b, 1, "set hairpins {\n  type mark . ipv4_addr");
	add_hairpins(r, b, 0, "set detours {\n  type mark . ipv4_addr");
	add_egress(r, b);
	add_joint_names(r, b);
}

/* Maps from an address or a mark to a chain */

static void
add_subnet_map(const struct nat_router *r, struct buf *b)
{
	struct rules_set s = rules_set(b, "map by_mark {\n  type mark : verdict");

	for (size_t i = 0; i < r->vpc->n_subnets; i++)
		buf_printf(rules_next(&s), "0x%x : jump leave_%zu",
		    subnet_mark(&r->vpc->subnets[i]), i);
	rules_end(&s);
	for (uint8_t version = 4; version <= 6; version += 2) {
		s = rules_set(b,
		    version == 4 ?
			"map to4 {\n  type ipv4_addr : verdict\n  flags interval" :
			"map to6 {\n  type ipv6_addr : verdict\n  flags interval");
		for (size_t i = 0; i < r->vpc->n_subnets; i++) {
			const struct fabric_subnet *n = &r->vpc->subnets[i];
			const struct cidr *c = version == 4 ? &n->cidr : &n->cidr6;

			if (c->ip.version != version)
				continue;
			rules_cidr(rules_next(&s), c);
			buf_printf(b, " : jump enter_%zu", i);
		}
		rules_end(&s);
	}
}

/* what: "goto endpoint_%zu" by the subnet's index, or by the interface's. */
void
arrival_endpoint_map(const struct nat_router *r, struct buf *b, const char *name,
    const char *verdict, int by_subnet)
{
	struct rules_set s;

	buf_printf(b, " map %s {\n  type ipv4_addr : verdict\n", name);
	s = (struct rules_set){ .out = b };
	for (size_t i = 0; i < r->fabric->n_enis; i++) {
		const struct fabric_eni *e = &r->fabric->enis[i];
		const struct ip *ip = arrival_endpoint(e, r->vpc);

		if (ip == NULL)
			continue;
		rules_ip(rules_next(&s), ip);
		buf_printf(b, " : %s_%zu", verdict, by_subnet ? e->subnet->index : i);
	}
	rules_end(&s);
}

/* Endpoints: their subnet's ACL, and on to control. */
static void
add_endpoints(const struct nat_router *r, struct buf *b)
{
	for (size_t i = 0; i < r->vpc->n_subnets; i++) {
		buf_printf(b, " chain endpoint_%zu {\n  jump enter_%zu\n", i, i);
		if (arrival_has_control(r) && has_control_ports(r->vpc)) {
			buf_str(b, " ");
			add_control_ports(r->vpc, b);
			buf_printf(b, " meta mark set meta mark | 0x%x accept\n",
			    (unsigned)MARK_CONTROL);
		}
		buf_str(b, "  drop\n }\n");
	}
	arrival_endpoint_map(r, b, "endpoints", "goto endpoint", 1);
	arrival_endpoint_map(r, b, "from_endpoints", "jump leave", 1);
}

/* Arrival */

static void
add_arrival_at_control(const struct nat_router *r, struct buf *b)
{
	if (!arrival_has_control(r) || !has_control_ports(r->vpc) ||
	    r->vpc->control.version != 4)
		return;
	buf_str(b, "  ip daddr ");
	rules_ip(b, &r->vpc->control);
	add_control_ports(r->vpc, b);
	buf_printf(b, " meta mark set meta mark | 0x%x accept\n", (unsigned)MARK_CONTROL);
}

/* Gateway endpoints: the subnet's table leads a service's addresses to the underlay. */
static void
add_arrival_at_services(const struct nat_router *r, struct buf *b)
{
	if (!arrival_has_control(r) || !has_control_ports(r->vpc))
		return;
	buf_printf(b, "  fib daddr . mark oifname \"%s\" ip daddr != ", r->underlay.name);
	rules_cidr(b, &r->underlay.net);
	add_control_ports(r->vpc, b);
	buf_printf(b, " meta mark set meta mark | 0x%x accept\n", (unsigned)MARK_CONTROL);
}

static void
add_from_bridge(const struct nat_router *r, struct buf *b)
{
	const struct nat_leg *legs[] = { &r->underlay, &r->internet };
	unsigned hairpin = MARK_HAIRPIN;

	if (r->vpc->edge != NULL)
		hairpin |= MARK_EDGE | MARK_INSIDE;
	buf_str(b,
	    " chain from_bridge {\n"
	    "  meta mark 0 drop\n"
	    "  ip6 daddr { fe80::/10, ff00::/8 } accept\n");
	add_arrival_at_control(r, b);
	buf_str(b,
	    "  ip daddr @own4 accept\n"
	    "  ip6 daddr @own6 accept\n"
	    "  meta mark vmap @by_mark\n"
	    "  ip daddr vmap @endpoints\n");
	/* As from outside, and so by the gateway's table. */
	buf_printf(b,
	    "  meta mark . ip daddr @hairpins ip saddr @privates meta mark set 0x%x accept\n",
	    hairpin);
	buf_printf(b,
	    "  meta mark . ip daddr @detours meta mark set meta mark | 0x%x notrack accept\n"
	    "  ip daddr @publics drop\n",
	    (unsigned)MARK_DETOUR);
	add_arrival_at_services(r, b);
	for (size_t i = 0; i < COUNT(legs); i++) {
		if (legs[i]->name[0] != '\0')
			buf_printf(b, "  fib daddr . mark oifname \"%s\" accept\n",
			    legs[i]->name);
	}
	buf_str(b, "  notrack\n }\n");
}

/* "ip saddr { … }" of the CIDRs of one version: 0, there are none. */
static int
add_sources(struct buf *b, const struct cidr *list, size_t n, uint8_t version,
    const char *test)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (list[i].ip.version != version)
			continue;
		if (k == 0)
			buf_printf(b, "  %s saddr %s{ ", version == 4 ? "ip" : "ip6",
			    test);
		buf_str(b, k++ > 0 ? ", " : "");
		rules_cidr(b, &list[i]);
	}
	if (k > 0)
		buf_str(b, " }");
	return k > 0;
}

/* A peering carries what is from the other VPC's own addresses to this one's, and nothing on. */
static void
add_peering(const struct fabric_vpc *other, struct buf *b)
{
	for (uint8_t version = 4; version <= 6; version += 2) {
		if (!add_sources(b, other->cidrs, other->n_cidrs, version, "!= "))
			buf_printf(b, "  meta nfproto ipv%d", version);
		buf_str(b, " drop\n");
	}
	buf_str(b, "  meta mark set 0\n");
}

/* It comes out in the zone that it is from, if that is attached, else in the first. */
static void
add_transit(const struct fabric_attachment *here, const struct fabric_vpc *other,
    struct buf *b)
{
	if (here->n_subnets == 0) {
		buf_str(b, "  drop\n");
		return;
	}
	buf_printf(b, "  meta mark set 0x%x\n",
	    subnet_mark(here->subnets[0]) | MARK_ARRIVED);
	for (size_t i = 1; i < here->n_subnets; i++) {
		for (size_t k = 0; k < other->n_subnets; k++) {
			const struct fabric_subnet *s = &other->subnets[k];
			const struct cidr both[] = { s->cidr, s->cidr6 };

			if (strcmp(s->zone, here->subnets[i]->zone) != 0)
				continue;
			for (uint8_t version = 4; version <= 6; version += 2) {
				if (add_sources(b, both, 2, version, ""))
					buf_printf(b, " meta mark set 0x%x\n",
					    subnet_mark(here->subnets[i]) | MARK_ARRIVED);
			}
		}
	}
}

static void
add_from_joints(const struct nat_router *r, struct buf *b)
{
	struct rules_set s;

	buf_str(b, " chain from_joint {\n  ip daddr vmap @endpoints\n  notrack\n }\n");
	for (size_t i = 0; i < r->joints->n; i++) {
		const struct joint *j = &r->joints->list[i];
		int end = joint_end(j, r->vpc);

		if (end < 0)
			continue;
		buf_printf(b, " chain %s {\n", j->name);
		if (j->peering != NULL)
			add_peering(j->vpc[!end], b);
		else
			add_transit(j->at[end], j->vpc[!end], b);
		buf_str(b, "  goto from_joint\n }\n");
	}
	s = rules_set(b, "map by_joint {\n  type ifname : verdict");
	for (size_t i = 0; i < r->joints->n; i++) {
		const struct joint *j = &r->joints->list[i];

		if (joint_end(j, r->vpc) >= 0)
			buf_printf(rules_next(&s), "\"%s\" : goto %s", j->name, j->name);
	}
	rules_end(&s);
}

static void
add_arrival(const struct nat_router *r, struct buf *b)
{
	add_from_bridge(r, b);
	add_from_joints(r, b);
	buf_str(b,
	    " chain arrive {\n  type filter hook prerouting priority raw\n"
	    "  iifname \"" NAT_BRIDGE "\" goto from_bridge\n"
	    "  iifname vmap @by_joint\n");
	if (r->internet.name[0] != '\0' && r->vpc->edge != NULL)
		buf_printf(b, "  iifname \"%s\" meta mark set 0x%x\n", r->internet.name,
		    (unsigned)(MARK_EDGE | MARK_INSIDE));
	if (r->underlay.name[0] != '\0' && r->vpc->n_guests > 0)
		buf_printf(b,
		    "  iifname \"%s\" ip saddr @guests ip daddr vmap @endpoints\n",
		    r->underlay.name);
	buf_str(b, " }\n");
}

void
arrival_render(const struct nat_router *r, struct buf *b)
{
	add_sets(r, b);
	add_subnet_map(r, b);
	add_endpoints(r, b);
	add_arrival(r, b);
}
