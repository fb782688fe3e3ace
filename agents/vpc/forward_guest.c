#include "agents/vpc/forward_guest.h"

#include <stdlib.h>
#include <string.h>

#include "agents/vpc/forward.h"
#include "base/clock.h"
#include "base/log.h"

struct guest {
	struct relay relay; /* end 0: edge; first, for on_relay_closed() */
	struct guest *next, **prev;
	struct guests *all;
	uv_udp_t udp; /* of UDP: end 1 is not used */
	int has_udp, is_known;
	struct stream_exact exact;
	unsigned char nonce[HELLO_NONCE], said[HELLO_LEN];
	struct hello hello;
	uv_connect_t connect;
	struct frames frames;
};

static uv_stream_t *
edge_of(struct guest *g)
{
	return (uv_stream_t *)&g->relay.end[0].tcp;
}

static void
guest_free(struct guest *g)
{
	struct guests *all = g->all;

	*g->prev = g->next;
	if (g->next != NULL)
		g->next->prev = g->prev;
	frames_done(&g->frames);
	all->n--;
	all->n_strangers -= !g->is_known;
	free(g);
	all->changed(all->arg);
}

static void
on_udp_closed(uv_handle_t *handle)
{
	guest_free(handle->data);
}

static void
on_relay_closed(struct relay *r)
{
	struct guest *g = (struct guest *)r;

	if (g->has_udp)
		uv_close((uv_handle_t *)&g->udp, on_udp_closed);
	else
		guest_free(g);
}

static void
answer(struct guest *g, enum hello_answer what)
{
	char byte = (char)what;
	uv_buf_t buf = uv_buf_init(&byte, 1);

	if (stream_send(edge_of(g), &buf, 1, HELLO_LEN) < 0)
		relay_close(&g->relay, 1);
	else if (what != HELLO_CONNECTED)
		relay_close(&g->relay, 0);
}

/* TCP */

static void
on_connected(uv_connect_t *req, int status)
{
	struct guest *g = req->data;

	if (g->relay.is_closing)
		return;
	answer(g, status == 0 ? HELLO_CONNECTED : HELLO_FAILED);
	if (!g->relay.is_closing)
		relay_run(&g->relay);
}

static void
lead_tcp(struct guest *g, const struct sockaddr_storage *from)
{
	uv_tcp_t *tcp = &g->relay.end[1].tcp;

	g->connect.data = g;
	if (uv_tcp_bind(tcp, (const struct sockaddr *)from, 0) < 0 ||
	    uv_tcp_connect(&g->connect, tcp, (const struct sockaddr *)&g->hello.to,
		on_connected) < 0)
		answer(g, HELLO_FAILED);
}

/* UDP */

static void
on_room(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	const struct guest *g = handle->data;

	*buf = uv_buf_init(g->relay.room, RELAY_ROOM);
}

static void
on_datagram(uv_udp_t *socket, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from,
    unsigned flags)
{
	struct guest *g = socket->data;

	if (g->relay.is_closing || (n == 0 && from == NULL))
		return;
	if (n < 0)
		relay_close(&g->relay, 0); /* nobody listens there */
	else if ((flags & UV_UDP_PARTIAL) == 0)
		frames_send(edge_of(g), buf->base, (size_t)n);
}

static void
send_datagram(void *arg, const uint8_t *p, size_t len)
{
	struct guest *g = arg;
	uv_buf_t buf;

	memcpy(&buf.base, &p, sizeof(p));
	buf.len = len;
	if (uv_udp_try_send(&g->udp, &buf, 1, NULL) == UV_ECONNREFUSED)
		uv_udp_try_send(&g->udp, &buf, 1, NULL); /* that was the one before */
}

static void
on_edge_room(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	const struct relay_end *e = handle->data;

	*buf = uv_buf_init(e->relay->room, RELAY_ROOM);
}

static void
on_frames(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	const struct relay_end *e = stream->data;
	struct guest *g = (struct guest *)e->relay;

	if (n < 0 ||
	    (n > 0 &&
		frames_take(&g->frames, buf->base, (size_t)n, send_datagram, g) < 0))
		relay_close(&g->relay, 0);
}

static void
lead_udp(struct guest *g, const struct sockaddr_storage *from)
{
	uv_udp_init(g->all->loop, &g->udp);
	g->udp.data = g;
	g->has_udp = 1;
	if (uv_udp_bind(&g->udp, (const struct sockaddr *)from, 0) < 0 ||
	    uv_udp_connect(&g->udp, (const struct sockaddr *)&g->hello.to) < 0 ||
	    uv_udp_recv_start(&g->udp, on_room, on_datagram) < 0) {
		answer(g, HELLO_FAILED);
		return;
	}
	answer(g, HELLO_CONNECTED);
	if (g->relay.is_closing)
		return;
	uv_timer_stop(&g->relay.patience);
	uv_tcp_nodelay(&g->relay.end[0].tcp, 1);
	uv_tcp_keepalive(&g->relay.end[0].tcp, 1, RELAY_KEEPALIVE_S);
	if (uv_read_start(edge_of(g), on_edge_room, on_frames) < 0)
		relay_close(&g->relay, 1);
}

/* The greeting */

static void
on_said(void *arg, int status)
{
	struct guest *g = arg;
	const struct door_plan *plan = g->all->plan;
	struct sockaddr_storage from;

	if (g->relay.is_closing)
		return;
	if (status < 0 || plan == NULL ||
	    !hello_read(g->said, g->nonce, plan->key, &g->hello)) {
		log_info("forward", "a stranger was turned away");
		relay_close(&g->relay, 1);
		return;
	}
	g->is_known = 1;
	g->all->n_strangers--;
	if (!door_plan_source(plan, &g->hello.to, &from))
		answer(g, HELLO_REFUSED);
	else if (g->hello.protocol == HELLO_UDP)
		lead_udp(g, &from);
	else
		lead_tcp(g, &from);
}

static void
greet(struct guest *g)
{
	uv_buf_t buf = uv_buf_init((char *)g->nonce, sizeof(g->nonce));

	random_bytes(g->nonce, sizeof(g->nonce));
	if (stream_send(edge_of(g), &buf, 1, 0) < 0)
		relay_close(&g->relay, 1);
	else
		stream_read_exact(&g->exact, edge_of(g), g->said, sizeof(g->said),
		    on_said, g);
}

void
guest_accept(struct guests *all, uv_stream_t *listener)
{
	struct guest *g = calloc(1, sizeof(*g));

	if (g == NULL)
		fatal("out of memory");
	g->all = all;
	relay_init(&g->relay, all->loop, all->room, on_relay_closed);
	frames_init(&g->frames);
	g->next = all->first;
	g->prev = &all->first;
	if (g->next != NULL)
		g->next->prev = &g->next;
	all->first = g;
	all->n++;
	all->n_strangers++;
	if (uv_accept(listener, edge_of(g)) < 0 || all->n > DOOR_CONNS ||
	    all->n_strangers > DOOR_STRANGERS)
		relay_close(&g->relay, 1);
	else
		greet(g);
}

void
guests_close(struct guests *all)
{
	for (struct guest *g = all->first; g != NULL; g = g->next)
		relay_close(&g->relay, 1);
}
