/*
 * EC2: route tables.  What they are of: route_association.c; their routes: route.c.
 *
 * Not emulated on the wire yet: routes other than the one that leads a subnet's public
 * addresses to an internet gateway, and tables of gateways.
 */
#include "control/services/ec2/network/route_table.h"

#include <string.h>

#include "base/clock.h"
#include "control/services/ec2/network/cidr.h"

static const struct err_kind not_found = { "InvalidRouteTableID.NotFound", 400 };

static const struct filter filters[] = {
	{ "association.gateway-id", "Associations.GatewayId" },
	{ "association.main", "Associations.Main" },
	{ "association.route-table-association-id",
	    "Associations.RouteTableAssociationId" },
	{ "association.route-table-id", "Associations.RouteTableId" },
	{ "association.subnet-id", "Associations.SubnetId" },
	{ "owner-id", "OwnerId" },
	{ "route-table-id", "RouteTableId" },
	{ "route.carrier-gateway-id", "Routes.CarrierGatewayId" },
	{ "route.destination-cidr-block", "Routes.DestinationCidrBlock" },
	{ "route.destination-ipv6-cidr-block", "Routes.DestinationIpv6CidrBlock" },
	{ "route.destination-prefix-list-id", "Routes.DestinationPrefixListId" },
	{ "route.egress-only-internet-gateway-id", "Routes.EgressOnlyInternetGatewayId" },
	{ "route.gateway-id", "Routes.GatewayId" },
	{ "route.instance-id", "Routes.InstanceId" },
	{ "route.nat-gateway-id", "Routes.NatGatewayId" },
	{ "route.network-interface-id", "Routes.NetworkInterfaceId" },
	{ "route.origin", "Routes.Origin" },
	{ "route.state", "Routes.State" },
	{ "route.transit-gateway-id", "Routes.TransitGatewayId" },
	{ "route.vpc-peering-connection-id", "Routes.VpcPeeringConnectionId" },
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

/* Local routes, to the VPC's own CIDRs */

int
route_is_local(const json_t *route)
{
	return strcmp(json_str_or(route, "Origin", ""), "CreateRouteTable") == 0;
}

static void
add_local(json_t *doc, const char *member, const char *cidr)
{
	json_t *routes = json_need_array(doc, "Routes"), *sorted = json_new_array(),
	       *local = json_make("{s:s, s:s, s:s, s:s}", member, cidr, "GatewayId",
		   "local", "Origin", "CreateRouteTable", "State", "active"),
	       *route;
	size_t i;

	/* Before what the user has made. */
	json_array_foreach(routes, i, route) {
		if (local != NULL && !route_is_local(route)) {
			json_add(sorted, local);
			local = NULL;
		}
		json_add(sorted, json_incref(route));
	}
	if (local != NULL)
		json_add(sorted, local);
	json_set(doc, "Routes", sorted);
}

static int
add_local4(void *arg, const char *cidr)
{
	add_local(arg, "DestinationCidrBlock", cidr);
	return 0;
}

static int
add_local6(void *arg, const char *cidr)
{
	add_local(arg, "DestinationIpv6CidrBlock", cidr);
	return 0;
}

/* Calls fn for a copy of each table of the VPC, and writes it. */
static int
each_table(struct call *c, const char *vpc_id,
    void (*fn)(json_t *doc, const char *member, const char *cidr), const char *member,
    const char *cidr)
{
	struct store_docs tables;
	json_t *doc;

	if (resource_list(c, &ec2_route_table, &tables) < 0)
		return -1;
	for (size_t i = 0; i < tables.n; i++) {
		if (strcmp(json_str_or(tables.doc[i], "VpcId", ""), vpc_id) != 0)
			continue;
		if (resource_edit(c, &ec2_route_table,
			resource_id(&ec2_route_table, tables.doc[i]), &doc) < 0)
			return -1;
		fn(doc, member, cidr);
		resource_put(c, &ec2_route_table, doc);
	}
	return 0;
}

int
ec2_route_table_add_local(struct call *c, const char *vpc_id, const char *member,
    const char *cidr)
{
	return each_table(c, vpc_id, add_local, member, cidr);
}

static void
remove_local(json_t *doc, const char *member, const char *cidr)
{
	const struct route_destination to = { member, cidr };
	size_t i;

	if (route_find(doc, &to, &i) &&
	    route_is_local(json_array_get(json_get(doc, "Routes"), i)))
		json_array_remove(json_get(doc, "Routes"), i);
}

int
ec2_route_table_remove_local(struct call *c, const char *vpc_id, const char *member,
    const char *cidr)
{
	return each_table(c, vpc_id, remove_local, member, cidr);
}

/* Tables */

static json_t *
make(struct call *c, const char *vpc_id)
{
	json_t *doc = resource_new(c, &ec2_route_table, NULL);

	if (doc == NULL)
		return NULL;
	json_set_str(doc, "VpcId", vpc_id);
	json_set_str(doc, "OwnerId", c->account);
	json_set(doc, "Associations", json_new_array());
	json_set(doc, "PropagatingVgws", json_new_array());
	return doc;
}

int
ec2_route_table_main(struct call *c, const char *vpc_id, const char *cidr,
    const char **ret_id)
{
	struct call own = *c;
	json_t *doc;

	/* Tags of the request are for the VPC. */
	own.in = json_own(c->arena, json_new_object());
	doc = make(&own, vpc_id);
	add_local4(doc, cidr);
	route_table_associate(doc, NULL, NULL);
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
	doc = make(c, vpc_id);
	if (doc == NULL)
		return -1;
	ec2_vpc_each_cidr(vpc, add_local4, doc);
	ec2_vpc_each_cidr6(vpc, add_local6, doc);
	json_set_str(doc, "_custom_vpc", vpc_id);
	resource_put(c, &ec2_route_table, doc);
	out_ref(c, "RouteTable", doc);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
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

/* DescribeRouteTables: black holes, and what VPN gateways propagate, are shown, not kept. */

/* A VPN connection's static routes, where the table has none of its own. */
static void
add_propagated(json_t *copy, const json_t *connection, const char *gateway)
{
	const json_t *row;
	size_t i, k;

	json_array_foreach(json_get(connection, "Routes"), i, row) {
		const struct route_destination to = { "DestinationCidrBlock",
			json_str_or(row, "DestinationCidrBlock", "") };

		if (strcmp(json_str_or(row, "State", ""), "available") != 0 ||
		    route_find(copy, &to, &k))
			continue;
		json_add(json_get(copy, "Routes"),
		    json_make("{s:s, s:s, s:s, s:s}", "DestinationCidrBlock", to.value,
			"GatewayId", gateway, "Origin", "EnableVgwRoutePropagation",
			"State", "active"));
	}
}

static int
propagate(struct call *c, const json_t *doc, json_t *copy)
{
	struct store_docs all;
	const json_t *row;
	size_t k;

	if (store_list(c->txn, c->scope, "ec2:vpn-connection", &all, &c->err) < 0)
		return -1;
	json_array_foreach(json_get(doc, "PropagatingVgws"), k, row) {
		const char *gateway = json_str_or(row, "GatewayId", "");

		for (size_t i = 0; i < all.n; i++) {
			if (strcmp(json_str_or(all.doc[i], "VpnGatewayId", ""),
				gateway) == 0 &&
			    strcmp(json_str_or(all.doc[i], "State", ""), "available") ==
				0)
				add_propagated(copy, all.doc[i], gateway);
		}
	}
	return 0;
}

/* The document, or a copy with what is computed; NULL and c->err. */
static json_t *
shown(struct call *c, json_t *doc)
{
	json_t *routes = json_own(c->arena, json_new_array()), *route, *other, *copy;
	int has_changed = json_array_size(json_get(doc, "PropagatingVgws")) > 0;
	size_t i;

	json_array_foreach(json_get(doc, "Routes"), i, route) {
		if (route_shown(c, doc, route, &other) < 0)
			return NULL;
		has_changed |= other != NULL;
		json_add(routes, json_incref(other != NULL ? other : route));
	}
	if (!has_changed)
		return doc;
	copy = json_own(c->arena, json_copy_shallow(doc));
	json_set(copy, "Routes", json_incref(routes));
	return propagate(c, doc, copy) < 0 ? NULL : copy;
}

static int
describe(struct call *c)
{
	struct store_docs all;
	json_t **rows;

	if (resource_list(c, &ec2_route_table, &all) < 0)
		return -1;
	rows = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < all.n; i++) {
		rows[i] = shown(c, all.doc[i]);
		if (rows[i] == NULL)
			return -1;
	}
	all.doc = rows;
	return resource_answer(c, &ec2_route_table, &all);
}

static const struct op ops[] = {
	OP_RES("CreateRouteTable", create, OP_TOKEN, &ec2_route_table, NULL,
	    "Create a route table."),
	OP_RES("DeleteRouteTable", delete, 0, &ec2_route_table, "RouteTableId",
	    "Delete a table that nothing uses."),
	OP_RES("DescribeRouteTables", describe, OP_READ, &ec2_route_table, NULL,
	    "List route tables."),
};
static const struct resource *const resources[] = { &ec2_route_table, NULL };
const struct family ec2_route_tables = FAMILY(ops, resources);
