/*
 * Spot instances: requests that launch, follow their instances, and end.
 */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "control/plane/reconcile.h"

/* Instances run as soon as the reconciler has seen them. */
struct world {
	struct ec2_world ec2;
	struct engine *engine;
};

static void
begin(struct fixture *f, struct world *w)
{
	w->engine = f->env.engine;
	f->env.engine = NULL;
	ec2_world(f, &w->ec2);
}

static void
settle(struct fixture *f)
{
	for (int i = 0; i < 6; i++)
		assert_int_equal(reconcile_pass(&f->env), 0);
}

static const char *
request(struct fixture *f, const struct world *w, const char *more)
{
	return ec2_text(
	    ec2_ok(f, "RequestSpotInstances",
		"{\"LaunchSpecification\": {\"ImageId\": \"%s\", \"SubnetId\": "
		"\"%s\", \"InstanceType\": \"t3.micro\"}%s%s}",
		w->ec2.image, w->ec2.subnet, more[0] != '\0' ? ", " : "", more),
	    "SpotInstanceRequests.0.SpotInstanceRequestId");
}

static json_t *
now(struct fixture *f, const char *id)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeSpotInstanceRequests",
					   "{\"SpotInstanceRequestIds\": [\"%s\"]}", id),
				  "SpotInstanceRequests"),
	    0);
}

static void
stands(struct fixture *f, const char *id, const char *state, const char *code)
{
	ec2_is(now(f, id), "State", state);
	ec2_is(now(f, id), "Status.Code", code);
}

static void
terminate(struct fixture *f, const char *id)
{
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", id);
}

static void
a_one_time_request_lives_and_closes(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *instance;
	json_t *v;

	begin(f, &w);
	id = request(f, &w,
	    "\"SpotPrice\": \"0.05\", \"LaunchGroup\": \"lg\", \"AvailabilityZoneGroup\": "
	    "\"zg\", \"TagSpecifications\": [{\"ResourceType\": "
	    "\"spot-instances-request\", \"Tags\": [{\"Key\": \"k\", \"Value\": \"v\"}]}]");
	stands(f, id, "open", "pending-evaluation");
	settle(f);
	stands(f, id, "active", "fulfilled");
	v = now(f, id);
	instance = ec2_text(v, "InstanceId");
	ec2_is(v, "Type", "one-time");
	ec2_is(v, "SpotPrice", "0.05");
	ec2_is(v, "LaunchGroup", "lg");
	ec2_is(v, "AvailabilityZoneGroup", "zg");
	ec2_is(v, "InstanceInterruptionBehavior", "terminate");
	ec2_is(v, "ProductDescription", "Linux/UNIX");
	ec2_is(v, "LaunchedAvailabilityZone", "us-east-1a");
	ec2_is(v, "LaunchSpecification.SubnetId", w.ec2.subnet);
	ec2_is(v, "LaunchSpecification.SecurityGroups.0.GroupName", "default");
	ec2_is(v, "Tags.0.Value", "v");
	v = ec2_instance_now(f, instance);
	ec2_is(v, "State.Name", "running");
	ec2_is(v, "InstanceLifecycle", "spot");
	ec2_is(v, "SpotInstanceRequestId", id);
	ec2_no(f, "UnsupportedOperation", "StopInstances", "{\"InstanceIds\": [\"%s\"]}",
	    instance);
	/* Looking again launches no other. */
	settle(f);
	ec2_counts(
	    ec2_ok(f, "DescribeInstances",
		"{\"Filters\": [{\"Name\": \"spot-instance-request-id\", \"Values\": "
		"[\"%s\"]}, {\"Name\": \"instance-lifecycle\", \"Values\": "
		"[\"spot\"]}]}",
		id),
	    "Reservations", 1);
	terminate(f, instance);
	settle(f);
	stands(f, id, "closed", "instance-terminated-by-user");
	v = ec2_ok(f, "CancelSpotInstanceRequests",
	    "{\"SpotInstanceRequestIds\": [\"%s\"]}", id);
	ec2_is(v, "CancelledSpotInstanceRequests.0.State", "closed");
	f->now_ms += 3601 * 1000;
	settle(f);
	ec2_no(f, "InvalidSpotInstanceRequestID.NotFound", "DescribeSpotInstanceRequests",
	    "{\"SpotInstanceRequestIds\": [\"%s\"]}", id);
	f->env.engine = w.engine;
}

