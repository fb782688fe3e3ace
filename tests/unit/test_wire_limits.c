/*
 * What a client may send: sizes, depths, compressed bodies, patterns, scalars.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "control/wire/codec.h"
#include "control/wire/form.h"
#include "control/wire/pattern.h"
#include "control/wire/scalar.h"

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

static int
decode(struct arena *a, const char *model, const char *op, const char *body, json_t **ret,
    struct err *err)
{
	const struct model *m = model_find(model);
	struct wire_request req = { .method = "POST",
		.path = "/",
		.query = "",
		.body = body };

	req.body_len = strlen(body);
	return wire_decode(a, m, model_op_find(m, op), &req, ret, err);
}

static void
patterns_match_whole_texts_as_java_does(void **state UNUSED)
{
	static const struct {
		const char *pattern, *text;
		int matches;
	} cases[] = {
		{ "[\\w+=,.@-]+", "a.b@c", 1 },
		{ "[\\w+=,.@-]+", "a b", 0 },
		{ "[a-z]", "ab", 0 },
		{ "a|ab", "ab", 1 },
		{ "[\\w-.]+", "a-b.c", 1 },
		{ "[\\u0020-\\u00FF]*", "\xc3\xa9 x", 1 },
		{ "[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*",
		    "a\xf0\x9f\x98\x80", 1 },
		{ "[\\u0020-\\u007E]*", "\xc3\xa9", 0 },
		{ "\\p{Alnum}+", "aB9", 1 },
		{ "[^\\p{Alnum}]+", "-", 1 },
		{ "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*", "\xc3\xa9t\xc3\xa9 1", 1 },
		{ "[a[b]+", "a[b", 1 },
		{ "^.{1,100000}$", "x", 1 },
		{ "(?!.*?(.)\\1{2})[a-z]*", "aabb", 1 },
		{ "(?!.*?(.)\\1{2})[a-z]*", "aaab", 0 },
		{ "[a-z&&[^b]]", "a", -1 },
		{ "(", "a", -1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int rc = pattern_matches(cases[i].pattern, cases[i].text,
		    strlen(cases[i].text));

		if (rc != cases[i].matches)
			fail_msg("%s: %s: %d", cases[i].pattern, cases[i].text, rc);
	}
}

static void
a_pattern_that_explodes_ends_soon(void **state UNUSED)
{
	int64_t start = clock_monotonic_ms();
	char text[64];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '!';
	assert_int_equal(pattern_matches("(a+)+", text, sizeof(text)), 0);
	assert_int_equal(pattern_matches("(a|aa)+b", text, sizeof(text)), 0);
	assert_true(clock_monotonic_ms() - start < 2000);
}

static void
too_many_parameters_are_refused(void **state)
{
	struct buf *b = buf_new(*state, 0);
	struct err err = { 0 };
	json_t *doc;

	for (int i = 1; i <= FORM_MAX_PARAMS - 1; i++)
		buf_printf(b, "InstanceId.%d=i&", i);
	buf_str(b, "InstanceId.0=i");
	assert_int_equal(decode(*state, "ec2", "TerminateInstances", buf_text(b), &doc,
			     &err),
	    0);
	assert_int_equal(json_array_size(json_get(doc, "InstanceIds")), FORM_MAX_PARAMS);
	buf_str(b, "&DryRun=true");
	assert_int_equal(decode(*state, "ec2", "TerminateInstances", buf_text(b), &doc,
			     &err),
	    -1);
	assert_ptr_equal(err.kind, &form_malformed);
}

/* Backwards, so that a reader that searches for each would take a minute. */
static void
parameters_in_any_order_take_no_longer(void **state)
{
	struct buf *b = buf_new(*state, 0);
	int64_t start = clock_monotonic_ms();
	struct err err = { 0 };
	json_t *doc, *list;

	for (int i = FORM_MAX_PARAMS / 2; i >= 1; i--)
		buf_printf(b, "&InstanceId.%d=i-%d", i, i);
	assert_int_equal(decode(*state, "ec2", "TerminateInstances", buf_text(b) + 1,
			     &doc, &err),
	    0);
	list = json_get(doc, "InstanceIds");
	assert_string_equal(json_string_value(json_array_get(list, 0)), "i-1");
	assert_string_equal(json_string_value(json_array_get(list, 9999)), "i-10000");
	assert_true(clock_monotonic_ms() - start < 2000);
}

