#include "control/iam/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"

enum { SHA1_LEN = 20, MODULUS = 1000000 };

void
totp_code(const void *key, size_t len, int64_t step, char *out)
{
	unsigned char text[8], digest[EVP_MAX_MD_SIZE] = { 0 };
	const unsigned char *at;
	unsigned n = 0;
	uint32_t v;

	for (int i = 7; i >= 0; i--, step >>= 8)
		text[i] = (unsigned char)step;
	HMAC(EVP_sha1(), key, (int)len, text, sizeof(text), digest, &n);
	at = digest + (digest[SHA1_LEN - 1] & 0x0f);
	v = ((uint32_t)at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
	snprintf(out, TOTP_DIGITS + 1, "%06u", v % MODULUS);
}

int64_t
totp_find(const void *key, size_t len, const char *code, int64_t from, int64_t to)
{
	char want[TOTP_DIGITS + 1];

	if (strlen(code) != TOTP_DIGITS)
		return -1;
	for (int64_t step = from < 0 ? 0 : from; step <= to; step++) {
		totp_code(key, len, step, want);
		if (equal_secret(want, code, TOTP_DIGITS))
			return step;
	}
	return -1;
}

void
base32_encode(const unsigned char *p, size_t n, char *out)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | p[i]) & 0xffff;
		for (have += 8; have >= 5; have -= 5)
			*out++ = abc[bits >> (have - 5) & 31];
	}
	if (have > 0)
		*out++ = abc[bits << (5 - have) & 31];
	*out = '\0';
}
