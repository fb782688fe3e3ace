/* EC2: security groups: rules by permission and by id, prefix lists, peers, other VPCs. */
#include "tests/api/ec2_calls.h"

#include <string.h>

static const char *
make(struct fixture *f, const char *vpc, const char *name)
{
	return ec2_text(
	    ec2_ok(f, "CreateSecurityGroup",
		"{\"GroupName\": \"%s\", \"Description\": \"d\", \"VpcId\": \"%s\"}",
		name, vpc),
	    "GroupId");
}

static const char *
make_vpc(struct fixture *f, const char *cidr)
{
	return ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"%s\"}", cidr),
	    "Vpc.VpcId");
}

/* Let TCP in from an IPv4 range; the rule's id. */
static const char *
let_in(struct fixture *f, const char *group, int port, const char *cidr)
{
	return ec2_text(
	    ec2_ok(f, "AuthorizeSecurityGroupIngress",
		"{\"GroupId\": \"%s\", \"IpProtocol\": \"tcp\", \"FromPort\": %d,"
		" \"ToPort\": %d, \"CidrIp\": \"%s\"}",
		group, port, port, cidr),
	    "SecurityGroupRules.0.SecurityGroupRuleId");
}

static json_t *
now(struct fixture *f, const char *group)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeSecurityGroups",
					   "{\"GroupIds\": [\"%s\"]}", group),
				  "SecurityGroups"),
	    0);
}

static json_t *
rule_now(struct fixture *f, const char *id)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeSecurityGroupRules",
					   "{\"SecurityGroupRuleIds\": [\"%s\"]}", id),
				  "SecurityGroupRules"),
	    0);
}

static void
rules_have_ids_and_tags(void **state)
{
	struct fixture *f = *state;
	const char *g = make(f, make_vpc(f, "10.0.0.0/16"), "g"), *id;
	json_t *v = ec2_ok(f, "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"tcp\", \"FromPort\":"
	    " 22, \"ToPort\": 22, \"IpRanges\": [{\"CidrIp\": \"10.0.0.0/8\", \"Description\":"
	    " \"ours\"}]}], \"TagSpecifications\": [{\"ResourceType\":"
	    " \"security-group-rule\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}",
	    g);

	id = ec2_text(v, "SecurityGroupRules.0.SecurityGroupRuleId");
	ec2_is(v, "SecurityGroupRules.0.Tags.0.Value", "b");
	ec2_is(v, "SecurityGroupRules.0.SecurityGroupRuleArn",
	    arena_printf(f->arena,
		"arn:aws:ec2:us-east-1:000000000000:security-group-rule/%s", id));
	ec2_ok(f, "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"c\", \"Value\": \"d\"}]}",
	    id);
	v = rule_now(f, id);
	ec2_is(v, "Tags.1.Value", "d");
	ec2_is(v, "Description", "ours");
	ec2_is(v, "GroupOwnerId", FIXTURE_ACCOUNT);
	/* A change of the rule leaves its id and tags. */
	ec2_ok(f, "ModifySecurityGroupRules",
	    "{\"GroupId\": \"%s\", \"SecurityGroupRules\": [{\"SecurityGroupRuleId\": \"%s\","
	    " \"SecurityGroupRule\": {\"IpProtocol\": \"udp\", \"FromPort\": 53, \"ToPort\":"
	    " 54, \"CidrIpv6\": \"2001:db8::/32\", \"Description\": \"dns\"}}]}",
	    g, id);
	v = rule_now(f, id);
	ec2_is(v, "IpProtocol", "udp");
	ec2_is(v, "CidrIpv6", "2001:db8::/32");
	assert_null(fixture_text(v, "CidrIpv4"));
	ec2_is(v, "Tags.1.Value", "d");
	ec2_is(now(f, g), "IpPermissions.0.Ipv6Ranges.0.Description", "dns");
	ec2_counts(ec2_ok(f, "DescribeSecurityGroupRules",
		       "{\"Filters\": [{\"Name\": \"tag:c\", \"Values\": [\"d\"]}]}"),
	    "SecurityGroupRules", 1);
	v = ec2_ok(f, "RevokeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"SecurityGroupRuleIds\": [\"%s\"]}", g, id);
	ec2_is(v, "RevokedSecurityGroupRules.0.SecurityGroupRuleId", id);
	ec2_no(f, "InvalidSecurityGroupRuleId.NotFound", "DescribeSecurityGroupRules",
	    "{\"SecurityGroupRuleIds\": [\"%s\"]}", id);
	ec2_no(f, "InvalidSecurityGroupRuleId.NotFound", "RevokeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"SecurityGroupRuleIds\": [\"%s\"]}", g, id);
	ec2_ok(f, "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}", g);
	ec2_counts(ec2_ok(f, "DescribeSecurityGroupRules",
		       "{\"Filters\": [{\"Name\": \"group-id\", \"Values\": [\"%s\"]}]}",
		       g),
	    "SecurityGroupRules", 0);
}

