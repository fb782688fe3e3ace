"""What the chaos tests share: a control plane that can be killed, Docker, namespaces, deadlines.

Root, Docker, redis-server and our images (`make images`) are needed; a test without them fails.
SIMFRA_BIN is the program (build/release/simfra), CHAOS_PORT the first of four ports.
"""
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("SIMFRA_BIN", os.path.join(ROOT, "build/release/simfra"))
PORT = int(os.environ.get("CHAOS_PORT", "4730"))
SOCKET = os.environ.get("SIMFRA_DOCKER_SOCKET", "/var/run/docker.sock")
INSTANCE = "chaos"
OWNER = "dev.simfra.owner"
IMAGE = "simfra-test/shell:1"
# Beside the defaults, so that a control plane of the user's may run meanwhile.
INTERNET, UNDERLAY, OURS = "100.126.0.0/18", "100.126.64.0/18", "100.126."
KEY = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
LOST = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError,
        botocore.exceptions.EndpointConnectionError)

measured = []


def measure(what, seconds):
    """A line of the summary at the end of the run."""
    measured.append((what, seconds))


def eventually(what, fn, seconds=20.0, every=0.02):
    """The first true value of fn, which may fail meanwhile; and no later than the deadline."""
    end = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = fn()
            if value:
                return value
            last = value
        except (AssertionError, OSError, LookupError, *LOST, botocore.exceptions.ClientError) as e:
            last = e
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}; last: {last!r}")
        time.sleep(every)


def alive(pid):
    """It runs: a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError), \
                open(f"/proc/{pid}/task/{task}/children") as f:
            found += [int(p) for p in f.read().split()]
    return found


def run(*command, **more):
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       timeout=120, **more)
    assert p.returncode == 0, f"{' '.join(command)}: {p.stdout}"
    return p.stdout


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("docker", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class Docker:
    """The engine's API, as far as it is needed to look and to break things."""

    def __init__(self, path=SOCKET):
        self.path = path

    def call(self, method, target, ok=(200, 201, 204, 304)):
        c = UnixConnection(self.path)
        try:
            c.request(method, target)
            r = c.getresponse()
            body = r.read()
        finally:
            c.close()
        if r.status == 404:
            return None
        assert r.status in ok, f"{method} {target}: {r.status} {body[:300]!r}"
        return json.loads(body) if body[:1] in (b"{", b"[") else True

    def ours(self, what, owner=INSTANCE):
        """Containers (running or not) or networks that have our label."""
        filters = urllib.parse.quote(json.dumps({"label": [f"{OWNER}={owner}"]}))
        target = "containers/json?all=1&" if what == "containers" else "networks?"
        return self.call("GET", f"/{target}filters={filters}")

    def names(self):
        return sorted(c["Names"][0].lstrip("/") for c in self.ours("containers"))

    def inspect(self, name):
        return self.call("GET", f"/containers/{name}/json")

    def pid(self, name):
        c = self.inspect(name)
        return c["State"]["Pid"] if c and c["State"]["Running"] else 0

    def remove(self, name):
        return self.call("DELETE", f"/containers/{name}?force=1&v=1")

    def kill(self, name):
        return self.call("POST", f"/containers/{name}/kill")

    def restart(self, name):
        return self.call("POST", f"/containers/{name}/restart?t=1")


class Plane:
    """A control plane: a process, its settings, and the log of all of its lives."""

    def __init__(self, folder, port=PORT, **settings):
        self.port, self.folder = port, folder
        self.log = os.path.join(folder, f"control-{port}.log")
        self.process, self.redis = None, set()
        self.settings = {
            "SIMFRA_PORT": str(port), "SIMFRA_INSTANCE": INSTANCE, "SIMFRA_DOCKER": "true",
            "SIMFRA_BOOTSTRAP": "standard", "SIMFRA_INTERNET_CIDR": INTERNET,
            "SIMFRA_UNDERLAY_CIDR": UNDERLAY, "SIMFRA_DOCKER_SOCKET": SOCKET,
            **settings,
        }
        self.url = f"http://127.0.0.1:{port}"

    def spawn(self):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith("SIMFRA_") or k.endswith("_IMAGE")}
        env.update(self.settings, TMPDIR=self.folder)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([BIN, "serve"], env=env, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)

    def start(self, seconds=15.0):
        """Its time from exec to healthy."""
        begin = time.monotonic()
        self.spawn()
        eventually("control is healthy", lambda: self.lives() and self.health()[0] == 200, seconds)
        self.redis.update(self.redis_pids())
        return time.monotonic() - begin

    def lives(self):
        code = self.process.poll()
        if code is not None:
            raise RuntimeError(f"control ended with {code}:\n{self.tail()}")
        return True

    def redis_pids(self):
        return [p for p in children(self.process.pid)
                if os.path.basename(os.readlink(f"/proc/{p}/exe")).startswith("redis")]

    def health(self):
        return self.get("/_simfra/health")

    def get(self, path, method="GET"):
        """Status, document, headers."""
        request = urllib.request.Request(self.url + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as r:
                return r.status, json.loads(r.read() or b"{}"), r.headers
        except urllib.error.HTTPError as e:
            with e:
                return e.code, json.loads(e.read() or b"{}"), e.headers

    def client(self, service="ec2", attempts=1, region="us-east-1"):
        config = botocore.config.Config(retries={"total_max_attempts": attempts},
                                        connect_timeout=5, read_timeout=30,
                                        max_pool_connections=64)
        return boto3.client(service, endpoint_url=self.url, region_name=region,
                            aws_access_key_id=KEY[0], aws_secret_access_key=KEY[1], config=config)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=60.0):
        """A graceful stop, which has to succeed."""
        if self.process is None or self.process.poll() is not None:
            return
        self.redis.update(self.redis_pids())
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not end control in {seconds:g} s:\n{self.tail()}")
        assert code == 0, f"control ended with {code}:\n{self.tail()}"

    def tail(self, lines=40):
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-lines:])


