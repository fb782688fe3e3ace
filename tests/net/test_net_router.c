/*
 * A router's ways on packets: for every kind of route, joint, endpoint and guest one that
 * passes and one that does not, from both ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"
#include "base/clock.h"
#include "tests/net/three.h"

static size_t
n_joints(size_t vpc)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct view v;
	size_t n = 0;

	place_view(&lab.vpcs[vpc].router, a, &v);
	for (size_t i = 0; i < v.n_links; i++)
		n += joint_is_name(v.links[i].name) ? 1 : 0;
	return n;
}

static void
local_routes_lead_within_the_vpc_and_no_further(void **state UNUSED)
{
	REACHES("pub", "10.0.1.16", "two", "10.0.1.15");
	REACHES("pub", "10.0.2.15", "priv", "10.0.1.15");
	REACHES("priv", "10.0.1.15", "pub", "10.0.2.15");
	REACHES("iso", "10.0.1.15", "pub", "10.0.3.15");
	DEAD("pub", "10.0.2.99");
	DEAD("b", "10.2.1.15");
}

static void
an_isolated_subnet_reaches_neither_host_nor_internet_nor_another_vpc(void **state UNUSED)
{
	int listener = place_listen(&lab.host, "0.0.0.0", LAB_PORT);

	DEAD("iso", "198.18.0.1");
	DEAD("iso", "198.19.0.1");
	DEAD("iso", "10.1.1.15");
	DEAD("iso", "10.2.1.15");
	DEAD("iso", "198.18.16.44");
	DEAD("iso", "198.18.16.15");
	/* Inbound may arrive, the answer does not leave. */
	assert_true(lab_throw(&lab, "host", NULL, "198.18.16.33", "iso"));
	DEAD("host", "198.18.16.33");
	DEAD("pub", "198.18.16.33");
	close(listener);
}

static void
an_internet_route_leads_out_and_in_for_what_has_a_public_address(void **state UNUSED)
{
	int listener = place_listen(&lab.host, "198.18.0.1", LAB_PORT), fd, peer;
	char from[16];

	fd = place_connect(&lab_machine(&lab, "pub")->place, NULL, "198.18.0.1", LAB_PORT,
	    2000);
	assert_true(fd >= 0);
	peer = place_accept(listener, from);
	assert_string_equal(from, "198.18.16.15");
	close(fd);
	close(peer);
	REACHES("host", "198.18.16.15", "pub", "198.18.0.1");
	REACHES("pub", "198.18.16.44", "c", "198.18.16.15");
	REACHES("c", "198.18.16.15", "pub", "198.18.16.44");
	DEAD("two", "198.18.0.1");
	DEAD("pub", "198.19.0.1");
	with("tables", "rtb-pub", "routes", "[" LOCAL "]");
	DEAD("pub", "198.18.0.1");
	DEAD("host", "198.18.16.15");
	with("tables", "rtb-pub", "routes",
	    "[" LOCAL ", " IGW
	    ", {'to': '198.18.16.0/24', 'kind': 'nowhere', 'id': 'gone'}]");
	DEAD("pub", "198.18.16.44");
	fd = place_connect(&lab_machine(&lab, "pub")->place, NULL, "198.18.0.1", LAB_PORT,
	    2000);
	assert_true(fd >= 0);
	close(fd);
	close(listener);
	with("tables", "rtb-pub", "routes",
	    "[" LOCAL ", " IGW
	    ", {'to': '10.1.0.0/16', 'kind': 'peering', 'id': 'pcx'}, {'to': '10.2.0.0/16', 'kind': 'transit', 'id': 'tgw'}]");
}

/* A member's address as the source, on the internet: a group would take it for the member. */
static void
nobody_outside_has_an_address_of_the_vpc(void **state UNUSED)
{
	assert_true(lab_throw(&lab, "host", NULL, "198.18.16.15", "pub"));
	lab_shell(&lab, "host", "ip addr add 10.0.2.15/32 dev inet");
	assert_false(lab_throw(&lab, "host", "10.0.2.15", "198.18.16.15", "pub"));
	lab_shell(&lab, "host", "ip addr del 10.0.2.15/32 dev inet");
}

