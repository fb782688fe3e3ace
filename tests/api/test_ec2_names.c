/* EC2: which names a VPC's resolver is told, and what instances ask. */
#include "tests/api/agent_calls.h"
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "control/iam/ca.h"
#include "tests/fakes/engine_fake.h"

static json_t *
dns_of(struct fixture *f, const char *scope, const char *vpc)
{
	return json_get(agent_config(f, "vpc", scope, vpc), "dns");
}

/* The values of the name, divided by blanks; "" when there is none. */
static const char *
values(struct fixture *f, const json_t *dns, const char *name, const char *type)
{
	const char *all = "";
	const json_t *row, *v;
	size_t i, k;

	json_array_foreach(json_get(dns, "records"), i, row) {
		if (strcmp(json_str_or(row, "name", ""), name) != 0 ||
		    strcmp(json_str_or(row, "type", ""), type) != 0)
			continue;
		json_array_foreach(json_get(row, "values"), k, v)
			all = arena_printf(f->arena, "%s%s%s", all,
			    all[0] != '\0' ? " " : "", json_string_value(v));
	}
	return all;
}

static void
set_attribute(struct fixture *f, const char *vpc, const char *name, const char *value)
{
	ec2_ok(f, "ModifyVpcAttribute", "{\"VpcId\": \"%s\", \"%s\": {\"Value\": %s}}",
	    vpc, name, value);
}

static void
names_are_there_while_the_vpc_has_dns_hostnames(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *name;
	json_t *v;

	ec2_world(f, &w);
	id = ec2_text(ec2_launch(f, &w, ""), "Instances.0.InstanceId");
	v = dns_of(f, SCOPE, w.vpc);
	ec2_counts(v, "records", 0);
	ec2_counts(v, "listen", 2);
	ec2_is(ec2_instance_now(f, id), "PublicDnsName", "");
	ec2_is(ec2_instance_now(f, id), "PrivateDnsName", "ip-10-0-1-4.ec2.internal");

	set_attribute(f, w.vpc, "EnableDnsHostnames", "true");
	v = dns_of(f, SCOPE, w.vpc);
	name = ec2_text(ec2_instance_now(f, id), "PublicDnsName");
	assert_string_equal(values(f, v, name, "A"), "10.0.1.4");
	assert_string_equal(values(f, v, "ip-10-0-1-4.ec2.internal", "A"), "10.0.1.4");
	assert_string_equal(values(f, v, "4.1.0.10.in-addr.arpa", "PTR"),
	    "ip-10-0-1-4.ec2.internal");

	set_attribute(f, w.vpc, "EnableDnsHostnames", "false");
	ec2_counts(dns_of(f, SCOPE, w.vpc), "records", 0);
}

static void
without_dns_support_nobody_listens(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	set_attribute(f, w.vpc, "EnableDnsSupport", "false");
	ec2_counts(dns_of(f, SCOPE, w.vpc), "listen", 0);
	set_attribute(f, w.vpc, "EnableDnsSupport", "true");
	ec2_is(dns_of(f, SCOPE, w.vpc), "listen.0", "10.0.0.2");
}

static void
every_private_address_has_its_name(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	set_attribute(f, w.vpc, "EnableDnsHostnames", "true");
	ec2_ok(f, "CreateNetworkInterface",
	    "{\"SubnetId\": \"%s\", \"PrivateIpAddress\": \"10.0.1.50\","
	    " \"SecondaryPrivateIpAddressCount\": 2}",
	    w.subnet);
	v = dns_of(f, SCOPE, w.vpc);
	assert_string_equal(values(f, v, "ip-10-0-1-50.ec2.internal", "A"), "10.0.1.50");
	assert_string_equal(values(f, v, "ip-10-0-1-4.ec2.internal", "A"), "10.0.1.4");
	assert_string_equal(values(f, v, "ip-10-0-1-5.ec2.internal", "A"), "10.0.1.5");
	assert_string_equal(values(f, v, "5.1.0.10.in-addr.arpa", "PTR"),
	    "ip-10-0-1-5.ec2.internal");
}

