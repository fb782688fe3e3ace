/*
 * IAM: what users have besides access keys: SSH keys and passwords for services, certificates that sign.
 *
 * Each kind is listed, switched on and off and deleted alike; a document is as the operations show it, with
 * members of ours that begin with "_".
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/iam/keyid.h"
#include "control/services/iam/owned.h"
#include "control/services/iam/pem.h"

static const struct err_kind bad_key = { "InvalidPublicKey", 400 };
static const struct err_kind bad_encoding = { "UnrecognizedPublicKeyEncoding", 400 };
static const struct err_kind same_key = { "DuplicateSSHPublicKey", 400 };
static const struct err_kind same_certificate = { "DuplicateCertificate", 409 };
static const struct err_kind not_supported = { "NotSupportedService", 404 };

enum { DAY_S = 86400, ID_TAIL = 16 };

static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static const struct credential_kind {
	const struct iam_owned *owned;
	const char *in_op; /* what names of its operations contain */
	const char *list_member;
	const char *hidden[4]; /* not in lists */
	size_t limit;
	const char *quota, *missing;
} kinds[] = {
	{ &iam_ssh_key, "SSHPublicKey", "SSHPublicKeys",
	    { "Fingerprint", "SSHPublicKeyBody" }, 5, "SSHPublicKeysPerUser",
	    "The Public Key with id %s cannot be found." },
	{ &iam_signing_certificate, "SigningCertificate", "Certificates", { NULL }, 2,
	    "CertificatesPerUser", "The Certificate with id %s cannot be found." },
	{ &iam_service_credential, "ServiceSpecificCredential",
	    "ServiceSpecificCredentials",
	    { "ServicePassword", "ServiceCredentialSecret" }, 2,
	    "ServiceSpecificCredentialsPerUser",
	    "Service specific credential with id %s cannot be found." },
};

static const struct credential_kind *
kind_of(const struct call *c)
{
	size_t i = 0;

	while (i + 1 < COUNT(kinds) && strstr(c->op->name, kinds[i].in_op) == NULL)
		i++;
	return &kinds[i];
}

static json_t *
bare(const json_t *doc, const char *const *hidden)
{
	json_t *row = json_new_object();
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)doc, name, v) {
		if (name[0] != '_')
			json_set(row, name, json_incref(v));
	}
	for (; hidden != NULL && *hidden != NULL; hidden++)
		json_del(row, *hidden);
	return row;
}

/* The user whom the input names, or the caller; he must be there. */
static int
need_user(struct call *c, const char **ret)
{
	json_t *ignored;

	return iam_user_name(c, ret) < 0 || iam_get(c, &iam_user, *ret, &ignored) < 0 ?
	    -1 :
	    0;
}

/* A new one: 0 and its document, with an id, or -1 when the user has enough. */
static int
new_one(struct call *c, const char *prefix, const char *date, json_t **ret)
{
	const struct credential_kind *k = kind_of(c);
	const char *user;
	char tail[32];
	int n;

	if (need_user(c, &user) < 0)
		return -1;
	n = iam_owned_of(c, k->owned, user, NULL);
	if (n < 0)
		return -1;
	if ((size_t)n >= k->limit && k->owned != &iam_service_credential)
		return err_set(&c->err, &iam_limit, "Cannot exceed quota for %s: %zu",
		    k->quota, k->limit);
	random_text(tail, *prefix != '\0' ? ID_TAIL : 24, upper);
	*ret = json_own(c->arena, json_make("{s:s}", "UserName", user));
	json_set_fmt(*ret, k->owned->id_member, "%s%s", prefix, tail);
	json_set_str(*ret, "Status", "Active");
	json_set(*ret, date, call_now(c));
	return 0;
}

static void
put_one(struct call *c, json_t *doc)
{
	const struct iam_owned *o = kind_of(c)->owned;

	store_put(c->txn, c->scope, o->kind, json_str(doc, o->id_member), doc);
}

/* The one that the input names, of its user. */
static int
edit_one(struct call *c, json_t **ret)
{
	const struct credential_kind *k = kind_of(c);
	const char *id = in_str(c, k->owned->id_member), *user;
	int rc;

	if (need_user(c, &user) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, k->owned->kind, id, ret, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(json_str_or(*ret, "UserName", ""), user) != 0) {
		const char *at = strchr(k->missing, '%');

		return err_set(&c->err, &iam_no_such, "%.*s%s%s", (int)(at - k->missing),
		    k->missing, id, at + 2);
	}
	return 0;
}

/* ListSSHPublicKeys, ListSigningCertificates, ListServiceSpecificCredentials */

