/*
 * The address plan: strict parsers, set relations against brute force, who has
 * which address, names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/cc.h"
#include "netdns/plan.h"

static uint32_t
ip(const char *s)
{
	uint32_t addr = 0;

	assert_true(ip4_parse(s, &addr));
	return addr;
}

static struct net4
net(const char *s)
{
	struct net4 n = { 0 };

	assert_true(net4_parse(s, &n));
	return n;
}

static void
addresses_have_one_form(void **state UNUSED)
{
	static const char *const good[] = { "0.0.0.0", "255.255.255.255", "10.0.1.15",
		"1.20.100.249" };
	static const char *const bad[] = { "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.4 ",
		" 1.2.3.4", "01.2.3.4", "1.2.3.00", "256.1.1.1", "1.2.3.-4", "+1.2.3.4",
		"1..2.3", "1.2.3.", ".1.2.3.4", "0x1.2.3.4", "1.2.3.4/8",
		"1.2.3.99999999999999999999", "1,2,3,4", "1.2.3.4\n", "a.b.c.d" };
	char text[IP4_TEXT];
	uint32_t addr = 7;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(ip4_parse(good[i], &addr));
		ip4_format(addr, text);
		assert_string_equal(text, good[i]);
	}
	addr = 7;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (ip4_parse(bad[i], &addr))
			fail_msg("\"%s\" is taken", bad[i]);
	}
	assert_int_equal(addr, 7);
}

static void
networks_have_one_form(void **state UNUSED)
{
	static const char *const good[] = { "0.0.0.0/0", "10.0.0.0/16", "10.0.1.15/24",
		"255.255.255.255/32" };
	static const char *const bad[] = { "", "/", "10.0.0.0", "10.0.0.0/",
		"10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
		"10.0.0.0 /8", "10.0.0.0/8/8", "10.0.0/8", "10.0.0.0/0x8",
		"10.0.0.0/4294967304" };
	char text[NET4_TEXT];
	struct net4 n = { 7, 7 };

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(net4_parse(good[i], &n));
		net4_format(&n, text);
		assert_string_equal(text, good[i]);
	}
	n = (struct net4){ 7, 7 };
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (net4_parse(bad[i], &n))
			fail_msg("\"%s\" is taken", bad[i]);
	}
	assert_true(n.addr == 7 && n.len == 7);
	n = net("10.0.1.15/24");
	assert_false(net4_is_canonical(&n));
	assert_int_equal(net4_base(&n), ip("10.0.1.0"));
	assert_int_equal(net4_last(&n), ip("10.0.1.255"));
	n = net("10.0.0.0/16");
	assert_true(net4_is_canonical(&n));
}

/* A generator of our own, so that a failure is the same one again. */
static uint32_t
next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* All addresses of two networks within one /22, one by one. */
static void
relations_agree_with_brute_force(void **state UNUSED)
{
	const uint32_t base = ip("10.20.4.0");
	uint32_t seed = 20260102;
	int n_contained = 0, n_overlapping = 0;

	for (int round = 0; round < 4000; round++) {
		struct net4 a = { base + next_random(&seed) % 1024,
			22 + next_random(&seed) % 11 };
		struct net4 b = { base + next_random(&seed) % 1024,
			22 + next_random(&seed) % 11 };
		int all_of_b = 1, some = 0;

		for (uint32_t x = base; x < base + 1024; x++) {
			int in_a = (x ^ a.addr) >> (32 - a.len) == 0 || a.len == 0;
			int in_b = (x ^ b.addr) >> (32 - b.len) == 0 || b.len == 0;

			assert_int_equal(net4_has(&a, x), in_a);
			some |= in_a && in_b;
			all_of_b &= !in_b || in_a;
		}
		assert_int_equal(net4_contains(&a, &b), all_of_b);
		assert_int_equal(net4_overlaps(&a, &b), some);
		assert_int_equal(net4_overlaps(&b, &a), some);
		n_contained += all_of_b;
		n_overlapping += some;
	}
	assert_true(
	    n_contained > 100 && n_overlapping > n_contained && n_overlapping < 4000);
}

