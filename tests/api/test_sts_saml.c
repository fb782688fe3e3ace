/*
 * SAML: providers in IAM, and roles by what they sign.
 */
#include "tests/api/fixture.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/enc.h"
#include "control/iam/credential.h"

#define ACCOUNT	 FIXTURE_ACCOUNT
#define ARN	 "arn:aws:iam::" ACCOUNT ":"
#define PROVIDER ARN "saml-provider/idp"
#define ROLE	 ARN "role/r"
#define ENTITY	 "https://idp.example.com/saml"
#define SIGN_IN	 "https://signin.aws.amazon.com/saml"
#define DS	 "http://www.w3.org/2000/09/xmldsig#"
#define EXC	 "http://www.w3.org/2001/10/xml-exc-c14n#"
#define ATTR	 "https://aws.amazon.com/SAML/Attributes/"

struct idp {
	EVP_PKEY *key;
	char *certificate; /* base64 */
};

static void
free_key(void *key)
{
	EVP_PKEY_free(key);
}

static struct idp
make_idp(struct fixture *f)
{
	struct idp idp = { .key = EVP_RSA_gen(2048) };
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	unsigned char *der = NULL;
	int n;

	arena_defer(f->arena, free_key, idp.key);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"idp",
	    -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, idp.key);
	X509_sign(x, idp.key, EVP_sha256());
	n = i2d_X509(x, &der);
	assert_true(n > 0);
	idp.certificate = base64_encode(f->arena, der, (size_t)n);
	OPENSSL_free(der);
	X509_free(x);
	return idp;
}

static const char *
metadata(struct fixture *f, const struct idp *idp, const char *more)
{
	return arena_printf(f->arena,
	    "<?xml version=\"1.0\"?>\n<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:"
	    "metadata\" entityID=\"" ENTITY "\"%s>"
	    "<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:"
	    "protocol\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"" DS
	    "\"><X509Data><X509Certificate>\n%s\n</X509Certificate></X509Data></KeyInfo>"
	    "</KeyDescriptor><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:"
	    "bindings:HTTP-POST\" Location=\"https://idp.example.com/sso\"/>"
	    "</IDPSSODescriptor></EntityDescriptor><!--%0300d-->",
	    more, idp->certificate, 0);
}

static struct call *
create_provider(struct fixture *f, const char *document, const char *more_name,
    const char *more)
{
	json_t *in = json_own(f->arena,
	    json_make("{s:s, s:s}", "Name", "idp", "SAMLMetadataDocument", document));

	json_set_str(in, more_name, more);
	return fixture_call(f, "iam", "CreateSAMLProvider", "%s",
	    json_text(f->arena, in));
}

static void
make_role(struct fixture *f, const char *condition)
{
	json_t *in = json_own(f->arena,
	    json_make("{s:s, s:o}", "RoleName", "r", "AssumeRolePolicyDocument",
		json_new_fmt(
		    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
		    "\"Principal\":{\"Federated\":\"" PROVIDER
		    "\"},\"Action\":[\"sts:AssumeRoleWithSAML\",\"sts:TagSession\","
		    "\"sts:SetSourceIdentity\"],\"Condition\":%s}]}",
		    condition)));

	fixture_ok(f, "iam", "CreateRole", "%s", json_text(f->arena, in));
}

/* What an assertion is made of; every member has a default. */
struct wish {
	const char *role, *session, *issuer, *recipient, *audience, *attributes, *status;
	int issued_s, ends_s; /* from now */
	int tamper; /* 1 the text, 2 the digest's algorithm, 3 another element's ID */
	const struct idp *signer;
};

static char *
sign(struct fixture *f, const struct idp *idp, const char *info)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	unsigned char sig[512];
	size_t n = sizeof(sig);

	assert_int_equal(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, idp->key), 1);
	assert_int_equal(EVP_DigestSign(c, sig, &n, (const unsigned char *)info,
			     strlen(info)),
	    1);
	EVP_MD_CTX_free(c);
	return base64_encode(f->arena, sig, n);
}

static const char *
or_else(const char *text, const char *def)
{
	return text != NULL ? text : def;
}

