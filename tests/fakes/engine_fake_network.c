/* The fake engine's networks. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tests/fakes/engine_fake_internal.h"

static int
parse_cidr(const char *text, uint32_t *ret_base, unsigned *ret_bits)
{
	struct in_addr address;
	char ip[32];
	unsigned bits;

	if (text == NULL || sscanf(text, "%31[0-9.]/%2u", ip, &bits) != 2 || bits > 32 ||
	    inet_pton(AF_INET, ip, &address) != 1)
		return 0;
	*ret_base = ntohl(address.s_addr);
	*ret_bits = bits;
	return 1;
}

static const char *
subnet_of(const json_t *network)
{
	return json_str(json_array_get(json_path(network, "IPAM.Config"), 0), "Subnet");
}

static int
overlap(const char *a, const char *b)
{
	uint32_t base_a, base_b;
	unsigned bits_a, bits_b, bits;

	if (!parse_cidr(a, &base_a, &bits_a) || !parse_cidr(b, &base_b, &bits_b))
		return 0;
	bits = bits_a < bits_b ? bits_a : bits_b;
	return bits == 0 || (base_a ^ base_b) >> (32 - bits) == 0;
}

int
fake_network_create(struct engine *e, const json_t *config, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	const char *name = json_str(config, "Name"), *key;
	json_t *n, *other;
	char id[65];

	if (fake_enter(f, "network_create", err) < 0)
		return -1;
	if (name == NULL)
		return fake_leave(f,
		    err_set(err, &engine_refused, "network name cannot be empty"));
	if (json_get(f->networks, name) != NULL)
		return fake_leave(f,
		    err_set(err, &engine_conflict, "network with name %s already exists",
			name));
	json_object_foreach(f->networks, key, other)
		if (overlap(subnet_of(other), subnet_of(config)))
			return fake_leave(f,
			    err_set(err, &engine_refused,
				"Pool overlaps with other one on this address space"));
	n = json_copy_deep(config);
	fake_make_id(f, id);
	json_set_str(n, "Id", id);
	json_set_str(n, "Driver", json_str_or(config, "Driver", "bridge"));
	json_set_str(n, "Scope", "local");
	json_need_object(n, "Labels");
	json_set(f->networks, name, n);
	fake_network_happens(f, n, "create", NULL);
	return fake_leave(f, 0);
}

/* What the container has of the network (its EndpointSettings), or NULL. */
static json_t *
endpoint_of(const json_t *container, const json_t *network)
{
	return json_get(json_path(container, "NetworkSettings.Networks"),
	    json_str(network, "Name"));
}

/* The network as Docker inspects it, with the running containers on it. */
static json_t *
network_view(struct engine_fake *f, const json_t *network)
{
	json_t *view = json_copy_deep(network), *members = json_new_object(), *c;
	const char *key;

	json_object_foreach(f->containers, key, c) {
		json_t *endpoint = endpoint_of(c, network), *m;

		if (endpoint == NULL || !fake_is_running(c))
			continue;
		m = json_need_object(members, json_str(c, "Id"));
		json_set_str(m, "Name", key);
		json_set_fmt(m, "IPv4Address", "%s/%d", json_str(endpoint, "IPAddress"),
		    (int)json_int(endpoint, "IPPrefixLen", 0));
		json_set_str(m, "MacAddress", json_str(endpoint, "MacAddress"));
	}
	json_set(view, "Containers", members);
	return view;
}

int
fake_network_inspect(struct engine *e, struct arena *a, const char *name, json_t **ret,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *n;

	if (fake_enter(f, "network_inspect", err) < 0)
		return -1;
	n = fake_find(f->networks, name);
	if (n == NULL)
		return fake_leave(f, 0);
	*ret = json_own(a, network_view(f, n));
	return fake_leave(f, 1);
}

int
fake_has_label(const json_t *labels, const char *label)
{
	const char *eq = label != NULL ? strchr(label, '=') : NULL, *value;
	char key[256];

	if (label == NULL || label[0] == '\0')
		return 1;
	snprintf(key, sizeof(key), "%.*s", eq != NULL ? (int)(eq - label) : 255, label);
	value = json_str(labels, key);
	return value != NULL && (eq == NULL || strcmp(value, eq + 1) == 0);
}

