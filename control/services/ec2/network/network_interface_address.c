/*
 * EC2: the private addresses of network interfaces, IPv6 addresses and prefixes.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/network_interface.h"
#include "control/services/ec2/network/subnet.h"

static const struct err_kind no_address = { "InsufficientFreeAddressesInSubnet", 400 };
static const struct err_kind in_use = { "InvalidIPAddress.InUse", 400 };
static const struct err_kind too_many = { "PrivateIpAddressLimitExceeded", 400 };

enum {
	PREFIX4 = 28,
	PREFIX4_SIZE = 16,
	PREFIX6 = 80,
	MAX_ADDRESSES = 50,
	MAX_TRIES = 64
};

/* Which addresses of a subnet are not free, by the last bits of the address. */
struct pool {
	struct net4 net;
	char *is_taken, *is_reserved; /* by another; by a reservation */
	struct net6 net6;	      /* len 0: none */
	json_t *taken6;		      /* an object: text of the address or prefix */
};

static void
mark(const struct pool *p, char *marks, const struct net4 *range)
{
	uint32_t last = net4_last(range);

	for (uint32_t a = net4_base(range); net4_has(&p->net, a); a++) {
		marks[a - net4_base(&p->net)] = 1;
		if (a == last)
			break;
	}
}

static void
mark_text(const struct pool *p, const char *text)
{
	struct net4 range = { 0, 32 };

	if (ip4_parse(text, &range.addr) || net4_parse(text, &range))
		mark(p, p->is_taken, &range);
}

static void
mark_interface(const struct pool *p, const json_t *doc)
{
	static const struct {
		const char *list, *member;
	} rows[] = { { "PrivateIpAddresses", "PrivateIpAddress" },
		{ "Ipv4Prefixes", "Ipv4Prefix" } },
	  rows6[] = { { "Ipv6Addresses", "Ipv6Address" },
		  { "Ipv6Prefixes", "Ipv6Prefix" } };
	const json_t *row;
	size_t i;

	for (size_t k = 0; k < COUNT(rows); k++) {
		json_array_foreach(json_get(doc, rows[k].list), i, row)
			mark_text(p, json_str_or(row, rows[k].member, ""));
		json_array_foreach(json_get(doc, rows6[k].list), i, row)
			json_set_bool(p->taken6, json_str_or(row, rows6[k].member, ""),
			    1);
	}
}

static int
open_pool(struct call *c, const json_t *subnet, struct pool *ret)
{
	const char *id = resource_id(&ec2_subnet, subnet);
	const char *cidr6 =
	    json_str_or(json_array_get(json_get(subnet, "Ipv6CidrBlockAssociationSet"),
			    0),
		"Ipv6CidrBlock", "");
	struct pool p = { .net6 = { .len = 0 } };
	struct store_docs all;
	struct net4 *reserved;
	size_t n, size;

	/* A subnet of IPv6 alone has no IPv4 CIDR: nothing to give of it. */
	if (!net4_parse(json_str_or(subnet, "CidrBlock", ""), &p.net))
		p.net.len = 32;
	if (resource_list(c, &ec2_network_interface, &all) < 0 ||
	    ec2_subnet_reserved(c, id, &reserved, &n) < 0)
		return -1;
	net6_parse(cidr6, &p.net6);
	size = (size_t)net4_last(&p.net) - net4_base(&p.net) + 1;
	p.is_taken = arena_calloc(c->arena, size, 1);
	p.is_reserved = arena_calloc(c->arena, size, 1);
	p.taken6 = json_own(c->arena, json_new_object());
	for (size_t i = 0; i < n; i++)
		mark(&p, p.is_reserved, &reserved[i]);
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "SubnetId", ""), id) == 0)
			mark_interface(&p, all.doc[i]);
	}
	*ret = p;
	return 0;
}

static int
is_taken(void *arg, uint32_t address)
{
	const struct pool *p = arg;

	return p->is_taken[address - net4_base(&p->net)];
}

