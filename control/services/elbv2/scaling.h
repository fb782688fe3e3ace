/*
 * Elastic Load Balancing: instances of Auto Scaling groups that lead their traffic to a target group.
 *
 * They are its targets while they are in service; _asg of a target is the name of the group that it is of.
 */
#ifndef CONTROL_SERVICES_ELBV2_SCALING_H
#define CONTROL_SERVICES_ELBV2_SCALING_H

#include "control/api/converge.h"

/* {instance id: name of its group} of those that are to be targets of the group, the arena's: 0 or -1. */
int elbv2_scaling_wanted(struct converge *cv, const json_t *group, json_t **ret,
    struct err *err);

/* The targets are those: 1 when the document was changed, 0.  is_used: a load balancer leads to the group. */
int elbv2_scaling_set(json_t *group, const json_t *wanted, int is_used, int64_t now_ms);

/* Of autoscaling:group: its target groups, old and new ones, look again. */
int elbv2_scaling_changed(struct converge *cv, struct err *err);

#endif
