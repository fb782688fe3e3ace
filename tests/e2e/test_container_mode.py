"""Control as a container: `docker run` as the specification has it, on the host's network, and docker-compose.

E2E_COMPOSE is the Compose to use: docker-compose (1.29), or version 2.
"""
import json
import os
import signal
import time

import pytest

from cloud import Cloud, check_addresses, fetch
from plane import BUILD, PORT, REGISTRY, ROOT, SOCKET, Plane, docker, eventually, inspect, measure, run

NUMBER = 4  # of the run's control planes; those of the other files have the ones before
PREFIX = "simfra-e2e"
COMPOSE = os.environ.get("E2E_COMPOSE", "docker-compose").split()
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


class Boxed(Plane):
    """A control plane in a container; the way is "run", "host" (its network) or "compose"."""

    def __init__(self, way, **settings):
        super().__init__(NUMBER, SIMFRA_DATA_DIR="/var/lib/simfra", **settings)
        self.way = way
        self.box = f"{self.name}-control-box"
        with open(os.path.join(ROOT, "VERSION")) as f:
            self.image = f"{PREFIX}/simfra:{f.read().strip()}"
        if way != "host":
            del self.settings["SIMFRA_PORT"]
        if way == "compose":
            del self.settings["SIMFRA_DATA_DIR"]
        else:
            docker("DELETE", f"/volumes/{self.name}-data")

    def compose(self, *words, **more):
        settings = dict(self.settings, SIMFRA_PORT=str(self.port), SIMFRA_IMAGE=self.image, **more)
        env = {k: v for k, v in os.environ.items() if not k.startswith("SIMFRA_")}
        return run(*COMPOSE, "-p", self.name, "-f",
                   os.path.join(ROOT, "compose/docker-compose.yml"), *words,
                   timeout=180, env=dict(env, **settings))

    def composed(self, service=None):
        """Containers of the project."""
        want = {"com.docker.compose.project": self.name, "com.docker.compose.service": service}
        return [c for c in docker("GET", "/containers/json?all=1")
                if all(v in (None, c["Labels"].get(k)) for k, v in want.items())]

    def docker_run(self):
        options = ["-v", f"{SOCKET}:/var/run/docker.sock", "-v", f"{self.name}-data:/var/lib/simfra",
                   # Users do that; control must know itself all the same.
                   *(["--hostname", "aws.example"] if self.way == "run" else []),
                   *(["-p", f"{self.port}:4599"] if self.way == "run" else
                     ["--network", "host", "-e", "SIMFRA_LISTEN="])]
        for name, value in self.settings.items():
            options += ["-e", f"{name}={value}"]
        run("docker", "run", "-d", "--name", self.box, *options, self.image)

    def start(self, seconds=60.0):
        begin = time.monotonic()
        if self.way == "compose":
            self.compose("up", "-d")
            # Its name is another in either version.
            self.box = self.composed("control")[0]["Names"][0].lstrip("/")
        else:
            self.docker_run()
        eventually("control is healthy", self.is_healthy, seconds)
        return time.monotonic() - begin

    def is_healthy(self):
        state = inspect(self.box)["State"]
        if not state["Running"]:
            raise RuntimeError(f"control ended with {state['ExitCode']}:\n{self.tail()}")
        return self.get("/_simfra/health")[0] == 200

    def stop(self, seconds=60.0):
        seen = inspect(self.box)
        if seen is None:
            return
        self.note_volumes()
        if self.way == "compose":
            self.compose("down", "-v", "-t", str(int(seconds)))
            return
        # Docker's own 10 s must do, for as little as there is here.
        run("docker", "stop", self.box)
        code, log = inspect(self.box)["State"]["ExitCode"], self.tail()
        run("docker", "rm", self.box)
        docker("DELETE", f"/volumes/{self.name}-data")
        assert code == 0, f"control ended with {code}:\n{log}"
        assert " warn " not in log.partition(" serve stopping")[2], log

    def remove(self):
        """`docker rm -f`: SIGKILL."""
        run("docker", "rm", "-f", self.box)

    def tail(self, lines=60):
        p = run("docker", "logs", "--tail", str(lines), self.box, check=False)
        return p.stdout + p.stderr

    def sweep(self):
        docker("DELETE", f"/containers/{self.box}?force=1&v=1")
        for c in self.composed():
            docker("DELETE", f"/containers/{c['Id']}?force=1&v=1")
        super().sweep()
        for n in docker("GET", "/networks"):
            if n["Name"].startswith(f"{self.name}_"):
                docker("DELETE", f"/networks/{n['Id']}")
        for v in docker("GET", "/volumes")["Volumes"] or []:
            if v["Name"].startswith((f"{self.name}_", f"{self.name}-")):
                docker("DELETE", f"/volumes/{v['Name']}")

    def leftovers(self):
        left = super().leftovers()
        left += [f"network {n['Name']}" for n in docker("GET", "/networks")
                 if n["Name"].startswith(f"{self.name}_")]
        left += [f"volume {v['Name']}" for v in docker("GET", "/volumes")["Volumes"] or []
                 if v["Name"].startswith((f"{self.name}_", f"{self.name}-"))]
        return left

    def close(self, failed=False):
        # Before the container goes, and its log.
        if failed:
            print(self.report())
        super().close()

    def ids(self):
        """What it launched, once all of it runs and stays so: name to id and start."""
        seen = [None]

        def rests():
            found = [(c["Names"][0], inspect(c["Id"])) for c in self.containers()]
            # One that is being made is listed before it can be inspected.
            before, seen[0] = seen[0], {n: (i["Id"], i["State"]["StartedAt"]) for n, i in found
                                        if i is not None and i["State"]["Running"]}
            return len(seen[0]) == len(found) and before == seen[0]

        eventually("all of it runs", rests, every=0.2)
        return seen[0]


