#include "agents/vpc/dns_upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agents/vpc/dns_write.h"
#include "agents/vpc/net.h"
#include "base/clock.h"
#include "base/log.h"

enum { UDP_MAX = 4096 };

struct dns_upstream {
	uv_poll_t poll;
	int fd, is_tcp;
	struct sockaddr_in server;
	uint16_t id, type;
	struct dns_name name;
	dns_upstream_fn *heard;
	void *arg;
	uint8_t out[2 + DNS_QUESTION_MAX]; /* with TCP's length before it */
	size_t out_len, n_sent;
	uint8_t *in; /* TCP: length, then message */
	size_t in_len;
};

int
dns_upstream_is_tcp(const struct dns_upstream *u)
{
	return u->is_tcp;
}

static void
tell(struct dns_upstream *u, const uint8_t *p, size_t len)
{
	uv_poll_stop(&u->poll);
	u->heard(u->arg, p, len); /* u may be gone now. */
}

/* Is it the answer to what we asked, and not somebody's guess? */
static int
is_ours(const struct dns_upstream *u, const uint8_t *p, size_t len)
{
	struct dns_reader r = { p, len, 0 };
	uint16_t id, flags, count, type, class;
	struct dns_name name;

	if (len < DNS_HEADER_LEN || dns_read_u16(&r, &id) < 0 ||
	    dns_read_u16(&r, &flags) < 0 || dns_read_u16(&r, &count) < 0)
		return 0;
	r.at = DNS_HEADER_LEN;
	if (id != u->id || (flags & DNS_QR) == 0 || (flags & DNS_OPCODE) != 0 ||
	    count != 1)
		return 0;
	if (dns_read_name(&r, &name) < 0 || dns_read_u16(&r, &type) < 0 ||
	    dns_read_u16(&r, &class) < 0)
		return 0;
	return type == u->type && class == DNS_IN && dns_name_equal(&name, &u->name);
}

/* What is not ours is passed over, and the wait goes on. */
static void
read_udp(struct dns_upstream *u)
{
	uint8_t in[UDP_MAX];
	struct sockaddr_in from;
	socklen_t from_len;
	ssize_t n;

	for (;;) {
		from_len = sizeof(from);
		n = recvfrom(u->fd, in, sizeof(in), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &from_len);
		if (n < 0)
			break;
		if (from_len == sizeof(from) && net_equal(&from, &u->server) &&
		    is_ours(u, in, (size_t)n)) {
			tell(u, in, (size_t)n);
			return;
		}
	}
	if (errno != EAGAIN && errno != EINTR)
		tell(u, NULL, 0);
}

static void
read_tcp(struct dns_upstream *u)
{
	size_t need = u->in_len < 2 ? 2 : 2 + (size_t)(u->in[0] << 8 | u->in[1]);
	ssize_t n = recv(u->fd, u->in + u->in_len, need - u->in_len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		tell(u, NULL, 0);
		return;
	}
	u->in_len += (size_t)n;
	if (u->in_len < 2)
		return;
	need = 2 + (size_t)(u->in[0] << 8 | u->in[1]);
	if (u->in_len < need)
		return;
	if (is_ours(u, u->in + 2, need - 2))
		tell(u, u->in + 2, need - 2);
	else
		tell(u, NULL, 0);
}

static void
on_ready(uv_poll_t *poll, int status, int events)
{
	struct dns_upstream *u = poll->data;
	ssize_t n;

	if (status < 0) {
		tell(u, NULL, 0);
	} else if (events & UV_WRITABLE) {
		n = send(u->fd, u->out + u->n_sent, u->out_len - u->n_sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			tell(u, NULL, 0);
			return;
		}
		u->n_sent += n > 0 ? (size_t)n : 0;
		if (u->n_sent == u->out_len)
			uv_poll_start(&u->poll, UV_READABLE, on_ready);
	} else if (u->is_tcp) {
		read_tcp(u);
	} else {
		read_udp(u);
	}
}

/* The kernel chooses the port, at random, when the socket is connected. */
static int
connected(const struct sockaddr_in *server, int is_tcp)
{
	int type = is_tcp ? SOCK_STREAM : SOCK_DGRAM;
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)server, sizeof(*server)) < 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

struct dns_upstream *
dns_upstream_open(uv_loop_t *loop, const struct sockaddr_in *server, int is_tcp,
    const struct dns_name *name, uint16_t type, int with_edns, dns_upstream_fn *heard,
    void *arg)
{
	int fd = connected(server, is_tcp);
	struct dns_upstream *u;
	size_t at = is_tcp ? 2 : 0;

	if (fd < 0)
		return NULL;
	u = calloc(1, sizeof(*u));
	if (u == NULL || (is_tcp && (u->in = calloc(1, 2 + DNS_MESSAGE_MAX)) == NULL))
		fatal("out of memory");
	u->fd = fd;
	u->is_tcp = is_tcp;
	u->server = *server;
	u->name = *name;
	u->type = type;
	u->heard = heard;
	u->arg = arg;
	random_bytes(&u->id, sizeof(u->id));
	u->out_len = dns_write_question(u->id, name, type, with_edns, u->out + at);
	if (is_tcp) {
		u->out[0] = (uint8_t)(u->out_len >> 8);
		u->out[1] = (uint8_t)u->out_len;
		u->out_len += 2;
	}
	if (uv_poll_init_socket(loop, &u->poll, fd) < 0)
		fatal("uv_poll_init_socket");
	u->poll.data = u;
	uv_poll_start(&u->poll, UV_WRITABLE, on_ready);
	return u;
}

static void
on_closed(uv_handle_t *handle)
{
	struct dns_upstream *u = handle->data;

	free(u->in);
	free(u);
}

void
dns_upstream_close(struct dns_upstream *u)
{
	uv_close((uv_handle_t *)&u->poll, on_closed);
	close(u->fd);
}
