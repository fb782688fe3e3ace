"""A control plane as a process, what it left on this machine, and Docker as it is seen from outside.

SIMFRA_BUILD is the folder of the programs (build/release); E2E_PORT the first of eight ports;
E2E_REGISTRY the port of the images' registry.
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
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("SIMFRA_BUILD", os.path.join(ROOT, "build/release")))
PROGRAM = os.path.join(BUILD, "simfra")
PORT = int(os.environ.get("E2E_PORT", "4720"))
REGISTRY_PORT = int(os.environ.get("E2E_REGISTRY", "5000"))
REGISTRY = f"127.0.0.1:{REGISTRY_PORT}"
SOCKET = os.environ.get("SIMFRA_DOCKER_SOCKET", "/var/run/docker.sock")
OWNER = "dev.simfra.owner"
ROOT_KEY = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
AWS = shutil.which("aws", path=os.path.join(ROOT, "build/venv/bin")) or shutil.which("aws")

measured = []


def measure(what, seconds):
    """A line of the summary at the end of the run."""
    measured.append((what, seconds))


def eventually(what, fn, seconds=20.0, every=0.02):
    """The first true value of fn; what it raises while there is time is only "not yet"."""
    end = time.monotonic() + seconds
    while True:
        try:
            last = fn()
            if last:
                return last
        except (AssertionError, OSError, LookupError, ValueError, subprocess.SubprocessError,
                botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as e:
            last = e
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}; last: {last!r}"
        time.sleep(every)


def run(*command, check=True, timeout=60, **more):
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                       timeout=timeout, **more)
    if check:
        assert p.returncode == 0, f"{' '.join(command)}: {p.returncode}\n{p.stdout}{p.stderr}"
    return p


class UnixConnection(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


def docker(method, target):
    """Docker's answer; None is 404."""
    with contextlib.closing(UnixConnection("docker", timeout=60)) as c:
        c.request(method, target)
        r = c.getresponse()
        body = r.read()
    if r.status == 404:
        return None
    assert r.status < 400, f"{method} {target}: {r.status} {body[:300]!r}"
    return json.loads(body) if body[:1] in (b"{", b"[") else True


def inspect(name):
    return docker("GET", f"/containers/{name}/json")


def labelled(kind, owner):
    filters = urllib.parse.quote(json.dumps({"label": [f"{OWNER}={owner}"]}))
    found = docker("GET", f"/{kind}filters={filters}")
    return found["Volumes"] or [] if kind.startswith("volumes") else found


