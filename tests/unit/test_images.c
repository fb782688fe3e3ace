/* The table of images, the rules of their names, and `simfra images`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/engine/images.h"
#include "tests/fakes/engine_fake.h"

struct fixture {
	struct arena *a;
	struct engine_fake *fake;
	struct engine *e;
	struct image_settings s;
	char *out;
};

static char *
no_variable(const char *name UNUSED)
{
	return NULL;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->a = arena_new();
	f->fake = engine_fake_new();
	f->e = engine_fake_engine(f->fake);
	image_settings_read(&f->s, "0.1.0", no_variable);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	engine_close(f->e);
	arena_free(f->a);
	free(f->out);
	free(f);
	return 0;
}

/* `simfra images a b`: its status; what it printed is in f->out. */
static int
run(struct fixture *f, const char *a, const char *b)
{
	char images_word[] = "images", first[256], second[256];
	char *argv[] = { images_word, first, second, NULL };
	size_t n;
	FILE *out;
	int status;

	free(f->out);
	f->out = NULL;
	out = open_memstream(&f->out, &n);
	snprintf(first, sizeof(first), "%s", a);
	snprintf(second, sizeof(second), "%s", b != NULL ? b : "");
	status = images_run(f->e, b != NULL ? 3 : 2, argv, &f->s, out);
	fclose(out);
	return status;
}

static const char *
ref(struct fixture *f, enum image_id id)
{
	struct err err;
	char *text;

	if (image_ref_of(f->a, &f->s, id, &text, &err) < 0)
		fail_msg("%s", err.msg);
	return text;
}

static void
rows_are_whole(void **state UNUSED)
{
	for (size_t i = 0; i < N_IMAGES; i++) {
		assert_non_null(image_table[i].name);
		assert_non_null(image_table[i].default_ref);
		assert_int_equal(strncmp(image_table[i].variable, "SIMFRA_", 7), 0);
		assert_non_null(strstr(image_table[i].variable, "_IMAGE"));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(image_table[i].variable,
			    image_table[j].variable);
	}
}

static void
defaults_are_the_specifications(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(ref(f, IMAGE_NETD), "ghcr.io/simfra-dev/simfra-netd:0.1.0");
	assert_string_equal(ref(f, IMAGE_VPC), "ghcr.io/simfra-dev/simfra-vpc:0.1.0");
	assert_string_equal(ref(f, IMAGE_EC2_AMAZONLINUX2), "amazonlinux:2");
	assert_string_equal(ref(f, IMAGE_EC2_DEFAULT), "amazonlinux:2023");
	f->s.tag = "v1.5.0";
	assert_string_equal(ref(f, IMAGE_VPC), "ghcr.io/simfra-dev/simfra-vpc:v1.5.0");
	assert_string_equal(ref(f, IMAGE_EC2_DEBIAN), "debian:latest");
}

static char *
some_variables(const char *name)
{
	static char registry[] = "reg.example.com/simfra", ubuntu[] = "my.io/ubuntu",
		    empty[] = "";

	if (strcmp(name, "SIMFRA_DOCKER_IMAGE_REGISTRY") == 0)
		return registry;
	if (strcmp(name, "SIMFRA_EC2_IMAGE_UBUNTU") == 0)
		return ubuntu;
	return strcmp(name, "SIMFRA_DOCKER_IMAGE_TAG") == 0 ? empty : NULL;
}

static void
override_is_taken_as_written_before_the_registry(void **state)
{
	struct fixture *f = *state;

	image_settings_read(&f->s, "0.1.0", some_variables);
	assert_string_equal(ref(f, IMAGE_EC2_UBUNTU), "my.io/ubuntu:latest");
	assert_string_equal(ref(f, IMAGE_EC2_DEBIAN),
	    "reg.example.com/simfra/debian:latest");
	assert_string_equal(ref(f, IMAGE_NETD),
	    "reg.example.com/simfra/simfra-dev/simfra-netd:0.1.0");
}

static void
bad_settings_are_refused_by_name(void **state)
{
	struct fixture *f = *state;
	struct err err;
	char *text;

	f->s.overrides[IMAGE_EC2_UBUNTU] = "Bad Name";
	assert_int_equal(image_ref_of(f->a, &f->s, IMAGE_EC2_UBUNTU, &text, &err), -1);
	assert_non_null(strstr(err.msg, "SIMFRA_EC2_IMAGE_UBUNTU"));
	f->s.tag = "no tag";
	assert_int_equal(image_ref_of(f->a, &f->s, IMAGE_NETD, &text, &err), -1);
	assert_non_null(strstr(err.msg, "SIMFRA_DOCKER_IMAGE_TAG"));
	f->s.registry = "https://x";
	assert_int_equal(image_ref_of(f->a, &f->s, IMAGE_EC2_DEBIAN, &text, &err), -1);
	assert_non_null(strstr(err.msg, "SIMFRA_DOCKER_IMAGE_REGISTRY"));
	assert_int_equal(run(f, "list", NULL), 1);
}

