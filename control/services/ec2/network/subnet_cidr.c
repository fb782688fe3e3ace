/*
 * EC2: the IPv6 CIDR of a subnet.  Not emulated: IPAM pools, which are refused.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/subnet.h"

static const struct err_kind bad_range = { "InvalidSubnet.Range", 400 };
static const struct err_kind conflict = { "InvalidSubnet.Conflict", 400 };
static const struct err_kind limit = { "CidrLimitExceeded", 400 };
static const struct err_kind no_association = {
	"InvalidSubnetCidrBlockAssociationID.NotFound", 400
};

#define SET "Ipv6CidrBlockAssociationSet"

static const json_t *
row_of(const json_t *subnet)
{
	return json_array_get(json_get(subnet, SET), 0);
}

int
subnet_has_ipv6(const json_t *subnet)
{
	return row_of(subnet) != NULL;
}

int
subnet_cidr6_read(struct call *c, const json_t *vpc, const char *text,
    char ret[NET6_TEXT])
{
	struct store_docs all;
	struct net6 net, other;

	if (ec2_cidr6(c, "ipv6CidrBlock", text, &net) < 0)
		return -1;
	/* /44 to /64, in steps of four. */
	if (net.len < 44 || net.len > 64 || net.len % 4 != 0 ||
	    !ec2_vpc_contains6(vpc, &net))
		return err_set(&c->err, &bad_range, "The CIDR '%.64s' is invalid.", text);
	if (resource_list(c, &ec2_subnet, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const char *have = json_str(row_of(all.doc[i]), "Ipv6CidrBlock");

		if (have != NULL && net6_parse(have, &other) &&
		    net6_overlaps(&other, &net))
			return err_set(&c->err, &conflict,
			    "The CIDR '%.64s' conflicts with another subnet", text);
	}
	net6_format(&net, ret);
	return 0;
}

json_t *
subnet_cidr6_add(json_t *subnet, const char *cidr)
{
	json_t *row = json_add_object(json_need_array(subnet, SET));
	char hex[18];

	random_hex(hex, 17);
	json_set_fmt(row, "AssociationId", "subnet-cidr-assoc-%s", hex);
	json_set_str(row, "Ipv6CidrBlock", cidr);
	json_set(row, "Ipv6CidrBlockState", json_make("{s:s}", "State", "associated"));
	json_set_str(row, "Ipv6AddressAttribute", "public");
	json_set_str(row, "IpSource", "amazon");
	return row;
}

static void
answer(struct call *c, const char *subnet_id, const json_t *row, const char *state)
{
	json_t *said = json_copy_deep(row);

	json_set(said, "Ipv6CidrBlockState", json_make("{s:s}", "State", state));
	out_str(c, "SubnetId", subnet_id);
	out_set(c, "Ipv6CidrBlockAssociation", said);
}

static int
associate(struct call *c)
{
	static const char *const refused[] = { "Ipv6IpamPoolId", "Ipv6NetmaskLength",
		NULL };
	const char *id = in_str(c, "SubnetId"), *text = in_str(c, "Ipv6CidrBlock");
	char cidr[NET6_TEXT];
	json_t *doc, *vpc, *row;

	if (ec2_refuse(c, refused) < 0 || resource_edit(c, &ec2_subnet, id, &doc) < 0)
		return -1;
	if (text == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ipv6CidrBlock");
	if (subnet_has_ipv6(doc))
		return err_set(&c->err, &limit,
		    "This subnet '%s' has met its maximum number of allowed IPv6 CIDRs: 1",
		    id);
	if (resource_get(c, &ec2_vpc, json_str_or(doc, "VpcId", ""), &vpc) < 0 ||
	    subnet_cidr6_read(c, vpc, text, cidr) < 0)
		return -1;
	row = subnet_cidr6_add(doc, cidr);
	resource_put(c, &ec2_subnet, doc);
	answer(c, id, row, "associating");
	return 0;
}

/* Interfaces that have an address of it keep it. */
static int
check_unused(struct call *c, const char *subnet_id)
{
	struct store_docs all;

	if (resource_list(c, &ec2_network_interface, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "SubnetId", ""), subnet_id) == 0 &&
		    json_array_size(json_get(all.doc[i], "Ipv6Addresses")) > 0)
			return err_set(&c->err, &ec2_dependency,
			    "The subnet '%s' has interfaces with IPv6 addresses: %s",
			    subnet_id, resource_id(&ec2_network_interface, all.doc[i]));
	}
	return 0;
}

static int
disassociate(struct call *c)
{
	const char *association = in_str(c, "AssociationId"), *id;
	json_t *doc, *row;
	int rc =
	    resource_find_by(c, &ec2_subnet, SET ".AssociationId", association, &doc);

	if (rc == 0)
		return err_set(&c->err, &no_association,
		    "The subnet CIDR block with association ID '%.64s' does not exist",
		    association);
	if (rc < 0)
		return -1;
	id = resource_id(&ec2_subnet, doc);
	if (call_allow(c, &ec2_subnet, id) < 0 || check_unused(c, id) < 0 ||
	    resource_edit(c, &ec2_subnet, id, &doc) < 0)
		return -1;
	if (json_bool(doc, "Ipv6Native", 0))
		return err_set(&c->err, &ec2_bad_value,
		    "The subnet '%s' has no other CIDR block", id);
	row = json_own(c->arena, json_incref(json_array_get(json_get(doc, SET), 0)));
	json_set(doc, SET, json_new_array());
	/* What is only there with IPv6. */
	json_set_bool(doc, "AssignIpv6AddressOnCreation", 0);
	json_set_bool(doc, "EnableDns64", 0);
	json_set_bool(json_need_object(doc, "PrivateDnsNameOptionsOnLaunch"),
	    "EnableResourceNameDnsAAAARecord", 0);
	resource_put(c, &ec2_subnet, doc);
	answer(c, id, row, "disassociating");
	return 0;
}

static const struct op ops[] = {
	OP_RES("AssociateSubnetCidrBlock", associate, 0, &ec2_subnet, "SubnetId",
	    "Give a subnet an IPv6 CIDR of its VPC's."),
	OP("DisassociateSubnetCidrBlock", disassociate, OP_ASKS,
	    "Take the IPv6 CIDR from a subnet."),
};
const struct family ec2_subnet_cidrs = FAMILY(ops, NULL);
