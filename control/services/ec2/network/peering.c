/*
 * EC2: VPC peering connections.
 *
 * A connection is of two VPCs, of whatever accounts and regions, and seen from both scopes:
 * a shared record (record.h).  Its expiry is not written, but seen by whoever looks.
 *
 * Not emulated: multipath resilience; ClassicLink, which AWS has retired.
 */
#include <string.h>

#include "control/api/dispatch.h"
#include "control/services/ec2/network/peering.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind not_found = { "InvalidVpcPeeringConnectionID.NotFound",
	400 };
static const struct err_kind malformed = { "InvalidVpcPeeringConnectionId.Malformed",
	400 };
static const struct err_kind bad_state = { "InvalidStateTransition", 400 };
static const struct err_kind not_permitted = { "OperationNotPermitted", 400 };
static const struct err_kind exists = { "VpcPeeringConnectionAlreadyExists", 400 };
static const struct err_kind too_many = { "VpcPeeringConnectionsPerVpcLimitExceeded",
	400 };
static const struct err_kind too_many_asked = {
	"OutstandingVpcPeeringConnectionLimitExceeded", 400
};

enum { MAX_ACTIVE = 50, MAX_ASKED = 25 }; /* of a VPC: EC2's quotas */
enum { EXPIRES_MS = 7 * 24 * 3600 * 1000, SHOWN_MS = 2 * 24 * 3600 * 1000 };

static const struct filter filters[] = {
	{ "accepter-vpc-info.cidr-block", "AccepterVpcInfo.CidrBlock" },
	{ "accepter-vpc-info.owner-id", "AccepterVpcInfo.OwnerId" },
	{ "accepter-vpc-info.vpc-id", "AccepterVpcInfo.VpcId" },
	{ "expiration-time", "ExpirationTime" },
	{ "requester-vpc-info.cidr-block", "RequesterVpcInfo.CidrBlock" },
	{ "requester-vpc-info.owner-id", "RequesterVpcInfo.OwnerId" },
	{ "requester-vpc-info.vpc-id", "RequesterVpcInfo.VpcId" },
	{ "status-code", "Status.Code" },
	{ "status-message", "Status.Message" },
	{ "vpc-peering-connection-id", "VpcPeeringConnectionId" },
	{ NULL, NULL },
};

static const struct resource peering = {
	.service = "ec2",
	.kind = "ec2:vpc-peering-connection",
	.type = "vpc-peering-connection",
	.prefix = "pcx-",
	.id_member = "VpcPeeringConnectionId",
	.list_member = "VpcPeeringConnections",
	.ids_member = "VpcPeeringConnectionIds",
	.noun = "vpcPeeringConnection ID",
	.not_found = &not_found,
	.malformed = &malformed,
	.filters = filters,
};

static const char *
code_of(const json_t *doc)
{
	return json_str_or(json_get(doc, "Status"), "Code", "");
}

static int
is_in(const json_t *doc, const char *code)
{
	return strcmp(code_of(doc), code) == 0;
}

static void
set_status(json_t *doc, const char *code, const char *message)
{
	json_set(doc, "Status",
	    json_make("{s:s, s:s}", "Code", code, "Message", message));
}

/* What nobody has accepted in time, the document says it or not. */
static int
has_expired(const struct call *c, const json_t *doc)
{
	return is_in(doc, "pending-acceptance") &&
	    json_int(doc, "_expires_ms", 0) <= c->now_ms;
}

/* AWS shows it as expired for two days more. */
static int
is_forgotten(const struct call *c, const json_t *doc)
{
	return has_expired(c, doc) &&
	    json_int(doc, "_expires_ms", 0) + SHOWN_MS <= c->now_ms;
}

static json_t *
shown(struct call *c, json_t *doc)
{
	json_t *copy;

	if (!has_expired(c, doc))
		return doc;
	if (is_forgotten(c, doc))
		return NULL;
	copy = json_own(c->arena, json_copy_shallow(doc));
	set_status(copy, "expired", "Expired");
	return copy;
}

/* The two sides */

