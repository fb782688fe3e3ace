/* The network, read and bound: what refers to what, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/cc.h"
#include "netdns/fabric.h"

static const char small[] =
    "{\"vpcs\": [{\"id\": \"vpc-1\", \"container\": \"simfra-vpc-1\", \"cidrs\": [\"10.0.0.0/16\"],"
    " \"subnets\": [{\"id\": \"subnet-1\", \"zone\": \"us-east-1a\", \"cidr\": \"10.0.1.0/24\","
    "   \"gateway\": \"10.0.1.1\", \"acl\": \"acl-1\", \"table\": \"rtb-1\","
    "   \"cidr6\": \"2001:db8:0:101::/64\"},"
    "  {\"id\": \"subnet-2\", \"cidr\": \"10.0.2.0/24\", \"gateway\": \"10.0.2.1\"}],"
    " \"resolver\": \"10.0.0.2\", \"underlay\": \"198.19.0.0/28\","
    " \"control\": {\"address\": \"10.0.0.3\", \"to\": \"198.19.255.241\", \"port\": 4599,"
    "   \"ports\": [4599, 80, 80], \"tls_port\": 4600, \"tls_ports\": [443]},"
    " \"internet\": {\"cidr\": \"198.18.0.0/16\", \"id\": \"igw-1\"},"
    " \"guests\": [{\"container\": \"abc\", \"address\": \"198.19.0.4\", \"groups\": [\"sg-1\"]}]},"
    " {\"id\": \"vpc-2\", \"cidrs\": [\"10.1.0.0/16\"], \"subnets\": [{\"id\": \"subnet-3\","
    "   \"cidr\": \"10.1.1.0/24\", \"gateway\": \"10.1.1.1\"}]}],"
    "\"enis\": [{\"id\": \"eni-1\", \"kind\": \"container\", \"owner\": \"i-1\", \"vpc\": \"vpc-1\","
    "   \"subnet\": \"subnet-1\", \"container\": \"simfra-i-1\", \"device\": \"eth0\","
    "   \"mac\": \"0a:58:0a:00:01:0f\", \"addresses\": [\"10.0.1.15/24\", \"10.0.1.9/24\"],"
    "   \"gateway\": \"10.0.1.1\", \"public\": {\"10.0.1.15\": \"198.18.16.5\"},"
    "   \"groups\": [\"sg-1\", \"sg-gone\"]},"
    "  {\"id\": \"eni-2\", \"kind\": \"none\", \"vpc\": \"vpc-1\", \"addresses\": [\"10.0.1.3/24\"],"
    "   \"groups\": [\"sg-1\"], \"source_dest_check\": false},"
    "  {\"id\": \"eni-3\", \"vpc\": \"vpc-9\", \"container\": \"x\", \"device\": \"eth0\","
    "   \"mac\": \"0a:58:0a:00:01:0f\", \"addresses\": [\"10.0.1.15/24\"], \"groups\": [\"sg-1\"]}],"
    "\"groups\": [{\"id\": \"sg-1\", \"vpc\": \"vpc-1\", \"ingress\": ["
    "   {\"id\": \"sgr-1\", \"protocol\": 6, \"from\": 80, \"to\": 80, \"cidr\": \"0.0.0.0/0\"},"
    "   {\"id\": \"sgr-2\", \"protocol\": -1, \"group\": \"sg-1\"},"
    "   {\"id\": \"sgr-3\", \"protocol\": -1, \"group\": \"sg-gone\"},"
    "   {\"id\": \"sgr-4\", \"protocol\": 1, \"from\": 8, \"list\": \"pl-1\"}]}],"
    "\"lists\": [{\"id\": \"pl-1\", \"cidrs\": [\"10.9.1.1/16\"]}],"
    "\"acls\": [{\"id\": \"acl-1\", \"ingress\": ["
    "   {\"number\": 200, \"allow\": false, \"protocol\": -1, \"cidr\": \"0.0.0.0/0\"},"
    "   {\"number\": 100, \"allow\": true, \"protocol\": 17, \"cidr\": \"10.0.0.0/8\"}]}],"
    "\"tables\": [{\"id\": \"rtb-1\", \"routes\": ["
    "   {\"to\": \"0.0.0.0/0\", \"kind\": \"internet\", \"id\": \"igw-1\"},"
    "   {\"to\": \"10.0.0.0/16\", \"kind\": \"local\"},"
    "   {\"to\": \"10.8.0.0/16\", \"kind\": \"interface\", \"id\": \"nat-1\", \"eni\": \"eni-2\"},"
    "   {\"to\": \"10.7.0.0/16\", \"kind\": \"interface\", \"id\": \"nat-2\", \"eni\": \"eni-9\"},"
    "   {\"to\": \"10.1.0.0/16\", \"kind\": \"peering\", \"id\": \"pcx-1\"},"
    "   {\"to\": \"10.2.0.0/16\", \"kind\": \"transit\", \"id\": \"tgw-1\"}]}],"
    "\"peerings\": [{\"id\": \"pcx-1\", \"vpcs\": [\"vpc-1\", \"vpc-2\"]}],"
    "\"transits\": [{\"id\": \"tgw-1\", \"attachments\": ["
    "   {\"id\": \"at-1\", \"vpc\": \"vpc-1\", \"subnets\": [\"subnet-1\"], \"table\": \"tt-1\"},"
    "   {\"id\": \"at-2\", \"vpc\": \"vpc-2\", \"subnets\": [\"subnet-3\"]}],"
    "  \"tables\": [{\"id\": \"tt-1\", \"routes\": ["
    "   {\"to\": \"10.0.0.0/8\"}, {\"to\": \"10.1.0.0/16\", \"attachment\": \"at-2\", \"propagated\": true},"
    "   {\"to\": \"10.1.0.0/16\", \"attachment\": \"at-1\"}]}]}]}";

static json_t *
document(const char *text)
{
	struct err err;
	json_t *v = NULL;

	if (json_read(text, strlen(text), &v, &err) < 0)
		fail_msg("%s", err.msg);
	return v;
}

static struct ip
ip(const char *s)
{
	struct ip v = { 0 };

	assert_true(ip_parse(s, &v));
	return v;
}

static struct fabric *
read_small(void)
{
	struct fabric *f = NULL;
	struct err err;
	json_t *doc = document(small);

	if (fabric_read(doc, &f, &err) < 0)
		fail_msg("%s", err.msg);
	json_decref(doc);
	return f;
}

static void
test_ids_are_bound(void **state UNUSED)
{
	struct fabric *f = read_small();
	const struct fabric_vpc *v = fabric_vpc(f, "vpc-1");
	const struct fabric_subnet *s = fabric_subnet(f, "subnet-1");
	const struct fabric_eni *e = fabric_eni(f, "eni-1");
	struct ip at = ip("10.0.1.15"), public = ip("198.18.16.5");

	assert_true(f->is_isolated);
	assert_ptr_equal(s->vpc, v);
	assert_ptr_equal(fabric_subnet(f, "subnet-3")->vpc, fabric_vpc(f, "vpc-2"));
	assert_string_equal(s->acl->id, "acl-1");
	assert_string_equal(s->table->id, "rtb-1");
	assert_null(fabric_subnet(f, "subnet-2")->acl);
	assert_int_equal(v->n_control_ports, 2);
	assert_int_equal(v->control_tls_ports[0], 443);
	assert_string_equal(v->gateway, "igw-1");
	assert_ptr_equal(fabric_eni_at(f, v, &at), e);
	assert_ptr_equal(fabric_eni_public(f, &public), e);
	assert_null(fabric_eni_at(f, fabric_vpc(f, "vpc-2"), &at));
	assert_ptr_equal(e->subnet, s);
	assert_int_equal(e->n_groups, 1);
	assert_true(e->is_checked);
	assert_false(fabric_eni(f, "eni-2")->is_checked);
	assert_ptr_equal(fabric_eni(f, "eni-2")->subnet, s);
	/* A VPC without a router: nobody sees its interface. */
	assert_null(fabric_eni(f, "eni-3"));
	fabric_free(f);
}

