/*
 * Keys of SSH: made and read, with the fingerprints that EC2 shows.
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_SSH_KEY_H
#define CONTROL_SERVICES_EC2_COMPUTE_SSH_KEY_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct ssh_key {
	const char *type;	/* "rsa" or "ed25519" */
	const char *public_key; /* "ssh-rsa AAAA…" (RFC 4253 6.6, RFC 8709 4) */
	const char
	    *private_pem; /* made ones only: PKCS #1 for RSA, OpenSSH's for ED25519 */
	const char *fingerprint;
	const unsigned char
	    *secret; /* made ones only: the private part as PuTTY has it */
	size_t secret_len;
};

/* Of type "rsa" (2048 bits) or "ed25519".  0 or -1. */
int ssh_key_make(struct arena *a, const char *type, struct ssh_key *ret, struct err *err);

/*
 * A line as in authorized_keys, or a file as RFC 4716 has it: 1, or 0 when it is none.
 * private_pem and secret are NULL.
 */
int ssh_key_read(struct arena *a, const char *line, struct ssh_key *ret);

#endif
