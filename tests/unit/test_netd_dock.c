/*
 * Docker's API as netd hears it: whole answers, broken ones, and a stream of
 * events that ends and begins again.  The daemon is a script: a connection, an answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "agents/netd/dock.h"
#include "base/cc.h"

enum { MAX_STEPS = 24, TOO_LONG_MS = 20000 };

/* One connection: what is sent, in pieces; then it is closed, or stays open. */
struct step {
	const char *pieces[4];
	int stays;
};

struct daemon {
	uv_loop_t loop;
	uv_pipe_t listener;
	uv_timer_t guard;
	char path[64];
	const struct step *steps;
	size_t n_steps, next;
	struct dock *dock;
	int n_answers, n_open, n_closed, n_events, want;
	int status[MAX_STEPS];
	char text[MAX_STEPS][32];
};

struct visit {
	uv_pipe_t pipe;
	const struct step *step;
	struct daemon *daemon;
	char chunk[4096];
	uv_write_t write;
	int piece;
};

static void
on_visit_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void send_piece(struct visit *v);

static void
on_sent(uv_write_t *req, int status UNUSED)
{
	send_piece(req->data);
}

static void
send_piece(struct visit *v)
{
	const char *text = v->piece < 4 ? v->step->pieces[v->piece] : NULL;
	uv_buf_t out;

	if (uv_is_closing((uv_handle_t *)&v->pipe))
		return;
	if (text == NULL) {
		if (!v->step->stays)
			uv_close((uv_handle_t *)&v->pipe, on_visit_closed);
		return;
	}
	v->piece++;
	out.base = (char *)(uintptr_t)text;
	out.len = strlen(text);
	v->write.data = v;
	uv_write(&v->write, (uv_stream_t *)&v->pipe, &out, 1, on_sent);
}

static void
give(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *out)
{
	struct visit *v = handle->data;

	*out = uv_buf_init(v->chunk, sizeof(v->chunk));
}

static void
on_request(uv_stream_t *stream, ssize_t n, const uv_buf_t *chunk)
{
	struct visit *v = stream->data;

	if (n < 0) {
		if (!uv_is_closing((uv_handle_t *)stream))
			uv_close((uv_handle_t *)stream, on_visit_closed);
		return;
	}
	assert_true(n > 20 && strncmp(chunk->base, "GET /", 5) == 0);
	assert_non_null(memmem(chunk->base, (size_t)n, " HTTP/1.0\r\n", 11));
	send_piece(v);
}

static void
on_visitor(uv_stream_t *listener, int status)
{
	struct daemon *d = listener->data;
	struct visit *v = calloc(1, sizeof(*v));

	assert_non_null(v);
	assert_int_equal(status, 0);
	assert_true(d->next < d->n_steps);
	v->daemon = d;
	v->step = &d->steps[d->next++];
	uv_pipe_init(&d->loop, &v->pipe, 0);
	v->pipe.data = v;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&v->pipe), 0);
	uv_read_start((uv_stream_t *)&v->pipe, give, on_request);
}

static void
too_long(uv_timer_t *timer UNUSED)
{
	fail_msg("nothing comes");
}

static void
begin(struct daemon *d, const struct step *steps, size_t n)
{
	static int count;

	memset(d, 0, sizeof(*d));
	d->steps = steps;
	d->n_steps = n;
	snprintf(d->path, sizeof(d->path), "/tmp/test_netd_dock.%d.%d", (int)getpid(),
	    count++);
	uv_loop_init(&d->loop);
	uv_pipe_init(&d->loop, &d->listener, 0);
	d->listener.data = d;
	assert_int_equal(uv_pipe_bind(&d->listener, d->path), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&d->listener, 16, on_visitor), 0);
	uv_timer_init(&d->loop, &d->guard);
	uv_timer_start(&d->guard, too_long, TOO_LONG_MS, 0);
	d->dock = dock_open(&d->loop, d->path);
}

static void
end(struct daemon *d)
{
	dock_close(d->dock);
	/* Its closing ends the visits, which see the end of their streams. */
	uv_timer_stop(&d->guard);
	uv_close((uv_handle_t *)&d->guard, NULL);
	uv_close((uv_handle_t *)&d->listener, NULL);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&d->loop), 0);
	unlink(d->path);
}

static void
on_answer(void *arg, const char *key, int status, const json_t *doc)
{
	struct daemon *d = arg;
	int i = (int)strtol(key, NULL, 10);

	d->status[i] = status;
	snprintf(d->text[i], sizeof(d->text[i]), "%s", json_str_or(doc, "Id", "-"));
	if (++d->n_answers == d->want)
		uv_stop(&d->loop);
}

