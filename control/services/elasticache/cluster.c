/*
 * ElastiCache: cache clusters: made, listed, deleted.
 */
#include <ctype.h>
#include <string.h>

#include "control/api/named.h"
#include "control/services/ec2/compute/instance_type.h"
#include "control/services/ec2/ec2.h"
#include "control/services/elasticache/elasticache.h"

static const struct err_kind exists = { "CacheClusterAlreadyExists", 400 };

enum {
	MAX_NAME = 50,
	MAX_NODES = 40,
	AUTH_MIN = 16,
	AUTH_MAX = 128,
	PORT_MIN = 1,
	PORT_MAX = 65535
};

const struct resource elasticache_cluster = {
	.service = "elasticache",
	.kind = "elasticache:cluster",
	.type = "cluster",
	.id_member = "CacheClusterId",
	.noun = "CacheCluster",
	.not_found = &cache_no_cluster,
	.tags_member = "_tags",
};

int
cache_check_type(struct call *c, const char *type)
{
	if (strncmp(type, "cache.", 6) == 0 &&
	    instance_type_find(c->arena, type + 6) != NULL)
		return 0;
	return err_set(&c->err, &cache_bad_value,
	    "The parameter CacheNodeType is not valid: %s", type);
}

static char *
lower(struct call *c, const char *text)
{
	char *out = arena_strdup(c->arena, text);

	for (char *p = out; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}

int
cache_cluster_get(struct call *c, const char *name, json_t **ret)
{
	int rc;

	name = lower(c, name);
	if (cache_allow(c, "cluster", name) < 0)
		return -1;
	rc = resource_find(c, &elasticache_cluster, name, ret);
	return rc > 0 ?
	    0 :
	    rc < 0 ?
	    -1 :
	    err_set(&c->err, &cache_no_cluster, "CacheCluster not found: %s", name);
}

/* Shown */

const char *
cache_status(const json_t *cluster, const json_t *nodes)
{
	const json_t *node;
	size_t i;

	if (strcmp(json_str_or(cluster, "_want", ""), "deleted") == 0)
		return "deleting";
	json_array_foreach(nodes, i, node) {
		const char *status = json_str_or(node, "_status", "");

		if (strcmp(status, "available") != 0)
			return strcmp(status, "rebooting") == 0 ?
			    "rebooting cache cluster nodes" :
			    strcmp(status, "deleting") == 0 ? "modifying" :
							      status;
	}
	return "available";
}

static json_t *
endpoint(const char *name, const json_t *doc)
{
	return json_make("{s:s, s:I}", "Address", name, "Port",
	    (json_int_t)json_int(doc, "_port", 0));
}

static void
add_nodes(json_t *out, const json_t *nodes)
{
	const json_t *node;
	size_t i;

	json_array_foreach(nodes, i, node) {
		json_t *row = json_add_object(json_need_array(out, "CacheNodes"));
		const char *status = json_str_or(node, "_status", "");

		json_set_str(row, "CacheNodeId", json_str(node, "CacheNodeId"));
		json_set_str(row, "CacheNodeStatus", status);
		json_set(row, "CacheNodeCreateTime",
		    json_incref(json_get(node, "CacheNodeCreateTime")));
		json_set_str(row, "ParameterGroupStatus", "in-sync");
		json_set_str(row, "CustomerAvailabilityZone",
		    json_str(node, "AvailabilityZone"));
		if (strcmp(status, "creating") != 0)
			json_set(row, "Endpoint",
			    endpoint(json_str_or(node, "_address", ""), node));
	}
}

static int
show(struct call *c, const json_t *doc, int with_nodes, json_t **ret)
{
	const char *id = json_str_or(doc, "CacheClusterId", "");
	json_t *out = json_own(c->arena, json_copy_deep(doc)),
	       *nodes = cache_nodes_of(c, id);
	const char *status;
	size_t n;

	if (nodes == NULL)
		return -1;
	status = cache_status(doc, nodes);
	n = json_array_size(nodes);
	json_set_str(out, "CacheClusterStatus", status);
	json_set_int(out, "NumCacheNodes", (int64_t)n);
	json_set_str(out, "PreferredAvailabilityZone",
	    n == 1 ? json_str(json_array_get(nodes, 0), "AvailabilityZone") : "Multiple");
	if (strcmp(json_str_or(doc, "Engine", ""), "memcached") == 0 &&
	    strcmp(status, "creating") != 0)
		json_set(out, "ConfigurationEndpoint",
		    endpoint(cache_configuration_name(c, id), doc));
	if (with_nodes)
		add_nodes(out, nodes);
	*ret = out;
	return 0;
}

int
cache_out_cluster(struct call *c, const json_t *doc)
{
	json_t *out;

	if (show(c, doc, 0, &out) < 0)
		return -1;
	out_ref(c, "CacheCluster", out);
	return 0;
}

static int
describe(struct call *c)
{
	const char *name = in_str(c, "CacheClusterId");
	json_t *all, *rows = json_own(c->arena, json_new_array()), *doc;
	size_t i;

	if (name != NULL) {
		if (cache_cluster_get(c, name, &doc) < 0)
			return -1;
		all = json_own(c->arena, json_make("[O]", doc));
	} else {
		if (cache_allow(c, "cluster", NULL) < 0)
			return -1;
		all = named_all(c, elasticache_cluster.kind);
	}
	json_array_foreach(all, i, doc) {
		json_t *row;

		if (in_bool(c, "ShowCacheClustersNotInReplicationGroups", 0) &&
		    json_get(doc, "ReplicationGroupId") != NULL)
			continue;
		if (show(c, doc, in_bool(c, "ShowCacheNodeInfo", 0), &row) < 0)
			return -1;
		json_add(rows, json_incref(row));
	}
	return all == NULL ? -1 : cache_page(c, "CacheClusters", "CacheClusterId", rows);
}

/* Made */

int
cache_set_groups(struct call *c, json_t *doc)
{
	json_t *rows = json_new_array();
	const json_t *v, *ids = in_list(c, "SecurityGroupIds");
	size_t i;

	json_set(doc, "SecurityGroups", rows);
	json_set(doc, "_groups", ids != NULL ? json_copy_deep(ids) : json_new_array());
	json_array_foreach(ids, i, v)
		json_add(rows,
		    json_make("{s:s, s:s}", "SecurityGroupId", json_string_value(v),
			"Status", "active"));
	return 0;
}

/* A token of Redis and Valkey, which asks for TLS: 0 or -1. */
int
cache_set_auth(struct call *c, json_t *doc)
{
	const char *token = json_str(c->in, "AuthToken");
	size_t n = token != NULL ? strlen(token) : 0;

	if (token == NULL)
		return 0;
	if (!json_bool(doc, "TransitEncryptionEnabled", 0))
		return err_set(&c->err, &cache_bad_combination,
		    "The AUTH token is only supported when encryption-in-transit is enabled");
	for (const char *p = token; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || strchr("/@\"\\", *p) != NULL)
			n = 0;
	}
	if (n < AUTH_MIN || n > AUTH_MAX)
		return err_set(&c->err, &cache_bad_value,
		    "Invalid AuthToken provided: it must have 16 to 128 printable characters "
		    "without '@', '\"' and '/'.");
	json_set_str(doc, "_auth", token);
	json_set_bool(doc, "AuthTokenEnabled", 1);
	json_set(doc, "AuthTokenLastModifiedDate", call_now(c));
	return 0;
}

