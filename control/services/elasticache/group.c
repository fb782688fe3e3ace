/*
 * ElastiCache: replication groups: a primary, and replicas that follow it.
 */
#include <ctype.h>
#include <string.h>

#include "control/api/named.h"
#include "control/services/ec2/ec2.h"
#include "control/services/elasticache/elasticache.h"

static const struct err_kind exists = { "ReplicationGroupAlreadyExists", 400 };

enum { MAX_NAME = 40, MAX_MEMBERS = 6 };

const struct resource elasticache_group = {
	.service = "elasticache",
	.kind = "elasticache:group",
	.type = "replicationgroup",
	.id_member = "ReplicationGroupId",
	.noun = "ReplicationGroup",
	.not_found = &cache_no_group,
	.tags_member = "_tags",
};

static int
get(struct call *c, int is_edit, json_t **ret)
{
	char *name = arena_strdup(c->arena, in_str(c, "ReplicationGroupId"));
	int rc;

	for (char *p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	if (cache_allow(c, "replicationgroup", name) < 0)
		return -1;
	rc = is_edit ?
	    store_edit(c->txn, c->scope, elasticache_group.kind, name, ret, &c->err) :
	    store_get(c->txn, c->scope, elasticache_group.kind, name, ret, &c->err);
	return rc > 0 ?
	    0 :
	    rc < 0 ?
	    -1 :
	    err_set(&c->err, &cache_no_group, "ReplicationGroup %s not found.", name);
}

/* Shown */

static json_t *
endpoint(const char *name, const json_t *doc)
{
	return json_make("{s:s, s:I}", "Address", name, "Port",
	    (json_int_t)json_int(doc, "_port", 0));
}

/* A node of each member, in the order of MemberClusters; NULL and c->err. */
static json_t *
nodes_of(struct call *c, const json_t *group)
{
	json_t *all = json_own(c->arena, json_new_array()), *nodes;
	const json_t *member;
	size_t i;

	json_array_foreach(json_get(group, "MemberClusters"), i, member) {
		nodes = cache_nodes_of(c, json_string_value(member));
		if (nodes == NULL)
			return NULL;
		if (json_array_size(nodes) > 0)
			json_add(all, json_incref(json_array_get(nodes, 0)));
	}
	return all;
}

static void
add_members(json_t *row, const json_t *group, const json_t *nodes)
{
	const char *primary = json_str_or(group, "_primary", "");
	const json_t *node;
	size_t i;

	json_array_foreach(nodes, i, node) {
		json_t *member =
		    json_add_object(json_need_array(row, "NodeGroupMembers"));
		const char *id = json_str_or(node, "CacheClusterId", "");

		json_set_str(member, "CacheClusterId", id);
		json_set_str(member, "CacheNodeId", json_str(node, "CacheNodeId"));
		json_set_str(member, "PreferredAvailabilityZone",
		    json_str(node, "AvailabilityZone"));
		json_set_str(member, "CurrentRole",
		    strcmp(id, primary) == 0 ? "primary" : "replica");
		json_set(member, "ReadEndpoint",
		    endpoint(json_str_or(node, "_address", ""), node));
	}
}

static const char *
status_of(const json_t *group, const json_t *nodes)
{
	const char *status = cache_status(group, nodes);

	return strcmp(status, "rebooting cache cluster nodes") == 0 ? "modifying" :
	    strcmp(status, "creating") == 0 && json_bool(group, "_was_available", 0) ?
								      "modifying" :
								      status;
}

static int
show(struct call *c, const json_t *doc, json_t **ret)
{
	json_t *out = json_own(c->arena, json_copy_deep(doc)), *nodes = nodes_of(c, doc),
	       *row;
	const char *status;

	if (nodes == NULL)
		return -1;
	status = status_of(doc, nodes);
	json_set_str(out, "Status", status);
	*ret = out;
	if (strcmp(status, "creating") == 0)
		return 0;
	row = json_add_object(json_need_array(out, "NodeGroups"));
	json_set_str(row, "NodeGroupId", "0001");
	json_set_str(row, "Status", status);
	json_set(row, "PrimaryEndpoint", endpoint(cache_primary_name(c, doc), doc));
	json_set(row, "ReaderEndpoint", endpoint(cache_reader_name(c, doc), doc));
	add_members(row, doc, nodes);
	return 0;
}

static int
out_group(struct call *c, const json_t *doc)
{
	json_t *out;

	if (show(c, doc, &out) < 0)
		return -1;
	out_ref(c, "ReplicationGroup", out);
	return 0;
}

static int
describe(struct call *c)
{
	json_t *all, *rows = json_own(c->arena, json_new_array()), *doc;
	size_t i;

	if (in_has(c, "ReplicationGroupId")) {
		if (get(c, 0, &doc) < 0)
			return -1;
		all = json_own(c->arena, json_make("[O]", doc));
	} else {
		if (cache_allow(c, "replicationgroup", NULL) < 0)
			return -1;
		all = named_all(c, elasticache_group.kind);
	}
	json_array_foreach(all, i, doc) {
		json_t *row;

		if (show(c, doc, &row) < 0)
			return -1;
		json_add(rows, json_incref(row));
	}
	return all == NULL ?
	    -1 :
	    cache_page(c, "ReplicationGroups", "ReplicationGroupId", rows);
}

/* Made */

/* A member more, with a node in the zone (NULL: any): 0 or -1. */
static int
add_member(struct call *c, json_t *group, json_t *cluster, const char *name,
    const char *zone)
{
	json_set_str(cluster, "CacheClusterId", name);
	json_set_str(cluster, "ARN", cache_arn(c, "cluster", name));
	json_set_str(cluster, "ReplicationGroupId",
	    json_str(group, "ReplicationGroupId"));
	json_add_str(json_need_array(group, "MemberClusters"), name);
	resource_put(c, &elasticache_cluster, cluster);
	resource_put(c, &elasticache_group, group);
	return cache_node_make(c, cluster, zone);
}

static json_t *
group_new(struct call *c, const char *name, const json_t *cluster)
{
	static const char *const same[] = { "AtRestEncryptionEnabled", "AuthTokenEnabled",
		"AuthTokenLastModifiedDate", "AutoMinorVersionUpgrade", "CacheNodeType",
		"Engine", "IpDiscovery", "NetworkType", "SnapshotRetentionLimit",
		"SnapshotWindow", "TransitEncryptionEnabled", "TransitEncryptionMode",
		"_port", "_tags" };
	json_t *doc = json_own(c->arena, json_new_object());

	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(cluster, same[i]) != NULL)
			json_set(doc, same[i],
			    json_copy_deep(json_get(cluster, same[i])));
	}
	json_set_str(doc, "ReplicationGroupId", name);
	json_set_str(doc, "Description", in_str(c, "ReplicationGroupDescription"));
	json_set_str(doc, "ARN", cache_arn(c, "replicationgroup", name));
	json_set(doc, "ReplicationGroupCreateTime", call_now(c));
	json_set_bool(doc, "ClusterEnabled", 0);
	json_set_str(doc, "ClusterMode", "disabled");
	json_set_str(doc, "AutomaticFailover",
	    in_bool(c, "AutomaticFailoverEnabled", 0) ? "enabled" : "disabled");
	json_set_str(doc, "MultiAZ",
	    in_bool(c, "MultiAZEnabled", 0) ? "enabled" : "disabled");
	json_set_str(doc, "DataTiering", "disabled");
	json_set_str(doc, "_want", "available");
	json_need_object(doc, "PendingModifiedValues");
	json_need_array(doc, "MemberClusters");
	return doc;
}

