/* EC2: NAT gateways and their addresses. */
#include "tests/api/ec2_calls.h"
#include "tests/fakes/engine_fake.h"

static const char *
allocate(struct fixture *f)
{
	return ec2_text(ec2_ok(f, "AllocateAddress", "{}"), "AllocationId");
}

static json_t *
now(struct fixture *f, const char *id)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeNatGateways",
					   "{\"NatGatewayIds\": [\"%s\"]}", id),
				  "NatGateways"),
	    0);
}

static void
a_public_gateway_lives_and_dies(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *elastic = allocate(f), *id, *eni;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"AllocationId\": \"%s\", \"ClientToken\": \"x\","
	    " \"TagSpecifications\": [{\"ResourceType\": \"natgateway\", \"Tags\":"
	    " [{\"Key\": \"Name\", \"Value\": \"n\"}]}]}",
	    w.subnet, elastic);
	id = ec2_text(v, "NatGateway.NatGatewayId");
	ec2_is(v, "NatGateway.State", "pending");
	ec2_is(v, "ClientToken", "x");
	v = now(f, id);
	ec2_is(v, "State", "available");
	ec2_is(v, "ConnectivityType", "public");
	ec2_is(v, "VpcId", w.vpc);
	ec2_is(v, "Tags.0.Value", "n");
	ec2_is(v, "NatGatewayAddresses.0.AllocationId", elastic);
	ec2_is(v, "NatGatewayAddresses.0.PrivateIp", "10.0.1.4");
	ec2_is(v, "NatGatewayAddresses.0.IsPrimary", "true");
	ec2_is(v, "NatGatewayAddresses.0.Status", "succeeded");
	eni = ec2_text(v, "NatGatewayAddresses.0.NetworkInterfaceId");
	v = ec2_ok(f, "DescribeNetworkInterfaces", "{}");
	ec2_is(v, "NetworkInterfaces.0.InterfaceType", "nat_gateway");
	ec2_is(v, "NetworkInterfaces.0.RequesterManaged", "true");
	ec2_is(v, "NetworkInterfaces.0.SourceDestCheck", "false");
	ec2_is(v, "NetworkInterfaces.0.Association.AllocationId", elastic);
	v = ec2_ok(f, "DescribeAddresses", "{}");
	ec2_is(v, "Addresses.0.NetworkInterfaceId", eni);
	/* What the gateway has is not the user's to take away. */
	ec2_no(f, "OperationNotPermitted", "DisassociateAddress",
	    "{\"AssociationId\": \"%s\"}", ec2_text(v, "Addresses.0.AssociationId"));
	ec2_no(f, "AuthFailure", "DeleteNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\"}", eni);
	ec2_no(f, "Resource.AlreadyAssociated", "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"AllocationId\": \"%s\"}", w.subnet, elastic);
	ec2_no(f, "DependencyViolation", "DeleteSubnet", "{\"SubnetId\": \"%s\"}",
	    w.subnet);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"192.0.2.0/24\","
	    " \"NatGatewayId\": \"%s\"}",
	    w.table, id);
	ec2_is(ec2_ok(f, "DeleteNatGateway", "{\"NatGatewayId\": \"%s\"}", id),
	    "NatGatewayId", id);
	ec2_is(now(f, id), "State", "deleted");
	ec2_no(f, "NatGatewayNotFound", "DeleteNatGateway", "{\"NatGatewayId\": \"%s\"}",
	    id);
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfaces", "{}"), "NetworkInterfaces", 0);
	ec2_ok(f, "ReleaseAddress", "{\"AllocationId\": \"%s\"}", elastic);
	f->now_ms += 2 * 3600 * 1000;
	ec2_counts(ec2_ok(f, "DescribeNatGateways", "{}"), "NatGateways", 0);
}

static void
a_public_gateway_has_more_addresses(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	static const int drains[] = { 0, 4001 };
	const char *one = allocate(f), *two = allocate(f), *three = allocate(f), *id;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"AllocationId\": \"%s\", \"SecondaryAllocationIds\":"
	    " [\"%s\"], \"SecondaryPrivateIpAddresses\": [\"10.0.1.40\"]}",
	    w.subnet, one, two);
	id = ec2_text(v, "NatGateway.NatGatewayId");
	ec2_is(now(f, id), "NatGatewayAddresses.1.PrivateIp", "10.0.1.40");
	ec2_is(now(f, id), "NatGatewayAddresses.1.AllocationId", two);
	v = ec2_ok(f, "AssociateNatGatewayAddress",
	    "{\"NatGatewayId\": \"%s\", \"AllocationIds\": [\"%s\"]}", id, three);
	ec2_is(v, "NatGatewayAddresses.0.Status", "associating");
	v = now(f, id);
	ec2_counts(v, "NatGatewayAddresses", 3);
	ec2_no(f, "InvalidParameter", "DisassociateNatGatewayAddress",
	    "{\"NatGatewayId\": \"%s\", \"AssociationIds\": [\"%s\"]}", id,
	    ec2_text(v, "NatGatewayAddresses.0.AssociationId"));
	for (size_t i = 0; i < COUNT(drains); i++)
		ec2_no(f, "InvalidParameterValue", "DisassociateNatGatewayAddress",
		    "{\"NatGatewayId\": \"%s\", \"AssociationIds\": [\"%s\"],"
		    " \"MaxDrainDurationSeconds\": %d}",
		    id, ec2_text(v, "NatGatewayAddresses.1.AssociationId"), drains[i]);
	ec2_ok(f, "DisassociateNatGatewayAddress",
	    "{\"NatGatewayId\": \"%s\", \"AssociationIds\": [\"%s\"],"
	    " \"MaxDrainDurationSeconds\": 4000}",
	    id, ec2_text(v, "NatGatewayAddresses.1.AssociationId"));
	ec2_counts(now(f, id), "NatGatewayAddresses", 2);
	ec2_ok(f, "ReleaseAddress", "{\"AllocationId\": \"%s\"}", two);
	ec2_no(f, "UnsupportedOperation", "AssignPrivateNatGatewayAddress",
	    "{\"NatGatewayId\": \"%s\", \"PrivateIpAddressCount\": 1}", id);
	v = ec2_ok(f, "DescribeNetworkInterfaces", "{}");
	ec2_counts(json_array_get(json_get(v, "NetworkInterfaces"), 0),
	    "PrivateIpAddresses", 2);
}

