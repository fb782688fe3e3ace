/*
 * Auto Scaling: hooks, standby, protection, processes: what an instance goes through in a
 * group.
 */
#include "tests/api/asg_calls.h"

#include <stdio.h>
#include <string.h>

#include "control/plane/reconcile.h"

#define LAUNCHING   "autoscaling:EC2_INSTANCE_LAUNCHING"
#define TERMINATING "autoscaling:EC2_INSTANCE_TERMINATING"

static void
put_hook(struct fixture *f, const char *name, const char *transition, const char *more)
{
	asg_ok(f, "PutLifecycleHook",
	    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"%s\", "
	    "\"LifecycleTransition\": \"%s\"%s}",
	    name, transition, more);
}

static void
complete(struct fixture *f, const char *hook, const char *id, const char *result)
{
	asg_ok(f, "CompleteLifecycleAction",
	    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"%s\", "
	    "\"InstanceId\": \"%s\", \"LifecycleActionResult\": \"%s\"}",
	    hook, id, result);
}

static void
set_desired(struct fixture *f, int n)
{
	asg_ok(f, "SetDesiredCapacity",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": %d}", n);
}

static void
hooks_are_kept_and_shown(void **state)
{
	static const struct asg_refusal cases[] = {
		{ "PutLifecycleHook",
		    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"x\"}",
		    "ValidationError", NULL },
		{ "PutLifecycleHook",
		    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"x\", "
		    "\"LifecycleTransition\": \"autoscaling:OTHER\"}",
		    "ValidationError", NULL },
		{ "PutLifecycleHook",
		    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"x\", "
		    "\"LifecycleTransition\": \"" LAUNCHING
		    "\", \"HeartbeatTimeout\": 10}",
		    "ValidationError", NULL },
		{ "PutLifecycleHook",
		    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"x\", "
		    "\"LifecycleTransition\": \"" LAUNCHING
		    "\", \"DefaultResult\": \"MAYBE\"}",
		    "ValidationError", NULL },
		{ "DeleteLifecycleHook",
		    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"x\"}",
		    "ValidationError", "No Lifecycle Hook found with name: x" },
		{ "CompleteLifecycleAction",
		    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"x\", "
		    "\"LifecycleActionResult\": \"CONTINUE\"}",
		    "ValidationError", NULL },
		{ "CompleteLifecycleAction",
		    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"x\", "
		    "\"LifecycleActionResult\": \"CONTINUE\", \"InstanceId\": \"i-1\"}",
		    "ValidationError",
		    "No active Lifecycle Action found with instance ID i-1" },
		{ "DescribeLifecycleHooks", "{\"AutoScalingGroupName\": \"no\"}",
		    "ValidationError", NULL },
	};
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1,
	    "\"LifecycleHookSpecificationList\": [{\"LifecycleHookName\": \"first\", "
	    "\"LifecycleTransition\": \"" LAUNCHING "\"}]");
	put_hook(f, "second", TERMINATING,
	    ", \"HeartbeatTimeout\": 100, \"DefaultResult\": \"CONTINUE\", "
	    "\"NotificationMetadata\": \"m\"");
	v = asg_ok(f, "DescribeLifecycleHooks", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(v, "LifecycleHooks", 2);
	ec2_is(v, "LifecycleHooks.0.HeartbeatTimeout", "3600");
	ec2_is(v, "LifecycleHooks.0.GlobalTimeout", "172800");
	ec2_is(v, "LifecycleHooks.0.DefaultResult", "ABANDON");
	ec2_is(v, "LifecycleHooks.1.GlobalTimeout", "10000");
	ec2_is(v, "LifecycleHooks.1.NotificationMetadata", "m");
	/* A second time changes what is said. */
	put_hook(f, "second", TERMINATING, ", \"HeartbeatTimeout\": 50");
	v = asg_ok(f, "DescribeLifecycleHooks",
	    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookNames\": [\"second\"]}");
	ec2_counts(v, "LifecycleHooks", 1);
	ec2_is(v, "LifecycleHooks.0.HeartbeatTimeout", "50");
	ec2_is(v, "LifecycleHooks.0.NotificationMetadata", "m");
	asg_refused(f, cases, COUNT(cases));
	asg_done(f, &w);
}

