/* Buckets that are websites, as browsers see them. */
#include "tests/api/front.h"

#include <string.h>

#include "control/services/s3/s3.h"

#define HOST "Host: here.s3-website-us-east-1.amazonaws.com"

static void
put(struct fixture *f, const char *key, const char *more)
{
	fixture_body(f, key, strlen(key));
	fixture_ok(f, "s3", "PutObject", "{\"Bucket\":\"here\",\"Key\":\"%s\"%s}", key,
	    more);
}

/* A bucket that anybody may read (and list), with a site. */
static void
site(struct fixture *f, const char *configuration, int is_listed)
{
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
	fixture_ok(f, "s3", "DeletePublicAccessBlock", "{\"Bucket\":\"here\"}");
	fixture_ok(f, "s3", "PutBucketPolicy",
	    "{\"Bucket\":\"here\",\"Policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\","
	    "\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\","
	    "\\\"Action\\\":[\\\"s3:GetObject\\\"%s],\\\"Resource\\\":["
	    "\\\"arn:aws:s3:::here\\\",\\\"arn:aws:s3:::here/*\\\"]}}\"}",
	    is_listed ? ",\\\"s3:ListBucket\\\"" : "");
	fixture_ok(f, "s3", "PutBucketWebsite",
	    "{\"Bucket\":\"here\",\"WebsiteConfiguration\":%s}", configuration);
	put(f, "index.html", ",\"ContentType\":\"text/html\"");
	put(f, "folder/index.html", "");
	put(f, "page", "");
	put(f, "moved", ",\"WebsiteRedirectLocation\":\"https://example.com/there\"");
}

static void
pages(void **state)
{
	static const struct {
		const char *path;
		int status;
		const char *header, *value, *body;
	} rows[] = {
		{ "/", 200, "Content-Type", "text/html", NULL },
		{ "/page", 200, "Content-Length", NULL, NULL },
		{ "/folder/", 200, "ETag", "", NULL },
		{ "/folder", 302, "Location", "/folder/", "" },
		{ "/moved", 301, "Location", "https://example.com/there", "" },
		{ "/none", 404, "x-amz-error-code", "NoSuchKey",
		    "<li>Message: The specified key does not exist.</li>\n<li>Key: none</li>" },
		{ "/a%3Cb%3E", 404, "Content-Type", "text/html; charset=utf-8",
		    "<li>Key: a&lt;b&gt;</li>" },
		{ "/%ff", 400, "x-amz-error-code", "InvalidURI", "400 Bad Request" },
	};
	struct fixture *f = *state;

	site(f, "{\"IndexDocument\":{\"Suffix\":\"index.html\"}}", 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct wire_reply *r = front_ask(f, "GET", rows[i].path, HOST);

		assert_int_equal(r->status, rows[i].status);
		if (strcmp(rows[i].header, "ETag") == 0)
			assert_non_null(wire_reply_header(r, "ETag"));
		else
			front_header_is(r, rows[i].header, rows[i].value);
		if (rows[i].status == 200)
			assert_non_null(r->stream);
		else
			assert_non_null(strstr(buf_text(r->body), rows[i].body));
	}
	assert_int_equal(front_ask(f, "HEAD", "/page", HOST)->status, 200);
	assert_int_equal(front_ask(f, "HEAD", "/none", HOST)->status, 404);
	assert_int_equal(front_ask(f, "PUT", "/page", HOST)->status, 405);
	assert_int_equal(front_ask(f, "GET", "/page", HOST "\nRange: bytes=0-1")->status,
	    206);
	assert_int_equal(front_ask(f, "GET", "/page",
			     "Host: here.s3-website.localhost:4599\nIf-None-Match: *")
			     ->status,
	    304);
	assert_int_equal(front_ask(f, "GET", "/", "Host: none.s3-website.localhost")
			     ->status,
	    404);
	assert_int_equal(front_ask(f, "GET", "/",
			     "Host: here.s3-website.eu-west-1.amazonaws.com")
			     ->status,
	    400);
	/* The API is still at its own names. */
	assert_non_null(
	    strstr(buf_text(front_ask(f, "GET", "/", "Host: here.s3.localhost")->body),
		"<ListBucketResult"));
	fixture_ok(f, "s3", "DeleteBucketWebsite", "{\"Bucket\":\"here\"}");
	front_header_is(front_ask(f, "GET", "/", HOST), "x-amz-error-code",
	    "NoSuchWebsiteConfiguration");
}

