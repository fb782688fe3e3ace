/*
 * Who calls, and may he: signatures, principals, sessions, policies.
 */
#ifndef CONTROL_IAM_AUTH_H
#define CONTROL_IAM_AUTH_H

#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "control/store/store.h"
#include "control/wire/aws_chunked.h"
#include "control/wire/wire.h"

struct signing_keys;

enum principal_kind {
	PRINCIPAL_ROOT,	     /* arn:aws:iam::A:root */
	PRINCIPAL_USER,	     /* arn:aws:iam::A:user/N */
	PRINCIPAL_SESSION,   /* arn:aws:sts::A:assumed-role/R/S */
	PRINCIPAL_FEDERATED, /* arn:aws:sts::A:federated-user/N */
	PRINCIPAL_NOBODY,    /* an unsigned call, where the operation allows one */
	PRINCIPAL_SERVICE, /* a service of ours, for an account; only resource policies let it in */
};

struct principal {
	enum principal_kind kind;
	char account[13];
	const char *arn;     /* as GetCallerIdentity says it */
	const char *user_id; /* AIDA…, AROA…:session, the account for root */
	const char
	    *name; /* user or role name, "delivery.logs.amazonaws.com"; NULL for root */
	const char *session; /* session name; NULL unless a session */
	const char *access_key;
	const json_t *session_policy; /* NULL: none */
	int64_t issued_ms; /* temporary credentials: when they were made; else 0 */
	/* Of a session, each may be NULL: */
	const json_t *tags;	     /* {key: value} */
	const json_t *transitive;    /* [key]: of those that the next session has, too */
	const char *source_identity; /* who it was at first, for all that follow */
	const char *federated;	     /* the provider that vouched for him */
	const json_t
	    *claims; /* condition keys of its token: {"accounts.google.com:sub": …} */
	int64_t mfa_ms; /* when a code of his MFA device was checked; 0: none was */
};

/* What auth needs of the process. */
struct auth_env {
	struct store *store;
	const struct clock *clock;
	int strict;		     /* SIMFRA_AUTH=strict */
	int audit;		     /* SIMFRA_IAM=audit: a denial is logged, no more */
	const char *default_account; /* 12 digits */
	const char *root_access_key, *root_secret_key;
	struct signing_keys *keys; /* NULL: derived for each request */
};

/* What a signature says before it is checked: from the header or the presigned query. */
struct auth_scope {
	const char *access_key, *region, *service; /* NULL when the request is unsigned */
};

/*
 * Parse only; 0, or -1 IncompleteSignature and the like. Unsigned is 0 with NULL
 * members.
 */
int auth_scope(struct arena *a, const struct wire_request *req, struct auth_scope *ret,
    struct err *err);

/*
 * Verify the signature (SigV4 in the header or presigned, session token, clock
 * skew of 15 minutes) and say who it is.  Fails as AWS does: MissingAuthenticationToken,
 * InvalidClientTokenId, SignatureDoesNotMatch, RequestExpired, ExpiredToken …; `m`
 * (may be NULL) chooses the service's own codes (EC2's AuthFailure).
 */
int auth_verify(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct wire_request *req, const struct model *m, struct principal *ret,
    struct err *err);

/*
 * The same of a signature over a text that is not a request (S3's upload forms, whose policy it is); when it
 * was made does not matter.
 */
struct auth_text {
	const char *credential; /* "AKID/20150830/us-east-1/s3/aws4_request" */
	const char *stamp;	/* "20150830T123600Z" */
	const char *token;	/* or NULL */
	const char *signature;	/* hexadecimal */
	const char *text;
};
int auth_verify_text(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct auth_text *text, const struct model *m, struct principal *ret,
    struct err *err);

/*
 * What the chunks of a body are signed with (aws_chunked.h), after auth_verify(): 1 and *ret, 0 they are not
 * verified (the request is unsigned, its body has none, or signatures are not looked at), -1.
 */
int auth_chunk_key(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct wire_request *req, struct aws_chunk_key *ret, struct err *err);

