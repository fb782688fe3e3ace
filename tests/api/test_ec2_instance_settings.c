/* EC2: what is set for all instances of an account's region, and event windows. */
#include "tests/api/ec2_calls.h"

#include <string.h>

static json_t *
launched(struct fixture *f, const struct ec2_world *w, const char *more)
{
	return json_array_get(json_get(ec2_launch(f, w, more), "Instances"), 0);
}

static void
metadata_defaults_are_those_of_new_instances(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "GetInstanceMetadataDefaults", "{}");
	ec2_is(v, "AccountLevel.ManagedBy", "account");
	assert_null(fixture_text(v, "AccountLevel.HttpTokens"));
	ec2_ok(f, "ModifyInstanceMetadataDefaults",
	    "{\"HttpTokens\": \"required\", \"HttpPutResponseHopLimit\": 3,"
	    " \"InstanceMetadataTags\": \"enabled\"}");
	v = ec2_ok(f, "GetInstanceMetadataDefaults", "{}");
	ec2_is(v, "AccountLevel.HttpTokens", "required");
	ec2_is(v, "AccountLevel.HttpPutResponseHopLimit", "3");
	v = launched(f, &w, "");
	ec2_is(v, "MetadataOptions.HttpTokens", "required");
	ec2_is(v, "MetadataOptions.HttpPutResponseHopLimit", "3");
	ec2_is(v, "MetadataOptions.InstanceMetadataTags", "enabled");
	ec2_is(v, "MetadataOptions.HttpEndpoint", "enabled");
	/* What a launch says itself counts. */
	v = launched(f, &w,
	    "\"MetadataOptions\": {\"HttpTokens\": \"optional\","
	    " \"HttpPutResponseHopLimit\": 1}");
	ec2_is(v, "MetadataOptions.HttpTokens", "optional");
	ec2_is(v, "MetadataOptions.HttpPutResponseHopLimit", "1");

	ec2_ok(f, "ModifyInstanceMetadataDefaults",
	    "{\"HttpTokensEnforced\": \"enabled\"}");
	ec2_no(f, "UnsupportedOperation", "RunInstances",
	    "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": \"t3.micro\","
	    " \"MinCount\": 1, \"MaxCount\": 1, \"MetadataOptions\": {\"HttpTokens\":"
	    " \"optional\"}}",
	    w.image, w.subnet);
	launched(f, &w, "");
	ec2_ok(f, "ModifyInstanceMetadataDefaults",
	    "{\"HttpTokens\": \"no-preference\", \"HttpPutResponseHopLimit\": -1,"
	    " \"HttpTokensEnforced\": \"no-preference\"}");
	v = launched(f, &w, "");
	ec2_is(v, "MetadataOptions.HttpTokens", "optional");
	ec2_is(v, "MetadataOptions.HttpPutResponseHopLimit", "1");
	ec2_no(f, "InvalidParameterValue", "ModifyInstanceMetadataDefaults",
	    "{\"HttpPutResponseHopLimit\": 65}");
	/* Another region has its own. */
	f->region = "eu-west-1";
	v = ec2_ok(f, "GetInstanceMetadataDefaults", "{}");
	assert_null(fixture_text(v, "AccountLevel.InstanceMetadataTags"));
}

static void
default_credits_are_those_of_new_instances(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;

	ec2_world(f, &w);
	ec2_is(ec2_ok(f, "GetDefaultCreditSpecification", "{\"InstanceFamily\": \"t2\"}"),
	    "InstanceFamilyCreditSpecification.CpuCredits", "standard");
	ec2_is(ec2_ok(f, "GetDefaultCreditSpecification", "{\"InstanceFamily\": \"t3\"}"),
	    "InstanceFamilyCreditSpecification.CpuCredits", "unlimited");
	ec2_is(ec2_ok(f, "ModifyDefaultCreditSpecification",
		   "{\"InstanceFamily\": \"t3\", \"CpuCredits\": \"standard\"}"),
	    "InstanceFamilyCreditSpecification.CpuCredits", "standard");
	id = ec2_text(launched(f, &w, ""), "InstanceId");
	ec2_is(ec2_ok(f, "DescribeInstanceCreditSpecifications",
		   "{\"InstanceIds\": [\"%s\"]}", id),
	    "InstanceCreditSpecifications.0.CpuCredits", "standard");
	ec2_no(f, "InvalidParameterValue", "ModifyDefaultCreditSpecification",
	    "{\"InstanceFamily\": \"t3\", \"CpuCredits\": \"free\"}");
	ec2_no(f, "InvalidParameterValue", "GetDefaultCreditSpecification",
	    "{\"InstanceFamily\": \"m5\"}");
}

