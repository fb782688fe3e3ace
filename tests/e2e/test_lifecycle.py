"""stop, start, reboot, terminate: states, reasons, waiters, addresses and what stays."""
import re
import time

import pytest

from cloud import fetch
from plane import docker, eventually, inspect, measure


def seconds_up(m):
    return int(m.sh("ps -o etimes= -p 1"))


def boots(m):
    return m.sh("ls /var/lib/cloud/instances; cat /run/boot-mark 2>/dev/null || true")


def test_stop_and_start_with_the_waiters_of_the_cli(cloud):
    aws = cloud.plane.aws
    m = cloud.launch("#!/bin/sh\necho first >/root/kept\n", wait=None)
    aws("ec2", "wait", "instance-running", "--instance-ids", m.id)
    aws("ec2", "wait", "instance-status-ok", "--instance-ids", m.id)
    m.finishes_boot()
    before = m.see()
    assert before["StateTransitionReason"] == "" and "StateReason" not in before
    changes = aws("ec2", "stop-instances", "--instance-ids", m.id)["StoppingInstances"]
    assert changes == [{"InstanceId": m.id, "CurrentState": {"Code": 64, "Name": "stopping"},
                        "PreviousState": {"Code": 16, "Name": "running"}}]
    aws("ec2", "wait", "instance-stopped", "--instance-ids", m.id)
    seen = m.see()
    assert seen["StateReason"] == {
        "Code": "Client.UserInitiatedShutdown",
        "Message": "Client.UserInitiatedShutdown: User initiated shutdown"}
    assert re.fullmatch(r"User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)",
                        seen["StateTransitionReason"])
    assert "PublicIpAddress" not in seen and seen["PrivateIpAddress"] == before["PrivateIpAddress"]
    assert not inspect(m.name)["State"]["Running"]
    changes = aws("ec2", "start-instances", "--instance-ids", m.id)["StartingInstances"]
    assert changes[0]["CurrentState"]["Name"] == "pending"
    assert changes[0]["PreviousState"]["Name"] == "stopped"
    aws("ec2", "wait", "instance-running", "--instance-ids", m.id)
    after = m.see()
    assert after["PrivateIpAddress"] == before["PrivateIpAddress"]
    assert after["PublicIpAddress"] and after["LaunchTime"] > before["LaunchTime"]
    assert "StateReason" not in after and after["StateTransitionReason"] == ""
    assert m.sh("cat /root/kept") == "first"


def test_public_address_changes_and_elastic_stays(cloud):
    a, b = cloud.launch(n=2)
    eip = b.ec2.allocate_address(Domain="vpc")
    b.ec2.associate_address(AllocationId=eip["AllocationId"], InstanceId=b.id)
    old = a.public
    a.ec2.stop_instances(InstanceIds=[a.id, b.id])
    for m in (a, b):
        m.becomes("stopped")
    assert a.public is None and b.public == eip["PublicIp"]
    # Somebody takes the one that is free, so that the next is another.
    taken = cloud.launch()
    a.ec2.start_instances(InstanceIds=[a.id, b.id])
    for m in (a, b):
        m.becomes("running")
    assert a.public and a.public != taken.public and b.public == eip["PublicIp"]
    if taken.public != old:
        assert a.public != old
    for m in (a, b):
        m.serve(m.id)
        assert eventually("it is reached", lambda: fetch(f"http://{m.public}/") == m.id, 5)
    b.ec2.terminate_instances(InstanceIds=[b.id])
    b.becomes("terminated")
    found = b.ec2.describe_addresses(AllocationIds=[eip["AllocationId"]])["Addresses"][0]
    assert "InstanceId" not in found and "AssociationId" not in found
    b.ec2.release_address(AllocationId=eip["AllocationId"])


