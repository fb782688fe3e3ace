/*
 * Auto Scaling: groups, and how they are kept at their size.
 */
#include "tests/api/asg_calls.h"

#include <stdio.h>
#include <string.h>

#include "control/plane/reconcile.h"
#include "tests/fakes/engine_fake.h"

static void
wrong_input_is_refused(void **state)
{
	static const struct asg_refusal cases[] = {
		{ "CreateLaunchConfiguration", "{\"LaunchConfigurationName\": \"x\"}",
		    "ValidationError",
		    "Valid requests must contain either the InstanceID parameter or both the "
		    "ImageId and InstanceType parameters." },
		{ "CreateLaunchConfiguration",
		    "{\"LaunchConfigurationName\": \"lc\", \"ImageId\": \"ami-1\", "
		    "\"InstanceType\": \"t3.micro\"}",
		    "AlreadyExists", NULL },
		{ "CreateLaunchConfiguration",
		    "{\"LaunchConfigurationName\": \"x\", \"ImageId\": \"ami-1\", "
		    "\"InstanceType\": \"t3.micro\", \"IamInstanceProfile\": \"none\"}",
		    "ValidationError", "Invalid IamInstanceProfile: none" },
		{ "DeleteLaunchConfiguration", "{\"LaunchConfigurationName\": \"x\"}",
		    "ValidationError",
		    "Launch configuration name not found - Launch configuration x not found" },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1}",
		    "ValidationError",
		    "Valid requests must contain either LaunchTemplate, "
		    "LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter." },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1, "
		    "\"LaunchConfigurationName\": \"lc\"}",
		    "ValidationError",
		    "At least one Availability Zone or VPC Subnet is required." },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1, "
		    "\"LaunchConfigurationName\": \"lc\", \"VPCZoneIdentifier\": "
		    "\"subnet-1\"}",
		    "ValidationError", "The subnet ID 'subnet-1' does not exist" },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1, "
		    "\"LaunchConfigurationName\": \"lc\", \"AvailabilityZones\": "
		    "[\"us-east-1z\"]}",
		    "ValidationError", "Invalid Availability Zone: [us-east-1z]" },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 2, \"MaxSize\": 1, "
		    "\"LaunchConfigurationName\": \"lc\", \"AvailabilityZones\": "
		    "[\"us-east-1a\"]}",
		    "ValidationError",
		    "Max bound, 1, must be greater than or equal to min bound, 2" },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 1, \"MaxSize\": 3, "
		    "\"DesiredCapacity\": 9, \"LaunchConfigurationName\": \"lc\", "
		    "\"AvailabilityZones\": [\"us-east-1a\"]}",
		    "ValidationError",
		    "Desired capacity:9 must be between the specified min size:1 and max "
		    "size:3" },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1, "
		    "\"LaunchConfigurationName\": \"no\", \"AvailabilityZones\": "
		    "[\"us-east-1a\"]}",
		    "ValidationError",
		    "Launch configuration name not found - Launch configuration no not "
		    "found" },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1, "
		    "\"LaunchTemplate\": {\"Version\": \"1\"}, \"AvailabilityZones\": "
		    "[\"us-east-1a\"]}",
		    "ValidationError",
		    "Valid requests must contain either launchTemplateId or "
		    "LaunchTemplateName" },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1, "
		    "\"LaunchConfigurationName\": \"lc\", \"AvailabilityZones\": "
		    "[\"us-east-1a\"], \"TerminationPolicies\": [\"Youngest\"]}",
		    "ValidationError", "Termination policy 'Youngest' is not valid." },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1, "
		    "\"LaunchConfigurationName\": \"lc\", \"AvailabilityZones\": "
		    "[\"us-east-1a\"], \"HealthCheckType\": \"EC2,ELF\"}",
		    "ValidationError", NULL },
		{ "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1, "
		    "\"LaunchConfigurationName\": \"lc\", \"AvailabilityZones\": "
		    "[\"us-east-1a\"], \"MaxInstanceLifetime\": 5}",
		    "ValidationError", NULL },
		{ "UpdateAutoScalingGroup", "{\"AutoScalingGroupName\": \"no\"}",
		    "ValidationError",
		    "AutoScalingGroup name not found - AutoScalingGroup 'no' not found" },
		{ "DeleteAutoScalingGroup", "{\"AutoScalingGroupName\": \"no\"}",
		    "ValidationError", NULL },
		{ "SetDesiredCapacity",
		    "{\"AutoScalingGroupName\": \"no\", \"DesiredCapacity\": 1}",
		    "ValidationError", NULL },
		{ "DescribeAutoScalingGroups",
		    "{\"Filters\": [{\"Name\": \"vpc\", \"Values\": [\"1\"]}]}",
		    "ValidationError", NULL },
		{ "DescribeAutoScalingGroups", "{\"MaxRecords\": 0}", "ValidationError",
		    NULL },
	};
	struct fixture *f = *state;
	struct asg_world w;

	asg_world(f, &w);
	asg_refused(f, cases, COUNT(cases));
	asg_done(f, &w);
}

