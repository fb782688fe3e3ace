/*
 * Fleets: launched at once, or kept at a capacity by the reconciler.
 */
#include "tests/api/ec2_calls.h"
#include "tests/api/iam_calls.h"

#include <string.h>

#include "control/plane/reconcile.h"

/* Instances run as soon as the reconciler has seen them; "web" is a template of t3.micro. */
struct world {
	struct ec2_world ec2;
	struct engine *engine;
	const char *b; /* another subnet, of zone b */
};

static void
begin(struct fixture *f, struct world *w)
{
	w->engine = f->env.engine;
	f->env.engine = NULL;
	ec2_world(f, &w->ec2);
	w->b = ec2_text(ec2_ok(f, "CreateSubnet",
			    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/24\", "
			    "\"AvailabilityZone\": \"us-east-1b\"}",
			    w->ec2.vpc),
	    "Subnet.SubnetId");
	ec2_ok(f, "CreateLaunchTemplate",
	    "{\"LaunchTemplateName\": \"web\", \"LaunchTemplateData\": {\"ImageId\": \"%s\", "
	    "\"InstanceType\": \"t3.micro\", \"NetworkInterfaces\": [{\"DeviceIndex\": 0, "
	    "\"SubnetId\": \"%s\"}], \"TagSpecifications\": [{\"ResourceType\": "
	    "\"instance\", \"Tags\": [{\"Key\": \"from\", \"Value\": \"template\"}]}]}}",
	    w->ec2.image, w->ec2.subnet);
}

static void
done(struct fixture *f, struct world *w)
{
	f->env.engine = w->engine;
}

static void
settle(struct fixture *f)
{
	for (int i = 0; i < 8; i++)
		assert_int_equal(reconcile_pass(&f->env), 0);
}

#define WEB                                                                                 \
	"{\"LaunchTemplateSpecification\": {\"LaunchTemplateName\": \"web\", \"Version\": " \
	"\"$Latest\"}"

static json_t *
create(struct fixture *f, const char *overrides, const char *capacity, const char *more)
{
	return ec2_ok(f, "CreateFleet",
	    "{\"LaunchTemplateConfigs\": [" WEB
	    ", \"Overrides\": [%s]}], \"TargetCapacitySpecification\": {%s}%s%s}",
	    overrides, capacity, more[0] != '\0' ? ", " : "", more);
}

static const char *
fleet(struct fixture *f, const char *overrides, const char *capacity, const char *more)
{
	return ec2_text(create(f, overrides, capacity, more), "FleetId");
}

static json_t *
now(struct fixture *f, const char *id)
{
	json_t *v = ec2_ok(f, "DescribeFleets", "{\"FleetIds\": [\"%s\"]}", id);

	return json_array_get(json_get(v, "Fleets"), 0);
}

