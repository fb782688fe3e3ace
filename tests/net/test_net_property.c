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
#include "tests/net/chances.h"
#include "tests/net/lab.h"

enum {
	N_ROUNDS = 34,
	N_CASES = 10, /* of a round, all at once */
	LATEST_MS = 3000,
	QUIET_MS = 150, /* after the last that was to arrive: what still comes is wrong */
	N_TARGETS = 16,
	ECHO = 8
};

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

static const char *const targets[N_TARGETS] = { "10.0.1.10", "10.0.1.11", "10.0.2.10",
	"10.0.2.11", "10.0.3.10", "10.1.1.10", "10.2.1.10", "198.18.16.10",
	"198.18.16.11", "198.18.16.20", "198.18.16.30", "198.18.0.1", "10.0.1.20",
	"10.0.1.10", "10.0.2.10", "10.1.1.10" };

static uint64_t seed;

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
		    guard_ensure(fabric, &e, 1, &memories[i], NULL, err) < 0)
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
	chances_begin(seed);
	lab_open(&lab, places, joins);
	for (size_t i = 0; i < lab.n_machines; i++)
		lab_shell(&lab, lab.machines[i].eni, "ip link set lo up");
	for (size_t i = 0; i <= lab.n_machines; i++) {
		for (size_t k = 0; k < N_PORTS; k++) {
			tcp[i][k] =
			    place_listen(place_at(i), "0.0.0.0", chances_ports[k]);
			udp[i][k] = place_udp(place_at(i), "0.0.0.0", chances_ports[k]);
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
	int number; /* the port that it is sent from, or what the echo is to have */
	int fd, want, got;
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
	static const int protocols[] = { PROTO_TCP, PROTO_TCP, PROTO_UDP, PROTO_ICMP };

	do {
		w->from = chances_pick((unsigned)lab.n_machines + 1);
	} while (
	    w->from < lab.n_machines && strcmp(lab.machines[w->from].eni, "nat") == 0);
	do {
		w->to = targets[chances_pick(N_TARGETS)];
	} while (w->from == lab.n_machines &&
	    (strncmp(w->to, "198.18.16.", 10) != 0 || strcmp(w->to, "198.18.0.1") == 0));
	assert_true(ip_parse(w->to, &w->packet.dst));
	w->port = chances_pick(N_PORTS);
	w->packet.protocol = protocols[chances_pick(COUNT(protocols))];
	w->number = next_port++;
	w->packet.sport = w->packet.protocol == PROTO_ICMP ? ECHO : w->number;
	w->packet.dport = w->packet.protocol == PROTO_ICMP ? 0 : chances_ports[w->port];
}

static void
send_off(struct flow *w)
{
	struct place *from = place_at(w->from);

	if (w->packet.protocol == PROTO_TCP) {
		w->fd = place_start(from, w->number, w->to, w->packet.dport);
	} else if (w->packet.protocol == PROTO_ICMP) {
		w->fd = place_echo(from, w->to, w->number);
	} else {
		w->fd = place_udp(from, "0.0.0.0", w->number);
		place_send(w->fd, w->to, w->packet.dport, w->number);
	}
}

/* It came to machine i on its port k. */
static void
note_datagram(struct flow *flows, size_t n, int mark, size_t i, size_t k)
{
	for (size_t j = 0; j < n; j++) {
		if (flows[j].packet.protocol == PROTO_UDP && flows[j].number == mark)
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
		if (flows[i].packet.protocol == PROTO_TCP && flows[i].got == 0)
			flows[i].got = place_is_connected(flows[i].fd);
		if (flows[i].packet.protocol == PROTO_ICMP && flows[i].got == 0)
			flows[i].got = place_is_echoed(flows[i].fd, flows[i].number);
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
	    round,
	    w->packet.protocol == PROTO_TCP	? "tcp" :
		w->packet.protocol == PROTO_UDP ? "udp" :
						  "icmp",
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
	chances_shuffle(lab.doc);
	make_true();
	for (size_t i = 0; i < N_CASES; i++) {
		choose(&flows[i]);
		judge(&flows[i], a, &d[i]);
		flows[i].at = (size_t)receiver(&d[i]);
		flows[i].want = receiver(&d[i]) >= 0 &&
		    (flows[i].packet.protocol == PROTO_UDP || d[i].passes);
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
