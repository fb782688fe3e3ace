/* EC2: Elastic IP addresses: where they lead, names, transfers. */
#include "tests/api/ec2_calls.h"

#include <string.h>

#define OTHER "111111111111"

static json_t *
allocate(struct fixture *f)
{
	return ec2_ok(f, "AllocateAddress", "{\"Domain\": \"vpc\"}");
}

static const char *
interface(struct fixture *f, const struct ec2_world *w)
{
	return ec2_text(
	    ec2_ok(f, "CreateNetworkInterface",
		"{\"SubnetId\": \"%s\", \"SecondaryPrivateIpAddressCount\": 1}",
		w->subnet),
	    "NetworkInterface.NetworkInterfaceId");
}

static json_t *
now(struct fixture *f, const char *id)
{
	return json_array_get(json_get(ec2_ok(f, "DescribeAddresses",
					   "{\"AllocationIds\": [\"%s\"]}", id),
				  "Addresses"),
	    0);
}

static json_t *
as_other(struct fixture *f, const char *op, const char *params)
{
	struct principal other = f->root;
	struct call *c;

	memcpy(other.account, OTHER, sizeof(OTHER));
	other.arn = "arn:aws:iam::" OTHER ":root";
	other.user_id = OTHER;
	c = fixture_call_as(f, &other, "ec2", op, "%s", params);
	if (c->err.kind != NULL && c->out == NULL)
		fail_msg("%s: %s", op, c->err.msg);
	return c->out;
}

static void
an_address_comes_back_to_its_owner(void **state)
{
	struct fixture *f = *state;
	json_t *v = allocate(f);
	const char *address = ec2_text(v, "PublicIp"), *id = ec2_text(v, "AllocationId");

	ec2_is(v, "PublicIpv4Pool", "amazon");
	ec2_is(v, "NetworkBorderGroup", FIXTURE_REGION);
	ec2_ok(f, "ReleaseAddress", "{\"AllocationId\": \"%s\"}", id);
	ec2_no(f, "InvalidAllocationID.NotFound", "ReleaseAddress",
	    "{\"AllocationId\": \"%s\"}", id);
	v = ec2_ok(f, "AllocateAddress", "{\"Address\": \"%s\"}", address);
	ec2_is(v, "PublicIp", address);
	ec2_no(f, "InvalidAddress.NotFound", "AllocateAddress", "{\"Address\": \"%s\"}",
	    address);
	ec2_ok(f, "ReleaseAddress", "{\"PublicIp\": \"%s\"}", address);
}

static void
each_private_address_can_have_one(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	json_t *a = allocate(f), *b = allocate(f), *v;
	const char *first = ec2_text(a, "AllocationId"),
		   *second = ec2_text(b, "AllocationId"), *eni, *association;

	ec2_world(f, &w);
	eni = interface(f, &w);
	v = ec2_ok(f, "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"NetworkInterfaceId\": \"%s\"}", first, eni);
	association = ec2_text(v, "AssociationId");
	ec2_ok(f, "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"NetworkInterfaceId\": \"%s\","
	    " \"PrivateIpAddress\": \"10.0.1.5\"}",
	    second, eni);
	v = ec2_ok(f, "DescribeNetworkInterfaces", "{}");
	ec2_is(v, "NetworkInterfaces.0.Association.AllocationId", first);
	ec2_is(v, "NetworkInterfaces.0.PrivateIpAddresses.0.Association.AssociationId",
	    association);
	ec2_is(v, "NetworkInterfaces.0.PrivateIpAddresses.1.Association.PublicIp",
	    ec2_text(b, "PublicIp"));
	ec2_is(now(f, second), "PrivateIpAddress", "10.0.1.5");
	ec2_no(f, "InvalidParameterValue", "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"NetworkInterfaceId\": \"%s\","
	    " \"PrivateIpAddress\": \"10.0.1.9\"}",
	    second, eni);
	ec2_no(f, "Resource.AlreadyAssociated", "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"NetworkInterfaceId\": \"%s\","
	    " \"AllowReassociation\": false}",
	    first, eni);
	ec2_no(f, "InvalidIPAddress.InUse", "ReleaseAddress",
	    "{\"AllocationId\": \"%s\"}", first);
	ec2_ok(f, "DisassociateAddress", "{\"AssociationId\": \"%s\"}", association);
	ec2_no(f, "InvalidAssociationID.NotFound", "DisassociateAddress",
	    "{\"AssociationId\": \"%s\"}", association);
	v = ec2_ok(f, "DescribeNetworkInterfaces", "{}");
	assert_null(fixture_text(v, "NetworkInterfaces.0.Association.PublicIp"));
	ec2_text(v, "NetworkInterfaces.0.PrivateIpAddresses.1.Association.PublicIp");
	/* With the private address goes the way of the public one. */
	ec2_ok(f, "UnassignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.5\"]}",
	    eni);
	assert_null(fixture_text(now(f, second), "AssociationId"));
	ec2_ok(f, "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"NetworkInterfaceId\": \"%s\"}", second, eni);
	ec2_ok(f, "DeleteNetworkInterface", "{\"NetworkInterfaceId\": \"%s\"}", eni);
	assert_null(fixture_text(now(f, second), "NetworkInterfaceId"));
}

