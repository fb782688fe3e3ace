/* The text of groups: what is a line, what is a set, and what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/cc.h"
#include "netdns/gate.h"

#define GROUP(rules)                                                                         \
	"{\"vpcs\": [{\"id\": \"v\"}], \"lists\": [{\"id\": \"pl-1\", \"cidrs\": "           \
	"[\"192.0.2.0/25\", \"192.0.2.128/25\"]}], \"groups\": [{\"id\": \"sg-1\", "         \
	"\"vpc\": \"v\", \"ingress\": [" rules                                               \
	"]}, {\"id\": \"sg-2\", \"vpc\": \"v\"}],"                                           \
	"\"enis\": [{\"id\": \"eni-1\", \"kind\": \"none\", \"vpc\": \"v\", \"addresses\": " \
	"[\"10.0.0.5/24\", \"2001:db8::5/64\"], \"groups\": [\"sg-2\"]}]}"
#define RULE(what)    "{\"id\": \"r\", " what "}"
#define TCP80(target) RULE("\"protocol\": 6, \"from\": 80, \"to\": 80, " target)

static const struct {
	const char *network, *lines; /* of chain in_eth0 */
} rows[] = {
	{ GROUP(""), "" },
	{ GROUP(RULE("\"protocol\": -1, \"cidr\": \"0.0.0.0/0\"")),
	    "  meta nfproto ipv4 accept\n" },
	{ GROUP(RULE("\"protocol\": -1, \"cidr\": \"::/0\"")),
	    "  meta nfproto ipv6 accept\n" },
	{ GROUP(TCP80("\"cidr\": \"10.0.0.0/8\"")),
	    "  tcp dport 80 ip saddr { 10.0.0.0/8 } accept\n" },
	{ GROUP(RULE("\"protocol\": 17, \"from\": 1, \"to\": 9, \"cidr\": \"::1/128\"")),
	    "  udp dport 1-9 ip6 saddr { ::1/128 } accept\n" },
	{ GROUP(RULE(
	      "\"protocol\": 6, \"from\": 0, \"to\": 65535, \"cidr\": \"10.0.0.0/8\"")),
	    "  meta l4proto tcp ip saddr { 10.0.0.0/8 } accept\n" },
	{ GROUP(RULE("\"protocol\": 47, \"cidr\": \"10.0.0.0/8\"")),
	    "  meta l4proto 47 ip saddr { 10.0.0.0/8 } accept\n" },
	{ GROUP(
	      RULE("\"protocol\": 1, \"from\": 8, \"to\": 0, \"cidr\": \"10.0.0.0/8\"")),
	    "  icmp type 8 icmp code 0 ip saddr { 10.0.0.0/8 } accept\n" },
	{ GROUP(RULE(
	      "\"protocol\": 58, \"from\": 128, \"to\": -1, \"cidr\": \"fe80::/10\"")),
	    "  icmpv6 type 128 ip6 saddr { fe80::/10 } accept\n" },
	/* There are no such packets. */
	{ GROUP(RULE("\"protocol\": 58, \"cidr\": \"10.0.0.0/8\"")), "" },
	{ GROUP(TCP80("\"list\": \"pl-1\"")),
	    "  tcp dport 80 ip saddr { 192.0.2.0/25, 192.0.2.128/25 } accept\n" },
	{ GROUP(TCP80("\"group\": \"sg-2\"")),
	    "  tcp dport 80 ip saddr @m4_sg_2 accept\n"
	    "  tcp dport 80 ip6 saddr @m6_sg_2 accept\n" },
	{ GROUP(RULE("\"protocol\": 1, \"group\": \"sg-2\"")),
	    "  meta l4proto 1 ip saddr @m4_sg_2 accept\n" },
	/* Overlaps, which a set does not take: only the widest is shown. */
	{ GROUP(TCP80("\"cidr\": \"10.1.0.0/16\"") ", " TCP80("\"cidr\": \"10.0.0.0/8\"") ", " TCP80(
	      "\"cidr\": \"10.255.255.255/32\"") ", " TCP80("\"cidr\": \"10.0.0.0/8\"") ", " TCP80("\"cidr\": \"11.0.0.0/8\"")),
	    "  tcp dport 80 ip saddr { 10.0.0.0/8, 11.0.0.0/8 } accept\n" },
	/* Everything, and with it all else of that version. */
	{ GROUP(TCP80("\"cidr\": \"10.1.0.0/16\"") ", " TCP80(
	      "\"cidr\": \"0.0.0.0/0\"") ", " TCP80("\"cidr\": \"fd00::/8\"")),
	    "  tcp dport 80 meta nfproto ipv4 accept\n"
	    "  tcp dport 80 ip6 saddr { fd00::/8 } accept\n" },
};

static struct fabric *
fabric_of(const char *text)
{
	struct fabric *f = NULL;
	struct err err = { 0 };
	json_t *doc;

	if (json_read(text, strlen(text), &doc, &err) < 0 ||
	    fabric_read(doc, &f, &err) < 0)
		fail_msg("%s", err.msg);
	json_decref(doc);
	return f;
}

static void
each_kind_of_rule_has_its_line(void **state UNUSED)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct fabric *f = fabric_of(rows[i].network);
		const struct fabric_group *g = fabric_group(f, "sg-1");
		struct buf *out = buf_new(a, 0);

		gate_add_chain(out, a, "in_eth0", DIR_IN, &g, 1);
		assert_string_equal(buf_text(out),
		    arena_printf(a, " chain in_eth0 {\n%s }\n", rows[i].lines));
		fabric_free(f);
	}
}

static void
groups_that_rules_name_are_sets_of_their_members(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct fabric *f = fabric_of(GROUP(TCP80("\"group\": \"sg-2\"") ", " RULE(
	    "\"protocol\": -1, \"group\": \"sg-2\"")));
	const struct fabric_group *g = fabric_group(f, "sg-1");
	struct gate_sets sets = { .a = a };
	struct buf *out = buf_new(a, 0);

	gate_refer(&sets, &g, 1);
	gate_refer(&sets, &g, 1);
	assert_int_equal(sets.n, 1);
	gate_add_sets(&sets, out);
	assert_string_equal(buf_text(out),
	    " set m4_sg_2 {\n  type ipv4_addr\n  elements = { 10.0.0.5 }\n }\n"
	    " set m6_sg_2 {\n  type ipv6_addr\n  elements = { 2001:db8::5 }\n }\n");
	fabric_free(f);
}

static void
what_is_sent_is_matched_by_where_it_goes(void **state UNUSED)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct fabric *f = fabric_of(
	    "{\"vpcs\": [{\"id\": \"v\"}], \"groups\": [{\"id\": \"sg-1\", "
	    "\"vpc\": \"v\", \"egress\": [" TCP80("\"cidr\": \"10.0.0.0/8\"") "]}]}");
	const struct fabric_group *g = fabric_group(f, "sg-1");
	struct buf *out = buf_new(a, 0);

	gate_add_chain(out, a, "out_eth0", DIR_OUT, &g, 1);
	gate_add_chain(out, a, "in_eth0", DIR_IN, &g, 1);
	assert_string_equal(buf_text(out),
	    " chain out_eth0 {\n  tcp dport 80 ip daddr { 10.0.0.0/8 } accept\n }\n"
	    " chain in_eth0 {\n }\n");
	fabric_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_rule_has_its_line),
		cmocka_unit_test(groups_that_rules_name_are_sets_of_their_members),
		cmocka_unit_test(what_is_sent_is_matched_by_where_it_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