static json_t *
members(struct fixture *f, const char *id)
{
	return ec2_ok(f, "DescribeFleetInstances", "{\"FleetId\": \"%s\"}", id);
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
stands(struct fixture *f, const char *id, const char *state, const char *activity)
{
	json_t *v = now(f, id);

	ec2_is(v, "FleetState", state);
	if (activity != NULL)
		ec2_is(v, "ActivityStatus", activity);
	else
		assert_null(fixture_text(v, "ActivityStatus"));
}

static void
a_maintained_fleet_is_kept_at_its_capacity(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *first;
	json_t *v;

	begin(f, &w);
	id = fleet(f, "",
	    "\"TotalTargetCapacity\": 3, \"OnDemandTargetCapacity\": 1, "
	    "\"DefaultTargetCapacityType\": \"spot\"",
	    "\"TagSpecifications\": [{\"ResourceType\": \"fleet\", \"Tags\": [{\"Key\": "
	    "\"k\", \"Value\": \"v\"}]}]");
	stands(f, id, "submitted", "pending_fulfillment");
	settle(f);
	stands(f, id, "active", "fulfilled");
	v = now(f, id);
	ec2_is(v, "Type", "maintain");
	ec2_is(v, "TargetCapacitySpecification.SpotTargetCapacity", "2");
	ec2_is(v, "TargetCapacitySpecification.OnDemandTargetCapacity", "1");
	ec2_is(v, "ExcessCapacityTerminationPolicy", "termination");
	ec2_is(v, "SpotOptions.AllocationStrategy", "lowest-price");
	ec2_is(v, "SpotOptions.InstancePoolsToUseCount", "1");
	ec2_is(v, "OnDemandOptions.AllocationStrategy", "lowest-price");
	ec2_is(v, "LaunchTemplateConfigs.0.LaunchTemplateSpecification.Version",
	    "$Latest");
	ec2_is(v, "Tags.0.Value", "v");
	v = members(f, id);
	ec2_counts(v, "ActiveInstances", 3);
	ec2_is(v, "ActiveInstances.0.InstanceType", "t3.micro");
	ec2_is(v, "ActiveInstances.0.InstanceHealth", "healthy");
	assert_int_equal(
	    alive(f, "{\"Name\": \"instance-lifecycle\", \"Values\": [\"spot\"]}"), 2);
	assert_int_equal(
	    alive(f,
		arena_printf(f->arena,
		    "{\"Name\": \"tag:aws:ec2:fleet-id\", \"Values\": [\"%s\"]}", id)),
	    3);
	/* One ends: another comes. */
	first = ec2_text(v, "ActiveInstances.0.InstanceId");
	ec2_is(ec2_instance_now(f, first), "Tags.0.Value", "template");
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", first);
	settle(f);
	stands(f, id, "active", "fulfilled");
	assert_int_equal(alive(f, ""), 3);
	/* More, then fewer. */
	ec2_ok(f, "ModifyFleet",
	    "{\"FleetId\": \"%s\", \"TargetCapacitySpecification\": "
	    "{\"TotalTargetCapacity\": 5}}",
	    id);
	stands(f, id, "modifying", "pending_fulfillment");
	settle(f);
	stands(f, id, "active", "fulfilled");
	assert_int_equal(alive(f, ""), 5);
	ec2_ok(f, "ModifyFleet",
	    "{\"FleetId\": \"%s\", \"TargetCapacitySpecification\": "
	    "{\"TotalTargetCapacity\": 1}}",
	    id);
	settle(f);
	assert_int_equal(alive(f, ""), 1);
	ec2_counts(members(f, id), "ActiveInstances", 1);
	/* The history has it all. */
	v = ec2_ok(f, "DescribeFleetHistory",
	    "{\"FleetId\": \"%s\", \"StartTime\": 0, \"EventType\": \"fleet-change\"}",
	    id);
	ec2_is(v, "HistoryRecords.0.EventInformation.EventSubType", "submitted");
	ec2_is(v, "HistoryRecords.1.EventInformation.EventSubType", "active");
	ec2_is(v, "HistoryRecords.2.EventInformation.EventSubType", "modify_in_progress");
	v = ec2_ok(f, "DescribeFleetHistory",
	    "{\"FleetId\": \"%s\", \"StartTime\": 0, \"MaxResults\": 2, \"EventType\": "
	    "\"instance-change\"}",
	    id);
	ec2_counts(v, "HistoryRecords", 2);
	ec2_is(v, "HistoryRecords.0.EventInformation.EventSubType", "launched");
	ec2_text(v, "NextToken");
	/* And it goes, with what it launched. */
	v = ec2_ok(f, "DeleteFleets",
	    "{\"FleetIds\": [\"%s\"], \"TerminateInstances\": true}", id);
	ec2_is(v, "SuccessfulFleetDeletions.0.CurrentFleetState", "deleted_terminating");
	ec2_is(v, "SuccessfulFleetDeletions.0.PreviousFleetState", "active");
	settle(f);
	stands(f, id, "deleted", NULL);
	assert_int_equal(alive(f, ""), 0);
	f->now_ms += 3601 * 1000;
	settle(f);
	ec2_no(f, "InvalidFleetId.NotFound", "DescribeFleets", "{\"FleetIds\": [\"%s\"]}",
	    id);
	done(f, &w);
}

static void
a_deleted_fleet_may_leave_its_instances(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id;
	json_t *v;

	begin(f, &w);
	id = fleet(f, "", "\"TotalTargetCapacity\": 2", "");
	settle(f);
	v = ec2_ok(f, "DeleteFleets",
	    "{\"FleetIds\": [\"%s\", \"fleet-0\", \"x\"], \"TerminateInstances\": false}",
	    id);
	ec2_is(v, "SuccessfulFleetDeletions.0.CurrentFleetState", "deleted_running");
	ec2_is(v, "UnsuccessfulFleetDeletions.0.Error.Code", "fleetIdDoesNotExist");
	ec2_is(v, "UnsuccessfulFleetDeletions.1.Error.Code", "fleetIdMalformed");
	settle(f);
	stands(f, id, "deleted_running", NULL);
	assert_int_equal(alive(f, ""), 2);
	ec2_no(f, "InvalidFleetState", "ModifyFleet",
	    "{\"FleetId\": \"%s\", \"TargetCapacitySpecification\": "
	    "{\"TotalTargetCapacity\": 5}}",
	    id);
	v = ec2_ok(f, "DeleteFleets",
	    "{\"FleetIds\": [\"%s\"], \"TerminateInstances\": false}", id);
	ec2_is(v, "UnsuccessfulFleetDeletions.0.Error.Code", "fleetNotInDeletableState");
	/* One ends; nobody replaces it. */
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}",
	    ec2_text(members(f, id), "ActiveInstances.0.InstanceId"));
	settle(f);
	assert_int_equal(alive(f, ""), 1);
	/* What was left can still be ended. */
	ec2_ok(f, "DeleteFleets",
	    "{\"FleetIds\": [\"%s\"], \"TerminateInstances\": true}", id);
	settle(f);
	stands(f, id, "deleted", NULL);
	assert_int_equal(alive(f, ""), 0);
	done(f, &w);
}

