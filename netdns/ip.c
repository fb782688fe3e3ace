#include "netdns/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "netdns/plan.h"

static unsigned
width(const struct ip *ip)
{
	return ip->version == 4 ? 32 : 128;
}

int
ip_parse(const char *s, struct ip *ret)
{
	struct ip ip = { .version = 6 };
	uint32_t addr;

	if (ip4_parse(s, &addr))
		ip = ip_of4(addr);
	else if (!ip6_parse(s, ip.b))
		return 0;
	*ret = ip;
	return 1;
}

int
cidr_parse(const char *s, struct cidr *ret)
{
	struct net4 n4;
	struct net6 n6;

	if (net4_parse(s, &n4)) {
		*ret = (struct cidr){ ip_of4(n4.addr), n4.len };
		return 1;
	}
	if (!net6_parse(s, &n6))
		return 0;
	*ret = (struct cidr){ .ip = { .version = 6 }, .len = n6.len };
	memcpy(ret->ip.b, n6.addr, 16);
	return 1;
}

void
ip_format(const struct ip *ip, char out[IP_TEXT])
{
	out[0] = '\0';
	if (ip->version != 0)
		inet_ntop(ip->version == 4 ? AF_INET : AF_INET6, ip->b, out, IP_TEXT);
}

void
cidr_format(const struct cidr *c, char out[CIDR_TEXT])
{
	char text[IP_TEXT];

	ip_format(&c->ip, text);
	snprintf(out, CIDR_TEXT, "%s/%u", text, c->len % 1000);
}

struct ip
ip_of4(uint32_t addr)
{
	struct ip ip = { .version = 4 };

	addr = htonl(addr);
	memcpy(ip.b, &addr, 4);
	return ip;
}

uint32_t
ip_to4(const struct ip *ip)
{
	uint32_t addr;

	memcpy(&addr, ip->b, 4);
	return ntohl(addr);
}

struct cidr
cidr_of4(uint32_t addr, unsigned len)
{
	return (struct cidr){ ip_of4(addr), len };
}

int
ip_compare(const struct ip *a, const struct ip *b)
{
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

void
cidr_mask(struct cidr *c)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = c->len <= i * 8 ? 0 : c->len - i * 8;

		if (kept < 8)
			c->ip.b[i] &= (uint8_t)(0xff00U >> kept);
	}
}

int
cidr_is_canonical(const struct cidr *c)
{
	struct cidr masked = *c;

	cidr_mask(&masked);
	return ip_compare(&masked.ip, &c->ip) == 0;
}

int
cidr_has(const struct cidr *c, const struct ip *ip)
{
	struct cidr a = *c, b = { *ip, c->len };

	if (a.ip.version != ip->version || a.ip.version == 0 || c->len > width(ip))
		return 0;
	cidr_mask(&a);
	cidr_mask(&b);
	return memcmp(a.ip.b, b.ip.b, sizeof(a.ip.b)) == 0;
}

int
cidr_contains(const struct cidr *outer, const struct cidr *inner)
{
	return outer->len <= inner->len && cidr_has(outer, &inner->ip);
}

int
cidr_overlaps(const struct cidr *a, const struct cidr *b)
{
	return cidr_contains(a, b) || cidr_contains(b, a);
}
