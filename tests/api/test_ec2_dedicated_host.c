/* EC2: Dedicated Hosts. */
#include "tests/api/ec2_calls.h"

static const char *
allocate(struct fixture *f, const char *what)
{
	return ec2_text(ec2_ok(f, "AllocateHosts",
			    "{\"AvailabilityZone\": \"us-east-1a\", \"Quantity\": 1, %s}",
			    what),
	    "HostIds.0");
}

static void
a_host_lives_and_goes(void **state)
{
	struct fixture *f = *state;
	const char *id = allocate(f,
	    "\"InstanceType\": \"m5.large\", \"TagSpecifications\": [{\"ResourceType\":"
	    " \"dedicated-host\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]");
	const char *other = allocate(f, "\"InstanceFamily\": \"c5\"");
	json_t *v = ec2_ok(f, "DescribeHosts", "{\"HostIds\": [\"%s\"]}", id);

	ec2_counts(v, "Hosts", 1);
	ec2_is(v, "Hosts.0.State", "available");
	ec2_is(v, "Hosts.0.AutoPlacement", "on");
	ec2_is(v, "Hosts.0.HostRecovery", "off");
	ec2_is(v, "Hosts.0.AvailabilityZoneId", "use1-az1");
	ec2_is(v, "Hosts.0.HostProperties.InstanceType", "m5.large");
	ec2_is(v, "Hosts.0.HostProperties.TotalVCpus", "96");
	ec2_is(v, "Hosts.0.AvailableCapacity.AvailableInstanceCapacity.0.TotalCapacity",
	    "48");
	ec2_is(v, "Hosts.0.AllowsMultipleInstanceTypes", "off");
	ec2_is(v, "Hosts.0.Tags.0.Key", "a");
	v = ec2_ok(f, "ModifyHosts",
	    "{\"HostIds\": [\"%s\", \"h-0\"], \"AutoPlacement\": \"off\", \"InstanceFamily\":"
	    " \"m5\"}",
	    id);
	ec2_is(v, "Successful.0", id);
	ec2_is(v, "Unsuccessful.0.ResourceId", "h-0");
	ec2_is(v, "Unsuccessful.0.Error.Code", "InvalidHostID.NotFound");
	v = ec2_ok(f, "DescribeHosts",
	    "{\"Filter\": [{\"Name\": \"auto-placement\", \"Values\": [\"off\"]}]}");
	ec2_counts(v, "Hosts", 1);
	ec2_is(v, "Hosts.0.AllowsMultipleInstanceTypes", "on");
	ec2_is(v, "Hosts.0.HostProperties.InstanceFamily", "m5");
	v = ec2_ok(f, "ModifyHosts",
	    "{\"HostIds\": [\"%s\"], \"InstanceFamily\": \"c5\"}", id);
	ec2_counts(v, "Successful", 0);
	v = ec2_ok(f, "ReleaseHosts", "{\"HostIds\": [\"%s\"]}", id);
	ec2_is(v, "Successful.0", id);
	v = ec2_ok(f, "DescribeHosts", "{\"HostIds\": [\"%s\"]}", id);
	ec2_is(v, "Hosts.0.State", "released");
	v = ec2_ok(f, "ReleaseHosts", "{\"HostIds\": [\"%s\"]}", id);
	ec2_counts(v, "Successful", 0);
	v = ec2_ok(f, "DescribeHosts",
	    "{\"Filter\": [{\"Name\": \"state\", \"Values\": [\"available\"]}]}");
	ec2_counts(v, "Hosts", 1);
	ec2_is(v, "Hosts.0.HostId", other);
}

static void
instances_are_on_hosts(void **state)
{
	struct fixture *f = *state;
	const char *id = allocate(f, "\"InstanceType\": \"t3.micro\"");
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_launch(f, &w,
	    arena_printf(f->arena, "\"Placement\": {\"HostId\": \"%s\"}", id));
	ec2_is(v, "Instances.0.Placement.HostId", id);
	v = ec2_ok(f, "DescribeHosts", "{\"HostIds\": [\"%s\"]}", id);
	ec2_counts(json_array_get(json_get(v, "Hosts"), 0), "Instances", 1);
	ec2_is(v, "Hosts.0.AvailableCapacity.AvailableVCpus", "6");
	v = ec2_ok(f, "ReleaseHosts", "{\"HostIds\": [\"%s\"]}", id);
	ec2_is(v, "Unsuccessful.0.Error.Code", "Client.InvalidHost.Occupied");
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "AllocateHosts", "{\"Quantity\": 1, \"InstanceType\": \"m5.large\"}",
		    "MissingParameter", NULL },
		{ "AllocateHosts",
		    "{\"AvailabilityZone\": \"us-east-1a\", \"InstanceType\": \"m5.large\"}",
		    "MissingParameter", NULL },
		{ "AllocateHosts",
		    "{\"AvailabilityZone\": \"us-east-1a\", \"Quantity\": 1}",
		    "MissingParameter", NULL },
		{ "AllocateHosts",
		    "{\"AvailabilityZone\": \"us-east-1a\", \"Quantity\": 1, \"InstanceType\":"
		    " \"m5.large\", \"InstanceFamily\": \"m5\"}",
		    "InvalidParameterCombination", NULL },
		{ "AllocateHosts",
		    "{\"AvailabilityZone\": \"us-east-1a\", \"Quantity\": 0, \"InstanceType\":"
		    " \"m5.large\"}",
		    "InvalidParameterValue", NULL },
		{ "AllocateHosts",
		    "{\"AvailabilityZone\": \"us-east-1a\", \"Quantity\": 65,"
		    " \"InstanceType\": \"m5.large\"}",
		    "HostLimitExceeded", NULL },
		{ "AllocateHosts",
		    "{\"AvailabilityZone\": \"us-east-1z\", \"Quantity\": 1, \"InstanceType\":"
		    " \"m5.large\"}",
		    "InvalidParameterValue", NULL },
		{ "AllocateHosts",
		    "{\"AvailabilityZone\": \"us-east-1a\", \"Quantity\": 1,"
		    " \"InstanceFamily\": \"t2\"}",
		    "InvalidParameterValue", NULL },
		{ "AllocateHosts",
		    "{\"AvailabilityZone\": \"us-east-1a\", \"Quantity\": 1, \"InstanceType\":"
		    " \"q1.large\"}",
		    "InvalidInstanceType", NULL },
		{ "DescribeHosts", "{\"HostIds\": [\"x\"]}", "InvalidHostID.Malformed",
		    NULL },
		{ "DescribeHosts", "{\"HostIds\": [\"h-1\"]}", "InvalidHostID.NotFound",
		    NULL },
		{ "DescribeHosts",
		    "{\"Filter\": [{\"Name\": \"x\", \"Values\": [\"y\"]}]}",
		    "InvalidParameterValue", NULL },
		{ "DescribeHosts", "{\"MaxResults\": 501}", "InvalidParameterValue",
		    NULL },
	};

	ec2_refused(*state, refusals, COUNT(refusals));
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_host_lives_and_goes),
		T(instances_are_on_hosts),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
