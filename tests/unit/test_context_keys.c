/* What policies ask for, and where their statements stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/err.h"
#include "control/iam/context_keys.h"

static void
keys_are_found_once(void **state UNUSED)
{
	static const char text[] =
	    "{\"Statement\":[{\"Resource\":[\"arn:${aws:username}/${*}${?}\","
	    "\"${aws:PrincipalTag/team , 'none'}\"],\"Condition\":{\"StringLike\":{"
	    "\"s3:prefix\":[\"${AWS:UserName}/*\"],\"aws:SourceIp\":\"x\"}}},"
	    "{\"Condition\":{\"Bool\":{\"S3:Prefix\":\"true\",\"aws:SecureTransport\":"
	    "\"true\"}}}]}";
	static const char *const want[] = { "s3:prefix", "aws:SourceIp", "aws:username",
		"aws:PrincipalTag/team", "aws:SecureTransport" };
	CLEANUP(json_freep) json_t *doc = NULL;
	CLEANUP(json_freep) json_t *keys = json_new_array();
	struct err err;

	assert_int_equal(json_read(text, strlen(text), &doc, &err), 0);
	context_keys_of(doc, keys);
	assert_int_equal(json_array_size(keys), COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++)
		assert_string_equal(json_string_value(json_array_get(keys, i)), want[i]);
}

static void
statements_have_places(void **state UNUSED)
{
	static const struct {
		const char *text;
		size_t n;
		int found;
		struct policy_place begin, end;
	} rows[] = {
		{ "{\"Version\":\"2012-10-17\",\"Statement\":[{\"a\":1}]}", 0, 1,
		    { 1, 38 }, { 1, 45 } },
		{ "{\"Statement\":{\"a\":\"}\"}}", 0, 1, { 1, 14 }, { 1, 23 } },
		{ "{\"Statement\":{}}", 1, 0, { 0, 0 }, { 0, 0 } },
		{ "{\n \"Statement\" : [\n  {\"x\":[\"]\\\"\",1]} ,\n  {\n  }\n ]\n}", 0,
		    1, { 3, 3 }, { 3, 18 } },
		{ "{\n \"Statement\" : [\n  {\"x\":[\"]\\\"\",1]} ,\n  {\n  }\n ]\n}", 1,
		    1, { 4, 3 }, { 5, 4 } },
		{ "{\n \"Statement\" : [\n  {\"x\":[\"]\\\"\",1]} ,\n  {\n  }\n ]\n}", 2,
		    0, { 0, 0 }, { 0, 0 } },
		{ "{\"Id\":{\"Statement\":[{}]},\"Statement\":[{}]}", 0, 1, { 1, 39 },
		    { 1, 41 } },
		{ "[]", 0, 0, { 0, 0 }, { 0, 0 } },
		{ "", 0, 0, { 0, 0 }, { 0, 0 } },
		{ "{\"Statement\":[", 0, 0, { 0, 0 }, { 0, 0 } },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy_place b = { 0, 0 }, e = { 0, 0 };

		assert_int_equal(policy_statement_place(rows[i].text, rows[i].n, &b, &e),
		    rows[i].found);
		assert_int_equal(b.line, rows[i].begin.line);
		assert_int_equal(b.column, rows[i].begin.column);
		assert_int_equal(e.line, rows[i].end.line);
		assert_int_equal(e.column, rows[i].end.column);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_found_once),
		cmocka_unit_test(statements_have_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
