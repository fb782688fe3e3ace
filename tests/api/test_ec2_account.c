/* EC2: what an account is told: regions, zones, ids' formats, attributes, ClassicLink, blocking. */
#include "tests/api/ec2_calls.h"

#include <string.h>

static void
regions_are_open_or_closed(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeRegions", "{}");

	ec2_counts(v, "Regions", 16);
	ec2_is(v, "Regions.0.OptInStatus", "opt-in-not-required");
	ec2_is(v, "Regions.0.Geography.0.Name", "Japan");
	v = ec2_ok(f, "DescribeRegions",
	    "{\"AllRegions\": true, \"RegionNames\": [\"me-south-1\"]}");
	ec2_is(v, "Regions.0.OptInStatus", "not-opted-in");
	ec2_no(f, "InvalidParameterValue", "DescribeRegions",
	    "{\"RegionNames\": [\"me-south-1\"]}");
	ec2_counts(ec2_ok(f, "DescribeRegions",
		       "{\"AllRegions\": true, \"Filters\": [{\"Name\": \"opt-in-status\","
		       " \"Values\": [\"not-opted-in\"]}]}"),
	    "Regions", 12);
}

static void
zones_are_three(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeAvailabilityZones",
	    "{\"AllAvailabilityZones\": true, \"Filters\": [{\"Name\": \"zone-name\","
	    " \"Values\": [\"us-east-1b\"]}]}");

	ec2_counts(v, "AvailabilityZones", 1);
	ec2_is(v, "AvailabilityZones.0.ZoneId", "use1-az2");
	ec2_is(v, "AvailabilityZones.0.GroupName", "us-east-1-zg-1");
	ec2_is(v, "AvailabilityZones.0.GroupLongName", "US East (N. Virginia) 1");
	ec2_is(v, "AvailabilityZones.0.NetworkBorderGroup", "us-east-1");
	ec2_is(v, "AvailabilityZones.0.ZoneType", "availability-zone");
	ec2_is(v, "AvailabilityZones.0.SubGeography.0.Name", "Virginia");
	ec2_counts(ec2_ok(f, "DescribeAvailabilityZones",
		       "{\"Filters\": [{\"Name\": \"parent-zone-name\","
		       " \"Values\": [\"*\"]}]}"),
	    "AvailabilityZones", 0);
	ec2_no(f, "InvalidParameterValue", "ModifyAvailabilityZoneGroup",
	    "{\"GroupName\": \"us-east-1-bos-1\", \"OptInStatus\": \"opted-in\"}");
	assert_string_equal(
	    ec2_no(f, "InvalidParameterValue", "ModifyAvailabilityZoneGroup",
		"{\"GroupName\": \"us-east-1-zg-1\", \"OptInStatus\": \"not-opted-in\"}"),
	    "The opt-in status of the zone group us-east-1-zg-1 cannot be modified.");
}

static void
ids_are_long(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeIdFormat", "{\"Resource\": \"vpc\"}");

	ec2_counts(v, "Statuses", 1);
	ec2_is(v, "Statuses.0.UseLongIds", "true");
	ec2_counts(ec2_ok(f, "DescribeIdFormat", "{}"), "Statuses", 31);
	ec2_no(f, "InvalidParameterValue", "DescribeIdFormat", "{\"Resource\": \"x\"}");
	v = ec2_ok(f, "DescribeAggregateIdFormat", "{}");
	ec2_is(v, "UseLongIdsAggregated", "true");
	ec2_counts(v, "Statuses", 31);

	ec2_counts(ec2_ok(f, "DescribePrincipalIdFormat", "{}"), "Principals", 0);
	ec2_ok(f, "ModifyIdFormat", "{\"Resource\": \"vpc\", \"UseLongIds\": true}");
	ec2_ok(f, "ModifyIdentityIdFormat",
	    "{\"PrincipalArn\": \"arn:aws:iam::000000000000:role/a\","
	    " \"Resource\": \"subnet\", \"UseLongIds\": true}");
	ec2_ok(f, "ModifyIdentityIdFormat",
	    "{\"PrincipalArn\": \"arn:aws:iam::000000000000:role/a\","
	    " \"Resource\": \"image\", \"UseLongIds\": true}");
	v = ec2_ok(f, "DescribePrincipalIdFormat", "{\"Resources\": [\"subnet\"]}");
	ec2_counts(v, "Principals", 2);
	ec2_is(v, "Principals.0.Arn", "arn:aws:iam::000000000000:role/a");
	ec2_is(v, "Principals.0.Statuses.0.Resource", "subnet");
	assert_null(fixture_text(v, "Principals.0.Statuses.1.Resource"));
	v = ec2_ok(f, "DescribePrincipalIdFormat", "{\"MaxResults\": 1}");
	ec2_counts(v, "Principals", 1);
	ec2_counts(ec2_ok(f, "DescribePrincipalIdFormat", "{\"NextToken\": \"%s\"}",
		       ec2_text(v, "NextToken")),
	    "Principals", 1);
	ec2_is(ec2_ok(f, "DescribeIdentityIdFormat",
		   "{\"PrincipalArn\": \"arn:aws:iam::000000000000:role/a\","
		   " \"Resource\": \"image\"}"),
	    "Statuses.0.UseLongIds", "true");
	ec2_no(f, "UnsupportedOperation", "ModifyIdFormat",
	    "{\"Resource\": \"vpc\", \"UseLongIds\": false}");
	ec2_no(f, "InvalidParameterValue", "ModifyIdentityIdFormat",
	    "{\"PrincipalArn\": \"arn:aws:iam::111111111111:role/a\","
	    " \"Resource\": \"image\", \"UseLongIds\": true}");
	ec2_no(f, "InvalidParameterValue", "ModifyIdFormat",
	    "{\"Resource\": \"x\", \"UseLongIds\": true}");
	ec2_ok(f, "ModifyIdentityIdFormat",
	    "{\"PrincipalArn\": \"all\", \"Resource\": \"all-current\","
	    " \"UseLongIds\": true}");
}

