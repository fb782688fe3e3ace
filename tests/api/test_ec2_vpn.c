/* EC2: customer gateways, VPN gateways, VPN connections. */
#include "tests/api/ec2_calls.h"

#include <string.h>

static const char *
customer(struct fixture *f)
{
	return ec2_text(
	    ec2_ok(f, "CreateCustomerGateway",
		"{\"Type\": \"ipsec.1\", \"IpAddress\": \"203.0.113.7\", \"BgpAsn\": 65010}"),
	    "CustomerGateway.CustomerGatewayId");
}

static const char *
gateway(struct fixture *f)
{
	return ec2_text(ec2_ok(f, "CreateVpnGateway", "{\"Type\": \"ipsec.1\"}"),
	    "VpnGateway.VpnGatewayId");
}

static json_t *
now(struct fixture *f, const char *id)
{
	return ec2_ok(f, "DescribeVpnConnections", "{\"VpnConnectionIds\": [\"%s\"]}",
	    id);
}

/* A connection of a new VPN gateway; options is JSON members. */
static const char *
connect(struct fixture *f, const char *options)
{
	return ec2_text(ec2_ok(f, "CreateVpnConnection",
			    "{\"Type\": \"ipsec.1\", \"CustomerGatewayId\": \"%s\","
			    " \"VpnGatewayId\": \"%s\", \"Options\": {%s}}",
			    customer(f), gateway(f), options),
	    "VpnConnection.VpnConnectionId");
}

static void
the_same_customer_gateway_is_one(void **state)
{
	struct fixture *f = *state;
	const char *id = customer(f);
	json_t *v;

	assert_string_equal(customer(f), id);
	v = ec2_ok(f, "DescribeCustomerGateways",
	    "{\"Filters\": [{\"Name\": \"bgp-asn\", \"Values\": [\"65010\"]}]}");
	ec2_counts(v, "CustomerGateways", 1);
	ec2_is(v, "CustomerGateways.0.State", "available");
	ec2_is(v, "CustomerGateways.0.IpAddress", "203.0.113.7");
	v = ec2_ok(f, "CreateCustomerGateway",
	    "{\"Type\": \"ipsec.1\", \"PublicIp\": \"203.0.113.7\","
	    " \"BgpAsnExtended\": 4200000000, \"DeviceName\": \"d\"}");
	ec2_is(v, "CustomerGateway.BgpAsnExtended", "4200000000");
	ec2_is(v, "CustomerGateway.DeviceName", "d");
	assert_null(fixture_text(v, "CustomerGateway.BgpAsn"));
	ec2_ok(f, "DeleteCustomerGateway", "{\"CustomerGatewayId\": \"%s\"}", id);
	ec2_is(ec2_ok(f, "DescribeCustomerGateways", "{\"CustomerGatewayIds\": [\"%s\"]}",
		   id),
	    "CustomerGateways.0.State", "deleted");
	ec2_no(f, "InvalidCustomerGatewayID.NotFound", "DeleteCustomerGateway",
	    "{\"CustomerGatewayId\": \"%s\"}", id);
	assert_string_not_equal(customer(f), id);
}

static void
gateways_are_of_one_vpc(void **state)
{
	struct fixture *f = *state;
	const char *id = gateway(f), *other = gateway(f), *vpc;
	json_t *v;

	vpc = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
	v = ec2_ok(f, "AttachVpnGateway", "{\"VpnGatewayId\": \"%s\", \"VpcId\": \"%s\"}",
	    id, vpc);
	ec2_is(v, "VpcAttachment.State", "attaching");
	v = ec2_ok(f, "AttachVpnGateway", "{\"VpnGatewayId\": \"%s\", \"VpcId\": \"%s\"}",
	    id, vpc);
	ec2_is(v, "VpcAttachment.State", "attached");
	v = ec2_ok(f, "DescribeVpnGateways",
	    "{\"Filters\": [{\"Name\": \"attachment.vpc-id\", \"Values\": [\"%s\"]}]}",
	    vpc);
	ec2_counts(v, "VpnGateways", 1);
	ec2_is(v, "VpnGateways.0.AmazonSideAsn", "64512");
	ec2_is(v, "VpnGateways.0.VpcAttachments.0.State", "attached");
	ec2_no(f, "VpnGatewayAttachmentLimitExceeded", "AttachVpnGateway",
	    "{\"VpnGatewayId\": \"%s\", \"VpcId\": \"%s\"}", other, vpc);
	ec2_no(f, "InvalidVpnGatewayAttachment.NotFound", "DetachVpnGateway",
	    "{\"VpnGatewayId\": \"%s\", \"VpcId\": \"%s\"}", other, vpc);
	ec2_no(f, "IncorrectState", "DeleteVpnGateway", "{\"VpnGatewayId\": \"%s\"}", id);
	ec2_no(f, "DependencyViolation", "DeleteVpc", "{\"VpcId\": \"%s\"}", vpc);
	ec2_ok(f, "DetachVpnGateway", "{\"VpnGatewayId\": \"%s\", \"VpcId\": \"%s\"}", id,
	    vpc);
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", vpc);
	ec2_ok(f, "DeleteVpnGateway", "{\"VpnGatewayId\": \"%s\"}", id);
	ec2_is(ec2_ok(f, "DescribeVpnGateways", "{\"VpnGatewayIds\": [\"%s\"]}", id),
	    "VpnGateways.0.State", "deleted");
}

