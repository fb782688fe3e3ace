/* EC2: what joins VPCs, in the network's document: peerings and transit gateways. */
#include "tests/api/fabric_calls.h"

static const char *
make_peering(struct fixture *f, const char *one, const char *two, const char *region)
{
	const char *own = f->region,
		   *id = ec2_text(ec2_ok(f, "CreateVpcPeeringConnection",
				      "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\","
				      " \"PeerRegion\": \"%s\"}",
				      one, two, region),
		       "VpcPeeringConnection.VpcPeeringConnectionId");

	f->region = region;
	ec2_ok(f, "AcceptVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    id);
	f->region = own;
	return id;
}

static void
a_group_of_a_peer_is_referred_to_while_it_is_one(void **state)
{
	struct fixture *f = *state;
	const char *one, *two, *group, *theirs, *peering;
	json_t *v;

	one = fabric_vpc_of(f, "10.1.0.0/16");
	two = fabric_vpc_of(f, "10.2.0.0/16");
	group = fabric_group_of(f, one, "g");
	theirs = fabric_group_of(f, two, "g");
	peering = make_peering(f, one, two, f->region);
	fabric_allow(f, group,
	    arena_printf(f->arena,
		"{\"IpProtocol\": \"-1\", \"UserIdGroupPairs\": [{\"GroupId\": \"%s\"}]}",
		theirs));
	v = fabric_told(f);
	ec2_is(fabric_row(v, "groups", group), "ingress.0.group", theirs);
	fabric_equals(f, fabric_row(v, "peerings", peering),
	    arena_printf(f->arena, "{\"id\": \"%s\", \"vpcs\": [\"%s\", \"%s\"]}",
		peering, one, two));
	ec2_ok(f, "DeleteVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    peering);
	v = fabric_told(f);
	ec2_counts(fabric_row(v, "groups", group), "ingress", 0);
	ec2_counts(v, "peerings", 0);
}

static void
a_peering_joins_regions(void **state)
{
	struct fixture *f = *state;
	const char *one, *two, *peering, *pending, *table;
	json_t *v;

	one = fabric_vpc_of(f, "10.1.0.0/16");
	f->region = "eu-west-1";
	two = fabric_vpc_of(f, "10.2.0.0/16");
	f->region = FIXTURE_REGION;
	peering = make_peering(f, one, two, "eu-west-1");
	table = fabric_table_of(f, one);
	fabric_route(f, table, "10.2.0.0/16", "VpcPeeringConnectionId", peering);
	v = fabric_told(f);
	/* A document in each region, and one joint. */
	ec2_counts(v, "peerings", 1);
	ec2_is(fabric_route_to(fabric_row(v, "tables", table), "10.2.0.0/16"), "kind",
	    "peering");
	ec2_is(fabric_route_to(fabric_row(v, "tables", table), "10.2.0.0/16"), "id",
	    peering);
	assert_non_null(fabric_row_find(v, "vpcs", two));

	pending = ec2_text(ec2_ok(f, "CreateVpcPeeringConnection",
			       "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\"}", one,
			       fabric_vpc_of(f, "10.3.0.0/16")),
	    "VpcPeeringConnection.VpcPeeringConnectionId");
	assert_null(fabric_row_find(fabric_told(f), "peerings", pending));
	f->region = "eu-west-1";
	ec2_ok(f, "DeleteVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    peering);
	f->region = FIXTURE_REGION;
	ec2_is(fabric_route_to(fabric_row_now(f, "tables", table), "10.2.0.0/16"), "kind",
	    "nowhere");
}

static const char *
make_transit(struct fixture *f, const char **ret_table)
{
	json_t *v = ec2_ok(f, "CreateTransitGateway", "{}");
	const char *id = ec2_text(v, "TransitGateway.TransitGatewayId");

	v = ec2_ok(f, "DescribeTransitGateways", "{\"TransitGatewayIds\": [\"%s\"]}", id);
	*ret_table =
	    ec2_text(v, "TransitGateways.0.Options.AssociationDefaultRouteTableId");
	return id;
}

static const char *
attach(struct fixture *f, const char *transit, const char *vpc, const char *subnet)
{
	return ec2_text(ec2_ok(f, "CreateTransitGatewayVpcAttachment",
			    "{\"TransitGatewayId\": \"%s\", \"VpcId\": \"%s\","
			    " \"SubnetIds\": [\"%s\"]}",
			    transit, vpc, subnet),
	    "TransitGatewayVpcAttachment.TransitGatewayAttachmentId");
}

static void
a_transit_gateway_has_routes_learnt_and_written(void **state)
{
	struct fixture *f = *state;
	const char *one, *two, *subnet, *transit, *table, *first, *second, *list, *routes;
	json_t *v, *t;

	one = fabric_vpc_of(f, "10.1.0.0/16");
	two = fabric_vpc_of(f, "10.2.0.0/16");
	subnet = fabric_subnet_of(f, one, "10.1.1.0/24");
	transit = make_transit(f, &table);
	first = attach(f, transit, one, subnet);
	second = attach(f, transit, two, fabric_subnet_of(f, two, "10.2.1.0/24"));
	list = fabric_list_of(f, "172.21.0.0/16");
	ec2_ok(f, "CreateTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"192.168.0.0/16\", \"TransitGatewayAttachmentId\": \"%s\"}",
	    table, second);
	ec2_ok(f, "CreateTransitGatewayRoute",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"DestinationCidrBlock\":"
	    " \"192.168.7.0/24\", \"Blackhole\": true}",
	    table);
	ec2_ok(f, "CreateTransitGatewayPrefixListReference",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"PrefixListId\": \"%s\","
	    " \"TransitGatewayAttachmentId\": \"%s\"}",
	    table, list, first);
	routes = fabric_table_of(f, one);
	fabric_route(f, routes, "10.0.0.0/8", "TransitGatewayId", transit);
	v = fabric_told(f);
	ec2_is(fabric_route_to(fabric_row(v, "tables", routes), "10.0.0.0/8"), "kind",
	    "transit");
	t = fabric_row(v, "transits", transit);
	fabric_equals(f, fabric_row(t, "attachments", first),
	    arena_printf(f->arena,
		"{\"id\": \"%s\", \"vpc\": \"%s\", \"subnets\": [\"%s\"], \"table\": \"%s\"}",
		first, one, subnet, table));
	t = fabric_row(t, "tables", table);
	ec2_counts(t, "routes", 5);
	fabric_equals(f, fabric_route_to(t, "10.1.0.0/16"),
	    arena_printf(f->arena,
		"{\"to\": \"10.1.0.0/16\", \"attachment\": \"%s\", \"propagated\": true}",
		first));
	ec2_is(fabric_route_to(t, "10.2.0.0/16"), "attachment", second);
	fabric_equals(f, fabric_route_to(t, "192.168.0.0/16"),
	    arena_printf(f->arena, "{\"to\": \"192.168.0.0/16\", \"attachment\": \"%s\"}",
		second));
	fabric_equals(f, fabric_route_to(t, "192.168.7.0/24"),
	    "{\"to\": \"192.168.7.0/24\"}");
	ec2_is(fabric_route_to(t, "172.21.0.0/16"), "attachment", first);

	/* Detached: what it told is forgotten, what leads to it is a black hole. */
	ec2_ok(f, "DeleteTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", second);
	ec2_ok(f, "DisableTransitGatewayRouteTablePropagation",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"TransitGatewayAttachmentId\":"
	    " \"%s\"}",
	    table, first);
	t = fabric_row(fabric_row_now(f, "transits", transit), "tables", table);
	ec2_counts(t, "routes", 3);
	fabric_equals(f, fabric_route_to(t, "192.168.0.0/16"),
	    "{\"to\": \"192.168.0.0/16\"}");
	ec2_ok(f, "DeleteTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", first);
	v = fabric_told(f);
	ec2_is(fabric_route_to(fabric_row(v, "tables", routes), "10.0.0.0/8"), "kind",
	    "nowhere");
	ec2_counts(fabric_row(v, "transits", transit), "attachments", 0);
}

static void
transit_gateways_are_peered_across_regions(void **state)
{
	struct fixture *f = *state;
	const char *one, *two, *table, *attachment;
	json_t *v;

	one = make_transit(f, &table);
	f->region = "eu-west-1";
	two = make_transit(f, &table);
	f->region = FIXTURE_REGION;
	attachment =
	    ec2_text(ec2_ok(f, "CreateTransitGatewayPeeringAttachment",
			 "{\"TransitGatewayId\": \"%s\", \"PeerTransitGatewayId\": \"%s\","
			 " \"PeerAccountId\": \"" FIXTURE_ACCOUNT
			 "\", \"PeerRegion\": \"eu-west-1\"}",
			 one, two),
		"TransitGatewayPeeringAttachment.TransitGatewayAttachmentId");
	ec2_counts(fabric_row_now(f, "transits", one), "attachments", 0);
	f->region = "eu-west-1";
	ec2_ok(f, "AcceptTransitGatewayPeeringAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", attachment);
	f->region = FIXTURE_REGION;
	v = fabric_told(f);
	fabric_equals(f, json_get(fabric_row(v, "transits", one), "attachments"),
	    arena_printf(f->arena,
		"[{\"id\": \"%s\", \"peer\": \"%s\", \"peer_attachment\": \"%s\"}]",
		attachment, two, attachment));
	ec2_is(fabric_row(v, "transits", two), "attachments.0.peer", one);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_group_of_a_peer_is_referred_to_while_it_is_one),
		T(a_peering_joins_regions),
		T(a_transit_gateway_has_routes_learnt_and_written),
		T(transit_gateways_are_peered_across_regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