static void
a_request_launches_once(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id;

	begin(f, &w);
	id = fleet(f, "", "\"TotalTargetCapacity\": 2", "\"Type\": \"request\"");
	settle(f);
	stands(f, id, "active", "fulfilled");
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}",
	    ec2_text(members(f, id), "ActiveInstances.0.InstanceId"));
	settle(f);
	assert_int_equal(alive(f, ""), 1);
	ec2_no(f, "UnsupportedOperation", "ModifyFleet",
	    "{\"FleetId\": \"%s\", \"TargetCapacitySpecification\": "
	    "{\"TotalTargetCapacity\": 5}}",
	    id);
	done(f, &w);
}

static void
an_instant_fleet_answers_with_its_instances(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *instance;
	json_t *v;

	begin(f, &w);
	v = create(f,
	    arena_printf(f->arena,
		"{\"SubnetId\": \"%s\", \"InstanceType\": \"t3.small\", \"Priority\": 2}, "
		"{\"SubnetId\": \"subnet-00000000\", \"Priority\": 1}",
		w.b),
	    "\"TotalTargetCapacity\": 2, \"DefaultTargetCapacityType\": \"on-demand\"",
	    "\"Type\": \"instant\", \"OnDemandOptions\": {\"AllocationStrategy\": "
	    "\"prioritized\"}, \"TagSpecifications\": [{\"ResourceType\": \"instance\", "
	    "\"Tags\": [{\"Key\": \"n\", \"Value\": \"x\"}]}]");
	id = ec2_text(v, "FleetId");
	ec2_counts(v, "Instances", 1);
	ec2_is(v, "Instances.0.InstanceType", "t3.small");
	ec2_is(v, "Instances.0.Lifecycle", "on-demand");
	ec2_is(v, "Instances.0.LaunchTemplateAndOverrides.Overrides.SubnetId", w.b);
	ec2_counts(v, "Errors", 1);
	ec2_is(v, "Errors.0.ErrorCode", "InvalidSubnetID.NotFound");
	ec2_counts(json_array_get(json_get(v, "Instances"), 0), "InstanceIds", 2);
	instance = ec2_text(v, "Instances.0.InstanceIds.0");
	v = ec2_instance_now(f, instance);
	ec2_is(v, "SubnetId", w.b);
	ec2_counts(v, "Tags", 3);
	/* The failed launches left nothing behind. */
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfaces", "{}"), "NetworkInterfaces", 2);
	settle(f);
	assert_int_equal(alive(f, ""), 2);
	stands(f, id, "active", "fulfilled");
	ec2_is(now(f, id), "Instances.0.InstanceIds.0", instance);
	ec2_counts(ec2_ok(f, "DescribeFleets", "{}"), "Fleets", 0);
	ec2_no(f, "UnsupportedOperation", "DescribeFleetInstances",
	    "{\"FleetId\": \"%s\"}", id);
	v = ec2_ok(f, "DeleteFleets",
	    "{\"FleetIds\": [\"%s\"], \"TerminateInstances\": false}", id);
	ec2_counts(v, "SuccessfulFleetDeletions", 0);
	ec2_ok(f, "DeleteFleets",
	    "{\"FleetIds\": [\"%s\"], \"TerminateInstances\": true}", id);
	settle(f);
	assert_int_equal(alive(f, ""), 0);
	done(f, &w);
}

