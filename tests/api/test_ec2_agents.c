/* EC2: what its agents are told of a small world, and what comes of what they say. */
#include "tests/api/agent_calls.h"
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "base/enc.h"
#include "control/plane/reconcile.h"
#include "control/services/ec2/network/host.h"
#include "control/services/services.h"
#include "tests/api/iam_calls.h"
#include "tests/fakes/engine_fake.h"

static void
netd_is_told_of_the_whole_world(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v, *i, *eni;

	ec2_world(f, &w);
	i = json_array_get(json_get(ec2_launch(f, &w, ""), "Instances"), 0);
	assert_int_equal(json_array_size(
			     json_get(agent_config(f, "netd", STORE_SYSTEM, "netd"),
				 "vpcs")),
	    0);
	agent_machines(f);
	v = agent_config(f, "netd", STORE_SYSTEM, "netd");
	agent_equals(f, json_array_get(json_get(v, "vpcs"), 0),
	    arena_printf(f->arena,
		"{\"id\": \"%s\", \"container\": \"simfra-%s\", \"cidrs\": [\"10.0.0.0/16\"],"
		" \"subnets\": [{\"id\": \"%s\", \"zone\": \"us-east-1a\", \"cidr\":"
		"   \"10.0.1.0/24\", \"gateway\": \"10.0.1.1\", \"acl\": \"%s\", \"table\":"
		"   \"%s\"}], \"resolver\": \"10.0.0.2\","
		" \"control\": {\"address\": \"10.0.0.3\", \"to\": \"%s\", \"port\": 4599,"
		"   \"ports\": [4599, 80], \"tls_port\": 4600, \"tls_ports\": [443]},"
		" \"underlay\": \"198.19.0.0/28\", \"internet\": {\"cidr\": \"198.18.0.0/16\","
		"   \"cidr6\": \"2001:db8::/32\", \"id\": \"%s\"}, \"guests\": []}",
		w.vpc, w.vpc, w.subnet, ec2_text(v, "acls.0.id"), w.table,
		host_gateway(&f->settings, f->arena), w.gateway));
	eni = json_array_get(json_get(i, "NetworkInterfaces"), 0);
	agent_equals(f, json_array_get(json_get(v, "enis"), 0),
	    arena_printf(f->arena,
		"{\"id\": \"%s\", \"kind\": \"container\", \"owner\": \"%s\", \"vpc\": \"%s\","
		" \"subnet\": \"%s\", \"container\": \"simfra-%s\", \"device\": \"eth0\","
		" \"mac\": \"%s\", \"addresses\": [\"10.0.1.4/24\"], \"public\":"
		" {\"10.0.1.4\": \"%s\"}, \"gateway\": \"10.0.1.1\", \"groups\": [\"%s\"],"
		" \"source_dest_check\": true, \"flow_log\": false}",
		ec2_text(eni, "NetworkInterfaceId"), ec2_text(i, "InstanceId"), w.vpc,
		w.subnet, ec2_text(i, "InstanceId"), ec2_text(eni, "MacAddress"),
		ec2_text(i, "PublicIpAddress"), ec2_text(eni, "Groups.0.GroupId")));
	ec2_is(v, "label", "dev.simfra.owner=simfra");
}

static void
equal_ranges_stand_side_by_side(void **state)
{
	struct fixture *f = *state;
	struct ec2_world one, two;
	json_t *v;

	ec2_world(f, &one);
	f->region = "eu-west-1";
	ec2_world(f, &two);
	f->region = "us-east-1";
	agent_machines(f);
	v = agent_config(f, "netd", STORE_SYSTEM, "netd");
	assert_int_equal(json_array_size(json_get(v, "vpcs")), 2);
	assert_string_not_equal(ec2_text(v, "vpcs.0.underlay"),
	    ec2_text(v, "vpcs.1.underlay"));
	ec2_is(v, "vpcs.0.subnets.0.cidr", "10.0.1.0/24");
	ec2_is(v, "vpcs.1.subnets.0.cidr", "10.0.1.0/24");
}

