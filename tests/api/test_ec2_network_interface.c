/* EC2: network interfaces: addresses, attributes, attachments, permissions. */
#include "tests/api/ec2_calls.h"

#include <string.h>

static const char *
make(struct fixture *f, const struct ec2_world *w, const char *more)
{
	return ec2_text(ec2_ok(f, "CreateNetworkInterface", "{\"SubnetId\": \"%s\"%s%s}",
			    w->subnet, more[0] != '\0' ? ", " : "", more),
	    "NetworkInterface.NetworkInterfaceId");
}

static json_t *
now(struct fixture *f, const char *id)
{
	json_t *v = ec2_ok(f, "DescribeNetworkInterfaces",
	    "{\"NetworkInterfaceIds\": [\"%s\"]}", id);

	return json_array_get(json_get(v, "NetworkInterfaces"), 0);
}

static const char *
launch(struct fixture *f, const struct ec2_world *w)
{
	const char *id = ec2_text(ec2_launch(f, w, ""), "Instances.0.InstanceId");

	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	return id;
}

/* As the reconciler does when the instance's container stands still. */
static void
set_state(struct fixture *f, const char *id, int code, const char *name)
{
	struct store_txn *t = store_begin(f->env.store, f->arena);
	json_t *doc;
	struct err err;

	assert_int_equal(store_edit(t, FIXTURE_ACCOUNT ":" FIXTURE_REGION, "ec2:instance",
			     id, &doc, &err),
	    1);
	json_set(doc, "State", json_make("{s:i, s:s}", "Code", code, "Name", name));
	store_put(t, FIXTURE_ACCOUNT ":" FIXTURE_REGION, "ec2:instance", id, doc);
	assert_int_equal(store_commit(t, &err), 1);
}

static void
interfaces_live_and_die(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "CreateNetworkInterface",
	    "{\"SubnetId\": \"%s\", \"Description\": \"spare\", \"ClientToken\": \"t1\","
	    " \"PrivateIpAddresses\": [{\"PrivateIpAddress\": \"10.0.1.50\", \"Primary\": true},"
	    " {\"PrivateIpAddress\": \"10.0.1.51\"}], \"TagSpecifications\":"
	    " [{\"ResourceType\": \"network-interface\", \"Tags\": [{\"Key\": \"a\","
	    " \"Value\": \"b\"}]}]}",
	    w.subnet);
	id = ec2_text(v, "NetworkInterface.NetworkInterfaceId");
	ec2_is(v, "NetworkInterface.Status", "pending");
	ec2_is(v, "NetworkInterface.PrivateIpAddress", "10.0.1.50");
	v = now(f, id);
	ec2_is(v, "Status", "available");
	ec2_is(v, "Description", "spare");
	ec2_is(v, "InterfaceType", "interface");
	ec2_is(v, "SourceDestCheck", "true");
	ec2_is(v, "RequesterManaged", "false");
	ec2_is(v, "Groups.0.GroupName", "default");
	ec2_is(v, "TagSet.0.Value", "b");
	ec2_is(v, "PrivateIpAddresses.1.PrivateIpAddress", "10.0.1.51");
	ec2_is(v, "PrivateIpAddresses.1.Primary", "false");
	/* The token gives the same one again. */
	v = ec2_ok(f, "CreateNetworkInterface",
	    "{\"SubnetId\": \"%s\", \"Description\": \"spare\", \"ClientToken\": \"t1\","
	    " \"PrivateIpAddresses\": [{\"PrivateIpAddress\": \"10.0.1.50\", \"Primary\": true},"
	    " {\"PrivateIpAddress\": \"10.0.1.51\"}], \"TagSpecifications\":"
	    " [{\"ResourceType\": \"network-interface\", \"Tags\": [{\"Key\": \"a\","
	    " \"Value\": \"b\"}]}]}",
	    w.subnet);
	ec2_is(v, "NetworkInterface.NetworkInterfaceId", id);
	ec2_is(ec2_ok(f, "DescribeSubnets", "{\"SubnetIds\": [\"%s\"]}", w.subnet),
	    "Subnets.0.AvailableIpAddressCount", "249");
	ec2_no(f, "DependencyViolation", "DeleteSubnet", "{\"SubnetId\": \"%s\"}",
	    w.subnet);
	ec2_ok(f, "DeleteNetworkInterface", "{\"NetworkInterfaceId\": \"%s\"}", id);
	ec2_no(f, "InvalidNetworkInterfaceID.NotFound", "DeleteNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\"}", id);
}

