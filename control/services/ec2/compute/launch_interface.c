/*
 * EC2: the network interfaces that RunInstances was asked for.
 *
 * Not emulated: interfaces of EFA, of a second network card, and addresses of carriers.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/compute/launch.h"
#include "control/services/ec2/ec2.h"

enum { MAX_DEVICE = 63 };

/* What an instance says of its own network cannot be said when its interfaces are listed. */
static int
check_alone(struct call *c)
{
	static const struct {
		const char *name, *words;
	} rows[] = { { "SubnetId", "an instance-level subnet ID" },
		{ "SecurityGroupIds", "an instance-level security groups" },
		{ "SecurityGroups", "an instance-level security groups" },
		{ "PrivateIpAddress", "an instance-level private IP address" },
		{ "Ipv6AddressCount", "an instance-level IPv6 address count" },
		{ "Ipv6Addresses", "an instance-level IPv6 addresses" },
		{ "EnablePrimaryIpv6", "an instance-level primary IPv6 address" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (in_has(c, rows[i].name))
			return err_set(&c->err, &ec2_bad_combination,
			    "Network interfaces and %s may not be specified on the same "
			    "request",
			    rows[i].words);
	}
	return 0;
}

/* Its place is one that no other row has. */
static int
check_place(struct call *c, const json_t *row, const struct launch *l)
{
	int64_t device = json_int(row, "DeviceIndex", 0);

	if (json_get(row, "DeviceIndex") == NULL)
		return err_set(&c->err, &ec2_bad_value,
		    "Each network interface requires a device index.");
	if (device < 0 || device > MAX_DEVICE)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter deviceIndex is invalid.",
		    (long long)device);
	if (json_int(row, "NetworkCardIndex", 0) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter networkCardIndex is invalid. The instance type "
		    "'%s' has one network card.",
		    (long long)json_int(row, "NetworkCardIndex", 0), l->type->name);
	if (strcmp(json_str_or(row, "InterfaceType", "interface"), "interface") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The interface type %s is not supported here.",
		    json_str(row, "InterfaceType"));
	for (size_t i = 0; i < l->n_interfaces; i++) {
		if (l->interfaces[i].place.device == device)
			return err_set(&c->err, &ec2_bad_value,
			    "Each network interface requires a unique device index.");
	}
	return 0;
}

/* One that exists has all but its place already. */
static int
check_existing(struct call *c, const json_t *row, const struct launch *l)
{
	static const struct {
		const char *name, *words;
	} rows[] = { { "SubnetId", "subnet" }, { "Groups", "security groups" },
		{ "PrivateIpAddress", "private IP address" },
		{ "PrivateIpAddresses", "private IP addresses" },
		{ "SecondaryPrivateIpAddressCount",
		    "secondary private IP address count" },
		{ "Description", "description" },
		{ "Ipv6AddressCount", "IPv6 addresses" },
		{ "Ipv6Addresses", "IPv6 addresses" },
		{ "PrimaryIpv6", "IPv6 addresses" }, { "Ipv4Prefixes", "prefixes" },
		{ "Ipv4PrefixCount", "prefixes" }, { "Ipv6Prefixes", "prefixes" },
		{ "Ipv6PrefixCount", "prefixes" },
		{ "AssociatePublicIpAddress", "associate public IP address" },
		{ "ConnectionTrackingSpecification", "connection tracking" } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const json_t *v = json_get(row, rows[i].name);

		if (v != NULL && !json_is_false(v))
			return err_set(&c->err, &ec2_bad_combination,
			    "A network interface may not specify both a network interface ID and a "
			    "%s",
			    rows[i].words);
	}
	if (json_bool(row, "DeleteOnTermination", 0))
		return err_set(&c->err, &ec2_bad_combination,
		    "A network interface may not specify a network interface ID and delete on "
		    "termination as true");
	if (l->count > 1)
		return err_set(&c->err, &ec2_bad_combination,
		    "An existing network interface can be given to one instance only.");
	return 0;
}

