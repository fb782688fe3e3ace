"""S3 as its users see it, without Docker: boto3, the transfer manager, the aws CLI, plain HTTP."""
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import botocore.exceptions
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from plane import ROOT_KEY, eventually

MIB = 1 << 20
V4 = Config(signature_version="s3v4", s3={"addressing_style": "path"})


@pytest.fixture
def bare(special, tmp_path):
    """API only, with what it keeps on disk."""
    return special(SIMFRA_DOCKER="false", SIMFRA_DATA_DIR=str(tmp_path / "data"))


def client(plane, key=ROOT_KEY):
    return plane.session(key).client("s3", endpoint_url=plane.url, config=V4)


def cli(plane, *args):
    """What it prints, which of `aws s3` is no document."""
    p = plane.aws("s3", *args, check=False)
    assert p.returncode == 0, p.stdout + p.stderr
    return p.stdout


@pytest.fixture
def s3(bare):
    c = client(bare)
    c.create_bucket(Bucket="here")
    return c


def code_of(call, **params):
    with pytest.raises(botocore.exceptions.ClientError) as e:
        call(**params)
    return e.value.response["Error"]["Code"]


def blobs(tmp_path):
    found = []
    for folder, _, files in os.walk(tmp_path / "data" / "blobs"):
        found += [os.path.join(folder, f) for f in files if f != "store"]
    return found


def body(c, **params):
    return c.get_object(Bucket="here", **params)["Body"].read()


def test_an_object_comes_back_as_it_went(s3, tmp_path):
    put = s3.put_object(Bucket="here", Key="a b/ä.txt", Body=b"hello world", ContentType="text/plain",
                        CacheControl="no-cache", Metadata={"colour": "blue"}, Tagging="k=v")
    assert put["ETag"] == f'"{hashlib.md5(b"hello world").hexdigest()}"'
    got = s3.get_object(Bucket="here", Key="a b/ä.txt")
    assert got["Body"].read() == b"hello world"
    assert (got["ContentType"], got["CacheControl"], got["Metadata"], got["TagCount"]) == (
        "text/plain", "no-cache", {"colour": "blue"}, 1)
    assert got["ServerSideEncryption"] == "AES256" and "VersionId" not in got
    head = s3.head_object(Bucket="here", Key="a b/ä.txt", ChecksumMode="ENABLED")
    assert (head["ContentLength"], head["ETag"], head["ContentType"]) == (
        11, put["ETag"], "text/plain")
    assert head["ChecksumCRC32"] == "DUoRhQ==" and head["ChecksumType"] == "FULL_OBJECT"
    part = s3.get_object(Bucket="here", Key="a b/ä.txt", Range="bytes=-5")
    assert (part["Body"].read(), part["ContentRange"]) == (b"world", "bytes 6-10/11")
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert s3.get_object_tagging(Bucket="here", Key="a b/ä.txt")["TagSet"] == [
        {"Key": "k", "Value": "v"}]
    # Replaced, its bytes go; removed, too; and an empty one is an object as well.
    s3.put_object(Bucket="here", Key="a b/ä.txt", Body=b"")
    assert len(blobs(tmp_path)) == 1 and body(s3, Key="a b/ä.txt") == b""
    s3.delete_object(Bucket="here", Key="a b/ä.txt")
    assert blobs(tmp_path) == [] and code_of(s3.get_object, Bucket="here", Key="a b/ä.txt") == "NoSuchKey"


