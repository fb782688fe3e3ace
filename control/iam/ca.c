#include "control/iam/ca.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/enc.h"
#include "base/log.h"

#define KIND "sys:ca"
#define ID   "main"

enum { DAY_S = 24 * 3600, CA_DAYS = 3650, LEAF_DAYS = 365, SERIAL = 16, PEM_MAX = 8192 };

struct ca {
	X509 *cert;
	EVP_PKEY *key;
	char *cert_pem, *key_pem;
};

static const struct err_kind broken = { "BrokenCa", 500 };

/* What OpenSSL has against it. */
static int
fail(struct err *err, const char *what)
{
	char text[160] = "";

	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	ERR_clear_error();
	return err_set(err, &broken, "certificate authority: %s: %s", what, text);
}

/* Parts of certificates */

struct extension {
	int nid;
	const char *value;
};

static int
add_extensions(X509 *cert, X509 *issuer, const struct extension *rows, size_t n)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (size_t i = 0; i < n; i++) {
		X509_EXTENSION *e =
		    X509V3_EXT_conf_nid(NULL, &ctx, rows[i].nid, rows[i].value);
		int ok = e != NULL && X509_add_ext(cert, e, -1);

		X509_EXTENSION_free(e);
		if (!ok)
			return 0;
	}
	return 1;
}

static int
set_serial(X509 *cert)
{
	unsigned char bytes[SERIAL];
	BIGNUM *n;
	int ok;

	random_bytes(bytes, sizeof(bytes));
	bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and of one length */
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok;
}

/* Clocks of others may be a little behind. */
static int
set_life(X509 *cert, int64_t now_ms, int days)
{
	int64_t from = now_ms / 1000 - DAY_S;

	return ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)from) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(cert),
		(time_t)(from + (int64_t)days * DAY_S)) != NULL;
}

static int
set_name(X509_NAME *name, const char *title)
{
	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
		   (const unsigned char *)"Simfra", -1, -1, 0) &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
		(const unsigned char *)title, -1, -1, 0);
}

static X509 *
certificate(EVP_PKEY *key, const char *title, int64_t now_ms, int days)
{
	X509 *cert = X509_new();

	if (cert != NULL && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	    set_life(cert, now_ms, days) &&
	    set_name(X509_get_subject_name(cert), title) && X509_set_pubkey(cert, key))
		return cert;
	X509_free(cert);
	return NULL;
}

int
ca_new_key(EVP_PKEY **ret, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	if (key == NULL)
		return fail(err, "make a key");
	*ret = key;
	return 0;
}

