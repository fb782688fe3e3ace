#!/usr/bin/env python3
"""agents/init as PID 1 of real containers.

    tests/init/test_init.py [--binary FILE] [--image IMAGE] [--only WORD]

Needs Docker, the image (a Debian with apt and a mirror that the default bridge
network reaches), root on this machine for the tests that plug a link, and fails without.
"""
import argparse
import atexit
import base64
import io
import json
import os
import subprocess
import sys
import tarfile
import time
import traceback

LABEL = "dev.simfra.owner=inittest"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = []
made = []


def test(fn):
    TESTS.append(fn)
    return fn


def run(*cmd, check=True, data=None, timeout=300):
    p = subprocess.run(cmd, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout)
    if check and p.returncode != 0:
        raise AssertionError("%s: %s" % (" ".join(cmd), (p.stdout + p.stderr).decode(errors="replace")))
    return p


def eventually(what, fn, seconds=10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if fn():
            return
        time.sleep(0.02)
    raise AssertionError("not within %g s: %s" % (seconds, what))


class Box:
    """A container, with init put in by the archive API before its first start."""

    def __init__(self, config, network="bridge", options=(), files=(), start=True):
        out = run("docker", "create", "--label", LABEL, "--network", network, "--entrypoint",
                  "/.simfra/init", *options, args.image)
        self.id = out.stdout.decode().strip()
        made.append(self)
        text = config if isinstance(config, bytes) else json.dumps(config).encode()
        machine = b'"machine"' in text
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as t:
            with open(args.binary, "rb") as f:
                self.add(t, ".simfra/init", f.read(), 0o755)
            self.add(t, ".simfra/init.json", text, 0o600 if machine else 0o644)
            for name, body, mode in files:
                self.add(t, name, body.encode(), mode)
        run("docker", "cp", "-", self.id + ":/", data=tar.getvalue())
        if start:
            self.start()

    @staticmethod
    def add(t, name, body, mode):
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(body), mode
        t.addfile(info, io.BytesIO(body))

    def start(self):
        run("docker", "start", self.id)

    def inspect(self, path):
        return run("docker", "inspect", "-f", "{{%s}}" % path, self.id).stdout.decode().strip()

    def logs(self):
        p = run("docker", "logs", self.id)
        return (p.stdout + p.stderr).decode(errors="replace")

    def sh(self, script, check=True, user=None):
        cmd = ["docker", "exec"] + (["-u", user] if user else []) + [self.id, "sh", "-c", script]
        p = run(*cmd, check=False)
        out = (p.stdout + p.stderr).decode(errors="replace")
        if check and p.returncode != 0:
            raise AssertionError("%r ended with %d: %s" % (script, p.returncode, out))
        return out if check else (p.returncode, out)

    def pid(self):
        return self.inspect(".State.Pid")

    def wait(self, seconds=15):
        eventually("end of the container", lambda: self.inspect(".State.Running") == "false", seconds)
        return int(self.inspect(".State.ExitCode"))

    def wait_user_data(self, seconds=15):
        eventually("end of user data", lambda: "finished at" in self.logs(), seconds)

    def remove(self):
        run("docker", "rm", "-f", self.id, check=False)


def machine(script=None, **more):
    c = {"mode": "machine", "devices": ["eth0"], "wait_ms": 5000, "instance_id": "i-1", "argv": []}
    if script is not None:
        c["user_data"] = base64.b64encode(script if isinstance(script, bytes) else script.encode()).decode()
    c.update(more)
    return c


def eq(got, want):
    if got != want:
        raise AssertionError("got %r, not %r" % (got, want))


def has(text, *parts):
    for p in parts:
        if p not in text:
            raise AssertionError("%r is not in: %s" % (p, text))


def plug(box, address="10.9.8.7/24"):
    name = "it%s" % box.id[:8]
    pid = box.pid()
    run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", pid)
    run("ip", "link", "set", name, "up")
    ns = ["nsenter", "-t", pid, "-n"]
    run(*ns, "ip", "addr", "add", address, "dev", "eth0")
    run(*ns, "ip", "link", "set", "eth0", "up")


UNITS = [
    ("etc/systemd/system/simple.service",
     "[Unit]\nDescription=Simple one\n[Service]\nExecStart=/bin/sh -c 'echo said $WORD $AGAIN; exec sleep 1000'\n"
     "Environment=WORD=something\nEnvironmentFile=-/etc/simple.env\nProtectSystem=strict\n"
     "ExecReload=/bin/sh -c 'echo reloaded $MAINPID'\n[Install]\nWantedBy=multi-user.target\n", 0o644),
    ("etc/simple.env", "# comment\nAGAIN=\"and again\"\n", 0o644),
    ("usr/lib/systemd/system/user.service",
     "[Service]\nUser=nobody\nWorkingDirectory=/tmp\nRuntimeDirectory=mine/deep\nStateDirectory=mine\n"
     "UMask=0027\nExecStart=/bin/sh -c 'id -un; pwd; echo $RUNTIME_DIRECTORY; umask; touch /run/mine/deep/x; exec sleep 1000'\n",
     0o644),
    ("etc/systemd/system/fails.service",
     "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'exit 7'\n", 0o644),
    ("etc/systemd/system/once.service",
     "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'echo one'\nExecStart=/bin/sh -c 'echo two'\n"
     "ExecStop=/bin/sh -c 'echo bye'\n", 0o644),
    ("etc/systemd/system/fork.service",
     "[Service]\nType=forking\nPIDFile=/run/fork.pid\nExecStart=/fork.sh\n", 0o644),
    ("fork.sh", "#!/bin/sh\n(setsid sh -c 'echo $$ >/run/fork.pid; while :; do sleep 1000; done' &)\n", 0o755),
    ("etc/systemd/system/notify.service",
     "[Service]\nType=notify\nExecStart=/usr/bin/perl /notify.pl\n", 0o644),
    ("notify.pl",
     "use Socket; $| = 1; sleep 1; socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;\n"
     "send($s, \"READY=1\\nSTATUS=all is well\", 0, sockaddr_un($ENV{NOTIFY_SOCKET})) or die; sleep 1000;\n", 0o644),
    ("etc/systemd/system/again.service",
     "[Service]\nExecStart=/bin/sh -c 'echo x >>/runs; sleep 0.05; exit 1'\nRestart=always\nRestartSec=50ms\n"
     "[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=60\n", 0o644),
    ("etc/systemd/system/dep@.service",
     "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'sleep 0.2; echo %i >>/order'\n", 0o644),
    ("etc/systemd/system/top.service",
     "[Unit]\nWants=dep@a.service nothing.service\nRequires=dep@b.service\nAfter=dep@a.service dep@b.service\n"
     "[Service]\nExecStart=/bin/sh -c 'echo top >>/order; exec sleep 1000'\n", 0o644),
    ("etc/systemd/system/needs.service",
     "[Unit]\nRequires=fails.service\nAfter=fails.service\n[Service]\nExecStart=/bin/sleep 1000\n", 0o644),
    ("etc/systemd/system/x.timer", "[Timer]\nOnBootSec=1\n", 0o644),
    ("etc/systemd/system/stubborn.service",
     "[Service]\nExecStart=/bin/sh -c 'trap \"\" TERM; while :; do sleep 0.1; done'\nTimeoutStopSec=1\n", 0o644),
    ("etc/systemd/system/tree.service",
     "[Service]\nExecStart=/bin/sh -c 'setsid sh -c \"setsid sleep 1001 & sleep 1002\" & exec sleep 1003'\n", 0o644),
]


@test
def user_data_runs_once_per_instance():
    box = Box(machine("#!/bin/sh\nprintf 'begin '; sleep 0.2; echo end $AWS_REGION; id -u; pwd; echo err >&2; echo ran >>/ran\n",
                      env=["AWS_REGION=eu-west-9"]))
    box.wait_user_data()
    log = box.sh("cat /var/log/cloud-init-output.log")
    for text in (log, box.logs()):
        has(text, "Cloud-init v. ", "running 'modules:final'", "begin end eu-west-9\n0\n/\nerr\n", "finished at", "Up ")
    has(box.sh("ls /var/lib/cloud/instance/ /var/lib/cloud/instance/sem; readlink /var/lib/cloud/instance"),
        "user-data.txt", "boot-finished", "config_scripts_user", "/var/lib/cloud/instances/i-1")
    eq(box.sh("stat -c %a /var/lib/cloud/instance/user-data.txt /.simfra/init.json"), "600\n600\n")
    eq(box.sh("cloud-init status --wait"), "status: done\n")
    run("docker", "restart", box.id)
    eventually("second boot", lambda: box.logs().count("simfra-init: boot ") == 2)
    box.sh("cloud-init status --wait")
    eq(box.sh("cat /ran"), "ran\n")


@test
def another_instance_of_the_same_disk_runs_it_again():
    box = Box(machine("#!/bin/sh\necho ran >>/ran\n"))
    box.wait_user_data()
    run("docker", "stop", box.id)
    text = json.dumps(machine("#!/bin/sh\necho ran >>/ran\n", instance_id="i-2")).encode()
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as t:
        Box.add(t, ".simfra/init.json", text, 0o600)
    run("docker", "cp", "-", box.id + ":/", data=tar.getvalue())
    box.start()
    eventually("second run", lambda: box.sh("cat /ran") == "ran\nran\n")


@test
def failing_and_missing_interpreters_are_said():
    box = Box(machine("#!/bin/sh\nexit 3\n"))
    box.wait_user_data()
    has(box.logs(), "WARNING", "ended with status 3")
    eq(box.sh("cloud-init status --wait", check=False), (1, "status: error\n"))
    box = Box(machine("#!/no/such/shell\n"))
    box.wait_user_data()
    has(box.logs(), "cannot be run", "status 127")


@test
def what_is_not_a_script_is_refused_aloud():
    for data, word in ((b"#cloud-config\npackages: [x]\n", "#cloud-config is not emulated"),
                       (b"Content-Type: multipart/mixed; boundary=x\n", "MIME multipart is not emulated"),
                       (b"\x1f\x8b\x08\0\0", "compressed user data is not emulated"),
                       (b"echo hello >/ran\n", "does not begin with #!")):
        box = Box(machine(data))
        box.wait_user_data()
        has(box.logs(), "WARNING", word)
        eq(box.sh("test -e /ran", check=False)[0], 1)


@test
def a_boot_is_reported():
    server = ("import http.server, sys\n"
              "class H(http.server.BaseHTTPRequestHandler):\n"
              " def do_PUT(self):\n"
              "  print(self.path, self.rfile.read(int(self.headers['Content-Length'])).decode(), flush=True)\n"
              "  self.send_response(204); self.end_headers()\n"
              " def log_message(self, *a): pass\n"
              "s = http.server.HTTPServer(('169.254.169.254', 80), H)\n"
              "s.handle_request()\n")
    for script, want in (("#!/bin/sh\nsleep 0.5\n", ("done", 0)), ("#!/bin/sh\nexit 9\n", ("failed", 9)),
                         (None, ("none", 0))):
        box = Box(machine(script, devices=["eth0"], wait_ms=60000), network="none")
        ns = ["nsenter", "-t", box.pid(), "-n"]
        run(*ns, "ip", "addr", "add", "169.254.169.254/32", "dev", "lo")
        p = subprocess.Popen([*ns, "python3", "-c", server], stdout=subprocess.PIPE)
        try:
            plug(box)
            out, _ = p.communicate(timeout=20)
        finally:
            p.kill()
        path, body = out.decode().split(" ", 1)
        body = json.loads(body)
        eq(path, "/_simfra/boot")
        eq((body["user_data"], body["exit_code"]), want)
        eq(body["boot_id"] in box.logs(), True)


@test
def exec_waits_for_the_link_and_becomes_the_program():
    box = Box({"mode": "exec", "devices": ["eth0"], "wait_ms": 30000, "argv": ["sh", "-c", "echo $$ up $MARK; exec sleep 1000"]},
              network="none", options=["-e", "MARK=mine", "-w", "/tmp"])
    time.sleep(0.7)
    eq(box.logs(), "")
    has(open("/proc/%s/cmdline" % box.pid()).read(), "/.simfra/init")
    begin = time.monotonic()
    plug(box)
    eventually("the program", lambda: "up" in box.logs(), 3)
    measured["link up to program's output seen (with docker logs)"] = "%.0f ms" % ((time.monotonic() - begin) * 1e3)
    eq(box.logs(), "1 up mine\n")
    has(open("/proc/%s/cmdline" % box.pid()).read(), "sleep")
    eq(os.readlink("/proc/%s/cwd" % box.pid()), "/tmp")


@test
def an_address_of_ipv6_alone_is_a_network_too():
    box = Box({"mode": "exec", "devices": ["eth0"], "wait_ms": 30000, "argv": ["echo", "went on"]}, network="none")
    name = "it%s" % box.id[:8]
    ns = ["nsenter", "-t", box.pid(), "-n"]
    run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", box.pid())
    run("ip", "link", "set", name, "up")
    run(*ns, "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6")
    run(*ns, "ip", "link", "set", "eth0", "up")
    time.sleep(0.3)
    assert box.logs() == "", box.logs()
    run(*ns, "ip", "addr", "add", "2001:db8::5/64", "dev", "eth0", "nodad")
    box.wait(5)
    has(box.logs(), "went on")


@test
def an_interface_without_address_is_not_ready():
    box = Box({"mode": "exec", "devices": ["eth0"], "wait_ms": 1500, "argv": ["echo", "went on"]}, network="none")
    name = "it%s" % box.id[:8]
    run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", box.pid())
    run("ip", "link", "set", name, "up")
    run("nsenter", "-t", box.pid(), "-n", "ip", "link", "set", "eth0", "up")
    time.sleep(0.5)
    eq(box.logs(), "")
    eq(box.wait(), 0)
    has(box.logs(), "no network on eth0 after 1500 ms", "went on")


@test
def exec_fails_as_a_shell_does():
    for argv, code in ((["no-such-program"], 127), (["/etc/passwd"], 126), (["sh", "-c", "exit 42"], 42)):
        box = Box({"mode": "exec", "devices": [], "argv": argv}, network="none")
        eq(box.wait(), code)
    box = Box({"mode": "exec", "devices": [], "argv": ["id", "-u"]}, network="none", options=["-u", "1234"])
    eq(box.wait(), 0)
    eq(box.logs(), "1234\n")


@test
def stop_while_waiting_is_at_once():
    for config in ({"mode": "exec", "devices": ["eth0"], "argv": ["true"]}, machine(wait_ms=60000)):
        box = Box(config, network="none")
        time.sleep(0.3)
        begin = time.monotonic()
        run("docker", "stop", box.id)
        took = time.monotonic() - begin
        if took > 1:
            raise AssertionError("%.2f s" % took)
        eq(box.wait(), 143 if config["mode"] == "exec" else 0)


@test
def a_bad_configuration_ends_it():
    for text in (b"{", b'{"mode": "exec"}', b'{"mode": "machine", "instance_id": "../../etc"}'):
        box = Box(text, network="none")
        eq(box.wait(), 125)
        has(box.logs(), "/.simfra/init.json")


@test
def the_exit_code_says_who_ended_it():
    for command, code in (("poweroff", 3), ("halt", 3), ("shutdown now", 3), ("shutdown -h +0", 3), ("reboot", 4),
                          ("shutdown -r now", 4), ("systemctl poweroff", 3), ("systemctl reboot", 4), ("init 0", 3),
                          ("telinit 6", 4), ("kill -s RTMIN+5 1", 4)):
        box = Box(machine())
        box.sh("cloud-init status --wait")
        box.sh("bash -c '%s'" % command, check=False)
        eq((command, box.wait()), (command, code))
    box = Box(machine())
    box.sh("shutdown +1; shutdown -c")
    run("docker", "stop", box.id)
    eq(box.wait(), 0)
    box.start()
    run("docker", "kill", box.id)
    eq(box.wait(), 137)


@test
def stop_is_fast_and_orderly():
    box = Box(machine("#!/bin/sh\nsleep 1000 &\nexec sleep 1000\n"), files=UNITS)
    box.sh("systemctl start simple top tree")
    begin = time.monotonic()
    run("docker", "stop", box.id)
    took = time.monotonic() - begin
    measured["docker stop with three units and user data"] = "%.0f ms" % (took * 1e3)
    if took > 1:
        raise AssertionError("%.2f s" % took)
    eq(box.wait(), 0)
    has(box.logs(), "simfra-init: stopping", "simfra-init: stopped")


@test
def who_ignores_sigterm_is_killed_in_time():
    box = Box(machine("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n"))
    time.sleep(0.5)
    begin = time.monotonic()
    run("docker", "stop", box.id)
    took = time.monotonic() - begin
    if not 1.5 < took < 6:
        raise AssertionError("%.2f s" % took)
    eq(box.wait(), 0)


@test
def orphans_are_reaped():
    box = Box(machine())
    box.sh("i=0; while [ $i -lt 2000 ]; do (sleep 0.05 & ) ; i=$((i+1)); done")
    eventually("no zombies", lambda: box.sh(
        "n=0; for f in /proc/[0-9]*/stat; do grep -q ') Z ' $f 2>/dev/null && n=$((n+1)); done; echo $n") == "0\n")


@test
def units_start_stop_and_show():
    box = Box(machine(), files=UNITS)
    s = box.sh
    s("systemctl start simple && systemctl is-active simple")
    has(s("systemctl status simple"), "simple.service - Simple one", "active (running)", "Main PID", "ProtectSystem")
    eventually("its log", lambda: "said something and again" in s("journalctl -u simple"))
    has(box.logs(), "simple: said something and again")
    main = s("systemctl show -p MainPID --value simple").strip()
    s("systemctl reload simple")
    eventually("reload", lambda: "reloaded " + main in s("journalctl -u simple"))
    s("systemctl restart simple")
    if s("systemctl show -p MainPID --value simple").strip() == main:
        raise AssertionError("not restarted")
    s("systemctl stop simple")
    eq(s("systemctl is-active simple", check=False), (3, "inactive\n"))
    eq(s("systemctl status simple >/dev/null", check=False)[0], 3)
    eq(s("systemctl status nothing", check=False), (4, "Unit nothing.service could not be found.\n"))
    eq(s("systemctl start nothing", check=False), (5, "Failed to start nothing.service: Unit nothing.service not found.\n"))
    eq(s("systemctl is-active nothing", check=False), (4, "inactive\n"))
    code, out = s("systemctl start fails", check=False)
    eq(code, 1)
    has(out, "Job for fails.service failed")
    eq(s("systemctl is-failed fails", check=False), (0, "failed\n"))
    has(s("systemctl list-units --failed"), "fails.service")
    s("systemctl reset-failed fails")
    eq(s("systemctl is-failed fails", check=False), (1, "inactive\n"))
    eq(s("systemctl start x.timer", check=False),
       (1, "Failed to start x.timer: timer units are not emulated.\n"))
    eq(s("systemctl start 'a b'", check=False)[0], 1)
    eq(s("systemctl frobnicate", check=False)[0], 1)
    eq(s("systemctl --frobnicate start simple", check=False)[0], 1)


@test
def every_type_of_service_works():
    box = Box(machine(), files=UNITS)
    s = box.sh
    s("systemctl start once fork user")
    eq(s("systemctl is-active once fork user"), "active\nactive\nactive\n")
    eq(s("systemctl show -p SubState --value once"), "exited\n")
    eq(s("systemctl show -p MainPID --value fork"), s("cat /run/fork.pid"))
    has(s("journalctl -u user"), ": nobody\n", ": /tmp\n", ": /run/mine/deep\n", ": 0027\n")
    eq(s("stat -c '%U %a' /run/mine/deep /var/lib/mine"), "nobody 755\nnobody 755\n")
    begin = time.monotonic()
    s("systemctl start notify")
    if time.monotonic() - begin < 0.9:
        raise AssertionError("notify was not waited for")
    has(s("systemctl status notify"), "all is well")
    s("systemctl stop once fork")
    has(s("journalctl -u once"), ": one\n", ": two\n", ": bye\n")
    eq(s("systemctl is-active fork", check=False)[0], 3)
    eq(s("kill -0 $(cat /run/fork.pid)", check=False)[0] != 0, True)


@test
def restarts_are_limited():
    box = Box(machine(), files=UNITS)
    box.sh("systemctl start again")
    eventually("the limit", lambda: box.sh("systemctl is-failed again", check=False)[0] == 0)
    eq(box.sh("cat /runs"), "x\nx\nx\n")
    has(box.sh("systemctl status again", check=False)[1], "start-limit-hit")
    eq(box.sh("systemctl show -p NRestarts --value again"), "3\n")


@test
def dependencies_come_first_and_their_failure_counts():
    box = Box(machine(), files=UNITS)
    box.sh("systemctl start top")
    order = box.sh("cat /order").split()
    eq(sorted(order[:2]), ["a", "b"])
    eq(order[2:], ["top"])
    eq(box.sh("systemctl is-active dep@a dep@b top"), "active\nactive\nactive\n")
    box.sh("systemctl stop dep@b")
    eq(box.sh("systemctl is-active top", check=False)[0], 3)
    code, out = box.sh("systemctl start needs", check=False)
    eq(code, 1)
    has(out, "dependency")


@test
def stopping_gets_the_whole_tree_and_the_stubborn():
    box = Box(machine(), files=UNITS)
    box.sh("systemctl start tree stubborn")
    eventually("the tree", lambda: box.sh("grep -l 'sleep' /proc/[0-9]*/cmdline 2>/dev/null | wc -l") >= "3")
    box.sh("systemctl stop tree")
    eq(box.sh("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c 'sleep 100[123]' || true", check=False)[1], "0\n")
    begin = time.monotonic()
    box.sh("systemctl stop stubborn")
    took = time.monotonic() - begin
    if not 0.9 < took < 3:
        raise AssertionError("%.2f s" % took)
    eq(box.sh("systemctl is-failed stubborn", check=False)[1], "failed\n")


@test
def enabled_units_start_at_each_boot():
    box = Box(machine(), files=UNITS)
    has(box.sh("systemctl enable --now simple 2>&1"), "Created symlink")
    eq(box.sh("systemctl is-enabled simple; systemctl is-active simple"), "enabled\nactive\n")
    box.sh("touch /run/stale.pid")
    run("docker", "restart", box.id)
    eventually("simple", lambda: box.sh("systemctl is-active simple", check=False)[0] == 0)
    eq(box.sh("test -e /run/stale.pid", check=False)[0], 1)
    box.sh("systemctl disable --now simple; systemctl mask user")
    eq(box.sh("systemctl is-active simple", check=False)[0], 3)
    has(box.sh("systemctl start user", check=False)[1], "is masked")
    run("docker", "kill", box.id)
    box.start()
    box.sh("cloud-init status --wait")
    eq(box.sh("systemctl is-active simple", check=False)[0], 3)


@test
def only_root_speaks_to_pid_1_and_nonsense_does_no_harm():
    box = Box(machine(), files=UNITS)
    eq(box.sh("systemctl start simple", check=False, user="nobody")[0], 1)
    box.sh(r"""perl -e '
use Socket; sub c { socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0); connect($s, sockaddr_un("/run/simfra/init.sock")) or return; $s }
for my $t ("", "x", "\0", "start\0", "start\0\0" . ("a\0" x 5000), "A" x 60000, "start\0\0../../etc/passwd\0", "show\0\0\0\0\0",
  "kill\0\0", "kill\0\0SIGKILL\0all\0simple.service\0", "start\0\0" . ("simple.service\0" x 60)) {
  for (1..50) { my $s = c() or next; send($s, $t, 0); } }
my @keep = map { c() } 1..100; sleep 6;
socket(my $n, AF_UNIX, SOCK_DGRAM, 0);
send($n, $_, 0, sockaddr_un("/run/simfra/notify")) for "", "READY=1", "MAINPID=1\n", "\0" x 4000, "x" x 60000;
' 2>/dev/null; true""")
    box.sh("for i in $(seq 40); do head -c 3000 /dev/urandom >/etc/systemd/system/r$i.service; done; systemctl daemon-reload; "
           "for i in $(seq 40); do systemctl start r$i; systemctl status r$i; done >/dev/null 2>&1; true")
    box.sh("for i in $(seq 300); do cp /etc/systemd/system/once.service /etc/systemd/system/m$i.service; done; "
           "for i in $(seq 300); do echo m$i; done | xargs -n 30 systemctl start; true")
    box.sh("systemctl stop simple; systemctl start simple; systemctl is-active simple")
    eq(box.inspect(".State.Running"), "true")


@test
def a_unit_that_floods_its_log_is_bounded():
    box = Box(machine(), files=[("etc/systemd/system/flood.service", "[Service]\nExecStart=/usr/bin/yes a long line of text\n", 0o644)])
    box.sh("systemctl start flood")
    time.sleep(2)
    begin = time.monotonic()
    box.sh("systemctl stop flood")
    if time.monotonic() - begin > 2:
        raise AssertionError("PID 1 was busy")
    size = int(box.sh("cat /var/log/simfra/flood.service.log* | wc -c"))
    if size > 3 << 20:
        raise AssertionError("%d bytes" % size)


@test
def the_specifications_example_works():
    begin = time.monotonic()
    box = Box(machine("#!/bin/bash\nexport DEBIAN_FRONTEND=noninteractive\n"
                      "apt-get update && apt-get install -y --no-install-recommends nginx curl && systemctl start nginx && curl -s localhost\n"))
    box.wait_user_data(240)
    has(box.logs(), "Welcome to nginx!")
    measured["apt install nginx by user data"] = "%.1f s" % (time.monotonic() - begin)
    eq(box.sh("systemctl is-active nginx; systemctl is-enabled nginx; service nginx status >/dev/null; echo $?"), "active\nenabled\n0\n")
    box.sh("systemctl enable --now nginx && systemctl reload nginx && systemctl restart nginx")
    box.sh("service nginx stop"), eq(box.sh("systemctl is-active nginx", check=False)[0], 3)
    box.sh("service nginx start")
    begin = time.monotonic()
    run("docker", "restart", box.id)
    eventually("nginx again", lambda: box.sh("curl -s localhost | grep -q Welcome", check=False)[0] == 0)
    measured["docker restart until nginx answers"] = "%.0f ms" % ((time.monotonic() - begin) * 1e3)


@test
def packages_install_and_start():
    # Images made for containers forbid packages to start what they bring; a machine's does not.
    box = Box(machine("#!/bin/bash\nrm -f /usr/sbin/policy-rc.d\n"
                      "export DEBIAN_FRONTEND=noninteractive\napt-get update -qq && "
                      "apt-get install -y -qq --no-install-recommends redis-server cron openssh-server postgresql systemd\n"))
    box.wait_user_data(400)
    services = "redis-server cron ssh sshd postgresql postgresql@15-main"
    eq(box.sh("systemctl is-active " + services), "active\n" * 6)
    eq(box.sh("redis-cli ping; su postgres -c \"psql -Atc 'select 6 * 7'\""), "PONG\n42\n")
    eq(box.sh("readlink /usr/bin/systemctl; test -x /usr/bin/systemctl.distrib; echo $?"), "/.simfra/init\n0\n")
    run("docker", "restart", box.id)
    eventually("all again", lambda: box.sh("systemctl is-active " + services, check=False)[1] == "active\n" * 6)
    eq(box.sh("systemctl restart postgresql; su postgres -c \"psql -Atc 'select 6 * 7'\""), "42\n")
    for line in box.sh("grep -E 'VmRSS|VmHWM' /proc/1/status").splitlines():
        measured["PID 1 with five services, " + line.split(":")[0]] = line.split(":")[1].strip()


@test
def an_empty_image_boots_too():
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    image = run("docker", "import", "--change", "LABEL " + LABEL, "-", data=empty.getvalue()).stdout.decode().strip()
    debian, args.image = args.image, image
    try:
        box = Box(machine("#!/bin/sh\ntrue\n"))
        box.wait_user_data()
        has(box.logs(), "status 127")
        run("docker", "stop", box.id)
        eq(box.wait(), 0)
        box.remove()
    finally:
        args.image = debian
        run("docker", "rmi", "-f", image)


@test
def costs_are_small():
    size = os.path.getsize(args.binary)
    measured["size of the binary"] = "%d KB" % (size // 1024)
    out = run("file", "-b", args.binary, check=False).stdout.decode()
    if out and "statically linked" not in out and "static-pie" not in out:
        raise AssertionError(out)
    box = Box(machine())
    box.sh("cloud-init status --wait")
    rss = int(box.sh("awk '/VmRSS/ {print $2}' /proc/1/status"))
    measured["PID 1 of an idle machine, VmRSS"] = "%d kB" % rss
    if rss > 4096:
        raise AssertionError("%d kB" % rss)
    times = {True: [], False: []}
    for _ in range(8):
        for ours in (True, False):
            if ours:
                box = Box({"mode": "exec", "devices": ["eth0"], "argv": ["/bin/true"]}, start=False)
            else:
                box = Box({"mode": "exec", "argv": ["x"]}, options=["--entrypoint", "/bin/true"], start=False)
            begin = time.monotonic()
            run("docker", "start", "-a", box.id)
            times[ours].append(time.monotonic() - begin)
    ours, bare = (sorted(times[k])[4] * 1e3 for k in (True, False))
    measured["docker start of /bin/true, through init / bare (median of 8)"] = "%.0f / %.0f ms" % (ours, bare)


measured = {}


def find_binary():
    for flavour in ("release", "debug", "asan", "tsan"):
        path = os.path.join(ROOT, "build", flavour, "simfra-init")
        if os.path.exists(path):
            return path
    return None


def main():
    failed = 0
    if args.binary is None or not os.path.exists(args.binary):
        sys.exit("test_init: no simfra-init: build it, or say --binary")
    if run("docker", "image", "inspect", args.image, check=False).returncode != 0:
        sys.exit("test_init: Docker, or its image %s, is not there" % args.image)
    atexit.register(lambda: [b.remove() for b in made])
    chosen = [t for t in TESTS if args.only in t.__name__]
    for t in chosen:
        begin = time.monotonic()
        try:
            t()
            print("ok    %s (%.1f s)" % (t.__name__, time.monotonic() - begin), flush=True)
        except Exception:
            failed += 1
            print("FAIL  %s" % t.__name__, flush=True)
            traceback.print_exc()
            if made:
                print(made[-1].logs()[-3000:], file=sys.stderr)
        while made:
            made.pop().remove()
    for k, v in measured.items():
        print("      %s: %s" % (k, v))
    print("%d passed, %d failed, 0 skipped" % (len(chosen) - failed, failed))
    return 1 if failed or not chosen else 0


parser = argparse.ArgumentParser()
parser.add_argument("--binary", default=os.environ.get("SIMFRA_INIT") or find_binary())
parser.add_argument("--image", default=os.environ.get("SIMFRA_TEST_IMAGE", "debian:bookworm-slim"))
parser.add_argument("--only", default="")
args = parser.parse_args()
if __name__ == "__main__":
    sys.exit(main())
