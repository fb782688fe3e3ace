#include "netdns/link.h"

#include <assert.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "netdns/ns.h"

/* linux/if.h has them, but only without the C library's net/if.h. */
enum { MODE_DEFAULT = 0, MODE_DORMANT = 1, STATE_DORMANT = 5, STATE_UP = 6 };

static struct nlmsghdr *
link_message(struct rtnl *r, uint16_t type, uint16_t flags, unsigned index)
{
	struct nlmsghdr *m = rtnl_message(r, type, flags);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(m, sizeof(*i));

	i->ifi_family = AF_UNSPEC;
	i->ifi_index = (int)index;
	return m;
}

int
link_set_up(struct rtnl *r, unsigned index, struct err *err)
{
	struct nlmsghdr *m = link_message(r, RTM_NEWLINK, 0, index);
	struct ifinfomsg *i = mnl_nlmsg_get_payload(m);

	i->ifi_flags = i->ifi_change = IFF_UP;
	return rtnl_send(r, m, err);
}

int
link_set_mtu(struct rtnl *r, const struct link *l, unsigned mtu, struct err *err)
{
	struct nlmsghdr *m;

	if (l->mtu == mtu)
		return 0;
	m = link_message(r, RTM_NEWLINK, 0, l->index);
	mnl_attr_put_u32(m, IFLA_MTU, mtu);
	return rtnl_send(r, m, err);
}

int
link_remove(struct rtnl *r, unsigned index, struct err *err)
{
	return rtnl_send_drop(r, link_message(r, RTM_DELLINK, 0, index), err);
}

int
link_wake(struct rtnl *r, unsigned index, struct err *err)
{
	struct nlmsghdr *m = link_message(r, RTM_NEWLINK, 0, index);

	mnl_attr_put_u8(m, IFLA_LINKMODE, MODE_DEFAULT);
	mnl_attr_put_u8(m, IFLA_OPERSTATE, STATE_UP);
	return rtnl_send(r, m, err);
}

