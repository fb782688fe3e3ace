/*
 * Calls of Organizations, as the management account and as others.
 */
#ifndef TESTS_API_ORG_CALLS_H
#define TESTS_API_ORG_CALLS_H

#include "tests/api/fixture.h"

/* As the root of the account; the test fails with the error. */
json_t *org_as(struct fixture *f, const char *account, const char *op, const char *params,
    ...) PRINTF(4, 5);

/* Must fail with the code, and the Reason (NULL: any). */
void org_no(struct fixture *f, const char *account, const char *code, const char *reason,
    const char *op, const char *params, ...) PRINTF(6, 7);

/* The root of an account. */
struct principal org_root_of(struct fixture *f, const char *account);

/* Of all features, with SCPs in force; *ret_root is its root's id. */
void org_begin(struct fixture *f, const char **ret_root);

/* An account of it, by CreateAccount. */
const char *org_account(struct fixture *f, const char *email);

/* An account outside of it. */
void org_stranger(struct fixture *f, const char *account);

/* The members' texts of an answer's list, sorted by nobody: "a b c". */
const char *org_texts(struct fixture *f, const json_t *answer, const char *list,
    const char *member);

#endif
