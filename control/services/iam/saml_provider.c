/*
 * IAM: SAML providers, whose assertions roles may be assumed with.
 *
 * Documents are found by ARN.  Members are the API's own, and _name, _entity, _certificates (of the metadata), _keys ({KeyId: PEM}).
 * Not emulated: decrypting assertions by the private keys, which are kept.
 */
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/clock.h"
#include "control/iam/saml.h"
#include "control/services/iam/iam.h"

enum { KEYS = 2, KEY_ID = 22 };

/* A metadata that says no end has one in a hundred years. */
#define NO_END_MS (INT64_C(100) * 365 * 24 * 3600 * 1000)

static void
random_id(char out[KEY_ID + 1])
{
	random_text(out, KEY_ID, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

static int
set_metadata(struct call *c, json_t *doc, const char *text)
{
	struct saml_metadata m;

	if (!saml_metadata_read(c->arena, text, strlen(text), &m))
		return err_set(&c->err, &iam_bad_input, "Could not parse metadata");
	if (m.valid_until_ms == 0)
		m.valid_until_ms = c->now_ms + NO_END_MS;
	json_set_str(doc, "SAMLMetadataDocument", text);
	json_set_str(doc, "_entity", m.entity);
	json_set(doc, "_certificates", json_incref(m.certificates));
	json_set_int(doc, "ValidUntil", m.valid_until_ms / 1000);
	return 0;
}

static int
is_private_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	int ok = key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;

	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok;
}

static int
add_key(struct call *c, json_t *doc)
{
	const char *pem = in_str(c, "AddPrivateKey");
	json_t *list;
	char id[KEY_ID + 1];

	if (pem == NULL)
		return 0;
	if (!is_private_key(pem))
		return err_set(&c->err, &iam_bad_input, "Could not parse private key");
	list = json_need_array(doc, "PrivateKeyList");
	if (json_array_size(list) >= KEYS)
		return err_set(&c->err, &iam_limit,
		    "Cannot exceed quota for PrivateKeysPerSAMLProvider: %d", KEYS);
	random_id(id);
	json_set_str(json_need_object(doc, "_keys"), id, pem);
	json_add(list, json_make("{s:s, s:o}", "KeyId", id, "Timestamp", call_now(c)));
	return 0;
}

/* Only what can be read may be required to be encrypted. */
static int
set_mode(struct call *c, json_t *doc)
{
	json_set_str(doc, "AssertionEncryptionMode",
	    in_str(c, "AssertionEncryptionMode"));
	if (json_str(doc, "AssertionEncryptionMode") != NULL &&
	    json_array_size(json_get(doc, "PrivateKeyList")) == 0)
		return err_set(&c->err, &iam_bad_input,
		    "AssertionEncryptionMode needs a private key");
	return 0;
}

static int
check_new(struct call *c, const char *arn)
{
	struct store_docs docs;
	json_t *old;
	int rc;

	if (iam_permit(c, arn) < 0 || iam_list(c, &iam_saml_provider, &docs) < 0)
		return -1;
	rc = iam_find(c, &iam_saml_provider, arn, &old);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &iam_exists,
		    "Provider with name %s already exists.", in_str(c, "Name"));
	if (docs.n >= iam_saml_provider.limit)
		return err_set(&c->err, &iam_limit, "Cannot exceed quota for %s: %zu",
		    iam_saml_provider.quota, iam_saml_provider.limit);
	return 0;
}

