/*
 * EC2: NAT gateways.
 *
 * One has a requester-managed interface in its subnet, to which its Elastic IP addresses lead.
 * Not emulated: regional ones, which are in every zone; they are refused.
 */
#include "control/services/ec2/network/nat_gateway.h"

#include <string.h>

#include "control/services/ec2/network/address.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/ec2/network/network_interface.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "NatGatewayNotFound", 400 };
static const struct err_kind malformed = { "NatGatewayMalformed", 400 };
static const struct err_kind already = { "Resource.AlreadyAssociated", 400 };
static const struct err_kind limit = { "AddressLimitExceeded", 400 };

static const struct filter filters[] = {
	{ "nat-gateway-id", "NatGatewayId" },
	{ "state", "State" },
	{ "subnet-id", "SubnetId" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

const struct resource ec2_nat_gateway = {
	.service = "ec2",
	.kind = "ec2:nat-gateway",
	.type = "natgateway",
	.prefix = "nat-",
	.id_member = "NatGatewayId",
	.list_member = "NatGateways",
	.ids_member = "NatGatewayIds",
	.noun = "NAT gateway",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
	.converge = nat_converge,
};

int
nat_is_public(const json_t *gateway)
{
	return strcmp(json_str_or(gateway, "ConnectivityType", ""), "public") == 0;
}

int
nat_check_allocation(struct call *c, const char *allocation)
{
	json_t *doc;

	if (resource_get(c, &ec2_address, allocation, &doc) < 0 ||
	    call_allow(c, &ec2_address, allocation) < 0)
		return -1;
	if (json_get(doc, "AssociationId") != NULL)
		return err_set(&c->err, &already,
		    "resource %s is already associated with associate-id %s", allocation,
		    json_str_or(doc, "AssociationId", ""));
	return 0;
}

/* The interface's last private address is what has just been added. */
static const json_t *
last_address(const json_t *interface)
{
	const json_t *rows = json_get(interface, "PrivateIpAddresses");

	return json_array_get(rows, json_array_size(rows) - 1);
}

static int
make_interface(struct call *c, const json_t *gateway, const json_t *subnet,
    const char *private, json_t **ret)
{
	const struct managed_interface m = {
		.type = "nat_gateway",
		.description = arena_printf(c->arena, "Interface for NAT Gateway %s",
		    resource_id(&ec2_nat_gateway, gateway)),
		.address = private,
	};
	const char *id;

	if (managed_interface_make(c, subnet, &m, &id) < 0 ||
	    resource_edit(c, &ec2_network_interface, id, ret) < 0)
		return -1;
	json_set_bool(*ret, "SourceDestCheck", 0);
	json_set_str(*ret, "_nat_gateway", resource_id(&ec2_nat_gateway, gateway));
	return interface_put(c, *ret);
}

static int
add_to_interface(struct call *c, const char *id, const json_t *subnet,
    const char *private, json_t **ret)
{
	json_t *asked = json_own(c->arena, json_new_object());

	if (private != NULL)
		json_set(asked, "PrivateIpAddresses", json_make("[s]", private));
	else
		json_set_int(asked, "SecondaryPrivateIpAddressCount", 1);
	if (resource_edit(c, &ec2_network_interface, id, ret) < 0 ||
	    interface_add_addresses(c, *ret, subnet, asked) < 0)
		return -1;
	return interface_put(c, *ret);
}

json_t *
nat_add_address(struct call *c, json_t *gateway, const char *private,
    const char *allocation)
{
	json_t *rows = json_need_array(gateway, "NatGatewayAddresses");
	const char *id = json_str(json_array_get(rows, 0), "NetworkInterfaceId"),
		   *address, *association;
	json_t *subnet, *interface, *row, *elastic;

	if (resource_get(c, &ec2_subnet, json_str_or(gateway, "SubnetId", ""), &subnet) <
	    0)
		return NULL;
	if (id == NULL ? make_interface(c, gateway, subnet, private, &interface) < 0 :
			 add_to_interface(c, id, subnet, private, &interface) < 0)
		return NULL;
	address = json_str_or(last_address(interface), "PrivateIpAddress", "");
	row = json_add_object(rows);
	json_set_str(row, "NetworkInterfaceId",
	    resource_id(&ec2_network_interface, interface));
	json_set_str(row, "PrivateIp", address);
	json_set_bool(row, "IsPrimary", id == NULL);
	json_set_str(row, "Status", "succeeded");
	if (allocation == NULL)
		return row;
	if (address_associate(c, allocation, json_str_or(row, "NetworkInterfaceId", ""),
		address, &association) < 0 ||
	    resource_get(c, &ec2_address, allocation, &elastic) < 0)
		return NULL;
	json_set_str(row, "AllocationId", allocation);
	json_set_str(row, "AssociationId", association);
	json_set_str(row, "PublicIp", json_str(elastic, "PublicIp"));
	return row;
}

/* CreateNatGateway */

struct asked {
	const char *type, *allocation;
	json_t *subnet;
	const json_t *allocations, *addresses; /* secondary ones, or NULL */
	int64_t count;
};

static int
check_public(struct call *c, const struct asked *a)
{
	const json_t *v;
	size_t i;

	if (a->allocation == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must include the AllocationId parameter. Add the required "
		    "parameter and retry the request.");
	if (a->count > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "SecondaryPrivateIpAddressCount is for private NAT gateways.");
	if (json_array_size(a->addresses) > json_array_size(a->allocations))
		return err_set(&c->err, &ec2_bad_combination,
		    "Each secondary private IP address needs a secondary allocation.");
	if (json_array_size(a->allocations) >= NAT_MAX_PUBLIC)
		return err_set(&c->err, &limit,
		    "A NAT gateway has at most %d Elastic IP addresses.", NAT_MAX_PUBLIC);
	if (nat_check_allocation(c, a->allocation) < 0)
		return -1;
	json_array_foreach(a->allocations, i, v) {
		if (nat_check_allocation(c, json_string_value(v)) < 0)
			return -1;
	}
	return 0;
}

static int
check_private(struct call *c, const struct asked *a)
{
	if (a->allocation != NULL || json_array_size(a->allocations) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The connectivityType private cannot be used with an allocationId.");
	if (a->count > 0 && json_array_size(a->addresses) > 0)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter secondaryPrivateIpAddressCount cannot be used with the "
		    "parameter secondaryPrivateIpAddresses");
	if (json_array_size(a->addresses) >= NAT_MAX_PRIVATE)
		return err_set(&c->err, &limit,
		    "A NAT gateway has at most %d private IP addresses.",
		    NAT_MAX_PRIVATE);
	return 0;
}

static int
read_asked(struct call *c, struct asked *ret)
{
	static const char *const refused[] = { "VpcId", "AvailabilityZoneAddresses",
		NULL };
	struct asked a = {
		.type = json_str_or(c->in, "ConnectivityType", "public"),
		.allocation = in_str(c, "AllocationId"),
		.allocations = in_list(c, "SecondaryAllocationIds"),
		.addresses = in_list(c, "SecondaryPrivateIpAddresses"),
		.count = in_int(c, "SecondaryPrivateIpAddressCount", 0),
	};
	const char *subnet = in_str(c, "SubnetId");

	if (strcmp(json_str_or(c->in, "AvailabilityMode", "zonal"), "zonal") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Regional NAT gateways are not supported here.");
	if (ec2_refuse(c, refused) < 0)
		return -1;
	if (subnet == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter subnetId");
	if (resource_get(c, &ec2_subnet, subnet, &a.subnet) < 0 ||
	    call_allow(c, &ec2_subnet, subnet) < 0)
		return -1;
	*ret = a;
	return strcmp(a.type, "public") == 0 ? check_public(c, &a) : check_private(c, &a);
}

/* A public gateway in a VPC without a way out is made and fails, as AWS has it. */
static int
fails(struct call *c, json_t *doc)
{
	const char *vpc_id = json_str_or(doc, "VpcId", "");
	json_t *vpc;

	if (resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	if (!nat_is_public(doc) || json_bool(vpc, "_internet", 0))
		return 0;
	json_set_str(doc, "State", "failed");
	json_set_str(doc, "FailureCode", "Gateway.NotAttached");
	json_set_fmt(doc, "FailureMessage", "Network %s has no Internet gateway attached",
	    vpc_id);
	json_set(doc, "DeleteTime", call_now(c));
	json_set(doc, "NatGatewayAddresses",
	    json_make("[{s:s, s:s}]", "AllocationId",
		json_str_or(c->in, "AllocationId", ""), "Status", "failed"));
	return 1;
}

static int
add_addresses(struct call *c, json_t *doc, const struct asked *a)
{
	size_t n = json_array_size(a->allocations);

	if (nat_add_address(c, doc, in_str(c, "PrivateIpAddress"), a->allocation) == NULL)
		return -1;
	if (!nat_is_public(doc))
		n = a->count > 0 ? (size_t)a->count : json_array_size(a->addresses);
	for (size_t i = 0; i < n; i++) {
		if (nat_add_address(c, doc,
			json_string_value(json_array_get(a->addresses, i)),
			json_string_value(json_array_get(a->allocations, i))) == NULL)
			return -1;
	}
	return 0;
}

static int
create(struct call *c)
{
	struct asked a;
	json_t *doc, *said;
	int rc;

	if (read_asked(c, &a) < 0)
		return -1;
	doc = resource_new(c, &ec2_nat_gateway, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "VpcId", json_str(a.subnet, "VpcId"));
	json_set_str(doc, "SubnetId", resource_id(&ec2_subnet, a.subnet));
	json_set_str(doc, "ConnectivityType", a.type);
	json_set_str(doc, "AvailabilityMode", "zonal");
	/* Without Docker there is nothing to wait for. */
	json_set_str(doc, "State", c->env->engine != NULL ? "pending" : "available");
	json_set(doc, "CreateTime", call_now(c));
	rc = fails(c, doc);
	if (rc < 0 || (rc == 0 && add_addresses(c, doc, &a) < 0))
		return -1;
	if (rc > 0 ? record_retire(c, &ec2_nat_gateway, doc) < 0 : 0)
		return -1;
	resource_put(c, &ec2_nat_gateway, doc);
	said = json_copy_deep(doc);
	json_set_str(said, "State", "pending");
	out_set(c, "NatGateway", said);
	if (in_has(c, "ClientToken"))
		out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

/* DeleteNatGateway */

static int delete (struct call *c)
{
	const char *id = in_str(c, "NatGatewayId"), *interface;
	json_t *doc;

	if (record_edit(c, &ec2_nat_gateway, id, &doc) < 0)
		return -1;
	interface = json_str(json_array_get(json_get(doc, "NatGatewayAddresses"), 0),
	    "NetworkInterfaceId");
	if (interface != NULL && ec2_interface_drop(c, interface) < 0)
		return -1;
	json_set_str(doc, "State", "deleted");
	json_set(doc, "DeleteTime", call_now(c));
	out_str(c, "NatGatewayId", id);
	return record_retire(c, &ec2_nat_gateway, doc);
}

static const struct op ops[] = {
	OP_RES("CreateNatGateway", create, OP_TOKEN, &ec2_nat_gateway, NULL,
	    "Create a NAT gateway in a subnet."),
	OP_RES("DeleteNatGateway", delete, 0, &ec2_nat_gateway, "NatGatewayId",
	    "Delete a NAT gateway."),
	OP_RES("DescribeNatGateways", record_describe, OP_READ, &ec2_nat_gateway, NULL,
	    "List NAT gateways."),
};
static const struct resource *const resources[] = { &ec2_nat_gateway, NULL };
const struct family ec2_nat_gateways = FAMILY(ops, resources);
