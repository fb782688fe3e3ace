#include "agents/vpc/imds_server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum { IN_MAX = IMDS_HEAD_MAX + IMDS_BODY_MAX, USUAL_TTL = 64, BACKLOG = 128 };

struct conn {
	struct conn *next, **prev;
	struct imds_server *server;
	uv_tcp_t stream;
	uv_timer_t patience;
	int n_handles;
	int is_closing, is_writing, ends_after;
	int is_waiting, has_waited; /* a stranger, for the next configuration */
	int ttl;		    /* of the packets sent now */
	union net_any peer;
	uv_write_t write;
	struct buf out;
	size_t len;
	char in[IN_MAX];
};

struct listener {
	uv_tcp_t stream;
	struct imds_server *server;
	union net_any at;
};

struct imds_server {
	uv_loop_t *loop;
	struct imds_service service;
	unsigned patience_ms;
	struct imds_instances *instances;
	struct listener *now[IMDS_LISTEN_MAX], *next[IMDS_LISTEN_MAX]; /* NULL: none */
	int is_prepared; /* next is what to have after commit */
	struct conn *conns;
	size_t n_conns, n_listeners;
	int is_closing;
};

static void
server_gone(struct imds_server *s)
{
	if (!s->is_closing || s->n_conns > 0 || s->n_listeners > 0)
		return;
	imds_instances_free(s->instances);
	free(s);
}

static void
on_handle_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	struct imds_server *s = c->server;

	if (--c->n_handles > 0)
		return;
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	buf_done(&c->out);
	free(c);
	s->n_conns--;
	server_gone(s);
}

static void
conn_close(struct conn *c)
{
	if (c->is_closing)
		return;
	c->is_closing = 1;
	uv_close((uv_handle_t *)&c->stream, on_handle_closed);
	uv_close((uv_handle_t *)&c->patience, on_handle_closed);
}

static void
on_impatient(uv_timer_t *timer)
{
	conn_close(timer->data);
}

static void
be_patient(struct conn *c)
{
	uv_timer_start(&c->patience, on_impatient, c->server->patience_ms, 0);
}

/* What is sent from now on dies after so many hops. */
static void
set_hops(struct conn *c, int hops)
{
	int ttl = hops > 0 ? hops : USUAL_TTL;
	int is6 = c->peer.any.sa_family == AF_INET6;
	uv_os_fd_t fd;

	if (ttl == c->ttl)
		return;
	if (uv_fileno((uv_handle_t *)&c->stream, &fd) < 0 ||
	    setsockopt(fd, is6 ? IPPROTO_IPV6 : IPPROTO_IP,
		is6 ? IPV6_UNICAST_HOPS : IP_TTL, &ttl, sizeof(ttl)) < 0) {
		conn_close(c);
		return;
	}
	c->ttl = ttl;
}

static void serve(struct conn *c);

static void
on_stranger_waited(uv_timer_t *timer)
{
	struct conn *c = timer->data;

	c->is_waiting = 0;
	be_patient(c);
	serve(c);
}

/* 1 when the request is to wait: its source is nobody that we know yet. */
static int
let_wait(struct conn *c)
{
	if (imds_instances_at(c->server->instances, &c->peer) != NULL || c->has_waited)
		return 0;
	c->has_waited = c->is_waiting = 1;
	uv_timer_start(&c->patience, on_stranger_waited,
	    c->server->patience_ms < IMDS_STRANGER_MS ? c->server->patience_ms / 2 :
							IMDS_STRANGER_MS,
	    0);
	return 1;
}

static void
after_write(struct conn *c)
{
	if (c->is_closing)
		return;
	if (c->ends_after) {
		conn_close(c);
		return;
	}
	be_patient(c);
}

static void
on_written(uv_write_t *req, int status)
{
	struct conn *c = req->handle->data;

	c->is_writing = 0;
	if (status < 0)
		conn_close(c);
	after_write(c);
	serve(c);
}

