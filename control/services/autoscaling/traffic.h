/*
 * Auto Scaling: load balancers, target groups and other sources of traffic of a group.
 *
 * The group keeps all of them in TrafficSources; what has operations of its own is a view.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_TRAFFIC_H
#define CONTROL_SERVICES_AUTOSCALING_TRAFFIC_H

#include "control/services/autoscaling/autoscaling.h"

/* What CreateAutoScalingGroup names of all kinds.  0 or -1. */
int asg_traffic_read(struct call *c, json_t *group);

/* Set LoadBalancerNames, TargetGroupARNs and TrafficSources in `to` as Describe shows them. */
void asg_traffic_show(const json_t *group, json_t *to);

#endif
