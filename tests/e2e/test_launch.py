"""RunInstances: images, types, many at once, tokens, and what is refused."""
import time
import uuid

import pytest

from cloud import Machine
from plane import REGISTRY, docker, eventually, inspect, measure, run


@pytest.mark.parametrize("type, mib, cpus", [("t3.nano", 512, 2), ("t2.micro", 1024, 1),
                                             ("t3.medium", 4096, 2)])
def test_type_is_a_limit(cloud, type, mib, cpus):
    m = cloud.launch(InstanceType=type)
    host = inspect(m.name)["HostConfig"]
    assert host["Memory"] == mib << 20
    have = docker("GET", "/info")["NCPU"]
    assert host["NanoCpus"] == min(cpus, have) * 10**9
    assert host["PidsLimit"] > 0 and host["Privileged"] is False
    assert not set(host.get("CapAdd") or []) and "NET_RAW" in " ".join(host["CapDrop"])
    shown = m.ec2.describe_instance_types(InstanceTypes=[type])["InstanceTypes"][0]
    assert (shown["VCpuInfo"]["DefaultVCpus"], shown["MemoryInfo"]["SizeInMiB"]) == (cpus, mib)


@pytest.mark.parametrize("name, id, more", [
    ("amzn2-ami-*", "amzn", "2"), ("al2023-ami-*", "amzn", "2023"), ("ubuntu/*", "ubuntu", ""),
    ("debian-12-*", "debian", "")])
def test_image_follows_the_name_of_the_ami(cloud, name, id, more):
    m = cloud.launch(ImageId=cloud.image(name), wait=None)
    m.becomes("running", 120)
    said = m.sh(". /etc/os-release; echo $ID; echo $VERSION_ID").splitlines()
    assert said[0] == id and (not more or said[1] == more)


def test_registered_image_is_what_runs(cloud):
    image = cloud.ec2.register_image(Name="mine", ImageLocation=f"docker://{REGISTRY}/simfra-test/ami",
                                     Description="of my own")["ImageId"]
    try:
        seen = cloud.ec2.describe_images(Owners=["self"])["Images"]
        assert [i["ImageId"] for i in seen] == [image] and seen[0]["State"] == "available"
        m = cloud.launch(ImageId=image)
        assert inspect(m.name)["Config"]["Image"].startswith(f"{REGISTRY}/simfra-test/ami")
    finally:
        cloud.ec2.deregister_image(ImageId=image)
    with pytest.raises(Exception, match="InvalidAMIID.Unavailable"):
        cloud.launch(ImageId=image)


def test_missing_image_is_said_and_recovers(cloud):
    """An AMI whose image is in no registry, until it is."""
    name = f"{REGISTRY}/simfra-e2e/later:{uuid.uuid4().hex[:12]}"
    image = cloud.ec2.register_image(Name=f"later-{uuid.uuid4().hex}",
                                     ImageLocation=f"docker://{name}")["ImageId"]
    cloud.launch()  # so that there is an image to push under the name
    source = inspect(cloud.launch().name)["Image"]
    m = cloud.launch(ImageId=image, wait=None)
    reason = eventually("it says why", lambda: m.see()["StateReason"], 20)
    assert m.state() == "pending" and reason["Code"] == "Server.InternalError"
    assert name in reason["Message"] or "not found" in reason["Message"].lower(), reason
    failures = cloud.plane.get("/_simfra/docker/failures")[1]["failures"]
    assert m.id in str(failures)
    run("docker", "tag", source, name)
    run("docker", "push", "-q", name)
    run("docker", "rmi", name)
    begin = time.monotonic()
    seen = m.becomes("running", 60)
    measure("missing image appears, instance runs", time.monotonic() - begin)
    assert "StateReason" not in seen
    eventually("no failure is listed", lambda: m.id not in str(
        cloud.plane.get("/_simfra/docker/failures")[1]), 5)
    cloud.ec2.deregister_image(ImageId=image)
    m.ec2.terminate_instances(InstanceIds=[m.id])
    m.becomes("terminated")
    eventually("the image can go", lambda: run("docker", "rmi", name, check=False).returncode == 0)


def test_twenty_at_once(cloud):
    cloud.launch()  # the image is here
    begin = time.monotonic()
    made = cloud.launch("#!/bin/sh\ncurl -s http://169.254.169.254/latest/meta-data/instance-id "
                        ">/root/id\n", n=20, wait=None)
    assert len({m.id for m in made}) == 20
    ids = [m.id for m in made]

    def all_run():
        r = cloud.ec2.describe_instances(InstanceIds=ids)["Reservations"]
        assert len(r) == 1
        return {i["State"]["Name"] for i in r[0]["Instances"]} == {"running"}

    eventually("all run", all_run, 60, 0.05)
    measure("20 instances at once, all running", time.monotonic() - begin)
    seen = cloud.ec2.describe_instances(InstanceIds=ids)["Reservations"][0]["Instances"]
    for what in ("PrivateIpAddress", "PublicIpAddress", "AmiLaunchIndex"):
        assert len({i[what] for i in seen}) == 20, what
    for m in made:
        m.finishes_boot()
        assert m.sh("cat /root/id") == m.id
    begin = time.monotonic()
    cloud.ec2.terminate_instances(InstanceIds=ids)
    eventually("all are gone", lambda: not any(inspect(m.name) for m in made), 60, 0.1)
    measure("20 instances terminated", time.monotonic() - begin)


