#include "control/services/ec2/network/fabric_document.h"

#include <string.h>

#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/fabric_parts.h"
#include "control/services/ec2/network/host.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/underlay.h"

/* Other families own these; they are known by the kind and the members of their documents alone. */
static const struct {
	const char *kind, *id;
} kinds[N_FABRIC_KINDS] = {
	[OF_VPC] = { "ec2:vpc", "VpcId" },
	[OF_SUBNET] = { "ec2:subnet", "SubnetId" },
	[OF_INTERFACE] = { "ec2:network-interface", "NetworkInterfaceId" },
	[OF_INSTANCE] = { "ec2:instance", "InstanceId" },
	[OF_GROUP] = { "ec2:security-group", "GroupId" },
	[OF_ACL] = { "ec2:network-acl", "NetworkAclId" },
	[OF_TABLE] = { "ec2:route-table", "RouteTableId" },
	[OF_INTERNET] = { "ec2:internet-gateway", "InternetGatewayId" },
	[OF_EGRESS] = { "ec2:egress-only-internet-gateway",
	    "EgressOnlyInternetGatewayId" },
	[OF_NAT] = { "ec2:nat-gateway", "NatGatewayId" },
	[OF_ENDPOINT] = { "ec2:vpc-endpoint", "VpcEndpointId" },
	[OF_PEERING] = { "ec2:vpc-peering-connection", "VpcPeeringConnectionId" },
	[OF_TRANSIT] = { "ec2:transit-gateway", "TransitGatewayId" },
	[OF_ATTACHMENT] = { "ec2:transit-gateway-attachment",
	    "TransitGatewayAttachmentId" },
	[OF_TRANSIT_TABLE] = { "ec2:transit-gateway-route-table",
	    "TransitGatewayRouteTableId" },
	[OF_LIST] = { "ec2:managed-prefix-list", "PrefixListId" },
	[OF_FLOW_LOG] = { "ec2:flow-log", "FlowLogId" },
};

const json_t *
fabric_doc(const struct fabric_build *b, const char *id)
{
	return id == NULL ? NULL : json_get(b->by_id, id);
}

const char *
fabric_text_at(const json_t *doc, const char *list, const char *member)
{
	const json_t *v = json_get(doc, list);

	return json_str_or(json_is_array(v) ? json_array_get(v, 0) : v, member, "");
}

const char *
fabric_gateway(const struct fabric_build *b, const json_t *subnet)
{
	struct net4 net;

	if (!net4_parse(json_str_or(subnet, "CidrBlock", ""), &net))
		return NULL;
	return underlay_text(b->arena, net4_base(&net) + 1);
}

const char *
fabric_cidr6_of(const json_t *subnet)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(subnet, "Ipv6CidrBlockAssociationSet"), i, row) {
		if (strcmp(json_str_or(json_get(row, "Ipv6CidrBlockState"), "State", ""),
			"associated") == 0)
			return json_str(row, "Ipv6CidrBlock");
	}
	return NULL;
}

/* Who has what */

static void
know_associations(struct fabric_build *b)
{
	const json_t *row;
	size_t k;

	for (size_t i = 0; i < b->docs[OF_TABLE].n; i++) {
		const json_t *doc = b->docs[OF_TABLE].doc[i];

		json_array_foreach(json_get(doc, "Associations"), k, row)
			json_set_str(b->tables,
			    json_bool(row, "Main", 0) ?
				json_str_or(doc, "VpcId", "") :
				json_str_or(row, "SubnetId",
				    json_str_or(row, "GatewayId", "")),
			    json_str(doc, "RouteTableId"));
	}
	for (size_t i = 0; i < b->docs[OF_ACL].n; i++) {
		const json_t *doc = b->docs[OF_ACL].doc[i];

		json_array_foreach(json_get(doc, "Associations"), k, row)
			json_set_str(b->acls, json_str_or(row, "SubnetId", ""),
			    json_str(doc, "NetworkAclId"));
	}
}

static void
know_gateways(struct fabric_build *b, enum fabric_kind kind, const char *name,
    const char *state)
{
	for (size_t i = 0; i < b->docs[kind].n; i++) {
		const json_t *doc = b->docs[kind].doc[i];

		if (strcmp(fabric_text_at(doc, "Attachments", "State"), state) == 0)
			json_set_str(b->gateways,
			    arena_printf(b->arena, "%s %s", name,
				fabric_text_at(doc, "Attachments", "VpcId")),
			    json_str(doc, kinds[kind].id));
	}
}

/* Interfaces that endpoints and attachments have, by subnet. */
static void
know_owners(struct fabric_build *b, enum fabric_kind kind)
{
	const char *subnet;
	json_t *interface;

	for (size_t i = 0; i < b->docs[kind].n; i++) {
		json_t *doc = b->docs[kind].doc[i];

		json_object_foreach(json_get(doc, "_interfaces"), subnet, interface)
			json_set_str(b->owners, json_string_value(interface),
			    json_str(doc, kinds[kind].id));
	}
}

