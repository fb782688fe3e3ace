/*
 * ElastiCache: clusters, replication groups, and what they are made of: their lives, and what is refused.
 */
#include <string.h>

#include "control/plane/reconcile.h"
#include "tests/api/fixture.h"

/* Caches without Docker: what is asked for is there at once. */
static void
converge(struct fixture *f)
{
	struct engine *engine = f->env.engine;

	f->env.engine = NULL;
	for (int i = 0; i < 3; i++)
		(void)reconcile_pass(&f->env);
	f->env.engine = engine;
}

static json_t *
ok(struct fixture *f, const char *op, const char *params)
{
	return fixture_ok(f, "elasticache", op, "%s", params);
}

static const json_t *
cluster(struct fixture *f, const char *name)
{
	return json_array_get(
	    json_get(fixture_ok(f, "elasticache", "DescribeCacheClusters",
			 "{\"CacheClusterId\":\"%s\",\"ShowCacheNodeInfo\":true}", name),
		"CacheClusters"),
	    0);
}

static const json_t *
group(struct fixture *f)
{
	return json_array_get(json_get(ok(f, "DescribeReplicationGroups",
					   "{\"ReplicationGroupId\":\"rg\"}"),
				  "ReplicationGroups"),
	    0);
}

#define NODE "\"CacheNodeType\":\"cache.t3.micro\""

static void
a_cluster_lives_and_goes(void **state)
{
	struct fixture *f = *state;
	json_t *v = ok(f, "CreateCacheCluster",
	    "{\"CacheClusterId\":\"Shop\"," NODE
	    ",\"Engine\":\"redis\",\"NumCacheNodes\":1,\"EngineVersion\":\"6.x\",\"Tags\":[{"
	    "\"Key\":\"a\",\"Value\":\"b\"}]}");
	const json_t *seen;

	fixture_is(v, "CacheCluster.CacheClusterId", "shop");
	fixture_is(v, "CacheCluster.CacheClusterStatus", "creating");
	fixture_is(v, "CacheCluster.EngineVersion", "6.2");
	fixture_is(v, "CacheCluster.CacheParameterGroup.CacheParameterGroupName",
	    "default.redis6.x");
	fixture_is(v, "CacheCluster.CacheSubnetGroupName", "default");
	converge(f);
	seen = cluster(f, "shop");
	fixture_is(seen, "CacheClusterStatus", "available");
	fixture_is(seen, "CacheNodes.0.CacheNodeId", "0001");
	fixture_is(seen, "CacheNodes.0.CacheNodeStatus", "available");
	assert_int_equal(json_int(json_path(json_array_get(json_get(seen, "CacheNodes"),
						0),
				      "Endpoint"),
			     "Port", 0),
	    6379);
	assert_non_null(strstr(fixture_text(seen, "CacheNodes.0.Endpoint.Address"),
	    ".0001.use1.cache.amazonaws.com"));
	v = ok(f, "ListTagsForResource",
	    "{\"ResourceName\":\"arn:aws:elasticache:us-east-1:000000000000:cluster:shop\"}");
	fixture_is(v, "TagList.0.Value", "b");
	ok(f, "RemoveTagsFromResource",
	    "{\"ResourceName\":\"arn:aws:elasticache:us-east-1:000000000000:cluster:shop\","
	    "\"TagKeys\":[\"a\"]}");
	ok(f, "RebootCacheCluster",
	    "{\"CacheClusterId\":\"shop\",\"CacheNodeIdsToReboot\":[\"0001\"]}");
	fixture_is(cluster(f, "shop"), "CacheClusterStatus",
	    "rebooting cache cluster nodes");
	fixture_fails(f, "InvalidCacheClusterState", "elasticache", "ModifyCacheCluster",
	    "{\"CacheClusterId\":\"shop\",\"SnapshotRetentionLimit\":1}");
	converge(f);
	v = ok(f, "ModifyCacheCluster",
	    "{\"CacheClusterId\":\"shop\",\"CacheNodeType\":\"cache.m5.large\","
	    "\"ApplyImmediately\":true,\"SnapshotRetentionLimit\":2,\"AutoMinorVersionUpgrade\":"
	    "false}");
	fixture_is(v, "CacheCluster.CacheNodeType", "cache.m5.large");
	fixture_is(v, "CacheCluster.AutoMinorVersionUpgrade", "false");
	fixture_is(ok(f, "DeleteCacheCluster", "{\"CacheClusterId\":\"shop\"}"),
	    "CacheCluster.CacheClusterStatus", "deleting");
	fixture_fails(f, "InvalidCacheClusterState", "elasticache", "DeleteCacheCluster",
	    "{\"CacheClusterId\":\"shop\"}");
	converge(f);
	fixture_fails(f, "CacheClusterNotFound", "elasticache", "DescribeCacheClusters",
	    "{\"CacheClusterId\":\"shop\"}");
	v = ok(f, "DescribeEvents",
	    "{\"SourceIdentifier\":\"shop\",\"SourceType\":"
	    "\"cache-cluster\"}");
	assert_int_equal(json_array_size(json_get(v, "Events")), 3);
	assert_non_null(strstr(json_text(f->arena, v), "Cache cluster created"));
	/* Its interface went with it. */
	assert_int_equal(json_array_size(json_get(fixture_ok(f, "ec2",
						      "DescribeNetworkInterfaces", "{}"),
			     "NetworkInterfaces")),
	    0);
}

