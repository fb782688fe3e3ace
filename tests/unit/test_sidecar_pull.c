/*
 * The conversation with control, against a control on loopback in the same loop
 * that answers, holds, refuses and goes away as the test wants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/enc.h"
#include "sidecar/http.h"
#include "sidecar/pull.h"

enum { MAX_CONNS = 16, GUARD_MS = 30000 };

struct conn {
	uv_tcp_t stream;
	struct fixture *f; /* NULL: free */
	int is_held;	   /* a poll that waits for its answer */
	size_t len;
	char in[65536];
};

struct fixture {
	uv_loop_t loop;
	uv_timer_t guard;
	int is_late;

	/* Control. */
	uv_tcp_t listener;
	int is_open;
	uint16_t port;
	struct conn conns[MAX_CONNS];
	int poll_code;	      /* 0: as it should be */
	char poll_body[4096]; /* of a poll_code */
	char rev[32], config[256];
	int is_dying; /* ends connections instead of answering polls */
	int holds_status, status_code;
	int n_polls, n_statuses;
	char last_rev[64], last_auth[64];
	int last_wait;
	char status[8192];

	/* The agent. */
	struct pull *pull;
	struct keep *keep;
	char dir[64];
	int n_applied, n_refused;
	char applied[256];
	int refuses_next;
	int status_value;
};

static int
apply(void *self, const json_t *config, struct err *err)
{
	static const struct err_kind refused = { "Refused", 400 };
	struct fixture *f = self;
	struct buf b;

	if (json_get(config, "bad") != NULL || f->refuses_next > 0) {
		f->refuses_next -= f->refuses_next > 0;
		f->n_refused++;
		return err_set(err, &refused, "this is bad");
	}
	buf_init(&b, 0);
	json_write(config, &b);
	snprintf(f->applied, sizeof(f->applied), "%s", buf_text(&b));
	buf_done(&b);
	f->n_applied++;
	return 0;
}

static void
status(void *self, json_t *report)
{
	struct fixture *f = self;

	json_set_int(report, "value", f->status_value);
}

static const struct agent agent = { .name = "test", .apply = apply, .status = status };

/* Control. */

static void
on_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;

	c->f = NULL;
}

static void
drop(struct conn *c)
{
	if (!uv_is_closing((uv_handle_t *)&c->stream))
		uv_close((uv_handle_t *)&c->stream, on_closed);
}

static void
answer(struct conn *c, int code, const char *body)
{
	char head[256];
	uv_buf_t bufs[2];

	snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n", code,
	    strlen(body));
	bufs[0] = uv_buf_init(head, (unsigned)strlen(head));
	bufs[1] = uv_buf_init((char *)(uintptr_t)body, (unsigned)strlen(body));
	c->is_held = 0;
	assert_int_equal(uv_try_write((uv_stream_t *)&c->stream, bufs, 2),
	    strlen(head) + strlen(body));
}

static void
answer_config(struct conn *c)
{
	char body[512];

	snprintf(body, sizeof(body), "{\"rev\":\"%s\",\"config\":%s}", c->f->rev,
	    c->f->config);
	answer(c, 200, body);
}

static void
on_poll(struct conn *c)
{
	struct fixture *f = c->f;
	size_t n;

	f->n_polls++;
	assert_int_equal(sscanf(c->in,
			     "GET /_internal/container/config?rev=%63[^& ]&wait=%d",
			     f->last_rev, &f->last_wait) == 2 ||
		sscanf(c->in, "GET /_internal/container/config?rev=&wait=%d",
		    &f->last_wait) == 1,
	    1);
	if (strstr(c->in, "rev=&") != NULL)
		f->last_rev[0] = '\0';
	n = strlen(f->last_rev);
	assert_true(percent_decode(f->last_rev, &n, 0));
	f->last_rev[n] = '\0';
	if (f->is_dying)
		drop(c);
	else if (f->poll_code != 0)
		answer(c, f->poll_code, f->poll_body);
	else if (strcmp(f->last_rev, f->rev) != 0)
		answer_config(c);
	else if (f->last_wait == 0)
		answer(c, 304, "");
	else
		c->is_held = 1;
}