/* It was another router's a moment ago, and the host still asks that one. */
static void
who_knew_a_public_address_elsewhere_hears_where_it_is(void **state UNUSED)
{
	struct router_memory *memory = &lab.vpcs[0].memory;

	lab_shell(&lab, "host",
	    "ip neigh replace 198.18.16.15 lladdr 02:00:00:00:00:99 nud reachable dev inet");
	DEAD("host", "198.18.16.15");
	memory->announcements = 2;
	memory->announce_at_ms = clock_monotonic_ms() + 60 * 1000;
	lab_apply(&lab);
	assert_int_equal(memory->announcements, 2);
	DEAD("host", "198.18.16.15");
	memory->announce_at_ms = 0;
	lab_apply(&lab);
	assert_int_equal(memory->announcements, 1);
	REACHES("host", "198.18.16.15", "pub", "198.18.0.1");
	/* The second one has its time. */
	lab_apply(&lab);
	assert_int_equal(memory->announcements, 1);
	memory->announcements = 0;
}

static void
a_nat_gateway_leads_out_and_nobody_in(void **state UNUSED)
{
	int listener = place_listen(&lab.host, "198.18.0.1", LAB_PORT), fd, peer;
	char from[16];

	fd = place_connect(&lab_machine(&lab, "priv")->place, NULL, "198.18.0.1",
	    LAB_PORT, 2000);
	assert_true(fd >= 0);
	peer = place_accept(listener, from);
	assert_string_equal(from, "198.18.16.20");
	assert_true(is_alive(fd, peer) && is_alive(peer, fd));
	close(peer);
	close(fd);
	close(listener);
	REACHES("priv", "198.18.16.44", "c", "198.18.16.20");
	/* A public address of the same VPC is in the internet, too. */
	REACHES("priv", "198.18.16.15", "pub", "198.18.16.20");
	DEAD("priv", "198.19.0.1");
	DEAD("priv", "10.9.9.9");
	with("tables", "rtb-priv", "routes", "[" LOCAL "]");
	DEAD("priv", "198.18.16.44");
	DEAD("priv", "198.18.16.15");
	with("tables", "rtb-priv", "routes",
	    "[" LOCAL
	    ", {'to': '0.0.0.0/0', 'kind': 'interface', 'id': 'nat-1', 'eni': 'nat'}]");
}

static void
a_peering_joins_two_vpcs_where_both_tables_lead_by_it(void **state UNUSED)
{
	REACHES("pub", "10.1.1.15", "b", "10.0.1.15");
	REACHES("b", "10.0.1.15", "pub", "10.1.1.15");
	/* No route there, and none back. */
	DEAD("iso", "10.1.1.15");
	DEAD("b", "10.0.2.15");
	assert_true(lab_throw(&lab, "b", NULL, "10.0.2.15", "priv"));
	/* Nothing goes on through a peering: not to the internet, not to a third VPC, not to the router. */
	with("tables", "rtb-b", "routes",
	    "[{'to': '10.1.0.0/16', 'kind': 'local'}, {'to': '0.0.0.0/0', 'kind': 'peering', 'id': 'pcx'}]");
	REACHES("b", "10.0.1.15", "pub", "10.1.1.15");
	DEAD("b", "198.18.0.1");
	DEAD("b", "10.2.1.15");
	DEAD("b", "10.0.1.1");
	assert_true(lab_is_dead(&lab, "b", "10.0.0.3", 4599));
	with("tables", "rtb-b", "routes",
	    "[{'to': '10.1.0.0/16', 'kind': 'local'}, {'to': '10.0.0.0/16', 'kind': 'peering', 'id': 'pcx'}]");
	/* Gone, and back. */
	json_set(lab.doc, "peerings", json_new_array());
	lab_apply(&lab);
	assert_int_equal(n_joints(0), 1);
	assert_int_equal(n_joints(1), 0);
	DEAD("pub", "10.1.1.15");
	json_set(lab.doc, "peerings",
	    json_make("[{s:s, s:[s, s]}]", "id", "pcx", "vpcs", "vpc-a", "vpc-b"));
	lab_apply(&lab);
	REACHES("pub", "10.1.1.15", "b", "10.0.1.15");
}

