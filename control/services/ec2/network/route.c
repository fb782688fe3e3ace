/*
 * EC2: the routes of route tables.
 *
 * Not emulated: local gateways, core networks and Oracle's networks, which are refused.
 */
#include <string.h>

#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/route_table.h"

static const struct err_kind exists = { "RouteAlreadyExists", 400 };
static const struct err_kind no_route = { "InvalidRoute.NotFound", 400 };
static const struct err_kind limit = { "RouteLimitExceeded", 400 };

enum { MAX_ROUTES = 500 };

/* A route to a part of the VPC is a route to one of its subnets, by way of an interface. */

/* Is the destination the CIDR of one of the VPC's subnets?  1, 0, -1. */
static int
is_subnet(struct call *c, const char *vpc_id, const char *cidr)
{
	struct store_docs all;

	if (resource_list(c, &ec2_subnet, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const json_t *row =
		    json_array_get(json_get(all.doc[i], "Ipv6CidrBlockAssociationSet"),
			0);

		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc_id) == 0 &&
		    (strcmp(json_str_or(all.doc[i], "CidrBlock", ""), cidr) == 0 ||
			strcmp(json_str_or(row, "Ipv6CidrBlock", ""), cidr) == 0))
			return 1;
	}
	return 0;
}

static int
check_inner(struct call *c, const json_t *table, const struct route_destination *to,
    const json_t *route)
{
	const char *vpc_id = json_str_or(table, "VpcId", "");
	struct net4 net;
	struct net6 net6;
	json_t *vpc;
	int rc;

	if (resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	if (!(net4_parse(to->value, &net) && ec2_vpc_contains(vpc, &net)) &&
	    !(net6_parse(to->value, &net6) && ec2_vpc_contains6(vpc, &net6)))
		return 0;
	if (!route_target_is_inner(route))
		return err_set(&c->err, &ec2_bad_value,
		    "The destination CIDR block %s is equal to or more specific than one of "
		    "this VPC's CIDR blocks. This route can target only an interface or an "
		    "instance.",
		    to->value);
	rc = is_subnet(c, vpc_id, to->value);
	if (rc == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The destination CIDR block %s is more specific than one of this VPC's "
		    "CIDR blocks, and is not the CIDR block of one of its subnets.",
		    to->value);
	return rc < 0 ? -1 : 0;
}

/* CreateRoute */

static int
create(struct call *c)
{
	struct route_destination to;
	json_t *doc, *route = json_own(c->arena, json_new_object());
	size_t i;

	if (resource_edit(c, &ec2_route_table, in_str(c, "RouteTableId"), &doc) < 0 ||
	    route_destination_read(c, &to) < 0)
		return -1;
	json_set_str(route, to.member, to.value);
	if (route_destination_check(c, &to) < 0 || route_target_read(c, doc, route) < 0)
		return -1;
	if (route_find(doc, &to, &i))
		return err_set(&c->err, &exists,
		    "The route identified by %s already exists.", to.value);
	if (check_inner(c, doc, &to, route) < 0)
		return -1;
	if (json_array_size(json_get(doc, "Routes")) >= MAX_ROUTES)
		return err_set(&c->err, &limit,
		    "The maximum number of routes has been reached.");
	json_set_str(route, "Origin", "CreateRoute");
	json_add(json_need_array(doc, "Routes"), json_incref(route));
	resource_put(c, &ec2_route_table, doc);
	out_bool(c, "Return", 1);
	return 0;
}

/* What is not the user's to change: `what` is "remove" or "replace".  0 or -1. */
static int
check_own(struct call *c, const json_t *doc, const json_t *route, const char *what)
{
	int rc = route_is_of_endpoint(c, route);

	if (rc > 0)
		return err_set(&c->err, &ec2_bad_value,
		    "cannot %s VPC endpoint route %s in route table %s", what,
		    json_str_or(route, "DestinationPrefixListId", ""),
		    resource_id(&ec2_route_table, doc));
	return rc;
}

/* ReplaceRoute */

/* What a route of the VPC's own may lead to instead: something inside, or what it was. */
static int
replace_local(struct call *c, const json_t *doc, json_t *route)
{
	const struct route_destination to = { NULL,
		json_str_or(route, "DestinationCidrBlock",
		    json_str_or(route, "DestinationIpv6CidrBlock", "")) };

	if (in_bool(c, "LocalTarget", 0)) {
		route_target_local(route);
		return 0;
	}
	if (route_target_read(c, doc, route) < 0)
		return -1;
	if (!route_target_is_inner(route))
		return err_set(&c->err, &ec2_bad_value,
		    "cannot replace local route %s in route table %s", to.value,
		    resource_id(&ec2_route_table, doc));
	return 0;
}

static int
replace_other(struct call *c, const json_t *doc, const struct route_destination *to,
    json_t *route)
{
	if (in_bool(c, "LocalTarget", 0))
		return err_set(&c->err, &ec2_bad_value,
		    "The route %s in route table %s is not a local route", to->value,
		    resource_id(&ec2_route_table, doc));
	if (route_target_read(c, doc, route) < 0)
		return -1;
	return check_inner(c, doc, to, route);
}

static int
replace(struct call *c)
{
	struct route_destination to;
	json_t *doc, *route;
	size_t i;

	if (resource_edit(c, &ec2_route_table, in_str(c, "RouteTableId"), &doc) < 0 ||
	    route_destination_read(c, &to) < 0)
		return -1;
	if (in_bool(c, "LocalTarget", 0) && route_target_is_given(c))
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter localTarget cannot be used with another target");
	if (!route_find(doc, &to, &i))
		return err_set(&c->err, &ec2_bad_value,
		    "There is no route defined for '%s' in the route table. Use CreateRoute "
		    "instead.",
		    to.value);
	route = json_array_get(json_get(doc, "Routes"), i);
	if (check_own(c, doc, route, "replace") < 0)
		return -1;
	if ((route_is_local(route) ? replace_local(c, doc, route) :
				     replace_other(c, doc, &to, route)) < 0)
		return -1;
	resource_put(c, &ec2_route_table, doc);
	return 0;
}

/* DeleteRoute */

static int delete (struct call *c)
{
	const char *id = in_str(c, "RouteTableId");
	struct route_destination to;
	json_t *doc;
	size_t i;

	if (resource_edit(c, &ec2_route_table, id, &doc) < 0 ||
	    route_destination_read(c, &to) < 0)
		return -1;
	if (!route_find(doc, &to, &i))
		return err_set(&c->err, &no_route,
		    "no route with %s %s in route table %s",
		    strcmp(to.member, "DestinationCidrBlock") == 0 ?
			"destination-cidr-block" :
			strcmp(to.member, "DestinationIpv6CidrBlock") == 0 ?
			"destination-ipv6-cidr-block" :
			"destination-prefix-list-id",
		    to.value, id);
	if (route_is_local(json_array_get(json_get(doc, "Routes"), i)))
		return err_set(&c->err, &ec2_bad_value,
		    "cannot remove local route %s in route table %s", to.value, id);
	if (check_own(c, doc, json_array_get(json_get(doc, "Routes"), i), "remove") < 0)
		return -1;
	json_array_remove(json_get(doc, "Routes"), i);
	resource_put(c, &ec2_route_table, doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateRoute", create, 0, &ec2_route_table, "RouteTableId",
	    "Lead a destination somewhere."),
	OP_RES("DeleteRoute", delete, 0, &ec2_route_table, "RouteTableId",
	    "Delete a route."),
	OP_RES("ReplaceRoute", replace, 0, &ec2_route_table, "RouteTableId",
	    "Lead a route elsewhere."),
};
const struct family ec2_routes = FAMILY(ops, NULL);
