/*
 * PuTTY's file of a private key, version 2, without a passphrase (PuTTY manual, appendix C).
 */
#ifndef CONTROL_SERVICES_EC2_COMPUTE_SSH_KEY_PPK_H
#define CONTROL_SERVICES_EC2_COMPUTE_SSH_KEY_PPK_H

#include "control/services/ec2/compute/ssh_key.h"

/* Of a key that was made; the arena's.  NULL when OpenSSL cannot. */
const char *ssh_key_ppk(struct arena *a, const struct ssh_key *key, const char *comment);

#endif