static void
descriptions_change_alone(void **state)
{
	struct fixture *f = *state;
	const char *g = make(f, make_vpc(f, "10.0.0.0/16"), "g");
	const char *id = let_in(f, g, 80, "10.1.2.3/8");

	ec2_is(rule_now(f, id), "CidrIpv4", "10.0.0.0/8");
	ec2_ok(f, "UpdateSecurityGroupRuleDescriptionsIngress",
	    "{\"GroupId\": \"%s\", \"SecurityGroupRuleDescriptions\":"
	    " [{\"SecurityGroupRuleId\": \"%s\", \"Description\": \"web\"}]}",
	    g, id);
	ec2_is(rule_now(f, id), "Description", "web");
	ec2_is(now(f, g), "IpPermissions.0.IpRanges.0.Description", "web");
	ec2_ok(f, "UpdateSecurityGroupRuleDescriptionsIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"tcp\", \"FromPort\":"
	    " 80, \"ToPort\": 80, \"IpRanges\": [{\"CidrIp\": \"10.0.0.0/8\"}]}]}",
	    g);
	assert_null(fixture_text(rule_now(f, id), "Description"));
	ec2_no(f, "InvalidPermission.NotFound",
	    "UpdateSecurityGroupRuleDescriptionsIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"tcp\", \"FromPort\":"
	    " 81, \"ToPort\": 81, \"IpRanges\": [{\"CidrIp\": \"10.0.0.0/8\"}]}]}",
	    g);
	ec2_no(f, "InvalidSecurityGroupRuleId.NotFound",
	    "UpdateSecurityGroupRuleDescriptionsEgress",
	    "{\"GroupId\": \"%s\", \"SecurityGroupRuleDescriptions\":"
	    " [{\"SecurityGroupRuleId\": \"%s\", \"Description\": \"x\"}]}",
	    g, id);
	ec2_no(f, "MissingParameter", "UpdateSecurityGroupRuleDescriptionsEgress",
	    "{\"GroupId\": \"%s\"}", g);
	ec2_no(f, "InvalidParameterValue", "UpdateSecurityGroupRuleDescriptionsIngress",
	    "{\"GroupId\": \"%s\", \"SecurityGroupRuleDescriptions\":"
	    " [{\"SecurityGroupRuleId\": \"%s\", \"Description\": \"<x>\"}]}",
	    g, id);
}

