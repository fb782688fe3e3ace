#include "netdns/guard.h"

#include <string.h>

#include "base/enc.h"
#include "netdns/gate.h"
#include "netdns/nat.h"

#define PLATFORM4 "169.254.169.254, 169.254.169.253, 169.254.170.2"
#define PLATFORM6 "fd00:ec2::254, fd00:ec2::253, fd00:ec2::23"
#define DISCOVERY                                                   \
	"icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, "   \
	"nd-router-solicit, nd-router-advert, mld-listener-query, " \
	"mld-listener-report, mld2-listener-report } ip6 hoplimit { 1, 255 } accept\n"

/* A set of a group's members as it was put into the kernel. */
struct guard_set {
	char *group;
	struct ip *members;
	size_t n_members;
};

/* Addresses of the platform that the interface speaks to: " 10.0.1.1, 10.0.0.2". */
static void
add_platform(struct buf *out, const struct fabric_eni *e)
{
	const struct ip *own[] = { e->subnet != NULL ? &e->subnet->gateway : NULL,
		&e->vpc->resolver, &e->vpc->control };
	char text[IP_TEXT];

	buf_str(out, PLATFORM4);
	for (size_t i = 0; i < COUNT(own); i++) {
		if (own[i] == NULL || own[i]->version != 4)
			continue;
		ip_format(own[i], text);
		buf_printf(out, ", %s", text);
	}
}

enum { CHAIN_NAME = 64, WITH_MEMBERS = 1, WITH_RULES = 2 };

/* "in_eth0" */
static void
chain_name(enum direction d, const struct fabric_eni *e, char out[CHAIN_NAME])
{
	snprintf(out, CHAIN_NAME, "%s_%.20s", d == DIR_IN ? "in" : "out", e->device);
}

/* The chains of the interfaces' groups, within a table. */
static void
add_groups(const struct fabric_eni *const *enis, size_t n, int what, struct arena *a,
    struct buf *out)
{
	char name[CHAIN_NAME];

	for (size_t i = 0; i < n; i++) {
		for (int d = DIR_IN; d <= DIR_OUT; d++) {
			chain_name((enum direction)d, enis[i], name);
			gate_add_chain(out, a, name, (enum direction)d, enis[i]->groups,
			    (what & WITH_RULES) != 0 ? enis[i]->n_groups : 0);
		}
	}
}

static void
add_input(const struct fabric_eni *const *enis, size_t n, struct buf *out)
{
	char text[IP_TEXT];

	buf_str(out,
	    " chain input {\n  type filter hook input priority filter; policy drop\n"
	    "  iifname \"lo\" accept\n  ct state established,related accept\n"
	    "  ct state invalid drop\n  " DISCOVERY);
	for (size_t i = 0; i < n; i++) {
		const struct fabric_subnet *s = enis[i]->subnet;

		if (s != NULL && s->gateway.version == 4) {
			ip_format(&s->gateway, text);
			buf_printf(out, "  iifname \"%s\" ip saddr %s accept\n",
			    enis[i]->device, text);
		}
		buf_printf(out, "  iifname \"%s\" jump in_%s\n", enis[i]->device,
		    enis[i]->device);
	}
	buf_str(out, " }\n");
}

static void
add_output(const struct fabric_eni *const *enis, size_t n, struct buf *out)
{
	buf_str(out,
	    " chain output {\n  type filter hook output priority filter; policy drop\n"
	    "  oifname \"lo\" accept\n  ct state established,related accept\n  " DISCOVERY);
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "  oifname \"%s\" ip daddr { ", enis[i]->device);
		add_platform(out, enis[i]);
		buf_printf(out,
		    " } accept\n  oifname \"%s\" ip6 daddr { " PLATFORM6
		    " } accept\n  oifname \"%s\" jump out_%s\n",
		    enis[i]->device, enis[i]->device, enis[i]->device);
	}
	buf_str(out, " }\n");
}

/* A chain's accept ends only its own hook's chain, so that each direction has one. */
static void
add_forward(const struct fabric_eni *const *enis, size_t n, struct buf *out)
{
	static const struct {
		const char *name, *priority, *device, *chain;
	} rows[] = {
		{ "pass_in", "filter", "iifname", "in" },
		{ "pass_out", "filter + 1", "oifname", "out" },
	};

	for (size_t k = 0; k < COUNT(rows); k++) {
		buf_printf(out,
		    " chain %s {\n  type filter hook forward priority %s; policy drop\n"
		    "  ct state established,related accept\n  ct state invalid drop\n",
		    rows[k].name, rows[k].priority);
		for (size_t i = 0; i < n; i++)
			buf_printf(out, "  %s \"%s\" jump %s_%s\n", rows[k].device,
			    enis[i]->device, rows[k].chain, enis[i]->device);
		buf_str(out, " }\n");
	}
}

