/*
 * Two VPCs of the same CIDR, built with the library alone in namespaces of
 * the test's own: what must pass passes, what must not does not, and a second
 * look changes nothing.
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
#include "netdns/eni.h"
#include "netdns/link.h"
#include "netdns/router.h"
#include "tests/net/place.h"

enum { N_VPCS = 2, N_MACHINES = 3, LONG_MS = 2000, SHORT_MS = 400, PORT = 8080 };
#define reaches(p, addr, fd, seen) place_reaches(p, addr, PORT, fd, seen)
#define is_dead(p, addr, port)	   place_is_dead(p, addr, port)

static const char *const private_text[N_MACHINES] = { "10.0.1.15", "10.0.1.16",
	"10.0.2.20" };

struct pair {
	uint32_t private_addr, public_addr;
};

struct vpc {
	struct place router, machine[N_MACHINES];
	struct pair pairs[2]; /* of machines 0 and 2; 1 has no public address */
	const char *id, *underlay;
	int has_internet, has_guests;
	struct router_memory memory;
	struct router_facts facts;
	int listener[N_MACHINES];
	int n_plugged;
	uint8_t mac; /* part of all MACs */
};

struct world {
	struct ns_worker *worker;
	struct place host;
	struct vpc vpc[N_VPCS];
};

static uint32_t
ip(const char *s)
{
	uint32_t addr = 0;

	assert_true(ip4_parse(s, &addr));
	return addr;
}

/* One table and one ACL for all, which let everything pass. */
static json_t *
make_config(const struct vpc *v)
{
	static const char text[] =
	    "{\"vpcs\": [{\"id\": \"vpc\", \"container\": \"r\", \"cidrs\": [\"10.0.0.0/16\"],"
	    "\"subnets\": [{\"id\": \"subnet-1\", \"zone\": \"a\", \"cidr\": \"10.0.1.0/24\","
	    "\"gateway\": \"10.0.1.1\", \"acl\": \"acl-1\", \"table\": \"rtb-1\"},"
	    "{\"id\": \"subnet-2\", \"zone\": \"b\", \"cidr\": \"10.0.2.0/24\","
	    "\"gateway\": \"10.0.2.1\", \"acl\": \"acl-1\", \"table\": \"rtb-1\"}],"
	    "\"resolver\": \"10.0.0.2\", \"control\": {\"address\": \"10.0.0.3\","
	    "\"to\": \"198.18.0.1\", \"port\": 4599, \"ports\": [4599, 80],"
	    "\"tls_port\": 4600, \"tls_ports\": [443]}}], \"enis\": [], \"groups\": [{\"id\": \"sg-1\", \"vpc\": \"vpc\","
	    "\"ingress\": [{\"id\": \"r1\", \"protocol\": -1, \"cidr\": \"0.0.0.0/0\"}],"
	    "\"egress\": [{\"id\": \"r2\", \"protocol\": -1, \"cidr\": \"0.0.0.0/0\"}]}],"
	    "\"acls\": [{\"id\": \"acl-1\","
	    "\"ingress\": [{\"number\": 1, \"allow\": true, \"protocol\": -1, \"cidr\": \"0.0.0.0/0\"}],"
	    "\"egress\": [{\"number\": 1, \"allow\": true, \"protocol\": -1, \"cidr\": \"0.0.0.0/0\"}]}],"
	    "\"tables\": [{\"id\": \"rtb-1\", \"routes\": [{\"to\": \"10.0.0.0/16\", \"kind\": \"local\"},"
	    "{\"to\": \"0.0.0.0/0\", \"kind\": \"internet\", \"id\": \"igw-1\"}]}]}";
	struct err err = { 0 };
	json_t *doc = NULL, *vpc;

	if (json_read(text, strlen(text), &doc, &err) < 0)
		fail_msg("%s", err.msg);
	vpc = json_array_get(json_get(doc, "vpcs"), 0);
	json_set_str(vpc, "underlay", v->underlay);
	if (v->has_internet)
		json_set(vpc, "internet",
		    json_make("{s:s, s:s}", "cidr", "198.18.0.0/16", "id", "igw-1"));
	if (v->has_guests)
		json_set(vpc, "guests",
		    json_make("[{s:s, s:s, s:[s]}]", "container", "g", "address",
			"198.19.0.5", "groups", "sg-1"));
	for (int i = 0; i < N_MACHINES; i++) {
		json_t *e = json_add_object(json_get(doc, "enis"));
		char text4[NET4_TEXT];

		json_set_str(e, "device", "eth0");
		json_set_fmt(e, "id", "eni-%d", i);
		json_set_str(e, "vpc", "vpc");
		json_set_str(e, "container", "m");
		json_set_fmt(e, "mac", "0a:58:0a:00:%02x:%02x", v->mac, (unsigned)i);
		snprintf(text4, sizeof(text4), "%s/24", private_text[i]);
		json_add_str(json_need_array(e, "addresses"), text4);
		for (int k = 0; k < 2; k++) {
			if (v->pairs[k].private_addr != ip(private_text[i]))
				continue;
			ip4_format(v->pairs[k].public_addr, text4);
			json_set_str(json_need_object(e, "public"), private_text[i],
			    text4);
		}
	}
	return doc;
}

