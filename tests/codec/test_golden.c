/*
 * Requests and replies byte for byte: one for each codec and shape of error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "control/wire/wire.h"

struct golden {
	const char *model, *op;
	const char *target; /* X-Amz-Target, or NULL for a form */
	const char *in;	    /* the request's body */
	const char *doc;    /* what it says, or NULL for an error of code and message */
	const char *code, *message;
	int status;
	const char
	    *out; /* the whole reply's body: of doc as the answer, or of the error */
};

static const struct golden requests[] = {
	{ "ec2", "CreateVpc", NULL,
	    "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16&DryRun=false"
	    "&TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=a+b&TagSpecification.1.Tag.1.Value=",
	    "{\"CidrBlock\":\"10.0.0.0/16\",\"DryRun\":false,\"TagSpecifications\":[{\"ResourceType\":\"vpc\","
	    "\"Tags\":[{\"Key\":\"a b\",\"Value\":\"\"}]}]}",
	    NULL, NULL, 0, NULL },
	{ "ec2", "TerminateInstances", NULL,
	    "Action=TerminateInstances&Version=2016-11-15", NULL, "MissingParameter",
	    "The request must contain the parameter InstanceId", 400,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>MissingParameter</Code>"
	    "<Message>The request must contain the parameter InstanceId</Message></Error></Errors>"
	    "<RequestID>id-1</RequestID></Response>" },
	{ "ec2", "DescribeVpcs", NULL,
	    "Action=DescribeVpcs&Version=2016-11-15&VpcIds.1=vpc-1", NULL,
	    "UnknownParameter", "The parameter VpcIds.1 is not recognized", 400, NULL },
	{ "ec2", "DescribeVpcs", NULL,
	    "Action=DescribeVpcs&Version=2016-11-15&MaxResults=1", NULL,
	    "InvalidParameterValue",
	    "Value ( 1 ) for parameter maxResults is invalid. Expecting a value greater than 5.",
	    400, NULL },
	{ "ec2", "DescribeVpcs", NULL,
	    "Action=DescribeVpcs&Version=2016-11-15&MaxResults=many", NULL,
	    "InvalidParameterValue",
	    "Value ( many ) for parameter MaxResults is invalid. Expecting an integer.",
	    400, NULL },
	{ "ec2", "RunInstances", NULL,
	    "Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1&InstanceType=t9.huge",
	    NULL, "InvalidParameterValue", "Invalid value 't9.huge' for InstanceType.",
	    400, NULL },
	{ "iam", "CreateRole", NULL,
	    "Action=CreateRole&Version=2010-05-08&RoleName=web&AssumeRolePolicyDocument=%7B%7D"
	    "&Tags.member.2.Key=b&Tags.member.2.Value=2&Tags.member.1.Key=a&Tags.member.1.Value=1",
	    "{\"RoleName\":\"web\",\"AssumeRolePolicyDocument\":\"{}\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},"
	    "{\"Key\":\"b\",\"Value\":\"2\"}]}",
	    NULL, NULL, 0, NULL },
	{ "iam", "GetRole", NULL, "Action=GetRole&Version=2010-05-08&RoleName=a%20b",
	    NULL, "ValidationError",
	    "1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: "
	    "Member must satisfy regular expression pattern: [\\w+=,.@-]+",
	    400,
	    "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n<Error><Type>Sender</Type>"
	    "<Code>ValidationError</Code><Message>1 validation error detected: Value 'a b' at 'roleName' failed "
	    "to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+</Message></Error>"
	    "<RequestId>id-1</RequestId></ErrorResponse>\n" },
	{ "iam", "TagRole", NULL,
	    "Action=TagRole&Version=2010-05-08&RoleName=a&Tags.member.1.Key=k", NULL,
	    "ValidationError",
	    "1 validation error detected: Value null at 'tags.1.member.value' failed to satisfy constraint: "
	    "Member must not be null",
	    400, NULL },
	{ "iam", "CreateRole", NULL, "Action=CreateRole&Version=2010-05-08", NULL,
	    "ValidationError",
	    "2 validation errors detected: Value null at 'roleName' failed to satisfy constraint: Member must not "
	    "be null; Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null",
	    400, NULL },
	{ "iam", "ListRoles", NULL, "Action=ListRoles&Version=2010-05-08&MaxItems=ten",
	    NULL, "MalformedInput", "The value 'ten' of MaxItems is not a valid integer",
	    400, NULL },
	{ "iam", "ListRoles", NULL, "Action=ListRoles&Version=2010-05-08&MaxItems=1%zz",
	    NULL, "MalformedQueryString", "The query string contains a syntax error", 400,
	    NULL },
	{ "ssm", "PutParameter", "AmazonSSM.PutParameter",
	    "{\"Name\":\"/a\",\"Value\":\"1\",\"Type\":\"String\",\"Overwrite\":true,\"Later\":1,\"Tier\":null}",
	    "{\"Name\":\"/a\",\"Value\":\"1\",\"Type\":\"String\",\"Overwrite\":true}",
	    NULL, NULL, 0, NULL },
	{ "ssm", "PutParameter", "AmazonSSM.PutParameter",
	    "{\"Name\":\"/a\",\"Value\":1}", NULL, "SerializationException",
	    "NUMBER_VALUE can not be converted to a String", 400,
	    "{\"__type\":\"SerializationException\",\"message\":\"NUMBER_VALUE can not be converted to a String\"}" },
	{ "ssm", "PutParameter", "AmazonSSM.PutParameter",
	    "{\"Name\":\"/a\",\"Value\":\"1\",\"Type\":\"Text\"}", NULL,
	    "ValidationException",
	    "1 validation error detected: Value 'Text' at 'type' failed to satisfy constraint: Member must satisfy "
	    "enum value set: [SecureString, String, StringList]",
	    400, NULL },
	{ "ssm", "GetParameters", "AmazonSSM.GetParameters", "{\"Names\":{}}", NULL,
	    "SerializationException",
	    "Start of structure or map found where not expected.", 400, NULL },
	{ "ssm", "GetParameters", "AmazonSSM.GetParameters", "{\"Names\":[]}", NULL,
	    "ValidationException",
	    "1 validation error detected: Value '[]' at 'names' failed to satisfy constraint: "
	    "Member must have length greater than or equal to 1",
	    400, NULL },
	{ "ssm", "GetParameters", "AmazonSSM.GetParameters", "[]", NULL,
	    "SerializationException", "The body is not a JSON object", 400, NULL },
};

