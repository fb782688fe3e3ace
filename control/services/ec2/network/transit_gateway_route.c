/*
 * EC2: routes in the tables of transit gateways, written and learnt.
 *
 * Not emulated: export to S3; routes that a VPN or a connect peer would tell by BGP.
 */
#include <string.h>

#include "control/services/ec2/network/prefix_list.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/transit_gateway.h"

static const struct err_kind exists = { "RouteAlreadyExists", 400 };
static const struct err_kind no_route = { "InvalidRoute.NotFound", 400 };
static const struct err_kind limit = { "RouteLimitExceeded", 400 };

/* VPC transit gateway guide, "Quotas" */
enum { MAX_ROUTES = 10000 };

static const struct err_kind bad_filter = { "InvalidParameterValue", 400 };

int
transit_gateway_target(struct call *c, const json_t *table, json_t **ret)
{
	const char *id = in_str(c, "TransitGatewayAttachmentId");
	int hole = in_bool(c, "Blackhole", 0);
	json_t *doc;

	if (hole && id != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter transitGatewayAttachmentId cannot be used with the parameter "
		    "blackhole");
	if (!hole && id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter transitGatewayAttachmentId");
	*ret = NULL;
	if (hole)
		return 0;
	if (call_allow(c, &ec2_transit_gateway_attachment, id) < 0 ||
	    transit_gateway_attachment_get(c, id, NULL, &doc) < 0)
		return -1;
	if (strcmp(json_str_or(table, "TransitGatewayId", ""),
		json_str_or(doc, "TransitGatewayId", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "%s and %s belong to different Transit Gateways", id,
		    resource_id(&ec2_transit_gateway_table, table));
	*ret = json_own(c->arena, transit_gateway_target_of(doc));
	return 0;
}

/* The static route's row, and where it stands: 1 or 0. */
static int
find_static(const json_t *table, const char *cidr, size_t *ret)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(table, "_routes"), i, row) {
		if (strcmp(json_str_or(row, "DestinationCidrBlock", ""), cidr) == 0) {
			*ret = i;
			return 1;
		}
	}
	return 0;
}

static int
is_available(struct call *c, const char *attachment)
{
	json_t *doc;
	int rc = resource_find(c, &ec2_transit_gateway_attachment, attachment, &doc);

	return rc < 0 ? -1 :
			rc > 0 && strcmp(json_str_or(doc, "State", ""), "available") == 0;
}

/* A route as it is shown: 1 and a new row, -1. */
static int
show(struct call *c, const json_t *route, const char *type, json_t **ret)
{
	json_t *row = json_own(c->arena, json_new_object()),
	       *target = json_get(route, "Attachment");
	int rc = 0;

	json_set_str(row, "DestinationCidrBlock",
	    json_str(route, "DestinationCidrBlock"));
	json_set_str(row, "PrefixListId", json_str(route, "PrefixListId"));
	json_set_str(row, "Type", type);
	if (target != NULL) {
		rc = is_available(c,
		    json_str_or(target, "TransitGatewayAttachmentId", ""));
		if (rc < 0)
			return -1;
		json_set(row, "TransitGatewayAttachments", json_make("[O]", target));
	}
	json_set_str(row, "State", rc > 0 ? "active" : "blackhole");
	*ret = row;
	return 0;
}

static int
add_rows(struct call *c, json_t *list, const json_t *routes, const char *type)
{
	const json_t *route;
	json_t *row;
	size_t i;

	json_array_foreach(routes, i, route) {
		if (show(c, route, type, &row) < 0)
			return -1;
		json_add(list, json_incref(row));
	}
	return 0;
}

/* The static routes that a prefix list stands for: one an entry. */
static int
add_references(struct call *c, json_t *list, const json_t *table)
{
	json_t *routes = json_own(c->arena, json_new_array()), *doc;
	const json_t *reference, *entry;
	size_t i, k;

	json_array_foreach(json_get(table, "_references"), i, reference) {
		const char *id = json_str_or(reference, "PrefixListId", "");
		int rc = prefix_list_find(c, id, &doc);

		if (rc < 0)
			return -1;
		json_array_foreach(rc > 0 ? prefix_list_entries(doc, 0) : NULL, k,
		    entry) {
			json_t *route = json_add_object(routes);
			json_t *target = json_get(reference, "TransitGatewayAttachment");

			json_set_str(route, "DestinationCidrBlock",
			    json_str(entry, "Cidr"));
			json_set_str(route, "PrefixListId", id);
			if (target != NULL)
				json_set(route, "Attachment", json_incref(target));
		}
	}
	return add_rows(c, list, routes, "static");
}

/* What the VPCs that tell the table their ranges have, unless somebody wrote it. */
static int
add_learnt(struct call *c, json_t *list, const json_t *table)
{
	const char *id = resource_id(&ec2_transit_gateway_table, table);
	json_t *routes = json_own(c->arena, json_new_array()), *vpc, *route;
	struct store_docs docs;
	const json_t *row;
	size_t k, at;
	int rc;

	if (record_list(c, &ec2_transit_gateway_attachment, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const char *vpc_id = json_str(docs.doc[i], "VpcId");

		if (vpc_id == NULL ||
		    !json_has_str(json_get(docs.doc[i], "_propagations"), id))
			continue;
		rc = resource_find(c, &ec2_vpc, vpc_id, &vpc);
		if (rc < 0)
			return -1;
		json_array_foreach(rc > 0 ? json_get(vpc, "CidrBlockAssociationSet") :
					    NULL,
		    k, row) {
			const char *cidr = json_str_or(row, "CidrBlock", "");

			if (find_static(table, cidr, &at))
				continue;
			route = json_add_object(routes);
			json_set_str(route, "DestinationCidrBlock", cidr);
			json_set(route, "Attachment",
			    transit_gateway_target_of(docs.doc[i]));
		}
	}
	return add_rows(c, list, routes, "propagated");
}

/* All routes of the table as they are shown, static before propagated.  NULL and c->err. */
static json_t *
all_routes(struct call *c, const json_t *table)
{
	json_t *list = json_own(c->arena, json_new_array());

	if (add_rows(c, list, json_get(table, "_routes"), "static") < 0 ||
	    add_references(c, list, table) < 0 || add_learnt(c, list, table) < 0)
		return NULL;
	return list;
}

/* Create, Replace, Delete */

static int
begin(struct call *c, json_t **ret_table, const char **ret_cidr)
{
	return record_edit(c, &ec2_transit_gateway_table,
		   in_str(c, "TransitGatewayRouteTableId"), ret_table) < 0 ||
		record_cidr(c, "destinationCidrBlock", in_str(c, "DestinationCidrBlock"),
		    ret_cidr) < 0 ?
	    -1 :
	    0;
}

static int
answer(struct call *c, const json_t *route, const char *state)
{
	json_t *row;

	if (show(c, route, "static", &row) < 0)
		return -1;
	if (state != NULL)
		json_set_str(row, "State", state);
	out_ref(c, "Route", row);
	return 0;
}

static int
put_route(struct call *c, json_t *table, const char *cidr)
{
	json_t *target, *route;
	size_t i;

	if (transit_gateway_target(c, table, &target) < 0)
		return -1;
	if (find_static(table, cidr, &i))
		json_array_remove(json_get(table, "_routes"), i);
	route = json_add_object(json_need_array(table, "_routes"));
	json_set_str(route, "DestinationCidrBlock", cidr);
	if (target != NULL)
		json_set(route, "Attachment", json_incref(target));
	resource_put(c, &ec2_transit_gateway_table, table);
	return answer(c, route, NULL);
}

static int
create(struct call *c)
{
	const char *cidr;
	json_t *table;
	size_t i;

	if (begin(c, &table, &cidr) < 0)
		return -1;
	if (find_static(table, cidr, &i))
		return err_set(&c->err, &exists,
		    "Route %s already exists in Transit Gateway Route Table %s.", cidr,
		    resource_id(&ec2_transit_gateway_table, table));
	if (json_array_size(json_get(table, "_routes")) >= MAX_ROUTES)
		return err_set(&c->err, &limit,
		    "Transit Gateway Route Table %s has %d static routes, which is the most.",
		    resource_id(&ec2_transit_gateway_table, table), MAX_ROUTES);
	return put_route(c, table, cidr);
}

static int
no_such_route(struct call *c, const char *cidr, const json_t *table)
{
	return err_set(&c->err, &no_route,
	    "Route %s does not exist in Transit Gateway Route Table %s.", cidr,
	    resource_id(&ec2_transit_gateway_table, table));
}

static int
replace(struct call *c)
{
	const char *cidr;
	json_t *table;
	size_t i;

	if (begin(c, &table, &cidr) < 0)
		return -1;
	if (!find_static(table, cidr, &i))
		return no_such_route(c, cidr, table);
	return put_route(c, table, cidr);
}

static int delete (struct call *c)
{
	const char *cidr;
	json_t *table, *rows;
	size_t i;

	if (begin(c, &table, &cidr) < 0)
		return -1;
	rows = json_get(table, "_routes");
	if (!find_static(table, cidr, &i))
		return no_such_route(c, cidr, table);
	if (answer(c, json_array_get(rows, i), "deleted") < 0)
		return -1;
	json_array_remove(rows, i);
	resource_put(c, &ec2_transit_gateway_table, table);
	return 0;
}

/*
 * SearchTransitGatewayRoutes.  A filter by address is answered by what it matches: each row has, under
 * "_exact" and so on, those of the filter's values that it fits.
 */

static const struct filter filters[] = {
	{ "attachment.resource-id", "TransitGatewayAttachments.ResourceId" },
	{ "attachment.resource-type", "TransitGatewayAttachments.ResourceType" },
	{ "attachment.transit-gateway-attachment-id",
	    "TransitGatewayAttachments.TransitGatewayAttachmentId" },
	{ "prefix-list-id", "PrefixListId" },
	{ "route-search.exact-match", "_exact" },
	{ "route-search.longest-prefix-match", "_longest" },
	{ "route-search.subnet-of-match", "_subnet" },
	{ "route-search.supernet-of-match", "_supernet" },
	{ "state", "State" },
	{ "type", "Type" },
	{ NULL, NULL },
};
static const struct resource route_rows = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-route",
	.id_member = "_id",
	.list_member = "Routes",
	.noun = "route",
	.not_found = &no_route,
	.filters = filters,
};

struct prefix {
	int is_v6;
	struct net4 v4;
	struct net6 v6;
};

/* An address is the network of it alone. */
static int
read_prefix(const char *text, struct prefix *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (net4_parse(text, &ret->v4))
		return 1;
	ret->v4.len = 32;
	if (ip4_parse(text, &ret->v4.addr))
		return 1;
	ret->is_v6 = 1;
	ret->v6.len = 128;
	return net6_parse(text, &ret->v6) || ip6_parse(text, ret->v6.addr);
}

static unsigned
length_of(const struct prefix *p)
{
	return p->is_v6 ? p->v6.len : p->v4.len;
}

static int
contains(const struct prefix *outer, const struct prefix *inner)
{
	if (outer->is_v6 != inner->is_v6)
		return 0;
	return outer->is_v6 ? net6_contains(&outer->v6, &inner->v6) :
			      net4_contains(&outer->v4, &inner->v4);
}

enum search { EXACT, LONGEST, SUBNET, SUPERNET };
static const char *const marks[] = { "_exact", "_longest", "_subnet", "_supernet" };

static int
fits(enum search how, const struct prefix *route, const struct prefix *value)
{
	switch (how) {
	case EXACT:
		return contains(route, value) && contains(value, route);
	case SUBNET:
		return contains(value, route);
	case SUPERNET:
	case LONGEST:
		break;
	}
	return contains(route, value);
}

/* The longest prefix of those that have the value. */
static unsigned
longest(const json_t *list, const struct prefix *value)
{
	const json_t *row;
	struct prefix route;
	unsigned ret = 0;
	size_t i;

	json_array_foreach(list, i, row) {
		if (read_prefix(json_str_or(row, "DestinationCidrBlock", ""), &route) &&
		    contains(&route, value) && length_of(&route) > ret)
			ret = length_of(&route);
	}
	return ret;
}

static int
mark(struct call *c, json_t *list, enum search how, const char *text)
{
	struct prefix value, route;
	unsigned least;
	json_t *row;
	size_t i;

	if (!read_prefix(text, &value))
		return err_set(&c->err, &bad_filter,
		    "Value (%s) for parameter filter is invalid. This is not a valid CIDR block.",
		    text);
	least = how == LONGEST ? longest(list, &value) : 0;
	json_array_foreach(list, i, row) {
		if (read_prefix(json_str_or(row, "DestinationCidrBlock", ""), &route) &&
		    fits(how, &route, &value) && length_of(&route) >= least)
			json_add_str(json_need_array(row, marks[how]), text);
	}
	return 0;
}

static int
mark_all(struct call *c, json_t *list)
{
	const json_t *filter, *v;
	size_t i, k, how;

	json_array_foreach(in_list(c, "Filters"), i, filter) {
		const char *name = json_str_or(filter, "Name", "");

		for (how = 0; how < COUNT(marks); how++) {
			if (strcmp(name, filters[EXACT + 4 + how].name) == 0)
				break;
		}
		if (how == COUNT(marks))
			continue;
		json_array_foreach(json_get(filter, "Values"), k, v) {
			if (mark(c, list, (enum search)how, json_string_value(v)) < 0)
				return -1;
		}
	}
	return 0;
}

static int
search(struct call *c)
{
	json_t *table, *list, *row;
	size_t i;

	if (record_get(c, &ec2_transit_gateway_table,
		in_str(c, "TransitGatewayRouteTableId"), &table) < 0)
		return -1;
	if (json_array_size(in_list(c, "Filters")) == 0)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter filters");
	list = all_routes(c, table);
	if (list == NULL || mark_all(c, list) < 0)
		return -1;
	json_array_foreach(list, i, row)
		json_set_fmt(row, "_id", "%s %s",
		    json_str_or(row, "DestinationCidrBlock", ""),
		    json_str_or(row, "Type", ""));
	if (record_rows(c, &route_rows, list) < 0)
		return -1;
	out_bool(c, "AdditionalRoutesAvailable", json_get(c->out, "NextToken") != NULL);
	return 0;
}

#define OF_TABLE(name_, run_, flags_, doc_)                     \
	OP_RES(name_, run_, flags_, &ec2_transit_gateway_table, \
	    "TransitGatewayRouteTableId", doc_)

static const struct op ops[] = {
	OF_TABLE("CreateTransitGatewayRoute", create, 0,
	    "Write a route to an attachment, or to nowhere."),
	OF_TABLE("DeleteTransitGatewayRoute", delete, 0, "Delete a static route."),
	OF_TABLE("ReplaceTransitGatewayRoute", replace, 0,
	    "Lead a static route elsewhere."),
	OF_TABLE("SearchTransitGatewayRoutes", search, OP_READ,
	    "Find routes, static and propagated."),
};
const struct family ec2_transit_gateway_routes = FAMILY(ops, NULL);
