#include "control/services/elbv2/scaling.h"

#include <string.h>

#include "control/services/autoscaling/autoscaling.h"
#include "control/services/elbv2/elbv2.h"

static int
leads_to(const json_t *scaling_group, const char *arn)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(scaling_group, "TrafficSources"), i, row) {
		if (elbv2_is(row, "Identifier", arn))
			return 1;
	}
	return 0;
}

int
elbv2_scaling_wanted(struct converge *cv, const json_t *group, json_t **ret,
    struct err *err)
{
	json_t *out = json_own(cv->arena, json_new_object());
	struct store_docs all;
	const json_t *member;
	size_t k;

	if (store_list(store_begin(cv->env->store, cv->arena), cv->scope, asg_group.kind,
		&all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (!leads_to(all.doc[i], json_str_or(group, "TargetGroupArn", "")))
			continue;
		json_array_foreach(json_get(all.doc[i], "Instances"), k, member) {
			if (elbv2_is(member, "LifecycleState", "InService"))
				json_set_str(out, json_str_or(member, "InstanceId", ""),
				    json_str(all.doc[i], "AutoScalingGroupName"));
		}
	}
	*ret = out;
	return 0;
}

static json_t *
find(const json_t *group, const char *id)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_get(group, "_targets"), i, row) {
		if (elbv2_is(row, "Id", id) &&
		    json_int(row, "Port", 0) == json_int(group, "Port", 0))
			return row;
	}
	return NULL;
}

int
elbv2_scaling_set(json_t *group, const json_t *wanted, int is_used, int64_t now_ms)
{
	json_t *list = json_need_array(group, "_targets"), *row, *name;
	const char *id;
	int changed = 0;

	for (size_t i = json_array_size(list); i-- > 0;) {
		row = json_array_get(list, i);
		id = json_str_or(row, "Id", "");
		if (json_str(row, "_asg") != NULL && json_get(row, "_until") == NULL &&
		    json_get(wanted, id) == NULL)
			changed |= elbv2_target_leave(group, id, json_int(row, "Port", 0),
				       is_used, now_ms) > 0;
	}
	json_object_foreach((json_t *)(uintptr_t)wanted, id, name) {
		row = find(group, id);
		if (row != NULL && json_get(row, "_until") == NULL)
			continue;
		if (row == NULL) {
			row = json_add_object(list);
			json_set_str(row, "Id", id);
			json_set_int(row, "Port", json_int(group, "Port", 0));
		}
		json_set_str(row, "_asg", json_string_value(name));
		json_set_int(row, "_since", now_ms);
		json_del(row, "_until");
		changed = 1;
	}
	return changed;
}

int
elbv2_scaling_changed(struct converge *cv, struct err *err)
{
	struct store_docs all;
	const json_t *row;
	size_t k;

	if (store_list(store_begin(cv->env->store, cv->arena), cv->scope,
		elbv2_target_group.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		int is_its =
		    leads_to(cv->doc, json_str_or(all.doc[i], "TargetGroupArn", ""));

		json_array_foreach(json_get(all.doc[i], "_targets"), k, row)
			is_its |= elbv2_is(row, "_asg", cv->id);
		if (is_its)
			cv->wake(cv, cv->scope, elbv2_target_group.kind,
			    resource_id(&elbv2_target_group, all.doc[i]));
	}
	return 0;
}