/* c->out, all of it; the rest of what the kernel does not take now goes later. */
static void
send_out(struct conn *c)
{
	uv_buf_t buf = uv_buf_init(c->out.data, (unsigned)c->out.len);
	int n = uv_try_write((uv_stream_t *)&c->stream, &buf, 1);

	if (n == (int)buf.len) {
		after_write(c);
		return;
	}
	if (n < 0)
		n = 0;
	buf = uv_buf_init(c->out.data + n, (unsigned)c->out.len - (unsigned)n);
	c->is_writing = 1;
	if (uv_write(&c->write, (uv_stream_t *)&c->stream, &buf, 1, on_written) < 0)
		conn_close(c);
}

static void
send_reply(struct conn *c, const struct imds_reply *reply, int with_body, int keep_alive)
{
	set_hops(c, reply->hop_limit);
	if (c->is_closing)
		return;
	buf_reset(&c->out);
	imds_http_write(reply, with_body, keep_alive, (long long)time(NULL), &c->out);
	c->ends_after = !keep_alive;
	send_out(c);
}

static void
refuse(struct conn *c, int status)
{
	struct imds_reply reply = { .status = status, .token_ttl = -1 };

	send_reply(c, &reply, 1, 0);
}

static void
answer(struct conn *c, struct imds_request *req)
{
	const struct imds_service *service = &c->server->service;
	const struct imds_instance *from =
	    imds_instances_at(c->server->instances, &c->peer);
	struct imds_reply reply;
	struct buf body;

	buf_init(&body, 0);
	reply.body = &body;
	req->body = c->in + req->head_len;
	imds_answer(service, from, req, (int64_t)time(NULL), &reply);
	send_reply(c, &reply, req->method != IMDS_HEAD, req->keep_alive);
	buf_done(&body);
}

/* Every request that is here whole, one after the other. */
static void
serve(struct conn *c)
{
	while (!c->is_closing && !c->is_writing && !c->is_waiting && !c->ends_after &&
	    c->len > 0) {
		struct imds_request req;
		size_t all;
		int rc = imds_http_read(c->in, c->len, &req);

		if (rc == 0)
			return;
		if (rc != 1) {
			refuse(c, rc);
			return;
		}
		all = req.head_len + req.body_len;
		if (c->len < all || let_wait(c))
			return;
		answer(c, &req);
		c->len -= all;
		memmove(c->in, c->in + all, c->len);
	}
}

static void
on_alloc(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	struct conn *c = handle->data;

	*buf = uv_buf_init(c->in + c->len, (unsigned)(sizeof(c->in) - c->len));
}

/* No room (UV_ENOBUFS): more was sent ahead than a client of ours would. */
static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf UNUSED)
{
	struct conn *c = stream->data;

	if (n < 0) {
		conn_close(c);
		return;
	}
	c->len += (size_t)n;
	serve(c);
}

static size_t
conns_of(const struct imds_server *s, const union net_any *peer)
{
	struct in6_addr of = net_mapped(peer), at;
	size_t n = 0;

	for (const struct conn *c = s->conns; c != NULL; c = c->next) {
		at = net_mapped(&c->peer);
		n += memcmp(&at, &of, sizeof(of)) == 0 && !c->is_closing;
	}
	return n;
}

static struct conn *
conn_new(struct imds_server *s)
{
	struct conn *c = malloc(sizeof(*c));

	if (c == NULL)
		fatal("out of memory");
	memset(c, 0, offsetof(struct conn, in));
	c->server = s;
	c->ttl = USUAL_TTL;
	buf_init(&c->out, 0);
	uv_tcp_init(s->loop, &c->stream);
	uv_timer_init(s->loop, &c->patience);
	c->stream.data = c;
	c->patience.data = c;
	c->n_handles = 2;
	c->next = s->conns;
	c->prev = &s->conns;
	if (s->conns != NULL)
		s->conns->prev = &c->next;
	s->conns = c;
	s->n_conns++;
	return c;
}

static void
on_connection(uv_stream_t *stream, int status)
{
	struct listener *l = stream->data;
	struct imds_server *s = l->server;
	union net_any peer = { 0 };
	int len = sizeof(peer);
	struct conn *c;

	if (status < 0)
		return;
	c = conn_new(s);
	if (uv_accept(stream, (uv_stream_t *)&c->stream) < 0 ||
	    uv_tcp_getpeername(&c->stream, &peer.any, &len) < 0 ||
	    s->n_conns > IMDS_CONNS || conns_of(s, &peer) >= IMDS_CONNS_OF_ONE) {
		conn_close(c);
		return;
	}
	c->peer = peer;
	uv_tcp_nodelay(&c->stream, 1);
	be_patient(c);
	uv_read_start((uv_stream_t *)&c->stream, on_alloc, on_read);
}

