/*
 * Auto Scaling: groups that launch from launch templates and by mixed instances policies.
 */
#include "tests/api/asg_calls.h"

#include <stdio.h>
#include <string.h>

#include "control/plane/reconcile.h"

static const char *
make_template(struct fixture *f, struct asg_world *w, const char *more)
{
	return ec2_text(ec2_ok(f, "CreateLaunchTemplate",
			    "{\"LaunchTemplateName\": \"tpl\", \"LaunchTemplateData\": "
			    "{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\"%s}}",
			    w->ec2.image, more),
	    "LaunchTemplate.LaunchTemplateId");
}

static void
add_version(struct fixture *f, const char *data)
{
	ec2_ok(f, "CreateLaunchTemplateVersion",
	    "{\"LaunchTemplateName\": \"tpl\", \"SourceVersion\": \"1\", "
	    "\"LaunchTemplateData\": %s}",
	    data);
}

static void
a_group_launches_from_a_template(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;
	json_t *v;

	asg_world(f, &w);
	id = make_template(f, &w,
	    ", \"UserData\": \"aGk=\", \"TagSpecifications\": [{\"ResourceType\": "
	    "\"instance\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"of the template\"}, "
	    "{\"Key\": \"b\", \"Value\": \"of the template\"}]}]");
	asg_make(f, &w, 1, 1, 2,
	    "\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\"}, \"Tags\": [{\"Key\": "
	    "\"b\", \"Value\": \"of the group\", \"PropagateAtLaunch\": true}]");
	v = asg_group_now(f, "g");
	ec2_is(v, "LaunchTemplate.LaunchTemplateId", id);
	ec2_is(v, "LaunchTemplate.LaunchTemplateName", "tpl");
	ec2_is(v, "LaunchTemplate.Version", "$Default");
	asg_settle(f);
	v = asg_group_now(f, "g");
	ec2_is(v, "Instances.0.LifecycleState", "InService");
	ec2_is(v, "Instances.0.LaunchTemplate.LaunchTemplateId", id);
	ec2_is(v, "Instances.0.LaunchTemplate.Version", "1");
	v = ec2_instance_now(f, asg_member(f, "InService", 0));
	ec2_is(v, "SubnetId", w.a);
	ec2_is(v, "InstanceType", "t3.micro");
	v = ec2_ok(f, "DescribeTags",
	    "{\"Filters\": [{\"Name\": \"resource-id\", \"Values\": [\"%s\"]}, {\"Name\": "
	    "\"key\", \"Values\": [\"a\", \"b\", \"aws:autoscaling:groupName\"]}]}",
	    asg_member(f, "InService", 0));
	ec2_counts(v, "Tags", 3);
	ec2_is(v, "Tags.0.Value", "of the template");
	ec2_is(v, "Tags.1.Value", "g");
	ec2_is(v, "Tags.2.Value", "of the group");
	assert_string_equal(
	    asg_no(f, "ValidationError", "UpdateAutoScalingGroup",
		"{\"AutoScalingGroupName\": \"g\", \"LaunchTemplate\": "
		"{\"LaunchTemplateName\": \"tpl\", \"LaunchTemplateId\": \"%s\"}}",
		id),
	    "Valid requests must contain either launchTemplateId or LaunchTemplateName");
	asg_no(f, "ValidationError", "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"LaunchTemplate\": "
	    "{\"LaunchTemplateName\": \"none\"}}");
	asg_no(f, "ValidationError", "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"LaunchTemplate\": "
	    "{\"LaunchTemplateName\": \"tpl\", \"Version\": \"9\"}}");
	asg_done(f, &w);
}

static void
a_template_with_an_interface_has_the_groups_subnet(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	make_template(f, &w,
	    ", \"NetworkInterfaces\": [{\"DeviceIndex\": 0, \"AssociatePublicIpAddress\": "
	    "true}]");
	asg_make(f, &w, 1, 1, 2, "\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\"}");
	asg_settle(f);
	v = ec2_instance_now(f, asg_member(f, "InService", 0));
	ec2_is(v, "SubnetId", w.a);
	assert_non_null(json_get(v, "PublicIpAddress"));
	asg_done(f, &w);
}

