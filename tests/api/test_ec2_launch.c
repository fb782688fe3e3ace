/* EC2: what may be launched, and how instances are found and changed. */
#include "tests/api/ec2_calls.h"

#include <stdio.h>
#include <string.h>

static void
wrong_launches_are_refused(void **state)
{
	static const struct {
		const char *more, *code, *message;
	} cases[] = {
		{ "\"MinCount\": 2", "InvalidParameterCombination", NULL },
		{ "\"MinCount\": 0", "InvalidParameterValue", NULL },
		{ "\"MinCount\": 101, \"MaxCount\": 101", "InstanceLimitExceeded", NULL },
		{ "\"ImageId\": \"ami-0\"", "InvalidAMIID.NotFound",
		    "The image id '[ami-0]' does not exist" },
		{ "\"ImageId\": \"x\"", "InvalidAMIID.Malformed",
		    "Invalid id: \"x\" (expecting \"ami-...\")" },
		{ "\"InstanceType\": \"t9.huge\"", "InvalidParameterValue", NULL },
		{ "\"InstanceType\": \"t4g.micro\"", "InvalidParameterValue", NULL },
		{ "\"InstanceType\": \"u-6tb1.metal\"", "UnsupportedOperation", NULL },
		{ "\"SubnetId\": \"subnet-0\"", "InvalidSubnetID.NotFound",
		    "The subnet ID 'subnet-0' does not exist" },
		{ "\"SecurityGroupIds\": [\"sg-0\"]", "InvalidGroup.NotFound",
		    "The security group 'sg-0' does not exist" },
		{ "\"SecurityGroupIds\": [\"web\"]", "InvalidGroupId.Malformed", NULL },
		{ "\"SecurityGroups\": [\"default\"]", "InvalidParameterCombination",
		    "The parameter groupName cannot be used with the parameter subnet" },
		{ "\"KeyName\": \"nobody\"", "InvalidKeyPair.NotFound",
		    "The key pair 'nobody' does not exist" },
		{ "\"UserData\": \"*\"", "InvalidParameterValue",
		    "Invalid BASE64 encoding of user data." },
		{ "\"PrivateIpAddress\": \"10.0.2.9\"", "InvalidParameterValue",
		    "Address does not fall within the subnet's address range" },
		{ "\"PrivateIpAddress\": \"10.0.1.3\"", "InvalidParameterValue",
		    "Address 10.0.1.3 is in subnet's reserved address range" },
		{ "\"PrivateIpAddress\": \"10.0.1.4\"", "InvalidIPAddress.InUse",
		    "Address 10.0.1.4 is in use." },
		{ "\"PrivateIpAddress\": \"10.0.1.9\", \"MaxCount\": 2",
		    "InvalidParameterCombination", NULL },
		{ "\"Placement\": {\"AvailabilityZone\": \"us-east-1b\"}",
		    "InvalidParameterValue", NULL },
		{ "\"Placement\": {\"AvailabilityZone\": \"us-east-1z\"}",
		    "InvalidParameterValue", "Invalid availability zone: [us-east-1z]" },
		{ "\"Placement\": {\"GroupName\": \"g\"}",
		    "InvalidPlacementGroup.Unknown",
		    "The Placement Group 'g' is unknown." },
		{ "\"IamInstanceProfile\": {\"Name\": \"nobody\"}",
		    "InvalidParameterValue",
		    "Value (nobody) for parameter iamInstanceProfile.name is invalid. Invalid IAM "
		    "Instance Profile name" },
		{ "\"IamInstanceProfile\": {\"Arn\": \"nobody\"}",
		    "InvalidParameterValue", NULL },
		{ "\"NetworkInterfaces\": [{\"DeviceIndex\": 0}]",
		    "InvalidParameterCombination",
		    "Network interfaces and an instance-level subnet ID may not be specified on "
		    "the same request" },
		{ "\"BlockDeviceMappings\": [{\"DeviceName\": \"sdf?\"}]",
		    "InvalidParameterValue", NULL },
		{ "\"HibernationOptions\": {\"Configured\": true}",
		    "UnsupportedHibernationConfiguration", NULL },
		{ "\"EnclaveOptions\": {\"Enabled\": true}", "UnsupportedOperation",
		    NULL },
		{ "\"PrivateDnsNameOptions\": {\"HostnameType\": \"x\"}",
		    "InvalidParameterValue", NULL },
		{ "\"EnclaveOptions\": {\"Enabled\": true}, \"HibernationOptions\":"
		  " {\"Configured\": true}",
		    "InvalidParameterCombination", NULL },
		{ "\"CpuOptions\": {\"CoreCount\": 1}", "InvalidParameterCombination",
		    NULL },
		{ "\"CpuOptions\": {\"CoreCount\": 2, \"ThreadsPerCore\": 1}",
		    "InvalidParameterValue", NULL },
		{ "\"CpuOptions\": {\"CoreCount\": 1, \"ThreadsPerCore\": 3}",
		    "InvalidParameterValue", NULL },
		{ "\"CpuOptions\": {\"AmdSevSnp\": \"enabled\"}", "UnsupportedOperation",
		    NULL },
		{ "\"CreditSpecification\": {\"CpuCredits\": \"free\"}",
		    "InvalidParameterValue", NULL },
		{ "\"CreditSpecification\": {\"CpuCredits\": \"standard\"},"
		  " \"InstanceType\": \"m5.large\"",
		    "InvalidParameterCombination", NULL },
		{ "\"CapacityReservationSpecification\": {}", "MissingParameter", NULL },
		{ "\"CapacityReservationSpecification\": {\"CapacityReservationPreference\":"
		  " \"none\", \"CapacityReservationTarget\": {}}",
		    "InvalidParameterCombination", NULL },
		{ "\"NetworkPerformanceOptions\": {\"BandwidthWeighting\": \"vpc-1\"}",
		    "UnsupportedOperation", NULL },
		{ "\"Placement\": {\"Tenancy\": \"host\"}", "UnsupportedOperation",
		    NULL },
		{ "\"Placement\": {\"PartitionNumber\": 1}",
		    "InvalidParameterCombination", NULL },
		{ "\"Placement\": {\"AvailabilityZoneId\": \"use1-az9\"}",
		    "InvalidParameterValue", "Invalid availability zone: [use1-az9]" },
		{ "\"Ipv6AddressCount\": 1", "InvalidParameterValue", NULL },
		{ "\"LicenseSpecifications\": [{\"LicenseConfigurationArn\": \"a\"}]",
		    "UnsupportedOperation", NULL },
		{ "\"ElasticGpuSpecification\": [{\"Type\": \"eg1.medium\"}]",
		    "UnsupportedOperation", NULL },
		{ "\"TagSpecifications\": [{\"ResourceType\": \"spot-instances-request\","
		  " \"Tags\": [{\"Key\": \"a\"}]}]",
		    "InvalidParameterCombination", NULL },
		{ "\"MetadataOptions\": {\"HttpPutResponseHopLimit\": 65}",
		    "InvalidParameterValue", NULL },
		{ "\"MetadataOptions\": {\"HttpTokens\": \"never\"}",
		    "InvalidParameterValue", NULL },
		{ "\"TagSpecifications\": [{\"ResourceType\": \"elastic-gpu\", \"Tags\":"
		  " [{\"Key\": \"a\"}]}]",
		    "UnsupportedOperation", NULL },
		{ "\"TagSpecifications\": [{\"ResourceType\": \"vpc\", \"Tags\":"
		  " [{\"Key\": \"a\"}]}]",
		    "InvalidParameterValue", NULL },
		{ "\"TagSpecifications\": [{\"ResourceType\": \"instance\", \"Tags\": []}]",
		    "InvalidParameter", "Tag specification must have at least one tag" },
	};
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *base, *v, *member;
	const char *name;
	struct err err;

	ec2_world(f, &w);
	ec2_launch(f, &w, "");
	base = json_own(f->arena,
	    json_make("{s:s, s:s, s:s, s:i, s:i}", "ImageId", w.image, "SubnetId",
		w.subnet, "InstanceType", "t3.micro", "MinCount", 1, "MaxCount", 1));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *text = arena_printf(f->arena, "{%s}", cases[i].more), *said;

		assert_int_equal(json_read_in(f->arena, text, strlen(text), &v, &err), 0);
		json_object_foreach(base, name, member) {
			if (json_get(v, name) == NULL)
				json_set(v, name, json_incref(member));
		}
		said = ec2_no(f, cases[i].code, "RunInstances", "%s",
		    json_text(f->arena, v));
		if (cases[i].message != NULL)
			assert_string_equal(said, cases[i].message);
	}
	ec2_no(f, "MissingParameter", "RunInstances",
	    "{\"MinCount\": 1, \"MaxCount\": 1}");
	assert_non_null(strstr(ec2_no(f, "VPCIdNotSpecified", "RunInstances",
				   "{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\","
				   " \"MinCount\": 1, \"MaxCount\": 1}",
				   w.image),
	    "No default VPC for this user."));
	/* Nothing of all that was left behind. */
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfaces", "{}"), "NetworkInterfaces", 1);
	ec2_counts(ec2_ok(f, "DescribeInstances", "{}"), "Reservations", 1);
}

