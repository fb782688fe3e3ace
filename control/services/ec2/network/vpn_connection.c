/*
 * EC2: VPN connections between a customer gateway and a VPN or transit gateway.
 *
 * A record: its tunnels have addresses of the internet's pool, and are down.
 *
 * Not emulated: acceleration, IPv6 inside and private outside addresses, concentrators, keys kept in
 * Secrets Manager.
 */
#include <string.h>

#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/transit_gateway.h"
#include "control/services/ec2/network/vpn.h"

static const struct err_kind not_found = { "InvalidVpnConnectionID.NotFound", 400 };
static const struct err_kind malformed = { "InvalidVpnConnectionID.Malformed", 400 };
static const struct err_kind no_route = { "InvalidRoute.NotFound", 400 };
static const struct err_kind bad_type = { "InvalidVpnConnection.InvalidType", 400 };

enum { TUNNELS = 2, MAX_ROUTES = 50 };

static const struct filter filters[] = {
	{ "bgp-asn", "_bgp_asn" },
	{ "customer-gateway-configuration", "CustomerGatewayConfiguration" },
	{ "customer-gateway-id", "CustomerGatewayId" },
	{ "option.static-routes-only", "Options.StaticRoutesOnly" },
	{ "route.destination-cidr-block", "Routes.DestinationCidrBlock" },
	{ "state", "State" },
	{ "transit-gateway-id", "TransitGatewayId" },
	{ "type", "Type" },
	{ "vpn-connection-id", "VpnConnectionId" },
	{ "vpn-gateway-id", "VpnGatewayId" },
	{ NULL, NULL },
};
const struct resource ec2_vpn_connection = {
	.service = "ec2",
	.kind = "ec2:vpn-connection",
	.type = "vpn-connection",
	.prefix = "vpn-",
	.id_member = "VpnConnectionId",
	.list_member = "VpnConnections",
	.ids_member = "VpnConnectionIds",
	.noun = "vpnConnection ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
};

static const struct record_member options[] = {
	{ "EnableAcceleration", NULL, "false" },
	{ "StaticRoutesOnly", NULL, "false" },
	{ "LocalIpv4NetworkCidr", NULL, "\"0.0.0.0/0\"" },
	{ "RemoteIpv4NetworkCidr", NULL, "\"0.0.0.0/0\"" },
	{ "OutsideIpAddressType", NULL, "\"PublicIpv4\"" },
	{ "TunnelInsideIpVersion", NULL, "\"ipv4\"" },
	{ "TunnelBandwidth", NULL, "\"standard\"" },
	{ NULL, NULL, NULL },
};

/* Gateways */

struct ends {
	json_t *customer, *vpn, *transit; /* vpn and transit NULL: not there */
	int64_t asn;			  /* AWS's side's */
};

static int
read_gateways(struct call *c, const char *vpn, const char *transit, struct ends *ret)
{
	if (vpn != NULL && transit != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter vpnGatewayId cannot be used with the parameter "
		    "transitGatewayId");
	ret->vpn = ret->transit = NULL;
	ret->asn = 64512;
	if (vpn != NULL) {
		if (call_allow(c, &ec2_vpn_gateway, vpn) < 0 ||
		    record_get(c, &ec2_vpn_gateway, vpn, &ret->vpn) < 0)
			return -1;
		ret->asn = json_int(ret->vpn, "AmazonSideAsn", 0);
	}
	if (transit != NULL) {
		if (call_allow(c, &ec2_transit_gateway, transit) < 0 ||
		    record_get(c, &ec2_transit_gateway, transit, &ret->transit) < 0)
			return -1;
		ret->asn =
		    json_int(json_get(ret->transit, "Options"), "AmazonSideAsn", 0);
	}
	return 0;
}

static int
read_customer(struct call *c, const char *id, struct ends *ret)
{
	return call_allow(c, &ec2_customer_gateway, id) < 0 ||
		record_get(c, &ec2_customer_gateway, id, &ret->customer) < 0 ?
	    -1 :
	    0;
}

/* The document's own gateways. */
static int
ends_of(struct call *c, const json_t *doc, struct ends *ret)
{
	return read_customer(c, json_str_or(doc, "CustomerGatewayId", ""), ret) < 0 ||
		read_gateways(c, json_str(doc, "VpnGatewayId"),
		    json_str(doc, "TransitGatewayId"), ret) < 0 ?
	    -1 :
	    0;
}

