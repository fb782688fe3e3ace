/*
 * ACM: certificates that users bring, and those that they take with them.
 */
#include <string.h>

#include "base/enc.h"
#include "control/services/acm/acm.h"

/* A blob's text; NULL when it has bytes of no text. */
static const char *
text_of(struct call *c, const char *member)
{
	const char *said = in_str(c, member);
	unsigned char *bytes;
	size_t n;

	if (said == NULL || !base64_decode(c->arena, said, strlen(said), &bytes, &n) ||
	    !utf8_is_valid((const char *)bytes, n))
		return NULL;
	return arena_strndup(c->arena, (const char *)bytes, n);
}

/* What is wrong with the three; NULL: nothing. */
static const char *
fault_of(const char *certificate, const char *key, const char *chain, int has_chain)
{
	X509 *cert = certificate != NULL ? acm_read_certificate(certificate, 1) : NULL;
	EVP_PKEY *pkey = key != NULL ? acm_read_key(key) : NULL;
	const char *fault = NULL;

	if (cert == NULL)
		fault = "The certificate is not PEM-encoded or is not valid.";
	else if (pkey == NULL)
		fault = "The private key is not PEM-encoded or is not valid.";
	else if (X509_check_private_key(cert, pkey) != 1)
		fault =
		    "The private key does not match the public key of the certificate.";
	else if (has_chain && (chain == NULL || !acm_chain_fits(cert, chain)))
		fault = "Could not validate the certificate with the certificate chain.";
	X509_free(cert);
	EVP_PKEY_free(pkey);
	return fault;
}

static int
take(struct call *c, json_t *doc)
{
	const char *certificate = text_of(c, "Certificate"),
		   *key = text_of(c, "PrivateKey"),
		   *chain = text_of(c, "CertificateChain");
	const char *fault =
	    fault_of(certificate, key, chain, in_has(c, "CertificateChain"));
	double now = (double)c->now_ms / 1000;

	if (fault != NULL)
		return err_set(&c->err, &acm_invalid, "%s", fault);
	if (acm_describe_pem(c->arena, certificate, doc) < 0)
		return err_set(&c->err, &acm_invalid,
		    "The key algorithm of the certificate is not supported.");
	if (json_num(doc, "NotAfter", 0) <= now || json_num(doc, "NotBefore", 0) > now)
		return err_set(&c->err, &acm_invalid,
		    json_num(doc, "NotAfter", 0) <= now ?
			"The certificate has expired, is not valid." :
			"The certificate is not in effect yet, is not valid.");
	json_set_str(doc, "_pem", certificate);
	json_set_str(doc, "_key", key);
	json_del(doc, "_chain");
	json_set_str(doc, "_chain", chain);
	json_set(doc, "ImportedAt", call_now(c));
	json_set_str(doc, "Status", "ISSUED");
	return 0;
}

static int
import(struct call *c)
{
	json_t *doc;

	if (in_has(c, "CertificateArn")) {
		if (acm_get(c, "CertificateArn", 1, &doc) < 0)
			return -1;
		if (!acm_is(doc, "Type", "IMPORTED"))
			return err_set(&c->err, &acm_invalid,
			    "Certificate %s is not an imported certificate.",
			    in_str(c, "CertificateArn"));
		if (in_has(c, "Tags"))
			return err_set(&c->err, &acm_bad_parameter,
			    "Tagging is not permitted on re-import.");
	} else {
		if (acm_ask(c, NULL) < 0)
			return -1;
		doc = acm_new(c, "IMPORTED", "");
		json_set(doc, "Options",
		    json_make("{s:s, s:s}", "CertificateTransparencyLoggingPreference",
			"DISABLED", "Export", "DISABLED"));
		json_set_str(doc, "CertificateKeyPairOrigin", "CUSTOMER_PROVIDED");
		if (acm_merge_tags(c, doc, in_list(c, "Tags")) < 0)
			return -1;
	}
	if (take(c, doc) < 0)
		return -1;
	acm_put(c, doc);
	out_str(c, "CertificateArn", json_str(doc, "CertificateArn"));
	return 0;
}

static int export(struct call *c)
{
	const char *passphrase = in_str(c, "Passphrase"), *pem;
	unsigned char *bytes;
	EVP_PKEY *key;
	json_t *doc;
	size_t n;

	if (acm_get(c, "CertificateArn", 1, &doc) < 0)
		return -1;
	if (!acm_is(json_get(doc, "Options"), "Export", "ENABLED"))
		return err_set(&c->err, &acm_invalid,
		    "Certificate ARN: %s is not a private certificate, nor one that may be exported.",
		    in_str(c, "CertificateArn"));
	if (json_str(doc, "_pem") == NULL)
		return err_set(&c->err, &acm_in_progress,
		    "The certificate request is in progress and the certificate body is not available.");
	if (!base64_decode(c->arena, passphrase, strlen(passphrase), &bytes, &n))
		return err_set(&c->err, &acm_invalid, "The passphrase is not valid.");
	key = acm_read_key(json_str_or(doc, "_key", ""));
	pem = key != NULL ? acm_key_pem(c->arena, key, (const char *)bytes, n) : NULL;
	EVP_PKEY_free(key);
	if (pem == NULL)
		return err_set(&c->err, &err_internal, "the key cannot be encrypted");
	json_set_bool(doc, "_exported", 1);
	json_set_str(doc, "RenewalEligibility", "ELIGIBLE");
	acm_put(c, doc);
	out_str(c, "Certificate", json_str(doc, "_pem"));
	out_str(c, "CertificateChain", json_str(doc, "_chain"));
	out_str(c, "PrivateKey", pem);
	return 0;
}

static const struct op ops[] = {
	ACM("ExportCertificate", export, 0,
	    "Give a certificate with its key, encrypted by a passphrase."),
	ACM("ImportCertificate", import, 0, "Keep a certificate with its key."),
};
const struct family acm_imports = FAMILY(ops, NULL);
