/*
 * Auto Scaling: instance refreshes.
 *
 * The group's _refresh is the id of the one that is under way, its _desired the configuration
 * that new instances have until then ({LaunchTemplate} or {MixedInstancesPolicy}).  A refresh's document
 * is as DescribeInstanceRefreshes shows it, and privately:
 *	_old		ids of instances that are to be replaced
 *	_total		how many there were
 *	_pause_ms	the end of the pause at a checkpoint; _checkpoints how many are behind
 *	_bake_ms	the end of the time to bake
 *	_stuck_ms	since when it waits for what only the user can change
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_REFRESH_H
#define CONTROL_SERVICES_AUTOSCALING_REFRESH_H

#include "control/services/autoscaling/autoscaling.h"

/* What was replaced by now goes back to how the group was. */
void asg_refresh_roll_back(struct call *c, json_t *group, json_t *refresh,
    const char *why);

/* It is over; the group is as it was, but for success, when it has the desired configuration. */
void asg_refresh_end(struct call *c, json_t *group, json_t *refresh, const char *status,
    const char *reason);

#endif
