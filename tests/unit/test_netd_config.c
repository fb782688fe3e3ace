/*
 * netd's configuration: docs/AGENTS.md's example is read, and each wrong member refuses
 * the whole, by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agents/netd/config.h"
#include "base/cc.h"

static const char example[] =
    "{\"label\": \"dev.simfra.owner=simfra\", \"vpcs\": [{\"id\": \"vpc-1\","
    "\"container\": \"simfra-vpc-vpc-1\","
    "\"subnets\": [{\"id\": \"subnet-1\", \"cidr\": \"10.0.1.0/24\", \"gateway\": \"10.0.1.1\"}],"
    "\"resolver\": \"10.0.0.2\","
    "\"control\": {\"address\": \"10.0.0.3\", \"to\": \"198.18.0.1\", \"port\": 4599,"
    "\"ports\": [4599, 80, 443]}, \"underlay\": \"198.19.0.0/28\","
    "\"internet\": {\"cidr\": \"198.18.0.0/16\"},"
    "\"guests\": [{\"container\": \"abc\"}]}],"
    "\"enis\": [{\"id\": \"eni-1\", \"vpc\": \"vpc-1\", \"container\": \"simfra-i-1\","
    "\"device\": \"eth0\", \"mac\": \"0a:58:0a:00:01:0f\","
    "\"addresses\": [\"10.0.1.15/24\"], \"public\": {\"10.0.1.15\": \"198.18.16.5\"},"
    "\"gateway\": \"10.0.1.1\"}]}";

static json_t *
doc(void)
{
	struct err err = { 0 };
	json_t *v = NULL;

	if (json_read(example, strlen(example), &v, &err) < 0)
		fail_msg("%s", err.msg);
	return v;
}

static void
the_example_of_the_contract_is_read(void **state UNUSED)
{
	struct netd_config *c = NULL;
	struct err err = { 0 };
	json_t *v = doc();

	assert_int_equal(netd_config_read(v, &c, &err), 0);
	json_decref(v);
	assert_int_equal(c->n_vpcs, 1);
	assert_string_equal(c->vpcs[0].container, "simfra-vpc-vpc-1");
	assert_string_equal(c->vpcs[0].want.vpc->id, "vpc-1");
	assert_ptr_equal(c->vpcs[0].want.fabric, c->fabric);
	assert_int_equal(c->vpcs[0].underlay.len, 28);
	assert_int_equal(c->vpcs[0].n_guest_nets, 2);
	assert_ptr_equal(netd_config_eni(c, "eni-1"), &c->enis[0]);
	assert_null(netd_config_vpc(c, "vpc-2"));
	assert_int_equal(c->enis[0].want.mac[1], 0x58);
	netd_config_free(c);
}

/* What is left out as a whole, or null, is none. */
static void
optional_members_may_be_absent_or_null(void **state UNUSED)
{
	static const char *const names[] = { "resolver", "control", "internet", "guests",
		"subnets" };

	for (size_t i = 0; i < COUNT(names) * 2; i++) {
		struct netd_config *c = NULL;
		struct err err = { 0 };
		json_t *v = doc(), *vpc = json_array_get(json_get(v, "vpcs"), 0);

		json_del(vpc, names[i / 2]);
		if (i % 2)
			json_set(vpc, names[i / 2], json_null());
		if (netd_config_read(v, &c, &err) < 0)
			fail_msg("without %s: %s", names[i / 2], err.msg);
		netd_config_free(c);
		json_decref(v);
	}
}

