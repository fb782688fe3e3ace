/*
 * EC2: transit gateways.
 *
 * Not emulated: multicast, encryption, sharing with other accounts (RAM).
 */
#include "control/services/ec2/network/transit_gateway.h"

#include <string.h>

#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidTransitGatewayID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidTransitGatewayID.Malformed", 400 };
const struct err_kind ec2_incorrect_state = { "IncorrectState", 400 };

enum { MAX_CIDRS = 5 };

static const struct filter filters[] = {
	{ "options.amazon-side-asn", "Options.AmazonSideAsn" },
	{ "options.association-default-route-table-id",
	    "Options.AssociationDefaultRouteTableId" },
	{ "options.auto-accept-shared-attachments",
	    "Options.AutoAcceptSharedAttachments" },
	{ "options.default-route-table-association",
	    "Options.DefaultRouteTableAssociation" },
	{ "options.default-route-table-propagation",
	    "Options.DefaultRouteTablePropagation" },
	{ "options.dns-support", "Options.DnsSupport" },
	{ "options.propagation-default-route-table-id",
	    "Options.PropagationDefaultRouteTableId" },
	{ "options.vpn-ecmp-support", "Options.VpnEcmpSupport" },
	{ "owner-id", "OwnerId" },
	{ "state", "State" },
	{ "transit-gateway-id", "TransitGatewayId" },
	{ NULL, NULL },
};

const struct resource ec2_transit_gateway = {
	.service = "ec2",
	.kind = "ec2:transit-gateway",
	.type = "transit-gateway",
	.prefix = "tgw-",
	.id_member = "TransitGatewayId",
	.list_member = "TransitGateways",
	.ids_member = "TransitGatewayIds",
	.noun = "transitGateway ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
};

/* EC2 API: TransitGatewayRequestOptions, with AWS's defaults */
static const struct record_member options[] = {
	{ "AmazonSideAsn", NULL, "64512" },
	{ "TransitGatewayCidrBlocks", NULL, NULL },
	{ "AutoAcceptSharedAttachments", NULL, "\"disable\"" },
	{ "DefaultRouteTableAssociation", NULL, "\"enable\"" },
	{ "DefaultRouteTablePropagation", NULL, "\"enable\"" },
	{ "VpnEcmpSupport", NULL, "\"enable\"" },
	{ "DnsSupport", NULL, "\"enable\"" },
	{ "SecurityGroupReferencingSupport", NULL, "\"disable\"" },
	{ "MulticastSupport", NULL, "\"disable\"" },
	{ NULL, NULL, NULL },
};

static int
is_on(const json_t *v, const char *name)
{
	return strcmp(json_str_or(v, name, ""), "enable") == 0;
}

/* Private numbers only: 64512 - 65534 and 4200000000 - 4294967294. */
static int
check_asn(struct call *c, const json_t *in)
{
	int64_t asn = json_int(in, "AmazonSideAsn", 64512);

	if ((asn >= 64512 && asn <= 65534) || (asn >= 4200000000 && asn <= 4294967294))
		return 0;
	return err_set(&c->err, &ec2_bad_value,
	    "Value (%lld) for parameter amazonSideAsn is invalid. The ASN must be in the range "
	    "64512-65534 or 4200000000-4294967294.",
	    (long long)asn);
}

/* /24 or larger, /64 or larger; canonical; in place. */
static int
check_cidrs(struct call *c, const char *parameter, json_t *list)
{
	struct net4 net;
	struct net6 net6;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (net4_parse(text, &net) ? net.len > 24 || !net4_is_canonical(&net) :
					     !net6_parse(text, &net6) || net6.len > 64)
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%s) for parameter %s is invalid. This is not a valid CIDR "
			    "block.",
			    text, parameter);
	}
	if (json_array_size(list) > MAX_CIDRS)
		return err_set(&c->err, &ec2_bad_value,
		    "A transit gateway has at most %d CIDR blocks.", MAX_CIDRS);
	return 0;
}

