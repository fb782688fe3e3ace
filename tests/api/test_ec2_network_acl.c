/* EC2: network ACLs, their entries, and whose they are. */
#include "tests/api/ec2_calls.h"

#include <string.h>

struct world {
	const char *vpc, *subnet, *acl;
};

static void
make_world(struct fixture *f, struct world *ret)
{
	ret->vpc = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
	ret->subnet =
	    ec2_text(ec2_ok(f, "CreateSubnet",
			 "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.1.0/24\"}", ret->vpc),
		"Subnet.SubnetId");
	ret->acl =
	    ec2_text(ec2_ok(f, "CreateNetworkAcl", "{\"VpcId\": \"%s\"}", ret->vpc),
		"NetworkAcl.NetworkAclId");
}

static json_t *
acl_now(struct fixture *f, const char *id)
{
	json_t *v = ec2_ok(f, "DescribeNetworkAcls", "{\"NetworkAclIds\": [\"%s\"]}", id);

	return json_array_get(json_get(v, "NetworkAcls"), 0);
}

static void
acls_live_and_die(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id;
	json_t *v;

	make_world(f, &w);
	v = ec2_ok(f, "CreateNetworkAcl",
	    "{\"VpcId\": \"%s\", \"ClientToken\": \"t\", \"TagSpecifications\":"
	    " [{\"ResourceType\": \"network-acl\", \"Tags\": [{\"Key\": \"a\", \"Value\":"
	    " \"b\"}]}]}",
	    w.vpc);
	id = ec2_text(v, "NetworkAcl.NetworkAclId");
	ec2_is(v, "ClientToken", "t");
	ec2_is(v, "NetworkAcl.IsDefault", "false");
	ec2_is(v, "NetworkAcl.OwnerId", FIXTURE_ACCOUNT);
	ec2_is(v, "NetworkAcl.Tags.0.Value", "b");
	ec2_is(v, "NetworkAcl.Entries.0.RuleNumber", "32767");
	ec2_is(v, "NetworkAcl.Entries.0.Egress", "true");
	ec2_is(v, "NetworkAcl.Entries.1.RuleAction", "deny");
	assert_null(fixture_text(v, "NetworkAcl.Entries.2.RuleNumber"));
	/* The same token is the same ACL. */
	ec2_is(ec2_ok(f, "CreateNetworkAcl",
		   "{\"VpcId\": \"%s\", \"ClientToken\": \"t\", \"TagSpecifications\":"
		   " [{\"ResourceType\": \"network-acl\", \"Tags\": [{\"Key\": \"a\","
		   " \"Value\": \"b\"}]}]}",
		   w.vpc),
	    "NetworkAcl.NetworkAclId", id);
	ec2_counts(
	    ec2_ok(f, "DescribeNetworkAcls",
		"{\"Filters\": [{\"Name\": \"default\", \"Values\": [\"false\"]}]}"),
	    "NetworkAcls", 2);
	ec2_ok(f, "DeleteNetworkAcl", "{\"NetworkAclId\": \"%s\"}", id);
	assert_string_equal(ec2_no(f, "InvalidNetworkAclID.NotFound", "DeleteNetworkAcl",
				"{\"NetworkAclId\": \"%s\"}", id),
	    arena_printf(f->arena, "The networkAcl ID '%s' does not exist", id));
	/* One of the user's keeps the VPC. */
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", w.subnet);
	ec2_no(f, "DependencyViolation", "DeleteVpc", "{\"VpcId\": \"%s\"}", w.vpc);
	ec2_ok(f, "DeleteNetworkAcl", "{\"NetworkAclId\": \"%s\"}", w.acl);
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", w.vpc);
	ec2_counts(ec2_ok(f, "DescribeNetworkAcls", "{}"), "NetworkAcls", 0);
}