/* As is_taken, of an address that nobody asked for by name. */
static int
is_not_to_give(void *arg, uint32_t address)
{
	const struct pool *p = arg;

	return is_taken(arg, address) || p->is_reserved[address - net4_base(&p->net)];
}

static int
no_room(struct call *c, const json_t *interface)
{
	return err_set(&c->err, &no_address,
	    "There are not enough free addresses in subnet '%s' to satisfy the requested number "
	    "of instances.",
	    json_str_or(interface, "SubnetId", ""));
}

/* IPv4 addresses */

static int
check_asked(struct call *c, struct pool *p, const char *text, uint32_t *ret)
{
	if (!ip4_parse(text, ret))
		return err_set(&c->err, &ec2_bad_value, "Invalid IPv4 address: %.64s",
		    text);
	if (!net4_has(&p->net, *ret))
		return err_set(&c->err, &ec2_bad_value,
		    "Address does not fall within the subnet's address range");
	if (subnet_is_reserved(&p->net, *ret))
		return err_set(&c->err, &ec2_bad_value,
		    "Address %s is in subnet's reserved address range", text);
	if (is_taken(p, *ret))
		return err_set(&c->err, &in_use, "Address %s is in use.", text);
	return 0;
}

/* The address (NULL: the next free one) is the interface's. */
static int
give(struct call *c, struct pool *p, json_t *interface, const char *text, int is_primary)
{
	char address_text[IP4_TEXT], name[NAME_TEXT];
	struct net4 one = { 0, 32 };
	json_t *row;

	if (text != NULL) {
		if (check_asked(c, p, text, &one.addr) < 0)
			return -1;
	} else if (!subnet_next_free(&p->net, 0, is_not_to_give, p, &one.addr)) {
		return no_room(c, interface);
	}
	mark(p, p->is_taken, &one);
	ip4_format(one.addr, address_text);
	plan_private_name(c->region, one.addr, name);
	row = json_add_object(json_need_array(interface, "PrivateIpAddresses"));
	json_set_bool(row, "Primary", is_primary);
	json_set_str(row, "PrivateIpAddress", address_text);
	json_set_str(row, "PrivateDnsName", name);
	if (is_primary) {
		json_set_str(interface, "PrivateIpAddress", address_text);
		json_set_str(interface, "PrivateDnsName", name);
	}
	return 0;
}

/* An element of a list, as Create (an object) or Assign (a text) has it. */
static const char *
element(const json_t *v, const char *member)
{
	return json_is_string(v) ? json_string_value(v) : json_str_or(v, member, "");
}

/* The primary address that was asked for: NULL any.  0 or -1. */
static int
read_primary(struct call *c, const json_t *asked, const char **ret)
{
	const char *text = json_str(asked, "PrivateIpAddress");
	const json_t *row;
	int n = 0;
	size_t i;

	json_array_foreach(json_get(asked, "PrivateIpAddresses"), i, row) {
		if (!json_bool(row, "Primary", 0))
			continue;
		if (n++ > 0 || text != NULL)
			return err_set(&c->err, &ec2_bad_combination,
			    "Only one primary private IP address can be specified.");
		*ret = element(row, "PrivateIpAddress");
	}
	if (n == 0)
		*ret = text;
	return 0;
}

static int
add_secondary(struct call *c, struct pool *p, json_t *interface, const json_t *asked)
{
	int64_t count = json_int(asked, "SecondaryPrivateIpAddressCount", 0);
	const json_t *row;
	size_t i, n = 0;

	json_array_foreach(json_get(asked, "PrivateIpAddresses"), i, row) {
		if (json_bool(row, "Primary", 0))
			continue;
		n++;
		if (give(c, p, interface, element(row, "PrivateIpAddress"), 0) < 0)
			return -1;
	}
	if (count != 0 && n > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter secondaryPrivateIpAddressCount cannot be used with the parameter "
		    "privateIpAddresses");
	if (count < 0 || count > MAX_ADDRESSES)
		return err_set(&c->err, &too_many,
		    "Number of private addresses will exceed limit.");
	for (int64_t k = 0; k < count; k++) {
		if (give(c, p, interface, NULL, 0) < 0)
			return -1;
	}
	return 0;
}

