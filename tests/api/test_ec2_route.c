/* EC2: routes to everything, black holes, edge associations, propagation. */
#include "tests/api/ec2_calls.h"

#include <string.h>

/* A document that another family would have made. */
static void
put(struct fixture *f, const char *kind, const char *id, json_t *doc)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;
	json_t *old;

	assert_true(
	    store_edit(t, FIXTURE_ACCOUNT ":" FIXTURE_REGION, kind, id, &old, &err) >= 0);
	store_put(t, FIXTURE_ACCOUNT ":" FIXTURE_REGION, kind, id,
	    json_own(f->arena, doc));
	assert_int_equal(store_commit(t, &err), 1);
}

static void
remove_doc(struct fixture *f, const char *kind, const char *id)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;

	store_delete(t, FIXTURE_ACCOUNT ":" FIXTURE_REGION, kind, id);
	assert_int_equal(store_commit(t, &err), 1);
}

static json_t *
table_now(struct fixture *f, const char *id)
{
	json_t *v = ec2_ok(f, "DescribeRouteTables", "{\"RouteTableIds\": [\"%s\"]}", id);

	return json_array_get(json_get(v, "RouteTables"), 0);
}

/* The route of the table whose member has the value; it must be there. */
static const json_t *
route_to(struct fixture *f, const char *table, const char *member, const char *value)
{
	const json_t *route;
	size_t i;

	json_array_foreach(json_get(table_now(f, table), "Routes"), i, route) {
		if (strcmp(json_str_or(route, member, ""), value) == 0)
			return route;
	}
	fail_msg("there is no route with %s %s", member, value);
	return NULL;
}

/* A VPC, of which there is one of each target. */
static void
make_targets(struct fixture *f, const char *vpc)
{
	put(f, "ec2:nat-gateway", "nat-1",
	    json_make("{s:s, s:s, s:s}", "NatGatewayId", "nat-1", "VpcId", vpc, "State",
		"available"));
	put(f, "ec2:vpn-gateway", "vgw-1",
	    json_make("{s:s, s:s, s:[{s:s, s:s}]}", "VpnGatewayId", "vgw-1", "State",
		"available", "VpcAttachments", "State", "attached", "VpcId", vpc));
	put(f, "ec2:vpc-peering-connection", "pcx-1",
	    json_make("{s:s, s:{s:s}, s:{s:s}, s:{s:s}}", "VpcPeeringConnectionId",
		"pcx-1", "RequesterVpcInfo", "VpcId", vpc, "AccepterVpcInfo", "VpcId",
		"vpc-9", "Status", "Code", "active"));
	put(f, "ec2:transit-gateway", "tgw-1",
	    json_make("{s:s, s:s}", "TransitGatewayId", "tgw-1", "State", "available"));
	put(f, "ec2:transit-gateway-attachment", "tgw-attach-1",
	    json_make("{s:s, s:s, s:s, s:s}", "TransitGatewayAttachmentId",
		"tgw-attach-1", "TransitGatewayId", "tgw-1", "VpcId", vpc, "State",
		"available"));
	put(f, "ec2:vpc-endpoint", "vpce-1",
	    json_make("{s:s, s:s, s:s, s:s}", "VpcEndpointId", "vpce-1", "VpcId", vpc,
		"State", "available", "VpcEndpointType", "GatewayLoadBalancer"));
	put(f, "ec2:managed-prefix-list", "pl-1",
	    json_make("{s:s}", "PrefixListId", "pl-1"));
}

