/* EC2: placement groups: strategies, partitions, instances in them. */
#include "tests/api/ec2_calls.h"

static const char *
make(struct fixture *f, const char *name, const char *strategy, const char *more)
{
	return ec2_text(ec2_ok(f, "CreatePlacementGroup",
			    "{\"GroupName\": \"%s\", \"Strategy\": \"%s\"%s}", name,
			    strategy, more),
	    "PlacementGroup.GroupId");
}

static void
a_group_lives_and_goes(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "CreatePlacementGroup",
	    "{\"GroupName\": \"p\", \"Strategy\": \"partition\", \"PartitionCount\": 3,"
	    " \"TagSpecifications\": [{\"ResourceType\": \"placement-group\", \"Tags\":"
	    " [{\"Key\": \"a\", \"Value\": \"b\"}]}]}");
	const char *id = ec2_text(v, "PlacementGroup.GroupId");

	ec2_is(v, "PlacementGroup.State", "pending");
	make(f, "c", "cluster", "");
	make(f, "s", "spread", "");
	make(f, "q", "partition", "");
	v = ec2_ok(f, "DescribePlacementGroups", "{\"GroupIds\": [\"%s\"]}", id);
	ec2_counts(v, "PlacementGroups", 1);
	ec2_is(v, "PlacementGroups.0.State", "available");
	ec2_is(v, "PlacementGroups.0.PartitionCount", "3");
	ec2_is(v, "PlacementGroups.0.Tags.0.Value", "b");
	ec2_is(v, "PlacementGroups.0.GroupArn",
	    "arn:aws:ec2:us-east-1:000000000000:placement-group/p");
	v = ec2_ok(f, "DescribePlacementGroups", "{\"GroupNames\": [\"s\", \"q\"]}");
	ec2_counts(v, "PlacementGroups", 2);
	v = ec2_ok(f, "DescribePlacementGroups",
	    "{\"Filters\": [{\"Name\": \"strategy\", \"Values\": [\"spread\"]}]}");
	ec2_counts(v, "PlacementGroups", 1);
	ec2_is(v, "PlacementGroups.0.SpreadLevel", "rack");
	v = ec2_ok(f, "DescribePlacementGroups",
	    "{\"Filters\": [{\"Name\": \"tag:a\", \"Values\": [\"b\"]}]}");
	ec2_counts(v, "PlacementGroups", 1);
	v = ec2_ok(f, "DescribePlacementGroups", "{\"GroupNames\": [\"q\"]}");
	ec2_is(v, "PlacementGroups.0.PartitionCount", "2");
	ec2_no(f, "InvalidPlacementGroup.Duplicate", "CreatePlacementGroup",
	    "{\"GroupName\": \"p\", \"Strategy\": \"cluster\"}");
	ec2_ok(f, "DeletePlacementGroup", "{\"GroupName\": \"p\"}");
	ec2_no(f, "InvalidPlacementGroup.Unknown", "DeletePlacementGroup",
	    "{\"GroupName\": \"p\"}");
	ec2_no(f, "InvalidPlacementGroup.Unknown", "DescribePlacementGroups",
	    "{\"GroupNames\": [\"p\"]}");
	ec2_no(f, "InvalidPlacementGroupId.Unknown", "DescribePlacementGroups",
	    "{\"GroupIds\": [\"%s\"]}", id);
}

static void
instances_are_in_groups(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *instance;
	json_t *v;

	ec2_world(f, &w);
	id = make(f, "p", "partition", "");
	make(f, "c", "cluster", "");
	make(f, "s", "spread", "");
	v = ec2_launch(f, &w,
	    "\"Placement\": {\"GroupName\": \"p\", \"PartitionNumber\": 2}");
	instance = ec2_text(v, "Instances.0.InstanceId");
	ec2_is(v, "Instances.0.Placement.GroupName", "p");
	ec2_is(v, "Instances.0.Placement.GroupId", id);
	ec2_is(v, "Instances.0.Placement.PartitionNumber", "2");
	ec2_no(f, "InvalidPlacementGroup.InUse", "DeletePlacementGroup",
	    "{\"GroupName\": \"p\"}");
	v = ec2_launch(f, &w,
	    arena_printf(f->arena, "\"Placement\": {\"GroupId\": \"%s\"}", id));
	ec2_is(v, "Instances.0.Placement.GroupName", "p");
#define NO(code, more)                                                                    \
	ec2_no(f, code, "RunInstances",                                                   \
	    "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": \"t3.micro\"," \
	    " \"MinCount\": 1, \"MaxCount\": 1, \"Placement\": {" more "}}",              \
	    w.image, w.subnet)
	NO("InvalidPlacementGroup.Unknown", "\"GroupName\": \"x\"");
	NO("InvalidPlacementGroupId.Unknown", "\"GroupId\": \"pg-1\"");
	NO("InvalidParameterCombination", "\"GroupName\": \"c\"");
	NO("InvalidParameterCombination", "\"GroupName\": \"s\", \"PartitionNumber\": 1");
	NO("InvalidParameterCombination", "\"GroupName\": \"s\", \"GroupId\": \"pg-1\"");
	NO("InvalidParameterValue", "\"GroupName\": \"p\", \"PartitionNumber\": 3");
	ec2_ok(f, "RunInstances",
	    "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": \"t3.micro\","
	    " \"MinCount\": 7, \"MaxCount\": 7, \"Placement\": {\"GroupName\": \"s\","
	    " \"AvailabilityZone\": \"us-east-1a\"}}",
	    w.image, w.subnet);
	NO("InsufficientInstanceCapacity",
	    "\"GroupName\": \"s\", \"AvailabilityZone\": \"us-east-1a\"");
	ec2_text(ec2_instance_now(f, instance), "Placement.GroupName");
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreatePlacementGroup", "{\"Strategy\": \"cluster\"}",
		    "MissingParameter", NULL },
		{ "CreatePlacementGroup", "{\"GroupName\": \"x\"}", "MissingParameter",
		    NULL },
		{ "CreatePlacementGroup",
		    "{\"GroupName\": \"\", \"Strategy\": \"cluster\"}",
		    "InvalidParameterValue", NULL },
		{ "CreatePlacementGroup",
		    "{\"GroupName\": \"x\", \"Strategy\": \"cluster\", \"PartitionCount\": 2}",
		    "InvalidParameterCombination", NULL },
		{ "CreatePlacementGroup",
		    "{\"GroupName\": \"x\", \"Strategy\": \"partition\","
		    " \"PartitionCount\": 8}",
		    "InvalidParameterValue", NULL },
		{ "CreatePlacementGroup",
		    "{\"GroupName\": \"x\", \"Strategy\": \"cluster\", \"SpreadLevel\":"
		    " \"rack\"}",
		    "InvalidParameterCombination", NULL },
		{ "CreatePlacementGroup",
		    "{\"GroupName\": \"x\", \"Strategy\": \"spread\", \"SpreadLevel\":"
		    " \"host\"}",
		    "UnsupportedOperation", NULL },
		{ "DescribePlacementGroups", "{\"GroupIds\": [\"x\"]}",
		    "InvalidPlacementGroupId.Malformed", NULL },
		{ "DescribePlacementGroups",
		    "{\"Filters\": [{\"Name\": \"x\", \"Values\": [\"y\"]}]}",
		    "InvalidParameterValue", NULL },
		{ "DeletePlacementGroup", "{}", "MissingParameter", NULL },
	};

	ec2_refused(*state, refusals, COUNT(refusals));
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_group_lives_and_goes),
		T(instances_are_in_groups),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