static void
a_launch_waits_for_its_hooks(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	put_hook(f, "one", LAUNCHING, "");
	put_hook(f, "two", LAUNCHING, "");
	set_desired(f, 1);
	asg_settle(f);
	id = asg_member(f, "Pending:Wait", 0);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
	ec2_is(asg_activity_of(f, id), "StatusCode", "MidLifecycleAction");
	complete(f, "one", id, "CONTINUE");
	asg_settle(f);
	assert_int_equal(asg_count(f, "Pending:Wait"), 1);
	asg_no(f, "ValidationError", "CompleteLifecycleAction",
	    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"one\", "
	    "\"InstanceId\": \"%s\", \"LifecycleActionResult\": \"CONTINUE\"}",
	    id);
	complete(f, "two", id, "CONTINUE");
	asg_settle(f);
	assert_string_equal(asg_member(f, "InService", 0), id);
	ec2_is(asg_activity_of(f, id), "StatusCode", "Successful");
	asg_done(f, &w);
}

static void
an_abandoned_launch_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	put_hook(f, "one", LAUNCHING, "");
	set_desired(f, 1);
	asg_settle(f);
	id = asg_member(f, "Pending:Wait", 0);
	complete(f, "one", id, "ABANDON");
	asg_settle(f);
	ec2_is(ec2_instance_now(f, id), "State.Name", "terminated");
	assert_string_not_equal(asg_member(f, "Pending:Wait", 0), id);
	assert_int_equal(asg_count(f, NULL), 1);
	v = asg_activity_of(f,
	    arena_printf(f->arena, "Launching a new EC2 instance: %s", id));
	ec2_is(v, "StatusCode", "Cancelled");
	assert_non_null(strstr(ec2_text(v, "StatusMessage"),
	    "was abandoned: Lifecycle Action Completed with ABANDON Result"));
	asg_done(f, &w);
}

static void
time_decides_when_nobody_does(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	put_hook(f, "one", LAUNCHING,
	    ", \"HeartbeatTimeout\": 60, \"DefaultResult\": \"CONTINUE\"");
	set_desired(f, 1);
	asg_settle(f);
	id = asg_member(f, "Pending:Wait", 0);
	f->now_ms += 50000;
	asg_ok(f, "RecordLifecycleActionHeartbeat",
	    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"one\", "
	    "\"InstanceId\": \"%s\"}",
	    id);
	f->now_ms += 50000;
	asg_settle(f);
	assert_int_equal(asg_count(f, "Pending:Wait"), 1);
	f->now_ms += 11000;
	asg_settle(f);
	assert_string_equal(asg_member(f, "InService", 0), id);
	asg_done(f, &w);
}

static void
a_termination_waits_for_its_hook(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;

	asg_world(f, &w);
	asg_make(f, &w, 0, 1, 1, "");
	put_hook(f, "bye", TERMINATING, ", \"HeartbeatTimeout\": 60");
	asg_settle(f);
	set_desired(f, 0);
	asg_settle(f);
	id = asg_member(f, "Terminating:Wait", 0);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
	/* The capacity is free meanwhile. */
	set_desired(f, 1);
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 1);
	complete(f, "bye", id, "CONTINUE");
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 1);
	ec2_is(ec2_instance_now(f, id), "State.Name", "terminated");
	/* A hook that is deleted lets go. */
	set_desired(f, 0);
	asg_settle(f);
	assert_int_equal(asg_count(f, "Terminating:Wait"), 1);
	asg_ok(f, "DeleteLifecycleHook",
	    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"bye\"}");
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 0);
	asg_done(f, &w);
}

