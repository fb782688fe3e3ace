#include "base/enc.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

char *
base64_encode(struct arena *a, const void *p, size_t n)
{
	static const char abc[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = arena_alloc(a, (n + 2) / 3 * 4 + 1), *o = out;
	const unsigned char *b = p;

	for (; n >= 3; n -= 3, b += 3) {
		*o++ = abc[b[0] >> 2];
		*o++ = abc[(b[0] & 3) << 4 | b[1] >> 4];
		*o++ = abc[(b[1] & 15) << 2 | b[2] >> 6];
		*o++ = abc[b[2] & 63];
	}
	if (n > 0) {
		unsigned second = n > 1 ? b[1] : 0;

		*o++ = abc[b[0] >> 2];
		*o++ = abc[(b[0] & 3U) << 4 | second >> 4];
		*o++ = n > 1 ? abc[(second & 15) << 2] : '=';
		*o++ = '=';
	}
	return out;
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
base64_decode(struct arena *a, const char *s, size_t len, unsigned char **ret,
    size_t *ret_len)
{
	unsigned char *out = arena_alloc(a, len / 4 * 3 + 4);
	size_t n = 0, digits = 0, pads = 0;
	unsigned acc = 0;

	for (size_t i = 0; i < len; i++) {
		int v;

		if (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t')
			continue;
		if (s[i] == '=') {
			pads++;
			continue;
		}
		v = base64_value(s[i]);
		if (v < 0 || pads > 0)
			return 0;
		acc = acc << 6 | (unsigned)v;
		if (++digits % 4 == 0) {
			out[n++] = (unsigned char)(acc >> 16);
			out[n++] = (unsigned char)(acc >> 8);
			out[n++] = (unsigned char)acc;
			acc = 0;
		}
	}
	if ((digits + pads) % 4 != 0 || pads > 2 || digits % 4 == 1)
		return 0;
	if (digits % 4 == 2) {
		out[n++] = (unsigned char)(acc >> 4);
	} else if (digits % 4 == 3) {
		out[n++] = (unsigned char)(acc >> 10);
		out[n++] = (unsigned char)(acc >> 2);
	}
	*ret = out;
	*ret_len = n;
	return 1;
}

void
hex_encode(const void *p, size_t n, char *out)
{
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = "0123456789abcdef"[b[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[b[i] & 15];
	}
	out[2 * n] = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_decode(const char *s, unsigned char *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(s[2 * i]), lo = hi < 0 ? -1 : hex_value(s[2 * i + 1]);

		if (lo < 0)
			return 0;
		out[i] = (unsigned char)(hi << 4 | lo);
	}
	return s[2 * n] == '\0';
}

void
percent_encode(struct buf *b, const char *s, size_t n, int keep_slash)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c != 0 && strchr(plain, c) != NULL) || (c == '/' && keep_slash))
			buf_chr(b, s[i]);
		else
			buf_printf(b, "%%%02X", c);
	}
}

int
percent_decode(char *s, size_t *len, int plus)
{
	size_t o = 0;

	for (size_t i = 0; i < *len; i++) {
		if (s[i] == '%') {
			int hi, lo;

			if (*len - i < 3)
				return 0;
			hi = hex_value(s[i + 1]);
			lo = hex_value(s[i + 2]);
			if (hi < 0 || lo < 0 || (hi == 0 && lo == 0))
				return 0;
			s[o++] = (char)(hi << 4 | lo);
			i += 2;
		} else {
			s[o++] = plus && s[i] == '+' ? ' ' : s[i];
		}
	}
	s[o] = '\0';
	*len = o;
	return 1;
}

/* The length of the sequence at s, or 0. RFC 3629 4. */
static size_t
utf8_sequence(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80	 ? 1 :
	    s[0] >= 0xc2 && s[0] <= 0xdf ? 2 :
	    s[0] >= 0xe0 && s[0] <= 0xef ? 3 :
	    s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 :
					   0;

	if (len == 0 || len > n || s[0] == 0)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

int
utf8_is_valid(const char *s, size_t n)
{
	size_t len;

	for (size_t i = 0; i < n; i += len) {
		len = utf8_sequence((const unsigned char *)s + i, n - i);
		if (len == 0)
			return 0;
	}
	return 1;
}

void
sha256(const void *p, size_t n, unsigned char out[32])
{
	SHA256(p, n, out);
}

void
sha256_hex(const void *p, size_t n, char out[65])
{
	unsigned char d[32];

	sha256(p, n, d);
	hex_encode(d, sizeof(d), out);
}

void
hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
    unsigned char out[32])
{
	HMAC(EVP_sha256(), key, (int)key_len, p, n, out, NULL);
}

int
equal_secret(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

size_t
utf8_length(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}
