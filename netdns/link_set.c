/* What a link has, and what the namespace's routing is: the second half of link.h. */
#include <assert.h>
#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <string.h>
#include <sys/socket.h>

#include "netdns/link.h"
#include "netdns/plan.h"

static uint8_t
family_of(unsigned version)
{
	assert(version == 4 || version == 6);
	return version == 4 ? AF_INET : AF_INET6;
}

static unsigned
bits_of(const struct ip *ip)
{
	return ip->version == 4 ? 32 : 128;
}

static void
put_ip(struct nlmsghdr *m, uint16_t type, const struct ip *ip)
{
	mnl_attr_put(m, type, bits_of(ip) / 8, ip->b);
}

static int
is_same_ip(const struct ip *a, const struct ip *b)
{
	return ip_compare(a, b) == 0;
}

static int
is_same_net(const struct cidr *a, const struct cidr *b)
{
	return a->len == b->len && is_same_ip(&a->ip, &b->ip);
}

static void
put_broadcast(struct nlmsghdr *m, const struct cidr *net)
{
	uint32_t all = ip_to4(&net->ip) | ~net4_mask(net->len);
	struct ip ip = ip_of4(all);

	put_ip(m, IFA_BROADCAST, &ip);
}

/*
 * IPv6 ones are ours alone to give: no second of duplicate address detection.  One that is
 * a network of its own is local, and needs no route beside.
 */