static void
every_target_is_shown_and_can_go(void **state)
{
	static const struct {
		const char *input, *member, *id, *kind;
	} cases[] = {
		{ "GatewayId", "GatewayId", "vgw-1", "ec2:vpn-gateway" },
		{ "NatGatewayId", "NatGatewayId", "nat-1", "ec2:nat-gateway" },
		{ "VpcPeeringConnectionId", "VpcPeeringConnectionId", "pcx-1",
		    "ec2:vpc-peering-connection" },
		{ "TransitGatewayId", "TransitGatewayId", "tgw-1",
		    "ec2:transit-gateway" },
		{ "VpcEndpointId", "GatewayId", "vpce-1", "ec2:vpc-endpoint" },
	};
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	make_targets(f, w.vpc);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *cidr = arena_printf(f->arena, "192.0.%zu.0/24", i);
		const json_t *route;

		ec2_ok(f, "CreateRoute",
		    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"%s\","
		    " \"%s\": \"%s\"}",
		    w.table, cidr, cases[i].input, cases[i].id);
		route = route_to(f, w.table, "DestinationCidrBlock", cidr);
		ec2_is(route, cases[i].member, cases[i].id);
		ec2_is(route, "State", "active");
		ec2_is(route, "Origin", "CreateRoute");
		assert_int_equal(json_object_size(route), 4);
		remove_doc(f, cases[i].kind, cases[i].id);
		ec2_is(route_to(f, w.table, "DestinationCidrBlock", cidr), "State",
		    "blackhole");
	}
	ec2_counts(
	    ec2_ok(f, "DescribeRouteTables",
		"{\"Filters\": [{\"Name\": \"route.nat-gateway-id\", \"Values\": [\"nat-1\"]},"
		" {\"Name\": \"route.state\", \"Values\": [\"blackhole\"]}]}"),
	    "RouteTables", 1);
}