static void
the_serial_console_is_off_until_it_is_enabled(void **state)
{
	struct fixture *f = *state;

	ec2_is(ec2_ok(f, "GetSerialConsoleAccessStatus", "{}"),
	    "SerialConsoleAccessEnabled", "false");
	ec2_is(ec2_ok(f, "EnableSerialConsoleAccess", "{}"), "SerialConsoleAccessEnabled",
	    "true");
	ec2_is(ec2_ok(f, "GetSerialConsoleAccessStatus", "{}"),
	    "SerialConsoleAccessEnabled", "true");
	ec2_no(f, "DryRunOperation", "DisableSerialConsoleAccess", "{\"DryRun\": true}");
	ec2_ok(f, "DisableSerialConsoleAccess", "{}");
	ec2_is(ec2_ok(f, "GetSerialConsoleAccessStatus", "{}"),
	    "SerialConsoleAccessEnabled", "false");
}

static void
tags_of_notifications_are_registered(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	ec2_ok(f, "RegisterInstanceEventNotificationAttributes",
	    "{\"InstanceTagAttribute\": {\"InstanceTagKeys\": [\"a\", \"b\"]}}");
	ec2_ok(f, "RegisterInstanceEventNotificationAttributes",
	    "{\"InstanceTagAttribute\": {\"InstanceTagKeys\": [\"b\", \"c\"]}}");
	v = ec2_ok(f, "DeregisterInstanceEventNotificationAttributes",
	    "{\"InstanceTagAttribute\": {\"InstanceTagKeys\": [\"a\"]}}");
	ec2_counts(json_get(v, "InstanceTagAttribute"), "InstanceTagKeys", 2);
	ec2_ok(f, "RegisterInstanceEventNotificationAttributes",
	    "{\"InstanceTagAttribute\": {\"IncludeAllTagsOfInstance\": true}}");
	v = ec2_ok(f, "DescribeInstanceEventNotificationAttributes", "{}");
	ec2_is(v, "InstanceTagAttribute.IncludeAllTagsOfInstance", "true");
	ec2_is(v, "InstanceTagAttribute.InstanceTagKeys.0", "b");
	ec2_no(f, "MissingParameter", "RegisterInstanceEventNotificationAttributes",
	    "{\"InstanceTagAttribute\": {}}");
	ec2_no(f, "InvalidParameterCombination",
	    "RegisterInstanceEventNotificationAttributes",
	    "{\"InstanceTagAttribute\": {\"InstanceTagKeys\": [\"a\"],"
	    " \"IncludeAllTagsOfInstance\": true}}");
}

/* Event windows */

static void
a_window_lives_and_goes(void **state)
{
	static const struct {
		const char *name, *value;
		size_t n;
	} cases[] = {
		{ "event-window-name", "n*", 1 },
		{ "instance-tag", "a=b", 1 },
		{ "instance-tag-key", "a", 1 },
		{ "instance-tag-value", "c", 0 },
		{ "instance-id", "i-1", 0 },
		{ "tag:k", "v", 1 },
	};
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *instance;
	json_t *v;

	ec2_world(f, &w);
	instance = ec2_text(launched(f, &w, ""), "InstanceId");
	v = ec2_ok(f, "CreateInstanceEventWindow",
	    "{\"Name\": \"night\", \"CronExpression\": \"* 21-23 * * 2,3\","
	    " \"TagSpecifications\": [{\"ResourceType\": \"instance-event-window\","
	    " \"Tags\": [{\"Key\": \"k\", \"Value\": \"v\"}]}]}");
	ec2_is(v, "InstanceEventWindow.State", "creating");
	id = ec2_text(v, "InstanceEventWindow.InstanceEventWindowId");
	v = ec2_ok(f, "ModifyInstanceEventWindow",
	    "{\"InstanceEventWindowId\": \"%s\", \"TimeRanges\": [{\"StartWeekDay\":"
	    " \"saturday\", \"StartHour\": 22, \"EndWeekDay\": \"sunday\", \"EndHour\": 4}]}",
	    id);
	ec2_is(v, "InstanceEventWindow.TimeRanges.0.EndHour", "4");
	assert_null(fixture_text(v, "InstanceEventWindow.CronExpression"));
	ec2_is(v, "InstanceEventWindow.Name", "night");

	ec2_ok(f, "AssociateInstanceEventWindow",
	    "{\"InstanceEventWindowId\": \"%s\", \"AssociationTarget\": {\"InstanceTags\":"
	    " [{\"Key\": \"a\", \"Value\": \"b\"}]}}",
	    id);
	ec2_no(f, "InvalidParameterCombination", "AssociateInstanceEventWindow",
	    "{\"InstanceEventWindowId\": \"%s\", \"AssociationTarget\": {\"InstanceIds\":"
	    " [\"%s\"]}}",
	    id, instance);
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_counts(ec2_ok(f, "DescribeInstanceEventWindows",
			       "{\"Filters\": [{\"Name\": \"%s\", \"Values\": [\"%s\"]}]}",
			       cases[i].name, cases[i].value),
		    "InstanceEventWindows", cases[i].n);
	ec2_no(f, "InstanceEventWindowAssociated", "DeleteInstanceEventWindow",
	    "{\"InstanceEventWindowId\": \"%s\"}", id);
	v = ec2_ok(f, "DisassociateInstanceEventWindow",
	    "{\"InstanceEventWindowId\": \"%s\", \"AssociationTarget\": {\"InstanceTags\":"
	    " [{\"Key\": \"a\", \"Value\": \"b\"}]}}",
	    id);
	assert_null(json_get(json_get(v, "InstanceEventWindow"), "AssociationTarget"));
	ec2_ok(f, "AssociateInstanceEventWindow",
	    "{\"InstanceEventWindowId\": \"%s\", \"AssociationTarget\": {\"InstanceIds\":"
	    " [\"%s\"]}}",
	    id, instance);
	v = ec2_ok(f, "DescribeInstanceEventWindows", "{}");
	ec2_is(v, "InstanceEventWindows.0.State", "active");
	ec2_is(v, "InstanceEventWindows.0.AssociationTarget.InstanceIds.0", instance);
	v = ec2_ok(f, "DeleteInstanceEventWindow",
	    "{\"InstanceEventWindowId\": \"%s\", \"ForceDelete\": true}", id);
	ec2_is(v, "InstanceEventWindowState.State", "deleting");
	ec2_no(f, "InvalidInstanceEventWindowId.NotFound", "DeleteInstanceEventWindow",
	    "{\"InstanceEventWindowId\": \"%s\"}", id);
}