static void
subnets_change_acls(void **state)
{
	struct fixture *f = *state;
	struct world w, other;
	const char *association, *first;
	json_t *v;

	make_world(f, &w);
	make_world(f, &other);
	v = ec2_ok(f, "DescribeNetworkAcls",
	    "{\"Filters\": [{\"Name\": \"association.subnet-id\", \"Values\": [\"%s\"]}]}",
	    w.subnet);
	ec2_counts(v, "NetworkAcls", 1);
	ec2_is(v, "NetworkAcls.0.IsDefault", "true");
	first = ec2_text(v, "NetworkAcls.0.NetworkAclId");
	association = ec2_text(v, "NetworkAcls.0.Associations.0.NetworkAclAssociationId");
	assert_string_equal(ec2_no(f, "InvalidParameterValue", "DeleteNetworkAcl",
				"{\"NetworkAclId\": \"%s\"}", first),
	    arena_printf(f->arena, "cannot delete default network ACL %s", first));
	ec2_no(f, "InvalidParameterValue", "ReplaceNetworkAclAssociation",
	    "{\"AssociationId\": \"%s\", \"NetworkAclId\": \"%s\"}", association,
	    other.acl);
	v = ec2_ok(f, "ReplaceNetworkAclAssociation",
	    "{\"AssociationId\": \"%s\", \"NetworkAclId\": \"%s\"}", association, w.acl);
	assert_string_not_equal(ec2_text(v, "NewAssociationId"), association);
	ec2_no(f, "InvalidAssociationID.NotFound", "ReplaceNetworkAclAssociation",
	    "{\"AssociationId\": \"%s\", \"NetworkAclId\": \"%s\"}", association, w.acl);
	association = ec2_text(v, "NewAssociationId");
	v = acl_now(f, w.acl);
	ec2_is(v, "Associations.0.SubnetId", w.subnet);
	ec2_is(v, "Associations.0.NetworkAclId", w.acl);
	ec2_counts(acl_now(f, first), "Associations", 0);
	ec2_no(f, "DependencyViolation", "DeleteNetworkAcl", "{\"NetworkAclId\": \"%s\"}",
	    w.acl);
	/* To the one that it has is a new association too. */
	ec2_ok(f, "ReplaceNetworkAclAssociation",
	    "{\"AssociationId\": \"%s\", \"NetworkAclId\": \"%s\"}", association, w.acl);
	ec2_counts(acl_now(f, w.acl), "Associations", 1);
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", w.subnet);
	ec2_ok(f, "DeleteNetworkAcl", "{\"NetworkAclId\": \"%s\"}", w.acl);
}

static void
entries_are_made_changed_and_removed(void **state)
{
	struct fixture *f = *state;
	struct world w;
	json_t *v;

	make_world(f, &w);
	ec2_ok(f, "CreateNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 200, \"Protocol\": \"tcp\","
	    " \"RuleAction\": \"allow\", \"Egress\": false, \"CidrBlock\": \"10.1.2.3/16\","
	    " \"PortRange\": {\"From\": 80, \"To\": 90}}",
	    w.acl);
	ec2_ok(f, "CreateNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 100, \"Protocol\": \"58\","
	    " \"RuleAction\": \"deny\", \"Egress\": false, \"Ipv6CidrBlock\":"
	    " \"2001:db8::1/32\", \"IcmpTypeCode\": {\"Type\": -1, \"Code\": -1}}",
	    w.acl);
	/* What the protocol has none of is not kept. */
	ec2_ok(f, "CreateNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 200, \"Protocol\": \"-1\","
	    " \"RuleAction\": \"allow\", \"Egress\": true, \"CidrBlock\": \"0.0.0.0/0\","
	    " \"PortRange\": {\"From\": 0, \"To\": 0}}",
	    w.acl);
	v = acl_now(f, w.acl);
	ec2_counts(v, "Entries", 5);
	ec2_is(v, "Entries.0.Egress", "true");
	ec2_is(v, "Entries.0.Protocol", "-1");
	assert_null(fixture_text(v, "Entries.0.PortRange.From"));
	ec2_is(v, "Entries.2.RuleNumber", "100");
	ec2_is(v, "Entries.2.Protocol", "58");
	ec2_is(v, "Entries.2.Ipv6CidrBlock", "2001:db8::/32");
	ec2_is(v, "Entries.2.IcmpTypeCode.Type", "-1");
	ec2_is(v, "Entries.3.Protocol", "6");
	ec2_is(v, "Entries.3.CidrBlock", "10.1.0.0/16");
	ec2_is(v, "Entries.3.PortRange.From", "80");
	ec2_is(v, "Entries.3.PortRange.To", "90");
	ec2_is(v, "Entries.4.RuleNumber", "32767");
	ec2_counts(ec2_ok(f, "DescribeNetworkAcls",
		       "{\"Filters\": [{\"Name\": \"entry.port-range.from\","
		       " \"Values\": [\"80\"]}]}"),
	    "NetworkAcls", 1);

	ec2_counts(
	    ec2_ok(f, "DescribeNetworkAcls",
		"{\"Filters\": [{\"Name\": \"entry.protocol\", \"Values\": [\"tcp\"]}]}"),
	    "NetworkAcls", 1);
	ec2_counts(
	    ec2_ok(f, "DescribeNetworkAcls",
		"{\"Filters\": [{\"Name\": \"entry.protocol\", \"Values\": [\"58\"]}]}"),
	    "NetworkAcls", 1);
	ec2_counts(
	    ec2_ok(f, "DescribeNetworkAcls",
		"{\"Filters\": [{\"Name\": \"entry.protocol\", \"Values\": [\"udp\"]}]}"),
	    "NetworkAcls", 0);

	assert_string_equal(
	    ec2_no(f, "NetworkAclEntryAlreadyExists", "CreateNetworkAclEntry",
		"{\"NetworkAclId\": \"%s\", \"RuleNumber\": 200, \"Protocol\": \"-1\","
		" \"RuleAction\": \"deny\", \"Egress\": true, \"CidrBlock\": \"0.0.0.0/0\"}",
		w.acl),
	    "The network acl entry identified by 200 already exists.");
	ec2_ok(f, "ReplaceNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 200, \"Protocol\": \"17\","
	    " \"RuleAction\": \"deny\", \"Egress\": false, \"CidrBlock\": \"10.1.0.0/16\","
	    " \"PortRange\": {\"From\": 53, \"To\": 53}}",
	    w.acl);
	v = acl_now(f, w.acl);
	ec2_counts(v, "Entries", 5);
	ec2_is(v, "Entries.3.Protocol", "17");
	ec2_is(v, "Entries.3.RuleAction", "deny");
	ec2_no(f, "InvalidNetworkAclEntry.NotFound", "ReplaceNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 100, \"Protocol\": \"-1\","
	    " \"RuleAction\": \"deny\", \"Egress\": true, \"CidrBlock\": \"10.1.0.0/16\"}",
	    w.acl);
	ec2_ok(f, "DeleteNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 200, \"Egress\": false}", w.acl);
	ec2_no(f, "InvalidNetworkAclEntry.NotFound", "DeleteNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 200, \"Egress\": false}", w.acl);
	ec2_no(f, "InvalidParameterValue", "DeleteNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 32767, \"Egress\": false}",
	    w.acl);
	ec2_counts(acl_now(f, w.acl), "Entries", 4);
}

