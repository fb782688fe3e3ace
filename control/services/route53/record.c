/*
 * Route 53: changes of resource record sets, all of a batch or none.
 */
#include <string.h>

#include "control/services/route53/name.h"
#include "control/services/route53/record_set.h"
#include "control/services/route53/route53.h"

static const struct err_kind invalid = { "InvalidChangeBatch", 400 };

enum {
	CHANGES_MAX = 1000,
	VALUE_CHARACTERS_MAX = 32000,
	SOA_TTL = 900,
	NS_TTL = 172800,
};

/* Names */

static const char *
id_of(struct call *c, const json_t *zone, const char *name)
{
	return arena_printf(c->arena, "%s/%s", r53_zone_id(zone),
	    r53_name_key(c->arena, name));
}

/* The name's document, to write; a new one when it has none.  NULL and c->err. */
static json_t *
name_edit(struct call *c, const json_t *zone, const char *name)
{
	const char *id = id_of(c, zone, name);
	json_t *doc;
	int rc = store_edit(c->txn, c->scope, R53_NAME, id, &doc, &c->err);

	if (rc < 0)
		return NULL;
	if (rc > 0)
		return doc;
	return json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:[]}", "_id", id, "Zone", r53_zone_id(zone),
		"Name", name, "Sets"));
}

static void
name_put(struct call *c, json_t *doc)
{
	const char *id = json_str(doc, "_id");

	if (json_array_size(json_get(doc, "Sets")) > 0)
		store_put(c->txn, c->scope, R53_NAME, id, doc);
	else
		store_delete(c->txn, c->scope, R53_NAME, id);
}

static size_t
find(const json_t *sets, const json_t *set)
{
	const json_t *other;
	size_t i;

	json_array_foreach(sets, i, other) {
		if (r53_set_is(other, set))
			break;
	}
	return i;
}

static int
order(const json_t *a, const json_t *b)
{
	int d = strcmp(json_str_or(a, "Type", ""), json_str_or(b, "Type", ""));

	return d != 0 ? d :
			strcmp(json_str_or(a, "SetIdentifier", ""),
			    json_str_or(b, "SetIdentifier", ""));
}

/* By type, then by identifier. */
static void
insert(json_t *doc, json_t *set)
{
	json_t *sets = json_new_array(), *other;
	int is_in = 0;
	size_t i;

	json_array_foreach(json_get(doc, "Sets"), i, other) {
		if (!is_in && order(other, set) > 0) {
			json_add(sets, json_incref(set));
			is_in = 1;
		}
		json_add(sets, json_incref(other));
	}
	if (!is_in)
		json_add(sets, json_incref(set));
	json_set(doc, "Sets", sets);
}

/* A new zone's */

static void
add_set(json_t *doc, const char *type, int ttl, const json_t *values)
{
	json_t *set = json_make("{s:s, s:s, s:i, s:[]}", "Name", json_str(doc, "Name"),
	    "Type", type, "TTL", ttl, "ResourceRecords");
	const json_t *v;
	size_t i;

	json_array_foreach(values, i, v)
		json_add(json_get(set, "ResourceRecords"),
		    json_make("{s:s}", "Value", json_string_value(v)));
	insert(doc, set);
	json_decref(set);
}

int
r53_records_begin(struct call *c, const json_t *zone)
{
	json_t *doc = name_edit(c, zone, json_str_or(zone, "Name", ""));
	json_t *servers = json_own(c->arena, json_new_array()), *soa, *v;
	const json_t *own = json_get(zone, "_servers");
	size_t i;

	if (doc == NULL)
		return -1;
	json_array_foreach(own, i, v)
		json_add_str(servers,
		    arena_printf(c->arena, "%s.", json_string_value(v)));
	/* A private zone's is the last of its servers. */
	i = r53_zone_is_private(zone) ? json_array_size(servers) - 1 : 0;
	soa = json_own(c->arena, json_new_array());
	json_add_str(soa,
	    arena_printf(c->arena,
		"%s awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",
		json_string_value(json_array_get(servers, i))));
	add_set(doc, "NS", NS_TTL, servers);
	add_set(doc, "SOA", SOA_TTL, soa);
	name_put(c, doc);
	return 0;
}

/* A batch */

struct batch {
	json_t *zone;
	json_t *messages;
	json_t *aliases; /* sets whose targets must be there in the end */
	int64_t delta;
};

static void
say(struct call *c, struct batch *b, const char *verb, const json_t *set,
    const char *what)
{
	json_add_str(b->messages,
	    arena_printf(c->arena, "Tried to %s resource record set %s but %s", verb,
		r53_set_text(c, set), what));
}

static void
remove_set(struct call *c, struct batch *b, json_t *doc, const json_t *set)
{
	json_t *sets = json_get(doc, "Sets");
	size_t at = find(sets, set);

	if (at == json_array_size(sets)) {
		say(c, b, "delete", set, "it was not found");
		return;
	}
	if (!r53_set_equal(json_array_get(sets, at), set)) {
		say(c, b, "delete", set,
		    "the values provided do not match the current values");
		return;
	}
	json_array_remove(sets, at);
	b->delta--;
	name_put(c, doc);
}

static void
put_set(struct call *c, struct batch *b, json_t *doc, json_t *set, int may_be)
{
	json_t *sets = json_get(doc, "Sets");
	size_t at = find(sets, set);
	const char *what =
	    r53_set_conflict(c, sets, set, json_str_or(b->zone, "Name", ""));

	if (at < json_array_size(sets) && !may_be) {
		say(c, b, "create", set, "it already exists");
		return;
	}
	if (what != NULL) {
		json_add_str(b->messages, what);
		return;
	}
	if (at < json_array_size(sets))
		json_array_remove(sets, at);
	else
		b->delta++;
	insert(doc, set);
	if (json_get(set, "AliasTarget") != NULL)
		json_add(b->aliases, json_incref(set));
	name_put(c, doc);
}

