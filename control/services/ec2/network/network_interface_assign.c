/*
 * EC2: more private addresses, IPv6 addresses and prefixes for an interface, and fewer.
 */
#include <string.h>

#include "control/services/ec2/network/network_interface.h"

static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };
static const struct err_kind no_such = { "InvalidParameterValue", 400 };

static json_t *
take_row(json_t *rows, const char *member, const char *text)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (strcmp(json_str_or(row, member, ""), text) == 0) {
			row = json_incref(row);
			json_array_remove(rows, i);
			return row;
		}
	}
	return NULL;
}

int
interface_drop_address(struct call *c, const char *id, const char *address)
{
	json_t *doc;

	if (resource_edit(c, &ec2_network_interface, id, &doc) < 0)
		return -1;
	json_own(c->arena,
	    take_row(json_get(doc, "PrivateIpAddresses"), "PrivateIpAddress", address));
	return interface_put(c, doc);
}

/* AssignPrivateIpAddresses, AssignIpv6Addresses */

/*
 * Another interface of the subnet lets go of an address that is asked for here: *ret is what it
 * was there, or NULL.
 */
static int
take_over(struct call *c, const json_t *interface, const char *text, json_t **ret)
{
	struct store_docs all;
	json_t *other;
	const json_t *row;

	*ret = NULL;
	if (resource_list(c, &ec2_network_interface, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n && *ret == NULL; i++) {
		const char *id = resource_id(&ec2_network_interface, all.doc[i]);

		row = interface_address(all.doc[i], text);
		if (row == NULL || json_bool(row, "Primary", 0) ||
		    json_bool(all.doc[i], "RequesterManaged", 0) ||
		    strcmp(json_str_or(all.doc[i], "SubnetId", ""),
			json_str_or(interface, "SubnetId", "")) != 0 ||
		    strcmp(id, resource_id(&ec2_network_interface, interface)) == 0)
			continue;
		if (resource_edit(c, &ec2_network_interface, id, &other) < 0)
			return -1;
		*ret = json_own(c->arena,
		    take_row(json_get(other, "PrivateIpAddresses"), "PrivateIpAddress",
			text));
		if (interface_put(c, other) < 0)
			return -1;
	}
	return 0;
}

/* The addresses that move here, with what they are associated with: 0 or -1. */
static int
reassign(struct call *c, const json_t *interface, json_t *associations)
{
	const json_t *v;
	json_t *row;
	size_t i;

	json_array_foreach(in_list(c, "PrivateIpAddresses"), i, v) {
		if (take_over(c, interface, json_string_value(v), &row) < 0)
			return -1;
		if (json_get(row, "Association") != NULL)
			json_set(associations, json_string_value(v),
			    json_copy_deep(json_get(row, "Association")));
	}
	return 0;
}

/* The addresses of a service's own interface are the service's to choose. */
static int
begin(struct call *c, json_t **ret, json_t **ret_subnet)
{
	const char *id = in_str(c, "NetworkInterfaceId");

	if (resource_edit(c, &ec2_network_interface, id, ret) < 0)
		return -1;
	if (json_bool(*ret, "RequesterManaged", 0))
		return err_set(&c->err, &not_permitted,
		    "You are not allowed to manage the addresses of '%s'.", id);
	return resource_get(c, &ec2_subnet, json_str_or(*ret, "SubnetId", ""),
	    ret_subnet);
}

/* What is behind the first `had` rows of the list goes into the answer. */
static void
answer(struct call *c, const json_t *interface, const char *list, size_t had,
    const char *as, const char *member)
{
	const json_t *rows = json_get(interface, list);
	json_t *out = json_new_array();

	for (size_t i = had; i < json_array_size(rows); i++) {
		const char *text = json_str(json_array_get(rows, i), member);

		json_add(out,
		    strncmp(as, "AssignedIpv6", 12) == 0 ?
			json_new_str(text) :
			json_make("{s:s}", member, text));
	}
	out_set(c, as, out);
}

static size_t
size_of(const json_t *doc, const char *list)
{
	return json_array_size(json_get(doc, list));
}

static int
nothing_asked(struct call *c, const char *const *names)
{
	for (; *names != NULL; names++) {
		const json_t *v = json_get(c->in, *names);

		if (json_is_array(v) ? json_array_size(v) > 0 : v != NULL)
			return 0;
	}
	return 1;
}

static int
assign4(struct call *c)
{
	static const char *const asked[] = { "PrivateIpAddresses",
		"SecondaryPrivateIpAddressCount", "Ipv4Prefixes", "Ipv4PrefixCount",
		NULL };
	json_t *interface, *subnet, *moved = json_own(c->arena, json_new_object()), *v;
	size_t had, prefixes;
	const char *text;

	if (begin(c, &interface, &subnet) < 0)
		return -1;
	if (nothing_asked(c, asked))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter privateIpAddresses or "
		    "secondaryPrivateIpAddressCount");
	had = size_of(interface, "PrivateIpAddresses");
	prefixes = size_of(interface, "Ipv4Prefixes");
	if ((in_bool(c, "AllowReassignment", 0) && reassign(c, interface, moved) < 0) ||
	    interface_add_addresses(c, interface, subnet, c->in) < 0)
		return -1;
	json_object_foreach(moved, text, v)
		json_set(interface_address(interface, text), "Association",
		    json_incref(v));
	out_str(c, "NetworkInterfaceId", resource_id(&ec2_network_interface, interface));
	answer(c, interface, "PrivateIpAddresses", had, "AssignedPrivateIpAddresses",
	    "PrivateIpAddress");
	answer(c, interface, "Ipv4Prefixes", prefixes, "AssignedIpv4Prefixes",
	    "Ipv4Prefix");
	return interface_put(c, interface) < 0 ? -1 :
						 address_follow_interface(c, interface);
}

