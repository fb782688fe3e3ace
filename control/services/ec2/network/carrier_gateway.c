/*
 * EC2: carrier gateways, as records: there is no carrier, and no Wavelength Zone.
 */
#include "control/services/ec2/network/gateways.h"

static const struct err_kind not_found = { "InvalidCarrierGatewayID.NotFound", 400 };

static const struct filter filters[] = {
	{ "carrier-gateway-id", "CarrierGatewayId" },
	{ "owner-id", "OwnerId" },
	{ "state", "State" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

static const struct resource gateway = {
	.service = "ec2",
	.kind = "ec2:carrier-gateway",
	.type = "carrier-gateway",
	.prefix = "cagw-",
	.id_member = "CarrierGatewayId",
	.list_member = "CarrierGateways",
	.ids_member = "CarrierGatewayIds",
	.noun = "carrierGateway ID",
	.not_found = &not_found,
	.filters = filters,
};

/* The answer is a step behind the document. */
static void
answer(struct call *c, const json_t *doc, const char *state)
{
	json_t *said = json_copy_deep(doc);

	json_set_str(said, "State", state);
	out_set(c, "CarrierGateway", said);
}

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
	json_set_str(doc, "VpcId", vpc_id);
	json_set_str(doc, "OwnerId", c->account);
	json_set_str(doc, "State", "available");
	resource_put(c, &gateway, doc);
	answer(c, doc, "pending");
	return 0;
}

static int delete (struct call *c)
{
	json_t *doc;

	if (resource_get(c, &gateway, in_str(c, "CarrierGatewayId"), &doc) < 0 ||
	    resource_delete(c) < 0)
		return -1;
	answer(c, doc, "deleting");
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateCarrierGateway", create, OP_TOKEN, &gateway, NULL,
	    "Create a carrier gateway."),
	OP_RES("DeleteCarrierGateway", delete, 0, &gateway, "CarrierGatewayId",
	    "Delete a carrier gateway."),
	OP_RES("DescribeCarrierGateways", resource_describe, OP_READ, &gateway, NULL,
	    "List carrier gateways."),
};
static const struct resource *const resources[] = { &gateway, NULL };
const struct family ec2_carrier_gateways = FAMILY(ops, resources);
