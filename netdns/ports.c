#include "netdns/ports.h"

#include "netdns/eni.h"
#include "netdns/rules.h"

/* The address that a link gives itself by its MAC (RFC 4291, appendix A). */
static struct ip
link_local(const uint8_t mac[6])
{
	return (struct ip){ .version = 6,
		.b = { 0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3],
		    mac[4], mac[5] } };
}

struct port {
	char name[ENI_HOST_NAME];
	const struct fabric_eni *eni;
	struct ip own; /* its link-local address */
};

static int
is_free(const struct fabric_eni *e)
{
	return !e->is_checked || e->kind == ENI_NAT;
}

static size_t
read_ports(const struct fabric *f, const struct fabric_vpc *v, struct arena *a,
    struct port **ret)
{
	struct port *ports = arena_calloc(a, f->n_enis + 1, sizeof(*ports));
	size_t n = 0;

	for (size_t i = 0; i < f->n_enis; i++) {
		const struct fabric_eni *e = &f->enis[i];
		uint8_t mac[6];

		if (e->vpc != v || (e->kind != ENI_CONTAINER && e->kind != ENI_NAT) ||
		    e->mac == NULL || e->subnet == NULL || !mac_parse(e->mac, mac))
			continue;
		eni_host_name(e->id, ports[n].name);
		ports[n].eni = e;
		ports[n].own = link_local(mac);
		n++;
	}
	*ret = ports;
	return n;
}

/* The name of a port, and behind it what an element needs. */
static struct buf *
element(struct rules_set *s, const struct port *p, const char *more)
{
	struct buf *b = rules_next(s);

	buf_printf(b, "\"%s\"%s", p->name, more);
	return b;
}

static void
add_ports(struct buf *b, const struct port *ports, size_t n)
{
	struct rules_set marks = rules_set(b, "map marks {\n  type ifname : mark");

	for (size_t i = 0; i < n; i++)
		buf_printf(element(&marks, &ports[i], " : "), "%u",
		    subnet_mark(ports[i].eni->subnet));
	rules_end(&marks);
	struct rules_set same = rules_set(b, "set same {\n  type mark . ifname");
	for (size_t i = 0; i < n; i++)
		buf_printf(rules_next(&same), "%u . \"%s\"",
		    subnet_mark(ports[i].eni->subnet), ports[i].name);
	rules_end(&same);
	struct rules_set macs = rules_set(b, "set macs {\n  type ifname . ether_addr");
	for (size_t i = 0; i < n; i++)
		buf_str(element(&macs, &ports[i], " . "), ports[i].eni->mac);
	rules_end(&macs);
	struct rules_set unchecked = rules_set(b, "set unchecked {\n  type ifname");
	for (size_t i = 0; i < n; i++) {
		if (is_free(ports[i].eni))
			element(&unchecked, &ports[i], "");
	}
	rules_end(&unchecked);
}

static void
add_addresses(struct buf *b, const struct port *ports, size_t n, uint8_t version,
    const char *head)
{
	struct rules_set s = rules_set(b, head);

	for (size_t i = 0; i < n; i++) {
		const struct fabric_eni *e = ports[i].eni;

		if (version == 6)
			rules_ip(element(&s, &ports[i], " . "), &ports[i].own);
		for (size_t k = 0; k < e->n_addresses; k++) {
			if (e->addresses[k].ip.version == version)
				rules_ip(element(&s, &ports[i], " . "),
				    &e->addresses[k].ip);
		}
	}
	rules_end(&s);
}

/* nft 1.0.6 has no word for the target of a neighbour advertisement: bytes 8 to 23. */
static void
add_targets(struct buf *b, const struct port *ports, size_t n)
{
	struct rules_set s = rules_set(b, "set targets {\n  typeof iifname . @th,64,128");

	for (size_t i = 0; i < n; i++) {
		const struct fabric_eni *e = ports[i].eni;

		for (size_t k = 0; k < e->n_addresses + 1; k++) {
			const struct ip *ip =
			    k == 0 ? &ports[i].own : &e->addresses[k - 1].ip;

			if (ip->version != 6)
				continue;
			element(&s, &ports[i], " . 0x");
			for (size_t j = 0; j < 16; j++)
				buf_printf(b, "%02x", ip->b[j]);
		}
	}
	rules_end(&s);
}

