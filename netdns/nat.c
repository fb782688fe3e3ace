#include "netdns/nat.h"

#include <nftables/libnftables.h>
#include <string.h>

#include "netdns/acl.h"
#include "netdns/arrival.h"
#include "netdns/aside.h"
#include "netdns/nfnl.h"
#include "netdns/passage.h"
#include "netdns/rules.h"

static const struct err_kind refused = { "RulesRefused", 500 };

size_t
nat_pairs(const struct fabric *f, const struct fabric_vpc *v, struct arena *a,
    struct nat_pair **ret)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_enis; i++)
		n += f->enis[i].vpc == v ? f->enis[i].n_addresses : 0;
	*ret = arena_calloc(a, n + 1, sizeof(**ret));
	n = 0;
	for (size_t i = 0; i < f->n_enis; i++) {
		const struct fabric_eni *e = &f->enis[i];

		for (size_t k = 0; e->vpc == v && k < e->n_addresses; k++) {
			const struct fabric_address *at = &e->addresses[k];

			if (at->ip.version == 4 && at->public.version == 4)
				(*ret)[n++] = (struct nat_pair){ at->ip, at->public };
		}
	}
	return n;
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
		rules_ip(b, &p->public_addr);
		break;
	case PRIVATE:
		rules_ip(b, &p->private_addr);
		break;
	case BOTH:
	case TO_PUBLIC:
		rules_ip(b, &p->private_addr);
		buf_str(b, s->what == BOTH ? " . " : " : ");
		rules_ip(b, &p->public_addr);
		break;
	case TO_PRIVATE:
		rules_ip(b, &p->public_addr);
		buf_str(b, " : ");
		rules_ip(b, &p->private_addr);
		break;
	}
}

static void
add_pairs(const struct nat_router *r, struct buf *b)
{
	for (size_t i = 0; i < COUNT(pair_sets); i++) {
		struct rules_set s = rules_set(b, pair_sets[i].head);

		for (size_t k = 0; k < r->n_pairs; k++)
			add_pair(rules_next(&s), &r->pairs[k], &pair_sets[i]);
		rules_end(&s);
	}
}

static void
add_to_control(const struct nat_router *r, struct buf *b)
{
	const struct fabric_vpc *v = r->vpc;

	if (v->control_to.version == 0)
		return;
	if (v->control_tls_port != 0 && v->n_control_tls_ports > 0) {
		buf_printf(b, "  meta mark & 0x%x != 0 tcp dport { ",
		    (unsigned)MARK_CONTROL);
		for (size_t i = 0; i < v->n_control_tls_ports; i++)
			buf_printf(b, "%s%d", i > 0 ? ", " : "", v->control_tls_ports[i]);
		buf_str(b, " } dnat ip to ");
		rules_ip(b, &v->control_to);
		buf_printf(b, ":%d\n", v->control_tls_port);
	}
	buf_printf(b, "  meta mark & 0x%x != 0 meta l4proto tcp dnat ip to ",
	    (unsigned)MARK_CONTROL);
	rules_ip(b, &v->control_to);
	buf_printf(b, ":%d\n", v->control_port);
}

static void
add_translation(const struct nat_router *r, struct buf *b)
{
	const char *i = r->internet.name;

	buf_str(b, " chain inward {\n  type nat hook prerouting priority dstnat\n");
	add_to_control(r, b);
	if (i[0] != '\0')
		buf_printf(b, "  iifname \"%s\" dnat ip to ip daddr map @to_private\n",
		    i);
	buf_printf(b, "  meta mark & 0x%x != 0 dnat ip to ip daddr map @to_private\n }\n",
	    (unsigned)MARK_HAIRPIN);
	buf_str(b, " chain outward {\n  type nat hook postrouting priority srcnat\n");
	if (r->underlay.name[0] != '\0') {
		buf_printf(b, "  meta mark & 0x%x != 0 snat ip to ",
		    (unsigned)MARK_CONTROL);
		rules_ip(b, &r->underlay.net.ip);
		buf_str(b, "\n");
	}
	if (i[0] != '\0')
		buf_printf(b, "  oifname \"%s\" snat ip to ip saddr map @to_public\n", i);
	buf_printf(b,
	    "  meta mark & 0x%x != 0 oifname \"" NAT_BRIDGE
	    "\" snat ip to ip saddr map @to_public\n }\n",
	    (unsigned)MARK_HAIRPIN);
}

/* A router of an earlier version has a table of IPv4 alone. */
#define NO_TABLE_OF_OLD "table ip simfra\ndelete table ip simfra\n"

void
nat_router(const struct nat_router *r, struct buf *b)
{
	buf_str(b,
	    NO_TABLE_OF_OLD
	    "table inet simfra\ndelete table inet simfra\ntable inet simfra {\n");
	add_pairs(r, b);
	acl_render(r->fabric, r->vpc, b);
	arrival_render(r, b);
	passage_render(r, b);
	add_translation(r, b);
	buf_str(b, "}\n");
}

int
nat_run(const char *commands, struct err *err)
{
	int fd = aside_next(), rc = 0;
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);

	if (nft == NULL)
		return err_set(err, &err_internal, "libnftables does not start");
	if (nft_ctx_buffer_error(nft) != 0 || nft_ctx_buffer_output(nft) != 0)
		rc = err_set(err, &err_internal, "libnftables has no memory");
	else if (nft_run_cmd_from_buffer(nft, commands) != 0)
		rc = err_set(err, &refused, "nftables: %.300s",
		    nft_ctx_get_error_buffer(nft));
	fd = aside_hold(fd);
	nft_ctx_free(nft);
	aside_close(fd);
	return rc;
}

int
nat_remove(struct err *err)
{
	return nat_run(NO_TABLE_OF_OLD
	    "table inet simfra\ndelete table inet simfra\n"
	    "table bridge simfra\ndelete table bridge simfra\n",
	    err);
}

int
nat_generation(uint32_t *ret, struct err *err)
{
	CLEANUP(nfnl_closep) struct mnl_socket *nl = NULL;

	return nfnl_open(&nl, err) < 0 ? -1 : nfnl_generation(nl, ret, err);
}
