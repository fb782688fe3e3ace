/* Groups in real namespaces: for each kind of rule what passes and what does not, from both ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cc.h"
#include "tests/net/guarded.h"

enum { GRE = 47 };

/* What is let into machine 1, and what comes: from machine 0 and from machine 2. */
static const struct {
	const char *rules;
	int protocol, port, from0, from2;
} rows
    [] = {
	    { IN(""), IPPROTO_TCP, 80, 0, 0 },
	    { IN(""), IPPROTO_UDP, 80, 0, 0 },
	    { IN(""), IPPROTO_ICMP, 8, 0, 0 },
	    { IN(RULE("\"protocol\": -1, \"cidr\": \"0.0.0.0/0\"")), IPPROTO_TCP, 80, 1,
		1 },
	    { IN(RULE("\"protocol\": -1, \"cidr\": \"0.0.0.0/0\"")), IPPROTO_ICMP, 8, 1,
		1 },
	    { IN(RULE("\"protocol\": -1, \"cidr\": \"10.0.1.5/32\"")), IPPROTO_UDP, 9, 1,
		0 },
	    { IN(RULE(
		  "\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"10.0.0.0/8\"")),
		IPPROTO_TCP, 80, 1, 1 },
	    { IN(RULE(
		  "\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"10.0.0.0/8\"")),
		IPPROTO_TCP, 81, 0, 0 },
	    { IN(RULE(
		  "\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"10.0.0.0/8\"")),
		IPPROTO_UDP, 80, 0, 0 },
	    { IN(RULE(
		  "\"protocol\": 6, \"from\": 80, \"to\": 90, \"cidr\": \"10.0.1.7/32\"")),
		IPPROTO_TCP, 90, 0, 1 },
	    { IN(RULE(
		  "\"protocol\": 6, \"from\": 80, \"to\": 90, \"cidr\": \"10.0.1.7/32\"")),
		IPPROTO_TCP, 91, 0, 0 },
	    { IN(RULE(
		  "\"protocol\": 6, \"from\": 0, \"to\": 65535, \"cidr\": \"10.0.1.4/31\"")),
		IPPROTO_TCP, 65535, 1, 0 },
	    { IN(RULE("\"protocol\": 17, \"from\": 53, \"to\": 53, \"list\": \"pl-1\"")),
		IPPROTO_UDP, 53, 0, 1 },
	    { IN(RULE("\"protocol\": 17, \"from\": 53, \"to\": 53, \"group\": \"sg-0\"")),
		IPPROTO_UDP, 53, 1, 0 },
	    { IN(RULE("\"protocol\": -1, \"group\": \"sg-3\"")), IPPROTO_UDP, 53, 0, 1 },
	    { IN(RULE("\"protocol\": -1, \"group\": \"sg-1\"")), IPPROTO_UDP, 53, 0, 0 },
	    { IN(RULE(
		  "\"protocol\": 1, \"from\": 8, \"to\": 0, \"cidr\": \"0.0.0.0/0\"")),
		IPPROTO_ICMP, 8, 1, 1 },
	    { IN(RULE(
		  "\"protocol\": 1, \"from\": 8, \"to\": -1, \"cidr\": \"10.0.1.5/32\"")),
		IPPROTO_ICMP, 8, 1, 0 },
	    { IN(RULE(
		  "\"protocol\": 1, \"from\": 3, \"to\": -1, \"cidr\": \"0.0.0.0/0\"")),
		IPPROTO_ICMP, 8, 0, 0 },
	    { IN(RULE("\"protocol\": 1, \"cidr\": \"0.0.0.0/0\"")), IPPROTO_UDP, 53, 0,
		0 },
	    { IN(RULE("\"protocol\": 47, \"cidr\": \"10.0.1.5/32\"")), GRE, 0, 1, 0 },
	    { IN(RULE("\"protocol\": 47, \"cidr\": \"10.0.1.5/32\"")), IPPROTO_ICMP, 8, 0,
		0 },
	    /* One within the other, the same twice, one beside the other: a set takes none of it. */
	    { IN(RULE("\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"10.0.1.0/24\"") ", " RULE("\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"10.0.1.7/32\"") ", " RULE("\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"10.0.1.7/32\"") ", " RULE("\"protocol\": 6, \"from\": 70, \"to\": 85, \"cidr\": \"10.0.0.0/16\"") ", " RULE("\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"10.0.0.0/24\"") ", " RULE(
		  "\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"2001:db8::/32\"") ", " RULE("\"protocol\": 58, \"cidr\": \"0.0.0.0/0\"") ", " RULE("\"protocol\": 1, \"cidr\": \"::/0\"") ", " RULE("\"protocol\": 58, \"cidr\": \"::/0\"")),
		IPPROTO_TCP, 80, 1, 1 },
    };

