/*
 * A router's rules on packets: for every kind of route, ACL rule and check one that passes and
 * one that does not, from both ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"
#include "tests/net/lab.h"

#define ALL   "{'number': 100, 'allow': true, 'protocol': -1, 'cidr': '0.0.0.0/0'}"
#define LOCAL "{'to': '10.0.0.0/16', 'kind': 'local'}"
#define IGW   "{'to': '0.0.0.0/0', 'kind': 'internet', 'id': 'igw-a'}"
#define CONTROL                                                                 \
	"'control': {'address': '10.0.0.3', 'to': '198.18.0.1', 'port': 4599, " \
	"'ports': [4599, 80], 'tls_port': 4600, 'tls_ports': [443]}"

/*
 * VPC a: public subnet pub, subnet priv behind a NAT gateway, isolated subnet iso, app with an
 * appliance.  VPC b is peered with a; c is joined to a by a transit gateway in zone x.
 */
static const char network[] =
    "{'vpcs': [{'id': 'vpc-a', 'cidrs': ['10.0.0.0/16'], 'resolver': '10.0.0.2', " CONTROL
    ", 'internet': {'cidr': '198.18.0.0/16', 'id': 'igw-a'}, 'subnets': ["
    "{'id': 'pub', 'zone': 'x', 'cidr': '10.0.1.0/24', 'gateway': '10.0.1.1', 'acl': 'acl-pub', 'table': 'rtb-pub'},"
    "{'id': 'priv', 'zone': 'x', 'cidr': '10.0.2.0/24', 'gateway': '10.0.2.1', 'acl': 'acl-priv', 'table': 'rtb-priv'},"
    "{'id': 'iso', 'zone': 'y', 'cidr': '10.0.3.0/24', 'gateway': '10.0.3.1', 'acl': 'acl-all', 'table': 'rtb-iso'},"
    "{'id': 'app', 'zone': 'x', 'cidr': '10.0.4.0/24', 'gateway': '10.0.4.1', 'acl': 'acl-all', 'table': 'rtb-app'}]},"
    "{'id': 'vpc-b', 'cidrs': ['10.1.0.0/16'], 'subnets': ["
    "{'id': 'b', 'zone': 'x', 'cidr': '10.1.1.0/24', 'gateway': '10.1.1.1', 'acl': 'acl-all', 'table': 'rtb-b'}]},"
    "{'id': 'vpc-c', 'cidrs': ['10.2.0.0/16'], 'internet': {'cidr': '198.18.0.0/16', 'id': 'igw-c'}, 'subnets': ["
    "{'id': 'c', 'zone': 'x', 'cidr': '10.2.1.0/24', 'gateway': '10.2.1.1', 'acl': 'acl-all', 'table': 'rtb-c'}]}],"
    "'enis': ["
    "{'id': 'pub', 'vpc': 'vpc-a', 'addresses': ['10.0.1.15/24'], 'public': {'10.0.1.15': '198.18.16.15'}},"
    "{'id': 'two', 'vpc': 'vpc-a', 'addresses': ['10.0.1.16/24']},"
    "{'id': 'nat', 'kind': 'nat', 'vpc': 'vpc-a', 'addresses': ['10.0.1.20/24'], 'public': {'10.0.1.20': '198.18.16.20'}},"
    "{'id': 'priv', 'vpc': 'vpc-a', 'addresses': ['10.0.2.15/24']},"
    "{'id': 'iso', 'vpc': 'vpc-a', 'addresses': ['10.0.3.15/24'], 'public': {'10.0.3.15': '198.18.16.33'}},"
    "{'id': 'app', 'vpc': 'vpc-a', 'addresses': ['10.0.4.10/24'], 'source_dest_check': false},"
    "{'id': 'b', 'vpc': 'vpc-b', 'addresses': ['10.1.1.15/24']},"
    "{'id': 'c', 'vpc': 'vpc-c', 'addresses': ['10.2.1.15/24'], 'public': {'10.2.1.15': '198.18.16.44'}},"
    "{'id': 'ep', 'kind': 'router', 'vpc': 'vpc-a', 'addresses': ['10.0.2.50/24'], 'groups': ['sg-ep']}],"
    "'groups': [{'id': 'sg-ep', 'vpc': 'vpc-a', 'ingress': ["
    "{'id': 'r', 'protocol': 6, 'from': 443, 'to': 443, 'cidr': '10.0.1.0/24'},"
    "{'id': 'q', 'protocol': 6, 'from': 443, 'to': 443, 'cidr': '10.1.0.0/16'}], 'egress': []},"
    "{'id': 'sg-guest', 'vpc': 'vpc-a', 'ingress': [{'id': 's', 'protocol': 6, 'from': 8080, 'to': 8080, 'cidr': '10.0.1.0/24'}],"
    "'egress': [{'id': 't', 'protocol': 6, 'from': 8080, 'to': 8080, 'cidr': '10.0.2.0/24'}]}],"
    "'acls': [{'id': 'acl-all', 'ingress': [" ALL "], 'egress': [" ALL "]},"
    "{'id': 'acl-pub', 'ingress': [" ALL "], 'egress': [" ALL "]},"
    "{'id': 'acl-priv', 'ingress': [" ALL "], 'egress': [" ALL "]}],"
    "'tables': ["
    "{'id': 'rtb-pub', 'routes': [" LOCAL ", " IGW
    ", {'to': '10.1.0.0/16', 'kind': 'peering', 'id': 'pcx'}, {'to': '10.2.0.0/16', 'kind': 'transit', 'id': 'tgw'}]},"
    "{'id': 'rtb-priv', 'routes': [" LOCAL
    ", {'to': '0.0.0.0/0', 'kind': 'interface', 'id': 'nat-1', 'eni': 'nat'}]},"
    "{'id': 'rtb-iso', 'routes': [" LOCAL "]},"
    "{'id': 'rtb-app', 'routes': [" LOCAL ", " IGW "]},"
    "{'id': 'rtb-b', 'routes': [{'to': '10.1.0.0/16', 'kind': 'local'}, {'to': '10.0.0.0/16', 'kind': 'peering', 'id': 'pcx'}]},"
    "{'id': 'rtb-c', 'routes': [{'to': '10.2.0.0/16', 'kind': 'local'}, {'to': '10.0.0.0/16', 'kind': 'transit', 'id': 'tgw'},"
    "{'to': '0.0.0.0/0', 'kind': 'internet', 'id': 'igw-c'}]}]}";

