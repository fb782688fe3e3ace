/* EC2: its network as one document, of what the API says; netd's reader takes all of it. */
#include "tests/api/fabric_calls.h"

#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/fabric_document.h"
#include "netdns/fabric.h"

#define SCOPE FIXTURE_ACCOUNT ":" FIXTURE_REGION

static void
a_subnet_has_its_acl_and_table(void **state)
{
	struct fixture *f = *state;
	const char *other, *table, *acl, *association;
	struct ec2_world w;
	json_t *v, *vpc;

	ec2_world(f, &w);
	other = fabric_subnet_of(f, w.vpc, "10.0.2.0/24");
	table = fabric_table_of(f, w.vpc);
	ec2_ok(f, "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"SubnetId\": \"%s\"}", table, other);
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.4.0.0/16\"}", w.vpc);
	acl = ec2_text(ec2_ok(f, "CreateNetworkAcl", "{\"VpcId\": \"%s\"}", w.vpc),
	    "NetworkAcl.NetworkAclId");
	v = ec2_ok(f, "DescribeNetworkAcls",
	    "{\"Filters\": [{\"Name\": \"association.subnet-id\", \"Values\": [\"%s\"]}]}",
	    other);
	association = ec2_text(v, "NetworkAcls.0.Associations.0.NetworkAclAssociationId");
	if (strcmp(ec2_text(v, "NetworkAcls.0.Associations.0.SubnetId"), other) != 0)
		association =
		    ec2_text(v, "NetworkAcls.0.Associations.1.NetworkAclAssociationId");
	ec2_ok(f, "ReplaceNetworkAclAssociation",
	    "{\"AssociationId\": \"%s\", \"NetworkAclId\": \"%s\"}", association, acl);
	v = fabric_told(f);
	vpc = fabric_row(v, "vpcs", w.vpc);
	fabric_equals(f, json_get(vpc, "cidrs"), "[\"10.0.0.0/16\", \"10.4.0.0/16\"]");
	ec2_is(fabric_row(vpc, "subnets", w.subnet), "table", w.table);
	ec2_is(fabric_row(vpc, "subnets", w.subnet), "zone", "us-east-1a");
	ec2_is(fabric_row(vpc, "subnets", other), "table", table);
	ec2_is(fabric_row(vpc, "subnets", other), "acl", acl);
	ec2_is(fabric_row(vpc, "subnets", other), "gateway", "10.0.2.1");
	assert_string_not_equal(ec2_text(fabric_row(vpc, "subnets", w.subnet), "acl"),
	    acl);
	ec2_is(vpc, "internet.id", w.gateway);
	assert_null(json_get(json_get(vpc, "internet"), "table"));
	assert_null(json_get(vpc, "egress_only"));

	/* Ingress routing: the gateway has a table of its own. */
	table = fabric_table_of(f, w.vpc);
	ec2_ok(f, "AssociateRouteTable",
	    "{\"RouteTableId\": \"%s\", \"GatewayId\": \"%s\"}", table, w.gateway);
	ec2_is(fabric_row_now(f, "vpcs", w.vpc), "internet.table", table);
}

