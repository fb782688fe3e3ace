/*
 * Auto Scaling: how an instance goes through its life in a group.
 *
 *	Pending, Pending:Wait, Pending:Proceed	until EC2 says running and its hooks are done
 *	InService				until it is not healthy, or too old
 *	Standby					as long as the user says
 *	Terminating, :Wait, :Proceed		until EC2 says terminated
 *	Terminating:Retained			an abandoned one that is to be looked at
 *
 * Not emulated: the health checks of load balancers, EBS and VPC Lattice; who makes them says
 * what came of it by SetInstanceHealth.
 */
#include <string.h>

#include "control/services/autoscaling/activity.h"
#include "control/services/autoscaling/converge.h"
#include "control/services/autoscaling/hook.h"
#include "control/services/autoscaling/launch.h"
#include "control/services/autoscaling/traffic.h"

static const char *
state_of(const json_t *member)
{
	return json_str_or(member, "LifecycleState", "");
}

int
asg_member_is(const json_t *member, const char *state)
{
	size_t n = strlen(state);
	const char *s = state_of(member);

	return strncmp(s, state, n) == 0 && (s[n] == '\0' || s[n] == ':');
}

json_t *
asg_member_find(const json_t *group, const char *id, size_t *ret_i)
{
	json_t *member;
	size_t i;

	json_array_foreach(json_get(group, "Instances"), i, member) {
		if (strcmp(json_str_or(member, "InstanceId", ""), id) == 0) {
			if (ret_i != NULL)
				*ret_i = i;
			return member;
		}
	}
	return NULL;
}

void
asg_member_drop(struct call *c, json_t *group, size_t i)
{
	json_t *list = json_get(group, "Instances"),
	       *member = json_own(c->arena, json_incref(json_array_get(list, i)));

	store_delete(c->txn, c->scope, ASG_MEMBER_KIND,
	    json_str_or(member, "InstanceId", ""));
	json_array_remove(list, i);
}

/* EC2 API: InstanceState */
static int
fact_of(struct call *c, const json_t *member, enum asg_fact *ret)
{
	static const struct {
		const char *state;
		enum asg_fact fact;
	} rows[] = { { "pending", ASG_STARTING }, { "running", ASG_UP },
		{ "shutting-down", ASG_ENDING }, { "terminated", ASG_GONE },
		{ "stopping", ASG_DOWN }, { "stopped", ASG_DOWN } };
	const char *id = json_str_or(member, "InstanceId", ""), *state;
	json_t *doc;
	int rc = store_get(c->txn, c->scope, "ec2:instance", id, &doc, &c->err);

	if (rc < 0)
		return -1;
	*ret = ASG_GONE;
	state = rc > 0 ? json_str_or(json_get(doc, "State"), "Name", "") : "";
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].state, state) == 0)
			*ret = rows[i].fact;
	}
	return 0;
}

/* The end */

int
asg_member_end(struct call *c, json_t *group, json_t *member, const char *why,
    const char *cause, int ask, json_t **ret)
{
	const char *id = json_str_or(member, "InstanceId", "");
	struct asg_activity a = {
		.description = arena_printf(c->arena, "Terminating EC2 instance: %s", id),
		.cause = cause,
		.status = "InProgress",
		.subnet = json_str(member, "_subnet"),
		.zone = json_str(member, "AvailabilityZone"),
	};
	json_t *activity;
	int n = 0;

	json_del(member, "_hooks");
	if (ask)
		n = asg_hooks_begin(c, group, member, ASG_TERMINATING);
	if (n < 0)
		return -1;
	if (n > 0)
		a.status = "MidLifecycleAction";
	activity = asg_activity_begin(c, group, &a);
	json_set_str(member, "LifecycleState",
	    n > 0 ? "Terminating:Wait" : "Terminating");
	json_set_str(member, "_activity", json_str(activity, "ActivityId"));
	json_set_str(member, "_why", why);
	json_del(member, "_extra");
	if (ret != NULL)
		*ret = activity;
	return 0;
}

