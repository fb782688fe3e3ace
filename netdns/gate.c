#include "netdns/gate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void
add_referred(struct gate_sets *s, const struct fabric_group *g)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->groups[i] == g)
			return;
	}
	if (s->n == s->cap) {
		const struct fabric_group **old = s->groups;

		s->cap = s->cap * 2 + 8;
		s->groups = arena_calloc(s->a, s->cap, sizeof(struct fabric_group *));
		if (s->n > 0)
			memcpy(s->groups, old, s->n * sizeof(*old));
	}
	s->groups[s->n++] = g;
}

void
gate_refer(struct gate_sets *s, const struct fabric_group *const *groups, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (int d = DIR_IN; d <= DIR_OUT; d++) {
			for (size_t k = 0; k < groups[i]->n_rules[d]; k++) {
				if (groups[i]->rules[d][k].group != NULL)
					add_referred(s, groups[i]->rules[d][k].group);
			}
		}
	}
}

void
gate_set_name(const char *group, int version, char out[GATE_SET_NAME])
{
	size_t n = 0;

	out[n++] = 'm';
	out[n++] = version == 4 ? '4' : '6';
	out[n++] = '_';
	for (const char *p = group; *p != '\0' && n < GATE_SET_NAME - 1; p++)
		out[n++] = isalnum((unsigned char)*p) ? *p : '_';
	out[n] = '\0';
}

/* nft has no word for "elements = { }". */
static void
add_elements(struct buf *out, const struct fabric_group *g, int version)
{
	char text[IP_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < g->n_members; i++) {
		if (g->members[i].version != version)
			continue;
		ip_format(&g->members[i], text);
		buf_printf(out, "%s%s", n++ == 0 ? "  elements = { " : ", ", text);
	}
	if (n > 0)
		buf_str(out, " }\n");
}

void
gate_add_sets(const struct gate_sets *s, struct buf *out)
{
	static const int versions[] = { 4, 6 };
	char name[GATE_SET_NAME];

	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < COUNT(versions); k++) {
			gate_set_name(s->groups[i]->id, versions[k], name);
			buf_printf(out, " set %s {\n  type ipv%d_addr\n", name,
			    versions[k]);
			add_elements(out, s->groups[i], versions[k]);
			buf_str(out, " }\n");
		}
	}
}

/* "tcp dport 80-90 ", "icmp type 8 ", "" for everything: a match, and a blank behind it. */
static void
add_ports(struct buf *out, const struct fabric_ports *p)
{
	const char *name = p->protocol == PROTO_TCP ? "tcp" : "udp";

	switch (p->protocol) {
	case PROTO_ANY:
		break;
	case PROTO_TCP:
	case PROTO_UDP:
		if (p->from <= 0 && p->to >= 65535)
			buf_printf(out, "meta l4proto %s ", name);
		else if (p->from == p->to)
			buf_printf(out, "%s dport %d ", name, p->from);
		else
			buf_printf(out, "%s dport %d-%d ", name, p->from, p->to);
		break;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		name = p->protocol == PROTO_ICMP ? "icmp" : "icmpv6";
		if (p->from < 0)
			buf_printf(out, "meta l4proto %d ", p->protocol);
		else
			buf_printf(out, "%s type %d ", name, p->from);
		if (p->from >= 0 && p->to >= 0)
			buf_printf(out, "%s code %d ", name, p->to);
		break;
	default:
		buf_printf(out, "meta l4proto %d ", p->protocol);
		break;
	}
}

/* One kind of traffic with one network or group. */
struct line {
	struct fabric_ports ports;
	struct cidr cidr; /* version 0: by group */
	const struct fabric_group *group;
};

static int
compare_ports(const struct fabric_ports *a, const struct fabric_ports *b)
{
	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return (a->to > b->to) - (a->to < b->to);
}

/* By traffic; in it networks by version, the wider before what it contains; then groups. */
static int
by_traffic(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int rc = compare_ports(&x->ports, &y->ports);

	if (rc != 0)
		return rc;
	if (x->group != NULL || y->group != NULL) {
		if (x->group == NULL || y->group == NULL)
			return x->group == NULL ? -1 : 1;
		return strcmp(x->group->id, y->group->id);
	}
	rc = ip_compare(&x->cidr.ip, &y->cidr.ip);
	return rc != 0 ? rc : (int)x->cidr.len - (int)y->cidr.len;
}