static void
groups_of_another_vpc_are_refused(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w, other;
	const char *group;
	json_t *v;

	ec2_world(f, &w);
	ec2_world(f, &other);
	v = ec2_ok(f, "DescribeSecurityGroups",
	    "{\"Filters\": [{\"Name\": \"vpc-id\", \"Values\": [\"%s\"]}]}", other.vpc);
	group = ec2_text(v, "SecurityGroups.0.GroupId");
	assert_string_equal(
	    ec2_no(f, "InvalidParameter", "RunInstances",
		"{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\":"
		" \"t3.micro\", \"MinCount\": 1, \"MaxCount\": 1,"
		" \"SecurityGroupIds\": [\"%s\"]}",
		w.image, w.subnet, group),
	    arena_printf(f->arena,
		"Security group %s and subnet %s belong to different networks.", group,
		w.subnet));
}

static void
what_is_asked_for_is_shown(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_launch(f, &w,
	    "\"Monitoring\": {\"Enabled\": true}, \"EbsOptimized\": true,"
	    " \"PrivateIpAddress\": \"10.0.1.77\", \"DisableApiStop\": true,"
	    " \"InstanceInitiatedShutdownBehavior\": \"terminate\","
	    " \"CpuOptions\": {\"CoreCount\": 1, \"ThreadsPerCore\": 1},"
	    " \"CreditSpecification\": {\"CpuCredits\": \"standard\"},"
	    " \"MetadataOptions\": {\"HttpTokens\": \"required\", \"HttpPutResponseHopLimit\": 2},"
	    " \"UserData\": \"aGk=\","
	    " \"TagSpecifications\": [{\"ResourceType\": \"instance\", \"Tags\": [{\"Key\": \"Name\","
	    " \"Value\": \"web\"}]}, {\"ResourceType\": \"network-interface\", \"Tags\":"
	    " [{\"Key\": \"Name\", \"Value\": \"nic\"}]}]");
	ec2_is(v, "OwnerId", FIXTURE_ACCOUNT);
	v = json_array_get(json_get(v, "Instances"), 0);
	ec2_is(v, "State.Name", "pending");
	ec2_is(v, "Monitoring.State", "enabled");
	ec2_is(v, "EbsOptimized", "true");
	ec2_is(v, "PrivateIpAddress", "10.0.1.77");
	ec2_is(v, "PrivateDnsName", "ip-10-0-1-77.ec2.internal");
	ec2_is(v, "CpuOptions.CoreCount", "1");
	ec2_is(v, "MetadataOptions.HttpTokens", "required");
	ec2_is(v, "MetadataOptions.HttpPutResponseHopLimit", "2");
	ec2_is(v, "MetadataOptions.HttpEndpoint", "enabled");
	ec2_is(v, "RootDeviceName", "/dev/sda1");
	ec2_is(v, "SecurityGroups.0.GroupName", "default");
	ec2_is(v, "NetworkInterfaces.0.PrivateIpAddresses.0.Primary", "true");
	ec2_is(v, "Tags.0.Value", "web");
	ec2_is(ec2_ok(f, "DescribeNetworkInterfaces",
		   "{\"NetworkInterfaceIds\": [\"%s\"]}",
		   ec2_text(v, "NetworkInterfaces.0.NetworkInterfaceId")),
	    "NetworkInterfaces.0.TagSet.0.Value", "nic");
	v = ec2_ok(f, "DescribeInstanceCreditSpecifications",
	    "{\"InstanceIds\": [\"%s\"]}", ec2_text(v, "InstanceId"));
	ec2_is(v, "InstanceCreditSpecifications.0.CpuCredits", "standard");
}

