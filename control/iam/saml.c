#include "control/iam/saml.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/clock.h"
#include "base/enc.h"
#include "control/iam/c14n.h"

#define MD    "urn:oasis:names:tc:SAML:2.0:metadata"
#define SAMLP "urn:oasis:names:tc:SAML:2.0:protocol"
#define SAML  "urn:oasis:names:tc:SAML:2.0:assertion"
#define DS    "http://www.w3.org/2000/09/xmldsig#"
#define EXC   "http://www.w3.org/2001/10/xml-exc-c14n#"

static const struct {
	const char *uri;
	const EVP_MD *(*digest)(void);
} digests[] = {
	{ "http://www.w3.org/2001/04/xmlenc#sha256", EVP_sha256 },
	{ "http://www.w3.org/2001/04/xmldsig-more#sha384", EVP_sha384 },
	{ "http://www.w3.org/2001/04/xmlenc#sha512", EVP_sha512 },
};

static const struct method {
	const char *uri;
	const EVP_MD *(*digest)(void);
	int type, half; /* half: bytes of r and s */
} methods[] = {
	{ "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", EVP_sha256, EVP_PKEY_RSA,
	    0 },
	{ "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", EVP_sha384, EVP_PKEY_RSA,
	    0 },
	{ "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", EVP_sha512, EVP_PKEY_RSA,
	    0 },
	{ "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", EVP_sha256, EVP_PKEY_EC,
	    32 },
	{ "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", EVP_sha384, EVP_PKEY_EC,
	    48 },
};

/* Times */

/* xs:dateTime: 1 and *ret, 0 for the wrong form; an absent one is 0 ms. */
static int
read_time(const char *text, int64_t *ret)
{
	*ret = 0;
	return text == NULL || clock_parse_iso8601(text, ret);
}

/* Keys */

static EVP_PKEY *
key_of(struct arena *a, const char *certificate)
{
	const unsigned char *p;
	EVP_PKEY *key = NULL;
	unsigned char *der;
	X509 *cert;
	size_t n;

	if (certificate == NULL ||
	    !base64_decode(a, certificate, strlen(certificate), &der, &n))
		return NULL;
	p = der;
	cert = d2i_X509(NULL, &p, (long)n);
	if (cert != NULL)
		key = X509_get_pubkey(cert);
	X509_free(cert);
	return key;
}

/* Metadata */

static void
add_certificates(struct arena *a, const struct dom *idp, json_t *list)
{
	const struct dom *k = dom_child(idp, MD, "KeyDescriptor"), *cert;

	for (; k != NULL; k = dom_next_same(k)) {
		const char *use = dom_attribute(k, "use");

		if (use != NULL && strcmp(use, "signing") != 0)
			continue;
		cert = dom_child(dom_child(dom_child(k, DS, "KeyInfo"), DS, "X509Data"),
		    DS, "X509Certificate");
		for (; cert != NULL; cert = dom_next_same(cert)) {
			const char *text = dom_text(a, cert);
			EVP_PKEY *key = key_of(a, text);

			if (key != NULL)
				json_add_str(list, text);
			EVP_PKEY_free(key);
		}
	}
}

int
saml_metadata_read(struct arena *a, const char *text, size_t len,
    struct saml_metadata *ret)
{
	struct saml_metadata m = { NULL, json_own(a, json_new_array()), 0 };
	struct dom *root;

	if (!dom_parse(a, text, len, &root) || strcmp(root->ns, MD) != 0 ||
	    strcmp(root->local, "EntityDescriptor") != 0)
		return 0;
	m.entity = dom_attribute(root, "entityID");
	add_certificates(a, dom_child(root, MD, "IDPSSODescriptor"), m.certificates);
	if (m.entity == NULL || m.entity[0] == '\0' ||
	    json_array_size(m.certificates) == 0 ||
	    !read_time(dom_attribute(root, "validUntil"), &m.valid_until_ms))
		return 0;
	*ret = m;
	return 1;
}

/* Signatures (https://www.w3.org/TR/xmldsig-core1/) */

static const char *
algorithm(const struct dom *e)
{
	const char *uri = e != NULL ? dom_attribute(e, "Algorithm") : NULL;

	return uri != NULL ? uri : "";
}

/* Exclusive canonicalization, and what it says of prefixes: 1, 0 it is another. */
static int
read_c14n(const struct dom *e, const char **ret_inclusive)
{
	const struct dom *inclusive;

	if (strcmp(algorithm(e), EXC) != 0)
		return 0;
	inclusive = dom_child(e, EXC, "InclusiveNamespaces");
	*ret_inclusive =
	    inclusive != NULL ? dom_attribute(inclusive, "PrefixList") : NULL;
	return 1;
}

static int
decode(struct arena *a, const struct dom *e, unsigned char **ret, size_t *ret_len)
{
	const char *text = dom_text(a, e);

	return e != NULL && text[0] != '\0' &&
	    base64_decode(a, text, strlen(text), ret, ret_len);
}

