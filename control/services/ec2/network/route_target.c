/*
 * EC2: where routes lead from and to.
 *
 * Other families own the targets; here they are known by the kind and the members of their
 * documents alone.
 */
#include <string.h>

#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/prefix_list.h"
#include "control/services/ec2/network/route_table.h"

static const struct err_kind no_list = { "InvalidPrefixListID.NotFound", 400 };

/* Destinations */

int
route_destination_check(struct call *c, const struct route_destination *to)
{
	const char *id = to->value;
	json_t *doc;
	int rc;

	if (strcmp(to->member, "DestinationPrefixListId") != 0)
		return 0;
	rc = prefix_list_find(c, id, &doc);

	if (rc == 0)
		return err_set(&c->err, &no_list,
		    "The prefix list ID '%.64s' does not exist", id);
	return rc < 0 ? -1 : 0;
}

int
route_destination_read(struct call *c, struct route_destination *ret)
{
	static const char *const members[] = { "DestinationCidrBlock",
		"DestinationIpv6CidrBlock", "DestinationPrefixListId" };
	const char *text = NULL, *member = NULL;
	char cidr[NET4_TEXT], cidr6[NET6_TEXT];
	struct net4 net;
	struct net6 net6;

	for (size_t i = 0; i < COUNT(members); i++) {
		if (!in_has(c, members[i]))
			continue;
		if (member != NULL)
			return err_set(&c->err, &ec2_bad_combination,
			    "The parameter %s cannot be used with the parameter %s",
			    member, members[i]);
		member = members[i];
		text = in_str(c, member);
	}
	if (text == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter destinationCidrBlock, "
		    "destinationIpv6CidrBlock or destinationPrefixListId");
	if (member == members[0]) {
		if (ec2_cidr(c, "destinationCidrBlock", text, &net) < 0)
			return -1;
		net4_format(&net, cidr);
		text = arena_strdup(c->arena, cidr);
	} else if (member == members[1]) {
		if (ec2_cidr6(c, "destinationIpv6CidrBlock", text, &net6) < 0)
			return -1;
		net6_format(&net6, cidr6);
		text = arena_strdup(c->arena, cidr6);
	}
	*ret = (struct route_destination){ member, text };
	return 0;
}

int
route_find(const json_t *doc, const struct route_destination *to, size_t *ret)
{
	const json_t *route;
	size_t i;

	json_array_foreach(json_get(doc, "Routes"), i, route) {
		if (strcmp(json_str_or(route, to->member, ""), to->value) == 0) {
			*ret = i;
			return 1;
		}
	}
	return 0;
}

/* Targets */

enum { INNER = 1, ONLY_IPV4 = 2, ONLY_IPV6 = 4 };

