"""Images of instances are real: what was changed in one is in all that come of it."""
import json

from plane import docker, eventually, labelled, run
from test_volumes import attach, data, detach, drop, is_volume, see, volume


def of(cloud, image, ec2=None):
    return (ec2 or cloud.ec2).describe_images(ImageIds=[image])["Images"][0]


def available(cloud, image, ec2=None):
    def is_there():
        found = of(cloud, image, ec2)
        assert found["State"] != "failed", found
        return found["State"] == "available"
    eventually(f"{image} is available", is_there, 90)
    return of(cloud, image, ec2)


def snapshots_of(image):
    return {r["DeviceName"]: r["Ebs"]["SnapshotId"] for r in image["BlockDeviceMappings"]}


def docker_images(cloud):
    """Those of this control plane's snapshots."""
    found = labelled("images/json?", cloud.plane.name)
    return [t for i in found for t in i["RepoTags"] or []]


def gone(cloud, image, ec2=None):
    found = of(cloud, image, ec2)
    ec2 = ec2 or cloud.ec2
    said = ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    assert {r["ReturnCode"] for r in said["DeleteSnapshotResults"]} == {"success"}
    return list(snapshots_of(found).values())


def test_an_image_has_what_the_instance_had(cloud):
    m = cloud.launch("#!/bin/sh\necho from user data >/root/first\n")
    v = volume(cloud)
    attach(cloud, v, m)
    m.sh("echo changed >/etc/changed; echo data >/mnt/xvdf/f; sync")
    pid = m.sh("cat /proc/sys/kernel/random/boot_id >/dev/null; stat -c %Y /proc/1")
    image = m.ec2.create_image(InstanceId=m.id, Name="golden", Description="d", NoReboot=True)[
        "ImageId"]
    assert of(cloud, image)["State"] == "pending"
    made = available(cloud, image)
    assert made["SourceInstanceId"] == m.id and made["OwnerId"] == "000000000000"
    assert set(snapshots_of(made)) == {made["RootDeviceName"], "/dev/xvdf"}
    assert m.sh("stat -c %Y /proc/1") == pid  # it was not rebooted
    n = cloud.launch("#!/bin/sh\necho again >/root/second\n", ImageId=image)
    assert n.sh("cat /etc/changed /root/first /root/second /mnt/xvdf/f") == \
        "changed\nfrom user data\nagain\ndata"
    assert n.address != m.address and n.sh("hostname") != m.sh("hostname")
    assert is_volume(n)
    rows = {r["DeviceName"]: r["Ebs"]["VolumeId"] for r in n.see()["BlockDeviceMappings"]}
    assert see(cloud, rows["/dev/xvdf"])["SnapshotId"] == snapshots_of(made)["/dev/xvdf"]
    # A volume of the root's snapshot has the machine's files.
    w = volume(cloud, SnapshotId=snapshots_of(made)[made["RootDeviceName"]], Size=8)
    attach(cloud, w, n, "/dev/sdz")
    assert n.sh("cat /mnt/sdz/etc/changed; ls -A /mnt/sdz/proc; test -e /mnt/sdz/.simfra || echo none") \
        == "changed\nnone"
    detach(cloud, w)
    for x in (m, n):
        x.ec2.terminate_instances(InstanceIds=[x.id])
        x.becomes("terminated")
    snapshots = gone(cloud, image)
    eventually("its image is gone", lambda: not docker_images(cloud), 90)
    for s in snapshots:
        eventually("its data is gone", lambda t=s: data(cloud, t) is None)
    for x in (v, w, rows["/dev/xvdf"]):
        if any(x == f["VolumeId"] for f in cloud.ec2.describe_volumes()["Volumes"]):
            drop(cloud, x)


def test_an_image_is_made_with_a_reboot_and_copied_to_another_region(cloud):
    m = cloud.launch("#!/bin/sh\necho x >>/root/boots\n")
    started = docker("GET", f"/containers/{m.name}/json")["State"]["StartedAt"]
    image = m.ec2.create_image(InstanceId=m.id, Name="rebooted")["ImageId"]
    available(cloud, image)
    m.becomes("running")
    assert docker("GET", f"/containers/{m.name}/json")["State"]["StartedAt"] > started
    eventually("it answers", lambda: m.try_sh("true").returncode == 0)
    west = cloud.plane.client("ec2", region="eu-west-1")
    copy = west.copy_image(SourceRegion="us-east-1", SourceImageId=image, Name="copied")["ImageId"]
    found = available(cloud, copy, west)
    assert found["SourceImageId"] == image and found["SourceImageRegion"] == "us-east-1"
    assert len(docker_images(cloud)) == 2
    m.ec2.terminate_instances(InstanceIds=[m.id])
    m.becomes("terminated")
    gone(cloud, image)
    gone(cloud, copy, west)
    eventually("the images are gone", lambda: not docker_images(cloud), 90)


def test_an_instance_with_a_profile_has_no_keys_of_its_image(cloud):
    """Root's keys are in the environment of an instance, and must not be in one with a profile."""
    iam, m = cloud.plane.client("iam"), cloud.launch()
    assert "AWS_ACCESS_KEY_ID" in m.sh("tr '\\0' '\\n' </proc/1/environ")
    image = m.ec2.create_image(InstanceId=m.id, Name="with keys", NoReboot=True)["ImageId"]
    available(cloud, image)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole"}]}))
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    n = cloud.launch(ImageId=image, IamInstanceProfile={"Name": "p"})
    assert "AWS_ACCESS_KEY_ID" not in n.sh("tr '\\0' '\\n' </proc/1/environ")
    assert "AWS_SECRET_ACCESS_KEY" not in run("docker", "exec", n.name, "env").stdout
    for x in (m, n):
        x.ec2.terminate_instances(InstanceIds=[x.id])
        x.becomes("terminated")
    gone(cloud, image)
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.delete_instance_profile(InstanceProfileName="p")
    iam.delete_role(RoleName="r")
    eventually("the image is gone", lambda: not docker_images(cloud), 90)
