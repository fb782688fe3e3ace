/*
 * Where packets go by route tables: the longest prefix of all tables on the way, transit gateways
 * and their peers included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "netdns/joints.h"
#include "netdns/rules.h"
#include "netdns/ways.h"

/* a and b hang on tgw-1, c on tgw-2; the gateways are peered. */
static const char network[] =
    "{'vpcs': ["
    "{'id': 'vpc-a', 'cidrs': ['10.0.0.0/16'], 'container': 'a', 'subnets': ["
    "{'id': 'a1', 'zone': 'x', 'cidr': '10.0.1.0/24', 'gateway': '10.0.1.1', 'table': 'rtb-a'},"
    "{'id': 'a2', 'zone': 'y', 'cidr': '10.0.2.0/24', 'gateway': '10.0.2.1', 'table': 'rtb-a'}]},"
    "{'id': 'vpc-b', 'cidrs': ['10.1.0.0/16'], 'container': 'b', 'subnets': ["
    "{'id': 'b1', 'zone': 'x', 'cidr': '10.1.1.0/24', 'gateway': '10.1.1.1'}]},"
    "{'id': 'vpc-c', 'cidrs': ['10.2.0.0/16'], 'container': 'c', 'subnets': ["
    "{'id': 'c1', 'zone': 'x', 'cidr': '10.2.1.0/24', 'gateway': '10.2.1.1'}]}],"
    "'enis': [{'id': 'eni-app', 'vpc': 'vpc-a', 'container': 'm', 'device': 'eth0',"
    "'mac': '0a:58:00:00:00:01', 'addresses': ['10.0.1.9/24', '2001:db8::9/64']},"
    "{'id': 'eni-none', 'kind': 'none', 'vpc': 'vpc-a', 'addresses': ['10.0.1.10/24']}],"
    "'tables': [{'id': 'rtb-a', 'routes': ["
    "{'to': '10.0.0.0/16', 'kind': 'local'},"
    "{'to': '10.0.0.0/8', 'kind': 'transit', 'id': 'tgw-1'},"
    "{'to': '10.1.7.0/24', 'kind': 'peering', 'id': 'pcx'},"
    "{'to': '10.0.2.0/24', 'kind': 'interface', 'id': 'i', 'eni': 'eni-app'},"
    "{'to': '10.2.9.0/24', 'kind': 'interface', 'id': 'i', 'eni': 'eni-none'},"
    "{'to': '2001:db8:1::/48', 'kind': 'interface', 'id': 'i', 'eni': 'eni-app'}]}],"
    "'peerings': [{'id': 'pcx', 'vpcs': ['vpc-a', 'vpc-b']}],"
    "'transits': [{'id': 'tgw-1', 'attachments': ["
    "{'id': 'at-a', 'vpc': 'vpc-a', 'subnets': ['a1'], 'table': 't1'},"
    "{'id': 'at-b', 'vpc': 'vpc-b', 'subnets': ['b1'], 'table': 't1'},"
    "{'id': 'at-12', 'peer': 'tgw-2', 'peer_attachment': 'at-21', 'table': 't1'}],"
    "'tables': [{'id': 't1', 'routes': ["
    "{'to': '10.1.0.0/16', 'attachment': 'at-b', 'propagated': true},"
    "{'to': '10.1.5.0/24'}, {'to': '10.1.7.0/28', 'attachment': 'at-b'},"
    "{'to': '10.2.0.0/15', 'attachment': 'at-12'}]}]},"
    "{'id': 'tgw-2', 'attachments': ["
    "{'id': 'at-c', 'vpc': 'vpc-c', 'subnets': ['c1'], 'table': 't2'},"
    "{'id': 'at-21', 'peer': 'tgw-1', 'peer_attachment': 'at-12', 'table': 't2'}],"
    "'tables': [{'id': 't2', 'routes': ["
    "{'to': '10.2.0.0/16', 'attachment': 'at-c', 'propagated': true},"
    "{'to': '10.2.8.0/24'}, {'to': '10.3.0.0/16', 'attachment': 'at-21'},"
    "{'to': '10.0.0.0/15', 'attachment': 'at-21'}]}]}]}";

struct net {
	struct fabric *fabric;
	struct arena *arena;
	struct joints joints;
};

