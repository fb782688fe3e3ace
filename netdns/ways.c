#include "netdns/ways.h"

#include <string.h>

#include "base/enc.h"
#include "netdns/rules.h"

enum {
	MAX_TRANSITS = 8, /* on one way */
	TABLE_NONE = 0x40000000,
	PREF_DETOUR = 50,
	PREF_PLACE = 110,
	PREF_NONE = 119,
	/* Behind the route of a link that may vanish: what is meant for it goes nowhere else. */
	METRIC_LAST = 1000
};

/* Longest first, so the first that contains it. */
static const struct fabric_route *
longest(const struct fabric_table *t, const struct cidr *to)
{
	for (size_t i = 0; i < t->n_routes; i++) {
		if (cidr_contains(&t->routes[i].to, to))
			return &t->routes[i];
	}
	return NULL;
}

static const struct fabric_transit_route *
longest_transit(const struct fabric_transit_table *t, const struct cidr *to)
{
	for (size_t i = 0; i < t->n_routes; i++) {
		if (cidr_contains(&t->routes[i].to, to))
			return &t->routes[i];
	}
	return NULL;
}

/* How the VPC gets to the transit gateway from the zone: NULL. */
static const struct fabric_attachment *
attachment_of(const struct fabric_transit *t, const struct fabric_vpc *v,
    const char *zone)
{
	for (size_t i = 0; t != NULL && zone != NULL && i < t->n_attachments; i++) {
		const struct fabric_attachment *at = &t->attachments[i];

		for (size_t k = 0; at->vpc == v && k < at->n_subnets; k++) {
			if (strcmp(at->subnets[k]->zone, zone) == 0)
				return at;
		}
	}
	return NULL;
}

const struct fabric_attachment *
ways_other_end(const struct fabric_attachment *at)
{
	for (size_t i = 0; at->peer != NULL && at->peer_attachment != NULL &&
	     i < at->peer->n_attachments;
	     i++) {
		if (strcmp(at->peer->attachments[i].id, at->peer_attachment) == 0)
			return &at->peer->attachments[i];
	}
	return NULL;
}

/* What a packet that enters by the attachment leaves by: NULL, nothing. */
static const struct fabric_attachment *
through(const struct fabric_attachment *at, const struct cidr *to)
{
	for (int i = 0; i < MAX_TRANSITS && at != NULL && at->table != NULL; i++) {
		const struct fabric_transit_route *r = longest_transit(at->table, to);

		if (r == NULL || r->attachment == NULL)
			return NULL;
		if (r->attachment->vpc != NULL)
			return r->attachment;
		at = ways_other_end(r->attachment);
	}
	return NULL;
}

static int
resolve(const struct fabric_vpc *v, const struct fabric_table *table, const char *zone,
    const struct cidr *to, struct way *ret)
{
	const struct fabric_route *r = table != NULL ? longest(table, to) : NULL;

	if (r == NULL)
		return 0;
	*ret = (struct way){ .to = *to, .kind = r->kind };
	if (r->kind == ROUTE_INTERFACE) {
		ret->eni = r->eni;
		if (r->eni == NULL || r->eni->vpc != v)
			ret->kind = ROUTE_NOWHERE;
	} else if (r->kind == ROUTE_PEERING) {
		ret->peering = r->peering;
		if (r->peering == NULL || r->peering->vpc[0] == NULL ||
		    r->peering->vpc[1] == NULL ||
		    (r->peering->vpc[0] != v && r->peering->vpc[1] != v))
			ret->kind = ROUTE_NOWHERE;
	} else if (r->kind == ROUTE_TRANSIT) {
		ret->from = attachment_of(r->transit, v, zone);
		ret->onto = ret->from != NULL ? through(ret->from, to) : NULL;
		if (ret->onto == NULL || ret->onto->vpc == v)
			ret->kind = ROUTE_NOWHERE;
	}
	return 1;
}

int
ways_find(const struct fabric_vpc *v, const struct fabric_table *table, const char *zone,
    const struct ip *ip, struct way *ret)
{
	struct cidr to = { .ip = *ip, .len = ip->version == 6 ? 128 : 32 };

	return resolve(v, table, zone, &to, ret);
}

/* Prefixes, each once. */
struct prefixes {
	struct cidr *list;
	size_t n, room;
	struct arena *arena;
};

static void
add_prefix(struct prefixes *p, const struct cidr *c)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->list[i].len == c->len && ip_compare(&p->list[i].ip, &c->ip) == 0)
			return;
	}
	if (p->n == p->room) {
		struct cidr *list =
		    arena_calloc(p->arena, p->room * 2 + 16, sizeof(*list));

		if (p->n > 0)
			memcpy(list, p->list, p->n * sizeof(*list));
		p->list = list;
		p->room = p->room * 2 + 16;
	}
	p->list[p->n++] = *c;
}

