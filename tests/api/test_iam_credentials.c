/*
 * IAM: what users have beside access keys: passwords, SSH keys, certificates.
 */
#include "tests/api/iam_calls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#define NOBODY "The user with name eve cannot be found."

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

/* As bob himself. */
static struct call *
as_bob(struct fixture *f, const char *op, const char *params)
{
	const struct principal who = { .kind = PRINCIPAL_USER,
		.account = FIXTURE_ACCOUNT,
		.arn = ARN "user/bob",
		.user_id = "AIDA",
		.name = "bob" };

	return fixture_call_as(f, &who, "iam", op, "%s", params);
}

static void
passwords_obey_the_account(void **state)
{
	static const struct iam_refusal own_rules[] = {
		{ "CreateLoginProfile", "{\"UserName\":\"eve\",\"Password\":\"x\"}",
		    "NoSuchEntity", NOBODY },
		{ "GetLoginProfile", "{\"UserName\":\"bob\"}", "NoSuchEntity",
		    "Login Profile for User bob cannot be found." },
		{ "UpdateLoginProfile",
		    "{\"UserName\":\"bob\",\"Password\":\"Abcdefg1\"}", "NoSuchEntity",
		    NULL },
		{ "DeleteLoginProfile", "{\"UserName\":\"bob\"}", "NoSuchEntity", NULL },
		{ "CreateLoginProfile", "{\"UserName\":\"bob\",\"Password\":\"Abc1!\"}",
		    "PasswordPolicyViolation", NULL },
		{ "CreateLoginProfile",
		    "{\"UserName\":\"bob\",\"Password\":\"abcdefgh1\"}",
		    "PasswordPolicyViolation", NULL },
		{ "CreateLoginProfile", "{\"UserName\":\"bob\"}", "ValidationError",
		    NULL },
		{ "GetAccountPasswordPolicy", "{}", "NoSuchEntity",
		    "The Password Policy with domain name 000000000000 cannot be found." },
		{ "DeleteAccountPasswordPolicy", "{}", "NoSuchEntity", NULL },
		{ "UpdateAccountPasswordPolicy", "{\"MinimumPasswordLength\":5}",
		    "ValidationError", NULL },
		{ "ChangePassword", "{\"OldPassword\":\"a\",\"NewPassword\":\"b\"}",
		    "InvalidUserType", NULL },
	};
	static const struct iam_refusal strict[] = {
		{ "UpdateLoginProfile", "{\"UserName\":\"bob\",\"Password\":\"Ab1!\"}",
		    "PasswordPolicyViolation",
		    "Password should have a minimum length of 10" },
		{ "UpdateLoginProfile",
		    "{\"UserName\":\"bob\",\"Password\":\"abcdefghi1!\"}",
		    "PasswordPolicyViolation",
		    "Password should have at least one uppercase letter" },
		{ "UpdateLoginProfile",
		    "{\"UserName\":\"bob\",\"Password\":\"ABCDEFGHI1!\"}",
		    "PasswordPolicyViolation",
		    "Password should have at least one lowercase letter" },
		{ "UpdateLoginProfile",
		    "{\"UserName\":\"bob\",\"Password\":\"Abcdefghij!\"}",
		    "PasswordPolicyViolation",
		    "Password should have at least one number" },
		{ "UpdateLoginProfile",
		    "{\"UserName\":\"bob\",\"Password\":\"Abcdefghi1j\"}",
		    "PasswordPolicyViolation",
		    "Password should have at least one symbol" },
	};
	struct fixture *f = *state;
	json_t *v;

	bob(f);
	iam_refused(f, own_rules, COUNT(own_rules));
	v = iam_ok(f, "CreateLoginProfile",
	    "{\"UserName\":\"bob\",\"Password\":\"Abcdefg1\",\"PasswordResetRequired\":true}");
	iam_is(v, "LoginProfile.UserName", "bob");
	iam_is(v, "LoginProfile.PasswordResetRequired", "true");
	iam_no(f, "CreateLoginProfile",
	    "{\"UserName\":\"bob\",\"Password\":\"Abcdefg1\"}", "EntityAlreadyExists",
	    "Login Profile for user bob already exists.");
	iam_no(f, "DeleteUser", "{\"UserName\":\"bob\"}", "DeleteConflict",
	    "Cannot delete entity, must delete login profile first.");

	iam_ok(f, "UpdateAccountPasswordPolicy",
	    "{\"MinimumPasswordLength\":10,\"RequireSymbols\":true,\"RequireNumbers\":true,"
	    "\"RequireUppercaseCharacters\":true,\"RequireLowercaseCharacters\":true,"
	    "\"MaxPasswordAge\":90,\"PasswordReusePrevention\":2}");
	v = iam_ok(f, "GetAccountPasswordPolicy", "{}");
	iam_is(v, "PasswordPolicy.MinimumPasswordLength", "10");
	iam_is(v, "PasswordPolicy.ExpirePasswords", "true");
	iam_is(v, "PasswordPolicy.AllowUsersToChangePassword", "false");
	assert_null(fixture_text(v, "PasswordPolicy.HardExpiry"));
	iam_refused(f, strict, COUNT(strict));
	iam_ok(f, "UpdateLoginProfile",
	    "{\"UserName\":\"bob\",\"Password\":\"Abcdefgh1!\"}");
	/* The last two may not come again. */
	iam_no(f, "UpdateLoginProfile",
	    "{\"UserName\":\"bob\",\"Password\":\"Abcdefgh1!\"}",
	    "PasswordPolicyViolation", NULL);
	iam_ok(f, "UpdateLoginProfile",
	    "{\"UserName\":\"bob\",\"Password\":\"Bbcdefgh1!\"}");
	iam_ok(f, "UpdateLoginProfile",
	    "{\"UserName\":\"bob\",\"Password\":\"Cbcdefgh1!\"}");
	iam_ok(f, "UpdateLoginProfile",
	    "{\"UserName\":\"bob\",\"Password\":\"Abcdefgh1!\"}");
	iam_ok(f, "DeleteAccountPasswordPolicy", "{}");
	iam_ok(f, "DeleteLoginProfile", "{\"UserName\":\"bob\"}");
	iam_ok(f, "DeleteUser", "{\"UserName\":\"bob\"}");
}