static void
on_listener_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;
	struct imds_server *s = l->server;

	free(l);
	s->n_listeners--;
	server_gone(s);
}

static void
listener_close(struct listener *l)
{
	uv_close((uv_handle_t *)&l->stream, on_listener_closed);
}

struct imds_server *
imds_server_open(uv_loop_t *loop, const struct imds_service *service,
    unsigned patience_ms)
{
	struct imds_server *s = calloc(1, sizeof(*s));
	struct err err;

	if (s == NULL || imds_instances_new(NULL, &s->instances, &err) < 0)
		fatal("out of memory");
	s->loop = loop;
	s->service = *service;
	s->patience_ms = patience_ms;
	return s;
}

static struct listener *
listen_at(struct imds_server *s, const union net_any *at, struct err *err)
{
	int fd = net_bind_any(SOCK_STREAM, at, err), rc;
	struct listener *l;

	if (fd < 0)
		return NULL;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		fatal("out of memory");
	l->server = s;
	l->at = *at;
	uv_tcp_init(s->loop, &l->stream);
	l->stream.data = l;
	s->n_listeners++;
	rc = uv_tcp_open(&l->stream, fd);
	if (rc < 0)
		close(fd);
	else
		rc = uv_listen((uv_stream_t *)&l->stream, BACKLOG, on_connection);
	if (rc < 0) {
		err_set_fn(err, &err_internal, "listen for metadata: %s",
		    uv_strerror(rc));
		listener_close(l);
		return NULL;
	}
	return l;
}

/* The one that listens there already: NULL. */
static struct listener *
find_listener(const struct imds_server *s, const union net_any *at)
{
	for (size_t i = 0; i < IMDS_LISTEN_MAX; i++) {
		if (s->now[i] != NULL && net_equal_any(&s->now[i]->at, at))
			return s->now[i];
	}
	return NULL;
}

static int
has_listener(struct listener *const list[IMDS_LISTEN_MAX], const struct listener *l)
{
	for (size_t i = 0; i < IMDS_LISTEN_MAX; i++) {
		if (list[i] == l)
			return 1;
	}
	return 0;
}

/* Close those of one list that are not of the other; the first is empty then. */
static void
close_but(struct listener *list[IMDS_LISTEN_MAX],
    struct listener *const kept[IMDS_LISTEN_MAX])
{
	for (size_t i = 0; i < IMDS_LISTEN_MAX; i++) {
		if (list[i] != NULL && !has_listener(kept, list[i]))
			listener_close(list[i]);
		list[i] = NULL;
	}
}

int
imds_server_prepare(struct imds_server *s, const union net_any *at, size_t n,
    struct err *err)
{
	assert(!s->is_prepared && n <= IMDS_LISTEN_MAX);
	for (size_t i = 0; i < n; i++) {
		s->next[i] = find_listener(s, &at[i]);
		if (s->next[i] == NULL &&
		    (s->next[i] = listen_at(s, &at[i], err)) == NULL) {
			close_but(s->next, s->now);
			return -1;
		}
	}
	s->is_prepared = 1;
	return 0;
}

void
imds_server_commit(struct imds_server *s, struct imds_instances *instances)
{
	assert(s->is_prepared);
	close_but(s->now, s->next);
	memcpy(s->now, s->next, sizeof(s->now));
	memset(s->next, 0, sizeof(s->next));
	s->is_prepared = 0;
	imds_instances_free(s->instances);
	s->instances = instances;
	for (struct conn *c = s->conns; c != NULL; c = c->next) {
		if (c->is_waiting && !c->is_closing)
			on_stranger_waited(&c->patience);
	}
}

void
imds_server_abort(struct imds_server *s)
{
	close_but(s->next, s->now);
	s->is_prepared = 0;
}

void
imds_server_close(struct imds_server *s)
{
	imds_server_abort(s);
	s->is_closing = 1;
	close_but(s->now, s->next);
	for (struct conn *c = s->conns; c != NULL; c = c->next)
		conn_close(c);
	server_gone(s);
}
