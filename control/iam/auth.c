#include "control/iam/auth.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "control/iam/credential.h"
#include "control/iam/fault.h"
#include "control/iam/signing_keys.h"
#include "control/iam/sigv4.h"

static const struct err_kind old_version = { "InvalidRequest", 400 };

static int
has_parameter(const char *query, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = query; p != NULL; p = strchr(p, '&')) {
		p += *p == '&';
		if (strncmp(p, name, n) == 0 && p[n] == '=')
			return 1;
	}
	return 0;
}

/* Presigned by Signature Version 2, which S3 refuses in its newer regions. */
static int
is_version_2(const struct wire_request *req)
{
	return has_parameter(req->query, "AWSAccessKeyId") &&
	    has_parameter(req->query, "Signature") &&
	    has_parameter(req->query, "Expires");
}

int
auth_scope(struct arena *a, const struct wire_request *req, struct auth_scope *ret,
    struct err *err)
{
	struct auth_scope scope = { NULL, NULL, NULL };
	struct sigv4 s;
	int rc;

	if (is_version_2(req))
		return err_set(err, &old_version,
		    "The authorization mechanism you have provided is not supported. Please use "
		    "AWS4-HMAC-SHA256.");
	rc = sigv4_parse(a, req, &s, err);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		scope.access_key = s.access_key;
		scope.region = s.region;
		scope.service = s.service;
	}
	*ret = scope;
	return 0;
}

/* What sigv4.c said, in the service's codes. */
static int
restate(const struct model *m, struct err *err)
{
	struct err e = *err;

	if (e.kind == &sigv4_incomplete)
		return fault_set(err, m, FAULT_INCOMPLETE, "%s", e.msg);
	if (e.kind == &sigv4_mismatch)
		return fault_set(err, m, FAULT_SIGNATURE, "%s", e.msg);
	return -1;
}

/* The credential's scope must be of this service, this day, and end as it does. */
static int
check_scope(const struct sigv4 *s, const struct model *m, struct err *err)
{
	if (strcmp(s->terminator, "aws4_request") != 0)
		return fault_set(err, m, FAULT_SIGNATURE,
		    "Credential should be scoped with a valid terminator: 'aws4_request', not "
		    "'%.64s'.",
		    s->terminator);
	if (m != NULL && strcmp(s->service, model_signing_name(m)) != 0)
		return fault_set(err, m, FAULT_SIGNATURE,
		    "Credential should be scoped to correct service: '%s'. ",
		    model_signing_name(m));
	if (strlen(s->date) != 8 || strncmp(s->date, s->stamp, 8) != 0)
		return fault_set(err, m, FAULT_SIGNATURE,
		    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
		    "date from HTTP: '%.16s' != '%.8s', from '%s'.",
		    s->date, s->stamp, s->stamp);
	return 0;
}

/* As X-Amz-Date has it; out has 32 bytes. */
static void
basic_time(int64_t ms, char *out)
{
	char full[32];

	clock_iso8601(ms, 0, full);
	snprintf(out, 32, "%.4s%.2s%.2sT%.2s%.2s%.2sZ", full, full + 5, full + 8,
	    full + 11, full + 14, full + 17);
}

static int
check_time(const struct sigv4 *s, const struct model *m, int64_t now_ms, struct err *err)
{
	int64_t oldest = now_ms - s->expires_s * 1000;
	int64_t newest = now_ms + (int64_t)SIGV4_SKEW_S * 1000;
	char now[32], limit[32];

	basic_time(now_ms, now);
	if (s->time_ms < oldest) {
		basic_time(oldest, limit);
		return fault_set(err, m, FAULT_EXPIRED,
		    "Signature expired: %s is now earlier than %s (%s - %lld min.)",
		    s->stamp, limit, now, (long long)(s->expires_s / 60));
	}
	if (s->time_ms > newest) {
		basic_time(newest, limit);
		return fault_set(err, m, FAULT_EXPIRED,
		    "Signature not yet current: %s is still later than %s (%s + %d min.)",
		    s->stamp, limit, now, SIGV4_SKEW_S / 60);
	}
	return 0;
}

static int
check_signature(const struct auth_env *env, struct arena *a,
    const struct wire_request *req, const struct sigv4 *s, const struct model *m,
    const char *secret, struct err *err)
{
	unsigned char key[32];
	int rc;

	signing_keys_get(env->keys, s, secret, key);
	rc = sigv4_check_key(a, req, s, key, err);
	if (rc < 0)
		return restate(m, err);
	if (rc == 0)
		return fault_set(err, m, FAULT_SIGNATURE, "%s",
		    fault_text[FAULT_SIGNATURE]);
	return 0;
}

