/* EC2: security groups, key pairs, Elastic addresses, images and tags. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "base/enc.h"

#define TCP(port, peers)                                                                 \
	"{\"IpProtocol\": \"tcp\", \"FromPort\": " port ", \"ToPort\": " port ", " peers \
	"}"
#define ANYWHERE "\"IpRanges\": [{\"CidrIp\": \"0.0.0.0/0\"}]"

/* Security groups */

static const char *
make_group(struct fixture *f, const char *vpc, const char *name)
{
	return ec2_text(ec2_ok(f, "CreateSecurityGroup",
			    "{\"GroupName\": \"%s\", \"Description\": \"of a test\","
			    " \"VpcId\": \"%s\"}",
			    name, vpc),
	    "GroupId");
}

static void
wrong_groups_are_refused(void **state)
{
	static const struct {
		const char *name, *description, *code;
	} cases[] = {
		{ "default", "d", "InvalidParameterValue" },
		{ "sg-web", "d", "InvalidParameterValue" },
		{ "", "d", "InvalidParameterValue" },
		{ "w\\u00e9b", "d", "InvalidParameterValue" },
		{ "web", "a\\nb", "InvalidParameterValue" },
		{ "taken", "d", "InvalidGroup.Duplicate" },
	};
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_world(f, &w);
	make_group(f, w.vpc, "taken");
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "CreateSecurityGroup",
		    "{\"GroupName\": \"%s\", \"Description\": \"%s\", \"VpcId\": \"%s\"}",
		    cases[i].name, cases[i].description, w.vpc);
	ec2_no(f, "VPCIdNotSpecified", "CreateSecurityGroup",
	    "{\"GroupName\": \"a\", \"Description\": \"d\"}");
	ec2_no(f, "MissingParameter", "CreateSecurityGroup", "{\"GroupName\": \"a\"}");
	ec2_no(f, "InvalidGroup.NotFound", "DescribeSecurityGroups",
	    "{\"GroupNames\": [\"taken\", \"nobody\"]}");
	ec2_no(f, "InvalidGroupId.Malformed", "DescribeSecurityGroups",
	    "{\"GroupIds\": [\"taken\"]}");
}

static void
wrong_rules_are_refused(void **state)
{
	static const struct {
		const char *permissions, *code, *message;
	} cases[] = {
		{ "[]", "MissingParameter", NULL },
		{ "[{}]", "MissingParameter", NULL },
		{ "[{\"IpProtocol\": \"tcp\"}]", "InvalidParameterValue", NULL },
		{ "[" TCP("22", "\"IpRanges\": []") "]", "MissingParameter", NULL },
		{ "[" TCP("65536", ANYWHERE) "]", "InvalidParameterValue", NULL },
		{ "[{\"IpProtocol\": \"tcp\", \"FromPort\": 9, \"ToPort\": 8, " ANYWHERE
		  "}]",
		    "InvalidParameterValue", "Invalid TCP/UDP port range (9:8)" },
		{ "[{\"IpProtocol\": \"udpx\", " ANYWHERE "}]", "InvalidParameterValue",
		    "Invalid value 'udpx' for IP protocol. Unknown protocol." },
		{ "[{\"IpProtocol\": \"256\", " ANYWHERE "}]", "InvalidParameterValue",
		    NULL },
		{ "[{\"IpProtocol\": \"icmp\", \"FromPort\": 256, \"ToPort\": -1, " ANYWHERE
		  "}]",
		    "InvalidParameterValue", NULL },
		{ "[" TCP("22", "\"IpRanges\": [{\"CidrIp\": \"10.0.0.0/33\"}]") "]",
		    "InvalidParameterValue", "CIDR block 10.0.0.0/33 is malformed" },
		{ "[" TCP("22", "\"UserIdGroupPairs\": [{\"GroupId\": \"sg-0\"}]") "]",
		    "InvalidGroup.NotFound", NULL },
		{ "[" TCP("22",
		      "\"UserIdGroupPairs\": [{\"GroupName\": \"default\", \"UserId\":"
		      " \"111111111111\"}]") "]",
		    "InvalidGroup.NotFound", NULL },
		{ "[" TCP("22", "\"PrefixListIds\": [{\"PrefixListId\": \"pl-0\"}]") "]",
		    "InvalidPrefixListID.NotFound", NULL },
		{ "[" TCP("22", ANYWHERE) ", " TCP("22", ANYWHERE) "]",
		    "InvalidParameterValue",
		    "The same permission must not appear multiple times" },
		{ "[" TCP("80", ANYWHERE) "]", "InvalidPermission.Duplicate",
		    "the specified rule \"peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW\" "
		    "already exists" },
	};
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *said;

	ec2_world(f, &w);
	id = make_group(f, w.vpc, "web");
	ec2_ok(f, "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": %s}", id,
	    "[" TCP("80", ANYWHERE) "]");
	for (size_t i = 0; i < COUNT(cases); i++) {
		said = ec2_no(f, cases[i].code, "AuthorizeSecurityGroupIngress",
		    "{\"GroupId\": \"%s\", \"IpPermissions\": %s}", id,
		    cases[i].permissions);
		if (cases[i].message != NULL)
			assert_string_equal(said, cases[i].message);
	}
	ec2_no(f, "MissingParameter", "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\"}", id);
	ec2_no(f, "InvalidPermission.NotFound", "RevokeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [" TCP("81", ANYWHERE) "]}", id);
	ec2_no(f, "InvalidSecurityGroupRuleId.NotFound", "RevokeSecurityGroupEgress",
	    "{\"GroupId\": \"%s\", \"SecurityGroupRuleIds\": [\"sgr-0\"]}", id);
}