static void
targets_that_are_not_there_are_refused(void **state)
{
	static const struct {
		const char *input, *id, *code, *message;
	} cases[] = {
		{ "GatewayId", "igw-0", "InvalidGatewayID.NotFound",
		    "The gateway ID 'igw-0' does not exist" },
		{ "GatewayId", "vgw-0", "InvalidGatewayID.NotFound", NULL },
		{ "GatewayId", "local", "InvalidGatewayID.NotFound", NULL },
		{ "NatGatewayId", "nat-0", "InvalidNatGatewayID.NotFound",
		    "The natGateway ID 'nat-0' does not exist" },
		{ "NetworkInterfaceId", "eni-0", "InvalidNetworkInterfaceID.NotFound",
		    "The networkInterface ID 'eni-0' does not exist" },
		{ "InstanceId", "i-0", "InvalidInstanceID.NotFound",
		    "The instance ID 'i-0' does not exist" },
		{ "VpcPeeringConnectionId", "pcx-0",
		    "InvalidVpcPeeringConnectionID.NotFound",
		    "The vpcPeeringConnection ID 'pcx-0' does not exist" },
		{ "TransitGatewayId", "tgw-0", "InvalidTransitGatewayID.NotFound",
		    "The transitGateway ID 'tgw-0' does not exist" },
		{ "VpcEndpointId", "vpce-0", "InvalidVpcEndpointId.NotFound", NULL },
		{ "EgressOnlyInternetGatewayId", "eigw-0", "InvalidGatewayID.NotFound",
		    NULL },
		{ "CarrierGatewayId", "cagw-0", "InvalidCarrierGatewayID.NotFound",
		    NULL },
		{ "LocalGatewayId", "lgw-0", "UnsupportedOperation", NULL },
		{ "CoreNetworkArn", "arn:aws:networkmanager::1:core-network/a",
		    "UnsupportedOperation", NULL },
		/* Of another VPC, not attached, at its end. */
		{ "NatGatewayId", "nat-2", "InvalidParameterValue", NULL },
		{ "NatGatewayId", "nat-3", "InvalidNatGatewayID.NotFound", NULL },
		{ "TransitGatewayId", "tgw-2", "InvalidTransitGatewayID.NotFound", NULL },
		{ "VpcPeeringConnectionId", "pcx-2", "InvalidParameterValue", NULL },
		{ "VpcEndpointId", "vpce-2", "InvalidParameterValue",
		    "The VPC endpoint vpce-2 is not of the type GatewayLoadBalancer." },
	};
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	put(f, "ec2:nat-gateway", "nat-2",
	    json_make("{s:s, s:s}", "VpcId", "vpc-9", "State", "available"));
	put(f, "ec2:nat-gateway", "nat-3",
	    json_make("{s:s, s:s}", "VpcId", w.vpc, "State", "deleted"));
	put(f, "ec2:vpc-endpoint", "vpce-2",
	    json_make("{s:s, s:s, s:s}", "VpcId", w.vpc, "State", "available",
		"VpcEndpointType", "Interface"));
	put(f, "ec2:transit-gateway", "tgw-2", json_make("{s:s}", "State", "available"));
	put(f, "ec2:vpc-peering-connection", "pcx-2",
	    json_make("{s:{s:s}, s:{s:s}, s:{s:s}}", "RequesterVpcInfo", "VpcId", "vpc-8",
		"AccepterVpcInfo", "VpcId", "vpc-9", "Status", "Code", "active"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *said = ec2_no(f, cases[i].code, "CreateRoute",
		    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"192.0.2.0/24\","
		    " \"%s\": \"%s\"}",
		    w.table, cases[i].input, cases[i].id);

		if (cases[i].message != NULL)
			assert_string_equal(said, cases[i].message);
	}
}

static void
destinations_are_of_three_kinds(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	make_targets(f, w.vpc);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationIpv6CidrBlock\": \"2001:DB8:5::1/48\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, w.gateway);
	ec2_is(route_to(f, w.table, "DestinationIpv6CidrBlock", "2001:db8:5::/48"),
	    "GatewayId", w.gateway);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"pl-1\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, w.gateway);
	ec2_is(route_to(f, w.table, "DestinationPrefixListId", "pl-1"), "State",
	    "active");
	ec2_no(f, "RouteAlreadyExists", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"pl-1\","
	    " \"NatGatewayId\": \"nat-1\"}",
	    w.table);
	ec2_ok(f, "ReplaceRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"pl-1\","
	    " \"NatGatewayId\": \"nat-1\"}",
	    w.table);
	assert_null(json_get(route_to(f, w.table, "DestinationPrefixListId", "pl-1"),
	    "GatewayId"));
	ec2_no(f, "InvalidPrefixListID.NotFound", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"pl-0\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, w.gateway);
	ec2_no(f, "InvalidParameterCombination", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"pl-1\","
	    " \"DestinationCidrBlock\": \"0.0.0.0/0\", \"GatewayId\": \"%s\"}",
	    w.table, w.gateway);
	ec2_no(f, "MissingParameter", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"%s\"}", w.table, w.gateway);
	ec2_no(f, "MissingParameter", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"192.0.2.0/24\"}",
	    w.table);
	ec2_no(f, "InvalidParameterCombination", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"192.0.2.0/24\","
	    " \"GatewayId\": \"%s\", \"NatGatewayId\": \"nat-1\"}",
	    w.table, w.gateway);
	ec2_no(f, "InvalidParameterValue", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationIpv6CidrBlock\": \"::/129\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, w.gateway);
	ec2_ok(f, "DeleteRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"pl-1\"}", w.table);
	ec2_no(f, "InvalidRoute.NotFound", "DeleteRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"pl-1\"}", w.table);
	ec2_ok(f, "DeleteRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationIpv6CidrBlock\":"
	    " \"2001:db8:5::/48\"}",
	    w.table);
	ec2_no(f, "MissingParameter", "DeleteRoute", "{\"RouteTableId\": \"%s\"}",
	    w.table);
}

static void
gateway_endpoints_keep_their_routes(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *list;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.s3\","
	    " \"RouteTableIds\": [\"%s\"]}",
	    w.vpc, w.table);
	list = json_str(route_to(f, w.table, "GatewayId",
			    ec2_text(v, "VpcEndpoint.VpcEndpointId")),
	    "DestinationPrefixListId");
	assert_non_null(list);
	ec2_is(route_to(f, w.table, "DestinationPrefixListId", list), "State", "active");
	assert_string_equal(
	    ec2_no(f, "InvalidParameterValue", "DeleteRoute",
		"{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"%s\"}",
		w.table, list),
	    arena_printf(f->arena,
		"cannot remove VPC endpoint route %s in route table %s", list, w.table));
	ec2_no(f, "InvalidParameterValue", "ReplaceRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationPrefixListId\": \"%s\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, list, w.gateway);
}

static void
instances_are_targets_while_they_run(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *instance, *interface;
	const json_t *route;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_launch(f, &w, "");
	instance = ec2_text(v, "Instances.0.InstanceId");
	interface = ec2_text(v, "Instances.0.NetworkInterfaces.0.NetworkInterfaceId");
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"192.0.2.0/24\","
	    " \"InstanceId\": \"%s\"}",
	    w.table, instance);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"192.0.3.0/24\","
	    " \"NetworkInterfaceId\": \"%s\"}",
	    w.table, interface);
	for (int i = 2; i <= 3; i++) {
		route = route_to(f, w.table, "DestinationCidrBlock",
		    arena_printf(f->arena, "192.0.%d.0/24", i));
		ec2_is(route, "InstanceId", instance);
		ec2_is(route, "InstanceOwnerId", FIXTURE_ACCOUNT);
		ec2_is(route, "NetworkInterfaceId", interface);
		ec2_is(route, "State", "active");
	}
	ec2_counts(
	    ec2_ok(f, "DescribeRouteTables",
		"{\"Filters\": [{\"Name\": \"route.instance-id\", \"Values\": [\"%s\"]}]}",
		instance),
	    "RouteTables", 1);
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", instance);
	for (int i = 2; i <= 3; i++)
		ec2_is(route_to(f, w.table, "DestinationCidrBlock",
			   arena_printf(f->arena, "192.0.%d.0/24", i)),
		    "State", "blackhole");
	ec2_no(f, "InvalidInstanceID.NotFound", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"192.0.4.0/24\","
	    " \"InstanceId\": \"%s\"}",
	    w.table, instance);
}

static void
the_vpc_itself_is_reached_by_what_is_inside(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	make_targets(f, w.vpc);
	assert_string_equal(
	    ec2_no(f, "InvalidParameterValue", "CreateRoute",
		"{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.0.1.0/24\","
		" \"GatewayId\": \"%s\"}",
		w.table, w.gateway),
	    "The destination CIDR block 10.0.1.0/24 is equal to or more specific than one of "
	    "this VPC's CIDR blocks. This route can target only an interface or an instance.");
	ec2_no(f, "InvalidParameterValue", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.0.1.0/25\","
	    " \"NatGatewayId\": \"nat-1\"}",
	    w.table);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.0.1.0/24\","
	    " \"NatGatewayId\": \"nat-1\"}",
	    w.table);
	/* The local route can lead inside too, and back. */
	ec2_ok(f, "ReplaceRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.0.0.0/16\","
	    " \"NatGatewayId\": \"nat-1\"}",
	    w.table);
	ec2_is(route_to(f, w.table, "DestinationCidrBlock", "10.0.0.0/16"),
	    "NatGatewayId", "nat-1");
	ec2_is(route_to(f, w.table, "DestinationCidrBlock", "10.0.0.0/16"), "Origin",
	    "CreateRouteTable");
	ec2_no(f, "InvalidParameterValue", "DeleteRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.0.0.0/16\"}",
	    w.table);
	ec2_no(f, "InvalidParameterCombination", "ReplaceRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.0.0.0/16\","
	    " \"LocalTarget\": true, \"NatGatewayId\": \"nat-1\"}",
	    w.table);
	ec2_ok(f, "ReplaceRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.0.0.0/16\","
	    " \"LocalTarget\": true}",
	    w.table);
	ec2_is(route_to(f, w.table, "DestinationCidrBlock", "10.0.0.0/16"), "GatewayId",
	    "local");
	ec2_no(f, "InvalidParameterValue", "ReplaceRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"0.0.0.0/0\","
	    " \"LocalTarget\": true}",
	    w.table);
	ec2_no(f, "MissingParameter", "ReplaceRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"0.0.0.0/0\"}",
	    w.table);
}