static void
each_wrong_member_refuses_the_whole_and_is_named(void **state UNUSED)
{
	/* where: v a VPC, s its subnet, c control, e an ENI, r the root */
	static const struct {
		char where;
		const char *name, *value, *says;
	} cases[] = {
		{ 'r', "label", "\"\"", "label" },
		{ 'r', "vpcs", "{}", "vpcs" },
		{ 'r', "enis", "1", "enis" },
		{ 'v', "id", "7", "id" },
		{ 'v', "container", "\"../x\"", "container" },
		{ 'v', "container", "\"a/json?x\"", "container" },
		{ 'v', "container", "\"-rf\"", "container" },
		{ 'v', "underlay", "\"198.19.0.1/28\"", "underlay" },
		{ 'v', "underlay", "null", "underlay" },
		{ 'v', "resolver", "\"10.0.0\"", "resolver" },
		{ 'v', "internet", "{}", "internet" },
		{ 'v', "guests", "[{\"container\":\"a b\"}]", "guests[0]" },
		{ 's', "cidr", "\"10.0.1.1/24\"", "subnets[0]: cidr" },
		{ 's', "cidr", "\"10.0.1.0/31\"", "subnets[0]: gateway" },
		{ 's', "gateway", "\"10.0.2.1\"", "subnets[0]: gateway" },
		{ 's', "gateway", "null", "subnets[0]: gateway" },
		{ 'c', "to", "\"198.18.0.1; flush ruleset\"", "control: to" },
		{ 'c', "port", "65536", "control: port" },
		{ 'c', "port", "\"80\"", "control: port" },
		{ 'c', "ports", "80", "ports" },
		{ 'c', "ports", "[0]", "control: ports" },
		{ 'e', "public", "{\"10.0.1.15\":\"203.0.113.1\"}", "enis[0]: public" },
		{ 'e', "device", "\"lo\"", "device" },
		{ 'e', "device", "\"a/b\"", "device" },
		{ 'e', "device", "\"abcdefghijklmnop\"", "device" },
		{ 'e', "mac", "\"01:00:5e:00:00:01\"", "mac" },
		{ 'e', "mac", "\"0a:58\"", "mac" },
		{ 'e', "addresses", "[]", "addresses" },
		{ 'e', "addresses", "[\"10.0.1.15\"]", "addresses" },
		{ 'e', "gateway", "5", "gateway" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct netd_config *c = NULL;
		struct err err = { 0 };
		json_t *v = doc(), *value = NULL, *at = v;
		json_t *vpc = json_array_get(json_get(v, "vpcs"), 0);

		if (cases[i].where == 'v')
			at = vpc;
		else if (cases[i].where == 's')
			at = json_array_get(json_get(vpc, "subnets"), 0);
		else if (cases[i].where == 'c')
			at = json_get(vpc, "control");
		else if (cases[i].where == 'e')
			at = json_array_get(json_get(v, "enis"), 0);
		assert_int_equal(json_read(cases[i].value, strlen(cases[i].value), &value,
				     &err),
		    0);
		json_set(at, cases[i].name, value);
		if (netd_config_read(v, &c, &err) == 0)
			fail_msg("%s %s is taken", cases[i].name, cases[i].value);
		if (strstr(err.msg, cases[i].says) == NULL)
			fail_msg("%s %s: %s", cases[i].name, cases[i].value, err.msg);
		assert_null(c);
		json_decref(v);
	}
}

static void
an_eni_without_a_vpc_waits_and_a_port_said_twice_is_one(void **state UNUSED)
{
	struct netd_config *c = NULL;
	struct err err = { 0 };
	json_t *v = doc(), *list = json_get(v, "enis"),
	       *more = json_copy_deep(json_array_get(list, 0));
	json_t *control = json_get(json_array_get(json_get(v, "vpcs"), 0), "control");

	json_set_str(json_array_get(list, 0), "vpc", "vpc-9");
	json_del(more, "public");
	json_set_str(more, "id", "eni-2");
	json_add(list, more);
	json_set(control, "ports", json_make("[i, i, i]", 80, 443, 80));
	assert_int_equal(netd_config_read(v, &c, &err), 0);
	assert_int_equal(c->n_enis, 1);
	assert_string_equal(c->enis[0].want.id, "eni-2");
	assert_int_equal(c->vpcs[0].vpc->n_control_ports, 2);
	assert_int_equal(c->vpcs[0].vpc->control_ports[1], 443);
	netd_config_free(c);
	json_decref(v);
}

static void
nothing_is_there_twice(void **state UNUSED)
{
	static const char *const lists[] = { "vpcs", "enis" };

	for (size_t i = 0; i < COUNT(lists); i++) {
		struct netd_config *c = NULL;
		struct err err = { 0 };
		json_t *v = doc();
		json_t *list = json_get(v, lists[i]);

		json_add(list, json_copy_deep(json_array_get(list, 0)));
		assert_int_equal(netd_config_read(v, &c, &err), -1);
		assert_non_null(strstr(err.msg, "twice"));
		json_decref(v);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_contract_is_read),
		cmocka_unit_test(optional_members_may_be_absent_or_null),
		cmocka_unit_test(each_wrong_member_refuses_the_whole_and_is_named),
		cmocka_unit_test(an_eni_without_a_vpc_waits_and_a_port_said_twice_is_one),
		cmocka_unit_test(nothing_is_there_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