/* A NAT gateway has one interface. */
static void
add_nat(const struct fabric_eni *e, struct buf *out)
{
	char text[IP_TEXT];
	size_t n4 = 0, n = 0;

	for (size_t i = 0; i < e->n_addresses; i++)
		n4 += e->addresses[i].ip.version == 4;
	buf_printf(out,
	    " chain input {\n  type filter hook input priority filter; policy drop\n"
	    "  iifname \"lo\" accept\n  ct state established,related accept\n  " DISCOVERY
	    " }\n chain forward {\n  type filter hook forward priority filter; policy drop\n"
	    "  ct state established,related accept\n  ct state invalid drop\n"
	    "  iifname \"%s\" oifname \"%s\" meta nfproto ipv4 "
	    "meta l4proto { tcp, udp, icmp } accept\n }\n"
	    " chain translate {\n  type nat hook postrouting priority srcnat\n"
	    "  oifname \"%s\" ct direction original fib saddr type != local meta nfproto ipv4 snat ip to ",
	    e->device, e->device, e->device);
	if (n4 > 1)
		buf_printf(out, "jhash ip saddr . ip daddr mod %zu map { ", n4);
	for (size_t i = 0; i < e->n_addresses; i++) {
		if (e->addresses[i].ip.version != 4)
			continue;
		ip_format(&e->addresses[i].ip, text);
		if (n4 > 1)
			buf_printf(out, "%s%zu : %s", n > 0 ? ", " : "", n, text);
		else
			buf_str(out, text);
		n++;
	}
	buf_str(out, n4 > 1 ? " }\n }\n" : "\n }\n");
}

static int
is_nat(const struct fabric_eni *const *enis, size_t n)
{
	return n == 1 && enis[0]->kind == ENI_NAT;
}

static int
has_groups(const struct fabric *f, const struct fabric_eni *const *enis, size_t n)
{
	return f->is_isolated && !is_nat(enis, n);
}

static void
add_table(const struct fabric *f, const struct fabric_eni *const *enis, size_t n,
    int what, struct buf *out)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct gate_sets sets = { .a = a };

	buf_str(out, "table inet simfra {\n");
	if (is_nat(enis, n)) {
		add_nat(enis[0], out);
	} else if (f->is_isolated) {
		for (size_t i = 0; i < n; i++)
			gate_refer(&sets, enis[i]->groups, enis[i]->n_groups);
		gate_add_sets(&sets, what & WITH_MEMBERS, out);
		add_groups(enis, n, what, a, out);
		add_input(enis, n, out);
		add_output(enis, n, out);
		add_forward(enis, n, out);
	}
	buf_str(out, "}\n");
}

/* Stamps */

/* FNV-1a, 64 bits: it tells a change, and guards nothing. */
static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	const unsigned char *s = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ s[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t
mix_text(uint64_t h, const char *s)
{
	return mix(h, s, strlen(s) + 1);
}

static uint64_t
mix_rule(uint64_t h, const struct fabric_rule *r)
{
	h = mix(h, &r->ports, sizeof(r->ports));
	h = mix(h, &r->cidr, sizeof(r->cidr));
	if (r->list != NULL)
		h = mix(h, r->list->cidrs, r->list->n_cidrs * sizeof(struct cidr));
	if (r->group != NULL) {
		h = mix_text(h, r->group->id);
		h = mix(h, r->group->members, r->group->n_members * sizeof(struct ip));
	}
	return mix(h, "|", 1);
}

uint64_t *
guard_stamps(const struct fabric *f, struct arena *a)
{
	uint64_t *stamps = arena_calloc(a, f->n_groups + 1, sizeof(*stamps));

	for (size_t i = 0; i < f->n_groups; i++) {
		uint64_t h = UINT64_C(0xcbf29ce484222325);

		for (int d = DIR_IN; d <= DIR_OUT; d++) {
			for (size_t k = 0; k < f->groups[i].n_rules[d]; k++)
				h = mix_rule(h, &f->groups[i].rules[d][k]);
			h = mix(h, "/", 1);
		}
		stamps[i] = h;
	}
	return stamps;
}

uint64_t
guard_stamp(const struct fabric *f, const uint64_t *stamps,
    const struct fabric_eni *const *enis, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)f->is_isolated;

	for (size_t i = 0; i < n; i++) {
		const struct fabric_eni *e = enis[i];

		h = mix_text(h, e->device);
		h = mix(h, &e->kind, sizeof(e->kind));
		h = mix(h, &e->vpc->resolver, sizeof(struct ip));
		h = mix(h, &e->vpc->control, sizeof(struct ip));
		if (e->subnet != NULL)
			h = mix(h, &e->subnet->gateway, sizeof(struct ip));
		/* Of several interfaces also for the way back (source.h). */
		for (size_t k = 0; (e->kind == ENI_NAT || n > 1) && k < e->n_addresses;
		     k++)
			h = mix(h, &e->addresses[k].ip, sizeof(struct ip));
		for (size_t k = 0; k < e->n_groups; k++)
			h = mix(h, &stamps[e->groups[k] - f->groups], sizeof(*stamps));
	}
	return h;
}

