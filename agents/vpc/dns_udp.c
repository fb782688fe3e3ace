#include "agents/vpc/dns_udp.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agents/vpc/dns_write.h"
#include "base/log.h"

enum {
	BATCH = 16,
	ROUNDS = 4,	  /* batches before the loop looks at its other handles */
	QUERY_MAX = 1024, /* a longer query is cut, and so malformed */
};

struct dns_udp {
	uv_poll_t poll;
	int fd;
	struct resolver *resolver;
	uint8_t in[BATCH][QUERY_MAX];
	uint8_t out[BATCH][DNS_UDP_MAX];
	union net_any from[BATCH];
};

/* The client that is not to be reached asks again, or not. */
static void
reply_later(void *owner, const union net_any *to, const uint8_t *p, size_t len)
{
	struct dns_udp *u = owner;

	if (sendto(u->fd, p, len, MSG_DONTWAIT, &to->any, net_size(to)) < 0)
		log_debug("dns", "a reply was not sent");
}

static int
receive(struct dns_udp *u, struct mmsghdr msgs[BATCH], struct iovec iov[BATCH])
{
	for (size_t i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ u->in[i], sizeof(u->in[i]) };
		msgs[i].msg_hdr = (struct msghdr){ .msg_name = &u->from[i],
			.msg_namelen = sizeof(u->from[i]),
			.msg_iov = &iov[i],
			.msg_iovlen = 1 };
	}
	return recvmmsg(u->fd, msgs, BATCH, MSG_DONTWAIT, NULL);
}

/* Replies to n messages; those that have one now are moved to the front and sent. */
static void
serve(struct dns_udp *u, struct mmsghdr msgs[BATCH], struct iovec iov[BATCH], int n)
{
	unsigned n_out = 0;

	for (int i = 0; i < n; i++) {
		struct resolver_client client = { .reply = reply_later,
			.owner = u,
			.from = u->from[i] };
		size_t len;

		if (msgs[i].msg_hdr.msg_namelen != net_size(&u->from[i]) ||
		    net_port(&u->from[i]) == 0)
			continue;
		len = resolver_ask(u->resolver, u->in[i], msgs[i].msg_len, &client,
		    u->out[n_out], sizeof(u->out[n_out]));
		if (len == 0 || len == RESOLVER_LATER)
			continue;
		iov[n_out] = (struct iovec){ u->out[n_out], len };
		u->from[n_out] = client.from;
		msgs[n_out].msg_hdr.msg_name = &u->from[n_out];
		msgs[n_out].msg_hdr.msg_namelen = net_size(&u->from[n_out]);
		msgs[n_out].msg_hdr.msg_iov = &iov[n_out];
		n_out++;
	}
	if (n_out > 0 && sendmmsg(u->fd, msgs, n_out, MSG_DONTWAIT) != (int)n_out)
		log_debug("dns", "some of %u replies were not sent", n_out);
}

static void
on_readable(uv_poll_t *poll, int status UNUSED, int events UNUSED)
{
	struct dns_udp *u = poll->data;
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];

	for (int round = 0; round < ROUNDS; round++) {
		int n = receive(u, msgs, iov);

		if (n <= 0)
			return;
		serve(u, msgs, iov, n);
		if (n < BATCH)
			return;
	}
}

struct dns_udp *
dns_udp_open(uv_loop_t *loop, int fd, struct resolver *resolver)
{
	struct dns_udp *u = calloc(1, sizeof(*u));

	if (u == NULL || uv_poll_init_socket(loop, &u->poll, fd) < 0)
		fatal("no UDP handle");
	u->fd = fd;
	u->resolver = resolver;
	u->poll.data = u;
	uv_poll_start(&u->poll, UV_READABLE, on_readable);
	return u;
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
dns_udp_close(struct dns_udp *u)
{
	resolver_forget(u->resolver, u);
	uv_close((uv_handle_t *)&u->poll, on_closed);
	close(u->fd);
}
