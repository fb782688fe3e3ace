/*
 * CBOR: what is read, what is refused and in which words, and what is written; and that a service of several
 * protocols (cloudwatch) answers in the one that it was asked in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "control/wire/cbor.h"
#include "control/wire/codec.h"
#include "tests/codec/cbor_tree.h"
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

static const char *
from_hex(struct arena *a, const char *hex, size_t *ret_len)
{
	unsigned char *bytes = arena_alloc(a, strlen(hex) / 2 + 1);

	*ret_len = strlen(hex) / 2;
	assert_true(hex_decode(hex, bytes, *ret_len));
	return (const char *)bytes;
}

static void
cbor_request(struct wire_request *req, const char *op, const char *body, size_t len)
{
	*req = (struct wire_request){ .method = "POST",
		.path = op,
		.query = "",
		.body = body,
		.body_len = len };
	req->headers[req->n_headers++] =
	    (struct wire_header){ "Smithy-Protocol", "rpc-v2-cbor" };
	req->headers[req->n_headers++] =
	    (struct wire_header){ "Content-Type", "application/cbor" };
}

#define PATH(op) "/service/GraniteServiceVersion20100801/operation/" op

/* The request as it would be answered if it fails: the document, or NULL and *err. */
static json_t *
decode(struct arena *a, const char *path, const char *hex, struct err *err)
{
	struct wire_request req;
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	json_t *doc;
	size_t n;
	const char *body = from_hex(a, hex, &n);

	cbor_request(&req, path, body, n);
	if (wire_route(a, &req, "monitoring", &m, &op, err) < 0)
		return NULL;
	assert_string_equal(model_name(m), "cloudwatch");
	return wire_decode(a, m, op, &req, &doc, err) < 0 ? NULL : doc;
}

/* {"Namespace": "N", "MetricData": [{"MetricName": "M", ...}]} with the rest of the datum. */
#define DATUM(rest)                                                                           \
	"bf694e616d657370616365614e6a4d65747269634461746181bf6a4d65747269634e616d65614d" rest \
	"ffff"

