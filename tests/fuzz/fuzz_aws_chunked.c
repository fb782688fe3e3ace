/*
 * Chunked bodies: the first byte chooses form, trailer and key, the second the decoded length, the rest is the body.
 *
 * Whatever the pieces in which the body comes, the outcome and the payload are the same; a signature that
 * nobody made is never right.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/wire/aws_chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
keep(void *arg, const void *p, size_t n, struct err *err UNUSED)
{
	buf_add(arg, p, n);
	return 0;
}

/* NULL when it was refused, else the payload; *ret_code is the refusal. */
static struct buf *
read_all(struct arena *a, const struct wire_request *req, const struct aws_chunk_key *key,
    const char *body, size_t size, size_t piece, const char **ret_code)
{
	struct err err = { .kind = NULL };
	struct aws_chunked *c = aws_chunked_new(a, req, key, &err);
	struct buf *b = buf_new(a, 0);
	int rc = c != NULL ? 0 : -1;

	for (size_t at = 0; rc == 0 && at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;
		/* A copy of its own size, so that reading past its end is seen. */
		char *part = malloc(n);

		if (part == NULL)
			abort();
		memcpy(part, body + at, n);
		rc = aws_chunked_add(c, part, n, keep, b, &err);
		free(part);
	}
	if (rc == 0)
		rc = aws_chunked_end(c, &err);
	if ((rc < 0) != (err.kind != NULL))
		abort();
	*ret_code = rc < 0 ? err.kind->code : "";
	return rc < 0 ? NULL : b;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const forms[] = { "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" };
	static const struct aws_chunk_key key = { .stamp = "20130524T000000Z",
		.scope = "20130524/us-east-1/s3/aws4_request",
		.seed =
		    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9" };
	static const size_t pieces[] = { 1, 3, 17 };
	unsigned how = size > 0 ? data[0] : 0;
	const struct aws_chunk_key *with = how & 16 ? &key : NULL;
	const char *body = size > 2 ? (const char *)data + 2 : "", *code, *other;
	struct wire_request req = { .method = "PUT", .path = "/", .query = "" };
	struct arena *a = arena_new();
	struct buf *whole, *b;
	char length[8];

	snprintf(length, sizeof(length), "%u", size > 1 ? data[1] : 0U);
	size = size > 2 ? size - 2 : 0;
	req.headers[req.n_headers++] =
	    (struct wire_header){ "x-amz-content-sha256", forms[how % 3] };
	req.headers[req.n_headers++] =
	    (struct wire_header){ "x-amz-decoded-content-length", length };
	if (how & 32)
		req.headers[req.n_headers++] =
		    (struct wire_header){ "x-amz-trailer", "x-amz-checksum-crc32" };
	whole = read_all(a, &req, with, body, size, size + 1, &code);
	if (whole != NULL && (with != NULL && how % 3 != 0))
		abort();
	for (size_t i = 0; i < COUNT(pieces); i++) {
		b = read_all(a, &req, with, body, size, pieces[i], &other);
		if (strcmp(code, other) != 0 ||
		    (b != NULL &&
			(b->len != whole->len ||
			    memcmp(buf_text(b), buf_text(whole), b->len) != 0)))
			abort();
	}
	arena_free(a);
	return 0;
}
