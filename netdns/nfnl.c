#include "netdns/nfnl.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cc.h"
#include "netdns/aside.h"

enum { ROOM = 32 << 10, SMALL = 4096 };

static const struct err_kind refused = { "RulesRefused", 500 };

int
nfnl_open(struct mnl_socket **ret, struct err *err)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);

	if (nl == NULL)
		return err_errno(err, "open nfnetlink");
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(nl);
		return err_errno(err, "bind nfnetlink");
	}
	*ret = nl;
	return 0;
}

void
nfnl_closep(struct mnl_socket **nl)
{
	int fd;

	if (*nl == NULL)
		return;
	fd = aside_hold(mnl_socket_get_fd(*nl));
	mnl_socket_close(*nl);
	aside_close(fd);
	*nl = NULL;
}

static struct nlmsghdr *
begin_request(char room[SMALL], int type, int flags, int family)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(room);
	struct nfgenmsg *g;

	m->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	m->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	m->nlmsg_seq = 1;
	g = mnl_nlmsg_put_extra_header(m, sizeof(*g));
	g->nfgen_family = (uint8_t)family;
	return m;
}

static int
generation_attr(const struct nlattr *at, void *arg)
{
	if (mnl_attr_get_type(at) == NFTA_GEN_ID && mnl_attr_get_payload_len(at) == 4)
		*(uint32_t *)arg = ntohl(mnl_attr_get_u32(at));
	return MNL_CB_OK;
}

static int
generation_message(const struct nlmsghdr *m, void *arg)
{
	return mnl_attr_parse(m, sizeof(struct nfgenmsg), generation_attr, arg);
}

int
nfnl_generation(struct mnl_socket *nl, uint32_t *ret, struct err *err)
{
	char request[SMALL] = { 0 }, answer[SMALL];
	struct nlmsghdr *m = begin_request(request, NFT_MSG_GETGEN, 0, 0);
	uint32_t generation = 0;
	ssize_t n = -1;

	if (mnl_socket_sendto(nl, m, m->nlmsg_len) >= 0)
		n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (n < 0 ||
	    mnl_cb_run(answer, (size_t)n, 1, mnl_socket_get_portid(nl),
		generation_message, &generation) < 0)
		return err_errno(err, "ask for the generation of the rules");
	*ret = generation;
	return 0;
}

struct handles {
	struct arena *a;
	uint64_t *list;
	size_t n, cap;
};

static int
handle_attr(const struct nlattr *at, void *arg)
{
	struct handles *h = arg;
	uint64_t *old = h->list;

	if (mnl_attr_get_type(at) != NFTA_RULE_HANDLE)
		return MNL_CB_OK;
	if (h->n == h->cap) {
		h->cap = h->cap * 2 + 64;
		h->list = arena_calloc(h->a, h->cap, sizeof(*h->list));
		if (h->n > 0)
			memcpy(h->list, old, h->n * sizeof(*old));
	}
	h->list[h->n++] = be64toh(mnl_attr_get_u64(at));
	return MNL_CB_OK;
}

static int
handle_message(const struct nlmsghdr *m, void *arg)
{
	return mnl_attr_parse(m, sizeof(struct nfgenmsg), handle_attr, arg);
}

int
nfnl_handles(struct mnl_socket *nl, const char *chain, struct arena *a, uint64_t **ret,
    size_t *ret_n, struct err *err)
{
	char request[SMALL] = { 0 }, *answer = arena_alloc(a, ROOM);
	struct nlmsghdr *m =
	    begin_request(request, NFT_MSG_GETRULE, NLM_F_DUMP, NFPROTO_INET);
	struct handles h = { .a = a };
	ssize_t n;
	int rc;

	mnl_attr_put_strz(m, NFTA_RULE_TABLE, "simfra");
	mnl_attr_put_strz(m, NFTA_RULE_CHAIN, chain);
	if (mnl_socket_sendto(nl, m, m->nlmsg_len) < 0)
		return err_errno(err, "ask for the rules of %s", chain);
	do {
		n = mnl_socket_recvfrom(nl, answer, ROOM);
		rc = n < 0 ? -1 :
			     mnl_cb_run(answer, (size_t)n, 1, mnl_socket_get_portid(nl),
				 handle_message, &h);
	} while (rc > MNL_CB_STOP);
	if (rc < 0)
		return err_errno(err, "read the rules of %s", chain);
	*ret = h.list;
	*ret_n = h.n;
	return 0;
}

/* The kernel has answered when send(2) returns: each message that failed, and one that did not. */
static int
first_failure(struct mnl_socket *nl, char *answer)
{
	int fd = mnl_socket_get_fd(nl), failed = 0;
	ssize_t n;

	while ((n = recv(fd, answer, ROOM, MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *m = (const void *)answer;
		int left = (int)n;

		for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(m);

			if (m->nlmsg_type == NLMSG_ERROR && failed == 0)
				failed = -e->error;
		}
	}
	return n < 0 && errno != EAGAIN && failed == 0 ? errno : failed;
}

int
nfnl_send(struct mnl_socket *nl, const void *batch, size_t len, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	int fd = mnl_socket_get_fd(nl), room = (int)len + ROOM, failed;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0 ||
	    mnl_socket_sendto(nl, batch, len) < 0)
		return err_errno(err, "send rules");
	failed = first_failure(nl, arena_alloc(a, ROOM));
	if (failed != 0)
		return err_set(err, &refused, "nftables: %s", strerror(failed));
	return 0;
}
