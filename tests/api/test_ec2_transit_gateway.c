/* EC2: transit gateways: attachments, tables, routes, peerings. */
#include "tests/api/ec2_calls.h"

#include <string.h>

struct world {
	const char *gateway, *table, *vpc, *a, *b, *attachment;
};

static const char *
gateway(struct fixture *f, const char *options)
{
	return ec2_text(ec2_ok(f, "CreateTransitGateway", "{\"Options\": {%s}}", options),
	    "TransitGateway.TransitGatewayId");
}

static const char *
subnet(struct fixture *f, const char *vpc, const char *cidr, const char *zone)
{
	return ec2_text(ec2_ok(f, "CreateSubnet",
			    "{\"VpcId\": \"%s\", \"CidrBlock\": \"%s\","
			    " \"AvailabilityZone\": \"us-east-1%s\"}",
			    vpc, cidr, zone),
	    "Subnet.SubnetId");
}

static const char *
attach(struct fixture *f, const char *gateway, const char *vpc, const char *subnet)
{
	return ec2_text(
	    ec2_ok(f, "CreateTransitGatewayVpcAttachment",
		"{\"TransitGatewayId\": \"%s\", \"VpcId\": \"%s\", \"SubnetIds\": [\"%s\"]}",
		gateway, vpc, subnet),
	    "TransitGatewayVpcAttachment.TransitGatewayAttachmentId");
}

/* A gateway with a VPC 10.0.0.0/16 that is attached in one of its two subnets. */
static void
make(struct fixture *f, struct world *w)
{
	w->gateway = gateway(f, "");
	w->table = ec2_text(ec2_ok(f, "DescribeTransitGatewayRouteTables", "{}"),
	    "TransitGatewayRouteTables.0.TransitGatewayRouteTableId");
	w->vpc = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
	w->a = subnet(f, w->vpc, "10.0.1.0/24", "a");
	w->b = subnet(f, w->vpc, "10.0.2.0/24", "b");
	w->attachment = attach(f, w->gateway, w->vpc, w->a);
}

static void
gateways_have_awss_defaults(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "CreateTransitGateway",
	    "{\"Description\": \"d\", \"TagSpecifications\": [{\"ResourceType\":"
	    " \"transit-gateway\", \"Tags\": [{\"Key\": \"k\", \"Value\": \"v\"}]}]}");
	const char *id = ec2_text(v, "TransitGateway.TransitGatewayId"), *table;

	ec2_is(v, "TransitGateway.State", "pending");
	v = ec2_ok(f, "DescribeTransitGateways", "{\"TransitGatewayIds\": [\"%s\"]}", id);
	ec2_is(v, "TransitGateways.0.State", "available");
	ec2_is(v, "TransitGateways.0.Options.AmazonSideAsn", "64512");
	ec2_is(v, "TransitGateways.0.Options.AutoAcceptSharedAttachments", "disable");
	ec2_is(v, "TransitGateways.0.Options.DefaultRouteTableAssociation", "enable");
	ec2_is(v, "TransitGateways.0.Options.VpnEcmpSupport", "enable");
	ec2_is(v, "TransitGateways.0.Options.MulticastSupport", "disable");
	ec2_is(v, "TransitGateways.0.Tags.0.Value", "v");
	table = ec2_text(v, "TransitGateways.0.Options.AssociationDefaultRouteTableId");
	ec2_is(v, "TransitGateways.0.Options.PropagationDefaultRouteTableId", table);
	v = ec2_ok(f, "DescribeTransitGatewayRouteTables", "{}");
	ec2_counts(v, "TransitGatewayRouteTables", 1);
	ec2_is(v, "TransitGatewayRouteTables.0.DefaultAssociationRouteTable", "true");
	ec2_no(f, "IncorrectState", "DeleteTransitGatewayRouteTable",
	    "{\"TransitGatewayRouteTableId\": \"%s\"}", table);

	v = ec2_ok(f, "ModifyTransitGateway",
	    "{\"TransitGatewayId\": \"%s\", \"Description\": \"e\", \"Options\":"
	    " {\"DnsSupport\": \"disable\", \"DefaultRouteTableAssociation\": \"disable\","
	    " \"AddTransitGatewayCidrBlocks\": [\"10.99.0.0/24\"]}}",
	    id);
	ec2_is(v, "TransitGateway.State", "modifying");
	v = ec2_ok(f, "DescribeTransitGateways", "{}");
	ec2_is(v, "TransitGateways.0.Description", "e");
	ec2_is(v, "TransitGateways.0.Options.DnsSupport", "disable");
	ec2_is(v, "TransitGateways.0.Options.TransitGatewayCidrBlocks.0", "10.99.0.0/24");
	assert_null(
	    fixture_text(v, "TransitGateways.0.Options.AssociationDefaultRouteTableId"));
	ec2_is(v, "TransitGateways.0.Options.PropagationDefaultRouteTableId", table);

	v = ec2_ok(f, "DeleteTransitGateway", "{\"TransitGatewayId\": \"%s\"}", id);
	ec2_is(v, "TransitGateway.State", "deleting");
	ec2_is(ec2_ok(f, "DescribeTransitGateways", "{}"), "TransitGateways.0.State",
	    "deleted");
	ec2_no(f, "InvalidTransitGatewayID.NotFound", "DeleteTransitGateway",
	    "{\"TransitGatewayId\": \"%s\"}", id);
	f->now_ms += 3600 * 1000;
	ec2_counts(ec2_ok(f, "DescribeTransitGateways", "{}"), "TransitGateways", 0);
}

