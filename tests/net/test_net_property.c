/*
 * Random groups, ACLs and routes, made true in real namespaces by what netd makes them true
 * with; real packets; and the evaluator, which has to say of each whether it arrives.
 *
 * The places are always the same, what is allowed is thrown anew in each round.  The seed is
 * printed; SIMFRA_SEED and SIMFRA_ROUNDS choose others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/cc.h"
#include "netdns/decide.h"
#include "netdns/guard.h"
#include "tests/net/lab.h"

enum {
	N_ROUNDS = 34,
	N_CASES = 10, /* of a round, all at once */
	LATEST_MS = 3000,
	QUIET_MS = 150, /* after the last that was to arrive: what still comes is wrong */
	N_PORTS = 3,
	N_GROUPS = 4,
	N_TARGETS = 16
};

static const int ports[N_PORTS] = { 53, 80, 8443 };

/*
 * vpc-a: subnets a1, a2, a3; vpc-b peered with it, vpc-c behind a transit gateway.  nat is in a1.
 */
static const char places[] =
    "{'vpcs': [{'id': 'vpc-a', 'cidrs': ['10.0.0.0/16'], 'resolver': '10.0.0.2',"
    "'internet': {'cidr': '198.18.0.0/16', 'id': 'igw-a'}, 'subnets': ["
    "{'id': 'a1', 'zone': 'x', 'cidr': '10.0.1.0/24', 'gateway': '10.0.1.1'},"
    "{'id': 'a2', 'zone': 'x', 'cidr': '10.0.2.0/24', 'gateway': '10.0.2.1'},"
    "{'id': 'a3', 'zone': 'y', 'cidr': '10.0.3.0/24', 'gateway': '10.0.3.1'}]},"
    "{'id': 'vpc-b', 'cidrs': ['10.1.0.0/16'], 'internet': {'cidr': '198.18.0.0/16', 'id': 'igw-b'},"
    "'subnets': [{'id': 'b1', 'zone': 'x', 'cidr': '10.1.1.0/24', 'gateway': '10.1.1.1'}]},"
    "{'id': 'vpc-c', 'cidrs': ['10.2.0.0/16'], 'subnets': ["
    "{'id': 'c1', 'zone': 'x', 'cidr': '10.2.1.0/24', 'gateway': '10.2.1.1'}]}],"
    "'enis': ["
    "{'id': 'p', 'vpc': 'vpc-a', 'addresses': ['10.0.1.10/24'], 'public': {'10.0.1.10': '198.18.16.10'}},"
    "{'id': 'q', 'vpc': 'vpc-a', 'addresses': ['10.0.1.11/24']},"
    "{'id': 'r', 'vpc': 'vpc-a', 'addresses': ['10.0.2.10/24']},"
    "{'id': 's', 'vpc': 'vpc-a', 'addresses': ['10.0.2.11/24'], 'public': {'10.0.2.11': '198.18.16.11'}},"
    "{'id': 't', 'vpc': 'vpc-a', 'addresses': ['10.0.3.10/24']},"
    "{'id': 'u', 'vpc': 'vpc-b', 'addresses': ['10.1.1.10/24'], 'public': {'10.1.1.10': '198.18.16.20'}},"
    "{'id': 'v', 'vpc': 'vpc-c', 'addresses': ['10.2.1.10/24']},"
    "{'id': 'nat', 'owner': 'nat-1', 'kind': 'nat', 'vpc': 'vpc-a', 'addresses': ['10.0.1.20/24'],"
    "'public': {'10.0.1.20': '198.18.16.30'}}]}";

static const char joins[] =
    "{'peerings': [{'id': 'pcx', 'vpcs': ['vpc-a', 'vpc-b']}],"
    "'lists': [{'id': 'pl', 'cidrs': ['10.0.2.0/24', '10.1.0.0/16', '198.18.0.0/16']}]}";

static const char *const cidrs[] = { "0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/16",
	"10.0.1.0/24", "10.0.2.0/24", "10.0.1.10/32", "10.0.2.10/31", "10.1.0.0/16",
	"10.2.1.10/32", "198.18.0.0/16", "198.18.16.8/29", "198.18.0.1/32" };

