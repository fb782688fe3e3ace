/*
 * EC2: egress-only internet gateways, the way out of IPv6.  Not emulated on the wire yet.
 */
#include "control/services/ec2/network/gateways.h"

static const struct err_kind not_found = { "InvalidGatewayID.NotFound", 400 };

static const struct resource gateway = {
	.service = "ec2",
	.kind = "ec2:egress-only-internet-gateway",
	.type = "egress-only-internet-gateway",
	.prefix = "eigw-",
	.id_member = "EgressOnlyInternetGatewayId",
	.list_member = "EgressOnlyInternetGateways",
	.ids_member = "EgressOnlyInternetGatewayIds",
	.noun = "gateway ID",
	.not_found = &not_found,
};

static int
create(struct call *c)
{
	const char *vpc_id = in_str(c, "VpcId");
	json_t *vpc, *doc;

	if (call_allow(c, &ec2_vpc, vpc_id) < 0 ||
	    resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	doc = resource_new(c, &gateway, NULL);
	if (doc == NULL)
		return -1;
	json_set(doc, "Attachments",
	    json_make("[{s:s, s:s}]", "State", "attached", "VpcId", vpc_id));
	resource_put(c, &gateway, doc);
	out_ref(c, "EgressOnlyInternetGateway", doc);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

static int delete (struct call *c)
{
	if (resource_delete(c) < 0)
		return -1;
	out_bool(c, "ReturnCode", 1);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateEgressOnlyInternetGateway", create, OP_TOKEN, &gateway, NULL,
	    "Create a way out for IPv6."),
	OP_RES("DeleteEgressOnlyInternetGateway", delete, 0, &gateway,
	    "EgressOnlyInternetGatewayId", "Delete an egress-only internet gateway."),
	OP_RES("DescribeEgressOnlyInternetGateways", resource_describe, OP_READ, &gateway,
	    NULL, "List egress-only internet gateways."),
};
static const struct resource *const resources[] = { &gateway, NULL };
const struct family ec2_egress_gateways = FAMILY(ops, resources);
