/*
 * Auto Scaling: which instance goes first.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_CHOOSE_H
#define CONTROL_SERVICES_AUTOSCALING_CHOOSE_H

#include "control/services/autoscaling/autoscaling.h"

/*
 * Of the instances in service that are not protected, the one that the group's termination
 * policies choose, from the zone that has the most.  *ret is NULL when there is none.  0 or -1.
 */
int asg_choose(struct call *c, const json_t *group, json_t **ret);

#endif