static int
create(struct call *c)
{
	const char *name = in_str(c, "Name");
	const char *arn = call_arn(c, arena_printf(c->arena, "saml-provider/%s", name));
	char uuid[KEY_ID + 1];
	json_t *doc;

	if (check_new(c, arn) < 0)
		return -1;
	random_id(uuid);
	doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s}", "Arn", arn, "_name", name, "SAMLProviderUUID",
		uuid));
	json_set(doc, "CreateDate", call_now(c));
	if (set_metadata(c, doc, in_str(c, "SAMLMetadataDocument")) < 0 ||
	    add_key(c, doc) < 0 || set_mode(c, doc) < 0 ||
	    (in_has(c, "Tags") && iam_merge_tags(c, doc) < 0))
		return -1;
	iam_put(c, &iam_saml_provider, doc);
	out_str(c, "SAMLProviderArn", arn);
	if (json_get(doc, "Tags") != NULL)
		out_ref(c, "Tags", json_get(doc, "Tags"));
	return 0;
}

static const char *
arn_of(struct call *c)
{
	return in_str(c, "SAMLProviderArn");
}

static int
get(struct call *c)
{
	static const char *const members[] = { "SAMLProviderUUID", "SAMLMetadataDocument",
		"CreateDate", "ValidUntil", "Tags", "AssertionEncryptionMode",
		"PrivateKeyList" };
	json_t *doc;

	if (iam_get(c, &iam_saml_provider, arn_of(c), &doc) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(members); i++) {
		if (json_get(doc, members[i]) != NULL)
			out_ref(c, members[i], json_get(doc, members[i]));
	}
	return 0;
}

static int
list(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (iam_permit(c, "*") < 0 || iam_list(c, &iam_saml_provider, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++)
		json_add(rows,
		    json_make("{s:s, s:O, s:O}", "Arn", json_str(docs.doc[i], "Arn"),
			"ValidUntil", json_get(docs.doc[i], "ValidUntil"), "CreateDate",
			json_get(docs.doc[i], "CreateDate")));
	out_ref(c, "SAMLProviderList", rows);
	return 0;
}

static int
remove_provider(struct call *c)
{
	json_t *doc;

	if (iam_get(c, &iam_saml_provider, arn_of(c), &doc) < 0)
		return -1;
	store_delete(c->txn, c->scope, iam_saml_provider.kind, arn_of(c));
	return 0;
}

static int
remove_key(struct call *c, json_t *doc)
{
	const char *id = in_str(c, "RemovePrivateKey");
	json_t *keys = json_need_array(doc, "PrivateKeyList");
	const json_t *row;
	size_t i;

	if (id == NULL)
		return 0;
	json_array_foreach(keys, i, row) {
		if (strcmp(json_str_or(row, "KeyId", ""), id) == 0)
			break;
	}
	if (i == json_array_size(keys))
		return err_set(&c->err, &iam_no_such,
		    "Private key with id %s cannot be found.", id);
	json_array_remove(keys, i);
	json_del(json_need_object(doc, "_keys"), id);
	return 0;
}

static int
update(struct call *c)
{
	const char *text = in_str(c, "SAMLMetadataDocument");
	json_t *doc;

	if (iam_edit(c, &iam_saml_provider, arn_of(c), &doc) < 0 ||
	    (text != NULL && set_metadata(c, doc, text) < 0) || remove_key(c, doc) < 0 ||
	    add_key(c, doc) < 0 || set_mode(c, doc) < 0)
		return -1;
	if (json_array_size(json_get(doc, "PrivateKeyList")) == 0)
		json_del(doc, "PrivateKeyList");
	iam_put(c, &iam_saml_provider, doc);
	out_str(c, "SAMLProviderArn", arn_of(c));
	return 0;
}

static const struct op ops[] = {
	IAM("CreateSAMLProvider", create, 0,
	    "Trust the assertions of a SAML identity provider."),
	IAM("DeleteSAMLProvider", remove_provider, 0, "Delete a SAML provider."),
	IAM("GetSAMLProvider", get, OP_READ, "Show a SAML provider."),
	IAM("ListSAMLProviders", list, OP_READ, "List SAML providers."),
	IAM("UpdateSAMLProvider", update, 0,
	    "Replace a SAML provider's metadata, or its keys."),
};
const struct family iam_saml_providers = FAMILY(ops, NULL);
