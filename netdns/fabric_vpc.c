#include <stdio.h>
#include <string.h>

#include "netdns/fabric_internal.h"

enum { MAX_PORTS = 64, MAX_ADDRESSES = 256 };

static int
read_subnet(struct fabric_reader *r, const json_t *doc, struct fabric_vpc *v,
    struct fabric_subnet *s, struct err *err)
{
	long k;

	s->id = json_str(doc, "id");
	s->zone = json_str_or(doc, "zone", "");
	s->vpc = v;
	if (fabric_cidr(doc, "cidr", 0, &s->cidr, err) < 0 ||
	    fabric_cidr(doc, "cidr6", 0, &s->cidr6, err) < 0 ||
	    fabric_ip(doc, "gateway", s->cidr.ip.version != 0, &s->gateway, err) < 0)
		return -1;
	if (s->cidr.ip.version != 0 &&
	    (!cidr_has(&s->cidr, &s->gateway) || s->cidr.len < 8 || s->cidr.len > 30))
		return FABRIC_WRONG(err, "gateway", "is not in the subnet");
	k = fabric_find(r->at->acls, json_str(doc, "acl"));
	s->acl = k < 0 ? NULL : &r->acls[k];
	k = fabric_find(r->at->tables, json_str(doc, "table"));
	s->table = k < 0 ? NULL : &r->tables[k];
	return 0;
}

static int
read_subnets(struct fabric_reader *r, const json_t *doc, struct fabric_vpc *v,
    struct err *err)
{
	const json_t *all = json_get(doc, "subnets");
	struct fabric_subnet *s = r->subnets;

	v->n_subnets = json_array_size(all);
	if (v->n_subnets > 0)
		s = &r->subnets[fabric_find(r->at->subnets,
		    json_str(json_array_get(all, 0), "id"))];
	v->subnets = s;
	for (size_t i = 0; i < v->n_subnets; i++) {
		s[i].index = i;
		if (read_subnet(r, json_array_get(all, i), v, &s[i], err) < 0)
			return err_wrap(err, "subnets[%zu]", i);
	}
	return 0;
}

static int
port_list(struct fabric_reader *r, const json_t *doc, const char *name, const int **ret,
    size_t *ret_n, struct err *err)
{
	const json_t *all;
	size_t n;
	int *list;

	if (fabric_array(doc, name, MAX_PORTS, &all, &n, err) < 0)
		return -1;
	*ret = list = arena_calloc(r->a, n + 1, sizeof(*list));
	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_array_get(all, i);
		size_t k = 0;

		if (!json_is_integer(v) || json_integer_value(v) < 1 ||
		    json_integer_value(v) > 65535)
			return FABRIC_WRONG(err, name, "has what is no port");
		while (k < *ret_n && list[k] != (int)json_integer_value(v))
			k++;
		list[k] = (int)json_integer_value(v);
		*ret_n += k == *ret_n;
	}
	return 0;
}

static int
read_control(struct fabric_reader *r, const json_t *doc, struct fabric_vpc *v,
    struct err *err)
{
	const json_t *c = json_get(doc, "control");

	if (c == NULL || json_is_null(c))
		return 0;
	if (fabric_ip(c, "address", 1, &v->control, err) < 0 ||
	    fabric_ip(c, "to", 1, &v->control_to, err) < 0 ||
	    fabric_number(c, "port", 1, 65535, 0, &v->control_port, err) < 0 ||
	    fabric_number(c, "tls_port", 0, 65535, 0, &v->control_tls_port, err) < 0 ||
	    port_list(r, c, "ports", &v->control_ports, &v->n_control_ports, err) < 0 ||
	    port_list(r, c, "tls_ports", &v->control_tls_ports, &v->n_control_tls_ports,
		err) < 0)
		return -1;
	return v->control_port == 0 ? FABRIC_WRONG(err, "port", "must be a port") : 0;
}

static int
read_internet(struct fabric_reader *r, const json_t *doc, struct fabric_vpc *v,
    struct err *err)
{
	const json_t *net = json_get(doc, "internet");
	long k;

	if (net == NULL || json_is_null(net))
		return 0;
	if (fabric_cidr(net, "cidr", 0, &v->internet, err) < 0 ||
	    fabric_cidr(net, "cidr6", 0, &v->internet6, err) < 0 ||
	    fabric_text_or_none(net, "id", &v->gateway, err) < 0)
		return err_wrap(err, "internet");
	k = fabric_find(r->at->tables, json_str(net, "table"));
	v->edge = k < 0 ? NULL : &r->tables[k];
	return 0;
}

static int
read_guests(struct fabric_reader *r, const json_t *doc, struct fabric_vpc *v,
    struct err *err)
{
	struct fabric_guest *g;
	const json_t *all;

	if (fabric_array(doc, "guests", FABRIC_MAX, &all, &v->n_guests, err) < 0)
		return -1;
	v->guests = g = arena_calloc(r->a, v->n_guests + 1, sizeof(*g));
	for (size_t i = 0; i < v->n_guests; i++) {
		const json_t *one = json_array_get(all, i);

		if (fabric_container(one, &g[i].container, err) < 0 ||
		    fabric_ip(one, "address", 0, &g[i].ip, err) < 0 ||
		    fabric_groups_of(r, one, &g[i].groups, &g[i].n_groups, err) < 0)
			return err_wrap(err, "guests[%zu]", i);
		if (g[i].container == NULL)
			return err_set(err, &fabric_bad,
			    "guests[%zu]: container: is missing", i);
	}
	return 0;
}

