#include "control/plane/httpd.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "control/plane/http_send.h"
#include "control/plane/memory.h"
#include "netdns/plan.h"

enum {
	HEADER_TIMEOUT_MS = 10 * 1000,
	BODY_TIMEOUT_MS = 120 * 1000,
	BODY_BYTES_PER_MS = 64, /* a large one has more time, at 64 kB a second */
	DRAIN_MAX = 8 << 20,
	DRAIN_MS = 10 * 1000,
	DRAIN_SMALL = 64 << 10,
	KEEP_ALIVE_MS = 20 * 1000,
	KNOCK_US = 2000,
	SERVER_MAGIC = 0x68747470,
};

struct httpd {
	int magic;
	struct plane *plane;
	const struct peers *peers; /* who is behind the TLS front; NULL: nobody is */
	struct mg_context *ctx;
	int n_threads;
	atomic_int n_connections, ends;
	char listen[256]; /* the addresses, with their ports */
	char error[256];  /* civetweb's last words */
};

static struct httpd *
server_of(const struct mg_context *ctx)
{
	struct httpd *s = mg_get_user_data(ctx);

	if (s == NULL || s->magic != SERVER_MAGIC)
		fatal("http: not our server");
	return s;
}

/* Reading */

/* A body as it comes: the client is asked for it with the first read. */
struct inlet {
	struct wire_source source;
	struct mg_connection *conn;
	int is_asked_for;	/* the client waits for 100 Continue */
	int64_t n_read, end_ms; /* monotonic; later with all that comes */
	int is_over;
};

static int64_t
inlet_read(struct wire_source *source, void *p, size_t n)
{
	struct inlet *in = (struct inlet *)(void *)source;
	int rc;

	if (in->is_over)
		return 0;
	if (in->end_ms == 0)
		in->end_ms = clock_monotonic_ms() + BODY_TIMEOUT_MS;
	if (in->is_asked_for)
		mg_printf(in->conn, "HTTP/1.1 100 Continue\r\n\r\n");
	in->is_asked_for = 0;
	rc = mg_read(in->conn, p, n < INT_MAX ? n : INT_MAX);
	in->is_over = rc <= 0;
	if (rc <= 0)
		return rc;
	in->n_read += rc;
	/* Who is slower than that keeps a thread from others. */
	if (clock_monotonic_ms() > in->end_ms + in->n_read / BODY_BYTES_PER_MS) {
		in->is_over = 1;
		return -1;
	}
	return rc;
}

static void
inlet_open(struct inlet *in, struct mg_connection *conn,
    const struct mg_request_info *info)
{
	const char *expect = mg_get_header(conn, "Expect");

	in->source.read = inlet_read;
	in->source.length = info->content_length;
	in->conn = conn;
	in->is_asked_for = expect != NULL && strcasecmp(expect, "100-continue") == 0;
}

/* How much of the body nobody wanted; -1: not known. */
static int64_t
inlet_left(const struct inlet *in)
{
	if (in->is_over)
		return 0;
	return in->source.length < 0 ? -1 : in->source.length - in->n_read;
}

/* A client that is still sending hears the answer only when some of it is taken. */
static void
inlet_drain(struct inlet *in, int64_t max)
{
	char part[16384];
	int64_t n = 1;

	in->end_ms = clock_monotonic_ms() + DRAIN_MS;
	for (int64_t taken = 0; taken < max && n > 0 && inlet_left(in) != 0; taken += n)
		n = inlet_read(&in->source, part, sizeof(part));
}

static int
take_request(const struct mg_request_info *info, struct wire_request *req)
{
	req->method = info->request_method;
	req->path = info->request_uri;
	req->query = info->query_string != NULL ? info->query_string : "";
	for (int i = 0; i < info->num_headers; i++) {
		if (req->n_headers == WIRE_MAX_HEADERS)
			return 431;
		req->headers[req->n_headers].name = info->http_headers[i].name;
		req->headers[req->n_headers].value = info->http_headers[i].value;
		req->n_headers++;
	}
	return 0;
}

static int
is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
	    strncmp(address, "::ffff:127.", 11) == 0;
}

/* The client: of the front's connections who is behind it. */
static void
take_client(const struct httpd *s, const struct mg_request_info *info, struct exchange *x)
{
	uint32_t address = 0;
	char text[IP4_TEXT];

	x->remote = info->remote_addr;
	x->is_loopback = is_loopback(info->remote_addr);
	if (s->peers == NULL)
		return;
	x->request.is_tls = 1;
	x->is_loopback = strcmp(info->remote_addr, PEERS_HOST) == 0;
	if (info->remote_port > 0 && info->remote_port < 65536)
		address = atomic_load(&s->peers->address[info->remote_port]);
	if (address != 0) {
		ip4_format(address, text);
		x->remote = arena_strdup(x->arena, text);
	}
}

/* One exchange */

