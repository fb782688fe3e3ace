/*
 * What is wrong with a request's credentials, in the words of the service that is called.
 *
 * The same failure has a code per protocol (EC2 says AuthFailure for most of
 * them), which this table knows; the message is the caller's unless the
 * service says one and the same for all.
 */
#ifndef CONTROL_IAM_FAULT_H
#define CONTROL_IAM_FAULT_H

#include "base/err.h"
#include "models/model.h"

enum fault {
	FAULT_MISSING_TOKEN, /* unsigned */
	FAULT_INCOMPLETE,    /* a signature that lacks parts */
	FAULT_UNKNOWN_KEY,   /* no such access key, or not with that token */
	FAULT_SIGNATURE,     /* it is another */
	FAULT_EXPIRED,	     /* signed too long ago, or not yet */
	FAULT_EXPIRED_TOKEN, /* the session is over */
	FAULT_DENIED,	     /* known, and not allowed to */
	FAULT_COUNT,
};

/* -1, with *err; m NULL: the codes of the query protocol.  */
#define fault_set(err, m, fault, ...) (fault_set_fn((err), (m), (fault), __VA_ARGS__), -1)

void fault_set_fn(struct err *err, const struct model *m, enum fault fault,
    const char *fmt, ...) PRINTF(4, 5);

/* The usual words, to be given to fault_set() as "%s". */
extern const char *const fault_text[FAULT_COUNT];

#endif
