/*
 * Auto Scaling: a group is looked at.
 *
 * First, in one transaction, what is next is decided and written down (life.c, refresh_step.c,
 * capacity.c); then it is done by EC2's own operations.  Everything that is done can be done
 * twice: a launch has its token, and what is terminated stays it.
 */
#include "control/services/autoscaling/converge.h"

#include <string.h>

#include "control/api/converge.h"
#include "control/services/autoscaling/activity.h"
#include "control/services/autoscaling/launch.h"
#include "control/services/ec2/compute/instance_end.h"

void
asg_tick_at(struct asg_tick *t, int64_t ms)
{
	if (t->next_ms == 0 || ms < t->next_ms)
		t->next_ms = ms;
}

int
asg_is_suspended(const json_t *group, const char *process)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(group, "SuspendedProcesses"), i, row) {
		if (strcmp(json_str_or(row, "ProcessName", ""), process) == 0)
			return 1;
	}
	return 0;
}

/* Deciding */

struct plan {
	const char *name;
	int64_t next_ms;
};

static int
is_over(const json_t *group)
{
	return json_get(group, "_want") != NULL &&
	    json_array_size(json_get(group, "Instances")) == 0 &&
	    json_array_size(json_get(group, "_launches")) == 0;
}

static int
decide(struct call *c, void *arg)
{
	struct plan *p = arg;
	struct asg_tick t = { .c = c };
	json_t *before;
	int rc = store_get(c->txn, c->scope, asg_group.kind, p->name, &before, &c->err);

	p->next_ms = 0;
	if (rc <= 0)
		return rc;
	t.group = json_own(c->arena, json_copy_deep(before));
	if (asg_members_step(&t) < 0 || asg_refresh_step(&t) < 0 ||
	    asg_capacity_step(&t) < 0)
		return -1;
	p->next_ms = t.next_ms;
	if (is_over(t.group)) {
		store_delete(c->txn, c->scope, asg_group.kind, p->name);
		return asg_activity_orphan(c, t.group);
	}
	if (!json_equal(before, t.group))
		resource_put(c, &asg_group, t.group);
	return 0;
}

/* Doing */

static int
terminate_all(struct converge *cv, struct err *err)
{
	const json_t *list = json_get(cv->doc, "Instances"), *member;
	size_t i;

	json_array_foreach(list, i, member) {
		const char *state = json_str_or(member, "LifecycleState", "");

		if ((strcmp(state, "Terminating") == 0 ||
			strcmp(state, "Terminating:Proceed") == 0) &&
		    instance_end(cv, json_str_or(member, "InstanceId", ""), err) < 0)
			return -1;
	}
	return 0;
}

int
asg_converge(struct converge *cv, struct err *err)
{
	struct plan p = { .name = arena_strdup(cv->arena, cv->id) };
	int rc;

	if (cv->doc == NULL)
		return 0;
	if (converge_transaction(cv, decide, &p, err) < 0)
		return -1;
	if (cv->doc == NULL)
		return 0;
	rc = terminate_all(cv, err);
	/* What is to come need not wait for what cannot go. */
	if (asg_launch_all(cv, err) < 0 || rc < 0)
		return -1;
	if (p.next_ms > 0)
		cv->again_ms = p.next_ms > cv->now_ms ? p.next_ms - cv->now_ms : 1;
	return 0;
}