/* What Terraform reads back when it has set nothing. */
static void
defaults_are_aws(void **state)
{
	static const char *const is[][2] = {
		{ "DefaultCooldown", "300" },
		{ "HealthCheckType", "EC2" },
		{ "HealthCheckGracePeriod", "0" },
		{ "TerminationPolicies.0", "Default" },
		{ "NewInstancesProtectedFromScaleIn", "false" },
		{ "ServiceLinkedRoleARN",
		    "arn:aws:iam::000000000000:role/aws-service-role/"
		    "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling" },
		{ "AvailabilityZones.0", "us-east-1a" },
		{ "AvailabilityZoneDistribution.CapacityDistributionStrategy",
		    "balanced-best-effort" },
		{ "AvailabilityZoneImpairmentPolicy.ZonalShiftEnabled", "false" },
		{ "DeletionProtection", "none" },
	};
	static const char *const absent[] = { "MaxInstanceLifetime", "Context",
		"DesiredCapacityType", "DefaultInstanceWarmup", "PlacementGroup",
		"InstanceMaintenancePolicy", "WarmPoolConfiguration", "Status",
		"LaunchTemplate", "MixedInstancesPolicy", "CapacityRebalance" };
	static const char *const empty[] = { "Instances", "SuspendedProcesses",
		"EnabledMetrics", "Tags", "LoadBalancerNames", "TargetGroupARNs",
		"TrafficSources" };
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	v = asg_group_now(f, "g");
	for (size_t i = 0; i < COUNT(is); i++)
		ec2_is(v, is[i][0], is[i][1]);
	for (size_t i = 0; i < COUNT(absent); i++)
		assert_null(json_get(v, absent[i]));
	for (size_t i = 0; i < COUNT(empty); i++)
		ec2_counts(v, empty[i], 0);
	asg_no(f, "AlreadyExists", "CreateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 0, \"MaxSize\": 1, "
	    "\"LaunchConfigurationName\": \"lc\", \"AvailabilityZones\": [\"us-east-1a\"]}");
	asg_done(f, &w);
}

