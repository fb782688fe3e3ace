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
#include "control/services/ec2/compute/ssh_key_ppk.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind not_found = { "InvalidKeyPair.NotFound", 400 };
static const struct err_kind duplicate = { "InvalidKeyPair.Duplicate", 400 };
static const struct err_kind bad_key = { "InvalidKey.Format", 400 };

static const struct filter filters[] = {
	{ "fingerprint", "KeyFingerprint" },
	{ "key-name", "KeyName" },
	{ "key-pair-id", "KeyPairId" },
	{ NULL, NULL },
};

const struct resource ec2_key_pair = {
	.service = "ec2",
	.kind = "ec2:key-pair",
	.type = "key-pair",
	.prefix = "key-",
	.id_member = "KeyPairId",
	.list_member = "KeyPairs",
	.ids_member = "KeyPairIds",
	.noun = "key pair ID",
	.not_found = &not_found,
	.filters = filters,
};

int
ec2_key_pair_find(struct store_txn *t, const char *scope, const char *name, json_t **ret,
    struct err *err)
{
	struct store_docs all;

	if (store_list(t, scope, ec2_key_pair.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "KeyName", ""), name) == 0) {
			*ret = all.doc[i];
			return 1;
		}
	}
	return 0;
}

static json_t *
make(struct call *c, const char *name)
{
	json_t *doc = resource_new(c, &ec2_key_pair, NULL);

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
	/* EC2 API: CreateKeyPair: ASCII, and no space in front or behind. */
	for (const char *p = name; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~' || (*p == ' ' && (p == name || p[1] == '\0')))
			return err_set(&c->err, &ec2_bad_value,
			    "Invalid value '%s' for keyName. Character sets beyond ASCII are "
			    "not supported.",
			    name);
	}
	rc = ec2_key_pair_find(c->txn, c->scope, name, &doc, &c->err);
	if (rc > 0)
		return err_set(&c->err, &duplicate, "The keypair already exists");
	return rc;
}

static int
create(struct call *c)
{
	const char *name = in_str(c, "KeyName"),
		   *type = json_str_or(c->in, "KeyType", "rsa");
	const char *material;
	struct ssh_key key;
	json_t *doc;

	if (check_name(c, name) < 0 || ssh_key_make(c->arena, type, &key, &c->err) < 0)
		return -1;
	material = strcmp(json_str_or(c->in, "KeyFormat", "pem"), "ppk") == 0 ?
	    ssh_key_ppk(c->arena, &key, name) :
	    key.private_pem;
	if (material == NULL)
		return err_set(&c->err, &err_internal, "the key could not be written");
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
	out_str(c, "KeyMaterial", material);
	out_ref(c, "Tags", json_get(doc, "Tags"));
	return 0;
}

static int
import(struct call *c)
{
	const char *name = in_str(c, "KeyName"),
		   *material = in_str(c, "PublicKeyMaterial");
	unsigned char *text;
	struct ssh_key key;
	json_t *doc;
	size_t n;

	if (check_name(c, name) < 0)
		return -1;
	if (!base64_decode(c->arena, material, strlen(material), &text, &n) ||
	    ssh_key_read(c->arena, arena_strndup(c->arena, (const char *)text, n),
		&key) == 0)
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

/* As the generic one, and by KeyNames, and with the public key if it is asked for. */
static int
describe(struct call *c)
{
	struct store_docs all, some;
	const char *missing;
	json_t **docs, *out;

	if (resource_list(c, &ec2_key_pair, &all) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		docs[i] = json_own(c->arena, json_copy_shallow(all.doc[i]));
		if (in_bool(c, "IncludePublicKey", 0))
			json_set_str(docs[i], "PublicKey",
			    json_str(docs[i], "_public_key"));
	}
	some.n = all.n;
	some.doc = docs;
	missing = ec2_narrow(c, &some, "KeyName", in_list(c, "KeyNames"));
	if (missing != NULL)
		return err_set(&c->err, &not_found, "The key pair '%s' does not exist",
		    missing);
	if (resource_select(c, &ec2_key_pair, &some, &out) < 0)
		return -1;
	out_ref(c, "KeyPairs", out);
	return 0;
}

/* A key that is not there is deleted all the same. */
static int delete (struct call *c)
{
	const char *name = in_str(c, "KeyName"), *id = in_str(c, "KeyPairId");
	json_t *doc;
	int rc;

	if (name == NULL && id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter KeyName or KeyPairId");
	rc = name != NULL ? ec2_key_pair_find(c->txn, c->scope, name, &doc, &c->err) :
			    resource_find(c, &ec2_key_pair, id, &doc);
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
	OP_RES("CreateKeyPair", create, 0, &ec2_key_pair, "KeyName",
	    "Create a key pair."),
	OP_RES("DeleteKeyPair", delete, 0, &ec2_key_pair, "KeyName",
	    "Delete a key pair."),
	OP_RES("DescribeKeyPairs", describe, OP_READ, &ec2_key_pair, NULL,
	    "List key pairs."),
	OP_RES("ImportKeyPair", import, 0, &ec2_key_pair, "KeyName",
	    "Import a public key."),
};
static const struct resource *const resources[] = { &ec2_key_pair, NULL };
const struct family ec2_key_pairs = FAMILY(ops, resources);