static void
know_rest(struct fabric_build *b)
{
	for (size_t i = 0; i < b->docs[OF_NAT].n; i++) {
		const json_t *doc = b->docs[OF_NAT].doc[i];
		const char *interface =
		    fabric_text_at(doc, "NatGatewayAddresses", "NetworkInterfaceId");

		json_set_str(b->owners, interface, json_str(doc, "NatGatewayId"));
	}
	for (size_t i = 0; i < b->docs[OF_FLOW_LOG].n; i++) {
		const json_t *doc = b->docs[OF_FLOW_LOG].doc[i];

		if (strcmp(json_str_or(doc, "FlowLogStatus", ""), "ACTIVE") == 0)
			json_set_bool(b->logged, json_str_or(doc, "ResourceId", ""), 1);
	}
	for (size_t i = 0; i < b->docs[OF_ATTACHMENT].n; i++) {
		const json_t *doc = b->docs[OF_ATTACHMENT].doc[i];

		if (strcmp(json_str_or(doc, "State", ""), "available") == 0 &&
		    json_str(doc, "VpcId") != NULL)
			json_set_bool(b->joined,
			    arena_printf(b->arena, "%s %s",
				json_str_or(doc, "TransitGatewayId", ""),
				json_str(doc, "VpcId")),
			    1);
	}
}

/* Subnets and VPCs */

static void
know_subnets(struct fabric_build *b)
{
	for (size_t i = 0; i < b->docs[OF_SUBNET].n; i++) {
		const json_t *doc = b->docs[OF_SUBNET].doc[i];
		const char *id = json_str_or(doc, "SubnetId", ""),
			   *vpc = json_str_or(doc, "VpcId", "");
		json_t *v = json_add_object(json_need_array(b->subnets, vpc));

		json_set_str(v, "id", id);
		json_set_str(v, "zone", json_str(doc, "AvailabilityZone"));
		json_set_str(v, "cidr", json_str(doc, "CidrBlock"));
		json_set_str(v, "gateway", fabric_gateway(b, doc));
		json_set_str(v, "cidr6", fabric_cidr6_of(doc));
		json_set_str(v, "acl", json_str(b->acls, id));
		json_set_str(v, "table",
		    json_str_or(b->tables, id, json_str(b->tables, vpc)));
	}
}

static int
add_cidr(void *arg, const char *cidr)
{
	json_add_str(arg, cidr);
	return 0;
}

static json_t *
control_of(struct fabric_build *b, const struct net4 *net, const struct plan_underlay *u)
{
	int port = host_port(b->env), tls_port = host_tls_port(b->env);

	return json_make("{s:s, s:s, s:i, s:[i, i], s:i, s:o}", "address",
	    underlay_text(b->arena, vpc_control(net)), "to",
	    underlay_control(b->env, b->arena, u), "port", port, "ports", port, 80,
	    "tls_port", tls_port, "tls_ports",
	    tls_port != 0 ? json_make("[i]", 443) : json_new_array());
}

/* The leg on simfra-internet: that of either kind of gateway. */
static json_t *
internet_of(struct fabric_build *b, const char *vpc, const char *egress)
{
	const char *id =
	    json_str(b->gateways, arena_printf(b->arena, "internet %s", vpc));
	json_t *v;

	if (id == NULL && !b->env->settings->vpc_isolation)
		id = FABRIC_SHARED_GATEWAY;
	if (id == NULL && egress == NULL)
		return json_null();
	v = json_make("{s:s}", "cidr", b->env->settings->internet_cidr);
	json_set_str(v, "cidr6", b->internet6);
	json_set_str(v, "id", id);
	json_set_str(v, "table", id != NULL ? json_str(b->tables, id) : NULL);
	return v;
}

/* Guests as vpc_converge() has noted them. */
static void
add_guests(json_t *guests, const json_t *noted)
{
	json_t *guest;
	size_t i;

	json_array_foreach(noted, i, guest) {
		json_t *v;

		if (!json_is_object(guest))
			continue;
		v = json_copy_shallow(guest);
		json_del(v, "_wrong");
		json_add(guests, v);
	}
}

static void
add_vpc(struct fabric_build *b, const json_t *doc)
{
	const char *id = json_str_or(doc, "VpcId", ""), *egress;
	json_t *v, *cidrs;
	char cidr[NET4_TEXT];
	struct plan_underlay u;
	struct net4 net;
	int is_placed = underlay_of(b->env, doc, &u);

	if ((!is_placed && b->reach != FABRIC_ALL) ||
	    !net4_parse(json_str_or(doc, "CidrBlock", ""), &net))
		return;
	v = json_add_object(json_get(b->out, "vpcs"));
	json_set(b->told, id, json_incref(v));
	json_set_str(v, "id", id);
	json_set_fmt(v, "container", "%s-%s", b->env->settings->instance, id);
	cidrs = json_need_array(v, "cidrs");
	ec2_vpc_each_cidr(doc, add_cidr, cidrs);
	ec2_vpc_each_cidr6(doc, add_cidr, cidrs);
	json_set(v, "subnets", json_incref(json_need_array(b->subnets, id)));
	json_set_str(v, "resolver", underlay_text(b->arena, vpc_resolver(&net)));
	if (is_placed) {
		net4_format(&u.net, cidr);
		json_set(v, "control", control_of(b, &net, &u));
		json_set_str(v, "underlay", cidr);
	}
	egress = json_str(b->gateways, arena_printf(b->arena, "egress %s", id));
	json_set(v, "internet", internet_of(b, id, egress));
	json_set_str(v, "egress_only", egress);
	add_guests(json_need_array(v, "guests"), json_get(doc, "_guests"));
}

