#include "netdns/nat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <string.h>

static const struct err_kind refused = { "RulesRefused", 500 };

/* What no internet gateway forwards (RFC 1918, 3927, 6890): it would reach networks of the host. */
#define NEVER_OUTSIDE                                                                         \
	"0.0.0.0/8, 10.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, " \
	"198.19.0.0/16, 224.0.0.0/3"

static void
add_addr(struct buf *b, uint32_t addr)
{
	char text[IP4_TEXT];

	ip4_format(addr, text);
	buf_str(b, text);
}

static void
add_net(struct buf *b, const struct net4 *n)
{
	struct net4 base = { net4_base(n), n->len };
	char text[NET4_TEXT];

	net4_format(&base, text);
	buf_str(b, text);
}

/* nft has no word for "elements = { }". */
static void
open_elements(struct buf *b, size_t i)
{
	buf_str(b, i == 0 ? "  elements = { " : ", ");
}

static void
close_set(struct buf *b, size_t n)
{
	buf_str(b, n > 0 ? " }\n }\n" : " }\n");
}

static void
add_addr_set(struct buf *b, const char *name, const uint32_t *addrs, size_t n)
{
	buf_printf(b, " set %s {\n  type ipv4_addr\n", name);
	for (size_t i = 0; i < n; i++) {
		open_elements(b, i);
		add_addr(b, addrs[i]);
	}
	close_set(b, n);
}

/* What of each pair goes into a set or a map, and how nft writes its type. */
static const struct pair_set {
	const char *head;
	enum { PUBLIC, PRIVATE, BOTH, TO_PUBLIC, TO_PRIVATE } what;
} pair_sets[] = {
	{ "set publics {\n  type ipv4_addr", PUBLIC },
	{ "set privates {\n  type ipv4_addr", PRIVATE },
	{ "set pairs {\n  type ipv4_addr . ipv4_addr", BOTH },
	{ "map to_public {\n  type ipv4_addr : ipv4_addr", TO_PUBLIC },
	{ "map to_private {\n  type ipv4_addr : ipv4_addr", TO_PRIVATE },
};

static void
add_pair(struct buf *b, const struct nat_pair *p, const struct pair_set *s)
{
	switch (s->what) {
	case PUBLIC:
		add_addr(b, p->public_addr);
		break;
	case PRIVATE:
		add_addr(b, p->private_addr);
		break;
	case BOTH:
	case TO_PUBLIC:
		add_addr(b, p->private_addr);
		buf_str(b, s->what == BOTH ? " . " : " : ");
		add_addr(b, p->public_addr);
		break;
	case TO_PRIVATE:
		add_addr(b, p->public_addr);
		buf_str(b, " : ");
		add_addr(b, p->private_addr);
		break;
	}
}

static void
add_sets(const struct nat_router *r, struct buf *b)
{
	for (size_t i = 0; i < COUNT(pair_sets); i++) {
		buf_printf(b, " %s\n", pair_sets[i].head);
		for (size_t k = 0; k < r->n_pairs; k++) {
			open_elements(b, k);
			add_pair(b, &r->pairs[k], &pair_sets[i]);
		}
		close_set(b, r->n_pairs);
	}
	add_addr_set(b, "own", r->own, r->n_own);
	buf_str(b, " set subnets {\n  type ipv4_addr\n  flags interval\n");
	for (size_t i = 0; i < r->n_subnets; i++) {
		open_elements(b, i);
		add_net(b, &r->subnets[i]);
	}
	close_set(b, r->n_subnets);
}

static void
add_ports(struct buf *b, const uint16_t *ports, size_t n)
{
	buf_str(b, " tcp dport { ");
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%u", i > 0 ? ", " : "", ports[i]);
	buf_str(b, " }");
}

static void
mark_control(const struct nat_router *r, struct buf *b, const uint16_t *ports, size_t n)
{
	if (r->control == 0 || n == 0)
		return;
	buf_str(b, "  iifname \"" NAT_BRIDGE "\" ip daddr ");
	add_addr(b, r->control);
	add_ports(b, ports, n);
	buf_printf(b, " meta mark set 0x%x\n", (unsigned)NAT_MARK_CONTROL);
}

/* What is marked for control goes to one of its two ports. */
static void
add_way_to_control(const struct nat_router *r, struct buf *b)
{
	if (r->control == 0)
		return;
	if (r->n_tls_ports > 0) {
		buf_printf(b, "  meta mark 0x%x", (unsigned)NAT_MARK_CONTROL);
		add_ports(b, r->tls_ports, r->n_tls_ports);
		buf_str(b, " dnat to ");
		add_addr(b, r->control_to);
		buf_printf(b, ":%u\n", r->control_tls_port);
	}
	buf_printf(b, "  meta mark 0x%x meta l4proto tcp dnat to ",
	    (unsigned)NAT_MARK_CONTROL);
	add_addr(b, r->control_to);
	buf_printf(b, ":%u\n", r->control_port);
}

