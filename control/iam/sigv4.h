/*
 * AWS Signature Version 4: what a request says of its signature, and what
 * the signature should be.
 *
 * Both forms: the Authorization header and the presigned query.  Knows
 * nothing of keys and accounts.
 *
 * Not emulated: Signature Version 2 and 4A.
 */
#ifndef CONTROL_IAM_SIGV4_H
#define CONTROL_IAM_SIGV4_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "control/wire/wire.h"

extern const struct err_kind sigv4_incomplete; /* IncompleteSignature 400 */
extern const struct err_kind sigv4_mismatch;   /* SignatureDoesNotMatch 403 */

enum {
	SIGV4_SKEW_S = 15 * 60,
	SIGV4_EXPIRES_MAX_S = 7 * 24 * 3600,
	SIGV4_SIGNED_MAX = 100, /* signed headers */
};

struct sigv4 {
	int presigned;
	const char *access_key, *date, *region, *service,
	    *terminator;	    /* the credential's parts */
	const char *stamp;	    /* "20150830T123600Z" */
	int64_t time_ms;	    /* the same */
	int64_t expires_s;	    /* presigned: valid for so long; else SIGV4_SKEW_S */
	const char *signed_headers; /* "host;x-amz-date", as sent */
	const char *signature;	    /* as sent */
	const char *token;	    /* session token, or NULL */
};

/*
 * 1 and *ret, 0 the request is unsigned, -1 it is signed in a way that cannot be
 * understood (IncompleteSignature).
 */
int sigv4_parse(struct arena *a, const struct wire_request *req, struct sigv4 *ret,
    struct err *err);

/*
 * The canonical request, as the signer must have had it: 0, or -1 when the request
 * contradicts itself (a payload hash that is not the body's, a signed header that is absent).
 */
int sigv4_canonical(struct arena *a, const struct wire_request *req,
    const struct sigv4 *s, char **ret, struct err *err);

/* The signature of a canonical request; out has 65 bytes. */
void sigv4_sign(struct arena *a, const struct sigv4 *s, const char *secret,
    const char *canonical, char *out);

/*
 * 1 when the signature was made with the secret; compares in constant time.  -1 as
 * sigv4_canonical.
 */
int sigv4_check(struct arena *a, const struct wire_request *req, const struct sigv4 *s,
    const char *secret, struct err *err);

/* What is signed with: of the secret and the credential's scope, so the same for a day. */
void sigv4_key(const struct sigv4 *s, const char *secret, unsigned char key[32]);

/* As sigv4_check, with the key. */
int sigv4_check_key(struct arena *a, const struct wire_request *req,
    const struct sigv4 *s, const unsigned char key[32], struct err *err);

#endif