static int
read_existing(struct call *c, const json_t *row, const struct launch *l,
    struct launch_interface *ret)
{
	json_t *doc, *subnet;

	ret->id = json_str(row, "NetworkInterfaceId");
	for (size_t i = 0; i < l->n_interfaces; i++) {
		if (l->interfaces[i].id != NULL &&
		    strcmp(l->interfaces[i].id, ret->id) == 0)
			return err_set(&c->err, &ec2_bad_value,
			    "The network interface '%s' is specified more than once.",
			    ret->id);
	}
	if (check_existing(c, row, l) < 0 ||
	    call_allow(c, &ec2_network_interface, ret->id) < 0 ||
	    interface_take(c, ret->id, &doc) < 0 ||
	    resource_get(c, &ec2_subnet, json_str_or(doc, "SubnetId", ""), &subnet) < 0)
		return -1;
	ret->subnet = subnet;
	ret->groups = json_get(doc, "Groups");
	ret->place.delete_on_termination = 0;
	return 0;
}

static int
read_new(struct call *c, const json_t *row, struct launch_interface *ret)
{
	json_t *chosen;

	ret->place.delete_on_termination = json_bool(row, "DeleteOnTermination", 1);
	if (launch_subnet(c, json_str(row, "SubnetId"), &ret->subnet) < 0 ||
	    ec2_security_groups_for(c, ret->subnet, json_get(row, "Groups"), NULL,
		&chosen) < 0)
		return -1;
	ret->groups = chosen;
	return 0;
}

/* EC2 API: addresses that are named are those of one instance. */
static int
check_addresses(struct call *c, const json_t *row, const struct launch *l)
{
	static const char *const named[] = { "PrivateIpAddress", "PrivateIpAddresses",
		"Ipv6Addresses", "Ipv4Prefixes", "Ipv6Prefixes" };

	for (size_t i = 0; i < COUNT(named) && l->count > 1; i++) {
		if (json_get(row, named[i]) != NULL)
			return err_set(&c->err, &ec2_bad_combination,
			    "A private IP address can be given for one instance only.");
	}
	if (strlen(json_str_or(row, "Description", "")) > 255)
		return err_set(&c->err, &ec2_bad_value,
		    "Value for parameter description is invalid. It must have at most 255 "
		    "characters.");
	return 0;
}

static int
read_row(struct call *c, json_t *row, struct launch *l)
{
	static const char *const known[] = { "AssociatePublicIpAddress",
		"ConnectionTrackingSpecification", "DeleteOnTermination", "Description",
		"DeviceIndex", "EnaQueueCount", "EnaSrdSpecification", "Groups",
		"InterfaceType", "Ipv4PrefixCount", "Ipv4Prefixes", "Ipv6AddressCount",
		"Ipv6Addresses", "Ipv6PrefixCount", "Ipv6Prefixes", "NetworkCardIndex",
		"NetworkInterfaceId", "PrimaryIpv6", "PrivateIpAddress",
		"PrivateIpAddresses", "SecondaryPrivateIpAddressCount", "SubnetId",
		NULL };
	struct launch_interface one = { .asked = row };

	if (ec2_refuse_members(c, "NetworkInterface", row, known) < 0 ||
	    check_place(c, row, l) < 0 || check_addresses(c, row, l) < 0)
		return -1;
	one.place.device = json_int(row, "DeviceIndex", 0);
	if (json_get(row, "NetworkInterfaceId") != NULL ?
		read_existing(c, row, l, &one) < 0 :
		read_new(c, row, &one) < 0)
		return -1;
	l->interfaces[l->n_interfaces++] = one;
	return 0;
}

