/*
 * Auto Scaling: launch configurations, and what of a group is only kept and shown.
 */
#include "tests/api/asg_calls.h"

#include <stdio.h>
#include <string.h>

static void
a_configuration_is_kept_and_shown(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	v = asg_ok(f, "DescribeLaunchConfigurations", "{}");
	ec2_counts(v, "LaunchConfigurations", 1);
	ec2_is(v, "LaunchConfigurations.0.ImageId", w.ec2.image);
	ec2_is(v, "LaunchConfigurations.0.KeyName", "");
	ec2_is(v, "LaunchConfigurations.0.EbsOptimized", "false");
	ec2_is(v, "LaunchConfigurations.0.InstanceMonitoring.Enabled", "true");
	assert_non_null(
	    strstr(ec2_text(v, "LaunchConfigurations.0.LaunchConfigurationARN"),
		":launchConfigurationName/lc"));
	asg_ok(f, "CreateLaunchConfiguration",
	    "{\"LaunchConfigurationName\": \"lc2\", \"ImageId\": \"%s\", \"InstanceType\": "
	    "\"t3.micro\", \"UserData\": \"aGk=\", \"BlockDeviceMappings\": "
	    "[{\"DeviceName\": \"/dev/sdb\", \"Ebs\": {\"VolumeSize\": 1}}], "
	    "\"AssociatePublicIpAddress\": true, \"MetadataOptions\": {\"HttpTokens\": "
	    "\"required\"}, \"InstanceMonitoring\": {\"Enabled\": false}}",
	    w.ec2.image);
	v = asg_ok(f, "DescribeLaunchConfigurations",
	    "{\"LaunchConfigurationNames\": [\"lc2\", \"other\"]}");
	ec2_counts(v, "LaunchConfigurations", 1);
	ec2_is(v, "LaunchConfigurations.0.BlockDeviceMappings.0.Ebs.VolumeSize", "1");
	ec2_is(v, "LaunchConfigurations.0.AssociatePublicIpAddress", "true");
	ec2_is(v, "LaunchConfigurations.0.MetadataOptions.HttpTokens", "required");
	v = asg_ok(f, "DescribeLaunchConfigurations", "{\"MaxRecords\": 1}");
	ec2_counts(v, "LaunchConfigurations", 1);
	v = asg_ok(f, "DescribeLaunchConfigurations",
	    "{\"MaxRecords\": 1, \"NextToken\": \"%s\"}", ec2_text(v, "NextToken"));
	ec2_is(v, "LaunchConfigurations.0.LaunchConfigurationName", "lc2");
	assert_null(json_get(v, "NextToken"));
	asg_no(f, "InvalidNextToken", "DescribeLaunchConfigurations",
	    "{\"NextToken\": \"what\"}");

	asg_make(f, &w, 0, 0, 1, "");
	asg_no(f, "ResourceInUse", "DeleteLaunchConfiguration",
	    "{\"LaunchConfigurationName\": \"lc\"}");
	asg_ok(f, "DeleteLaunchConfiguration", "{\"LaunchConfigurationName\": \"lc2\"}");
	asg_done(f, &w);
}

static void
a_configuration_is_made_of_an_instance(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;
	json_t *v;

	asg_world(f, &w);
	id = ec2_text(ec2_launch(f, &w.ec2, "\"UserData\": \"aGk=\""),
	    "Instances.0.InstanceId");
	asg_ok(f, "CreateLaunchConfiguration",
	    "{\"LaunchConfigurationName\": \"of\", \"InstanceId\": \"%s\", "
	    "\"InstanceType\": \"t3.small\"}",
	    id);
	v = asg_ok(f, "DescribeLaunchConfigurations",
	    "{\"LaunchConfigurationNames\": [\"of\"]}");
	ec2_is(v, "LaunchConfigurations.0.InstanceType", "t3.small");
	ec2_is(v, "LaunchConfigurations.0.UserData", "aGk=");
	asg_ok(f, "CreateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"like\", \"InstanceId\": \"%s\", \"MinSize\": 0, "
	    "\"MaxSize\": 1, \"AvailabilityZones\": [\"us-east-1a\"]}",
	    id);
	ec2_is(asg_group_now(f, "like"), "LaunchConfigurationName", "like");
	asg_done(f, &w);
}

