#include "netdns/plan.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/cc.h"
#include "base/enc.h"

enum { UNDERLAY_LEN = 28 };

/* Digits of a number up to max, no leading zero; *s is moved behind them. */
static int
number(const char **s, unsigned max, unsigned *ret)
{
	const char *p = *s;
	unsigned v = 0;

	if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
		return 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (unsigned)(*p - '0');
		if (v > max)
			return 0;
	}
	*s = p;
	*ret = v;
	return 1;
}

static int
quad(const char **s, uint32_t *ret)
{
	const char *p = *s;
	uint32_t addr = 0;
	unsigned octet;

	for (int i = 0; i < 4; i++) {
		if (i > 0 && *p++ != '.')
			return 0;
		if (!number(&p, 255, &octet))
			return 0;
		addr = addr << 8 | octet;
	}
	*s = p;
	*ret = addr;
	return 1;
}

int
ip4_parse(const char *s, uint32_t *ret)
{
	uint32_t addr;

	if (!quad(&s, &addr) || *s != '\0')
		return 0;
	*ret = addr;
	return 1;
}

void
ip4_format(uint32_t addr, char out[IP4_TEXT])
{
	snprintf(out, IP4_TEXT, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255,
	    addr >> 8 & 255, addr & 255);
}

int
net4_parse(const char *s, struct net4 *ret)
{
	uint32_t addr;
	unsigned len;

	if (!quad(&s, &addr) || *s++ != '/' || !number(&s, 32, &len) || *s != '\0')
		return 0;
	ret->addr = addr;
	ret->len = len;
	return 1;
}

void
net4_format(const struct net4 *n, char out[NET4_TEXT])
{
	char addr[IP4_TEXT];

	ip4_format(n->addr, addr);
	snprintf(out, NET4_TEXT, "%s/%u", addr, n->len % 100);
}

uint32_t
net4_mask(unsigned len)
{
	assert(len <= 32);
	return len == 0 ? 0 : ~UINT32_C(0) << (32 - len);
}

uint32_t
net4_base(const struct net4 *n)
{
	return n->addr & net4_mask(n->len);
}

uint32_t
net4_last(const struct net4 *n)
{
	return n->addr | ~net4_mask(n->len);
}

int
net4_is_canonical(const struct net4 *n)
{
	return n->addr == net4_base(n);
}

int
net4_has(const struct net4 *n, uint32_t addr)
{
	return (addr & net4_mask(n->len)) == net4_base(n);
}

int
net4_contains(const struct net4 *outer, const struct net4 *inner)
{
	return outer->len <= inner->len && net4_has(outer, inner->addr);
}

int
net4_overlaps(const struct net4 *a, const struct net4 *b)
{
	return net4_contains(a, b) || net4_contains(b, a);
}

int
net4_at(const struct net4 *n, uint32_t i, uint32_t *ret)
{
	if (i > net4_last(n) - net4_base(n))
		return 0;
	*ret = net4_base(n) + i;
	return 1;
}

int
ip6_parse(const char *s, uint8_t ret[16])
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, s, &a) != 1)
		return 0;
	memcpy(ret, &a, 16);
	return 1;
}

int
net6_parse(const char *s, struct net6 *ret)
{
	const char *slash = strchr(s, '/'), *p;
	char addr[INET6_ADDRSTRLEN];
	struct net6 n;

	if (slash == NULL || (size_t)(slash - s) >= sizeof(addr))
		return 0;
	memcpy(addr, s, (size_t)(slash - s));
	addr[slash - s] = '\0';
	p = slash + 1;
	if (!ip6_parse(addr, n.addr) || !number(&p, 128, &n.len) || *p != '\0')
		return 0;
	*ret = n;
	return 1;
}

void
net6_format(const struct net6 *n, char out[NET6_TEXT])
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, n->addr, addr, sizeof(addr));
	snprintf(out, NET6_TEXT, "%s/%u", addr, n->len % 1000);
}

/* 1 when the first len bits are equal. */
static int
same_bits(const uint8_t a[16], const uint8_t b[16], unsigned len)
{
	unsigned bytes = len / 8, rest = len % 8;

	assert(len <= 128);
	if (memcmp(a, b, bytes) != 0)
		return 0;
	return rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0;
}

