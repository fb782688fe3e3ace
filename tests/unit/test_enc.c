/*
 * base/enc: the forms and their strictness.  Vectors: RFC 4648 10, RFC 4231 4,
 * FIPS 180-2 B.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/enc.h"

static void
base64_goes_there_and_back(void **state UNUSED)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfd", "//79" } };
	CLEANUP(arena_freep) struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(pairs); i++) {
		const char *plain = pairs[i][0], *text = pairs[i][1];
		unsigned char *out;
		size_t n;

		assert_string_equal(base64_encode(a, plain, strlen(plain)), text);
		assert_int_equal(base64_decode(a, text, strlen(text), &out, &n), 1);
		assert_int_equal(n, strlen(plain));
		assert_memory_equal(out, plain, n);
	}
}

static void
base64_of_many_lines_is_read(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	static const char text[] = "Zm9v\r\nYm Fy\tZg=\n=\n";
	unsigned char *out;
	size_t n;

	assert_int_equal(base64_decode(a, text, strlen(text), &out, &n), 1);
	assert_int_equal(n, 7);
	assert_memory_equal(out, "foobarf", 7);
}

static void
what_is_not_base64_is_refused(void **state UNUSED)
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "Zm9=v", "=",
		"====", "Zm9v=", "Zm9v====", "Zm-v", "Zm9v!", "Zg==Zg==" };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	unsigned char *out = NULL;
	size_t n;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(base64_decode(a, bad[i], strlen(bad[i]), &out, &n), 0);
	assert_int_equal(base64_decode(a, "Zm\0v", 4, &out, &n), 0);
	assert_null(out);
}

static void
hex_goes_there_and_back(void **state UNUSED)
{
	unsigned char out[3];
	char text[7];

	hex_encode("\x00\x9f\xff", 3, text);
	assert_string_equal(text, "009fff");
	assert_int_equal(hex_decode("009FfF", out, 3), 1);
	assert_memory_equal(out, "\x00\x9f\xff", 3);
	assert_int_equal(hex_decode("009ff", out, 3), 0);
	assert_int_equal(hex_decode("009fff0", out, 3), 0);
	assert_int_equal(hex_decode("009fgf", out, 3), 0);
	assert_int_equal(hex_decode("", out, 3), 0);
}

static void
percent_encoding_keeps_the_unreserved(void **state UNUSED)
{
	static const char in[] = "aZ0-._~ /+%\xc3\xa9";
	struct buf b;

	buf_init(&b, 0);
	percent_encode(&b, in, strlen(in), 0);
	assert_string_equal(buf_text(&b), "aZ0-._~%20%2F%2B%25%C3%A9");
	buf_reset(&b);
	percent_encode(&b, "a/b\0", 4, 1);
	assert_string_equal(buf_text(&b), "a/b%00");
	buf_done(&b);
}

static int
decode(const char *in, int plus, char *out)
{
	size_t n = strlen(in);

	memcpy(out, in, n + 1);
	return percent_decode(out, &n, plus) && n == strlen(out);
}

static void
percent_decoding_is_strict(void **state UNUSED)
{
	static const char *const bad[] = { "%", "%4", "a%4", "%g0", "%0g", "%00", "a%00b",
		"%%41" };
	char out[32];

	assert_true(decode("a%20b+c%2Bd%c3%A9", 1, out));
	assert_string_equal(out, "a b c+d\xc3\xa9");
	assert_true(decode("a+b", 0, out));
	assert_string_equal(out, "a+b");
	assert_true(decode("", 1, out));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(decode(bad[i], 1, out));
}

static void
only_utf8_is_valid(void **state UNUSED)
{
	static const char *const good[] = { "", "a", "\x7f", "\xc2\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9z" };
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
		"\xc2z", "\xe0\x9f\xbf", "\xe0\xa0", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
		"a\xe2\x82" };

	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(utf8_is_valid(good[i], strlen(good[i])), 1);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(utf8_is_valid(bad[i], strlen(bad[i])), 0);
	assert_int_equal(utf8_is_valid("a\0b", 3), 0);
}

static void
digests_are_right(void **state UNUSED)
{
	unsigned char mac[32];
	char hex[65];

	sha256_hex("", 0, hex);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_hex("abc", 3, hex);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
	hex_encode(mac, sizeof(mac), hex);
	assert_string_equal(hex,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_int_equal(equal_secret("abc", "abc", 3), 1);
	assert_int_equal(equal_secret("abc", "abd", 3), 0);
	assert_int_equal(equal_secret("abc", "abd", 2), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_goes_there_and_back),
		cmocka_unit_test(base64_of_many_lines_is_read),
		cmocka_unit_test(what_is_not_base64_is_refused),
		cmocka_unit_test(hex_goes_there_and_back),
		cmocka_unit_test(percent_encoding_keeps_the_unreserved),
		cmocka_unit_test(percent_decoding_is_strict),
		cmocka_unit_test(only_utf8_is_valid),
		cmocka_unit_test(digests_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
