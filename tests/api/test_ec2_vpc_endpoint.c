/* EC2: VPC endpoints, the services behind them, connections and notifications. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#define NLB                                                                            \
	"arn:aws:elasticloadbalancing:us-east-1:" FIXTURE_ACCOUNT ":loadbalancer/net/" \
	"a/0123456789abcdef"

struct world {
	const char *vpc, *a, *b, *table;
};

static const char *
subnet(struct fixture *f, const char *vpc, const char *cidr, const char *zone)
{
	return ec2_text(ec2_ok(f, "CreateSubnet",
			    "{\"VpcId\": \"%s\", \"CidrBlock\": \"%s\","
			    " \"AvailabilityZone\": \"us-east-1%s\"}",
			    vpc, cidr, zone),
	    "Subnet.SubnetId");
}

static void
make(struct fixture *f, struct world *w)
{
	w->vpc = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
	w->a = subnet(f, w->vpc, "10.0.1.0/24", "a");
	w->b = subnet(f, w->vpc, "10.0.2.0/24", "b");
	w->table = ec2_text(ec2_ok(f, "DescribeRouteTables", "{}"),
	    "RouteTables.0.RouteTableId");
}

static json_t *
now(struct fixture *f, const char *id)
{
	return ec2_ok(f, "DescribeVpcEndpoints", "{\"VpcEndpointIds\": [\"%s\"]}", id);
}

static size_t
n_routes(struct fixture *f, const char *table)
{
	json_t *v =
	    ec2_ok(f, "DescribeRouteTables", "{\"RouteTableIds\": [\"%s\"]}", table);

	v = json_array_get(json_get(v, "RouteTables"), 0);
	return json_array_size(json_get(v, "Routes"));
}

static void
gateway_endpoints_are_routes(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *other;
	json_t *v;

	make(f, &w);
	v = ec2_ok(f, "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.s3\","
	    " \"RouteTableIds\": [\"%s\"], \"TagSpecifications\": [{\"ResourceType\":"
	    " \"vpc-endpoint\", \"Tags\": [{\"Key\": \"k\", \"Value\": \"v\"}]}]}",
	    w.vpc, w.table);
	id = ec2_text(v, "VpcEndpoint.VpcEndpointId");
	ec2_is(v, "VpcEndpoint.State", "available");
	v = now(f, id);
	ec2_is(v, "VpcEndpoints.0.VpcEndpointType", "Gateway");
	ec2_is(v, "VpcEndpoints.0.PrivateDnsEnabled", "false");
	ec2_is(v, "VpcEndpoints.0.RouteTableIds.0", w.table);
	ec2_is(v, "VpcEndpoints.0.Tags.0.Value", "v");
	ec2_is(v, "VpcEndpoints.0.PolicyDocument",
	    "{\"Version\":\"2008-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
	    "\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}");
	v = ec2_ok(f, "DescribeRouteTables", "{\"RouteTableIds\": [\"%s\"]}", w.table);
	ec2_is(v, "RouteTables.0.Routes.1.DestinationPrefixListId", "pl-63a5400a");
	ec2_is(v, "RouteTables.0.Routes.1.GatewayId", id);
	ec2_is(v, "RouteTables.0.Routes.1.State", "active");
	ec2_no(f, "RouteAlreadyExists", "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.s3\","
	    " \"RouteTableIds\": [\"%s\"]}",
	    w.vpc, w.table);
	ec2_no(f, "DependencyViolation", "DeleteVpc", "{\"VpcId\": \"%s\"}", w.vpc);

	other = ec2_text(ec2_ok(f, "CreateRouteTable", "{\"VpcId\": \"%s\"}", w.vpc),
	    "RouteTable.RouteTableId");
	ec2_ok(f, "ModifyVpcEndpoint",
	    "{\"VpcEndpointId\": \"%s\", \"AddRouteTableIds\": [\"%s\"],"
	    " \"RemoveRouteTableIds\": [\"%s\"], \"PolicyDocument\":"
	    " \"{\\\"Statement\\\": {\\\"Effect\\\": \\\"Deny\\\", \\\"Principal\\\":"
	    " \\\"*\\\", \\\"Action\\\": \\\"*\\\", \\\"Resource\\\": \\\"*\\\"}}\"}",
	    id, other, w.table);
	assert_int_equal(n_routes(f, w.table), 1);
	assert_int_equal(n_routes(f, other), 2);
	assert_non_null(
	    strstr(ec2_text(now(f, id), "VpcEndpoints.0.PolicyDocument"), "Deny"));
	ec2_ok(f, "ModifyVpcEndpoint",
	    "{\"VpcEndpointId\": \"%s\", \"ResetPolicy\": true}", id);
	assert_null(
	    strstr(ec2_text(now(f, id), "VpcEndpoints.0.PolicyDocument"), "Deny"));
	ec2_no(f, "InvalidPolicyDocument", "ModifyVpcEndpoint",
	    "{\"VpcEndpointId\": \"%s\", \"PolicyDocument\": \"{}\"}", id);
	ec2_no(f, "InvalidParameter", "ModifyVpcEndpoint",
	    "{\"VpcEndpointId\": \"%s\", \"AddSubnetIds\": [\"%s\"]}", id, w.a);

	v = ec2_ok(f, "DeleteVpcEndpoints", "{\"VpcEndpointIds\": [\"%s\", \"vpce-0\"]}",
	    id);
	ec2_counts(v, "Unsuccessful", 1);
	ec2_is(v, "Unsuccessful.0.ResourceId", "vpce-0");
	ec2_is(v, "Unsuccessful.0.Error.Code", "InvalidVpcEndpointId.NotFound");
	assert_int_equal(n_routes(f, other), 1);
	ec2_no(f, "InvalidVpcEndpointId.NotFound", "DescribeVpcEndpoints",
	    "{\"VpcEndpointIds\": [\"%s\"]}", id);
}

static void
interface_endpoints_have_interfaces_and_names(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *group;
	json_t *v;

	make(f, &w);
	ec2_no(f, "InvalidParameter", "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.sqs\","
	    " \"VpcEndpointType\": \"Interface\", \"PrivateDnsEnabled\": true}",
	    w.vpc);
	ec2_ok(f, "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableDnsHostnames\": {\"Value\": true}}", w.vpc);
	v = ec2_ok(f, "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.sqs\","
	    " \"VpcEndpointType\": \"Interface\", \"PrivateDnsEnabled\": true,"
	    " \"SubnetIds\": [\"%s\"], \"SubnetConfigurations\":"
	    " [{\"SubnetId\": \"%s\", \"Ipv4\": \"10.0.1.77\"}]}",
	    w.vpc, w.a, w.a);
	id = ec2_text(v, "VpcEndpoint.VpcEndpointId");
	ec2_is(v, "VpcEndpoint.State", "pending");
	v = now(f, id);
	ec2_is(v, "VpcEndpoints.0.State", "available");
	ec2_is(v, "VpcEndpoints.0.IpAddressType", "ipv4");
	ec2_is(v, "VpcEndpoints.0.DnsOptions.DnsRecordIpType", "ipv4");
	ec2_is(v, "VpcEndpoints.0.Groups.0.GroupName", "default");
	ec2_is(v, "VpcEndpoints.0.DnsEntries.2.DnsName", "sqs.us-east-1.amazonaws.com");
	assert_non_null(strstr(ec2_text(v, "VpcEndpoints.0.DnsEntries.1.DnsName"),
	    "-us-east-1a.sqs.us-east-1.vpce.amazonaws.com"));
	v = ec2_ok(f, "DescribeNetworkInterfaces", "{\"NetworkInterfaceIds\": [\"%s\"]}",
	    ec2_text(v, "VpcEndpoints.0.NetworkInterfaceIds.0"));
	ec2_is(v, "NetworkInterfaces.0.PrivateIpAddress", "10.0.1.77");
	ec2_is(v, "NetworkInterfaces.0.InterfaceType", "vpc_endpoint");
	ec2_is(v, "NetworkInterfaces.0.RequesterManaged", "true");
	ec2_no(f, "InvalidParameter", "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.sqs\","
	    " \"VpcEndpointType\": \"Interface\", \"PrivateDnsEnabled\": true}",
	    w.vpc);

	group = ec2_text(
	    ec2_ok(f, "CreateSecurityGroup",
		"{\"GroupName\": \"g\", \"Description\": \"g\", \"VpcId\": \"%s\"}",
		w.vpc),
	    "GroupId");
	ec2_no(f, "DuplicateSubnetsInSameZone", "ModifyVpcEndpoint",
	    "{\"VpcEndpointId\": \"%s\", \"AddSubnetIds\": [\"%s\"]}", id,
	    subnet(f, w.vpc, "10.0.3.0/24", "a"));
	v = now(f, id);
	ec2_ok(f, "ModifyVpcEndpoint",
	    "{\"VpcEndpointId\": \"%s\", \"AddSubnetIds\": [\"%s\"], \"RemoveSubnetIds\":"
	    " [\"%s\"], \"AddSecurityGroupIds\": [\"%s\"], \"RemoveSecurityGroupIds\":"
	    " [\"%s\"], \"PrivateDnsEnabled\": false}",
	    id, w.b, w.a, group, ec2_text(v, "VpcEndpoints.0.Groups.0.GroupId"));
	v = now(f, id);
	ec2_is(v, "VpcEndpoints.0.SubnetIds.0", w.b);
	ec2_is(v, "VpcEndpoints.0.Groups.0.GroupId", group);
	assert_null(fixture_text(v, "VpcEndpoints.0.SubnetIds.1"));
	assert_null(fixture_text(v, "VpcEndpoints.0.DnsEntries.2.DnsName"));
	v = ec2_ok(f, "DescribeNetworkInterfaces", "{}");
	ec2_counts(v, "NetworkInterfaces", 1);
	ec2_is(v, "NetworkInterfaces.0.SubnetId", w.b);
	ec2_is(v, "NetworkInterfaces.0.Groups.0.GroupId", group);
	ec2_no(f, "InvalidParameter", "ModifyVpcEndpoint",
	    "{\"VpcEndpointId\": \"%s\", \"RemoveSecurityGroupIds\": [\"%s\"]}", id,
	    group);
	ec2_ok(f, "DeleteVpcEndpoints", "{\"VpcEndpointIds\": [\"%s\"]}", id);
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfaces", "{}"), "NetworkInterfaces", 0);
}

static void
awss_services_are_listed(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeVpcEndpointServices",
	    "{\"ServiceNames\": [\"com.amazonaws.us-east-1.s3\"]}");
	size_t n;

	ec2_counts(v, "ServiceNames", 1);
	ec2_counts(v, "ServiceDetails", 2);
	v = ec2_ok(f, "DescribeVpcEndpointServices",
	    "{\"ServiceNames\": [\"com.amazonaws.us-east-1.s3\"], \"Filters\":"
	    " [{\"Name\": \"service-type\", \"Values\": [\"Gateway\"]}]}");
	ec2_counts(v, "ServiceDetails", 1);
	ec2_is(v, "ServiceDetails.0.ServiceType.0.ServiceType", "Gateway");
	ec2_is(v, "ServiceDetails.0.Owner", "amazon");
	v = ec2_ok(f, "DescribeVpcEndpointServices",
	    "{\"Filters\": [{\"Name\": \"service-name\", \"Values\":"
	    " [\"com.amazonaws.us-east-1.ecr.*\"]}]}");
	ec2_counts(v, "ServiceNames", 2);
	ec2_is(v, "ServiceDetails.0.PrivateDnsName", "api.ecr.us-east-1.amazonaws.com");
	v = ec2_ok(f, "DescribeVpcEndpointServices", "{\"MaxResults\": 50}");
	ec2_counts(v, "ServiceDetails", 50);
	v = ec2_ok(f, "DescribeVpcEndpointServices",
	    "{\"MaxResults\": 1000, \"NextToken\": \"%s\"}", ec2_text(v, "NextToken"));
	n = json_array_size(json_get(v, "ServiceDetails"));
	assert_int_equal(n + 50,
	    json_array_size(json_get(ec2_ok(f, "DescribeVpcEndpointServices", "{}"),
		"ServiceDetails")));
	assert_true(n > 50);
	ec2_no(f, "InvalidServiceName", "DescribeVpcEndpointServices",
	    "{\"ServiceNames\": [\"com.amazonaws.us-east-1.x\"]}");
}

static const struct principal other = { .kind = PRINCIPAL_ROOT,
	.account = "111111111111",
	.arn = "arn:aws:iam::111111111111:root" };

static void
own_services_are_offered_to_others(void **state)
{
	struct fixture *f = *state;
	const char *id, *name, *vpc, *endpoint;
	struct call *c;
	json_t *v;

	v = ec2_ok(f, "CreateVpcEndpointServiceConfiguration",
	    "{\"NetworkLoadBalancerArns\": [\"" NLB
	    "\"], \"PrivateDnsName\": \"api.example.com\"}");
	id = ec2_text(v, "ServiceConfiguration.ServiceId");
	name = ec2_text(v, "ServiceConfiguration.ServiceName");
	ec2_is(v, "ServiceConfiguration.ServiceState", "Available");
	ec2_is(v, "ServiceConfiguration.AcceptanceRequired", "true");
	ec2_is(v, "ServiceConfiguration.ServiceType.0.ServiceType", "Interface");
	ec2_is(v, "ServiceConfiguration.PrivateDnsNameConfiguration.State",
	    "pendingVerification");

	c = fixture_call_as(f, &other, "ec2", "CreateVpc",
	    "{\"CidrBlock\": \"10.0.0.0/16\"}");
	vpc = ec2_text(c->out, "Vpc.VpcId");
	c = fixture_call_as(f, &other, "ec2", "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"%s\", \"VpcEndpointType\":"
	    " \"Interface\"}",
	    vpc, name);
	assert_string_equal(c->err.kind->code, "InvalidServiceName");
	v = ec2_ok(f, "ModifyVpcEndpointServicePermissions",
	    "{\"ServiceId\": \"%s\", \"AddAllowedPrincipals\":"
	    " [\"arn:aws:iam::111111111111:root\"]}",
	    id);
	ec2_is(v, "ReturnValue", "true");
	ec2_is(v, "AddedPrincipals.0.PrincipalType", "Account");
	ec2_no(f, "InvalidPrincipal", "ModifyVpcEndpointServicePermissions",
	    "{\"ServiceId\": \"%s\", \"AddAllowedPrincipals\": [\"me\"]}", id);
	v = ec2_ok(f, "DescribeVpcEndpointServicePermissions", "{\"ServiceId\": \"%s\"}",
	    id);
	ec2_counts(v, "AllowedPrincipals", 1);
	c = fixture_call_as(f, &other, "ec2", "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"%s\", \"VpcEndpointType\":"
	    " \"Interface\"}",
	    vpc, name);
	assert_null(c->err.kind);
	endpoint = ec2_text(c->out, "VpcEndpoint.VpcEndpointId");
	ec2_is(c->out, "VpcEndpoint.State", "pendingAcceptance");

	v = ec2_ok(f, "DescribeVpcEndpointConnections",
	    "{\"Filters\": [{\"Name\": \"service-id\", \"Values\": [\"%s\"]}]}", id);
	ec2_is(v, "VpcEndpointConnections.0.VpcEndpointOwner", "111111111111");
	ec2_is(v, "VpcEndpointConnections.0.VpcEndpointState", "pendingAcceptance");
	v = ec2_ok(f, "AcceptVpcEndpointConnections",
	    "{\"ServiceId\": \"%s\", \"VpcEndpointIds\": [\"%s\", \"vpce-0\"]}", id,
	    endpoint);
	ec2_counts(v, "Unsuccessful", 1);
	c = fixture_call_as(f, &other, "ec2", "DescribeVpcEndpoints", "{}");
	ec2_is(c->out, "VpcEndpoints.0.State", "available");
	v = ec2_ok(f, "AcceptVpcEndpointConnections",
	    "{\"ServiceId\": \"%s\", \"VpcEndpointIds\": [\"%s\"]}", id, endpoint);
	ec2_is(v, "Unsuccessful.0.Error.Code", "InvalidState");
	v = ec2_ok(f, "DeleteVpcEndpointServiceConfigurations",
	    "{\"ServiceIds\": [\"%s\"]}", id);
	ec2_is(v, "Unsuccessful.0.Error.Code", "ExistingVpcEndpointConnections");
	ec2_ok(f, "RejectVpcEndpointConnections",
	    "{\"ServiceId\": \"%s\", \"VpcEndpointIds\": [\"%s\"]}", id, endpoint);
	v = ec2_ok(f, "DeleteVpcEndpointServiceConfigurations",
	    "{\"ServiceIds\": [\"%s\"]}", id);
	ec2_counts(v, "Unsuccessful", 0);
}

static void
own_services_change(void **state)
{
	struct fixture *f = *state;
	const char *id;
	json_t *v;

	v = ec2_ok(f, "CreateVpcEndpointServiceConfiguration",
	    "{\"NetworkLoadBalancerArns\": [\"" NLB
	    "\"], \"AcceptanceRequired\": false}");
	id = ec2_text(v, "ServiceConfiguration.ServiceId");
	ec2_is(v, "ServiceConfiguration.AcceptanceRequired", "false");
	ec2_no(f, "InvalidParameter", "ModifyVpcEndpointServiceConfiguration",
	    "{\"ServiceId\": \"%s\", \"RemoveNetworkLoadBalancerArns\": [\"" NLB "\"]}",
	    id);
	ec2_ok(f, "ModifyVpcEndpointServiceConfiguration",
	    "{\"ServiceId\": \"%s\", \"AddNetworkLoadBalancerArns\": [\"" NLB
	    "2\"], \"RemoveNetworkLoadBalancerArns\": [\"" NLB
	    "\"], \"AcceptanceRequired\": true, \"PrivateDnsName\": \"a.example.com\"}",
	    id);
	ec2_ok(f, "ModifyVpcEndpointServicePayerResponsibility",
	    "{\"ServiceId\": \"%s\", \"PayerResponsibility\": \"ServiceOwner\"}", id);
	v = ec2_ok(f, "DescribeVpcEndpointServiceConfigurations",
	    "{\"ServiceIds\": [\"%s\"]}", id);
	ec2_is(v, "ServiceConfigurations.0.AcceptanceRequired", "true");
	ec2_is(v, "ServiceConfigurations.0.NetworkLoadBalancerArns.0", NLB "2");
	ec2_is(v, "ServiceConfigurations.0.PrivateDnsName", "a.example.com");
	ec2_is(v, "ServiceConfigurations.0.PayerResponsibility", "ServiceOwner");
	ec2_ok(f, "ModifyVpcEndpointServiceConfiguration",
	    "{\"ServiceId\": \"%s\", \"RemovePrivateDnsName\": true}", id);
	v = ec2_ok(f, "DescribeVpcEndpointServiceConfigurations", "{}");
	assert_null(fixture_text(v, "ServiceConfigurations.0.PrivateDnsName"));
	v = ec2_ok(f, "DescribeVpcEndpointServices",
	    "{\"Filters\": [{\"Name\": \"owner\", \"Values\": [\"" FIXTURE_ACCOUNT
	    "\"]}]}");
	ec2_is(v, "ServiceDetails.0.ServiceId", id);
}

static void
notifications_are_kept(void **state)
{
	struct fixture *f = *state;
	const char *service, *id;
	json_t *v;

	service = ec2_text(ec2_ok(f, "CreateVpcEndpointServiceConfiguration",
			       "{\"NetworkLoadBalancerArns\": [\"" NLB "\"]}"),
	    "ServiceConfiguration.ServiceId");
	v = ec2_ok(f, "CreateVpcEndpointConnectionNotification",
	    "{\"ServiceId\": \"%s\", \"ConnectionNotificationArn\":"
	    " \"arn:aws:sns:us-east-1:000000000000:t\", \"ConnectionEvents\":"
	    " [\"Accept\", \"Reject\"]}",
	    service);
	id = ec2_text(v, "ConnectionNotification.ConnectionNotificationId");
	ec2_is(v, "ConnectionNotification.ConnectionNotificationState", "Enabled");
	ec2_no(f, "InvalidParameter", "ModifyVpcEndpointConnectionNotification",
	    "{\"ConnectionNotificationId\": \"%s\", \"ConnectionEvents\": [\"x\"]}", id);
	ec2_ok(f, "ModifyVpcEndpointConnectionNotification",
	    "{\"ConnectionNotificationId\": \"%s\", \"ConnectionEvents\": [\"Delete\"]}",
	    id);
	v = ec2_ok(f, "DescribeVpcEndpointConnectionNotifications",
	    "{\"ConnectionNotificationId\": \"%s\"}", id);
	ec2_is(v, "ConnectionNotificationSet.0.ConnectionEvents.0", "Delete");
	v = ec2_ok(f, "DeleteVpcEndpointConnectionNotifications",
	    "{\"ConnectionNotificationIds\": [\"%s\", \"vpce-nfn-0\"]}", id);
	ec2_counts(v, "Unsuccessful", 1);
	ec2_counts(ec2_ok(f, "DescribeVpcEndpointConnectionNotifications", "{}"),
	    "ConnectionNotificationSet", 0);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateVpcEndpoint", "{\"VpcId\": \"vpc-0\", \"ServiceName\": \"x\"}",
		    "InvalidVpcID.NotFound", NULL },
		{ "ModifyVpcEndpoint", "{\"VpcEndpointId\": \"x\"}",
		    "InvalidVpcEndpointId.Malformed", NULL },
		{ "CreateVpcEndpointServiceConfiguration", "{}", "InvalidParameter",
		    NULL },
		{ "CreateVpcEndpointServiceConfiguration",
		    "{\"NetworkLoadBalancerArns\": [\"x\"]}", "InvalidParameter", NULL },
		{ "CreateVpcEndpointServiceConfiguration",
		    "{\"NetworkLoadBalancerArns\": [\"" NLB
		    "\"], \"SupportedIpAddressTypes\": [\"ipv6\"]}",
		    "UnsupportedOperation", NULL },
		{ "DescribeVpcEndpointServicePermissions",
		    "{\"ServiceId\": \"vpce-svc-0\"}",
		    "InvalidVpcEndpointServiceId.NotFound", NULL },
		{ "CreateVpcEndpointConnectionNotification",
		    "{\"ConnectionNotificationArn\": \"x\", \"ConnectionEvents\": []}",
		    "InvalidParameterCombination", NULL },
	};
	static const struct {
		const char *more, *code;
	} cases[] = {
		{ "\"ServiceName\": \"com.amazonaws.us-east-1.x\"",
		    "InvalidServiceName" },
		{ "\"ServiceName\": \"com.amazonaws.eu-west-1.s3\"",
		    "InvalidServiceName" },
		{ "\"ServiceName\": \"com.amazonaws.us-east-1.sqs\"",
		    "InvalidParameter" },
		{ "\"ServiceName\": \"com.amazonaws.us-east-1.s3\", \"SubnetIds\": [\"s\"]",
		    "InvalidParameter" },
		{ "\"ServiceName\": \"com.amazonaws.us-east-1.s3\", \"RouteTableIds\":"
		  " [\"rtb-0\"]",
		    "InvalidRouteTableID.NotFound" },
		{ "\"ServiceName\": \"com.amazonaws.us-east-1.s3\", \"PolicyDocument\": \"x\"",
		    "InvalidPolicyDocument" },
		{ "\"ServiceName\": \"com.amazonaws.us-east-1.s3\", \"VpcEndpointType\":"
		  " \"GatewayLoadBalancer\"",
		    "InvalidParameter" },
		{ "\"ServiceName\": \"com.amazonaws.us-east-1.sqs\", \"VpcEndpointType\":"
		  " \"Interface\", \"IpAddressType\": \"ipv6\"",
		    "UnsupportedOperation" },
		{ "\"ResourceConfigurationArn\": \"x\", \"VpcEndpointType\": \"Resource\"",
		    "UnsupportedOperation" },
		{ "\"VpcEndpointType\": \"Gateway\"", "MissingParameter" },
	};
	struct fixture *f = *state;
	const char *policy = "{\\\"Statement\\\": {\\\"Effect\\\": \\\"Allow\\\","
			     " \\\"Action\\\": \\\"*\\\", \\\"Principal\\\": \\\"*\\\","
			     " \\\"Resource\\\": \\\"*\\\"}}";
	struct world w;

	ec2_refused(f, refusals, COUNT(refusals));
	make(f, &w);
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "CreateVpcEndpoint", "{\"VpcId\": \"%s\", %s}",
		    w.vpc, cases[i].more);
	while (strlen(policy) <= 20480)
		policy = arena_printf(f->arena, "%s%1000s", policy, "");
	ec2_no(f, "InvalidPolicyDocument", "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.s3\","
	    " \"PolicyDocument\": \"%s\"}",
	    w.vpc, policy);
	/* What is said of subnets is of those that are added. */
	ec2_no(f, "InvalidParameter", "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.sqs\","
	    " \"VpcEndpointType\": \"Interface\", \"SubnetConfigurations\":"
	    " [{\"SubnetId\": \"subnet-0\", \"Ipv4\": \"10.0.0.9\"}]}",
	    w.vpc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
		T(gateway_endpoints_are_routes),
		T(interface_endpoints_have_interfaces_and_names),
		T(awss_services_are_listed),
		T(own_services_are_offered_to_others),
		T(own_services_change),
		T(notifications_are_kept),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
