/*
 * Chunked bodies: AWS's own examples, taken in pieces of any size, and everything that can be wrong with one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "control/iam/sigv4.h"
#include "control/wire/aws_chunked.h"
#include "control/wire/checksum.h"
#include "control/wire/codec.h"
#include "control/wire/request_body.h"

#define SIGNED	  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
#define TRAILED	  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
#define UNSIGNED  "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
#define SIGNATURE ";chunk-signature="

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

static struct wire_request
request_of(const char *form, const char *length, const char *trailer)
{
	struct wire_request req = { .method = "PUT", .path = "/", .query = "" };

	req.headers[req.n_headers++] =
	    (struct wire_header){ "x-amz-content-sha256", form };
	if (length != NULL)
		req.headers[req.n_headers++] =
		    (struct wire_header){ "x-amz-decoded-content-length", length };
	if (trailer != NULL)
		req.headers[req.n_headers++] =
		    (struct wire_header){ "x-amz-trailer", trailer };
	return req;
}

/* The credentials and the day of the examples in S3's reference. */
static struct aws_chunk_key
example_key(const char *seed)
{
	const struct sigv4 s = { .date = "20130524",
		.region = "us-east-1",
		.service = "s3",
		.terminator = "aws4_request" };
	struct aws_chunk_key key = { .stamp = "20130524T000000Z",
		.scope = "20130524/us-east-1/s3/aws4_request",
		.seed = seed };

	sigv4_key(&s, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", key.key);
	return key;
}

static int
keep(void *arg, const void *p, size_t n, struct err *err UNUSED)
{
	buf_add(arg, p, n);
	return 0;
}

/* Through the reader in pieces of n bytes: 0 with the payload in `out`, or -1. */
static int
read_in_pieces(struct arena *a, const struct wire_request *req,
    const struct aws_chunk_key *key, const struct buf *body, size_t n, struct buf *out,
    struct err *err)
{
	struct aws_chunked *c = aws_chunked_new(a, req, key, err);

	if (c == NULL)
		return -1;
	for (size_t at = 0; at < body->len; at += n) {
		size_t left = body->len - at;

		if (aws_chunked_add(c, body->data + at, left < n ? left : n, keep, out,
			err) < 0)
			return -1;
	}
	return aws_chunked_end(c, err);
}

static void
add_chunk(struct buf *b, size_t n, const char *signature)
{
	buf_printf(b, "%zx%s%s\r\n", n, *signature != '\0' ? SIGNATURE : "", signature);
	for (size_t i = 0; i < n; i++)
		buf_chr(b, 'a');
	if (n > 0)
		buf_str(b, "\r\n");
}

static struct buf *
signed_example(struct arena *a)
{
	struct buf *b = buf_new(a, 0);

	add_chunk(b, 65536,
	    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
	add_chunk(b, 1024,
	    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
	add_chunk(b, 0,
	    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
	buf_str(b, "\r\n");
	return b;
}

#define SEED	     "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
#define TRAILER_SEED "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"

static struct buf *
trailed_example(struct arena *a, const char *sum, const char *signature)
{
	struct buf *b = buf_new(a, 0);

	add_chunk(b, 65536,
	    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2");
	add_chunk(b, 1024,
	    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7");
	add_chunk(b, 0,
	    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992");
	buf_printf(b, "x-amz-checksum-crc32c:%s\r\nx-amz-trailer-signature:%s\r\n\r\n",
	    sum, signature);
	return b;
}

#define TRAILER_SIGNATURE \
	"d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"

static void
the_examples_of_the_reference_are_read_in_pieces_of_any_size(void **state)
{
	static const size_t pieces[] = { 1, 7, 100, 8192, 65536, 1 << 20 };

	for (size_t i = 0; i < COUNT(pieces); i++) {
		struct wire_request req = request_of(SIGNED, "66560", NULL);
		struct aws_chunk_key key = example_key(SEED);
		struct buf *out = buf_new(*state, 0);
		struct err err = { 0 };

		if (read_in_pieces(*state, &req, &key, signed_example(*state), pieces[i],
			out, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(out->len, 66560);
		assert_int_equal(strspn(buf_text(out), "a"), 66560);

		req = request_of(TRAILED, "66560", "x-amz-checksum-crc32c");
		key = example_key(TRAILER_SEED);
		buf_reset(out);
		if (read_in_pieces(*state, &req, &key,
			trailed_example(*state, "sOO8/Q==", TRAILER_SIGNATURE), pieces[i],
			out, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(out->len, 66560);
	}
}

static void
a_changed_byte_anywhere_is_found(void **state)
{
	struct wire_request req = request_of(SIGNED, "66560", NULL);
	struct aws_chunk_key key = example_key(SEED);
	size_t n = signed_example(*state)->len;
	size_t found = 0, tried = 0;

	for (size_t at = 3; at < n; at += at < 65000 ? 4001 : 13) {
		struct buf *body = signed_example(*state);
		struct err err = { 0 };

		body->data[at] ^= 1;
		tried++;
		found += read_in_pieces(*state, &req, &key, body, 1 << 20,
			     buf_new(*state, 0), &err) < 0;
		assert_non_null(err.kind);
	}
	assert_int_equal(found, tried);
}

static void
a_trailer_has_its_place_in_the_chain(void **state)
{
	static const struct {
		const char *sum, *signature, *code;
	} cases[] = {
		{ "sOO8/Q==", TRAILER_SIGNATURE, NULL },
		{ "sOO8/A==", TRAILER_SIGNATURE, "SignatureDoesNotMatch" },
		{ "sOO8/Q==", SEED, "SignatureDoesNotMatch" },
		{ "sOO8/Q==", "", "SignatureDoesNotMatch" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct wire_request req =
		    request_of(TRAILED, "66560", "x-amz-checksum-crc32c");
		struct aws_chunk_key key = example_key(TRAILER_SEED);
		struct err err = { 0 };
		int rc = read_in_pieces(*state, &req, &key,
		    trailed_example(*state, cases[i].sum, cases[i].signature), 1000,
		    buf_new(*state, 0), &err);

		assert_int_equal(rc, cases[i].code == NULL ? 0 : -1);
		if (rc < 0)
			assert_string_equal(err.kind->code, cases[i].code);
	}
}

/* "#" stands for 8,192 bytes. */
static const struct {
	const char *form, *length, *trailer, *body, *code;
	int status;
} bodies[] = {
	{ UNSIGNED, "5", NULL, "5\r\nhello\r\n0\r\n\r\n", NULL, 0 },
	{ UNSIGNED, "0", NULL, "0\r\n\r\n", NULL, 0 },
	{ UNSIGNED, "8197", NULL, "2000\r\n#\r\n5\r\nhello\r\n0\r\n\r\n", NULL, 0 },
	{ UNSIGNED, "8192", NULL, "002000\r\n#\r\n0\r\n\r\n", NULL, 0 },
	{ UNSIGNED, "5", "x-amz-checksum-crc32",
	    "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", NULL, 0 },
	{ UNSIGNED, "5", "X-Amz-Checksum-CRC32",
	    "5\r\nhello\r\n0\r\nX-Amz-Checksum-crc32: NhCmhg== \n\r\n", NULL, 0 },
	/* Without a key, signatures are only read over. */
	{ SIGNED, "5", NULL,
	    "5" SIGNATURE SEED "\r\nhello\r\n0" SIGNATURE SEED "\r\n\r\n", NULL, 0 },

	{ "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "5", NULL, "", "InvalidArgument",
	    400 },
	{ UNSIGNED, NULL, NULL, "0\r\n\r\n", "MissingContentLength", 411 },
	{ UNSIGNED, "-1", NULL, "0\r\n\r\n", "MissingContentLength", 411 },
	{ UNSIGNED, "5x", NULL, "0\r\n\r\n", "MissingContentLength", 411 },
	{ UNSIGNED, "5", "x-amz-meta-a", "0\r\n\r\n", "InvalidRequest", 400 },
	{ UNSIGNED, "5", NULL, "", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "5", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "5\r\nhel", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "5\r\nhello\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "5\r\nhello\r\n0\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "6", NULL, "5\r\nhello\r\n0\r\n\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "4", NULL, "5\r\nhello\r\n0\r\n\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "5\r\nhelloX\r\n0\r\n\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "x\r\nhello\r\n0\r\n\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "-5\r\nhello\r\n0\r\n\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "ffffffffffffffff\r\nhello\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "5", NULL, "5" SIGNATURE SEED "\r\nhello\r\n0\r\n\r\n",
	    "IncompleteBody", 400 },
	{ SIGNED, "5", NULL, "5\r\nhello\r\n0\r\n\r\n", "IncompleteBody", 400 },
	{ UNSIGNED, "10", NULL, "5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n",
	    "InvalidChunkSizeError", 400 },
	{ UNSIGNED, "5", NULL, "5\r\nhello\r\n0\r\n\r\nmore", "MalformedTrailerError",
	    400 },
	{ UNSIGNED, "5", "x-amz-checksum-crc32", "5\r\nhello\r\n0\r\n\r\n",
	    "MalformedTrailerError", 400 },
	{ UNSIGNED, "5", NULL, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
	    "MalformedTrailerError", 400 },
	{ UNSIGNED, "5", "x-amz-checksum-crc32",
	    "5\r\nhello\r\n0\r\nx-amz-checksum-sha1:NhCmhg==\r\n\r\n",
	    "MalformedTrailerError", 400 },
	{ UNSIGNED, "5", "x-amz-checksum-crc32", "5\r\nhello\r\n0\r\nNhCmhg==\r\n\r\n",
	    "MalformedTrailerError", 400 },
	{ UNSIGNED, "5", "x-amz-checksum-crc32",
	    "5\r\nhello\r\n0\r\nx-amz-trailer-signature:" SEED "\r\n\r\n",
	    "MalformedTrailerError", 400 },
	{ SIGNED, "5", NULL,
	    "5" SIGNATURE SEED "\r\nhello\r\n0" SIGNATURE SEED
	    "\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
	    "MalformedTrailerError", 400 },
};

static struct buf *
expand(struct arena *a, const char *text)
{
	struct buf *b = buf_new(a, 0);

	for (; *text != '\0'; text++) {
		for (int i = 0; *text == '#' && i < AWS_CHUNK_MIN; i++)
			buf_chr(b, 'x');
		if (*text != '#')
			buf_chr(b, *text);
	}
	return b;
}

static void
what_is_malformed_is_said_as_s3_says_it(void **state)
{
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct wire_request req =
		    request_of(bodies[i].form, bodies[i].length, bodies[i].trailer);
		const struct buf *body = expand(*state, bodies[i].body);

		for (size_t piece = 1; piece < 1000; piece *= 3) {
			struct err err = { 0 };
			int rc = read_in_pieces(*state, &req, NULL, body, piece,
			    buf_new(*state, 0), &err);

			if (rc != (bodies[i].code == NULL ? 0 : -1))
				fail_msg("%zu: %s", i, err.msg);
			if (rc == 0)
				continue;
			assert_string_equal(err.kind->code, bodies[i].code);
			assert_int_equal(err.kind->status, bodies[i].status);
		}
	}
}

static void
a_line_has_a_limit(void **state)
{
	struct wire_request req = request_of(UNSIGNED, "5", NULL);
	struct buf *body = buf_new(*state, 0);
	struct err err = { 0 };

	buf_str(body, "5;");
	for (int i = 0; i < 2 * AWS_CHUNK_LINE_MAX; i++)
		buf_chr(body, 'x');
	assert_int_equal(read_in_pieces(*state, &req, NULL, body, 100, buf_new(*state, 0),
			     &err),
	    -1);
	assert_string_equal(err.kind->code, "IncompleteBody");
}

/* As the dispatcher uses it: the trailer is a header then, and only what is left of the encodings is shown. */
static void
a_request_is_seen_without_its_chunks(void **state)
{
	const struct model_op *op = model_op_find(model_find("s3"), "PutObject");
	struct wire_request req = request_of(UNSIGNED, "5", "x-amz-checksum-crc32");
	const struct wire_request *got;
	struct err err = { 0 };

	req.headers[req.n_headers++] =
	    (struct wire_header){ "Content-Encoding", "gzip, aws-chunked" };
	req.body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
	req.body_len = strlen(req.body);
	assert_int_equal(request_body_take(*state, op, NULL, &req, &got, &err), 0);
	assert_int_equal(got->body_len, 5);
	assert_string_equal(got->body, "hello");
	assert_string_equal(wire_header(got, "x-amz-checksum-crc32"), "NhCmhg==");
	assert_string_equal(wire_header(got, "Content-Encoding"), "gzip");

	req.headers[req.n_headers - 1].value = "AWS-Chunked";
	assert_int_equal(request_body_take(*state, op, NULL, &req, &got, &err), 0);
	assert_null(wire_header(got, "Content-Encoding"));

	req.body = "5\r\nhellO\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
	assert_int_equal(request_body_take(*state, op, NULL, &req, &got, &err), -1);
	assert_string_equal(err.kind->code, "BadDigest");

	req.body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:nonsense\r\n\r\n";
	req.body_len = strlen(req.body);
	assert_int_equal(request_body_take(*state, op, NULL, &req, &got, &err), -1);
	assert_string_equal(err.msg,
	    "Value for x-amz-checksum-crc32 trailing header is invalid.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    the_examples_of_the_reference_are_read_in_pieces_of_any_size, begin,
		    end),
		cmocka_unit_test_setup_teardown(a_changed_byte_anywhere_is_found, begin,
		    end),
		cmocka_unit_test_setup_teardown(a_trailer_has_its_place_in_the_chain,
		    begin, end),
		cmocka_unit_test_setup_teardown(what_is_malformed_is_said_as_s3_says_it,
		    begin, end),
		cmocka_unit_test_setup_teardown(a_line_has_a_limit, begin, end),
		cmocka_unit_test_setup_teardown(a_request_is_seen_without_its_chunks,
		    begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
