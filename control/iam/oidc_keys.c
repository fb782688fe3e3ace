#include "control/iam/oidc_keys.h"

#include <string.h>

#include "control/iam/jwt.h"

static const struct err_kind no_keys = { "InvalidKeySet", 400 };

const char *
oidc_issuer(struct arena *a, const char *url)
{
	size_t n;

	if (strncmp(url, "https://", 8) == 0)
		url += 8;
	n = strlen(url);
	while (n > 0 && url[n - 1] == '/')
		n--;
	return arena_strndup(a, url, n);
}

int
oidc_keys_find(struct store_txn *t, struct arena *a, const char *issuer,
    const json_t **ret, struct err *err)
{
	json_t *doc;
	int rc =
	    store_get(t, STORE_SYSTEM, OIDC_KEYS_KIND, oidc_issuer(a, issuer), &doc, err);

	if (rc > 0)
		*ret = doc;
	return rc;
}

int
oidc_keys_put(struct store_txn *t, struct arena *a, const char *issuer,
    const json_t *keys, struct err *err)
{
	const char *id = oidc_issuer(a, issuer);
	json_t *doc, *old;

	if (*id == '\0' || !jwt_keys_are_good(a, keys))
		return err_set(err, &no_keys,
		    "a set of keys is needed, as RFC 7517 has it, with RSA keys of 2048 bits "
		    "or more, or EC keys");
	if (store_get(t, STORE_SYSTEM, OIDC_KEYS_KIND, id, &old, err) < 0)
		return -1;
	doc = json_own(a, json_make("{s:s}", "issuer", id));
	json_set(doc, "keys", json_copy_deep(json_get(keys, "keys")));
	store_put(t, STORE_SYSTEM, OIDC_KEYS_KIND, id, doc);
	return 0;
}
