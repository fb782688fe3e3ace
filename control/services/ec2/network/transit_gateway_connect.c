/*
 * EC2: connect attachments of transit gateways, and their peers: records, for there is no tunnel behind them.
 */
#include <string.h>

#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/transit_gateway.h"

static const struct err_kind no_attachment = {
	"InvalidTransitGatewayAttachmentID.NotFound", 400
};
static const struct err_kind no_peer = { "InvalidTransitGatewayConnectPeerID.NotFound",
	400 };
static const struct err_kind malformed = { "InvalidTransitGatewayConnectPeerID.Malformed",
	400 };

enum { MAX_PEERS = 4 };

static const struct filter filters[] = {
	{ "options.protocol", "Options.Protocol" },
	{ "state", "State" },
	{ "transit-gateway-attachment-id", "TransitGatewayAttachmentId" },
	{ "transit-gateway-id", "TransitGatewayId" },
	{ "transport-transit-gateway-attachment-id",
	    "TransportTransitGatewayAttachmentId" },
	{ NULL, NULL },
};
static const struct resource connects = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-attachment",
	.type = "transit-gateway-attachment",
	.prefix = "tgw-attach-",
	.id_member = "TransitGatewayAttachmentId",
	.list_member = "TransitGatewayConnects",
	.ids_member = "TransitGatewayAttachmentIds",
	.noun = "transitGatewayAttachment ID",
	.not_found = &no_attachment,
	.filters = filters,
};

static const struct filter peer_filters[] = {
	{ "state", "State" },
	{ "transit-gateway-attachment-id", "TransitGatewayAttachmentId" },
	{ "transit-gateway-connect-peer-id", "TransitGatewayConnectPeerId" },
	{ NULL, NULL },
};
static const struct resource peers = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-connect-peer",
	.type = "transit-gateway-connect-peer",
	.prefix = "tgw-connect-peer-",
	.id_member = "TransitGatewayConnectPeerId",
	.list_member = "TransitGatewayConnectPeers",
	.ids_member = "TransitGatewayConnectPeerIds",
	.noun = "transitGatewayConnectPeer ID",
	.not_found = &no_peer,
	.malformed = &malformed,
	.filters = peer_filters,
};

static void
answer(struct call *c, const char *name, json_t *doc, const char *state)
{
	json_t *copy = json_copy_shallow(doc);

	json_set_str(copy, "State", state);
	out_set(c, name, copy);
}

/* CreateTransitGatewayConnect, DeleteTransitGatewayConnect */

static int
create(struct call *c)
{
	const char *under = in_str(c, "TransportTransitGatewayAttachmentId");
	json_t *transport, *gateway, *doc;

	if (call_allow(c, &ec2_transit_gateway_attachment, under) < 0 ||
	    transit_gateway_attachment_get(c, under, "vpc", &transport) < 0 ||
	    record_get(c, &ec2_transit_gateway,
		json_str_or(transport, "TransitGatewayId", ""), &gateway) < 0)
		return -1;
	doc = transit_gateway_attach(c, gateway, "connect", under);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "TransportTransitGatewayAttachmentId", under);
	json_set(doc, "Options",
	    json_make("{s:s}", "Protocol",
		json_str_or(in_object(c, "Options"), "Protocol", "gre")));
	transit_gateway_use_defaults(gateway, doc);
	resource_put(c, &ec2_transit_gateway_attachment, doc);
	answer(c, "TransitGatewayConnect", doc, "pending");
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "TransitGatewayAttachmentId");
	json_t *doc, *peer;
	int rc;

	if (transit_gateway_attachment_edit(c, id, "connect", &doc) < 0)
		return -1;
	rc = record_find_by(c, &peers, "TransitGatewayAttachmentId", id, &peer);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &ec2_incorrect_state,
				    "%s has non-deleted Connect Peers: %s", id,
				    resource_id(&peers, peer));
	answer(c, "TransitGatewayConnect", doc, "deleting");
	return transit_gateway_detach(c, doc);
}

