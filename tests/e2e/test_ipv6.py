"""IPv6: addresses that the API gives are on the wire, reached where rules and routes let them be."""
import ipaddress
import socket
import threading

import pytest

from cloud import Cloud
from plane import eventually, run


class Dual(Cloud):
    """A VPC with IPv6: a public subnet, and one behind an egress-only gateway."""

    def __init__(self, plane):
        super().__init__(plane, cidr="10.6.0.0/16", subnet="10.6.1.0/24")
        vpc = {"VpcId": self.vpc}
        self.ec2.associate_vpc_cidr_block(AmazonProvidedIpv6CidrBlock=True, **vpc)
        seen = self.ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"][0]
        self.block = ipaddress.ip_network(seen["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
        self.parts = list(self.block.subnets(new_prefix=64))[:2]
        self.ec2.associate_subnet_cidr_block(SubnetId=self.subnet, Ipv6CidrBlock=str(self.parts[0]))
        self.ec2.create_route(RouteTableId=self.network.main_table(),
                              GatewayId=self.network.gateway, DestinationIpv6CidrBlock="::/0")
        self.outward = self.ec2.create_subnet(
            CidrBlock="10.6.2.0/24", Ipv6CidrBlock=str(self.parts[1]), **vpc)["Subnet"]["SubnetId"]
        self.ec2.modify_subnet_attribute(SubnetId=self.outward,
                                         AssignIpv6AddressOnCreation={"Value": True})
        self.egress = self.ec2.create_egress_only_internet_gateway(
            **vpc)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
        self.table = self.ec2.create_route_table(**vpc)["RouteTable"]["RouteTableId"]
        self.ec2.create_route(RouteTableId=self.table, DestinationIpv6CidrBlock="::/0",
                              EgressOnlyInternetGatewayId=self.egress)
        self.bound = self.ec2.associate_route_table(RouteTableId=self.table,
                                                    SubnetId=self.outward)["AssociationId"]
        self.group = self.ec2.create_security_group(
            GroupName="six", Description="six", **vpc)["GroupId"]

    def close(self):
        ids = [i["InstanceId"] for i in self.network.instances()]
        self.ec2.terminate_instances(InstanceIds=ids)
        eventually("the instances are gone", lambda: not self.network.instances(), 60, 0.05)
        self.ec2.disassociate_route_table(AssociationId=self.bound)
        self.ec2.delete_route_table(RouteTableId=self.table)
        self.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=self.egress)
        self.ec2.delete_subnet(SubnetId=self.outward)
        self.ec2.delete_security_group(GroupId=self.group)
        super().close()

    def allow(self, port, cidr="::/0"):
        self.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port,
             "Ipv6Ranges": [{"CidrIpv6": cidr}]}])

    def refuse(self, port, cidr="::/0"):
        self.ec2.revoke_security_group_ingress(GroupId=self.group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port,
             "Ipv6Ranges": [{"CidrIpv6": cidr}]}])


@pytest.fixture(scope="module")
def cloud(plane):
    c = Dual(plane)
    yield c
    c.close()


def six(machine):
    found = [r["Ipv6Address"] for r in machine.see()["NetworkInterfaces"][0]["Ipv6Addresses"]]
    assert found and machine.see()["Ipv6Address"] == found[0]
    return found[0]


def wire(machine):
    return {w.partition("/")[0] for w in machine.sh(
        "ip -o -6 addr show dev eth0 scope global | awk '{print $4}'").split()}


def serve(machine):
    machine.sh("mkdir -p /srv/six && echo " + machine.id + " >/srv/six/index.html && cd /srv/six &&"
               " (setsid python3 -m http.server --bind :: 80 >/dev/null 2>&1 </dev/null &)")
    eventually("it serves", lambda: machine.sh("curl -s -g -m 2 'http://[::1]/'") == machine.id)


def ask(machine, address, seconds=5):
    return machine.sh(f"curl -6 -s -g -m {seconds} 'http://[{address}]/' || true")


def from_host(address, seconds=2):
    p = run("curl", "-6", "-s", "-g", "-m", str(seconds), "--noproxy", "*", f"http://[{address}]/",
            check=False)
    return p.stdout.strip()


@pytest.fixture(scope="module")
def pair(cloud):
    a, b = cloud.launch(n=2, Ipv6AddressCount=1, SecurityGroupIds=[cloud.group])
    cloud.allow(80, str(cloud.block))
    for m in (a, b):
        serve(m)
    return a, b


def test_the_address_of_the_api_is_on_the_wire(cloud, pair):
    for m in pair:
        address = six(m)
        assert ipaddress.ip_address(address) in cloud.parts[0]
        assert wire(m) == {address}
        assert m.sh("ip -6 route show default").split()[:3] == ["default", "via", "fe80::1"]


def test_the_resolver_answers(cloud, pair):
    a, b = pair
    for way in ("+notcp", "+tcp"):
        eventually("it answers", lambda w=way: a.sh(
            f"dig +short +time=2 +tries=1 {w} @fd00:ec2::253 ip-{b.address.replace('.', '-')}.ec2.internal"
            " || true") == b.address)


