/*
 * ElastiCache: Redis, Valkey and Memcached in containers of a VPC.
 *
 * Not emulated: cluster mode, snapshots, users and user groups, serverless caches, global datastores, log
 * delivery, maintenance by the clock.
 */
#include "control/services/elasticache/elasticache.h"

#include <string.h>

#include "base/enc.h"
#include "control/api/named.h"
#include "control/api/tags.h"
#include "control/engine/images.h"
#include "control/services/ec2/ec2.h"

const struct err_kind cache_bad_value = { "InvalidParameterValue", 400 };
const struct err_kind cache_bad_combination = { "InvalidParameterCombination", 400 };
const struct err_kind cache_no_cluster = { "CacheClusterNotFound", 404 };
const struct err_kind cache_bad_state = { "InvalidCacheClusterState", 400 };
const struct err_kind cache_no_group = { "ReplicationGroupNotFoundFault", 404 };
const struct err_kind cache_bad_group_state = { "InvalidReplicationGroupState", 400 };

static const struct family *const families[] = { &elasticache_clusters,
	&elasticache_changes, &elasticache_groups, &elasticache_group_changes,
	&elasticache_subnet_groups, &elasticache_parameter_groups, &elasticache_versions,
	&elasticache_tags, &elasticache_events, &elasticache_nodes, NULL };

const struct service elasticache_service = {
	.name = "elasticache",
	.families = families,
	.stands_on = &ec2_service,
};

char *
cache_arn(const struct call *c, const char *type, const char *name)
{
	return call_arn(c, arena_printf(c->arena, "%s:%s", type, name));
}

int
cache_allow(struct call *c, const char *type, const char *name)
{
	const struct auth_question q = { .resource = cache_arn(c, type,
					     name != NULL ? name : "*") };

	return call_ask(c, &q);
}

char *
cache_identifier(struct call *c, const char *text, const char *what, size_t max)
{
	return named_identifier(c, text, what, max, &cache_bad_value);
}

int
cache_page(struct call *c, const char *member, const char *key, json_t *rows)
{
	return named_page(c, member, key, rows, &cache_bad_value);
}

int
cache_refuse(struct call *c)
{
	static const char *const none[] = { "CacheSecurityGroupNames", "ClusterMode",
		"Durability", "FinalSnapshotIdentifier", "GlobalReplicationGroupId",
		"KmsKeyId", "LogDeliveryConfigurations", "NodeGroupConfiguration",
		"NotificationTopicArn", "NotificationTopicStatus", "OutpostMode",
		"PreferredOutpostArn", "PreferredOutpostArns", "ReplicaConfiguration",
		"ScaleConfig", "ServerlessCacheSnapshotName", "SnapshotArns",
		"SnapshotName", "SnapshottingClusterId", "UserGroupIds",
		"UserGroupIdsToAdd", "UserGroupIdsToRemove" };
	static const char *const off[] = { "DataTieringEnabled", "RemoveUserGroups",
		"RetainPrimaryCluster" };
	static const struct {
		const char *member, *only;
	} only[] = { { "IpDiscovery", "ipv4" }, { "NetworkType", "ipv4" },
		{ "TransitEncryptionMode", "required" }, { "NodeGroupId", "0001" } };

	for (size_t i = 0; i < COUNT(none); i++) {
		const json_t *v = json_get(c->in, none[i]);

		if (v != NULL && (!json_is_array(v) || json_array_size(v) > 0) &&
		    !(json_is_string(v) && strcmp(json_string_value(v), "disabled") == 0))
			return err_set(&c->err, &cache_bad_combination,
			    "%s is not supported here.", none[i]);
	}
	for (size_t i = 0; i < COUNT(off); i++) {
		if (json_bool(c->in, off[i], 0))
			return err_set(&c->err, &cache_bad_combination,
			    "%s is not supported here.", off[i]);
	}
	for (size_t i = 0; i < COUNT(only); i++) {
		const char *said = json_str(c->in, only[i].member);

		if (said != NULL && strcmp(said, only[i].only) != 0)
			return err_set(&c->err, &cache_bad_value,
			    "%s %s is not supported here.", only[i].member, said);
	}
	return 0;
}

json_t *
cache_input_tags(struct call *c)
{
	json_t *tags = json_own(c->arena, json_new_array());

	if (tags_merge(c, tags, in_list(c, "Tags")) < 0) {
		c->err.kind = &cache_bad_value;
		return NULL;
	}
	return tags;
}

/* Endpoints */

