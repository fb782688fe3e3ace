"""What users of LocalStack bring along: port 4566, health, init hooks, awslocal."""
import json
import os
import socket
import subprocess

import pytest

from plane import AWS, BUILD, ROOT, ROOT_KEY, eventually, run


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def hook(folder, name, text, mode=0o755):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(mode)


@pytest.fixture
def second_port(special):
    port = free_port()
    p = special(SIMFRA_DOCKER="false", SIMFRA_AUTH="relaxed", SIMFRA_LOCALSTACK_PORT=str(port))
    p.second = port
    return p


def awslocal(p, *args):
    venv = os.path.join(ROOT, "build/venv/bin")
    env = {"PATH": f"{venv}:{os.environ['PATH']}", "HOME": p.folder, "AWS_PAGER": "",
           "LOCALSTACK_HOST": f"localhost:{p.second}"}
    return json.loads(run(os.path.join(venv, "python"), os.path.join(venv, "awslocal"), *args,
                          env=env).stdout)


def test_awslocal_works(second_port):
    made = awslocal(second_port, "ec2", "create-vpc", "--cidr-block", "10.0.0.0/16")
    shown = awslocal(second_port, "ec2", "describe-vpcs", "--vpc-ids", made["Vpc"]["VpcId"])
    assert shown["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"
    assert awslocal(second_port, "sts", "get-caller-identity")["Account"] == "000000000000"
    # The same world as on the first port.
    vpcs = second_port.client("ec2").describe_vpcs(VpcIds=[made["Vpc"]["VpcId"]])["Vpcs"]
    assert len(vpcs) == 1


def test_health_and_info(second_port):
    status, health = second_port.get("/_localstack/health")
    assert status == 200
    assert health["services"]["ec2"] == "available"
    assert health["services"]["glue"] == "disabled"
    assert second_port.get("/_localstack/info")[1]["version"] == health["version"]
    assert second_port.get("/_localstack/nothing")[0] == 404
    assert second_port.get("/_localstack/init/never")[0] == 404


def test_state_reset(second_port):
    ec2 = second_port.client("ec2")
    ec2.create_key_pair(KeyName="k")
    assert second_port.post("/_localstack/state/reset")[0] == 200
    assert ec2.describe_key_pairs()["KeyPairs"] == []


def states(p):
    return {s["name"]: s["state"] for s in p.get("/_localstack/init")[1]["scripts"]}


def test_init_hooks_run_in_their_stages(special, tmp_path):
    hooks = tmp_path / "hooks"
    out = tmp_path / "out"
    hook(hooks / "boot.d", "10-boot", f"#!/bin/sh\necho boot >>{out}\n")
    hook(hooks / "ready.d", "20-second.sh", f"echo second $AWS_ENDPOINT_URL >>{out}\n", 0o644)
    hook(hooks / "ready.d" / "10-folder", "first.sh",
         f"{AWS} ec2 create-key-pair --key-name hooked >/dev/null && echo first >>{out}\n", 0o644)
    hook(hooks / "ready.d", "30-fails", "#!/bin/sh\nexit 3\n")
    hook(hooks / "ready.d", "notes.txt", "not a program", 0o644)
    hook(hooks / "shutdown.d", "last", f"#!/bin/sh\necho shutdown >>{out}\n")
    p = special(SIMFRA_DOCKER="false", SIMFRA_INIT_DIRS=f"{tmp_path}/none:{hooks}")
    done = "/_localstack/init/ready"
    eventually("hooks have run", lambda: p.get(done)[1]["completed"], 30)
    assert states(p) == {"10-boot": "SUCCESSFUL", "first.sh": "SUCCESSFUL",
                         "20-second.sh": "SUCCESSFUL", "30-fails": "ERROR", "last": "UNKNOWN"}
    assert p.get("/_localstack/init")[1]["completed"] == {
        "BOOT": True, "START": True, "READY": True, "SHUTDOWN": False}
    assert [k["KeyName"] for k in p.client("ec2").describe_key_pairs()["KeyPairs"]] == ["hooked"]
    p.stop()
    assert out.read_text().split("\n") == ["boot", "first", f"second {p.url}", "shutdown", ""]


def test_a_boot_hook_that_hangs_ends_with_control(plane, tmp_path):
    """Nobody answers yet, but SIGTERM is heard."""
    begun = tmp_path / "begun"
    hook(tmp_path / "hooks" / "boot.d", "hangs", f"#!/bin/sh\ntouch {begun}\nsleep 1000 & wait\n")
    env = {"PATH": os.environ["PATH"], "SIMFRA_INIT_DIRS": str(tmp_path / "hooks"),
           "SIMFRA_PORT": str(free_port()), "TMPDIR": str(tmp_path)}
    p = subprocess.Popen([os.path.join(BUILD, "simfra"), "serve"], env=env,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually("the hook runs", begun.exists)
        p.terminate()
        assert p.wait(30) == 0
    finally:
        p.kill()
        p.wait()


def test_a_hook_that_hangs_does_not_keep_control(special, tmp_path):
    hook(tmp_path / "ready.d", "hangs", "#!/bin/sh\nsleep 1000 & wait\n")
    p = special(SIMFRA_DOCKER="false", SIMFRA_INIT_DIRS=str(tmp_path))
    eventually("it runs", lambda: states(p) == {"hangs": "RUNNING"})
    assert p.client("sts", ROOT_KEY).get_caller_identity()["Account"]
    p.stop(20)
    assert p.processes() == []