static const char *const targets[N_TARGETS] = { "10.0.1.10", "10.0.1.11", "10.0.2.10",
	"10.0.2.11", "10.0.3.10", "10.1.1.10", "10.2.1.10", "198.18.16.10",
	"198.18.16.11", "198.18.16.20", "198.18.16.30", "198.18.0.1", "10.0.1.20",
	"10.0.1.10", "10.0.2.10", "10.1.1.10" };

/* Chance */

static uint64_t seed, chance;

static unsigned
pick(unsigned n)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (unsigned)(chance % n);
}

static int
likely(unsigned percent)
{
	return pick(100) < percent;
}

static json_t *
random_ports(json_t *v)
{
	static const int protocols[] = { -1, 6, 17 };
	int protocol = protocols[pick(COUNT(protocols))];
	int a = ports[pick(N_PORTS)], b = ports[pick(N_PORTS)];

	json_set_int(v, "protocol", protocol);
	if (protocol != -1 && likely(80)) {
		json_set_int(v, "from", a < b ? a : b);
		json_set_int(v, "to", a < b ? b : a);
	}
	return v;
}

static json_t *
random_rules(void)
{
	json_t *list = json_new_array();

	for (unsigned n = pick(4) + (likely(60) ? 1 : 0); n > 0; n--) {
		json_t *v = random_ports(json_add_object(list));
		unsigned who = pick(10);

		json_set_fmt(v, "id", "sgr-%u", pick(100000));
		if (who < 3)
			json_set_fmt(v, "group", "sg-%u", pick(N_GROUPS));
		else if (who < 4)
			json_set_str(v, "list", "pl");
		else
			json_set_str(v, "cidr", cidrs[pick(COUNT(cidrs))]);
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

	for (unsigned n = pick(3); n > 0; n--) {
		json_t *e = random_ports(json_add_object(list));

		json_set_int(e, "number", 1 + pick(1000));
		json_set_bool(e, "allow", likely(50));
		json_set_str(e, "cidr", cidrs[pick(COUNT(cidrs))]);
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
	unsigned out = pick(10);

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

/* All that decides, anew. */
static void
shuffle(json_t *doc)
{
	json_t *vpc, *one;
	size_t i, k;

	json_set(doc, "groups", random_groups());
	json_set(doc, "acls", random_acls());
	json_set(doc, "tables", random_tables());
	json_set(doc, "transits", random_transits());
	json_array_foreach(json_get(doc, "vpcs"), i, vpc) {
		json_array_foreach(json_get(vpc, "subnets"), k, one) {
			json_set_fmt(one, "acl", "acl-%u", pick(3));
			json_set_fmt(one, "table", "rtb-%u",
			    i == 0 ? pick(2) : (unsigned)i + 1);
		}
	}
	json_array_foreach(json_get(doc, "enis"), i, one) {
		json_t *groups = json_new_array();

		for (unsigned n = pick(3) + (likely(80) ? 1 : 0); n > 0; n--) {
			char id[16];

			snprintf(id, sizeof(id), "sg-%u", pick(N_GROUPS));
			if (!json_has_str(groups, id))
				json_add_str(groups, id);
		}
		json_set(one, "groups", groups);
	}
}

/* Made true */

static struct lab lab;
static struct guard_memory memories[LAB_MAX];
static struct fabric *fabric;

static int
guard_job(void *arg UNUSED, struct err *err)
{
	for (size_t i = 0; i < lab.n_machines; i++) {
		const struct fabric_eni *e = fabric_eni(fabric, lab.machines[i].eni);

		if (ns_enter(lab.machines[i].place.fd, err) < 0 ||
		    guard_ensure(fabric, &e, 1, &memories[i], err) < 0)
			return -1;
	}
	return 0;
}

static void
make_true(void)
{
	struct err err = { 0 };

	fabric_free(fabric);
	fabric = NULL;
	if (fabric_read(lab.doc, &fabric, &err) < 0 ||
	    ns_worker_run(lab.worker, guard_job, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	lab_apply(&lab);
}

/* Listeners of everybody, the host being the last. */
static int tcp[LAB_MAX + 1][N_PORTS], udp[LAB_MAX + 1][N_PORTS];

static struct place *
place_at(size_t i)
{
	return i < lab.n_machines ? &lab.machines[i].place : &lab.host;
}

static int
set_up(void **state UNUSED)
{
	const char *text = getenv("SIMFRA_SEED");

	seed =
	    text != NULL ? strtoull(text, NULL, 0) : (uint64_t)time(NULL) * 2654435761U;
	chance = seed | 1;
	lab_open(&lab, places, joins);
	for (size_t i = 0; i < lab.n_machines; i++)
		lab_shell(&lab, lab.machines[i].eni, "ip link set lo up");
	for (size_t i = 0; i <= lab.n_machines; i++) {
		for (size_t k = 0; k < N_PORTS; k++) {
			tcp[i][k] = place_listen(place_at(i), "0.0.0.0", ports[k]);
			udp[i][k] = place_udp(place_at(i), "0.0.0.0", ports[k]);
		}
	}
	return 0;
}

static int
tear_down(void **state UNUSED)
{
	for (size_t i = 0; i <= lab.n_machines; i++) {
		for (size_t k = 0; k < N_PORTS; k++) {
			close(tcp[i][k]);
			close(udp[i][k]);
		}
		if (i < lab.n_machines)
			guard_forget(&memories[i]);
	}
	fabric_free(fabric);
	lab_close(&lab);
	return 0;
}

/* A packet and what is to become of it. */
struct flow {
	size_t from; /* a machine, or the host */
	struct packet packet;
	const char *to;
	int is_tcp, fd, want, got;
	size_t at, port; /* UDP: who gets it, on which of the ports */
};

static int next_port;

static void
judge(struct flow *w, struct arena *a, struct decision *d)
{
	struct decide_from from = { 0 };

	if (w->from < lab.n_machines) {
		from.eni = fabric_eni(fabric, lab.machines[w->from].eni);
		w->packet.src = from.eni->addresses[0].ip;
	} else {
		assert_true(ip_parse("198.18.0.1", &w->packet.src));
	}
	decide(fabric, &from, &w->packet, a, d);
}

/* Who of the lab it is that it arrives at, or -1. */
static long
receiver(const struct decision *d)
{
	if (d->there.end == END_INTERNET) {
		struct ip host;

		ip_parse("198.18.0.1", &host);
		return ip_compare(&d->there.packet.dst, &host) == 0 ?
		    (long)lab.n_machines :
		    -1;
	}
	for (size_t i = 0; d->there.end == END_INTERFACE && i < lab.n_machines; i++) {
		if (strcmp(lab.machines[i].eni, d->there.eni->id) == 0)
			return (long)i;
	}
	return -1;
}

/* NAT gateways and the host from outside send nothing of their own to private addresses. */
static void
choose(struct flow *w)
{
	do {
		w->from = pick((unsigned)lab.n_machines + 1);
	} while (
	    w->from < lab.n_machines && strcmp(lab.machines[w->from].eni, "nat") == 0);
	do {
		w->to = targets[pick(N_TARGETS)];
	} while (w->from == lab.n_machines &&
	    (strncmp(w->to, "198.18.16.", 10) != 0 || strcmp(w->to, "198.18.0.1") == 0));
	assert_true(ip_parse(w->to, &w->packet.dst));
	w->is_tcp = likely(60);
	w->port = pick(N_PORTS);
	w->packet.protocol = w->is_tcp ? PROTO_TCP : PROTO_UDP;
	w->packet.sport = next_port++;
	w->packet.dport = ports[w->port];
}

static void
send_off(struct flow *w)
{
	if (w->is_tcp) {
		w->fd = place_start(place_at(w->from), w->packet.sport, w->to,
		    w->packet.dport);
		return;
	}
	w->fd = place_udp(place_at(w->from), "0.0.0.0", w->packet.sport);
	place_send(w->fd, w->to, w->packet.dport, w->packet.sport);
}

/* It came to machine i on its port k. */
static void
note_datagram(struct flow *flows, size_t n, int mark, size_t i, size_t k)
{
	for (size_t j = 0; j < n; j++) {
		if (!flows[j].is_tcp && flows[j].packet.sport == mark)
			flows[j].got = flows[j].at == i && flows[j].port == k ? 1 : -1;
	}
}

/* Datagrams say the port they were sent from, as translations do not leave it alone. */
static void
read_datagrams(struct flow *flows, size_t n)
{
	for (size_t i = 0; i <= lab.n_machines; i++) {
		for (size_t k = 0; k < N_PORTS; k++) {
			int mark;

			while (recv(udp[i][k], &mark, sizeof(mark), MSG_DONTWAIT) ==
			    (ssize_t)sizeof(mark))
				note_datagram(flows, n, mark, i, k);
		}
	}
}

static void
look(struct flow *flows, size_t n)
{
	read_datagrams(flows, n);
	for (size_t i = 0; i < n; i++) {
		if (flows[i].is_tcp && flows[i].got == 0)
			flows[i].got = place_is_connected(flows[i].fd);
	}
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

static int
all_there(const struct flow *flows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (flows[i].want && flows[i].got == 0)
			return 0;
	}
	return 1;
}

static void
complain(const struct flow *w, const struct decision *d, int round)
{
	const struct hop *h = decide_refusal(d);
	CLEANUP(arena_freep) struct arena *a = arena_new();

	print_message("round %d: %s %s -> %s:%d: %s, but the evaluator says %s (%s)\n",
	    round, w->is_tcp ? "tcp" : "udp",
	    w->from < lab.n_machines ? lab.machines[w->from].eni : "host", w->to,
	    w->packet.dport,
	    w->got > 0	    ? "it arrives" :
		w->got == 0 ? "nothing arrives" :
			      "it arrives elsewhere",
	    w->want ? "it passes" : "it does not",
	    h != NULL ? h->text : "nobody refuses");
	for (size_t i = 0; i < d->there.n; i++)
		print_message("  there: %s\n", d->there.hops[i].text);
	for (size_t i = 0; i < d->back.n; i++)
		print_message("  back: %s\n", d->back.hops[i].text);
	print_message("%s\n", json_text(a, lab.doc));
}

/* How many it did not agree on. */
static int
round_of(int round, int *ret_passed)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct flow flows[N_CASES];
	struct decision d[N_CASES];
	int64_t end = now_ms() + LATEST_MS;
	int wrong = 0;

	memset(flows, 0, sizeof(flows));
	shuffle(lab.doc);
	make_true();
	for (size_t i = 0; i < N_CASES; i++) {
		choose(&flows[i]);
		judge(&flows[i], a, &d[i]);
		flows[i].at = (size_t)receiver(&d[i]);
		flows[i].want = receiver(&d[i]) >= 0 && (!flows[i].is_tcp || d[i].passes);
		send_off(&flows[i]);
	}
	while (!all_there(flows, N_CASES) && now_ms() < end) {
		poll(NULL, 0, 5);
		look(flows, N_CASES);
	}
	poll(NULL, 0, QUIET_MS);
	look(flows, N_CASES);
	for (size_t i = 0; i < N_CASES; i++) {
		close(flows[i].fd);
		*ret_passed += flows[i].want;
		if (flows[i].got == flows[i].want)
			continue;
		complain(&flows[i], &d[i], round);
		wrong++;
	}
	/* Connections that were made wait to be taken. */
	for (size_t i = 0; i <= lab.n_machines; i++) {
		for (size_t k = 0; k < N_PORTS; k++)
			place_drain(tcp[i][k]);
	}
	return wrong;
}

static void
evaluator_and_packets_agree(void **state UNUSED)
{
	const char *text = getenv("SIMFRA_ROUNDS");
	int n = text != NULL ? (int)strtol(text, NULL, 10) : N_ROUNDS, passed = 0,
	    wrong = 0;

	next_port = 20000;
	for (int i = 0; i < n; i++)
		wrong += round_of(i, &passed);
	print_message("%d packets, %d of them pass; SIMFRA_SEED=%llu\n", n * N_CASES,
	    passed, (unsigned long long)seed);
	assert_int_equal(wrong, 0);
	/* Both answers were asked for. */
	assert_in_range(passed, n, n * N_CASES - n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluator_and_packets_agree),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