static struct line *
collect(struct arena *a, enum direction d, const struct fabric_group *const *groups,
    size_t n_groups, size_t *ret_n)
{
	struct line *lines;
	size_t n = 0;

	for (size_t i = 0; i < n_groups; i++) {
		for (size_t k = 0; k < groups[i]->n_rules[d]; k++) {
			const struct fabric_rule *r = &groups[i]->rules[d][k];

			n += r->list != NULL ? r->list->n_cidrs : 1;
		}
	}
	lines = arena_calloc(a, n + 1, sizeof(*lines));
	n = 0;
	for (size_t i = 0; i < n_groups; i++) {
		for (size_t k = 0; k < groups[i]->n_rules[d]; k++) {
			const struct fabric_rule *r = &groups[i]->rules[d][k];

			if (r->list == NULL)
				lines[n++] = (struct line){ r->ports, r->cidr, r->group };
			for (size_t j = 0; r->list != NULL && j < r->list->n_cidrs; j++)
				lines[n++] = (struct line){ .ports = r->ports,
					.cidr = r->list->cidrs[j] };
		}
	}
	qsort(lines, n, sizeof(*lines), by_traffic);
	*ret_n = n;
	return lines;
}

/* Networks of one traffic and version, none within another, from lines[i] on: how many lines they took. */
static size_t
take_networks(struct arena *a, const struct line *lines, size_t n, struct gate_rule *ret)
{
	struct cidr *networks = arena_calloc(a, n, sizeof(*networks));
	size_t i = 0, n_networks = 0;

	for (; i < n && lines[i].group == NULL &&
	     lines[i].cidr.ip.version == lines[0].cidr.ip.version &&
	     compare_ports(&lines[i].ports, &lines[0].ports) == 0;
	     i++) {
		/* Sorted: what contains it, if anything does, is the last that was taken. */
		if (n_networks == 0 ||
		    !cidr_contains(&networks[n_networks - 1], &lines[i].cidr))
			networks[n_networks++] = lines[i].cidr;
	}
	*ret = (struct gate_rule){ .ports = lines[0].ports,
		.version = lines[0].cidr.ip.version,
		.networks = networks,
		.n_networks = n_networks };
	return i;
}

/* There are no packets of a version with the other one's ICMP. */
static int
is_possible(const struct gate_rule *r)
{
	return r->ports.protocol != (r->version == 4 ? PROTO_ICMP6 : PROTO_ICMP);
}

/* Of one traffic and group, both versions: how many lines they took. */
static size_t
take_group(const struct line *lines, size_t n, struct gate_rule ret[2])
{
	size_t i = 0;

	for (int k = 0; k < 2; k++)
		ret[k] = (struct gate_rule){ .ports = lines[0].ports,
			.version = k == 0 ? 4 : 6,
			.group = lines[0].group };
	while (i < n && lines[i].group == lines[0].group &&
	    compare_ports(&lines[i].ports, &lines[0].ports) == 0)
		i++;
	return i;
}

size_t
gate_rules(struct arena *a, enum direction direction,
    const struct fabric_group *const *groups, size_t n_groups, struct gate_rule **ret)
{
	size_t n_lines, n = 0, i = 0;
	struct line *lines = collect(a, direction, groups, n_groups, &n_lines);
	struct gate_rule *rules = arena_calloc(a, 2 * n_lines + 1, sizeof(*rules));

	while (i < n_lines) {
		struct gate_rule next[2] = { { .version = 0 } };

		if (lines[i].group != NULL)
			i += take_group(&lines[i], n_lines - i, next);
		else
			i += take_networks(a, &lines[i], n_lines - i, next);
		for (int k = 0; k < 2; k++) {
			if (next[k].version != 0 && is_possible(&next[k]))
				rules[n++] = next[k];
		}
	}
	*ret = rules;
	return n;
}

void
gate_add_rule(struct buf *out, const struct gate_rule *r, enum direction direction)
{
	const char *ip = r->version == 4 ? "ip" : "ip6";
	const char *end = direction == DIR_IN ? "saddr" : "daddr";
	char name[GATE_SET_NAME], text[CIDR_TEXT];

	buf_str(out, "  ");
	add_ports(out, &r->ports);
	if (r->group != NULL) {
		gate_set_name(r->group->id, r->version, name);
		buf_printf(out, "%s %s @%s accept\n", ip, end, name);
		return;
	}
	if (r->networks[0].len == 0) {
		buf_printf(out, "meta nfproto ipv%d accept\n", r->version);
		return;
	}
	buf_printf(out, "%s %s { ", ip, end);
	for (size_t i = 0; i < r->n_networks; i++) {
		cidr_format(&r->networks[i], text);
		buf_printf(out, "%s%s", i == 0 ? "" : ", ", text);
	}
	buf_str(out, " } accept\n");
}

void
gate_add_chain(struct buf *out, struct arena *a, const char *name,
    enum direction direction, const struct fabric_group *const *groups, size_t n_groups)
{
	struct gate_rule *rules;
	size_t n = gate_rules(a, direction, groups, n_groups, &rules);

	buf_printf(out, " chain %s {\n", name);
	for (size_t i = 0; i < n; i++)
		gate_add_rule(out, &rules[i], direction);
	buf_str(out, " }\n");
}
