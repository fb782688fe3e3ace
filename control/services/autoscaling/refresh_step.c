/*
 * Auto Scaling: an instance refresh goes on.
 *
 * Instances are ended as far as enough healthy ones are left, and capacity.c launches others
 * in their place; where more than the desired capacity is allowed, others come first.
 */
#include <string.h>

#include "control/services/autoscaling/converge.h"
#include "control/services/autoscaling/launch.h"
#include "control/services/autoscaling/refresh.h"

#define STUCK_MS ((int64_t)60 * 60 * 1000)

enum { FAILURES_MAX = 8, BATCH = 10 }; /* launches at a time */

struct state {
	struct asg_tick *t;
	json_t *doc, *old;
	const json_t *preferences;
	int64_t warmup_ms, desired;
	int64_t n_old;	   /* still there */
	int64_t n_blocked; /* of them: protected or standing by */
	int64_t n_ready;   /* in service and, if new, warm */
	int64_t n_warm;	   /* of them: new ones */
	int64_t n_moving;  /* coming, going, or not yet warm */
};

static int
is_old(const struct state *s, const json_t *member)
{
	return json_has_str(s->old, json_str_or(member, "InstanceId", ""));
}

static int
wants(const struct state *s, const char *preference, const char *value)
{
	return strcmp(json_str_or(s->preferences, preference, "Wait"), value) == 0;
}

/* Only the user can let it go. */
static int
is_blocked(const struct state *s, const json_t *member)
{
	if (asg_member_is(member, "Standby"))
		return !wants(s, "StandbyInstances", "Terminate");
	return json_bool(member, "ProtectedFromScaleIn", 0) &&
	    !wants(s, "ScaleInProtectedInstances", "Refresh");
}

static int
is_ignored(const struct state *s, const json_t *member)
{
	const char *preference = asg_member_is(member, "Standby") ?
	    "StandbyInstances" :
	    "ScaleInProtectedInstances";

	return is_blocked(s, member) && wants(s, preference, "Ignore");
}

static void
count_one(struct state *s, json_t *member)
{
	int64_t since = json_int(member, "_in_service_ms", 0);
	int64_t now = s->t->c->now_ms;

	if (asg_member_is(member, "Terminating")) {
		s->n_moving++;
		return;
	}
	if (is_old(s, member) && !is_ignored(s, member)) {
		s->n_old++;
		s->n_blocked += is_blocked(s, member);
	}
	if (asg_member_is(member, "Pending")) {
		s->n_moving++;
	} else if (asg_member_is(member, "InService")) {
		if (!json_bool(member, "_fresh", 0) || now - since >= s->warmup_ms) {
			s->n_ready++;
			s->n_warm += json_bool(member, "_fresh", 0);
			json_del(member, "_extra");
		} else {
			s->n_moving++;
			asg_tick_at(s->t, since + s->warmup_ms);
		}
	}
}

static void
count(struct state *s)
{
	json_t *member;
	size_t i;

	json_array_foreach(json_get(s->t->group, "Instances"), i, member)
		count_one(s, member);
	s->n_moving += (int64_t)json_array_size(json_get(s->t->group, "_launches"));
}

/* Progress */

static void
show_progress(struct state *s)
{
	int64_t total = json_int(s->doc, "_total", 0), done = s->n_warm;

	/* What is replaced counts when its successor is ready. */
	if (done > total - s->n_old)
		done = total - s->n_old;
	json_set_int(s->doc, "PercentageComplete", total == 0 ? 100 : done * 100 / total);
	json_set_int(s->doc, "InstancesToUpdate", s->n_old);
}

static void
copy_members(json_t *to, json_t *from)
{
	const char *name;
	json_t *v;

	json_object_foreach(from, name, v)
		json_set(to, name, json_incref(v));
}

void
asg_refresh_end(struct call *c, json_t *group, json_t *refresh, const char *status,
    const char *reason)
{
	json_t *desired = json_get(group, "_desired"), *member;
	size_t i;

	if (strcmp(status, "Successful") == 0 && desired != NULL) {
		json_del(group, "LaunchConfigurationName");
		json_del(group, "LaunchTemplate");
		json_del(group, "MixedInstancesPolicy");
		copy_members(group, desired);
	}
	json_del(group, "_desired");
	json_del(group, "_refresh");
	json_array_foreach(json_get(group, "Instances"), i, member) {
		json_del(member, "_fresh");
		if (asg_member_is(member, "InService"))
			json_del(member, "_extra");
	}
	json_set_str(refresh, "Status", status);
	json_set_str(refresh, "StatusReason", reason);
	json_set(refresh, "EndTime", call_now(c));
}