def test_conditions(s3):
    etag = s3.put_object(Bucket="here", Key="k", Body=b"1")["ETag"]
    assert code_of(s3.get_object, Bucket="here", Key="k", IfNoneMatch=etag) == "304"
    assert code_of(s3.get_object, Bucket="here", Key="k", IfMatch='"other"') == "PreconditionFailed"
    assert body(s3, Key="k", IfMatch=etag) == b"1"
    assert code_of(s3.get_object, Bucket="here", Key="k", Range="bytes=1-") == "InvalidRange"
    assert code_of(s3.put_object, Bucket="here", Key="k", Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    assert code_of(s3.put_object, Bucket="here", Key="k", Body=b"2", IfMatch='"x"') == "PreconditionFailed"
    assert code_of(s3.put_object, Bucket="here", Key="none", Body=b"2", IfMatch='"x"') == "NoSuchKey"
    s3.put_object(Bucket="here", Key="k", Body=b"2", IfMatch=etag)
    assert body(s3, Key="k") == b"2"


def test_what_is_wrong_is_refused_and_leaves_nothing(s3, tmp_path):
    put = dict(Bucket="here", Key="k", Body=b"abc")
    assert code_of(s3.put_object, **put, ChecksumCRC32="AAAAAA==") == "BadDigest"
    assert code_of(s3.put_object, **put, ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==") == "BadDigest"
    assert code_of(s3.put_object, **put, StorageClass="SNOW") == "InvalidStorageClass"
    assert code_of(s3.put_object, **put, Metadata={"a": "x" * 2100}) == "MetadataTooLarge"
    assert code_of(s3.put_object, Bucket="here", Key="k" * 1025, Body=b"") == "KeyTooLongError"
    assert code_of(s3.put_object, Bucket="nowhere", Key="k", Body=b"") == "NoSuchBucket"
    assert code_of(s3.put_object, **put, ACL="public-read") == "AccessControlListNotSupported"
    assert code_of(s3.put_object, **put, ExpectedBucketOwner="111111111111") == "AccessDenied"
    assert code_of(s3.create_bucket, Bucket="Upper-Case") == "InvalidBucketName"
    assert blobs(tmp_path) == [] and "Contents" not in s3.list_objects_v2(Bucket="here")


def test_listings_fold_and_turn_pages(s3):
    keys = ["a", "b/1", "b/2", "b/c/1", "d", "e/1", "z"]
    for k in keys:
        s3.put_object(Bucket="here", Key=k, Body=b"x")
    folded = s3.list_objects_v2(Bucket="here", Delimiter="/")
    assert [o["Key"] for o in folded["Contents"]] == ["a", "d", "z"]
    assert [p["Prefix"] for p in folded["CommonPrefixes"]] == ["b/", "e/"]
    assert folded["KeyCount"] == 5 and not folded["IsTruncated"]
    for style in ("list_objects_v2", "list_objects"):
        for size in (1, 2, 3):
            seen = []
            for page in s3.get_paginator(style).paginate(
                    Bucket="here", Delimiter="/", PaginationConfig={"PageSize": size}):
                assert len(page.get("Contents", [])) + len(page.get("CommonPrefixes", [])) <= size
                seen += [o["Key"] for o in page.get("Contents", [])]
                seen += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
            assert sorted(seen) == ["a", "b/", "d", "e/", "z"], (style, size)
    inner = s3.list_objects_v2(Bucket="here", Prefix="b/", Delimiter="/")
    assert [o["Key"] for o in inner["Contents"]] == ["b/1", "b/2"]
    assert [p["Prefix"] for p in inner["CommonPrefixes"]] == ["b/c/"]
    after = s3.list_objects_v2(Bucket="here", StartAfter="b/2")
    assert [o["Key"] for o in after["Contents"]] == ["b/c/1", "d", "e/1", "z"]


def test_versions_are_kept_hidden_and_brought_back(s3, tmp_path):
    s3.put_object(Bucket="here", Key="k", Body=b"null")
    s3.put_bucket_versioning(Bucket="here", VersioningConfiguration={"Status": "Enabled"})
    one = s3.put_object(Bucket="here", Key="k", Body=b"1")["VersionId"]
    two = s3.put_object(Bucket="here", Key="k", Body=b"2")["VersionId"]
    assert one != two and body(s3, Key="k") == b"2"
    assert (body(s3, Key="k", VersionId=one), body(s3, Key="k", VersionId="null")) == (b"1", b"null")
    gone = s3.delete_object(Bucket="here", Key="k")
    assert gone["DeleteMarker"] and code_of(s3.get_object, Bucket="here", Key="k") == "NoSuchKey"
    assert "Contents" not in s3.list_objects_v2(Bucket="here")
    assert code_of(s3.delete_bucket, Bucket="here") == "BucketNotEmpty"
    seen = s3.list_object_versions(Bucket="here")
    assert [(v["VersionId"], v["IsLatest"]) for v in seen["Versions"]] == [
        (two, False), (one, False), ("null", False)]
    assert [(m["VersionId"], m["IsLatest"]) for m in seen["DeleteMarkers"]] == [(gone["VersionId"], True)]
    paged = [v["VersionId"] for p in s3.get_paginator("list_object_versions").paginate(
        Bucket="here", PaginationConfig={"PageSize": 1}) for v in p.get("Versions", [])]
    assert paged == [two, one, "null"]
    s3.delete_object(Bucket="here", Key="k", VersionId=gone["VersionId"])
    assert body(s3, Key="k") == b"2"
    s3.delete_object(Bucket="here", Key="k", VersionId=two)
    assert body(s3, Key="k") == b"1"
    s3.put_bucket_versioning(Bucket="here", VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket="here", Key="k", Body=b"new null")
    assert (body(s3, Key="k"), body(s3, Key="k", VersionId="null")) == (b"new null",) * 2
    assert [v["VersionId"] for v in s3.list_object_versions(Bucket="here")["Versions"]] == ["null", one]
    assert len(blobs(tmp_path)) == 2
    s3.delete_objects(Bucket="here", Delete={"Objects": [
        {"Key": "k", "VersionId": "null"}, {"Key": "k", "VersionId": one}]})
    assert blobs(tmp_path) == []
    s3.delete_bucket(Bucket="here")


def test_uploads_in_parts_and_copies(s3, tmp_path):
    data = os.urandom(20 * MIB + 17)
    s3.upload_fileobj(io.BytesIO(data), "here", "big",
                      Config=TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB))
    into = io.BytesIO()
    s3.download_fileobj("here", "big", into)
    assert into.getvalue() == data
    head = s3.head_object(Bucket="here", Key="big", PartNumber=2)
    assert (head["PartsCount"], head["ContentLength"]) == (3, 8 * MIB)
    assert head["ETag"].endswith('-3"')
    s3.copy_object(Bucket="here", Key="copy", CopySource="here/big")
    s3.delete_object(Bucket="here", Key="big")
    assert body(s3, Key="copy") == data
    up = s3.create_multipart_upload(Bucket="here", Key="joined", ChecksumAlgorithm="CRC32",
                                    ChecksumType="FULL_OBJECT")["UploadId"]
    where = dict(Bucket="here", Key="joined", UploadId=up)
    parts = []
    for n, piece in enumerate((data[:6 * MIB], data[6 * MIB:12 * MIB + 5], b"end"), 1):
        r = s3.upload_part(**where, PartNumber=n, Body=piece, ChecksumAlgorithm="CRC32")
        parts.append({"PartNumber": n, "ETag": r["ETag"], "ChecksumCRC32": r["ChecksumCRC32"]})
    assert [p["PartNumber"] for p in s3.list_parts(**where)["Parts"]] == [1, 2, 3]
    assert code_of(s3.complete_multipart_upload, **where,
                   MultipartUpload={"Parts": parts[::-1]}) == "InvalidPartOrder"
    wrong = [dict(parts[0], ETag='"' + "0" * 32 + '"'), *parts[1:]]
    assert code_of(s3.complete_multipart_upload, **where, MultipartUpload={"Parts": wrong}) == "InvalidPart"
    assert code_of(s3.complete_multipart_upload, **where,
                   MultipartUpload={"Parts": parts}, ChecksumCRC32="AAAAAA==") == "BadDigest"
    done = s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    whole = data[:12 * MIB + 5] + b"end"
    assert body(s3, Key="joined") == whole
    one = s3.put_object(Bucket="here", Key="whole", Body=whole, ChecksumAlgorithm="CRC32")
    assert done["ChecksumCRC32"] == one["ChecksumCRC32"] and done["ChecksumType"] == "FULL_OBJECT"
    up = s3.create_multipart_upload(Bucket="here", Key="taken")["UploadId"]
    where = dict(Bucket="here", Key="taken", UploadId=up)
    r = s3.upload_part_copy(**where, PartNumber=1, CopySource="here/whole", CopySourceRange="bytes=3-99")
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [
        {"PartNumber": 1, "ETag": r["CopyPartResult"]["ETag"]}]})
    assert body(s3, Key="taken") == whole[3:100]
    up = s3.create_multipart_upload(Bucket="here", Key="left")["UploadId"]
    s3.upload_part(Bucket="here", Key="left", UploadId=up, PartNumber=1, Body=b"x")
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket="here")["Uploads"]] == ["left"]
    s3.abort_multipart_upload(Bucket="here", Key="left", UploadId=up)
    listed = s3.list_objects_v2(Bucket="here")["Contents"]
    s3.delete_objects(Bucket="here", Delete={"Objects": [{"Key": o["Key"]} for o in listed]})
    assert blobs(tmp_path) == []