class Plane:
    """A control plane; number: which of this run's, for its port, its name and its addresses."""

    def __init__(self, number, **settings):
        self.port, self.name = PORT + number, f"e2e-{PORT + number}"
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = tempfile.mkdtemp(prefix=f"{self.name}-", dir="/tmp")
        self.log = os.path.join(self.folder, "control.log")
        self.process, self.volumes = None, set()
        # Not the default pools, so that a control plane in use does not mind.
        self.net = f"100.{64 + self.port % 64}."
        self.pools = (f"{self.net}0.0/18", f"{self.net}128.0/18")
        self.pool6 = f"2001:db8:{self.port:x}::/48"
        self.settings = {
            "SIMFRA_PORT": str(self.port), "SIMFRA_INSTANCE": self.name, "SIMFRA_DOCKER": "true",
            "SIMFRA_BOOTSTRAP": "standard", "SIMFRA_INTERNET_CIDR": self.pools[0],
            "SIMFRA_UNDERLAY_CIDR": self.pools[1], "SIMFRA_INTERNET_CIDR6": self.pool6,
            "SIMFRA_DOCKER_SOCKET": SOCKET,
            "SIMFRA_DOCKER_IMAGE_REGISTRY": REGISTRY, **settings,
        }

    # Its life

    def env(self):
        """What its processes run in."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SIMFRA_", "AWS_"))}
        return {**clean, **self.settings, "TMPDIR": self.folder}

    def start(self, seconds=20.0):
        env = self.env()
        begin = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "serve"], env=env,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        eventually("control is healthy", self.is_healthy, seconds, 0.005)
        return time.monotonic() - begin

    def is_healthy(self):
        code = self.process.poll()
        if code is not None:
            raise RuntimeError(f"control ended with {code}:\n{self.tail()}")
        return self.get("/_simfra/health")[0] == 200

    def stop(self, seconds=60.0):
        """A graceful stop, which must succeed."""
        if self.process is None or self.process.poll() is not None:
            return
        self.note_volumes()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"SIGTERM did not end control in {seconds:g} s:\n{self.tail()}")
        assert code == 0, f"control ended with {code}:\n{self.tail()}"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def tail(self, lines=60):
        if not os.path.exists(self.log):
            return "(its log is gone)\n"
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    # How it is spoken to

    def get(self, path, method="GET", body=None):
        """Status and document."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, method=method, data=data)
        try:
            with urllib.request.urlopen(request, timeout=10) as r:
                return r.status, json.loads(r.read() or b"{}")
        except urllib.error.HTTPError as e:
            with e:
                return e.code, json.loads(e.read() or b"{}")

    def post(self, path, body=None):
        return self.get(path, "POST", body)

    def session(self, key=ROOT_KEY, token=None, region="us-east-1"):
        return boto3.Session(aws_access_key_id=key[0], aws_secret_access_key=key[1],
                             aws_session_token=token, region_name=region)

    def client(self, service, key=ROOT_KEY, token=None, region="us-east-1", attempts=3):
        config = botocore.config.Config(retries={"total_max_attempts": attempts},
                                        connect_timeout=5, read_timeout=60)
        return self.session(key, token, region).client(service, endpoint_url=self.url,
                                                       config=config)

    def aws(self, *args, key=ROOT_KEY, region="us-east-1", check=True):
        """The CLI's answer as a document; with check=False the process."""
        assert AWS, "the aws CLI is missing: tests/requirements.txt"
        env = {k: v for k, v in os.environ.items() if not k.startswith(("SIMFRA_", "AWS_"))}
        env.update(AWS_ENDPOINT_URL=self.url, AWS_ACCESS_KEY_ID=key[0], AWS_PAGER="",
                   AWS_SECRET_ACCESS_KEY=key[1], AWS_DEFAULT_REGION=region, HOME=self.folder)
        p = run(AWS, *args, check=check, timeout=180, env=env)
        if not check:
            return p
        return json.loads(p.stdout) if p.stdout.strip() else None

    def simfra(self, *args, check=True):
        """The process of one of its own commands."""
        return run(PROGRAM, *args, check=check, env=self.env())

    # What it makes, and what it may not leave

    def containers(self):
        return labelled("containers/json?all=1&", self.name)

    def networks(self):
        return labelled("networks?", self.name)

    def note_volumes(self):
        """Volumes without a name have no label; so they are remembered by who uses them."""
        for c in self.containers():
            self.volumes |= {m["Name"] for m in c["Mounts"] if m["Type"] == "volume"}

    def is_ours(self, address):
        return address.startswith(self.net)

    def leftovers(self):
        """A line each."""
        left = [f"container {c['Names'][0]} {c['State']}" for c in self.containers()]
        left += [f"network {n['Name']}" for n in self.networks()]
        left += [f"volume {v['Name']}" for v in labelled("volumes?", self.name)]
        left += [f"image {i['RepoTags'] or i['Id']}" for i in labelled("images/json?", self.name)]
        left += [f"volume {v}" for v in self.volumes if docker("GET", f"/volumes/{v}")]
        for line in run("ip", "-o", "-4", "addr").stdout.splitlines():
            if self.is_ours(line.split()[3]):
                left.append(f"address {line}")
        left += [f"route {r}" for r in run("ip", "route").stdout.splitlines()
                 if self.is_ours(r.split()[0])]
        rules = run("nft", "list", "ruleset", check=False).stdout
        left += [f"rule {r.strip()}" for r in rules.splitlines()
                 if self.net in r or self.name in r]
        left += [f"process {p}" for p in self.processes()]
        left += [f"file {f}" for f in os.listdir(self.folder) if f.startswith("simfra")]
        return left

    def processes(self):
        """Those that have our name in their environment, or our folder as an argument (redis)."""
        word, folder = f"SIMFRA_INSTANCE={self.name}\0", f"/tmp/{self.name}-"
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/environ", errors="replace") as f:
                    is_ours = word in f.read() + "\0"
                with open(f"/proc/{pid}/cmdline", errors="replace") as f:
                    line = f.read().replace("\0", " ").strip()
                data = self.settings.get("SIMFRA_DATA_DIR") or folder
                if line and (is_ours or folder in line or data in line):
                    found.append(f"{pid} {line}")
        return found

    def report(self):
        """What is needed to understand a failure from its log alone."""
        lines = [f"---- control of {self.name}", self.tail(200), f"---- docker ps of {self.name}"]
        try:
            containers = self.containers()
        except OSError as e:
            return "\n".join([*lines, f"Docker does not answer: {e}"])
        for c in containers:
            name = c["Names"][0].lstrip("/")
            lines.append(f"{name}  {c['Image']}  {c['Status']}")
            logs = run("docker", "logs", "--tail", "40", name, check=False)
            lines += ["     | " + s for s in (logs.stdout + logs.stderr).splitlines()]
        with contextlib.suppress(OSError, ValueError):
            lines.append(json.dumps(self.get("/_simfra/docker/failures")[1]))
        return "\n".join(lines)

    def sweep(self):
        """What an earlier run left when it was killed itself."""
        for line in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(line.split()[0]), signal.SIGKILL)
        for c in self.containers():
            docker("DELETE", f"/containers/{c['Id']}?force=1&v=1")
        for n in self.networks():
            docker("DELETE", f"/networks/{n['Id']}")
        for v in labelled("volumes?", self.name):
            docker("DELETE", f"/volumes/{v['Name']}")
        for i in labelled("images/json?", self.name):
            docker("DELETE", f"/images/{i['Id']}?force=1")

    def close(self, failed=False):
        """Stop, and assert that nothing is left."""
        problems = []
        try:
            self.stop()
        except AssertionError as e:
            problems.append(str(e))
        # Docker takes a network's rules away behind the answer.
        end = time.monotonic() + 5
        while (left := self.leftovers()) and time.monotonic() < end:
            time.sleep(0.1)
        if left or problems or failed:
            print(self.report())
        if left:
            self.sweep()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not problems, problems
        assert not left, f"{self.name} left behind:\n" + "\n".join(left)


def find_bridge_listener(plane):
    """Where control listens for containers: host:port, or None."""
    out = run("ss", "-Hltn").stdout
    found = re.findall(rf"({re.escape(plane.net)}\d+\.\d+):{plane.port}\b", out)
    return found[0] if found else None
