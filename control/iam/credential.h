/*
 * From an access key id to its secret and to whoever holds it.
 */
#ifndef CONTROL_IAM_CREDENTIAL_H
#define CONTROL_IAM_CREDENTIAL_H

#include "control/iam/auth.h"

struct credential {
	struct principal who;
	const char *secret;
	int64_t expires_ms; /* 0: never */
	int is_user_key;    /* long-term, a user's: its use is noted */
};

/* 1, 0 there is no such key (or not with this token, or it is inactive), -1. */
int credential_find(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const char *access_key, const char *token, struct credential *ret, struct err *err);

/* The root of an account. */
void credential_root(struct arena *a, const char *account, const char *access_key,
    struct principal *ret);

/*
 * Note that the key, or the role of a session, was used now, at most once a minute; in a transaction of its own,
 * and of no consequence when it fails.
 */
void credential_note_use(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct principal *who, const char *service, const char *region);

#endif
