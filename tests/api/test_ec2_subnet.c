/* EC2: subnets: default ones, IPv6, attributes, reservations. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "netdns/plan.h"

/* The n-th /64 of the VPC's first IPv6 CIDR; the arena's. */
static const char *
cidr6(struct fixture *f, const char *vpc, uint8_t n)
{
	json_t *v = ec2_ok(f, "DescribeVpcs", "{\"VpcIds\": [\"%s\"]}", vpc);
	char text[NET6_TEXT];
	struct net6 net;

	assert_int_equal(
	    net6_parse(ec2_text(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock"),
		&net),
	    1);
	net.addr[7] = n;
	net.len = 64;
	net6_format(&net, text);
	return arena_strdup(f->arena, text);
}

static const char *
make_vpc6(struct fixture *f)
{
	return ec2_text(ec2_ok(f, "CreateVpc",
			    "{\"CidrBlock\": \"10.0.0.0/16\","
			    " \"AmazonProvidedIpv6CidrBlock\": true}"),
	    "Vpc.VpcId");
}

static json_t *
subnet_now(struct fixture *f, const char *id)
{
	json_t *v = ec2_ok(f, "DescribeSubnets", "{\"SubnetIds\": [\"%s\"]}", id);

	return json_array_get(json_get(v, "Subnets"), 0);
}

static void
default_subnets_are_made_again(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeSubnets",
	    "{\"Filters\": [{\"Name\": \"availability-zone\","
	    " \"Values\": [\"us-east-1b\"]}]}");
	const char *id = ec2_text(v, "Subnets.0.SubnetId");

	assert_string_equal(ec2_no(f, "DefaultSubnetAlreadyExistsInAvailabilityZone",
				"CreateDefaultSubnet",
				"{\"AvailabilityZone\": \"us-east-1b\"}"),
	    arena_printf(f->arena, "'%s' is already the default subnet in us-east-1b.",
		id));
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", id);
	/* What is in the way is passed over. */
	ec2_ok(f, "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"172.31.16.0/24\"}",
	    ec2_text(v, "Subnets.0.VpcId"));
	v = ec2_ok(f, "CreateDefaultSubnet", "{\"AvailabilityZone\": \"us-east-1b\"}");
	ec2_is(v, "Subnet.CidrBlock", "172.31.48.0/20");
	ec2_is(v, "Subnet.DefaultForAz", "true");
	ec2_is(v, "Subnet.MapPublicIpOnLaunch", "true");
	ec2_is(v, "Subnet.AvailableIpAddressCount", "4091");
	ec2_no(f, "MissingParameter", "CreateDefaultSubnet", "{}");
	ec2_no(f, "InvalidParameterValue", "CreateDefaultSubnet",
	    "{\"AvailabilityZone\": \"us-east-1z\"}");
	ec2_no(f, "UnsupportedOperation", "CreateDefaultSubnet",
	    "{\"AvailabilityZone\": \"us-east-1a\", \"Ipv6Native\": true}");
}

static void
no_default_vpc_no_default_subnet(void **state)
{
	ec2_no(*state, "DefaultVpcDoesNotExist", "CreateDefaultSubnet",
	    "{\"AvailabilityZone\": \"us-east-1a\"}");
}

