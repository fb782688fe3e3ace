/*
 * Auto Scaling: instance refreshes are started, cancelled, rolled back and listed here;
 * refresh_step.c does them.
 *
 * Not emulated: the strategy ReplaceRootVolume; alarms that end a refresh, which are refused as
 * alarms that do not exist are.
 */
#include "control/services/autoscaling/refresh.h"

#include <stdlib.h>
#include <string.h>

#include "control/services/autoscaling/converge.h"
#include "control/services/autoscaling/template.h"

static const struct err_kind in_progress = { "InstanceRefreshInProgress", 400 };
static const struct err_kind not_active = { "ActiveInstanceRefreshNotFound", 400 };
static const struct err_kind irreversible = { "IrreversibleInstanceRefresh", 400 };

enum { KEPT = 50 };

const struct resource asg_refresh = {
	.service = "autoscaling",
	.kind = "autoscaling:refresh",
	.type = "instanceRefresh",
	.id_member = "InstanceRefreshId",
	.noun = "instance refresh",
	.not_found = &asg_invalid,
	.no_tags = 1,
};

/* StartInstanceRefresh */

static void
set_default_int(json_t *v, const char *name, int64_t n)
{
	if (json_get(v, name) == NULL)
		json_set_int(v, name, n);
}

static void
set_default_str(json_t *v, const char *name, const char *text)
{
	if (json_get(v, name) == NULL)
		json_set_str(v, name, text);
}

/* With what AWS takes when nothing is said. */
static json_t *
preferences(struct call *c, const json_t *group)
{
	const json_t *given = in_object(c, "Preferences");
	const json_t *policy = json_get(group, "InstanceMaintenancePolicy");
	json_t *v = given != NULL ? json_own(c->arena, json_copy_deep(given)) :
				    json_own(c->arena, json_new_object());

	set_default_int(v, "MinHealthyPercentage",
	    json_int(policy, "MinHealthyPercentage", 90));
	set_default_int(v, "MaxHealthyPercentage",
	    json_int(policy, "MaxHealthyPercentage", 100));
	set_default_int(v, "InstanceWarmup",
	    json_int(group, "DefaultInstanceWarmup",
		json_int(group, "HealthCheckGracePeriod", 0)));
	if (json_get(v, "SkipMatching") == NULL)
		json_set_bool(v, "SkipMatching", 0);
	if (json_get(v, "AutoRollback") == NULL)
		json_set_bool(v, "AutoRollback", 0);
	set_default_str(v, "ScaleInProtectedInstances", "Wait");
	set_default_str(v, "StandbyInstances", "Wait");
	if (json_array_size(json_get(v, "CheckpointPercentages")) > 0)
		set_default_int(v, "CheckpointDelay", 3600);
	return v;
}

static int
check_preferences(struct call *c, const json_t *v)
{
	int64_t min = json_int(v, "MinHealthyPercentage", 90);
	int64_t max = json_int(v, "MaxHealthyPercentage", 100), before = 0;
	const json_t *alarms = json_path(v, "AlarmSpecification.Alarms"), *p;
	size_t i;

	if (max - min > 100)
		return err_set(&c->err, &asg_invalid,
		    "The difference between MaxHealthyPercentage and MinHealthyPercentage "
		    "must not be greater than 100.");
	if (json_array_size(alarms) > 0)
		return err_set(&c->err, &asg_invalid, "The alarm %.200s does not exist.",
		    json_string_value(json_array_get(alarms, 0)));
	json_array_foreach(json_get(v, "CheckpointPercentages"), i, p) {
		if (json_integer_value(p) <= before)
			return err_set(&c->err, &asg_invalid,
			    "CheckpointPercentages must be in ascending order.");
		before = json_integer_value(p);
	}
	return 0;
}

static int
read_desired(struct call *c, json_t *group, json_t *doc)
{
	const json_t *given = in_object(c, "DesiredConfiguration");
	const json_t *template = json_get(given, "LaunchTemplate");
	const json_t *mixed = json_get(given, "MixedInstancesPolicy");
	json_t *desired, *v;

	if (given == NULL)
		return 0;
	if ((template == NULL) == (mixed == NULL))
		return err_set(&c->err, &asg_invalid,
		    "DesiredConfiguration must have either a LaunchTemplate or a "
		    "MixedInstancesPolicy.");
	if (template != NULL ? asg_template_read(c, template, &v) < 0 :
			       asg_mixed_read(c, mixed, &v) < 0)
		return -1;
	desired = json_new_object();
	json_set(desired, template != NULL ? "LaunchTemplate" : "MixedInstancesPolicy",
	    json_incref(v));
	json_set(doc, "DesiredConfiguration", desired);
	json_set(group, "_desired", json_copy_deep(desired));
	return 0;
}

