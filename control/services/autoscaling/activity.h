/*
 * Auto Scaling: activities, what a group did and why.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_ACTIVITY_H
#define CONTROL_SERVICES_AUTOSCALING_ACTIVITY_H

#include "control/services/autoscaling/autoscaling.h"

struct asg_activity {
	const char *description, *cause, *status; /* status: "InProgress" */
	int progress;
	const char *subnet, *zone; /* for Details; or NULL */
};

/* A new activity of the group, put: its document, the arena's. */
json_t *asg_activity_begin(struct call *c, const json_t *group,
    const struct asg_activity *a);

/* Change what is not NULL (progress: not negative); of one that is not there any more nothing.  0 or -1. */
int asg_activity_set(struct call *c, const char *id, const char *description,
    const char *status, int progress);

/* It is over: "Successful", "Failed" or "Cancelled"; message may be NULL.  0 or -1. */
int asg_activity_end(struct call *c, const char *id, const char *status,
    const char *message);

/* Leave the newest ACTIVITIES_MAX of the group.  0 or -1. */
int asg_activity_trim(struct call *c, const char *group);

/* The group is no more: its activities say so.  0 or -1. */
int asg_activity_orphan(struct call *c, const json_t *group);

#endif
