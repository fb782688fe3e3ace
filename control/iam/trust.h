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

/* `action` is "sts:AssumeRole"; context as auth_allow's. */
enum trust trust_evaluate(struct arena *a, const json_t *role,
    const struct principal *who, const char *action, const json_t *context);

#endif