/* The instance is as new ones will be. */
static int
matches(const json_t *group, const json_t *version, const json_t *member)
{
	const json_t *of = json_get(member, "LaunchTemplate");

	if (version == NULL)
		return of == NULL &&
		    strcmp(json_str_or(member, "LaunchConfigurationName", "-"),
			json_str_or(group, "LaunchConfigurationName", "")) == 0;
	return of != NULL &&
	    strcmp(json_str_or(of, "LaunchTemplateId", ""),
		json_str_or(version, "LaunchTemplateId", "")) == 0 &&
	    strtoll(json_str_or(of, "Version", "0"), NULL, 10) ==
	    json_int(version, "VersionNumber", -1);
}

static int
choose_old(struct call *c, json_t *group, json_t *doc)
{
	int skips = json_bool(json_get(doc, "Preferences"), "SkipMatching", 0);
	const json_t *desired = json_get(group, "_desired");
	const json_t *spec = asg_template_of(desired != NULL ? desired : group);
	json_t *old = json_need_array(doc, "_old"), *version = NULL, *member;
	size_t i;

	if (skips && spec != NULL && asg_template_version(c, spec, &version) < 0)
		return -1;
	json_array_foreach(json_get(group, "Instances"), i, member) {
		json_del(member, "_fresh");
		if (asg_member_is(member, "Terminating") ||
		    (skips && matches(group, version, member)))
			continue;
		json_add_str(old, json_str_or(member, "InstanceId", ""));
	}
	json_set_int(doc, "_total", (int64_t)json_array_size(old));
	json_set_int(doc, "InstancesToUpdate", (int64_t)json_array_size(old));
	return 0;
}

static int
by_start(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	double s = json_num(*x, "StartTime", 0), t = json_num(*y, "StartTime", 0);

	return s < t ? 1 : s > t ? -1 : 0;
}

/* The group's, newest first; the arena's, or NULL. */
static json_t *
newest_first(struct call *c, const char *group, size_t *ret_n, json_t ***ret)
{
	json_t *docs = asg_owned(c, &asg_refresh, group);
	size_t n = json_array_size(docs);

	if (docs == NULL)
		return NULL;
	*ret = arena_calloc(c->arena, n + 1, sizeof(json_t *));
	for (size_t i = 0; i < n; i++)
		(*ret)[i] = json_array_get(docs, i);
	qsort(*ret, n, sizeof(json_t *), by_start);
	*ret_n = n;
	return docs;
}

static int
start_instance_refresh(struct call *c)
{
	const char *strategy = in_str(c, "Strategy");
	json_t *group, *doc = json_own(c->arena, json_new_object()), **rows;
	size_t n;

	if (asg_input_group_edit(c, &group) < 0)
		return -1;
	if (strategy != NULL && strcmp(strategy, "Rolling") != 0)
		return err_set(&c->err, &asg_invalid,
		    "The strategy %s is not supported here.", strategy);
	if (json_get(group, "_refresh") != NULL)
		return err_set(&c->err, &in_progress,
		    "An Instance Refresh is already in progress and blocks the execution "
		    "of this Instance Refresh.");
	json_set_str(doc, "InstanceRefreshId", asg_uuid(c->arena));
	json_set_str(doc, "AutoScalingGroupName", asg_name(group));
	json_set_str(doc, "Status", "Pending");
	json_set_str(doc, "Strategy", "Rolling");
	json_set(doc, "StartTime", call_now(c));
	json_set_int(doc, "PercentageComplete", 0);
	json_set(doc, "Preferences", json_incref(preferences(c, group)));
	if (check_preferences(c, json_get(doc, "Preferences")) < 0 ||
	    read_desired(c, group, doc) < 0 || choose_old(c, group, doc) < 0 ||
	    newest_first(c, asg_name(group), &n, &rows) == NULL)
		return -1;
	for (size_t i = KEPT; i < n; i++)
		resource_delete_doc(c, &asg_refresh, resource_id(&asg_refresh, rows[i]));
	json_set_str(group, "_refresh", json_str(doc, "InstanceRefreshId"));
	json_del(group, "_failures");
	json_del(group, "_retry_ms");
	resource_put(c, &asg_refresh, doc);
	resource_put(c, &asg_group, group);
	out_str(c, "InstanceRefreshId", json_str(doc, "InstanceRefreshId"));
	return 0;
}

