/* EC2: profiles that instances get, change and lose; what is said of instances' status. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "control/engine/engine.h"
#include "control/plane/reconcile.h"

/* No engine: an instance becomes what is wanted in a pass. */
static int
setup(void **state)
{
	int rc = fixture_setup(state);
	struct fixture *f = *state;

	engine_close(f->env.engine);
	f->env.engine = NULL;
	return rc;
}

static const char *
launch(struct fixture *f, const struct ec2_world *w, const char *more)
{
	const char *id = ec2_text(ec2_launch(f, w, more), "Instances.0.InstanceId");

	reconcile_pass(&f->env);
	return id;
}

static void
make_profile(struct fixture *f, const char *name)
{
	fixture_ok(f, "iam", "CreateInstanceProfile", "{\"InstanceProfileName\": \"%s\"}",
	    name);
	fixture_ok(f, "iam", "CreateRole",
	    "{\"RoleName\": \"%s\", \"AssumeRolePolicyDocument\": \"{\\\"Version\\\":"
	    "\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\","
	    "\\\"Principal\\\":{\\\"Service\\\":\\\"ec2.amazonaws.com\\\"},\\\"Action\\\":"
	    "\\\"sts:AssumeRole\\\"}]}\"}",
	    name);
	fixture_ok(f, "iam", "AddRoleToInstanceProfile",
	    "{\"InstanceProfileName\": \"%s\", \"RoleName\": \"%s\"}", name, name);
}

#define LIST "IamInstanceProfileAssociations"

static void
a_profile_comes_changes_and_goes(void **state)
{
	struct fixture *f = *state;
	const char *id, *first, *second;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	make_profile(f, "red");
	make_profile(f, "blue");
	id = launch(f, &w, "");
	ec2_counts(ec2_ok(f, "DescribeIamInstanceProfileAssociations", "{}"), LIST, 0);
	v = ec2_ok(f, "AssociateIamInstanceProfile",
	    "{\"InstanceId\": \"%s\", \"IamInstanceProfile\": {\"Name\": \"red\"}}", id);
	ec2_is(v, "IamInstanceProfileAssociation.State", "associating");
	first = ec2_text(v, "IamInstanceProfileAssociation.AssociationId");
	assert_int_equal(strncmp(first, "iip-assoc-", 10), 0);
	ec2_is(ec2_instance_now(f, id), "IamInstanceProfile.Arn",
	    "arn:aws:iam::000000000000:instance-profile/red");
	ec2_no(f, "IncorrectState", "AssociateIamInstanceProfile",
	    "{\"InstanceId\": \"%s\", \"IamInstanceProfile\": {\"Name\": \"blue\"}}", id);

	v = ec2_ok(f, "ReplaceIamInstanceProfileAssociation",
	    "{\"AssociationId\": \"%s\", \"IamInstanceProfile\": {\"Arn\":"
	    " \"arn:aws:iam::000000000000:instance-profile/blue\"}}",
	    first);
	second = ec2_text(v, "IamInstanceProfileAssociation.AssociationId");
	assert_string_not_equal(first, second);
	ec2_no(f, "InvalidAssociationID.NotFound", "ReplaceIamInstanceProfileAssociation",
	    "{\"AssociationId\": \"%s\", \"IamInstanceProfile\": {\"Name\": \"red\"}}",
	    first);
	v = ec2_ok(f, "DescribeIamInstanceProfileAssociations",
	    "{\"Filters\": [{\"Name\": \"instance-id\", \"Values\": [\"%s\"]}]}", id);
	ec2_counts(v, LIST, 1);
	ec2_is(v, LIST ".0.AssociationId", second);
	ec2_is(v, LIST ".0.State", "associated");
	ec2_is(v, LIST ".0.InstanceId", id);
	ec2_counts(
	    ec2_ok(f, "DescribeIamInstanceProfileAssociations",
		"{\"Filters\": [{\"Name\": \"state\", \"Values\": [\"disassociating\"]}]}"),
	    LIST, 0);

	v = ec2_ok(f, "DisassociateIamInstanceProfile", "{\"AssociationId\": \"%s\"}",
	    second);
	ec2_is(v, "IamInstanceProfileAssociation.State", "disassociating");
	assert_null(json_get(ec2_instance_now(f, id), "IamInstanceProfile"));
	ec2_no(f, "InvalidAssociationID.NotFound", "DisassociateIamInstanceProfile",
	    "{\"AssociationId\": \"%s\"}", second);
	ec2_no(f, "InvalidAssociationID.NotFound",
	    "DescribeIamInstanceProfileAssociations", "{\"AssociationIds\": [\"%s\"]}",
	    second);
}

