#include "netdns/rtnl.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"

enum { ANSWER = 65536, MAX_OBJECTS = 65536, TIMEOUT_S = 5 };

struct rtnl {
	struct mnl_socket *nl;
	unsigned seq, port;
	char request[RTNL_REQUEST];
	char answer[ANSWER];
};

/* One dump: a growing array of objects of one size. */
struct collection {
	struct arena *arena;
	char *items;
	size_t n, cap, size;
	int is_full;
};

int
rtnl_open(struct rtnl **ret, struct err *err)
{
	struct timeval patience = { .tv_sec = TIMEOUT_S };
	struct rtnl *r = calloc(1, sizeof(*r));

	if (r == NULL)
		fatal("out of memory");
	r->nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (r->nl == NULL || mnl_socket_bind(r->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		err_errno_fn(err, "open rtnetlink");
		rtnl_closep(&r);
		return -1;
	}
	setsockopt(mnl_socket_get_fd(r->nl), SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	r->port = mnl_socket_get_portid(r->nl);
	*ret = r;
	return 0;
}

void
rtnl_closep(struct rtnl **r)
{
	if (*r == NULL)
		return;
	if ((*r)->nl != NULL)
		mnl_socket_close((*r)->nl);
	free(*r);
	*r = NULL;
}

struct nlmsghdr *
rtnl_message(struct rtnl *r, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *m;

	memset(r->request, 0, sizeof(r->request));
	m = mnl_nlmsg_put_header(r->request);
	m->nlmsg_type = type;
	m->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	m->nlmsg_seq = ++r->seq;
	return m;
}

/*
 * 0, or -1 with errno; cb sees each object of the answer.  What is left of an
 * answer that was given up on has another number, and is passed over.
 */
static int
talk(struct rtnl *r, const struct nlmsghdr *m, mnl_cb_t cb, void *arg)
{
	struct nlmsghdr first;
	ssize_t n;
	int rc;

	if (mnl_socket_sendto(r->nl, m, m->nlmsg_len) < 0)
		return -1;
	do {
		n = mnl_socket_recvfrom(r->nl, r->answer, sizeof(r->answer));
		if (n < 0)
			return -1;
		rc = MNL_CB_OK;
		if ((size_t)n < sizeof(first))
			continue;
		memcpy(&first, r->answer, sizeof(first));
		if (first.nlmsg_seq == r->seq)
			rc = mnl_cb_run(r->answer, (size_t)n, r->seq, r->port, cb, arg);
	} while (rc > MNL_CB_STOP);
	return rc < 0 ? -1 : 0;
}

int
rtnl_send(struct rtnl *r, struct nlmsghdr *m, struct err *err)
{
	m->nlmsg_flags |= NLM_F_ACK;
	if (talk(r, m, NULL, NULL) < 0)
		return err_errno(err, "rtnetlink message %u", m->nlmsg_type);
	return 0;
}

int
rtnl_send_drop(struct rtnl *r, struct nlmsghdr *m, struct err *err)
{
	m->nlmsg_flags |= NLM_F_ACK;
	if (talk(r, m, NULL, NULL) == 0)
		return 0;
	if (errno == ENODEV || errno == ENOENT || errno == ESRCH ||
	    errno == EADDRNOTAVAIL)
		return 0;
	return err_errno(err, "rtnetlink message %u", m->nlmsg_type);
}

/* Room for one more, zeroed; NULL past the limit. */
static void *
more(struct collection *c)
{
	char *items;

	if (c->n == MAX_OBJECTS) {
		c->is_full = 1;
		return NULL;
	}
	if (c->n == c->cap) {
		c->cap = c->cap != 0 ? c->cap * 2 : 16;
		items = arena_calloc(c->arena, c->cap, c->size);
		if (c->n > 0)
			memcpy(items, c->items, c->n * c->size);
		c->items = items;
	}
	return c->items + c->size * c->n++;
}

static uint32_t
u32(const struct nlattr *at)
{
	uint32_t v = 0;

	if (mnl_attr_get_payload_len(at) >= sizeof(v))
		memcpy(&v, mnl_attr_get_payload(at), sizeof(v));
	return v;
}

static uint8_t
u8(const struct nlattr *at)
{
	return mnl_attr_get_payload_len(at) >= 1 ? mnl_attr_get_u8(at) : 0;
}

static void
text(const struct nlattr *at, char *out, size_t size)
{
	size_t n = mnl_attr_get_payload_len(at);

	if (n >= size)
		n = size - 1;
	memcpy(out, mnl_attr_get_payload(at), n);
	out[n] = '\0';
}

/* An address of the version; 0 when it has another size. */
static int
address(const struct nlattr *at, unsigned version, struct ip *ret)
{
	size_t size = version == 6 ? 16 : 4;

	if (mnl_attr_get_payload_len(at) != size)
		return 0;
	*ret = (struct ip){ .version = (uint8_t)version };
	memcpy(ret->b, mnl_attr_get_payload(at), size);
	return 1;
}

/* 4, 6, or 0 for what is of neither. */
static unsigned
version_of(unsigned family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 6 : 0;
}

/* Values in the order of their numbers, from `first` on. */
static void
values(const struct nlattr *at, uint32_t conf[RTNL_CONF_MAX], size_t first)
{
	size_t n = mnl_attr_get_payload_len(at) / sizeof(uint32_t);

	if (n > RTNL_CONF_MAX - first)
		n = RTNL_CONF_MAX - first;
	memcpy(conf + first, mnl_attr_get_payload(at), n * sizeof(uint32_t));
}

static int
conf_attr(const struct nlattr *at, void *arg)
{
	struct link *l = arg;

	if (mnl_attr_get_type(at) == IFLA_INET_CONF)
		values(at, l->conf, 1);
	return MNL_CB_OK;
}

static int
conf6_attr(const struct nlattr *at, void *arg)
{
	struct link *l = arg;

	l->has_ip6 = 1;
	if (mnl_attr_get_type(at) == IFLA_INET6_CONF)
		values(at, l->conf6, 0);
	else if (mnl_attr_get_type(at) == IFLA_INET6_ADDR_GEN_MODE)
		l->gen_mode = u8(at);
	return MNL_CB_OK;
}

static int
family_attr(const struct nlattr *at, void *arg)
{
	if (mnl_attr_get_type(at) == AF_INET)
		mnl_attr_parse_nested(at, conf_attr, arg);
	else if (mnl_attr_get_type(at) == AF_INET6)
		mnl_attr_parse_nested(at, conf6_attr, arg);
	return MNL_CB_OK;
}

static int
info_attr(const struct nlattr *at, void *arg)
{
	struct link *l = arg;

	if (mnl_attr_get_type(at) == IFLA_INFO_KIND)
		text(at, l->kind, sizeof(l->kind));
	return MNL_CB_OK;
}

static int
link_attr(const struct nlattr *at, void *arg)
{
	struct link *l = arg;

	switch (mnl_attr_get_type(at)) {
	case IFLA_IFNAME:
		text(at, l->name, sizeof(l->name));
		break;
	case IFLA_MTU:
		l->mtu = u32(at);
		break;
	case IFLA_LINK:
		l->peer = u32(at);
		break;
	case IFLA_MASTER:
		l->master = u32(at);
		break;
	case IFLA_OPERSTATE:
		l->operstate = u8(at);
		break;
	case IFLA_LINKMODE:
		l->linkmode = u8(at);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(at) == sizeof(l->mac))
			memcpy(l->mac, mnl_attr_get_payload(at), sizeof(l->mac));
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(at, info_attr, l);
		break;
	case IFLA_AF_SPEC: /* { AF_INET: { IFLA_INET_CONF: values }, AF_INET6: … } */
		mnl_attr_parse_nested(at, family_attr, l);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int
read_link(const struct nlmsghdr *m, void *arg)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(m);
	struct link *l = more(arg);

	if (l == NULL)
		return MNL_CB_OK;
	l->index = (unsigned)i->ifi_index;
	l->flags = i->ifi_flags;
	return mnl_attr_parse(m, sizeof(*i), link_attr, l);
}

/* IFA_LOCAL where both ends of a link have one, IFA_ADDRESS for most of IPv6. */
static int
addr_attr(const struct nlattr *at, void *arg)
{
	struct addr *a = arg;
	unsigned type = mnl_attr_get_type(at), version = a->net.ip.version;
	struct ip ip;

	if (type != IFA_LOCAL && (type != IFA_ADDRESS || version == 4))
		return MNL_CB_OK;
	if (address(at, version, &ip))
		a->net.ip = ip;
	return MNL_CB_OK;
}

static int
read_addr(const struct nlmsghdr *m, void *arg)
{
	const struct ifaddrmsg *i = mnl_nlmsg_get_payload(m);
	unsigned version = version_of(i->ifa_family);
	struct addr *a;

	if (version == 0 || (a = more(arg)) == NULL)
		return MNL_CB_OK;
	a->index = i->ifa_index;
	a->net.ip.version = (uint8_t)version;
	a->net.len = i->ifa_prefixlen;
	a->scope = i->ifa_scope;
	return mnl_attr_parse(m, sizeof(*i), addr_attr, a);
}

static int
route_attr(const struct nlattr *at, void *arg)
{
	struct route *r = arg;

	switch (mnl_attr_get_type(at)) {
	case RTA_TABLE:
		r->table = u32(at);
		break;
	case RTA_DST:
		address(at, r->dst.ip.version, &r->dst.ip);
		break;
	case RTA_GATEWAY:
		address(at, r->dst.ip.version, &r->gateway);
		break;
	case RTA_OIF:
		r->oif = u32(at);
		break;
	case RTA_PRIORITY:
		r->metric = u32(at);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int
read_route(const struct nlmsghdr *m, void *arg)
{
	const struct rtmsg *i = mnl_nlmsg_get_payload(m);
	unsigned version = version_of(i->rtm_family);
	struct route *r;

	if (version == 0 || (i->rtm_flags & RTM_F_CLONED) != 0 ||
	    (i->rtm_type != RTN_UNICAST && i->rtm_type != RTN_BLACKHOLE) ||
	    (r = more(arg)) == NULL)
		return MNL_CB_OK;
	r->table = i->rtm_table;
	r->type = i->rtm_type;
	r->scope = i->rtm_scope;
	r->protocol = i->rtm_protocol;
	r->dst.ip.version = (uint8_t)version;
	r->dst.len = i->rtm_dst_len;
	if (mnl_attr_parse(m, sizeof(*i), route_attr, r) < 0)
		return MNL_CB_ERROR;
	if (r->type == RTN_BLACKHOLE)
		r->oif = 0; /* IPv6 says lo */
	if (version == 6)
		r->metric -= RTNL_METRIC6;
	return MNL_CB_OK;
}

static int
rule_attr(const struct nlattr *at, void *arg)
{
	struct rule *r = arg;

	switch (mnl_attr_get_type(at)) {
	case FRA_PRIORITY:
		r->pref = u32(at);
		break;
	case FRA_TABLE:
		r->table = u32(at);
		break;
	case FRA_PROTOCOL:
		r->protocol = u8(at);
		break;
	case FRA_FWMARK:
		r->mark = u32(at);
		break;
	case FRA_FWMASK:
		r->mask = u32(at);
		break;
	case FRA_SUPPRESS_PREFIXLEN:
		r->suppress = (int)u32(at);
		break;
	case FRA_IIFNAME:
		text(at, r->iif, sizeof(r->iif));
		break;
	case FRA_OIFNAME:
		text(at, r->oif, sizeof(r->oif));
		break;
	case FRA_SRC:
		address(at, r->version, &r->src.ip);
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

static int
read_rule(const struct nlmsghdr *m, void *arg)
{
	const struct fib_rule_hdr *i = mnl_nlmsg_get_payload(m);
	unsigned version = version_of(i->family);
	struct rule *r;

	if (version == 0 || (r = more(arg)) == NULL)
		return MNL_CB_OK;
	r->version = version;
	r->table = i->table;
	r->src.len = i->src_len;
	r->suppress = -1;
	return mnl_attr_parse(m, sizeof(*i), rule_attr, r);
}

static int
proxy_attr(const struct nlattr *at, void *arg)
{
	struct proxy *p = arg;

	if (mnl_attr_get_type(at) == NDA_DST)
		address(at, 6, &p->ip);
	return MNL_CB_OK;
}

static int
read_proxy(const struct nlmsghdr *m, void *arg)
{
	const struct ndmsg *i = mnl_nlmsg_get_payload(m);
	struct proxy *p;

	if (i->ndm_family != AF_INET6 || (i->ndm_flags & NTF_PROXY) == 0 ||
	    (p = more(arg)) == NULL)
		return MNL_CB_OK;
	p->index = (unsigned)i->ndm_ifindex;
	return mnl_attr_parse(m, sizeof(*i), proxy_attr, p);
}

static const struct dump {
	enum view_part part;
	uint16_t type;
	uint8_t
	    header; /* bytes of the family's header, the first of which is the family */
	size_t item;
	mnl_cb_t read;
} dumps[] = {
	{ VIEW_LINKS, RTM_GETLINK, sizeof(struct ifinfomsg), sizeof(struct link),
	    read_link },
	{ VIEW_ADDRS, RTM_GETADDR, sizeof(struct ifaddrmsg), sizeof(struct addr),
	    read_addr },
	{ VIEW_ROUTES, RTM_GETROUTE, sizeof(struct rtmsg), sizeof(struct route),
	    read_route },
	{ VIEW_RULES, RTM_GETRULE, sizeof(struct fib_rule_hdr), sizeof(struct rule),
	    read_rule },
	{ VIEW_PROXIES, RTM_GETNEIGH, sizeof(struct ndmsg), sizeof(struct proxy),
	    read_proxy },
};

/* All families, but for what only IPv6 has. */
static struct nlmsghdr *
dump_message(struct rtnl *r, const struct dump *d)
{
	struct nlmsghdr *m = rtnl_message(r, d->type, NLM_F_DUMP);
	struct ndmsg *n = mnl_nlmsg_put_extra_header(m, d->header);

	if (d->part == VIEW_PROXIES) {
		n->ndm_family = AF_INET6;
		n->ndm_flags = NTF_PROXY;
	}
	return m;
}

static int
dump(struct rtnl *r, const struct dump *d, struct collection *c, struct err *err)
{
	/* A change during a dump marks it as interrupted: read again. */
	for (int i = 0; i < 5; i++) {
		c->n = 0;
		if (talk(r, dump_message(r, d), d->read, c) == 0)
			break;
		if (errno != EINTR)
			return err_errno(err, "read what the namespace has");
	}
	if (c->is_full)
		return err_set(err, &err_internal, "more than %d objects in a namespace",
		    MAX_OBJECTS);
	return 0;
}

int
rtnl_view(struct rtnl *r, struct arena *a, unsigned parts, struct view *ret,
    struct err *err)
{
	struct collection c[COUNT(dumps)] = { 0 };

	for (size_t i = 0; i < COUNT(dumps); i++) {
		c[i].arena = a;
		c[i].size = dumps[i].item;
		if ((parts & dumps[i].part) != 0 && dump(r, &dumps[i], &c[i], err) < 0)
			return -1;
	}
	*ret = (struct view){
		.links = (void *)c[0].items,
		.n_links = c[0].n,
		.addrs = (void *)c[1].items,
		.n_addrs = c[1].n,
		.routes = (void *)c[2].items,
		.n_routes = c[2].n,
		.rules = (void *)c[3].items,
		.n_rules = c[3].n,
		.proxies = (void *)c[4].items,
		.n_proxies = c[4].n,
	};
	return 0;
}

const struct link *
view_link(const struct view *v, const char *name)
{
	for (size_t i = 0; i < v->n_links; i++) {
		if (strcmp(v->links[i].name, name) == 0)
			return &v->links[i];
	}
	return NULL;
}
