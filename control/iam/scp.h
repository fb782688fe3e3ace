/*
 * Service control policies: what an organization lets the principals of its accounts do at most; and
 * resource control policies: what it lets anybody do to its accounts' resources.
 */
#ifndef CONTROL_IAM_SCP_H
#define CONTROL_IAM_SCP_H

#include "control/iam/auth.h"
#include "control/iam/policy.h"

/*
 * What they say together: an explicit deny at any level, an allow when every level has one (or none bind
 * the account or the principal), else nothing.  identity: of a user or role, or NULL.  0 or -1.
 */
int scp_evaluate(struct store_txn *t, struct arena *a, const struct principal *who,
    const json_t *identity, const struct policy_request *r, enum policy_effect *ret,
    struct err *err);

/*
 * Is the request denied by the organization of the account that owns its resource?  1, 0, -1.  Only some services'
 * resources are bound; no service itself is, nor a role that is linked to one.
 */
int rcp_denies(struct store_txn *t, struct arena *a, const struct principal *who,
    const char *owner, const struct policy_request *r, struct err *err);

/* Adds aws:PrincipalOrgID and aws:PrincipalOrgPaths to the keys, if there is an organization. */
int scp_context(struct store_txn *t, const struct principal *who, json_t *context,
    struct err *err);

/* Adds aws:ResourceAccount, and aws:ResourceOrgID and aws:ResourceOrgPaths of an organization. */
int scp_owner_context(struct store_txn *t, const char *owner, json_t *context,
    struct err *err);

#endif