void
net6_mask(struct net6 *n)
{
	for (unsigned i = n->len; i < 128; i++)
		n->addr[i / 8] &= (uint8_t) ~(0x80U >> i % 8);
}

int
net6_is_canonical(const struct net6 *n)
{
	for (unsigned i = n->len; i < 128; i++) {
		if (n->addr[i / 8] & 0x80 >> i % 8)
			return 0;
	}
	return 1;
}

static int
net6_has(const struct net6 *n, const uint8_t addr[16])
{
	return same_bits(n->addr, addr, n->len);
}

int
net6_contains(const struct net6 *outer, const struct net6 *inner)
{
	return outer->len <= inner->len && net6_has(outer, inner->addr);
}

int
net6_overlaps(const struct net6 *a, const struct net6 *b)
{
	return net6_contains(a, b) || net6_contains(b, a);
}

int
subnet_is_reserved(const struct net4 *subnet, uint32_t addr)
{
	return addr - net4_base(subnet) < 4 || addr == net4_last(subnet);
}

uint32_t
subnet_capacity(const struct net4 *subnet)
{
	uint64_t size = UINT64_C(1) << (32 - subnet->len);

	return size > 5 ? (uint32_t)(size - 5) : 0;
}

/* The lowest free of first..last at or above from, then from first on. */
static int
next_free(uint32_t first, uint32_t last, uint32_t from, plan_used_fn *is_used, void *arg,
    uint32_t *ret)
{
	uint32_t addr = from >= first && from <= last ? from : first;
	uint64_t n = (uint64_t)last - first + 1;

	for (uint64_t i = 0; i < n; i++) {
		if (!is_used(arg, addr)) {
			*ret = addr;
			return 1;
		}
		addr = addr == last ? first : addr + 1;
	}
	return 0;
}

int
subnet_next_free(const struct net4 *subnet, uint32_t from, plan_used_fn *is_used,
    void *arg, uint32_t *ret)
{
	if (subnet_capacity(subnet) == 0)
		return 0;
	return next_free(net4_base(subnet) + 4, net4_last(subnet) - 1, from, is_used, arg,
	    ret);
}

uint32_t
vpc_resolver(const struct net4 *vpc)
{
	return net4_base(vpc) + 2;
}

uint32_t
vpc_control(const struct net4 *vpc)
{
	return net4_base(vpc) + 3;
}

int
plan_internet(const struct net4 *pool, struct plan_internet *ret)
{
	if (!net4_is_canonical(pool) || pool->len < 8 || pool->len > 24)
		return 0;
	*ret = (struct plan_internet){
		.net = *pool,
		.docker = { pool->addr, pool->len + 4 },
		.gateway = pool->addr + 1,
		.last_public = net4_last(pool) - 1,
	};
	ret->first_public = net4_last(&ret->docker) + 1;
	return 1;
}

int
plan_internet6(const struct net6 *pool, struct plan_internet6 *ret)
{
	if (!net6_is_canonical(pool) || pool->len < 16 || pool->len > 52)
		return 0;
	*ret = (struct plan_internet6){ .net = *pool, .docker = *pool };
	ret->docker.len = 112;
	memcpy(ret->gateway, pool->addr, sizeof(ret->gateway));
	ret->gateway[15] = 1;
	return 1;
}

void
plan_block6(const struct net6 *pool, uint64_t seed, struct net6 *ret)
{
	uint64_t n = (UINT64_C(1) << (PLAN_BLOCK6_LEN - pool->len)) - 1, low;

	assert(pool->len >= 16 && pool->len <= 52);
	*ret = *pool;
	ret->len = PLAN_BLOCK6_LEN;
	low = 1 + seed % n;
	for (int i = PLAN_BLOCK6_LEN / 8 - 1; low != 0; i--, low >>= 8)
		ret->addr[i] |= (uint8_t)low;
}

uint32_t
plan_n_underlays(const struct net4 *pool)
{
	if (!net4_is_canonical(pool) || pool->len < 8 || pool->len > UNDERLAY_LEN)
		return 0;
	return UINT32_C(1) << (UNDERLAY_LEN - pool->len);
}

