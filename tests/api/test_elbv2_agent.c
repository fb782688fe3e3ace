/*
 * Elastic Load Balancing: the container of a load balancer, what its agent is told, and what comes of what it says.
 */
#include <string.h>

#include "control/plane/reconcile.h"
#include "control/services/ec2/compute/attachment.h"
#include "tests/api/agent_calls.h"
#include "tests/api/asg_calls.h"
#include "tests/api/elbv2_calls.h"
#include "tests/fakes/engine_fake.h"

static const char *
id_of(struct fixture *f, const char *arn)
{
	return arena_printf(f->arena, "elb-%s", strrchr(arn, '/') + 1);
}

static const char *
group_id(struct fixture *f, const char *arn)
{
	return arena_printf(f->arena, "tg-%s", strrchr(arn, '/') + 1);
}

static json_t *
told(const struct elbv2_world *w)
{
	return agent_config(w->f, "elbv2", SCOPE, id_of(w->f, w->lb));
}

static json_t *
inspect(struct fixture *f, const char *name)
{
	struct err err;
	json_t *v;

	return engine_container_inspect(f->env.engine, f->arena, name, &v, &err) > 0 ?
	    v :
	    NULL;
}

/* What netd says when it has plugged the container's interfaces in. */
static void
plug_in(struct fixture *f, const char *name)
{
	const json_t *
	    enis = fixture_ok(f, "ec2", "DescribeNetworkInterfaces",
	       "{\"Filters\":[{\"Name\":\"requester-id\",\"Values\":[\"amazon-elb\"]}]}"),
	   *eni;
	const json_t *container = inspect(f, name);
	size_t i;

	assert_non_null(container);
	json_array_foreach(json_get(enis, "NetworkInterfaces"), i, eni) {
		const char *id = json_str(eni, "NetworkInterfaceId");
		struct store_txn *t = store_begin(f->env.store, f->arena);
		struct err err;
		json_t *old;

		assert_true(store_get(t, SCOPE, ATTACHMENT_KIND, id, &old, &err) >= 0);
		store_put(t, SCOPE, ATTACHMENT_KIND, id,
		    json_own(f->arena,
			json_make("{s:s, s:I, s:s}", "id", id, "pid",
			    (json_int_t)json_int(json_get(container, "State"), "Pid", 0),
			    "state", "attached")));
		assert_int_equal(store_commit(t, &err), 1);
	}
}

static const char *
state_of(const struct elbv2_world *w)
{
	return fixture_text(elbv2_ok(w, "DescribeLoadBalancers", "{'Names':['web']}"),
	    "LoadBalancers.0.State.Code");
}

