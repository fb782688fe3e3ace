/*
 * EC2: subnets.
 *
 * A subnet is a range of addresses on the VPC's bridge, with its router at
 * base + 1.  Its attributes: subnet_attribute.c; its IPv6 CIDR: subnet_cidr.c; what is reserved
 * in it: subnet_reservation.c.  Not emulated: Outposts and IPAM pools, which are refused; IPv6
 * on the wire.
 */
#include <string.h>

#include "control/services/ec2/network/block_public_access.h"
#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/network_acl.h"
#include "control/services/ec2/network/subnet.h"

static const struct err_kind not_found = { "InvalidSubnetID.NotFound", 400 };
static const struct err_kind bad_range = { "InvalidSubnet.Range", 400 };
static const struct err_kind conflict = { "InvalidSubnet.Conflict", 400 };
static const struct err_kind default_exists = {
	"DefaultSubnetAlreadyExistsInAvailabilityZone", 400
};
static const struct err_kind no_default_vpc = { "DefaultVpcDoesNotExist", 400 };
static const struct err_kind is_full = { "InsufficientFreeAddressesInVpc", 400 };

static const struct filter filters[] = {
	{ "availability-zone", "AvailabilityZone" },
	{ "availability-zone-id", "AvailabilityZoneId" },
	{ "availabilityZone", "AvailabilityZone" },
	{ "available-ip-address-count", "AvailableIpAddressCount" },
	{ "cidr", "CidrBlock" },
	{ "cidr-block", "CidrBlock" },
	{ "cidrBlock", "CidrBlock" },
	{ "customer-owned-ipv4-pool", "CustomerOwnedIpv4Pool" },
	{ "default-for-az", "DefaultForAz" },
	{ "defaultForAz", "DefaultForAz" },
	{ "enable-dns64", "EnableDns64" },
	{ "enable-lni-at-device-index", "EnableLniAtDeviceIndex" },
	{ "ipv6-cidr-block-association.association-id",
	    "Ipv6CidrBlockAssociationSet.AssociationId" },
	{ "ipv6-cidr-block-association.ipv6-cidr-block",
	    "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock" },
	{ "ipv6-cidr-block-association.state",
	    "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State" },
	{ "ipv6-native", "Ipv6Native" },
	{ "map-customer-owned-ip-on-launch", "MapCustomerOwnedIpOnLaunch" },
	{ "map-public-ip-on-launch", "MapPublicIpOnLaunch" },
	{ "outpost-arn", "OutpostArn" },
	{ "owner-id", "OwnerId" },
	{ "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
	    "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord" },
	{ "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
	    "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord" },
	{ "private-dns-name-options-on-launch.hostname-type",
	    "PrivateDnsNameOptionsOnLaunch.HostnameType" },
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
	json_set(doc, "BlockPublicAccessStates",
	    json_make("{s:s}", "InternetGatewayBlockMode", "off"));
	json_set(doc, "PrivateDnsNameOptionsOnLaunch",
	    json_make("{s:s, s:b, s:b}", "HostnameType", "ip-name",
		"EnableResourceNameDnsARecord", 0, "EnableResourceNameDnsAAAARecord", 0));
	resource_put(c, &ec2_subnet, doc);
	if (ec2_network_acl_join(c, resource_id(&ec2_vpc, vpc), id) < 0)
		return NULL;
	return doc;
}

enum { PREFIX_SIZE = 16 }; /* of an interface's prefix, a /28 */

/* What its interfaces have of the subnet's addresses is taken. */
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
		const json_t *doc = interfaces->doc[i];

		if (strcmp(json_str_or(doc, "SubnetId", ""), id) == 0)
			n -= (int64_t)(json_array_size(
					   json_get(doc, "PrivateIpAddresses")) +
			    PREFIX_SIZE * json_array_size(json_get(doc, "Ipv4Prefixes")));
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

/* One of the VPC's subnets that overlaps: 1 and its document, 0, -1. */
static int
find_overlap(struct call *c, const json_t *vpc, const struct net4 *net)
{
	struct store_docs others;
	struct net4 other;

	if (resource_list(c, &ec2_subnet, &others) < 0)
		return -1;
	for (size_t i = 0; i < others.n; i++) {
		if (strcmp(json_str_or(others.doc[i], "VpcId", ""),
			resource_id(&ec2_vpc, vpc)) == 0 &&
		    net4_parse(json_str_or(others.doc[i], "CidrBlock", ""), &other) &&
		    net4_overlaps(&other, net))
			return 1;
	}
	return 0;
}