static void
connections_have_two_tunnels(void **state)
{
	struct fixture *f = *state;
	const char *id = connect(f,
		       "\"TunnelOptions\": [{\"TunnelInsideCidr\": \"169.254.20.0/30\","
		       " \"PreSharedKey\": \"abcdefgh1\", \"DPDTimeoutSeconds\": 40,"
		       " \"IKEVersions\": [{\"Value\": \"ikev2\"}],"
		       " \"Phase1DHGroupNumbers\": [{\"Value\": 14}]}]"),
		   *text, *outside;
	json_t *v = now(f, id);

	ec2_is(v, "VpnConnections.0.State", "available");
	ec2_is(v, "VpnConnections.0.Category", "VPN");
	ec2_is(v, "VpnConnections.0.GatewayAssociationState", "associated");
	ec2_is(v, "VpnConnections.0.Options.StaticRoutesOnly", "false");
	ec2_is(v, "VpnConnections.0.Options.LocalIpv4NetworkCidr", "0.0.0.0/0");
	ec2_is(v, "VpnConnections.0.Options.OutsideIpAddressType", "PublicIpv4");
	ec2_is(v, "VpnConnections.0.Options.TunnelInsideIpVersion", "ipv4");
	ec2_is(v, "VpnConnections.0.Options.TunnelOptions.0.TunnelInsideCidr",
	    "169.254.20.0/30");
	ec2_is(v, "VpnConnections.0.Options.TunnelOptions.0.DpdTimeoutSeconds", "40");
	ec2_is(v, "VpnConnections.0.Options.TunnelOptions.0.IkeVersions.0.Value",
	    "ikev2");
	ec2_is(v, "VpnConnections.0.VgwTelemetry.1.Status", "DOWN");
	outside =
	    ec2_text(v, "VpnConnections.0.Options.TunnelOptions.1.OutsideIpAddress");
	ec2_is(v, "VpnConnections.0.VgwTelemetry.1.OutsideIpAddress", outside);
	assert_int_equal(strlen(ec2_text(v,
			     "VpnConnections.0.Options.TunnelOptions.1.PreSharedKey")),
	    32);
	text = ec2_text(v, "VpnConnections.0.CustomerGatewayConfiguration");
	assert_non_null(strstr(text, "<pre_shared_key>abcdefgh1</pre_shared_key>"));
	assert_non_null(strstr(text, "<ip_address>203.0.113.7</ip_address>"));
	assert_non_null(strstr(text, "<ip_address>169.254.20.1</ip_address>"));
	assert_non_null(strstr(text, "<asn>65010</asn>"));
	assert_non_null(strstr(text, "<perfect_forward_secrecy>group14<"));
	assert_non_null(strstr(text, "<perfect_forward_secrecy>group2<"));
	assert_non_null(strstr(text, outside));
	ec2_no(f, "IncorrectState", "DeleteCustomerGateway",
	    "{\"CustomerGatewayId\": \"%s\"}",
	    ec2_text(v, "VpnConnections.0.CustomerGatewayId"));
	ec2_no(f, "IncorrectState", "DeleteVpnGateway", "{\"VpnGatewayId\": \"%s\"}",
	    ec2_text(v, "VpnConnections.0.VpnGatewayId"));

	v = ec2_ok(f, "ModifyVpnTunnelOptions",
	    "{\"VpnConnectionId\": \"%s\", \"VpnTunnelOutsideIpAddress\": \"%s\","
	    " \"TunnelOptions\": {\"PreSharedKey\": \"another.key\"}}",
	    id, outside);
	ec2_is(v, "VpnConnection.State", "modifying");
	v = now(f, id);
	ec2_is(v, "VpnConnections.0.Options.TunnelOptions.1.PreSharedKey", "another.key");
	assert_non_null(
	    strstr(ec2_text(v, "VpnConnections.0.CustomerGatewayConfiguration"),
		"another.key"));
	ec2_no(f, "InvalidParameterValue", "ModifyVpnTunnelOptions",
	    "{\"VpnConnectionId\": \"%s\", \"VpnTunnelOutsideIpAddress\": \"192.0.2.1\","
	    " \"TunnelOptions\": {\"PreSharedKey\": \"another.key\"}}",
	    id);
	ec2_ok(f, "ModifyVpnConnectionOptions",
	    "{\"VpnConnectionId\": \"%s\", \"LocalIpv4NetworkCidr\": \"10.9.0.0/16\"}",
	    id);
	v = now(f, id);
	ec2_is(v, "VpnConnections.0.Options.LocalIpv4NetworkCidr", "10.9.0.0/16");
	ec2_is(v, "VpnConnections.0.Options.RemoteIpv4NetworkCidr", "0.0.0.0/0");

	ec2_ok(f, "DeleteVpnConnection", "{\"VpnConnectionId\": \"%s\"}", id);
	ec2_is(now(f, id), "VpnConnections.0.State", "deleted");
	ec2_no(f, "InvalidVpnConnectionID.NotFound", "DeleteVpnConnection",
	    "{\"VpnConnectionId\": \"%s\"}", id);
	/* Its addresses are free again. */
	ec2_is(now(f, connect(f, "")),
	    "VpnConnections.0.Options.TunnelOptions.1.OutsideIpAddress", outside);
}