static void
rules_are_kept_and_shown(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *other, *rule;
	json_t *v;

	ec2_world(f, &w);
	id = make_group(f, w.vpc, "web");
	other = make_group(f, w.vpc, "lb");
	v = ec2_ok(f, "AuthorizeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [{\"IpProtocol\": \"6\", \"FromPort\": 80,"
	    " \"ToPort\": 80, \"IpRanges\": [{\"CidrIp\": \"10.1.2.3/8\", \"Description\":"
	    " \"ours\"}], \"Ipv6Ranges\": [{\"CidrIpv6\": \"::/0\"}], \"UserIdGroupPairs\":"
	    " [{\"GroupId\": \"%s\"}]}], \"TagSpecifications\": [{\"ResourceType\":"
	    " \"security-group-rule\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}",
	    id, other);
	ec2_counts(v, "SecurityGroupRules", 3);
	ec2_is(v, "SecurityGroupRules.0.CidrIpv4", "10.0.0.0/8");
	ec2_is(v, "SecurityGroupRules.0.Tags.0.Value", "b");
	rule = ec2_text(v, "SecurityGroupRules.2.SecurityGroupRuleId");
	v = ec2_ok(f, "DescribeSecurityGroups", "{\"GroupIds\": [\"%s\"]}", id);
	ec2_is(v, "SecurityGroups.0.IpPermissions.0.IpProtocol", "tcp");
	ec2_is(v, "SecurityGroups.0.IpPermissions.0.IpRanges.0.Description", "ours");
	ec2_is(v, "SecurityGroups.0.IpPermissions.0.Ipv6Ranges.0.CidrIpv6", "::/0");
	ec2_is(v, "SecurityGroups.0.IpPermissions.0.UserIdGroupPairs.0.GroupId", other);
	ec2_is(v, "SecurityGroups.0.IpPermissionsEgress.0.IpProtocol", "-1");
	v = ec2_ok(f, "DescribeSecurityGroupRules",
	    "{\"Filters\": [{\"Name\": \"group-id\", \"Values\": [\"%s\"]}]}", id);
	ec2_counts(v, "SecurityGroupRules", 4);
	v = ec2_ok(f, "DescribeSecurityGroupRules",
	    "{\"SecurityGroupRuleIds\": [\"%s\"]}", rule);
	ec2_is(v, "SecurityGroupRules.0.ReferencedGroupInfo.GroupId", other);
	ec2_no(f, "InvalidSecurityGroupRuleId.NotFound", "DescribeSecurityGroupRules",
	    "{\"SecurityGroupRuleIds\": [\"sgr-0\"]}");

	/* A group that a rule names stays, and so does one that an interface has. */
	ec2_no(f, "DependencyViolation", "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}",
	    other);
	v = ec2_ok(f, "RevokeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"SecurityGroupRuleIds\": [\"%s\"]}", id, rule);
	ec2_is(v, "RevokedSecurityGroupRules.0.ReferencedGroupId", other);
	ec2_ok(f, "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}", other);
	ec2_ok(f, "RevokeSecurityGroupIngress",
	    "{\"GroupId\": \"%s\", \"IpPermissions\": [" TCP("80",
		"\"IpRanges\": [{\"CidrIp\": \"10.0.0.0/8\"}]") "]}",
	    id);
	ec2_launch(f, &w, arena_printf(f->arena, "\"SecurityGroupIds\": [\"%s\"]", id));
	assert_string_equal(ec2_no(f, "DependencyViolation", "DeleteSecurityGroup",
				"{\"GroupId\": \"%s\"}", id),
	    arena_printf(f->arena, "resource %s has a dependent object", id));
	v = ec2_ok(f, "DescribeSecurityGroups", "{\"GroupNames\": [\"default\"]}");
	ec2_no(f, "CannotDelete", "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}",
	    ec2_text(v, "SecurityGroups.0.GroupId"));
}

