/*
 * ACM: certificates and keys, by OpenSSL.
 */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "control/iam/ca.h"
#include "control/services/acm/acm.h"

enum { TEXT_MAX = 1 << 21 };

static BIO *
bio_of(const char *text)
{
	return BIO_new_mem_buf(text, (int)strnlen(text, TEXT_MAX));
}

X509 *
acm_read_certificate(const char *pem, int only_one)
{
	BIO *bio = bio_of(pem);
	X509 *cert = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	X509 *more = cert != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	if (more == NULL || !only_one) {
		X509_free(more);
		return cert;
	}
	X509_free(more);
	X509_free(cert);
	return NULL;
}

/* One that is encrypted cannot be read. */
static int
no_password(char *buf UNUSED, int size UNUSED, int rw UNUSED, void *arg UNUSED)
{
	return -1;
}

EVP_PKEY *
acm_read_key(const char *pem)
{
	BIO *bio = bio_of(pem);
	EVP_PKEY *key =
	    bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	return key;
}

int
acm_chain_fits(X509 *certificate, const char *chain)
{
	BIO *bio = bio_of(chain);
	X509 *below = certificate, *next;
	int ok = 1, n = 0;

	while (bio != NULL && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		EVP_PKEY *key = X509_get0_pubkey(next);

		ok = ok && key != NULL && X509_check_issued(next, below) == X509_V_OK &&
		    X509_verify(below, key) == 1;
		if (below != certificate)
			X509_free(below);
		below = next;
		n++;
	}
	if (below != certificate)
		X509_free(below);
	BIO_free(bio);
	/* It ends where there is no further beginning. */
	ok = ok && n > 0 && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	return ok;
}

EVP_PKEY *
acm_new_key(const char *algorithm)
{
	if (strcmp(algorithm, "EC_prime256v1") == 0)
		return EVP_EC_gen("P-256");
	if (strcmp(algorithm, "EC_secp384r1") == 0)
		return EVP_EC_gen("P-384");
	return EVP_RSA_gen(2048);
}

static const char *
text_of(struct arena *a, BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);

	return arena_strndup(a, data, (size_t)n);
}

const char *
acm_certificate_pem(struct arena *a, X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *text =
	    bio != NULL && PEM_write_bio_X509(bio, certificate) ? text_of(a, bio) : NULL;

	BIO_free(bio);
	return text;
}

const char *
acm_key_pem(struct arena *a, EVP_PKEY *key, const char *passphrase, size_t n)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	const char *text = NULL;

	if (bio != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(bio, key,
		passphrase != NULL ? EVP_aes_256_cbc() : NULL, passphrase, (int)n, NULL,
		NULL))
		text = text_of(a, bio);
	BIO_free(bio);
	ERR_clear_error();
	return text;
}

/* What it says */

static void
set_time(json_t *doc, const char *member, const ASN1_TIME *at)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds;

	if (epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, at))
		json_set_num(doc, member, (double)days * 86400 + seconds);
	ASN1_TIME_free(epoch);
}

static void
set_serial(struct arena *a, json_t *doc, const X509 *cert)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	struct buf *text = buf_new(a, 0);
	unsigned char bytes[64];
	int len = n != NULL ? BN_num_bytes(n) : 0;

	if (len > 0 && len <= (int)sizeof(bytes)) {
		BN_bn2bin(n, bytes);
		for (int i = 0; i < len; i++)
			buf_printf(text, "%s%02x", i > 0 ? ":" : "", bytes[i]);
		json_set_str(doc, "Serial", buf_text(text));
	}
	BN_free(n);
}

static const char *
entry(struct arena *a, const X509_NAME *name, int nid)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	unsigned char *utf8 = NULL;
	const char *text;
	int n;

	if (at < 0)
		return NULL;
	n = ASN1_STRING_to_UTF8(&utf8,
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (n < 0)
		return NULL;
	text = arena_strndup(a, (const char *)utf8, (size_t)n);
	OPENSSL_free(utf8);
	return text;
}

static void
set_names(struct arena *a, json_t *doc, X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	const char *cn = entry(a, X509_get_subject_name(cert), NID_commonName);
	const char *issuer = entry(a, X509_get_issuer_name(cert), NID_organizationName);
	json_t *list = json_new_array();

	if (issuer == NULL)
		issuer = entry(a, X509_get_issuer_name(cert), NID_commonName);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);

		if (one->type == GEN_DNS)
			json_add(list,
			    json_new_fmt("%.*s", ASN1_STRING_length(one->d.dNSName),
				(const char *)ASN1_STRING_get0_data(one->d.dNSName)));
	}
	GENERAL_NAMES_free(names);
	if (cn == NULL)
		cn = json_string_value(json_array_get(list, 0));
	if (json_array_size(list) == 0 && cn != NULL)
		json_add_str(list, cn);
	json_set_str(doc, "DomainName", cn != NULL ? cn : "");
	json_set_fmt(doc, "Subject", "CN=%s", cn != NULL ? cn : "");
	json_set_str(doc, "Issuer", issuer != NULL ? issuer : "");
	json_set(doc, "SubjectAlternativeNames", list);
}

