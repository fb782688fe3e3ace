/* EC2: further CIDRs of VPCs, IPv6, attributes, tenancy. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "netdns/plan.h"

static const char *
make_vpc(struct fixture *f, const char *cidr)
{
	return ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"%s\"}", cidr),
	    "Vpc.VpcId");
}

static json_t *
tables_of(struct fixture *f, const char *vpc)
{
	return ec2_ok(f, "DescribeRouteTables",
	    "{\"Filters\": [{\"Name\": \"vpc-id\", \"Values\": [\"%s\"]}]}", vpc);
}

static void
further_cidrs_come_and_go(void **state)
{
	struct fixture *f = *state;
	const char *vpc = make_vpc(f, "10.8.0.0/16"), *id, *subnet, *table;
	json_t *v;

	table = ec2_text(ec2_ok(f, "CreateRouteTable", "{\"VpcId\": \"%s\"}", vpc),
	    "RouteTable.RouteTableId");
	v = ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"100.64.9.7/16\"}", vpc);
	ec2_is(v, "VpcId", vpc);
	ec2_is(v, "CidrBlockAssociation.CidrBlock", "100.64.0.0/16");
	ec2_is(v, "CidrBlockAssociation.CidrBlockState.State", "associating");
	id = ec2_text(v, "CidrBlockAssociation.AssociationId");
	assert_int_equal(strncmp(id, "vpc-cidr-assoc-", 15), 0);
	v = ec2_ok(f, "DescribeVpcs",
	    "{\"Filters\": [{\"Name\": \"cidr-block-association.association-id\","
	    " \"Values\": [\"%s\"]}]}",
	    id);
	ec2_counts(v, "Vpcs", 1);
	ec2_is(v, "Vpcs.0.CidrBlock", "10.8.0.0/16");
	ec2_is(v, "Vpcs.0.CidrBlockAssociationSet.1.CidrBlockState.State", "associated");

	/* Every table has a local route to it, the new ones too. */
	v = ec2_ok(f, "DescribeRouteTables", "{\"RouteTableIds\": [\"%s\"]}", table);
	ec2_is(v, "RouteTables.0.Routes.1.DestinationCidrBlock", "100.64.0.0/16");
	ec2_is(v, "RouteTables.0.Routes.1.GatewayId", "local");
	ec2_is(v, "RouteTables.0.Routes.1.Origin", "CreateRouteTable");
	v = ec2_ok(f, "CreateRouteTable", "{\"VpcId\": \"%s\"}", vpc);
	ec2_is(v, "RouteTable.Routes.1.DestinationCidrBlock", "100.64.0.0/16");

	/* A subnet in it keeps it. */
	subnet =
	    ec2_text(ec2_ok(f, "CreateSubnet",
			 "{\"VpcId\": \"%s\", \"CidrBlock\": \"100.64.1.0/24\"}", vpc),
		"Subnet.SubnetId");
	ec2_no(f, "InvalidCidrBlock.InUse", "DisassociateVpcCidrBlock",
	    "{\"AssociationId\": \"%s\"}", id);
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", subnet);
	v = ec2_ok(f, "DisassociateVpcCidrBlock", "{\"AssociationId\": \"%s\"}", id);
	ec2_is(v, "CidrBlockAssociation.CidrBlockState.State", "disassociating");
	ec2_is(v, "CidrBlockAssociation.CidrBlock", "100.64.0.0/16");
	v = tables_of(f, vpc);
	for (int i = 0; i < 3; i++)
		assert_null(fixture_text(v,
		    arena_printf(f->arena, "RouteTables.%d.Routes.1.GatewayId", i)));
	ec2_no(f, "InvalidVpcCidrBlockAssociationID.NotFound", "DisassociateVpcCidrBlock",
	    "{\"AssociationId\": \"%s\"}", id);
	ec2_no(f, "InvalidSubnet.Range", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"100.64.1.0/24\"}", vpc);
	id = ec2_text(ec2_ok(f, "DescribeVpcs", "{\"VpcIds\": [\"%s\"]}", vpc),
	    "Vpcs.0.CidrBlockAssociationSet.0.AssociationId");
	assert_string_equal(ec2_no(f, "OperationNotPermitted", "DisassociateVpcCidrBlock",
				"{\"AssociationId\": \"%s\"}", id),
	    arena_printf(f->arena,
		"The vpc CIDR block with association ID %s may not be disassociated. It is the "
		"primary IPv4 CIDR block of the VPC",
		id));
}

