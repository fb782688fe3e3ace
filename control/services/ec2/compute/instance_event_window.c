/*
 * EC2: event windows: when events of instances may happen.
 */
#include "control/services/ec2/compute/instance_event_window.h"

#include <ctype.h>
#include <string.h>

#include "base/cron.h"
#include "control/services/ec2/compute/instance.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidInstanceEventWindowId.NotFound", 400 };
static const struct err_kind malformed = { "InvalidInstanceEventWindowId.Malformed",
	400 };
static const struct err_kind in_use = { "InstanceEventWindowAssociated", 400 };

enum {
	MAX_NAME = 128,
	MAX_RANGES = 10,
	MAX_TARGETS = 100,
	WEEK = 7 * 24,
	MIN_RANGE = 2,
	MIN_WEEK = 4
};

static const struct filter filters[] = {
	{ "dedicated-host-id", "AssociationTarget.DedicatedHostIds" },
	{ "event-window-name", "Name" },
	{ "instance-id", "AssociationTarget.InstanceIds" },
	{ "instance-tag", "_target_tags" },
	{ "instance-tag-key", "AssociationTarget.Tags.Key" },
	{ "instance-tag-value", "AssociationTarget.Tags.Value" },
	{ NULL, NULL },
};
static const struct resource window = {
	.service = "ec2",
	.kind = "ec2:instance-event-window",
	.type = "instance-event-window",
	.prefix = "iew-",
	.id_member = "InstanceEventWindowId",
	.list_member = "InstanceEventWindows",
	.ids_member = "InstanceEventWindowIds",
	.noun = "instance event window ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.page_min = 20,
	.page_max = 500,
};

/* Hours from the beginning of the week; -1: no such day or hour. */
static int
hour_of(const char *day, int64_t hour)
{
	static const char *const days[] = { "sunday", "monday", "tuesday", "wednesday",
		"thursday", "friday", "saturday" };

	for (size_t i = 0; i < COUNT(days); i++) {
		if (strcmp(days[i], day) == 0 && hour >= 0 && hour <= 23)
			return (int)i * 24 + (int)hour;
	}
	return -1;
}

/* EC2 User Guide: a range is of two hours at least, all of them together are of four. */
static int
check_ranges(struct call *c, const json_t *ranges)
{
	const json_t *row;
	int total = 0;
	size_t i;

	if (json_array_size(ranges) > MAX_RANGES)
		return err_set(&c->err, &ec2_bad_value,
		    "An event window has at most %d time ranges.", MAX_RANGES);
	json_array_foreach(ranges, i, row) {
		int from = hour_of(json_str_or(row, "StartWeekDay", ""),
			json_int(row, "StartHour", -1)),
		    to = hour_of(json_str_or(row, "EndWeekDay", ""),
			json_int(row, "EndHour", -1));
		int hours = (to - from + WEEK) % WEEK;

		if (from < 0 || to < 0)
			return err_set(&c->err, &ec2_bad_value,
			    "A time range needs StartWeekDay, StartHour, EndWeekDay and EndHour, "
			    "with hours from 0 to 23.");
		if (hours < MIN_RANGE)
			return err_set(&c->err, &ec2_bad_value,
			    "Each time range must be at least %d hours long.", MIN_RANGE);
		total += hours;
	}
	if (total < MIN_WEEK)
		return err_set(&c->err, &ec2_bad_value,
		    "The event window must be at least %d hours a week.", MIN_WEEK);
	return 0;
}

/* EC2 User Guide: "* hours * * days", of numbers, names, lists, ranges. */
static int
check_cron(struct call *c, const char *cron)
{
	const char *p = cron;
	int fields = 0;

	while (*p != '\0') {
		size_t n = strspn(p,
		    "0123456789*,-/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

		if (n == 0)
			break;
		/* The first, third and fourth field stand for "any". */
		if ((fields == 0 || fields == 2 || fields == 3) && (n != 1 || *p != '*'))
			break;
		fields++;
		p += n;
		p += strspn(p, " ");
	}
	if (fields != 5 || *p != '\0')
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter cronExpression is invalid. Use '* hours * * "
		    "days'.",
		    cron);
	return 0;
}