static int
assign6(struct call *c)
{
	static const char *const asked[] = { "Ipv6Addresses", "Ipv6AddressCount",
		"Ipv6Prefixes", "Ipv6PrefixCount", NULL };
	json_t *interface, *subnet;
	size_t had, prefixes;

	if (begin(c, &interface, &subnet) < 0)
		return -1;
	if (nothing_asked(c, asked))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ipv6Addresses or ipv6AddressCount");
	had = size_of(interface, "Ipv6Addresses");
	prefixes = size_of(interface, "Ipv6Prefixes");
	if (interface_add_addresses(c, interface, subnet, c->in) < 0)
		return -1;
	out_str(c, "NetworkInterfaceId", resource_id(&ec2_network_interface, interface));
	answer(c, interface, "Ipv6Addresses", had, "AssignedIpv6Addresses",
	    "Ipv6Address");
	answer(c, interface, "Ipv6Prefixes", prefixes, "AssignedIpv6Prefixes",
	    "Ipv6Prefix");
	return interface_put(c, interface);
}

/* UnassignPrivateIpAddresses, UnassignIpv6Addresses */

/* Those of the input's list go from the interface's: 0 or -1. */
static int
unassign(struct call *c, json_t *interface, const char *list, const char *member)
{
	const json_t *v;
	size_t i;

	json_array_foreach(in_list(c, list), i, v) {
		const char *text = json_string_value(v);
		json_t *row =
		    json_own(c->arena, take_row(json_get(interface, list), member, text));

		if (row == NULL)
			return err_set(&c->err, &no_such,
			    "Some of the specified addresses are not assigned to interface %s",
			    resource_id(&ec2_network_interface, interface));
		if (json_bool(row, "Primary", 0))
			return err_set(&c->err, &no_such,
			    "The primary private IP address %s cannot be unassigned.",
			    text);
	}
	return 0;
}

static int
unassign4(struct call *c)
{
	static const char *const asked[] = { "PrivateIpAddresses", "Ipv4Prefixes", NULL };
	json_t *interface, *subnet;

	if (begin(c, &interface, &subnet) < 0)
		return -1;
	if (nothing_asked(c, asked))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter privateIpAddresses");
	if (unassign(c, interface, "PrivateIpAddresses", "PrivateIpAddress") < 0 ||
	    unassign(c, interface, "Ipv4Prefixes", "Ipv4Prefix") < 0 ||
	    interface_put(c, interface) < 0)
		return -1;
	return address_follow_interface(c, interface);
}

static int
unassign6(struct call *c)
{
	static const char *const asked[] = { "Ipv6Addresses", "Ipv6Prefixes", NULL };
	const char *first;
	json_t *interface, *subnet;

	if (begin(c, &interface, &subnet) < 0)
		return -1;
	if (nothing_asked(c, asked))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ipv6Addresses");
	if (unassign(c, interface, "Ipv6Addresses", "Ipv6Address") < 0 ||
	    unassign(c, interface, "Ipv6Prefixes", "Ipv6Prefix") < 0)
		return -1;
	first = json_str(json_array_get(json_get(interface, "Ipv6Addresses"), 0),
	    "Ipv6Address");
	json_del(interface, "Ipv6Address");
	json_set_str(interface, "Ipv6Address", first);
	out_str(c, "NetworkInterfaceId", resource_id(&ec2_network_interface, interface));
	if (in_has(c, "Ipv6Addresses"))
		out_ref(c, "UnassignedIpv6Addresses", in_list(c, "Ipv6Addresses"));
	if (in_has(c, "Ipv6Prefixes"))
		out_ref(c, "UnassignedIpv6Prefixes", in_list(c, "Ipv6Prefixes"));
	return interface_put(c, interface);
}

static const struct op ops[] = {
	OP_RES("AssignIpv6Addresses", assign6, 0, &ec2_network_interface,
	    "NetworkInterfaceId", "Give an interface IPv6 addresses."),
	OP_RES("AssignPrivateIpAddresses", assign4, 0, &ec2_network_interface,
	    "NetworkInterfaceId", "Give an interface more private addresses."),
	OP_RES("UnassignIpv6Addresses", unassign6, 0, &ec2_network_interface,
	    "NetworkInterfaceId", "Take IPv6 addresses away."),
	OP_RES("UnassignPrivateIpAddresses", unassign4, 0, &ec2_network_interface,
	    "NetworkInterfaceId", "Take secondary private addresses away."),
};
const struct family ec2_network_interface_addresses = FAMILY(ops, NULL);
