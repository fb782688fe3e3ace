#include "netdns/acl.h"

#include "netdns/flows.h"
#include "netdns/rules.h"

enum { ALL_PORTS = 65535 };

static const struct direction_words {
	const char *name, *end; /* whose address an entry is about */
} words[] = {
	[DIR_IN] = { "in", "saddr" },
	[DIR_OUT] = { "out", "daddr" },
};

static int
has_ports(const struct fabric_ports *p)
{
	return (p->protocol == PROTO_TCP || p->protocol == PROTO_UDP) && p->from >= 0 &&
	    !(p->from == 0 && p->to >= ALL_PORTS);
}

/* ICMP of the other version: such a packet cannot be. */
static int
is_never(const struct fabric_entry *e)
{
	int version = e->cidr.ip.version;

	return (e->ports.protocol == PROTO_ICMP && version == 6) ||
	    (e->ports.protocol == PROTO_ICMP6 && version == 4);
}

static void
add_ports(struct buf *b, const struct fabric_ports *p)
{
	const char *icmp = p->protocol == PROTO_ICMP ? "icmp" : "icmpv6";

	if (p->protocol == PROTO_ANY)
		return;
	if (has_ports(p)) {
		buf_printf(b, " %s dport %d-%d", p->protocol == PROTO_TCP ? "tcp" : "udp",
		    p->from, p->to);
		return;
	}
	if ((p->protocol != PROTO_ICMP && p->protocol != PROTO_ICMP6) || p->from < 0) {
		buf_printf(b, " meta l4proto %d", p->protocol);
		return;
	}
	buf_printf(b, " %s type %d", icmp, p->from);
	if (p->to >= 0)
		buf_printf(b, " %s code %d", icmp, p->to);
}

static void
add_acl(struct buf *b, const struct fabric_acl *acl, size_t number, enum direction d)
{
	buf_printf(b, " chain acl_%zu_%s {\n", number, words[d].name);
	for (size_t i = 0; i < acl->n_entries[d]; i++) {
		const struct fabric_entry *e = &acl->entries[d][i];

		if (is_never(e))
			continue;
		if (e->cidr.len == 0) {
			buf_printf(b, "  meta nfproto ipv%d", e->cidr.ip.version);
		} else {
			buf_printf(b, "  %s %s ", rules_family(&e->cidr.ip),
			    words[d].end);
			rules_cidr(b, &e->cidr);
		}
		add_ports(b, &e->ports);
		if (e->is_allow)
			buf_str(b, " return\n");
		else
			buf_printf(b, " goto refused_%s\n", words[d].name);
	}
	buf_printf(b, "  goto refused_%s\n }\n", words[d].name);
}

/* The first subnet of the VPC with its ACL gives it its number. */
static size_t
number_of(const struct fabric_vpc *v, const struct fabric_acl *acl)
{
	size_t i = 0;

	while (v->subnets[i].acl != acl)
		i++;
	return i;
}

static void
add_verdict(struct buf *b, const struct fabric *f, const struct fabric_subnet *s,
    enum direction d)
{
	if (!f->is_isolated)
		buf_str(b, "  return\n }\n");
	else if (s->acl == NULL)
		buf_printf(b, "  goto refused_%s\n }\n", words[d].name);
	else
		buf_printf(b, "  goto acl_%zu_%s\n }\n", number_of(s->vpc, s->acl),
		    words[d].name);
}

static void
add_subnet(struct buf *b, const struct fabric *f, const struct fabric_subnet *s)
{
	buf_printf(b, " chain leave_%zu {\n", s->index);
	for (int i = 0; i < 2; i++) {
		const struct cidr *c = i == 0 ? &s->cidr : &s->cidr6;

		if (c->ip.version == 0)
			continue;
		buf_printf(b, "  %s daddr ", rules_family(&c->ip));
		rules_cidr(b, c);
		buf_str(b, " return\n");
	}
	add_verdict(b, f, s, DIR_OUT);
	buf_printf(b, " chain enter_%zu {\n  meta mark & 0x%x == %u return\n", s->index,
	    (unsigned)(MARK_PLACE | MARK_HAIRPIN | MARK_ARRIVED),
	    subnet_mark(s) & MARK_PLACE);
	add_verdict(b, f, s, DIR_IN);
}

void
acl_render(const struct fabric *f, const struct fabric_vpc *v, struct buf *b)
{
	flows_render_refused(f, v, b);
	for (size_t i = 0; i < v->n_subnets; i++) {
		const struct fabric_acl *acl = v->subnets[i].acl;

		if (acl == NULL || number_of(v, acl) != i)
			continue;
		add_acl(b, acl, i, DIR_IN);
		add_acl(b, acl, i, DIR_OUT);
	}
	for (size_t i = 0; i < v->n_subnets; i++)
		add_subnet(b, f, &v->subnets[i]);
}
