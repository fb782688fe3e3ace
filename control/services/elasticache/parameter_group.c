/*
 * ElastiCache: parameter groups, and engine versions.
 *
 * A group (elasticache:parameter-group, by its name) has privately _values, {name: value} that the user has set.
 * Default groups are there without being made.
 */
#include <stdlib.h>
#include <string.h>

#include "control/api/named.h"
#include "control/services/elasticache/elasticache.h"

static const struct err_kind not_found = { "CacheParameterGroupNotFound", 404 };
static const struct err_kind exists = { "CacheParameterGroupAlreadyExists", 400 };
static const struct err_kind bad_state = { "InvalidCacheParameterGroupState", 400 };

enum { AT_ONCE = 20, NAME_MAX = 255 };

/* Those of both kinds of engines that can be changed; what a family does not know is refused by the engine. */
static const struct parameter {
	const char *name, *value, *type, *allowed, *about;
	int is_memcached, needs_reboot;
} parameters[] = {
	{ "activedefrag", "no", "string", "yes,no",
	    "Enabled active memory defragmentation.", 0, 0 },
	{ "activerehashing", "yes", "string", "yes,no", "Apply rehashing or not.", 0, 1 },
	{ "appendonly", "yes", "string", "yes,no", "Enable append only file.", 0, 0 },
	{ "close-on-slave-write", "yes", "string", "yes,no",
	    "Close connection if client attempts to write on a read-only replica.", 0,
	    0 },
	{ "hash-max-listpack-entries", "512", "integer", "0-",
	    "The maximum number of hash "
	    "entries in order for the dataset to be compressed.",
	    0, 0 },
	{ "lazyfree-lazy-eviction", "no", "string", "yes,no",
	    "Perform an asynchronous delete on evictions.", 0, 0 },
	{ "lazyfree-lazy-expire", "no", "string", "yes,no",
	    "Perform an asynchronous delete on expired keys.", 0, 0 },
	{ "maxmemory-policy", "volatile-lru", "string",
	    "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,"
	    "volatile-ttl,noeviction",
	    "Max memory policy.", 0, 0 },
	{ "maxmemory-samples", "3", "integer", "1-", "Max memory samples.", 0, 0 },
	{ "notify-keyspace-events", "", "string", "",
	    "The keyspace events for Redis to notify Pub/Sub clients about.", 0, 0 },
	{ "set-max-intset-entries", "512", "integer", "0-",
	    "The limit in the size of the set in order for the dataset to be compressed.",
	    0, 0 },
	{ "slowlog-log-slower-than", "10000", "integer", "-",
	    "The execution time, in microseconds, to exceed in order for the command to get logged.",
	    0, 0 },
	{ "slowlog-max-len", "128", "integer", "0-", "The length of the slow log.", 0,
	    0 },
	{ "tcp-keepalive", "300", "integer", "0-",
	    "If non-zero, send ACKs every given number of seconds.", 0, 0 },
	{ "timeout", "0", "integer", "0,20-",
	    "Close connection if client is idle for a given number of seconds, or never if 0.",
	    0, 0 },
	{ "zset-max-listpack-entries", "128", "integer", "0-",
	    "The maximum number of sorted set entries in order for the dataset to be compressed.",
	    0, 0 },
	{ "binding_protocol", "auto", "string", "auto,ascii,binary", "Binding protocol.",
	    1, 1 },
	{ "chunk_size", "48", "integer", "1-1024",
	    "The minimum amount, in bytes, of space to allocate for the smallest item.",
	    1, 1 },
	{ "chunk_size_growth_factor", "1.25", "float", "1.0-1024.0",
	    "The growth factor that controls the size of each successive memcached chunk.",
	    1, 1 },
	{ "error_on_memory_exhausted", "0", "boolean", "0,1",
	    "When there is no more memory to store items, error rather than evict.", 1,
	    1 },
	{ "max_item_size", "1048576", "integer", "1024-134217728",
	    "The size, in bytes, of the largest item that can be stored.", 1, 1 },
	{ "max_simultaneous_connections", "65000", "integer", "3-65000",
	    "The maximum number of simultaneous connections.", 1, 1 },
};

