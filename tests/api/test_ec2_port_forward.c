/* EC2: port forwards: those of public instances, private ones, their tags; what edge is told. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "control/api/agent.h"
#include "control/api/host_port.h"
#include "control/plane/plane.h"
#include "control/plane/port_forwards.h"
#include "control/plane/reconcile.h"
#include "control/services/ec2/compute/attachment.h"
#include "control/services/ec2/network/edge.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/port_forward.h"
#include "tests/api/agent_calls.h"
#include "tests/fakes/engine_fake.h"

#define SCOPE FIXTURE_ACCOUNT ":" FIXTURE_REGION
#define TAG   PORT_FORWARD_TAG

struct place {
	struct fixture *f;
	struct ec2_world w;
	const char *id, *eni, *address, *public, *group;
};

static void
settle(struct fixture *f)
{
	for (int i = 0; i < 6; i++)
		reconcile_pass(&f->env);
	assert_int_equal(reconcile_pass(&f->env), 0);
}

/* netd says that the interface is plugged in, so the instance runs. */
static void
plug_in(struct place *p)
{
	struct store_txn *t = store_begin(p->f->env.store, p->f->arena);
	json_t *container, *doc;
	struct err err;

	assert_true(
	    engine_container_inspect(p->f->env.engine, p->f->arena,
		arena_printf(p->f->arena, "simfra-%s", p->id), &container, &err) > 0);
	doc = json_own(p->f->arena,
	    json_make("{s:s, s:s, s:I, s:s}", "id", p->eni, "container",
		json_str(container, "Id"), "pid",
		(json_int_t)json_int(json_get(container, "State"), "Pid", 0), "state",
		"attached"));
	store_put(t, SCOPE, ATTACHMENT_KIND, p->eni, doc);
	assert_int_equal(store_commit(t, &err), 1);
}

/* A public instance that runs, under a group of its own. */
static void
set_up(struct fixture *f, struct place *p)
{
	json_t *i;

	agent_images(f);
	p->f = f;
	ec2_world(f, &p->w);
	p->group = ec2_text(
	    ec2_ok(f, "CreateSecurityGroup",
		"{\"GroupName\": \"g\", \"Description\": \"g\", \"VpcId\": \"%s\"}",
		p->w.vpc),
	    "GroupId");
	i = ec2_launch(f, &p->w,
	    arena_printf(f->arena, "\"SecurityGroupIds\": [\"%s\"]", p->group));
	p->id = ec2_text(i, "Instances.0.InstanceId");
	p->eni = ec2_text(i, "Instances.0.NetworkInterfaces.0.NetworkInterfaceId");
	settle(f);
	plug_in(p);
	settle(f);
	i = ec2_instance_now(f, p->id);
	ec2_is(i, "State.Name", "running");
	p->address = ec2_text(i, "PrivateIpAddress");
	p->public = ec2_text(i, "PublicIpAddress");
}

static void
permit(struct place *p, const char *op, const char *protocol, int from, int to,
    const char *cidr)
{
	ec2_ok(p->f, op,
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"%s\","
	    " \"FromPort\": %d, \"ToPort\": %d, \"IpRanges\": [{\"CidrIp\": \"%s\"}]}]}",
	    p->group, protocol, from, to, cidr);
	settle(p->f);
}

static void
open_port(struct place *p, const char *protocol, int from, int to, const char *cidr)
{
	permit(p, "AuthorizeSecurityGroupIngress", protocol, from, to, cidr);
}

static json_t *
all(struct fixture *f)
{
	struct err err;
	json_t *list;

	assert_int_equal(port_forward_list(&f->env, f->arena, &list, &err), 0);
	return list;
}

/* The value of a tag of the resource, NULL when it has none. */
static const char *
tag_of(struct fixture *f, const char *id, const char *key)
{
	json_t *v = ec2_ok(f, "DescribeTags",
	    "{\"Filters\": [{\"Name\": \"resource-id\", \"Values\": [\"%s\"]},"
	    " {\"Name\": \"key\", \"Values\": [\"%s\"]}]}",
	    id, key);

	return fixture_text(v, "Tags.0.Value");
}