static void
too_little_for_an_instant_fleet_is_nothing(void **state)
{
	struct fixture *f = *state;
	struct world w;
	json_t *v;

	begin(f, &w);
	w.b = ec2_text(ec2_ok(f, "CreateSubnet",
			   "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.9.0/28\"}",
			   w.ec2.vpc),
	    "Subnet.SubnetId");
	v = create(f, arena_printf(f->arena, "{\"SubnetId\": \"%s\"}", w.b),
	    "\"TotalTargetCapacity\": 20, \"DefaultTargetCapacityType\": \"spot\"",
	    "\"Type\": \"instant\", \"SpotOptions\": {\"SingleInstanceType\": true, "
	    "\"MinTargetCapacity\": 15}");
	ec2_counts(v, "Instances", 0);
	ec2_is(v, "Errors.0.ErrorCode", "InsufficientFreeAddressesInSubnet");
	assert_int_equal(alive(f, ""), 0);
	ec2_counts(ec2_ok(f, "DescribeSpotInstanceRequests", "{}"),
	    "SpotInstanceRequests", 0);
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfaces", "{}"), "NetworkInterfaces", 0);
	v = create(f, arena_printf(f->arena, "{\"SubnetId\": \"%s\"}", w.b),
	    "\"TotalTargetCapacity\": 20, \"DefaultTargetCapacityType\": \"spot\"",
	    "\"Type\": \"instant\"");
	ec2_counts(json_array_get(json_get(v, "Instances"), 0), "InstanceIds", 11);
	ec2_is(v, "Instances.0.Lifecycle", "spot");
	done(f, &w);
}

static void
pools_are_chosen_by_strategy_and_weight(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *two;
	const char *id;
	json_t *v;

	begin(f, &w);
	two = arena_printf(f->arena,
	    "{\"SubnetId\": \"%s\", \"WeightedCapacity\": 2, \"InstanceType\": "
	    "\"t3.large\"}, {\"SubnetId\": \"%s\", \"WeightedCapacity\": 2}",
	    w.ec2.subnet, w.b);
	id = fleet(f, two, "\"TotalTargetCapacity\": 4", "");
	settle(f);
	v = members(f, id);
	ec2_counts(v, "ActiveInstances", 2);
	ec2_is(v, "ActiveInstances.0.InstanceType", "t3.micro");
	ec2_is(v, "ActiveInstances.1.InstanceType", "t3.micro");
	assert_true(json_num(now(f, id), "FulfilledCapacity", 0) == 4);
	id = fleet(f, two,
	    "\"TotalTargetCapacity\": 4, \"DefaultTargetCapacityType\": \"spot\"",
	    "\"SpotOptions\": {\"AllocationStrategy\": \"diversified\"}");
	settle(f);
	ec2_counts(ec2_ok(f, "DescribeFleetInstances",
		       "{\"FleetId\": \"%s\", \"Filters\": [{\"Name\": \"instance-type\", "
		       "\"Values\": [\"t3.large\"]}]}",
		       id),
	    "ActiveInstances", 1);
	ec2_counts(members(f, id), "ActiveInstances", 2);
	/* Requirements become types. */
	id = fleet(f,
	    "{\"InstanceRequirements\": {\"VCpuCount\": {\"Min\": 2, \"Max\": 2}, "
	    "\"MemoryMiB\": {\"Min\": 4096, \"Max\": 4096}}}",
	    "\"TotalTargetCapacity\": 4, \"TargetCapacityUnitType\": \"vcpu\"", "");
	settle(f);
	ec2_counts(members(f, id), "ActiveInstances", 2);
	stands(f, id, "active", "fulfilled");
	done(f, &w);
}