static void
test_groups(void **state UNUSED)
{
	struct fabric *f = read_small();
	const struct fabric_group *g = fabric_group(f, "sg-1");

	/* Of two interfaces and a guest, sorted. */
	assert_int_equal(g->n_members, 4);
	assert_int_equal(ip_to4(&g->members[0]), 0x0a000103);
	assert_int_equal(ip_to4(&g->members[3]), 0xc6130004);
	assert_true(g->is_referred);
	assert_int_equal(g->n_rules[DIR_IN], 3);
	assert_int_equal(g->n_rules[DIR_OUT], 0);
	assert_ptr_equal(g->rules[DIR_IN][1].group, g);
	assert_string_equal(g->rules[DIR_IN][2].id, "sgr-4");
	assert_int_equal(g->rules[DIR_IN][2].ports.from, 8);
	assert_int_equal(g->rules[DIR_IN][2].ports.to, -1);
	assert_int_equal(ip_to4(&g->rules[DIR_IN][2].list->cidrs[0].ip), 0x0a090000);
	fabric_free(f);
}

static void
test_order(void **state UNUSED)
{
	struct fabric *f = read_small();
	const struct fabric_table *t = &f->tables[0];
	const struct fabric_transit_table *tt = &f->transits[0].tables[0];

	assert_int_equal(f->acls[0].entries[DIR_IN][0].number, 100);
	assert_int_equal(f->acls[0].entries[DIR_IN][0].ports.to, 65535);
	assert_int_equal(t->routes[t->n_routes - 1].kind, ROUTE_INTERNET);
	for (size_t i = 0; i < t->n_routes; i++) {
		if (strcmp(t->routes[i].id, "nat-2") == 0)
			assert_int_equal(t->routes[i].kind, ROUTE_NOWHERE);
		if (strcmp(t->routes[i].id, "nat-1") == 0)
			assert_ptr_equal(t->routes[i].eni, fabric_eni(f, "eni-2"));
		if (t->routes[i].kind == ROUTE_PEERING)
			assert_ptr_equal(t->routes[i].peering, &f->peerings[0]);
	}
	assert_ptr_equal(f->peerings[0].vpc[1], fabric_vpc(f, "vpc-2"));
	assert_int_equal(tt->n_routes, 3);
	assert_string_equal(tt->routes[0].attachment->id, "at-1");
	assert_string_equal(tt->routes[1].attachment->id, "at-2");
	assert_null(tt->routes[2].attachment);
	assert_ptr_equal(f->transits[0].attachments[0].table, tt);
	assert_null(f->transits[0].attachments[1].table);
	assert_ptr_equal(f->transits[0].attachments[1].subnets[0],
	    fabric_subnet(f, "subnet-3"));
	fabric_free(f);
}

