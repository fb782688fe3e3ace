/* agents/init/config: what control tells PID 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/init/config.h"
#include "agents/init/userdata.h"
#include "base/cc.h"

static int
setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static int
parse(struct arena *a, const char *text, struct config *c)
{
	const char *why = NULL;
	int result = config_parse(a, text, strlen(text), c, &why);

	assert_true(result == 0 || why != NULL);
	return result;
}

static void
the_documented_example_is_read(void **state)
{
	struct config c;

	assert_int_equal(
	    parse(*state,
		"{\"mode\": \"machine\", \"devices\": [\"eth0\", \"eth1\"],\n"
		" \"wait_ms\": 1234, \"hostname\": \"ip-10-0-1-15\",\n"
		" \"argv\": [\"nginx\", \"-g\", \"daemon off;\"],\n"
		" \"user_data\": \"IyEv\\nYmluL3No\", \"instance_id\": \"i-1\",\n"
		" \"env\": [\"AWS_REGION=us-east-1\"]}\n",
		&c),
	    0);
	assert_int_equal(c.mode, CONFIG_MACHINE);
	assert_string_equal(c.devices[1], "eth1");
	assert_null(c.devices[2]);
	assert_true(c.wait_ms == 1234);
	assert_string_equal(c.hostname, "ip-10-0-1-15");
	assert_string_equal(c.argv[2], "daemon off;");
	assert_string_equal(c.instance_id, "i-1");
	assert_string_equal(c.env[0], "AWS_REGION=us-east-1");
	assert_int_equal(c.user_data_len, 9);
	assert_memory_equal(c.user_data, "#!/bin/sh", 9);
	assert_int_equal(c.n_unknown, 0);
}

static void
absent_members_have_defaults(void **state)
{
	struct config c;

	assert_int_equal(parse(*state, "{\"mode\":\"exec\",\"argv\":[\"x\"]}", &c), 0);
	assert_true(c.wait_ms == 30000);
	assert_null(c.devices[0]);
	assert_null(c.env[0]);
	assert_null(c.user_data);
}

static void
escapes_become_utf8(void **state)
{
	struct config c;

	assert_int_equal(parse(*state,
			     "{\"mode\":\"exec\",\"argv\":"
			     "[\"\\u00e4\\u20ac\\ud83d\\ude00\\n\\/\\\"\"]}",
			     &c),
	    0);
	assert_string_equal(c.argv[0], "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n/\"");
}

static void
unknown_members_are_counted(void **state)
{
	struct config c;

	assert_int_equal(parse(*state,
			     "{\"mode\":\"exec\",\"a\":null,\"b\":[\"x\"],\"c\":1,"
			     "\"argv\":[\"x\"]}",
			     &c),
	    0);
	assert_int_equal(c.n_unknown, 3);
}

static void
everything_else_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"mode\":\"exec\"}",
		"{\"mode\":\"other\",\"argv\":[\"x\"]}",
		"{\"mode\":\"machine\"}",
		"{\"mode\":\"machine\",\"instance_id\":\"../x\"}",
		"{\"mode\":\"machine\",\"instance_id\":\"\"}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"]} x",
		"{\"mode\":\"exec\",\"argv\":[\"x\"]",
		"{\"mode\":\"exec\",\"argv\":[\"x\",]}",
		"{\"mode\":\"exec\",\"argv\":\"x\"}",
		"{\"mode\":\"exec\",\"argv\":[1]}",
		"{\"mode\":\"exec\",\"mode\":\"exec\",\"argv\":[\"x\"]}",
		"{\"mode\":\"exec\",\"argv\":[\"\\u0000\"]}",
		"{\"mode\":\"exec\",\"argv\":[\"\\ud800\"]}",
		"{\"mode\":\"exec\",\"argv\":[\"\\udc00\"]}",
		"{\"mode\":\"exec\",\"argv\":[\"\\q\"]}",
		"{\"mode\":\"exec\",\"argv\":[\"a\nb\"]}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"wait_ms\":-1}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"wait_ms\":1.5}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"wait_ms\":99999999999999}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"wait_ms\":999999999}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"devices\":[\"../eth0\"]}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"devices\":[\"abcdefghijklmnop\"]}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"env\":[\"novalue\"]}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"user_data\":\"!!!!\"}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"user_data\":\"YQ\"}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"user_data\":\"YQ==YQ==\"}",
		"{\"mode\":\"exec\",\"argv\":[\"x\"],\"other\":{}}",
	};
	struct config c;

	for (size_t i = 0; i < COUNT(bad); i++) {
		if (parse(*state, bad[i], &c) == 0)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void
user_data_survives_any_length(void **state)
{
	static const char *const text[] = { "YQ==", "YWI=", "YWJj", "YWJjZA==" };
	struct config c;
	char json[256];

	for (size_t i = 0; i < COUNT(text); i++) {
		snprintf(json, sizeof(json),
		    "{\"mode\":\"exec\",\"argv\":[\"x\"],\"user_data\":\"%s\"}", text[i]);
		assert_int_equal(parse(*state, json, &c), 0);
		assert_int_equal(c.user_data_len, i + 1);
		assert_memory_equal(c.user_data, "abcd", i + 1);
	}
}

static void
the_file_of_a_machine_becomes_private(void **state)
{
	char path[] = "/tmp/test_init_XXXXXX";
	const char *why = "";
	int fd = mkstemp(path);
	struct config c;
	struct stat st;

	assert_true(fd >= 0);
	assert_true(
	    write(fd, "{\"mode\":\"machine\",\"instance_id\":\"i-1\"}", 38) == 38);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(config_read(*state, path, &c, &why), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	assert_int_equal(ftruncate(fd, CONFIG_MAX + 1), 0);
	assert_int_equal(config_read(*state, path, &c, &why), -1);
	assert_string_equal(why, "too large");
	close(fd);
	unlink(path);
	assert_int_equal(config_read(*state, path, &c, &why), -1);
}

static void
only_scripts_are_run(void **state UNUSED)
{
	static const struct {
		const char *text, *word;
	} cases[] = {
		{ "#cloud-config\n", "#cloud-config" },
		{ "Content-Type: multipart/mixed", "MIME" },
		{ "content-type: multipart/mixed", "MIME" },
		{ "\x1f\x8b\x08", "compressed" },
		{ "#include\nhttp://x", "#include" },
		{ "echo hello", "does not begin" },
		{ "#", "does not begin" },
	};

	assert_null(userdata_refusal((const unsigned char *)"#!/bin/sh", 9));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = userdata_refusal((const unsigned char *)cases[i].text,
		    strlen(cases[i].text));

		assert_non_null(why);
		assert_non_null(strstr(why, cases[i].word));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(the_documented_example_is_read),
		TEST(absent_members_have_defaults),
		TEST(escapes_become_utf8),
		TEST(unknown_members_are_counted),
		TEST(everything_else_is_refused),
		TEST(user_data_survives_any_length),
		TEST(the_file_of_a_machine_becomes_private),
		TEST(only_scripts_are_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
