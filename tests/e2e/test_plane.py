"""The control plane with Docker: reset, graceful shutdown, restart, adoption."""
import subprocess
import time

import pytest

from cloud import Cloud, fetch
from plane import docker, eventually, inspect, measure

# Echoes lines; each connection until it ends.
ECHO = """
import socketserver
class H(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(('', 7), H).serve_forever()
"""


@pytest.fixture
def shut(request):
    """What has to be closed, whatever happens."""
    made = []
    yield made
    for c in made:
        c.close()


class Line:
    """One connection that must not break, from inside of one instance to another."""

    def __init__(self, a, b):
        b.sh(f"cat >/root/echo.py <<'END'\n{ECHO}\nEND\n(setsid python3 /root/echo.py "
             ">/dev/null 2>&1 </dev/null &)")
        eventually("the echo answers", lambda: b.sh("ss -Hltn 'sport = :7'"))
        code = (f"import socket, sys; s = socket.create_connection(('{b.address}', 7), 5); "
                "f = s.makefile('rw')\n"
                "for line in sys.stdin: f.write(line); f.flush(); print(f.readline(), end='', "
                "flush=True)")
        self.process = subprocess.Popen(["docker", "exec", "-i", a.name, "python3", "-u", "-c", code],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def says(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip() == word

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def test_reset_forgets_at_once_and_containers_follow(special):
    p = special()
    cloud = Cloud(p)
    cloud.launch(n=5)
    p.client("iam").create_user(UserName="somebody")
    p.note_volumes()
    # Five machines, a router, netd; and edge for the ports that their group opens.
    eventually("all are there", lambda: len(p.containers()) == 8)
    begin = time.monotonic()
    status, said = p.post("/_simfra/reset")
    took = time.monotonic() - begin
    measure("reset, answered", took)
    assert status == 200 and said["ms"] < 100
    assert cloud.ec2.describe_instances()["Reservations"] == []
    assert [v["IsDefault"] for v in cloud.ec2.describe_vpcs()["Vpcs"]] == [True]
    assert p.client("iam").list_users()["Users"] == []
    # netd and its networks belong to the host.
    eventually("containers have followed", lambda: [c["Names"][0] for c in p.containers()]
               == [f"/{p.name}-netd"], 20)
    eventually("networks have followed", lambda: sorted(n["Name"] for n in p.networks())
               == [f"{p.name}-control", f"{p.name}-internet"], 20)
    measure("reset of 5 instances, containers gone", time.monotonic() - begin)
    # And it works as on the first day.
    again = Cloud(p)
    m = again.launch()
    m.serve(m.id)
    assert fetch(f"http://{m.public}/") == m.id


def test_graceful_shutdown_leaves_nothing_with_all_in_flight(special):
    p = special()
    cloud = Cloud(p)
    a, b = cloud.launch(n=2)
    a.ec2.stop_instances(InstanceIds=[a.id])
    cloud.launch(n=4, wait=None)
    begin = time.monotonic()
    p.stop(40)
    measure("graceful shutdown with 6 instances", time.monotonic() - begin)
    assert p.containers() == [] and p.networks() == []
    assert p.leftovers() == []


def test_restart_adopts_what_runs_without_interruption(special, shut, tmp_path):
    """With a data directory: the same instances, the same connections, before and after."""
    p = special(SIMFRA_DATA_DIR=str(tmp_path / "data"), SIMFRA_DOCKER_CLEANUP_ON_SHUTDOWN="false")
    cloud = Cloud(p)
    a, b = cloud.launch(n=2)
    stopped = cloud.launch()
    stopped.ec2.stop_instances(InstanceIds=[stopped.id])
    stopped.becomes("stopped")
    b.serve(b.id)
    line = Line(a, b)
    shut.append(line)
    assert line.says("before")
    before = {c["Id"]: c["Status"] for c in p.containers()}
    starts = {c: inspect(c)["State"]["StartedAt"] for c in before}
    seen = [m.see() for m in (a, b)]
    p.stop()
    # Control is away, and nobody notices.
    assert line.says("while it is away") and fetch(f"http://{seen[1]['PublicIpAddress']}/") == b.id
    assert a.imds("/latest/meta-data/instance-id") == (200, a.id)
    assert a.sh(f"dig +short {seen[1]['PrivateDnsName']}") == seen[1]["PrivateIpAddress"]
    p.start()
    assert [m.see() for m in (a, b)] == seen and stopped.state() == "stopped"
    eventually("it is at rest", lambda: p.get("/_simfra/health")[1]["backlog"] == 0)
    assert {c: inspect(c)["State"]["StartedAt"] for c in before} == starts
    assert set(before) == {c["Id"] for c in p.containers()}
    assert line.says("after") and fetch(f"http://{seen[1]['PublicIpAddress']}/") == b.id
    # It is in charge again.
    stopped.ec2.start_instances(InstanceIds=[stopped.id])
    stopped.becomes("running")
    c = cloud.launch()
    assert c.sh(f"curl -s -m 5 http://{b.address}/") == b.id
    cloud.close()
    p.settings["SIMFRA_DOCKER_CLEANUP_ON_SHUTDOWN"] = "true"
    p.stop()
    p.start()


def test_killed_control_is_followed_by_one_that_goes_on(special, shut, tmp_path):
    p = special(SIMFRA_DATA_DIR=str(tmp_path / "data"))
    cloud = Cloud(p)
    a, b = cloud.launch(n=2)
    line = Line(a, b)
    shut.append(line)
    assert line.says("before")
    p.kill()
    assert line.says("killed")
    old = inspect(b.name)["Id"]
    p.start()
    assert line.says("again")
    # What goes while nobody looks cannot be told from what a shutdown took: it is made anew.
    address = b.address
    p.kill()
    docker("DELETE", f"/containers/{b.name}?force=1&v=1")
    p.start()
    eventually("it is there again", lambda: (inspect(b.name) or {}).get("Id", old) != old)
    assert b.becomes("running")["PrivateIpAddress"] == address
    b.serve(b.id)
    assert a.sh(f"curl -s -m 5 http://{address}/") == b.id
    a.ec2.terminate_instances(InstanceIds=[a.id])
    a.becomes("terminated")


def test_containers_come_again_when_they_went_with_the_shutdown(special, tmp_path):
    """Reconciliation: on restart with persistence, containers are made anew of what is stored."""
    p = special(SIMFRA_DATA_DIR=str(tmp_path / "data"))
    cloud = Cloud(p)
    m = cloud.launch("#!/bin/sh\necho ran >/root/ran\n")
    address = m.address
    p.stop()
    assert p.containers() == []
    p.start()
    assert m.becomes("running")["PrivateIpAddress"] == address
    m.finishes_boot()
    assert m.sh("cat /root/ran") == "ran"
    m.serve(m.id)
    assert fetch(f"http://{m.public}/") == m.id


def test_without_persistence_nothing_survives(special):
    p = special()
    cloud = Cloud(p)
    cloud.launch()
    p.stop()
    p.start()
    assert p.client("ec2").describe_instances()["Reservations"] == []
    eventually("only netd is there", lambda: [c["Names"][0] for c in p.containers()]
               == [f"/{p.name}-netd"])


def test_stale_containers_of_a_killed_run_are_cleaned_at_start(special):
    p = special()
    cloud = Cloud(p)
    m = cloud.launch()
    p.note_volumes()
    assert len([x for x in p.processes() if "redis" in x]) == 1
    p.kill()
    assert inspect(m.name)["State"]["Running"]
    p.start()
    eventually("the old are gone", lambda: [c["Names"][0] for c in p.containers()]
               == [f"/{p.name}-netd"])
    eventually("the child of the killed one is gone", lambda: len(
        [x for x in p.processes() if "redis" in x]) == 1, 10)
