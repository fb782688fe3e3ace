/*
 * ACM: certificates that are asked for, until they are issued, and again before they end.
 */
#include <string.h>

#include "base/enc.h"
#include "control/api/converge.h"
#include "control/iam/ca.h"
#include "control/services/acm/acm.h"
#include "control/services/acm/proof.h"

static const struct err_kind bad_options = { "InvalidDomainValidationOptionsException",
	400 };
static const struct err_kind limit = { "LimitExceededException", 400 };
static const struct err_kind bad_arn = { "InvalidArnException", 400 };

enum {
	NAMES_MAX = 10,
	DAY_S = 24 * 3600,
	PATIENCE_S = 3 * DAY_S, /* AWS: 72 hours to prove a domain */
	RENEW_S = 60 * DAY_S,
	TOKEN_S = 3600,
	LOOK_MS = 5000,
	FAR_MS = DAY_S * 1000,
};

/* Request */

static const char *const algorithms[] = { "RSA_2048", "EC_prime256v1", "EC_secp384r1" };

static int
check_algorithm(struct call *c, const char *algorithm)
{
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		if (strcmp(algorithm, algorithms[i]) == 0)
			return 0;
	}
	return err_set(&c->err, &acm_bad_parameter,
	    "The key algorithm %s is not supported for requested certificates.",
	    algorithm);
}

static int
check(struct call *c)
{
	const char *method = in_str(c, "ValidationMethod");

	if (in_has(c, "CertificateAuthorityArn"))
		return err_set(&c->err, &bad_arn,
		    "Could not find the private certificate authority %s.",
		    in_str(c, "CertificateAuthorityArn"));
	if (in_has(c, "ManagedBy") || (method != NULL && strcmp(method, "HTTP") == 0))
		return err_set(&c->err, &acm_bad_parameter,
		    "Certificates that CloudFront manages, by HTTP validation, cannot be requested.");
	if (in_has(c, "KeyAlgorithm"))
		return check_algorithm(c, in_str(c, "KeyAlgorithm"));
	return 0;
}

/* The domain and the others, each once, in lower case. */
static json_t *
names_of(struct call *c)
{
	json_t *names = json_own(c->arena, json_new_array()), *v;
	size_t i;

	json_add_str(names, proof_lower(c->arena, in_str(c, "DomainName")));
	json_array_foreach(in_list(c, "SubjectAlternativeNames"), i, v) {
		const char *name = proof_lower(c->arena, json_string_value(v));

		if (!json_has_str(names, name))
			json_add_str(names, name);
	}
	return names;
}

/* The domain whose mailboxes are asked: the name's own, or one above it that the input says. */
static int
validation_domain(struct call *c, const char *name, const char **ret)
{
	const json_t *option;
	size_t i, n;

	*ret = strncmp(name, "*.", 2) == 0 ? name + 2 : name;
	json_array_foreach(in_list(c, "DomainValidationOptions"), i, option) {
		const char *domain = json_str_or(option, "ValidationDomain", "");

		if (strcasecmp(json_str_or(option, "DomainName", ""), name) != 0)
			continue;
		n = strlen(name);
		if (n < strlen(domain) ||
		    strcasecmp(name + n - strlen(domain), domain) != 0)
			return err_set(&c->err, &bad_options,
			    "The validation domain %s is not a superdomain of %s.",
			    domain, name);
		*ret = domain;
	}
	return 0;
}

static int
add_validation(struct call *c, json_t *rows, const char *name, const char *method)
{
	static const char *const boxes[] = { "admin", "administrator", "hostmaster",
		"postmaster", "webmaster" };
	json_t *row = json_add_object(rows);
	const char *domain;

	if (validation_domain(c, name, &domain) < 0)
		return -1;
	json_set_str(row, "DomainName", name);
	json_set_str(row, "ValidationDomain", domain);
	json_set_str(row, "ValidationStatus", "PENDING_VALIDATION");
	json_set_str(row, "ValidationMethod", method);
	if (strcmp(method, "DNS") == 0) {
		json_set(row, "ResourceRecord",
		    json_incref(proof_record(c->arena, c->account, name)));
		return 0;
	}
	for (size_t i = 0; i < COUNT(boxes); i++)
		json_add(json_need_array(row, "ValidationEmails"),
		    json_new_fmt("%s@%s", boxes[i], domain));
	return 0;
}