/* CancelInstanceRefresh, RollbackInstanceRefresh */

/* The one that is under way, with its group, both to write: 0 or -1. */
static int
active(struct call *c, json_t **ret_group, json_t **ret)
{
	json_t *group;
	const char *id;
	int rc = 0;

	if (asg_input_group_edit(c, &group) < 0)
		return -1;
	id = json_str(group, "_refresh");
	if (id != NULL)
		rc = store_edit(c->txn, c->scope, asg_refresh.kind, id, ret, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &not_active,
		    "No in progress or pending Instance Refresh found for Auto Scaling "
		    "group %s",
		    asg_name(group));
	*ret_group = group;
	return 0;
}

static int
cancel_instance_refresh(struct call *c)
{
	json_t *group, *doc;

	if (active(c, &group, &doc) < 0)
		return -1;
	json_set_str(doc, "Status", "Cancelling");
	json_set_str(doc, "StatusReason", "Cancelled by user.");
	if (!in_bool(c, "WaitForTransitioningInstances", 1)) {
		asg_refresh_end(c, group, doc, "Cancelled", "Cancelled by user.");
		resource_put(c, &asg_group, group);
	} else {
		resource_put(c, &asg_group, group);
	}
	resource_put(c, &asg_refresh, doc);
	out_str(c, "InstanceRefreshId", resource_id(&asg_refresh, doc));
	return 0;
}

static int
rollback_instance_refresh(struct call *c)
{
	const char *version;
	json_t *group, *doc;

	if (active(c, &group, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "Status", ""), "InProgress") != 0 &&
	    strcmp(json_str_or(doc, "Status", ""), "Pending") != 0)
		return err_set(&c->err, &not_active,
		    "The Instance Refresh of the Auto Scaling group %s is not in progress.",
		    asg_name(group));
	version = json_str_or(asg_template_of(group), "Version", "");
	if (json_get(doc, "DesiredConfiguration") == NULL || version[0] == '$')
		return err_set(&c->err, &irreversible,
		    "The Instance Refresh cannot be rolled back: it needs a desired "
		    "configuration, and the group a launch template with a version number.");
	asg_refresh_roll_back(c, group, doc, "Rollback initiated by user.");
	resource_put(c, &asg_refresh, doc);
	resource_put(c, &asg_group, group);
	out_str(c, "InstanceRefreshId", resource_id(&asg_refresh, doc));
	return 0;
}

/* DescribeInstanceRefreshes */

static int
describe_instance_refreshes(struct call *c)
{
	const json_t *ids = in_list(c, "InstanceRefreshIds");
	json_t *out = json_own(c->arena, json_new_array()), *group, **rows;
	size_t n;

	if (asg_input_group(c, &group) < 0 ||
	    newest_first(c, asg_name(group), &n, &rows) == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (json_array_size(ids) == 0 ||
		    json_has_str(ids, resource_id(&asg_refresh, rows[i])))
			json_add(out, json_incref(rows[i]));
	}
	return asg_out_page(c, "InstanceRefreshes", out);
}

#define NAME "AutoScalingGroupName"

static const struct op ops[] = {
	OP_RES("CancelInstanceRefresh", cancel_instance_refresh, 0, &asg_group, NAME,
	    "End an instance refresh where it is."),
	OP_RES("DescribeInstanceRefreshes", describe_instance_refreshes, OP_READ,
	    &asg_group, NULL, "List a group's instance refreshes."),
	OP_RES("RollbackInstanceRefresh", rollback_instance_refresh, 0, &asg_group, NAME,
	    "Replace what an instance refresh launched by what was."),
	OP_RES("StartInstanceRefresh", start_instance_refresh, 0, &asg_group, NAME,
	    "Replace a group's instances, some at a time."),
};
static const struct resource *const resources[] = { &asg_refresh, NULL };
const struct family asg_refreshes = FAMILY(ops, resources);