static void
users_change_their_own_password(void **state)
{
	static const char right[] =
	    "{\"OldPassword\":\"Abcdefg1\",\"NewPassword\":\"Xbcdefg1\"}";
	struct fixture *f = *state;

	bob(f);
	iam_ok(f, "CreateLoginProfile",
	    "{\"UserName\":\"bob\",\"Password\":\"Abcdefg1\",\"PasswordResetRequired\":true}");
	/* Not without permission, unless the account lets everybody. */
	assert_string_equal(as_bob(f, "ChangePassword", right)->err.kind->code,
	    "AccessDenied");
	iam_ok(f, "UpdateAccountPasswordPolicy",
	    "{\"AllowUsersToChangePassword\":true,\"MinimumPasswordLength\":8}");
	assert_string_equal(as_bob(f, "ChangePassword",
				"{\"OldPassword\":\"wrong\",\"NewPassword\":\"Xbcdefg1\"}")
				->err.msg,
	    "The old password was incorrect.");
	assert_null(as_bob(f, "ChangePassword", right)->err.kind);
	assert_string_equal(as_bob(f, "ChangePassword", right)->err.msg,
	    "The old password was incorrect.");
	iam_is(iam_ok(f, "GetLoginProfile", "{\"UserName\":\"bob\"}"),
	    "LoginProfile.PasswordResetRequired", "false");
	iam_ok(f, "UpdateAccountPasswordPolicy",
	    "{\"AllowUsersToChangePassword\":true,\"HardExpiry\":true,\"MaxPasswordAge\":1}");
	f->now_ms += 2LL * 86400 * 1000;
	assert_string_equal(
	    as_bob(f, "ChangePassword",
		"{\"OldPassword\":\"Xbcdefg1\",\"NewPassword\":\"Zbcdefg1\"}")
		->err.kind->code,
	    "AccessDenied");
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
public_pem(struct fixture *f, EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_true(PEM_write_bio_PUBKEY(bio, key));
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
ssh_keys_come_as_lines_and_as_pem(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = new_key(), *other = new_key();
	const char *pem = public_pem(f, key), *id, *line;
	json_t *v;

	bob(f);
	v = call(f, "UploadSSHPublicKey",
	    json_make("{s:s, s:s}", "UserName", "bob", "SSHPublicKeyBody", pem));
	id = fixture_text(v, "SSHPublicKey.SSHPublicKeyId");
	line = fixture_text(v, "SSHPublicKey.SSHPublicKeyBody");
	assert_int_equal(strncmp(id, "APKA", 4), 0);
	assert_int_equal(strncmp(line, "ssh-rsa AAAAB3NzaC1yc2E", 23), 0);
	assert_int_equal(strlen(fixture_text(v, "SSHPublicKey.Fingerprint")), 47);
	iam_is(v, "SSHPublicKey.Status", "Active");
	/* The same as a line is the same key. */
	fails(f, "DuplicateSSHPublicKey", "UploadSSHPublicKey",
	    json_make("{s:s, s:s}", "UserName", "bob", "SSHPublicKeyBody", line));
	fails(f, "InvalidPublicKey", "UploadSSHPublicKey",
	    json_make("{s:s, s:s}", "UserName", "bob", "SSHPublicKeyBody",
		"ssh-rsa AAAA"));
	fails(f, "UnrecognizedPublicKeyEncoding", "UploadSSHPublicKey",
	    json_make("{s:s, s:s}", "UserName", "bob", "SSHPublicKeyBody", "hello"));
	fails(f, "NoSuchEntity", "UploadSSHPublicKey",
	    json_make("{s:s, s:s}", "UserName", "eve", "SSHPublicKeyBody", line));
	v = call(f, "GetSSHPublicKey",
	    json_make("{s:s, s:s, s:s}", "UserName", "bob", "SSHPublicKeyId", id,
		"Encoding", "PEM"));
	assert_string_equal(fixture_text(v, "SSHPublicKey.SSHPublicKeyBody"), pem);
	call(f, "UploadSSHPublicKey",
	    json_make("{s:s, s:s}", "UserName", "bob", "SSHPublicKeyBody",
		public_pem(f, other)));
	v = iam_ok(f, "ListSSHPublicKeys", "{\"UserName\":\"bob\"}");
	assert_int_equal(json_array_size(json_get(v, "SSHPublicKeys")), 2);
	assert_null(fixture_text(v, "SSHPublicKeys.0.Fingerprint"));
	call(f, "UpdateSSHPublicKey",
	    json_make("{s:s, s:s, s:s}", "UserName", "bob", "SSHPublicKeyId", id,
		"Status", "Inactive"));
	v = call(f, "GetSSHPublicKey",
	    json_make("{s:s, s:s, s:s}", "UserName", "bob", "SSHPublicKeyId", id,
		"Encoding", "SSH"));
	iam_is(v, "SSHPublicKey.Status", "Inactive");
	call(f, "DeleteSSHPublicKey",
	    json_make("{s:s, s:s}", "UserName", "bob", "SSHPublicKeyId", id));
	fails(f, "NoSuchEntity", "DeleteSSHPublicKey",
	    json_make("{s:s, s:s}", "UserName", "bob", "SSHPublicKeyId", id));
	iam_no(f, "DeleteUser", "{\"UserName\":\"bob\"}", "DeleteConflict",
	    "Cannot delete entity, must delete SSH public keys first.");
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void
signing_certificates_are_certificates(void **state)
{
	struct fixture *f = *state;
	EVP_PKEY *key = new_key();
	const char *pem = certificate_pem(f, key), *id;
	json_t *v;

	bob(f);
	fails(f, "MalformedCertificate", "UploadSigningCertificate",
	    json_make("{s:s, s:s}", "UserName", "bob", "CertificateBody", "x"));
	v = call(f, "UploadSigningCertificate",
	    json_make("{s:s, s:s}", "UserName", "bob", "CertificateBody", pem));
	id = fixture_text(v, "Certificate.CertificateId");
	assert_int_equal(strlen(id), 24);
	fails(f, "DuplicateCertificate", "UploadSigningCertificate",
	    json_make("{s:s, s:s}", "UserName", "bob", "CertificateBody", pem));
	call(f, "UpdateSigningCertificate",
	    json_make("{s:s, s:s, s:s}", "UserName", "bob", "CertificateId", id, "Status",
		"Inactive"));
	v = iam_ok(f, "ListSigningCertificates", "{\"UserName\":\"bob\"}");
	iam_is(v, "Certificates.0.Status", "Inactive");
	iam_is(v, "Certificates.0.CertificateBody", pem);
	/* They follow their user to a new name. */
	iam_ok(f, "UpdateUser", "{\"UserName\":\"bob\",\"NewUserName\":\"rob\"}");
	call(f, "DeleteSigningCertificate",
	    json_make("{s:s, s:s}", "UserName", "rob", "CertificateId", id));
	iam_ok(f, "DeleteUser", "{\"UserName\":\"rob\"}");
	EVP_PKEY_free(key);
}

static void
passwords_for_services(void **state)
{
	static const struct iam_refusal refusals[] = {
		{ "CreateServiceSpecificCredential",
		    "{\"UserName\":\"bob\",\"ServiceName\":\"s3.amazonaws.com\"}",
		    "NotSupportedService", NULL },
		{ "CreateServiceSpecificCredential",
		    "{\"UserName\":\"eve\",\"ServiceName\":\"codecommit.amazonaws.com\"}",
		    "NoSuchEntity", NOBODY },
		{ "CreateServiceSpecificCredential",
		    "{\"UserName\":\"bob\",\"ServiceName\":\"codecommit.amazonaws.com\"}",
		    "LimitExceeded", NULL },
	};
	static const char create[] =
	    "{\"UserName\":\"bob\",\"ServiceName\":\"codecommit.amazonaws.com\"}";
	struct fixture *f = *state;
	const char *id, *password;
	json_t *v;

	bob(f);
	v = iam_ok(f, "CreateServiceSpecificCredential", create);
	iam_is(v, "ServiceSpecificCredential.ServiceUserName", "bob-at-" FIXTURE_ACCOUNT);
	id = fixture_text(v, "ServiceSpecificCredential.ServiceSpecificCredentialId");
	password = fixture_text(v, "ServiceSpecificCredential.ServicePassword");
	assert_true(strlen(password) >= 32);
	iam_is(iam_ok(f, "CreateServiceSpecificCredential", create),
	    "ServiceSpecificCredential.ServiceUserName", "bob+1-at-" FIXTURE_ACCOUNT);
	iam_refused(f, refusals, COUNT(refusals));
	v = iam_ok(f, "CreateServiceSpecificCredential",
	    "{\"UserName\":\"bob\",\"ServiceName\":\"bedrock.amazonaws.com\","
	    "\"CredentialAgeDays\":10}");
	assert_non_null(
	    fixture_text(v, "ServiceSpecificCredential.ServiceCredentialSecret"));
	assert_true(
	    json_num(json_get(v, "ServiceSpecificCredential"), "ExpirationDate", 0) *
		1000 ==
	    (double)(f->now_ms + 864000000LL));
	v = call(f, "ResetServiceSpecificCredential",
	    json_make("{s:s, s:s}", "UserName", "bob", "ServiceSpecificCredentialId",
		id));
	assert_string_not_equal(fixture_text(v,
				    "ServiceSpecificCredential.ServicePassword"),
	    password);
	v = iam_ok(f, "ListServiceSpecificCredentials",
	    "{\"UserName\":\"bob\",\"ServiceName\":\"codecommit.amazonaws.com\"}");
	assert_int_equal(json_array_size(json_get(v, "ServiceSpecificCredentials")), 2);
	assert_null(fixture_text(v, "ServiceSpecificCredentials.0.ServicePassword"));
	v = iam_ok(f, "ListServiceSpecificCredentials", "{\"AllUsers\":true}");
	assert_int_equal(json_array_size(json_get(v, "ServiceSpecificCredentials")), 3);
	call(f, "UpdateServiceSpecificCredential",
	    json_make("{s:s, s:s, s:s}", "UserName", "bob", "ServiceSpecificCredentialId",
		id, "Status", "Inactive"));
	call(f, "DeleteServiceSpecificCredential",
	    json_make("{s:s, s:s}", "UserName", "bob", "ServiceSpecificCredentialId",
		id));
}

static void
groups_take_their_members_along(void **state)
{
	struct fixture *f = *state;

	bob(f);
	iam_ok(f, "CreateGroup", "{\"GroupName\":\"g\"}");
	iam_ok(f, "AddUserToGroup", "{\"GroupName\":\"g\",\"UserName\":\"bob\"}");
	iam_ok(f, "UpdateGroup",
	    "{\"GroupName\":\"g\",\"NewGroupName\":\"h\",\"NewPath\":\"/p/\"}");
	iam_is(iam_ok(f, "ListGroupsForUser", "{\"UserName\":\"bob\"}"), "Groups.0.Arn",
	    ARN "group/p/h");
	iam_no(f, "UpdateGroup", "{\"GroupName\":\"g\"}", "NoSuchEntity", NULL);
	iam_ok(f, "CreateGroup", "{\"GroupName\":\"g\"}");
	iam_no(f, "UpdateGroup", "{\"GroupName\":\"g\",\"NewGroupName\":\"H\"}",
	    "EntityAlreadyExists", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(groups_take_their_members_along,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(passwords_for_services, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(passwords_obey_the_account, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(signing_certificates_are_certificates,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(ssh_keys_come_as_lines_and_as_pem,
		    fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(users_change_their_own_password,
		    fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
