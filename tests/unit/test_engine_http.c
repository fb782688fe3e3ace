/*
 * What the Docker engine makes of a daemon's answers, with a daemon that is
 * a table: versions, failures, broken streams.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/engine/engine.h"

struct answer {
	const char *start; /* of the request: "GET /v1.41/containers/" */
	int status;
	const char *body;
};

struct fixture {
	struct arena *a;
	struct engine *e;
	struct err err;
	char dir[32];
	int listener;
	pthread_t thread;
	pthread_mutex_t lock;
	const struct answer *answers; /* until one with start NULL */
	struct buf requests;	      /* the first line of each */
};

static const struct answer docker_20[] = {
	{ "GET /version", 200, "{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}" },
	{ "GET /v1.41/containers/x/json", 200, "{\"Id\":\"1\"}" },
	{ "GET /v1.41/containers/bad/json", 200, "{\"Id\":" },
	{ "POST /v1.41/containers/x/start", 500,
	    "{\"message\":\"no space left on device\"}" },
	{ "POST /v1.41/containers/y/start", 500, "<html>" },
	{ "POST /v1.41/containers/z/start", 304, "" },
	{ "POST /v1.41/images/create?fromImage=a%3Alatest", 200,
	    "{\"status\":\"Pulling from library/a\",\"id\":\"latest\"}\r\n"
	    "{\"errorDetail\":{\"message\":\"toomanyrequests\"},\"error\":\"toomanyrequests\"}\r\n" },
	{ "POST /v1.41/images/create?fromImage=b%3A1", 200,
	    "{\"status\":\"Pull complete\"}\r\n" },
	{ "GET /v1.41/networks?", 200, "[{\"Id\":\"net1\",\"Labels\":{\"k\":\"v\"}}]" },
	{ "GET /v1.41/networks/net2", 200,
	    "{\"Id\":\"net2\",\"Labels\":{\"k\":\"other\"}}" },
	{ "GET /v1.41/events?", 200,
	    "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"c1\","
	    "\"Attributes\":{\"k\":\"v\",\"exitCode\":\"3\"}},\"timeNano\":5}\n"
	    "not json\n"
	    "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"c2\","
	    "\"Attributes\":{\"k\":\"other\"}}}\n"
	    "{\"Type\":\"network\",\"Action\":\"create\",\"Actor\":{\"ID\":\"net2\"}}\n"
	    "{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"ID\":\"net1\","
	    "\"Attributes\":{\"container\":\"c1\"}}}\n"
	    "{\"Type\":\"network\",\"Action\":\"destroy\",\"Actor\":{\"ID\":\"net1\"}}\n"
	    "{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"ID\":\"net1\"}}\n" },
	{ NULL, 0, NULL },
};

static const struct answer docker_29[] = {
	{ "GET /version", 200, "{\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"1.44\"}" },
	{ "GET /v1.44/containers/x/json", 200, "{\"Id\":\"1\"}" },
	{ NULL, 0, NULL },
};

static const struct answer docker_18[] = {
	{ "GET /version", 200, "{\"ApiVersion\":\"1.38\",\"MinAPIVersion\":\"1.12\"}" },
	{ NULL, 0, NULL },
};

/* Head and body of one request: its head is in text. */
static int
read_request(int fd, char *text, size_t size)
{
	size_t n = 0, body = 0;
	char *end = NULL, *length;
	ssize_t k;

	while (
	    end == NULL && n < size - 1 && (k = read(fd, text + n, size - 1 - n)) > 0) {
		n += (size_t)k;
		text[n] = '\0';
		end = strstr(text, "\r\n\r\n");
	}
	if (end == NULL)
		return 0;
	length = strstr(text, "Content-Length: ");
	if (length != NULL)
		body = strtoul(length + 16, NULL, 10);
	n -= (size_t)(end + 4 - text);
	while (
	    n < body && (k = read(fd, end + 4, size - 1 - (size_t)(end + 4 - text))) > 0)
		n += (size_t)k;
	return 1;
}

static void
serve_one(struct fixture *f, int fd)
{
	static const struct answer none = { NULL, 404,
		"{\"message\":\"page not found\"}" };
	const struct answer *answer;
	char text[8192];

	if (!read_request(fd, text, sizeof(text)))
		return;
	pthread_mutex_lock(&f->lock);
	answer = f->answers;
	buf_add(&f->requests, text, strcspn(text, "\r"));
	buf_chr(&f->requests, '\n');
	pthread_mutex_unlock(&f->lock);
	while (answer->start != NULL &&
	    strncmp(text, answer->start, strlen(answer->start)) != 0)
		answer++;
	if (answer->start == NULL)
		answer = &none;
	dprintf(fd, "HTTP/1.1 %d X\r\nConnection: close\r\n\r\n%s", answer->status,
	    answer->body);
}

