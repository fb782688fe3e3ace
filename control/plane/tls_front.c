#include "control/plane/tls_front.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/log.h"
#include "control/plane/httpd.h"
#include "control/plane/tls_certs.h"
#include "control/plane/tls_conn.h"

enum { LISTENERS = 4, BACKLOG = 256, WORKERS = 64 };

/* What a listener is to be: the loop's thread makes it so. */
struct listener {
	uv_tcp_t tcp;
	int fd; /* to listen on, and not taken yet; -1 */
	int is_wanted, is_open;
	struct tls_front *front;
};

struct tls_front {
	struct httpd *httpd;
	struct tls_certs *certs;
	struct peers *peers;
	struct tls_side side;
	uv_loop_t loop;
	uv_async_t news;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	struct listener listeners[LISTENERS];
	int ends;
};

static void
on_client(uv_stream_t *server, int status)
{
	struct listener *l = server->data;

	if (status == 0)
		tls_conn_accept(&l->front->side, server);
}

static void
on_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;

	pthread_mutex_lock(&l->front->lock);
	l->is_open = 0;
	pthread_mutex_unlock(&l->front->lock);
}

static void
open_listener(struct tls_front *f, struct listener *l)
{
	uv_tcp_init(&f->loop, &l->tcp);
	l->tcp.data = l;
	l->is_open = 1;
	if (uv_tcp_open(&l->tcp, l->fd) < 0)
		close(l->fd);
	else if (uv_listen((uv_stream_t *)&l->tcp, BACKLOG, on_client) < 0)
		log_warn("tls", "a listener is lost");
	l->fd = -1;
}

static void
on_news(uv_async_t *news)
{
	struct tls_front *f = news->data;

	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < LISTENERS; i++) {
		struct listener *l = &f->listeners[i];

		if (f->ends)
			l->is_wanted = 0;
		if (l->fd >= 0 && !l->is_open)
			open_listener(f, l);
		if (!l->is_wanted && l->is_open && !uv_is_closing((uv_handle_t *)&l->tcp))
			uv_close((uv_handle_t *)&l->tcp, on_closed);
	}
	if (f->ends && !uv_is_closing((uv_handle_t *)&f->news)) {
		tls_conn_close_all(&f->side);
		uv_close((uv_handle_t *)&f->news, NULL);
	}
	pthread_mutex_unlock(&f->lock);
}

static void *
run(void *arg)
{
	struct tls_front *f = arg;

	uv_run(&f->loop, UV_RUN_DEFAULT);
	return NULL;
}

static void
front_free(struct tls_front *f)
{
	httpd_stop(f->httpd);
	tls_certs_free(f->certs);
	pthread_mutex_destroy(&f->lock);
	free(f->peers);
	free(f);
}

static int
open_parts(struct tls_front *f, struct plane *plane, const char *addresses,
    struct err *err)
{
	const struct env *env = &plane->env;
	int port;

	f->certs =
	    tls_certs_new(env->ca, env->clock, env->settings->hostname, addresses, err);
	if (f->certs == NULL)
		return -1;
	f->httpd = httpd_start_behind(plane, f->peers, WORKERS, &port, err);
	if (f->httpd == NULL)
		return -1;
	f->side.context = tls_certs_context(f->certs);
	f->side.peers = f->peers;
	f->side.port = (uint16_t)port;
	return 0;
}

struct tls_front *
tls_front_start(struct plane *plane, const char *addresses, struct err *err)
{
	struct tls_front *f = calloc(1, sizeof(*f));

	if (f == NULL || (f->peers = calloc(1, sizeof(*f->peers))) == NULL)
		fatal("out of memory");
	pthread_mutex_init(&f->lock, NULL);
	for (size_t i = 0; i < LISTENERS; i++) {
		f->listeners[i].fd = -1;
		f->listeners[i].front = f;
	}
	if (open_parts(f, plane, addresses, err) < 0) {
		front_free(f);
		return NULL;
	}
	if (uv_loop_init(&f->loop) < 0 || uv_async_init(&f->loop, &f->news, on_news) < 0)
		fatal("tls: no event loop");
	f->news.data = f;
	if (pthread_create(&f->thread, NULL, run, f) != 0)
		fatal("tls: no thread");
	return f;
}

void
tls_front_stop(struct tls_front *f)
{
	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	f->ends = 1;
	pthread_mutex_unlock(&f->lock);
	uv_async_send(&f->news);
	pthread_join(f->thread, NULL);
	uv_loop_close(&f->loop);
	front_free(f);
}

/* A listening socket, or -1. */
static int
listen_at(const char *address, int port, struct err *err)
{
	struct sockaddr_in at;
	int one = 1, fd;

	if (uv_ip4_addr(address, port, &at) < 0)
		return err_set(err, &err_unavailable, "%s is not an IPv4 address",
		    address);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(err, "make a socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		err_errno_fn(err, "listen on %s:%d", address, port);
		close(fd);
		return -1;
	}
	return fd;
}

int
tls_front_listen(struct tls_front *f, const char *address, int port, struct err *err)
{
	int handle = 0, fd;

	pthread_mutex_lock(&f->lock);
	while (handle < LISTENERS &&
	    (f->listeners[handle].is_wanted || f->listeners[handle].is_open))
		handle++;
	pthread_mutex_unlock(&f->lock);
	if (handle == LISTENERS)
		return err_set(err, &err_unavailable, "too many addresses");
	fd = listen_at(address, port, err);
	if (fd < 0)
		return -1;
	pthread_mutex_lock(&f->lock);
	f->listeners[handle].fd = fd;
	f->listeners[handle].is_wanted = 1;
	pthread_mutex_unlock(&f->lock);
	uv_async_send(&f->news);
	return handle;
}

void
tls_front_unlisten(struct tls_front *f, int handle)
{
	pthread_mutex_lock(&f->lock);
	f->listeners[handle].is_wanted = 0;
	pthread_mutex_unlock(&f->lock);
	uv_async_send(&f->news);
}
