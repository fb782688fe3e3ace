/*
 * EC2: attachments of transit gateways, and those of VPCs.
 *
 * A VPC's attachment has an interface of the gateway's in each of its subnets.
 * Not emulated: attachments of other accounts, so that there is nothing to accept.
 */
#include <string.h>

#include "control/api/tags.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/transit_gateway.h"

static const struct err_kind not_found = { "InvalidTransitGatewayAttachmentID.NotFound",
	400 };
static const struct err_kind malformed = { "InvalidTransitGatewayAttachmentID.Malformed",
	400 };
static const struct err_kind duplicate = { "DuplicateTransitGatewayAttachment", 400 };
static const struct err_kind same_zone = { "DuplicateSubnetsInSameZone", 400 };
static const struct err_kind last_subnet = { "InsufficientSubnetsException", 400 };

static const struct filter filters[] = {
	{ "association.state", "Association.State" },
	{ "association.transit-gateway-route-table-id",
	    "Association.TransitGatewayRouteTableId" },
	{ "resource-id", "ResourceId" },
	{ "resource-owner-id", "ResourceOwnerId" },
	{ "resource-type", "ResourceType" },
	{ "state", "State" },
	{ "transit-gateway-attachment-id", "TransitGatewayAttachmentId" },
	{ "transit-gateway-id", "TransitGatewayId" },
	{ "transit-gateway-owner-id", "TransitGatewayOwnerId" },
	{ NULL, NULL },
};
static const struct filter vpc_filters[] = {
	{ "state", "State" },
	{ "transit-gateway-attachment-id", "TransitGatewayAttachmentId" },
	{ "transit-gateway-id", "TransitGatewayId" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

#define ATTACHMENT(list_, filters_)                                              \
	{                                                                        \
		.service = "ec2", .kind = "ec2:transit-gateway-attachment",      \
		.type = "transit-gateway-attachment", .prefix = "tgw-attach-",   \
		.id_member = "TransitGatewayAttachmentId", .list_member = list_, \
		.ids_member = "TransitGatewayAttachmentIds",                     \
		.noun = "transitGatewayAttachment ID", .not_found = &not_found,  \
		.malformed = &malformed, .filters = filters_                     \
	}
const struct resource ec2_transit_gateway_attachment =
    ATTACHMENT("TransitGatewayAttachments", filters);
static const struct resource vpc_attachment =
    ATTACHMENT("TransitGatewayVpcAttachments", vpc_filters);

static const struct record_member options[] = {
	{ "DnsSupport", NULL, "\"enable\"" },
	{ "SecurityGroupReferencingSupport", NULL, "\"enable\"" },
	{ "Ipv6Support", NULL, "\"disable\"" },
	{ "ApplianceModeSupport", NULL, "\"disable\"" },
	{ NULL, NULL, NULL },
};

json_t *
transit_gateway_attach(struct call *c, const json_t *gateway, const char *type,
    const char *resource)
{
	static const char *const both[] = { "transit-gateway-attachment", NULL };
	json_t *doc, *tags = NULL;

	/* What attaches something else on the way (a VPN) has tags of another type. */
	if (strcmp(type, "vpn") != 0 &&
	    tags_from_specifications(c, both, both[0], &tags) < 0)
		return NULL;
	doc = json_own(c->arena, json_new_object());
	json_set_str(doc, "TransitGatewayAttachmentId", record_id(c, "tgw-attach-"));
	json_set_str(doc, "TransitGatewayId", resource_id(&ec2_transit_gateway, gateway));
	json_set_str(doc, "TransitGatewayOwnerId", json_str(gateway, "OwnerId"));
	json_set_str(doc, "ResourceOwnerId", c->account);
	json_set_str(doc, "ResourceType", type);
	json_set_str(doc, "ResourceId", resource);
	json_set_str(doc, "State", "available");
	json_set(doc, "CreationTime", call_now(c));
	json_set(doc, "Tags", tags != NULL ? json_incref(tags) : json_new_array());
	return doc;
}

void
transit_gateway_use_defaults(const json_t *gateway, json_t *attachment)
{
	const json_t *chosen = json_get(gateway, "Options");
	const char *table = json_str(chosen, "AssociationDefaultRouteTableId"),
		   *learns = json_str(chosen, "PropagationDefaultRouteTableId");

	if (table != NULL)
		json_set(attachment, "Association",
		    json_make("{s:s, s:s}", "TransitGatewayRouteTableId", table, "State",
			"associated"));
	if (learns != NULL)
		json_add_str(json_need_array(attachment, "_propagations"), learns);
}

int
transit_gateway_detach(struct call *c, json_t *attachment)
{
	json_del(attachment, "Association");
	json_del(attachment, "_propagations");
	json_set_str(attachment, "State", "deleted");
	return record_retire(c, &ec2_transit_gateway_attachment, attachment);
}

static int
check_type(struct call *c, const json_t *doc, const char *type)
{
	if (type == NULL || strcmp(json_str_or(doc, "ResourceType", ""), type) == 0)
		return 0;
	return err_set(&c->err, &not_found,
	    "The transitGatewayAttachment ID '%s' does not exist",
	    resource_id(&ec2_transit_gateway_attachment, doc));
}

int
transit_gateway_attachment_get(struct call *c, const char *id, const char *type,
    json_t **ret)
{
	return record_get(c, &ec2_transit_gateway_attachment, id, ret) < 0 ?
	    -1 :
	    check_type(c, *ret, type);
}

int
transit_gateway_attachment_edit(struct call *c, const char *id, const char *type,
    json_t **ret)
{
	return record_edit(c, &ec2_transit_gateway_attachment, id, ret) < 0 ?
	    -1 :
	    check_type(c, *ret, type);
}

/* An operation's list has attachments of one type: its second word, or all. */
static json_t *
of_type(struct call *c, json_t *doc)
{
	static const struct {
		const char *op, *type;
	} lists[] = { { "DescribeTransitGatewayVpcAttachments", "vpc" },
		{ "DescribeTransitGatewayPeeringAttachments", "peering" },
		{ "DescribeTransitGatewayConnects", "connect" } };

	for (size_t i = 0; i < COUNT(lists); i++) {
		if (strcmp(c->op->name, lists[i].op) == 0 &&
		    strcmp(json_str_or(doc, "ResourceType", ""), lists[i].type) != 0)
			return NULL;
	}
	return doc;
}

int
transit_gateway_describe(struct call *c)
{
	return record_describe_as(c, of_type);
}

/* Subnets */

/* The subnet is of the VPC, and no other of `have` is in its zone: 0 or -1. */
static int
check_subnet(struct call *c, const char *vpc, const char *id, const json_t *have,
    json_t **ret)
{
	const json_t *v;
	json_t *other;
	size_t i;

	if (call_allow(c, &ec2_subnet, id) < 0 ||
	    resource_get(c, &ec2_subnet, id, ret) < 0)
		return -1;
	if (strcmp(json_str_or(*ret, "VpcId", ""), vpc) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Subnet %s does not belong to VPC %s", id, vpc);
	json_array_foreach(have, i, v) {
		if (resource_get(c, &ec2_subnet, json_string_value(v), &other) < 0)
			return -1;
		if (strcmp(json_str_or(other, "AvailabilityZone", ""),
			json_str_or(*ret, "AvailabilityZone", "")) == 0)
			return err_set(&c->err, &same_zone,
			    "Duplicate Subnets for same AZ");
	}
	return 0;
}

static int
add_subnets(struct call *c, json_t *doc, const json_t *ids)
{
	json_t *have = json_need_array(doc, "SubnetIds"), *subnet;
	const json_t *v;
	size_t i;

	json_array_foreach(ids, i, v) {
		const char *id = json_string_value(v), *interface;
		const struct managed_interface m = {
			.type = "transit_gateway",
			.description = arena_printf(c->arena,
			    "Network Interface for Transit Gateway Attachment %s",
			    resource_id(&ec2_transit_gateway_attachment, doc)),
		};

		if (check_subnet(c, json_str_or(doc, "VpcId", ""), id, have, &subnet) <
			0 ||
		    managed_interface_make(c, subnet, &m, &interface) < 0)
			return -1;
		json_add_str(have, id);
		json_set_str(json_need_object(doc, "_interfaces"), id, interface);
	}
	return 0;
}

static int
remove_subnets(struct call *c, json_t *doc, const json_t *ids)
{
	json_t *have = json_get(doc, "SubnetIds"),
	       *interfaces = json_get(doc, "_interfaces");
	const json_t *v;
	size_t i;

	json_array_foreach(ids, i, v) {
		const char *id = json_string_value(v);

		if (!json_has_str(have, id))
			return err_set(&c->err, &ec2_bad_value,
			    "Subnet %s is not attached to %s", id,
			    resource_id(&ec2_transit_gateway_attachment, doc));
		if (ec2_interface_drop(c, json_str_or(interfaces, id, "")) < 0)
			return -1;
		json_del(interfaces, id);
	}
	record_take_away(have, ids);
	return 0;
}

/* Create */

static void
answer(struct call *c, json_t *doc, const char *state)
{
	json_t *copy = json_copy_shallow(doc);

	json_set_str(copy, "State", state);
	out_set(c, "TransitGatewayVpcAttachment", copy);
}

static int
check_single(struct call *c, const char *gateway, const char *vpc)
{
	struct store_docs docs;

	if (record_list(c, &ec2_transit_gateway_attachment, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "TransitGatewayId", ""), gateway) ==
			0 &&
		    strcmp(json_str_or(docs.doc[i], "VpcId", ""), vpc) == 0)
			return err_set(&c->err, &duplicate,
			    "%s has non-deleted Transit Gateway Attachments with same VPC ID.",
			    gateway);
	}
	return 0;
}

static int
create(struct call *c)
{
	const char *id = in_str(c, "TransitGatewayId"), *vpc_id = in_str(c, "VpcId");
	json_t *gateway, *vpc, *doc;

	if (call_allow(c, &ec2_transit_gateway, id) < 0 ||
	    call_allow(c, &ec2_vpc, vpc_id) < 0 ||
	    record_get(c, &ec2_transit_gateway, id, &gateway) < 0 ||
	    resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0 ||
	    check_single(c, id, vpc_id) < 0)
		return -1;
	if (json_array_size(in_list(c, "SubnetIds")) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter subnetIds");
	doc = transit_gateway_attach(c, gateway, "vpc", vpc_id);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "VpcId", vpc_id);
	json_set_str(doc, "VpcOwnerId", c->account);
	json_set_str(doc, "_live", vpc_id);
	record_fill(c, json_need_object(doc, "Options"), in_object(c, "Options"),
	    options);
	if (add_subnets(c, doc, in_list(c, "SubnetIds")) < 0)
		return -1;
	transit_gateway_use_defaults(gateway, doc);
	resource_put(c, &ec2_transit_gateway_attachment, doc);
	answer(c, doc, "pending");
	return 0;
}

/* Modify, Delete */

static int
modify(struct call *c)
{
	json_t *doc;

	if (transit_gateway_attachment_edit(c, in_str(c, "TransitGatewayAttachmentId"),
		"vpc", &doc) < 0 ||
	    remove_subnets(c, doc, in_list(c, "RemoveSubnetIds")) < 0 ||
	    add_subnets(c, doc, in_list(c, "AddSubnetIds")) < 0)
		return -1;
	if (json_array_size(json_get(doc, "SubnetIds")) == 0)
		return err_set(&c->err, &last_subnet,
		    "The last subnet of a VPC attachment cannot be removed.");
	record_change(json_need_object(doc, "Options"), in_object(c, "Options"), options);
	resource_put(c, &ec2_transit_gateway_attachment, doc);
	answer(c, doc, "modifying");
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "TransitGatewayAttachmentId");
	json_t *doc, *used, *subnets;
	int rc;

	if (transit_gateway_attachment_edit(c, id, "vpc", &doc) < 0)
		return -1;
	rc = record_find_by(c, &ec2_transit_gateway_attachment,
	    "TransportTransitGatewayAttachmentId", id, &used);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &ec2_incorrect_state,
				    "%s has non-deleted Connect Attachments: %s", id,
				    resource_id(&ec2_transit_gateway_attachment, used));
	subnets = json_own(c->arena, json_copy_deep(json_get(doc, "SubnetIds")));
	answer(c, doc, "deleting");
	if (remove_subnets(c, doc, subnets) < 0)
		return -1;
	json_set(doc, "SubnetIds", json_incref(subnets));
	return transit_gateway_detach(c, doc);
}

