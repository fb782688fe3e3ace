/*
 * Checksums: known sums, in pieces of any size; what a request's headers say of its body.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/enc.h"
#include "control/wire/checksum.h"
#include "control/wire/request_body.h"
#include "models/tables.h"

static int
begin(void **state)
{
	*state = arena_new();
	return 0;
}

static int
end(void **state)
{
	arena_free(*state);
	return 0;
}

/* Of "123456789", as the catalogues of CRCs and digests have them. */
static void
sums_are_those_of_the_catalogues(void **state)
{
	static const struct {
		enum checksum_kind kind;
		const char *hex;
	} cases[] = {
		{ CHECKSUM_CRC32, "cbf43926" },
		{ CHECKSUM_CRC32C, "e3069283" },
		{ CHECKSUM_CRC64NVME, "ae8b14860a799888" },
		{ CHECKSUM_SHA1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441" },
		{ CHECKSUM_SHA256,
		    "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225" },
		{ CHECKSUM_SHA512,
		    "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
		    "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85" },
		{ CHECKSUM_MD5, "25f9e794323b453885f5181f1b624d0b" },
	};

	assert_int_equal(COUNT(cases), CHECKSUM_KINDS);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct checksum *c = checksum_new(*state, cases[i].kind);
		unsigned char d[CHECKSUM_MAX];
		char hex[2 * CHECKSUM_MAX + 1];

		/* Twice: it begins again after its end. */
		for (int j = 0; j < 2; j++) {
			checksum_add(c, "1234", 4);
			checksum_add(c, "", 0);
			checksum_add(c, "56789", 5);
			hex_encode(d, checksum_end(c, d), hex);
			assert_string_equal(hex, cases[i].hex);
		}
		assert_int_equal(checksum_find(checksum_name(cases[i].kind)),
		    cases[i].kind);
		assert_int_equal(checksum_find_header(checksum_header(cases[i].kind)),
		    cases[i].kind);
	}
	assert_int_equal(checksum_find("XXHASH3"), CHECKSUM_KINDS);
}

/* Slow and plain, a bit at a time. */
static uint64_t
plain_crc(const unsigned char *p, size_t n, uint64_t polynomial, uint64_t all)
{
	uint64_t crc = all;

	for (; n > 0; n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
	}
	return crc ^ all;
}

static void
pieces_of_any_size_make_the_same_sum(void **state)
{
	static const struct {
		enum checksum_kind kind;
		uint64_t polynomial, all;
	} crcs[] = {
		{ CHECKSUM_CRC32, 0xedb88320u, UINT32_MAX },
		{ CHECKSUM_CRC32C, 0x82f63b78u, UINT32_MAX },
		{ CHECKSUM_CRC64NVME, 0x9a6c9329ac4bc9b5u, UINT64_MAX },
	};
	unsigned char data[1000], sum[CHECKSUM_MAX];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * i * 31 + 7);
	for (size_t i = 0; i < COUNT(crcs); i++) {
		uint64_t want =
		    plain_crc(data, sizeof(data), crcs[i].polynomial, crcs[i].all);

		for (size_t piece = 1; piece < 40; piece++) {
			struct checksum *c = checksum_new(*state, crcs[i].kind);
			uint64_t got = 0;
			size_t n;

			for (size_t at = 0; at < sizeof(data); at += piece) {
				n = sizeof(data) - at;
				checksum_add(c, data + at, n < piece ? n : piece);
			}
			n = checksum_end(c, sum);
			for (size_t j = 0; j < n; j++)
				got = got << 8 | sum[j];
			assert_true(got == want);
		}
	}
}

static void
a_sum_is_shown_only_when_it_was_asked_for(void **state)
{
	json_t *in = json_own(*state, json_new_object());
	json_t *out = json_own(*state, json_new_object());

	checksum_show(in, out, CHECKSUM_CRC32C, "4waSgw==");
	assert_int_equal(json_object_size(out), 0);
	json_set_str(in, "ChecksumMode", "ENABLED");
	checksum_show(in, out, CHECKSUM_CRC32C, "4waSgw==");
	assert_string_equal(json_str(out, "ChecksumCRC32C"), "4waSgw==");
}