int
fabric_read_vpc(struct fabric_reader *r, const json_t *doc, size_t i, struct err *err)
{
	struct fabric_vpc *v = &r->vpcs[i];

	v->doc = doc;
	v->id = json_str(doc, "id");
	v->index = i;
	if (fabric_container(doc, &v->container, err) < 0 ||
	    fabric_cidrs(r, doc, "cidrs", &v->cidrs, &v->n_cidrs, err) < 0 ||
	    read_subnets(r, doc, v, err) < 0 ||
	    fabric_ip(doc, "resolver", 0, &v->resolver, err) < 0 ||
	    fabric_cidr(doc, "underlay", 0, &v->underlay, err) < 0 ||
	    fabric_text_or_none(doc, "egress_only", &v->egress_gateway, err) < 0 ||
	    read_internet(r, doc, v, err) < 0 || read_guests(r, doc, v, err) < 0)
		return -1;
	if (read_control(r, doc, v, err) < 0)
		return err_wrap(err, "control");
	return 0;
}

/* Interfaces */

static const char *const eni_kinds[] = {
	[ENI_CONTAINER] = "container",
	[ENI_NAT] = "nat",
	[ENI_ROUTER] = "router",
	[ENI_NONE] = "none",
};

static int
read_kind(const json_t *doc, enum eni_kind *ret, struct err *err)
{
	const char *s = json_str_or(doc, "kind", "container");

	for (size_t i = 0; i < COUNT(eni_kinds); i++) {
		if (strcmp(eni_kinds[i], s) == 0) {
			*ret = (enum eni_kind)i;
			return 0;
		}
	}
	return FABRIC_WRONG(err, "kind", "is none of an interface");
}

/* Known by both of its addresses; each may be there once. */
static int
know_address(struct fabric_reader *r, const struct fabric_eni *e,
    const struct fabric_address *at, struct err *err)
{
	char text[IP_TEXT], key[400];

	ip_format(&at->ip, text);
	snprintf(key, sizeof(key), "%.255s %s", e->vpc->id, text);
	if (json_get(r->at->privates, key) != NULL)
		return err_set(err, &fabric_bad, "addresses: %s is there twice", text);
	json_set_int(r->at->privates, key, (int64_t)(e - r->enis));
	if (at->public.version == 0)
		return 0;
	ip_format(&at->public, text);
	if (json_get(r->at->publics, text) != NULL)
		return err_set(err, &fabric_bad, "public: %s is there twice", text);
	json_set_int(r->at->publics, text, (int64_t)(e - r->enis));
	return 0;
}

static int
read_addresses(struct fabric_reader *r, const json_t *doc, struct fabric_eni *e,
    struct err *err)
{
	struct fabric_address *list;
	const json_t *all;

	if (fabric_array(doc, "addresses", MAX_ADDRESSES, &all, &e->n_addresses, err) < 0)
		return -1;
	e->addresses = list = arena_calloc(r->a, e->n_addresses + 1, sizeof(*list));
	for (size_t i = 0; i < e->n_addresses; i++) {
		const char *s = json_string_value(json_array_get(all, i)), *public;
		char text[IP_TEXT];
		struct cidr c;

		if (s == NULL || !cidr_parse(s, &c))
			return FABRIC_WRONG(err, "addresses",
			    "must be like 10.0.1.15/24");
		list[i] = (struct fabric_address){ .ip = c.ip, .len = c.len };
		ip_format(&c.ip, text);
		public = json_str(json_get(doc, "public"), text);
		if (public != NULL && !ip_parse(public, &list[i].public))
			return FABRIC_WRONG(err, "public", "has what is no address");
		if (e->vpc != NULL && know_address(r, e, &list[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Its subnet as it says, or by its address. */
static void
find_subnet(struct fabric_reader *r, const json_t *doc, struct fabric_eni *e)
{
	long k = fabric_find(r->at->subnets, json_str(doc, "subnet"));

	if (k >= 0 && r->subnets[k].vpc == e->vpc)
		e->subnet = &r->subnets[k];
	else if (e->vpc != NULL && e->n_addresses > 0)
		e->subnet = fabric_subnet_at(e->vpc, &e->addresses[0].ip);
}

int
fabric_read_eni(struct fabric_reader *r, const json_t *doc, size_t i, struct err *err)
{
	struct fabric_eni *e = &r->enis[i];
	long k = fabric_find(r->at->vpcs, json_str(doc, "vpc"));

	e->doc = doc;
	e->id = json_str(doc, "id");
	e->owner = json_str_or(doc, "owner", "");
	e->vpc = k < 0 ? NULL : &r->vpcs[k];
	e->is_checked = json_bool(doc, "source_dest_check", 1);
	e->is_logged = json_bool(doc, "flow_log", 0);
	if (read_kind(doc, &e->kind, err) < 0 || read_addresses(r, doc, e, err) < 0 ||
	    fabric_groups_of(r, doc, &e->groups, &e->n_groups, err) < 0)
		return -1;
	find_subnet(r, doc, e);
	/* It has no router yet, so no place to plug it in. */
	if (e->vpc == NULL) {
		e->kind = ENI_NONE;
		e->n_groups = e->n_addresses = 0;
		return 0;
	}
	if (e->kind != ENI_CONTAINER && e->kind != ENI_NAT)
		return 0;
	if (fabric_container(doc, &e->container, err) < 0 ||
	    fabric_text(doc, "device", &e->device, err) < 0 ||
	    fabric_text(doc, "mac", &e->mac, err) < 0)
		return -1;
	if (e->container == NULL)
		return FABRIC_WRONG(err, "container", "is missing");
	return e->n_addresses == 0 ? FABRIC_WRONG(err, "addresses", "must not be empty") :
				     0;
}