static void
old_versions_go_first(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	make_template(f, &w, "");
	asg_make(f, &w, 0, 1, 3,
	    "\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\", \"Version\": "
	    "\"$Latest\"}, \"TerminationPolicies\": [\"OldestLaunchTemplate\"]");
	asg_settle(f);
	add_version(f, "{\"InstanceType\": \"t3.small\"}");
	asg_ok(f, "SetDesiredCapacity",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 2}");
	asg_settle(f);
	v = asg_group_now(f, "g");
	ec2_is(v, "Instances.1.LaunchTemplate.Version", "2");
	ec2_is(v, "Instances.1.InstanceType", "t3.small");
	asg_ok(f, "SetDesiredCapacity",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 1}");
	asg_settle(f);
	ec2_is(asg_group_now(f, "g"), "Instances.0.LaunchTemplate.Version", "2");
	asg_done(f, &w);
}

static void
mixed_policies_choose_types_and_weights(void **state)
{
	static const struct {
		const char *path, *text;
	} shown[] = {
		{ "InstancesDistribution.OnDemandAllocationStrategy", "prioritized" },
		{ "InstancesDistribution.OnDemandBaseCapacity", "0" },
		{ "InstancesDistribution.OnDemandPercentageAboveBaseCapacity", "100" },
		{ "InstancesDistribution.SpotAllocationStrategy", "lowest-price" },
		{ "InstancesDistribution.SpotInstancePools", "2" },
		{ "LaunchTemplate.LaunchTemplateSpecification.Version", "$Default" },
		{ "LaunchTemplate.Overrides.0.InstanceType", "t3.large" },
	};
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	make_template(f, &w, "");
	asg_make(f, &w, 0, 3, 8,
	    "\"MixedInstancesPolicy\": {\"LaunchTemplate\": "
	    "{\"LaunchTemplateSpecification\": {\"LaunchTemplateName\": \"tpl\"}, "
	    "\"Overrides\": [{\"InstanceType\": \"t3.large\", \"WeightedCapacity\": \"2\"}, "
	    "{\"InstanceType\": \"t3.micro\", \"WeightedCapacity\": \"1\"}]}}");
	v = json_get(asg_group_now(f, "g"), "MixedInstancesPolicy");
	for (size_t i = 0; i < COUNT(shown); i++)
		ec2_is(v, shown[i].path, shown[i].text);
	asg_settle(f);
	/* Two of two units each are at least three. */
	v = asg_group_now(f, "g");
	ec2_counts(v, "Instances", 2);
	ec2_is(v, "Instances.0.InstanceType", "t3.large");
	ec2_is(v, "Instances.0.WeightedCapacity", "2");
	asg_ok(f, "SetDesiredCapacity",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 2}");
	asg_settle(f);
	ec2_counts(asg_group_now(f, "g"), "Instances", 1);
	asg_no(f, "ValidationError", "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"MixedInstancesPolicy\": "
	    "{\"LaunchTemplate\": {\"Overrides\": []}}}");
	asg_done(f, &w);
}

static void
requirements_find_a_type(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	make_template(f, &w, "");
	asg_make(f, &w, 1, 1, 8,
	    "\"MixedInstancesPolicy\": {\"LaunchTemplate\": "
	    "{\"LaunchTemplateSpecification\": {\"LaunchTemplateName\": \"tpl\"}, "
	    "\"Overrides\": [{\"InstanceRequirements\": {\"VCpuCount\": {\"Min\": 4, "
	    "\"Max\": 4}, \"MemoryMiB\": {\"Min\": 8000}}}]}}");
	asg_settle(f);
	v = asg_group_now(f, "g");
	v = ec2_ok(f, "DescribeInstanceTypes", "{\"InstanceTypes\": [\"%s\"]}",
	    ec2_text(v, "Instances.0.InstanceType"));
	ec2_is(v, "InstanceTypes.0.VCpuInfo.DefaultVCpus", "4");
	asg_done(f, &w);
}