/* What follows from the gateways and the options. */
static void
configure(struct call *c, json_t *doc, const struct ends *e)
{
	json_set_str(doc, "_bgp_asn", json_str_or(e->customer, "BgpAsn", ""));
	json_set_str(doc, "GatewayAssociationState",
	    e->vpn != NULL || e->transit != NULL ? "associated" : "not-associated");
	json_set_str(doc, "CustomerGatewayConfiguration",
	    vpn_configuration(c, doc, e->customer, e->asn));
}

/* A transit gateway has an attachment for the connection. */
static int
attach(struct call *c, const json_t *doc, const json_t *gateway)
{
	json_t *attachment = transit_gateway_attach(c, gateway, "vpn",
	    resource_id(&ec2_vpn_connection, doc));

	if (attachment == NULL)
		return -1;
	transit_gateway_use_defaults(gateway, attachment);
	resource_put(c, &ec2_transit_gateway_attachment, attachment);
	return 0;
}

static int
detach(struct call *c, const json_t *doc)
{
	json_t *attachment;
	int rc = record_find_by(c, &ec2_transit_gateway_attachment, "ResourceId",
	    resource_id(&ec2_vpn_connection, doc), &attachment);

	if (rc <= 0)
		return rc;
	return transit_gateway_attachment_edit(c,
		   resource_id(&ec2_transit_gateway_attachment, attachment), "vpn",
		   &attachment) < 0 ?
	    -1 :
	    transit_gateway_detach(c, attachment);
}

static void
answer(struct call *c, json_t *doc, const char *state)
{
	json_t *copy = json_copy_shallow(doc);

	json_set_str(copy, "State", state);
	out_set(c, "VpnConnection", copy);
}

/* CreateVpnConnection */

static int
check_range(struct call *c, const json_t *in, const char *name)
{
	const char *text = json_str(in, name), *cidr;

	return text == NULL ? 0 : record_cidr(c, name, text, &cidr);
}

static int
check_options(struct call *c, json_t *in)
{
	static const char *const known[] = { "TunnelOptions", "LocalIpv4NetworkCidr",
		"RemoteIpv4NetworkCidr", "OutsideIpAddressType", "TunnelBandwidth",
		"StaticRoutesOnly", "TunnelInsideIpVersion", NULL };
	static const struct {
		const char *name, *only;
	} fixed[] = { { "OutsideIpAddressType", "PublicIpv4" },
		{ "TunnelInsideIpVersion", "ipv4" }, { "TunnelBandwidth", "standard" } };
	const json_t *tunnels = json_get(in, "TunnelOptions"), *v;
	size_t i;

	if (ec2_refuse_members(c, "Options", in, known) < 0 ||
	    check_range(c, in, "LocalIpv4NetworkCidr") < 0 ||
	    check_range(c, in, "RemoteIpv4NetworkCidr") < 0)
		return -1;
	for (i = 0; i < COUNT(fixed); i++) {
		const char *text = json_str_or(in, fixed[i].name, fixed[i].only);

		if (strcmp(text, fixed[i].only) != 0)
			return err_set(&c->err, &ec2_unsupported,
			    "The %s %s is not supported here.", fixed[i].name, text);
	}
	if (json_array_size(tunnels) > TUNNELS)
		return err_set(&c->err, &ec2_bad_value,
		    "A VPN connection has at most %d tunnels.", TUNNELS);
	json_array_foreach(tunnels, i, v) {
		if (vpn_tunnel_check(c, v) < 0)
			return -1;
	}
	return 0;
}

static int
make_tunnels(struct call *c, json_t *doc, const json_t *in)
{
	json_t *tunnels = json_need_array(json_get(doc, "Options"), "TunnelOptions");
	json_t *telemetry = json_need_array(doc, "VgwTelemetry"), *row;

	for (size_t i = 0; i < TUNNELS; i++) {
		const char *outside;

		if (ec2_public_take(c, resource_id(&ec2_vpn_connection, doc), &outside) <
		    0)
			return -1;
		vpn_tunnel_make(c, tunnels,
		    json_array_get(json_get(in, "TunnelOptions"), i), outside);
		row = json_add_object(telemetry);
		json_set_int(row, "AcceptedRouteCount", 0);
		json_set(row, "LastStatusChange", call_now(c));
		json_set_str(row, "OutsideIpAddress", outside);
		json_set_str(row, "Status", "DOWN");
		json_set_str(row, "StatusMessage", "IPSEC IS DOWN");
	}
	return 0;
}