static const char joins[] =
    "{"
    "'peerings': [{'id': 'pcx', 'vpcs': ['vpc-a', 'vpc-b']}],"
    "'transits': [{'id': 'tgw', 'attachments': ["
    "{'id': 'at-a', 'vpc': 'vpc-a', 'subnets': ['pub'], 'table': 'tgw-rtb'},"
    "{'id': 'at-c', 'vpc': 'vpc-c', 'subnets': ['c'], 'table': 'tgw-rtb'}],"
    "'tables': [{'id': 'tgw-rtb', 'routes': [{'to': '10.0.0.0/16', 'attachment': 'at-a', 'propagated': true},"
    "{'to': '10.2.0.0/16', 'attachment': 'at-c', 'propagated': true}]}]}]}";

static const char forward[] = "echo 1 >/proc/sys/net/ipv4/ip_forward && "
			      "echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects && "
			      "echo 0 >/proc/sys/net/ipv4/conf/eth0/send_redirects";

static struct lab lab;

static int
set_up(void **state UNUSED)
{
	lab_open(&lab, network, joins);
	lab_shell(&lab, "nat", forward);
	lab_shell(&lab, "app", forward);
	/* What netd puts into the container of a NAT gateway, for what is not its own. */
	lab_shell(&lab, "nat",
	    "nft 'table ip nat { chain post { type nat hook postrouting priority srcnat ; "
	    "ip saddr != 10.0.1.20 snat to 10.0.1.20 ; } ; "
	    "chain pass { type filter hook forward priority filter ; ct state invalid drop ; } ; }'");
	return 0;
}

