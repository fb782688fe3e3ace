/* S3 as browsers meet it: preflights, replies to other origins, through the plane's own door. */
#include "tests/api/front.h"

#include <stdio.h>
#include <string.h>

#include "control/services/s3/s3.h"

static void
open_bucket(struct fixture *f)
{
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\": \"here\"}");
	fixture_ok(f, "s3", "DeletePublicAccessBlock", "{\"Bucket\": \"here\"}");
	fixture_ok(f, "s3", "PutBucketPolicy",
	    "{\"Bucket\": \"here\", \"Policy\": \"{\\\"Version\\\": \\\"2012-10-17\\\", "
	    "\\\"Statement\\\": {\\\"Effect\\\": \\\"Allow\\\", \\\"Principal\\\": \\\"*\\\", "
	    "\\\"Action\\\": \\\"s3:GetObject\\\", \\\"Resource\\\": "
	    "\\\"arn:aws:s3:::here/*\\\"}}\"}");
	fixture_body(f, "hello", 5);
	fixture_ok(f, "s3", "PutObject", "{\"Bucket\": \"here\", \"Key\": \"a/b\"}");
}

static const char rules[] =
    "{\"CORSRules\": [{\"AllowedOrigins\": [\"https://*.example.com\", "
    "\"http://exact\"], \"AllowedMethods\": [\"GET\", \"PUT\"], \"AllowedHeaders\": "
    "[\"x-amz-*\", \"Content-Type\"], \"ExposeHeaders\": [\"ETag\", \"x-amz-id\"], "
    "\"MaxAgeSeconds\": 300}, {\"AllowedOrigins\": [\"*\"], \"AllowedMethods\": "
    "[\"HEAD\"]}]}";

static void
preflights(void **state)
{
	static const struct {
		const char *origin, *method, *headers;
		const char *allowed; /* origin; NULL: it is refused */
		const char *said;    /* headers */
	} rows[] = {
		{ "https://a.example.com", "GET", NULL, "https://a.example.com", NULL },
		{ "https://.example.com", "PUT", "X-Amz-Date, content-type",
		    "https://.example.com", "x-amz-date, content-type" },
		{ "https://example.com", "GET", NULL, NULL, NULL },
		{ "https://a.example.com", "DELETE", NULL, NULL, NULL },
		{ "https://a.example.com", "GET", "x-other", NULL, NULL },
		{ "https://a.example.com", "GET", "x-amz-date,x-other", NULL, NULL },
		{ "http://exact", "GET", NULL, "http://exact", NULL },
		{ "http://exactly", "GET", NULL, NULL, NULL },
		{ "http://anybody", "HEAD", NULL, "*", NULL },
		{ "http://anybody", "HEAD", "x-any", NULL, NULL },
	};
	struct fixture *f = *state;

	open_bucket(f);
	fixture_ok(f, "s3", "PutBucketCors",
	    "{\"Bucket\": \"here\", \"CORSConfiguration\": %s}", rules);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *head = arena_printf(f->arena,
		    "Host: localhost\nOrigin: %s\nAccess-Control-Request-Method: %s\n%s%s",
		    rows[i].origin, rows[i].method,
		    rows[i].headers != NULL ? "Access-Control-Request-Headers: " : "",
		    rows[i].headers != NULL ? rows[i].headers : "");
		struct wire_reply *r = front_ask(f, "OPTIONS", "/here/a/b", head);

		assert_int_equal(r->status, rows[i].allowed != NULL ? 200 : 403);
		front_header_is(r, "Access-Control-Allow-Origin", rows[i].allowed);
		front_header_is(r, "Access-Control-Allow-Headers", rows[i].said);
		if (rows[i].allowed == NULL)
			assert_non_null(strstr(buf_text(r->body),
			    "<Code>AccessForbidden</Code><Message>CORSResponse: This CORS "
			    "request is not allowed."));
	}
}

static void
preflights_that_cannot_be(void **state)
{
	static const struct {
		const char *target, *headers;
		int status;
		const char *words;
	} rows[] = {
		{ "/here/k", "Host: localhost\nAccess-Control-Request-Method: GET", 400,
		    "Origin request header needed" },
		{ "/here/k", "Host: localhost\nOrigin: http://a", 400,
		    "Invalid Access-Control-Request-Method: null" },
		{ "/here/k",
		    "Host: localhost\nOrigin: http://a\nAccess-Control-Request-Method: PATCH",
		    400, "Invalid Access-Control-Request-Method: PATCH" },
		{ "/none/k",
		    "Host: localhost\nOrigin: http://a\nAccess-Control-Request-Method: GET",
		    403, "CORSResponse: Bucket not found" },
		{ "/here/k",
		    "Host: localhost\nOrigin: http://a\nAccess-Control-Request-Method: GET",
		    403, "CORSResponse: CORS is not enabled for this bucket." },
		{ "/",
		    "Host: here.s3.localhost\nOrigin: http://a\n"
		    "Access-Control-Request-Method: GET",
		    403, "<ResourceType>BUCKET</ResourceType>" },
	};
	struct fixture *f = *state;

	open_bucket(f);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct wire_reply *r =
		    front_ask(f, "OPTIONS", rows[i].target, rows[i].headers);

		assert_int_equal(r->status, rows[i].status);
		assert_non_null(strstr(buf_text(r->body), rows[i].words));
		front_header_is(r, "Access-Control-Allow-Origin", NULL);
	}
}

static void
replies_to_other_origins(void **state)
{
	struct fixture *f = *state;
	struct wire_reply *r;

	open_bucket(f);
	fixture_ok(f, "s3", "PutBucketCors",
	    "{\"Bucket\": \"here\", \"CORSConfiguration\": %s}", rules);
	r = front_ask(f, "GET", "/here/a/b",
	    "Host: localhost\nOrigin: https://a.example.com");
	assert_int_equal(r->status, 200);
	front_header_is(r, "Access-Control-Allow-Origin", "https://a.example.com");
	front_header_is(r, "Access-Control-Allow-Methods", "GET, PUT");
	front_header_is(r, "Access-Control-Expose-Headers", "ETag, x-amz-id");
	front_header_is(r, "Access-Control-Max-Age", "300");
	front_header_is(r, "Access-Control-Allow-Credentials", "true");
	/* What is refused is, too, for the page is to read why. */
	r = front_ask(f, "GET", "/none",
	    "Host: here.s3.localhost\nOrigin: https://a.example.com");
	assert_int_equal(r->status, 403);
	front_header_is(r, "Access-Control-Allow-Origin", "https://a.example.com");
	r = front_ask(f, "HEAD", "/here/a/b", "Host: localhost\nOrigin: http://x");
	assert_int_equal(r->status, 200);
	front_header_is(r, "Access-Control-Allow-Origin", "*");
	front_header_is(r, "Access-Control-Allow-Credentials", NULL);
	r = front_ask(f, "GET", "/here/a/b", "Host: localhost\nOrigin: http://x");
	assert_int_equal(r->status, 200);
	front_header_is(r, "Access-Control-Allow-Origin", NULL);
	r = front_ask(f, "GET", "/here/a/b", "Host: localhost");
	front_header_is(r, "Access-Control-Allow-Origin", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(preflights, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(preflights_that_cannot_be, fixture_setup,
		    fixture_teardown),
		cmocka_unit_test_setup_teardown(replies_to_other_origins, fixture_setup,
		    fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