static void
a_transit_gateway_joins_vpcs_by_its_tables_and_zones(void **state UNUSED)
{
	REACHES("pub", "10.2.1.15", "c", "10.0.1.15");
	REACHES("c", "10.0.1.15", "pub", "10.2.1.15");
	/* No route to it; and one by the address of a NAT gateway. */
	DEAD("iso", "10.2.1.15");
	REACHES("priv", "10.2.1.15", "c", "10.0.1.20");
	/* A black hole of the transit gateway's, more specific than the way. */
	json_t *t =
	    json_array_get(json_get(json_array_get(json_get(lab.doc, "transits"), 0),
			       "tables"),
		0);
	json_t *routes = json_get(t, "routes"), *more = json_copy_deep(routes);

	json_add(more, json_make("{s:s}", "to", "10.2.1.0/28"));
	json_incref(routes);
	json_set(t, "routes", more);
	lab_apply(&lab);
	DEAD("pub", "10.2.1.15");
	json_set(t, "routes", routes);
	/* The zone of the subnet is not attached: the answer finds no way. */
	lab_set(&lab, "tables", "rtb-iso", "routes",
	    "[" LOCAL ", {'to': '10.2.0.0/16', 'kind': 'transit', 'id': 'tgw'}]");
	lab_apply(&lab);
	REACHES("pub", "10.2.1.15", "c", "10.0.1.15");
	DEAD("iso", "10.2.1.15");
	DEAD("c", "10.0.3.15");
	assert_true(lab_throw(&lab, "c", NULL, "10.0.3.15", "iso"));
	with("tables", "rtb-iso", "routes", "[" LOCAL "]");
}

static void
what_arrives_by_a_transit_gateway_goes_by_the_table_of_its_subnet(void **state UNUSED)
{
	/* The internet of c by the NAT gateway of a. */
	lab_set(&lab, "tables", "rtb-c", "routes",
	    "[{'to': '10.2.0.0/16', 'kind': 'local'}, {'to': '0.0.0.0/0', 'kind': 'transit', 'id': 'tgw'}]");
	json_t *t =
	    json_array_get(json_get(json_array_get(json_get(lab.doc, "transits"), 0),
			       "tables"),
		0);

	json_add(json_get(t, "routes"),
	    json_make("{s:s, s:s}", "to", "0.0.0.0/0", "attachment", "at-a"));
	json_set(json_array_get(json_get(json_array_get(json_get(lab.doc, "transits"), 0),
				    "attachments"),
		     0),
	    "subnets", json_make("[s]", "priv"));
	lab_apply(&lab);
	int listener = place_listen(&lab.host, "198.18.0.1", LAB_PORT);
	int fd = place_connect(&lab_machine(&lab, "c")->place, NULL, "198.18.0.1",
	    LAB_PORT, 2000);
	char from[16];

	assert_true(fd >= 0);
	close(place_accept(listener, from));
	assert_string_equal(from, "198.18.16.20");
	close(fd);
	close(listener);
	json_set(json_array_get(json_get(json_array_get(json_get(lab.doc, "transits"), 0),
				    "attachments"),
		     0),
	    "subnets", json_make("[s]", "pub"));
	/* By the public subnet's table it comes to the gateway, where it has no public address. */
	lab_apply(&lab);
	DEAD("c", "198.18.0.1");
	json_array_remove(json_get(t, "routes"),
	    json_array_size(json_get(t, "routes")) - 1);
	with("tables", "rtb-c", "routes",
	    "[{'to': '10.2.0.0/16', 'kind': 'local'}, {'to': '10.0.0.0/16', 'kind': 'transit', 'id': 'tgw'},"
	    "{'to': '0.0.0.0/0', 'kind': 'internet', 'id': 'igw-c'}]");
	REACHES("c", "10.0.1.15", "pub", "10.2.1.15");
}

