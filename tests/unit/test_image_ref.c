/* Image references, and the names under which images are pulled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/cc.h"
#include "control/engine/image_ref.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int
set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void
assert_same(const char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
}

static void
reference_has_its_parts(void **state)
{
	static const struct {
		const char *text, *host, *path, *tag, *digest, *full;
	} cases[] = {
		{ "debian", NULL, "debian", NULL, NULL,
		    "docker.io/library/debian:latest" },
		{ "debian:12", NULL, "debian", "12", NULL,
		    "docker.io/library/debian:12" },
		{ "apache/kafka:3.9.0", NULL, "apache/kafka", "3.9.0", NULL,
		    "docker.io/apache/kafka:3.9.0" },
		{ "ghcr.io/simfra-dev/simfra-vpc:0.1.0", "ghcr.io",
		    "simfra-dev/simfra-vpc", "0.1.0", NULL,
		    "ghcr.io/simfra-dev/simfra-vpc:0.1.0" },
		{ "localhost/a", "localhost", "a", NULL, NULL, "localhost/a:latest" },
		{ "127.0.0.1:5000/debian:latest", "127.0.0.1:5000", "debian", "latest",
		    NULL, "127.0.0.1:5000/debian:latest" },
		{ "[::1]:5000/a:b", "[::1]:5000", "a", "b", NULL, "[::1]:5000/a:b" },
		{ "localhosts/a", NULL, "localhosts/a", NULL, NULL,
		    "docker.io/localhosts/a:latest" },
		{ "a@" DIGEST, NULL, "a", NULL, DIGEST, "docker.io/library/a@" DIGEST },
		{ "r.io/a:1@" DIGEST, "r.io", "a", "1", DIGEST, "r.io/a:1@" DIGEST },
		{ "a__b/c-d--e.f_g", NULL, "a__b/c-d--e.f_g", NULL, NULL,
		    "docker.io/a__b/c-d--e.f_g:latest" },
		{ "docker.io/library/debian", "docker.io", "library/debian", NULL, NULL,
		    "docker.io/library/debian:latest" },
		{ "a:_T.a-g", NULL, "a", "_T.a-g", NULL, "docker.io/library/a:_T.a-g" },
	};
	struct image_ref ref;
	struct err err;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(image_ref_parse(*state, cases[i].text, &ref, &err), 0);
		assert_same(ref.host, cases[i].host);
		assert_same(ref.path, cases[i].path);
		assert_same(ref.tag, cases[i].tag);
		assert_same(ref.digest, cases[i].digest);
		assert_string_equal(image_ref_full(*state, &ref), cases[i].full);
	}
}

static void
what_is_no_reference_is_refused(void **state)
{
	static const char *const bad[] = { "", " ", "Debian", "a b", "a:", ":a", "a@",
		"a@sha256:", "a@sha256:123", "a@" DIGEST "Z", "a//b", "/a", "a/", "a:.x",
		"a:-x", "-a", "a-", "a..b", "a___b", "a_-b", "r.io/", "r.io:port/a",
		"r.io:123456/a", "r .io/a", "http://r.io/a", "[::1/a", "[]:1/a",
		"[::1]x:5/a", ".r.io/a", "r.io./a", "a?b", "a:b:c", "a\nb", "../a",
		"a/../b" };
	char long_name[600];
	struct image_ref ref = { .path = "untouched" };
	struct err err;

	for (size_t i = 0; i < COUNT(bad); i++) {
		if (image_ref_parse(*state, bad[i], &ref, &err) == 0)
			fail_msg("'%s' was taken", bad[i]);
		assert_ptr_equal(err.kind, &image_ref_malformed);
		assert_string_equal(ref.path, "untouched");
	}
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(image_ref_parse(*state, long_name, &ref, &err), -1);
	long_name[300] = '\0';
	assert_int_equal(image_ref_parse(*state, long_name, &ref, &err), -1);
	long_name[255] = '\0';
	assert_int_equal(image_ref_parse(*state, long_name, &ref, &err), 0);
	assert_int_equal(image_ref_parse(*state, NULL, &ref, &err), -1);
	long_name[1] = ':'; /* then the rest is the tag */
	long_name[2 + 128] = '\0';
	assert_int_equal(image_ref_parse(*state, long_name, &ref, &err), 0);
	long_name[2 + 128] = 'a';
	long_name[2 + 129] = '\0';
	assert_int_equal(image_ref_parse(*state, long_name, &ref, &err), -1);
}

static void
registry_replaces_the_host(void **state)
{
	static const struct {
		const char *text, *registry, *want; /* want NULL: refused */
	} cases[] = {
		{ "apache/kafka:3.9.0", "reg.example.com/simfra",
		    "reg.example.com/simfra/apache/kafka:3.9.0" },
		{ "public.ecr.aws/lambda/python:3.12", "reg.example.com",
		    "reg.example.com/lambda/python:3.12" },
		{ "debian:latest", "127.0.0.1:5000", "127.0.0.1:5000/debian:latest" },
		{ "debian", "127.0.0.1:5000/", "127.0.0.1:5000/debian:latest" },
		{ "ghcr.io/simfra-dev/simfra-netd:1@" DIGEST, "localhost:1/a/b",
		    "localhost:1/a/b/simfra-dev/simfra-netd:1@" DIGEST },
		{ "debian", "mirror", "mirror/debian:latest" },
		{ "debian", "https://reg.example.com", NULL },
		{ "debian", "", NULL },
		{ "debian", "reg.example.com/With Space", NULL },
		{ "debian", "reg.example.com:5000:1", NULL },
		{ "De bian", "reg.example.com", NULL },
	};
	struct err err;
	char *got;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int r = image_ref_in_registry(*state, cases[i].text, cases[i].registry,
		    &got, &err);

		assert_int_equal(r, cases[i].want != NULL ? 0 : -1);
		if (cases[i].want != NULL)
			assert_string_equal(got, cases[i].want);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reference_has_its_parts, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_reference_is_refused, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(registry_replaces_the_host, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("image_ref", tests, NULL, NULL);
}