/* Bodies are "123456789"; PutBucketTagging must have a sum, PutObject may. */
static const struct {
	const char *op;
	struct wire_header headers[3];
	const char *code, *message;
} requests[] = {
	{ "PutObject", { { NULL, NULL } }, NULL, NULL },
	{ "PutObject", { { "x-amz-checksum-crc32", "y/Q5Jg==" } }, NULL, NULL },
	{ "PutObject", { { "X-Amz-Checksum-Crc64nvme", "rosUhgp5mIg=" } }, NULL, NULL },
	{ "PutObject", { { "Content-MD5", "JfnnlDI7RTiF9RgfG2JNCw==" } }, NULL, NULL },
	{ "PutObject",
	    { { "Content-MD5", "JfnnlDI7RTiF9RgfG2JNCw==" },
		{ "x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=" },
		{ "x-amz-sdk-checksum-algorithm", "SHA1" } },
	    NULL, NULL },
	{ "GetObject", { { "Content-MD5", "nonsense" } }, NULL, NULL },
	{ "PutBucketTagging", { { "x-amz-checksum-crc32c", "4waSgw==" } }, NULL, NULL },
	{ "PutBucketTagging", { { NULL, NULL } }, "InvalidRequest",
	    "Missing required header for this request: Content-MD5 OR x-amz-checksum-*" },
	{ "PutObject", { { "Content-MD5", "nonsense" } }, "InvalidDigest",
	    "The Content-MD5 you specified was invalid." },
	{ "PutObject", { { "Content-MD5", "y/Q5Jg==" } }, "InvalidDigest",
	    "The Content-MD5 you specified was invalid." },
	{ "PutObject", { { "Content-MD5", "JfnnlDI7RTiF9RgfG2JNCQ==" } }, "BadDigest",
	    "The Content-MD5 you specified did not match what we received." },
	{ "PutObject", { { "x-amz-checksum-crc32", "y/Q5Jw==" } }, "BadDigest",
	    "The CRC32 you specified did not match the calculated checksum." },
	{ "PutObject", { { "x-amz-checksum-crc32", "y/Q5" } }, "InvalidRequest",
	    "Value for x-amz-checksum-crc32 header is invalid." },
	{ "PutObject", { { "x-amz-checksum-crc32", "" } }, "InvalidRequest",
	    "Value for x-amz-checksum-crc32 header is invalid." },
	{ "PutObject",
	    { { "x-amz-checksum-crc32", "y/Q5Jg==" },
		{ "x-amz-checksum-crc32c", "4waSgw==" } },
	    "InvalidRequest",
	    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not "
	    "allowed." },
	{ "PutObject", { { "x-amz-sdk-checksum-algorithm", "CRC32" } }, "InvalidRequest",
	    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or "
	    "x-amz-trailer headers were found." },
	{ "PutObject",
	    { { "x-amz-sdk-checksum-algorithm", "CRC33" },
		{ "x-amz-checksum-crc32", "y/Q5Jg==" } },
	    "InvalidRequest",
	    "Value for x-amz-sdk-checksum-algorithm header is invalid." },
	{ "PutObject",
	    { { "x-amz-sdk-checksum-algorithm", "SHA256" },
		{ "x-amz-checksum-crc32", "y/Q5Jg==" } },
	    "InvalidRequest",
	    "Value for x-amz-sdk-checksum-algorithm header is invalid." },
};

static void
bodies_are_held_against_what_is_said_of_them(void **state)
{
	const struct model *m = model_find("s3");

	for (size_t i = 0; i < COUNT(requests); i++) {
		struct wire_request req = { .method = "PUT",
			.path = "/",
			.query = "",
			.body = "123456789",
			.body_len = 9 };
		const struct wire_request *got = NULL;
		struct err err = { 0 };
		int rc;

		while (req.n_headers < 3 &&
		    requests[i].headers[req.n_headers].name != NULL) {
			req.headers[req.n_headers] = requests[i].headers[req.n_headers];
			req.n_headers++;
		}
		rc = request_body_take(*state, model_op_find(m, requests[i].op), NULL,
		    &req, &got, &err);
		if (rc == 0 && requests[i].code == NULL) {
			assert_ptr_equal(got, &req);
			continue;
		}
		if (rc == 0 || requests[i].code == NULL)
			fail_msg("%zu: %s", i, err.msg);
		assert_string_equal(err.kind->code, requests[i].code);
		assert_string_equal(err.msg, requests[i].message);
		assert_int_equal(err.kind->status, 400);
	}
}

/* As an upload does it that is never whole in memory; the sum comes in a trailer. */
static void
a_body_is_summed_in_pieces(void **state)
{
	static const struct {
		const char *sum, *code;
	} cases[] = {
		{ "4waSgw==", NULL },
		{ "4waSgg==", "BadDigest" },
		{ "4w==", "InvalidRequest" },
	};
	const struct model_op *op = model_op_find(model_find("s3"), "UploadPart");

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct wire_request req = { .method = "PUT", .path = "/", .query = "" };
		struct wire_request trailers = { .n_headers = 1 };
		struct err err = { 0 };
		struct body_sums *s;
		int rc;

		req.headers[req.n_headers++] =
		    (struct wire_header){ "x-amz-content-sha256",
			    "STREAMING-UNSIGNED-PAYLOAD-TRAILER" };
		req.headers[req.n_headers++] =
		    (struct wire_header){ "x-amz-trailer", "x-amz-checksum-crc32c" };
		trailers.headers[0] =
		    (struct wire_header){ "x-amz-checksum-crc32c", cases[i].sum };
		s = body_sums_new(*state, op, &req, &err);
		assert_non_null(s);
		body_sums_add(s, "1234", 4);
		body_sums_add(s, "56789", 5);
		rc = body_sums_end(s, &trailers, &err);
		assert_int_equal(rc, cases[i].code == NULL ? 0 : -1);
		if (rc < 0)
			assert_string_equal(err.kind->code, cases[i].code);
	}
}

static void
a_sum_is_said_in_base64(void **state)
{
	struct checksum *c = checksum_new(*state, CHECKSUM_CRC32C);

	checksum_add(c, "123456789", 9);
	assert_string_equal(checksum_end_text(*state, c), "4waSgw==");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sums_are_those_of_the_catalogues, begin,
		    end),
		cmocka_unit_test_setup_teardown(pieces_of_any_size_make_the_same_sum,
		    begin, end),
		cmocka_unit_test_setup_teardown(a_sum_is_shown_only_when_it_was_asked_for,
		    begin, end),
		cmocka_unit_test_setup_teardown(
		    bodies_are_held_against_what_is_said_of_them, begin, end),
		cmocka_unit_test_setup_teardown(a_body_is_summed_in_pieces, begin, end),
		cmocka_unit_test_setup_teardown(a_sum_is_said_in_base64, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