static void
a_persistent_request_launches_anew(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *first, *second;

	begin(f, &w);
	id = request(f, &w,
	    "\"Type\": \"persistent\", \"InstanceInterruptionBehavior\": \"stop\"");
	settle(f);
	first = ec2_text(now(f, id), "InstanceId");
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", first);
	settle(f);
	stands(f, id, "disabled", "instance-stopped-by-user");
	ec2_ok(f, "StartInstances", "{\"InstanceIds\": [\"%s\"]}", first);
	settle(f);
	stands(f, id, "active", "fulfilled");
	terminate(f, first);
	settle(f);
	stands(f, id, "active", "fulfilled");
	second = ec2_text(now(f, id), "InstanceId");
	assert_string_not_equal(first, second);
	/* Cancelled: its instance goes on, and is the last. */
	ec2_ok(f, "CancelSpotInstanceRequests", "{\"SpotInstanceRequestIds\": [\"%s\"]}",
	    id);
	settle(f);
	stands(f, id, "cancelled", "request-canceled-and-instance-running");
	ec2_is(ec2_instance_now(f, second), "State.Name", "running");
	terminate(f, second);
	settle(f);
	stands(f, id, "cancelled", "instance-terminated-by-user");
	f->env.engine = w.engine;
}

static void
a_request_waits_for_its_time(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *late;
	long long s = f->now_ms / 1000;

	begin(f, &w);
	id = request(f, &w,
	    arena_printf(f->arena, "\"ValidFrom\": %lld, \"ValidUntil\": %lld", s + 100,
		s + 200));
	late = request(f, &w,
	    arena_printf(f->arena, "\"ValidFrom\": %lld, \"ValidUntil\": %lld", s + 100,
		s + 200));
	settle(f);
	stands(f, id, "open", "not-scheduled-yet");
	ec2_ok(f, "CancelSpotInstanceRequests", "{\"SpotInstanceRequestIds\": [\"%s\"]}",
	    id);
	stands(f, id, "cancelled", "canceled-before-fulfillment");
	f->now_ms += 201 * 1000;
	settle(f);
	stands(f, late, "cancelled", "schedule-expired");
	id = request(f, &w, arena_printf(f->arena, "\"ValidFrom\": %lld", s + 1000));
	f->now_ms = (s + 1001) * 1000;
	settle(f);
	stands(f, id, "active", "fulfilled");
	f->env.engine = w.engine;
}

static void
instances_are_launched_as_spot_at_once(void **state)
{
	struct fixture *f = *state;
	struct world w;
	json_t *v;
	const char *id;

	begin(f, &w);
	v = ec2_launch(f, &w.ec2,
	    "\"InstanceMarketOptions\": {\"MarketType\": \"spot\", \"SpotOptions\": "
	    "{\"MaxPrice\": \"0.1\"}}, \"TagSpecifications\": [{\"ResourceType\": "
	    "\"spot-instances-request\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]");
	ec2_is(v, "Instances.0.InstanceLifecycle", "spot");
	id = ec2_text(v, "Instances.0.SpotInstanceRequestId");
	stands(f, id, "active", "fulfilled");
	ec2_is(now(f, id), "InstanceId", ec2_text(v, "Instances.0.InstanceId"));
	ec2_is(now(f, id), "SpotPrice", "0.1");
	ec2_is(now(f, id), "Tags.0.Key", "a");
	/* One that persists is launched anew, as it was asked for. */
	v = ec2_launch(f, &w.ec2,
	    "\"InstanceMarketOptions\": {\"MarketType\": \"spot\", \"SpotOptions\": "
	    "{\"SpotInstanceType\": \"persistent\", \"InstanceInterruptionBehavior\": "
	    "\"stop\"}}, \"TagSpecifications\": [{\"ResourceType\": \"instance\", "
	    "\"Tags\": [{\"Key\": \"Name\", \"Value\": \"n\"}]}]");
	id = ec2_text(v, "Instances.0.SpotInstanceRequestId");
	settle(f);
	terminate(f, ec2_text(v, "Instances.0.InstanceId"));
	settle(f);
	stands(f, id, "active", "fulfilled");
	v = ec2_instance_now(f, ec2_text(now(f, id), "InstanceId"));
	ec2_is(v, "State.Name", "running");
	ec2_is(v, "Tags.0.Value", "n");
	ec2_is(v, "SpotInstanceRequestId", id);
	f->env.engine = w.engine;
}

