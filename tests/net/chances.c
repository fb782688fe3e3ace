#include "tests/net/chances.h"

#include <stdio.h>
#include <string.h>

#include "base/cc.h"

const int chances_ports[N_PORTS] = { 53, 80, 8443 };

static const char *const cidrs[] = { "0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/16",
	"10.0.1.0/24", "10.0.2.0/24", "10.0.1.10/32", "10.0.2.10/31", "10.1.0.0/16",
	"10.2.1.10/32", "198.18.0.0/16", "198.18.16.8/29", "198.18.0.1/32" };

static uint64_t chance;

void
chances_begin(uint64_t seed)
{
	chance = seed | 1;
}

unsigned
chances_pick(unsigned n)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (unsigned)(chance % n);
}

static int
likely(unsigned percent)
{
	return chances_pick(100) < percent;
}

static json_t *
random_ports(json_t *v)
{
	static const int protocols[] = { -1, 6, 17, 1 }, types[] = { 8, 8, 0, 3 };
	int protocol = protocols[chances_pick(COUNT(protocols))];
	int a = chances_ports[chances_pick(N_PORTS)],
	    b = chances_ports[chances_pick(N_PORTS)];

	json_set_int(v, "protocol", protocol);
	if (protocol == 1 && likely(70)) {
		json_set_int(v, "from", types[chances_pick(COUNT(types))]);
		json_set_int(v, "to", likely(50) ? -1 : 0);
	} else if (protocol > 1 && likely(80)) {
		json_set_int(v, "from", a < b ? a : b);
		json_set_int(v, "to", a < b ? b : a);
	}
	return v;
}

static json_t *
random_rules(void)
{
	json_t *list = json_new_array();

	for (unsigned n = chances_pick(4) + (likely(60) ? 1 : 0); n > 0; n--) {
		json_t *v = random_ports(json_add_object(list));
		unsigned who = chances_pick(10);

		json_set_fmt(v, "id", "sgr-%u", chances_pick(100000));
		if (who < 3)
			json_set_fmt(v, "group", "sg-%u", chances_pick(N_GROUPS));
		else if (who < 4)
			json_set_str(v, "list", "pl");
		else
			json_set_str(v, "cidr", cidrs[chances_pick(COUNT(cidrs))]);
	}
	if (likely(35))
		json_add(list,
		    json_make("{s:s, s:i, s:s}", "id", "sgr-all", "protocol", -1, "cidr",
			"0.0.0.0/0"));
	return list;
}

static json_t *
random_groups(void)
{
	json_t *list = json_new_array();

	for (int i = 0; i < N_GROUPS; i++) {
		json_t *g = json_add_object(list);

		json_set_fmt(g, "id", "sg-%d", i);
		json_set_str(g, "vpc", "vpc-a");
		json_set(g, "ingress", random_rules());
		json_set(g, "egress", random_rules());
	}
	return list;
}

static json_t *
random_entries(void)
{
	json_t *list = json_new_array();

	for (unsigned n = chances_pick(3); n > 0; n--) {
		json_t *e = random_ports(json_add_object(list));

		json_set_int(e, "number", 1 + chances_pick(1000));
		json_set_bool(e, "allow", likely(50));
		json_set_str(e, "cidr", cidrs[chances_pick(COUNT(cidrs))]);
	}
	if (likely(85))
		json_add(list,
		    json_make("{s:i, s:b, s:i, s:s}", "number", 32000, "allow", 1,
			"protocol", -1, "cidr", "0.0.0.0/0"));
	return list;
}

static json_t *
random_acls(void)
{
	json_t *list = json_new_array();

	for (int i = 0; i < 3; i++) {
		json_t *a = json_add_object(list);

		json_set_fmt(a, "id", "acl-%d", i);
		json_set(a, "ingress", random_entries());
		json_set(a, "egress", random_entries());
	}
	return list;
}

static void
route(json_t *list, const char *to, const char *kind, const char *id)
{
	json_t *r = json_add_object(list);

	json_set_str(r, "to", to);
	json_set_str(r, "kind", kind);
	json_set_str(r, "id", id);
	if (strcmp(kind, "interface") == 0)
		json_set_str(r, "eni", "nat");
}

