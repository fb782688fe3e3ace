/*
 * Calls of Auto Scaling's as root, for its tests, in a world without an engine: instances
 * run as soon as the reconciler has seen them.
 */
#ifndef TESTS_API_ASG_CALLS_H
#define TESTS_API_ASG_CALLS_H

#include "tests/api/ec2_calls.h"

/* A VPC with a subnet in zone a and one in zone b, and the launch configuration "lc". */
struct asg_world {
	struct ec2_world ec2;
	const char *a, *b; /* subnets */
	struct engine *engine;
};

void asg_world(struct fixture *f, struct asg_world *ret);
void asg_done(struct fixture *f, struct asg_world *w);

json_t *asg_ok(struct fixture *f, const char *op, const char *params, ...) PRINTF(3, 4);
const char *asg_no(struct fixture *f, const char *code, const char *op,
    const char *params, ...) PRINTF(4, 5);

struct asg_refusal {
	const char *op, *params, *code, *message; /* message NULL: any */
};
void asg_refused(struct fixture *f, const struct asg_refusal *r, size_t n);

/* The group "g" of the configuration "lc" in subnet a, or as `more` says (", \"…\": …"). */
void asg_make(struct fixture *f, struct asg_world *w, int min, int desired, int max,
    const char *more);

/* Passes of the reconciler until nothing changes any more; none may fail. */
void asg_settle(struct fixture *f);

/* The group as it is shown; NULL when there is none. */
json_t *asg_group_now(struct fixture *f, const char *name);

/* How many instances of "g" are in the state; NULL: in any. */
int asg_count(struct fixture *f, const char *state);

/* The id of the i-th instance of "g" in the state. */
const char *asg_member(struct fixture *f, const char *state, int i);

/* The newest activity of "g" whose description has the text, which must be there. */
json_t *asg_activity_of(struct fixture *f, const char *text);

/* How many instances of EC2's are not terminated. */
int asg_alive(struct fixture *f);

#endif
