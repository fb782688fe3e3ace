#include "control/services/ec2/network/ipam_prefix.h"

#include <string.h>

int
prefix_parse(const char *text, struct prefix *ret)
{
	struct net4 v4;
	struct net6 v6;

	memset(ret, 0, sizeof(*ret));
	if (net4_parse(text, &v4) && net4_is_canonical(&v4)) {
		for (unsigned i = 0; i < 4; i++)
			ret->addr[i] = (uint8_t)(v4.addr >> (24 - 8 * i));
		ret->len = v4.len;
		ret->bits = 32;
		return 1;
	}
	if (!net6_parse(text, &v6) || !net6_is_canonical(&v6))
		return 0;
	memcpy(ret->addr, v6.addr, sizeof(ret->addr));
	ret->len = v6.len;
	ret->bits = 128;
	return 1;
}

void
prefix_format(const struct prefix *p, char out[NET6_TEXT])
{
	struct net4 v4 = { 0, p->len };
	struct net6 v6 = { .len = p->len };

	if (p->bits == 32) {
		for (unsigned i = 0; i < 4; i++)
			v4.addr = v4.addr << 8 | p->addr[i];
		net4_format(&v4, out);
	} else {
		memcpy(v6.addr, p->addr, sizeof(v6.addr));
		net6_format(&v6, out);
	}
}

static int
starts_alike(const struct prefix *a, const struct prefix *b, unsigned len)
{
	unsigned whole = len / 8, rest = len % 8;

	if (a->bits != b->bits || memcmp(a->addr, b->addr, whole) != 0)
		return 0;
	return rest == 0 || ((a->addr[whole] ^ b->addr[whole]) >> (8 - rest)) == 0;
}

int
prefix_contains(const struct prefix *outer, const struct prefix *inner)
{
	return outer->len <= inner->len && starts_alike(outer, inner, outer->len);
}

int
prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return starts_alike(a, b, a->len < b->len ? a->len : b->len);
}

/* Go to the prefix of the length behind this one: 1, or 0 when it was the last of all. */
static int
step(struct prefix *p, unsigned len)
{
	unsigned i = (len - 1) / 8, carry = 1U << (7 - (len - 1) % 8);

	for (unsigned k = i + 1; k < sizeof(p->addr); k++)
		p->addr[k] = 0;
	p->addr[i] = (uint8_t)(p->addr[i] & ~(carry - 1));
	for (;; i--) {
		carry += p->addr[i];
		p->addr[i] = (uint8_t)carry;
		carry >>= 8;
		if (carry == 0)
			return 1;
		if (i == 0)
			return 0;
	}
}

static const struct prefix *
find_overlap(const struct prefix *p, const struct prefix *used, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (prefix_overlaps(p, &used[i]))
			return &used[i];
	}
	return NULL;
}

int
prefix_next_free(const struct prefix *in, unsigned len, const struct prefix *used,
    size_t n, struct prefix *ret)
{
	struct prefix p = *in;
	const struct prefix *other;

	if (len < in->len || len > in->bits || len == 0)
		return 0;
	p.len = len;
	while (prefix_contains(in, &p)) {
		other = find_overlap(&p, used, n);
		if (other == NULL) {
			*ret = p;
			return 1;
		}
		if (other->len == 0 || !step(&p, other->len < len ? other->len : len))
			return 0;
	}
	return 0;
}