static void
prefix_lists_count_as_what_they_may_hold(void **state)
{
	struct fixture *f = *state;
	const char *g = make(f, make_vpc(f, "10.0.0.0/16"), "g"), *list;

	list = ec2_text(ec2_ok(f, "CreateManagedPrefixList",
			    "{\"PrefixListName\": \"l\", \"AddressFamily\": \"IPv4\","
			    " \"MaxEntries\": 59}"),
	    "PrefixList.PrefixListId");
	ec2_ok(f, "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"-1\","
	    " \"PrefixListIds\": [{\"PrefixListId\": \"%s\"}]}]}",
	    g, list);
	ec2_is(now(f, g), "IpPermissions.0.PrefixListIds.0.PrefixListId", list);
	let_in(f, g, 1, "10.0.0.0/8");
	ec2_no(f, "RulesPerSecurityGroupLimitExceeded", "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpProtocol\": \"tcp\", \"FromPort\": 2, \"ToPort\": 2,"
	    " \"CidrIp\": \"10.0.0.0/8\"}",
	    g);
	ec2_no(f, "DependencyViolation", "DeleteManagedPrefixList",
	    "{\"PrefixListId\": \"%s\"}", list);
	ec2_no(f, "InvalidPrefixListID.NotFound", "AuthorizeSecurityGroupEgress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"-1\","
	    " \"PrefixListIds\": [{\"PrefixListId\": \"pl-0\"}]}]}",
	    g);
	ec2_counts(ec2_ok(f, "DescribeSecurityGroups",
		       "{\"Filters\": [{\"Name\": \"ip-permission.prefix-list-id\","
		       " \"Values\": [\"%s\"]}]}",
		       list),
	    "SecurityGroups", 1);
}

static void
groups_refer_to_each_other(void **state)
{
	static const char *const found[] = { "ip-permission.group-id",
		"ip-permission.group-name", "ip-permission.user-id" };
	struct fixture *f = *state;
	const char *vpc = make_vpc(f, "10.0.0.0/16"), *a = make(f, vpc, "a"),
		   *b = make(f, vpc, "b"), *values[3];

	values[0] = b;
	values[1] = "b";
	values[2] = FIXTURE_ACCOUNT;
	ec2_ok(f, "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"6\", \"FromPort\": 5,"
	    " \"ToPort\": 6, \"UserIdGroupPairs\": [{\"GroupName\": \"b\"}]}]}",
	    a);
	ec2_no(f, "InvalidPermission.Duplicate", "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"tcp\", \"FromPort\":"
	    " 5, \"ToPort\": 6, \"UserIdGroupPairs\": [{\"GroupId\": \"%s\"}]}]}",
	    a, b);
	for (size_t i = 0; i < COUNT(found); i++)
		ec2_counts(ec2_ok(f, "DescribeSecurityGroups",
			       "{\"Filters\": [{\"Name\": \"%s\", \"Values\": [\"%s\"]},"
			       " {\"Name\": \"group-name\", \"Values\": [\"a\"]}]}",
			       found[i], values[i]),
		    "SecurityGroups", 1);
	ec2_no(f, "DependencyViolation", "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}",
	    b);
	ec2_ok(f, "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}", a);
	ec2_ok(f, "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}", b);
}

