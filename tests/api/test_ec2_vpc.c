/* EC2: VPCs, subnets, gateways, route tables, ACLs; what a region has from the start. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "base/clock.h"

static void
vpcs_live_and_die(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "CreateVpc",
	    "{\"CidrBlock\": \"10.1.2.3/16\", \"InstanceTenancy\": \"dedicated\","
	    " \"TagSpecifications\": [{\"ResourceType\": \"vpc\", \"Tags\":"
	    " [{\"Key\": \"Name\", \"Value\": \"main\"}]}]}");
	const char *id = ec2_text(v, "Vpc.VpcId");

	ec2_is(v, "Vpc.State", "pending");
	ec2_is(v, "Vpc.CidrBlock", "10.1.0.0/16");
	ec2_is(v, "Vpc.CidrBlockAssociationSet.0.CidrBlockState.State", "associated");
	ec2_is(v, "Vpc.InstanceTenancy", "dedicated");
	ec2_is(v, "Vpc.IsDefault", "false");
	ec2_is(v, "Vpc.OwnerId", FIXTURE_ACCOUNT);
	ec2_is(v, "Vpc.Tags.0.Value", "main");
	v = ec2_ok(f, "DescribeVpcs", "{\"VpcIds\": [\"%s\"]}", id);
	ec2_is(v, "Vpcs.0.State", "available");
	/* With it came its table, ACL and group, without its tags. */
	v = ec2_ok(f, "DescribeRouteTables", "{}");
	ec2_counts(v, "RouteTables", 1);
	ec2_is(v, "RouteTables.0.Associations.0.Main", "true");
	ec2_is(v, "RouteTables.0.Routes.0.GatewayId", "local");
	ec2_is(v, "RouteTables.0.Routes.0.DestinationCidrBlock", "10.1.0.0/16");
	assert_null(fixture_text(v, "RouteTables.0.Tags.0.Key"));
	v = ec2_ok(f, "DescribeNetworkAcls", "{}");
	ec2_is(v, "NetworkAcls.0.IsDefault", "true");
	assert_int_equal(json_array_size(
			     json_get(json_array_get(json_get(v, "NetworkAcls"), 0),
				 "Entries")),
	    4);
	v = ec2_ok(f, "DescribeSecurityGroups", "{}");
	ec2_is(v, "SecurityGroups.0.GroupName", "default");
	ec2_is(v, "SecurityGroups.0.IpPermissions.0.UserIdGroupPairs.0.GroupId",
	    ec2_text(v, "SecurityGroups.0.GroupId"));
	ec2_is(v, "SecurityGroups.0.IpPermissionsEgress.0.IpRanges.0.CidrIp",
	    "0.0.0.0/0");

	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", id);
	ec2_no(f, "InvalidVpcID.NotFound", "DescribeVpcs", "{\"VpcIds\": [\"%s\"]}", id);
	ec2_counts(ec2_ok(f, "DescribeRouteTables", "{}"), "RouteTables", 0);
	ec2_counts(ec2_ok(f, "DescribeNetworkAcls", "{}"), "NetworkAcls", 0);
	ec2_counts(ec2_ok(f, "DescribeSecurityGroups", "{}"), "SecurityGroups", 0);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateVpc", "{}", "MissingParameter",
		    "The request must contain the parameter CidrBlock" },
		{ "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/8\"}", "InvalidVpc.Range",
		    "The CIDR '10.0.0.0/8' is invalid." },
		{ "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/29\"}", "InvalidVpc.Range",
		    NULL },
		{ "CreateVpc", "{\"CidrBlock\": \"127.0.0.0/16\"}", "InvalidVpc.Range",
		    NULL },
		{ "CreateVpc", "{\"CidrBlock\": \"198.18.0.0/16\"}", "InvalidVpc.Range",
		    NULL },
		{ "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/33\"}",
		    "InvalidParameterValue",
		    "Value (10.0.0.0/33) for parameter cidrBlock is invalid. This is not a valid "
		    "CIDR block." },
		{ "CreateVpc", "{\"CidrBlock\": \"10.0.0.0\"}", "InvalidParameterValue",
		    NULL },
		{ "CreateVpc",
		    "{\"CidrBlock\": \"10.0.0.0/16\", \"InstanceTenancy\": \"host\"}",
		    "InvalidParameterValue", NULL },
		{ "CreateVpc",
		    "{\"CidrBlock\": \"10.0.0.0/16\", \"InstanceTenancy\": \"x\"}",
		    "InvalidParameterValue", NULL },
		{ "CreateVpc",
		    "{\"CidrBlock\": \"10.0.0.0/16\", \"Ipv6Pool\": \"ipv6pool-ec2-1\"}",
		    "UnsupportedOperation", NULL },
		{ "CreateVpc",
		    "{\"CidrBlock\": \"10.0.0.0/16\", \"TagSpecifications\": [{\"ResourceType\":"
		    " \"subnet\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}",
		    "InvalidParameterValue",
		    "'subnet' is not a valid taggable resource type for this operation." },
		{ "CreateVpc",
		    "{\"CidrBlock\": \"10.0.0.0/16\", \"TagSpecifications\": [{\"ResourceType\":"
		    " \"vpc\", \"Tags\": [{\"Key\": \"a\"}, {\"Key\": \"a\"}]}]}",
		    "InvalidParameterValue", "Duplicate tag key 'a' specified." },
		{ "CreateVpc",
		    "{\"CidrBlock\": \"10.0.0.0/16\", \"TagSpecifications\": [{\"ResourceType\":"
		    " \"vpc\", \"Tags\": [{\"Key\": \"aws:a\"}]}]}",
		    "InvalidParameterValue", NULL },
		{ "DeleteVpc", "{}", "MissingParameter",
		    "The request must contain the parameter VpcId" },
		{ "DeleteVpc", "{\"VpcId\": \"vpc-0\"}", "InvalidVpcID.NotFound",
		    "The vpc ID 'vpc-0' does not exist" },
		{ "DescribeVpcs",
		    "{\"Filters\": [{\"Name\": \"colour\", \"Values\": [\"x\"]}]}",
		    "InvalidParameterValue", "The filter 'colour' is invalid" },
		{ "DescribeVpcs", "{\"MaxResults\": 4}", "InvalidParameterValue", NULL },
		{ "DescribeVpcs", "{\"MaxResults\": 1001}", "InvalidParameterValue",
		    NULL },
		{ "DescribeVpcs", "{\"NextToken\": \"x\"}", "InvalidPaginationToken",
		    NULL },
		{ "DescribeVpcs", "{\"MaxResults\": 5, \"VpcIds\": [\"vpc-1\"]}",
		    "InvalidVpcID.NotFound", NULL },
		{ "DescribeVpcAttribute", "{\"VpcId\": \"vpc-0\", \"Attribute\": \"x\"}",
		    "InvalidParameterValue", NULL },
		{ "CreateSubnet",
		    "{\"VpcId\": \"vpc-0\", \"CidrBlock\": \"10.0.0.0/24\"}",
		    "InvalidVpcID.NotFound", NULL },
		{ "CreateSubnet", "{\"VpcId\": \"vpc-0\"}", "MissingParameter", NULL },
		{ "DeleteSubnet", "{\"SubnetId\": \"subnet-0\"}",
		    "InvalidSubnetID.NotFound",
		    "The subnet ID 'subnet-0' does not exist" },
		{ "AttachInternetGateway",
		    "{\"InternetGatewayId\": \"igw-0\", \"VpcId\": \"vpc-0\"}",
		    "InvalidInternetGatewayID.NotFound",
		    "The internetGateway ID 'igw-0' does not exist" },
		{ "CreateRouteTable", "{\"VpcId\": \"vpc-0\"}", "InvalidVpcID.NotFound",
		    NULL },
		{ "DeleteRouteTable", "{\"RouteTableId\": \"rtb-0\"}",
		    "InvalidRouteTableID.NotFound",
		    "The routeTable ID 'rtb-0' does not exist" },
		{ "DisassociateRouteTable", "{\"AssociationId\": \"rtbassoc-0\"}",
		    "InvalidAssociationID.NotFound",
		    "The association ID 'rtbassoc-0' does not exist" },
	};

	ec2_refused(*state, refusals, COUNT(refusals));
}