def test_policies_decide(bare, s3):
    """A user without rights, a stranger of another account, and nobody at all."""
    iam = bare.client("iam")
    iam.create_user(UserName="reader")
    k = iam.create_access_key(UserName="reader")["AccessKey"]
    user = client(bare, (k["AccessKeyId"], k["SecretAccessKey"]))
    s3.put_object(Bucket="here", Key="open/x", Body=b"1")
    s3.put_object(Bucket="here", Key="shut/x", Body=b"2")
    url = f"{s3.meta.endpoint_url}/here/open/x"
    with pytest.raises(botocore.exceptions.ClientError) as e:
        body(user, Key="open/x")
    said = e.value.response["Error"]
    assert said["Code"] == "AccessDenied" and "reader is not authorized to perform: s3:GetObject" in said["Message"]
    assert "no identity-based policy allows the s3:GetObject action" in said["Message"]
    with pytest.raises(urllib.error.HTTPError) as e:
        urllib.request.urlopen(url)
    assert e.value.code == 403
    arn = iam.get_user(UserName="reader")["User"]["Arn"]

    def policy(principal, action, resource, effect="Allow"):
        return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}

    s3.delete_public_access_block(Bucket="here")
    s3.put_bucket_policy(Bucket="here", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        policy("*", "s3:GetObject", "arn:aws:s3:::here/open/*"),
        policy({"AWS": arn}, "s3:PutObject", "arn:aws:s3:::here/*"),
        policy({"AWS": arn}, "s3:PutObject", "arn:aws:s3:::here/shut/*", "Deny")]}))
    assert urllib.request.urlopen(url).read() == b"1"
    assert body(user, Key="open/x") == b"1"
    assert code_of(user.get_object, Bucket="here", Key="shut/x") == "AccessDenied"
    user.put_object(Bucket="here", Key="open/y", Body=b"3")
    with pytest.raises(botocore.exceptions.ClientError) as e:
        user.put_object(Bucket="here", Key="shut/y", Body=b"3")
    assert "explicit deny in a resource-based policy" in e.value.response["Error"]["Message"]
    # Who may not list hears nothing of what is not there.
    assert code_of(user.get_object, Bucket="here", Key="open/none") == "AccessDenied"
    assert code_of(s3.put_bucket_policy, Bucket="here", Policy="{}") == "MalformedPolicy"
    assert code_of(s3.put_bucket_policy, Bucket="here", Policy=json.dumps({
        "Version": "2012-10-17", "Statement": [policy("*", "s3:GetObject", "arn:aws:s3:::other/*")]
    })) == "MalformedPolicy"
    s3.delete_bucket_policy(Bucket="here")
    assert code_of(s3.get_bucket_policy, Bucket="here") == "NoSuchBucketPolicy"
    iam.attach_user_policy(UserName="reader", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert body(user, Key="shut/x") == b"2"
    assert code_of(user.put_object, Bucket="here", Key="x", Body=b"") == "AccessDenied"


def test_presigned_addresses(s3):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "here", "Key": "p q"})
    request = urllib.request.Request(url, data=b"by url", method="PUT")
    assert urllib.request.urlopen(request).status == 200
    got = s3.generate_presigned_url("get_object", Params={
        "Bucket": "here", "Key": "p q", "ResponseContentType": "text/x-test"})
    with urllib.request.urlopen(got) as r:
        assert (r.read(), r.headers["Content-Type"]) == (b"by url", "text/x-test")
    with pytest.raises(urllib.error.HTTPError) as e:
        urllib.request.urlopen(got.replace("X-Amz-Signature=", "X-Amz-Signature=0"))
    assert e.value.code == 403
    old = urllib.parse.urlencode({"AWSAccessKeyId": ROOT_KEY[0], "Signature": "x", "Expires": "9999999999"})
    with pytest.raises(urllib.error.HTTPError) as e:
        urllib.request.urlopen(f"{s3.meta.endpoint_url}/here/p?{old}")
    assert e.value.code == 400 and b"Please use AWS4-HMAC-SHA256" in e.value.read()


