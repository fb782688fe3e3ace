/*
 * Launch templates: their versions, and launches that name them.
 */
#include "tests/api/ec2_calls.h"

static const char *
make(struct fixture *f, const char *name, const char *data)
{
	return ec2_text(ec2_ok(f, "CreateLaunchTemplate",
			    "{\"LaunchTemplateName\": \"%s\", \"VersionDescription\": "
			    "\"first\", \"LaunchTemplateData\": %s, "
			    "\"TagSpecifications\": [{\"ResourceType\": "
			    "\"launch-template\", \"Tags\": [{\"Key\": \"k\", "
			    "\"Value\": \"v\"}]}]}",
			    name, data),
	    "LaunchTemplate.LaunchTemplateId");
}

static void
a_template_lives_and_goes(void **state)
{
	struct fixture *f = *state;
	const char *id = make(f, "web", "{\"InstanceType\": \"t3.micro\"}");
	json_t *v =
	    ec2_ok(f, "DescribeLaunchTemplates", "{\"LaunchTemplateNames\": [\"web\"]}");

	ec2_counts(v, "LaunchTemplates", 1);
	ec2_is(v, "LaunchTemplates.0.LaunchTemplateId", id);
	ec2_is(v, "LaunchTemplates.0.DefaultVersionNumber", "1");
	ec2_is(v, "LaunchTemplates.0.LatestVersionNumber", "1");
	ec2_is(v, "LaunchTemplates.0.CreatedBy", "arn:aws:iam::000000000000:root");
	ec2_is(v, "LaunchTemplates.0.Tags.0.Value", "v");
	ec2_no(f, "InvalidLaunchTemplateName.AlreadyExistsException",
	    "CreateLaunchTemplate",
	    "{\"LaunchTemplateName\": \"web\", \"LaunchTemplateData\": "
	    "{\"ImageId\": \"ami-1\"}}");
	ec2_ok(f, "DeleteLaunchTemplate", "{\"LaunchTemplateName\": \"web\"}");
	ec2_no(f, "InvalidLaunchTemplateId.NotFound", "DescribeLaunchTemplates",
	    "{\"LaunchTemplateIds\": [\"%s\"]}", id);
	ec2_no(f, "InvalidLaunchTemplateName.NotFoundException",
	    "DescribeLaunchTemplates", "{\"LaunchTemplateNames\": [\"web\"]}");
	ec2_no(f, "InvalidLaunchTemplateId.NotFound", "DescribeLaunchTemplateVersions",
	    "{\"LaunchTemplateId\": \"%s\"}", id);
	ec2_counts(ec2_ok(f, "DescribeLaunchTemplateVersions",
		       "{\"Versions\": [\"$Latest\"]}"),
	    "LaunchTemplateVersions", 0);
}

