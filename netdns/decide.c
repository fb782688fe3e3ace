#include "netdns/decide.h"

#include <string.h>

#include "netdns/decide_walk.h"
#include "netdns/rules.h"
#include "netdns/ways.h"

enum { MAX_TURNS = 16 };

/* Where packets go, mutually recursive as they are: turns bound it. */

static int go_by_table(struct walk *w, const struct fabric_vpc *v,
    const struct fabric_table *table, const struct fabric_subnet *from, const char *zone);
static int leave_interface(struct walk *w, const struct fabric_eni *e);

static int
is_own(const struct fabric_eni *e, const struct ip *ip)
{
	for (size_t i = 0; i < e->n_addresses; i++) {
		if (ip_compare(&e->addresses[i].ip, ip) == 0)
			return 1;
	}
	return 0;
}

static int
is_platform(const struct fabric_vpc *v, const struct fabric_subnet *s,
    const struct ip *ip)
{
	static const char *const all[] = { "169.254.169.254", "169.254.169.253",
		"169.254.170.2", "fd00:ec2::254", "fd00:ec2::253", "fd00:ec2::23" };
	struct ip one;

	if (ip_compare(&v->resolver, ip) == 0 ||
	    (s != NULL && ip_compare(&s->gateway, ip) == 0))
		return 1;
	for (size_t i = 0; i < COUNT(all); i++) {
		if (ip_parse(all[i], &one) && ip_compare(&one, ip) == 0)
			return 1;
	}
	return 0;
}

static int
check(struct walk *w, const struct fabric_eni *e, enum direction d, int is_fine)
{
	if (!w->f->is_isolated || !e->is_checked || is_fine)
		return 1;
	return walk_hop(w,
	    (struct hop){ .kind = HOP_CHECK,
		.direction = d,
		.at = e->id,
		.text = arena_printf(w->a, "the source/destination check of %s is on",
		    e->id) });
}

/* An address of its own, of the version: NULL. */
static const struct ip *
own_address(const struct fabric_eni *e, int version)
{
	for (size_t i = 0; i < e->n_addresses; i++) {
		if (e->addresses[i].ip.version == version)
			return &e->addresses[i].ip;
	}
	return NULL;
}

/* A NAT gateway translates what goes through it, and back what answers. */
static int
through_nat(struct walk *w, const struct fabric_eni *e)
{
	const struct ip *own = own_address(e, 4);
	struct hop hop = { .kind = HOP_NAT, .at = e->id, .id = e->owner };

	if (own == NULL || w->p.src.version != 4 || w->nats->n == MAX_NATS ||
	    (w->p.protocol != PROTO_TCP && w->p.protocol != PROTO_UDP &&
		w->p.protocol != PROTO_ICMP)) {
		hop.text = arena_printf(w->a, "%s does not translate this", e->owner);
		return walk_hop(w, hop);
	}
	if (!w->is_answer)
		w->nats->list[w->nats->n++] = (struct nat_entry){ e, w->p.src };
	w->p.src = *own;
	hop.is_allowed = 1;
	hop.text = arena_printf(w->a, "%s translates the source to %s", e->owner,
	    walk_text(w, own));
	return walk_hop(w, hop) && leave_interface(w, e);
}

static int
back_from_nat(struct walk *w, const struct fabric_eni *e)
{
	struct hop hop = { .kind = HOP_NAT, .at = e->id, .id = e->owner };

	for (size_t i = w->nats->n; w->is_answer && i-- > 0;) {
		if (w->nats->list[i].eni != e)
			continue;
		w->p.dst = w->nats->list[i].src;
		w->nats->n = i;
		hop.is_allowed = 1;
		hop.text = arena_printf(w->a, "%s knows whose answer it is: %s", e->owner,
		    walk_text(w, &w->p.dst));
		return walk_hop(w, hop) && leave_interface(w, e);
	}
	hop.text = arena_printf(w->a, "%s takes no connections from outside", e->owner);
	return walk_hop(w, hop);
}

static int
is_control_port(const struct fabric_vpc *v, const struct packet *p)
{
	for (size_t i = 0; i < v->n_control_ports; i++) {
		if (v->control_ports[i] == p->dport)
			return 1;
	}
	for (size_t i = 0; i < v->n_control_tls_ports; i++) {
		if (v->control_tls_ports[i] == p->dport)
			return 1;
	}
	return 0;
}

