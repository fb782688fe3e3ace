/*
 * A stream that was signed chunk by chunk, from its headers to its payload: signed here as a client does it.
 */
#include "tests/unit/auth_fixture.h"

#include <string.h>

#include "base/enc.h"
#include "control/iam/sigv4.h"
#include "control/wire/request_body.h"

#define STAMP "20260101T000000Z"
#define ZONE  "20260101/us-east-1/s3/aws4_request"

/* The signature of a chunk, after that of the one before it; out has 65 bytes. */
static void
sign_chunk(struct arena *a, const unsigned char key[32], const char *last,
    const char *data, char *out)
{
	unsigned char d[32];
	char hash[65], empty[65], *text;

	sha256_hex(data, strlen(data), hash);
	sha256_hex("", 0, empty);
	text =
	    arena_printf(a, "AWS4-HMAC-SHA256-PAYLOAD\n" STAMP "\n" ZONE "\n%s\n%s\n%s",
		last, empty, hash);
	hmac_sha256(key, 32, text, strlen(text), d);
	hex_encode(d, sizeof(d), out);
}

/* PutObject of "hello", by root. */
static void
sign(struct arena *a, const char *secret, struct wire_request *r)
{
	static const char form[] = "AWS4-HMAC-SHA256 Credential=AKIAROOT/" ZONE
				   ", SignedHeaders=host;x-amz-content-sha256;x-amz-date"
				   ", Signature=";
	struct sigv4 s;
	struct err err;
	char *canonical, seed[65], first[65], last[65];
	unsigned char key[32];

	*r = (struct wire_request){ .method = "PUT", .path = "/bucket/key", .query = "" };
	r->headers[r->n_headers++] = (struct wire_header){ "Host", "localhost:4599" };
	r->headers[r->n_headers++] = (struct wire_header){ "X-Amz-Date", STAMP };
	r->headers[r->n_headers++] = (struct wire_header){ "X-Amz-Content-Sha256",
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD" };
	r->headers[r->n_headers++] =
	    (struct wire_header){ "X-Amz-Decoded-Content-Length", "5" };
	r->headers[r->n_headers++] =
	    (struct wire_header){ "Authorization", arena_printf(a, "%s0", form) };
	assert_int_equal(sigv4_parse(a, r, &s, &err), 1);
	assert_int_equal(sigv4_canonical(a, r, &s, &canonical, &err), 0);
	sigv4_sign(a, &s, secret, canonical, seed);
	r->headers[r->n_headers - 1].value = arena_printf(a, "%s%s", form, seed);
	sigv4_key(&s, secret, key);
	sign_chunk(a, key, seed, "hello", first);
	sign_chunk(a, key, first, "", last);
	r->body = arena_printf(a,
	    "5;chunk-signature=%s\r\nhello\r\n0;chunk-signature=%s\r\n\r\n", first, last);
	r->body_len = strlen(r->body);
}

/* As the dispatcher does it: the payload, or NULL and *err. */
static const char *
receive(struct auth_fixture *f, const struct wire_request *r, struct err *err)
{
	const struct model *m = model_find("s3");
	const struct wire_request *got;
	struct principal who;
	struct aws_chunk_key key;
	int rc;

	if (auth_verify(&f->env, f->t, f->arena, r, m, &who, err) < 0)
		return NULL;
	rc = auth_chunk_key(&f->env, f->t, f->arena, r, &key, err);
	if (rc < 0 ||
	    request_body_take(f->arena, model_op_find(m, "PutObject"),
		rc > 0 ? &key : NULL, r, &got, err) < 0)
		return NULL;
	return got->body;
}

static void
a_signed_stream_is_taken(void **state)
{
	struct auth_fixture *f = *state;
	struct wire_request r;
	struct err err = { 0 };
	const char *body;

	sign(f->arena, "roots", &r);
	body = receive(f, &r, &err);
	if (body == NULL)
		fail_msg("%s: %s", err.kind->code, err.msg);
	assert_string_equal(body, "hello");
}

static void
a_stream_that_was_touched_is_refused(void **state)
{
	struct auth_fixture *f = *state;
	struct wire_request r;
	struct err err = { 0 };
	char *touched;

	sign(f->arena, "roots", &r);
	touched = arena_strndup(f->arena, r.body, r.body_len);
	*strstr(touched, "hello") = 'j';
	r.body = touched;
	assert_null(receive(f, &r, &err));
	assert_string_equal(err.kind->code, "SignatureDoesNotMatch");

	/* All of it signed with another secret: the request's own signature is wrong then. */
	sign(f->arena, "others", &r);
	assert_null(receive(f, &r, &err));
	assert_string_equal(err.kind->code, "SignatureDoesNotMatch");
}

static void
relaxed_reads_over_signatures(void **state)
{
	struct auth_fixture *f = *state;
	struct wire_request r;
	struct err err = { 0 };

	f->env.strict = 0;
	sign(f->arena, "others", &r);
	assert_string_equal(receive(f, &r, &err), "hello");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_signed_stream_is_taken, auth_setup,
		    auth_teardown),
		cmocka_unit_test_setup_teardown(a_stream_that_was_touched_is_refused,
		    auth_setup, auth_teardown),
		cmocka_unit_test_setup_teardown(relaxed_reads_over_signatures, auth_setup,
		    auth_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