/* CreateTransitGatewayConnectPeer */

struct inside {
	struct net4 v4;
	int has_v4, has_v6;
};

/* A /29 of 169.254.0.0/16, and perhaps a /125 of fd00::/8. */
static int
read_inside(struct call *c, struct inside *ret)
{
	const struct net4 local = { 0xa9fe0000, 16 };
	const json_t *v;
	struct net6 v6;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	json_array_foreach(in_list(c, "InsideCidrBlocks"), i, v) {
		const char *text = json_string_value(v);

		if (!ret->has_v4 && net4_parse(text, &ret->v4) && ret->v4.len == 29 &&
		    net4_is_canonical(&ret->v4) && net4_contains(&local, &ret->v4))
			ret->has_v4 = 1;
		else if (!ret->has_v6 && net6_parse(text, &v6) && v6.len == 125 &&
		    v6.addr[0] == 0xfd)
			ret->has_v6 = 1;
		else
			return err_set(&c->err, &ec2_bad_value,
			    "Value (%s) for parameter insideCidrBlocks is invalid. It must be a "
			    "/29 from 169.254.0.0/16 or a /125 from fd00::/8.",
			    text);
	}
	if (!ret->has_v4)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain an IPv4 inside CIDR block.");
	return 0;
}

struct taken {
	struct call *c;
	const struct store_docs *docs;
};

static int
is_taken(void *arg, uint32_t address)
{
	const struct taken *t = arg;
	char text[IP4_TEXT];

	ip4_format(address, text);
	for (size_t i = 0; i < t->docs->n; i++) {
		if (strcmp(json_str_or(json_get(t->docs->doc[i],
					   "ConnectPeerConfiguration"),
			       "TransitGatewayAddress", ""),
			text) == 0)
			return 1;
	}
	return 0;
}

/* The gateway's end of the tunnel: of its CIDR blocks; without an address, the next of the first. */
static int
choose_address(struct call *c, const json_t *gateway, const struct store_docs *docs,
    const char **ret)
{
	const json_t *blocks = json_get(json_get(gateway, "Options"),
			 "TransitGatewayCidrBlocks"),
		     *v;
	const char *asked = in_str(c, "TransitGatewayAddress");
	struct taken taken = { c, docs };
	char text[IP4_TEXT];
	struct net4 net;
	uint32_t address;
	size_t i;

	json_array_foreach(blocks, i, v) {
		if (!net4_parse(json_string_value(v), &net))
			continue;
		if (asked == NULL) {
			if (!subnet_next_free(&net, 0, is_taken, &taken, &address))
				continue;
			ip4_format(address, text);
			*ret = arena_strdup(c->arena, text);
			return 0;
		}
		if (ip4_parse(asked, &address) && net4_has(&net, address)) {
			*ret = asked;
			return 0;
		}
	}
	return err_set(&c->err, &ec2_bad_value,
	    "The address %s is not in the CIDR blocks of %s.",
	    asked != NULL ? asked : "of the transit gateway",
	    resource_id(&ec2_transit_gateway, gateway));
}

static void
add_bgp(json_t *list, const struct inside *in, unsigned gateway_at, int64_t asn,
    int64_t peer_asn)
{
	char theirs[IP4_TEXT], ours[IP4_TEXT];

	ip4_format(net4_base(&in->v4) + 1, theirs);
	ip4_format(net4_base(&in->v4) + gateway_at, ours);
	json_add(list,
	    json_make("{s:I, s:I, s:s, s:s, s:s}", "TransitGatewayAsn", (json_int_t)asn,
		"PeerAsn", (json_int_t)peer_asn, "TransitGatewayAddress", ours,
		"PeerAddress", theirs, "BgpStatus", "down"));
}