static void
versions_build_on_others_and_are_never_counted_anew(void **state)
{
	struct fixture *f = *state;
	const char *id =
	    make(f, "vvv", "{\"InstanceType\": \"t3.micro\", \"KeyName\": \"a\"}");
	json_t *v;

	v = ec2_ok(f, "CreateLaunchTemplateVersion",
	    "{\"LaunchTemplateId\": \"%s\", \"SourceVersion\": \"1\", "
	    "\"LaunchTemplateData\": {\"KeyName\": \"b\"}}",
	    id);
	ec2_is(v, "LaunchTemplateVersion.VersionNumber", "2");
	ec2_is(v, "LaunchTemplateVersion.DefaultVersion", "false");
	ec2_is(v, "LaunchTemplateVersion.LaunchTemplateData.KeyName", "b");
	ec2_is(v, "LaunchTemplateVersion.LaunchTemplateData.InstanceType", "t3.micro");
	v = ec2_ok(f, "CreateLaunchTemplateVersion",
	    "{\"LaunchTemplateName\": \"vvv\", \"LaunchTemplateData\": {\"EbsOptimized\": "
	    "true}}");
	assert_null(
	    fixture_text(v, "LaunchTemplateVersion.LaunchTemplateData.InstanceType"));
	v = ec2_ok(f, "DeleteLaunchTemplateVersions",
	    "{\"LaunchTemplateId\": \"%s\", \"Versions\": [\"3\", \"1\", \"9\", "
	    "\"x\"]}",
	    id);
	ec2_counts(v, "SuccessfullyDeletedLaunchTemplateVersions", 1);
	ec2_is(v, "SuccessfullyDeletedLaunchTemplateVersions.0.VersionNumber", "3");
	ec2_counts(v, "UnsuccessfullyDeletedLaunchTemplateVersions", 3);
	ec2_is(v, "UnsuccessfullyDeletedLaunchTemplateVersions.1.ResponseError.Code",
	    "launchTemplateVersionDoesNotExist");
	v = ec2_ok(f, "DescribeLaunchTemplates", "{}");
	ec2_is(v, "LaunchTemplates.0.LatestVersionNumber", "2");
	v = ec2_ok(f, "CreateLaunchTemplateVersion",
	    "{\"LaunchTemplateName\": \"vvv\", \"LaunchTemplateData\": {\"EbsOptimized\": "
	    "true}}");
	ec2_is(v, "LaunchTemplateVersion.VersionNumber", "4");
	ec2_ok(f, "ModifyLaunchTemplate",
	    "{\"LaunchTemplateName\": \"vvv\", \"DefaultVersion\": \"2\"}");
	v = ec2_ok(f, "DescribeLaunchTemplateVersions",
	    "{\"LaunchTemplateId\": \"%s\", \"Versions\": [\"$Default\", \"$Latest\"]}",
	    id);
	ec2_is(v, "LaunchTemplateVersions.0.VersionNumber", "2");
	ec2_is(v, "LaunchTemplateVersions.0.DefaultVersion", "true");
	ec2_is(v, "LaunchTemplateVersions.1.VersionNumber", "4");
	v = ec2_ok(f, "DescribeLaunchTemplateVersions",
	    "{\"LaunchTemplateId\": \"%s\", \"MinVersion\": \"2\", \"Filters\": "
	    "[{\"Name\": \"ebs-optimized\", \"Values\": [\"true\"]}]}",
	    id);
	ec2_counts(v, "LaunchTemplateVersions", 1);
	v = ec2_ok(f, "DescribeLaunchTemplateVersions",
	    "{\"LaunchTemplateId\": \"%s\", \"MaxResults\": 2}", id);
	ec2_counts(v, "LaunchTemplateVersions", 2);
	v = ec2_ok(f, "DescribeLaunchTemplateVersions",
	    "{\"LaunchTemplateId\": \"%s\", \"MaxResults\": 2, \"NextToken\": \"%s\"}",
	    id, ec2_text(v, "NextToken"));
	ec2_counts(v, "LaunchTemplateVersions", 1);
	ec2_is(v, "LaunchTemplateVersions.0.VersionNumber", "4");
}

static void
a_launch_takes_from_its_template_what_it_does_not_say(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;
	json_t *v;

	ec2_world(f, &w);
	id = make(f, "app",
	    arena_printf(f->arena,
		"{\"ImageId\": \"%s\", \"InstanceType\": \"t3.small\", \"UserData\": "
		"\"IyEvYmluL3NoCg==\", \"Monitoring\": {\"Enabled\": true}, "
		"\"TagSpecifications\": [{\"ResourceType\": \"instance\", \"Tags\": "
		"[{\"Key\": \"a\", \"Value\": \"1\"}, {\"Key\": \"b\", \"Value\": "
		"\"1\"}]}, {\"ResourceType\": \"volume\", \"Tags\": [{\"Key\": \"c\", "
		"\"Value\": \"1\"}]}]}",
		w.image));
	v = ec2_ok(f, "RunInstances",
	    "{\"MinCount\": 1, \"MaxCount\": 1, \"SubnetId\": \"%s\", "
	    "\"LaunchTemplate\": {\"LaunchTemplateId\": \"%s\"}, "
	    "\"TagSpecifications\": [{\"ResourceType\": \"instance\", \"Tags\": "
	    "[{\"Key\": \"b\", \"Value\": \"2\"}]}]}",
	    w.subnet, id);
	ec2_is(v, "Instances.0.InstanceType", "t3.small");
	ec2_is(v, "Instances.0.ImageId", w.image);
	ec2_is(v, "Instances.0.Monitoring.State", "enabled");
	v = ec2_ok(f, "DescribeInstances",
	    "{\"Filters\": [{\"Name\": \"tag:a\", \"Values\": [\"1\"]}, {\"Name\": "
	    "\"tag:b\", \"Values\": [\"2\"]}]}");
	ec2_counts(v, "Reservations", 1);
	v = ec2_ok(f, "RunInstances",
	    "{\"MinCount\": 1, \"MaxCount\": 1, \"SubnetId\": \"%s\", "
	    "\"InstanceType\": \"t3.micro\", \"LaunchTemplate\": "
	    "{\"LaunchTemplateName\": \"app\", \"Version\": \"$Latest\"}}",
	    w.subnet);
	ec2_is(v, "Instances.0.InstanceType", "t3.micro");
	v = ec2_ok(f, "GetLaunchTemplateData", "{\"InstanceId\": \"%s\"}",
	    ec2_text(v, "Instances.0.InstanceId"));
	ec2_is(v, "LaunchTemplateData.InstanceType", "t3.micro");
	ec2_is(v, "LaunchTemplateData.UserData", "IyEvYmluL3NoCg==");
	ec2_is(v, "LaunchTemplateData.NetworkInterfaces.0.SubnetId", w.subnet);
}