@pytest.fixture(scope="module")
def image(host):
    """Control's own, from the programs under test."""
    run(os.path.join(ROOT, "images/build"), "simfra", timeout=300,
        env=dict(os.environ, PREFIX=PREFIX, BIN=BUILD))


@pytest.fixture
def boxed(image, request):
    made = []

    def make(way, **settings):
        p = Boxed(way, **settings)
        p.sweep()
        made.append(p)
        measure(f"control by {way}: to healthy", p.start())
        return p

    yield make
    report = getattr(request.node, "report_call", None)
    for p in made:
        p.close(failed=report is None or report.failed)


def public_web(cloud):
    """A machine with a role that serves what it knows of itself."""
    iam = cloud.plane.client("iam")
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    group = cloud.ec2.create_security_group(GroupName="web", Description="web", VpcId=cloud.vpc)["GroupId"]
    cloud.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{
        "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    own = [g["GroupId"] for g in cloud.ec2.describe_security_groups(Filters=[
        {"Name": "vpc-id", "Values": [cloud.vpc]}, {"Name": "group-name", "Values": ["default"]}])[
            "SecurityGroups"]]
    return cloud.launch(
        "#!/bin/sh\nmkdir /srv/web && cd /srv/web && hostname >index.html\n"
        "setsid python3 -m http.server 80 >/dev/null 2>&1 </dev/null &\n",
        IamInstanceProfile={"Name": "web"}, SecurityGroupIds=[group, *own])


def role_of(machine):
    return machine.python("import boto3, json\n"
                          "sts = boto3.client('sts', endpoint_url='http://simfra.local')\n"
                          "print(json.dumps(sts.get_caller_identity()['Arn']))",
                          env=["AWS_DEFAULT_REGION=us-east-1"])


