/* EC2: transit gateways: connect attachments and their peers, policy tables, prefix lists. */
#include "tests/api/ec2_calls.h"

#include <string.h>

struct world {
	const char *gateway, *table, *vpc, *a, *b, *attachment;
};

static const char *
gateway(struct fixture *f, const char *options)
{
	return ec2_text(ec2_ok(f, "CreateTransitGateway", "{\"Options\": {%s}}", options),
	    "TransitGateway.TransitGatewayId");
}

static const char *
subnet(struct fixture *f, const char *vpc, const char *cidr, const char *zone)
{
	return ec2_text(ec2_ok(f, "CreateSubnet",
			    "{\"VpcId\": \"%s\", \"CidrBlock\": \"%s\","
			    " \"AvailabilityZone\": \"us-east-1%s\"}",
			    vpc, cidr, zone),
	    "Subnet.SubnetId");
}

static const char *
attach(struct fixture *f, const char *gateway, const char *vpc, const char *subnet)
{
	return ec2_text(
	    ec2_ok(f, "CreateTransitGatewayVpcAttachment",
		"{\"TransitGatewayId\": \"%s\", \"VpcId\": \"%s\", \"SubnetIds\": [\"%s\"]}",
		gateway, vpc, subnet),
	    "TransitGatewayVpcAttachment.TransitGatewayAttachmentId");
}

/* A gateway with a VPC 10.0.0.0/16 that is attached in one of its two subnets. */
static void
make(struct fixture *f, struct world *w)
{
	w->gateway = gateway(f, "");
	w->table = ec2_text(ec2_ok(f, "DescribeTransitGatewayRouteTables", "{}"),
	    "TransitGatewayRouteTables.0.TransitGatewayRouteTableId");
	w->vpc = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
	w->a = subnet(f, w->vpc, "10.0.1.0/24", "a");
	w->b = subnet(f, w->vpc, "10.0.2.0/24", "b");
	w->attachment = attach(f, w->gateway, w->vpc, w->a);
}

static const char *
peer(struct fixture *f, const char *gateway, const char *with, const char *region)
{
	return ec2_text(
	    ec2_ok(f, "CreateTransitGatewayPeeringAttachment",
		"{\"TransitGatewayId\": \"%s\", \"PeerTransitGatewayId\": \"%s\","
		" \"PeerAccountId\": \"" FIXTURE_ACCOUNT "\", \"PeerRegion\": \"%s\"}",
		gateway, with, region),
	    "TransitGatewayPeeringAttachment.TransitGatewayAttachmentId");
}

