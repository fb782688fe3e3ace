/*
 * Auto Scaling: a group is brought to its desired capacity, and its zones into balance.
 */
#include <string.h>

#include "control/services/autoscaling/choose.h"
#include "control/services/autoscaling/converge.h"
#include "control/services/autoscaling/launch.h"

enum { BATCH = 10 }; /* launches at a time */

/* Units of the instances that count: all but those that stand by, go, or are extra. */
static int64_t
capacity(const json_t *group)
{
	const json_t *row;
	int64_t n = 0;
	size_t i;

	json_array_foreach(json_get(group, "Instances"), i, row) {
		if ((asg_member_is(row, "Pending") || asg_member_is(row, "InService")) &&
		    !json_bool(row, "_extra", 0))
			n += asg_units(row);
	}
	json_array_foreach(json_get(group, "_launches"), i, row) {
		if (!json_bool(row, "extra", 0))
			n += json_int(row, "units", 1);
	}
	return n;
}

static int64_t
in_service(const json_t *group)
{
	const json_t *row;
	int64_t n = 0;
	size_t i;

	json_array_foreach(json_get(group, "Instances"), i, row) {
		if (asg_member_is(row, "InService"))
			n += asg_units(row);
	}
	return n;
}

/* Too few */

/* Why an instance goes that another is launched for, or NULL. */
static const char *
why_replaced(const json_t *group)
{
	static const struct {
		const char *why, *words;
	} rows[] = {
		{ "health", "an unhealthy instance needing to be replaced" },
		{ "refresh", "an instance refresh" },
		{ "lifetime", "an instance having reached its maximum lifetime" },
	};
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(group, "Instances"), i, row) {
		for (size_t k = 0; k < COUNT(rows); k++) {
			if (asg_member_is(row, "Terminating") &&
			    strcmp(json_str_or(row, "_why", ""), rows[k].why) == 0)
				return rows[k].words;
		}
	}
	return NULL;
}

static const char *
launch_cause(struct asg_tick *t, int64_t have, int64_t desired)
{
	const char *before = json_str(t->group, "_cause");
	const char *at = asg_time(t->c->arena, t->c->now_ms);
	const char *replaced = before == NULL ? why_replaced(t->group) : NULL;

	if (replaced != NULL)
		return arena_printf(t->c->arena,
		    "At %s an instance was launched in response to %s.", at, replaced);
	return arena_printf(t->c->arena,
	    "%s%sAt %s an instance was started in response to a difference between desired "
	    "and actual capacity, increasing the capacity from %lld to %lld.",
	    before != NULL ? before : "", before != NULL ? "  " : "", at, (long long)have,
	    (long long)desired);
}

static int
grow(struct asg_tick *t, int64_t have, int64_t desired)
{
	int64_t retry = json_int(t->group, "_retry_ms", 0);
	int64_t most = json_int(t->group, "_failures", 0) > 0 ? 1 : BATCH;
	const char *cause = launch_cause(t, have, desired);

	if (asg_is_suspended(t->group, "Launch"))
		return 0;
	if (t->c->now_ms < retry) {
		asg_tick_at(t, retry);
		return 0;
	}
	for (int64_t i = 0; i < most && have < desired; i++) {
		int64_t units = asg_launch_plan(t->c, t->group, NULL, 0, cause);

		if (units < 0)
			return -1;
		if (units == 0)
			break;
		have += units;
	}
	if (have < desired) {
		retry = json_int(t->group, "_retry_ms", 0);
		asg_tick_at(t, retry > t->c->now_ms ? retry : t->c->now_ms + 1);
	}
	return 0;
}

/* Too many */

static const char *
shrink_cause(struct asg_tick *t, const json_t *victim, int64_t have, int64_t desired)
{
	const char *before = json_str(t->group, "_cause");
	const char *at = asg_time(t->c->arena, t->c->now_ms);

	return arena_printf(t->c->arena,
	    "%s%sAt %s an instance was taken out of service in response to a difference "
	    "between desired and actual capacity, shrinking the capacity from %lld to %lld.  "
	    "At %s instance %s was selected for termination.",
	    before != NULL ? before : "", before != NULL ? "  " : "", at, (long long)have,
	    (long long)desired, at, json_str_or(victim, "InstanceId", ""));
}