const struct resource elasticache_parameter_group = {
	.service = "elasticache",
	.kind = "elasticache:parameter-group",
	.type = "parametergroup",
	.id_member = "CacheParameterGroupName",
	.noun = "CacheParameterGroup",
	.not_found = &not_found,
	.tags_member = "_tags",
};

static const struct cache_engine *
engine_of(const char *family)
{
	for (size_t i = 0; i < COUNT(cache_engines); i++) {
		for (size_t k = 0; cache_engines[i].versions[k][0] != NULL; k++) {
			if (strcmp(cache_engines[i].versions[k][1], family) == 0)
				return &cache_engines[i];
		}
	}
	return NULL;
}

static json_t *
new_group(struct call *c, const char *name, const char *family, const char *about)
{
	json_t *doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:b, s:s, s:{}}", "CacheParameterGroupName", name,
		"CacheParameterGroupFamily", family, "Description", about, "IsGlobal", 0,
		"ARN", cache_arn(c, "parametergroup", name), "_values"));

	json_need_array(doc, "_tags");
	return doc;
}

static json_t *
default_group(struct call *c, const char *name)
{
	const char *family = name + strlen("default.");

	if (strncmp(name, "default.", 8) != 0 || engine_of(family) == NULL)
		return NULL;
	return new_group(c, name, family,
	    arena_printf(c->arena, "Default parameter group for %s", family));
}

int
cache_parameter_group_get(struct call *c, const char *name, const char *family,
    json_t **ret)
{
	int rc;

	*ret = default_group(c, name);
	rc = *ret != NULL ? 1 : resource_find(c, &elasticache_parameter_group, name, ret);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(&c->err, &not_found, "CacheParameterGroup %s not found.",
		    name);
	if (family != NULL &&
	    strcmp(family, json_str_or(*ret, "CacheParameterGroupFamily", "")) != 0)
		return err_set(&c->err, &cache_bad_combination,
		    "Expected a parameter group of family %s but found one of family %s",
		    family, json_str_or(*ret, "CacheParameterGroupFamily", ""));
	return 0;
}

int
cache_parameters_of(struct store_txn *t, struct arena *a, const char *scope,
    const char *group, json_t **ret, struct err *err)
{
	json_t *doc;
	int rc = store_get(t, scope, elasticache_parameter_group.kind, group, &doc, err);

	*ret = rc > 0 ? json_get(doc, "_values") : json_own(a, json_new_object());
	return rc < 0 ? -1 : 0;
}

static int
edit(struct call *c, json_t **ret)
{
	const char *name = in_str(c, "CacheParameterGroupName");

	if (cache_allow(c, "parametergroup", name) < 0 ||
	    cache_parameter_group_get(c, name, NULL, ret) < 0)
		return -1;
	if (default_group(c, name) != NULL)
		return err_set(&c->err, &bad_state,
		    "The default parameter group %s cannot be changed.", name);
	return resource_edit(c, &elasticache_parameter_group, name, ret);
}

static int
create(struct call *c)
{
	const char *name = cache_identifier(c, in_str(c, "CacheParameterGroupName"),
	    "CacheParameterGroupName", NAME_MAX);
	const char *family = in_str(c, "CacheParameterGroupFamily");
	json_t *doc, *old, *tags;
	int rc;

	if (name == NULL || cache_allow(c, "parametergroup", name) < 0)
		return -1;
	if (engine_of(family) == NULL)
		return err_set(&c->err, &cache_bad_value,
		    "CacheParameterGroupFamily %s is not a valid parameter group family.",
		    family);
	rc = resource_find(c, &elasticache_parameter_group, name, &old);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &exists,
				    "Cache parameter group %s already exists", name);
	tags = cache_input_tags(c);
	if (tags == NULL)
		return -1;
	doc = new_group(c, name, family, in_str(c, "Description"));
	json_set(doc, "_tags", json_incref(tags));
	resource_put(c, &elasticache_parameter_group, doc);
	out_ref(c, "CacheParameterGroup", json_own(c->arena, json_copy_deep(doc)));
	return 0;
}

