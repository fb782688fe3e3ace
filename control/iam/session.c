#include "control/iam/session.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/iam/keyid.h"

enum { KEY = 32, NONCE = 12, TAG = 16, VERSION = 1, HEAD = 1 + NONCE + TAG };

static const struct {
	enum principal_kind kind;
	const char *word;
} kinds[] = {
	{ PRINCIPAL_ROOT, "root" },
	{ PRINCIPAL_USER, "user" },
	{ PRINCIPAL_SESSION, "role" },
	{ PRINCIPAL_FEDERATED, "federated" },
};

/* 1 and the key, 0 there is none yet, -1. */
static int
find_key(struct store_txn *t, unsigned char out[KEY], struct err *err)
{
	json_t *doc;
	int rc = store_get(t, STORE_SYSTEM, "sys:key", "main", &doc, err);

	if (rc <= 0)
		return rc;
	if (!hex_decode(json_str_or(doc, "Key", ""), out, KEY))
		return err_set(err, &err_internal, "the system key is damaged");
	return 1;
}

static int
need_key(struct store_txn *t, struct arena *a, unsigned char out[KEY], struct err *err)
{
	int rc = find_key(t, out, err);
	char hex[2 * KEY + 1];
	json_t *doc;

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	random_bytes(out, KEY);
	hex_encode(out, KEY, hex);
	doc = json_own(a, json_new_object());
	json_set_str(doc, "Key", hex);
	store_put(t, STORE_SYSTEM, "sys:key", "main", doc);
	return 0;
}

/* A key of its own for each purpose; then a MAC under it. */
static void
mac(const unsigned char key[KEY], const char *purpose, const char *text,
    unsigned char out[KEY])
{
	unsigned char k[KEY];

	hmac_sha256(key, KEY, purpose, strlen(purpose), k);
	hmac_sha256(k, KEY, text, strlen(text), out);
	OPENSSL_cleanse(k, sizeof(k));
}

static void
encryption_key(const unsigned char key[KEY], unsigned char out[KEY])
{
	hmac_sha256(key, KEY, "session encryption", 18, out);
}

/* p is version, nonce, tag, text; text is worked on in place.  1, or 0: the tag is wrong. */
static int
gcm(const unsigned char key[KEY], unsigned char *p, size_t n, int encrypt)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char k[KEY];
	int len, ok;

	assert(c != NULL);
	encryption_key(key, k);
	ok = EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, k, p + 1, encrypt) == 1 &&
	    (encrypt ||
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, p + 1 + NONCE) == 1) &&
	    EVP_CipherUpdate(c, NULL, &len, p, 1) == 1 &&
	    EVP_CipherUpdate(c, p + HEAD, &len, p + HEAD, (int)n) == 1 &&
	    EVP_CipherFinal_ex(c, p + HEAD + len, &len) == 1 &&
	    (!encrypt ||
		EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, p + 1 + NONCE) == 1);
	EVP_CIPHER_CTX_free(c);
	OPENSSL_cleanse(k, sizeof(k));
	return ok;
}

/* What is kept of a session as it is. */
static const struct {
	const char *name;
	size_t offset;
} trees[] = {
	{ "p", offsetof(struct session, policy) },
	{ "g", offsetof(struct session, tags) },
	{ "r", offsetof(struct session, transitive) },
	{ "c", offsetof(struct session, claims) },
};

static const json_t *const *
tree_of(const struct session *s, size_t i)
{
	return (const json_t *const *)(const void *)((const char *)s + trees[i].offset);
}

static const char *
text_of(struct arena *a, const struct session *s)
{
	json_t *v = json_own(a, json_new_object());

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (kinds[i].kind == s->kind)
			json_set_str(v, "k", kinds[i].word);
	}
	json_set_str(v, "a", s->account);
	json_set_str(v, "n", s->name);
	json_set_str(v, "i", s->id);
	json_set_str(v, "s", s->session);
	json_set_int(v, "t", s->issued_ms);
	json_set_int(v, "e", s->expires_ms);
	for (size_t i = 0; i < COUNT(trees); i++) {
		const json_t *tree = *tree_of(s, i);

		if (tree != NULL)
			json_set(v, trees[i].name, json_copy_deep(tree));
	}
	json_set_str(v, "d", s->source_identity);
	json_set_str(v, "f", s->federated);
	if (s->mfa_ms != 0)
		json_set_int(v, "m", s->mfa_ms);
	if (s->pad != 0)
		json_set(v, "z", json_new_fmt("%*s", (int)s->pad, ""));
	return json_text(a, v);
}

