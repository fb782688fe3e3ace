#include "agents/edge/tcp.h"

#include <stdlib.h>

#include "agents/edge/way.h"
#include "base/log.h"
#include "sidecar/relay.h"

enum { LISTEN_BACKLOG = 511 };

struct conn {
	struct relay relay; /* end 0: the client; first, for on_conn_closed() */
	struct way way;
	struct conn *next, **prev;
	struct edge_tcp *tcp;
};

struct edge_tcp {
	uv_tcp_t listener;
	struct forward_room *room;
	struct target target;
	struct conn *conns;
	size_t n_conns;
	int is_closed; /* the listener is */
};

static void
gone(struct edge_tcp *t)
{
	if (t->is_closed && t->n_conns == 0)
		free(t);
}

static void
on_conn_closed(struct relay *r)
{
	struct conn *c = (struct conn *)r;
	struct edge_tcp *t = c->tcp;

	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	free(c);
	t->n_conns--;
	t->room->n_conns--;
	gone(t);
}

static void
on_way(void *arg, int status)
{
	struct conn *c = arg;

	if (c->relay.is_closing)
		return;
	if (status < 0) {
		log_debug("edge", "%s: %s", c->tcp->target.id, uv_strerror(status));
		relay_close(&c->relay, 1);
	} else {
		relay_run(&c->relay);
	}
}

static struct conn *
conn_new(struct edge_tcp *t)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("out of memory");
	c->tcp = t;
	relay_init(&c->relay, t->room->loop, t->room->bytes, on_conn_closed);
	c->next = t->conns;
	c->prev = &t->conns;
	if (t->conns != NULL)
		t->conns->prev = &c->next;
	t->conns = c;
	t->n_conns++;
	t->room->n_conns++;
	return c;
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct edge_tcp *t = listener->data;
	struct conn *c;

	if (status < 0)
		return;
	c = conn_new(t);
	if (uv_accept(listener, (uv_stream_t *)&c->relay.end[0].tcp) < 0 ||
	    t->n_conns > FORWARD_CONNS_OF_ONE || t->room->n_conns > FORWARD_CONNS)
		relay_close(&c->relay, 1);
	else
		way_start(&c->way, &c->relay.end[1].tcp, &t->target, on_way, c);
}

static void
on_listener_closed(uv_handle_t *handle)
{
	struct edge_tcp *t = handle->data;

	t->is_closed = 1;
	gone(t);
}

struct edge_tcp *
edge_tcp_open(struct forward_room *room, const struct target *target, int *ret_error)
{
	struct edge_tcp *t = calloc(1, sizeof(*t));
	int rc;

	if (t == NULL)
		fatal("out of memory");
	t->room = room;
	t->target = *target;
	uv_tcp_init(room->loop, &t->listener);
	t->listener.data = t;
	rc = uv_tcp_bind(&t->listener, (const struct sockaddr *)&target->at, 0);
	if (rc == 0)
		rc =
		    uv_listen((uv_stream_t *)&t->listener, LISTEN_BACKLOG, on_connection);
	if (rc == 0)
		return t;
	*ret_error = rc;
	edge_tcp_close(t);
	return NULL;
}

void
edge_tcp_lead(struct edge_tcp *t, const struct target *target)
{
	t->target = *target;
}

void
edge_tcp_drop(struct edge_tcp *t)
{
	for (struct conn *c = t->conns; c != NULL; c = c->next)
		relay_close(&c->relay, 1);
}

void
edge_tcp_close(struct edge_tcp *t)
{
	uv_close((uv_handle_t *)&t->listener, on_listener_closed);
}

size_t
edge_tcp_count(const struct edge_tcp *t)
{
	return t->n_conns;
}
