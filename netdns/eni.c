#include "netdns/eni.h"

#include <linux/ipv6.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "netdns/link.h"
#include "netdns/ns.h"
#include "netdns/source.h"

#define PREFIX "SIMFRA"

enum { N_LINK_LOCAL = 3, N_DEFAULTS = 2, OPERSTATE_UP = 6 };

static const struct err_kind device_taken = { "DeviceTaken", 409 };

static const uint32_t link_local[N_LINK_LOCAL] = { 0xa9fea9fe, 0xa9fea9fd, 0xa9feaa02 };

void
eni_host_name(const char *id, char out[ENI_HOST_NAME])
{
	char hex[65];

	sha256_hex(id, strlen(id), hex);
	snprintf(out, ENI_HOST_NAME, PREFIX "%.9s", hex);
}

int
eni_is_host_name(const char *name)
{
	return strncmp(name, PREFIX, strlen(PREFIX)) == 0;
}

/* eth0: 0, eth1: 1 …, so that the first ENI's default route is preferred. */
static unsigned
metric(const char *device)
{
	size_t n = strlen(device);
	unsigned v = 0, scale = 1;

	while (n > 0 && device[n - 1] >= '0' && device[n - 1] <= '9' && scale <= 100) {
		v += (unsigned)(device[--n] - '0') * scale;
		scale *= 10;
	}
	return v;
}

/* IPv6 is wanted, and the kernel has it. */
static int
has_ip6(const struct eni_want *want, const struct link *device)
{
	for (size_t i = 0; device->has_ip6 && i < want->n_addrs; i++) {
		if (want->addrs[i].ip.version == 6)
			return 1;
	}
	return 0;
}

static struct ip
gateway6(void)
{
	struct ip ip = { 0 };

	ip_parse(ENI_GATEWAY6, &ip);
	return ip;
}

/* fe80:: and the MAC with ff:fe in its middle (RFC 4291 2.5.1), as EC2's are. */
static struct cidr
link_local6(const uint8_t mac[6])
{
	return (struct cidr){
		.ip = { .version = 6,
		    .b = { 0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe,
			mac[3], mac[4], mac[5] } },
		.len = 64,
	};
}

/* Its addresses, and a link-local one when it has any of IPv6. */
static const struct cidr *
eni_addrs(const struct eni_want *want, const struct link *device, struct arena *a,
    size_t *ret_n)
{
	struct cidr *all = arena_calloc(a, want->n_addrs + 1, sizeof(*all));
	int with6 = has_ip6(want, device);
	size_t n = 0;

	for (size_t i = 0; i < want->n_addrs; i++) {
		if (want->addrs[i].ip.version == 4 || with6)
			all[n++] = want->addrs[i];
	}
	if (with6)
		all[n++] = link_local6(want->mac);
	*ret_n = n;
	return all;
}

/* What its own table has (source.h): the networks that it is in, and who leads on. */
static size_t
own_routes(const struct eni_want *want, const struct link *device, unsigned table,
    struct route *out)
{
	int with6 = has_ip6(want, device);
	size_t n = 0;

	for (size_t i = 0; i < want->n_addrs; i++) {
		struct cidr net = want->addrs[i];
		size_t k = 0;

		cidr_mask(&net);
		while (k < n &&
		    (out[k].dst.len != net.len ||
			ip_compare(&out[k].dst.ip, &net.ip) != 0))
			k++;
		if (k < n || (net.ip.version == 6 && !with6))
			continue;
		out[n++] = (struct route){ .table = table,
			.type = RTN_UNICAST,
			.oif = device->index,
			.dst = net };
	}
	return n;
}

static const struct route *
eni_routes(const struct eni_want *want, const struct link *device, struct arena *a,
    size_t *ret_n)
{
	unsigned own = source_table(want->device), oif = device->index;
	const struct route defaults[N_DEFAULTS] = {
		{ .dst.ip.version = 4, .gateway = want->gateway },
		{ .dst.ip.version = 6, .gateway = gateway6() },
	};
	int is_wanted[N_DEFAULTS] = { want->gateway.version != 0, has_ip6(want, device) };
	struct route *all = arena_calloc(a,
	    N_LINK_LOCAL + 2 * (size_t)N_DEFAULTS + want->n_addrs, sizeof(*all));
	size_t n = own == 0 ? 0 : own_routes(want, device, own, all);

	for (size_t i = 0; i < N_LINK_LOCAL; i++)
		all[n++] = (struct route){ .table = RT_TABLE_MAIN,
			.type = RTN_UNICAST,
			.oif = oif,
			.dst = cidr_of4(link_local[i], 32),
			.metric = metric(want->device) };
	for (size_t i = 0; i < N_DEFAULTS; i++) {
		struct route one = defaults[i];

		one.type = RTN_UNICAST;
		one.oif = oif;
		one.table = own;
		if (is_wanted[i] && own != 0)
			all[n++] = one;
		one.table = RT_TABLE_MAIN;
		one.metric = metric(want->device);
		if (is_wanted[i])
			all[n++] = one;
	}
	*ret_n = n;
	return all;
}

