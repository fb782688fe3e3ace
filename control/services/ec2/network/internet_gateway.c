/*
 * EC2: internet gateways.  Attaching one gives the VPC's router a leg on
 * simfra-internet (vpc_converge.c).
 */
#include <string.h>

#include "control/services/ec2/network/route_table.h"

static const struct err_kind not_found = { "InvalidInternetGatewayID.NotFound", 400 };
static const struct err_kind already = { "Resource.AlreadyAssociated", 400 };
static const struct err_kind limit = { "InvalidParameterValue", 400 };
static const struct err_kind not_attached = { "Gateway.NotAttached", 400 };

static const struct filter filters[] = {
	{ "attachment.state", "Attachments.State" },
	{ "attachment.vpc-id", "Attachments.VpcId" },
	{ "internet-gateway-id", "InternetGatewayId" },
	{ "owner-id", "OwnerId" },
	{ NULL, NULL },
};

const struct resource ec2_internet_gateway = {
	.service = "ec2",
	.kind = "ec2:internet-gateway",
	.type = "internet-gateway",
	.prefix = "igw-",
	.id_member = "InternetGatewayId",
	.list_member = "InternetGateways",
	.ids_member = "InternetGatewayIds",
	.noun = "internetGateway ID",
	.not_found = &not_found,
	.filters = filters,
};

static json_t *
make(struct call *c)
{
	json_t *doc = resource_new(c, &ec2_internet_gateway, NULL);

	if (doc == NULL)
		return NULL;
	json_set_str(doc, "OwnerId", c->account);
	json_set(doc, "Attachments", json_new_array());
	resource_put(c, &ec2_internet_gateway, doc);
	return doc;
}

/* The VPC's document says whether its router has the leg. */
static int
set_internet(struct call *c, const char *vpc_id, int on)
{
	json_t *vpc;

	if (resource_edit(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	json_set_bool(vpc, "_internet", on);
	resource_put(c, &ec2_vpc, vpc);
	return 0;
}

static int
attach_to(struct call *c, json_t *doc, const char *vpc_id)
{
	json_add(json_need_array(doc, "Attachments"),
	    json_make("{s:s, s:s}", "State", "available", "VpcId", vpc_id));
	resource_put(c, &ec2_internet_gateway, doc);
	return set_internet(c, vpc_id, 1);
}

int
ec2_internet_gateway_default(struct call *c, const char *vpc_id)
{
	json_t *doc = make(c), *table, *route;

	if (doc == NULL || attach_to(c, doc, vpc_id) < 0 ||
	    ec2_route_table_of(c, vpc_id, NULL, &table) < 0 ||
	    resource_edit(c, &ec2_route_table, resource_id(&ec2_route_table, table),
		&table) < 0)
		return -1;
	route = json_add_object(json_need_array(table, "Routes"));
	json_set_str(route, "DestinationCidrBlock", "0.0.0.0/0");
	json_set_str(route, "GatewayId", resource_id(&ec2_internet_gateway, doc));
	json_set_str(route, "Origin", "CreateRoute");
	json_set_str(route, "State", "active");
	resource_put(c, &ec2_route_table, table);
	return 0;
}

static int
create(struct call *c)
{
	json_t *doc = make(c);

	if (doc == NULL)
		return -1;
	out_ref(c, "InternetGateway", doc);
	return 0;
}

static int
attach(struct call *c)
{
	const char *id = in_str(c, "InternetGatewayId"), *vpc = in_str(c, "VpcId");
	json_t *doc, *other;
	int rc;

	if (call_allow(c, &ec2_vpc, vpc) < 0 ||
	    resource_edit(c, &ec2_internet_gateway, id, &doc) < 0 ||
	    resource_get(c, &ec2_vpc, vpc, &other) < 0)
		return -1;
	if (json_array_size(json_get(doc, "Attachments")) > 0)
		return err_set(&c->err, &already,
		    "resource %s is already attached to network %s", id,
		    json_str_or(json_array_get(json_get(doc, "Attachments"), 0), "VpcId",
			""));
	rc = resource_find_by(c, &ec2_internet_gateway, "Attachments.VpcId", vpc, &other);
	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &limit,
			"Network %s already has an internet gateway attached", vpc);
	return attach_to(c, doc, vpc);
}

/* Public addresses in the VPC keep a gateway from leaving. */
static int
check_no_public(struct call *c, const char *vpc)
{
	struct store_docs all;

	if (resource_list(c, &ec2_network_interface, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc) == 0 &&
		    json_get(all.doc[i], "Association") != NULL)
			return err_set(&c->err, &ec2_dependency,
			    "Network %s has some mapped public address(es). Please unmap those public "
			    "address(es) before detaching the gateway.",
			    vpc);
	}
	return 0;
}

static int
detach(struct call *c)
{
	const char *id = in_str(c, "InternetGatewayId"), *vpc = in_str(c, "VpcId");
	json_t *doc;

	if (call_allow(c, &ec2_vpc, vpc) < 0 ||
	    resource_edit(c, &ec2_internet_gateway, id, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(json_array_get(json_get(doc, "Attachments"), 0), "VpcId",
		       ""),
		vpc) != 0)
		return err_set(&c->err, &not_attached,
		    "resource %s is not attached to network %s", id, vpc);
	if (check_no_public(c, vpc) < 0)
		return -1;
	json_set(doc, "Attachments", json_new_array());
	resource_put(c, &ec2_internet_gateway, doc);
	return ec2_route_table_forget_gateway(c, id) < 0 ? -1 : set_internet(c, vpc, 0);
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "InternetGatewayId");
	json_t *doc;

	if (resource_get(c, &ec2_internet_gateway, id, &doc) < 0)
		return -1;
	if (json_array_size(json_get(doc, "Attachments")) > 0)
		return err_set(&c->err, &ec2_dependency,
		    "The internetGateway '%s' has dependencies and cannot be deleted.",
		    id);
	resource_delete_doc(c, &ec2_internet_gateway, id);
	return 0;
}

static const struct op ops[] = {
	OP_RES("AttachInternetGateway", attach, 0, &ec2_internet_gateway,
	    "InternetGatewayId", "Give a VPC a way to the internet."),
	OP_RES("CreateInternetGateway", create, 0, &ec2_internet_gateway, NULL,
	    "Create an internet gateway."),
	OP_RES("DeleteInternetGateway", delete, 0, &ec2_internet_gateway,
	    "InternetGatewayId", "Delete a gateway that is not attached."),
	OP_RES("DescribeInternetGateways", resource_describe, OP_READ,
	    &ec2_internet_gateway, NULL, "List internet gateways."),
	OP_RES("DetachInternetGateway", detach, 0, &ec2_internet_gateway,
	    "InternetGatewayId", "Take a VPC's way to the internet."),
};
static const struct resource *const resources[] = { &ec2_internet_gateway, NULL };
const struct family ec2_internet_gateways = FAMILY(ops, resources);