static void
requirements_of_a_template_find_one_too(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	ec2_ok(f, "CreateLaunchTemplate",
	    "{\"LaunchTemplateName\": \"tpl\", \"LaunchTemplateData\": {\"ImageId\": "
	    "\"%s\", \"InstanceRequirements\": {\"VCpuCount\": {\"Min\": 8, \"Max\": 8}, "
	    "\"MemoryMiB\": {\"Min\": 1}}}}",
	    w.ec2.image);
	asg_make(f, &w, 1, 1, 1, "\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\"}");
	asg_settle(f);
	v = asg_group_now(f, "g");
	v = ec2_ok(f, "DescribeInstanceTypes", "{\"InstanceTypes\": [\"%s\"]}",
	    ec2_text(v, "Instances.0.InstanceType"));
	ec2_is(v, "InstanceTypes.0.VCpuInfo.DefaultVCpus", "8");
	asg_done(f, &w);
}

static json_t *
refresh_now(struct fixture *f)
{
	json_t *v =
	    asg_ok(f, "DescribeInstanceRefreshes", "{\"AutoScalingGroupName\": \"g\"}");

	return json_array_get(json_get(v, "InstanceRefreshes"), 0);
}

static void
a_refresh_brings_a_desired_configuration(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	make_template(f, &w, "");
	asg_make(f, &w, 2, 2, 4,
	    "\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\", \"Version\": \"1\"}");
	asg_settle(f);
	add_version(f, "{\"InstanceType\": \"t3.small\"}");
	asg_ok(f, "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredConfiguration\": "
	    "{\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\", \"Version\": \"2\"}}, "
	    "\"Preferences\": {\"InstanceWarmup\": 0, \"SkipMatching\": true}}");
	ec2_is(asg_group_now(f, "g"), "LaunchTemplate.Version", "1");
	asg_settle(f);
	ec2_is(refresh_now(f), "Status", "Successful");
	v = asg_group_now(f, "g");
	ec2_is(v, "LaunchTemplate.Version", "2");
	ec2_is(v, "Instances.0.InstanceType", "t3.small");
	ec2_is(v, "Instances.1.LaunchTemplate.Version", "2");
	asg_done(f, &w);
}

static void
a_refresh_is_rolled_back(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	make_template(f, &w, "");
	asg_make(f, &w, 2, 2, 4,
	    "\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\", \"Version\": \"1\"}");
	asg_settle(f);
	add_version(f, "{\"InstanceType\": \"t3.small\"}");
	add_version(f, "{\"ImageId\": \"ami-0123456789abcdef0\"}");
	asg_ok(f, "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredConfiguration\": "
	    "{\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\", \"Version\": \"2\"}}, "
	    "\"Preferences\": {\"InstanceWarmup\": 100, \"MinHealthyPercentage\": 50}}");
	asg_settle(f);
	ec2_is(refresh_now(f), "InstancesToUpdate", "1");
	asg_ok(f, "RollbackInstanceRefresh", "{\"AutoScalingGroupName\": \"g\"}");
	ec2_is(refresh_now(f), "Status", "RollbackInProgress");
	for (int i = 0; i < 3; i++) {
		asg_settle(f);
		f->now_ms += 101000;
	}
	v = refresh_now(f);
	ec2_is(v, "Status", "RollbackSuccessful");
	ec2_is(v, "RollbackDetails.RollbackReason", "Rollback initiated by user.");
	v = asg_group_now(f, "g");
	ec2_is(v, "LaunchTemplate.Version", "1");
	ec2_is(v, "Instances.0.InstanceType", "t3.micro");
	ec2_is(v, "Instances.1.InstanceType", "t3.micro");
	/* By itself, when what is launched fails. */
	asg_ok(f, "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredConfiguration\": "
	    "{\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\", \"Version\": \"3\"}}, "
	    "\"Preferences\": {\"InstanceWarmup\": 0, \"MinHealthyPercentage\": 50, "
	    "\"AutoRollback\": true}}");
	for (int i = 0; i < 3; i++) {
		asg_settle(f);
		f->now_ms += 101000;
	}
	v = refresh_now(f);
	ec2_is(v, "Status", "RollbackSuccessful");
	ec2_is(v, "RollbackDetails.RollbackReason", "An instance failed to launch.");
	assert_int_equal(asg_count(f, "InService"), 2);
	asg_no(f, "ActiveInstanceRefreshNotFound", "RollbackInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\"}");
	asg_done(f, &w);
}

/* Ann may do what Auto Scaling has, and the further actions. */
static struct principal
ann_may(struct fixture *f, const char *more)
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
	    "\\\"Allow\\\",\\\"Action\\\":[\\\"autoscaling:*\\\"%s],\\\"Resource\\\":"
	    "\\\"*\\\"}]}\"}",
	    more);
	return who;
}

