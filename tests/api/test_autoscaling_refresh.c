/*
 * Auto Scaling: instance refreshes; and that nothing is done twice.
 */
#include "tests/api/asg_calls.h"

#include <stdio.h>
#include <string.h>

#include "control/plane/reconcile.h"

#define SCOPE FIXTURE_ACCOUNT ":" FIXTURE_REGION

static json_t *
refresh_now(struct fixture *f)
{
	json_t *v =
	    asg_ok(f, "DescribeInstanceRefreshes", "{\"AutoScalingGroupName\": \"g\"}");

	return json_array_get(json_get(v, "InstanceRefreshes"), 0);
}

static int
has(struct fixture *f, const char *id)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(asg_group_now(f, "g"), "Instances"), i, row) {
		if (strcmp(json_str_or(row, "InstanceId", ""), id) == 0)
			return 1;
	}
	return 0;
}

static int
pass(struct fixture *f)
{
	assert_int_equal(reconcile_pass(&f->env), 0);
	return asg_count(f, "InService");
}

static void
a_refresh_replaces_all_and_keeps_enough(void **state)
{
	static const struct {
		int min, max, least, most;
	} cases[] = { { 50, 100, 2, 4 }, { 75, 100, 3, 4 }, { 100, 125, 4, 5 },
		{ 100, 150, 4, 6 }, { 90, 110, 3, 5 } };
	struct fixture *f = *state;
	struct asg_world w;
	const char *ids[4];
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 4, 4, 8, "");
	asg_settle(f);
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int k = 0; k < 4; k++)
			ids[k] = asg_member(f, "InService", k);
		asg_ok(f, "StartInstanceRefresh",
		    "{\"AutoScalingGroupName\": \"g\", \"Preferences\": "
		    "{\"MinHealthyPercentage\": %d, \"MaxHealthyPercentage\": %d, "
		    "\"InstanceWarmup\": 0}}",
		    cases[i].min, cases[i].max);
		v = refresh_now(f);
		ec2_is(v, "Status", "Pending");
		ec2_is(v, "InstancesToUpdate", "4");
		asg_no(f, "InstanceRefreshInProgress", "StartInstanceRefresh",
		    "{\"AutoScalingGroupName\": \"g\"}");
		for (int k = 0; k < 60; k++) {
			int n = pass(f);

			if (n < cases[i].least || n > cases[i].most)
				fail_msg("%d in service at %d, %d", n, cases[i].min,
				    cases[i].max);
		}
		v = refresh_now(f);
		ec2_is(v, "Status", "Successful");
		ec2_is(v, "PercentageComplete", "100");
		ec2_is(v, "InstancesToUpdate", "0");
		assert_int_equal(asg_count(f, NULL), 4);
		assert_int_equal(asg_alive(f), 4);
		for (int k = 0; k < 4; k++)
			assert_false(has(f, ids[k]));
		f->now_ms += 1000;
	}
	asg_no(f, "ActiveInstanceRefreshNotFound", "CancelInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\"}");
	asg_done(f, &w);
}

static void
a_refresh_waits_for_warmth_and_can_be_cancelled(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 2, 2, 2, "\"DefaultInstanceWarmup\": 100");
	asg_settle(f);
	asg_ok(f, "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"Preferences\": "
	    "{\"MinHealthyPercentage\": 50}}");
	asg_settle(f);
	v = refresh_now(f);
	ec2_is(v, "Status", "InProgress");
	ec2_is(v, "Preferences.InstanceWarmup", "100");
	ec2_is(v, "PercentageComplete", "0");
	ec2_is(v, "InstancesToUpdate", "1");
	f->now_ms += 101000;
	asg_settle(f);
	v = refresh_now(f);
	ec2_is(v, "PercentageComplete", "50");
	ec2_is(v, "InstancesToUpdate", "0");
	asg_ok(f, "CancelInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"WaitForTransitioningInstances\": false}");
	asg_settle(f);
	ec2_is(refresh_now(f), "Status", "Cancelled");
	assert_int_equal(asg_count(f, "InService"), 2);
	asg_done(f, &w);
}

static void
a_refresh_pauses_and_skips(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	json_t *v;

	asg_world(f, &w);
	asg_make(f, &w, 2, 2, 2, "");
	asg_settle(f);
	asg_ok(f, "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"Preferences\": {\"InstanceWarmup\": 0, "
	    "\"SkipMatching\": true}}");
	asg_settle(f);
	v = refresh_now(f);
	ec2_is(v, "Status", "Successful");
	ec2_is(v, "InstancesToUpdate", "0");
	f->now_ms += 1000;
	asg_ok(f, "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"Preferences\": {\"InstanceWarmup\": 0, "
	    "\"MinHealthyPercentage\": 50, \"CheckpointPercentages\": [50, 100], "
	    "\"CheckpointDelay\": 60, \"BakeTime\": 30}}");
	asg_settle(f);
	v = refresh_now(f);
	ec2_is(v, "PercentageComplete", "50");
	f->now_ms += 61000;
	asg_settle(f);
	v = refresh_now(f);
	ec2_is(v, "Status", "Baking");
	f->now_ms += 31000;
	asg_settle(f);
	ec2_is(refresh_now(f), "Status", "Successful");
	asg_no(f, "ValidationError", "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"Strategy\": \"ReplaceRootVolume\"}");
	asg_no(f, "ValidationError", "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"Preferences\": "
	    "{\"CheckpointPercentages\": [50, 20]}}");
	asg_done(f, &w);
}