def test_reboot_keeps_all_but_what_runs(cloud):
    m = cloud.launch("#!/bin/sh\necho x >>/root/boots\n")
    m.sh("echo kept >/root/file; (setsid sleep 1000 >/dev/null 2>&1 </dev/null &)")
    before, pid = m.see(), inspect(m.name)["State"]["Pid"]
    m.ec2.reboot_instances(InstanceIds=[m.id])
    eventually("it has another first process",
               lambda: inspect(m.name)["State"]["Pid"] not in (0, pid), 30)
    eventually("its network is there", lambda: m.imds("/latest/meta-data/instance-id")[1] == m.id)
    after = m.see()
    assert after["State"]["Name"] == "running"
    for same in ("PrivateIpAddress", "PublicIpAddress", "LaunchTime", "StateTransitionReason"):
        assert after[same] == before[same], same
    assert m.sh("cat /root/file") == "kept" and m.sh("wc -l </root/boots") == "1"
    assert m.try_sh("pgrep -x sleep").returncode != 0


def test_reboot_from_inside(cloud):
    m = cloud.launch()
    pid = inspect(m.name)["State"]["Pid"]
    m.try_sh("(setsid reboot >/dev/null 2>&1 </dev/null &)")
    eventually("it has another first process",
               lambda: inspect(m.name)["State"]["Pid"] not in (0, pid), 30)
    eventually("its network is there", lambda: m.imds("/latest/meta-data/instance-id")[1] == m.id)
    assert m.becomes("running")["StateTransitionReason"] == ""


def test_terminate(cloud):
    aws = cloud.plane.aws
    m = cloud.launch()
    interface = m.see()["NetworkInterfaces"][0]["NetworkInterfaceId"]
    changes = aws("ec2", "terminate-instances", "--instance-ids", m.id)["TerminatingInstances"]
    assert changes[0]["CurrentState"] == {"Code": 32, "Name": "shutting-down"}
    aws("ec2", "wait", "instance-terminated", "--instance-ids", m.id)
    seen = m.see()
    assert seen["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert seen["StateTransitionReason"].startswith("User initiated (")
    for gone in ("PrivateIpAddress", "PublicIpAddress", "VpcId", "SubnetId"):
        assert gone not in seen, gone
    assert seen["NetworkInterfaces"] == []
    assert inspect(m.name) is None
    with pytest.raises(Exception, match="InvalidNetworkInterfaceID.NotFound"):
        m.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])
    again = m.ec2.terminate_instances(InstanceIds=[m.id])["TerminatingInstances"][0]
    assert again["PreviousState"]["Name"] == again["CurrentState"]["Name"] == "terminated"
    for call in (m.ec2.start_instances, m.ec2.stop_instances, m.ec2.reboot_instances):
        with pytest.raises(Exception, match="IncorrectInstanceState"):
            call(InstanceIds=[m.id])


def test_terminated_name_and_metadata_are_gone(cloud):
    a, b = cloud.launch(n=2)
    name = b.see()["PrivateDnsName"]
    assert a.sh(f"dig +short {name}")
    b.ec2.terminate_instances(InstanceIds=[b.id])
    b.becomes("terminated")
    eventually("the name is gone", lambda: "NXDOMAIN" in a.sh(f"dig +noall +comments {name}"), 5)


@pytest.mark.parametrize("command", ["poweroff", "shutdown -h now", "systemctl poweroff"])
def test_poweroff_inside_stops(cloud, command):
    m = cloud.launch()
    m.try_sh(f"(setsid {command} >/dev/null 2>&1 </dev/null &)")
    seen = m.becomes("stopped")
    assert seen["StateReason"] == {
        "Code": "Client.InstanceInitiatedShutdown",
        "Message": "Client.InstanceInitiatedShutdown: Instance initiated shutdown"}
    m.ec2.start_instances(InstanceIds=[m.id])
    m.becomes("running")
    m.ec2.terminate_instances(InstanceIds=[m.id])


def test_poweroff_inside_terminates_if_launched_so(cloud):
    m = cloud.launch("#!/bin/sh\necho last words\npoweroff\n",
                     InstanceInitiatedShutdownBehavior="terminate", wait=None)
    seen = m.becomes("terminated")
    assert seen["StateReason"]["Code"] == "Client.InstanceInitiatedShutdown"
    assert inspect(m.name) is None
    # What it said can still be read.
    assert "last words" in m.ec2.get_console_output(InstanceId=m.id)["Output"]