static void
failures_wait_and_try_another_pool(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id;
	json_t *v;

	begin(f, &w);
	id = fleet(f,
	    arena_printf(f->arena,
		"{\"SubnetId\": \"subnet-00000000\", \"Priority\": 1}, {\"SubnetId\": "
		"\"%s\", \"Priority\": 2}",
		w.b),
	    "\"TotalTargetCapacity\": 1",
	    "\"OnDemandOptions\": {\"AllocationStrategy\": \"prioritized\"}");
	settle(f);
	stands(f, id, "active", "error");
	v = ec2_ok(f, "DescribeFleetHistory",
	    "{\"FleetId\": \"%s\", \"StartTime\": 0, \"EventType\": \"service-error\"}",
	    id);
	ec2_counts(v, "HistoryRecords", 1);
	assert_non_null(
	    strstr(ec2_text(v, "HistoryRecords.0.EventInformation.EventDescription"),
		"InvalidSubnetID.NotFound"));
	f->now_ms += 6 * 1000;
	settle(f);
	stands(f, id, "active", "fulfilled");
	done(f, &w);
}

static void
a_fleet_ends_with_its_time(void **state)
{
	struct fixture *f = *state;
	struct world w;
	long long s = f->now_ms / 1000;
	const char *id;

	begin(f, &w);
	id = fleet(f, "", "\"TotalTargetCapacity\": 1",
	    arena_printf(f->arena,
		"\"ValidFrom\": %lld, \"ValidUntil\": %lld, "
		"\"TerminateInstancesWithExpiration\": true",
		s + 100, s + 200));
	settle(f);
	stands(f, id, "submitted", "pending_fulfillment");
	f->now_ms += 101 * 1000;
	settle(f);
	stands(f, id, "active", "fulfilled");
	f->now_ms += 100 * 1000;
	settle(f);
	stands(f, id, "deleted", NULL);
	assert_int_equal(alive(f, ""), 0);
	done(f, &w);
}

static void
stopped_instances_are_replaced_if_that_is_asked(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *instance;

	begin(f, &w);
	id = fleet(f, "", "\"TotalTargetCapacity\": 1",
	    "\"ReplaceUnhealthyInstances\": true");
	settle(f);
	instance = ec2_text(members(f, id), "ActiveInstances.0.InstanceId");
	ec2_ok(f, "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"DisableApiTermination\": {\"Value\": true}}",
	    instance);
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", instance);
	settle(f);
	stands(f, id, "active", "fulfilled");
	assert_string_not_equal(ec2_text(members(f, id), "ActiveInstances.0.InstanceId"),
	    instance);
	ec2_is(ec2_instance_now(f, instance), "State.Name", "terminated");
	done(f, &w);
}

