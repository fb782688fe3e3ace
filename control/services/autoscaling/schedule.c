/*
 * Auto Scaling: scheduled actions.
 *
 * An action runs when its time has come, also when control was away then.  One that
 * does not come again is gone afterwards.
 */
#include <string.h>

#include "base/cron.h"
#include "control/api/converge.h"
#include "control/services/autoscaling/activity.h"
#include "control/services/autoscaling/converge.h"
#include "control/services/autoscaling/settings.h"

enum { ACTIONS_MAX = 125, BATCH_MAX = 50 };

/* The next time behind `after` (seconds), 0: never; -1 a bad expression or zone. */
static int64_t
next_of(struct arena *a, const json_t *doc, int64_t after)
{
	const struct zone *zone = zone_find(a, json_str_or(doc, "TimeZone", "Etc/UTC"));
	const char *text = json_str(doc, "Recurrence");
	struct cron cron;

	if (zone == NULL)
		return -1;
	if (text == NULL)
		return 0;
	return cron_parse(text, &cron) ? cron_next(&cron, zone, after) : -1;
}

/* What is shown as StartTime is when it runs next. */
static void
set_next(json_t *doc, int64_t at)
{
	json_set_int(doc, "_next_ms", at * 1000);
	json_set_int(doc, "StartTime", at);
	json_set_int(doc, "Time", at);
}

/* Running */

static int
failed(struct call *c, const json_t *group, const char *name, const char *why)
{
	const struct asg_activity a = {
		.description =
		    arena_printf(c->arena, "Executing scheduled action %s", name),
		.cause = arena_printf(c->arena, "At %s the scheduled action %s executed.",
		    asg_time(c->arena, c->now_ms), name),
		.status = "InProgress",
	};
	const json_t *doc = asg_activity_begin(c, group, &a);

	return asg_activity_end(c, json_str(doc, "ActivityId"), "Failed", why);
}

static int
apply(struct call *c, json_t *group, const json_t *action)
{
	int64_t min = json_int(action, "MinSize", json_int(group, "MinSize", 0));
	int64_t max = json_int(action, "MaxSize", json_int(group, "MaxSize", 0));
	int64_t desired =
	    json_int(action, "DesiredCapacity", json_int(group, "DesiredCapacity", 0));
	const char *name = json_str_or(action, "ScheduledActionName", "");

	if (min > max)
		return failed(c, group, name,
		    "Max bound must be greater than or equal to min bound");
	if (json_get(action, "DesiredCapacity") != NULL &&
	    (desired < min || desired > max))
		return failed(c, group, name,
		    arena_printf(c->arena,
			"Desired capacity:%lld must be between the specified min size:%lld "
			"and max size:%lld",
			(long long)desired, (long long)min, (long long)max));
	desired = desired < min ? min : desired > max ? max : desired;
	json_set_int(group, "MinSize", min);
	json_set_int(group, "MaxSize", max);
	asg_set_desired(c, group, desired,
	    arena_printf(c->arena, "the scheduled action %s executed", name));
	resource_put(c, &asg_group, group);
	return 0;
}

/* It has run: when it comes again, or it is gone. */
static void
go_on(struct call *c, json_t *doc)
{
	int64_t now = c->now_ms / 1000, next = next_of(c->arena, doc, now);
	double end = json_num(doc, "EndTime", 1e15);

	if (next <= 0 || (double)next > end) {
		resource_delete_doc(c, &asg_schedule, resource_id(&asg_schedule, doc));
		return;
	}
	set_next(doc, next);
	resource_put(c, &asg_schedule, doc);
}

static int
execute(struct call *c, void *arg)
{
	const char *id = arg;
	json_t *doc, *group;
	int rc = store_edit(c->txn, c->scope, asg_schedule.kind, id, &doc, &c->err);

	if (rc <= 0 || c->now_ms < json_int(doc, "_next_ms", 0))
		return rc < 0 ? -1 : 0;
	rc = store_edit(c->txn, c->scope, asg_group.kind, asg_name(doc), &group, &c->err);
	if (rc < 0)
		return -1;
	if (rc > 0 && json_get(group, "_want") == NULL &&
	    !asg_is_suspended(group, "ScheduledActions") && apply(c, group, doc) < 0)
		return -1;
	go_on(c, doc);
	return 0;
}

static int
schedule_converge(struct converge *cv, struct err *err)
{
	int64_t next;

	if (cv->doc == NULL)
		return 0;
	if (cv->now_ms >= json_int(cv->doc, "_next_ms", 0) &&
	    converge_transaction(cv, execute, arena_strdup(cv->arena, cv->id), err) < 0)
		return -1;
	if (cv->doc == NULL)
		return 0;
	next = json_int(cv->doc, "_next_ms", 0);
	cv->again_ms = next > cv->now_ms ? next - cv->now_ms : 1;
	return 0;
}

