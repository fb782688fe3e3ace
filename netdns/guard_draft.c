#include "netdns/guard_draft.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"

#define PLATFORM4 "169.254.169.254, 169.254.169.253, 169.254.170.2"
#define PLATFORM6 "fd00:ec2::254, fd00:ec2::253, fd00:ec2::23"
#define DISCOVERY                                                   \
	"icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, "   \
	"nd-router-solicit, nd-router-advert, mld-listener-query, " \
	"mld-listener-report, mld2-listener-report } ip6 hoplimit { 1, 255 } accept\n"

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

enum { CHAIN_NAME = 64 };

/* "in_eth0" */
static void
chain_name(enum direction d, const struct fabric_eni *e, char out[CHAIN_NAME])
{
	snprintf(out, CHAIN_NAME, "%s_%.20s", d == DIR_IN ? "in" : "out", e->device);
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

/* What is the same whatever rules and members groups have. */
static void
add_frame(const struct fabric *f, const struct fabric_eni *const *enis, size_t n,
    struct buf *out)
{
	if (is_nat(enis, n)) {
		add_nat(enis[0], out);
	} else if (f->is_isolated) {
		add_input(enis, n, out);
		add_output(enis, n, out);
		add_forward(enis, n, out);
	}
}

static int
by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct guard_key));
}

static void
make_chain(struct arena *a, const struct fabric_eni *e, enum direction d,
    struct guard_chain *ret)
{
	struct buf *text = buf_new(a, 0);
	char name[CHAIN_NAME];

	chain_name(d, e, name);
	ret->name = arena_strdup(a, name);
	ret->direction = d;
	ret->n = gate_rules(a, d, e->groups, e->n_groups, &ret->rules);
	ret->keys = arena_calloc(a, ret->n + 1, sizeof(*ret->keys));
	ret->sorted = arena_calloc(a, ret->n + 1, sizeof(*ret->sorted));
	for (size_t i = 0; i < ret->n; i++) {
		unsigned char digest[32];

		buf_reset(text);
		gate_add_rule(text, &ret->rules[i], d);
		sha256(text->data, text->len, digest);
		memcpy(ret->keys[i].b, digest, sizeof(ret->keys[i].b));
		ret->sorted[i] = (struct guard_place){ ret->keys[i], i };
	}
	qsort(ret->sorted, ret->n, sizeof(*ret->sorted), by_key);
}

static struct guard_draft *
make(const struct fabric *f, const struct fabric_eni *const *enis, size_t n,
    struct arena *a)
{
	struct guard_draft *d = arena_alloc(a, sizeof(*d));
	struct buf *text = buf_new(a, 0);

	*d = (struct guard_draft){ .enis = enis, .n_enis = n, .sets = { .a = a } };
	add_frame(f, enis, n, text);
	d->frame = buf_text(text);
	sha256(text->data, text->len, d->digest);
	if (!has_groups(f, enis, n))
		return d;
	d->chains = arena_calloc(a, 2 * n + 1, sizeof(*d->chains));
	for (size_t i = 0; i < n; i++) {
		gate_refer(&d->sets, enis[i]->groups, enis[i]->n_groups);
		make_chain(a, enis[i], DIR_IN, &d->chains[d->n_chains++]);
		make_chain(a, enis[i], DIR_OUT, &d->chains[d->n_chains++]);
	}
	return d;
}

static int
are_alike(const struct fabric_eni *x, const struct fabric_eni *y)
{
	return x->kind == y->kind && x->vpc == y->vpc && x->subnet == y->subnet &&
	    strcmp(x->device, y->device) == 0 && x->n_groups == y->n_groups &&
	    (x->n_groups == 0 ||
		memcmp(x->groups, y->groups,
		    x->n_groups * sizeof(struct fabric_group *)) == 0);
}

static int
is_of(const struct guard_draft *d, const struct fabric_eni *const *enis, size_t n)
{
	if (d->n_enis != n || is_nat(enis, n))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!are_alike(d->enis[i], enis[i]))
			return 0;
	}
	return 1;
}

struct guard_draft *
guard_draft(struct guard_drafts *all, const struct fabric *f,
    const struct fabric_eni *const *enis, size_t n)
{
	struct guard_draft *d = all->first;

	if (all->a == NULL)
		all->a = arena_new();
	while (d != NULL && !is_of(d, enis, n))
		d = d->next;
	if (d == NULL) {
		d = make(f, enis, n, all->a);
		d->next = all->first;
		all->first = d;
	}
	return d;
}

const char *
guard_draft_text(struct guard_drafts *all, struct guard_draft *d)
{
	struct buf *out = buf_new(all->a, 0);

	if (d->text != NULL)
		return d->text;
	buf_str(out,
	    "table inet simfra\ndelete table inet simfra\ntable inet simfra {\n");
	gate_add_sets(&d->sets, out);
	for (size_t i = 0; i < d->n_chains; i++) {
		buf_printf(out, " chain %s {\n", d->chains[i].name);
		for (size_t k = 0; k < d->chains[i].n; k++)
			gate_add_rule(out, &d->chains[i].rules[k],
			    d->chains[i].direction);
		buf_str(out, " }\n");
	}
	buf_str(out, d->frame);
	buf_str(out, "}\n");
	d->text = buf_text(out);
	return d->text;
}

void
guard_drafts_done(struct guard_drafts *all)
{
	arena_free(all->a);
	*all = (struct guard_drafts){ 0 };
}
