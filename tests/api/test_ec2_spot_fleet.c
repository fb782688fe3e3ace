/*
 * Spot Fleet requests: fleets by the older words.
 */
#include "tests/api/ec2_calls.h"

#include "control/plane/reconcile.h"

static void
settle(struct fixture *f)
{
	for (int i = 0; i < 8; i++)
		assert_int_equal(reconcile_pass(&f->env), 0);
}

static size_t
alive(struct fixture *f, const char *more)
{
	json_t *v = ec2_ok(f, "DescribeInstances",
	    "{\"Filters\": [{\"Name\": \"instance-state-name\", \"Values\": [\"pending\", "
	    "\"running\"]}%s%s]}",
	    more[0] != '\0' ? ", " : "", more);

	return json_array_size(json_get(v, "Reservations"));
}

static void
a_spot_fleet_lives_and_is_cancelled(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	struct engine *engine = f->env.engine;
	const char *id, *b;
	json_t *v;

	f->env.engine = NULL;
	ec2_world(f, &w);
	b = ec2_text(ec2_ok(f, "CreateSubnet",
			 "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/24\"}", w.vpc),
	    "Subnet.SubnetId");
	id =
	    ec2_text(ec2_ok(f, "RequestSpotFleet",
			 "{\"SpotFleetRequestConfig\": {\"IamFleetRole\": "
			 "\"arn:aws:iam::000000000000:role/f\", \"TargetCapacity\": 4, "
			 "\"OnDemandTargetCapacity\": 1, \"SpotPrice\": \"0.2\", "
			 "\"AllocationStrategy\": \"diversified\", "
			 "\"LaunchSpecifications\": [{\"ImageId\": \"%s\", "
			 "\"InstanceType\": \"t3.micro\", \"SubnetId\": \"%s, %s\", "
			 "\"TagSpecifications\": [{\"ResourceType\": \"instance\", "
			 "\"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}], "
			 "\"TagSpecifications\": [{\"ResourceType\": "
			 "\"spot-fleet-request\", \"Tags\": [{\"Key\": \"k\", \"Value\": "
			 "\"v\"}]}]}}",
			 w.image, w.subnet, b),
		"SpotFleetRequestId");
	settle(f);
	v = ec2_ok(f, "DescribeSpotFleetRequests", "{\"SpotFleetRequestIds\": [\"%s\"]}",
	    id);
	v = json_array_get(json_get(v, "SpotFleetRequestConfigs"), 0);
	ec2_is(v, "SpotFleetRequestState", "active");
	ec2_is(v, "ActivityStatus", "fulfilled");
	ec2_is(v, "Tags.0.Value", "v");
	ec2_is(v, "SpotFleetRequestConfig.Type", "maintain");
	assert_true(
	    json_num(json_get(v, "SpotFleetRequestConfig"), "FulfilledCapacity", 0) == 4);
	assert_true(json_num(json_get(v, "SpotFleetRequestConfig"),
			"OnDemandFulfilledCapacity", 0) == 1);
	ec2_is(v, "SpotFleetRequestConfig.ExcessCapacityTerminationPolicy", "default");
	ec2_is(v, "SpotFleetRequestConfig.LaunchSpecifications.0.InstanceType",
	    "t3.micro");
	v = ec2_ok(f, "DescribeSpotFleetInstances", "{\"SpotFleetRequestId\": \"%s\"}",
	    id);
	ec2_counts(v, "ActiveInstances", 4);
	assert_int_equal(
	    alive(f,
		arena_printf(f->arena,
		    "{\"Name\": \"tag:aws:ec2spot:fleet-request-id\", \"Values\": "
		    "[\"%s\"]}, {\"Name\": \"tag:a\", \"Values\": [\"b\"]}",
		    id)),
	    4);
	ec2_counts(
	    ec2_ok(f, "DescribeSpotInstanceRequests",
		"{\"Filters\": [{\"Name\": \"spot-price\", \"Values\": [\"0.2\"]}]}"),
	    "SpotInstanceRequests", 3);
	assert_true(alive(f,
			arena_printf(f->arena,
			    "{\"Name\": \"subnet-id\", \"Values\": [\"%s\"]}", b)) >= 1);
	ec2_ok(f, "ModifySpotFleetRequest",
	    "{\"SpotFleetRequestId\": \"%s\", \"TargetCapacity\": 2}", id);
	settle(f);
	assert_int_equal(alive(f, ""), 2);
	v = ec2_ok(f, "DescribeSpotFleetRequestHistory",
	    "{\"SpotFleetRequestId\": \"%s\", \"StartTime\": 0, \"EventType\": "
	    "\"fleetRequestChange\"}",
	    id);
	ec2_is(v, "HistoryRecords.0.EventInformation.EventSubType", "submitted");
	v = ec2_ok(f, "CancelSpotFleetRequests",
	    "{\"SpotFleetRequestIds\": [\"%s\", \"sfr-0\"], \"TerminateInstances\": true}",
	    id);
	ec2_is(v, "SuccessfulFleetRequests.0.CurrentSpotFleetRequestState",
	    "cancelled_terminating");
	ec2_is(v, "UnsuccessfulFleetRequests.0.Error.Code", "fleetRequestIdDoesNotExist");
	settle(f);
	assert_int_equal(alive(f, ""), 0);
	v = ec2_ok(f, "DescribeSpotFleetRequests", "{}");
	ec2_is(v, "SpotFleetRequestConfigs.0.SpotFleetRequestState", "cancelled");
	f->env.engine = engine;
}