/* Those of the table and of all that lie behind it; again from here when it comes round. */
static void
add_transit(struct prefixes *p, const struct fabric_attachment *at, int depth)
{
	const struct fabric_transit_table *t = at != NULL ? at->table : NULL;

	for (size_t i = 0; t != NULL && depth < MAX_TRANSITS && i < t->n_routes; i++) {
		const struct fabric_attachment *next = t->routes[i].attachment;
		int is_seen = 0;

		add_prefix(p, &t->routes[i].to);
		for (size_t k = 0; k < i && !is_seen; k++)
			is_seen = t->routes[k].attachment == next;
		if (next != NULL && next->vpc == NULL && !is_seen)
			add_transit(p, ways_other_end(next), depth + 1);
	}
}

size_t
ways_of(const struct fabric_vpc *v, const struct fabric_table *table, const char *zone,
    struct arena *a, struct way **ret)
{
	struct prefixes p = { .arena = a };
	struct way *ways;
	size_t n = 0;

	for (size_t i = 0; table != NULL && i < table->n_routes; i++)
		add_prefix(&p, &table->routes[i].to);
	/* The network of the internet leg: who is in it is a neighbour there. */
	if (v->internet.ip.version != 0)
		add_prefix(&p, &v->internet);
	if (v->internet6.ip.version != 0)
		add_prefix(&p, &v->internet6);
	for (size_t i = 0; table != NULL && i < table->n_routes; i++) {
		if (table->routes[i].kind == ROUTE_TRANSIT)
			add_transit(&p, attachment_of(table->routes[i].transit, v, zone),
			    0);
	}
	ways = arena_calloc(a, p.n + 1, sizeof(*ways));
	for (size_t i = 0; i < p.n; i++)
		n += resolve(v, table, zone, &p.list[i], &ways[n]) ? 1 : 0;
	*ret = ways;
	return n;
}

/* 30 bits of a hash, never the numbers of others' tables. */
static unsigned
table_number(const char *id)
{
	unsigned char digest[32];

	sha256(id, strlen(id), digest);
	return (unsigned)TABLE_NONE + 1 +
	    ((unsigned)(digest[0] & 0x3f) << 24 | (unsigned)digest[1] << 16 |
		(unsigned)digest[2] << 8 | digest[3]);
}

unsigned
ways_table(const struct fabric_subnet *s)
{
	return table_number(s->id);
}

/* Of what comes from the internet. */
static unsigned
edge_table(const struct fabric_vpc *v)
{
	return table_number(v->gateway != NULL ? v->gateway : v->id);
}

/* Its first address of the version: NULL. */
static const struct ip *
first_address(const struct fabric_eni *e, uint8_t version)
{
	for (size_t i = 0; i < e->n_addresses; i++) {
		if (e->addresses[i].ip.version == version)
			return &e->addresses[i].ip;
	}
	return NULL;
}

/* Neighbours are asked for themselves, all others are behind the gateway. */
static void
by_internet(const struct fabric_vpc *v, const struct way *w, const struct ways_links *l,
    struct route *r)
{
	int is4 = w->to.ip.version == 4;
	const struct ip *gateway = is4 ? &l->internet_gateway : &l->internet_gateway6;

	if (gateway->version == 0 || (is4 && w->kind == ROUTE_EGRESS))
		return;
	r->oif = l->internet;
	if (!cidr_contains(is4 ? &v->internet : &v->internet6, &w->to))
		r->gateway = *gateway;
}

static void
by_interface(const struct way *w, const struct ways_links *l, struct route *r)
{
	const struct ip *next = first_address(w->eni, w->to.ip.version);

	if (next == NULL || (w->eni->kind != ENI_CONTAINER && w->eni->kind != ENI_NAT))
		return;
	r->oif = l->bridge;
	r->gateway = *next;
}

/* A route that has no link is a black hole. */
static struct route
route_of(const struct fabric_vpc *v, const struct way *w, const struct ways_links *l,
    unsigned table)
{
	struct route r = { .table = table, .dst = w->to };
	int is4 = w->to.ip.version == 4;

	switch (w->kind) {
	case ROUTE_LOCAL:
		r.oif = l->bridge;
		break;
	case ROUTE_INTERNET:
	case ROUTE_EGRESS:
		by_internet(v, w, l, &r);
		break;
	case ROUTE_INTERFACE:
		by_interface(w, l, &r);
		break;
	case ROUTE_PEERING:
	case ROUTE_TRANSIT:
		r.oif = l->joint(l->arg, w);
		break;
	case ROUTE_CONTROL:
		r.gateway = l->underlay_gateway;
		if (is4 && r.gateway.version != 0)
			r.oif = l->underlay;
		break;
	case ROUTE_NOWHERE:
		break;
	}
	r.type = r.oif != 0 ? RTN_UNICAST : RTN_BLACKHOLE;
	if (r.oif == 0)
		r.gateway.version = 0;
	return r;
}