static void
addresses_come_and_go(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *a, *b;
	json_t *v;

	ec2_world(f, &w);
	a = make(f, &w, "\"SecondaryPrivateIpAddressCount\": 2, \"Ipv4PrefixCount\": 1");
	b = make(f, &w, "");
	v = now(f, a);
	ec2_counts(v, "PrivateIpAddresses", 3);
	ec2_is(v, "PrivateIpAddress", "10.0.1.4");
	ec2_is(v, "Ipv4Prefixes.0.Ipv4Prefix", "10.0.1.16/28");
	ec2_is(ec2_ok(f, "DescribeSubnets", "{\"SubnetIds\": [\"%s\"]}", w.subnet),
	    "Subnets.0.AvailableIpAddressCount", "231");
	v = ec2_ok(f, "AssignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}",
	    b);
	ec2_is(v, "AssignedPrivateIpAddresses.0.PrivateIpAddress", "10.0.1.77");
	ec2_no(f, "InvalidIPAddress.InUse", "AssignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}",
	    a);
	ec2_ok(f, "AssignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"],"
	    " \"AllowReassignment\": true}",
	    a);
	ec2_counts(now(f, b), "PrivateIpAddresses", 1);
	ec2_counts(now(f, a), "PrivateIpAddresses", 4);
	ec2_no(f, "InvalidParameterValue", "UnassignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.4\"]}",
	    a);
	ec2_ok(f, "UnassignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}",
	    a);
	ec2_no(f, "InvalidParameterValue", "UnassignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.77\"]}",
	    a);
	ec2_ok(f, "UnassignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"Ipv4Prefixes\": [\"10.0.1.16/28\"]}", a);
	ec2_counts(now(f, a), "Ipv4Prefixes", 0);
	ec2_no(f, "MissingParameter", "AssignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\"}", a);
	ec2_no(f, "InvalidParameterValue", "AssignIpv6Addresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"Ipv6AddressCount\": 1}", a);
}

static void
ipv6_comes_from_the_subnet(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *cidr, *address, *id;
	char subnet[96], base[64];
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "AssociateVpcCidrBlock",
	    "{\"VpcId\": \"%s\", \"AmazonProvidedIpv6CidrBlock\": true}", w.vpc);
	cidr = ec2_text(v, "Ipv6CidrBlockAssociation.Ipv6CidrBlock");
	snprintf(base, sizeof(base), "%.*s", (int)strcspn(cidr, "/"), cidr);
	snprintf(subnet, sizeof(subnet), "%s/64", base);
	ec2_ok(f, "AssociateSubnetCidrBlock",
	    "{\"SubnetId\": \"%s\", \"Ipv6CidrBlock\": \"%s\"}", w.subnet, subnet);
	id = make(f, &w,
	    "\"Ipv6AddressCount\": 1, \"Ipv6PrefixCount\": 1, \"EnablePrimaryIpv6\": true");
	v = now(f, id);
	address = ec2_text(v, "Ipv6Addresses.0.Ipv6Address");
	assert_int_equal(strncmp(address, base, strlen(base) - 1), 0);
	ec2_is(v, "Ipv6Addresses.0.IsPrimaryIpv6", "true");
	ec2_is(v, "Ipv6Address", address);
	assert_non_null(strstr(ec2_text(v, "Ipv6Prefixes.0.Ipv6Prefix"), "/80"));
	v = ec2_ok(f, "AssignIpv6Addresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"Ipv6Addresses\": [\"%s5\"]}", id, base);
	assert_non_null(ec2_text(v, "AssignedIpv6Addresses.0"));
	ec2_no(f, "InvalidIPAddress.InUse", "AssignIpv6Addresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"Ipv6Addresses\": [\"%s5\"]}", id, base);
	v = ec2_ok(f, "UnassignIpv6Addresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"Ipv6Addresses\": [\"%s\"]}", id, address);
	ec2_is(v, "UnassignedIpv6Addresses.0", address);
	ec2_counts(now(f, id), "Ipv6Addresses", 1);
}

