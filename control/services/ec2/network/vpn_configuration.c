/*
 * EC2: what the customer's device needs to know of a VPN connection, as the XML that AWS
 * gives: CustomerGatewayConfiguration.  Terraform reads addresses, keys and AS numbers from it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/vpn.h"

static const char *
first(const json_t *tunnel, const char *member, const char *def)
{
	const json_t *row = json_array_get(json_get(tunnel, member), 0);

	return json_str_or(row, "Value", def);
}

/* One end of a tunnel: its addresses, and its AS number unless the routes are static. */
static void
put_end(struct buf *b, const char *name, const char *outside, const char *inside,
    const char *asn)
{
	buf_printf(b,
	    "    <%s>\n"
	    "      <tunnel_outside_address>\n"
	    "        <ip_address>%s</ip_address>\n"
	    "      </tunnel_outside_address>\n"
	    "      <tunnel_inside_address>\n"
	    "        <ip_address>%s</ip_address>\n"
	    "        <network_mask>255.255.255.252</network_mask>\n"
	    "        <network_cidr>30</network_cidr>\n"
	    "      </tunnel_inside_address>\n",
	    name, outside, inside);
	if (asn != NULL)
		buf_printf(b,
		    "      <bgp>\n"
		    "        <asn>%s</asn>\n"
		    "        <hold_time>30</hold_time>\n"
		    "      </bgp>\n",
		    asn);
	buf_printf(b, "    </%s>\n", name);
}

/* The first of the Diffie-Hellman groups that may be used. */
static long long
group(const json_t *tunnel, const char *member)
{
	const json_t *row = json_array_get(json_get(tunnel, member), 0);

	return (long long)json_int(row, "Value", 2);
}

static void
put_phases(struct buf *b, const json_t *tunnel)
{
	buf_printf(b,
	    "    <ike>\n"
	    "      <authentication_protocol>%s</authentication_protocol>\n"
	    "      <encryption_protocol>%s</encryption_protocol>\n"
	    "      <lifetime>%lld</lifetime>\n"
	    "      <perfect_forward_secrecy>group%lld</perfect_forward_secrecy>\n"
	    "      <mode>main</mode>\n"
	    "      <pre_shared_key>%s</pre_shared_key>\n"
	    "    </ike>\n",
	    first(tunnel, "Phase1IntegrityAlgorithms", "sha1"),
	    first(tunnel, "Phase1EncryptionAlgorithms", "aes-128-cbc"),
	    (long long)json_int(tunnel, "Phase1LifetimeSeconds", 28800),
	    group(tunnel, "Phase1DHGroupNumbers"),
	    json_str_or(tunnel, "PreSharedKey", ""));
	buf_printf(b,
	    "    <ipsec>\n"
	    "      <protocol>esp</protocol>\n"
	    "      <authentication_protocol>%s</authentication_protocol>\n"
	    "      <encryption_protocol>%s</encryption_protocol>\n"
	    "      <lifetime>%lld</lifetime>\n"
	    "      <perfect_forward_secrecy>group%lld</perfect_forward_secrecy>\n"
	    "      <mode>tunnel</mode>\n"
	    "      <clear_df_bit>true</clear_df_bit>\n"
	    "      <fragmentation_before_encryption>true</fragmentation_before_encryption>\n"
	    "      <tcp_mss_adjustment>1379</tcp_mss_adjustment>\n"
	    "      <dead_peer_detection>\n"
	    "        <interval>10</interval>\n"
	    "        <retries>3</retries>\n"
	    "      </dead_peer_detection>\n"
	    "    </ipsec>\n",
	    first(tunnel, "Phase2IntegrityAlgorithms", "hmac-sha1-96"),
	    first(tunnel, "Phase2EncryptionAlgorithms", "aes-128-cbc"),
	    (long long)json_int(tunnel, "Phase2LifetimeSeconds", 3600),
	    group(tunnel, "Phase2DHGroupNumbers"));
}

/* The gateway has the first address of the inside CIDR, the customer the second. */
static void
put_tunnel(struct buf *b, const json_t *tunnel, const json_t *customer,
    const char *customer_asn, const char *asn)
{
	char ours[IP4_TEXT], theirs[IP4_TEXT];
	struct net4 net = { 0, 30 };

	net4_parse(json_str_or(tunnel, "TunnelInsideCidr", ""), &net);
	ip4_format(net4_base(&net) + 1, ours);
	ip4_format(net4_base(&net) + 2, theirs);
	buf_str(b, "  <ipsec_tunnel>\n");
	put_end(b, "customer_gateway", json_str_or(customer, "IpAddress", ""), theirs,
	    customer_asn);
	put_end(b, "vpn_gateway", json_str_or(tunnel, "OutsideIpAddress", ""), ours, asn);
	put_phases(b, tunnel);
	buf_str(b, "  </ipsec_tunnel>\n");
}

char *
vpn_configuration(struct call *c, const json_t *connection, const json_t *customer,
    int64_t gateway_asn)
{
	const json_t *options = json_get(connection, "Options"), *tunnel;
	int is_static = json_bool(options, "StaticRoutesOnly", 0);
	const char *asn = arena_printf(c->arena, "%lld", (long long)gateway_asn);
	const char *customer_asn =
	    json_str_or(customer, "BgpAsn", json_str_or(customer, "BgpAsnExtended", ""));
	struct buf *b = buf_new(c->arena, 0);
	size_t i;

	buf_printf(b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<vpn_connection id=\"%s\">\n"
	    "  <customer_gateway_id>%s</customer_gateway_id>\n"
	    "  <vpn_gateway_id>%s</vpn_gateway_id>\n"
	    "  <vpn_connection_type>ipsec.1</vpn_connection_type>\n",
	    resource_id(&ec2_vpn_connection, connection),
	    json_str_or(connection, "CustomerGatewayId", ""),
	    json_str_or(connection, "VpnGatewayId", ""));
	if (is_static)
		buf_str(b,
		    "  <vpn_connection_attributes>NoBGPVPNConnection"
		    "</vpn_connection_attributes>\n");
	json_array_foreach(json_get(options, "TunnelOptions"), i, tunnel)
		put_tunnel(b, tunnel, customer, is_static ? NULL : customer_asn,
		    is_static ? NULL : asn);
	buf_str(b, "</vpn_connection>");
	return arena_strdup(c->arena, buf_text(b));
}
