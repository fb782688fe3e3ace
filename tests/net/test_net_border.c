/*
 * The borders of subnets and the ports of the bridge: network ACLs for every kind of entry, what is
 * exempt from them, and what nobody may say for another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"
#include "netdns/flows.h"
#include "tests/net/three.h"

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
	assert_true(lab_ping(&lab, "pub", "10.0.2.15"));
	with("acls", "acl-priv", "ingress",
	    "[{'number': 1, 'allow': false, 'protocol': 1, 'from': 8, 'to': -1, 'cidr': '0.0.0.0/0'}, " ALL
	    "]");
	assert_false(lab_ping(&lab, "pub", "10.0.2.15"));
	assert_true(lab_ping(&lab, "priv", "10.0.1.15"));
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

/* What ACLs refused, in a: the flow from and to these, of UDP to LAB_PORT; how many packets. */
struct refused_job {
	struct flows_memory memory;
	const char *from, *to;
	enum direction direction;
	int n;
};

static int
refused_job(void *arg, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct refused_job *j = arg;
	struct flow *flows;
	char from[IP_TEXT], to[IP_TEXT];
	size_t n;
	int is_full;

	if (ns_enter(lab.vpcs[0].router.fd, err) < 0 ||
	    flows_read_refused(&j->memory, a, &flows, &n, &is_full, err) < 0)
		return -1;
	j->n = 0;
	for (size_t i = 0; i < n; i++) {
		ip_format(&flows[i].from, from);
		ip_format(&flows[i].to, to);
		if (flows[i].direction == j->direction && strcmp(from, j->from) == 0 &&
		    strcmp(to, j->to) == 0 && flows[i].to_port == LAB_PORT &&
		    flows[i].protocol == 17)
			j->n += (int)flows[i].packets;
	}
	return 0;
}

static int
n_refused(struct refused_job *j, enum direction direction)
{
	struct err err = { 0 };

	j->direction = direction;
	if (ns_worker_run(lab.worker, refused_job, j, &err) < 0)
		fail_msg("%s", err.msg);
	return j->n;
}

/* Flow logs tell of it: with an interface that is logged, and each packet once. */
static void
what_an_acl_refuses_is_counted(void **state UNUSED)
{
	struct refused_job j = { .from = "10.0.1.15", .to = "10.0.2.15" };
	struct err err = { 0 };

	with("acls", "acl-priv", "ingress", "[]");
	assert_false(lab_throw(&lab, "pub", NULL, "10.0.2.15", "priv"));
	assert_int_equal(ns_worker_run(lab.worker, refused_job, &j, &err), -1);
	with("enis", "priv", "flow_log", "true");
	assert_false(lab_throw(&lab, "pub", NULL, "10.0.2.15", "priv"));
	assert_false(lab_throw(&lab, "pub", NULL, "10.0.2.15", "priv"));
	assert_int_equal(n_refused(&j, DIR_IN), 2);
	assert_int_equal(n_refused(&j, DIR_IN), 0);
	assert_false(lab_throw(&lab, "pub", NULL, "10.0.2.15", "priv"));
	assert_int_equal(n_refused(&j, DIR_IN), 1);
	/* A swap of the table begins anew. */
	with("acls", "acl-priv", "ingress", "[" ALL "]");
	with("acls", "acl-pub", "egress", "[]");
	assert_int_equal(n_refused(&j, DIR_OUT), 0);
	assert_false(lab_throw(&lab, "pub", NULL, "10.0.2.15", "priv"));
	assert_int_equal(n_refused(&j, DIR_OUT), 1);
	assert_int_equal(n_refused(&j, DIR_IN), 0);
	with("acls", "acl-pub", "egress", "[" ALL "]");
	with("enis", "priv", "flow_log", "false");
	flows_forget(&j.memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_acl_judges_each_packet_at_the_border_of_a_subnet),
		cmocka_unit_test(
		    an_acl_knows_types_of_icmp_and_leaves_the_platform_alone),
		cmocka_unit_test(
		    an_acl_sees_private_addresses_here_and_public_ones_there),
		cmocka_unit_test(an_acl_judges_what_comes_from_other_vpcs),
		cmocka_unit_test(nobody_speaks_for_another),
		cmocka_unit_test(nobody_takes_the_address_or_the_mac_of_another),
		cmocka_unit_test(subnets_are_not_bridged),
		cmocka_unit_test(
		    a_change_is_in_force_at_once_and_breaks_no_flow_that_stays),
		cmocka_unit_test(what_an_acl_refuses_is_counted),
	};

	return cmocka_run_group_tests(tests, three_open, three_close);
}