static int
tear_down(void **state UNUSED)
{
	lab_close(&lab);
	return 0;
}

/* For a while the document is another. */
static void
with(const char *list, const char *id, const char *member, const char *text)
{
	lab_set(&lab, list, id, member, text);
	lab_apply(&lab);
}

#define REACHES(from, addr, to, seen) assert_true(lab_reaches(&lab, from, addr, to, seen))
#define DEAD(from, addr)	      assert_true(lab_is_dead(&lab, from, addr, LAB_PORT))

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
	lab_shell(&lab, "app", forward);
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
	lab_shell(&lab, "app", forward);
	json_del(json_get(v, "internet"), "table");
	with("tables", "rtb-pub", "routes",
	    "[" LOCAL ", " IGW
	    ", {'to': '10.1.0.0/16', 'kind': 'peering', 'id': 'pcx'}, {'to': '10.2.0.0/16', 'kind': 'transit', 'id': 'tgw'}]");
	REACHES("host", "198.18.16.15", "pub", "198.18.0.1");
}

static void
an_acl_judges_each_packet_at_the_border_of_a_subnet(void **state UNUSED)
{
	/* ACL, direction, entry before "all": does pub reach priv on 8080, and does a datagram? */
	static const struct {
		const char *direction, *entry;
		int tcp, udp;
	} rows[] = {
		{ "ingress",
		    "{'number': 9, 'allow': false, 'protocol': -1, 'cidr': '10.0.1.0/24'}",
		    0, 0 },
		{ "ingress",
		    "{'number': 9, 'allow': false, 'protocol': -1, 'cidr': '10.0.1.16/32'}",
		    1, 1 },
		{ "ingress",
		    "{'number': 9, 'allow': false, 'protocol': 6, 'from': 8080, 'to': 8080, 'cidr': '0.0.0.0/0'}",
		    0, 1 },
		{ "ingress",
		    "{'number': 9, 'allow': false, 'protocol': 17, 'from': 8000, 'to': 9000, 'cidr': '10.0.0.0/16'}",
		    1, 0 },
		{ "ingress",
		    "{'number': 9, 'allow': false, 'protocol': 6, 'from': 80, 'to': 8079, 'cidr': '0.0.0.0/0'}",
		    1, 1 },
		{ "ingress",
		    "{'number': 900, 'allow': false, 'protocol': -1, 'cidr': '10.0.1.0/24'}",
		    1, 1 },
		{ "ingress",
		    "{'number': 9, 'allow': false, 'protocol': 1, 'from': -1, 'to': -1, 'cidr': '0.0.0.0/0'}",
		    1, 1 },
		/* Answers are judged, too: by the ports of the one who asked. */
		{ "egress",
		    "{'number': 9, 'allow': false, 'protocol': 6, 'from': 1024, 'to': 65535, 'cidr': '0.0.0.0/0'}",
		    0, 1 },
		{ "egress",
		    "{'number': 9, 'allow': false, 'protocol': 17, 'from': 0, 'to': 65535, 'cidr': '0.0.0.0/0'}",
		    1, 1 },
	};
	char text[512];

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "[%s, " ALL "]", rows[i].entry);
		with("acls", "acl-priv", rows[i].direction, text);
		if (lab_throw(&lab, "pub", NULL, "10.0.2.15", "priv") != rows[i].udp)
			fail_msg("row %zu: a datagram", i);
		if (!rows[i].tcp)
			DEAD("pub", "10.0.2.15");
		else
			REACHES("pub", "10.0.2.15", "priv", "10.0.1.15");
		lab_set(&lab, "acls", "acl-priv", rows[i].direction, "[" ALL "]");
	}
	/* Nothing that allows: refused. */
	with("acls", "acl-priv", "ingress", "[]");
	DEAD("pub", "10.0.2.15");
	with("acls", "acl-priv", "ingress", "[" ALL "]");
	REACHES("pub", "10.0.2.15", "priv", "10.0.1.15");
}