static void
each_kind_of_rule_lets_in_what_it_says(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		guarded_apply(w, rows[i].rules);
		for (int from = 0; from <= 2; from += 2) {
			int want = from == 0 ? rows[i].from0 : rows[i].from2;
			int got = guarded_passes(w, from, 1, rows[i].protocol,
			    rows[i].port, want ? LONG_MS : SHORT_MS);

			if (got != want)
				fail_msg("row %zu from machine %d: %s", i, from,
				    got ? "passes" : "does not pass");
		}
	}
}

#define OUT(rules)                                                      \
	"{\"id\": \"sg-0\", \"vpc\": \"v\", \"egress\": [" rules "]}, " \
	"{\"id\": \"sg-1\", \"vpc\": \"v\", \"ingress\": [" ANY "]}, "  \
	"{\"id\": \"sg-2\", \"vpc\": \"v\", \"ingress\": [" ANY "]}, "  \
	"{\"id\": \"sg-3\", \"vpc\": \"v\"}"

/* What machine 0 may send, and whether it gets to machine 1 and to machine 2. */
static void
each_kind_of_rule_lets_out_what_it_says(void **state)
{
	static const struct {
		const char *rules;
		int protocol, port, to1, to2;
	} out[] = {
		{ OUT(""), IPPROTO_TCP, 80, 0, 0 },
		{ OUT(""), IPPROTO_UDP, 80, 0, 0 },
		{ OUT(ANY), IPPROTO_UDP, 80, 1, 1 },
		{ OUT(RULE(
		      "\"protocol\": 6, \"from\": 80, \"to\": 80, \"group\": \"sg-1\"")),
		    IPPROTO_TCP, 80, 1, 0 },
		{ OUT(RULE(
		      "\"protocol\": 6, \"from\": 80, \"to\": 80, \"group\": \"sg-1\"")),
		    IPPROTO_TCP, 81, 0, 0 },
		{ OUT(RULE(
		      "\"protocol\": 17, \"from\": 1, \"to\": 99, \"list\": \"pl-1\"")),
		    IPPROTO_UDP, 80, 0, 1 },
		{ OUT(RULE("\"protocol\": 1, \"from\": 8, \"cidr\": \"10.0.1.6/32\"")),
		    IPPROTO_ICMP, 8, 1, 0 },
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(out); i++) {
		guarded_apply(w, out[i].rules);
		for (int to = 1; to <= 2; to++) {
			int want = to == 1 ? out[i].to1 : out[i].to2;
			int got = guarded_passes(w, 0, to, out[i].protocol, out[i].port,
			    want ? LONG_MS : SHORT_MS);

			if (got != want)
				fail_msg("row %zu to machine %d: %s", i, to,
				    got ? "passes" : "does not pass");
		}
	}
}

static void
connections_live_through_swaps_and_outlive_their_rule(void **state)
{
	static const char *const open_rules = IN(
	    RULE("\"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"10.0.1.5/32\""));
	struct world *w = *state;
	int listener, fd, peer;
	char from[16];

	assert_true(guarded_apply(w, open_rules) > 0);
	listener = place_listen(&w->machine[1], "0.0.0.0", 80);
	fd = place_connect(&w->machine[0], NULL, address[1], 80, LONG_MS);
	assert_true(fd >= 0);
	peer = place_accept(listener, from);
	assert_true(peer >= 0 && is_alive(fd, peer) && is_alive(peer, fd));
	assert_string_equal(from, address[0]);
	guarded_apply(w,
	    IN(RULE(
		"\"protocol\": 6, \"from\": 81, \"to\": 81, \"cidr\": \"0.0.0.0/0\"")));
	assert_true(is_alive(fd, peer) && is_alive(peer, fd));
	assert_int_equal(place_connect(&w->machine[0], NULL, address[1], 80, SHORT_MS),
	    -1);
	close(fd);
	close(peer);
	close(listener);
	/* The same again: nothing is sent to the kernel. */
	assert_true(guarded_apply(w, open_rules) > 0);
	assert_int_equal(guarded_apply(w, open_rules), 0);
}

