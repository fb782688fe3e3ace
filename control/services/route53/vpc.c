/*
 * Route 53: which VPCs see a private zone.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/route53/name.h"
#include "control/services/route53/route53.h"

#define VPC_KIND "ec2:vpc"

static const struct err_kind bad_vpc = { "InvalidVPCId", 400 };
static const struct err_kind conflict = { "ConflictingDomainExists", 400 };
static const struct err_kind is_public = { "PublicZoneVPCAssociation", 400 };
static const struct err_kind not_authorized = { "NotAuthorizedException", 401 };
static const struct err_kind no_association = { "VPCAssociationNotFound", 404 };
static const struct err_kind last = { "LastVPCAssociation", 400 };
static const struct err_kind no_permit = { "VPCAssociationAuthorizationNotFound", 404 };
static const struct err_kind too_many = { "TooManyVPCAssociationAuthorizations", 400 };
static const struct err_kind bad_token = { "InvalidPaginationToken", 400 };

enum { AUTHORIZATIONS_MAX = 1000, PAGE = 50 };

int
r53_vpc_exists(struct call *c, const char *account, const char *region, const char *id)
{
	json_t *doc;

	return store_get(c->txn, arena_printf(c->arena, "%s:%s", account, region),
		   VPC_KIND, id, &doc, &c->err) > 0;
}

static size_t
find(const json_t *rows, const char *region, const char *id)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (strcmp(json_str_or(row, "VPCId", ""), id) == 0 &&
		    strcmp(json_str_or(row, "VPCRegion", ""), region) == 0)
			break;
	}
	return i;
}

static int
has(const json_t *rows, const char *region, const char *id)
{
	return find(rows, region, id) < json_array_size(rows);
}

static int
check_scope(struct call *c, const json_t *zone, const char *scope, const char *region,
    const char *vpc)
{
	struct store_docs docs;

	if (store_list(c->txn, scope, R53_ZONE, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *other = docs.doc[i];

		if (strcmp(json_str_or(other, "Name", ""),
			json_str_or(zone, "Name", "")) == 0 &&
		    has(json_get(other, "_vpcs"), region, vpc))
			return err_set(&c->err, &conflict,
			    "The VPC %s in region %s has already been associated with the hosted zone %s with the same domain name.",
			    vpc, region, r53_zone_id(other));
	}
	return 0;
}

int
r53_vpc_check_free(struct call *c, const json_t *zone, const char *region,
    const char *vpc)
{
	json_t *scopes, *scope;
	size_t i;

	if (store_scopes(c->txn, R53_ZONE, &scopes, &c->err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		if (check_scope(c, zone, json_string_value(scope), region, vpc) < 0)
			return -1;
	}
	return 0;
}

json_t *
r53_vpcs_show(struct call *c, const json_t *vpcs)
{
	json_t *rows = json_own(c->arena, json_new_array()), *row;
	size_t i;

	json_array_foreach(vpcs, i, row)
		json_add(rows,
		    json_make("{s:s, s:s}", "VPCRegion",
			json_str_or(row, "VPCRegion", ""), "VPCId",
			json_str_or(row, "VPCId", "")));
	return rows;
}

/* The input's VPC, both parts said: 0 or -1. */
static int
vpc_of(struct call *c, const char **ret_region, const char **ret_id)
{
	const json_t *vpc = in_object(c, "VPC");

	*ret_region = json_str(vpc, "VPCRegion");
	*ret_id = json_str(vpc, "VPCId");
	if (*ret_region == NULL || *ret_id == NULL)
		return err_set(&c->err, &bad_vpc,
		    "VPCId and VPCRegion of the VPC must be specified.");
	return 0;
}

static int
private_zone(struct call *c, json_t **ret)
{
	if (r53_zone_edit(c, "HostedZoneId", ret) < 0)
		return -1;
	if (!r53_zone_is_private(*ret))
		return err_set(&c->err, &is_public,
		    "The hosted zone %s is public: VPCs are associated with private hosted zones.",
		    r53_zone_id(*ret));
	return 0;
}

