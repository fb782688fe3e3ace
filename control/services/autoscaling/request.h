/*
 * Auto Scaling: what RunInstances is asked for an instance of a group.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_REQUEST_H
#define CONTROL_SERVICES_AUTOSCALING_REQUEST_H

#include "control/services/autoscaling/autoscaling.h"

/*
 * For one instance in the zone (subnet NULL: of the default VPC): *ret, the arena's, is the
 * input, and *ret_member what is known of the instance already.  0; -1 with a 4xx: the group cannot
 * launch as it is.
 */
int asg_request(struct call *c, const json_t *group, const char *zone, const char *subnet,
    json_t **ret, json_t **ret_member);

#endif