static int
set_up(void **state)
{
	static struct net n;
	struct err err = { 0 };
	char *text = strdup(network);
	json_t *doc = NULL;

	assert_non_null(text);
	for (char *p = text; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	if (json_read(text, strlen(text), &doc, &err) < 0 ||
	    fabric_read(doc, &n.fabric, &err) < 0)
		fail_msg("%s", err.msg);
	json_decref(doc);
	free(text);
	n.arena = arena_new();
	joints_read(n.fabric, n.arena, &n.joints);
	*state = &n;
	return 0;
}

static int
tear_down(void **state)
{
	struct net *n = *state;

	fabric_free(n->fabric);
	arena_free(n->arena);
	return 0;
}

static void
the_longest_prefix_of_all_tables_on_the_way_decides(void **state)
{
	/* From zone x of vpc-a: what kind of way, and of which end. */
	static const struct {
		const char *to;
		int kind; /* -1: no route at all */
		const char *end;
	} rows[] = {
		{ "10.0.1.5", ROUTE_LOCAL, NULL },
		{ "10.0.2.5", ROUTE_INTERFACE, "eni-app" },
		{ "10.1.1.1", ROUTE_TRANSIT, "at-b" },
		{ "10.1.5.1", ROUTE_NOWHERE, NULL }, /* the gateway's black hole */
		{ "10.1.7.99", ROUTE_PEERING, "pcx" },
		/* More specific in the gateway's table, but the subnet's own does not lead there. */
		{ "10.1.7.1", ROUTE_PEERING, "pcx" },
		{ "10.2.1.1", ROUTE_TRANSIT, "at-c" },
		{ "10.2.8.1", ROUTE_NOWHERE, NULL }, /* of the peer */
		{ "10.3.1.1", ROUTE_NOWHERE,
		    NULL }, /* from one gateway to the other, and back */
		{ "10.9.1.1", ROUTE_NOWHERE, NULL }, /* no route of the gateway's */
		{ "11.0.0.1", -1, NULL },
	};
	const struct net *n = *state;
	const struct fabric_vpc *a = fabric_vpc(n->fabric, "vpc-a");
	struct ip ip;
	struct way w;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *end = NULL;

		assert_true(ip_parse(rows[i].to, &ip));
		if (!ways_find(a, a->subnets[0].table, "x", &ip, &w)) {
			assert_int_equal(rows[i].kind, -1);
			continue;
		}
		if ((int)w.kind != rows[i].kind)
			fail_msg("%s: kind %d", rows[i].to, w.kind);
		if (w.kind == ROUTE_INTERFACE)
			end = w.eni->id;
		else if (w.kind == ROUTE_PEERING)
			end = w.peering->id;
		else if (w.kind == ROUTE_TRANSIT)
			end = w.onto->id;
		if (rows[i].end != NULL)
			assert_string_equal(end, rows[i].end);
	}
	/* The zone is not attached. */
	assert_true(ip_parse("10.1.1.1", &ip));
	assert_true(ways_find(a, a->subnets[1].table, "y", &ip, &w));
	assert_int_equal(w.kind, ROUTE_NOWHERE);
}

/* What the kernel makes of all ways together is what each address finds by itself. */
static void
prefixes_agree_with_every_address(void **state)
{
	const struct net *n = *state;
	const struct fabric_vpc *a = fabric_vpc(n->fabric, "vpc-a");
	struct way *ways;
	size_t n_ways = ways_of(a, a->subnets[0].table, "x", n->arena, &ways);

	for (uint32_t addr = 0x0a000000; addr < 0x0a040000; addr += 5) {
		struct ip ip = ip_of4(addr);
		const struct way *best = NULL;
		struct way w;

		for (size_t i = 0; i < n_ways; i++) {
			if (cidr_has(&ways[i].to, &ip) &&
			    (best == NULL || ways[i].to.len > best->to.len))
				best = &ways[i];
		}
		assert_true(ways_find(a, a->subnets[0].table, "x", &ip, &w));
		assert_non_null(best);
		assert_int_equal(best->kind, w.kind);
		assert_ptr_equal(best->onto, w.onto);
		assert_ptr_equal(best->eni, w.eni);
	}
}

static unsigned
some_joint(const void *arg, const struct way *w)
{
	return joints_find(arg, w) != NULL ? 7 : 0;
}