static int
end_waits(struct asg_tick *t, json_t *member)
{
	const char *why = "", *policy;
	enum asg_wait wait = asg_hooks_look(t->c, member, &t->next_ms, &why);

	if (json_get(t->group, "_want") != NULL)
		wait = ASG_CONTINUE;
	if (wait == ASG_WAIT)
		return 0;
	policy =
	    json_str_or(json_path(t->group, "InstanceLifecyclePolicy.RetentionTriggers"),
		"TerminateHookAbandon", "terminate");
	json_del(member, "_hooks");
	if (wait == ASG_ABANDON && strcmp(policy, "retain") == 0) {
		json_set_str(member, "LifecycleState", "Terminating:Retained");
		return asg_activity_end(t->c, json_str(member, "_activity"), "Cancelled",
		    why);
	}
	json_set_str(member, "LifecycleState", "Terminating:Proceed");
	return asg_activity_set(t->c, json_str(member, "_activity"), NULL, "InProgress",
	    60);
}

/* Being terminated: 1 when it is over. */
static int
going(struct asg_tick *t, json_t *member, enum asg_fact fact)
{
	if (strcmp(state_of(member), "Terminating:Wait") == 0)
		return end_waits(t, member);
	if (fact != ASG_GONE)
		return 0;
	return asg_activity_end(t->c, json_str(member, "_activity"), "Successful", NULL) <
		0 ?
	    -1 :
	    1;
}

/* The beginning */

/* The launch came to nothing: 1, gone; or it is to be terminated. */
static int
stillborn(struct asg_tick *t, json_t *member, enum asg_fact fact)
{
	const char *why = "Instance became unhealthy while waiting for instance to be in "
			  "InService state. Termination Reason: The instance was "
			  "terminated or stopped";

	if (asg_launch_failed(t->c, t->group, json_str(member, "_activity"), why) < 0)
		return -1;
	asg_tick_at(t, json_int(t->group, "_retry_ms", 0));
	if (fact == ASG_GONE)
		return 1;
	json_del(member, "_activity");
	json_del(member, "_hooks");
	json_set_str(member, "LifecycleState", "Terminating");
	return 0;
}

static int
abandoned(struct asg_tick *t, json_t *member, const char *why)
{
	const char *cause = arena_printf(t->c->arena,
	    "At %s an instance was taken out of service because its lifecycle action was "
	    "abandoned.",
	    asg_time(t->c->arena, t->c->now_ms));

	if (asg_activity_end(t->c, json_str(member, "_activity"), "Cancelled", why) < 0)
		return -1;
	return asg_member_end(t->c, t->group, member, "abandon", cause, 0, NULL);
}

static int
into_service(struct asg_tick *t, json_t *member)
{
	json_set_str(member, "LifecycleState", "InService");
	json_set_int(member, "_in_service_ms", t->c->now_ms);
	/* In a refresh only when it is warm. */
	if (json_get(t->group, "_refresh") == NULL)
		json_del(member, "_extra");
	json_del(member, "_hooks");
	json_del(t->group, "_failures");
	json_del(t->group, "_retry_ms");
	if (asg_activity_end(t->c, json_str(member, "_activity"), "Successful", NULL) < 0)
		return -1;
	json_del(member, "_activity");
	return 0;
}

static int
coming(struct asg_tick *t, json_t *member, enum asg_fact fact)
{
	const char *why = "";

	if (fact == ASG_GONE || fact == ASG_ENDING || fact == ASG_DOWN)
		return stillborn(t, member, fact);
	if (strcmp(state_of(member), "Pending:Wait") == 0) {
		switch (asg_hooks_look(t->c, member, &t->next_ms, &why)) {
		case ASG_WAIT:
			return 0;
		case ASG_ABANDON:
			return abandoned(t, member, why);
		case ASG_CONTINUE:
			json_set_str(member, "LifecycleState", "Pending:Proceed");
			if (asg_activity_set(t->c, json_str(member, "_activity"), NULL,
				"InProgress", 60) < 0)
				return -1;
		}
	}
	return fact == ASG_UP ? into_service(t, member) : 0;
}