def test_instances_reach_each_other(cloud, pair):
    a, b = pair
    assert ask(a, six(b)) == b.id and ask(b, six(a)) == a.id
    # Ping is not in the group.
    assert a.try_sh(f"ping -6 -c 1 -W 1 {six(b)}").returncode != 0
    cloud.ec2.authorize_security_group_ingress(GroupId=cloud.group, IpPermissions=[
        {"IpProtocol": "icmpv6", "FromPort": -1, "ToPort": -1,
         "Ipv6Ranges": [{"CidrIpv6": str(cloud.block)}]}])
    eventually("ping", lambda: a.try_sh(f"ping -6 -c 1 -W 1 {six(b)}").returncode == 0)


def test_the_host_reaches_what_the_group_allows(cloud, pair):
    a, _ = pair
    assert from_host(six(a)) == ""
    cloud.allow(80)
    try:
        eventually("the host is let in", lambda: from_host(six(a)) == a.id, 10)
    finally:
        cloud.refuse(80)
    eventually("the host is refused again", lambda: from_host(six(a), 1) == "")
    assert ask(pair[1], six(a)) == a.id


def test_an_address_comes_to_a_running_instance_and_goes(cloud, pair):
    a, b = pair
    interface = a.see()["NetworkInterfaces"][0]["NetworkInterfaceId"]
    new = cloud.ec2.assign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6AddressCount=1)[
        "AssignedIpv6Addresses"][0]
    eventually("it is on the wire", lambda: wire(a) == {six(a), new})
    assert ask(b, new) == a.id
    cloud.ec2.unassign_ipv6_addresses(NetworkInterfaceId=interface, Ipv6Addresses=[new])
    eventually("it is gone", lambda: wire(a) == {six(a)})
    assert ask(b, new, 1) == ""


def test_metadata(cloud, pair):
    a, _ = pair
    mac = a.see()["NetworkInterfaces"][0]["MacAddress"]
    token = a.token()
    assert a.imds("/latest/meta-data/ipv6", token) == (200, six(a))
    top = f"/latest/meta-data/network/interfaces/macs/{mac}"
    assert a.imds(f"{top}/ipv6s", token) == (200, six(a))
    assert a.imds(f"{top}/subnet-ipv6-cidr-blocks", token) == (200, str(cloud.parts[0]))
    assert a.imds(f"{top}/vpc-ipv6-cidr-blocks", token) == (200, str(cloud.block))
    cloud.ec2.modify_instance_metadata_options(InstanceId=a.id, HttpProtocolIpv6="enabled")
    eventually("metadata by IPv6", lambda: a.sh(
        f"curl -s -g -m 2 -H '{token}' 'http://[fd00:ec2::254]/latest/meta-data/instance-id'")
        == a.id)


def test_an_egress_only_gateway_lets_out_and_nobody_in(cloud, pair):
    m = cloud.launch(SubnetId=cloud.outward, SecurityGroupIds=[cloud.group])
    cloud.allow(80)
    try:
        serve(m)
        address = six(m)
        assert ipaddress.ip_address(address) in cloud.parts[1]
        host = cloud.plane.pool6.replace("/48", "1")  # 2001:db8:…::1
        with socket.create_server((host, 0), family=socket.AF_INET6) as server:
            seen = []
            taker = threading.Thread(target=lambda: seen.append(server.accept()[1][0]))
            server.settimeout(10)
            taker.start()
            m.sh("python3 -c \"import socket; socket.create_connection(('%s', %d), 5)\"" %
                 (host, server.getsockname()[1]))
            taker.join()
        assert seen == [address]
        eventually("another subnet reaches it", lambda: ask(pair[0], address) == m.id)
        assert from_host(address) == ""
    finally:
        cloud.refuse(80)


def test_a_subnet_of_ipv6_alone(cloud, pair):
    """No IPv4 at all: it boots, is reached, and has metadata where it is asked for by IPv6."""
    part = list(cloud.block.subnets(new_prefix=64))[2]
    subnet = cloud.ec2.create_subnet(VpcId=cloud.vpc, Ipv6Native=True,
                                     Ipv6CidrBlock=str(part))["Subnet"]["SubnetId"]
    m = cloud.launch("#!/bin/sh\necho booted\n", SubnetId=subnet, Ipv6AddressCount=1,
                     SecurityGroupIds=[cloud.group],
                     MetadataOptions={"HttpProtocolIpv6": "enabled"})
    try:
        assert "PrivateIpAddress" not in m.see()
        assert m.sh("ip -o -4 addr show dev eth0") == ""
        assert wire(m) == {six(m)} and ipaddress.ip_address(six(m)) in part
        serve(m)
        assert ask(pair[0], six(m)) == m.id
        text = m.sh("t=$(curl -s -g -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'"
                    " 'http://[fd00:ec2::254]/latest/api/token'); curl -s -g -m 2 -H"
                    ' "X-aws-ec2-metadata-token: $t"'
                    " 'http://[fd00:ec2::254]/latest/meta-data/ipv6'")
        assert text == six(m)
    finally:
        cloud.ec2.terminate_instances(InstanceIds=[m.id])
        m.becomes("terminated")
        eventually("the subnet goes", lambda: cloud.ec2.delete_subnet(SubnetId=subnet), 30, 0.2)
