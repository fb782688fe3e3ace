/* EC2: Capacity Reservations. */
#include "tests/api/ec2_calls.h"

#include "control/plane/reconcile.h"

#define BASE                                                                    \
	"\"InstanceType\": \"t3.micro\", \"InstancePlatform\": \"Linux/UNIX\"," \
	" \"AvailabilityZone\": \"us-east-1a\""

static const char *
make(struct fixture *f, const char *more)
{
	return ec2_text(ec2_ok(f, "CreateCapacityReservation", "{" BASE ", %s}", more),
	    "CapacityReservation.CapacityReservationId");
}

static json_t *
now(struct fixture *f, const char *id)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeCapacityReservations",
					   "{\"CapacityReservationIds\": [\"%s\"]}", id),
				  "CapacityReservations"),
	    0);
}

static void
a_reservation_lives_and_goes(void **state)
{
	struct fixture *f = *state;
	const char *id = make(f,
	    "\"InstanceCount\": 3, \"TagSpecifications\": [{\"ResourceType\":"
	    " \"capacity-reservation\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]");
	json_t *v = now(f, id);

	ec2_is(v, "State", "active");
	ec2_is(v, "Tenancy", "default");
	ec2_is(v, "EndDateType", "unlimited");
	ec2_is(v, "InstanceMatchCriteria", "open");
	ec2_is(v, "EbsOptimized", "false");
	ec2_is(v, "TotalInstanceCount", "3");
	ec2_is(v, "AvailableInstanceCount", "3");
	ec2_is(v, "AvailabilityZoneId", "use1-az1");
	ec2_is(v, "Tags.0.Value", "b");
	ec2_ok(f, "ModifyCapacityReservation",
	    "{\"CapacityReservationId\": \"%s\", \"InstanceCount\": 5, \"EndDateType\":"
	    " \"limited\", \"EndDate\": %lld}",
	    id, (long long)f->now_ms / 1000 + 60);
	ec2_is(now(f, id), "TotalInstanceCount", "5");
	ec2_text(now(f, id), "EndDate");
	ec2_ok(f, "ModifyCapacityReservation",
	    "{\"CapacityReservationId\": \"%s\", \"EndDateType\": \"unlimited\"}", id);
	assert_null(json_get(now(f, id), "EndDate"));
	v = ec2_ok(f, "GetGroupsForCapacityReservation",
	    "{\"CapacityReservationId\": \"%s\"}", id);
	ec2_counts(v, "CapacityReservationGroups", 0);
	ec2_ok(f, "CancelCapacityReservation", "{\"CapacityReservationId\": \"%s\"}", id);
	ec2_is(now(f, id), "State", "cancelled");
	ec2_is(now(f, id), "AvailableInstanceCount", "0");
	ec2_no(f, "InvalidCapacityReservationState", "CancelCapacityReservation",
	    "{\"CapacityReservationId\": \"%s\"}", id);
	ec2_no(f, "InvalidCapacityReservationState", "ModifyCapacityReservation",
	    "{\"CapacityReservationId\": \"%s\", \"InstanceCount\": 1}", id);
}

static void
reservations_expire(void **state)
{
	struct fixture *f = *state;
	const char *id = make(f,
	    arena_printf(f->arena,
		"\"InstanceCount\": 1, \"EndDateType\": \"limited\", \"EndDate\": %lld",
		(long long)f->now_ms / 1000 + 60));

	ec2_is(now(f, id), "State", "active");
	f->now_ms += 61000;
	ec2_is(now(f, id), "State", "expired");
	ec2_no(f, "InvalidCapacityReservationState", "CancelCapacityReservation",
	    "{\"CapacityReservationId\": \"%s\"}", id);
}

/* So many instances say that they run in it. */
static void
runs_in(struct fixture *f, const char *id, size_t n)
{
	ec2_counts(ec2_ok(f, "DescribeInstances",
		       "{\"Filters\": [{\"Name\": \"capacity-reservation-id\", "
		       "\"Values\": [\"%s\"]}]}",
		       id),
	    "Reservations", n);
}

