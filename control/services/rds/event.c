/*
 * RDS: events: what happened to databases in the last 14 days, in an ordered kind by time.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "control/services/rds/rds.h"

#define EVENT_KIND "rds:event/"

enum { DAYS_MIN = 14 * 24 * 60, HOUR_MIN = 60, ALL = 10000, FORGET = 10 };

/* The id that an event of the time has at least. */
static const char *
id_at(struct call *c, int64_t ms)
{
	return arena_printf(c->arena, "%014lld", (long long)ms);
}

/* Each new one takes some with it that are too old to be shown.  What cannot be read now is another's. */
static void
forget_old(struct call *c)
{
	struct store_span span = { .limit = FORGET };
	const char *end = id_at(c, c->now_ms - (int64_t)DAYS_MIN * 60000);
	struct store_docs docs;
	struct err ignored;

	if (store_range(c->txn, c->scope, EVENT_KIND, &span, &docs, &ignored) < 0)
		return;
	for (size_t i = 0; i < docs.n; i++) {
		const char *id = json_str_or(docs.doc[i], "_id", "");

		if (strcmp(id, end) < 0)
			store_delete(c->txn, c->scope, EVENT_KIND, id);
	}
}

void
rds_event(struct call *c, const char *type, const char *id, const char *arn,
    const char *category, const char *message)
{
	json_t *doc = json_own(c->arena, json_new_object());
	const char *own;
	char salt[9];

	forget_old(c);
	random_hex(salt, 8);
	own = arena_printf(c->arena, "%s-%s", id_at(c, c->now_ms), salt);
	json_set_str(doc, "_id", own);
	json_set_str(doc, "SourceIdentifier", id);
	json_set_str(doc, "SourceType", type);
	json_set_str(doc, "Message", message);
	json_set(doc, "EventCategories", json_make("[s]", category));
	json_set_num(doc, "Date", (double)c->now_ms / 1000);
	json_set_str(doc, "SourceArn", arn);
	store_put(c->txn, c->scope, EVENT_KIND, own, doc);
}

/* The times that the input asks for. */
static int
read_times(struct call *c, int64_t *from, int64_t *until)
{
	int64_t minutes = in_int(c, "Duration", HOUR_MIN);

	if (minutes < 1 || minutes > DAYS_MIN)
		return err_set(&c->err, &rds_bad_value,
		    "Duration must be between 1 and %d minutes", DAYS_MIN);
	*until = c->now_ms;
	*from = c->now_ms - minutes * 60000;
	if (in_has(c, "StartTime"))
		*from = (int64_t)(json_num(c->in, "StartTime", 0) * 1000);
	if (in_has(c, "EndTime"))
		*until = (int64_t)(json_num(c->in, "EndTime", 0) * 1000);
	else if (in_has(c, "StartTime") && in_has(c, "Duration"))
		*until = *from + minutes * 60000;
	if (*from > *until)
		return err_set(&c->err, &rds_bad_combination,
		    "StartTime must be before EndTime");
	return 0;
}

static int
is_asked(struct call *c, const json_t *doc)
{
	const char *id = in_str(c, "SourceIdentifier"), *type = in_str(c, "SourceType");
	const json_t *categories = in_list(c, "EventCategories");

	if ((id != NULL && strcmp(id, json_str_or(doc, "SourceIdentifier", "")) != 0) ||
	    (type != NULL && strcmp(type, json_str_or(doc, "SourceType", "")) != 0))
		return 0;
	return json_array_size(categories) == 0 ||
	    json_has_str(categories,
		json_string_value(json_array_get(json_get(doc, "EventCategories"), 0)));
}

static int
describe_events(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;
	struct store_span span = { .limit = ALL };
	int64_t from, until;

	if (rds_allow(c, "es", NULL) < 0 || read_times(c, &from, &until) < 0)
		return -1;
	if (in_has(c, "SourceIdentifier") && !in_has(c, "SourceType"))
		return err_set(&c->err, &rds_bad_combination,
		    "The parameter SourceType must be provided with SourceIdentifier");
	span.from = id_at(c, from);
	if (store_range(c->txn, c->scope, EVENT_KIND, &span, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		if (json_num(docs.doc[i], "Date", 0) * 1000 <= (double)until &&
		    is_asked(c, docs.doc[i]))
			json_add(rows, json_incref(docs.doc[i]));
	}
	return rds_out_page(c, "Events", "_id", rows);
}

static const char *const categories[] = { "availability", "backup",
	"configuration change", "creation", "deletion", "failover", "failure",
	"maintenance", "notification", "recovery", "restoration" };

static int
describe_event_categories(struct call *c)
{
	static const char *const types[] = { "db-instance", "db-parameter-group",
		"db-snapshot" };
	const char *type = in_str(c, "SourceType");
	json_t *maps = json_own(c->arena, json_new_array());

	if (rds_allow(c, "es", NULL) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(types); i++) {
		json_t *map;

		if (type != NULL && strcmp(type, types[i]) != 0)
			continue;
		map = json_add_object(maps);
		json_set_str(map, "SourceType", types[i]);
		for (size_t k = 0; k < COUNT(categories); k++)
			json_add_str(json_need_array(map, "EventCategories"),
			    categories[k]);
	}
	out_ref(c, "EventCategoriesMapList", maps);
	return 0;
}

static const struct op ops[] = {
	RDS("DescribeEventCategories", describe_event_categories, OP_READ,
	    "List the kinds of events."),
	RDS("DescribeEvents", describe_events, OP_READ, "List what happened."),
};

const struct family rds_events = FAMILY(ops, NULL);