struct apply {
	struct vpc *vpc;
	const struct fabric *fabric;
};

static int
apply_job(void *arg, struct err *err)
{
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	const struct apply *j = arg;
	const struct joints none = { 0 };
	struct vpc *v = j->vpc;
	struct router_want want = { .fabric = j->fabric,
		.vpc = &j->fabric->vpcs[0],
		.joints = &none };

	if (ns_enter(v->router.fd, err) < 0 || rtnl_open(&r, err) < 0 ||
	    router_ensure(r, &want, &v->memory, &v->facts, err) < 0)
		return -1;
	v->n_plugged = 0;
	for (int i = 0; i < N_MACHINES; i++) {
		struct cidr addr = cidr_of4(ip(private_text[i]), 24);
		char id[16];
		struct eni_want eni = { .id = id,
			.device = "eth0",
			.mac = { 0x0a, 0x58, 0x0a, 0, v->mac, (uint8_t)i },
			.addrs = &addr,
			.n_addrs = 1,
			.gateway = ip_of4((ip(private_text[i]) & net4_mask(24)) + 1),
			.mtu = v->facts.mtu };
		int plugged = 0;

		snprintf(id, sizeof(id), "eni-%d", i);
		if (eni_ensure(r, v->facts.bridge, v->machine[i].fd, &eni, &plugged,
			err) < 0)
			return -1;
		v->n_plugged += plugged;
	}
	return 0;
}

static int
clear_job(void *arg, struct err *err)
{
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	struct vpc *v = arg;

	if (ns_enter(v->router.fd, err) < 0 || rtnl_open(&r, err) < 0)
		return -1;
	return router_clear(r, v->id, err);
}

static void
apply(struct world *w, struct vpc *v)
{
	struct apply j = { .vpc = v };
	json_t *doc = make_config(v);
	struct fabric *f = NULL;
	struct err err = { 0 };

	if (fabric_read(doc, &f, &err) < 0)
		fail_msg("%s", err.msg);
	j.fabric = f;
	if (ns_worker_run(w->worker, apply_job, &j, &err) < 0)
		fail_msg("%s", err.msg);
	fabric_free(f);
	json_decref(doc);
}

