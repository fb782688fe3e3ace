/*
 * ACM: certificates from the request to the end, those that users bring, and what is refused.
 */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "control/iam/ca.h"
#include "control/plane/reconcile.h"
#include "control/services/acm/acm.h"
#include "tests/api/fixture.h"

static json_t *
ok(struct fixture *f, const char *op, const char *params)
{
	return fixture_ok(f, "acm", op, "%s", params);
}

static json_t *
of(struct fixture *f, const char *op, const char *arn)
{
	return fixture_ok(f, "acm", op, "{\"CertificateArn\":\"%s\"}", arn);
}

static const char *
zone(struct fixture *f, const char *name, const char *more)
{
	json_t *v = fixture_ok(f, "route53", "CreateHostedZone",
	    "{\"Name\":\"%s\",\"CallerReference\":\"%s%s\"%s}", name, name,
	    more[0] != '\0' ? "private" : "", more);

	return strrchr(fixture_text(v, "HostedZone.Id"), '/') + 1;
}

/* The record that a certificate's nth domain asks for. */
static void
prove(struct fixture *f, const char *zone_id, const json_t *described, int n)
{
	const json_t *record =
	    json_get(json_array_get(json_path(described,
					"Certificate.DomainValidationOptions"),
			 (size_t)n),
		"ResourceRecord");

	fixture_ok(f, "route53", "ChangeResourceRecordSets",
	    "{\"HostedZoneId\":\"%s\",\"ChangeBatch\":{\"Changes\":[{\"Action\":\"UPSERT\",\"ResourceRecordSet\":"
	    "{\"Name\":\"%s\",\"Type\":\"CNAME\",\"TTL\":60,\"ResourceRecords\":[{\"Value\":\"%s\"}]}}]}}",
	    zone_id, json_str(record, "Name"), json_str(record, "Value"));
}

static void
pass(struct fixture *f)
{
	/* The VPC has no image here. */
	(void)reconcile_pass(&f->env);
}