/* The digest is that of the element without its signature. */
static int
digest_is(struct arena *a, const struct dom *reference, const struct buf *b)
{
	unsigned char have[EVP_MAX_MD_SIZE], *want;
	const struct dom *method = dom_child(reference, DS, "DigestMethod");
	unsigned have_len = 0;
	size_t i = 0, n;

	while (i < COUNT(digests) && strcmp(digests[i].uri, algorithm(method)) != 0)
		i++;
	if (i == COUNT(digests) ||
	    !decode(a, dom_child(reference, DS, "DigestValue"), &want, &n) ||
	    EVP_Digest(buf_text(b), b->len, have, &have_len, digests[i].digest(), NULL) !=
		1)
		return 0;
	return n == have_len && equal_secret(have, want, n);
}

/* One reference, to the very element that the signature is in; transformed as all of SAML's are. */
static int
reference_holds(struct arena *a, const struct dom *signed_element,
    const struct dom *signature, const struct dom *info)
{
	static const char enveloped[] = DS "enveloped-signature";
	const struct dom *reference = dom_child(info, DS, "Reference"), *t;
	const char *id = dom_attribute(signed_element, "ID"), *uri, *inclusive = NULL;
	struct buf *b = buf_new(a, 0);
	int is_enveloped = 0, is_exclusive = 0;

	if (reference == NULL || dom_next_same(reference) != NULL || id == NULL)
		return 0;
	uri = dom_attribute(reference, "URI");
	if (uri == NULL || uri[0] != '#' || strcmp(uri + 1, id) != 0)
		return 0;
	t = dom_child(dom_child(reference, DS, "Transforms"), DS, "Transform");
	for (; t != NULL; t = dom_next_same(t)) {
		if (strcmp(algorithm(t), enveloped) == 0)
			is_enveloped = 1;
		else if (read_c14n(t, &inclusive))
			is_exclusive = 1;
		else
			return 0;
	}
	if (!is_enveloped || !is_exclusive)
		return 0;
	c14n_write(a, signed_element, signature, inclusive, b);
	return digest_is(a, reference, b);
}

/* XML has r and s as they are (RFC 4050 3.3), OpenSSL in DER. */
static int
to_der(struct arena *a, int half, unsigned char **sig, size_t *n)
{
	ECDSA_SIG *s;
	unsigned char *der = NULL;
	int len;

	if (half == 0)
		return 1;
	if (*n != 2 * (size_t)half)
		return 0;
	s = ECDSA_SIG_new();
	ECDSA_SIG_set0(s, BN_bin2bn(*sig, half, NULL),
	    BN_bin2bn(*sig + half, half, NULL));
	len = i2d_ECDSA_SIG(s, &der);
	ECDSA_SIG_free(s);
	if (len <= 0)
		return 0;
	*sig = arena_alloc(a, (size_t)len);
	memcpy(*sig, der, (size_t)len);
	*n = (size_t)len;
	OPENSSL_free(der);
	return 1;
}

static int
verifies(const struct method *m, const char *certificate, struct arena *a,
    const struct buf *b, const unsigned char *sig, size_t n)
{
	EVP_PKEY *key = key_of(a, certificate);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int ok;

	ok = key != NULL && EVP_PKEY_get_base_id(key) == m->type &&
	    EVP_DigestVerifyInit(c, NULL, m->digest(), NULL, key) == 1 &&
	    EVP_DigestVerify(c, sig, n, (const unsigned char *)buf_text(b), b->len) == 1;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return ok;
}

static int
value_holds(struct arena *a, const struct dom *signature, const struct dom *info,
    const json_t *certificates)
{
	const char *inclusive = NULL;
	struct buf *b = buf_new(a, 0);
	unsigned char *sig;
	const json_t *cert;
	size_t i = 0, k, n;

	while (i < COUNT(methods) &&
	    strcmp(methods[i].uri, algorithm(dom_child(info, DS, "SignatureMethod"))) !=
		0)
		i++;
	if (i == COUNT(methods) ||
	    !read_c14n(dom_child(info, DS, "CanonicalizationMethod"), &inclusive) ||
	    !decode(a, dom_child(signature, DS, "SignatureValue"), &sig, &n) ||
	    !to_der(a, methods[i].half, &sig, &n))
		return 0;
	c14n_write(a, info, NULL, inclusive, b);
	json_array_foreach(certificates, k, cert) {
		if (verifies(&methods[i], json_string_value(cert), a, b, sig, n))
			return 1;
	}
	return 0;
}

static int
is_signed(struct arena *a, const struct dom *e, const json_t *certificates)
{
	const struct dom *signature = dom_child(e, DS, "Signature"),
			 *info = dom_child(signature, DS, "SignedInfo");

	return info != NULL && dom_next_same(signature) == NULL &&
	    dom_next_same(info) == NULL && reference_holds(a, e, signature, info) &&
	    value_holds(a, signature, info, certificates);
}

