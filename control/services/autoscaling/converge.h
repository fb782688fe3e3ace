/*
 * Auto Scaling: one look at a group, in steps that see its document and write what is next.
 *
 * The steps only write; converge.c then does what was written: launches what _launches has, and
 * terminates what is Terminating.
 */
#ifndef CONTROL_SERVICES_AUTOSCALING_CONVERGE_H
#define CONTROL_SERVICES_AUTOSCALING_CONVERGE_H

#include "control/services/autoscaling/autoscaling.h"

struct converge;

int asg_converge(struct converge *cv, struct err *err);

struct asg_tick {
	struct call *c;
	json_t *group;	 /* to write */
	int64_t next_ms; /* when to look again, whatever happens; 0: never */
};

/* Look again then, or sooner. */
void asg_tick_at(struct asg_tick *t, int64_t ms);

/* The process is suspended ("Launch"). */
int asg_is_suspended(const json_t *group, const char *process);

/* What EC2 says of an instance. */
enum asg_fact { ASG_GONE, ASG_ENDING, ASG_DOWN, ASG_STARTING, ASG_UP };

/* Each instance goes on in its life.  0 or -1. */
int asg_members_step(struct asg_tick *t);

/* The instance refresh under way goes on.  0 or -1. */
int asg_refresh_step(struct asg_tick *t);

/* What is too few is launched, what is too many is ended, zones are balanced.  0 or -1. */
int asg_capacity_step(struct asg_tick *t);

/*
 * The instance begins to go: what it waits for, if its hooks are asked.  why is "user", "health",
 * "scale", "refresh" or "lifetime".  *ret (may be NULL) is the activity, the arena's.  0 or -1.
 */
int asg_member_end(struct call *c, json_t *group, json_t *member, const char *why,
    const char *cause, int ask, json_t **ret);

/* It is no more in the group; the i-th.  */
void asg_member_drop(struct call *c, json_t *group, size_t i);

/* By its id, or NULL. */
json_t *asg_member_find(const json_t *group, const char *id, size_t *ret_i);

int asg_member_is(const json_t *member,
    const char *state); /* "Pending": with ":Wait" too */

#endif