/* A table of the VPC; what may be in it of each kind once, as EC2 has it. */
static json_t *
random_table(const char *id, const char *local, char vpc)
{
	json_t *t = json_new_object(), *list = json_need_array(t, "routes");
	unsigned out = chances_pick(10);

	json_set_str(t, "id", id);
	route(list, local, "local", "local");
	if (vpc != 'c' && out < 5)
		route(list, "0.0.0.0/0", "internet", vpc == 'a' ? "igw-a" : "igw-b");
	else if (vpc == 'a' && out < 8)
		route(list, "0.0.0.0/0", "interface", "nat-1");
	else if (out < 9)
		route(list, "0.0.0.0/0", "nowhere", "gone");
	if (vpc == 'a' && likely(70))
		route(list, "10.1.0.0/16", "peering", "pcx");
	if (vpc == 'b' && likely(80))
		route(list, "10.0.0.0/16", "peering", "pcx");
	if (vpc == 'a' && likely(70))
		route(list, "10.2.0.0/16", "transit", "tgw");
	if (vpc == 'c' && likely(80))
		route(list, "10.0.0.0/8", "transit", "tgw");
	if (likely(20))
		route(list, "198.18.16.16/28", "nowhere", "gone");
	return t;
}

static json_t *
random_tables(void)
{
	json_t *list = json_new_array();

	json_add(list, random_table("rtb-0", "10.0.0.0/16", 'a'));
	json_add(list, random_table("rtb-1", "10.0.0.0/16", 'a'));
	json_add(list, random_table("rtb-2", "10.1.0.0/16", 'b'));
	json_add(list, random_table("rtb-3", "10.2.0.0/16", 'c'));
	return list;
}

static json_t *
random_transits(void)
{
	json_t *v = json_new_array(), *t = json_add_object(v), *table, *routes, *at;

	json_set_str(t, "id", "tgw");
	at = json_need_array(t, "attachments");
	json_add(at,
	    json_make("{s:s, s:s, s:[s], s:s}", "id", "at-a", "vpc", "vpc-a", "subnets",
		likely(70) ? "a1" : "a3", "table", "tt"));
	json_add(at,
	    json_make("{s:s, s:s, s:[s]}", "id", "at-c", "vpc", "vpc-c", "subnets",
		"c1"));
	if (likely(90))
		json_set_str(json_array_get(at, 1), "table", "tt");
	table = json_add_object(json_need_array(t, "tables"));
	json_set_str(table, "id", "tt");
	routes = json_need_array(table, "routes");
	if (likely(90))
		json_add(routes,
		    json_make("{s:s, s:s, s:b}", "to", "10.0.0.0/16", "attachment",
			"at-a", "propagated", 1));
	if (likely(90))
		json_add(routes,
		    json_make("{s:s, s:s, s:b}", "to", "10.2.0.0/16", "attachment",
			"at-c", "propagated", 1));
	if (likely(20))
		json_add(routes, json_make("{s:s}", "to", "10.0.2.0/24"));
	return v;
}

void
chances_shuffle(json_t *doc)
{
	json_t *vpc, *one;
	size_t i, k;

	json_set(doc, "groups", random_groups());
	json_set(doc, "acls", random_acls());
	json_set(doc, "tables", random_tables());
	json_set(doc, "transits", random_transits());
	json_array_foreach(json_get(doc, "vpcs"), i, vpc) {
		json_array_foreach(json_get(vpc, "subnets"), k, one) {
			json_set_fmt(one, "acl", "acl-%u", chances_pick(3));
			json_set_fmt(one, "table", "rtb-%u",
			    i == 0 ? chances_pick(2) : (unsigned)i + 1);
		}
	}
	json_array_foreach(json_get(doc, "enis"), i, one) {
		json_t *groups = json_new_array();

		for (unsigned n = chances_pick(3) + (likely(80) ? 1 : 0); n > 0; n--) {
			char id[16];

			snprintf(id, sizeof(id), "sg-%u", chances_pick(N_GROUPS));
			if (!json_has_str(groups, id))
				json_add_str(groups, id);
		}
		json_set(one, "groups", groups);
	}
}