static void
vpcs_are_attached_by_subnets(void **state)
{
	struct fixture *f = *state;
	struct world w;
	json_t *v;

	make(f, &w);
	v = ec2_ok(f, "DescribeTransitGatewayVpcAttachments",
	    "{\"TransitGatewayAttachmentIds\": [\"%s\"]}", w.attachment);
	ec2_is(v, "TransitGatewayVpcAttachments.0.State", "available");
	ec2_is(v, "TransitGatewayVpcAttachments.0.Options.DnsSupport", "enable");
	ec2_is(v, "TransitGatewayVpcAttachments.0.Options.Ipv6Support", "disable");
	ec2_is(v, "TransitGatewayVpcAttachments.0.Options.ApplianceModeSupport",
	    "disable");
	ec2_is(v, "TransitGatewayVpcAttachments.0.VpcOwnerId", FIXTURE_ACCOUNT);
	v = ec2_ok(f, "DescribeTransitGatewayAttachments",
	    "{\"Filters\": [{\"Name\": \"resource-type\", \"Values\": [\"vpc\"]}]}");
	ec2_is(v, "TransitGatewayAttachments.0.ResourceId", w.vpc);
	ec2_is(v, "TransitGatewayAttachments.0.Association.TransitGatewayRouteTableId",
	    w.table);
	ec2_counts(ec2_ok(f, "DescribeTransitGatewayPeeringAttachments", "{}"),
	    "TransitGatewayPeeringAttachments", 0);
	/* The gateway has an interface there. */
	v = ec2_ok(f, "DescribeNetworkInterfaces",
	    "{\"Filters\": [{\"Name\": \"interface-type\", \"Values\":"
	    " [\"transit_gateway\"]}]}");
	ec2_counts(v, "NetworkInterfaces", 1);
	ec2_is(v, "NetworkInterfaces.0.SubnetId", w.a);
	ec2_is(v, "NetworkInterfaces.0.RequesterManaged", "true");
	ec2_is(v, "NetworkInterfaces.0.Status", "in-use");
	ec2_no(f, "DependencyViolation", "DeleteSubnet", "{\"SubnetId\": \"%s\"}", w.a);
	ec2_no(f, "DuplicateTransitGatewayAttachment",
	    "CreateTransitGatewayVpcAttachment",
	    "{\"TransitGatewayId\": \"%s\", \"VpcId\": \"%s\", \"SubnetIds\": [\"%s\"]}",
	    w.gateway, w.vpc, w.b);

	ec2_no(f, "DuplicateSubnetsInSameZone", "ModifyTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\", \"AddSubnetIds\": [\"%s\"]}",
	    w.attachment, subnet(f, w.vpc, "10.0.3.0/24", "a"));
	ec2_no(f, "InsufficientSubnetsException", "ModifyTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\", \"RemoveSubnetIds\": [\"%s\"]}",
	    w.attachment, w.a);
	ec2_ok(f, "ModifyTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\", \"AddSubnetIds\": [\"%s\"],"
	    " \"RemoveSubnetIds\": [\"%s\"], \"Options\": {\"Ipv6Support\": \"enable\"}}",
	    w.attachment, w.b, w.a);
	v = ec2_ok(f, "DescribeTransitGatewayVpcAttachments", "{}");
	ec2_is(v, "TransitGatewayVpcAttachments.0.SubnetIds.0", w.b);
	ec2_is(v, "TransitGatewayVpcAttachments.0.Options.Ipv6Support", "enable");
	ec2_is(v, "TransitGatewayVpcAttachments.0.Options.DnsSupport", "enable");
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", w.a);

	ec2_no(f, "IncorrectState", "AcceptTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", w.attachment);
	ec2_no(f, "IncorrectState", "DeleteTransitGateway",
	    "{\"TransitGatewayId\": \"%s\"}", w.gateway);
	v = ec2_ok(f, "DeleteTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", w.attachment);
	ec2_is(v, "TransitGatewayVpcAttachment.State", "deleting");
	v = ec2_ok(f, "DescribeTransitGatewayVpcAttachments", "{}");
	ec2_is(v, "TransitGatewayVpcAttachments.0.State", "deleted");
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfaces", "{}"), "NetworkInterfaces", 0);
	ec2_ok(f, "DeleteTransitGateway", "{\"TransitGatewayId\": \"%s\"}", w.gateway);
}

