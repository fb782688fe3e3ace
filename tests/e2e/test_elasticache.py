"""Caches of ElastiCache: real engines in the VPC, by name, behind their security groups."""
import time

import pytest
from botocore.exceptions import ClientError

from data import data  # noqa: F401  (a fixture)
from plane import docker, eventually, inspect, measure

TOKEN = "a-token-of-more-than-16"
CLI = "timeout 10 redis-cli --no-auth-warning -h {h} -p {p} {more} {args}"
TLS = "--tls --cacert /.simfra/ca.pem"


@pytest.fixture(scope="module")
def caches(plane):
    return plane.client("elasticache")


@pytest.fixture(scope="module")
def place(caches, data):  # noqa: F811
    """Where they are, and who may reach them."""
    caches.create_cache_subnet_group(CacheSubnetGroupName="ours", CacheSubnetGroupDescription="d",
                                     SubnetIds=data.subnets)
    yield {"CacheSubnetGroupName": "ours", "CacheNodeType": "cache.t3.micro"}
    caches.delete_cache_subnet_group(CacheSubnetGroupName="ours")


def cluster(caches, name):
    return caches.describe_cache_clusters(CacheClusterId=name, ShowCacheNodeInfo=True)["CacheClusters"][0]


def group(caches, name):
    return caches.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]


def gone(see, name):
    def check():
        try:
            see(name)
        except ClientError as e:
            assert e.response["Error"]["Code"] in ("CacheClusterNotFound", "ReplicationGroupNotFoundFault")
            return True

    eventually(f"{name} is gone", check, 60, 0.05)


def ask(data, endpoint, args, more=""):  # noqa: F811
    return data.client.try_sh(CLI.format(h=endpoint["Address"], p=endpoint["Port"], more=more, args=args))


def says(data, endpoint, args, text, more=""):  # noqa: F811
    p = ask(data, endpoint, args, more)
    assert p.stdout.strip() == text, p.stdout + p.stderr


def box(plane, address):
    """The container of the cache that has the address."""
    for name in (c["Names"][0].lstrip("/") for c in plane.containers()):
        if "-cache-" in name:
            with open(f"/proc/{inspect(name)['State']['Pid']}/net/fib_trie") as f:
                if address in f.read():
                    return name
    return None


