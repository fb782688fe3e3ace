/*
 * What link.h makes of a namespace, of both versions: each wanted state is what a view
 * shows afterwards, asking for it again sends nothing, and asking for less takes
 * the rest away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <string.h>

#include "base/cc.h"
#include "netdns/link.h"
#include "tests/net/place.h"

#define BRIDGE "br0"

struct world {
	struct ns_worker *worker;
	struct place at;
};

/* What is to be there, and how often the namespace is told so. */
struct wish {
	const struct place *at;
	const struct cidr *addrs;
	const struct route *routes;
	const struct rule *rules;
	const struct ip *proxies;
	size_t n_addrs, n_routes, n_rules, n_proxies, n_added;
};

static struct cidr
cidr(const char *s)
{
	struct cidr c = { 0 };

	assert_true(cidr_parse(s, &c));
	return c;
}

static struct ip
ip(const char *s)
{
	struct ip a = { 0 };

	assert_true(ip_parse(s, &a));
	return a;
}

static int
apply_job(void *arg, struct err *err)
{
	static const uint8_t mac[6] = { 2, 0x53, 0, 0, 0, 1 };
	static const struct link_conf conf[] = { { DEVCONF_FORWARDING, 1 },
		{ DEVCONF_ACCEPT_RA, 0 }, { DEVCONF_PROXY_NDP, 1 },
		{ DEVCONF_NDISC_NOTIFY, 1 }, { DEVCONF_DISABLE_IPV6, 0 } };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(rtnl_closep) struct rtnl *r = NULL;
	struct wish *w = arg;
	unsigned index;
	struct view v;

	if (ns_enter(w->at->fd, err) < 0 || rtnl_open(&r, err) < 0 ||
	    rtnl_view(r, a, VIEW_ALL, &v, err) < 0 ||
	    link_bridge(r, &v, BRIDGE, mac, &index, err) < 0 ||
	    rtnl_view(r, a, VIEW_ALL, &v, err) < 0 ||
	    link_set_conf6(r, view_link(&v, BRIDGE), conf, COUNT(conf), err) < 0 ||
	    link_set_addrs(r, &v, index, w->addrs, w->n_addrs, NULL, &w->n_added, err) <
		0 ||
	    link_set_routes(r, &v, 0, w->routes, w->n_routes, err) < 0 ||
	    link_set_rules(r, &v, w->rules, w->n_rules, err) < 0)
		return -1;
	return link_set_proxies(r, &v, index, w->proxies, w->n_proxies, err);
}

static void
apply(struct world *w, struct wish *wish)
{
	struct err err = { 0 };

	wish->at = &w->at;
	wish->n_added = 0;
	if (ns_worker_run(w->worker, apply_job, wish, &err) < 0)
		fail_msg("%s", err.msg);
}

static int
set_up(void **state)
{
	static struct world w;
	struct err err = { 0 };
	struct wish none = { 0 };

	memset(&w, 0, sizeof(w));
	*state = &w;
	if (ns_worker_start(&w.worker, &err) < 0)
		fail_msg("%s", err.msg);
	place_new(&w.at, w.worker);
	apply(&w, &none);
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	place_free(&w->at);
	ns_worker_stop(w->worker);
	return 0;
}

static size_t
n_ours(const struct view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_routes; i++)
		n += v->routes[i].protocol == RTNL_PROTOCOL;
	return n;
}

static void
settings_of_a_link_are_what_was_asked_for(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct link *l;
	struct view v;

	place_view(&w->at, a, &v);
	l = view_link(&v, BRIDGE);
	assert_non_null(l);
	assert_true(l->has_ip6);
	assert_int_equal(l->gen_mode, IN6_ADDR_GEN_MODE_NONE);
	assert_int_equal(l->conf6[DEVCONF_FORWARDING], 1);
	assert_int_equal(l->conf6[DEVCONF_ACCEPT_RA], 0);
	assert_int_equal(l->conf6[DEVCONF_PROXY_NDP], 1);
	assert_int_equal(l->conf6[DEVCONF_NDISC_NOTIFY], 1);
}

static void
addresses_of_both_versions_come_and_go(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct cidr addrs[] = { cidr("10.0.1.1/24"), cidr("fe80::1/64"),
		cidr("2001:db8:0:1::1/64"), cidr("fd00:ec2::253/128"),
		cidr("169.254.169.254/32") };
	static const char *const other[] = { "ip", "addr", "add", "2001:db8::bad/128",
		"dev", BRIDGE, NULL };
	struct wish wish = { .addrs = addrs, .n_addrs = COUNT(addrs) };
	struct view v;

	apply(w, &wish);
	assert_int_equal(wish.n_added, COUNT(addrs));
	place_view(&w->at, a, &v);
	assert_int_equal(v.n_addrs, COUNT(addrs));
	assert_int_equal(place_run(&w->at, other), 0);
	apply(w, &wish);
	assert_int_equal(wish.n_added, 0);
	place_view(&w->at, a, &v);
	assert_int_equal(v.n_addrs, COUNT(addrs));
	addrs[2] = cidr("2001:db8:0:1::1/80");
	apply(w, &wish);
	assert_int_equal(wish.n_added, 1);
	wish.n_addrs = 2;
	apply(w, &wish);
	place_view(&w->at, a, &v);
	assert_int_equal(v.n_addrs, 2);
	wish.n_addrs = 0;
	apply(w, &wish);
	place_view(&w->at, a, &v);
	assert_int_equal(v.n_addrs, 0);
}