static void
on_status(struct conn *c, const char *body)
{
	struct fixture *f = c->f;

	f->n_statuses++;
	snprintf(f->status, sizeof(f->status), "%s", body);
	if (f->holds_status)
		c->is_held = 1;
	else
		answer(c, f->status_code, "");
}

static void
on_request(struct conn *c)
{
	const char *end = strstr(c->in, "\r\n\r\n"), *length, *auth;
	size_t n = 0;

	if (end == NULL)
		return;
	length = strcasestr(c->in, "\r\nContent-Length: ");
	if (length != NULL)
		n = strtoul(length + 18, NULL, 10);
	if (c->len < (size_t)(end - c->in) + 4 + n)
		return;
	auth = strcasestr(c->in, "\r\nAuthorization: ");
	assert_non_null(auth);
	sscanf(auth + 17, "%63[^\r]", c->f->last_auth);
	c->len = 0;
	if (strncmp(c->in, "GET ", 4) == 0)
		on_poll(c);
	else if (strncmp(c->in, "POST /_internal/container/status ", 33) == 0)
		on_status(c, end + 4);
	else
		fail();
}

static void
on_alloc(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	struct conn *c = handle->data;

	*buf = uv_buf_init(c->in + c->len, (unsigned)(sizeof(c->in) - 1 - c->len));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf UNUSED)
{
	struct conn *c = stream->data;

	if (n < 0) {
		drop(c);
		return;
	}
	c->len += (size_t)n;
	c->in[c->len] = '\0';
	on_request(c);
}

static void
on_connection(uv_stream_t *listener, int rc)
{
	struct fixture *f = listener->data;
	struct conn *c = f->conns;

	assert_int_equal(rc, 0);
	while (c->f != NULL)
		assert_true(++c < f->conns + MAX_CONNS);
	c->f = f;
	c->len = 0;
	c->is_held = 0;
	uv_tcp_init(&f->loop, &c->stream);
	c->stream.data = c;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&c->stream), 0);
	uv_read_start((uv_stream_t *)&c->stream, on_alloc, on_read);
}

static void
control_up(struct fixture *f)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(f->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int len = sizeof(at);

	uv_tcp_init(&f->loop, &f->listener);
	f->listener.data = f;
	assert_int_equal(uv_tcp_bind(&f->listener, (struct sockaddr *)&at, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&f->listener, 16, on_connection), 0);
	uv_tcp_getsockname(&f->listener, (struct sockaddr *)&at, &len);
	f->port = ntohs(at.sin_port);
	f->is_open = 1;
}

static void
on_listener_closed(uv_handle_t *handle)
{
	struct fixture *f = handle->data;

	f->is_open = 0;
}

static void
control_down(struct fixture *f)
{
	uv_close((uv_handle_t *)&f->listener, on_listener_closed);
	for (struct conn *c = f->conns; c < f->conns + MAX_CONNS; c++) {
		if (c->f != NULL)
			drop(c);
	}
	while (f->is_open)
		uv_run(&f->loop, UV_RUN_NOWAIT);
}

static struct conn *
held(struct fixture *f, const char *method)
{
	for (struct conn *c = f->conns; c < f->conns + MAX_CONNS; c++) {
		if (c->f != NULL && c->is_held &&
		    strncmp(c->in, method, strlen(method)) == 0)
			return c;
	}
	return NULL;
}

static void
set_config(struct fixture *f, const char *rev, const char *config)
{
	struct conn *c = held(f, "GET");

	snprintf(f->rev, sizeof(f->rev), "%s", rev);
	snprintf(f->config, sizeof(f->config), "%s", config);
	if (c != NULL)
		answer_config(c);
}

/* The test. */

static void
on_guard(uv_timer_t *timer)
{
	struct fixture *f = timer->data;

	f->is_late = 1;
}

#define RUN_UNTIL(f, condition)                          \
	do {                                             \
		while (!(condition) && !(f)->is_late)    \
			uv_run(&(f)->loop, UV_RUN_ONCE); \
		assert_false((f)->is_late);              \
	} while (0)