static void
what_is_not_public_is_not_shown(void **state)
{
	struct fixture *f = *state;
	struct wire_reply *r;

	site(f,
	    "{\"IndexDocument\":{\"Suffix\":\"index.html\"},\"ErrorDocument\":{\"Key\":"
	    "\"page\"}}",
	    0);
	/* Who may not list is not told what is not there; the error document is shown. */
	r = front_ask(f, "GET", "/none", HOST);
	assert_int_equal(r->status, 403);
	assert_non_null(r->stream);
	fixture_ok(f, "s3", "DeleteObject", "{\"Bucket\":\"here\",\"Key\":\"page\"}");
	r = front_ask(f, "GET", "/none", HOST);
	assert_int_equal(r->status, 403);
	assert_non_null(strstr(buf_text(r->body),
	    "An Error Occurred While Attempting to Retrieve a Custom Error Document"));
	fixture_ok(f, "s3", "DeleteBucketPolicy", "{\"Bucket\":\"here\"}");
	assert_int_equal(front_ask(f, "GET", "/", HOST)->status, 403);
}

static void
rules_redirect(void **state)
{
	static const struct {
		const char *path;
		int status;
		const char *location;
	} rows[] = {
		{ "/docs/a%20b", 301,
		    "http://here.s3-website-us-east-1.amazonaws.com/documents/a%20b" },
		{ "/images/x", 307, "https://cdn.example.com/images/x" },
		{ "/gone", 302, "http://here.s3-website-us-east-1.amazonaws.com/page" },
		{ "/page", 200, NULL },
	};
	struct fixture *f = *state;

	site(f,
	    "{\"IndexDocument\":{\"Suffix\":\"index.html\"},\"RoutingRules\":["
	    "{\"Condition\":{\"KeyPrefixEquals\":\"docs/\"},\"Redirect\":{"
	    "\"ReplaceKeyPrefixWith\":\"documents/\"}},"
	    "{\"Condition\":{\"KeyPrefixEquals\":\"images/\"},\"Redirect\":{\"HostName\":"
	    "\"cdn.example.com\",\"Protocol\":\"https\",\"HttpRedirectCode\":\"307\"}},"
	    "{\"Condition\":{\"HttpErrorCodeReturnedEquals\":\"404\"},\"Redirect\":{"
	    "\"ReplaceKeyWith\":\"page\",\"HttpRedirectCode\":\"302\"}}]}",
	    1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct wire_reply *r = front_ask(f, "GET", rows[i].path, HOST);

		assert_int_equal(r->status, rows[i].status);
		front_header_is(r, "Location", rows[i].location);
	}
	fixture_ok(f, "s3", "PutBucketWebsite",
	    "{\"Bucket\":\"here\",\"WebsiteConfiguration\":{\"RedirectAllRequestsTo\":{"
	    "\"HostName\":\"example.com\"}}}");
	front_header_is(front_ask(f, "GET", "/a/b", HOST), "Location",
	    "http://example.com/a/b");
}

#define INDEX "\"IndexDocument\":{\"Suffix\":\"i\"}"

static void
wrong_sites_are_refused(void **state)
{
	static const struct {
		const char *configuration, *code;
	} rows[] = {
		{ "{}", "InvalidArgument" },
		{ "{\"ErrorDocument\":{\"Key\":\"e\"}}", "InvalidArgument" },
		{ "{\"IndexDocument\":{\"Suffix\":\"a/b\"}}", "InvalidArgument" },
		{ "{\"IndexDocument\":{\"Suffix\":\"\"}}", "InvalidArgument" },
		{ "{\"RedirectAllRequestsTo\":{\"HostName\":\"a\"}," INDEX "}",
		    "InvalidArgument" },
		{ "{" INDEX ",\"RoutingRules\":[{\"Redirect\":{}}]}", "MalformedXML" },
		{ "{" INDEX
		  ",\"RoutingRules\":[{\"Condition\":{},\"Redirect\":{\"HostName\":"
		  "\"a\"}}]}",
		    "InvalidRequest" },
		{ "{" INDEX ",\"RoutingRules\":[{\"Redirect\":{\"ReplaceKeyWith\":\"a\","
		  "\"ReplaceKeyPrefixWith\":\"b\"}}]}",
		    "InvalidRequest" },
		{ "{" INDEX
		  ",\"RoutingRules\":[{\"Redirect\":{\"HttpRedirectCode\":\"300\"}}]}",
		    "InvalidArgument" },
		{ "{" INDEX
		  ",\"RoutingRules\":[{\"Redirect\":{\"HostName\":\"a\"},\"Condition\":"
		  "{\"HttpErrorCodeReturnedEquals\":\"200\"}}]}",
		    "InvalidArgument" },
	};
	struct fixture *f = *state;

	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
	for (size_t i = 0; i < COUNT(rows); i++)
		fixture_fails(f, rows[i].code, "s3", "PutBucketWebsite",
		    "{\"Bucket\":\"here\",\"WebsiteConfiguration\":%s}",
		    rows[i].configuration);
	fixture_fails(f, "NoSuchWebsiteConfiguration", "s3", "GetBucketWebsite",
	    "{\"Bucket\":\"here\"}");
	fixture_ok(f, "s3", "DeleteBucketWebsite", "{\"Bucket\":\"here\"}");
}

int
main(void)
{
#define T(test_) cmocka_unit_test_setup_teardown(test_, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(pages),
		T(what_is_not_public_is_not_shown),
		T(rules_redirect),
		T(wrong_sites_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
