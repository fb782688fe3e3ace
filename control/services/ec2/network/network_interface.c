/*
 * EC2: network interfaces.
 *
 * An interface is a veth pair that netd plugs between a container and its VPC's bridge; its
 * document has its true addresses.  Prefixes are records.
 *
 * Not emulated: interfaces of type branch, which need a trunk.
 */
#include "control/services/ec2/network/network_interface.h"

#include <string.h>

#include "base/clock.h"
#include "control/api/tags.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidNetworkInterfaceID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidNetworkInterfaceId.Malformed", 400 };
static const struct err_kind no_permission = { "AuthFailure", 403 };

static const struct filter filters[] = {
	{ "addresses.association.owner-id", "PrivateIpAddresses.Association.IpOwnerId" },
	{ "addresses.association.public-ip", "PrivateIpAddresses.Association.PublicIp" },
	{ "addresses.primary", "PrivateIpAddresses.Primary" },
	{ "addresses.private-ip-address", "PrivateIpAddresses.PrivateIpAddress" },
	{ "association.allocation-id", "Association.AllocationId" },
	{ "association.association-id", "Association.AssociationId" },
	{ "association.ip-owner-id", "Association.IpOwnerId" },
	{ "association.public-dns-name", "Association.PublicDnsName" },
	{ "association.public-ip", "Association.PublicIp" },
	{ "attachment.attach-time", "_attach_time" },
	{ "attachment.attachment-id", "Attachment.AttachmentId" },
	{ "attachment.delete-on-termination", "Attachment.DeleteOnTermination" },
	{ "attachment.device-index", "Attachment.DeviceIndex" },
	{ "attachment.instance-id", "Attachment.InstanceId" },
	{ "attachment.instance-owner-id", "Attachment.InstanceOwnerId" },
	{ "attachment.network-card-index", "Attachment.NetworkCardIndex" },
	{ "attachment.status", "Attachment.Status" },
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "description", "Description" },
	{ "group-id", "Groups.GroupId" },
	{ "group-name", "Groups.GroupName" },
	{ "interface-type", "InterfaceType" },
	{ "ipv6-addresses.ipv6-address", "Ipv6Addresses.Ipv6Address" },
	{ "mac-address", "MacAddress" },
	{ "network-interface-id", "NetworkInterfaceId" },
	{ "operator.managed", "Operator.Managed" },
	{ "operator.principal", "Operator.Principal" },
	{ "owner-id", "OwnerId" },
	{ "private-dns-name", "PrivateDnsName" },
	{ "private-ip-address", "PrivateIpAddress" },
	{ "requester-id", "RequesterId" },
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
	.malformed = &malformed,
	.filters = filters,
};

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

/* EC2 API: ConnectionTrackingSpecificationRequest, in seconds. */
int
interface_set_tracking(struct call *c, json_t *doc, const json_t *asked)
{
	static const struct {
		const char *name;
		int min, max;
	} rows[] = { { "TcpEstablishedTimeout", 60, 432000 },
		{ "UdpStreamTimeout", 60, 180 }, { "UdpTimeout", 30, 60 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t n = json_int(asked, rows[i].name, 0);

		if (json_get(asked, rows[i].name) == NULL)
			continue;
		if (n < rows[i].min || n > rows[i].max)
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%lld) for parameter %s is invalid. It must be from %d to %d.",
			    (long long)n, rows[i].name, rows[i].min, rows[i].max);
		json_set_int(json_need_object(doc, "ConnectionTrackingConfiguration"),
		    rows[i].name, n);
	}
	return 0;
}

static void
set_identity(struct call *c, json_t *doc, const json_t *subnet)
{
	const char *id = record_id(c, "eni-");
	char mac[MAC_TEXT];

	plan_mac(id, mac);
	json_set_str(doc, "NetworkInterfaceId", id);
	json_set_str(doc, "SubnetId", resource_id(&ec2_subnet, subnet));
	json_set_str(doc, "VpcId", json_str(subnet, "VpcId"));
	json_set_str(doc, "AvailabilityZone", json_str(subnet, "AvailabilityZone"));
	json_set_str(doc, "AvailabilityZoneId", json_str(subnet, "AvailabilityZoneId"));
	json_set_str(doc, "OwnerId", c->account);
	json_set_str(doc, "MacAddress", mac);
	json_set_bool(doc, "RequesterManaged", 0);
	json_set_bool(doc, "SourceDestCheck", 1);
	json_set_str(doc, "Status", "available");
	json_set(doc, "Operator", json_make("{s:b}", "Managed", 0));
}

json_t *
interface_make(struct call *c, const json_t *subnet, const json_t *asked,
    const json_t *groups, const json_t *tags)
{
	json_t *doc = json_own(c->arena, json_new_object());

	if (use_vpc(c, json_str_or(subnet, "VpcId", "")) < 0)
		return NULL;
	set_identity(c, doc, subnet);
	json_set_str(doc, "Description", json_str_or(asked, "Description", ""));
	json_set_str(doc, "InterfaceType",
	    json_str_or(asked, "InterfaceType", "interface"));
	json_set(doc, "Groups", json_copy_deep(groups));
	json_set(doc, "TagSet", tags != NULL ? json_copy_deep(tags) : json_new_array());
	if (interface_add_addresses(c, doc, subnet, asked) < 0 ||
	    interface_set_tracking(c, doc,
		json_get(asked, "ConnectionTrackingSpecification")) < 0)
		return NULL;
	resource_put(c, &ec2_network_interface, doc);
	return doc;
}

