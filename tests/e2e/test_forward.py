"""Ports of 127.0.0.1 that lead to instances: those that public ones open, and those asked for."""
import contextlib
import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

import plane as planes
from cloud import fetch
from plane import eventually, inspect, run

TAG = "aws:simfra:port-forward/"


def ask(plane, method="GET", rest="", body=None):
    """Status and document of /_simfra/port-forwards."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{plane.url}/_simfra/port-forwards{rest}", data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as r:
            text = r.read()
            return r.status, json.loads(text) if text else None
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read())


def rows(plane, resource):
    return [r for r in ask(plane)[1]["portForwards"] if r["resource"] == resource]


def tags(machine):
    return {t["Key"]: t["Value"] for t in machine.see().get("Tags", [])}


def command(plane, *words):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SIMFRA_", "AWS_"))}
    env.update(SIMFRA_PORT=str(plane.port))
    return subprocess.run([os.path.join(planes.BUILD, "simfra"), "forward", *words], env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


def forward(plane, *words):
    """The port that `simfra forward` says, which listens then."""
    p = command(plane, *words)
    assert p.returncode == 0, p.stderr
    host, _, port = p.stdout.strip().rpartition(":")
    assert host == "127.0.0.1"
    return int(port)


def is_free(port):
    with contextlib.closing(socket.socket()) as s:
        s.settimeout(2)
        return s.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def private(cloud):
    """An instance that nobody outside of its VPC reaches, under a group that lets nobody in."""
    lone = cloud.another(cidr="10.66.0.0/16", subnet="10.66.1.0/24", internet=False)
    m = cloud.launch(SubnetId=lone.subnet)
    m.serve("inside", 80)
    return m


ECHO = """import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 53))
while True:
    p, a = s.recvfrom(65535); s.sendto(p + b' from ' + a[0].encode(), a)"""


def test_a_private_instance_by_tcp(cloud, private):
    m = private
    assert not m.public and rows(cloud.plane, m.id) == []
    assert fetch(f"http://{m.address}/") is None
    port = forward(cloud.plane, m.id, "80")
    assert 11800 <= port <= 11899
    assert fetch(f"http://127.0.0.1:{port}/") == "inside"
    assert tags(m)[TAG + "80"] == f"127.0.0.1:{port}"
    # The second time is the first.
    assert forward(cloud.plane, m.id, "80") == port
    row, = rows(cloud.plane, m.id)
    assert row["state"] == "listening" and row["privateIp"] == m.address and not row["automatic"]
    assert str(port) in command(cloud.plane, "--list").stdout
    # Only on loopback.
    listening = run("ss", "-Hltn", f"sport = :{port}").stdout.split()
    assert f"127.0.0.1:{port}" in listening and f"0.0.0.0:{port}" not in listening
    assert command(cloud.plane, "--remove", str(port)).returncode == 0
    eventually("nobody listens", lambda: is_free(port), 5)
    assert TAG + "80" not in tags(m) and rows(cloud.plane, m.id) == []
    assert command(cloud.plane, "--remove", str(port)).returncode == 1


def test_what_comes_is_the_platform(cloud, private):
    """From the subnet's gateway, which groups let pass and ACLs do not see."""
    m = private
    m.sh("(setsid timeout 60 python3 -c \"import socket; s=socket.create_server(('',82)); c,a=s.accept();"
         " c.sendall(a[0].encode())\" >/dev/null 2>&1 </dev/null &)")
    port = forward(cloud.plane, m.id, "82")
    eventually("it says who comes", lambda: socket.create_connection(
        ("127.0.0.1", port), 3).recv(99).decode() == "10.66.1.1")
    command(cloud.plane, "--remove", str(port))


def test_a_private_instance_by_udp(cloud, private):
    m = private
    m.sh(f"(setsid timeout 300 python3 -c \"{ECHO}\" >/dev/null 2>&1 </dev/null &)")
    eni = m.see()["NetworkInterfaces"][0]["NetworkInterfaceId"]
    port = forward(cloud.plane, eni, "53/udp")
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as s:
        s.settimeout(3)
        s.connect(("127.0.0.1", port))
        for text in (b"one", b"x" * 9000, b"three"):
            def again():
                s.send(text)
                return s.recv(65535) == text + b" from 10.66.1.1"
            eventually("an answer", again)
    found = cloud.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [eni]}])["Tags"]
    assert {t["Key"]: t["Value"] for t in found} == {TAG + "53/udp": f"127.0.0.1:{port}"}
    command(cloud.plane, "--remove", str(port))