static int
pings(const char *eni, const char *addr, unsigned char type, unsigned char code)
{
	char line[400];
	const char *const argv[] = { "sh", "-c", line, NULL };

	/* A ping socket of the kernel's: type and code are echo's. */
	(void)type;
	(void)code;
	snprintf(line, sizeof(line), "ping -c 1 -W 1 %s >/dev/null 2>&1", addr);
	return place_run(&lab_machine(&lab, eni)->place, argv) == 0;
}

static void
an_acl_knows_types_of_icmp_and_leaves_the_platform_alone(void **state UNUSED)
{
	int services = place_listen(&lab.vpcs[0].router, "0.0.0.0", LAB_PORT), fd;
	static const char *const own[] = { "10.0.2.1", "10.0.0.2", "169.254.169.254",
		"169.254.169.253", "169.254.170.2" };

	lab_set(&lab, "acls", "acl-priv", "egress", "[]");
	with("acls", "acl-priv", "ingress", "[]");
	for (size_t i = 0; i < COUNT(own); i++) {
		fd = place_connect(&lab_machine(&lab, "priv")->place, NULL, own[i],
		    LAB_PORT, 1000);
		if (fd < 0)
			fail_msg("%s", own[i]);
		close(fd);
	}
	close(services);
	services = place_listen(&lab.host, "198.18.0.1", 4599);
	fd = place_connect(&lab_machine(&lab, "priv")->place, NULL, "10.0.0.3", 80, 1000);
	assert_true(fd >= 0);
	close(fd);
	close(services);
	DEAD("pub", "10.0.2.15");
	DEAD("priv", "10.0.1.15");
	lab_set(&lab, "acls", "acl-priv", "egress", "[" ALL "]");
	with("acls", "acl-priv", "ingress", "[" ALL "]");
	if (system("command -v ping >/dev/null") != 0)
		return;
	assert_true(pings("pub", "10.0.2.15", 8, 0));
	with("acls", "acl-priv", "ingress",
	    "[{'number': 1, 'allow': false, 'protocol': 1, 'from': 8, 'to': -1, 'cidr': '0.0.0.0/0'}, " ALL
	    "]");
	assert_false(pings("pub", "10.0.2.15", 8, 0));
	assert_true(pings("priv", "10.0.1.15", 8, 0));
	with("acls", "acl-priv", "ingress", "[" ALL "]");
}

static void
an_acl_sees_private_addresses_here_and_public_ones_there(void **state UNUSED)
{
	/* From the internet: the private address of the subnet's own, the public one of the other end. */
	with("acls", "acl-pub", "ingress",
	    "[{'number': 1, 'allow': false, 'protocol': -1, 'cidr': '198.18.0.1/32'}, " ALL
	    "]");
	DEAD("host", "198.18.16.15");
	REACHES("c", "198.18.16.15", "pub", "198.18.16.44");
	REACHES("pub", "10.0.2.15", "priv", "10.0.1.15");
	with("acls", "acl-pub", "ingress", "[" ALL "]");
	with("acls", "acl-pub", "egress",
	    "[{'number': 1, 'allow': false, 'protocol': -1, 'cidr': '198.18.16.44/32'}, " ALL
	    "]");
	DEAD("pub", "198.18.16.44");
	REACHES("host", "198.18.16.15", "pub", NULL);
	/* Within a subnet there is no border; by a public address there is. */
	lab_set(&lab, "enis", "two", "public", "{'10.0.1.16': '198.18.16.16'}");
	with("acls", "acl-pub", "egress", "[" ALL "]");
	REACHES("pub", "198.18.16.16", "two", "198.18.16.15");
	lab_set(&lab, "acls", "acl-pub", "egress",
	    "[{'number': 1, 'allow': false, 'protocol': -1, 'cidr': '198.18.16.16/32'}, " ALL
	    "]");
	lab_apply(&lab);
	DEAD("pub", "198.18.16.16");
	REACHES("pub", "10.0.1.16", "two", "10.0.1.15");
	lab_set(&lab, "acls", "acl-pub", "egress", "[]");
	with("acls", "acl-pub", "ingress", "[]");
	REACHES("pub", "10.0.1.16", "two", "10.0.1.15");
	DEAD("pub", "10.0.2.15");
	lab_set(&lab, "enis", "two", "public", "{}");
	lab_set(&lab, "acls", "acl-pub", "egress", "[" ALL "]");
	with("acls", "acl-pub", "ingress", "[" ALL "]");
}

