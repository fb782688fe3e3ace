"""The Docker daemon is restarted: a private one, so that nobody else's containers notice."""
import contextlib
import functools
import json
import os
import signal
import subprocess
import time

import pytest

from harness import (IMAGE, OURS, ROOT, SOCKET, Cloud, Docker, Flow, alive, children, eventually,
                     measure, run, sweep)
from test_containers import metadata_answers, name_resolves


# Of its own: told to have none, dockerd would remove docker0, which is the other daemon's.
BRIDGE = "chaos-docker0"


class Daemon:
    """Without iptables, which are the other daemon's; our networks need none of its rules."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = os.path.join(folder, "d.sock")
        self.docker, self.process = Docker(self.socket), None

    def start(self):
        config = os.path.join(self.folder, "daemon.json")
        with open(config, "w") as f:
            json.dump({}, f)
        at = functools.partial(os.path.join, self.folder)
        # Their numbers may be other processes' by now, and dockerd would wait for those.
        for stale in ("pid", "exec/containerd/containerd.pid"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(at(stale))
        if not os.path.exists(f"/sys/class/net/{BRIDGE}"):
            run("ip", "link", "add", BRIDGE, "type", "bridge")
            run("ip", "addr", "add", "100.127.250.1/24", "dev", BRIDGE)
            run("ip", "link", "set", BRIDGE, "up")
        with open(at("dockerd.log"), "ab") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--config-file", config, "--data-root", at("data"), "--exec-root",
                 at("exec"), "--pidfile", at("pid"), "--host", f"unix://{self.socket}",
                 "--containerd-namespace", "chaos", "--containerd-plugins-namespace", "chaos-p",
                 "--bridge", BRIDGE, "--iptables=false", "--ip-forward=false"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        eventually("dockerd answers", self.answers, 30)

    def answers(self):
        assert self.process.poll() is None, self.log()
        return self.docker.call("GET", "/_ping") or True

    def stop(self, sig=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            below = children(self.process.pid)
            self.process.send_signal(sig)
            self.process.wait(60)
            # A containerd that is dying would be taken for one that lives.
            eventually("containerd is gone", lambda: not any(alive(p) for p in below))

    def log(self):
        with open(os.path.join(self.folder, "dockerd.log"), errors="replace") as f:
            return "".join(line for line in f if "level=info" not in line)[-3000:]

    def load(self, *images):
        save = subprocess.Popen(["docker", "-H", f"unix://{SOCKET}", "save", *images],
                                stdout=subprocess.PIPE)
        run("docker", "-H", f"unix://{self.socket}", "load", stdin=save.stdout)
        save.stdout.close()
        assert save.wait() == 0


def our_images():
    with open(os.path.join(ROOT, "VERSION")) as f:
        version = f.read().strip()
    return [os.environ.get(f"SIMFRA_{name.upper()}_IMAGE",
                           f"ghcr.io/simfra-dev/simfra-{name}:{version}")
            for name in ("netd", "vpc")]


@pytest.fixture
def daemon(folder):
    d = Daemon(os.path.join(folder, "docker"))
    os.mkdir(d.folder)
    try:
        d.start()
        d.load(IMAGE, *our_images())
        yield d
        if d.process.poll() is not None:
            d.start()
        sweep(d.docker)
    finally:
        d.stop()
        run("ip", "link", "delete", BRIDGE)
        for line in run("ip", "-o", "-4", "addr").splitlines():
            if f" {OURS}" in line:
                run("ip", "link", "delete", line.split()[1])
        for line in reversed(run("cat", "/proc/mounts").splitlines()):
            mount = line.split()[1]
            if mount.startswith(d.folder):
                run("umount", "-l", mount)


def away(daemon, sig, meanwhile=lambda: None):
    daemon.stop(sig)
    meanwhile()
    daemon.start()
    return time.monotonic()


def test_instances_come_back_as_they_were(daemon, planes, folder):
    plane = planes(SIMFRA_DATA_DIR=os.path.join(folder, "store"),
                   SIMFRA_DOCKER_SOCKET=daemon.socket)
    plane.start()
    cloud = Cloud(plane, internet=True)
    cloud.ec2.authorize_security_group_ingress(
        GroupId=cloud.ec2.describe_security_groups(Filters=[
            {"Name": "vpc-id", "Values": [cloud.vpc]}])["SecurityGroups"][0]["GroupId"],
        IpPermissions=[{"IpProtocol": "udp", "FromPort": 7777, "ToPort": 7777,
                        "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    a, b = cloud.launch(2)
    found = cloud.await_state([a, b], "running")
    addresses = {id: found[id]["PrivateIpAddress"] for id in (a, b)}
    boxes = {id: cloud.docker.inspect(cloud.name(id))["Id"] for id in (a, b)}
    for name, sig in (("SIGTERM", signal.SIGTERM), ("SIGKILL", signal.SIGKILL)):
        begin = away(daemon, sig)
        eventually("instances run", lambda: cloud.pid(a) and cloud.pid(b), 30)
        for id in (a, b):
            eventually("its address is there", lambda id=id: cloud.address(id) == addresses[id], 30)
        with Flow("udp", cloud.pid(a), cloud.pid(b), addresses[b]) as flow:
            flow.flows(30)
        measure(f"dockerd back after {name}, instances reach each other", time.monotonic() - begin)
        with Flow("udp", 0, cloud.pid(a), found[a]["PublicIpAddress"]) as flow:
            flow.flows(30)
        measure(f"dockerd back after {name}, public address reached", time.monotonic() - begin)
        metadata_answers(cloud, a, 30)
        name_resolves(cloud, a, addresses[b], 30)
        measure(f"dockerd back after {name}, metadata and DNS", time.monotonic() - begin)
        now = cloud.await_state([a, b], "running")
        assert {id: now[id]["PrivateIpAddress"] for id in (a, b)} == addresses
        assert now[a]["PublicIpAddress"] == found[a]["PublicIpAddress"]
        assert {id: cloud.docker.inspect(cloud.name(id))["Id"] for id in (a, b)} == boxes

    # What is asked for while it is away is done when it is back.
    asked = []

    def ask():
        asked.extend(cloud.launch())
        cloud.ec2.terminate_instances(InstanceIds=[b])
        assert cloud.state(asked[0]) == "pending" and cloud.state(b) == "shutting-down"

    begin = away(daemon, signal.SIGTERM, ask)
    cloud.await_state(asked, "running", 30)
    cloud.await_state([b], "terminated", 30)
    measure("dockerd back, what was asked for meanwhile is done", time.monotonic() - begin)
    plane.stop()
    assert not daemon.docker.ours("containers") and not daemon.docker.ours("networks")
