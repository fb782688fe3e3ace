/*
 * IAM: what managed policies and their versions share.
 */
#ifndef CONTROL_SERVICES_IAM_MANAGED_POLICY_H
#define CONTROL_SERVICES_IAM_MANAGED_POLICY_H

#include "control/api/call.h"

enum { IAM_POLICY_MAX = 6144, IAM_POLICY_VERSIONS = 5 };

/* A managed policy's text: 0 and its tree, or -1 for one that is malformed or too large. */
int iam_check_policy_text(struct call *c, const char *text, json_t **ret);

/* The policy of the input's PolicyArn, AWS's too: 0 and a copy, the arena's, or -1. */
int iam_get_policy(struct call *c, json_t **ret);

#endif