/* VPC user guide, "IPv4 CIDR block association restrictions". */
static void
not_every_cidr_goes_with_every_vpc(void **state)
{
	static const struct {
		const char *vpc, *cidr, *code; /* NULL: is taken */
	} cases[] = {
		{ "10.8.0.0/16", "10.9.0.0/16", NULL },
		{ "10.8.0.0/16", "10.0.0.0/16", NULL },
		{ "10.8.0.0/16", "100.64.0.0/16", NULL },
		{ "10.8.0.0/16", "44.0.0.0/16", NULL },
		{ "10.8.0.0/16", "10.8.4.0/24", "CidrConflict" },
		{ "10.8.1.0/24", "10.8.0.0/16", "CidrConflict" },
		{ "10.8.0.0/16", "172.16.0.0/16", "InvalidVpc.Range" },
		{ "10.8.0.0/16", "192.168.0.0/16", "InvalidVpc.Range" },
		{ "10.8.0.0/16", "10.0.0.0/8", "InvalidVpc.Range" },
		{ "10.8.0.0/16", "10.9.0.0/29", "InvalidVpc.Range" },
		{ "10.8.0.0/16", "127.0.0.0/16", "InvalidVpc.Range" },
		{ "10.8.0.0/16", "10.9.0.0", "InvalidParameterValue" },
		{ "10.1.0.0/16", "10.0.0.0/16", "InvalidVpc.Range" },
		{ "10.1.0.0/16", "10.2.0.0/16", NULL },
		{ "172.16.0.0/16", "172.17.0.0/16", NULL },
		{ "172.16.0.0/16", "172.31.0.0/16", "InvalidVpc.Range" },
		{ "172.16.0.0/16", "10.8.0.0/16", "InvalidVpc.Range" },
		{ "172.16.0.0/16", "192.168.0.0/16", "InvalidVpc.Range" },
		{ "192.168.0.0/24", "192.168.1.0/24", NULL },
		{ "192.168.0.0/24", "10.8.0.0/16", "InvalidVpc.Range" },
		{ "192.168.0.0/24", "172.16.0.0/16", "InvalidVpc.Range" },
		{ "100.64.0.0/16", "10.8.0.0/16", "InvalidVpc.Range" },
		{ "100.64.0.0/16", "44.0.0.0/16", NULL },
		{ "44.0.0.0/16", "192.168.0.0/16", "InvalidVpc.Range" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *vpc = make_vpc(f, cases[i].vpc);

		if (cases[i].code == NULL)
			ec2_ok(f, "AssociateVpcCidrBlock",
			    "{\"VpcId\": \"%s\", \"CidrBlock\": \"%s\"}", vpc,
			    cases[i].cidr);
		else
			ec2_no(f, cases[i].code, "AssociateVpcCidrBlock",
			    "{\"VpcId\": \"%s\", \"CidrBlock\": \"%s\"}", vpc,
			    cases[i].cidr);
	}
}

static void
a_vpc_has_five_cidrs_at_most(void **state)
{
	struct fixture *f = *state;
	const char *vpc = make_vpc(f, "10.8.0.0/16");

	for (int i = 0; i < 4; i++) {
		ec2_ok(f, "AssociateVpcCidrBlock",
		    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.%d.0.0/16\"}", vpc, 9 + i);
		ec2_ok(f, "AssociateVpcCidrBlock",
		    "{\"VpcId\": \"%s\", \"AmazonProvidedIpv6CidrBlock\": true}", vpc);
	}
	assert_string_equal(ec2_no(f, "CidrLimitExceeded", "AssociateVpcCidrBlock",
				"{\"VpcId\": \"%s\", \"CidrBlock\": \"10.20.0.0/16\"}",
				vpc),
	    arena_printf(f->arena,
		"This network '%s' has met its maximum number of allowed CIDRs: 5", vpc));
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"AmazonProvidedIpv6CidrBlock\": true}", vpc);
	ec2_no(f, "CidrLimitExceeded", "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"AmazonProvidedIpv6CidrBlock\": true}", vpc);
}

static void
a_route_keeps_its_destination_out(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.9.1.0/24\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, w.gateway);
	ec2_no(f, "CidrConflict", "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.9.0.0/16\"}", w.vpc);
	ec2_no(f, "CidrConflict", "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.9.1.0/24\"}", w.vpc);
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.9.1.0/25\"}", w.vpc);
}