static int
all_or_users(struct call *c, const struct credential_kind *k, json_t *docs)
{
	struct store_docs all;
	const char *user;

	if (k->owned != &iam_service_credential || !in_bool(c, "AllUsers", 0))
		return need_user(c, &user) < 0 ? -1 :
						 iam_owned_of(c, k->owned, user, docs);
	if (iam_permit(c, "*") < 0 ||
	    store_list(c->txn, c->scope, k->owned->kind, &all, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		json_add(docs, json_incref(all.doc[i]));
	return 0;
}

static int
list_all(struct call *c)
{
	const struct credential_kind *k = kind_of(c);
	const char *service =
	    k->owned == &iam_service_credential ? in_str(c, "ServiceName") : NULL;
	json_t *docs = json_own(c->arena, json_new_array());
	json_t *rows = json_own(c->arena, json_new_array());
	const json_t *doc;
	size_t i;

	if (all_or_users(c, k, docs) < 0)
		return -1;
	json_array_foreach(docs, i, doc) {
		if (service == NULL ||
		    strcmp(json_str_or(doc, "ServiceName", ""), service) == 0)
			json_add(rows, bare(doc, k->hidden));
	}
	return iam_page(c, rows, k->list_member, k->owned->id_member);
}

/* Update…: on or off */

static int
update_status(struct call *c)
{
	json_t *doc;

	if (edit_one(c, &doc) < 0)
		return -1;
	if (strcmp(in_str(c, "Status"), "Expired") == 0)
		return err_set(&c->err, &iam_invalid,
		    "1 validation error detected: Value 'Expired' at 'status' failed to "
		    "satisfy constraint: Member must satisfy enum value set: [Active, "
		    "Inactive]");
	json_set_str(doc, "Status", in_str(c, "Status"));
	put_one(c, doc);
	return 0;
}

static int
delete_one(struct call *c)
{
	json_t *doc;

	if (edit_one(c, &doc) < 0)
		return -1;
	store_delete(c->txn, c->scope, kind_of(c)->owned->kind,
	    in_str(c, kind_of(c)->owned->id_member));
	return 0;
}

/* SSH keys */

static int
upload_ssh_key(struct call *c)
{
	json_t *doc, *others = json_own(c->arena, json_new_array());
	const char *text = in_str(c, "SSHPublicKeyBody");
	struct pem_ssh key;
	const json_t *other;
	size_t i;

	if (new_one(c, "APKA", "UploadDate", &doc) < 0 ||
	    iam_owned_of(c, &iam_ssh_key, json_str(doc, "UserName"), others) < 0)
		return -1;
	if (strstr(text, "-----BEGIN") == NULL && strstr(text, "ssh-rsa") == NULL)
		return err_set(&c->err, &bad_encoding,
		    "The request was rejected because the public key encoding format is "
		    "unsupported or unrecognized.");
	if (!pem_ssh_key(c->arena, text, &key))
		return err_set(&c->err, &bad_key,
		    "The request was rejected because the public key is malformed or "
		    "otherwise invalid.");
	json_array_foreach(others, i, other) {
		if (strcmp(json_str_or(other, "Fingerprint", ""), key.fingerprint) == 0)
			return err_set(&c->err, &same_key,
			    "The request was rejected because the SSH public key is already "
			    "associated with the specified IAM user.");
	}
	json_set_str(doc, "Fingerprint", key.fingerprint);
	json_set_str(doc, "SSHPublicKeyBody", key.line);
	json_set_str(doc, "_pem", key.pem);
	put_one(c, doc);
	out_set(c, "SSHPublicKey", bare(doc, NULL));
	return 0;
}

static int
get_ssh_key(struct call *c)
{
	json_t *doc, *row;

	if (edit_one(c, &doc) < 0)
		return -1;
	row = bare(doc, NULL);
	if (strcmp(in_str(c, "Encoding"), "PEM") == 0)
		json_set_str(row, "SSHPublicKeyBody", json_str(doc, "_pem"));
	out_set(c, "SSHPublicKey", row);
	return 0;
}

/* Signing certificates */

static int
upload_certificate(struct call *c)
{
	const char *text = in_str(c, "CertificateBody");
	json_t *doc;
	struct store_docs all;
	int64_t end;

	if (new_one(c, "", "UploadDate", &doc) < 0 ||
	    pem_certificate(c, text, &end) < 0 ||
	    store_list(c->txn, c->scope, iam_signing_certificate.kind, &all, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "CertificateBody", ""), text) == 0)
			return err_set(&c->err, &same_certificate,
			    "The request was rejected because the same certificate is "
			    "associated with an IAM user in the account.");
	}
	json_set_str(doc, "CertificateBody", text);
	put_one(c, doc);
	out_set(c, "Certificate", bare(doc, NULL));
	return 0;
}

/* Passwords for services */

static const struct {
	const char *name;
	int is_key; /* an API key: an alias and a secret, which may expire */
} services[] = {
	{ "bedrock.amazonaws.com", 1 },
	{ "cassandra.amazonaws.com", 0 },
	{ "codecommit.amazonaws.com", 0 },
};

