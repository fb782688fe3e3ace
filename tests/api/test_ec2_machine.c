/*
 * EC2: instances as containers, from launch to the end: the reconciler, the fake engine.
 */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "control/plane/reconcile.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/network/host.h"
#include "tests/fakes/engine_fake.h"

#define HOUR_MS ((int64_t)60 * 60 * 1000)
#define IMAGE	"ubuntu:latest"

struct machine {
	struct fixture *f;
	struct ec2_world w;
	const char *id;	  /* of the instance */
	const char *name; /* of its container */
};

/* Passes until nothing asks to be looked at again at once: how many failed in the last. */
static int
settle(struct fixture *f)
{
	int failed = 0;

	for (int i = 0; i < 5; i++)
		failed = reconcile_pass(&f->env);
	return failed;
}

static void
add_sidecar(struct fixture *f, enum image_id id)
{
	struct err err;
	char *ref;

	assert_int_equal(image_ref_of(f->arena, &f->images, id, &ref, &err), 0);
	engine_fake_add_image(f->engine, ref, NULL);
}

/* The host with netd on it and simfra-internet, a world, and an instance that is launched. */
static void
set_up(struct fixture *f, struct machine *m, const char *more)
{
	struct err err;

	add_sidecar(f, IMAGE_NETD);
	add_sidecar(f, IMAGE_VPC);
	f->env.init = "init";
	f->env.init_len = 4;
	assert_int_equal(host_announce(&f->env, &err), 0);
	assert_int_equal(settle(f), 0);
	m->f = f;
	ec2_world(f, &m->w);
	m->id = ec2_text(ec2_launch(f, &m->w, more), "Instances.0.InstanceId");
	m->name = arena_printf(f->arena, "simfra-%s", m->id);
}

static json_t *
inspect(struct machine *m)
{
	struct err err;
	json_t *v;

	return engine_container_inspect(m->f->env.engine, m->f->arena, m->name, &v,
		   &err) > 0 ?
	    v :
	    NULL;
}

/* What netd says once it has plugged the interface in. */
static void
plug_in(struct machine *m, const char *state, const char *error)
{
	struct fixture *f = m->f;
	json_t *now = ec2_instance_now(f, m->id), *container = inspect(m), *doc, *old;
	const char *eni = ec2_text(now, "NetworkInterfaces.0.NetworkInterfaceId");
	const char *scope = FIXTURE_ACCOUNT ":" FIXTURE_REGION;
	struct store_txn *t = store_begin(f->env.store, f->arena);
	struct err err;

	assert_non_null(container);
	doc = json_own(f->arena,
	    json_make("{s:s, s:s, s:I, s:s}", "id", eni, "container",
		json_str(container, "Id"), "pid",
		(json_int_t)json_int(json_get(container, "State"), "Pid", 0), "state",
		state));
	json_set_str(doc, "error", error);
	assert_true(store_get(t, scope, ATTACHMENT_KIND, eni, &old, &err) >= 0);
	store_put(t, scope, ATTACHMENT_KIND, eni, doc);
	assert_int_equal(store_commit(t, &err), 1);
}

static void
is_state(struct machine *m, const char *state)
{
	ec2_is(ec2_instance_now(m->f, m->id), "State.Name", state);
}

/* Launched, plugged in, running. */
static void
set_running(struct fixture *f, struct machine *m, const char *more)
{
	engine_fake_add_image(f->engine, IMAGE, NULL);
	set_up(f, m, more);
	assert_int_equal(settle(f), 0);
	is_state(m, "pending");
	plug_in(m, "attached", NULL);
	assert_int_equal(settle(f), 0);
	is_state(m, "running");
}

static int
has_env(const json_t *container, const char *text)
{
	return json_has_str(json_path(container, "Config.Env"), text);
}