static void
wrong_associations_are_refused(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;

	ec2_world(f, &w);
	make_profile(f, "red");
	id = launch(f, &w, "");
	ec2_no(f, "InvalidParameterValue", "AssociateIamInstanceProfile",
	    "{\"InstanceId\": \"%s\", \"IamInstanceProfile\": {\"Name\": \"green\"}}",
	    id);
	ec2_no(f, "MissingParameter", "AssociateIamInstanceProfile",
	    "{\"InstanceId\": \"%s\", \"IamInstanceProfile\": {}}", id);
	ec2_no(f, "InvalidInstanceID.NotFound", "AssociateIamInstanceProfile",
	    "{\"InstanceId\": \"i-00000000000000000\", \"IamInstanceProfile\":"
	    " {\"Name\": \"red\"}}");
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	ec2_no(f, "IncorrectInstanceState", "AssociateIamInstanceProfile",
	    "{\"InstanceId\": \"%s\", \"IamInstanceProfile\": {\"Name\": \"red\"}}", id);
}

static void
associations_come_in_pages_and_end_with_their_instances(void **state)
{
	struct fixture *f = *state;
	const char *token = NULL, *last = "", *id = NULL;
	size_t n = 0, pages = 0, i;
	struct ec2_world w;
	json_t *v, *row;

	ec2_world(f, &w);
	make_profile(f, "red");
	for (int k = 0; k < 7; k++)
		id = launch(f, &w, "\"IamInstanceProfile\": {\"Name\": \"red\"}");
	do {
		v = ec2_ok(f, "DescribeIamInstanceProfileAssociations",
		    "{\"MaxResults\": 5%s%s%s}",
		    token != NULL ? ", \"NextToken\": \"" : "",
		    token != NULL ? token : "", token != NULL ? "\"" : "");
		json_array_foreach(json_get(v, LIST), i, row) {
			const char *now = ec2_text(row, "AssociationId");

			assert_true(strcmp(now, last) > 0);
			last = now;
			n++;
		}
		token = fixture_text(v, "NextToken");
	} while (++pages < 5 && token != NULL);
	assert_int_equal(pages, 2);
	assert_int_equal(n, 7);
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	reconcile_pass(&f->env);
	ec2_counts(ec2_ok(f, "DescribeIamInstanceProfileAssociations", "{}"), LIST, 6);
}

/* Status */