int
fake_network_list(struct engine *e, struct arena *a, const char *label, json_t **ret,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *list, *n;
	const char *key;

	if (fake_enter(f, "network_list", err) < 0)
		return -1;
	list = json_own(a, json_new_array());
	json_object_foreach(f->networks, key, n)
		if (fake_has_label(json_get(n, "Labels"), label))
			json_add(list, json_copy_deep(n));
	*ret = list;
	return fake_leave(f, 0);
}

static int
address_is_taken(struct engine_fake *f, const json_t *network, const char *ip)
{
	const char *key;
	json_t *c;

	json_object_foreach(f->containers, key, c) {
		json_t *endpoint = endpoint_of(c, network);

		if (endpoint != NULL &&
		    strcmp(json_str_or(endpoint, "IPAddress", ""), ip) == 0)
			return 1;
	}
	return 0;
}

/* As Docker does when the container starts: the address asked for, or the first free one. */
void
fake_give_address(struct engine_fake *f, const json_t *network, json_t *endpoint)
{
	const char *wanted = json_str(json_get(endpoint, "IPAMConfig"), "IPv4Address");
	char ip[INET_ADDRSTRLEN] = "";
	struct in_addr address;
	uint32_t base = 0;
	unsigned bits = 0, i = 2;

	if (!parse_cidr(subnet_of(network), &base, &bits)) {
		base = 0xac120000;
		bits = 16;
	}
	if (wanted != NULL) {
		snprintf(ip, sizeof(ip), "%s", wanted);
	} else {
		do {
			address.s_addr = htonl(base + i++);
			inet_ntop(AF_INET, &address, ip, sizeof(ip));
		} while (address_is_taken(f, network, ip));
	}
	json_set_str(endpoint, "IPAddress", ip);
	json_set_int(endpoint, "IPPrefixLen", bits);
	json_set_fmt(endpoint, "MacAddress", "02:42:00:00:00:%02x", i & 0xff);
}

void
fake_plug(struct engine_fake *f, json_t *container, const json_t *network,
    const json_t *endpoint)
{
	json_t *networks = json_path(container, "NetworkSettings.Networks");
	json_t *mine = endpoint != NULL ? json_copy_deep(endpoint) : json_new_object();

	json_set_str(mine, "NetworkID", json_str(network, "Id"));
	json_set_str(mine, "IPAddress", "");
	json_set(networks, json_str(network, "Name"), mine);
	if (fake_is_running(container)) {
		fake_give_address(f, network, mine);
		fake_network_happens(f, network, "connect", json_str(container, "Id"));
	}
}

int
fake_network_connect(struct engine *e, const char *network, const char *container,
    const json_t *endpoint, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *n, *c;

	if (fake_enter(f, "network_connect", err) < 0)
		return -1;
	n = fake_need_network(f, network, err);
	c = n != NULL ? fake_need_container(f, container, err) : NULL;
	if (c == NULL)
		return fake_leave(f, -1);
	if (strncmp(json_str_or(json_get(c, "HostConfig"), "NetworkMode", ""),
		"container:", 10) == 0)
		return fake_leave(f,
		    err_set(err, &engine_refused,
			"container sharing network namespace with another container or "
			"host cannot be connected to any other network"));
	if (endpoint_of(c, n) == NULL)
		fake_plug(f, c, n, endpoint);
	return fake_leave(f, 0);
}

int
fake_network_disconnect(struct engine *e, const char *network, const char *container,
    struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *n, *c;

	if (fake_enter(f, "network_disconnect", err) < 0)
		return -1;
	n = fake_find(f->networks, network);
	c = fake_find(f->containers, container);
	if (n != NULL && c != NULL && endpoint_of(c, n) != NULL) {
		json_del(json_path(c, "NetworkSettings.Networks"), json_str(n, "Name"));
		fake_network_happens(f, n, "disconnect", json_str(c, "Id"));
	}
	return fake_leave(f, 0);
}

int
fake_network_remove(struct engine *e, const char *name, struct err *err)
{
	struct engine_fake *f = fake_of(e);
	json_t *n, *c;
	const char *key;

	if (fake_enter(f, "network_remove", err) < 0)
		return -1;
	n = fake_find(f->networks, name);
	if (n == NULL)
		return fake_leave(f, 0);
	json_object_foreach(f->containers, key, c)
		if (fake_is_running(c) && endpoint_of(c, n) != NULL)
			return fake_leave(f,
			    err_set(err, &engine_conflict,
				"error while removing network: network %s has active endpoints",
				name));
	fake_network_happens(f, n, "destroy", NULL);
	json_del(f->networks, json_str(n, "Name"));
	return fake_leave(f, 0);
}