/* How many members: 0 or -1. */
static int
count_members(struct call *c, int64_t *ret)
{
	int64_t n =
	    in_int(c, "NumCacheClusters", in_int(c, "ReplicasPerNodeGroup", 0) + 1);
	int fails_over = in_bool(c, "AutomaticFailoverEnabled", 0);
	const json_t *zones = in_list(c, "PreferredCacheClusterAZs");

	if (in_int(c, "NumNodeGroups", 1) != 1)
		return err_set(&c->err, &cache_bad_combination,
		    "Replication groups of several node groups are not supported here.");
	if (in_has(c, "PrimaryClusterId"))
		return err_set(&c->err, &cache_bad_combination,
		    "A replication group of a cluster that is there is not supported here.");
	if (n < 1 || n > MAX_MEMBERS)
		return err_set(&c->err, &cache_bad_value,
		    "Invalid NumCacheClusters: it must be between 1 and 6.");
	if (fails_over && n < 2)
		return err_set(&c->err, &cache_bad_combination,
		    "Automatic failover requires at least 2 cache clusters.");
	if (in_bool(c, "MultiAZEnabled", 0) && !fails_over)
		return err_set(&c->err, &cache_bad_combination,
		    "To enable Multi-AZ, automatic failover must be enabled.");
	if (json_array_size(zones) > 0 && json_array_size(zones) != (size_t)n)
		return err_set(&c->err, &cache_bad_combination,
		    "PreferredCacheClusterAZs must have one for each cache cluster.");
	*ret = n;
	return 0;
}