static void
accounts_have_attributes(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeAccountAttributes",
	    "{\"AttributeNames\": [\"default-vpc\"]}");

	ec2_counts(v, "AccountAttributes", 1);
	ec2_is(v, "AccountAttributes.0.AttributeValues.0.AttributeValue",
	    ec2_text(ec2_ok(f, "DescribeVpcs", "{}"), "Vpcs.0.VpcId"));
	v = ec2_ok(f, "DescribeAccountAttributes", "{}");
	ec2_counts(v, "AccountAttributes", 6);
	ec2_is(v, "AccountAttributes.0.AttributeName", "supported-platforms");
	ec2_is(v, "AccountAttributes.0.AttributeValues.0.AttributeValue", "VPC");
	ec2_no(f, "InvalidParameterValue", "DescribeAccountAttributes",
	    "{\"AttributeNames\": [\"x\"]}");
}

static void
no_default_vpc_is_none(void **state)
{
	ec2_is(ec2_ok(*state, "DescribeAccountAttributes",
		   "{\"AttributeNames\": [\"default-vpc\"]}"),
	    "AccountAttributes.0.AttributeValues.0.AttributeValue", "none");
}

static void
nothing_has_classic_link(void **state)
{
	struct fixture *f = *state;
	json_t *v = ec2_ok(f, "DescribeVpcClassicLink", "{}");
	const char *vpc = ec2_text(v, "Vpcs.0.VpcId");

	ec2_is(v, "Vpcs.0.ClassicLinkEnabled", "false");
	ec2_counts(v, "Vpcs", 1);
	ec2_counts(ec2_ok(f, "DescribeVpcClassicLink",
		       "{\"VpcIds\": [\"%s\"], \"Filters\": [{\"Name\":"
		       " \"is-classic-link-enabled\", \"Values\": [\"true\"]}]}",
		       vpc),
	    "Vpcs", 0);
	v = ec2_ok(f, "DescribeVpcClassicLinkDnsSupport", "{\"VpcIds\": [\"%s\"]}", vpc);
	ec2_is(v, "Vpcs.0.ClassicLinkDnsSupported", "false");
	ec2_no(f, "InvalidVpcID.NotFound", "DescribeVpcClassicLink",
	    "{\"VpcIds\": [\"vpc-0\"]}");
	ec2_counts(ec2_ok(f, "DescribeClassicLinkInstances", "{}"), "Instances", 0);
	ec2_no(f, "InvalidInstanceID.NotFound", "DescribeClassicLinkInstances",
	    "{\"InstanceIds\": [\"i-0\"]}");
}

static const char *
mode_of(struct fixture *f, const char *op, const char *path)
{
	return ec2_text(ec2_ok(f, op, "{}"),
	    arena_printf(f->arena, "%s.BlockPublicAccessStates.InternetGatewayBlockMode",
		path));
}

