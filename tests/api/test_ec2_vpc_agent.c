/* EC2: what a VPC's agent is told of names and metadata, and what comes of what it says. */
#include "tests/api/agent_calls.h"
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "tests/api/iam_calls.h"

static void
the_vpc_is_told_its_names_and_metadata(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *mac, *group;
	json_t *v, *i, *m, *net;

	ec2_world(f, &w);
	ec2_ok(f, "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableDnsHostnames\": {\"Value\": true}}", w.vpc);
	ec2_ok(f, "CreateKeyPair", "{\"KeyName\": \"k\", \"KeyType\": \"ed25519\"}");
	v = ec2_launch(f, &w,
	    "\"KeyName\": \"k\", \"UserData\": \"aGk=\", \"MetadataOptions\":"
	    " {\"HttpTokens\": \"required\", \"InstanceMetadataTags\": \"enabled\"},"
	    " \"TagSpecifications\": [{\"ResourceType\": \"instance\", \"Tags\":"
	    " [{\"Key\": \"Name\", \"Value\": \"web\"}]}]");
	i = json_array_get(json_get(v, "Instances"), 0);
	mac = ec2_text(i, "NetworkInterfaces.0.MacAddress");
	group = ec2_text(i, "SecurityGroups.0.GroupId");

	v = agent_config(f, "vpc", SCOPE, w.vpc);
	ec2_is(v, "vpc", w.vpc);
	ec2_is(v, "region", "us-east-1");
	agent_equals(f, json_get(v, "dns"),
	    arena_printf(f->arena,
		"{\"listen\": [\"10.0.0.2\", \"169.254.169.253\"], \"hostname\":"
		" \"simfra.local\", \"control\": \"10.0.0.3\", \"public\": \"198.18.0.0/16\","
		" \"control_zones\": [\"amazonaws.com\", \"amazonaws.com.cn\", \"api.aws\","
		" \"api.amazonwebservices.com.cn\", \"on.aws\"],"
		" \"elsewhere\": [\"amazonlinux.default.amazonaws.com\"], \"records\": ["
		"{\"name\": \"ip-10-0-1-4.ec2.internal\", \"type\": \"A\", \"ttl\": 60,"
		" \"values\": [\"10.0.1.4\"]},"
		"{\"name\": \"4.1.0.10.in-addr.arpa\", \"type\": \"PTR\", \"ttl\": 60,"
		" \"values\": [\"ip-10-0-1-4.ec2.internal\"]},"
		"{\"name\": \"%s\", \"type\": \"A\", \"ttl\": 60, \"values\": [\"10.0.1.4\"]},"
		"{\"name\": \"0.16.18.198.in-addr.arpa\", \"type\": \"PTR\", \"ttl\": 60,"
		" \"values\": [\"%s\"]}],"
		" \"zones\": [\"ec2.internal\", \"0.10.in-addr.arpa\", \"compute-1.amazonaws.com\","
		" \"compute.amazonaws.com\", \"us-east-1.vpce.amazonaws.com\"], \"forward\":"
		" [\"127.0.0.11\"]}",
		ec2_text(i, "PublicDnsName"), ec2_text(i, "PublicDnsName")));

	ec2_is(v, "imds.listen", "169.254.169.254");
	v = json_get(json_path(v, "imds.instances"), "10.0.1.4");
	assert_non_null(v);
	ec2_is(v, "instance_id", ec2_text(i, "InstanceId"));
	ec2_is(v, "user_data", "aGk=");
	agent_equals(f, json_get(v, "options"),
	    "{\"HttpEndpoint\": \"enabled\", \"HttpTokens\": \"required\","
	    " \"HttpPutResponseHopLimit\": 1}");
	m = json_path(v, "tree.meta-data");
	ec2_is(m, "ami-id", w.image);
	ec2_is(m, "hostname", "ip-10-0-1-4.ec2.internal");
	ec2_is(m, "instance-type", "t3.micro");
	ec2_is(m, "local-ipv4", "10.0.1.4");
	ec2_is(m, "public-ipv4", ec2_text(i, "PublicIpAddress"));
	ec2_is(m, "public-hostname", ec2_text(i, "PublicDnsName"));
	ec2_is(m, "mac", mac);
	ec2_is(m, "security-groups", "default");
	ec2_is(m, "placement.availability-zone", "us-east-1a");
	ec2_is(m, "placement.region", "us-east-1");
	ec2_is(m, "tags.instance.Name", "web");
	assert_int_equal(strncmp(ec2_text(m, "public-keys.0=k.openssh-key"),
			     "ssh-ed25519 ", 12),
	    0);
	assert_null(json_get(m, "iam"));
	net = json_get(json_path(m, "network.interfaces.macs"), mac);
	ec2_is(net, "vpc-id", w.vpc);
	ec2_is(net, "subnet-id", w.subnet);
	ec2_is(net, "subnet-ipv4-cidr-block", "10.0.1.0/24");
	ec2_is(net, "vpc-ipv4-cidr-block", "10.0.0.0/16");
	ec2_is(net, "security-group-ids", group);
	assert_non_null(strstr(ec2_text(v, "tree.dynamic.instance-identity.document"),
	    ec2_text(i, "InstanceId")));

	/* A further CIDR is known to both. */
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.2.0.0/16\"}", w.vpc);
	v = agent_config(f, "vpc", SCOPE, w.vpc);
	ec2_is(v, "dns.zones.2", "2.10.in-addr.arpa");
	v = json_get(json_path(v, "imds.instances"), "10.0.1.4");
	net = json_get(json_path(v, "tree.meta-data.network.interfaces.macs"), mac);
	ec2_is(net, "vpc-ipv4-cidr-blocks", "10.0.0.0/16\n10.2.0.0/16");

	assert_null(agent_config(f, "vpc", SCOPE, "vpc-0"));
	assert_null(agent_config(f, "vpc", "nonsense", w.vpc));
	assert_null(agent_config(f, "vpc", "111111111111:us-east-1", w.vpc));
}