const struct resource asg_schedule = {
	.service = "autoscaling",
	.kind = "autoscaling:schedule",
	.type = "scheduledUpdateGroupAction",
	.id_member = "_id",
	.noun = "scheduled action",
	.not_found = &asg_invalid,
	.no_tags = 1,
	.converge = schedule_converge,
};

/* PutScheduledUpdateGroupAction, BatchPutScheduledUpdateGroupAction */

static int
check_sizes(struct call *c, const json_t *doc)
{
	static const char *const sizes[] = { "MinSize", "MaxSize", "DesiredCapacity" };
	int n = 0;

	for (size_t i = 0; i < COUNT(sizes); i++) {
		n += json_get(doc, sizes[i]) != NULL;
		if (asg_check_range(c, doc, sizes[i], 0, 10000) < 0)
			return -1;
	}
	if (n == 0)
		return err_set(&c->err, &asg_invalid,
		    "At least one of MinSize, MaxSize or DesiredCapacity must be "
		    "specified.");
	if (json_get(doc, "MinSize") != NULL && json_get(doc, "MaxSize") != NULL)
		return asg_check_sizes(c, json_int(doc, "MinSize", 0),
		    json_int(doc, "MaxSize", 0));
	return 0;
}

/* The first time that it runs: 0 with it set, or -1. */
static int
check_times(struct call *c, json_t *doc)
{
	double start = json_num(doc, "StartTime", json_num(doc, "Time", 0));
	double end = json_num(doc, "EndTime", 0), now = (double)c->now_ms / 1000.0;
	const char *text = json_str(doc, "Recurrence");
	int64_t after = start > now ? (int64_t)start - 1 : (int64_t)now, next;

	if (zone_find(c->arena, json_str_or(doc, "TimeZone", "Etc/UTC")) == NULL)
		return err_set(&c->err, &asg_invalid, "Invalid time zone: %.100s",
		    json_str_or(doc, "TimeZone", ""));
	if (start != 0 && start < now)
		return err_set(&c->err, &asg_invalid, "Given start time is in the past");
	if (text == NULL && start == 0)
		return err_set(&c->err, &asg_invalid,
		    "Either StartTime or Recurrence must be specified.");
	next = text != NULL ? next_of(c->arena, doc, after) : (int64_t)start;
	if (next <= 0)
		return err_set(&c->err, &asg_invalid,
		    "Given recurrence string:%.100s is invalid", text);
	if (end != 0 && end <= (start != 0 ? start : now))
		return err_set(&c->err, &asg_invalid,
		    "Given end time is before the start time or in the past");
	set_next(doc, next);
	return 0;
}

static int
put_action(struct call *c, const json_t *group, const json_t *in)
{
	static const char *const kept[] = { "Time", "StartTime", "EndTime", "Recurrence",
		"MinSize", "MaxSize", "DesiredCapacity", "TimeZone" };
	const char *name = json_str_or(in, "ScheduledActionName", ""), *arn;
	json_t *doc = json_own(c->arena, json_new_object()), *old = NULL, *all;
	const char *id = asg_owned_id(c, asg_name(group), name);

	all = asg_owned(c, &asg_schedule, asg_name(group));
	if (all == NULL || resource_find(c, &asg_schedule, id, &old) < 0)
		return -1;
	if (old == NULL && json_array_size(all) >= ACTIONS_MAX)
		return err_set(&c->err, &asg_limit,
		    "A group can have at most %d scheduled actions.", ACTIONS_MAX);
	for (size_t i = 0; i < COUNT(kept); i++) {
		if (json_get(in, kept[i]) != NULL)
			json_set(doc, kept[i], json_incref(json_get(in, kept[i])));
	}
	arn = json_str(old, "ScheduledActionARN");
	if (arn == NULL)
		arn = call_arn(c,
		    arena_printf(c->arena,
			"scheduledUpdateGroupAction:%s:autoScalingGroupName/%s:"
			"scheduledActionName/%s",
			asg_uuid(c->arena), asg_name(group), name));
	json_set_str(doc, "_id", id);
	json_set_str(doc, "AutoScalingGroupName", asg_name(group));
	json_set_str(doc, "ScheduledActionName", name);
	json_set_str(doc, "ScheduledActionARN", arn);
	if (check_sizes(c, doc) < 0 || check_times(c, doc) < 0)
		return -1;
	resource_put(c, &asg_schedule, doc);
	return 0;
}

static int
put_scheduled_update_group_action(struct call *c)
{
	json_t *group;

	return asg_input_group(c, &group) < 0 ? -1 : put_action(c, group, c->in);
}

