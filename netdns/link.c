#include "netdns/link.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

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

static int
change_addr(struct rtnl *r, uint16_t type, unsigned index, uint32_t addr, unsigned len,
    struct err *err)
{
	struct nlmsghdr *m =
	    rtnl_message(r, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct ifaddrmsg *i = mnl_nlmsg_put_extra_header(m, sizeof(*i));
	char text[IP4_TEXT];
	int rc;

	i->ifa_family = AF_INET;
	i->ifa_prefixlen = (uint8_t)len;
	i->ifa_index = index;
	mnl_attr_put_u32(m, IFA_LOCAL, htonl(addr));
	mnl_attr_put_u32(m, IFA_ADDRESS, htonl(addr));
	if (type == RTM_NEWADDR && len < 31)
		mnl_attr_put_u32(m, IFA_BROADCAST, htonl(addr | ~net4_mask(len)));
	rc = type == RTM_NEWADDR ? rtnl_send(r, m, err) : rtnl_send_drop(r, m, err);
	if (rc < 0) {
		ip4_format(addr, text);
		return err_wrap(err, "address %s/%u", text, len);
	}
	return 0;
}

static int
has_addr(const struct view *v, unsigned index, const struct net4 *want)
{
	for (size_t i = 0; i < v->n_addrs; i++) {
		const struct addr *a = &v->addrs[i];

		if (a->index == index && a->addr == want->addr && a->len == want->len)
			return 1;
	}
	return 0;
}

static int
wants_addr(const struct net4 *want, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++) {
		if (want[i].addr == a->addr && want[i].len == a->len)
			return 1;
	}
	return 0;
}