/* What the name leads to; NULL: nowhere. */
static const char *
record_of(const json_t *config, const char *name)
{
	const json_t *record;
	size_t i;

	json_array_foreach(json_path(config, "dns.records"), i, record) {
		if (strcmp(json_str_or(record, "name", ""), name) == 0)
			return ec2_text(record, "values.0");
	}
	fail_msg("there is no record %s", name);
	return NULL;
}

static void
all_interfaces_and_both_names_are_told(void **state)
{
	struct fixture *f = *state;
	const char *by_id, *mac;
	struct ec2_world w;
	json_t *v, *i, *macs, *second;

	ec2_world(f, &w);
	ec2_ok(f, "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableDnsHostnames\": {\"Value\": true}}", w.vpc);
	v = ec2_ok(f, "RunInstances",
	    "{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\", \"MinCount\": 1,"
	    " \"MaxCount\": 1, \"PrivateDnsNameOptions\": {\"HostnameType\":"
	    " \"resource-name\", \"EnableResourceNameDnsARecord\": true},"
	    " \"NetworkInterfaces\": [{\"DeviceIndex\": 0, \"SubnetId\": \"%s\"},"
	    " {\"DeviceIndex\": 1, \"SubnetId\": \"%s\", \"PrivateIpAddress\":"
	    " \"10.0.1.30\", \"SecondaryPrivateIpAddressCount\": 1}]}",
	    w.image, w.subnet, w.subnet);
	i = json_array_get(json_get(v, "Instances"), 0);
	by_id = ec2_text(i, "PrivateDnsName");
	mac = ec2_text(i, "NetworkInterfaces.1.MacAddress");
	v = agent_config(f, "vpc", SCOPE, w.vpc);
	assert_string_equal(record_of(v, "ip-10-0-1-4.ec2.internal"), "10.0.1.4");
	assert_string_equal(record_of(v, by_id), "10.0.1.4");
	assert_string_equal(record_of(v, "4.1.0.10.in-addr.arpa"), by_id);
	v = json_get(json_path(v, "imds.instances"), "10.0.1.4");
	ec2_is(json_path(v, "tree.meta-data"), "hostname", by_id);
	macs = json_path(v, "tree.meta-data.network.interfaces.macs");
	assert_int_equal(json_object_size(macs), 2);
	second = json_get(macs, mac);
	ec2_is(second, "device-number", "1");
	ec2_is(second, "local-ipv4s", "10.0.1.30\n10.0.1.5");
	ec2_is(second, "subnet-ipv4-cidr-block", "10.0.1.0/24");
	ec2_is(second, "security-groups", "default");
	assert_null(json_get(second, "public-ipv4s"));
}

/* The text under iam/security-credentials/ROLE, as a document. */
static json_t *
credentials(struct fixture *f, const char *vpc, const char *role)
{
	json_t *v = agent_config(f, "vpc", SCOPE, vpc), *ret;
	const char *text;
	struct err err;

	v = json_path(json_get(json_path(v, "imds.instances"), "10.0.1.4"),
	    "tree.meta-data.iam");
	assert_non_null(v);
	text = json_str(json_get(v, "security-credentials"), role);
	assert_non_null(text);
	assert_int_equal(json_read_in(f->arena, text, strlen(text), &ret, &err), 0);
	return ret;
}

