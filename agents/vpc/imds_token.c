#include "agents/vpc/imds_token.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/enc.h"

enum {
	END_LEN = 8,
	NONCE_LEN = 8,
	SEAL_LEN = 24,
	RAW_LEN = END_LEN + NONCE_LEN + SEAL_LEN
};

int
imds_ttl_parse(const char *text)
{
	size_t n = strlen(text);
	int ttl = 0;

	if (n == 0 || n > 5 || strspn(text, "0123456789") != n)
		return -1;
	for (; *text != '\0'; text++)
		ttl = ttl * 10 + (*text - '0');
	return ttl >= 1 && ttl <= IMDS_TTL_MAX ? ttl : -1;
}

static void
seal(const unsigned char key[IMDS_KEY_LEN], const char *instance_id,
    const unsigned char raw[RAW_LEN], unsigned char out[32])
{
	struct buf b;

	buf_init(&b, 0);
	buf_add(&b, raw, END_LEN + NONCE_LEN);
	buf_str(&b, instance_id);
	hmac_sha256(key, IMDS_KEY_LEN, buf_text(&b), b.len, out);
	buf_done(&b);
}

/* The alphabet that needs no quoting in a shell or a header (RFC 4648 5). */
static void
translate(char *s, const char *from, const char *to)
{
	for (; *s != '\0'; s++) {
		if (*s == from[0])
			*s = to[0];
		else if (*s == from[1])
			*s = to[1];
	}
}

void
imds_token_make(const unsigned char key[IMDS_KEY_LEN], const char *instance_id,
    int64_t now_s, int ttl_s, char out[IMDS_TOKEN_LEN + 1])
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	uint64_t end = (uint64_t)(now_s + ttl_s);
	unsigned char raw[RAW_LEN], mac[32];

	for (int i = 0; i < END_LEN; i++)
		raw[i] = (unsigned char)(end >> (8 * (END_LEN - 1 - i)));
	random_bytes(raw + END_LEN, NONCE_LEN);
	seal(key, instance_id, raw, mac);
	memcpy(raw + END_LEN + NONCE_LEN, mac, SEAL_LEN);
	memcpy(out, base64_encode(a, raw, sizeof(raw)), IMDS_TOKEN_LEN + 1);
	translate(out, "+/", "-_");
}

int
imds_token_check(const unsigned char key[IMDS_KEY_LEN], const char *instance_id,
    int64_t now_s, const char *token)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	unsigned char *raw, mac[32];
	char text[IMDS_TOKEN_LEN + 1];
	uint64_t end = 0;
	size_t len;

	if (strlen(token) != IMDS_TOKEN_LEN || strpbrk(token, "+/ \t") != NULL)
		return -1;
	memcpy(text, token, sizeof(text));
	translate(text, "-_", "+/");
	if (!base64_decode(a, text, IMDS_TOKEN_LEN, &raw, &len) || len != RAW_LEN)
		return -1;
	/* The last digit has bits to spare: only the one spelling is the token. */
	if (strcmp(text, base64_encode(a, raw, len)) != 0)
		return -1;
	seal(key, instance_id, raw, mac);
	if (!equal_secret(mac, raw + END_LEN + NONCE_LEN, SEAL_LEN))
		return -1;
	for (int i = 0; i < END_LEN; i++)
		end = end << 8 | raw[i];
	return (int64_t)end > now_s ? (int)((int64_t)end - now_s) : -1;
}