def test_the_command_line_syncs(bare, s3, tmp_path):
    folder = tmp_path / "site"
    (folder / "deep").mkdir(parents=True)
    (folder / "index.html").write_text("<p>hi</p>")
    (folder / "deep" / "large").write_bytes(os.urandom(18 * MIB))
    cli(bare, "mb", "s3://cli-bucket")
    cli(bare, "sync", str(folder), "s3://cli-bucket/www")
    out = cli(bare, "ls", "--recursive", "s3://cli-bucket")
    assert "www/deep/large" in out and "www/index.html" in out
    assert s3.head_object(Bucket="cli-bucket", Key="www/index.html")["ContentType"] == "text/html"
    back = tmp_path / "back"
    cli(bare, "cp", "--recursive", "s3://cli-bucket/www", str(back))
    assert (back / "deep" / "large").read_bytes() == (folder / "deep" / "large").read_bytes()
    cli(bare, "rb", "--force", "s3://cli-bucket")
    assert code_of(s3.head_bucket, Bucket="cli-bucket") == "404"


def test_a_large_upload_takes_no_memory(bare, s3, tmp_path):
    def resident():
        with open(f"/proc/{bare.process.pid}/status") as f:
            return int(next(line.split()[1] for line in f if line.startswith("VmRSS"))) // 1024

    s3.put_object(Bucket="here", Key="warm", Body=b"x")
    before, peak = resident(), 0
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "here", "Key": "large"})
    with subprocess.Popen(["sh", "-c", f"head -c 1000000000 /dev/zero | curl -sf -T - -H 'Content-Length: "
                           f"1000000000' -H 'Transfer-Encoding:' '{url}'"]) as p:
        while p.poll() is None:
            peak = max(peak, resident())
        assert p.returncode == 0
    assert s3.head_object(Bucket="here", Key="large")["ContentLength"] == 1000000000
    assert peak - before < 30, (before, peak)


