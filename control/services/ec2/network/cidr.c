#include "control/services/ec2/network/cidr.h"

#include <string.h>

#include "base/clock.h"

#define IPV6_BLOCK_KIND "ec2:ipv6-block"

static const struct err_kind no_ipv6 = { "InsufficientAddressCapacity", 500 };

enum { MAX_TRIES = 64 };

/* Where simfra-internet has no IPv6, there still are addresses. */
#define IPV6_POOL "2001:db8::/32"

int
ec2_cidr6(struct call *c, const char *parameter, const char *text, struct net6 *ret)
{
	struct net6 net;

	if (!net6_parse(text, &net))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter %s is invalid. This is not a valid IPv6 CIDR "
		    "block.",
		    text, parameter);
	net6_mask(&net);
	*ret = net;
	return 0;
}

/* Of a VPC */

static int
each(const json_t *rows, const char *member, cidr_fn *fn, void *arg)
{
	const json_t *row;
	size_t i;
	int rc = 0;

	json_array_foreach(rows, i, row) {
		const char *cidr = json_str(row, member);

		if (cidr != NULL)
			rc = fn(arg, cidr);
		if (rc != 0)
			break;
	}
	return rc;
}

int
ec2_vpc_each_cidr(const json_t *vpc, cidr_fn *fn, void *arg)
{
	return each(json_get(vpc, "CidrBlockAssociationSet"), "CidrBlock", fn, arg);
}

int
ec2_vpc_each_cidr6(const json_t *vpc, cidr_fn *fn, void *arg)
{
	return each(json_get(vpc, "Ipv6CidrBlockAssociationSet"), "Ipv6CidrBlock", fn,
	    arg);
}

struct inner {
	const struct net4 *net;
	const struct net6 *net6;
};

static int
contains(void *arg, const char *cidr)
{
	const struct inner *inner = arg;
	struct net4 outer;

	return net4_parse(cidr, &outer) && net4_contains(&outer, inner->net);
}

static int
contains6(void *arg, const char *cidr)
{
	const struct inner *inner = arg;
	struct net6 outer;

	return net6_parse(cidr, &outer) && net6_contains(&outer, inner->net6);
}

int
ec2_vpc_contains(const json_t *vpc, const struct net4 *net)
{
	struct inner inner = { net, NULL };

	return ec2_vpc_each_cidr(vpc, contains, &inner);
}

int
ec2_vpc_contains6(const json_t *vpc, const struct net6 *net)
{
	struct inner inner = { NULL, net };

	return ec2_vpc_each_cidr6(vpc, contains6, &inner);
}

static json_t *
add_row(json_t *vpc, const char *set)
{
	json_t *row = json_add_object(json_need_array(vpc, set));
	char hex[18];

	random_hex(hex, 17);
	json_set_fmt(row, "AssociationId", "vpc-cidr-assoc-%s", hex);
	return row;
}

json_t *
ec2_vpc_add_cidr(json_t *vpc, const char *cidr)
{
	json_t *row = add_row(vpc, "CidrBlockAssociationSet");

	json_set_str(row, "CidrBlock", cidr);
	json_set(row, "CidrBlockState", json_make("{s:s}", "State", "associated"));
	return row;
}

static void
ipv6_pool(const struct settings *s, struct net6 *ret)
{
	struct plan_internet6 plan;

	if (!net6_parse(s->internet_cidr6, ret) || !plan_internet6(ret, &plan))
		net6_parse(IPV6_POOL, ret);
}

/* A block of the pool that nobody has: 0 or -1. */
static int
take_block(struct call *c, const char *owner, char out[NET6_TEXT])
{
	struct net6 pool, net;
	uint64_t seed;
	json_t *doc;
	int rc = 1;

	ipv6_pool(c->env->settings, &pool);
	for (int i = 0; i < MAX_TRIES && rc > 0; i++) {
		random_bytes(&seed, sizeof(seed));
		plan_block6(&pool, seed, &net);
		net6_format(&net, out);
		rc = store_get(c->txn, STORE_SYSTEM, IPV6_BLOCK_KIND, out, &doc, &c->err);
	}
	if (rc > 0)
		return err_set(&c->err, &no_ipv6, "Insufficient capacity.");
	if (rc < 0)
		return -1;
	doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s}", "Ipv6CidrBlock", out, "scope", c->scope, "owner",
		owner));
	store_put(c->txn, STORE_SYSTEM, IPV6_BLOCK_KIND, out, doc);
	return 0;
}

json_t *
ec2_vpc_add_ipv6(struct call *c, json_t *vpc, const char *border_group)
{
	char cidr[NET6_TEXT];
	json_t *row;

	if (take_block(c, resource_id(&ec2_vpc, vpc), cidr) < 0)
		return NULL;
	row = add_row(vpc, "Ipv6CidrBlockAssociationSet");
	json_set_str(row, "Ipv6CidrBlock", cidr);
	json_set(row, "Ipv6CidrBlockState", json_make("{s:s}", "State", "associated"));
	json_set_str(row, "NetworkBorderGroup", border_group);
	json_set_str(row, "Ipv6Pool", "Amazon");
	json_set_str(row, "Ipv6AddressAttribute", "public");
	json_set_str(row, "IpSource", "amazon");
	return row;
}

static int
free_block(void *arg, const char *cidr)
{
	struct call *c = arg;

	store_delete(c->txn, STORE_SYSTEM, IPV6_BLOCK_KIND, cidr);
	return 0;
}

void
ec2_vpc_free_ipv6(struct call *c, const json_t *vpc)
{
	ec2_vpc_each_cidr6(vpc, free_block, c);
}

void
ec2_ipv6_free(struct call *c, const char *cidr)
{
	free_block(c, cidr);
}

int
ec2_cidr_is_reserved(const struct call *c, const struct net4 *net)
{
	const struct settings *s = c->env->settings;
	const char *const reserved[] = { "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
		"224.0.0.0/3", s->internet_cidr, s->underlay_cidr };
	struct net4 other;

	for (size_t i = 0; i < COUNT(reserved); i++) {
		if (net4_parse(reserved[i], &other) && net4_overlaps(&other, net))
			return 1;
	}
	return 0;
}

int
ec2_ipv6_border_group(struct call *c, const char **ret)
{
	const char *group = in_str(c, "Ipv6CidrBlockNetworkBorderGroup");

	if (group != NULL && !in_bool(c, "AmazonProvidedIpv6CidrBlock", 0))
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter ipv6CidrBlockNetworkBorderGroup can only be used with the "
		    "parameter amazonProvidedIpv6CidrBlock");
	if (group != NULL && strcmp(group, c->region) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter networkBorderGroup is invalid.", group);
	*ret = c->region;
	return 0;
}
