/* EC2: key pairs: forms of keys, names, filters. */
#include "tests/api/ec2_calls.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/enc.h"

/* The lines behind "name: n" of PuTTY's file, decoded. */
static void
lines_of(struct fixture *f, const char *file, const char *name, unsigned char **ret,
    size_t *ret_n)
{
	const char *p = strstr(file, name);
	struct buf *b = buf_new(f->arena, 8192);
	long n;

	assert_non_null(p);
	n = strtol(p + strlen(name) + 2, NULL, 10);
	for (p = strchr(p, '\n') + 1; n > 0; n--, p = strchr(p, '\n') + 1)
		buf_add(b, p, strcspn(p, "\n"));
	assert_true(
	    base64_decode(f->arena, buf_text(b), strlen(buf_text(b)), ret, ret_n));
}

static void
put_string(struct buf *b, const void *p, size_t n)
{
	const unsigned char len[] = { 0, 0, (unsigned char)(n >> 8), (unsigned char)n };

	buf_add(b, len, sizeof(len));
	buf_add(b, p, n);
}

/* What PuTTY checks: the MAC is of all that the file says. */
static void
check_ppk(struct fixture *f, const char *file, const char *algorithm, const char *comment)
{
	unsigned char key[SHA_DIGEST_LENGTH], mac[EVP_MAX_MD_SIZE], *public, *private;
	struct buf *data = buf_new(f->arena, 8192), *hex = buf_new(f->arena, 64);
	size_t n_public, n_private;
	unsigned n;

	assert_int_equal(strncmp(file, "PuTTY-User-Key-File-2: ", 23), 0);
	lines_of(f, file, "Public-Lines", &public, &n_public);
	lines_of(f, file, "Private-Lines", &private, &n_private);
	put_string(data, algorithm, strlen(algorithm));
	put_string(data, "none", 4);
	put_string(data, comment, strlen(comment));
	put_string(data, public, n_public);
	put_string(data, private, n_private);
	SHA1((const unsigned char *)"putty-private-key-file-mac-key", 30, key);
	HMAC(EVP_sha1(), key, sizeof(key), (const unsigned char *)data->data, data->len,
	    mac, &n);
	for (unsigned i = 0; i < n; i++)
		buf_printf(hex, "%02x", mac[i]);
	assert_non_null(strstr(file, buf_text(hex)));
	assert_int_equal(memcmp(public + 4, algorithm, strlen(algorithm)), 0);
}

static void
keys_come_in_both_forms(void **state)
{
	struct fixture *f = *state;
	json_t *v =
	    ec2_ok(f, "CreateKeyPair", "{\"KeyName\": \"r\", \"KeyFormat\": \"ppk\"}");
	const char *fingerprint = ec2_text(v, "KeyFingerprint");

	check_ppk(f, ec2_text(v, "KeyMaterial"), "ssh-rsa", "r");
	assert_int_equal(strlen(fingerprint), 20 * 3 - 1);
	v = ec2_ok(f, "CreateKeyPair",
	    "{\"KeyName\": \"e\", \"KeyType\": \"ed25519\", \"KeyFormat\": \"ppk\"}");
	check_ppk(f, ec2_text(v, "KeyMaterial"), "ssh-ed25519", "e");
	v = ec2_ok(f, "CreateKeyPair", "{\"KeyName\": \"p\", \"KeyFormat\": \"pem\"}");
	assert_int_equal(strncmp(ec2_text(v, "KeyMaterial"),
			     "-----BEGIN RSA PRIVATE KEY-----", 31),
	    0);
}

/* The same key, as a line and as RFC 4716 wraps it. */
static void
keys_are_imported_in_both_forms(void **state)
{
	struct fixture *f = *state;
	const char *line, *text, *one;
	json_t *v;

	ec2_ok(f, "CreateKeyPair", "{\"KeyName\": \"k\"}");
	v = ec2_ok(f, "DescribeKeyPairs",
	    "{\"KeyNames\": [\"k\"], \"IncludePublicKey\": true}");
	line = ec2_text(v, "KeyPairs.0.PublicKey");
	v = ec2_ok(f, "ImportKeyPair",
	    "{\"KeyName\": \"a\", \"PublicKeyMaterial\": \"%s\"}",
	    base64_encode(f->arena, line, strlen(line)));
	one = ec2_text(v, "KeyFingerprint");
	assert_int_equal(strlen(one), 16 * 3 - 1);
	text = arena_printf(f->arena,
	    "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"a \\\nlong one\"\n%.40s\n%.*s\n"
	    "---- END SSH2 PUBLIC KEY ----\n",
	    line + 8, (int)strcspn(line + 48, " "), line + 48);
	v = ec2_ok(f, "ImportKeyPair",
	    "{\"KeyName\": \"b\", \"PublicKeyMaterial\": \"%s\"}",
	    base64_encode(f->arena, text, strlen(text)));
	ec2_is(v, "KeyFingerprint", one);
	ec2_counts(
	    ec2_ok(f, "DescribeKeyPairs",
		"{\"Filters\": [{\"Name\": \"fingerprint\", \"Values\": [\"%s\"]}]}",
		one),
	    "KeyPairs", 2);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateKeyPair", "{}", "MissingParameter", NULL },
		{ "CreateKeyPair", "{\"KeyName\": \"\"}", "InvalidParameterValue", NULL },
		{ "CreateKeyPair", "{\"KeyName\": \" k\"}", "InvalidParameterValue",
		    NULL },
		{ "CreateKeyPair", "{\"KeyName\": \"\\u00e4\"}", "InvalidParameterValue",
		    NULL },
		{ "CreateKeyPair", "{\"KeyName\": \"k\", \"KeyType\": \"dsa\"}",
		    "InvalidParameterValue", NULL },
		{ "ImportKeyPair",
		    "{\"KeyName\": \"k\", \"PublicKeyMaterial\":"
		    " \"LS0tLSBCRUdJTiBTU0gyIFBVQkxJQyBLRVkgLS0tLQo=\"}",
		    "InvalidKey.Format", NULL },
		{ "DescribeKeyPairs", "{\"KeyPairIds\": [\"key-0\"]}",
		    "InvalidKeyPair.NotFound", NULL },
	};

	ec2_refused(*state, refusals, COUNT(refusals));
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(keys_come_in_both_forms),
		T(keys_are_imported_in_both_forms),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