static void
connect_peers_are_recorded(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *p;
	json_t *v;

	make(f, &w);
	ec2_ok(f, "ModifyTransitGateway",
	    "{\"TransitGatewayId\": \"%s\", \"Options\": {\"AddTransitGatewayCidrBlocks\":"
	    " [\"10.99.0.0/24\"]}}",
	    w.gateway);
	v = ec2_ok(f, "CreateTransitGatewayConnect",
	    "{\"TransportTransitGatewayAttachmentId\": \"%s\", \"Options\":"
	    " {\"Protocol\": \"gre\"}}",
	    w.attachment);
	id = ec2_text(v, "TransitGatewayConnect.TransitGatewayAttachmentId");
	ec2_is(v, "TransitGatewayConnect.TransitGatewayId", w.gateway);
	ec2_no(f, "IncorrectState", "DeleteTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", w.attachment);
	v = ec2_ok(f, "CreateTransitGatewayConnectPeer",
	    "{\"TransitGatewayAttachmentId\": \"%s\", \"PeerAddress\": \"10.0.1.5\","
	    " \"InsideCidrBlocks\": [\"169.254.6.0/29\"], \"BgpOptions\":"
	    " {\"PeerAsn\": 65000}}",
	    id);
	p = ec2_text(v, "TransitGatewayConnectPeer.TransitGatewayConnectPeerId");
	ec2_is(v,
	    "TransitGatewayConnectPeer.ConnectPeerConfiguration.TransitGatewayAddress",
	    "10.99.0.4");
	ec2_is(v,
	    "TransitGatewayConnectPeer.ConnectPeerConfiguration.BgpConfigurations.1."
	    "TransitGatewayAddress",
	    "169.254.6.3");
	ec2_is(v,
	    "TransitGatewayConnectPeer.ConnectPeerConfiguration.BgpConfigurations.0.PeerAsn",
	    "65000");
	ec2_no(f, "InvalidParameterValue", "CreateTransitGatewayConnectPeer",
	    "{\"TransitGatewayAttachmentId\": \"%s\", \"PeerAddress\": \"10.0.1.5\","
	    " \"InsideCidrBlocks\": [\"10.0.0.0/29\"]}",
	    id);
	ec2_no(f, "InvalidParameterValue", "CreateTransitGatewayConnectPeer",
	    "{\"TransitGatewayAttachmentId\": \"%s\", \"PeerAddress\": \"10.0.1.5\","
	    " \"TransitGatewayAddress\": \"10.98.0.1\","
	    " \"InsideCidrBlocks\": [\"169.254.7.0/29\"]}",
	    id);
	ec2_no(f, "IncorrectState", "DeleteTransitGatewayConnect",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", id);
	ec2_ok(f, "DeleteTransitGatewayConnectPeer",
	    "{\"TransitGatewayConnectPeerId\": \"%s\"}", p);
	ec2_is(ec2_ok(f, "DescribeTransitGatewayConnectPeers", "{}"),
	    "TransitGatewayConnectPeers.0.State", "deleted");
	ec2_ok(f, "DeleteTransitGatewayConnect",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", id);
	ec2_is(ec2_ok(f, "DescribeTransitGatewayConnects", "{}"),
	    "TransitGatewayConnects.0.State", "deleted");
	ec2_ok(f, "DeleteTransitGatewayVpcAttachment",
	    "{\"TransitGatewayAttachmentId\": \"%s\"}", w.attachment);
}

static void
policy_tables_have_entries_and_users(void **state)
{
	struct fixture *f = *state;
	const char *a = gateway(f, ""), *b = gateway(f, ""), *id, *table, *routes;
	json_t *v;

	table = ec2_text(ec2_ok(f, "CreateTransitGatewayPolicyTable",
			     "{\"TransitGatewayId\": \"%s\"}", a),
	    "TransitGatewayPolicyTable.TransitGatewayPolicyTableId");
	routes = ec2_text(
	    ec2_ok(f, "DescribeTransitGatewayRouteTables",
		"{\"Filters\": [{\"Name\": \"transit-gateway-id\", \"Values\": [\"%s\"]}]}",
		a),
	    "TransitGatewayRouteTables.0.TransitGatewayRouteTableId");
	id = peer(f, a, b, FIXTURE_REGION);
	ec2_ok(f, "AssociateTransitGatewayPolicyTable",
	    "{\"TransitGatewayPolicyTableId\": \"%s\", \"TransitGatewayAttachmentId\":"
	    " \"%s\"}",
	    table, id);
	ec2_is(ec2_ok(f, "GetTransitGatewayPolicyTableAssociations",
		   "{\"TransitGatewayPolicyTableId\": \"%s\"}", table),
	    "Associations.0.State", "associated");
	ec2_no(f, "IncorrectState", "DeleteTransitGatewayPolicyTable",
	    "{\"TransitGatewayPolicyTableId\": \"%s\"}", table);
	ec2_ok(f, "CreateTransitGatewayPolicyTableEntry",
	    "{\"TransitGatewayPolicyTableId\": \"%s\", \"PolicyRuleNumber\": \"10\","
	    " \"PolicyRule\": {\"SourceCidrBlock\": \"10.0.0.0/8\", \"Protocol\": \"6\"},"
	    " \"TargetRouteTableId\": \"%s\"}",
	    table, routes);
	ec2_no(f, "TransitGatewayPolicyTableEntry.AlreadyExists",
	    "CreateTransitGatewayPolicyTableEntry",
	    "{\"TransitGatewayPolicyTableId\": \"%s\", \"PolicyRuleNumber\": \"10\","
	    " \"TargetRouteTableId\": \"%s\"}",
	    table, routes);
	ec2_ok(f, "ModifyTransitGatewayPolicyTableEntry",
	    "{\"TransitGatewayPolicyTableId\": \"%s\", \"PolicyRuleNumber\": \"10\","
	    " \"PolicyRule\": {\"Protocol\": \"17\"}}",
	    table);
	v = ec2_ok(f, "GetTransitGatewayPolicyTableEntries",
	    "{\"TransitGatewayPolicyTableId\": \"%s\"}", table);
	ec2_is(v, "TransitGatewayPolicyTableEntries.0.PolicyRule.Protocol", "17");
	ec2_is(v, "TransitGatewayPolicyTableEntries.0.TargetRouteTableId", routes);
	ec2_ok(f, "DeleteTransitGatewayPolicyTableEntry",
	    "{\"TransitGatewayPolicyTableId\": \"%s\", \"PolicyRuleNumber\": \"10\"}",
	    table);
	ec2_no(f, "InvalidTransitGatewayPolicyTableEntry.NotFound",
	    "DeleteTransitGatewayPolicyTableEntry",
	    "{\"TransitGatewayPolicyTableId\": \"%s\", \"PolicyRuleNumber\": \"10\"}",
	    table);
	ec2_ok(f, "DisassociateTransitGatewayPolicyTable",
	    "{\"TransitGatewayPolicyTableId\": \"%s\", \"TransitGatewayAttachmentId\":"
	    " \"%s\"}",
	    table, id);
	ec2_ok(f, "DeleteTransitGatewayPolicyTable",
	    "{\"TransitGatewayPolicyTableId\": \"%s\"}", table);
	ec2_is(ec2_ok(f, "DescribeTransitGatewayPolicyTables", "{}"),
	    "TransitGatewayPolicyTables.0.State", "deleted");
}

/* A prefix list of two ranges, as its family keeps it. */
static void
put_list(struct fixture *f, const char *id)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;
	json_t *doc = json_own(f->arena,
	    json_make("{s:s, s:s, s:{s:[{s:s}, {s:s}]}}", "PrefixListId", id, "OwnerId",
		FIXTURE_ACCOUNT, "_versions", "1", "Cidr", "10.7.0.0/16", "Cidr",
		"10.8.0.0/16"));

	store_put(t, FIXTURE_ACCOUNT ":" FIXTURE_REGION, "ec2:managed-prefix-list", id,
	    doc);
	assert_int_equal(store_commit(t, &err), 1);
}

static size_t
n_routes(struct fixture *f, const char *table, const char *state)
{
	return json_array_size(json_get(
	    ec2_ok(f, "SearchTransitGatewayRoutes",
		"{\"TransitGatewayRouteTableId\": \"%s\", \"Filters\": [{\"Name\":"
		" \"prefix-list-id\", \"Values\": [\"pl-1\"]}, {\"Name\": \"state\","
		" \"Values\": [\"%s\"]}]}",
		table, state),
	    "Routes"));
}

static void
prefix_lists_are_routes_by_reference(void **state)
{
	struct fixture *f = *state;
	struct world w;
	json_t *v;

	make(f, &w);
	put_list(f, "pl-1");
	v = ec2_ok(f, "CreateTransitGatewayPrefixListReference",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"PrefixListId\": \"pl-1\","
	    " \"Blackhole\": true}",
	    w.table);
	ec2_is(v, "TransitGatewayPrefixListReference.State", "pending");
	ec2_is(v, "TransitGatewayPrefixListReference.Blackhole", "true");
	assert_int_equal(n_routes(f, w.table, "blackhole"), 2);
	ec2_no(f, "TransitGatewayPrefixListReference.AlreadyExists",
	    "CreateTransitGatewayPrefixListReference",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"PrefixListId\": \"pl-1\","
	    " \"Blackhole\": true}",
	    w.table);
	ec2_ok(f, "ModifyTransitGatewayPrefixListReference",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"PrefixListId\": \"pl-1\","
	    " \"TransitGatewayAttachmentId\": \"%s\"}",
	    w.table, w.attachment);
	assert_int_equal(n_routes(f, w.table, "active"), 2);
	v = ec2_ok(f, "GetTransitGatewayPrefixListReferences",
	    "{\"TransitGatewayRouteTableId\": \"%s\"}", w.table);
	ec2_is(v, "TransitGatewayPrefixListReferences.0.State", "available");
	ec2_is(v, "TransitGatewayPrefixListReferences.0.PrefixListOwnerId",
	    FIXTURE_ACCOUNT);
	ec2_is(v,
	    "TransitGatewayPrefixListReferences.0.TransitGatewayAttachment.ResourceId",
	    w.vpc);
	ec2_ok(f, "DeleteTransitGatewayPrefixListReference",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"PrefixListId\": \"pl-1\"}",
	    w.table);
	assert_int_equal(n_routes(f, w.table, "active"), 0);
	ec2_no(f, "InvalidTransitGatewayPrefixListReference.NotFound",
	    "DeleteTransitGatewayPrefixListReference",
	    "{\"TransitGatewayRouteTableId\": \"%s\", \"PrefixListId\": \"pl-1\"}",
	    w.table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
		T(connect_peers_are_recorded),
		T(policy_tables_have_entries_and_users),
		T(prefix_lists_are_routes_by_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
