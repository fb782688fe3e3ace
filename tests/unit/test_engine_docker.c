/*
 * The Docker engine against a real daemon; without one all of it is skipped.
 * What a test makes has label dev.simfra.test=<run> and is removed at its
 * end, whatever happened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/engine/engine.h"
#include "control/engine/tar.h"

#define IMAGE "simfra-test/shell:1"

struct fixture {
	struct engine *e;
	struct arena *a;
	struct err err;
	char run[16], label[64], name[64], network[64];
};

static void
remove_all(struct fixture *f)
{
	json_t *list, *v;
	size_t i;

	if (engine_container_list(f->e, f->a, f->label, &list, &f->err) == 0)
		json_array_foreach(list, i, v)
			engine_container_remove(f->e, json_str(v, "Id"), &f->err);
	if (engine_network_list(f->e, f->a, f->label, &list, &f->err) == 0)
		json_array_foreach(list, i, v)
			engine_network_remove(f->e, json_str(v, "Id"), &f->err);
}

static int has_docker;

/* The shell that the tests run, made from this machine's own. */
static int
need_image(void **state UNUSED)
{
	char script[] = "tests/images/shell", *argv[] = { script, NULL };
	int status = -1;
	pid_t pid;

	has_docker =
	    getenv("DOCKER_HOST") != NULL || access("/var/run/docker.sock", F_OK) == 0;
	if (!has_docker)
		return 0;
	if (posix_spawn(&pid, script, NULL, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "%s failed\n", script);
		return -1;
	}
	return 0;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->e = engine_open_docker(NULL);
	f->a = arena_new();
	random_hex(f->run, 8);
	snprintf(f->label, sizeof(f->label), "dev.simfra.test=%s", f->run);
	snprintf(f->name, sizeof(f->name), "simfra-test-%s", f->run);
	snprintf(f->network, sizeof(f->network), "simfra-test-net-%s", f->run);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (has_docker)
		remove_all(f);
	engine_close(f->e);
	arena_free(f->a);
	free(f);
	return 0;
}

/* The test's own; ends it as skipped where there is no Docker. */
static struct fixture *
with_docker(void **state)
{
	if (!has_docker)
		skip();
	return *state;
}

/* Passes, or ends the test with the engine's own words. */
static void
check(struct fixture *f, int result)
{
	if (result < 0)
		fail_msg("%s: %s", f->err.kind->code, f->err.msg);
}

static json_t *
shell(struct fixture *f, const char *script, int tty)
{
	return json_own(f->a,
	    json_make("{s:s, s:[s,s,s], s:b, s:{s:s}, s:{s:s}}", "Image", IMAGE, "Cmd",
		"/bin/sh", "-c", script, "Tty", tty, "Labels", "dev.simfra.test", f->run,
		"HostConfig", "NetworkMode", "none"));
}

static const char *
status_of(struct fixture *f)
{
	json_t *doc;
	int r = engine_container_inspect(f->e, f->a, f->name, &doc, &f->err);

	check(f, r);
	return r == 1 ? json_str(json_get(doc, "State"), "Status") : "gone";
}

static void
wait_for(struct fixture *f, const char *status)
{
	int64_t until = clock_monotonic_ms() + 10000;

	while (strcmp(status_of(f), status) != 0) {
		if (clock_monotonic_ms() > until)
			fail_msg("is %s, not %s", status_of(f), status);
		usleep(20000);
	}
}

static void
daemon_says_what_it_is(void **state)
{
	struct fixture *f = with_docker(state);
	json_t *doc;

	check(f, engine_version(f->e, f->a, &doc, &f->err));
	assert_non_null(json_str(doc, "ApiVersion"));
	check(f, engine_info(f->e, f->a, &doc, &f->err));
	assert_true(json_int(doc, "NCPU", 0) > 0);
}