static void
dependencies_keep_a_vpc(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *group;

	ec2_world(f, &w);
	group = ec2_text(
	    ec2_ok(f, "CreateSecurityGroup",
		"{\"GroupName\": \"g\", \"Description\": \"g\", \"VpcId\": \"%s\"}",
		w.vpc),
	    "GroupId");
	assert_string_equal(ec2_no(f, "DependencyViolation", "DeleteVpc",
				"{\"VpcId\": \"%s\"}", w.vpc),
	    arena_printf(f->arena, "The vpc '%s' has dependencies and cannot be deleted.",
		w.vpc));
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", w.subnet);
	ec2_no(f, "DependencyViolation", "DeleteVpc", "{\"VpcId\": \"%s\"}", w.vpc);
	ec2_no(f, "DependencyViolation", "DeleteInternetGateway",
	    "{\"InternetGatewayId\": \"%s\"}", w.gateway);
	ec2_no(f, "Gateway.NotAttached", "DetachInternetGateway",
	    "{\"InternetGatewayId\": \"%s\", \"VpcId\": \"vpc-0\"}", w.gateway);
	ec2_ok(f, "DetachInternetGateway",
	    "{\"InternetGatewayId\": \"%s\", \"VpcId\": \"%s\"}", w.gateway, w.vpc);
	/* Where the route led there is nothing now. */
	ec2_is(ec2_ok(f, "DescribeRouteTables", "{\"RouteTableIds\": [\"%s\"]}", w.table),
	    "RouteTables.0.Routes.1.State", "blackhole");
	ec2_counts(
	    ec2_ok(f, "DescribeRouteTables",
		"{\"Filters\": [{\"Name\": \"route.state\", \"Values\": [\"black*\"]}]}"),
	    "RouteTables", 1);
	ec2_no(f, "DependencyViolation", "DeleteVpc", "{\"VpcId\": \"%s\"}", w.vpc);
	ec2_ok(f, "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}", group);
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", w.vpc);
	ec2_ok(f, "DeleteInternetGateway", "{\"InternetGatewayId\": \"%s\"}", w.gateway);
}

