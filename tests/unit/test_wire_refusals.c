/*
 * Broken requests and how AWS's services answer them: always with a client's error, in the protocol's words, and never
 * with a 500.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "control/wire/codec.h"
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

struct refusal {
	const char *what; /* the operation of the target, or the form's; see the tests */
	const char *body;
	const char *code, *message; /* NULL message: any that is not empty */
};

/* Routed, decoded and refused: the reply, and *err. */
static void
refuse(struct arena *a, struct wire_request *req, const char *service,
    struct wire_reply *reply, struct err *err)
{
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	json_t *doc;

	req->method = "POST";
	req->path = "/";
	req->query = "";
	req->body_len = strlen(req->body);
	if (wire_route(a, req, service, &m, &op, err) == 0 &&
	    wire_decode(a, m, op, req, &doc, err) == 0)
		fail_msg("%s: taken as %s", req->body, json_text(a, doc));
	wire_encode_error(a, m, op, req, err, NULL, "id", reply);
}

static void
check(const struct refusal *r, const struct err *err, const struct wire_reply *reply)
{
	if (strcmp(err->kind->code, r->code) != 0 ||
	    (r->message != NULL && strcmp(err->msg, r->message) != 0))
		fail_msg("%s: %s: %s\nwant %s: %s", r->body, err->kind->code, err->msg,
		    r->code, r->message);
	assert_true(err->msg[0] != '\0');
	assert_in_range(reply->status, 400, 499);
}

#define NESTED10 "[[[[[[[[[["
#define NESTED                                                                           \
	NESTED10 NESTED10 NESTED10 NESTED10 NESTED10 NESTED10 NESTED10 NESTED10 NESTED10 \
	    NESTED10 NESTED10

static const struct refusal in_json[] = {
	{ "AmazonSSM.PutParameter", "{", "SerializationException", NULL },
	{ "AmazonSSM.PutParameter", "{\"Name\":\"a\"} x", "SerializationException",
	    NULL },
	{ "AmazonSSM.PutParameter", "null", "SerializationException", NULL },
	{ "AmazonSSM.PutParameter", "\"Name\"", "SerializationException", NULL },
	{ "AmazonSSM.PutParameter", "Name=a", "SerializationException", NULL },
	{ "AmazonSSM.PutParameter", "{\"Name\":\"\xff\"}", "SerializationException",
	    NULL },
	{ "AmazonSSM.PutParameter", "{\"Name\":\"\\ud800\"}", "SerializationException",
	    NULL },
	{ "AmazonSSM.PutParameter", "{\"Name\":\"\\u0000\"}", "SerializationException",
	    NULL },
	{ "AmazonSSM.PutParameter", "{\"Name\":1e999}", "SerializationException", NULL },
	{ "AmazonSSM.PutParameter", "{\"x\":" NESTED "}", "SerializationException",
	    NULL },
	{ "AmazonSSM.PutParameter", "{\"Name\":true}", "SerializationException",
	    "TRUE_VALUE can not be converted to a String" },
	{ "AmazonSSM.PutParameter", "{\"Name\":[\"a\"]}", "SerializationException",
	    "Start of list found where not expected" },
	{ "AmazonSSM.PutParameter", "{\"Name\":{}}", "SerializationException",
	    "Start of structure or map found where not expected." },
	{ "AmazonSSM.PutParameter", "{\"Tags\":\"a\"}", "SerializationException",
	    "Expected list or null" },
	{ "AmazonSSM.PutParameter", "{\"Overwrite\":\"true\"}", "SerializationException",
	    "STRING_VALUE can not be converted to a Boolean" },
	{ "AmazonSSM.DescribeParameters", "{\"MaxResults\":\"5\"}",
	    "SerializationException", "STRING_VALUE can not be converted to an Integer" },
	{ "AmazonSSM.DescribeParameters", "{\"MaxResults\":5.5}",
	    "SerializationException",
	    "DECIMAL_VALUE can not be converted to an Integer" },
	{ "AmazonSSM.DescribeParameters", "{\"MaxResults\":3000000000}",
	    "SerializationException", "NUMBER_VALUE can not be converted to an Integer" },
	{ "AmazonSSM.DescribeParameters", "{\"MaxResults\":99999999999999999999}",
	    "SerializationException", NULL },
	{ "TrentService.Decrypt", "{\"CiphertextBlob\":\"!\"}", "SerializationException",
	    "STRING_VALUE can not be converted to a Blob" },
	{ "Logs_20140328.StartLiveTail", "{\"logGroupIdentifiers\":{}}",
	    "SerializationException",
	    "Start of structure or map found where not expected." },
	{ "AmazonSSM.DescribeParameters", "{\"MaxResults\":51}", "ValidationException",
	    "1 validation error detected: Value '51' at 'maxResults' failed to satisfy "
	    "constraint: Member must have value less than or equal to 50" },
	{ "AmazonSSM.PutParameter", "{\"Type\":\"Text\"}", "ValidationException",
	    "3 validation errors detected: Value null at 'name' failed to satisfy constraint: "
	    "Member must not be null; Value null at 'value' failed to satisfy constraint: Member "
	    "must not be null; Value 'Text' at 'type' failed to satisfy constraint: Member must "
	    "satisfy enum value set: [SecureString, String, StringList]" },
	{ "AmazonSSM.Fly", "{}", "UnknownOperationException", NULL },
	{ "AmazonSSM.", "{}", "UnknownOperationException", NULL },
	{ ".", "{}", "UnknownOperationException", NULL },
	{ "", "{}", "UnknownOperationException", NULL },
	{ "AmazonSSM", "{}", "UnknownOperationException", NULL },
};

