#include "agents/vpc/forward.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/vpc/forward_guest.h"
#include "agents/vpc/net.h"
#include "base/log.h"

enum { LISTEN_BACKLOG = 128 };

struct listener {
	uv_tcp_t tcp;
	struct door *door;
};

struct door {
	struct guests guests;
	struct door_plan *plan;
	struct listener *listener; /* of the plan; NULL: there is none */
	int fd;			   /* prepared: bound; -1: none */
	size_t n_listeners;	   /* not closed yet */
	int is_closing;
};

static void
gone(struct door *d)
{
	if (d->is_closing && d->n_listeners == 0 && d->guests.n == 0)
		free(d);
}

static void
on_guest_gone(void *arg)
{
	gone(arg);
}

struct door *
door_open(uv_loop_t *loop)
{
	struct door *d = calloc(1, sizeof(*d));

	if (d == NULL)
		fatal("out of memory");
	d->guests.loop = loop;
	d->guests.changed = on_guest_gone;
	d->guests.arg = d;
	d->fd = -1;
	return d;
}

static int
is_same_place(const struct door_plan *a, const struct door_plan *b)
{
	return a != NULL && b != NULL && net_equal(&a->at, &b->at);
}

int
door_prepare(struct door *d, const struct door_plan *plan, struct err *err)
{
	if (plan == NULL || (d->listener != NULL && is_same_place(d->plan, plan)))
		return 0;
	d->fd = net_bind(SOCK_STREAM, &plan->at, err);
	return d->fd < 0 ? err_wrap(err, "forwards") : 0;
}

static void
door_abort(struct door *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static void
on_connection(uv_stream_t *stream, int status)
{
	struct listener *l = stream->data;

	if (status == 0)
		guest_accept(&l->door->guests, stream);
}

static void
on_listener_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;
	struct door *d = l->door;

	free(l);
	d->n_listeners--;
	gone(d);
}

static void
stop_listening(struct door *d)
{
	if (d->listener != NULL)
		uv_close((uv_handle_t *)&d->listener->tcp, on_listener_closed);
	d->listener = NULL;
}

static void
listen_on(struct door *d, int fd)
{
	struct listener *l = calloc(1, sizeof(*l));
	int rc;

	if (l == NULL)
		fatal("out of memory");
	l->door = d;
	uv_tcp_init(d->guests.loop, &l->tcp);
	l->tcp.data = l;
	d->n_listeners++;
	d->listener = l;
	rc = uv_tcp_open(&l->tcp, fd);
	if (rc < 0)
		close(fd);
	else
		rc = uv_listen((uv_stream_t *)&l->tcp, LISTEN_BACKLOG, on_connection);
	if (rc == 0)
		return;
	log_warn("forward", "no way in for edge: %s", uv_strerror(rc));
	stop_listening(d);
}

void
door_commit(struct door *d, struct door_plan *plan)
{
	if (!is_same_place(d->plan, plan))
		stop_listening(d);
	if (d->fd >= 0)
		listen_on(d, d->fd);
	d->fd = -1;
	door_plan_free(d->plan);
	d->plan = plan;
	d->guests.plan = plan;
}

void
door_close(struct door *d)
{
	d->is_closing = 1;
	door_abort(d);
	stop_listening(d);
	guests_close(&d->guests);
	door_plan_free(d->plan);
	d->plan = NULL;
	d->guests.plan = NULL;
	gone(d);
}
