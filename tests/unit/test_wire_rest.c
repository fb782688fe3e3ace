/*
 * REST: which operation a request is, what it says, and how broken ones are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "control/wire/codec.h"
#include "control/wire/rest.h"
#include "tests/codec/tree.h"

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

struct line {
	const char *service; /* that is signed for; NULL: nobody's signature */
	const char *method, *path, *query, *host;
	const char *header; /* one more, with an empty value; or NULL */
	const char *op;	    /* "s3 GetObject"; an error's code */
};

static void
make(const struct line *l, struct wire_request *req)
{
	*req = (struct wire_request){ .method = l->method,
		.path = l->path,
		.query = l->query,
		.body = "" };
	req->headers[req->n_headers++] =
	    (struct wire_header){ "Host", l->host != NULL ? l->host : "localhost:4599" };
	if (l->header != NULL)
		req->headers[req->n_headers++] = (struct wire_header){ l->header, "" };
}

static const struct line lines[] = {
	{ "s3", "GET", "/", "", NULL, NULL, "s3 ListBuckets" },
	{ "s3", "GET", "/b", "", NULL, NULL, "s3 ListObjects" },
	{ "s3", "GET", "/b/", "", NULL, NULL, "s3 ListObjects" },
	{ "s3", "GET", "/b", "list-type=2&prefix=x", NULL, NULL, "s3 ListObjectsV2" },
	{ "s3", "GET", "/b/", "versions", NULL, NULL, "s3 ListObjectVersions" },
	{ "s3", "GET", "/b", "acl=", NULL, NULL, "s3 GetBucketAcl" },
	{ "s3", "GET", "/b", "aclx=", NULL, NULL, "s3 ListObjects" },
	{ "s3", "GET", "/b", "lifecycle", NULL, NULL,
	    "s3 GetBucketLifecycleConfiguration" },
	{ "s3", "GET", "/b", "analytics", NULL, NULL,
	    "s3 ListBucketAnalyticsConfigurations" },
	{ "s3", "GET", "/b", "analytics&id=1", NULL, NULL,
	    "s3 GetBucketAnalyticsConfiguration" },
	{ "s3", "DELETE", "/b", "analytics", NULL, NULL,
	    "s3 DeleteBucketAnalyticsConfiguration" },
	{ "s3", "DELETE", "/b", "", NULL, NULL, "s3 DeleteBucket" },
	{ "s3", "GET", "/b/k", "", NULL, NULL, "s3 GetObject" },
	{ "s3", "GET", "/b/k", "x-id=GetObject", NULL, NULL, "s3 GetObject" },
	{ "s3", "GET", "/b/k/", "", NULL, NULL, "s3 GetObject" },
	{ "s3", "GET", "/b//k", "", NULL, NULL, "s3 GetObject" },
	{ "s3", "GET", "/b/k", "uploadId=1", NULL, NULL, "s3 ListParts" },
	{ "s3", "HEAD", "/b/k", "", NULL, NULL, "s3 HeadObject" },
	{ "s3", "PUT", "/b/k", "", NULL, NULL, "s3 PutObject" },
	{ "s3", "PUT", "/b/k", "", NULL, "x-amz-copy-source", "s3 CopyObject" },
	{ "s3", "PUT", "/b/k", "partNumber=1&uploadId=2", NULL, NULL, "s3 UploadPart" },
	{ "s3", "PUT", "/b/k", "partNumber=1&uploadId=2", NULL, "X-Amz-Copy-Source",
	    "s3 UploadPartCopy" },
	{ "s3", "POST", "/b/k", "uploads", NULL, NULL, "s3 CreateMultipartUpload" },
	{ "s3", "POST", "/b/k", "uploadId=1", NULL, NULL, "s3 CompleteMultipartUpload" },
	{ "s3", "DELETE", "/b/k", "uploadId=1", NULL, NULL, "s3 AbortMultipartUpload" },
	{ "s3", "POST", "/b", "delete", NULL, NULL, "s3 DeleteObjects" },
	{ "s3", "GET", "/k", "", "b.s3.us-east-1.localhost:4599", NULL, "s3 GetObject" },
	{ "s3", "GET", "/", "", "b.s3.localhost", NULL, "s3 ListObjects" },
	{ "s3", "GET", "/", "", "a.b.s3-eu-west-1.amazonaws.com", NULL,
	    "s3 ListObjects" },
	{ "s3", "GET", "/", "", "s3.us-east-1.localhost", NULL, "s3 ListBuckets" },
	{ "s3", "PATCH", "/b/k", "", NULL, NULL, "MethodNotAllowed" },
	{ NULL, "GET", "/b/k", "", NULL, NULL, "s3 GetObject" },
	{ NULL, "GET", "/", "", "b.s3.localhost", NULL, "s3 ListObjects" },
	{ NULL, "GET", "/", "", NULL, NULL, "MissingAction" },
	{ "lambda", "GET", "/2015-03-31/functions", "", NULL, NULL,
	    "lambda ListFunctions" },
	{ "lambda", "GET", "/2015-03-31/functions/", "", NULL, NULL,
	    "lambda ListFunctions" },
	{ "lambda", "GET", "/2015-03-31/functions/f", "", NULL, NULL,
	    "lambda GetFunction" },
	{ "lambda", "GET", "/2015-03-31/functions/f/configuration", "", NULL, NULL,
	    "lambda GetFunctionConfiguration" },
	{ "lambda", "POST", "/2015-03-31/functions/a%2Fb%3Ac/invocations", "", NULL, NULL,
	    "lambda Invoke" },
	{ NULL, "POST", "/2015-03-31/functions/f/invocations", "",
	    "lambda.us-east-1.localhost:4599", NULL, "lambda Invoke" },
	{ "lambda", "GET", "/2099-01-01/none", "", NULL, NULL,
	    "UnknownOperationException" },
	{ "lambda", "PUT", "/2015-03-31/functions/f", "", NULL, NULL,
	    "UnknownOperationException" },
	{ "apigateway", "GET", "/restapis", "", NULL, NULL, "apigateway GetRestApis" },
	{ "apigateway", "GET", "/v2/apis", "", NULL, NULL, "apigatewayv2 GetApis" },
	{ "apigateway", "POST", "/restapis", "mode=import", NULL, NULL,
	    "apigateway ImportRestApi" },
	{ "apigateway", "POST", "/restapis", "", NULL, NULL, "apigateway CreateRestApi" },
	{ "ses", "GET", "/v2/email/account", "", NULL, NULL, "sesv2 GetAccount" },
	{ "ses", "GET", "/", "Action=ListIdentities&Version=2010-12-01", NULL, NULL,
	    "ses ListIdentities" },
	{ "route53", "POST", "/2013-04-01/hostedzone/Z/rrset/", "", NULL, NULL,
	    "route53 ChangeResourceRecordSets" },
	{ "route53", "POST", "/2013-04-01/hostedzone/Z/rrset", "", NULL, NULL,
	    "route53 ChangeResourceRecordSets" },
	{ "cloudfront", "POST", "/2020-05-31/distribution", "", NULL, NULL,
	    "cloudfront CreateDistribution" },
	{ "cloudfront", "POST", "/2020-05-31/distribution", "WithTags", NULL, NULL,
	    "cloudfront CreateDistributionWithTags" },
	{ "s3", "GET", "/b/%ff", "", NULL, NULL, "InvalidURI" },
	{ "s3", "GET", "/b/%00", "", NULL, NULL, "InvalidURI" },
	{ "s3", "GET", "/b/%zz", "", NULL, NULL, "InvalidURI" },
};