static int
answer(struct mg_connection *conn)
{
	struct httpd *s = server_of(mg_get_context(conn));
	const struct mg_request_info *info = mg_get_request_info(conn);
	struct arena *a = arena_new();
	struct exchange *x = arena_alloc(a, sizeof(*x));
	struct inlet in = { .n_read = 0 };
	int close_it = atomic_load(&s->n_connections) * 4 > s->n_threads * 3, status,
	    has_rest;

	x->plane = s->plane;
	x->arena = a;
	take_client(s, info, x);
	status = take_request(info, &x->request);
	inlet_open(&in, conn, info);
	if (status != 0) {
		reply_error(x, status, http_reason(status));
		close_it = 1;
	} else {
		x->request.body = "";
		x->request.source = info->content_length != 0 ? &in.source : NULL;
		plane_answer(x);
	}
	/* A little is taken, and the connection goes on; before more the client hears the answer. */
	if (!in.is_asked_for && inlet_left(&in) > 0 && inlet_left(&in) <= DRAIN_SMALL)
		inlet_drain(&in, DRAIN_SMALL);
	has_rest = info->content_length != 0 && inlet_left(&in) != 0;
	close_it |= has_rest;
	if (close_it)
		mg_disable_connection_keep_alive(conn);
	http_send(conn, &x->reply, close_it, &s->ends);
	if (has_rest && !in.is_asked_for)
		inlet_drain(&in, DRAIN_MAX);
	status = x->reply.status;
	arena_free(a);
	return status;
}

/* civetweb calls these around a connection's life. */
static int
on_connect(const struct mg_connection *conn, void **conn_data UNUSED)
{
	atomic_fetch_add(&server_of(mg_get_context(conn))->n_connections, 1);
	return 0;
}

static void
on_close(const struct mg_connection *conn)
{
	atomic_fetch_sub(&server_of(mg_get_context(conn))->n_connections, 1);
	memory_trim_stack();
}

static void *
on_thread(const struct mg_context *ctx UNUSED, int type UNUSED)
{
	memory_trim_stack();
	return NULL;
}

static int
on_log(const struct mg_connection *conn, const char *message)
{
	if (conn != NULL)
		snprintf(server_of(mg_get_context(conn))->error, 256, "%s", message);
	log_debug("http", "%s", message);
	return 1;
}

static struct httpd *
start(struct plane *plane, const struct peers *peers, const char *listen, int n_threads,
    struct err *err)
{
	struct httpd *s = calloc(1, sizeof(*s));
	struct mg_callbacks callbacks;
	char threads[16], header[16], header_ms[16], keep_ms[16];
	const char *options[] = { "listening_ports", listen, "num_threads", threads,
		"enable_keep_alive", "yes", "keep_alive_timeout_ms", keep_ms,
		"request_timeout_ms", header_ms, "max_request_size", header,
		"tcp_nodelay", "1", "connection_queue", "256", "listen_backlog", "512",
		"decode_url", "no", NULL };

	if (s == NULL)
		fatal("out of memory");
	snprintf(threads, sizeof(threads), "%d", n_threads);
	snprintf(header, sizeof(header), "%d", HTTP_MAX_HEADER);
	snprintf(header_ms, sizeof(header_ms), "%d", HEADER_TIMEOUT_MS);
	snprintf(keep_ms, sizeof(keep_ms), "%d", KEEP_ALIVE_MS);
	memset(&callbacks, 0, sizeof(callbacks));
	callbacks.init_thread = on_thread;
	callbacks.begin_request = answer;
	callbacks.init_connection = on_connect;
	callbacks.connection_close = on_close;
	callbacks.log_message = on_log;
	s->magic = SERVER_MAGIC;
	s->plane = plane;
	s->peers = peers;
	s->n_threads = n_threads;
	snprintf(s->listen, sizeof(s->listen), "%s", listen);
	s->ctx = mg_start(&callbacks, s, options);
	if (s->ctx == NULL) {
		err_set_fn(err, &err_unavailable, "cannot listen on %s: %s", listen,
		    s->error[0] != '\0' ? s->error : "is the port taken?");
		free(s);
		return NULL;
	}
	return s;
}

struct httpd *
httpd_start(struct plane *plane, const char *listen, int n_threads, struct err *err)
{
	return start(plane, NULL, listen, n_threads, err);
}

struct httpd *
httpd_start_behind(struct plane *plane, const struct peers *peers, int n_threads,
    int *ret_port, struct err *err)
{
	struct httpd *s = start(plane, peers, PEERS_HOST ":0", n_threads, err);
	struct mg_server_port port;

	if (s == NULL)
		return NULL;
	if (mg_get_server_ports(s->ctx, 1, &port) != 1)
		fatal("http: a server without a port");
	*ret_port = port.port;
	snprintf(s->listen, sizeof(s->listen), PEERS_HOST ":%d", port.port);
	return s;
}

/* civetweb looks up from its listeners every two seconds, or when somebody comes. */
static void
knock(const char *listen)
{
	while (*listen != '\0') {
		size_t n = strcspn(listen, ","), host = strcspn(listen, ":");
		struct sockaddr_in at = { .sin_family = AF_INET };
		char address[64] = "";
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (host < n && host < sizeof(address)) {
			memcpy(address, listen, host);
			at.sin_port =
			    htons((uint16_t)strtoul(listen + host + 1, NULL, 10));
		}
		if (fd >= 0 && inet_pton(AF_INET, address, &at.sin_addr) == 1)
			(void)!connect(fd, (const struct sockaddr *)&at, sizeof(at));
		if (fd >= 0)
			close(fd);
		listen += n;
		listen += *listen == ',';
	}
}

static void *
stop(void *arg)
{
	mg_stop(arg);
	return NULL;
}

void
httpd_stop(struct httpd *s)
{
	pthread_t thread;

	if (s == NULL)
		return;
	atomic_store(&s->ends, 1);
	if (pthread_create(&thread, NULL, stop, s->ctx) != 0)
		fatal("http: no thread");
	while (pthread_tryjoin_np(thread, NULL) != 0) {
		knock(s->listen);
		usleep(KNOCK_US);
	}
	free(s);
}