static void
a_configuration_is_handed_to_its_instances(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *group;
	json_t *v;

	asg_world(f, &w);
	group =
	    ec2_text(ec2_ok(f, "CreateSecurityGroup",
			 "{\"GroupName\": \"web\", \"Description\": \"d\", \"VpcId\": "
			 "\"%s\"}",
			 w.ec2.vpc),
		"GroupId");
	ec2_ok(f, "CreateKeyPair", "{\"KeyName\": \"k\"}");
	fixture_ok(f, "iam", "CreateInstanceProfile",
	    "{\"InstanceProfileName\": \"web\"}");
	asg_ok(f, "CreateLaunchConfiguration",
	    "{\"LaunchConfigurationName\": \"full\", \"ImageId\": \"%s\", "
	    "\"InstanceType\": \"t3.small\", \"KeyName\": \"k\", \"SecurityGroups\": "
	    "[\"%s\"], \"UserData\": \"aGk=\", \"IamInstanceProfile\": \"web\", "
	    "\"AssociatePublicIpAddress\": true, \"EbsOptimized\": true, "
	    "\"InstanceMonitoring\": {\"Enabled\": false}, \"MetadataOptions\": "
	    "{\"HttpTokens\": \"required\", \"HttpPutResponseHopLimit\": 2}}",
	    w.ec2.image, group);
	asg_make(f, &w, 0, 0, 1, "");
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"LaunchConfigurationName\": \"full\", "
	    "\"DesiredCapacity\": 1}");
	asg_settle(f);
	v = ec2_instance_now(f, asg_member(f, "InService", 0));
	ec2_is(v, "InstanceType", "t3.small");
	ec2_is(v, "KeyName", "k");
	ec2_is(v, "SecurityGroups.0.GroupId", group);
	ec2_counts(v, "SecurityGroups", 1);
	ec2_is(v, "EbsOptimized", "true");
	ec2_is(v, "Monitoring.State", "disabled");
	ec2_is(v, "MetadataOptions.HttpTokens", "required");
	ec2_is(v, "MetadataOptions.HttpPutResponseHopLimit", "2");
	assert_non_null(
	    strstr(ec2_text(v, "IamInstanceProfile.Arn"), ":instance-profile/web"));
	assert_non_null(json_get(v, "PublicIpAddress"));
	ec2_is(v, "SubnetId", w.a);
	v = ec2_ok(f, "DescribeInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"Attribute\": \"userData\"}",
	    asg_member(f, "InService", 0));
	ec2_is(v, "UserData.Value", "aGk=");
	asg_done(f, &w);
}

/* Zones alone: the default VPC's subnets in them. */
static void
zones_alone_are_of_the_default_vpc(void **state)
{
	struct fixture *f = *state;
	struct engine *engine = f->env.engine;
	json_t *v;

	f->env.engine = NULL;
	asg_ok(f, "CreateLaunchConfiguration",
	    "{\"LaunchConfigurationName\": \"lc\", \"ImageId\": \"%s\", "
	    "\"InstanceType\": \"t3.micro\"}",
	    ec2_image_named(f, UBUNTU));
	asg_ok(f, "CreateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": 2, \"MaxSize\": 2, "
	    "\"LaunchConfigurationName\": \"lc\", \"AvailabilityZoneIds\": [\"use1-az2\"], "
	    "\"AvailabilityZones\": [\"us-east-1c\"]}");
	asg_settle(f);
	v = asg_group_now(f, "g");
	ec2_counts(v, "AvailabilityZones", 2);
	ec2_is(v, "VPCZoneIdentifier", "");
	ec2_is(v, "Instances.0.AvailabilityZone", "us-east-1c");
	ec2_is(v, "Instances.1.AvailabilityZone", "us-east-1b");
	ec2_is(v, "Instances.1.LifecycleState", "InService");
	f->env.engine = engine;
}

#define TG "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/t/1"