static void
static_connections_have_routes(void **state)
{
	struct fixture *f = *state;
	const char *id = connect(f, "\"StaticRoutesOnly\": true"), *bgp = connect(f, "");
	json_t *v;

	assert_non_null(
	    strstr(ec2_text(now(f, id), "VpnConnections.0.CustomerGatewayConfiguration"),
		"NoBGPVPNConnection"));
	for (int i = 0; i < 2; i++)
		ec2_ok(f, "CreateVpnConnectionRoute",
		    "{\"VpnConnectionId\": \"%s\", \"DestinationCidrBlock\": \"10.8.0.0/16\"}",
		    id);
	v = now(f, id);
	ec2_is(v, "VpnConnections.0.Routes.0.State", "available");
	ec2_is(v, "VpnConnections.0.Routes.0.Source", "Static");
	assert_null(fixture_text(v, "VpnConnections.0.Routes.1.State"));
	ec2_counts(ec2_ok(f, "DescribeVpnConnections",
		       "{\"Filters\": [{\"Name\": \"route.destination-cidr-block\","
		       " \"Values\": [\"10.8.0.0/16\"]}]}"),
	    "VpnConnections", 1);
	ec2_ok(f, "DeleteVpnConnectionRoute",
	    "{\"VpnConnectionId\": \"%s\", \"DestinationCidrBlock\": \"10.8.0.0/16\"}",
	    id);
	ec2_no(f, "InvalidRoute.NotFound", "DeleteVpnConnectionRoute",
	    "{\"VpnConnectionId\": \"%s\", \"DestinationCidrBlock\": \"10.8.0.0/16\"}",
	    id);
	ec2_no(f, "InvalidVpnConnection.InvalidType", "CreateVpnConnectionRoute",
	    "{\"VpnConnectionId\": \"%s\", \"DestinationCidrBlock\": \"10.8.0.0/16\"}",
	    bgp);
}

