/*
 * The one door by which a service's messages go to another's targets: a bucket's events to a queue, a
 * topic, a function, a bus.
 *
 * Who takes messages says so in its struct service (`accept`); the sender keeps a message in a document of its own, written with
 * what it tells of, and hands it over on the reconciler's leader, again and again until it is taken.  At least once, as AWS has it.
 */
#ifndef CONTROL_API_OUTBOX_H
#define CONTROL_API_OUTBOX_H

#include "control/api/env.h"

struct outbox_message {
	const char *sender;	    /* "s3.amazonaws.com" */
	const char *source;	    /* ARN of what it tells of: aws:SourceArn */
	const char *source_account; /* aws:SourceAccount */
	const char *target;	    /* ARN */
	const json_t *body;
};

/* Does the service of the target's ARN take messages? */
int outbox_has_target(const struct env *env, const char *target);

/* 1 it is taken; 0 the target is not there, or its service is not; -1 shall be tried again. */
int outbox_deliver(struct env *env, struct arena *a, const struct outbox_message *m,
    struct err *err);

#endif
