/*
 * Route 53: hosted zones.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/route53/name.h"
#include "control/services/route53/route53.h"

static const struct err_kind exists = { "HostedZoneAlreadyExists", 409 };
static const struct err_kind not_empty = { "HostedZoneNotEmpty", 400 };
static const struct err_kind too_many = { "TooManyHostedZones", 400 };
static const struct err_kind bad_vpc = { "InvalidVPCId", 400 };

enum { REQUIRED_SETS = 2 }; /* SOA and NS */

/* Create */

static int
check_new(struct call *c)
{
	struct store_docs docs;

	if (store_list(c->txn, c->scope, R53_ZONE, &docs, &c->err) < 0)
		return -1;
	if (docs.n >= R53_MAX_ZONES)
		return err_set(&c->err, &too_many,
		    "Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted zones.");
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "CallerReference", ""),
			in_str(c, "CallerReference")) == 0)
			return err_set(&c->err, &exists,
			    "A hosted zone has already been created with the specified caller reference.");
	}
	return 0;
}

/* The name servers of a public zone: the reusable delegation set's, or its own. */
static int
set_servers(struct call *c, json_t *zone)
{
	const char *id = in_str(c, "DelegationSetId");
	json_t *set;
	int rc;

	if (id == NULL) {
		json_set(zone, "_servers",
		    json_incref(r53_servers(c, r53_zone_is_private(zone))));
		return 0;
	}
	if (r53_zone_is_private(zone))
		return err_set(&c->err, &r53_bad_input,
		    "A private hosted zone cannot have a reusable delegation set.");
	id = r53_bare_id(id);
	rc = store_edit(c->txn, c->scope, R53_SET, id, &set, &c->err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &r53_no_set,
		    "No delegation set found with ID: %s", id);
	if (json_int(set, "_zones", 0) >= R53_MAX_ZONES_OF_SET)
		return err_set(&c->err, &too_many,
		    "Limits Exceeded: MAX_ZONES_BY_REUSABLE_DELEGATION_SET - Cannot create more hosted zones.");
	json_set_int(set, "_zones", json_int(set, "_zones", 0) + 1);
	store_put(c->txn, c->scope, R53_SET, id, set);
	json_set_str(zone, "_set", id);
	json_set(zone, "_servers", json_incref(json_get(set, "NameServers")));
	return 0;
}

static int
set_vpc(struct call *c, json_t *zone)
{
	const json_t *vpc = in_object(c, "VPC");
	const char *id = json_str(vpc, "VPCId"), *region = json_str(vpc, "VPCRegion");

	if (vpc == NULL)
		return 0;
	if (id == NULL || region == NULL || !r53_vpc_exists(c, c->account, region, id))
		return c->err.kind != NULL ?
		    -1 :
		    err_set(&c->err, &bad_vpc,
			"The VPC: %s in region %s does not exist or is not yours.",
			id != NULL ? id : "null", region != NULL ? region : "null");
	if (r53_vpc_check_free(c, zone, region, id) < 0)
		return -1;
	json_add(json_need_array(zone, "_vpcs"),
	    json_make("{s:s, s:s, s:s}", "VPCRegion", region, "VPCId", id, "_account",
		c->account));
	return 0;
}

static json_t *
zone_new(struct call *c, const char *name)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const json_t *config = in_object(c, "HostedZoneConfig");
	json_t *zone = json_own(c->arena, json_new_object()), *own;
	char id[21];

	random_text(id, sizeof(id) - 1, abc);
	json_set_fmt(zone, "Id", "/hostedzone/Z%s", id);
	json_set_str(zone, "Name", name);
	json_set_str(zone, "CallerReference", in_str(c, "CallerReference"));
	own = json_need_object(zone, "Config");
	json_set_str(own, "Comment", json_str(config, "Comment"));
	json_set_bool(own, "PrivateZone", in_has(c, "VPC"));
	json_set_int(zone, "ResourceRecordSetCount", REQUIRED_SETS);
	json_set(zone, "_made", call_now(c));
	return zone;
}

static void
show_servers(struct call *c, const json_t *zone)
{
	json_t *set;

	if (r53_zone_is_private(zone))
		return;
	set = json_new_object();
	if (json_str(zone, "_set") != NULL)
		json_set_fmt(set, "Id", "/delegationset/%s", json_str(zone, "_set"));
	json_set(set, "NameServers", json_incref(json_get(zone, "_servers")));
	out_set(c, "DelegationSet", set);
}