static void
an_acl_judges_what_comes_from_other_vpcs(void **state UNUSED)
{
	with("acls", "acl-pub", "ingress",
	    "[{'number': 1, 'allow': false, 'protocol': -1, 'cidr': '10.1.0.0/16'}, " ALL
	    "]");
	DEAD("b", "10.0.1.15");
	DEAD("pub", "10.1.1.15");
	REACHES("c", "10.0.1.15", "pub", "10.2.1.15");
	with("acls", "acl-pub", "ingress",
	    "[{'number': 1, 'allow': false, 'protocol': -1, 'cidr': '10.2.0.0/16'}, " ALL
	    "]");
	REACHES("b", "10.0.1.15", "pub", "10.1.1.15");
	DEAD("c", "10.0.1.15");
	with("acls", "acl-pub", "ingress", "[" ALL "]");
}

static void
nobody_speaks_for_another(void **state UNUSED)
{
	static const char add[] = "ip addr add 10.0.1.99/32 dev eth0; "
				  "ip addr add 10.0.0.2/32 dev eth0";

	/* Another's address as a source, within the subnet and across. */
	lab_shell(&lab, "two", add);
	assert_false(lab_throw(&lab, "two", "10.0.1.99", "10.0.1.15", "pub"));
	assert_false(lab_throw(&lab, "two", "10.0.1.99", "10.0.2.15", "priv"));
	assert_true(lab_throw(&lab, "two", "10.0.1.16", "10.0.2.15", "priv"));
	with("enis", "two", "source_dest_check", "false");
	lab_shell(&lab, "two", add);
	assert_true(lab_throw(&lab, "two", "10.0.1.99", "10.0.1.15", "pub"));
	assert_true(lab_throw(&lab, "two", "10.0.1.99", "10.0.2.15", "priv"));
	/* But never an address of the platform's: no rule is about those. */
	assert_false(lab_throw(&lab, "two", "10.0.0.2", "10.0.1.15", "pub"));
	assert_false(lab_throw(&lab, "two", "10.0.0.2", "10.0.2.15", "priv"));
	with("enis", "two", "source_dest_check", "true");
	lab_shell(&lab, "two", add);
	assert_false(lab_throw(&lab, "two", "10.0.1.99", "10.0.1.15", "pub"));
	lab_shell(&lab, "two",
	    "ip addr del 10.0.1.99/32 dev eth0; ip addr del 10.0.0.2/32 dev eth0");
}

static void
nobody_takes_the_address_or_the_mac_of_another(void **state UNUSED)
{
	/* ARP for pub's address: nat goes on to find pub. */
	REACHES("nat", "10.0.1.15", "pub", "10.0.1.20");
	lab_shell(&lab, "two",
	    "ip addr add 10.0.1.15/32 dev eth0 && ip link set eth0 address 0a:58:00:00:00:01");
	lab_shell(&lab, "nat", "ip neigh flush all");
	REACHES("nat", "10.0.1.15", "pub", "10.0.1.20");
	/* The MAC of another: nothing passes, and the bridge does not learn it. */
	lab_shell(&lab, "two", "ip addr del 10.0.1.15/32 dev eth0");
	lab_shell(&lab, "two",
	    "ip link set eth0 address 0a:58:00:00:00:00 && ip route replace default via 10.0.1.1");
	DEAD("two", "10.0.2.15");
	REACHES("nat", "10.0.1.15", "pub", "10.0.1.20");
	lab_shell(&lab, "two", "ip link set eth0 address 0a:58:00:00:00:01");
	lab_apply(&lab);
	REACHES("two", "10.0.2.15", "priv", "10.0.1.16");
}