static const struct {
	const char *model, *op, *doc, *out, *type;
} replies[] = {
	{ "ec2", "DescribeVpcs",
	    "{\"Vpcs\":[{\"VpcId\":\"vpc-1\",\"IsDefault\":false,\"Tags\":[],\"_rev\":7}],\"Other\":1}",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeVpcsResponse "
	    "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n<requestId>id-1</requestId><vpcSet><item>"
	    "<isDefault>false</isDefault><tagSet/><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>",
	    "text/xml;charset=UTF-8" },
	{ "ec2", "DescribeVpcs", "{\"Vpcs\":[]}",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeVpcsResponse "
	    "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n<requestId>id-1</requestId><vpcSet/>"
	    "</DescribeVpcsResponse>",
	    "text/xml;charset=UTF-8" },
	{ "ec2", "DeleteVpc", "{}",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DeleteVpcResponse "
	    "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n<requestId>id-1</requestId><return>true</return>"
	    "</DeleteVpcResponse>",
	    "text/xml;charset=UTF-8" },
	{ "ec2", "GetConsoleOutput",
	    "{\"InstanceId\":\"i-<&>\\u0001\",\"Timestamp\":1767323045}",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GetConsoleOutputResponse "
	    "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n<requestId>id-1</requestId>"
	    "<instanceId>i-&lt;&amp;&gt;\xef\xbf\xbd</instanceId><timestamp>2026-01-02T03:04:05.000Z</timestamp>"
	    "</GetConsoleOutputResponse>",
	    "text/xml;charset=UTF-8" },
	{ "sts", "GetCallerIdentity",
	    "{\"Account\":\"000000000000\",\"Arn\":\"arn:aws:iam::000000000000:root\",\"UserId\":\"000000000000\"}",
	    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
	    "<GetCallerIdentityResult><UserId>000000000000</UserId><Account>000000000000</Account>"
	    "<Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult>"
	    "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>\n",
	    "text/xml" },
	{ "iam", "DeleteRole", "{}",
	    "<DeleteRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n"
	    "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DeleteRoleResponse>\n",
	    "text/xml" },
	{ "ssm", "GetParameter",
	    "{\"Parameter\":{\"Name\":\"/a\",\"Value\":\"\\\"\\n\\u0001\xc3\xa9\",\"Version\":1,"
	    "\"LastModifiedDate\":1767323045.5,\"_rev\":3}}",
	    "{\"Parameter\":{\"Name\":\"/a\",\"Value\":\"\\\"\\n\\u0001\xc3\xa9\",\"Version\":1,"
	    "\"LastModifiedDate\":1767323045.5}}",
	    "application/x-amz-json-1.1" },
};