static void
a_method_and_a_path_name_an_operation(void **state)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		const struct line *l = &lines[i];
		const struct model *m = NULL;
		const struct model_op *op = NULL;
		struct err err = { .kind = NULL };
		struct wire_request req;
		const char *got;

		make(l, &req);
		if (wire_route(*state, &req, l->service, &m, &op, &err) < 0)
			got = err.kind->code;
		else
			got = arena_printf(*state, "%s %s", model_name(m),
			    model_op_name(m, op));
		if (strcmp(got, l->op) != 0)
			fail_msg("%s %s?%s is %s, not %s", l->method, l->path, l->query,
			    got, l->op);
	}
}

struct broken {
	const char *service, *method, *path, *query, *body;
	const char *code, *message; /* message NULL: any that is not empty */
	int status;
};

static const struct broken requests[] = {
	{ "lambda", "POST", "/2015-03-31/functions", "", "{", "SerializationException",
	    NULL, 400 },
	{ "lambda", "POST", "/2015-03-31/functions", "", "[]", "SerializationException",
	    NULL, 400 },
	{ "lambda", "POST", "/2015-03-31/functions", "", "{\"Timeout\":\"x\"}",
	    "SerializationException", "STRING_VALUE can not be converted to an Integer",
	    400 },
	{ "lambda", "POST", "/2015-03-31/functions", "",
	    "{\"FunctionName\":\"f\",\"Role\":\"r\",\"Code\":{}}", "ValidationException",
	    NULL, 400 },
	{ "lambda", "GET", "/2015-03-31/functions", "MaxItems=x", "",
	    "SerializationException", "The value 'x' of MaxItems is not a valid integer.",
	    400 },
	{ "lambda", "GET", "/2015-03-31/functions", "MaxItems=0", "",
	    "ValidationException",
	    "1 validation error detected: Value '0' at 'maxItems' failed to satisfy "
	    "constraint: Member must have value greater than or equal to 1",
	    400 },
	{ "apigateway", "POST", "/restapis", "", "{}", "BadRequestException", NULL, 400 },
	{ "s3", "GET", "/b", "max-keys=x", "", "InvalidArgument", NULL, 400 },
	{ "s3", "PUT", "/b", "tagging", "<Tagging><TagSet>", "MalformedXML",
	    "The XML you provided was not well-formed or did not validate against our "
	    "published schema",
	    400 },
	{ "s3", "PUT", "/b", "tagging", "<Tagging><TagSet><Tag/></TagSet></Tagging>",
	    "MalformedXML", NULL, 400 },
	{ "s3", "PUT", "/b", "tagging",
	    "<!DOCTYPE x [<!ENTITY a \"b\">]><Tagging>&a;</Tagging>", "MalformedXML",
	    NULL, 400 },
	{ "s3", "POST", "/b", "delete",
	    "<Delete><Object><Key>a</Key></Object><Quiet>x</Quiet></Delete>",
	    "MalformedXML", NULL, 400 },
	{ "route53", "POST", "/2013-04-01/hostedzone", "", "{}", "MalformedInput", NULL,
	    400 },
	{ "route53", "POST", "/2013-04-01/hostedzone", "",
	    "<CreateHostedZoneRequest><Name>a</Name></CreateHostedZoneRequest>",
	    "InvalidInput", NULL, 400 },
	{ "route53", "PATCH", "/2013-04-01/hostedzone", "", "",
	    "UnknownOperationException", NULL, 404 },
};