/* A member more is an element more: the table is not swapped. */
static void
members_and_rules_come_and_go_without_a_swap(void **state)
{
	static const char *const rules =
	    IN(RULE("\"protocol\": -1, \"group\": \"sg-2\""));
	static const char *const mark[] = { "nft", "add counter inet simfra kept", NULL };
	static const char *const kept[] = { "nft", "list counter inet simfra kept",
		NULL };
	struct world *w = *state;
	uint32_t generation;

	guarded_apply(w, rules);
	/* Somebody else's object in our table: it goes with a swap, and stays without. */
	assert_int_equal(place_run(&w->machine[1], mark), 0);
	w->memory[1].generation++;
	generation = w->memory[1].generation;
	/* Machine 2 leaves the group, and is back. */
	assert_true(guarded_passes(w, 2, 1, IPPROTO_UDP, 9, LONG_MS));
	((struct fabric_group *)(uintptr_t)fabric_group(w->fabric, "sg-2"))->n_members =
	    0;
	for (int i = 0; i < N; i++) {
		struct guarded_job j = { .w = w, .i = i };
		struct err err = { 0 };

		assert_int_equal(ns_worker_run(w->worker, guarded_job, &j, &err), 0);
		assert_int_equal(j.changed, i == 1);
	}
	assert_int_not_equal(w->memory[1].generation, generation);
	assert_int_equal(place_run(&w->machine[1], kept), 0);
	assert_false(guarded_passes(w, 2, 1, IPPROTO_UDP, 9, SHORT_MS));
	guarded_apply(w, rules);
	assert_int_equal(place_run(&w->machine[1], kept), 0);
	assert_true(guarded_passes(w, 2, 1, IPPROTO_UDP, 9, LONG_MS));
	/* Rules come and go the same way, while they speak of the same groups. */
	assert_int_equal(guarded_apply(w,
			     IN(RULE("\"protocol\": 17, \"from\": 10, \"to\": 10,"
				     "\"group\": \"sg-2\""))),
	    1);
	assert_int_equal(place_run(&w->machine[1], kept), 0);
	assert_false(guarded_passes(w, 2, 1, IPPROTO_UDP, 9, SHORT_MS));
	assert_true(guarded_passes(w, 2, 1, IPPROTO_UDP, 10, LONG_MS));
}

static void
who_flushes_the_table_gets_it_back(void **state)
{
	static const char *const flush[] = { "nft", "flush ruleset", NULL };
	struct world *w = *state;

	guarded_apply(w, IN(""));
	assert_int_equal(place_run(&w->machine[1], flush), 0);
	assert_true(guarded_passes(w, 0, 1, IPPROTO_UDP, 9, LONG_MS));
	assert_int_equal(guarded_apply(w, IN("")), 1);
	assert_false(guarded_passes(w, 0, 1, IPPROTO_UDP, 9, SHORT_MS));
}

/* The gateway's own address is the platform's: it gets in whatever the groups say. */
static void
the_platform_is_not_of_the_groups_business(void **state)
{
	struct world *w = *state;

	guarded_apply(w, IN(""));
	assert_int_equal(place_packet(&w->host, &w->machine[1], IPPROTO_UDP, address[1],
			     9, LONG_MS),
	    1);
	assert_int_equal(place_packet(&w->machine[1], &w->host, IPPROTO_UDP, "10.0.1.1",
			     53, LONG_MS),
	    1);
}

/* What is let into machine 1 by IPv6, and what comes. */
static void
rules_of_ipv6_are_of_ipv6_alone(void **state)
{
	static const struct {
		const char *rules;
		int protocol, port, from0, from2;
	} in[] = {
		{ IN(""), IPPROTO_UDP, 9, 0, 0 },
		{ IN(RULE("\"protocol\": -1, \"cidr\": \"0.0.0.0/0\"")), IPPROTO_UDP, 9,
		    0, 0 },
		{ IN(RULE("\"protocol\": -1, \"cidr\": \"::/0\"")), IPPROTO_UDP, 9, 1,
		    1 },
		{ IN(RULE("\"protocol\": 17, \"from\": 9, \"to\": 9,"
			  "\"cidr\": \"2001:db8:0:101::5/128\"")),
		    IPPROTO_UDP, 9, 1, 0 },
		{ IN(RULE(
		      "\"protocol\": 17, \"from\": 9, \"to\": 9, \"group\": \"sg-0\"")),
		    IPPROTO_UDP, 9, 1, 0 },
		{ IN(RULE(
		      "\"protocol\": 58, \"from\": 128, \"to\": -1, \"cidr\": \"::/0\"")),
		    IPPROTO_ICMPV6, 128, 1, 1 },
		{ IN(RULE(
		      "\"protocol\": 58, \"from\": 1, \"to\": -1, \"cidr\": \"::/0\"")),
		    IPPROTO_ICMPV6, 128, 0, 0 },
		{ IN(RULE("\"protocol\": 1, \"cidr\": \"::/0\"")), IPPROTO_ICMPV6, 128, 0,
		    0 },
	};
	struct world *w = *state;
	char rules[4096];

	for (size_t i = 0; i < COUNT(in); i++) {
		/* The senders may send by IPv6, too. */
		snprintf(rules, sizeof(rules),
		    "{\"id\": \"sg-0\", \"vpc\": \"v\", " ALL_OUT6 "}, "
		    "{\"id\": \"sg-2\", \"vpc\": \"v\", " ALL_OUT6 "}, %s",
		    strstr(in[i].rules, "{\"id\": \"sg-3\""));
		guarded_apply(w, rules);
		for (int from = 0; from <= 2; from += 2) {
			int want = from == 0 ? in[i].from0 : in[i].from2;
			int got = place_packet(&w->machine[from], &w->machine[1],
			    in[i].protocol, address6[1], in[i].port,
			    want ? LONG_MS : SHORT_MS);

			if (got != want)
				fail_msg("row %zu from machine %d: %s", i, from,
				    got ? "passes" : "does not pass");
		}
	}
}