static int
drop(struct call *c)
{
	const char *name = in_str(c, "CacheParameterGroupName");
	json_t *doc, *user;
	int rc;

	if (edit(c, &doc) < 0)
		return -1;
	rc = resource_find_by(c, &elasticache_cluster,
	    "CacheParameterGroup.CacheParameterGroupName", name, &user);
	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &bad_state,
			"One or more cache clusters are still members of this "
			"parameter group %s, so the group cannot be deleted.",
			name);
	resource_delete_doc(c, &elasticache_parameter_group, name);
	return 0;
}

static int
describe(struct call *c)
{
	const char *name = in_str(c, "CacheParameterGroupName");
	json_t *rows, *doc;

	if (cache_allow(c, "parametergroup", name) < 0)
		return -1;
	if (name != NULL) {
		if (cache_parameter_group_get(c, name, NULL, &doc) < 0)
			return -1;
		rows = json_own(c->arena, json_make("[O]", doc));
		return cache_page(c, "CacheParameterGroups", "CacheParameterGroupName",
		    rows);
	}
	rows = named_all(c, elasticache_parameter_group.kind);
	for (size_t i = 0; rows != NULL && i < COUNT(cache_engines); i++) {
		const char *const(*v)[2] = cache_engines[i].versions;

		for (; (*v)[0] != NULL; v++) {
			if (v[1][0] == NULL || strcmp(v[0][1], v[1][1]) != 0)
				json_add(rows,
				    json_incref(default_group(c,
					arena_printf(c->arena, "default.%s", v[0][1]))));
		}
	}
	return rows == NULL ?
	    -1 :
	    cache_page(c, "CacheParameterGroups", "CacheParameterGroupName", rows);
}

/* Parameters */

static const struct parameter *
find(const json_t *group, const char *name)
{
	const struct cache_engine *e =
	    engine_of(json_str_or(group, "CacheParameterGroupFamily", ""));

	for (size_t i = 0; i < COUNT(parameters); i++) {
		if (e != NULL && parameters[i].is_memcached == e->is_memcached &&
		    strcmp(parameters[i].name, name) == 0)
			return &parameters[i];
	}
	return NULL;
}

/* "yes,no", "0-", "1-1024", "0,20-", "": anything that is a word. */
static int
is_allowed(struct call *c, const struct parameter *p, const char *value)
{
	char *all = arena_strdup(c->arena, p->allowed), *word, *end;
	double v = strtod(value, &end);
	int is_number = end != value && *end == '\0';

	if (strpbrk(value, " \t\r\n\"'\\") != NULL ||
	    (p->type[0] == 'i' && strspn(value, "-0123456789") != strlen(value)))
		return 0;
	if (*p->allowed == '\0')
		return 1;
	if (strcmp(p->allowed, "-") == 0)
		return is_number;
	while ((word = strsep(&all, ",")) != NULL) {
		char *dash = strchr(word, '-');

		if (strcmp(word, value) == 0)
			return 1;
		if (dash != NULL && dash > word && is_number && p->type[0] != 's' &&
		    v >= strtod(word, NULL) &&
		    (dash[1] == '\0' || v <= strtod(dash + 1, NULL)))
			return 1;
	}
	return 0;
}

static int
modify(struct call *c)
{
	const json_t *rows = in_list(c, "ParameterNameValues"), *row;
	json_t *doc;
	size_t i;

	if (edit(c, &doc) < 0)
		return -1;
	if (json_array_size(rows) == 0 || json_array_size(rows) > AT_ONCE)
		return err_set(&c->err, &cache_bad_value,
		    "A maximum of 20 parameters can be modified in a single request.");
	json_array_foreach(rows, i, row) {
		const char *name = json_str_or(row, "ParameterName", ""),
			   *value = json_str(row, "ParameterValue");
		const struct parameter *p = find(doc, name);

		if (p == NULL)
			return err_set(&c->err, &cache_bad_value,
			    "Could not find parameter with name: %s", name);
		if (value == NULL || !is_allowed(c, p, value))
			return err_set(&c->err, &cache_bad_value,
			    "Invalid value for parameter %s: allowed values are %s", name,
			    p->allowed);
		json_set_str(json_need_object(doc, "_values"), name, value);
	}
	resource_put(c, &elasticache_parameter_group, doc);
	out_str(c, "CacheParameterGroupName", in_str(c, "CacheParameterGroupName"));
	return 0;
}