static int
apply(struct call *c, struct batch *b, const json_t *change)
{
	const char *action = json_str_or(change, "Action", "");
	json_t *set, *doc;

	if (r53_set_take(c, change, b->zone, b->messages, &set) < 0)
		return -1;
	if (set == NULL)
		return 0;
	doc = name_edit(c, b->zone, json_str_or(set, "Name", ""));
	if (doc == NULL)
		return -1;
	if (strcmp(action, "DELETE") == 0)
		remove_set(c, b, doc, set);
	else
		put_set(c, b, doc, set, strcmp(action, "UPSERT") == 0);
	return 0;
}

static int
has_type(const json_t *doc, const char *type)
{
	const json_t *set;
	size_t i;

	json_array_foreach(json_get(doc, "Sets"), i, set) {
		if (strcmp(json_str_or(set, "Type", ""), type) == 0)
			return 1;
	}
	return 0;
}

/* What must be so when all of it is done. */
static int
check_end(struct call *c, struct batch *b)
{
	const char *zone_name = json_str_or(b->zone, "Name", "");
	json_t *doc = name_edit(c, b->zone, zone_name);
	const json_t *set;
	size_t i;

	if (doc == NULL)
		return -1;
	if (!has_type(doc, "SOA"))
		json_add_str(b->messages,
		    "A HostedZone must contain exactly one SOA record.");
	if (!has_type(doc, "NS"))
		json_add_str(b->messages,
		    "A HostedZone must contain at least one NS record for the zone itself.");
	json_array_foreach(b->aliases, i, set) {
		const json_t *target = json_get(set, "AliasTarget");
		const char *type = json_str_or(set, "Type", ""),
			   *name = json_str_or(target, "DNSName", "");

		if (strcmp(json_str_or(target, "HostedZoneId", ""),
			r53_zone_id(b->zone)) != 0)
			continue;
		doc = name_edit(c, b->zone, name);
		if (doc == NULL)
			return -1;
		if (!has_type(doc, type))
			json_add_str(b->messages,
			    arena_printf(c->arena,
				"Tried to create an alias that targets %s, type %s in zone %s, but the alias target name was not found",
				name, type, r53_zone_id(b->zone)));
	}
	return 0;
}

/* "[a, b]" */
static int
fail(struct call *c, const json_t *messages)
{
	struct buf *text = buf_new(c->arena, 0);
	const json_t *v;
	size_t i;

	json_array_foreach(messages, i, v)
		buf_printf(text, "%s%s", i == 0 ? "" : ", ", json_string_value(v));
	return err_set(&c->err, &invalid, "[%s]", buf_text(text));
}

/* UPSERT counts twice, as AWS says. */
static int
check_size(struct call *c, const json_t *changes)
{
	size_t n = 0, characters = 0, i, k;
	const json_t *change, *v;

	json_array_foreach(changes, i, change) {
		const json_t *values =
		    json_get(json_get(change, "ResourceRecordSet"), "ResourceRecords");
		size_t times =
		    strcmp(json_str_or(change, "Action", ""), "UPSERT") == 0 ? 2 : 1;

		n += times * (json_array_size(values) > 0 ? json_array_size(values) : 1);
		json_array_foreach(values, k, v)
			characters += times * strlen(json_str_or(v, "Value", ""));
	}
	if (n > CHANGES_MAX)
		return err_set(&c->err, &invalid,
		    "[Number of records limit of %d exceeded.]", CHANGES_MAX);
	if (characters > VALUE_CHARACTERS_MAX)
		return err_set(&c->err, &invalid,
		    "[Number of characters limit of %d exceeded.]", VALUE_CHARACTERS_MAX);
	return 0;
}

static int
change_sets(struct call *c)
{
	const json_t *batch = in_object(c, "ChangeBatch");
	json_t *changes = json_get(batch, "Changes"), *info, *one;
	struct batch b = { .messages = json_own(c->arena, json_new_array()),
		.aliases = json_own(c->arena, json_new_array()) };
	int64_t n;
	size_t i;

	if (r53_zone_edit(c, "HostedZoneId", &b.zone) < 0 || check_size(c, changes) < 0)
		return -1;
	json_array_foreach(changes, i, one) {
		if (apply(c, &b, one) < 0)
			return -1;
	}
	if (json_array_size(b.messages) == 0 && check_end(c, &b) < 0)
		return -1;
	n = json_int(b.zone, "ResourceRecordSetCount", 0) + b.delta;
	if (n > R53_MAX_RECORDS)
		json_add_str(b.messages,
		    "Limits Exceeded: MAX_RRSETS_BY_ZONE - Cannot create more resource record sets.");
	if (json_array_size(b.messages) > 0)
		return fail(c, b.messages);
	json_set_int(b.zone, "ResourceRecordSetCount", n);
	info = r53_change(c, b.zone, json_str(batch, "Comment"));
	if (info == NULL)
		return -1;
	r53_zone_put(c, b.zone);
	out_ref(c, "ChangeInfo", info);
	return 0;
}

static const struct op ops[] = {
	R53("ChangeResourceRecordSets", change_sets, 0,
	    "Make, change and delete records, all of them or none."),
};
const struct family route53_records = FAMILY(ops, NULL);
