/*
 * Auto Scaling: scaling policies.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_POLICY_H
#define CONTROL_SERVICES_AUTOSCALING_POLICY_H

#include "control/services/autoscaling/autoscaling.h"

/* By the name in a group, or by the policy's ARN (group may then be NULL).  0; -1 ValidationError. */
int asg_policy_get(struct call *c, const char *group, const char *name, json_t **ret);

#endif