static const char *
launch_many(struct fixture *f, const struct ec2_world *w, int n, const char *more)
{
	return ec2_text(ec2_ok(f, "RunInstances",
			    "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\":"
			    " \"t3.micro\", \"MinCount\": %d, \"MaxCount\": %d%s}",
			    w->image, w->subnet, n, n, more),
	    "ReservationId");
}

static void
pages_are_of_whole_reservations(void **state)
{
	struct fixture *f = *state;
	const char *token = NULL;
	size_t instances = 0, reservations = 0, pages = 0, i;
	struct ec2_world w;
	json_t *v, *row;

	ec2_world(f, &w);
	for (int n = 0; n < 7; n++)
		launch_many(f, &w, 3, "");
	do {
		v = ec2_ok(f, "DescribeInstances", "{\"MaxResults\": 5%s%s%s}",
		    token != NULL ? ", \"NextToken\": \"" : "",
		    token != NULL ? token : "", token != NULL ? "\"" : "");
		json_array_foreach(json_get(v, "Reservations"), i, row) {
			assert_int_equal(json_array_size(json_get(row, "Instances")), 3);
			instances += 3;
			reservations++;
		}
		token = fixture_text(v, "NextToken");
	} while (++pages < 10 && token != NULL);
	assert_int_equal(pages, 2);
	assert_int_equal(reservations, 7);
	assert_int_equal(instances, 21);
	ec2_no(f, "InvalidParameterCombination", "DescribeInstances",
	    "{\"MaxResults\": 5, \"InstanceIds\": [\"%s\"]}",
	    ec2_text(v, "Reservations.0.Instances.0.InstanceId"));
}

