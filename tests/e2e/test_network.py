"""Who reaches whom: in a VPC, between VPCs, from the host; and names."""
import socket
import subprocess

import pytest

from cloud import fetch
from plane import docker, eventually, find_bridge_listener, inspect, run


@pytest.fixture(scope="module")
def pair(cloud):
    a, b = cloud.launch(n=2)
    for m in (a, b):
        m.serve(m.id)
    return a, b


def test_another_instance_by_address_and_by_name(cloud, pair):
    a, b = pair
    address = b.address
    name = "ip-" + address.replace(".", "-") + ".ec2.internal"
    assert b.see()["PrivateDnsName"] == name
    assert a.sh(f"curl -s -m 5 http://{address}/") == b.id
    assert a.sh(f"curl -s -m 5 http://{name}/") == b.id
    assert a.sh(f"curl -s -m 5 http://{name.partition('.')[0]}/") == b.id  # by the search list
    assert a.sh(f"ping -c 1 -W 2 {address} >/dev/null && echo pong") == "pong"
    assert a.sh(f"dig +short {name}") == address
    assert a.sh(f"dig +short -x {address}") == name + "."
    # The other does not see a translated address.
    b.sh("(setsid timeout 20 python3 -c \"import socket; s=socket.create_server(('',81)); c,a=s.accept();"
         " c.sendall(a[0].encode())\" >/dev/null 2>&1 </dev/null &)")
    assert eventually("it answers", lambda: a.sh(
        "python3 -c \"import socket; print(socket.create_connection(('%s',81),2).recv(99).decode())\""
        % address)) == a.address


def test_addresses_are_those_that_aws_would_give(cloud):
    m = cloud.launch(PrivateIpAddress="10.0.1.15")
    assert m.address == "10.0.1.15" and m.see()["PrivateDnsName"] == "ip-10-0-1-15.ec2.internal"
    assert m.sh("hostname") == "ip-10-0-1-15"
    assert m.sh("ip -o -4 addr show dev eth0 | awk '{print $4}'") == "10.0.1.15/24"
    assert m.sh("ip route show default").split()[:3] == ["default", "via", "10.0.1.1"]
    assert m.sh("ip -o link show dev eth0 | grep -o 'link/ether [0-9a-f:]*'").split()[1] == \
        m.see()["NetworkInterfaces"][0]["MacAddress"]
    assert m.sh("grep -c . /etc/resolv.conf && cat /etc/resolv.conf").count("10.0.0.2") == 1
    with pytest.raises(Exception, match="InvalidIPAddress.InUse"):
        cloud.launch(PrivateIpAddress="10.0.1.15")
    with pytest.raises(Exception, match="InvalidParameterValue"):
        cloud.launch(PrivateIpAddress="10.0.2.15")


def test_resolver(cloud, pair):
    a, _ = pair
    for server in ("10.0.0.2", "169.254.169.253"):
        for way in ("+notcp", "+tcp"):
            assert a.sh(f"dig +short {way} @{server} ip-{a.address.replace('.', '-')}.ec2.internal"
                        ) == a.address
    # What is not there is not there; and it is not asked of others.
    out = a.sh("dig +noall +comments ip-10-0-99-99.ec2.internal")
    assert "status: NXDOMAIN" in out
    # Control, by its name.
    assert a.sh("dig +short simfra.local") == "10.0.0.3"
    assert '"status"' in a.sh(
        f"curl -s http://simfra.local:{cloud.plane.port}/_simfra/health")


