/*
 * EC2: further CIDRs of a VPC, IPv4 and IPv6.
 *
 * Not emulated: pools of one's own (BYOIP) and of IPAM, which are refused; IPv6 on the wire.
 */
#include <string.h>

#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/network_acl.h"
#include "control/services/ec2/network/route_table.h"

static const struct err_kind bad_range = { "InvalidVpc.Range", 400 };
static const struct err_kind limit = { "CidrLimitExceeded", 400 };
static const struct err_kind conflict = { "CidrConflict", 400 };
static const struct err_kind in_use = { "InvalidCidrBlock.InUse", 400 };
static const struct err_kind no_association = {
	"InvalidVpcCidrBlockAssociationID.NotFound", 400
};
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };

enum { MAX_CIDRS = 5 };

/* VPC user guide, "IPv4 CIDR block association restrictions": of a VPC in the one, not the other. */
static const struct {
	const char *of, *not ;
} restrictions[] = {
	{ "10.0.0.0/15", "10.0.0.0/16" },
	{ "10.0.0.0/8", "172.16.0.0/12" },
	{ "10.0.0.0/8", "192.168.0.0/16" },
	{ "172.16.0.0/12", "10.0.0.0/8" },
	{ "172.16.0.0/12", "172.31.0.0/16" },
	{ "172.16.0.0/12", "192.168.0.0/16" },
	{ "192.168.0.0/16", "10.0.0.0/8" },
	{ "192.168.0.0/16", "172.16.0.0/12" },
};
static const char *const private_ranges[] = { "10.0.0.0/8", "172.16.0.0/12",
	"192.168.0.0/16", "198.19.0.0/16" };

static int
is_in(const struct net4 *net, const char *range)
{
	struct net4 outer;

	return net4_parse(range, &outer) && net4_overlaps(&outer, net);
}

static int
is_private(const struct net4 *net)
{
	for (size_t i = 0; i < COUNT(private_ranges); i++) {
		if (is_in(net, private_ranges[i]))
			return 1;
	}
	return 0;
}

static int
is_restricted(const struct net4 *have, const struct net4 *net)
{
	/* A VPC of public addresses, or of 100.64.0.0/10, gets no private ones. */
	if (!is_private(have) || is_in(net, "198.19.0.0/16"))
		return is_private(net);
	for (size_t i = 0; i < COUNT(restrictions); i++) {
		if (is_in(have, restrictions[i].of) && is_in(net, restrictions[i].not ))
			return 1;
	}
	return 0;
}

struct candidate {
	struct call *c;
	const char *text;
	const struct net4 *net;
};

static int
check_beside(void *arg, const char *cidr)
{
	const struct candidate *new = arg;
	struct net4 have;

	if (!net4_parse(cidr, &have))
		return 0;
	if (net4_overlaps(&have, new->net))
		return err_set(&new->c->err, &conflict,
		    "The CIDR '%s' conflicts with another CIDR of the VPC", new->text);
	if (is_restricted(&have, new->net))
		return err_set(&new->c->err, &bad_range,
		    "The CIDR '%s' is restricted. Use a CIDR from the same private address "
		    "range as the current VPC CIDR, or use a publicly-routable CIDR.",
		    new->text);
	return 0;
}

/* A route to the CIDR or to a part of it would never be used again. */
static int
check_routes(struct call *c, const char *vpc_id, const char *text, const struct net4 *net)
{
	struct store_docs tables;
	const json_t *route;
	struct net4 to;
	size_t k;

	if (resource_list(c, &ec2_route_table, &tables) < 0)
		return -1;
	for (size_t i = 0; i < tables.n; i++) {
		if (strcmp(json_str_or(tables.doc[i], "VpcId", ""), vpc_id) != 0)
			continue;
		json_array_foreach(json_get(tables.doc[i], "Routes"), k, route) {
			if (net4_parse(json_str_or(route, "DestinationCidrBlock", ""),
				&to) &&
			    net4_contains(net, &to))
				return err_set(&c->err, &conflict,
				    "The CIDR '%s' is the same as or larger than the "
				    "destination of a route in %s",
				    text, resource_id(&ec2_route_table, tables.doc[i]));
		}
	}
	return 0;
}