static void
filters_choose(void **state)
{
	static const struct {
		const char *name, *values;
		size_t n;
	} cases[] = {
		{ "tag:Name", "[\"web-1\"]", 1 },
		{ "tag:Name", "[\"web-*\"]", 2 },
		{ "tag:Name", "[\"web-?\", \"db\"]", 3 },
		{ "tag:Name", "[\"WEB-1\"]", 0 },
		{ "tag:name", "[\"*\"]", 0 },
		{ "tag-key", "[\"Name\"]", 3 },
		{ "instance-state-name", "[\"pending\"]", 3 },
		{ "instance-state-code", "[\"16\"]", 0 },
		{ "private-ip-address", "[\"10.0.1.4\"]", 1 },
		{ "private-ip-address", "[\"10.0.1.*\"]", 3 },
		{ "launch-time", "[\"2026-01-01T00:00:00.000Z\"]", 3 },
		{ "launch-time", "[\"2026-01-02*\"]", 0 },
		{ "source-dest-check", "[\"true\"]", 3 },
		{ "network-interface.subnet-id", "[\"subnet-0\"]", 0 },
		{ "instance-type", "[\"t3.*\"]", 3 },
	};
	static const char *const names[] = { "web-1", "web-2", "db" };
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	for (size_t i = 0; i < COUNT(names); i++)
		ec2_launch(f, &w,
		    arena_printf(f->arena,
			"\"TagSpecifications\": [{\"ResourceType\": \"instance\", \"Tags\":"
			" [{\"Key\": \"Name\", \"Value\": \"%s\"}]}]",
			names[i]));
	for (size_t i = 0; i < COUNT(cases); i++) {
		v = ec2_ok(f, "DescribeInstances",
		    "{\"Filters\": [{\"Name\": \"%s\", \"Values\": %s}]}", cases[i].name,
		    cases[i].values);
		if (json_array_size(json_get(v, "Reservations")) != cases[i].n)
			fail_msg("%s %s: %zu", cases[i].name, cases[i].values,
			    json_array_size(json_get(v, "Reservations")));
	}
	/* All filters must match, any of a filter's values. */
	v = ec2_ok(f, "DescribeInstances",
	    "{\"Filters\": [{\"Name\": \"tag:Name\", \"Values\": [\"web-*\"]},"
	    " {\"Name\": \"private-ip-address\", \"Values\": [\"10.0.1.5\"]}]}");
	ec2_counts(v, "Reservations", 1);
	ec2_is(v, "Reservations.0.Instances.0.Tags.0.Value", "web-2");
	assert_string_equal(ec2_no(f, "InvalidParameterValue", "DescribeInstances",
				"{\"Filters\": [{\"Values\": [\"x\"]}]}"),
	    "The filter 'null' is invalid");
}