static void
wrong_windows_are_refused(void **state)
{
	static const struct ec2_refusal cases[] = {
		{ "CreateInstanceEventWindow", "{\"Name\": \"n\"}", "MissingParameter",
		    NULL },
		{ "CreateInstanceEventWindow", "{\"CronExpression\": \"0 1 * * 2\"}",
		    "InvalidParameterValue", NULL },
		{ "CreateInstanceEventWindow", "{\"CronExpression\": \"* 1-2 *\"}",
		    "InvalidParameterValue", NULL },
		{ "CreateInstanceEventWindow",
		    "{\"CronExpression\": \"* 1-5 * * 2\", \"TimeRanges\": [{\"StartWeekDay\":"
		    " \"monday\", \"StartHour\": 1, \"EndWeekDay\": \"monday\", \"EndHour\": 9}]}",
		    "InvalidParameterCombination", NULL },
		{ "CreateInstanceEventWindow",
		    "{\"TimeRanges\": [{\"StartWeekDay\": \"monday\", \"StartHour\": 1,"
		    " \"EndWeekDay\": \"monday\", \"EndHour\": 2}]}",
		    "InvalidParameterValue", NULL },
		{ "CreateInstanceEventWindow",
		    "{\"TimeRanges\": [{\"StartWeekDay\": \"monday\", \"StartHour\": 1,"
		    " \"EndWeekDay\": \"monday\", \"EndHour\": 4}]}",
		    "InvalidParameterValue",
		    "The event window must be at least 4 hours a week." },
		{ "CreateInstanceEventWindow",
		    "{\"TimeRanges\": [{\"StartWeekDay\": \"monday\", \"StartHour\": 24,"
		    " \"EndWeekDay\": \"monday\", \"EndHour\": 4}]}",
		    "InvalidParameterValue", NULL },
		{ "ModifyInstanceEventWindow", "{\"InstanceEventWindowId\": \"iew-0\"}",
		    "InvalidInstanceEventWindowId.NotFound", NULL },
		{ "DescribeInstanceEventWindows", "{\"MaxResults\": 19}",
		    "InvalidParameterValue", NULL },
		{ "DescribeInstanceEventWindows",
		    "{\"InstanceEventWindowIds\": [\"iew-00000000000000000\"]}",
		    "InvalidInstanceEventWindowId.NotFound", NULL },
		{ "AssociateInstanceEventWindow",
		    "{\"InstanceEventWindowId\": \"iew-0\", \"AssociationTarget\": {}}",
		    "MissingParameter", NULL },
	};

	ec2_refused(*state, cases, COUNT(cases));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(metadata_defaults_are_those_of_new_instances),
		TEST(default_credits_are_those_of_new_instances),
		TEST(the_serial_console_is_off_until_it_is_enabled),
		TEST(tags_of_notifications_are_registered),
		TEST(a_window_lives_and_goes),
		TEST(wrong_windows_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
