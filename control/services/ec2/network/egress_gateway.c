/*
 * EC2: egress-only internet gateways, the way out of IPv6: a leg of the VPC's router on
 * simfra-internet, as an internet gateway's.
 */
#include <string.h>

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

/* The VPC has such a gateway, besides the one with the id: 1, 0, -1. */
static int
has_other(struct call *c, const char *vpc_id, const char *id)
{
	struct store_docs all;

	if (resource_list(c, &gateway, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const json_t *row =
		    json_array_get(json_get(all.doc[i], "Attachments"), 0);

		if (strcmp(resource_id(&gateway, all.doc[i]), id) != 0 &&
		    strcmp(json_str_or(row, "VpcId", ""), vpc_id) == 0)
			return 1;
	}
	return 0;
}

/* The router gets its leg, or loses it.  A VPC that is gone has none. */
static int
set_leg(struct call *c, const char *vpc_id, int on)
{
	json_t *vpc;
	int rc = store_edit(c->txn, c->scope, ec2_vpc.kind, vpc_id, &vpc, &c->err);

	if (rc <= 0 || json_bool(vpc, "_egress_only", 0) == on)
		return rc < 0 ? -1 : 0;
	json_set_bool(vpc, "_egress_only", on);
	resource_put(c, &ec2_vpc, vpc);
	return 0;
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
	json_set(doc, "Attachments",
	    json_make("[{s:s, s:s}]", "State", "attached", "VpcId", vpc_id));
	resource_put(c, &gateway, doc);
	out_ref(c, "EgressOnlyInternetGateway", doc);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return set_leg(c, vpc_id, 1);
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "EgressOnlyInternetGatewayId"), *vpc_id;
	json_t *doc;
	int rc;

	if (resource_get(c, &gateway, id, &doc) < 0)
		return -1;
	vpc_id =
	    json_str_or(json_array_get(json_get(doc, "Attachments"), 0), "VpcId", "");
	rc = has_other(c, vpc_id, id);
	if (rc < 0 || (rc == 0 && set_leg(c, vpc_id, 0) < 0) || resource_delete(c) < 0)
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