void
asg_refresh_roll_back(struct call *c, json_t *group, json_t *refresh, const char *why)
{
	json_t *old = json_new_array(), *member;
	size_t i;

	json_set(refresh, "RollbackDetails",
	    json_make("{s:s, s:o, s:I, s:I}", "RollbackReason", why, "RollbackStartTime",
		call_now(c), "PercentageCompleteOnRollback",
		(json_int_t)json_int(refresh, "PercentageComplete", 0),
		"InstancesToUpdateOnRollback",
		(json_int_t)json_int(refresh, "InstancesToUpdate", 0)));
	json_array_foreach(json_get(group, "Instances"), i, member) {
		if (json_bool(member, "_fresh", 0) &&
		    !asg_member_is(member, "Terminating"))
			json_add_str(old, json_str_or(member, "InstanceId", ""));
		json_del(member, "_fresh");
	}
	json_set_int(refresh, "_total", (int64_t)json_array_size(old));
	json_set(refresh, "_old", old);
	json_set_str(refresh, "Status", "RollbackInProgress");
	json_set_str(refresh, "StatusReason", why);
	json_del(refresh, "_checkpoints");
	json_del(refresh, "_pause_ms");
	json_del(group, "_desired");
	json_del(group, "_failures");
	json_del(group, "_retry_ms");
}

static int
is_in(const struct state *s, const char *status)
{
	return strcmp(json_str_or(s->doc, "Status", ""), status) == 0;
}

static int
is_rollback(const struct state *s)
{
	return is_in(s, "RollbackInProgress");
}

/* All are replaced and ready: it bakes, or is over. */
static void
finish(struct state *s)
{
	struct call *c = s->t->c;
	int64_t bake = json_int(s->preferences, "BakeTime", 0) * 1000;
	int64_t until = json_int(s->doc, "_bake_ms", c->now_ms + bake);

	if (is_rollback(s)) {
		asg_refresh_end(c, s->t->group, s->doc, "RollbackSuccessful", NULL);
		return;
	}
	if (c->now_ms < until) {
		json_set_str(s->doc, "Status", "Baking");
		json_set_int(s->doc, "_bake_ms", until);
		asg_tick_at(s->t, until);
		return;
	}
	asg_refresh_end(c, s->t->group, s->doc, "Successful", NULL);
}

/* It waits for the user, for an hour. */
static void
wait_for_user(struct state *s)
{
	struct call *c = s->t->c;
	int64_t since = json_int(s->doc, "_stuck_ms", c->now_ms);

	json_set_int(s->doc, "_stuck_ms", since);
	if (c->now_ms - since >= STUCK_MS)
		asg_refresh_end(c, s->t->group, s->doc,
		    is_rollback(s) ? "RollbackFailed" : "Failed",
		    "Instances that are protected from scale in or on standby were not "
		    "released within an hour.");
	else
		asg_tick_at(s->t, since + STUCK_MS);
}

/* 1 while it pauses at a checkpoint. */
static int
at_checkpoint(struct state *s)
{
	const json_t *list = json_get(s->preferences, "CheckpointPercentages");
	int64_t behind = json_int(s->doc, "_checkpoints", 0), now = s->t->c->now_ms;
	int64_t until = json_int(s->doc, "_pause_ms", 0);
	const json_t *next = json_array_get(list, (size_t)behind);

	if (now < until) {
		asg_tick_at(s->t, until);
		return 1;
	}
	if (next == NULL || is_rollback(s) ||
	    json_int(s->doc, "PercentageComplete", 0) < json_integer_value(next))
		return 0;
	until = now + json_int(s->preferences, "CheckpointDelay", 3600) * 1000;
	json_set_int(s->doc, "_checkpoints", behind + 1);
	json_set_int(s->doc, "_pause_ms", until);
	asg_tick_at(s->t, until);
	return until > now;
}

/* Replacing */

static int
end_one(struct state *s, json_t *member)
{
	struct call *c = s->t->c;

	return asg_member_end(c, s->t->group, member, "refresh",
	    arena_printf(c->arena,
		"At %s an instance was taken out of service in response to an instance "
		"refresh.",
		asg_time(c->arena, c->now_ms)),
	    1, NULL);
}

/* So many of the old ones go; what is not in service counts for nothing. */
static int
end_some(struct state *s, int64_t n)
{
	json_t *member;
	size_t i;

	json_array_foreach(json_get(s->t->group, "Instances"), i, member) {
		int serves = asg_member_is(member, "InService");

		if (!is_old(s, member) || is_blocked(s, member) ||
		    (!serves && !asg_member_is(member, "Standby")) || (serves && n <= 0))
			continue;
		if (end_one(s, member) < 0)
			return -1;
		n -= serves;
	}
	return 0;
}

