/*
 * Auto Scaling: activities are noted, listed and, after six weeks, forgotten here.
 *
 * A group keeps its newest 200.
 */
#include "control/services/autoscaling/activity.h"

#include <stdlib.h>
#include <string.h>

#include "control/api/converge.h"

enum { ACTIVITIES_MAX = 200, MESSAGE_MAX = 255, CAUSE_MAX = 1023 };

#define KEPT_MS ((int64_t)6 * 7 * 24 * 60 * 60 * 1000)

/* Six weeks are over. */
static int
activity_converge(struct converge *cv, struct err *err)
{
	int64_t age;

	if (cv->doc == NULL)
		return 0;
	age = cv->now_ms - (int64_t)(json_num(cv->doc, "StartTime", 0) * 1000);
	if (age >= KEPT_MS)
		return converge_forget(cv, err);
	cv->again_ms = KEPT_MS - age;
	return 0;
}

static const struct resource asg_activity = {
	.service = "autoscaling",
	.kind = "autoscaling:activity",
	.type = "activity",
	.id_member = "ActivityId",
	.list_member = "Activities",
	.noun = "activity",
	.not_found = &asg_invalid,
	.no_tags = 1,
	.converge = activity_converge,
};

static char *
cut(struct call *c, const char *text, size_t max)
{
	return arena_strndup(c->arena, text, strnlen(text, max));
}

json_t *
asg_activity_begin(struct call *c, const json_t *group, const struct asg_activity *a)
{
	json_t *doc = json_own(c->arena, json_new_object());
	json_t *details = json_own(c->arena, json_new_object());

	json_set_str(doc, "ActivityId", asg_uuid(c->arena));
	json_set_str(doc, "AutoScalingGroupName", asg_name(group));
	json_set_str(doc, "AutoScalingGroupARN", json_str(group, "AutoScalingGroupARN"));
	json_set_str(doc, "Description", a->description);
	json_set_str(doc, "Cause", cut(c, a->cause, CAUSE_MAX));
	json_set(doc, "StartTime", call_now(c));
	json_set_str(doc, "StatusCode", a->status);
	json_set_int(doc, "Progress", a->progress);
	json_set_str(details, "Subnet ID", a->subnet);
	json_set_str(details, "Availability Zone", a->zone);
	json_set_str(doc, "Details", json_text(c->arena, details));
	resource_put(c, &asg_activity, doc);
	return doc;
}

int
asg_activity_set(struct call *c, const char *id, const char *description,
    const char *status, int progress)
{
	json_t *doc;
	int rc = id == NULL ?
	    0 :
	    store_edit(c->txn, c->scope, asg_activity.kind, id, &doc, &c->err);

	if (rc <= 0)
		return rc;
	json_set_str(doc, "Description", description);
	json_set_str(doc, "StatusCode", status);
	if (progress >= 0)
		json_set_int(doc, "Progress", progress);
	resource_put(c, &asg_activity, doc);
	return 0;
}

int
asg_activity_end(struct call *c, const char *id, const char *status, const char *message)
{
	json_t *doc;
	int rc = id == NULL ?
	    0 :
	    store_edit(c->txn, c->scope, asg_activity.kind, id, &doc, &c->err);

	if (rc <= 0)
		return rc;
	json_set_str(doc, "StatusCode", status);
	json_set_int(doc, "Progress", 100);
	json_set(doc, "EndTime", call_now(c));
	if (message != NULL) {
		json_set_str(doc, "StatusMessage", cut(c, message, MESSAGE_MAX));
		json_set_fmt(doc, "Description", "%s.  Status Reason: %s",
		    json_str_or(doc, "Description", ""), message);
	}
	resource_put(c, &asg_activity, doc);
	return 0;
}

/* Newest first; what began at once stands by its id. */
static int
by_start(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	double s = json_num(*x, "StartTime", 0), t = json_num(*y, "StartTime", 0);

	if (s != t)
		return s < t ? 1 : -1;
	return strcmp(json_str_or(*x, "ActivityId", ""),
	    json_str_or(*y, "ActivityId", ""));
}

static json_t *
newest_first(struct call *c, const json_t *docs)
{
	size_t n = json_array_size(docs);
	json_t **rows = arena_calloc(c->arena, n + 1, sizeof(json_t *));
	json_t *out = json_own(c->arena, json_new_array());

	for (size_t i = 0; i < n; i++)
		rows[i] = json_array_get(docs, i);
	qsort(rows, n, sizeof(rows[0]), by_start);
	for (size_t i = 0; i < n; i++)
		json_add(out, json_incref(rows[i]));
	return out;
}