/* A kind of target; the input's member is the route's but for VPC endpoints. */
static const struct target {
	const char *input, *member, *prefix;
	const char *kind;
	const char *vpc_paths[2]; /* where the document names its VPC */
	const char *state_path;	  /* NULL: that it is there is enough */
	const char *active[2];	  /* else the route is a black hole */
	struct err_kind not_found;
	const char *noun, *what;
	int flags; /* INNER: may lead to a part of the VPC */
} targets[] = {
	{ "CarrierGatewayId", "CarrierGatewayId", "cagw-", "ec2:carrier-gateway",
	    { "VpcId" }, "State", { "available" },
	    { "InvalidCarrierGatewayID.NotFound", 400 }, "carrierGateway ID",
	    "network gateway", ONLY_IPV4 },
	{ "EgressOnlyInternetGatewayId", "EgressOnlyInternetGatewayId", "eigw-",
	    "ec2:egress-only-internet-gateway", { "Attachments.VpcId" },
	    "Attachments.State", { "attached" }, { "InvalidGatewayID.NotFound", 400 },
	    "gateway ID", "network gateway", ONLY_IPV6 },
	{ "GatewayId", "GatewayId", "igw-", "ec2:internet-gateway",
	    { "Attachments.VpcId" }, "Attachments.State", { "available" },
	    { "InvalidGatewayID.NotFound", 400 }, "gateway ID", "network gateway", 0 },
	{ "GatewayId", "GatewayId", "vgw-", "ec2:vpn-gateway", { "VpcAttachments.VpcId" },
	    "VpcAttachments.State", { "attached" }, { "InvalidGatewayID.NotFound", 400 },
	    "gateway ID", "network gateway", 0 },
	{ "GatewayId", "GatewayId", "vpce-", "ec2:vpc-endpoint", { "VpcId" }, "State",
	    { "available", "pending" }, { "InvalidVpcEndpointId.NotFound", 400 },
	    "vpcEndpoint ID", "VPC endpoint", INNER },
	{ "InstanceId", "InstanceId", "i-", "ec2:instance", { "VpcId" }, "State.Name",
	    { "running", "pending" }, { "InvalidInstanceID.NotFound", 400 },
	    "instance ID", "instance", INNER },
	{ "NatGatewayId", "NatGatewayId", "nat-", "ec2:nat-gateway", { "VpcId" }, "State",
	    { "available", "pending" }, { "InvalidNatGatewayID.NotFound", 400 },
	    "natGateway ID", "NAT gateway", INNER },
	{ "NetworkInterfaceId", "NetworkInterfaceId", "eni-", "ec2:network-interface",
	    { "VpcId" }, "Status", { "in-use" },
	    { "InvalidNetworkInterfaceID.NotFound", 400 }, "networkInterface ID",
	    "interface", INNER },
	{ "TransitGatewayId", "TransitGatewayId", "tgw-", "ec2:transit-gateway", { NULL },
	    "State", { "available", "pending" },
	    { "InvalidTransitGatewayID.NotFound", 400 }, "transitGateway ID",
	    "transit gateway", 0 },
	{ "VpcEndpointId", "GatewayId", "vpce-", "ec2:vpc-endpoint", { "VpcId" }, "State",
	    { "available", "pending" }, { "InvalidVpcEndpointId.NotFound", 400 },
	    "vpcEndpoint ID", "VPC endpoint", INNER },
	{ "VpcPeeringConnectionId", "VpcPeeringConnectionId", "pcx-",
	    "ec2:vpc-peering-connection",
	    { "AccepterVpcInfo.VpcId", "RequesterVpcInfo.VpcId" }, "Status.Code",
	    { "active" }, { "InvalidVpcPeeringConnectionID.NotFound", 400 },
	    "vpcPeeringConnection ID", "peering connection", 0 },
};

/* What is kept for a while after its end is not there for a new route. */
static const char *const dead[] = { "deleted", "deleting", "detached", "expired",
	"failed", "rejected", "shutting-down", "terminated" };

static int
has_text(const json_t *doc, const char *path, const char *const *texts, size_t n)
{
	const json_t *v = json_path(doc, path);
	const char *dot = strchr(path, '.');

	/* "Attachments.State": of the first element, there is no second. */
	if (v == NULL && dot != NULL) {
		char list[32];

		if ((size_t)(dot - path) >= sizeof(list))
			return 0;
		memcpy(list, path, (size_t)(dot - path));
		list[dot - path] = '\0';
		v = json_path(json_array_get(json_get(doc, list), 0), dot + 1);
	}
	for (size_t i = 0; json_is_string(v) && i < n; i++) {
		if (texts[i] != NULL && strcmp(json_string_value(v), texts[i]) == 0)
			return 1;
	}
	return 0;
}

/* A transit gateway is of the VPCs that are attached to it: 1, 0, -1. */
static int
is_attached(struct call *c, const char *gateway, const char *vpc)
{
	struct store_docs all;

	if (store_list(c->txn, c->scope, "ec2:transit-gateway-attachment", &all,
		&c->err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "TransitGatewayId", ""), gateway) ==
			0 &&
		    strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc) == 0 &&
		    strcmp(json_str_or(all.doc[i], "State", ""), "available") == 0)
			return 1;
	}
	return 0;
}

static int
is_of_vpc(const struct target *t, const json_t *doc, const char *vpc)
{
	int any = 0;

	for (size_t i = 0; i < COUNT(t->vpc_paths); i++) {
		if (t->vpc_paths[i] == NULL)
			continue;
		any = 1;
		if (has_text(doc, t->vpc_paths[i], &vpc, 1))
			return 1;
	}
	return !any;
}

