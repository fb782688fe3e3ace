#include "control/plane/tls_conn.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "base/log.h"

enum {
	HANDSHAKE_MS = 10 * 1000,
	STALL_MS = 60 * 1000,
	QUEUE_MAX = 256 * 1024, /* what one side may not have taken */
	KEEPALIVE_S = 60,
	N_HANDLES = 3,
};

struct tls_conn {
	struct tls_conn *next, **prev;
	struct tls_side *side;
	uv_tcp_t client, server;
	uv_timer_t timer;
	uv_connect_t connect;
	uv_shutdown_t end_client, end_server;
	SSL *ssl;
	BIO *in, *out; /* the SSL's */
	struct sockaddr_in from;
	uint16_t port; /* ours to the server; 0: none yet */
	int n_handles;
	int is_safe;	  /* the handshake is over */
	int is_connected; /* the server is there */
	int is_over;	  /* nothing more comes from the server */
	int has_ended;	  /* nothing more comes from the client */
	int is_closing;
};

struct parcel {
	uv_write_t write;
	char data[];
};

static void step(struct tls_conn *c);
static void hear_client(struct tls_conn *c);
static void hear_server(struct tls_conn *c);

/* Its end */

static void
on_closed(uv_handle_t *handle)
{
	struct tls_conn *c = handle->data;

	if (--c->n_handles > 0)
		return;
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->side->n_conns--;
	SSL_free(c->ssl);
	free(c);
}

static void
close_conn(struct tls_conn *c)
{
	uv_handle_t *const handles[N_HANDLES] = { (uv_handle_t *)&c->client,
		(uv_handle_t *)&c->server, (uv_handle_t *)&c->timer };

	if (c->is_closing)
		return;
	c->is_closing = 1;
	if (c->port != 0)
		atomic_store(&c->side->peers->address[c->port], 0);
	for (size_t i = 0; i < N_HANDLES; i++)
		uv_close(handles[i], on_closed);
}

static void
on_timeout(uv_timer_t *timer)
{
	close_conn(timer->data);
}

static void
on_end(uv_shutdown_t *req, int status UNUSED)
{
	close_conn(req->data);
}

/* When the client has what is left, it is over. */
static void
end_client(struct tls_conn *c)
{
	c->is_over = 1;
	uv_read_stop((uv_stream_t *)&c->server);
	uv_read_stop((uv_stream_t *)&c->client);
	uv_timer_start(&c->timer, on_timeout, HANDSHAKE_MS, 0);
	c->end_client.data = c;
	if (uv_shutdown(&c->end_client, (uv_stream_t *)&c->client, on_end) < 0)
		close_conn(c);
}

/* The client says no more; the server may still have an answer. */
static void
end_server(struct tls_conn *c)
{
	if (c->has_ended)
		return;
	c->has_ended = 1;
	uv_read_stop((uv_stream_t *)&c->client);
	uv_timer_start(&c->timer, on_timeout, STALL_MS, 0);
	if (!c->is_connected ||
	    uv_shutdown(&c->end_server, (uv_stream_t *)&c->server, NULL) < 0)
		close_conn(c);
}

/* Passing on */

static void
on_written(uv_write_t *req, int status)
{
	struct tls_conn *c = req->data;
	int is_to_server = req->handle == (uv_stream_t *)&c->server;

	free(req);
	if (c->is_closing)
		return;
	if (status < 0 && !is_to_server) {
		close_conn(c);
		return;
	}
	/* A server that wants no more may still have said something. */
	if (status < 0)
		end_server(c);
	if (!c->is_connected || c->is_over)
		return;
	if (c->client.write_queue_size <= QUEUE_MAX) {
		if (!c->has_ended)
			uv_timer_stop(&c->timer);
		hear_server(c);
	}
	if (c->server.write_queue_size <= QUEUE_MAX && !c->has_ended)
		hear_client(c);
}

static struct parcel *
parcel_new(struct tls_conn *c, size_t n)
{
	struct parcel *p = malloc(sizeof(*p) + n);

	if (p == NULL)
		fatal("out of memory");
	p->write.data = c;
	return p;
}

static void
dispatch(struct tls_conn *c, uv_tcp_t *to, struct parcel *p, size_t n)
{
	uv_buf_t b = uv_buf_init(p->data, (unsigned)n);

	if (uv_write(&p->write, (uv_stream_t *)to, &b, 1, on_written) < 0) {
		free(p);
		close_conn(c);
	}
}

/* What TLS has to say to the client. */
static void
flush(struct tls_conn *c)
{
	size_t n = BIO_ctrl_pending(c->out);
	struct parcel *p;

	if (n == 0 || c->is_closing)
		return;
	p = parcel_new(c, n);
	if (BIO_read(c->out, p->data, (int)n) != (int)n)
		fatal("tls: a memory BIO lost bytes");
	dispatch(c, &c->client, p, n);
	if (c->client.write_queue_size > QUEUE_MAX && c->is_connected) {
		uv_read_stop((uv_stream_t *)&c->server);
		uv_timer_start(&c->timer, on_timeout, STALL_MS, 0);
	}
}

static void
on_connected(uv_connect_t *req, int status)
{
	struct tls_conn *c = req->data;

	if (c->is_closing)
		return;
	if (status < 0) {
		close_conn(c);
		return;
	}
	c->is_connected = 1;
	uv_timer_stop(&c->timer);
	hear_server(c);
	hear_client(c);
	step(c);
}

static int
is_of_host(const struct sockaddr_in *from)
{
	return ntohl(from->sin_addr.s_addr) >> 24 == 127;
}