static void
an_abandoned_end_may_be_retained(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;

	asg_world(f, &w);
	asg_make(f, &w, 0, 1, 1,
	    "\"InstanceLifecyclePolicy\": {\"RetentionTriggers\": "
	    "{\"TerminateHookAbandon\": \"retain\"}}");
	put_hook(f, "bye", TERMINATING, "");
	asg_settle(f);
	set_desired(f, 0);
	asg_settle(f);
	id = asg_member(f, "Terminating:Wait", 0);
	complete(f, "bye", id, "ABANDON");
	asg_settle(f);
	assert_string_equal(asg_member(f, "Terminating:Retained", 0), id);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
	asg_ok(f, "TerminateInstanceInAutoScalingGroup",
	    "{\"InstanceId\": \"%s\", \"ShouldDecrementDesiredCapacity\": false}", id);
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 0);
	assert_int_equal(asg_alive(f), 0);
	asg_done(f, &w);
}

static void
standby_and_back(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 1, 2, 3, "");
	asg_settle(f);
	id = asg_member(f, "InService", 0);
	v = asg_ok(f, "EnterStandby",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"], "
	    "\"ShouldDecrementDesiredCapacity\": true}",
	    id);
	ec2_is(v, "Activities.0.StatusCode", "InProgress");
	ec2_is(v, "Activities.0.Description",
	    arena_printf(f->arena, "Moving EC2 instance to Standby: %s", id));
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 1);
	assert_int_equal(asg_count(f, "Standby"), 1);
	asg_no(f, "ValidationError", "EnterStandby",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"], "
	    "\"ShouldDecrementDesiredCapacity\": true}",
	    asg_member(f, "InService", 0));
	/* Whoever stands by may be stopped. */
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	asg_settle(f);
	assert_int_equal(asg_count(f, "Standby"), 1);
	ec2_ok(f, "StartInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	asg_settle(f);
	asg_ok(f, "ExitStandby",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"]}", id);
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 2);
	ec2_is(asg_group_now(f, "g"), "DesiredCapacity", "2");
	/* Without the decrement another is launched, and coming back is one more. */
	asg_ok(f, "EnterStandby",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"], "
	    "\"ShouldDecrementDesiredCapacity\": false}",
	    id);
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 2);
	asg_ok(f, "ExitStandby",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"]}", id);
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 3);
	asg_no(f, "ValidationError", "ExitStandby",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"]}", id);
	asg_done(f, &w);
}

static void
instances_come_and_leave(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *mine, *id;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 1, 2, "");
	mine = ec2_text(ec2_launch(f, &w.ec2, ""), "Instances.0.InstanceId");
	asg_no(f, "ValidationError", "AttachInstances",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"]}", mine);
	asg_settle(f);
	asg_ok(f, "AttachInstances",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"]}", mine);
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 2);
	ec2_is(asg_group_now(f, "g"), "DesiredCapacity", "2");
	ec2_is(ec2_instance_now(f, mine), "Tags.0.Key", "aws:autoscaling:groupName");
	asg_no(f, "ValidationError", "AttachInstances",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"]}", mine);
	v = asg_ok(f, "DescribeAutoScalingInstances", "{\"InstanceIds\": [\"%s\"]}",
	    mine);
	ec2_counts(v, "AutoScalingInstances", 1);
	ec2_is(v, "AutoScalingInstances.0.AutoScalingGroupName", "g");
	ec2_is(v, "AutoScalingInstances.0.LifecycleState", "InService");
	ec2_is(v, "AutoScalingInstances.0.HealthStatus", "HEALTHY");
	asg_ok(f, "DetachInstances",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"], "
	    "\"ShouldDecrementDesiredCapacity\": true}",
	    mine);
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 1);
	ec2_is(ec2_instance_now(f, mine), "State.Name", "running");
	ec2_counts(ec2_instance_now(f, mine), "Tags", 0);
	/* Another takes the place of whoever leaves without a decrement. */
	id = asg_member(f, "InService", 0);
	asg_ok(f, "DetachInstances",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"], "
	    "\"ShouldDecrementDesiredCapacity\": false}",
	    id);
	asg_settle(f);
	assert_string_not_equal(asg_member(f, "InService", 0), id);
	assert_int_equal(asg_alive(f), 3);
	/* It is no business of the group's any more. */
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 1);
	asg_done(f, &w);
}

