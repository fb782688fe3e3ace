/* Uploads by the forms of browsers. */
#include "tests/api/front.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "control/iam/sigv4.h"
#include "control/services/s3/s3.h"

#define LATER	   "\"expiration\":\"2099-01-01T00:00:00Z\""
#define CREDENTIAL "%s/20260101/us-east-1/s3/aws4_request"
#define STAMP	   "20260101T000000Z"

/* A body of fields "name=value\nname=value" and a file. */
static const char *
body_of(struct fixture *f, const char *fields, const char *file)
{
	struct buf *b = buf_new(f->arena, 0);
	char *at = arena_strdup(f->arena, fields), *line;

	while ((line = strsep(&at, "\n")) != NULL) {
		char *is = strchr(line, '=');

		if (is == NULL)
			continue;
		buf_printf(b,
		    "--XyZ\r\nContent-Disposition: form-data; name=\"%.*s\"\r\n\r\n%s\r\n",
		    (int)(is - line), line, is + 1);
	}
	if (file != NULL)
		buf_printf(b,
		    "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\"
		    "\\dir\\\\me.txt\"\r\nContent-Type: text/plain\r\n\r\n%s\r\n",
		    file);
	buf_str(b, "--XyZ--\r\n");
	return buf_text(b);
}

static struct wire_reply *
post(struct fixture *f, const char *fields, const char *file)
{
	const char *body = body_of(f, fields, file);

	return front_send(f, "POST", "/here",
	    "Host: localhost:4599\nContent-Type: multipart/form-data; boundary=XyZ", body,
	    strlen(body));
}

/* The fields with a policy of the conditions, signed by the account's root. */
static struct wire_reply *
post_signed(struct fixture *f, const char *conditions, const char *fields,
    const char *file)
{
	struct sigv4 s = { .date = "20260101", .region = "us-east-1", .service = "s3" };
	char *policy =
	    arena_printf(f->arena, "{" LATER ",\"conditions\":[%s]}", conditions);
	unsigned char key[32], mac[32];
	char hex[65];

	policy = base64_encode(f->arena, policy, strlen(policy));
	s.terminator = "aws4_request";
	sigv4_key(&s, f->settings.root_secret_key, key);
	hmac_sha256(key, sizeof(key), policy, strlen(policy), mac);
	hex_encode(mac, sizeof(mac), hex);
	return post(f,
	    arena_printf(f->arena,
		"%s\npolicy=%s\nx-amz-algorithm=AWS4-HMAC-SHA256\nX-Amz-Credential=" CREDENTIAL
		"\nX-Amz-Date=" STAMP "\nX-Amz-Signature=%s",
		fields, policy, f->settings.root_access_key, hex),
	    file);
}

/* Of the object, or -1. */
static int64_t
size_of(struct fixture *f, const char *key)
{
	const json_t *v = fixture_ok(f, "s3", "ListObjectsV2",
	    "{\"Bucket\":\"here\",\"Prefix\":\"%s\"}", key);

	return json_int(json_array_get(json_get(v, "Contents"), 0), "Size", -1);
}

/* The fields that sign must be in the conditions, too. */
#define SIGNING                                                              \
	"[\"starts-with\",\"$x-amz-credential\",\"\"],{\"x-amz-algorithm\":" \
	"\"AWS4-HMAC-SHA256\"},{\"x-amz-date\":\"" STAMP "\"}"

static void
bucket(struct fixture *f)
{
	fixture_ok(f, "s3", "CreateBucket", "{\"Bucket\":\"here\"}");
}

static void
failed(const struct wire_reply *r, int status, const char *words)
{
	assert_int_equal(r->status, status);
	if (strstr(buf_text(r->body), words) == NULL)
		fail_msg("%s, but %s", buf_text(r->body), words);
}