/* Any key will do: 12 digits are an account's, anything else is the default account's. */
static void
relaxed_principal(const struct auth_env *env, struct arena *a, const char *access_key,
    struct principal *ret)
{
	int is_account =
	    strlen(access_key) == 12 && strspn(access_key, "0123456789") == 12;

	credential_root(a, is_account ? access_key : env->default_account, access_key,
	    ret);
}

/* Is what is signed rightly signed, with the secret?  0 or -1. */
typedef int signed_fn(const struct auth_env *env, struct arena *a, const void *what,
    const struct sigv4 *s, const struct model *m, const char *secret, struct err *err);

static int
request_is_signed(const struct auth_env *env, struct arena *a, const void *what,
    const struct sigv4 *s, const struct model *m, const char *secret, struct err *err)
{
	int64_t now_ms = env->clock->now_ms(env->clock);

	if (check_scope(s, m, err) < 0 || check_time(s, m, now_ms, err) < 0)
		return -1;
	return check_signature(env, a, what, s, m, secret, err);
}

static int
text_is_signed(const struct auth_env *env, struct arena *a UNUSED, const void *what,
    const struct sigv4 *s, const struct model *m, const char *secret, struct err *err)
{
	unsigned char key[32], mac[32];
	char hex[65];

	if (check_scope(s, m, err) < 0)
		return -1;
	signing_keys_get(env->keys, s, secret, key);
	hmac_sha256(key, sizeof(key), what, strlen(what), mac);
	hex_encode(mac, sizeof(mac), hex);
	if (strlen(s->signature) != 64 || CRYPTO_memcmp(hex, s->signature, 64) != 0)
		return fault_set(err, m, FAULT_SIGNATURE, "%s",
		    fault_text[FAULT_SIGNATURE]);
	return 0;
}

static int
verify(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct sigv4 *s, const struct model *m, signed_fn *is_signed, const void *what,
    struct principal *ret, struct err *err)
{
	int64_t now_ms = env->clock->now_ms(env->clock);
	struct credential k;
	int rc = credential_find(env, t, a, s->access_key, s->token, &k, err);

	if (rc < 0)
		return -1;
	if (rc == 0 && !env->strict) {
		relaxed_principal(env, a, s->access_key, ret);
		return 0;
	}
	if (rc == 0)
		return fault_set(err, m, FAULT_UNKNOWN_KEY, "%s",
		    fault_text[FAULT_UNKNOWN_KEY]);
	if (env->strict && is_signed(env, a, what, s, m, k.secret, err) < 0)
		return -1;
	if (k.expires_ms != 0 && k.expires_ms <= now_ms)
		return fault_set(err, m, FAULT_EXPIRED_TOKEN, "%s",
		    fault_text[FAULT_EXPIRED_TOKEN]);
	if (k.is_user_key || k.who.kind == PRINCIPAL_SESSION)
		credential_note_use(env, t, a, &k.who, s->service, s->region);
	*ret = k.who;
	return 0;
}

int
auth_verify(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct wire_request *req, const struct model *m, struct principal *ret,
    struct err *err)
{
	struct sigv4 s;
	int rc = sigv4_parse(a, req, &s, err);

	if (rc < 0)
		return restate(m, err);
	if (rc == 0)
		return fault_set(err, m, FAULT_MISSING_TOKEN, "%s",
		    fault_text[FAULT_MISSING_TOKEN]);
	return verify(env, t, a, &s, m, request_is_signed, req, ret, err);
}

int
auth_verify_text(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct auth_text *text, const struct model *m, struct principal *ret,
    struct err *err)
{
	char *at = arena_strdup(a, text->credential);
	struct sigv4 s = { .access_key = strsep(&at, "/"),
		.date = strsep(&at, "/"),
		.region = strsep(&at, "/"),
		.service = strsep(&at, "/"),
		.terminator = at,
		.stamp = text->stamp,
		.signature = text->signature,
		.token = text->token };

	if (s.terminator == NULL)
		return fault_set(err, m, FAULT_INCOMPLETE,
		    "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; "
		    "expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
	return verify(env, t, a, &s, m, text_is_signed, text->text, ret, err);
}

int
auth_chunk_key(const struct auth_env *env, struct store_txn *t, struct arena *a,
    const struct wire_request *req, struct aws_chunk_key *ret, struct err *err)
{
	struct credential k;
	struct sigv4 s;
	int rc;

	if (!env->strict || !aws_chunked_is(req))
		return 0;
	rc = sigv4_parse(a, req, &s, err);
	if (rc > 0)
		rc = credential_find(env, t, a, s.access_key, s.token, &k, err);
	if (rc <= 0)
		return rc;
	signing_keys_get(env->keys, &s, k.secret, ret->key);
	ret->stamp = s.stamp;
	ret->scope =
	    arena_printf(a, "%s/%s/%s/%s", s.date, s.region, s.service, s.terminator);
	ret->seed = s.signature;
	return 1;
}
