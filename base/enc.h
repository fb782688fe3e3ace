/*
 * Text forms of bytes: base64, hex, percent-encoding, UTF-8, digests.
 *
 * Decoders are strict: they say 0 for anything that is not exactly the form.
 */
#ifndef BASE_ENC_H
#define BASE_ENC_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/* Standard alphabet, padded. */
char *base64_encode(struct arena *a, const void *p, size_t n);

/* White space is skipped, as MIME has it.  1 and *ret, *ret_len; 0 malformed. */
int base64_decode(struct arena *a, const char *s, size_t len, unsigned char **ret,
    size_t *ret_len);

/* Lower case; out has 2 * n + 1 bytes. */
void hex_encode(const void *p, size_t n, char *out);

/* 1, or 0 unless s is exactly 2 * n hex digits. */
int hex_decode(const char *s, unsigned char *out, size_t n);

/* RFC 3986 unreserved stay; '/' too when keep_slash. */
void percent_encode(struct buf *b, const char *s, size_t n, int keep_slash);

/* In place; '+' is a space when plus.  1 and *len, or 0 for a bad escape or %00. */
int percent_decode(char *s, size_t *len, int plus);

/* 1 when the bytes are UTF-8 (RFC 3629) without NUL. */
int utf8_is_valid(const char *s, size_t n);

/* Characters, not bytes: continuation bytes do not count. */
size_t utf8_length(const char *s);

void sha256(const void *p, size_t n, unsigned char out[32]);
void sha256_hex(const void *p, size_t n, char out[65]);
void hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
    unsigned char out[32]);

/* 1 when equal; takes the same time wherever they differ. */
int equal_secret(const void *a, const void *b, size_t n);

#endif
