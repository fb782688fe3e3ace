/*
 * Signing keys that were derived lately: four HMACs less a request.
 *
 * A key follows from the secret and the scope alone, so nothing here is ever
 * wrong; who may use a secret is asked elsewhere, each time.  Bounded; the
 * newer one takes the older one's place.  Safe from any thread.
 */
#ifndef CONTROL_IAM_SIGNING_KEYS_H
#define CONTROL_IAM_SIGNING_KEYS_H

#include "control/iam/sigv4.h"

struct signing_keys;

struct signing_keys *signing_keys_new(void);
void signing_keys_free(struct signing_keys *k); /* NULL is fine */

/* As sigv4_key(); k NULL: derived each time. */
void signing_keys_get(struct signing_keys *k, const struct sigv4 *s, const char *secret,
    unsigned char key[32]);

#endif
