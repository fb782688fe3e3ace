/*
 * Auto Scaling: what scales a group by itself: policies and schedules.
 */
#include "tests/api/asg_calls.h"

#include <stdio.h>
#include <string.h>

#include "control/plane/reconcile.h"

static int
desired(struct fixture *f)
{
	return (int)json_int(asg_group_now(f, "g"), "DesiredCapacity", -1);
}

/* Policies */

static void
put_policy(struct fixture *f, const char *name, const char *more)
{
	asg_ok(f, "PutScalingPolicy",
	    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"%s\", %s}", name, more);
}

static void
execute(struct fixture *f, const char *name, const char *more)
{
	asg_ok(f, "ExecutePolicy",
	    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"%s\"%s}", name, more);
}

static void
policies_are_kept_and_shown(void **state)
{
	static const struct asg_refusal cases[] = {
		{ "PutScalingPolicy",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"x\", "
		    "\"PolicyType\": \"Other\"}",
		    "ValidationError", NULL },
		{ "PutScalingPolicy",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"x\", "
		    "\"ScalingAdjustment\": 1}",
		    "ValidationError", NULL },
		{ "PutScalingPolicy",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"x\", "
		    "\"ScalingAdjustment\": 1, \"AdjustmentType\": \"ChangeInCapacity\", "
		    "\"MinAdjustmentMagnitude\": 2}",
		    "ValidationError", NULL },
		{ "PutScalingPolicy",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"x\", "
		    "\"PolicyType\": \"StepScaling\", \"AdjustmentType\": "
		    "\"ChangeInCapacity\"}",
		    "ValidationError", NULL },
		{ "PutScalingPolicy",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"x\", "
		    "\"PolicyType\": \"StepScaling\", \"AdjustmentType\": "
		    "\"ChangeInCapacity\", \"StepAdjustments\": "
		    "[{\"MetricIntervalLowerBound\": 0, \"ScalingAdjustment\": 1}, "
		    "{\"MetricIntervalLowerBound\": 5, \"ScalingAdjustment\": 2}]}",
		    "ValidationError", NULL },
		{ "PutScalingPolicy",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"x\", "
		    "\"PolicyType\": \"TargetTrackingScaling\"}",
		    "ValidationError", NULL },
		{ "PutScalingPolicy",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"x\", "
		    "\"PolicyType\": \"TargetTrackingScaling\", \"Cooldown\": 3, "
		    "\"TargetTrackingConfiguration\": {\"TargetValue\": 50, "
		    "\"PredefinedMetricSpecification\": {\"PredefinedMetricType\": "
		    "\"ASGAverageCPUUtilization\"}}}",
		    "ValidationError", NULL },
		{ "ExecutePolicy", "{\"PolicyName\": \"x\"}", "ValidationError", NULL },
		{ "ExecutePolicy",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"x\"}",
		    "ValidationError", NULL },
		{ "DeletePolicy",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"x\"}",
		    "ValidationError", NULL },
		{ "GetPredictiveScalingForecast",
		    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"cpu\", "
		    "\"StartTime\": 1, \"EndTime\": 2}",
		    "ValidationError", NULL },
	};
	struct fixture *f = *state;
	const char *arn, *alarm;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 9, "");
	v = asg_ok(f, "PutScalingPolicy",
	    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"cpu\", \"PolicyType\": "
	    "\"TargetTrackingScaling\", \"TargetTrackingConfiguration\": {\"TargetValue\": "
	    "50, \"PredefinedMetricSpecification\": {\"PredefinedMetricType\": "
	    "\"ASGAverageCPUUtilization\"}}}");
	ec2_counts(v, "Alarms", 2);
	arn = ec2_text(v, "PolicyARN");
	alarm = ec2_text(v, "Alarms.0.AlarmName");
	assert_int_equal(strncmp(alarm, "TargetTracking-g-AlarmHigh-", 27), 0);
	assert_non_null(strstr(arn, ":autoScalingGroupName/g:policyName/cpu"));
	put_policy(f, "up",
	    "\"AdjustmentType\": \"ChangeInCapacity\", \"ScalingAdjustment\": 2, "
	    "\"Cooldown\": 60");
	/* The same again keeps what it is called. */
	v = asg_ok(f, "PutScalingPolicy",
	    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"cpu\", \"PolicyType\": "
	    "\"TargetTrackingScaling\", \"TargetTrackingConfiguration\": {\"TargetValue\": "
	    "60, \"PredefinedMetricSpecification\": {\"PredefinedMetricType\": "
	    "\"ASGAverageCPUUtilization\"}}}");
	ec2_is(v, "PolicyARN", arn);
	ec2_is(v, "Alarms.0.AlarmName", alarm);
	v = asg_ok(f, "DescribePolicies", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(v, "ScalingPolicies", 2);
	ec2_is(v, "ScalingPolicies.0.Enabled", "true");
	ec2_is(v, "ScalingPolicies.0.TargetTrackingConfiguration.TargetValue", "60");
	ec2_is(v, "ScalingPolicies.1.PolicyType", "SimpleScaling");
	ec2_is(v, "ScalingPolicies.1.ScalingAdjustment", "2");
	ec2_is(v, "ScalingPolicies.1.Cooldown", "60");
	v = asg_ok(f, "DescribePolicies", "{\"PolicyTypes\": [\"SimpleScaling\"]}");
	ec2_counts(v, "ScalingPolicies", 1);
	asg_refused(f, cases, COUNT(cases));
	asg_ok(f, "DeletePolicy", "{\"PolicyName\": \"%s\"}", arn);
	v = asg_ok(f, "DescribePolicies", "{}");
	ec2_counts(v, "ScalingPolicies", 1);
	asg_done(f, &w);
}