static void
a_role_gives_credentials_or_says_why_not(void **state)
{
	struct fixture *f = *state;
	const char *key;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	iam_ok(f, "CreateRole",
	    "{\"RoleName\": \"app\", \"AssumeRolePolicyDocument\": \"" TRUST "\"}");
	iam_ok(f, "CreateInstanceProfile", "{\"InstanceProfileName\": \"web\"}");
	iam_ok(f, "AddRoleToInstanceProfile",
	    "{\"InstanceProfileName\": \"web\", \"RoleName\": \"app\"}");
	ec2_launch(f, &w, "\"IamInstanceProfile\": {\"Name\": \"web\"}");
	/* With the first router comes the key that seals tokens. */
	agent_machines(f);
	v = credentials(f, w.vpc, "app");
	ec2_is(v, "Code", "Success");
	ec2_is(v, "Type", "AWS-HMAC");
	ec2_is(v, "LastUpdated", "2026-01-01T00:00:00Z");
	ec2_is(v, "Expiration", "2026-01-01T06:00:00Z");
	key = ec2_text(v, "AccessKeyId");
	assert_int_equal(strncmp(key, "ASIA", 4), 0);
	/* The same all hour long, so that the configuration stands still; then new ones. */
	f->now_ms += 59 * 60 * 1000;
	ec2_is(credentials(f, w.vpc, "app"), "AccessKeyId", key);
	f->now_ms += 60 * 1000;
	assert_string_not_equal(ec2_text(credentials(f, w.vpc, "app"), "AccessKeyId"),
	    key);

	iam_ok(f, "UpdateAssumeRolePolicy",
	    "{\"RoleName\": \"app\", \"PolicyDocument\": \"{\\\"Version\\\":\\\"2012-10-17\\\","
	    "\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":{\\\"Service\\\":"
	    "\\\"lambda.amazonaws.com\\\"},\\\"Action\\\":\\\"sts:AssumeRole\\\"}]}\"}");
	v = credentials(f, w.vpc, "app");
	ec2_is(v, "Code", "AssumeRoleUnauthorizedAccess");
	assert_null(json_get(v, "AccessKeyId"));
}

static void
boots_are_kept_of_its_own_instances_alone(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w, other;
	struct store_txn *t;
	struct store_docs docs;
	struct err err;
	const char *id, *foreign;

	ec2_world(f, &w);
	ec2_world(f, &other);
	id = ec2_text(ec2_launch(f, &w, ""), "Instances.0.InstanceId");
	foreign = ec2_text(ec2_launch(f, &other, ""), "Instances.0.InstanceId");
	agent_say(f, "vpc", SCOPE, w.vpc,
	    arena_printf(f->arena,
		"{\"boots\": {\"%s\": {\"boot_id\": \"1\"}, \"%s\": {\"boot_id\": \"2\"},"
		" \"i-0\": {\"boot_id\": \"3\"}}}",
		id, foreign));
	agent_say(f, "vpc", SCOPE, w.vpc, "{\"boots\": [1, 2]}");
	t = store_begin(f->env.store, f->arena);
	assert_int_equal(store_list(t, SCOPE, "ec2:boot", &docs, &err), 0);
	assert_int_equal(docs.n, 1);
	ec2_is(docs.doc[0], "id", id);
}

/* With a subnet that has IPv6 the services of the link have their IPv6 addresses. */
static void
services_have_ipv6_addresses_too(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *block;
	json_t *v;

	ec2_world(f, &w);
	v = agent_config(f, "vpc", SCOPE, w.vpc);
	ec2_counts(json_get(v, "dns"), "listen", 2);
	ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"AmazonProvidedIpv6CidrBlock\": true}", w.vpc);
	v = ec2_ok(f, "DescribeVpcs", "{\"VpcIds\": [\"%s\"]}", w.vpc);
	block = ec2_text(v, "Vpcs.0.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock");
	ec2_ok(f, "AssociateSubnetCidrBlock",
	    "{\"SubnetId\": \"%s\", \"Ipv6CidrBlock\": \"%.*s/64\"}", w.subnet,
	    (int)strcspn(block, "/"), block);
	v = agent_config(f, "vpc", SCOPE, w.vpc);
	ec2_is(v, "dns.listen.2", "fd00:ec2::253");
	ec2_is(v, "imds.listen.1", "fd00:ec2::254");
	ec2_ok(f, "ModifyVpcAttribute",
	    "{\"VpcId\": \"%s\", \"EnableDnsSupport\": {\"Value\": false}}", w.vpc);
	v = agent_config(f, "vpc", SCOPE, w.vpc);
	ec2_counts(json_get(v, "dns"), "listen", 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_vpc_is_told_its_names_and_metadata),
		TEST(all_interfaces_and_both_names_are_told),
		TEST(a_role_gives_credentials_or_says_why_not),
		TEST(services_have_ipv6_addresses_too),
		TEST(boots_are_kept_of_its_own_instances_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
