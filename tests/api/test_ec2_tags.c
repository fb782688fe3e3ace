/* EC2: tags of everything that has an id. */
#include <string.h>

#include "tests/api/ec2_calls.h"

static size_t
count(struct fixture *f, const char *filter, const char *value)
{
	json_t *v = ec2_ok(f, "DescribeTags",
	    "{\"Filters\": [{\"Name\": \"%s\", \"Values\": [\"%s\"]}]}", filter, value);

	return json_array_size(json_get(v, "Tags"));
}

static void
many_kinds_have_tags(void **state)
{
	static const struct {
		const char *op, *params, *id, *type;
	} rows[] = {
		{ "CreateVpc", "{\"CidrBlock\": \"10.0.0.0/16\"}", "Vpc.VpcId", "vpc" },
		{ "CreatePlacementGroup",
		    "{\"GroupName\": \"g\", \"Strategy\": \"cluster\"}",
		    "PlacementGroup.GroupId", "placement-group" },
		{ "CreateCapacityReservation",
		    "{\"InstanceType\": \"t3.micro\", \"InstancePlatform\": \"Linux/UNIX\","
		    " \"AvailabilityZone\": \"us-east-1a\", \"InstanceCount\": 1}",
		    "CapacityReservation.CapacityReservationId", "capacity-reservation" },
		{ "AllocateHosts",
		    "{\"AvailabilityZone\": \"us-east-1a\", \"Quantity\": 1,"
		    " \"InstanceType\": \"m5.large\"}",
		    "HostIds.0", "dedicated-host" },
		{ "CreateKeyPair", "{\"KeyName\": \"k\", \"KeyType\": \"ed25519\"}",
		    "KeyPairId", "key-pair" },
		{ "AllocateAddress", "{}", "AllocationId", "elastic-ip" },
		{ "CreateInternetGateway", "{}", "InternetGateway.InternetGatewayId",
		    "internet-gateway" },
		{ "CreateVolume", "{\"AvailabilityZone\": \"us-east-1a\", \"Size\": 1}",
		    "VolumeId", "volume" },
		{ "CreateTransitGateway", "{}", "TransitGateway.TransitGatewayId",
		    "transit-gateway" },
		{ "CreateManagedPrefixList",
		    "{\"PrefixListName\": \"l\", \"AddressFamily\": \"IPv4\","
		    " \"MaxEntries\": 1}",
		    "PrefixList.PrefixListId", "prefix-list" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *id =
		    ec2_text(ec2_ok(f, rows[i].op, "%s", rows[i].params), rows[i].id);

		ec2_ok(f, "CreateTags",
		    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"a\", \"Value\":"
		    " \"%s\"}]}",
		    id, rows[i].type);
		assert_int_equal(count(f, "resource-id", id), 1);
		assert_int_equal(count(f, "resource-type", rows[i].type), 1);
		assert_int_equal(count(f, "tag:a", rows[i].type), 1);
	}
	assert_int_equal(count(f, "key", "a"), COUNT(rows));
	assert_int_equal(count(f, "value", "v*"), 2);
}

static const char *
make_vpc(struct fixture *f)
{
	return ec2_text(ec2_ok(f, "CreateVpc",
			    "{\"CidrBlock\": \"10.0.0.0/16\", \"TagSpecifications\":"
			    " [{\"ResourceType\": \"vpc\", \"Tags\": [{\"Key\": \"a\","
			    " \"Value\": \"1\"}, {\"Key\": \"b\", \"Value\": \"\"}]}]}"),
	    "Vpc.VpcId");
}

static void
tags_change_and_go(void **state)
{
	struct fixture *f = *state;
	const char *one = make_vpc(f), *two = make_vpc(f);
	json_t *v;

	ec2_ok(f, "CreateTags",
	    "{\"Resources\": [\"%s\", \"%s\"], \"Tags\": [{\"Key\": \"a\", \"Value\":"
	    " \"2\"}, {\"Key\": \"c\", \"Value\": \"3\"}, {\"Key\": \"d\"}]}",
	    one, two);
	assert_int_equal(count(f, "resource-id", "vpc-*"), 8);
	assert_int_equal(count(f, "value", "1"), 0);
	/* Only if it has that value; no value: whatever it is. */
	ec2_ok(f, "DeleteTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"a\", \"Value\": \"1\"},"
	    " {\"Key\": \"b\", \"Value\": \"\"}, {\"Key\": \"c\"}, {\"Key\": \"x\"}]}",
	    one);
	assert_int_equal(count(f, "resource-id", one), 2);
	ec2_ok(f, "DeleteTags", "{\"Resources\": [\"%s\", \"%s\"]}", one, two);
	ec2_ok(f, "DeleteTags", "{\"Resources\": [\"%s\"]}", one);
	assert_int_equal(count(f, "resource-id", "vpc-*"), 0);
	for (int i = 0; i < 3; i++)
		ec2_ok(f, "CreateTags",
		    "{\"Resources\": [\"%s\", \"%s\"], \"Tags\": [{\"Key\": \"k%d\"}]}",
		    one, two, i);
	v = ec2_ok(f, "DescribeTags", "{\"MaxResults\": 5}");
	ec2_counts(v, "Tags", 5);
	v = ec2_ok(f, "DescribeTags", "{\"MaxResults\": 5, \"NextToken\": \"%s\"}",
	    ec2_text(v, "NextToken"));
	ec2_counts(v, "Tags", 1);
}

/* What is gone has its tags as long as it is shown: an hour. */
static void
tags_are_forgotten_with_what_has_them(void **state)
{
	struct fixture *f = *state;
	const char *id = ec2_text(ec2_ok(f, "CreateVpnGateway",
				      "{\"Type\": \"ipsec.1\", \"TagSpecifications\":"
				      " [{\"ResourceType\": \"vpn-gateway\", \"Tags\":"
				      " [{\"Key\": \"a\", \"Value\": \"1\"}]}]}"),
	    "VpnGateway.VpnGatewayId");

	ec2_ok(f, "DeleteVpnGateway", "{\"VpnGatewayId\": \"%s\"}", id);
	assert_int_equal(count(f, "resource-id", id), 1);
	f->now_ms += 3600 * 1000;
	assert_int_equal(count(f, "resource-id", id), 0);
}

/* A list of n ids. */
static const char *
ids(struct fixture *f, const char *id, size_t n)
{
	char *text = arena_printf(f->arena, "\"%s\"", id);

	while (--n > 0)
		text = arena_printf(f->arena, "%s,\"%s\"", text, id);
	return text;
}

static void
limits_are_kept(void **state)
{
	struct fixture *f = *state;
	const char *id = make_vpc(f);

	ec2_ok(f, "CreateTags",
	    "{\"Resources\": [%s], \"Tags\": [{\"Key\": \"a\", \"Value\": \"2\"}]}",
	    ids(f, id, 1000));
	ec2_no(f, "InvalidParameterValue", "CreateTags",
	    "{\"Resources\": [%s], \"Tags\": [{\"Key\": \"a\", \"Value\": \"2\"}]}",
	    ids(f, id, 1001));
	ec2_no(f, "InvalidParameterValue", "DeleteTags", "{\"Resources\": [%s]}",
	    ids(f, id, 1001));
	for (int i = 0; i < 48; i++)
		ec2_ok(f, "CreateTags",
		    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"k%d\"}]}", id, i);
	ec2_no(f, "TagLimitExceeded", "CreateTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"z\"}]}", id);
	ec2_no(f, "InvalidParameterValue", "DeleteTags",
	    "{\"Resources\": [\"%s\"], \"Tags\": [{\"Key\": \"aws:x\"}]}", id);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "CreateTags",
		    "{\"Resources\": [\"x-1\"], \"Tags\": [{\"Key\": \"a\"}]}",
		    "InvalidID", "The ID 'x-1' is not valid" },
		{ "CreateTags",
		    "{\"Resources\": [\"vpc-12345678\"], \"Tags\": [{\"Key\": \"a\"}]}",
		    "InvalidVpcID.NotFound", NULL },
		{ "CreateTags", "{\"Resources\": [\"vpc-12345678\"], \"Tags\": []}",
		    "InvalidParameterValue", NULL },
		{ "CreateTags", "{\"Resources\": [], \"Tags\": [{\"Key\": \"a\"}]}",
		    "MissingParameter", NULL },
		{ "CreateTags",
		    "{\"Resources\": [\"vpc-12345678\"], \"Tags\": [{\"Key\": \"a\"},"
		    " {\"Key\": \"a\"}]}",
		    "InvalidParameterValue", NULL },
		{ "DeleteTags", "{\"Resources\": []}", "MissingParameter", NULL },
		{ "DeleteTags", "{\"Resources\": [\"pg-1\"]}",
		    "InvalidPlacementGroupId.Unknown", NULL },
		{ "DescribeTags",
		    "{\"Filters\": [{\"Name\": \"x\", \"Values\": [\"y\"]}]}",
		    "InvalidParameterValue", NULL },
		{ "DescribeTags", "{\"MaxResults\": 4}", "InvalidParameterValue", NULL },
	};

	ec2_refused(*state, refusals, COUNT(refusals));
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(many_kinds_have_tags),
		T(tags_change_and_go),
		T(tags_are_forgotten_with_what_has_them),
		T(limits_are_kept),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
