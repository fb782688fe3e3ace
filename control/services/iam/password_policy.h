/*
 * IAM: the account's password policy, and passwords that must obey it.
 *
 * It is the document "policy" of kind iam:password-policy.  Without one AWS's own rules hold: eight characters,
 * of three of the four kinds.
 */
#ifndef CONTROL_SERVICES_IAM_PASSWORD_POLICY_H
#define CONTROL_SERVICES_IAM_PASSWORD_POLICY_H

#include "control/services/iam/iam.h"

/* The shared document: 1, 0 there is none, -1. */
int password_policy(struct call *c, json_t **ret);

/* May users change their own? */
int password_may_change(const json_t *policy);

/*
 * Give a login profile the password, or -1 PasswordPolicyViolation when it was one of those before it (of which the policy says how
 * many) or breaks the policy.
 */
int password_set(struct call *c, json_t *profile, const char *password);

/* 1 when it is the profile's. */
int password_is(const json_t *profile, const char *password);

#endif