static void
an_instance_is_terminated_by_request(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 1, 2, 2, "");
	asg_settle(f);
	id = asg_member(f, "InService", 0);
	v = asg_ok(f, "TerminateInstanceInAutoScalingGroup",
	    "{\"InstanceId\": \"%s\", \"ShouldDecrementDesiredCapacity\": true}", id);
	ec2_is(v, "Activity.StatusCode", "InProgress");
	assert_non_null(strstr(ec2_text(v, "Activity.Cause"),
	    "was taken out of service in response to a user request, shrinking the "
	    "capacity from 2 to 1."));
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 1);
	id = asg_member(f, "InService", 0);
	asg_no(f, "ValidationError", "TerminateInstanceInAutoScalingGroup",
	    "{\"InstanceId\": \"%s\", \"ShouldDecrementDesiredCapacity\": true}", id);
	asg_no(f, "ValidationError", "TerminateInstanceInAutoScalingGroup",
	    "{\"InstanceId\": \"i-0\", \"ShouldDecrementDesiredCapacity\": true}");
	/* Protected against users, not against its group. */
	ec2_ok(f, "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"DisableApiTermination\": {\"Value\": true}}", id);
	asg_ok(f, "TerminateInstanceInAutoScalingGroup",
	    "{\"InstanceId\": \"%s\", \"ShouldDecrementDesiredCapacity\": false}", id);
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 1);
	assert_string_not_equal(asg_member(f, "InService", 0), id);
	assert_int_equal(asg_alive(f), 1);
	asg_done(f, &w);
}

static void
protected_instances_stay(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;

	asg_world(f, &w);
	asg_make(f, &w, 0, 2, 2, "");
	asg_settle(f);
	id = asg_member(f, "InService", 0);
	asg_ok(f, "SetInstanceProtection",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"], "
	    "\"ProtectedFromScaleIn\": true}",
	    id);
	set_desired(f, 0);
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 1);
	assert_string_equal(asg_member(f, "InService", 0), id);
	asg_ok(f, "SetInstanceProtection",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"], "
	    "\"ProtectedFromScaleIn\": false}",
	    id);
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 0);
	asg_no(f, "ValidationError", "SetInstanceProtection",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"i-1\"], "
	    "\"ProtectedFromScaleIn\": false}");
	asg_done(f, &w);
}

static void
processes_rest(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 1, 2, "");
	asg_settle(f);
	asg_ok(f, "SuspendProcesses",
	    "{\"AutoScalingGroupName\": \"g\", \"ScalingProcesses\": [\"Launch\"]}");
	v = asg_group_now(f, "g");
	ec2_is(v, "SuspendedProcesses.0.ProcessName", "Launch");
	ec2_is(v, "SuspendedProcesses.0.SuspensionReason",
	    "User suspended at 2026-01-01T00:00:00Z");
	set_desired(f, 2);
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 1);
	asg_ok(f, "ResumeProcesses", "{\"AutoScalingGroupName\": \"g\"}");
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 2);
	asg_ok(f, "SuspendProcesses",
	    "{\"AutoScalingGroupName\": \"g\", \"ScalingProcesses\": "
	    "[\"ReplaceUnhealthy\"]}");
	id = asg_member(f, "InService", 0);
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	asg_settle(f);
	v = asg_ok(f, "DescribeAutoScalingInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	ec2_is(v, "AutoScalingInstances.0.HealthStatus", "UNHEALTHY");
	asg_ok(f, "SuspendProcesses", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(asg_group_now(f, "g"), "SuspendedProcesses", 9);
	asg_ok(f, "ResumeProcesses", "{\"AutoScalingGroupName\": \"g\"}");
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 2);
	asg_no(f, "ValidationError", "SuspendProcesses",
	    "{\"AutoScalingGroupName\": \"g\", \"ScalingProcesses\": [\"Lunch\"]}");
	v = asg_ok(f, "DescribeScalingProcessTypes", "{}");
	ec2_counts(v, "Processes", 9);
	asg_done(f, &w);
}