/* Key pairs */

static void
key_pairs_live_and_die(void **state)
{
	struct fixture *f = *state;
	const char *id, *line;
	json_t *v = ec2_ok(f, "CreateKeyPair",
	    "{\"KeyName\": \"k\", \"KeyType\": \"ed25519\", \"TagSpecifications\":"
	    " [{\"ResourceType\": \"key-pair\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}");

	id = ec2_text(v, "KeyPairId");
	assert_int_equal(strncmp(id, "key-", 4), 0);
	assert_int_equal(strncmp(ec2_text(v, "KeyMaterial"),
			     "-----BEGIN OPENSSH PRIVATE KEY-----", 35),
	    0);
	assert_string_equal(ec2_no(f, "InvalidKeyPair.Duplicate", "CreateKeyPair",
				"{\"KeyName\": \"k\"}"),
	    "The keypair already exists");
	v = ec2_ok(f, "DescribeKeyPairs",
	    "{\"KeyNames\": [\"k\"], \"IncludePublicKey\": true}");
	ec2_is(v, "KeyPairs.0.KeyPairId", id);
	ec2_is(v, "KeyPairs.0.KeyType", "ed25519");
	line = ec2_text(v, "KeyPairs.0.PublicKey");
	assert_int_equal(strncmp(line, "ssh-ed25519 AAAA", 16), 0);
	v = ec2_ok(f, "DescribeKeyPairs", "{\"KeyPairIds\": [\"%s\"]}", id);
	assert_null(fixture_text(v, "KeyPairs.0.PublicKey"));
	assert_null(fixture_text(v, "KeyPairs.0.KeyMaterial"));

	/* Tags by id; the same key can come in again under another name. */
	ec2_ok(f, "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"c\", \"Value\": \"d\"}]}",
	    id);
	v = ec2_ok(f, "DescribeTags",
	    "{\"Filters\": [{\"Name\": \"resource-id\", \"Values\": [\"%s\"]}]}", id);
	ec2_counts(v, "Tags", 2);
	ec2_is(v, "Tags.0.ResourceType", "key-pair");
	v = ec2_ok(f, "ImportKeyPair",
	    "{\"KeyName\": \"j\", \"PublicKeyMaterial\": \"%s\"}",
	    base64_encode(f->arena, line, strlen(line)));
	ec2_is(ec2_ok(f, "DescribeKeyPairs", "{\"KeyNames\": [\"k\"]}"),
	    "KeyPairs.0.KeyFingerprint", ec2_text(v, "KeyFingerprint"));
	ec2_no(f, "InvalidKey.Format", "ImportKeyPair",
	    "{\"KeyName\": \"i\", \"PublicKeyMaterial\": \"aGVsbG8=\"}");

	ec2_is(ec2_ok(f, "DeleteKeyPair", "{\"KeyName\": \"k\"}"), "KeyPairId", id);
	ec2_ok(f, "DeleteKeyPair", "{\"KeyName\": \"k\"}");
	assert_string_equal(ec2_no(f, "InvalidKeyPair.NotFound", "DescribeKeyPairs",
				"{\"KeyNames\": [\"j\", \"k\"]}"),
	    "The key pair 'k' does not exist");
	ec2_no(f, "MissingParameter", "DeleteKeyPair", "{}");
}

