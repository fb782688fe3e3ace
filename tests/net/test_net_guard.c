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
#include "netdns/guard.h"
#include "tests/net/place.h"

enum { N = 3, LONG_MS = 2000, SHORT_MS = 150, GRE = 47 };

static const char *const address[N] = { "10.0.1.5", "10.0.1.6", "10.0.1.7" };
static const char *const address6[N] = { "2001:db8:0:101::5", "2001:db8:0:101::6",
	"2001:db8:0:101::7" };

struct world {
	struct ns_worker *worker;
	struct place host, machine[N];
	struct guard_memory memory[N];
	struct fabric *fabric;
};

static void
add_address6(struct place *p, const char *addr)
{
	char text[64];
	const char *const argv[] = { "ip", "address", "add", text, "dev", "eth0", "nodad",
		NULL };
	const char *const on[] = { "sh", "-c",
		"echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6", NULL };

	snprintf(text, sizeof(text), "%s/64", addr);
	assert_int_equal(place_run(p, on), 0);
	assert_int_equal(place_run(p, argv), 0);
}

static int
set_up(void **state)
{
	static struct world w;
	struct err err = { 0 };
	char with_len[32];

	memset(&w, 0, sizeof(w));
	*state = &w;
	if (ns_worker_start(&w.worker, &err) < 0)
		fail_msg("%s", err.msg);
	place_new(&w.host, w.worker);
	place_bridge(&w.host, "br0", "10.0.1.1/24");
	for (int i = 0; i < N; i++) {
		place_new(&w.machine[i], w.worker);
		snprintf(with_len, sizeof(with_len), "%s/24", address[i]);
		place_wire(&w.host, "br0", &w.machine[i], "eth0", with_len);
		add_address6(&w.machine[i], address6[i]);
	}
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < N; i++) {
		guard_forget(&w->memory[i]);
		place_free(&w->machine[i]);
	}
	place_free(&w->host);
	fabric_free(w->fabric);
	ns_worker_stop(w->worker);
	return 0;
}

/* Machine 0 is in sg-0, 1 in sg-1, 2 in sg-2 and sg-3; their rules are the test's. */
static struct fabric *
fabric_of(const char *rules, const char *kind1)
{
	char text[8192];
	struct fabric *f = NULL;
	struct err err = { 0 };
	json_t *doc;
	int n;

	n = snprintf(text, sizeof(text),
	    "{\"vpcs\": [{\"id\": \"v\", \"resolver\": \"10.0.0.2\", \"subnets\": [{\"id\": \"s\","
	    "\"cidr\": \"10.0.1.0/24\", \"gateway\": \"10.0.1.1\"}]}],"
	    "\"lists\": [{\"id\": \"pl-1\", \"cidrs\": [\"10.0.1.7/32\", \"192.0.2.0/24\"]}],"
	    "\"groups\": [%s], \"enis\": [",
	    rules);
	for (int i = 0; i < N; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "%s{\"id\": \"eni-%d\", \"kind\": \"%s\", \"vpc\": \"v\", \"container\": \"c%d\", \"device\":"
		    "\"eth0\", \"mac\": \"02:00:00:00:00:0%d\", \"addresses\": [\"%s/24\", \"%s/64\"],"
		    "\"groups\": [\"sg-%d\"%s]}",
		    i > 0 ? ", " : "", i, i == 1 ? kind1 : "container", i, i, address[i],
		    address6[i], i, i == 2 ? ", \"sg-3\"" : "");
	snprintf(text + n, sizeof(text) - (size_t)n, "]}");
	if (json_read(text, strlen(text), &doc, &err) < 0 ||
	    fabric_read(doc, &f, &err) < 0)
		fail_msg("%s", err.msg);
	json_decref(doc);
	return f;
}

struct job {
	struct world *w;
	int i, changed;
};