static X509 *
own_certificate(EVP_PKEY *key, int64_t now_ms)
{
	static const struct extension rows[] = {
		{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
		{ NID_key_usage, "critical,keyCertSign,cRLSign" },
		{ NID_subject_key_identifier, "hash" },
	};
	unsigned char bytes[4];
	char hex[9], title[32] = "Simfra local CA ";
	X509 *cert;

	/* Two of them in one trust store are told apart. */
	random_bytes(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	memcpy(title + strlen(title), hex, sizeof(hex));
	cert = certificate(key, title, now_ms, CA_DAYS);
	if (cert != NULL && X509_set_issuer_name(cert, X509_get_subject_name(cert)) &&
	    add_extensions(cert, cert, rows, COUNT(rows)) &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

/* PEM */

static char *
text_of(BIO *bio)
{
	char *data, *text;
	long n = BIO_get_mem_data(bio, &data);

	text = malloc((size_t)n + 1);
	if (text == NULL)
		fatal("out of memory");
	memcpy(text, data, (size_t)n);
	text[n] = '\0';
	return text;
}

static int
write_pem(struct ca *ca)
{
	BIO *cert = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_secmem());
	int ok = cert != NULL && key != NULL && PEM_write_bio_X509(cert, ca->cert) &&
	    PEM_write_bio_PrivateKey(key, ca->key, NULL, NULL, 0, NULL, NULL);

	if (ok) {
		ca->cert_pem = text_of(cert);
		ca->key_pem = text_of(key);
	}
	BIO_free(cert);
	BIO_free(key);
	return ok;
}

static int
read_pem(struct ca *ca, const char *cert_pem, const char *key_pem)
{
	BIO *cert = BIO_new_mem_buf(cert_pem, (int)strnlen(cert_pem, PEM_MAX));
	BIO *key = BIO_new_mem_buf(key_pem, (int)strnlen(key_pem, PEM_MAX));

	if (cert != NULL && key != NULL) {
		ca->cert = PEM_read_bio_X509(cert, NULL, NULL, NULL);
		ca->key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
	}
	BIO_free(cert);
	BIO_free(key);
	return ca->cert != NULL && ca->key != NULL &&
	    X509_check_private_key(ca->cert, ca->key) == 1;
}

/* The store's */

static int
fill(struct ca *ca, const json_t *doc, struct err *err)
{
	if (!read_pem(ca, json_str_or(doc, "Certificate", ""),
		json_str_or(doc, "Key", "")) ||
	    !write_pem(ca))
		return fail(err, "read it from the store");
	return 0;
}

static int
make(struct ca *ca, int64_t now_ms, struct err *err)
{
	if (ca_new_key(&ca->key, err) < 0)
		return -1;
	ca->cert = own_certificate(ca->key, now_ms);
	if (ca->cert == NULL || !write_pem(ca))
		return fail(err, "make it");
	return 0;
}

static void
clear(struct ca *ca)
{
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
	free(ca->cert_pem);
	if (ca->key_pem != NULL)
		explicit_bzero(ca->key_pem, strlen(ca->key_pem));
	free(ca->key_pem);
	memset(ca, 0, sizeof(*ca));
}

static int
put(const struct ca *ca, struct store_txn *t, struct arena *a, struct err *err)
{
	store_put(t, STORE_SYSTEM, KIND, ID,
	    json_own(a,
		json_make("{s:s, s:s}", "Certificate", ca->cert_pem, "Key",
		    ca->key_pem)));
	return store_commit(t, err);
}

/* Of replicas that start at once one makes it, and the others find it then. */
static int
need(struct ca *ca, struct store *s, struct arena *a, int64_t now_ms, struct err *err)
{
	for (;;) {
		struct store_txn *t = store_begin(s, a);
		json_t *doc;
		int rc = store_get(t, STORE_SYSTEM, KIND, ID, &doc, err);

		if (rc < 0)
			return -1;
		if (rc > 0)
			return fill(ca, doc, err);
		if (make(ca, now_ms, err) < 0)
			return -1;
		rc = put(ca, t, a, err);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
		clear(ca);
	}
}

struct ca *
ca_open(struct store *s, int64_t now_ms, struct err *err)
{
	struct arena *a = arena_new();
	struct ca *ca = calloc(1, sizeof(*ca));

	if (ca == NULL)
		fatal("out of memory");
	if (need(ca, s, a, now_ms, err) < 0) {
		ca_free(ca);
		ca = NULL;
	}
	arena_free(a);
	return ca;
}

void
ca_free(struct ca *ca)
{
	if (ca == NULL)
		return;
	clear(ca);
	free(ca);
}

const char *
ca_certificate(const struct ca *ca)
{
	return ca->cert_pem;
}

void
ca_hash(const struct ca *ca, char *out)
{
	snprintf(out, CA_HASH, "%08lx", X509_subject_name_hash(ca->cert) & 0xffffffff);
}

int
ca_issue(const struct ca *ca, EVP_PKEY *key, const char *title, const char *names,
    int64_t now_ms, X509 **ret, struct err *err)
{
	const struct extension rows[] = {
		{ NID_basic_constraints, "critical,CA:FALSE" },
		{ NID_key_usage, "critical,digitalSignature" },
		{ NID_ext_key_usage, "serverAuth" },
		{ NID_subject_alt_name, names },
		{ NID_subject_key_identifier, "hash" },
		{ NID_authority_key_identifier, "keyid:always" },
	};
	X509 *cert = certificate(key, title, now_ms, LEAF_DAYS);

	if (cert == NULL ||
	    !X509_set_issuer_name(cert, X509_get_subject_name(ca->cert)) ||
	    !add_extensions(cert, ca->cert, rows, COUNT(rows)) ||
	    X509_sign(cert, ca->key, EVP_sha256()) <= 0) {
		X509_free(cert);
		return fail(err, "issue a certificate");
	}
	*ret = cert;
	return 0;
}
