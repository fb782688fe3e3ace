#include "control/services/ec2/compute/ssh_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/enc.h"

enum { RSA_BITS = 2048, ED25519_LEN = 32, MAX_BLOB = 4096 };

static const struct err_kind failed = { "InternalError", 500 };

/* RFC 4251 5: a string is its length, big-endian, and its bytes. */
static void
put_u32(struct buf *b, uint32_t n)
{
	const unsigned char bytes[] = { (unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n };

	buf_add(b, bytes, sizeof(bytes));
}

static void
put_string(struct buf *b, const void *p, size_t n)
{
	put_u32(b, (uint32_t)n);
	buf_add(b, p, n);
}

/* RFC 4251 5: an mpint has a zero in front when its first bit is set. */
static void
put_mpint(struct buf *b, const BIGNUM *n)
{
	unsigned char bytes[1 + RSA_BITS] = { 0 };
	size_t len = (size_t)BN_num_bytes(n);

	if (len >= sizeof(bytes))
		return;
	BN_bn2bin(n, bytes + 1);
	if (len > 0 && (bytes[1] & 0x80) != 0)
		put_string(b, bytes, len + 1);
	else
		put_string(b, bytes + 1, len);
}

static const char *
colons(struct arena *a, const unsigned char *digest, size_t n)
{
	struct buf *b = buf_new(a, 0);

	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%02x", i > 0 ? ":" : "", digest[i]);
	return buf_text(b);
}

static const char *
sha256_base64(struct arena *a, const struct buf *blob)
{
	unsigned char digest[32];

	sha256(blob->data, blob->len, digest);
	return base64_encode(a, digest, sizeof(digest));
}

static const char *
line_of(struct arena *a, const char *name, const struct buf *blob)
{
	return arena_printf(a, "%s %s", name, base64_encode(a, blob->data, blob->len));
}

static const char *
bio_text(struct arena *a, BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	return arena_strndup(a, p, (size_t)n);
}

/* RSA */

static int
rsa_public(struct arena *a, EVP_PKEY *key, struct ssh_key *ret)
{
	struct buf *blob = buf_new(a, MAX_BLOB);
	BIGNUM *n = NULL, *e = NULL;
	int ok = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1;

	if (ok) {
		put_string(blob, "ssh-rsa", 7);
		put_mpint(blob, e);
		put_mpint(blob, n);
		ret->public_key = line_of(a, "ssh-rsa", blob);
		ret->type = "rsa";
	}
	BN_free(n);
	BN_free(e);
	return ok;
}

/* RSA's private exponent, its primes, and the inverse of the second by the first. */
static int
rsa_secret(struct arena *a, EVP_PKEY *key, struct ssh_key *ret)
{
	static const char *const names[] = { OSSL_PKEY_PARAM_RSA_D,
		OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
		OSSL_PKEY_PARAM_RSA_COEFFICIENT1 };
	struct buf *b = buf_new(a, MAX_BLOB);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		BIGNUM *n = NULL;

		if (EVP_PKEY_get_bn_param(key, names[i], &n) != 1)
			return 0;
		put_mpint(b, n);
		BN_clear_free(n);
	}
	ret->secret = (const unsigned char *)b->data;
	ret->secret_len = b->len;
	return 1;
}

static int
rsa_private(struct arena *a, EVP_PKEY *key, struct ssh_key *ret)
{
	BIO *pem = BIO_new(BIO_s_mem()), *der = BIO_new(BIO_s_mem());
	unsigned char digest[SHA_DIGEST_LENGTH];
	int ok = PEM_write_bio_PrivateKey_traditional(pem, key, NULL, NULL, 0, NULL,
		     NULL) == 1 &&
	    i2d_PKCS8PrivateKey_bio(der, key, NULL, NULL, 0, NULL, NULL) == 1;

	if (ok) {
		char *p;
		long n = BIO_get_mem_data(der, &p);

		ret->private_pem = bio_text(a, pem);
		SHA1((const unsigned char *)p, (size_t)n, digest);
		ret->fingerprint = colons(a, digest, sizeof(digest));
	}
	BIO_free(pem);
	BIO_free(der);
	return ok;
}

static int
rsa_make(struct arena *a, struct ssh_key *ret)
{
	EVP_PKEY *key = EVP_RSA_gen(RSA_BITS);
	int ok = key != NULL && rsa_public(a, key, ret) && rsa_private(a, key, ret) &&
	    rsa_secret(a, key, ret);

	EVP_PKEY_free(key);
	return ok;
}

