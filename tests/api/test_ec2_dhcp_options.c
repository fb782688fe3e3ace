/* EC2: DHCP options. */
#include "tests/api/ec2_calls.h"

#include <string.h>

static void
options_live_and_die(void **state)
{
	struct fixture *f = *state;
	const char *vpc = ec2_text(ec2_ok(f, "CreateVpc",
				       "{\"CidrBlock\": \"10.0.0.0/16\"}"),
		       "Vpc.VpcId"),
		   *id;
	json_t *v = ec2_ok(f, "CreateDhcpOptions",
	    "{\"DhcpConfigurations\": ["
	    "{\"Key\": \"domain-name\", \"Values\": [\"corp.example\"]},"
	    "{\"Key\": \"domain-name-servers\", \"Values\": [\"AmazonProvidedDNS\","
	    " \"10.0.0.2\", \"2001:db8::1\"]},"
	    "{\"Key\": \"ntp-servers\", \"Values\": [\"169.254.169.123\", \"fd00::1\"]},"
	    "{\"Key\": \"netbios-name-servers\", \"Values\": [\"10.0.0.3\"]},"
	    "{\"Key\": \"netbios-node-type\", \"Values\": [\"2\"]},"
	    "{\"Key\": \"ipv6-address-preferred-lease-time\", \"Values\": [\"140\"]}],"
	    " \"TagSpecifications\": [{\"ResourceType\": \"dhcp-options\", \"Tags\":"
	    " [{\"Key\": \"a\", \"Value\": \"b\"}]}]}");

	id = ec2_text(v, "DhcpOptions.DhcpOptionsId");
	assert_int_equal(strncmp(id, "dopt-", 5), 0);
	ec2_is(v, "DhcpOptions.OwnerId", FIXTURE_ACCOUNT);
	ec2_is(v, "DhcpOptions.Tags.0.Value", "b");
	v = ec2_ok(f, "DescribeDhcpOptions",
	    "{\"Filters\": [{\"Name\": \"value\", \"Values\": [\"corp.*\"]}]}");
	ec2_counts(v, "DhcpOptions", 1);
	ec2_is(v, "DhcpOptions.0.DhcpConfigurations.1.Key", "domain-name-servers");
	ec2_is(v, "DhcpOptions.0.DhcpConfigurations.1.Values.2.Value", "2001:db8::1");
	ec2_counts(ec2_ok(f, "DescribeDhcpOptions",
		       "{\"Filters\": [{\"Name\": \"key\", \"Values\": [\"ntp-*\"]}]}"),
	    "DhcpOptions", 1);

	ec2_ok(f, "AssociateDhcpOptions",
	    "{\"DhcpOptionsId\": \"%s\", \"VpcId\": \"%s\"}", id, vpc);
	ec2_counts(
	    ec2_ok(f, "DescribeVpcs",
		"{\"Filters\": [{\"Name\": \"dhcp-options-id\", \"Values\": [\"%s\"]}]}",
		id),
	    "Vpcs", 1);
	ec2_no(f, "DependencyViolation", "DeleteDhcpOptions",
	    "{\"DhcpOptionsId\": \"%s\"}", id);
	/* None at all. */
	ec2_ok(f, "AssociateDhcpOptions",
	    "{\"DhcpOptionsId\": \"default\", \"VpcId\": \"%s\"}", vpc);
	ec2_is(ec2_ok(f, "DescribeVpcs", "{}"), "Vpcs.0.DhcpOptionsId", "default");
	ec2_ok(f, "DeleteDhcpOptions", "{\"DhcpOptionsId\": \"%s\"}", id);
	assert_string_equal(ec2_no(f, "InvalidDhcpOptionID.NotFound", "DeleteDhcpOptions",
				"{\"DhcpOptionsId\": \"%s\"}", id),
	    arena_printf(f->arena, "The dhcpOption ID '%s' does not exist", id));
	ec2_no(f, "InvalidDhcpOptionID.NotFound", "AssociateDhcpOptions",
	    "{\"DhcpOptionsId\": \"%s\", \"VpcId\": \"%s\"}", id, vpc);
	ec2_no(f, "InvalidVpcID.NotFound", "AssociateDhcpOptions",
	    "{\"DhcpOptionsId\": \"default\", \"VpcId\": \"vpc-0\"}");
}

#define ONE(key, values) "{\"Key\": \"" key "\", \"Values\": [" values "]}"

static void
wrong_options_are_refused(void **state)
{
	static const struct {
		const char *options, *code;
	} cases[] = {
		{ "", "MissingParameter" },
		{ ONE("domain-name", ""), "MissingParameter" },
		{ ONE("colour", "\"red\""), "InvalidParameterValue" },
		{ ONE("domain-name", "\"a\", \"b\""), "InvalidParameterValue" },
		{ ONE("domain-name", "\"a/b\""), "InvalidParameterValue" },
		{ ONE("domain-name", "\"\""), "InvalidParameterValue" },
		{ ONE("domain-name-servers", "\"10.0.0\""), "InvalidParameterValue" },
		{ ONE("domain-name-servers",
		      "\"1.1.1.1\", \"1.1.1.2\", \"1.1.1.3\", \"1.1.1.4\", \"1.1.1.5\""),
		    "InvalidParameterValue" },
		{ ONE("ntp-servers", "\"AmazonProvidedDNS\""), "InvalidParameterValue" },
		{ ONE("netbios-name-servers", "\"2001:db8::1\""),
		    "InvalidParameterValue" },
		{ ONE("netbios-node-type", "\"3\""), "InvalidParameterValue" },
		{ ONE("netbios-node-type", "\"12\""), "InvalidParameterValue" },
		{ ONE("ipv6-address-preferred-lease-time", "\"139\""),
		    "InvalidParameterValue" },
		{ ONE("ipv6-address-preferred-lease-time", "\"2147483648\""),
		    "InvalidParameterValue" },
		{ ONE("ipv6-address-preferred-lease-time", "\"1e3\""),
		    "InvalidParameterValue" },
		{ ONE("domain-name", "\"a\"") ", " ONE("domain-name", "\"b\""),
		    "InvalidParameterValue" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "CreateDhcpOptions",
		    "{\"DhcpConfigurations\": [%s]}", cases[i].options);
	ec2_counts(ec2_ok(f, "DescribeDhcpOptions", "{}"), "DhcpOptions", 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(options_live_and_die),
		TEST(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