static void
a_peer_keeps_its_cidr_out(void **state)
{
	struct fixture *f = *state;
	const char *vpc = make_vpc(f, "10.8.0.0/16"), *peer = make_vpc(f, "10.9.0.0/16"),
		   *id;

	id = ec2_text(ec2_ok(f, "CreateVpcPeeringConnection",
			  "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\"}", vpc, peer),
	    "VpcPeeringConnection.VpcPeeringConnectionId");
	ec2_ok(f, "AcceptVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    id);
	ec2_no(f, "CidrConflict", "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.9.4.0/24\"}", vpc);
	ec2_no(f, "CidrConflict", "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.8.4.0/24\"}", peer);
	ec2_ok(f, "DeleteVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    id);
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.9.4.0/24\"}", vpc);
}

static void
wrong_input_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *vpc = make_vpc(f, "10.8.0.0/16");
	const struct {
		const char *members, *code;
	} cases[] = {
		{ "", "MissingParameter" },
		{ ", \"AmazonProvidedIpv6CidrBlock\": false", "MissingParameter" },
		{ ", \"CidrBlock\": \"10.9.0.0/16\", \"AmazonProvidedIpv6CidrBlock\": true",
		    "InvalidParameterCombination" },
		{ ", \"CidrBlock\": \"10.9.0.0/16\","
		  " \"Ipv6CidrBlockNetworkBorderGroup\": \"us-east-1\"",
		    "InvalidParameterCombination" },
		{ ", \"AmazonProvidedIpv6CidrBlock\": true,"
		  " \"Ipv6CidrBlockNetworkBorderGroup\": \"us-east-1-bos-1\"",
		    "InvalidParameterValue" },
		{ ", \"Ipv4IpamPoolId\": \"ipam-pool-1\", \"Ipv4NetmaskLength\": 24",
		    "UnsupportedOperation" },
		{ ", \"Ipv6Pool\": \"ipv6pool-ec2-1\"", "UnsupportedOperation" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "AssociateVpcCidrBlock", "{\"VpcId\": \"%s\"%s}",
		    vpc, cases[i].members);
	ec2_no(f, "InvalidVpcID.NotFound", "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"vpc-0\", \"CidrBlock\": \"10.9.0.0/16\"}");
	ec2_no(f, "MissingParameter", "AssociateVpcCidrBlock", "{}");
	ec2_no(f, "InvalidParameterCombination", "CreateVpc",
	    "{\"CidrBlock\": \"10.9.0.0/16\","
	    " \"Ipv6CidrBlockNetworkBorderGroup\": \"us-east-1\"}");
}

static void
ipv6_is_amazons(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "CreateVpc",
	    "{\"CidrBlock\": \"10.8.0.0/16\", \"AmazonProvidedIpv6CidrBlock\": true}");
	const char *vpc = ec2_text(v, "Vpc.VpcId"), *cidr, *id, *other;
	struct net6 net;

	ec2_is(v, "Vpc.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlockState.State",
	    "associating");
	v = ec2_ok(f, "DescribeVpcs",
	    "{\"Filters\": [{\"Name\": \"ipv6-cidr-block-association.ipv6-pool\","
	    " \"Values\": [\"Amazon\"]}]}");
	ec2_counts(v, "Vpcs", 1);
	ec2_is(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlockState.State",
	    "associated");
	ec2_is(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.NetworkBorderGroup", "us-east-1");
	ec2_is(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.IpSource", "amazon");
	id = ec2_text(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.AssociationId");
	cidr = ec2_text(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock");
	assert_int_equal(net6_parse(cidr, &net), 1);
	assert_int_equal(net.len, 56);
	assert_int_equal(net6_is_canonical(&net), 1);
	assert_int_equal(strncmp(cidr, "2001:db8:", 9), 0);

	/* Its route and the default ACL's rules are there. */
	v = tables_of(f, vpc);
	ec2_is(v, "RouteTables.0.Routes.1.DestinationIpv6CidrBlock", cidr);
	v = ec2_ok(f, "DescribeNetworkAcls",
	    "{\"Filters\": [{\"Name\": \"entry.ipv6-cidr\", \"Values\": [\"::/0\"]}]}");
	ec2_is(v, "NetworkAcls.0.Entries.1.RuleNumber", "101");
	ec2_is(v, "NetworkAcls.0.Entries.1.RuleAction", "allow");
	ec2_is(v, "NetworkAcls.0.Entries.3.RuleNumber", "32768");
	ec2_is(v, "NetworkAcls.0.Entries.3.RuleAction", "deny");

	/* So do the rules outward of its default group, and of one that is made now. */
	v = ec2_ok(f, "DescribeSecurityGroups",
	    "{\"Filters\": [{\"Name\": \"vpc-id\", \"Values\": [\"%s\"]}]}", vpc);
	ec2_is(v, "SecurityGroups.0.IpPermissionsEgress.0.Ipv6Ranges.0.CidrIpv6", "::/0");
	v = ec2_ok(f, "CreateSecurityGroup",
	    "{\"GroupName\": \"six\", \"Description\": \"six\", \"VpcId\": \"%s\"}", vpc);
	v = ec2_ok(f, "DescribeSecurityGroups", "{\"GroupIds\": [\"%s\"]}",
	    ec2_text(v, "GroupId"));
	ec2_is(v, "SecurityGroups.0.IpPermissionsEgress.0.Ipv6Ranges.0.CidrIpv6", "::/0");
	ec2_is(v, "SecurityGroups.0.IpPermissionsEgress.0.IpRanges.0.CidrIp",
	    "0.0.0.0/0");
	ec2_ok(f, "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}",
	    ec2_text(v, "SecurityGroups.0.GroupId"));

	/* Another VPC has another block. */
	v = ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"AmazonProvidedIpv6CidrBlock\": true}",
	    make_vpc(f, "10.9.0.0/16"));
	ec2_is(v, "Ipv6CidrBlockAssociation.Ipv6CidrBlockState.State", "associating");
	other = ec2_text(v, "Ipv6CidrBlockAssociation.Ipv6CidrBlock");
	assert_string_not_equal(other, cidr);

	v = ec2_ok(f, "DisassociateVpcCidrBlock", "{\"AssociationId\": \"%s\"}", id);
	ec2_is(v, "Ipv6CidrBlockAssociation.Ipv6CidrBlock", cidr);
	v = ec2_ok(f, "DescribeVpcs", "{\"VpcIds\": [\"%s\"]}", vpc);
	assert_null(
	    fixture_text(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock"));
	assert_null(fixture_text(tables_of(f, vpc), "RouteTables.0.Routes.1.GatewayId"));
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", vpc);
}

static void
tenancy_and_metrics_are_set(void **state)
{
	struct fixture *f = *state;
	const char *vpc = ec2_text(ec2_ok(f, "CreateVpc",
				       "{\"CidrBlock\": \"10.8.0.0/16\","
				       " \"InstanceTenancy\": \"dedicated\"}"),
	    "Vpc.VpcId");

	ec2_is(ec2_ok(f, "ModifyVpcTenancy",
		   "{\"VpcId\": \"%s\", \"InstanceTenancy\": \"default\"}", vpc),
	    "ReturnValue", "true");
	ec2_is(ec2_ok(f, "DescribeVpcs", "{}"), "Vpcs.0.InstanceTenancy", "default");
	ec2_no(f, "InvalidParameterValue", "ModifyVpcTenancy",
	    "{\"VpcId\": \"%s\", \"InstanceTenancy\": \"dedicated\"}", vpc);
	ec2_no(f, "InvalidVpcID.NotFound", "ModifyVpcTenancy",
	    "{\"VpcId\": \"vpc-0\", \"InstanceTenancy\": \"default\"}");
	ec2_ok(f, "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableNetworkAddressUsageMetrics\": {\"Value\": true}}",
	    vpc);
	ec2_is(
	    ec2_ok(f, "DescribeVpcAttribute",
		"{\"VpcId\": \"%s\", \"Attribute\": \"enableNetworkAddressUsageMetrics\"}",
		vpc),
	    "EnableNetworkAddressUsageMetrics.Value", "true");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(further_cidrs_come_and_go),
		TEST(not_every_cidr_goes_with_every_vpc),
		TEST(a_vpc_has_five_cidrs_at_most),
		TEST(a_route_keeps_its_destination_out),
		TEST(a_peer_keeps_its_cidr_out),
		TEST(wrong_input_is_refused),
		TEST(ipv6_is_amazons),
		TEST(tenancy_and_metrics_are_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
