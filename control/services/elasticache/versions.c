/* ElastiCache: which engines there are, tags, and what happened. */
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "control/api/tags.h"
#include "control/services/elasticache/elasticache.h"

static const struct err_kind bad_arn = { "InvalidARN", 400 };
static const struct err_kind no_tag = { "TagNotFound", 404 };

#define EVENT_KIND "elasticache:event/"

enum { DAYS_MIN = 14 * 24 * 60, HOUR_MIN = 60, ALL = 10000, FORGET = 10 };

/* DescribeCacheEngineVersions */

static int
is_asked(struct call *c, const char *member, const char *value)
{
	const char *said = in_str(c, member);

	return said == NULL || strcmp(said, value) == 0;
}

static int
describe_versions(struct call *c)
{
	json_t *rows = json_own(c->arena, json_new_array());

	if (cache_allow(c, "cluster", NULL) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(cache_engines); i++) {
		const struct cache_engine *e = &cache_engines[i];

		for (size_t k = 0; e->versions[k][0] != NULL; k++) {
			const char *v = e->versions[k][0], *family = e->versions[k][1];

			if (!is_asked(c, "Engine", e->name) ||
			    !is_asked(c, "EngineVersion", v) ||
			    !is_asked(c, "CacheParameterGroupFamily", family) ||
			    (in_bool(c, "DefaultOnly", 0) &&
				e->versions[k + 1][0] != NULL))
				continue;
			json_add(rows,
			    json_make("{s:s, s:s, s:s, s:s, s:s, s:s}", "Engine", e->name,
				"EngineVersion", v, "CacheParameterGroupFamily", family,
				"CacheEngineDescription", e->title,
				"CacheEngineVersionDescription",
				arena_printf(c->arena, "%s version %s", e->title, v),
				"_order",
				arena_printf(c->arena, "%s %03zu", e->name, k)));
		}
	}
	return cache_page(c, "CacheEngineVersions", "_order", rows);
}

static const struct op version_ops[] = {
	CACHE("DescribeCacheEngineVersions", describe_versions, OP_READ,
	    "List engines and their versions."),
};
const struct family elasticache_versions = FAMILY(version_ops, NULL);

/* Tags */

static const struct {
	const char *type;
	const struct resource *of;
} taggables[] = {
	{ "cluster", &elasticache_cluster },
	{ "parametergroup", &elasticache_parameter_group },
	{ "replicationgroup", &elasticache_group },
	{ "subnetgroup", &elasticache_subnet_group },
};

static int
edit(struct call *c, const struct resource **ret_of, json_t **ret, json_t **ret_tags)
{
	const char *arn = in_str(c, "ResourceName"), *prefix = cache_arn(c, "", "");
	const struct auth_question q = { .resource = arn };
	size_t n = strlen(prefix) - 1;

	if (call_ask(c, &q) < 0)
		return -1;
	for (size_t i = 0; strncmp(arn, prefix, n) == 0 && i < COUNT(taggables); i++) {
		size_t len = strlen(taggables[i].type);

		if (strncmp(arn + n, taggables[i].type, len) != 0 || arn[n + len] != ':')
			continue;
		*ret_of = taggables[i].of;
		if (resource_edit(c, *ret_of, arn + n + len + 1, ret) < 0)
			return -1;
		*ret_tags = json_need_array(*ret, resource_tags_member(*ret_of));
		return 0;
	}
	return err_set(&c->err, &bad_arn, "%s is not a valid ARN.", arn);
}

static int
add_tags(struct call *c)
{
	const struct resource *of;
	json_t *doc, *tags;

	if (edit(c, &of, &doc, &tags) < 0)
		return -1;
	if (tags_merge(c, tags, in_list(c, "Tags")) < 0) {
		c->err.kind = &cache_bad_value;
		return -1;
	}
	resource_put(c, of, doc);
	out_ref(c, "TagList", tags);
	return 0;
}