static void
forms_that_contradict_themselves_are_refused(void **state)
{
	static const struct {
		const char *body, *code;
	} cases[] = {
		{ "VpcId=a&VpcId=b", "MalformedQueryString" },
		{ "VpcId=%00", "MalformedQueryString" },
		{ "VpcId=%ff", "MalformedQueryString" },
		{ "Filter=x", "InvalidParameterValue" },
		{ "Filter.1=x", "InvalidParameterValue" },
		{ "Filter.x.Name=a", "UnknownParameter" },
		{ "MaxResults.1=5", "UnknownParameter" },
		{ "MaxResults=5&MaxResults.1=5", "UnknownParameter" },
		{ "MaxResults=99999999999", "InvalidParameterValue" },
		{ "DryRun=maybe", "InvalidParameterValue" },
		{ "=x", "UnknownParameter" },
		{ ".=x", "UnknownParameter" },
		{ "Filter..Name=x", "UnknownParameter" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = { 0 };
		json_t *doc;

		if (decode(*state, "ec2", "DescribeVpcs", cases[i].body, &doc, &err) == 0)
			fail_msg("taken: %s", cases[i].body);
		if (strcmp(err.kind->code, cases[i].code) != 0)
			fail_msg("%s: %s %s", cases[i].body, err.kind->code, err.msg);
	}
}

static void
deep_parameters_are_refused(void **state)
{
	struct buf *b = buf_new(*state, 0);
	struct err err = { 0 };
	json_t *doc;

	for (int i = 0; i < WIRE_MAX_DEPTH + 1; i++)
		buf_str(b, "a.");
	buf_str(b, "a=1");
	assert_int_equal(decode(*state, "iam", "GetUser", buf_text(b), &doc, &err), -1);
	assert_ptr_equal(err.kind, &form_malformed);
}

static void
gzip(struct arena *a, const char *data, size_t len, struct wire_request *req)
{
	size_t cap = len + 4096, used = 0;
	struct archive *z = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	char *out = arena_alloc(a, cap);

	archive_write_add_filter_gzip(z);
	archive_write_set_format_raw(z);
	archive_write_set_bytes_in_last_block(z, 1);
	assert_int_equal(archive_write_open_memory(z, out, cap, &used), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_pathname(e, "body");
	assert_int_equal(archive_write_header(z, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(z, data, len), (la_ssize_t)len);
	archive_entry_free(e);
	archive_write_close(z);
	archive_write_free(z);
	req->body = out;
	req->body_len = used;
	req->headers[0] = (struct wire_header){ "Content-Encoding", "gzip" };
	req->n_headers = 1;
}

static void
a_compressed_body_is_read_up_to_a_limit(void **state)
{
	struct wire_request req = { .method = "POST", .path = "/", .query = "" };
	char *zeros = calloc(1, WIRE_MAX_INFLATED + 1);
	const char *text;
	struct err err = { 0 };
	size_t len;

	gzip(*state, "hello", 5, &req);
	assert_int_equal(wire_body(*state, &req, &text, &len, &err), 0);
	assert_int_equal(len, 5);
	assert_memory_equal(text, "hello", 5);
	gzip(*state, zeros, WIRE_MAX_INFLATED + 1, &req);
	free(zeros);
	assert_true(req.body_len < 100000);
	assert_int_equal(wire_body(*state, &req, &text, &len, &err), -1);
	assert_ptr_equal(err.kind, &wire_bad_body);
	req.body = "not gzip";
	req.body_len = 8;
	assert_int_equal(wire_body(*state, &req, &text, &len, &err), -1);
}

static void
timestamps_are_read_in_every_form_and_written_in_one(void **state)
{
	static const struct {
		const char *in, *iso, *rfc822, *unix;
	} cases[] = {
		{ "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z",
		    "Fri, 02 Jan 2026 03:04:05 GMT", "1767323045" },
		{ "2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z",
		    "Fri, 02 Jan 2026 03:04:05.678 GMT", "1767323045.678" },
		{ "1767323045", "2026-01-02T03:04:05Z", "Fri, 02 Jan 2026 03:04:05 GMT",
		    "1767323045" },
		{ "Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05Z",
		    "Fri, 02 Jan 2026 03:04:05 GMT", "1767323045" },
		{ "2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z",
		    "Tue, 29 Feb 2000 00:00:00 GMT", "951782400" },
		{ "-1", "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT", "-1" },
		{ "-0.5", "1969-12-31T23:59:59.500Z", NULL, "-0.5" },
	};
	static const char *const bad[] = { "", "now", "2026-13-01T00:00:00Z", "NaN",
		"Infinity", "-Infinity", "2026-01-02T03:04:05", "1e400",
		"Fri, 02 Jan 2026 03:04:05 CET", "0x10" };
	struct buf *b = buf_new(*state, 0);

	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *v = timestamp_read(cases[i].in);

		assert_non_null(v);
		buf_reset(b);
		timestamp_write(v, TIMESTAMP_ISO8601, 0, b);
		assert_string_equal(buf_text(b), cases[i].iso);
		buf_reset(b);
		timestamp_write(v, TIMESTAMP_UNIX, 0, b);
		assert_string_equal(buf_text(b), cases[i].unix);
		buf_reset(b);
		timestamp_write(v, TIMESTAMP_RFC822, 0, b);
		if (cases[i].rfc822 != NULL)
			assert_string_equal(buf_text(b), cases[i].rfc822);
		json_decref(v);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (timestamp_read(bad[i]) != NULL)
			fail_msg("read: %s", bad[i]);
	}
}

static void
times_that_have_no_text_are_written_as_the_nearest_that_has(void **state)
{
	struct buf *b = buf_new(*state, 0);
	json_t *v = json_own(*state, json_new_num(1e300));

	timestamp_write(v, TIMESTAMP_ISO8601, 0, b);
	assert_string_equal(buf_text(b), "9999-12-31T23:59:59Z");
	buf_reset(b);
	v = json_own(*state, json_new_num(-1e300));
	timestamp_write(v, TIMESTAMP_ISO8601, 1, b);
	assert_string_equal(buf_text(b), "0000-01-01T00:00:00.000Z");
	buf_reset(b);
	timestamp_write(v, TIMESTAMP_RFC822, 0, b);
	assert_string_equal(buf_text(b), "Sat, 01 Jan 0000 00:00:00 GMT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_whole_texts_as_java_does),
		cmocka_unit_test(a_pattern_that_explodes_ends_soon),
		cmocka_unit_test_setup_teardown(too_many_parameters_are_refused, begin,
		    end),
		cmocka_unit_test_setup_teardown(parameters_in_any_order_take_no_longer,
		    begin, end),
		cmocka_unit_test_setup_teardown(
		    forms_that_contradict_themselves_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(deep_parameters_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(a_compressed_body_is_read_up_to_a_limit,
		    begin, end),
		cmocka_unit_test_setup_teardown(
		    timestamps_are_read_in_every_form_and_written_in_one, begin, end),
		cmocka_unit_test_setup_teardown(
		    times_that_have_no_text_are_written_as_the_nearest_that_has, begin,
		    end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
