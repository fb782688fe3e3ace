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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "sidecar/http.h"
#include "sidecar/pull.h"
#include "tests/fakes/control_fake.h"

enum { GUARD_MS = 30000 };

struct fixture {
	uv_loop_t loop;
	uv_timer_t guard;
	int is_late;

	struct control_fake control;

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

	snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d/", f->control.port);
	assert_int_equal(keep_open(f->dir, "test", -1, &f->keep, &err), 0);
	assert_int_equal(pull_open(&f->loop, &agent, f,
			     &(struct pull_options){ .endpoint = endpoint,
				 .token = "secret",
				 .source = "127.0.0.77",
				 .keep = f->keep },
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
	control_fake_set(&f->control, "r1", "{\"a\":1}");
	snprintf(f->dir, sizeof(f->dir), "/tmp/simfra-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	control_fake_up(&f->control, &f->loop);
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
	RUN_UNTIL(f,
	    f->control.n_statuses == 1 && control_fake_held(&f->control, "GET") != NULL);
	assert_int_equal(f->n_applied, 1);
	assert_string_equal(f->applied, "{\"a\":1}");
	assert_string_equal(f->control.status, "{\"value\":5,\"rev\":\"r1\"}");
	assert_string_equal(f->control.last_auth, "Bearer secret");
	assert_string_equal(f->control.last_rev, "r1");
	assert_string_equal(f->control.last_peer, "127.0.0.77");
	assert_int_equal(f->control.last_wait, PULL_WAIT_S);
}

static void
a_change_arrives_while_control_holds_the_poll(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f,
	    control_fake_held(&f->control, "GET") != NULL && f->control.n_statuses == 1);
	control_fake_set(&f->control, "r/2 &", "{\"a\":2}");
	RUN_UNTIL(f,
	    f->control.n_statuses == 2 && control_fake_held(&f->control, "GET") != NULL);
	assert_string_equal(f->applied, "{\"a\":2}");
	assert_string_equal(f->control.status, "{\"value\":0,\"rev\":\"r/2 &\"}");
	assert_non_null(
	    strstr(control_fake_held(&f->control, "GET")->in, "?rev=r%2F2%20%26&wait="));
}

static void
no_change_is_no_work(void **state)
{
	struct fixture *f = *state;
	int n;

	RUN_UNTIL(f,
	    control_fake_held(&f->control, "GET") != NULL && f->control.n_statuses == 1);
	n = f->control.n_polls;
	control_fake_answer(control_fake_held(&f->control, "GET"), 304, "");
	RUN_UNTIL(f, f->control.n_polls == n + 1);
	assert_int_equal(f->n_applied, 1);
	assert_int_equal(f->control.n_statuses, 1);
}

static void
an_outage_changes_nothing_and_ends_at_once(void **state)
{
	struct fixture *f = *state;
	RUN_UNTIL(f,
	    control_fake_held(&f->control, "GET") != NULL && f->control.n_statuses == 1);
	control_fake_down(&f->control);
	/* What changes meanwhile is told later. */
	f->status_value = 9;
	pull_status_changed(f->pull);
	f->control.is_dying = 1;
	control_fake_up(&f->control, &f->loop);
	f->control.n_polls = 0;
	RUN_UNTIL(f, f->control.n_polls == 3);
	assert_int_equal(f->control.n_statuses, 1);
	control_fake_down(&f->control);
	f->control.is_dying = 0;
	assert_int_equal(f->n_applied, 1);
	f->control.n_polls = 0;
	control_fake_up(&f->control, &f->loop);
	RUN_UNTIL(f, f->control.n_polls == 1);
	assert_int_equal(f->control.last_wait,
	    0); /* so that it knows at once that control is back */
	assert_string_equal(f->control.last_rev, "r1");
	RUN_UNTIL(f, f->control.n_statuses == 2);
	assert_string_equal(f->control.status, "{\"value\":9,\"rev\":\"r1\"}");
	assert_int_equal(f->n_applied, 1);
	/* A control that has lost what it was told hears it anew. */
	RUN_UNTIL(f, control_fake_held(&f->control, "GET") != NULL);
	control_fake_down(&f->control);
	control_fake_up(&f->control, &f->loop);
	RUN_UNTIL(f, f->control.n_statuses == 3);
	control_fake_set(&f->control, "r2", "{\"a\":2}");
	RUN_UNTIL(f, f->n_applied == 2);
}

static void
a_refused_configuration_leaves_the_old_one(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f,
	    control_fake_held(&f->control, "GET") != NULL && f->control.n_statuses == 1);
	control_fake_set(&f->control, "r2", "{\"bad\":1}");
	RUN_UNTIL(f,
	    f->control.n_statuses == 2 && control_fake_held(&f->control, "GET") != NULL);
	assert_string_equal(f->control.status,
	    "{\"value\":0,\"rev\":\"r1\",\"rejected_rev\":\"r2\",\"error\":\"this is bad\"}");
	assert_string_equal(f->applied, "{\"a\":1}");
	assert_string_equal(f->control.last_rev,
	    "r2"); /* so that control does not send it again */
	control_fake_set(&f->control, "r3", "{\"a\":3}");
	RUN_UNTIL(f, f->control.n_statuses == 3);
	assert_string_equal(f->control.status, "{\"value\":0,\"rev\":\"r3\"}");
}

static void
a_refused_configuration_is_tried_again(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f,
	    control_fake_held(&f->control, "GET") != NULL && f->control.n_statuses == 1);
	f->refuses_next = 1;
	control_fake_set(&f->control, "r2", "{\"a\":2}");
	RUN_UNTIL(f, f->n_applied == 2 && f->control.n_statuses == 3);
	assert_int_equal(f->n_refused, 1);
	assert_string_equal(f->control.status, "{\"value\":0,\"rev\":\"r2\"}");
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
		RUN_UNTIL(f, control_fake_held(&f->control, "GET") != NULL);
		f->control.poll_code = cases[i].code;
		snprintf(f->control.poll_body, sizeof(f->control.poll_body), "%s",
		    cases[i].body);
		f->control.n_polls = 0;
		control_fake_answer(control_fake_held(&f->control, "GET"), cases[i].code,
		    cases[i].body);
		RUN_UNTIL(f, f->control.n_polls == 1); /* it asks again, after a while */
		f->control.poll_code = 0;
		assert_int_equal(f->n_applied, 1);
		assert_int_equal(f->n_refused, 0);
	}
	control_fake_set(&f->control, "r2", "{\"a\":2}");
	RUN_UNTIL(f, f->n_applied == 2);
}