static int
reset(struct call *c)
{
	const json_t *rows = in_list(c, "ParameterNameValues"), *row;
	json_t *doc;
	size_t i;

	if (edit(c, &doc) < 0)
		return -1;
	if (in_bool(c, "ResetAllParameters", 0))
		json_set(doc, "_values", json_new_object());
	else if (json_array_size(rows) == 0)
		return err_set(&c->err, &cache_bad_combination,
		    "Either ResetAllParameters or ParameterNameValues must be provided.");
	json_array_foreach(rows, i, row)
		json_del(json_get(doc, "_values"), json_str_or(row, "ParameterName", ""));
	resource_put(c, &elasticache_parameter_group, doc);
	out_str(c, "CacheParameterGroupName", in_str(c, "CacheParameterGroupName"));
	return 0;
}

static json_t *
all_parameters(struct call *c, const json_t *group, const char *source)
{
	json_t *rows = json_own(c->arena, json_new_array());
	const json_t *values = json_get(group, "_values");

	for (size_t i = 0; i < COUNT(parameters); i++) {
		const struct parameter *p = &parameters[i];
		const char *value = json_str(values, p->name),
			   *from = value != NULL ? "user" : "system";
		json_t *v;

		if (find(group, p->name) != p ||
		    (source != NULL && strcmp(source, from) != 0))
			continue;
		v = json_add_object(rows);
		json_set_str(v, "ParameterName", p->name);
		json_set_str(v, "ParameterValue", value != NULL ? value : p->value);
		json_set_str(v, "Description", p->about);
		json_set_str(v, "Source", from);
		json_set_str(v, "DataType", p->type);
		json_set_str(v, "AllowedValues", p->allowed);
		json_set_bool(v, "IsModifiable", 1);
		json_set_str(v, "MinimumEngineVersion",
		    p->is_memcached ? "1.5.16" : "5.0.6");
		json_set_str(v, "ChangeType",
		    p->needs_reboot ? "requires-reboot" : "immediate");
	}
	return rows;
}

static int
describe_parameters(struct call *c)
{
	const char *name = in_str(c, "CacheParameterGroupName");
	json_t *doc;

	if (cache_allow(c, "parametergroup", name) < 0 ||
	    cache_parameter_group_get(c, name, NULL, &doc) < 0)
		return -1;
	return cache_page(c, "Parameters", "ParameterName",
	    all_parameters(c, doc, in_str(c, "Source")));
}

static int
describe_defaults(struct call *c)
{
	const char *family = in_str(c, "CacheParameterGroupFamily");
	json_t *doc, *defaults = json_own(c->arena, json_new_object());

	if (cache_allow(c, "parametergroup", NULL) < 0 ||
	    cache_parameter_group_get(c, arena_printf(c->arena, "default.%s", family),
		NULL, &doc) < 0)
		return -1;
	json_set_str(defaults, "CacheParameterGroupFamily", family);
	json_set(defaults, "Parameters", json_incref(all_parameters(c, doc, NULL)));
	out_ref(c, "EngineDefaults", defaults);
	return 0;
}

static const struct op ops[] = {
	CACHE("CreateCacheParameterGroup", create, 0, "Make a parameter group."),
	CACHE("DeleteCacheParameterGroup", drop, 0, "Remove a parameter group."),
	CACHE("DescribeCacheParameterGroups", describe, OP_READ,
	    "List parameter groups."),
	CACHE("DescribeCacheParameters", describe_parameters, OP_READ,
	    "List the parameters of a group."),
	CACHE("DescribeEngineDefaultParameters", describe_defaults, OP_READ,
	    "List a family's parameters."),
	CACHE("ModifyCacheParameterGroup", modify, 0, "Set parameters of a group."),
	CACHE("ResetCacheParameterGroup", reset, 0, "Unset parameters of a group."),
};

static const struct resource *const resources[] = { &elasticache_parameter_group, NULL };

const struct family elasticache_parameter_groups = FAMILY(ops, resources);