static void
gateways_have_tables(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *edge, *id;
	json_t *v;

	ec2_world(f, &w);
	edge = ec2_text(ec2_ok(f, "CreateRouteTable", "{\"VpcId\": \"%s\"}", w.vpc),
	    "RouteTable.RouteTableId");
	ec2_no(f, "InvalidParameterValue", "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"%s\"}", w.table, w.gateway);
	ec2_no(f, "InvalidGatewayID.NotFound", "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"igw-0\"}", edge);
	ec2_no(f, "MissingParameter", "AssociateRouteTable", "{\"RouteTableId\": \"%s\"}",
	    edge);
	ec2_no(f, "InvalidParameterCombination", "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"%s\", \"SubnetId\": \"%s\"}",
	    edge, w.gateway, w.subnet);
	ec2_no(f, "UnsupportedOperation", "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"PublicIpv4Pool\": \"ipv4pool-ec2-1\"}", edge);
	v = ec2_ok(f, "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"%s\"}", edge, w.gateway);
	id = ec2_text(v, "AssociationId");
	v = table_now(f, edge);
	ec2_is(v, "Associations.0.GatewayId", w.gateway);
	ec2_is(v, "Associations.0.Main", "false");
	assert_null(fixture_text(v, "Associations.0.SubnetId"));
	ec2_no(f, "Resource.AlreadyAssociated", "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"%s\"}", edge, w.gateway);
	v = ec2_ok(f, "CreateRouteTable", "{\"VpcId\": \"%s\"}", w.vpc);
	ec2_ok(f, "ReplaceRouteTableAssociation",
	    "{\"AssociationId\": \"%s\", \"RouteTableId\": \"%s\"}", id,
	    ec2_text(v, "RouteTable.RouteTableId"));
	ec2_ok(f, "DeleteRouteTable", "{\"RouteTableId\": \"%s\"}", edge);
	/* A gateway that leaves takes its association along. */
	ec2_ok(f, "DetachInternetGateway",
	    "{\"InternetGatewayId\": \"%s\", \"VpcId\": \"%s\"}", w.gateway, w.vpc);
	edge = ec2_text(v, "RouteTable.RouteTableId");
	ec2_counts(table_now(f, edge), "Associations", 0);
	ec2_no(f, "Gateway.NotAttached", "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"%s\"}", edge, w.gateway);
	ec2_ok(f, "DeleteRouteTable", "{\"RouteTableId\": \"%s\"}", edge);
}