/* Nor may it be one of a VPC that this one is connected to. */
static int
check_peers(struct call *c, const char *vpc_id, const char *text, const struct net4 *net)
{
	static const char *const sides_of[] = { "AccepterVpcInfo", "RequesterVpcInfo" };
	struct store_docs all;
	const json_t *row;
	struct net4 other;
	size_t k;

	if (store_list(c->txn, c->scope, "ec2:vpc-peering-connection", &all, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < all.n * 2; i++) {
		const json_t *doc = all.doc[i / 2], *this, *peer;

		this = json_get(doc, sides_of[i % 2]);
		peer = json_get(doc, sides_of[(i + 1) % 2]);
		if (strcmp(json_str_or(this, "VpcId", ""), vpc_id) != 0 ||
		    strcmp(json_str_or(json_get(doc, "Status"), "Code", ""), "active") !=
			0)
			continue;
		json_array_foreach(json_get(peer, "CidrBlockSet"), k, row) {
			if (net4_parse(json_str_or(row, "CidrBlock", ""), &other) &&
			    net4_overlaps(&other, net))
				return err_set(&c->err, &conflict,
				    "The CIDR '%s' conflicts with a CIDR of the peer VPC %s",
				    text, json_str_or(peer, "VpcId", ""));
		}
	}
	return 0;
}

static int
check_limit(struct call *c, const json_t *vpc, const char *set)
{
	if (json_array_size(json_get(vpc, set)) >= MAX_CIDRS)
		return err_set(&c->err, &limit,
		    "This network '%s' has met its maximum number of allowed CIDRs: %d",
		    resource_id(&ec2_vpc, vpc), MAX_CIDRS);
	return 0;
}

/* The answer is as AWS gives it, on the way; the document is where it leads. */
static void
answer(struct call *c, const char *vpc_id, const char *member, const char *state_member,
    const json_t *row, const char *state)
{
	json_t *copy = json_copy_deep(row);

	json_set(copy, state_member, json_make("{s:s}", "State", state));
	out_str(c, "VpcId", vpc_id);
	out_set(c, member, copy);
}

/* AssociateVpcCidrBlock */

static int
associate4(struct call *c, json_t *vpc, const char *text)
{
	const char *id = resource_id(&ec2_vpc, vpc);
	struct net4 net;
	struct candidate new = { c, text, &net };
	char cidr[NET4_TEXT];
	json_t *row;

	if (ec2_cidr(c, "cidrBlock", text, &net) < 0)
		return -1;
	if (net.len < 16 || net.len > 28 || ec2_cidr_is_reserved(c, &net))
		return err_set(&c->err, &bad_range, "The CIDR '%s' is invalid.", text);
	if (check_limit(c, vpc, "CidrBlockAssociationSet") < 0 ||
	    ec2_vpc_each_cidr(vpc, check_beside, &new) < 0 ||
	    check_routes(c, id, text, &net) < 0 || check_peers(c, id, text, &net) < 0)
		return -1;
	net4_format(&net, cidr);
	row = ec2_vpc_add_cidr(vpc, cidr);
	resource_put(c, &ec2_vpc, vpc);
	answer(c, id, "CidrBlockAssociation", "CidrBlockState", row, "associating");
	return ec2_route_table_add_local(c, id, "DestinationCidrBlock", cidr);
}

static int
associate6(struct call *c, json_t *vpc, const char *group)
{
	const char *id = resource_id(&ec2_vpc, vpc);
	json_t *row;

	if (check_limit(c, vpc, "Ipv6CidrBlockAssociationSet") < 0)
		return -1;
	row = ec2_vpc_add_ipv6(c, vpc, group);
	if (row == NULL)
		return -1;
	resource_put(c, &ec2_vpc, vpc);
	answer(c, id, "Ipv6CidrBlockAssociation", "Ipv6CidrBlockState", row,
	    "associating");
	if (ec2_network_acl_ipv6(c, id) < 0 || ec2_security_group_ipv6(c, id) < 0)
		return -1;
	return ec2_route_table_add_local(c, id, "DestinationIpv6CidrBlock",
	    json_str_or(row, "Ipv6CidrBlock", ""));
}

static int
associate(struct call *c)
{
	static const char *const refused[] = { "Ipv6Pool", "Ipv6CidrBlock",
		"Ipv4IpamPoolId", "Ipv4NetmaskLength", "Ipv6IpamPoolId",
		"Ipv6NetmaskLength", NULL };
	const char *text = in_str(c, "CidrBlock"), *group;
	int wants_ipv6 = in_bool(c, "AmazonProvidedIpv6CidrBlock", 0);
	json_t *vpc;

	if (ec2_refuse(c, refused) < 0 || ec2_ipv6_border_group(c, &group) < 0 ||
	    resource_edit(c, &ec2_vpc, in_str(c, "VpcId"), &vpc) < 0)
		return -1;
	if (text != NULL && wants_ipv6)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter cidrBlock cannot be used with the parameter "
		    "amazonProvidedIpv6CidrBlock");
	if (text == NULL && !wants_ipv6)
		return err_set(&c->err, &ec2_missing,
		    "Either 'cidrBlock' or 'amazonProvidedIpv6CidrBlock' should be "
		    "provided.");
	return text != NULL ? associate4(c, vpc, text) : associate6(c, vpc, group);
}