static void
changes_of_the_status_are_gathered(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f,
	    control_fake_held(&f->control, "GET") != NULL && f->control.n_statuses == 1);
	f->control.holds_status = 1;
	for (int i = 0; i < 10; i++) {
		f->status_value = i;
		pull_status_changed(f->pull);
	}
	RUN_UNTIL(f, control_fake_held(&f->control, "POST") != NULL);
	assert_string_equal(f->control.status, "{\"value\":9,\"rev\":\"r1\"}");
	/* One is under way: these wait for it, and make one more. */
	for (int i = 10; i < 20; i++) {
		f->status_value = i;
		pull_status_changed(f->pull);
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(f->control.n_statuses, 2);
	f->control.holds_status = 0;
	control_fake_answer(control_fake_held(&f->control, "POST"), 204, "");
	RUN_UNTIL(f, f->control.n_statuses == 3);
	assert_string_equal(f->control.status, "{\"value\":19,\"rev\":\"r1\"}");
}

static void
a_status_that_is_not_taken_is_sent_again(void **state)
{
	struct fixture *f = *state;

	RUN_UNTIL(f,
	    control_fake_held(&f->control, "GET") != NULL && f->control.n_statuses == 1);
	f->control.status_code = 500;
	f->status_value = 3;
	pull_status_changed(f->pull);
	RUN_UNTIL(f, f->control.n_statuses == 3);
	f->control.status_code = 204;
	RUN_UNTIL(f, f->control.n_statuses == 4);
	assert_string_equal(f->control.status, "{\"value\":3,\"rev\":\"r1\"}");
}

static void
the_last_good_configuration_outlives_the_agent(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct stat st;

	RUN_UNTIL(f,
	    control_fake_held(&f->control, "GET") != NULL && f->control.n_statuses == 1);
	control_fake_set(&f->control, "r2", "{\"bad\":1}");
	RUN_UNTIL(f, f->n_refused == 1);
	snprintf(path, sizeof(path), "%s/test.json", f->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	control_fake_down(&f->control);
	pull_down(f);
	f->n_applied = 0;
	f->applied[0] = '\0';
	pull_up(f);
	assert_int_equal(f->n_applied, 1);
	assert_string_equal(f->applied, "{\"a\":1}");
	control_fake_up(&f->control, &f->loop);
	f->control.n_polls = 0;
	RUN_UNTIL(f, f->control.n_polls > 0);
	assert_string_equal(f->control.last_rev, "r1");
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
	control_fake_down(&f->control);
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
	control_fake_up(&f->control, &f->loop);
	RUN_UNTIL(f, f->n_applied == 1);
}

static void
options_are_checked(void **state)
{
	static const struct pull_options cases[] = {
		{ NULL, "t", NULL, NULL },
		{ "", "t", NULL, NULL },
		{ "ftp://x", "t", NULL, NULL },
		{ "http://x y", "t", NULL, NULL },
		{ "http://x", NULL, NULL, NULL },
		{ "http://x", "", NULL, NULL },
		{ "http://x", "a\r\nb: c", NULL, NULL },
		{ "http://x", "t", "10.0.0.1 ", NULL },
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
	    "http://127.0.0.1:%d/_internal/container/config?rev=&wait=0",
	    f->control.port);
	for (size_t limit = strlen("{'rev':'r1','config':{'a':1}}"); limit > 27;
	     limit--) {
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