static void
more_specific_routes_lead_through_an_appliance(void **state UNUSED)
{
	lab_set(&lab, "tables", "rtb-pub", "routes",
	    "[" LOCAL
	    ", {'to': '10.0.2.0/24', 'kind': 'interface', 'id': 'app', 'eni': 'app'}]");
	with("tables", "rtb-priv", "routes",
	    "[" LOCAL
	    ", {'to': '10.0.1.0/24', 'kind': 'interface', 'id': 'app', 'eni': 'app'}]");
	REACHES("pub", "10.0.2.15", "priv", "10.0.1.15");
	lab_shell(&lab, "app", "echo 0 >/proc/sys/net/ipv4/ip_forward");
	DEAD("pub", "10.0.2.15");
	lab_shell(&lab, "app", FORWARD);
	/* With its check on nothing passes that is not for it. */
	with("enis", "app", "source_dest_check", "true");
	DEAD("pub", "10.0.2.15");
	with("enis", "app", "source_dest_check", "false");
	REACHES("pub", "10.0.2.15", "priv", "10.0.1.15");
	lab_set(&lab, "tables", "rtb-priv", "routes",
	    "[" LOCAL
	    ", {'to': '0.0.0.0/0', 'kind': 'interface', 'id': 'nat-1', 'eni': 'nat'}]");
	with("tables", "rtb-pub", "routes",
	    "[" LOCAL ", " IGW
	    ", {'to': '10.1.0.0/16', 'kind': 'peering', 'id': 'pcx'}, {'to': '10.2.0.0/16', 'kind': 'transit', 'id': 'tgw'}]");
}

static void
the_gateways_own_table_leads_in_through_an_appliance(void **state UNUSED)
{
	json_t *v = json_array_get(json_get(lab.doc, "vpcs"), 0);

	json_add(json_get(lab.doc, "tables"),
	    json_make("{s:s, s:[{s:s, s:s}, {s:s, s:s, s:s, s:s}]}", "id", "rtb-edge",
		"routes", "to", "10.0.0.0/16", "kind", "local", "to", "10.0.1.0/24",
		"kind", "interface", "id", "app", "eni", "app"));
	json_set_str(json_get(v, "internet"), "table", "rtb-edge");
	with("tables", "rtb-pub", "routes",
	    "[" LOCAL
	    ", {'to': '0.0.0.0/0', 'kind': 'interface', 'id': 'app', 'eni': 'app'}]");
	REACHES("host", "198.18.16.15", "pub", "198.18.0.1");
	lab_shell(&lab, "app", "echo 0 >/proc/sys/net/ipv4/ip_forward");
	DEAD("host", "198.18.16.15");
	lab_shell(&lab, "app", FORWARD);
	json_del(json_get(v, "internet"), "table");
	with("tables", "rtb-pub", "routes",
	    "[" LOCAL ", " IGW
	    ", {'to': '10.1.0.0/16', 'kind': 'peering', 'id': 'pcx'}, {'to': '10.2.0.0/16', 'kind': 'transit', 'id': 'tgw'}]");
	REACHES("host", "198.18.16.15", "pub", "198.18.0.1");
}

static int
endpoint_answers(const char *from, const char *addr, int port)
{
	int listener = place_listen(&lab.host, "198.18.0.1", port == 443 ? 4600 : 4599);
	int fd = place_connect(&lab_machine(&lab, from)->place, NULL, addr, port, 400);
	char peer_addr[16];
	int peer, ok = 0;

	if (fd >= 0) {
		peer = place_accept(listener, peer_addr);
		assert_true(peer >= 0);
		assert_string_equal(peer_addr, "198.19.0.2");
		ok = is_alive(fd, peer) && is_alive(peer, fd);
		close(peer);
		close(fd);
	}
	close(listener);
	return ok;
}