static char *
instant(struct fixture *f, int from_now_s)
{
	char *out = arena_alloc(f->arena, CLOCK_TEXT);

	clock_iso8601(f->now_ms + from_now_s * 1000, 0, out);
	return out;
}

#define STRING_ATTRIBUTE(name, value)                                        \
	"<saml:Attribute Name=\"" ATTR name "\"><saml:AttributeValue>" value \
	"</saml:AttributeValue></saml:Attribute>"

/* The parts before and after where the signature stands, written as canonical XML is. */
static void
assertion(struct fixture *f, const struct wish *w, char **ret_before, char **ret_after)
{
	const char *end = instant(f, w->ends_s != 0 ? w->ends_s : 300);

	*ret_before = arena_printf(f->arena,
	    "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a\" "
	    "IssueInstant=\"%s\" Version=\"2.0\"><saml:Issuer>%s</saml:Issuer>",
	    instant(f, w->issued_s), or_else(w->issuer, ENTITY));
	*ret_after = arena_printf(f->arena,
	    "<saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:"
	    "persistent\">ann</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:"
	    "tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData NotOnOrAfter=\"%s\" "
	    "Recipient=\"%s\"></saml:SubjectConfirmationData></saml:SubjectConfirmation>"
	    "</saml:Subject><saml:Conditions NotBefore=\"%s\" NotOnOrAfter=\"%s\">"
	    "<saml:AudienceRestriction><saml:Audience>%s</saml:Audience>"
	    "</saml:AudienceRestriction></saml:Conditions><saml:AttributeStatement>"
	    "<saml:Attribute Name=\"" ATTR "Role\"><saml:AttributeValue>%s"
	    "</saml:AttributeValue></saml:Attribute>%s%s</saml:AttributeStatement>"
	    "</saml:Assertion>",
	    end, or_else(w->recipient, SIGN_IN), instant(f, -60), end,
	    or_else(w->audience, "urn:amazon:webservices"),
	    or_else(w->role, PROVIDER "," ROLE),
	    or_else(w->session, STRING_ATTRIBUTE("RoleSessionName", "ann@example.com")),
	    or_else(w->attributes, ""));
}

static char *
response(struct fixture *f, const struct idp *idp, const struct wish *w)
{
	unsigned char digest[32];
	char *before, *after, *info, *signature, *text;
	const char *status = or_else(w->status, "Success");

	assertion(f, w, &before, &after);
	text = arena_printf(f->arena, "%s%s", before, after);
	sha256(text, strlen(text), digest);
	info = arena_printf(f->arena,
	    "<ds:SignedInfo xmlns:ds=\"" DS
	    "\"><ds:CanonicalizationMethod Algorithm=\"" EXC
	    "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"http://www.w3.org/"
	    "2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod><ds:Reference URI=\"#%s\">"
	    "<ds:Transforms><ds:Transform Algorithm=\"" DS
	    "enveloped-signature\"></ds:Transform><ds:Transform Algorithm=\"" EXC
	    "\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"%s\">"
	    "</ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference>"
	    "</ds:SignedInfo>",
	    w->tamper == 3 ? "_other" : "_a",
	    w->tamper == 2 ? "http://www.w3.org/2000/09/xmldsig#sha1" :
			     "http://www.w3.org/2001/04/xmlenc#sha256",
	    base64_encode(f->arena, digest, sizeof(digest)));
	signature = sign(f, w->signer != NULL ? w->signer : idp, info);
	if (w->tamper == 1)
		strstr(after, ">ann<")[1] = 'b';
	text = arena_printf(f->arena,
	    "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\" "
	    "Version=\"2.0\"><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:"
	    "2.0:status:%s\"/></samlp:Status>%s<ds:Signature xmlns:ds=\"" DS
	    "\">%s<ds:SignatureValue>%s</ds:SignatureValue></ds:Signature>%s</samlp:Response>",
	    status, before, info, signature, after);
	return base64_encode(f->arena, text, strlen(text));
}

