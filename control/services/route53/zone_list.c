/*
 * Route 53: lists of zones, and how many there are.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/route53/name.h"
#include "control/services/route53/route53.h"

static const struct err_kind bad_token = { "InvalidPaginationToken", 400 };

/* By name as records are, then by id. */
static int
by_name(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	struct arena *arena = arena_new();
	int d = strcmp(r53_name_key(arena, json_str_or(x, "Name", "")),
	    r53_name_key(arena, json_str_or(y, "Name", "")));

	arena_free(arena);
	return d != 0 ? d : strcmp(r53_zone_id(x), r53_zone_id(y));
}

/* A page from row `from` on: *ret_next is the row after it, n when there is none. */
static int
answer(struct call *c, json_t *const *rows, size_t n, size_t from, size_t *ret_next)
{
	json_t *zones = json_own(c->arena, json_new_array());
	size_t size, end;

	if (r53_page_size(c, 100, &size) < 0)
		return -1;
	end = n - from > size ? from + size : n;
	for (size_t i = from; i < end; i++)
		json_add(zones, json_incref(r53_zone_show(c, rows[i])));
	out_ref(c, "HostedZones", zones);
	out_bool(c, "IsTruncated", end < n);
	out_str(c, "MaxItems", arena_printf(c->arena, "%zu", size));
	*ret_next = end;
	return 0;
}

static int
list(struct call *c)
{
	const char *marker = in_str(c, "Marker"), *set = in_str(c, "DelegationSetId");
	int only_private = in_has(c, "HostedZoneType");
	struct store_docs docs;
	json_t **rows, *doc;
	size_t n = 0, from = 0, next;
	int rc;

	if (r53_ask(c, NULL) < 0 ||
	    store_list(c->txn, c->scope, R53_ZONE, &docs, &c->err) < 0)
		return -1;
	if (set != NULL) {
		rc =
		    store_get(c->txn, c->scope, R53_SET, r53_bare_id(set), &doc, &c->err);
		if (rc <= 0)
			return rc < 0 ? -1 :
					err_set(&c->err, &r53_no_set,
					    "No delegation set found with ID: %s", set);
	}
	rows = arena_calloc(c->arena, docs.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *zone = docs.doc[i];

		if ((set != NULL &&
			strcmp(json_str_or(zone, "_set", ""), r53_bare_id(set)) != 0) ||
		    (only_private && !r53_zone_is_private(zone)))
			continue;
		if (marker != NULL && strcmp(r53_zone_id(zone), marker) < 0)
			from = n + 1;
		rows[n++] = docs.doc[i];
	}
	if (answer(c, rows, n, from, &next) < 0)
		return -1;
	out_str(c, "Marker", marker != NULL ? marker : "");
	if (next < n)
		out_str(c, "NextMarker", r53_zone_id(rows[next]));
	return 0;
}

/* The first row that is not before the name and the id. */
static size_t
seek(struct call *c, json_t *const *rows, size_t n, const char *name, const char *id)
{
	const char *key = r53_name_key(c->arena, name);
	size_t i;

	for (i = 0; i < n; i++) {
		int d =
		    strcmp(r53_name_key(c->arena, json_str_or(rows[i], "Name", "")), key);

		if (d > 0 ||
		    (d == 0 && (id == NULL || strcmp(r53_zone_id(rows[i]), id) >= 0)))
			break;
	}
	return i;
}