def test_many_connections_and_much_at_once(cloud, private):
    m = private
    m.sh("head -c 8000000 /dev/urandom >/srv/80/big && sha256sum </srv/80/big | cut -c1-64 >/srv/80/sum")
    port = forward(cloud.plane, m.id, "80")
    want = fetch(f"http://127.0.0.1:{port}/sum")
    got = []

    def load():
        p = run("sh", "-c", f"curl -s -m 60 --noproxy '*' http://127.0.0.1:{port}/big | sha256sum", check=False)
        got.append(p.stdout[:64])

    threads = [threading.Thread(target=load) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert got == [want] * 8
    held = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(200)]
    assert fetch(f"http://127.0.0.1:{port}/", 10) == "inside"
    for s in held:
        s.close()
    command(cloud.plane, "--remove", str(port))


def test_the_door_answers_and_its_wrong_questions(cloud, private):
    m, p = private, cloud.plane
    arn = f"arn:aws:ec2:us-east-1:000000000000:instance/{m.id}"
    status, row = ask(p, "POST", body={"resource": arn, "port": 80, "hostPort": 11850})
    assert (status, row["hostPort"], row["arn"]) == (201, 11850, arn)
    assert ask(p, "POST", body={"resource": m.id, "port": 80, "hostPort": 11850})[0] == 200
    assert ask(p, "POST", body={"resource": m.id, "port": 81, "hostPort": 11850})[0] == 409
    assert ask(p, rest="/11850")[1]["resource"] == m.id
    for bad, code in (({"resource": "i-0123456789abcdef0"}, 404), ({"resource": "vol-1"}, 400), ({}, 400),
                      ({"resource": m.id, "port": 0}, 400), ({"resource": m.id, "protocol": "icmp"}, 400),
                      ({"resource": m.id, "hostPort": 80}, 400), ({"resource": m.id, "color": "red"}, 400),
                      ({"resource": arn.replace("ec2", "s3", 1)}, 400)):
        assert ask(p, "POST", body=bad)[0] == code, bad
    with contextlib.closing(socket.create_server(("127.0.0.1", 11851))):
        assert ask(p, "POST", body={"resource": m.id, "port": 81, "hostPort": 11851})[0] == 409
    assert ask(p, "PUT")[0] == 405 and ask(p, "GET", "/x")[0] == 404 and ask(p, "DELETE", "/11899")[0] == 404
    assert ask(p, "DELETE", "/11850")[0] == 204
    # Only the platform writes those tags.
    with pytest.raises(Exception, match="reserved"):
        cloud.ec2.create_tags(Resources=[m.id], Tags=[{"Key": TAG + "1", "Value": "x"}])


def test_edge_has_no_privilege(cloud, private):
    port = forward(cloud.plane, private.id, "80")
    seen = inspect(f"{cloud.plane.name}-edge")
    host = seen["HostConfig"]
    assert host["CapDrop"] == ["ALL"] and not host["CapAdd"] and host["ReadonlyRootfs"]
    assert seen["Config"]["User"] == "65534:65534" and "no-new-privileges" in host["SecurityOpt"]
    assert not host["Privileged"] and not seen["Mounts"]
    with open(f"/proc/{seen['State']['Pid']}/status") as f:
        caps = [line.split()[1] for line in f if line.startswith(("CapEff", "CapPrm"))]
    assert caps == ["0" * 16] * 2
    # Killed, it comes back with what it had.
    run("docker", "kill", f"{cloud.plane.name}-edge")
    eventually("it is back", lambda: fetch(f"http://127.0.0.1:{port}/") == "inside", 20)
    command(cloud.plane, "--remove", str(port))


