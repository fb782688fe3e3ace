"""S3 as browsers and plain HTTP clients meet it: other origins, buckets in host names, errors."""
import http.client
import os
import re
import signal
import socket
import threading
import urllib.parse

import botocore.exceptions
from botocore.config import Config

from plane import ROOT_KEY, eventually
from test_s3 import V4, bare, blobs, client, s3  # noqa: F401 (fixtures)

PAGE = "https://app.example.com"
RULES = {"CORSRules": [{
    "AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"],
    "AllowedHeaders": ["content-type", "x-amz-*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}]}


def ask(plane, method, path, headers=None, body=None):
    address = urllib.parse.urlparse(plane.url)
    conn = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
    conn.request(method, path, body=body, headers=headers or {})
    reply = conn.getresponse()
    text = reply.read()
    conn.close()
    return reply, text


def test_a_page_of_another_origin_uploads_and_reads(bare, s3):
    s3.put_bucket_cors(Bucket="here", CORSConfiguration=RULES)
    url = urllib.parse.urlparse(s3.generate_presigned_url("put_object", Params={
        "Bucket": "here", "Key": "a.txt", "ContentType": "text/plain"}))
    target = f"{url.path}?{url.query}"
    asks = {"Origin": PAGE, "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "Content-Type"}
    reply, _ = ask(bare, "OPTIONS", target, asks)
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"],
            reply.headers["Access-Control-Allow-Methods"],
            reply.headers["Access-Control-Allow-Headers"],
            reply.headers["Access-Control-Max-Age"]) == (200, PAGE, "GET, PUT", "content-type", "60")
    reply, _ = ask(bare, "PUT", target, {"Origin": PAGE, "Content-Type": "text/plain"}, b"hello")
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"],
            reply.headers["Access-Control-Expose-Headers"]) == (200, PAGE, "ETag")
    url = urllib.parse.urlparse(s3.generate_presigned_url("get_object", Params={"Bucket": "here", "Key": "a.txt"}))
    reply, text = ask(bare, "GET", f"{url.path}?{url.query}", {"Origin": PAGE})
    assert (text, reply.headers["Access-Control-Allow-Credentials"]) == (b"hello", "true")
    reply, text = ask(bare, "OPTIONS", "/here/a.txt", {**asks, "Origin": "https://evil.test"})
    assert reply.status == 403 and b"<Code>AccessForbidden</Code>" in text
    assert "Access-Control-Allow-Origin" not in reply.headers
    s3.delete_bucket_cors(Bucket="here")
    reply, text = ask(bare, "OPTIONS", "/here/a.txt", asks)
    assert reply.status == 403 and b"CORS is not enabled for this bucket." in text


def test_buckets_in_host_names(bare, s3, monkeypatch):
    resolve = socket.getaddrinfo
    # As RFC 6761 has it; not every resolver does.
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **kw: resolve(
        "127.0.0.1" if str(host).endswith(".localhost") else host, *more, **kw))
    port = urllib.parse.urlparse(bare.url).port
    virtual = bare.session(ROOT_KEY).client(
        "s3", endpoint_url=f"http://s3.localhost:{port}",
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
    seen = []
    virtual.meta.events.register("before-send.s3", lambda request, **_: seen.append(request.url))
    virtual.put_object(Bucket="here", Key="x//../y z", Body=b"1")
    assert virtual.get_object(Bucket="here", Key="x//../y z")["Body"].read() == b"1"
    assert seen and all(url.startswith(f"http://here.s3.localhost:{port}/") for url in seen)
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="here")["Contents"]] == ["x//../y z"]


def test_errors_say_what_they_are_about(bare, s3):
    s3.delete_public_access_block(Bucket="here")
    s3.put_bucket_policy(Bucket="here", Policy=(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": '
        '["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::here", "arn:aws:s3:::here/*"]}]}'))
    reply, text = ask(bare, "GET", "/here/no%20key")
    assert reply.status == 404 and reply.headers["x-amz-request-id"] and reply.headers["x-amz-id-2"]
    assert re.search(rb"<Error><Code>NoSuchKey</Code>.*<Key>no key</Key>", text)
    reply, text = ask(bare, "GET", "/none-such/k")
    assert reply.status == 404 and b"<BucketName>none-such</BucketName>" in text
    reply, text = ask(bare, "HEAD", "/here/none")
    assert reply.status == 404 and text == b""


def test_a_kill_among_writes_loses_nothing_that_was_said(bare, s3, tmp_path):
    said, tried = {}, {}

    def write(worker):
        c = bare.session(ROOT_KEY).client("s3", endpoint_url=bare.url, config=V4.merge(
            Config(retries={"max_attempts": 0})))
        for i in range(50):
            key, body = f"{worker}/{i}", os.urandom(1000 + 300 * i)
            tried[key] = body
            try:
                c.put_object(Bucket="here", Key=key, Body=body)
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
                return
            said[key] = body
            if len(said) == 60:
                os.kill(bare.process.pid, signal.SIGKILL)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    bare.process.wait()
    assert 60 <= len(said) < 200
    bare.start()
    c = client(bare)
    there = {o["Key"] for page in c.get_paginator("list_objects_v2").paginate(Bucket="here")
             for o in page.get("Contents", [])}
    assert set(said) <= there <= set(tried)
    for key in there:
        assert c.get_object(Bucket="here", Key=key)["Body"].read() == tried[key]
    eventually("what nothing refers to is swept", lambda: len(blobs(tmp_path)) == len(there))