static const struct {
	uint32_t bit;
	const char *name;
} usages[] = {
	{ KU_DIGITAL_SIGNATURE, "DIGITAL_SIGNATURE" },
	{ KU_NON_REPUDIATION, "NON_REPUDIATION" },
	{ KU_KEY_ENCIPHERMENT, "KEY_ENCIPHERMENT" },
	{ KU_DATA_ENCIPHERMENT, "DATA_ENCIPHERMENT" },
	{ KU_KEY_AGREEMENT, "KEY_AGREEMENT" },
	{ KU_KEY_CERT_SIGN, "CERTIFICATE_SIGNING" },
	{ KU_CRL_SIGN, "CRL_SIGNING" },
};

static const struct {
	uint32_t bit;
	const char *name, *oid;
} purposes[] = {
	{ XKU_SSL_SERVER, "TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1" },
	{ XKU_SSL_CLIENT, "TLS_WEB_CLIENT_AUTHENTICATION", "1.3.6.1.5.5.7.3.2" },
	{ XKU_CODE_SIGN, "CODE_SIGNING", "1.3.6.1.5.5.7.3.3" },
	{ XKU_SMIME, "EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4" },
	{ XKU_TIMESTAMP, "TIME_STAMPING", "1.3.6.1.5.5.7.3.8" },
	{ XKU_OCSP_SIGN, "OCSP_SIGNING", "1.3.6.1.5.5.7.3.9" },
};

static void
set_usages(json_t *doc, X509 *cert)
{
	uint32_t flags = X509_get_extension_flags(cert), bits = X509_get_key_usage(cert);
	json_t *list = json_new_array();

	for (size_t i = 0; i < COUNT(usages); i++) {
		if ((flags & EXFLAG_KUSAGE) != 0 && (bits & usages[i].bit) != 0)
			json_add(list, json_make("{s:s}", "Name", usages[i].name));
	}
	json_set(doc, "KeyUsages", list);
	list = json_new_array();
	bits = X509_get_extended_key_usage(cert);
	for (size_t i = 0; i < COUNT(purposes); i++) {
		if ((flags & EXFLAG_XKUSAGE) != 0 && (bits & purposes[i].bit) != 0)
			json_add(list,
			    json_make("{s:s, s:s}", "Name", purposes[i].name, "OID",
				purposes[i].oid));
	}
	json_set(doc, "ExtendedKeyUsages", list);
}

/* 1, or 0 for a key that ACM does not have. */
static int
set_algorithms(json_t *doc, const X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0, digest = 0, kind = 0;
	const char *hash;

	if (key == NULL ||
	    !X509_get_signature_info((X509 *)(uintptr_t)cert, &digest, &kind, NULL, NULL))
		return 0;
	hash = digest == NID_sha1 ? "SHA1" :
	    digest == NID_sha384  ? "SHA384" :
	    digest == NID_sha512  ? "SHA512" :
				    "SHA256";
	json_set_fmt(doc, "SignatureAlgorithm", "%sWITH%s", hash,
	    kind == EVP_PKEY_EC ? "ECDSA" : "RSA");
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
	    (bits == 1024 || bits == 2048 || bits == 3072 || bits == 4096))
		json_set_fmt(doc, "KeyAlgorithm", "RSA_%d", bits);
	else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	    (bits == 256 || bits == 384 || bits == 521))
		json_set_str(doc, "KeyAlgorithm",
		    bits == 256	    ? "EC_prime256v1" :
			bits == 384 ? "EC_secp384r1" :
				      "EC_secp521r1");
	else
		return 0;
	return 1;
}

int
acm_describe_pem(struct arena *a, const char *pem, json_t *doc)
{
	X509 *cert = acm_read_certificate(pem, 0);
	int ok = cert != NULL && set_algorithms(doc, cert);

	if (ok) {
		set_serial(a, doc, cert);
		set_time(doc, "NotBefore", X509_get0_notBefore(cert));
		set_time(doc, "NotAfter", X509_get0_notAfter(cert));
		set_names(a, doc, cert);
		set_usages(doc, cert);
	}
	X509_free(cert);
	return ok ? 0 : -1;
}

int
acm_make_pair(struct arena *a, const struct ca *ca, const char *title, const char *names,
    int64_t now_ms, const char **ret_pem, const char **ret_key, struct err *err)
{
	EVP_PKEY *key = NULL;
	X509 *cert = NULL;
	int rc = ca_new_key(&key, err);

	if (rc == 0)
		rc = ca_issue(ca, key, title, names, now_ms, &cert, err);
	if (rc == 0) {
		*ret_pem = acm_certificate_pem(a, cert);
		*ret_key = acm_key_pem(a, key, NULL, 0);
		if (*ret_pem == NULL || *ret_key == NULL)
			rc = err_set(err, &err_internal, "the certificate has no text");
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}
