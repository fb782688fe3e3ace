/* EC2: VPC peering connections, in one account and between two. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#define DAY_MS (24 * 3600 * 1000)

static const char *
vpc(struct fixture *f, const char *cidr)
{
	return ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"%s\"}", cidr),
	    "Vpc.VpcId");
}

static const char *
ask(struct fixture *f, const char *from, const char *to)
{
	return ec2_text(ec2_ok(f, "CreateVpcPeeringConnection",
			    "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\"}", from, to),
	    "VpcPeeringConnection.VpcPeeringConnectionId");
}

static json_t *
now(struct fixture *f, const char *id)
{
	return ec2_ok(f, "DescribeVpcPeeringConnections",
	    "{\"VpcPeeringConnectionIds\": [\"%s\"]}", id);
}

static void
is_code(struct fixture *f, const char *id, const char *code)
{
	ec2_is(now(f, id), "VpcPeeringConnections.0.Status.Code", code);
}

static void
connections_are_asked_for_accepted_and_deleted(void **state)
{
	struct fixture *f = *state;
	const char *a = vpc(f, "10.0.0.0/16"), *b = vpc(f, "10.1.0.0/16"), *id;
	json_t *v = ec2_ok(f, "CreateVpcPeeringConnection",
	    "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\", \"TagSpecifications\":"
	    " [{\"ResourceType\": \"vpc-peering-connection\", \"Tags\":"
	    " [{\"Key\": \"Name\", \"Value\": \"ab\"}]}]}",
	    a, b);

	id = ec2_text(v, "VpcPeeringConnection.VpcPeeringConnectionId");
	ec2_is(v, "VpcPeeringConnection.Status.Code", "initiating-request");
	ec2_is(v, "VpcPeeringConnection.RequesterVpcInfo.CidrBlock", "10.0.0.0/16");
	assert_null(fixture_text(v, "VpcPeeringConnection.AccepterVpcInfo.CidrBlock"));
	v = now(f, id);
	ec2_is(v, "VpcPeeringConnections.0.Status.Code", "pending-acceptance");
	ec2_is(v, "VpcPeeringConnections.0.Tags.0.Value", "ab");
	assert_true(json_is_number(
	    json_get(json_array_get(json_get(v, "VpcPeeringConnections"), 0),
		"ExpirationTime")));
	ec2_no(f, "OperationNotPermitted", "ModifyVpcPeeringConnectionOptions",
	    "{\"VpcPeeringConnectionId\": \"%s\", \"RequesterPeeringConnectionOptions\":"
	    " {\"AllowDnsResolutionFromRemoteVpc\": true}}",
	    id);
	ec2_no(f, "VpcPeeringConnectionAlreadyExists", "CreateVpcPeeringConnection",
	    "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\"}", b, a);

	v = ec2_ok(f, "AcceptVpcPeeringConnection",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
	ec2_is(v, "VpcPeeringConnection.Status.Code", "provisioning");
	v = now(f, id);
	ec2_is(v, "VpcPeeringConnections.0.Status.Code", "active");
	ec2_is(v, "VpcPeeringConnections.0.AccepterVpcInfo.CidrBlockSet.0.CidrBlock",
	    "10.1.0.0/16");
	ec2_is(v,
	    "VpcPeeringConnections.0.AccepterVpcInfo.PeeringOptions."
	    "AllowDnsResolutionFromRemoteVpc",
	    "false");
	ec2_no(f, "InvalidStateTransition", "AcceptVpcPeeringConnection",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
	ec2_no(f, "InvalidStateTransition", "RejectVpcPeeringConnection",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
	ec2_no(f, "DependencyViolation", "DeleteVpc", "{\"VpcId\": \"%s\"}", a);
	ec2_no(f, "DependencyViolation", "DeleteVpc", "{\"VpcId\": \"%s\"}", b);

	v = ec2_ok(f, "DeleteVpcPeeringConnection",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
	ec2_is(v, "Return", "true");
	is_code(f, id, "deleted");
	ec2_no(f, "InvalidStateTransition", "DeleteVpcPeeringConnection",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", a);
	/* An hour later nobody remembers it. */
	f->now_ms += 3600 * 1000;
	ec2_counts(ec2_ok(f, "DescribeVpcPeeringConnections", "{}"),
	    "VpcPeeringConnections", 0);
}