static void
make_vpc(struct world *w, int i)
{
	static const char *const ids[N_VPCS] = { "vpc-a", "vpc-b" };
	struct vpc *v = &w->vpc[i];
	char bridge[16], leg[32], underlay[32];

	place_new(&v->router, w->worker);
	for (int k = 0; k < N_MACHINES; k++)
		place_new(&v->machine[k], w->worker);
	snprintf(bridge, sizeof(bridge), "und%d", i % 10);
	snprintf(underlay, sizeof(underlay), "198.19.0.%d/28", 16 * i + 1);
	place_bridge(&w->host, bridge, underlay);
	/* In another order in each: legs are found by their subnet. */
	snprintf(underlay, sizeof(underlay), "198.19.0.%d/28", 16 * i + 2);
	snprintf(leg, sizeof(leg), "198.18.0.%d/16", i + 2);
	place_wire(&w->host, bridge, &v->router, i == 0 ? "eth0" : "eth1", underlay);
	place_wire(&w->host, "inet", &v->router, i == 0 ? "eth1" : "eth0", leg);
	v->pairs[0] = (struct pair){ ip("10.0.1.15"), ip("198.18.16.10") + 10U * i };
	v->pairs[1] = (struct pair){ ip("10.0.2.20"), ip("198.18.16.11") + 10U * i };
	v->id = ids[i];
	v->underlay = i == 0 ? "198.19.0.0/28" : "198.19.0.16/28";
	v->has_internet = 1;
	apply(w, v);
	assert_int_equal(v->n_plugged, N_MACHINES);
	for (int k = 0; k < N_MACHINES; k++)
		v->listener[k] = place_listen(&v->machine[k], "0.0.0.0", PORT);
}

static int
set_up(void **state)
{
	static struct world w;
	struct err err = { 0 };

	memset(&w, 0, sizeof(w));
	*state = &w;
	if (ns_worker_start(&w.worker, &err) < 0)
		fail_msg("%s", err.msg);
	place_new(&w.host, w.worker);
	place_bridge(&w.host, "inet", "198.18.0.1/16");
	for (int i = 0; i < N_VPCS; i++)
		make_vpc(&w, i);
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < N_VPCS; i++) {
		for (int k = 0; k < N_MACHINES; k++) {
			if (w->vpc[i].listener[k] > 0)
				close(w->vpc[i].listener[k]);
			place_free(&w->vpc[i].machine[k]);
		}
		place_free(&w->vpc[i].router);
	}
	place_free(&w->host);
	ns_worker_stop(w->worker);
	return 0;
}

static void
machines_of_a_vpc_reach_each_other_within_and_across_subnets(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < N_VPCS; i++) {
		struct vpc *v = &w->vpc[i];

		assert_true(
		    reaches(&v->machine[0], "10.0.1.16", v->listener[1], "10.0.1.15"));
		assert_true(
		    reaches(&v->machine[0], "10.0.2.20", v->listener[2], "10.0.1.15"));
		assert_true(
		    reaches(&v->machine[2], "10.0.1.16", v->listener[1], "10.0.2.20"));
	}
}

static void
the_host_reaches_each_of_two_equal_addresses_by_its_public_one(void **state)
{
	struct world *w = *state;

	assert_true(
	    reaches(&w->host, "198.18.16.10", w->vpc[0].listener[0], "198.18.0.1"));
	assert_true(
	    reaches(&w->host, "198.18.16.20", w->vpc[1].listener[0], "198.18.0.1"));
	assert_true(
	    reaches(&w->host, "198.18.16.21", w->vpc[1].listener[2], "198.18.0.1"));
}

static void
another_vpc_is_reached_by_its_public_addresses_only(void **state)
{
	struct world *w = *state;
	struct vpc *a = &w->vpc[0], *b = &w->vpc[1];

	assert_true(
	    reaches(&a->machine[0], "198.18.16.20", b->listener[0], "198.18.16.10"));
	assert_true(
	    reaches(&b->machine[2], "198.18.16.10", a->listener[0], "198.18.16.21"));
	/* The host has the way; the router must not take it. */
	assert_true(is_dead(&a->machine[0], "198.19.0.18", 1));
	assert_true(is_dead(&a->machine[0], "10.9.9.9", PORT));
}

static void
public_addresses_of_the_same_vpc_are_reached_as_from_outside(void **state)
{
	struct vpc *v = &((struct world *)*state)->vpc[0];

	assert_true(
	    reaches(&v->machine[0], "198.18.16.11", v->listener[2], "198.18.16.10"));
	assert_true(
	    reaches(&v->machine[0], "198.18.16.10", v->listener[0], "198.18.16.10"));
	assert_true(is_dead(&v->machine[1], "198.18.16.11", PORT));
}