static void
pull_up(struct fixture *f)
{
	char endpoint[64];
	struct err err = { 0 };

	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d/", f->port);
	assert_int_equal(keep_open(f->dir, "test", -1, &f->keep, &err), 0);
	assert_int_equal(pull_open(&f->loop, &agent, f,
			     &(struct pull_options){ endpoint, "secret", f->keep },
			     &f->pull, &err),
	    0);
	pull_start(f->pull);
}

static void
pull_down(struct fixture *f)
{
	pull_close(f->pull);
	keep_close(f->keep);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	uv_loop_init(&f->loop);
	uv_timer_init(&f->loop, &f->guard);
	f->guard.data = f;
	uv_timer_start(&f->guard, on_guard, GUARD_MS, 0);
	f->status_code = 204;
	snprintf(f->rev, sizeof(f->rev), "r1");
	snprintf(f->config, sizeof(f->config), "{\"a\":1}");
	snprintf(f->dir, sizeof(f->dir), "/tmp/simfra-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	control_up(f);
	pull_up(f);
	*state = f;
	return 0;
}

static void
close_all(uv_handle_t *handle, void *arg UNUSED)
{
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char path[128];

	pull_down(f);
	uv_walk(&f->loop, close_all, NULL);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	snprintf(path, sizeof(path), "%s/test.json", f->dir);
	unlink(path);
	assert_int_equal(rmdir(f->dir), 0); /* nothing else was left there */
	free(f);
	return 0;
}

static void
the_configuration_is_taken_and_told(void **state)
{
	struct fixture *f = *state;

	f->status_value = 5;
	RUN_UNTIL(f, f->n_statuses == 1 && held(f, "GET") != NULL);
	assert_int_equal(f->n_applied, 1);
	assert_string_equal(f->applied, "{\"a\":1}");
	assert_string_equal(f->status, "{\"value\":5,\"rev\":\"r1\"}");
	assert_string_equal(f->last_auth, "Bearer secret");
	assert_string_equal(f->last_rev, "r1");
	assert_int_equal(f->last_wait, PULL_WAIT_S);
}

static void
a_change_arrives_while_control_holds_the_poll(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f, held(f, "GET") != NULL && f->n_statuses == 1);
	set_config(f, "r/2 &", "{\"a\":2}");
	RUN_UNTIL(f, f->n_statuses == 2 && held(f, "GET") != NULL);
	assert_string_equal(f->applied, "{\"a\":2}");
	assert_string_equal(f->status, "{\"value\":0,\"rev\":\"r/2 &\"}");
	assert_non_null(strstr(held(f, "GET")->in, "?rev=r%2F2%20%26&wait="));
}

static void
no_change_is_no_work(void **state)
{
	struct fixture *f = *state;
	int n;

	RUN_UNTIL(f, held(f, "GET") != NULL && f->n_statuses == 1);
	n = f->n_polls;
	answer(held(f, "GET"), 304, "");
	RUN_UNTIL(f, f->n_polls == n + 1);
	assert_int_equal(f->n_applied, 1);
	assert_int_equal(f->n_statuses, 1);
}

static void
an_outage_changes_nothing_and_ends_at_once(void **state)
{
	struct fixture *f = *state;
	RUN_UNTIL(f, held(f, "GET") != NULL && f->n_statuses == 1);
	control_down(f);
	/* What changes meanwhile is told later. */
	f->status_value = 9;
	pull_status_changed(f->pull);
	f->is_dying = 1;
	control_up(f);
	f->n_polls = 0;
	RUN_UNTIL(f, f->n_polls == 3);
	assert_int_equal(f->n_statuses, 1);
	control_down(f);
	f->is_dying = 0;
	assert_int_equal(f->n_applied, 1);
	f->n_polls = 0;
	control_up(f);
	RUN_UNTIL(f, f->n_polls == 1);
	assert_int_equal(f->last_wait,
	    0); /* so that it knows at once that control is back */
	assert_string_equal(f->last_rev, "r1");
	RUN_UNTIL(f, f->n_statuses == 2);
	assert_string_equal(f->status, "{\"value\":9,\"rev\":\"r1\"}");
	assert_int_equal(f->n_applied, 1);
	/* A control that has lost what it was told hears it anew. */
	RUN_UNTIL(f, held(f, "GET") != NULL);
	control_down(f);
	control_up(f);
	RUN_UNTIL(f, f->n_statuses == 3);
	set_config(f, "r2", "{\"a\":2}");
	RUN_UNTIL(f, f->n_applied == 2);
}

