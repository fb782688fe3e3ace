/*
 * IAM: server certificates, MFA devices, OIDC providers.
 */
#include "tests/api/iam_calls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "control/iam/mfa.h"
#include "control/iam/totp.h"

static void
bob(struct fixture *f)
{
	iam_ok(f, "CreateUser", "{\"UserName\":\"bob\"}");
}

static json_t *
call(struct fixture *f, const char *op, json_t *params)
{
	return fixture_ok(f, "iam", op, "%s",
	    json_text(f->arena, json_own(f->arena, params)));
}

static const char *
fails(struct fixture *f, const char *code, const char *op, json_t *params)
{
	return fixture_fails(f, code, "iam", op, "%s",
	    json_text(f->arena, json_own(f->arena, params)));
}

/* Keys and certificates, made here */

static EVP_PKEY *
new_key(void)
{
	return EVP_RSA_gen(2048);
}

static const char *
text_of(struct fixture *f, BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);
	const char *text = arena_strndup(f->arena, data, (size_t)n);

	BIO_free(bio);
	return text;
}

static const char *
private_pem(struct fixture *f, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_true(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
	return text_of(f, bio);
}

static const char *
certificate_pem(struct fixture *f, EVP_PKEY *key)
{
	X509 *cert = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
	ASN1_TIME_set(X509_getm_notBefore(cert), 1600000000);
	ASN1_TIME_set(X509_getm_notAfter(cert), 1900000000);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
	    (const unsigned char *)"here", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	assert_true(PEM_write_bio_X509(bio, cert));
	X509_free(cert);
	return text_of(f, bio);
}

static void
server_certificates_live_and_die(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = new_key(), *other = new_key();
	const char *pem = certificate_pem(f, key), *secret = private_pem(f, key);
	json_t *v;

	fails(f, "MalformedCertificate", "UploadServerCertificate",
	    json_make("{s:s, s:s, s:s}", "ServerCertificateName", "c", "CertificateBody",
		"x", "PrivateKey", secret));
	fails(f, "KeyPairMismatch", "UploadServerCertificate",
	    json_make("{s:s, s:s, s:s}", "ServerCertificateName", "c", "CertificateBody",
		pem, "PrivateKey", private_pem(f, other)));
	fails(f, "MalformedCertificate", "UploadServerCertificate",
	    json_make("{s:s, s:s, s:s, s:s}", "ServerCertificateName", "c",
		"CertificateBody", pem, "PrivateKey", secret, "CertificateChain", "x"));
	v = call(f, "UploadServerCertificate",
	    json_make("{s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s}]}",
		"ServerCertificateName", "c", "Path", "/cloudfront/", "CertificateBody",
		pem, "PrivateKey", secret, "CertificateChain", pem, "Tags", "Key", "k",
		"Value", "v"));
	iam_is(v, "ServerCertificateMetadata.Arn", ARN "server-certificate/cloudfront/c");
	assert_true(json_num(json_get(v, "ServerCertificateMetadata"), "Expiration", 0) ==
	    1900000000.0);
	fails(f, "EntityAlreadyExists", "UploadServerCertificate",
	    json_make("{s:s, s:s, s:s}", "ServerCertificateName", "C", "CertificateBody",
		pem, "PrivateKey", secret));
	v = iam_ok(f, "GetServerCertificate", "{\"ServerCertificateName\":\"c\"}");
	iam_is(v, "ServerCertificate.CertificateChain", pem);
	iam_is(v, "ServerCertificate.Tags.0.Value", "v");
	assert_null(fixture_text(v, "ServerCertificate._key"));
	iam_ok(f, "UpdateServerCertificate",
	    "{\"ServerCertificateName\":\"c\",\"NewServerCertificateName\":\"d\",\"NewPath\":"
	    "\"/\"}");
	v = iam_ok(f, "ListServerCertificates", "{\"PathPrefix\":\"/\"}");
	iam_is(v, "ServerCertificateMetadataList.0.Arn", ARN "server-certificate/d");
	iam_ok(f, "TagServerCertificate",
	    "{\"ServerCertificateName\":\"d\",\"Tags\":[{\"Key\":\"x\",\"Value\":\"y\"}]}");
	iam_ok(f, "UntagServerCertificate",
	    "{\"ServerCertificateName\":\"d\",\"TagKeys\":[\"k\"]}");
	v = iam_ok(f, "ListServerCertificateTags", "{\"ServerCertificateName\":\"d\"}");
	iam_is(v, "Tags.0.Key", "x");
	iam_is(iam_ok(f, "GetAccountSummary", "{}"), "SummaryMap.ServerCertificates",
	    "1");
	iam_ok(f, "DeleteServerCertificate", "{\"ServerCertificateName\":\"d\"}");
	iam_no(f, "GetServerCertificate", "{\"ServerCertificateName\":\"d\"}",
	    "NoSuchEntity", "The Server Certificate with name d cannot be found.");
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

/* The code that an authenticator with the seed of CreateVirtualMFADevice shows, so many steps from now. */
static const char *
code(struct fixture *f, const char *serial, int steps)
{
	struct err err;
	json_t *doc;
	unsigned char seed[MFA_SEED];
	char out[TOTP_DIGITS + 1];

	assert_int_equal(store_get(store_begin(f->env.store, f->arena),
			     FIXTURE_ACCOUNT ":-", MFA_KIND, serial, &doc, &err),
	    1);
	assert_true(mfa_seed(doc, seed));
	totp_code(seed, MFA_SEED, f->now_ms / 1000 / TOTP_STEP_S + steps, out);
	return arena_strdup(f->arena, out);
}

static void
mfa_devices_are_synchronized_and_checked(void **state)
{
	static const char serial[] = ARN "mfa/phone";
	struct fixture *f = *state;
	unsigned char *png;
	const char *text;
	size_t n;
	json_t *v;

	bob(f);
	v = iam_ok(f, "CreateVirtualMFADevice",
	    "{\"VirtualMFADeviceName\":\"phone\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}");
	iam_is(v, "VirtualMFADevice.SerialNumber", serial);
	text = fixture_text(v, "VirtualMFADevice.QRCodePNG");
	assert_true(base64_decode(f->arena, text, strlen(text), &png, &n));
	assert_memory_equal(png, "\x89PNG\r\n\x1a\n", 8);
	text = fixture_text(v, "VirtualMFADevice.Base32StringSeed");
	assert_true(base64_decode(f->arena, text, strlen(text), &png, &n));
	assert_int_equal(n, 103);
	iam_no(f, "CreateVirtualMFADevice", "{\"VirtualMFADeviceName\":\"phone\"}",
	    "EntityAlreadyExists", NULL);
	fails(f, "InvalidAuthenticationCode", "EnableMFADevice",
	    json_make("{s:s, s:s, s:s, s:s}", "UserName", "bob", "SerialNumber", serial,
		"AuthenticationCode1", code(f, serial, 0), "AuthenticationCode2",
		code(f, serial, 3)));
	call(f, "EnableMFADevice",
	    json_make("{s:s, s:s, s:s, s:s}", "UserName", "bob", "SerialNumber", serial,
		"AuthenticationCode1", code(f, serial, -1), "AuthenticationCode2",
		code(f, serial, 0)));
	v = iam_ok(f, "ListMFADevices", "{\"UserName\":\"bob\"}");
	iam_is(v, "MFADevices.0.SerialNumber", serial);
	v = iam_ok(f, "ListVirtualMFADevices", "{\"AssignmentStatus\":\"Assigned\"}");
	iam_is(v, "VirtualMFADevices.0.User.UserName", "bob");
	assert_null(fixture_text(v, "VirtualMFADevices.0.Base32StringSeed"));
	v = iam_ok(f, "ListVirtualMFADevices", "{\"AssignmentStatus\":\"Unassigned\"}");
	assert_int_equal(json_array_size(json_get(v, "VirtualMFADevices")), 0);
	v = call(f, "GetMFADevice", json_make("{s:s}", "SerialNumber", serial));
	iam_is(v, "UserName", "bob");
	iam_is(iam_ok(f, "GetAccountSummary", "{}"), "SummaryMap.MFADevicesInUse", "1");
	fails(f, "DeleteConflict", "DeleteVirtualMFADevice",
	    json_make("{s:s}", "SerialNumber", serial));
	iam_no(f, "DeleteUser", "{\"UserName\":\"bob\"}", "DeleteConflict",
	    "Cannot delete entity, must deactivate MFA device first.");
	/* An hour later its clock is three minutes off. */
	f->now_ms += 3600 * 1000;
	call(f, "ResyncMFADevice",
	    json_make("{s:s, s:s, s:s, s:s}", "UserName", "bob", "SerialNumber", serial,
		"AuthenticationCode1", code(f, serial, 6), "AuthenticationCode2",
		code(f, serial, 7)));
	v = call(f, "ListMFADeviceTags", json_make("{s:s}", "SerialNumber", serial));
	iam_is(v, "Tags.0.Value", "v");
	call(f, "DeactivateMFADevice",
	    json_make("{s:s, s:s}", "UserName", "bob", "SerialNumber", serial));
	fails(f, "NoSuchEntity", "DeactivateMFADevice",
	    json_make("{s:s, s:s}", "UserName", "bob", "SerialNumber", serial));
	call(f, "DeleteVirtualMFADevice", json_make("{s:s}", "SerialNumber", serial));
	iam_ok(f, "DeleteUser", "{\"UserName\":\"bob\"}");
}

static void
oidc_providers_live_and_die(void **state)
{
	static const struct iam_refusal refusals[] = {
		{ "CreateOpenIDConnectProvider", "{\"Url\":\"http://id.example.com\"}",
		    "ValidationError", "Invalid Open ID Connect Provider URL" },
		{ "CreateOpenIDConnectProvider", "{\"Url\":\"https://\"}",
		    "ValidationError", NULL },
		{ "CreateOpenIDConnectProvider",
		    "{\"Url\":\"https://x.example.com\",\"ThumbprintList\":[\"zzzzzzzzzzzzzzzzzzzz"
		    "zzzzzzzzzzzzzzzzzzzz\"]}",
		    "InvalidInput", NULL },
		{ "CreateOpenIDConnectProvider", "{\"Url\":\"https://ID.example.com/a\"}",
		    "EntityAlreadyExists",
		    "Provider with url https://ID.example.com/a already exists." },
		{ "GetOpenIDConnectProvider",
		    "{\"OpenIDConnectProviderArn\":\"" ARN "oidc-provider/none\"}",
		    "NoSuchEntity",
		    "OpenIDConnect Provider not found for arn " ARN
		    "oidc-provider/none" },
	};
	static const char one[] =
	    "{\"OpenIDConnectProviderArn\":\"" ARN "oidc-provider/id.example.com/a\"}";
	struct fixture *f = *state;
	json_t *v;

	v = iam_ok(f, "CreateOpenIDConnectProvider",
	    "{\"Url\":\"https://id.example.com/a/\",\"ClientIDList\":[\"one\"],"
	    "\"ThumbprintList\":[\"0123456789abcdef0123456789abcdef01234567\"],"
	    "\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]}");
	iam_is(v, "OpenIDConnectProviderArn", ARN "oidc-provider/id.example.com/a");
	iam_refused(f, refusals, COUNT(refusals));
	iam_ok(f, "AddClientIDToOpenIDConnectProvider",
	    "{\"OpenIDConnectProviderArn\":\"" ARN
	    "oidc-provider/id.example.com/a\",\"ClientID\":\"two\"}");
	iam_ok(f, "RemoveClientIDFromOpenIDConnectProvider",
	    "{\"OpenIDConnectProviderArn\":\"" ARN
	    "oidc-provider/id.example.com/a\",\"ClientID\":\"one\"}");
	iam_ok(f, "UpdateOpenIDConnectProviderThumbprint",
	    "{\"OpenIDConnectProviderArn\":\"" ARN
	    "oidc-provider/id.example.com/a\",\"ThumbprintList\":[]}");
	v = iam_ok(f, "GetOpenIDConnectProvider", one);
	iam_is(v, "Url", "id.example.com/a");
	iam_is(v, "ClientIDList.0", "two");
	assert_int_equal(json_array_size(json_get(v, "ClientIDList")), 1);
	assert_int_equal(json_array_size(json_get(v, "ThumbprintList")), 0);
	iam_is(iam_ok(f, "ListOpenIDConnectProviders", "{}"),
	    "OpenIDConnectProviderList.0.Arn", ARN "oidc-provider/id.example.com/a");
	iam_is(iam_ok(f, "ListOpenIDConnectProviderTags", one), "Tags.0.Key", "k");
	iam_ok(f, "DeleteOpenIDConnectProvider", one);
	iam_ok(f, "DeleteOpenIDConnectProvider", one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(mfa_devices_are_synchronized_and_checked,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(oidc_providers_live_and_die,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(server_certificates_live_and_die,
		    fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
