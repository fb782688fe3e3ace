/* EC2: egress-only internet gateways and carrier gateways. */
#include "tests/api/ec2_calls.h"

#include <string.h>

static const char *
make_vpc(struct fixture *f)
{
	return ec2_text(ec2_ok(f, "CreateVpc",
			    "{\"CidrBlock\": \"10.0.0.0/16\","
			    " \"AmazonProvidedIpv6CidrBlock\": true}"),
	    "Vpc.VpcId");
}

static const char *
main_table(struct fixture *f, const char *vpc)
{
	return ec2_text(
	    ec2_ok(f, "DescribeRouteTables",
		"{\"Filters\": [{\"Name\": \"vpc-id\", \"Values\": [\"%s\"]}]}", vpc),
	    "RouteTables.0.RouteTableId");
}

static void
ipv6_has_a_way_out(void **state)
{
	struct fixture *f = *state;
	const char *vpc = make_vpc(f), *table = main_table(f, vpc), *id;
	json_t *v = ec2_ok(f, "CreateEgressOnlyInternetGateway",
	    "{\"VpcId\": \"%s\", \"ClientToken\": \"t\", \"TagSpecifications\":"
	    " [{\"ResourceType\": \"egress-only-internet-gateway\", \"Tags\":"
	    " [{\"Key\": \"a\", \"Value\": \"b\"}]}]}",
	    vpc);

	id = ec2_text(v, "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId");
	assert_int_equal(strncmp(id, "eigw-", 5), 0);
	ec2_is(v, "ClientToken", "t");
	ec2_is(v, "EgressOnlyInternetGateway.Attachments.0.State", "attached");
	ec2_is(v, "EgressOnlyInternetGateway.Attachments.0.VpcId", vpc);
	v = ec2_ok(f, "DescribeEgressOnlyInternetGateways",
	    "{\"Filters\": [{\"Name\": \"tag:a\", \"Values\": [\"b\"]}]}");
	ec2_counts(v, "EgressOnlyInternetGateways", 1);
	ec2_no(f, "InvalidParameterValue", "DescribeEgressOnlyInternetGateways",
	    "{\"Filters\": [{\"Name\": \"vpc-id\", \"Values\": [\"b\"]}]}");

	ec2_no(f, "InvalidParameterValue", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"0.0.0.0/0\","
	    " \"EgressOnlyInternetGatewayId\": \"%s\"}",
	    table, id);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationIpv6CidrBlock\": \"::/0\","
	    " \"EgressOnlyInternetGatewayId\": \"%s\"}",
	    table, id);
	v = ec2_ok(f, "DescribeRouteTables", "{\"RouteTableIds\": [\"%s\"]}", table);
	ec2_is(v, "RouteTables.0.Routes.2.EgressOnlyInternetGatewayId", id);
	ec2_is(v, "RouteTables.0.Routes.2.State", "active");

	ec2_no(f, "DependencyViolation", "DeleteVpc", "{\"VpcId\": \"%s\"}", vpc);
	ec2_is(ec2_ok(f, "DeleteEgressOnlyInternetGateway",
		   "{\"EgressOnlyInternetGatewayId\": \"%s\"}", id),
	    "ReturnCode", "true");
	v = ec2_ok(f, "DescribeRouteTables", "{\"RouteTableIds\": [\"%s\"]}", table);
	ec2_is(v, "RouteTables.0.Routes.2.State", "blackhole");
	assert_string_equal(ec2_no(f, "InvalidGatewayID.NotFound",
				"DeleteEgressOnlyInternetGateway",
				"{\"EgressOnlyInternetGatewayId\": \"%s\"}", id),
	    arena_printf(f->arena, "The gateway ID '%s' does not exist", id));
	ec2_no(f, "InvalidVpcID.NotFound", "CreateEgressOnlyInternetGateway",
	    "{\"VpcId\": \"vpc-0\"}");
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", vpc);
}

static void
carriers_are_on_record(void **state)
{
	struct fixture *f = *state;
	const char *vpc = make_vpc(f), *table = main_table(f, vpc), *id;
	json_t *v = ec2_ok(f, "CreateCarrierGateway",
	    "{\"VpcId\": \"%s\", \"TagSpecifications\": [{\"ResourceType\":"
	    " \"carrier-gateway\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}",
	    vpc);

	id = ec2_text(v, "CarrierGateway.CarrierGatewayId");
	ec2_is(v, "CarrierGateway.State", "pending");
	ec2_is(v, "CarrierGateway.Tags.0.Value", "b");
	v = ec2_ok(f, "DescribeCarrierGateways",
	    "{\"Filters\": [{\"Name\": \"vpc-id\", \"Values\": [\"%s\"]},"
	    " {\"Name\": \"state\", \"Values\": [\"available\"]}]}",
	    vpc);
	ec2_is(v, "CarrierGateways.0.CarrierGatewayId", id);
	ec2_is(v, "CarrierGateways.0.OwnerId", FIXTURE_ACCOUNT);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"0.0.0.0/0\","
	    " \"CarrierGatewayId\": \"%s\"}",
	    table, id);
	ec2_no(f, "InvalidParameterValue", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationIpv6CidrBlock\": \"::/0\","
	    " \"CarrierGatewayId\": \"%s\"}",
	    table, id);
	ec2_no(f, "DependencyViolation", "DeleteVpc", "{\"VpcId\": \"%s\"}", vpc);
	ec2_is(ec2_ok(f, "DeleteCarrierGateway", "{\"CarrierGatewayId\": \"%s\"}", id),
	    "CarrierGateway.State", "deleting");
	ec2_no(f, "InvalidCarrierGatewayID.NotFound", "DeleteCarrierGateway",
	    "{\"CarrierGatewayId\": \"%s\"}", id);
	ec2_no(f, "InvalidCarrierGatewayID.NotFound", "DescribeCarrierGateways",
	    "{\"CarrierGatewayIds\": [\"%s\"]}", id);
	ec2_no(f, "InvalidVpcID.NotFound", "CreateCarrierGateway",
	    "{\"VpcId\": \"vpc-0\"}");
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", vpc);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ipv6_has_a_way_out),
		TEST(carriers_are_on_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
