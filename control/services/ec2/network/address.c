/*
 * EC2: Elastic IP addresses.
 *
 * One is an address of simfra-internet that a VPC's router translates one to one.
 * Not emulated yet: pools, transfers, reverse DNS, secondary private addresses.
 */
#include <string.h>

#include "base/clock.h"
#include "control/api/tags.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/network/network_interface.h"

static const struct err_kind no_allocation = { "InvalidAllocationID.NotFound", 400 };
static const struct err_kind no_association = { "InvalidAssociationID.NotFound", 400 };
static const struct err_kind no_address = { "InvalidAddress.NotFound", 400 };
static const struct err_kind in_use = { "InvalidIPAddress.InUse", 400 };
static const struct err_kind already = { "Resource.AlreadyAssociated", 400 };
static const struct err_kind no_instance = { "InvalidInstanceID", 400 };

static const struct filter filters[] = {
	{ "allocation-id", "AllocationId" },
	{ "association-id", "AssociationId" },
	{ "domain", "Domain" },
	{ "instance-id", "InstanceId" },
	{ "network-border-group", "NetworkBorderGroup" },
	{ "network-interface-id", "NetworkInterfaceId" },
	{ "network-interface-owner-id", "NetworkInterfaceOwnerId" },
	{ "private-ip-address", "PrivateIpAddress" },
	{ "public-ip", "PublicIp" },
	{ NULL, NULL },
};

static const struct resource ec2_address = {
	.service = "ec2",
	.kind = "ec2:address",
	.type = "elastic-ip",
	.prefix = "eipalloc-",
	.id_member = "AllocationId",
	.list_member = "Addresses",
	.ids_member = "AllocationIds",
	.noun = "allocation ID",
	.not_found = &no_allocation,
	.filters = filters,
};

/* A region's addresses are announced by the region as a whole. */
static int
check_border_group(struct call *c)
{
	const char *group = in_str(c, "NetworkBorderGroup");

	if (group != NULL && strcmp(group, c->region) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter networkBorderGroup is invalid.", group);
	return 0;
}

/* AllocateAddress */

static int
allocate(struct call *c)
{
	static const char *const refused[] = { "Address", "PublicIpv4Pool",
		"CustomerOwnedIpv4Pool", "IpamPoolId", NULL };
	const char *domain = in_str(c, "Domain"), *id, *address;
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || check_border_group(c) < 0)
		return -1;
	if (domain != NULL && strcmp(domain, "vpc") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Invalid value '%s' for domain. EC2-Classic is not available.",
		    domain);
	doc = resource_new(c, &ec2_address, &id);
	if (doc == NULL || ec2_public_take(c, id, &address) < 0)
		return -1;
	json_set_str(doc, "PublicIp", address);
	json_set_str(doc, "Domain", "vpc");
	json_set_str(doc, "PublicIpv4Pool", "amazon");
	json_set_str(doc, "NetworkBorderGroup", c->region);
	resource_put(c, &ec2_address, doc);
	out_str(c, "PublicIp", address);
	out_str(c, "AllocationId", id);
	out_str(c, "PublicIpv4Pool", "amazon");
	out_str(c, "NetworkBorderGroup", c->region);
	out_str(c, "Domain", "vpc");
	return 0;
}

/* DescribeAddresses: as the generic one, and by PublicIps. */

static int
describe(struct call *c)
{
	struct store_docs docs;
	const char *missing;
	json_t *out;

	if (resource_list(c, &ec2_address, &docs) < 0)
		return -1;
	missing = ec2_narrow(c, &docs, "PublicIp", in_list(c, "PublicIps"));
	if (missing != NULL)
		return err_set(&c->err, &no_address, "Address '%s' not found.", missing);
	if (resource_select(c, &ec2_address, &docs, &out) < 0)
		return -1;
	out_ref(c, "Addresses", out);
	return 0;
}