static void
add_own(struct buf *b, const struct ip *own, size_t n)
{
	struct rules_set s = rules_set(b, "set own4 {\n  type ipv4_addr");

	for (size_t i = 0; i < n; i++) {
		if (own[i].version == 4)
			rules_ip(rules_next(&s), &own[i]);
	}
	rules_end(&s);
	s = rules_set(b, "set own6 {\n  type ipv6_addr");
	for (size_t i = 0; i < n; i++) {
		if (own[i].version == 6)
			rules_ip(rules_next(&s), &own[i]);
	}
	rules_end(&s);
}

#define UNICAST "ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00"
#define NEIGHBOURS \
	"icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert }"

static const char chains[] =
    " chain from_arp {\n"
    "  iifname . arp saddr ether != @macs drop\n"
    "  arp operation { request, reply } iifname . arp saddr ip @addrs4 accept\n"
    "  drop\n }\n"
    " chain from_ip4 {\n"
    "  ip saddr @own4 drop\n"
    "  ip daddr 224.0.0.0/3 drop\n"
    "  " UNICAST " iifname @unchecked accept\n"
    "  " UNICAST " iifname . ip saddr @addrs4 accept\n"
    "  drop\n }\n"
    " chain from_ip6 {\n"
    "  ip6 saddr @own6 drop\n"
    "  icmpv6 type { nd-router-advert, nd-redirect } drop\n"
    "  icmpv6 type nd-neighbor-advert iifname . @th,64,128 != @targets drop\n"
    /* Is the address mine alone?  (RFC 4862 5.4) */
    "  ip6 saddr :: icmpv6 type nd-neighbor-solicit accept\n"
    "  ip6 daddr ff00::/8 " NEIGHBOURS " iifname . ip6 saddr @addrs6 accept\n"
    "  ip6 daddr ff00::/8 drop\n"
    "  ip6 saddr != fe80::/10 " UNICAST " iifname @unchecked accept\n"
    "  " UNICAST " iifname . ip6 saddr @addrs6 accept\n"
    "  drop\n }\n"
    " chain arrive {\n  type filter hook prerouting priority -300; policy drop\n"
    "  iifname . ether saddr != @macs drop\n"
    "  meta mark set iifname map @marks\n"
    "  ether type vmap { arp : goto from_arp, ip : goto from_ip4, ip6 : goto from_ip6 }\n }\n"
    " chain deliver {\n"
    "  ether type arp accept\n"
    "  ip6 daddr ff00::/8 icmpv6 type { nd-router-advert, nd-neighbor-solicit, "
    "nd-neighbor-advert } accept\n"
    "  oifname . ether daddr != @macs drop\n"
    "  ether type { ip, ip6 } oifname @unchecked accept\n"
    "  oifname . ip daddr @addrs4 accept\n"
    "  oifname . ip6 daddr @addrs6 accept\n"
    "  drop\n }\n"
    " chain between {\n  type filter hook forward priority filter; policy drop\n"
    "  meta mark . oifname @same goto deliver\n }\n"
    " chain leave {\n  type filter hook output priority filter; policy drop\n"
    "  goto deliver\n }\n";

void
ports_render(const struct fabric *f, const struct fabric_vpc *v, struct buf *b)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct port *ports;
	struct ip *own;
	size_t n = read_ports(f, v, a, &ports), n_own = rules_own(v, a, &own);

	buf_str(b,
	    "table bridge simfra\ndelete table bridge simfra\n"
	    "table bridge simfra {\n");
	add_ports(b, ports, n);
	add_addresses(b, ports, n, 4, "set addrs4 {\n  type ifname . ipv4_addr");
	add_addresses(b, ports, n, 6, "set addrs6 {\n  type ifname . ipv6_addr");
	add_targets(b, ports, n);
	add_own(b, own, n_own);
	buf_str(b, chains);
	buf_str(b, "}\n");
}