static void
what_is_set_comes_back_and_can_be_reset(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1,
	    "\"DefaultCooldown\": 10, \"HealthCheckType\": \"ELB\", "
	    "\"HealthCheckGracePeriod\": 60, \"PlacementGroup\": \"p\", "
	    "\"TerminationPolicies\": [\"OldestInstance\", \"Default\"], "
	    "\"NewInstancesProtectedFromScaleIn\": true, \"MaxInstanceLifetime\": 86400, "
	    "\"CapacityRebalance\": true, \"Context\": \"c\", \"DesiredCapacityType\": "
	    "\"units\", \"DefaultInstanceWarmup\": 30, \"InstanceMaintenancePolicy\": "
	    "{\"MinHealthyPercentage\": 90, \"MaxHealthyPercentage\": 120}, "
	    "\"TargetGroupARNs\": [\"arn:aws:elasticloadbalancing:us-east-1:000000000000:"
	    "targetgroup/t/1\"], \"LoadBalancerNames\": [\"lb\"], \"Tags\": [{\"Key\": "
	    "\"b\", \"Value\": \"2\", \"PropagateAtLaunch\": true}, {\"Key\": \"a\", "
	    "\"Value\": \"1\", \"PropagateAtLaunch\": false}]");
	v = asg_group_now(f, "g");
	ec2_is(v, "DefaultCooldown", "10");
	ec2_is(v, "PlacementGroup", "p");
	ec2_is(v, "TerminationPolicies.0", "OldestInstance");
	ec2_is(v, "MaxInstanceLifetime", "86400");
	ec2_is(v, "CapacityRebalance", "true");
	ec2_is(v, "DefaultInstanceWarmup", "30");
	ec2_is(v, "InstanceMaintenancePolicy.MaxHealthyPercentage", "120");
	ec2_is(v, "LoadBalancerNames.0", "lb");
	ec2_counts(v, "TargetGroupARNs", 1);
	ec2_counts(v, "TrafficSources", 2);
	ec2_is(v, "Tags.0.Key", "a");
	ec2_is(v, "Tags.1.ResourceType", "auto-scaling-group");
	ec2_is(v, "Tags.1.PropagateAtLaunch", "true");
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"PlacementGroup\": \"\", "
	    "\"MaxInstanceLifetime\": 0, \"Context\": \"\", \"DefaultInstanceWarmup\": -1, "
	    "\"InstanceMaintenancePolicy\": {\"MinHealthyPercentage\": -1, "
	    "\"MaxHealthyPercentage\": -1}, \"VPCZoneIdentifier\": \"%s, %s\"}",
	    w.a, w.b);
	v = asg_group_now(f, "g");
	assert_null(json_get(v, "PlacementGroup"));
	assert_null(json_get(v, "MaxInstanceLifetime"));
	assert_null(json_get(v, "Context"));
	assert_null(json_get(v, "DefaultInstanceWarmup"));
	assert_null(json_get(v, "InstanceMaintenancePolicy"));
	ec2_is(v, "VPCZoneIdentifier", arena_printf(f->arena, "%s,%s", w.a, w.b));
	ec2_counts(v, "AvailabilityZones", 2);
	ec2_is(v, "DefaultCooldown", "10");
	asg_no(f, "ValidationError", "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"AvailabilityZones\": [\"us-east-1c\"]}");
	asg_done(f, &w);
}

static void
groups_are_filtered_and_paged(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	for (int i = 0; i < 3; i++)
		asg_ok(f, "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g%d\", \"MinSize\": 0, \"MaxSize\": 1, "
		    "\"LaunchConfigurationName\": \"lc\", \"AvailabilityZones\": "
		    "[\"us-east-1a\"], \"Tags\": [{\"Key\": \"n\", \"Value\": \"%d\"}]}",
		    i, i);
	v = asg_ok(f, "DescribeAutoScalingGroups", "{\"MaxRecords\": 2}");
	ec2_counts(v, "AutoScalingGroups", 2);
	v = asg_ok(f, "DescribeAutoScalingGroups", "{\"NextToken\": \"%s\"}",
	    ec2_text(v, "NextToken"));
	ec2_counts(v, "AutoScalingGroups", 1);
	ec2_is(v, "AutoScalingGroups.0.AutoScalingGroupName", "g2");
	v = asg_ok(f, "DescribeAutoScalingGroups",
	    "{\"Filters\": [{\"Name\": \"tag:n\", \"Values\": [\"1\"]}]}");
	ec2_counts(v, "AutoScalingGroups", 1);
	v = asg_ok(f, "DescribeAutoScalingGroups",
	    "{\"Filters\": [{\"Name\": \"tag-value\", \"Values\": [\"1\", \"2\"]}]}");
	ec2_counts(v, "AutoScalingGroups", 2);
	v = asg_ok(f, "DescribeAutoScalingGroups",
	    "{\"AutoScalingGroupNames\": [\"none\"]}");
	ec2_counts(v, "AutoScalingGroups", 0);
	v = asg_ok(f, "DescribeAccountLimits", "{}");
	ec2_is(v, "NumberOfAutoScalingGroups", "3");
	asg_done(f, &w);
}

