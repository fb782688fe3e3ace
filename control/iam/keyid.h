/*
 * Identifiers of IAM: unique ids ("AIDA…") and access key ids.
 *
 * An access key id holds its account, as AWS's do: 10 bytes in base 32, of which the
 * first 48 bits are 1, the account's 40, and 7 of anything.  So GetAccessKeyInfo
 * needs no look-up.
 */
#ifndef CONTROL_IAM_KEYID_H
#define CONTROL_IAM_KEYID_H

#include <stddef.h>

enum { KEYID_ENTROPY = 5, KEYID_SIZE = 21 };

/* "AKIA" or "ASIA" and 16 characters; out has KEYID_SIZE bytes, the NUL included. */
void keyid_make(const char *prefix, const char *account,
    const unsigned char entropy[KEYID_ENTROPY], char *out);

/* 1 and the account, 0 when the id is not of this form; out has 13 bytes. */
int keyid_account(const char *id, char *out);

/* "AIDA" and 17 random characters; out has 22 bytes. */
void unique_id(const char *prefix, char *out);

/* 40 random characters of a secret key; out has 41 bytes. */
void secret_random(char *out);

#endif
