/*
 * EC2: key pairs: real ones, RSA and ED25519, made by OpenSSL; the private key is
 * answered once and not kept.
 *
 * A fingerprint is, as AWS has it: of a created RSA key the SHA-1 of the PKCS #8
 * private key, of an imported one the MD5 of the public key's DER, of an
 * ED25519 key the SHA-256 of the public key in OpenSSH's form, in base64.
 */
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/ssh_key.h"

static const struct err_kind not_found = { "InvalidKeyPair.NotFound", 400 };
static const struct err_kind duplicate = { "InvalidKeyPair.Duplicate", 400 };
static const struct err_kind bad_key = { "InvalidKey.Format", 400 };

static const struct filter filters[] = {
	{ "fingerprint", "KeyFingerprint" },
	{ "key-name", "KeyName" },
	{ "key-pair-id", "KeyPairId" },
	{ NULL, NULL },
};

/* Kept by name, which is how instances know them. */
const struct resource ec2_key_pair = {
	.service = "ec2",
	.kind = "ec2:key-pair",
	.type = "key-pair",
	.prefix = NULL,
	.id_member = "KeyName",
	.list_member = "KeyPairs",
	.ids_member = "KeyNames",
	.noun = "key pair",
	.not_found = &not_found,
	.filters = filters,
};

/* For tags: the same documents, by "key-…". */
static json_t *
make(struct call *c, const char *name)
{
	struct resource by_id = ec2_key_pair;
	json_t *doc;

	by_id.prefix = "key-";
	by_id.id_member = "KeyPairId";
	doc = resource_new(c, &by_id, NULL);
	if (doc == NULL)
		return NULL;
	json_set_str(doc, "KeyName", name);
	json_set(doc, "CreateTime", call_now(c));
	return doc;
}

static int
check_name(struct call *c, const char *name)
{
	json_t *doc;
	int rc;

	if (name[0] == '\0' || strlen(name) > 255)
		return err_set(&c->err, &ec2_bad_value,
		    "Value for parameter KeyName is invalid. It must have from 1 to 255 characters.");
	rc = resource_find(c, &ec2_key_pair, name, &doc);
	if (rc > 0)
		return err_set(&c->err, &duplicate, "The keypair already exists");
	return rc;
}

static int
create(struct call *c)
{
	const char *name = in_str(c, "KeyName"), *type = json_str_or(c->in, "KeyType", "rsa");
	struct ssh_key key;
	json_t *doc;

	if (strcmp(json_str_or(c->in, "KeyFormat", "pem"), "pem") != 0)
		return err_set(&c->err, &ec2_unsupported, "The key format ppk is not supported here.");
	if (check_name(c, name) < 0 || ssh_key_make(c->arena, type, &key, &c->err) < 0)
		return -1;
	doc = make(c, name);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "KeyType", type);
	json_set_str(doc, "KeyFingerprint", key.fingerprint);
	json_set_str(doc, "_public_key",
	    arena_printf(c->arena, "%s %s", key.public_key, name));
	resource_put(c, &ec2_key_pair, doc);
	out_str(c, "KeyName", name);
	out_str(c, "KeyPairId", json_str(doc, "KeyPairId"));
	out_str(c, "KeyFingerprint", key.fingerprint);
	out_str(c, "KeyMaterial", key.private_pem);
	out_ref(c, "Tags", json_get(doc, "Tags"));
	return 0;
}

static int
import(struct call *c)
{
	const char *name = in_str(c, "KeyName"), *material = in_str(c, "PublicKeyMaterial");
	unsigned char *text;
	struct ssh_key key;
	json_t *doc;
	size_t n;

	if (check_name(c, name) < 0)
		return -1;
	if (!base64_decode(c->arena, material, strlen(material), &text, &n) ||
	    ssh_key_read(c->arena, arena_strndup(c->arena, (const char *)text, n), &key) == 0)
		return err_set(&c->err, &bad_key,
		    "Key is not in valid OpenSSH public key format");
	doc = make(c, name);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "KeyType", key.type);
	json_set_str(doc, "KeyFingerprint", key.fingerprint);
	json_set_str(doc, "_public_key", key.public_key);
	resource_put(c, &ec2_key_pair, doc);
	out_str(c, "KeyName", name);
	out_str(c, "KeyPairId", json_str(doc, "KeyPairId"));
	out_str(c, "KeyFingerprint", key.fingerprint);
	out_ref(c, "Tags", json_get(doc, "Tags"));
	return 0;
}

/* As the generic one, and by KeyPairIds, and with the public key if it is asked for. */
static int
describe(struct call *c)
{
	static const struct err_kind no_id = { "InvalidKeyPair.NotFound", 400 };
	const json_t *ids = in_list(c, "KeyPairIds");
	struct store_docs all, some;
	json_t **docs, *out;
	size_t n = 0;

	if (resource_list(c, &ec2_key_pair, &all) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		if (ids != NULL && !json_has_str(ids, json_str_or(all.doc[i], "KeyPairId", "")))
			continue;
		docs[n] = json_own(c->arena, json_copy_shallow(all.doc[i]));
		if (in_bool(c, "IncludePublicKey", 0))
			json_set_str(docs[n], "PublicKey", json_str(docs[n], "_public_key"));
		n++;
	}
	if (n < json_array_size(ids))
		return err_set(&c->err, &no_id, "The key pair ID '%s' does not exist",
		    json_string_value(json_array_get(ids, 0)));
	some.n = n;
	some.doc = docs;
	if (resource_select(c, &ec2_key_pair, &some, &out) < 0)
		return -1;
	out_ref(c, "KeyPairs", out);
	return 0;
}

/* A key that is not there is deleted all the same. */
static int
delete(struct call *c)
{
	const char *name = in_str(c, "KeyName"), *id = in_str(c, "KeyPairId");
	json_t *doc;
	int rc;

	if (name == NULL && id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter KeyName or KeyPairId");
	rc = name != NULL ? resource_find(c, &ec2_key_pair, name, &doc) :
			    resource_find_by(c, &ec2_key_pair, "KeyPairId", id, &doc);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		resource_delete_doc(c, &ec2_key_pair, resource_id(&ec2_key_pair, doc));
		out_str(c, "KeyPairId", json_str(doc, "KeyPairId"));
	}
	out_bool(c, "Return", 1);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateKeyPair", create, 0, &ec2_key_pair, "KeyName", "Create a key pair."),
	OP_RES("DeleteKeyPair", delete, 0, &ec2_key_pair, "KeyName", "Delete a key pair."),
	OP_RES("DescribeKeyPairs", describe, OP_READ, &ec2_key_pair, NULL, "List key pairs."),
	OP_RES("ImportKeyPair", import, 0, &ec2_key_pair, "KeyName", "Import a public key."),
};
static const struct resource *const resources[] = { &ec2_key_pair, NULL };
const struct family ec2_key_pairs = FAMILY(ops, resources);
