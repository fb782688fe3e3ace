/*
 * ElastiCache: nodes: made with their interface, renamed, ended.
 */
#include <string.h>

#include "base/enc.h"
#include "control/api/named.h"
#include "control/services/acm/acm.h"
#include "control/services/ec2/ec2.h"
#include "control/services/ec2/network/managed_interface.h"
#include "control/services/elasticache/elasticache.h"

static const struct err_kind bad_vpc = { "InvalidVPCNetworkStateFault", 400 };

static int
nodes_changed(struct converge *cv, struct err *err)
{
	struct store_docs all;

	if (store_list(store_begin(cv->env->store, cv->arena), cv->scope,
		elasticache_node.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const json_t *doc = all.doc[i];

		if (strcmp(json_str_or(doc, "CacheClusterId", ""), cv->id) == 0 ||
		    strcmp(json_str_or(doc, "_group", ""), cv->id) == 0)
			cv->wake(cv, cv->scope, elasticache_node.kind,
			    json_str_or(doc, "_id", ""));
	}
	return 0;
}

static int
parameters_changed(struct converge *cv, struct err *err)
{
	struct store_docs all;

	if (store_list(store_begin(cv->env->store, cv->arena), cv->scope,
		elasticache_node.kind, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		cv->wake(cv, cv->scope, elasticache_node.kind,
		    json_str_or(all.doc[i], "_id", ""));
	return 0;
}

static const struct watch watches[] = {
	{ "elasticache:cluster", nodes_changed },
	{ "elasticache:group", nodes_changed },
	{ "elasticache:parameter-group", parameters_changed },
	{ 0 },
};

const struct resource elasticache_node = {
	.service = "elasticache",
	.kind = "elasticache:node",
	.type = "node",
	.id_member = "_id",
	.noun = "Cache node",
	.not_found = &cache_no_cluster,
	.no_tags = 1,
	.converge = cache_node_converge,
	.watches = watches,
};

json_t *
cache_nodes_of(struct call *c, const char *cluster)
{
	json_t *rows = json_own(c->arena, json_new_array());
	struct store_docs docs;

	if (store_list(c->txn, c->scope, elasticache_node.kind, &docs, &c->err) < 0)
		return NULL;
	for (size_t i = 0; i < docs.n; i++) {
		if (strcmp(json_str_or(docs.doc[i], "CacheClusterId", ""), cluster) == 0)
			json_add(rows, json_incref(docs.doc[i]));
	}
	return resource_sorted(c, rows, "CacheNodeId");
}

/* The subnet of the zone (NULL: any). */
static int
choose_subnet(struct call *c, const json_t *group, const char *zone, json_t **ret)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_get(group, "Subnets"), i, row) {
		if (zone != NULL &&
		    strcmp(zone,
			json_str_or(json_get(row, "SubnetAvailabilityZone"), "Name",
			    "")) != 0)
			continue;
		if (resource_find(c, &ec2_subnet,
			json_str_or(row, "SubnetIdentifier", ""), ret) == 1)
			return 0;
	}
	if (c->err.kind != NULL)
		return -1;
	return err_set(&c->err, &bad_vpc,
	    "The cache subnet group has no subnet in the requested Availability Zone.");
}

/* The number that the next node has. */
static const char *
next_number(struct call *c, const json_t *nodes)
{
	const char *last = json_str_or(json_array_get(nodes, json_array_size(nodes) - 1),
	    "CacheNodeId", "0000");
	int n = 0;

	for (const char *p = last; *p != '\0'; p++)
		n = n * 10 + (*p - '0');
	return arena_printf(c->arena, "%04d", n + 1);
}

/* What names the node's certificate is for. */
static int
certify(struct call *c, const json_t *cluster, json_t *node, const char *name)
{
	const char *group_id = json_str(cluster, "ReplicationGroupId"), *pem, *key;
	const char *names = arena_printf(c->arena, "DNS:%s", name);
	json_t *group;

	if (c->env->ca == NULL || !json_bool(cluster, "TransitEncryptionEnabled", 0))
		return 0;
	if (group_id != NULL) {
		if (resource_get(c, &elasticache_group, group_id, &group) < 0)
			return -1;
		names = arena_printf(c->arena, "%s,DNS:%s,DNS:%s", names,
		    cache_primary_name(c, group), cache_reader_name(c, group));
	}
	if (acm_make_pair(c->arena, c->env->ca, name, names, c->now_ms, &pem, &key,
		&c->err) < 0)
		return -1;
	json_set_str(node, "_cert", pem);
	json_set_str(node, "_key", key);
	return 0;
}

/* The configuration file that it begins with; it writes there itself what it is told later. */
static const char *
first_file(struct call *c, const json_t *cluster)
{
	const char *auth = json_str(cluster, "_auth");

	return auth == NULL ?
	    "appendonly yes\n" :
	    arena_printf(c->arena,
		"appendonly yes\nrequirepass \"%s\"\nmasterauth \"%s\"\n", auth, auth);
}

static int
plug_in(struct call *c, const json_t *cluster, json_t *node, const json_t *subnet,
    const char *name)
{
	struct managed_interface m = {
		.type = "interface",
		.requester = "amazon-elasticache",
		.description = arena_printf(c->arena, "ElastiCache %s",
		    json_str_or(cluster, "CacheClusterId", "")),
		.workload = json_str_or(node, "_id", ""),
		.workload_kind = elasticache_node.kind,
		.cohort = json_str(cluster, "ReplicationGroupId"),
		.cohort_port = json_int(cluster, "_port", 0),
		.name = name,
	};
	json_t *groups;
	const char *interface;

	if (ec2_security_groups_for(c, subnet, json_get(cluster, "_groups"), NULL,
		&groups) < 0) {
		c->err.kind = &cache_bad_value;
		return -1;
	}
	m.groups = groups;
	if (managed_interface_make(c, subnet, &m, &interface) < 0)
		return -1;
	json_set_str(node, "_interface", interface);
	if (strcmp(json_str_or(cluster, "Engine", ""), "memcached") != 0)
		return 0;
	return managed_interface_rename(c, interface,
	    json_own(c->arena,
		json_make("[s]",
		    cache_configuration_name(c,
			json_str_or(cluster, "CacheClusterId", "")))));
}

int
cache_node_make(struct call *c, const json_t *cluster, const char *zone)
{
	const char *id = json_str_or(cluster, "CacheClusterId", ""), *number, *name;
	json_t *nodes = cache_nodes_of(c, id),
	       *node = json_own(c->arena, json_new_object()), *group, *subnet;
	const char *subnets = json_str(cluster, "CacheSubnetGroupName");
	char hex[21];

	if (nodes == NULL || cache_subnet_group_need(c, subnets, &group) < 0 ||
	    choose_subnet(c, group, zone, &subnet) < 0)
		return -1;
	number = json_str_or(cluster, "_next", next_number(c, nodes));
	name = cache_node_name(c, id, number);
	random_hex(hex, 20);
	json_set_fmt(node, "_id", "cache-%s", hex);
	json_set_str(node, "CacheClusterId", id);
	json_set_str(node, "CacheNodeId", number);
	json_set_str(node, "_group", json_str(cluster, "ReplicationGroupId"));
	json_set_str(node, "_status", "creating");
	json_set_str(node, "_want", "available");
	json_set_str(node, "_address", name);
	json_set_str(node, "_subnet_group", json_str(group, "CacheSubnetGroupName"));
	json_set_str(node, "_subnet", json_str(subnet, "SubnetId"));
	json_set_str(node, "AvailabilityZone", json_str(subnet, "AvailabilityZone"));
	json_set_int(node, "_port", json_int(cluster, "_port", 0));
	json_set_str(node, "_first", first_file(c, cluster));
	json_set(node, "CacheNodeCreateTime", call_now(c));
	json_need_object(node, "_set");
	if (plug_in(c, cluster, node, subnet, name) < 0 ||
	    certify(c, cluster, node, name) < 0)
		return -1;
	resource_put(c, &elasticache_node, node);
	return 0;
}

int
cache_node_end(struct call *c, const json_t *node)
{
	json_t *doc;

	if (resource_edit(c, &elasticache_node, json_str_or(node, "_id", ""), &doc) < 0)
		return -1;
	json_set_str(doc, "_want", "deleted");
	json_set_str(doc, "_status", "deleting");
	resource_put(c, &elasticache_node, doc);
	return 0;
}

int
cache_group_rename(struct call *c, const json_t *group)
{
	const char *primary = json_str_or(group, "_primary", "");
	const json_t *member;
	size_t i, n = json_array_size(json_get(group, "MemberClusters"));

	json_array_foreach(json_get(group, "MemberClusters"), i, member) {
		const char *id = json_string_value(member);
		const json_t *node = json_array_get(cache_nodes_of(c, id), 0);
		json_t *names = json_own(c->arena, json_new_array());

		if (strcmp(id, primary) == 0)
			json_add_str(names, cache_primary_name(c, group));
		/* Who is alone is read, too. */
		if (strcmp(id, primary) != 0 || n == 1)
			json_add_str(names, cache_reader_name(c, group));
		if (node != NULL &&
		    managed_interface_rename(c, json_str_or(node, "_interface", ""),
			names) < 0)
			return -1;
	}
	return 0;
}

int
cache_group_fail_over(struct call *c, json_t *group)
{
	const char *primary = json_str_or(group, "_primary", "");
	const json_t *members = json_get(group, "MemberClusters"), *member;
	const char *next = NULL;
	size_t i;

	json_array_foreach(members, i, member) {
		const char *id = json_string_value(member);
		const json_t *node = json_array_get(cache_nodes_of(c, id), 0);

		if (next == NULL && strcmp(id, primary) != 0 &&
		    strcmp(json_str_or(node, "_status", ""), "available") == 0)
			next = id;
	}
	if (next == NULL)
		return err_set(&c->err, &cache_bad_group_state,
		    "The replication group %s has no replica that is available.",
		    json_str_or(group, "ReplicationGroupId", ""));
	json_set_str(group, "_primary", next);
	cache_event(c, "replication-group", json_str_or(group, "ReplicationGroupId", ""),
	    arena_printf(c->arena, "Failover to replica node %s completed", next));
	return cache_group_rename(c, group);
}

static const struct resource *const resources[] = { &elasticache_node, NULL };

const struct family elasticache_nodes = { .resources = resources };
