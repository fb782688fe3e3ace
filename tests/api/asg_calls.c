#include "tests/api/asg_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/plane/reconcile.h"

json_t *
asg_ok(struct fixture *f, const char *op, const char *params, ...)
{
	char *text;
	va_list ap;
	json_t *v;

	va_start(ap, params);
	assert_true(vasprintf(&text, params, ap) >= 0);
	va_end(ap);
	v = fixture_ok(f, "autoscaling", op, "%s", text);
	free(text);
	return v;
}

const char *
asg_no(struct fixture *f, const char *code, const char *op, const char *params, ...)
{
	const char *said;
	char *text;
	va_list ap;

	va_start(ap, params);
	assert_true(vasprintf(&text, params, ap) >= 0);
	va_end(ap);
	said = fixture_fails(f, code, "autoscaling", op, "%s", text);
	free(text);
	return said;
}

void
asg_refused(struct fixture *f, const struct asg_refusal *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *said = asg_no(f, r[i].code, r[i].op, "%s", r[i].params);

		if (r[i].message != NULL)
			assert_string_equal(said, r[i].message);
	}
}

void
asg_world(struct fixture *f, struct asg_world *w)
{
	json_t *v;

	w->engine = f->env.engine;
	f->env.engine = NULL;
	ec2_world(f, &w->ec2);
	v = ec2_ok(f, "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/24\", \"AvailabilityZone\": "
	    "\"us-east-1a\"}",
	    w->ec2.vpc);
	w->a = ec2_text(v, "Subnet.SubnetId");
	v = ec2_ok(f, "CreateSubnet",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.3.0/24\", \"AvailabilityZone\": "
	    "\"us-east-1b\"}",
	    w->ec2.vpc);
	w->b = ec2_text(v, "Subnet.SubnetId");
	asg_ok(f, "CreateLaunchConfiguration",
	    "{\"LaunchConfigurationName\": \"lc\", \"ImageId\": \"%s\", \"InstanceType\": "
	    "\"t3.micro\"}",
	    w->ec2.image);
}

void
asg_done(struct fixture *f, struct asg_world *w)
{
	f->env.engine = w->engine;
}

void
asg_make(struct fixture *f, struct asg_world *w, int min, int desired, int max,
    const char *more)
{
	asg_ok(f, "CreateAutoScalingGroup",
	    "{\"AutoScalingGroupName\": \"g\", \"MinSize\": %d, \"DesiredCapacity\": %d, "
	    "\"MaxSize\": %d%s%s%s%s}",
	    min, desired, max,
	    strstr(more, "LaunchTemplate") != NULL ?
		"" :
		", \"LaunchConfigurationName\": \"lc\"",
	    strstr(more, "VPCZoneIdentifier") != NULL ?
		"" :
		arena_printf(f->arena, ", \"VPCZoneIdentifier\": \"%s\"", w->a),
	    more[0] != '\0' ? ", " : "", more);
}

/* Launched, running, noted, balanced: a few rounds each. */
void
asg_settle(struct fixture *f)
{
	for (int i = 0; i < 12; i++)
		assert_int_equal(reconcile_pass(&f->env), 0);
}

json_t *
asg_group_now(struct fixture *f, const char *name)
{
	return json_array_get(json_get(asg_ok(f, "DescribeAutoScalingGroups",
					   "{\"AutoScalingGroupNames\": [\"%s\"]}", name),
				  "AutoScalingGroups"),
	    0);
}

static int
is_in(const json_t *member, const char *state)
{
	return state == NULL ||
	    strcmp(json_str_or(member, "LifecycleState", ""), state) == 0;
}

int
asg_count(struct fixture *f, const char *state)
{
	const json_t *row;
	size_t i;
	int n = 0;

	json_array_foreach(json_get(asg_group_now(f, "g"), "Instances"), i, row)
		n += is_in(row, state);
	return n;
}

const char *
asg_member(struct fixture *f, const char *state, int i)
{
	const json_t *row;
	size_t k;

	json_array_foreach(json_get(asg_group_now(f, "g"), "Instances"), k, row) {
		if (is_in(row, state) && i-- == 0)
			return json_str(row, "InstanceId");
	}
	fail_msg("there is no such instance in %s", state != NULL ? state : "any state");
	return NULL;
}

json_t *
asg_activity_of(struct fixture *f, const char *text)
{
	json_t *v = asg_ok(f, "DescribeScalingActivities",
		   "{\"AutoScalingGroupName\": \"g\", \"IncludeDeletedGroups\": true}"),
	       *row;
	size_t i;

	json_array_foreach(json_get(v, "Activities"), i, row) {
		if (strstr(json_str_or(row, "Description", ""), text) != NULL)
			return row;
	}
	fail_msg("there is no activity \"%s\"", text);
	return NULL;
}

int
asg_alive(struct fixture *f)
{
	json_t *v = ec2_ok(f, "DescribeInstances", "{}");
	const json_t *r, *i;
	size_t a, b;
	int n = 0;

	json_array_foreach(json_get(v, "Reservations"), a, r) {
		json_array_foreach(json_get(r, "Instances"), b, i)
			n += strcmp(fixture_text(i, "State.Name"), "terminated") != 0;
	}
	return n;
}