static void
values_of_all_forms_are_read(void **state)
{
	static const struct {
		const char *hex, *value; /* of the datum's member */
	} cases[] = {
		/* Value: half, single, double, integer; NaN; a tag that says nothing */
		{ DATUM("6556616c7565f93e00"), "{\"Value\":1.5}" },
		{ DATUM("6556616c7565f90001"), "{\"Value\":5.9604644775390625e-08}" },
		{ DATUM("6556616c7565f9c400"), "{\"Value\":-4.0}" },
		{ DATUM("6556616c7565fa40f40000"), "{\"Value\":7.625}" },
		{ DATUM("6556616c7565fb3ffe395810624dd3"), "{\"Value\":1.889}" },
		{ DATUM("6556616c756518ff"), "{\"Value\":255.0}" },
		{ DATUM("6556616c756520"), "{\"Value\":-1.0}" },
		{ DATUM("6556616c7565f97e00"), "{\"Value\":\"NaN\"}" },
		{ DATUM("6556616c7565f9fc00"), "{\"Value\":\"-Infinity\"}" },
		{ DATUM("6556616c7565d9d9f705"), "{\"Value\":5.0}" },
		/* StorageResolution: all widths, a whole float */
		{ DATUM("7153746f726167655265736f6c7574696f6e183c"),
		    "{\"StorageResolution\":60}" },
		{ DATUM("7153746f726167655265736f6c7574696f6e1b000000000000003c"),
		    "{\"StorageResolution\":60}" },
		{ DATUM("7153746f726167655265736f6c7574696f6ef94000"),
		    "{\"StorageResolution\":2}" },
		/* Timestamp: tag 1 with an integer, with a float */
		{ DATUM("6954696d657374616d70c11a69571ea5"),
		    "{\"Timestamp\":1767317157}" },
		{ DATUM("6954696d657374616d70c1fb41da55c7a9600000"),
		    "{\"Timestamp\":1767317157.5}" },
		/* Unit: text in chunks; null is absent; a member that is unknown, and holds all kinds */
		{ DATUM("64556e69747f63536563646f6e6473ff"), "{\"Unit\":\"Seconds\"}" },
		{ DATUM("64556e6974f6"), "{}" },
		{ DATUM("614ebf61619f0120c249010000000000000000ff6162a16163f7ff"), "{}" },
		/* Values: a list of indefinite and one of definite length */
		{ DATUM("6656616c7565739f0102ff"), "{\"Values\":[1.0,2.0]}" },
		{ DATUM("6656616c756573820102"), "{\"Values\":[1.0,2.0]}" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = { 0 };
		json_t *doc = decode(*state, PATH("PutMetricData"), cases[i].hex, &err);
		json_t *want, *datum;

		if (doc == NULL)
			fail_msg("%zu: %s %s", i, err.kind->code, err.msg);
		datum = json_array_get(json_get(doc, "MetricData"), 0);
		assert_string_equal(json_str(datum, "MetricName"), "M");
		json_del(datum, "MetricName");
		assert_int_equal(json_read_in(*state, cases[i].value,
				     strlen(cases[i].value), &want, &err),
		    0);
		if (json_difference(*state, datum, want) != NULL)
			fail_msg("%zu: %s, not %s", i, json_text(*state, datum),
			    cases[i].value);
	}
}

static void
wrong_bytes_are_refused(void **state)
{
	static const struct {
		const char *path, *hex, *code, *message;
	} cases[] = {
		{ PATH("PutMetricData"), "", "ValidationException",
		    "1 validation error detected: Value null at 'namespace' failed to satisfy "
		    "constraint: Member must not be null" },
		{ PATH("PutMetricData"), "bf", "SerializationException",
		    "Unexpected end of input" },
		{ PATH("PutMetricData"), "ff", "SerializationException",
		    "Unexpected break" },
		{ PATH("PutMetricData"), "80", "SerializationException",
		    "The body is not a CBOR map" },
		{ PATH("PutMetricData"), "a000", "SerializationException",
		    "Bytes behind the end of the body" },
		{ PATH("PutMetricData"), "a1", "SerializationException",
		    "Unexpected end of input" },
		{ PATH("PutMetricData"), "a10101", "SerializationException",
		    "A map key is not a text string" },
		{ PATH("PutMetricData"), "a17b00ffffffffffffff61",
		    "SerializationException", "Unexpected end of input" },
		{ PATH("PutMetricData"), "bb7fffffffffffffff6161",
		    "SerializationException", "Unexpected end of input" },
		{ PATH("PutMetricData"), "a1694e616d657370616365fc",
		    "SerializationException", "Reserved additional information" },
		{ PATH("PutMetricData"), "a1694e616d657370616365f800",
		    "SerializationException", "Malformed simple value" },
		{ PATH("PutMetricData"), "a1694e616d65737061636561ff",
		    "SerializationException", "Invalid UTF-8 in a text string" },
		{ PATH("PutMetricData"), "a16162616100", "SerializationException",
		    "Bytes behind the end of the body" },
		{ PATH("PutMetricData"), "a1616261ff", "SerializationException",
		    "Invalid UTF-8 in a text string" },
		{ PATH("PutMetricData"), "a161627f4161ff", "SerializationException",
		    "A chunk of another kind in a string" },
		{ PATH("PutMetricData"), "a1694e616d6573706163657f7f6161ffff",
		    "SerializationException", "A chunk of another kind in a string" },
		{ PATH("PutMetricData"), "a1694e616d6573706163654161",
		    "SerializationException",
		    "STRING_VALUE can not be converted to a String" },
		{ PATH("PutMetricData"), "a1694e616d65737061636501",
		    "SerializationException",
		    "NUMBER_VALUE can not be converted to a String" },
		{ PATH("PutMetricData"), "a1694e616d657370616365a0",
		    "SerializationException",
		    "Start of structure or map found where not expected." },
		{ PATH("PutMetricData"), "a16a4d65747269634461746101",
		    "SerializationException", "Expected list or null" },
		{ PATH("PutMetricData"),
		    "a2694e616d6573706163656161694e616d6573706163656162",
		    "SerializationException", "Duplicate key 'Namespace'" },
		{ PATH("PutMetricData"), DATUM("6954696d657374616d701a69571ea5"),
		    "SerializationException",
		    "NUMBER_VALUE can not be converted to a Timestamp" },
		{ PATH("PutMetricData"), DATUM("6954696d657374616d70c1f97e00"),
		    "SerializationException",
		    "DECIMAL_VALUE can not be converted to a Timestamp" },
		{ PATH("PutMetricData"), DATUM("6954696d657374616d70c1"),
		    "SerializationException", "Unexpected break" },
		{ PATH("PutMetricData"), DATUM("6556616c7565c249010000000000000000"),
		    "SerializationException",
		    "NUMBER_VALUE can not be converted to a Double" },
		{ PATH("PutMetricData"),
		    DATUM("7153746f726167655265736f6c7574696f6e1a80000000"),
		    "SerializationException",
		    "NUMBER_VALUE can not be converted to an Integer" },
		{ PATH("PutMetricData"),
		    DATUM("7153746f726167655265736f6c7574696f6ef93e00"),
		    "SerializationException",
		    "DECIMAL_VALUE can not be converted to an Integer" },
		{ PATH("PutMetricData"), DATUM("64556e697463466f6f"),
		    "ValidationException", NULL },
		{ PATH("Fly"), "a0", "UnknownOperationException",
		    "The action Fly is not valid for this endpoint." },
		{ "/service/Nobody/operation/Fly", "a0", "UnknownOperationException",
		    "The service Nobody is not known at this endpoint." },
		{ "/", "a0", "UnknownOperationException",
		    "The path names no service and operation." },
		{ "/servic/GraniteServiceVersion20100801/operation/PutMetricData", "a0",
		    "UnknownOperationException",
		    "The path names no service and operation." },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = { 0 };

		if (decode(*state, cases[i].path, cases[i].hex, &err) != NULL)
			fail_msg("%zu: taken", i);
		assert_string_equal(err.kind->code, cases[i].code);
		if (cases[i].message != NULL)
			assert_string_equal(err.msg, cases[i].message);
	}
}

static void
depth_and_number_of_items_have_limits(void **state)
{
	struct buf *b = buf_new(*state, 0);
	struct cbor c;
	struct cbor_head h;

	for (int i = 0; i < 100000; i++)
		buf_chr(b, (char)0x81);
	cbor_init(&c, b->data, b->len);
	assert_true(cbor_next(&c, &h));
	assert_false(cbor_skip(&c, &h, 0));
	assert_string_equal(c.bad, "Nested too deep");

	buf_reset(b);
	cbor_put(b, CBOR_LIST, 2 * CBOR_MAX_ITEMS);
	for (int i = 0; i < 2 * CBOR_MAX_ITEMS; i++)
		buf_chr(b, 0);
	cbor_init(&c, b->data, b->len);
	assert_true(cbor_next(&c, &h));
	assert_false(cbor_skip(&c, &h, 0));
	assert_string_equal(c.bad, "Too many items");
}

/* RFC 8949, appendix A. */
static void
heads_are_written_in_their_shortest_form(void **state)
{
	static const struct {
		int64_t n;
		const char *hex;
	} cases[] = {
		{ 0, "00" },
		{ 23, "17" },
		{ 24, "1818" },
		{ 1000, "1903e8" },
		{ 1000000, "1a000f4240" },
		{ 1000000000000, "1b000000e8d4a51000" },
		{ INT64_MAX, "1b7fffffffffffffff" },
		{ -1, "20" },
		{ -100, "3863" },
		{ INT64_MIN, "3b7fffffffffffffff" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf *b = buf_new(*state, 0);
		char hex[32];

		cbor_put_int(b, cases[i].n);
		hex_encode(b->data, b->len, hex);
		assert_string_equal(hex, cases[i].hex);
	}
}

static const char *
header_of(const struct wire_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->n_headers; i++) {
		if (strcasecmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	}
	return NULL;
}

/* The three ways in which cloudwatch is asked. */
static void
ask(struct wire_request *req, enum model_protocol protocol)
{
	cbor_request(req, PATH("DeleteAlarms"), "", 0);
	if (protocol == PROTOCOL_RPC_CBOR)
		return;
	req->path = "/";
	req->headers[0] = protocol == PROTOCOL_JSON ?
	    (struct wire_header){ "X-Amz-Target",
		    "GraniteServiceVersion20100801.DeleteAlarms" } :
	    (struct wire_header){ "Accept", "*/*" };
	req->headers[1].value = protocol == PROTOCOL_JSON ?
	    "application/x-amz-json-1.0" :
	    "application/x-www-form-urlencoded";
	req->body =
	    protocol == PROTOCOL_JSON ? "{}" : "Action=DeleteAlarms&Version=2010-08-01";
	req->body_len = strlen(req->body);
}

static void
a_service_answers_in_the_protocol_that_it_was_asked_in(void **state)
{
	static const struct {
		enum model_protocol protocol;
		const char *type, *error; /* the header x-amzn-query-error */
		int status;		  /* of a refusal that all services share */
	} cases[] = {
		{ PROTOCOL_RPC_CBOR, "application/cbor", "AccessDenied;Sender", 400 },
		{ PROTOCOL_JSON, "application/x-amz-json-1.0", "AccessDenied;Sender",
		    400 },
		{ PROTOCOL_QUERY, "text/xml", NULL, 403 },
	};
	static const struct err_kind denied = { "AccessDeniedException", 400 };
	const struct err error = { &denied, "no" };

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct model *m = NULL;
		const struct model_op *op = NULL;
		struct wire_request req;
		struct wire_reply reply = { 0 };
		struct err err = { 0 };
		const char *query_error;
		json_t *doc;

		ask(&req, cases[i].protocol);
		assert_int_equal(wire_route(*state, &req, "monitoring", &m, &op, &err),
		    0);
		assert_string_equal(model_op_name(m, op), "DeleteAlarms");
		assert_int_equal(wire_decode(*state, m, op, &req, &doc, &err), -1);
		assert_string_equal(err.kind->code,
		    cases[i].protocol == PROTOCOL_QUERY ? "ValidationError" :
							  "ValidationException");
		wire_encode_error(*state, m, op, &req, &error, NULL, "id", &reply);
		assert_string_equal(header_of(&reply, "Content-Type"), cases[i].type);
		assert_int_equal(reply.status, cases[i].status);
		query_error = header_of(&reply, "x-amzn-query-error");
		if (cases[i].error == NULL)
			assert_non_null(
			    strstr(buf_text(reply.body), "<Code>AccessDenied</Code>"));
		else
			assert_string_equal(query_error, cases[i].error);
	}
}

static void
an_error_has_its_full_name_and_its_code_in_query(void **state)
{
	static const struct err_kind kind = { "ResourceNotFound", 404 };
	const struct err error = { &kind, "Unknown \xc3\xa9" };
	const struct model *m = model_find("cloudwatch");
	struct wire_request req;
	struct wire_reply reply = { 0 };
	json_t *tree;

	cbor_request(&req, PATH("GetDashboard"), "", 0);
	wire_encode_error(*state, m, model_op_find(m, "GetDashboard"), &req, &error, NULL,
	    "id-1", &reply);
	tree = cbor_tree(*state, buf_text(reply.body), reply.body->len);
	assert_string_equal(json_str(tree, "__type"),
	    "com.amazonaws.cloudwatch#DashboardNotFoundError");
	assert_string_equal(json_str(tree, "message"), "Unknown \xc3\xa9");
	assert_string_equal(header_of(&reply, "x-amzn-query-error"),
	    "ResourceNotFound;Sender");
	assert_string_equal(header_of(&reply, "smithy-protocol"), "rpc-v2-cbor");
	assert_string_equal(header_of(&reply, "x-amzn-RequestId"), "id-1");
}

static void
another_method_or_media_type_is_refused(void **state)
{
	const struct model *m = NULL;
	const struct model_op *op = NULL;
	struct wire_request req;
	struct err err = { 0 };
	json_t *doc;

	cbor_request(&req, PATH("ListDashboards"), "{}", 2);
	req.method = "GET";
	assert_int_equal(wire_route(*state, &req, NULL, &m, &op, &err), -1);
	assert_int_equal(err.kind->status, 405);
	req.method = "POST";
	req.headers[1].value = "application/json";
	assert_int_equal(wire_route(*state, &req, NULL, &m, &op, &err), 0);
	assert_int_equal(wire_decode(*state, m, op, &req, &doc, &err), -1);
	assert_int_equal(err.kind->status, 415);
}

/* The protocol has no word for documents; no service that speaks it needs one. */
static void
no_model_that_speaks_cbor_has_documents(void **state UNUSED)
{
	size_t n = 0;

	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);

		if ((m->protocols & 1U << PROTOCOL_RPC_CBOR) == 0)
			continue;
		n++;
		for (uint16_t j = 0; j < m->n_shapes; j++)
			assert_int_equal(m->shapes[j].flags & SHAPE_DOCUMENT, 0);
	}
	assert_true(n > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_of_all_forms_are_read, begin, end),
		cmocka_unit_test_setup_teardown(wrong_bytes_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(depth_and_number_of_items_have_limits,
		    begin, end),
		cmocka_unit_test_setup_teardown(heads_are_written_in_their_shortest_form,
		    begin, end),
		cmocka_unit_test_setup_teardown(
		    a_service_answers_in_the_protocol_that_it_was_asked_in, begin, end),
		cmocka_unit_test_setup_teardown(
		    an_error_has_its_full_name_and_its_code_in_query, begin, end),
		cmocka_unit_test_setup_teardown(another_method_or_media_type_is_refused,
		    begin, end),
		cmocka_unit_test_setup_teardown(no_model_that_speaks_cbor_has_documents,
		    begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