static void
ipv6_is_told_and_its_own_gateway(void **state)
{
	struct fixture *f = *state;
	const char *vpc, *subnet, *cidr, *gateway, *other, *eni;
	json_t *v;

	vpc = ec2_text(ec2_ok(f, "CreateVpc",
			   "{\"CidrBlock\": \"10.0.0.0/16\","
			   " \"AmazonProvidedIpv6CidrBlock\": true}"),
	    "Vpc.VpcId");
	v = ec2_ok(f, "DescribeVpcs", "{\"VpcIds\": [\"%s\"]}", vpc);
	cidr = ec2_text(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock");
	ec2_is(fabric_row_now(f, "vpcs", vpc), "cidrs.1", cidr);
	cidr = arena_printf(f->arena, "%.*s/64", (int)strcspn(cidr, "/"), cidr);
	subnet = ec2_text(ec2_ok(f, "CreateSubnet",
			      "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.1.0/24\","
			      " \"Ipv6CidrBlock\": \"%s\"}",
			      vpc, cidr),
	    "Subnet.SubnetId");
	eni = ec2_text(ec2_ok(f, "CreateNetworkInterface",
			   "{\"SubnetId\": \"%s\", \"Ipv6AddressCount\": 1}", subnet),
	    "NetworkInterface.NetworkInterfaceId");
	v = fabric_told(f);
	ec2_is(fabric_row(fabric_row(v, "vpcs", vpc), "subnets", subnet), "cidr6", cidr);
	assert_non_null(
	    strstr(ec2_text(fabric_row(v, "enis", eni), "addresses.1"), "/64"));
	assert_true(json_is_null(json_get(fabric_row(v, "vpcs", vpc), "internet")));

	gateway = ec2_text(ec2_ok(f, "CreateEgressOnlyInternetGateway",
			       "{\"VpcId\": \"%s\"}", vpc),
	    "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId");
	v = fabric_row_now(f, "vpcs", vpc);
	ec2_is(v, "egress_only", gateway);
	ec2_is(v, "internet.cidr", "198.18.0.0/16");
	assert_null(json_get(json_get(v, "internet"), "id"));
	other = ec2_text(ec2_ok(f, "CreateEgressOnlyInternetGateway",
			     "{\"VpcId\": \"%s\"}", vpc),
	    "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId");
	/* The leg stays as long as there is one of them. */
	ec2_ok(f, "DeleteEgressOnlyInternetGateway",
	    "{\"EgressOnlyInternetGatewayId\": \"%s\"}", gateway);
	ec2_is(fabric_row_now(f, "vpcs", vpc), "egress_only", other);
	ec2_ok(f, "DeleteEgressOnlyInternetGateway",
	    "{\"EgressOnlyInternetGatewayId\": \"%s\"}", other);
	v = fabric_row_now(f, "vpcs", vpc);
	assert_null(json_get(v, "egress_only"));
	assert_true(json_is_null(json_get(v, "internet")));
}

static void
a_route_says_where_it_leads(void **state)
{
	struct fixture *f = *state;
	const char *table, *nat, *eni, *instance, *list, *egress, *endpoint;
	struct ec2_world w;
	json_t *v, *route;

	ec2_world(f, &w);
	table = fabric_table_of(f, w.vpc);
	v = ec2_ok(f, "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"ConnectivityType\": \"private\"}", w.subnet);
	nat = ec2_text(v, "NatGateway.NatGatewayId");
	eni = ec2_text(v, "NatGateway.NatGatewayAddresses.0.NetworkInterfaceId");
	egress = ec2_text(ec2_ok(f, "CreateEgressOnlyInternetGateway",
			      "{\"VpcId\": \"%s\"}", w.vpc),
	    "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId");
	instance = ec2_text(ec2_launch(f, &w, ""), "Instances.0.InstanceId");
	list = fabric_list_of(f, "172.20.0.0/16");
	fabric_route(f, table, "0.0.0.0/0", "GatewayId", w.gateway);
	fabric_route(f, table, "10.8.0.0/16", "NatGatewayId", nat);
	fabric_route(f, table, "10.7.0.0/16", "InstanceId", instance);
	fabric_route(f, table, "::/0", "EgressOnlyInternetGatewayId", egress);
	fabric_route(f, table, list, "NatGatewayId", nat);
	endpoint = ec2_text(ec2_ok(f, "CreateVpcEndpoint",
				"{\"VpcId\": \"%s\", \"ServiceName\":"
				" \"com.amazonaws.us-east-1.s3\", \"RouteTableIds\":"
				" [\"%s\"]}",
				w.vpc, table),
	    "VpcEndpoint.VpcEndpointId");
	v = fabric_row_now(f, "tables", table);
	fabric_equals(f, fabric_route_to(v, "10.0.0.0/16"),
	    "{\"to\": \"10.0.0.0/16\", \"kind\": \"local\"}");
	ec2_is(fabric_route_to(v, "0.0.0.0/0"), "kind", "internet");
	ec2_is(fabric_route_to(v, "0.0.0.0/0"), "id", w.gateway);
	ec2_is(fabric_route_to(v, "::/0"), "kind", "egress");
	ec2_is(fabric_route_to(v, "10.8.0.0/16"), "kind", "interface");
	ec2_is(fabric_route_to(v, "10.8.0.0/16"), "id", nat);
	ec2_is(fabric_route_to(v, "10.8.0.0/16"), "eni", eni);
	ec2_is(fabric_route_to(v, "172.20.0.0/16"), "eni", eni);
	ec2_is(fabric_route_to(v, "3.5.0.0/19"), "kind", "control");
	ec2_is(fabric_route_to(v, "3.5.0.0/19"), "id", endpoint);
	route = fabric_route_to(v, "10.7.0.0/16");
	ec2_is(route, "kind", "interface");
	ec2_is(route, "eni",
	    ec2_text(ec2_instance_now(f, instance),
		"NetworkInterfaces.0.NetworkInterfaceId"));

	/* What is stopped, gone or detached leads nowhere. */
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", instance);
	ec2_ok(f, "DeleteNatGateway", "{\"NatGatewayId\": \"%s\"}", nat);
	ec2_ok(f, "DeleteEgressOnlyInternetGateway",
	    "{\"EgressOnlyInternetGatewayId\": \"%s\"}", egress);
	ec2_ok(f, "DeleteVpcEndpoints", "{\"VpcEndpointIds\": [\"%s\"]}", endpoint);
	v = fabric_row_now(f, "tables", table);
	ec2_is(fabric_route_to(v, "10.7.0.0/16"), "kind", "nowhere");
	ec2_is(fabric_route_to(v, "10.8.0.0/16"), "kind", "nowhere");
	ec2_is(fabric_route_to(v, "10.8.0.0/16"), "id", nat);
	ec2_is(fabric_route_to(v, "172.20.0.0/16"), "kind", "nowhere");
	ec2_is(fabric_route_to(v, "::/0"), "kind", "nowhere");
	ec2_counts(v, "routes", 6);
}

static void
what_carries_nothing_leads_nowhere(void **state)
{
	struct fixture *f = *state;
	const char *table, *gateway;
	struct ec2_world w;

	ec2_world(f, &w);
	table = fabric_table_of(f, w.vpc);
	gateway = ec2_text(ec2_ok(f, "CreateVpnGateway", "{\"Type\": \"ipsec.1\"}"),
	    "VpnGateway.VpnGatewayId");
	ec2_ok(f, "AttachVpnGateway", "{\"VpnGatewayId\": \"%s\", \"VpcId\": \"%s\"}",
	    gateway, w.vpc);
	fabric_route(f, table, "10.3.0.0/16", "GatewayId", gateway);
	fabric_equals(f,
	    fabric_route_to(fabric_row_now(f, "tables", table), "10.3.0.0/16"),
	    arena_printf(f->arena,
		"{\"to\": \"10.3.0.0/16\", \"kind\": \"nowhere\", \"id\": \"%s\"}",
		gateway));
}

static const char *
rule_id(const json_t *group, size_t i)
{
	return ec2_text(json_array_get(json_get(group, "ingress"), i), "id");
}

static void
groups_have_rules_of_every_kind(void **state)
{
	struct fixture *f = *state;
	const char *group, *other, *list;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	group = fabric_group_of(f, w.vpc, "g");
	other = fabric_group_of(f, w.vpc, "h");
	list = fabric_list_of(f, "10.9.0.0/16");
	fabric_allow(f, group,
	    "{\"IpProtocol\": \"tcp\", \"FromPort\": 80, \"ToPort\": 81,"
	    " \"IpRanges\": [{\"CidrIp\": \"10.1.2.3/8\"}]}");
	fabric_allow(f, group,
	    "{\"IpProtocol\": \"icmpv6\", \"FromPort\": 128, \"ToPort\": -1,"
	    " \"Ipv6Ranges\": [{\"CidrIpv6\": \"::/0\"}]}");
	fabric_allow(f, group,
	    arena_printf(f->arena,
		"{\"IpProtocol\": \"udp\", \"FromPort\": 53, \"ToPort\": 53,"
		" \"PrefixListIds\": [{\"PrefixListId\": \"%s\"}]}",
		list));
	fabric_allow(f, group,
	    arena_printf(f->arena,
		"{\"IpProtocol\": \"-1\", \"UserIdGroupPairs\": [{\"GroupId\": \"%s\"}]}",
		other));
	v = fabric_row_now(f, "groups", group);
	ec2_is(v, "vpc", w.vpc);
	fabric_equals(f, json_get(v, "ingress"),
	    arena_printf(f->arena,
		"[{\"id\": \"%s\", \"protocol\": 6, \"from\": 80, \"to\": 81, \"cidr\":"
		"  \"10.0.0.0/8\"},"
		" {\"id\": \"%s\", \"protocol\": 58, \"from\": 128, \"to\": -1, \"cidr\":"
		"  \"::/0\"},"
		" {\"id\": \"%s\", \"protocol\": 17, \"from\": 53, \"to\": 53, \"list\":"
		"  \"%s\"},"
		" {\"id\": \"%s\", \"protocol\": -1, \"group\": \"%s\"}]",
		rule_id(v, 0), rule_id(v, 1), rule_id(v, 2), list, rule_id(v, 3), other));
	/* As it was made: all may leave. */
	ec2_is(v, "egress.0.cidr", "0.0.0.0/0");
	ec2_is(v, "egress.0.protocol", "-1");

	/* Revoked, it is gone at once. */
	ec2_ok(f, "RevokeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"SecurityGroupRuleIds\": [\"%s\"]}", group,
	    rule_id(v, 0));
	ec2_counts(fabric_row_now(f, "groups", group), "ingress", 3);
}

static void
lists_are_of_the_version_in_force(void **state)
{
	struct fixture *f = *state;
	const char *list;
	json_t *v;

	fabric_vpc_of(f, "10.0.0.0/16");
	list = fabric_list_of(f, "10.9.0.0/16");
	ec2_ok(f, "ModifyManagedPrefixList",
	    "{\"PrefixListId\": \"%s\", \"CurrentVersion\": 1,"
	    " \"AddEntries\": [{\"Cidr\": \"10.10.0.0/16\"}],"
	    " \"RemoveEntries\": [{\"Cidr\": \"10.9.0.0/16\"}]}",
	    list);
	v = fabric_told(f);
	fabric_equals(f, json_get(fabric_row(v, "lists", list), "cidrs"),
	    "[\"10.10.0.0/16\"]");
	/* AWS's, of S3: a list in each region, and where ids are the same, both. */
	assert_int_equal(json_array_size(
			     json_get(fabric_row(v, "lists", "pl-63a5400a"), "cidrs")),
	    5);
	f->region = "eu-west-1";
	fabric_vpc_of(f, "10.0.0.0/16");
	f->region = "ap-southeast-1";
	fabric_vpc_of(f, "10.0.0.0/16");
	f->region = FIXTURE_REGION;
	v = fabric_told(f);
	ec2_is(fabric_row(v, "lists", "pl-6fa54006"), "cidrs.0", "3.5.0.0/19");
	ec2_is(fabric_row(v, "lists", "pl-6fa54006-eu-west-1"), "cidrs.0",
	    "3.218.182.0/24");
}

static void
entries_of_an_acl_are_told(void **state)
{
	struct fixture *f = *state;
	const char *vpc = fabric_vpc_of(f, "10.0.0.0/16"), *acl;

	acl = ec2_text(ec2_ok(f, "CreateNetworkAcl", "{\"VpcId\": \"%s\"}", vpc),
	    "NetworkAcl.NetworkAclId");
	ec2_ok(f, "CreateNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 90, \"Protocol\": \"6\","
	    " \"RuleAction\": \"deny\", \"Egress\": true, \"Ipv6CidrBlock\": \"::/0\","
	    " \"PortRange\": {\"From\": 25, \"To\": 26}}",
	    acl);
	ec2_ok(f, "CreateNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 100, \"Protocol\": \"icmp\","
	    " \"RuleAction\": \"allow\", \"Egress\": false, \"CidrBlock\": \"10.0.0.0/8\","
	    " \"IcmpTypeCode\": {\"Type\": 8, \"Code\": -1}}",
	    acl);
	fabric_equals(f, fabric_row_now(f, "acls", acl),
	    arena_printf(f->arena,
		"{\"id\": \"%s\", \"ingress\": [{\"number\": 100, \"allow\": true,"
		"  \"protocol\": 1, \"from\": 8, \"to\": -1, \"cidr\": \"10.0.0.0/8\"}],"
		" \"egress\": [{\"number\": 90, \"allow\": false, \"protocol\": 6,"
		"  \"from\": 25, \"to\": 26, \"cidr\": \"::/0\"}]}",
		acl));
}

static void
interfaces_are_on_what_has_them(void **state)
{
	struct fixture *f = *state;
	const char *elastic, *nat, *eni, *endpoint, *free;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	elastic = ec2_text(ec2_ok(f, "AllocateAddress", "{}"), "AllocationId");
	v = ec2_ok(f, "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"AllocationId\": \"%s\"}", w.subnet, elastic);
	nat = ec2_text(v, "NatGateway.NatGatewayId");
	eni = ec2_text(v, "NatGateway.NatGatewayAddresses.0.NetworkInterfaceId");
	v = fabric_row_now(f, "enis", eni);
	ec2_is(v, "kind", "nat");
	ec2_is(v, "owner", nat);
	ec2_is(v, "container", arena_printf(f->arena, "simfra-%s", nat));
	ec2_is(v, "device", "eth0");
	ec2_is(v, "source_dest_check", "false");
	ec2_counts(v, "groups", 0);
	assert_int_equal(json_object_size(json_get(v, "public")), 1);

	v = ec2_ok(f, "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.sqs\","
	    " \"VpcEndpointType\": \"Interface\", \"SubnetIds\": [\"%s\"]}",
	    w.vpc, w.subnet);
	endpoint = ec2_text(v, "VpcEndpoint.VpcEndpointId");
	eni = ec2_text(v, "VpcEndpoint.NetworkInterfaceIds.0");
	v = fabric_row_now(f, "enis", eni);
	ec2_is(v, "kind", "router");
	ec2_is(v, "owner", endpoint);
	ec2_counts(v, "groups", 1);
	assert_null(json_get(v, "container"));
	/* It is not the user's. */
	ec2_no(f, "AuthFailure", "ModifyNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"SourceDestCheck\": {\"Value\": false}}",
	    eni);
	ec2_no(f, "AuthFailure", "ResetNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"SourceDestCheck\": \"\"}", eni);
	ec2_no(f, "AuthFailure", "DeleteNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\"}", eni);
	v = ec2_ok(f, "DescribeNetworkInterfaces", "{\"NetworkInterfaceIds\": [\"%s\"]}",
	    eni);
	ec2_is(v, "NetworkInterfaces.0.InterfaceType", "vpc_endpoint");
	ec2_no(f, "AuthFailure", "DetachNetworkInterface", "{\"AttachmentId\": \"%s\"}",
	    ec2_text(v, "NetworkInterfaces.0.Attachment.AttachmentId"));

	free = ec2_text(ec2_ok(f, "CreateNetworkInterface", "{\"SubnetId\": \"%s\"}",
			    w.subnet),
	    "NetworkInterface.NetworkInterfaceId");
	v = fabric_row_now(f, "enis", free);
	ec2_is(v, "kind", "none");
	ec2_is(v, "owner", "");
}

/* Whatever the API changes of a running instance's interface is told at once. */
static void
changes_of_an_interface_are_told_at_once(void **state)
{
	struct fixture *f = *state;
	const char *instance, *eni, *group, *elastic;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_launch(f, &w, "");
	instance = ec2_text(v, "Instances.0.InstanceId");
	eni = ec2_text(v, "Instances.0.NetworkInterfaces.0.NetworkInterfaceId");
	group = fabric_group_of(f, w.vpc, "g");
	ec2_ok(f, "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"Groups\": [\"%s\"]}", instance, group);
	fabric_equals(f, json_get(fabric_row_now(f, "enis", eni), "groups"),
	    arena_printf(f->arena, "[\"%s\"]", group));
	ec2_ok(f, "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"SourceDestCheck\": {\"Value\": false}}",
	    instance);
	ec2_is(fabric_row_now(f, "enis", eni), "source_dest_check", "false");
	ec2_ok(f, "ModifyNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"SourceDestCheck\": {\"Value\": true}}",
	    eni);
	ec2_is(fabric_row_now(f, "enis", eni), "source_dest_check", "true");
	ec2_ok(f, "AssignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}",
	    eni);
	ec2_is(fabric_row_now(f, "enis", eni), "addresses.1", "10.0.1.77/24");
	elastic = ec2_text(ec2_ok(f, "AllocateAddress", "{}"), "AllocationId");
	v = ec2_ok(f, "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"NetworkInterfaceId\": \"%s\","
	    " \"PrivateIpAddress\": \"10.0.1.77\"}",
	    elastic, eni);
	assert_non_null(
	    json_get(json_get(fabric_row_now(f, "enis", eni), "public"), "10.0.1.77"));
	ec2_ok(f, "DisassociateAddress", "{\"AssociationId\": \"%s\"}",
	    ec2_text(v, "AssociationId"));
	assert_null(
	    json_get(json_get(fabric_row_now(f, "enis", eni), "public"), "10.0.1.77"));
	ec2_ok(f, "UnassignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}",
	    eni);
	ec2_counts(fabric_row_now(f, "enis", eni), "addresses", 1);

	/* Who has a flow log, or is of a subnet that has one. */
	ec2_is(fabric_row_now(f, "enis", eni), "flow_log", "false");
	ec2_ok(f, "CreateFlowLogs",
	    "{\"ResourceIds\": [\"%s\"], \"ResourceType\": \"Subnet\", \"TrafficType\":"
	    " \"ALL\", \"LogGroupName\": \"g\", \"DeliverLogsPermissionArn\":"
	    " \"arn:aws:iam::000000000000:role/r\"}",
	    w.subnet);
	ec2_is(fabric_row_now(f, "enis", eni), "flow_log", "true");
}

/* Thousands of interfaces */

enum { N_INTERFACES = 1000, N_MEMBERS = 500, MOST_MS = 250 };

static void
put_interfaces(struct fixture *f, const struct ec2_world *w, const char *group)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;

	for (int i = 0; i < N_INTERFACES; i++) {
		const char *id = arena_printf(f->arena, "eni-%017d", i);
		json_t *doc = json_own(f->arena,
		    json_make("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:i, s:s}}",
			"NetworkInterfaceId", id, "VpcId", w->vpc, "SubnetId", w->subnet,
			"MacAddress", "0a:58:00:00:00:01", "Status", "in-use",
			"Attachment", "InstanceId", arena_printf(f->arena, "i-%017d", i),
			"DeviceIndex", 0, "Status", "attached"));

		json_set(doc, "PrivateIpAddresses",
		    json_make("[{s:s, s:b}]", "PrivateIpAddress",
			arena_printf(f->arena, "10.0.%d.%d", 64 + i / 250, i % 250 + 4),
			"Primary", 1));
		json_set(doc, "Groups", json_new_array());
		if (i < N_MEMBERS)
			json_set(doc, "Groups", json_make("[{s:s}]", "GroupId", group));
		store_put(t, SCOPE, "ec2:network-interface", id, doc);
	}
	assert_int_equal(store_commit(t, &err), 1);
}