static void
wrong_requests_are_refused(void **state)
{
	static const struct ec2_refusal rows[] = {
		{ "RequestSpotFleet",
		    "{\"SpotFleetRequestConfig\": {\"IamFleetRole\": \"x\", "
		    "\"TargetCapacity\": 1}}",
		    "InvalidSpotFleetRequestConfig", NULL },
		{ "RequestSpotFleet",
		    "{\"SpotFleetRequestConfig\": {\"IamFleetRole\": "
		    "\"arn:aws:iam::000000000000:role/f\", \"TargetCapacity\": 1}}",
		    "InvalidSpotFleetRequestConfig", NULL },
		{ "RequestSpotFleet",
		    "{\"SpotFleetRequestConfig\": {\"IamFleetRole\": "
		    "\"arn:aws:iam::000000000000:role/f\", \"TargetCapacity\": 1, "
		    "\"LoadBalancersConfig\": {}}}",
		    "UnsupportedOperation", NULL },
		{ "DescribeSpotFleetRequests", "{\"SpotFleetRequestIds\": [\"sfr-0\"]}",
		    "InvalidSpotFleetRequestId.NotFound", NULL },
		{ "DescribeSpotFleetInstances", "{\"SpotFleetRequestId\": \"sfr-0\"}",
		    "InvalidSpotFleetRequestId.NotFound", NULL },
		{ "ModifySpotFleetRequest", "{\"SpotFleetRequestId\": \"sfr-0\"}",
		    "InvalidSpotFleetRequestId.NotFound", NULL },
	};

	ec2_refused(*state, rows, COUNT(rows));
}

/* Its token is inside the configuration. */
static void
the_same_token_makes_no_second_fleet(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *config, *first;

	ec2_world(f, &w);
	config = arena_printf(f->arena,
	    "\"ClientToken\": \"t\", \"IamFleetRole\": "
	    "\"arn:aws:iam::000000000000:role/f\", \"LaunchSpecifications\": "
	    "[{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\", \"SubnetId\": "
	    "\"%s\"}]",
	    w.image, w.subnet);
	first = ec2_text(ec2_ok(f, "RequestSpotFleet",
			     "{\"SpotFleetRequestConfig\": {%s, \"TargetCapacity\": 1}}",
			     config),
	    "SpotFleetRequestId");
	ec2_is(ec2_ok(f, "RequestSpotFleet",
		   "{\"SpotFleetRequestConfig\": {%s, \"TargetCapacity\": 1}}", config),
	    "SpotFleetRequestId", first);
	ec2_no(f, "IdempotentParameterMismatch", "RequestSpotFleet",
	    "{\"SpotFleetRequestConfig\": {%s, \"TargetCapacity\": 2}}", config);
	ec2_counts(ec2_ok(f, "DescribeSpotFleetRequests", "{}"),
	    "SpotFleetRequestConfigs", 1);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_spot_fleet_lives_and_is_cancelled),
		TEST(the_same_token_makes_no_second_fleet),
		TEST(wrong_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
