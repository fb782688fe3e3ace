/*
 * Public keys of OpenID Connect issuers, by which their tokens are verified.
 *
 * Nothing here asks the network: keys are put by the administrator (docs/IDENTITY.md) or by a service of ours that issues tokens itself.
 * Documents "sys:oidc-keys" of STORE_SYSTEM, by issuer without its scheme: {issuer, keys}.
 */
#ifndef CONTROL_IAM_OIDC_KEYS_H
#define CONTROL_IAM_OIDC_KEYS_H

#include "base/arena.h"
#include "base/err.h"
#include "control/store/store.h"

#define OIDC_KEYS_KIND "sys:oidc-keys"

/* "https://id.example.com/a/" is "id.example.com/a"; without a scheme as it is. */
const char *oidc_issuer(struct arena *a, const char *url);

/* The set of keys (RFC 7517): 1, 0, -1. */
int oidc_keys_find(struct store_txn *t, struct arena *a, const char *issuer,
    const json_t **ret, struct err *err);

/* In place of those that it has: 0, or -1 for what is no set of keys. */
int oidc_keys_put(struct store_txn *t, struct arena *a, const char *issuer,
    const json_t *keys, struct err *err);

#endif
