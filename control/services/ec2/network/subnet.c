/*
 * EC2: subnets.
 *
 * A subnet is a range of addresses on the VPC's bridge, with its router at
 * base + 1.  Not emulated yet: IPv6, outposts, CIDR reservations.
 */
#include <string.h>

#include "control/services/ec2/ec2.h"

static const struct err_kind not_found = { "InvalidSubnetID.NotFound", 400 };
static const struct err_kind bad_range = { "InvalidSubnet.Range", 400 };
static const struct err_kind conflict = { "InvalidSubnet.Conflict", 400 };

static const struct filter filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "availabilityZone", "AvailabilityZone" },
	{ "available-ip-address-count", "AvailableIpAddressCount" },
	{ "cidr", "CidrBlock" },
	{ "cidr-block", "CidrBlock" },
	{ "cidrBlock", "CidrBlock" },
	{ "default-for-az", "DefaultForAz" },
	{ "defaultForAz", "DefaultForAz" },
	{ "map-public-ip-on-launch", "MapPublicIpOnLaunch" },
	{ "owner-id", "OwnerId" },
	{ "state", "State" },
	{ "subnet-arn", "SubnetArn" },
	{ "subnet-id", "SubnetId" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

static const struct dependent dependents[] = {
	{ "ec2:network-interface", "SubnetId" },
	{ NULL, NULL },
};

const struct resource ec2_subnet = {
	.service = "ec2",
	.kind = "ec2:subnet",
	.type = "subnet",
	.prefix = "subnet-",
	.id_member = "SubnetId",
	.list_member = "Subnets",
	.ids_member = "SubnetIds",
	.noun = "subnet ID",
	.not_found = &not_found,
	.filters = filters,
	.dependents = dependents,
};

json_t *
ec2_subnet_make(struct call *c, const json_t *vpc, const char *cidr, const char *zone,
    int is_default)
{
	const char *id;
	json_t *doc = resource_new(c, &ec2_subnet, &id);
	unsigned i = 0;

	if (doc == NULL)
		return NULL;
	while (i + 1 < EC2_ZONES && strcmp(ec2_zone_name(c, i), zone) != 0)
		i++;
	json_set_str(doc, "SubnetArn", resource_arn(c, &ec2_subnet, id));
	json_set_str(doc, "VpcId", resource_id(&ec2_vpc, vpc));
	json_set_str(doc, "CidrBlock", cidr);
	json_set_str(doc, "AvailabilityZone", zone);
	json_set_str(doc, "AvailabilityZoneId", ec2_zone_id(c, i));
	json_set_str(doc, "State", "available");
	json_set_str(doc, "OwnerId", c->account);
	json_set_bool(doc, "DefaultForAz", is_default);
	json_set_bool(doc, "MapPublicIpOnLaunch", is_default);
	json_set_bool(doc, "AssignIpv6AddressOnCreation", 0);
	json_set_bool(doc, "MapCustomerOwnedIpOnLaunch", 0);
	json_set_bool(doc, "EnableDns64", 0);
	json_set_bool(doc, "Ipv6Native", 0);
	json_set(doc, "Ipv6CidrBlockAssociationSet", json_new_array());
	json_set(doc, "PrivateDnsNameOptionsOnLaunch",
	    json_make("{s:s, s:b, s:b}", "HostnameType", "ip-name",
		"EnableResourceNameDnsARecord", 0, "EnableResourceNameDnsAAAARecord", 0));
	resource_put(c, &ec2_subnet, doc);
	return doc;
}

/* How many interfaces the subnet has, which is how many addresses are taken. */
static int64_t
count_free(const struct store_docs *interfaces, const json_t *subnet)
{
	const char *id = resource_id(&ec2_subnet, subnet);
	struct net4 net;
	int64_t n;

	if (!net4_parse(json_str_or(subnet, "CidrBlock", ""), &net))
		return 0;
	n = subnet_capacity(&net);
	for (size_t i = 0; i < interfaces->n; i++) {
		if (strcmp(json_str_or(interfaces->doc[i], "SubnetId", ""), id) == 0)
			n -= (int64_t)json_array_size(
			    json_get(interfaces->doc[i], "PrivateIpAddresses"));
	}
	return n;
}

/* The document as the API shows it: AvailableIpAddressCount is counted, not kept. */
static json_t *
shown(const struct store_docs *interfaces, json_t *subnet)
{
	json_t *copy = json_copy_shallow(subnet);

	json_set_int(copy, "AvailableIpAddressCount", count_free(interfaces, subnet));
	return copy;
}

/* CreateSubnet */

static int
choose_zone(struct call *c, const char **ret)
{
	const char *name = in_str(c, "AvailabilityZone"),
		   *id = in_str(c, "AvailabilityZoneId");

	if (name != NULL && id != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter availabilityZone cannot be used with the parameter "
		    "availabilityZoneId");
	for (unsigned i = 0; i < EC2_ZONES; i++) {
		if ((name == NULL || strcmp(name, ec2_zone_name(c, i)) == 0) &&
		    (id == NULL || strcmp(id, ec2_zone_id(c, i)) == 0)) {
			*ret = ec2_zone_name(c, i);
			return 0;
		}
	}
	return err_set(&c->err, &ec2_bad_value,
	    "Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be "
	    "created in the following availability zones: %s, %s, %s.",
	    name != NULL ? name : id, ec2_zone_name(c, 0), ec2_zone_name(c, 1),
	    ec2_zone_name(c, 2));
}

/* In the VPC's range, and beside the subnets that are there. */
static int
check_range(struct call *c, const json_t *vpc, const char *text, const struct net4 *net)
{
	struct store_docs others;
	struct net4 whole, other;

	if (net->len < 16 || net->len > 28)
		return err_set(&c->err, &bad_range, "The CIDR '%s' is invalid.", text);
	if (!net4_parse(json_str_or(vpc, "CidrBlock", ""), &whole) ||
	    !net4_contains(&whole, net))
		return err_set(&c->err, &bad_range, "The CIDR '%s' is invalid.", text);
	if (resource_list(c, &ec2_subnet, &others) < 0)
		return -1;
	for (size_t i = 0; i < others.n; i++) {
		if (strcmp(json_str_or(others.doc[i], "VpcId", ""),
			resource_id(&ec2_vpc, vpc)) == 0 &&
		    net4_parse(json_str_or(others.doc[i], "CidrBlock", ""), &other) &&
		    net4_overlaps(&other, net))
			return err_set(&c->err, &conflict,
			    "The CIDR '%s' conflicts with another subnet", text);
	}
	return 0;
}

static int
create_subnet(struct call *c)
{
	static const char *const refused[] = { "Ipv6CidrBlock", "OutpostArn",
		"Ipv6Native", "Ipv4IpamPoolId", "Ipv4NetmaskLength", "Ipv6IpamPoolId",
		"Ipv6NetmaskLength", NULL };
	const struct store_docs none = { 0, NULL };
	const char *text = in_str(c, "CidrBlock"), *zone;
	char cidr[NET4_TEXT];
	struct net4 net;
	json_t *vpc, *doc;

	if (ec2_refuse(c, refused) < 0)
		return -1;
	if (text == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided.");
	if (call_allow(c, &ec2_vpc, in_str(c, "VpcId")) < 0 ||
	    resource_get(c, &ec2_vpc, in_str(c, "VpcId"), &vpc) < 0 ||
	    ec2_cidr(c, "cidrBlock", text, &net) < 0 || choose_zone(c, &zone) < 0 ||
	    check_range(c, vpc, text, &net) < 0)
		return -1;
	net4_format(&net, cidr);
	doc = ec2_subnet_make(c, vpc, cidr, zone, 0);
	if (doc == NULL)
		return -1;
	out_set(c, "Subnet", shown(&none, doc));
	return 0;
}

/* DescribeSubnets */

static int
describe_subnets(struct call *c)
{
	struct store_docs all, interfaces, candidates;
	json_t **copies, *docs;

	if (resource_list(c, &ec2_subnet, &all) < 0 ||
	    resource_list(c, &ec2_network_interface, &interfaces) < 0)
		return -1;
	copies = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++)
		copies[i] = json_own(c->arena, shown(&interfaces, all.doc[i]));
	candidates.n = all.n;
	candidates.doc = copies;
	if (resource_select(c, &ec2_subnet, &candidates, &docs) < 0 ||
	    resource_page(c, &ec2_subnet, docs) < 0)
		return -1;
	out_ref(c, "Subnets", docs);
	return 0;
}

/* DeleteSubnet */

static int
delete_subnet(struct call *c)
{
	const char *id = in_str(c, "SubnetId");

	return resource_delete(c) < 0 || ec2_route_table_forget_subnet(c, id) < 0 ? -1 :
										    0;
}

/* ModifySubnetAttribute */

static int
modify_subnet_attribute(struct call *c)
{
	static const char *const refused[] = { "AssignIpv6AddressOnCreation",
		"CustomerOwnedIpv4Pool", "EnableDns64", "EnableLniAtDeviceIndex",
		"DisableLniAtDeviceIndex", "MapCustomerOwnedIpOnLaunch",
		"EnableResourceNameDnsAAAARecordOnLaunch",
		"EnableResourceNameDnsARecordOnLaunch", NULL };
	static const char *const one_of[] = { "MapPublicIpOnLaunch",
		"PrivateDnsHostnameTypeOnLaunch",
		"EnableResourceNameDnsARecordOnLaunch" };
	const char *hostname = in_str(c, "PrivateDnsHostnameTypeOnLaunch");
	json_t *doc;
	size_t n = 0;
	int on;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_edit(c, &ec2_subnet, in_str(c, "SubnetId"), &doc) < 0)
		return -1;
	/* EC2 API: "You can only modify one attribute at a time." */
	for (size_t i = 0; i < COUNT(one_of); i++)
		n += in_has(c, one_of[i]);
	if (n > 1)
		return err_set(&c->err, &ec2_bad_combination,
		    "Fields for multiple attribute types specified");
	if (hostname != NULL && strcmp(hostname, "ip-name") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The host name type %s is not supported here.", hostname);
	if (in_attribute_bool(c, "MapPublicIpOnLaunch", &on))
		json_set_bool(doc, "MapPublicIpOnLaunch", on);
	resource_put(c, &ec2_subnet, doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateSubnet", create_subnet, 0, &ec2_subnet, NULL,
	    "Create a subnet in a VPC."),
	OP_RES("DeleteSubnet", delete_subnet, 0, &ec2_subnet, "SubnetId",
	    "Delete a subnet that has no interfaces."),
	OP_RES("DescribeSubnets", describe_subnets, OP_READ, &ec2_subnet, NULL,
	    "List subnets."),
	OP_RES("ModifySubnetAttribute", modify_subnet_attribute, 0, &ec2_subnet,
	    "SubnetId", "Set whether instances get public addresses, and their names."),
};
static const struct resource *const resources[] = { &ec2_subnet, NULL };
const struct family ec2_subnets = FAMILY(ops, resources);