static void
ipv6_is_of_one_subnet(void **state)
{
	struct fixture *f = *state;
	const char *vpc = make_vpc6(f), *id, *association, *other;
	json_t *v = ec2_ok(f, "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.1.0/24\", \"Ipv6CidrBlock\": \"%s\"}",
	    vpc, cidr6(f, vpc, 1));

	id = ec2_text(v, "Subnet.SubnetId");
	ec2_is(v, "Subnet.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlockState.State",
	    "associating");
	ec2_is(v, "Subnet.AssignIpv6AddressOnCreation", "false");
	ec2_is(v, "Subnet.Ipv6Native", "false");
	v = ec2_ok(f, "DescribeSubnets",
	    "{\"Filters\": [{\"Name\": \"ipv6-cidr-block-association.ipv6-cidr-block\","
	    " \"Values\": [\"%s\"]}]}",
	    cidr6(f, vpc, 1));
	ec2_counts(v, "Subnets", 1);
	ec2_is(v, "Subnets.0.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlockState.State",
	    "associated");
	association =
	    ec2_text(v, "Subnets.0.Ipv6CidrBlockAssociationSet.0.AssociationId");

	ec2_no(f, "InvalidSubnet.Conflict", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/24\", \"Ipv6CidrBlock\": \"%s\"}",
	    vpc, cidr6(f, vpc, 1));
	ec2_no(f, "InvalidSubnet.Range", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/24\","
	    " \"Ipv6CidrBlock\": \"2600:1f18::/64\"}",
	    vpc);
	ec2_no(f, "CidrLimitExceeded", "AssociateSubnetCidrBlock",
	    "{\"SubnetId\": \"%s\", \"Ipv6CidrBlock\": \"%s\"}", id, cidr6(f, vpc, 2));
	ec2_no(f, "InvalidCidrBlock.InUse", "DisassociateVpcCidrBlock",
	    "{\"AssociationId\": \"%s\"}",
	    ec2_text(ec2_ok(f, "DescribeVpcs", "{}"),
		"Vpcs.0.Ipv6CidrBlockAssociationSet.0.AssociationId"));

	/* To another, by the way of Associate and Disassociate. */
	v = ec2_ok(f, "DisassociateSubnetCidrBlock", "{\"AssociationId\": \"%s\"}",
	    association);
	ec2_is(v, "SubnetId", id);
	ec2_is(v, "Ipv6CidrBlockAssociation.Ipv6CidrBlockState.State", "disassociating");
	ec2_no(f, "InvalidSubnetCidrBlockAssociationID.NotFound",
	    "DisassociateSubnetCidrBlock", "{\"AssociationId\": \"%s\"}", association);
	other = ec2_text(ec2_ok(f, "CreateSubnet",
			     "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/24\"}", vpc),
	    "Subnet.SubnetId");
	v = ec2_ok(f, "AssociateSubnetCidrBlock",
	    "{\"SubnetId\": \"%s\", \"Ipv6CidrBlock\": \"%s\"}", other, cidr6(f, vpc, 1));
	ec2_is(v, "SubnetId", other);
	ec2_is(v, "Ipv6CidrBlockAssociation.Ipv6CidrBlock", cidr6(f, vpc, 1));
	ec2_is(subnet_now(f, other), "Ipv6CidrBlockAssociationSet.0.IpSource", "amazon");
	ec2_no(f, "MissingParameter", "AssociateSubnetCidrBlock",
	    "{\"SubnetId\": \"%s\"}", id);
}

static void
a_subnet_can_be_of_ipv6_alone(void **state)
{
	struct fixture *f = *state;
	const char *vpc = make_vpc6(f);
	json_t *v;

	ec2_no(f, "MissingParameter", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"Ipv6CidrBlock\": \"%s\"}", vpc, cidr6(f, vpc, 1));
	ec2_no(f, "InvalidParameterCombination", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.1.0/24\", \"Ipv6CidrBlock\": \"%s\","
	    " \"Ipv6Native\": true}",
	    vpc, cidr6(f, vpc, 1));
	v = ec2_ok(f, "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"Ipv6CidrBlock\": \"%s\", \"Ipv6Native\": true}", vpc,
	    cidr6(f, vpc, 1));
	ec2_is(v, "Subnet.Ipv6Native", "true");
	ec2_is(v, "Subnet.AssignIpv6AddressOnCreation", "true");
	ec2_is(v, "Subnet.AvailableIpAddressCount", "0");
	ec2_is(v, "Subnet.PrivateDnsNameOptionsOnLaunch.HostnameType", "resource-name");
	assert_null(fixture_text(v, "Subnet.CidrBlock"));
	ec2_no(f, "InvalidParameterValue", "DisassociateSubnetCidrBlock",
	    "{\"AssociationId\": \"%s\"}",
	    ec2_text(v, "Subnet.Ipv6CidrBlockAssociationSet.0.AssociationId"));
	ec2_counts(
	    ec2_ok(f, "DescribeSubnets",
		"{\"Filters\": [{\"Name\": \"ipv6-native\", \"Values\": [\"true\"]}]}"),
	    "Subnets", 1);
}