def test_open_ports_of_a_public_instance(cloud):
    """They come and go with rules, addresses and states; a connection does not."""
    ec2, p = cloud.ec2, cloud.plane
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=cloud.vpc)["GroupId"]
    rule = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    wide = [{"IpProtocol": "tcp", "FromPort": 1024, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
            {"IpProtocol": "tcp", "FromPort": 81, "ToPort": 81, "IpRanges": [{"CidrIp": "203.0.113.0/24"}]},
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    m = cloud.launch(SecurityGroupIds=[group])
    m.serve("outside", 80)
    assert rows(p, m.id) == []
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule)
    row = eventually("port 80 is published", lambda: [r for r in rows(p, m.id) if r["state"] == "listening"])[0]
    port = row["hostPort"]
    assert row["automatic"] and row["publicIp"] == m.public and row["port"] == 80
    eventually("it leads there", lambda: fetch(f"http://127.0.0.1:{port}/") == "outside", 5)
    assert tags(m)[TAG + "80"] == f"127.0.0.1:{port}"
    assert ask(p, "DELETE", f"/{port}")[0] == 409
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=wide)
    time.sleep(0.5)
    assert [r["port"] for r in rows(p, m.id)] == [80]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rule + wide)
    eventually("it is not", lambda: rows(p, m.id) == [] and is_free(port), 5)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule)
    eventually("it is again", lambda: fetch(f"http://127.0.0.1:{rows(p, m.id)[0]['hostPort']}/") == "outside")
    # Another public address: an Elastic one.
    allocation = ec2.allocate_address(Domain="vpc")
    made = ec2.associate_address(AllocationId=allocation["AllocationId"], InstanceId=m.id)
    row = eventually("it leads to the Elastic address",
                     lambda: [r for r in rows(p, m.id) if r["publicIp"] == allocation["PublicIp"]])[0]
    eventually("by which it is reached", lambda: fetch(f"http://127.0.0.1:{row['hostPort']}/") == "outside")
    ec2.disassociate_address(AssociationId=made["AssociationId"])
    eventually("without an address there is none", lambda: not [
        r for r in rows(p, m.id) if r["publicIp"] == allocation["PublicIp"]], 5)
    ec2.release_address(AllocationId=allocation["AllocationId"])
    ec2.stop_instances(InstanceIds=[m.id])
    m.becomes("stopped")
    eventually("a stopped one has none", lambda: rows(p, m.id) == [], 5)
    ec2.terminate_instances(InstanceIds=[m.id])
    m.becomes("terminated")
    eventually("the group is free", lambda: ec2.delete_security_group(GroupId=group))


def test_a_forward_goes_with_its_resource(cloud):
    m = cloud.launch()
    status, row = ask(cloud.plane, "POST", body={"resource": m.id, "port": 22})
    assert status == 201
    cloud.ec2.terminate_instances(InstanceIds=[m.id])
    m.becomes("terminated")
    eventually("it is gone", lambda: ask(cloud.plane, rest=f"/{row['hostPort']}")[0] == 404, 5)
    eventually("nobody listens", lambda: is_free(row["hostPort"]), 5)


def test_forwards_survive_control(cloud, private):
    """What is published stays while control is away."""
    port = forward(cloud.plane, private.id, "80")
    s = socket.create_connection(("127.0.0.1", port), 5)
    cloud.plane.process.send_signal(19)
    try:
        assert fetch(f"http://127.0.0.1:{port}/") == "inside"
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert s.makefile().read().endswith("inside\n")
    finally:
        cloud.plane.process.send_signal(18)
        s.close()
    command(cloud.plane, "--remove", str(port))


def test_by_ports_that_docker_publishes(special):
    """As where containers cannot have the host's network."""
    from cloud import Cloud
    p = special(SIMFRA_EDGE_NETWORK="docker", SIMFRA_PORT_FORWARD_PORT_RANGE="12800-12809")
    c = Cloud(p, internet=False)
    try:
        m = c.launch()
        m.serve("inside", 80)
        env = dict(resource=m.id, port=80)
        status, row = ask(p, "POST", body=env)
        assert (status, row["hostPort"]) == (201, 12800)
        eventually("it leads there", lambda: fetch("http://127.0.0.1:12800/") == "inside", 30)
        ports = inspect(f"{p.name}-edge")["HostConfig"]["PortBindings"]
        assert {b["HostIp"] for v in ports.values() for b in v} == {"127.0.0.1"} and len(ports) == 20
    finally:
        c.close()


def test_without_isolation_everything_is_reached(special):
    """SIMFRA_VPC_ISOLATION=false: one shared network, and no rule refuses."""
    from cloud import Cloud
    p = special(SIMFRA_VPC_ISOLATION="false", SIMFRA_PORT_FORWARD_PORT_RANGE="12810-12819")
    assert json.loads(urllib.request.urlopen(f"{p.url}/_simfra/health").read())["network"]["isolation"] == "off"
    c = Cloud(p, internet=False)
    try:
        other = c.another(cidr="10.0.0.0/16", internet=False)
        a, b = c.launch(), c.launch(SubnetId=other.subnet)
        assert not a.public and not b.public
        b.serve("shared", 80)
        group = b.see()["SecurityGroups"][0]["GroupId"]
        c.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.9.9.9/32"}]}])
        row = eventually("it is published", lambda: [r for r in rows(p, b.id) if r["state"] == "listening"])[0]
        assert fetch(f"http://127.0.0.1:{row['hostPort']}/") == "shared"
        assert fetch(f"http://{row['publicIp']}/") == "shared"
        assert a.sh(f"curl -s -m 5 http://{row['publicIp']}/") == "shared"
        assert "_shared" not in json.dumps(c.ec2.describe_network_interfaces(), default=str)
    finally:
        c.close()