static void
no_room_is_tried_again_and_nonsense_is_not(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id, *subnet;

	begin(f, &w);
	subnet = ec2_text(ec2_ok(f, "CreateSubnet",
			      "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.9.0/28\"}",
			      w.ec2.vpc),
	    "Subnet.SubnetId");
	w.ec2.subnet = subnet;
	for (int i = 0; i < 11; i++)
		ec2_launch(f, &w.ec2, "");
	id = request(f, &w, "");
	settle(f);
	stands(f, id, "open", "capacity-not-available");
	ec2_is(now(f, id), "Fault.Code", "InsufficientFreeAddressesInSubnet");
	ec2_ok(f, "CancelSpotInstanceRequests", "{\"SpotInstanceRequestIds\": [\"%s\"]}",
	    id);
	/* The subnet goes before its time has come. */
	subnet = ec2_text(ec2_ok(f, "CreateSubnet",
			      "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.10.0/28\"}",
			      w.ec2.vpc),
	    "Subnet.SubnetId");
	w.ec2.subnet = subnet;
	id = request(f, &w, "");
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", subnet);
	settle(f);
	stands(f, id, "failed", "bad-parameters");
	ec2_is(now(f, id), "Fault.Code", "InvalidSubnetID.NotFound");
	f->env.engine = w.engine;
}

static void
requests_are_filtered_and_paged(void **state)
{
	static const struct {
		const char *name, *value;
		size_t n;
	} cases[] = { { "state", "open", 6 }, { "type", "persistent", 1 },
		{ "launch.instance-type", "t3.micro", 6 },
		{ "launch.instance-type", "t3.nano", 0 }, { "launch-group", "x", 5 },
		{ "launch.group-name", "default", 6 }, { "spot-price", "0.1", 5 },
		{ "status-code", "pending-evaluation", 6 },
		{ "product-description", "Linux*", 6 },
		{ "availability-zone-group", "z", 0 } };
	struct fixture *f = *state;
	struct world w;
	json_t *v;

	begin(f, &w);
	request(f, &w,
	    "\"InstanceCount\": 5, \"LaunchGroup\": \"x\", \"SpotPrice\": \"0.1\"");
	request(f, &w, "\"Type\": \"persistent\"");
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_counts(ec2_ok(f, "DescribeSpotInstanceRequests",
			       "{\"Filters\": [{\"Name\": \"%s\", \"Values\": [\"%s\"]}]}",
			       cases[i].name, cases[i].value),
		    "SpotInstanceRequests", cases[i].n);
	v = ec2_ok(f, "DescribeSpotInstanceRequests", "{\"MaxResults\": 5}");
	ec2_counts(v, "SpotInstanceRequests", 5);
	v = ec2_ok(f, "DescribeSpotInstanceRequests",
	    "{\"MaxResults\": 5, \"NextToken\": \"%s\"}", ec2_text(v, "NextToken"));
	ec2_counts(v, "SpotInstanceRequests", 1);
	settle(f);
	ec2_counts(ec2_ok(f, "DescribeSpotInstanceRequests",
		       "{\"Filters\": [{\"Name\": \"state\", \"Values\": [\"active\"]}]}"),
	    "SpotInstanceRequests", 6);
	f->env.engine = w.engine;
}