static int
is_of_service(const json_t *doc, const char *service)
{
	return strcmp(json_str_or(doc, "ServiceName", ""), service) == 0;
}

static int
count_of_service(struct call *c, const char *user, const char *service)
{
	json_t *docs = json_own(c->arena, json_new_array());
	const json_t *doc;
	size_t i;
	int n = 0;

	if (iam_owned_of(c, &iam_service_credential, user, docs) < 0)
		return -1;
	json_array_foreach(docs, i, doc)
		n += is_of_service(doc, service);
	return n;
}

/* Who it is for the service; a second one of a user has a number. */
static void
name_it(struct call *c, json_t *doc, int is_key, int n)
{
	const char *user = json_str(doc, "UserName");
	const char *name = n == 0 ?
	    arena_printf(c->arena, "%s-at-%s", user, c->account) :
	    arena_printf(c->arena, "%s+%d-at-%s", user, n, c->account);

	json_set_str(doc, is_key ? "ServiceCredentialAlias" : "ServiceUserName", name);
}

static void
give_secret(struct call *c, json_t *doc)
{
	int is_key = json_get(doc, "ServiceCredentialAlias") != NULL;
	char secret[41];

	secret_random(secret);
	json_set_str(doc, is_key ? "ServiceCredentialSecret" : "ServicePassword",
	    is_key ? arena_printf(c->arena, "ABSK%s", secret) : secret);
}

static int
create_service_credential(struct call *c)
{
	const char *service = in_str(c, "ServiceName");
	int64_t days = in_int(c, "CredentialAgeDays", 0);
	json_t *doc;
	size_t i = 0;
	int n;

	while (i < COUNT(services) && strcmp(services[i].name, service) != 0)
		i++;
	if (new_one(c, "ACCA", "CreateDate", &doc) < 0)
		return -1;
	if (i == COUNT(services))
		return err_set(&c->err, &not_supported,
		    "Service %.100s does not support service specific credentials",
		    service);
	if (days != 0 && !services[i].is_key)
		return err_set(&c->err, &iam_invalid,
		    "CredentialAgeDays is not supported for %s", service);
	n = count_of_service(c, json_str(doc, "UserName"), service);
	if (n < 0)
		return -1;
	if ((size_t)n >= kind_of(c)->limit)
		return err_set(&c->err, &iam_limit, "Cannot exceed quota for %s: %zu",
		    kind_of(c)->quota, kind_of(c)->limit);
	json_set_str(doc, "ServiceName", service);
	if (days != 0)
		json_set_num(doc, "ExpirationDate",
		    (double)c->now_ms / 1000.0 + (double)days * DAY_S);
	name_it(c, doc, services[i].is_key, n);
	give_secret(c, doc);
	put_one(c, doc);
	out_set(c, "ServiceSpecificCredential", bare(doc, NULL));
	return 0;
}

static int
reset_service_credential(struct call *c)
{
	json_t *doc;

	if (edit_one(c, &doc) < 0)
		return -1;
	give_secret(c, doc);
	put_one(c, doc);
	out_set(c, "ServiceSpecificCredential", bare(doc, NULL));
	return 0;
}

static const struct op ops[] = {
	IAM("CreateServiceSpecificCredential", create_service_credential, 0,
	    "Give a user a password for one service."),
	IAM("DeleteSSHPublicKey", delete_one, 0, "Delete a user's SSH key."),
	IAM("DeleteServiceSpecificCredential", delete_one, 0,
	    "Delete a password for a service."),
	IAM("DeleteSigningCertificate", delete_one, 0,
	    "Delete a user's signing certificate."),
	IAM("GetSSHPublicKey", get_ssh_key, OP_READ,
	    "Show a user's SSH key, as a line or as PEM."),
	IAM("ListSSHPublicKeys", list_all, OP_READ, "List a user's SSH keys."),
	IAM("ListServiceSpecificCredentials", list_all, OP_READ,
	    "List passwords for services."),
	IAM("ListSigningCertificates", list_all, OP_READ,
	    "List a user's signing certificates."),
	IAM("ResetServiceSpecificCredential", reset_service_credential, 0,
	    "Make a new password for a service."),
	IAM("UpdateSSHPublicKey", update_status, 0, "Switch an SSH key on or off."),
	IAM("UpdateServiceSpecificCredential", update_status, 0,
	    "Switch a password for a service on or off."),
	IAM("UpdateSigningCertificate", update_status, 0,
	    "Switch a signing certificate on or off."),
	IAM("UploadSSHPublicKey", upload_ssh_key, 0, "Give a user an SSH key."),
	IAM("UploadSigningCertificate", upload_certificate, 0,
	    "Give a user a signing certificate."),
};
const struct family iam_user_credentials = FAMILY(ops, NULL);