/* Of an account that has not the zone, but the VPC: the zone, where it is. */
static int
foreign_zone(struct call *c, const char *region, const char *vpc, json_t **ret,
    const char **ret_scope)
{
	const char *id = r53_bare_id(in_str(c, "HostedZoneId"));
	json_t *scopes, *scope;
	size_t i;

	if (r53_ask(c, arena_printf(c->arena, "hostedzone/%s", id)) < 0 ||
	    store_scopes(c->txn, R53_ZONE, &scopes, &c->err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		int rc = store_edit(c->txn, json_string_value(scope), R53_ZONE, id, ret,
		    &c->err);

		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		*ret_scope = json_string_value(scope);
		if (has(json_get(*ret, "_allowed"), region, vpc))
			return 0;
		return err_set(&c->err, &not_authorized,
		    "The VPC: %s has not authorized to associate with your hosted zone.",
		    vpc);
	}
	return err_set(&c->err, &r53_no_zone, "No hosted zone found with ID: %s", id);
}

static int
associate(struct call *c)
{
	const char *region, *id, *scope = c->scope;
	json_t *zone, *change, *vpcs;
	int rc;

	if (vpc_of(c, &region, &id) < 0)
		return -1;
	rc = store_get(c->txn, c->scope, R53_ZONE, r53_bare_id(in_str(c, "HostedZoneId")),
	    &zone, &c->err);
	if (rc < 0 ||
	    (rc > 0 ? private_zone(c, &zone) :
		      foreign_zone(c, region, id, &zone, &scope)) < 0)
		return -1;
	vpcs = json_need_array(zone, "_vpcs");
	if (!r53_vpc_exists(c, c->account, region, id))
		return c->err.kind != NULL ?
		    -1 :
		    rc > 0 ?
		    err_set(&c->err, &not_authorized,
			"The VPC: %s has not authorized to associate with your hosted zone.",
			id) :
		    err_set(&c->err, &bad_vpc, "The VPC: %s does not exist.", id);
	if (r53_vpc_check_free(c, zone, region, id) < 0)
		return -1;
	if (json_array_size(vpcs) >= R53_MAX_VPCS)
		return err_set(&c->err, &r53_limits,
		    "Limits Exceeded: MAX_VPCS_ASSOCIATED_BY_ZONE - Cannot associate more VPCs.");
	json_add(vpcs,
	    json_make("{s:s, s:s, s:s}", "VPCRegion", region, "VPCId", id, "_account",
		c->account));
	change = r53_change(c, zone, in_str(c, "Comment"));
	if (change == NULL)
		return -1;
	store_put(c->txn, scope, R53_ZONE, r53_zone_id(zone), zone);
	out_ref(c, "ChangeInfo", change);
	return 0;
}

static int
disassociate(struct call *c)
{
	const char *region, *id;
	json_t *zone, *change, *vpcs;
	size_t i;

	if (vpc_of(c, &region, &id) < 0 || private_zone(c, &zone) < 0)
		return -1;
	vpcs = json_need_array(zone, "_vpcs");
	i = find(vpcs, region, id);
	if (i == json_array_size(vpcs))
		return err_set(&c->err, &no_association,
		    "The VPC: %s is not currently associated with the hosted zone: %s.",
		    id, r53_zone_id(zone));
	if (i == 0 && json_array_size(vpcs) == 1)
		return err_set(&c->err, &last,
		    "The VPC: %s is the last one of the hosted zone: %s, and cannot be disassociated from it.",
		    id, r53_zone_id(zone));
	json_array_remove(vpcs, i);
	change = r53_change(c, zone, in_str(c, "Comment"));
	if (change == NULL)
		return -1;
	r53_zone_put(c, zone);
	out_ref(c, "ChangeInfo", change);
	return 0;
}

/* Authorizations of other accounts */

static int
authorize(struct call *c)
{
	const char *region, *id;
	json_t *zone, *rows;

	if (vpc_of(c, &region, &id) < 0 || private_zone(c, &zone) < 0)
		return -1;
	rows = json_need_array(zone, "_allowed");
	if (!has(rows, region, id)) {
		if (json_array_size(rows) >= AUTHORIZATIONS_MAX)
			return err_set(&c->err, &too_many,
			    "You have created the maximum number of authorizations for the hosted zone %s.",
			    r53_zone_id(zone));
		json_add(rows, json_make("{s:s, s:s}", "VPCRegion", region, "VPCId", id));
		r53_zone_put(c, zone);
	}
	out_str(c, "HostedZoneId", r53_zone_id(zone));
	out_ref(c, "VPC", in_object(c, "VPC"));
	return 0;
}

static int
deauthorize(struct call *c)
{
	const char *region, *id;
	json_t *zone, *rows;
	size_t i;

	if (vpc_of(c, &region, &id) < 0 || private_zone(c, &zone) < 0)
		return -1;
	rows = json_need_array(zone, "_allowed");
	i = find(rows, region, id);
	if (i == json_array_size(rows))
		return err_set(&c->err, &no_permit,
		    "The VPC: %s is not authorized to be associated with the hosted zone: %s.",
		    id, r53_zone_id(zone));
	json_array_remove(rows, i);
	r53_zone_put(c, zone);
	return 0;
}

static int
list_authorizations(struct call *c)
{
	const char *token = in_str(c, "NextToken");
	json_t *zone, *rows, *page = json_own(c->arena, json_new_array());
	size_t from = 0, end;
	char *rest;
	const char *said;
	long n = PAGE;

	if (r53_zone_get(c, "HostedZoneId", &zone) < 0)
		return -1;
	said = in_str(c, "MaxResults");
	if (said != NULL) {
		n = strtol(said, &rest, 10);
		if (*rest != '\0' || n < 1 || n > PAGE)
			return err_set(&c->err, &r53_bad_input,
			    "MaxResults must be between 1 and %d.", PAGE);
	}
	rows = r53_vpcs_show(c, json_get(zone, "_allowed"));
	if (token != NULL) {
		from = strtoul(token, &rest, 10);
		if (*rest != '\0' || from == 0 || from > json_array_size(rows))
			return err_set(&c->err, &bad_token,
			    "The pagination token is not valid.");
	}
	end = from + (size_t)n < json_array_size(rows) ? from + (size_t)n :
							 json_array_size(rows);
	for (size_t i = from; i < end; i++)
		json_add(page, json_incref(json_array_get(rows, i)));
	out_str(c, "HostedZoneId", r53_zone_id(zone));
	out_ref(c, "VPCs", page);
	if (end < json_array_size(rows))
		out_str(c, "NextToken", arena_printf(c->arena, "%zu", end));
	return 0;
}

static const struct op ops[] = {
	R53("AssociateVPCWithHostedZone", associate, 0, "Let a VPC see a private zone."),
	R53("CreateVPCAssociationAuthorization", authorize, 0,
	    "Let another account associate its VPC."),
	R53("DeleteVPCAssociationAuthorization", deauthorize, 0,
	    "Take such a permission back."),
	R53("DisassociateVPCFromHostedZone", disassociate, 0,
	    "Let a VPC not see a private zone any more."),
	R53("ListVPCAssociationAuthorizations", list_authorizations, OP_READ,
	    "List the VPCs of others that may be associated."),
};
const struct family route53_vpcs = FAMILY(ops, NULL);