static void
the_kernel_gets_a_route_a_prefix_and_a_black_hole_behind_it(void **state)
{
	static const struct {
		const char *to;
		unsigned type, oif;
	} rows[] = {
		{ "10.0.0.0/16", RTN_UNICAST, 1 },
		{ "10.0.2.0/24", RTN_UNICAST, 1 },
		{ "2001:db8:1::/48", RTN_UNICAST, 1 },
		{ "10.2.9.0/24", RTN_BLACKHOLE, 0 }, /* the interface is on nothing */
		{ "10.1.0.0/16", RTN_UNICAST, 7 },
		{ "10.1.7.0/24", RTN_UNICAST, 7 },
		{ "10.2.8.0/24", RTN_BLACKHOLE, 0 },
		{ "0.0.0.0/0", RTN_BLACKHOLE, 0 },
		{ "::/0", RTN_BLACKHOLE, 0 },
	};
	const struct net *n = *state;
	const struct fabric_vpc *a = fabric_vpc(n->fabric, "vpc-a");
	const struct ways_links links = { .bridge = 1,
		.joint = some_joint,
		.arg = &n->joints };
	struct route *routes;
	size_t n_routes = ways_routes(a, &links, n->arena, &routes);

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct route *first = NULL, *last = NULL;
		struct cidr to;

		assert_true(cidr_parse(rows[i].to, &to));
		for (size_t k = 0; k < n_routes; k++) {
			if (routes[k].table != ways_table(&a->subnets[0]) ||
			    routes[k].dst.len != to.len ||
			    ip_compare(&routes[k].dst.ip, &to.ip) != 0)
				continue;
			if (first == NULL || routes[k].metric < first->metric)
				first = &routes[k];
			if (last == NULL || routes[k].metric > last->metric)
				last = &routes[k];
		}
		if (first == NULL)
			fail_msg("no route to %s", rows[i].to);
		if (first->type != rows[i].type || first->oif != rows[i].oif)
			fail_msg("%s: type %u by %u", rows[i].to, first->type,
			    first->oif);
		if (rows[i].oif == 7)
			assert_int_equal(last->type, RTN_BLACKHOLE);
	}
}

static void
each_subnet_has_a_table_of_its_own_that_is_nobody_elses(void **state)
{
	const struct net *n = *state;
	const struct fabric_vpc *a = fabric_vpc(n->fabric, "vpc-a");
	struct rule *rules;
	size_t n_rules = ways_rules(a, n->arena, &rules), found = 0;

	assert_int_not_equal(ways_table(&a->subnets[0]), ways_table(&a->subnets[1]));
	for (size_t i = 0; i < n_rules; i++) {
		assert_true(rules[i].table > 0x3fffffff && rules[i].pref < 120);
		found += rules[i].version == 4 && rules[i].pref == 110 &&
		    rules[i].mark == (subnet_mark(&a->subnets[1]) & MARK_PLACE) &&
		    rules[i].mask == MARK_PLACE &&
		    rules[i].table == ways_table(&a->subnets[1]);
	}
	assert_int_equal(found, 1);
}

static void
a_joint_is_there_for_each_peering_and_each_pair_of_attachments(void **state)
{
	const struct net *n = *state;
	const struct fabric_vpc *a = fabric_vpc(n->fabric, "vpc-a"),
				*b = fabric_vpc(n->fabric, "vpc-b"),
				*c = fabric_vpc(n->fabric, "vpc-c");
	size_t ab = 0, ac = 0, bc = 0;

	for (size_t i = 0; i < n->joints.n; i++) {
		const struct joint *j = &n->joints.list[i];

		assert_true(joint_is_name(j->name) && strlen(j->name) < IFNAMSIZ);
		ab += joint_end(j, a) >= 0 && joint_end(j, b) >= 0;
		ac += joint_end(j, a) >= 0 && joint_end(j, c) >= 0;
		bc += joint_end(j, b) >= 0 && joint_end(j, c) >= 0;
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(j->name, n->joints.list[k].name);
	}
	assert_int_equal(ab, 2); /* the peering, and the gateway */
	assert_int_equal(ac, 1);
	assert_int_equal(bc, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_prefix_of_all_tables_on_the_way_decides),
		cmocka_unit_test(prefixes_agree_with_every_address),
		cmocka_unit_test(
		    the_kernel_gets_a_route_a_prefix_and_a_black_hole_behind_it),
		cmocka_unit_test(each_subnet_has_a_table_of_its_own_that_is_nobody_elses),
		cmocka_unit_test(
		    a_joint_is_there_for_each_peering_and_each_pair_of_attachments),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