static const struct {
	const char *model, *op, *code;
	int status, wire_status;
	const char *message, *detail, *out;
} errors[] = {
	{ "iam", "GetRole", "NoSuchEntity", 400, 404,
	    "The role with name web cannot be found.", NULL,
	    "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n<Error><Type>Sender</Type>"
	    "<Code>NoSuchEntity</Code><Message>The role with name web cannot be found.</Message></Error>"
	    "<RequestId>id-1</RequestId></ErrorResponse>\n" },
	{ "iam", "GetRole", "ServiceFailureException", 500, 500, "x", NULL,
	    "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n<Error><Type>Receiver</Type>"
	    "<Code>ServiceFailure</Code><Message>x</Message></Error>"
	    "<RequestId>id-1</RequestId></ErrorResponse>\n" },
	{ "ec2", "DeleteVpc", "InvalidVpcID.NotFound", 400, 400,
	    "The vpc ID 'vpc-1' does not exist", NULL,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code>"
	    "<Message>The vpc ID 'vpc-1' does not exist</Message></Error></Errors><RequestID>id-1</RequestID>"
	    "</Response>" },
	{ "ec2", "DeleteVpc", "InternalError", 500, 500, "An internal error has occurred",
	    NULL,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InternalError</Code>"
	    "<Message>An internal error has occurred</Message></Error></Errors><RequestID>id-1</RequestID>"
	    "</Response>" },
	{ "ssm", "GetParameter", "ParameterNotFound", 400, 400, "", NULL,
	    "{\"__type\":\"ParameterNotFound\"}" },
	{ "ssm", "GetDocument", "InvalidDocument", 400, 400, "no \xe2\x82", NULL,
	    "{\"__type\":\"InvalidDocument\",\"Message\":\"no \"}" },
	{ "ssm", "PutInventory", "ItemSizeLimitExceededException", 400, 400, "large",
	    "{\"TypeName\":\"AWS:X\",\"_private\":1}",
	    "{\"__type\":\"ItemSizeLimitExceededException\",\"Message\":\"large\",\"TypeName\":\"AWS:X\"}" },
	{ "ssm", "GetParameter", "InternalServerError", 500, 500, "x", NULL,
	    "{\"__type\":\"InternalServerError\",\"Message\":\"x\"}" },
};

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

static json_t *
parse(struct arena *a, const char *text)
{
	struct err err = { 0 };
	json_t *v;

	if (json_read_in(a, text, strlen(text), &v, &err) < 0)
		fail_msg("%s", err.msg);
	return v;
}