/* A request at the door: its status, and the answer. */
static int
ask(struct fixture *f, const char *method, const char *rest, const char *body,
    json_t **ret)
{
	static struct plane plane;
	struct exchange x = { .plane = &plane, .arena = f->arena };
	struct err err;

	plane.env = f->env;
	x.request.method = method;
	x.request.path = arena_printf(f->arena, "/_simfra/port-forwards%s", rest);
	x.request.body = body;
	x.request.body_len = body != NULL ? strlen(body) : 0;
	port_forwards_answer(&x);
	*ret = NULL;
	if (x.reply.body != NULL)
		assert_int_equal(json_read_in(f->arena, x.reply.body->data,
				     x.reply.body->len, ret, &err),
		    0);
	return x.reply.status;
}

static void
open_ports_of_a_public_instance_are_published(void **state)
{
	struct fixture *f = *state;
	struct place p;
	json_t *list;

	set_up(f, &p);
	assert_int_equal(json_array_size(all(f)), 0);
	open_port(&p, "tcp", 80, 81, "0.0.0.0/0");
	open_port(&p, "udp", 53, 53, "198.18.0.0/15");
	open_port(&p, "tcp", 22, 22, "203.0.113.0/24"); /* not for the host's side */
	open_port(&p, "tcp", 1000, 1010, "0.0.0.0/0");	/* too many */
	list = all(f);
	assert_int_equal(json_array_size(list), 3);
	for (size_t i = 0; i < 3; i++) {
		const json_t *row = json_array_get(list, i);

		assert_int_equal(port_forward_port(row), 11800 + i);
		assert_string_equal(json_str(row, "Public"), p.public);
		assert_string_equal(json_str(row, "Resource"), p.id);
	}
	assert_string_equal(tag_of(f, p.id, TAG "80"), "127.0.0.1:11800");
	assert_string_equal(tag_of(f, p.id, TAG "53/udp"), "127.0.0.1:11802");
	permit(&p, "RevokeSecurityGroupIngress", "tcp", 80, 81, "0.0.0.0/0");
	assert_int_equal(json_array_size(all(f)), 1);
	assert_null(tag_of(f, p.id, TAG "80"));
	assert_string_equal(tag_of(f, p.id, TAG "53/udp"), "127.0.0.1:11802");
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", p.id);
	settle(f);
	assert_int_equal(json_array_size(all(f)), 0);
}

static void
edge_runs_while_there_is_something_to_publish(void **state)
{
	struct fixture *f = *state;
	struct place p;
	json_t *found;
	struct err err;

	set_up(f, &p);
	assert_int_equal(engine_container_inspect(f->env.engine, f->arena, "simfra-edge",
			     &found, &err),
	    0);
	open_port(&p, "tcp", 80, 80, "0.0.0.0/0");
	assert_true(engine_container_inspect(f->env.engine, f->arena, "simfra-edge",
			&found, &err) > 0);
	ec2_is(found, "HostConfig.NetworkMode", "host");
	ec2_is(found, "HostConfig.CapDrop.0", "ALL");
	ec2_is(found, "Config.User", "65534:65534");
	permit(&p, "RevokeSecurityGroupIngress", "tcp", 80, 80, "0.0.0.0/0");
	assert_int_equal(engine_container_inspect(f->env.engine, f->arena, "simfra-edge",
			     &found, &err),
	    0);
}

static void
the_platforms_tags_do_not_count_and_are_not_the_users(void **state)
{
	struct fixture *f = *state;
	struct buf *tags = buf_new(f->arena, 0);
	struct place p;

	set_up(f, &p);
	open_port(&p, "tcp", 80, 80, "0.0.0.0/0");
	for (int i = 0; i < 50; i++)
		buf_printf(tags, "%s{\"Key\": \"k%d\", \"Value\": \"v\"}",
		    i > 0 ? ", " : "", i);
	ec2_ok(f, "CreateTags", "{\"Resources\": [\"%s\"], \"Tags\": [%s]}", p.id,
	    buf_text(tags));
	ec2_no(f, "TagLimitExceeded", "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"x\", \"Value\": \"v\"}]}",
	    p.id);
	ec2_no(f, "InvalidParameterValue", "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"" TAG "80\","
	    " \"Value\": \"v\"}]}",
	    p.id);
	ec2_no(f, "InvalidParameterValue", "DeleteTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"" TAG "80\"}]}", p.id);
	ec2_ok(f, "DeleteTags", "{\"Resources\": [\"%s\"]}", p.id);
	assert_string_equal(tag_of(f, p.id, TAG "80"), "127.0.0.1:11800");
	assert_null(tag_of(f, p.id, "k1"));
}