static void
attributes_are_kept(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *group;
	json_t *v;

	ec2_world(f, &w);
	id = make(f, &w, "");
	group = ec2_text(ec2_ok(f, "CreateSecurityGroup",
			     "{\"GroupName\": \"g\", \"Description\": \"d\", \"VpcId\":"
			     " \"%s\"}",
			     w.vpc),
	    "GroupId");
	ec2_ok(f, "ModifyNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"Groups\": [\"%s\"], \"Description\":"
	    " {\"Value\": \"x\"}, \"SourceDestCheck\": {\"Value\": false},"
	    " \"ConnectionTrackingSpecification\": {\"UdpTimeout\": 40}}",
	    id, group);
	v = now(f, id);
	ec2_is(v, "Groups.0.GroupId", group);
	ec2_is(v, "Description", "x");
	ec2_is(v, "SourceDestCheck", "false");
	ec2_is(v, "ConnectionTrackingConfiguration.UdpTimeout", "40");
	v = ec2_ok(f, "DescribeNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"Attribute\": \"groupSet\"}", id);
	ec2_is(v, "Groups.0.GroupName", "g");
	v = ec2_ok(f, "DescribeNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"Attribute\": \"sourceDestCheck\"}", id);
	ec2_is(v, "SourceDestCheck.Value", "false");
	ec2_ok(f, "ResetNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"SourceDestCheck\": \"true\"}", id);
	ec2_is(now(f, id), "SourceDestCheck", "true");
	ec2_no(f, "DependencyViolation", "DeleteSecurityGroup", "{\"GroupId\": \"%s\"}",
	    group);
	ec2_no(f, "InvalidParameterCombination", "ModifyNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\"}", id);
	ec2_no(f, "InvalidAttachmentID.NotFound", "ModifyNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"Attachment\": {\"AttachmentId\":"
	    " \"eni-attach-0\", \"DeleteOnTermination\": true}}",
	    id);
}

static void
instances_take_more_interfaces(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *other, *instance, *attachment;
	json_t *v;

	ec2_world(f, &w);
	id = make(f, &w, "");
	other = make(f, &w, "");
	instance = launch(f, &w);
	ec2_no(f, "IncorrectInstanceState", "AttachNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\", \"InstanceId\": \"%s\", \"DeviceIndex\": 1}",
	    id, instance);
	set_state(f, instance, 80, "stopped");
	ec2_no(f, "InvalidParameterValue", "AttachNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\", \"InstanceId\": \"%s\", \"DeviceIndex\": 0}",
	    id, instance);
	v = ec2_ok(f, "AttachNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\", \"InstanceId\": \"%s\", \"DeviceIndex\": 1}",
	    id, instance);
	attachment = ec2_text(v, "AttachmentId");
	v = now(f, id);
	ec2_is(v, "Status", "in-use");
	ec2_is(v, "Attachment.InstanceId", instance);
	ec2_is(v, "Attachment.DeleteOnTermination", "false");
	v = ec2_instance_now(f, instance);
	ec2_counts(v, "NetworkInterfaces", 2);
	ec2_is(v, "NetworkInterfaces.1.NetworkInterfaceId", id);
	ec2_is(v, "NetworkInterfaces.1.Attachment.AttachmentId", attachment);
	/* What is changed in the interface is seen in the instance. */
	ec2_ok(f, "ModifyNetworkInterfaceAttribute",
	    "{\"NetworkInterfaceId\": \"%s\", \"Attachment\": {\"AttachmentId\": \"%s\","
	    " \"DeleteOnTermination\": true}}",
	    id, attachment);
	ec2_is(ec2_instance_now(f, instance),
	    "NetworkInterfaces.1.Attachment.DeleteOnTermination", "true");
	ec2_no(f, "InvalidNetworkInterface.InUse", "AttachNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\", \"InstanceId\": \"%s\", \"DeviceIndex\": 2}",
	    id, instance);
	ec2_no(f, "AttachmentLimitExceeded", "AttachNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\", \"InstanceId\": \"%s\", \"DeviceIndex\": 2}",
	    other, instance);
	ec2_no(f, "InvalidParameterValue", "DeleteNetworkInterface",
	    "{\"NetworkInterfaceId\": \"%s\"}", id);
	ec2_no(f, "OperationNotPermitted", "DetachNetworkInterface",
	    "{\"AttachmentId\": \"%s\"}",
	    ec2_text(ec2_instance_now(f, instance),
		"NetworkInterfaces.0.Attachment.AttachmentId"));
	ec2_ok(f, "DetachNetworkInterface", "{\"AttachmentId\": \"%s\"}", attachment);
	ec2_no(f, "InvalidAttachmentID.NotFound", "DetachNetworkInterface",
	    "{\"AttachmentId\": \"%s\"}", attachment);
	ec2_is(now(f, id), "Status", "available");
	assert_null(fixture_text(now(f, id), "Attachment.AttachmentId"));
	ec2_counts(ec2_instance_now(f, instance), "NetworkInterfaces", 1);
	ec2_ok(f, "DeleteNetworkInterface", "{\"NetworkInterfaceId\": \"%s\"}", id);
}

