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
	/* What the tests change: by subnet, and of all. */
	const char *table[2], *acl_in[2], *acl_out[2];
	const char *groups, *group_of[N_MACHINES];
};

static const char all_open[] =
    "{\"id\": \"sg-0\", \"ingress\": [{\"id\": \"r1\", \"protocol\": -1, \"cidr\": \"::/0\"}],"
    "\"egress\": [{\"id\": \"r2\", \"protocol\": -1, \"cidr\": \"::/0\"}]}";
static const char acl_all[] =
    "{\"number\": 100, \"allow\": true, \"protocol\": -1, \"cidr\": \"::/0\"}";
static const char by_gateway[] =
    "{\"to\": \"::/0\", \"kind\": \"internet\", \"id\": \"igw-0\"}";
static const char outward_only[] =
    "{\"to\": \"::/0\", \"kind\": \"egress\", \"id\": \"eigw-0\"}";

static int
vpc_text(char *out, size_t size, int i)
{
	int n = snprintf(out, size,
	    "{\"id\": \"vpc-%d\", \"container\": \"r%d\", \"resolver\": \"10.0.0.2\","
	    "\"cidrs\": [\"10.0.0.0/16\", \"2001:db8:0:%d00::/56\"],"
	    "\"underlay\": \"198.19.0.%d/28\","
	    "\"internet\": {\"cidr\": \"198.18.0.0/16\", \"cidr6\": \"2001:db8::/32\","
	    "\"id\": \"igw-0\"}, \"egress_only\": \"eigw-0\", \"subnets\": [",
	    i, i, i + 1, 16 * i);

	for (int k = 1; k <= 2; k++)
		n += snprintf(out + n, size - (size_t)n,
		    "%s{\"id\": \"subnet-%d%d\", \"zone\": \"z\", \"cidr\": \"10.0.%d.0/24\","
		    "\"cidr6\": \"2001:db8:0:%d0%d::/64\", \"gateway\": \"10.0.%d.1\","
		    "\"acl\": \"acl-%d%d\", \"table\": \"rtb-%d%d\"}",
		    k > 1 ? ", " : "", i, k, k, i + 1, k, k, i, k, i, k);
	return n + snprintf(out + n, size - (size_t)n, "]}");
}

static int
eni_text(const struct world *w, char *out, size_t size, int i, int k)
{
	int subnet = k == 2 ? 2 : 1, host = k == 2 ? 10 : 10 + k;

	return snprintf(out, size,
	    "{\"id\": \"eni-%d%d\", \"vpc\": \"vpc-%d\", \"subnet\": \"subnet-%d%d\", \"kind\":"
	    "\"container\", \"container\": \"m%d%d\", \"device\": \"eth0\","
	    "\"mac\": \"0a:58:0a:00:%02d:%02d\", \"addresses\": [\"10.0.%d.%d/24\", \"%s/64\"],"
	    "\"gateway\": \"10.0.%d.1\", \"groups\": [\"%s\"]}",
	    i, k, i, i, subnet, i, k, i, k, subnet, host, address[i][k], subnet,
	    w->group_of[k]);
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
		n += vpc_text(text + n, size - (size_t)n, i);
	}
	n += snprintf(text + n, size - (size_t)n, "], \"groups\": [%s], \"enis\": [",
	    w->groups);
	for (int i = 0; i < N_VPCS * N_MACHINES; i++) {
		n += snprintf(text + n, size - (size_t)n, "%s", i > 0 ? ", " : "");
		n += eni_text(w, text + n, size - (size_t)n, i / N_MACHINES,
		    i % N_MACHINES);
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
		    "%s{\"id\": \"acl-%d%d\", \"ingress\": [%s], \"egress\": [%s]}",
		    i > 0 ? ", " : "", i / 2, i % 2 + 1, w->acl_in[i % 2],
		    w->acl_out[i % 2]);
	snprintf(text + n, size - (size_t)n, "]}");
	fabric_free(w->fabric);
	if (json_read(text, strlen(text), &doc, &err) < 0 ||
	    fabric_read(doc, &w->fabric, &err) < 0)
		fail_msg("%s: %s", err.msg, text);
	json_decref(doc);
}

