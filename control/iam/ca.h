/*
 * The local certificate authority: who vouches that we are *.amazonaws.com.
 *
 * It is made the first time that a store is opened, and is a document of STORE_SYSTEM
 * (kind "sys:ca"), so that replicas share it and it lives as long as the data do: ECDSA
 * P-256, ten years.  Whoever trusts its certificate trusts who can read the store; nothing
 * shows the key.
 */
#ifndef CONTROL_IAM_CA_H
#define CONTROL_IAM_CA_H

#include <openssl/x509.h>

#include "base/err.h"
#include "control/store/store.h"

struct ca;

/* The store's, made if it has none; NULL and *err. */
struct ca *ca_open(struct store *s, int64_t now_ms, struct err *err);
void ca_free(struct ca *ca); /* NULL is fine */

/* Its certificate, as PEM. */
const char *ca_certificate(const struct ca *ca);

/* By which OpenSSL finds it in a folder of certificates: "1a2b3c4d"; out has CA_HASH bytes. */
enum { CA_HASH = 9 };
void ca_hash(const struct ca *ca, char *out);

/*
 * A server's certificate for the key: `names` as X509V3 has a subjectAltName
 * ("DNS:localhost,IP:127.0.0.1"), `title` its common name.  For a year from a day before
 * now; the caller frees *ret.  0 or -1.  From any thread.
 */
int ca_issue(const struct ca *ca, EVP_PKEY *key, const char *title, const char *names,
    int64_t now_ms, X509 **ret, struct err *err);

/* A new key of the kind that the authority itself has; the caller frees *ret.  0 or -1. */
int ca_new_key(EVP_PKEY **ret, struct err *err);

#endif