static void
add_cidrs(json_t *info, const char *to, const char *member, const json_t *associations)
{
	const json_t *row;
	size_t i;

	json_array_foreach(associations, i, row) {
		json_t *v = json_add_object(json_need_array(info, to));

		json_set_str(v, member, json_str(row, member));
	}
}

/* What the other side sees of a VPC: its ranges, and what it may do. */
static void
describe_vpc(json_t *info, const json_t *vpc)
{
	json_set_str(info, "CidrBlock", json_str(vpc, "CidrBlock"));
	add_cidrs(info, "CidrBlockSet", "CidrBlock",
	    json_get(vpc, "CidrBlockAssociationSet"));
	add_cidrs(info, "Ipv6CidrBlockSet", "Ipv6CidrBlock",
	    json_get(vpc, "Ipv6CidrBlockAssociationSet"));
	json_set(info, "PeeringOptions",
	    json_make("{s:b, s:b, s:b}", "AllowDnsResolutionFromRemoteVpc", 0,
		"AllowEgressFromLocalClassicLinkToRemoteVpc", 0,
		"AllowEgressFromLocalVpcToRemoteClassicLink", 0));
}

static json_t *
new_info(const char *account, const char *region, const char *vpc_id)
{
	return json_make("{s:s, s:s, s:s}", "OwnerId", account, "VpcId", vpc_id, "Region",
	    region);
}

/* 1 when the call is of the side: its account and region. */
static int
is_side(const struct call *c, const json_t *doc, const char *side)
{
	const json_t *info = json_get(doc, side);

	return strcmp(json_str_or(info, "OwnerId", ""), c->account) == 0 &&
	    strcmp(json_str_or(info, "Region", ""), c->region) == 0;
}

static int
is_of_account(const struct call *c, const json_t *doc, const char *side)
{
	return strcmp(json_str_or(json_get(doc, side), "OwnerId", ""), c->account) == 0;
}

static int
ranges_overlap(const json_t *a, const json_t *b)
{
	const json_t *x, *y;
	size_t i, k;

	json_array_foreach(json_get(a, "CidrBlockAssociationSet"), i, x) {
		json_array_foreach(json_get(b, "CidrBlockAssociationSet"), k, y) {
			if (record_overlaps(json_str_or(x, "CidrBlock", ""),
				json_str_or(y, "CidrBlock", "")))
				return 1;
		}
	}
	return 0;
}

/* CreateVpcPeeringConnection */

struct peer {
	const char *account, *region, *vpc_id, *scope;
	json_t *vpc; /* NULL: there is none */
};