static void
a_private_gateway_has_private_addresses(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *other;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"ConnectivityType\": \"private\","
	    " \"PrivateIpAddress\": \"10.0.1.9\", \"SecondaryPrivateIpAddressCount\": 2}",
	    w.subnet);
	id = ec2_text(v, "NatGateway.NatGatewayId");
	v = now(f, id);
	ec2_counts(v, "NatGatewayAddresses", 3);
	ec2_is(v, "NatGatewayAddresses.0.PrivateIp", "10.0.1.9");
	assert_null(fixture_text(v, "NatGatewayAddresses.0.PublicIp"));
	v = ec2_ok(f, "AssignPrivateNatGatewayAddress",
	    "{\"NatGatewayId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}", id);
	ec2_is(v, "NatGatewayAddresses.0.Status", "assigning");
	/* They are the gateway's to give and to take. */
	v = now(f, id);
	ec2_no(f, "OperationNotPermitted", "UnassignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}",
	    ec2_text(v, "NatGatewayAddresses.0.NetworkInterfaceId"));
	other = ec2_text(ec2_ok(f, "CreateNetworkInterface", "{\"SubnetId\": \"%s\"}",
			     w.subnet),
	    "NetworkInterface.NetworkInterfaceId");
	ec2_no(f, "InvalidIPAddress.InUse", "AssignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"],"
	    " \"AllowReassignment\": true}",
	    other);
	ec2_ok(f, "UnassignPrivateNatGatewayAddress",
	    "{\"NatGatewayId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}", id);
	ec2_no(f, "InvalidParameterValue", "UnassignPrivateNatGatewayAddress",
	    "{\"NatGatewayId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}", id);
	ec2_counts(now(f, id), "NatGatewayAddresses", 3);
	v = ec2_ok(f, "DescribeNatGateways",
	    "{\"Filter\": [{\"Name\": \"vpc-id\", \"Values\": [\"%s\"]},"
	    " {\"Name\": \"state\", \"Values\": [\"available\"]}]}",
	    w.vpc);
	ec2_counts(v, "NatGateways", 1);
}

static void
wrong_input_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *vpc, *subnet, *elastic = allocate(f);
	static const struct ec2_refusal refusals[] = {
		{ "CreateNatGateway", "{}", "MissingParameter", NULL },
		{ "CreateNatGateway", "{\"SubnetId\": \"subnet-0\"}",
		    "InvalidSubnetID.NotFound", NULL },
		{ "CreateNatGateway", "{\"AvailabilityMode\": \"regional\"}",
		    "UnsupportedOperation", NULL },
		{ "DeleteNatGateway", "{\"NatGatewayId\": \"nat-0\"}",
		    "NatGatewayNotFound", NULL },
		{ "DeleteNatGateway", "{\"NatGatewayId\": \"x\"}", "NatGatewayMalformed",
		    NULL },
		{ "DescribeNatGateways", "{\"MaxResults\": 4}", "InvalidParameterValue",
		    NULL },
	};
	json_t *v;

	ec2_refused(f, refusals, COUNT(refusals));
	ec2_world(f, &w);
	ec2_no(f, "MissingParameter", "CreateNatGateway", "{\"SubnetId\": \"%s\"}",
	    w.subnet);
	ec2_no(f, "InvalidAllocationID.NotFound", "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"AllocationId\": \"eipalloc-0\"}", w.subnet);
	ec2_no(f, "InvalidParameterCombination", "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"AllocationId\": \"%s\", \"ConnectivityType\":"
	    " \"private\"}",
	    w.subnet, elastic);
	/* Without a way to the internet it fails, after the answer. */
	vpc = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.9.0.0/16\"}"),
	    "Vpc.VpcId");
	subnet = ec2_text(ec2_ok(f, "CreateSubnet",
			      "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.9.0.0/24\"}", vpc),
	    "Subnet.SubnetId");
	v = ec2_ok(f, "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"AllocationId\": \"%s\"}", subnet, elastic);
	ec2_is(v, "NatGateway.State", "pending");
	v = now(f, ec2_text(v, "NatGateway.NatGatewayId"));
	ec2_is(v, "State", "failed");
	ec2_is(v, "FailureCode", "Gateway.NotAttached");
	ec2_ok(f, "ReleaseAddress", "{\"AllocationId\": \"%s\"}", elastic);
}

/* Without Docker a gateway is available at once. */
static int
set_up(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->env.engine = NULL;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	f->env.engine = engine_fake_engine(f->engine);
	return fixture_teardown(state);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_public_gateway_lives_and_dies),
		T(a_public_gateway_has_more_addresses),
		T(a_private_gateway_has_private_addresses),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