static void
statuses_are_shown_of_what_runs(void **state)
{
	static const struct {
		const char *name, *value;
		size_t n;
	} cases[] = {
		{ "instance-status.status", "ok", 1 },
		{ "instance-status.reachability", "passed", 1 },
		{ "system-status.status", "not-applicable", 1 },
		{ "attached-ebs-status.status", "ok", 1 },
		{ "availability-zone", "us-east-1a", 2 },
		{ "availability-zone-id", "use1-az2", 0 },
		{ "instance-state-name", "stopped", 1 },
		{ "instance-state-code", "16", 1 },
		{ "event.code", "instance-stop", 0 },
		{ "operator.managed", "false", 2 },
	};
	struct fixture *f = *state;
	const char *runs, *stopped;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	runs = launch(f, &w, "");
	stopped = launch(f, &w, "");
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", stopped);
	reconcile_pass(&f->env);
	v = ec2_ok(f, "DescribeInstanceStatus", "{}");
	ec2_counts(v, "InstanceStatuses", 1);
	ec2_is(v, "InstanceStatuses.0.InstanceId", runs);
	ec2_is(v, "InstanceStatuses.0.SystemStatus.Details.0.Name", "reachability");
	ec2_counts(ec2_ok(f, "DescribeInstanceStatus", "{\"InstanceIds\": [\"%s\"]}",
		       stopped),
	    "InstanceStatuses", 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		v = ec2_ok(f, "DescribeInstanceStatus",
		    "{\"IncludeAllInstances\": true, \"Filters\": [{\"Name\": \"%s\","
		    " \"Values\": [\"%s\"]}]}",
		    cases[i].name, cases[i].value);
		if (json_array_size(json_get(v, "InstanceStatuses")) != cases[i].n)
			fail_msg("%s=%s: %zu", cases[i].name, cases[i].value,
			    json_array_size(json_get(v, "InstanceStatuses")));
	}
	ec2_no(f, "InvalidParameterCombination", "DescribeInstanceStatus",
	    "{\"MaxResults\": 5, \"InstanceIds\": [\"%s\"]}", runs);
	ec2_no(f, "InvalidInstanceEventIDNotFound", "ModifyInstanceEventStartTime",
	    "{\"InstanceId\": \"%s\", \"InstanceEventId\": \"instance-event-0\","
	    " \"NotBefore\": 1}",
	    runs);
	ec2_no(f, "InvalidInstanceID.NotFound", "ModifyInstanceEventStartTime",
	    "{\"InstanceId\": \"i-00000000000000000\", \"InstanceEventId\":"
	    " \"instance-event-0\", \"NotBefore\": 1}");
	/* Types for computing alone have a topology. */
	ec2_counts(ec2_ok(f, "DescribeInstanceTopology", "{}"), "Instances", 0);
	ec2_no(f, "InvalidParameterCombination", "DescribeInstanceTopology",
	    "{\"InstanceIds\": [\"%s\"], \"GroupNames\": [\"g\"]}", runs);
}

static void
a_container_has_no_screen_and_no_password(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;

	ec2_world(f, &w);
	id = launch(f, &w, "");
	ec2_is(ec2_ok(f, "GetPasswordData", "{\"InstanceId\": \"%s\"}", id),
	    "PasswordData", "");
	ec2_no(f, "UnsupportedOperation", "GetConsoleScreenshot",
	    "{\"InstanceId\": \"%s\"}", id);
	ec2_no(f, "UnsupportedOperation", "SendDiagnosticInterrupt",
	    "{\"InstanceId\": \"%s\"}", id);
	ec2_ok(f, "ReportInstanceStatus",
	    "{\"Instances\": [\"%s\"], \"Status\": \"impaired\", \"ReasonCodes\":"
	    " [\"other\"], \"StartTime\": 1, \"EndTime\": 2}",
	    id);
	ec2_no(f, "InvalidParameterCombination", "ReportInstanceStatus",
	    "{\"Instances\": [\"%s\"], \"Status\": \"impaired\", \"ReasonCodes\":"
	    " [\"other\"], \"StartTime\": 2, \"EndTime\": 1}",
	    id);
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	ec2_no(f, "IncorrectInstanceState", "GetConsoleScreenshot",
	    "{\"InstanceId\": \"%s\"}", id);
	ec2_no(f, "IncorrectInstanceState", "ReportInstanceStatus",
	    "{\"Instances\": [\"%s\"], \"Status\": \"ok\", \"ReasonCodes\": [\"other\"]}",
	    id);
	ec2_no(f, "InvalidInstanceID.NotFound", "GetPasswordData",
	    "{\"InstanceId\": \"i-00000000000000000\"}");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_profile_comes_changes_and_goes),
		TEST(wrong_associations_are_refused),
		TEST(associations_come_in_pages_and_end_with_their_instances),
		TEST(statuses_are_shown_of_what_runs),
		TEST(a_container_has_no_screen_and_no_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
