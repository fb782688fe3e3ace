#include "agents/edge/udp.h"

#include <stdlib.h>
#include <string.h>

#include "agents/edge/way.h"
#include "base/clock.h"
#include "base/log.h"
#include "sidecar/frames.h"
#include "sidecar/relay.h"

enum {
	EARLY_MAX = 64 << 10, /* bytes of datagrams that wait for a flow's way */
	BUCKETS = 256,
	PARTS_OF_IDLE = 8, /* flows are looked through so often in their idle time */
};

struct flow {
	struct flow *next, **prev; /* in its bucket */
	struct edge_udp *udp;
	struct sockaddr_storage client;
	union {
		uv_udp_t udp;
		uv_tcp_t tcp;
		uv_handle_t any;
	} out;
	int is_tunnel, is_ready, is_closing;
	int64_t used_ms;
	struct way way;
	struct frames frames;
	struct buf early; /* frames, until it is ready */
};

struct edge_udp {
	uv_udp_t socket;
	uv_timer_t sweep;
	struct forward_room *room;
	struct target target;
	struct flow *buckets[BUCKETS];
	size_t n_flows;
	int n_handles, is_closing; /* its own handles that are not closed yet */
};

static void
gone(struct edge_udp *u)
{
	if (u->n_handles == 0 && u->n_flows == 0)
		free(u);
}

/* Flows */

static void
on_flow_closed(uv_handle_t *handle)
{
	struct flow *f = handle->data;
	struct edge_udp *u = f->udp;

	frames_done(&f->frames);
	buf_done(&f->early);
	free(f);
	u->n_flows--;
	gone(u);
}

static void
flow_close(struct flow *f)
{
	if (f->is_closing)
		return;
	f->is_closing = 1;
	*f->prev = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	f->out.any.data = f; /* the way may have it */
	uv_close(&f->out.any, on_flow_closed);
}

/* To the client, from the port that it knows. */
static void
answer(void *arg, const uint8_t *p, size_t len)
{
	struct flow *f = arg;
	struct edge_udp *u = f->udp;
	uv_buf_t buf;

	f->used_ms = clock_monotonic_ms();
	memcpy(&buf.base, &p, sizeof(p));
	buf.len = len;
	if (uv_udp_try_send(&u->socket, &buf, 1, (const struct sockaddr *)&f->client) < 0)
		log_debug("edge", "%s: an answer was lost", u->target.id);
}

static void
on_room(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	const struct flow *f = handle->data;

	*buf = uv_buf_init(f->udp->room->bytes, RELAY_ROOM);
}

static void
on_datagram(uv_udp_t *socket, ssize_t n, const uv_buf_t *buf,
    const struct sockaddr *from UNUSED, unsigned flags)
{
	struct flow *f = socket->data;

	if (n < 0)
		flow_close(f); /* nobody listens there: the next datagram asks again */
	else if ((n > 0 || from != NULL) && (flags & UV_UDP_PARTIAL) == 0)
		answer(f, (const uint8_t *)buf->base, (size_t)n);
}

static void
on_frames(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct flow *f = stream->data;

	if (n < 0 ||
	    (n > 0 && frames_take(&f->frames, buf->base, (size_t)n, answer, f) < 0))
		flow_close(f);
}

static void
early(void *arg, const uint8_t *p, size_t len)
{
	struct flow *f = arg;

	frames_send((uv_stream_t *)&f->out.tcp, p, len);
}

static void
on_way(void *arg, int status)
{
	struct flow *f = arg;
	struct frames waiting;

	if (f->is_closing)
		return;
	if (status < 0) {
		log_debug("edge", "%s: %s", f->udp->target.id, uv_strerror(status));
		flow_close(f);
		return;
	}
	f->is_ready = 1;
	frames_init(&waiting);
	frames_take(&waiting, buf_text(&f->early), f->early.len, early, f);
	frames_done(&waiting);
	buf_done(&f->early);
	buf_init(&f->early, 0);
	uv_tcp_nodelay(&f->out.tcp, 1);
	uv_tcp_keepalive(&f->out.tcp, 1, RELAY_KEEPALIVE_S);
	if (uv_read_start((uv_stream_t *)&f->out.tcp, on_room, on_frames) < 0)
		flow_close(f);
}

static void
flow_start(struct flow *f)
{
	const struct target *t = &f->udp->target;

	if (f->is_tunnel) {
		uv_tcp_init(f->udp->room->loop, &f->out.tcp);
		f->out.any.data = f;
		way_start(&f->way, &f->out.tcp, t, on_way, f);
		return;
	}
	uv_udp_init(f->udp->room->loop, &f->out.udp);
	f->out.any.data = f;
	f->is_ready = 1;
	if (uv_udp_connect(&f->out.udp, (const struct sockaddr *)&t->to.to) < 0 ||
	    uv_udp_recv_start(&f->out.udp, on_room, on_datagram) < 0)
		flow_close(f);
}