@pytest.mark.parametrize("way", ["run", "host", "compose"])
def test_the_short_story_ends_with_nothing_left(boxed, way):
    plane = boxed(way)
    cloud = Cloud(plane)
    web = public_web(cloud)
    name = web.see()["PrivateDnsName"]
    eventually("the host sees the page",
               lambda: fetch(f"http://{web.public}/") == name.partition(".")[0])
    assert web.imds("/latest/meta-data/instance-id") == (200, web.id)
    assert ":assumed-role/web/" in role_of(web)
    other = cloud.launch("#!/bin/true\n")
    assert other.sh(f"getent hosts {name}").split()[0] == web.address
    assert other.sh(f"curl -s -m 2 http://{name}/") == name.partition(".")[0]
    # AWS's own names lead to the container, with a certificate that the machine trusts.
    other.sh("env -i PATH=$PATH curl -sS -m 5 -o /dev/null https://sts.us-east-1.amazonaws.com/")
    check_addresses(cloud)
    # Ports of the host's 127.0.0.1, wherever control is.
    tags = {t["Key"]: t["Value"] for t in web.see().get("Tags", [])}
    eventually("edge leads to the page", lambda: fetch(
        f"http://{tags['aws:simfra:port-forward/80']}/") == name.partition(".")[0])
    other.serve("private")
    said = run("docker", "exec", plane.box, "/usr/lib/simfra/simfra", "forward", other.id, "80").stdout
    assert fetch(f"http://{said.strip()}/") == "private"

    web.ec2.stop_instances(InstanceIds=[web.id])
    web.becomes("stopped")
    web.ec2.start_instances(InstanceIds=[web.id])
    web.becomes("running")
    web.ec2.terminate_instances(InstanceIds=[web.id])
    web.becomes("terminated")
    # What still runs is to go with control; a user's own container is to stay.
    vpc_network = next(n["Name"] for n in plane.networks() if cloud.vpc in n["Name"])
    run("docker", "run", "-d", "--name", f"{plane.name}-guest", "--network", vpc_network,
        f"{REGISTRY}/debian:latest", "sleep", "600")
    try:
        begin = time.monotonic()
        plane.stop()
        measure(f"control by {way}: stop", time.monotonic() - begin)
        assert inspect(f"{plane.name}-guest")["State"]["Running"]
    finally:
        run("docker", "rm", "-f", f"{plane.name}-guest")
    assert plane.leftovers() == []


@pytest.mark.parametrize("way, opens", [("run", False), ("compose", True)])
def test_the_admin_door_opens_to_the_host_alone(boxed, way, opens):
    plane = boxed(way)
    machine = Cloud(plane).launch("#!/bin/true\n")
    path = "/_simfra/docker/failures"
    # Published on all addresses nobody is known as the host: containers come the same way.
    status, said = plane.get(path)
    assert (status == 200) == opens, (status, said)
    assert opens or "127.0.0.1" in said["message"]
    host = inspect(plane.box)["NetworkSettings"]["Networks"][f"{plane.name}-control"]["Gateway"]
    doors = ["http://simfra.local:4599", f"http://{host}:{plane.port}", "https://simfra.local",
             f"https://{host}:4600"]
    for door in doors:
        code = machine.sh(f"curl -sk -m 2 -o /dev/null -w '%{{http_code}}' {door}{path} || true")
        assert code in ("000", "403"), (door, code)
    assert machine.sh(f"curl -s -m 2 {doors[0]}/_simfra/health").startswith('{"status":"healthy"')


def test_one_that_was_killed_and_recreated_adopts_everything(boxed):
    plane = boxed("run")
    cloud = Cloud(plane)
    web = public_web(cloud)
    before, address, name = plane.ids(), web.public, web.see()["PrivateDnsName"]
    page = name.partition(".")[0]
    eventually("the host sees the page", lambda: fetch(f"http://{address}/") == page)
    plane.remove()
    assert fetch(f"http://{address}/") == page
    assert plane.ids() == before
    begin = time.monotonic()
    plane.start()
    measure("control recreated: to healthy", time.monotonic() - begin)
    seen = web.see()
    assert (seen["State"]["Name"], seen["PublicIpAddress"]) == ("running", address)
    eventually("the VPC reaches the new control", lambda: ":assumed-role/web/" in role_of(web))
    assert fetch(f"http://{address}/") == page
    assert plane.ids() == before
    other = cloud.launch("#!/bin/true\n")
    assert other.sh(f"curl -s -m 2 http://{name}/") == page
    check_addresses(cloud)


def test_one_that_forgets_clears_its_networks_when_started_again(boxed):
    """Its container is still on networks of VPCs that it does not know any more."""
    plane = boxed("run", SIMFRA_BOOTSTRAP="none")
    run("docker", "rm", "-f", plane.box)
    del plane.settings["SIMFRA_DATA_DIR"]
    plane.start()
    cloud = Cloud(plane)
    cloud.launch("#!/bin/true\n")
    os.kill(inspect(plane.box)["State"]["Pid"], signal.SIGKILL)
    eventually("it ended", lambda: not inspect(plane.box)["State"]["Running"])
    run("docker", "start", plane.box)
    eventually("control is healthy", plane.is_healthy)
    assert plane.client("ec2").describe_vpcs()["Vpcs"] == []
    eventually("the VPC's network is gone", lambda: not [
        n for n in plane.networks() if cloud.vpc in n["Name"]])
    eventually("the VPC's containers are gone", lambda: [c["Names"] for c in plane.containers()] == [
        [f"/{plane.name}-netd"]])


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(p) for p in f.read().split()]