static struct call *
assume(struct fixture *f, const struct idp *idp, const struct wish *w, const char *more)
{
	const struct principal nobody = { .kind = PRINCIPAL_NOBODY };

	return fixture_call_as(f, &nobody, "sts", "AssumeRoleWithSAML",
	    "{\"RoleArn\":\"" ROLE "\",\"PrincipalArn\":\"" PROVIDER
	    "\",\"SAMLAssertion\":\"%s\"%s}",
	    response(f, idp, w), more);
}

static void
is_code(const struct call *c, const char *code, const char *words)
{
	if (c->err.kind == NULL)
		fail_msg("it was let: %s", words);
	if (strcmp(c->err.kind->code, code) != 0 || strstr(c->err.msg, words) == NULL)
		fail_msg("%s: %s, not %s: %s", c->err.kind->code, c->err.msg, code,
		    words);
}

static void
is_done(const struct call *c)
{
	if (c->err.kind != NULL)
		fail_msg("%s: %s", c->err.kind->code, c->err.msg);
}

static void
a_provider_lives(void **state)
{
	struct fixture *f = *state;
	struct idp idp = make_idp(f);
	const char *doc = metadata(f, &idp, " validUntil=\"2099-01-02T03:04:05Z\"");
	json_t *v;

	is_done(create_provider(f, doc, NULL, NULL));
	is_code(create_provider(f, doc, NULL, NULL), "EntityAlreadyExists", "idp");
	v = fixture_ok(f, "iam", "GetSAMLProvider",
	    "{\"SAMLProviderArn\":\"" PROVIDER "\"}");
	assert_string_equal(fixture_text(v, "SAMLMetadataDocument"), doc);
	assert_int_equal(json_int(v, "ValidUntil", 0), 4071006245);
	assert_int_equal(strlen(fixture_text(v, "SAMLProviderUUID")), 22);
	assert_null(json_get(v, "AssertionEncryptionMode"));
	assert_null(json_get(v, "PrivateKeyList"));
	v = fixture_ok(f, "iam", "ListSAMLProviders", "{}");
	assert_string_equal(fixture_text(v, "SAMLProviderList.0.Arn"), PROVIDER);
	fixture_ok(f, "iam", "TagSAMLProvider",
	    "{\"SAMLProviderArn\":\"" PROVIDER
	    "\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}");
	v = fixture_ok(f, "iam", "ListSAMLProviderTags",
	    "{\"SAMLProviderArn\":\"" PROVIDER "\"}");
	assert_string_equal(fixture_text(v, "Tags.0.Value"), "b");
	v = fixture_ok(f, "iam", "GetAccountSummary", "{}");
	assert_int_equal(json_int(json_get(v, "SummaryMap"), "Providers", 0), 1);
	fixture_ok(f, "iam", "DeleteSAMLProvider",
	    "{\"SAMLProviderArn\":\"" PROVIDER "\"}");
	assert_string_equal(fixture_fails(f, "NoSuchEntity", "iam", "DeleteSAMLProvider",
				"{\"SAMLProviderArn\":\"" PROVIDER "\"}"),
	    "Manifest not found for arn " PROVIDER);
}

static void
metadata_must_be_a_providers(void **state)
{
	struct fixture *f = *state;
	struct idp idp = make_idp(f);
	const char *doc = metadata(f, &idp, "");
	const char *other = arena_printf(f->arena, "<a>%01000d</a>", 0);
	json_t *v;

	is_code(create_provider(f, other, NULL, NULL), "InvalidInput",
	    "Could not parse metadata");
	is_code(create_provider(f, doc + 30, NULL, NULL), "InvalidInput",
	    "Could not parse metadata");
	is_code(create_provider(f, doc, "AddPrivateKey", "no key"), "InvalidInput",
	    "Could not parse private key");
	is_code(create_provider(f, doc, "AssertionEncryptionMode", "Required"),
	    "InvalidInput", "needs a private key");
	is_done(create_provider(f, doc, NULL, NULL));
	v = fixture_ok(f, "iam", "GetSAMLProvider",
	    "{\"SAMLProviderArn\":\"" PROVIDER "\"}");
	assert_int_equal(json_int(v, "ValidUntil", 0),
	    f->now_ms / 1000 + INT64_C(100) * 365 * 24 * 3600);
	fixture_fails(f, "InvalidInput", "iam", "UpdateSAMLProvider",
	    "{\"SAMLProviderArn\":\"" PROVIDER "\",\"SAMLMetadataDocument\":\"%s\"}",
	    other);
}

