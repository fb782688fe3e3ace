#include "control/iam/outbound.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/iam/oidc_keys.h"

enum { RSA_BITS = 2048, HALF = 48, MAX_SIGNATURE = 512, UUID = 32 };

/* RFC 4648 5, without padding. */
static const char *
base64url(struct arena *a, const void *p, size_t n)
{
	char *text = base64_encode(a, p, n);

	for (char *s = text; *s != '\0'; s++) {
		if (*s == '=') {
			*s = '\0';
			break;
		}
		*s = *s == '+' ? '-' : *s == '/' ? '_' : *s;
	}
	return text;
}

static const char *
number(struct arena *a, const EVP_PKEY *key, const char *name, int size)
{
	unsigned char bytes[RSA_BITS / 8];
	BIGNUM *bn = NULL;
	int n = -1;

	if (EVP_PKEY_get_bn_param(key, name, &bn) == 1)
		n = BN_bn2binpad(bn, bytes, size > 0 ? size : BN_num_bytes(bn));
	BN_free(bn);
	return base64url(a, bytes, n > 0 ? (size_t)n : 0);
}

static json_t *
public_of(struct arena *a, const EVP_PKEY *key, const char *alg, const char *kid)
{
	if (strcmp(alg, "RS256") == 0)
		return json_make("{s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "RSA", "use",
		    "sig", "alg", alg, "kid", kid, "n",
		    number(a, key, OSSL_PKEY_PARAM_RSA_N, 0), "e",
		    number(a, key, OSSL_PKEY_PARAM_RSA_E, 0));
	return json_make("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "EC", "use", "sig",
	    "alg", alg, "kid", kid, "crv", "P-384", "x",
	    number(a, key, OSSL_PKEY_PARAM_EC_PUB_X, HALF), "y",
	    number(a, key, OSSL_PKEY_PARAM_EC_PUB_Y, HALF));
}

static const char *
pem_of(struct arena *a, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *text = NULL;
	char *p;
	long n;

	if (PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
		n = BIO_get_mem_data(bio, &p);
		text = arena_strndup(a, p, (size_t)n);
	}
	BIO_free(bio);
	return text;
}

static int
add_key(struct arena *a, const char *alg, json_t *keys, json_t *set, struct err *err)
{
	EVP_PKEY *key = strcmp(alg, "RS256") == 0 ?
	    EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS) :
	    EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
	const char *pem = key != NULL ? pem_of(a, key) : NULL;
	char kid[UUID + 1];

	random_hex(kid, UUID);
	if (pem != NULL) {
		json_add(keys,
		    json_make("{s:s, s:s, s:s}", "alg", alg, "kid", kid, "pem", pem));
		json_add(set, public_of(a, key, alg, kid));
	}
	EVP_PKEY_free(key);
	return pem != NULL ? 0 : err_set(err, &err_internal, "no key for %s", alg);
}

int
outbound_new(struct store_txn *t, struct arena *a, json_t **ret, struct err *err)
{
	json_t *doc = json_own(a, json_new_object()), *set;
	json_t *keys = json_need_array(doc, "keys");
	char id[UUID + 1];

	set = json_own(a, json_make("{s:[]}", "keys"));
	random_hex(id, UUID);
	json_set_fmt(doc, "Issuer",
	    "https://%.8s-%.4s-%.4s-%.4s-%.12s.tokens.sts.global.api.aws", id, id + 8,
	    id + 12, id + 16, id + 20);
	if (add_key(a, "RS256", keys, json_get(set, "keys"), err) < 0 ||
	    add_key(a, "ES384", keys, json_get(set, "keys"), err) < 0 ||
	    oidc_keys_put(t, a, json_str(doc, "Issuer"), set, err) < 0)
		return -1;
	*ret = doc;
	return 0;
}

/* Signatures of curves are two numbers side by side in tokens: RFC 7518 3.4. */
static size_t
flatten(const unsigned char *der, size_t n, unsigned char *out)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
	int good = sig != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, HALF) == HALF &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + HALF, HALF) == HALF;

	ECDSA_SIG_free(sig);
	return good ? 2 * HALF : 0;
}

static const char *
signature_of(struct arena *a, const char *pem, const char *alg, const char *text)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[MAX_SIGNATURE], flat[2 * HALF];
	size_t n = sizeof(sig);
	int is_rsa = strcmp(alg, "RS256") == 0;
	int good = key != NULL &&
	    EVP_DigestSignInit_ex(ctx, NULL, is_rsa ? "SHA256" : "SHA384", NULL, NULL,
		key, NULL) == 1 &&
	    EVP_DigestSign(ctx, sig, &n, (const unsigned char *)text, strlen(text)) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	BIO_free(bio);
	if (good && !is_rsa) {
		n = flatten(sig, n, flat);
		return n > 0 ? base64url(a, flat, n) : NULL;
	}
	return good ? base64url(a, sig, n) : NULL;
}

int
outbound_sign(struct arena *a, const json_t *doc, const char *alg, const json_t *claims,
    const char **ret, struct err *err)
{
	const json_t *keys = json_get(doc, "keys"), *key = NULL;
	const char *text, *header, *signature;

	for (size_t i = 0; i < json_array_size(keys); i++) {
		if (strcmp(json_str_or(json_array_get(keys, i), "alg", ""), alg) == 0)
			key = json_array_get(keys, i);
	}
	header = json_text(a,
	    json_own(a,
		json_make("{s:s, s:s, s:s}", "alg", alg, "typ", "JWT", "kid",
		    json_str_or(key, "kid", ""))));
	text = json_text(a, claims);
	text = arena_printf(a, "%s.%s", base64url(a, header, strlen(header)),
	    base64url(a, text, strlen(text)));
	signature = signature_of(a, json_str_or(key, "pem", ""), alg, text);
	if (signature == NULL)
		return err_set(err, &err_internal, "cannot sign by %s", alg);
	*ret = arena_printf(a, "%s.%s", text, signature);
	return 0;
}
