/*
 * ACM: certificates, really signed: what its families share.
 *
 * acm:certificate, by the last part of its ARN (_id), is as DescribeCertificate shows it; _pem, _chain, _key (PEM) when it
 * is issued, Tags, _method ("DNS", "EMAIL"), _token, _exported, _renew (somebody asked).  acm:account "config" has
 * ExpiryEvents.  Requested certificates are signed by the local authority (control/iam/ca.h) when the records that prove the
 * domains are in public zones of Route 53, whoever's.
 *
 * Not emulated: ACME endpoints, private authorities, mails of validation, SearchCertificates.
 */
#ifndef CONTROL_SERVICES_ACM_ACM_H
#define CONTROL_SERVICES_ACM_ACM_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "control/api/call.h"
#include "control/api/service.h"

extern const struct service acm_service;
extern const struct family acm_certificates, acm_requests, acm_imports, acm_tags,
    acm_accounts, acm_lists;
extern const struct resource acm_certificate;

/* Handlers ask for permission with their ARN. */
#define ACM(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_ASKS, doc_)

extern const struct err_kind acm_invalid;	/* ValidationException 400 */
extern const struct err_kind acm_bad_parameter; /* InvalidParameterException 400 */
extern const struct err_kind acm_not_found;	/* ResourceNotFoundException 400 */
extern const struct err_kind acm_bad_state;	/* InvalidStateException 400 */
extern const struct err_kind acm_in_progress;	/* RequestInProgressException 400 */

/* May the caller, on the ARN or "*" (NULL)?  0 or -1. */
int acm_ask(struct call *c, const char *arn);

/* The certificate of the ARN that the input's member has, once the caller may: 0 and it, to write if is_edit, or -1. */
int acm_get(struct call *c, const char *member, int is_edit, json_t **ret);
void acm_put(struct call *c, json_t *doc);

/* A new document with its ARN, not put yet. */
json_t *acm_new(struct call *c, const char *type, const char *domain);

/* Merge the tags into the document's: 0, or -1 InvalidTagException, TooManyTagsException. */
int acm_merge_tags(struct call *c, json_t *doc, const json_t *tags);

int acm_is(const json_t *doc, const char *member, const char *text);

/* Certificates and keys as text */

/* What the certificate says of itself, into the document; 0, or -1 when the PEM is no certificate. */
int acm_describe_pem(struct arena *a, const char *pem, json_t *doc);

/* One certificate, or a key without a passphrase; NULL.  The caller frees them. */
X509 *acm_read_certificate(const char *pem, int only_one);
EVP_PKEY *acm_read_key(const char *pem);

/* 1 when each is signed by the next, the certificate by the first of the chain. */
int acm_chain_fits(X509 *certificate, const char *chain);

/* A key of "RSA_2048", "EC_prime256v1", "EC_secp384r1"; NULL.  The caller frees it. */
EVP_PKEY *acm_new_key(const char *algorithm);

/* As PEM, the arena's; the key encrypted with the passphrase when there is one.  NULL. */
const char *acm_certificate_pem(struct arena *a, X509 *certificate);
const char *acm_key_pem(struct arena *a, EVP_PKEY *key, const char *passphrase, size_t n);

/*
 * A new key and the local authority's certificate of it, for a year: PEM, the arena's.  `names`
 * as ca_issue() takes them.  0 or -1.
 */
struct ca;
int acm_make_pair(struct arena *a, const struct ca *ca, const char *title,
    const char *names, int64_t now_ms, const char **ret_pem, const char **ret_key,
    struct err *err);

#endif
