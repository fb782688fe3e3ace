/* Keys of SSH, two of them with fingerprints that were made by other means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "control/services/ec2/compute/ssh_key.h"

static int
set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void
rsa_keys_are_made(void **state)
{
	struct arena *a = *state;
	struct ssh_key key, read;
	struct err err;

	assert_int_equal(ssh_key_make(a, "rsa", &key, &err), 0);
	assert_string_equal(key.type, "rsa");
	assert_int_equal(strncmp(key.public_key, "ssh-rsa AAAAB3NzaC1yc2E", 23), 0);
	assert_int_equal(strncmp(key.private_pem, "-----BEGIN RSA PRIVATE KEY-----\n",
			     32),
	    0);
	/* SHA-1: 20 pairs of hex digits and 19 colons. */
	assert_int_equal(strlen(key.fingerprint), 59);
	assert_int_equal(strspn(key.fingerprint, "0123456789abcdef:"), 59);
	assert_int_equal(ssh_key_read(a, key.public_key, &read), 1);
	assert_string_equal(read.type, "rsa");
	/* MD5 for what comes in: 16 pairs. */
	assert_int_equal(strlen(read.fingerprint), 47);
	assert_null(read.private_pem);
}

static void
ed25519_keys_are_made(void **state)
{
	struct arena *a = *state;
	struct ssh_key key, read;
	struct err err;

	assert_int_equal(ssh_key_make(a, "ed25519", &key, &err), 0);
	assert_int_equal(strncmp(key.public_key, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", 32),
	    0);
	assert_int_equal(strncmp(key.private_pem, "-----BEGIN OPENSSH PRIVATE KEY-----\n",
			     36),
	    0);
	assert_int_equal(ssh_key_read(a, key.public_key, &read), 1);
	assert_string_equal(read.fingerprint, key.fingerprint);
}

static void
no_two_keys_are_equal(void **state)
{
	struct arena *a = *state;
	struct ssh_key one, two;
	struct err err;

	assert_int_equal(ssh_key_make(a, "ed25519", &one, &err), 0);
	assert_int_equal(ssh_key_make(a, "ed25519", &two, &err), 0);
	assert_string_not_equal(one.public_key, two.public_key);
	assert_string_not_equal(one.private_pem, two.private_pem);
}

static void
known_keys_have_known_fingerprints(void **state)
{
	static const struct {
		const char *line, *type, *fingerprint;
	} keys[] = {
		{ "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC1hdGtAJQwIg6einUZXNAHQ0x2pLUTkL"
		  "VcEaph5sBseJ/gHY1KI0HNpUoZILiYf91OdATwlqbQK75gd6uxvCvejMHa126W30WkZ6tS"
		  "3yx3wDKvrUlZbEvskNuM023QjUbFpcKD+muGFSSUXwpyT3r91+52DNxe5U71PYAT8lRSyg"
		  "jjJf2kgEBROE7/k+1uWxn+5OX6XWm5Mbt2fl6zy8MUHLzdIY+rEE+IMAfDyMoOUoSlj5fg"
		  "H4YqTsy/bheRjfBAz6N9sA5xxhB9HPc0qAvXbkARCMuibupL3KOAhJQPwxSSngc6eRnVAe"
		  "HFG8ZHjn4YPBBNLhw/tdSKWgKPdt8j"
		  " somebody@somewhere",
		    "rsa", "bb:18:67:e8:84:38:f9:ca:bb:39:2c:84:f7:55:f8:0e" },
		{ "ssh-ed25519 "
		  "AAAAC3NzaC1lZDI1NTE5AAAAID7lb7GDUjOOjj9tm/TC03DBc7ZfOtn82YdRj5A2NBkT",
		    "ed25519", "BUg8MXDYdamDPI8DBYcWMPjDWJ0j8eGUziqIRUYB03U=" }
	};
	struct ssh_key key;

	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(ssh_key_read(*state, keys[i].line, &key), 1);
		assert_string_equal(key.type, keys[i].type);
		assert_string_equal(key.fingerprint, keys[i].fingerprint);
	}
}

static void
what_is_no_key_is_refused(void **state)
{
	static const char *const lines[] = { "", "ssh-rsa", "ssh-rsa ", "ssh-rsa AAAA",
		"ssh-rsa !!!!", "ssh-dss AAAAB3NzaC1kc3MAAACBAP", "hello world",
		/* A length that leads past the end. */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5////////",
		/* One type outside, another inside. */
		"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		/* A point that is too short. */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAQA=" };
	struct ssh_key key;

	for (size_t i = 0; i < COUNT(lines); i++) {
		if (ssh_key_read(*state, lines[i], &key) != 0)
			fail_msg("\"%s\" is a key", lines[i]);
	}
}

static void
damaged_keys_do_no_harm(void **state)
{
	struct arena *a = *state;
	struct ssh_key key, read;
	struct err err;
	char *line;

	assert_int_equal(ssh_key_make(a, "rsa", &key, &err), 0);
	line = arena_strdup(a, key.public_key);
	for (size_t n = strlen(line); n > 0; n--) {
		line[n - 1] = '\0';
		ssh_key_read(a, line, &read);
	}
	for (size_t i = 8; i < strlen(key.public_key); i++) {
		line = arena_strdup(a, key.public_key);
		line[i] = line[i] == '/' ? 'A' : '/';
		ssh_key_read(a, line, &read);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rsa_keys_are_made),
		TEST(ed25519_keys_are_made),
		TEST(no_two_keys_are_equal),
		TEST(known_keys_have_known_fingerprints),
		TEST(what_is_no_key_is_refused),
		TEST(damaged_keys_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
