/*
 * EC2: which subnets and gateways a route table is of, and which VPN gateways add routes to it.
 *
 * The main association of a VPC (Main) names neither; one that is of a gateway (an edge
 * association) decides where what comes in by it goes.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/route_table.h"

static const struct err_kind no_association = { "InvalidAssociationID.NotFound", 400 };
static const struct err_kind already = { "Resource.AlreadyAssociated", 400 };
static const struct err_kind no_gateway = { "InvalidGatewayID.NotFound", 400 };
static const struct err_kind not_attached = { "Gateway.NotAttached", 400 };

const char *
route_table_associate(json_t *doc, const char *subnet, const char *gateway)
{
	json_t *row = json_add_object(json_need_array(doc, "Associations"));
	char hex[18];

	random_hex(hex, 17);
	json_set_bool(row, "Main", subnet == NULL && gateway == NULL);
	json_set_fmt(row, "RouteTableAssociationId", "rtbassoc-%s", hex);
	json_set_str(row, "RouteTableId", resource_id(&ec2_route_table, doc));
	json_set_str(row, "SubnetId", subnet);
	json_set_str(row, "GatewayId", gateway);
	json_set(row, "AssociationState", json_make("{s:s}", "State", "associated"));
	return json_str(row, "RouteTableAssociationId");
}

/*
 * The association whose `member` is `value`: its table as a copy to write, and its index.
 * 1, 0, -1.
 */
static int
find_row(struct call *c, const char *member, const char *value, json_t **ret,
    size_t *ret_i)
{
	struct store_docs tables;
	const json_t *row;
	size_t k;

	if (resource_list(c, &ec2_route_table, &tables) < 0)
		return -1;
	for (size_t i = 0; i < tables.n; i++) {
		json_array_foreach(json_get(tables.doc[i], "Associations"), k, row) {
			if (strcmp(json_str_or(row, member, ""), value) != 0)
				continue;
			*ret_i = k;
			return resource_edit(c, &ec2_route_table,
				   resource_id(&ec2_route_table, tables.doc[i]),
				   ret) < 0 ?
			    -1 :
			    1;
		}
	}
	return 0;
}

int
ec2_route_table_forget_subnet(struct call *c, const char *subnet_id)
{
	json_t *doc;
	size_t i;
	int rc = find_row(c, "SubnetId", subnet_id, &doc, &i);

	if (rc <= 0)
		return rc;
	json_array_remove(json_get(doc, "Associations"), i);
	resource_put(c, &ec2_route_table, doc);
	return 0;
}

/* Take the rows with the gateway out of a list; how many there were. */
static size_t
take_gateway(json_t *rows, const char *gateway_id)
{
	size_t n = 0;

	for (size_t i = json_array_size(rows); i-- > 0;) {
		if (strcmp(json_str_or(json_array_get(rows, i), "GatewayId", ""),
			gateway_id) != 0)
			continue;
		json_array_remove(rows, i);
		n++;
	}
	return n;
}

int
ec2_route_table_forget_gateway(struct call *c, const char *gateway_id)
{
	struct store_docs tables;
	json_t *doc;

	if (resource_list(c, &ec2_route_table, &tables) < 0)
		return -1;
	for (size_t i = 0; i < tables.n; i++) {
		if (resource_edit(c, &ec2_route_table,
			resource_id(&ec2_route_table, tables.doc[i]), &doc) < 0)
			return -1;
		if (take_gateway(json_get(doc, "Associations"), gateway_id) +
			take_gateway(json_get(doc, "PropagatingVgws"), gateway_id) >
		    0)
			resource_put(c, &ec2_route_table, doc);
	}
	return 0;
}

/* AssociateRouteTable */

