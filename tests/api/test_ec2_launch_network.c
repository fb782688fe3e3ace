/* EC2: the interfaces that instances are launched with, and how they end with them. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#include "control/engine/engine.h"
#include "control/plane/reconcile.h"

/* RunInstances with a NetworkInterfaces list, and a count. */
static const char *
launch_of(struct fixture *f, const struct ec2_world *w, const char *list, int n,
    const char *more)
{
	return arena_printf(f->arena,
	    "{\"ImageId\": \"%s\", \"InstanceType\": \"t3.micro\", \"MinCount\": %d,"
	    " \"MaxCount\": %d, \"NetworkInterfaces\": [%s]%s}",
	    w->image, n, n, list, more);
}

static const char *
make_interface(struct fixture *f, const struct ec2_world *w, const char *more)
{
	return ec2_text(ec2_ok(f, "CreateNetworkInterface", "{\"SubnetId\": \"%s\"%s}",
			    w->subnet, more),
	    "NetworkInterface.NetworkInterfaceId");
}

static json_t *
interface_now(struct fixture *f, const char *id)
{
	return ec2_ok(f, "DescribeNetworkInterfaces",
	    "{\"NetworkInterfaceIds\": [\"%s\"]}", id);
}

static void
an_interface_that_exists_is_eth0_and_outlives_its_instance(void **state)
{
	struct fixture *f = *state;
	const char *eni, *id, *eip, *params;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	eni = make_interface(f, &w, ", \"PrivateIpAddress\": \"10.0.1.50\"");
	eip = ec2_text(ec2_ok(f, "AllocateAddress", "{\"Domain\": \"vpc\"}"),
	    "AllocationId");
	ec2_ok(f, "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"NetworkInterfaceId\": \"%s\"}", eip, eni);
	params = launch_of(f, &w,
	    arena_printf(f->arena, "{\"DeviceIndex\": 0, \"NetworkInterfaceId\": \"%s\"}",
		eni),
	    1, "");
	v = json_array_get(json_get(ec2_ok(f, "RunInstances", "%s", params), "Instances"),
	    0);
	id = ec2_text(v, "InstanceId");
	ec2_is(v, "PrivateIpAddress", "10.0.1.50");
	ec2_is(v, "NetworkInterfaces.0.NetworkInterfaceId", eni);
	ec2_is(v, "NetworkInterfaces.0.Attachment.DeleteOnTermination", "false");
	assert_non_null(json_get(v, "PublicIpAddress"));
	v = interface_now(f, eni);
	ec2_is(v, "NetworkInterfaces.0.Status", "in-use");
	ec2_is(v, "NetworkInterfaces.0.Attachment.InstanceId", id);
	ec2_is(ec2_ok(f, "DescribeAddresses", "{\"AllocationIds\": [\"%s\"]}", eip),
	    "Addresses.0.InstanceId", id);
	/* It has one instance. */
	ec2_no(f, "InvalidNetworkInterface.InUse", "RunInstances", "%s", params);

	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	reconcile_pass(&f->env);
	v = interface_now(f, eni);
	ec2_is(v, "NetworkInterfaces.0.Status", "available");
	assert_null(fixture_text(v, "NetworkInterfaces.0.Attachment.InstanceId"));
	ec2_ok(f, "RunInstances", "%s", params);
}