static void
old_instances_go(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;

	asg_world(f, &w);
	asg_make(f, &w, 1, 1, 1, "\"MaxInstanceLifetime\": 86400");
	asg_settle(f);
	id = asg_member(f, "InService", 0);
	f->now_ms += (int64_t)23 * 60 * 60 * 1000;
	asg_settle(f);
	assert_string_equal(asg_member(f, "InService", 0), id);
	f->now_ms += (int64_t)2 * 60 * 60 * 1000;
	asg_settle(f);
	assert_string_not_equal(asg_member(f, "InService", 0), id);
	assert_int_equal(asg_count(f, NULL), 1);
	asg_done(f, &w);
}

/* One instance at each of three times; which one goes first? */
static void
policies_choose(void **state)
{
	static const struct {
		const char *policies;
		int goes; /* by age: 0 the oldest */
	} cases[] = {
		{ "[\"OldestInstance\"]", 0 },
		{ "[\"NewestInstance\"]", 2 },
		{ "[\"OldestLaunchConfiguration\", \"NewestInstance\"]", 1 },
		{ "[\"ClosestToNextInstanceHour\"]", 1 },
		{ "[\"Default\"]", 1 },
	};
	struct fixture *f = *state;
	const char *ids[3];
	struct asg_world w;

	asg_world(f, &w);
	f->now_ms += 1000;
	asg_ok(f, "CreateLaunchConfiguration",
	    "{\"LaunchConfigurationName\": \"new\", \"ImageId\": \"%s\", "
	    "\"InstanceType\": \"t3.micro\"}",
	    w.ec2.image);
	for (size_t i = 0; i < COUNT(cases); i++) {
		asg_make(f, &w, 0, 1, 3,
		    arena_printf(f->arena, "\"TerminationPolicies\": %s",
			cases[i].policies));
		for (int k = 0; k < 3; k++) {
			if (k > 0)
				set_desired(f, k + 1);
			asg_settle(f);
			ids[k] = asg_member(f, "InService", k);
			/* The second is nearest to its hour in the end. */
			f->now_ms += k == 0 ? 30 * 60 * 1000 : 25 * 60 * 1000;
			if (k == 1)
				asg_ok(f, "UpdateAutoScalingGroup",
				    "{\"AutoScalingGroupName\": \"g\", "
				    "\"LaunchConfigurationName\": \"new\"}");
		}
		set_desired(f, 2);
		asg_settle(f);
		assert_int_equal(asg_count(f, NULL), 2);
		ec2_is(ec2_instance_now(f, ids[cases[i].goes]), "State.Name",
		    "terminated");
		asg_ok(f, "DeleteAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"ForceDelete\": true}");
		asg_settle(f);
	}
	asg_done(f, &w);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hooks_are_kept_and_shown),
		TEST(a_launch_waits_for_its_hooks),
		TEST(an_abandoned_launch_is_replaced),
		TEST(time_decides_when_nobody_does),
		TEST(a_termination_waits_for_its_hook),
		TEST(an_abandoned_end_may_be_retained),
		TEST(standby_and_back),
		TEST(instances_come_and_leave),
		TEST(an_instance_is_terminated_by_request),
		TEST(protected_instances_stay),
		TEST(processes_rest),
		TEST(old_instances_go),
		TEST(policies_choose),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