static void
a_signed_form_stores_its_file(void **state)
{
	struct fixture *f = *state;
	struct wire_reply *r;
	const json_t *v;

	bucket(f);
	r = post_signed(f,
	    SIGNING
	    ",{\"bucket\":\"here\"},[\"starts-with\",\"$key\",\"user/\"],"
	    "[\"starts-with\",\"$Content-Type\",\"text/\"],"
	    "{\"x-amz-meta-a\":\"b\"},[\"content-length-range\",1,100],"
	    "[\"starts-with\",\"$tagging\",\"\"],[\"eq\",\"$success_action_status\",\"201\"]",
	    "key=user/${filename}\nContent-Type=text/html\nx-amz-meta-a=b\n"
	    "success_action_status=201\nx-ignore-me=1\n"
	    "tagging=<Tagging><TagSet><Tag><Key>a b</Key><Value>c&amp;d</Value></Tag>"
	    "</TagSet></Tagging>",
	    "hello");
	assert_int_equal(r->status, 201);
	assert_non_null(strstr(buf_text(r->body),
	    "<PostResponse><Location>http://localhost:4599/here/user/me.txt</Location>"
	    "<Bucket>here</Bucket><Key>user/me.txt</Key><ETag>"));
	front_header_is(r, "ETag", "\"5d41402abc4b2a76b9719d911017c592\"");
	v = fixture_ok(f, "s3", "HeadObject",
	    "{\"Bucket\":\"here\",\"Key\":\"user/me.txt\"}");
	assert_int_equal(size_of(f, "user/me.txt"), 5);
	fixture_is(v, "ContentType", "text/html");
	fixture_is(v, "Metadata.a", "b");
	v = fixture_ok(f, "s3", "GetObjectTagging",
	    "{\"Bucket\":\"here\",\"Key\":\"user/me.txt\"}");
	fixture_is(v, "TagSet.0.Key", "a b");
	fixture_is(v, "TagSet.0.Value", "c&d");
	/* Without a wish the answer is empty; with a page it leads there. */
	r = post_signed(f, SIGNING ",{\"key\":\"k\"}", "key=k", "x");
	assert_int_equal(r->status, 204);
	front_header_is(r, "Location", "http://localhost:4599/here/k");
	r = post_signed(f,
	    SIGNING
	    ",{\"key\":\"k\"},[\"starts-with\",\"$success_action_redirect\",\"\"]",
	    "key=k\nsuccess_action_redirect=https://example.com/done?a=1", "");
	assert_int_equal(r->status, 303);
	front_header_is(r, "Location",
	    "https://example.com/done?a=1&bucket=here&key=k&etag="
	    "%22d41d8cd98f00b204e9800998ecf8427e%22");
	assert_int_equal(size_of(f, "k"), 0);
}

static void
files_may_look_like_boundaries(void **state)
{
	static const char *const files[] = { "\r\n", "\r\n--Xy", "\r\n--XyY\r\n--",
		"--XyZ", "\r\r\n--Xy\r\n", "" };
	struct fixture *f = *state;

	bucket(f);
	for (size_t i = 0; i < COUNT(files); i++) {
		struct wire_reply *r =
		    post_signed(f, SIGNING ",{\"key\":\"k\"}", "key=k", files[i]);

		assert_int_equal(r->status, 204);
		assert_int_equal(size_of(f, "k"), strlen(files[i]));
	}
}

static void
what_the_policy_does_not_let_in_stays_out(void **state)
{
	static const struct {
		const char *conditions, *fields, *file;
		int status;
		const char *words;
	} rows[] = {
		{ ",{\"key\":\"k\"}", "key=l", "x", 403,
		    "Policy Condition failed: [&quot;eq&quot;,&quot;$key&quot;,&quot;k&quot;]" },
		{ ",[\"starts-with\",\"$key\",\"a/\"]", "key=b/c", "x", 403,
		    "Policy Condition failed: [&quot;starts-with&quot;" },
		{ ",{\"bucket\":\"other\"},{\"key\":\"k\"}", "key=k", "x", 403,
		    "Policy Condition failed" },
		{ "", "key=k", "x", 403, "Extra input fields: key" },
		{ ",{\"key\":\"k\"}", "key=k\nacl=public-read", "x", 403,
		    "Extra input fields: acl" },
		{ ",{\"key\":\"k\"},[\"starts-with\",\"$content-type\",\"image/\"]",
		    "key=k\nContent-Type=image/png, text/html", "x", 403,
		    "Policy Condition failed" },
		{ ",{\"key\":\"k\"},[\"content-length-range\",2,3]", "key=k", "x", 400,
		    "<Code>EntityTooSmall</Code>" },
		{ ",{\"key\":\"k\"},[\"content-length-range\",2,3]", "key=k", "xxxx", 400,
		    "<Code>EntityTooLarge</Code>" },
		{ ",{\"key\":\"k\"},[\"content-length-range\",2,3]", "key=k", NULL, 400,
		    "POST requires exactly one file upload per request." },
		{ ",{\"key\":\"k\",\"a\":\"b\"}", "key=k", "x", 400,
		    "Simple-Conditions must have exactly one property" },
		{ ",[\"like\",\"$key\",\"k\"]", "key=k", "x", 400,
		    "<Code>InvalidPolicyDocument</Code>" },
		{ ",7", "key=k", "x", 400, "<Code>InvalidPolicyDocument</Code>" },
		{ ",[\"content-length-range\",\"a\",3]", "key=k", "x", 400,
		    "<Code>InvalidPolicyDocument</Code>" },
	};
	struct fixture *f = *state;

	bucket(f);
	for (size_t i = 0; i < COUNT(rows); i++)
		failed(post_signed(f,
			   arena_printf(f->arena, SIGNING "%s", rows[i].conditions),
			   rows[i].fields, rows[i].file),
		    rows[i].status, rows[i].words);
	assert_int_equal(json_array_size(json_get(fixture_ok(f, "s3", "ListObjectsV2",
						      "{\"Bucket\":\"here\"}"),
			     "Contents")),
	    0);
}