static void
ami_names_choose_images(void **state UNUSED)
{
	static const struct {
		const char *ami;
		enum image_id id;
	} cases[] = {
		{ "amzn2-ami-hvm-2.0.20240101-x86_64-gp2", IMAGE_EC2_AMAZONLINUX2 },
		{ "al2023-ami-2023.5.0-kernel-6.1-x86_64", IMAGE_EC2_AMAZONLINUX2023 },
		{ "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64", IMAGE_EC2_UBUNTU },
		{ "debian-12-amd64-20240101", IMAGE_EC2_DEBIAN },
		{ "my-own", IMAGE_EC2_DEFAULT },
		{ "", IMAGE_EC2_DEFAULT },
		{ "not-ubuntu", IMAGE_EC2_DEFAULT },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(image_of_ami(cases[i].ami), cases[i].id);
}

static void
list_is_the_exact_set_each_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, "list", NULL), 0);
	assert_string_equal(f->out,
	    "ghcr.io/simfra-dev/simfra-netd:0.1.0\nghcr.io/simfra-dev/simfra-vpc:0.1.0\n"
	    "ghcr.io/simfra-dev/simfra-edge:0.1.0\n"
	    "ghcr.io/simfra-dev/simfra-lb:0.1.0\n"
	    "amazonlinux:2\namazonlinux:2023\nubuntu:latest\ndebian:latest\n"
	    "postgres:16\nmysql:8.0\nmariadb:10.11\nredis:7\nvalkey/valkey:8\n"
	    "memcached:1.6\n");
	assert_int_equal(run(f, "list", "--table"), 0);
	assert_non_null(strstr(f->out, "SIMFRA_EC2_DEFAULT_IMAGE"));
	assert_int_equal(engine_fake_calls(f->fake, NULL), 0);
}

static void
wrong_words_are_usage_errors(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, "lst", NULL), 2);
	assert_int_equal(run(f, "list", "--tabel"), 2);
	assert_int_equal(run(f, "save", NULL), 2);
	assert_int_equal(run(f, "pull", "x"), 2);
}

static void
add_remotes(struct fixture *f)
{
	static const char *const refs[] = { "ghcr.io/simfra-dev/simfra-netd:0.1.0",
		"ghcr.io/simfra-dev/simfra-vpc:0.1.0",
		"ghcr.io/simfra-dev/simfra-edge:0.1.0",
		"ghcr.io/simfra-dev/simfra-lb:0.1.0", "amazonlinux:2", "amazonlinux:2023",
		"ubuntu:latest", "debian:latest", "postgres:16", "mysql:8.0",
		"mariadb:10.11", "redis:7", "valkey/valkey:8", "memcached:1.6" };

	for (size_t i = 0; i < COUNT(refs); i++)
		engine_fake_add_remote(f->fake, refs[i]);
}

static void
pull_gets_what_is_missing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(run(f, "pull", NULL), 1); /* no registry has them */
	add_remotes(f);
	engine_fake_add_image(f->fake, "debian:latest", NULL);
	engine_fake_forget_calls(f->fake);
	assert_int_equal(run(f, "pull", NULL), 0);
	assert_int_equal(engine_fake_calls(f->fake, "image_pull"), 13);
	assert_int_equal(run(f, "pull", NULL), 0);
	assert_int_equal(engine_fake_calls(f->fake, "image_pull"), 13);
}

static void
save_and_load_move_the_set(void **state)
{
	struct fixture *f = *state;
	char dir[] = "/tmp/simfra-test-XXXXXX", path[64], part[80];
	json_t *doc;
	struct err err;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/images.tar", dir);
	snprintf(part, sizeof(part), "%s.part", path);
	add_remotes(f);
	engine_fake_fail_next(f->fake, "image_save", &engine_failed, "disk full");
	assert_int_equal(run(f, "save", path), 1);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(part, F_OK), -1);
	assert_int_equal(run(f, "save", path), 0);
	assert_int_equal(engine_image_remove(f->e, "debian:latest", &err), 0);
	assert_int_equal(run(f, "load", path), 0);
	assert_int_equal(engine_image_inspect(f->e, f->a, "debian:latest", &doc, &err),
	    1);
	unlink(path);
	assert_int_equal(run(f, "load", path), 1);
	rmdir(dir);
}

static void
mirror_puts_them_where_the_registry_variable_looks(void **state)
{
	struct fixture *f = *state;
	json_t *doc;
	struct err err;

	add_remotes(f);
	f->s.overrides[IMAGE_EC2_UBUNTU] = "debian:latest";
	assert_int_equal(run(f, "mirror", "reg.example.com:5000/s"), 0);
	assert_non_null(
	    strstr(f->out, "reg.example.com:5000/s/simfra-dev/simfra-vpc:0.1.0\n"));
	/* The names for the push are gone, and a pull finds them. */
	assert_int_equal(engine_image_inspect(f->e, f->a,
			     "reg.example.com:5000/s/debian:latest", &doc, &err),
	    0);
	f->s.registry = "reg.example.com:5000/s";
	assert_int_equal(run(f, "pull", NULL), 0);
	assert_int_equal(run(f, "mirror", "not a registry"), 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test_setup_teardown(defaults_are_the_specifications, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    override_is_taken_as_written_before_the_registry, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_settings_are_refused_by_name, set_up,
		    tear_down),
		cmocka_unit_test(ami_names_choose_images),
		cmocka_unit_test_setup_teardown(list_is_the_exact_set_each_once, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(wrong_words_are_usage_errors, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(pull_gets_what_is_missing, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(save_and_load_move_the_set, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    mirror_puts_them_where_the_registry_variable_looks, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("images", tests, NULL, NULL);
}
