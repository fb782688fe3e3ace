#include "netdns/amend.h"

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#define TABLE	  "simfra"
#define ANONYMOUS "__set%d"

/* A message of CHUNK elements fits in ROOM: an element is 40 bytes at most. */
enum { ROOM = 32 << 10, CHUNK = 512, TYPE_IP4 = 7, TYPE_IP6 = 8, BATCH_GENERATION = 1 };

struct amend {
	struct arena *a;
	struct buf *out;
	char *room;
	uint32_t n_sets; /* of this batch: their ids */
	size_t n;	 /* messages */
	uint32_t generation;
};

/* Messages */

static struct nlmsghdr *
begin(struct amend *m, int type, int flags, int family, int resource)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(m->room);
	struct nfgenmsg *g;

	h->nlmsg_type = (uint16_t)type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	h->nlmsg_seq = 1;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = (uint8_t)family;
	g->version = NFNETLINK_V0;
	g->res_id = htons((uint16_t)resource);
	return h;
}

/* One of ours, of a table; flags for its making. */
static struct nlmsghdr *
begin_ours(struct amend *m, int type, int flags)
{
	m->n++;
	return begin(m, NFNL_SUBSYS_NFTABLES << 8 | type, flags, NFPROTO_INET, 0);
}

static void
end(struct amend *m, const struct nlmsghdr *h)
{
	buf_add(m->out, h, h->nlmsg_len);
}