static void
memcached_grows_and_shrinks(void **state)
{
	struct fixture *f = *state;
	const json_t *seen;

	ok(f, "CreateCacheCluster",
	    "{\"CacheClusterId\":\"mc\"," NODE
	    ",\"Engine\":\"memcached\",\"NumCacheNodes\":2}");
	converge(f);
	seen = cluster(f, "mc");
	fixture_is(seen, "CacheNodes.1.CacheNodeId", "0002");
	assert_non_null(
	    strstr(fixture_text(seen, "ConfigurationEndpoint.Address"), ".cfg.use1."));
	ok(f, "ModifyCacheCluster",
	    "{\"CacheClusterId\":\"mc\",\"NumCacheNodes\":4,"
	    "\"ApplyImmediately\":true}");
	fixture_is(cluster(f, "mc"), "CacheClusterStatus", "creating");
	converge(f);
	assert_int_equal(json_array_size(json_get(cluster(f, "mc"), "CacheNodes")), 4);
	fixture_fails(f, "InvalidParameterCombination", "elasticache",
	    "ModifyCacheCluster", "{\"CacheClusterId\":\"mc\",\"NumCacheNodes\":3}");
	fixture_fails(f, "InvalidParameterValue", "elasticache", "ModifyCacheCluster",
	    "{\"CacheClusterId\":\"mc\",\"NumCacheNodes\":3,\"CacheNodeIdsToRemove\":[\"0009\"]}");
	ok(f, "ModifyCacheCluster",
	    "{\"CacheClusterId\":\"mc\",\"NumCacheNodes\":3,"
	    "\"CacheNodeIdsToRemove\":[\"0002\"]}");
	converge(f);
	seen = cluster(f, "mc");
	assert_int_equal(json_array_size(json_get(seen, "CacheNodes")), 3);
	fixture_is(seen, "CacheNodes.1.CacheNodeId", "0003");
	fixture_is(seen, "CacheClusterStatus", "available");
}

