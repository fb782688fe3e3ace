"""The store goes away and comes back, with its data and without."""
import concurrent.futures
import contextlib
import os
import signal
import time

import botocore.exceptions
import pytest

from harness import LOST, Cloud, Redis, address_in, eventually, measure, run


def answers_503(plane):
    """What a client without retries is told meanwhile: it is a 503 that says when to come back."""
    try:
        plane.client().describe_vpcs()
    except botocore.exceptions.ClientError as e:
        meta = e.response["ResponseMetadata"]
        assert meta["HTTPStatusCode"] == 503, e
        assert int(meta["HTTPHeaders"]["retry-after"]) >= 1
        return True
    return False


def answers(plane):
    plane.client().describe_vpcs()
    return plane.health()[0] == 200


def kill_redis(plane):
    (pid,) = plane.redis_pids()
    os.kill(pid, signal.SIGKILL)
    return pid


def test_redis_child_killed_under_load_loses_nothing(plane):
    cloud = Cloud(plane)
    (id,) = cloud.launch()
    cloud.await_state([id], "running")
    pid = cloud.pid(id)
    kept, stop = [], []

    def work(lane):
        """Names that were answered; anything else must be a 503."""
        ec2, n = plane.client(), 0
        while not stop:
            n += 1
            name = f"key-{lane}-{n}"
            try:
                ec2.create_security_group(GroupName=name, Description="x", VpcId=cloud.vpc)
                kept.append(name)
            except botocore.exceptions.ClientError as e:
                assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 503, e

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        lanes = [pool.submit(work, lane) for lane in range(3)]
        try:
            for _ in range(3):
                so_far = len(kept)
                eventually("requests go on", lambda: len(kept) > so_far + 10)
                begin = time.monotonic()
                old = kill_redis(plane)
                eventually("there is another child", lambda: plane.redis_pids() not in ([], [old]))
                eventually("it answers again", lambda: answers(plane))
                measure("redis child killed under load, API answers", time.monotonic() - begin)
                plane.redis.update(plane.redis_pids())
        finally:
            stop.append(1)
        for lane in lanes:
            lane.result()
    groups = cloud.ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [cloud.vpc]}])["SecurityGroups"]
    there = {g["GroupName"] for g in groups}
    assert set(kept) <= there, "answered and lost"
    assert cloud.state(id) == "running" and cloud.pid(id) == pid
    cloud.await_state(cloud.launch(), "running")


def test_stopped_redis_child_means_503_with_retry_after(plane):
    (pid,) = plane.redis_pids()
    plane.client().describe_vpcs()
    os.kill(pid, signal.SIGSTOP)
    try:
        # What is in the cache may be answered; what has to be written may not.
        with pytest.raises(botocore.exceptions.ClientError) as e:
            plane.client().create_vpc(CidrBlock="10.9.0.0/16")
        meta = e.value.response["ResponseMetadata"]
        assert meta["HTTPStatusCode"] == 503 and meta["HTTPHeaders"]["retry-after"]
        assert plane.health()[0] == 503
    finally:
        os.kill(pid, signal.SIGCONT)
    begin = time.monotonic()
    eventually("it answers again", lambda: answers(plane))
    measure("redis child continued, API answers", time.monotonic() - begin)
    # Nobody could know whether it was done: it is whole, or absent.
    ec2 = plane.client()
    for v in ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.9.0.0/16"]}])["Vpcs"]:
        of_it = [{"Name": "vpc-id", "Values": [v["VpcId"]]}]
        assert len(ec2.describe_security_groups(Filters=of_it)["SecurityGroups"]) == 1
        assert len(ec2.describe_route_tables(Filters=of_it)["RouteTables"]) == 1
        assert len(ec2.describe_network_acls(Filters=of_it)["NetworkAcls"]) == 1


def test_redis_child_without_data_takes_all_with_it(planes):
    plane = planes()
    plane.start()
    cloud = Cloud(plane)
    ids = cloud.launch(2)
    cloud.await_state(ids, "running")
    begin = time.monotonic()
    kill_redis(plane)
    eventually("it answers again", lambda: answers(plane))
    measure("redis child without data killed, API answers", time.monotonic() - begin)
    plane.redis.update(plane.redis_pids())
    eventually("containers follow", lambda: cloud.docker.names() == ["chaos-netd"])
    measure("redis child without data killed, containers are gone", time.monotonic() - begin)
    assert not cloud.instances()
    # It is a new world that works.
    again = Cloud(plane)
    found = again.await_state(again.launch(), "running")
    for id, i in found.items():
        assert address_in(again.pid(id)) == i["PrivateIpAddress"]


