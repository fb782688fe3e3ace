/*
 * Auto Scaling: what its families share.
 *
 * A group is one document (autoscaling:group, by its name) as DescribeAutoScalingGroups shows
 * it, its instances included, so that all that happens to a group happens at once.  Privately
 * it has:
 *	_want		"gone": it is being deleted
 *	_launches	launches under way: what RunInstances is asked, with its token (launch.h)
 *	_cause		what changed the desired capacity last, in AWS's words
 *	_retry_ms, _failures	when a failed launch is tried again, and how many failed in a row
 *	_scaled_ms	when a policy scaled it last
 *	_refresh	the id of the instance refresh under way
 *	_next_type	which override comes next, after the others failed
 * An instance in it (an element of Instances) has, privately:
 *	_launched_ms, _in_service_ms
 *	_activity	the activity that is under way with it
 *	_hooks		the lifecycle actions that it waits for (hook.h)
 *	_cause		why it is to go
 *	_extra		launched beyond the desired capacity, to take another's place
 *	_fresh		launched since the refresh under way began
 * autoscaling:member, by the instance's id, says in which group it is.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_AUTOSCALING_H
#define CONTROL_SERVICES_AUTOSCALING_AUTOSCALING_H

#include "control/api/ask.h"
#include "control/api/call.h"
#include "control/api/resource.h"
#include "control/api/service.h"

extern const struct resource asg_group, asg_launch_configuration, asg_hook, asg_policy,
    asg_schedule, asg_refresh, asg_notification;

extern const struct family asg_launch_configurations, asg_groups, asg_capacities,
    asg_members, asg_member_moves, asg_hooks, asg_policies, asg_executions, asg_schedules,
    asg_activities, asg_refreshes, asg_warm_pools, asg_traffic, asg_notifications,
    asg_tags, asg_processes, asg_metrics, asg_types;

extern const struct service autoscaling_service;

extern const struct err_kind asg_invalid;     /* ValidationError 400 */
extern const struct err_kind asg_exists;      /* AlreadyExists 400 */
extern const struct err_kind asg_in_use;      /* ResourceInUse 400 */
extern const struct err_kind asg_limit;	      /* LimitExceeded 400 */
extern const struct err_kind asg_in_progress; /* ScalingActivityInProgress 400 */

#define ASG_MEMBER_KIND "autoscaling:member"
#define ASG_NAME_TAG	"aws:autoscaling:groupName"

/* A fresh id as "f9f2d65b-f1f2-43e7-b46d-d86756459699"; the arena's. */
char *asg_uuid(struct arena *a);

/* "2026-01-02T03:04:05Z", as causes have it; the arena's. */
char *asg_time(struct arena *a, int64_t ms);

/*
 * Leave MaxRecords of the array from NextToken on, `def` when it is not said, `max` at most;
 * sets NextToken in the output.  0 or -1.
 */
int asg_page(struct call *c, json_t *rows, int64_t def, int64_t max);

/* As asg_page; then the array is the output's member. */
int asg_out_page(struct call *c, const char *member, json_t *rows);

/* The group: 0 and the shared document, or a copy to write; -1 ValidationError. */
int asg_group_get(struct call *c, const char *name, json_t **ret);
int asg_group_edit(struct call *c, const char *name, json_t **ret);

/* The group of the input's AutoScalingGroupName. */
int asg_input_group(struct call *c, json_t **ret);
int asg_input_group_edit(struct call *c, json_t **ret);

const char *asg_name(const json_t *group);

/* Documents of the kind that belong to the group (by AutoScalingGroupName): a new array, the arena's; NULL and c->err. */
json_t *asg_owned(struct call *c, const struct resource *r, const char *group);

/* Remove them all.  0 or -1. */
int asg_drop_owned(struct call *c, const struct resource *r, const char *group);

/* "{group}:{name}": the id of what has a name in a group; a group's has no colon. */
char *asg_owned_id(struct call *c, const char *group, const char *name);

/* A number of the document below `min` or above `max` is refused: 0 or -1. */
int asg_check_range(struct call *c, const json_t *doc, const char *name, int64_t min,
    int64_t max);

#endif