/* Both ends know each other, and nothing that cannot be changed in place differs. */
static int
is_pair(const struct link *host, const struct link *device, unsigned bridge,
    const struct eni_want *want)
{
	return host != NULL && device != NULL && host->peer == device->index &&
	    device->peer == host->index && strcmp(device->kind, "veth") == 0 &&
	    memcmp(device->mac, want->mac, 6) == 0 && host->master == bridge;
}

static const struct link_conf device_conf[] = {
	{ IPV4_DEVCONF_PROMOTE_SECONDARIES, 1 },
	{ IPV4_DEVCONF_ARP_NOTIFY, 1 },
	/* Each interface speaks for its own addresses, also when two are in one subnet. */
	{ IPV4_DEVCONF_ARP_IGNORE, 1 },
	{ IPV4_DEVCONF_ARP_ANNOUNCE, 2 },
};

/* It passes on what is not for itself, and does not say that there is a shorter way. */
static const struct link_conf forwards_conf[] = {
	{ IPV4_DEVCONF_FORWARDING, 1 },
	{ IPV4_DEVCONF_SEND_REDIRECTS, 0 },
};

static const struct link_conf device_conf6[] = {
	{ DEVCONF_DISABLE_IPV6, 0 },
	{ DEVCONF_ACCEPT_RA, 0 },
	{ DEVCONF_ACCEPT_REDIRECTS, 0 },
	{ DEVCONF_NDISC_NOTIFY, 1 },
};

static int
set_conf(struct rtnl *c, const struct link *device, const struct eni_want *want,
    struct err *err)
{
	size_t n6 = has_ip6(want, device) ? COUNT(device_conf6) : 0;

	/* ::1 as on a machine; that it cannot be set is no failure. */
	if (n6 > 0)
		ns_setting("net/ipv6/conf/lo/disable_ipv6", '0');
	if (link_set_conf(c, device, device_conf, COUNT(device_conf), err) < 0)
		return -1;
	if (want->forwards &&
	    link_set_conf(c, device, forwards_conf, COUNT(forwards_conf), err) < 0)
		return -1;
	/* Without a setting it still sees to it that the kernel makes up no address. */
	if (device->has_ip6 && link_set_conf6(c, device, device_conf6, n6, err) < 0)
		return -1;
	return 0;
}

/* What is inside the container: *ret_new counts addresses that are new. */
static int
set_device(struct rtnl *c, struct arena *a, const struct link *device,
    const struct eni_want *want, size_t *ret_new, struct err *err)
{
	const struct cidr *addrs;
	const struct route *routes;
	struct view v;
	size_t n;

	addrs = eni_addrs(want, device, a, &n);
	if (set_conf(c, device, want, err) < 0 ||
	    link_set_mtu(c, device, want->mtu, err) < 0 ||
	    rtnl_view(c, a, VIEW_ADDRS, &v, err) < 0 ||
	    link_set_addrs(c, &v, device->index, addrs, n, NULL, ret_new, err) < 0)
		return -1;
	if ((device->flags & IFF_UP) == 0 && link_set_up(c, device->index, err) < 0)
		return -1;
	routes = eni_routes(want, device, a, &n);
	if (rtnl_view(c, a, VIEW_ROUTES, &v, err) < 0)
		return -1;
	return link_set_routes(c, &v, device->index, routes, n, err);
}

static int
find_device(struct rtnl *c, struct arena *a, const char *name, const struct link **ret,
    struct err *err)
{
	struct view v;

	if (rtnl_view(c, a, VIEW_LINKS, &v, err) < 0)
		return -1;
	*ret = view_link(&v, name);
	return 0;
}