static void
the_door_makes_shows_and_removes(void **state)
{
	struct fixture *f = *state;
	struct place p;
	json_t *v;

	set_up(f, &p);
	assert_int_equal(ask(f, "POST", "",
			     arena_printf(f->arena, "{\"resource\": \"%s\"}", p.id), &v),
	    201);
	ec2_is(v, "address", "127.0.0.1:11800");
	ec2_is(v, "privateIp", p.address);
	ec2_is(v, "state", "pending");
	assert_int_equal(json_int(v, "port", 0), 22);
	/* The second time it is the same; UDP is another. */
	assert_int_equal(ask(f, "POST", "",
			     arena_printf(f->arena, "{\"resource\": \"%s\"}", p.id), &v),
	    200);
	assert_int_equal(json_int(v, "hostPort", 0), 11800);
	assert_int_equal(
	    ask(f, "POST", "",
		arena_printf(f->arena,
		    "{\"resource\": \"arn:aws:ec2:us-east-1:000000000000:"
		    "network-interface/%s\", \"port\": 53, \"protocol\": \"udp\","
		    " \"hostPort\": 11877}",
		    p.eni),
		&v),
	    201);
	assert_string_equal(tag_of(f, p.eni, TAG "53/udp"), "127.0.0.1:11877");
	assert_string_equal(tag_of(f, p.id, TAG "22"), "127.0.0.1:11800");
	assert_int_equal(ask(f, "GET", "", NULL, &v), 200);
	ec2_counts(v, "portForwards", 2);
	assert_int_equal(ask(f, "GET", "/11877", NULL, &v), 200);
	ec2_is(v, "resource", p.eni);
	assert_int_equal(ask(f, "DELETE", "/11877", NULL, &v), 204);
	assert_int_equal(ask(f, "DELETE", "/11877", NULL, &v), 404);
	assert_int_equal(ask(f, "GET", "/11877", NULL, &v), 404);
	assert_null(tag_of(f, p.eni, TAG "53/udp"));
	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", p.id);
	settle(f);
	assert_int_equal(ask(f, "GET", "/11800", NULL, &v), 404);
}

static void
the_door_refuses_what_is_wrong(void **state)
{
	static const struct {
		const char *body;
		int status;
	} cases[] = { { "", 400 }, { "[]", 400 }, { "{}", 400 },
		{ "{\"resource\": 1}", 400 }, { "{\"resource\": \"vol-1\"}", 400 },
		{ "{\"resource\": \"i-0123456789abcdef0\"}", 404 },
		{ "{\"resource\": \"arn:aws:ec2\"}", 400 },
		{ "{\"resource\": \"arn:aws:rds:us-east-1:000000000000:db/i-1\"}", 400 },
		{ "{\"resource\": \"arn:aws:ec2:us-east-1:000000000000:subnet/i-1\"}",
		    400 },
		{ "{\"resource\": \"arn:aws:ec2:us-east-1:000000000000:instance/i-1\"}",
		    404 },
		{ "{\"resource\": \"@\", \"port\": 0}", 400 },
		{ "{\"resource\": \"@\", \"port\": 65536}", 400 },
		{ "{\"resource\": \"@\", \"port\": \"22\"}", 400 },
		{ "{\"resource\": \"@\", \"protocol\": \"icmp\"}", 400 },
		{ "{\"resource\": \"@\", \"protocol\": 6}", 400 },
		{ "{\"resource\": \"@\", \"hostPort\": 1023}", 400 },
		{ "{\"resource\": \"@\", \"hostport\": 11811}", 400 },
		{ "{\"resource\": \"@\", \"port\": 23, \"hostPort\": 11800}", 409 } };
	struct fixture *f = *state;
	struct place p;
	json_t *v;

	set_up(f, &p);
	open_port(&p, "tcp", 80, 80, "0.0.0.0/0");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *at = strchr(cases[i].body, '@'), *body = cases[i].body;

		if (at != NULL)
			body = arena_printf(f->arena, "%.*s%s%s", (int)(at - body), body,
			    p.id, at + 1);
		if (ask(f, "POST", "", body, &v) != cases[i].status)
			fail_msg("%s: %s", body, json_text(f->arena, v));
	}
	/* That of an open port is not removed by hand. */
	assert_int_equal(ask(f, "DELETE", "/11800", NULL, &v), 409);
	assert_int_equal(ask(f, "PUT", "", NULL, &v), 405);
	assert_int_equal(ask(f, "PUT", "/11800", NULL, &v), 405);
	assert_int_equal(ask(f, "GET", "/11800x", NULL, &v), 404);
	f->settings.edge = "false";
	assert_int_equal(ask(f, "POST", "",
			     arena_printf(f->arena, "{\"resource\": \"%s\"}", p.id), &v),
	    409);
	settle(f);
	assert_int_equal(json_array_size(all(f)), 0);
}

