#include "control/services/ec2/network/explain.h"

#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/network/fabric_document.h"

enum { SOURCE_PORT = 49152, ECHO = 8, ECHO6 = 128, CONTAINER_MIN = 4 };

#define A_HOST	"198.51.100.1" /* RFC 5737: somebody on the internet */
#define A_HOST6 "2001:db8:ffff:ffff::1"

const struct err_kind explain_bad = { "InvalidParameterValue", 400 };

/* An end as it was named. */
struct end {
	const struct fabric_eni *eni;
	const struct fabric_guest *guest;
	const struct fabric_vpc *vpc;
	struct ip ip; /* version 0: that of the interface */
};

static const struct fabric_eni *
by_owner(const struct fabric *f, const char *owner)
{
	const struct fabric_eni *found = NULL;

	for (size_t i = 0; i < f->n_enis; i++) {
		const struct fabric_eni *e = &f->enis[i];

		if (e->vpc == NULL || strcmp(e->owner, owner) != 0)
			continue;
		/* The primary one is the first: eth0. */
		if (found == NULL ||
		    (e->device != NULL && strcmp(e->device, "eth0") == 0))
			found = e;
	}
	return found;
}

static int
by_container(const struct fabric *f, const char *name, struct end *ret)
{
	for (size_t i = 0; i < f->n_vpcs; i++) {
		for (size_t k = 0; k < f->vpcs[i].n_guests; k++) {
			const struct fabric_guest *g = &f->vpcs[i].guests[k];

			if (strlen(name) < CONTAINER_MIN ||
			    strncmp(g->container, name, strlen(name)) != 0)
				continue;
			*ret =
			    (struct end){ .guest = g, .vpc = &f->vpcs[i], .ip = g->ip };
			return 1;
		}
	}
	return 0;
}

static int
by_address(const struct fabric *f, const struct explain_query *q, struct end *ret,
    struct err *err)
{
	const struct fabric_eni *found = NULL;
	char text[IP_TEXT];

	ip_format(&ret->ip, text);
	ret->eni = fabric_eni_public(f, &ret->ip);
	if (ret->eni != NULL)
		return 0;
	for (size_t i = 0; i < f->n_vpcs; i++) {
		const struct fabric_eni *e;

		if (q->vpc != NULL && strcmp(q->vpc, f->vpcs[i].id) != 0)
			continue;
		e = fabric_eni_at(f, &f->vpcs[i], &ret->ip);
		if (e != NULL && found != NULL)
			return err_set(err, &explain_bad,
			    "%s is an address in %s and in %s: say which VPC", text,
			    found->vpc->id, e->vpc->id);
		found = e != NULL ? e : found;
	}
	ret->eni = found;
	return 0;
}

static int
find_end(const struct fabric *f, const struct explain_query *q, const char *name,
    struct end *ret, struct err *err)
{
	*ret = (struct end){ 0 };
	if (name == NULL || name[0] == '\0')
		return err_set(err, &explain_bad, "from and to are needed");
	if (strcmp(name, "internet") == 0 || strcmp(name, "host") == 0)
		return 0;
	if (ip_parse(name, &ret->ip))
		return by_address(f, q, ret, err);
	ret->eni = fabric_eni(f, name);
	if (ret->eni == NULL)
		ret->eni = by_owner(f, name);
	if (ret->eni == NULL && !by_container(f, name, ret))
		return err_set(err, &explain_bad,
		    "'%.100s' is no instance, interface, address or container of a VPC",
		    name);
	return 0;
}

/* The packet */

static int
read_protocol(const struct explain_query *q, struct packet *p, struct err *err)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = { { "tcp", PROTO_TCP }, { "udp", PROTO_UDP }, { "icmp", PROTO_ICMP },
		{ "icmpv6", PROTO_ICMP6 } };
	const char *name = q->protocol != NULL ? q->protocol : "tcp";
	char *end;
	long n;

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].name, name) == 0) {
			p->protocol = rows[i].number;
			return 0;
		}
	}
	n = strtol(name, &end, 10);
	if (name[0] == '\0' || *end != '\0' || n < 0 || n > 255)
		return err_set(err, &explain_bad, "'%.40s' is no protocol", name);
	p->protocol = (int)n;
	return 0;
}