static int
is_ours(const struct link *device, const struct eni_want *want)
{
	return strcmp(device->kind, "veth") == 0 &&
	    memcmp(device->mac, want->mac, 6) == 0;
}

static int
plug(struct rtnl *r, struct rtnl *c, struct arena *a, unsigned bridge, int container_ns,
    const struct eni_want *want, const struct link **host, const struct link **device,
    struct err *err)
{
	char name[ENI_HOST_NAME];

	eni_host_name(want->id, name);
	if (*host != NULL && link_remove(r, (*host)->index, err) < 0)
		return -1;
	if (find_device(c, a, want->device, device, err) < 0)
		return -1;
	/*
	 * Ours by its address, and led to a router that is no more: somebody still holds
	 * the dead one's namespace, or both ends would have gone with it.
	 */
	if (*device != NULL && is_ours(*device, want)) {
		if (link_remove(c, (*device)->index, err) < 0)
			return -1;
		*device = NULL;
	}
	if (*device != NULL)
		return err_set(err, &device_taken,
		    "the container has another device named %s", want->device);
	if (link_veth(r, name, bridge, want->mtu, container_ns, want->device, want->mac,
		err) < 0 ||
	    find_device(r, a, name, host, err) < 0 ||
	    find_device(c, a, want->device, device, err) < 0)
		return -1;
	if (*host == NULL || *device == NULL)
		return err_set(err, &err_unavailable, "the new link is gone");
	return 0;
}

static int
ensure(struct rtnl *r, struct rtnl *c, unsigned bridge, int container_ns,
    const struct eni_want *want, int *ret_plugged, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct link *host, *device;
	char name[ENI_HOST_NAME];
	size_t n_new = 0;
	int plugged = 0;

	eni_host_name(want->id, name);
	if (find_device(r, a, name, &host, err) < 0 ||
	    find_device(c, a, want->device, &device, err) < 0)
		return -1;
	if (!is_pair(host, device, bridge, want)) {
		if (plug(r, c, a, bridge, container_ns, want, &host, &device, err) < 0)
			return -1;
		plugged = 1;
	}
	/* The end in the router is a port, and has no address of its own. */
	if ((host->has_ip6 && link_set_conf6(r, host, NULL, 0, err) < 0) ||
	    link_set_mtu(r, host, want->mtu, err) < 0 ||
	    ((host->flags & IFF_UP) == 0 && link_set_up(r, host->index, err) < 0) ||
	    set_device(c, a, device, want, &n_new, err) < 0 ||
	    (plugged && link_wait(r, name, err) < 0))
		return -1;
	if ((device->linkmode != 0 || device->operstate != OPERSTATE_UP) &&
	    link_wake(c, device->index, err) < 0)
		return -1;
	*ret_plugged = plugged;
	if (n_new == 0 && !plugged)
		return 0;
	return link_announce(c, device, err);
}

int
eni_ensure(struct rtnl *r, unsigned bridge, int container_ns, const struct eni_want *want,
    int *ret_plugged, struct err *err)
{
	CLEANUP(rtnl_closep) struct rtnl *c = NULL;

	if (ns_enter(container_ns, err) < 0 || rtnl_open(&c, err) < 0 ||
	    ensure(r, c, bridge, container_ns, want, ret_plugged, err) < 0)
		return err_wrap(err, "%s", want->id);
	return 0;
}

int
guest_ensure(struct rtnl *r, const struct net4 *underlay, uint32_t router,
    const struct net4 *nets, size_t n, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct route *routes = arena_calloc(a, n + 1, sizeof(*routes));
	unsigned oif = 0;
	struct view v;

	if (rtnl_view(r, a, VIEW_ADDRS | VIEW_ROUTES, &v, err) < 0)
		return -1;
	for (size_t i = 0; i < v.n_addrs; i++) {
		if (v.addrs[i].net.ip.version == 4 &&
		    net4_has(underlay, ip_to4(&v.addrs[i].net.ip)))
			oif = v.addrs[i].index;
	}
	if (oif == 0)
		return n == 0 ?
		    0 :
		    err_set(err, &err_unavailable, "it is not on the underlay");
	for (size_t i = 0; i < n; i++)
		routes[i] = (struct route){ .table = RT_TABLE_MAIN,
			.type = RTN_UNICAST,
			.oif = oif,
			.dst = cidr_of4(net4_base(&nets[i]), nets[i].len),
			.gateway = ip_of4(router) };
	return link_set_routes(r, &v, oif, routes, n, err);
}