/* Accept, Reject: of another account's, and there are none. */
static int
decide(struct call *c)
{
	const char *id = in_str(c, "TransitGatewayAttachmentId");
	json_t *doc;

	if (transit_gateway_attachment_get(c, id, "vpc", &doc) < 0)
		return -1;
	return err_set(&c->err, &ec2_incorrect_state, "%s is in invalid state", id);
}

static const struct op ops[] = {
	OP_RES("AcceptTransitGatewayVpcAttachment", decide, 0,
	    &ec2_transit_gateway_attachment, "TransitGatewayAttachmentId",
	    "Accept another account's attachment, which there is none of."),
	OP_RES("CreateTransitGatewayVpcAttachment", create, 0,
	    &ec2_transit_gateway_attachment, NULL,
	    "Attach a VPC to a gateway, by subnets."),
	OP_RES("DeleteTransitGatewayVpcAttachment", delete, 0,
	    &ec2_transit_gateway_attachment, "TransitGatewayAttachmentId",
	    "Detach a VPC from its gateway."),
	OP_RES("DescribeTransitGatewayAttachments", transit_gateway_describe, OP_READ,
	    &ec2_transit_gateway_attachment, NULL, "List attachments of all types."),
	OP_RES("DescribeTransitGatewayVpcAttachments", transit_gateway_describe, OP_READ,
	    &vpc_attachment, NULL, "List attachments of VPCs."),
	OP_RES("ModifyTransitGatewayVpcAttachment", modify, 0,
	    &ec2_transit_gateway_attachment, "TransitGatewayAttachmentId",
	    "Change the subnets and options of a VPC's attachment."),
	OP_RES("RejectTransitGatewayVpcAttachment", decide, 0,
	    &ec2_transit_gateway_attachment, "TransitGatewayAttachmentId",
	    "Reject another account's attachment, which there is none of."),
};
static const struct resource *const resources[] = { &ec2_transit_gateway_attachment,
	NULL };
const struct family ec2_transit_gateway_attachments = FAMILY(ops, resources);