/* At the interface that the way led to; not for itself: it forwards. */
static int
arrive(struct walk *w, const struct fabric_eni *e)
{
	int own = is_own(e, &w->p.dst);

	if (e->kind == ENI_NAT)
		return own ? back_from_nat(w, e) : through_nat(w, e);
	if (e->kind == ENI_NONE)
		return walk_end(w, END_REFUSED, e->id, "the interface is on nothing");
	if (!check(w, e, DIR_IN, own))
		return 0;
	if (!(e->subnet != NULL && ip_compare(&e->subnet->gateway, &w->p.src) == 0) &&
	    !walk_groups(w, e->id, e->groups, e->n_groups, DIR_IN))
		return 0;
	w->out->eni = e;
	w->out->vpc = e->vpc;
	if (!own) {
		if (!walk_hop(w,
			(struct hop){ .kind = HOP_APPLIANCE,
			    .is_allowed = 1,
			    .at = e->id,
			    .text = arena_printf(w->a,
				"%s forwards it, if what runs there does", e->id) }))
			return 0;
		return walk_groups(w, e->id, e->groups, e->n_groups, DIR_OUT) &&
		    leave_interface(w, e);
	}
	if (e->kind == ENI_ROUTER)
		return is_control_port(e->vpc, &w->p) && w->p.protocol == PROTO_TCP ?
		    walk_end(w, END_CONTROL, e->id,
			"the endpoint leads to the AWS APIs") :
		    walk_end(w, END_REFUSED, e->id, "the endpoint has no such port");
	return walk_end(w, END_INTERFACE, e->id, "it arrives");
}

/* In the VPC, to whoever has the address. */
static int
deliver(struct walk *w, const struct fabric_vpc *v, const struct fabric_subnet *from)
{
	const struct fabric_eni *e = fabric_eni_at(w->f, v, &w->p.dst);
	const struct fabric_subnet *to =
	    e != NULL ? e->subnet : fabric_subnet_at(v, &w->p.dst);

	if (to != NULL && to != from && !walk_acl(w, to, DIR_IN))
		return 0;
	if (e == NULL)
		return walk_end(w, END_REFUSED, "nobody", "nobody has the address");
	return arrive(w, e);
}

/* Internet gateways */

/* From the internet to a public address, or an IPv6 one: by the gateway of its VPC. */
static int
enter(struct walk *w)
{
	const struct fabric_eni *e = fabric_eni_public(w->f, &w->p.dst);
	const struct fabric_vpc *v = e != NULL ? e->vpc : NULL;
	struct hop hop = { .kind = HOP_INTERNET, .direction = DIR_IN };

	for (size_t i = 0; e == NULL && w->p.dst.version == 6 && i < w->f->n_vpcs; i++) {
		e = fabric_eni_at(w->f, &w->f->vpcs[i], &w->p.dst);
		v = e != NULL ? &w->f->vpcs[i] : NULL;
	}
	if (e == NULL)
		return walk_end(w, END_INTERNET, "internet",
		    "it goes on in the internet");
	hop.id = v->gateway != NULL ? v->gateway : v->egress_gateway;
	hop.at = v->id;
	hop.is_allowed = v->gateway != NULL ||
	    (w->is_answer && v->egress_gateway != NULL && w->p.dst.version == 6);
	if (!hop.is_allowed) {
		hop.text = arena_printf(w->a, "%s has no internet gateway", v->id);
		return walk_hop(w, hop);
	}
	hop.text = arena_printf(w->a, "%s takes it in", hop.id);
	for (size_t i = 0; i < e->n_addresses; i++) {
		if (ip_compare(&e->addresses[i].public, &w->p.dst) != 0)
			continue;
		hop.text = arena_printf(w->a, "%s translates %s to %s", hop.id,
		    walk_text(w, &w->p.dst), walk_text(w, &e->addresses[i].ip));
		w->p.dst = e->addresses[i].ip;
		break;
	}
	walk_hop(w, hop);
	if (v->edge != NULL)
		return go_by_table(w, v, v->edge, NULL, NULL);
	return deliver(w, v, NULL);
}

static const struct fabric_address *
address_of(const struct fabric *f, const struct fabric_vpc *v, const struct ip *ip)
{
	const struct fabric_eni *e = fabric_eni_at(f, v, ip);

	for (size_t i = 0; e != NULL && i < e->n_addresses; i++) {
		if (ip_compare(&e->addresses[i].ip, ip) == 0)
			return &e->addresses[i];
	}
	return NULL;
}