def test_protection_and_force(cloud):
    m = cloud.launch("#!/bin/sh\ntrap '' TERM\n", DisableApiTermination=True)
    with pytest.raises(Exception, match="OperationNotPermitted"):
        m.ec2.terminate_instances(InstanceIds=[m.id])
    m.ec2.modify_instance_attribute(InstanceId=m.id, DisableApiTermination={"Value": False})
    m.sh("(setsid sh -c 'trap \"\" TERM; while :; do sleep 1; done' >/dev/null 2>&1 </dev/null &)")
    begin = time.monotonic()
    m.ec2.stop_instances(InstanceIds=[m.id], Force=True)
    m.becomes("stopped")
    assert time.monotonic() - begin < 5
    m.ec2.terminate_instances(InstanceIds=[m.id])
    m.becomes("terminated")


def test_several_at_once_and_what_is_wrong(cloud):
    a, b = cloud.launch(n=2)
    with pytest.raises(Exception, match="InvalidInstanceID.NotFound"):
        a.ec2.stop_instances(InstanceIds=[a.id, "i-0123456789abcdef0"])
    assert a.state() == b.state() == "running"
    with pytest.raises(Exception, match="InvalidInstanceID.Malformed"):
        a.ec2.stop_instances(InstanceIds=["i-x"])
    with pytest.raises(Exception, match="IncorrectInstanceState"):
        a.ec2.modify_instance_attribute(InstanceId=a.id, InstanceType={"Value": "t3.small"})
    a.ec2.stop_instances(InstanceIds=[a.id, b.id])
    for m in (a, b):
        m.becomes("stopped")
    statuses = a.ec2.describe_instance_status(InstanceIds=[a.id, b.id], IncludeAllInstances=True)
    assert {s["InstanceState"]["Name"] for s in statuses["InstanceStatuses"]} == {"stopped"}
    assert a.ec2.describe_instance_status(InstanceIds=[a.id])["InstanceStatuses"] == []


def test_type_changes_while_stopped(cloud):
    m = cloud.launch()
    m.sh("echo kept >/root/file")
    m.ec2.stop_instances(InstanceIds=[m.id])
    m.becomes("stopped")
    m.ec2.modify_instance_attribute(InstanceId=m.id, InstanceType={"Value": "t3.nano"})
    m.ec2.start_instances(InstanceIds=[m.id])
    assert m.becomes("running")["InstanceType"] == "t3.nano"
    assert m.sh("cat /root/file") == "kept"
    assert m.imds("/latest/meta-data/instance-type") == (200, "t3.nano")
    assert inspect(m.name)["HostConfig"]["Memory"] == 512 << 20


def test_docker_rm_is_noticed(cloud):
    m = cloud.launch()
    begin = time.monotonic()
    docker("DELETE", f"/containers/{m.name}?force=1&v=1")
    eventually("it is on its way out", lambda: m.state() in ("shutting-down", "terminated"), 10)
    measure("docker rm -f of an instance, shown", time.monotonic() - begin)
    seen = m.becomes("terminated")
    assert seen["StateReason"]["Code"] == "Server.InternalError"
    assert time.monotonic() - begin < 10


def test_docker_stop_heals(cloud):
    m = cloud.launch("#!/bin/sh\necho kept >/root/file\n")
    begin, pid = time.monotonic(), inspect(m.name)["State"]["Pid"]
    docker("POST", f"/containers/{m.name}/stop?t=5")
    eventually("it runs again", lambda: inspect(m.name)["State"]["Pid"] not in (0, pid), 20)
    eventually("its network is there", lambda: m.imds("/latest/meta-data/instance-id")[1] == m.id)
    measure("docker stop of an instance, healed", time.monotonic() - begin)
    assert m.state() == "running" and m.sh("cat /root/file") == "kept"
