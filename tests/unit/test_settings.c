/* Environment variables and what they mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/api/settings.h"

/* Variables as a test sets them: name, value, …, NULL. */
static const char *
look_up(void *arg, const char *name)
{
	const char *const *pair = arg;

	for (; pair[0] != NULL; pair += 2) {
		if (strcmp(pair[0], name) == 0)
			return pair[1];
	}
	return NULL;
}

static int
read_with(struct arena *a, const char *const *pairs, struct settings *s, struct err *err)
{
	const char *copy[32];
	size_t n = 0;

	do {
		copy[n] = pairs[n];
	} while (pairs[n++] != NULL);
	err->kind = NULL;
	return settings_read(a, look_up, copy, s, err);
}

/* facts.md, "Environment variables". */
static void
defaults_are_those_of_the_manual(void **state UNUSED)
{
	static const char *const none[] = { NULL };
	struct arena *a = arena_new();
	struct settings s;
	struct err err;

	assert_int_equal(read_with(a, none, &s, &err), 0);
	assert_int_equal(s.port, 4599);
	assert_int_equal(s.docker, 0);
	assert_null(s.bootstrap);
	assert_null(s.data_dir);
	assert_null(s.redis_url);
	assert_null(s.admin_token);
	assert_null(s.image_registry);
	assert_string_equal(s.hostname, "simfra.local");
	assert_string_equal(s.instance, "simfra");
	assert_string_equal(s.default_account, "000000000000");
	assert_string_equal(s.root_access_key, "AKIAIOSFODNN7EXAMPLE");
	assert_string_equal(s.root_secret_key,
	    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
	assert_string_equal(s.auth, "strict");
	assert_int_equal(s.cleanup_on_start, 1);
	assert_int_equal(s.cleanup_on_shutdown, 1);
	assert_int_equal(s.vpc_isolation, 1);
	assert_string_equal(s.edge, "auto");
	/* A hundred ports a use, one behind the other. */
	for (int i = 0; i < N_HOST_PORT_USES; i++) {
		assert_int_equal(s.port_ranges[i].from, 10000 + 100 * i);
		assert_int_equal(s.port_ranges[i].to, 10099 + 100 * i);
		assert_non_null(host_port_variable((enum host_port_use)i));
	}
	arena_free(a);
}

static void
values_are_read(void **state UNUSED)
{
	static const char *const pairs[] = { "SIMFRA_PORT", "8080", "SIMFRA_DOCKER",
		"yes", "SIMFRA_BOOTSTRAP", "standard", "SIMFRA_DATA_DIR", "/data",
		"SIMFRA_HOSTNAME", "", "SIMFRA_AUTH", "relaxed",
		"SIMFRA_DOCKER_CLEANUP_ON_START", "0", "SIMFRA_INSTANCE", "ci-7",
		"SIMFRA_DEFAULT_ACCOUNT_ID", "123456789012", NULL };
	static const char *const none[] = { "SIMFRA_BOOTSTRAP", "none", NULL };
	struct arena *a = arena_new();
	struct settings s;
	struct err err;

	assert_int_equal(read_with(a, pairs, &s, &err), 0);
	assert_int_equal(s.port, 8080);
	assert_int_equal(s.docker, 1);
	assert_string_equal(s.bootstrap, "standard");
	assert_string_equal(s.data_dir, "/data");
	assert_string_equal(s.hostname, "simfra.local");
	assert_string_equal(s.auth, "relaxed");
	assert_int_equal(s.cleanup_on_start, 0);
	assert_string_equal(s.instance, "ci-7");
	assert_string_equal(s.default_account, "123456789012");
	assert_int_equal(read_with(a, none, &s, &err), 0);
	assert_null(s.bootstrap);
	arena_free(a);
}

static void
wrong_values_are_named(void **state UNUSED)
{
	static const struct {
		const char *name, *value;
	} cases[] = { { "SIMFRA_PORT", "0" }, { "SIMFRA_RDS_PORT_RANGE", "5" },
		{ "SIMFRA_RDS_PORT_RANGE", "5-4" }, { "SIMFRA_RDS_PORT_RANGE", "0-4" },
		{ "SIMFRA_RDS_PORT_RANGE", "1-65536" },
		{ "SIMFRA_RDS_PORT_RANGE", "1-2 " }, { "SIMFRA_RDS_PORT_RANGE", "-1-2" },
		{ "SIMFRA_EDGE", "yes" }, { "SIMFRA_PORT", "65536" },
		{ "SIMFRA_PORT", "80x" }, { "SIMFRA_PORT", "99999999999999999999" },
		{ "SIMFRA_DOCKER", "maybe" }, { "SIMFRA_BOOTSTRAP", "stand" },
		{ "SIMFRA_BOOTSTRAP", "standard none" }, { "SIMFRA_AUTH", "lax" },
		{ "SIMFRA_DEFAULT_ACCOUNT_ID", "1234" },
		{ "SIMFRA_DEFAULT_ACCOUNT_ID", "12345678901x" },
		{ "SIMFRA_INSTANCE", "Bad_Name" }, { "SIMFRA_INSTANCE", "-x" },
		{ "SIMFRA_INSTANCE", "abcdefghijklmnopqrstuvwxyz0123456" },
		{ "SIMFRA_WORKERS", "1" } };
	struct arena *a = arena_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const pairs[] = { cases[i].name, cases[i].value, NULL };
		struct settings s;
		struct err err;

		if (read_with(a, pairs, &s, &err) == 0)
			fail_msg("%s=%s is taken", cases[i].name, cases[i].value);
		if (strstr(err.msg, cases[i].name) == NULL)
			fail_msg("%s=%s: %s", cases[i].name, cases[i].value, err.msg);
	}
	arena_free(a);
}

static void
the_table_keeps_secrets(void **state UNUSED)
{
	static const char *const pairs[] = { "SIMFRA_ADMIN_TOKEN", "hush-token",
		"SIMFRA_REDIS_URL", "redis://:hush-redis@h/0",
		"SIMFRA_ROOT_SECRET_ACCESS_KEY", "hush-root", "SIMFRA_HOSTNAME",
		"aws.test", NULL };
	struct arena *a = arena_new();
	struct settings s;
	struct err err;
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(read_with(a, pairs, &s, &err), 0);
	settings_print(out, &s);
	fclose(out);
	assert_null(strstr(text, "hush"));
	assert_non_null(strstr(text, "(set)"));
	assert_non_null(strstr(text, "| SIMFRA_HOSTNAME | simfra.local | aws.test |"));
	assert_non_null(strstr(text, "| SIMFRA_PORT | 4599 | 4599 |"));
	free(text);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_manual),
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(wrong_values_are_named),
		cmocka_unit_test(the_table_keeps_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
