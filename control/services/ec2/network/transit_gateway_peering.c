/*
 * EC2: peering attachments between transit gateways, of whatever accounts and regions.
 *
 * Each side has a document of its own: of the same id, unless both gateways are in one region of one
 * account.  "_pair" of each names the other: {scope, id}.
 *
 * Not emulated: dynamic routing and multipath resilience between them.
 */
#include <string.h>

#include "control/api/dispatch.h"
#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/transit_gateway.h"

static const struct err_kind no_gateway = { "InvalidTransitGatewayID.NotFound", 400 };
static const struct err_kind not_found = { "InvalidTransitGatewayAttachmentID.NotFound",
	400 };

static const struct filter filters[] = {
	{ "local-owner-id", "_local_owner" },
	{ "remote-owner-id", "_remote_owner" },
	{ "state", "State" },
	{ "transit-gateway-attachment-id", "TransitGatewayAttachmentId" },
	{ "transit-gateway-id", "_gateway" },
	{ NULL, NULL },
};
static const struct resource peering = {
	.service = "ec2",
	.kind = "ec2:transit-gateway-attachment",
	.type = "transit-gateway-attachment",
	.prefix = "tgw-attach-",
	.id_member = "TransitGatewayAttachmentId",
	.list_member = "TransitGatewayPeeringAttachments",
	.ids_member = "TransitGatewayAttachmentIds",
	.noun = "transitGatewayAttachment ID",
	.not_found = &not_found,
	.filters = filters,
};

static void
answer(struct call *c, json_t *doc, const char *state)
{
	json_t *copy = json_copy_shallow(doc);

	json_set_str(copy, "State", state);
	json_set(copy, "Status", json_make("{s:s}", "Code", state));
	out_set(c, "TransitGatewayPeeringAttachment", copy);
}

/* Create */

struct peer {
	const char *gateway, *account, *region, *scope;
};

static int
read_peer(struct call *c, struct peer *p)
{
	json_t *doc;
	int rc;

	p->gateway = in_str(c, "PeerTransitGatewayId");
	p->account = in_str(c, "PeerAccountId");
	p->region = in_str(c, "PeerRegion");
	if (strlen(p->account) != 12 || strspn(p->account, "0123456789") != 12)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter peerAccountId is invalid.", p->account);
	if (!region_is_valid(p->region))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter peerRegion is invalid.", p->region);
	p->scope = record_scope(c, p->account, p->region);
	if (strcmp(p->gateway, in_str(c, "TransitGatewayId")) == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "A transit gateway cannot be peered with itself.");
	rc = store_get(c->txn, p->scope, ec2_transit_gateway.kind, p->gateway, &doc,
	    &c->err);
	if (rc == 0 || (rc > 0 && record_is_retired(doc)))
		return err_set(&c->err, &no_gateway,
		    "Transit Gateway %s was deleted or does not exist.", p->gateway);
	return rc < 0 ? -1 : 0;
}

static void
set_sides(struct call *c, json_t *doc, const struct peer *p)
{
	json_set(doc, "RequesterTgwInfo",
	    json_make("{s:s, s:s, s:s}", "TransitGatewayId",
		in_str(c, "TransitGatewayId"), "OwnerId", c->account, "Region",
		c->region));
	json_set(doc, "AccepterTgwInfo",
	    json_make("{s:s, s:s, s:s}", "TransitGatewayId", p->gateway, "OwnerId",
		p->account, "Region", p->region));
	json_set(doc, "Options", json_make("{s:s}", "DynamicRouting", "disable"));
}

static void
set_local(json_t *doc, const char *local_owner, const char *remote_owner,
    const char *scope, const char *pair)
{
	json_set_str(doc, "_gateway", json_str(doc, "TransitGatewayId"));
	json_set_str(doc, "_local_owner", local_owner);
	json_set_str(doc, "_remote_owner", remote_owner);
	json_set(doc, "_pair", json_make("{s:s, s:s}", "scope", scope, "id", pair));
}

/* The accepter's document, made from the requester's. */
static json_t *
other_side(struct call *c, const json_t *doc, const struct peer *p, const char *id)
{
	json_t *other = json_own(c->arena, json_copy_deep(doc));

	json_set_str(other, "TransitGatewayAttachmentId", id);
	json_set_str(other, "TransitGatewayId", p->gateway);
	json_set_str(other, "TransitGatewayOwnerId", p->account);
	json_set_str(other, "ResourceId", in_str(c, "TransitGatewayId"));
	json_set(other, "Tags", json_new_array());
	json_set_bool(other, "_accepts", 1);
	set_local(other, p->account, c->account, c->scope, resource_id(&peering, doc));
	return other;
}