static void
a_group_has_a_primary_and_replicas(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	v = ok(f, "CreateReplicationGroup",
	    "{\"ReplicationGroupId\":\"rg\",\"ReplicationGroupDescription\":\"d\"," NODE
	    ",\"NumCacheClusters\":2,\"AutomaticFailoverEnabled\":true,"
	    "\"TransitEncryptionEnabled\":true,\"AuthToken\":\"0123456789abcdef\"}");
	fixture_is(v, "ReplicationGroup.Status", "creating");
	fixture_is(v, "ReplicationGroup.MemberClusters.1", "rg-002");
	converge(f);
	v = group(f);
	fixture_is(v, "Status", "available");
	fixture_is(v, "AuthTokenEnabled", "true");
	fixture_is(v, "NodeGroups.0.NodeGroupMembers.0.CurrentRole", "primary");
	assert_non_null(strstr(fixture_text(v, "NodeGroups.0.PrimaryEndpoint.Address"),
	    "master.rg."));
	assert_null(strstr(json_text(f->arena, v), "0123456789abcdef"));
	fixture_is(cluster(f, "rg-001"), "ReplicationGroupId", "rg");
	assert_int_equal(json_array_size(
			     json_get(ok(f, "DescribeCacheClusters",
					  "{\"ShowCacheClustersNotInReplicationGroups"
					  "\":true}"),
				 "CacheClusters")),
	    0);
	fixture_fails(f, "InvalidCacheClusterState", "elasticache", "DeleteCacheCluster",
	    "{\"CacheClusterId\":\"rg-001\"}");
	ok(f, "TestFailover", "{\"ReplicationGroupId\":\"rg\",\"NodeGroupId\":\"0001\"}");
	fixture_is(group(f), "NodeGroups.0.NodeGroupMembers.1.CurrentRole", "primary");
	ok(f, "ModifyReplicationGroup",
	    "{\"ReplicationGroupId\":\"rg\",\"PrimaryClusterId\":\"rg-001\","
	    "\"ReplicationGroupDescription\":\"e\",\"CacheNodeType\":\"cache.m5.large\","
	    "\"ApplyImmediately\":true}");
	v = group(f);
	fixture_is(v, "Description", "e");
	fixture_is(v, "CacheNodeType", "cache.m5.large");
	fixture_is(v, "NodeGroups.0.NodeGroupMembers.0.CurrentRole", "primary");
	ok(f, "IncreaseReplicaCount",
	    "{\"ReplicationGroupId\":\"rg\",\"NewReplicaCount\":2,\"ApplyImmediately\":true}");
	fixture_is(group(f), "Status", "modifying");
	converge(f);
	fixture_is(group(f), "MemberClusters.2", "rg-003");
	fixture_fails(f, "NoOperationFault", "elasticache", "IncreaseReplicaCount",
	    "{\"ReplicationGroupId\":\"rg\",\"NewReplicaCount\":2,\"ApplyImmediately\":true}");
	fixture_fails(f, "InvalidParameterValue", "elasticache", "DecreaseReplicaCount",
	    "{\"ReplicationGroupId\":\"rg\",\"ReplicasToRemove\":[\"rg-001\"],"
	    "\"ApplyImmediately\":true}");
	fixture_fails(f, "InvalidParameterCombination", "elasticache",
	    "DecreaseReplicaCount",
	    "{\"ReplicationGroupId\":\"rg\",\"NewReplicaCount\":0,\"ApplyImmediately\":true}");
	ok(f, "DecreaseReplicaCount",
	    "{\"ReplicationGroupId\":\"rg\",\"NewReplicaCount\":1,\"ApplyImmediately\":true}");
	converge(f);
	assert_int_equal(json_array_size(json_get(group(f), "MemberClusters")), 2);
	ok(f, "DeleteReplicationGroup", "{\"ReplicationGroupId\":\"rg\"}");
	converge(f);
	fixture_fails(f, "ReplicationGroupNotFoundFault", "elasticache",
	    "DescribeReplicationGroups", "{\"ReplicationGroupId\":\"rg\"}");
	assert_int_equal(json_array_size(json_get(ok(f, "DescribeCacheClusters", "{}"),
			     "CacheClusters")),
	    0);
}