def state_of(pid):
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rpartition(")")[2].split()[0]


def test_orphans_do_not_stay_as_zombies(boxed):
    plane = boxed("run")
    first = inspect(plane.box)["State"]["Pid"]
    control = children(first)
    assert len(control) == 1, control
    # It detaches itself, and so becomes PID 1's.
    run("docker", "exec", plane.box, "/usr/bin/redis-server", "--port", "0", "--unixsocket",
        "/tmp/orphan", "--daemonize", "yes")
    orphan = eventually("there is an orphan", lambda: set(children(first)) - set(control)).pop()
    os.kill(orphan, signal.SIGKILL)
    eventually("it is reaped", lambda: children(first) == control)
    assert state_of(control[0]) != "Z"
    assert plane.is_healthy()


def test_docker_knows_its_health(boxed):
    plane = boxed("run")
    eventually("Docker says healthy",
               lambda: inspect(plane.box)["State"]["Health"]["Status"] == "healthy", 30)
    p = run("docker", "exec", plane.box, "/usr/lib/simfra/simfra", "health", "http://127.0.0.1:1/",
            check=False)
    assert p.returncode == 1, p.stdout


def test_it_answers_without_docker(boxed):
    plane = boxed("run", SIMFRA_DOCKER="false")
    assert plane.client("ec2").describe_vpcs()["Vpcs"][0]["IsDefault"]
    assert plane.get("/_simfra/coverage")[0] == 403
    assert plane.containers() == []


@pytest.mark.parametrize("settings, code, says", [
    ({}, 0, "Nothing is wrong."),
    ({"SIMFRA_DOCKER_SOCKET": "/nonexistent"}, 1, "BAD   Docker: there is no /nonexistent: install"),
    ({"SIMFRA_DATA_DIR": "/proc/no/such"}, 1, "BAD   SIMFRA_DATA_DIR /proc/no/such"),
    ({"SIMFRA_REDIS_URL": "redis://127.0.0.1:1"}, 1, "BAD   store: "),
    ({"SIMFRA_INTERNET_CIDR": "127.0.0.0/16"}, 1, "BAD   lo has 127.0.0.0/8, which overlaps"),
    ({"SIMFRA_UNDERLAY_CIDR": "10.1.2.3/16"}, 1, "BAD   SIMFRA_UNDERLAY_CIDR: '10.1.2.3/16' is not"),
])
def test_doctor_says_what_is_wrong_and_how_to_mend_it(image, settings, code, says):
    env = {k: v for k, v in os.environ.items() if not k.startswith("SIMFRA_")}
    net = f"100.{64 + (PORT + NUMBER) % 64}"
    env.update({"SIMFRA_DOCKER": "true", "SIMFRA_DOCKER_SOCKET": SOCKET,
                "SIMFRA_INTERNET_CIDR": f"{net}.0.0/18", "SIMFRA_UNDERLAY_CIDR": f"{net}.128.0/18"})
    p = run(os.path.join(BUILD, "simfra"), "doctor", check=False, env=dict(env, **settings))
    assert p.returncode == code and says in p.stdout, p.stdout + p.stderr


def test_compose_file_is_what_the_specification_of_compose_allows():
    """docker-compose 1.29 checks its own schema; this is what version 2 wants besides."""
    p = run(*COMPOSE, "-f", os.path.join(ROOT, "compose/docker-compose.yml"), "config",
            env={k: v for k, v in os.environ.items() if not k.startswith("SIMFRA_")})
    # Version 2 says it in three lines.
    assert "127.0.0.1:4599:4599" in p.stdout or (
        "host_ip: 127.0.0.1" in p.stdout and 'published: "4599"' in p.stdout), p.stdout
    with open(os.path.join(ROOT, "compose/docker-compose.yml")) as f:
        text = f.read()
    assert "\nversion:" not in text
    # Every setting of the program that a container can have.
    config = run(os.path.join(BUILD, "simfra"), "config").stdout
    names = {line.split("|")[1].strip() for line in config.splitlines() if "| SIMFRA_" in line}
    fixed = {"SIMFRA_LISTEN", "SIMFRA_PORT", "SIMFRA_DOCKER_SOCKET"}
    assert {n for n in names - fixed if f"{n}:" not in text} == set()
