/*
 * SAML 2.0: metadata of identity providers, and what their signed responses say.
 *
 * A response counts as far as it is signed: either it is, or its one assertion.  Signatures are enveloped ones over exclusive canonical
 * XML, by RSA or ECDSA with SHA-2.
 */
#ifndef CONTROL_IAM_SAML_H
#define CONTROL_IAM_SAML_H

#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"

struct saml_metadata {
	const char *entity;
	json_t *certificates;	/* [base64 of DER], at least one; the arena's */
	int64_t valid_until_ms; /* 0: it does not say */
};

/* 1, or 0 when it is no metadata of an identity provider. */
int saml_metadata_read(struct arena *a, const char *text, size_t len,
    struct saml_metadata *ret);

/* What an assertion says; the arena's, NULL for what it does not. */
struct saml_assertion {
	const char *issuer, *subject, *format, *recipient;
	const json_t *audiences;  /* [text]; empty: it is for anybody */
	const json_t *attributes; /* {name: [value]} */
	/* 0: it does not say. */
	int64_t issued_ms, not_before_ms, not_after_ms, session_end_ms;
};

enum saml_verdict {
	SAML_GOOD,
	SAML_MALFORMED,
	SAML_ENCRYPTED, /* which nobody reads here */
	SAML_FAILED,	/* the provider says that it knows nobody */
	SAML_UNSIGNED,	/* or not by one of these certificates */
};

enum saml_verdict saml_read(struct arena *a, const char *text, size_t len,
    const json_t *certificates, struct saml_assertion *ret);

#endif