static void
an_answer_is_whole_or_none(void **state UNUSED)
{
	static const struct step steps[] = {
		{ { "HTTP/1.0 200 OK\r\nA: b\r\n\r\n{\"Id\":\"abc\"}\n" }, 0 },
		{ { "HTTP/1.0 20", "0 OK\r\n\r", "\n{\"Id\":", "\"abc\"}" }, 0 },
		{ { "HTTP/1.1 404 Not Found\r\n\r\n{\"message\":\"No such container\"}" },
		    0 },
		{ { "HTTP/1.0 404 Not Found\r\n\r\n" }, 0 },
		{ { "HTTP/1.0 200 OK\r\n\r\n{\"Id\":\"ab" }, 0 },
		{ { "HTTP/1.0 200 OK\r\n\r\n" }, 0 },
		{ { "HTTP/1.0 200 OK\r\n" }, 0 },
		{ { "SSH-2.0-OpenSSH\r\n\r\n" }, 0 },
		{ { "HTTP/1.0 xyz\r\n\r\n{}" }, 0 },
		{ { NULL }, 0 },
	};
	static const struct {
		int status;
		const char *id;
	} want[COUNT(steps)] = { { 200, "abc" }, { 200, "abc" }, { 404, "-" },
		{ 404, "-" }, { 0, "-" }, { 0, "-" }, { 0, "-" }, { 0, "-" }, { 0, "-" },
		{ 0, "-" } };
	struct daemon d;

	begin(&d, steps, COUNT(steps));
	for (size_t i = 0; i < COUNT(steps); i++) {
		char key[16];

		snprintf(key, sizeof(key), "%zu", i);
		d.n_answers = 0;
		d.want = 1;
		dock_get(d.dock, "/containers/x/json", on_answer, &d, key);
		uv_run(&d.loop, UV_RUN_DEFAULT);
		assert_int_equal(d.status[i], want[i].status);
		assert_string_equal(d.text[i], want[i].id);
	}
	end(&d);
}

static void
more_questions_than_connections_are_all_answered(void **state UNUSED)
{
	static struct step steps[MAX_STEPS];
	struct daemon d;

	for (size_t i = 0; i < MAX_STEPS; i++)
		steps[i].pieces[0] = "HTTP/1.0 200 OK\r\n\r\n{\"Id\":\"x\"}";
	begin(&d, steps, MAX_STEPS);
	d.want = MAX_STEPS;
	for (int i = 0; i < MAX_STEPS; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%d", i);
		dock_get(d.dock, "/containers/x/json", on_answer, &d, key);
	}
	uv_run(&d.loop, UV_RUN_DEFAULT);
	for (int i = 0; i < MAX_STEPS; i++)
		assert_int_equal(d.status[i], 200);
	end(&d);
}

static void
without_a_daemon_the_answer_is_none(void **state UNUSED)
{
	struct daemon d;

	begin(&d, NULL, 0);
	dock_close(d.dock);
	d.dock = dock_open(&d.loop, "/nonexistent/docker.sock");
	d.want = 1;
	d.status[0] = 7;
	dock_get(d.dock, "/x", on_answer, &d, "0");
	uv_run(&d.loop, UV_RUN_DEFAULT);
	assert_int_equal(d.status[0], 0);
	end(&d);
}

static void
on_open(void *arg)
{
	struct daemon *d = arg;

	d->n_open++;
}

static void
on_closed(void *arg)
{
	struct daemon *d = arg;

	d->n_closed++;
}

static void
on_event(void *arg, const json_t *event)
{
	struct daemon *d = arg;

	snprintf(d->text[d->n_events], sizeof(d->text[0]), "%s",
	    json_str_or(event, "Id", "-"));
	if (++d->n_events == d->want)
		uv_stop(&d->loop);
}

static void
the_stream_of_events_goes_on_after_each_end(void **state UNUSED)
{
	static const struct step steps[] = {
		{ { "HTTP/1.0 200 OK\r\n\r\n", "{\"Id\":\"1\"}\n{\"Id\":", "\"2\"}\n",
		      "{\"Id\":\"lost" },
		    0 },
		{ { "HTTP/1.0 503 Later\r\n\r\n{\"Id\":\"no\"}\n" }, 0 },
		{ { NULL }, 0 },
		{ { "HTTP/1.0 200 OK\r\n\r\nnonsense\n{\"Id\":\"3\"}\n" }, 1 },
	};
	static const struct dock_events events = { on_open, on_event, on_closed };
	struct daemon d;

	begin(&d, steps, COUNT(steps));
	d.want = 3;
	dock_follow(d.dock, "/events", &events, &d);
	uv_run(&d.loop, UV_RUN_DEFAULT);
	assert_int_equal(d.n_open, 2);
	assert_int_equal(d.n_closed, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(d.text[i][0], '1' + i);
	end(&d);
}

static void
closing_drops_what_is_under_way(void **state UNUSED)
{
	static const struct step steps[] = { { { NULL }, 1 }, { { NULL }, 1 } };
	struct daemon d;

	begin(&d, steps, COUNT(steps));
	dock_get(d.dock, "/a", on_answer, &d, "0");
	dock_get(d.dock, "/b", on_answer, &d, "1");
	uv_run(&d.loop, UV_RUN_ONCE);
	end(&d);
	assert_int_equal(d.n_answers, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_whole_or_none),
		cmocka_unit_test(more_questions_than_connections_are_all_answered),
		cmocka_unit_test(without_a_daemon_the_answer_is_none),
		cmocka_unit_test(the_stream_of_events_goes_on_after_each_end),
		cmocka_unit_test(closing_drops_what_is_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