@pytest.mark.parametrize("engine", ["redis", "valkey"])
def test_a_cache_answers_and_keeps_what_it_has(caches, data, place, engine):  # noqa: F811
    begin = time.monotonic()
    caches.create_cache_cluster(CacheClusterId=f"a-{engine}", Engine=engine, NumCacheNodes=1,
                                SecurityGroupIds=[data.for_port(6379)], **place)
    eventually("available", lambda: cluster(caches, f"a-{engine}")["CacheClusterStatus"] == "available", 60, 0.05)
    measure(f"{engine}: create to available", time.monotonic() - begin)
    endpoint = cluster(caches, f"a-{engine}")["CacheNodes"][0]["Endpoint"]
    assert endpoint["Address"].startswith(f"a-{engine}.") and endpoint["Address"].endswith(".cache.amazonaws.com")
    says(data, endpoint, "set k v", "OK")
    says(data, endpoint, "config get maxmemory-policy", "maxmemory-policy\nnoeviction")
    caches.create_cache_parameter_group(
        CacheParameterGroupName=f"p-{engine}", Description="d",
        CacheParameterGroupFamily="redis7" if engine == "redis" else "valkey8")
    caches.modify_cache_parameter_group(CacheParameterGroupName=f"p-{engine}", ParameterNameValues=[
        {"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lru"}])
    caches.modify_cache_cluster(CacheClusterId=f"a-{engine}", CacheParameterGroupName=f"p-{engine}",
                                ApplyImmediately=True)
    eventually("the parameter holds", lambda: "allkeys-lru" in
               ask(data, endpoint, "config get maxmemory-policy").stdout, 20)
    caches.reboot_cache_cluster(CacheClusterId=f"a-{engine}", CacheNodeIdsToReboot=["0001"])
    eventually("available", lambda: cluster(caches, f"a-{engine}")["CacheClusterStatus"] == "available", 60, 0.05)
    says(data, endpoint, "get k", "v")
    says(data, endpoint, "config get maxmemory-policy", "maxmemory-policy\nallkeys-lru")
    group_id = cluster(caches, f"a-{engine}")["SecurityGroups"][0]["SecurityGroupId"]
    rule = {"GroupId": group_id, "IpPermissions": [{
        "IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "UserIdGroupPairs": [{"GroupId": data.inside}]}]}
    data.ec2.revoke_security_group_ingress(**rule)
    eventually("the port is closed", lambda: data.client.try_sh(
        f"nc -z -w 1 {endpoint['Address']} 6379").returncode != 0)
    caches.delete_cache_cluster(CacheClusterId=f"a-{engine}")
    gone(lambda n: cluster(caches, n), f"a-{engine}")
    caches.delete_cache_parameter_group(CacheParameterGroupName=f"p-{engine}")


def test_memcached_has_nodes(caches, data, place):  # noqa: F811
    caches.create_cache_cluster(CacheClusterId="many", Engine="memcached", NumCacheNodes=2,
                                SecurityGroupIds=[data.for_port(11211)], **place)
    eventually("available", lambda: cluster(caches, "many")["CacheClusterStatus"] == "available", 60, 0.05)
    nodes = [n["Endpoint"] for n in cluster(caches, "many")["CacheNodes"]]
    assert len({n["Address"] for n in nodes}) == 2

    def tell(endpoint, text):
        return data.client.sh(f"printf '{text}quit\\r\\n' | timeout 5 nc {endpoint['Address']} {endpoint['Port']}")

    for i, node in enumerate(nodes):
        assert "STORED" in tell(node, f"set k 0 0 1\\r\\n{i}\\r\\n")
    assert [tell(n, "get k\\r\\n").splitlines()[1] for n in nodes] == ["0", "1"]
    config = cluster(caches, "many")["ConfigurationEndpoint"]
    seen = data.client.sh(f"getent ahostsv4 {config['Address']}")
    assert len({line.split()[0] for line in seen.splitlines()}) == 2
    caches.delete_cache_cluster(CacheClusterId="many")
    gone(lambda n: cluster(caches, n), "many")


def test_replicas_follow_and_take_over(caches, data, place, plane):  # noqa: F811
    caches.create_replication_group(
        ReplicationGroupId="rg", ReplicationGroupDescription="d", Engine="redis", NumCacheClusters=2,
        AutomaticFailoverEnabled=True, TransitEncryptionEnabled=True, AuthToken=TOKEN,
        SecurityGroupIds=[data.for_port(6379)], **place)
    eventually("available", lambda: group(caches, "rg")["Status"] == "available", 60, 0.05)
    shown = group(caches, "rg")["NodeGroups"][0]
    primary, reader = shown["PrimaryEndpoint"], shown["ReaderEndpoint"]
    more = f"{TLS} -a {TOKEN}"
    says(data, primary, "set k v", "OK", more)
    eventually("the replica has it", lambda: ask(data, reader, "get k", more).stdout.strip() == "v", 20)
    assert "READONLY" in ask(data, reader, "set k w", more).stdout
    assert "NOAUTH" in ask(data, primary, "get k", TLS).stdout
    roles = {m["CacheClusterId"]: m["CurrentRole"] for m in shown["NodeGroupMembers"]}
    assert roles == {"rg-001": "primary", "rg-002": "replica"}

    caches.test_failover(ReplicationGroupId="rg", NodeGroupId="0001")
    eventually("the other is the primary", lambda: {
        m["CacheClusterId"]: m["CurrentRole"] for m in group(caches, "rg")["NodeGroups"][0]["NodeGroupMembers"]}
        == {"rg-001": "replica", "rg-002": "primary"}, 20)
    eventually("it takes writes by the same name",
               lambda: ask(data, primary, "set k w", more).stdout.strip() == "OK", 30)
    eventually("the old one follows", lambda: ask(data, reader, "get k", more).stdout.strip() == "w", 30)

    # The primary dies, and its replica takes over.
    address = data.client.sh(f"getent ahostsv4 {primary['Address']}").split()[0]
    victim = box(plane, address)
    assert victim is not None
    docker("POST", f"/containers/{victim}/kill")
    eventually("the other is the primary", lambda: {
        m["CacheClusterId"]: m["CurrentRole"] for m in group(caches, "rg")["NodeGroups"][0]["NodeGroupMembers"]}
        == {"rg-001": "primary", "rg-002": "replica"}, 30)
    eventually("it takes writes", lambda: ask(data, primary, "set k x", more).stdout.strip() == "OK", 30)

    caches.increase_replica_count(ReplicationGroupId="rg", NewReplicaCount=2, ApplyImmediately=True)
    eventually("available", lambda: group(caches, "rg")["Status"] == "available", 60, 0.05)
    assert group(caches, "rg")["MemberClusters"] == ["rg-001", "rg-002", "rg-003"]
    third = cluster(caches, "rg-003")["CacheNodes"][0]["Endpoint"]
    eventually("it has the data", lambda: ask(data, third, "get k", more).stdout.strip() == "x", 20)
    caches.decrease_replica_count(ReplicationGroupId="rg", ReplicasToRemove=["rg-003"], ApplyImmediately=True)
    eventually("it is gone", lambda: group(caches, "rg")["MemberClusters"] == ["rg-001", "rg-002"], 30)
    caches.delete_replication_group(ReplicationGroupId="rg")
    gone(lambda n: group(caches, n), "rg")
