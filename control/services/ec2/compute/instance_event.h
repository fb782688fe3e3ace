/*
 * EC2: what is scheduled for instances.
 *
 * There is no hardware here that would be retired: whoever wants to see how his instances and tools get along
 * with it schedules it by the admin's door (POST /_simfra/ec2/instance-events).  What comes then is true: at its time
 * the instance is rebooted or stopped.
 *
 * An instance's private member _events is a list of {InstanceEventId, Code, Description, NotBefore, NotAfter,
 * NotBeforeDeadline (seconds since the epoch; absent: none), _state ("active", "completed", "canceled"), _ended}.
 * What has ended is shown for a week.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_EVENT_H
#define CONTROL_SERVICES_EC2_COMPUTE_INSTANCE_EVENT_H

#include "control/api/converge.h"
#include "control/api/env.h"
#include "control/api/service.h"

#define EVENT_WINDOW_KIND "ec2:instance-event-window"

extern const struct family ec2_instance_events;

struct instance_event {
	const char *instance, *code;
	const char *description;		 /* NULL: as EC2 says it */
	int64_t not_before, not_after, deadline; /* seconds; 0: now; none; none */
};

/*
 * In an event window of the instance, if it has one: at the first moment of it.  0 and *ret, the event as it is shown (the
 * arena's), or -1 InvalidParameterValue, InvalidInstanceID.NotFound.
 */
int instance_event_schedule(struct env *env, struct arena *a,
    const struct instance_event *e, json_t **ret, struct err *err);

/* 1, 0 there is no such active event, -1. */
int instance_event_cancel(struct env *env, struct arena *a, const char *id,
    struct err *err);

/* All of all instances, {instanceId, …}; the arena's: 0 or -1. */
int instance_event_list(struct env *env, struct arena *a, json_t **ret, struct err *err);

/* Of an instance, as DescribeInstanceStatus shows them; the caller's. */
json_t *instance_events_shown(const json_t *instance, int64_t now_s);

/* The text of meta-data/events/maintenance/scheduled or, is_over, history; the arena's. */
const char *instance_events_metadata(struct arena *a, const json_t *instance, int is_over,
    int64_t now_s);

/* The user has rebooted it, or stopped it and so moved it: what that makes needless is completed. */
void instance_events_done_by_user(json_t *instance, int is_stop, int64_t now_s);

/* What is due happens; otherwise it is asked for again in time.  0 or -1. */
int instance_events_converge(struct converge *cv, struct err *err);

#endif