static int
check_options(struct call *c)
{
	static const char *const known[] = { "DynamicRouting", NULL };
	json_t *in = in_object(c, "Options");

	if (ec2_refuse_members(c, "Options", in, known) < 0)
		return -1;
	if (strcmp(json_str_or(in, "DynamicRouting", "disable"), "enable") == 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Dynamic routing is not supported here.");
	return 0;
}

static int
create(struct call *c)
{
	const char *gateway_id = in_str(c, "TransitGatewayId"), *id;
	json_t *gateway, *doc;
	struct peer p;

	if (check_options(c) < 0 || call_allow(c, &ec2_transit_gateway, gateway_id) < 0 ||
	    record_get(c, &ec2_transit_gateway, gateway_id, &gateway) < 0 ||
	    read_peer(c, &p) < 0)
		return -1;
	doc = transit_gateway_attach(c, gateway, "peering", p.gateway);
	if (doc == NULL)
		return -1;
	json_set_str(doc, "ResourceOwnerId", p.account);
	json_set_str(doc, "State", "pendingAcceptance");
	set_sides(c, doc, &p);
	id = resource_id(&peering, doc);
	if (strcmp(p.scope, c->scope) == 0) {
		id = record_id(c, "tgw-attach-");
		json_set_str(doc, "AccepterTransitGatewayAttachmentId", id);
	}
	set_local(doc, c->account, p.account, p.scope, id);
	resource_put(c, &peering, doc);
	store_put(c->txn, p.scope, peering.kind, id, other_side(c, doc, &p, id));
	answer(c, doc, "initiatingRequest");
	return 0;
}

/* Accept, Reject, Delete: both documents change. */

static int
edit_pair(struct call *c, const json_t *doc, json_t **ret)
{
	const json_t *pair = json_get(doc, "_pair");
	const char *id = json_str_or(pair, "id", "");
	int rc = store_edit(c->txn, json_str_or(pair, "scope", ""), peering.kind, id, ret,
	    &c->err);

	if (rc == 0)
		return err_set(&c->err, &err_internal, "%s is alone", id);
	return rc < 0 ? -1 : 0;
}

static void
put_pair(struct call *c, const json_t *doc, json_t *other)
{
	const json_t *pair = json_get(doc, "_pair");

	store_put(c->txn, json_str_or(pair, "scope", ""), peering.kind,
	    json_str_or(pair, "id", ""), other);
}

/* Of the state, and the side that decides: both sides' documents, to write. */
static int
begin(struct call *c, json_t **ret, json_t **ret_other)
{
	const char *id = in_str(c, "TransitGatewayAttachmentId");
	json_t *doc;

	if (transit_gateway_attachment_edit(c, id, "peering", &doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "State", ""), "pendingAcceptance") != 0 ||
	    !json_bool(doc, "_accepts", 0))
		return err_set(&c->err, &ec2_incorrect_state, "%s is in invalid state",
		    id);
	*ret = doc;
	return edit_pair(c, doc, ret_other);
}

static int
accept(struct call *c)
{
	json_t *doc, *other;

	if (begin(c, &doc, &other) < 0)
		return -1;
	json_set_str(doc, "State", "available");
	json_set_str(other, "State", "available");
	resource_put(c, &peering, doc);
	put_pair(c, doc, other);
	answer(c, doc, "pending");
	return 0;
}

/* Both are no more, in that state. */
static int
end(struct call *c, json_t *doc, json_t *other, const char *state)
{
	json_set_str(other, "State", state);
	json_del(other, "Association");
	json_set_int(other, "_retired_ms", c->now_ms);
	put_pair(c, doc, other);
	json_set_str(doc, "State", state);
	json_del(doc, "Association");
	return record_retire(c, &peering, doc);
}

static int
reject(struct call *c)
{
	json_t *doc, *other;

	if (begin(c, &doc, &other) < 0)
		return -1;
	answer(c, doc, "rejected");
	return end(c, doc, other, "rejected");
}

static int delete (struct call *c)
{
	json_t *doc, *other;

	if (transit_gateway_attachment_edit(c, in_str(c, "TransitGatewayAttachmentId"),
		"peering", &doc) < 0 ||
	    edit_pair(c, doc, &other) < 0)
		return -1;
	answer(c, doc, "deleting");
	return end(c, doc, other, "deleted");
}

#define OF_ATTACHMENT(name_, run_, flags_, doc_)                     \
	OP_RES(name_, run_, flags_, &ec2_transit_gateway_attachment, \
	    "TransitGatewayAttachmentId", doc_)

static const struct op ops[] = {
	OF_ATTACHMENT("AcceptTransitGatewayPeeringAttachment", accept, 0,
	    "Say yes to another gateway."),
	OP_RES("CreateTransitGatewayPeeringAttachment", create, 0,
	    &ec2_transit_gateway_attachment, NULL,
	    "Ask for a connection with another gateway."),
	OF_ATTACHMENT("DeleteTransitGatewayPeeringAttachment", delete, 0,
	    "Part two gateways."),
	OP_RES("DescribeTransitGatewayPeeringAttachments", transit_gateway_describe,
	    OP_READ, &peering, NULL, "List connections with other gateways."),
	OF_ATTACHMENT("RejectTransitGatewayPeeringAttachment", reject, 0,
	    "Say no to another gateway."),
};
const struct family ec2_transit_gateway_peerings = FAMILY(ops, NULL);