/* Capacity */

static void
a_group_is_brought_to_its_capacity(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v, *i;

	asg_world(f, &w);
	asg_make(f, &w, 1, 2, 4,
	    "\"Tags\": [{\"Key\": \"Name\", \"Value\": \"web\", \"PropagateAtLaunch\": "
	    "true}, {\"Key\": \"own\", \"Value\": \"x\", \"PropagateAtLaunch\": false}]");
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 2);
	assert_int_equal(asg_alive(f), 2);
	v = asg_group_now(f, "g");
	ec2_is(v, "Instances.0.HealthStatus", "Healthy");
	ec2_is(v, "Instances.0.LaunchConfigurationName", "lc");
	ec2_is(v, "Instances.0.InstanceType", "t3.micro");
	ec2_is(v, "Instances.0.AvailabilityZone", "us-east-1a");
	i = ec2_instance_now(f, asg_member(f, "InService", 0));
	ec2_is(i, "SubnetId", w.a);
	ec2_counts(i, "Tags", 2);
	ec2_is(i, "Tags.0.Value", "web");
	ec2_is(i, "Tags.1.Key", "aws:autoscaling:groupName");
	ec2_is(i, "Tags.1.Value", "g");
	v = asg_activity_of(f, "Launching a new EC2 instance: i-");
	ec2_is(v, "StatusCode", "Successful");
	ec2_is(v, "Progress", "100");
	ec2_is(v, "Cause",
	    "At 2026-01-01T00:00:00Z a user request created an AutoScalingGroup changing "
	    "the desired capacity from 0 to 2.  At 2026-01-01T00:00:00Z an instance was "
	    "started in response to a difference between desired and actual capacity, "
	    "increasing the capacity from 0 to 2.");

	asg_ok(f, "SetDesiredCapacity",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 4}");
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 4);
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"MaxSize\": 1}");
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 1);
	assert_int_equal(asg_alive(f), 1);
	v = asg_activity_of(f, "Terminating EC2 instance: i-");
	ec2_is(v, "StatusCode", "Successful");
	assert_non_null(strstr(ec2_text(v, "Cause"),
	    "a user request update of AutoScalingGroup constraints to min: 1, max: 1, "
	    "desired: 1 changing the desired capacity from 4 to 1.  "));
	assert_non_null(
	    strstr(ec2_text(v, "Cause"), "shrinking the capacity from 4 to 1.  At "));
	asg_done(f, &w);
}

static void
sizes_out_of_bounds_are_refused(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;

	asg_world(f, &w);
	asg_make(f, &w, 1, 1, 3, "");
	assert_string_equal(
	    asg_no(f, "ValidationError", "SetDesiredCapacity",
		"{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 4}"),
	    "New SetDesiredCapacity value 4 is above max value 3 for the "
	    "AutoScalingGroup.");
	asg_no(f, "ValidationError", "SetDesiredCapacity",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 0}");
	asg_no(f, "ValidationError", "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 4}");
	/* Within the new bounds by itself. */
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 2}");
	ec2_is(asg_group_now(f, "g"), "DesiredCapacity", "2");
	/* With a cooldown the second is too soon. */
	asg_ok(f, "SetDesiredCapacity",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 3, \"HonorCooldown\": "
	    "true}");
	asg_no(f, "ScalingActivityInProgress", "SetDesiredCapacity",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 2, \"HonorCooldown\": "
	    "true}");
	asg_done(f, &w);
}

