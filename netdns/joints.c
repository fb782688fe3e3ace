#include "netdns/joints.h"

#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "netdns/link.h"
#include "netdns/ns.h"
#include "netdns/plan.h"

#define PREFIX "SFJOINT"

enum { MAX_TRANSITS = 8 };

static const struct link_conf conf[] = {
	{ IPV4_DEVCONF_FORWARDING, 1 },
	{ IPV4_DEVCONF_SEND_REDIRECTS, 0 },
	{ IPV4_DEVCONF_ACCEPT_REDIRECTS, 0 },
	{ IPV4_DEVCONF_RP_FILTER, 2 },
};

static const struct link_conf conf6[] = {
	{ DEVCONF_DISABLE_IPV6, 0 },
	{ DEVCONF_FORWARDING, 1 },
	{ DEVCONF_ACCEPT_RA, 0 },
	{ DEVCONF_ACCEPT_REDIRECTS, 0 },
};

static void
set_name(struct joint *j, const char *one, const char *other)
{
	char key[600], hex[65];
	int n = snprintf(key, sizeof(key), "%.255s %.255s", one, other);

	sha256_hex(key, (size_t)n, hex);
	snprintf(j->name, sizeof(j->name), PREFIX "%.8s", hex);
}

int
joint_is_name(const char *name)
{
	return strncmp(name, PREFIX, strlen(PREFIX)) == 0;
}

/* Joints in the making. */
struct making {
	struct joint *list;
	size_t n, room;
	struct arena *arena;
};

static void
add(struct making *m, const struct joint *j)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->list[i].name, j->name) == 0)
			return;
	}
	if (m->n == m->room) {
		struct joint *list =
		    arena_calloc(m->arena, m->room * 2 + 8, sizeof(*list));

		if (m->n > 0)
			memcpy(list, m->list, m->n * sizeof(*list));
		m->list = list;
		m->room = m->room * 2 + 8;
	}
	m->list[m->n++] = *j;
}

/* The attachments in the order of their ids: the way back has the same joint. */
static void
add_transit(struct making *m, const struct fabric_attachment *from,
    const struct fabric_attachment *onto)
{
	int turned = strcmp(from->id, onto->id) > 0;
	struct joint j = { .at = { turned ? onto : from, turned ? from : onto } };

	if (from->vpc == onto->vpc)
		return;
	j.vpc[0] = j.at[0]->vpc;
	j.vpc[1] = j.at[1]->vpc;
	set_name(&j, j.at[0]->id, j.at[1]->id);
	add(m, &j);
}

/* All VPCs that the table leads to, of this transit gateway and of those behind it. */
static void
follow(struct making *m, const struct fabric_attachment *from,
    const struct fabric_transit_table *t, int depth)
{
	for (size_t i = 0; t != NULL && i < t->n_routes; i++) {
		const struct fabric_attachment *next = t->routes[i].attachment, *end;
		int is_seen = next == NULL;

		for (size_t k = 0; k < i && !is_seen; k++)
			is_seen = t->routes[k].attachment == next;
		if (is_seen)
			continue;
		if (next->vpc != NULL)
			add_transit(m, from, next);
		else if (depth + 1 < MAX_TRANSITS && (end = ways_other_end(next)) != NULL)
			follow(m, from, end->table, depth + 1);
	}
}

void
joints_read(const struct fabric *f, struct arena *a, struct joints *ret)
{
	struct making m = { .arena = a };

	for (size_t i = 0; i < f->n_peerings; i++) {
		const struct fabric_peering *p = &f->peerings[i];
		struct joint j = { .vpc = { p->vpc[0], p->vpc[1] }, .peering = p };

		if (p->vpc[0] == NULL || p->vpc[1] == NULL || p->vpc[0] == p->vpc[1])
			continue;
		set_name(&j, p->id, "");
		add(&m, &j);
	}
	for (size_t i = 0; i < f->n_transits; i++) {
		const struct fabric_transit *t = &f->transits[i];

		for (size_t k = 0; k < t->n_attachments; k++) {
			if (t->attachments[k].vpc != NULL)
				follow(&m, &t->attachments[k], t->attachments[k].table,
				    0);
		}
	}
	*ret = (struct joints){ .list = m.list, .n = m.n };
}

const struct joint *
joints_find(const struct joints *all, const struct way *w)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct joint *j = &all->list[i];

		if (w->kind == ROUTE_PEERING ? j->peering == w->peering :
					       j->peering == NULL &&
			    ((j->at[0] == w->from && j->at[1] == w->onto) ||
				(j->at[1] == w->from && j->at[0] == w->onto)))
			return j;
	}
	return NULL;
}