static void
missing_ids_fail_and_double_ones_count_once(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;

	ec2_world(f, &w);
	id = ec2_text(ec2_launch(f, &w, ""), "Instances.0.InstanceId");
	ec2_counts(ec2_ok(f, "DescribeInstances", "{\"InstanceIds\": [\"%s\", \"%s\"]}",
		       id, id),
	    "Reservations", 1);
	ec2_no(f, "InvalidInstanceID.NotFound", "DescribeInstances",
	    "{\"InstanceIds\": [\"%s\", \"i-00000000000000000\"]}", id);
	assert_string_equal(ec2_no(f, "InvalidInstanceID.Malformed", "DescribeInstances",
				"{\"InstanceIds\": [\"web\"]}"),
	    "Invalid id: \"web\" (expecting \"i-...\")");
	ec2_no(f, "InvalidInstanceID.NotFound", "TerminateInstances",
	    "{\"InstanceIds\": [\"%s\", \"i-00000000000000000\"]}", id);
	/* None of a list is done when one of it cannot be. */
	ec2_is(ec2_instance_now(f, id), "State.Name", "pending");
	ec2_no(f, "InvalidInstanceID.NotFound", "DescribeInstanceStatus",
	    "{\"InstanceIds\": [\"i-00000000000000000\"]}");
	ec2_counts(ec2_ok(f, "DescribeInstanceStatus", "{}"), "InstanceStatuses", 0);
	ec2_counts(ec2_ok(f, "DescribeInstanceStatus", "{\"IncludeAllInstances\": true}"),
	    "InstanceStatuses", 1);
}