static void
a_refused_configuration_leaves_the_old_one(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f, held(f, "GET") != NULL && f->n_statuses == 1);
	set_config(f, "r2", "{\"bad\":1}");
	RUN_UNTIL(f, f->n_statuses == 2 && held(f, "GET") != NULL);
	assert_string_equal(f->status,
	    "{\"value\":0,\"rev\":\"r1\",\"rejected_rev\":\"r2\",\"error\":\"this is bad\"}");
	assert_string_equal(f->applied, "{\"a\":1}");
	assert_string_equal(f->last_rev,
	    "r2"); /* so that control does not send it again */
	set_config(f, "r3", "{\"a\":3}");
	RUN_UNTIL(f, f->n_statuses == 3);
	assert_string_equal(f->status, "{\"value\":0,\"rev\":\"r3\"}");
}

static void
a_refused_configuration_is_tried_again(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f, held(f, "GET") != NULL && f->n_statuses == 1);
	f->refuses_next = 1;
	set_config(f, "r2", "{\"a\":2}");
	RUN_UNTIL(f, f->n_applied == 2 && f->n_statuses == 3);
	assert_int_equal(f->n_refused, 1);
	assert_string_equal(f->status, "{\"value\":0,\"rev\":\"r2\"}");
}

static void
what_is_no_configuration_is_not_applied(void **state)
{
	static const struct {
		int code;
		const char *body;
	} cases[] = {
		{ 401, "" },
		{ 500, "{\"rev\":\"r2\",\"config\":{}}" },
		{ 404, "" },
		{ 200, "" },
		{ 200, "{\"rev\":\"r2\",\"config\":{}}x" },
		{ 200, "{\"rev\":\"r2\",\"rev\":\"r3\",\"config\":{}}" },
		{ 200, "{\"rev\":\"r2\"}" },
		{ 200, "{\"rev\":\"\",\"config\":{}}" },
		{ 200, "{\"rev\":2,\"config\":{}}" },
		{ 200, "{\"rev\":\"r2\",\"config\":[]}" },
		{ 200, "{\"rev\":\"r1\",\"config\":{}}" }, /* what we have */
		{ 302, "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		RUN_UNTIL(f, held(f, "GET") != NULL);
		f->poll_code = cases[i].code;
		snprintf(f->poll_body, sizeof(f->poll_body), "%s", cases[i].body);
		f->n_polls = 0;
		answer(held(f, "GET"), cases[i].code, cases[i].body);
		RUN_UNTIL(f, f->n_polls == 1); /* it asks again, after a while */
		f->poll_code = 0;
		assert_int_equal(f->n_applied, 1);
		assert_int_equal(f->n_refused, 0);
	}
	set_config(f, "r2", "{\"a\":2}");
	RUN_UNTIL(f, f->n_applied == 2);
}

static void
changes_of_the_status_are_gathered(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f, held(f, "GET") != NULL && f->n_statuses == 1);
	f->holds_status = 1;
	for (int i = 0; i < 10; i++) {
		f->status_value = i;
		pull_status_changed(f->pull);
	}
	RUN_UNTIL(f, held(f, "POST") != NULL);
	assert_string_equal(f->status, "{\"value\":9,\"rev\":\"r1\"}");
	/* One is under way: these wait for it, and make one more. */
	for (int i = 10; i < 20; i++) {
		f->status_value = i;
		pull_status_changed(f->pull);
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(f->n_statuses, 2);
	f->holds_status = 0;
	answer(held(f, "POST"), 204, "");
	RUN_UNTIL(f, f->n_statuses == 3);
	assert_string_equal(f->status, "{\"value\":19,\"rev\":\"r1\"}");
}

static void
a_status_that_is_not_taken_is_sent_again(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f, held(f, "GET") != NULL && f->n_statuses == 1);
	f->status_code = 500;
	f->status_value = 3;
	pull_status_changed(f->pull);
	RUN_UNTIL(f, f->n_statuses == 3);
	f->status_code = 204;
	RUN_UNTIL(f, f->n_statuses == 4);
	assert_string_equal(f->status, "{\"value\":3,\"rev\":\"r1\"}");
}

