#include "tests/fakes/control_fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"

static void
on_closed(uv_handle_t *handle)
{
	struct control_fake_conn *c = handle->data;

	c->control = NULL;
}

static void
drop(struct control_fake_conn *c)
{
	if (!uv_is_closing((uv_handle_t *)&c->stream))
		uv_close((uv_handle_t *)&c->stream, on_closed);
}

void
control_fake_answer(struct control_fake_conn *c, int code, const char *body)
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
answer_config(struct control_fake_conn *c)
{
	char body[2304];

	snprintf(body, sizeof(body), "{\"rev\":\"%s\",\"config\":%s}", c->control->rev,
	    c->control->config);
	control_fake_answer(c, 200, body);
}

static void
on_poll(struct control_fake_conn *c)
{
	struct control_fake *f = c->control;
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
		control_fake_answer(c, f->poll_code, f->poll_body);
	else if (strcmp(f->last_rev, f->rev) != 0)
		answer_config(c);
	else if (f->last_wait == 0)
		control_fake_answer(c, 304, "");
	else
		c->is_held = 1;
}

static void
on_status(struct control_fake_conn *c, const char *body)
{
	struct control_fake *f = c->control;

	f->n_statuses++;
	snprintf(f->status, sizeof(f->status), "%s", body);
	if (f->holds_status)
		c->is_held = 1;
	else
		control_fake_answer(c, f->status_code, "");
}

static void
on_request(struct control_fake_conn *c)
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
	sscanf(auth + 17, "%63[^\r]", c->control->last_auth);
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
	struct control_fake_conn *c = handle->data;

	*buf = uv_buf_init(c->in + c->len, (unsigned)(sizeof(c->in) - 1 - c->len));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf UNUSED)
{
	struct control_fake_conn *c = stream->data;

	if (n < 0) {
		drop(c);
		return;
	}
	c->len += (size_t)n;
	c->in[c->len] = '\0';
	on_request(c);
}

static void
note_peer(struct control_fake *f, const uv_tcp_t *stream)
{
	struct sockaddr_in peer = { 0 };
	int len = sizeof(peer);

	uv_tcp_getpeername(stream, (struct sockaddr *)&peer, &len);
	uv_ip4_name(&peer, f->last_peer, sizeof(f->last_peer));
}

static void
on_connection(uv_stream_t *listener, int rc)
{
	struct control_fake *f = listener->data;
	struct control_fake_conn *c = f->conns;

	assert_int_equal(rc, 0);
	while (c->control != NULL)
		assert_true(++c < f->conns + CONTROL_FAKE_CONNS);
	c->control = f;
	c->len = 0;
	c->is_held = 0;
	uv_tcp_init(f->loop, &c->stream);
	c->stream.data = c;
	assert_int_equal(uv_accept(listener, (uv_stream_t *)&c->stream), 0);
	note_peer(f, &c->stream);
	uv_read_start((uv_stream_t *)&c->stream, on_alloc, on_read);
}

void
control_fake_up(struct control_fake *f, uv_loop_t *loop)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(f->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int len = sizeof(at);

	f->loop = loop;
	if (f->status_code == 0)
		f->status_code = 204;
	uv_tcp_init(f->loop, &f->listener);
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
	struct control_fake *f = handle->data;

	f->is_open = 0;
}

void
control_fake_down(struct control_fake *f)
{
	uv_close((uv_handle_t *)&f->listener, on_listener_closed);
	for (struct control_fake_conn *c = f->conns; c < f->conns + CONTROL_FAKE_CONNS;
	     c++) {
		if (c->control != NULL)
			drop(c);
	}
	while (f->is_open)
		uv_run(f->loop, UV_RUN_NOWAIT);
}

struct control_fake_conn *
control_fake_held(struct control_fake *f, const char *method)
{
	for (struct control_fake_conn *c = f->conns; c < f->conns + CONTROL_FAKE_CONNS;
	     c++) {
		if (c->control != NULL && c->is_held &&
		    strncmp(c->in, method, strlen(method)) == 0)
			return c;
	}
	return NULL;
}

void
control_fake_set(struct control_fake *f, const char *rev, const char *config)
{
	struct control_fake_conn *c = control_fake_held(f, "GET");

	snprintf(f->rev, sizeof(f->rev), "%s", rev);
	snprintf(f->config, sizeof(f->config), "%s", config);
	if (c != NULL)
		answer_config(c);
}
