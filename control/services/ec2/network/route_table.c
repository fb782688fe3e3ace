/*
 * EC2: route tables.
 *
 * Today a route decides one thing on the wire: whether a subnet's public
 * addresses lead anywhere.  Not emulated yet: targets other than internet
 * gateways, gateway associations, propagation, IPv6, prefix lists.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/ec2.h"

static const struct err_kind not_found = { "InvalidRouteTableID.NotFound", 400 };
static const struct err_kind no_association = { "InvalidAssociationID.NotFound", 400 };
static const struct err_kind route_exists = { "RouteAlreadyExists", 400 };
static const struct err_kind no_route = { "InvalidRoute.NotFound", 400 };
static const struct err_kind already = { "Resource.AlreadyAssociated", 400 };

static const struct filter filters[] = {
	{ "association.gateway-id", "Associations.GatewayId" },
	{ "association.main", "Associations.Main" },
	{ "association.route-table-association-id",
	    "Associations.RouteTableAssociationId" },
	{ "association.route-table-id", "Associations.RouteTableId" },
	{ "association.subnet-id", "Associations.SubnetId" },
	{ "owner-id", "OwnerId" },
	{ "route-table-id", "RouteTableId" },
	{ "route.destination-cidr-block", "Routes.DestinationCidrBlock" },
	{ "route.gateway-id", "Routes.GatewayId" },
	{ "route.origin", "Routes.Origin" },
	{ "route.state", "Routes.State" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

const struct resource ec2_route_table = {
	.service = "ec2",
	.kind = "ec2:route-table",
	.type = "route-table",
	.prefix = "rtb-",
	.id_member = "RouteTableId",
	.list_member = "RouteTables",
	.ids_member = "RouteTableIds",
	.noun = "routeTable ID",
	.not_found = &not_found,
	.filters = filters,
};

static json_t *
make(struct call *c, const char *vpc_id, const char *cidr)
{
	json_t *doc = resource_new(c, &ec2_route_table, NULL), *route;

	if (doc == NULL)
		return NULL;
	json_set_str(doc, "VpcId", vpc_id);
	json_set_str(doc, "OwnerId", c->account);
	json_set(doc, "Associations", json_new_array());
	json_set(doc, "PropagatingVgws", json_new_array());
	route = json_add_object(json_need_array(doc, "Routes"));
	json_set_str(route, "DestinationCidrBlock", cidr);
	json_set_str(route, "GatewayId", "local");
	json_set_str(route, "Origin", "CreateRouteTable");
	json_set_str(route, "State", "active");
	return doc;
}

/* subnet NULL: it is the VPC's main table.  The association's id. */
static const char *
associate_with(json_t *doc, const char *subnet)
{
	json_t *row = json_add_object(json_need_array(doc, "Associations"));
	char hex[18];

	random_hex(hex, 17);
	json_set_bool(row, "Main", subnet == NULL);
	json_set_fmt(row, "RouteTableAssociationId", "rtbassoc-%s", hex);
	json_set_str(row, "RouteTableId", resource_id(&ec2_route_table, doc));
	json_set_str(row, "SubnetId", subnet);
	json_set(row, "AssociationState", json_make("{s:s}", "State", "associated"));
	return json_str(row, "RouteTableAssociationId");
}

int
ec2_route_table_main(struct call *c, const char *vpc_id, const char *cidr,
    const char **ret_id)
{
	struct call own = *c;
	json_t *doc;

	/* Tags of the request are for the VPC. */
	own.in = json_own(c->arena, json_new_object());
	doc = make(&own, vpc_id, cidr);
	associate_with(doc, NULL);
	resource_put(c, &ec2_route_table, doc);
	if (ret_id != NULL)
		*ret_id = resource_id(&ec2_route_table, doc);
	return 0;
}

/* Is the row the main association (subnet NULL), or the subnet's? */
static int
leads(const json_t *row, const char *subnet)
{
	return subnet == NULL ? json_bool(row, "Main", 0) :
				strcmp(json_str_or(row, "SubnetId", ""), subnet) == 0;
}