static const char *
member_name(struct call *c, const char *group, int64_t i)
{
	return arena_printf(c->arena, "%s-%03lld", group, (long long)i);
}

static int
create(struct call *c)
{
	const char *name = cache_identifier(c, in_str(c, "ReplicationGroupId"),
	    "ReplicationGroupId", MAX_NAME);
	const json_t *zones = in_list(c, "PreferredCacheClusterAZs");
	json_t *doc = NULL, *cluster, *old;
	int64_t n;
	int rc;

	if (name == NULL || cache_allow(c, "replicationgroup", name) < 0 ||
	    cache_refuse(c) < 0 || count_members(c, &n) < 0)
		return -1;
	rc = resource_find(c, &elasticache_group, name, &old);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &exists,
				    "Replication group with id %s already "
				    "exists",
				    name);
	if (strcmp(json_str_or(c->in, "Engine", "redis"), "memcached") == 0)
		return err_set(&c->err, &cache_bad_value,
		    "The engine memcached has no replication groups.");
	for (int64_t i = 0; i < n; i++) {
		const char *member = member_name(c, name, i + 1);

		if (cache_cluster_new(c, member, &cluster) < 0)
			return -1;
		if (doc == NULL) {
			doc = group_new(c, name, cluster);
			json_set_str(doc, "_primary", member);
		}
		if (add_member(c, doc, cluster, member,
			json_string_value(json_array_get(zones, (size_t)i))) < 0)
			return -1;
	}
	return cache_group_rename(c, doc) < 0 ? -1 : out_group(c, doc);
}

static int
drop(struct call *c)
{
	const json_t *member;
	json_t *doc, *cluster;
	size_t i;

	if (get(c, 1, &doc) < 0 || cache_refuse(c) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "_want", ""), "deleted") == 0)
		return err_set(&c->err, &cache_bad_group_state,
		    "Replication group %s is already being deleted.",
		    json_str_or(doc, "ReplicationGroupId", ""));
	json_set_str(doc, "_want", "deleted");
	resource_put(c, &elasticache_group, doc);
	json_array_foreach(json_get(doc, "MemberClusters"), i, member) {
		const char *id = json_string_value(member);

		if (resource_edit(c, &elasticache_cluster, id, &cluster) < 0)
			return -1;
		json_set_str(cluster, "_want", "deleted");
		resource_put(c, &elasticache_cluster, cluster);
		if (cache_node_end(c, json_array_get(cache_nodes_of(c, id), 0)) < 0)
			return -1;
	}
	return out_group(c, doc);
}

static const struct op ops[] = {
	CACHE("CreateReplicationGroup", create, 0, "Make a primary and its replicas."),
	CACHE("DeleteReplicationGroup", drop, 0, "End a replication group."),
	CACHE("DescribeReplicationGroups", describe, OP_READ, "List replication groups."),
};

static const struct resource *const resources[] = { &elasticache_group, NULL };

const struct family elasticache_groups = FAMILY(ops, resources);

/* Changed: the group to write, which is available, and its nodes */

static int
begin(struct call *c, json_t **ret, json_t **ret_nodes)
{
	if (get(c, 1, ret) < 0)
		return -1;
	*ret_nodes = nodes_of(c, *ret);
	if (*ret_nodes == NULL)
		return -1;
	if (strcmp(status_of(*ret, *ret_nodes), "available") != 0)
		return err_set(&c->err, &cache_bad_group_state,
		    "Replication group must be in available state to modify. It is %s.",
		    status_of(*ret, *ret_nodes));
	json_set_bool(*ret, "_was_available", 1);
	return cache_refuse(c);
}

