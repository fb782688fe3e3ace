/*
 * Auto Scaling: launches.
 *
 * A launch is first written down in the group ("_launches": what RunInstances is asked, with a
 * client token), then asked for, then its instance is noted in its place.  Killed between any two,
 * control asks again with the same token and hears of the same instance.
 *	{token, activity, zone, subnet, request, member, extra, fresh, units}
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_LAUNCH_H
#define CONTROL_SERVICES_AUTOSCALING_LAUNCH_H

#include "control/services/autoscaling/autoscaling.h"

struct converge;

/*
 * Write a launch into the group, in the zone that has the fewest instances (or `zone`).
 * extra: beyond the desired capacity.  What the group says cannot be launched is a
 * failed activity and a pause.  Its units; 0 when it cannot be; -1.
 */
int64_t asg_launch_plan(struct call *c, json_t *group, const char *zone, int extra,
    const char *cause);

/* Do all that are written down.  0 or -1. */
int asg_launch_all(struct converge *cv, struct err *err);

/* A launch came to nothing: the activity says why, and the next is later.  0 or -1. */
int asg_launch_failed(struct call *c, json_t *group, const char *activity,
    const char *message);

/* How many instances the group has in the zone, launches included; gone ones do not count. */
int64_t asg_zone_count(const json_t *group, const char *zone);

/* What an instance counts: its weight, or 1. */
int64_t asg_units(const json_t *member);

#endif