/* Prefixes: a /28 of the subnet, all of whose addresses are the interface's. */

static int
is_free_prefix(const struct pool *p, const struct net4 *prefix, int is_asked)
{
	uint32_t first = net4_base(prefix);

	for (uint32_t i = 0; i < PREFIX4_SIZE; i++) {
		uint32_t k = first + i - net4_base(&p->net);

		if (!net4_has(&p->net, first + i) ||
		    subnet_is_reserved(&p->net, first + i) || p->is_taken[k] ||
		    (!is_asked && p->is_reserved[k]))
			return 0;
	}
	return 1;
}

static int
give_prefix(struct call *c, struct pool *p, json_t *interface, const char *text)
{
	struct net4 prefix = { net4_base(&p->net), PREFIX4 };
	char out[NET4_TEXT];

	if (text != NULL) {
		if (ec2_cidr(c, "ipv4Prefix", text, &prefix) < 0)
			return -1;
		if (prefix.len != PREFIX4 || !net4_contains(&p->net, &prefix))
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%s) for parameter ipv4Prefix is invalid. It must be a /28 of "
			    "the subnet.",
			    text);
		if (!is_free_prefix(p, &prefix, 1))
			return err_set(&c->err, &in_use, "Prefix %s is in use.", text);
	}
	while (text == NULL && !is_free_prefix(p, &prefix, 0)) {
		prefix.addr += PREFIX4_SIZE;
		if (!net4_has(&p->net, prefix.addr))
			return no_room(c, interface);
	}
	mark(p, p->is_taken, &prefix);
	net4_format(&prefix, out);
	json_set_str(json_add_object(json_need_array(interface, "Ipv4Prefixes")),
	    "Ipv4Prefix", out);
	return 0;
}

/* IPv6: of the subnet's /64, an address or an /80, by chance. */

static int
give6(struct call *c, struct pool *p, json_t *interface, const char *text, unsigned len)
{
	int is_prefix = len == PREFIX6;
	const char *name = is_prefix ? "ipv6Prefix" : "ipv6Address";
	struct net6 one = p->net6;
	char out[NET6_TEXT];

	if (p->net6.len == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Subnet '%s' does not have an IPv6 CIDR block.",
		    json_str_or(interface, "SubnetId", ""));
	one.len = len;
	if (text != NULL &&
	    (is_prefix ? !net6_parse(text, &one) || one.len != PREFIX6 ||
			!net6_is_canonical(&one) :
			 !ip6_parse(text, one.addr)))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter %s is invalid.", text, name);
	if (!net6_contains(&p->net6, &one))
		return err_set(&c->err, &ec2_bad_value,
		    "Address does not fall within the subnet's address range");
	for (int try = 0; try < MAX_TRIES; try++) {
		if (text == NULL)
			random_bytes(one.addr + 8, is_prefix ? 2 : 8);
		net6_format(&one, out);
		if (!is_prefix)
			*strchr(out, '/') = '\0';
		if (json_get(p->taken6, out) == NULL)
			break;
		if (text != NULL)
			return err_set(&c->err, &in_use, "Address %s is in use.", out);
		if (try == MAX_TRIES - 1)
			return no_room(c, interface);
	}
	json_set_bool(p->taken6, out, 1);
	json_set_str(json_add_object(json_need_array(interface,
			 is_prefix ? "Ipv6Prefixes" : "Ipv6Addresses")),
	    is_prefix ? "Ipv6Prefix" : "Ipv6Address", out);
	return 0;
}

static int
give_address6(struct call *c, struct pool *p, json_t *interface, const char *text)
{
	return give6(c, p, interface, text, 128);
}

static int
give_prefix6(struct call *c, struct pool *p, json_t *interface, const char *text)
{
	return give6(c, p, interface, text, PREFIX6);
}