/* ED25519 */

static void
ed25519_public(struct arena *a, const unsigned char *public, struct ssh_key *ret)
{
	struct buf *blob = buf_new(a, MAX_BLOB);

	put_string(blob, "ssh-ed25519", 11);
	put_string(blob, public, ED25519_LEN);
	ret->type = "ed25519";
	ret->public_key = line_of(a, "ssh-ed25519", blob);
	ret->fingerprint = sha256_base64(a, blob);
}

/* The private part of OpenSSH's own file format: check numbers, key, comment, 1 2 3 … */
static void
ed25519_secret(struct buf *b, const unsigned char *public, const unsigned char *secret)
{
	uint32_t check;

	random_bytes(&check, sizeof(check));
	put_u32(b, check);
	put_u32(b, check);
	put_string(b, "ssh-ed25519", 11);
	put_string(b, public, ED25519_LEN);
	put_u32(b, 2 * ED25519_LEN);
	buf_add(b, secret, ED25519_LEN);
	buf_add(b, public, ED25519_LEN);
	put_string(b, "", 0);
	for (char pad = 1; b->len % 8 != 0; pad++)
		buf_chr(b, pad);
}

static void
ed25519_private(struct arena *a, const unsigned char *public, const unsigned char *secret,
    struct ssh_key *ret)
{
	static const char magic[] = "openssh-key-v1";
	struct buf *file = buf_new(a, MAX_BLOB), *part = buf_new(a, MAX_BLOB);
	struct buf *text = buf_new(a, MAX_BLOB);
	const char *base64;

	buf_add(file, magic, sizeof(magic)); /* with its NUL */
	put_string(file, "none", 4);
	put_string(file, "none", 4);
	put_string(file, "", 0);
	put_u32(file, 1);
	put_string(part, "ssh-ed25519", 11);
	put_string(part, public, ED25519_LEN);
	put_string(file, part->data, part->len);
	buf_reset(part);
	ed25519_secret(part, public, secret);
	put_string(file, part->data, part->len);

	base64 = base64_encode(a, file->data, file->len);
	buf_str(text, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	for (size_t n = strlen(base64); n > 0; n -= n < 70 ? n : 70)
		buf_printf(text, "%.*s\n", 70, base64 + strlen(base64) - n);
	buf_str(text, "-----END OPENSSH PRIVATE KEY-----\n");
	ret->private_pem = buf_text(text);
	buf_reset(part);
	put_string(part, secret, ED25519_LEN);
	ret->secret = (const unsigned char *)part->data;
	ret->secret_len = part->len;
}

static int
ed25519_make(struct arena *a, struct ssh_key *ret)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	unsigned char public[ED25519_LEN], secret[ED25519_LEN];
	size_t n = sizeof(public), m = sizeof(secret);
	int ok = key != NULL && EVP_PKEY_get_raw_public_key(key, public, &n) == 1 &&
	    EVP_PKEY_get_raw_private_key(key, secret, &m) == 1;

	if (ok) {
		ed25519_public(a, public, ret);
		ed25519_private(a, public, secret, ret);
	}
	EVP_PKEY_free(key);
	return ok;
}

int
ssh_key_make(struct arena *a, const char *type, struct ssh_key *ret, struct err *err)
{
	int ok = strcmp(type, "ed25519") == 0 ? ed25519_make(a, ret) : rsa_make(a, ret);

	return ok ? 0 : err_set(err, &failed, "the key could not be made");
}

/* Reading */

struct reader {
	const unsigned char *p;
	size_t left;
};

static int
get_string(struct reader *r, const unsigned char **ret, size_t *ret_len)
{
	size_t n;

	if (r->left < 4)
		return 0;
	n = (size_t)r->p[0] << 24 | (size_t)r->p[1] << 16 | (size_t)r->p[2] << 8 |
	    r->p[3];
	if (n > r->left - 4)
		return 0;
	*ret = r->p + 4;
	*ret_len = n;
	r->p += 4 + n;
	r->left -= 4 + n;
	return 1;
}