/* The error's code, as a client finds it. */
static const char *
code_of(struct arena *a, const struct wire_reply *reply)
{
	const char *header = wire_reply_header(reply, "x-amzn-errortype");
	const json_t *root, *e;

	if (header != NULL)
		return header;
	root = xml_tree(a, buf_text(reply->body));
	assert_non_null(root);
	e = xml_find(root, "Code");
	assert_non_null(e);
	return json_str(e, "text");
}

static void
broken_requests_are_refused_in_the_services_words(void **state)
{
	for (size_t i = 0; i < COUNT(requests); i++) {
		const struct broken *b = &requests[i];
		const struct line l = { b->service, b->method, b->path, b->query, NULL,
			NULL, NULL };
		const struct model *m = NULL;
		const struct model_op *op = NULL;
		struct err err = { .kind = NULL };
		struct wire_reply reply = { 0 };
		struct wire_request req;
		json_t *doc;

		make(&l, &req);
		req.body = b->body;
		req.body_len = strlen(b->body);
		if (wire_route(*state, &req, l.service, &m, &op, &err) == 0 &&
		    wire_decode(*state, m, op, &req, &doc, &err) == 0)
			fail_msg("%s %s?%s is taken", l.method, l.path, l.query);
		wire_encode_error(*state, m, op, &req, &err, NULL, "id", &reply);
		assert_int_equal(reply.status, b->status);
		assert_string_equal(code_of(*state, &reply), b->code);
		assert_true(err.msg[0] != '\0');
		if (b->message != NULL)
			assert_string_equal(err.msg, b->message);
	}
}