/* In a range of the VPC's, and beside the subnets that are there: 0 and canonical, -1. */
static int
read_cidr(struct call *c, const json_t *vpc, const char *text, char ret[NET4_TEXT])
{
	struct net4 net;
	int rc;

	if (ec2_cidr(c, "cidrBlock", text, &net) < 0)
		return -1;
	if (net.len < 16 || net.len > 28 || !ec2_vpc_contains(vpc, &net))
		return err_set(&c->err, &bad_range, "The CIDR '%s' is invalid.", text);
	rc = find_overlap(c, vpc, &net);
	if (rc > 0)
		return err_set(&c->err, &conflict,
		    "The CIDR '%s' conflicts with another subnet", text);
	net4_format(&net, ret);
	return rc;
}

/* A subnet has an IPv4 CIDR, or is IPv6 alone; and then has one of that. */
static int
check_versions(struct call *c)
{
	int is_native = in_bool(c, "Ipv6Native", 0);

	if (!in_has(c, "CidrBlock") && !in_has(c, "Ipv6CidrBlock"))
		return err_set(&c->err, &ec2_missing,
		    "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided.");
	if (is_native && in_has(c, "CidrBlock"))
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter cidrBlock cannot be used with the parameter ipv6Native");
	if (!is_native && !in_has(c, "CidrBlock"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter cidrBlock, or ipv6Native must be "
		    "true.");
	if (is_native && !in_has(c, "Ipv6CidrBlock"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ipv6CidrBlock");
	return 0;
}

/* The answer to CreateSubnet: its IPv6 CIDR is on the way. */
static json_t *
created(struct call *c, const json_t *doc)
{
	const struct store_docs none = { 0, NULL };
	json_t *said = json_own(c->arena, json_copy_deep(doc)), *row;
	size_t i;

	json_array_foreach(json_get(said, "Ipv6CidrBlockAssociationSet"), i, row)
		json_set(row, "Ipv6CidrBlockState",
		    json_make("{s:s}", "State", "associating"));
	return shown(&none, said);
}

static void
set_ipv6(struct call *c, json_t *doc, const char *cidr6)
{
	subnet_cidr6_add(doc, cidr6);
	if (!in_bool(c, "Ipv6Native", 0))
		return;
	json_set_bool(doc, "Ipv6Native", 1);
	json_set_bool(doc, "AssignIpv6AddressOnCreation", 1);
	json_set_str(json_need_object(doc, "PrivateDnsNameOptionsOnLaunch"),
	    "HostnameType", "resource-name");
}

static int
create_subnet(struct call *c)
{
	static const char *const refused[] = { "OutpostArn", "Ipv4IpamPoolId",
		"Ipv4NetmaskLength", "Ipv6IpamPoolId", "Ipv6NetmaskLength", NULL };
	const char *text = in_str(c, "CidrBlock"), *text6 = in_str(c, "Ipv6CidrBlock"),
		   *zone;
	char cidr[NET4_TEXT], cidr6[NET6_TEXT];
	json_t *vpc, *doc;

	if (ec2_refuse(c, refused) < 0 || check_versions(c) < 0)
		return -1;
	if (call_allow(c, &ec2_vpc, in_str(c, "VpcId")) < 0 ||
	    resource_get(c, &ec2_vpc, in_str(c, "VpcId"), &vpc) < 0 ||
	    (text != NULL && read_cidr(c, vpc, text, cidr) < 0) ||
	    (text6 != NULL && subnet_cidr6_read(c, vpc, text6, cidr6) < 0) ||
	    choose_zone(c, &zone) < 0)
		return -1;
	doc = ec2_subnet_make(c, vpc, text != NULL ? cidr : NULL, zone, 0);
	if (doc == NULL)
		return -1;
	if (text6 != NULL)
		set_ipv6(c, doc, cidr6);
	out_set(c, "Subnet", created(c, doc));
	return 0;
}

/* CreateDefaultSubnet: the first /20 of the default VPC that is free */

struct search {
	struct call *c;
	const json_t *vpc;
	struct net4 net;
};

static int
find_free(void *arg, const char *cidr)
{
	struct search *search = arg;
	struct net4 whole;

	if (!net4_parse(cidr, &whole) || whole.len > 20)
		return 0;
	for (uint32_t i = 0; i < UINT32_C(1) << (20 - whole.len); i++) {
		int rc;

		search->net = (struct net4){ net4_base(&whole) + (i << 12), 20 };
		rc = find_overlap(search->c, search->vpc, &search->net);
		if (rc <= 0)
			return rc < 0 ? -1 : 1;
	}
	return 0;
}

static int
check_no_default(struct call *c, const char *zone)
{
	struct store_docs all;

	if (resource_list(c, &ec2_subnet, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (json_bool(all.doc[i], "DefaultForAz", 0) &&
		    strcmp(json_str_or(all.doc[i], "AvailabilityZone", ""), zone) == 0)
			return err_set(&c->err, &default_exists,
			    "'%s' is already the default subnet in %s.",
			    resource_id(&ec2_subnet, all.doc[i]), zone);
	}
	return 0;
}

static int
create_default_subnet(struct call *c)
{
	static const char *const refused[] = { "Ipv6Native", NULL };
	struct search search = { .c = c };
	char cidr[NET4_TEXT];
	const char *zone;
	json_t *vpc, *doc;
	int rc;

	if (ec2_refuse(c, refused) < 0)
		return -1;
	if (!in_has(c, "AvailabilityZone") && !in_has(c, "AvailabilityZoneId"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter availabilityZone");
	rc = resource_find_by(c, &ec2_vpc, "IsDefault", "true", &vpc);
	if (rc == 0)
		return err_set(&c->err, &no_default_vpc,
		    "No default VPC exists for this account in this region.");
	if (rc < 0 || choose_zone(c, &zone) < 0 || check_no_default(c, zone) < 0)
		return -1;
	search.vpc = vpc;
	rc = ec2_vpc_each_cidr(vpc, find_free, &search);
	if (rc == 0)
		return err_set(&c->err, &is_full,
		    "The default VPC has no free /20 for a default subnet.");
	if (rc < 0)
		return -1;
	net4_format(&search.net, cidr);
	doc = ec2_subnet_make(c, vpc, cidr, zone, 1);
	if (doc == NULL)
		return -1;
	out_set(c, "Subnet", created(c, doc));
	return 0;
}

/* DescribeSubnets */

static int
describe_subnets(struct call *c)
{
	struct store_docs all, interfaces;
	json_t **copies;

	if (resource_list(c, &ec2_subnet, &all) < 0 ||
	    resource_list(c, &ec2_network_interface, &interfaces) < 0)
		return -1;
	copies = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++)
		copies[i] = json_own(c->arena, shown(&interfaces, all.doc[i]));
	all.doc = copies;
	if (block_public_access_show(c, &ec2_subnet, &all) < 0)
		return -1;
	return resource_answer(c, &ec2_subnet, &all);
}

/* DeleteSubnet */

static int
delete_subnet(struct call *c)
{
	const char *id = in_str(c, "SubnetId");

	return resource_delete(c) < 0 || ec2_route_table_forget_subnet(c, id) < 0 ||
		ec2_network_acl_leave(c, id) < 0 || subnet_reservations_drop(c, id) < 0 ||
		block_public_access_forget(c, &ec2_subnet, id) < 0 ?
	    -1 :
	    0;
}

static const struct op ops[] = {
	OP_RES("CreateDefaultSubnet", create_default_subnet, 0, &ec2_subnet, NULL,
	    "Make a zone's default subnet again."),
	OP_RES("CreateSubnet", create_subnet, 0, &ec2_subnet, NULL,
	    "Create a subnet in a VPC."),
	OP_RES("DeleteSubnet", delete_subnet, 0, &ec2_subnet, "SubnetId",
	    "Delete a subnet that has no interfaces."),
	OP_RES("DescribeSubnets", describe_subnets, OP_READ, &ec2_subnet, NULL,
	    "List subnets."),
};
static const struct resource *const resources[] = { &ec2_subnet, NULL };
const struct family ec2_subnets = FAMILY(ops, resources);
