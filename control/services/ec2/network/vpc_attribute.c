/*
 * EC2: the attributes of VPCs, and their tenancy.
 */
#include <string.h>

#include "control/services/ec2/network/cidr.h"

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

/* ModifyVpcTenancy: from dedicated to default, and not back (the model has no other value). */

static int
modify_vpc_tenancy(struct call *c)
{
	json_t *doc;

	if (resource_edit(c, &ec2_vpc, in_str(c, "VpcId"), &doc) < 0)
		return -1;
	json_set_str(doc, "InstanceTenancy", in_str(c, "InstanceTenancy"));
	resource_put(c, &ec2_vpc, doc);
	out_bool(c, "ReturnValue", 1);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeVpcAttribute", describe_vpc_attribute, OP_READ, &ec2_vpc, "VpcId",
	    "Show one attribute of a VPC."),
	OP_RES("ModifyVpcAttribute", modify_vpc_attribute, 0, &ec2_vpc, "VpcId",
	    "Set DNS support, DNS host names or usage metrics."),
	OP_RES("ModifyVpcTenancy", modify_vpc_tenancy, 0, &ec2_vpc, "VpcId",
	    "Let instances of a VPC share hardware again."),
};
const struct family ec2_vpc_attributes = FAMILY(ops, NULL);