/* The row of a member of the input with an id, of which GatewayId's say more. */
static const struct target *
target_of(const char *input, const char *id)
{
	const struct target *first = NULL;

	for (size_t i = 0; i < COUNT(targets); i++) {
		if (strcmp(targets[i].input, input) != 0)
			continue;
		if (strncmp(id, targets[i].prefix, strlen(targets[i].prefix)) == 0)
			return &targets[i];
		if (first == NULL)
			first = &targets[i];
	}
	return first;
}

/* The one of the input's members that says where to: 0 or -1. */
static int
choose(struct call *c, const struct target **ret, const char **ret_id)
{
	const char *input = NULL, *id = NULL;

	for (size_t i = 0; i < COUNT(targets); i++) {
		const char *name = targets[i].input;

		if (!in_has(c, name) || (input != NULL && strcmp(input, name) == 0))
			continue;
		if (input != NULL)
			return err_set(&c->err, &ec2_bad_combination,
			    "The parameter %s cannot be used with the parameter %s",
			    input, name);
		input = name;
		id = in_str(c, name);
	}
	if (input == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain exactly one of gatewayId, natGatewayId, "
		    "networkInterfaceId, vpcPeeringConnectionId, egressOnlyInternetGatewayId, "
		    "transitGatewayId, vpcEndpointId, carrierGatewayId or instanceId");
	*ret = target_of(input, id);
	*ret_id = id;
	return 0;
}

int
route_target_is_given(const struct call *c)
{
	for (size_t i = 0; i < COUNT(targets); i++) {
		if (in_has(c, targets[i].input))
			return 1;
	}
	return 0;
}

/* What the id names, which must be of the table's VPC: 0 or -1. */
static int
find_target(struct call *c, const struct target *t, const char *id, const json_t *table,
    json_t **ret)
{
	const char *vpc = json_str_or(table, "VpcId", "");
	json_t *doc;
	int rc = store_get(c->txn, c->scope, t->kind, id, &doc, &c->err);

	if (rc > 0 && strcmp(t->prefix, "tgw-") == 0)
		rc = is_attached(c, id, vpc);
	if (rc < 0)
		return -1;
	if (rc == 0 ||
	    (t->state_path != NULL && strstr(t->state_path, "Attachments") == NULL &&
		has_text(doc, t->state_path, dead, COUNT(dead))))
		return err_set(&c->err, &t->not_found, "The %s '%.64s' does not exist",
		    t->noun, id);
	if (!is_of_vpc(t, doc, vpc))
		return err_set(&c->err, &ec2_bad_value,
		    "route table %s and %s %s belong to different networks",
		    resource_id(&ec2_route_table, table), t->what, id);
	*ret = doc;
	return 0;
}

/* A gateway endpoint makes its own routes, and one of a service has an address: 0 or -1. */
static int
check_endpoint(struct call *c, const json_t *doc, const char *id)
{
	if (strcmp(json_str_or(doc, "VpcEndpointType", ""), "GatewayLoadBalancer") != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "The VPC endpoint %s is not of the type GatewayLoadBalancer.", id);
	return 0;
}

int
route_is_of_endpoint(struct call *c, const json_t *route)
{
	const char *id = json_str_or(route, "GatewayId", "");
	json_t *doc;
	int rc;

	if (json_get(route, "DestinationPrefixListId") == NULL ||
	    strncmp(id, "vpce-", 5) != 0)
		return 0;
	rc = store_get(c->txn, c->scope, "ec2:vpc-endpoint", id, &doc, &c->err);
	if (rc <= 0)
		return rc;
	return strcmp(json_str_or(doc, "VpcEndpointType", ""), "Gateway") == 0;
}

/* The one interface of an instance: 0 or -1. */
static int
interface_of(struct call *c, const json_t *instance, const char **ret)
{
	static const struct err_kind several = { "InvalidInstanceID", 400 };
	const json_t *list = json_get(instance, "NetworkInterfaces");

	if (json_array_size(list) != 1)
		return err_set(&c->err, &several,
		    "There are %s interfaces attached to instance '%s'. Please specify an "
		    "interface ID for the operation instead.",
		    json_array_size(list) == 0 ? "no" : "multiple",
		    resource_id(&ec2_instance, instance));
	*ret = json_str(json_array_get(list, 0), "NetworkInterfaceId");
	return 0;
}