/* The table that attachments use, or learn to, by default. */
static int
make_default_table(struct call *c, json_t *doc)
{
	static const struct {
		const char *option, *member, *flag;
	} uses[] = {
		{ "DefaultRouteTableAssociation", "AssociationDefaultRouteTableId",
		    "DefaultAssociationRouteTable" },
		{ "DefaultRouteTablePropagation", "PropagationDefaultRouteTableId",
		    "DefaultPropagationRouteTable" },
	};
	json_t *chosen = json_get(doc, "Options"), *table = NULL;

	for (size_t i = 0; i < COUNT(uses); i++) {
		if (!is_on(chosen, uses[i].option))
			continue;
		if (table == NULL)
			table = transit_gateway_table_make(c,
			    resource_id(&ec2_transit_gateway, doc));
		if (table == NULL)
			return -1;
		json_set_bool(table, uses[i].flag, 1);
		resource_put(c, &ec2_transit_gateway_table, table);
		json_set_str(chosen, uses[i].member,
		    resource_id(&ec2_transit_gateway_table, table));
	}
	return 0;
}

/* The document as the answer shows it: in another state. */
static void
answer(struct call *c, json_t *doc, const char *state)
{
	json_t *copy = json_copy_shallow(doc);

	json_set_str(copy, "State", state);
	out_set(c, "TransitGateway", copy);
}

static int
create(struct call *c)
{
	json_t *in = in_object(c, "Options"), *doc, *chosen;
	const char *id;

	if (is_on(in, "MulticastSupport"))
		return err_set(&c->err, &ec2_unsupported,
		    "Multicast is not supported here.");
	if (record_check_text(c, "description", in_str(c, "Description")) < 0 ||
	    check_asn(c, in) < 0 ||
	    check_cidrs(c, "transitGatewayCidrBlocks",
		json_get(in, "TransitGatewayCidrBlocks")) < 0)
		return -1;
	doc = record_new(c, &ec2_transit_gateway, "CreationTime", &id);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "TransitGatewayArn", resource_arn(c, &ec2_transit_gateway, id));
	json_set_str(doc, "State", "available");
	json_set_str(doc, "Description",
	    in_has(c, "Description") ? in_str(c, "Description") : "");
	chosen = json_need_object(doc, "Options");
	record_fill(c, chosen, in, options);
	if (make_default_table(c, doc) < 0)
		return -1;
	resource_put(c, &ec2_transit_gateway, doc);
	answer(c, doc, "pending");
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "TransitGatewayId");
	json_t *doc, *used;
	int rc;

	if (record_edit(c, &ec2_transit_gateway, id, &doc) < 0)
		return -1;
	rc = record_find_by(c, &ec2_transit_gateway_attachment, "TransitGatewayId", id,
	    &used);
	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &ec2_incorrect_state,
			"%s has non-deleted %s Attachments: %s.", id,
			strcmp(json_str_or(used, "ResourceType", ""), "vpc") == 0 ?
			    "VPC" :
			    "Transit Gateway",
			resource_id(&ec2_transit_gateway_attachment, used));
	if (transit_gateway_table_drop(c, id) < 0)
		return -1;
	answer(c, doc, "deleting");
	json_set_str(doc, "State", "deleted");
	return record_retire(c, &ec2_transit_gateway, doc);
}

/* ModifyTransitGateway */

/* Another default table: of the gateway, and the old one is one no more. */
static int
change_default(struct call *c, json_t *doc, const char *member, const char *flag)
{
	json_t *in = in_object(c, "Options"), *chosen = json_get(doc, "Options"), *table;
	const char *id = json_str(in, member), *old = json_str(chosen, member);

	if (id == NULL)
		return 0;
	if (record_edit(c, &ec2_transit_gateway_table, id, &table) < 0)
		return -1;
	if (strcmp(json_str_or(table, "TransitGatewayId", ""),
		resource_id(&ec2_transit_gateway, doc)) != 0)
		return err_set(&c->err, &ec2_bad_value, "%s is not a route table of %s",
		    id, resource_id(&ec2_transit_gateway, doc));
	json_set_bool(table, flag, 1);
	resource_put(c, &ec2_transit_gateway_table, table);
	if (old != NULL && strcmp(old, id) != 0) {
		if (record_edit(c, &ec2_transit_gateway_table, old, &table) < 0)
			return -1;
		json_set_bool(table, flag, 0);
		resource_put(c, &ec2_transit_gateway_table, table);
	}
	json_set_str(chosen, member, id);
	return 0;
}