/* Each by itself: what is refused is said, the others are done. */
static void
note_failure(struct call *c, json_t *list, const char *name)
{
	json_t *row = json_add_object(list);

	json_set_str(row, "ScheduledActionName", name);
	json_set_str(row, "ErrorCode", c->err.kind->code);
	json_set_str(row, "ErrorMessage", c->err.msg);
	c->err.kind = NULL;
}

static int
batch_put(struct call *c)
{
	const json_t *list = in_list(c, "ScheduledUpdateGroupActions"), *row;
	json_t *group, *out = json_own(c->arena, json_new_array());
	size_t i;

	if (asg_input_group(c, &group) < 0)
		return -1;
	if (json_array_size(list) > BATCH_MAX)
		return err_set(&c->err, &asg_invalid,
		    "A maximum of %d scheduled actions can be specified in a call.",
		    BATCH_MAX);
	json_array_foreach(list, i, row) {
		if (put_action(c, group, row) == 0)
			continue;
		if (c->err.kind->status >= 500)
			return -1;
		note_failure(c, out, json_str_or(row, "ScheduledActionName", ""));
	}
	out_ref(c, "FailedScheduledUpdateGroupActions", out);
	return 0;
}

/* DeleteScheduledAction, BatchDeleteScheduledAction */

static int
delete_action(struct call *c, const json_t *group, const char *name)
{
	const char *id = asg_owned_id(c, asg_name(group), name);
	json_t *doc;
	int rc = resource_find(c, &asg_schedule, id, &doc);

	if (rc <= 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &asg_invalid,
				    "Scheduled action name not found - %.200s", name);
	resource_delete_doc(c, &asg_schedule, id);
	return 0;
}

static int
delete_scheduled_action(struct call *c)
{
	json_t *group;

	return asg_input_group(c, &group) < 0 ?
	    -1 :
	    delete_action(c, group, in_str(c, "ScheduledActionName"));
}

static int
batch_delete(struct call *c)
{
	const json_t *list = in_list(c, "ScheduledActionNames"), *v;
	json_t *group, *out = json_own(c->arena, json_new_array());
	size_t i;

	if (asg_input_group(c, &group) < 0)
		return -1;
	json_array_foreach(list, i, v) {
		if (delete_action(c, group, json_string_value(v)) == 0)
			continue;
		if (c->err.kind->status >= 500)
			return -1;
		note_failure(c, out, json_string_value(v));
	}
	out_ref(c, "FailedScheduledActions", out);
	return 0;
}

/* DescribeScheduledActions: by group, by name, by when they run next */

static int
is_chosen(struct call *c, const json_t *doc)
{
	const char *group = in_str(c, "AutoScalingGroupName");
	const json_t *names = in_list(c, "ScheduledActionNames");
	double at = json_num(doc, "StartTime", 0);

	if (group != NULL && strcmp(group, asg_name(doc)) != 0)
		return 0;
	if (json_array_size(names) > 0)
		return json_has_str(names, json_str_or(doc, "ScheduledActionName", "")) ||
		    json_has_str(names, json_str_or(doc, "ScheduledActionARN", ""));
	return at >= json_num(c->in, "StartTime", 0) &&
	    at <= json_num(c->in, "EndTime", 1e15);
}

static int
describe_scheduled_actions(struct call *c)
{
	json_t *out = json_own(c->arena, json_new_array()), *group;
	const char *name = in_str(c, "AutoScalingGroupName");
	struct store_docs all;

	if ((name != NULL && asg_group_get(c, name, &group) < 0) ||
	    resource_list(c, &asg_schedule, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (is_chosen(c, all.doc[i]))
			json_add(out, json_incref(all.doc[i]));
	}
	return asg_out_page(c, "ScheduledUpdateGroupActions", out);
}

#define NAME "AutoScalingGroupName"

static const struct op ops[] = {
	OP_RES("BatchDeleteScheduledAction", batch_delete, 0, &asg_group, NAME,
	    "Remove several scheduled actions."),
	OP_RES("BatchPutScheduledUpdateGroupAction", batch_put, 0, &asg_group, NAME,
	    "Say several times when a group's sizes change."),
	OP_RES("DeleteScheduledAction", delete_scheduled_action, 0, &asg_group, NAME,
	    "Remove a scheduled action."),
	OP_RES("DescribeScheduledActions", describe_scheduled_actions, OP_READ,
	    &asg_group, NULL, "List scheduled actions."),
	OP_RES("PutScheduledUpdateGroupAction", put_scheduled_update_group_action, 0,
	    &asg_group, NAME, "Say when a group's sizes change."),
};
static const struct resource *const resources[] = { &asg_schedule, NULL };
const struct family asg_schedules = FAMILY(ops, resources);