static void
sources_of_traffic_come_and_go(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	asg_ok(f, "AttachLoadBalancerTargetGroups",
	    "{\"AutoScalingGroupName\": \"g\", \"TargetGroupARNs\": [\"" TG "\"]}");
	asg_ok(f, "AttachLoadBalancers",
	    "{\"AutoScalingGroupName\": \"g\", \"LoadBalancerNames\": [\"a\", \"b\", "
	    "\"a\"]}");
	asg_ok(f, "AttachTrafficSources",
	    "{\"AutoScalingGroupName\": \"g\", \"TrafficSources\": [{\"Identifier\": "
	    "\"arn:aws:vpc-lattice:us-east-1:000000000000:targetgroup/tg-1\"}]}");
	v = asg_ok(f, "DescribeLoadBalancerTargetGroups",
	    "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(v, "LoadBalancerTargetGroups", 1);
	ec2_is(v, "LoadBalancerTargetGroups.0.LoadBalancerTargetGroupARN", TG);
	ec2_is(v, "LoadBalancerTargetGroups.0.State", "InService");
	v = asg_ok(f, "DescribeLoadBalancers", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(v, "LoadBalancers", 2);
	v = asg_ok(f, "DescribeTrafficSources", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(v, "TrafficSources", 4);
	v = asg_ok(f, "DescribeTrafficSources",
	    "{\"AutoScalingGroupName\": \"g\", \"TrafficSourceType\": \"vpc-lattice\"}");
	ec2_counts(v, "TrafficSources", 1);
	ec2_is(v, "TrafficSources.0.Type", "vpc-lattice");
	v = asg_group_now(f, "g");
	ec2_counts(v, "TrafficSources", 4);
	ec2_counts(v, "LoadBalancerNames", 2);
	asg_no(f, "ValidationError", "AttachLoadBalancerTargetGroups",
	    "{\"AutoScalingGroupName\": \"g\", \"TargetGroupARNs\": [\"what\"]}");
	asg_no(f, "ValidationError", "AttachTrafficSources",
	    "{\"AutoScalingGroupName\": \"g\", \"TrafficSources\": [{\"Identifier\": "
	    "\"x\", \"Type\": \"pipe\"}]}");
	asg_ok(f, "DetachLoadBalancerTargetGroups",
	    "{\"AutoScalingGroupName\": \"g\", \"TargetGroupARNs\": [\"" TG "\"]}");
	asg_no(f, "ValidationError", "DetachLoadBalancerTargetGroups",
	    "{\"AutoScalingGroupName\": \"g\", \"TargetGroupARNs\": [\"" TG "\"]}");
	asg_ok(f, "DetachLoadBalancers",
	    "{\"AutoScalingGroupName\": \"g\", \"LoadBalancerNames\": [\"a\"]}");
	asg_ok(f, "DetachTrafficSources",
	    "{\"AutoScalingGroupName\": \"g\", \"TrafficSources\": [{\"Identifier\": "
	    "\"b\"}]}");
	ec2_counts(asg_group_now(f, "g"), "TrafficSources", 1);
	asg_done(f, &w);
}

static void
tags_of_groups(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	asg_ok(f, "CreateOrUpdateTags",
	    "{\"Tags\": [{\"ResourceId\": \"g\", \"ResourceType\": \"auto-scaling-group\", "
	    "\"Key\": \"b\", \"Value\": \"1\", \"PropagateAtLaunch\": true}, "
	    "{\"ResourceId\": \"g\", \"ResourceType\": \"auto-scaling-group\", \"Key\": "
	    "\"a\", \"Value\": \"2\", \"PropagateAtLaunch\": false}]}");
	asg_ok(f, "CreateOrUpdateTags",
	    "{\"Tags\": [{\"ResourceId\": \"g\", \"ResourceType\": \"auto-scaling-group\", "
	    "\"Key\": \"b\", \"Value\": \"3\", \"PropagateAtLaunch\": true}]}");
	v = asg_ok(f, "DescribeTags", "{}");
	ec2_counts(v, "Tags", 2);
	ec2_is(v, "Tags.0.Key", "a");
	ec2_is(v, "Tags.1.Value", "3");
	v = asg_ok(f, "DescribeTags",
	    "{\"Filters\": [{\"Name\": \"auto-scaling-group\", \"Values\": [\"g\"]}, "
	    "{\"Name\": \"propagate-at-launch\", \"Values\": [\"true\"]}]}");
	ec2_counts(v, "Tags", 1);
	v = asg_ok(f, "DescribeTags", "{\"MaxRecords\": 1}");
	ec2_counts(v, "Tags", 1);
	assert_non_null(json_get(v, "NextToken"));
	asg_no(f, "ValidationError", "DescribeTags",
	    "{\"Filters\": [{\"Name\": \"color\", \"Values\": [\"g\"]}]}");
	asg_no(f, "ValidationError", "CreateOrUpdateTags",
	    "{\"Tags\": [{\"ResourceId\": \"no\", \"Key\": \"b\"}]}");
	asg_no(f, "ValidationError", "CreateOrUpdateTags",
	    "{\"Tags\": [{\"ResourceId\": \"g\", \"Key\": \"aws:b\"}]}");
	/* With another value it stays. */
	asg_ok(f, "DeleteTags",
	    "{\"Tags\": [{\"ResourceId\": \"g\", \"Key\": \"b\", \"Value\": \"1\"}, "
	    "{\"ResourceId\": \"g\", \"Key\": \"a\"}, {\"ResourceId\": \"g\", \"Key\": "
	    "\"none\"}]}");
	v = asg_ok(f, "DescribeTags", "{}");
	ec2_counts(v, "Tags", 1);
	ec2_is(v, "Tags.0.Key", "b");
	asg_done(f, &w);
}

static void
notifications_are_records(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	asg_ok(f, "PutNotificationConfiguration",
	    "{\"AutoScalingGroupName\": \"g\", \"TopicARN\": "
	    "\"arn:aws:sns:us-east-1:000000000000:t\", \"NotificationTypes\": "
	    "[\"autoscaling:EC2_INSTANCE_LAUNCH\", "
	    "\"autoscaling:EC2_INSTANCE_TERMINATE\"]}");
	v = asg_ok(f, "DescribeNotificationConfigurations",
	    "{\"AutoScalingGroupNames\": [\"g\"]}");
	ec2_counts(v, "NotificationConfigurations", 2);
	ec2_is(v, "NotificationConfigurations.0.NotificationType",
	    "autoscaling:EC2_INSTANCE_LAUNCH");
	asg_no(f, "ValidationError", "PutNotificationConfiguration",
	    "{\"AutoScalingGroupName\": \"g\", \"TopicARN\": "
	    "\"arn:aws:sns:us-east-1:000000000000:t\", \"NotificationTypes\": [\"x\"]}");
	asg_ok(f, "DeleteNotificationConfiguration",
	    "{\"AutoScalingGroupName\": \"g\", \"TopicARN\": "
	    "\"arn:aws:sns:us-east-1:000000000000:t\"}");
	v = asg_ok(f, "DescribeNotificationConfigurations", "{}");
	ec2_counts(v, "NotificationConfigurations", 0);
	v = asg_ok(f, "DescribeAutoScalingNotificationTypes", "{}");
	ec2_counts(v, "AutoScalingNotificationTypes", 5);
	asg_done(f, &w);
}

static void
warm_pools_are_records(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	asg_no(f, "ValidationError", "DeleteWarmPool",
	    "{\"AutoScalingGroupName\": \"g\"}");
	asg_ok(f, "PutWarmPool",
	    "{\"AutoScalingGroupName\": \"g\", \"MaxGroupPreparedCapacity\": 5, "
	    "\"InstanceReusePolicy\": {\"ReuseOnScaleIn\": true}}");
	v = asg_ok(f, "DescribeWarmPool", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_is(v, "WarmPoolConfiguration.MaxGroupPreparedCapacity", "5");
	ec2_is(v, "WarmPoolConfiguration.MinSize", "0");
	ec2_is(v, "WarmPoolConfiguration.PoolState", "Stopped");
	ec2_is(asg_group_now(f, "g"), "WarmPoolConfiguration.PoolState", "Stopped");
	ec2_is(asg_group_now(f, "g"), "WarmPoolSize", "0");
	asg_ok(f, "PutWarmPool",
	    "{\"AutoScalingGroupName\": \"g\", \"MaxGroupPreparedCapacity\": -1}");
	v = asg_ok(f, "DescribeWarmPool", "{\"AutoScalingGroupName\": \"g\"}");
	assert_null(json_path(v, "WarmPoolConfiguration.MaxGroupPreparedCapacity"));
	asg_ok(f, "DeleteWarmPool",
	    "{\"AutoScalingGroupName\": \"g\", \"ForceDelete\": true}");
	assert_null(json_get(asg_group_now(f, "g"), "WarmPoolConfiguration"));
	asg_done(f, &w);
}

static void
metrics_are_enabled_and_disabled(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;
	size_t all;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	v = asg_ok(f, "DescribeMetricCollectionTypes", "{}");
	all = json_array_size(json_get(v, "Metrics"));
	asg_ok(f, "EnableMetricsCollection",
	    "{\"AutoScalingGroupName\": \"g\", \"Granularity\": \"1Minute\", \"Metrics\": "
	    "[\"GroupMinSize\"]}");
	v = asg_group_now(f, "g");
	ec2_counts(v, "EnabledMetrics", 1);
	ec2_is(v, "EnabledMetrics.0.Granularity", "1Minute");
	asg_ok(f, "EnableMetricsCollection",
	    "{\"AutoScalingGroupName\": \"g\", \"Granularity\": \"1Minute\"}");
	ec2_counts(asg_group_now(f, "g"), "EnabledMetrics", all);
	asg_ok(f, "DisableMetricsCollection",
	    "{\"AutoScalingGroupName\": \"g\", \"Metrics\": [\"GroupMinSize\"]}");
	ec2_counts(asg_group_now(f, "g"), "EnabledMetrics", all - 1);
	asg_ok(f, "DisableMetricsCollection", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_counts(asg_group_now(f, "g"), "EnabledMetrics", 0);
	asg_no(f, "ValidationError", "EnableMetricsCollection",
	    "{\"AutoScalingGroupName\": \"g\", \"Granularity\": \"5Minute\"}");
	asg_no(f, "ValidationError", "EnableMetricsCollection",
	    "{\"AutoScalingGroupName\": \"g\", \"Granularity\": \"1Minute\", \"Metrics\": "
	    "[\"GroupMood\"]}");
	asg_done(f, &w);
}

/* Ann may do that to the resource, and nothing else. */
static struct principal
ann_may(struct fixture *f, const char *action, const char *resource)
{
	struct principal who = {
		.kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = "arn:aws:iam::" FIXTURE_ACCOUNT ":user/ann",
		.name = "ann",
		.access_key = "AKIAANN",
	};

	fixture_call(f, "iam", "CreateUser", "{\"UserName\": \"ann\"}");
	who.user_id =
	    fixture_text(fixture_ok(f, "iam", "GetUser", "{\"UserName\": \"ann\"}"),
		"User.UserId");
	fixture_ok(f, "iam", "PutUserPolicy",
	    "{\"UserName\": \"ann\", \"PolicyName\": \"p\", \"PolicyDocument\":"
	    " \"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"
	    "\\\"Allow\\\",\\\"Action\\\":\\\"autoscaling:%s\\\",\\\"Resource\\\":"
	    "\\\"%s\\\"}]}\"}",
	    action, resource);
	return who;
}

static void
permission_is_asked_for_the_group(void **state)
{
	static const struct {
		const char *action, *resource;
		int may;
	} cases[] = {
		{ "SetDesiredCapacity", "*", 1 },
		{ "SetDesiredCapacity",
		    "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:*:"
		    "autoScalingGroupName/g",
		    1 },
		{ "SetDesiredCapacity",
		    "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:*:"
		    "autoScalingGroupName/other",
		    0 },
		{ "Describe*", "*", 0 },
	};
	struct fixture *f = *state;
	struct asg_world w;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct principal ann = ann_may(f, cases[i].action, cases[i].resource);
		struct call *c =
		    fixture_call_as(f, &ann, "autoscaling", "SetDesiredCapacity",
			"{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 0}");

		assert_int_equal(c->err.kind == NULL, cases[i].may);
		if (!cases[i].may)
			assert_string_equal(c->err.kind->code, "AccessDenied");
	}
	asg_done(f, &w);
}

/* Of an instance, the group that it is in is asked for. */
static void
permission_is_asked_for_the_group_of_an_instance(void **state)
{
	static const struct {
		const char *resource;
		int may;
	} cases[] = {
		{ "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:*:"
		  "autoScalingGroupName/other",
		    0 },
		{ "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:*:"
		  "autoScalingGroupName/g",
		    1 },
	};
	struct fixture *f = *state;
	struct asg_world w;

	asg_world(f, &w);
	asg_make(f, &w, 1, 1, 2, "");
	asg_settle(f);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct principal ann = ann_may(f, "SetInstanceHealth", cases[i].resource);
		struct call *c =
		    fixture_call_as(f, &ann, "autoscaling", "SetInstanceHealth",
			"{\"InstanceId\": \"%s\", \"HealthStatus\": \"Healthy\"}",
			asg_member(f, "InService", 0));

		assert_int_equal(c->err.kind == NULL, cases[i].may);
	}
	asg_done(f, &w);
}

static void
choices_are_listed(void **state)
{
	static const struct {
		const char *op, *list;
		size_t n;
	} cases[] = {
		{ "DescribeAdjustmentTypes", "AdjustmentTypes", 3 },
		{ "DescribeLifecycleHookTypes", "LifecycleHookTypes", 2 },
		{ "DescribeTerminationPolicyTypes", "TerminationPolicyTypes", 7 },
		{ "DescribeMetricCollectionTypes", "Granularities", 1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_counts(asg_ok(f, cases[i].op, "{}"), cases[i].list, cases[i].n);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_configuration_is_kept_and_shown),
		TEST(a_configuration_is_made_of_an_instance),
		TEST(a_configuration_is_handed_to_its_instances),
		cmocka_unit_test_setup_teardown(zones_alone_are_of_the_default_vpc,
		    fixture_setup_standard, fixture_teardown),
		TEST(sources_of_traffic_come_and_go),
		TEST(tags_of_groups),
		TEST(notifications_are_records),
		TEST(warm_pools_are_records),
		TEST(metrics_are_enabled_and_disabled),
		TEST(permission_is_asked_for_the_group),
		TEST(permission_is_asked_for_the_group_of_an_instance),
		TEST(choices_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