def test_client_token_launches_once(cloud):
    token = str(uuid.uuid4())
    a = cloud.launch(ClientToken=token)
    b = cloud.launch(ClientToken=token)
    assert a.id == b.id and a.see()["ClientToken"] == token
    assert cloud.launch(ClientToken=str(uuid.uuid4())).id != a.id
    with pytest.raises(Exception, match="IdempotentParameterMismatch"):
        cloud.launch(ClientToken=token, InstanceType="t3.small")
    found = cloud.ec2.describe_instances(
        Filters=[{"Name": "client-token", "Values": [token]}])["Reservations"]
    assert len(found) == 1 and len(found[0]["Instances"]) == 1


def test_pages_of_reservations(cloud):
    made = {cloud.launch(wait=None).id for _ in range(6)}
    pages = list(cloud.ec2.get_paginator("describe_instances").paginate(
        Filters=[{"Name": "instance-id", "Values": list(made)}], PaginationConfig={"PageSize": 5}))
    assert [len(p["Reservations"]) for p in pages] == [5, 1]
    assert {i["InstanceId"] for p in pages for r in p["Reservations"]
            for i in r["Instances"]} == made


def test_dry_run_launches_nothing(cloud):
    before = len(cloud.network.instances())
    with pytest.raises(Exception, match="DryRunOperation.*Request would have succeeded"):
        cloud.launch(DryRun=True)
    assert len(cloud.network.instances()) == before
    m = cloud.launch()
    for call in (m.ec2.stop_instances, m.ec2.terminate_instances, m.ec2.reboot_instances):
        with pytest.raises(Exception, match="DryRunOperation"):
            call(InstanceIds=[m.id], DryRun=True)
    assert m.state() == "running"


@pytest.mark.parametrize("params, code", [
    (dict(ImageId="ami-0123456789abcdef0"), "InvalidAMIID.NotFound"),
    (dict(ImageId="ami-x!"), "InvalidAMIID.Malformed"),
    (dict(SubnetId="subnet-0123456789abcdef0"), "InvalidSubnetID.NotFound"),
    (dict(SecurityGroupIds=["sg-0123456789abcdef0"]), "InvalidGroup.NotFound"),
    (dict(KeyName="none"), "InvalidKeyPair.NotFound"),
    (dict(IamInstanceProfile={"Name": "none"}), "InvalidParameterValue"),
    (dict(MinCount=2, MaxCount=1), "InvalidParameterCombination"),
    (dict(MinCount=0), "InvalidParameterValue"),
    (dict(UserData="x" * 16385), "InvalidParameterValue"),
    (dict(InstanceType="t3.enormous"), "InvalidParameterValue|Unsupported|InvalidInstanceType"),
])
def test_what_is_wrong_is_refused_and_leaves_nothing(cloud, params, code):
    before = len(cloud.network.instances())
    with pytest.raises(Exception, match=code):
        cloud.launch(wait=None, **params)
    assert len(cloud.network.instances()) == before


def test_vpc_with_an_instance_is_not_deleted(cloud):
    cloud.launch()
    with pytest.raises(Exception, match="DependencyViolation"):
        cloud.ec2.delete_subnet(SubnetId=cloud.subnet)
    with pytest.raises(Exception, match="DependencyViolation"):
        cloud.ec2.delete_vpc(VpcId=cloud.vpc)
    with pytest.raises(Exception, match="DependencyViolation"):
        cloud.ec2.detach_internet_gateway(InternetGatewayId=cloud.network.gateway, VpcId=cloud.vpc)


def test_default_vpc_comes_into_being_with_its_first_instance(cloud):
    """Standard bootstrap: no subnet, no groups, nothing made before."""
    ec2 = cloud.plane.client("ec2", region="eu-west-1")
    vpc = ec2.describe_vpcs()["Vpcs"]
    assert [(v["CidrBlock"], v["IsDefault"]) for v in vpc] == [("172.31.0.0/16", True)]
    router = f"{cloud.plane.name}-{vpc[0]['VpcId']}"
    assert inspect(router) is None
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-12-amd64-*"]}])
    id = ec2.run_instances(ImageId=image["Images"][0]["ImageId"], InstanceType="t3.micro",
                           MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]

    class There:
        plane = cloud.plane
    There.ec2 = ec2
    m = Machine(There, id)
    seen = m.becomes("running")
    address = seen["PrivateIpAddress"]
    name = "ip-" + address.replace(".", "-") + ".eu-west-1.compute.internal"
    assert address.startswith("172.31.") and seen["PublicIpAddress"]
    assert seen["PrivateDnsName"] == name and m.sh(f"dig +short {name}") == address
    assert m.imds("/latest/meta-data/placement/region") == (200, "eu-west-1")
    assert m.sh("echo $AWS_REGION") == "eu-west-1"
    ec2.terminate_instances(InstanceIds=[id])
    m.becomes("terminated")
