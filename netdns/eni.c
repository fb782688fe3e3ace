#include "netdns/eni.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "netdns/link.h"
#include "netdns/ns.h"

#define PREFIX "SIMFRA"

enum { N_LINK_LOCAL = 3, OPERSTATE_UP = 6 };

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

static size_t
eni_routes(const struct eni_want *want, unsigned oif, struct route out[N_LINK_LOCAL + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < N_LINK_LOCAL; i++)
		out[n++] = (struct route){ .table = RT_TABLE_MAIN,
			.type = RTN_UNICAST,
			.oif = oif,
			.dst = link_local[i],
			.len = 32,
			.metric = metric(want->device) };
	if (want->gateway != 0)
		out[n++] = (struct route){ .table = RT_TABLE_MAIN,
			.type = RTN_UNICAST,
			.oif = oif,
			.gateway = want->gateway,
			.metric = metric(want->device) };
	return n;
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
};

/* What is inside the container: 1 in *ret_new when an address is new. */
static int
set_device(struct rtnl *c, struct arena *a, const struct link *device,
    const struct eni_want *want, size_t *ret_new, struct err *err)
{
	struct route routes[N_LINK_LOCAL + 1];
	struct view v;
	size_t n;

	if (rtnl_view(c, a, VIEW_ADDRS, &v, err) < 0 ||
	    link_set_conf(c, device, device_conf, COUNT(device_conf), err) < 0 ||
	    link_set_mtu(c, device, want->mtu, err) < 0 ||
	    link_set_addrs(c, &v, device->index, want->addrs, want->n_addrs, NULL,
		ret_new, err) < 0)
		return -1;
	if ((device->flags & IFF_UP) == 0 && link_set_up(c, device->index, err) < 0)
		return -1;
	n = eni_routes(want, device->index, routes);
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
	if (link_set_mtu(r, host, want->mtu, err) < 0 ||
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
		if (net4_has(underlay, v.addrs[i].addr))
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
			.dst = net4_base(&nets[i]),
			.len = nets[i].len,
			.gateway = router };
	return link_set_routes(r, &v, oif, routes, n, err);
}