static void
filters_and_pages(void **state)
{
	static const char *const none[] = { "attachment.instance-id", "group-name",
		"mac-address", "addresses.association.public-ip", "requester-id" };
	struct fixture *f = *state;
	struct ec2_world w;
	const char *first;
	json_t *v;

	ec2_world(f, &w);
	first = make(f, &w, "\"PrivateIpAddress\": \"10.0.1.99\"");
	for (int i = 0; i < 6; i++)
		make(f, &w, "\"Description\": \"many\"");
	v = ec2_ok(f, "DescribeNetworkInterfaces",
	    "{\"Filters\": [{\"Name\": \"addresses.private-ip-address\", \"Values\":"
	    " [\"10.0.1.99\"]}, {\"Name\": \"status\", \"Values\": [\"available\"]}]}");
	ec2_counts(v, "NetworkInterfaces", 1);
	ec2_is(v, "NetworkInterfaces.0.NetworkInterfaceId", first);
	for (size_t i = 0; i < COUNT(none); i++) {
		v = ec2_ok(f, "DescribeNetworkInterfaces",
		    "{\"Filters\": [{\"Name\": \"%s\", \"Values\": [\"nobody's\"]}]}",
		    none[i]);
		ec2_counts(v, "NetworkInterfaces", 0);
	}
	v = ec2_ok(f, "DescribeNetworkInterfaces", "{\"MaxResults\": 5}");
	ec2_counts(v, "NetworkInterfaces", 5);
	v = ec2_ok(f, "DescribeNetworkInterfaces",
	    "{\"MaxResults\": 5, \"NextToken\": \"%s\"}", ec2_text(v, "NextToken"));
	ec2_counts(v, "NetworkInterfaces", 2);
	assert_null(fixture_text(v, "NextToken"));
}

