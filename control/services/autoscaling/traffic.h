/*
 * Auto Scaling: load balancers, target groups and other sources of traffic of a group.
 *
 * The group keeps all of them in TrafficSources; what has operations of its own is a view.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_TRAFFIC_H
#define CONTROL_SERVICES_AUTOSCALING_TRAFFIC_H

#include "control/api/converge.h"
#include "control/services/autoscaling/autoscaling.h"

/* What CreateAutoScalingGroup names of all kinds.  0 or -1. */
int asg_traffic_read(struct call *c, json_t *group);

/* Set LoadBalancerNames, TargetGroupARNs and TrafficSources in `to` as Describe shows them. */
void asg_traffic_show(const json_t *group, json_t *to);

/*
 * A load balancer says that the instance is not healthy, and the group asks load balancers (HealthCheckType ELB): 1, 0, -1.
 */
int asg_traffic_is_unhealthy(struct call *c, const json_t *group, const char *instance);

/* Of elbv2:health: groups that ask look at it. */
int asg_traffic_health_changed(struct converge *cv, struct err *err);

#endif