static int
go_outside(struct walk *w, const struct fabric_vpc *v, enum route_kind kind)
{
	const struct fabric_address *at = address_of(w->f, v, &w->p.src);
	struct hop hop = { .kind = HOP_INTERNET, .direction = DIR_OUT, .at = v->id };

	hop.id = kind == ROUTE_EGRESS ? v->egress_gateway : v->gateway;
	if (hop.id == NULL || (kind == ROUTE_EGRESS && w->p.dst.version != 6))
		hop.text = arena_printf(w->a, "the gateway is not attached to %s", v->id);
	else if (rules_is_never_outside(&w->p.dst))
		hop.text = arena_printf(w->a, "%s is no address of the internet",
		    walk_text(w, &w->p.dst));
	else if (at == NULL || (w->p.dst.version == 4 && at->public.version != 4))
		hop.text = arena_printf(w->a, "%s has no public address",
		    walk_text(w, &w->p.src));
	else
		hop.is_allowed = 1;
	if (!hop.is_allowed)
		return walk_hop(w, hop);
	hop.text = arena_printf(w->a, "%s sends it on", hop.id);
	if (at->public.version != 0) {
		hop.text = arena_printf(w->a, "%s translates the source to %s", hop.id,
		    walk_text(w, &at->public));
		w->p.src = at->public;
	}
	walk_hop(w, hop);
	return enter(w);
}

/* Between VPCs */

static int
has_address(const struct fabric_vpc *v, const struct ip *ip)
{
	for (size_t i = 0; i < v->n_cidrs; i++) {
		if (cidr_has(&v->cidrs[i], ip))
			return 1;
	}
	return 0;
}

/* From the one's own addresses to the other's: not through either. */
static int
go_peering(struct walk *w, const struct fabric_vpc *v, const struct fabric_peering *p)
{
	const struct fabric_vpc *other = p->vpc[0] == v ? p->vpc[1] : p->vpc[0];
	struct hop hop = { .kind = HOP_PEERING, .id = p->id, .at = other->id };

	if (!has_address(v, &w->p.src)) {
		hop.text = arena_printf(w->a,
		    "%s carries what is from addresses of %s only", p->id, v->id);
		return walk_hop(w, hop);
	}
	hop.is_allowed = has_address(other, &w->p.dst);
	hop.text = arena_printf(w->a,
	    hop.is_allowed ? "%s leads to %s" : "%s leads to addresses of %s only", p->id,
	    other->id);
	return walk_hop(w, hop) && deliver(w, other, NULL);
}

/* The subnet of the attachment in the zone, or its first one: its table is used on entry. */
static const struct fabric_subnet *
landing(const struct fabric_attachment *at, const char *zone)
{
	for (size_t i = 0; zone != NULL && i < at->n_subnets; i++) {
		if (strcmp(at->subnets[i]->zone, zone) == 0)
			return at->subnets[i];
	}
	return at->n_subnets > 0 ? at->subnets[0] : NULL;
}

static int
go_transit(struct walk *w, const struct fabric_route *r, const struct way *way,
    const char *zone)
{
	struct hop hop = { .kind = HOP_TRANSIT, .id = r->transit->id };
	const struct fabric_subnet *s;

	if (way->kind != ROUTE_TRANSIT) {
		hop.text = arena_printf(w->a,
		    "%s leads nowhere: no attachment in the zone, no association, no route, or a "
		    "black hole",
		    r->transit->id);
		return walk_hop(w, hop);
	}
	hop.is_allowed = 1;
	hop.at = way->onto->id;
	hop.rule = way->from->table != NULL ? way->from->table->id : "";
	hop.text = arena_printf(w->a, "%s leads from %s to %s", r->transit->id,
	    way->from->id, way->onto->id);
	walk_hop(w, hop);
	s = landing(way->onto, zone);
	if (s == NULL || s->table == NULL)
		return walk_end(w, END_REFUSED, "nobody", "the attachment has no subnet");
	return go_by_table(w, way->onto->vpc, s->table, NULL, s->zone);
}

/* Tables */

static const struct fabric_route *
longest(const struct fabric_table *t, const struct ip *ip)
{
	for (size_t i = 0; t != NULL && i < t->n_routes; i++) {
		if (cidr_has(&t->routes[i].to, ip))
			return &t->routes[i];
	}
	return NULL;
}

/* By way of an interface: into its subnet, to it, whoever the packet is for. */
static int
go_interface(struct walk *w, const struct fabric_eni *e, const struct fabric_subnet *from)
{
	if (e->subnet != NULL && e->subnet != from && !walk_acl(w, e->subnet, DIR_IN))
		return 0;
	return arrive(w, e);
}