static void
who_is_vouched_for_gets_the_role(void **state)
{
	struct fixture *f = *state;
	struct idp idp = make_idp(f);
	struct store_txn *t;
	struct credential k;
	struct call *c;
	struct err err;
	const struct wish w = {
		.attributes = STRING_ATTRIBUTE("PrincipalTag:team", "red")
		    STRING_ATTRIBUTE("SourceIdentity", "ann")
			STRING_ATTRIBUTE("SessionDuration", "1800"),
	};

	is_done(create_provider(f, metadata(f, &idp, ""), NULL, NULL));
	make_role(f,
	    "{\"StringEquals\":{\"saml:aud\":\"" SIGN_IN "\",\"saml:sub\":\"ann\","
	    "\"saml:sub_type\":\"persistent\",\"saml:iss\":\"" ENTITY
	    "\",\"saml:doc\":\"" ACCOUNT "/idp\",\"aws:RequestTag/team\":\"red\"}}");
	c = assume(f, &idp, &w, "");
	is_done(c);
	assert_string_equal(fixture_text(c->out, "Subject"), "ann");
	assert_string_equal(fixture_text(c->out, "SubjectType"), "persistent");
	assert_string_equal(fixture_text(c->out, "Issuer"), ENTITY);
	assert_string_equal(fixture_text(c->out, "Audience"), SIGN_IN);
	assert_string_equal(fixture_text(c->out, "SourceIdentity"), "ann");
	assert_int_equal(strlen(fixture_text(c->out, "NameQualifier")), 28);
	assert_string_equal(fixture_text(c->out, "AssumedRoleUser.Arn"),
	    "arn:aws:sts::" ACCOUNT ":assumed-role/r/ann@example.com");
	assert_int_equal(json_int(json_get(c->out, "Credentials"), "Expiration", 0),
	    f->now_ms / 1000 + 1800);
	t = store_begin(f->env.store, f->arena);
	assert_int_equal(credential_find(&f->env.auth, t, f->arena,
			     fixture_text(c->out, "Credentials.AccessKeyId"),
			     fixture_text(c->out, "Credentials.SessionToken"), &k, &err),
	    1);
	assert_string_equal(json_str(k.who.tags, "team"), "red");
	assert_string_equal(json_str(k.who.claims, "saml:sub"), "ann");
	/* In the other order, and for a shorter time. */
	c = assume(f, &idp,
	    &(struct wish){ .role = ROLE "," PROVIDER, .attributes = w.attributes },
	    ",\"DurationSeconds\":900");
	is_done(c);
	assert_int_equal(json_int(json_get(c->out, "Credentials"), "Expiration", 0),
	    f->now_ms / 1000 + 900);
}

static void
what_is_not_signed_counts_for_nothing(void **state)
{
	struct fixture *f = *state;
	struct idp idp = make_idp(f), other = make_idp(f);
	static const char empty[] =
	    "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>";
	char *text;

	is_done(create_provider(f, metadata(f, &idp, ""), NULL, NULL));
	make_role(f, "{}");
	is_done(assume(f, &idp, &(struct wish){ .tamper = 0 }, ""));
	for (int tamper = 1; tamper <= 3; tamper++)
		is_code(assume(f, &idp, &(struct wish){ .tamper = tamper }, ""),
		    "InvalidIdentityToken", "Response signature invalid");
	is_code(assume(f, &idp, &(struct wish){ .signer = &other }, ""),
	    "InvalidIdentityToken", "Response signature invalid");
	/* Without any, and no XML. */
	text = base64_encode(f->arena, empty, sizeof(empty) - 1);
	is_code(fixture_call(f, "sts", "AssumeRoleWithSAML",
		    "{\"RoleArn\":\"" ROLE "\",\"PrincipalArn\":\"" PROVIDER
		    "\",\"SAMLAssertion\":\"%s\"}",
		    text),
	    "IDPRejectedClaim", "failed");
	is_code(fixture_call(f, "sts", "AssumeRoleWithSAML",
		    "{\"RoleArn\":\"" ROLE "\",\"PrincipalArn\":\"" PROVIDER
		    "\",\"SAMLAssertion\":\"####\"}"),
	    "InvalidIdentityToken", "Invalid base64 SAMLResponse");
	is_code(fixture_call(f, "sts", "AssumeRoleWithSAML",
		    "{\"RoleArn\":\"" ROLE "\",\"PrincipalArn\":\"" PROVIDER
		    "2\",\"SAMLAssertion\":\"AAAA\"}"),
	    "InvalidIdentityToken", "Specified provider doesn't exist");
}