static void
attributes_are_kept(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "DescribeVpcAttribute",
	    "{\"VpcId\": \"%s\", \"Attribute\": \"enableDnsSupport\"}", w.vpc);
	ec2_is(v, "EnableDnsSupport.Value", "true");
	assert_null(json_get(v, "EnableDnsHostnames"));
	ec2_is(ec2_ok(f, "DescribeVpcAttribute",
		   "{\"VpcId\": \"%s\", \"Attribute\": \"enableDnsHostnames\"}", w.vpc),
	    "EnableDnsHostnames.Value", "false");
	ec2_no(f, "InvalidParameterCombination", "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableDnsHostnames\": {\"Value\": true},"
	    " \"EnableDnsSupport\": {\"Value\": true}}",
	    w.vpc);
	ec2_no(f, "InvalidParameterCombination", "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\"}", w.vpc);

	/* DNS host names are names of public addresses, those that are there too. */
	id = ec2_text(ec2_launch(f, &w, ""), "Instances.0.InstanceId");
	v = ec2_instance_now(f, id);
	assert_non_null(fixture_text(v, "PublicIpAddress"));
	ec2_is(v, "PublicDnsName", "");
	ec2_ok(f, "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableDnsHostnames\": {\"Value\": true}}", w.vpc);
	v = ec2_instance_now(f, id);
	assert_int_equal(strncmp(ec2_text(v, "PublicDnsName"), "ec2-198-18-", 11), 0);
	ec2_is(v, "NetworkInterfaces.0.Association.PublicDnsName",
	    ec2_text(v, "PublicDnsName"));
	ec2_ok(f, "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableDnsHostnames\": {\"Value\": false}}", w.vpc);
	ec2_is(ec2_instance_now(f, id), "PublicDnsName", "");
	ec2_ok(f, "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableDnsSupport\": {\"Value\": false}}", w.vpc);
	ec2_no(f, "InvalidParameterCombination", "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableDnsHostnames\": {\"Value\": true}}", w.vpc);
}

