/*
 * ElastiCache: cache clusters: changed, rebooted.
 */
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/elasticache/elasticache.h"

static int
need_available(struct call *c, const json_t *doc, json_t **ret_nodes)
{
	const char *id = json_str_or(doc, "CacheClusterId", "");

	*ret_nodes = cache_nodes_of(c, id);
	if (*ret_nodes == NULL)
		return -1;
	if (strcmp(cache_status(doc, *ret_nodes), "available") == 0)
		return 0;
	return err_set(&c->err, &cache_bad_state,
	    "Cache cluster %s is not in available state.", id);
}

static int
regroup(struct call *c, json_t *doc, const json_t *nodes)
{
	const json_t *node;
	size_t i;

	cache_set_groups(c, doc);
	json_array_foreach(nodes, i, node) {
		json_t *subnet, *groups;

		if (resource_get(c, &ec2_subnet, json_str_or(node, "_subnet", ""),
			&subnet) < 0)
			return -1;
		if (ec2_security_groups_for(c, subnet, json_get(doc, "_groups"), NULL,
			&groups) < 0) {
			c->err.kind = &cache_bad_value;
			return -1;
		}
		if (managed_interface_regroup(c, json_str_or(node, "_interface", ""),
			groups) < 0)
			return -1;
	}
	return 0;
}

static int
change_auth(struct call *c, json_t *doc)
{
	const char *how = json_str_or(c->in, "AuthTokenUpdateStrategy", "ROTATE");

	if (json_get(c->in, "AuthToken") == NULL && strcmp(how, "DELETE") != 0)
		return 0;
	if (strcmp(how, "DELETE") == 0)
		return err_set(&c->err, &cache_bad_combination,
		    "The AuthTokenUpdateStrategy DELETE is not supported here.");
	return cache_set_auth(c, doc);
}

static int
change_engine(struct call *c, json_t *doc)
{
	const struct cache_engine *e = cache_engine_find(json_str_or(doc, "Engine", ""));
	const char *version = json_str(c->in, "EngineVersion"), *family, *found,
		   *group = json_str(c->in, "CacheParameterGroupName"),
		   *engine = json_str(c->in, "Engine");
	json_t *its = json_get(doc, "CacheParameterGroup"), *wanted;

	if (engine != NULL && strcmp(engine, json_str_or(doc, "Engine", "")) != 0)
		return err_set(&c->err, &cache_bad_combination,
		    "Another Engine is not supported here.");
	if (version == NULL && group == NULL)
		return 0;
	if (e == NULL ||
	    !cache_version_find(e,
		version != NULL ? version : json_str(doc, "EngineVersion"), &found,
		&family))
		return err_set(&c->err, &cache_bad_value, "Invalid engine version %s",
		    version);
	json_set_str(doc, "EngineVersion", found);
	if (group == NULL)
		return 0;
	if (cache_parameter_group_get(c, group, family, &wanted) < 0)
		return -1;
	json_set_str(its, "CacheParameterGroupName", group);
	return 0;
}

int
cache_cluster_change(struct call *c, json_t *doc)
{
	static const char *const texts[] = { "PreferredMaintenanceWindow",
		"SnapshotWindow" };
	const char *type = in_str(c, "CacheNodeType");
	json_t *nodes;

	if (need_available(c, doc, &nodes) < 0 || cache_refuse(c) < 0 ||
	    (type != NULL && cache_check_type(c, type) < 0) ||
	    change_engine(c, doc) < 0 || change_auth(c, doc) < 0)
		return -1;
	/* What waits for a maintenance window is done at once with ApplyImmediately alone. */
	if (type != NULL && !in_bool(c, "ApplyImmediately", 0) &&
	    strcmp(type, json_str_or(doc, "CacheNodeType", "")) != 0)
		return err_set(&c->err, &cache_bad_combination,
		    "CacheNodeType changes here only with ApplyImmediately.");
	json_set_str(doc, "CacheNodeType", type);
	for (size_t i = 0; i < COUNT(texts); i++)
		json_set_str(doc, texts[i], json_str(c->in, texts[i]));
	if (in_has(c, "AutoMinorVersionUpgrade"))
		json_set_bool(doc, "AutoMinorVersionUpgrade",
		    in_bool(c, "AutoMinorVersionUpgrade", 1));
	if (in_has(c, "SnapshotRetentionLimit"))
		json_set_int(doc, "SnapshotRetentionLimit",
		    in_int(c, "SnapshotRetentionLimit", 0));
	if (in_has(c, "SecurityGroupIds") && regroup(c, doc, nodes) < 0)
		return -1;
	resource_put(c, &elasticache_cluster, doc);
	return 0;
}