/* A public address is for an instance with one new interface. */
static int
read_public(struct call *c, const json_t *list, struct launch *l)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		if (!json_bool(row, "AssociatePublicIpAddress", 0))
			continue;
		if (json_int(row, "DeviceIndex", 0) != 0)
			return err_set(&c->err, &ec2_bad_combination,
			    "The associatePublicIPAddress parameter can only be specified for the "
			    "network interface with DeviceIndex of 0.");
		if (l->n_interfaces > 1)
			return err_set(&c->err, &ec2_bad_combination,
			    "The associatePublicIPAddress parameter cannot be specified when "
			    "launching with multiple network interfaces.");
	}
	l->public_address = l->n_interfaces == 1 && l->interfaces[0].id == NULL &&
	    json_bool(l->interfaces[0].asked, "AssociatePublicIpAddress",
		json_bool(l->interfaces[0].subnet, "MapPublicIpOnLaunch", 0));
	return 0;
}

static int
by_device(const void *a, const void *b)
{
	const struct launch_interface *x = a, *y = b;

	return (x->place.device > y->place.device) - (x->place.device < y->place.device);
}

static int
check_zones(struct call *c, const struct launch *l)
{
	for (size_t i = 1; i < l->n_interfaces; i++) {
		if (strcmp(json_str_or(l->interfaces[i].subnet, "AvailabilityZone", ""),
			json_str_or(l->interfaces[0].subnet, "AvailabilityZone", "")) !=
		    0)
			return err_set(&c->err, &ec2_bad_combination,
			    "All network interfaces of an instance must be in the same "
			    "availability zone.");
	}
	return 0;
}

/* The interfaces as they are listed, sorted by their device index. */
static int
read_listed(struct call *c, const json_t *list, struct launch *l)
{
	json_t *row;
	size_t i;

	if (check_alone(c) < 0)
		return -1;
	json_array_foreach(list, i, row) {
		if (read_row(c, row, l) < 0)
			return -1;
	}
	qsort(l->interfaces, l->n_interfaces, sizeof(l->interfaces[0]), by_device);
	if (l->interfaces[0].place.device != 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "A network interface with device index 0 is required.");
	if (interface_check_count(c, l->type->name, (int64_t)l->n_interfaces) < 0 ||
	    check_zones(c, l) < 0)
		return -1;
	return read_public(c, list, l);
}

/* One interface, of what the instance says of its network. */
static int
read_plain(struct call *c, struct launch *l)
{
	static const char *const same[] = { "PrivateIpAddress", "Ipv6AddressCount",
		"Ipv6Addresses", "EnablePrimaryIpv6" };
	json_t *asked = json_own(c->arena, json_new_object()), *chosen;
	struct launch_interface *one = &l->interfaces[0];

	for (size_t i = 0; i < COUNT(same); i++) {
		if (in_has(c, same[i]))
			json_set(asked, same[i], json_incref(json_get(c->in, same[i])));
	}
	if (in_has(c, "SubnetId") && json_array_size(in_list(c, "SecurityGroups")) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter groupName cannot be used with the parameter subnet");
	if (check_addresses(c, asked, l) < 0 ||
	    launch_subnet(c, in_str(c, "SubnetId"), &one->subnet) < 0 ||
	    ec2_security_groups_for(c, one->subnet, in_list(c, "SecurityGroupIds"),
		in_list(c, "SecurityGroups"), &chosen) < 0)
		return -1;
	one->asked = asked;
	one->groups = chosen;
	one->place.delete_on_termination = 1;
	l->n_interfaces = 1;
	return read_public(c, NULL, l);
}

int
launch_read_interfaces(struct call *c, struct launch *l)
{
	const json_t *list = in_list(c, "NetworkInterfaces");

	l->interfaces = arena_calloc(c->arena, json_array_size(list) + 1,
	    sizeof(struct launch_interface));
	l->n_interfaces = 0;
	if (json_array_size(list) > 0 ? read_listed(c, list, l) < 0 :
					read_plain(c, l) < 0)
		return -1;
	l->subnet = l->interfaces[0].subnet;
	l->groups = l->interfaces[0].groups;
	return 0;
}