static json_t *
find(struct fixture *f, const char *table, const char *filter, const char *value)
{
	return ec2_ok(f, "SearchTransitGatewayRoutes",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"Filters\": [{\"Name\": \"%s\","
	    " \"Values\": [\"%s\"]}]}",
	    table, filter, value);
}

static void
routes_are_written_and_learnt(void **state)
{
	struct fixture *f = *state;
	struct world w;
	json_t *v;

	make(f, &w);
	v = find(f, w.table, "type", "propagated");
	ec2_counts(v, "Routes", 1);
	ec2_is(v, "Routes.0.DestinationCidrBlock", "10.0.0.0/16");
	ec2_is(v, "Routes.0.State", "active");
	ec2_is(v, "Routes.0.TransitGatewayAttachments.0.ResourceId", w.vpc);
	ec2_is(v, "AdditionalRoutesAvailable", "false");

	v = ec2_ok(f, "CreateTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"0.0.0.0/0\", \"TransitGatewayAttachmentId\": \"%s\"}",
	    w.table, w.attachment);
	ec2_is(v, "Route.State", "active");
	ec2_is(v, "Route.Type", "static");
	ec2_no(f, "RouteAlreadyExists", "CreateTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"0.0.0.0/0\", \"Blackhole\": true}",
	    w.table);
	v = ec2_ok(f, "CreateTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"10.0.7.9/24\", \"Blackhole\": true}",
	    w.table);
	ec2_is(v, "Route.State", "blackhole");
	ec2_is(v, "Route.DestinationCidrBlock", "10.0.7.0/24");

	ec2_is(find(f, w.table, "route-search.exact-match", "10.0.0.0/16"),
	    "Routes.0.Type", "propagated");
	ec2_counts(find(f, w.table, "route-search.exact-match", "10.0.0.0/8"), "Routes",
	    0);
	v = find(f, w.table, "route-search.longest-prefix-match", "10.0.7.1");
	ec2_counts(v, "Routes", 1);
	ec2_is(v, "Routes.0.DestinationCidrBlock", "10.0.7.0/24");
	ec2_counts(find(f, w.table, "route-search.subnet-of-match", "10.0.0.0/8"),
	    "Routes", 2);
	ec2_counts(find(f, w.table, "route-search.supernet-of-match", "10.0.7.0/24"),
	    "Routes", 3);
	ec2_counts(find(f, w.table, "state", "blackhole"), "Routes", 1);

	ec2_ok(f, "ReplaceTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"10.0.7.0/24\", \"TransitGatewayAttachmentId\": \"%s\"}",
	    w.table, w.attachment);
	ec2_counts(find(f, w.table, "state", "blackhole"), "Routes", 0);
	/* Who leaves leaves a black hole, and what he told is forgotten. */
	ec2_ok(f, "DeleteTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", w.attachment);
	ec2_counts(find(f, w.table, "state", "blackhole"), "Routes", 2);
	ec2_counts(find(f, w.table, "type", "propagated"), "Routes", 0);
	ec2_is(ec2_ok(f, "DeleteTransitGatewayRoute",
		   "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
		   " \"0.0.0.0/0\"}",
		   w.table),
	    "Route.State", "deleted");
	ec2_no(f, "InvalidRoute.NotFound", "DeleteTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"0.0.0.0/0\"}",
	    w.table);
	ec2_no(f, "InvalidRoute.NotFound", "ReplaceTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"0.0.0.0/0\", \"Blackhole\": true}",
	    w.table);
}

