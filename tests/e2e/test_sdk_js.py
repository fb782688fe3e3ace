"""AWS's SDK for JavaScript: a client of each protocol understands what it is told."""
import json
import os

import pytest

from plane import ROOT, ROOT_KEY, run

SDK = os.path.join(ROOT, "build/sdk-js")
NODE = os.path.join(ROOT, "build/venv/bin/node")


@pytest.fixture(scope="module")
def told(plane):
    assert os.path.isdir(os.path.join(SDK, "node_modules")), "make deps installs the SDK"
    env = {"PATH": os.environ["PATH"], "HOME": plane.folder, "AWS_REGION": "us-east-1",
           "AWS_ENDPOINT_URL": plane.url, "AWS_ACCESS_KEY_ID": ROOT_KEY[0],
           "AWS_SECRET_ACCESS_KEY": ROOT_KEY[1]}
    script = os.path.join(SDK, "run.mjs")
    with open(os.path.join(ROOT, "tests/e2e/sdk-js/run.mjs")) as f, open(script, "w") as to:
        to.write(f.read())
    return json.loads(run(NODE, script, env=env, timeout=120).stdout)


def test_ec2_lives_through_the_sdk(told):
    assert told["ec2"]["Vpc"]["CidrBlock"] == "10.7.0.0/16"
    tags = {t["Key"]: t["Value"] for t in told["ec2 pages"][0]}
    assert tags == {"a&b": "<ü>", "c": ""}
    assert len(told["ec2 pages"]) == 1
    assert told["ec2 refused"]["error"] == "InvalidVpcID.NotFound"
    assert told["ec2 refused"]["status"] == 400 and told["ec2 refused"]["hasId"]
    assert told["ec2 delete"] == {}


def test_query_lives_through_the_sdk(told):
    assert told["query"]["AutoScalingGroups"] == []
    assert told["query refused"]["error"] == "ValidationError"
    assert told["query refused"]["status"] == 400


def test_cbor_lives_through_the_sdk(told):
    assert told["cbor put"] == {}
    assert [m["MetricName"] for m in told["cbor metrics"]["Metrics"]] == ["m"]
    (point,) = told["cbor statistics"]["Datapoints"]
    assert point["Sum"] == 1.5 and point["Unit"] == "None"
    assert point["Timestamp"].endswith(":00.000Z")
    assert (told["cbor refused"]["error"], told["cbor refused"]["status"]) == ("ResourceNotFound", 404)


@pytest.mark.parametrize("protocol, operation", [
    ("json", "GetParameter of ssm"), ("json, query-compatible", "ListQueues of sqs"),
    ("rest-json", "ListFunctions of lambda"), ("cbor", "ListDashboards of cloudwatch")])
def test_what_is_not_implemented_is_said_by_name(told, protocol, operation):
    """Until a service has the operation; then it belongs to that service's tests."""
    answer = told[protocol]
    assert answer["error"] == "NotImplemented", answer
    assert answer["status"] == 501 and answer["hasId"]
    assert answer["message"] == f"The operation {operation} is not implemented."


@pytest.mark.parametrize("protocol", ["rest-xml", "rest-xml, chunked"])
def test_errors_of_s3_are_read(told, protocol):
    answer = told[protocol]
    assert (answer["error"], answer["status"]) == ("NoSuchBucket", 404), answer