/* The document of AllocationId or PublicIp, as a copy to write. */
static int
named(struct call *c, json_t **ret)
{
	const char *id = in_str(c, "AllocationId"), *address = in_str(c, "PublicIp");
	json_t *doc;
	int rc;

	if (id != NULL)
		return resource_edit(c, &ec2_address, id, ret);
	if (address == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either public IP or allocation id must be specified");
	rc = resource_find_by(c, &ec2_address, "PublicIp", address, &doc);
	if (rc == 0)
		return err_set(&c->err, &no_address, "Address '%s' not found.", address);
	if (rc < 0)
		return -1;
	return resource_edit(c, &ec2_address, resource_id(&ec2_address, doc), ret);
}

/* AssociateAddress */

static void
clear(json_t *doc)
{
	static const char *const members[] = { "AssociationId", "InstanceId",
		"NetworkInterfaceId", "NetworkInterfaceOwnerId", "PrivateIpAddress" };

	for (size_t i = 0; i < COUNT(members); i++)
		json_del(doc, members[i]);
}

/* The interface of the input: its own, or the first of the instance. */
static int
target(struct call *c, json_t **ret)
{
	const char *interface = in_str(c, "NetworkInterfaceId"),
		   *id = in_str(c, "InstanceId");
	json_t *instance;

	if (interface == NULL && id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either 'InstanceId' or 'NetworkInterfaceId' must be specified");
	if (interface != NULL ? call_allow(c, &ec2_network_interface, interface) < 0 :
				call_allow(c, &ec2_instance, id) < 0)
		return -1;
	if (interface == NULL) {
		if (resource_get(c, &ec2_instance, id, &instance) < 0)
			return -1;
		interface =
		    json_str(json_array_get(json_get(instance, "NetworkInterfaces"), 0),
			"NetworkInterfaceId");
		if (interface == NULL || instance_state(instance) == STATE_SHUTTING_DOWN)
			return err_set(&c->err, &no_instance,
			    "The instance '%s' is not in a state from which an address can be "
			    "associated.",
			    id);
	}
	return resource_get(c, &ec2_network_interface, interface, ret);
}

static int
check_gateway(struct call *c, const json_t *interface)
{
	static const struct err_kind no_gateway = { "Gateway.NotAttached", 400 };
	const char *vpc_id = json_str_or(interface, "VpcId", "");
	json_t *vpc;

	if (resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	if (!json_bool(vpc, "_internet", 0))
		return err_set(&c->err, &no_gateway,
		    "Network %s is not attached to any internet gateway", vpc_id);
	return 0;
}

/* What the interface has now makes room: an address of its own goes back, an Elastic one stays free. */
static int
make_room(struct call *c, const json_t *interface, const char *allocation)
{
	const json_t *old = json_get(interface, "Association");
	const char *id = json_str(old, "AllocationId");
	json_t *doc;

	if (old == NULL)
		return 0;
	if (id == NULL) {
		ec2_public_give_back(c, json_str_or(old, "PublicIp", ""));
		return 0;
	}
	if (strcmp(id, allocation) == 0)
		return 0;
	if (!in_bool(c, "AllowReassociation", 1))
		return err_set(&c->err, &already,
		    "resource %s is already associated with an address",
		    resource_id(&ec2_network_interface, interface));
	if (resource_edit(c, &ec2_address, id, &doc) < 0)
		return -1;
	clear(doc);
	resource_put(c, &ec2_address, doc);
	return 0;
}

static int
leave(struct call *c, const json_t *doc)
{
	const struct ec2_association none = { .address = NULL };
	const char *interface = json_str(doc, "NetworkInterfaceId");

	return interface == NULL ? 0 : ec2_associate(c, interface, &none);
}

static int
associate(struct call *c)
{
	const char *id, *private = in_str(c, "PrivateIpAddress");
	struct ec2_association association;
	json_t *doc, *interface;
	char hex[18];

	if (named(c, &doc) < 0 || target(c, &interface) < 0 ||
	    check_gateway(c, interface) < 0)
		return -1;
	id = resource_id(&ec2_address, doc);
	if (private != NULL &&
	    strcmp(private, json_str_or(interface, "PrivateIpAddress", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The private IP address '%s' is not assigned to the interface.",
		    private);
	if (json_get(doc, "AssociationId") != NULL && in_has(c, "AllowReassociation") &&
	    !in_bool(c, "AllowReassociation", 1))
		return err_set(&c->err, &already,
		    "resource %s is already associated with associate-id %s", id,
		    json_str_or(doc, "AssociationId", ""));
	if (make_room(c, interface, id) < 0 || leave(c, doc) < 0)
		return -1;
	random_hex(hex, 17);
	clear(doc);
	json_set_fmt(doc, "AssociationId", "eipassoc-%s", hex);
	json_set_str(doc, "NetworkInterfaceId",
	    resource_id(&ec2_network_interface, interface));
	json_set_str(doc, "NetworkInterfaceOwnerId", c->account);
	json_set_str(doc, "PrivateIpAddress", json_str(interface, "PrivateIpAddress"));
	json_set_str(doc, "InstanceId",
	    json_str(json_get(interface, "Attachment"), "InstanceId"));
	resource_put(c, &ec2_address, doc);
	association.address = json_str(doc, "PublicIp");
	association.allocation_id = id;
	association.association_id = json_str(doc, "AssociationId");
	out_str(c, "AssociationId", association.association_id);
	return ec2_associate(c, resource_id(&ec2_network_interface, interface),
	    &association);
}

/* DisassociateAddress */

static int
disassociate(struct call *c)
{
	const char *id = in_str(c, "AssociationId"), *address = in_str(c, "PublicIp");
	json_t *doc;
	int rc;

	if (id == NULL && address == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either 'AssociationId' or 'PublicIp' must be specified");
	rc = id != NULL ? resource_find_by(c, &ec2_address, "AssociationId", id, &doc) :
			  resource_find_by(c, &ec2_address, "PublicIp", address, &doc);
	if (rc == 0 && id != NULL)
		return err_set(&c->err, &no_association,
		    "The association ID '%s' does not exist", id);
	if (rc == 0)
		return err_set(&c->err, &no_address, "Address '%s' not found.", address);
	if (rc < 0 || leave(c, doc) < 0 ||
	    resource_edit(c, &ec2_address, resource_id(&ec2_address, doc), &doc) < 0)
		return -1;
	clear(doc);
	resource_put(c, &ec2_address, doc);
	return 0;
}

/* ReleaseAddress */

static int
release(struct call *c)
{
	json_t *doc;

	if (check_border_group(c) < 0 || named(c, &doc) < 0)
		return -1;
	if (json_get(doc, "AssociationId") != NULL)
		return err_set(&c->err, &in_use, "Address %s is in use.",
		    json_str_or(doc, "PublicIp", ""));
	ec2_public_give_back(c, json_str_or(doc, "PublicIp", ""));
	resource_delete_doc(c, &ec2_address, resource_id(&ec2_address, doc));
	return 0;
}

/* What changes in an address when its interface does. */
static void
follow(json_t *doc, const json_t *interface)
{
	const char *instance = json_str(json_get(interface, "Attachment"), "InstanceId");

	json_del(doc, "InstanceId");
	json_set_str(doc, "InstanceId", instance);
	json_set_str(doc, "NetworkInterfaceId",
	    resource_id(&ec2_network_interface, interface));
}

/* The row of the interface that has the association, or NULL. */
static const json_t *
row_with(const json_t *interface, const char *association)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		if (strcmp(json_str_or(json_get(row, "Association"), "AssociationId",
			       "-"),
			association) == 0)
			return row;
	}
	return NULL;
}

int
address_follow_interface(struct call *c, const json_t *interface)
{
	const char *id = resource_id(&ec2_network_interface, interface);
	struct store_docs all;
	json_t *doc;

	if (resource_list(c, &ec2_address, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const char *association = json_str_or(all.doc[i], "AssociationId", "");
		int is_its = row_with(interface, association) != NULL;

		if (!is_its &&
		    strcmp(json_str_or(all.doc[i], "NetworkInterfaceId", ""), id) != 0)
			continue;
		if (resource_edit(c, &ec2_address, resource_id(&ec2_address, all.doc[i]),
			&doc) < 0)
			return -1;
		if (is_its)
			follow(doc, interface);
		else
			clear(doc);
		resource_put(c, &ec2_address, doc);
	}
	return 0;
}

int
address_forget_interface(struct call *c, const char *interface_id)
{
	json_t *none =
	    json_own(c->arena, json_make("{s:s}", "NetworkInterfaceId", interface_id));

	return address_follow_interface(c, none);
}

static const struct op ops[] = {
	OP_RES("AllocateAddress", allocate, 0, &ec2_address, NULL,
	    "Get an Elastic IP address."),
	OP_RES("AssociateAddress", associate, 0, &ec2_address, "AllocationId",
	    "Lead an Elastic IP address to an instance."),
	OP_RES("DescribeAddresses", describe, OP_READ, &ec2_address, NULL,
	    "List Elastic IP addresses."),
	OP("DisassociateAddress", disassociate, 0, "Take an Elastic IP address off."),
	OP_RES("ReleaseAddress", release, 0, &ec2_address, "AllocationId",
	    "Give an Elastic IP address back."),
};
static const struct resource *const resources[] = { &ec2_address, NULL };
const struct family ec2_addresses = FAMILY(ops, resources);