def test_external_redis_is_stopped_and_started(planes, folder):
    redis = Redis(folder).start()
    try:
        plane = planes(SIMFRA_REDIS_URL=redis.url)
        plane.start()
        cloud = Cloud(plane)
        (id,) = cloud.launch()
        cloud.await_state([id], "running")
        pid = cloud.pid(id)
        for sig in (signal.SIGTERM, signal.SIGKILL):
            redis.stop(sig)
            eventually("it says 503", lambda: answers_503(plane), 5)
            assert plane.health()[0] == 503
            begin = time.monotonic()
            redis.start()
            eventually("it answers again", lambda: answers(plane))
            measure("external redis started again, API answers", time.monotonic() - begin)
            assert cloud.state(id) == "running" and cloud.pid(id) == pid
            eventually("it leads", lambda: plane.health()[1]["reconciler"] == "leads")
            cloud.await_state(cloud.launch(), "running", 20)
            measure("external redis started again, a new instance runs", time.monotonic() - begin)
        plane.stop()
    finally:
        redis.stop()


def refuses(plane, folder, *words):
    plane.spawn()
    code = plane.process.wait(15)
    text = plane.tail()
    assert code not in (0, None) and code > 0, text
    assert folder in text, text
    assert any(w in text.lower() for w in words), text
    assert len([line for line in text.splitlines() if " err" in line]) == 1, text


@pytest.fixture
def small_disk(folder):
    path = os.path.join(folder, "disk")
    os.mkdir(path)
    run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path)
    yield path
    run("umount", "-l", path)


def fill(path):
    name = os.path.join(path, "filler")
    with open(name, "wb", buffering=0) as f, contextlib.suppress(OSError):
        while f.write(b"\0" * 4096):
            pass
    return name


def test_full_disk_at_start_is_a_clear_error(planes, small_disk):
    fill(small_disk)
    plane = planes(SIMFRA_DATA_DIR=os.path.join(small_disk, "data"))
    refuses(plane, small_disk, "no space left")


def test_read_only_data_directory_is_a_clear_error(planes, small_disk):
    run("mount", "-o", "remount,ro", small_disk)
    plane = planes(SIMFRA_DATA_DIR=os.path.join(small_disk, "data"))
    refuses(plane, small_disk, "read-only")


def test_data_directory_that_is_a_file_is_a_clear_error(planes, folder):
    path = os.path.join(folder, "data")
    with open(path, "w"):
        pass
    refuses(planes(SIMFRA_DATA_DIR=path), path, "not a directory")


def test_data_directory_of_another_control_plane_is_a_clear_error(plane, planes):
    other = planes(SIMFRA_DATA_DIR=plane.settings["SIMFRA_DATA_DIR"], SIMFRA_INSTANCE="chaos2")
    refuses(other, plane.settings["SIMFRA_DATA_DIR"], "another control plane uses")
    assert answers(plane)


def test_disk_that_fills_at_run_time_means_503_until_there_is_room(planes, small_disk):
    plane = planes(SIMFRA_DATA_DIR=os.path.join(small_disk, "data"), SIMFRA_DOCKER="false")
    plane.start()
    kept = []

    def write():
        name = f"key-{len(kept)}"
        plane.client().import_key_pair(KeyName=name, PublicKeyMaterial=KEY_TEXT)
        kept.append(name)

    write()
    filler = fill(small_disk)

    def refused():
        try:
            write()
        except botocore.exceptions.ClientError as e:
            return e.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        except LOST:
            plane.lives()
        return False

    eventually("it says 503", refused, 20, 0.1)
    os.unlink(filler)
    eventually("it takes writes again", lambda: write() is None, 20, 0.1)
    plane.stop()
    plane.start()
    there = {k["KeyName"] for k in plane.client().describe_key_pairs()["KeyPairs"]}
    assert set(kept) <= there, "answered and lost"


KEY_TEXT = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2nhBJJ2GXoZxO7C4tWxWqvZ0hmKX8cYbd3L1f5oZ1n x"