static int
create(struct call *c)
{
	static const char *const refused[] = { "VpnConcentratorId", NULL };
	const char *storage = in_str(c, "PreSharedKeyStorage");
	json_t *in = in_object(c, "Options"), *doc;
	struct ends e;

	if (ec2_refuse(c, refused) < 0)
		return -1;
	if (strcmp(in_str(c, "Type"), "ipsec.1") != 0)
		return err_set(&c->err, &bad_type,
		    "Value (%s) for parameter type is invalid.", in_str(c, "Type"));
	if (storage != NULL && strcmp(storage, "Standard") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The pre-shared key storage %s is not supported here.", storage);
	if (read_customer(c, in_str(c, "CustomerGatewayId"), &e) < 0 ||
	    read_gateways(c, in_str(c, "VpnGatewayId"), in_str(c, "TransitGatewayId"),
		&e) < 0 ||
	    check_options(c, in) < 0)
		return -1;
	doc = resource_new(c, &ec2_vpn_connection, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "CustomerGatewayId", in_str(c, "CustomerGatewayId"));
	json_set_str(doc, "VpnGatewayId", in_str(c, "VpnGatewayId"));
	json_set_str(doc, "TransitGatewayId", in_str(c, "TransitGatewayId"));
	json_set_str(doc, "Category", "VPN");
	json_set_str(doc, "State", "available");
	json_set_str(doc, "Type", "ipsec.1");
	json_set(doc, "Routes", json_new_array());
	record_fill(c, json_need_object(doc, "Options"), in, options);
	if (make_tunnels(c, doc, in) < 0)
		return -1;
	configure(c, doc, &e);
	if (e.transit != NULL && attach(c, doc, e.transit) < 0)
		return -1;
	resource_put(c, &ec2_vpn_connection, doc);
	answer(c, doc, "pending");
	return 0;
}

static int delete (struct call *c)
{
	json_t *doc;
	const json_t *row;
	size_t i;

	if (record_edit(c, &ec2_vpn_connection, in_str(c, "VpnConnectionId"), &doc) < 0 ||
	    detach(c, doc) < 0)
		return -1;
	json_array_foreach(json_get(doc, "VgwTelemetry"), i, row)
		ec2_public_give_back(c, json_str_or(row, "OutsideIpAddress", ""));
	json_del(doc, "CustomerGatewayConfiguration");
	json_set(doc, "VgwTelemetry", json_new_array());
	json_set_str(doc, "State", "deleted");
	return record_retire(c, &ec2_vpn_connection, doc);
}

/* ModifyVpnConnection: another gateway at one of the ends */

static int
begin_modify(struct call *c, json_t **ret)
{
	return record_edit(c, &ec2_vpn_connection, in_str(c, "VpnConnectionId"), ret);
}

static int
finish_modify(struct call *c, json_t *doc)
{
	struct ends e;

	if (ends_of(c, doc, &e) < 0)
		return -1;
	configure(c, doc, &e);
	resource_put(c, &ec2_vpn_connection, doc);
	answer(c, doc, "modifying");
	return 0;
}

static int
modify(struct call *c)
{
	const char *vpn = in_str(c, "VpnGatewayId"),
		   *transit = in_str(c, "TransitGatewayId");
	struct ends e;
	json_t *doc;

	if (begin_modify(c, &doc) < 0 || read_gateways(c, vpn, transit, &e) < 0)
		return -1;
	json_set_str(doc, "CustomerGatewayId", in_str(c, "CustomerGatewayId"));
	if (vpn != NULL || transit != NULL) {
		if (detach(c, doc) < 0 ||
		    (e.transit != NULL && attach(c, doc, e.transit) < 0))
			return -1;
		json_del(doc, "VpnGatewayId");
		json_del(doc, "TransitGatewayId");
		json_set_str(doc, "VpnGatewayId", vpn);
		json_set_str(doc, "TransitGatewayId", transit);
	}
	return finish_modify(c, doc);
}

static int
modify_options(struct call *c)
{
	static const char *const refused[] = { "LocalIpv6NetworkCidr",
		"RemoteIpv6NetworkCidr", NULL };
	json_t *doc;

	if (ec2_refuse(c, refused) < 0 || begin_modify(c, &doc) < 0 ||
	    check_range(c, c->in, "LocalIpv4NetworkCidr") < 0 ||
	    check_range(c, c->in, "RemoteIpv4NetworkCidr") < 0)
		return -1;
	if (in_has(c, "TunnelBandwidth") &&
	    strcmp(in_str(c, "TunnelBandwidth"), "standard") != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "The TunnelBandwidth large is not supported here.");
	record_change(json_get(doc, "Options"), c->in, options);
	return finish_modify(c, doc);
}

static int
modify_tunnel(struct call *c)
{
	static const char *const refused[] = { "PreSharedKeyStorage", NULL };
	const char *outside = in_str(c, "VpnTunnelOutsideIpAddress");
	json_t *in = in_object(c, "TunnelOptions"), *doc, *tunnel;
	size_t i;

	if (ec2_refuse(c, refused) < 0 || begin_modify(c, &doc) < 0 ||
	    vpn_tunnel_check(c, in) < 0)
		return -1;
	json_array_foreach(json_get(json_get(doc, "Options"), "TunnelOptions"), i,
	    tunnel) {
		if (strcmp(json_str_or(tunnel, "OutsideIpAddress", ""), outside) != 0)
			continue;
		vpn_tunnel_set(tunnel, in);
		return finish_modify(c, doc);
	}
	return err_set(&c->err, &ec2_bad_value,
	    "Value (%s) for parameter vpnTunnelOutsideIpAddress is invalid. It is no tunnel of "
	    "%s.",
	    outside, resource_id(&ec2_vpn_connection, doc));
}

/* Routes, of connections without BGP */

/* The connection to write, the CIDR, and where its route stands: 1, 0, -1. */
static int
find_route(struct call *c, json_t **ret, const char **ret_cidr, size_t *ret_i)
{
	const json_t *row;
	size_t i;

	if (begin_modify(c, ret) < 0 ||
	    record_cidr(c, "destinationCidrBlock", in_str(c, "DestinationCidrBlock"),
		ret_cidr) < 0)
		return -1;
	json_array_foreach(json_get(*ret, "Routes"), i, row) {
		if (strcmp(json_str_or(row, "DestinationCidrBlock", ""), *ret_cidr) ==
		    0) {
			*ret_i = i;
			return 1;
		}
	}
	return 0;
}

static int
create_route(struct call *c)
{
	const char *cidr;
	json_t *doc;
	size_t i;
	int rc = find_route(c, &doc, &cidr, &i);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (!json_bool(json_get(doc, "Options"), "StaticRoutesOnly", 0))
		return err_set(&c->err, &bad_type,
		    "Static routes are not supported for the VPN connection %s.",
		    resource_id(&ec2_vpn_connection, doc));
	if (json_array_size(json_get(doc, "Routes")) >= MAX_ROUTES)
		return err_set(&c->err, &ec2_bad_value,
		    "A VPN connection has at most %d static routes.", MAX_ROUTES);
	json_add(json_need_array(doc, "Routes"),
	    json_make("{s:s, s:s, s:s}", "DestinationCidrBlock", cidr, "Source", "Static",
		"State", "available"));
	resource_put(c, &ec2_vpn_connection, doc);
	return 0;
}

static int
delete_route(struct call *c)
{
	const char *cidr;
	json_t *doc;
	size_t i;
	int rc = find_route(c, &doc, &cidr, &i);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &no_route,
		    "The route %s does not exist on the VPN connection %s.", cidr,
		    resource_id(&ec2_vpn_connection, doc));
	json_array_remove(json_get(doc, "Routes"), i);
	resource_put(c, &ec2_vpn_connection, doc);
	return 0;
}