def test_everything_survives_a_kill_and_orphans_go(bare, s3, tmp_path):
    for i in range(20):
        s3.put_object(Bucket="here", Key=f"k{i}", Body=str(i).encode())
    orphan = tmp_path / "data" / "blobs" / "00" / ("00" + "a" * 30)
    orphan.write_bytes(b"nobody's")
    bare.kill()
    bare.start()
    assert [body(s3, Key=f"k{i}") for i in range(20)] == [str(i).encode() for i in range(20)]
    eventually("the orphan is swept", lambda: not orphan.exists())
    assert len(blobs(tmp_path)) == 20


def test_another_store_removes_nobodys_objects(bare, s3, tmp_path):
    s3.put_object(Bucket="here", Key="k", Body=b"x")
    # All documents go, the label does not: what was theirs is swept in a while.
    assert bare.post("/_simfra/reset")[0] == 200
    bare.kill()
    # Somebody removes the store, or names another one.
    for name in os.listdir(tmp_path / "data"):
        if name != "blobs":
            path = tmp_path / "data" / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    bare.start()
    assert "not this store's" in bare.tail()
    assert len(blobs(tmp_path)) == 1


def test_who_may_not_sends_no_body(bare, s3, tmp_path):
    """Nobody waits for what is refused anyway, and nothing of it is stored."""
    for head, want in ((b"PUT /here/k HTTP/1.1\r\n", b"403"), (b"PUT /none/k HTTP/1.1\r\n", b"404")):
        with socket.create_connection(("127.0.0.1", bare.port), 5) as s:
            s.sendall(head + b"Host: localhost\r\nContent-Length: 4000000000\r\n\r\n")
            s.settimeout(5)
            answer = s.recv(4096)
        assert answer.split()[1] == want and b"Connection: close" in answer, answer
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "here", "Key": "k"})
    host, _, path = url.partition("//")[2].partition("/")
    for length, expect, want in ((6 << 30, b"", b"400"), (10, b"Expect: 100-continue\r\n", b"100")):
        with socket.create_connection(("127.0.0.1", bare.port), 5) as s:
            s.sendall(b"PUT /%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n" % (
                path.encode(), host.encode(), length, expect))
            s.settimeout(5)
            assert s.recv(4096).split()[1] == want
    eventually("nothing is stored", lambda: blobs(tmp_path) == [])