static void
options_are_set_a_side_each(void **state)
{
	struct fixture *f = *state;
	const char *id = ask(f, vpc(f, "10.0.0.0/16"), vpc(f, "10.1.0.0/16"));
	json_t *v;

	ec2_ok(f, "AcceptVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    id);
	v = ec2_ok(f, "ModifyVpcPeeringConnectionOptions",
	    "{\"VpcPeeringConnectionId\": \"%s\", \"RequesterPeeringConnectionOptions\":"
	    " {\"AllowDnsResolutionFromRemoteVpc\": true}}",
	    id);
	ec2_is(v, "RequesterPeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc",
	    "true");
	assert_null(json_get(v, "AccepterPeeringConnectionOptions"));
	v = now(f, id);
	ec2_is(v,
	    "VpcPeeringConnections.0.RequesterVpcInfo.PeeringOptions."
	    "AllowDnsResolutionFromRemoteVpc",
	    "true");
	ec2_is(v,
	    "VpcPeeringConnections.0.AccepterVpcInfo.PeeringOptions."
	    "AllowDnsResolutionFromRemoteVpc",
	    "false");
	ec2_no(f, "UnsupportedOperation", "ModifyVpcPeeringConnectionOptions",
	    "{\"VpcPeeringConnectionId\": \"%s\", \"AccepterPeeringConnectionOptions\":"
	    " {\"AllowEgressFromLocalClassicLinkToRemoteVpc\": true}}",
	    id);
	ec2_no(f, "MissingParameter", "ModifyVpcPeeringConnectionOptions",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
}

static void
overlapping_ranges_fail(void **state)
{
	struct fixture *f = *state;
	const char *id = ask(f, vpc(f, "10.0.0.0/16"), vpc(f, "10.0.4.0/24"));

	is_code(f, id, "failed");
	ec2_no(f, "InvalidStateTransition", "AcceptVpcPeeringConnection",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
}

static void
ranges_that_came_to_overlap_fail_when_accepted(void **state)
{
	struct fixture *f = *state;
	const char *a = vpc(f, "10.0.0.0/16"), *b = vpc(f, "10.1.0.0/16"),
		   *id = ask(f, a, b);

	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.2.0.0/16\"}", a);
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.2.0.0/16\"}", b);
	ec2_is(ec2_ok(f, "AcceptVpcPeeringConnection",
		   "{\"VpcPeeringConnectionId\": \"%s\"}", id),
	    "VpcPeeringConnection.Status.Code", "failed");
	is_code(f, id, "failed");
	ec2_no(f, "InvalidStateTransition", "AcceptVpcPeeringConnection",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
}

static void
a_vpc_has_so_many_connections(void **state)
{
	enum { ASKED = 25, ACTIVE = 50 };
	struct fixture *f = *state;
	const char *hub = vpc(f, "10.255.0.0/16"), *id = NULL, *last;

	for (int i = 0; i < ACTIVE; i++) {
		id = ask(f, hub, vpc(f, arena_printf(f->arena, "10.%d.0.0/16", i)));
		if (i < ACTIVE - ASKED)
			ec2_ok(f, "AcceptVpcPeeringConnection",
			    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
	}
	last = vpc(f, "10.100.0.0/16");
	ec2_no(f, "OutstandingVpcPeeringConnectionLimitExceeded",
	    "CreateVpcPeeringConnection", "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\"}",
	    hub, last);
	/* Those that ask the hub are not its requests. */
	for (int i = 0; i < ASKED; i++) {
		const char *from = vpc(f, arena_printf(f->arena, "10.%d.0.0/16", 60 + i));

		id = ask(f, from, hub);
		ec2_ok(f, "AcceptVpcPeeringConnection",
		    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
	}
	id = ask(f, last, hub);
	ec2_no(f, "VpcPeeringConnectionsPerVpcLimitExceeded",
	    "AcceptVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}", id);
	ec2_no(f, "VpcPeeringConnectionsPerVpcLimitExceeded",
	    "CreateVpcPeeringConnection", "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\"}",
	    hub, vpc(f, "10.101.0.0/16"));
}

static void
unanswered_requests_expire_after_a_week(void **state)
{
	struct fixture *f = *state;
	const char *a = vpc(f, "10.0.0.0/16"), *b = vpc(f, "10.1.0.0/16");
	const char *id = ask(f, a, b);

	f->now_ms += 7LL * DAY_MS - 1;
	is_code(f, id, "pending-acceptance");
	f->now_ms += 1;
	is_code(f, id, "expired");
	ec2_no(f, "InvalidStateTransition", "AcceptVpcPeeringConnection",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);
	/* It may be asked again, and the old one goes. */
	ask(f, a, b);
	ec2_counts(ec2_ok(f, "DescribeVpcPeeringConnections", "{}"),
	    "VpcPeeringConnections", 2);
	f->now_ms += 2LL * DAY_MS;
	ec2_counts(ec2_ok(f, "DescribeVpcPeeringConnections", "{}"),
	    "VpcPeeringConnections", 1);
}

static void
rejected_ones_are_seen_as_such(void **state)
{
	struct fixture *f = *state;
	const char *id = ask(f, vpc(f, "10.0.0.0/16"), vpc(f, "10.1.0.0/16"));

	ec2_ok(f, "RejectVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    id);
	is_code(f, id, "rejected");
	ec2_counts(
	    ec2_ok(f, "DescribeVpcPeeringConnections",
		"{\"Filters\": [{\"Name\": \"status-code\", \"Values\": [\"active\"]}]}"),
	    "VpcPeeringConnections", 0);
	ec2_counts(ec2_ok(f, "DescribeVpcPeeringConnections",
		       "{\"Filters\": [{\"Name\": \"requester-vpc-info.cidr-block\","
		       " \"Values\": [\"10.0.*\"]}]}"),
	    "VpcPeeringConnections", 1);
}

static const struct principal other = { .kind = PRINCIPAL_ROOT,
	.account = "111111111111",
	.arn = "arn:aws:iam::111111111111:root" };

/* As the other account's root. */
static struct call *
theirs(struct fixture *f, const char *op, const char *member, const char *value)
{
	return fixture_call_as(f, &other, "ec2", op, "{\"%s\": \"%s\"}", member, value);
}

static void
two_accounts_and_regions_see_the_same(void **state)
{
	struct fixture *f = *state;
	const char *a = vpc(f, "10.0.0.0/16"), *b, *id;
	struct call *c;

	f->region = "eu-west-1";
	c = theirs(f, "CreateVpc", "CidrBlock", "10.1.0.0/16");
	assert_null(c->err.kind);
	b = ec2_text(c->out, "Vpc.VpcId");
	f->region = FIXTURE_REGION;
	id = ec2_text(
	    ec2_ok(f, "CreateVpcPeeringConnection",
		"{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\", \"PeerOwnerId\": \"111111111111\","
		" \"PeerRegion\": \"eu-west-1\", \"TagSpecifications\": [{\"ResourceType\":"
		" \"vpc-peering-connection\", \"Tags\": [{\"Key\": \"k\", \"Value\": \"v\"}]}]}",
		a, b),
	    "VpcPeeringConnection.VpcPeeringConnectionId");
	ec2_no(f, "OperationNotPermitted", "AcceptVpcPeeringConnection",
	    "{\"VpcPeeringConnectionId\": \"%s\"}", id);

	f->region = "eu-west-1";
	c = fixture_call_as(f, &other, "ec2", "DescribeVpcPeeringConnections", "{}");
	ec2_is(c->out, "VpcPeeringConnections.0.VpcPeeringConnectionId", id);
	assert_null(fixture_text(c->out, "VpcPeeringConnections.0.Tags.0.Key"));
	c = theirs(f, "AcceptVpcPeeringConnection", "VpcPeeringConnectionId", id);
	assert_null(c->err.kind);
	f->region = FIXTURE_REGION;
	is_code(f, id, "active");
	ec2_is(now(f, id), "VpcPeeringConnections.0.AccepterVpcInfo.CidrBlock",
	    "10.1.0.0/16");
	ec2_is(now(f, id), "VpcPeeringConnections.0.Tags.0.Value", "v");
	/* Each side has its own options. */
	ec2_no(f, "OperationNotPermitted", "ModifyVpcPeeringConnectionOptions",
	    "{\"VpcPeeringConnectionId\": \"%s\", \"AccepterPeeringConnectionOptions\":"
	    " {\"AllowDnsResolutionFromRemoteVpc\": true}}",
	    id);
	f->region = "eu-west-1";
	c = theirs(f, "DeleteVpcPeeringConnection", "VpcPeeringConnectionId", id);
	assert_null(c->err.kind);
	f->region = FIXTURE_REGION;
	is_code(f, id, "deleted");
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", a);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateVpcPeeringConnection", "{}", "MissingParameter", NULL },
		{ "CreateVpcPeeringConnection",
		    "{\"VpcId\": \"vpc-0\", \"PeerVpcId\": \"vpc-1\"}",
		    "InvalidVpcID.NotFound", "The vpc ID 'vpc-0' does not exist" },
		{ "AcceptVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"pcx-0\"}",
		    "InvalidVpcPeeringConnectionID.NotFound",
		    "The vpcPeeringConnection ID 'pcx-0' does not exist" },
		{ "AcceptVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"x\"}",
		    "InvalidVpcPeeringConnectionId.Malformed", NULL },
		{ "DescribeVpcPeeringConnections",
		    "{\"Filters\": [{\"Name\": \"x\", \"Values\": [\"y\"]}]}",
		    "InvalidParameterValue", "The filter 'x' is invalid" },
		{ "DescribeVpcPeeringConnections",
		    "{\"VpcPeeringConnectionIds\": [\"pcx-0\"]}",
		    "InvalidVpcPeeringConnectionID.NotFound", NULL },
	};
	struct fixture *f = *state;
	const char *a;

	ec2_refused(f, refusals, COUNT(refusals));
	a = vpc(f, "10.0.0.0/16");
	ec2_no(f, "MissingParameter", "CreateVpcPeeringConnection", "{\"VpcId\": \"%s\"}",
	    a);
	ec2_no(f, "InvalidVpcID.NotFound", "CreateVpcPeeringConnection",
	    "{\"VpcId\": \"%s\", \"PeerVpcId\": \"vpc-1\"}", a);
	ec2_no(f, "InvalidParameterValue", "CreateVpcPeeringConnection",
	    "{\"VpcId\": \"%s\", \"PeerVpcId\": \"vpc-1\", \"PeerRegion\": \"mars-1\"}",
	    a);
	ec2_no(f, "InvalidParameterValue", "CreateVpcPeeringConnection",
	    "{\"VpcId\": \"%s\", \"PeerVpcId\": \"vpc-1\", \"PeerOwnerId\": \"me\"}", a);
	/* Another account's VPC that is not there is said later, by the state. */
	is_code(f,
	    ec2_text(ec2_ok(f, "CreateVpcPeeringConnection",
			 "{\"VpcId\": \"%s\", \"PeerVpcId\": \"vpc-1\","
			 " \"PeerOwnerId\": \"111111111111\"}",
			 a),
		"VpcPeeringConnection.VpcPeeringConnectionId"),
	    "failed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
		T(connections_are_asked_for_accepted_and_deleted),
		T(options_are_set_a_side_each),
		T(overlapping_ranges_fail),
		T(ranges_that_came_to_overlap_fail_when_accepted),
		T(a_vpc_has_so_many_connections),
		T(unanswered_requests_expire_after_a_week),
		T(rejected_ones_are_seen_as_such),
		T(two_accounts_and_regions_see_the_same),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