static void
transit_gateways_have_an_attachment_for_it(void **state)
{
	struct fixture *f = *state;
	const char *transit, *id, *vpn = gateway(f);
	json_t *v;

	transit = ec2_text(ec2_ok(f, "CreateTransitGateway", "{}"),
	    "TransitGateway.TransitGatewayId");
	id = ec2_text(ec2_ok(f, "CreateVpnConnection",
			  "{\"Type\": \"ipsec.1\", \"CustomerGatewayId\": \"%s\","
			  " \"TransitGatewayId\": \"%s\", \"TagSpecifications\":"
			  " [{\"ResourceType\": \"vpn-connection\", \"Tags\":"
			  " [{\"Key\": \"k\", \"Value\": \"v\"}]}]}",
			  customer(f), transit),
	    "VpnConnection.VpnConnectionId");
	v = ec2_ok(f, "DescribeTransitGatewayAttachments",
	    "{\"Filters\": [{\"Name\": \"resource-id\", \"Values\": [\"%s\"]},"
	    " {\"Name\": \"resource-type\", \"Values\": [\"vpn\"]}]}",
	    id);
	ec2_counts(v, "TransitGatewayAttachments", 1);
	ec2_is(v, "TransitGatewayAttachments.0.State", "available");
	ec2_is(v, "TransitGatewayAttachments.0.Association.State", "associated");
	ec2_no(f, "IncorrectState", "DeleteTransitGateway",
	    "{\"TransitGatewayId\": \"%s\"}", transit);
	v = ec2_ok(f, "ModifyVpnConnection",
	    "{\"VpnConnectionId\": \"%s\", \"VpnGatewayId\": \"%s\"}", id, vpn);
	ec2_is(v, "VpnConnection.VpnGatewayId", vpn);
	assert_null(fixture_text(v, "VpnConnection.TransitGatewayId"));
	ec2_is(v, "VpnConnection.Tags.0.Key", "k");
	ec2_ok(f, "DeleteTransitGateway", "{\"TransitGatewayId\": \"%s\"}", transit);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateCustomerGateway", "{\"Type\": \"ipsec.1\"}", "MissingParameter",
		    NULL },
		{ "CreateCustomerGateway",
		    "{\"Type\": \"ipsec.1\", \"IpAddress\": \"x\"}",
		    "InvalidParameterValue", NULL },
		{ "CreateCustomerGateway",
		    "{\"Type\": \"ipsec.1\", \"IpAddress\": \"203.0.113.1\","
		    " \"PublicIp\": \"203.0.113.1\"}",
		    "InvalidParameterCombination", NULL },
		{ "CreateVpnGateway", "{\"Type\": \"ipsec.2\"}", "InvalidParameterValue",
		    NULL },
		{ "CreateVpnGateway", "{\"Type\": \"ipsec.1\", \"AmazonSideAsn\": 5}",
		    "InvalidParameterValue", NULL },
		{ "CreateVpnGateway",
		    "{\"Type\": \"ipsec.1\", \"AvailabilityZone\": \"us-east-1z\"}",
		    "InvalidParameterValue", NULL },
		{ "AttachVpnGateway",
		    "{\"VpnGatewayId\": \"vgw-0\", \"VpcId\": \"vpc-0\"}",
		    "InvalidVpnGatewayID.NotFound", NULL },
		{ "CreateVpnConnection",
		    "{\"Type\": \"ipsec.1\", \"CustomerGatewayId\": \"cgw-0\"}",
		    "InvalidCustomerGatewayID.NotFound", NULL },
		{ "CreateVpnConnection",
		    "{\"Type\": \"x\", \"CustomerGatewayId\": \"cgw-0\"}",
		    "InvalidVpnConnection.InvalidType", NULL },
		{ "CreateVpnConnectionRoute",
		    "{\"VpnConnectionId\": \"vpn-0\", \"DestinationCidrBlock\": \"10.0.0.0/8\"}",
		    "InvalidVpnConnectionID.NotFound", NULL },
		{ "DescribeVpnConnections", "{\"VpnConnectionIds\": [\"x\"]}",
		    "InvalidVpnConnectionID.Malformed", NULL },
	};
	static const struct {
		const char *tunnel, *code;
	} tunnels[] = {
		{ "\"TunnelInsideCidr\": \"10.0.0.0/30\"", "InvalidParameterValue" },
		{ "\"TunnelInsideCidr\": \"169.254.0.0/30\"", "InvalidParameterValue" },
		{ "\"TunnelInsideCidr\": \"169.254.169.252/30\"",
		    "InvalidParameterValue" },
		{ "\"PreSharedKey\": \"short\"", "InvalidParameterValue" },
		{ "\"PreSharedKey\": \"0bcdefghi\"", "InvalidParameterValue" },
		{ "\"PreSharedKey\": \"with space\"", "InvalidParameterValue" },
		{ "\"Phase1LifetimeSeconds\": 1", "InvalidParameterValue" },
		{ "\"DPDTimeoutAction\": \"x\"", "InvalidParameterValue" },
		{ "\"IKEVersions\": [{\"Value\": \"ikev\"}]", "InvalidParameterValue" },
		{ "\"Phase1DHGroupNumbers\": [{\"Value\": 5}]", "InvalidParameterValue" },
	};
	struct fixture *f = *state;

	ec2_refused(f, refusals, COUNT(refusals));
	for (size_t i = 0; i < COUNT(tunnels); i++)
		ec2_no(f, tunnels[i].code, "CreateVpnConnection",
		    "{\"Type\": \"ipsec.1\", \"CustomerGatewayId\": \"%s\", \"Options\":"
		    " {\"TunnelOptions\": [{%s}]}}",
		    customer(f), tunnels[i].tunnel);
	ec2_no(f, "UnsupportedOperation", "CreateVpnConnection",
	    "{\"Type\": \"ipsec.1\", \"CustomerGatewayId\": \"%s\", \"Options\":"
	    " {\"EnableAcceleration\": true}}",
	    customer(f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
		T(the_same_customer_gateway_is_one),
		T(gateways_are_of_one_vpc),
		T(connections_have_two_tunnels),
		T(static_connections_have_routes),
		T(transit_gateways_have_an_attachment_for_it),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
