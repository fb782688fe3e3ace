/*
 * IPv6 on the wire: two VPCs whose addresses are of one internet, in namespaces of the
 * test's own, built from a configuration of netd's: what must pass passes at once, without a second
 * of duplicate address detection, and what must not does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cc.h"
#include "netdns/eni.h"
#include "netdns/guard.h"
#include "netdns/link.h"
#include "netdns/router.h"
#include "tests/net/place.h"

enum {
	N_VPCS = 2,
	N_MACHINES = 3,
	LONG_MS = 2000,
	SHORT_MS = 300,
	PORT = 8080,
	ECHO = 128
};

/* By VPC: two in one subnet, one in another. */
static const char *const address[N_VPCS][N_MACHINES] = {
	{ "2001:db8:0:101::a", "2001:db8:0:101::b", "2001:db8:0:102::a" },
	{ "2001:db8:0:201::a", "2001:db8:0:201::b", "2001:db8:0:202::a" },
};

#define HOST "2001:db8::1"

struct vpc {
	struct place router, machine[N_MACHINES];
	int listener[N_MACHINES];
	struct guard_memory memory[N_MACHINES];
	struct router_memory router_memory;
	struct world *world;
	int n;
};

struct world {
	struct ns_worker *worker;
	struct place host;
	struct vpc vpc[N_VPCS];
	struct fabric *fabric;
	/* What the tests change. */
	const char *table[2], *groups;
};

static const char all_open[] =
    "{\"id\": \"sg-0\", \"ingress\": [{\"id\": \"r1\", \"protocol\": -1, \"cidr\": \"::/0\"}],"
    "\"egress\": [{\"id\": \"r2\", \"protocol\": -1, \"cidr\": \"::/0\"}]}";
static const char by_gateway[] =
    "{\"to\": \"::/0\", \"kind\": \"internet\", \"id\": \"igw-0\"}";
static const char outward_only[] =
    "{\"to\": \"::/0\", \"kind\": \"egress\", \"id\": \"eigw-0\"}";

static int
vpc_text(const struct world *w, char *out, size_t size, int i)
{
	int n = snprintf(out, size,
	    "{\"id\": \"vpc-%d\", \"container\": \"r%d\", \"resolver\": \"10.0.0.2\","
	    "\"cidrs\": [\"10.0.0.0/16\", \"2001:db8:0:%d00::/56\"],"
	    "\"underlay\": \"198.19.0.%d/28\","
	    "\"internet\": {\"cidr\": \"198.18.0.0/16\", \"cidr6\": \"2001:db8::/32\","
	    "\"id\": \"igw-0\"}, \"egress_only\": \"eigw-0\", \"subnets\": [",
	    i, i, i + 1, 16 * i);

	(void)w;
	for (int k = 1; k <= 2; k++)
		n += snprintf(out + n, size - (size_t)n,
		    "%s{\"id\": \"subnet-%d%d\", \"zone\": \"z\", \"cidr\": \"10.0.%d.0/24\","
		    "\"cidr6\": \"2001:db8:0:%d0%d::/64\", \"gateway\": \"10.0.%d.1\","
		    "\"acl\": \"acl-%d%d\", \"table\": \"rtb-%d%d\"}",
		    k > 1 ? ", " : "", i, k, k, i + 1, k, k, i, k, i, k);
	return n + snprintf(out + n, size - (size_t)n, "]}");
}

static int
eni_text(char *out, size_t size, int i, int k)
{
	int subnet = k == 2 ? 2 : 1, host = k == 2 ? 10 : 10 + k;

	return snprintf(out, size,
	    "{\"id\": \"eni-%d%d\", \"vpc\": \"vpc-%d\", \"subnet\": \"subnet-%d%d\", \"kind\":"
	    "\"container\", \"container\": \"m%d%d\", \"device\": \"eth0\","
	    "\"mac\": \"0a:58:0a:00:%02d:%02d\", \"addresses\": [\"10.0.%d.%d/24\", \"%s/64\"],"
	    "\"gateway\": \"10.0.%d.1\", \"groups\": [\"sg-0\"]}",
	    i, k, i, i, subnet, i, k, i, k, subnet, host, address[i][k], subnet);
}