static int
read_port(const struct explain_query *q, struct packet *p, struct err *err)
{
	int is_icmp = p->protocol == PROTO_ICMP || p->protocol == PROTO_ICMP6;
	long n = is_icmp ? (p->protocol == PROTO_ICMP ? ECHO : ECHO6) : 443;
	char *end;

	if (q->port != NULL && q->port[0] != '\0') {
		n = strtol(q->port, &end, 10);
		if (*end != '\0' || n < 0 || n > (is_icmp ? 255 : 65535))
			return err_set(err, &explain_bad, "'%.40s' is no port", q->port);
	}
	p->sport = is_icmp ? (int)n : SOURCE_PORT;
	p->dport = is_icmp ? 0 : (int)n;
	return 0;
}

static const struct fabric_address *
address_of(const struct fabric_eni *e, int version)
{
	for (size_t i = 0; e != NULL && i < e->n_addresses; i++) {
		if (version == 0 || e->addresses[i].ip.version == version)
			return &e->addresses[i];
	}
	return NULL;
}

/* Where it goes: the address that was named, or the interface's as the start can know it. */
static int
read_target(const struct end *from, const struct end *to, struct packet *p,
    struct err *err)
{
	const struct fabric_address *at = address_of(to->eni, 4);
	int is_outside = from->eni == NULL && from->guest == NULL;

	p->dst = to->ip;
	if (to->ip.version != 0)
		return 0;
	if (to->eni == NULL)
		return ip_parse(A_HOST, &p->dst) ? 0 : -1;
	if (at == NULL)
		at = address_of(to->eni, 6);
	if (at == NULL)
		return err_set(err, &explain_bad, "%s has no address", to->eni->id);
	if (is_outside && at->ip.version == 4 && at->public.version == 0)
		return err_set(err, &explain_bad,
		    "%s has no public address: nothing on the internet can name it",
		    to->eni->id);
	p->dst = is_outside && at->public.version != 0 ? at->public : at->ip;
	return 0;
}

static int
read_source(const struct end *from, struct packet *p, struct err *err)
{
	const struct fabric_address *at = address_of(from->eni, p->dst.version);

	if (from->eni == NULL && from->guest == NULL) {
		ip_parse(p->dst.version == 6 ? A_HOST6 : A_HOST, &p->src);
		if (from->ip.version == p->dst.version)
			p->src = from->ip;
		return 0;
	}
	if (from->guest != NULL)
		p->src = from->guest->ip;
	else if (at == NULL)
		return err_set(err, &explain_bad, "%s has no IPv%d address",
		    from->eni->id, p->dst.version);
	else
		p->src = at->ip;
	/* A second address that was named itself. */
	for (size_t i = 0; from->eni != NULL && i < from->eni->n_addresses; i++) {
		if (ip_compare(&from->eni->addresses[i].ip, &from->ip) == 0)
			p->src = from->ip;
	}
	return 0;
}

static int
read_query(const struct explain_query *q, struct explained *e, struct err *err)
{
	struct end from, to;

	if (find_end(e->fabric, q, q->from, &from, err) < 0 ||
	    find_end(e->fabric, q, q->to, &to, err) < 0 ||
	    read_protocol(q, &e->packet, err) < 0 || read_port(q, &e->packet, err) < 0 ||
	    read_target(&from, &to, &e->packet, err) < 0 ||
	    read_source(&from, &e->packet, err) < 0)
		return -1;
	e->from = (struct decide_from){ from.eni, from.guest, from.vpc };
	e->to = to.eni;
	return 0;
}

int
explain(struct env *env, struct arena *a, const struct explain_query *q,
    struct explained *ret, struct err *err)
{
	json_t *doc;

	*ret = (struct explained){ 0 };
	if (fabric_document(env, a, FABRIC_ALL, &doc, err) < 0 ||
	    fabric_read(doc, &ret->fabric, err) < 0)
		return -1;
	if (read_query(q, ret, err) < 0) {
		fabric_free(ret->fabric);
		return -1;
	}
	decide(ret->fabric, &ret->from, &ret->packet, a, &ret->decision);
	return 0;
}

/* As a document */

static const char *const kinds[] = {
	[HOP_GROUPS] = "security-groups",
	[HOP_ACL] = "network-acl",
	[HOP_ROUTE] = "route",
	[HOP_CHECK] = "source-dest-check",
	[HOP_INTERNET] = "internet-gateway",
	[HOP_NAT] = "nat-gateway",
	[HOP_PEERING] = "peering",
	[HOP_TRANSIT] = "transit-gateway",
	[HOP_APPLIANCE] = "appliance",
	[HOP_END] = "end",
};