static void
permissions_are_kept(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *permission;
	json_t *v;

	ec2_world(f, &w);
	id = make(f, &w, "");
	v = ec2_ok(f, "CreateNetworkInterfacePermission",
	    "{\"NetworkInterfaceId\": \"%s\", \"AwsAccountId\": \"111111111111\","
	    " \"Permission\": \"INSTANCE-ATTACH\"}",
	    id);
	ec2_is(v, "InterfacePermission.PermissionState.State", "granted");
	permission = ec2_text(v, "InterfacePermission.NetworkInterfacePermissionId");
	ec2_no(f, "InvalidPermission.Duplicate", "CreateNetworkInterfacePermission",
	    "{\"NetworkInterfaceId\": \"%s\", \"AwsAccountId\": \"111111111111\","
	    " \"Permission\": \"INSTANCE-ATTACH\"}",
	    id);
	ec2_no(f, "MissingParameter", "CreateNetworkInterfacePermission",
	    "{\"NetworkInterfaceId\": \"%s\", \"Permission\": \"EIP-ASSOCIATE\"}", id);
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfacePermissions",
		       "{\"Filters\": [{\"Name\":"
		       " \"network-interface-permission.network-interface-id\","
		       " \"Values\": [\"%s\"]}]}",
		       id),
	    "NetworkInterfacePermissions", 1);
	ec2_is(ec2_ok(f, "DeleteNetworkInterfacePermission",
		   "{\"NetworkInterfacePermissionId\": \"%s\"}", permission),
	    "Return", "true");
	ec2_no(f, "InvalidPermissionID.NotFound", "DeleteNetworkInterfacePermission",
	    "{\"NetworkInterfacePermissionId\": \"%s\"}", permission);
	ec2_ok(f, "CreateNetworkInterfacePermission",
	    "{\"NetworkInterfaceId\": \"%s\", \"AwsAccountId\": \"111111111111\","
	    " \"Permission\": \"INSTANCE-ATTACH\"}",
	    id);
	ec2_ok(f, "DeleteNetworkInterface", "{\"NetworkInterfaceId\": \"%s\"}", id);
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfacePermissions", "{}"),
	    "NetworkInterfacePermissions", 0);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct {
		const char *more, *code;
	} cases[] = {
		{ "\"PrivateIpAddress\": \"10.0.2.9\"", "InvalidParameterValue" },
		{ "\"PrivateIpAddress\": \"10.0.1.1\"", "InvalidParameterValue" },
		{ "\"PrivateIpAddress\": \"ten\"", "InvalidParameterValue" },
		{ "\"Groups\": [\"sg-0\"]", "InvalidGroup.NotFound" },
		{ "\"Groups\": [\"x\"]", "InvalidGroupId.Malformed" },
		{ "\"InterfaceType\": \"branch\"", "UnsupportedOperation" },
		{ "\"Ipv4PrefixCount\": 1, \"Ipv4Prefixes\": [{\"Ipv4Prefix\":"
		  " \"10.0.1.16/28\"}]",
		    "InvalidParameterCombination" },
		{ "\"Ipv4Prefixes\": [{\"Ipv4Prefix\": \"10.0.1.16/27\"}]",
		    "InvalidParameterValue" },
		{ "\"SecondaryPrivateIpAddressCount\": 51",
		    "PrivateIpAddressLimitExceeded" },
		{ "\"PrivateIpAddresses\": [{\"PrivateIpAddress\": \"10.0.1.8\","
		  " \"Primary\": true}, {\"PrivateIpAddress\": \"10.0.1.9\", \"Primary\":"
		  " true}]",
		    "InvalidParameterCombination" },
		{ "\"ConnectionTrackingSpecification\": {\"UdpTimeout\": 61}",
		    "InvalidParameterValue" },
		{ "\"Ipv6AddressCount\": 1", "InvalidParameterValue" },
		{ "\"Operator\": {\"Principal\": \"x\"}", "UnsupportedOperation" },
	};
	static const struct ec2_refusal refusals[] = {
		{ "CreateNetworkInterface", "{}", "MissingParameter", NULL },
		{ "CreateNetworkInterface", "{\"SubnetId\": \"subnet-0\"}",
		    "InvalidSubnetID.NotFound", NULL },
		{ "DeleteNetworkInterface", "{\"NetworkInterfaceId\": \"eni-0\"}",
		    "InvalidNetworkInterfaceID.NotFound",
		    "The networkInterface ID 'eni-0' does not exist" },
		{ "DeleteNetworkInterface", "{\"NetworkInterfaceId\": \"x\"}",
		    "InvalidNetworkInterfaceId.Malformed", NULL },
		{ "DescribeNetworkInterfaces", "{\"MaxResults\": 4}",
		    "InvalidParameterValue", NULL },
	};
	struct fixture *f = *state;
	struct ec2_world w;

	ec2_refused(f, refusals, COUNT(refusals));
	ec2_world(f, &w);
	for (size_t i = 0; i < COUNT(cases); i++)
		ec2_no(f, cases[i].code, "CreateNetworkInterface",
		    "{\"SubnetId\": \"%s\", %s}", w.subnet, cases[i].more);
	ec2_counts(ec2_ok(f, "DescribeNetworkInterfaces", "{}"), "NetworkInterfaces", 0);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(interfaces_live_and_die),
		T(addresses_come_and_go),
		T(ipv6_comes_from_the_subnet),
		T(attributes_are_kept),
		T(instances_take_more_interfaces),
		T(filters_and_pages),
		T(permissions_are_kept),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