static void *
serve(void *arg)
{
	struct fixture *f = arg;
	int fd;

	while ((fd = accept(f->listener, NULL, NULL)) >= 0) {
		serve_one(f, fd);
		close(fd);
	}
	return NULL;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	f->a = arena_new();
	f->answers = docker_20;
	buf_init(&f->requests, 0);
	pthread_mutex_init(&f->lock, NULL);
	snprintf(f->dir, sizeof(f->dir), "/tmp/simfra-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", f->dir);
	f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&address, sizeof(address)),
	    0);
	assert_int_equal(listen(f->listener, 16), 0);
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
	f->e = engine_open_docker(address.sun_path);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	shutdown(f->listener, SHUT_RDWR);
	pthread_join(f->thread, NULL);
	close(f->listener);
	engine_close(f->e);
	unlink(arena_printf(f->a, "%s/s", f->dir));
	rmdir(f->dir);
	buf_done(&f->requests);
	arena_free(f->a);
	free(f);
	return 0;
}

static void
set_answers(struct fixture *f, const struct answer *answers)
{
	pthread_mutex_lock(&f->lock);
	f->answers = answers;
	pthread_mutex_unlock(&f->lock);
}

static const char *
requests(struct fixture *f)
{
	const char *text;

	pthread_mutex_lock(&f->lock);
	text = arena_strdup(f->a, buf_text(&f->requests));
	pthread_mutex_unlock(&f->lock);
	return text;
}

static void
api_version_is_agreed_on_once(void **state)
{
	struct fixture *f = *state;
	json_t *doc;

	assert_int_equal(engine_container_inspect(f->e, f->a, "x", &doc, &f->err), 1);
	assert_int_equal(engine_container_inspect(f->e, f->a, "x", &doc, &f->err), 1);
	assert_string_equal(requests(f),
	    "GET /version HTTP/1.1\nGET /v1.41/containers/x/json HTTP/1.1\n"
	    "GET /v1.41/containers/x/json HTTP/1.1\n");
}

static void
newest_docker_is_spoken_to_in_its_oldest_version(void **state)
{
	struct fixture *f = *state;
	json_t *doc;

	set_answers(f, docker_29);
	assert_int_equal(engine_container_inspect(f->e, f->a, "x", &doc, &f->err), 1);
}

static void
too_old_docker_is_refused_in_words(void **state)
{
	struct fixture *f = *state;
	json_t *doc;

	set_answers(f, docker_18);
	assert_int_equal(engine_container_inspect(f->e, f->a, "x", &doc, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_refused);
	assert_non_null(strstr(f->err.msg, "1.38"));
}

static void
statuses_become_kinds(void **state)
{
	struct fixture *f = *state;
	json_t *doc;

	assert_int_equal(engine_container_inspect(f->e, f->a, "none", &doc, &f->err), 0);
	assert_int_equal(engine_container_inspect(f->e, f->a, "bad", &doc, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_failed);
	assert_int_equal(engine_container_start(f->e, "x", &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_failed);
	assert_string_equal(f->err.msg, "no space left on device");
	assert_int_equal(engine_container_start(f->e, "y", &f->err), -1);
	assert_string_equal(f->err.msg, "the container engine answered 500");
	assert_int_equal(engine_container_start(f->e, "z", &f->err), 0);
}

static void
names_cannot_leave_their_place(void **state)
{
	struct fixture *f = *state;
	json_t *doc;

	assert_int_equal(engine_container_inspect(f->e, f->a,
			     "../images/x?a=b#c d\r\nE: f", &doc, &f->err),
	    0);
	assert_non_null(strstr(requests(f),
	    "GET /v1.41/containers/..%2Fimages%2Fx%3Fa%3Db%23c%20d%0D%0AE%3A%20f/json HTTP"));
}

static void
pull_can_fail_after_it_began(void **state)
{
	struct fixture *f = *state;

	setenv("DOCKER_CONFIG", f->dir, 1);
	assert_int_equal(engine_image_pull(f->e, "a", NULL, NULL, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_refused);
	assert_string_equal(f->err.msg, "a: toomanyrequests");
	assert_int_equal(engine_image_pull(f->e, "b:1", NULL, NULL, &f->err), 0);
	unsetenv("DOCKER_CONFIG");
}

static void
note(void *arg, const struct engine_event *event)
{
	struct buf *seen = arg;

	buf_printf(seen, "%s %s %s %s\n", event->type, event->action, event->id,
	    json_str_or(event->attributes, "exitCode", "-"));
}

static int
never(void *arg UNUSED)
{
	return 0;
}

static void
broken_event_stream_is_told_after_its_events(void **state)
{
	struct fixture *f = *state;
	struct buf *seen = buf_new(f->a, 0);

	assert_int_equal(engine_events(f->e, "k=v", note, seen, never, &f->err), -1);
	assert_ptr_equal(f->err.kind, &engine_unreachable);
	assert_string_equal(buf_text(seen),
	    "daemon connected  -\ncontainer die c1 3\nnetwork connect net1 -\n"
	    "network destroy net1 -\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(api_version_is_agreed_on_once, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    newest_docker_is_spoken_to_in_its_oldest_version, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_old_docker_is_refused_in_words,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(statuses_become_kinds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_cannot_leave_their_place, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(pull_can_fail_after_it_began, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    broken_event_stream_is_told_after_its_events, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("engine_http", tests, NULL, NULL);
}