static void
add_mark(const struct nat_router *r, struct buf *b)
{
	buf_str(b, " chain marks {\n  type filter hook prerouting priority mangle\n");
	mark_control(r, b, r->ports, r->n_ports);
	mark_control(r, b, r->tls_ports, r->n_tls_ports);
	buf_printf(b,
	    "  iifname \"" NAT_BRIDGE "\" ip daddr @publics meta mark set 0x%x\n }\n",
	    (unsigned)NAT_MARK_HAIRPIN);
}

static void
add_translation(const struct nat_router *r, struct buf *b)
{
	buf_str(b, " chain inward {\n  type nat hook prerouting priority dstnat\n");
	add_way_to_control(r, b);
	if (r->internet.name[0] != '\0')
		buf_printf(b, "  iifname \"%s\" dnat to ip daddr map @to_private\n",
		    r->internet.name);
	buf_printf(b,
	    "  meta mark 0x%x ip saddr @privates dnat to ip daddr map @to_private\n",
	    (unsigned)NAT_MARK_HAIRPIN);
	buf_str(b, " }\n chain outward {\n  type nat hook postrouting priority srcnat\n");
	if (r->control != 0) {
		buf_printf(b, "  meta mark 0x%x snat to ", (unsigned)NAT_MARK_CONTROL);
		add_addr(b, r->underlay.net.addr);
		buf_str(b, "\n");
	}
	if (r->internet.name[0] != '\0')
		buf_printf(b, "  oifname \"%s\" snat to ip saddr map @to_public\n",
		    r->internet.name);
	buf_printf(b,
	    "  meta mark 0x%x oifname \"" NAT_BRIDGE
	    "\" snat to ip saddr map @to_public\n }\n",
	    (unsigned)NAT_MARK_HAIRPIN);
}

/*
 * Guests are the other addresses of the underlay, but for the host's, which
 * is its gateway.  way is "iifname" or "oifname", end "saddr" or "daddr".
 */
static void
add_guests(const struct nat_router *r, struct buf *b, const char *way, const char *end,
    const char *rest)
{
	if (!r->has_guests)
		return;
	buf_printf(b, "  %s \"%s\" ip %s ", way, r->underlay.name, end);
	add_net(b, &r->underlay.net);
	buf_printf(b, " ip %s != ", end);
	add_addr(b, net4_base(&r->underlay.net) + 1);
	buf_printf(b, " %s accept\n", rest);
}

static void
add_forward(const struct nat_router *r, struct buf *b)
{
	const char *u = r->underlay.name, *i = r->internet.name;

	buf_str(b, " chain vpc {\n  ip saddr @subnets ip daddr @subnets accept\n }\n");
	buf_str(b,
	    " chain forward {\n  type filter hook forward priority filter; policy drop\n"
	    "  ct state invalid drop\n");
	if (r->control != 0) {
		buf_printf(b,
		    "  meta mark 0x%x oifname \"%s\" ip saddr @subnets accept\n",
		    (unsigned)NAT_MARK_CONTROL, u);
		buf_printf(b,
		    "  iifname \"%s\" oifname \"" NAT_BRIDGE
		    "\" ct state established ct direction reply ct original ip daddr ",
		    u);
		add_addr(b, r->control);
		buf_str(b, " accept\n");
	}
	buf_str(b,
	    "  ct status dnat ct direction original ip daddr . ct original ip daddr != @pairs "
	    "drop\n"
	    "  ct status dnat ct direction reply ip saddr . ct original ip daddr != @pairs drop\n"
	    "  ct status snat ct direction original ip saddr . ct reply ip daddr != @pairs drop\n"
	    "  ct status snat ct direction reply ip daddr . ct reply ip daddr != @pairs drop\n");
	buf_str(b, "  iifname \"" NAT_BRIDGE "\" oifname \"" NAT_BRIDGE "\" jump vpc\n");
	if (i[0] != '\0')
		buf_printf(b,
		    "  iifname \"" NAT_BRIDGE "\" oifname \"%s\" ip saddr @privates "
		    "ct direction reply accept\n"
		    "  iifname \"" NAT_BRIDGE "\" oifname \"%s\" ip saddr @privates "
		    "ip daddr != { " NEVER_OUTSIDE " } accept\n"
		    "  iifname \"%s\" oifname \"" NAT_BRIDGE "\" ct status dnat accept\n"
		    "  iifname \"%s\" oifname \"" NAT_BRIDGE
		    "\" ct state established,related ip daddr @privates accept\n",
		    i, i, i, i);
	add_guests(r, b, "iifname", "saddr",
	    "oifname \"" NAT_BRIDGE "\" ip daddr @subnets");
	add_guests(r, b, "oifname", "daddr",
	    "iifname \"" NAT_BRIDGE "\" ip saddr @subnets");
	buf_str(b, " }\n");
}