static void
subnets_share_the_range(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	ec2_no(f, "InvalidSubnet.Conflict", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.1.128/25\"}", w.vpc);
	ec2_no(f, "InvalidSubnet.Range", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/24\"}", w.vpc);
	ec2_no(f, "InvalidSubnet.Range", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/29\"}", w.vpc);
	ec2_no(f, "InvalidParameterValue", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/24\", \"AvailabilityZone\":"
	    " \"us-east-1z\"}",
	    w.vpc);
	ec2_no(f, "InvalidParameterCombination", "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/24\", \"AvailabilityZone\":"
	    " \"us-east-1a\", \"AvailabilityZoneId\": \"use1-az2\"}",
	    w.vpc);
	v = ec2_ok(f, "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/28\", \"AvailabilityZoneId\":"
	    " \"use1-az2\"}",
	    w.vpc);
	ec2_is(v, "Subnet.AvailabilityZone", "us-east-1b");
	ec2_is(v, "Subnet.AvailableIpAddressCount", "11");
	ec2_is(v, "Subnet.MapPublicIpOnLaunch", "false");
	ec2_launch(f, &w, "");
	/* Counted whether all are listed or one is named. */
	v = ec2_ok(f, "DescribeSubnets", "{\"SubnetIds\": [\"%s\"]}", w.subnet);
	ec2_is(v, "Subnets.0.AvailableIpAddressCount", "250");
	v = ec2_ok(f, "DescribeSubnets",
	    "{\"Filters\": [{\"Name\": \"available-ip-address-count\", \"Values\": [\"250\"]}]}");
	ec2_counts(v, "Subnets", 1);
	ec2_no(f, "DependencyViolation", "DeleteSubnet", "{\"SubnetId\": \"%s\"}",
	    w.subnet);
	ec2_no(f, "InvalidParameterCombination", "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"MapPublicIpOnLaunch\": {\"Value\": true},"
	    " \"PrivateDnsHostnameTypeOnLaunch\": \"ip-name\"}",
	    w.subnet);
	ec2_no(f, "InvalidParameterValue", "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"EnableDns64\": {\"Value\": true}}", w.subnet);
	ec2_ok(f, "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"EnableDns64\": {\"Value\": false}}", w.subnet);
}

static void
gateways_are_of_one_vpc(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *other, *vpc;

	ec2_world(f, &w);
	other = ec2_text(ec2_ok(f, "CreateInternetGateway", "{}"),
	    "InternetGateway.InternetGatewayId");
	vpc = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
	assert_string_equal(ec2_no(f, "InvalidParameterValue", "AttachInternetGateway",
				"{\"InternetGatewayId\": \"%s\", \"VpcId\": \"%s\"}",
				other, w.vpc),
	    arena_printf(f->arena, "Network %s already has an internet gateway attached",
		w.vpc));
	assert_string_equal(ec2_no(f, "Resource.AlreadyAssociated",
				"AttachInternetGateway",
				"{\"InternetGatewayId\": \"%s\", \"VpcId\": \"%s\"}",
				w.gateway, vpc),
	    arena_printf(f->arena, "resource %s is already attached to network %s",
		w.gateway, w.vpc));
	assert_string_equal(
	    ec2_no(f, "InvalidParameterValue", "CreateRoute",
		"{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"1.0.0.0/8\","
		" \"GatewayId\": \"%s\"}",
		w.table, other),
	    arena_printf(f->arena,
		"route table %s and network gateway %s belong to different networks",
		w.table, other));
	ec2_launch(f, &w, "");
	ec2_no(f, "DependencyViolation", "DetachInternetGateway",
	    "{\"InternetGatewayId\": \"%s\", \"VpcId\": \"%s\"}", w.gateway, w.vpc);
}