/* Name and times of the input are written into the document.  0 or -1. */
static int
read_times(struct call *c, json_t *doc)
{
	const json_t *ranges = in_list(c, "TimeRanges");
	const char *cron = in_str(c, "CronExpression"), *name = in_str(c, "Name");

	if (json_array_size(ranges) > 0 && cron != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameters timeRanges and cronExpression cannot be used together");
	if (name != NULL && strlen(name) > MAX_NAME)
		return err_set(&c->err, &ec2_bad_value,
		    "Value for parameter name is invalid. It must have at most %d characters.",
		    MAX_NAME);
	if ((cron != NULL && check_cron(c, cron) < 0) ||
	    (json_array_size(ranges) > 0 && check_ranges(c, ranges) < 0))
		return -1;
	json_set_str(doc, "Name", name);
	if (cron != NULL) {
		json_set_str(doc, "CronExpression", cron);
		json_del(doc, "TimeRanges");
	} else if (json_array_size(ranges) > 0) {
		json_set(doc, "TimeRanges", json_copy_deep(ranges));
		json_del(doc, "CronExpression");
	}
	return 0;
}

static void
answer(struct call *c, const json_t *doc, const char *state)
{
	json_t *v = json_copy_deep(doc);

	json_set_str(v, "State", state);
	out_set(c, "InstanceEventWindow", v);
}

static int
create(struct call *c)
{
	const char *id;
	json_t *doc;

	if (!in_has(c, "TimeRanges") && !in_has(c, "CronExpression"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter timeRanges or cronExpression");
	doc = resource_new(c, &window, &id);
	if (doc == NULL || read_times(c, doc) < 0)
		return -1;
	json_set_str(doc, "State", "active");
	resource_put(c, &window, doc);
	answer(c, doc, "creating");
	return 0;
}

static int
modify(struct call *c)
{
	json_t *doc;

	if (resource_edit(c, &window, in_str(c, "InstanceEventWindowId"), &doc) < 0 ||
	    read_times(c, doc) < 0)
		return -1;
	resource_put(c, &window, doc);
	answer(c, doc, "active");
	return 0;
}

static int
remove_window(struct call *c)
{
	const char *id = in_str(c, "InstanceEventWindowId");
	json_t *doc;

	if (resource_get(c, &window, id, &doc) < 0)
		return -1;
	if (json_get(doc, "AssociationTarget") != NULL && !in_bool(c, "ForceDelete", 0))
		return err_set(&c->err, &in_use,
		    "The event window '%s' is associated with a target. Use ForceDelete to delete "
		    "it.",
		    id);
	resource_delete_doc(c, &window, id);
	out_set(c, "InstanceEventWindowState",
	    json_make("{s:s, s:s}", "InstanceEventWindowId", id, "State", "deleting"));
	return 0;
}

/* Targets: as the request has them, and as they are shown. */

static const struct {
	const char *asked, *shown;
} targets[] = {
	{ "InstanceIds", "InstanceIds" },
	{ "InstanceTags", "Tags" },
	{ "DedicatedHostIds", "DedicatedHostIds" },
};

/* The one kind of target that was given: its index, or -1. */
static int
read_target(struct call *c, const json_t *given)
{
	int found = -1, n = 0;

	for (size_t i = 0; i < COUNT(targets); i++) {
		if (json_array_size(json_get(given, targets[i].asked)) == 0)
			continue;
		found = (int)i;
		n++;
	}
	if (n == 1)
		return found;
	return err_set(&c->err, n == 0 ? &ec2_missing : &ec2_bad_combination,
	    "One of InstanceIds, InstanceTags and DedicatedHostIds must be given.");
}

static int
check_instances(struct call *c, const json_t *ids)
{
	const json_t *v;
	json_t *doc;
	size_t i;

	json_array_foreach(ids, i, v) {
		if (resource_get(c, &ec2_instance, json_string_value(v), &doc) < 0)
			return -1;
	}
	return 0;
}

/* "key=value" of each tag, for the filter. */
static void
index_tags(json_t *doc)
{
	const json_t *tag;
	json_t *list = json_new_array();
	size_t i;

	json_array_foreach(json_path(doc, "AssociationTarget.Tags"), i, tag)
		json_add(list,
		    json_new_fmt("%s=%s", json_str_or(tag, "Key", ""),
			json_str_or(tag, "Value", "")));
	json_set(doc, "_target_tags", list);
}

static size_t
place_of(const json_t *list, const json_t *v)
{
	size_t i = 0;

	while (i < json_array_size(list) && !json_equal(json_array_get(list, i), v))
		i++;
	return i;
}

static int
change_targets(struct call *c, int add)
{
	const json_t *given = in_object(c, "AssociationTarget"), *v;
	json_t *doc, *all, *list;
	int k = read_target(c, given);
	size_t i;

	if (k < 0 ||
	    resource_edit(c, &window, in_str(c, "InstanceEventWindowId"), &doc) < 0 ||
	    (add && check_instances(c, json_get(given, "InstanceIds")) < 0))
		return -1;
	all = json_need_object(doc, "AssociationTarget");
	if (add && json_object_size(all) > 0 && json_get(all, targets[k].shown) == NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "An event window has targets of one type.");
	list = json_need_array(all, targets[k].shown);
	json_array_foreach(json_get(given, targets[k].asked), i, v) {
		size_t at = place_of(list, v);

		if (add && at == json_array_size(list))
			json_add(list, json_copy_deep(v));
		else if (!add && at < json_array_size(list))
			json_array_remove(list, at);
	}
	if (json_array_size(list) > MAX_TARGETS)
		return err_set(&c->err, &ec2_bad_value,
		    "An event window has at most %d targets.", MAX_TARGETS);
	index_tags(doc);
	if (json_array_size(list) == 0)
		json_del(doc, "AssociationTarget");
	resource_put(c, &window, doc);
	answer(c, doc, "active");
	return 0;
}

static int
associate(struct call *c)
{
	return change_targets(c, 1);
}

static int
disassociate(struct call *c)
{
	return change_targets(c, 0);
}

/* When */

enum { HOUR_S = 3600, THURSDAY = 4 };

/* Hours from the beginning of the week, Sunday 0 o'clock UTC. */
static int
week_hour(int64_t at)
{
	int64_t hours = at / HOUR_S;

	return (int)((hours + THURSDAY * 24) % WEEK);
}

static int
is_within(const json_t *doc, int hour)
{
	const char *cron = json_str(doc, "CronExpression");
	const json_t *range;
	struct cron c;
	size_t i;

	if (cron != NULL)
		return cron_parse(cron, &c) && (c.field[1] >> (hour % 24) & 1) != 0 &&
		    (c.field[4] >> (hour / 24) & 1) != 0;
	json_array_foreach(json_get(doc, "TimeRanges"), i, range) {
		int from = hour_of(json_str_or(range, "StartWeekDay", ""),
			json_int(range, "StartHour", -1)),
		    to = hour_of(json_str_or(range, "EndWeekDay", ""),
			json_int(range, "EndHour", -1));

		if ((hour - from + WEEK) % WEEK < (to - from + WEEK) % WEEK)
			return 1;
	}
	return 0;
}

static int
is_of(const json_t *doc, const json_t *instance)
{
	const json_t *tags = json_path(doc, "AssociationTarget.Tags"), *tag;
	size_t i;

	if (json_has_str(json_path(doc, "AssociationTarget.InstanceIds"),
		json_str_or(instance, "InstanceId", "")) ||
	    json_has_str(json_path(doc, "AssociationTarget.DedicatedHostIds"),
		json_str_or(json_get(instance, "Placement"), "HostId", "?")))
		return 1;
	json_array_foreach(tags, i, tag) {
		if (place_of(json_get(instance, "Tags"), tag) <
		    json_array_size(json_get(instance, "Tags")))
			return 1;
	}
	return 0;
}

int
event_window_start(struct store_txn *t, const char *scope, const json_t *instance,
    int64_t from, int64_t *ret, struct err *err)
{
	struct store_docs docs;
	int64_t at;

	if (store_list(t, scope, window.kind, &docs, err) < 0)
		return -1;
	*ret = from;
	for (size_t i = 0; i < docs.n; i++) {
		if (!is_of(docs.doc[i], instance))
			continue;
		/* Now, or at the first full hour of a week that is in it. */
		for (int k = 0; k <= WEEK; k++) {
			at = k == 0 ? from : (from / HOUR_S + k) * HOUR_S;
			if (!is_within(docs.doc[i], week_hour(at)))
				continue;
			*ret = at;
			return 0;
		}
	}
	return 0;
}

static const struct op ops[] = {
	OP_RES("AssociateInstanceEventWindow", associate, 0, &window,
	    "InstanceEventWindowId", "Say for which instances an event window is."),
	OP_RES("CreateInstanceEventWindow", create, 0, &window, NULL,
	    "Say when events of instances may happen."),
	OP_RES("DeleteInstanceEventWindow", remove_window, 0, &window,
	    "InstanceEventWindowId", "Remove an event window."),
	OP_RES("DescribeInstanceEventWindows", resource_describe, OP_READ, &window, NULL,
	    "List event windows."),
	OP_RES("DisassociateInstanceEventWindow", disassociate, 0, &window,
	    "InstanceEventWindowId", "Take targets off an event window."),
	OP_RES("ModifyInstanceEventWindow", modify, 0, &window, "InstanceEventWindowId",
	    "Change an event window's name and times."),
};
static const struct resource *const resources[] = { &window, NULL };
const struct family ec2_instance_event_windows = FAMILY(ops, resources);
