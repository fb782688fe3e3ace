/*
 * Route 53: reusable delegation sets: the same name servers for many zones.
 */
#include <string.h>

#include "base/clock.h"
#include "control/services/route53/route53.h"

static const struct err_kind made = { "DelegationSetAlreadyCreated", 400 };
static const struct err_kind reusable = { "DelegationSetAlreadyReusable", 400 };
static const struct err_kind in_use = { "DelegationSetInUse", 400 };
static const struct err_kind no_zone = { "HostedZoneNotFound", 400 };

static json_t *
show(struct call *c, const json_t *doc)
{
	json_t *row = json_own(c->arena, json_copy_deep(doc));

	json_del(row, "_zones");
	return row;
}

static const char *
id_of(const json_t *doc)
{
	return r53_bare_id(json_str_or(doc, "Id", ""));
}

static int
get_set(struct call *c, const char *member, json_t **ret)
{
	const char *id = r53_bare_id(in_str(c, member));
	int rc;

	if (r53_ask(c, arena_printf(c->arena, "delegationset/%s", id)) < 0)
		return -1;
	rc = store_get(c->txn, c->scope, R53_SET, id, ret, &c->err);
	if (rc < 0)
		return -1;
	return rc > 0 ?
	    0 :
	    err_set(&c->err, &r53_no_set, "No delegation set found with ID: %s", id);
}

static int
check_new(struct call *c)
{
	struct store_docs docs;

	if (store_list(c->txn, c->scope, R53_SET, &docs, &c->err) < 0)
		return -1;
	if (docs.n >= R53_MAX_SETS)
		return err_set(&c->err, &r53_limits,
		    "Limits Exceeded: MAX_REUSABLE_DELEGATION_SETS_BY_OWNER - Cannot create more reusable delegation sets.");
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "CallerReference", ""),
			in_str(c, "CallerReference")) == 0)
			return err_set(&c->err, &made,
			    "A delegation set has already been created with the specified caller reference.");
	}
	return 0;
}

/* The servers of a zone become reusable. */
static int
take_zone(struct call *c, json_t *doc)
{
	const char *id = r53_bare_id(in_str(c, "HostedZoneId"));
	json_t *zone;
	int rc = store_edit(c->txn, c->scope, R53_ZONE, id, &zone, &c->err);

	if (rc < 0)
		return -1;
	if (rc == 0 || r53_zone_is_private(zone))
		return err_set(&c->err, &no_zone,
		    "The specified HostedZone can't be found: %s", id);
	if (json_str(zone, "_set") != NULL)
		return err_set(&c->err, &reusable,
		    "The specified delegation set has already been marked as reusable.");
	json_set_str(zone, "_set", id_of(doc));
	json_set(doc, "NameServers", json_incref(json_get(zone, "_servers")));
	json_set_int(doc, "_zones", 1);
	r53_zone_put(c, zone);
	return 0;
}

static int
create(struct call *c)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	json_t *doc = json_own(c->arena, json_new_object());
	char id[21];

	if (r53_ask(c, NULL) < 0 || check_new(c) < 0)
		return -1;
	random_text(id, sizeof(id) - 1, abc);
	json_set_fmt(doc, "Id", "/delegationset/N%s", id);
	json_set_str(doc, "CallerReference", in_str(c, "CallerReference"));
	json_set_int(doc, "_zones", 0);
	if (!in_has(c, "HostedZoneId"))
		json_set(doc, "NameServers", json_incref(r53_servers(c, 0)));
	else if (take_zone(c, doc) < 0)
		return -1;
	store_put(c->txn, c->scope, R53_SET, id_of(doc), doc);
	out_ref(c, "DelegationSet", show(c, doc));
	out_str(c, "Location",
	    arena_printf(c->arena,
		"https://route53.amazonaws.com/2013-04-01/delegationset/%s", id_of(doc)));
	return 0;
}

static int
get(struct call *c)
{
	json_t *doc;

	if (get_set(c, "Id", &doc) < 0)
		return -1;
	out_ref(c, "DelegationSet", show(c, doc));
	return 0;
}

static int delete (struct call *c)
{
	json_t *doc;

	if (get_set(c, "Id", &doc) < 0)
		return -1;
	if (json_int(doc, "_zones", 0) > 0)
		return err_set(&c->err, &in_use,
		    "The specified delegation contains associated hosted zones which must be deleted before the reusable delegation set can be deleted.");
	store_delete(c->txn, c->scope, R53_SET, id_of(doc));
	return 0;
}

static int
list(struct call *c)
{
	json_t *page = json_own(c->arena, json_new_array());
	const char *marker = in_str(c, "Marker");
	struct store_docs docs;
	size_t size, i;

	if (r53_ask(c, NULL) < 0 || r53_page_size(c, 100, &size) < 0 ||
	    store_list(c->txn, c->scope, R53_SET, &docs, &c->err) < 0)
		return -1;
	for (i = 0; i < docs.n && json_array_size(page) < size; i++) {
		if (marker == NULL || strcmp(id_of(docs.doc[i]), marker) >= 0)
			json_add(page, json_incref(show(c, docs.doc[i])));
	}
	out_ref(c, "DelegationSets", page);
	out_str(c, "Marker", marker != NULL ? marker : "");
	out_bool(c, "IsTruncated", i < docs.n);
	out_str(c, "MaxItems", arena_printf(c->arena, "%zu", size));
	if (i < docs.n)
		out_str(c, "NextMarker", id_of(docs.doc[i]));
	return 0;
}

static int
limit(struct call *c)
{
	json_t *doc;

	if (get_set(c, "DelegationSetId", &doc) < 0)
		return -1;
	out_set(c, "Limit",
	    json_make("{s:s, s:i}", "Type", in_str(c, "Type"), "Value",
		R53_MAX_ZONES_OF_SET));
	out_int(c, "Count", json_int(doc, "_zones", 0));
	return 0;
}

static const struct op ops[] = {
	R53("CreateReusableDelegationSet", create, 0,
	    "Make a delegation set for many zones."),
	R53("DeleteReusableDelegationSet", delete, 0,
	    "Delete a delegation set that no zone has."),
	R53("GetReusableDelegationSet", get, OP_READ, "Show a delegation set."),
	R53("GetReusableDelegationSetLimit", limit, OP_READ,
	    "How many zones a delegation set may have."),
	R53("ListReusableDelegationSets", list, OP_READ, "List delegation sets."),
};
const struct family route53_delegation_sets = FAMILY(ops, NULL);
