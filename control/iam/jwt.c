#include "control/iam/jwt.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/enc.h"

enum { MAX_NUMBER = 1024, MIN_RSA_BITS = 2048, MAX_EC = 66 };

/* RFC 4648 5, without padding. */
static int
base64url(struct arena *a, const char *s, size_t len, unsigned char **ret,
    size_t *ret_len)
{
	char *text = arena_alloc(a, len + 4);

	for (size_t i = 0; i < len; i++) {
		if (strchr("+/= \t\r\n", s[i]) != NULL)
			return 0;
		text[i] = s[i] == '-' ? '+' : s[i] == '_' ? '/' : s[i];
	}
	while (len % 4 != 0)
		text[len++] = '=';
	text[len] = '\0';
	return base64_decode(a, text, len, ret, ret_len);
}

static const json_t *
object_of(struct arena *a, const char *s, size_t len)
{
	unsigned char *text;
	struct err ignored;
	json_t *v;
	size_t n;

	if (!base64url(a, s, len, &text, &n) ||
	    json_read_in(a, (const char *)text, n, &v, &ignored) < 0 ||
	    !json_is_object(v))
		return NULL;
	return v;
}

int
jwt_read(struct arena *a, const char *text, struct jwt *ret)
{
	const char *first = strchr(text, '.'),
		   *second = first != NULL ? strchr(first + 1, '.') : NULL;
	unsigned char *signature;

	if (second == NULL || strchr(second + 1, '.') != NULL ||
	    strnlen(text, JWT_MAX + 1) > JWT_MAX)
		return 0;
	ret->header = object_of(a, text, (size_t)(first - text));
	ret->claims = object_of(a, first + 1, (size_t)(second - first - 1));
	if (ret->header == NULL || ret->claims == NULL ||
	    !base64url(a, second + 1, strlen(second + 1), &signature,
		&ret->signature_len))
		return 0;
	ret->signature = signature;
	ret->signed_text = arena_strndup(a, text, (size_t)(second - text));
	return 1;
}

/* Keys */

static const struct algorithm {
	const char *name, *type; /* "RS256", "RSA" */
	const char *digest;
	int is_pss;
	const char *curve; /* of EC: as keys say it, and OpenSSL */
	const char *group;
	size_t size; /* of each half of its signature */
} algorithms[] = {
	{ "RS256", "RSA", "SHA256", 0, NULL, NULL, 0 },
	{ "RS384", "RSA", "SHA384", 0, NULL, NULL, 0 },
	{ "RS512", "RSA", "SHA512", 0, NULL, NULL, 0 },
	{ "PS256", "RSA", "SHA256", 1, NULL, NULL, 0 },
	{ "PS384", "RSA", "SHA384", 1, NULL, NULL, 0 },
	{ "PS512", "RSA", "SHA512", 1, NULL, NULL, 0 },
	{ "ES256", "EC", "SHA256", 0, "P-256", "prime256v1", 32 },
	{ "ES384", "EC", "SHA384", 0, "P-384", "secp384r1", 48 },
	{ "ES512", "EC", "SHA512", 0, "P-521", "secp521r1", MAX_EC },
};

static int
number(struct arena *a, const json_t *key, const char *name, unsigned char **ret,
    size_t *ret_len)
{
	const char *text = json_str(key, name);

	return text != NULL && base64url(a, text, strlen(text), ret, ret_len) &&
	    *ret_len > 0 && *ret_len <= MAX_NUMBER;
}

static EVP_PKEY *
key_of(const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
rsa_key(struct arena *a, const json_t *jwk)
{
	OSSL_PARAM_BLD *build;
	unsigned char *n, *e;
	size_t n_len, e_len;
	BIGNUM *bn, *be;
	EVP_PKEY *key = NULL;

	if (!number(a, jwk, "n", &n, &n_len) || !number(a, jwk, "e", &e, &e_len))
		return NULL;
	build = OSSL_PARAM_BLD_new();
	bn = BN_bin2bn(n, (int)n_len, NULL);
	be = BN_bin2bn(e, (int)e_len, NULL);
	if (build != NULL && bn != NULL && be != NULL &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, be))
		key = key_of("RSA", build);
	BN_free(bn);
	BN_free(be);
	OSSL_PARAM_BLD_free(build);
	if (key != NULL && EVP_PKEY_get_bits(key) < MIN_RSA_BITS) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static EVP_PKEY *
ec_key(struct arena *a, const json_t *jwk, const struct algorithm *alg)
{
	unsigned char *x, *y, point[1 + 2 * MAX_EC] = { 4 };
	OSSL_PARAM_BLD *build;
	size_t x_len, y_len;
	EVP_PKEY *key = NULL;

	if (strcmp(json_str_or(jwk, "crv", ""), alg->curve) != 0 ||
	    !number(a, jwk, "x", &x, &x_len) || !number(a, jwk, "y", &y, &y_len) ||
	    x_len != alg->size || y_len != alg->size)
		return NULL;
	memcpy(point + 1, x, x_len);
	memcpy(point + 1 + x_len, y, y_len);
	build = OSSL_PARAM_BLD_new();
	if (build != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, alg->group,
		0) &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
		1 + 2 * alg->size))
		key = key_of("EC", build);
	OSSL_PARAM_BLD_free(build);
	return key;
}

