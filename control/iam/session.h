/*
 * Sessions that are nowhere but in their token, and the system key that seals it.
 *
 * The token is the session's JSON under AES-256-GCM; its nonce is a MAC of
 * the same JSON, so that equal sessions give equal credentials and no nonce
 * is ever used for two texts.  Access key id and secret are MACs, too.
 * One key for all is in STORE_SYSTEM and made when it is first needed.
 */
#ifndef CONTROL_IAM_SESSION_H
#define CONTROL_IAM_SESSION_H

#include "control/iam/auth.h"

enum { SESSION_TOKEN_MAX = 16384 };

struct session {
	enum principal_kind kind; /* of whoever holds it */
	const char *account;
	const char *name;    /* role or user; "" for root */
	const char *id;	     /* RoleId or UserId: it must still be that one */
	const char *session; /* session or federated name; "" otherwise */
	int64_t issued_ms, expires_ms;
	const json_t *policy; /* NULL: none */
	/* As struct principal has them. */
	const json_t *tags, *transitive, *claims;
	const char *source_identity, *federated;
	int64_t mfa_ms;
	size_t pad; /* characters of nothing, for a token of some size */
};

int session_seal(struct store_txn *t, struct arena *a, const struct session *s,
    struct auth_credentials *ret, struct err *err);

/* 1 and the session with its secret key, 0 it is none of ours or of another access key, -1. */
int session_open(struct store_txn *t, struct arena *a, const char *access_key,
    const char *token, struct session *ret, const char **ret_secret, struct err *err);

/*
 * Any other text under the same key, for whoever may open it: never taken for a session, nor a session for one.
 * seal: 1, 0 there is no key yet and none is made, -1.  open: 1, 0 it is none of ours, -1.
 */
int session_seal_text(struct store_txn *t, struct arena *a, const char *text,
    const char **ret, struct err *err);
int session_open_text(struct store_txn *t, struct arena *a, const char *sealed,
    const char **ret, struct err *err);

/* Make the key that all of them need, if it is not there: 0 or -1. */
int session_key_make(struct store_txn *t, struct arena *a, struct err *err);

#endif
