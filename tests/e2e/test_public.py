"""Public addresses of running instances: what is allocated, associated and allowed acts at once."""
import socket
import time

import pytest

from cloud import fetch
from plane import eventually

AT_ONCE = 5.0  # seconds, on a machine that other tests use as well; a lost SYN costs one


def permission(port, cidr="0.0.0.0/0", protocol="tcp"):
    return [{"IpProtocol": protocol, "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}]


@pytest.fixture
def group(cloud):
    id = cloud.ec2.create_security_group(GroupName=f"public-{time.monotonic_ns()}", Description="-",
                                         VpcId=cloud.vpc)["GroupId"]
    yield id
    eventually("the group is free", lambda: cloud.ec2.delete_security_group(GroupId=id))


@pytest.fixture
def machine(cloud, group):
    m = cloud.launch(SecurityGroupIds=[group])
    m.serve("public")
    yield m
    cloud.ec2.terminate_instances(InstanceIds=[m.id])
    m.becomes("terminated")


def test_rules_decide_at_once(cloud, machine, group):
    m, ec2 = machine, cloud.ec2
    url = f"http://{m.public}/"
    assert fetch(url) is None
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission(80))
    eventually("the host reaches it", lambda: fetch(url) == "public", AT_ONCE)
    assert fetch(f"http://{m.public}:81/") is None
    with socket.create_connection((m.public, 80), 2) as kept:
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=permission(80))
        eventually("and does not any more", lambda: fetch(url, 1) is None, AT_ONCE * 2)
        # As AWS has it: what was let in goes on.
        kept.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert kept.makefile().read().endswith("public\n")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission(80, "203.0.113.0/24"))
    time.sleep(0.3)
    assert fetch(url, 1) is None


def test_by_every_protocol_that_is_allowed(cloud, machine, group):
    m, ec2 = machine, cloud.ec2
    m.sh("(setsid timeout 60 python3 -c \"import socket; s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
         " s.bind(('', 5353)); p, a = s.recvfrom(99); s.sendto(p, a)\" >/dev/null 2>&1 </dev/null &)")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission(5353, protocol="udp"))

    def answer():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(1)
            s.sendto(b"hello", (m.public, 5353))
            return s.recv(99) == b"hello"

    eventually("UDP is answered", answer, 10)


def test_elastic_addresses_move_at_once(cloud, machine, group):
    m, ec2 = machine, cloud.ec2
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission(80))
    first = m.public
    eventually("by the address that it had", lambda: fetch(f"http://{first}/") == "public", AT_ONCE)
    other = cloud.launch(SecurityGroupIds=[group])
    other.serve("other")
    elastic = ec2.allocate_address(Domain="vpc")
    url = f"http://{elastic['PublicIp']}/"
    try:
        assert fetch(url, 1) is None
        ec2.associate_address(AllocationId=elastic["AllocationId"], InstanceId=m.id)
        assert m.public == elastic["PublicIp"]
        eventually("by its Elastic address", lambda: fetch(url) == "public", AT_ONCE)
        eventually("not by the former", lambda: fetch(f"http://{first}/", 1) is None, AT_ONCE * 2)
        # It comes from there, too.
        assert other.sh(f"curl -s -m 5 {url}") == "public"
        made = ec2.associate_address(AllocationId=elastic["AllocationId"], InstanceId=other.id,
                                     AllowReassociation=True)
        eventually("it leads to the other", lambda: fetch(url) == "other", AT_ONCE)
        ec2.disassociate_address(AssociationId=made["AssociationId"])
        eventually("to nobody", lambda: fetch(url, 1) is None, AT_ONCE * 2)
    finally:
        ec2.terminate_instances(InstanceIds=[other.id])
        other.becomes("terminated")
        ec2.release_address(AllocationId=elastic["AllocationId"])


def test_a_secondary_address_has_one_of_its_own(cloud, machine, group):
    m, ec2 = machine, cloud.ec2
    eni = m.see()["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission(80))
    given = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=1)
    private = given["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"]
    elastic = ec2.allocate_address(Domain="vpc")
    made = ec2.associate_address(AllocationId=elastic["AllocationId"], NetworkInterfaceId=eni,
                                 PrivateIpAddress=private)
    try:
        eventually("both are reached", lambda: fetch(f"http://{elastic['PublicIp']}/") == "public" and
                   fetch(f"http://{m.public}/") == "public", 5)
    finally:
        ec2.disassociate_address(AssociationId=made["AssociationId"])
        ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[private])
        ec2.release_address(AllocationId=elastic["AllocationId"])


def test_what_stops_is_not_reached(cloud, machine, group):
    m, ec2 = machine, cloud.ec2
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission(80))
    url = f"http://{m.public}/"
    eventually("it runs", lambda: fetch(url) == "public", AT_ONCE)
    ec2.stop_instances(InstanceIds=[m.id])
    m.becomes("stopped")
    assert not m.public and fetch(url, 1) is None
    ec2.start_instances(InstanceIds=[m.id])
    m.becomes("running")
    m.serve("again", 8080)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission(8080))
    eventually("by its new address", lambda: fetch(f"http://{m.public}:8080/") == "again", 5)
