#include "sidecar/relay.h"

#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "base/log.h"

static struct relay_end *
other(struct relay_end *e)
{
	return &e->relay->end[e == &e->relay->end[0]];
}

static void
on_closed(uv_handle_t *handle, struct relay *r)
{
	(void)handle;
	if (--r->n_handles > 0)
		return;
	free(r->end[0].rest);
	free(r->end[1].rest);
	r->closed(r);
}

static void
on_end_closed(uv_handle_t *handle)
{
	const struct relay_end *e = handle->data;

	on_closed(handle, e->relay);
}

static void
on_timer_closed(uv_handle_t *handle)
{
	on_closed(handle, handle->data);
}

void
relay_close(struct relay *r, int is_reset)
{
	if (r->is_closing)
		return;
	r->is_closing = 1;
	for (size_t i = 0; i < COUNT(r->end); i++) {
		uv_tcp_t *tcp = &r->end[i].tcp;

		/* An owner may have lent the handle's data away. */
		tcp->data = &r->end[i];
		if (!is_reset || uv_tcp_close_reset(tcp, on_end_closed) < 0)
			uv_close((uv_handle_t *)tcp, on_end_closed);
	}
	uv_close((uv_handle_t *)&r->patience, on_timer_closed);
}

static void
on_impatient(uv_timer_t *timer)
{
	relay_close(timer->data, 1);
}

void
relay_init(struct relay *r, uv_loop_t *loop, char *room, relay_closed_fn *closed)
{
	memset(r, 0, sizeof(*r));
	r->room = room;
	r->closed = closed;
	for (size_t i = 0; i < COUNT(r->end); i++) {
		r->end[i].relay = r;
		uv_tcp_init(loop, &r->end[i].tcp);
		r->end[i].tcp.data = &r->end[i];
	}
	uv_timer_init(loop, &r->patience);
	r->patience.data = r;
	r->n_handles = 3;
	uv_timer_start(&r->patience, on_impatient, RELAY_PATIENCE_MS, 0);
}

static void
direction_over(struct relay *r)
{
	if (++r->n_ended == 2)
		relay_close(r, 0);
}

static void
on_shut(uv_shutdown_t *req, int status)
{
	struct relay_end *e = req->handle->data;

	if (e->relay->is_closing)
		return;
	/* A side that is gone altogether has closed its direction, too. */
	if (status < 0 && status != UV_ENOTCONN)
		relay_close(e->relay, 1);
	else
		direction_over(e->relay);
}

static void read_on(struct relay_end *e);

static void
on_written(uv_write_t *req, int status)
{
	struct relay_end *to = req->handle->data, *from = other(to);

	free(from->rest);
	from->rest = NULL;
	if (to->relay->is_closing)
		return;
	if (status < 0)
		relay_close(to->relay, 1);
	else
		read_on(from);
}

/* The other end did not take all: it keeps a copy, and nothing is read meanwhile. */
static void
hold(struct relay_end *from, const char *p, size_t len)
{
	struct relay_end *to = other(from);
	uv_buf_t buf;

	uv_read_stop((uv_stream_t *)&from->tcp);
	from->rest = malloc(len);
	if (from->rest == NULL)
		fatal("out of memory");
	memcpy(from->rest, p, len);
	buf = uv_buf_init(from->rest, (unsigned)len);
	if (uv_write(&to->write, (uv_stream_t *)&to->tcp, &buf, 1, on_written) < 0)
		relay_close(from->relay, 1);
}

static void
on_alloc(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	const struct relay_end *e = handle->data;

	*buf = uv_buf_init(e->relay->room, RELAY_ROOM);
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct relay_end *from = stream->data, *to = other(from);
	uv_buf_t part;
	int sent;

	if (n == 0)
		return;
	if (n == UV_EOF) {
		uv_read_stop(stream);
		if (uv_shutdown(&to->shutdown, (uv_stream_t *)&to->tcp, on_shut) < 0)
			relay_close(from->relay, 1);
		return;
	}
	if (n < 0) {
		relay_close(from->relay, 1);
		return;
	}
	part = uv_buf_init(buf->base, (unsigned)n);
	sent = uv_try_write((uv_stream_t *)&to->tcp, &part, 1);
	if (sent < 0 && sent != UV_EAGAIN)
		relay_close(from->relay, 1);
	else if (sent < n)
		hold(from, buf->base + (sent > 0 ? sent : 0),
		    (size_t)(n - (sent > 0 ? sent : 0)));
}

static void
read_on(struct relay_end *e)
{
	if (uv_read_start((uv_stream_t *)&e->tcp, on_alloc, on_read) < 0)
		relay_close(e->relay, 1);
}

void
relay_run(struct relay *r)
{
	uv_timer_stop(&r->patience);
	for (size_t i = 0; i < COUNT(r->end) && !r->is_closing; i++) {
		uv_tcp_nodelay(&r->end[i].tcp, 1);
		uv_tcp_keepalive(&r->end[i].tcp, 1, RELAY_KEEPALIVE_S);
		read_on(&r->end[i]);
	}
}
