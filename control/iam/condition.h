/*
 * Condition blocks of policies: {"StringEquals": {"aws:username": ["a", "b"]}}.
 *
 * Operators String…, Numeric…, Date…, Bool, BinaryEquals, IpAddress, Arn…, Null, with
 * …IfExists, ForAllValues: and ForAnyValue:.
 */
#ifndef CONTROL_IAM_CONDITION_H
#define CONTROL_IAM_CONDITION_H

#include "base/arena.h"
#include "base/json.h"

/*
 * 1 when every operator and key of the block holds.  `variables`: the policy's version
 * has them.
 */
int condition_holds(struct arena *a, const json_t *block, const json_t *context,
    int variables);

/* Is it the name of an operator, prefix and suffix included? */
int condition_operator_is_known(const char *name);

#endif
