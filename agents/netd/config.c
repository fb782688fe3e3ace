#include "agents/netd/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { MAX_MOUNTS = 16384, MAX_LIST = 4096, MAX_TEXT = 255 };

static const struct err_kind netd_bad_config = { "BadConfig", 400 };

/* Where we are, for the message: "vpcs[0]: gateway: …". */
#define WRONG(err, name, what) err_set((err), &netd_bad_config, "%s: %s", (name), (what))

static int
text(const json_t *doc, const char *name, const char **ret, struct err *err)
{
	const char *s = json_str(doc, name);

	if (s == NULL || s[0] == '\0' || strlen(s) > MAX_TEXT)
		return WRONG(err, name, "must be a text of 1 to 255 bytes");
	*ret = s;
	return 0;
}

/* A name or id as Docker has them: nothing that means something in a URL. */
static int
container(const json_t *doc, const char *name, const char **ret, struct err *err)
{
	static const char abc[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *s;

	if (text(doc, name, &s, err) < 0)
		return -1;
	if (strspn(s, abc) == 0 || s[strcspn(s, "/?#% ")] != '\0' ||
	    s[strspn(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] !=
		'\0')
		return WRONG(err, name, "is not the name of a container");
	*ret = s;
	return 0;
}

static int
address(const json_t *doc, const char *name, uint32_t *ret, struct err *err)
{
	const char *s = json_str(doc, name);

	if (s == NULL || !ip4_parse(s, ret) || *ret == 0)
		return WRONG(err, name, "must be an IPv4 address");
	return 0;
}

/* Absent or null is none: 0. */
static int
address_or_none(const json_t *doc, const char *name, uint32_t *ret, struct err *err)
{
	const json_t *v = json_get(doc, name);

	if (v == NULL || json_is_null(v))
		return 0;
	return address(doc, name, ret, err);
}

static int
network(const json_t *doc, const char *name, struct net4 *ret, struct err *err)
{
	const char *s = json_str(doc, name);

	if (s == NULL || !net4_parse(s, ret) || !net4_is_canonical(ret))
		return WRONG(err, name, "must be an IPv4 network");
	return 0;
}

/* Absent: an empty list.  *ret_n is its length. */
static int
list(const json_t *doc, const char *name, size_t max, const json_t **ret, size_t *ret_n,
    struct err *err)
{
	const json_t *v = json_get(doc, name);

	if (v != NULL && !json_is_null(v) && !json_is_array(v))
		return WRONG(err, name, "must be a list");
	if (json_array_size(v) > max)
		return WRONG(err, name, "is too long");
	*ret = v;
	*ret_n = json_array_size(v);
	return 0;
}

/* A guest reaches all of the VPC. */
static void
set_guest_nets(struct arena *a, struct netd_vpc *v)
{
	const struct fabric_vpc *f = v->vpc;
	struct net4 *nets = arena_calloc(a, f->n_cidrs + f->n_subnets + 2, sizeof(*nets));
	size_t n = 0;

	for (size_t i = 0; i < f->n_cidrs; i++) {
		if (f->cidrs[i].ip.version == 4)
			nets[n++] =
			    (struct net4){ ip_to4(&f->cidrs[i].ip), f->cidrs[i].len };
	}
	if (n == 0) {
		for (size_t i = 0; i < f->n_subnets; i++)
			nets[n++] = (struct net4){ ip_to4(&f->subnets[i].cidr.ip),
				f->subnets[i].cidr.len };
		if (f->resolver.version == 4)
			nets[n++] = (struct net4){ ip_to4(&f->resolver), 32 };
	}
	v->guest_nets = nets;
	v->n_guest_nets = n;
}

static int
guests(struct arena *a, const json_t *doc, struct netd_vpc *v, struct err *err)
{
	const json_t *all;

	if (list(doc, "guests", MAX_LIST, &all, &v->n_guests, err) < 0)
		return -1;
	v->guests = arena_calloc(a, v->n_guests + 1, sizeof(*v->guests));
	for (size_t i = 0; i < v->n_guests; i++) {
		if (container(json_array_get(all, i), "container", &v->guests[i], err) <
		    0)
			return err_wrap(err, "guests[%zu]", i);
	}
	return 0;
}

static int
read_vpc(struct netd_config *c, const json_t *doc, struct netd_vpc *v, struct err *err)
{
	v->doc = doc;
	v->want = (struct router_want){ .fabric = c->fabric,
		.vpc = v->vpc,
		.joints = &c->joints };
	set_guest_nets(c->arena, v);
	if (text(doc, "id", &v->id, err) < 0 ||
	    container(doc, "container", &v->container, err) < 0 ||
	    network(doc, "underlay", &v->underlay, err) < 0)
		return -1;
	if (v->vpc->internet.ip.version == 0 && v->vpc->internet6.ip.version == 0 &&
	    json_is_object(json_get(doc, "internet")))
		return WRONG(err, "internet", "has no network");
	return guests(c->arena, doc, v, err);
}

static int
device(const json_t *doc, char out[IFNAMSIZ], struct err *err)
{
	const char *s = json_str_or(doc, "device", "");

	if (s[0] == '\0' || strlen(s) >= IFNAMSIZ || strcmp(s, "lo") == 0 ||
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789")] != '\0')
		return WRONG(err, "device", "is not a name for a device");
	memcpy(out, s, strlen(s) + 1);
	return 0;
}

static int
read_eni(struct arena *a, const json_t *doc, struct netd_eni *e, struct err *err)
{
	struct cidr *addrs;
	uint32_t gateway = 0;
	const json_t *all;

	e->doc = doc;
	if (text(doc, "id", &e->want.id, err) < 0 || text(doc, "vpc", &e->vpc, err) < 0 ||
	    container(doc, "container", &e->container, err) < 0 ||
	    device(doc, e->want.device, err) < 0 ||
	    address_or_none(doc, "gateway", &gateway, err) < 0 ||
	    list(doc, "addresses", 64, &all, &e->want.n_addrs, err) < 0)
		return -1;
	if (!mac_parse(json_str_or(doc, "mac", ""), e->want.mac) ||
	    (e->want.mac[0] & 1) != 0)
		return WRONG(err, "mac", "is not the MAC of a device");
	if (gateway != 0)
		e->want.gateway = ip_of4(gateway);
	if (e->want.n_addrs == 0)
		return WRONG(err, "addresses", "must not be empty");
	e->want.addrs = addrs = arena_calloc(a, e->want.n_addrs, sizeof(*addrs));
	for (size_t i = 0; i < e->want.n_addrs; i++) {
		const char *s = json_string_value(json_array_get(all, i));

		if (s == NULL || !cidr_parse(s, &addrs[i]))
			return WRONG(err, "addresses", "must be like 10.0.1.15/24");
	}
	return 0;
}

/* A folder by its full name, without steps back. */
static int
folder(const json_t *doc, const char *name, const char **ret, struct err *err)
{
	const char *s;

	if (text(doc, name, &s, err) < 0)
		return -1;
	if (s[0] != '/' || strstr(s, "/../") != NULL || strstr(s, "//") != NULL)
		return WRONG(err, name, "must be the full name of a folder");
	*ret = s;
	return 0;
}

/* ".../NAME/_data": NAME, with the prefix of ours. */
static int
volume_name(struct arena *a, const char *prefix, struct netd_mount *m, struct err *err)
{
	const char *end = strrchr(m->source, '/'), *begin = end;

	while (begin > m->source && begin[-1] != '/')
		begin--;
	m->volume = arena_strndup(a, begin, (size_t)(end - begin));
	if (strcmp(end, "/_data") != 0 || prefix == NULL ||
	    strncmp(m->volume, prefix, strlen(prefix)) != 0)
		return WRONG(err, "source", "is not one of our volumes");
	return 0;
}

static int
read_mount(struct arena *a, const json_t *doc, const char *prefix, struct netd_mount *m,
    struct err *err)
{
	static const char abc[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	m->doc = doc;
	if (text(doc, "id", &m->id, err) < 0 ||
	    container(doc, "container", &m->container, err) < 0 ||
	    folder(doc, "source", &m->source, err) < 0 ||
	    folder(doc, "target", &m->target, err) < 0 ||
	    volume_name(a, prefix, m, err) < 0)
		return -1;
	if (strncmp(m->target, "/mnt/", 5) != 0 || m->target[5] == '\0' ||
	    m->target[5 + strspn(m->target + 5, abc)] != '\0')
		return WRONG(err, "target", "must be a folder in /mnt");
	return 0;
}

static int
read_mounts(struct netd_config *c, const json_t *doc, struct err *err)
{
	const json_t *mounts;
	size_t n;

	c->volume_prefix = json_str(doc, "volume_prefix");
	if (list(doc, "mounts", MAX_MOUNTS, &mounts, &n, err) < 0)
		return -1;
	c->mounts = arena_calloc(c->arena, n + 1, sizeof(*c->mounts));
	for (size_t i = 0; i < n; i++) {
		if (read_mount(c->arena, json_array_get(mounts, i), c->volume_prefix,
			&c->mounts[i], err) < 0)
			return err_wrap(err, "mounts[%zu]", i);
		if (netd_config_mount(c, c->mounts[i].id) != NULL)
			return err_set(err, &netd_bad_config,
			    "mounts[%zu]: id: is there twice", i);
		c->n_mounts++;
	}
	return 0;
}

/* A VPC without a container has no router yet, and its ENIs no place to be plugged in. */
static int
read_vpcs(struct netd_config *c, const json_t *doc, struct err *err)
{
	const struct fabric *f = c->fabric;

	c->vpcs = arena_calloc(c->arena, f->n_vpcs + 1, sizeof(*c->vpcs));
	c->vpc_of = arena_calloc(c->arena, f->n_vpcs + 1, sizeof(struct netd_vpc *));
	for (size_t i = 0; i < f->n_vpcs; i++) {
		struct netd_vpc *v = &c->vpcs[c->n_vpcs];

		if (f->vpcs[i].container == NULL)
			continue;
		v->vpc = &f->vpcs[i];
		if (read_vpc(c, json_array_get(json_get(doc, "vpcs"), i), v, err) < 0)
			return err_wrap(err, "vpcs[%zu]", i);
		c->vpc_of[i] = v;
		c->n_vpcs++;
	}
	return 0;
}

static int
read_enis(struct netd_config *c, const json_t *doc, struct err *err)
{
	const struct fabric *f = c->fabric;

	c->enis = arena_calloc(c->arena, f->n_enis + 1, sizeof(*c->enis));
	c->eni_of = arena_calloc(c->arena, f->n_enis + 1, sizeof(struct netd_eni *));
	for (size_t i = 0; i < f->n_enis; i++) {
		const struct fabric_eni *eni = &f->enis[i];
		struct netd_eni *e = &c->enis[c->n_enis];

		if (eni->vpc == NULL || eni->vpc->container == NULL ||
		    (eni->kind != ENI_CONTAINER && eni->kind != ENI_NAT))
			continue;
		e->eni = eni;
		if (read_eni(c->arena, json_array_get(json_get(doc, "enis"), i), e, err) <
		    0)
			return err_wrap(err, "enis[%zu]", i);
		c->eni_of[i] = e;
		c->n_enis++;
	}
	return 0;
}

static int
check_publics(const struct fabric *f, struct err *err)
{
	for (size_t i = 0; i < f->n_enis; i++) {
		const struct fabric_eni *e = &f->enis[i];

		for (size_t k = 0; e->vpc != NULL && k < e->n_addresses; k++) {
			const struct cidr *net = &e->vpc->internet;

			if (e->addresses[k].public.version != 0 && net->ip.version != 0 &&
			    !cidr_has(net, &e->addresses[k].public))
				return err_set(err, &netd_bad_config,
				    "enis[%zu]: public: is not an address of the internet",
				    i);
		}
	}
	return 0;
}

static int
read_all(struct netd_config *c, const json_t *doc, struct err *err)
{
	if (text(doc, "label", &c->label, err) < 0 ||
	    fabric_read(doc, &c->fabric, err) < 0 || check_publics(c->fabric, err) < 0 ||
	    read_vpcs(c, doc, err) < 0 || read_enis(c, doc, err) < 0)
		return -1;
	joints_read(c->fabric, c->arena, &c->joints);
	for (size_t i = 0; i < c->n_vpcs; i++)
		router_stamp(&c->vpcs[i].want, c->vpcs[i].stamp);
	return read_mounts(c, doc, err);
}

int
netd_config_read(const json_t *doc, struct netd_config **ret, struct err *err)
{
	struct arena *a = arena_new();
	struct netd_config *c = arena_calloc(a, 1, sizeof(*c));

	c->arena = a;
	/* A copy: the caller's tree may go before the configuration does. */
	if (read_all(c, json_own(a, json_copy_deep(doc)), err) < 0) {
		netd_config_free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

void
netd_config_free(struct netd_config *c)
{
	if (c == NULL)
		return;
	fabric_free(c->fabric);
	arena_free(c->arena);
}

struct netd_vpc *
netd_config_vpc(const struct netd_config *c, const char *id)
{
	const struct fabric_vpc *v = c != NULL ? fabric_vpc(c->fabric, id) : NULL;

	return v == NULL ? NULL : c->vpc_of[v->index];
}

struct netd_eni *
netd_config_eni(const struct netd_config *c, const char *id)
{
	const struct fabric_eni *e = c != NULL ? fabric_eni(c->fabric, id) : NULL;

	return e == NULL ? NULL : c->eni_of[e - c->fabric->enis];
}

struct netd_mount *
netd_config_mount(const struct netd_config *c, const char *id)
{
	for (size_t i = 0; c != NULL && i < c->n_mounts; i++) {
		if (strcmp(c->mounts[i].id, id) == 0)
			return &c->mounts[i];
	}
	return NULL;
}