static void
an_instance_is_found_by_its_id_as_its_options_say(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *name, *six;
	json_t *v;

	ec2_world(f, &w);
	set_attribute(f, w.vpc, "EnableDnsHostnames", "true");
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"AmazonProvidedIpv6CidrBlock\": true}", w.vpc);
	v = ec2_ok(f, "DescribeVpcs", "{\"VpcIds\": [\"%s\"]}", w.vpc);
	six = ec2_text(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock");
	ec2_ok(f, "AssociateSubnetCidrBlock",
	    "{\"SubnetId\": \"%s\", \"Ipv6CidrBlock\": \"%.*s/64\"}", w.subnet,
	    (int)strcspn(six, "/"), six);
	v = ec2_launch(f, &w,
	    "\"Ipv6AddressCount\": 1, \"PrivateDnsNameOptions\": {\"HostnameType\":"
	    " \"resource-name\", \"EnableResourceNameDnsARecord\": true,"
	    " \"EnableResourceNameDnsAAAARecord\": true}");
	id = ec2_text(v, "Instances.0.InstanceId");
	six = ec2_text(v, "Instances.0.NetworkInterfaces.0.Ipv6Addresses.0.Ipv6Address");
	name = arena_printf(f->arena, "%s.ec2.internal", id);
	v = dns_of(f, SCOPE, w.vpc);
	assert_string_equal(values(f, v, name, "A"), "10.0.1.4");
	assert_string_equal(values(f, v, name, "AAAA"), six);
	assert_string_equal(values(f, v, "ip-10-0-1-4.ec2.internal", "A"), "10.0.1.4");
}

static void
an_endpoint_has_its_names_in_its_vpc(void **state)
{
	static const char own[] = "sqs.us-east-1.amazonaws.com";
	struct fixture *f = *state;
	struct ec2_world w, other;
	const char *second, *id;
	json_t *v, *list, *row;
	size_t i;

	ec2_world(f, &w);
	ec2_world(f, &other);
	set_attribute(f, w.vpc, "EnableDnsHostnames", "true");
	second = ec2_text(ec2_ok(f, "CreateSubnet",
			      "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.2.0/24\","
			      " \"AvailabilityZone\": \"us-east-1b\"}",
			      w.vpc),
	    "Subnet.SubnetId");
	v = ec2_ok(f, "CreateVpcEndpoint",
	    "{\"VpcId\": \"%s\", \"ServiceName\": \"com.amazonaws.us-east-1.sqs\","
	    " \"VpcEndpointType\": \"Interface\", \"SubnetIds\": [\"%s\", \"%s\"],"
	    " \"PrivateDnsEnabled\": true}",
	    w.vpc, w.subnet, second);
	id = ec2_text(v, "VpcEndpoint.VpcEndpointId");
	list = json_path(v, "VpcEndpoint.DnsEntries");
	assert_int_equal(json_array_size(list), 4);
	v = dns_of(f, SCOPE, w.vpc);
	json_array_foreach(list, i, row) {
		const char *name = ec2_text(row, "DnsName");

		if (strstr(name, "-us-east-1a.") != NULL)
			assert_string_equal(values(f, v, name, "A"), "10.0.1.4");
		else if (strstr(name, "-us-east-1b.") != NULL)
			assert_string_equal(values(f, v, name, "A"), "10.0.2.4");
		else
			assert_int_equal(strlen(values(f, v, name, "A")), 17);
	}
	assert_string_equal(values(f, dns_of(f, SCOPE, other.vpc), own, "A"), "");

	ec2_ok(f, "ModifyVpcEndpoint",
	    "{\"VpcEndpointId\": \"%s\", \"PrivateDnsEnabled\": false}", id);
	assert_string_equal(values(f, dns_of(f, SCOPE, w.vpc), own, "A"), "");
}

