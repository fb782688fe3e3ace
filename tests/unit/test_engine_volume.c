/*
 * Volumes, and images made of containers: one contract, kept by Docker and by its fake. Without a
 * daemon Docker's part is skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/engine/engine.h"
#include "tests/fakes/engine_fake.h"

#define SHELL "simfra-test/shell:1"

struct fixture {
	struct engine *e;
	struct arena *a;
	struct err err;
	const char *label, *volume, *container, *image, *base;
};

static struct fixture *
open_fixture(struct engine *e)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char run[9];

	random_hex(run, 8);
	f->e = e;
	f->a = arena_new();
	f->label = arena_printf(f->a, "dev.simfra.test=%s", run);
	f->volume = arena_printf(f->a, "simfra-test-%s-v", run);
	f->container = arena_printf(f->a, "simfra-test-%s", run);
	f->image = arena_printf(f->a, "localhost/simfra-test:%s", run);
	return f;
}

static int
set_up_fake(void **state)
{
	struct engine_fake *fake = engine_fake_new();
	struct fixture *f = open_fixture(engine_fake_engine(fake));

	f->base = "scratch:1";
	engine_fake_add_image(fake, f->base, NULL);
	*state = f;
	return 0;
}

/* The shell that tests run, made from this machine's own: 1 it is there. */
static int
need_shell(void)
{
	char script[] = "tests/images/shell", *argv[] = { script, NULL };
	int status = -1;
	pid_t pid;

	if (getenv("DOCKER_HOST") == NULL && access("/var/run/docker.sock", F_OK) != 0)
		return 0;
	assert_int_equal(posix_spawn(&pid, script, NULL, NULL, argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return 1;
}

/* An image of one name, which nobody else has. */
static void
make_base(struct fixture *f)
{
	json_t *config = json_own(f->a,
	    json_make("{s:s, s:{s:s}}", "Image", SHELL, "HostConfig", "NetworkMode",
		"none"));

	f->base = arena_printf(f->a, "%s-base", f->image);
	if (engine_container_create(f->e, f->container, config, &f->err) < 0 ||
	    engine_container_commit(f->e, f->container, f->base,
		json_own(f->a, json_new_object()), &f->err) < 0 ||
	    engine_container_remove(f->e, f->container, &f->err) < 0)
		fail_msg("%s", f->err.msg);
}

static int
set_up_docker(void **state)
{
	struct fixture *f = open_fixture(engine_open_docker(NULL));

	*state = f;
	f->base = NULL;
	if (need_shell())
		make_base(f);
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->base != NULL) {
		engine_container_remove(f->e, f->container, &f->err);
		engine_volume_remove(f->e, f->volume, &f->err);
		engine_image_remove(f->e, f->image, &f->err);
		engine_image_remove(f->e, f->base, &f->err);
	}
	engine_close(f->e);
	arena_free(f->a);
	free(f);
	return 0;
}

static void
check(struct fixture *f, int rc)
{
	if (rc < 0)
		fail_msg("%s", f->err.msg);
}

static json_t *
labels(struct fixture *f, const char *value)
{
	const char *eq = strchr(f->label, '=');
	json_t *v = json_new_object();

	json_set_str(v, arena_strndup(f->a, f->label, (size_t)(eq - f->label)), value);
	return v;
}

static void
create(struct fixture *f)
{
	json_t *config = json_own(f->a, json_new_object());

	json_set_str(config, "Image", f->base);
	json_set(config, "Cmd", json_make("[s]", "/file"));
	json_set(config, "Labels", labels(f, "the container's"));
	json_set(config, "HostConfig",
	    json_make("{s:s, s:[o]}", "NetworkMode", "none", "Binds",
		json_new_fmt("%s:/data", f->volume)));
	check(f, engine_container_create(f->e, f->container, config, &f->err));
}

static void
a_volume_is_made_found_and_removed(void **state)
{
	struct fixture *f = *state;
	json_t *config = json_own(f->a, json_new_object()), *v;

	if (f->base == NULL)
		skip();
	assert_int_equal(engine_volume_inspect(f->e, f->a, f->volume, &v, &f->err), 0);
	json_set_str(config, "Name", f->volume);
	json_set(config, "Labels", labels(f, strchr(f->label, '=') + 1));
	check(f, engine_volume_create(f->e, config, &f->err));
	/* Again: it is left as it is. */
	check(f, engine_volume_create(f->e, config, &f->err));
	assert_int_equal(engine_volume_inspect(f->e, f->a, f->volume, &v, &f->err), 1);
	assert_non_null(strstr(json_str(v, "Mountpoint"), f->volume));
	check(f, engine_volume_list(f->e, f->a, f->label, &v, &f->err));
	assert_int_equal(json_array_size(v), 1);
	assert_string_equal(json_str(json_array_get(v, 0), "Name"), f->volume);
	check(f, engine_volume_list(f->e, f->a, "dev.simfra.test=nobody", &v, &f->err));
	assert_int_equal(json_array_size(v), 0);
	create(f);
	assert_int_equal(engine_volume_remove(f->e, f->volume, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);
	check(f, engine_container_remove(f->e, f->container, &f->err));
	/* A container takes only volumes without a name with it. */
	assert_int_equal(engine_volume_inspect(f->e, f->a, f->volume, &v, &f->err), 1);
	check(f, engine_volume_remove(f->e, f->volume, &f->err));
	check(f, engine_volume_remove(f->e, f->volume, &f->err));
	assert_int_equal(engine_volume_inspect(f->e, f->a, f->volume, &v, &f->err), 0);
}

static void
a_container_becomes_an_image(void **state)
{
	struct fixture *f = *state;
	json_t *config, *v;

	if (f->base == NULL)
		skip();
	config = json_own(f->a, json_new_object());
	assert_int_equal(engine_container_commit(f->e, f->container, f->image, config,
			     &f->err),
	    -1);
	assert_ptr_equal(f->err.kind, &engine_not_found);
	create(f);
	config = json_own(f->a,
	    json_make("{s:o}", "Labels", labels(f, strchr(f->label, '=') + 1)));
	check(f, engine_container_commit(f->e, f->container, f->image, config, &f->err));
	assert_int_equal(engine_image_inspect(f->e, f->a, f->image, &v, &f->err), 1);
	/* What is given comes over what the container has, which else stays. */
	assert_string_equal(json_str(json_path(v, "Config.Labels"), "dev.simfra.test"),
	    strchr(f->label, '=') + 1);
	assert_string_equal(json_string_value(
				json_array_get(json_path(v, "Config.Cmd"), 0)),
	    "/file");
	check(f, engine_image_list(f->e, f->a, f->label, &v, &f->err));
	assert_int_equal(json_array_size(v), 1);
	assert_true(json_has_str(json_get(json_array_get(v, 0), "RepoTags"), f->image));
	check(f, engine_image_remove(f->e, f->image, &f->err));
	check(f, engine_image_list(f->e, f->a, f->label, &v, &f->err));
	assert_int_equal(json_array_size(v), 0);
}

/* Who has it keeps it. */
static void
an_image_that_a_container_has_stays(void **state)
{
	struct fixture *f = *state;
	json_t *v;

	if (f->base == NULL)
		skip();
	create(f);
	assert_int_equal(engine_image_remove(f->e, f->base, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);
	assert_int_equal(engine_image_inspect(f->e, f->a, f->base, &v, &f->err), 1);
	check(f, engine_container_remove(f->e, f->container, &f->err));
	check(f, engine_image_remove(f->e, f->base, &f->err));
	assert_int_equal(engine_image_inspect(f->e, f->a, f->base, &v, &f->err), 0);
}

int
main(void)
{
#define WITH(which, name) cmocka_unit_test_setup_teardown(name, set_up_##which, tear_down)
	static const struct CMUnitTest fake[] = {
		WITH(fake, a_volume_is_made_found_and_removed),
		WITH(fake, a_container_becomes_an_image),
		WITH(fake, an_image_that_a_container_has_stays),
	};
	static const struct CMUnitTest docker[] = {
		WITH(docker, a_volume_is_made_found_and_removed),
		WITH(docker, a_container_becomes_an_image),
		WITH(docker, an_image_that_a_container_has_stays),
	};

	return cmocka_run_group_tests_name("fake", fake, NULL, NULL) +
	    cmocka_run_group_tests_name("docker", docker, NULL, NULL);
}