/* Addresses */

static void
addresses_are_associated(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *one, *two, *id, *association, *own;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_launch(f, &w, "");
	id = ec2_text(v, "Instances.0.InstanceId");
	own = ec2_text(v, "Instances.0.PublicIpAddress");
	one = ec2_text(ec2_ok(f, "AllocateAddress", "{\"Domain\": \"vpc\"}"),
	    "AllocationId");
	two = ec2_text(ec2_ok(f, "AllocateAddress", "{}"), "AllocationId");
	association =
	    ec2_text(ec2_ok(f, "AssociateAddress",
			 "{\"AllocationId\": \"%s\", \"InstanceId\": \"%s\"}", one, id),
		"AssociationId");
	v = ec2_ok(f, "DescribeAddresses", "{\"AllocationIds\": [\"%s\"]}", one);
	ec2_is(v, "Addresses.0.InstanceId", id);
	ec2_is(v, "Addresses.0.AssociationId", association);
	ec2_is(v, "Addresses.0.PrivateIpAddress", "10.0.1.4");
	ec2_is(ec2_instance_now(f, id), "NetworkInterfaces.0.Association.AllocationId",
	    one);
	/* The one it had is in the pool again. */
	ec2_is(ec2_launch(f, &w, ""), "Instances.0.PublicIpAddress", own);

	ec2_no(f, "Resource.AlreadyAssociated", "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"InstanceId\": \"%s\", \"AllowReassociation\": false}",
	    two, id);
	ec2_ok(f, "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"InstanceId\": \"%s\"}", two, id);
	v = ec2_ok(f, "DescribeAddresses", "{\"AllocationIds\": [\"%s\"]}", one);
	assert_null(fixture_text(v, "Addresses.0.InstanceId"));
	assert_non_null(strstr(ec2_no(f, "InvalidIPAddress.InUse", "ReleaseAddress",
				   "{\"AllocationId\": \"%s\"}", two),
	    "in use"));
	v = ec2_ok(f, "DescribeAddresses", "{\"AllocationIds\": [\"%s\"]}", two);
	ec2_ok(f, "DisassociateAddress", "{\"AssociationId\": \"%s\"}",
	    ec2_text(v, "Addresses.0.AssociationId"));
	assert_null(fixture_text(ec2_instance_now(f, id), "PublicIpAddress"));
	ec2_ok(f, "ReleaseAddress", "{\"AllocationId\": \"%s\"}", two);
	ec2_no(f, "InvalidAllocationID.NotFound", "ReleaseAddress",
	    "{\"AllocationId\": \"%s\"}", two);
}

