/*
 * EC2: virtual private clouds.
 *
 * A VPC is a router container with a namespace of its own (DESIGN D5); see
 * vpc_converge.c.  Not emulated yet: secondary and IPv6 CIDRs, IPAM pools,
 * dedicated tenancy (recorded, of no effect).
 */
#include <string.h>

#include "control/api/converge.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/vpc_converge.h"

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
	char association[18];
	json_t *doc, *row;

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

	random_hex(association, 17);
	row = json_add_object(json_need_array(doc, "CidrBlockAssociationSet"));
	json_set_fmt(row, "AssociationId", "vpc-cidr-assoc-%s", association);
	json_set_str(row, "CidrBlock", cidr);
	json_set(row, "CidrBlockState", json_make("{s:s}", "State", "associated"));
	resource_put(c, &ec2_vpc, doc);

	if (ec2_route_table_main(c, id, cidr, NULL) < 0 ||
	    ec2_network_acl_default(c, id) < 0 || ec2_security_group_default(c, id) < 0)
		return NULL;
	return doc;
}

/* CreateVpc */

/* Not for anybody's network: AWS's own list, and what ours are made of. */
static int
is_reserved(const struct call *c, const struct net4 *net)
{
	const struct settings *s = c->env->settings;
	const char *const reserved[] = { "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
		"224.0.0.0/3", s->internet_cidr, s->underlay_cidr };
	struct net4 other;

	for (size_t i = 0; i < COUNT(reserved); i++) {
		if (net4_parse(reserved[i], &other) && net4_overlaps(&other, net))
			return 1;
	}
	return 0;
}

static int
create_vpc(struct call *c)
{
	static const char *const refused[] = { "AmazonProvidedIpv6CidrBlock", "Ipv6Pool",
		"Ipv6CidrBlock", "Ipv4IpamPoolId", "Ipv4NetmaskLength", "Ipv6IpamPoolId",
		"Ipv6NetmaskLength", "Ipv6CidrBlockNetworkBorderGroup",
		"VpcEncryptionControl", NULL };
	const char *text = in_str(c, "CidrBlock"),
		   *tenancy = in_str(c, "InstanceTenancy");
	char cidr[NET4_TEXT];
	struct net4 net;
	json_t *doc;

	if (ec2_refuse(c, refused) < 0)
		return -1;
	if (text == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter CidrBlock");
	if (ec2_cidr(c, "cidrBlock", text, &net) < 0)
		return -1;
	if (net.len < 16 || net.len > 28 || is_reserved(c, &net))
		return err_set(&c->err, &bad_range, "The CIDR '%s' is invalid.", text);
	/* EC2 API: CreateVpc, "The host value cannot be used with this parameter." */
	if (tenancy != NULL && strcmp(tenancy, "host") == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (host) for parameter instanceTenancy is invalid.");
	net4_format(&net, cidr);

	doc = ec2_vpc_make(c, cidr, 0);
	if (doc == NULL)
		return -1;
	if (tenancy != NULL)
		json_set_str(doc, "InstanceTenancy", tenancy);
	doc = json_copy_deep(doc);
	json_set_str(doc, "State", "pending");
	out_set(c, "Vpc", doc);
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
	    ec2_network_acl_drop(c, id) < 0)
		return -1;
	resource_delete_doc(c, &ec2_vpc, id);
	return 0;
}

/* DescribeVpcAttribute, ModifyVpcAttribute */

static const struct {
	const char *name;   /* of the attribute */
	const char *member; /* of input and output */
	const char *kept;   /* in the document */
} attributes[] = {
	{ "enableDnsSupport", "EnableDnsSupport", "_dns_support" },
	{ "enableDnsHostnames", "EnableDnsHostnames", "_dns_hostnames" },
	{ "enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics",
	    "_usage_metrics" },
};

static int
describe_vpc_attribute(struct call *c)
{
	const char *id = in_str(c, "VpcId"), *name = in_str(c, "Attribute");
	json_t *doc;

	if (resource_get(c, &ec2_vpc, id, &doc) < 0)
		return -1;
	out_str(c, "VpcId", id);
	for (size_t i = 0; i < COUNT(attributes); i++) {
		if (strcmp(attributes[i].name, name) == 0)
			out_set(c, attributes[i].member,
			    json_make("{s:b}", "Value",
				json_bool(doc, attributes[i].kept, 0)));
	}
	return 0;
}

static int
modify_vpc_attribute(struct call *c)
{
	json_t *doc;
	int n = 0, on;

	if (resource_edit(c, &ec2_vpc, in_str(c, "VpcId"), &doc) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(attributes); i++) {
		if (!in_attribute_bool(c, attributes[i].member, &on))
			continue;
		json_set_bool(doc, attributes[i].kept, on);
		n++;
	}
	if (n != 1)
		return err_set(&c->err, &ec2_bad_combination, "%s",
		    n == 0 ? "No attributes specified." :
			     "Fields for multiple attribute types specified");
	/* EC2 API: ModifyVpcAttribute, "You can only enable DNS hostnames if you've enabled DNS support." */
	if (in_attribute_bool(c, "EnableDnsHostnames", &on) && on &&
	    !json_bool(doc, "_dns_support", 0))
		return err_set(&c->err, &ec2_bad_combination,
		    "DNS hostnames cannot be enabled while DNS support is not.");
	resource_put(c, &ec2_vpc, doc);
	return ec2_rename_public(c, resource_id(&ec2_vpc, doc));
}

static const struct op ops[] = {
	OP_RES("CreateDefaultVpc", create_default_vpc, 0, &ec2_vpc, NULL,
	    "Make the default VPC again."),
	OP_RES("CreateVpc", create_vpc, 0, &ec2_vpc, NULL,
	    "Create a VPC with a CIDR block."),
	OP_RES("DeleteVpc", delete_vpc, 0, &ec2_vpc, "VpcId",
	    "Delete a VPC that nothing uses."),
	OP_RES("DescribeVpcAttribute", describe_vpc_attribute, OP_READ, &ec2_vpc, "VpcId",
	    "Show one attribute of a VPC."),
	OP_RES("DescribeVpcs", resource_describe, OP_READ, &ec2_vpc, NULL, "List VPCs."),
	OP_RES("ModifyVpcAttribute", modify_vpc_attribute, 0, &ec2_vpc, "VpcId",
	    "Set DNS support or DNS host names."),
};
static const struct resource *const resources[] = { &ec2_vpc, NULL };
const struct family ec2_vpcs = FAMILY(ops, resources);