static void
an_address_moves_with_what_it_leads_to(void **state)
{
	struct fixture *f = *state;
	struct ec2_world w;
	const char *id = ec2_text(allocate(f), "AllocationId"), *from, *to;

	ec2_world(f, &w);
	from = interface(f, &w);
	to = interface(f, &w);
	ec2_ok(f, "AssociateAddress",
	    "{\"AllocationId\": \"%s\", \"NetworkInterfaceId\": \"%s\","
	    " \"PrivateIpAddress\": \"10.0.1.5\"}",
	    id, from);
	ec2_ok(f, "AssignPrivateIpAddresses",
	    "{\"NetworkInterfaceId\": \"%s\", \"PrivateIpAddresses\": [\"10.0.1.5\"],"
	    " \"AllowReassignment\": true}",
	    to);
	ec2_is(now(f, id), "NetworkInterfaceId", to);
	ec2_is(now(f, id), "PrivateIpAddress", "10.0.1.5");
}

static void
names_are_kept(void **state)
{
	struct fixture *f = *state;
	const char *id = ec2_text(allocate(f), "AllocationId");
	json_t *v = ec2_ok(f, "ModifyAddressAttribute",
	    "{\"AllocationId\": \"%s\", \"DomainName\": \"mail.example.com\"}", id);

	ec2_is(v, "Address.PtrRecordUpdate.Status", "PENDING");
	v = ec2_ok(f, "DescribeAddressesAttribute",
	    "{\"AllocationIds\": [\"%s\"], \"Attribute\": \"domain-name\"}", id);
	ec2_is(v, "Addresses.0.PtrRecord", "mail.example.com.");
	assert_null(fixture_text(v, "Addresses.0.PtrRecordUpdate.Status"));
	ec2_ok(f, "ResetAddressAttribute",
	    "{\"AllocationId\": \"%s\", \"Attribute\": \"domain-name\"}", id);
	v = ec2_ok(f, "DescribeAddressesAttribute", "{\"MaxResults\": 1}");
	ec2_counts(v, "Addresses", 1);
	assert_null(fixture_text(v, "Addresses.0.PtrRecord"));
	ec2_no(f, "InvalidParameterValue", "ModifyAddressAttribute",
	    "{\"AllocationId\": \"%s\", \"DomainName\": \"no name\"}", id);
}