static int
go_by_table(struct walk *w, const struct fabric_vpc *v, const struct fabric_table *table,
    const struct fabric_subnet *from, const char *zone)
{
	const struct fabric_route *r = longest(table, &w->p.dst);
	struct hop hop = { .kind = HOP_ROUTE,
		.at = v->id,
		.id = table != NULL ? table->id : "" };
	char to[CIDR_TEXT];
	struct way way;

	if (++w->turns > MAX_TURNS)
		return walk_end(w, END_REFUSED, "nobody", "it goes round in a circle");
	if (r != NULL) {
		cidr_format(&r->to, to);
		hop.rule = arena_strdup(w->a, to);
	}
	hop.is_allowed = r != NULL && r->kind != ROUTE_NOWHERE;
	hop.text = r == NULL ?
	    arena_printf(w->a, "%s has no route to %s", hop.id, walk_text(w, &w->p.dst)) :
	    arena_printf(w->a, "%s leads %s to %s%s", hop.id, hop.rule, r->id,
		hop.is_allowed ? "" : ", which is nowhere");
	if (!walk_hop(w, hop) || r == NULL)
		return 0;
	switch (r->kind) {
	case ROUTE_LOCAL:
		return deliver(w, v, from);
	case ROUTE_INTERFACE:
		return go_interface(w, r->eni, from);
	case ROUTE_INTERNET:
	case ROUTE_EGRESS:
		return go_outside(w, v, r->kind);
	case ROUTE_PEERING:
		return go_peering(w, v, r->peering);
	case ROUTE_TRANSIT:
		way.kind = ROUTE_NOWHERE;
		ways_find(v, table, zone, &w->p.dst, &way);
		return go_transit(w, r, &way, zone);
	case ROUTE_CONTROL:
		return walk_end(w, END_CONTROL, r->id,
		    "the endpoint leads to the AWS APIs");
	case ROUTE_NOWHERE:
		break;
	}
	return 0;
}

/* An answer to a guest of the VPC, or what is for one. */
static const struct fabric_guest *
guest_at(const struct fabric_vpc *v, const struct ip *ip)
{
	for (size_t i = 0; i < v->n_guests; i++) {
		if (v->guests[i].ip.version != 0 && ip_compare(&v->guests[i].ip, ip) == 0)
			return &v->guests[i];
	}
	return NULL;
}

/* From an interface into its subnet, and further if it must. */
static int
leave_interface(struct walk *w, const struct fabric_eni *e)
{
	const struct fabric_subnet *s = e->subnet;
	const struct fabric_guest *g;

	if (s == NULL)
		return walk_end(w, END_REFUSED, e->id, "the interface is in no subnet");
	if (cidr_has(&s->cidr, &w->p.dst) || cidr_has(&s->cidr6, &w->p.dst))
		return deliver(w, e->vpc, s);
	if (!walk_acl(w, s, DIR_OUT))
		return 0;
	g = guest_at(e->vpc, &w->p.dst);
	if (g != NULL) {
		w->out->guest = g;
		w->out->vpc = e->vpc;
		return walk_groups(w, g->container, g->groups, g->n_groups, DIR_IN) &&
		    walk_end(w, END_GUEST, g->container, "it arrives");
	}
	return go_by_table(w, e->vpc, s->table, s, s->zone);
}

static int
start_interface(struct walk *w, const struct fabric_eni *e)
{
	if (!check(w, e, DIR_OUT, is_own(e, &w->p.src)))
		return 0;
	if (is_own(e, &w->p.dst)) {
		w->out->eni = e;
		w->out->vpc = e->vpc;
		return walk_end(w, END_INTERFACE, e->id, "it does not leave");
	}
	if (is_platform(e->vpc, e->subnet, &w->p.dst))
		return walk_end(w, END_PLATFORM, "platform",
		    "no rule is about the platform");
	if (ip_compare(&e->vpc->control, &w->p.dst) == 0)
		return walk_end(w, END_CONTROL, "control",
		    "no rule is about the way to control");
	if (e->kind != ENI_NAT && !walk_groups(w, e->id, e->groups, e->n_groups, DIR_OUT))
		return 0;
	return leave_interface(w, e);
}