static int
list_by_name(struct call *c)
{
	const char *said = in_str(c, "DNSName"), *id = in_str(c, "HostedZoneId"), *name;
	struct store_docs docs;
	json_t **rows;
	size_t from = 0, next;

	if (r53_ask(c, NULL) < 0 ||
	    store_list(c->txn, c->scope, R53_ZONE, &docs, &c->err) < 0)
		return -1;
	if (id != NULL && said == NULL)
		return err_set(&c->err, &r53_bad_input,
		    "A hosted zone ID cannot be specified without a DNS name.");
	rows = arena_calloc(c->arena, docs.n + 1, sizeof(json_t *));
	for (size_t i = 0; i < docs.n; i++)
		rows[i] = docs.doc[i];
	qsort(rows, docs.n, sizeof(rows[0]), by_name);
	if (said != NULL) {
		enum r53_name_fault fault = r53_name_parse(c->arena, said, &name);

		if (fault != R53_NAME_FINE)
			return err_set(&c->err, &r53_bad_name,
			    "FATAL problem: %s encountered with '%.300s'",
			    r53_name_fault(fault), said);
		from = seek(c, rows, docs.n, name, id != NULL ? r53_bare_id(id) : NULL);
		out_str(c, "DNSName", name);
	}
	if (id != NULL)
		out_str(c, "HostedZoneId", id);
	if (answer(c, rows, docs.n, from, &next) < 0)
		return -1;
	if (next < docs.n) {
		out_str(c, "NextDNSName", json_str(rows[next], "Name"));
		out_str(c, "NextHostedZoneId", r53_zone_id(rows[next]));
	}
	return 0;
}

/* Zones of a VPC, whoever owns them */

static int
has_vpc(const json_t *zone, const char *region, const char *vpc)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(zone, "_vpcs"), i, row) {
		if (strcmp(json_str_or(row, "VPCId", ""), vpc) == 0 &&
		    strcmp(json_str_or(row, "VPCRegion", ""), region) == 0)
			return 1;
	}
	return 0;
}

static int
add_scope(struct call *c, json_t *rows, const char *scope)
{
	struct store_docs docs;

	if (store_list(c->txn, scope, R53_ZONE, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *zone = docs.doc[i];

		if (has_vpc(zone, in_str(c, "VPCRegion"), in_str(c, "VPCId")))
			json_add(rows,
			    json_make("{s:s, s:s, s:{s:o}}", "HostedZoneId",
				r53_zone_id(zone), "Name", json_str(zone, "Name"),
				"Owner", "OwningAccount",
				json_new_strn(scope, strcspn(scope, ":"))));
	}
	return 0;
}

static int
list_by_vpc(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array()), *scopes, *scope;
	json_t *page = json_own(c->arena, json_new_array());
	const char *token = in_str(c, "NextToken");
	size_t size, i, from = 0;
	char *end;

	if (r53_ask(c, NULL) < 0 || r53_page_size(c, 100, &size) < 0 ||
	    store_scopes(c->txn, R53_ZONE, &scopes, &c->err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		if (add_scope(c, rows, json_string_value(scope)) < 0)
			return -1;
	}
	if (token != NULL) {
		from = strtoul(token, &end, 10);
		if (*end != '\0' || from == 0 || from > json_array_size(rows))
			return err_set(&c->err, &bad_token,
			    "The pagination token is not valid.");
	}
	for (i = from; i < json_array_size(rows) && i < from + size; i++)
		json_add(page, json_incref(json_array_get(rows, i)));
	out_ref(c, "HostedZoneSummaries", page);
	out_str(c, "MaxItems", arena_printf(c->arena, "%zu", size));
	if (i < json_array_size(rows))
		out_str(c, "NextToken", arena_printf(c->arena, "%zu", i));
	return 0;
}

static int
count(struct call *c)
{
	struct store_docs docs;

	if (r53_ask(c, NULL) < 0 ||
	    store_list(c->txn, c->scope, R53_ZONE, &docs, &c->err) < 0)
		return -1;
	out_int(c, "HostedZoneCount", (int64_t)docs.n);
	return 0;
}

static const struct op ops[] = {
	R53("GetHostedZoneCount", count, OP_READ, "How many zones the account has."),
	R53("ListHostedZones", list, OP_READ, "List zones."),
	R53("ListHostedZonesByName", list_by_name, OP_READ,
	    "List zones in order of their names."),
	R53("ListHostedZonesByVPC", list_by_vpc, OP_READ,
	    "List the private zones that a VPC sees."),
};
const struct family route53_zone_lists = FAMILY(ops, NULL);