static void
what_has_a_public_address_leaves_with_it_and_what_has_none_does_not_leave(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];
	int listener = place_listen(&w->host, "198.18.0.1", PORT);

	assert_true(reaches(&v->machine[0], "198.18.0.1", listener, "198.18.16.10"));
	assert_true(reaches(&v->machine[2], "198.18.0.1", listener, "198.18.16.11"));
	assert_true(is_dead(&v->machine[1], "198.18.0.1", PORT));
	close(listener);
}

static void
no_private_source_is_ever_seen_on_a_leg(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];
	static const char *const watch[] = { "nft",
		"table ip seen { counter private { } ; chain c { type filter hook prerouting "
		"priority raw ; ip saddr 10.0.0.0/8 counter name private ; } ; }",
		NULL };
	static const char *const count[] = { "sh", "-c",
		"nft list counter ip seen private | grep -q 'packets 0 '", NULL };
	static const char *const targets[] = { "198.18.0.1", "198.19.0.1", "192.0.2.1",
		"10.9.9.9", "198.18.16.20", "198.19.0.18", "8.8.8.8" };

	assert_int_equal(place_run(&w->host, watch), 0);
	for (size_t i = 0; i < COUNT(targets); i++) {
		for (int k = 0; k < 2; k++) {
			int fd = place_connect(&v->machine[k], NULL, targets[i], 9, 50);

			if (fd >= 0)
				close(fd);
		}
	}
	assert_int_equal(place_run(&w->host, count), 0);
}

static void
control_answers_on_its_address_in_the_vpc(void **state)
{
	struct world *w = *state;
	int plain = place_listen(&w->host, "198.18.0.1", 4599), fd, peer;
	int tls = place_listen(&w->host, "198.18.0.1", 4600);
	static const int ports[] = { 4599, 80, 443 };
	char from[16];

	for (size_t i = 0; i < COUNT(ports); i++) {
		/* Machine 1 has no public address, and reaches control all the same. */
		fd = place_connect(&w->vpc[1].machine[1], NULL, "10.0.0.3", ports[i],
		    LONG_MS);
		assert_true(fd >= 0);
		peer = place_accept(ports[i] == 443 ? tls : plain, from);
		assert_true(peer >= 0);
		assert_string_equal(from, "198.19.0.18");
		assert_true(is_alive(fd, peer) && is_alive(peer, fd));
		close(fd);
		close(peer);
	}
	assert_true(is_dead(&w->vpc[1].machine[1], "10.0.0.3", 22));
	close(plain);
	close(tls);
}

static void
services_of_the_router_answer_the_workloads_and_nobody_else(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];
	int imds = place_listen(&v->router, "0.0.0.0", PORT);
	static const char *const addrs[] = { "169.254.169.254", "169.254.169.253",
		"169.254.170.2", "10.0.0.2" };
	static const char *const route[] = { "ip", "route", "add", "10.0.0.2", "via",
		"198.19.0.2", NULL };

	for (size_t i = 0; i < COUNT(addrs); i++)
		assert_true(reaches(&v->machine[1], addrs[i], imds, private_text[1]));
	assert_true(is_dead(&v->machine[1], "198.19.0.2", PORT));
	assert_int_equal(place_run(&w->host, route), 0);
	assert_true(is_dead(&w->host, "10.0.0.2", PORT));
	assert_true(is_dead(&w->host, "198.19.0.2", PORT));
	assert_true(is_dead(&w->host, "198.18.0.2", PORT));
	close(imds);
}

static void
a_second_look_changes_nothing_and_a_change_breaks_no_flow(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];
	uint32_t generation = v->memory.generation;
	int fd = place_connect(&w->host, NULL, "198.18.16.10", PORT, LONG_MS), peer;
	char from[16];

	assert_true(fd >= 0);
	peer = place_accept(v->listener[0], from);
	apply(w, v);
	assert_int_equal(v->memory.generation, generation);
	assert_int_equal(v->n_plugged, 0);
	v->pairs[1].public_addr = ip("198.18.16.99");
	apply(w, v);
	assert_int_not_equal(v->memory.generation, generation);
	assert_int_equal(v->n_plugged, 0);
	assert_true(is_alive(fd, peer) && is_alive(peer, fd));
	assert_true(reaches(&w->host, "198.18.16.99", v->listener[2], "198.18.0.1"));
	assert_true(is_dead(&w->host, "198.18.16.11", PORT));
	close(fd);
	close(peer);
}

