/*
 * Trust policies: who may assume a role.
 */
#ifndef CONTROL_IAM_TRUST_H
#define CONTROL_IAM_TRUST_H

#include "control/iam/auth.h"

enum trust {
	TRUST_NONE,
	TRUST_DENIED,
	TRUST_ACCOUNT, /* the caller's account is: his own policies decide */
	TRUST_DIRECT,  /* he himself is */
};

/*
 * Of somebody whom a provider vouches for: may he, with the condition keys of his token?  `provider` is its ARN, or the
 * name of one that needs none ("accounts.google.com").
 */
int trust_federated(struct arena *a, const json_t *role, const char *provider,
    const char *action, const json_t *context);

/* `action` is "sts:AssumeRole"; context as auth_allow's. */
enum trust trust_evaluate(struct arena *a, const json_t *role,
    const struct principal *who, const char *action, const json_t *context);

#endif