/* MD5 of the public key as X.509 has it. */
static int
rsa_fingerprint(struct arena *a, const BIGNUM *n, const BIGNUM *e, struct ssh_key *ret)
{
	unsigned char nb[MAX_BLOB], eb[16], digest[MD5_DIGEST_LENGTH], *der = NULL;
	OSSL_PARAM params[3];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;
	int len, ok;

	if (BN_bn2nativepad(n, nb, BN_num_bytes(n)) < 0 || BN_num_bytes(e) > 16 ||
	    BN_bn2nativepad(e, eb, BN_num_bytes(e)) < 0) {
		EVP_PKEY_CTX_free(ctx);
		return 0;
	}
	params[0] =
	    OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, nb, (size_t)BN_num_bytes(n));
	params[1] =
	    OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, eb, (size_t)BN_num_bytes(e));
	params[2] = OSSL_PARAM_construct_end();
	ok = ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1;
	len = ok ? i2d_PUBKEY(key, &der) : -1;
	if (len > 0) {
		EVP_Q_digest(NULL, "MD5", NULL, der, (size_t)len, digest, NULL);
		ret->fingerprint = colons(a, digest, sizeof(digest));
	}
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	return len > 0;
}

static int
rsa_read(struct arena *a, struct reader *r, struct ssh_key *ret)
{
	const unsigned char *eb, *nb;
	size_t el, nl;
	BIGNUM *n, *e;
	int ok;

	if (!get_string(r, &eb, &el) || !get_string(r, &nb, &nl) || r->left != 0 ||
	    el == 0 || el > 8 || nl < 128 || nl > 2049)
		return 0;
	n = BN_bin2bn(nb, (int)nl, NULL);
	e = BN_bin2bn(eb, (int)el, NULL);
	ok = n != NULL && e != NULL && rsa_fingerprint(a, n, e, ret);
	BN_free(n);
	BN_free(e);
	ret->type = "rsa";
	return ok;
}

/* RFC 4716 3: the lines between the markers that are no headers, as one of authorized_keys. */
static const char *
unwrap(struct arena *a, const char *file)
{
	static const char begin[] = "---- BEGIN SSH2 PUBLIC KEY ----",
			  end[] = "---- END SSH2 PUBLIC KEY ----";
	struct buf *b = buf_new(a, 2 * MAX_BLOB);
	int is_header = 0;
	const char *p;

	if (strncmp(file, begin, sizeof(begin) - 1) != 0)
		return file;
	for (p = file; *p != '\0' && strncmp(p, end, sizeof(end) - 1) != 0;) {
		size_t n = strcspn(p, "\r\n");

		is_header = is_header || p == file || memchr(p, ':', n) != NULL;
		if (!is_header && b->len + n < 2 * MAX_BLOB)
			buf_add(b, p, n);
		is_header = is_header && n > 0 && p[n - 1] == '\\';
		p += n + strspn(p + n, "\r\n");
	}
	/* The blob begins with its type: "AAAAB3NzaC1yc2E" or "AAAAC3NzaC1lZDI1NTE5". */
	return arena_printf(a, "%s %s",
	    strncmp(buf_text(b), "AAAAC3", 6) == 0 ? "ssh-ed25519" : "ssh-rsa",
	    buf_text(b));
}

int
ssh_key_read(struct arena *a, const char *given, struct ssh_key *ret)
{
	const char *line = unwrap(a, given);
	size_t name_len = strcspn(line, " \t"), text_len, blob_len, n;
	const char *text = line + name_len + strspn(line + name_len, " \t");
	const unsigned char *name;
	unsigned char *blob;
	struct reader r;

	text_len = strcspn(text, " \t\r\n");
	if (text_len == 0 || text_len > 2 * MAX_BLOB ||
	    !base64_decode(a, text, text_len, &blob, &blob_len))
		return 0;
	r.p = blob;
	r.left = blob_len;
	if (!get_string(&r, &name, &n) || n != name_len || memcmp(name, line, n) != 0)
		return 0;
	memset(ret, 0, sizeof(*ret));
	if (n == 7 && memcmp(name, "ssh-rsa", 7) == 0) {
		if (!rsa_read(a, &r, ret))
			return 0;
	} else if (n == 11 && memcmp(name, "ssh-ed25519", 11) == 0) {
		const unsigned char *public;

		if (!get_string(&r, &public, &n) || n != ED25519_LEN || r.left != 0)
			return 0;
		ed25519_public(a, public, ret);
	} else {
		return 0;
	}
	ret->public_key = arena_strndup(a, line, strcspn(line, "\r\n"));
	return 1;
}
