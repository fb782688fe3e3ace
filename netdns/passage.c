#include "netdns/passage.h"

#include "netdns/arrival.h"
#include "netdns/gate.h"
#include "netdns/plan.h"
#include "netdns/rules.h"

/* Gates */

/* What belongs to a connection passes; what is new by the groups. */
static void
add_gate(const struct nat_router *r, struct buf *b, const char *name, size_t i,
    enum direction d, const struct fabric_group *const *groups, size_t n, unsigned mark)
{
	char rules[64];

	if (r->fabric->is_isolated) {
		snprintf(rules, sizeof(rules), "%s_%zu_rules", name, i);
		gate_add_chain(b, r->arena, rules, d, groups, n);
	}
	buf_printf(b, " chain %s_%zu {\n", name, i);
	if (mark != 0)
		buf_printf(b, "  ct mark set 0x%x\n", mark);
	buf_str(b, "  ct state established,related accept\n");
	if (r->fabric->is_isolated)
		buf_printf(b, "  jump %s\n  drop\n }\n", rules);
	else
		buf_str(b, "  accept\n }\n");
}

static int
has_guests(const struct nat_router *r)
{
	return r->vpc->n_guests > 0 && r->underlay.name[0] != '\0';
}

static void
add_guest_map(const struct nat_router *r, struct buf *b, const char *name,
    const char *verdict)
{
	struct rules_set s;

	buf_printf(b, " map %s {\n  type ipv4_addr : verdict\n", name);
	s = (struct rules_set){ .out = b };
	for (size_t i = 0; i < r->vpc->n_guests; i++) {
		if (r->vpc->guests[i].ip.version != 4)
			continue;
		rules_ip(rules_next(&s), &r->vpc->guests[i].ip);
		buf_printf(b, " : %s_%zu", verdict, i);
	}
	rules_end(&s);
}

static void
add_guests(const struct nat_router *r, struct buf *b)
{
	struct rules_set s = rules_set(b, "set guests {\n  type ipv4_addr");

	for (size_t i = 0; i < r->vpc->n_guests; i++) {
		if (r->vpc->guests[i].ip.version == 4)
			rules_ip(rules_next(&s), &r->vpc->guests[i].ip);
	}
	rules_end(&s);
}

static void
add_gate_chains(const struct nat_router *r, struct buf *b)
{
	struct gate_sets sets = { .a = r->arena };
	const struct fabric_vpc *v = r->vpc;

	for (size_t i = 0; i < r->fabric->n_enis; i++) {
		const struct fabric_eni *e = &r->fabric->enis[i];

		if (arrival_endpoint(e, v) != NULL)
			gate_refer(&sets, e->groups, e->n_groups);
	}
	for (size_t i = 0; i < v->n_guests; i++)
		gate_refer(&sets, v->guests[i].groups, v->guests[i].n_groups);
	gate_add_sets(&sets, b);
	for (size_t i = 0; i < r->fabric->n_enis; i++) {
		const struct fabric_eni *e = &r->fabric->enis[i];

		/* Its answers go by its subnet's table. */
		if (arrival_endpoint(e, v) != NULL)
			add_gate(r, b, "gate", i, DIR_IN, e->groups, e->n_groups,
			    subnet_mark(e->subnet) | MARK_CONTROL);
	}
	for (size_t i = 0; i < v->n_guests; i++) {
		const struct fabric_guest *g = &v->guests[i];

		if (g->ip.version != 4)
			continue;
		add_gate(r, b, "guest_in", i, DIR_IN, g->groups, g->n_groups, 0);
		add_gate(r, b, "guest_out", i, DIR_OUT, g->groups, g->n_groups, 0);
	}
	arrival_endpoint_map(r, b, "gates_of", "goto gate", 0);
	add_guests(r, b);
	add_guest_map(r, b, "guests_in", "goto guest_in");
	add_guest_map(r, b, "guests_out", "goto guest_out");
}