static void
a_load_balancer_is_a_container(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w;
	const char *name, *env;

	agent_machines(f);
	w = elbv2_web(f);
	assert_int_equal(reconcile_pass(&f->env), 0);
	name = arena_printf(f->arena, "%s-%s", f->settings.instance, id_of(f, w.lb));
	assert_non_null(inspect(f, name));
	env = json_text(f->arena, json_path(inspect(f, name), "Config.Env"));
	assert_non_null(strstr(env, "SIMFRA_ENDPOINT=http://172.31.0.3:"));
	assert_string_equal(state_of(&w), "provisioning");
	/* Its network alone is not enough: its agent has to have its listeners. */
	plug_in(f, name);
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(state_of(&w), "provisioning");
	agent_say(f, "elbv2", SCOPE, id_of(f, w.lb), "{\"ready\":true,\"targets\":{}}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(state_of(&w), "active");
	agent_say(f, "elbv2", SCOPE, id_of(f, w.lb),
	    "{\"ready\":true,\"problem\":\"line 7\",\"targets\":{}}");
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_string_equal(state_of(&w), "active_impaired");

	engine_fake_fail_next(f->engine, "container_remove", &engine_failed, "no");
	elbv2_ok(&w, "DeleteLoadBalancer", "{'LoadBalancerArn':'$lb'}");
	assert_int_equal(reconcile_pass(&f->env), 1);
	assert_int_equal(reconcile_pass(&f->env), 0);
	assert_null(inspect(f, name));
	assert_null(told(&w));
}

static void
its_agent_is_told_all(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	const char *tg = group_id(f, w.tg);
	const json_t *v, *group;

	elbv2_instances(&w);
	elbv2_ok(&w, "RegisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'$i'},{'Id':'$j','Port':81}]}");
	elbv2_ok(&w, "CreateRule",
	    "{'ListenerArn':'$lis','Priority':5,'Conditions':[{'Field':'path-pattern',"
	    "'Values':['/a']}],'Actions':[{'Type':'fixed-response','FixedResponseConfig':"
	    "{'StatusCode':'404'}}]}");
	elbv2_ok(&w, "ModifyTargetGroupAttributes",
	    "{'TargetGroupArn':'$tg','Attributes':[{'Key':'stickiness.enabled','Value':"
	    "'true'}]}");
	v = told(&w);
	fixture_is(v, "type", "application");
	fixture_is(v, "listeners.0.protocol", "HTTP");
	assert_int_equal(json_array_size(
			     json_get(json_array_get(json_get(v, "listeners"), 0),
				 "rules")),
	    2);
	group = json_get(json_get(v, "groups"), tg);
	fixture_is(group, "check.path", "/");
	fixture_is(group, "stickiness.type", "lb_cookie");
	assert_int_equal(json_array_size(json_get(group, "targets")), 2);
	fixture_is(group, "targets.1.address",
	    fixture_text(fixture_ok(f, "ec2", "DescribeInstances",
			     "{\"InstanceIds\":[\"%s\"]}", w.j),
		"Reservations.0.Instances.0.PrivateIpAddress"));
	/* One that is on its way out, or does not run, gets nothing. */
	elbv2_ok(&w, "DeregisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'$i'}]}");
	fixture_ok(f, "ec2", "StopInstances", "{\"InstanceIds\":[\"%s\"]}", w.j);
	elbv2_settle(f);
	group = json_get(json_get(told(&w), "groups"), tg);
	assert_int_equal(json_array_size(json_get(group, "targets")), 0);
}

static const char *
health(const struct elbv2_world *w)
{
	return fixture_text(elbv2_ok(w, "DescribeTargetHealth",
				"{'TargetGroupArn':'$tg'}"),
	    "TargetHealthDescriptions.0.TargetHealth.State");
}

static void
what_its_agent_sees_is_the_targets_health(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = elbv2_web(f);
	const json_t *target;

	elbv2_instances(&w);
	elbv2_ok(&w, "RegisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'$i'}]}");
	assert_string_equal(health(&w), "initial");
	target = json_array_get(json_get(json_get(json_get(told(&w), "groups"),
					     group_id(f, w.tg)),
				    "targets"),
	    0);
	agent_say(f, "elbv2", SCOPE, id_of(f, w.lb),
	    arena_printf(f->arena,
		"{\"ready\":true,\"targets\":{\"%s\":{\"State\":\"%s\",\"since\":%lld}}}",
		json_str(target, "key"), "healthy",
		(long long)json_int(target, "since", 0)));
	assert_string_equal(health(&w), "healthy");
	/* What was seen of it before it came back does not count. */
	f->now_ms += 5;
	elbv2_ok(&w, "DeregisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'$i'}]}");
	assert_string_equal(health(&w), "draining");
	elbv2_ok(&w, "RegisterTargets",
	    "{'TargetGroupArn':'$tg','Targets':[{'Id':'$i'}]}");
	assert_string_equal(health(&w), "initial");
}

static int
targets(const struct elbv2_world *w, const char *state)
{
	const json_t *v = elbv2_ok(w, "DescribeTargetHealth", "{'TargetGroupArn':'$tg'}");
	const json_t *row;
	size_t i;
	int n = 0;

	json_array_foreach(json_get(v, "TargetHealthDescriptions"), i, row)
		n += strcmp(fixture_text(row, "TargetHealth.State"), state) == 0;
	return n;
}

static void
instances_of_a_group_are_its_targets(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = { .f = f };
	struct asg_world asg;

	asg_world(f, &asg);
	w.vpc = asg.ec2.vpc;
	w.a = asg.a;
	w.b = asg.b;
	w.tg =
	    fixture_text(elbv2_ok(&w, "CreateTargetGroup",
			     "{'Name':'shop','Protocol':'HTTP','Port':80,'VpcId':'$vpc'}"),
		"TargetGroups.0.TargetGroupArn");
	w.lb =
	    fixture_text(elbv2_ok(&w, "CreateLoadBalancer",
			     "{'Name':'web','Scheme':'internal','Subnets':['$a','$b']}"),
		"LoadBalancers.0.LoadBalancerArn");
	elbv2_ok(&w, "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':80,"
	    "'DefaultActions':[{'Type':'forward','TargetGroupArn':'$tg'}]}");
	asg_make(f, &asg, 0, 2, 4,
	    arena_printf(f->arena, "\"TargetGroupARNs\": [\"%s\"]", w.tg));
	asg_settle(f);
	assert_int_equal(asg_count(f, "InService"), 2);
	assert_int_equal(targets(&w, "healthy"), 2);
	asg_ok(f, "SetDesiredCapacity",
	    "{\"AutoScalingGroupName\": \"g\", \"DesiredCapacity\": 1}");
	asg_settle(f);
	assert_int_equal(targets(&w, "healthy"), 1);
	assert_int_equal(targets(&w, "draining"), 1);
	asg_ok(f, "DetachLoadBalancerTargetGroups",
	    "{\"AutoScalingGroupName\": \"g\", \"TargetGroupARNs\": [\"%s\"]}", w.tg);
	asg_settle(f);
	assert_int_equal(targets(&w, "healthy"), 0);
	asg_ok(f, "AttachLoadBalancerTargetGroups",
	    "{\"AutoScalingGroupName\": \"g\", \"TargetGroupARNs\": [\"%s\"]}", w.tg);
	asg_settle(f);
	assert_int_equal(targets(&w, "healthy"), 1);
	asg_done(f, &asg);
}

/* The agent says how the only target of "shop" is. */
static void
say_of_target(const struct elbv2_world *w, const char *state)
{
	const json_t *group =
	    json_get(json_get(told(w), "groups"), group_id(w->f, w->tg));
	const json_t *target = json_array_get(json_get(group, "targets"), 0);

	assert_non_null(target);
	agent_say(w->f, "elbv2", SCOPE, id_of(w->f, w->lb),
	    arena_printf(w->f->arena,
		"{\"ready\":true,\"targets\":{\"%s\":{\"State\":\"%s\",\"since\":%lld}}}",
		json_str(target, "key"), state, (long long)json_int(target, "since", 0)));
}

static void
an_unhealthy_instance_is_replaced_if_its_group_asks(void **state)
{
	struct fixture *f = *state;
	struct elbv2_world w = { .f = f };
	struct asg_world asg;
	const char *first;

	asg_world(f, &asg);
	w.vpc = asg.ec2.vpc;
	w.a = asg.a;
	w.b = asg.b;
	w.tg =
	    fixture_text(elbv2_ok(&w, "CreateTargetGroup",
			     "{'Name':'shop','Protocol':'HTTP','Port':80,'VpcId':'$vpc'}"),
		"TargetGroups.0.TargetGroupArn");
	w.lb =
	    fixture_text(elbv2_ok(&w, "CreateLoadBalancer",
			     "{'Name':'web','Scheme':'internal','Subnets':['$a','$b']}"),
		"LoadBalancers.0.LoadBalancerArn");
	elbv2_ok(&w, "CreateListener",
	    "{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':80,"
	    "'DefaultActions':[{'Type':'forward','TargetGroupArn':'$tg'}]}");
	asg_make(f, &asg, 0, 1, 2,
	    arena_printf(f->arena,
		"\"TargetGroupARNs\": [\"%s\"], \"HealthCheckGracePeriod\": 60", w.tg));
	asg_settle(f);
	first = asg_member(f, "InService", 0);
	say_of_target(&w, "unhealthy");
	asg_settle(f);
	/* It does not ask. */
	f->now_ms += 61000;
	asg_settle(f);
	assert_string_equal(asg_member(f, "InService", 0), first);
	asg_ok(f, "UpdateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"HealthCheckType\": \"ELB\"}");
	asg_settle(f);
	assert_string_not_equal(asg_member(f, "InService", 0), first);
	assert_non_null(strstr(fixture_text(asg_activity_of(f, "Terminating"), "Cause"),
	    "in response to an ELB system health check failure"));
	asg_done(f, &asg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_load_balancer_is_a_container,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(its_agent_is_told_all,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(what_its_agent_sees_is_the_targets_health,
		    fixture_setup_standard, fixture_teardown),
		cmocka_unit_test_setup_teardown(instances_of_a_group_are_its_targets,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
		    an_unhealthy_instance_is_replaced_if_its_group_asks, fixture_setup,
		    fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