/* Only who is asked says whether his public names are private ones for the other. */
static void
a_peer_may_resolve_public_names_privately(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *there, *subnet, *peering, *name;
	json_t *v;

	ec2_world(f, &w);
	set_attribute(f, w.vpc, "EnableDnsHostnames", "true");
	v = ec2_launch(f, &w, "");
	name = ec2_text(v, "Instances.0.PublicDnsName");
	there = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.7.0.0/16\"}"),
	    "Vpc.VpcId");
	set_attribute(f, there, "EnableDnsHostnames", "true");
	subnet =
	    ec2_text(ec2_ok(f, "CreateSubnet",
			 "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.7.1.0/24\"}", there),
		"Subnet.SubnetId");
	assert_non_null(subnet);
	peering =
	    ec2_text(ec2_ok(f, "CreateVpcPeeringConnection",
			 "{\"VpcId\": \"%s\", \"PeerVpcId\": \"%s\"}", w.vpc, there),
		"VpcPeeringConnection.VpcPeeringConnectionId");
	ec2_ok(f, "AcceptVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    peering);
	assert_string_equal(values(f, dns_of(f, SCOPE, there), name, "A"), "");
	ec2_ok(f, "ModifyVpcPeeringConnectionOptions",
	    "{\"VpcPeeringConnectionId\": \"%s\", \"AccepterPeeringConnectionOptions\":"
	    " {\"AllowDnsResolutionFromRemoteVpc\": true}}",
	    peering);
	assert_string_equal(values(f, dns_of(f, SCOPE, there), name, "A"), "");
	ec2_ok(f, "ModifyVpcPeeringConnectionOptions",
	    "{\"VpcPeeringConnectionId\": \"%s\", \"RequesterPeeringConnectionOptions\":"
	    " {\"AllowDnsResolutionFromRemoteVpc\": true}}",
	    peering);
	assert_string_equal(values(f, dns_of(f, SCOPE, there), name, "A"), "10.0.1.4");
	ec2_ok(f, "DeleteVpcPeeringConnection", "{\"VpcPeeringConnectionId\": \"%s\"}",
	    peering);
	assert_string_equal(values(f, dns_of(f, SCOPE, there), name, "A"), "");
}

/* DHCP */

/* HostConfig of a new instance's container. */
static json_t *
host_of(struct fixture *f, const struct ec2_world *w)
{
	const char *id = ec2_text(ec2_launch(f, w, ""), "Instances.0.InstanceId");
	struct err err;
	json_t *v;

	agent_machines(f);
	assert_int_equal(engine_container_inspect(f->env.engine, f->arena,
			     arena_printf(f->arena, "simfra-%s", id), &v, &err),
	    1);
	return json_get(v, "HostConfig");
}

static void
use_options(struct fixture *f, const char *vpc, const char *rows)
{
	const char *id = ec2_text(ec2_ok(f, "CreateDhcpOptions",
				      "{\"DhcpConfigurations\": [%s]}", rows),
	    "DhcpOptions.DhcpOptionsId");

	ec2_ok(f, "AssociateDhcpOptions",
	    "{\"DhcpOptionsId\": \"%s\", \"VpcId\": \"%s\"}", id, vpc);
}

#define IS(v, path, text) \
	assert_string_equal(json_text(f->arena, json_path(v, path)), text)