static int
apply_job(void *arg, struct err *err)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	struct vpc *v = arg;
	struct joints joints;
	struct router_want want = { v->world->fabric, &v->world->fabric->vpcs[v->n],
		&joints };
	struct router_facts facts;

	joints_read(v->world->fabric, a, &joints);
	if (ns_enter(v->router.fd, err) < 0 || rtnl_open(&r, err) < 0 ||
	    router_ensure(r, &want, &v->router_memory, &facts, err) < 0)
		return -1;
	for (int i = 0; i < N_MACHINES; i++) {
		const struct fabric_eni *e =
		    &v->world->fabric->enis[v->n * N_MACHINES + i];
		struct cidr addrs[2];
		struct eni_want eni = { .id = e->id,
			.device = "eth0",
			.addrs = addrs,
			.n_addrs = e->n_addresses,
			.gateway = e->subnet->gateway,
			.mtu = facts.mtu };
		int plugged;

		for (size_t k = 0; k < e->n_addresses; k++)
			addrs[k] =
			    (struct cidr){ e->addresses[k].ip, e->addresses[k].len };
		if (!mac_parse(e->mac, eni.mac) || ns_enter(v->machine[i].fd, err) < 0 ||
		    guard_ensure(v->world->fabric, &e, 1, &v->memory[i], NULL, err) < 0 ||
		    eni_ensure(r, facts.bridge, v->machine[i].fd, &eni, &plugged, err) <
			0)
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
as_at_first(struct world *w)
{
	w->groups = all_open;
	w->table[0] = by_gateway;
	w->table[1] = outward_only;
	for (int i = 0; i < 2; i++)
		w->acl_in[i] = w->acl_out[i] = acl_all;
	for (int i = 0; i < N_MACHINES; i++)
		w->group_of[i] = "sg-0";
	apply(w);
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
	snprintf(bridge, sizeof(bridge), "und%d", i % 10);
	snprintf(leg, sizeof(leg), "198.19.0.%d/28", 16 * i + 1);
	place_bridge(&w->host, bridge, leg);
	snprintf(leg, sizeof(leg), "198.19.0.%d/28", 16 * i + 2);
	place_wire(&w->host, bridge, &v->router, "eth0", leg);
	snprintf(leg, sizeof(leg), "198.18.0.%d/16", i + 2);
	place_wire(&w->host, "inet", &v->router, "eth1", leg);
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
	as_at_first(&w);
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

static int
pings(struct world *w, int from, int to)
{
	return place_packet(&w->vpc[0].machine[from], &w->vpc[0].machine[to],
	    IPPROTO_ICMPV6, address[0][to], ECHO, SHORT_MS);
}

static void
groups_let_in_by_network_by_group_and_by_type_of_icmp(void **state)
{
	static const char groups[] =
	    "{\"id\": \"sg-0\", \"egress\": [{\"id\": \"r0\", \"protocol\": -1, \"cidr\":"
	    "\"::/0\"}]},"
	    "{\"id\": \"sg-1\", \"ingress\": [{\"id\": \"r1\", \"protocol\": 6, \"from\": 8080,"
	    "\"to\": 8080, \"group\": \"sg-0\"}], \"egress\": []},"
	    "{\"id\": \"sg-2\", \"ingress\": [{\"id\": \"r2\", \"protocol\": 58, \"from\": 128,"
	    "\"to\": -1, \"cidr\": \"2001:db8:0:101::b/128\"}, {\"id\": \"r3\", \"protocol\": 6,"
	    "\"from\": 8080, \"to\": 8080, \"cidr\": \"2001:db8:0:101::a/128\"}],"
	    "\"egress\": [{\"id\": \"r0\", \"protocol\": -1, \"cidr\": \"::/0\"}]}";
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];

	w->groups = groups;
	w->group_of[1] = "sg-1";
	w->group_of[2] = "sg-2";
	apply(w);
	/* By group: one that has it, one that has not, and the host. */
	assert_true(
	    reaches(&v->machine[0], address[0][1], v->listener[1], address[0][0]));
	assert_true(is_dead(&v->machine[2], address[0][1], PORT));
	assert_true(is_dead(&w->host, address[0][1], PORT));
	/* By network, another port, and what is refused at its own end. */
	assert_true(
	    reaches(&v->machine[0], address[0][2], v->listener[2], address[0][0]));
	assert_true(is_dead(&v->machine[0], address[0][2], PORT + 1));
	assert_true(is_dead(&v->machine[1], address[0][2], PORT));
	assert_false(pings(w, 0, 2));
	assert_false(pings(w, 1, 2));
	/* The group of machine 1 lets nothing out: the ping is let in as soon as it does. */
	w->group_of[1] = "sg-0";
	apply(w);
	assert_true(pings(w, 1, 2));
	assert_false(pings(w, 0, 2));
	as_at_first(w);
	assert_true(pings(w, 0, 2));
}

static void
acls_decide_between_subnets_each_way_for_itself(void **state)
{
	static const char only_port[] =
	    "{\"number\": 90, \"allow\": true, \"protocol\": 6, \"from\": 8080, \"to\": 8080,"
	    "\"cidr\": \"2001:db8:0:101::/64\"}";
	static const char answers[] =
	    "{\"number\": 90, \"allow\": true, \"protocol\": 6, \"from\": 1024, \"to\": 65535,"
	    "\"cidr\": \"::/0\"}";
	static const char not_b[] =
	    "{\"number\": 80, \"allow\": false, \"protocol\": -1, \"cidr\":"
	    "\"2001:db8:0:101::b/128\"}, {\"number\": 100, \"allow\": true, \"protocol\": -1,"
	    "\"cidr\": \"::/0\"}";
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];

	w->acl_in[1] = only_port;
	w->acl_out[1] = answers;
	apply(w);
	assert_true(
	    reaches(&v->machine[0], address[0][2], v->listener[2], address[0][0]));
	assert_false(pings(w, 0, 2));
	w->acl_out[1] = "";
	apply(w);
	assert_true(is_dead(&v->machine[0], address[0][2], PORT));
	w->acl_in[1] = not_b;
	w->acl_out[1] = acl_all;
	apply(w);
	assert_true(is_dead(&v->machine[1], address[0][2], PORT));
	assert_true(
	    reaches(&v->machine[0], address[0][2], v->listener[2], address[0][0]));
	/* Within a subnet it decides nothing; at the border to the internet it does. */
	w->acl_in[0] = "";
	apply(w);
	assert_true(
	    reaches(&v->machine[0], address[0][1], v->listener[1], address[0][0]));
	assert_true(is_dead(&w->host, address[0][0], PORT));
	as_at_first(w);
	assert_true(reaches(&w->host, address[0][0], v->listener[0], HOST));
}