static void
a_flow_ends_when_its_public_address_is_taken_away(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];
	int listener = place_listen(&w->host, "198.18.0.1", PORT), in, in_peer, out,
	    out_peer;
	struct pair kept = v->pairs[0];
	char from[16], c;

	in = place_connect(&w->host, NULL, "198.18.16.10", PORT, LONG_MS);
	in_peer = place_accept(v->listener[0], from);
	out = place_connect(&v->machine[0], NULL, "198.18.0.1", PORT, LONG_MS);
	out_peer = place_accept(listener, from);
	assert_true(is_alive(in, in_peer) && is_alive(out, out_peer));
	/* To another machine: the old connections must not go on with it. */
	v->pairs[0].private_addr = ip("10.0.1.16");
	apply(w, v);
	assert_int_equal(send(in, "x", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(send(out, "x", 1, MSG_NOSIGNAL), 1);
	usleep(SHORT_MS * 1000);
	assert_int_equal(recv(in_peer, &c, 1, MSG_DONTWAIT), -1);
	assert_int_equal(recv(out_peer, &c, 1, MSG_DONTWAIT), -1);
	assert_true(reaches(&w->host, "198.18.16.10", v->listener[1], "198.18.0.1"));
	v->pairs[0] = kept;
	apply(w, v);
	assert_true(is_alive(in, in_peer)); /* what was held back arrives */
	for (size_t i = 0; i < 4; i++)
		close(((int[]){ in, in_peer, out, out_peer })[i]);
	close(listener);
}

static void
a_new_device_with_an_old_address_is_known_at_once(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[1];
	static const char *const unplug[] = { "ip", "link", "del", "eth0", NULL };

	assert_true(reaches(&v->machine[1], "10.0.1.15", v->listener[0], "10.0.1.16"));
	/* The neighbour holds the old MAC for half a minute, unless it is told. */
	v->mac = 0x77;
	assert_int_equal(place_run(&v->machine[0], unplug), 0);
	apply(w, v);
	assert_int_equal(v->n_plugged, 1 + 2);
	assert_true(reaches(&v->machine[1], "10.0.1.15", v->listener[0], "10.0.1.16"));
	/* So does the internet of a public address that moved from one router to another. */
	assert_true(
	    reaches(&w->host, "198.18.16.10", w->vpc[0].listener[0], "198.18.0.1"));
	w->vpc[0].pairs[0].public_addr = ip("198.18.16.20");
	v->pairs[0].public_addr = ip("198.18.16.10");
	apply(w, v);
	apply(w, &w->vpc[0]);
	assert_true(reaches(&w->host, "198.18.16.10", v->listener[0], "198.18.0.1"));
	assert_true(
	    reaches(&w->host, "198.18.16.20", w->vpc[0].listener[0], "198.18.0.1"));
	w->vpc[0].pairs[0].public_addr = ip("198.18.16.10");
	v->pairs[0].public_addr = ip("198.18.16.20");
	apply(w, v);
	apply(w, &w->vpc[0]);
}

static void
what_somebody_else_changed_is_put_right(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[1];
	static const char *const harm[][8] = {
		{ "nft", "flush", "ruleset", NULL },
		{ "ip", "addr", "del", "10.0.1.1/24", "dev", "br0", NULL },
		{ "ip", "addr", "add", "10.7.7.7/32", "dev", "br0", NULL },
		{ "ip", "rule", "del", "pref", "110", NULL },
		{ "ip", "route", "flush", "table", "102", NULL },
		{ "ip", "link", "set", "br0", "down", NULL },
	};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct view before, after;

	place_view4(&v->router, a, &before);
	for (size_t i = 0; i < COUNT(harm); i++)
		assert_int_equal(place_run(&v->router, harm[i]), 0);
	apply(w, v);
	place_view4(&v->router, a, &after);
	assert_int_equal(before.n_addrs, after.n_addrs);
	assert_int_equal(before.n_routes, after.n_routes);
	assert_int_equal(before.n_rules, after.n_rules);
	assert_true(reaches(&w->host, "198.18.16.20", v->listener[0], "198.18.0.1"));
	assert_true(reaches(&v->machine[0], "10.0.2.20", v->listener[2], "10.0.1.15"));
}

static void
without_an_internet_gateway_nothing_goes_in_or_out(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[1];

	v->has_internet = 0;
	apply(w, v);
	assert_true(is_dead(&w->host, "198.18.16.20", PORT));
	assert_true(is_dead(&v->machine[0], "198.18.0.1", PORT));
	assert_true(reaches(&v->machine[0], "10.0.2.20", v->listener[2], "10.0.1.15"));
	v->has_internet = 1;
	apply(w, v);
	assert_true(reaches(&w->host, "198.18.16.20", v->listener[0], "198.18.0.1"));
}

static void
a_guest_on_the_underlay_reaches_the_vpc_and_is_reached(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];
	struct place guest;
	static const char *const route[] = { "ip", "route", "add", "10.0.0.0/16", "via",
		"198.19.0.2", NULL };
	int listener;

	place_new(&guest, w->worker);
	place_wire(&w->host, "und0", &guest, "eth0", "198.19.0.5/28");
	assert_int_equal(place_run(&guest, route), 0);
	listener = place_listen(&guest, "0.0.0.0", PORT);
	assert_true(is_dead(&guest, "10.0.1.15", PORT));
	v->has_guests = 1;
	apply(w, v);
	assert_true(reaches(&guest, "10.0.1.15", v->listener[0], "198.19.0.5"));
	assert_true(reaches(&v->machine[2], "198.19.0.5", listener, "10.0.2.20"));
	v->has_guests = 0;
	apply(w, v);
	assert_true(is_dead(&guest, "10.0.1.15", PORT));
	close(listener);
	place_free(&guest);
}

