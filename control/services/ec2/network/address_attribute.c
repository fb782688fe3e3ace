/*
 * EC2: names for the reverse look-up of Elastic IP addresses, and what is left of the time
 * before VPCs: nothing moves, and there are no pools of one's own.
 */
#include <string.h>

#include "control/services/ec2/network/address.h"

static const struct err_kind no_pool = { "InvalidPublicIpv4PoolID.NotFound", 400 };

/* DescribeAddressesAttribute, ModifyAddressAttribute, ResetAddressAttribute */

static const struct err_kind no_allocation = { "InvalidAllocationID.NotFound", 400 };

/* An address as these operations list it: by id alone. */
static const struct resource named_address = {
	.service = "ec2",
	.kind = "ec2:address",
	.type = "elastic-ip",
	.prefix = "eipalloc-",
	.id_member = "AllocationId",
	.list_member = "Addresses",
	.ids_member = "AllocationIds",
	.noun = "allocation ID",
	.not_found = &no_allocation,
	.page_min = 1,
};

static json_t *
attribute_of(const json_t *doc)
{
	json_t *v = json_new_object();

	json_set_str(v, "PublicIp", json_str(doc, "PublicIp"));
	json_set_str(v, "AllocationId", json_str(doc, "AllocationId"));
	json_set_str(v, "PtrRecord", json_str(doc, "_ptr"));
	return v;
}

static int
describe(struct call *c)
{
	struct store_docs all;
	json_t *list, *out = json_own(c->arena, json_new_array()), *doc;
	size_t i;

	if (resource_list(c, &named_address, &all) < 0 ||
	    resource_select(c, &named_address, &all, &list) < 0 ||
	    resource_page(c, &named_address, list) < 0)
		return -1;
	json_array_foreach(list, i, doc)
		json_add(out, attribute_of(doc));
	out_ref(c, "Addresses", out);
	return 0;
}

static void
answer(struct call *c, const json_t *doc, const char *value)
{
	json_t *v = attribute_of(doc);

	json_set(v, "PtrRecordUpdate",
	    json_make("{s:s, s:s}", "Value", value, "Status", "PENDING"));
	out_set(c, "Address", v);
}

/* RFC 1035 2.3.1, as a name is typed: labels of letters, digits and hyphens. */
static int
is_name(const char *s)
{
	size_t label = 0, dots = 0, n = strlen(s);

	if (n == 0 || n > 253)
		return 0;
	for (; *s != '\0'; s++) {
		if (*s == '.') {
			if (label == 0)
				return 0;
			label = 0;
			dots++;
		} else if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-_",
			       *s) == NULL ||
		    ++label > 63) {
			return 0;
		}
	}
	return dots > 0;
}

static int
modify(struct call *c)
{
	const char *name = in_str(c, "DomainName");
	json_t *doc;

	if (resource_edit(c, &ec2_address, in_str(c, "AllocationId"), &doc) < 0)
		return -1;
	if (name == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter domainName");
	if (!is_name(name))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter domainName is invalid.", name);
	answer(c, doc, name);
	json_set_fmt(doc, "_ptr", "%s%s", name, name[strlen(name) - 1] == '.' ? "" : ".");
	resource_put(c, &ec2_address, doc);
	return 0;
}

static int
reset(struct call *c)
{
	json_t *doc;

	if (resource_edit(c, &ec2_address, in_str(c, "AllocationId"), &doc) < 0)
		return -1;
	answer(c, doc, "");
	json_del(doc, "_ptr");
	resource_put(c, &ec2_address, doc);
	return 0;
}

/* MoveAddressToVpc, RestoreAddressToClassic */

static int
refuse_classic(struct call *c)
{
	json_t *doc;

	if (address_named(c, &doc) < 0)
		return -1;
	return err_set(&c->err, &ec2_unsupported,
	    "EC2-Classic is retired: addresses are of VPCs and stay so.");
}

/* DescribeMovingAddresses, DescribePublicIpv4Pools */

static const struct filter moving_filters[] = {
	{ "moving-status", "MoveStatus" },
	{ NULL, NULL },
};

static const struct resource moving = {
	.service = "ec2",
	.kind = "ec2:moving-address",
	.id_member = "PublicIp",
	.list_member = "MovingAddressStatuses",
	.noun = "address",
	.not_found = &no_pool,
	.filters = moving_filters,
	.no_tags = 1,
};

static const struct filter no_filters[] = { { NULL, NULL } };

static const struct resource pool = {
	.service = "ec2",
	.kind = "ec2:public-ipv4-pool",
	.id_member = "PoolId",
	.list_member = "PublicIpv4Pools",
	.ids_member = "PoolIds",
	.noun = "pool ID",
	.not_found = &no_pool,
	.filters = no_filters,
	.page_min = 1,
	.page_max = 10,
};

static const struct op ops[] = {
	OP_RES("DescribeAddressesAttribute", describe, OP_READ, &named_address, NULL,
	    "List the names of Elastic IP addresses."),
	OP_RES("DescribeMovingAddresses", resource_describe, OP_READ, &moving, NULL,
	    "List addresses that move to or from EC2-Classic: none."),
	OP_RES("DescribePublicIpv4Pools", resource_describe, OP_READ, &pool, NULL,
	    "List pools of addresses of one's own: none."),
	OP_RES("ModifyAddressAttribute", modify, 0, &ec2_address, "AllocationId",
	    "Set the name of an Elastic IP address."),
	OP_RES("MoveAddressToVpc", refuse_classic, 0, &ec2_address, NULL,
	    "Refused: there is no EC2-Classic."),
	OP_RES("ResetAddressAttribute", reset, 0, &ec2_address, "AllocationId",
	    "Take the name of an Elastic IP address away."),
	OP_RES("RestoreAddressToClassic", refuse_classic, 0, &ec2_address, NULL,
	    "Refused: there is no EC2-Classic."),
};
const struct family ec2_address_attributes = FAMILY(ops, NULL);