static void
instances_ask_whom_their_dhcp_options_say(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	v = host_of(f, &w);
	IS(v, "Dns", "[\"10.0.0.2\"]");
	IS(v, "DnsSearch", "[\"ec2.internal\"]");
	assert_null(json_get(v, "ExtraHosts"));

	use_options(f, w.vpc,
	    "{\"Key\": \"domain-name\", \"Values\": [\"corp.example lab.example\"]},"
	    "{\"Key\": \"domain-name-servers\", \"Values\": [\"10.0.1.9\", \"10.0.1.10\"]},"
	    "{\"Key\": \"ntp-servers\", \"Values\": [\"10.0.1.11\"]}");
	v = host_of(f, &w);
	IS(v, "Dns", "[\"10.0.1.9\",\"10.0.1.10\"]");
	IS(v, "DnsSearch", "[\"corp.example\",\"lab.example\"]");
	IS(v, "ExtraHosts", "[\"simfra.local:10.0.0.3\"]");

	use_options(f, w.vpc,
	    "{\"Key\": \"domain-name-servers\", \"Values\": [\"AmazonProvidedDNS\"]}");
	v = host_of(f, &w);
	IS(v, "Dns", "[\"10.0.0.2\"]");
	IS(v, "DnsSearch", "[\".\"]");

	ec2_ok(f, "AssociateDhcpOptions",
	    "{\"DhcpOptionsId\": \"default\", \"VpcId\": \"%s\"}", w.vpc);
	v = host_of(f, &w);
	IS(v, "Dns", "[\"127.0.0.1\"]");
}

/* What it asks for at each boot: the options of now. */
static void
a_running_instance_learns_at_its_next_boot(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	ec2_is(agent_config(f, "vpc", SCOPE, w.vpc), "imds.resolv",
	    "nameserver 10.0.0.2\nsearch ec2.internal\n");
	use_options(f, w.vpc,
	    "{\"Key\": \"domain-name\", \"Values\": [\"corp.example\"]},"
	    "{\"Key\": \"domain-name-servers\", \"Values\": [\"10.0.1.9\"]}");
	ec2_is(agent_config(f, "vpc", SCOPE, w.vpc), "imds.resolv",
	    "nameserver 10.0.1.9\nsearch corp.example\n");
	use_options(f, w.vpc,
	    "{\"Key\": \"domain-name-servers\", \"Values\": [\"AmazonProvidedDNS\"]}");
	ec2_is(agent_config(f, "vpc", SCOPE, w.vpc), "imds.resolv",
	    "nameserver 10.0.0.2\n");
}

static void
a_machine_is_offered_the_ca(void **state)
{
	struct fixture *f = *state;
	const char *name, *text, *init;
	struct ec2_world w;
	struct err err;
	size_t len;
	json_t *v;

	f->env.ca = ca_open(f->env.store, clock_system.now_ms(&clock_system), &err);
	ec2_world(f, &w);
	name = arena_printf(f->arena, "simfra-%s",
	    ec2_text(ec2_launch(f, &w, ""), "Instances.0.InstanceId"));
	agent_machines(f);
	text = engine_fake_file(f->engine, f->arena, name, "/.simfra/ca.pem", &len, NULL);
	assert_non_null(text);
	assert_int_equal(len, strlen(ca_certificate(f->env.ca)));
	assert_memory_equal(text, ca_certificate(f->env.ca), len);
	assert_null(strstr(text, "PRIVATE"));
	init =
	    engine_fake_file(f->engine, f->arena, name, "/.simfra/init.json", &len, NULL);
	assert_int_equal(json_read_in(f->arena, init, len, &v, &err), 0);
	assert_int_equal(strlen(ec2_text(v, "ca_hash")), 8);
	assert_true(
	    json_has_str(json_get(v, "env"), "AWS_CA_BUNDLE=/.simfra/ca-bundle.pem"));
	ca_free(f->env.ca);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_there_while_the_vpc_has_dns_hostnames),
		TEST(without_dns_support_nobody_listens),
		TEST(every_private_address_has_its_name),
		TEST(an_instance_is_found_by_its_id_as_its_options_say),
		TEST(an_endpoint_has_its_names_in_its_vpc),
		TEST(a_peer_may_resolve_public_names_privately),
		TEST(instances_ask_whom_their_dhcp_options_say),
		TEST(a_running_instance_learns_at_its_next_boot),
		TEST(a_machine_is_offered_the_ca),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
