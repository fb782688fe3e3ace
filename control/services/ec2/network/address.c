/*
 * EC2: Elastic IP addresses.
 *
 * One is an address of simfra-internet that a VPC's router translates one to one.  Whoever
 * released one can have it again while nobody else has it.
 *
 * Not emulated: pools of one's own and of IPAM, and customer-owned ones, which are refused.
 */
#include "control/services/ec2/network/address.h"

#include <string.h>

static const struct err_kind no_allocation = { "InvalidAllocationID.NotFound", 400 };
static const struct err_kind no_address = { "InvalidAddress.NotFound", 400 };
static const struct err_kind in_use = { "InvalidIPAddress.InUse", 400 };

static const struct err_kind no_pool = { "InvalidPublicIpv4PoolID.NotFound", 400 };

#define RELEASED_KIND "ec2:released-address"

static const struct filter filters[] = {
	{ "allocation-id", "AllocationId" },
	{ "association-id", "AssociationId" },
	{ "domain", "Domain" },
	{ "instance-id", "InstanceId" },
	{ "network-border-group", "NetworkBorderGroup" },
	{ "network-interface-id", "NetworkInterfaceId" },
	{ "network-interface-owner-id", "NetworkInterfaceOwnerId" },
	{ "private-ip-address", "PrivateIpAddress" },
	{ "public-ip", "PublicIp" },
	{ NULL, NULL },
};

const struct resource ec2_address = {
	.service = "ec2",
	.kind = "ec2:address",
	.type = "elastic-ip",
	.prefix = "eipalloc-",
	.id_member = "AllocationId",
	.list_member = "Addresses",
	.ids_member = "AllocationIds",
	.noun = "allocation ID",
	.not_found = &no_allocation,
	.filters = filters,
};

/* A region's addresses are announced by the region as a whole. */
static int
check_border_group(struct call *c)
{
	const char *group = in_str(c, "NetworkBorderGroup");

	if (group != NULL && strcmp(group, c->region) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter networkBorderGroup is invalid.", group);
	return 0;
}

/* AllocateAddress */

/* One that the account has released, if it is still free. */
static int
recover(struct call *c, const char *id, const char *address)
{
	json_t *doc;
	int rc = store_get(c->txn, c->scope, RELEASED_KIND, address, &doc, &c->err);

	if (rc > 0)
		rc = ec2_public_take_this(c, id, address);
	if (rc == 0)
		return err_set(&c->err, &no_address, "Address '%s' not found.", address);
	if (rc < 0)
		return -1;
	store_delete(c->txn, c->scope, RELEASED_KIND, address);
	return 0;
}

static int
allocate(struct call *c)
{
	static const char *const refused[] = { "CustomerOwnedIpv4Pool", "IpamPoolId",
		NULL };
	const char *domain = in_str(c, "Domain"), *pool = in_str(c, "PublicIpv4Pool");
	const char *id, *address = in_str(c, "Address");
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || check_border_group(c) < 0)
		return -1;
	if (domain != NULL && strcmp(domain, "vpc") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Invalid value '%s' for domain. EC2-Classic is not available.",
		    domain);
	if (pool != NULL && strcmp(pool, "amazon") != 0)
		return err_set(&c->err, &no_pool, "The pool ID '%s' does not exist.",
		    pool);
	doc = resource_new(c, &ec2_address, &id);
	if (doc == NULL ||
	    (address != NULL ? recover(c, id, address) :
			       ec2_public_take(c, id, &address)) < 0)
		return -1;
	json_set_str(doc, "PublicIp", address);
	json_set_str(doc, "Domain", "vpc");
	json_set_str(doc, "PublicIpv4Pool", "amazon");
	json_set_str(doc, "NetworkBorderGroup", c->region);
	resource_put(c, &ec2_address, doc);
	out_str(c, "PublicIp", address);
	out_str(c, "AllocationId", id);
	out_str(c, "PublicIpv4Pool", "amazon");
	out_str(c, "NetworkBorderGroup", c->region);
	out_str(c, "Domain", "vpc");
	return 0;
}

/* DescribeAddresses: as the generic one, and by PublicIps. */

static int
describe(struct call *c)
{
	struct store_docs docs;
	const char *missing;
	json_t *out;

	if (resource_list(c, &ec2_address, &docs) < 0)
		return -1;
	missing = ec2_narrow(c, &docs, "PublicIp", in_list(c, "PublicIps"));
	if (missing != NULL)
		return err_set(&c->err, &no_address, "Address '%s' not found.", missing);
	if (resource_select(c, &ec2_address, &docs, &out) < 0)
		return -1;
	out_ref(c, "Addresses", out);
	return 0;
}

/* The document of AllocationId or PublicIp, as a copy to write. */
int
address_named(struct call *c, json_t **ret)
{
	/* Some operations have no AllocationId. */
	const char *id = json_str(c->in, "AllocationId"),
		   *address = in_str(c, "PublicIp");
	json_t *doc;
	int rc;

	if (id != NULL)
		return resource_edit(c, &ec2_address, id, ret);
	if (address == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either public IP or allocation id must be specified");
	rc = resource_find_by(c, &ec2_address, "PublicIp", address, &doc);
	if (rc == 0)
		return err_set(&c->err, &no_address, "Address '%s' not found.", address);
	if (rc < 0)
		return -1;
	return resource_edit(c, &ec2_address, resource_id(&ec2_address, doc), ret);
}

/* ReleaseAddress */

static int
keep_released(struct call *c, const char *address)
{
	json_t *before;

	/* It may have been released before, and given out again. */
	if (store_get(c->txn, c->scope, RELEASED_KIND, address, &before, &c->err) < 0)
		return -1;
	store_put(c->txn, c->scope, RELEASED_KIND, address,
	    json_own(c->arena, json_make("{s:s}", "PublicIp", address)));
	return 0;
}

static int
release(struct call *c)
{
	const char *address;
	json_t *doc;

	if (check_border_group(c) < 0 || address_named(c, &doc) < 0)
		return -1;
	if (json_get(doc, "AssociationId") != NULL)
		return err_set(&c->err, &in_use, "Address %s is in use.",
		    json_str_or(doc, "PublicIp", ""));
	address = json_str_or(doc, "PublicIp", "");
	ec2_public_give_back(c, address);
	if (keep_released(c, address) < 0)
		return -1;
	/* Nor is it offered to anybody any more. */
	store_delete(c->txn, c->scope, ADDRESS_TRANSFER_KIND,
	    resource_id(&ec2_address, doc));
	resource_delete_doc(c, &ec2_address, resource_id(&ec2_address, doc));
	return 0;
}

static const struct op ops[] = {
	OP_RES("AllocateAddress", allocate, 0, &ec2_address, NULL,
	    "Get an Elastic IP address."),
	OP_RES("DescribeAddresses", describe, OP_READ, &ec2_address, NULL,
	    "List Elastic IP addresses."),
	OP_RES("ReleaseAddress", release, 0, &ec2_address, "AllocationId",
	    "Give an Elastic IP address back."),
};
static const struct resource *const resources[] = { &ec2_address, NULL };
const struct family ec2_addresses = FAMILY(ops, resources);