static void
routes_of_both_versions_are_replaced_in_their_place(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct cidr addrs[] = { cidr("10.0.1.1/24"), cidr("2001:db8::1/64") };
	struct route routes[] = {
		{ .table = 300,
		    .type = RTN_UNICAST,
		    .dst = cidr("10.9.0.0/16"),
		    .gateway = ip("10.0.1.9") },
		{ .table = 300, .type = RTN_BLACKHOLE, .dst.ip.version = 4 },
		{ .table = 300, .type = RTN_BLACKHOLE, .dst.ip.version = 6 },
		{ .table = 300,
		    .type = RTN_UNICAST,
		    .dst = cidr("2001:db8:9::/48"),
		    .gateway = ip("2001:db8::9") },
		{ .table = 301,
		    .type = RTN_UNICAST,
		    .dst.ip.version = 6,
		    .gateway = ip("2001:db8::9"),
		    .metric = 1 },
	};
	struct wish wish = { .addrs = addrs, .n_addrs = COUNT(addrs) };
	unsigned index;
	struct view v;

	apply(w, &wish);
	place_view(&w->at, a, &v);
	index = view_link(&v, BRIDGE)->index;
	for (size_t i = 0; i < COUNT(routes); i++)
		routes[i].oif = routes[i].type == RTN_UNICAST ? index : 0;
	wish.routes = routes;
	wish.n_routes = COUNT(routes);
	for (int i = 0; i < 2; i++) {
		apply(w, &wish);
		place_view(&w->at, a, &v);
		assert_int_equal(n_ours(&v), COUNT(routes));
	}
	routes[3].gateway = ip("2001:db8::10");
	routes[0].gateway = ip("10.0.1.10");
	routes[2].type = RTN_UNICAST;
	routes[2].gateway = ip("2001:db8::9");
	routes[2].oif = index;
	apply(w, &wish);
	place_view(&w->at, a, &v);
	assert_int_equal(n_ours(&v), COUNT(routes));
	for (size_t i = 0; i < v.n_routes; i++) {
		if (v.routes[i].protocol == RTNL_PROTOCOL && v.routes[i].dst.len == 48)
			assert_int_equal(v.routes[i].gateway.b[15], 0x10);
	}
	wish.n_routes = 1;
	apply(w, &wish);
	place_view(&w->at, a, &v);
	assert_int_equal(n_ours(&v), 1);
	wish.n_routes = wish.n_addrs = 0;
	apply(w, &wish);
}

static void
rules_are_chosen_by_masked_mark_device_and_source(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct rule rules[] = {
		{ .version = 4,
		    .pref = 50,
		    .table = 300,
		    .mark = 5,
		    .mask = 0xffff,
		    .suppress = -1 },
		{ .version = 6,
		    .pref = 50,
		    .table = 300,
		    .mark = 5,
		    .mask = 0xffff,
		    .suppress = -1 },
		{ .version = 6,
		    .pref = 51,
		    .table = 300,
		    .mark = 0,
		    .mask = 0xffff,
		    .suppress = -1 },
		{ .version = 4, .pref = 52, .table = 300, .mark = 7, .suppress = -1 },
		{ .version = 6, .pref = 60, .table = RT_TABLE_MAIN, .suppress = 0 },
		{ .version = 6, .pref = 70, .table = 301, .suppress = -1, .iif = BRIDGE },
		{ .version = 6, .pref = 71, .table = 301, .suppress = -1, .oif = "eth9" },
		{ .version = 6,
		    .pref = 72,
		    .table = 301,
		    .suppress = -1,
		    .src = cidr("2001:db8:1::/48") },
		{ .version = 4,
		    .pref = 73,
		    .table = 301,
		    .suppress = -1,
		    .src = cidr("10.0.1.0/24") },
	};
	struct wish wish = { .rules = rules, .n_rules = COUNT(rules) };
	size_t n_own;
	struct view v;

	place_view(&w->at, a, &v);
	n_own = v.n_rules;
	for (int i = 0; i < 2; i++) {
		apply(w, &wish);
		place_view(&w->at, a, &v);
		assert_int_equal(v.n_rules, n_own + COUNT(rules));
	}
	rules[0].mask = 0xff;
	rules[7].src = cidr("2001:db8::/40");
	apply(w, &wish);
	place_view(&w->at, a, &v);
	assert_int_equal(v.n_rules, n_own + COUNT(rules));
	wish.n_rules = 0;
	apply(w, &wish);
	place_view(&w->at, a, &v);
	assert_int_equal(v.n_rules, n_own);
}

static void
a_link_answers_for_exactly_the_addresses_it_is_told(void **state)
{
	struct world *w = *state;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct ip ips[] = { ip("2001:db8::15"), ip("2001:db8::16"), ip("2001:db8::17") };
	struct wish wish = { .proxies = ips, .n_proxies = 3 };
	struct view v;

	for (int i = 0; i < 2; i++) {
		apply(w, &wish);
		place_view(&w->at, a, &v);
		assert_int_equal(v.n_proxies, 3);
	}
	ips[0] = ip("2001:db8::18");
	wish.n_proxies = 1;
	apply(w, &wish);
	place_view(&w->at, a, &v);
	assert_int_equal(v.n_proxies, 1);
	assert_int_equal(ip_compare(&v.proxies[0].ip, &ips[0]), 0);
	wish.n_proxies = 0;
	apply(w, &wish);
	place_view(&w->at, a, &v);
	assert_int_equal(v.n_proxies, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_of_a_link_are_what_was_asked_for),
		cmocka_unit_test(addresses_of_both_versions_come_and_go),
		cmocka_unit_test(routes_of_both_versions_are_replaced_in_their_place),
		cmocka_unit_test(rules_are_chosen_by_masked_mark_device_and_source),
		cmocka_unit_test(a_link_answers_for_exactly_the_addresses_it_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