static void
without_a_route_there_is_no_way_in_or_out(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];
	int listener = place_listen(&w->host, "::", PORT);

	w->table[0] = "";
	apply(w);
	assert_true(is_dead(&w->host, address[0][0], PORT));
	assert_true(is_dead(&v->machine[0], HOST, PORT));
	assert_true(is_dead(&v->machine[0], address[1][0], PORT));
	assert_true(
	    reaches(&v->machine[0], address[0][2], v->listener[2], address[0][0]));
	as_at_first(w);
	assert_true(reaches(&v->machine[0], HOST, listener, address[0][0]));
	close(listener);
}

static void
nobody_speaks_by_an_address_of_another(void **state)
{
	static const char *const take[] = { "ip", "addr", "add", "2001:db8:0:101::bad/64",
		"dev", "eth0", "nodad", NULL },
				 *const give[] = { "ip", "addr", "del",
					 "2001:db8:0:101::bad/64", "dev", "eth0", NULL };
	struct world *w = *state;
	struct place *p = &w->vpc[0].machine[0];
	int fd;

	assert_int_equal(place_run(p, take), 0);
	fd = place_connect(p, "2001:db8:0:101::bad", address[0][1], PORT, SHORT_MS);
	assert_true(fd < 0);
	fd = place_connect(p, "2001:db8:0:101::bad", address[0][2], PORT, SHORT_MS);
	assert_true(fd < 0);
	assert_int_equal(place_run(p, give), 0);
	fd = place_connect(p, address[0][0], address[0][2], PORT, LONG_MS);
	assert_true(fd >= 0);
	close(fd);
}

static void
a_second_look_changes_nothing(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct view before, after;

	place_view(&w->vpc[0].router, a, &before);
	apply(w);
	place_view(&w->vpc[0].router, a, &after);
	assert_int_equal(before.n_proxies, 3);
	assert_int_equal(after.n_proxies, before.n_proxies);
	assert_int_equal(after.n_addrs, before.n_addrs);
	assert_int_equal(after.n_routes, before.n_routes);
	assert_int_equal(after.n_rules, before.n_rules);
	for (size_t i = 0; i < after.n_addrs; i++)
		assert_memory_equal(&after.addrs[i], &before.addrs[i],
		    sizeof(struct addr));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    machines_reach_each_other_in_a_subnet_and_across_at_once),
		cmocka_unit_test(
		    the_host_and_another_vpc_reach_a_machine_by_its_own_address),
		cmocka_unit_test(groups_let_in_by_network_by_group_and_by_type_of_icmp),
		cmocka_unit_test(acls_decide_between_subnets_each_way_for_itself),
		cmocka_unit_test(without_a_route_there_is_no_way_in_or_out),
		cmocka_unit_test(nobody_speaks_by_an_address_of_another),
		cmocka_unit_test(a_second_look_changes_nothing),
		cmocka_unit_test(from_a_subnet_of_an_egress_only_gateway_one_only_begins),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