/* One that has not come up yet, the last first; those that wait for a hook are let. */
static json_t *
unborn(const json_t *group)
{
	const json_t *list = json_get(group, "Instances");

	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *row = json_array_get(list, i);

		if (strcmp(json_str_or(row, "LifecycleState", ""), "Pending") == 0)
			return row;
	}
	return NULL;
}

/* Whom to take: in service as long as enough stay there, else what is only coming. */
static int
choose_victim(struct asg_tick *t, int64_t have, int64_t desired, json_t **ret)
{
	json_t *victim;

	if (asg_choose(t->c, t->group, &victim) < 0)
		return -1;
	if (victim == NULL || in_service(t->group) - asg_units(victim) < desired)
		victim = unborn(t->group);
	if (victim != NULL && have - asg_units(victim) < desired)
		victim = NULL;
	*ret = victim;
	return 0;
}

static int
shrink(struct asg_tick *t, int64_t have, int64_t desired)
{
	int64_t from = have;

	if (asg_is_suspended(t->group, "Terminate"))
		return 0;
	for (;;) {
		json_t *victim;

		if (choose_victim(t, have, desired, &victim) < 0)
			return -1;
		if (victim == NULL)
			return 0;
		have -= asg_units(victim);
		if (asg_member_end(t->c, t->group, victim, "scale",
			shrink_cause(t, victim, from, desired), 1, NULL) < 0)
			return -1;
	}
}

/* Balance */

static int
all_settled(const json_t *group)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(group, "Instances"), i, row) {
		if (!asg_member_is(row, "InService") && !asg_member_is(row, "Standby"))
			return 0;
	}
	return json_array_size(json_get(group, "_launches")) == 0 &&
	    json_get(group, "_refresh") == NULL;
}

/* The zone of the group with the fewest. */
static const char *
emptiest(const json_t *group, int64_t *ret_count)
{
	const char *best = NULL;
	const json_t *v;
	size_t i;

	json_array_foreach(json_get(group, "AvailabilityZones"), i, v) {
		int64_t n = asg_zone_count(group, json_string_value(v));

		if (best == NULL || n < *ret_count) {
			best = json_string_value(v);
			*ret_count = n;
		}
	}
	return best;
}

/* One more where there are fewest; when it is in service, one goes where there are most. */
static int
balance(struct asg_tick *t)
{
	int64_t fewest = 0, most;
	const char *to, *from;
	json_t *victim;

	if (!all_settled(t->group) || asg_is_suspended(t->group, "AZRebalance") ||
	    asg_is_suspended(t->group, "Launch") ||
	    asg_is_suspended(t->group, "Terminate") ||
	    t->c->now_ms < json_int(t->group, "_retry_ms", 0))
		return 0;
	to = emptiest(t->group, &fewest);
	if (asg_choose(t->c, t->group, &victim) < 0)
		return -1;
	if (to == NULL || victim == NULL)
		return 0;
	from = json_str_or(victim, "AvailabilityZone", "");
	most = asg_zone_count(t->group, from);
	if (json_has_str(json_get(t->group, "AvailabilityZones"), from) &&
	    most - fewest < 2)
		return 0;
	return asg_launch_plan(t->c, t->group, to, 1,
		   arena_printf(t->c->arena,
		       "At %s instances were launched to balance instances in zones %s with "
		       "other zones resulting in more than desired number of instances in "
		       "the group.",
		       asg_time(t->c->arena, t->c->now_ms), from)) < 0 ?
	    -1 :
	    0;
}

int
asg_capacity_step(struct asg_tick *t)
{
	int64_t have = capacity(t->group);
	int64_t desired = json_int(t->group, "DesiredCapacity", 0);

	if (json_get(t->group, "_want") != NULL)
		return 0;
	if (have < desired)
		return grow(t, have, desired);
	if (have > desired)
		return shrink(t, have, desired);
	json_del(t->group, "_cause");
	return balance(t);
}