static void
instances_use_reservations(void **state)
{
	struct fixture *f = *state;
	const char *open = make(f, "\"InstanceCount\": 2"),
		   *targeted = make(f,
		       "\"InstanceCount\": 2, \"InstanceMatchCriteria\": \"targeted\"");
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	ec2_launch(f, &w, "\"Placement\": {\"AvailabilityZone\": \"us-east-1a\"}");
	ec2_launch(f, &w,
	    arena_printf(f->arena,
		"\"CapacityReservationSpecification\": {\"CapacityReservationTarget\":"
		" {\"CapacityReservationId\": \"%s\"}}",
		targeted));
	ec2_launch(f, &w,
	    "\"CapacityReservationSpecification\": {\"CapacityReservationPreference\":"
	    " \"none\"}");
	ec2_is(now(f, open), "AvailableInstanceCount", "1");
	ec2_is(now(f, targeted), "AvailableInstanceCount", "1");
	runs_in(f, open, 1);
	runs_in(f, targeted, 1);
	v = ec2_ok(f, "GetCapacityReservationUsage",
	    "{\"CapacityReservationId\": \"%s\"}", targeted);
	ec2_is(v, "State", "active");
	ec2_is(v, "InstanceUsages.0.UsedInstanceCount", "1");
	ec2_is(v, "InstanceUsages.0.AccountId", FIXTURE_ACCOUNT);
	ec2_launch(f, &w,
	    arena_printf(f->arena,
		"\"CapacityReservationSpecification\": {\"CapacityReservationTarget\":"
		" {\"CapacityReservationId\": \"%s\"}}",
		targeted));
	ec2_no(f, "InvalidParameterValue", "ModifyCapacityReservation",
	    "{\"CapacityReservationId\": \"%s\", \"InstanceCount\": 1}", targeted);
	v = ec2_ok(f, "DescribeCapacityReservations",
	    "{\"MaxResults\": 1, \"Filters\": [{\"Name\": \"instance-type\", \"Values\":"
	    " [\"t3.*\"]}]}");
	ec2_counts(v, "CapacityReservations", 1);
	v = ec2_ok(f, "DescribeCapacityReservations", "{\"NextToken\": \"%s\"}",
	    ec2_text(v, "NextToken"));
	ec2_counts(v, "CapacityReservations", 1);
	runs_in(f, targeted, 2);
	/* What is cancelled has nobody any more; what is full takes nobody. */
	ec2_ok(f, "CancelCapacityReservation", "{\"CapacityReservationId\": \"%s\"}",
	    targeted);
	runs_in(f, targeted, 0);
	ec2_ok(f, "ModifyCapacityReservation",
	    "{\"CapacityReservationId\": \"%s\", \"InstanceCount\": 1}", open);
	ec2_launch(f, &w, "\"Placement\": {\"AvailabilityZone\": \"us-east-1a\"}");
	runs_in(f, open, 1);
	ec2_is(now(f, open), "AvailableInstanceCount", "0");
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateCapacityReservation", "{" BASE "}", "MissingParameter", NULL },
		{ "CreateCapacityReservation", "{" BASE ", \"InstanceCount\": 0}",
		    "InvalidParameterValue", NULL },
		{ "CreateCapacityReservation", "{" BASE ", \"InstanceCount\": 1001}",
		    "ReservationCapacityExceeded", NULL },
		{ "CreateCapacityReservation",
		    "{" BASE ", \"InstanceCount\": 1, \"EndDateType\": \"limited\"}",
		    "MissingParameter", NULL },
		{ "CreateCapacityReservation",
		    "{" BASE ", \"InstanceCount\": 1, \"EndDate\": 1}",
		    "InvalidParameterCombination", NULL },
		{ "CreateCapacityReservation",
		    "{" BASE ", \"InstanceCount\": 1, \"EndDate\": 1, \"EndDateType\":"
		    " \"limited\"}",
		    "InvalidParameterValue", NULL },
		{ "CreateCapacityReservation",
		    "{" BASE
		    ", \"InstanceCount\": 1, \"AvailabilityZoneId\": \"use1-az1\"}",
		    "InvalidParameterCombination", NULL },
		{ "CreateCapacityReservation",
		    "{" BASE ", \"InstanceCount\": 1, \"PlacementGroupArn\":"
		    " \"arn:aws:ec2:us-east-1:000000000000:placement-group/x\"}",
		    "InvalidParameterValue", NULL },
		{ "CreateCapacityReservation",
		    "{\"InstanceType\": \"q1.large\", \"InstancePlatform\": \"Linux/UNIX\","
		    " \"AvailabilityZone\": \"us-east-1a\", \"InstanceCount\": 1}",
		    "InvalidInstanceType", NULL },
		{ "CreateCapacityReservation",
		    "{" BASE ", \"InstanceCount\": 1, \"CommitmentDuration\": 1}",
		    "UnsupportedOperation", NULL },
		{ "DescribeCapacityReservations", "{\"CapacityReservationIds\": [\"x\"]}",
		    "InvalidCapacityReservationId.Malformed", NULL },
		{ "GetCapacityReservationUsage", "{\"CapacityReservationId\": \"cr-1\"}",
		    "InvalidCapacityReservationId.NotFound", NULL },
		{ "CancelCapacityReservation", "{\"CapacityReservationId\": \"cr-1\"}",
		    "InvalidCapacityReservationId.NotFound", NULL },
	};

	ec2_refused(*state, refusals, COUNT(refusals));
}