static void
routes_are_made_and_replaced(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	assert_string_equal(ec2_no(f, "RouteAlreadyExists", "CreateRoute",
				"{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\":"
				" \"0.0.0.0/0\", \"GatewayId\": \"%s\"}",
				w.table, w.gateway),
	    "The route identified by 0.0.0.0/0 already exists.");
	assert_string_equal(ec2_no(f, "InvalidGatewayID.NotFound", "CreateRoute",
				"{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\":"
				" \"1.0.0.0/8\", \"GatewayId\": \"igw-0\"}",
				w.table),
	    "The gateway ID 'igw-0' does not exist");
	ec2_no(f, "UnsupportedOperation", "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"1.0.0.0/8\","
	    " \"LocalGatewayId\": \"lgw-0\"}",
	    w.table);
	ec2_no(f, "InvalidParameterValue", "ReplaceRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"1.0.0.0/8\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, w.gateway);
	ec2_no(f, "InvalidParameterValue", "ReplaceRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.0.0.0/16\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, w.gateway);
	ec2_no(f, "InvalidParameterValue", "DeleteRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"10.0.0.0/16\"}",
	    w.table);
	ec2_no(f, "InvalidRoute.NotFound", "DeleteRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"1.0.0.0/8\"}",
	    w.table);
	ec2_ok(f, "CreateRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"1.2.3.4/8\","
	    " \"GatewayId\": \"%s\"}",
	    w.table, w.gateway);
	ec2_ok(f, "DeleteRoute",
	    "{\"RouteTableId\": \"%s\", \"DestinationCidrBlock\": \"1.2.3.4/8\"}",
	    w.table);
}

static void
route_tables_are_of_subnets(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *table, *association, *main;
	json_t *v;

	ec2_world(f, &w);
	table = ec2_text(ec2_ok(f, "CreateRouteTable", "{\"VpcId\": \"%s\"}", w.vpc),
	    "RouteTable.RouteTableId");
	ec2_no(f, "DependencyViolation", "DeleteRouteTable", "{\"RouteTableId\": \"%s\"}",
	    w.table);
	association = ec2_text(ec2_ok(f, "AssociateRouteTable",
				   "{\"RouteTableId\": \"%s\", \"SubnetId\": \"%s\"}",
				   table, w.subnet),
	    "AssociationId");
	ec2_no(f, "Resource.AlreadyAssociated", "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"SubnetId\": \"%s\"}", w.table, w.subnet);
	ec2_no(f, "DependencyViolation", "DeleteRouteTable", "{\"RouteTableId\": \"%s\"}",
	    table);
	association =
	    ec2_text(ec2_ok(f, "ReplaceRouteTableAssociation",
			 "{\"AssociationId\": \"%s\", \"RouteTableId\": \"%s\"}",
			 association, w.table),
		"NewAssociationId");
	ec2_ok(f, "DisassociateRouteTable", "{\"AssociationId\": \"%s\"}", association);

	/* Another becomes the main one, and the old one can go. */
	main = ec2_text(ec2_ok(f, "DescribeRouteTables", "{\"RouteTableIds\": [\"%s\"]}",
			    w.table),
	    "RouteTables.0.Associations.0.RouteTableAssociationId");
	ec2_no(f, "InvalidParameterValue", "DisassociateRouteTable",
	    "{\"AssociationId\": \"%s\"}", main);
	ec2_ok(f, "ReplaceRouteTableAssociation",
	    "{\"AssociationId\": \"%s\", \"RouteTableId\": \"%s\"}", main, table);
	v = ec2_ok(f, "DescribeRouteTables",
	    "{\"Filters\": [{\"Name\": \"association.main\", \"Values\": [\"true\"]}]}");
	ec2_counts(v, "RouteTables", 1);
	ec2_is(v, "RouteTables.0.RouteTableId", table);
	ec2_ok(f, "DeleteRouteTable", "{\"RouteTableId\": \"%s\"}", w.table);

	/* A subnet that goes leaves no association behind. */
	v = ec2_ok(f, "CreateRouteTable", "{\"VpcId\": \"%s\"}", w.vpc);
	ec2_ok(f, "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"SubnetId\": \"%s\"}",
	    ec2_text(v, "RouteTable.RouteTableId"), w.subnet);
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", w.subnet);
	ec2_ok(f, "DeleteRouteTable", "{\"RouteTableId\": \"%s\"}",
	    ec2_text(v, "RouteTable.RouteTableId"));
}

static void
pages_follow_each_other(void **state)
{
	struct fixture *f = *state;
	const char *token = NULL;
	size_t seen = 0, pages = 0;
	json_t *v, *ids = json_own(f->arena, json_new_object()), *row;
	size_t i;

	for (int n = 0; n < 12; n++)
		ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.%d.0.0/16\"}", n);
	do {
		v = ec2_ok(f, "DescribeVpcs", "{\"MaxResults\": 5%s%s%s}",
		    token != NULL ? ", \"NextToken\": \"" : "",
		    token != NULL ? token : "", token != NULL ? "\"" : "");
		json_array_foreach(json_get(v, "Vpcs"), i, row) {
			json_set_bool(ids, ec2_text(row, "VpcId"), 1);
			seen++;
		}
		token = fixture_text(v, "NextToken");
	} while (++pages < 10 && token != NULL);
	assert_int_equal(pages, 3);
	assert_int_equal(seen, 12);
	assert_int_equal(json_object_size(ids), 12);
}