/* Assertions */

static json_t *
texts(struct arena *a, const struct dom *e)
{
	json_t *list = json_new_array();

	for (; e != NULL; e = dom_next_same(e))
		json_add_str(list, dom_text(a, e));
	return list;
}

static void
read_attributes(struct arena *a, const struct dom *assertion, json_t *into)
{
	const struct dom *statement = dom_child(assertion, SAML, "AttributeStatement");

	for (; statement != NULL; statement = dom_next_same(statement)) {
		const struct dom *e = dom_child(statement, SAML, "Attribute");

		for (; e != NULL; e = dom_next_same(e)) {
			const char *name = dom_attribute(e, "Name");

			if (name != NULL)
				json_set(into, name,
				    texts(a, dom_child(e, SAML, "AttributeValue")));
		}
	}
}

/* That of a bearer, whose end is the assertion's, too. */
static int
read_subject(struct arena *a, const struct dom *assertion, struct saml_assertion *s)
{
	const struct dom *subject = dom_child(assertion, SAML, "Subject"),
			 *id = dom_child(subject, SAML, "NameID"),
			 *c = dom_child(subject, SAML, "SubjectConfirmation"), *data;
	int64_t end;

	if (id != NULL) {
		s->subject = dom_text(a, id);
		s->format = dom_attribute(id, "Format");
	}
	while (c != NULL &&
	    strcmp(dom_attribute(c, "Method") != NULL ? dom_attribute(c, "Method") : "",
		"urn:oasis:names:tc:SAML:2.0:cm:bearer") != 0)
		c = dom_next_same(c);
	data = dom_child(c, SAML, "SubjectConfirmationData");
	if (data == NULL)
		return 1;
	s->recipient = dom_attribute(data, "Recipient");
	if (!read_time(dom_attribute(data, "NotOnOrAfter"), &end))
		return 0;
	if (end != 0 && (s->not_after_ms == 0 || end < s->not_after_ms))
		s->not_after_ms = end;
	return 1;
}

static int
read_assertion(struct arena *a, const struct dom *e, struct saml_assertion *s)
{
	const struct dom *conditions = dom_child(e, SAML, "Conditions"),
			 *issuer = dom_child(e, SAML, "Issuer"),
			 *authn = dom_child(e, SAML, "AuthnStatement");
	json_t *attributes = json_own(a, json_new_object());

	if (issuer == NULL || !read_time(dom_attribute(e, "IssueInstant"), &s->issued_ms))
		return 0;
	s->issuer = dom_text(a, issuer);
	if (conditions != NULL &&
	    (!read_time(dom_attribute(conditions, "NotBefore"), &s->not_before_ms) ||
		!read_time(dom_attribute(conditions, "NotOnOrAfter"), &s->not_after_ms)))
		return 0;
	if (authn != NULL &&
	    !read_time(dom_attribute(authn, "SessionNotOnOrAfter"), &s->session_end_ms))
		return 0;
	s->audiences = json_own(a,
	    texts(a,
		dom_child(dom_child(conditions, SAML, "AudienceRestriction"), SAML,
		    "Audience")));
	read_attributes(a, e, attributes);
	s->attributes = attributes;
	return read_subject(a, e, s);
}

static int
is_success(const struct dom *response)
{
	static const char success[] = "urn:oasis:names:tc:SAML:2.0:status:Success";
	const struct dom *code =
	    dom_child(dom_child(response, SAMLP, "Status"), SAMLP, "StatusCode");
	const char *value = code != NULL ? dom_attribute(code, "Value") : NULL;

	return value != NULL && strcmp(value, success) == 0;
}

enum saml_verdict
saml_read(struct arena *a, const char *text, size_t len, const json_t *certificates,
    struct saml_assertion *ret)
{
	struct saml_assertion s = { .issuer = NULL };
	const struct dom *assertion;
	struct dom *root;

	if (!dom_parse(a, text, len, &root) || strcmp(root->ns, SAMLP) != 0 ||
	    strcmp(root->local, "Response") != 0)
		return SAML_MALFORMED;
	if (!is_success(root))
		return SAML_FAILED;
	if (dom_child(root, SAML, "EncryptedAssertion") != NULL)
		return SAML_ENCRYPTED;
	assertion = dom_child(root, SAML, "Assertion");
	if (assertion == NULL || dom_next_same(assertion) != NULL)
		return SAML_MALFORMED;
	if (!is_signed(a, root, certificates) && !is_signed(a, assertion, certificates))
		return SAML_UNSIGNED;
	if (!read_assertion(a, assertion, &s))
		return SAML_MALFORMED;
	*ret = s;
	return SAML_GOOD;
}