static void
addresses_go_to_other_accounts(void **state)
{
	struct fixture *f = *state;
	json_t *v = allocate(f);
	const char *id = ec2_text(v, "AllocationId"), *address = ec2_text(v, "PublicIp");
	const char *params = arena_printf(f->arena, "{\"Address\": \"%s\"}", address);

	ec2_no(f, "InvalidTransfer.AddressNotFound", "AcceptAddressTransfer", "%s",
	    params);
	v = ec2_ok(f, "EnableAddressTransfer",
	    "{\"AllocationId\": \"%s\", \"TransferAccountId\": \"" OTHER "\"}", id);
	ec2_is(v, "AddressTransfer.AddressTransferStatus", "pending");
	ec2_no(f, "AddressAlreadyInTransfer", "EnableAddressTransfer",
	    "{\"AllocationId\": \"%s\", \"TransferAccountId\": \"" OTHER "\"}", id);
	ec2_is(ec2_ok(f, "DisableAddressTransfer", "{\"AllocationId\": \"%s\"}", id),
	    "AddressTransfer.AddressTransferStatus", "disabled");
	ec2_counts(ec2_ok(f, "DescribeAddressTransfers", "{}"), "AddressTransfers", 0);
	ec2_ok(f, "EnableAddressTransfer",
	    "{\"AllocationId\": \"%s\", \"TransferAccountId\": \"" OTHER "\"}", id);
	/* Not to be had by anybody else. */
	ec2_no(f, "InvalidTransfer.AddressNotFound", "AcceptAddressTransfer", "%s",
	    params);
	v = as_other(f, "AcceptAddressTransfer", params);
	ec2_is(v, "AddressTransfer.AddressTransferStatus", "accepted");
	v = as_other(f, "DescribeAddresses", "{}");
	ec2_is(v, "Addresses.0.PublicIp", address);
	ec2_counts(ec2_ok(f, "DescribeAddresses", "{}"), "Addresses", 0);
	ec2_is(ec2_ok(f, "DescribeAddressTransfers", "{}"),
	    "AddressTransfers.0.AddressTransferStatus", "accepted");
	f->now_ms += 15 * 24 * 3600 * (int64_t)1000;
	ec2_counts(ec2_ok(f, "DescribeAddressTransfers", "{}"), "AddressTransfers", 0);
	/* What is released is offered no more. */
	id = ec2_text(allocate(f), "AllocationId");
	ec2_ok(f, "EnableAddressTransfer",
	    "{\"AllocationId\": \"%s\", \"TransferAccountId\": \"" OTHER "\"}", id);
	ec2_ok(f, "ReleaseAddress", "{\"AllocationId\": \"%s\"}", id);
	ec2_counts(ec2_ok(f, "DescribeAddressTransfers", "{}"), "AddressTransfers", 0);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct ec2_refusal refusals[] = {
		{ "AllocateAddress", "{\"PublicIpv4Pool\": \"ipv4pool-ec2-1\"}",
		    "InvalidPublicIpv4PoolID.NotFound", NULL },
		{ "AllocateAddress", "{\"Address\": \"203.0.113.1\"}",
		    "InvalidAddress.NotFound", NULL },
		{ "AllocateAddress", "{\"IpamPoolId\": \"ipam-pool-1\"}",
		    "UnsupportedOperation", NULL },
		{ "MoveAddressToVpc", "{\"PublicIp\": \"203.0.113.1\"}",
		    "InvalidAddress.NotFound", NULL },
		{ "DescribePublicIpv4Pools", "{\"PoolIds\": [\"ipv4pool-ec2-0\"]}",
		    "InvalidPublicIpv4PoolID.NotFound", NULL },
		{ "DescribePublicIpv4Pools", "{\"MaxResults\": 11}",
		    "InvalidParameterValue", NULL },
		{ "EnableAddressTransfer",
		    "{\"AllocationId\": \"eipalloc-0\", \"TransferAccountId\": \"1\"}",
		    "InvalidAllocationID.NotFound", NULL },
		{ "DisableAddressTransfer", "{\"AllocationId\": \"eipalloc-0\"}",
		    "InvalidTransfer.AddressNotFound", NULL },
		{ "ModifyAddressAttribute",
		    "{\"AllocationId\": \"eipalloc-0\", \"DomainName\": \"a.b\"}",
		    "InvalidAllocationID.NotFound", NULL },
	};
	struct fixture *f = *state;

	ec2_refused(f, refusals, COUNT(refusals));
	ec2_counts(ec2_ok(f, "DescribeMovingAddresses", "{}"), "MovingAddressStatuses",
	    0);
	ec2_counts(ec2_ok(f, "DescribePublicIpv4Pools", "{}"), "PublicIpv4Pools", 0);
	ec2_no(f, "UnsupportedOperation", "RestoreAddressToClassic",
	    "{\"PublicIp\": \"%s\"}", ec2_text(allocate(f), "PublicIp"));
}

/* The lowest free one is given out, so that it is the same again and again. */
static void
an_address_is_released_as_often_as_it_is_given_out(void **state)
{
	struct fixture *f = *state;
	const char *first = NULL;

	for (int i = 0; i < 3; i++) {
		json_t *v = allocate(f);

		if (first == NULL)
			first = ec2_text(v, "PublicIp");
		ec2_is(v, "PublicIp", first);
		ec2_ok(f, "ReleaseAddress", "{\"AllocationId\": \"%s\"}",
		    ec2_text(v, "AllocationId"));
	}
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(an_address_comes_back_to_its_owner),
		T(each_private_address_can_have_one),
		T(an_address_moves_with_what_it_leads_to),
		T(names_are_kept),
		T(addresses_go_to_other_accounts),
		T(an_address_is_released_as_often_as_it_is_given_out),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