static void
wrong_requests_are_refused(void **state)
{
	static const struct {
		const char *more, *code;
	} cases[] = {
		{ "\"InstanceCount\": 0", "InvalidParameterValue" },
		{ "\"InstanceCount\": 101", "MaxSpotInstanceCountExceeded" },
		{ "\"SpotPrice\": \"cheap\"", "InvalidParameterValue" },
		{ "\"SpotPrice\": \"0\"", "InvalidParameterValue" },
		{ "\"SpotPrice\": \"-1\"", "InvalidParameterValue" },
		{ "\"ValidUntil\": 1", "InvalidParameterValue" },
		{ "\"InstanceInterruptionBehavior\": \"stop\"",
		    "InvalidParameterCombination" },
		{ "\"BlockDurationMinutes\": 60", "UnsupportedOperation" },
		{ "\"DryRun\": true", "DryRunOperation" },
	};
	static const struct ec2_refusal others[] = {
		{ "RequestSpotInstances", "{}", "MissingParameter", NULL },
		{ "RequestSpotInstances",
		    "{\"LaunchSpecification\": {\"ImageId\": \"ami-00000000\"}}",
		    "InvalidAMIID.NotFound", NULL },
		{ "RequestSpotInstances",
		    "{\"LaunchSpecification\": {\"AddressingType\": \"public\"}}",
		    "UnsupportedOperation", NULL },
		{ "DescribeSpotInstanceRequests",
		    "{\"SpotInstanceRequestIds\": [\"sir-0\"]}",
		    "InvalidSpotInstanceRequestID.NotFound", NULL },
		{ "CancelSpotInstanceRequests", "{\"SpotInstanceRequestIds\": [\"i-1\"]}",
		    "InvalidSpotInstanceRequestID.Malformed", NULL },
		{ "DescribeSpotInstanceRequests",
		    "{\"Filters\": [{\"Name\": \"no\", \"Values\": [\"x\"]}]}",
		    "InvalidParameterValue", NULL },
	};
	static const struct {
		const char *options, *code;
	} markets[] = {
		{ "{\"MarketType\": \"capacity-block\"}", "UnsupportedOperation" },
		{ "{\"SpotOptions\": {\"MaxPrice\": \"1\"}}", "MissingParameter" },
		{ "{\"MarketType\": \"spot\", \"SpotOptions\": {\"MaxPrice\": \"x\"}}",
		    "InvalidParameterValue" },
		{ "{\"MarketType\": \"spot\", \"SpotOptions\": {\"SpotInstanceType\": "
		  "\"persistent\"}}",
		    "InvalidParameterCombination" },
		{ "{\"MarketType\": \"spot\", \"SpotOptions\": {\"ValidUntil\": 9999999999}}",
		    "InvalidParameterCombination" },
		{ "{\"MarketType\": \"spot\", \"SpotOptions\": "
		  "{\"BlockDurationMinutes\": 60}}",
		    "UnsupportedOperation" },
	};
	struct fixture *f = *state;
	struct world w;

	begin(f, &w);
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "RequestSpotInstances",
		    "{\"LaunchSpecification\": {\"ImageId\": \"%s\", \"SubnetId\": \"%s\", "
		    "\"InstanceType\": \"t3.micro\"}, %s}",
		    w.ec2.image, w.ec2.subnet, cases[i].more);
	for (size_t i = 0; i < COUNT(markets); i++)
		ec2_no(f, markets[i].code, "RunInstances",
		    "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": "
		    "\"t3.micro\", \"MinCount\": 1, \"MaxCount\": 1, "
		    "\"InstanceMarketOptions\": %s}",
		    w.ec2.image, w.ec2.subnet, markets[i].options);
	ec2_refused(f, others, COUNT(others));
	ec2_counts(ec2_ok(f, "DescribeSpotInstanceRequests", "{}"),
	    "SpotInstanceRequests", 0);
	f->env.engine = w.engine;
}

static void
trouble_of_the_engine_launches_no_other(void **state)
{
	struct fixture *f = *state;
	struct world w;
	const char *id;

	begin(f, &w);
	f->env.engine = w.engine;
	id = request(f, &w, "");
	reconcile_pass(&f->env);
	for (int i = 0; i < 4; i++)
		reconcile_pass(&f->env);
	/* However often: one instance. */
	stands(f, id, "active", "fulfilled");
	ec2_counts(ec2_ok(f, "DescribeInstances", "{}"), "Reservations", 1);
}