/* A scope */

/* Those of a kind that are not retired, each by its id. */
static int
read_kind(struct fabric_build *b, enum fabric_kind kind, struct err *err)
{
	struct store_docs *docs = &b->docs[kind];
	json_t **living;
	size_t n = 0;

	if (store_list(b->txn, b->call.scope, kinds[kind].kind, docs, err) < 0)
		return -1;
	living = arena_calloc(b->arena, docs->n + 1, sizeof(json_t *));
	for (size_t i = 0; i < docs->n; i++) {
		if (record_is_retired(docs->doc[i]))
			continue;
		living[n++] = docs->doc[i];
		json_set(b->by_id, json_str_or(docs->doc[i], kinds[kind].id, ""),
		    json_incref(docs->doc[i]));
	}
	*docs = (struct store_docs){ .n = n, .doc = living };
	return 0;
}

static int
begin_scope(struct fabric_build *b, const char *scope, struct err *err)
{
	json_t **all[] = { &b->by_id, &b->told, &b->subnets, &b->tables, &b->acls,
		&b->gateways, &b->owners, &b->logged, &b->joined, &b->list_ids };
	const char *colon = strchr(scope, ':');

	for (size_t i = 0; i < COUNT(all); i++)
		*all[i] = json_own(b->arena, json_new_object());
	b->call = (struct call){ .env = b->env,
		.arena = b->arena,
		.txn = b->txn,
		.scope = scope,
		.account = arena_strndup(b->arena, scope, (size_t)(colon - scope)),
		.region = colon + 1 };
	for (int kind = 0; kind < N_FABRIC_KINDS; kind++) {
		if (read_kind(b, (enum fabric_kind)kind, err) < 0)
			return -1;
	}
	return 0;
}

static int
add_scope(struct fabric_build *b, const char *scope, struct err *err)
{
	if (strchr(scope, ':') == NULL)
		return 0;
	if (begin_scope(b, scope, err) < 0)
		return -1;
	know_associations(b);
	know_gateways(b, OF_INTERNET, "internet", "available");
	know_gateways(b, OF_EGRESS, "egress", "attached");
	know_owners(b, OF_ENDPOINT);
	know_owners(b, OF_ATTACHMENT);
	know_rest(b);
	know_subnets(b);
	for (size_t i = 0; i < b->docs[OF_VPC].n; i++)
		add_vpc(b, b->docs[OF_VPC].doc[i]);
	fabric_add_lists(b);
	fabric_add_interfaces(b);
	fabric_add_groups(b);
	fabric_add_acls(b);
	fabric_add_tables(b);
	fabric_add_peerings(b);
	fabric_add_transits(b);
	return 0;
}

/* Those with VPCs; and with transit gateways, which may lead from one region to another. */
static int
scopes_of(struct fabric_build *b, json_t **ret, struct err *err)
{
	json_t *vpcs, *transits, *all = json_own(b->arena, json_new_array());
	const json_t *scope;
	size_t i;

	if (store_scopes(b->txn, kinds[OF_VPC].kind, &vpcs, err) < 0 ||
	    store_scopes(b->txn, kinds[OF_TRANSIT].kind, &transits, err) < 0)
		return -1;
	json_array_foreach(vpcs, i, scope)
		json_add_str(all, json_string_value(scope));
	json_array_foreach(transits, i, scope) {
		if (!json_has_str(vpcs, json_string_value(scope)))
			json_add_str(all, json_string_value(scope));
	}
	*ret = all;
	return 0;
}

int
fabric_document(struct env *env, struct arena *a, enum fabric_reach reach, json_t **ret,
    struct err *err)
{
	static const char *const arrays[] = { "vpcs", "enis", "groups", "lists", "acls",
		"tables", "peerings", "transits" };
	struct fabric_build b = { .env = env,
		.arena = a,
		.txn = store_begin(env->store, a),
		.reach = reach,
		.out = json_own(a, json_new_object()),
		.lists = json_own(a, json_new_object()),
		.peerings = json_own(a, json_new_object()) };
	const json_t *scope;
	json_t *scopes;
	size_t i;

	json_set_bool(b.out, "isolation", env->settings->vpc_isolation);
	for (i = 0; i < COUNT(arrays); i++)
		json_need_array(b.out, arrays[i]);
	if (host_internet6(b.txn, &b.internet6, err) < 0 ||
	    scopes_of(&b, &scopes, err) < 0)
		return -1;
	if (b.internet6 != NULL && *b.internet6 == '\0')
		b.internet6 = NULL;
	json_array_foreach(scopes, i, scope) {
		if (add_scope(&b, json_string_value(scope), err) < 0)
			return -1;
	}
	*ret = b.out;
	return 0;
}