static void
a_token_launches_once(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *first;

	ec2_world(f, &w);
	first = launch_many(f, &w, 2, ", \"ClientToken\": \"once\"");
	assert_string_equal(launch_many(f, &w, 2, ", \"ClientToken\": \"once\""), first);
	ec2_counts(ec2_ok(f, "DescribeInstances", "{}"), "Reservations", 1);
	ec2_counts(
	    ec2_ok(f, "DescribeInstances",
		"{\"Filters\": [{\"Name\": \"client-token\", \"Values\": [\"once\"]}]}"),
	    "Reservations", 1);
	ec2_no(f, "IdempotentParameterMismatch", "RunInstances",
	    "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": \"t3.micro\","
	    " \"MinCount\": 1, \"MaxCount\": 1, \"ClientToken\": \"once\"}",
	    w.image, w.subnet);
	/* A rehearsal neither uses a token nor is answered by one. */
	ec2_no(f, "DryRunOperation", "RunInstances",
	    "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": \"t3.micro\","
	    " \"MinCount\": 1, \"MaxCount\": 1, \"ClientToken\": \"once\", \"DryRun\": true}",
	    w.image, w.subnet);
	/* A day later it is forgotten. */
	f->now_ms += (int64_t)24 * 60 * 60 * 1000;
	assert_string_not_equal(launch_many(f, &w, 2, ", \"ClientToken\": \"once\""),
	    first);
}

static void
attributes_are_shown_and_set(void **state)
{
	static const struct {
		const char *name, *path, *value;
	} rows[] = {
		{ "instanceType", "InstanceType.Value", "t3.micro" },
		{ "userData", "UserData.Value", "aGk=" },
		{ "disableApiTermination", "DisableApiTermination.Value", "false" },
		{ "disableApiStop", "DisableApiStop.Value", "false" },
		{ "instanceInitiatedShutdownBehavior",
		    "InstanceInitiatedShutdownBehavior.Value", "stop" },
		{ "rootDeviceName", "RootDeviceName.Value", "/dev/sda1" },
		{ "sourceDestCheck", "SourceDestCheck.Value", "true" },
		{ "ebsOptimized", "EbsOptimized.Value", "false" },
		{ "groupSet", "Groups.0.GroupName", "default" },
		{ "enclaveOptions", "EnclaveOptions.Enabled", "false" },
	};
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *group;
	json_t *v;

	ec2_world(f, &w);
	id = ec2_text(ec2_launch(f, &w, "\"UserData\": \"aGk=\""),
	    "Instances.0.InstanceId");
	for (size_t i = 0; i < COUNT(rows); i++)
		ec2_is(ec2_ok(f, "DescribeInstanceAttribute",
			   "{\"InstanceId\": \"%s\", \"Attribute\": \"%s\"}", id,
			   rows[i].name),
		    rows[i].path, rows[i].value);

	ec2_no(f, "InvalidParameterCombination", "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\"}", id);
	ec2_no(f, "InvalidParameterCombination", "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"EbsOptimized\": {\"Value\": true},"
	    " \"DisableApiStop\": {\"Value\": true}}",
	    id);
	ec2_no(f, "IncorrectInstanceState", "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"InstanceType\": {\"Value\": \"t3.small\"}}", id);
	ec2_no(f, "IncorrectInstanceState", "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"UserData\": {\"Value\": \"aGk=\"}}", id);
	ec2_no(f, "InvalidParameterValue", "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"Attribute\": \"disableApiStop\", \"Value\": \"maybe\"}",
	    id);
	ec2_ok(f, "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"Attribute\": \"disableApiStop\", \"Value\": \"true\"}",
	    id);
	ec2_no(f, "OperationNotPermitted", "StopInstances", "{\"InstanceIds\": [\"%s\"]}",
	    id);

	group = ec2_text(
	    ec2_ok(f, "CreateSecurityGroup",
		"{\"GroupName\": \"web\", \"Description\": \"w\", \"VpcId\": \"%s\"}",
		w.vpc),
	    "GroupId");
	ec2_ok(f, "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"Groups\": [\"%s\"]}", id, group);
	v = ec2_instance_now(f, id);
	ec2_is(v, "SecurityGroups.0.GroupId", group);
	ec2_is(v, "NetworkInterfaces.0.Groups.0.GroupName", "web");
	v = ec2_ok(f, "DescribeNetworkInterfaces",
	    "{\"Filters\": [{\"Name\": \"group-id\", \"Values\": [\"%s\"]}]}", group);
	ec2_counts(v, "NetworkInterfaces", 1);

	v = ec2_ok(f, "ModifyInstanceMetadataOptions",
	    "{\"InstanceId\": \"%s\", \"HttpTokens\": \"required\"}", id);
	ec2_is(v, "InstanceMetadataOptions.State", "pending");
	ec2_is(ec2_instance_now(f, id), "MetadataOptions.HttpTokens", "required");
	ec2_no(f, "InvalidParameterValue", "ModifyInstanceMetadataOptions",
	    "{\"InstanceId\": \"%s\", \"HttpPutResponseHopLimit\": 0}", id);
	v = ec2_ok(f, "GetConsoleOutput", "{\"InstanceId\": \"%s\"}", id);
	assert_null(json_get(v, "Output"));
}