static void
simple_policies_scale(void **state)
{
	static const struct {
		const char *type;
		int from, adjustment, least, to;
	} cases[] = {
		{ "ChangeInCapacity", 4, 2, 0, 6 },
		{ "ChangeInCapacity", 4, -3, 0, 1 },
		{ "ChangeInCapacity", 4, -9, 0, 0 },
		{ "ChangeInCapacity", 4, 99, 0, 20 },
		{ "ExactCapacity", 4, 7, 0, 7 },
		{ "PercentChangeInCapacity", 10, 25, 0, 12 },
		{ "PercentChangeInCapacity", 10, 3, 0, 11 },
		{ "PercentChangeInCapacity", 10, -3, 0, 9 },
		{ "PercentChangeInCapacity", 10, -27, 0, 8 },
		{ "PercentChangeInCapacity", 10, 10, 4, 14 },
		{ "PercentChangeInCapacity", 10, -10, 4, 6 },
	};
	struct fixture *f = *state;
	struct asg_world w;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 20, "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		char least[64] = "";

		if (cases[i].least > 0)
			snprintf(least, sizeof(least), ", \"MinAdjustmentMagnitude\": %d",
			    cases[i].least);
		asg_ok(f, "SetDesiredCapacity",
		    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": %d}",
		    cases[i].from);
		put_policy(f, "p",
		    arena_printf(f->arena,
			"\"AdjustmentType\": \"%s\", \"ScalingAdjustment\": %d%s",
			cases[i].type, cases[i].adjustment, least));
		execute(f, "p", "");
		assert_int_equal(desired(f), cases[i].to);
	}
	asg_done(f, &w);
}

static void
a_policy_scales_for_real_and_rests(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 3, "");
	put_policy(f, "up",
	    "\"AdjustmentType\": \"ChangeInCapacity\", \"ScalingAdjustment\": 1, "
	    "\"Cooldown\": 60");
	execute(f, "up", ", \"HonorCooldown\": true");
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 1);
	assert_non_null(strstr(ec2_text(asg_activity_of(f, "Launching"), "Cause"),
	    "a user request executed policy up changing the desired capacity from 0 to 1."));
	asg_no(f, "ScalingActivityInProgress", "ExecutePolicy",
	    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"up\", \"HonorCooldown\": "
	    "true}");
	execute(f, "up", "");
	f->now_ms += 61000;
	execute(f, "up", ", \"HonorCooldown\": true");
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 3);
	put_policy(f, "up",
	    "\"AdjustmentType\": \"ChangeInCapacity\", \"ScalingAdjustment\": 1, "
	    "\"Enabled\": false");
	asg_no(f, "ValidationError", "ExecutePolicy",
	    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"up\"}");
	asg_done(f, &w);
}

static void
steps_go_by_the_metric(void **state)
{
	static const struct {
		const char *metric;
		int to;
	} cases[] = { { "50", 6 }, { "59.5", 6 }, { "60", 8 }, { "1000", 8 }, { "49", 5 },
		{ "40", 4 }, { "30", 4 } };
	struct fixture *f = *state;
	struct asg_world w;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 20, "");
	put_policy(f, "s",
	    "\"PolicyType\": \"StepScaling\", \"AdjustmentType\": \"ChangeInCapacity\", "
	    "\"StepAdjustments\": [{\"MetricIntervalLowerBound\": 0, "
	    "\"MetricIntervalUpperBound\": 10, \"ScalingAdjustment\": 1}, "
	    "{\"MetricIntervalLowerBound\": 10, \"ScalingAdjustment\": 3}, "
	    "{\"MetricIntervalUpperBound\": -10, \"ScalingAdjustment\": -1}]");
	for (size_t i = 0; i < COUNT(cases); i++) {
		asg_ok(f, "SetDesiredCapacity",
		    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 5}");
		execute(f, "s",
		    arena_printf(f->arena,
			", \"MetricValue\": %s, \"BreachThreshold\": 50",
			cases[i].metric));
		assert_int_equal(desired(f), cases[i].to);
	}
	asg_no(f, "ValidationError", "ExecutePolicy",
	    "{\"AutoScalingGroupName\": \"g\", \"PolicyName\": \"s\"}");
	asg_done(f, &w);
}

/* Schedules */

