"""S3 for everybody: ACLs, websites, uploads by forms, access points."""
import json
import socket
import urllib.parse
import uuid

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from plane import ROOT_KEY
from test_s3 import bare, client, s3  # noqa: F401 (fixtures)
from test_s3_http import ask

READ = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"],
    "Resource": ["arn:aws:s3:::here", "arn:aws:s3:::here/*"]}]})


@pytest.fixture
def nobody(bare):  # noqa: F811
    return bare.session(ROOT_KEY).client("s3", endpoint_url=bare.url, config=Config(signature_version=UNSIGNED))


def refused(call, **params):
    with pytest.raises(ClientError) as e:
        call(**params)
    return e.value.response["Error"]["Code"]


def form(fields, data, name="a.txt"):
    """A multipart body, as a browser makes it."""
    edge = uuid.uuid4().hex
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                 "Content-Type: text/plain\r\n\r\n")
    return ({"Content-Type": f"multipart/form-data; boundary={edge}"},
            "".join(parts).encode() + data + f"\r\n--{edge}--\r\n".encode())


def test_acls_let_everybody_in(s3, nobody):
    assert refused(s3.put_bucket_acl, Bucket="here", ACL="public-read") == "AccessControlListNotSupported"
    s3.put_bucket_ownership_controls(Bucket="here", OwnershipControls={
        "Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]})
    assert refused(s3.put_object, Bucket="here", Key="k", Body=b"x", ACL="public-read") == "AccessDenied"
    s3.delete_public_access_block(Bucket="here")
    s3.put_object(Bucket="here", Key="k", Body=b"x", ACL="public-read")
    s3.put_object(Bucket="here", Key="own", Body=b"x")
    acl = s3.get_object_acl(Bucket="here", Key="k")
    assert [(g["Permission"], g["Grantee"]["Type"]) for g in acl["Grants"]] == [
        ("FULL_CONTROL", "CanonicalUser"), ("READ", "Group")]
    assert nobody.get_object(Bucket="here", Key="k")["Body"].read() == b"x"
    assert refused(nobody.get_object, Bucket="here", Key="own") == "AccessDenied"
    # What was got can be put again.
    s3.put_object_acl(Bucket="here", Key="own", AccessControlPolicy={
        "Owner": acl["Owner"], "Grants": acl["Grants"]})
    assert nobody.get_object(Bucket="here", Key="own")["Body"].read() == b"x"
    s3.put_bucket_acl(Bucket="here", GrantRead='uri="http://acs.amazonaws.com/groups/global/AllUsers"',
                      GrantFullControl=f'id="{acl["Owner"]["ID"]}"')
    assert nobody.list_objects_v2(Bucket="here")["KeyCount"] == 2


def test_a_bucket_is_a_website(bare, s3):
    s3.delete_public_access_block(Bucket="here")
    s3.put_bucket_policy(Bucket="here", Policy=READ)
    site = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"},
            "RoutingRules": [{"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}}]}
    s3.put_bucket_website(Bucket="here", WebsiteConfiguration=site)
    said = s3.get_bucket_website(Bucket="here")
    assert {k: said[k] for k in site} == site
    for key, text in {"index.html": b"home", "new/index.html": b"new", "error.html": b"sorry"}.items():
        s3.put_object(Bucket="here", Key=key, Body=text, ContentType="text/html")
    host = {"Host": f"here.s3-website.localhost:{urllib.parse.urlparse(bare.url).port}"}
    reply, text = ask(bare, "GET", "/", host)
    assert (reply.status, text, reply.headers["Content-Type"]) == (200, b"home", "text/html")
    reply, text = ask(bare, "GET", "/nothing", host)
    assert (reply.status, text) == (404, b"sorry")
    reply, _ = ask(bare, "GET", "/new", host)
    assert (reply.status, reply.headers["Location"]) == (302, "/new/")
    reply, _ = ask(bare, "GET", "/old/a?b", host)
    assert (reply.status, reply.headers["Location"]) == (301, f"http://{host['Host']}/new/a")
    reply, text = ask(bare, "HEAD", "/nothing", host)
    assert (reply.status, text) == (404, b"")
    s3.delete_bucket_website(Bucket="here")
    reply, text = ask(bare, "GET", "/", host)
    assert reply.status == 404 and b"<li>Code: NoSuchWebsiteConfiguration</li>" in text


def test_a_form_uploads(bare, s3):
    post = s3.generate_presigned_post("here", "user/${filename}", Fields={"success_action_status": "201"}, Conditions=[
        {"success_action_status": "201"}, ["content-length-range", 10, 3 << 20]])
    data = bytes(range(256)) * 8000
    headers, body = form(post["fields"], data, "my cat.jpg")
    reply, text = ask(bare, "POST", "/here", headers, body)
    assert reply.status == 201 and b"<Key>user/my cat.jpg</Key>" in text
    assert s3.get_object(Bucket="here", Key="user/my cat.jpg")["Body"].read() == data
    for wrong, status, code in (({"key": "other"}, 403, b"Policy Condition failed"),
                                ({"acl": "public-read"}, 403, b"Extra input fields: acl"),
                                ({"x-amz-signature": "0" * 64}, 403, b"<Code>SignatureDoesNotMatch</Code>")):
        headers, body = form({**post["fields"], **wrong}, b"0123456789")
        reply, text = ask(bare, "POST", "/here", headers, body)
        assert reply.status == status and code in text, text
    for size, code in ((9, b"EntityTooSmall"), ((3 << 20) + 1, b"EntityTooLarge")):
        headers, body = form(post["fields"], b"x" * size)
        reply, text = ask(bare, "POST", "/here", headers, body)
        assert reply.status == 400 and code in text, text
    assert s3.list_objects_v2(Bucket="here")["KeyCount"] == 1


def test_an_access_point_is_a_name_of_its_bucket(bare, s3, nobody, monkeypatch):
    resolve = socket.getaddrinfo
    # As RFC 6761 has it; not every resolver does.
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **kw: resolve(
        "127.0.0.1" if str(host).endswith(".localhost") else host, *more, **kw))
    port = urllib.parse.urlparse(bare.url).port
    control = bare.session(ROOT_KEY).client("s3control", endpoint_url=f"http://s3-control.localhost:{port}")
    account = bare.client("sts").get_caller_identity()["Account"]
    s3.put_object(Bucket="here", Key="k", Body=b"x")
    made = control.create_access_point(AccountId=account, Name="door", Bucket="here")
    assert s3.get_object(Bucket=made["Alias"], Key="k")["Body"].read() == b"x"
    assert [p["Name"] for p in control.list_access_points(AccountId=account)["AccessPointList"]] == ["door"]
    control.delete_access_point(AccountId=account, Name="door")
    assert refused(s3.get_object, Bucket=made["Alias"], Key="k") == "NoSuchBucket"
    s3.delete_public_access_block(Bucket="here")
    s3.put_bucket_policy(Bucket="here", Policy=READ)
    assert nobody.get_object(Bucket="here", Key="k")["Body"].read() == b"x"
    control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert refused(nobody.get_object, Bucket="here", Key="k") == "AccessDenied"
    assert control.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"]
    control.delete_public_access_block(AccountId=account)