static void
wrong_fleets_are_refused(void **state)
{
	static const struct {
		const char *capacity, *more, *code;
	} cases[] = {
		{ "\"TotalTargetCapacity\": -1", "", "InvalidParameterValue" },
		{ "\"TotalTargetCapacity\": 1001", "",
		    "FleetTargetCapacityLimitExceeded" },
		{ "\"TotalTargetCapacity\": 1, \"SpotTargetCapacity\": 2", "",
		    "InvalidParameterCombination" },
		{ "\"TotalTargetCapacity\": 1, \"DefaultTargetCapacityType\": "
		  "\"capacity-block\"",
		    "", "UnsupportedOperation" },
		{ "\"TotalTargetCapacity\": 1", ", \"ValidUntil\": 1",
		    "InvalidParameterValue" },
		{ "\"TotalTargetCapacity\": 1",
		    ", \"Type\": \"instant\", \"ValidFrom\": 1",
		    "InvalidParameterCombination" },
		{ "\"TotalTargetCapacity\": 1",
		    ", \"SpotOptions\": {\"MinTargetCapacity\": 1}",
		    "InvalidParameterCombination" },
		{ "\"TotalTargetCapacity\": 1",
		    ", \"Type\": \"request\", \"ReplaceUnhealthyInstances\": true",
		    "InvalidParameterCombination" },
		{ "\"TotalTargetCapacity\": 1",
		    ", \"SpotOptions\": {\"AllocationStrategy\": \"diversified\", "
		    "\"InstancePoolsToUseCount\": 2}",
		    "InvalidParameterCombination" },
		{ "\"TotalTargetCapacity\": 1",
		    ", \"ReservedCapacityOptions\": {\"AllocationStrategy\": "
		    "\"prioritized\"}",
		    "UnsupportedOperation" },
		{ "\"TotalTargetCapacity\": 1",
		    ", \"TagSpecifications\": [{\"ResourceType\": \"instance\", \"Tags\": "
		    "[{\"Key\": \"a\", \"Value\": \"b\"}]}]",
		    "InvalidParameterValue" },
		{ "\"TotalTargetCapacity\": 1", ", \"DryRun\": true", "DryRunOperation" },
	};
	static const struct ec2_refusal others[] = {
		{ "CreateFleet",
		    "{\"LaunchTemplateConfigs\": [], \"TargetCapacitySpecification\": "
		    "{\"TotalTargetCapacity\": 1}}",
		    "MissingParameter", NULL },
		{ "CreateFleet",
		    "{\"LaunchTemplateConfigs\": [{\"LaunchTemplateSpecification\": "
		    "{\"LaunchTemplateName\": \"none\"}}], \"TargetCapacitySpecification\": "
		    "{\"TotalTargetCapacity\": 1}}",
		    "InvalidLaunchTemplateName.NotFoundException", NULL },
		{ "CreateFleet",
		    "{\"LaunchTemplateConfigs\": [" WEB
		    ", \"Overrides\": [{\"WeightedCapacity\": 0}]}], "
		    "\"TargetCapacitySpecification\": {\"TotalTargetCapacity\": 1}}",
		    "InvalidParameterValue", NULL },
		{ "DescribeFleets", "{\"FleetIds\": [\"fleet-0\"]}",
		    "InvalidFleetId.NotFound", NULL },
		{ "DescribeFleetInstances", "{\"FleetId\": \"fleet-0\"}",
		    "InvalidFleetId.NotFound", NULL },
		{ "DescribeFleetHistory", "{\"FleetId\": \"fleet-0\", \"StartTime\": 0}",
		    "InvalidFleetId.NotFound", NULL },
		{ "ModifyFleet", "{\"FleetId\": \"fleet-0\"}", "InvalidFleetId.NotFound",
		    NULL },
	};
	struct fixture *f = *state;
	struct world w;

	begin(f, &w);
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "CreateFleet",
		    "{\"LaunchTemplateConfigs\": [" WEB
		    "}], \"TargetCapacitySpecification\": {%s}%s}",
		    cases[i].capacity, cases[i].more);
	ec2_refused(f, others, COUNT(others));
	ec2_counts(ec2_ok(f, "DescribeFleets", "{}"), "Fleets", 0);
	done(f, &w);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

/* Whoever may make fleets alone launches nothing by them. */
static void
a_fleet_launches_no_more_than_its_maker_may(void **state)
{
	struct fixture *f = *state;
	struct world w;
	struct principal bob = { .kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = "arn:aws:iam::" FIXTURE_ACCOUNT ":user/bob",
		.user_id = "AIDAB",
		.name = "bob" };
	static const char *const types[] = { "instant", "request", "maintain" };

	begin(f, &w);
	iam_ok(f, "CreateUser", "{\"UserName\": \"bob\"}");
	iam_ok(f, "PutUserPolicy",
	    "{\"UserName\": \"bob\", \"PolicyName\": \"p\", \"PolicyDocument\": "
	    "\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{"
	    "\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":\\\"ec2:CreateFleet\\\","
	    "\\\"Resource\\\":\\\"*\\\"}]}\"}");
	for (size_t i = 0; i < COUNT(types); i++) {
		struct call *c = fixture_call_as(f, &bob, "ec2", "CreateFleet",
		    "{\"LaunchTemplateConfigs\": [" WEB
		    "}], \"TargetCapacitySpecification\": {\"TotalTargetCapacity\": 1}, "
		    "\"Type\": \"%s\"}",
		    types[i]);

		assert_non_null(c->err.kind);
		assert_string_equal(c->err.kind->code, "UnauthorizedOperation");
		assert_non_null(strstr(c->err.msg, "ec2:RunInstances"));
	}
	assert_int_equal(alive(f, ""), 0);
	done(f, &w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_maintained_fleet_is_kept_at_its_capacity),
		TEST(a_deleted_fleet_may_leave_its_instances),
		TEST(a_request_launches_once),
		TEST(an_instant_fleet_answers_with_its_instances),
		TEST(too_little_for_an_instant_fleet_is_nothing),
		TEST(pools_are_chosen_by_strategy_and_weight),
		TEST(failures_wait_and_try_another_pool),
		TEST(a_fleet_ends_with_its_time),
		TEST(stopped_instances_are_replaced_if_that_is_asked),
		TEST(wrong_fleets_are_refused),
		TEST(a_fleet_launches_no_more_than_its_maker_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