static struct route
black_hole(unsigned table, const struct cidr *to)
{
	return (struct route){ .table = table,
		.type = RTN_BLACKHOLE,
		.dst = *to,
		.metric = METRIC_LAST };
}

static const struct cidr everything[] = { { .ip.version = 4 }, { .ip.version = 6 } };

static size_t
table_routes(const struct fabric_vpc *v, const struct fabric_table *t, const char *zone,
    unsigned number, const struct ways_links *l, struct arena *a, struct route **ret)
{
	struct way *ways;
	size_t n_ways = ways_of(v, t, zone, a, &ways), n = 0;
	struct route *r = arena_calloc(a, 2 * n_ways + 3, sizeof(*r));

	for (size_t i = 0; i < n_ways; i++) {
		r[n] = route_of(v, &ways[i], l, number);
		if (r[n++].type == RTN_UNICAST && ways[i].to.len > 0 &&
		    ways[i].kind != ROUTE_LOCAL)
			r[n++] = black_hole(number, &ways[i].to);
	}
	for (size_t i = 0; i < COUNT(everything); i++)
		r[n++] = black_hole(number, &everything[i]);
	/* Guests of the Docker network: they are no destination of EC2's. */
	if (v->n_guests > 0 && l->underlay != 0)
		r[n++] = (struct route){ .table = number,
			.type = RTN_UNICAST,
			.dst = v->underlay,
			.oif = l->underlay };
	*ret = r;
	return n;
}

size_t
ways_routes(const struct fabric_vpc *v, const struct ways_links *l, struct arena *a,
    struct route **ret)
{
	struct route *all = arena_calloc(a, COUNT(everything), sizeof(*all)), *some;
	size_t n = 0, n_some;

	for (; n < COUNT(everything); n++)
		all[n] = black_hole(TABLE_NONE, &everything[n]);

	/* The last round is that of the gateway's own table. */
	for (size_t i = 0; i <= v->n_subnets; i++) {
		const struct fabric_subnet *s = i < v->n_subnets ? &v->subnets[i] : NULL;
		struct route *old = all;

		if (s == NULL && v->edge == NULL)
			break;
		n_some = table_routes(v, s != NULL ? s->table : v->edge,
		    s != NULL ? s->zone : NULL, s != NULL ? ways_table(s) : edge_table(v),
		    l, a, &some);
		all = arena_calloc(a, n + n_some + 1, sizeof(*all));
		memcpy(all, old, n * sizeof(*all));
		memcpy(all + n, some, n_some * sizeof(*all));
		n += n_some;
	}
	*ret = all;
	return n;
}

static void
add_rule(struct rule *rules, size_t *n, unsigned pref, uint32_t mark, uint32_t mask,
    unsigned table)
{
	for (unsigned version = 4; version <= 6; version += 2)
		rules[(*n)++] = (struct rule){ .version = version,
			.pref = pref,
			.table = table,
			.mark = mark,
			.mask = mask,
			.suppress = -1 };
}

size_t
ways_rules(const struct fabric_vpc *v, struct arena *a, struct rule **ret)
{
	struct rule *rules = arena_calloc(a, 4 * v->n_subnets + 8, sizeof(*rules));
	size_t n = 0;

	for (size_t i = 0; i < v->n_subnets; i++)
		add_rule(rules, &n, PREF_DETOUR,
		    MARK_DETOUR | (subnet_mark(&v->subnets[i]) & MARK_PLACE),
		    MARK_DETOUR | MARK_PLACE, ways_table(&v->subnets[i]));
	for (size_t i = 0; i < v->n_subnets; i++)
		add_rule(rules, &n, PREF_PLACE, subnet_mark(&v->subnets[i]) & MARK_PLACE,
		    MARK_PLACE, ways_table(&v->subnets[i]));
	if (v->edge != NULL)
		add_rule(rules, &n, PREF_PLACE, MARK_EDGE, MARK_PLACE, edge_table(v));
	/* What has a mark and no rule of it: tables are being changed. */
	add_rule(rules, &n, PREF_NONE, MARK_INSIDE, MARK_INSIDE, TABLE_NONE);
	*ret = rules;
	return n;
}