static void
several_interfaces_are_in_the_order_of_their_devices(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id, *kept, *gone;
	json_t *v;

	ec2_world(f, &w);
	v = ec2_ok(f, "RunInstances", "%s",
	    launch_of(f, &w,
		arena_printf(f->arena,
		    "{\"DeviceIndex\": 1, \"SubnetId\": \"%s\", \"Description\": \"second\","
		    " \"DeleteOnTermination\": false, \"SecondaryPrivateIpAddressCount\": 2},"
		    " {\"DeviceIndex\": 0, \"SubnetId\": \"%s\", \"PrivateIpAddresses\":"
		    " [{\"PrivateIpAddress\": \"10.0.1.20\", \"Primary\": true},"
		    " {\"PrivateIpAddress\": \"10.0.1.21\"}]}",
		    w.subnet, w.subnet),
		1,
		", \"TagSpecifications\": [{\"ResourceType\": \"network-interface\", \"Tags\":"
		" [{\"Key\": \"a\", \"Value\": \"b\"}]}]"));
	v = json_array_get(json_get(v, "Instances"), 0);
	id = ec2_text(v, "InstanceId");
	ec2_counts(v, "NetworkInterfaces", 2);
	ec2_is(v, "NetworkInterfaces.0.Attachment.DeviceIndex", "0");
	ec2_is(v, "NetworkInterfaces.0.PrivateIpAddresses.1.PrivateIpAddress",
	    "10.0.1.21");
	ec2_is(v, "NetworkInterfaces.1.Description", "second");
	ec2_is(v, "PrivateIpAddress", "10.0.1.20");
	ec2_counts(json_array_get(json_get(v, "NetworkInterfaces"), 1),
	    "PrivateIpAddresses", 3);
	/* With two of them no public address comes by itself. */
	assert_null(json_get(v, "PublicIpAddress"));
	gone = ec2_text(v, "NetworkInterfaces.0.NetworkInterfaceId");
	kept = ec2_text(v, "NetworkInterfaces.1.NetworkInterfaceId");
	ec2_is(interface_now(f, kept), "NetworkInterfaces.0.TagSet.0.Value", "b");
	/* What is said of the instance alone means one interface. */
	ec2_no(f, "InvalidInstanceID", "ModifyInstanceAttribute",
	    "{\"InstanceId\": \"%s\", \"SourceDestCheck\": {\"Value\": false}}", id);
	ec2_counts(
	    ec2_ok(f, "DescribeInstances",
		"{\"Filters\": [{\"Name\": \"network-interface.tag-key\", \"Values\":"
		" [\"a\"]}]}"),
	    "Reservations", 1);
	ec2_counts(
	    ec2_ok(f, "DescribeInstances",
		"{\"Filters\": [{\"Name\": \"network-interface.tag-key\", \"Values\":"
		" [\"c\"]}]}"),
	    "Reservations", 0);

	ec2_ok(f, "TerminateInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	reconcile_pass(&f->env);
	ec2_is(interface_now(f, kept), "NetworkInterfaces.0.Status", "available");
	ec2_no(f, "InvalidNetworkInterfaceID.NotFound", "DescribeNetworkInterfaces",
	    "{\"NetworkInterfaceIds\": [\"%s\"]}", gone);
}

static void
a_public_address_is_asked_for_or_not(void **state)
{
	static const struct {
		const char *asked;
		int has_one;
	} cases[] = { { "", 1 }, { ", \"AssociatePublicIpAddress\": false", 0 },
		{ ", \"AssociatePublicIpAddress\": true", 1 } };
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	for (size_t i = 0; i < COUNT(cases); i++) {
		v = ec2_ok(f, "RunInstances", "%s",
		    launch_of(f, &w,
			arena_printf(f->arena,
			    "{\"DeviceIndex\": 0, \"SubnetId\": \"%s\"%s}", w.subnet,
			    cases[i].asked),
			2, ""));
		v = json_array_get(json_get(v, "Instances"), 1);
		assert_int_equal(json_get(v, "PublicIpAddress") != NULL,
		    cases[i].has_one);
	}
}

/* The text with every "%s" replaced. */
static const char *
with(struct fixture *f, const char *text, const char *id)
{
	const char *out = "", *at;

	while ((at = strstr(text, "%s")) != NULL) {
		out = arena_printf(f->arena, "%s%.*s%s", out, (int)(at - text), text, id);
		text = at + 2;
	}
	return arena_printf(f->arena, "%s%s", out, text);
}

struct refusal {
	const char *list, *code, *message; /* message NULL: any */
	int n;
};

static void
refused(struct fixture *f, const struct ec2_world *w, const struct refusal *r,
    const char *id)
{
	const char *said = ec2_no(f, r->code, "RunInstances", "%s",
	    launch_of(f, w, with(f, r->list, id), r->n, ""));

	if (r->message != NULL)
		assert_string_equal(said, r->message);
}

static void
wrong_interfaces_are_refused(void **state)
{
	/* %s is the subnet, or an interface. */
	static const struct refusal cases[] = {
		{ "{\"SubnetId\": \"%s\"}", "InvalidParameterValue",
		    "Each network interface requires a device index.", 1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 1}",
		    "InvalidParameterCombination",
		    "A network interface with device index 0 is required.", 1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": -1}", "InvalidParameterValue",
		    NULL, 1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0}, {\"SubnetId\": \"%s\","
		  " \"DeviceIndex\": 0}",
		    "InvalidParameterValue",
		    "Each network interface requires a unique device index.", 1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0}, {\"SubnetId\": \"%s\","
		  " \"DeviceIndex\": 1}, {\"SubnetId\": \"%s\", \"DeviceIndex\": 2}",
		    "AttachmentLimitExceeded",
		    "Interface count 3 exceeds the limit for t3.micro", 1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0,"
		  " \"AssociatePublicIpAddress\": true}, {\"SubnetId\": \"%s\","
		  " \"DeviceIndex\": 1}",
		    "InvalidParameterCombination",
		    "The associatePublicIPAddress parameter cannot be specified when launching "
		    "with multiple network interfaces.",
		    1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0}, {\"SubnetId\": \"%s\","
		  " \"AssociatePublicIpAddress\": true, \"DeviceIndex\": 1}",
		    "InvalidParameterCombination",
		    "The associatePublicIPAddress parameter can only be specified for the "
		    "network interface with DeviceIndex of 0.",
		    1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0, \"PrivateIpAddress\":"
		  " \"10.0.1.9\"}",
		    "InvalidParameterCombination", NULL, 2 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0, \"NetworkCardIndex\": 1}",
		    "InvalidParameterValue", NULL, 1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0, \"InterfaceType\": \"efa\"}",
		    "UnsupportedOperation", NULL, 1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0,"
		  " \"AssociateCarrierIpAddress\": true}",
		    "UnsupportedOperation", NULL, 1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0, \"Ipv6AddressCount\": 1}",
		    "InvalidParameterValue", NULL, 1 },
		{ "{\"SubnetId\": \"%s\", \"DeviceIndex\": 0, \"Groups\": [\"sg-0\"]}",
		    "InvalidGroup.NotFound", NULL, 1 },
		{ "{\"NetworkInterfaceId\": \"eni-0\", \"DeviceIndex\": 0}",
		    "InvalidNetworkInterfaceID.NotFound", NULL, 1 },
	},
	  existing[] = {
		  { "{\"NetworkInterfaceId\": \"%s\", \"DeviceIndex\": 0}",
		      "InvalidParameterCombination", NULL, 2 },
		  { "{\"NetworkInterfaceId\": \"%s\", \"DeviceIndex\": 0, \"SubnetId\": \"x\"}",
		      "InvalidParameterCombination",
		      "A network interface may not specify both a network interface ID and a "
		      "subnet",
		      1 },
		  { "{\"NetworkInterfaceId\": \"%s\", \"DeviceIndex\": 0, \"Groups\": [\"x\"]}",
		      "InvalidParameterCombination", NULL, 1 },
		  { "{\"NetworkInterfaceId\": \"%s\", \"DeviceIndex\": 0,"
		    " \"DeleteOnTermination\": true}",
		      "InvalidParameterCombination", NULL, 1 },
		  { "{\"NetworkInterfaceId\": \"%s\", \"DeviceIndex\": 0,"
		    " \"AssociatePublicIpAddress\": true}",
		      "InvalidParameterCombination", NULL, 1 },
		  { "{\"NetworkInterfaceId\": \"%s\", \"DeviceIndex\": 0},"
		    " {\"NetworkInterfaceId\": \"%s\", \"DeviceIndex\": 1}",
		      "InvalidParameterValue", NULL, 1 },
	  };
	struct fixture *f = *state;
	const char *eni;
	struct ec2_world w;

	ec2_world(f, &w);
	eni = make_interface(f, &w, "");
	for (size_t i = 0; i < COUNT(cases); i++)
		refused(f, &w, &cases[i], w.subnet);
	for (size_t i = 0; i < COUNT(existing); i++)
		refused(f, &w, &existing[i], eni);
	ec2_no(f, "InvalidParameterCombination", "RunInstances", "%s",
	    launch_of(f, &w,
		arena_printf(f->arena, "{\"DeviceIndex\": 0, \"SubnetId\": \"%s\"}",
		    w.subnet),
		1, ", \"SecurityGroupIds\": [\"sg-0\"]"));
	/* Nothing was left behind, and the interface is free. */
	ec2_counts(ec2_ok(f, "DescribeInstances", "{}"), "Reservations", 0);
	ec2_is(interface_now(f, eni), "NetworkInterfaces.0.Status", "available");
}

