/*
 * The accounts that there are: those that somebody made, here or in an organization.
 *
 * Documents "sys:account" in STORE_SYSTEM: {accountId, created_ms, email, name}.  The default account has
 * always been and has none.  "sys:account-closed" has those of them that were closed: whoever
 * signs with a key of theirs is unknown.
 */
#ifndef CONTROL_IAM_ACCOUNT_H
#define CONTROL_IAM_ACCOUNT_H

#include "control/iam/auth.h"

/* 12 digits? */
int account_is_id(const char *s);

/* Twelve random digits, the first of which is not 0; out has 13 bytes. */
void account_random_id(char *out);

/* 1, 0 there is none, -1; *ret may be NULL for the default account. */
int account_find(const struct auth_env *env, struct store_txn *t, const char *id,
    json_t **ret, struct err *err);

/* The address of its owner; of an account that was made without one, one of ours. */
char *account_email(struct arena *a, const char *id, const json_t *doc);

/* The account of an address, in any case: 1 and its id (the arena's), 0, -1. */
int account_find_email(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const char *email, const char **ret, struct err *err);

/*
 * Make an account with a key pair for its root (*key); email and name may be NULL.  1, 0 it
 * exists, -1.
 */
struct account_new {
	const char *id, *email, *name;
};
int account_make(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct account_new *account, struct auth_key *key, struct err *err);

/* Closed, and all that it had with it is not touched. */
void account_close(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const char *id);
int account_is_closed(struct store_txn *t, const char *id, struct err *err);

/* Forget it and its keys; what it has stays until its scopes are reset. */
int account_drop(struct store_txn *t, const char *id, struct err *err);

#endif