int
asg_activity_trim(struct call *c, const char *group)
{
	json_t *docs = asg_owned(c, &asg_activity, group);

	if (docs == NULL)
		return -1;
	if (json_array_size(docs) <= ACTIVITIES_MAX)
		return 0;
	docs = newest_first(c, docs);
	for (size_t i = ACTIVITIES_MAX; i < json_array_size(docs); i++)
		resource_delete_doc(c, &asg_activity,
		    resource_id(&asg_activity, json_array_get(docs, i)));
	return 0;
}

int
asg_activity_orphan(struct call *c, const json_t *group)
{
	const json_t *docs = asg_owned(c, &asg_activity, asg_name(group)), *doc;
	json_t *copy;
	size_t i;

	if (docs == NULL)
		return -1;
	json_array_foreach(docs, i, doc) {
		if (json_get(doc, "AutoScalingGroupState") != NULL)
			continue;
		copy = json_own(c->arena, json_copy_deep(doc));
		json_set_str(copy, "AutoScalingGroupState", "Deleted");
		resource_put(c, &asg_activity, copy);
	}
	return 0;
}

/* DescribeScalingActivities */

/* A bound is a time as text; what is not one is refused. */
static int
read_bound(struct call *c, const json_t *filter, double *ret)
{
	const json_t *values = json_get(filter, "Values");
	const char *text = json_string_value(json_array_get(values, 0));
	int64_t ms;

	if (json_array_size(values) != 1 || !clock_parse_iso8601(text, &ms))
		return err_set(&c->err, &asg_invalid,
		    "The filter %.100s needs one value, a time in ISO 8601.",
		    json_str_or(filter, "Name", ""));
	*ret = (double)ms / 1000.0;
	return 0;
}

struct choice {
	double from, to;
	const json_t *statuses, *ids;
	const char *group;
	int with_deleted;
};

static int
read_filters(struct call *c, struct choice *k)
{
	const json_t *filter;
	size_t i;

	json_array_foreach(in_list(c, "Filters"), i, filter) {
		const char *name = json_str_or(filter, "Name", "");
		int rc = 0;

		if (strcmp(name, "StartTimeLowerBound") == 0)
			rc = read_bound(c, filter, &k->from);
		else if (strcmp(name, "StartTimeUpperBound") == 0)
			rc = read_bound(c, filter, &k->to);
		else if (strcmp(name, "Status") == 0)
			k->statuses = json_get(filter, "Values");
		else
			rc = err_set(&c->err, &asg_invalid,
			    "Filter type %.100s is not correct. Allowed Filter types are: "
			    "StartTimeLowerBound, StartTimeUpperBound, Status",
			    name);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int
is_chosen(const struct choice *k, const json_t *doc)
{
	double start = json_num(doc, "StartTime", 0);

	return (k->group == NULL || strcmp(k->group, asg_name(doc)) == 0) &&
	    (k->with_deleted || json_get(doc, "AutoScalingGroupState") == NULL) &&
	    (json_array_size(k->ids) == 0 ||
		json_has_str(k->ids, json_str_or(doc, "ActivityId", ""))) &&
	    start >= k->from && start <= k->to &&
	    (k->statuses == NULL ||
		json_has_str(k->statuses, json_str_or(doc, "StatusCode", "")));
}

static int
describe_scaling_activities(struct call *c)
{
	struct choice k = { .from = 0, .to = 1e12 };
	json_t *out = json_own(c->arena, json_new_array()), *group;
	struct store_docs all;

	k.ids = in_list(c, "ActivityIds");
	k.group = in_str(c, "AutoScalingGroupName");
	k.with_deleted = in_bool(c, "IncludeDeletedGroups", 0);
	if (k.group != NULL && !k.with_deleted && asg_group_get(c, k.group, &group) < 0)
		return -1;
	if (read_filters(c, &k) < 0 || resource_list(c, &asg_activity, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (is_chosen(&k, all.doc[i]))
			json_add(out, json_incref(all.doc[i]));
	}
	out = newest_first(c, out);
	if (asg_page(c, out, 100, 100) < 0)
		return -1;
	out_ref(c, "Activities", out);
	return 0;
}

static const struct op ops[] = {
	OP_RES("DescribeScalingActivities", describe_scaling_activities, OP_READ,
	    &asg_group, NULL, "List what groups did, and why."),
};
static const struct resource *const resources[] = { &asg_activity, NULL };
const struct family asg_activities = FAMILY(ops, resources);