static void
the_whole_and_a_single_address_are_networks_too(void **state UNUSED)
{
	struct net4 all = net("0.0.0.0/0"), one = net("10.0.0.1/32"),
		    other = net("10.0.0.2/32");
	uint32_t addr = 9;

	assert_true(net4_contains(&all, &one) && !net4_contains(&one, &all));
	assert_true(net4_overlaps(&all, &one) && !net4_overlaps(&one, &other));
	assert_true(net4_at(&all, UINT32_MAX, &addr) && addr == UINT32_MAX);
	assert_true(net4_at(&one, 0, &addr) && addr == ip("10.0.0.1"));
	assert_false(net4_at(&one, 1, &addr));
	assert_int_equal(addr, ip("10.0.0.1"));
}

static void
ipv6_networks_are_read_and_compared(void **state UNUSED)
{
	static const struct {
		const char *outer, *inner;
		int contains;
	} cases[] = {
		{ "2600:1f00::/24", "2600:1f00:1234::/56", 1 },
		{ "2600:1f00:1234:5600::/56", "2600:1f00:1234:56ff::/64", 1 },
		{ "2600:1f00:1234:5600::/56", "2600:1f00:1234:5700::/64", 0 },
		{ "::/0", "fe80::1/128", 1 },
		{ "fe80::/10", "::/0", 0 },
		{ "2001:db8::/33", "2001:db8:8000::/33", 0 },
		{ "2001:db8::1/128", "2001:db8::1/128", 1 },
	};
	static const char *const bad[] = { "", "::", "::/", "::/129", "::/-1", "::/08",
		"1::2::3/8", "12345::/16", "::/8 ", "g::/8", "1.2.3.4/8",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8" };
	struct net6 a, b;
	char text[NET6_TEXT];

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(
		    net6_parse(cases[i].outer, &a) && net6_parse(cases[i].inner, &b));
		assert_int_equal(net6_contains(&a, &b), cases[i].contains);
		assert_int_equal(net6_overlaps(&a, &b),
		    cases[i].contains || net6_contains(&b, &a));
		net6_format(&a, text);
		assert_string_equal(text, cases[i].outer);
		assert_true(net6_is_canonical(&a));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (net6_parse(bad[i], &a))
			fail_msg("\"%s\" is taken", bad[i]);
	}
	assert_true(net6_parse("2001:db8::1/64", &a));
	assert_false(net6_is_canonical(&a));
}

/* Used: a bit an address above the base. */
struct used {
	uint32_t base;
	uint8_t map[65536 / 8];
};

static int
is_used(void *arg, uint32_t addr)
{
	const struct used *u = arg;
	uint32_t i = addr - u->base;

	assert_true(i < 65536);
	return u->map[i / 8] >> i % 8 & 1;
}

static void
a_subnet_gives_each_address_once_and_no_reserved_one(void **state UNUSED)
{
	static const unsigned lens[] = { 16, 24, 28, 29, 30, 31, 32 };

	for (size_t i = 0; i < COUNT(lens); i++) {
		struct net4 n = { ip("10.3.0.0"), lens[i] };
		static struct used used;
		uint32_t addr, count = 0;

		memset(&used, 0, sizeof(used));
		used.base = n.addr;
		addr = 0;
		while (subnet_next_free(&n, addr, is_used, &used, &addr)) {
			assert_true(net4_has(&n, addr) && !subnet_is_reserved(&n, addr));
			used.map[(addr - n.addr) / 8] |=
			    (uint8_t)(1 << (addr - n.addr) % 8);
			count++;
		}
		assert_int_equal(count, subnet_capacity(&n));
		assert_int_equal(count, lens[i] > 29 ? 0 : (1U << (32 - lens[i])) - 5);
	}
}

