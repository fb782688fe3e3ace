#include "control/services/route53/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "control/api/aws_names.h"
#include "control/services/route53/choose.h"
#include "control/services/route53/name.h"
#include "control/services/route53/route53.h"
#include "control/services/route53/value.h"

enum { DEPTH_MAX = 8, TTL_ALIAS = 60, TTL_DEFAULT = 300, SCALE = 1000 };

/* A zone with its names, in order of their ids. */
struct zone {
	const json_t *doc;
	const char *name, *id;
	struct store_docs names;
};

struct look {
	struct arena *arena;
	const struct zone *zone;
	const char *region;
	const json_t *records; /* of others: aliases' targets; or NULL */
	const char *control;
};

static const json_t *
find_name(struct arena *a, const struct zone *z, const char *name)
{
	const char *id = arena_printf(a, "%s/%s", z->id, r53_name_key(a, name));
	size_t low = 0, high = z->names.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = strcmp(json_str_or(z->names.doc[mid], "_id", ""), id);

		if (d == 0)
			return z->names.doc[mid];
		if (d < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Alternatives: [{"ttl", "values", "weight"}] */

static void
add_alternative(json_t *rows, int64_t ttl, json_t *values, int64_t weight)
{
	json_add(rows,
	    json_make("{s:I, s:o, s:I}", "ttl", (json_int_t)ttl, "values", values,
		"weight", (json_int_t)weight));
}

/* An alias to a name of AWS's: what the VPC knows of it already, else control. */
static void
add_aws(const struct look *l, json_t *rows, const char *name, const char *type,
    int64_t weight)
{
	const char *plain = r53_name_plain(l->arena, name);
	json_t *values = json_new_array(), *v;
	const json_t *record;
	size_t i, k;

	json_array_foreach(l->records, i, record) {
		if (strcasecmp(json_str_or(record, "name", ""), plain) != 0 ||
		    strcmp(json_str_or(record, "type", ""), type) != 0)
			continue;
		json_array_foreach(json_get(record, "values"), k, v)
			json_add(values, json_incref(v));
	}
	if (json_array_size(values) == 0 && l->control != NULL &&
	    strcmp(type, "A") == 0 && aws_name_is(plain))
		json_add_str(values, l->control);
	if (json_array_size(values) > 0)
		add_alternative(rows, TTL_ALIAS, values, weight);
	else
		json_decref(values);
}

static json_t *alternatives(const struct look *l, const json_t *doc, const char *type,
    int depth);

static int64_t
sum_of(const json_t *rows)
{
	const json_t *row;
	int64_t sum = 0;
	size_t i;

	json_array_foreach(rows, i, row)
		sum += json_int(row, "weight", 0);
	return sum;
}

static void
add_alias(const struct look *l, json_t *rows, const json_t *target, const char *type,
    int64_t weight, int depth)
{
	const char *name = json_str_or(target, "DNSName", "");
	json_t *inner, *row;
	int64_t sum;
	size_t i;

	if (strcmp(json_str_or(target, "HostedZoneId", ""), l->zone->id) != 0) {
		add_aws(l, rows, name, type, weight);
		return;
	}
	inner = alternatives(l, find_name(l->arena, l->zone, name), type, depth + 1);
	sum = sum_of(inner);
	json_array_foreach(inner, i, row)
		add_alternative(rows, json_int(row, "ttl", 0),
		    json_incref(json_get(row, "values")),
		    weight * json_int(row, "weight", 0) / sum);
}

/* What the name's sets of the type say to the region. */
static json_t *
alternatives(const struct look *l, const json_t *doc, const char *type, int depth)
{
	json_t *rows = json_own(l->arena, json_new_array()), *chosen, *row, *v;
	size_t i, k;

	if (doc == NULL || depth > DEPTH_MAX)
		return rows;
	chosen = r53_choose(l->arena, json_get(doc, "Sets"), type, l->region);
	json_array_foreach(chosen, i, row) {
		const json_t *set = json_get(row, "set");
		int64_t weight = json_int(row, "weight", 1) * SCALE;
		json_t *values;

		if (json_get(set, "AliasTarget") != NULL) {
			add_alias(l, rows, json_get(set, "AliasTarget"), type, weight,
			    depth);
			continue;
		}
		values = json_new_array();
		json_array_foreach(json_get(set, "ResourceRecords"), k, v)
			json_add_str(values, json_str_or(v, "Value", ""));
		add_alternative(rows, json_int(set, "TTL", TTL_DEFAULT), values, weight);
	}
	return rows;
}

/* The types of the name's sets, each once; sets are ordered by type. */
static json_t *
types_of(struct arena *a, const json_t *doc)
{
	json_t *types = json_own(a, json_new_array());
	const json_t *set;
	size_t i;

	json_array_foreach(json_get(doc, "Sets"), i, set) {
		const char *type = json_str_or(set, "Type", "");

		if (!json_has_str(types, type))
			json_add_str(types, type);
	}
	return types;
}

/* Records of a configuration */

/* "\# 4 0a000001" (RFC 3597 5), but addresses as they are. */
static json_t *
encode(struct arena *a, const json_t *values, const char *type)
{
	json_t *out = json_new_array();
	const json_t *v;
	size_t i;

	json_array_foreach(values, i, v) {
		struct buf *data = buf_new(a, 0);
		char *hex;

		if (strcmp(type, "A") == 0 || strcmp(type, "AAAA") == 0) {
			json_add_str(out, json_string_value(v));
			continue;
		}
		if (r53_value_parse(a, type, json_string_value(v), data) != NULL)
			continue;
		hex = arena_alloc(a, 2 * data->len + 1);
		hex_encode(data->data, data->len, hex);
		json_add_str(out, arena_printf(a, "\\# %zu %s", data->len, hex));
	}
	return out;
}

static void
add_records(const struct look *l, json_t *records, const json_t *doc)
{
	const char *name = r53_name_plain(l->arena, json_str_or(doc, "Name", ""));
	json_t *types = types_of(l->arena, doc), *type, *rows, *row;
	size_t i, k;

	json_array_foreach(types, i, type) {
		const char *word = json_string_value(type);
		int is_word = strcmp(word, "A") == 0 || strcmp(word, "AAAA") == 0;

		rows = alternatives(l, doc, word, 0);
		json_array_foreach(rows, k, row) {
			json_t *out = json_make("{s:s, s:o, s:I, s:o}", "name", name,
			    "type",
			    is_word ?
				json_new_str(word) :
				json_new_fmt("TYPE%u", (unsigned)r53_type_number(word)),
			    "ttl", (json_int_t)json_int(row, "ttl", TTL_DEFAULT),
			    "values", encode(l->arena, json_get(row, "values"), word));

			if (json_array_size(rows) > 1)
				json_set_int(out, "weight", json_int(row, "weight", 1));
			json_add(records, out);
		}
	}
}

/* Which zones there are */

struct zones {
	size_t n;
	struct zone *zone;
};

static int
sees(const struct r53_view *v, const json_t *zone)
{
	const json_t *row;
	size_t i;

	if (!r53_zone_is_private(zone))
		return 1;
	json_array_foreach(json_get(zone, "_vpcs"), i, row) {
		if (strcmp(json_str_or(row, "VPCId", ""), v->vpc) == 0 &&
		    strcmp(json_str_or(row, "VPCRegion", ""), v->region) == 0)
			return 1;
	}
	return 0;
}

static int
is_hidden_by(const json_t *zone, const json_t *other)
{
	const char *name = json_str_or(zone, "Name", ""),
		   *others = json_str_or(other, "Name", "");

	if (zone == other || r53_zone_is_private(zone))
		return 0;
	if (r53_zone_is_private(other))
		return r53_name_is_in(name, others);
	return strcmp(name, others) == 0 &&
	    (json_num(other, "_made", 0) < json_num(zone, "_made", 0) ||
		(json_num(other, "_made", 0) <= json_num(zone, "_made", 0) &&
		    strcmp(r53_zone_id(other), r53_zone_id(zone)) < 0));
}

/* The names of each zone of a scope; a zone's are together, since their ids begin with its own. */
static int
add_names(const struct r53_view *v, const char *scope, struct zones *zones, size_t from,
    struct err *err)
{
	struct store_docs names;

	if (store_list(v->txn, scope, R53_NAME, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		const char *id = json_str_or(names.doc[i], "Zone", "");

		for (size_t k = from; k < zones->n; k++) {
			struct zone *z = &zones->zone[k];

			if (strcmp(z->id, id) != 0)
				continue;
			if (z->names.n == 0)
				z->names.doc = names.doc + i;
			z->names.n++;
			break;
		}
	}
	return 0;
}

static int
add_scope(const struct r53_view *v, const char *scope, struct zones *zones,
    struct err *err)
{
	size_t from = zones->n;
	struct store_docs docs;
	struct zone *all;

	if (store_list(v->txn, scope, R53_ZONE, &docs, err) < 0)
		return -1;
	all = arena_calloc(v->arena, zones->n + docs.n + 1, sizeof(*all));
	if (zones->n > 0)
		memcpy(all, zones->zone, zones->n * sizeof(*all));
	zones->zone = all;
	for (size_t i = 0; i < docs.n; i++) {
		if (sees(v, docs.doc[i]))
			zones->zone[zones->n++] = (struct zone){ .doc = docs.doc[i],
				.name = json_str_or(docs.doc[i], "Name", ""),
				.id = r53_zone_id(docs.doc[i]) };
	}
	return zones->n > from ? add_names(v, scope, zones, from, err) : 0;
}

static int
collect(const struct r53_view *v, struct zones *zones, struct err *err)
{
	json_t *scopes, *scope;
	size_t i, n = 0;

	if (store_scopes(v->txn, R53_ZONE, &scopes, err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		if (add_scope(v, json_string_value(scope), zones, err) < 0)
			return -1;
	}
	/* Hidden ones hide, too: what is below a private zone is so whatever else there is. */
	for (i = 0; i < zones->n; i++) {
		int is_hidden = 0;

		for (size_t k = 0; k < zones->n && !is_hidden; k++)
			is_hidden = is_hidden_by(zones->zone[i].doc, zones->zone[k].doc);
		zones->zone[i].name = is_hidden ? NULL : zones->zone[i].name;
	}
	for (i = 0; i < zones->n; i++) {
		if (zones->zone[i].name != NULL)
			zones->zone[n++] = zones->zone[i];
	}
	zones->n = n;
	return 0;
}

/* A zone inside this one answers for the name. */
static int
is_others(const struct zones *zones, const struct zone *z, const char *name)
{
	for (size_t i = 0; i < zones->n; i++) {
		const struct zone *other = &zones->zone[i];

		if (strlen(other->name) > strlen(z->name) &&
		    r53_name_is_in(other->name, z->name) &&
		    r53_name_is_in(name, other->name))
			return 1;
	}
	return 0;
}

int
r53_view_add(const struct r53_view *v, json_t *records, json_t *zones,
    int64_t *ret_serial, struct err *err)
{
	struct zones all = { 0 };
	int64_t serial = 0;

	if (collect(v, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct zone *z = &all.zone[i];
		const struct look look = { v->arena, z, v->region, records, v->control };

		json_add_str(zones, r53_name_plain(v->arena, z->name));
		if (json_int(z->doc, "_serial", 0) > serial)
			serial = json_int(z->doc, "_serial", 0);
		for (size_t k = 0; k < z->names.n; k++) {
			if (!is_others(&all, z, json_str_or(z->names.doc[k], "Name", "")))
				add_records(&look, records, z->names.doc[k]);
		}
	}
	*ret_serial = serial;
	return 0;
}

/* One question */

static int
has_below(const struct store_docs *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (r53_name_is_in(json_str_or(names->doc[i], "Name", ""), name))
			return 1;
	}
	return 0;
}

/* RFC 4592 3.3.1: the wildcard right below the closest name that is there. */
static const json_t *
wildcard(struct arena *a, const struct zone *z, const char *name)
{
	const char *up = name;

	while (!has_below(&z->names, up)) {
		up = strchr(up, '.') + 1;
		if (!r53_name_is_in(up, z->name))
			return NULL;
	}
	return up == name ? NULL : find_name(a, z, arena_printf(a, "\\052.%s", up));
}

const char *
r53_view_test(struct arena *a, const struct r53_question *q, json_t *data)
{
	const struct zone z = { q->zone, json_str_or(q->zone, "Name", ""),
		r53_zone_id(q->zone), q->names };
	const struct look look = { .arena = a, .zone = &z, .region = q->region };
	const json_t *doc = find_name(a, &z, q->name), *v;
	json_t *rows;
	size_t i;

	if (doc == NULL)
		doc = wildcard(a, &z, q->name);
	if (doc == NULL)
		return has_below(&z.names, q->name) ? "NOERROR" : "NXDOMAIN";
	rows = alternatives(&look, doc, q->type, 0);
	if (json_array_size(rows) == 0)
		rows = alternatives(&look, doc, "CNAME", 0);
	json_array_foreach(json_get(json_array_get(rows, 0), "values"), i, v)
		json_add(data, json_incref((json_t *)(uintptr_t)v));
	return "NOERROR";
}

/* What is known */

static int
vpc_knows(struct call *c, const char *scope, const char *vpc, int64_t serial)
{
	json_t *doc;
	int rc = store_get(c->txn, scope, R53_KNOWN, vpc, &doc, &c->err);

	if (rc < 0)
		return -1;
	/* A VPC without a resolver answers nobody. */
	return rc == 0 || json_int(doc, "serial", 0) >= serial;
}

static int
vpcs_know(struct call *c, const json_t *zone, int64_t serial)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(zone, "_vpcs"), i, row) {
		const char *scope = arena_printf(c->arena, "%s:%s",
		    json_str_or(row, "_account", ""), json_str_or(row, "VPCRegion", ""));
		int rc = vpc_knows(c, scope, json_str_or(row, "VPCId", ""), serial);

		if (rc <= 0)
			return rc;
	}
	return 1;
}

static int
all_know(struct call *c, int64_t serial)
{
	json_t *scopes, *scope;
	struct store_docs docs;
	size_t i;

	if (store_scopes(c->txn, R53_KNOWN, &scopes, &c->err) < 0)
		return -1;
	json_array_foreach(scopes, i, scope) {
		if (store_list(c->txn, json_string_value(scope), R53_KNOWN, &docs,
			&c->err) < 0)
			return -1;
		for (size_t k = 0; k < docs.n; k++) {
			if (json_int(docs.doc[k], "serial", 0) < serial)
				return 0;
		}
	}
	return 1;
}

int
r53_view_is_known(struct call *c, const json_t *change)
{
	int64_t serial = json_int(change, "_serial", 0);
	json_t *zone;
	int rc = store_get(c->txn, c->scope, R53_ZONE, json_str_or(change, "_zone", "-"),
	    &zone, &c->err);

	if (rc <= 0)
		return rc < 0 ? -1 : 1;
	return r53_zone_is_private(zone) ? vpcs_know(c, zone, serial) :
					   all_know(c, serial);
}
