/* EC2: flow logs and instance connect endpoints. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#define ROLE "\"DeliverLogsPermissionArn\": \"arn:aws:iam::000000000000:role/r\""

static void
logs_are_made_for_each_resource(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "CreateFlowLogs",
	    "{\"ResourceType\": \"VPC\", \"ResourceIds\": [\"%s\", \"vpc-0\"],"
	    " \"TrafficType\": \"ALL\", \"LogGroupName\": \"g\", " ROLE
	    ", \"TagSpecifications\": [{\"ResourceType\": \"vpc-flow-log\", \"Tags\":"
	    " [{\"Key\": \"k\", \"Value\": \"v\"}]}]}",
	    w.vpc);
	ec2_counts(v, "FlowLogIds", 1);
	ec2_is(v, "Unsuccessful.0.ResourceId", "vpc-0");
	ec2_is(v, "Unsuccessful.0.Error.Code", "InvalidVpcID.NotFound");
	id = ec2_text(v, "FlowLogIds.0");
	v = ec2_ok(f, "DescribeFlowLogs",
	    "{\"Filter\": [{\"Name\": \"resource-id\", \"Values\": [\"%s\"]}]}", w.vpc);
	ec2_is(v, "FlowLogs.0.FlowLogStatus", "ACTIVE");
	ec2_is(v, "FlowLogs.0.DeliverLogsStatus", "SUCCESS");
	ec2_is(v, "FlowLogs.0.LogDestinationType", "cloud-watch-logs");
	ec2_is(v, "FlowLogs.0.MaxAggregationInterval", "600");
	ec2_is(v, "FlowLogs.0.Tags.0.Value", "v");
	assert_non_null(strstr(ec2_text(v, "FlowLogs.0.LogFormat"), "${log-status}"));
	v = ec2_ok(f, "CreateFlowLogs",
	    "{\"ResourceType\": \"VPC\", \"ResourceIds\": [\"%s\"],"
	    " \"TrafficType\": \"ALL\", \"LogGroupName\": \"g\", " ROLE "}",
	    w.vpc);
	ec2_is(v, "Unsuccessful.0.Error.Code", "FlowLogAlreadyExists");
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\": \"here\"}");
	v = ec2_ok(f, "CreateFlowLogs",
	    "{\"ResourceType\": \"Subnet\", \"ResourceIds\": [\"%s\"],"
	    " \"TrafficType\": \"REJECT\", \"LogDestinationType\": \"s3\","
	    " \"LogDestination\": \"arn:aws:s3:::here/p\", \"MaxAggregationInterval\": 60,"
	    " \"LogFormat\": \"${srcaddr} ${dstaddr}\", \"DestinationOptions\":"
	    " {\"HiveCompatiblePartitions\": true}}",
	    w.subnet);
	v = ec2_ok(f, "DescribeFlowLogs", "{\"FlowLogIds\": [\"%s\"]}",
	    ec2_text(v, "FlowLogIds.0"));
	ec2_is(v, "FlowLogs.0.LogFormat", "${srcaddr} ${dstaddr}");
	ec2_is(v, "FlowLogs.0.MaxAggregationInterval", "60");
	ec2_is(v, "FlowLogs.0.DestinationOptions.FileFormat", "plain-text");
	ec2_is(v, "FlowLogs.0.DestinationOptions.HiveCompatiblePartitions", "true");
	ec2_is(v, "FlowLogs.0.DestinationOptions.PerHourPartition", "false");
	v = ec2_ok(f, "DeleteFlowLogs", "{\"FlowLogIds\": [\"%s\", \"fl-0\"]}", id);
	ec2_counts(v, "Unsuccessful", 1);
	ec2_is(v, "Unsuccessful.0.Error.Code", "InvalidFlowLogId.NotFound");
	ec2_counts(ec2_ok(f, "DescribeFlowLogs", "{}"), "FlowLogs", 1);
}

static void
transit_gateways_are_logged_by_the_minute(void **state)
{
	struct fixture *f = *state;
	const char *id = ec2_text(ec2_ok(f, "CreateTransitGateway", "{}"),
	    "TransitGateway.TransitGatewayId");
	json_t *v;

	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\": \"here\"}");
	ec2_ok(f, "CreateFlowLogs",
	    "{\"ResourceType\": \"TransitGateway\", \"ResourceIds\": [\"%s\"],"
	    " \"LogDestinationType\": \"s3\", \"LogDestination\": \"arn:aws:s3:::here\"}",
	    id);
	v = ec2_ok(f, "DescribeFlowLogs", "{}");
	ec2_is(v, "FlowLogs.0.MaxAggregationInterval", "60");
	assert_non_null(strstr(ec2_text(v, "FlowLogs.0.LogFormat"), "${tgw-id}"));
	ec2_no(f, "InvalidParameter", "CreateFlowLogs",
	    "{\"ResourceType\": \"TransitGateway\", \"ResourceIds\": [\"%s\"],"
	    " \"LogDestinationType\": \"s3\", \"LogDestination\": \"arn:aws:s3:::b\","
	    " \"TrafficType\": \"ALL\"}",
	    id);
}

static void
wrong_logs_are_refused(void **state)
{
#define LOGS "\"ResourceType\": \"VPC\", \"ResourceIds\": [\"vpc-0\"]"
	static const struct {
		const char *params, *code;
	} cases[] = {
		{ LOGS, "InvalidParameter" },
		{ LOGS ", \"TrafficType\": \"ALL\"", "InvalidParameter" },
		{ LOGS ", \"TrafficType\": \"ALL\", \"LogGroupName\": \"g\"",
		    "InvalidParameter" },
		{ LOGS ", \"LogGroupName\": \"g\", " ROLE, "InvalidParameter" },
		{ LOGS ", \"TrafficType\": \"ALL\", \"LogGroupName\": \"g\", " ROLE
		       ", \"MaxAggregationInterval\": 90",
		    "InvalidParameter" },
		{ LOGS ", \"TrafficType\": \"ALL\", \"LogGroupName\": \"g\", " ROLE
		       ", \"LogFormat\": \"${srcaddr} ${x}\"",
		    "InvalidParameter" },
		{ LOGS ", \"TrafficType\": \"ALL\", \"LogGroupName\": \"g\", " ROLE
		       ", \"LogFormat\": \"$\"",
		    "InvalidParameter" },
		{ LOGS ", \"TrafficType\": \"ALL\", \"LogDestinationType\": \"s3\"",
		    "InvalidParameter" },
		{ LOGS ", \"TrafficType\": \"ALL\", \"LogDestinationType\": \"s3\","
		       " \"LogDestination\": \"arn:aws:sqs:x\"",
		    "InvalidParameter" },
		{ LOGS ", \"TrafficType\": \"ALL\", \"LogDestination\":"
		       " \"arn:aws:logs:eu-west-1:0:log-group:g\", " ROLE,
		    "InvalidParameter" },
		{ LOGS ", \"TrafficType\": \"SOME\"", "InvalidParameterValue" },
		{ "\"ResourceType\": \"CoreNetwork\", \"ResourceIds\": [\"x\"]",
		    "UnsupportedOperation" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "CreateFlowLogs", "{%s}", cases[i].params);
	ec2_no(f, "InvalidParameterValue", "DescribeFlowLogs",
	    "{\"Filter\": [{\"Name\": \"x\", \"Values\": [\"y\"]}]}");
}

static void
connect_endpoints_have_an_interface(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *group;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "CreateInstanceConnectEndpoint", "{\"SubnetId\": \"%s\"}",
	    w.subnet);
	id = ec2_text(v, "InstanceConnectEndpoint.InstanceConnectEndpointId");
	ec2_is(v, "InstanceConnectEndpoint.State", "create-in-progress");
	v = ec2_ok(f, "DescribeInstanceConnectEndpoints",
	    "{\"InstanceConnectEndpointIds\": [\"%s\"]}", id);
	ec2_is(v, "InstanceConnectEndpoints.0.State", "create-complete");
	ec2_is(v, "InstanceConnectEndpoints.0.VpcId", w.vpc);
	ec2_is(v, "InstanceConnectEndpoints.0.PreserveClientIp", "false");
	v = ec2_ok(f, "DescribeNetworkInterfaces", "{\"NetworkInterfaceIds\": [\"%s\"]}",
	    ec2_text(v, "InstanceConnectEndpoints.0.NetworkInterfaceIds.0"));
	ec2_is(v, "NetworkInterfaces.0.InterfaceType", "ec2_instance_connect_endpoint");
	group = ec2_text(
	    ec2_ok(f, "CreateSecurityGroup",
		"{\"GroupName\": \"g\", \"Description\": \"g\", \"VpcId\": \"%s\"}",
		w.vpc),
	    "GroupId");
	ec2_ok(f, "ModifyInstanceConnectEndpoint",
	    "{\"InstanceConnectEndpointId\": \"%s\", \"SecurityGroupIds\": [\"%s\"],"
	    " \"PreserveClientIp\": true}",
	    id, group);
	v = ec2_ok(f, "DescribeInstanceConnectEndpoints", "{\"MaxResults\": 1}");
	ec2_is(v, "InstanceConnectEndpoints.0.SecurityGroupIds.0", group);
	ec2_is(v, "InstanceConnectEndpoints.0.PreserveClientIp", "true");
	ec2_no(f, "DependencyViolation", "DeleteSubnet", "{\"SubnetId\": \"%s\"}",
	    w.subnet);
	v = ec2_ok(f, "DeleteInstanceConnectEndpoint",
	    "{\"InstanceConnectEndpointId\": \"%s\"}", id);
	ec2_is(v, "InstanceConnectEndpoint.State", "delete-in-progress");
	ec2_no(f, "InvalidInstanceConnectEndpointId.NotFound",
	    "DeleteInstanceConnectEndpoint", "{\"InstanceConnectEndpointId\": \"%s\"}",
	    id);
	ec2_is(ec2_ok(f, "DescribeInstanceConnectEndpoints", "{}"),
	    "InstanceConnectEndpoints.0.State", "delete-complete");
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", w.subnet);
	ec2_no(f, "InvalidSubnetID.NotFound", "CreateInstanceConnectEndpoint",
	    "{\"SubnetId\": \"subnet-0\"}");
	ec2_no(f, "InvalidParameterValue", "DescribeInstanceConnectEndpoints",
	    "{\"MaxResults\": 51}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
		T(logs_are_made_for_each_resource),
		T(transit_gateways_are_logged_by_the_minute),
		T(wrong_logs_are_refused),
		T(connect_endpoints_have_an_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
