"""The front door, without Docker: accounts, keys, limits, bad clients."""
import contextlib
import http.client
import json
import re
import socket
import time

import botocore.exceptions
import pytest

from plane import ROOT_KEY, eventually, measure


@pytest.fixture
def bare(special):
    """API only."""
    return special(SIMFRA_DOCKER="false")


def code_of(call):
    with pytest.raises(botocore.exceptions.ClientError) as e:
        call()
    return e.value.response["Error"]["Code"], e.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_api_only_mode(bare):
    """Everything can be called and nothing runs."""
    ec2 = bare.client("ec2")
    assert bare.get("/_simfra/health")[1]["docker"] == {"enabled": False}
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-12-amd64-*"]}])
    i = ec2.run_instances(ImageId=image["Images"][0]["ImageId"], InstanceType="t3.micro",
                          SubnetId=subnet, MinCount=2, MaxCount=2)["Instances"]
    ids = [x["InstanceId"] for x in i]
    ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
    ec2.stop_instances(InstanceIds=ids)
    ec2.get_waiter("instance_stopped").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
    ec2.start_instances(InstanceIds=ids)
    ec2.get_waiter("instance_status_ok").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
    ec2.terminate_instances(InstanceIds=ids)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    assert bare.containers() == [] and bare.networks() == []
    with open(bare.log) as f:
        assert "API-only" in f.read()


def test_state_survives_a_restart_with_a_data_directory(special, tmp_path):
    p = special(SIMFRA_DOCKER="false", SIMFRA_DATA_DIR=str(tmp_path / "data"))
    vpc = p.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    key = p.client("iam").create_user(UserName="u") and p.client("iam").create_access_key(
        UserName="u")["AccessKey"]
    p.stop()
    p.start()
    assert p.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"
    who = p.client("sts", (key["AccessKeyId"], key["SecretAccessKey"])).get_caller_identity()
    assert who["Arn"] == "arn:aws:iam::000000000000:user/u"
    p.kill()
    vpc2 = None
    p.start()
    vpc2 = p.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    p.kill()
    p.start()
    assert p.client("ec2").describe_vpcs(VpcIds=[vpc, vpc2])["Vpcs"]


def test_strict_is_the_default(bare):
    for key in (("123456789012", "test"), ("test", "test"), (ROOT_KEY[0], "wrong")):
        code, status = code_of(bare.client("sts", key).get_caller_identity)
        assert status == 403 and code in ("InvalidClientTokenId", "SignatureDoesNotMatch"), key
    status, text = raw(bare, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 43\r\n"
                       b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
                       b"Action=GetCallerIdentity&Version=2011-06-15")
    assert status == 403 and b"MissingAuthenticationToken" in text
    for service, operation in (("ec2", "describe_vpcs"), ("iam", "list_users")):
        call = getattr(bare.client(service, (ROOT_KEY[0], "wrong")), operation)
        assert code_of(call)[1] in (401, 403)


def test_relaxed_takes_any_key_and_a_key_of_12_digits_is_an_account(special):
    p = special(SIMFRA_DOCKER="false", SIMFRA_AUTH="relaxed")
    for key, account in ((("test", "test"), "000000000000"),
                         (("123456789012", "x"), "123456789012"),
                         (("111122223333", "whatever"), "111122223333")):
        who = p.client("sts", key).get_caller_identity()
        assert who["Account"] == account and who["Arn"] == f"arn:aws:iam::{account}:root"
    a, b = (p.client("ec2", (k, "x")) for k in ("123456789012", "111122223333"))
    vpc = a.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    assert vpc["OwnerId"] == "123456789012"
    assert code_of(lambda: b.describe_vpcs(VpcIds=[vpc["VpcId"]]))[0] == "InvalidVpcID.NotFound"
    out = p.aws("sts", "get-caller-identity", key=("123456789012", "x"))
    assert out["Account"] == "123456789012"


def test_accounts_are_made_reset_and_removed(bare):
    status, first = bare.post("/_simfra/accounts", {"accountId": "210987654321"})
    assert status == 201 and first["accountId"] == "210987654321"
    status, second = bare.post("/_simfra/accounts", {"region": "eu-west-1", "bootstrap": True,
                                                     "vpc_cidr": "10.44.0.0/16"})
    assert status == 201 and len(second["accountId"]) == 12
    keys = {a["accountId"]: (a["accessKeyId"], a["secretAccessKey"]) for a in (first, second)}
    for account, key in keys.items():
        assert bare.client("sts", key).get_caller_identity()["Account"] == account
    listed = {a["accountId"] for a in bare.get("/_simfra/accounts")[1]["accounts"]}
    assert set(keys) <= listed and "000000000000" in listed
    vpcs = bare.client("ec2", keys[second["accountId"]], region="eu-west-1").describe_vpcs()["Vpcs"]
    assert {v["CidrBlock"] for v in vpcs} == {"172.31.0.0/16", "10.44.0.0/16"}
    mine = bare.client("iam", keys["210987654321"])
    mine.create_user(UserName="alice")
    bare.client("iam").create_user(UserName="alice")  # of another account: another
    assert bare.post("/_simfra/accounts/210987654321/reset")[0] == 200
    assert mine.list_users()["Users"] == [] and bare.client("iam").list_users()["Users"]
    assert bare.post("/_simfra/accounts", {"accountId": "210987654321"})[0] == 409
    assert bare.post("/_simfra/accounts", {"accountId": "12"})[0] == 400
    assert bare.get("/_simfra/accounts/210987654321", "DELETE")[0] == 204
    assert code_of(mine.list_users)[1] == 403
    assert bare.get("/_simfra/accounts/210987654321", "DELETE")[0] == 404