/* So many come beyond the desired capacity, some at a time; when they are warm, old ones go. */
static int
launch_some(struct state *s, int64_t n)
{
	struct call *c = s->t->c;
	const char *cause = arena_printf(c->arena,
	    "At %s an instance was launched in response to an instance refresh.",
	    asg_time(c->arena, c->now_ms));

	if (asg_is_suspended(s->t->group, "Launch") ||
	    c->now_ms < json_int(s->t->group, "_retry_ms", 0))
		return 0;
	for (int64_t i = 0; i < n && i < BATCH; i++) {
		int64_t units = asg_launch_plan(c, s->t->group, NULL, 1, cause);

		if (units < 0)
			return -1;
		if (units == 0)
			break;
	}
	return 0;
}

static int64_t
n_extra(const json_t *group)
{
	const json_t *row;
	int64_t n = 0;
	size_t i;

	json_array_foreach(json_get(group, "Instances"), i, row)
		n += json_bool(row, "_extra", 0) && !asg_member_is(row, "Terminating");
	json_array_foreach(json_get(group, "_launches"), i, row)
		n += json_bool(row, "extra", 0);
	return n;
}

static int
replace(struct state *s)
{
	int64_t min = json_int(s->preferences, "MinHealthyPercentage", 90);
	int64_t max = json_int(s->preferences, "MaxHealthyPercentage", 100);
	int64_t least = (s->desired * min + 99) / 100;
	int64_t room = s->desired * max / 100 - s->desired, extra = n_extra(s->t->group);
	int64_t free = s->n_old - s->n_blocked - extra, n = s->n_ready - least;

	/* The larger share of nothing is one. */
	if (max > 100 && room == 0)
		room = 1;
	if (n <= 0 && max <= 100 && s->n_moving == 0)
		n = 1;
	/* What comes first needs nobody to go before. */
	if (max > 100 && min >= 100)
		n = 0;
	if (end_some(s, n < free ? n : free) < 0)
		return -1;
	if (n > 0)
		free -= n;
	room -= extra;
	return launch_some(s, room < free ? room : free);
}

static int
roll(struct state *s)
{
	int64_t failures = json_int(s->t->group, "_failures", 0);

	if (failures > 0 && !is_rollback(s) &&
	    json_bool(s->preferences, "AutoRollback", 0) &&
	    json_get(s->doc, "DesiredConfiguration") != NULL) {
		asg_refresh_roll_back(s->t->c, s->t->group, s->doc,
		    "An instance failed to launch.");
		return 0;
	}
	if (failures >= FAILURES_MAX) {
		asg_refresh_end(s->t->c, s->t->group, s->doc,
		    is_rollback(s) ? "RollbackFailed" : "Failed",
		    "Instances failed to launch.");
		return 0;
	}
	if (s->n_old == 0) {
		if (s->n_moving == 0 && s->n_ready >= s->desired)
			finish(s);
		return 0;
	}
	if (at_checkpoint(s))
		return 0;
	if (s->n_old == s->n_blocked && s->n_moving == 0) {
		wait_for_user(s);
		return 0;
	}
	json_del(s->doc, "_stuck_ms");
	return replace(s);
}

int
asg_refresh_step(struct asg_tick *t)
{
	const char *id = json_str(t->group, "_refresh");
	struct state s = { .t = t };
	json_t *before;
	int rc = id == NULL ?
	    0 :
	    store_edit(t->c->txn, t->c->scope, asg_refresh.kind, id, &s.doc, &t->c->err);

	if (rc <= 0 || asg_is_suspended(t->group, "InstanceRefresh"))
		return rc < 0 ? -1 : 0;
	s.old = json_get(s.doc, "_old");
	s.preferences = json_get(s.doc, "Preferences");
	s.warmup_ms = json_int(s.preferences, "InstanceWarmup", 0) * 1000;
	s.desired = json_int(t->group, "DesiredCapacity", 0);
	before = json_own(t->c->arena, json_copy_deep(s.doc));
	count(&s);
	show_progress(&s);
	if (is_in(&s, "Pending"))
		json_set_str(s.doc, "Status", "InProgress");
	if (is_in(&s, "Cancelling")) {
		if (s.n_moving == 0)
			asg_refresh_end(t->c, t->group, s.doc, "Cancelled",
			    "Cancelled by user.");
	} else if (roll(&s) < 0) {
		return -1;
	}
	if (!json_equal(before, s.doc))
		resource_put(t->c, &asg_refresh, s.doc);
	return 0;
}
