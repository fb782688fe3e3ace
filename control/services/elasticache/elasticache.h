/*
 * ElastiCache: caches that are really there: what its families share.
 *
 * A cluster is a document (elasticache:cluster, by its CacheClusterId), a replication group another
 * (elasticache:group, by its ReplicationGroupId), both as they are described.  Each node is one of its own
 * (elasticache:node), with a container, an interface and, of Redis and Valkey, a volume of its id:
 *	_id, CacheClusterId, CacheNodeId ("0001"), _status, _want ("available", "deleted"),
 *	_reboots, _rebooted, _interface, _subnet, AvailabilityZone, _port, CacheNodeCreateTime, _first (its first
 *	configuration file), _cert, _key (PEM), _set {parameter: value} that it has, _role that it was told
 * Of a cluster, privately: _engine, _want, _subnet_group, _groups (ids), _auth; of a group the same, and _primary (the
 * CacheClusterId of it).  What a cluster's or group's status is follows from its nodes.
 */
#ifndef CONTROL_SERVICES_ELASTICACHE_ELASTICACHE_H
#define CONTROL_SERVICES_ELASTICACHE_ELASTICACHE_H

#include "control/api/call.h"
#include "control/api/converge.h"
#include "control/api/resource.h"
#include "control/api/service.h"

extern const struct service elasticache_service;
extern const struct family elasticache_clusters, elasticache_changes, elasticache_groups,
    elasticache_group_changes, elasticache_subnet_groups, elasticache_parameter_groups,
    elasticache_versions, elasticache_tags, elasticache_events, elasticache_nodes;

extern const struct resource elasticache_cluster, elasticache_group, elasticache_node,
    elasticache_subnet_group, elasticache_parameter_group;

/* The handlers ask for permission themselves, with the ARN. */
#define CACHE(name_, run_, flags_, doc_) OP(name_, run_, (flags_) | OP_ASKS, doc_)

extern const struct err_kind cache_bad_value;	    /* InvalidParameterValue 400 */
extern const struct err_kind cache_bad_combination; /* InvalidParameterCombination 400 */
extern const struct err_kind cache_no_cluster;	    /* CacheClusterNotFound 404 */
extern const struct err_kind cache_bad_state;	    /* InvalidCacheClusterState 400 */
extern const struct err_kind cache_no_group; /* ReplicationGroupNotFoundFault 404 */
extern const struct err_kind cache_bad_group_state; /* InvalidReplicationGroupState 400 */

/* "arn:aws:elasticache:us-east-1:000000000000:cluster:NAME" of type "cluster"; the arena's. */
char *cache_arn(const struct call *c, const char *type, const char *name);

/* May the caller, on the resource with the type and name (NULL: all of them)?  0 or -1. */
int cache_allow(struct call *c, const char *type, const char *name);

/* As named_identifier() and named_page(), in this service's words. */
char *cache_identifier(struct call *c, const char *text, const char *what, size_t max);
int cache_page(struct call *c, const char *member, const char *key, json_t *rows);

/* Members of the input that would change something which is not here: 0, or -1. */
int cache_refuse(struct call *c);

/* Tags of the input, checked, into a new array of the arena's; NULL and c->err. */
json_t *cache_input_tags(struct call *c);

/* What happened to a source ("cache-cluster"), for DescribeEvents. */
void cache_event(struct call *c, const char *type, const char *id, const char *message);

/* Engines */

struct cache_engine {
	const char *name, *title;
	int image; /* enum image_id */
	int port;
	int is_memcached;
	const char *const (
	    *versions)[2]; /* {version, family}, oldest first; ends with NULL */
};
const struct cache_engine *cache_engine_find(const char *name); /* NULL: there is none */
extern const struct cache_engine cache_engines[3];

/* The version of the text ("7.1", "7", NULL: the newest) and its family: 1, or 0 there is none. */
int cache_version_find(const struct cache_engine *e, const char *text,
    const char **ret_version, const char **ret_family);

/* Groups of subnets and parameters */

/* NULL: that of the default VPC.  0, or -1. */
int cache_subnet_group_need(struct call *c, const char *name, json_t **ret);

/* A group, a default one too, of the family (NULL: any): 0, or -1. */
int cache_parameter_group_get(struct call *c, const char *name, const char *family,
    json_t **ret);

/* {name: value} that the user has set; the arena's.  0 or -1. */
int cache_parameters_of(struct store_txn *t, struct arena *a, const char *scope,
    const char *group, json_t **ret, struct err *err);

/* Nodes */

/* All nodes of a cluster, by number; the arena's.  NULL and c->err. */
json_t *cache_nodes_of(struct call *c, const char *cluster);

/* A node more for the cluster, in the zone (NULL: any): put.  0 or -1. */
int cache_node_make(struct call *c, const json_t *cluster, const char *zone);

/* It is to go; what is of its cluster goes with the last one.  0 or -1. */
int cache_node_end(struct call *c, const json_t *node);

/* The names of nodes follow who is the primary of the group.  0 or -1. */
int cache_group_rename(struct call *c, const json_t *group);

/* The group has another primary, which may be any but the one of now: 0, or -1 there is none. */
int cache_group_fail_over(struct call *c, json_t *group);

/* Clusters */

int cache_cluster_get(struct call *c, const char *name, json_t **ret);

/* A cluster of the input, or of a group's member: checked, its document without nodes, not put.  0 or -1. */
int cache_cluster_new(struct call *c, const char *name, json_t **ret);

/* "available" when all its nodes are. */
const char *cache_status(const json_t *cluster, const json_t *nodes);

/* What the input changes of the cluster, into its document, which is put: 0 or -1. */
int cache_cluster_change(struct call *c, json_t *doc);

int cache_check_type(struct call *c, const char *type);

/* The input's security groups, token, number of nodes: 0 or -1. */
int cache_set_groups(struct call *c, json_t *doc);
int cache_set_auth(struct call *c, json_t *doc);
int cache_check_count(struct call *c, const char *engine, int64_t n);

/* The answer has it.  0 or -1. */
int cache_out_cluster(struct call *c, const json_t *doc);

/* Endpoints: the arena's. */
const char *cache_node_name(struct call *c, const char *cluster, const char *number);
const char *cache_configuration_name(struct call *c, const char *cluster);
const char *cache_primary_name(struct call *c, const json_t *group);
const char *cache_reader_name(struct call *c, const json_t *group);

int cache_node_converge(struct converge *cv, struct err *err);

#endif
