/*
 * One-time passwords of virtual MFA devices: RFC 6238 over RFC 4226, SHA-1, six digits, 30 seconds.
 */
#ifndef CONTROL_IAM_TOTP_H
#define CONTROL_IAM_TOTP_H

#include <stddef.h>
#include <stdint.h>

enum { TOTP_STEP_S = 30, TOTP_DIGITS = 6 };

/* The code of a step (seconds since the epoch / TOTP_STEP_S); out has TOTP_DIGITS + 1 bytes. */
void totp_code(const void *key, size_t len, int64_t step, char *out);

/* Of a code that is one of the steps from..to: the step, or -1. */
int64_t totp_find(const void *key, size_t len, const char *code, int64_t from,
    int64_t to);

/* RFC 4648 6 without padding; out has 8 * ((n + 4) / 5) + 1 bytes. */
void base32_encode(const unsigned char *p, size_t n, char *out);

#endif
