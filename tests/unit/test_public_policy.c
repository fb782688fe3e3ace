/* Which policies let anybody in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "control/iam/public_policy.h"

#define COND(text) ",\"Condition\":{" text "}"

static const struct {
	const char *principal, *more;
	int is_public;
} cases[] = {
	{ "\"Principal\":\"*\"", "", 1 },
	{ "\"Principal\":{\"AWS\":\"*\"}", "", 1 },
	{ "\"Principal\":{\"AWS\":[\"111122223333\",\"*\"]}", "", 1 },
	{ "\"Principal\":{\"AWS\":\"111122223333\"}", "", 0 },
	{ "\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"}", "", 0 },
	{ "\"Principal\":{\"Service\":\"s3.amazonaws.com\"}", "", 0 },
	{ "\"NotPrincipal\":{\"AWS\":\"111122223333\"}", "", 1 },
	{ "\"Principal\":\"*\"",
	    COND("\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-abcdefghij\"}"), 0 },
	{ "\"Principal\":\"*\"", COND("\"StringLike\":{\"aws:PrincipalOrgID\":\"o-*\"}"),
	    1 },
	{ "\"Principal\":\"*\"",
	    COND("\"StringNotEquals\":{\"aws:PrincipalOrgID\":\"o-abcdefghij\"}"), 1 },
	{ "\"Principal\":\"*\"",
	    COND("\"StringEquals\":{\"aws:SourceVpc\":[\"vpc-1\",\"vpc-2\"]}"), 0 },
	{ "\"Principal\":\"*\"",
	    COND("\"StringEquals\":{\"aws:SourceVpc\":[\"vpc-1\",\"vpc-*\"]}"), 1 },
	{ "\"Principal\":\"*\"",
	    COND("\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:sns:*:111122223333:*\"}"), 0 },
	{ "\"Principal\":\"*\"",
	    COND("\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:sns:*\"}"), 1 },
	{ "\"Principal\":\"*\"", COND("\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}"),
	    0 },
	{ "\"Principal\":\"*\"", COND("\"IpAddress\":{\"aws:SourceIp\":\"0.0.0.0/1\"}"),
	    1 },
	{ "\"Principal\":\"*\"",
	    COND("\"IpAddress\":{\"aws:SourceIp\":[\"10.1.2.3\",\"2001:db8::/32\"]}"),
	    0 },
	{ "\"Principal\":\"*\"", COND("\"IpAddress\":{\"aws:SourceIp\":\"2000::/3\"}"),
	    1 },
	{ "\"Principal\":\"*\"", COND("\"Bool\":{\"aws:SecureTransport\":\"true\"}"), 1 },
};

static void
what_lets_anybody_in_is_public(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();

	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		size_t at = i / 2;
		const char *statement = arena_printf(a, "{\"Effect\":\"Allow\",%s%s}",
		    cases[at].principal, cases[at].more);
		const char *text = i % 2 == 0 ?
		    arena_printf(a, "{\"Statement\":%s}", statement) :
		    arena_printf(a, "{\"Statement\":[%s]}", statement);
		struct err err;
		json_t *doc;

		assert_int_equal(json_read_in(a, text, strlen(text), &doc, &err), 0);
		if (policy_is_public(doc) != cases[at].is_public)
			fail_msg("%s", text);
	}
}

static void
a_deny_is_not(void **state UNUSED)
{
	static const char text[] =
	    "{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\"}]}";
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct err err;
	json_t *doc;

	assert_int_equal(json_read_in(a, text, strlen(text), &doc, &err), 0);
	assert_false(policy_is_public(doc));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deny_is_not),
		cmocka_unit_test(what_lets_anybody_in_is_public),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