static void
types_are_listed(void **state)
{
	struct fixture *f = *state;
	json_t *v =
	    ec2_ok(f, "DescribeInstanceTypes", "{\"InstanceTypes\": [\"t3.micro\"]}");

	ec2_counts(v, "InstanceTypes", 1);
	ec2_is(v, "InstanceTypes.0.MemoryInfo.SizeInMiB", "1024");
	ec2_is(v, "InstanceTypes.0.BurstablePerformanceSupported", "true");
	ec2_no(f, "InvalidInstanceType", "DescribeInstanceTypes",
	    "{\"InstanceTypes\": [\"u-6tb1.metal\"]}");
	v = ec2_ok(f, "DescribeInstanceTypes",
	    "{\"MaxResults\": 5, \"Filters\": [{\"Name\":"
	    " \"processor-info.supported-architecture\", \"Values\": [\"arm64\"]}]}");
	ec2_counts(v, "InstanceTypes", 5);
	ec2_text(v, "NextToken");
}

static void
a_launch_without_a_subnet_is_in_the_default_one(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "RunInstances",
	    "{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\", \"MinCount\": 1,"
	    " \"MaxCount\": 1, \"SecurityGroups\": [\"default\"],"
	    " \"Placement\": {\"AvailabilityZone\": \"us-east-1b\"}}",
	    ec2_image_named(f, UBUNTU));

	ec2_is(v, "Instances.0.PrivateIpAddress", "172.31.16.4");
	ec2_is(v, "Instances.0.Placement.AvailabilityZone", "us-east-1b");
	assert_int_equal(strncmp(ec2_text(v, "Instances.0.PublicDnsName"), "ec2-198-18-",
			     11),
	    0);
	ec2_is(v, "Instances.0.NetworkInterfaces.0.Association.PublicIp",
	    ec2_text(v, "Instances.0.PublicIpAddress"));
}

static void
public_addresses_are_of_one_pool(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *one, *two;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_launch(f, &w, "");
	one = ec2_text(v, "Instances.0.PublicIpAddress");
	f->region = "eu-west-1";
	two = ec2_text(ec2_ok(f, "AllocateAddress", "{}"), "PublicIp");
	assert_string_not_equal(one, two);
	f->region = "us-east-1";
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}",
	    ec2_text(v, "Instances.0.InstanceId"));
	/* What was given back is given out again. */
	ec2_is(ec2_launch(f, &w, ""), "Instances.0.PublicIpAddress", one);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
#define STANDARD(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup_standard, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_launches_are_refused),
		TEST(groups_of_another_vpc_are_refused),
		TEST(what_is_asked_for_is_shown),
		TEST(pages_are_of_whole_reservations),
		TEST(filters_choose),
		TEST(missing_ids_fail_and_double_ones_count_once),
		TEST(a_token_launches_once),
		TEST(attributes_are_shown_and_set),
		TEST(types_are_listed),
		STANDARD(a_launch_without_a_subnet_is_in_the_default_one),
		TEST(public_addresses_are_of_one_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