static json_t *
hop_document(const struct hop *h)
{
	return json_make("{s:s, s:s, s:b, s:s, s:s, s:s, s:s}", "kind", kinds[h->kind],
	    "direction", h->direction == DIR_IN ? "ingress" : "egress", "allowed",
	    h->is_allowed, "at", h->at, "id", h->id, "rule", h->rule, "text", h->text);
}

static json_t *
way_document(const struct way_gone *w)
{
	json_t *hops = json_new_array();

	for (size_t i = 0; i < w->n; i++)
		json_add(hops, hop_document(&w->hops[i]));
	return hops;
}

static json_t *
packet_document(const struct packet *p)
{
	char src[IP_TEXT], dst[IP_TEXT];
	int is_icmp = p->protocol == PROTO_ICMP || p->protocol == PROTO_ICMP6;

	ip_format(&p->src, src);
	ip_format(&p->dst, dst);
	return json_make("{s:i, s:s, s:s, s:i, s:i}", "protocol", p->protocol, "source",
	    src, "destination", dst, is_icmp ? "type" : "sourcePort", p->sport,
	    is_icmp ? "code" : "destinationPort", p->dport);
}

static const char *
protocol_word(struct arena *a, int protocol)
{
	switch (protocol) {
	case PROTO_TCP:
		return "tcp";
	case PROTO_UDP:
		return "udp";
	case PROTO_ICMP:
		return "icmp";
	default:
		return arena_printf(a, "%d", protocol);
	}
}

/* What would let it pass the hop: NULL when that is nothing one command says. */
static const char *
advice(struct arena *a, const struct explained *e, const struct hop *h, int is_back)
{
	const struct packet *p = &e->decision.there.packet;
	const struct ip *peer = h->direction == DIR_IN ? &p->src : &p->dst;
	char text[IP_TEXT];

	switch (h->kind) {
	case HOP_GROUPS:
		ip_format(peer, text);
		if (h->id[0] == '\0')
			return arena_printf(a, "give %s a security group", h->at);
		return arena_printf(a,
		    "aws ec2 authorize-security-group-%s --group-id %s --protocol %s --port %d "
		    "--cidr %s/%d",
		    h->direction == DIR_IN ? "ingress" : "egress", h->id,
		    protocol_word(a, p->protocol),
		    p->protocol == PROTO_ICMP ? p->sport : p->dport, text,
		    peer->version == 4 ? 32 : 128);
	case HOP_ACL:
		return arena_printf(a,
		    is_back ?
			"an entry of %s for the answers (%s, ports 1024-65535): an ACL "
			"does not remember connections" :
			"an entry of %s that allows it (%s), with a lower number",
		    h->id, h->direction == DIR_IN ? "ingress" : "egress");
	case HOP_ROUTE:
		return h->rule[0] == '\0' ?
		    arena_printf(a, "a route of %s to the destination", h->id) :
		    arena_printf(a, "another target of the route %s of %s", h->rule,
			h->id);
	case HOP_CHECK:
		return arena_printf(a,
		    "aws ec2 modify-network-interface-attribute --network-interface-id %s "
		    "--no-source-dest-check",
		    h->at);
	case HOP_INTERNET:
	case HOP_NAT:
	case HOP_PEERING:
	case HOP_TRANSIT:
	case HOP_APPLIANCE:
	case HOP_END:
		break;
	}
	return NULL;
}

static const char *
name_of(const struct decide_from *from)
{
	if (from->eni != NULL)
		return from->eni->id;
	return from->guest != NULL ? from->guest->container : "internet";
}

json_t *
explain_document(struct arena *a, const struct explained *e)
{
	json_t *v = json_own(a, json_new_object());
	const struct hop *h = decide_refusal(&e->decision);
	int is_back = e->decision.has_answer;

	json_set_bool(v, "reachable", e->decision.passes);
	json_set_str(v, "from", name_of(&e->from));
	json_set_str(v, "to", e->to != NULL ? e->to->id : "internet");
	json_set(v, "packet", packet_document(&e->packet));
	json_set(v, "there", way_document(&e->decision.there));
	json_set(v, "arrivesAs", packet_document(&e->decision.there.packet));
	if (is_back)
		json_set(v, "back", way_document(&e->decision.back));
	if (h == NULL)
		return v;
	json_set(v, "refusal", hop_document(h));
	json_set_bool(json_get(v, "refusal"), "answer", is_back);
	json_set_str(v, "advice", advice(a, e, h, is_back));
	return v;
}