#define ENTRY(number, rest) \
	"\"RuleNumber\": " number ", \"RuleAction\": \"allow\", \"Egress\": false, " rest

static void
wrong_entries_are_refused(void **state)
{
	static const struct {
		const char *members, *code;
	} cases[] = {
		{ ENTRY("0", "\"Protocol\": \"-1\", \"CidrBlock\": \"0.0.0.0/0\""),
		    "InvalidParameterValue" },
		{ ENTRY("32767", "\"Protocol\": \"-1\", \"CidrBlock\": \"0.0.0.0/0\""),
		    "InvalidParameterValue" },
		{ ENTRY("1", "\"Protocol\": \"-1\""), "MissingParameter" },
		{ ENTRY("1", "\"CidrBlock\": \"0.0.0.0/0\""), "MissingParameter" },
		{ ENTRY("1",
		      "\"Protocol\": \"-1\", \"CidrBlock\": \"0.0.0.0/0\","
		      " \"Ipv6CidrBlock\": \"::/0\""),
		    "InvalidParameterCombination" },
		{ ENTRY("1", "\"Protocol\": \"-1\", \"CidrBlock\": \"0.0.0.0\""),
		    "InvalidParameterValue" },
		{ ENTRY("1", "\"Protocol\": \"-1\", \"Ipv6CidrBlock\": \"::\""),
		    "InvalidParameterValue" },
		{ ENTRY("1", "\"Protocol\": \"256\", \"CidrBlock\": \"0.0.0.0/0\""),
		    "InvalidParameterValue" },
		{ ENTRY("1", "\"Protocol\": \"tcpp\", \"CidrBlock\": \"0.0.0.0/0\""),
		    "InvalidParameterValue" },
		{ ENTRY("1", "\"Protocol\": \"\", \"CidrBlock\": \"0.0.0.0/0\""),
		    "InvalidParameterValue" },
		{ ENTRY("1", "\"Protocol\": \"6\", \"CidrBlock\": \"0.0.0.0/0\""),
		    "MissingParameter" },
		{ ENTRY("1",
		      "\"Protocol\": \"6\", \"CidrBlock\": \"0.0.0.0/0\","
		      " \"PortRange\": {\"From\": 2, \"To\": 1}"),
		    "InvalidParameterValue" },
		{ ENTRY("1",
		      "\"Protocol\": \"6\", \"CidrBlock\": \"0.0.0.0/0\","
		      " \"PortRange\": {\"From\": 2}"),
		    "InvalidParameterValue" },
		{ ENTRY("1",
		      "\"Protocol\": \"6\", \"CidrBlock\": \"0.0.0.0/0\","
		      " \"PortRange\": {\"From\": 2, \"To\": 65536}"),
		    "InvalidParameterValue" },
		{ ENTRY("1", "\"Protocol\": \"icmp\", \"CidrBlock\": \"0.0.0.0/0\""),
		    "MissingParameter" },
		{ ENTRY("1",
		      "\"Protocol\": \"1\", \"CidrBlock\": \"0.0.0.0/0\","
		      " \"IcmpTypeCode\": {\"Type\": 8}"),
		    "MissingParameter" },
		{ ENTRY("1",
		      "\"Protocol\": \"1\", \"CidrBlock\": \"0.0.0.0/0\","
		      " \"IcmpTypeCode\": {\"Type\": 256, \"Code\": 0}"),
		    "InvalidParameterValue" },
	};
	struct fixture *f = *state;
	struct world w;

	make_world(f, &w);
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "CreateNetworkAclEntry",
		    "{\"NetworkAclId\": \"%s\", %s}", w.acl, cases[i].members);
	ec2_no(f, "InvalidNetworkAclID.NotFound", "CreateNetworkAclEntry",
	    "{\"NetworkAclId\": \"acl-0\", %s}",
	    ENTRY("1", "\"Protocol\": \"-1\", \"CidrBlock\": \"0.0.0.0/0\""));
	ec2_no(f, "InvalidVpcID.NotFound", "CreateNetworkAcl", "{\"VpcId\": \"vpc-0\"}");
	ec2_no(f, "InvalidParameterValue", "DescribeNetworkAcls",
	    "{\"Filters\": [{\"Name\": \"entry.colour\", \"Values\": [\"true\"]}]}");
}

