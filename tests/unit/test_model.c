/*
 * The models' tables and the loader that makes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "control/wire/pattern.h"
#include "models/model.h"
#include "models/tables.h"

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

static void
models_are_found_by_name_and_sorted(void **state UNUSED)
{
	assert_true(model_count() >= 4);
	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);

		assert_ptr_equal(model_find(model_name(m)), m);
		if (i > 0)
			assert_true(
			    strcmp(model_name(model_at(i - 1)), model_name(m)) < 0);
	}
	assert_null(model_find("no-such-service"));
	assert_null(model_find(""));
}

static void
facts_of_services_are_there(void **state UNUSED)
{
	const struct model *ec2 = model_find("ec2"), *iam = model_find("iam");
	const struct model *sts = model_find("sts"), *ssm = model_find("ssm");

	assert_int_equal(model_protocol(ec2), PROTOCOL_EC2);
	assert_int_equal(model_protocol(iam), PROTOCOL_QUERY);
	assert_int_equal(model_protocol(sts), PROTOCOL_QUERY);
	assert_int_equal(model_protocol(ssm), PROTOCOL_JSON);
	assert_string_equal(model_api_version(ec2), "2016-11-15");
	assert_string_equal(model_service_id(ec2), "EC2");
	assert_string_equal(model_signing_name(sts), "sts");
	assert_string_equal(model_endpoint_prefix(ssm), "ssm");
	assert_string_equal(model_text(ssm, ssm->target_prefix), "AmazonSSM");
	assert_string_equal(model_text(ssm, ssm->json_version), "1.1");
	assert_true(model_is_global(iam));
	assert_false(model_is_global(ec2));
}

static void
operations_are_sorted_and_whole(void **state UNUSED)
{
	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);

		assert_true(model_op_count(m) > 0);
		for (size_t j = 0; j < model_op_count(m); j++) {
			const struct model_op *op = model_op_at(m, j);
			uint16_t in = model_op_input(op), out = model_op_output(op);

			assert_ptr_equal(model_op_find(m, model_op_name(m, op)), op);
			assert_true(in == MODEL_NONE ||
			    model_shape_type(m, in) == TYPE_STRUCTURE);
			assert_true(out == MODEL_NONE ||
			    model_shape_type(m, out) == TYPE_STRUCTURE);
			if (j > 0)
				assert_true(strcmp(model_op_name(m, op - 1),
						model_op_name(m, op)) < 0);
		}
		assert_null(model_op_find(m, "MakeCoffee"));
	}
}

static void
every_member_is_found_by_name(void **state UNUSED)
{
	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);

		for (uint16_t j = 0; j < m->n_shapes; j++) {
			const struct shape_row *s = &m->shapes[j];

			assert_int_equal(model_shape_find(m, model_text(m, s->name)), j);
			for (uint16_t k = 0; k < s->n_members; k++) {
				const struct member_row *row = &m->members[s->first + k];

				assert_true(row->shape < m->n_shapes);
				assert_int_equal(row->type, m->shapes[row->shape].type);
				assert_int_equal(row->wire_len,
				    strlen(model_text(m,
					row->wire ? row->wire : row->name)));
				if (s->type == TYPE_STRUCTURE)
					assert_ptr_equal(model_member_row(m, j,
							     model_text(m, row->name)),
					    row);
			}
			if (s->type == TYPE_STRUCTURE)
				assert_int_equal(model_member(m, j, "no such member"),
				    MODEL_NONE);
		}
	}
}

static void
members_lead_from_shape_to_shape(void **state UNUSED)
{
	const struct model *m = model_find("ec2");
	uint16_t out = model_op_output(model_op_find(m, "DescribeInstances"));
	uint16_t list = model_member(m, out, "Reservations");
	uint16_t instances = model_member(m, model_element(m, list), "Instances");
	uint16_t instance = model_element(m, instances);
	uint16_t type = model_member(m, instance, "InstanceType");

	assert_int_equal(model_shape_type(m, list), TYPE_LIST);
	assert_int_equal(model_shape_type(m, model_member(m, instance, "LaunchTime")),
	    TYPE_TIMESTAMP);
	assert_true(model_enum_has(m, type, "t3.micro"));
	assert_false(model_enum_has(m, type, "t3.nano2"));
	assert_true(
	    model_enum_has(m, model_member(m, instance, "InstanceId"), "anything"));
	assert_int_equal(model_element(m, instance), MODEL_NONE);
	assert_int_equal(model_member(m, list, "member"), MODEL_NONE);
}

static void
unsigned_operations_are_known(void **state UNUSED)
{
	const struct model *m = model_find("sts");

	assert_true(model_op_is_unsigned(model_op_find(m, "AssumeRoleWithWebIdentity")));
	assert_true(model_op_is_unsigned(model_op_find(m, "AssumeRoleWithSAML")));
	assert_false(model_op_is_unsigned(model_op_find(m, "GetCallerIdentity")));
}

static void
errors_are_found_by_code_and_by_shape(void **state UNUSED)
{
	const struct model *m = model_find("iam");
	const struct model_op *op = model_op_find(m, "GetRole");
	uint16_t shape = model_error_find(m, op, "NoSuchEntity");

	assert_true(shape != MODEL_NONE);
	assert_string_equal(model_text(m, m->shapes[shape].name),
	    "NoSuchEntityException");
	assert_int_equal(m->faults[m->shapes[shape].fault].status, 404);
	assert_int_equal(model_error_find(m, NULL, "NoSuchEntityException"), shape);
	assert_int_equal(model_error_find(m, op, "NoSuchError"), MODEL_NONE);
}

/* A pattern that we cannot read would silently let everything pass. */
static void
every_pattern_is_one_that_we_read(void **state UNUSED)
{
	for (size_t i = 0; i < model_count(); i++) {
		const struct model *m = model_at(i);

		for (size_t j = 0; j < m->n_limits; j++) {
			const char *pattern = model_text(m, m->limits[j].pattern);

			if (m->limits[j].pattern != 0 &&
			    pattern_matches(pattern, "", 0) < 0)
				fail_msg("%s: %s", model_name(m), pattern);
		}
	}
}