static void
clearing_leaves_the_namespace_as_docker_made_it(void **state)
{
	struct world *w = *state;
	struct vpc *v = &w->vpc[0];
	CLEANUP(arena_freep) struct arena *a = arena_new();
	static const char *const no_table[] = { "sh", "-c",
		"! nft list tables | grep simfra", NULL };
	struct err err = { 0 };
	struct view now;

	if (ns_worker_run(w->worker, clear_job, v, &err) < 0)
		fail_msg("%s", err.msg);
	place_view4(&v->router, a, &now);
	assert_int_equal(now.n_links, 3);
	assert_int_equal(now.n_addrs,
	    2 + (view_link(&now, "lo")->flags & IFF_UP ? 1 : 0));
	assert_int_equal(now.n_rules, 3);
	assert_int_equal(place_run(&v->router, no_table), 0);
	place_view4(&v->machine[0], a, &now);
	assert_null(view_link(&now, "eth0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    machines_of_a_vpc_reach_each_other_within_and_across_subnets),
		cmocka_unit_test(
		    the_host_reaches_each_of_two_equal_addresses_by_its_public_one),
		cmocka_unit_test(another_vpc_is_reached_by_its_public_addresses_only),
		cmocka_unit_test(
		    public_addresses_of_the_same_vpc_are_reached_as_from_outside),
		cmocka_unit_test(
		    what_has_a_public_address_leaves_with_it_and_what_has_none_does_not_leave),
		cmocka_unit_test(no_private_source_is_ever_seen_on_a_leg),
		cmocka_unit_test(control_answers_on_its_address_in_the_vpc),
		cmocka_unit_test(
		    services_of_the_router_answer_the_workloads_and_nobody_else),
		cmocka_unit_test(
		    a_second_look_changes_nothing_and_a_change_breaks_no_flow),
		cmocka_unit_test(a_flow_ends_when_its_public_address_is_taken_away),
		cmocka_unit_test(a_new_device_with_an_old_address_is_known_at_once),
		cmocka_unit_test(what_somebody_else_changed_is_put_right),
		cmocka_unit_test(without_an_internet_gateway_nothing_goes_in_or_out),
		cmocka_unit_test(a_guest_on_the_underlay_reaches_the_vpc_and_is_reached),
		cmocka_unit_test(clearing_leaves_the_namespace_as_docker_made_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