int
joint_end(const struct joint *j, const struct fabric_vpc *v)
{
	return j->vpc[0] == v ? 0 : j->vpc[1] == v ? 1 : -1;
}

/* NOARP: the kernel takes a neighbour's MAC to be the link's own, which it is. */
static void
put_end(struct nlmsghdr *m, struct ifinfomsg *i, const char *name, const uint8_t mac[6],
    unsigned mtu)
{
	i->ifi_family = AF_UNSPEC;
	i->ifi_flags = i->ifi_change = IFF_NOARP;
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	mnl_attr_put(m, IFLA_ADDRESS, 6, mac);
	mnl_attr_put_u32(m, IFLA_MTU, mtu);
}

static int
make(struct rtnl *r, int peer_ns, const char *name, unsigned mtu, struct err *err)
{
	struct nlmsghdr *m = rtnl_message(r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data, *peer;
	char text[MAC_TEXT];
	uint8_t mac[6];

	plan_mac(name, text);
	mac_parse(text, mac);
	put_end(m, mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg)), name, mac,
	    mtu);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_str(m, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(m, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(m, VETH_INFO_PEER);
	put_end(m, mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg)), name, mac,
	    mtu);
	mnl_attr_put_u32(m, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	mnl_attr_nest_end(m, peer);
	mnl_attr_nest_end(m, data);
	mnl_attr_nest_end(m, info);
	return rtnl_send(r, m, err);
}

static const struct link *
find(const struct view *v, const char *name)
{
	const struct link *l = view_link(v, name);

	return l != NULL && strcmp(l->kind, "veth") == 0 ? l : NULL;
}

/* The end of a joint whose other end is in a namespace that is no router's any more. */
static int
drop_end(int ns, const char *name, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	const struct link *l;
	struct view v;

	if (ns_enter(ns, err) < 0 || rtnl_open(&r, err) < 0 ||
	    rtnl_view(r, a, VIEW_LINKS, &v, err) < 0)
		return -1;
	l = find(&v, name);
	return l != NULL ? link_remove(r, l->index, err) : 0;
}

int
joint_ensure(struct rtnl *r, int own_ns, int peer_ns, const char *name, unsigned mtu,
    int *ret_made, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct view v;
	int rc;

	*ret_made = 0;
	if (rtnl_view(r, a, VIEW_LINKS, &v, err) < 0)
		return -1;
	if (find(&v, name) != NULL)
		return 0;
	rc = drop_end(peer_ns, name, err);
	if (ns_enter(own_ns, err) < 0 || rc < 0 || make(r, peer_ns, name, mtu, err) < 0)
		return err_wrap(err, "joint %s", name);
	*ret_made = 1;
	return 0;
}

/*
 * A gateway's address is the router's there, too: of a link without any the kernel takes
 * nothing in whose way back is by another.
 */
static int
set_address(struct rtnl *r, const struct view *view, const struct link *l,
    const struct fabric_vpc *v, struct err *err)
{
	struct cidr own = { .len = 32 };

	if (v->n_subnets == 0)
		return 0;
	own.ip = v->subnets[0].gateway;
	return link_set_addrs(r, view, l->index, &own, 1, NULL, NULL, err);
}

static int
raise_end(struct rtnl *r, const struct link *l, unsigned mtu, struct err *err)
{
	if (link_set_mtu(r, l, mtu, err) < 0 ||
	    link_set_conf(r, l, conf, COUNT(conf), err) < 0 ||
	    (l->has_ip6 && link_set_conf6(r, l, conf6, COUNT(conf6), err) < 0))
		return err_wrap(err, "settings of %s", l->name);
	return (l->flags & IFF_UP) != 0 ? 0 : link_set_up(r, l->index, err);
}

int
joints_keep(struct rtnl *r, const struct view *view, const struct joints *all,
    const struct fabric_vpc *v, unsigned mtu, struct err *err)
{
	for (size_t i = 0; i < view->n_links; i++) {
		const struct link *l = &view->links[i];
		size_t k = 0;

		if (!joint_is_name(l->name))
			continue;
		while (k < all->n &&
		    (joint_end(&all->list[k], v) < 0 ||
			strcmp(all->list[k].name, l->name) != 0))
			k++;
		if (k == all->n ? link_remove(r, l->index, err) < 0 :
				  set_address(r, view, l, v, err) < 0 ||
			    raise_end(r, l, mtu, err) < 0)
			return -1;
	}
	return 0;
}