json_t *
ec2_interface_make(struct call *c, const struct ec2_interface_spec *spec)
{
	json_t *asked = json_own(c->arena, json_new_object());

	json_set_str(asked, "PrivateIpAddress", spec->address);
	json_set_str(asked, "Description", spec->description);
	return interface_make(c, spec->subnet, asked, spec->groups, NULL);
}

int
ec2_interface_drop(struct call *c, const char *interface_id)
{
	const json_t *row;
	json_t *doc;
	size_t i;
	int rc = resource_find(c, &ec2_network_interface, interface_id, &doc);

	if (rc <= 0)
		return rc;
	json_array_foreach(json_get(doc, "PrivateIpAddresses"), i, row) {
		const json_t *association = json_get(row, "Association");

		if (association != NULL && json_get(association, "AllocationId") == NULL)
			ec2_public_give_back(c, json_str_or(association, "PublicIp", ""));
	}
	resource_delete_doc(c, &ec2_network_interface, interface_id);
	store_delete(c->txn, c->scope, ATTACHMENT_KIND, interface_id);
	if (interface_drop_permissions(c, interface_id) < 0)
		return -1;
	return address_forget_interface(c, interface_id);
}

json_t *
interface_address(const json_t *interface, const char *address)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_get(interface, "PrivateIpAddresses"), i, row) {
		if (address == NULL ?
			json_bool(row, "Primary", 0) :
			strcmp(json_str_or(row, "PrivateIpAddress", ""), address) == 0)
			return row;
	}
	return NULL;
}

/* CreateNetworkInterface */

static int
read_tags(struct call *c, json_t **ret)
{
	static const char *const types[] = { "network-interface", NULL };

	return tags_from_specifications(c, types, types[0], ret);
}

static int
create(struct call *c)
{
	static const char *const refused[] = { "Operator", NULL };
	const char *subnet_id = in_str(c, "SubnetId"), *type = in_str(c, "InterfaceType");
	json_t *subnet, *groups, *tags, *doc, *said;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_get(c, &ec2_subnet, subnet_id, &subnet) < 0 ||
	    call_allow(c, &ec2_subnet, subnet_id) < 0)
		return -1;
	if (type != NULL && strcmp(type, "branch") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Interfaces of type branch are not supported here.");
	if (strlen(json_str_or(c->in, "Description", "")) > 255)
		return err_set(&c->err, &ec2_bad_value,
		    "Value for parameter description is invalid. It must have at most 255 "
		    "characters.");
	if (ec2_security_groups_for(c, subnet, in_list(c, "Groups"), NULL, &groups) < 0 ||
	    read_tags(c, &tags) < 0)
		return -1;
	doc = interface_make(c, subnet, c->in, groups, tags);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "RequesterId", c->who.user_id);
	said = json_copy_deep(doc);
	json_set_str(said, "Status", "pending");
	out_set(c, "NetworkInterface", said);
	if (in_has(c, "ClientToken"))
		out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

/* DeleteNetworkInterface */

int
interface_take(struct call *c, const char *id, json_t **ret)
{
	static const struct err_kind in_use = { "InvalidNetworkInterface.InUse", 400 };

	if (resource_edit(c, &ec2_network_interface, id, ret) < 0)
		return -1;
	if (json_bool(*ret, "RequesterManaged", 0))
		return err_set(&c->err, &no_permission,
		    "You do not have permission to access the specified resource.");
	if (strcmp(json_str_or(*ret, "Status", ""), "available") != 0)
		return err_set(&c->err, &in_use, "Interface: [%s] in use.", id);
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "NetworkInterfaceId");
	json_t *doc;

	if (resource_get(c, &ec2_network_interface, id, &doc) < 0)
		return -1;
	if (json_bool(doc, "RequesterManaged", 0))
		return err_set(&c->err, &no_permission,
		    "You do not have permission to access the specified resource.");
	if (strcmp(json_str_or(doc, "Status", ""), "available") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Network interface '%s' is currently in use.", id);
	return ec2_interface_drop(c, id);
}

static const struct op ops[] = {
	OP_RES("CreateNetworkInterface", create, OP_TOKEN, &ec2_network_interface, NULL,
	    "Create a network interface in a subnet."),
	OP_RES("DeleteNetworkInterface", delete, 0, &ec2_network_interface,
	    "NetworkInterfaceId", "Delete a network interface that nothing uses."),
	OP_RES("DescribeNetworkInterfaces", resource_describe, OP_READ,
	    &ec2_network_interface, NULL, "List network interfaces."),
};
static const struct resource *const resources[] = { &ec2_network_interface, NULL };
const struct family ec2_network_interfaces = FAMILY(ops, resources);