static void
test_what_is_wrong_is_refused_and_said(void **state UNUSED)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "{\"vpcs\": 1}", "vpcs: must be a list" },
		{ "{\"vpcs\": [{}]}", "vpcs[0]: id" },
		{ "{\"vpcs\": [{\"id\": \"a\"}, {\"id\": \"a\"}]}", "is there twice" },
		{ "{\"vpcs\": [{\"id\": \"a\", \"container\": \"a/b\"}]}", "container" },
		{ "{\"vpcs\": [{\"id\": \"a\", \"subnets\": [{\"id\": \"s\", \"cidr\":"
		  "\"10.0.0.0/24\", \"gateway\": \"10.0.1.1\"}]}]}",
		    "is not in the subnet" },
		{ "{\"vpcs\": [{\"id\": \"a\", \"subnets\": [{\"id\": \"s\", \"cidr\":"
		  "\"10.0.0.1/24\", \"gateway\": \"10.0.0.1\"}]}]}",
		    "cidr: must be a network" },
		{ "{\"vpcs\": [{\"id\": \"a\", \"control\": {\"address\": \"10.0.0.3\", \"to\":"
		  "\"10.0.0.1\", \"port\": 0}}]}",
		    "control: port" },
		{ "{\"vpcs\": [{\"id\": \"a\"}], \"enis\": [{\"id\": \"e\", \"vpc\": \"a\"}]}",
		    "enis[0]: device" },
		{ "{\"vpcs\": [{\"id\": \"a\"}], \"enis\": [{\"id\": \"e\", \"vpc\": \"a\", \"kind\":"
		  "\"none\", \"addresses\": [\"10.0.0.1\"]}]}",
		    "must be like" },
		{ "{\"vpcs\": [{\"id\": \"a\"}], \"enis\": [{\"id\": \"e\", \"vpc\": \"a\", \"kind\":"
		  "\"none\", \"addresses\": [\"10.0.0.1/24\", \"10.0.0.1/24\"]}]}",
		    "is there twice" },
		{ "{\"groups\": [{\"id\": \"g\", \"ingress\": [{\"protocol\": 300}]}]}",
		    "groups[0]: ingress[0]: protocol" },
		{ "{\"acls\": [{\"id\": \"g\", \"egress\": [{\"number\": 1}]}]}",
		    "acls[0]: egress[0]: cidr" },
		{ "{\"tables\": [{\"id\": \"t\", \"routes\": [{\"to\": \"::/0\", \"kind\": \"x\"}]}]}",
		    "tables[0]: routes[0]: kind" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *doc = document(rows[i].text);
		struct fabric *f = NULL;
		struct err err = { 0 };

		assert_int_equal(fabric_read(doc, &f, &err), -1);
		if (strstr(err.msg, rows[i].says) == NULL)
			fail_msg("row %zu: '%s'", i, err.msg);
		json_decref(doc);
	}
}