int
plan_underlay(const struct net4 *pool, uint32_t n, struct plan_underlay *ret)
{
	uint32_t base;

	if (n >= plan_n_underlays(pool))
		return 0;
	base = pool->addr + (n << (32 - UNDERLAY_LEN));
	*ret = (struct plan_underlay){
		.net = { base, UNDERLAY_LEN },
		.gateway = base + 1,
		.router = base + 2,
		.control = base + 3,
		.first_guest = base + 4,
		.last_guest = base + 14,
	};
	return 1;
}

int
plan_next_public(const struct plan_internet *p, uint32_t from, plan_used_fn *is_used,
    void *arg, uint32_t *ret)
{
	return next_free(p->first_public, p->last_public, from, is_used, arg, ret);
}

void
plan_mac(const char *eni_id, char out[MAC_TEXT])
{
	static const uint8_t first[] = { 0x02, 0x06, 0x0a, 0x0e };
	unsigned char h[32];

	sha256(eni_id, strlen(eni_id), h);
	snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x",
	    first[h[0] % COUNT(first)], h[1], h[2], h[3], h[4], h[5]);
}

int
mac_parse(const char *s, uint8_t ret[6])
{
	unsigned char mac[6];
	char hex[13];

	if (strlen(s) != MAC_TEXT - 1)
		return 0;
	for (int i = 0; i < 6; i++) {
		if (i < 5 && s[i * 3 + 2] != ':')
			return 0;
		memcpy(hex + i * 2, s + i * 3, 2);
	}
	hex[12] = '\0';
	if (!hex_decode(hex, mac, sizeof(mac)))
		return 0;
	memcpy(ret, mac, sizeof(mac));
	return 1;
}

/* "10-0-1-15" */
static void
dashes(uint32_t addr, char out[IP4_TEXT])
{
	ip4_format(addr, out);
	for (char *c = out; *c != '\0'; c++) {
		if (*c == '.')
			*c = '-';
	}
}

void
plan_private_zone(const char *region, char out[NAME_TEXT])
{
	if (strcmp(region, "us-east-1") == 0)
		snprintf(out, NAME_TEXT, "ec2.internal");
	else
		snprintf(out, NAME_TEXT, "%.63s.compute.internal", region);
}

void
plan_private_name(const char *region, uint32_t addr, char out[NAME_TEXT])
{
	char ip[IP4_TEXT];

	dashes(addr, ip);
	if (strcmp(region, "us-east-1") == 0)
		snprintf(out, NAME_TEXT, "ip-%s.ec2.internal", ip);
	else
		snprintf(out, NAME_TEXT, "ip-%s.%.63s.compute.internal", ip, region);
}

void
plan_public_name(const char *region, uint32_t addr, char out[NAME_TEXT])
{
	char ip[IP4_TEXT];

	dashes(addr, ip);
	if (strcmp(region, "us-east-1") == 0)
		snprintf(out, NAME_TEXT, "ec2-%s.compute-1.amazonaws.com", ip);
	else
		snprintf(out, NAME_TEXT, "ec2-%s.%.63s.compute.amazonaws.com", ip,
		    region);
}

void
plan_reverse_name(uint32_t addr, char out[NAME_TEXT])
{
	snprintf(out, NAME_TEXT, "%u.%u.%u.%u.in-addr.arpa", addr & 255, addr >> 8 & 255,
	    addr >> 16 & 255, addr >> 24);
}

void
plan_reverse_name6(const uint8_t addr[16], char out[NAME_TEXT])
{
	size_t n = 0;

	for (int i = 15; i >= 0; i--)
		n += (size_t)snprintf(out + n, NAME_TEXT - n, "%x.%x.", addr[i] & 15U,
		    (unsigned)addr[i] >> 4);
	snprintf(out + n, NAME_TEXT - n, "ip6.arpa");
}

void
plan_reverse_zone(const struct net4 *n, char out[NAME_TEXT])
{
	uint32_t base = net4_base(n);
	size_t k = 0;

	out[0] = '\0';
	for (unsigned i = n->len / 8; i > 0; i--)
		k += (size_t)snprintf(out + k, NAME_TEXT - k, "%u.",
		    base >> (32 - 8 * i) & 255);
	snprintf(out + k, NAME_TEXT - k, "in-addr.arpa");
}