static const char *
default_group(struct fixture *f, const char *vpc)
{
	return ec2_text(ec2_ok(f, "DescribeSecurityGroups",
			    "{\"Filters\": [{\"Name\": \"vpc-id\", \"Values\": [\"%s\"]},"
			    " {\"Name\": \"group-name\", \"Values\": [\"default\"]}]}",
			    vpc),
	    "SecurityGroups.0.GroupId");
}

/* Whoever is on the VPC's network and not ours, as long as he is. */
static void
a_container_on_the_network_is_a_guest(void **state)
{
	struct fixture *f = *state;
	const char *network, *id;
	struct ec2_world w;
	struct err err;
	json_t *v, *guest;

	ec2_world(f, &w);
	agent_machines(f);
	network = arena_printf(f->arena, "simfra-vpc-%s-%s-%s", FIXTURE_ACCOUNT,
	    FIXTURE_REGION, w.vpc);
	guest = json_own(f->arena,
	    json_make("{s:s, s:{s:s}}", "Image", "ubuntu:latest", "HostConfig",
		"NetworkMode", network));
	assert_int_equal(engine_container_create(f->env.engine, "mine", guest, &err), 0);
	assert_int_equal(engine_container_start(f->env.engine, "mine", &err), 0);
	assert_int_equal(engine_container_inspect(f->env.engine, f->arena, "mine", &v,
			     &err),
	    1);
	id = ec2_text(v, "Id");
	assert_int_equal(reconcile_pass(&f->env), 0);
	v = json_get(agent_config(f, "netd", STORE_SYSTEM, "netd"), "vpcs");
	v = json_get(json_array_get(v, 0), "guests");
	agent_equals(f, v,
	    arena_printf(f->arena,
		"[{\"container\": \"%s\", \"address\": \"198.19.0.3\", \"groups\": [\"%s\"]}]",
		id, default_group(f, w.vpc)));

	assert_int_equal(engine_container_remove(f->env.engine, "mine", &err), 0);
	assert_int_equal(reconcile_pass(&f->env), 0);
	v = json_get(agent_config(f, "netd", STORE_SYSTEM, "netd"), "vpcs");
	v = json_get(json_array_get(v, 0), "guests");
	agent_equals(f, v, "[]");
}

/* The label names groups of the VPC; one that is wrong is none, so that nothing passes. */
static void
a_guest_has_the_groups_of_its_label(void **state)
{
	static const char label[] = "dev.simfra.security-groups";
	struct fixture *f = *state;
	const char *network, *group;
	struct ec2_world w, other;
	struct err err;
	json_t *v, *guest;

	ec2_world(f, &w);
	ec2_world(f, &other);
	agent_machines(f);
	group = default_group(f, w.vpc);
	network = arena_printf(f->arena, "simfra-vpc-%s-%s-%s", FIXTURE_ACCOUNT,
	    FIXTURE_REGION, w.vpc);
	for (int i = 0; i < 3; i++) {
		const char *texts[] = { group,
			arena_printf(f->arena, "%s, %s", group,
			    default_group(f, other.vpc)),
			"" };

		guest = json_own(f->arena,
		    json_make("{s:s, s:{s:s}, s:{s:s}}", "Image", "ubuntu:latest",
			"HostConfig", "NetworkMode", network, "Labels", label, texts[i]));
		assert_int_equal(engine_container_create(f->env.engine, "mine", guest,
				     &err),
		    0);
		assert_int_equal(engine_container_start(f->env.engine, "mine", &err), 0);
		assert_int_equal(reconcile_pass(&f->env), 0);
		v = agent_config(f, "netd", STORE_SYSTEM, "netd");
		v = strcmp(ec2_text(v, "vpcs.0.id"), w.vpc) == 0 ?
		    json_array_get(json_get(v, "vpcs"), 0) :
		    json_array_get(json_get(v, "vpcs"), 1);
		v = json_get(json_array_get(json_get(v, "guests"), 0), "groups");
		agent_equals(f, v,
		    i == 0 ? arena_printf(f->arena, "[\"%s\"]", group) : "[]");
		assert_int_equal(engine_container_remove(f->env.engine, "mine", &err), 0);
	}
}