static int
start_guest(struct walk *w, const struct fabric_vpc *v, const struct fabric_guest *g)
{
	if (is_platform(v, NULL, &w->p.dst))
		return walk_end(w, END_PLATFORM, "platform",
		    "no rule is about the platform");
	return walk_groups(w, g->container, g->groups, g->n_groups, DIR_OUT) &&
	    deliver(w, v, NULL);
}

/* Both ways */

static void
walk(const struct fabric *f, const struct decide_from *from, const struct packet *p,
    int is_answer, struct nat_entries *nats, struct arena *a, struct way_gone *ret)
{
	struct walk w = { .f = f,
		.a = a,
		.hops = arena_calloc(a, MAX_HOPS, sizeof(struct hop)),
		.is_answer = is_answer,
		.nats = nats,
		.p = *p,
		.out = ret };
	int ok;

	*ret = (struct way_gone){ .end = END_REFUSED };
	if (from->eni != NULL)
		ok = start_interface(&w, from->eni);
	else if (from->guest != NULL)
		ok = start_guest(&w, from->vpc, from->guest);
	else
		ok = enter(&w);
	if (!ok)
		ret->end = END_REFUSED;
	ret->hops = w.hops;
	ret->n = w.n;
	ret->packet = w.p;
}

/* The same flow the other way round. */
static struct packet
answer_to(const struct packet *p)
{
	struct packet answer = { p->protocol, p->dst, p->src, p->dport, p->sport };

	/* Echo, and its reply. */
	if (p->protocol == PROTO_ICMP || p->protocol == PROTO_ICMP6) {
		answer.sport = p->protocol == PROTO_ICMP ? 0 : 129;
		answer.dport = 0;
	}
	return answer;
}

/* Of ICMP only an echo request is; what else there is of it tells, and asks nothing. */
static int
has_answer(const struct packet *p)
{
	if (p->protocol == PROTO_ICMP)
		return p->sport == 8;
	return p->protocol != PROTO_ICMP6 || p->sport == 128;
}

/* A NAT gateway has ports of its own, so that they may differ. */
static int
is_answered(const struct way_gone *back, const struct decide_from *from,
    const struct packet *p)
{
	if (ip_compare(&back->packet.src, &p->dst) != 0 ||
	    ip_compare(&back->packet.dst, &p->src) != 0)
		return 0;
	if (from->eni != NULL)
		return back->end == END_INTERFACE && back->eni == from->eni;
	if (from->guest != NULL)
		return back->end == END_GUEST && back->guest == from->guest;
	return back->end == END_INTERNET;
}

/* It passes everybody, and is nobody's answer: another end, or from another address. */
static void
refuse_answer(struct way_gone *back, struct arena *a)
{
	struct hop *hops = arena_calloc(a, back->n + 1, sizeof(*hops));

	memcpy(hops, back->hops, back->n * sizeof(*hops));
	hops[back->n] = (struct hop){ .kind = HOP_END,
		.at = "nobody",
		.id = "",
		.rule = "",
		.text =
		    "the answer comes from another address, or by another way, than was "
		    "asked" };
	back->hops = hops;
	back->n++;
	back->end = END_REFUSED;
}

void
decide(const struct fabric *f, const struct decide_from *from,
    const struct packet *packet, struct arena *a, struct decision *ret)
{
	struct nat_entries nats = { .n = 0 };
	struct decide_from end;
	struct packet answer;

	*ret = (struct decision){ 0 };
	walk(f, from, packet, 0, &nats, a, &ret->there);
	ret->passes = ret->there.end != END_REFUSED;
	if (!ret->passes || ret->there.end == END_PLATFORM ||
	    ret->there.end == END_CONTROL || !has_answer(packet))
		return;
	end = (struct decide_from){ .vpc = ret->there.vpc };
	if (ret->there.end == END_INTERFACE)
		end.eni = ret->there.eni;
	else if (ret->there.end == END_GUEST)
		end.guest = ret->there.guest;
	answer = answer_to(&ret->there.packet);
	walk(f, &end, &answer, 1, &nats, a, &ret->back);
	ret->has_answer = 1;
	if (ret->back.end != END_REFUSED && !is_answered(&ret->back, from, packet))
		refuse_answer(&ret->back, a);
	ret->passes = ret->back.end != END_REFUSED;
}

const struct hop *
decide_refusal(const struct decision *d)
{
	const struct way_gone *way = d->there.end == END_REFUSED ? &d->there : &d->back;

	if (d->passes || way->n == 0 || way->hops[way->n - 1].is_allowed)
		return NULL;
	return &way->hops[way->n - 1];
}
