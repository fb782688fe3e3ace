/*
 * ACM: certificates: show, change, delete.
 */
#include <string.h>

#include "control/services/acm/acm.h"

static const struct err_kind in_use = { "ResourceInUseException", 400 };

static int
describe(struct call *c)
{
	json_t *doc, *row;

	if (acm_get(c, "CertificateArn", 0, &doc) < 0)
		return -1;
	row = json_own(c->arena, json_copy_shallow(doc));
	json_del(row, "Tags");
	for (const char *const *m =
		 (const char *const[]){ "_pem", "_chain", "_key", NULL };
	     *m != NULL; m++)
		json_del(row, *m);
	out_ref(c, "Certificate", row);
	return 0;
}

static int
get(struct call *c)
{
	json_t *doc;

	if (acm_get(c, "CertificateArn", 0, &doc) < 0)
		return -1;
	if (json_str(doc, "_pem") == NULL)
		return err_set(&c->err, &acm_in_progress,
		    "The certificate request is in progress and the certificate body is not available.");
	out_str(c, "Certificate", json_str(doc, "_pem"));
	if (json_str(doc, "_chain") != NULL)
		out_str(c, "CertificateChain", json_str(doc, "_chain"));
	return 0;
}

static int delete (struct call *c)
{
	const char *arn = in_str(c, "CertificateArn");
	json_t *doc;

	if (acm_get(c, "CertificateArn", 0, &doc) < 0)
		return -1;
	if (json_array_size(json_get(doc, "InUseBy")) > 0)
		return err_set(&c->err, &in_use,
		    "Certificate %s in account %s is in use.", arn, c->account);
	store_delete(c->txn, c->scope, acm_certificate.kind, strrchr(arn, '/') + 1);
	return 0;
}

static int
update_options(struct call *c)
{
	const json_t *said = in_object(c, "Options");
	json_t *doc, *options;
	const char *member;
	json_t *v;

	if (acm_get(c, "CertificateArn", 1, &doc) < 0)
		return -1;
	if (acm_is(doc, "Type", "IMPORTED"))
		return err_set(&c->err, &acm_invalid,
		    "Options of an imported certificate cannot be changed.");
	if (!acm_is(doc, "Status", "ISSUED"))
		return err_set(&c->err, &acm_bad_state,
		    "Certificate %s is not in a state in which its options can be changed.",
		    in_str(c, "CertificateArn"));
	if (json_get(said, "ValidationMethod") != NULL)
		return err_set(&c->err, &acm_invalid,
		    "The validation method of certificate %s cannot be changed.",
		    in_str(c, "CertificateArn"));
	options = json_need_object(doc, "Options");
	json_object_foreach((json_t *)(uintptr_t)said, member, v)
		json_set(options, member, json_incref(v));
	acm_put(c, doc);
	return 0;
}

/* What only exported certificates of ours allow. */
static int
exported(struct call *c, const char *what, json_t **ret)
{
	if (acm_get(c, "CertificateArn", 1, ret) < 0)
		return -1;
	if (acm_is(*ret, "Status", "PENDING_VALIDATION"))
		return err_set(&c->err, &acm_in_progress,
		    "The certificate request is in progress.");
	if (!acm_is(*ret, "Status", "ISSUED") || !json_bool(*ret, "_exported", 0))
		return err_set(&c->err, &acm_invalid,
		    "Certificate %s cannot be %s: it is not one that was issued and exported.",
		    in_str(c, "CertificateArn"), what);
	return 0;
}

static int
renew(struct call *c)
{
	json_t *doc;

	if (exported(c, "renewed", &doc) < 0)
		return -1;
	json_set_bool(doc, "_renew", 1);
	acm_put(c, doc);
	return 0;
}

static int
revoke(struct call *c)
{
	json_t *doc;

	if (exported(c, "revoked", &doc) < 0)
		return -1;
	json_set_str(doc, "Status", "REVOKED");
	json_set(doc, "RevokedAt", call_now(c));
	json_set_str(doc, "RevocationReason", in_str(c, "RevocationReason"));
	json_set_str(doc, "RenewalEligibility", "INELIGIBLE");
	acm_put(c, doc);
	out_str(c, "CertificateArn", in_str(c, "CertificateArn"));
	return 0;
}

static const struct op ops[] = {
	ACM("DeleteCertificate", delete, 0, "Delete a certificate that nobody uses."),
	ACM("DescribeCertificate", describe, OP_READ, "Show a certificate."),
	ACM("GetCertificate", get, OP_READ, "Give a certificate and its chain."),
	ACM("RenewCertificate", renew, 0, "Issue an exported certificate anew."),
	ACM("RevokeCertificate", revoke, 0, "Revoke an exported certificate."),
	ACM("UpdateCertificateOptions", update_options, 0,
	    "Change logging and export of a certificate."),
};
const struct family acm_certificates = FAMILY(ops, NULL);
