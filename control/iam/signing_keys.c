#include "control/iam/signing_keys.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { N_KEYS = 128, TEXT_MAX = 224 };

/* What a key is of: the secret last, since it alone may have a '/'. */
struct slot {
	pthread_mutex_t lock;
	char text[TEXT_MAX]; /* "" when empty */
	unsigned char key[32];
};

struct signing_keys {
	struct slot slot[N_KEYS];
};

struct signing_keys *
signing_keys_new(void)
{
	struct signing_keys *k = calloc(1, sizeof(*k));

	if (k == NULL)
		fatal("out of memory");
	for (size_t i = 0; i < N_KEYS; i++)
		pthread_mutex_init(&k->slot[i].lock, NULL);
	return k;
}

void
signing_keys_free(struct signing_keys *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < N_KEYS; i++)
		pthread_mutex_destroy(&k->slot[i].lock);
	explicit_bzero(k, sizeof(*k));
	free(k);
}

/* FNV-1a */
static size_t
place(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return (h ^ h >> 32) % N_KEYS;
}

void
signing_keys_get(struct signing_keys *k, const struct sigv4 *s, const char *secret,
    unsigned char key[32])
{
	char text[TEXT_MAX];
	int n = snprintf(text, sizeof(text), "%s/%s/%s/%s/%s", s->date, s->region,
	    s->service, s->terminator, secret);
	struct slot *slot;
	int found;

	if (k == NULL || n < 0 || n >= TEXT_MAX) {
		sigv4_key(s, secret, key);
		return;
	}
	slot = &k->slot[place(text)];
	pthread_mutex_lock(&slot->lock);
	found = strcmp(slot->text, text) == 0;
	if (found)
		memcpy(key, slot->key, 32);
	pthread_mutex_unlock(&slot->lock);
	if (found)
		return;
	sigv4_key(s, secret, key);
	pthread_mutex_lock(&slot->lock);
	memcpy(slot->text, text, (size_t)n + 1);
	memcpy(slot->key, key, 32);
	pthread_mutex_unlock(&slot->lock);
}