static void
a_container_is_what_the_launch_asked_for(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	json_t *v, *init;
	const char *text, *public;
	struct err err;
	unsigned mode;
	size_t len;

	/* "#!/bin/sh\necho hi\n" */
	set_running(f, &m, "\"UserData\": \"IyEvYmluL3NoCmVjaG8gaGkK\"");
	v = inspect(&m);
	assert_non_null(v);
	ec2_is(v, "Config.Image", IMAGE);
	ec2_is(v, "Config.Hostname", "ip-10-0-1-4");
	ec2_is(v, "Config.Entrypoint.0", "/.simfra/init");
	ec2_is(v, "HostConfig.NetworkMode", "none");
	ec2_is(v, "HostConfig.Dns.0", "10.0.0.2");
	ec2_is(v, "HostConfig.Memory", "1073741824");
	assert_true(json_has_str(json_path(v, "HostConfig.CapDrop"), "NET_RAW"));
	assert_null(json_path(v, "HostConfig.CapAdd"));
	assert_null(json_path(v, "HostConfig.Privileged"));
	assert_true(has_env(v, "AWS_REGION=us-east-1"));
	assert_true(has_env(v, "AWS_ENDPOINT_URL=http://simfra.local:4599"));
	assert_true(
	    has_env(v, "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://169.254.169.254"));
	assert_true(has_env(v, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"));
	assert_string_equal(json_str(json_path(v, "Config.Labels"), "dev.simfra.id"),
	    m.id);

	text =
	    engine_fake_file(f->engine, f->arena, m.name, "/.simfra/init", &len, &mode);
	assert_non_null(text);
	assert_int_equal(len, 4);
	assert_int_equal(mode & 0777, 0755);
	text = engine_fake_file(f->engine, f->arena, m.name, "/.simfra/init.json", &len,
	    &mode);
	assert_non_null(text);
	assert_int_equal(mode & 0777, 0600);
	assert_int_equal(json_read_in(f->arena, text, len, &init, &err), 0);
	ec2_is(init, "mode", "machine");
	ec2_is(init, "devices.0", "eth0");
	ec2_is(init, "hostname", "ip-10-0-1-4");
	ec2_is(init, "instance_id", m.id);
	ec2_is(init, "user_data", "IyEvYmluL3NoCmVjaG8gaGkK");
	assert_true(json_has_str(json_get(init, "env"), "AWS_REGION=us-east-1"));

	v = ec2_instance_now(f, m.id);
	public = ec2_text(v, "PublicIpAddress");
	assert_int_equal(strncmp(public, "198.18.", 7), 0);
	ec2_is(v, "NetworkInterfaces.0.Association.IpOwnerId", "amazon");
	assert_null(json_get(v, "StateReason"));
	v = ec2_ok(f, "DescribeInstanceStatus", "{\"InstanceIds\": [\"%s\"]}", m.id);
	ec2_is(v, "InstanceStatuses.0.InstanceStatus.Details.0.Status", "passed");
}

static void
a_missing_image_is_said_and_tried_again(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	json_t *v;

	set_up(f, &m, "");
	assert_int_equal(settle(f), 1);
	v = ec2_instance_now(f, m.id);
	ec2_is(v, "State.Name", "pending");
	ec2_is(v, "StateReason.Code", "Server.InternalError");
	assert_non_null(strstr(ec2_text(v, "StateReason.Message"), "pull " IMAGE));
	assert_int_equal(settle(f), 1);

	engine_fake_add_remote(f->engine, IMAGE);
	assert_int_equal(settle(f), 0);
	plug_in(&m, "attached", NULL);
	assert_int_equal(settle(f), 0);
	v = ec2_instance_now(f, m.id);
	ec2_is(v, "State.Name", "running");
	assert_null(json_get(v, "StateReason"));
}

static void
each_engine_failure_is_tried_again(void **state)
{
	static const char *const ops[] = { "container_create", "container_start",
		"archive_put", "container_inspect", "image_inspect", "network_create",
		"network_connect" };
	struct fixture *f = *state;

	engine_fake_add_image(f->engine, IMAGE, NULL);
	for (size_t i = 0; i < COUNT(ops); i++) {
		struct machine m;

		set_up(f, &m, "");
		engine_fake_fail_next(f->engine, ops[i], &engine_failed, "no space left");
		if (reconcile_pass(&f->env) != 1)
			fail_msg("no failure of %s", ops[i]);
		assert_int_equal(settle(f), 0);
		plug_in(&m, "attached", NULL);
		assert_int_equal(settle(f), 0);
		is_state(&m, "running");
		ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
		assert_int_equal(settle(f), 0);
	}
}

static void
half_made_containers_are_not_kept(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	engine_fake_add_image(f->engine, IMAGE, NULL);
	set_up(f, &m, "");
	engine_fake_fail_next(f->engine, "archive_put", &engine_failed, "no space left");
	reconcile_pass(&f->env);
	assert_null(inspect(&m));
}

static void
an_interface_that_cannot_be_attached_is_said(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	json_t *v;

	engine_fake_add_image(f->engine, IMAGE, NULL);
	set_up(f, &m, "");
	assert_int_equal(settle(f), 0);
	plug_in(&m, "failed", "no such bridge");
	assert_true(settle(f) > 0);
	v = ec2_instance_now(f, m.id);
	ec2_is(v, "State.Name", "pending");
	assert_non_null(strstr(ec2_text(v, "StateReason.Message"), "no such bridge"));
	plug_in(&m, "attached", NULL);
	assert_int_equal(settle(f), 0);
	is_state(&m, "running");
}

static void
stop_and_start(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	const char *private;
	json_t *v;

	set_running(f, &m, "");
	private = ec2_text(ec2_instance_now(f, m.id), "PrivateIpAddress");
	v = ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	ec2_is(v, "StoppingInstances.0.PreviousState.Name", "running");
	ec2_is(v, "StoppingInstances.0.CurrentState.Name", "stopping");
	/* The address that is not Elastic is free at once. */
	v = ec2_instance_now(f, m.id);
	assert_null(json_get(v, "PublicIpAddress"));
	ec2_is(v, "StateReason.Code", "Client.UserInitiatedShutdown");
	ec2_is(v, "StateTransitionReason", "User initiated (2026-01-01 00:00:00 GMT)");
	ec2_no(f, "IncorrectInstanceState", "StartInstances",
	    "{\"InstanceIds\": [\"%s\"]}", m.id);
	assert_int_equal(settle(f), 0);
	is_state(&m, "stopped");
	assert_false(json_is_true(json_path(inspect(&m), "State.Running")));
	ec2_no(f, "IncorrectInstanceState", "RebootInstances",
	    "{\"InstanceIds\": [\"%s\"]}", m.id);
	v = ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	ec2_is(v, "StoppingInstances.0.CurrentState.Name", "stopped");

	f->now_ms += HOUR_MS;
	v = ec2_ok(f, "StartInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	ec2_is(v, "StartingInstances.0.CurrentState.Name", "pending");
	assert_int_equal(settle(f), 0);
	/* What netd said was of the start before. */
	is_state(&m, "pending");
	plug_in(&m, "attached", NULL);
	assert_int_equal(settle(f), 0);
	v = ec2_instance_now(f, m.id);
	ec2_is(v, "State.Name", "running");
	ec2_is(v, "PrivateIpAddress", private);
	assert_non_null(fixture_text(v, "PublicIpAddress"));
	assert_true(json_num(v, "LaunchTime", 0) > 1767225600.0 + 3599);
	assert_int_equal(engine_fake_calls(f->engine, "container_create"),
	    3 /* netd, the router, the machine */);
}

static void
reboots_are_done_once(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	int starts;
	int64_t pid;

	set_running(f, &m, "");
	pid = json_int(json_get(inspect(&m), "State"), "Pid", 0);
	starts = engine_fake_calls(f->engine, "container_start");
	ec2_ok(f, "RebootInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	ec2_ok(f, "RebootInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	assert_int_equal(settle(f), 0);
	assert_int_equal(engine_fake_calls(f->engine, "container_start"), starts + 1);
	assert_true(json_int(json_get(inspect(&m), "State"), "Pid", 0) != pid);
	is_state(&m, "running");
}

static void
terminated_is_shown_for_an_hour(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	json_t *v;

	set_running(f, &m, "\"DisableApiTermination\": true");
	assert_non_null(strstr(ec2_no(f, "OperationNotPermitted", "TerminateInstances",
				   "{\"InstanceIds\": [\"%s\"]}", m.id),
	    "may not be terminated. Modify its 'disableApiTermination' instance attribute"));
	ec2_ok(f, "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"DisableApiTermination\": {\"Value\": false}}",
	    m.id);
	v = ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	ec2_is(v, "TerminatingInstances.0.CurrentState.Name", "shutting-down");
	assert_int_equal(settle(f), 0);
	assert_null(inspect(&m));
	v = ec2_instance_now(f, m.id);
	ec2_is(v, "State.Name", "terminated");
	ec2_is(v, "StateReason.Message",
	    "Client.UserInitiatedShutdown: User initiated shutdown");
	assert_null(json_get(v, "PrivateIpAddress"));
	assert_null(json_get(v, "SubnetId"));
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfaces", "{}"), "NetworkInterfaces", 0);
	ec2_no(f, "IncorrectInstanceState", "StartInstances",
	    "{\"InstanceIds\": [\"%s\"]}", m.id);

	f->now_ms += HOUR_MS - 1000;
	settle(f);
	is_state(&m, "terminated");
	f->now_ms += 1000;
	settle(f);
	assert_string_equal(ec2_no(f, "InvalidInstanceID.NotFound", "DescribeInstances",
				"{\"InstanceIds\": [\"%s\"]}", m.id),
	    arena_printf(f->arena, "The instance ID '%s' does not exist", m.id));
}

static void
poweroff_stops_or_terminates(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	json_t *v;

	set_running(f, &m, "");
	assert_true(engine_fake_exit(f->engine, m.name, 3));
	assert_int_equal(settle(f), 0);
	v = ec2_instance_now(f, m.id);
	ec2_is(v, "State.Name", "stopped");
	ec2_is(v, "StateReason.Code", "Client.InstanceInitiatedShutdown");
	ec2_is(v, "StateTransitionReason", "User initiated");
	assert_null(json_get(v, "PublicIpAddress"));
	ec2_ok(f, "StartInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	assert_int_equal(settle(f), 0);
	plug_in(&m, "attached", NULL);
	assert_int_equal(settle(f), 0);
	ec2_ok(f, "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"Attribute\": \"instanceInitiatedShutdownBehavior\","
	    " \"Value\": \"terminate\"}",
	    m.id);
	assert_true(engine_fake_exit(f->engine, m.name, 3));
	assert_int_equal(settle(f), 0);
	is_state(&m, "terminated");
}

/* User data that ends with `poweroff` may be done before anybody has seen the machine run. */
static void
poweroff_counts_before_running_too(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	engine_fake_add_image(f->engine, IMAGE, NULL);
	set_up(f, &m, "\"InstanceInitiatedShutdownBehavior\": \"terminate\"");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_true(engine_fake_exit(f->engine, m.name, 3));
	assert_int_equal(settle(f), 0);
	is_state(&m, "terminated");
}

static void
a_crash_is_recovered(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	set_running(f, &m, "");
	assert_true(engine_fake_exit(f->engine, m.name, 137));
	assert_int_equal(settle(f), 0);
	assert_true(json_is_true(json_path(inspect(&m), "State.Running")));
	is_state(&m, "running");
}

static void
a_new_control_plane_adopts_what_runs(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	const char *id;

	set_running(f, &m, "");
	id = json_str(inspect(&m), "Id");
	engine_fake_forget_calls(f->engine);
	assert_int_equal(settle(f), 0);
	assert_string_equal(json_str(inspect(&m), "Id"), id);
	assert_int_equal(engine_fake_calls(f->engine, "container_create"), 0);
	assert_int_equal(engine_fake_calls(f->engine, "container_start"), 0);
	assert_int_equal(engine_fake_calls(f->engine, "container_remove"), 0);

	/* What went while it was away is made again, with the same address. */
	assert_true(engine_fake_vanish(f->engine, m.name));
	assert_int_equal(settle(f), 0);
	assert_non_null(inspect(&m));
	ec2_is(inspect(&m), "Config.Hostname", "ip-10-0-1-4");
	plug_in(&m, "attached", NULL);
	assert_int_equal(settle(f), 0);
	is_state(&m, "running");
}

static void
an_engine_that_is_away_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	set_running(f, &m, "");
	engine_fake_set_down(f->engine, 1);
	assert_true(reconcile_pass(&f->env) > 0);
	is_state(&m, "running");
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	assert_true(reconcile_pass(&f->env) > 0);
	is_state(&m, "stopping");
	engine_fake_set_down(f->engine, 0);
	assert_int_equal(settle(f), 0);
	is_state(&m, "stopped");
}

static void
a_new_type_is_a_new_limit(void **state)
{
	struct fixture *f = *state;
	struct machine m;

	set_running(f, &m, "");
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	assert_int_equal(settle(f), 0);
	ec2_ok(f, "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"InstanceType\": {\"Value\": \"t3.nano\"}}", m.id);
	ec2_ok(f, "StartInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	assert_int_equal(settle(f), 0);
	ec2_is(inspect(&m), "HostConfig.Memory", "536870912");
	assert_true(json_is_true(json_path(inspect(&m), "State.Running")));
}

static void
elastic_addresses_stay(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	const char *allocation, *address;
	json_t *v;

	set_running(f, &m, "");
	v = ec2_ok(f, "AllocateAddress", "{}");
	allocation = ec2_text(v, "AllocationId");
	address = ec2_text(v, "PublicIp");
	ec2_ok(f, "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"InstanceId\": \"%s\"}", allocation, m.id);
	ec2_is(ec2_instance_now(f, m.id), "PublicIpAddress", address);
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	assert_int_equal(settle(f), 0);
	ec2_is(ec2_instance_now(f, m.id), "PublicIpAddress", address);
	ec2_ok(f, "StartInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	ec2_is(ec2_instance_now(f, m.id), "PublicIpAddress", address);
	ec2_no(f, "InvalidIPAddress.InUse", "ReleaseAddress",
	    "{\"AllocationId\": \"%s\"}", allocation);
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	assert_int_equal(settle(f), 0);
	v = ec2_ok(f, "DescribeAddresses", "{\"AllocationIds\": [\"%s\"]}", allocation);
	ec2_is(v, "Addresses.0.PublicIp", address);
	assert_null(fixture_text(v, "Addresses.0.AssociationId"));
	ec2_ok(f, "ReleaseAddress", "{\"AllocationId\": \"%s\"}", allocation);
}

static void
profiles_take_the_place_of_root(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	const json_t *env, *v;
	size_t i;

	fixture_ok(f, "iam", "CreateInstanceProfile",
	    "{\"InstanceProfileName\": \"web\"}");
	set_running(f, &m, "\"IamInstanceProfile\": {\"Name\": \"web\"}");
	env = json_path(inspect(&m), "Config.Env");
	assert_true(json_array_size(env) > 0);
	json_array_foreach(env, i, v) {
		if (strncmp(json_string_value(v), "AWS_ACCESS_KEY_ID", 17) == 0 ||
		    strncmp(json_string_value(v), "AWS_SECRET", 10) == 0)
			fail_msg("a machine with a profile has %s", json_string_value(v));
	}
}

static void
a_deleted_vpc_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct machine m;
	int networks;

	set_running(f, &m, "");
	networks = engine_fake_n_networks(f->engine);
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	assert_int_equal(settle(f), 0);
	ec2_ok(f, "DetachInternetGateway",
	    "{\"InternetGatewayId\": \"%s\", \"VpcId\": \"%s\"}", m.w.gateway, m.w.vpc);
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", m.w.subnet);
	ec2_ok(f, "DeleteVpc", "{\"VpcId\": \"%s\"}", m.w.vpc);
	assert_int_equal(settle(f), 0);
	assert_int_equal(engine_fake_n_networks(f->engine), networks - 1);
	m.name = arena_printf(f->arena, "simfra-%s", m.w.vpc);
	assert_null(inspect(&m));
}

static void
without_an_engine_states_go_their_way(void **state)
{
	struct fixture *f = *state;
	struct engine *engine = f->env.engine;
	struct machine m;

	f->env.engine = NULL;
	set_up(f, &m, "");
	is_state(&m, "pending");
	assert_int_equal(settle(f), 0);
	is_state(&m, "running");
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	settle(f);
	is_state(&m, "stopped");
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", m.id);
	settle(f);
	is_state(&m, "terminated");
	f->env.engine = engine;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_container_is_what_the_launch_asked_for),
		TEST(a_missing_image_is_said_and_tried_again),
		TEST(each_engine_failure_is_tried_again),
		TEST(half_made_containers_are_not_kept),
		TEST(an_interface_that_cannot_be_attached_is_said),
		TEST(stop_and_start),
		TEST(reboots_are_done_once),
		TEST(terminated_is_shown_for_an_hour),
		TEST(poweroff_stops_or_terminates),
		TEST(poweroff_counts_before_running_too),
		TEST(a_crash_is_recovered),
		TEST(a_new_control_plane_adopts_what_runs),
		TEST(an_engine_that_is_away_changes_nothing),
		TEST(a_new_type_is_a_new_limit),
		TEST(elastic_addresses_stay),
		TEST(profiles_take_the_place_of_root),
		TEST(a_deleted_vpc_leaves_nothing),
		TEST(without_an_engine_states_go_their_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
