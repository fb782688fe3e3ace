"""Volumes are real: their files come with them, from instance to instance, and through everything."""

from plane import docker, eventually, inspect, labelled, run


def volume(cloud, **more):
    """An available volume in the zone of the cloud's subnet."""
    params = {"AvailabilityZone": zone(cloud), "Size": 1, **more}
    v = cloud.ec2.create_volume(**params)["VolumeId"]
    becomes(cloud, v, "available")
    return v


def zone(cloud):
    return cloud.ec2.describe_subnets(SubnetIds=[cloud.subnet])["Subnets"][0]["AvailabilityZone"]


def see(cloud, v):
    return cloud.ec2.describe_volumes(VolumeIds=[v])["Volumes"][0]


def becomes(cloud, v, state):
    return eventually(f"{v} is {state}", lambda: see(cloud, v)["State"] == state)


def attach(cloud, v, m, device="/dev/xvdf"):
    said = cloud.ec2.attach_volume(VolumeId=v, InstanceId=m.id, Device=device)
    assert said["State"] == "attaching" and said["Device"] == device
    eventually("it is attached", lambda: see(cloud, v)["Attachments"][0]["State"] == "attached")


def detach(cloud, v):
    assert cloud.ec2.detach_volume(VolumeId=v)["State"] == "detaching"
    becomes(cloud, v, "available")


def is_volume(m, path="/mnt/xvdf"):
    return m.sh(f"grep -c ' {path} ' /proc/mounts || true") == "1"


def data(cloud, v):
    return docker("GET", f"/volumes/{cloud.plane.name}-{v}")


def snapshot(cloud, v, **more):
    s = cloud.ec2.create_snapshot(VolumeId=v, **more)
    assert s["State"] == "pending" and s["VolumeId"] == v
    return completed(cloud, s["SnapshotId"])


def completed(cloud, s):
    def done():
        found = cloud.ec2.describe_snapshots(SnapshotIds=[s])["Snapshots"][0]
        assert found["State"] != "error", found
        return found["State"] == "completed" and found["Progress"] == "100%"
    eventually(f"{s} is complete", done, 60)
    return s


def drop(cloud, *volumes, snapshots=()):
    for v in volumes:
        cloud.ec2.delete_volume(VolumeId=v)
    for s in snapshots:
        cloud.ec2.delete_snapshot(SnapshotId=s)
    for thing in [*volumes, *snapshots]:
        eventually("its data is gone", lambda t=thing: data(cloud, t) is None)


def test_a_volume_goes_from_one_running_instance_to_another(cloud):
    a, b = cloud.launch(n=2)
    v = volume(cloud)
    assert data(cloud, v)["Labels"]["dev.simfra.id"] == v
    attach(cloud, v, a)
    assert is_volume(a)
    rows = {r["DeviceName"]: r["Ebs"] for r in a.see()["BlockDeviceMappings"]}
    assert rows["/dev/xvdf"]["VolumeId"] == v and rows["/dev/xvdf"]["Status"] == "attached"
    assert rows["/dev/xvdf"]["DeleteOnTermination"] is False
    a.sh("mkdir /mnt/xvdf/d; echo kept >/mnt/xvdf/d/file; chown 1000:1000 /mnt/xvdf/d/file")
    detach(cloud, v)
    assert not is_volume(a) and a.sh("ls -d /mnt/xvdf 2>/dev/null || echo none") == "none"
    assert [r["DeviceName"] for r in a.see()["BlockDeviceMappings"]] == [a.see()["RootDeviceName"]]
    attach(cloud, v, b, "/dev/sdg")
    assert b.sh("cat /mnt/sdg/d/file; stat -c %u /mnt/sdg/d/file") == "kept\n1000"
    detach(cloud, v)
    drop(cloud, v)


def test_what_is_in_it_outlives_stop_restart_and_netd(cloud):
    m = cloud.launch()
    v = volume(cloud)
    attach(cloud, v, m)
    m.sh("echo 1 >/mnt/xvdf/n")
    m.ec2.stop_instances(InstanceIds=[m.id])
    m.becomes("stopped")
    assert see(cloud, v)["Attachments"][0]["State"] == "attached"
    m.ec2.start_instances(InstanceIds=[m.id])
    m.becomes("running")
    assert is_volume(m) and m.sh("cat /mnt/xvdf/n") == "1"
    run("docker", "restart", "-t", "5", m.name)
    m.becomes("running")
    eventually("the volume is back", lambda: is_volume(m) and m.sh("cat /mnt/xvdf/n") == "1")
    # netd dies; meanwhile the container is started anew, and the next netd repairs it.
    netd = f"{cloud.plane.name}-netd"
    run("docker", "kill", netd)
    run("docker", "restart", "-t", "5", m.name)
    eventually("netd is back", lambda: inspect(netd)["State"]["Running"], 60)
    eventually("the volume is back", lambda: is_volume(m) and m.sh("cat /mnt/xvdf/n") == "1", 60)
    m.becomes("running")
    # What is open in it does not keep it.
    m.sh("(setsid sleep 1000 >/mnt/xvdf/open 2>&1 </dev/null &)")
    detach(cloud, v)
    assert not is_volume(m)
    drop(cloud, v)