/* In service */

/* EC2's own check: an instance that does not run is not healthy, grace or not. */
static void
check_health(struct asg_tick *t, json_t *member, enum asg_fact fact)
{
	if (fact == ASG_UP || fact == ASG_STARTING ||
	    asg_is_suspended(t->group, "HealthCheck"))
		return;
	json_set_str(member, "HealthStatus", "Unhealthy");
	if (json_get(member, "_cause") == NULL)
		json_set_str(member, "_cause",
		    "an EC2 health check indicating it has been terminated or stopped");
}

/* Its load balancers' checks, if the group asks them, once it has had its time. */
static int
check_traffic(struct asg_tick *t, json_t *member)
{
	int64_t from = json_int(member, "_in_service_ms", 0) +
	    json_int(t->group, "HealthCheckGracePeriod", 0) * 1000;
	int rc;

	if (asg_is_suspended(t->group, "HealthCheck") ||
	    json_array_size(json_get(t->group, "TrafficSources")) == 0)
		return 0;
	if (t->c->now_ms < from) {
		asg_tick_at(t, from);
		return 0;
	}
	rc = asg_traffic_is_unhealthy(t->c, t->group,
	    json_str_or(member, "InstanceId", ""));
	if (rc <= 0)
		return rc;
	json_set_str(member, "HealthStatus", "Unhealthy");
	if (json_get(member, "_cause") == NULL)
		json_set_str(member, "_cause", "an ELB system health check failure");
	return 0;
}

static int
retire(struct asg_tick *t, json_t *member, const char *why, const char *response)
{
	const char *cause = arena_printf(t->c->arena,
	    "At %s an instance was taken out of service in response to %s.",
	    asg_time(t->c->arena, t->c->now_ms), response);

	return asg_member_end(t->c, t->group, member, why, cause, 1, NULL);
}

static int
in_service(struct asg_tick *t, json_t *member, enum asg_fact fact)
{
	int64_t age = t->c->now_ms - json_int(member, "_launched_ms", 0);
	int64_t most = json_int(t->group, "MaxInstanceLifetime", 0) * 1000;

	check_health(t, member, fact);
	if (check_traffic(t, member) < 0)
		return -1;
	if (asg_is_suspended(t->group, "Terminate") ||
	    asg_is_suspended(t->group, "ReplaceUnhealthy"))
		return 0;
	if (strcmp(json_str_or(member, "HealthStatus", ""), "Unhealthy") == 0)
		return retire(t, member, "health",
		    json_str_or(member, "_cause", "a user health-check"));
	if (most == 0)
		return 0;
	if (age >= most)
		return retire(t, member, "lifetime",
		    "the instance having reached its maximum lifetime");
	asg_tick_at(t, t->c->now_ms + most - age);
	return 0;
}

/* 1 when it is no more. */
static int
step(struct asg_tick *t, json_t *member)
{
	enum asg_fact fact;

	if (fact_of(t->c, member, &fact) < 0)
		return -1;
	if (json_get(t->group, "_want") != NULL && !asg_member_is(member, "Terminating"))
		return asg_member_end(t->c, t->group, member, "user",
		    arena_printf(t->c->arena,
			"At %s a user request force deleted AutoScaling group",
			asg_time(t->c->arena, t->c->now_ms)),
		    0, NULL);
	if (asg_member_is(member, "Pending"))
		return coming(t, member, fact);
	if (asg_member_is(member, "Terminating"))
		return going(t, member, fact);
	if (asg_member_is(member, "Standby"))
		return fact == ASG_GONE;
	return in_service(t, member, fact);
}

int
asg_members_step(struct asg_tick *t)
{
	json_t *list = json_need_array(t->group, "Instances");

	for (size_t i = 0; i < json_array_size(list);) {
		int rc = step(t, json_array_get(list, i));

		if (rc < 0)
			return -1;
		if (rc > 0)
			asg_member_drop(t->c, t->group, i);
		else
			i++;
	}
	return 0;
}
