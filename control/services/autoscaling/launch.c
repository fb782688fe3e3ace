#include "control/services/autoscaling/launch.h"

#include <stdlib.h>
#include <string.h>

#include "control/api/converge.h"
#include "control/services/autoscaling/activity.h"
#include "control/services/autoscaling/hook.h"
#include "control/services/autoscaling/request.h"

enum { RETRY_MIN_MS = 5 * 1000, RETRY_MAX_MS = 5 * 60 * 1000 };

int64_t
asg_units(const json_t *member)
{
	const char *weight = json_str(member, "WeightedCapacity");

	return weight != NULL ? strtol(weight, NULL, 10) : 1;
}

/* Zones */

static int
is_going(const json_t *member)
{
	return strncmp(json_str_or(member, "LifecycleState", ""), "Terminating", 11) == 0;
}

/* Instances and launches whose `name` is the text. */
static int64_t
count_where(const json_t *group, const char *member_name, const char *launch_name,
    const char *text)
{
	const json_t *row;
	int64_t n = 0;
	size_t i;

	json_array_foreach(json_get(group, "Instances"), i, row) {
		if (!is_going(row) &&
		    strcmp(json_str_or(row, member_name, ""), text) == 0)
			n++;
	}
	json_array_foreach(json_get(group, "_launches"), i, row) {
		if (strcmp(json_str_or(row, launch_name, ""), text) == 0)
			n++;
	}
	return n;
}

int64_t
asg_zone_count(const json_t *group, const char *zone)
{
	return count_where(group, "AvailabilityZone", "zone", zone);
}

/* The zone with the fewest; after a failure another begins. */
static const char *
choose_zone(const json_t *group)
{
	const json_t *zones = json_get(group, "AvailabilityZones");
	size_t n = json_array_size(zones), first;
	const char *best = NULL;
	int64_t fewest = INT64_MAX;

	first = (size_t)json_int(group, "_failures", 0);
	for (size_t i = 0; i < n; i++) {
		const char *zone =
		    json_string_value(json_array_get(zones, (first + i) % n));
		int64_t count = asg_zone_count(group, zone);

		if (count < fewest) {
			fewest = count;
			best = zone;
		}
	}
	return best;
}

/* Of the group's subnets in the zone the one with the fewest instances: 1, 0 none, -1. */
static int
choose_subnet(struct call *c, const json_t *group, const char *zone, const char **ret)
{
	const char *p = json_str_or(group, "VPCZoneIdentifier", "");
	int64_t fewest = INT64_MAX;

	*ret = NULL;
	while (*p != '\0') {
		size_t n = strcspn(p, ",");
		const char *id = arena_strndup(c->arena, p, n);
		int64_t count = count_where(group, "_subnet", "subnet", id);
		json_t *doc;
		int rc = store_get(c->txn, c->scope, "ec2:subnet", id, &doc, &c->err);

		if (rc < 0)
			return -1;
		if (rc > 0 && count < fewest &&
		    strcmp(json_str_or(doc, "AvailabilityZone", ""), zone) == 0) {
			fewest = count;
			*ret = id;
		}
		p += n + (p[n] == ',');
	}
	return *ret != NULL;
}

/* Planning */

int
asg_launch_failed(struct call *c, json_t *group, const char *activity,
    const char *message)
{
	int64_t failures = json_int(group, "_failures", 0), pause = RETRY_MIN_MS;

	for (int64_t i = 0; i < failures && pause < RETRY_MAX_MS; i++)
		pause *= 2;
	json_set_int(group, "_failures", failures + 1);
	json_set_int(group, "_retry_ms",
	    c->now_ms + (pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS));
	json_set_int(group, "_next_type", json_int(group, "_next_type", 0) + 1);
	return asg_activity_end(c, activity, "Failed",
	    arena_printf(c->arena, "%s. Launching EC2 instance failed.", message));
}

/* The units it will count; the launch is written down. */
static int64_t
write_down(json_t *group, json_t *launch, json_t *member)
{
	int64_t units = asg_units(member);

	json_set(launch, "member", json_incref(member));
	json_set_int(launch, "units", units);
	json_add(json_need_array(group, "_launches"), json_incref(launch));
	return units;
}

int64_t
asg_launch_plan(struct call *c, json_t *group, const char *zone, int extra,
    const char *cause)
{
	struct asg_activity a = { .description = "Launching a new EC2 instance",
		.cause = cause,
		.status = "InProgress" };
	json_t *launch = json_own(c->arena, json_new_object()), *request, *member;
	const char *activity;

	if (zone == NULL)
		zone = choose_zone(group);
	if (zone == NULL || choose_subnet(c, group, zone, &a.subnet) < 0)
		return -1;
	a.zone = zone;
	activity = json_str(asg_activity_begin(c, group, &a), "ActivityId");
	if (asg_request(c, group, zone, a.subnet, &request, &member) < 0) {
		if (c->err.kind->status >= 500)
			return -1;
		return asg_launch_failed(c, group, activity,
			   arena_strdup(c->arena, c->err.msg)) < 0 ?
		    -1 :
		    0;
	}
	json_set_str(request, "ClientToken", asg_uuid(c->arena));
	json_set_str(launch, "token", json_str(request, "ClientToken"));
	json_set_str(launch, "activity", activity);
	json_set_str(launch, "zone", zone);
	json_set_str(launch, "subnet", a.subnet);
	json_set(launch, "request", json_incref(request));
	if (extra)
		json_set_bool(launch, "extra", 1);
	if (json_get(group, "_refresh") != NULL)
		json_set_bool(launch, "fresh", 1);
	return write_down(group, launch, member);
}