/* A default without its table is none: one is made, or the old one is let go. */
static int
settle_default(struct call *c, json_t *doc, const char *option, const char *member,
    const char *flag)
{
	json_t *chosen = json_get(doc, "Options"), *table;
	const char *id = json_str(chosen, member);

	if (is_on(chosen, option) == (id != NULL))
		return 0;
	if (id == NULL) {
		table =
		    transit_gateway_table_make(c, resource_id(&ec2_transit_gateway, doc));
		if (table == NULL)
			return -1;
		json_set_str(chosen, member,
		    resource_id(&ec2_transit_gateway_table, table));
	} else {
		if (record_edit(c, &ec2_transit_gateway_table, id, &table) < 0)
			return -1;
		json_del(chosen, member);
	}
	json_set_bool(table, flag, is_on(chosen, option));
	resource_put(c, &ec2_transit_gateway_table, table);
	return 0;
}

static int
change_cidrs(struct call *c, json_t *chosen, const json_t *in)
{
	const json_t *add = json_get(in, "AddTransitGatewayCidrBlocks"),
		     *remove = json_get(in, "RemoveTransitGatewayCidrBlocks");
	json_t *list = json_own(c->arena, json_new_array());

	if (add == NULL && remove == NULL)
		return 0;
	record_merge(list, json_get(chosen, "TransitGatewayCidrBlocks"));
	record_take_away(list, remove);
	record_merge(list, add);
	if (check_cidrs(c, "addTransitGatewayCidrBlocks", list) < 0)
		return -1;
	if (json_array_size(list) > 0)
		json_set(chosen, "TransitGatewayCidrBlocks", json_incref(list));
	else
		json_del(chosen, "TransitGatewayCidrBlocks");
	return 0;
}

static int
modify(struct call *c)
{
	static const char *const known[] = { "AddTransitGatewayCidrBlocks",
		"RemoveTransitGatewayCidrBlocks", "VpnEcmpSupport", "DnsSupport",
		"SecurityGroupReferencingSupport", "AutoAcceptSharedAttachments",
		"DefaultRouteTableAssociation", "AssociationDefaultRouteTableId",
		"DefaultRouteTablePropagation", "PropagationDefaultRouteTableId",
		"AmazonSideAsn", NULL };
	json_t *in = in_object(c, "Options"), *doc;

	if (record_check_text(c, "description", in_str(c, "Description")) < 0 ||
	    ec2_refuse_members(c, "Options", in, known) < 0 || check_asn(c, in) < 0 ||
	    record_edit(c, &ec2_transit_gateway, in_str(c, "TransitGatewayId"), &doc) < 0)
		return -1;
	json_set_str(doc, "Description", in_str(c, "Description"));
	record_change(json_get(doc, "Options"), in, options);
	if (change_cidrs(c, json_get(doc, "Options"), in) < 0 ||
	    change_default(c, doc, "AssociationDefaultRouteTableId",
		"DefaultAssociationRouteTable") < 0 ||
	    change_default(c, doc, "PropagationDefaultRouteTableId",
		"DefaultPropagationRouteTable") < 0 ||
	    settle_default(c, doc, "DefaultRouteTableAssociation",
		"AssociationDefaultRouteTableId", "DefaultAssociationRouteTable") < 0 ||
	    settle_default(c, doc, "DefaultRouteTablePropagation",
		"PropagationDefaultRouteTableId", "DefaultPropagationRouteTable") < 0)
		return -1;
	resource_put(c, &ec2_transit_gateway, doc);
	answer(c, doc, "modifying");
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateTransitGateway", create, 0, &ec2_transit_gateway, NULL,
	    "Create a transit gateway with its default route table."),
	OP_RES("DeleteTransitGateway", delete, 0, &ec2_transit_gateway,
	    "TransitGatewayId", "Delete a gateway that has no attachments."),
	OP_RES("DescribeTransitGateways", record_describe, OP_READ, &ec2_transit_gateway,
	    NULL, "List transit gateways."),
	OP_RES("ModifyTransitGateway", modify, 0, &ec2_transit_gateway,
	    "TransitGatewayId", "Change a gateway's options."),
};
static const struct resource *const resources[] = { &ec2_transit_gateway, NULL };
const struct family ec2_transit_gateways = FAMILY(ops, resources);