static void
parameters_and_subnets(void **state)
{
	struct fixture *f = *state;
	const json_t *v;

	ok(f, "CreateCacheParameterGroup",
	    "{\"CacheParameterGroupName\":\"own\",\"CacheParameterGroupFamily\":\"redis7\","
	    "\"Description\":\"d\"}");
	ok(f, "ModifyCacheParameterGroup",
	    "{\"CacheParameterGroupName\":\"own\",\"ParameterNameValues\":[{\"ParameterName\":"
	    "\"timeout\",\"ParameterValue\":\"20\"}]}");
	v = ok(f, "DescribeCacheParameters",
	    "{\"CacheParameterGroupName\":\"own\",\"Source\":\"user\"}");
	assert_int_equal(json_array_size(json_get(v, "Parameters")), 1);
	fixture_is(v, "Parameters.0.ParameterValue", "20");
	ok(f, "CreateCacheCluster",
	    "{\"CacheClusterId\":\"a\"," NODE ",\"CacheParameterGroupName\":\"own\"}");
	fixture_fails(f, "InvalidCacheParameterGroupState", "elasticache",
	    "DeleteCacheParameterGroup", "{\"CacheParameterGroupName\":\"own\"}");
	fixture_fails(f, "CacheSubnetGroupInUse", "elasticache", "DeleteCacheSubnetGroup",
	    "{\"CacheSubnetGroupName\":\"default\"}");
	ok(f, "ResetCacheParameterGroup",
	    "{\"CacheParameterGroupName\":\"own\",\"ResetAllParameters\":true}");
	v = ok(f, "DescribeCacheParameterGroups", "{}");
	assert_true(json_array_size(json_get(v, "CacheParameterGroups")) >= 8);
	v = ok(f, "DescribeEngineDefaultParameters",
	    "{\"CacheParameterGroupFamily\":\"memcached1.6\"}");
	assert_true(json_array_size(json_path(v, "EngineDefaults.Parameters")) >= 5);
	v = ok(f, "DescribeCacheEngineVersions",
	    "{\"Engine\":\"valkey\",\"DefaultOnly\":true}");
	fixture_is(v, "CacheEngineVersions.0.EngineVersion", "8.1");
	assert_int_equal(json_array_size(json_get(v, "CacheEngineVersions")), 1);
}