static void
names_are_of_the_address_or_of_the_instance(void **state)
{
	struct fixture *f = *state;
	const char *id, *by_id, *eni;
	struct ec2_world w;
	json_t *v;

	ec2_world(f, &w);
	v = json_array_get(
	    json_get(ec2_launch(f, &w,
			 "\"PrivateDnsNameOptions\": {\"HostnameType\": \"resource-name\","
			 " \"EnableResourceNameDnsARecord\": true}"),
		"Instances"),
	    0);
	id = ec2_text(v, "InstanceId");
	eni = ec2_text(v, "NetworkInterfaces.0.NetworkInterfaceId");
	by_id = arena_printf(f->arena, "%s.ec2.internal", id);
	ec2_is(v, "PrivateDnsName", by_id);
	ec2_is(v, "NetworkInterfaces.0.PrivateDnsName", by_id);
	ec2_is(v, "PrivateDnsNameOptions.HostnameType", "resource-name");
	ec2_is(v, "PrivateDnsNameOptions.EnableResourceNameDnsARecord", "true");
	ec2_no(f, "IncorrectInstanceState", "ModifyPrivateDnsNameOptions",
	    "{\"InstanceId\": \"%s\", \"PrivateDnsHostnameType\": \"ip-name\"}", id);
	ec2_ok(f, "StopInstances", "{\"InstanceIds\": [\"%s\"]}", id);
	reconcile_pass(&f->env);
	ec2_ok(f, "ModifyPrivateDnsNameOptions",
	    "{\"InstanceId\": \"%s\", \"PrivateDnsHostnameType\": \"ip-name\"}", id);
	ec2_is(ec2_instance_now(f, id), "PrivateDnsName", "ip-10-0-1-4.ec2.internal");
	ec2_is(interface_now(f, eni), "NetworkInterfaces.0.PrivateDnsName",
	    "ip-10-0-1-4.ec2.internal");

	/* What is not said is as the subnet has it. */
	ec2_ok(f, "ModifySubnetAttribute",
	    "{\"SubnetId\": \"%s\", \"PrivateDnsHostnameTypeOnLaunch\": \"resource-name\"}",
	    w.subnet);
	v = json_array_get(json_get(ec2_launch(f, &w, ""), "Instances"), 0);
	ec2_is(v, "PrivateDnsName",
	    arena_printf(f->arena, "%s.ec2.internal", ec2_text(v, "InstanceId")));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

/* No engine: an instance becomes what is wanted in a pass. */
static int
setup(void **state)
{
	int rc = fixture_setup(state);
	struct fixture *f = *state;

	engine_close(f->env.engine);
	f->env.engine = NULL;
	return rc;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_interface_that_exists_is_eth0_and_outlives_its_instance),
		TEST(several_interfaces_are_in_the_order_of_their_devices),
		TEST(a_public_address_is_asked_for_or_not),
		TEST(wrong_interfaces_are_refused),
		TEST(names_are_of_the_address_or_of_the_instance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
