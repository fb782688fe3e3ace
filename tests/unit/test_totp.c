/* One-time passwords: the vectors of RFC 6238 and RFC 4648, and what an MFA device takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/enc.h"
#include "base/json.h"
#include "control/iam/mfa.h"
#include "control/iam/totp.h"

static void
codes_are_as_the_rfc_has_them(void **state UNUSED)
{
	static const char key[] = "12345678901234567890";
	static const struct {
		int64_t time_s;
		const char *code; /* the last six of eight digits */
	} rows[] = {
		{ 59, "287082" },
		{ 1111111109, "081804" },
		{ 1111111111, "050471" },
		{ 1234567890, "005924" },
		{ 2000000000, "279037" },
		{ 20000000000, "353130" },
	};
	char code[TOTP_DIGITS + 1];

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t step = rows[i].time_s / TOTP_STEP_S;

		totp_code(key, 20, step, code);
		assert_string_equal(code, rows[i].code);
		assert_int_equal(totp_find(key, 20, code, step - 1, step + 1), step);
	}
	assert_int_equal(totp_find(key, 20, "00000", 0, 10), -1);
	assert_int_equal(totp_find(key, 20, "0000000", 0, 10), -1);
}

static void
base32_is_as_the_rfc_has_it(void **state UNUSED)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "f", "MY" },
		{ "fo", "MZXQ" },
		{ "foo", "MZXW6" },
		{ "foob", "MZXW6YQ" },
		{ "fooba", "MZXW6YTB" },
		{ "foobar", "MZXW6YTBOI" },
	};
	char out[32];

	for (size_t i = 0; i < COUNT(rows); i++) {
		base32_encode((const unsigned char *)rows[i].text, strlen(rows[i].text),
		    out);
		assert_string_equal(out, rows[i].want);
	}
}

enum { NOW_S = 1700000000 };

static json_t *
device(void)
{
	unsigned char seed[MFA_SEED];
	char hex[2 * MFA_SEED + 1];

	for (int i = 0; i < MFA_SEED; i++)
		seed[i] = (unsigned char)(i * 7);
	hex_encode(seed, sizeof(seed), hex);
	return json_make("{s:s}", "_seed", hex);
}

static const char *
code_of(const json_t *d, int64_t step, char *out)
{
	unsigned char seed[MFA_SEED];

	assert_true(mfa_seed(d, seed));
	totp_code(seed, MFA_SEED, step, out);
	return out;
}

static void
a_code_is_taken_once(void **state UNUSED)
{
	CLEANUP(json_freep) json_t *d = device();
	int64_t step = NOW_S / TOTP_STEP_S, now = (int64_t)NOW_S * 1000;
	char code[TOTP_DIGITS + 1];

	assert_true(mfa_take(d, code_of(d, step, code), now));
	assert_false(mfa_take(d, code_of(d, step, code), now));
	/* Nor one before it; the next one is, a little early. */
	assert_false(mfa_take(d, code_of(d, step - 1, code), now));
	assert_true(mfa_take(d, code_of(d, step + 1, code), now));
	assert_false(mfa_take(d, code_of(d, step + 5, code), now));
	assert_false(mfa_take(d, "abcdef", now));
}

static void
a_clock_that_is_off_is_followed(void **state UNUSED)
{
	CLEANUP(json_freep) json_t *d = device();
	int64_t step = NOW_S / TOTP_STEP_S, now = (int64_t)NOW_S * 1000;
	char first[TOTP_DIGITS + 1], second[TOTP_DIGITS + 1];

	code_of(d, step + 20, first);
	code_of(d, step + 22, second);
	assert_false(mfa_sync(d, first, second, now));
	code_of(d, step + 21, second);
	assert_false(mfa_sync(d, second, first, now));
	assert_true(mfa_sync(d, first, second, now));
	assert_false(mfa_take(d, second, now));
	assert_true(
	    mfa_take(d, code_of(d, step + 22, first), now + (int64_t)TOTP_STEP_S * 1000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_is_off_is_followed),
		cmocka_unit_test(a_code_is_taken_once),
		cmocka_unit_test(base32_is_as_the_rfc_has_it),
		cmocka_unit_test(codes_are_as_the_rfc_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