static int
set_engine(struct call *c, json_t *doc)
{
	const char *name = lower(c, json_str_or(c->in, "Engine", "redis")), *version,
		   *family;
	const struct cache_engine *e = cache_engine_find(name);
	const char *group = json_str(c->in, "CacheParameterGroupName");
	int64_t port;
	json_t *found;

	if (e == NULL)
		return err_set(&c->err, &cache_bad_value, "Unknown engine: %s", name);
	if (!cache_version_find(e, json_str(c->in, "EngineVersion"), &version, &family))
		return err_set(&c->err, &cache_bad_value,
		    "Invalid engine version %s for %s", json_str(c->in, "EngineVersion"),
		    name);
	port = json_int(c->in, "Port", e->port);
	if (port < PORT_MIN || port > PORT_MAX)
		return err_set(&c->err, &cache_bad_value, "Invalid port %lld",
		    (long long)port);
	if (group == NULL)
		group = arena_printf(c->arena, "default.%s", family);
	if (cache_parameter_group_get(c, group, family, &found) < 0)
		return -1;
	json_set_str(doc, "Engine", name);
	json_set_str(doc, "EngineVersion", version);
	json_set(doc, "CacheParameterGroup",
	    json_make("{s:s, s:s, s:[]}", "CacheParameterGroupName", group,
		"ParameterApplyStatus", "in-sync", "CacheNodeIdsToReboot"));
	json_set_int(doc, "_port", port);
	json_set_bool(doc, "TransitEncryptionEnabled",
	    json_bool(c->in, "TransitEncryptionEnabled", 0));
	if (e->is_memcached && json_bool(c->in, "TransitEncryptionEnabled", 0))
		return err_set(&c->err, &cache_bad_combination,
		    "Encryption in transit is not supported here for memcached.");
	if (json_bool(doc, "TransitEncryptionEnabled", 0))
		json_set_str(doc, "TransitEncryptionMode", "required");
	return cache_set_auth(c, doc);
}

