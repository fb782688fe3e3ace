/*
 * Which service and operation a request names, and what is said when it names none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "control/wire/wire.h"

#define FORM "application/x-www-form-urlencoded"

struct request {
	const char *method, *query, *type, *target, *body, *signing_name;
	const char *model, *op;	    /* what it is, or */
	const char *code, *message; /* what is said */
};

static const struct request requests[] = {
	{ "POST", "", FORM, NULL, "Action=DescribeVpcs&Version=2016-11-15", "ec2", "ec2",
	    "DescribeVpcs", NULL, NULL },
	{ "POST", "", NULL, NULL, "Version=2016-11-15&Action=DescribeVpcs", NULL, "ec2",
	    "DescribeVpcs", NULL, NULL },
	{ "GET", "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Signature=0", NULL,
	    NULL, "", "sts", "sts", "GetCallerIdentity", NULL, NULL },
	{ "POST", "Action=GetUser&Version=2010-05-08", FORM, NULL, "", "iam", "iam",
	    "GetUser", NULL, NULL },
	{ "POST", "", "application/x-amz-json-1.1", "AmazonSSM.GetParameter", "{}", "ssm",
	    "ssm", "GetParameter", NULL, NULL },
	{ "POST", "", FORM, NULL, "Action=DescribeVpc&Version=2016-11-15", "ec2", "ec2",
	    NULL, "InvalidAction",
	    "The action DescribeVpc is not valid for this web service." },
	{ "POST", "", FORM, NULL, "Action=DescribeVpcs&Version=2014-01-01", "ec2", "ec2",
	    NULL, "NoSuchVersion",
	    "The requested version (2014-01-01) of service AmazonEC2 does not exist" },
	{ "POST", "", FORM, NULL, "Action=MakeUser&Version=2010-05-08", "iam", "iam",
	    NULL, "InvalidAction",
	    "Could not find operation MakeUser for version 2010-05-08" },
	{ "POST", "", FORM, NULL, "Action=GetUser&Version=2010-05-09", "iam", "iam", NULL,
	    "InvalidAction", "Could not find operation GetUser for version 2010-05-09" },
	{ "POST", "", FORM, NULL, "Action=GetUser", "iam", "iam", NULL, "InvalidAction",
	    "Could not find operation GetUser for version NO_VERSION_SPECIFIED" },
	{ "POST", "", FORM, NULL, "Action=DescribeVpcs&Version=2016-11-15", "sts", "sts",
	    NULL, "InvalidAction",
	    "Could not find operation DescribeVpcs for version 2016-11-15" },
	{ "POST", "", FORM, NULL, "Version=2016-11-15", "ec2", "ec2", NULL,
	    "MissingAction", "The request must contain the parameter Action" },
	{ "POST", "", FORM, NULL, "", NULL, NULL, NULL, "MissingAction",
	    "The request is missing an action or a required parameter" },
	{ "POST", "", FORM, NULL, "Action=Fly&Version=1999-01-01", NULL, NULL, NULL,
	    "InvalidAction", "Could not find operation Fly for version 1999-01-01" },
	{ "POST", "", "application/x-amz-json-1.1", "AmazonSSM.Fly", "{}", "ssm", "ssm",
	    NULL, "UnknownOperationException",
	    "The action Fly is not valid for this endpoint." },
	{ "POST", "", "application/x-amz-json-1.1", "Nobody.Fly", "{}", "ssm", NULL, NULL,
	    "UnknownOperationException",
	    "The action Fly is not valid for this endpoint." },
	{ "POST", "", "application/x-amz-json-1.1", "Fly", "{}", NULL, NULL, NULL,
	    "UnknownOperationException",
	    "The action Fly is not valid for this endpoint." },
	{ "PUT", "", NULL, NULL, "", NULL, NULL, NULL, "UnknownOperationException",
	    "The request names no operation of a service that is here." },
};

static void
check(struct arena *a, const struct request *r)
{
	struct wire_request req = { .method = r->method,
		.path = "/",
		.query = r->query,
		.body = r->body };
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	struct err err = { 0 };
	int rc;

	req.body_len = strlen(r->body);
	if (r->type != NULL)
		req.headers[req.n_headers++] =
		    (struct wire_header){ "Content-Type", r->type };
	if (r->target != NULL)
		req.headers[req.n_headers++] =
		    (struct wire_header){ "X-Amz-Target", r->target };
	rc = wire_route(a, &req, r->signing_name, &m, &op, &err);
	if (r->model == NULL)
		assert_null(m);
	else
		assert_ptr_equal(m, model_find(r->model));
	if (r->code == NULL) {
		assert_int_equal(rc, 0);
		assert_string_equal(model_op_name(m, op), r->op);
		return;
	}
	assert_int_equal(rc, -1);
	assert_null(op);
	assert_string_equal(err.kind->code, r->code);
	assert_string_equal(err.msg, r->message);
}

static void
requests_are_routed_by_what_they_name(void **state)
{
	for (size_t i = 0; i < COUNT(requests); i++)
		check(*state, &requests[i]);
}

static void
headers_are_found_in_any_case(void **state UNUSED)
{
	struct wire_request req = { .n_headers = 2,
		.headers = { { "Host", "h" }, { "x-AMZ-target", "t" } } };

	assert_string_equal(wire_header(&req, "X-Amz-Target"), "t");
	assert_string_equal(wire_header(&req, "HOST"), "h");
	assert_null(wire_header(&req, "X-Amz-Targe"));
}

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(requests_are_routed_by_what_they_name,
		    begin, end),
		cmocka_unit_test(headers_are_found_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
