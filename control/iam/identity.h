/*
 * How IAM's documents look, for those who read them: who holds a key, what
 * policies an identity has.
 *
 * Scope "{account}:-"; ids are names (of a policy its ARN, of a key its id).
 * Members are the API's own, and:
 *	iam:user, iam:group, iam:role
 *		_inline		{name: {"text": as written, "doc": parsed}}
 *		_attached	[policy ARN]
 *	iam:user	_groups	[group name]
 *	iam:role	AssumeRolePolicyDocument is the text; _trust is it parsed
 *	iam:policy	_versions [{VersionId, CreateDate, text}]; _doc is the default one parsed
 *	iam:instance-profile	_role, a name; absent when there is none
 *	iam:access-key		_secret
 *	iam:access-key-use	{Date, ServiceName, Region}: when a key was used last
 *	iam:role-use		the same of a role
 * iam:access-key-index in STORE_SYSTEM leads from a key's id to {account, access_key} and
 * for root to {root: true, secret}.
 */
#ifndef CONTROL_IAM_IDENTITY_H
#define CONTROL_IAM_IDENTITY_H

#include "control/iam/auth.h"
#include "control/iam/policy.h"

char *identity_scope(struct arena *a, const char *account);

/* 1 and the shared document, 0, -1. */
int identity_find(struct store_txn *t, struct arena *a, const char *account,
    const char *kind, const char *id, json_t **ret, struct err *err);

/* The parsed document of a managed policy, AWS's or the account's: 1, 0, -1. */
int identity_policy(struct store_txn *t, struct arena *a, const char *account,
    const char *arn, const json_t **ret, struct err *err);

/* What all policies of the identity say together, a user's groups' included: 0 or -1. */
int identity_evaluate(struct store_txn *t, struct arena *a, const char *account,
    const json_t *identity, const struct policy_request *r, enum policy_effect *ret,
    struct err *err);

/* The document of the user or role whose policies count: 1, 0 none (root), -1. */
int identity_of(struct store_txn *t, struct arena *a, const struct principal *who,
    json_t **ret, struct err *err);

/*
 * Condition keys: those of the request, and what a policy may ask about the caller
 * (aws:PrincipalArn, aws:username …).  identity may be NULL; the arena's.
 */
json_t *identity_context(struct arena *a, const struct principal *who,
    const json_t *identity, const json_t *request);

/*
 * What identity policies, boundary and session policy say together: POLICY_DENY is an
 * explicit one.  0 or -1.
 */
int identity_verdict(struct store_txn *t, struct arena *a, const struct principal *who,
    const char *action, const char *resource, const json_t *context,
    enum policy_effect *ret, struct err *err);

#endif
