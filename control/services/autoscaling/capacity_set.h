/*
 * Auto Scaling: who changes the desired capacity waits for the last change to settle.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_CAPACITY_SET_H
#define CONTROL_SERVICES_AUTOSCALING_CAPACITY_SET_H

#include "control/services/autoscaling/autoscaling.h"

/* 0, or -1 ScalingActivityInProgress: so many seconds are not over yet. */
int asg_check_cooldown(struct call *c, const json_t *group, int64_t cooldown_s);

#endif