static void
a_thousand_interfaces_are_told_quickly(void **state)
{
	struct fixture *f = *state;
	struct fabric *fabric;
	struct ec2_world w;
	const char *group;
	struct err err;
	int64_t begin, made, read;
	json_t *v;

	ec2_world(f, &w);
	group = fabric_group_of(f, w.vpc, "g");
	fabric_allow(f, group,
	    arena_printf(f->arena,
		"{\"IpProtocol\": \"-1\", \"UserIdGroupPairs\": [{\"GroupId\": \"%s\"}]}",
		group));
	put_interfaces(f, &w, group);
	begin = clock_monotonic_ms();
	for (int i = 0; i < 10; i++)
		assert_int_equal(fabric_document(&f->env, f->arena, FABRIC_ALL, &v, &err),
		    0);
	made = clock_monotonic_ms();
	if (fabric_read(v, &fabric, &err) < 0)
		fail_msg("%s", err.msg);
	read = clock_monotonic_ms();
	print_message("document of %d interfaces: made in %.1f ms, read in %lld ms\n",
	    N_INTERFACES, (double)(made - begin) / 10, (long long)(read - made));
	ec2_counts(v, "enis", N_INTERFACES);
	assert_int_equal(fabric_group(fabric, group)->n_members, N_MEMBERS);
	assert_true(made - begin < 10 * MOST_MS);
	fabric_free(fabric);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_subnet_has_its_acl_and_table),
		T(ipv6_is_told_and_its_own_gateway),
		T(a_route_says_where_it_leads),
		T(what_carries_nothing_leads_nowhere),
		T(groups_have_rules_of_every_kind),
		T(lists_are_of_the_version_in_force),
		T(entries_of_an_acl_are_told),
		T(interfaces_are_on_what_has_them),
		T(changes_of_an_interface_are_told_at_once),
		T(a_thousand_interfaces_are_told_quickly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