/* facts.md, "Standard bootstrap". */
static void
a_region_has_a_default_vpc(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeVpcs", "{}");
	const char *vpc = ec2_text(v, "Vpcs.0.VpcId");

	ec2_counts(v, "Vpcs", 1);
	ec2_is(v, "Vpcs.0.CidrBlock", "172.31.0.0/16");
	ec2_is(v, "Vpcs.0.IsDefault", "true");
	ec2_is(ec2_ok(f, "DescribeVpcAttribute",
		   "{\"VpcId\": \"%s\", \"Attribute\": \"enableDnsHostnames\"}", vpc),
	    "EnableDnsHostnames.Value", "true");
	v = ec2_ok(f, "DescribeSubnets",
	    "{\"Filters\": [{\"Name\": \"default-for-az\", \"Values\": [\"true\"]}]}");
	ec2_counts(v, "Subnets", 3);
	for (int i = 0; i < 3; i++)
		ec2_is(v, arena_printf(f->arena, "Subnets.%d.MapPublicIpOnLaunch", i),
		    "true");
	v = ec2_ok(f, "DescribeAvailabilityZones", "{}");
	ec2_counts(v, "AvailabilityZones", 3);
	v = ec2_ok(f, "DescribeInternetGateways",
	    "{\"Filters\": [{\"Name\": \"attachment.vpc-id\", \"Values\": [\"%s\"]}]}",
	    vpc);
	ec2_counts(v, "InternetGateways", 1);
	v = ec2_ok(f, "DescribeRouteTables",
	    "{\"Filters\": [{\"Name\": \"route.gateway-id\", \"Values\": [\"%s\"]}]}",
	    ec2_text(v, "InternetGateways.0.InternetGatewayId"));
	ec2_is(v, "RouteTables.0.Routes.1.DestinationCidrBlock", "0.0.0.0/0");
	ec2_is(v, "RouteTables.0.Routes.1.State", "active");
	ec2_counts(ec2_ok(f, "DescribeSecurityGroups", "{}"), "SecurityGroups", 1);
	v = ec2_ok(f, "DescribeNetworkAcls", "{}");
	ec2_counts(v, "NetworkAcls", 1);
	v = ec2_ok(f, "DescribeNetworkAcls", "{\"NetworkAclIds\": [\"%s\"]}",
	    ec2_text(v, "NetworkAcls.0.NetworkAclId"));
	assert_int_equal(json_array_size(
			     json_path(json_array_get(json_get(v, "NetworkAcls"), 0),
				 "Associations")),
	    3);
	v = ec2_ok(f, "DescribeDhcpOptions", "{}");
	ec2_is(v, "DhcpOptions.0.DhcpConfigurations.0.Values.0.Value", "ec2.internal");

	/* Each region on its first touch, with its own names. */
	f->region = "eu-west-1";
	ec2_is(ec2_ok(f, "DescribeSubnets", "{}"), "Subnets.0.OwnerId", FIXTURE_ACCOUNT);
	ec2_is(ec2_ok(f, "DescribeDhcpOptions", "{}"),
	    "DhcpOptions.0.DhcpConfigurations.0.Values.0.Value",
	    "eu-west-1.compute.internal");
	ec2_no(f, "InvalidVpcID.NotFound", "DescribeVpcs", "{\"VpcIds\": [\"%s\"]}", vpc);
}