static int
create(struct call *c)
{
	enum r53_name_fault fault;
	const char *name;
	json_t *zone, *change;

	if (r53_ask(c, NULL) < 0)
		return -1;
	fault = r53_name_parse(c->arena, in_str(c, "Name"), &name);
	if (fault != R53_NAME_FINE)
		return err_set(&c->err, &r53_bad_name,
		    "FATAL problem: %s encountered with '%.300s'", r53_name_fault(fault),
		    in_str(c, "Name"));
	if (json_bool(in_object(c, "HostedZoneConfig"), "PrivateZone", 0) &&
	    !in_has(c, "VPC"))
		return err_set(&c->err, &r53_bad_input,
		    "When you're creating a private hosted zone, you must specify values for VPCRegion and VPCId.");
	if (check_new(c) < 0)
		return -1;
	zone = zone_new(c, name);
	if (set_vpc(c, zone) < 0 || set_servers(c, zone) < 0 ||
	    r53_records_begin(c, zone) < 0)
		return -1;
	change = r53_change(c, zone, NULL);
	if (change == NULL)
		return -1;
	r53_zone_put(c, zone);
	out_ref(c, "HostedZone", r53_zone_show(c, zone));
	out_ref(c, "ChangeInfo", change);
	show_servers(c, zone);
	if (in_has(c, "VPC"))
		out_ref(c, "VPC", in_object(c, "VPC"));
	out_str(c, "Location",
	    arena_printf(c->arena,
		"https://route53.amazonaws.com/2013-04-01/hostedzone/%s",
		r53_zone_id(zone)));
	return 0;
}

/* Show, change, delete */

static int
get(struct call *c)
{
	json_t *zone;

	if (r53_zone_get(c, "Id", &zone) < 0)
		return -1;
	out_ref(c, "HostedZone", r53_zone_show(c, zone));
	show_servers(c, zone);
	if (r53_zone_is_private(zone))
		out_ref(c, "VPCs", r53_vpcs_show(c, json_get(zone, "_vpcs")));
	return 0;
}

static int
update_comment(struct call *c)
{
	json_t *zone, *config;

	if (r53_zone_edit(c, "Id", &zone) < 0)
		return -1;
	config = json_need_object(zone, "Config");
	if (in_has(c, "Comment"))
		json_set_str(config, "Comment", in_str(c, "Comment"));
	else
		json_del(config, "Comment");
	r53_zone_put(c, zone);
	out_ref(c, "HostedZone", r53_zone_show(c, zone));
	return 0;
}

static int
leave_set(struct call *c, const json_t *zone)
{
	const char *id = json_str(zone, "_set");
	json_t *set;
	int rc;

	if (id == NULL)
		return 0;
	rc = store_edit(c->txn, c->scope, R53_SET, id, &set, &c->err);
	if (rc <= 0)
		return rc;
	json_set_int(set, "_zones", json_int(set, "_zones", 1) - 1);
	store_put(c->txn, c->scope, R53_SET, id, set);
	return 0;
}

static int delete (struct call *c)
{
	struct store_docs names;
	json_t *zone, *change;

	if (r53_zone_get(c, "Id", &zone) < 0)
		return -1;
	if (json_int(zone, "ResourceRecordSetCount", 0) > REQUIRED_SETS)
		return err_set(&c->err, &not_empty,
		    "The specified hosted zone contains non-required resource record sets and so cannot be deleted.");
	if (r53_names(c, zone, &names) < 0 || leave_set(c, zone) < 0)
		return -1;
	change = r53_change(c, NULL, NULL);
	if (change == NULL)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		store_delete(c->txn, c->scope, R53_NAME, json_str(names.doc[i], "_id"));
	store_delete(c->txn, c->scope, R53_ZONE, r53_zone_id(zone));
	out_ref(c, "ChangeInfo", change);
	return 0;
}

static const struct op ops[] = {
	R53("CreateHostedZone", create, 0, "Make a public or a private zone."),
	R53("DeleteHostedZone", delete, 0, "Delete a zone without records."),
	R53("GetHostedZone", get, OP_READ, "Show a zone."),
	R53("UpdateHostedZoneComment", update_comment, 0, "Change a zone's comment."),
};
const struct family route53_zones = FAMILY(ops, NULL);