static EVP_PKEY *
read_key(struct arena *a, const json_t *jwk, const struct algorithm *alg)
{
	EVP_PKEY *key = NULL;

	if (strcmp(json_str_or(jwk, "kty", ""), alg->type) == 0 &&
	    strcmp(json_str_or(jwk, "alg", alg->name), alg->name) == 0)
		key = alg->curve == NULL ? rsa_key(a, jwk) : ec_key(a, jwk, alg);
	ERR_clear_error();
	return key;
}

/* Signatures */

/* r and s one behind the other, as DER has them. */
static int
der_of(struct arena *a, const struct jwt *t, size_t half, unsigned char **ret,
    int *ret_len)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(t->signature, (int)half, NULL),
	       *s = BN_bin2bn(t->signature + half, (int)half, NULL);
	unsigned char *p;

	if (sig == NULL || r == NULL || s == NULL || !ECDSA_SIG_set0(sig, r, s)) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(sig);
		return 0;
	}
	*ret = p = arena_alloc(a, 4 * MAX_EC);
	*ret_len = i2d_ECDSA_SIG(sig, &p);
	ECDSA_SIG_free(sig);
	return *ret_len > 0;
}

static int
verify(const struct jwt *t, EVP_PKEY *key, const struct algorithm *alg,
    const unsigned char *signature, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	const char *text = t->signed_text;
	int ok;

	ok = ctx != NULL &&
	    EVP_DigestVerifyInit_ex(ctx, &pctx, alg->digest, NULL, NULL, key, NULL) ==
		1 &&
	    (!alg->is_pss ||
		(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) ==
			1)) &&
	    EVP_DigestVerify(ctx, signature, len, (const unsigned char *)text,
		strlen(text)) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

static int
is_signed_by(struct arena *a, const struct jwt *t, const json_t *jwk,
    const struct algorithm *alg)
{
	EVP_PKEY *key = read_key(a, jwk, alg);
	unsigned char *der;
	int der_len, ok = 0;

	if (key == NULL)
		return 0;
	if (alg->curve == NULL)
		ok = verify(t, key, alg, t->signature, t->signature_len);
	else if (t->signature_len == 2 * alg->size &&
	    der_of(a, t, alg->size, &der, &der_len))
		ok = verify(t, key, alg, der, (size_t)der_len);
	EVP_PKEY_free(key);
	return ok;
}

int
jwt_is_signed(struct arena *a, const struct jwt *t, const json_t *keys)
{
	const char *alg = json_str_or(t->header, "alg", ""),
		   *kid = json_str(t->header, "kid");
	const json_t *jwk;
	size_t at = 0, i;

	while (at < COUNT(algorithms) && strcmp(algorithms[at].name, alg) != 0)
		at++;
	if (at == COUNT(algorithms))
		return 0;
	json_array_foreach(json_get(keys, "keys"), i, jwk) {
		const char *own = json_str(jwk, "kid");

		if (kid != NULL && own != NULL && strcmp(kid, own) != 0)
			continue;
		if (is_signed_by(a, t, jwk, &algorithms[at]))
			return 1;
	}
	return 0;
}

int
jwt_keys_are_good(struct arena *a, const json_t *keys)
{
	const json_t *jwk;
	size_t i;

	json_array_foreach(json_get(keys, "keys"), i, jwk) {
		for (size_t k = 0; k < COUNT(algorithms); k++) {
			EVP_PKEY *key = read_key(a, jwk, &algorithms[k]);

			EVP_PKEY_free(key);
			if (key != NULL)
				return 1;
		}
	}
	return 0;
}