static int
is_odd(int port)
{
	return port % 2;
}

static void
ports_are_the_next_free_ones_and_come_back(void **state)
{
	struct fixture *f = *state;
	struct place p;
	json_t *v;

	set_up(f, &p);
	f->settings.port_ranges[HOST_PORT_FORWARD].from = 12000;
	f->settings.port_ranges[HOST_PORT_FORWARD].to = 12005;
	f->env.port_is_free = is_odd;
	open_port(&p, "tcp", 80, 83, "0.0.0.0/0");
	v = all(f);
	assert_int_equal(json_array_size(v), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(port_forward_port(json_array_get(v, i)), 12001 + 2 * i);
	assert_int_equal(ask(f, "GET", "", NULL, &v), 200);
	assert_int_equal(json_int(v, "unpublished", 0), 1);
	assert_int_equal(ask(f, "POST", "",
			     arena_printf(f->arena, "{\"resource\": \"%s\"}", p.id), &v),
	    503);
	permit(&p, "RevokeSecurityGroupIngress", "tcp", 80, 83, "0.0.0.0/0");
	open_port(&p, "tcp", 85, 85, "0.0.0.0/0");
	v = all(f);
	assert_int_equal(json_array_size(v), 1);
	assert_int_equal(port_forward_port(json_array_get(v, 0)), 12001);
}

static void
say(struct fixture *f, int port, int64_t created_ms)
{
	struct agent_ref agent = { .env = &f->env,
		.arena = f->arena,
		.scope = STORE_SYSTEM,
		.id = EDGE_ID };
	struct err err;
	json_t *v = json_own(f->arena, json_new_object()), *row;

	row = json_need_object(json_need_object(v, "forwards"),
	    arena_printf(f->arena, "%d@%lld", port, (long long)created_ms));
	json_set_str(row, "state", "failed");
	json_set_str(row, "error", "address already in use");
	assert_int_equal(service_find_agent(&f->env, "edge")->status(&agent, v, &err), 0);
	settle(f);
}

/* Another program was faster: the next port, but not instead of one that was asked for. */
static void
a_port_that_edge_does_not_get_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct place p;
	json_t *v;

	set_up(f, &p);
	open_port(&p, "tcp", 80, 80, "0.0.0.0/0");
	v = json_array_get(all(f), 0);
	assert_int_equal(port_forward_port(v), 11800);
	say(f, 11800, json_int(v, "Created_ms", 0));
	assert_int_equal(json_array_size(all(f)), 1);
	v = json_array_get(all(f), 0);
	assert_int_equal(port_forward_port(v), 11801);
	assert_string_equal(tag_of(f, p.id, TAG "80"), "127.0.0.1:11801");
	assert_int_equal(ask(f, "POST", "",
			     arena_printf(f->arena,
				 "{\"resource\": \"%s\", \"hostPort\": 11850}", p.id),
			     &v),
	    201);
	v = json_array_get(all(f), 1);
	say(f, 11850, json_int(v, "Created_ms", 0));
	assert_int_equal(ask(f, "GET", "/11850", NULL, &v), 200);
	ec2_is(v, "state", "failed");
	ec2_is(v, "error", "address already in use");
}