static void
the_last_good_configuration_outlives_the_agent(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct stat st;

	RUN_UNTIL(f, held(f, "GET") != NULL && f->n_statuses == 1);
	set_config(f, "r2", "{\"bad\":1}");
	RUN_UNTIL(f, f->n_refused == 1);
	snprintf(path, sizeof(path), "%s/test.json", f->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	control_down(f);
	pull_down(f);
	f->n_applied = 0;
	f->applied[0] = '\0';
	pull_up(f);
	assert_int_equal(f->n_applied, 1);
	assert_string_equal(f->applied, "{\"a\":1}");
	control_up(f);
	f->n_polls = 0;
	RUN_UNTIL(f, f->n_polls > 0);
	assert_string_equal(f->last_rev, "r1");
}

static void
a_broken_file_counts_as_none(void **state)
{
	static const char *const texts[] = { "", "{\"rev\":\"r1\",\"config\":{\"a\"",
		"[]", "{\"rev\":1,\"config\":{}}" };
	struct fixture *f = *state;
	char path[128];
	int fd;

	RUN_UNTIL(f, f->n_applied == 1);
	control_down(f);
	snprintf(path, sizeof(path), "%s/test.json", f->dir);
	for (size_t i = 0; i < COUNT(texts); i++) {
		pull_down(f);
		fd = open(path, O_WRONLY | O_TRUNC);
		assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
		close(fd);
		f->n_applied = 0;
		pull_up(f);
		assert_int_equal(f->n_applied, 0);
	}
	control_up(f);
	RUN_UNTIL(f, f->n_applied == 1);
}

static void
options_are_checked(void **state)
{
	static const struct pull_options cases[] = {
		{ NULL, "t", NULL },
		{ "", "t", NULL },
		{ "ftp://x", "t", NULL },
		{ "http://x y", "t", NULL },
		{ "http://x", NULL, NULL },
		{ "http://x", "", NULL },
		{ "http://x", "a\r\nb: c", NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pull *p = NULL;
		struct err err = { 0 };

		assert_int_equal(pull_open(&f->loop, &agent, f, &cases[i], &p, &err), -1);
		assert_null(p);
	}
}

struct heard {
	int n, status;
	char why[64];
};

static void
on_heard(void *arg, const struct http_answer *a)
{
	struct heard *h = arg;

	h->n++;
	h->status = a->status;
	snprintf(h->why, sizeof(h->why), "%s", a->why != NULL ? a->why : "");
}

static void
answers_have_a_limit(void **state)
{
	struct fixture *f = *state;
	struct http *http = http_open(&f->loop);
	struct heard h = { 0 };
	char url[128];

	snprintf(url, sizeof(url),
	    "http://127.0.0.1:%d/_internal/container/config?rev=&wait=0", f->port);
	/* {"rev":"r1","config":{"a":1}} */
	for (size_t limit = 29; limit > 27; limit--) {
		h.n = 0;
		http_start(http,
		    &(struct http_request){ .method = "GET",
			.url = url,
			.bearer = "secret",
			.timeout_ms = 5000,
			.limit = limit },
		    on_heard, &h);
		RUN_UNTIL(f, h.n == 1);
		assert_int_equal(h.status, limit == 29 ? 200 : 0);
	}
	assert_string_equal(h.why, "the answer is too long");
	http_close(http);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_configuration_is_taken_and_told),
		TEST(a_change_arrives_while_control_holds_the_poll),
		TEST(no_change_is_no_work),
		TEST(an_outage_changes_nothing_and_ends_at_once),
		TEST(a_refused_configuration_leaves_the_old_one),
		TEST(a_refused_configuration_is_tried_again),
		TEST(what_is_no_configuration_is_not_applied),
		TEST(changes_of_the_status_are_gathered),
		TEST(a_status_that_is_not_taken_is_sent_again),
		TEST(the_last_good_configuration_outlives_the_agent),
		TEST(a_broken_file_counts_as_none),
		TEST(options_are_checked),
		TEST(answers_have_a_limit),
	};
	int rc;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	curl_global_cleanup();
	return rc;
}