static void
what_it_says_must_fit(void **state)
{
	static const struct {
		struct wish wish;
		const char *code, *words;
	} cases[] = {
		{ { .issuer = "https://other.example.com" }, "InvalidIdentityToken",
		    "Issuer not present in specified provider" },
		{ { .issued_s = -301 }, "ExpiredTokenException",
		    "Token must be redeemed within 5 minutes of issuance" },
		{ { .ends_s = -1 }, "ExpiredTokenException",
		    "Token must be redeemed within 5 minutes of issuance" },
		{ { .issued_s = 400 }, "InvalidIdentityToken", "not valid yet" },
		{ { .recipient = "https://evil.example.com/saml" },
		    "InvalidIdentityToken", "Recipient" },
		{ { .recipient = "https://evil.com/signin.aws.amazon.com/saml" },
		    "InvalidIdentityToken", "Recipient" },
		{ { .audience = "urn:other" }, "InvalidIdentityToken", "Audience" },
		{ { .session = "" }, "InvalidIdentityToken",
		    "RoleSessionName is required in AuthnResponse" },
		{ { .session = STRING_ATTRIBUTE("RoleSessionName", "a b") },
		    "InvalidIdentityToken",
		    "RoleSessionName in AuthnResponse must match" },
		{ { .role = PROVIDER "," ROLE "2" }, "AccessDenied",
		    "Not authorized to perform sts:AssumeRoleWithSAML" },
		{ { .status = "Requester" }, "IDPRejectedClaim", "failed" },
		{ { .attributes = STRING_ATTRIBUTE("SessionDuration", "10") },
		    "IDPRejectedClaim", "SessionDuration" },
		{ { .attributes = STRING_ATTRIBUTE("SessionDuration", "7200") },
		    "ValidationError", "MaxSessionDuration" },
	};
	struct fixture *f = *state;
	struct idp idp = make_idp(f);

	is_done(create_provider(f, metadata(f, &idp, ""), NULL, NULL));
	make_role(f, "{}");
	for (size_t i = 0; i < COUNT(cases); i++)
		is_code(assume(f, &idp, &cases[i].wish, ""), cases[i].code,
		    cases[i].words);
	is_done(assume(f, &idp,
	    &(struct wish){
		.recipient = "https://eu-west-1.signin.aws.amazon.com/saml/acs/x" },
	    ""));
}

static void
the_role_must_trust_the_provider(void **state)
{
	struct fixture *f = *state;
	struct idp idp = make_idp(f);

	is_done(create_provider(f, metadata(f, &idp, ""), NULL, NULL));
	make_role(f, "{\"StringEquals\":{\"saml:sub\":\"eve\"}}");
	is_code(assume(f, &idp, &(struct wish){ .tamper = 0 }, ""), "AccessDenied",
	    "Not authorized to perform sts:AssumeRoleWithSAML");
	fixture_ok(f, "iam", "DeleteRole", "{\"RoleName\":\"r\"}");
	is_code(assume(f, &idp, &(struct wish){ .tamper = 0 }, ""), "AccessDenied",
	    "Not authorized to perform sts:AssumeRoleWithSAML");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)
		TEST(a_provider_lives),
		TEST(metadata_must_be_a_providers),
		TEST(who_is_vouched_for_gets_the_role),
		TEST(what_is_not_signed_counts_for_nothing),
		TEST(what_it_says_must_fit),
		TEST(the_role_must_trust_the_provider),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