static void
interfaces_and_devices_are_merged_by_what_names_them(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	make(f, "net",
	    arena_printf(f->arena,
		"{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\", "
		"\"NetworkInterfaces\": [{\"DeviceIndex\": 0, \"Description\": "
		"\"of the template\", \"AssociatePublicIpAddress\": false}]}",
		w.image));
	v = ec2_ok(f, "RunInstances",
	    "{\"MinCount\": 1, \"MaxCount\": 1, \"LaunchTemplate\": "
	    "{\"LaunchTemplateName\": \"net\"}, \"NetworkInterfaces\": "
	    "[{\"DeviceIndex\": 0, \"SubnetId\": \"%s\"}]}",
	    w.subnet);
	ec2_is(v, "Instances.0.SubnetId", w.subnet);
	ec2_is(v, "Instances.0.NetworkInterfaces.0.Description", "of the template");
}

static void
bad_requests_are_refused(void **state)
{
	static const struct ec2_refusal rows[] = {
		{ "CreateLaunchTemplate", "{\"LaunchTemplateName\": \"abc\"}",
		    "MissingParameter", NULL },
		{ "CreateLaunchTemplate",
		    "{\"LaunchTemplateName\": \"abc\", \"LaunchTemplateData\": {}}",
		    "MissingParameter", NULL },
		{ "CreateLaunchTemplate",
		    "{\"LaunchTemplateName\": \"abc\", \"LaunchTemplateData\": "
		    "{\"UserData\": \"%\"}}",
		    "InvalidParameterValue", NULL },
		{ "DeleteLaunchTemplate", "{}", "MissingParameter", NULL },
		{ "DeleteLaunchTemplate", "{\"LaunchTemplateId\": \"x\"}",
		    "InvalidLaunchTemplateId.Malformed", NULL },
		{ "DeleteLaunchTemplate",
		    "{\"LaunchTemplateId\": \"lt-0123456789abcdef0\"}",
		    "InvalidLaunchTemplateId.NotFound", NULL },
		{ "DeleteLaunchTemplate", "{\"LaunchTemplateName\": \"none\"}",
		    "InvalidLaunchTemplateName.NotFoundException", NULL },
		{ "CreateLaunchTemplateVersion",
		    "{\"LaunchTemplateName\": \"there\", \"SourceVersion\": \"7\", "
		    "\"LaunchTemplateData\": {\"ImageId\": \"ami-1\"}}",
		    "InvalidLaunchTemplateId.VersionNotFound",
		    "Could not find launch template version 7" },
		{ "ModifyLaunchTemplate",
		    "{\"LaunchTemplateName\": \"there\", \"DefaultVersion\": \"2\"}",
		    "InvalidLaunchTemplateId.VersionNotFound", NULL },
		{ "ModifyLaunchTemplate", "{\"LaunchTemplateName\": \"there\"}",
		    "MissingParameter", NULL },
		{ "DescribeLaunchTemplateVersions", "{}", "MissingParameter", NULL },
		{ "DescribeLaunchTemplateVersions", "{\"Versions\": [\"1\"]}",
		    "InvalidParameterValue", NULL },
		{ "RunInstances",
		    "{\"MinCount\": 1, \"MaxCount\": 1, \"LaunchTemplate\": "
		    "{\"LaunchTemplateName\": \"there\", \"Version\": \"5\"}}",
		    "InvalidLaunchTemplateId.VersionNotFound", NULL },
		{ "GetLaunchTemplateData", "{\"InstanceId\": \"i-0123456789abcdef0\"}",
		    "InvalidInstanceID.NotFound", NULL },
	};
	struct fixture *f = *state;

	make(f, "there", "{\"InstanceType\": \"t3.micro\"}");
	ec2_refused(f, rows, COUNT(rows));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_template_lives_and_goes),
		TEST(versions_build_on_others_and_are_never_counted_anew),
		TEST(a_launch_takes_from_its_template_what_it_does_not_say),
		TEST(interfaces_and_devices_are_merged_by_what_names_them),
		TEST(bad_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