int
cache_cluster_new(struct call *c, const char *name, json_t **ret)
{
	const char *type = in_str(c, "CacheNodeType"), *subnets;
	json_t *doc = json_own(c->arena, json_new_object()), *old, *group, *tags;
	int rc = resource_find(c, &elasticache_cluster, name, &old);

	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &exists, "Cache cluster already exists: %s", name);
	if (type == NULL)
		return err_set(&c->err, &cache_bad_combination,
		    "The parameter CacheNodeType must be provided.");
	if (cache_check_type(c, type) < 0 || set_engine(c, doc) < 0)
		return -1;
	tags = cache_input_tags(c);
	subnets = in_str(c, "CacheSubnetGroupName");
	if (tags == NULL || cache_subnet_group_need(c, subnets, &group) < 0)
		return -1;
	json_set_str(doc, "CacheClusterId", name);
	json_set_str(doc, "CacheNodeType", type);
	json_set_str(doc, "CacheSubnetGroupName",
	    json_str(group, "CacheSubnetGroupName"));
	json_set_str(doc, "ARN", cache_arn(c, "cluster", name));
	json_set(doc, "CacheClusterCreateTime", call_now(c));
	json_set(doc, "_tags", json_incref(tags));
	json_set_str(doc, "_want", "available");
	json_set_str(doc, "PreferredMaintenanceWindow",
	    lower(c,
		json_str_or(c->in, "PreferredMaintenanceWindow", "sun:05:00-sun:06:00")));
	json_set_bool(doc, "AutoMinorVersionUpgrade",
	    json_bool(c->in, "AutoMinorVersionUpgrade", 1));
	json_set_int(doc, "SnapshotRetentionLimit",
	    json_int(c->in, "SnapshotRetentionLimit", 0));
	json_set_str(doc, "SnapshotWindow",
	    json_str_or(c->in, "SnapshotWindow", "06:30-07:30"));
	json_set_bool(doc, "AtRestEncryptionEnabled",
	    json_bool(c->in, "AtRestEncryptionEnabled", 0));
	json_set_str(doc, "NetworkType", "ipv4");
	json_set_str(doc, "IpDiscovery", "ipv4");
	json_need_object(doc, "PendingModifiedValues");
	json_set_str(doc, "ClientDownloadLandingPage",
	    "https://console.aws.amazon.com/elasticache/home#client-download:");
	*ret = doc;
	return cache_set_groups(c, doc);
}

/* The zone of the n-th node, or NULL. */
static const char *
zone_of(struct call *c, int64_t i)
{
	const json_t *zones = json_get(c->in, "PreferredAvailabilityZones");

	if (json_array_size(zones) > 0)
		return json_string_value(json_array_get(zones, (size_t)i));
	return in_str(c, "PreferredAvailabilityZone");
}