static void
add_gates(const struct nat_router *r, struct buf *b)
{
	const unsigned control = MARK_CONTROL;

	add_gate_chains(r, b);
	buf_str(b, " chain gates {\n  type filter hook prerouting priority mangle\n");
	if (arrival_has_control(r))
		buf_printf(b,
		    "  iifname \"%s\" ct direction reply ct mark & 0x%x != 0 "
		    "meta mark set ct mark & 0x%x accept\n"
		    "  meta mark & 0x%x != 0 ip daddr vmap @gates_of\n"
		    "  meta mark & 0x%x != 0 ct mark set 0x%x\n",
		    r->underlay.name, control, ~control, control, control, control);
	buf_str(b, " }\n");
	/* A guest may go to an endpoint: both decide. */
	if (has_guests(r))
		buf_printf(b,
		    " chain guests {\n  type filter hook prerouting priority mangle + 1\n"
		    "  iifname \"%s\" ip daddr @own4 accept\n"
		    "  iifname \"%s\" ip saddr vmap @guests_out\n }\n",
		    r->underlay.name, r->underlay.name);
}

/* Forwarding */

static void
add_forward_internet(const struct nat_router *r, struct buf *b)
{
	const char *i = r->internet.name;

	if (i[0] == '\0')
		return;
	/* Groups know their members by address: nobody outside may have one of theirs. */
	buf_printf(b,
	    "  iifname \"%s\" ip saddr @subnets4 drop\n"
	    "  iifname \"%s\" ip6 saddr @subnets6 drop\n",
	    i, i);
	buf_printf(b,
	    "  iifname \"" NAT_BRIDGE "\" oifname \"%s\" ip saddr @privates "
	    "ct direction reply accept\n"
	    "  iifname \"" NAT_BRIDGE "\" oifname \"%s\" ip saddr @privates "
	    "ip daddr != { ",
	    i, i);
	rules_never_outside(b, 4);
	buf_printf(b,
	    " } accept\n  iifname \"%s\" oifname \"" NAT_BRIDGE
	    "\" ct status dnat accept\n"
	    "  iifname \"%s\" oifname \"" NAT_BRIDGE
	    "\" ct state established,related ip daddr @privates accept\n",
	    i, i);
	if (r->vpc->internet6.ip.version != 6)
		return;
	buf_printf(b,
	    "  iifname \"" NAT_BRIDGE "\" oifname \"%s\" meta mark . ip6 daddr @egress "
	    "ct direction reply drop\n"
	    "  iifname \"" NAT_BRIDGE "\" oifname \"%s\" ip6 saddr @subnets6 "
	    "ip6 daddr != { ",
	    i, i);
	rules_never_outside(b, 6);
	buf_printf(b,
	    " } accept\n"
	    "  iifname \"%s\" oifname \"" NAT_BRIDGE "\" ip6 daddr @subnets6 %saccept\n",
	    i, r->vpc->gateway != NULL ? "" : "ct state established,related ");
}

static void
add_forward(const struct nat_router *r, struct buf *b)
{
	const char *u = r->underlay.name;

	buf_str(b,
	    " chain forward {\n  type filter hook forward priority filter; policy drop\n"
	    "  ct state invalid drop\n");
	if (arrival_has_control(r))
		buf_printf(b,
		    "  meta mark & 0x%x != 0 oifname \"%s\" accept\n"
		    "  iifname \"%s\" ct state established ct direction reply "
		    "ct mark & 0x%x != 0 accept\n",
		    (unsigned)MARK_CONTROL, u, u, (unsigned)MARK_CONTROL);
	/* A transit gateway's packets may go on by another: the table of the attachment's subnet says so. */
	buf_printf(b, "  iifname @joints oifname @joints meta mark & 0x%x != 0 accept\n",
	    (unsigned)MARK_ARRIVED);
	buf_str(b,
	    "  ct status dnat ct direction original ip daddr . ct original ip daddr != @pairs "
	    "drop\n"
	    "  ct status dnat ct direction reply ip saddr . ct original ip daddr != @pairs drop\n"
	    "  ct status snat ct direction original ip saddr . ct reply ip daddr != @pairs drop\n"
	    "  ct status snat ct direction reply ip daddr . ct reply ip daddr != @pairs drop\n"
	    "  iifname \"" NAT_BRIDGE "\" oifname \"" NAT_BRIDGE "\" accept\n"
	    "  iifname \"" NAT_BRIDGE "\" oifname @joints accept\n"
	    "  iifname @joints oifname \"" NAT_BRIDGE "\" accept\n");
	add_forward_internet(r, b);
	if (has_guests(r))
		buf_printf(b,
		    "  iifname \"%s\" oifname \"" NAT_BRIDGE
		    "\" ip saddr @guests accept\n"
		    "  iifname \"" NAT_BRIDGE
		    "\" oifname \"%s\" ip daddr vmap @guests_in\n",
		    u, u);
	buf_str(b, " }\n");
}

