/*
 * EC2: DHCP options, and the region's default ones.
 *
 * What instances make of them: vpc_names.h, vpc_resolv().
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind not_found = { "InvalidDhcpOptionID.NotFound", 400 };

static const struct filter filters[] = {
	{ "dhcp-options-id", "DhcpOptionsId" },
	{ "key", "DhcpConfigurations.Key" },
	{ "owner-id", "OwnerId" },
	{ "value", "DhcpConfigurations.Values.Value" },
	{ NULL, NULL },
};

static const struct dependent dependents[] = {
	{ "ec2:vpc", "DhcpOptionsId" },
	{ NULL, NULL },
};

static const struct resource ec2_dhcp_options = {
	.service = "ec2",
	.kind = "ec2:dhcp-options",
	.type = "dhcp-options",
	.prefix = "dopt-",
	.id_member = "DhcpOptionsId",
	.list_member = "DhcpOptions",
	.ids_member = "DhcpOptionsIds",
	.noun = "dhcpOption ID",
	.not_found = &not_found,
	.filters = filters,
	.dependents = dependents,
};

int
ec2_dhcp_options_default(struct call *c, const char **ret_id)
{
	char zone[NAME_TEXT], hex[18];
	struct store_docs all;
	json_t *doc;

	if (resource_list(c, &ec2_dhcp_options, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (json_bool(all.doc[i], "_default", 0)) {
			*ret_id = resource_id(&ec2_dhcp_options, all.doc[i]);
			return 0;
		}
	}
	random_hex(hex, 17);
	plan_private_zone(c->region, zone);
	doc = json_own(c->arena,
	    json_make("{s:s, s:b, s:[], s:[{s:s, s:[{s:s}]}, {s:s, s:[{s:s}]}]}",
		"OwnerId", c->account, "_default", 1, "Tags", "DhcpConfigurations", "Key",
		"domain-name", "Values", "Value", zone, "Key", "domain-name-servers",
		"Values", "Value", "AmazonProvidedDNS"));
	json_set_fmt(doc, "DhcpOptionsId", "dopt-%s", hex);
	resource_put(c, &ec2_dhcp_options, doc);
	*ret_id = resource_id(&ec2_dhcp_options, doc);
	return 0;
}

/* What the values of each key may be. */

static int
is_ip4(const char *s)
{
	uint32_t address;

	return ip4_parse(s, &address);
}

static int
is_ip(const char *s)
{
	uint8_t address[16];

	return is_ip4(s) || ip6_parse(s, address);
}

static int
is_name_server(const char *s)
{
	return strcmp(s, "AmazonProvidedDNS") == 0 || is_ip(s);
}

/* Several names, divided by spaces, are taken as one value by some systems. */
static int
is_domain(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= 255 &&
	    strspn(s,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_ ") ==
	    n;
}

static int
is_node_type(const char *s)
{
	return strlen(s) == 1 && strchr("1248", s[0]) != NULL;
}

/* Seconds, from 140 to 2147483647. */
static int
is_lease_time(const char *s)
{
	size_t n = strlen(s);

	if (n < 3 || n > 10 || strspn(s, "0123456789") != n)
		return 0;
	return strtoll(s, NULL, 10) >= 140 && strtoll(s, NULL, 10) <= 2147483647;
}

static const struct key {
	const char *name;
	size_t max;
	int (*is_value)(const char *s);
} keys[] = {
	{ "domain-name", 1, is_domain },
	{ "domain-name-servers", 4, is_name_server },
	{ "ipv6-address-preferred-lease-time", 1, is_lease_time },
	{ "netbios-name-servers", 4, is_ip4 },
	{ "netbios-node-type", 1, is_node_type },
	{ "ntp-servers", 4, is_ip },
};

static const struct key *
find_key(const char *name)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

/* CreateDhcpOptions */

static int
add_values(struct call *c, const struct key *key, const json_t *values, json_t *list)
{
	const json_t *v;
	size_t i;

	if (json_array_size(values) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain a value for the DHCP option %s", key->name);
	if (json_array_size(values) > key->max)
		return err_set(&c->err, &ec2_bad_value,
		    "Too many values for the DHCP option %s: there may be %zu", key->name,
		    key->max);
	json_array_foreach(values, i, v) {
		if (!key->is_value(json_string_value(v)))
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%.128s) for parameter value is invalid. Invalid DHCP option "
			    "value.",
			    json_string_value(v));
		json_set_str(json_add_object(list), "Value", json_string_value(v));
	}
	return 0;
}

/* One of the configurations, into `list`. */
static int
add_option(struct call *c, const json_t *in, json_t *list)
{
	const char *name = json_str_or(in, "Key", "");
	const struct key *key = find_key(name);
	const json_t *other;
	json_t *row;
	size_t i;

	if (key == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.128s) for parameter name is invalid. Unknown DHCP option",
		    name);
	json_array_foreach(list, i, other) {
		if (strcmp(json_str_or(other, "Key", ""), name) == 0)
			return err_set(&c->err, &ec2_bad_value,
			    "The DHCP option %s is specified more than once", name);
	}
	row = json_add_object(list);
	json_set_str(row, "Key", name);
	return add_values(c, key, json_get(in, "Values"), json_need_array(row, "Values"));
}

static int
create(struct call *c)
{
	const json_t *in = in_list(c, "DhcpConfigurations"), *row;
	json_t *doc = resource_new(c, &ec2_dhcp_options, NULL), *list;
	size_t i;

	if (doc == NULL)
		return -1;
	if (json_array_size(in) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter DhcpConfiguration");
	json_set_str(doc, "OwnerId", c->account);
	list = json_need_array(doc, "DhcpConfigurations");
	json_array_foreach(in, i, row) {
		if (add_option(c, row, list) < 0)
			return -1;
	}
	resource_put(c, &ec2_dhcp_options, doc);
	out_ref(c, "DhcpOptions", doc);
	return 0;
}

/* AssociateDhcpOptions: "default" is none, which is the resolver without a domain name. */

static int
associate(struct call *c)
{
	const char *id = in_str(c, "DhcpOptionsId"), *vpc_id = in_str(c, "VpcId");
	json_t *options, *vpc;

	if (strcmp(id, "default") != 0 &&
	    (call_allow(c, &ec2_dhcp_options, id) < 0 ||
		resource_get(c, &ec2_dhcp_options, id, &options) < 0))
		return -1;
	if (resource_edit(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	json_set_str(vpc, "DhcpOptionsId", id);
	resource_put(c, &ec2_vpc, vpc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("AssociateDhcpOptions", associate, 0, &ec2_vpc, "VpcId",
	    "Give a VPC other DHCP options, or none."),
	OP_RES("CreateDhcpOptions", create, 0, &ec2_dhcp_options, NULL,
	    "Create a set of DHCP options."),
	OP_RES("DeleteDhcpOptions", resource_delete, 0, &ec2_dhcp_options,
	    "DhcpOptionsId", "Delete DHCP options that no VPC has."),
	OP_RES("DescribeDhcpOptions", resource_describe, OP_READ, &ec2_dhcp_options, NULL,
	    "List DHCP options."),
};
static const struct resource *const resources[] = { &ec2_dhcp_options, NULL };
const struct family ec2_dhcp_options_sets = FAMILY(ops, resources);
