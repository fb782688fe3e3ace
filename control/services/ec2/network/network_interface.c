/*
 * EC2: network interfaces, and the public addresses that lead to them.
 *
 * An interface is a veth pair that netd plugs between a container and its
 * VPC's bridge; its document has its true address.  Not emulated yet: creating,
 * attaching and detaching by the user; secondary addresses; IPv6.
 */
#include <string.h>

#include "control/services/ec2/network/subnet.h"

static const struct err_kind not_found = { "InvalidNetworkInterfaceID.NotFound", 400 };
static const struct err_kind no_address = { "InsufficientFreeAddressesInSubnet", 400 };
static const struct err_kind in_use = { "InvalidIPAddress.InUse", 400 };
static const struct err_kind no_public = { "InsufficientAddressCapacity", 500 };

#define PUBLIC_KIND "ec2:public-ip"

static const struct filter filters[] = {
	{ "association.allocation-id", "Association.AllocationId" },
	{ "association.association-id", "Association.AssociationId" },
	{ "association.ip-owner-id", "Association.IpOwnerId" },
	{ "association.public-dns-name", "Association.PublicDnsName" },
	{ "association.public-ip", "Association.PublicIp" },
	{ "attachment.attachment-id", "Attachment.AttachmentId" },
	{ "attachment.device-index", "Attachment.DeviceIndex" },
	{ "attachment.instance-id", "Attachment.InstanceId" },
	{ "attachment.status", "Attachment.Status" },
	{ "availability-zone", "AvailabilityZone" },
	{ "description", "Description" },
	{ "group-id", "Groups.GroupId" },
	{ "group-name", "Groups.GroupName" },
	{ "interface-type", "InterfaceType" },
	{ "mac-address", "MacAddress" },
	{ "network-interface-id", "NetworkInterfaceId" },
	{ "owner-id", "OwnerId" },
	{ "private-dns-name", "PrivateDnsName" },
	{ "private-ip-address", "PrivateIpAddress" },
	{ "addresses.private-ip-address", "PrivateIpAddresses.PrivateIpAddress" },
	{ "addresses.primary", "PrivateIpAddresses.Primary" },
	{ "requester-managed", "RequesterManaged" },
	{ "source-dest-check", "SourceDestCheck" },
	{ "status", "Status" },
	{ "subnet-id", "SubnetId" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

const struct resource ec2_network_interface = {
	.service = "ec2",
	.kind = "ec2:network-interface",
	.type = "network-interface",
	.prefix = "eni-",
	.id_member = "NetworkInterfaceId",
	.list_member = "NetworkInterfaces",
	.ids_member = "NetworkInterfaceIds",
	.noun = "networkInterface ID",
	.tags_member = "TagSet",
	.not_found = &not_found,
	.filters = filters,
};

/* Private addresses */

struct taken {
	const struct store_docs *interfaces;
	const char *subnet;
	const struct net4 *reserved;
	size_t n_reserved;
};

static int
is_taken(void *arg, uint32_t address)
{
	const struct taken *taken = arg;
	uint32_t other;

	for (size_t i = 0; i < taken->interfaces->n; i++) {
		const json_t *doc = taken->interfaces->doc[i];

		if (strcmp(json_str_or(doc, "SubnetId", ""), taken->subnet) == 0 &&
		    ip4_parse(json_str_or(doc, "PrivateIpAddress", ""), &other) &&
		    other == address)
			return 1;
	}
	return 0;
}

/* As is_taken, of an address that nobody asked for by name. */
static int
is_not_to_give(void *arg, uint32_t address)
{
	const struct taken *taken = arg;

	for (size_t i = 0; i < taken->n_reserved; i++) {
		if (net4_has(&taken->reserved[i], address))
			return 1;
	}
	return is_taken(arg, address);
}

static int
check_asked(struct call *c, const struct net4 *net, const char *text, struct taken *taken,
    uint32_t *ret)
{
	if (!ip4_parse(text, ret))
		return err_set(&c->err, &ec2_bad_value, "Invalid IPv4 address: %s", text);
	if (!net4_has(net, *ret))
		return err_set(&c->err, &ec2_bad_value,
		    "Address does not fall within the subnet's address range");
	if (subnet_is_reserved(net, *ret))
		return err_set(&c->err, &ec2_bad_value,
		    "Address %s is in subnet's reserved address range", text);
	if (is_taken(taken, *ret))
		return err_set(&c->err, &in_use, "Address %s is in use.", text);
	return 0;
}

static int
choose_address(struct call *c, const struct ec2_interface_spec *spec, uint32_t *ret)
{
	const char *id = resource_id(&ec2_subnet, spec->subnet);
	struct store_docs interfaces;
	struct taken taken = { .interfaces = &interfaces, .subnet = id };
	struct net4 net, *reserved;

	if (resource_list(c, &ec2_network_interface, &interfaces) < 0)
		return -1;
	if (!net4_parse(json_str_or(spec->subnet, "CidrBlock", ""), &net))
		return err_set(&c->err, &err_internal, "subnet %s has no CIDR", id);
	if (spec->address != NULL)
		return check_asked(c, &net, spec->address, &taken, ret);
	if (ec2_subnet_reserved(c, id, &reserved, &taken.n_reserved) < 0)
		return -1;
	taken.reserved = reserved;
	if (!subnet_next_free(&net, 0, is_not_to_give, &taken, ret))
		return err_set(&c->err, &no_address,
		    "There are not enough free addresses in subnet '%s' to satisfy the requested "
		    "number of instances.",
		    id);
	return 0;
}

/* Interfaces */

static void
set_addresses(const struct call *c, json_t *doc, uint32_t address)
{
	char text[IP4_TEXT], mac[MAC_TEXT], name[NAME_TEXT];
	json_t *row;

	ip4_format(address, text);
	plan_mac(resource_id(&ec2_network_interface, doc), mac);
	plan_private_name(c->region, address, name);
	json_set_str(doc, "PrivateIpAddress", text);
	json_set_str(doc, "PrivateDnsName", name);
	json_set_str(doc, "MacAddress", mac);
	row = json_add_object(json_need_array(doc, "PrivateIpAddresses"));
	json_set_bool(row, "Primary", 1);
	json_set_str(row, "PrivateIpAddress", text);
	json_set_str(row, "PrivateDnsName", name);
}

/* The VPC's router is needed from its first interface on. */
static int
use_vpc(struct call *c, const char *vpc_id)
{
	json_t *vpc;

	if (resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	if (json_bool(vpc, "_used", 0))
		return 0;
	if (resource_edit(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	json_set_bool(vpc, "_used", 1);
	resource_put(c, &ec2_vpc, vpc);
	return 0;
}

json_t *
ec2_interface_make(struct call *c, const struct ec2_interface_spec *spec)
{
	const char *vpc = json_str_or(spec->subnet, "VpcId", "");
	char hex[18];
	uint32_t address;
	json_t *doc;

	if (choose_address(c, spec, &address) < 0 || use_vpc(c, vpc) < 0)
		return NULL;
	random_hex(hex, 17);
	doc = json_own(c->arena, json_new_object());
	json_set_fmt(doc, "NetworkInterfaceId", "eni-%s", hex);
	json_set_str(doc, "SubnetId", resource_id(&ec2_subnet, spec->subnet));
	json_set_str(doc, "VpcId", vpc);
	json_set_str(doc, "AvailabilityZone", json_str(spec->subnet, "AvailabilityZone"));
	json_set_str(doc, "Description",
	    spec->description != NULL ? spec->description : "");
	json_set_str(doc, "OwnerId", c->account);
	json_set_str(doc, "InterfaceType", "interface");
	json_set_bool(doc, "RequesterManaged", 0);
	json_set_bool(doc, "SourceDestCheck", 1);
	json_set_str(doc, "Status", "available");
	set_addresses(c, doc, address);
	json_set(doc, "Groups", json_copy_deep(spec->groups));
	json_set(doc, "Ipv6Addresses", json_new_array());
	json_set(doc, "TagSet", json_new_array());
	json_set_bool(doc, "_delete_on_termination", spec->delete_on_termination);
	resource_put(c, &ec2_network_interface, doc);
	return doc;
}

int
ec2_interface_drop(struct call *c, const char *interface_id)
{
	const json_t *association;
	json_t *doc;
	int rc = resource_find(c, &ec2_network_interface, interface_id, &doc);

	if (rc <= 0)
		return rc;
	association = json_get(doc, "Association");
	if (association != NULL && json_get(association, "AllocationId") == NULL)
		ec2_public_give_back(c, json_str_or(association, "PublicIp", ""));
	resource_delete_doc(c, &ec2_network_interface, interface_id);
	return 0;
}

/* Public addresses */

struct pool_use {
	const struct store_docs *docs;
};

static int
is_public_taken(void *arg, uint32_t address)
{
	const struct store_docs *docs = ((const struct pool_use *)arg)->docs;
	char text[IP4_TEXT];

	ip4_format(address, text);
	for (size_t i = 0; i < docs->n; i++) {
		if (strcmp(json_str_or(docs->doc[i], "PublicIp", ""), text) == 0)
			return 1;
	}
	return 0;
}

int
ec2_public_take(struct call *c, const char *owner, const char **ret)
{
	struct store_docs docs;
	struct pool_use use = { &docs };
	struct plan_internet pool;
	struct net4 net;
	char text[IP4_TEXT];
	uint32_t address;
	json_t *doc;

	if (!net4_parse(c->env->settings->internet_cidr, &net) ||
	    !plan_internet(&net, &pool))
		return err_set(&c->err, &err_internal,
		    "SIMFRA_INTERNET_CIDR: '%s' is no pool",
		    c->env->settings->internet_cidr);
	if (store_list(c->txn, STORE_SYSTEM, PUBLIC_KIND, &docs, &c->err) < 0)
		return -1;
	if (!plan_next_public(&pool, 0, is_public_taken, &use, &address))
		return err_set(&c->err, &no_public, "Insufficient capacity.");
	ip4_format(address, text);
	doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s}", "PublicIp", text, "scope", c->scope, "owner",
		owner));
	store_put(c->txn, STORE_SYSTEM, PUBLIC_KIND, text, doc);
	*ret = arena_strdup(c->arena, text);
	return 0;
}

void
ec2_public_give_back(struct call *c, const char *address)
{
	store_delete(c->txn, STORE_SYSTEM, PUBLIC_KIND, address);
}

/* A public name is there while the VPC has DNS host names. */
static json_t *
association_of(const struct call *c, const json_t *vpc, const struct ec2_association *a)
{
	json_t *v = json_new_object();
	char name[NAME_TEXT] = "";
	uint32_t address;

	json_set_str(v, "PublicIp", a->address);
	if (json_bool(vpc, "_dns_hostnames", 0) && ip4_parse(a->address, &address))
		plan_public_name(c->region, address, name);
	json_set_str(v, "PublicDnsName", name);
	json_set_str(v, "IpOwnerId", a->allocation_id != NULL ? c->account : "amazon");
	json_set_str(v, "AllocationId", a->allocation_id);
	json_set_str(v, "AssociationId", a->association_id);
	return v;
}

/* Set or take away `association` in an interface's document or its row in the instance. */
static void
associate_row(json_t *row, const json_t *association)
{
	json_t *address = json_array_get(json_get(row, "PrivateIpAddresses"), 0);

	if (association == NULL) {
		json_del(row, "Association");
		json_del(address, "Association");
		return;
	}
	json_set(row, "Association", json_copy_deep(association));
	json_set(address, "Association", json_copy_deep(association));
}

static int
associate_instance(struct call *c, const char *id, const char *interface_id,
    const json_t *association)
{
	json_t *doc, *row;
	size_t i;

	if (resource_edit(c, &ec2_instance, id, &doc) < 0)
		return -1;
	json_array_foreach(json_get(doc, "NetworkInterfaces"), i, row) {
		if (strcmp(json_str_or(row, "NetworkInterfaceId", ""), interface_id) != 0)
			continue;
		associate_row(row, association);
		if (i > 0)
			continue;
		json_set_str(doc, "PublicDnsName",
		    json_str_or(association, "PublicDnsName", ""));
		if (association != NULL)
			json_set_str(doc, "PublicIpAddress",
			    json_str(association, "PublicIp"));
		else
			json_del(doc, "PublicIpAddress");
	}
	resource_put(c, &ec2_instance, doc);
	return 0;
}

int
ec2_associate(struct call *c, const char *interface_id, const struct ec2_association *a)
{
	const char *instance;
	json_t *doc, *vpc, *association = NULL;

	if (resource_edit(c, &ec2_network_interface, interface_id, &doc) < 0 ||
	    resource_get(c, &ec2_vpc, json_str_or(doc, "VpcId", ""), &vpc) < 0)
		return -1;
	if (a->address != NULL)
		association = json_own(c->arena, association_of(c, vpc, a));
	associate_row(doc, association);
	resource_put(c, &ec2_network_interface, doc);
	instance = json_str(json_get(doc, "Attachment"), "InstanceId");
	return instance == NULL ?
	    0 :
	    associate_instance(c, instance, interface_id, association);
}

int
ec2_rename_public(struct call *c, const char *vpc_id)
{
	struct store_docs all;

	if (resource_list(c, &ec2_network_interface, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const json_t *old = json_get(all.doc[i], "Association");
		const struct ec2_association a = {
			.address = json_str(old, "PublicIp"),
			.allocation_id = json_str(old, "AllocationId"),
			.association_id = json_str(old, "AssociationId"),
		};

		if (old != NULL &&
		    strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc_id) == 0 &&
		    ec2_associate(c, resource_id(&ec2_network_interface, all.doc[i]),
			&a) < 0)
			return -1;
	}
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeNetworkInterfaces", resource_describe, OP_READ,
	    &ec2_network_interface, NULL, "List network interfaces."),
};
static const struct resource *const resources[] = { &ec2_network_interface, NULL };
const struct family ec2_network_interfaces = FAMILY(ops, resources);
