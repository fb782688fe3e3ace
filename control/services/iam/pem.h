/*
 * IAM: certificates and keys that users upload, read by OpenSSL.
 */
#ifndef CONTROL_SERVICES_IAM_PEM_H
#define CONTROL_SERVICES_IAM_PEM_H

#include "base/arena.h"
#include "control/services/iam/iam.h"

/* A certificate: 0 and when it ends (seconds since the epoch), or -1 MalformedCertificate. */
int pem_certificate(struct call *c, const char *text, int64_t *ret_end_s);

/* All of a chain are certificates: 0, or -1 MalformedCertificate. */
int pem_chain(struct call *c, const char *text);

/* The private key is the certificate's: 0, or -1 MalformedCertificate, KeyPairMismatch. */
int pem_pair(struct call *c, const char *certificate, const char *key);

/*
 * A public RSA key as a line "ssh-rsa AAAA…" or as PEM: 1, its line, its PEM (both the arena's) and the MD5 of its bytes
 * ("1f:2e:…"); or 0.
 */
struct pem_ssh {
	const char *line, *pem, *fingerprint;
};
int pem_ssh_key(struct arena *a, const char *text, struct pem_ssh *ret);

#endif