static void
who_lacks_net_admin_cannot_undo_it(void **state)
{
	static const char *const flush[] = { "setpriv", "--inh-caps", "-net_admin",
		"--bounding-set", "-net_admin", "nft", "flush", "ruleset", NULL };
	static const char *const hook[] = { "setpriv", "--inh-caps", "-net_admin",
		"--bounding-set", "-net_admin", "nft", "add", "table", "inet", "mine",
		NULL };
	struct world *w = *state;

	guarded_apply(w, IN(""));
	assert_int_not_equal(place_run(&w->machine[1], flush), 0);
	assert_int_not_equal(place_run(&w->machine[1], hook), 0);
	assert_false(guarded_passes(w, 0, 1, IPPROTO_UDP, 9, SHORT_MS));
	assert_int_equal(guarded_apply(w, IN("")), 0);
}

/* "Port unreachable" comes to who sent, though no rule lets ICMP in. */
static void
errors_of_a_flow_are_part_of_it(void **state)
{
	static const char *const twice[] = { "bash", "-c",
		"exec 3<>/dev/udp/10.0.1.6/9; echo x >&3; sleep 0.2; echo y >&3 2>/dev/null",
		NULL };
	struct world *w = *state;

	guarded_apply(w,
	    IN(RULE(
		"\"protocol\": 17, \"from\": 9, \"to\": 9, \"cidr\": \"0.0.0.0/0\"")));
	assert_int_not_equal(place_run(&w->machine[0], twice), 0);
	guarded_apply(w, IN(""));
	assert_int_equal(place_run(&w->machine[0], twice), 0);
}

/* Machine 1 is a NAT gateway: 0 reaches an address behind 2 by it, and is seen as it. */
static void
a_nat_gateway_forwards_and_takes_nothing_in(void **state)
{
	static const char *const from0[] = { "ip", "route", "add", "192.0.2.9", "via",
		"10.0.1.6", NULL };
	static const char *const gateway[] = { "sh", "-c",
		"echo 1 >/proc/sys/net/ipv4/ip_forward && "
		"echo 0 >/proc/sys/net/ipv4/conf/eth0/send_redirects && "
		"ip route add 192.0.2.9 via 10.0.1.7",
		NULL };
	static const char *const behind[] = { "ip", "address", "add", "192.0.2.9/32",
		"dev", "eth0", NULL };
	struct world *w = *state;
	int listener, fd, peer;
	char from[16];

	guarded_apply_as(w, OUT(ANY), "nat");
	assert_int_equal(place_run(&w->machine[0], from0), 0);
	assert_int_equal(place_run(&w->machine[1], gateway), 0);
	assert_int_equal(place_run(&w->machine[2], behind), 0);
	listener = place_listen(&w->machine[2], "192.0.2.9", 80);
	fd = place_connect(&w->machine[0], NULL, "192.0.2.9", 80, LONG_MS);
	assert_true(fd >= 0);
	peer = place_accept(listener, from);
	assert_true(peer >= 0 && is_alive(fd, peer) && is_alive(peer, fd));
	assert_string_equal(from, address[1]);
	close(fd);
	close(peer);
	close(listener);
	assert_false(guarded_passes(w, 0, 1, IPPROTO_TCP, 80, SHORT_MS));
	assert_false(guarded_passes(w, 2, 1, IPPROTO_UDP, 80, SHORT_MS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_rule_lets_in_what_it_says),
		cmocka_unit_test(each_kind_of_rule_lets_out_what_it_says),
		cmocka_unit_test(connections_live_through_swaps_and_outlive_their_rule),
		cmocka_unit_test(members_and_rules_come_and_go_without_a_swap),
		cmocka_unit_test(who_flushes_the_table_gets_it_back),
		cmocka_unit_test(the_platform_is_not_of_the_groups_business),
		cmocka_unit_test(rules_of_ipv6_are_of_ipv6_alone),
		cmocka_unit_test(who_lacks_net_admin_cannot_undo_it),
		cmocka_unit_test(errors_of_a_flow_are_part_of_it),
		cmocka_unit_test(a_nat_gateway_forwards_and_takes_nothing_in),
	};

	return cmocka_run_group_tests(tests, guarded_set_up, guarded_tear_down);
}
