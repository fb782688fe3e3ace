#include "agents/vpc/dns_tcp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/vpc/dns_wire.h"
#include "base/log.h"

enum {
	QUERY_MAX = 1024,
	WAITING_MAX = 32,	 /* questions under way */
	BACKLOG_MAX = 256 << 10, /* bytes that the client does not take */
	LISTEN_BACKLOG = 128,
};

struct conn {
	struct conn *next, **prev;
	struct dns_tcp *tcp;
	uv_tcp_t stream;
	uv_timer_t idle;
	int n_handles; /* not closed yet */
	int is_closing, is_paused;
	size_t n_waiting;
	struct in6_addr peer;
	size_t len;
	uint8_t in[2 + QUERY_MAX];
};

struct dns_tcp {
	uv_tcp_t listener;
	struct resolver *resolver;
	struct conn *conns;
	size_t n_conns;
	int is_closing;
	uint8_t out[2 + DNS_MESSAGE_MAX];
};

struct write {
	uv_write_t req;
	uint8_t bytes[];
};

static void
tcp_gone(struct dns_tcp *t)
{
	if (t->is_closing == 2 && t->n_conns == 0)
		free(t);
}

static void
on_conn_handle_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;
	struct dns_tcp *t = c->tcp;

	if (--c->n_handles > 0)
		return;
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	free(c);
	t->n_conns--;
	tcp_gone(t);
}

static void
conn_close(struct conn *c)
{
	if (c->is_closing)
		return;
	c->is_closing = 1;
	if (c->n_waiting > 0)
		resolver_forget(c->tcp->resolver, c);
	uv_close((uv_handle_t *)&c->stream, on_conn_handle_closed);
	uv_close((uv_handle_t *)&c->idle, on_conn_handle_closed);
}

static void
on_idle(uv_timer_t *timer)
{
	conn_close(timer->data);
}

static void
not_idle(struct conn *c)
{
	uv_timer_start(&c->idle, on_idle, DNS_TCP_IDLE_MS, 0);
}

static void
on_written(uv_write_t *req, int status)
{
	struct conn *c = req->handle->data;

	free(req->data);
	if (status < 0)
		conn_close(c);
}

/* p has the message at p + 2; the length goes before it. */
static void
send_message(struct conn *c, uint8_t *p, size_t len)
{
	uv_buf_t buf = uv_buf_init((char *)p, (unsigned)len + 2);
	struct write *w;
	int n;

	p[0] = (uint8_t)(len >> 8);
	p[1] = (uint8_t)len;
	n = uv_try_write((uv_stream_t *)&c->stream, &buf, 1);
	if (n == (int)buf.len)
		return;
	if (n < 0)
		n = 0;
	if (uv_stream_get_write_queue_size((uv_stream_t *)&c->stream) > BACKLOG_MAX) {
		conn_close(c);
		return;
	}
	w = malloc(sizeof(*w) + buf.len);
	if (w == NULL)
		fatal("out of memory");
	memcpy(w->bytes, p + n, buf.len - (size_t)n);
	buf = uv_buf_init((char *)w->bytes, (unsigned)(buf.len - (size_t)n));
	w->req.data = w;
	if (uv_write(&w->req, (uv_stream_t *)&c->stream, &buf, 1, on_written) < 0) {
		free(w);
		conn_close(c);
	}
}

static void take_queries(struct conn *c);

static void
reply_later(void *owner, const union net_any *to UNUSED, const uint8_t *p, size_t len)
{
	struct conn *c = owner;

	c->n_waiting--;
	memcpy(c->tcp->out + 2, p, len);
	send_message(c, c->tcp->out, len);
	if (c->is_closing)
		return;
	not_idle(c);
	take_queries(c);
}

static void
ask(struct conn *c, const uint8_t *p, size_t len)
{
	struct resolver_client client = { .reply = reply_later, .owner = c, .is_tcp = 1 };
	size_t n = resolver_ask(c->tcp->resolver, p, len, &client, c->tcp->out + 2,
	    DNS_MESSAGE_MAX);

	not_idle(c);
	if (n == RESOLVER_LATER)
		c->n_waiting++;
	else if (n > 0)
		send_message(c, c->tcp->out, n);
	else
		conn_close(
		    c); /* What is no query over UDP is dropped; here, who sent it. */
}