/* One request, decoded. */
static const json_t *
decoded(struct arena *a, const struct line *l, const char *body)
{
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	struct err err = { .kind = NULL };
	struct wire_request req;
	json_t *doc = NULL;

	make(l, &req);
	req.body = body;
	req.body_len = strlen(body);
	if (wire_route(a, &req, l->service, &m, &op, &err) < 0 ||
	    wire_decode(a, m, op, &req, &doc, &err) < 0)
		fail_msg("%s: %s", err.kind->code, err.msg);
	return doc;
}

static void
labels_are_decoded_once_and_after_they_are_split(void **state)
{
	const struct line object = { "s3", "GET", "/b/a%2Fb/c%2520d+e/", "", NULL, NULL,
		NULL };
	const struct line invoke = { "lambda", "GET",
		"/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3A"
		"function%3Af",
		"Qualifier=a%5Fb", NULL, NULL, NULL };
	const json_t *doc = decoded(*state, &object, "");

	assert_string_equal(json_str(doc, "Bucket"), "b");
	assert_string_equal(json_str(doc, "Key"), "a/b/c%20d+e/");
	doc = decoded(*state, &invoke, "");
	assert_string_equal(json_str(doc, "FunctionName"),
	    "arn:aws:lambda:us-east-1:123456789012:function:f");
	assert_string_equal(json_str(doc, "Qualifier"), "a_b");
}

static void
a_bucket_in_the_hosts_name_is_the_paths_first_label(void **state)
{
	const struct line l = { "s3", "GET", "/k/l", "",
		"my.bucket.s3.eu-west-1.localhost", NULL, NULL };
	const json_t *doc = decoded(*state, &l, "");

	assert_string_equal(json_str(doc, "Bucket"), "my.bucket");
	assert_string_equal(json_str(doc, "Key"), "k/l");
}

static void
elements_are_found_whatever_their_prefix(void **state)
{
	const struct line l = { "s3", "PUT", "/b", "tagging", NULL, NULL, NULL };
	const json_t *doc = decoded(*state, &l,
	    "<?xml version=\"1.0\"?>\n<x:Tagging xmlns:x=\"urn:x\"> <x:TagSet><x:Tag>"
	    "<x:Key>a&amp;<![CDATA[<b>]]></x:Key><x:Value> c </x:Value></x:Tag></x:TagSet>"
	    "</x:Tagging>");

	assert_string_equal(json_text(*state, json_path(doc, "Tagging.TagSet")),
	    "[{\"Key\":\"a&<b>\",\"Value\":\" c \"}]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_method_and_a_path_name_an_operation,
		    begin, end),
		cmocka_unit_test_setup_teardown(
		    broken_requests_are_refused_in_the_services_words, begin, end),
		cmocka_unit_test_setup_teardown(
		    labels_are_decoded_once_and_after_they_are_split, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_bucket_in_the_hosts_name_is_the_paths_first_label, begin, end),
		cmocka_unit_test_setup_teardown(elements_are_found_whatever_their_prefix,
		    begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