static void
what_netd_says_makes_an_instance_run(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *eni;
	json_t *v, *container;
	struct err err;

	ec2_world(f, &w);
	v = ec2_launch(f, &w, "");
	id = ec2_text(v, "Instances.0.InstanceId");
	eni = ec2_text(v, "Instances.0.NetworkInterfaces.0.NetworkInterfaceId");
	agent_machines(f);
	assert_int_equal(engine_container_inspect(f->env.engine, f->arena,
			     arena_printf(f->arena, "simfra-%s", id), &container, &err),
	    1);
	agent_say(f, "netd", STORE_SYSTEM, "netd",
	    arena_printf(f->arena,
		"{\"rev\": \"1\", \"enforcement\": \"verified\", \"enis\": {\"%s\": {\"container\":"
		" \"%s\", \"pid\": %lld, \"state\": \"attached\"}, \"eni-0\": {\"container\":"
		" \"x\", \"pid\": 1, \"state\": \"attached\"}}, \"vpcs\": {}}",
		eni, json_str(container, "Id"),
		(long long)json_int(json_get(container, "State"), "Pid", 0)));
	assert_int_equal(reconcile_pass(&f->env), 0);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
	/* Nonsense is no failure, and changes nothing. */
	agent_say(f, "netd", STORE_SYSTEM, "netd", "{}");
	agent_say(f, "netd", STORE_SYSTEM, "netd", "{\"enis\": [], \"enforcement\": 7}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
}

static json_t *
interface_now(struct fixture *f, const char *id)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeNetworkInterfaces",
					   "{\"NetworkInterfaceIds\": [\"%s\"]}", id),
				  "NetworkInterfaces"),
	    0);
}

/* netd says that both of the instance's interfaces are in its container, or the first alone. */
static void
say_plugged(struct fixture *f, const char *instance, const char *first,
    const char *second)
{
	json_t *container, *enis = json_own(f->arena, json_new_object());
	const char *both[] = { first, second };
	struct err err;

	assert_int_equal(engine_container_inspect(f->env.engine, f->arena,
			     arena_printf(f->arena, "simfra-%s", instance), &container,
			     &err),
	    1);
	for (size_t i = 0; i < COUNT(both) && both[i] != NULL; i++)
		json_set(enis, both[i],
		    json_make("{s:s, s:I, s:s}", "container", json_str(container, "Id"),
			"pid", json_int(json_get(container, "State"), "Pid", 0), "state",
			"attached"));
	agent_say(f, "netd", STORE_SYSTEM, "netd",
	    arena_printf(f->arena, "{\"enforcement\": \"verified\", \"enis\": %s}",
		json_text(f->arena, enis)));
	assert_int_equal(reconcile_pass(&f->env), 0);
}

static const char *
kind_told(struct fixture *f, const char *eni)
{
	const json_t *row,
	    *all = json_get(agent_config(f, "netd", STORE_SYSTEM, "netd"), "enis");
	size_t i;

	json_array_foreach(all, i, row) {
		if (strcmp(ec2_text(row, "id"), eni) == 0)
			return ec2_text(row, "kind");
	}
	return "";
}