static json_t *
both(struct fixture *f, const char *op, const char *table, const char *attachment)
{
	return ec2_ok(f, op,
	    "{\"TransitGatewayRouteTableId\": \"%s\","
	    " \"TransitGatewayAttachmentId\": \"%s\"}",
	    table, attachment);
}

static void
not_both(struct fixture *f, const char *code, const char *op, const char *table,
    const char *attachment)
{
	ec2_no(f, code, op,
	    "{\"TransitGatewayRouteTableId\": \"%s\","
	    " \"TransitGatewayAttachmentId\": \"%s\"}",
	    table, attachment);
}

static void
tables_are_used_and_told(void **state)
{
	struct fixture *f = *state;
	const char *own;
	struct world w;
	json_t *v;

	make(f, &w);
	v = ec2_ok(f, "CreateTransitGatewayRouteTable", "{\"TransitGatewayId\": \"%s\"}",
	    w.gateway);
	own = ec2_text(v, "TransitGatewayRouteTable.TransitGatewayRouteTableId");
	ec2_is(v, "TransitGatewayRouteTable.State", "pending");
	not_both(f, "Resource.AlreadyAssociated", "AssociateTransitGatewayRouteTable",
	    own, w.attachment);
	not_both(f, "InvalidAssociation.NotFound", "DisassociateTransitGatewayRouteTable",
	    own, w.attachment);
	v = both(f, "DisassociateTransitGatewayRouteTable", w.table, w.attachment);
	ec2_is(v, "Association.State", "disassociating");
	v = both(f, "AssociateTransitGatewayRouteTable", own, w.attachment);
	ec2_is(v, "Association.State", "associating");
	ec2_is(v, "Association.ResourceType", "vpc");
	v = ec2_ok(f, "GetTransitGatewayRouteTableAssociations",
	    "{\"TransitGatewayRouteTableId\": \"%s\"}", own);
	ec2_counts(v, "Associations", 1);
	ec2_is(v, "Associations.0.State", "associated");
	ec2_no(f, "IncorrectState", "DeleteTransitGatewayRouteTable",
	    "{\"TransitGatewayRouteTableId\": \"%s\"}", own);

	both(f, "EnableTransitGatewayRouteTablePropagation", own, w.attachment);
	not_both(f, "TransitGatewayRouteTablePropagation.Duplicate",
	    "EnableTransitGatewayRouteTablePropagation", own, w.attachment);
	v = ec2_ok(f, "GetTransitGatewayAttachmentPropagations",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", w.attachment);
	ec2_counts(v, "TransitGatewayAttachmentPropagations", 2);
	v = ec2_ok(f, "GetTransitGatewayRouteTablePropagations",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"Filters\":"
	    " [{\"Name\": \"resource-id\", \"Values\": [\"%s\"]}]}",
	    own, w.vpc);
	ec2_is(v, "TransitGatewayRouteTablePropagations.0.State", "enabled");
	ec2_counts(find(f, own, "type", "propagated"), "Routes", 1);
	both(f, "DisableTransitGatewayRouteTablePropagation", own, w.attachment);
	not_both(f, "TransitGatewayRouteTablePropagation.NotFound",
	    "DisableTransitGatewayRouteTablePropagation", own, w.attachment);
	ec2_counts(find(f, own, "type", "propagated"), "Routes", 0);

	both(f, "EnableTransitGatewayRouteTablePropagation", own, w.attachment);
	both(f, "DisassociateTransitGatewayRouteTable", own, w.attachment);
	ec2_ok(f, "DeleteTransitGatewayRouteTable",
	    "{\"TransitGatewayRouteTableId\": \"%s\"}", own);
	ec2_counts(ec2_ok(f, "GetTransitGatewayAttachmentPropagations",
		       "{\"TransitGatewayAttachmentId\": \"%s\"}", w.attachment),
	    "TransitGatewayAttachmentPropagations", 1);
	ec2_is(ec2_ok(f, "DescribeTransitGatewayRouteTables",
		   "{\"TransitGatewayRouteTableIds\": [\"%s\"]}", own),
	    "TransitGatewayRouteTables.0.State", "deleted");
	ec2_no(f, "InvalidRouteTableID.NotFound", "SearchTransitGatewayRoutes",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"Filters\": [{\"Name\": \"type\","
	    " \"Values\": [\"static\"]}]}",
	    own);
}

static const char *
peer(struct fixture *f, const char *gateway, const char *with, const char *region)
{
	return ec2_text(
	    ec2_ok(f, "CreateTransitGatewayPeeringAttachment",
		"{\"TransitGatewayId\": \"%s\", \"PeerTransitGatewayId\": \"%s\","
		" \"PeerAccountId\": \"" FIXTURE_ACCOUNT "\", \"PeerRegion\": \"%s\"}",
		gateway, with, region),
	    "TransitGatewayPeeringAttachment.TransitGatewayAttachmentId");
}

static void
peering_is(struct fixture *f, const char *id, const char *state)
{
	ec2_is(ec2_ok(f, "DescribeTransitGatewayPeeringAttachments",
		   "{\"TransitGatewayAttachmentIds\": [\"%s\"]}", id),
	    "TransitGatewayPeeringAttachments.0.State", state);
}

static void
gateways_of_two_regions_are_peers(void **state)
{
	struct fixture *f = *state;
	const char *here = gateway(f, ""), *there, *id, *table;
	json_t *v;

	f->region = "eu-west-1";
	there = gateway(f, "");
	f->region = FIXTURE_REGION;
	id = peer(f, here, there, "eu-west-1");
	peering_is(f, id, "pendingAcceptance");
	ec2_no(f, "IncorrectState", "AcceptTransitGatewayPeeringAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", id);
	f->region = "eu-west-1";
	peering_is(f, id, "pendingAcceptance");
	v = ec2_ok(f, "AcceptTransitGatewayPeeringAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", id);
	ec2_is(v, "TransitGatewayPeeringAttachment.State", "pending");
	v = ec2_ok(f, "DescribeTransitGatewayAttachments", "{}");
	ec2_is(v, "TransitGatewayAttachments.0.TransitGatewayId", there);
	ec2_is(v, "TransitGatewayAttachments.0.ResourceId", here);
	f->region = FIXTURE_REGION;
	peering_is(f, id, "available");
	v = ec2_ok(f, "DescribeTransitGatewayAttachments", "{}");
	ec2_is(v, "TransitGatewayAttachments.0.ResourceId", there);
	ec2_is(v, "TransitGatewayAttachments.0.ResourceType", "peering");

	/* Static routes only. */
	table = ec2_text(ec2_ok(f, "DescribeTransitGatewayRouteTables", "{}"),
	    "TransitGatewayRouteTables.0.TransitGatewayRouteTableId");
	not_both(f, "UnsupportedOperation", "EnableTransitGatewayRouteTablePropagation",
	    table, id);
	both(f, "AssociateTransitGatewayRouteTable", table, id);
	v = ec2_ok(f, "CreateTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"10.1.0.0/16\", \"TransitGatewayAttachmentId\": \"%s\"}",
	    table, id);
	ec2_is(v, "Route.State", "active");
	f->region = "eu-west-1";
	ec2_ok(f, "DeleteTransitGatewayPeeringAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", id);
	peering_is(f, id, "deleted");
	ec2_ok(f, "DeleteTransitGateway", "{\"TransitGatewayId\": \"%s\"}", there);
	f->region = FIXTURE_REGION;
	peering_is(f, id, "deleted");
	ec2_counts(find(f, table, "state", "blackhole"), "Routes", 1);
	ec2_ok(f, "DeleteTransitGateway", "{\"TransitGatewayId\": \"%s\"}", here);
}

static void
peers_in_one_region_have_an_attachment_each(void **state)
{
	struct fixture *f = *state;
	const char *a = gateway(f, ""), *b = gateway(f, ""), *id, *other;
	json_t *v;

	id = peer(f, a, b, FIXTURE_REGION);
	v = ec2_ok(f, "DescribeTransitGatewayPeeringAttachments",
	    "{\"Filters\": [{\"Name\": \"transit-gateway-id\", \"Values\": [\"%s\"]}]}",
	    b);
	ec2_counts(v, "TransitGatewayPeeringAttachments", 1);
	other =
	    ec2_text(v, "TransitGatewayPeeringAttachments.0.TransitGatewayAttachmentId");
	assert_string_not_equal(id, other);
	ec2_is(v, "TransitGatewayPeeringAttachments.0.AccepterTransitGatewayAttachmentId",
	    other);
	ec2_ok(f, "RejectTransitGatewayPeeringAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", other);
	peering_is(f, id, "rejected");
	peering_is(f, other, "rejected");
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateTransitGateway", "{\"Options\": {\"AmazonSideAsn\": 1}}",
		    "InvalidParameterValue", NULL },
		{ "CreateTransitGateway",
		    "{\"Options\": {\"MulticastSupport\": \"enable\"}}",
		    "UnsupportedOperation", NULL },
		{ "CreateTransitGateway",
		    "{\"Options\": {\"TransitGatewayCidrBlocks\": [\"10.0.0.0/25\"]}}",
		    "InvalidParameterValue", NULL },
		{ "CreateTransitGateway", "{\"Options\": {\"DnsSupport\": \"x\"}}",
		    "InvalidParameterValue", NULL },
		{ "DeleteTransitGateway", "{\"TransitGatewayId\": \"x\"}",
		    "InvalidTransitGatewayID.Malformed", NULL },
		{ "CreateTransitGatewayVpcAttachment",
		    "{\"TransitGatewayId\": \"tgw-0\", \"VpcId\": \"vpc-0\", \"SubnetIds\": []}",
		    "InvalidTransitGatewayID.NotFound", NULL },
		{ "DeleteTransitGatewayVpcAttachment",
		    "{\"TransitGatewayAttachmentId\": \"tgw-attach-0\"}",
		    "InvalidTransitGatewayAttachmentID.NotFound", NULL },
		{ "CreateTransitGatewayRoute",
		    "{\"TransitGatewayRouteTableId\": \"tgw-rtb-0\","
		    " \"DestinationCidrBlock\": \"10.0.0.0/8\"}",
		    "InvalidRouteTableID.NotFound", NULL },
		{ "DescribeTransitGateways",
		    "{\"Filters\": [{\"Name\": \"x\", \"Values\": [\"y\"]}]}",
		    "InvalidParameterValue", NULL },
	};
	struct fixture *f = *state;
	const char *list;
	struct world w;

	ec2_refused(f, refusals, COUNT(refusals));
	make(f, &w);
	ec2_no(f, "MissingParameter", "CreateTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"10.0.0.0/8\"}",
	    w.table);
	ec2_no(f, "InvalidParameterValue", "CreateTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\": \"x\","
	    " \"Blackhole\": true}",
	    w.table);
	ec2_no(f, "InvalidParameterCombination", "CreateTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"10.0.0.0/8\", \"Blackhole\": true, \"TransitGatewayAttachmentId\": \"%s\"}",
	    w.table, w.attachment);
	ec2_no(f, "InvalidPrefixListID.NotFound",
	    "CreateTransitGatewayPrefixListReference",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"PrefixListId\": \"pl-0\","
	    " \"Blackhole\": true}",
	    w.table);
	ec2_no(f, "InvalidTransitGatewayID.NotFound",
	    "CreateTransitGatewayPeeringAttachment",
	    "{\"TransitGatewayId\": \"%s\", \"PeerTransitGatewayId\": \"tgw-1\","
	    " \"PeerAccountId\": \"111111111111\", \"PeerRegion\": \"eu-west-1\"}",
	    w.gateway);
	/* A list that a table refers to is in use. */
	list = ec2_text(
	    ec2_ok(f, "CreateManagedPrefixList",
		"{\"PrefixListName\": \"l\", \"AddressFamily\": \"IPv4\", \"MaxEntries\": 1}"),
	    "PrefixList.PrefixListId");
	ec2_ok(f, "CreateTransitGatewayPrefixListReference",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"PrefixListId\": \"%s\","
	    " \"Blackhole\": true}",
	    w.table, list);
	ec2_is(ec2_ok(f, "GetManagedPrefixListAssociations", "{\"PrefixListId\": \"%s\"}",
		   list),
	    "PrefixListAssociations.0.ResourceId", w.table);
	ec2_no(f, "DependencyViolation", "DeleteManagedPrefixList",
	    "{\"PrefixListId\": \"%s\"}", list);
	/* Tags say which resource they are of, among the ids that begin alike. */
	ec2_ok(f, "CreateTags",
	    "{\"Resources\": [\"%s\", \"%s\", \"%s\"], \"Tags\":"
	    " [{\"Key\": \"k\", \"Value\": \"v\"}]}",
	    w.gateway, w.table, w.attachment);
	ec2_counts(ec2_ok(f, "DescribeTransitGatewayAttachments",
		       "{\"Filters\": [{\"Name\": \"tag:k\", \"Values\": [\"v\"]}]}"),
	    "TransitGatewayAttachments", 1);
}

static void
pages_follow_each_other(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	for (int i = 0; i < 7; i++)
		gateway(f, "");
	v = ec2_ok(f, "DescribeTransitGateways", "{\"MaxResults\": 5}");
	ec2_counts(v, "TransitGateways", 5);
	v = ec2_ok(f, "DescribeTransitGateways",
	    "{\"MaxResults\": 5, \"NextToken\": \"%s\"}", ec2_text(v, "NextToken"));
	ec2_counts(v, "TransitGateways", 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
		T(gateways_have_awss_defaults),
		T(vpcs_are_attached_by_subnets),
		T(routes_are_written_and_learnt),
		T(tables_are_used_and_told),
		T(gateways_of_two_regions_are_peers),
		T(peers_in_one_region_have_an_attachment_each),
		T(wrong_input_is_refused),
		T(pages_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