static void
an_endpoint_leads_to_control_under_its_groups_and_acl(void **state UNUSED)
{
	assert_true(endpoint_answers("two", "10.0.2.50", 443));
	assert_false(endpoint_answers("two", "10.0.2.50", 80));
	assert_false(endpoint_answers("priv", "10.0.2.50", 443));
	assert_false(endpoint_answers("two", "10.0.2.50", 22));
	/* Over a peering, where the endpoint's subnet leads back. */
	assert_false(endpoint_answers("b", "10.0.2.50", 443));
	with("tables", "rtb-priv", "routes",
	    "[" LOCAL ", {'to': '10.1.0.0/16', 'kind': 'peering', 'id': 'pcx'}]");
	assert_true(endpoint_answers("b", "10.0.2.50", 443));
	with("tables", "rtb-priv", "routes",
	    "[" LOCAL
	    ", {'to': '0.0.0.0/0', 'kind': 'interface', 'id': 'nat-1', 'eni': 'nat'}]");
	with("acls", "acl-priv", "ingress",
	    "[{'number': 1, 'allow': false, 'protocol': 6, 'from': 443, 'to': 443, 'cidr': '0.0.0.0/0'}, " ALL
	    "]");
	assert_false(endpoint_answers("two", "10.0.2.50", 443));
	lab_set(&lab, "acls", "acl-priv", "ingress", "[" ALL "]");
	with("acls", "acl-priv", "egress", "[]");
	assert_false(endpoint_answers("two", "10.0.2.50", 443));
	with("acls", "acl-priv", "egress", "[" ALL "]");
	assert_true(endpoint_answers("two", "10.0.2.50", 443));
}

static void
a_gateway_endpoint_is_a_route(void **state UNUSED)
{
	assert_false(endpoint_answers("iso", "52.216.1.1", 443));
	with("tables", "rtb-iso", "routes",
	    "[" LOCAL ", {'to': '52.216.0.0/15', 'kind': 'control', 'id': 'vpce-1'}]");
	assert_true(endpoint_answers("iso", "52.216.1.1", 443));
	assert_true(endpoint_answers("iso", "52.217.1.1", 80));
	assert_false(endpoint_answers("iso", "52.218.1.1", 443));
	assert_false(endpoint_answers("iso", "52.216.1.1", 22));
	assert_false(endpoint_answers("priv", "52.216.1.1", 443));
	with("tables", "rtb-iso", "routes", "[" LOCAL "]");
	assert_false(endpoint_answers("iso", "52.216.1.1", 443));
}