static void
broken_json_is_refused(void **state)
{
	for (size_t i = 0; i < COUNT(in_json); i++) {
		struct wire_request req = { .body = in_json[i].body };
		struct wire_reply reply = { 0 };
		struct err err = { 0 };
		json_t *v;

		req.headers[req.n_headers++] =
		    (struct wire_header){ "X-Amz-Target", in_json[i].what };
		refuse(*state, &req, NULL, &reply, &err);
		check(&in_json[i], &err, &reply);
		assert_int_equal(json_read_in(*state, buf_text(reply.body),
				     reply.body->len, &v, &err),
		    0);
		assert_string_equal(json_str(v, "__type"), in_json[i].code);
	}
}

#define IAM(rest) "Version=2010-05-08&" rest
#define EC2(rest) "Version=2016-11-15&" rest

static const struct refusal in_forms[] = {
	{ "iam", "", "MissingAction", NULL },
	{ "iam", "Version=2010-05-08", "MissingAction", NULL },
	{ "iam", IAM("Action="), "InvalidAction", NULL },
	{ "iam", IAM("Action=Fly"), "InvalidAction",
	    "Could not find operation Fly for version 2010-05-08" },
	{ "iam", "Action=ListRoles", "InvalidAction",
	    "Could not find operation ListRoles for version NO_VERSION_SPECIFIED" },
	{ "iam", IAM("Action=ListRoles&MaxItems=%"), "MalformedQueryString", NULL },
	{ "iam", IAM("Action=ListRoles&MaxItems=%4"), "MalformedQueryString", NULL },
	{ "iam", IAM("Action=ListRoles&Marker=%00"), "MalformedQueryString", NULL },
	{ "iam", IAM("Action=ListRoles&Marker=%ff"), "MalformedQueryString", NULL },
	{ "iam", IAM("Action=ListRoles&MaxItems="), "MalformedInput", NULL },
	{ "iam", IAM("Action=ListRoles&MaxItems=1.5"), "MalformedInput", NULL },
	{ "iam", IAM("Action=ListRoles&MaxItems=0x10"), "MalformedInput", NULL },
	{ "iam", IAM("Action=ListRoles&MaxItems=99999999999"), "MalformedInput", NULL },
	{ "iam", IAM("Action=ListRoles&MaxItems=0"), "ValidationError",
	    "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: "
	    "Member must have value greater than or equal to 1" },
	{ "iam", IAM("Action=SimulateCustomPolicy&PolicyInputList=a"), "MalformedInput",
	    NULL },
	{ "iam", IAM("Action=TagRole&RoleName=a&Tags.member.1=k"), "MalformedInput",
	    NULL },
	{ "ec2", EC2("Action=Fly"), "InvalidAction",
	    "The action Fly is not valid for this web service." },
	{ "ec2", EC2("Action=DescribeVpcs&MaxResults=x"), "InvalidParameterValue", NULL },
	{ "ec2", EC2("Action=DescribeVpcs&DryRun=maybe"), "InvalidParameterValue", NULL },
	{ "ec2", EC2("Action=DescribeVpcs&Nothing=1"), "UnknownParameter", NULL },
	{ "ec2", EC2("Action=DescribeVpcs&VpcId.x=1"), "UnknownParameter", NULL },
	{ "ec2", EC2("Action=DescribeVpcs&Filter.1.Name.2.3=1"), "UnknownParameter",
	    NULL },
	{ "monitoring",
	    "Version=2010-08-01&Action=PutMetricData&Namespace=a&MetricData.member.1.Value=x",
	    "MalformedInput", NULL },
	{ "monitoring", "Version=2010-08-01&Action=SetAlarmState", "ValidationError",
	    "3 validation errors detected: Value null at 'alarmName' failed to satisfy "
	    "constraint: Member must not be null; Value null at 'stateValue' failed to satisfy "
	    "constraint: Member must not be null; Value null at 'stateReason' failed to satisfy "
	    "constraint: Member must not be null" },
};

static void
broken_forms_are_refused(void **state)
{
	for (size_t i = 0; i < COUNT(in_forms); i++) {
		struct wire_request req = { .body = in_forms[i].body };
		struct wire_reply reply = { 0 };
		struct err err = { 0 };
		const json_t *tree;

		req.headers[req.n_headers++] = (struct wire_header){ "Content-Type",
			"application/x-www-form-urlencoded" };
		refuse(*state, &req, in_forms[i].what, &reply, &err);
		check(&in_forms[i], &err, &reply);
		tree = xml_tree(*state, buf_text(reply.body));
		assert_non_null(tree);
		assert_string_equal(json_str(xml_find(tree, "Code"), "text"),
		    in_forms[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(broken_json_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(broken_forms_are_refused, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