static int
read_peer(struct call *c, struct peer *p)
{
	static const struct err_kind no_vpc = { "InvalidVpcID.NotFound", 400 };
	int rc;

	p->account = in_has(c, "PeerOwnerId") ? in_str(c, "PeerOwnerId") : c->account;
	p->region = in_has(c, "PeerRegion") ? in_str(c, "PeerRegion") : c->region;
	p->vpc_id = in_str(c, "PeerVpcId");
	p->vpc = NULL;
	if (p->vpc_id == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter peerVpcId");
	if (strlen(p->account) != 12 || strspn(p->account, "0123456789") != 12)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter peerOwnerId is invalid.", p->account);
	if (!region_is_valid(p->region))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter peerRegion is invalid.", p->region);
	p->scope = record_scope(c, p->account, p->region);
	rc = store_get(c->txn, p->scope, ec2_vpc.kind, p->vpc_id, &p->vpc, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0 && strcmp(p->scope, c->scope) == 0)
		return err_set(&c->err, &no_vpc, "The vpc ID '%s' does not exist",
		    p->vpc_id);
	return 0;
}

/* The VPC may have another connection, and ask for one: 0 or -1. */
static int
check_quota(struct call *c, const char *vpc_id, int asks)
{
	int active = 0, asked = 0;
	struct store_docs docs;

	if (record_list(c, &peering, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *doc = docs.doc[i];
		int is_asker =
		    strcmp(json_str_or(json_get(doc, "RequesterVpcInfo"), "VpcId", ""),
			vpc_id) == 0;
		int is_other =
		    strcmp(json_str_or(json_get(doc, "AccepterVpcInfo"), "VpcId", ""),
			vpc_id) == 0;

		active += (is_asker || is_other) && is_in(doc, "active");
		asked +=
		    is_asker && is_in(doc, "pending-acceptance") && !has_expired(c, doc);
	}
	if (active >= MAX_ACTIVE)
		return err_set(&c->err, &too_many,
		    "The maximum number of VPC peering connections (%d) of the VPC '%s' has been "
		    "reached.",
		    MAX_ACTIVE, vpc_id);
	if (asks && asked >= MAX_ASKED)
		return err_set(&c->err, &too_many_asked,
		    "The maximum number of outstanding VPC peering connection requests (%d) of "
		    "the VPC '%s' has been reached.",
		    MAX_ASKED, vpc_id);
	return 0;
}

/* The two are connected already, or asked to be, whoever asked. */
static int
check_new(struct call *c, const char *vpc_id, const char *peer_id)
{
	struct store_docs docs;

	if (record_list(c, &peering, &docs) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *doc = docs.doc[i];
		const char *a = json_str_or(json_get(doc, "RequesterVpcInfo"), "VpcId",
			       ""),
			   *b =
			       json_str_or(json_get(doc, "AccepterVpcInfo"), "VpcId", "");

		if (is_forgotten(c, doc))
			resource_delete_doc(c, &peering, resource_id(&peering, doc));
		else if (!has_expired(c, doc) &&
		    ((strcmp(a, vpc_id) == 0 && strcmp(b, peer_id) == 0) ||
			(strcmp(b, vpc_id) == 0 && strcmp(a, peer_id) == 0)))
			return err_set(&c->err, &exists,
			    "A VPC peering connection between the VPCs already exists: %s",
			    resource_id(&peering, doc));
	}
	return 0;
}

/* The answer shows the first state of all; the document the one that follows. */
static int
keep_new(struct call *c, json_t *doc, const json_t *vpc, const struct peer *p)
{
	json_t *answer;

	set_status(doc, "initiating-request",
	    arena_printf(c->arena, "Initiating Request to %s", p->account));
	answer = json_own(c->arena, json_copy_deep(doc));
	out_ref(c, "VpcPeeringConnection", answer);
	if (p->vpc == NULL || ranges_overlap(vpc, p->vpc)) {
		set_status(doc, "failed",
		    "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range");
		return record_retire(c, &peering, doc);
	}
	set_status(doc, "pending-acceptance",
	    arena_printf(c->arena, "Pending Acceptance by %s", p->account));
	if (strcmp(p->scope, c->scope) != 0)
		json_set(doc, "_scopes", json_make("[s, s]", c->scope, p->scope));
	return record_put_shared(c, &peering, doc);
}

static int
create(struct call *c)
{
	static const char *const refused[] = { "RequesterPeeringConnectionOptions",
		NULL };
	const char *vpc_id = in_str(c, "VpcId");
	struct peer p;
	json_t *vpc, *doc, *info;

	if (ec2_refuse(c, refused) < 0 || call_allow(c, &ec2_vpc, vpc_id) < 0 ||
	    resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0 || read_peer(c, &p) < 0 ||
	    check_new(c, vpc_id, p.vpc_id) < 0 || check_quota(c, vpc_id, 1) < 0)
		return -1;
	doc = resource_new(c, &peering, NULL);
	if (doc == NULL)
		return -1;
	info = new_info(c->account, c->region, vpc_id);
	json_set(doc, "RequesterVpcInfo", info);
	describe_vpc(info, vpc);
	json_set(doc, "AccepterVpcInfo", new_info(p.account, p.region, p.vpc_id));
	json_set(doc, "ExpirationTime", record_time(c->now_ms + EXPIRES_MS));
	json_set_int(doc, "_expires_ms", c->now_ms + EXPIRES_MS);
	return keep_new(c, doc, vpc, &p);
}

/* Accept, Reject, Delete */

/* The connection, in a state that has a way to `to`: a copy to write. */
static int
begin_change(struct call *c, const char *const *from, const char *to, json_t **ret)
{
	const char *id = in_str(c, "VpcPeeringConnectionId"), *now;

	if (resource_edit(c, &peering, id, ret) < 0)
		return -1;
	now = has_expired(c, *ret) ? "expired" : code_of(*ret);
	for (; *from != NULL; from++) {
		if (strcmp(*from, now) == 0)
			return 0;
	}
	return err_set(&c->err, &bad_state,
	    "Invalid state transition for %s, attempted to transition from %s to %s", id,
	    now, to);
}

/* Only who was asked answers, and where he was asked. */
static int
check_accepter(struct call *c, const json_t *doc, const char *verb)
{
	const char *id = resource_id(&peering, doc);

	if (!is_of_account(c, doc, "AccepterVpcInfo"))
		return err_set(&c->err, &not_permitted, "User %s cannot %s peering %s",
		    c->account, verb, id);
	if (!is_side(c, doc, "AccepterVpcInfo"))
		return err_set(&c->err, &not_permitted,
		    "Incorrect region (%s) specified for this request. VPC peering connection %s "
		    "must be %sed in region %s",
		    c->region, id, verb,
		    json_str_or(json_get(doc, "AccepterVpcInfo"), "Region", ""));
	return 0;
}

/* As it is now: the VPC that asked is gone, or has got ranges that the other one has.  1, 0, -1. */
static int
has_failed(struct call *c, const json_t *doc, const json_t *vpc)
{
	const json_t *info = json_get(doc, "RequesterVpcInfo");
	const char *scope = record_scope(c, json_str_or(info, "OwnerId", ""),
	    json_str_or(info, "Region", ""));
	json_t *asker;
	int rc = store_get(c->txn, scope, ec2_vpc.kind, json_str_or(info, "VpcId", ""),
	    &asker, &c->err);

	if (rc < 0)
		return -1;
	return rc == 0 || ranges_overlap(asker, vpc);
}

static int
accept(struct call *c)
{
	static const char *const from[] = { "pending-acceptance", NULL };
	json_t *doc, *vpc, *info;
	int failed;

	if (begin_change(c, from, "active", &doc) < 0 ||
	    check_accepter(c, doc, "accept") < 0)
		return -1;
	info = json_get(doc, "AccepterVpcInfo");
	if (resource_get(c, &ec2_vpc, json_str_or(info, "VpcId", ""), &vpc) < 0 ||
	    check_quota(c, json_str_or(info, "VpcId", ""), 0) < 0)
		return -1;
	failed = has_failed(c, doc, vpc);
	if (failed < 0)
		return -1;
	if (failed) {
		set_status(doc, "failed",
		    "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range");
		out_ref(c, "VpcPeeringConnection", doc);
		return record_retire(c, &peering, doc);
	}
	describe_vpc(info, vpc);
	json_del(doc, "ExpirationTime");
	set_status(doc, "active", "Active");
	json_set(doc, "_live",
	    json_make("[s, s]", json_str_or(info, "VpcId", ""),
		json_str_or(json_get(doc, "RequesterVpcInfo"), "VpcId", "")));
	if (record_put_shared(c, &peering, doc) < 0)
		return -1;
	info = json_own(c->arena, json_copy_shallow(doc));
	set_status(info, "provisioning", "Provisioning");
	out_ref(c, "VpcPeeringConnection", info);
	return 0;
}

static int
reject(struct call *c)
{
	static const char *const from[] = { "pending-acceptance", NULL };
	json_t *doc;

	if (begin_change(c, from, "rejected", &doc) < 0 ||
	    check_accepter(c, doc, "reject") < 0)
		return -1;
	set_status(doc, "rejected", arena_printf(c->arena, "Rejected by %s", c->account));
	out_bool(c, "Return", 1);
	return record_retire(c, &peering, doc);
}

/* Either side deletes what works; only who asked takes back what was asked. */
static int delete (struct call *c)
{
	static const char *const from[] = { "active", "pending-acceptance", NULL };
	json_t *doc;

	if (begin_change(c, from, "deleted", &doc) < 0)
		return -1;
	if (is_in(doc, "pending-acceptance") &&
	    !is_of_account(c, doc, "RequesterVpcInfo"))
		return err_set(&c->err, &not_permitted,
		    "User %s cannot delete peering %s", c->account,
		    resource_id(&peering, doc));
	set_status(doc, "deleted", arena_printf(c->arena, "Deleted by %s", c->account));
	out_bool(c, "Return", 1);
	return record_retire(c, &peering, doc);
}

/* ModifyVpcPeeringConnectionOptions */

/* One side's options: only its owner sets them, there. */
static int
set_options(struct call *c, json_t *doc, const char *parameter, const char *side)
{
	static const char *const known[] = { "AllowDnsResolutionFromRemoteVpc",
		"AllowEgressFromLocalClassicLinkToRemoteVpc",
		"AllowEgressFromLocalVpcToRemoteClassicLink", NULL };
	json_t *in = in_object(c, parameter), *options;

	if (in == NULL)
		return 0;
	if (!is_side(c, doc, side))
		return err_set(&c->err, &not_permitted,
		    "User %s cannot modify the %s of peering %s in region %s", c->account,
		    parameter, resource_id(&peering, doc), c->region);
	if (ec2_refuse_members(c, parameter, in, known) < 0)
		return -1;
	if (json_bool(in, known[1], 0) || json_bool(in, known[2], 0))
		return err_set(&c->err, &ec2_unsupported,
		    "ClassicLink is not available any more.");
	options = json_need_object(json_get(doc, side), "PeeringOptions");
	for (size_t i = 0; known[i] != NULL; i++) {
		if (json_get(in, known[i]) != NULL)
			json_set_bool(options, known[i], json_bool(in, known[i], 0));
	}
	out_ref(c, parameter, options);
	return 0;
}

static int
modify_options(struct call *c)
{
	const char *id = in_str(c, "VpcPeeringConnectionId");
	json_t *doc;

	if (!in_has(c, "AccepterPeeringConnectionOptions") &&
	    !in_has(c, "RequesterPeeringConnectionOptions"))
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter accepterPeeringConnectionOptions or "
		    "requesterPeeringConnectionOptions");
	if (resource_edit(c, &peering, id, &doc) < 0)
		return -1;
	if (!is_in(doc, "active"))
		return err_set(&c->err, &not_permitted,
		    "Peering %s is not active. Peering options can be added only to active "
		    "peerings.",
		    id);
	if (set_options(c, doc, "AccepterPeeringConnectionOptions", "AccepterVpcInfo") <
		0 ||
	    set_options(c, doc, "RequesterPeeringConnectionOptions", "RequesterVpcInfo") <
		0)
		return -1;
	return record_put_shared(c, &peering, doc);
}

/* DescribeVpcPeeringConnections */

static int
describe(struct call *c)
{
	return record_describe_as(c, shown);
}

static const struct op ops[] = {
	OP_RES("AcceptVpcPeeringConnection", accept, 0, &peering,
	    "VpcPeeringConnectionId", "Say yes to a peering connection."),
	OP_RES("CreateVpcPeeringConnection", create, 0, &peering, NULL,
	    "Ask for a connection with another VPC."),
	OP_RES("DeleteVpcPeeringConnection", delete, 0, &peering,
	    "VpcPeeringConnectionId", "Delete a peering connection, or take it back."),
	OP_RES("DescribeVpcPeeringConnections", describe, OP_READ, &peering, NULL,
	    "List peering connections, asked for and made."),
	OP_RES("ModifyVpcPeeringConnectionOptions", modify_options, 0, &peering,
	    "VpcPeeringConnectionId", "Set what one side's DNS tells the other."),
	OP_RES("RejectVpcPeeringConnection", reject, 0, &peering,
	    "VpcPeeringConnectionId", "Say no to a peering connection."),
};
static const struct resource *const resources[] = { &peering, NULL };
const struct family ec2_vpc_peerings = FAMILY(ops, resources);