class Cloud:
    """A VPC with one subnet and the tiny image, and instances in it."""

    def __init__(self, plane, cidr="10.7.0.0/16", internet=False):
        self.plane, self.docker = plane, Docker(plane.settings["SIMFRA_DOCKER_SOCKET"])
        self.ec2 = plane.client(attempts=4)
        self.vpc = self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr.replace("/16", "/20")
                                             )["Subnet"]["SubnetId"]
        if internet:
            gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
            table = self.ec2.describe_route_tables(
                Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"][0]
            self.ec2.create_route(RouteTableId=table["RouteTableId"], GatewayId=gateway,
                                  DestinationCidrBlock="0.0.0.0/0")
            self.ec2.modify_subnet_attribute(SubnetId=self.subnet,
                                             MapPublicIpOnLaunch={"Value": True})
        self.image = self.ec2.register_image(Name=f"tiny-{self.vpc}",
                                             ImageLocation=f"docker://{IMAGE}")["ImageId"]

    def launch(self, n=1, ec2=None, **more):
        r = (ec2 or self.ec2).run_instances(ImageId=self.image, InstanceType="t3.nano", MinCount=n,
                                            MaxCount=n, SubnetId=self.subnet, **more)
        return [i["InstanceId"] for i in r["Instances"]]

    def instances(self, **more):
        return all_instances(self.ec2, **more)

    def state(self, id):
        return self.instances(InstanceIds=[id])[id]["State"]["Name"]

    def await_state(self, ids, state, seconds=60.0):
        def there():
            now = self.instances(InstanceIds=list(ids))
            return all(i["State"]["Name"] == state for i in now.values()) and now
        return eventually(f"{len(ids)} instances are {state}", there, seconds, 0.05)

    def name(self, id):
        return f"{INSTANCE}-{id}"

    def pid(self, id):
        return self.docker.pid(self.name(id))

    def address(self, id):
        """The address on the wire."""
        return address_in(self.pid(id))


def all_instances(ec2, **more):
    found = {}
    for page in ec2.get_paginator("describe_instances").paginate(**more):
        for r in page["Reservations"]:
            for i in r["Instances"]:
                assert i["InstanceId"] not in found
                found[i["InstanceId"]] = i
    return found


def nsenter(pid, *command, **more):
    return run("nsenter", "-t", str(pid), "-n", *command, **more)


def address_in(pid, device="eth0"):
    for row in json.loads(nsenter(pid, "ip", "-j", "-4", "addr", "show", "dev", device)):
        for a in row.get("addr_info", []):
            return a["local"]
    return None


class Flow:
    """Packets there and back between two containers' namespaces, numbered, every few milliseconds.

    udp is for how long nothing came; tcp is one connection that must not break.
    """

    def __init__(self, kind, client_pid, server_pid, address, port=7777):
        here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "flow.py")
        self.processes = []
        for pid, args in ((server_pid, ["server"]), (client_pid, ["client", address])):
            prefix = ["nsenter", "-t", str(pid), "-n"] if pid else []
            self.processes.append(subprocess.Popen(
                prefix + [sys.executable, here, kind, str(port), *args], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, text=True))
            assert self.processes[-1].stdout.readline() == "ready\n"
        self.server, self.client = self.processes

    def gap(self):
        """The longest time without an answer since the last question, until now; in seconds."""
        return self.ask("gap")["gap"]

    def answered(self):
        return self.ask("count")["count"]

    def ask(self, what):
        self.client.stdin.write(what + "\n")
        self.client.stdin.flush()
        line = self.client.stdout.readline()
        assert line, "the flow broke"
        return json.loads(line)

    def flows(self, seconds=20.0):
        """Until an answer comes to something that is sent from now on."""
        self.ask("mark")
        eventually("packets come back", lambda: self.ask("marked")["marked"], seconds)

    def stop(self):
        for p in self.processes:
            p.kill()
            p.wait()
            p.stdin.close()
            p.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Redis:
    """A server of somebody else's."""

    def __init__(self, folder, port=PORT + 3):
        self.folder, self.port, self.process = folder, port, None
        self.url = f"redis://127.0.0.1:{port}"

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "yes", "--dir", self.folder, "--daemonize", "no"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually("redis answers", self.ping)
        return self

    def ping(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as s:
            s.sendall(b"PING\r\n")
            return s.recv(64).startswith(b"+PONG")

    def stop(self, sig=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)
            self.process.wait(20)


def leftovers(docker, folder):
    """What of ours is still there, a line each."""
    left = [f"container {c['Names'][0]} {c['State']}" for c in docker.ours("containers")]
    left += [f"network {n['Name']}" for n in docker.ours("networks")]
    links = run("ip", "-o", "link")
    left += [f"link {n}" for n in re.findall(r"^\d+: (SIMFRA\w*)", links, re.M)]
    for line in run("ip", "-o", "-4", "addr").splitlines():
        if f" {OURS}" in line:
            left.append(f"address {line}")
    left += [f"private folder {n}" for n in os.listdir(folder) if n.startswith("simfra-redis-")]
    return left


def sweep(docker):
    """After a failed test, so that the next begins clean."""
    for c in docker.ours("containers"):
        docker.remove(c["Id"])
    for n in docker.ours("networks"):
        docker.call("DELETE", f"/networks/{n['Id']}")


def short_folder():
    """Unix sockets have short paths."""
    return tempfile.mkdtemp(prefix="chaos-", dir="/tmp")


def remove_folder(folder):
    shutil.rmtree(folder, ignore_errors=True)