static void
a_certificate_is_issued_when_its_domains_are_proved(void **state)
{
	struct fixture *f = *state;
	const char *arn, *z, *vpc;
	X509 *cert;
	json_t *v;

	arn = fixture_text(
	    ok(f, "RequestCertificate",
		"{\"DomainName\":\"Example.com\",\"ValidationMethod\":\"DNS\",\"IdempotencyToken\":\"t\","
		"\"SubjectAlternativeNames\":[\"*.example.com\",\"example.org\"],\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}"),
	    "CertificateArn");
	fixture_is(
	    ok(f, "RequestCertificate",
		"{\"DomainName\":\"example.com\",\"ValidationMethod\":\"DNS\",\"IdempotencyToken\":\"t\","
		"\"SubjectAlternativeNames\":[\"*.example.com\",\"example.org\"]}"),
	    "CertificateArn", arn);
	v = of(f, "DescribeCertificate", arn);
	fixture_is(v, "Certificate.Status", "PENDING_VALIDATION");
	fixture_is(v, "Certificate.Type", "AMAZON_ISSUED");
	fixture_is(v, "Certificate.KeyAlgorithm", "RSA_2048");
	fixture_is(v, "Certificate.Options.CertificateTransparencyLoggingPreference",
	    "ENABLED");
	fixture_is(v, "Certificate.Options.Export", "DISABLED");
	fixture_is(v, "Certificate.SubjectAlternativeNames.0", "example.com");
	fixture_is(v, "Certificate.DomainValidationOptions.1.ResourceRecord.Name",
	    fixture_text(v, "Certificate.DomainValidationOptions.0.ResourceRecord.Name"));
	assert_null(fixture_text(v, "Certificate.Serial"));
	fixture_fails(f, "RequestInProgressException", "acm", "GetCertificate",
	    "{\"CertificateArn\":\"%s\"}", arn);

	/* A private zone proves nothing, nor does a part of the domains all of them. */
	vpc = fixture_text(fixture_ok(f, "ec2", "CreateVpc",
			       "{\"CidrBlock\":\"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
	z = zone(f, "example.com",
	    arena_printf(f->arena,
		",\"VPC\":{\"VPCRegion\":\"us-east-1\",\"VPCId\":\"%s\"}", vpc));
	prove(f, z, v, 0);
	pass(f);
	fixture_is(of(f, "DescribeCertificate", arn),
	    "Certificate.DomainValidationOptions.0.ValidationStatus",
	    "PENDING_VALIDATION");
	z = zone(f, "example.com", "");
	prove(f, z, v, 0);
	pass(f);
	v = of(f, "DescribeCertificate", arn);
	fixture_is(v, "Certificate.Status", "PENDING_VALIDATION");
	fixture_is(v, "Certificate.DomainValidationOptions.0.ValidationStatus",
	    "SUCCESS");
	fixture_is(v, "Certificate.DomainValidationOptions.2.ValidationStatus",
	    "PENDING_VALIDATION");
	prove(f, zone(f, "example.org", ""), v, 2);
	pass(f);
	v = of(f, "DescribeCertificate", arn);
	fixture_is(v, "Certificate.Status", "ISSUED");
	fixture_is(v, "Certificate.DomainValidationOptions.2.ValidationStatus",
	    "SUCCESS");
	fixture_is(v, "Certificate.SubjectAlternativeNames.2", "example.org");
	fixture_is(v, "Certificate.ExtendedKeyUsages.0.Name",
	    "TLS_WEB_SERVER_AUTHENTICATION");
	fixture_is(v, "Certificate.KeyAlgorithm", "RSA_2048");

	/* It is what it says, and signed by whom its chain says. */
	v = of(f, "GetCertificate", arn);
	cert = acm_read_certificate(fixture_text(v, "Certificate"), 1);
	assert_non_null(cert);
	assert_int_equal(X509_check_host(cert, "www.example.com", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(cert, "example.net", 0, 0, NULL), 0);
	assert_true(acm_chain_fits(cert, fixture_text(v, "CertificateChain")));
	X509_free(cert);
	fixture_fails(f, "ValidationException", "acm", "ExportCertificate",
	    "{\"CertificateArn\":\"%s\",\"Passphrase\":\"c2VjcmV0\"}", arn);
	fixture_is(of(f, "ListTagsForCertificate", arn), "Tags.0.Value", "b");
	of(f, "DeleteCertificate", arn);
	fixture_fails(f, "ResourceNotFoundException", "acm", "DescribeCertificate",
	    "{\"CertificateArn\":\"%s\"}", arn);
}

static void
what_is_not_proved_in_time_is_never_issued(void **state)
{
	struct fixture *f = *state;
	json_t *v = ok(f, "RequestCertificate",
	    "{\"DomainName\":\"a.example.com\",\"DomainValidationOptions\":[{\"DomainName\":\"a.example.com\",\"ValidationDomain\":\"example.com\"}]}");
	const char *arn = fixture_text(v, "CertificateArn");

	v = of(f, "DescribeCertificate", arn);
	fixture_is(v, "Certificate.DomainValidationOptions.0.ValidationMethod", "EMAIL");
	fixture_is(v, "Certificate.DomainValidationOptions.0.ValidationEmails.0",
	    "admin@example.com");
	fixture_ok(f, "acm", "ResendValidationEmail",
	    "{\"CertificateArn\":\"%s\",\"Domain\":\"a.example.com\",\"ValidationDomain\":\"example.com\"}",
	    arn);
	pass(f);
	fixture_is(of(f, "DescribeCertificate", arn), "Certificate.Status",
	    "PENDING_VALIDATION");
	f->now_ms += INT64_C(73) * 3600 * 1000;
	pass(f);
	fixture_is(of(f, "DescribeCertificate", arn), "Certificate.Status",
	    "VALIDATION_TIMED_OUT");
	fixture_fails(f, "InvalidStateException", "acm", "ResendValidationEmail",
	    "{\"CertificateArn\":\"%s\",\"Domain\":\"a.example.com\",\"ValidationDomain\":\"example.com\"}",
	    arn);
}

static void
wrong_requests_are_refused(void **state)
{
	static const struct {
		const char *params, *code;
	} cases[] = {
		{ "{\"DomainName\":\"a.com\",\"KeyAlgorithm\":\"RSA_4096\"}",
		    "InvalidParameterException" },
		{ "{\"DomainName\":\"a.com\",\"ValidationMethod\":\"HTTP\"}",
		    "InvalidParameterException" },
		{ "{\"DomainName\":\"a.com\",\"DomainValidationOptions\":[{\"DomainName\":\"a.com\",\"ValidationDomain\":\"b.com\"}]}",
		    "InvalidDomainValidationOptionsException" },
		{ "{\"DomainName\":\"a.com\",\"Tags\":[{\"Key\":\"aws:x\"}]}",
		    "InvalidTagException" },
		{ "{\"DomainName\":\"a.com\",\"CertificateAuthorityArn\":\"arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/x\"}",
		    "InvalidArnException" },
		{ "{\"DomainName\":\"a.com\",\"SubjectAlternativeNames\":[\"b1.com\",\"b2.com\",\"b3.com\",\"b4.com\",\"b5.com\",\"b6.com\",\"b7.com\",\"b8.com\",\"b9.com\",\"b10.com\"]}",
		    "LimitExceededException" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		fixture_fails(f, cases[i].code, "acm", "RequestCertificate", "%s",
		    cases[i].params);
	assert_int_equal(json_array_size(json_get(ok(f, "ListCertificates", "{}"),
			     "CertificateSummaryList")),
	    0);
}

/* A certificate of the authority's for a.test, and its key, as base64. */
static void
make_pair(struct fixture *f, const char **ret_cert, const char **ret_key)
{
	const char *cert_pem, *key_pem;
	EVP_PKEY *key = acm_new_key("EC_prime256v1");
	struct err err;
	X509 *cert;

	assert_int_equal(ca_issue(f->env.ca, key, "a.test", "DNS:a.test", f->now_ms,
			     &cert, &err),
	    0);
	cert_pem = acm_certificate_pem(f->arena, cert);
	key_pem = acm_key_pem(f->arena, key, NULL, 0);
	*ret_cert = base64_encode(f->arena, cert_pem, strlen(cert_pem));
	*ret_key = base64_encode(f->arena, key_pem, strlen(key_pem));
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void
users_bring_their_own(void **state)
{
	struct fixture *f = *state;
	const char *cert, *key, *other_cert, *other_key, *arn, *chain;
	json_t *v;

	make_pair(f, &cert, &key);
	make_pair(f, &other_cert, &other_key);
	chain = ca_certificate(f->env.ca);
	chain = base64_encode(f->arena, chain, strlen(chain));
	assert_string_equal(fixture_fails(f, "ValidationException", "acm",
				"ImportCertificate",
				"{\"Certificate\":\"%s\",\"PrivateKey\":\"%s\"}", cert,
				other_key),
	    "The private key does not match the public key of the certificate.");
	fixture_fails(f, "ValidationException", "acm", "ImportCertificate",
	    "{\"Certificate\":\"eA==\",\"PrivateKey\":\"%s\"}", key);
	fixture_fails(f, "ValidationException", "acm", "ImportCertificate",
	    "{\"Certificate\":\"%s\",\"PrivateKey\":\"eA==\"}", cert);
	assert_string_equal(
	    fixture_fails(f, "ValidationException", "acm", "ImportCertificate",
		"{\"Certificate\":\"%s\",\"PrivateKey\":\"%s\",\"CertificateChain\":\"%s\"}",
		cert, key, other_cert),
	    "Could not validate the certificate with the certificate chain.");
	arn = fixture_text(
	    fixture_ok(f, "acm", "ImportCertificate",
		"{\"Certificate\":\"%s\",\"PrivateKey\":\"%s\",\"CertificateChain\":\"%s\",\"Tags\":[{\"Key\":\"k\"}]}",
		cert, key, chain),
	    "CertificateArn");
	v = of(f, "DescribeCertificate", arn);
	fixture_is(v, "Certificate.Type", "IMPORTED");
	fixture_is(v, "Certificate.Status", "ISSUED");
	fixture_is(v, "Certificate.DomainName", "a.test");
	fixture_is(v, "Certificate.Issuer", "Simfra");
	fixture_is(v, "Certificate.KeyAlgorithm", "EC_prime256v1");
	fixture_is(v, "Certificate.SignatureAlgorithm", "SHA256WITHECDSA");
	fixture_is(v, "Certificate.KeyUsages.0.Name", "DIGITAL_SIGNATURE");
	fixture_ok(f, "acm", "ImportCertificate",
	    "{\"CertificateArn\":\"%s\",\"Certificate\":\"%s\",\"PrivateKey\":\"%s\"}",
	    arn, other_cert, other_key);
	assert_null(fixture_text(of(f, "GetCertificate", arn), "CertificateChain"));
	fixture_fails(f, "InvalidParameterException", "acm", "ImportCertificate",
	    "{\"CertificateArn\":\"%s\",\"Certificate\":\"%s\",\"PrivateKey\":\"%s\",\"Tags\":[{\"Key\":\"k\"}]}",
	    arn, cert, key);

	/* By default only RSA is listed. */
	assert_int_equal(json_array_size(json_get(ok(f, "ListCertificates", "{}"),
			     "CertificateSummaryList")),
	    0);
	v = ok(f, "ListCertificates",
	    "{\"Includes\":{\"keyTypes\":[\"EC_prime256v1\"],\"extendedKeyUsage\":[\"TLS_WEB_SERVER_AUTHENTICATION\"]}}");
	fixture_is(v, "CertificateSummaryList.0.CertificateArn", arn);
	fixture_is(v, "CertificateSummaryList.0.InUse", "false");
	v = ok(f, "ListCertificates",
	    "{\"CertificateStatuses\":[\"EXPIRED\"],\"Includes\":{\"keyTypes\":[\"EC_prime256v1\"]}}");
	assert_int_equal(json_array_size(json_get(v, "CertificateSummaryList")), 0);

	f->now_ms += INT64_C(366) * 24 * 3600 * 1000;
	pass(f);
	fixture_is(of(f, "DescribeCertificate", arn), "Certificate.Status", "EXPIRED");
	fixture_ok(f, "acm", "RemoveTagsFromCertificate",
	    "{\"CertificateArn\":\"%s\",\"Tags\":[{\"Key\":\"k\",\"Value\":\"\"}]}", arn);
	assert_null(fixture_text(of(f, "ListTagsForCertificate", arn), "Tags.0.Key"));
	of(f, "DeleteCertificate", arn);
}

static void
exported_ones_are_whole_renewed_and_revoked(void **state)
{
	struct fixture *f = *state;
	const char *arn, *pem, *serial;
	EVP_PKEY *key;
	X509 *cert;
	json_t *v;
	BIO *bio;

	arn = fixture_text(
	    ok(f, "RequestCertificate",
		"{\"DomainName\":\"x.example.com\",\"ValidationMethod\":\"DNS\",\"KeyAlgorithm\":\"EC_secp384r1\",\"Options\":{\"Export\":\"ENABLED\"}}"),
	    "CertificateArn");
	prove(f, zone(f, "example.com", ""), of(f, "DescribeCertificate", arn), 0);
	fixture_fails(f, "RequestInProgressException", "acm", "RenewCertificate",
	    "{\"CertificateArn\":\"%s\"}", arn);
	pass(f);
	fixture_fails(f, "ValidationException", "acm", "RenewCertificate",
	    "{\"CertificateArn\":\"%s\"}", arn);
	v = fixture_ok(f, "acm", "ExportCertificate",
	    "{\"CertificateArn\":\"%s\",\"Passphrase\":\"c2VjcmV0\"}", arn);
	pem = fixture_text(v, "PrivateKey");
	assert_non_null(strstr(pem, "BEGIN ENCRYPTED PRIVATE KEY"));
	assert_null(acm_read_key(pem));
	bio = BIO_new_mem_buf(pem, -1);
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "secret");
	BIO_free(bio);
	cert = acm_read_certificate(fixture_text(v, "Certificate"), 1);
	assert_non_null(key);
	assert_int_equal(X509_check_private_key(cert, key), 1);
	EVP_PKEY_free(key);
	X509_free(cert);

	v = of(f, "DescribeCertificate", arn);
	fixture_is(v, "Certificate.RenewalEligibility", "ELIGIBLE");
	serial = fixture_text(v, "Certificate.Serial");
	of(f, "RenewCertificate", arn);
	pass(f);
	v = of(f, "DescribeCertificate", arn);
	assert_string_not_equal(fixture_text(v, "Certificate.Serial"), serial);
	fixture_is(v, "Certificate.RenewalSummary.RenewalStatus", "SUCCESS");
	/* In time, by itself. */
	serial = fixture_text(v, "Certificate.Serial");
	f->now_ms += INT64_C(320) * 24 * 3600 * 1000;
	pass(f);
	v = of(f, "DescribeCertificate", arn);
	assert_string_not_equal(fixture_text(v, "Certificate.Serial"), serial);
	fixture_is(v, "Certificate.Status", "ISSUED");
	fixture_ok(f, "acm", "UpdateCertificateOptions",
	    "{\"CertificateArn\":\"%s\",\"Options\":{\"CertificateTransparencyLoggingPreference\":\"DISABLED\"}}",
	    arn);
	v = of(f, "DescribeCertificate", arn);
	fixture_is(v, "Certificate.Options.CertificateTransparencyLoggingPreference",
	    "DISABLED");
	fixture_is(v, "Certificate.Options.Export", "ENABLED");
	fixture_ok(f, "acm", "RevokeCertificate",
	    "{\"CertificateArn\":\"%s\",\"RevocationReason\":\"KEY_COMPROMISE\"}", arn);
	v = of(f, "DescribeCertificate", arn);
	fixture_is(v, "Certificate.Status", "REVOKED");
	fixture_is(v, "Certificate.RevocationReason", "KEY_COMPROMISE");
}

static void
pages_and_the_account(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	for (int i = 0; i < 3; i++) {
		fixture_ok(f, "acm", "RequestCertificate",
		    "{\"DomainName\":\"n%d.com\",\"ValidationMethod\":\"DNS\"}", i);
		f->now_ms += 1000;
	}
	v = ok(f, "ListCertificates",
	    "{\"SortBy\":\"CREATED_AT\",\"SortOrder\":\"DESCENDING\",\"MaxItems\":2}");
	fixture_is(v, "CertificateSummaryList.0.DomainName", "n2.com");
	v = fixture_ok(f, "acm", "ListCertificates",
	    "{\"SortBy\":\"CREATED_AT\",\"SortOrder\":\"DESCENDING\",\"MaxItems\":2,\"NextToken\":\"%s\"}",
	    fixture_text(v, "NextToken"));
	fixture_is(v, "CertificateSummaryList.0.DomainName", "n0.com");
	assert_null(fixture_text(v, "NextToken"));
	fixture_fails(f, "ValidationException", "acm", "ListCertificates",
	    "{\"SortBy\":\"CREATED_AT\"}");
	fixture_fails(f, "InvalidArgsException", "acm", "ListCertificates",
	    "{\"NextToken\":\"x\"}");
	fixture_is(ok(f, "GetAccountConfiguration", "{}"),
	    "ExpiryEvents.DaysBeforeExpiry", "45");
	ok(f, "PutAccountConfiguration",
	    "{\"ExpiryEvents\":{\"DaysBeforeExpiry\":7},\"IdempotencyToken\":\"x\"}");
	fixture_is(ok(f, "GetAccountConfiguration", "{}"),
	    "ExpiryEvents.DaysBeforeExpiry", "7");
}

static int
with_authority(void **state)
{
	struct fixture *f;
	struct err err;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->env.ca = ca_open(f->env.store, f->now_ms, &err);
	return f->env.ca != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	ca_free(f->env.ca);
	return fixture_teardown(state);
}

#define T(name) cmocka_unit_test_setup_teardown(name, with_authority, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_certificate_is_issued_when_its_domains_are_proved),
		T(what_is_not_proved_in_time_is_never_issued),
		T(wrong_requests_are_refused),
		T(users_bring_their_own),
		T(exported_ones_are_whole_renewed_and_revoked),
		T(pages_and_the_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