static void
read_fabric(struct world *w)
{
	char text[16384];
	struct err err = { 0 };
	size_t size = sizeof(text);
	json_t *doc;
	int n = snprintf(text, size, "{\"vpcs\": [");

	for (int i = 0; i < N_VPCS; i++) {
		n += snprintf(text + n, size - (size_t)n, "%s", i > 0 ? ", " : "");
		n += vpc_text(w, text + n, size - (size_t)n, i);
	}
	n += snprintf(text + n, size - (size_t)n, "], \"groups\": [%s], \"enis\": [",
	    w->groups);
	for (int i = 0; i < N_VPCS * N_MACHINES; i++) {
		n += snprintf(text + n, size - (size_t)n, "%s", i > 0 ? ", " : "");
		n += eni_text(text + n, size - (size_t)n, i / N_MACHINES, i % N_MACHINES);
	}
	n += snprintf(text + n, size - (size_t)n, "], \"tables\": [");
	for (int i = 0; i < N_VPCS * 2; i++)
		n += snprintf(text + n, size - (size_t)n,
		    "%s{\"id\": \"rtb-%d%d\", \"routes\": ["
		    "{\"to\": \"10.0.0.0/16\", \"kind\": \"local\"},"
		    "{\"to\": \"2001:db8:0:%d00::/56\", \"kind\": \"local\"}%s%s]}",
		    i > 0 ? ", " : "", i / 2, i % 2 + 1, i / 2 + 1,
		    w->table[i % 2][0] != '\0' ? ", " : "", w->table[i % 2]);
	n += snprintf(text + n, size - (size_t)n, "], \"acls\": [");
	for (int i = 0; i < N_VPCS * 2; i++)
		n += snprintf(text + n, size - (size_t)n,
		    "%s{\"id\": \"acl-%d%d\", \"ingress\": [{\"number\": 100, \"allow\": true,"
		    "\"protocol\": -1, \"cidr\": \"::/0\"}], \"egress\": [{\"number\": 100,"
		    "\"allow\": true, \"protocol\": -1, \"cidr\": \"::/0\"}]}",
		    i > 0 ? ", " : "", i / 2, i % 2 + 1);
	snprintf(text + n, size - (size_t)n, "]}");
	fabric_free(w->fabric);
	if (json_read(text, strlen(text), &doc, &err) < 0 ||
	    fabric_read(doc, &w->fabric, &err) < 0)
		fail_msg("%s: %s", err.msg, text);
	json_decref(doc);
}

static int
ensure_router(struct rtnl *r, struct vpc *v, unsigned *ret, struct err *err)
{
	const struct fabric *f = v->world->fabric;
	const struct joints none = { 0 };
	struct router_want want = { f, &f->vpcs[v->n], &none };
	struct router_facts facts;

	if (router_ensure(r, &want, &v->router_memory, &facts, err) < 0)
		return -1;
	*ret = facts.bridge;
	return 0;
}

static int
apply_job(void *arg, struct err *err)
{
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	struct vpc *v = arg;
	unsigned bridge;

	if (ns_enter(v->router.fd, err) < 0 || rtnl_open(&r, err) < 0 ||
	    ensure_router(r, v, &bridge, err) < 0)
		return -1;
	for (int i = 0; i < N_MACHINES; i++) {
		const struct fabric_eni *e =
		    &v->world->fabric->enis[v->n * N_MACHINES + i];
		struct cidr addrs[2];
		struct eni_want want = { .id = e->id,
			.device = "eth0",
			.addrs = addrs,
			.n_addrs = e->n_addresses,
			.gateway = e->subnet->gateway,
			.mtu = 1500 };
		int plugged;

		for (size_t k = 0; k < e->n_addresses; k++)
			addrs[k] =
			    (struct cidr){ e->addresses[k].ip, e->addresses[k].len };
		if (!mac_parse(e->mac, want.mac) || ns_enter(v->machine[i].fd, err) < 0 ||
		    guard_ensure(v->world->fabric, &e, 1, &v->memory[i], err) < 0 ||
		    eni_ensure(r, bridge, v->machine[i].fd, &want, &plugged, err) < 0)
			return -1;
	}
	return 0;
}

static void
apply(struct world *w)
{
	struct err err = { 0 };

	read_fabric(w);
	for (int i = 0; i < N_VPCS; i++) {
		if (ns_worker_run(w->worker, apply_job, &w->vpc[i], &err) < 0)
			fail_msg("%s", err.msg);
	}
}