def test_a_subnet_in_another_range_of_the_vpc(cloud, pair):
    """A further CIDR is of the same network: routes, names both ways, and the way outside."""
    a, _ = pair
    made = cloud.ec2.associate_vpc_cidr_block(VpcId=cloud.vpc, CidrBlock="100.99.0.0/16")
    subnet = cloud.ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="100.99.7.0/24")["Subnet"]["SubnetId"]
    cloud.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    m = cloud.launch(SubnetId=subnet)
    try:
        m.serve(m.id)
        assert m.address == "100.99.7.4"
        assert m.sh("ip route show default").split()[:3] == ["default", "via", "100.99.7.1"]
        assert a.sh(f"curl -s -m 5 http://{m.address}/") == m.id
        assert m.sh(f"curl -s -m 5 http://{a.address}/") == a.id
        assert a.sh("dig +short ip-100-99-7-4.ec2.internal") == m.address
        assert a.sh(f"dig +short -x {m.address}") == "ip-100-99-7-4.ec2.internal."
        assert fetch(f"http://{m.public}/") == m.id
    finally:
        cloud.ec2.terminate_instances(InstanceIds=[m.id])
        m.becomes("terminated")
        cloud.ec2.delete_subnet(SubnetId=subnet)
        cloud.ec2.disassociate_vpc_cidr_block(
            AssociationId=made["CidrBlockAssociation"]["AssociationId"])


def test_names_outside_are_forwarded(pair):
    """Those of the machine's own package sources, so that the host must know them too."""
    a, _ = pair
    name = a.sh("cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | "
                "grep -oE 'https?://[^/: ]+' | head -1").partition("//")[2]
    assert name, "the image has no package source"
    want = {i[4][0] for i in socket.getaddrinfo(name, 80, socket.AF_INET)}
    got = set(a.sh(f"getent ahostsv4 {name}").split())
    assert want & got, (name, want, got)


def test_public_address_is_reached_from_the_host(cloud, pair):
    a, b = pair
    for m in pair:
        seen = m.see()
        assert seen["PublicIpAddress"] != seen["PrivateIpAddress"]
        assert fetch(f"http://{seen['PublicIpAddress']}/") == m.id
        assert seen["NetworkInterfaces"][0]["Association"]["PublicIp"] == seen["PublicIpAddress"]
    # And from inside, by its name even as the private address.
    assert a.sh(f"curl -s -m 5 http://{b.public}/") == b.id
    assert a.sh(f"dig +short {b.see()['PublicDnsName']}") == b.address
    # On the wire there is only the private one.
    assert b.public not in b.sh("ip addr")


def test_two_vpcs_with_the_same_addresses_at_the_same_time(cloud, pair):
    a, b = pair
    other = cloud.another()  # 10.0.0.0/16 again
    twins = [cloud.launch(SubnetId=other.subnet, PrivateIpAddress=m.address) for m in pair]
    for twin, m in zip(twins, pair):
        assert twin.address == m.address and twin.public != m.public
        twin.serve(twin.id)
    assert a.sh(f"curl -s -m 5 http://{b.address}/") == b.id
    assert twins[0].sh(f"curl -s -m 5 http://{b.address}/") == twins[1].id
    for m in (*pair, *twins):
        assert eventually("it is reached", lambda m=m: fetch(f"http://{m.public}/") == m.id, 10)
        assert m.imds("/latest/meta-data/instance-id") == (200, m.id)
    # By public addresses the two do meet.
    assert a.sh(f"curl -s -m 5 http://{twins[1].public}/") == twins[1].id
    assert twins[0].sh(f"curl -s -m 5 http://{b.public}/") == b.id


