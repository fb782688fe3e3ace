/*
 * EC2: the route tables of the fabric's document (fabric_document.h): where each route leads.
 *
 * As DescribeRouteTables has its state, a route whose target is gone, stopped or detached leads
 * nowhere.  So do routes to what carries nothing here: virtual private gateways, carrier gateways and
 * Gateway Load Balancer endpoints.
 */
#include <string.h>

#include "control/services/ec2/network/fabric_parts.h"
#include "control/services/ec2/network/prefix_list.h"

/* 1 when the target carries packets of the table's VPC. */
typedef int leads_fn(const struct fabric_build *b, const json_t *target, const char *vpc);

static int
is_in(const json_t *doc, const char *state)
{
	return strcmp(json_str_or(doc, "State", ""), state) == 0;
}

static int
is_attached(const struct fabric_build *b UNUSED, const json_t *gateway, const char *vpc)
{
	return strcmp(fabric_text_at(gateway, "Attachments", "VpcId"), vpc) == 0;
}

static int
is_gateway_endpoint(const struct fabric_build *b UNUSED, const json_t *endpoint,
    const char *vpc UNUSED)
{
	return strcmp(json_str_or(endpoint, "VpcEndpointType", ""), "Gateway") == 0 &&
	    is_in(endpoint, "available");
}

static int
is_living(const struct fabric_build *b UNUSED, const json_t *doc, const char *vpc UNUSED)
{
	return is_in(doc, "available") || is_in(doc, "pending");
}

/* In use; and of an instance only while that runs. */
static int
is_in_use(const struct fabric_build *b, const json_t *interface, const char *vpc UNUSED)
{
	const char *owner = json_str(json_get(interface, "Attachment"), "InstanceId"),
		   *state;

	if (strcmp(json_str_or(interface, "Status", ""), "in-use") != 0)
		return 0;
	state = fabric_text_at(fabric_doc(b, owner), "State", "Name");
	return owner == NULL || strcmp(state, "running") == 0 ||
	    strcmp(state, "pending") == 0;
}

static int
is_joined(const struct fabric_build *b, const json_t *transit, const char *vpc)
{
	const char *key = arena_printf(b->arena, "%s %s",
	    json_str_or(transit, "TransitGatewayId", ""), vpc);

	return is_living(b, transit, vpc) && json_get(b->joined, key) != NULL;
}

static int
is_active(const struct fabric_build *b UNUSED, const json_t *peering, const char *vpc)
{
	return strcmp(fabric_text_at(peering, "Status", "Code"), "active") == 0 &&
	    (strcmp(fabric_text_at(peering, "RequesterVpcInfo", "VpcId"), vpc) == 0 ||
		strcmp(fabric_text_at(peering, "AccepterVpcInfo", "VpcId"), vpc) == 0);
}

static const struct way {
	const char *member, *prefix, *kind;
	leads_fn *leads;
} ways[] = {
	{ "GatewayId", "igw-", "internet", is_attached },
	{ "EgressOnlyInternetGatewayId", "eigw-", "egress", is_attached },
	{ "GatewayId", "vpce-", "control", is_gateway_endpoint },
	{ "NatGatewayId", "nat-", "interface", is_living },
	{ "NetworkInterfaceId", "eni-", "interface", is_in_use },
	{ "TransitGatewayId", "tgw-", "transit", is_joined },
	{ "VpcPeeringConnectionId", "pcx-", "peering", is_active },
	{ "GatewayId", "vgw-", "nowhere", NULL },
	{ "CarrierGatewayId", "cagw-", "nowhere", NULL },
	{ "InstanceId", "i-", "nowhere", NULL },
};

struct target {
	const char *kind, *id, *eni;
};

static struct target
target_of(const struct fabric_build *b, const json_t *route, const char *vpc)
{
	struct target t = { .kind = "nowhere" };

	if (strcmp(json_str_or(route, "GatewayId", ""), "local") == 0)
		return (struct target){ .kind = "local" };
	for (size_t i = 0; i < COUNT(ways); i++) {
		const char *id = json_str(route, ways[i].member);
		const json_t *doc;

		if (id == NULL ||
		    strncmp(id, ways[i].prefix, strlen(ways[i].prefix)) != 0)
			continue;
		t.id = id;
		doc = fabric_doc(b, id);
		if (doc == NULL || ways[i].leads == NULL || !ways[i].leads(b, doc, vpc))
			return t;
		t.kind = ways[i].kind;
		if (strcmp(ways[i].prefix, "nat-") == 0)
			t.eni = fabric_text_at(doc, "NatGatewayAddresses",
			    "NetworkInterfaceId");
		else if (strcmp(ways[i].prefix, "eni-") == 0)
			t.eni = id;
		return t;
	}
	return t;
}

static void
add_route(json_t *routes, const char *to, const struct target *t)
{
	json_t *v = json_add_object(routes);

	json_set_str(v, "to", to);
	json_set_str(v, "kind", t->kind);
	json_set_str(v, "id", t->id);
	json_set_str(v, "eni", t->eni);
}

static void
add_routes(struct fabric_build *b, json_t *routes, const json_t *route, const char *vpc)
{
	const struct target t = target_of(b, route, vpc);
	const char *to = json_str_or(route, "DestinationCidrBlock",
	    json_str(route, "DestinationIpv6CidrBlock"));
	const json_t *list, *entry;
	size_t i;

	if (to != NULL) {
		add_route(routes, to, &t);
		return;
	}
	list = fabric_doc(b, json_str(route, "DestinationPrefixListId"));
	json_array_foreach(prefix_list_entries(list, 0), i, entry)
		add_route(routes, json_str_or(entry, "Cidr", ""), &t);
}

/*
 * One shared network (SIMFRA_VPC_ISOLATION=false): what no route leads elsewhere goes out, as by
 * a gateway that every VPC has.
 */
static void
share(const struct fabric_build *b, json_t *routes, const char *vpc)
{
	const char *gateway =
	    json_str(b->gateways, arena_printf(b->arena, "internet %s", vpc));
	const struct target t = { .kind = "internet",
		.id = gateway != NULL ? gateway : FABRIC_SHARED_GATEWAY };
	json_t *route;
	size_t i;

	json_array_foreach(routes, i, route) {
		if (strcmp(json_str_or(route, "to", ""), "0.0.0.0/0") != 0)
			continue;
		if (strcmp(json_str_or(route, "kind", ""), "nowhere") != 0)
			return;
		json_array_remove(routes, i);
		break;
	}
	add_route(routes, "0.0.0.0/0", &t);
}

void
fabric_add_tables(struct fabric_build *b)
{
	const json_t *route;
	size_t k;

	for (size_t i = 0; i < b->docs[OF_TABLE].n; i++) {
		const json_t *doc = b->docs[OF_TABLE].doc[i];
		const char *vpc = json_str_or(doc, "VpcId", "");
		json_t *v, *routes;

		if (json_get(b->told, vpc) == NULL)
			continue;
		v = json_add_object(json_get(b->out, "tables"));
		json_set_str(v, "id", json_str(doc, "RouteTableId"));
		routes = json_need_array(v, "routes");
		json_array_foreach(json_get(doc, "Routes"), k, route)
			add_routes(b, routes, route, vpc);
		if (!b->env->settings->vpc_isolation)
			share(b, routes, vpc);
	}
}