static void
a_refresh_minds_protection(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	const char *id;

	asg_world(f, &w);
	asg_make(f, &w, 2, 2, 2, "");
	asg_settle(f);
	id = asg_member(f, "InService", 0);
	asg_ok(f, "SetInstanceProtection",
	    "{\"AutoScalingGroupName\": \"g\", \"InstanceIds\": [\"%s\"], "
	    "\"ProtectedFromScaleIn\": true}",
	    id);
	asg_ok(f, "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"Preferences\": {\"InstanceWarmup\": 0}}");
	asg_settle(f);
	ec2_is(refresh_now(f), "Status", "InProgress");
	assert_true(has(f, id));
	f->now_ms += (int64_t)61 * 60 * 1000;
	asg_settle(f);
	ec2_is(refresh_now(f), "Status", "Failed");
	f->now_ms += 1000;
	asg_ok(f, "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"Preferences\": {\"InstanceWarmup\": 0, "
	    "\"ScaleInProtectedInstances\": \"Ignore\"}}");
	asg_settle(f);
	ec2_is(refresh_now(f), "Status", "Successful");
	assert_true(has(f, id));
	f->now_ms += 1000;
	asg_ok(f, "StartInstanceRefresh",
	    "{\"AutoScalingGroupName\": \"g\", \"Preferences\": {\"InstanceWarmup\": 0, "
	    "\"ScaleInProtectedInstances\": \"Refresh\"}}");
	asg_settle(f);
	ec2_is(refresh_now(f), "Status", "Successful");
	assert_false(has(f, id));
	asg_done(f, &w);
}

/* Nothing twice */

/* The document, as the store has it now, to write. */
static json_t *
raw_group(struct store_txn *t)
{
	struct err err;
	json_t *doc;

	assert_int_equal(store_edit(t, SCOPE, "autoscaling:group", "g", &doc, &err), 1);
	return doc;
}

/*
 * Control is killed when RunInstances has answered and its instance is not noted: the launch is
 * still written down, and asking again with its token gives the same instance.
 */
static void
a_launch_that_was_not_noted_is_not_made_again(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;
	struct store_txn *t;
	const char *id;
	struct err err;
	json_t *doc, *v;

	asg_world(f, &w);
	asg_make(f, &w, 0, 0, 1, "");
	t = store_begin(f->env.store, f->arena);
	doc = raw_group(t);
	json_set_int(doc, "DesiredCapacity", 1);
	json_set(doc, "_launches",
	    json_make("[{s:s, s:s, s:s, s:{s:s}, s:i, s:{s:i, s:i, s:s, s:s, s:s, s:s}}]",
		"token", "the-token", "zone", "us-east-1a", "subnet", w.a, "member",
		"LaunchConfigurationName", "lc", "units", 1, "request", "MinCount", 1,
		"MaxCount", 1, "ImageId", w.ec2.image, "InstanceType", "t3.micro",
		"SubnetId", w.a, "ClientToken", "the-token"));
	v = json_own(f->arena,
	    json_copy_deep(
		json_path(json_array_get(json_get(doc, "_launches"), 0), "request")));
	store_put(t, SCOPE, "autoscaling:group", "g", doc);
	assert_int_equal(store_commit(t, &err), 1);
	id = ec2_text(ec2_ok(f, "RunInstances", "%s", json_text(f->arena, v)),
	    "Instances.0.InstanceId");
	assert_int_equal(asg_alive(f), 1);
	asg_settle(f);
	assert_int_equal(asg_alive(f), 1);
	assert_string_equal(asg_member(f, "InService", 0), id);
	asg_done(f, &w);
}

static void
large_groups_are_launched_in_turns(void **state)
{
	struct fixture *f = *state;
	struct asg_world w;

	asg_world(f, &w);
	asg_make(f, &w, 0, 25, 25, "");
	/* More than are launched at a time. */
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 25);
	assert_int_equal(asg_alive(f), 25);
	asg_done(f, &w);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refresh_replaces_all_and_keeps_enough),
		TEST(a_refresh_waits_for_warmth_and_can_be_cancelled),
		TEST(a_refresh_pauses_and_skips),
		TEST(a_refresh_minds_protection),
		TEST(a_launch_that_was_not_noted_is_not_made_again),
		TEST(large_groups_are_launched_in_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