/* By its source the server sees whether the client is of this host. */
static int
connect_server(struct tls_conn *c)
{
	struct sockaddr_in own, to;
	int len = sizeof(own);

	if (uv_ip4_addr(is_of_host(&c->from) ? PEERS_HOST : PEERS_OTHER, 0, &own) < 0 ||
	    uv_ip4_addr(PEERS_HOST, c->side->port, &to) < 0 ||
	    uv_tcp_bind(&c->server, (const struct sockaddr *)&own, 0) < 0 ||
	    uv_tcp_getsockname(&c->server, (struct sockaddr *)&own, &len) < 0)
		return -1;
	c->port = ntohs(own.sin_port);
	atomic_store(&c->side->peers->address[c->port], ntohl(c->from.sin_addr.s_addr));
	c->connect.data = c;
	uv_tcp_nodelay(&c->server, 1);
	uv_read_stop((uv_stream_t *)&c->client);
	return uv_tcp_connect(&c->connect, &c->server, (const struct sockaddr *)&to,
		   on_connected) < 0 ?
	    -1 :
	    0;
}

/* 1 when TLS wants more of the client, 0 when it is done with him. */
static int
wants_more(struct tls_conn *c, int rc)
{
	int why = SSL_get_error(c->ssl, rc);

	ERR_clear_error();
	return why == SSL_ERROR_WANT_READ;
}

static void
shake_hands(struct tls_conn *c)
{
	int rc = SSL_do_handshake(c->ssl), goes_on = rc == 1 || wants_more(c, rc);

	flush(c);
	if (c->is_closing)
		return;
	if (!goes_on)
		end_client(c);
	else if (rc == 1) {
		c->is_safe = 1;
		if (connect_server(c) < 0)
			close_conn(c);
	}
}

static void
pass_on(struct tls_conn *c)
{
	char *part = c->side->part;
	int n = 0;

	while (!c->is_closing && (n = SSL_read(c->ssl, part, TLS_PART)) > 0) {
		struct parcel *p = parcel_new(c, (size_t)n);

		memcpy(p->data, part, (size_t)n);
		dispatch(c, &c->server, p, (size_t)n);
	}
	if (c->is_closing)
		return;
	if (c->server.write_queue_size > QUEUE_MAX)
		uv_read_stop((uv_stream_t *)&c->client);
	if (!wants_more(c, n))
		end_server(c);
	flush(c);
}

/* Something has come from the client, or may go to the server now. */
static void
step(struct tls_conn *c)
{
	if (!c->is_safe)
		shake_hands(c);
	else if (c->is_connected && !c->has_ended && !c->is_over)
		pass_on(c);
}

/* Hearing */

/* One buffer for all: what is read is passed on before the next read. */
static void
on_room(uv_handle_t *handle, size_t want UNUSED, uv_buf_t *ret)
{
	struct tls_conn *c = handle->data;

	*ret = uv_buf_init(c->side->part, TLS_PART);
}

static void
on_client(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct tls_conn *c = stream->data;

	if (n == UV_EOF && c->is_safe) {
		end_server(c);
	} else if (n < 0) {
		close_conn(c);
	} else if (n > 0) {
		if (BIO_write(c->in, b->base, (int)n) != (int)n)
			fatal("out of memory");
		step(c);
	}
}

static void
on_server(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct tls_conn *c = stream->data;

	if (n < 0) {
		SSL_shutdown(c->ssl);
		ERR_clear_error();
		flush(c);
		if (!c->is_closing)
			end_client(c);
	} else if (n > 0) {
		/* A memory BIO takes everything. */
		if (SSL_write(c->ssl, b->base, (int)n) != (int)n) {
			ERR_clear_error();
			close_conn(c);
		} else {
			flush(c);
		}
	}
}

static void
hear_client(struct tls_conn *c)
{
	uv_read_start((uv_stream_t *)&c->client, on_room, on_client);
}

static void
hear_server(struct tls_conn *c)
{
	uv_read_start((uv_stream_t *)&c->server, on_room, on_server);
}

/* Its beginning */

static struct tls_conn *
conn_new(struct tls_side *side, uv_loop_t *loop)
{
	struct tls_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("out of memory");
	c->side = side;
	c->ssl = SSL_new(side->context);
	c->in = BIO_new(BIO_s_mem());
	c->out = BIO_new(BIO_s_mem());
	if (c->ssl == NULL || c->in == NULL || c->out == NULL)
		fatal("out of memory");
	SSL_set_bio(c->ssl, c->in, c->out);
	SSL_set_accept_state(c->ssl);
	uv_tcp_init(loop, &c->client);
	uv_tcp_init(loop, &c->server);
	uv_timer_init(loop, &c->timer);
	c->client.data = c->server.data = c->timer.data = c;
	c->n_handles = N_HANDLES;
	c->next = side->conns;
	c->prev = &side->conns;
	if (side->conns != NULL)
		side->conns->prev = &c->next;
	side->conns = c;
	side->n_conns++;
	return c;
}

void
tls_conn_accept(struct tls_side *side, uv_stream_t *server)
{
	struct tls_conn *c = conn_new(side, server->loop);
	int len = sizeof(c->from);

	if (uv_accept(server, (uv_stream_t *)&c->client) < 0 ||
	    uv_tcp_getpeername(&c->client, (struct sockaddr *)&c->from, &len) < 0 ||
	    side->n_conns > TLS_CONNS) {
		close_conn(c);
		return;
	}
	uv_tcp_nodelay(&c->client, 1);
	uv_tcp_keepalive(&c->client, 1, KEEPALIVE_S);
	uv_timer_start(&c->timer, on_timeout, HANDSHAKE_MS, 0);
	hear_client(c);
}

void
tls_conn_close_all(struct tls_side *side)
{
	for (struct tls_conn *c = side->conns; c != NULL; c = c->next)
		close_conn(c);
}
