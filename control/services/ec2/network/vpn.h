/*
 * Site-to-site VPN: gateways on either side, connections, tunnels.  Records: no packet goes through.
 *
 * Documents of kinds "ec2:customer-gateway", "ec2:vpn-gateway" (VpcAttachments has the VPC it is
 * attached to) and "ec2:vpn-connection".  The static routes of a connection ("Routes") are what its VPN
 * gateway tells the route tables that let it.
 */
#ifndef CONTROL_SERVICES_EC2_NETWORK_VPN_H
#define CONTROL_SERVICES_EC2_NETWORK_VPN_H

#include "control/api/call.h"
#include "control/api/service.h"

extern const struct resource ec2_customer_gateway, ec2_vpn_gateway, ec2_vpn_connection;
extern const struct family ec2_customer_gateways, ec2_vpn_gateways, ec2_vpn_connections;

/* The options of a tunnel in the call's words, checked: 0 or -1. */
int vpn_tunnel_check(struct call *c, const json_t *in);

/* Write them into the tunnel's row, as Describe shows it. */
void vpn_tunnel_set(json_t *tunnel, const json_t *in);

/*
 * A new tunnel's row: the options (NULL: none), the defaults, and a pre-shared key and an inside CIDR
 * that no other of the connection's has.
 */
void vpn_tunnel_make(struct call *c, json_t *tunnels, const json_t *in,
    const char *outside);

/* What the customer's device needs to know, as XML; the arena's. */
char *vpn_configuration(struct call *c, const json_t *connection,
    const json_t *customer_gateway, int64_t gateway_asn);

#endif
