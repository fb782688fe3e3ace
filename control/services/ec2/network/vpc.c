/*
 * EC2: virtual private clouds.
 *
 * A VPC is a router container with a namespace of its own (DESIGN D5); see
 * vpc_converge.c.  Its further CIDRs: vpc_cidr.c; its attributes: vpc_attribute.c.
 * Not emulated: pools of IPAM or one's own and encryption controls, which are refused;
 * dedicated tenancy (recorded, of no effect); IPv6 on the wire.
 */
#include <string.h>

#include "control/api/converge.h"
#include "control/services/ec2/network/block_public_access.h"
#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/network_acl.h"
#include "control/services/ec2/network/route_table.h"
#include "control/services/ec2/network/vpc_converge.h"
#include "control/services/route53/view.h"

static const struct err_kind not_found = { "InvalidVpcID.NotFound", 400 };
static const struct err_kind bad_range = { "InvalidVpc.Range", 400 };
static const struct err_kind default_exists = { "DefaultVpcAlreadyExists", 400 };

static const struct filter filters[] = {
	{ "cidr", "CidrBlock" },
	{ "cidr-block", "CidrBlock" },
	{ "cidr-block-association.association-id",
	    "CidrBlockAssociationSet.AssociationId" },
	{ "cidr-block-association.cidr-block", "CidrBlockAssociationSet.CidrBlock" },
	{ "cidr-block-association.state",
	    "CidrBlockAssociationSet.CidrBlockState.State" },
	{ "dhcp-options-id", "DhcpOptionsId" },
	{ "ipv6-cidr-block-association.association-id",
	    "Ipv6CidrBlockAssociationSet.AssociationId" },
	{ "ipv6-cidr-block-association.ipv6-cidr-block",
	    "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock" },
	{ "ipv6-cidr-block-association.ipv6-pool",
	    "Ipv6CidrBlockAssociationSet.Ipv6Pool" },
	{ "ipv6-cidr-block-association.state",
	    "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State" },
	{ "is-default", "IsDefault" },
	{ "isDefault", "IsDefault" },
	{ "owner-id", "OwnerId" },
	{ "state", "State" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

static const struct dependent dependents[] = {
	{ "ec2:subnet", "VpcId" },
	{ "ec2:internet-gateway", "Attachments.VpcId" },
	{ "ec2:network-interface", "VpcId" },
	{ "ec2:security-group", "_custom_vpc" },
	{ "ec2:route-table", "_custom_vpc" },
	{ "ec2:vpc-peering-connection", "_live" },
	{ "ec2:transit-gateway-attachment", "_live" },
	{ "ec2:vpn-gateway", "VpcAttachments.VpcId" },
	{ "ec2:vpc-endpoint", "VpcId" },
	{ "ec2:network-acl", "_custom_vpc" },
	{ "ec2:egress-only-internet-gateway", "Attachments.VpcId" },
	{ "ec2:carrier-gateway", "VpcId" },
	{ NULL, NULL },
};

const struct resource ec2_vpc = {
	.service = "ec2",
	.kind = "ec2:vpc",
	.type = "vpc",
	.prefix = "vpc-",
	.id_member = "VpcId",
	.list_member = "Vpcs",
	.ids_member = "VpcIds",
	.noun = "vpc ID",
	.not_found = &not_found,
	.filters = filters,
	.dependents = dependents,
	.converge = vpc_converge,
};

json_t *
ec2_vpc_make(struct call *c, const char *cidr, int is_default)
{
	const char *id, *options;
	json_t *doc;

	doc = resource_new(c, &ec2_vpc, &id);
	if (doc == NULL || ec2_dhcp_options_default(c, &options) < 0)
		return NULL;
	json_set_str(doc, "CidrBlock", cidr);
	json_set_str(doc, "DhcpOptionsId", options);
	json_set_str(doc, "State", "available");
	json_set_str(doc, "OwnerId", c->account);
	json_set_str(doc, "InstanceTenancy", "default");
	json_set_bool(doc, "IsDefault", is_default);
	json_set_bool(doc, "_dns_support", 1);
	json_set_bool(doc, "_dns_hostnames", is_default);

	json_set(doc, "Ipv6CidrBlockAssociationSet", json_new_array());
	json_set(doc, "BlockPublicAccessStates",
	    json_make("{s:s}", "InternetGatewayBlockMode", "off"));
	ec2_vpc_add_cidr(doc, cidr);
	resource_put(c, &ec2_vpc, doc);

	if (ec2_route_table_main(c, id, cidr, NULL) < 0 ||
	    ec2_network_acl_default(c, id) < 0 || ec2_security_group_default(c, id) < 0)
		return NULL;
	return doc;
}

/* CreateVpc */

/* The CIDR that is asked for, canonical: 0 or -1. */
static int
read_cidr(struct call *c, char ret[NET4_TEXT])
{
	const char *text = in_str(c, "CidrBlock");
	struct net4 net;

	if (text == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter CidrBlock");
	if (ec2_cidr(c, "cidrBlock", text, &net) < 0)
		return -1;
	if (net.len < 16 || net.len > 28 || ec2_cidr_is_reserved(c, &net))
		return err_set(&c->err, &bad_range, "The CIDR '%s' is invalid.", text);
	net4_format(&net, ret);
	return 0;
}

/* A block of Amazon's for a new VPC, with what follows from it. */
static int
add_ipv6(struct call *c, json_t *doc, const char *group)
{
	const char *id = resource_id(&ec2_vpc, doc);
	const json_t *row = ec2_vpc_add_ipv6(c, doc, group);

	if (row == NULL || ec2_network_acl_ipv6(c, id) < 0 ||
	    ec2_security_group_ipv6(c, id) < 0)
		return -1;
	return ec2_route_table_add_local(c, id, "DestinationIpv6CidrBlock",
	    json_str_or(row, "Ipv6CidrBlock", ""));
}

/* The answer to CreateVpc: on the way to what the document is. */
static json_t *
created(const json_t *vpc)
{
	json_t *doc = json_copy_deep(vpc), *row;
	size_t i;

	json_set_str(doc, "State", "pending");
	json_array_foreach(json_get(doc, "Ipv6CidrBlockAssociationSet"), i, row)
		json_set(row, "Ipv6CidrBlockState",
		    json_make("{s:s}", "State", "associating"));
	return doc;
}

static int
create_vpc(struct call *c)
{
	static const char *const refused[] = { "Ipv6Pool", "Ipv6CidrBlock",
		"Ipv4IpamPoolId", "Ipv4NetmaskLength", "Ipv6IpamPoolId",
		"Ipv6NetmaskLength", "VpcEncryptionControl", NULL };
	const char *tenancy = in_str(c, "InstanceTenancy"), *group;
	char cidr[NET4_TEXT];
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || read_cidr(c, cidr) < 0 ||
	    ec2_ipv6_border_group(c, &group) < 0)
		return -1;
	/* EC2 API: CreateVpc, "The host value cannot be used with this parameter." */
	if (tenancy != NULL && strcmp(tenancy, "host") == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (host) for parameter instanceTenancy is invalid.");

	doc = ec2_vpc_make(c, cidr, 0);
	if (doc == NULL)
		return -1;
	if (tenancy != NULL)
		json_set_str(doc, "InstanceTenancy", tenancy);
	if (in_bool(c, "AmazonProvidedIpv6CidrBlock", 0) && add_ipv6(c, doc, group) < 0)
		return -1;
	out_set(c, "Vpc", created(doc));
	return 0;
}

/* CreateDefaultVpc */

static int
create_default_vpc(struct call *c)
{
	json_t *doc;
	int rc = resource_find_by(c, &ec2_vpc, "IsDefault", "true", &doc);

	if (rc < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &default_exists,
		    "A Default VPC already exists for this account in this region.");
	doc = ec2_default_vpc_make(c);
	if (doc == NULL)
		return -1;
	out_ref(c, "Vpc", doc);
	return 0;
}

/* DeleteVpc */

static int
delete_vpc(struct call *c)
{
	const char *id = in_str(c, "VpcId");
	json_t *doc;

	if (resource_get(c, &ec2_vpc, id, &doc) < 0)
		return -1;
	if (resource_check_unused(c, &ec2_vpc, id) < 0)
		return -1;
	if (ec2_security_group_drop(c, id) < 0 || ec2_route_table_drop(c, id) < 0 ||
	    ec2_network_acl_drop(c, id) < 0 ||
	    block_public_access_forget(c, &ec2_vpc, id) < 0)
		return -1;
	ec2_vpc_free_ipv6(c, doc);
	resource_delete_doc(c, &ec2_vpc, id);
	store_delete(c->txn, c->scope, R53_KNOWN, id);
	return 0;
}

/* DescribeVpcs */

static int
describe_vpcs(struct call *c)
{
	struct store_docs all;

	if (resource_list(c, &ec2_vpc, &all) < 0 ||
	    block_public_access_show(c, &ec2_vpc, &all) < 0)
		return -1;
	return resource_answer(c, &ec2_vpc, &all);
}

static const struct op ops[] = {
	OP_RES("CreateDefaultVpc", create_default_vpc, 0, &ec2_vpc, NULL,
	    "Make the default VPC again."),
	OP_RES("CreateVpc", create_vpc, 0, &ec2_vpc, NULL,
	    "Create a VPC with a CIDR block."),
	OP_RES("DeleteVpc", delete_vpc, 0, &ec2_vpc, "VpcId",
	    "Delete a VPC that nothing uses."),
	OP_RES("DescribeVpcs", describe_vpcs, OP_READ, &ec2_vpc, NULL, "List VPCs."),
};
static const struct resource *const resources[] = { &ec2_vpc, NULL };
const struct family ec2_vpcs = FAMILY(ops, resources);