def test_a_snapshot_has_what_was_there_and_is_restored(cloud):
    m = cloud.launch()
    v = volume(cloud, VolumeType="gp3")
    attach(cloud, v, m)
    m.sh("""cd /mnt/xvdf; echo before >f; ln f g; ln -s f l; mkdir -m 700 d; chmod 4755 f
            truncate -s 64M sparse; printf x >>sparse; mkfifo p; touch -d 2001-02-03 d""")
    s = snapshot(cloud, v, Description="first")
    m.sh("echo after >/mnt/xvdf/f")
    w = volume(cloud, SnapshotId=s)
    attach(cloud, w, m, "/dev/xvdg")
    seen = m.sh("""cd /mnt/xvdg; cat f; readlink l; stat -c '%a %h' f d; stat -c %F p
                   test f -ef g && echo same; stat -c %s sparse; du -k sparse | cut -f 1
                   stat -c %y d | cut -c -10; cat ../xvdf/f""").splitlines()
    assert seen[:7] == ["before", "f", "4755 2", "700 2", "fifo", "same", "67108865"]
    assert int(seen[7]) < 1024 and seen[8:] == ["2001-02-03", "after"]
    # In another region as well.
    west = cloud.plane.client("ec2", region="eu-west-1")
    copy = west.copy_snapshot(SourceRegion="us-east-1", SourceSnapshotId=s)["SnapshotId"]
    eventually("the copy is complete", lambda: west.describe_snapshots(
        SnapshotIds=[copy])["Snapshots"][0]["State"] == "completed", 60)
    assert data(cloud, copy)
    west.delete_snapshot(SnapshotId=copy)
    detach(cloud, v)
    detach(cloud, w)
    drop(cloud, v, w, snapshots=[s])


def test_volumes_are_there_before_the_first_instruction(cloud):
    v = volume(cloud)
    m = cloud.launch()
    attach(cloud, v, m)
    m.sh("echo golden >/mnt/xvdf/f")
    s = snapshot(cloud, v)
    detach(cloud, v)
    n = cloud.launch(
        "#!/bin/sh\ncat /mnt/sdh/f >/root/seen; grep -c /mnt/sdi /proc/mounts >>/root/seen\n",
        BlockDeviceMappings=[
            {"DeviceName": "/dev/sdh", "Ebs": {"SnapshotId": s, "DeleteOnTermination": False}},
            {"DeviceName": "/dev/sdi", "Ebs": {"VolumeSize": 2}}],
        TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}])
    assert n.sh("cat /root/seen") == "golden\n1"
    rows = {r["DeviceName"]: r["Ebs"]["VolumeId"] for r in n.see()["BlockDeviceMappings"]}
    assert see(cloud, rows["/dev/sdi"])["Tags"] == [{"Key": "a", "Value": "b"}]
    n.ec2.terminate_instances(InstanceIds=[n.id])
    n.becomes("terminated")
    # One goes with the instance, one is free again.
    becomes(cloud, rows["/dev/sdh"], "available")
    eventually("the other's data is gone", lambda: data(cloud, rows["/dev/sdi"]) is None)
    drop(cloud, v, rows["/dev/sdh"], snapshots=[s])


def test_control_may_die_while_a_volume_is_attached(special, tmp_path):
    from cloud import Cloud
    plane = special(SIMFRA_DATA_DIR=str(tmp_path), SIMFRA_DOCKER_CLEANUP_ON_SHUTDOWN="false")
    c = Cloud(plane)
    m = c.launch()
    v = volume(c)
    attach(c, v, m)
    m.sh("echo kept >/mnt/xvdf/f")
    plane.kill()
    plane.start()
    eventually("it is as it was", lambda: m.state() == "running" and is_volume(m))
    assert m.sh("cat /mnt/xvdf/f") == "kept" and see(c, v)["State"] == "in-use"
    detach(c, v)
    drop(c, v)
    c.close()
    # What is left goes with what made it.
    plane.settings["SIMFRA_DOCKER_CLEANUP_ON_SHUTDOWN"] = "true"
    plane.stop()
    plane.start()