/* From the client to the target. */
static void
flow_send(struct flow *f, const uv_buf_t *buf, size_t len)
{
	char head[2] = { (char)(len >> 8), (char)len };
	uv_buf_t part = uv_buf_init(buf->base, (unsigned)len);
	int rc = 0;

	f->used_ms = clock_monotonic_ms();
	if (f->is_ready && f->is_tunnel) {
		rc = frames_send((uv_stream_t *)&f->out.tcp, buf->base, len);
	} else if (f->is_ready) {
		rc = uv_udp_try_send(&f->out.udp, &part, 1, NULL);
		if (rc == UV_ECONNREFUSED) /* that of the datagram before */
			rc = uv_udp_try_send(&f->out.udp, &part, 1, NULL);
	} else if (f->early.len + sizeof(head) + len <= EARLY_MAX) {
		buf_add(&f->early, head, sizeof(head));
		buf_add(&f->early, buf->base, len);
	}
	if (rc < 0)
		log_debug("edge", "%s: a datagram was lost", f->udp->target.id);
}

/* Finding them */

static size_t
bucket_of(const struct sockaddr_storage *client)
{
	struct sockaddr_in in;

	memcpy(&in, client, sizeof(in));
	return (in.sin_port ^ in.sin_port >> 8) % BUCKETS;
}

static void
end_the_quietest(struct edge_udp *u)
{
	struct flow *quietest = NULL;

	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct flow *f = u->buckets[i]; f != NULL; f = f->next) {
			if (quietest == NULL || f->used_ms < quietest->used_ms)
				quietest = f;
		}
	}
	if (quietest != NULL)
		flow_close(quietest);
}

static struct flow *
flow_new(struct edge_udp *u, const struct sockaddr_storage *client)
{
	struct flow **bucket = &u->buckets[bucket_of(client)], *f;

	if (u->n_flows >= FORWARD_FLOWS)
		end_the_quietest(u);
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		fatal("out of memory");
	f->udp = u;
	f->client = *client;
	f->is_tunnel = u->target.via.ss_family != 0;
	f->next = *bucket;
	f->prev = bucket;
	if (f->next != NULL)
		f->next->prev = &f->next;
	*bucket = f;
	u->n_flows++;
	frames_init(&f->frames);
	buf_init(&f->early, 0);
	flow_start(f);
	return f;
}

static struct flow *
flow_of(struct edge_udp *u, const struct sockaddr *from)
{
	struct sockaddr_storage client = { 0 };
	size_t len = from->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
						   sizeof(struct sockaddr_in);

	memcpy(&client, from, len);
	for (struct flow *f = u->buckets[bucket_of(&client)]; f != NULL; f = f->next) {
		if (memcmp(&f->client, &client, sizeof(client)) == 0)
			return f;
	}
	return flow_new(u, &client);
}

/* The socket */

static void
on_client_room(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	const struct edge_udp *u = handle->data;

	*buf = uv_buf_init(u->room->bytes, RELAY_ROOM);
}

static void
on_client(uv_udp_t *socket, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from,
    unsigned flags)
{
	struct edge_udp *u = socket->data;
	struct flow *f;

	if (n < 0 || from == NULL || (flags & UV_UDP_PARTIAL) != 0)
		return;
	f = flow_of(u, from);
	if (!f->is_closing)
		flow_send(f, buf, (size_t)n);
}

static void
on_sweep(uv_timer_t *timer)
{
	struct edge_udp *u = timer->data;
	int64_t before = clock_monotonic_ms() - u->room->udp_idle_ms;
	struct flow *next;

	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct flow *f = u->buckets[i]; f != NULL; f = next) {
			next = f->next;
			if (f->used_ms < before)
				flow_close(f);
		}
	}
}

struct edge_udp *
edge_udp_open(struct forward_room *room, const struct target *target, int *ret_error)
{
	struct edge_udp *u = calloc(1, sizeof(*u));
	uint64_t every = (uint64_t)room->udp_idle_ms / PARTS_OF_IDLE + 1;
	int rc;

	if (u == NULL)
		fatal("out of memory");
	u->room = room;
	u->target = *target;
	uv_udp_init(room->loop, &u->socket);
	uv_timer_init(room->loop, &u->sweep);
	u->socket.data = u;
	u->sweep.data = u;
	u->n_handles = 2;
	uv_timer_start(&u->sweep, on_sweep, every, every);
	rc = uv_udp_bind(&u->socket, (const struct sockaddr *)&target->at, 0);
	if (rc == 0)
		rc = uv_udp_recv_start(&u->socket, on_client_room, on_client);
	if (rc == 0)
		return u;
	*ret_error = rc;
	edge_udp_close(u);
	return NULL;
}

void
edge_udp_lead(struct edge_udp *u, const struct target *target)
{
	u->target = *target;
}

void
edge_udp_drop(struct edge_udp *u)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (u->buckets[i] != NULL)
			flow_close(u->buckets[i]);
	}
}

static void
on_own_closed(uv_handle_t *handle)
{
	struct edge_udp *u = handle->data;

	u->n_handles--;
	gone(u);
}

void
edge_udp_close(struct edge_udp *u)
{
	edge_udp_drop(u);
	uv_close((uv_handle_t *)&u->socket, on_own_closed);
	uv_close((uv_handle_t *)&u->sweep, on_own_closed);
}

size_t
edge_udp_count(const struct edge_udp *u)
{
	return u->n_flows;
}
