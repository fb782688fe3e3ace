/*
 * A kept signing key is the one that would be derived, for every secret and scope.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "control/iam/signing_keys.h"

enum { N_THREADS = 6, N_ROUNDS = 400, N_SECRETS = 300, SECRET_SIZE = 400 };

static struct sigv4
scope(const char *date, const char *region, const char *service)
{
	struct sigv4 s = { .date = date,
		.region = region,
		.service = service,
		.terminator = "aws4_request" };

	return s;
}

static int
is_right(struct signing_keys *k, const struct sigv4 *s, const char *secret)
{
	unsigned char want[32], got[32];

	sigv4_key(s, secret, want);
	memset(got, 0, sizeof(got));
	signing_keys_get(k, s, secret, got);
	return memcmp(want, got, sizeof(want)) == 0;
}

/* AWS's manual, "Examples of how to derive a signing key". */
static void
the_key_is_the_manuals(void **state UNUSED)
{
	static const unsigned char want[] = { 0xc4, 0xaf, 0xb1, 0xcc, 0x57, 0x71, 0xd8,
		0x71, 0x76, 0x3a, 0x39, 0x3e, 0x44, 0xb7, 0x03, 0x57, 0x1b, 0x55, 0xcc,
		0x28, 0x42, 0x4d, 0x1a, 0x5e, 0x86, 0xda, 0x6e, 0xd3, 0xc1, 0x54, 0xa4,
		0xb9 };
	struct signing_keys *k = signing_keys_new();
	struct sigv4 s = scope("20150830", "us-east-1", "iam");
	unsigned char got[32];

	for (int i = 0; i < 3; i++) {
		memset(got, 0, sizeof(got));
		signing_keys_get(k, &s, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", got);
		assert_memory_equal(got, want, sizeof(want));
	}
	signing_keys_free(k);
}

static void
secrets_and_scopes_are_apart(void **state UNUSED)
{
	static const char *const secrets[] = { "secret", "secret2", "a/b", "b", "" };
	const struct sigv4 scopes[] = { scope("20260101", "us-east-1", "ec2"),
		scope("20260102", "us-east-1", "ec2"),
		scope("20260101", "eu-west-1", "ec2"),
		scope("20260101", "us-east-1", "sts"), scope("2026", "0101", "us") };
	struct signing_keys *k = signing_keys_new();

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT(secrets); i++) {
			for (size_t j = 0; j < COUNT(scopes); j++) {
				assert_true(is_right(k, &scopes[j], secrets[i]));
				assert_true(is_right(NULL, &scopes[j], secrets[i]));
			}
		}
	}
	signing_keys_free(k);
}

static void
more_than_there_is_room_for(void **state UNUSED)
{
	struct signing_keys *k = signing_keys_new();
	struct sigv4 s = scope("20260101", "us-east-1", "ec2");
	char secret[SECRET_SIZE];

	for (int i = 0; i < 2 * N_SECRETS; i++) {
		snprintf(secret, sizeof(secret), "secret-%d", i % N_SECRETS);
		assert_true(is_right(k, &s, secret));
	}
	memset(secret, 'x', sizeof(secret));
	secret[sizeof(secret) - 1] = '\0';
	for (size_t n = sizeof(secret) - 1; n > 100; n--) {
		secret[n] = '\0';
		assert_true(is_right(k, &s, secret));
	}
	signing_keys_free(k);
}

struct shared {
	struct signing_keys *keys;
	int wrong;
};

static void *
ask_for_many(void *arg)
{
	struct shared *shared = arg;
	struct sigv4 s = scope("20260101", "us-east-1", "ec2");
	char secret[32];

	for (int i = 0; i < N_ROUNDS; i++) {
		snprintf(secret, sizeof(secret), "secret-%d", i % N_SECRETS);
		if (!is_right(shared->keys, &s, secret))
			__atomic_store_n(&shared->wrong, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void
threads_do_not_mix_keys(void **state UNUSED)
{
	struct shared shared = { .keys = signing_keys_new() };
	pthread_t thread[N_THREADS];

	for (size_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, ask_for_many, &shared),
		    0);
	for (size_t i = 0; i < N_THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(shared.wrong, 0);
	signing_keys_free(shared.keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_is_the_manuals),
		cmocka_unit_test(secrets_and_scopes_are_apart),
		cmocka_unit_test(more_than_there_is_room_for),
		cmocka_unit_test(threads_do_not_mix_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