static void
attributes_are_set_one_at_a_time(void **state)
{
	static const struct {
		const char *input, *path, *value;
	} cases[] = {
		{ "\"MapPublicIpOnLaunch\": {\"Value\": true}", "MapPublicIpOnLaunch",
		    "true" },
		{ "\"AssignIpv6AddressOnCreation\": {\"Value\": true}",
		    "AssignIpv6AddressOnCreation", "true" },
		{ "\"EnableDns64\": {\"Value\": true}", "EnableDns64", "true" },
		{ "\"PrivateDnsHostnameTypeOnLaunch\": \"resource-name\"",
		    "PrivateDnsNameOptionsOnLaunch.HostnameType", "resource-name" },
		{ "\"EnableResourceNameDnsARecordOnLaunch\": {\"Value\": true}",
		    "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
		    "true" },
		{ "\"EnableResourceNameDnsAAAARecordOnLaunch\": {\"Value\": true}",
		    "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
		    "true" },
		{ "\"EnableLniAtDeviceIndex\": 1", "EnableLniAtDeviceIndex", "1" },
		{ "\"EnableDns64\": {\"Value\": false}", "EnableDns64", "false" },
	};
	struct fixture *f = *state;
	const char *vpc = make_vpc6(f), *id;

	id = ec2_text(ec2_ok(f, "CreateSubnet",
			  "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.1.0/24\","
			  " \"Ipv6CidrBlock\": \"%s\"}",
			  vpc, cidr6(f, vpc, 1)),
	    "Subnet.SubnetId");
	for (size_t i = 0; i < COUNT(cases); i++) {
		ec2_ok(f, "ModifySubnetAttribute", "{\"SubnetId\": \"%s\", %s}", id,
		    cases[i].input);
		ec2_is(subnet_now(f, id), cases[i].path, cases[i].value);
	}
	ec2_ok(f, "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"DisableLniAtDeviceIndex\": {\"Value\": true}}", id);
	assert_null(fixture_text(subnet_now(f, id), "EnableLniAtDeviceIndex"));
	ec2_no(f, "InvalidParameterCombination", "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"EnableDns64\": {\"Value\": true},"
	    " \"EnableLniAtDeviceIndex\": 1}",
	    id);
	ec2_no(f, "UnsupportedOperation", "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"CustomerOwnedIpv4Pool\": \"ipv4pool-coip-1\","
	    " \"MapCustomerOwnedIpOnLaunch\": {\"Value\": true}}",
	    id);
	ec2_no(f, "InvalidParameterValue", "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"EnableLniAtDeviceIndex\": 0}", id);
	/* What goes with IPv6 goes with it. */
	ec2_ok(f, "DisassociateSubnetCidrBlock", "{\"AssociationId\": \"%s\"}",
	    ec2_text(subnet_now(f, id), "Ipv6CidrBlockAssociationSet.0.AssociationId"));
	ec2_is(subnet_now(f, id), "AssignIpv6AddressOnCreation", "false");
	ec2_no(f, "InvalidParameterValue", "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"AssignIpv6AddressOnCreation\": {\"Value\": true}}",
	    id);
}