static int
check_subnet(struct call *c, const json_t *doc, const char *id)
{
	json_t *subnet;

	if (call_allow(c, &ec2_subnet, id) < 0 ||
	    resource_get(c, &ec2_subnet, id, &subnet) < 0)
		return -1;
	if (strcmp(json_str_or(subnet, "VpcId", ""), json_str_or(doc, "VpcId", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Route table %s and network %s belong to different networks",
		    resource_id(&ec2_route_table, doc), id);
	return 0;
}

/* Where an internet or VPN gateway is attached to. */
static const char *
network_of(const json_t *gateway)
{
	const json_t *rows = json_get(gateway, "Attachments"), *row;
	size_t i;

	if (rows == NULL)
		rows = json_get(gateway, "VpcAttachments");
	json_array_foreach(rows, i, row) {
		if (strcmp(json_str_or(row, "State", ""), "detached") != 0)
			return json_str_or(row, "VpcId", "");
	}
	return "";
}

/* An internet or VPN gateway that is attached to the VPC: 0 or -1. */
static int
check_attached(struct call *c, const char *id, const char *vpc)
{
	const char *kind =
	    strncmp(id, "vgw-", 4) == 0 ? "ec2:vpn-gateway" : ec2_internet_gateway.kind;
	json_t *doc;
	int rc = store_get(c->txn, c->scope, kind, id, &doc, &c->err);

	if (rc == 0)
		return err_set(&c->err, &no_gateway,
		    "The gateway ID '%.64s' does not exist", id);
	if (rc < 0)
		return -1;
	if (strcmp(network_of(doc), vpc) != 0)
		return err_set(&c->err, &not_attached,
		    "resource %s is not attached to network %s", id, vpc);
	return 0;
}

/* What comes in by a gateway can go to a part of the VPC only, by way of an interface. */
static int
check_edge(struct call *c, const json_t *doc)
{
	const json_t *route;
	size_t i;

	if (json_array_size(json_get(doc, "PropagatingVgws")) > 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The route table %s has route propagation enabled and cannot be "
		    "associated with a gateway",
		    resource_id(&ec2_route_table, doc));
	json_array_foreach(json_get(doc, "Routes"), i, route) {
		if (!route_is_local(route) && !route_target_is_inner(route))
			return err_set(&c->err, &ec2_bad_value,
			    "The route table %s has a route whose target is not allowed for "
			    "a route table that is associated with a gateway",
			    resource_id(&ec2_route_table, doc));
	}
	return 0;
}

static int
associate(struct call *c)
{
	static const char *const refused[] = { "PublicIpv4Pool", NULL };
	const char *subnet = in_str(c, "SubnetId"), *gateway = in_str(c, "GatewayId");
	json_t *doc, *other;
	size_t i;
	int rc;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_edit(c, &ec2_route_table, in_str(c, "RouteTableId"), &doc) < 0)
		return -1;
	if ((subnet == NULL) == (gateway == NULL))
		return err_set(&c->err,
		    subnet == NULL ? &ec2_missing : &ec2_bad_combination,
		    "The request must contain either the parameter subnetId or the "
		    "parameter gatewayId");
	if (subnet != NULL ?
		check_subnet(c, doc, subnet) < 0 :
		check_attached(c, gateway, json_str_or(doc, "VpcId", "")) < 0 ||
		    check_edge(c, doc) < 0)
		return -1;
	rc = find_row(c, subnet != NULL ? "SubnetId" : "GatewayId",
	    subnet != NULL ? subnet : gateway, &other, &i);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return err_set(&c->err, &already,
		    "the specified association for route table %s conflicts with an existing "
		    "association",
		    resource_id(&ec2_route_table, doc));
	out_str(c, "AssociationId", route_table_associate(doc, subnet, gateway));
	resource_put(c, &ec2_route_table, doc);
	out_set(c, "AssociationState", json_make("{s:s}", "State", "associated"));
	return 0;
}

/* DisassociateRouteTable, ReplaceRouteTableAssociation */

/* As find_row(), of an id that the caller gave: 0 or -1. */
static int
find_association(struct call *c, const char *id, json_t **ret, size_t *ret_i)
{
	int rc = find_row(c, "RouteTableAssociationId", id, ret, ret_i);

	if (rc == 0)
		return err_set(&c->err, &no_association,
		    "The association ID '%.64s' does not exist", id);
	return rc < 0 ? -1 : 0;
}

static int
disassociate(struct call *c)
{
	json_t *doc;
	size_t i;

	if (find_association(c, in_str(c, "AssociationId"), &doc, &i) < 0)
		return -1;
	if (json_bool(json_array_get(json_get(doc, "Associations"), i), "Main", 0))
		return err_set(&c->err, &ec2_bad_value,
		    "cannot disassociate the main route table association %s",
		    in_str(c, "AssociationId"));
	json_array_remove(json_get(doc, "Associations"), i);
	resource_put(c, &ec2_route_table, doc);
	return 0;
}

static int
replace(struct call *c)
{
	const char *subnet, *gateway;
	json_t *from, *to, *row;
	size_t i;

	if (find_association(c, in_str(c, "AssociationId"), &from, &i) < 0)
		return -1;
	row = json_own(c->arena,
	    json_incref(json_array_get(json_get(from, "Associations"), i)));
	subnet = json_str(row, "SubnetId");
	gateway = json_str(row, "GatewayId");
	json_array_remove(json_get(from, "Associations"), i);
	resource_put(c, &ec2_route_table, from);
	if (resource_edit(c, &ec2_route_table, in_str(c, "RouteTableId"), &to) < 0)
		return -1;
	if (strcmp(json_str_or(from, "VpcId", ""), json_str_or(to, "VpcId", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Route table %s and the association belong to different networks",
		    in_str(c, "RouteTableId"));
	if (gateway != NULL && check_edge(c, to) < 0)
		return -1;
	/* Who is main can be deleted with the VPC only, and the other way round. */
	if (json_bool(row, "Main", 0)) {
		json_set_str(from, "_custom_vpc", json_str(from, "VpcId"));
		json_del(to, "_custom_vpc");
	}
	out_str(c, "NewAssociationId", route_table_associate(to, subnet, gateway));
	resource_put(c, &ec2_route_table, to);
	out_set(c, "AssociationState", json_make("{s:s}", "State", "associated"));
	return 0;
}

/* EnableVgwRoutePropagation, DisableVgwRoutePropagation */

/* The table as a copy to write, and the gateway's row in it (its index, or their number). */
static int
find_gateway(struct call *c, json_t **ret, size_t *ret_i)
{
	const char *gateway = in_str(c, "GatewayId");
	const json_t *rows, *row;
	size_t i;

	if (resource_edit(c, &ec2_route_table, in_str(c, "RouteTableId"), ret) < 0)
		return -1;
	rows = json_need_array(*ret, "PropagatingVgws");
	*ret_i = json_array_size(rows);
	json_array_foreach(rows, i, row) {
		if (strcmp(json_str_or(row, "GatewayId", ""), gateway) == 0)
			*ret_i = i;
	}
	return 0;
}

static int
enable(struct call *c)
{
	const char *gateway = in_str(c, "GatewayId");
	json_t *doc, *rows;
	size_t i;

	if (find_gateway(c, &doc, &i) < 0)
		return -1;
	if (strncmp(gateway, "vgw-", 4) != 0)
		return err_set(&c->err, &no_gateway,
		    "The gateway ID '%.64s' does not exist", gateway);
	if (check_attached(c, gateway, json_str_or(doc, "VpcId", "")) < 0)
		return -1;
	rows = json_get(doc, "PropagatingVgws");
	if (i == json_array_size(rows))
		json_add(rows, json_make("{s:s}", "GatewayId", gateway));
	resource_put(c, &ec2_route_table, doc);
	return 0;
}

static int
disable(struct call *c)
{
	json_t *doc;
	size_t i;

	if (find_gateway(c, &doc, &i) < 0)
		return -1;
	json_array_remove(json_get(doc, "PropagatingVgws"), i);
	resource_put(c, &ec2_route_table, doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("AssociateRouteTable", associate, 0, &ec2_route_table, "RouteTableId",
	    "Give a subnet or a gateway a route table."),
	OP_RES("DisableVgwRoutePropagation", disable, 0, &ec2_route_table, "RouteTableId",
	    "Let a VPN gateway add no routes."),
	OP("DisassociateRouteTable", disassociate, 0,
	    "Give a subnet the main table again."),
	OP_RES("EnableVgwRoutePropagation", enable, 0, &ec2_route_table, "RouteTableId",
	    "Let a VPN gateway add routes to a table."),
	OP_RES("ReplaceRouteTableAssociation", replace, 0, &ec2_route_table,
	    "RouteTableId", "Give a subnet, or the VPC, another table."),
};
const struct family ec2_route_associations = FAMILY(ops, NULL);
