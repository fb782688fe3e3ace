"""Joints of VPCs of other accounts and regions, endpoints, guests: from the API's call to a packet."""
import contextlib

import pytest

from cloud import Cloud
from plane import eventually, run


class Vpc:
    """A VPC without a way out: a subnet, a group for all of 10.0.0.0/8, and a machine that serves its id."""

    def __init__(self, cloud, number):
        self.cloud, self.ec2 = cloud, cloud.ec2
        self.cidr = f"10.{number}.0.0/16"
        self.id = self.ec2.create_vpc(CidrBlock=self.cidr)["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(
            VpcId=self.id, CidrBlock=f"10.{number}.1.0/24")["Subnet"]["SubnetId"]
        self.table = self.ec2.describe_route_tables(
            Filters=[{"Name": "vpc-id", "Values": [self.id]}])["RouteTables"][0]["RouteTableId"]
        self.group = self.ec2.describe_security_groups(
            Filters=[{"Name": "vpc-id", "Values": [self.id]}])["SecurityGroups"][0]["GroupId"]
        self.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=[
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
        self.machine = None

    def launch(self):
        self.machine = self.cloud.launch(SubnetId=self.subnet)
        self.machine.serve(self.machine.id)
        return self.machine

    def route(self, to, **target):
        self.ec2.create_route(RouteTableId=self.table, DestinationCidrBlock=to, **target)

    def close(self):
        if self.machine:
            self.ec2.terminate_instances(InstanceIds=[self.machine.id])
            self.machine.becomes("terminated")
        self.ec2.delete_subnet(SubnetId=self.subnet)
        self.ec2.delete_vpc(VpcId=self.id)


@pytest.fixture(scope="module")
def two(cloud):
    vpcs = [Vpc(cloud, 41), Vpc(cloud, 42)]
    for v in vpcs:
        v.launch()
    yield vpcs
    for v in vpcs:
        v.close()


def reaches(a, b, seconds=1):
    return a.machine.try_sh(f"curl -s -m {seconds} http://{b.machine.address}/").stdout.strip() \
        == b.machine.id


def test_a_peering_joins_accounts_and_regions(plane, two):
    """Both sides' routes, and a document of it in each."""
    a, _ = two
    status, made = plane.post("/_simfra/accounts", {"accountId": "000000000077"})
    assert status in (200, 201), made
    with contextlib.ExitStack() as stack:
        theirs = Cloud.__new__(Cloud)
        theirs.plane, theirs.subnet = plane, None
        theirs.ec2 = plane.client("ec2", key=(made["accessKeyId"], made["secretAccessKey"]),
                                  region="eu-west-1")
        theirs.debian = theirs.image("debian-12-*")
        b = Vpc(theirs, 43)
        stack.callback(b.close)
        b.launch()
        peering = a.ec2.create_vpc_peering_connection(
            VpcId=a.id, PeerVpcId=b.id, PeerOwnerId="000000000077", PeerRegion="eu-west-1")[
                "VpcPeeringConnection"]["VpcPeeringConnectionId"]
        a.route(b.cidr, VpcPeeringConnectionId=peering)
        assert not reaches(a, b)  # nobody has said yes
        b.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        assert not reaches(a, b)  # no way back
        b.route(a.cidr, VpcPeeringConnectionId=peering)
        eventually("it passes", lambda: reaches(a, b), 10)
        assert reaches(b, a)
        b.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
        eventually("it does not pass", lambda: not reaches(a, b), 10)
        a.ec2.delete_route(RouteTableId=a.table, DestinationCidrBlock=b.cidr)
        b.ec2.delete_route(RouteTableId=b.table, DestinationCidrBlock=a.cidr)


def test_a_guest_is_under_the_groups_of_its_label(cloud, two):
    """The machine's group lets one group in: who has it gets through, who has not does not."""
    v = two[1]
    ours = cloud.ec2.create_security_group(GroupName="guests", Description="guests",
                                           VpcId=v.id)["GroupId"]
    only = cloud.ec2.create_security_group(GroupName="only", Description="only",
                                           VpcId=v.id)["GroupId"]
    cloud.ec2.authorize_security_group_ingress(GroupId=only, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
         "UserIdGroupPairs": [{"GroupId": ours}]}])
    cloud.ec2.modify_instance_attribute(InstanceId=v.machine.id, Groups=[only])
    network = next(n["Name"] for n in cloud.plane.networks() if n["Name"].endswith(v.id))
    label = "dev.simfra.security-groups="
    guests = {f"{cloud.plane.name}-guest-{i}": groups
              for i, groups in enumerate((label + ours, label + "sg-nothing", label + only))}

    def reaches_it(name):
        return run("docker", "exec", name, "curl", "-s", "-m", "1",
                   f"http://{v.machine.address}/", check=False).stdout.strip() == v.machine.id

    try:
        for name, groups in guests.items():
            run("docker", "run", "-d", "--name", name, "--network", network, "--label", groups,
                "simfra-test/ubuntu:latest", "sleep", "120")
        good, wrong, other = guests
        eventually("the one with the group gets through", lambda: reaches_it(good), 15)
        assert not reaches_it(wrong) and not reaches_it(other)
        assert "names sg-nothing" in cloud.plane.tail(400)
    finally:
        for name in guests:
            run("docker", "rm", "-f", name)
        cloud.ec2.modify_instance_attribute(InstanceId=v.machine.id, Groups=[v.group])
        cloud.ec2.delete_security_group(GroupId=only)
        cloud.ec2.delete_security_group(GroupId=ours)


def test_an_interface_endpoint_leads_to_control(two, cloud):
    """From a VPC without any way out; its group decides who may ask."""
    a = two[0]
    cloud.ec2.modify_vpc_attribute(VpcId=a.id, EnableDnsHostnames={"Value": True})
    endpoint = cloud.ec2.create_vpc_endpoint(
        VpcId=a.id, VpcEndpointType="Interface", ServiceName="com.amazonaws.us-east-1.sts",
        SubnetIds=[a.subnet], PrivateDnsEnabled=True)["VpcEndpoint"]
    eni = endpoint["NetworkInterfaceIds"][0]
    address = cloud.ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])[
        "NetworkInterfaces"][0]["PrivateIpAddress"]

    def answers():
        return '"status"' in a.machine.try_sh(
            f"curl -s -m 1 http://{address}:{cloud.plane.port}/_simfra/health").stdout

    eventually("it answers", answers, 10)
    eventually("its name leads there", lambda: a.machine.sh(
        "dig +short sts.us-east-1.amazonaws.com").split() == [address], 10)
    cloud.ec2.revoke_security_group_ingress(GroupId=a.group, IpPermissions=[
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
    cloud.ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint["VpcEndpointId"],
        AddSecurityGroupIds=[shut := cloud.ec2.create_security_group(
            GroupName="shut", Description="shut", VpcId=a.id)["GroupId"]],
        RemoveSecurityGroupIds=[a.group])
    eventually("its group shuts it", lambda: not answers(), 10)
    cloud.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    cloud.ec2.delete_security_group(GroupId=shut)