/* Six letters and digits that all of the account's in the region have. */
static const char *
salt(struct call *c)
{
	static const char abc[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	unsigned char sum[32];
	char *out = arena_alloc(c->arena, 7);

	sha256(c->scope, strlen(c->scope), sum);
	for (size_t i = 0; i < 6; i++)
		out[i] = abc[sum[i + 12] % 36];
	out[6] = '\0';
	return out;
}

/* "us-east-1" is use1, "ap-southeast-2" apse2. */
static const char *
short_region(struct call *c)
{
	static const char *const words[][2] = { { "northeast", "ne" },
		{ "northwest", "nw" }, { "southeast", "se" }, { "southwest", "sw" },
		{ "central", "c" }, { "north", "n" }, { "south", "s" }, { "east", "e" },
		{ "west", "w" } };
	const char *where = strchr(c->region, '-');

	for (size_t i = 0; where != NULL && i < COUNT(words); i++) {
		size_t n = strlen(words[i][0]);

		if (strncmp(where + 1, words[i][0], n) == 0 && where[1 + n] == '-')
			return arena_printf(c->arena, "%.*s%s%s",
			    (int)(where - c->region), c->region, words[i][1],
			    where + n + 2);
	}
	return c->region;
}

static const char *
domain(struct call *c)
{
	return arena_printf(c->arena, "%s.cache.amazonaws.com", short_region(c));
}

const char *
cache_node_name(struct call *c, const char *cluster, const char *number)
{
	return arena_printf(c->arena, "%s.%s.%s.%s", cluster, salt(c), number, domain(c));
}

const char *
cache_configuration_name(struct call *c, const char *cluster)
{
	return arena_printf(c->arena, "%s.%s.cfg.%s", cluster, salt(c), domain(c));
}

static const char *
group_name(struct call *c, const json_t *group, const char *open, const char *tls)
{
	const char *id = json_str_or(group, "ReplicationGroupId", "");

	return json_bool(group, "TransitEncryptionEnabled", 0) ?
	    arena_printf(c->arena, "%s.%s.%s.%s", tls, id, salt(c), domain(c)) :
	    arena_printf(c->arena, "%s%s.%s.ng.0001.%s", id, open, salt(c), domain(c));
}

const char *
cache_primary_name(struct call *c, const json_t *group)
{
	return group_name(c, group, "", "master");
}

const char *
cache_reader_name(struct call *c, const json_t *group)
{
	return group_name(c, group, "-ro", "replica");
}

/* Engines */

static const char *const redis_versions[][2] = { { "5.0.6", "redis5.0" },
	{ "6.0", "redis6.x" }, { "6.2", "redis6.x" }, { "7.0", "redis7" },
	{ "7.1", "redis7" }, { NULL, NULL } };
static const char *const valkey_versions[][2] = { { "7.2", "valkey7" },
	{ "8.0", "valkey8" }, { "8.1", "valkey8" }, { NULL, NULL } };
static const char *const memcached_versions[][2] = { { "1.5.16", "memcached1.5" },
	{ "1.6.12", "memcached1.6" }, { "1.6.17", "memcached1.6" },
	{ "1.6.22", "memcached1.6" }, { NULL, NULL } };

const struct cache_engine cache_engines[3] = {
	{ "memcached", "memcached", IMAGE_ELASTICACHE_MEMCACHED, 11211, 1,
	    memcached_versions },
	{ "redis", "Redis", IMAGE_ELASTICACHE_REDIS, 6379, 0, redis_versions },
	{ "valkey", "Valkey", IMAGE_ELASTICACHE_VALKEY, 6379, 0, valkey_versions },
};

const struct cache_engine *
cache_engine_find(const char *name)
{
	for (size_t i = 0; i < COUNT(cache_engines); i++) {
		if (strcmp(cache_engines[i].name, name) == 0)
			return &cache_engines[i];
	}
	return NULL;
}

int
cache_version_find(const struct cache_engine *e, const char *text,
    const char **ret_version, const char **ret_family)
{
	size_t n = text != NULL ? strlen(text) : 0;
	int found = 0;

	/* "6.x" and "7" are the newest of theirs. */
	if (n > 2 && strcmp(text + n - 2, ".x") == 0)
		n -= 2;
	for (size_t i = 0; e->versions[i][0] != NULL; i++) {
		const char *v = e->versions[i][0];

		if (text != NULL &&
		    (strncmp(v, text, n) != 0 || (v[n] != '\0' && v[n] != '.')))
			continue;
		*ret_version = v;
		*ret_family = e->versions[i][1];
		found = 1;
	}
	return found;
}