static void
test_networks(void **state UNUSED)
{
	static const struct {
		const char *a, *b;
		int contains, overlaps;
	} rows[] = {
		{ "10.0.0.0/8", "10.1.0.0/16", 1, 1 },
		{ "10.1.0.0/16", "10.0.0.0/8", 0, 1 },
		{ "10.0.0.0/15", "10.2.0.0/16", 0, 0 },
		{ "0.0.0.0/0", "1.2.3.4/32", 1, 1 },
		{ "0.0.0.0/0", "::/0", 0, 0 },
		{ "2001:db8::/33", "2001:db8:7fff::/48", 1, 1 },
		{ "2001:db8::/33", "2001:db8:8000::/48", 0, 0 },
		{ "::/0", "fe80::1/128", 1, 1 },
	};
	char text[CIDR_TEXT];
	struct cidr c;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cidr a, b;

		assert_true(cidr_parse(rows[i].a, &a) && cidr_parse(rows[i].b, &b));
		assert_int_equal(cidr_contains(&a, &b), rows[i].contains);
		assert_int_equal(cidr_overlaps(&a, &b), rows[i].overlaps);
		assert_int_equal(cidr_overlaps(&b, &a), rows[i].overlaps);
		cidr_format(&a, text);
		assert_string_equal(text, rows[i].a);
	}
	assert_true(cidr_parse("10.1.2.3/9", &c));
	assert_false(cidr_is_canonical(&c));
	cidr_mask(&c);
	cidr_format(&c, text);
	assert_string_equal(text, "10.0.0.0/9");
	assert_false(cidr_parse("10.0.0.0/33", &c));
	assert_false(cidr_parse("::/129", &c));
	assert_false(cidr_parse("10.0.0.0", &c));
}

static void
test_thousands_are_read(void **state UNUSED)
{
	json_t *doc =
	    document("{\"vpcs\": [{\"id\": \"v\", \"subnets\": [{\"id\": \"s\", \"cidr\":"
		     "\"10.0.0.0/16\", \"gateway\": \"10.0.0.1\"}]}]}");
	json_t *enis = json_need_array(doc, "enis"),
	       *groups = json_need_array(doc, "groups");
	struct fabric *f = NULL;
	struct err err;

	for (int i = 0; i < 100; i++)
		json_add(groups,
		    json_make("{s:o, s:[{s:i, s:s}]}", "id", json_new_fmt("sg-%d", i),
			"ingress", "protocol", -1, "group", "sg-7"));
	for (int i = 0; i < 8000; i++)
		json_add(enis,
		    json_make("{s:o, s:s, s:s, s:[o], s:[s, o]}", "id",
			json_new_fmt("eni-%d", i), "vpc", "v", "kind", "none",
			"addresses", json_new_fmt("10.0.%d.%d/16", i / 200, i % 200 + 4),
			"groups", "sg-7", json_new_fmt("sg-%d", i % 7)));
	assert_int_equal(fabric_read(doc, &f, &err), 0);
	assert_int_equal(fabric_group(f, "sg-7")->n_members, 8000);
	fabric_free(f);
	json_decref(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_are_bound),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_what_is_wrong_is_refused_and_said),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_thousands_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