static void
add_deliver(struct buf *b)
{
	buf_str(b,
	    " chain inside {\n"
	    "  ip saddr @own4 accept\n"
	    "  ip6 saddr @own6 accept\n"
	    "  ip saddr vmap @from_endpoints\n"
	    "  oifname != \"" NAT_BRIDGE "\" accept\n"
	    "  rt ip nexthop vmap @to4\n"
	    "  rt ip6 nexthop vmap @to6\n }\n"
	    " chain deliver {\n"
	    "  type filter hook postrouting priority srcnat + 5\n"
	    "  oifname \"" NAT_BRIDGE "\" goto inside\n"
	    "  oifname @joints goto inside\n }\n");
}

static void
add_leave(const struct nat_router *r, struct buf *b)
{
	const struct nat_leg *legs[] = { &r->underlay, &r->internet };
	const char *i = r->internet.name;

	buf_str(b,
	    " chain leave {\n  type filter hook postrouting priority srcnat + 10; policy drop\n"
	    "  oifname { \"lo\", \"" NAT_BRIDGE "\" } accept\n"
	    "  oifname @joints accept\n");
	for (size_t k = 0; k < COUNT(legs); k++) {
		if (legs[k]->name[0] == '\0')
			continue;
		buf_printf(b, "  oifname \"%s\" ip saddr ", legs[k]->name);
		rules_ip(b, &legs[k]->net.ip);
		buf_str(b, " accept\n");
	}
	if (i[0] != '\0')
		buf_printf(b,
		    "  oifname \"%s\" ip saddr @publics accept\n"
		    "  oifname \"%s\" ip6 saddr @subnets6 accept\n"
		    "  oifname \"%s\" icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, "
		    "nd-router-solicit } accept\n",
		    i, i, i);
	if (has_guests(r)) {
		buf_printf(b, "  oifname \"%s\" ip daddr ", r->underlay.name);
		rules_cidr(b, &r->underlay.net);
		buf_str(b, " ip saddr @subnets4 accept\n");
	}
	buf_str(b, " }\n");
}

static void
add_local(const struct nat_router *r, struct buf *b)
{
	buf_str(b,
	    " chain input {\n  type filter hook input priority filter; policy drop\n"
	    "  iifname \"lo\" accept\n"
	    "  icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } "
	    "accept\n"
	    "  iifname \"" NAT_BRIDGE "\" ip saddr @subnets4 ip daddr @own4 accept\n"
	    "  iifname \"" NAT_BRIDGE "\" ip6 saddr @subnets6 ip6 daddr @own6 accept\n"
	    "  iifname \"" NAT_BRIDGE "\" drop\n"
	    "  iifname @joints drop\n"
	    "  ct state established,related accept\n");
	if (r->underlay.name[0] != '\0') {
		buf_printf(b, "  iifname \"%s\" icmp type echo-request accept\n",
		    r->underlay.name);
		/* Edge's way in: whoever comes proves that it may (sidecar/hello.h). */
		buf_printf(b, "  iifname \"%s\" ip daddr ", r->underlay.name);
		rules_ip(b, &r->underlay.net.ip);
		buf_printf(b, " tcp dport %d accept\n", PLAN_DOOR_PORT);
	}
	if (has_guests(r))
		buf_printf(b, "  iifname \"%s\" ip daddr @own4 ip saddr @guests accept\n",
		    r->underlay.name);
	/* The router is on the way, and says nothing of it: as in AWS, what is refused is silent. */
	buf_str(b,
	    " }\n chain output {\n  type filter hook output priority filter\n"
	    "  icmp type redirect drop\n"
	    "  icmpv6 type nd-redirect drop\n"
	    "  icmp type destination-unreachable icmp code { net-unreachable, "
	    "host-unreachable } drop\n }\n");
}

void
passage_render(const struct nat_router *r, struct buf *b)
{
	add_gates(r, b);
	add_forward(r, b);
	add_deliver(b);
	add_leave(r, b);
	add_local(r, b);
}