/* DisassociateVpcCidrBlock */

/* The row of the association in one of the sets: 1, 0. */
static int
find_row(const json_t *vpc, const char *set, const char *id, size_t *ret)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(vpc, set), i, row) {
		if (strcmp(json_str_or(row, "AssociationId", ""), id) == 0) {
			*ret = i;
			return 1;
		}
	}
	return 0;
}

/* Does the subnet lie in the CIDR? */
static int
has_subnet(const json_t *subnet, const char *cidr)
{
	const json_t *rows = json_get(subnet, "Ipv6CidrBlockAssociationSet");
	struct net4 outer, inner;
	struct net6 outer6, inner6;

	if (net4_parse(cidr, &outer))
		return net4_parse(json_str_or(subnet, "CidrBlock", ""), &inner) &&
		    net4_contains(&outer, &inner);
	return net6_parse(cidr, &outer6) &&
	    net6_parse(json_str_or(json_array_get(rows, 0), "Ipv6CidrBlock", ""),
		&inner6) &&
	    net6_contains(&outer6, &inner6);
}

static int
check_no_subnet(struct call *c, const char *vpc_id, const char *cidr)
{
	struct store_docs all;

	if (resource_list(c, &ec2_subnet, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc_id) == 0 &&
		    has_subnet(all.doc[i], cidr))
			return err_set(&c->err, &in_use,
			    "The CIDR '%s' of %s is used by the subnet %s", cidr, vpc_id,
			    resource_id(&ec2_subnet, all.doc[i]));
	}
	return 0;
}

/* Which members a version of IP has. */
static const struct side {
	const char *set, *cidr, *state, *answer, *destination;
} sides[] = {
	{ "CidrBlockAssociationSet", "CidrBlock", "CidrBlockState",
	    "CidrBlockAssociation", "DestinationCidrBlock" },
	{ "Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock", "Ipv6CidrBlockState",
	    "Ipv6CidrBlockAssociation", "DestinationIpv6CidrBlock" },
};

static int
take_away(struct call *c, const char *vpc_id, const struct side *side, size_t i)
{
	json_t *vpc, *row;
	const char *cidr;

	if (resource_edit(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	row =
	    json_own(c->arena, json_incref(json_array_get(json_get(vpc, side->set), i)));
	cidr = json_str_or(row, side->cidr, "");
	if (strcmp(cidr, json_str_or(vpc, "CidrBlock", "")) == 0)
		return err_set(&c->err, &not_permitted,
		    "The vpc CIDR block with association ID %s may not be disassociated. It "
		    "is the primary IPv4 CIDR block of the VPC",
		    in_str(c, "AssociationId"));
	if (check_no_subnet(c, vpc_id, cidr) < 0)
		return -1;
	json_array_remove(json_get(vpc, side->set), i);
	resource_put(c, &ec2_vpc, vpc);
	if (side == &sides[1])
		ec2_ipv6_free(c, cidr);
	answer(c, vpc_id, side->answer, side->state, row, "disassociating");
	return ec2_route_table_remove_local(c, vpc_id, side->destination, cidr);
}

static int
disassociate(struct call *c)
{
	const char *id = in_str(c, "AssociationId");
	struct store_docs all;
	size_t k;

	if (resource_list(c, &ec2_vpc, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n * COUNT(sides); i++) {
		const struct side *side = &sides[i % COUNT(sides)];
		const json_t *vpc = all.doc[i / COUNT(sides)];
		const char *vpc_id = resource_id(&ec2_vpc, vpc);

		if (!find_row(vpc, side->set, id, &k))
			continue;
		return call_allow(c, &ec2_vpc, vpc_id) < 0 ?
		    -1 :
		    take_away(c, vpc_id, side, k);
	}
	return err_set(&c->err, &no_association,
	    "The vpc CIDR block association ID '%s' does not exist", id);
}

static const struct op ops[] = {
	OP_RES("AssociateVpcCidrBlock", associate, 0, &ec2_vpc, "VpcId",
	    "Give a VPC a further CIDR, or one of IPv6."),
	OP_RES("DisassociateVpcCidrBlock", disassociate, OP_ASKS, &ec2_vpc, NULL,
	    "Take a CIDR from a VPC that no subnet is in."),
};
const struct family ec2_vpc_cidrs = FAMILY(ops, NULL);