int
link_set_addrs(struct rtnl *r, const struct view *v, unsigned index,
    const struct net4 *want, size_t n, const struct net4 *ours, size_t *n_added,
    struct err *err)
{
	for (size_t i = 0; i < v->n_addrs; i++) {
		const struct addr *a = &v->addrs[i];

		if (a->index != index || wants_addr(want, n, a) ||
		    (ours != NULL && (a->len != 32 || !net4_has(ours, a->addr))))
			continue;
		if (change_addr(r, RTM_DELADDR, index, a->addr, a->len, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (has_addr(v, index, &want[i]))
			continue;
		if (change_addr(r, RTM_NEWADDR, index, want[i].addr, want[i].len, err) <
		    0)
			return -1;
		if (n_added != NULL)
			++*n_added;
	}
	return 0;
}

static int
is_same_route(const struct route *a, const struct route *b)
{
	return a->table == b->table && a->type == b->type && a->len == b->len &&
	    a->dst == b->dst && a->gateway == b->gateway && a->oif == b->oif &&
	    a->metric == b->metric;
}

static int
change_route(struct rtnl *r, uint16_t type, const struct route *route, struct err *err)
{
	struct nlmsghdr *m = rtnl_message(r, type,
	    type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct rtmsg *i = mnl_nlmsg_put_extra_header(m, sizeof(*i));
	char text[IP4_TEXT];
	int rc;

	i->rtm_family = AF_INET;
	i->rtm_dst_len = (uint8_t)route->len;
	i->rtm_table = RT_TABLE_UNSPEC;
	i->rtm_protocol = RTNL_PROTOCOL;
	i->rtm_type = (uint8_t)route->type;
	i->rtm_scope = route->gateway == 0 && route->type == RTN_UNICAST ?
	    RT_SCOPE_LINK :
	    RT_SCOPE_UNIVERSE;
	mnl_attr_put_u32(m, RTA_TABLE, route->table);
	if (route->len > 0)
		mnl_attr_put_u32(m, RTA_DST, htonl(route->dst));
	if (route->gateway != 0)
		mnl_attr_put_u32(m, RTA_GATEWAY, htonl(route->gateway));
	if (route->oif != 0)
		mnl_attr_put_u32(m, RTA_OIF, route->oif);
	if (route->metric != 0)
		mnl_attr_put_u32(m, RTA_PRIORITY, route->metric);
	rc = type == RTM_NEWROUTE ? rtnl_send(r, m, err) : rtnl_send_drop(r, m, err);
	if (rc < 0) {
		ip4_format(route->dst, text);
		return err_wrap(err, "route to %s/%u", text, route->len);
	}
	return 0;
}

static int
has_route(const struct route *routes, size_t n, const struct route *route)
{
	for (size_t i = 0; i < n; i++) {
		if (is_same_route(&routes[i], route))
			return 1;
	}
	return 0;
}

int
link_set_routes(struct rtnl *r, const struct view *v, unsigned oif,
    const struct route *want, size_t n, struct err *err)
{
	/* First add, then remove: where there was a way there always is one. */
	for (size_t i = 0; i < n; i++) {
		if (!has_route(v->routes, v->n_routes, &want[i]) &&
		    change_route(r, RTM_NEWROUTE, &want[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < v->n_routes; i++) {
		const struct route *old = &v->routes[i];
		struct route same;

		if (old->protocol != RTNL_PROTOCOL || (oif != 0 && old->oif != oif) ||
		    has_route(want, n, old))
			continue;
		/* Replaced above: to remove it would be to remove the new one. */
		same = *old;
		for (size_t k = 0; k < n; k++) {
			if (want[k].table == old->table && want[k].dst == old->dst &&
			    want[k].len == old->len && want[k].metric == old->metric)
				same.table = 0;
		}
		if (same.table != 0 && change_route(r, RTM_DELROUTE, old, err) < 0)
			return -1;
	}
	return 0;
}

static int
is_same_rule(const struct rule *a, const struct rule *b)
{
	return a->pref == b->pref && a->table == b->table && a->mark == b->mark &&
	    a->suppress == b->suppress && strcmp(a->iif, b->iif) == 0;
}

static int
change_rule(struct rtnl *r, uint16_t type, const struct rule *rule, struct err *err)
{
	struct nlmsghdr *m =
	    rtnl_message(r, type, type == RTM_NEWRULE ? NLM_F_CREATE : 0);
	struct fib_rule_hdr *i = mnl_nlmsg_put_extra_header(m, sizeof(*i));

	i->family = AF_INET;
	i->action = FR_ACT_TO_TBL;
	i->table = RT_TABLE_UNSPEC;
	mnl_attr_put_u32(m, FRA_PRIORITY, rule->pref);
	mnl_attr_put_u32(m, FRA_TABLE, rule->table);
	mnl_attr_put_u8(m, FRA_PROTOCOL, RTNL_PROTOCOL);
	if (rule->mark != 0)
		mnl_attr_put_u32(m, FRA_FWMARK, rule->mark);
	if (rule->suppress >= 0)
		mnl_attr_put_u32(m, FRA_SUPPRESS_PREFIXLEN, (uint32_t)rule->suppress);
	if (rule->iif[0] != '\0')
		mnl_attr_put_strz(m, FRA_IIFNAME, rule->iif);
	if ((type == RTM_NEWRULE ? rtnl_send(r, m, err) : rtnl_send_drop(r, m, err)) < 0)
		return err_wrap(err, "routing rule %u", rule->pref);
	return 0;
}

static int
has_rule(const struct rule *rules, size_t n, const struct rule *rule, unsigned protocol)
{
	for (size_t i = 0; i < n; i++) {
		if ((protocol == 0 || rules[i].protocol == protocol) &&
		    is_same_rule(&rules[i], rule))
			return 1;
	}
	return 0;
}

int
link_set_rules(struct rtnl *r, const struct view *v, const struct rule *want, size_t n,
    struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (!has_rule(v->rules, v->n_rules, &want[i], RTNL_PROTOCOL) &&
		    change_rule(r, RTM_NEWRULE, &want[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < v->n_rules; i++) {
		if (v->rules[i].protocol == RTNL_PROTOCOL &&
		    !has_rule(want, n, &v->rules[i], 0) &&
		    change_rule(r, RTM_DELRULE, &v->rules[i], err) < 0)
			return -1;
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