static void
public_access_can_be_blocked(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;
	json_t *v = ec2_ok(f, "DescribeVpcBlockPublicAccessOptions", "{}");

	ec2_is(v, "VpcBlockPublicAccessOptions.InternetGatewayBlockMode", "off");
	ec2_is(v, "VpcBlockPublicAccessOptions.State", "default-state");
	ec2_is(v, "VpcBlockPublicAccessOptions.AwsRegion", "us-east-1");
	ec2_world(f, &w);
	assert_string_equal(mode_of(f, "DescribeVpcs", "Vpcs.0"), "off");
	v = ec2_ok(f, "ModifyVpcBlockPublicAccessOptions",
	    "{\"InternetGatewayBlockMode\": \"block-bidirectional\"}");
	ec2_is(v, "VpcBlockPublicAccessOptions.State", "update-in-progress");
	ec2_is(ec2_ok(f, "DescribeVpcBlockPublicAccessOptions", "{}"),
	    "VpcBlockPublicAccessOptions.State", "update-complete");
	assert_string_equal(mode_of(f, "DescribeVpcs", "Vpcs.0"), "block-bidirectional");
	assert_string_equal(mode_of(f, "DescribeSubnets", "Subnets.0"),
	    "block-bidirectional");

	v = ec2_ok(f, "CreateVpcBlockPublicAccessExclusion",
	    "{\"VpcId\": \"%s\", \"InternetGatewayExclusionMode\": \"allow-egress\","
	    " \"TagSpecifications\": [{\"ResourceType\":"
	    " \"vpc-block-public-access-exclusion\", \"Tags\": [{\"Key\": \"a\","
	    " \"Value\": \"b\"}]}]}",
	    w.vpc);
	id = ec2_text(v, "VpcBlockPublicAccessExclusion.ExclusionId");
	ec2_is(v, "VpcBlockPublicAccessExclusion.State", "create-in-progress");
	ec2_no(f, "VpcBlockPublicAccessExclusionAlreadyExists",
	    "CreateVpcBlockPublicAccessExclusion",
	    "{\"VpcId\": \"%s\", \"InternetGatewayExclusionMode\": \"allow-egress\"}",
	    w.vpc);
	v = ec2_ok(f, "DescribeVpcBlockPublicAccessExclusions",
	    "{\"Filters\": [{\"Name\": \"resource-arn\", \"Values\":"
	    " [\"arn:aws:ec2:us-east-1:000000000000:vpc/%s\"]}]}",
	    w.vpc);
	ec2_is(v, "VpcBlockPublicAccessExclusions.0.State", "create-complete");
	assert_string_equal(mode_of(f, "DescribeSubnets", "Subnets.0"), "block-ingress");
	v = ec2_ok(f, "ModifyVpcBlockPublicAccessExclusion",
	    "{\"ExclusionId\": \"%s\", \"InternetGatewayExclusionMode\":"
	    " \"allow-bidirectional\"}",
	    id);
	ec2_is(v, "VpcBlockPublicAccessExclusion.State", "update-in-progress");
	assert_string_equal(mode_of(f, "DescribeSubnets", "Subnets.0"), "off");
	ec2_is(ec2_ok(f, "DeleteVpcBlockPublicAccessExclusion",
		   "{\"ExclusionId\": \"%s\"}", id),
	    "VpcBlockPublicAccessExclusion.State", "delete-in-progress");
	ec2_no(f, "InvalidVpcBlockPublicAccessExclusionId.NotFound",
	    "DeleteVpcBlockPublicAccessExclusion", "{\"ExclusionId\": \"%s\"}", id);

	/* One of a subnet goes with it. */
	ec2_ok(f, "CreateVpcBlockPublicAccessExclusion",
	    "{\"SubnetId\": \"%s\", \"InternetGatewayExclusionMode\": \"allow-egress\"}",
	    w.subnet);
	assert_string_equal(mode_of(f, "DescribeSubnets", "Subnets.0"), "block-ingress");
	assert_string_equal(mode_of(f, "DescribeVpcs", "Vpcs.0"), "block-bidirectional");
	ec2_ok(f, "DeleteSubnet", "{\"SubnetId\": \"%s\"}", w.subnet);
	ec2_counts(ec2_ok(f, "DescribeVpcBlockPublicAccessExclusions", "{}"),
	    "VpcBlockPublicAccessExclusions", 0);
	ec2_no(f, "MissingParameter", "CreateVpcBlockPublicAccessExclusion",
	    "{\"InternetGatewayExclusionMode\": \"allow-egress\"}");
	ec2_no(f, "InvalidParameterCombination", "CreateVpcBlockPublicAccessExclusion",
	    "{\"VpcId\": \"%s\", \"SubnetId\": \"subnet-0\","
	    " \"InternetGatewayExclusionMode\": \"allow-egress\"}",
	    w.vpc);
	ec2_no(f, "InvalidSubnetID.NotFound", "CreateVpcBlockPublicAccessExclusion",
	    "{\"SubnetId\": \"subnet-0\", \"InternetGatewayExclusionMode\":"
	    " \"allow-egress\"}");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
#define STANDARD(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup_standard, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(regions_are_open_or_closed),
		TEST(zones_are_three),
		TEST(ids_are_long),
		STANDARD(accounts_have_attributes),
		TEST(no_default_vpc_is_none),
		STANDARD(nothing_has_classic_link),
		TEST(public_access_can_be_blocked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