static void
the_default_vpc_can_be_made_again(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeSubnets", "{}"), *row;
	const char *vpc = ec2_text(v, "Subnets.0.VpcId"), *gateway;
	size_t i;

	assert_string_equal(ec2_no(f, "DefaultVpcAlreadyExists", "CreateDefaultVpc",
				"{}"),
	    "A Default VPC already exists for this account in this region.");
	json_array_foreach(json_get(v, "Subnets"), i, row) {
		ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}",
		    ec2_text(row, "SubnetId"));
	}
	gateway = ec2_text(ec2_ok(f, "DescribeInternetGateways", "{}"),
	    "InternetGateways.0.InternetGatewayId");
	ec2_ok(f, "DetachInternetGateway",
	    "{\"InternetGatewayId\": \"%s\", \"VpcId\": \"%s\"}", gateway, vpc);
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", vpc);
	/* What was deleted is not made again by itself. */
	ec2_counts(ec2_ok(f, "DescribeVpcs", "{}"), "Vpcs", 0);
	v = ec2_ok(f, "CreateDefaultVpc", "{}");
	ec2_is(v, "Vpc.CidrBlock", "172.31.0.0/16");
	ec2_counts(ec2_ok(f, "DescribeSubnets", "{}"), "Subnets", 3);
}

static void
regions_and_zones_are_listed(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeRegions", "{}");

	ec2_counts(v, "Regions", 16);
	ec2_is(v, "Regions.0.Endpoint", "ec2.ap-northeast-1.amazonaws.com");
	ec2_counts(
	    ec2_ok(f, "DescribeRegions",
		"{\"Filters\": [{\"Name\": \"region-name\", \"Values\": [\"us-*\"]}]}"),
	    "Regions", 4);
	ec2_no(f, "InvalidParameterValue", "DescribeRegions",
	    "{\"RegionNames\": [\"mars-1\"]}");
	v = ec2_ok(f, "DescribeAvailabilityZones", "{\"ZoneIds\": [\"use1-az3\"]}");
	ec2_counts(v, "AvailabilityZones", 1);
	ec2_is(v, "AvailabilityZones.0.ZoneName", "us-east-1c");
	assert_string_equal(ec2_no(f, "InvalidParameterValue",
				"DescribeAvailabilityZones",
				"{\"ZoneNames\": [\"us-east-1a\", \"us-east-1z\"]}"),
	    "Invalid availability zone: [us-east-1z]");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
#define STANDARD(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup_standard, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vpcs_live_and_die),
		TEST(wrong_input_is_refused),
		TEST(dependencies_keep_a_vpc),
		TEST(attributes_are_kept),
		TEST(subnets_share_the_range),
		TEST(gateways_are_of_one_vpc),
		TEST(routes_are_made_and_replaced),
		TEST(route_tables_are_of_subnets),
		TEST(pages_follow_each_other),
		STANDARD(a_region_has_a_default_vpc),
		STANDARD(the_default_vpc_can_be_made_again),
		TEST(regions_and_zones_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