static void
wrong_input_is_refused(void **state)
{
	static const struct {
		const char *code, *op, *params;
	} rows[] = {
		{ "InvalidParameterValue", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"1a\"," NODE "}" },
		{ "InvalidParameterValue", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\",\"CacheNodeType\":\"cache.none\"}" },
		{ "InvalidParameterValue", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\"," NODE ",\"Engine\":\"oracle\"}" },
		{ "InvalidParameterValue", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\"," NODE ",\"EngineVersion\":\"99\"}" },
		{ "InvalidParameterValue", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\"," NODE ",\"NumCacheNodes\":2}" },
		{ "InvalidParameterCombination", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\"," NODE
		    ",\"CacheParameterGroupName\":\"default.redis6.x\"}" },
		{ "CacheParameterGroupNotFound", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\"," NODE
		    ",\"CacheParameterGroupName\":\"none\"}" },
		{ "CacheSubnetGroupNotFoundFault", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\"," NODE
		    ",\"CacheSubnetGroupName\":\"none\"}" },
		{ "InvalidParameterValue", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\"," NODE
		    ",\"SecurityGroupIds\":[\"sg-0\"]}" },
		{ "InvalidParameterCombination", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\"," NODE ",\"SnapshotName\":\"s\"}" },
		{ "InvalidParameterCombination", "CreateCacheCluster",
		    "{\"CacheClusterId\":\"a\"," NODE
		    ",\"AuthToken\":\"0123456789abcdef\"}" },
		{ "InvalidParameterValue", "CreateReplicationGroup",
		    "{\"ReplicationGroupId\":\"a\",\"ReplicationGroupDescription\":\"d\"," NODE
		    ",\"TransitEncryptionEnabled\":true,\"AuthToken\":\"short\"}" },
		{ "InvalidParameterCombination", "CreateReplicationGroup",
		    "{\"ReplicationGroupId\":\"a\",\"ReplicationGroupDescription\":\"d\"," NODE
		    ",\"AutomaticFailoverEnabled\":true}" },
		{ "InvalidParameterCombination", "CreateReplicationGroup",
		    "{\"ReplicationGroupId\":\"a\",\"ReplicationGroupDescription\":\"d\"," NODE
		    ",\"NumNodeGroups\":2}" },
		{ "InvalidParameterValue", "CreateReplicationGroup",
		    "{\"ReplicationGroupId\":\"a\",\"ReplicationGroupDescription\":\"d\"," NODE
		    ",\"Engine\":\"memcached\"}" },
		{ "InvalidParameterValue", "CreateReplicationGroup",
		    "{\"ReplicationGroupId\":\"a\",\"ReplicationGroupDescription\":\"d\"," NODE
		    ",\"NumCacheClusters\":7}" },
		{ "ReplicationGroupNotFoundFault", "DeleteReplicationGroup",
		    "{\"ReplicationGroupId\":\"none\"}" },
		{ "CacheClusterNotFound", "RebootCacheCluster",
		    "{\"CacheClusterId\":\"none\",\"CacheNodeIdsToReboot\":[\"0001\"]}" },
		{ "InvalidSubnet", "CreateCacheSubnetGroup",
		    "{\"CacheSubnetGroupName\":\"a\",\"CacheSubnetGroupDescription\":\"d\","
		    "\"SubnetIds\":[\"subnet-0\"]}" },
		{ "InvalidParameterValue", "CreateCacheSubnetGroup",
		    "{\"CacheSubnetGroupName\":\"default\",\"CacheSubnetGroupDescription\":\"d\","
		    "\"SubnetIds\":[\"subnet-0\"]}" },
		{ "InvalidParameterValue", "CreateCacheParameterGroup",
		    "{\"CacheParameterGroupName\":\"a\",\"CacheParameterGroupFamily\":\"redis99\","
		    "\"Description\":\"d\"}" },
		{ "InvalidCacheParameterGroupState", "ModifyCacheParameterGroup",
		    "{\"CacheParameterGroupName\":\"default.redis7\",\"ParameterNameValues\":[{"
		    "\"ParameterName\":\"timeout\",\"ParameterValue\":\"20\"}]}" },
		{ "InvalidARN", "ListTagsForResource",
		    "{\"ResourceName\":\"arn:aws:s3:::a\"}" },
		{ "InvalidParameterValue", "DescribeCacheClusters",
		    "{\"MaxRecords\":5}" },
	};
	static const char *const values[] = { "timeout=19", "timeout=x",
		"maxmemory-policy=lru", "none=1", "chunk_size=48", "slowlog-max-len=-1" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		fixture_fails(f, rows[i].code, "elasticache", rows[i].op, "%s",
		    rows[i].params);
	ok(f, "CreateCacheParameterGroup",
	    "{\"CacheParameterGroupName\":\"own\",\"CacheParameterGroupFamily\":\"redis7\","
	    "\"Description\":\"d\"}");
	for (size_t i = 0; i < COUNT(values); i++) {
		int n = (int)strcspn(values[i], "=");

		fixture_fails(f, "InvalidParameterValue", "elasticache",
		    "ModifyCacheParameterGroup",
		    "{\"CacheParameterGroupName\":\"own\",\"ParameterNameValues\":[{"
		    "\"ParameterName\":\"%.*s\",\"ParameterValue\":\"%s\"}]}",
		    n, values[i], values[i] + n + 1);
	}
	assert_int_equal(json_array_size(json_get(ok(f, "DescribeCacheClusters", "{}"),
			     "CacheClusters")),
	    0);
}

int
main(void)
{
#define T(test_) \
	cmocka_unit_test_setup_teardown(test_, fixture_setup_standard, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_cluster_lives_and_goes),
		T(memcached_grows_and_shrinks),
		T(a_group_has_a_primary_and_replicas),
		T(parameters_and_subnets),
		T(wrong_input_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