static void
twenty_entries_each_way(void **state)
{
	struct fixture *f = *state;
	struct world w;

	make_world(f, &w);
	for (int i = 1; i <= 20; i++)
		ec2_ok(f, "CreateNetworkAclEntry",
		    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": %d, \"Protocol\": \"-1\","
		    " \"RuleAction\": \"allow\", \"Egress\": false,"
		    " \"CidrBlock\": \"0.0.0.0/0\"}",
		    w.acl, i);
	ec2_no(f, "NetworkAclEntryLimitExceeded", "CreateNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 21, \"Protocol\": \"-1\","
	    " \"RuleAction\": \"allow\", \"Egress\": false, \"CidrBlock\": \"0.0.0.0/0\"}",
	    w.acl);
	ec2_ok(f, "CreateNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 21, \"Protocol\": \"-1\","
	    " \"RuleAction\": \"allow\", \"Egress\": true, \"CidrBlock\": \"0.0.0.0/0\"}",
	    w.acl);
	ec2_ok(f, "CreateNetworkAclEntry",
	    "{\"NetworkAclId\": \"%s\", \"RuleNumber\": 21, \"Protocol\": \"-1\","
	    " \"RuleAction\": \"allow\", \"Egress\": false, \"Ipv6CidrBlock\": \"::/0\"}",
	    w.acl);
}

static void
ipv6_comes_with_its_last_rule(void **state)
{
	struct fixture *f = *state;
	struct world w;
	json_t *v;

	make_world(f, &w);
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"AmazonProvidedIpv6CidrBlock\": true}", w.vpc);
	v = acl_now(f, w.acl);
	ec2_counts(v, "Entries", 4);
	ec2_is(v, "Entries.1.RuleNumber", "32768");
	ec2_is(v, "Entries.1.Ipv6CidrBlock", "::/0");
	v = ec2_ok(f, "CreateNetworkAcl", "{\"VpcId\": \"%s\"}", w.vpc);
	ec2_is(v, "NetworkAcl.Entries.3.RuleNumber", "32768");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(acls_live_and_die),
		TEST(subnets_change_acls),
		TEST(entries_are_made_changed_and_removed),
		TEST(wrong_entries_are_refused),
		TEST(twenty_entries_each_way),
		TEST(ipv6_comes_with_its_last_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