/* Nodes of memcached come and go. */
static int
resize(struct call *c, json_t *doc)
{
	json_t *nodes = cache_nodes_of(c, json_str_or(doc, "CacheClusterId", ""));
	const json_t *gone = in_list(c, "CacheNodeIdsToRemove"),
		     *zones = in_list(c, "NewAvailabilityZones"), *node;
	int64_t has = (int64_t)json_array_size(nodes),
		n = in_int(c, "NumCacheNodes", has), k;
	const char *last;
	size_t i;

	if (n == has)
		return 0;
	if (cache_check_count(c, json_str_or(doc, "Engine", ""), n) < 0)
		return -1;
	if (n < has && (int64_t)json_array_size(gone) != has - n)
		return err_set(&c->err, &cache_bad_combination,
		    "CacheNodeIdsToRemove must name %lld nodes.", (long long)(has - n));
	k = 0;
	json_array_foreach(nodes, i, node) {
		if (!json_has_str(gone, json_str_or(node, "CacheNodeId", "")))
			continue;
		k++;
		if (cache_node_end(c, node) < 0)
			return -1;
	}
	if (n < has && k != has - n)
		return err_set(&c->err, &cache_bad_value,
		    "Some of the nodes do not exist.");
	last = json_str_or(json_array_get(nodes, json_array_size(nodes) - 1),
	    "CacheNodeId", "0000");
	for (k = 1; k <= n - has; k++) {
		int64_t number = (last[2] - '0') * 10 + last[3] - '0' + k;

		json_set_fmt(doc, "_next", "%04lld", (long long)number);
		if (cache_node_make(c, doc,
			json_string_value(json_array_get(zones, (size_t)k - 1))) < 0)
			return -1;
	}
	json_del(doc, "_next");
	return 0;
}

static int
modify(struct call *c)
{
	json_t *doc;

	if (cache_cluster_get(c, in_str(c, "CacheClusterId"), &doc) < 0 ||
	    resource_edit(c, &elasticache_cluster, json_str_or(doc, "CacheClusterId", ""),
		&doc) < 0 ||
	    cache_cluster_change(c, doc) < 0 || resize(c, doc) < 0)
		return -1;
	if (json_get(doc, "ReplicationGroupId") != NULL &&
	    (in_has(c, "CacheNodeType") || in_has(c, "AuthToken")))
		return err_set(&c->err, &cache_bad_combination,
		    "Members of a replication group are changed by ModifyReplicationGroup.");
	if (strcmp(json_str_or(c->in, "AZMode", "single-az"), "cross-az") == 0 &&
	    strcmp(json_str_or(doc, "Engine", ""), "memcached") != 0)
		return err_set(&c->err, &cache_bad_combination,
		    "The parameter AZMode is for memcached.");
	return cache_out_cluster(c, doc);
}

static int
reboot(struct call *c)
{
	const json_t *ids = in_list(c, "CacheNodeIdsToReboot"), *node;
	json_t *doc, *nodes, *copy;
	size_t i, n = 0;

	if (cache_cluster_get(c, in_str(c, "CacheClusterId"), &doc) < 0 ||
	    need_available(c, doc, &nodes) < 0)
		return -1;
	json_array_foreach(nodes, i, node) {
		if (!json_has_str(ids, json_str_or(node, "CacheNodeId", "")))
			continue;
		if (resource_edit(c, &elasticache_node, json_str_or(node, "_id", ""),
			&copy) < 0)
			return -1;
		json_set_str(copy, "_status", "rebooting");
		json_set_int(copy, "_reboots", json_int(copy, "_reboots", 0) + 1);
		resource_put(c, &elasticache_node, copy);
		n++;
	}
	if (n != json_array_size(ids))
		return err_set(&c->err, &cache_bad_value,
		    "Some of the CacheNodeIdsToReboot do not exist.");
	return cache_out_cluster(c, doc);
}

static const struct op ops[] = {
	CACHE("ModifyCacheCluster", modify, 0, "Change a cache."),
	CACHE("RebootCacheCluster", reboot, 0, "Restart nodes of a cache."),
};

const struct family elasticache_changes = FAMILY(ops, NULL);