static void
subnets_are_not_bridged(void **state UNUSED)
{
	/* On the link, past the router: the ACL would not see it. */
	lab_shell(&lab, "two", "ip route add 10.0.2.0/24 dev eth0");
	DEAD("two", "10.0.2.15");
	lab_shell(&lab, "two", "ip route del 10.0.2.0/24 dev eth0");
	REACHES("two", "10.0.2.15", "priv", "10.0.1.16");
	/* And by the right MAC. */
	lab_shell(&lab, "two",
	    "ip route add 10.0.2.0/24 dev eth0 && ip neigh replace 10.0.2.15 lladdr 0a:58:00:00:00:03 dev eth0");
	DEAD("two", "10.0.2.15");
	lab_shell(&lab, "two",
	    "ip route del 10.0.2.0/24 dev eth0; ip neigh del 10.0.2.15 dev eth0");
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
a_change_is_in_force_at_once_and_breaks_no_flow_that_stays(void **state UNUSED)
{
	struct lab_machine *priv = lab_machine(&lab, "priv");
	uint32_t generation;
	char from[16], c;
	int fd, peer;

	fd = place_connect(&lab_machine(&lab, "pub")->place, NULL, "10.0.2.15", LAB_PORT,
	    1000);
	assert_true(fd >= 0);
	peer = place_accept(priv->tcp, from);
	lab_apply(&lab);
	generation = lab.vpcs[0].memory.generation;
	lab_apply(&lab);
	assert_int_equal(lab.vpcs[0].memory.generation, generation);
	with("acls", "acl-priv", "ingress",
	    "[{'number': 1, 'allow': false, 'protocol': 17, 'from': 0, 'to': 65535, 'cidr': '0.0.0.0/0'}, " ALL
	    "]");
	assert_int_not_equal(lab.vpcs[0].memory.generation, generation);
	assert_true(is_alive(fd, peer) && is_alive(peer, fd));
	/* Stateless: what is refused ends, connection or not. */
	with("acls", "acl-priv", "ingress", "[]");
	assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), 1);
	usleep(100000);
	assert_int_equal(recv(peer, &c, 1, MSG_DONTWAIT), -1);
	with("acls", "acl-priv", "ingress", "[" ALL "]");
	assert_true(is_alive(fd, peer));
	close(fd);
	close(peer);
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
		cmocka_unit_test(a_nat_gateway_leads_out_and_nobody_in),
		cmocka_unit_test(a_peering_joins_two_vpcs_where_both_tables_lead_by_it),
		cmocka_unit_test(a_transit_gateway_joins_vpcs_by_its_tables_and_zones),
		cmocka_unit_test(
		    what_arrives_by_a_transit_gateway_goes_by_the_table_of_its_subnet),
		cmocka_unit_test(more_specific_routes_lead_through_an_appliance),
		cmocka_unit_test(the_gateways_own_table_leads_in_through_an_appliance),
		cmocka_unit_test(an_acl_judges_each_packet_at_the_border_of_a_subnet),
		cmocka_unit_test(
		    an_acl_knows_types_of_icmp_and_leaves_the_platform_alone),
		cmocka_unit_test(
		    an_acl_sees_private_addresses_here_and_public_ones_there),
		cmocka_unit_test(an_acl_judges_what_comes_from_other_vpcs),
		cmocka_unit_test(nobody_speaks_for_another),
		cmocka_unit_test(nobody_takes_the_address_or_the_mac_of_another),
		cmocka_unit_test(subnets_are_not_bridged),
		cmocka_unit_test(an_endpoint_leads_to_control_under_its_groups_and_acl),
		cmocka_unit_test(a_gateway_endpoint_is_a_route),
		cmocka_unit_test(a_guest_is_under_its_groups_both_ways),
		cmocka_unit_test(
		    a_change_is_in_force_at_once_and_breaks_no_flow_that_stays),
		cmocka_unit_test(a_router_that_starts_again_is_joined_again),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