static int
of_text(struct arena *a, const char *text, size_t n, struct session *ret)
{
	struct err ignored;
	struct session s = { 0 };
	json_t *v;
	size_t i;

	if (json_read_in(a, text, n, &v, &ignored) < 0)
		return 0;
	for (i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].word, json_str_or(v, "k", "")) == 0)
			break;
	}
	s.account = json_str(v, "a");
	if (i == COUNT(kinds) || s.account == NULL || strlen(s.account) != 12)
		return 0;
	s.kind = kinds[i].kind;
	s.name = json_str_or(v, "n", "");
	s.id = json_str_or(v, "i", "");
	s.session = json_str_or(v, "s", "");
	s.issued_ms = json_int(v, "t", 0);
	s.expires_ms = json_int(v, "e", 0);
	s.policy = json_get(v, "p");
	s.tags = json_get(v, "g");
	s.transitive = json_get(v, "r");
	s.claims = json_get(v, "c");
	s.source_identity = json_str(v, "d");
	s.federated = json_str(v, "f");
	s.mfa_ms = json_int(v, "m", 0);
	*ret = s;
	return 1;
}

static void
derive(struct arena *a, const unsigned char key[KEY], const char *account,
    const char *text, const char **ret_id, const char **ret_secret)
{
	unsigned char d[KEY];
	char *id = arena_alloc(a, KEYID_SIZE);

	mac(key, "session access key", text, d);
	keyid_make("ASIA", account, d, id);
	mac(key, "session secret", text, d);
	*ret_id = id;
	*ret_secret = base64_encode(a, d, 30);
}

int
session_seal(struct store_txn *t, struct arena *a, const struct session *s,
    struct auth_credentials *ret, struct err *err)
{
	unsigned char key[KEY], d[KEY], *blob;
	const char *text = text_of(a, s);
	size_t n = strlen(text);
	int ok;

	if (need_key(t, a, key, err) < 0)
		return -1;
	blob = arena_alloc(a, HEAD + n);
	blob[0] = VERSION;
	mac(key, "session nonce", text, d);
	memcpy(blob + 1, d, NONCE);
	memcpy(blob + HEAD, text, n);
	ok = gcm(key, blob, n, 1);
	assert(ok);
	derive(a, key, s->account, text, &ret->access_key, &ret->secret_key);
	ret->token = base64_encode(a, blob, HEAD + n);
	ret->expires_ms = s->expires_ms;
	OPENSSL_cleanse(key, sizeof(key));
	return 0;
}

int
session_open(struct store_txn *t, struct arena *a, const char *access_key,
    const char *token, struct session *ret, const char **ret_secret, struct err *err)
{
	size_t len = strnlen(token, SESSION_TOKEN_MAX + 1), n;
	const char *id, *secret, *text;
	unsigned char key[KEY], *blob;
	struct session s;
	int rc;

	if (len > SESSION_TOKEN_MAX || !base64_decode(a, token, len, &blob, &n) ||
	    n <= HEAD || blob[0] != VERSION)
		return 0;
	/* Base 64 has several texts for the same bytes; one of them is ours. */
	if (strcmp(base64_encode(a, blob, n), token) != 0)
		return 0;
	rc = find_key(t, key, err);
	if (rc <= 0)
		return rc;
	if (!gcm(key, blob, n - HEAD, 0))
		return 0;
	text = arena_strndup(a, (const char *)blob + HEAD, n - HEAD);
	if (!of_text(a, text, n - HEAD, &s))
		return 0;
	derive(a, key, s.account, text, &id, &secret);
	OPENSSL_cleanse(key, sizeof(key));
	if (strlen(access_key) != strlen(id) || !equal_secret(id, access_key, strlen(id)))
		return 0;
	*ret = s;
	*ret_secret = secret;
	return 1;
}

