/* The fake engine keeps the contract that tests of other things rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/engine/tar.h"
#include "tests/fakes/engine_fake.h"

struct fixture {
	struct arena *a;
	struct engine_fake *fake;
	struct engine *e;
	struct err err;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->a = arena_new();
	f->fake = engine_fake_new();
	f->e = engine_fake_engine(f->fake);
	engine_fake_add_image(f->fake, "debian:latest", NULL);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	engine_close(f->e);
	arena_free(f->a);
	free(f);
	return 0;
}

static int
create(struct fixture *f, const char *name, const char *mode, const char *policy)
{
	json_t *config = json_own(f->a,
	    json_make("{s:s, s:{s:s}, s:{s:s, s:{s:s}}}", "Image", "debian:latest",
		"Labels", "dev.simfra.owner", "simfra", "HostConfig", "NetworkMode", mode,
		"RestartPolicy", "Name", policy));

	return engine_container_create(f->e, name, config, &f->err);
}

static json_t *
inspect(struct fixture *f, const char *name)
{
	json_t *doc = NULL;

	assert_int_equal(engine_container_inspect(f->e, f->a, name, &doc, &f->err), 1);
	return doc;
}

static int
network(struct fixture *f, const char *name, const char *cidr)
{
	json_t *config = json_own(f->a,
	    json_make("{s:s, s:{s:[{s:s}]}, s:{s:s}}", "Name", name, "IPAM", "Config",
		"Subnet", cidr, "Labels", "dev.simfra.owner", "simfra"));

	return engine_network_create(f->e, config, &f->err);
}

static void
containers_live_as_dockers_do(void **state)
{
	struct fixture *f = *state;
	json_t *doc;
	int pid;

	assert_int_equal(create(f, "a", "none", "no"), 0);
	assert_int_equal(create(f, "a", "none", "no"), -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);
	assert_int_equal(engine_container_kill(f->e, "a", "KILL", &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);
	assert_int_equal(engine_container_start(f->e, "a", &f->err), 0);
	assert_int_equal(engine_container_start(f->e, "a", &f->err), 0);
	doc = inspect(f, "a");
	assert_string_equal(json_str(json_get(doc, "State"), "Status"), "running");
	pid = (int)json_int(json_get(doc, "State"), "Pid", 0);
	assert_true(pid > 0);
	assert_ptr_not_equal(inspect(f, json_str(doc, "Id")), NULL);
	assert_int_equal(engine_container_kill(f->e, "a", "SIGHUP", &f->err), 0);
	assert_true(json_bool(json_path(inspect(f, "a"), "State"), "Running", 0));
	assert_int_equal(engine_container_stop(f->e, "a", 10, &f->err), 0);
	assert_int_equal(engine_container_stop(f->e, "a", 10, &f->err), 0);
	assert_int_equal(json_int(json_path(inspect(f, "a"), "State"), "ExitCode", 0),
	    143);
	assert_int_equal(engine_container_list(f->e, f->a, "dev.simfra.owner=simfra",
			     &doc, &f->err),
	    0);
	assert_int_equal(json_array_size(doc), 1);
	assert_int_equal(engine_container_list(f->e, f->a, "dev.simfra.owner=other", &doc,
			     &f->err),
	    0);
	assert_int_equal(json_array_size(doc), 0);
	assert_int_equal(engine_container_remove(f->e, "a", &f->err), 0);
	assert_int_equal(engine_container_remove(f->e, "a", &f->err), 0);
	assert_int_equal(engine_fake_n_containers(f->fake), 0);
	assert_int_equal(engine_container_start(f->e, "a", &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_not_found);
}

static void
ends_restarts_and_vanishes_as_told(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(create(f, "once", "none", "no"), 0);
	assert_int_equal(create(f, "always", "none", "always"), 0);
	assert_int_equal(engine_fake_exit(f->fake, "once", 3), 0);
	assert_int_equal(engine_container_start(f->e, "once", &f->err), 0);
	assert_int_equal(engine_container_start(f->e, "always", &f->err), 0);
	assert_int_equal(engine_fake_exit(f->fake, "once", 3), 1);
	assert_int_equal(engine_fake_exit(f->fake, "always", 3), 1);
	assert_int_equal(json_int(json_path(inspect(f, "once"), "State"), "ExitCode", 0),
	    3);
	assert_true(json_bool(json_path(inspect(f, "always"), "State"), "Running", 0));
	assert_int_equal(json_int(inspect(f, "always"), "RestartCount", 0), 1);
	assert_int_equal(engine_fake_vanish(f->fake, "always"), 1);
	assert_int_equal(engine_fake_vanish(f->fake, "always"), 0);
}

static void
networks_give_addresses_while_containers_run(void **state)
{
	struct fixture *f = *state;
	json_t *doc,
	    *endpoint = json_own(f->a,
		json_make("{s:{s:s}}", "IPAMConfig", "IPv4Address", "198.18.0.9"));

	assert_int_equal(network(f, "net", "198.18.0.0/24"), 0);
	assert_int_equal(network(f, "net", "198.18.1.0/24"), -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);
	assert_int_equal(network(f, "net2", "198.18.0.128/25"), -1);
	assert_ptr_equal(f->err.kind, &engine_refused);
	assert_int_equal(network(f, "net2", "198.18.1.0/24"), 0);
	assert_int_equal(engine_fake_n_networks(f->fake), 2);

	assert_int_equal(create(f, "a", "net", "no"), 0);
	assert_int_equal(engine_network_connect(f->e, "net2", "a", endpoint, &f->err), 0);
	assert_int_equal(engine_network_connect(f->e, "net2", "a", NULL, &f->err), 0);
	assert_int_equal(engine_container_start(f->e, "a", &f->err), 0);
	doc = json_path(inspect(f, "a"), "NetworkSettings.Networks");
	assert_string_equal(json_str(json_get(doc, "net"), "IPAddress"), "198.18.0.2");
	assert_string_equal(json_str(json_get(doc, "net2"), "IPAddress"), "198.18.0.9");
	assert_int_equal(engine_network_inspect(f->e, f->a, "net", &doc, &f->err), 1);
	assert_int_equal(json_object_size(json_get(doc, "Containers")), 1);
	assert_int_equal(engine_network_remove(f->e, "net", &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);
	assert_int_equal(engine_network_disconnect(f->e, "net", "a", &f->err), 0);
	assert_int_equal(engine_network_disconnect(f->e, "net", "a", &f->err), 0);
	assert_int_equal(engine_network_remove(f->e, "net", &f->err), 0);
	assert_int_equal(engine_network_remove(f->e, "net", &f->err), 0);
	assert_int_equal(engine_network_list(f->e, f->a, "dev.simfra.owner", &doc,
			     &f->err),
	    0);
	assert_int_equal(json_array_size(doc), 1);
	assert_int_equal(create(f, "b", "net", "no"), -1);
	assert_ptr_equal(f->err.kind, &engine_not_found);
}

static void
archives_logs_and_images_are_kept(void **state)
{
	struct fixture *f = *state;
	struct buf *log = buf_new(f->a, 0);
	struct tar t;
	unsigned mode = 0;
	size_t len = 0;
	json_t *doc;

	assert_int_equal(create(f, "a", "none", "no"), 0);
	tar_init(&t, 0);
	tar_add_file(&t, ".simfra/init.json", 0600, 0, 0, "{}", 2);
	assert_int_equal(tar_finish(&t, &f->err), 0);
	assert_int_equal(engine_archive_put(f->e, "a", "/", t.out.data, t.out.len,
			     &f->err),
	    0);
	assert_int_equal(engine_archive_put(f->e, "a", "/", "no tar", 6, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_refused);
	tar_done(&t);
	assert_string_equal(engine_fake_file(f->fake, f->a, "a", "/.simfra/init.json",
				&len, &mode),
	    "{}");
	assert_int_equal(len, 2);
	assert_int_equal(mode, 0600);
	assert_null(engine_fake_file(f->fake, f->a, "a", "/other", NULL, NULL));

	engine_fake_set_logs(f->fake, "a", "one\ntwo\n");
	assert_int_equal(engine_logs(f->e, "a", 4, log, &f->err), 0);
	assert_string_equal(buf_text(log), "two\n");

	assert_int_equal(engine_image_pull(f->e, "new:1", NULL, NULL, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_not_found);
	engine_fake_add_remote(f->fake, "new:1");
	assert_int_equal(engine_image_pull(f->e, "new:1", NULL, NULL, &f->err), 0);
	assert_int_equal(engine_image_inspect(f->e, f->a, "new:1", &doc, &f->err), 1);
	assert_int_equal(engine_version(f->e, f->a, &doc, &f->err), 0);
	assert_int_equal(engine_info(f->e, f->a, &doc, &f->err), 0);
}

static void
failures_come_once_and_in_order(void **state)
{
	struct fixture *f = *state;

	engine_fake_fail_next(f->fake, "container_create", &engine_failed, "disk full");
	engine_fake_fail_next(f->fake, NULL, &engine_unreachable, "gone");
	assert_int_equal(create(f, "a", "none", "no"), -1);
	assert_string_equal(f->err.msg, "disk full");
	assert_int_equal(create(f, "a", "none", "no"), -1);
	assert_string_equal(f->err.msg, "gone");
	assert_int_equal(create(f, "a", "none", "no"), 0);
	assert_int_equal(engine_fake_calls(f->fake, "container_create"), 3);
	assert_int_equal(engine_fake_calls(f->fake, NULL), 3);
	engine_fake_set_latency(f->fake, 1);
	engine_fake_set_down(f->fake, 1);
	assert_int_equal(engine_container_start(f->e, "a", &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_unreachable);
	engine_fake_set_down(f->fake, 0);
	assert_int_equal(engine_container_start(f->e, "a", &f->err), 0);
	engine_fake_forget_calls(f->fake);
	assert_int_equal(engine_fake_calls(f->fake, NULL), 0);
}

struct follower {
	struct fixture *f;
	pthread_mutex_t lock;
	struct buf seen;
	int result;
	struct err err;
};

static void
on_event(void *arg, const struct engine_event *event)
{
	struct follower *w = arg;

	pthread_mutex_lock(&w->lock);
	buf_printf(&w->seen, "%s %s%s\n", event->type, event->action,
	    json_str_or(event->attributes, "exitCode", ""));
	pthread_mutex_unlock(&w->lock);
}

static int
never(void *arg UNUSED)
{
	return 0;
}

static void *
follow(void *arg)
{
	struct follower *w = arg;

	w->result = engine_events(w->f->e, "dev.simfra.owner=simfra", on_event, w, never,
	    &w->err);
	return NULL;
}

static void
wait_for(struct follower *w, const char *line)
{
	int64_t until = clock_monotonic_ms() + 5000;
	int found = 0;

	while (!found) {
		pthread_mutex_lock(&w->lock);
		found = strstr(buf_text(&w->seen), line) != NULL;
		pthread_mutex_unlock(&w->lock);
		if (!found && clock_monotonic_ms() > until)
			fail_msg("no '%s'", line);
		usleep(1000);
	}
}

static void
events_arrive_in_order_until_the_engine_goes(void **state)
{
	struct fixture *f = *state;
	struct follower w = { .f = f, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread;

	buf_init(&w.seen, 0);
	assert_int_equal(network(f, "before", "198.18.5.0/24"), 0);
	assert_int_equal(pthread_create(&thread, NULL, follow, &w), 0);
	wait_for(&w, "daemon connected");
	assert_int_equal(network(f, "net", "198.18.0.0/24"), 0);
	assert_int_equal(create(f, "a", "net", "no"), 0);
	assert_int_equal(engine_container_start(f->e, "a", &f->err), 0);
	assert_int_equal(engine_fake_exit(f->fake, "a", 7), 1);
	assert_int_equal(engine_container_remove(f->e, "a", &f->err), 0);
	wait_for(&w, "container destroy");
	engine_fake_set_down(f->fake, 1);
	pthread_join(thread, NULL);
	assert_int_equal(w.result, -1);
	assert_ptr_equal(w.err.kind, &engine_unreachable);
	assert_string_equal(buf_text(&w.seen),
	    "daemon connected\nnetwork create\ncontainer create\nnetwork connect\n"
	    "container start\ncontainer die7\nnetwork disconnect\ncontainer destroy\n");
	buf_done(&w.seen);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(containers_live_as_dockers_do, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(ends_restarts_and_vanishes_as_told,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    networks_give_addresses_while_containers_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(archives_logs_and_images_are_kept, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(failures_come_once_and_in_order, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    events_arrive_in_order_until_the_engine_goes, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("engine_fake", tests, NULL, NULL);
}
