/*
 * JSON Web Tokens: RFC 7519, signed as RFC 7515 and 7518 have it: RS256/384/512, PS256/384/512, ES256/384/512.
 */
#ifndef CONTROL_IAM_JWT_H
#define CONTROL_IAM_JWT_H

#include "base/arena.h"
#include "base/json.h"

enum { JWT_MAX = 20000 };

struct jwt {
	const json_t *header, *claims; /* objects, the arena's */
	const char *signed_text;       /* what the signature is of */
	const unsigned char *signature;
	size_t signature_len;
};

/* In parts; nothing is verified.  1, or 0 when it is none. */
int jwt_read(struct arena *a, const char *text, struct jwt *ret);

/*
 * Is it signed by one of the keys (a set as RFC 7517 5 has it)?  Of keys with a "kid" the one that the token names
 * counts.
 */
int jwt_is_signed(struct arena *a, const struct jwt *t, const json_t *keys);

/* 1 when it is such a set, of which at least one key can be used. */
int jwt_keys_are_good(struct arena *a, const json_t *keys);

#endif
