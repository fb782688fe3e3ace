/*
 * Outbound web identity federation: an account is an issuer of tokens that others verify.
 *
 * A document of kind "iam:outbound", id "federation": Issuer (a URL of the account's own), is_on, keys [{alg, kid, pem}]: one each for
 * RS256 and ES384.  The public ones are the issuer's among oidc_keys.h, so that the admin door shows them, and roles by web
 * identity take its tokens.
 */
#ifndef CONTROL_IAM_OUTBOUND_H
#define CONTROL_IAM_OUTBOUND_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "control/store/store.h"

#define OUTBOUND_KIND "iam:outbound"
#define OUTBOUND_ID   "federation"

/* A new issuer with new keys, put among oidc_keys.h, the document (the arena's) not yet: 0 or -1. */
int outbound_new(struct store_txn *t, struct arena *a, json_t **ret, struct err *err);

/* The claims as a token signed by the document's key for the algorithm ("RS256", "ES384"): 0 and the arena's text, or -1. */
int outbound_sign(struct arena *a, const json_t *doc, const char *alg,
    const json_t *claims, const char **ret, struct err *err);

#endif