static json_t *
told(struct fixture *f, const char *kind, const char *scope, const char *id)
{
	struct agent_ref agent = { .env = &f->env,
		.arena = f->arena,
		.scope = scope,
		.id = id };
	struct err err;
	json_t *v = NULL;

	assert_int_equal(service_find_agent(&f->env, kind)->config(&agent, &v, &err), 1);
	return v;
}

/* The key that edge has is that of the VPC's door, and of no other's. */
static void
edge_and_the_vpc_are_told_the_same(void **state)
{
	struct fixture *f = *state;
	struct place p;
	json_t *v, *door, *row;

	set_up(f, &p);
	open_port(&p, "tcp", 80, 80, "0.0.0.0/0");
	assert_int_equal(ask(f, "POST", "",
			     arena_printf(f->arena, "{\"resource\": \"%s\"}", p.id), &v),
	    201);
	v = told(f, "edge", STORE_SYSTEM, EDGE_ID);
	ec2_is(v, "listen", "127.0.0.1");
	row = json_array_get(json_get(v, "forwards"), 0);
	ec2_is(row, "to", p.public);
	assert_null(json_get(row, "via"));
	row = json_array_get(json_get(v, "forwards"), 1);
	ec2_is(row, "to", p.address);
	door = json_get(told(f, "vpc", SCOPE, p.w.vpc), "forwards");
	ec2_is(row, "via.key", json_str(door, "key"));
	ec2_is(row, "via.address", json_str(door, "listen"));
	assert_int_equal(json_int(json_get(row, "via"), "port", 0),
	    json_int(door, "port", 1));
	ec2_is(door, "subnets.0.cidr", "10.0.1.0/24");
	ec2_is(door, "subnets.0.from", "10.0.1.1");
	assert_string_not_equal(json_str(door, "key"),
	    edge_key(f->arena, json_own(f->arena, json_make("{s:s}", "Secret", "x")),
		SCOPE, p.w.vpc));
}

/* One shared network: who has no public address has one that no answer shows. */
static void
without_isolation_all_are_reached(void **state)
{
	struct fixture *f = *state;
	struct place p;
	json_t *v, *row, *eni;
	size_t i;

	f->settings.vpc_isolation = 0;
	set_up(f, &p);
	eni = ec2_ok(f, "CreateNetworkInterface", "{\"SubnetId\": \"%s\"}", p.w.subnet);
	ec2_ok(f, "AttachNetworkInterface",
	    "{\"InstanceId\": \"%s\", \"NetworkInterfaceId\": \"%s\", \"DeviceIndex\": 1}",
	    p.id, ec2_text(eni, "NetworkInterface.NetworkInterfaceId"));
	ec2_ok(f, "ModifyNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"Groups\": [\"%s\"]}",
	    ec2_text(eni, "NetworkInterface.NetworkInterfaceId"), p.group);
	open_port(&p, "tcp", 80, 80, "10.9.9.9/32");
	v = all(f);
	assert_int_equal(json_array_size(v), 2);
	json_array_foreach(v, i, row) {
		assert_int_equal(strncmp(json_str(row, "Public"), "198.18.", 7), 0);
	}
	v = told(f, "netd", STORE_SYSTEM, HOST_ID);
	assert_false(json_bool(v, "isolation", 1));
	json_array_foreach(json_get(v, "enis"), i, row)
		assert_int_equal(json_object_size(json_get(row, "public")), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(open_ports_of_a_public_instance_are_published),
		TEST(edge_runs_while_there_is_something_to_publish),
		TEST(the_platforms_tags_do_not_count_and_are_not_the_users),
		TEST(the_door_makes_shows_and_removes),
		TEST(the_door_refuses_what_is_wrong),
		TEST(ports_are_the_next_free_ones_and_come_back),
		TEST(a_port_that_edge_does_not_get_is_replaced),
		TEST(edge_and_the_vpc_are_told_the_same),
		TEST(without_isolation_all_are_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