/* Where groups do nothing, each machine says so; and no more when they do. */
static void
a_host_that_cannot_enforce_is_told_of(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *eni;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_launch(f, &w, "");
	id = ec2_text(v, "Instances.0.InstanceId");
	eni = ec2_text(v, "Instances.0.NetworkInterfaces.0.NetworkInterfaceId");
	agent_machines(f);
	say_plugged(f, id, eni, NULL);
	assert_null(json_get(ec2_instance_now(f, id), "StateReason"));
	agent_say(f, "netd", STORE_SYSTEM, "netd", "{\"enforcement\": \"no nftables\"}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	v = ec2_instance_now(f, id);
	ec2_is(v, "State.Name", "running");
	ec2_is(v, "StateReason.Code", "Server.NetworkNotEnforced");
	ec2_is(v, "StateReason.Message", "Server.NetworkNotEnforced: no nftables");
	say_plugged(f, id, eni, NULL);
	assert_null(json_get(ec2_instance_now(f, id), "StateReason"));
}

/* One more interface, with two addresses: netd plugs it in beside the first. */
static void
a_second_interface_is_plugged_in(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;
	struct ec2_world w;
	const char *id, *eni, *elastic;
	struct err err;
	json_t *doc, *v;

	ec2_world(f, &w);
	id = ec2_text(ec2_launch(f, &w, ""), "Instances.0.InstanceId");
	eni =
	    ec2_text(ec2_ok(f, "CreateNetworkInterface",
			 "{\"SubnetId\": \"%s\", \"SecondaryPrivateIpAddressCount\": 1}",
			 w.subnet),
		"NetworkInterface.NetworkInterfaceId");
	t = store_begin(f->env.store, f->arena);
	assert_int_equal(store_edit(t, SCOPE, "ec2:instance", id, &doc, &err), 1);
	json_set(doc, "State", json_make("{s:i, s:s}", "Code", 16, "Name", "running"));
	store_put(t, SCOPE, "ec2:instance", id, doc);
	assert_int_equal(store_commit(t, &err), 1);
	ec2_ok(f, "AttachNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\", \"InstanceId\": \"%s\", \"DeviceIndex\": 1}",
	    eni, id);
	elastic = ec2_text(ec2_ok(f, "AllocateAddress", "{}"), "AllocationId");
	ec2_ok(f, "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"NetworkInterfaceId\": \"%s\","
	    " \"PrivateIpAddress\": \"10.0.1.6\"}",
	    elastic, eni);
	agent_machines(f);
	v = agent_config(f, "netd", STORE_SYSTEM, "netd");
	ec2_counts(v, "enis", 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *row = json_array_get(json_get(v, "enis"), i);

		if (strcmp(ec2_text(row, "id"), eni) != 0)
			continue;
		ec2_is(row, "device", "eth1");
		ec2_is(row, "kind", "container");
		assert_non_null(json_get(json_get(row, "public"), "10.0.1.6"));
		ec2_is(row, "addresses.0", "10.0.1.5/24");
		ec2_is(row, "addresses.1", "10.0.1.6/24");
	}
}

/* Attached and detached is what netd has done, and it is told at once. */
static void
an_attachment_waits_for_netd(void **state)
{
	struct fixture *f = *state;
	const char *id, *first, *second, *attachment;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_launch(f, &w, "");
	id = ec2_text(v, "Instances.0.InstanceId");
	first = ec2_text(v, "Instances.0.NetworkInterfaces.0.NetworkInterfaceId");
	agent_machines(f);
	say_plugged(f, id, first, NULL);
	ec2_is(ec2_instance_now(f, id), "State.Name", "running");
	second = ec2_text(ec2_ok(f, "CreateNetworkInterface", "{\"SubnetId\": \"%s\"}",
			      w.subnet),
	    "NetworkInterface.NetworkInterfaceId");
	assert_string_equal(kind_told(f, second), "none");
	attachment = ec2_text(ec2_ok(f, "AttachNetworkInterface",
				  "{\"NetworkInterfaceId\": \"%s\", \"InstanceId\":"
				  " \"%s\", \"DeviceIndex\": 1}",
				  second, id),
	    "AttachmentId");
	ec2_is(interface_now(f, second), "Attachment.Status", "attaching");
	assert_string_equal(kind_told(f, second), "container");
	say_plugged(f, id, first, second);
	ec2_is(interface_now(f, second), "Attachment.Status", "attached");
	ec2_is(ec2_instance_now(f, id), "NetworkInterfaces.1.Attachment.Status",
	    "attached");

	ec2_ok(f, "DetachNetworkInterface", "{\"AttachmentId\": \"%s\"}", attachment);
	ec2_is(interface_now(f, second), "Attachment.Status", "detaching");
	ec2_is(interface_now(f, second), "Status", "in-use");
	assert_string_equal(kind_told(f, second), "none");
	/* What was on its way before is no word of it. */
	say_plugged(f, id, first, second);
	ec2_is(interface_now(f, second), "Attachment.Status", "detaching");
	say_plugged(f, id, first, NULL);
	v = interface_now(f, second);
	ec2_is(v, "Status", "available");
	assert_null(json_get(v, "Attachment"));
	ec2_counts(ec2_instance_now(f, id), "NetworkInterfaces", 1);
}

/* A NAT gateway is a container, and there when netd has plugged it in. */
static void
a_nat_gateway_waits_for_netd(void **state)
{
	struct fixture *f = *state;
	const char *id, *eni, *name;
	struct ec2_world w;
	json_t *v, *container;
	struct err err;

	ec2_world(f, &w);
	v = ec2_ok(f, "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"ConnectivityType\": \"private\"}", w.subnet);
	id = ec2_text(v, "NatGateway.NatGatewayId");
	eni = ec2_text(v, "NatGateway.NatGatewayAddresses.0.NetworkInterfaceId");
	agent_machines(f);
	assert_string_equal(kind_told(f, eni), "nat");
	ec2_is(ec2_ok(f, "DescribeNatGateways", "{}"), "NatGateways.0.State", "pending");
	name = arena_printf(f->arena, "simfra-%s", id);
	assert_int_equal(engine_container_inspect(f->env.engine, f->arena, name,
			     &container, &err),
	    1);
	ec2_is(container, "HostConfig.NetworkMode", "none");
	ec2_is(container, "HostConfig.CapDrop.0", "ALL");
	ec2_is(container, "Config.Cmd.0", "pause");
	say_plugged(f, id, eni, NULL);
	v = json_array_get(json_get(ec2_ok(f, "DescribeNatGateways", "{}"),
			       "NatGateways"),
	    0);
	ec2_is(v, "State", "available");
	assert_null(json_get(v, "FailureCode"));

	/* Taken away under our eyes, it is made again. */
	assert_int_equal(engine_container_remove(f->env.engine, name, &err), 0);
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_int_equal(engine_container_inspect(f->env.engine, f->arena, name,
			     &container, &err),
	    1);
	ec2_ok(f, "DeleteNatGateway", "{\"NatGatewayId\": \"%s\"}", id);
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_int_equal(engine_container_inspect(f->env.engine, f->arena, name,
			     &container, &err),
	    0);
	assert_string_equal(kind_told(f, eni), "");
}

static void
what_keeps_a_nat_gateway_is_said(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	struct err err;
	json_t *v;

	ec2_world(f, &w);
	ec2_ok(f, "CreateNatGateway",
	    "{\"SubnetId\": \"%s\", \"ConnectivityType\": \"private\"}", w.subnet);
	/* The image is not there, and nowhere to be had. */
	assert_int_equal(host_announce(&f->env, &err), 0);
	reconcile_pass(&f->env);
	v = json_array_get(json_get(ec2_ok(f, "DescribeNatGateways", "{}"),
			       "NatGateways"),
	    0);
	ec2_is(v, "State", "pending");
	ec2_is(v, "FailureCode", "InternalError");
	assert_true(strlen(ec2_text(v, "FailureMessage")) > 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(netd_is_told_of_the_whole_world),
		TEST(equal_ranges_stand_side_by_side),
		TEST(a_container_on_the_network_is_a_guest),
		TEST(a_guest_has_the_groups_of_its_label),
		TEST(a_second_interface_is_plugged_in),
		TEST(an_attachment_waits_for_netd),
		TEST(a_nat_gateway_waits_for_netd),
		TEST(what_keeps_a_nat_gateway_is_said),
		TEST(what_netd_says_makes_an_instance_run),
		TEST(a_host_that_cannot_enforce_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