def test_admin_token_is_asked_for(special):
    p = special(SIMFRA_DOCKER="false", SIMFRA_ADMIN_TOKEN="s3cret")
    assert p.get("/_simfra/health")[0] == 200
    assert p.post("/_simfra/reset")[0] == 403
    for token, status in (("wrong!", 403), ("s3cret", 200)):
        got, _ = raw(p, f"POST /_simfra/reset HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                     f"Authorization: Bearer {token}\r\n\r\n".encode())
        assert got == status


def test_page_of_another_origin_may_not_drive_us(bare):
    got, _ = raw(bare, b"POST /_simfra/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
                 b"Origin: http://evil.example\r\n\r\n")
    assert got == 403


# Bad clients

def connect(plane, timeout=30):
    return socket.create_connection(("127.0.0.1", plane.port), timeout)


def raw(plane, request, timeout=30):
    with connect(plane, timeout) as s:
        s.sendall(request)
        r = http.client.HTTPResponse(s)
        r.begin()
        return r.status, r.read()


HEALTH = b"GET /_simfra/health HTTP/1.1\r\nHost: x\r\n\r\n"


def test_500_idle_connections_do_not_block_the_next(bare):
    with contextlib.ExitStack() as stack:
        idle = []
        for _ in range(500):  # each is served once, and is kept while there are few
            s = stack.enter_context(connect(bare))
            s.sendall(HEALTH)
            assert s.recv(4096).startswith(b"HTTP/1.1 200")
            idle.append(s)
        for _ in range(20):
            begin = time.monotonic()
            assert raw(bare, HEALTH)[0] == 200
            took = time.monotonic() - begin
            assert took < 2
        measure("501st connection beside 500 idle ones", took)
        assert bare.client("sts").get_caller_identity()["Account"] == "000000000000"
        # And the idle ones go on: the first were there when all was quiet.
        alive = 0
        for s in idle[::50]:
            with contextlib.suppress(OSError):
                s.sendall(HEALTH)
                alive += s.recv(4096).startswith(b"HTTP/1.1 200")
        assert alive >= 5


def test_500_silent_connections_do_not_block_the_next(bare):
    """They never say anything."""
    with contextlib.ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(connect(bare))
        begin = time.monotonic()
        assert raw(bare, HEALTH)[0] == 200
        assert time.monotonic() - begin < 2


def test_slow_header_is_shed(bare):
    with connect(bare) as s:
        s.sendall(b"GET /_simfra/health HTTP/1.1\r\n")
        begin = time.monotonic()
        s.settimeout(0.5)

        def is_shed():
            try:
                s.sendall(b"X-Slow: x\r\n")
                got = s.recv(4096)
            except TimeoutError:
                return False
            except OSError:
                return True
            return got == b"" or got.startswith(b"HTTP/1.1 4")

        eventually("it is shed", is_shed, 25, 0.2)
        measure("slow header, shed after", time.monotonic() - begin)
    assert raw(bare, HEALTH)[0] == 200


def test_slow_bodies_do_not_block_others(bare):
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            s = stack.enter_context(connect(bare))
            s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nA")
        for _ in range(5):
            begin = time.monotonic()
            assert raw(bare, HEALTH)[0] == 200
            assert time.monotonic() - begin < 2


def test_gigantic_body_is_refused_at_once(bare):
    begin = time.monotonic()
    status, _ = raw(bare, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n")
    assert status == 413 and time.monotonic() - begin < 5


def test_endless_body_is_cut(bare):
    """Chunked, so that nothing said how long it would be."""
    chunk = b"100000\r\n" + b"a" * 0x100000 + b"\r\n"
    with connect(bare) as s:
        s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        answer = b""
        with contextlib.suppress(OSError):
            for _ in range(200):
                s.sendall(chunk)
        with contextlib.suppress(OSError):
            answer = s.recv(4096)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 413")
    assert raw(bare, HEALTH)[0] == 200


@pytest.mark.parametrize("request_", [
    b"\x00\x01\x02\x03\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
    b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 100000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 300 + b"\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
], ids=["binary", "no-path", "version", "nul", "negative", "overflow", "long", "many", "both"])
def test_nonsense_gets_an_error_or_the_door(bare, request_):
    with connect(bare, 15) as s:
        s.sendall(request_)
        try:
            answer = s.recv(4096)
        except ConnectionResetError:
            answer = b""
        assert answer == b"" or re.match(rb"HTTP/\d\.\d [45]\d\d ", answer), answer
    assert raw(bare, HEALTH)[0] == 200


def test_deep_json_is_refused(bare):
    deep = b"[" * 100000
    status, text = raw(bare, b"POST /_simfra/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: %d"
                       b"\r\n\r\n" % len(deep) + deep)
    assert status == 400 and json.loads(text)


def test_what_is_not_implemented_says_so(bare):
    code, status = code_of(lambda: bare.client("ec2", attempts=1).describe_client_vpn_endpoints())
    assert (code, status) == ("NotImplemented", 501)
    assert "DescribeClientVpnEndpoints" in json.dumps(bare.get("/_simfra/coverage")[1])


def test_request_ids_and_clock_skew(bare):
    r = bare.client("ec2").describe_vpcs()["ResponseMetadata"]
    assert len(r["RequestId"]) == 36
    other = bare.client("sts").get_caller_identity()["ResponseMetadata"]["RequestId"]
    assert len(other) == 36 and other != r["RequestId"]