/* In force */

void
guard_forget(struct guard_memory *m)
{
	arena_free(m->arena);
	*m = (struct guard_memory){ 0 };
}

/* The members as they are now, to compare with next time. */
static void
remember(struct guard_memory *m, const struct gate_sets *sets)
{
	struct arena *a = arena_new();
	struct guard_set *kept = arena_calloc(a, sets->n + 1, sizeof(*kept));

	for (size_t i = 0; i < sets->n; i++) {
		const struct fabric_group *g = sets->groups[i];

		kept[i].group = arena_strdup(a, g->id);
		kept[i].n_members = g->n_members;
		kept[i].members =
		    arena_calloc(a, g->n_members + 1, sizeof(*kept[i].members));
		if (g->n_members > 0)
			memcpy(kept[i].members, g->members,
			    g->n_members * sizeof(*kept[i].members));
	}
	arena_free(m->arena);
	m->arena = a;
	m->sets = kept;
	m->n_sets = sets->n;
}

static void
add_change(struct buf *out, const char *verb, const struct fabric_group *g,
    const struct ip *ip)
{
	char name[GATE_SET_NAME], text[IP_TEXT];

	gate_set_name(g, ip->version, name);
	ip_format(ip, text);
	buf_printf(out, "%s element inet simfra %s { %s }\n", verb, name, text);
}

/* Both sorted: what only one has. */
static void
add_difference(struct buf *out, const struct fabric_group *g, const struct guard_set *was)
{
	size_t i = 0, k = 0;

	while (i < was->n_members || k < g->n_members) {
		int rc = i == was->n_members ? 1 :
		    k == g->n_members	     ? -1 :
					       ip_compare(&was->members[i], &g->members[k]);

		if (rc < 0)
			add_change(out, "delete", g, &was->members[i]);
		else if (rc > 0)
			add_change(out, "add", g, &g->members[k]);
		i += rc <= 0;
		k += rc >= 0;
	}
}

/* In force is a table of the same sets and chains; its rules and members may be others. */
static int
is_same_frame(const struct guard_memory *m, const struct gate_sets *sets,
    const unsigned char digest[32], uint32_t generation)
{
	return m->arena != NULL && m->generation == generation &&
	    memcmp(m->frame, digest, 32) == 0 && m->n_sets == sets->n;
}

static void
add_new_rules(const struct fabric_eni *const *enis, size_t n, struct arena *a,
    struct buf *out)
{
	char name[CHAIN_NAME];

	for (size_t i = 0; i < n; i++) {
		for (int d = DIR_IN; d <= DIR_OUT; d++) {
			chain_name((enum direction)d, enis[i], name);
			buf_printf(out, "flush chain inet simfra %s\n", name);
		}
	}
	buf_str(out, "table inet simfra {\n");
	add_groups(enis, n, WITH_RULES, a, out);
	buf_str(out, "}\n");
}

static void
digest_of(const struct fabric *f, const struct fabric_eni *const *enis, size_t n,
    int what, struct arena *a, unsigned char digest[32])
{
	struct buf *text = buf_new(a, 0);

	add_table(f, enis, n, what, text);
	sha256(text->data, text->len, digest);
}

int
guard_ensure(const struct fabric *f, const struct fabric_eni *const *enis, size_t n,
    struct guard_memory *m, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf *text = buf_new(a, 0);
	struct gate_sets sets = { .a = a };
	unsigned char frame[32], rules[32];
	uint32_t generation;

	for (size_t i = 0; has_groups(f, enis, n) && i < n; i++)
		gate_refer(&sets, enis[i]->groups, enis[i]->n_groups);
	digest_of(f, enis, n, 0, a, frame);
	digest_of(f, enis, n, WITH_RULES, a, rules);
	if (nat_generation(&generation, err) < 0)
		return -1;
	if (is_same_frame(m, &sets, frame, generation)) {
		if (memcmp(m->rules, rules, sizeof(rules)) != 0)
			add_new_rules(enis, n, a, text);
		for (size_t i = 0; i < sets.n; i++)
			add_difference(text, sets.groups[i], &m->sets[i]);
		if (text->len == 0)
			return 0;
	} else {
		buf_str(text, "table inet simfra\ndelete table inet simfra\n");
		add_table(f, enis, n, WITH_MEMBERS | WITH_RULES, text);
	}
	if (nat_run(buf_text(text), err) < 0 || nat_generation(&generation, err) < 0) {
		guard_forget(m);
		return -1;
	}
	remember(m, &sets);
	memcpy(m->frame, frame, sizeof(frame));
	memcpy(m->rules, rules, sizeof(rules));
	m->generation = generation;
	return 1;
}