static void
zones_are_balanced(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;
	int n = 0;

	asg_world(f, &w);
	asg_make(f, &w, 0, 4, 5, "");
	asg_settle(f);
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"VPCZoneIdentifier\": \"%s,%s\"}", w.a,
	    w.b);
	asg_settle(f);
	asg_settle(f);
	v = asg_group_now(f, "g");
	ec2_counts(v, "Instances", 4);
	for (int i = 0; i < 4; i++)
		n += strcmp(ec2_text(v,
				arena_printf(f->arena, "Instances.%d.AvailabilityZone",
				    i)),
			 "us-east-1b") == 0;
	assert_int_equal(n, 2);
	/* A zone that the group leaves loses its instances. */
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"VPCZoneIdentifier\": \"%s\"}", w.b);
	asg_settle(f);
	asg_settle(f);
	v = asg_group_now(f, "g");
	ec2_counts(v, "Instances", 4);
	for (int i = 0; i < 4; i++)
		ec2_is(v, arena_printf(f->arena, "Instances.%d.AvailabilityZone", i),
		    "us-east-1b");
	asg_done(f, &w);
}

static void
new_groups_spread_over_zones(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 2, 5,
	    arena_printf(f->arena, "\"VPCZoneIdentifier\": \"%s,%s\"", w.a, w.b));
	asg_settle(f);
	v = asg_group_now(f, "g");
	ec2_is(v, "Instances.0.AvailabilityZone", "us-east-1a");
	ec2_is(v, "Instances.1.AvailabilityZone", "us-east-1b");
	ec2_is(v, "Instances.1.AvailabilityZoneId", "use1-az2");
	asg_done(f, &w);
}

static void
what_ends_is_replaced(void **state)
{
	static const char *const ends[] = { "TerminateInstances", "StopInstances" };
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 2, 2, 2, "");
	asg_settle(f);
	for (size_t i = 0; i < COUNT(ends); i++) {
		id = asg_member(f, "InService", 0);
		ec2_ok(f, ends[i], "{\"InstanceIds\": [\"%s\"]}", id);
		asg_settle(f);
		assert_int_equal(asg_count(f, "InService"), 2);
		assert_int_equal(asg_count(f, NULL), 2);
		assert_int_equal(asg_alive(f), 2);
		ec2_is(ec2_instance_now(f, id), "State.Name", "terminated");
		v = asg_activity_of(f,
		    arena_printf(f->arena, "Terminating EC2 instance: %s", id));
		assert_non_null(strstr(ec2_text(v, "Cause"),
		    "in response to an EC2 health check indicating it has been terminated "
		    "or stopped."));
	}
	id = asg_member(f, "InService", 0);
	asg_ok(f, "SetInstanceHealth",
	    "{\"InstanceId\": \"%s\", \"HealthStatus\": \"Unhealthy\"}", id);
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 2);
	ec2_is(ec2_instance_now(f, id), "State.Name", "terminated");
	v = asg_activity_of(f,
	    arena_printf(f->arena, "Terminating EC2 instance: %s", id));
	assert_non_null(
	    strstr(ec2_text(v, "Cause"), "in response to a user health-check."));
	asg_done(f, &w);
}

static void
grace_is_given(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;

	asg_world(f, &w);
	asg_make(f, &w, 1, 1, 1, "\"HealthCheckGracePeriod\": 100");
	asg_settle(f);
	id = asg_member(f, "InService", 0);
	asg_ok(f, "SetInstanceHealth",
	    "{\"InstanceId\": \"%s\", \"HealthStatus\": \"Unhealthy\"}", id);
	asg_settle(f);
	assert_string_equal(asg_member(f, "InService", 0), id);
	f->now_ms += 101000;
	asg_ok(f, "SetInstanceHealth",
	    "{\"InstanceId\": \"%s\", \"HealthStatus\": \"Unhealthy\"}", id);
	asg_settle(f);
	assert_string_not_equal(asg_member(f, "InService", 0), id);
	asg_done(f, &w);
}