static void
a_guest_is_under_its_groups_both_ways(void **state UNUSED)
{
	json_t *v = json_array_get(json_get(lab.doc, "vpcs"), 0);
	struct place guest;
	static const char *const route[] = { "ip", "route", "add", "10.0.0.0/16", "via",
		"198.19.0.2", NULL };
	int listener, fd;
	char from[16];

	place_new(&guest, lab.worker);
	place_wire(&lab.host, "und0", &guest, "eth0", "198.19.0.5/28");
	assert_int_equal(place_run(&guest, route), 0);
	listener = place_listen(&guest, "0.0.0.0", LAB_PORT);
	json_set(v, "guests",
	    json_make("[{s:s, s:s, s:[s]}]", "container", "g", "address", "198.19.0.5",
		"groups", "sg-guest"));
	lab_apply(&lab);
	/* Egress: 8080 of priv; ingress: 8080 from pub. */
	fd = place_connect(&guest, NULL, "10.0.2.15", LAB_PORT, 1000);
	assert_true(fd >= 0);
	close(place_accept(lab_machine(&lab, "priv")->tcp, from));
	assert_string_equal(from, "198.19.0.5");
	close(fd);
	assert_int_equal(place_connect(&guest, NULL, "10.0.1.15", LAB_PORT, 300), -1);
	fd = place_connect(&lab_machine(&lab, "pub")->place, NULL, "198.19.0.5", LAB_PORT,
	    1000);
	assert_true(fd >= 0);
	close(place_accept(listener, from));
	assert_string_equal(from, "10.0.1.15");
	close(fd);
	DEAD("priv", "198.19.0.5");
	/* The border of the subnet is there for it, too. */
	with("acls", "acl-priv", "ingress",
	    "[{'number': 1, 'allow': false, 'protocol': -1, 'cidr': '198.19.0.5/32'}, " ALL
	    "]");
	assert_int_equal(place_connect(&guest, NULL, "10.0.2.15", LAB_PORT, 300), -1);
	lab_set(&lab, "acls", "acl-priv", "ingress", "[" ALL "]");
	json_del(v, "guests");
	lab_apply(&lab);
	assert_int_equal(place_connect(&guest, NULL, "10.0.2.15", LAB_PORT, 300), -1);
	close(listener);
	place_free(&guest);
}

static void
a_router_that_starts_again_is_joined_again(void **state UNUSED)
{
	static const char *const cut[] = { "sh", "-c",
		"for i in $(ip -br link | grep -o 'SFJ[^@]*'); do ip link del $i; done",
		NULL };

	/* The links go with a namespace.  Before anybody looks: closed, and not by another way. */
	assert_int_equal(place_run(&lab.vpcs[0].router, cut), 0);
	assert_int_equal(n_joints(0), 0);
	DEAD("pub", "10.1.1.15");
	lab_apply(&lab);
	assert_int_equal(n_joints(0), 2);
	REACHES("pub", "10.1.1.15", "b", "10.0.1.15");
	/* Somebody holds the old namespace, and so the old link. */
	lab_restart_router(&lab, 1);
	lab_apply(&lab);
	REACHES("pub", "10.1.1.15", "b", "10.0.1.15");
	REACHES("b", "10.0.1.15", "pub", "10.1.1.15");
	lab_restart_router(&lab, 0);
	lab_apply(&lab);
	REACHES("pub", "10.1.1.15", "b", "10.0.1.15");
	REACHES("c", "10.0.1.15", "pub", "10.2.1.15");
	REACHES("host", "198.18.16.15", "pub", "198.18.0.1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_routes_lead_within_the_vpc_and_no_further),
		cmocka_unit_test(
		    an_isolated_subnet_reaches_neither_host_nor_internet_nor_another_vpc),
		cmocka_unit_test(
		    an_internet_route_leads_out_and_in_for_what_has_a_public_address),
		cmocka_unit_test(nobody_outside_has_an_address_of_the_vpc),
		cmocka_unit_test(who_knew_a_public_address_elsewhere_hears_where_it_is),
		cmocka_unit_test(a_nat_gateway_leads_out_and_nobody_in),
		cmocka_unit_test(a_peering_joins_two_vpcs_where_both_tables_lead_by_it),
		cmocka_unit_test(a_transit_gateway_joins_vpcs_by_its_tables_and_zones),
		cmocka_unit_test(
		    what_arrives_by_a_transit_gateway_goes_by_the_table_of_its_subnet),
		cmocka_unit_test(more_specific_routes_lead_through_an_appliance),
		cmocka_unit_test(the_gateways_own_table_leads_in_through_an_appliance),
		cmocka_unit_test(an_endpoint_leads_to_control_under_its_groups_and_acl),
		cmocka_unit_test(a_gateway_endpoint_is_a_route),
		cmocka_unit_test(a_guest_is_under_its_groups_both_ways),
		cmocka_unit_test(a_router_that_starts_again_is_joined_again),
	};

	return cmocka_run_group_tests(tests, three_open, three_close);
}
