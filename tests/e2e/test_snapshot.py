"""`simfra snapshot save|load`: the whole state, objects included, as one file."""
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import time

import pytest
from botocore.config import Config

from plane import PROGRAM, ROOT_KEY, eventually

MIB = 1 << 20
V4 = Config(signature_version="s3v4", s3={"addressing_style": "path"})


@pytest.fixture
def bare(special, tmp_path):
    """API only, with what it keeps on disk."""
    return special(SIMFRA_DOCKER="false", SIMFRA_DATA_DIR=str(tmp_path / "data"))


def s3_of(plane, key=ROOT_KEY):
    return plane.session(key).client("s3", endpoint_url=plane.url, config=V4)


def fill(plane):
    """Something of everything; what the user's key is."""
    s3, iam, ec2 = s3_of(plane), plane.client("iam"), plane.client("ec2")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a/é\n", Body=b"bytes" * 1000, Metadata={"who": "me"})
    upload = s3.create_multipart_upload(Bucket="kept", Key="parts")["UploadId"]
    parts = [s3.upload_part(Bucket="kept", Key="parts", UploadId=upload, PartNumber=n,
                            Body=bytes([n]) * (5 * MIB))["ETag"] for n in (1, 2)]
    s3.complete_multipart_upload(
        Bucket="kept", Key="parts", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": n + 1, "ETag": e} for n, e in enumerate(parts)]})
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}))
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    return (key["AccessKeyId"], key["SecretAccessKey"]), vpc


def check(plane, key, vpc):
    """All of it is there, and is what it was."""
    s3 = s3_of(plane, key)
    got = s3.get_object(Bucket="kept", Key="a/é\n")
    assert got["Body"].read() == b"bytes" * 1000 and got["Metadata"] == {"who": "me"}
    body = s3.get_object(Bucket="kept", Key="parts")["Body"].read()
    assert hashlib.sha256(body).digest() == hashlib.sha256(
        b"\1" * (5 * MIB) + b"\2" * (5 * MIB)).digest()
    assert [v["CidrBlock"] for v in plane.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]] == ["10.77.0.0/16"]


def spoil(plane):
    s3, iam = s3_of(plane), plane.client("iam")
    for key in ("a/é\n", "parts"):
        s3.delete_object(Bucket="kept", Key=key)
    s3.put_object(Bucket="kept", Key="later", Body=b"later")
    s3.create_bucket(Bucket="later")
    iam.create_user(UserName="later")


def ids_on_disk(tmp_path):
    return sorted(f for folder, _, files in os.walk(tmp_path / "data" / "blobs") for f in files if f != "store")


def test_all_is_as_it_was(bare, tmp_path):
    key, vpc = fill(bare)
    file = str(tmp_path / "state.tar")
    bare.simfra("snapshot", "save", file)
    names = tarfile.open(file).getnames()
    assert names[0] == "simfra.json" and names[-1] == "documents.jsonl"
    assert len([n for n in names if n.startswith("blobs/")]) == 3
    assert ids_on_disk(tmp_path) == sorted(n[6:] for n in names if n.startswith("blobs/"))
    before = bare.simfra("ca").stdout
    spoil(bare)
    said = bare.simfra("snapshot", "load", file)
    assert json.loads(said.stdout)["status"] == "loaded"
    check(bare, key, vpc)
    assert [b["Name"] for b in s3_of(bare).list_buckets()["Buckets"]] == ["kept"]
    assert [u["UserName"] for u in bare.client("iam").list_users()["Users"]] == ["reader"]
    assert bare.simfra("ca").stdout == before
    # What was loaded is kept as all else.
    bare.kill()
    bare.start()
    check(bare, key, vpc)


def test_another_installation_goes_on_with_it(bare, tmp_path):
    key, vpc = fill(bare)
    packed = subprocess.run([PROGRAM, "snapshot", "save", "-"], env=bare.env(), check=True,
                            stdout=subprocess.PIPE, timeout=60).stdout
    bare.stop()
    shutil.rmtree(tmp_path / "data")
    bare.start()
    assert s3_of(bare).list_buckets()["Buckets"] == []
    subprocess.run([PROGRAM, "snapshot", "load", "-"], env=bare.env(), check=True,
                   input=gzip.compress(packed, 1), stdout=subprocess.PIPE, timeout=60)
    check(bare, key, vpc)
    bare.stop()
    bare.start()
    check(bare, key, vpc)