#define INTO(id)                                                                \
	"\"CapacityReservationSpecification\": {\"CapacityReservationTarget\":" \
	" {\"CapacityReservationId\": \"" id "\"}}"
#define ONLY                                                                        \
	"\"CapacityReservationSpecification\": {\"CapacityReservationPreference\":" \
	" \"capacity-reservations-only\"}"

static void
launch_fails(struct fixture *f, const struct ec2_world *w, const char *code,
    const char *type, const char *more)
{
	ec2_no(f, code, "RunInstances",
	    "{\"ImageId\": \"%s\", \"InstanceType\": \"%s\", \"MinCount\": 1,"
	    " \"MaxCount\": 1, \"SubnetId\": \"%s\", %s}",
	    w->image, type, w->subnet, more);
}

/* As without Docker: what is wanted is. */
static void
converge(struct fixture *f)
{
	struct engine *engine = f->env.engine;

	f->env.engine = NULL;
	assert_int_equal(reconcile_pass(&f->env), 0);
	f->env.engine = engine;
}

/* What names a reservation runs there or not at all. */
static void
a_reservation_has_room_for_what_fits(void **state)
{
	struct fixture *f = *state;
	const char *id = make(f,
		       "\"InstanceCount\": 1, \"InstanceMatchCriteria\": \"targeted\""),
		   *into = arena_printf(f->arena, INTO("%s"), id), *first;
	struct ec2_world w;

	ec2_world(f, &w);
	launch_fails(f, &w, "ReservationCapacityExceeded", "t3.small", into);
	launch_fails(f, &w, "ReservationCapacityExceeded", "t3.micro", ONLY);
	first = ec2_text(ec2_launch(f, &w, into), "Instances.0.InstanceId");
	launch_fails(f, &w, "ReservationCapacityExceeded", "t3.micro", into);
	/* A stopped one makes room, and has none when it comes back. */
	converge(f);
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", first);
	converge(f);
	ec2_launch(f, &w, into);
	ec2_no(f, "ReservationCapacityExceeded", "StartInstances",
	    "{\"InstanceIds\": [\"%s\"]}", first);
	ec2_is(ec2_instance_now(f, first), "State.Name", "stopped");
	ec2_ok(f, "ModifyCapacityReservation",
	    "{\"CapacityReservationId\": \"%s\", \"InstanceCount\": 2}", id);
	ec2_ok(f, "StartInstances", "{\"InstanceIds\": [\"%s\"]}", first);
	make(f, "\"InstanceCount\": 1");
	ec2_launch(f, &w, ONLY);
	launch_fails(f, &w, "ReservationCapacityExceeded", "t3.micro", ONLY);
	ec2_ok(f, "CancelCapacityReservation", "{\"CapacityReservationId\": \"%s\"}", id);
	launch_fails(f, &w, "InvalidCapacityReservationState", "t3.micro", into);
	/* Nothing of what was refused is left. */
	ec2_counts(ec2_ok(f, "DescribeInstances", "{}"), "Reservations", 3);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_reservation_lives_and_goes),
		T(reservations_expire),
		T(instances_use_reservations),
		T(a_reservation_has_room_for_what_fits),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
