/*
 * EC2: further addresses of NAT gateways.
 *
 * What drains in AWS before it goes is gone at once here: MaxDrainDurationSeconds is the longest
 * that it may take.
 */
#include <string.h>

#include "control/services/ec2/network/address.h"
#include "control/services/ec2/network/nat_gateway.h"
#include "control/services/ec2/network/network_interface.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind limit = { "AddressLimitExceeded", 400 };
static const struct err_kind no_association = { "InvalidAssociationID.NotFound", 400 };
static const struct err_kind no_private = { "InvalidParameterValue", 400 };
static const struct err_kind bad_parameter = { "InvalidParameter", 400 };

enum { MAX_DRAIN_S = 4000 };

#define ROWS "NatGatewayAddresses"

/* The gateway as a copy to write, if it is of the type. */
static int
begin(struct call *c, int is_public, json_t **ret)
{
	if (record_edit(c, &ec2_nat_gateway, in_str(c, "NatGatewayId"), ret) < 0)
		return -1;
	if (nat_is_public(*ret) != is_public)
		return err_set(&c->err, &ec2_unsupported,
		    "The operation is for %s NAT gateways.",
		    is_public ? "public" : "private");
	return 0;
}

static void
say(json_t *list, const json_t *row, const char *status)
{
	json_t *said = json_copy_deep(row);

	json_set_str(said, "Status", status);
	json_add(list, said);
}

static int
finish(struct call *c, json_t *doc, json_t *said)
{
	resource_put(c, &ec2_nat_gateway, doc);
	out_str(c, "NatGatewayId", resource_id(&ec2_nat_gateway, doc));
	out_ref(c, ROWS, said);
	return 0;
}

static int
check_room(struct call *c, const json_t *doc, size_t n, size_t most)
{
	if (json_array_size(json_get(doc, ROWS)) + n > most)
		return err_set(&c->err, &limit,
		    "The NAT gateway can have at most %zu addresses.", most);
	return 0;
}

/* AssociateNatGatewayAddress */

static int
associate(struct call *c)
{
	static const char *const refused[] = { "AvailabilityZone", "AvailabilityZoneId",
		NULL };
	const json_t *ids = in_list(c, "AllocationIds"), *v,
		     *addresses = in_list(c, "PrivateIpAddresses");
	json_t *doc, *row, *said = json_own(c->arena, json_new_array());
	size_t i;

	if (ec2_refuse(c, refused) < 0 || begin(c, 1, &doc) < 0 ||
	    check_room(c, doc, json_array_size(ids), NAT_MAX_PUBLIC) < 0)
		return -1;
	if (json_array_size(addresses) > json_array_size(ids))
		return err_set(&c->err, &ec2_bad_combination,
		    "Each private IP address needs an allocation.");
	json_array_foreach(ids, i, v) {
		if (nat_check_allocation(c, json_string_value(v)) < 0)
			return -1;
		row = nat_add_address(c, doc,
		    json_string_value(json_array_get(addresses, i)),
		    json_string_value(v));
		if (row == NULL)
			return -1;
		say(said, row, "associating");
	}
	return finish(c, doc, said);
}

/* AssignPrivateNatGatewayAddress */

static int
assign(struct call *c)
{
	const json_t *addresses = in_list(c, "PrivateIpAddresses");
	int64_t count = in_int(c, "PrivateIpAddressCount", 0);
	size_t n = count > 0 ? (size_t)count : json_array_size(addresses);
	json_t *doc, *row, *said = json_own(c->arena, json_new_array());

	if (begin(c, 0, &doc) < 0)
		return -1;
	if (count > 0 && json_array_size(addresses) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter privateIpAddressCount cannot be used with the parameter "
		    "privateIpAddresses");
	if (n == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter privateIpAddresses or "
		    "privateIpAddressCount");
	if (check_room(c, doc, n, NAT_MAX_PRIVATE) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		row = nat_add_address(c, doc,
		    json_string_value(json_array_get(addresses, i)), NULL);
		if (row == NULL)
			return -1;
		say(said, row, "assigning");
	}
	return finish(c, doc, said);
}

/* DisassociateNatGatewayAddress, UnassignPrivateNatGatewayAddress */

/* The row with the text goes, and its addresses are free. */
static int
take_away(struct call *c, json_t *doc, const char *member, const char *text,
    const struct err_kind *missing, json_t *said)
{
	json_t *rows = json_get(doc, ROWS), *row = NULL;
	size_t i = 0;

	while (i < json_array_size(rows) &&
	    strcmp(json_str_or(json_array_get(rows, i), member, ""), text) != 0)
		i++;
	if (i == json_array_size(rows))
		return err_set(&c->err, missing, "The NAT gateway '%s' has no '%s'.",
		    resource_id(&ec2_nat_gateway, doc), text);
	row = json_array_get(rows, i);
	if (json_bool(row, "IsPrimary", 0))
		return err_set(&c->err, &bad_parameter,
		    "The primary address of a NAT gateway cannot be taken away.");
	if (json_get(row, "AllocationId") != NULL &&
	    address_disassociate(c, json_str_or(row, "AllocationId", "")) < 0)
		return -1;
	if (interface_drop_address(c, json_str_or(row, "NetworkInterfaceId", ""),
		json_str_or(row, "PrivateIp", "")) < 0)
		return -1;
	say(said, row,
	    json_get(row, "AllocationId") != NULL ? "disassociating" : "unassigning");
	json_array_remove(rows, i);
	return 0;
}

static int
remove_some(struct call *c, int is_public, const char *list, const char *member,
    const struct err_kind *missing)
{
	int64_t drain = in_int(c, "MaxDrainDurationSeconds", 1);
	json_t *doc, *said = json_own(c->arena, json_new_array());
	const json_t *v;
	size_t i;

	if (drain < 1 || drain > MAX_DRAIN_S)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter maxDrainDurationSeconds is invalid. It must be "
		    "between 1 and %d.",
		    (long long)drain, MAX_DRAIN_S);
	if (begin(c, is_public, &doc) < 0)
		return -1;
	json_array_foreach(in_list(c, list), i, v) {
		if (take_away(c, doc, member, json_string_value(v), missing, said) < 0)
			return -1;
	}
	return finish(c, doc, said);
}

static int
disassociate(struct call *c)
{
	return remove_some(c, 1, "AssociationIds", "AssociationId", &no_association);
}

static int
unassign(struct call *c)
{
	return remove_some(c, 0, "PrivateIpAddresses", "PrivateIp", &no_private);
}

static const struct op ops[] = {
	OP_RES("AssignPrivateNatGatewayAddress", assign, 0, &ec2_nat_gateway,
	    "NatGatewayId", "Give a private NAT gateway more addresses."),
	OP_RES("AssociateNatGatewayAddress", associate, 0, &ec2_nat_gateway,
	    "NatGatewayId", "Give a public NAT gateway more addresses."),
	OP_RES("DisassociateNatGatewayAddress", disassociate, 0, &ec2_nat_gateway,
	    "NatGatewayId", "Take addresses of a public NAT gateway away."),
	OP_RES("UnassignPrivateNatGatewayAddress", unassign, 0, &ec2_nat_gateway,
	    "NatGatewayId", "Take addresses of a private NAT gateway away."),
};
const struct family ec2_nat_gateway_addresses = FAMILY(ops, NULL);