static int
guard_job(void *arg, struct err *err)
{
	struct job *j = arg;
	const struct fabric_eni *e = &j->w->fabric->enis[j->i];

	if (ns_enter(j->w->machine[j->i].fd, err) < 0)
		return -1;
	j->changed = guard_ensure(j->w->fabric, &e, 1, &j->w->memory[j->i], err);
	return j->changed < 0 ? -1 : 0;
}

/* How many machines' tables changed. */
static int
apply_as(struct world *w, const char *rules, const char *kind1)
{
	struct err err = { 0 };
	int n = 0;

	fabric_free(w->fabric);
	w->fabric = fabric_of(rules, kind1);
	for (int i = 0; i < N; i++) {
		struct job j = { .w = w, .i = i };

		if (ns_worker_run(w->worker, guard_job, &j, &err) < 0)
			fail_msg("%s", err.msg);
		n += j.changed;
	}
	return n;
}

static int
apply(struct world *w, const char *rules)
{
	return apply_as(w, rules, "container");
}

static int
connects(struct world *w, int from, int to, int port, int wait_ms)
{
	int listener = place_listen(&w->machine[to], "0.0.0.0", port);
	int fd = place_connect(&w->machine[from], NULL, address[to], port, wait_ms);

	close(listener);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* 1 when a packet of the protocol gets from one machine to the other. */
static int
passes(struct world *w, int from, int to, int protocol, int port, int wait_ms)
{
	if (protocol == IPPROTO_TCP)
		return connects(w, from, to, port, wait_ms);
	return place_packet(&w->machine[from], &w->machine[to], protocol, address[to],
	    port, wait_ms);
}

#define ALL_OUT	 "\"egress\": [{\"id\": \"o\", \"protocol\": -1, \"cidr\": \"0.0.0.0/0\"}]"
#define ALL_OUT6 "\"egress\": [{\"id\": \"o\", \"protocol\": -1, \"cidr\": \"::/0\"}]"
#define OTHERS                                           \
	"{\"id\": \"sg-0\", \"vpc\": \"v\", " ALL_OUT    \
	"}, {\"id\": \"sg-2\", \"vpc\": \"v\", " ALL_OUT \
	"}, {\"id\": \"sg-3\", \"vpc\": \"v\"}, "
#define IN(rules)  OTHERS "{\"id\": \"sg-1\", \"vpc\": \"v\", \"ingress\": [" rules "]}"
#define RULE(what) "{\"id\": \"r\", " what "}"

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
		apply(w, rows[i].rules);
		for (int from = 0; from <= 2; from += 2) {
			int want = from == 0 ? rows[i].from0 : rows[i].from2;
			int got = passes(w, from, 1, rows[i].protocol, rows[i].port,
			    want ? LONG_MS : SHORT_MS);

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
#define ANY RULE("\"protocol\": -1, \"cidr\": \"0.0.0.0/0\"")

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
		apply(w, out[i].rules);
		for (int to = 1; to <= 2; to++) {
			int want = to == 1 ? out[i].to1 : out[i].to2;
			int got = passes(w, 0, to, out[i].protocol, out[i].port,
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

	assert_true(apply(w, open_rules) > 0);
	listener = place_listen(&w->machine[1], "0.0.0.0", 80);
	fd = place_connect(&w->machine[0], NULL, address[1], 80, LONG_MS);
	assert_true(fd >= 0);
	peer = place_accept(listener, from);
	assert_true(peer >= 0 && is_alive(fd, peer) && is_alive(peer, fd));
	assert_string_equal(from, address[0]);
	apply(w,
	    IN(RULE(
		"\"protocol\": 6, \"from\": 81, \"to\": 81, \"cidr\": \"0.0.0.0/0\"")));
	assert_true(is_alive(fd, peer) && is_alive(peer, fd));
	assert_int_equal(place_connect(&w->machine[0], NULL, address[1], 80, SHORT_MS),
	    -1);
	close(fd);
	close(peer);
	close(listener);
	/* The same again: nothing is sent to the kernel. */
	assert_true(apply(w, open_rules) > 0);
	assert_int_equal(apply(w, open_rules), 0);
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

	apply(w, rules);
	/* Somebody else's object in our table: it goes with a swap, and stays without. */
	assert_int_equal(place_run(&w->machine[1], mark), 0);
	w->memory[1].generation++;
	generation = w->memory[1].generation;
	/* Machine 2 leaves the group, and is back. */
	assert_true(passes(w, 2, 1, IPPROTO_UDP, 9, LONG_MS));
	((struct fabric_group *)(uintptr_t)fabric_group(w->fabric, "sg-2"))->n_members =
	    0;
	for (int i = 0; i < N; i++) {
		struct job j = { .w = w, .i = i };
		struct err err = { 0 };

		assert_int_equal(ns_worker_run(w->worker, guard_job, &j, &err), 0);
		assert_int_equal(j.changed, i == 1);
	}
	assert_int_not_equal(w->memory[1].generation, generation);
	assert_int_equal(place_run(&w->machine[1], kept), 0);
	assert_false(passes(w, 2, 1, IPPROTO_UDP, 9, SHORT_MS));
	apply(w, rules);
	assert_int_equal(place_run(&w->machine[1], kept), 0);
	assert_true(passes(w, 2, 1, IPPROTO_UDP, 9, LONG_MS));
	/* Rules come and go the same way, while they speak of the same groups. */
	assert_int_equal(apply(w,
			     IN(RULE("\"protocol\": 17, \"from\": 10, \"to\": 10,"
				     "\"group\": \"sg-2\""))),
	    1);
	assert_int_equal(place_run(&w->machine[1], kept), 0);
	assert_false(passes(w, 2, 1, IPPROTO_UDP, 9, SHORT_MS));
	assert_true(passes(w, 2, 1, IPPROTO_UDP, 10, LONG_MS));
}

static void
who_flushes_the_table_gets_it_back(void **state)
{
	static const char *const flush[] = { "nft", "flush ruleset", NULL };
	struct world *w = *state;

	apply(w, IN(""));
	assert_int_equal(place_run(&w->machine[1], flush), 0);
	assert_true(passes(w, 0, 1, IPPROTO_UDP, 9, LONG_MS));
	assert_int_equal(apply(w, IN("")), 1);
	assert_false(passes(w, 0, 1, IPPROTO_UDP, 9, SHORT_MS));
}

/* The gateway's own address is the platform's: it gets in whatever the groups say. */
static void
the_platform_is_not_of_the_groups_business(void **state)
{
	struct world *w = *state;

	apply(w, IN(""));
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
		apply(w, rules);
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

	apply(w, IN(""));
	assert_int_not_equal(place_run(&w->machine[1], flush), 0);
	assert_int_not_equal(place_run(&w->machine[1], hook), 0);
	assert_false(passes(w, 0, 1, IPPROTO_UDP, 9, SHORT_MS));
	assert_int_equal(apply(w, IN("")), 0);
}

/* "Port unreachable" comes to who sent, though no rule lets ICMP in. */
static void
errors_of_a_flow_are_part_of_it(void **state)
{
	static const char *const twice[] = { "bash", "-c",
		"exec 3<>/dev/udp/10.0.1.6/9; echo x >&3; sleep 0.2; echo y >&3 2>/dev/null",
		NULL };
	struct world *w = *state;

	apply(w,
	    IN(RULE(
		"\"protocol\": 17, \"from\": 9, \"to\": 9, \"cidr\": \"0.0.0.0/0\"")));
	assert_int_not_equal(place_run(&w->machine[0], twice), 0);
	apply(w, IN(""));
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

	apply_as(w, OUT(ANY), "nat");
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
	assert_false(passes(w, 0, 1, IPPROTO_TCP, 80, SHORT_MS));
	assert_false(passes(w, 2, 1, IPPROTO_UDP, 80, SHORT_MS));
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

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