static void
ranges_are_reserved(void **state)
{
	struct fixture *f = *state;
	const char *vpc = make_vpc6(f), *subnet, *id;
	json_t *v;

	subnet = ec2_text(ec2_ok(f, "CreateSubnet",
			      "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.1.0/24\","
			      " \"Ipv6CidrBlock\": \"%s\"}",
			      vpc, cidr6(f, vpc, 1)),
	    "Subnet.SubnetId");
	v = ec2_ok(f, "CreateSubnetCidrReservation",
	    "{\"SubnetId\": \"%s\", \"Cidr\": \"10.0.1.17/28\", \"ReservationType\":"
	    " \"explicit\", \"Description\": \"mine\", \"TagSpecifications\":"
	    " [{\"ResourceType\": \"subnet-cidr-reservation\", \"Tags\": [{\"Key\": \"a\","
	    " \"Value\": \"b\"}]}]}",
	    subnet);
	id = ec2_text(v, "SubnetCidrReservation.SubnetCidrReservationId");
	assert_int_equal(strncmp(id, "scr-", 4), 0);
	ec2_is(v, "SubnetCidrReservation.Cidr", "10.0.1.16/28");
	ec2_is(v, "SubnetCidrReservation.Description", "mine");
	ec2_is(v, "SubnetCidrReservation.OwnerId", FIXTURE_ACCOUNT);
	ec2_is(v, "SubnetCidrReservation.Tags.0.Value", "b");
	ec2_ok(f, "CreateSubnetCidrReservation",
	    "{\"SubnetId\": \"%s\", \"Cidr\": \"%s\", \"ReservationType\": \"prefix\"}",
	    subnet, cidr6(f, vpc, 1));
	ec2_no(f, "SubnetCidrReservationConflict", "CreateSubnetCidrReservation",
	    "{\"SubnetId\": \"%s\", \"Cidr\": \"10.0.1.24/29\", \"ReservationType\":"
	    " \"prefix\"}",
	    subnet);
	ec2_no(f, "InvalidParameterValue", "CreateSubnetCidrReservation",
	    "{\"SubnetId\": \"%s\", \"Cidr\": \"10.0.2.0/28\", \"ReservationType\":"
	    " \"prefix\"}",
	    subnet);
	ec2_no(f, "InvalidParameterValue", "CreateSubnetCidrReservation",
	    "{\"SubnetId\": \"%s\", \"Cidr\": \"%s\", \"ReservationType\": \"prefix\"}",
	    subnet, cidr6(f, vpc, 2));
	ec2_no(f, "InvalidParameterValue", "CreateSubnetCidrReservation",
	    "{\"SubnetId\": \"%s\", \"Cidr\": \"x\", \"ReservationType\": \"prefix\"}",
	    subnet);
	ec2_no(f, "InvalidSubnetID.NotFound", "CreateSubnetCidrReservation",
	    "{\"SubnetId\": \"subnet-0\", \"Cidr\": \"10.0.1.0/28\", \"ReservationType\":"
	    " \"prefix\"}");

	v = ec2_ok(f, "GetSubnetCidrReservations", "{\"SubnetId\": \"%s\"}", subnet);
	ec2_counts(v, "SubnetIpv4CidrReservations", 1);
	ec2_counts(v, "SubnetIpv6CidrReservations", 1);
	v = ec2_ok(f, "GetSubnetCidrReservations",
	    "{\"SubnetId\": \"%s\", \"Filters\": [{\"Name\": \"reservationType\","
	    " \"Values\": [\"prefix\"]}]}",
	    subnet);
	ec2_counts(v, "SubnetIpv4CidrReservations", 0);
	ec2_is(v, "SubnetIpv6CidrReservations.0.Cidr", cidr6(f, vpc, 1));
	v = ec2_ok(f, "DeleteSubnetCidrReservation",
	    "{\"SubnetCidrReservationId\": \"%s\"}", id);
	ec2_is(v, "DeletedSubnetCidrReservation.Cidr", "10.0.1.16/28");
	ec2_no(f, "InvalidSubnetCidrReservationID.NotFound",
	    "DeleteSubnetCidrReservation", "{\"SubnetCidrReservationId\": \"%s\"}", id);
	/* The other goes with its subnet. */
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", subnet);
	ec2_no(f, "InvalidSubnetID.NotFound", "GetSubnetCidrReservations",
	    "{\"SubnetId\": \"%s\"}", subnet);
}

static void
what_is_reserved_is_given_to_those_who_ask(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	ec2_ok(f, "CreateSubnetCidrReservation",
	    "{\"SubnetId\": \"%s\", \"Cidr\": \"10.0.1.0/28\", \"ReservationType\":"
	    " \"explicit\"}",
	    w.subnet);
	ec2_is(ec2_launch(f, &w, ""), "Instances.0.PrivateIpAddress", "10.0.1.16");
	ec2_is(ec2_launch(f, &w, "\"PrivateIpAddress\": \"10.0.1.5\""),
	    "Instances.0.PrivateIpAddress", "10.0.1.5");
}

static void
a_subnet_lies_in_one_range_of_its_vpc(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.2.0.0/16\"}", w.vpc);
	w.subnet =
	    ec2_text(ec2_ok(f, "CreateSubnet",
			 "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.2.1.0/24\"}", w.vpc),
		"Subnet.SubnetId");
	ec2_no(f, "InvalidSubnet.Conflict", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.2.0.0/16\"}", w.vpc);
	ec2_no(f, "InvalidSubnet.Range", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.3.0.0/24\"}", w.vpc);
	ec2_is(ec2_launch(f, &w, ""), "Instances.0.PrivateIpAddress", "10.2.1.4");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
#define STANDARD(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup_standard, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STANDARD(default_subnets_are_made_again),
		TEST(no_default_vpc_no_default_subnet),
		TEST(ipv6_is_of_one_subnet),
		TEST(a_subnet_can_be_of_ipv6_alone),
		TEST(attributes_are_set_one_at_a_time),
		TEST(ranges_are_reserved),
		TEST(what_is_reserved_is_given_to_those_who_ask),
		TEST(a_subnet_lies_in_one_range_of_its_vpc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