static int
set_failover(struct call *c, json_t *doc)
{
	size_t n = json_array_size(json_get(doc, "MemberClusters"));

	if (in_has(c, "AutomaticFailoverEnabled"))
		json_set_str(doc, "AutomaticFailover",
		    in_bool(c, "AutomaticFailoverEnabled", 0) ? "enabled" : "disabled");
	if (in_has(c, "MultiAZEnabled"))
		json_set_str(doc, "MultiAZ",
		    in_bool(c, "MultiAZEnabled", 0) ? "enabled" : "disabled");
	if (strcmp(json_str_or(doc, "AutomaticFailover", ""), "enabled") == 0 && n < 2)
		return err_set(&c->err, &cache_bad_combination,
		    "Automatic failover requires at least 2 cache clusters.");
	if (strcmp(json_str_or(doc, "MultiAZ", ""), "enabled") == 0 &&
	    strcmp(json_str_or(doc, "AutomaticFailover", ""), "enabled") != 0)
		return err_set(&c->err, &cache_bad_combination,
		    "To enable Multi-AZ, automatic failover must be enabled.");
	return 0;
}

static int
modify(struct call *c)
{
	static const char *const same[] = { "CacheNodeType", "AutoMinorVersionUpgrade",
		"SnapshotRetentionLimit", "SnapshotWindow", "AuthTokenEnabled",
		"AuthTokenLastModifiedDate" };
	const char *primary = in_str(c, "PrimaryClusterId");
	const json_t *member;
	json_t *doc, *nodes, *cluster = NULL;
	size_t i;

	if (begin(c, &doc, &nodes) < 0 || set_failover(c, doc) < 0)
		return -1;
	if (in_has(c, "TransitEncryptionEnabled") &&
	    in_bool(c, "TransitEncryptionEnabled", 0) !=
		json_bool(doc, "TransitEncryptionEnabled", 0))
		return err_set(&c->err, &cache_bad_combination,
		    "TransitEncryptionEnabled cannot be changed here.");
	json_array_foreach(json_get(doc, "MemberClusters"), i, member) {
		if (resource_edit(c, &elasticache_cluster, json_string_value(member),
			&cluster) < 0 ||
		    cache_cluster_change(c, cluster) < 0)
			return -1;
	}
	for (i = 0; i < COUNT(same); i++) {
		if (json_get(cluster, same[i]) != NULL)
			json_set(doc, same[i],
			    json_copy_deep(json_get(cluster, same[i])));
	}
	json_set_str(doc, "Description", in_str(c, "ReplicationGroupDescription"));
	if (primary != NULL) {
		if (!json_has_str(json_get(doc, "MemberClusters"), primary))
			return err_set(&c->err, &cache_bad_value,
			    "%s is no member of the replication group.", primary);
		json_set_str(doc, "_primary", primary);
		if (cache_group_rename(c, doc) < 0)
			return -1;
	}
	resource_put(c, &elasticache_group, doc);
	return out_group(c, doc);
}

static int
test_failover(struct call *c)
{
	json_t *doc, *nodes;

	if (begin(c, &doc, &nodes) < 0)
		return -1;
	if (strcmp(json_str_or(doc, "AutomaticFailover", ""), "enabled") != 0)
		return err_set(&c->err, &cache_bad_group_state,
		    "Automatic failover is not enabled for replication group %s.",
		    json_str_or(doc, "ReplicationGroupId", ""));
	if (cache_group_fail_over(c, doc) < 0)
		return -1;
	resource_put(c, &elasticache_group, doc);
	return out_group(c, doc);
}

/* Replicas more or fewer, at once. */
static int
check_at_once(struct call *c)
{
	if (in_bool(c, "ApplyImmediately", 0))
		return 0;
	return err_set(&c->err, &cache_bad_value,
	    "ApplyImmediately must be true: replicas cannot be changed later.");
}

static const struct err_kind no_operation = { "NoOperationFault", 400 };