static void
forms_that_cannot_be(void **state)
{
	static const struct {
		const char *fields;
		int status;
		const char *words;
	} rows[] = {
		{ "a=b", 400, "must contain a field named 'key'" },
		{ "key=", 400, "User key must have a length greater than 0." },
		{ "key=k", 403, "<Code>AccessDenied</Code>" },
		{ "key=k\npolicy=e30=", 400,
		    "The authorization mechanism you have provided is not supported." },
		{ "key=k\npolicy=e30=\nx-amz-algorithm=AWS4-HMAC-SHA256", 400,
		    "must contain a field named 'X-Amz-Credential'" },
		{ "key=k\npolicy=e30=\nx-amz-algorithm=AWS4-HMAC-SHA256\nx-amz-credential=a/b\n"
		  "x-amz-date=x\nx-amz-signature=0",
		    400, "the Credential is mal-formed" },
		{ "key=k\npolicy=e30=\nx-amz-algorithm=AWS4-HMAC-SHA256\nx-amz-credential="
		  "AKIANOBODY/20260101/us-east-1/s3/aws4_request\nx-amz-date=20260101T000000Z\n"
		  "x-amz-signature=0",
		    403, "<Code>InvalidAccessKeyId</Code>" },
		{ "key=k\npolicy=e30=\nx-amz-algorithm=AWS4-HMAC-SHA256\nx-amz-credential="
		  "AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request\nx-amz-date="
		  "20260101T000000Z\nx-amz-signature="
		  "0000000000000000000000000000000000000000000000000000000000000000",
		    403, "<Code>SignatureDoesNotMatch</Code>" },
	};
	static const struct {
		const char *type, *body, *code;
	} broken[] = {
		{ "multipart/form-data; boundary=a", "", "MalformedPOSTRequest" },
		{ "multipart/form-data", "--\r\n", "MalformedPOSTRequest" },
		{ "multipart/form-data; boundary=a", "--a\r\n\r\n\r\nx",
		    "MalformedPOSTRequest" },
		{ "multipart/form-data; boundary=a", "--aXX", "MalformedPOSTRequest" },
		{ "multipart/form-data; boundary=a", "--a--", "InvalidArgument" },
		{ "multipart/form-data; boundary=\"a\"",
		    "--a\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv",
		    "MalformedPOSTRequest" },
		{ "multipart/form-data; boundary=a",
		    "--a\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\n\xff\r\n--a--",
		    "MalformedPOSTRequest" },
	};
	struct fixture *f = *state;
	static const char broken_off[] =
	    "--a\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--a\r\n"
	    "Content-Disposition: form-data; name=\"file\"\r\n\r\nxyz";
	char *large = arena_alloc(f->arena, 21000);
	struct wire_reply *r;

	bucket(f);
	for (size_t i = 0; i < COUNT(rows); i++)
		failed(post(f, rows[i].fields, "x"), rows[i].status, rows[i].words);
	for (size_t i = 0; i < COUNT(broken); i++)
		failed(front_send(f, "POST", "/here",
			   arena_printf(f->arena, "Host: localhost\nContent-Type: %s",
			       broken[i].type),
			   broken[i].body, strlen(broken[i].body)),
		    400, arena_printf(f->arena, "<Code>%s</Code>", broken[i].code));
	memset(large, 'a', 20999);
	large[20999] = '\0';
	failed(post(f, arena_printf(f->arena, "key=%s", large), "x"), 400,
	    "<Code>MaxPostPreDataLengthExceeded</Code>");
	/* A file that is broken off leaves nothing. */
	r = front_send(f, "POST", "/here",
	    "Host: localhost\nContent-Type: multipart/form-data; boundary=a", broken_off,
	    sizeof(broken_off) - 1);
	assert_true(r->status >= 400);
	fixture_fails(f, "NoSuchKey", "s3", "GetObject",
	    "{\"Bucket\":\"here\",\"Key\":\"k\"}");
}

static void
anybody_may_where_the_bucket_lets_him(void **state)
{
	struct fixture *f = *state;

	fixture_ok(f, "s3", "CreateBucket",
	    "{\"Bucket\":\"here\",\"ObjectOwnership\":\"ObjectWriter\"}");
	fixture_ok(f, "s3", "DeletePublicAccessBlock", "{\"Bucket\":\"here\"}");
	fixture_ok(f, "s3", "PutBucketAcl",
	    "{\"Bucket\":\"here\",\"ACL\":\"public-read-write\"}");
	assert_int_equal(post(f, "key=k\nacl=public-read", "x")->status, 204);
	fixture_ok(f, "s3", "GetBucketAcl", "{\"Bucket\":\"here\"}");
	assert_int_equal(front_ask(f, "GET", "/here/k", "Host: localhost")->status, 200);
}

int
main(void)
{
#define T(test_) cmocka_unit_test_setup_teardown(test_, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_signed_form_stores_its_file),
		T(files_may_look_like_boundaries),
		T(what_the_policy_does_not_let_in_stays_out),
		T(forms_that_cannot_be),
		T(anybody_may_where_the_bucket_lets_him),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