static void
check_request(struct arena *a, const struct golden *g)
{
	struct wire_request req = { .method = "POST",
		.path = "/",
		.query = "",
		.body = g->in };
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	struct wire_reply reply = { 0 };
	struct err err = { 0 };
	json_t *doc = NULL;

	req.body_len = strlen(g->in);
	req.headers[req.n_headers++] = g->target != NULL ?
	    (struct wire_header){ "x-amz-target", g->target } :
	    (struct wire_header){ "content-type",
		    "application/x-www-form-urlencoded; charset=utf-8" };
	if (wire_route(a, &req, NULL, &m, &op, &err) < 0)
		fail_msg("%s: %s", err.kind->code, err.msg);
	assert_string_equal(model_name(m), g->model);
	assert_string_equal(model_op_name(m, op), g->op);
	if (wire_decode(a, m, op, &req, &doc, &err) == 0) {
		assert_non_null(g->doc);
		if (!json_equal(doc, parse(a, g->doc)))
			fail_msg("%s", json_text(a, doc));
		return;
	}
	if (g->code == NULL)
		fail_msg("%s: %s", err.kind->code, err.msg);
	assert_string_equal(err.kind->code, g->code);
	assert_string_equal(err.msg, g->message);
	wire_encode_error(a, m, op, &req, &err, NULL, "id-1", &reply);
	assert_int_equal(reply.status, g->status);
	if (g->out != NULL)
		assert_string_equal(buf_text(reply.body), g->out);
}

static void
requests_are_read_or_refused_in_the_services_words(void **state)
{
	for (size_t i = 0; i < COUNT(requests); i++)
		check_request(*state, &requests[i]);
}

static void
replies_are_what_they_were(void **state)
{
	for (size_t i = 0; i < COUNT(replies); i++) {
		const struct model *m = model_find(replies[i].model);
		struct wire_reply reply = { 0 };

		wire_encode(*state, m, model_op_find(m, replies[i].op),
		    parse(*state, replies[i].doc), "id-1", &reply);
		assert_int_equal(reply.status, 200);
		assert_string_equal(buf_text(reply.body), replies[i].out);
		assert_string_equal(reply.headers[0].name, "Content-Type");
		assert_string_equal(reply.headers[0].value, replies[i].type);
	}
}

static void
errors_are_said_with_the_models_code_and_status(void **state)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		const struct model *m = model_find(errors[i].model);
		const struct err_kind kind = { errors[i].code, errors[i].status };
		struct wire_request req = { .method = "POST",
			.path = "/",
			.query = "",
			.body = "" };
		const json_t *detail =
		    errors[i].detail != NULL ? parse(*state, errors[i].detail) : NULL;
		struct wire_reply reply = { 0 };
		struct err err = { .kind = &kind };

		snprintf(err.msg, sizeof(err.msg), "%s", errors[i].message);
		wire_encode_error(*state, m, model_op_find(m, errors[i].op), &req, &err,
		    detail, "id-1", &reply);
		assert_string_equal(buf_text(reply.body), errors[i].out);
		assert_int_equal(reply.status, errors[i].wire_status);
	}
}

static void
an_error_without_a_service_is_said_as_the_request_was(void **state)
{
	static const struct err_kind kind = { "InvalidAction", 400 };
	struct wire_request req = { .method = "POST",
		.path = "/",
		.query = "",
		.body = "" };
	struct err err = { .kind = &kind, .msg = "no" };
	struct wire_reply reply = { 0 };

	wire_encode_error(*state, NULL, NULL, &req, &err, NULL, "id-1", &reply);
	assert_string_equal(buf_text(reply.body),
	    "<ErrorResponse>\n<Error><Type>Sender</Type><Code>InvalidAction</Code><Message>no</Message></Error>"
	    "<RequestId>id-1</RequestId></ErrorResponse>\n");
	req.headers[req.n_headers++] =
	    (struct wire_header){ "X-Amz-Target", "Nobody.Home" };
	reply = (struct wire_reply){ 0 };
	wire_encode_error(*state, NULL, NULL, &req, &err, NULL, "id-1", &reply);
	assert_string_equal(buf_text(reply.body),
	    "{\"__type\":\"InvalidAction\",\"message\":\"no\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_read_or_refused_in_the_services_words),
		cmocka_unit_test(replies_are_what_they_were),
		cmocka_unit_test(errors_are_said_with_the_models_code_and_status),
		cmocka_unit_test(an_error_without_a_service_is_said_as_the_request_was),
	};
	struct CMUnitTest with[COUNT(tests)];

	for (size_t i = 0; i < COUNT(tests); i++)
		with[i] = (struct CMUnitTest){ tests[i].name, tests[i].test_func, begin,
			end, NULL };
	return _cmocka_run_group_tests("golden", with, COUNT(with), NULL, NULL);
}
