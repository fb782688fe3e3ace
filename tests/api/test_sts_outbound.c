/* Tokens of the account's own: turned on and off, and verified as others do it. */
#include "tests/api/iam_calls.h"

#include <string.h>

#include "control/iam/jwt.h"
#include "control/iam/oidc_keys.h"

#define GET                                                                        \
	"{\"Audience\":[\"https://api.example.com\"],\"SigningAlgorithm\":\"%s\"," \
	"\"Tags\":[{\"Key\":\"team\",\"Value\":\"a\"}]}"

static void
tokens_are_signed_by_the_issuers_keys(void **state)
{
	static const char *const algorithms[] = { "RS256", "ES384" };
	struct fixture *f = *state;
	const char *issuer;
	const json_t *keys;
	struct err err;

	fixture_fails(f, "OutboundWebIdentityFederationDisabledException", "sts",
	    "GetWebIdentityToken", GET, "RS256");
	issuer = fixture_text(iam_ok(f, "EnableOutboundWebIdentityFederation", "{}"),
	    "IssuerIdentifier");
	assert_int_equal(oidc_keys_find(store_begin(f->env.store, f->arena), f->arena,
			     issuer, &keys, &err),
	    1);
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		const json_t *v =
		    fixture_ok(f, "sts", "GetWebIdentityToken", GET, algorithms[i]);
		struct jwt t;

		assert_int_equal(jwt_read(f->arena, fixture_text(v, "WebIdentityToken"),
				     &t),
		    1);
		assert_int_equal(jwt_is_signed(f->arena, &t, keys), 1);
		iam_is(t.claims, "iss", issuer);
		iam_is(t.claims, "aud", "https://api.example.com");
		iam_is(t.claims, "sub", "arn:aws:iam::" FIXTURE_ACCOUNT ":root");
		assert_int_equal(json_int(t.claims, "exp", 0),
		    json_int(t.claims, "iat", 0) + 300);
		assert_string_equal(json_str(json_get(json_get(t.claims,
							  "https://sts.amazonaws.com/"),
						 "request_tags"),
					"team"),
		    "a");
	}
	fixture_fails(f, "ValidationError", "sts", "GetWebIdentityToken", GET, "HS256");
}

static void
the_issuer_stays_when_it_is_turned_off_and_on(void **state)
{
	struct fixture *f = *state;
	const char *issuer;

	iam_no(f, "GetOutboundWebIdentityFederationInfo", "{}", "FeatureDisabled", NULL);
	iam_no(f, "DisableOutboundWebIdentityFederation", "{}", "FeatureDisabled", NULL);
	issuer = fixture_text(iam_ok(f, "EnableOutboundWebIdentityFederation", "{}"),
	    "IssuerIdentifier");
	iam_no(f, "EnableOutboundWebIdentityFederation", "{}", "FeatureEnabled", NULL);
	iam_is(iam_ok(f, "GetOutboundWebIdentityFederationInfo", "{}"),
	    "IssuerIdentifier", issuer);
	iam_ok(f, "DisableOutboundWebIdentityFederation", "{}");
	fixture_fails(f, "OutboundWebIdentityFederationDisabledException", "sts",
	    "GetWebIdentityToken", GET, "RS256");
	iam_is(iam_ok(f, "EnableOutboundWebIdentityFederation", "{}"), "IssuerIdentifier",
	    issuer);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
		T(tokens_are_signed_by_the_issuers_keys),
		T(the_issuer_stays_when_it_is_turned_off_and_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