static int
change_addr(struct rtnl *r, uint16_t type, unsigned index, const struct cidr *net,
    struct err *err)
{
	struct nlmsghdr *m =
	    rtnl_message(r, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct ifaddrmsg *i = mnl_nlmsg_put_extra_header(m, sizeof(*i));
	char text[CIDR_TEXT];
	int rc;

	i->ifa_family = family_of(net->ip.version);
	i->ifa_prefixlen = (uint8_t)net->len;
	i->ifa_index = index;
	put_ip(m, IFA_LOCAL, &net->ip);
	put_ip(m, IFA_ADDRESS, &net->ip);
	if (type == RTM_NEWADDR && net->ip.version == 6)
		mnl_attr_put_u32(m, IFA_FLAGS,
		    IFA_F_NODAD | (net->len == 128 ? IFA_F_NOPREFIXROUTE : 0));
	else if (type == RTM_NEWADDR && net->len < 31)
		put_broadcast(m, net);
	rc = type == RTM_NEWADDR ? rtnl_send(r, m, err) : rtnl_send_drop(r, m, err);
	if (rc < 0) {
		cidr_format(net, text);
		return err_wrap(err, "address %s", text);
	}
	return 0;
}

static int
has_addr(const struct view *v, unsigned index, const struct cidr *want)
{
	for (size_t i = 0; i < v->n_addrs; i++) {
		if (v->addrs[i].index == index && is_same_net(&v->addrs[i].net, want))
			return 1;
	}
	return 0;
}

static int
wants_addr(const struct cidr *want, size_t n, const struct cidr *net)
{
	for (size_t i = 0; i < n; i++) {
		if (is_same_net(&want[i], net))
			return 1;
	}
	return 0;
}

int
link_set_addrs(struct rtnl *r, const struct view *v, unsigned index,
    const struct cidr *want, size_t n, const struct cidr *ours, size_t *n_added,
    struct err *err)
{
	for (size_t i = 0; i < v->n_addrs; i++) {
		const struct cidr *net = &v->addrs[i].net;

		if (v->addrs[i].index != index || wants_addr(want, n, net) ||
		    (ours != NULL &&
			(net->len != bits_of(&net->ip) || !cidr_has(ours, &net->ip))))
			continue;
		if (change_addr(r, RTM_DELADDR, index, net, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (has_addr(v, index, &want[i]))
			continue;
		if (change_addr(r, RTM_NEWADDR, index, &want[i], err) < 0)
			return -1;
		if (n_added != NULL)
			++*n_added;
	}
	return 0;
}

/* What the kernel keeps one route for. */
static int
is_same_place(const struct route *a, const struct route *b)
{
	return a->table == b->table && is_same_net(&a->dst, &b->dst) &&
	    a->metric == b->metric;
}

static int
is_same_route(const struct route *a, const struct route *b)
{
	return is_same_place(a, b) && a->type == b->type &&
	    is_same_ip(&a->gateway, &b->gateway) && a->oif == b->oif;
}

static int
change_route(struct rtnl *r, uint16_t type, const struct route *route, struct err *err)
{
	struct nlmsghdr *m = rtnl_message(r, type,
	    type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct rtmsg *i = mnl_nlmsg_put_extra_header(m, sizeof(*i));
	unsigned metric = route->metric, version = route->dst.ip.version;
	char text[CIDR_TEXT];
	int rc;

	i->rtm_family = family_of(version);
	i->rtm_dst_len = (uint8_t)route->dst.len;
	i->rtm_table = RT_TABLE_UNSPEC;
	i->rtm_protocol = RTNL_PROTOCOL;
	i->rtm_type = (uint8_t)route->type;
	i->rtm_scope =
	    version == 4 && route->gateway.version == 0 && route->type == RTN_UNICAST ?
	    RT_SCOPE_LINK :
	    RT_SCOPE_UNIVERSE;
	mnl_attr_put_u32(m, RTA_TABLE, route->table);
	if (route->dst.len > 0)
		put_ip(m, RTA_DST, &route->dst.ip);
	if (route->gateway.version != 0)
		put_ip(m, RTA_GATEWAY, &route->gateway);
	if (route->oif != 0)
		mnl_attr_put_u32(m, RTA_OIF, route->oif);
	if (version == 6)
		metric += RTNL_METRIC6;
	if (metric != 0)
		mnl_attr_put_u32(m, RTA_PRIORITY, metric);
	rc = type == RTM_NEWROUTE ? rtnl_send(r, m, err) : rtnl_send_drop(r, m, err);
	if (rc < 0) {
		cidr_format(&route->dst, text);
		return err_wrap(err, "route to %s", text);
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

static int
has_place(const struct route *routes, size_t n, const struct route *route)
{
	for (size_t i = 0; i < n; i++) {
		if (is_same_place(&routes[i], route))
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

		/* Replaced above: to remove it would be to remove the new one. */
		if (old->protocol != RTNL_PROTOCOL || (oif != 0 && old->oif != oif) ||
		    has_place(want, n, old))
			continue;
		if (change_route(r, RTM_DELROUTE, old, err) < 0)
			return -1;
	}
	return 0;
}

/* The mask that the kernel shows: a mark without one is asked for with all its bits. */
static uint32_t
mask_of(const struct rule *rule)
{
	return rule->mark != 0 && rule->mask == 0 ? UINT32_MAX : rule->mask;
}

static int
is_same_rule(const struct rule *a, const struct rule *b)
{
	return a->version == b->version && a->pref == b->pref && a->table == b->table &&
	    a->mark == b->mark && mask_of(a) == mask_of(b) &&
	    a->suppress == b->suppress && strcmp(a->iif, b->iif) == 0 &&
	    strcmp(a->oif, b->oif) == 0 && is_same_net(&a->src, &b->src);
}

static int
change_rule(struct rtnl *r, uint16_t type, const struct rule *rule, struct err *err)
{
	struct nlmsghdr *m =
	    rtnl_message(r, type, type == RTM_NEWRULE ? NLM_F_CREATE : 0);
	struct fib_rule_hdr *i = mnl_nlmsg_put_extra_header(m, sizeof(*i));

	i->family = family_of(rule->version);
	i->action = FR_ACT_TO_TBL;
	i->table = RT_TABLE_UNSPEC;
	i->src_len = (uint8_t)rule->src.len;
	mnl_attr_put_u32(m, FRA_PRIORITY, rule->pref);
	mnl_attr_put_u32(m, FRA_TABLE, rule->table);
	mnl_attr_put_u8(m, FRA_PROTOCOL, RTNL_PROTOCOL);
	if (mask_of(rule) != 0) {
		mnl_attr_put_u32(m, FRA_FWMARK, rule->mark);
		mnl_attr_put_u32(m, FRA_FWMASK, mask_of(rule));
	}
	if (rule->src.len > 0)
		put_ip(m, FRA_SRC, &rule->src.ip);
	if (rule->suppress >= 0)
		mnl_attr_put_u32(m, FRA_SUPPRESS_PREFIXLEN, (uint32_t)rule->suppress);
	if (rule->iif[0] != '\0')
		mnl_attr_put_strz(m, FRA_IIFNAME, rule->iif);
	if (rule->oif[0] != '\0')
		mnl_attr_put_strz(m, FRA_OIFNAME, rule->oif);
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

static int
change_proxy(struct rtnl *r, uint16_t type, const struct proxy *proxy, struct err *err)
{
	struct nlmsghdr *m = rtnl_message(r, type,
	    type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct ndmsg *n = mnl_nlmsg_put_extra_header(m, sizeof(*n));
	char text[IP_TEXT];

	n->ndm_family = AF_INET6;
	n->ndm_ifindex = (int)proxy->index;
	n->ndm_flags = NTF_PROXY;
	put_ip(m, NDA_DST, &proxy->ip);
	if ((type == RTM_NEWNEIGH ? rtnl_send(r, m, err) : rtnl_send_drop(r, m, err)) <
	    0) {
		ip_format(&proxy->ip, text);
		return err_wrap(err, "to answer for %s", text);
	}
	return 0;
}

static int
has_proxy(const struct view *v, unsigned index, const struct ip *ip)
{
	for (size_t i = 0; i < v->n_proxies; i++) {
		if (v->proxies[i].index == index && is_same_ip(&v->proxies[i].ip, ip))
			return 1;
	}
	return 0;
}

static int
wants_proxy(const struct ip *want, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++) {
		if (is_same_ip(&want[i], ip))
			return 1;
	}
	return 0;
}

int
link_set_proxies(struct rtnl *r, const struct view *v, unsigned index,
    const struct ip *want, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct proxy p = { index, want[i] };

		if (!has_proxy(v, index, &want[i]) &&
		    change_proxy(r, RTM_NEWNEIGH, &p, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < v->n_proxies; i++) {
		const struct proxy *p = &v->proxies[i];

		if (p->index == index && !wants_proxy(want, n, &p->ip) &&
		    change_proxy(r, RTM_DELNEIGH, p, err) < 0)
			return -1;
	}
	return 0;
}