static void
groups_refer_over_peerings(void **state)
{
	struct fixture *f = *state;
	const char *here = make_vpc(f, "10.0.0.0/16"),
		   *there = make_vpc(f, "10.1.0.0/16");
	const char *a = make(f, here, "a"), *b = make(f, there, "b"), *peering;
	json_t *v;

	ec2_no(f, "InvalidGroup.NotFound", "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"-1\","
	    " \"UserIdGroupPairs\": [{\"GroupId\": \"%s\"}]}]}",
	    a, b);
	peering = ec2_text(ec2_ok(f, "CreateVpcPeeringConnection",
			       "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\"}", here, there),
	    "VpcPeeringConnection.VpcPeeringConnectionId");
	ec2_ok(f, "AcceptVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    peering);
	v = ec2_ok(f, "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"-1\","
	    " \"UserIdGroupPairs\": [{\"GroupId\": \"%s\"}]}]}",
	    a, b);
	ec2_is(v, "SecurityGroupRules.0.ReferencedGroupInfo.VpcPeeringConnectionId",
	    peering);
	ec2_is(now(f, a), "IpPermissions.0.UserIdGroupPairs.0.PeeringStatus", "active");
	v = ec2_ok(f, "DescribeSecurityGroupReferences", "{\"GroupId\": [\"%s\"]}", b);
	ec2_is(v, "SecurityGroupReferenceSet.0.ReferencingVpcId", here);
	ec2_is(v, "SecurityGroupReferenceSet.0.VpcPeeringConnectionId", peering);
	ec2_counts(ec2_ok(f, "DescribeStaleSecurityGroups", "{\"VpcId\": \"%s\"}", here),
	    "StaleSecurityGroupSet", 0);
	ec2_ok(f, "DeleteVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    peering);
	v = ec2_ok(f, "DescribeStaleSecurityGroups", "{\"VpcId\": \"%s\"}", here);
	ec2_is(v, "StaleSecurityGroupSet.0.GroupId", a);
	ec2_is(v,
	    "StaleSecurityGroupSet.0.StaleIpPermissions.0.UserIdGroupPairs.0.GroupId", b);
	ec2_counts(ec2_ok(f, "DescribeSecurityGroupReferences", "{\"GroupId\": [\"%s\"]}",
		       b),
	    "SecurityGroupReferenceSet", 0);
}

static void
groups_are_used_in_other_vpcs(void **state)
{
	struct fixture *f = *state;
	const char *here = make_vpc(f, "10.0.0.0/16"),
		   *there = make_vpc(f, "10.1.0.0/16");
	const char *g = make(f, here, "g"), *subnet, *eni;
	json_t *v;

	subnet =
	    ec2_text(ec2_ok(f, "CreateSubnet",
			 "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.1.0.0/24\"}", there),
		"Subnet.SubnetId");
	ec2_no(f, "InvalidParameter", "CreateNetworkInterface",
	    "{\"SubnetId\": \"%s\", \"Groups\": [\"%s\"]}", subnet, g);
	ec2_is(ec2_ok(f, "AssociateSecurityGroupVpc",
		   "{\"GroupId\": \"%s\", \"VpcId\": \"%s\"}", g, there),
	    "State", "associating");
	ec2_no(f, "InvalidSecurityGroup.Duplicate", "AssociateSecurityGroupVpc",
	    "{\"GroupId\": \"%s\", \"VpcId\": \"%s\"}", g, there);
	v = ec2_ok(f, "DescribeSecurityGroupVpcAssociations",
	    "{\"Filters\": [{\"Name\": \"vpc-id\", \"Values\": [\"%s\"]}]}", there);
	ec2_is(v, "SecurityGroupVpcAssociations.0.State", "associated");
	v = ec2_ok(f, "GetSecurityGroupsForVpc",
	    "{\"VpcId\": \"%s\", \"Filters\": [{\"Name\": \"group-id\", \"Values\": [\"%s\"]}]}",
	    there, g);
	ec2_is(v, "SecurityGroupForVpcs.0.PrimaryVpcId", here);
	eni = ec2_text(ec2_ok(f, "CreateNetworkInterface",
			   "{\"SubnetId\": \"%s\", \"Groups\": [\"%s\"]}", subnet, g),
	    "NetworkInterface.NetworkInterfaceId");
	ec2_no(f, "DependencyViolation", "DisassociateSecurityGroupVpc",
	    "{\"GroupId\": \"%s\", \"VpcId\": \"%s\"}", g, there);
	ec2_ok(f, "DeleteNetworkInterface", "{\"NetworkInterfaceId\": \"%s\"}", eni);
	ec2_no(f, "DependencyViolation", "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}",
	    g);
	ec2_ok(f, "DisassociateSecurityGroupVpc",
	    "{\"GroupId\": \"%s\", \"VpcId\": \"%s\"}", g, there);
	ec2_no(f, "InvalidSecurityGroupVpcAssociation.NotFound",
	    "DisassociateSecurityGroupVpc", "{\"GroupId\": \"%s\", \"VpcId\": \"%s\"}", g,
	    there);
	/* With the VPC goes what was associated with it. */
	ec2_ok(f, "AssociateSecurityGroupVpc", "{\"GroupId\": \"%s\", \"VpcId\": \"%s\"}",
	    g, there);
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", subnet);
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", there);
	ec2_counts(ec2_ok(f, "DescribeSecurityGroupVpcAssociations", "{}"),
	    "SecurityGroupVpcAssociations", 0);
	ec2_ok(f, "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}", g);
}

static void
an_interface_has_five_groups(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *g[6];

	ec2_world(f, &w);
	for (int i = 0; i < 6; i++)
		g[i] = make(f, w.vpc, arena_printf(f->arena, "g%d", i));
	ec2_no(f, "SecurityGroupsPerInterfaceLimitExceeded", "CreateNetworkInterface",
	    "{\"SubnetId\": \"%s\", \"Groups\": [\"%s\", \"%s\", \"%s\", \"%s\", \"%s\", \"%s\"]}",
	    w.subnet, g[0], g[1], g[2], g[3], g[4], g[5]);
	ec2_ok(f, "CreateNetworkInterface",
	    "{\"SubnetId\": \"%s\", \"Groups\": [\"%s\", \"%s\", \"%s\", \"%s\", \"%s\", \"%s\"]}",
	    w.subnet, g[0], g[1], g[2], g[3], g[4], g[0]);
}

static void
wrong_rules_are_refused(void **state)
{
	static const struct {
		const char *rule, *code;
	} cases[] = {
		{ "\"IpProtocol\": \"tcp\", \"FromPort\": 1, \"ToPort\": 1",
		    "MissingParameter" },
		{ "\"IpProtocol\": \"tcp\", \"CidrIpv4\": \"10.0.0.0/8\"",
		    "InvalidParameterValue" },
		{ "\"IpProtocol\": \"none\", \"CidrIpv4\": \"10.0.0.0/8\"",
		    "InvalidParameterValue" },
		{ "\"IpProtocol\": \"-1\", \"CidrIpv4\": \"ten\"",
		    "InvalidParameterValue" },
		{ "\"IpProtocol\": \"-1\", \"CidrIpv4\": \"10.0.0.0/8\", \"CidrIpv6\":"
		  " \"::/0\"",
		    "InvalidParameterCombination" },
		{ "\"IpProtocol\": \"tcp\", \"FromPort\": 22, \"ToPort\": 22, \"CidrIpv4\":"
		  " \"10.0.0.0/8\"",
		    "InvalidPermission.Duplicate" },
	};
	struct fixture *f = *state;
	const char *g = make(f, make_vpc(f, "10.0.0.0/16"), "g"), *id, *many = "";

	let_in(f, g, 22, "10.0.0.0/8");
	id = let_in(f, g, 23, "10.0.0.0/8");
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "ModifySecurityGroupRules",
		    "{\"GroupId\": \"%s\", \"SecurityGroupRules\":"
		    " [{\"SecurityGroupRuleId\": \"%s\", \"SecurityGroupRule\": {%s}}]}",
		    g, id, cases[i].rule);
	ec2_is(rule_now(f, id), "FromPort", "23");
	/* However it is written, tcp is tcp, and has ports. */
	ec2_no(f, "InvalidParameterValue", "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"006\","
	    " \"IpRanges\": [{\"CidrIp\": \"10.0.0.0/8\"}]}]}",
	    g);
	for (int i = 0; i < 60; i++)
		many =
		    arena_printf(f->arena, "%s{\"CidrIp\": \"10.0.%d.0/24\"}, ", many, i);
	ec2_no(f, "RulesPerSecurityGroupLimitExceeded", "RevokeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"-1\","
	    " \"IpRanges\": [%s{\"CidrIp\": \"10.1.0.0/24\"}]}]}",
	    g, many);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(rules_have_ids_and_tags),
		T(descriptions_change_alone),
		T(prefix_lists_count_as_what_they_may_hold),
		T(groups_refer_to_each_other),
		T(groups_refer_over_peerings),
		T(groups_are_used_in_other_vpcs),
		T(an_interface_has_five_groups),
		T(wrong_rules_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