static void
the_next_free_address_is_looked_for_from_the_last_one_on(void **state UNUSED)
{
	static struct used used;
	struct net4 n = net("10.0.1.0/28");
	uint32_t addr = 0;

	used.base = n.addr;
	used.map[1] = 0x7e; /* .9 - .14 */
	assert_true(subnet_next_free(&n, 0, is_used, &used, &addr));
	assert_int_equal(addr, ip("10.0.1.4"));
	assert_true(subnet_next_free(&n, ip("10.0.1.8"), is_used, &used, &addr));
	assert_int_equal(addr, ip("10.0.1.8"));
	assert_true(subnet_next_free(&n, ip("10.0.1.9"), is_used, &used, &addr));
	assert_int_equal(addr, ip("10.0.1.4"));
	assert_true(subnet_next_free(&n, ip("99.0.0.1"), is_used, &used, &addr));
	assert_int_equal(addr, ip("10.0.1.4"));
	assert_true(subnet_is_reserved(&n, ip("10.0.1.0")));
	assert_true(subnet_is_reserved(&n, ip("10.0.1.3")));
	assert_true(subnet_is_reserved(&n, ip("10.0.1.15")));
	assert_false(subnet_is_reserved(&n, ip("10.0.1.14")));
	n = net("10.0.0.0/16");
	assert_int_equal(vpc_resolver(&n), ip("10.0.0.2"));
	assert_int_equal(vpc_control(&n), ip("10.0.0.3"));
}

static int
is_public_used(void *arg, uint32_t addr)
{
	return addr < *(uint32_t *)arg;
}

static void
the_pools_are_as_the_header_draws_them(void **state UNUSED)
{
	struct net4 pool = net(PLAN_INTERNET), odd = net("198.18.0.1/16");
	struct plan_internet in;
	struct plan_underlay un;
	uint32_t addr, below = ip("198.18.16.7");

	assert_true(plan_internet(&pool, &in));
	assert_int_equal(in.gateway, ip("198.18.0.1"));
	assert_true(in.docker.addr == ip("198.18.0.0") && in.docker.len == 20);
	assert_int_equal(in.first_public, ip("198.18.16.0"));
	assert_int_equal(in.last_public, ip("198.18.255.254"));
	assert_true(plan_next_public(&in, 0, is_public_used, &below, &addr));
	assert_int_equal(addr, ip("198.18.16.7"));
	below = UINT32_MAX;
	assert_false(plan_next_public(&in, 0, is_public_used, &below, &addr));
	assert_false(plan_internet(&odd, &in));
	pool = net(PLAN_UNDERLAY);
	assert_int_equal(plan_n_underlays(&pool), 4096);
	assert_true(plan_underlay(&pool, 17, &un));
	assert_true(un.net.addr == ip("198.19.1.16") && un.net.len == 28);
	assert_int_equal(un.gateway, ip("198.19.1.17"));
	assert_int_equal(un.router, ip("198.19.1.18"));
	assert_int_equal(un.control, ip("198.19.1.19"));
	assert_int_equal(un.first_guest, ip("198.19.1.20"));
	assert_int_equal(un.last_guest, ip("198.19.1.30"));
	assert_true(plan_underlay(&pool, 4095, &un));
	assert_int_equal(un.net.addr, ip("198.19.255.240"));
	assert_false(plan_underlay(&pool, 4096, &un));
	pool = net("198.19.0.0/28");
	assert_int_equal(plan_n_underlays(&pool), 1);
	pool = net("198.19.0.0/29");
	assert_int_equal(plan_n_underlays(&pool), 0);
}

