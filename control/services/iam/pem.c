#include "control/services/iam/pem.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/enc.h"

static const struct err_kind malformed = { "MalformedCertificate", 400 };
static const struct err_kind mismatch = { "KeyPairMismatch", 400 };

enum { MAX_BITS = 16384, MIN_BITS = 2048, MAX_NUMBER = MAX_BITS / 8 + 1 };

static BIO *
bio_of(const char *text)
{
	return BIO_new_mem_buf(text, (int)strnlen(text, 1 << 20));
}

static X509 *
read_certificate(const char *text)
{
	BIO *bio = bio_of(text);
	X509 *cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	return cert;
}

static int
bad(struct call *c, const char *what)
{
	return err_set(&c->err, &malformed,
	    "Unable to parse %s. Please ensure the %s is in PEM format.", what, what);
}

static int
end_of(const X509 *cert, int64_t *ret)
{
	int days, seconds;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int ok = epoch != NULL &&
	    ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(cert));

	ASN1_TIME_free(epoch);
	if (ok)
		*ret = (int64_t)days * 86400 + seconds;
	return ok;
}

int
pem_certificate(struct call *c, const char *text, int64_t *ret_end_s)
{
	X509 *cert = read_certificate(text);
	int ok = cert != NULL && end_of(cert, ret_end_s);

	X509_free(cert);
	return ok ? 0 : bad(c, "certificate");
}

int
pem_chain(struct call *c, const char *text)
{
	BIO *bio = bio_of(text);
	X509 *cert;
	int n = 0;

	while (bio != NULL && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		X509_free(cert);
		n++;
	}
	BIO_free(bio);
	/* It ends where there is no further beginning. */
	if (n > 0 && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) {
		ERR_clear_error();
		return 0;
	}
	ERR_clear_error();
	return bad(c, "certificate chain");
}

/* One that is encrypted cannot be read. */
static int
no_password(char *buf UNUSED, int size UNUSED, int rw UNUSED, void *arg UNUSED)
{
	return -1;
}

int
pem_pair(struct call *c, const char *certificate, const char *key)
{
	X509 *cert = read_certificate(certificate);
	BIO *bio = bio_of(key);
	EVP_PKEY *pkey =
	    bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	int ok = cert != NULL && pkey != NULL, fits;

	fits = ok && X509_check_private_key(cert, pkey) == 1;
	X509_free(cert);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	ERR_clear_error();
	if (!ok)
		return bad(c, "private key");
	return fits ? 0 :
		      err_set(&c->err, &mismatch,
			  "The public key certificate and the private key do not match.");
}

/* SSH: RFC 4253 6.6 */

struct bytes {
	const unsigned char *at;
	size_t left;
};

static int
take_string(struct bytes *b, struct bytes *ret)
{
	size_t n;

	if (b->left < 4)
		return 0;
	n = (size_t)b->at[0] << 24 | (size_t)b->at[1] << 16 | (size_t)b->at[2] << 8 |
	    b->at[3];
	if (n > b->left - 4)
		return 0;
	*ret = (struct bytes){ b->at + 4, n };
	b->at += 4 + n;
	b->left -= 4 + n;
	return 1;
}

static EVP_PKEY *
rsa_of(BIGNUM *e, BIGNUM *n)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (build != NULL && ctx != NULL &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
key_of_line(struct arena *a, const char *text)
{
	static const char head[] = "ssh-rsa";
	size_t skip = strspn(text, " \t\r\n"), n;
	struct bytes b, name, e, mod;
	unsigned char *blob;
	EVP_PKEY *key = NULL;
	BIGNUM *be, *bn;

	text += skip;
	if (strncmp(text, head, sizeof(head) - 1) != 0)
		return NULL;
	text += sizeof(head) - 1;
	text += strspn(text, " \t");
	if (!base64_decode(a, text, strcspn(text, " \t\r\n"), &blob, &n))
		return NULL;
	b = (struct bytes){ blob, n };
	if (!take_string(&b, &name) || name.left != sizeof(head) - 1 ||
	    memcmp(name.at, head, name.left) != 0 || !take_string(&b, &e) ||
	    !take_string(&b, &mod) || b.left != 0 || mod.left > MAX_NUMBER ||
	    e.left > MAX_NUMBER)
		return NULL;
	be = BN_bin2bn(e.at, (int)e.left, NULL);
	bn = BN_bin2bn(mod.at, (int)mod.left, NULL);
	if (be != NULL && bn != NULL)
		key = rsa_of(be, bn);
	BN_free(be);
	BN_free(bn);
	return key;
}

static EVP_PKEY *
key_of_pem(const char *text)
{
	BIO *bio = bio_of(text);
	EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	return key;
}

static void
put_u32(struct buf *b, size_t n)
{
	const char bytes[] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8),
		(char)n };

	buf_add(b, bytes, sizeof(bytes));
}

static int
put_number(struct arena *a, struct buf *b, const EVP_PKEY *key, const char *name)
{
	unsigned char *bytes = arena_alloc(a, MAX_NUMBER + 1);
	BIGNUM *n = NULL;
	size_t len, pad;

	if (!EVP_PKEY_get_bn_param(key, name, &n))
		return 0;
	len = (size_t)BN_num_bytes(n);
	if (len > MAX_NUMBER || len == 0) {
		BN_free(n);
		return 0;
	}
	BN_bn2bin(n, bytes);
	BN_free(n);
	pad = (bytes[0] & 0x80) != 0;
	put_u32(b, len + pad);
	buf_add(b, "", pad);
	buf_add(b, bytes, len);
	return 1;
}

static const char *
fingerprint(struct arena *a, const struct buf *blob)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct buf *out = buf_new(a, 0);
	unsigned n = 0;

	if (!EVP_Digest(blob->data, blob->len, digest, &n, EVP_md5(), NULL))
		return NULL;
	for (unsigned i = 0; i < n; i++)
		buf_printf(out, "%s%02x", i > 0 ? ":" : "", digest[i]);
	return buf_text(out);
}

static const char *
pem_of(struct arena *a, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *text = NULL;
	char *data;
	long n;

	if (bio != NULL && PEM_write_bio_PUBKEY(bio, key)) {
		n = BIO_get_mem_data(bio, &data);
		text = arena_strndup(a, data, (size_t)n);
	}
	BIO_free(bio);
	return text;
}

static int
fill(struct arena *a, EVP_PKEY *key, struct pem_ssh *ret)
{
	struct buf *blob = buf_new(a, 0);
	int bits = EVP_PKEY_get_bits(key);

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || bits < MIN_BITS ||
	    bits > MAX_BITS)
		return 0;
	put_u32(blob, 7);
	buf_str(blob, "ssh-rsa");
	if (!put_number(a, blob, key, OSSL_PKEY_PARAM_RSA_E) ||
	    !put_number(a, blob, key, OSSL_PKEY_PARAM_RSA_N))
		return 0;
	ret->line =
	    arena_printf(a, "ssh-rsa %s", base64_encode(a, blob->data, blob->len));
	ret->pem = pem_of(a, key);
	ret->fingerprint = fingerprint(a, blob);
	return ret->pem != NULL && ret->fingerprint != NULL;
}

int
pem_ssh_key(struct arena *a, const char *text, struct pem_ssh *ret)
{
	EVP_PKEY *key =
	    strstr(text, "-----BEGIN") != NULL ? key_of_pem(text) : key_of_line(a, text);
	int ok = key != NULL && fill(a, key, ret);

	EVP_PKEY_free(key);
	return ok;
}