static json_t *
table_of(const struct store_docs *tables, const char *vpc, const char *subnet)
{
	const json_t *row;
	size_t k;

	for (size_t i = 0; i < tables->n; i++) {
		if (strcmp(json_str_or(tables->doc[i], "VpcId", ""), vpc) != 0)
			continue;
		json_array_foreach(json_get(tables->doc[i], "Associations"), k, row) {
			if (leads(row, subnet))
				return tables->doc[i];
		}
	}
	return NULL;
}

int
ec2_route_table_of(struct call *c, const char *vpc_id, const char *subnet_id,
    json_t **ret)
{
	struct store_docs tables;
	json_t *doc = NULL;

	if (resource_list(c, &ec2_route_table, &tables) < 0)
		return -1;
	if (subnet_id != NULL)
		doc = table_of(&tables, vpc_id, subnet_id);
	if (doc == NULL)
		doc = table_of(&tables, vpc_id, NULL);
	if (doc == NULL)
		return err_set(&c->err, &err_internal, "%s has no main route table",
		    vpc_id);
	*ret = doc;
	return 0;
}

int
ec2_subnet_is_public(struct store_txn *t, const char *scope, const char *vpc_id,
    const char *subnet_id, struct err *err)
{
	struct store_docs tables, gateways;
	const json_t *doc, *route;
	size_t i;

	if (store_list(t, scope, ec2_route_table.kind, &tables, err) < 0 ||
	    store_list(t, scope, ec2_internet_gateway.kind, &gateways, err) < 0)
		return -1;
	doc = table_of(&tables, vpc_id, subnet_id);
	if (doc == NULL)
		doc = table_of(&tables, vpc_id, NULL);
	json_array_foreach(json_get(doc, "Routes"), i, route) {
		const char *gateway = json_str_or(route, "GatewayId", "");

		if (strcmp(json_str_or(route, "DestinationCidrBlock", ""), "0.0.0.0/0") !=
		    0)
			continue;
		for (size_t k = 0; k < gateways.n; k++) {
			const json_t *row =
			    json_array_get(json_get(gateways.doc[k], "Attachments"), 0);

			if (strcmp(resource_id(&ec2_internet_gateway, gateways.doc[k]),
				gateway) == 0 &&
			    strcmp(json_str_or(row, "VpcId", ""), vpc_id) == 0)
				return 1;
		}
	}
	return 0;
}

int
ec2_route_table_forget_subnet(struct call *c, const char *subnet_id)
{
	json_t *doc, *rows;
	int rc = resource_find_by(c, &ec2_route_table, "Associations.SubnetId", subnet_id,
	    &doc);

	if (rc <= 0)
		return rc;
	if (resource_edit(c, &ec2_route_table, resource_id(&ec2_route_table, doc), &doc) <
	    0)
		return -1;
	rows = json_get(doc, "Associations");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		if (leads(json_array_get(rows, i), subnet_id)) {
			json_array_remove(rows, i);
			break;
		}
	}
	resource_put(c, &ec2_route_table, doc);
	return 0;
}

int
ec2_route_table_drop(struct call *c, const char *vpc_id)
{
	struct store_docs tables;
	const json_t *doc;

	if (resource_list(c, &ec2_route_table, &tables) < 0)
		return -1;
	doc = table_of(&tables, vpc_id, NULL);
	if (doc != NULL)
		resource_delete_doc(c, &ec2_route_table,
		    resource_id(&ec2_route_table, doc));
	return 0;
}

/* CreateRouteTable, DeleteRouteTable */

static int
create(struct call *c)
{
	const char *vpc_id = in_str(c, "VpcId");
	json_t *vpc, *doc;

	if (call_allow(c, &ec2_vpc, vpc_id) < 0 ||
	    resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	doc = make(c, vpc_id, json_str_or(vpc, "CidrBlock", ""));
	if (doc == NULL)
		return -1;
	json_set_str(doc, "_custom_vpc", vpc_id);
	resource_put(c, &ec2_route_table, doc);
	out_ref(c, "RouteTable", doc);
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "RouteTableId");
	json_t *doc;

	if (resource_get(c, &ec2_route_table, id, &doc) < 0)
		return -1;
	if (json_array_size(json_get(doc, "Associations")) > 0)
		return err_set(&c->err, &ec2_dependency,
		    "The routeTable '%s' has dependencies and cannot be deleted.", id);
	resource_delete_doc(c, &ec2_route_table, id);
	return 0;
}

