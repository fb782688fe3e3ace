#include "tests/api/elbv2_calls.h"

#include <string.h>

#include "base/buf.h"
#include "control/plane/reconcile.h"
#include "tests/api/ec2_calls.h"

void
elbv2_settle(struct fixture *f)
{
	struct engine *engine = f->env.engine;

	f->env.engine = NULL;
	for (int i = 0; i < 3; i++)
		(void)reconcile_pass(&f->env);
	f->env.engine = engine;
}

const char *
elbv2_text(const struct elbv2_world *w, const char *params)
{
	const struct {
		const char *name, *value;
	} names[] = {
		{ "$lb", w->lb },
		{ "$tg", w->tg },
		{ "$lis", w->lis },
		{ "$rule", w->rule },
		{ "$vpc", w->vpc },
		{ "$sg", w->sg },
		{ "$a", w->a },
		{ "$b", w->b },
		{ "$i", w->i },
		{ "$j", w->j },
	};
	struct buf *out = buf_new(w->f->arena, 0);

	for (const char *p = params; *p != '\0'; p++) {
		size_t k = 0;

		while (k < COUNT(names) &&
		    (names[k].value == NULL ||
			strncmp(p, names[k].name, strlen(names[k].name)) != 0))
			k++;
		if (k < COUNT(names)) {
			buf_str(out, names[k].value);
			p += strlen(names[k].name) - 1;
		} else {
			buf_chr(out, *p == '\'' ? '"' : *p);
		}
	}
	return arena_strdup(w->f->arena, buf_text(out));
}

json_t *
elbv2_ok(const struct elbv2_world *w, const char *op, const char *params)
{
	return fixture_ok(w->f, "elbv2", op, "%s", elbv2_text(w, params));
}

const char *
elbv2_no(const struct elbv2_world *w, const char *code, const char *op,
    const char *params)
{
	return fixture_fails(w->f, code, "elbv2", op, "%s", elbv2_text(w, params));
}

static const char *
subnet_in(struct fixture *f, const char *zone)
{
	return fixture_text(
	    fixture_ok(f, "ec2", "DescribeSubnets",
		"{\"Filters\":[{\"Name\":\"availability-zone\",\"Values\":[\"%s\"]}]}",
		zone),
	    "Subnets.0.SubnetId");
}

struct elbv2_world
elbv2_world(struct fixture *f)
{
	struct elbv2_world w = { .f = f };

	w.vpc = fixture_text(fixture_ok(f, "ec2", "DescribeVpcs", "{}"), "Vpcs.0.VpcId");
	w.a = subnet_in(f, "us-east-1a");
	w.b = subnet_in(f, "us-east-1b");
	w.sg = fixture_text(fixture_ok(f, "ec2", "DescribeSecurityGroups", "{}"),
	    "SecurityGroups.0.GroupId");
	return w;
}

struct elbv2_world
elbv2_web(struct fixture *f)
{
	struct elbv2_world w = elbv2_world(f);

	w.lb = fixture_text(elbv2_ok(&w, "CreateLoadBalancer",
				"{'Name':'web','Subnets':['$a','$b']}"),
	    "LoadBalancers.0.LoadBalancerArn");
	w.tg =
	    fixture_text(elbv2_ok(&w, "CreateTargetGroup",
			     "{'Name':'shop','Protocol':'HTTP','Port':80,'VpcId':'$vpc'}"),
		"TargetGroups.0.TargetGroupArn");
	w.lis = fixture_text(
	    elbv2_ok(&w, "CreateListener",
		"{'LoadBalancerArn':'$lb','Protocol':'HTTP','Port':80,"
		"'DefaultActions':[{'Type':'forward','TargetGroupArn':'$tg'}]}"),
	    "Listeners.0.ListenerArn");
	return w;
}

static const char *
instance_in(struct fixture *f, const char *subnet)
{
	return fixture_text(
	    fixture_ok(f, "ec2", "RunInstances",
		"{\"ImageId\":\"%s\",\"SubnetId\":\"%s\",\"InstanceType\":\"t3.micro\","
		"\"MinCount\":1,\"MaxCount\":1}",
		ec2_image_named(f, UBUNTU), subnet),
	    "Instances.0.InstanceId");
}

void
elbv2_instances(struct elbv2_world *w)
{
	w->i = instance_in(w->f, w->a);
	w->j = instance_in(w->f, w->b);
	elbv2_settle(w->f);
}