/* Asked for with the same token within an hour: 1 and its ARN, 0, -1. */
static int
find_token(struct call *c, const json_t *names, const char **ret)
{
	const char *token = in_str(c, "IdempotencyToken");
	struct store_docs docs;

	if (token == NULL)
		return 0;
	if (store_list(c->txn, c->scope, acm_certificate.kind, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *doc = docs.doc[i];

		if (acm_is(doc, "_token", token) &&
		    json_equal(json_get(doc, "SubjectAlternativeNames"), names) &&
		    json_num(doc, "CreatedAt", 0) + TOKEN_S > (double)c->now_ms / 1000) {
			*ret = json_str(doc, "CertificateArn");
			return 1;
		}
	}
	return 0;
}

static json_t *
options_of(struct call *c)
{
	const json_t *said = in_object(c, "Options");
	const char *logging = "CertificateTransparencyLoggingPreference";

	return json_make("{s:s, s:s}", logging, json_str_or(said, logging, "ENABLED"),
	    "Export", json_str_or(said, "Export", "DISABLED"));
}

static int
request(struct call *c)
{
	const char *method = in_str(c, "ValidationMethod"), *arn = NULL;
	json_t *doc, *names, *name;
	size_t i;
	int rc;

	if (acm_ask(c, NULL) < 0 || check(c) < 0)
		return -1;
	names = names_of(c);
	if (json_array_size(names) > NAMES_MAX)
		return err_set(&c->err, &limit,
		    "Error: the number of domain names exceeds the maximum of %d.",
		    NAMES_MAX);
	rc = find_token(c, names, &arn);
	if (rc != 0) {
		if (rc > 0)
			out_str(c, "CertificateArn", arn);
		return rc < 0 ? -1 : 0;
	}
	method = method != NULL ? method : "EMAIL";
	doc = acm_new(c, "AMAZON_ISSUED", json_string_value(json_array_get(names, 0)));
	json_set(doc, "SubjectAlternativeNames", json_incref(names));
	json_set_fmt(doc, "Subject", "CN=%s", json_str(doc, "DomainName"));
	json_set_str(doc, "Issuer", "Amazon");
	json_set_str(doc, "Status", "PENDING_VALIDATION");
	json_set_str(doc, "KeyAlgorithm",
	    in_has(c, "KeyAlgorithm") ? in_str(c, "KeyAlgorithm") : algorithms[0]);
	json_set(doc, "Options", options_of(c));
	json_set_str(doc, "CertificateKeyPairOrigin", "AWS_MANAGED");
	json_set_str(doc, "_token", in_str(c, "IdempotencyToken"));
	json_array_foreach(names, i, name) {
		if (add_validation(c, json_need_array(doc, "DomainValidationOptions"),
			json_string_value(name), method) < 0)
			return -1;
	}
	if (acm_merge_tags(c, doc, in_list(c, "Tags")) < 0)
		return -1;
	acm_put(c, doc);
	out_str(c, "CertificateArn", json_str(doc, "CertificateArn"));
	return 0;
}

static int
resend(struct call *c)
{
	const json_t *row;
	json_t *doc;
	size_t i;

	if (acm_get(c, "CertificateArn", 0, &doc) < 0)
		return -1;
	if (!acm_is(doc, "Status", "PENDING_VALIDATION"))
		return err_set(&c->err, &acm_bad_state,
		    "Certificate %s is not pending validation.",
		    in_str(c, "CertificateArn"));
	json_array_foreach(json_get(doc, "DomainValidationOptions"), i, row) {
		if (acm_is(row, "ValidationMethod", "EMAIL") &&
		    strcasecmp(json_str_or(row, "DomainName", ""), in_str(c, "Domain")) ==
			0 &&
		    strcasecmp(json_str_or(row, "ValidationDomain", ""),
			in_str(c, "ValidationDomain")) == 0)
			return 0;
	}
	return err_set(&c->err, &bad_options,
	    "The domain %s of certificate %s is not validated by mail to %s.",
	    in_str(c, "Domain"), in_str(c, "CertificateArn"),
	    in_str(c, "ValidationDomain"));
}

/* Life */

static json_t *
now_of(const struct converge *cv)
{
	return json_new_num((double)cv->now_ms / 1000);
}

/* A key and a certificate: new ones, as documents have them. */
struct issue {
	const char *pem, *key, *chain;
};

static int
sign(struct converge *cv, const json_t *doc, struct issue *ret, struct err *err)
{
	EVP_PKEY *key = acm_new_key(json_str_or(doc, "KeyAlgorithm", ""));
	struct buf *names = buf_new(cv->arena, 0);
	X509 *cert = NULL;
	const json_t *v;
	size_t i;
	int rc;

	json_array_foreach(json_get(doc, "SubjectAlternativeNames"), i, v)
		buf_printf(names, "%sDNS:%s", i > 0 ? "," : "", json_string_value(v));
	rc = key == NULL ? err_set(err, &err_internal, "no key can be made") :
			   ca_issue(cv->env->ca, key, json_str_or(doc, "DomainName", ""),
			       buf_text(names), cv->now_ms, &cert, err);
	if (rc == 0) {
		ret->pem = acm_certificate_pem(cv->arena, cert);
		ret->key = acm_key_pem(cv->arena, key, NULL, 0);
		ret->chain = ca_certificate(cv->env->ca);
		if (ret->pem == NULL || ret->key == NULL)
			rc = err_set(err, &err_internal, "the certificate has no text");
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}

static int
write_issue(struct converge *cv, json_t *doc, void *arg)
{
	const struct issue *issue = arg;
	int is_first = json_str(doc, "_pem") == NULL;
	json_t *names = json_incref(json_get(doc, "SubjectAlternativeNames")), *row;
	size_t i;

	(void)acm_describe_pem(cv->arena, issue->pem, doc);
	json_set(doc, "SubjectAlternativeNames", names);
	json_set_str(doc, "_pem", issue->pem);
	json_set_str(doc, "_key", issue->key);
	json_set_str(doc, "_chain", issue->chain);
	json_del(doc, "_renew");
	json_set_str(doc, "Status", "ISSUED");
	if (is_first)
		json_set(doc, "IssuedAt", now_of(cv));
	json_array_foreach(json_get(doc, "DomainValidationOptions"), i, row)
		json_set_str(row, "ValidationStatus", "SUCCESS");
	if (!is_first)
		json_set(doc, "RenewalSummary",
		    json_make("{s:s, s:O, s:o}", "RenewalStatus", "SUCCESS",
			"DomainValidationOptions",
			json_get(doc, "DomainValidationOptions"), "UpdatedAt",
			now_of(cv)));
	return 1;
}

static int
write_status(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	const char *status = arg;

	if (acm_is(doc, "Status", status))
		return 0;
	json_set_str(doc, "Status", status);
	return 1;
}

/* A domain is proved for itself, also while others are not. */
static int
write_proofs(struct converge *cv UNUSED, json_t *doc, void *arg)
{
	const json_t *proved = arg;
	json_t *row;
	int changed = 0;
	size_t i;

	json_array_foreach(json_get(doc, "DomainValidationOptions"), i, row) {
		if (json_has_str(proved, json_str_or(row, "DomainName", "")) &&
		    !acm_is(row, "ValidationStatus", "SUCCESS")) {
			json_set_str(row, "ValidationStatus", "SUCCESS");
			changed = 1;
		}
	}
	return changed;
}

static int
issue(struct converge *cv, struct err *err)
{
	struct issue it;

	if (cv->env->ca == NULL)
		return err_set(err, &err_internal, "there is no authority to sign it");
	return sign(cv, cv->doc, &it, err) < 0 ?
	    -1 :
	    converge_write(cv, write_issue, &it, err);
}

static int
pend(struct converge *cv, struct err *err)
{
	json_t *proved;
	double age = (double)cv->now_ms / 1000 - json_num(cv->doc, "CreatedAt", 0);
	static char timed_out[] = "VALIDATION_TIMED_OUT";

	if (proof_find(cv, &proved, err) < 0)
		return -1;
	if (json_array_size(proved) ==
	    json_array_size(json_get(cv->doc, "DomainValidationOptions")))
		return issue(cv, err);
	if (age > PATIENCE_S)
		return converge_write(cv, write_status, timed_out, err);
	cv->again_ms = LOOK_MS;
	return json_array_size(proved) > 0 ?
	    converge_write(cv, write_proofs, proved, err) :
	    0;
}

/* An issued one: renewed in time by who can prove it still, else it ends. */
static int
keep(struct converge *cv, struct err *err)
{
	double left = json_num(cv->doc, "NotAfter", 0) - (double)cv->now_ms / 1000;
	static char expired[] = "EXPIRED";
	json_t *proved;

	cv->again_ms = FAR_MS;
	if (json_bool(cv->doc, "_renew", 0))
		return issue(cv, err);
	if (left <= 0)
		return converge_write(cv, write_status, expired, err);
	if (left > RENEW_S || !acm_is(cv->doc, "Type", "AMAZON_ISSUED") ||
	    !acm_is(cv->doc, "RenewalEligibility", "ELIGIBLE"))
		return 0;
	if (proof_find(cv, &proved, err) < 0)
		return -1;
	return json_array_size(proved) ==
		json_array_size(json_get(cv->doc, "DomainValidationOptions")) ?
	    issue(cv, err) :
	    0;
}

static int
converge(struct converge *cv, struct err *err)
{
	if (cv->doc == NULL)
		return 0;
	if (acm_is(cv->doc, "Status", "PENDING_VALIDATION"))
		return pend(cv, err);
	return acm_is(cv->doc, "Status", "ISSUED") ? keep(cv, err) : 0;
}

static const struct watch watches[] = { { "route53:name", proof_changed }, { 0 } };

const struct resource acm_certificate = {
	.service = "acm",
	.kind = PROOF_KIND,
	.type = "certificate",
	.id_member = "_id",
	.noun = "certificate",
	.not_found = &acm_not_found,
	.converge = converge,
	.watches = watches,
};

static const struct op ops[] = {
	ACM("RequestCertificate", request, 0, "Ask for a certificate."),
	ACM("ResendValidationEmail", resend, 0,
	    "Ask the owner of a domain once more; no mail is sent."),
};
static const struct resource *const resources[] = { &acm_certificate, NULL };
const struct family acm_requests = FAMILY(ops, resources);