static void
names_follow_from_addresses(void **state UNUSED)
{
	static const struct {
		void (*make)(const char *region, uint32_t addr, char *out);
		const char *region, *addr, *name;
	} cases[] = {
		{ plan_private_name, "us-east-1", "10.0.1.15",
		    "ip-10-0-1-15.ec2.internal" },
		{ plan_private_name, "eu-west-1", "10.0.1.15",
		    "ip-10-0-1-15.eu-west-1.compute.internal" },
		{ plan_public_name, "us-east-1", "198.18.16.5",
		    "ec2-198-18-16-5.compute-1.amazonaws.com" },
		{ plan_public_name, "eu-west-1", "198.18.16.5",
		    "ec2-198-18-16-5.eu-west-1.compute.amazonaws.com" },
	};
	static const struct {
		const char *net, *zone;
	} zones[] = {
		{ "10.0.0.0/8", "10.in-addr.arpa" },
		{ "10.7.0.0/16", "7.10.in-addr.arpa" },
		{ "10.7.16.0/20", "7.10.in-addr.arpa" },
		{ "10.7.3.0/24", "3.7.10.in-addr.arpa" },
	};
	char out[NAME_TEXT];
	uint8_t six[16];

	for (size_t i = 0; i < COUNT(cases); i++) {
		cases[i].make(cases[i].region, ip(cases[i].addr), out);
		assert_string_equal(out, cases[i].name);
	}
	for (size_t i = 0; i < COUNT(zones); i++) {
		struct net4 n = net(zones[i].net);

		plan_reverse_zone(&n, out);
		assert_string_equal(out, zones[i].zone);
	}
	plan_reverse_name(ip("10.0.1.15"), out);
	assert_string_equal(out, "15.1.0.10.in-addr.arpa");
	assert_true(ip6_parse("2001:db8::567:89ab", six));
	plan_reverse_name6(six, out);
	assert_string_equal(out,
	    "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
	plan_private_zone("us-east-1", out);
	assert_string_equal(out, "ec2.internal");
	plan_private_zone("ap-south-1", out);
	assert_string_equal(out, "ap-south-1.compute.internal");
}

static void
an_eni_has_one_mac_for_life(void **state UNUSED)
{
	static const char *const bad[] = { "", "0a:58:0a:00:01",
		"0a:58:0a:00:01:0f:", "0a-58-0a-00-01-0f", "0a:58:0a:00:01:0g",
		"0a:58:0a:00:01: f", "a:58:0a:00:01:0f1" };
	char a[MAC_TEXT], b[MAC_TEXT];
	uint8_t mac[6];

	for (int i = 0; i < 500; i++) {
		char id[32];

		snprintf(id, sizeof(id), "eni-%08x", (unsigned)i);
		plan_mac(id, a);
		plan_mac(id, b);
		assert_string_equal(a, b);
		assert_true(mac_parse(a, mac));
		assert_int_equal(mac[0] & 0xf3, 0x02);
	}
	plan_mac("eni-1", a);
	plan_mac("eni-2", b);
	assert_string_not_equal(a, b);
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (mac_parse(bad[i], mac))
			fail_msg("\"%s\" is taken", bad[i]);
	}
}

static void
blocks_of_ipv6_are_in_the_pool_and_never_the_first(void **state UNUSED)
{
	static const struct {
		const char *pool;
		uint64_t seed;
		const char *block; /* NULL: the pool is none */
	} cases[] = {
		{ "2001:db8::/32", 0, "2001:db8:0:100::/56" },
		{ "2001:db8::/32", 0xfffffe, "2001:db8:ffff:ff00::/56" },
		{ "2001:db8::/32", 0xffffff, "2001:db8:0:100::/56" },
		{ "2001:db8:5f00::/40", 0x1233, "2001:db8:5f12:3400::/56" },
		{ "2001:db8:0:5000::/52", 14, "2001:db8:0:5f00::/56" },
		{ "2001:db8:0:5000::/52", 15, "2001:db8:0:5100::/56" },
		{ "2001::/16", UINT64_C(0xfffffffffe), "2001:ffff:ffff:ff00::/56" },
		{ "2000::/15", 0, NULL },
		{ "2001:db8::/53", 0, NULL },
		{ "2001:db8::1/32", 0, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct plan_internet6 p;
		char text[NET6_TEXT];
		struct net6 pool, b;

		assert_true(net6_parse(cases[i].pool, &pool));
		assert_int_equal(plan_internet6(&pool, &p), cases[i].block != NULL);
		if (cases[i].block == NULL)
			continue;
		plan_block6(&pool, cases[i].seed, &b);
		net6_format(&b, text);
		assert_string_equal(text, cases[i].block);
		assert_false(net6_overlaps(&b, &p.docker));
		assert_true(net6_contains(&pool, &b));
		assert_int_equal(p.gateway[15], 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_one_form),
		cmocka_unit_test(networks_have_one_form),
		cmocka_unit_test(relations_agree_with_brute_force),
		cmocka_unit_test(the_whole_and_a_single_address_are_networks_too),
		cmocka_unit_test(ipv6_networks_are_read_and_compared),
		cmocka_unit_test(a_subnet_gives_each_address_once_and_no_reserved_one),
		cmocka_unit_test(
		    the_next_free_address_is_looked_for_from_the_last_one_on),
		cmocka_unit_test(the_pools_are_as_the_header_draws_them),
		cmocka_unit_test(blocks_of_ipv6_are_in_the_pool_and_never_the_first),
		cmocka_unit_test(names_follow_from_addresses),
		cmocka_unit_test(an_eni_has_one_mac_for_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