def test_the_usual_user_data_mounts_its_volume(cloud):
    """As it is written for AWS: format if need be, mount, fstab; once more after a reboot."""
    script = """#!/bin/sh -ex
        blkid /dev/xvdf || mkfs -t xfs /dev/xvdf
        mkdir -p /data
        mount /dev/xvdf /data
        echo "UUID=$(blkid -s UUID -o value /dev/xvdf) /data xfs defaults,nofail 0 2" >>/etc/fstab
        echo first >/data/f
        chown -R 1000 /data
    """
    m = cloud.launch(script, BlockDeviceMappings=[
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "DeleteOnTermination": False}}])
    assert is_volume(m, "/data") and is_volume(m, "/mnt/sdf")
    token = m.token()
    assert m.imds("/latest/meta-data/block-device-mapping/ebs1", token) == (200, "sdf")
    assert m.sh("cat /mnt/sdf/f; stat -c %u /data; mountpoint -q /data && echo yes") == \
        "first\n1000\nyes"
    assert 'TYPE="xfs"' in m.sh("blkid /dev/xvdf") and m.sh("ls /dev/sdf/") == "f"
    # What has files is not formatted by mistake, and what is mounted is mounted once.
    assert "existing filesystem (xfs)" in m.try_sh("mkfs.xfs /dev/xvdf").stderr
    assert m.try_sh("mount /dev/xvdf /data").returncode == 32
    assert m.try_sh("mount /dev/xvdf /nowhere").returncode == 32
    m.ec2.reboot_instances(InstanceIds=[m.id])
    eventually("it is mounted again", lambda: is_volume(m, "/data") and
               m.sh("cat /data/f") == "first", 60)
    m.becomes("running")
    m.sh("umount /data")
    assert not is_volume(m, "/data") and is_volume(m, "/mnt/sdf")
    m.sh("mount -a && mount -a")
    assert is_volume(m, "/data")
    # Not over what the machine stands on, whatever its root asks for.
    places = ("/proc", "/sys/fs", "/dev", "/.simfra", "/mnt/../proc", "/l/p")
    m.sh("mkdir /l /last; ln -s /proc /l/p")
    wishes = "\\n".join(f"sdf {place}" for place in (*places, "/last"))
    m.sh(f"printf '{wishes}\\n' >>/.simfra/mounts")
    # The last wish is a good one: when it is granted, the others were looked at.
    eventually("the last wish is granted", lambda: is_volume(m, "/last"))
    for place in places:
        assert m.try_sh(f"grep ' {place} ' /proc/mounts | grep -v proc | grep ext4").stdout == ""
    assert not is_volume(m, "/l/p") and m.sh("head -1 /proc/1/comm") == "init"
    m.sh("umount /last")
    # What is no volume is the image's own programs' affair.
    assert "/data" in m.sh("mount") and m.try_sh("mount /dev/zero /data").returncode not in (0, 127)
    v = m.see()["BlockDeviceMappings"][1]["Ebs"]["VolumeId"]
    detach(cloud, v)
    assert not is_volume(m, "/data") and not is_volume(m, "/mnt/sdf")
    n = cloud.launch(ImageId=cloud.debian)
    attach(cloud, v, n)
    assert 'TYPE="xfs"' in n.sh("blkid /dev/xvdf")
    n.sh("mkfs.ext4 -F -L data /dev/xvdf && mkdir /d && mount LABEL=data /d")
    assert is_volume(n, "/d") and n.sh("ls -A /d") == ""
    detach(cloud, v)
    drop(cloud, v)


def fill(plane):
    """An instance with a volume, and snapshots of both its volumes."""
    from cloud import Cloud
    c = Cloud(plane)
    m, v = c.launch(), volume(c)
    attach(c, v, m)
    m.sh("echo kept >/mnt/xvdf/f")
    made = c.ec2.create_snapshots(InstanceSpecification={"InstanceId": m.id})["Snapshots"]
    return c, m, v, [completed(c, s["SnapshotId"]) for s in made]


def kept(plane):
    return sorted([v["Name"] for v in labelled("volumes?", plane.name)] +
                  [t for i in labelled("images/json?", plane.name) for t in i["RepoTags"]])


def test_data_stays_as_long_as_what_is_known_of_it(special, tmp_path):
    plane = special(SIMFRA_DATA_DIR=str(tmp_path))
    c, m, v, snapshots = fill(plane)
    before = kept(plane)
    assert len(before) == 3
    plane.stop()
    assert kept(plane) == before and not plane.containers()
    plane.start()
    # The instance's root went with its container; the volume has what it had.
    m.becomes("running", 60)
    eventually("the volume is back", lambda: is_volume(m) and m.sh("cat /mnt/xvdf/f") == "kept", 60)
    assert kept(plane) == before
    detach(c, v)
    drop(c, v, snapshots=snapshots)
    c.close()
    eventually("nothing is left", lambda: kept(plane) == [], 90)


def test_data_of_a_store_in_memory_goes_with_it(special):
    plane = special()
    fill(plane)
    assert len(kept(plane)) == 3
    # close() finds what is left.