static int
increase(struct call *c)
{
	int64_t n = in_int(c, "NewReplicaCount", 0) + 1, has, last = 0;
	json_t *doc, *nodes, *cluster;
	const json_t *member;
	const char *id;
	size_t i;

	if (begin(c, &doc, &nodes) < 0 || check_at_once(c) < 0)
		return -1;
	id = json_str_or(doc, "ReplicationGroupId", "");
	has = (int64_t)json_array_size(nodes);
	if (n > MAX_MEMBERS)
		return err_set(&c->err, &cache_bad_value,
		    "A node group has at most 5 replicas.");
	if (n <= has)
		return err_set(&c->err, &no_operation,
		    "The replication group has %lld replicas already.",
		    (long long)has - 1);
	json_array_foreach(json_get(doc, "MemberClusters"), i, member) {
		const char *number = json_string_value(member) + strlen(id) + 1;
		int64_t k =
		    (number[0] - '0') * 100 + (number[1] - '0') * 10 + number[2] - '0';

		last = k > last ? k : last;
	}
	for (int64_t k = has; k < n; k++) {
		json_t *first;

		if (resource_get(c, &elasticache_cluster,
			json_str_or(doc, "_primary", ""), &first) < 0)
			return -1;
		cluster = json_own(c->arena, json_copy_deep(first));
		json_set(cluster, "CacheClusterCreateTime", call_now(c));
		if (add_member(c, doc, cluster, member_name(c, id, ++last), NULL) < 0)
			return -1;
	}
	return cache_group_rename(c, doc) < 0 ? -1 : out_group(c, doc);
}

/* The replica that goes next: one that was named, else the last. */
static const char *
choose(struct call *c, const json_t *doc, size_t k)
{
	const json_t *named = in_list(c, "ReplicasToRemove"),
		     *members = json_get(doc, "MemberClusters");
	const char *primary = json_str_or(doc, "_primary", "");

	if (json_array_size(named) > 0)
		return json_string_value(json_array_get(named, k));
	for (size_t i = json_array_size(members); i-- > 0;) {
		const char *id = json_string_value(json_array_get(members, i));

		if (strcmp(id, primary) != 0 && k-- == 0)
			return id;
	}
	return NULL;
}

static int
decrease(struct call *c)
{
	const json_t *named = in_list(c, "ReplicasToRemove");
	json_t *doc, *nodes, *cluster;
	size_t has, gone;

	if (begin(c, &doc, &nodes) < 0 || check_at_once(c) < 0)
		return -1;
	has = json_array_size(nodes);
	gone = json_array_size(named) > 0 ?
	    json_array_size(named) :
	    has - (size_t)in_int(c, "NewReplicaCount", (int64_t)has - 1) - 1;
	if (gone == 0 || gone >= has)
		return err_set(&c->err, gone == 0 ? &no_operation : &cache_bad_value,
		    "The replication group has %zu replicas.", has - 1);
	if (strcmp(json_str_or(doc, "AutomaticFailover", ""), "enabled") == 0 &&
	    has - gone < 2)
		return err_set(&c->err, &cache_bad_combination,
		    "Automatic failover requires at least one replica.");
	for (size_t k = 0; k < gone; k++) {
		const char *id = choose(c, doc, k);

		if (id == NULL || strcmp(id, json_str_or(doc, "_primary", "")) == 0 ||
		    !json_has_str(json_get(doc, "MemberClusters"), id))
			return err_set(&c->err, &cache_bad_value,
			    "%s is no replica of the replication group.",
			    id != NULL ? id : "");
		if (resource_edit(c, &elasticache_cluster, id, &cluster) < 0)
			return -1;
		json_set_str(cluster, "_want", "deleted");
		resource_put(c, &elasticache_cluster, cluster);
		if (cache_node_end(c, json_array_get(cache_nodes_of(c, id), 0)) < 0)
			return -1;
	}
	resource_put(c, &elasticache_group, doc);
	return out_group(c, doc);
}

static const struct op change_ops[] = {
	CACHE("DecreaseReplicaCount", decrease, 0, "Take replicas away."),
	CACHE("IncreaseReplicaCount", increase, 0, "Add replicas."),
	CACHE("ModifyReplicationGroup", modify, 0, "Change a replication group."),
	CACHE("TestFailover", test_failover, 0, "Let a replica be the primary."),
};

const struct family elasticache_group_changes = FAMILY(change_ops, NULL);