static void
container_lives_and_goes(void **state)
{
	struct fixture *f = with_docker(state);
	json_t *doc;

	assert_string_equal(status_of(f), "gone");
	check(f,
	    engine_container_create(f->e, f->name, shell(f, "sleep 100", 0), &f->err));
	assert_string_equal(status_of(f), "created");
	check(f, engine_container_start(f->e, f->name, &f->err));
	check(f, engine_container_start(f->e, f->name, &f->err));
	assert_string_equal(status_of(f), "running");
	check(f, engine_container_list(f->e, f->a, f->label, &doc, &f->err));
	assert_int_equal(json_array_size(doc), 1);
	check(f, engine_container_stop(f->e, f->name, 0, &f->err));
	check(f, engine_container_stop(f->e, f->name, 0, &f->err));
	assert_string_equal(status_of(f), "exited");
	check(f, engine_container_start(f->e, f->name, &f->err));
	check(f, engine_container_kill(f->e, f->name, "KILL", &f->err));
	wait_for(f, "exited");
	check(f, engine_container_remove(f->e, f->name, &f->err));
	check(f, engine_container_remove(f->e, f->name, &f->err));
	assert_string_equal(status_of(f), "gone");
}

static void
failures_have_their_kind_and_dockers_words(void **state)
{
	struct fixture *f = with_docker(state);
	json_t *bad;

	assert_int_equal(engine_container_start(f->e, f->name, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_not_found);
	assert_non_null(strstr(f->err.msg, f->name));

	check(f, engine_container_create(f->e, f->name, shell(f, "true", 0), &f->err));
	assert_int_equal(engine_container_create(f->e, f->name, shell(f, "true", 0),
			     &f->err),
	    -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);
	assert_int_equal(engine_container_kill(f->e, f->name, "KILL", &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);

	bad = json_own(f->a, json_make("{s:s}", "Image", "simfra-test/absent:1"));
	assert_int_equal(engine_container_create(f->e, "simfra-test-x", bad, &f->err),
	    -1);
	assert_ptr_equal(f->err.kind, &engine_not_found);
	bad = json_own(f->a,
	    json_make("{s:s, s:{s:s}}", "Image", IMAGE, "HostConfig", "NetworkMode",
		"container:/"));
	assert_int_equal(engine_container_create(f->e, "a/../b?c=d", bad, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_refused);
	assert_non_null(strstr(f->err.msg, "a/../b?c=d"));
}

static void
archive_is_unpacked_before_the_first_start(void **state)
{
	struct fixture *f = with_docker(state);
	struct buf *log = buf_new(f->a, 0);
	struct tar t;

	check(f,
	    engine_container_create(f->e, f->name,
		shell(f, "cat /.simfra/a.json; stat -c '%a %u %g' /.simfra/a.json", 0),
		&f->err));
	tar_init(&t, 0);
	tar_add_dir(&t, ".simfra", 0755, 0, 0);
	tar_add_file(&t, ".simfra/a.json", 0640, 7, 8, "{}\n", 3);
	check(f, tar_finish(&t, &f->err));
	check(f, engine_archive_put(f->e, f->name, "/", t.out.data, t.out.len, &f->err));
	assert_int_equal(engine_archive_put(f->e, f->name, "/none", t.out.data, t.out.len,
			     &f->err),
	    -1);
	assert_ptr_equal(f->err.kind, &engine_not_found);
	tar_done(&t);
	check(f, engine_container_start(f->e, f->name, &f->err));
	wait_for(f, "exited");
	check(f, engine_logs(f->e, f->name, 1000, log, &f->err));
	assert_string_equal(buf_text(log), "{}\n640 7 8\n");
}

static const char *
log_tail(struct fixture *f, size_t bytes)
{
	struct buf *log = buf_new(f->a, 0);

	check(f, engine_logs(f->e, f->name, bytes, log, &f->err));
	return buf_text(log);
}

static void
logs_are_the_end_of_both_streams(void **state)
{
	struct fixture *f = with_docker(state);

	check(f,
	    engine_container_create(f->e, f->name,
		shell(f, "echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three", 0),
		&f->err));
	check(f, engine_container_start(f->e, f->name, &f->err));
	wait_for(f, "exited");
	assert_string_equal(log_tail(f, 1000), "one\ntwo\nthree\n");
	assert_string_equal(log_tail(f, 8), "o\nthree\n");
	assert_string_equal(log_tail(f, 0), "");
}

/* Lines of one byte: as many lines as bytes have to be asked for. */
static void
logs_of_short_lines_are_whole(void **state)
{
	struct fixture *f = with_docker(state);
	const char *text;

	check(f,
	    engine_container_create(f->e, f->name,
		shell(f, "i=0; while [ $i -lt 5000 ]; do echo; i=$((i+1)); done; echo x",
		    0),
		&f->err));
	check(f, engine_container_start(f->e, f->name, &f->err));
	wait_for(f, "exited");
	text = log_tail(f, 4000);
	assert_int_equal(strlen(text), 4000);
	assert_string_equal(text + 3996, "\n\nx\n");
	assert_int_equal(strlen(log_tail(f, 100000)), 5002);
}

static void
logs_of_a_terminal_are_raw(void **state)
{
	struct fixture *f = with_docker(state);

	check(f,
	    engine_container_create(f->e, f->name, shell(f, "echo one; echo two >&2", 1),
		&f->err));
	check(f, engine_container_start(f->e, f->name, &f->err));
	wait_for(f, "exited");
	assert_string_equal(log_tail(f, 1000), "one\r\ntwo\r\n");
}

static json_t *
network(struct fixture *f, const char *cidr)
{
	return json_own(f->a,
	    json_make("{s:s, s:s, s:{s:[{s:s}]}, s:{s:s}}", "Name", f->network, "Driver",
		"bridge", "IPAM", "Config", "Subnet", cidr, "Labels", "dev.simfra.test",
		f->run));
}

static void
network_connects_containers(void **state)
{
	struct fixture *f = with_docker(state);
	json_t *doc, *endpoint;

	assert_int_equal(engine_network_inspect(f->e, f->a, f->network, &doc, &f->err),
	    0);
	check(f, engine_network_create(f->e, network(f, "198.19.250.0/28"), &f->err));
	assert_int_equal(engine_network_create(f->e, network(f, "198.19.250.16/28"),
			     &f->err),
	    -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);
	check(f, engine_network_list(f->e, f->a, f->label, &doc, &f->err));
	assert_int_equal(json_array_size(doc), 1);

	doc = shell(f, "sleep 100", 0);
	json_del(doc, "HostConfig");
	check(f, engine_container_create(f->e, f->name, doc, &f->err));
	endpoint = json_own(f->a,
	    json_make("{s:{s:s}}", "IPAMConfig", "IPv4Address", "198.19.250.5"));
	check(f, engine_network_connect(f->e, f->network, f->name, endpoint, &f->err));
	check(f, engine_container_start(f->e, f->name, &f->err));
	check(f, engine_network_connect(f->e, f->network, f->name, NULL, &f->err));
	assert_int_equal(engine_network_inspect(f->e, f->a, f->network, &doc, &f->err),
	    1);
	assert_int_equal(json_object_size(json_get(doc, "Containers")), 1);
	assert_int_equal(engine_network_remove(f->e, f->network, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_conflict);

	check(f, engine_network_disconnect(f->e, f->network, f->name, &f->err));
	check(f, engine_network_disconnect(f->e, f->network, f->name, &f->err));
	check(f, engine_network_remove(f->e, f->network, &f->err));
	check(f, engine_network_remove(f->e, f->network, &f->err));
	check(f, engine_network_disconnect(f->e, f->network, f->name, &f->err));
	assert_int_equal(engine_network_connect(f->e, f->network, f->name, NULL, &f->err),
	    -1);
	assert_ptr_equal(f->err.kind, &engine_not_found);
}

/* Follows events in a thread and keeps "type action" a line. */
struct follower {
	struct fixture *f;
	pthread_mutex_t lock;
	struct buf seen;
	int over, result, exit_code;
	int64_t slowest_ns;
	struct err err;
};

static void
on_event(void *arg, const struct engine_event *event)
{
	struct follower *w = arg;
	int64_t late = clock_system.now_ms(&clock_system) * 1000000 - event->time_ns;
	struct arena *a = arena_new();
	json_t *doc;
	struct err err;

	/* The engine can be called from here. */
	assert_int_equal(engine_version(w->f->e, a, &doc, &err), 0);
	arena_free(a);
	pthread_mutex_lock(&w->lock);
	buf_printf(&w->seen, "%s %s\n", event->type, event->action);
	if (strcmp(event->action, "die") == 0)
		w->exit_code =
		    (int)strtol(json_str_or(event->attributes, "exitCode", "-1"), NULL,
			10);
	if (late > w->slowest_ns)
		w->slowest_ns = late;
	pthread_mutex_unlock(&w->lock);
}

static int
is_over(void *arg)
{
	struct follower *w = arg;
	int over;

	pthread_mutex_lock(&w->lock);
	over = w->over;
	pthread_mutex_unlock(&w->lock);
	return over;
}

static void *
follow(void *arg)
{
	struct follower *w = arg;

	w->result = engine_events(w->f->e, w->f->label, on_event, w, is_over, &w->err);
	return NULL;
}

static void
expect(struct follower *w, const char *line)
{
	int64_t until = clock_monotonic_ms() + 10000;
	int found = 0;

	while (!found) {
		pthread_mutex_lock(&w->lock);
		found = strstr(buf_text(&w->seen), line) != NULL;
		pthread_mutex_unlock(&w->lock);
		if (!found && clock_monotonic_ms() > until)
			fail_msg("no '%s' in:\n%s", line, buf_text(&w->seen));
		usleep(5000);
	}
}

static void
events_tell_of_what_has_the_label(void **state)
{
	struct fixture *f = with_docker(state);
	struct follower w = { .f = f, .lock = PTHREAD_MUTEX_INITIALIZER };
	json_t *other = json_own(f->a,
	    json_make("{s:s, s:[s], s:{s:s}, s:{s:s}}", "Image", IMAGE, "Cmd", "/bin/sh",
		"Labels", "dev.simfra.test", "other", "HostConfig", "NetworkMode",
		"none"));
	char other_name[80];
	size_t n_seen;
	pthread_t thread;

	buf_init(&w.seen, 0);
	assert_int_equal(pthread_create(&thread, NULL, follow, &w), 0);
	expect(&w, "daemon connected\n");
	snprintf(other_name, sizeof(other_name), "%s-other", f->name);
	check(f, engine_container_create(f->e, other_name, other, &f->err));
	check(f, engine_container_remove(f->e, other_name, &f->err));
	pthread_mutex_lock(&w.lock);
	n_seen = w.seen.len;
	pthread_mutex_unlock(&w.lock);
	assert_int_equal(n_seen, strlen("daemon connected\n"));
	check(f, engine_network_create(f->e, network(f, "198.19.251.0/28"), &f->err));
	check(f, engine_container_create(f->e, f->name, shell(f, "exit 7", 0), &f->err));
	check(f, engine_container_start(f->e, f->name, &f->err));
	expect(&w, "container die\n");
	check(f, engine_container_remove(f->e, f->name, &f->err));
	check(f, engine_network_remove(f->e, f->network, &f->err));
	expect(&w, "network destroy\n");
	pthread_mutex_lock(&w.lock);
	w.over = 1;
	pthread_mutex_unlock(&w.lock);
	pthread_join(thread, NULL);
	assert_int_equal(w.result, 0);
	assert_int_equal(w.exit_code, 7);
	assert_string_equal(buf_text(&w.seen),
	    "daemon connected\nnetwork create\ncontainer create\ncontainer start\n"
	    "container die\ncontainer destroy\nnetwork destroy\n");
	print_message("slowest event %.1f ms\n", (double)w.slowest_ns / 1e6);
	buf_done(&w.seen);
}

static void
images_move_by_name_and_file(void **state)
{
	struct fixture *f = with_docker(state);
	char path[] = "/tmp/simfra-test-XXXXXX", ref[64];
	const char *refs[] = { ref };
	int fd = mkstemp(path);
	json_t *doc;

	assert_true(fd >= 0);
	unlink(path);
	snprintf(ref, sizeof(ref), "simfra-test/move:%s", f->run);
	assert_int_equal(engine_image_inspect(f->e, f->a, ref, &doc, &f->err), 0);
	check(f, engine_image_tag(f->e, IMAGE, ref, &f->err));
	check(f, engine_image_save(f->e, refs, 1, fd, &f->err));
	check(f, engine_image_remove(f->e, ref, &f->err));
	check(f, engine_image_remove(f->e, ref, &f->err));
	assert_int_equal(engine_image_inspect(f->e, f->a, ref, &doc, &f->err), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	check(f, engine_image_load(f->e, fd, NULL, NULL, &f->err));
	assert_int_equal(engine_image_inspect(f->e, f->a, ref, &doc, &f->err), 1);
	check(f, engine_image_remove(f->e, ref, &f->err));
	assert_int_equal(ftruncate(fd, 100), 0);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(engine_image_load(f->e, fd, NULL, NULL, &f->err), -1);
	close(fd);
}

/* Nothing listens on port 1 of loopback. */
static void
pull_from_nowhere_fails_with_dockers_words(void **state)
{
	struct fixture *f = with_docker(state);

	assert_int_equal(engine_image_pull(f->e, "127.0.0.1:1/none:1", NULL, NULL,
			     &f->err),
	    -1);
	assert_true(f->err.kind == &engine_failed || f->err.kind == &engine_refused);
	assert_non_null(strstr(f->err.msg, "127.0.0.1:1"));
	assert_int_equal(engine_image_pull(f->e, "Not A Ref", NULL, NULL, &f->err), -1);
}

static void
no_daemon_is_unreachable(void **state UNUSED)
{
	struct engine *e = engine_open_docker("/nonexistent/docker.sock");
	struct arena *a = arena_new();
	struct err err;
	json_t *doc;

	assert_int_equal(engine_version(e, a, &doc, &err), -1);
	assert_ptr_equal(err.kind, &engine_unreachable);
	assert_non_null(strstr(err.msg, "/nonexistent/docker.sock"));
	assert_int_equal(engine_container_inspect(e, a, "x", &doc, &err), -1);
	assert_int_equal(engine_container_remove(e, "x", &err), -1);
	assert_int_equal(engine_network_disconnect(e, "x", "x", &err), -1);
	assert_ptr_equal(err.kind, &engine_unreachable);
	assert_int_equal(engine_events(e, "x", NULL, NULL, NULL, &err), -1);
	assert_ptr_equal(err.kind, &engine_unreachable);
	engine_close(e);
	arena_free(a);
}

static void *
ask_twenty_times(void *arg)
{
	struct fixture *f = arg;

	for (int i = 0; i < 20; i++) {
		struct arena *a = arena_new();
		struct err err;
		json_t *doc;

		assert_int_equal(engine_container_list(f->e, a, f->label, &doc, &err), 0);
		arena_free(a);
	}
	return NULL;
}

static void
many_threads_share_the_engine(void **state)
{
	struct fixture *f = with_docker(state);
	pthread_t threads[8];

	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_twenty_times, f),
		    0);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(daemon_says_what_it_is, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(container_lives_and_goes, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    failures_have_their_kind_and_dockers_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    archive_is_unpacked_before_the_first_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(logs_are_the_end_of_both_streams, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(logs_of_short_lines_are_whole, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(logs_of_a_terminal_are_raw, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(network_connects_containers, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(events_tell_of_what_has_the_label, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(images_move_by_name_and_file, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    pull_from_nowhere_fails_with_dockers_words, set_up, tear_down),
		cmocka_unit_test(no_daemon_is_unreachable),
		cmocka_unit_test_setup_teardown(many_threads_share_the_engine, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests_name("engine_docker", tests, need_image, NULL);
}