static void
make_profile(struct fixture *f)
{
	fixture_ok(f, "iam", "CreateRole",
	    "{\"RoleName\": \"admin\", \"AssumeRolePolicyDocument\": "
	    "\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":"
	    "\\\"Allow\\\",\\\"Principal\\\":{\\\"Service\\\":"
	    "\\\"ec2.amazonaws.com\\\"},\\\"Action\\\":\\\"sts:AssumeRole\\\"}]}\"}");
	fixture_ok(f, "iam", "CreateInstanceProfile",
	    "{\"InstanceProfileName\": \"boss\"}");
	fixture_ok(f, "iam", "AddRoleToInstanceProfile",
	    "{\"InstanceProfileName\": \"boss\", \"RoleName\": \"admin\"}");
}

/* A group launches as the service: what its maker may not hand out, it must not get that way. */
static void
a_template_gives_nobody_a_role_that_he_may_not_pass(void **state)
{
	static const struct {
		const char *more;
		int may;
	} cases[] = {
		{ "", 0 },
		{ ",\\\"ec2:RunInstances\\\"", 0 },
		{ ",\\\"iam:PassRole\\\"", 0 },
		{ ",\\\"ec2:RunInstances\\\",\\\"iam:PassRole\\\"", 1 },
	};
	static const char *const calls[][2] = {
		{ "UpdateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"LaunchTemplate\": "
		    "{\"LaunchTemplateName\": \"tpl\"}}" },
		{ "UpdateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"g\", \"MixedInstancesPolicy\": "
		    "{\"LaunchTemplate\": {\"LaunchTemplateSpecification\": "
		    "{\"LaunchTemplateName\": \"tpl\"}}}}" },
		{ "StartInstanceRefresh",
		    "{\"AutoScalingGroupName\": \"g\", \"DesiredConfiguration\": "
		    "{\"LaunchTemplate\": {\"LaunchTemplateName\": \"tpl\"}}}" },
	};
	struct fixture *f = *state;
	struct asg_world w;
	const char *instance;
	json_t *v;

	asg_world(f, &w);
	make_profile(f);
	asg_make(f, &w, 0, 0, 1, "");
	make_template(f, &w, ", \"IamInstanceProfile\": {\"Name\": \"boss\"}");
	v = ec2_launch(f, &w.ec2, "\"IamInstanceProfile\": {\"Name\": \"boss\"}");
	instance = ec2_text(v, "Instances.0.InstanceId");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct principal ann = ann_may(f, cases[i].more);
		struct call *made = fixture_call_as(f, &ann, "autoscaling",
		    "CreateAutoScalingGroup",
		    "{\"AutoScalingGroupName\": \"like%zu\", \"MinSize\": 0, "
		    "\"MaxSize\": 0, \"InstanceId\": \"%s\", \"VPCZoneIdentifier\": \"%s\"}",
		    i, instance, w.a);

		/* Of an instance, a launch configuration is made: that needs only the role. */
		if ((made->err.kind == NULL) !=
		    (strstr(cases[i].more, "PassRole") != NULL))
			fail_msg("of an instance, with autoscaling:*%s: %s",
			    cases[i].more, made->err.msg);
		for (size_t k = 0; k < COUNT(calls); k++) {
			struct call *c = fixture_call_as(f, &ann, "autoscaling",
			    calls[k][0], "%s", calls[k][1]);

			if ((c->err.kind == NULL) != cases[i].may)
				fail_msg("%s with autoscaling:*%s: %s", calls[k][0],
				    cases[i].more, c->err.msg);
			if (!cases[i].may)
				assert_string_equal(c->err.kind->code, "AccessDenied");
		}
	}
	asg_done(f, &w);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_group_launches_from_a_template),
		TEST(a_template_with_an_interface_has_the_groups_subnet),
		TEST(old_versions_go_first),
		TEST(mixed_policies_choose_types_and_weights),
		TEST(requirements_find_a_type),
		TEST(requirements_of_a_template_find_one_too),
		TEST(a_refresh_brings_a_desired_configuration),
		TEST(a_refresh_is_rolled_back),
		TEST(a_template_gives_nobody_a_role_that_he_may_not_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