static void
add_leave(const struct nat_router *r, struct buf *b)
{
	const struct nat_leg *legs[] = { &r->underlay, &r->internet };

	buf_str(b,
	    " chain leave {\n  type filter hook postrouting priority srcnat + 10; policy drop\n"
	    "  oifname { \"lo\", \"" NAT_BRIDGE "\" } accept\n");
	for (size_t i = 0; i < COUNT(legs); i++) {
		if (legs[i]->name[0] == '\0')
			continue;
		buf_printf(b, "  oifname \"%s\" ip saddr ", legs[i]->name);
		add_addr(b, legs[i]->net.addr);
		buf_str(b, " accept\n");
	}
	if (r->internet.name[0] != '\0')
		buf_printf(b, "  oifname \"%s\" ip saddr @publics accept\n",
		    r->internet.name);
	add_guests(r, b, "oifname", "daddr", "ip saddr @subnets");
	buf_str(b, " }\n");
}

static void
add_local(const struct nat_router *r, struct buf *b)
{
	buf_str(b,
	    " chain input {\n  type filter hook input priority filter; policy drop\n"
	    "  iifname \"lo\" accept\n"
	    "  iifname \"" NAT_BRIDGE "\" ip saddr @subnets ip daddr @own accept\n"
	    "  iifname \"" NAT_BRIDGE "\" drop\n"
	    "  ct state established,related accept\n");
	if (r->underlay.name[0] != '\0')
		buf_printf(b, "  iifname \"%s\" icmp type echo-request accept\n",
		    r->underlay.name);
	add_guests(r, b, "iifname", "saddr", "ip daddr @own");
	/* Between two subnets the router is on the way, and says nothing of it. */
	buf_str(b,
	    " }\n chain output {\n  type filter hook output priority filter\n"
	    "  icmp type redirect drop\n }\n");
}

void
nat_router(const struct nat_router *r, struct buf *b)
{
	buf_str(b, "table ip simfra\ndelete table ip simfra\ntable ip simfra {\n");
	add_sets(r, b);
	add_mark(r, b);
	add_translation(r, b);
	add_forward(r, b);
	add_leave(r, b);
	add_local(r, b);
	buf_str(b, "}\n");
}

int
nat_run(const char *commands, struct err *err)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int rc = 0;

	if (nft == NULL)
		return err_set(err, &err_internal, "libnftables does not start");
	if (nft_ctx_buffer_error(nft) != 0 || nft_ctx_buffer_output(nft) != 0)
		rc = err_set(err, &err_internal, "libnftables has no memory");
	else if (nft_run_cmd_from_buffer(nft, commands) != 0)
		rc = err_set(err, &refused, "nftables: %.300s",
		    nft_ctx_get_error_buffer(nft));
	nft_ctx_free(nft);
	return rc;
}

int
nat_remove(struct err *err)
{
	return nat_run("table ip simfra\ndelete table ip simfra\n", err);
}

static int
generation_attr(const struct nlattr *at, void *arg)
{
	uint32_t n;

	if (mnl_attr_get_type(at) == NFTA_GEN_ID && mnl_attr_get_payload_len(at) == 4) {
		memcpy(&n, mnl_attr_get_payload(at), 4);
		*(uint32_t *)arg = ntohl(n);
	}
	return MNL_CB_OK;
}

static int
generation_message(const struct nlmsghdr *m, void *arg)
{
	return mnl_attr_parse(m, sizeof(struct nfgenmsg), generation_attr, arg);
}

static int
ask_generation(struct mnl_socket *nl, uint32_t *ret)
{
	char request[256] = { 0 }, answer[4096];
	struct nlmsghdr *m = mnl_nlmsg_put_header(request);
	ssize_t n;

	m->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN;
	m->nlmsg_flags = NLM_F_REQUEST;
	m->nlmsg_seq = 1;
	mnl_nlmsg_put_extra_header(m, sizeof(struct nfgenmsg));
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, m, m->nlmsg_len) < 0)
		return -1;
	n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (n < 0)
		return -1;
	return mnl_cb_run(answer, (size_t)n, 1, mnl_socket_get_portid(nl),
		   generation_message, ret) < 0 ?
	    -1 :
	    0;
}

int
nat_generation(uint32_t *ret, struct err *err)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	uint32_t n = 0;
	int rc = 0;

	if (nl == NULL)
		return err_errno(err, "open nfnetlink");
	if (ask_generation(nl, &n) < 0)
		rc = err_errno(err, "ask for the generation of the rules");
	else
		*ret = n;
	mnl_socket_close(nl);
	return rc;
}