static void
failed_launches_pause_and_are_tried_again(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_ok(f, "CreateLaunchConfiguration",
	    "{\"LaunchConfigurationName\": \"bad\", \"ImageId\": \"ami-0123456789abcdef0\", "
	    "\"InstanceType\": \"t3.micro\"}");
	asg_make(f, &w, 1, 1, 1, "");
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"LaunchConfigurationName\": \"bad\"}");
	asg_settle(f);
	assert_int_equal(asg_count(f, NULL), 0);
	v = asg_activity_of(f, "Launching a new EC2 instance");
	ec2_is(v, "StatusCode", "Failed");
	assert_non_null(
	    strstr(ec2_text(v, "StatusMessage"), "Launching EC2 instance failed."));
	v = asg_ok(f, "DescribeScalingActivities", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(v, "Activities", 1);
	f->now_ms += 6000;
	asg_settle(f);
	v = asg_ok(f, "DescribeScalingActivities", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(v, "Activities", 2);
	/* Mended. */
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"LaunchConfigurationName\": \"lc\"}");
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 1);
	asg_done(f, &w);
}

static void
a_group_goes(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 2, 2, 2, "\"NewInstancesProtectedFromScaleIn\": true");
	asg_settle(f);
	asg_no(f, "ResourceInUse", "DeleteAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\"}");
	asg_ok(f, "PutLifecycleHook",
	    "{\"AutoScalingGroupName\": \"g\", \"LifecycleHookName\": \"h\", "
	    "\"LifecycleTransition\": \"autoscaling:EC2_INSTANCE_TERMINATING\"}");
	asg_ok(f, "DeleteAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"ForceDelete\": true}");
	ec2_is(asg_group_now(f, "g"), "Status", "Delete in progress");
	assert_string_equal(
	    asg_no(f, "ValidationError", "SetDesiredCapacity",
		"{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 0}"),
	    "The AutoScaling group may not be modified while it is pending delete");
	asg_no(f, "ScalingActivityInProgress", "DeleteAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\"}");
	asg_settle(f);
	assert_null(asg_group_now(f, "g"));
	assert_int_equal(asg_alive(f), 0);
	v = asg_ok(f, "DescribeScalingActivities", "{}");
	ec2_counts(v, "Activities", 0);
	v = asg_ok(f, "DescribeScalingActivities", "{\"IncludeDeletedGroups\": true}");
	ec2_counts(v, "Activities", 4);
	ec2_is(v, "Activities.0.AutoScalingGroupState", "Deleted");
	/* Six weeks later nobody remembers. */
	f->now_ms += (int64_t)43 * 24 * 60 * 60 * 1000;
	asg_settle(f);
	v = asg_ok(f, "DescribeScalingActivities", "{\"IncludeDeletedGroups\": true}");
	ec2_counts(v, "Activities", 0);

	asg_make(f, &w, 0, 0, 2, "\"DeletionProtection\": \"prevent-all-deletion\"");
	asg_no(f, "ValidationError", "DeleteAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\"}");
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"DeletionProtection\": \"none\"}");
	asg_ok(f, "DeleteAutoScalingGroup", "{\"AutoScalingGroupName\": \"g\"}");
	assert_null(asg_group_now(f, "g"));
	asg_done(f, &w);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_input_is_refused),
		TEST(defaults_are_aws),
		TEST(what_is_set_comes_back_and_can_be_reset),
		TEST(groups_are_filtered_and_paged),
		TEST(a_group_is_brought_to_its_capacity),
		TEST(sizes_out_of_bounds_are_refused),
		TEST(zones_are_balanced),
		TEST(new_groups_spread_over_zones),
		TEST(what_ends_is_replaced),
		TEST(grace_is_given),
		TEST(failed_launches_pause_and_are_tried_again),
		TEST(a_group_goes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
