#include "control/services/iam/owned.h"

#include <string.h>

const struct iam_owned iam_login_profile = { "iam:login-profile", "UserName",
	"delete login profile" };
const struct iam_owned iam_access_key = { "iam:access-key", "AccessKeyId",
	"delete access keys" };
const struct iam_owned iam_mfa_device = { "iam:mfa-device", "SerialNumber",
	"deactivate MFA device" };
const struct iam_owned iam_signing_certificate = { "iam:signing-certificate",
	"CertificateId", "delete signing certificates" };
const struct iam_owned iam_ssh_key = { "iam:ssh-key", "SSHPublicKeyId",
	"delete SSH public keys" };
const struct iam_owned iam_service_credential = { "iam:service-credential",
	"ServiceSpecificCredentialId", "delete service specific credentials" };

/* All of them, up to NULL. */
static const struct iam_owned *const kinds[] = { &iam_login_profile, &iam_access_key,
	&iam_mfa_device, &iam_signing_certificate, &iam_ssh_key, &iam_service_credential,
	NULL };

int
iam_owned_of(struct call *c, const struct iam_owned *o, const char *user, json_t *ret)
{
	struct store_docs docs;
	int n = 0;

	if (store_list(c->txn, c->scope, o->kind, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "UserName", ""), user) != 0)
			continue;
		if (ret != NULL)
			json_add(ret, json_incref(docs.doc[i]));
		n++;
	}
	return n;
}

static int
rename_one(struct call *c, const struct iam_owned *o, const json_t *old, const char *to)
{
	const char *id = json_str_or(old, o->id_member, "");
	json_t *doc;

	if (store_edit(c->txn, c->scope, o->kind, id, &doc, &c->err) < 0)
		return -1;
	json_set_str(doc, "UserName", to);
	if (strcmp(o->id_member, "UserName") == 0) {
		json_t *other;

		/* Read, so that it may be there. */
		if (store_get(c->txn, c->scope, o->kind, to, &other, &c->err) < 0)
			return -1;
		store_delete(c->txn, c->scope, o->kind, id);
		id = to;
	}
	store_put(c->txn, c->scope, o->kind, id, doc);
	return 0;
}

int
iam_owned_rename(struct call *c, const char *from, const char *to)
{
	for (const struct iam_owned *const *o = kinds; *o != NULL; o++) {
		json_t *docs = json_own(c->arena, json_new_array());
		const json_t *doc;
		size_t i;

		if (iam_owned_of(c, *o, from, docs) < 0)
			return -1;
		json_array_foreach(docs, i, doc) {
			if (rename_one(c, *o, doc, to) < 0)
				return -1;
		}
	}
	return 0;
}

int
iam_owned_left(struct call *c, const char *user, const char **ret)
{
	*ret = NULL;
	for (const struct iam_owned *const *o = kinds; *o != NULL; o++) {
		int n = iam_owned_of(c, *o, user, NULL);

		if (n < 0)
			return -1;
		if (n > 0 && *ret == NULL)
			*ret = (*o)->why;
	}
	return 0;
}