static int
remove_tags(struct call *c)
{
	const struct resource *of;
	json_t *doc, *tags;
	const json_t *key;
	size_t i;

	if (edit(c, &of, &doc, &tags) < 0)
		return -1;
	json_array_foreach(in_list(c, "TagKeys"), i, key) {
		size_t k = 0;

		while (k < json_array_size(tags) &&
		    strcmp(json_str_or(json_array_get(tags, k), "Key", ""),
			json_string_value(key)) != 0)
			k++;
		if (k == json_array_size(tags))
			return err_set(&c->err, &no_tag, "%s is not present on %s",
			    json_string_value(key), in_str(c, "ResourceName"));
		json_array_remove(tags, k);
	}
	resource_put(c, of, doc);
	out_ref(c, "TagList", tags);
	return 0;
}

static int
list_tags(struct call *c)
{
	const struct resource *of;
	json_t *doc, *tags;

	if (edit(c, &of, &doc, &tags) < 0)
		return -1;
	out_ref(c, "TagList", tags);
	return 0;
}

static const struct op tag_ops[] = {
	CACHE("AddTagsToResource", add_tags, 0, "Set tags."),
	CACHE("ListTagsForResource", list_tags, OP_READ, "Show tags."),
	CACHE("RemoveTagsFromResource", remove_tags, 0, "Remove tags."),
};
const struct family elasticache_tags = FAMILY(tag_ops, NULL);

/* Events: in an ordered kind by time */

static const char *
id_at(struct call *c, int64_t ms)
{
	return arena_printf(c->arena, "%014lld", (long long)ms);
}

/* Each new one takes some with it that are too old to be shown. */
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
cache_event(struct call *c, const char *type, const char *id, const char *message)
{
	const char *own;
	char salt[9];

	forget_old(c);
	random_hex(salt, 8);
	own = arena_printf(c->arena, "%s-%s", id_at(c, c->now_ms), salt);
	store_put(c->txn, c->scope, EVENT_KIND, own,
	    json_own(c->arena,
		json_make("{s:s, s:s, s:s, s:s, s:f}", "_id", own, "SourceIdentifier", id,
		    "SourceType", type, "Message", message, "Date",
		    (double)c->now_ms / 1000)));
}

static int
describe_events(struct call *c)
{
	int64_t minutes = in_int(c, "Duration", HOUR_MIN), from, until;
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_span span = { .limit = ALL };
	struct store_docs docs;

	if (cache_allow(c, "cluster", NULL) < 0)
		return -1;
	if (minutes < 1 || minutes > DAYS_MIN)
		return err_set(&c->err, &cache_bad_value,
		    "Duration must be between 1 and %d minutes", DAYS_MIN);
	from = in_has(c, "StartTime") ?
	    (int64_t)(json_num(c->in, "StartTime", 0) * 1000) :
	    c->now_ms - minutes * 60000;
	until = in_has(c, "EndTime") ? (int64_t)(json_num(c->in, "EndTime", 0) * 1000) :
				       c->now_ms;
	if (from > until)
		return err_set(&c->err, &cache_bad_combination,
		    "StartTime must be before EndTime");
	span.from = id_at(c, from);
	if (store_range(c->txn, c->scope, EVENT_KIND, &span, &docs, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < docs.n; i++) {
		const json_t *e = docs.doc[i];

		if (json_num(e, "Date", 0) * 1000 <= (double)until &&
		    is_asked(c, "SourceIdentifier",
			json_str_or(e, "SourceIdentifier", "")) &&
		    is_asked(c, "SourceType", json_str_or(e, "SourceType", "")))
			json_add(rows, json_incref(docs.doc[i]));
	}
	return cache_page(c, "Events", "_id", rows);
}

static const struct op event_ops[] = {
	CACHE("DescribeEvents", describe_events, OP_READ, "List what happened."),
};
const struct family elasticache_events = FAMILY(event_ops, NULL);