static void
wrong_addresses_are_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "AllocateAddress", "{\"Domain\": \"standard\"}",
		    "InvalidParameterValue", NULL },
		{ "AllocateAddress", "{\"NetworkBorderGroup\": \"us-east-1-wl1\"}",
		    "InvalidParameterValue", NULL },
		{ "AllocateAddress", "{\"Address\": \"1.2.3.4\"}",
		    "InvalidAddress.NotFound", NULL },
		{ "ReleaseAddress", "{}", "MissingParameter", NULL },
		{ "ReleaseAddress", "{\"PublicIp\": \"1.2.3.4\"}",
		    "InvalidAddress.NotFound", "Address '1.2.3.4' not found." },
		{ "AssociateAddress", "{\"AllocationId\": \"eipalloc-0\"}",
		    "InvalidAllocationID.NotFound",
		    "The allocation ID 'eipalloc-0' does not exist" },
		{ "DisassociateAddress", "{}", "MissingParameter", NULL },
		{ "DisassociateAddress", "{\"AssociationId\": \"eipassoc-0\"}",
		    "InvalidAssociationID.NotFound",
		    "The association ID 'eipassoc-0' does not exist" },
		{ "DescribeAddresses", "{\"PublicIps\": [\"1.2.3.4\"]}",
		    "InvalidAddress.NotFound", "Address '1.2.3.4' not found." },
	};
	struct fixture *f = *state;
	const char *allocation, *vpc, *subnet, *image;
	json_t *v;

	ec2_refused(f, refusals, COUNT(refusals));
	/* Without a gateway an address leads nowhere. */
	vpc = ec2_text(ec2_ok(f, "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
	subnet = ec2_text(ec2_ok(f, "CreateSubnet",
			      "{\"VpcId\": \"%s\", \"CidrBlock\": \"10.0.0.0/24\"}", vpc),
	    "Subnet.SubnetId");
	image = ec2_image_named(f, UBUNTU);
	v = ec2_ok(f, "RunInstances",
	    "{\"ImageId\": \"%s\", \"SubnetId\": \"%s\", \"InstanceType\": \"t3.micro\","
	    " \"MinCount\": 1, \"MaxCount\": 1}",
	    image, subnet);
	assert_null(fixture_text(v, "Instances.0.PublicIpAddress"));
	allocation = ec2_text(ec2_ok(f, "AllocateAddress", "{}"), "AllocationId");
	assert_string_equal(ec2_no(f, "Gateway.NotAttached", "AssociateAddress",
				"{\"AllocationId\": \"%s\", \"InstanceId\": \"%s\"}",
				allocation, ec2_text(v, "Instances.0.InstanceId")),
	    arena_printf(f->arena, "Network %s is not attached to any internet gateway",
		vpc));
}

/* Images */

static void
images_are_registered(void **state)
{
	struct fixture *f = *state;
	const char *id;
	json_t *v;

	v = ec2_ok(f, "DescribeImages", "{\"Owners\": [\"amazon\"]}");
	ec2_counts(v, "Images", 4);
	ec2_counts(ec2_ok(f, "DescribeImages", "{\"ExecutableUsers\": [\"self\"]}"),
	    "Images", 0);
	v = ec2_ok(f, "DescribeImages",
	    "{\"Owners\": [\"099720109477\"], \"Filters\": [{\"Name\": \"name\", \"Values\":"
	    " [\"ubuntu/images/hvm-ssd*/ubuntu-*-server-*\"]}]}");
	ec2_counts(v, "Images", 2);

	id = ec2_text(
	    ec2_ok(f, "RegisterImage",
		"{\"Name\": \"my app\", \"DockerImage\": \"nginx:1.27\", \"BootMode\":"
		" \"uefi\", \"TagSpecifications\": [{\"ResourceType\": \"image\","
		" \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}]}"),
	    "ImageId");
	v = ec2_ok(f, "DescribeImages", "{\"Owners\": [\"self\"]}");
	ec2_counts(v, "Images", 1);
	ec2_is(v, "Images.0.ImageId", id);
	ec2_is(v, "Images.0.BootMode", "uefi");
	ec2_is(v, "Images.0.Tags.0.Value", "b");
	assert_string_equal(ec2_no(f, "InvalidAMIName.Duplicate", "RegisterImage",
				"{\"Name\": \"my app\"}"),
	    arena_printf(f->arena, "AMI name my app is already in use by AMI %s", id));
	ec2_no(f, "InvalidParameterValue", "RegisterImage", "{\"Name\": \"a\"}");
	ec2_no(f, "InvalidAMIName.Malformed", "RegisterImage", "{\"Name\": \"a*b*c\"}");
	ec2_no(f, "InvalidParameterValue", "RegisterImage",
	    "{\"Name\": \"abc\", \"DockerImage\": \"NOT AN IMAGE\"}");
	ec2_ok(f, "DeregisterImage", "{\"ImageId\": \"%s\"}", id);
	ec2_no(f, "InvalidAMIID.Unavailable", "DescribeImages",
	    "{\"ImageIds\": [\"%s\"]}", id);
	ec2_no(f, "AuthFailure", "DeregisterImage", "{\"ImageId\": \"%s\"}",
	    ec2_image_named(f, UBUNTU));
}

/* Tags */

static void
tags_are_set_and_taken(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v, *tags = json_own(f->arena, json_new_array());

	ec2_world(f, &w);
	ec2_ok(f, "CreateTags",
	    "{\"Resources\": [\"%s\", \"%s\"], \"Tags\": [{\"Key\": \"Name\", \"Value\": \"a\"},"
	    " {\"Key\": \"empty\"}]}",
	    w.vpc, w.subnet);
	ec2_ok(f, "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"Name\", \"Value\": \"b\"}]}",
	    w.vpc);
	v = ec2_ok(f, "DescribeTags",
	    "{\"Filters\": [{\"Name\": \"tag:Name\", \"Values\": [\"*\"]}]}");
	ec2_counts(v, "Tags", 2);
	v = ec2_ok(f, "DescribeTags",
	    "{\"Filters\": [{\"Name\": \"resource-type\", \"Values\": [\"vpc\"]}, {\"Name\":"
	    " \"key\", \"Values\": [\"Name\"]}]}");
	ec2_counts(v, "Tags", 1);
	ec2_is(v, "Tags.0.Value", "b");
	ec2_counts(ec2_ok(f, "DescribeTags", "{\"MaxResults\": 5}"), "Tags", 4);

	/* Only with that value; then without; then all. */
	ec2_ok(f, "DeleteTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"Name\", \"Value\": \"a\"}]}",
	    w.vpc);
	ec2_counts(ec2_ok(f, "DescribeTags", "{}"), "Tags", 4);
	ec2_ok(f, "DeleteTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"Name\"}]}", w.vpc);
	ec2_counts(ec2_ok(f, "DescribeTags", "{}"), "Tags", 3);
	ec2_ok(f, "DeleteTags", "{\"Resources\": [\"%s\"]}", w.subnet);
	ec2_counts(ec2_ok(f, "DescribeTags", "{}"), "Tags", 1);

	assert_string_equal(
	    ec2_no(f, "InvalidID", "CreateTags",
		"{\"Resources\": [\"x-1\"], \"Tags\": [{\"Key\": \"a\"}]}"),
	    "The ID 'x-1' is not valid");
	ec2_no(f, "InvalidVpcID.NotFound", "CreateTags",
	    "{\"Resources\": [\"vpc-0\"], \"Tags\": [{\"Key\": \"a\"}]}");
	ec2_no(f, "InvalidParameterValue", "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": []}", w.vpc);
	ec2_no(f, "InvalidParameterValue", "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"\"}]}", w.vpc);
	ec2_no(f, "InvalidParameterValue", "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"AWS:x\"}]}", w.vpc);
	for (int i = 0; i < 51; i++)
		json_add(tags, json_make("{s:o}", "Key", json_sprintf("k%d", i)));
	ec2_no(f, "TagLimitExceeded", "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": %s}", w.vpc, json_text(f->arena, tags));
	ec2_counts(ec2_ok(f, "DescribeTags", "{}"), "Tags", 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_groups_are_refused),
		TEST(wrong_rules_are_refused),
		TEST(rules_are_kept_and_shown),
		TEST(key_pairs_live_and_die),
		TEST(addresses_are_associated),
		TEST(wrong_addresses_are_refused),
		TEST(images_are_registered),
		TEST(tags_are_set_and_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