@pytest.mark.parametrize("how", ["empty", "text", "cut", "newer", "no bytes", "no documents", "odd"])
def test_what_is_no_snapshot_changes_nothing(bare, tmp_path, how):
    key, vpc = fill(bare)
    file, bad = str(tmp_path / "state.tar"), str(tmp_path / "bad.tar")
    bare.simfra("snapshot", "save", file)
    if how in ("empty", "text", "cut"):
        with open(file, "rb") as f:
            whole = f.read()
        with open(bad, "wb") as f:
            f.write({"empty": b"", "text": b"hello\n" * 400, "cut": whole[:len(whole) - 14000]}[how])
    else:
        rewrite(file, bad, how)
    if how == "no bytes":
        s3_of(bare).delete_object(Bucket="kept", Key="parts")
    said = bare.simfra("snapshot", "load", bad, check=False)
    assert said.returncode == 1 and "snapshot" in said.stderr, said.stdout + said.stderr
    if how == "newer":
        assert "schema 99" in said.stderr
    if how == "no bytes":
        assert "lacks an object's bytes" in said.stderr
        bare.simfra("snapshot", "load", file)
    check(bare, key, vpc)


def rewrite(file, bad, how):
    with tarfile.open(file) as old, tarfile.open(bad, "w") as new:
        for e in old.getmembers():
            data = old.extractfile(e)
            if how == "no bytes" and e.name.startswith("blobs/") or \
                    how == "no documents" and e.name == "documents.jsonl":
                continue
            if how == "odd" and e.name == "documents.jsonl":
                e.name = "../documents"
            if how == "newer" and e.name == "simfra.json":
                text = json.dumps({**json.load(data), "schema": 99}).encode()
                e.size, data = len(text), io.BytesIO(text)
            new.addfile(e, data)


def test_killed_in_a_load_it_has_all_of_one_or_of_the_other(bare, tmp_path):
    """kill -9 at several moments: never a mixture."""
    key, vpc = fill(bare)
    file = str(tmp_path / "state.tar")
    bare.simfra("snapshot", "save", file)
    for moment in range(6):
        spoil(bare) if moment == 0 else s3_of(bare).put_object(Bucket="kept", Key="later", Body=b"later")
        load = subprocess.Popen([PROGRAM, "snapshot", "load", file], env=bare.env(),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.004 * moment ** 2)
        bare.kill()
        load.wait(30)
        bare.start()
        keys = {o["Key"] for o in s3_of(bare).list_objects_v2(Bucket="kept").get("Contents", [])}
        if "later" not in keys:
            check(bare, key, vpc)
        else:
            assert s3_of(bare).get_object(Bucket="kept", Key="later")["Body"].read() == b"later"
    bare.simfra("snapshot", "load", file)
    check(bare, key, vpc)
    # What the broken ones left is nobody's: it goes with the next start.
    with tarfile.open(file) as tar:
        known = sorted(n[6:] for n in tar.getnames() if n.startswith("blobs/"))
    bare.stop()
    bare.start()
    eventually("only what is referred to is there", lambda: ids_on_disk(tmp_path) == known)


def test_only_this_host_may(special, tmp_path):
    p = special(SIMFRA_DOCKER="false", SIMFRA_ADMIN_TOKEN="secret")
    assert p.get("/_simfra/snapshot")[0] == 403
    assert p.post("/_simfra/snapshot", {})[0] == 403
    file = str(tmp_path / "state.tar")
    p.simfra("snapshot", "save", file)
    p.simfra("snapshot", "load", file)


def test_instances_are_made_again(special, tmp_path):
    p = special(SIMFRA_DATA_DIR=str(tmp_path / "data"))
    ec2 = p.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    instance, address = made["InstanceId"], made["PrivateIpAddress"]

    def state():
        found = ec2.describe_instances(Filters=[{"Name": "private-ip-address", "Values": [address]}])["Reservations"]
        return [i["State"]["Name"] for r in found for i in r["Instances"] if i["InstanceId"] == instance]

    def containers():
        return [name for c in p.containers() for name in c["Names"] if instance in name]

    eventually("it runs", lambda: state() == ["running"] and containers() != [], 60)
    file = str(tmp_path / "state.tar")
    p.simfra("snapshot", "save", file)
    ec2.terminate_instances(InstanceIds=[instance])
    eventually("it is gone", lambda: containers() == [], 60)
    p.simfra("snapshot", "load", file)
    eventually("it runs again", lambda: state() == ["running"] and containers() != [], 60)