struct amend *
amend_new(struct arena *a, uint32_t generation)
{
	struct amend *m = arena_alloc(a, sizeof(*m));
	struct nlmsghdr *h;

	*m = (struct amend){ .a = a,
		.out = buf_new(a, 0),
		.room = arena_alloc(a, ROOM),
		.generation = generation };
	h = begin(m, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	mnl_attr_put_u32(h, BATCH_GENERATION, htonl(generation));
	end(m, h);
	return m;
}

const void *
amend_batch(struct amend *m, size_t *ret_len)
{
	end(m, begin(m, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	*ret_len = m->n > 0 ? m->out->len : 0;
	return m->out->data;
}

/* Sets */

static size_t
size_of(int version)
{
	return version == 4 ? 4 : 16;
}

static void
add_set(struct amend *m, const char *name, int version, uint32_t flags)
{
	struct nlmsghdr *h = begin_ours(m, NFT_MSG_NEWSET, NLM_F_CREATE);

	mnl_attr_put_strz(h, NFTA_SET_TABLE, TABLE);
	mnl_attr_put_strz(h, NFTA_SET_NAME, name);
	mnl_attr_put_u32(h, NFTA_SET_FLAGS, htonl(flags));
	mnl_attr_put_u32(h, NFTA_SET_KEY_TYPE, htonl(version == 4 ? TYPE_IP4 : TYPE_IP6));
	mnl_attr_put_u32(h, NFTA_SET_KEY_LEN, htonl((uint32_t)size_of(version)));
	mnl_attr_put_u32(h, NFTA_SET_ID, htonl(++m->n_sets));
	end(m, h);
}

struct elements {
	struct amend *m;
	const char *set;
	uint32_t id; /* 0: a set that is there already */
	int version, type;
	struct nlmsghdr *h;
	struct nlattr *list;
	size_t n;
};

static void
end_elements(struct elements *e)
{
	if (e->h == NULL)
		return;
	mnl_attr_nest_end(e->h, e->list);
	end(e->m, e->h);
	e->h = NULL;
}

static void
put_element(struct elements *e, const uint8_t *key, uint32_t flags)
{
	struct nlattr *one, *value;

	if (e->h == NULL || e->n == CHUNK) {
		end_elements(e);
		e->h = begin_ours(e->m, e->type,
		    e->type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0);
		mnl_attr_put_strz(e->h, NFTA_SET_ELEM_LIST_TABLE, TABLE);
		mnl_attr_put_strz(e->h, NFTA_SET_ELEM_LIST_SET, e->set);
		if (e->id != 0)
			mnl_attr_put_u32(e->h, NFTA_SET_ELEM_LIST_SET_ID, htonl(e->id));
		e->list = mnl_attr_nest_start(e->h, NFTA_SET_ELEM_LIST_ELEMENTS);
		e->n = 0;
	}
	one = mnl_attr_nest_start(e->h, NFTA_LIST_ELEM);
	if (flags != 0)
		mnl_attr_put_u32(e->h, NFTA_SET_ELEM_FLAGS, htonl(flags));
	value = mnl_attr_nest_start(e->h, NFTA_SET_ELEM_KEY);
	mnl_attr_put(e->h, NFTA_DATA_VALUE, size_of(e->version), key);
	mnl_attr_nest_end(e->h, value);
	mnl_attr_nest_end(e->h, one);
	e->n++;
}

void
amend_add_sets(struct amend *m, const struct fabric_group *group)
{
	char name[GATE_SET_NAME];

	for (int version = 4; version <= 6; version += 2) {
		struct elements e = { .m = m,
			.set = name,
			.version = version,
			.type = NFT_MSG_NEWSETELEM };

		gate_set_name(group->id, version, name);
		add_set(m, name, version, 0);
		e.id = m->n_sets;
		for (size_t i = 0; i < group->n_members; i++) {
			if (group->members[i].version == version)
				put_element(&e, group->members[i].b, 0);
		}
		end_elements(&e);
	}
}

void
amend_remove_sets(struct amend *m, const char *group)
{
	char name[GATE_SET_NAME];

	for (int version = 4; version <= 6; version += 2) {
		struct nlmsghdr *h = begin_ours(m, NFT_MSG_DELSET, 0);

		gate_set_name(group, version, name);
		mnl_attr_put_strz(h, NFTA_SET_TABLE, TABLE);
		mnl_attr_put_strz(h, NFTA_SET_NAME, name);
		end(m, h);
	}
}

static void
change_member(struct amend *m, int type, const struct fabric_group *group,
    const struct ip *ip)
{
	char name[GATE_SET_NAME];
	struct elements e = { .m = m, .set = name, .version = ip->version, .type = type };

	gate_set_name(group->id, ip->version, name);
	put_element(&e, ip->b, 0);
	end_elements(&e);
}

void
amend_add_member(struct amend *m, const struct fabric_group *group, const struct ip *ip)
{
	change_member(m, NFT_MSG_NEWSETELEM, group, ip);
}

void
amend_remove_member(struct amend *m, const struct fabric_group *group,
    const struct ip *ip)
{
	change_member(m, NFT_MSG_DELSETELEM, group, ip);
}

/* The first address behind a network: 0 when it ends where addresses do. */
static int
behind(const struct cidr *c, struct ip *ret)
{
	unsigned bit = c->len;

	*ret = c->ip;
	while (bit-- > 0) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		ret->b[bit / 8] ^= mask;
		if ((ret->b[bit / 8] & mask) != 0)
			return 1;
	}
	return 0;
}

/*
 * Networks as a tree of intervals: where one begins, and, marked as an end, where the next is none.
 * The first is preceded by such an end, unless it begins with the first of all addresses.
 */
static uint32_t
add_networks(struct amend *m, const struct gate_rule *r)
{
	static const uint8_t zero[16];
	struct elements e = { .m = m,
		.set = ANONYMOUS,
		.version = r->version,
		.type = NFT_MSG_NEWSETELEM };

	add_set(m, ANONYMOUS, r->version,
	    NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_INTERVAL);
	e.id = m->n_sets;
	if (memcmp(r->networks[0].ip.b, zero, size_of(r->version)) != 0)
		put_element(&e, zero, NFT_SET_ELEM_INTERVAL_END);
	for (size_t i = 0; i < r->n_networks; i++) {
		struct cidr c = r->networks[i];
		struct ip next;

		cidr_mask(&c);
		put_element(&e, c.ip.b, 0);
		while (behind(&c, &next) && i + 1 < r->n_networks &&
		    ip_compare(&next, &r->networks[i + 1].ip) == 0) {
			c = r->networks[++i];
			cidr_mask(&c);
		}
		if (behind(&c, &next))
			put_element(&e, next.b, NFT_SET_ELEM_INTERVAL_END);
	}
	end_elements(&e);
	return e.id;
}

/* Rules */

struct expression {
	struct nlmsghdr *h;
	struct nlattr *one, *data;
};

static struct expression
begin_expression(struct nlmsghdr *h, const char *name)
{
	struct expression e = { .h = h };

	e.one = mnl_attr_nest_start(h, NFTA_LIST_ELEM);
	mnl_attr_put_strz(h, NFTA_EXPR_NAME, name);
	e.data = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
	return e;
}

static void
end_expression(const struct expression *e)
{
	mnl_attr_nest_end(e->h, e->data);
	mnl_attr_nest_end(e->h, e->one);
}

static void
put_value(struct nlmsghdr *h, uint16_t type, const void *value, size_t len)
{
	struct nlattr *nest = mnl_attr_nest_start(h, type);

	mnl_attr_put(h, NFTA_DATA_VALUE, len, value);
	mnl_attr_nest_end(h, nest);
}

static void
put_meta(struct nlmsghdr *h, uint32_t key)
{
	struct expression e = begin_expression(h, "meta");

	mnl_attr_put_u32(h, NFTA_META_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_META_KEY, htonl(key));
	end_expression(&e);
}

static void
put_payload(struct nlmsghdr *h, uint32_t base, uint32_t offset, uint32_t len)
{
	struct expression e = begin_expression(h, "payload");

	mnl_attr_put_u32(h, NFTA_PAYLOAD_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_PAYLOAD_BASE, htonl(base));
	mnl_attr_put_u32(h, NFTA_PAYLOAD_OFFSET, htonl(offset));
	mnl_attr_put_u32(h, NFTA_PAYLOAD_LEN, htonl(len));
	end_expression(&e);
}

static void
put_cmp(struct nlmsghdr *h, uint32_t op, const void *value, size_t len)
{
	struct expression e = begin_expression(h, "cmp");

	mnl_attr_put_u32(h, NFTA_CMP_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_CMP_OP, htonl(op));
	put_value(h, NFTA_CMP_DATA, value, len);
	end_expression(&e);
}

static void
put_byte(struct nlmsghdr *h, uint32_t offset, int value)
{
	uint8_t byte = (uint8_t)value;

	put_payload(h, NFT_PAYLOAD_TRANSPORT_HEADER, offset, 1);
	put_cmp(h, NFT_CMP_EQ, &byte, 1);
}

/* The destination port is behind the source port. */
static void
put_port_range(struct nlmsghdr *h, int from, int to)
{
	uint16_t low = htons((uint16_t)from), high = htons((uint16_t)to);

	put_payload(h, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
	if (from == to) {
		put_cmp(h, NFT_CMP_EQ, &low, 2);
		return;
	}
	put_cmp(h, NFT_CMP_GTE, &low, 2);
	put_cmp(h, NFT_CMP_LTE, &high, 2);
}

static void
put_ports(struct nlmsghdr *h, const struct fabric_ports *p)
{
	uint8_t protocol = (uint8_t)p->protocol;

	if (p->protocol == PROTO_ANY)
		return;
	put_meta(h, NFT_META_L4PROTO);
	put_cmp(h, NFT_CMP_EQ, &protocol, 1);
	if (p->protocol == PROTO_TCP || p->protocol == PROTO_UDP) {
		if (p->from > 0 || p->to < 65535)
			put_port_range(h, p->from, p->to);
	} else if (p->protocol == PROTO_ICMP || p->protocol == PROTO_ICMP6) {
		if (p->from >= 0)
			put_byte(h, 0, p->from);
		if (p->from >= 0 && p->to >= 0)
			put_byte(h, 1, p->to);
	}
}

static void
put_mask(struct nlmsghdr *h, unsigned bits, size_t len)
{
	struct expression e = begin_expression(h, "bitwise");
	uint8_t mask[16] = { 0 };
	static const uint8_t zero[16];

	for (unsigned i = 0; i < bits; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
	mnl_attr_put_u32(h, NFTA_BITWISE_SREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_BITWISE_DREG, htonl(NFT_REG_1));
	mnl_attr_put_u32(h, NFTA_BITWISE_LEN, htonl((uint32_t)len));
	put_value(h, NFTA_BITWISE_MASK, mask, len);
	put_value(h, NFTA_BITWISE_XOR, zero, len);
	end_expression(&e);
}

static void
put_lookup(struct nlmsghdr *h, const char *set, uint32_t id)
{
	struct expression e = begin_expression(h, "lookup");

	mnl_attr_put_strz(h, NFTA_LOOKUP_SET, set);
	mnl_attr_put_u32(h, NFTA_LOOKUP_SREG, htonl(NFT_REG_1));
	if (id != 0)
		mnl_attr_put_u32(h, NFTA_LOOKUP_SET_ID, htonl(id));
	end_expression(&e);
}

static void
put_accept(struct nlmsghdr *h)
{
	struct expression e = begin_expression(h, "immediate");
	struct nlattr *data, *verdict;

	mnl_attr_put_u32(h, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	data = mnl_attr_nest_start(h, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(h, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(h, NFTA_VERDICT_CODE, htonl(NF_ACCEPT));
	mnl_attr_nest_end(h, verdict);
	mnl_attr_nest_end(h, data);
	end_expression(&e);
}

/* Sources are at 12 of IPv4's header and 8 of IPv6's; destinations behind them. */
static void
put_whom(struct nlmsghdr *h, const struct gate_rule *r, enum direction direction,
    uint32_t networks)
{
	size_t len = size_of(r->version);
	uint32_t offset =
	    (r->version == 4 ? 12 : 8) + (direction == DIR_OUT ? (uint32_t)len : 0);
	uint8_t family = r->version == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	char name[GATE_SET_NAME];

	put_meta(h, NFT_META_NFPROTO);
	put_cmp(h, NFT_CMP_EQ, &family, 1);
	if (r->group == NULL && r->networks[0].len == 0)
		return;
	put_payload(h, NFT_PAYLOAD_NETWORK_HEADER, offset, (uint32_t)len);
	if (r->group != NULL) {
		gate_set_name(r->group->id, r->version, name);
		put_lookup(h, name, 0);
	} else if (networks != 0) {
		put_lookup(h, ANONYMOUS, networks);
	} else {
		struct cidr c = r->networks[0];

		cidr_mask(&c);
		if (c.len < 8 * len)
			put_mask(h, c.len, len);
		put_cmp(h, NFT_CMP_EQ, c.ip.b, len);
	}
}

void
amend_add_rule(struct amend *m, const char *chain, const struct gate_rule *r,
    enum direction direction)
{
	uint32_t networks = r->n_networks > 1 ? add_networks(m, r) : 0;
	struct nlmsghdr *h = begin_ours(m, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	struct nlattr *list;

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	list = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	put_ports(h, &r->ports);
	put_whom(h, r, direction, networks);
	put_accept(h);
	mnl_attr_nest_end(h, list);
	end(m, h);
}

void
amend_remove_rule(struct amend *m, const char *chain, uint64_t handle)
{
	struct nlmsghdr *h = begin_ours(m, NFT_MSG_DELRULE, 0);

	mnl_attr_put_strz(h, NFTA_RULE_TABLE, TABLE);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, chain);
	mnl_attr_put_u64(h, NFTA_RULE_HANDLE, htobe64(handle));
	end(m, h);
}