static int
make_bridge(struct rtnl *r, const char *name, const uint8_t mac[6], struct err *err)
{
	struct nlmsghdr *m = link_message(r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct nlattr *info;

	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	mnl_attr_put(m, IFLA_ADDRESS, 6, mac);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_str(m, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(m, info);
	return rtnl_send(r, m, err);
}

int
link_bridge(struct rtnl *r, const struct view *v, const char *name, const uint8_t mac[6],
    unsigned *ret, struct err *err)
{
	const struct link *l = view_link(v, name);
	CLEANUP(arena_freep) struct arena *a = NULL;
	struct view now;

	if (l != NULL && strcmp(l->kind, "bridge") != 0) {
		if (link_remove(r, l->index, err) < 0)
			return -1;
		l = NULL;
	}
	if (l == NULL) {
		a = arena_new();
		if (make_bridge(r, name, mac, err) < 0 ||
		    rtnl_view(r, a, VIEW_LINKS, &now, err) < 0)
			return err_wrap(err, "bridge %s", name);
		l = view_link(&now, name);
		if (l == NULL)
			return err_set(err, &err_internal, "bridge %s is gone", name);
	}
	if ((l->flags & IFF_UP) == 0 && link_set_up(r, l->index, err) < 0)
		return err_wrap(err, "bridge %s", name);
	*ret = l->index;
	return 0;
}

int
link_set_conf(struct rtnl *r, const struct link *l, const struct link_conf *conf,
    size_t n, struct err *err)
{
	struct nlmsghdr *m = link_message(r, RTM_NEWLINK, 0, l->index);
	struct nlattr *spec = mnl_attr_nest_start(m, IFLA_AF_SPEC);
	struct nlattr *family = mnl_attr_nest_start(m, AF_INET);
	struct nlattr *values = mnl_attr_nest_start(m, IFLA_INET_CONF);
	size_t n_wrong = 0;

	for (size_t i = 0; i < n; i++) {
		assert(conf[i].what < RTNL_CONF_MAX);
		if (l->conf[conf[i].what] == conf[i].value)
			continue;
		mnl_attr_put_u32(m, (uint16_t)conf[i].what, conf[i].value);
		n_wrong++;
	}
	mnl_attr_nest_end(m, values);
	mnl_attr_nest_end(m, family);
	mnl_attr_nest_end(m, spec);
	return n_wrong > 0 ? rtnl_send(r, m, err) : 0;
}

static const struct {
	unsigned what;
	const char *name;
} settings6[] = {
	{ DEVCONF_FORWARDING, "forwarding" },
	{ DEVCONF_ACCEPT_RA, "accept_ra" },
	{ DEVCONF_ACCEPT_REDIRECTS, "accept_redirects" },
	{ DEVCONF_AUTOCONF, "autoconf" },
	{ DEVCONF_DISABLE_IPV6, "disable_ipv6" },
	{ DEVCONF_NDISC_NOTIFY, "ndisc_notify" },
	{ DEVCONF_PROXY_NDP, "proxy_ndp" },
};

static const char *
name_of(unsigned what)
{
	size_t i = 0;

	while (i < COUNT(settings6) && settings6[i].what != what)
		i++;
	assert(i < COUNT(settings6));
	return settings6[i].name;
}

static int
set_gen_mode(struct rtnl *r, const struct link *l, uint8_t mode, struct err *err)
{
	struct nlmsghdr *m = link_message(r, RTM_NEWLINK, 0, l->index);
	struct nlattr *spec = mnl_attr_nest_start(m, IFLA_AF_SPEC);
	struct nlattr *family = mnl_attr_nest_start(m, AF_INET6);

	mnl_attr_put_u8(m, IFLA_INET6_ADDR_GEN_MODE, mode);
	mnl_attr_nest_end(m, family);
	mnl_attr_nest_end(m, spec);
	return rtnl_send(r, m, err);
}

int
link_set_conf6(struct rtnl *r, const struct link *l, const struct link_conf *conf,
    size_t n, struct err *err)
{
	char name[64];

	if (!l->has_ip6)
		return err_set(err, &err_unavailable, "the kernel has no IPv6 for %s",
		    l->name);
	if (l->gen_mode != IN6_ADDR_GEN_MODE_NONE &&
	    set_gen_mode(r, l, IN6_ADDR_GEN_MODE_NONE, err) < 0)
		return err_wrap(err, "IPv6 of %s", l->name);
	for (size_t i = 0; i < n; i++) {
		if (l->conf6[conf[i].what] == conf[i].value)
			continue;
		snprintf(name, sizeof(name), "net/ipv6/conf/%s/%s", l->name,
		    name_of(conf[i].what));
		if (!ns_setting(name, conf[i].value != 0 ? '1' : '0'))
			return err_set(err, &err_unavailable, "%s cannot be set", name);
	}
	return 0;
}

int
link_veth(struct rtnl *r, const char *name, unsigned master, unsigned mtu, int peer_ns,
    const char *peer_name, const uint8_t mac[6], struct err *err)
{
	struct nlmsghdr *m = link_message(r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	struct nlattr *info, *data, *peer;
	struct ifinfomsg *i;

	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	mnl_attr_put_u32(m, IFLA_MTU, mtu);
	if (master != 0)
		mnl_attr_put_u32(m, IFLA_MASTER, master);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_str(m, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(m, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(m, VETH_INFO_PEER);
	i = mnl_nlmsg_put_extra_header(m, sizeof(*i));
	i->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(m, IFLA_IFNAME, peer_name);
	mnl_attr_put(m, IFLA_ADDRESS, 6, mac);
	mnl_attr_put_u32(m, IFLA_MTU, mtu);
	mnl_attr_put_u32(m, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	mnl_attr_put_u8(m, IFLA_LINKMODE, MODE_DORMANT);
	mnl_attr_put_u8(m, IFLA_OPERSTATE, STATE_DORMANT);
	mnl_attr_nest_end(m, peer);
	mnl_attr_nest_end(m, data);
	mnl_attr_nest_end(m, info);
	return rtnl_send(r, m, err);
}

int
link_wait(struct rtnl *r, const char *name, struct err *err)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct link *l;
	struct view v;

	for (int i = 0; i < 200; i++) {
		if (rtnl_view(r, a, VIEW_LINKS, &v, err) < 0)
			return err_wrap(err, "wait for %s", name);
		l = view_link(&v, name);
		if (l == NULL || l->operstate == STATE_UP)
			break;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int
link_announce(struct rtnl *r, const struct link *l, struct err *err)
{
	struct nlmsghdr *m = link_message(r, RTM_NEWLINK, 0, l->index);

	mnl_attr_put(m, IFLA_ADDRESS, 6, l->mac);
	if (rtnl_send(r, m, err) < 0)
		return err_wrap(err, "announce the addresses of %s", l->name);
	return 0;
}
