/*
 * SigV4: AWS's published vectors (those that HTTP/1.1 can carry), requests that botocore
 * signed, and what becomes of a signature when any part of its request changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/iam/sigv4.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define STAMP  "20150830T123600Z"

enum { HEADERS = 6 };

struct vector {
	const char *name, *service, *method, *path, *query, *body;
	struct wire_header headers[HEADERS]; /* beside Host and X-Amz-Date */
	const char *signed_headers, *signature;
};

/* Host is example.amazonaws.com, the region us-east-1, the service "service" unless said. */
static const struct vector vectors[] = {
	{ "get-vanilla", "service", "GET", "/", "", "", { { NULL, NULL } },
	    "host;x-amz-date",
	    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "get-vanilla-query-order-key-case", "service", "GET", "/",
	    "Param2=value2&Param1=value1", "", { { NULL, NULL } }, "host;x-amz-date",
	    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
	{ "get-vanilla-empty-query-key", "service", "GET", "/", "Param1=value1", "",
	    { { NULL, NULL } }, "host;x-amz-date",
	    "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb" },
	{ "get-vanilla-query-unreserved", "service", "GET", "/",
	    "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
	    "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	    "", { { NULL, NULL } }, "host;x-amz-date",
	    "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197" },
	{ "get-vanilla-utf8-query", "service", "GET", "/", "\xe1\x88\xb4=bar", "",
	    { { NULL, NULL } }, "host;x-amz-date",
	    "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04" },
	{ "get-unreserved", "service", "GET",
	    "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "",
	    { { NULL, NULL } }, "host;x-amz-date",
	    "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f" },
	{ "get-utf8", "service", "GET", "/\xe1\x88\xb4", "", "", { { NULL, NULL } },
	    "host;x-amz-date",
	    "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
	{ "get-space", "service", "GET", "/example space/", "", "", { { NULL, NULL } },
	    "host;x-amz-date",
	    "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741" },
	{ "get-relative-relative", "service", "GET", "/example1/example2/../..", "", "",
	    { { NULL, NULL } }, "host;x-amz-date",
	    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "get-slash-dot-slash", "service", "GET", "/./", "", "", { { NULL, NULL } },
	    "host;x-amz-date",
	    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "get-slashes", "service", "GET", "//example//", "", "", { { NULL, NULL } },
	    "host;x-amz-date",
	    "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84" },
	{ "get-header-key-duplicate", "service", "GET", "/", "", "",
	    { { "My-Header1", "value2" }, { "My-Header1", "value2" },
		{ "My-Header1", "value1" } },
	    "host;my-header1;x-amz-date",
	    "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea" },
	{ "get-header-value-order", "service", "GET", "/", "", "",
	    { { "My-Header1", "value4" }, { "My-Header1", "value1" },
		{ "My-Header1", "value3" }, { "My-Header1", "value2" } },
	    "host;my-header1;x-amz-date",
	    "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01" },
	{ "get-header-value-trim", "service", "GET", "/", "", "",
	    { { "My-Header1", " value1" }, { "My-Header2", " \"a   b   c\"" } },
	    "host;my-header1;my-header2;x-amz-date",
	    "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
	{ "post-vanilla", "service", "POST", "/", "", "", { { NULL, NULL } },
	    "host;x-amz-date",
	    "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
	{ "post-header-key-sort", "service", "POST", "/", "", "",
	    { { "My-Header1", "value1" } }, "host;my-header1;x-amz-date",
	    "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c" },
	{ "post-x-www-form-urlencoded", "service", "POST", "/", "", "Param1=value1",
	    { { "Content-Type", "application/x-www-form-urlencoded" } },
	    "content-type;host;x-amz-date",
	    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
	{ "a path that is sent encoded is encoded again", "lambda", "GET",
	    "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/./x//y",
	    "b=2&a=1&a=0&c=%20%2F", "", { { "X-Multi", "  a   b  " } },
	    "host;x-amz-date;x-multi",
	    "09403c39572eac7e9fc19c626287c644c51396a5e7c09077f7555b96295d224d" },
};

struct sample {
	struct arena *arena;
	struct wire_request req;
};

static struct sample
sample_of(const struct vector *v)
{
	struct sample s = { .arena = arena_new() };
	struct wire_request *r = &s.req;

	r->method = v->method;
	r->path = v->path;
	r->query = v->query;
	r->body = v->body;
	r->body_len = strlen(v->body);
	r->headers[r->n_headers++] =
	    (struct wire_header){ "Host", "example.amazonaws.com" };
	for (size_t i = 0; i < HEADERS && v->headers[i].name != NULL; i++)
		r->headers[r->n_headers++] = v->headers[i];
	r->headers[r->n_headers++] = (struct wire_header){ "X-Amz-Date", STAMP };
	r->headers[r->n_headers++] = (struct wire_header){ "Authorization",
		arena_printf(s.arena,
		    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/%s/aws4_request, "
		    "SignedHeaders=%s, Signature=%s",
		    v->service, v->signed_headers, v->signature) };
	return s;
}

/* 1 signed with the secret, 0 not, -1 refused. */
static int
verdict(struct sample *s, const char *secret)
{
	struct err err = { .kind = NULL };
	struct sigv4 parsed;
	int rc = sigv4_parse(s->arena, &s->req, &parsed, &err);

	if (rc > 0)
		rc = sigv4_check(s->arena, &s->req, &parsed, secret, &err);
	if (rc < 0)
		assert_non_null(err.kind);
	return rc;
}

static void
vectors_have_their_signatures(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct sample s = sample_of(&vectors[i]);

		if (verdict(&s, SECRET) != 1)
			fail_msg("%s: another signature", vectors[i].name);
		assert_int_equal(verdict(&s, "another secret"), 0);
		arena_free(s.arena);
	}
}

/* The rich vector, with one thing changed at a time. */
static const struct vector rich = { "rich", "service", "POST", "/", "a=1",
	"Param1=value1",
	{ { "Content-Type", "application/x-www-form-urlencoded" },
	    { "X-Amz-Target", "T.Op" } },
	"content-type;host;x-amz-date;x-amz-target", "" };

static struct sample
signed_sample(struct vector *v, char signature[65])
{
	struct err err;
	struct sigv4 parsed;
	struct sample s;
	char *canonical;

	memset(signature, '0', 64);
	signature[64] = '\0';
	v->signature = signature;
	s = sample_of(v);
	assert_int_equal(sigv4_parse(s.arena, &s.req, &parsed, &err), 1);
	assert_int_equal(sigv4_canonical(s.arena, &s.req, &parsed, &canonical, &err), 0);
	sigv4_sign(s.arena, &parsed, SECRET, canonical, signature);
	arena_free(s.arena);
	return sample_of(v);
}

static void
set_header(struct wire_request *r, const char *name, const char *value)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		if (strcmp(r->headers[i].name, name) == 0) {
			r->headers[i].value = value;
			return;
		}
	}
	r->headers[r->n_headers++] = (struct wire_header){ name, value };
}

static void
change_method(struct wire_request *r)
{
	r->method = "PUT";
}
static void
change_path(struct wire_request *r)
{
	r->path = "/x";
}
static void
change_query_value(struct wire_request *r)
{
	r->query = "a=2";
}
static void
add_query(struct wire_request *r)
{
	r->query = "a=1&b";
}
static void
drop_query(struct wire_request *r)
{
	r->query = "";
}
static void
change_body(struct wire_request *r)
{
	r->body = "Param1=value2";
}
static void
cut_body(struct wire_request *r)
{
	r->body_len--;
}
static void
change_host(struct wire_request *r)
{
	set_header(r, "Host", "example.org");
}
static void
change_date(struct wire_request *r)
{
	set_header(r, "X-Amz-Date", "20150830T123601Z");
}
static void
change_type(struct wire_request *r)
{
	set_header(r, "Content-Type", "text/plain");
}
static void
change_target(struct wire_request *r)
{
	set_header(r, "X-Amz-Target", "T.Other");
}
static void
double_target(struct wire_request *r)
{
	r->headers[r->n_headers++] = (struct wire_header){ "x-amz-target", "T.Other" };
}
static void
drop_target(struct wire_request *r)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		if (strcmp(r->headers[i].name, "X-Amz-Target") == 0)
			r->headers[i].name = "X-Other";
	}
}
static void
false_hash(struct wire_request *r)
{
	set_header(r, "X-Amz-Content-Sha256",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
static void
unsigned_payload(struct wire_request *r)
{
	set_header(r, "X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
}

static void
a_change_anywhere_breaks_the_signature(void **state UNUSED)
{
	static const struct {
		const char *name;
		void (*change)(struct wire_request *r);
	} changes[] = {
		{ "method", change_method },
		{ "path", change_path },
		{ "query value", change_query_value },
		{ "query parameter added", add_query },
		{ "query dropped", drop_query },
		{ "body", change_body },
		{ "body cut", cut_body },
		{ "host", change_host },
		{ "date", change_date },
		{ "content type", change_type },
		{ "target", change_target },
		{ "target twice", double_target },
		{ "target dropped", drop_target },
		{ "payload hash of something else", false_hash },
		{ "payload declared unsigned", unsigned_payload },
	};
	struct vector v = rich;
	char signature[65];

	for (size_t i = 0; i < COUNT(changes); i++) {
		struct sample s = signed_sample(&v, signature);

		assert_int_equal(verdict(&s, SECRET), 1);
		changes[i].change(&s.req);
		if (verdict(&s, SECRET) > 0)
			fail_msg("%s changed, and nobody saw", changes[i].name);
		arena_free(s.arena);
	}
}

static void
each_byte_of_the_signature_counts(void **state UNUSED)
{
	struct vector v = vectors[0];
	char signature[66];

	v.signature = signature;
	for (size_t i = 0; i < 64; i++) {
		struct sample s;

		memcpy(signature, vectors[0].signature, 65);
		signature[i] = signature[i] == '0' ? '1' : '0';
		s = sample_of(&v);
		assert_int_equal(verdict(&s, SECRET), 0);
		arena_free(s.arena);
	}
	for (int longer = 0; longer < 2; longer++) {
		struct sample s;

		snprintf(signature, sizeof(signature), "%.*s%s", longer ? 64 : 63,
		    vectors[0].signature, longer ? "0" : "");
		s = sample_of(&v);
		assert_int_equal(verdict(&s, SECRET), 0);
		arena_free(s.arena);
	}
}

static void
what_signers_do_differently_is_the_same(void **state UNUSED)
{
	struct sample s = sample_of(&vectors[1]);

	/* Order and escapes of the query are the client's affair. */
	s.req.query = "Param1=value1&Param2=%76alue2";
	assert_int_equal(verdict(&s, SECRET), 1);
	set_header(&s.req, "X-Unsigned", "anything");
	assert_int_equal(verdict(&s, SECRET), 1);
	set_header(&s.req, "X-Amz-Content-Sha256",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(verdict(&s, SECRET), 1);
	arena_free(s.arena);
}

#define PRESIGNED                                                                     \
	"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2F" \
	"us-east-1%2F" SERVICE "%2Faws4_request&X-Amz-Date=" STAMP "&X-Amz-Expires="

static void
presigned_queries_have_botocores_signatures(void **state UNUSED)
{
	static const struct {
		const char *path, *query;
		int64_t expires_s;
	} cases[] = {
#define SERVICE "sts"
		{ "/",
		    "Action=GetCallerIdentity&Version=2011-06-15&" PRESIGNED
		    "60&X-Amz-SignedHeaders=host&X-Amz-Signature="
		    "414518f1d8426b65e7e4959f07315237662c916610b78bab2ec5170f4322be32",
		    60 },
#undef SERVICE
#define SERVICE "s3"
		{ "/b/k%20ey",
		    PRESIGNED
		    "600&X-Amz-SignedHeaders=host&X-Amz-Signature="
		    "76e92b64e6a1fd1188a3bfeea448d5c594dd5bb8e3998ef06feeb26c8f86fa67",
		    600 },
#undef SERVICE
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sample s = { .arena = arena_new() };
		struct sigv4 parsed;
		struct err err;

		s.req.method = "GET";
		s.req.path = cases[i].path;
		s.req.query = cases[i].query;
		set_header(&s.req, "Host", "localhost:4599");
		assert_int_equal(sigv4_parse(s.arena, &s.req, &parsed, &err), 1);
		assert_true(parsed.presigned);
		assert_int_equal(parsed.expires_s, cases[i].expires_s);
		assert_string_equal(parsed.access_key, "AKIDEXAMPLE");
		assert_int_equal(verdict(&s, SECRET), 1);
		s.req.query = arena_printf(s.arena, "x=1&%s", cases[i].query);
		assert_int_equal(verdict(&s, SECRET), 0);
		arena_free(s.arena);
	}
}

static void
s3_signs_paths_as_they_are(void **state UNUSED)
{
	struct sample s = { .arena = arena_new() };

	s.req.method = "GET";
	s.req.path = "/a%20b//c/../d";
	s.req.query = "list-type=2&prefix=x%2Fy";
	set_header(&s.req, "Host", "bucket.example.com");
	set_header(&s.req, "X-Amz-Date", STAMP);
	set_header(&s.req, "X-Amz-Content-Sha256",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	set_header(&s.req, "Authorization",
	    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request, "
	    "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
	    "Signature=f287af4591d43aa05cab223bca1de576559f559bab6d41214a7acf731ca15df1");
	assert_int_equal(verdict(&s, SECRET), 1);
	s.req.path = "/a%20b/d";
	assert_int_equal(verdict(&s, SECRET), 0);
	arena_free(s.arena);
}

#define CREDENTIAL "Credential=AKID/20150830/us-east-1/iam/aws4_request"

static void
what_is_incomplete_is_named(void **state UNUSED)
{
	static const struct {
		const char *authorization, *date, *query, *message;
	} cases[] = {
		{ "AWS4-HMAC-SHA256", STAMP, "", "requires 'Credential' parameter" },
		{ "AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=host", STAMP, "",
		    "requires 'Signature' parameter" },
		{ "AWS4-HMAC-SHA256 " CREDENTIAL ", Signature=0", STAMP, "",
		    "requires 'SignedHeaders' parameter" },
		{ "AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=, Signature=0", STAMP,
		    "", "requires 'SignedHeaders' parameter" },
		{ "AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=host, Signature=0",
		    NULL, "",
		    "requires existence of either a 'X-Amz-Date' or a 'Date' header" },
		{ "AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=host, Signature=0",
		    "2015-08-30T12:36:00Z", "",
		    "Date must be in ISO-8601 'basic format'" },
		{ "AWS4-HMAC-SHA256 " CREDENTIAL ", SignedHeaders=host, Signature=0",
		    "20151330T123600Z", "", "Date must be in ISO-8601 'basic format'" },
		{ "AWS4-HMAC-SHA256 Credential=AKID/us-east-1/iam/aws4_request, "
		  "SignedHeaders=host, Signature=0",
		    STAMP, "", "exactly 5 slash-delimited elements" },
		{ "AWS4-HMAC-SHA256 Credential=/20150830/us-east-1/iam/aws4_request, "
		  "SignedHeaders=host, Signature=0",
		    STAMP, "", "exactly 5 slash-delimited elements" },
		{ "AWS4-HMAC-SHA256 Credential=A/B/20150830/us-east-1/iam/aws4_request, "
		  "SignedHeaders=host, Signature=0",
		    STAMP, "", "exactly 5 slash-delimited elements" },
		{ "AWS4-HMAC-SHA256 " CREDENTIAL ", Whatever", STAMP, "",
		    "'Whatever' not a valid key=value pair" },
		{ "Basic abc", STAMP, "", "Unsupported AWS 'algorithm': 'Basic'" },
		{ NULL, NULL, "X-Amz-Algorithm=AWS4-HMAC-SHA256",
		    "must include 'X-Amz-Credential'" },
		{ NULL, NULL, "X-Amz-Algorithm=AWS5", "Unsupported AWS 'algorithm'" },
		{ NULL, NULL,
		    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/20150830/r/s/aws4_request&"
		    "X-Amz-Date=" STAMP "&X-Amz-SignedHeaders=host&X-Amz-Signature=0&"
		    "X-Amz-Expires=604801",
		    "less than a week" },
		{ NULL, NULL,
		    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/20150830/r/s/aws4_request&"
		    "X-Amz-Date=" STAMP "&X-Amz-SignedHeaders=host&X-Amz-Signature=0&"
		    "X-Amz-Expires=-1",
		    "should be a number" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct sample s = { .arena = arena_new() };
		struct err err = { .kind = NULL };
		struct sigv4 parsed;

		s.req.method = "GET";
		s.req.path = "/";
		s.req.query = cases[i].query;
		if (cases[i].authorization != NULL)
			set_header(&s.req, "Authorization", cases[i].authorization);
		if (cases[i].date != NULL)
			set_header(&s.req, "X-Amz-Date", cases[i].date);
		assert_int_equal(sigv4_parse(s.arena, &s.req, &parsed, &err), -1);
		assert_ptr_equal(err.kind, &sigv4_incomplete);
		if (strstr(err.msg, cases[i].message) == NULL)
			fail_msg("case %zu: %s", i, err.msg);
		arena_free(s.arena);
	}
}

static void
a_date_header_will_do(void **state UNUSED)
{
	static const char *const dates[] = { "Sun, 30 Aug 2015 12:36:00 GMT", STAMP };

	for (size_t i = 0; i < COUNT(dates); i++) {
		struct sample s = { .arena = arena_new() };
		struct sigv4 parsed;
		struct err err;

		s.req.query = "";
		set_header(&s.req, "Date", dates[i]);
		set_header(&s.req, "Authorization",
		    "AWS4-HMAC-SHA256 " CREDENTIAL
		    ",SignedHeaders=date;host,Signature=0");
		assert_int_equal(sigv4_parse(s.arena, &s.req, &parsed, &err), 1);
		assert_string_equal(parsed.stamp, STAMP);
		assert_int_equal(parsed.time_ms, INT64_C(1440938160000));
		assert_string_equal(parsed.service, "iam");
		assert_string_equal(parsed.region, "us-east-1");
		arena_free(s.arena);
	}
}

static void
an_unsigned_request_says_so(void **state UNUSED)
{
	struct sample s = { .arena = arena_new() };
	struct sigv4 parsed;
	struct err err;

	s.req.query = "Action=GetCallerIdentity";
	assert_int_equal(sigv4_parse(s.arena, &s.req, &parsed, &err), 0);
	arena_free(s.arena);
}

static void
the_host_must_be_signed(void **state UNUSED)
{
	struct vector v = vectors[0];
	struct sample s;

	v.signed_headers = "x-amz-date";
	s = sample_of(&v);
	assert_int_equal(verdict(&s, SECRET), -1);
	arena_free(s.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_have_their_signatures),
		cmocka_unit_test(a_change_anywhere_breaks_the_signature),
		cmocka_unit_test(each_byte_of_the_signature_counts),
		cmocka_unit_test(what_signers_do_differently_is_the_same),
		cmocka_unit_test(presigned_queries_have_botocores_signatures),
		cmocka_unit_test(s3_signs_paths_as_they_are),
		cmocka_unit_test(what_is_incomplete_is_named),
		cmocka_unit_test(a_date_header_will_do),
		cmocka_unit_test(an_unsigned_request_says_so),
		cmocka_unit_test(the_host_must_be_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