int
cache_check_count(struct call *c, const char *engine, int64_t n)
{
	const json_t *zones = json_get(c->in, "PreferredAvailabilityZones");
	int is_memcached = strcmp(engine, "memcached") == 0;

	if (n < 1 || n > (is_memcached ? MAX_NODES : 1))
		return err_set(&c->err, &cache_bad_value,
		    is_memcached ?
			"Invalid NumCacheNodes: it must be between 1 and 40." :
			"Cannot create a Redis cluster with a NumCacheNodes parameter greater "
			"than 1.");
	if (json_array_size(zones) > 0 && json_array_size(zones) != (size_t)n)
		return err_set(&c->err, &cache_bad_combination,
		    "PreferredAvailabilityZones must have one for each node.");
	return 0;
}

static int
create(struct call *c)
{
	const char *name =
	    cache_identifier(c, in_str(c, "CacheClusterId"), "CacheClusterId", MAX_NAME);
	int64_t n = in_int(c, "NumCacheNodes", 1);
	json_t *doc;

	if (name == NULL || cache_allow(c, "cluster", name) < 0 || cache_refuse(c) < 0)
		return -1;
	if (in_has(c, "ReplicationGroupId"))
		return err_set(&c->err, &cache_bad_combination,
		    "Replicas are added by IncreaseReplicaCount.");
	if (strcmp(json_str_or(c->in, "AZMode", "single-az"), "cross-az") == 0 && n < 2)
		return err_set(&c->err, &cache_bad_combination,
		    "The parameter AZMode cross-az needs more than one node.");
	if (cache_cluster_new(c, name, &doc) < 0 ||
	    cache_check_count(c, json_str_or(doc, "Engine", ""), n) < 0)
		return -1;
	resource_put(c, &elasticache_cluster, doc);
	for (int64_t i = 0; i < n; i++) {
		json_set_fmt(doc, "_next", "%04lld", (long long)i + 1);
		if (cache_node_make(c, doc, zone_of(c, i)) < 0)
			return -1;
	}
	json_del(doc, "_next");
	return cache_out_cluster(c, doc);
}

/* Deleted */

static int
drop(struct call *c)
{
	const json_t *node;
	json_t *doc, *nodes;
	size_t i;

	if (cache_cluster_get(c, in_str(c, "CacheClusterId"), &doc) < 0 ||
	    cache_refuse(c) < 0 ||
	    resource_edit(c, &elasticache_cluster, json_str_or(doc, "CacheClusterId", ""),
		&doc) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "_want", ""), "deleted") == 0)
		return err_set(&c->err, &cache_bad_state,
		    "Cache cluster %s is already being deleted.",
		    json_str_or(doc, "CacheClusterId", ""));
	if (json_get(doc, "ReplicationGroupId") != NULL)
		return err_set(&c->err, &cache_bad_state,
		    "Cache cluster %s is a member of replication group %s: use "
		    "DecreaseReplicaCount or DeleteReplicationGroup.",
		    json_str_or(doc, "CacheClusterId", ""),
		    json_str_or(doc, "ReplicationGroupId", ""));
	nodes = cache_nodes_of(c, json_str_or(doc, "CacheClusterId", ""));
	json_set_str(doc, "_want", "deleted");
	resource_put(c, &elasticache_cluster, doc);
	json_array_foreach(nodes, i, node) {
		if (cache_node_end(c, node) < 0)
			return -1;
	}
	return nodes == NULL ? -1 : cache_out_cluster(c, doc);
}

static const struct op ops[] = {
	CACHE("CreateCacheCluster", create, 0, "Make a cache."),
	CACHE("DeleteCacheCluster", drop, 0, "End a cache."),
	CACHE("DescribeCacheClusters", describe, OP_READ, "List caches."),
};

static const struct resource *const resources[] = { &elasticache_cluster, NULL };

const struct family elasticache_clusters = FAMILY(ops, resources);