def test_vpc_of_its_own_is_unreachable_by_private_address(cloud, pair):
    a, _ = pair
    lone = cloud.another(cidr="10.77.0.0/16", subnet="10.77.1.0/24", internet=False)
    m = cloud.launch(SubnetId=lone.subnet)
    m.serve(m.id)
    assert m.reaches(f"http://{m.address}/")
    assert not a.reaches(f"http://{m.address}/")
    # Nor by its name, which only its own VPC knows.
    assert "NXDOMAIN" in a.sh("dig +noall +comments " + m.see()["PrivateDnsName"])
    # The host has no way of ours to it.
    route = run("ip", "route", "get", m.address, check=False).stdout
    assert not any(n["Id"][:12] in route for n in cloud.plane.networks()), route
    # And it has none out: not to a public address, not to the host.
    assert m.public is None
    assert not m.reaches(f"http://{a.public}/")
    listener = find_bridge_listener(cloud.plane)
    assert listener, "control does not listen on its bridge"
    gateway = docker("GET", f"/networks/{cloud.plane.name}-internet")["IPAM"]["Config"][0]["Gateway"]
    with subprocess.Popen(["python3", "-m", "http.server", "--bind", gateway, "4799"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            eventually("a server on the host", lambda: fetch(f"http://{gateway}:4799/"))
            assert a.reaches(f"http://{gateway}:4799/")
            assert not m.reaches(f"http://{gateway}:4799/")
        finally:
            server.terminate()
    # Yet metadata, names and the control plane are there.
    assert m.imds("/latest/meta-data/local-ipv4") == (200, m.address)
    assert m.python("import boto3, json; print(json.dumps("
                    "boto3.client('sts').get_caller_identity()['Account']))") == "000000000000"


def test_gateway_comes_and_goes_under_a_running_instance(cloud):
    n = cloud.another(cidr="10.78.0.0/16", subnet="10.78.1.0/24")
    m = cloud.launch(SubnetId=n.subnet)
    m.serve(m.id)
    public = m.public
    assert fetch(f"http://{public}/") == m.id
    m.ec2.terminate_instances(InstanceIds=[m.id])
    m.becomes("terminated")
    assert fetch(f"http://{public}/", 1) is None
    table = n.main_table()
    n.ec2.detach_internet_gateway(InternetGatewayId=n.gateway, VpcId=n.id)
    eventually("the leg is gone", lambda: f"{cloud.plane.name}-internet" not in
               inspect(f"{cloud.plane.name}-{n.id}")["NetworkSettings"]["Networks"])
    routes = n.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert [r["State"] for r in routes if r.get("GatewayId") == n.gateway] == ["blackhole"]
    n.ec2.attach_internet_gateway(InternetGatewayId=n.gateway, VpcId=n.id)
    m = cloud.launch(SubnetId=n.subnet)
    # The router's own way to control has not suffered, so metadata are the new one's.
    eventually("metadata", lambda: m.imds("/latest/meta-data/instance-id") == (200, m.id), 3)
    m.serve(m.id)
    assert eventually("it is reached", lambda: fetch(f"http://{m.public}/") == m.id, 5)


def test_elastic_address_comes_and_goes(cloud, pair):
    a, _ = pair
    eip = a.ec2.allocate_address(Domain="vpc")
    before = a.public
    association = a.ec2.associate_address(AllocationId=eip["AllocationId"],
                                          InstanceId=a.id)["AssociationId"]
    assert a.public == eip["PublicIp"] != before
    assert eventually("it is reached", lambda: fetch(f"http://{eip['PublicIp']}/") == a.id, 5)
    assert eventually("metadata has it", lambda: a.imds("/latest/meta-data/public-ipv4")[1]
                      == eip["PublicIp"], 5)
    assert fetch(f"http://{before}/", 1) is None
    with pytest.raises(Exception, match="InvalidIPAddress.InUse"):
        a.ec2.release_address(AllocationId=eip["AllocationId"])
    a.ec2.disassociate_address(AssociationId=association)
    eventually("it is not reached", lambda: fetch(f"http://{eip['PublicIp']}/", 1) is None, 5)
    a.ec2.release_address(AllocationId=eip["AllocationId"])
    assert not a.ec2.describe_addresses()["Addresses"]


def test_machine_cannot_undo_its_network(pair):
    a, _ = pair
    for command in ("ip addr add 10.0.1.77/24 dev eth0", "ip link set eth0 down",
                    "ip route add 10.1.0.0/16 dev eth0", "unshare -n true",
                    "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'"):
        assert a.try_sh(command).returncode != 0, command


def test_container_of_the_users_own_joins_the_vpc(cloud, pair):
    """docker run --network simfra-vpc-…"""
    a, _ = pair
    network = f"{cloud.plane.name}-vpc-000000000000-us-east-1-{cloud.vpc}"
    assert docker("GET", f"/networks/{network}")
    image = inspect(a.name)["Config"]["Image"]
    p = run("docker", "run", "--rm", "--network", network, image, "bash", "-c",
            f"for i in $(seq 50); do curl -s -m 1 http://{a.address}/ && exit 0; sleep 0.1;"
            " done; exit 1", check=False, timeout=90)
    assert p.stdout.strip() == a.id, p.stdout + p.stderr