#define OF_CONNECTION(name_, run_, doc_) \
	OP_RES(name_, run_, 0, &ec2_vpn_connection, "VpnConnectionId", doc_)

static const struct op ops[] = {
	OP_RES("CreateVpnConnection", create, 0, &ec2_vpn_connection, NULL,
	    "Connect a customer gateway, with two tunnels."),
	OF_CONNECTION("CreateVpnConnectionRoute", create_route,
	    "Add a static route to a connection."),
	OF_CONNECTION("DeleteVpnConnection", delete, "Delete a VPN connection."),
	OF_CONNECTION("DeleteVpnConnectionRoute", delete_route,
	    "Take a static route away."),
	OP_RES("DescribeVpnConnections", record_describe, OP_READ, &ec2_vpn_connection,
	    NULL, "List VPN connections."),
	OF_CONNECTION("ModifyVpnConnection", modify,
	    "Give a connection another gateway."),
	OF_CONNECTION("ModifyVpnConnectionOptions", modify_options,
	    "Change the ranges that a connection carries."),
	OF_CONNECTION("ModifyVpnTunnelOptions", modify_tunnel,
	    "Change a tunnel's options."),
};
static const struct resource *const resources[] = { &ec2_vpn_connection, NULL };
const struct family ec2_vpn_connections = FAMILY(ops, resources);