static void
make_vpc(struct world *w, int i)
{
	static const char *const add[][9] = {
		{ "ip", "addr", "add", "2001:db8::2/32", "dev", "eth1", "nodad", NULL },
		{ "ip", "addr", "add", "2001:db8::3/32", "dev", "eth1", "nodad", NULL },
	};
	static const char *const off[] = { "sh", "-c",
		"echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6", NULL };
	struct vpc *v = &w->vpc[i];
	char leg[32], bridge[16];

	v->world = w;
	v->n = i;
	place_new(&v->router, w->worker);
	snprintf(leg, sizeof(leg), "198.18.0.%d/16", i + 2);
	place_wire(&w->host, "inet", &v->router, "eth1", leg);
	snprintf(bridge, sizeof(bridge), "und%d", i % 10);
	snprintf(leg, sizeof(leg), "198.19.0.%d/28", 16 * i + 1);
	place_bridge(&w->host, bridge, leg);
	snprintf(leg, sizeof(leg), "198.19.0.%d/28", 16 * i + 2);
	place_wire(&w->host, bridge, &v->router, "eth0", leg);
	assert_int_equal(place_run(&v->router, add[i]), 0);
	for (int k = 0; k < N_MACHINES; k++) {
		place_new(&v->machine[k], w->worker);
		/* As Docker leaves it. */
		assert_int_equal(place_run(&v->machine[k], off), 0);
	}
}

static int
set_up(void **state)
{
	static const char *const host[] = { "ip", "addr", "add", HOST "/32", "dev",
		"inet", "nodad", NULL };
	static struct world w;
	struct err err = { 0 };

	memset(&w, 0, sizeof(w));
	*state = &w;
	if (ns_worker_start(&w.worker, &err) < 0)
		fail_msg("%s", err.msg);
	place_new(&w.host, w.worker);
	place_bridge(&w.host, "inet", "198.18.0.1/16");
	assert_int_equal(place_run(&w.host, host), 0);
	for (int i = 0; i < N_VPCS; i++)
		make_vpc(&w, i);
	w.groups = all_open;
	w.table[0] = by_gateway;
	w.table[1] = outward_only;
	apply(&w);
	for (int i = 0; i < N_VPCS; i++) {
		for (int k = 0; k < N_MACHINES; k++)
			w.vpc[i].listener[k] =
			    place_listen(&w.vpc[i].machine[k], address[i][k], PORT);
	}
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < N_VPCS; i++) {
		for (int k = 0; k < N_MACHINES; k++) {
			close(w->vpc[i].listener[k]);
			guard_forget(&w->vpc[i].memory[k]);
			place_free(&w->vpc[i].machine[k]);
		}
		place_free(&w->vpc[i].router);
	}
	place_free(&w->host);
	fabric_free(w->fabric);
	ns_worker_stop(w->worker);
	return 0;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

/* 1 when a connection from p to the address arrives at the listener, from `seen`. */
static int
reaches(struct place *p, const char *addr, int listener, const char *seen)
{
	int64_t begin = now_ms();
	int fd = place_connect(p, NULL, addr, PORT, LONG_MS), peer;
	char from[IP_TEXT] = "";

	if (fd < 0)
		return 0;
	assert_true(now_ms() - begin < 500);
	peer = place_accept_any(listener, from);
	close(fd);
	close(peer);
	assert_string_equal(from, seen);
	return 1;
}

static int
is_dead(struct place *p, const char *addr, int port)
{
	int fd = place_connect(p, NULL, addr, port, SHORT_MS);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static void
machines_reach_each_other_in_a_subnet_and_across_at_once(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < N_VPCS; i++) {
		struct vpc *v = &w->vpc[i];

		assert_true(reaches(&v->machine[0], address[i][1], v->listener[1],
		    address[i][0]));
		assert_true(reaches(&v->machine[0], address[i][2], v->listener[2],
		    address[i][0]));
		assert_true(reaches(&v->machine[2], address[i][1], v->listener[1],
		    address[i][2]));
	}
}

static void
the_host_and_another_vpc_reach_a_machine_by_its_own_address(void **state)
{
	struct world *w = *state;
	int listener = place_listen(&w->host, "::", PORT);

	assert_true(reaches(&w->host, address[0][0], w->vpc[0].listener[0], HOST));
	assert_true(reaches(&w->host, address[1][1], w->vpc[1].listener[1], HOST));
	assert_true(reaches(&w->vpc[0].machine[0], address[1][0], w->vpc[1].listener[0],
	    address[0][0]));
	assert_true(reaches(&w->vpc[0].machine[1], HOST, listener, address[0][1]));
	close(listener);
}

static void
from_a_subnet_of_an_egress_only_gateway_one_only_begins(void **state)
{
	struct world *w = *state;
	int listener = place_listen(&w->host, "::", PORT);

	assert_true(reaches(&w->vpc[0].machine[2], HOST, listener, address[0][2]));
	assert_true(is_dead(&w->host, address[0][2], PORT));
	close(listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    machines_reach_each_other_in_a_subnet_and_across_at_once),
		cmocka_unit_test(
		    the_host_and_another_vpc_reach_a_machine_by_its_own_address),
		cmocka_unit_test(from_a_subnet_of_an_egress_only_gateway_one_only_begins),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