static int
load(struct arena *a, const char *text, struct model **ret, struct err *err)
{
	json_t *doc;

	if (json_read_in(a, text, strlen(text), &doc, err) < 0)
		return -1;
	return model_load(a, doc, ret, err);
}

static void
a_model_is_loaded_from_json(void **state)
{
	static const char text[] =
	    "{\"metadata\":{\"protocol\":\"rest-xml\",\"endpointPrefix\":\"x\",\"protocols\":[\"rest-xml\","
	    "\"smithy-rpc-v2-cbor\"]},\"operations\":{\"Put\":{\"http\":{\"method\":\"PUT\",\"requestUri\":"
	    "\"/{Key+}\",\"responseCode\":201},\"input\":{\"shape\":\"In\",\"locationName\":\"Root\","
	    "\"xmlNamespace\":{\"uri\":\"u\"}},\"authtype\":\"none\"}},\"shapes\":{\"In\":{\"type\":\"structure\","
	    "\"required\":[\"Key\"],\"payload\":\"Body\",\"members\":{\"Key\":{\"shape\":\"S\",\"location\":\"uri\","
	    "\"locationName\":\"Key\"},\"Body\":{\"shape\":\"B\",\"streaming\":true},\"A\":{\"shape\":\"L\","
	    "\"flattened\":true}}},\"S\":{\"type\":\"string\",\"min\":1,\"enum\":[\"b\",\"a\"]},\"B\":{\"type\":"
	    "\"blob\"},\"L\":{\"type\":\"list\",\"member\":{\"shape\":\"S\"}}}}";
	struct err err = { 0 };
	const struct member_row *row;
	const struct model_op *op;
	struct model *m = NULL;
	uint16_t in;

	if (load(*state, text, &m, &err) < 0)
		fail_msg("%s", err.msg);
	op = model_op_find(m, "Put");
	in = model_op_input(op);
	assert_int_equal(op->method, METHOD_PUT);
	assert_int_equal(op->status, 201);
	assert_true(model_op_is_unsigned(op));
	assert_string_equal(model_text(m, op->uri), "/{Key+}");
	assert_string_equal(model_text(m, model_extra(m, op->input_extra)->wire), "Root");
	assert_int_equal(m->protocols, 1U << PROTOCOL_REST_XML | 1U << PROTOCOL_RPC_CBOR);
	assert_int_equal(m->shapes[in].payload, 1);
	row = model_member_row(m, in, "Key");
	assert_int_equal(row->location, IN_URI);
	assert_int_equal(row->flags, MEMBER_REQUIRED);
	assert_int_equal(model_member_row(m, in, "A")->flags, MEMBER_FLATTENED);
	assert_true(model_enum_has(m, row->shape, "a"));
	assert_false(model_enum_has(m, row->shape, "c"));
}

static void
models_that_are_none_are_refused(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"{\"metadata\":{\"protocol\":\"soap\"}}",
		"{\"metadata\":{\"protocol\":\"json\"},\"shapes\":{\"A\":{\"type\":\"list\"}}}",
		"{\"metadata\":{\"protocol\":\"json\"},\"shapes\":{\"A\":{\"type\":\"tree\"}}}",
		"{\"metadata\":{\"protocol\":\"json\"},\"shapes\":{\"A\":{\"type\":\"structure\",\"members\":"
		"{\"b\":{\"shape\":\"Nowhere\"}}}}}",
		"{\"metadata\":{\"protocol\":\"json\"},\"shapes\":{\"A\":{\"type\":\"structure\",\"members\":{},"
		"\"required\":[\"b\"]}}}",
		"{\"metadata\":{\"protocol\":\"json\"},\"operations\":{\"X\":{\"input\":{\"shape\":\"A\"}}}}",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct err err = { 0 };
		struct model *m = NULL;

		if (load(*state, texts[i], &m, &err) == 0)
			fail_msg("taken: %s", texts[i]);
		assert_null(m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_are_found_by_name_and_sorted),
		cmocka_unit_test(facts_of_services_are_there),
		cmocka_unit_test(operations_are_sorted_and_whole),
		cmocka_unit_test(every_member_is_found_by_name),
		cmocka_unit_test(members_lead_from_shape_to_shape),
		cmocka_unit_test(unsigned_operations_are_known),
		cmocka_unit_test(errors_are_found_by_code_and_by_shape),
		cmocka_unit_test(every_pattern_is_one_that_we_read),
		cmocka_unit_test_setup_teardown(a_model_is_loaded_from_json, begin, end),
		cmocka_unit_test_setup_teardown(models_that_are_none_are_refused, begin,
		    end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