/* Lists that have a count as well, one of which can be given. */
static const struct kind {
	const char *list, *count, *member;
	int (*give)(struct call *c, struct pool *p, json_t *interface, const char *text);
} kinds[] = {
	{ "Ipv4Prefixes", "Ipv4PrefixCount", "Ipv4Prefix", give_prefix },
	{ "Ipv6Addresses", "Ipv6AddressCount", "Ipv6Address", give_address6 },
	{ "Ipv6Prefixes", "Ipv6PrefixCount", "Ipv6Prefix", give_prefix6 },
};

static int
add_kind(struct call *c, struct pool *p, json_t *interface, const json_t *asked,
    const struct kind *k)
{
	int64_t count = json_int(asked, k->count, 0);
	const json_t *list = json_get(asked, k->list), *row;
	size_t i;

	if (count != 0 && json_array_size(list) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter %s cannot be used with the parameter %s", k->count,
		    k->list);
	if (count < 0 || count > MAX_ADDRESSES)
		return err_set(&c->err, &too_many,
		    "Number of private addresses will exceed limit.");
	json_array_foreach(list, i, row) {
		if (k->give(c, p, interface, element(row, k->member)) < 0)
			return -1;
	}
	for (; count > 0; count--) {
		if (k->give(c, p, interface, NULL) < 0)
			return -1;
	}
	return 0;
}

static int
check_limits(struct call *c, const json_t *interface)
{
	static const char *const lists[] = { "PrivateIpAddresses", "Ipv6Addresses",
		"Ipv4Prefixes", "Ipv6Prefixes" };

	for (size_t i = 0; i < COUNT(lists); i++) {
		if (json_array_size(json_get(interface, lists[i])) > MAX_ADDRESSES)
			return err_set(&c->err, &too_many,
			    "Number of private addresses will exceed limit.");
	}
	return 0;
}

/* The first IPv6 address is the primary one when that is asked for. */
static void
set_primary6(json_t *interface, const json_t *asked)
{
	json_t *rows = json_get(interface, "Ipv6Addresses"), *row;
	int on =
	    json_bool(asked, "EnablePrimaryIpv6", json_bool(asked, "PrimaryIpv6", 0));
	size_t i;

	json_array_foreach(rows, i, row) {
		if (json_get(row, "IsPrimaryIpv6") == NULL)
			json_set_bool(row, "IsPrimaryIpv6", on && i == 0);
	}
	if (json_array_size(rows) > 0)
		json_set_str(interface, "Ipv6Address",
		    json_str(json_array_get(rows, 0), "Ipv6Address"));
}

/* What an interface has from the start: 0 or -1. */
static int
add_first(struct call *c, struct pool *p, json_t *interface, const json_t *subnet,
    const json_t *asked)
{
	int is_native = json_bool(subnet, "Ipv6Native", 0);
	int asks6 = json_int(asked, "Ipv6AddressCount", 0) > 0 ||
	    json_array_size(json_get(asked, "Ipv6Addresses")) > 0;
	const char *primary;

	json_need_array(interface, "PrivateIpAddresses");
	json_need_array(interface, "Ipv6Addresses");
	if (is_native)
		json_set_bool(interface, "Ipv6Native", 1);
	else if (read_primary(c, asked, &primary) < 0 ||
	    give(c, p, interface, primary, 1) < 0)
		return -1;
	if (asks6 || (!is_native && !json_bool(subnet, "AssignIpv6AddressOnCreation", 0)))
		return 0;
	return give_address6(c, p, interface, NULL);
}

int
interface_add_addresses(struct call *c, json_t *interface, const json_t *subnet,
    const json_t *asked)
{
	struct pool p;

	if (open_pool(c, subnet, &p) < 0)
		return -1;
	if (json_get(interface, "Ipv6Addresses") == NULL &&
	    add_first(c, &p, interface, subnet, asked) < 0)
		return -1;
	if (add_secondary(c, &p, interface, asked) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (add_kind(c, &p, interface, asked, &kinds[i]) < 0)
			return -1;
	}
	set_primary6(interface, asked);
	return check_limits(c, interface);
}