static void
configure(struct call *c, json_t *doc, const char *address, const struct inside *in,
    int64_t asn)
{
	json_t *v = json_need_object(doc, "ConnectPeerConfiguration");
	int64_t peer_asn = json_int(in_object(c, "BgpOptions"), "PeerAsn", asn);

	json_set_str(v, "TransitGatewayAddress", address);
	json_set_str(v, "PeerAddress", in_str(c, "PeerAddress"));
	json_set(v, "InsideCidrBlocks", json_copy_deep(in_list(c, "InsideCidrBlocks")));
	json_set_str(v, "Protocol", "gre");
	add_bgp(json_need_array(v, "BgpConfigurations"), in, 2, asn, peer_asn);
	add_bgp(json_need_array(v, "BgpConfigurations"), in, 3, asn, peer_asn);
}

static int
check_room(struct call *c, const struct store_docs *docs, const char *id)
{
	static const struct err_kind limit = { "TransitGatewayConnectPeerLimitExceeded",
		400 };
	size_t n = 0;

	for (size_t i = 0; i < docs->n; i++)
		n += strcmp(json_str_or(docs->doc[i], "TransitGatewayAttachmentId", ""),
			 id) == 0;
	if (n >= MAX_PEERS)
		return err_set(&c->err, &limit,
		    "The maximum number of Connect peers of %s has been reached.", id);
	return 0;
}

static int
create_peer(struct call *c)
{
	const char *id = in_str(c, "TransitGatewayAttachmentId"), *address;
	json_t *attachment, *gateway, *doc;
	struct store_docs docs;
	struct inside in;
	uint32_t peer;

	if (call_allow(c, &ec2_transit_gateway_attachment, id) < 0 ||
	    transit_gateway_attachment_get(c, id, "connect", &attachment) < 0 ||
	    record_get(c, &ec2_transit_gateway,
		json_str_or(attachment, "TransitGatewayId", ""), &gateway) < 0 ||
	    record_list(c, &peers, &docs) < 0 || check_room(c, &docs, id) < 0 ||
	    read_inside(c, &in) < 0 || choose_address(c, gateway, &docs, &address) < 0)
		return -1;
	if (!ip4_parse(in_str(c, "PeerAddress"), &peer))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter peerAddress is invalid.",
		    in_str(c, "PeerAddress"));
	doc = resource_new(c, &peers, NULL);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "TransitGatewayAttachmentId", id);
	json_set_str(doc, "State", "available");
	json_set(doc, "CreationTime", call_now(c));
	configure(c, doc, address, &in,
	    json_int(json_get(gateway, "Options"), "AmazonSideAsn", 0));
	resource_put(c, &peers, doc);
	answer(c, "TransitGatewayConnectPeer", doc, "pending");
	return 0;
}

static int
delete_peer(struct call *c)
{
	json_t *doc;

	if (record_edit(c, &peers, in_str(c, "TransitGatewayConnectPeerId"), &doc) < 0)
		return -1;
	answer(c, "TransitGatewayConnectPeer", doc, "deleting");
	json_set_str(doc, "State", "deleted");
	return record_retire(c, &peers, doc);
}

static const struct op ops[] = {
	OP_RES("CreateTransitGatewayConnect", create, 0, &ec2_transit_gateway_attachment,
	    NULL, "Create a connect attachment over a VPC's attachment."),
	OP_RES("CreateTransitGatewayConnectPeer", create_peer, 0, &peers, NULL,
	    "Create a tunnel's end of a connect attachment."),
	OP_RES("DeleteTransitGatewayConnect", delete, 0, &ec2_transit_gateway_attachment,
	    "TransitGatewayAttachmentId", "Delete a connect attachment without peers."),
	OP_RES("DeleteTransitGatewayConnectPeer", delete_peer, 0, &peers,
	    "TransitGatewayConnectPeerId", "Delete a connect peer."),
	OP_RES("DescribeTransitGatewayConnectPeers", record_describe, OP_READ, &peers,
	    NULL, "List connect peers."),
	OP_RES("DescribeTransitGatewayConnects", transit_gateway_describe, OP_READ,
	    &connects, NULL, "List connect attachments."),
};
static const struct resource *const resources[] = { &peers, NULL };
const struct family ec2_transit_gateway_connects = FAMILY(ops, resources);