static void
vpn_gateways_propagate_routes(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	make_targets(f, w.vpc);
	put(f, "ec2:vpn-gateway", "vgw-2",
	    json_make("{s:s, s:[]}", "State", "available", "VpcAttachments"));
	put(f, "ec2:vpn-connection", "vpn-1",
	    json_make("{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}]}", "VpnGatewayId", "vgw-1",
		"State", "available", "Routes", "DestinationCidrBlock", "192.0.2.0/24",
		"State", "available", "DestinationCidrBlock", "0.0.0.0/0", "State",
		"available"));
	ec2_no(f, "Gateway.NotAttached", "EnableVgwRoutePropagation",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"vgw-2\"}", w.table);
	ec2_no(f, "InvalidGatewayID.NotFound", "EnableVgwRoutePropagation",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"vgw-0\"}", w.table);
	ec2_no(f, "InvalidGatewayID.NotFound", "EnableVgwRoutePropagation",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"%s\"}", w.table, w.gateway);
	for (int twice = 0; twice < 2; twice++)
		ec2_ok(f, "EnableVgwRoutePropagation",
		    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"vgw-1\"}", w.table);
	v = table_now(f, w.table);
	ec2_counts(v, "PropagatingVgws", 1);
	ec2_is(v, "PropagatingVgws.0.GatewayId", "vgw-1");
	/* The table's own default route is stronger. */
	ec2_counts(v, "Routes", 3);
	ec2_is(route_to(f, w.table, "Origin", "EnableVgwRoutePropagation"),
	    "DestinationCidrBlock", "192.0.2.0/24");
	ec2_no(f, "InvalidRoute.NotFound", "DeleteRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"192.0.2.0/24\"}",
	    w.table);
	for (int twice = 0; twice < 2; twice++)
		ec2_ok(f, "DisableVgwRoutePropagation",
		    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"vgw-1\"}", w.table);
	v = table_now(f, w.table);
	ec2_counts(v, "PropagatingVgws", 0);
	ec2_counts(v, "Routes", 2);
	/* A gateway that leaves propagates no more. */
	ec2_ok(f, "EnableVgwRoutePropagation",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"vgw-1\"}", w.table);
	ec2_ok(f, "DetachVpnGateway", "{\"VpnGatewayId\": \"vgw-1\", \"VpcId\": \"%s\"}",
	    w.vpc);
	ec2_counts(table_now(f, w.table), "PropagatingVgws", 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_target_is_shown_and_can_go),
		TEST(targets_that_are_not_there_are_refused),
		TEST(destinations_are_of_three_kinds),
		TEST(gateway_endpoints_keep_their_routes),
		TEST(instances_are_targets_while_they_run),
		TEST(the_vpc_itself_is_reached_by_what_is_inside),
		TEST(gateways_have_tables),
		TEST(vpn_gateways_propagate_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