int
auth_session_make(struct store_txn *t, struct arena *a, const struct auth_session *s,
    struct auth_credentials *ret, struct err *err)
{
	const struct session session = {
		.kind = PRINCIPAL_SESSION,
		.account = s->account,
		.name = s->role_name,
		.id = s->role_id,
		.session = s->session_name,
		.issued_ms = s->issued_ms,
		.expires_ms = s->expires_ms,
		.policy = s->policy,
	};

	return session_seal(t, a, &session, ret, err);
}

static void
seal_agent(const unsigned char key[KEY], const char *text, char out[2 * KEY + 1])
{
	unsigned char d[KEY];

	mac(key, "agent", text, d);
	hex_encode(d, KEY, out);
}

int
auth_agent_token(struct store_txn *t, struct arena *a, const char *kind, const char *id,
    const char *scope, char **ret, struct err *err)
{
	char *text = arena_printf(a, "%s.%s.%s", kind, id, scope), seal[2 * KEY + 1];
	unsigned char key[KEY];

	assert(strchr(kind, '.') == NULL && strchr(scope, '.') == NULL);
	if (need_key(t, a, key, err) < 0)
		return -1;
	seal_agent(key, text, seal);
	OPENSSL_cleanse(key, sizeof(key));
	*ret = arena_printf(a, "%s.%s", text, seal);
	return 0;
}

int
auth_agent_verify(struct store_txn *t, struct arena *a, const char *token,
    const char **ret_kind, const char **ret_id, const char **ret_scope, struct err *err)
{
	char *text, *first, *last, *end, want[2 * KEY + 1];
	unsigned char key[KEY];
	int rc;

	if (strnlen(token, SESSION_TOKEN_MAX + 1) > SESSION_TOKEN_MAX)
		return 0;
	text = arena_strdup(a, token);
	end = strrchr(text, '.');
	if (end == NULL || strlen(end + 1) != 2 * KEY)
		return 0;
	*end = '\0';
	/* Kind and scope have no dot, an id may. */
	first = strchr(text, '.');
	last = strrchr(text, '.');
	if (first == NULL || first == last)
		return 0;
	rc = find_key(t, key, err);
	if (rc <= 0)
		return rc;
	seal_agent(key, text, want);
	OPENSSL_cleanse(key, sizeof(key));
	if (!equal_secret(want, end + 1, 2 * KEY))
		return 0;
	*first = *last = '\0';
	*ret_kind = text;
	*ret_id = first + 1;
	*ret_scope = last + 1;
	return 1;
}

int
session_key_make(struct store_txn *t, struct arena *a, struct err *err)
{
	unsigned char key[KEY];
	int rc = need_key(t, a, key, err);

	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

/* The version, which is authenticated, tells a text from a session. */
enum { VERSION_TEXT = 2 };

int
session_seal_text(struct store_txn *t, struct arena *a, const char *text,
    const char **ret, struct err *err)
{
	unsigned char key[KEY], d[KEY], *blob;
	size_t n = strlen(text);
	int rc = find_key(t, key, err), ok;

	if (rc <= 0)
		return rc;
	blob = arena_alloc(a, HEAD + n);
	blob[0] = VERSION_TEXT;
	mac(key, "text nonce", text, d);
	memcpy(blob + 1, d, NONCE);
	memcpy(blob + HEAD, text, n);
	ok = gcm(key, blob, n, 1);
	assert(ok);
	*ret = base64_encode(a, blob, HEAD + n);
	OPENSSL_cleanse(key, sizeof(key));
	return 1;
}

int
session_open_text(struct store_txn *t, struct arena *a, const char *sealed,
    const char **ret, struct err *err)
{
	size_t len = strnlen(sealed, SESSION_TOKEN_MAX + 1), n;
	unsigned char key[KEY], *blob;
	int rc, ok;

	if (len > SESSION_TOKEN_MAX || !base64_decode(a, sealed, len, &blob, &n) ||
	    n <= HEAD || blob[0] != VERSION_TEXT)
		return 0;
	rc = find_key(t, key, err);
	if (rc <= 0)
		return rc;
	ok = gcm(key, blob, n - HEAD, 0);
	OPENSSL_cleanse(key, sizeof(key));
	if (ok)
		*ret = arena_strndup(a, (const char *)blob + HEAD, n - HEAD);
	return ok;
}