/* Doing */

struct launched {
	const char *group, *token;
	const json_t *instance; /* NULL: it failed */
	const char *message;
};

static void
set_zone_id(const json_t *group, json_t *member)
{
	const json_t *zones = json_get(group, "AvailabilityZones");
	const json_t *ids = json_get(group, "AvailabilityZoneIds"), *v;
	size_t i;

	json_array_foreach(zones, i, v) {
		if (strcmp(json_string_value(v),
			json_str_or(member, "AvailabilityZone", "")) == 0)
			json_set_str(member, "AvailabilityZoneId",
			    json_string_value(json_array_get(ids, i)));
	}
}

/* The new instance takes its launch's place. */
static int
join(struct call *c, json_t *group, const json_t *launch, const json_t *instance)
{
	json_t *member = json_copy_deep(json_get(launch, "member"));
	const char *id = json_str_or(instance, "InstanceId", "");
	const char *activity = json_str(launch, "activity");
	json_t *index = json_own(c->arena, json_new_object());
	int n;

	json_add(json_need_array(group, "Instances"), member);
	json_set_str(member, "InstanceId", id);
	json_set_str(member, "InstanceType", json_str(instance, "InstanceType"));
	json_set_str(member, "ImageId", json_str(instance, "ImageId"));
	json_set_str(member, "AvailabilityZone",
	    json_str_or(json_get(instance, "Placement"), "AvailabilityZone", ""));
	set_zone_id(group, member);
	json_set_str(member, "_subnet", json_str(instance, "SubnetId"));
	json_set_str(member, "HealthStatus", "Healthy");
	json_set_bool(member, "ProtectedFromScaleIn",
	    json_bool(group, "NewInstancesProtectedFromScaleIn", 0));
	json_set_int(member, "_launched_ms", c->now_ms);
	json_set_str(member, "_activity", activity);
	if (json_bool(launch, "extra", 0))
		json_set_bool(member, "_extra", 1);
	if (json_bool(launch, "fresh", 0))
		json_set_bool(member, "_fresh", 1);
	n = asg_hooks_begin(c, group, member, ASG_LAUNCHING);
	if (n < 0)
		return -1;
	json_set_str(member, "LifecycleState", n > 0 ? "Pending:Wait" : "Pending");
	json_set_str(index, "InstanceId", id);
	json_set_str(index, "AutoScalingGroupName", asg_name(group));
	store_put(c->txn, c->scope, ASG_MEMBER_KIND, id, index);
	return asg_activity_set(c, activity,
	    arena_printf(c->arena, "Launching a new EC2 instance: %s", id),
	    n > 0 ? "MidLifecycleAction" : "PreInService", 30);
}

static int
note(struct call *c, void *arg)
{
	const struct launched *l = arg;
	json_t *group, *launch = NULL, *list;
	size_t i;
	int rc = store_edit(c->txn, c->scope, asg_group.kind, l->group, &group, &c->err);

	if (rc <= 0)
		return rc;
	list = json_get(group, "_launches");
	json_array_foreach(list, i, launch) {
		if (strcmp(json_str_or(launch, "token", ""), l->token) == 0)
			break;
	}
	if (launch == NULL || i == json_array_size(list))
		return 0;
	json_own(c->arena, json_incref(launch));
	json_array_remove(list, i);
	if (l->instance != NULL)
		rc = join(c, group, launch, l->instance);
	else
		rc =
		    asg_launch_failed(c, group, json_str(launch, "activity"), l->message);
	if (rc < 0 || asg_activity_trim(c, l->group) < 0)
		return -1;
	resource_put(c, &asg_group, group);
	return 0;
}

/* A failure that will not pass by itself ends the launch; another is tried again. */
static int
launch_one(struct converge *cv, const json_t *launch, struct err *err)
{
	struct launched l = { .group = arena_strdup(cv->arena, cv->id),
		.token = json_str_or(launch, "token", "") };
	struct err failure;
	json_t *out;

	if (ask_service(cv->env, cv->arena, cv->account, cv->region, "ec2",
		"RunInstances",
		json_own(cv->arena, json_copy_deep(json_get(launch, "request"))), &out,
		&failure) == 0) {
		l.instance = json_array_get(json_get(out, "Instances"), 0);
	} else if (failure.kind->status >= 500 && failure.kind->status != 501) {
		*err = failure;
		return -1;
	} else {
		l.message = failure.msg;
	}
	return converge_transaction(cv, note, &l, err);
}

int
asg_launch_all(struct converge *cv, struct err *err)
{
	const json_t *launches = json_get(cv->doc, "_launches"), *launch;
	size_t i;

	json_array_foreach(launches, i, launch) {
		if (launch_one(cv, launch, err) < 0)
			return -1;
	}
	return 0;
}