static void
the_datafeed_is_kept(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	ec2_no(f, "InvalidSpotDatafeed.NotFound", "DescribeSpotDatafeedSubscription",
	    "{}");
	ec2_no(f, "InvalidParameterValue", "CreateSpotDatafeedSubscription",
	    "{\"Bucket\": \"\"}");
	ec2_ok(f, "CreateSpotDatafeedSubscription",
	    "{\"Bucket\": \"b\", \"Prefix\": \"p\"}");
	v = ec2_ok(f, "DescribeSpotDatafeedSubscription", "{}");
	ec2_is(v, "SpotDatafeedSubscription.Bucket", "b");
	ec2_is(v, "SpotDatafeedSubscription.Prefix", "p");
	ec2_is(v, "SpotDatafeedSubscription.State", "Active");
	ec2_is(v, "SpotDatafeedSubscription.OwnerId", FIXTURE_ACCOUNT);
	ec2_ok(f, "CreateSpotDatafeedSubscription", "{\"Bucket\": \"c\"}");
	v = ec2_ok(f, "DescribeSpotDatafeedSubscription", "{}");
	ec2_is(v, "SpotDatafeedSubscription.Bucket", "c");
	assert_null(fixture_text(v, "SpotDatafeedSubscription.Prefix"));
	ec2_ok(f, "DeleteSpotDatafeedSubscription", "{}");
	ec2_ok(f, "DeleteSpotDatafeedSubscription", "{}");
	ec2_no(f, "InvalidSpotDatafeed.NotFound", "DescribeSpotDatafeedSubscription",
	    "{}");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

static void
a_request_asks_for_leave_to_launch(void **state)
{
	struct fixture *f = *state;
	struct world w;
	struct principal bob = { .kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = "arn:aws:iam::" FIXTURE_ACCOUNT ":user/bob",
		.user_id = "AIDAB",
		.name = "bob" };

	begin(f, &w);
	fixture_ok(f, "iam", "CreateUser", "{\"UserName\": \"bob\"}");
	fixture_ok(f, "iam", "PutUserPolicy",
	    "{\"UserName\": \"bob\", \"PolicyName\": \"p\", \"PolicyDocument\": "
	    "\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{"
	    "\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":\\\"ec2:RequestSpotInstances\\\","
	    "\\\"Resource\\\":\\\"*\\\"}]}\"}");
	for (int i = 0; i < 2; i++) {
		struct call *c = fixture_call_as(f, &bob, "ec2", "RequestSpotInstances",
		    "{\"LaunchSpecification\": {\"ImageId\": \"%s\", \"SubnetId\": "
		    "\"%s\", \"InstanceType\": \"t3.micro\"}}",
		    w.ec2.image, w.ec2.subnet);

		if (i == 1) {
			assert_null(c->err.kind);
			break;
		}
		assert_non_null(c->err.kind);
		assert_string_equal(c->err.kind->code, "UnauthorizedOperation");
		assert_non_null(strstr(c->err.msg, "ec2:RunInstances"));
		fixture_ok(f, "iam", "AttachUserPolicy",
		    "{\"UserName\": \"bob\", \"PolicyArn\": "
		    "\"arn:aws:iam::aws:policy/AmazonEC2FullAccess\"}");
	}
	f->env.engine = w.engine;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_one_time_request_lives_and_closes),
		TEST(a_persistent_request_launches_anew),
		TEST(a_request_waits_for_its_time),
		TEST(instances_are_launched_as_spot_at_once),
		TEST(no_room_is_tried_again_and_nonsense_is_not),
		TEST(requests_are_filtered_and_paged),
		TEST(wrong_requests_are_refused),
		TEST(trouble_of_the_engine_launches_no_other),
		TEST(the_datafeed_is_kept),
		TEST(a_request_asks_for_leave_to_launch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