static void
on_alloc(uv_handle_t *handle, size_t hint UNUSED, uv_buf_t *buf)
{
	struct conn *c = handle->data;

	*buf = uv_buf_init((char *)c->in + c->len, (unsigned)(sizeof(c->in) - c->len));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf UNUSED)
{
	struct conn *c = stream->data;

	if (n < 0) {
		conn_close(c);
		return;
	}
	c->len += (size_t)n;
	take_queries(c);
}

/* All that have come whole, as long as not too many are under way. */
static void
take_queries(struct conn *c)
{
	while (!c->is_closing && c->len >= 2 && c->n_waiting < WAITING_MAX) {
		size_t need = 2 + (size_t)(c->in[0] << 8 | c->in[1]);

		if (need > sizeof(c->in))
			conn_close(c);
		if (need > c->len || c->is_closing)
			break;
		ask(c, c->in + 2, need - 2);
		c->len -= need;
		memmove(c->in, c->in + need, c->len);
	}
	if (c->is_closing || c->is_paused == (c->n_waiting >= WAITING_MAX))
		return;
	c->is_paused = !c->is_paused;
	if (c->is_paused)
		uv_read_stop((uv_stream_t *)&c->stream);
	else
		uv_read_start((uv_stream_t *)&c->stream, on_alloc, on_read);
}

static size_t
conns_of(const struct dns_tcp *t, const struct in6_addr *peer)
{
	size_t n = 0;

	for (const struct conn *c = t->conns; c != NULL; c = c->next)
		n += memcmp(&c->peer, peer, sizeof(*peer)) == 0 && !c->is_closing;
	return n;
}

static struct conn *
conn_new(struct dns_tcp *t)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("out of memory");
	c->tcp = t;
	uv_tcp_init(t->listener.loop, &c->stream);
	uv_timer_init(t->listener.loop, &c->idle);
	c->stream.data = c;
	c->idle.data = c;
	c->n_handles = 2;
	c->next = t->conns;
	c->prev = &t->conns;
	if (t->conns != NULL)
		t->conns->prev = &c->next;
	t->conns = c;
	t->n_conns++;
	return c;
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct dns_tcp *t = listener->data;
	union net_any from;
	int len = sizeof(from);
	struct in6_addr peer = { 0 };
	struct conn *c;

	if (status < 0)
		return;
	c = conn_new(t);
	if (uv_accept(listener, (uv_stream_t *)&c->stream) < 0 ||
	    uv_tcp_getpeername(&c->stream, &from.any, &len) < 0 ||
	    t->n_conns > DNS_TCP_CONNS) {
		conn_close(c);
		return;
	}
	peer = net_mapped(&from);
	if (conns_of(t, &peer) >= DNS_TCP_CONNS_OF_ONE) {
		conn_close(c);
		return;
	}
	c->peer = peer;
	uv_tcp_nodelay(&c->stream, 1);
	not_idle(c);
	uv_read_start((uv_stream_t *)&c->stream, on_alloc, on_read);
}

static void
on_listener_closed(uv_handle_t *handle)
{
	struct dns_tcp *t = handle->data;

	t->is_closing = 2;
	tcp_gone(t);
}

void
dns_tcp_close(struct dns_tcp *t)
{
	t->is_closing = 1;
	for (struct conn *c = t->conns; c != NULL; c = c->next)
		conn_close(c);
	uv_close((uv_handle_t *)&t->listener, on_listener_closed);
}

struct dns_tcp *
dns_tcp_open(uv_loop_t *loop, int fd, struct resolver *resolver, struct err *err)
{
	struct dns_tcp *t = calloc(1, sizeof(*t));
	int rc;

	if (t == NULL)
		fatal("out of memory");
	t->resolver = resolver;
	uv_tcp_init(loop, &t->listener);
	t->listener.data = t;
	rc = uv_tcp_open(&t->listener, fd);
	if (rc < 0)
		close(fd);
	else
		rc =
		    uv_listen((uv_stream_t *)&t->listener, LISTEN_BACKLOG, on_connection);
	if (rc < 0) {
		err_set_fn(err, &err_internal, "listen for DNS over TCP: %s",
		    uv_strerror(rc));
		dns_tcp_close(t);
		return NULL;
	}
	return t;
}