static void
actions_run_at_their_time(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	/* 2026-01-01 00:00:00 and a minute. */
	asg_ok(f, "PutScheduledUpdateGroupAction",
	    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionName\": \"once\", "
	    "\"StartTime\": 1767225660, \"MaxSize\": 3, \"DesiredCapacity\": 2}");
	asg_ok(f, "PutScheduledUpdateGroupAction",
	    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionName\": \"daily\", "
	    "\"Recurrence\": \"0 9 * * *\", \"TimeZone\": \"Europe/Berlin\", "
	    "\"MinSize\": 1, \"MaxSize\": 1, \"DesiredCapacity\": 1, \"EndTime\": "
	    "1767340800}");
	v = asg_ok(f, "DescribeScheduledActions", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(v, "ScheduledUpdateGroupActions", 2);
	/* 08:00 UTC. */
	ec2_is(v, "ScheduledUpdateGroupActions.0.StartTime", "1767254400");
	ec2_is(v, "ScheduledUpdateGroupActions.0.TimeZone", "Europe/Berlin");
	asg_settle(f);
	assert_int_equal(desired(f), 0);
	f->now_ms += 60000;
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 2);
	assert_non_null(strstr(ec2_text(asg_activity_of(f, "Launching"), "Cause"),
	    "the scheduled action once executed"));
	v = asg_ok(f, "DescribeScheduledActions", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(v, "ScheduledUpdateGroupActions", 1);
	f->now_ms += (int64_t)8 * 60 * 60 * 1000;
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 1);
	v = asg_ok(f, "DescribeScheduledActions",
	    "{\"ScheduledActionNames\": [\"daily\"]}");
	ec2_is(v, "ScheduledUpdateGroupActions.0.StartTime", "1767340800");
	/* The last before its end. */
	f->now_ms += (int64_t)24 * 60 * 60 * 1000;
	asg_settle(f);
	v = asg_ok(f, "DescribeScheduledActions", "{}");
	ec2_counts(v, "ScheduledUpdateGroupActions", 0);
	asg_done(f, &w);
}

static void
bad_actions_are_refused(void **state)
{
	static const struct asg_refusal cases[] = {
		{ "PutScheduledUpdateGroupAction",
		    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionName\": \"x\", "
		    "\"StartTime\": 1767225660}",
		    "ValidationError", NULL },
		{ "PutScheduledUpdateGroupAction",
		    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionName\": \"x\", "
		    "\"MinSize\": 1}",
		    "ValidationError", NULL },
		{ "PutScheduledUpdateGroupAction",
		    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionName\": \"x\", "
		    "\"MinSize\": 1, \"StartTime\": 1}",
		    "ValidationError", "Given start time is in the past" },
		{ "PutScheduledUpdateGroupAction",
		    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionName\": \"x\", "
		    "\"MinSize\": 1, \"Recurrence\": \"0 0 31 2 *\"}",
		    "ValidationError", "Given recurrence string:0 0 31 2 * is invalid" },
		{ "PutScheduledUpdateGroupAction",
		    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionName\": \"x\", "
		    "\"MinSize\": 1, \"Recurrence\": \"* * * * *\", \"TimeZone\": "
		    "\"Mars\"}",
		    "ValidationError", "Invalid time zone: Mars" },
		{ "PutScheduledUpdateGroupAction",
		    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionName\": \"x\", "
		    "\"MinSize\": 3, \"MaxSize\": 2, \"StartTime\": 1767225660}",
		    "ValidationError", NULL },
		{ "DeleteScheduledAction",
		    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionName\": \"x\"}",
		    "ValidationError", NULL },
	};
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	asg_refused(f, cases, COUNT(cases));
	v = asg_ok(f, "BatchPutScheduledUpdateGroupAction",
	    "{\"AutoScalingGroupName\": \"g\", \"ScheduledUpdateGroupActions\": "
	    "[{\"ScheduledActionName\": \"a\", \"StartTime\": 1767225660, \"MinSize\": 1}, "
	    "{\"ScheduledActionName\": \"b\", \"StartTime\": 1, \"MinSize\": 1}]}");
	ec2_counts(v, "FailedScheduledUpdateGroupActions", 1);
	ec2_is(v, "FailedScheduledUpdateGroupActions.0.ScheduledActionName", "b");
	ec2_is(v, "FailedScheduledUpdateGroupActions.0.ErrorCode", "ValidationError");
	v = asg_ok(f, "BatchDeleteScheduledAction",
	    "{\"AutoScalingGroupName\": \"g\", \"ScheduledActionNames\": [\"a\", \"b\"]}");
	ec2_counts(v, "FailedScheduledActions", 1);
	v = asg_ok(f, "DescribeScheduledActions", "{}");
	ec2_counts(v, "ScheduledUpdateGroupActions", 0);
	asg_done(f, &w);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(policies_are_kept_and_shown),
		TEST(simple_policies_scale),
		TEST(a_policy_scales_for_real_and_rests),
		TEST(steps_go_by_the_metric),
		TEST(actions_run_at_their_time),
		TEST(bad_actions_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
