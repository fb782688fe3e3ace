/*
 * Denials as EC2 says them: "Encoded authorization failure message: …", which sts:DecodeAuthorizationMessage
 * makes plain again for whoever may.
 *
 * Nothing is stored: the decision is sealed under the system key (session.h).  Plain, it is
 *	{allowed, explicitDeny, matchedStatements: {items: []}, failures: {items: []},
 *	 context: {principal: {id, arn}, action, resource, conditions: {items: [{key, values}]}}}
 * Not emulated: the matched statements and the conditions of a decision.
 */
#ifndef CONTROL_IAM_DENIAL_H
#define CONTROL_IAM_DENIAL_H

#include "control/iam/auth.h"

/*
 * The encoded text; NULL when it cannot be had (no key, and none can be made), which denies no less.  In
 * transactions of its own, since that of the call is not committed.
 */
const char *denial_seal(const struct auth_env *env, struct arena *a,
    const struct principal *who, const char *action, const char *resource,
    int is_explicit);

/* 1 and the decision as JSON text, 0 it is none of ours, -1. */
int denial_open(struct store_txn *t, struct arena *a, const char *encoded,
    const char **ret, struct err *err);

#endif