static void
clear(json_t *route)
{
	for (size_t i = 0; i < COUNT(targets); i++)
		json_del(route, targets[i].member);
	json_del(route, "InstanceOwnerId");
}

int
route_target_read(struct call *c, const json_t *table, json_t *route)
{
	static const char *const refused[] = { "LocalGatewayId", "CoreNetworkArn",
		"OdbNetworkArn", NULL };
	int is_ipv6 = json_get(route, "DestinationIpv6CidrBlock") != NULL,
	    is_ipv4 = json_get(route, "DestinationCidrBlock") != NULL;
	const char *id, *interface = NULL;
	const struct target *t;
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || choose(c, &t, &id) < 0 ||
	    find_target(c, t, id, table, &doc) < 0)
		return -1;
	if ((t->flags & ONLY_IPV6 && is_ipv4) || (t->flags & ONLY_IPV4 && is_ipv6))
		return err_set(&c->err, &ec2_bad_value,
		    "The gateway %s takes no %s traffic", id, is_ipv4 ? "IPv4" : "IPv6");
	if (strcmp(t->prefix, "vpce-") == 0 && check_endpoint(c, doc, id) < 0)
		return -1;
	if (strcmp(t->input, "InstanceId") == 0 && interface_of(c, doc, &interface) < 0)
		return -1;
	clear(route);
	json_set_str(route, t->member, id);
	json_set_str(route, "NetworkInterfaceId", interface);
	if (interface != NULL)
		json_set_str(route, "InstanceOwnerId", c->account);
	json_set_str(route, "State", "active");
	return 0;
}

void
route_target_local(json_t *route)
{
	clear(route);
	json_set_str(route, "GatewayId", "local");
}

static const struct target *
target_shown(const json_t *route, const char **ret_id)
{
	for (size_t i = 0; i < COUNT(targets); i++) {
		const char *id = json_str(route, targets[i].member);

		if (id != NULL &&
		    strncmp(id, targets[i].prefix, strlen(targets[i].prefix)) == 0) {
			*ret_id = id;
			return &targets[i];
		}
	}
	return NULL;
}

int
route_target_is_inner(const json_t *route)
{
	const char *id;
	const struct target *t = target_shown(route, &id);

	return t != NULL && t->flags & INNER;
}

/* An interface is as good as the instance that it is of; others have none. */
static int
show_interface(struct call *c, const json_t *interface, json_t **copy, json_t *route,
    int *is_active)
{
	const json_t *attachment = json_get(interface, "Attachment");
	const char *id = json_str(attachment, "InstanceId");
	static const char *const running[] = { "running", "pending" };
	json_t *instance;
	int rc;

	if (id == NULL)
		return 0;
	rc = store_get(c->txn, c->scope, ec2_instance.kind, id, &instance, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 || !has_text(instance, "State.Name", running, COUNT(running)))
		*is_active = 0;
	*copy = json_own(c->arena, json_copy_shallow(route));
	json_set_str(*copy, "InstanceId", id);
	json_set_str(*copy, "InstanceOwnerId",
	    json_str_or(attachment, "InstanceOwnerId", c->account));
	return 0;
}

int
route_shown(struct call *c, const json_t *table, json_t *route, json_t **ret)
{
	const char *id, *vpc = json_str_or(table, "VpcId", "");
	const struct target *t = target_shown(route, &id);
	json_t *doc = NULL, *copy = NULL;
	int is_active, rc;

	*ret = NULL;
	if (t == NULL)
		return 0;
	rc = store_get(c->txn, c->scope, t->kind, id, &doc, &c->err);
	if (rc > 0 && strcmp(t->prefix, "tgw-") == 0)
		rc = is_attached(c, id, vpc);
	if (rc < 0)
		return -1;
	is_active = rc > 0 && is_of_vpc(t, doc, vpc) &&
	    (t->state_path == NULL ||
		has_text(doc, t->state_path, t->active, COUNT(t->active)));
	if (is_active && strcmp(t->prefix, "eni-") == 0 &&
	    show_interface(c, doc, &copy, route, &is_active) < 0)
		return -1;
	if (!is_active) {
		if (copy == NULL)
			copy = json_own(c->arena, json_copy_shallow(route));
		json_set_str(copy, "State", "blackhole");
	}
	*ret = copy;
	return 0;
}