/*
 * Is the action ("ec2:RunInstances") on the resource ARN (or "*") allowed to the principal?
 * 0, or -1 with the service's denial (UnauthorizedOperation for ec2, AccessDenied,
 * AccessDeniedException) in AWS's words.  `context` has condition keys ("aws:SourceIp": "…").
 */
int auth_allow(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct principal *who, const struct model *m, const char *action,
    const char *resource, const json_t *context, struct err *err);

/*
 * The same, with what the resource itself says: its policy (parsed, policy.h), the account that owns it,
 * and whether something else of its own (an ACL) grants the action, as an allowing
 * resource policy would.  Across accounts both sides must allow; nobody (an
 * unsigned call) may what the resource allows to everybody.
 */
struct auth_question {
	const char *action;   /* "s3:GetObject" */
	const char *resource; /* ARN */
	const json_t *context;
	const json_t *resource_policy; /* NULL: it has none */
	const char *owner;	       /* NULL: the caller's account */
	int is_granted;
};
int auth_ask(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct principal *who, const struct model *m, const struct auth_question *q,
    struct err *err);

/*
 * The condition keys that every request has (aws:SourceIp, aws:RequestedRegion,
 * aws:CurrentTime …); the arena's.
 */
json_t *auth_request_context(struct arena *a, const char *source_ip, int is_tls,
    const char *region, int64_t now_ms);

/*
 * May he hand the role to a service ("ec2.amazonaws.com")?  Permission iam:PassRole on
 * the role, as auth_allow.  The role must be the caller's account's own.
 */
int auth_pass_role(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct principal *who, const struct model *m, const char *role_arn,
    const char *service, const json_t *context, struct err *err);

/*
 * An instance profile by name, or by ARN when `name` is one: 1 with its document and its
 * role's (*ret_role is NULL when it has none), 0, -1.  Documents: see identity.h.
 */
int auth_profile_find(struct store_txn *t, struct arena *a, const char *account,
    const char *name, json_t **ret_profile, json_t **ret_role, struct err *err);

/*
 * The key pair of an account's root, found by anybody who signs with it.  NULL keys are
 * made here.  auth_root_key_drop() forgets all of the account's.
 */
struct auth_key {
	const char *access_key, *secret_key;
};
int auth_root_key_put(struct store_txn *t, struct arena *a, const char *account,
    struct auth_key *key, struct err *err);
/* Of the account: 1, or 0 when it has none. */
int auth_root_key_find(const struct auth_env *env, struct store_txn *t,
    const char *account, struct auth_key *ret, struct err *err);
int auth_root_key_drop(struct store_txn *t, const char *account, struct err *err);

/*
 * Credentials of a role's session, made from nothing but the system key: the
 * token carries the session, encrypted, so that none is stored.
 * The same (role, session, expiry) gives the same credentials.
 */
struct auth_session {
	const char *account, *role_name, *role_id, *session_name;
	int64_t issued_ms, expires_ms;
	const json_t *policy; /* NULL: none */
};
struct auth_credentials {
	const char *access_key, *secret_key, *token; /* the arena's */
	int64_t expires_ms;
};
int auth_session_make(struct store_txn *t, struct arena *a, const struct auth_session *s,
    struct auth_credentials *ret, struct err *err);

/*
 * 1 when the role's trust policy lets the service principal ("ec2.amazonaws.com")
 * assume it.
 */
int auth_service_may_assume(const json_t *role, const char *service);

/*
 * A token of an agent: "kind.id.scope" with its seal, which nobody else can make.  An agent
 * reads its own configuration with it and nothing else.
 */
int auth_agent_token(struct store_txn *t, struct arena *a, const char *kind,
    const char *id, const char *scope, char **ret, struct err *err);
/* 1 and its parts, 0 it is not one of ours, -1. */
int auth_agent_verify(struct store_txn *t, struct arena *a, const char *token,
    const char **ret_kind, const char **ret_id, const char **ret_scope, struct err *err);

#endif