/* Associate, Disassociate, Replace */

/* The table that has the association, as a copy to write, and the row's index: 0 or -1. */
static int
find_association(struct call *c, const char *id, json_t **ret, size_t *ret_i)
{
	struct store_docs tables;
	const json_t *row;
	size_t k;

	if (resource_list(c, &ec2_route_table, &tables) < 0)
		return -1;
	for (size_t i = 0; i < tables.n; i++) {
		json_array_foreach(json_get(tables.doc[i], "Associations"), k, row) {
			if (strcmp(json_str_or(row, "RouteTableAssociationId", ""), id) !=
			    0)
				continue;
			*ret_i = k;
			return resource_edit(c, &ec2_route_table,
			    resource_id(&ec2_route_table, tables.doc[i]), ret);
		}
	}
	return err_set(&c->err, &no_association, "The association ID '%s' does not exist",
	    id);
}

static int
associate(struct call *c)
{
	static const char *const refused[] = { "GatewayId", "PublicIpv4Pool", NULL };
	const char *subnet_id = in_str(c, "SubnetId"), *vpc;
	struct store_docs tables;
	json_t *doc, *subnet;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_edit(c, &ec2_route_table, in_str(c, "RouteTableId"), &doc) < 0)
		return -1;
	if (subnet_id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter subnetId");
	if (call_allow(c, &ec2_subnet, subnet_id) < 0 ||
	    resource_get(c, &ec2_subnet, subnet_id, &subnet) < 0 ||
	    resource_list(c, &ec2_route_table, &tables) < 0)
		return -1;
	vpc = json_str_or(doc, "VpcId", "");
	if (strcmp(json_str_or(subnet, "VpcId", ""), vpc) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Route table %s and network %s belong to different networks",
		    resource_id(&ec2_route_table, doc), subnet_id);
	if (table_of(&tables, vpc, subnet_id) != NULL)
		return err_set(&c->err, &already,
		    "the specified association for route table %s conflicts with an existing "
		    "association",
		    resource_id(&ec2_route_table, doc));
	out_str(c, "AssociationId", associate_with(doc, subnet_id));
	resource_put(c, &ec2_route_table, doc);
	out_set(c, "AssociationState", json_make("{s:s}", "State", "associated"));
	return 0;
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
replace_association(struct call *c)
{
	const char *subnet;
	json_t *from, *to;
	size_t i;

	if (find_association(c, in_str(c, "AssociationId"), &from, &i) < 0)
		return -1;
	subnet = json_str(json_array_get(json_get(from, "Associations"), i), "SubnetId");
	if (subnet != NULL)
		subnet = arena_strdup(c->arena, subnet);
	json_array_remove(json_get(from, "Associations"), i);
	resource_put(c, &ec2_route_table, from);
	if (resource_edit(c, &ec2_route_table, in_str(c, "RouteTableId"), &to) < 0)
		return -1;
	if (strcmp(json_str_or(from, "VpcId", ""), json_str_or(to, "VpcId", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Route table %s and the association belong to different networks",
		    in_str(c, "RouteTableId"));
	/* Who is main can be deleted with the VPC only, and the other way round. */
	if (subnet == NULL) {
		json_set_str(from, "_custom_vpc", json_str(from, "VpcId"));
		json_del(to, "_custom_vpc");
	}
	out_str(c, "NewAssociationId", associate_with(to, subnet));
	resource_put(c, &ec2_route_table, to);
	out_set(c, "AssociationState", json_make("{s:s}", "State", "associated"));
	return 0;
}

/* Routes */

static int
is_local(const json_t *route)
{
	return strcmp(json_str_or(route, "GatewayId", ""), "local") == 0;
}

static int
find_route(const json_t *doc, const char *cidr, size_t *ret)
{
	const json_t *route;
	size_t i;

	json_array_foreach(json_get(doc, "Routes"), i, route) {
		if (strcmp(json_str_or(route, "DestinationCidrBlock", ""), cidr) == 0) {
			*ret = i;
			return 1;
		}
	}
	return 0;
}

/* The attached gateway that a route is to lead to: 0 or -1. */
static int
check_gateway(struct call *c, const json_t *doc, const char *gateway)
{
	static const struct err_kind no_gateway = { "InvalidGatewayID.NotFound", 400 };
	json_t *found;
	int rc = resource_find(c, &ec2_internet_gateway, gateway, &found);

	if (rc == 0)
		return err_set(&c->err, &no_gateway, "The gateway ID '%s' does not exist",
		    gateway);
	if (rc < 0)
		return -1;
	if (strcmp(json_str_or(json_array_get(json_get(found, "Attachments"), 0), "VpcId",
		       ""),
		json_str_or(doc, "VpcId", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "route table %s and network gateway %s belong to different networks",
		    resource_id(&ec2_route_table, doc), gateway);
	return 0;
}

/* Destination and target of CreateRoute and ReplaceRoute: 0 or -1. */
static int
read_route(struct call *c, const json_t *doc, const char **ret_cidr)
{
	static const char *const refused[] = { "DestinationIpv6CidrBlock",
		"DestinationPrefixListId", "VpcEndpointId", "EgressOnlyInternetGatewayId",
		"InstanceId", "NatGatewayId", "TransitGatewayId", "LocalGatewayId",
		"CarrierGatewayId", "NetworkInterfaceId", "VpcPeeringConnectionId",
		"CoreNetworkArn", "OdbNetworkArn", NULL };
	const char *text = in_str(c, "DestinationCidrBlock"),
		   *gateway = in_str(c, "GatewayId");
	char cidr[NET4_TEXT];
	struct net4 net;

	if (ec2_refuse(c, refused) < 0)
		return -1;
	if (text == NULL || gateway == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter %s",
		    text == NULL ? "destinationCidrBlock" : "gatewayId");
	if (ec2_cidr(c, "destinationCidrBlock", text, &net) < 0 ||
	    check_gateway(c, doc, gateway) < 0)
		return -1;
	net4_format(&net, cidr);
	*ret_cidr = arena_strdup(c->arena, cidr);
	return 0;
}

static int
create_route(struct call *c)
{
	const char *cidr;
	json_t *doc, *route;
	size_t i;

	if (resource_edit(c, &ec2_route_table, in_str(c, "RouteTableId"), &doc) < 0 ||
	    read_route(c, doc, &cidr) < 0)
		return -1;
	if (find_route(doc, cidr, &i))
		return err_set(&c->err, &route_exists,
		    "The route identified by %s already exists.", cidr);
	route = json_add_object(json_need_array(doc, "Routes"));
	json_set_str(route, "DestinationCidrBlock", cidr);
	json_set_str(route, "GatewayId", in_str(c, "GatewayId"));
	json_set_str(route, "Origin", "CreateRoute");
	json_set_str(route, "State", "active");
	resource_put(c, &ec2_route_table, doc);
	out_bool(c, "Return", 1);
	return 0;
}

static int
replace_route(struct call *c)
{
	static const char *const refused[] = { "LocalTarget", NULL };
	const char *cidr;
	json_t *doc;
	size_t i;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_edit(c, &ec2_route_table, in_str(c, "RouteTableId"), &doc) < 0 ||
	    read_route(c, doc, &cidr) < 0)
		return -1;
	if (!find_route(doc, cidr, &i))
		return err_set(&c->err, &ec2_bad_value,
		    "There is no route defined for '%s' in the route table. Use CreateRoute instead.",
		    cidr);
	if (is_local(json_array_get(json_get(doc, "Routes"), i)))
		return err_set(&c->err, &ec2_bad_value,
		    "cannot replace local route %s in route table %s", cidr,
		    resource_id(&ec2_route_table, doc));
	json_set_str(json_array_get(json_get(doc, "Routes"), i), "GatewayId",
	    in_str(c, "GatewayId"));
	resource_put(c, &ec2_route_table, doc);
	return 0;
}

static int
delete_route(struct call *c)
{
	static const char *const refused[] = { "DestinationIpv6CidrBlock",
		"DestinationPrefixListId", NULL };
	const char *id = in_str(c, "RouteTableId");
	const char *text = in_str(c, "DestinationCidrBlock");
	char cidr[NET4_TEXT];
	struct net4 net;
	json_t *doc;
	size_t i;

	if (ec2_refuse(c, refused) < 0 ||
	    resource_edit(c, &ec2_route_table, id, &doc) < 0)
		return -1;
	if (text == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter destinationCidrBlock");
	if (ec2_cidr(c, "destinationCidrBlock", text, &net) < 0)
		return -1;
	net4_format(&net, cidr);
	if (!find_route(doc, cidr, &i))
		return err_set(&c->err, &no_route,
		    "no route with destination-cidr-block %s in route table %s", cidr,
		    id);
	if (is_local(json_array_get(json_get(doc, "Routes"), i)))
		return err_set(&c->err, &ec2_bad_value,
		    "cannot remove local route %s in route table %s", cidr, id);
	json_array_remove(json_get(doc, "Routes"), i);
	resource_put(c, &ec2_route_table, doc);
	return 0;
}

/* DescribeRouteTables: a route to a gateway that has left is a black hole: shown, not kept. */

static int
is_attached(const struct store_docs *gateways, const char *id, const char *vpc)
{
	for (size_t i = 0; i < gateways->n; i++) {
		const json_t *doc = gateways->doc[i];

		if (strcmp(resource_id(&ec2_internet_gateway, doc), id) == 0)
			return strcmp(vpc,
				   json_str_or(json_array_get(json_get(doc,
								  "Attachments"),
						   0),
				       "VpcId", "")) == 0;
	}
	return 0;
}

static json_t *
shown(struct call *c, json_t *doc, const struct store_docs *gateways)
{
	const char *vpc = json_str_or(doc, "VpcId", "");
	json_t *copy = NULL, *route;
	size_t i;

	json_array_foreach(json_get(doc, "Routes"), i, route) {
		if (is_local(route) ||
		    is_attached(gateways, json_str_or(route, "GatewayId", ""), vpc))
			continue;
		if (copy == NULL)
			copy = json_own(c->arena, json_copy_deep(doc));
		json_set_str(json_array_get(json_get(copy, "Routes"), i), "State",
		    "blackhole");
	}
	return copy != NULL ? copy : doc;
}

static int
describe(struct call *c)
{
	struct store_docs all, gateways, candidates;
	json_t **rows, *docs;

	if (resource_list(c, &ec2_route_table, &all) < 0 ||
	    resource_list(c, &ec2_internet_gateway, &gateways) < 0)
		return -1;
	rows = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++)
		rows[i] = shown(c, all.doc[i], &gateways);
	candidates.n = all.n;
	candidates.doc = rows;
	if (resource_select(c, &ec2_route_table, &candidates, &docs) < 0 ||
	    resource_page(c, &ec2_route_table, docs) < 0)
		return -1;
	out_ref(c, "RouteTables", docs);
	return 0;
}

static const struct op ops[] = {
	OP_RES("AssociateRouteTable", associate, 0, &ec2_route_table, "RouteTableId",
	    "Give a subnet a route table."),
	OP_RES("CreateRoute", create_route, 0, &ec2_route_table, "RouteTableId",
	    "Add a route to an internet gateway."),
	OP_RES("CreateRouteTable", create, OP_TOKEN, &ec2_route_table, NULL,
	    "Create a route table."),
	OP_RES("DeleteRoute", delete_route, 0, &ec2_route_table, "RouteTableId",
	    "Delete a route."),
	OP_RES("DeleteRouteTable", delete, 0, &ec2_route_table, "RouteTableId",
	    "Delete a table that nothing uses."),
	OP_RES("DescribeRouteTables", describe, OP_READ, &ec2_route_table, NULL,
	    "List route tables."),
	OP("DisassociateRouteTable", disassociate, 0,
	    "Give a subnet the main table again."),
	OP_RES("ReplaceRoute", replace_route, 0, &ec2_route_table, "RouteTableId",
	    "Lead a route elsewhere."),
	OP_RES("ReplaceRouteTableAssociation", replace_association, 0, &ec2_route_table,
	    "RouteTableId", "Give a subnet, or the VPC, another table."),
};
static const struct resource *const resources[] = { &ec2_route_table, NULL };
const struct family ec2_route_tables = FAMILY(ops, resources);
