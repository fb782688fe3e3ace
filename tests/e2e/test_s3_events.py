"""S3: what happens in a bucket is told, by the record of the admin door as long as there are no targets."""
import json
import urllib.request

from plane import eventually
from test_s3 import bare, client, s3  # noqa: F401 (fixtures)

QUEUE = "arn:aws:sqs:us-east-1:000000000000:jobs"


def events(plane, bucket="here"):
    with urllib.request.urlopen(f"{plane.url}/_simfra/s3/events?bucket={bucket}", timeout=20) as reply:
        return json.load(reply)["events"]


def test_uploads_and_removals_are_told(bare, s3):
    s3.put_bucket_notification_configuration(Bucket="here", NotificationConfiguration={
        "QueueConfigurations": [{"Id": "jpgs", "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
                                 "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".jpg"}]}}}],
        "EventBridgeConfiguration": {}})
    said = s3.get_bucket_notification_configuration(Bucket="here")
    assert said["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"] == [{"Name": "Suffix", "Value": ".jpg"}]
    assert said["EventBridgeConfiguration"] == {}
    etag = s3.put_object(Bucket="here", Key="my cat.jpg", Body=b"meow")["ETag"].strip('"')
    s3.put_object(Bucket="here", Key="a.txt", Body=b"no picture")
    s3.delete_objects(Bucket="here", Delete={"Objects": [{"Key": "my cat.jpg"}, {"Key": "a.txt"}]})
    all_ = events(bare)
    queue = [e["message"] for e in all_ if e["target"] == QUEUE]
    assert queue[0]["Event"] == "s3:TestEvent"
    records = [m["Records"][0] for m in queue[1:]]
    assert [r["eventName"] for r in records] == ["ObjectCreated:Put", "ObjectRemoved:Delete"]
    made = records[0]["s3"]["object"]
    assert (made["key"], made["size"], made["eTag"]) == ("my+cat.jpg", 4, etag)
    assert made["sequencer"] < records[1]["s3"]["object"]["sequencer"]
    bus = [e["message"]["detail-type"] for e in all_ if ":event-bus/" in e["target"]]
    assert sorted(bus) == ["Object Created"] * 2 + ["Object Deleted"] * 2
    s3.put_bucket_notification_configuration(Bucket="here", NotificationConfiguration={})
    s3.put_object(Bucket="here", Key="b.jpg", Body=b"")
    assert len(events(bare)) == len(all_)


def test_versions_are_replicated(bare, s3):
    iam = bare.client("iam")
    iam.create_role(RoleName="copier", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}}))
    iam.put_role_policy(RoleName="copier", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", "Action": [
            "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging", "s3:Replicate*"]}}))
    s3.create_bucket(Bucket="there")
    for name in "here", "there":
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_replication(Bucket="here", ReplicationConfiguration={
        "Role": "arn:aws:iam::000000000000:role/copier", "Rules": [{
            "ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {}, "DeleteMarkerReplication": {"Status": "Enabled"},
            "Destination": {"Bucket": "arn:aws:s3:::there"}}]})
    version = s3.put_object(Bucket="here", Key="k", Body=b"x" * 100000)["VersionId"]
    eventually("the version is replicated",
               lambda: s3.head_object(Bucket="here", Key="k")["ReplicationStatus"] == "COMPLETED")
    reply = s3.get_object(Bucket="there", Key="k")
    assert (reply["VersionId"], reply["ReplicationStatus"], reply["Body"].read()) == (version, "REPLICA", b"x" * 100000)
    s3.delete_object(Bucket="here", Key="k")
    eventually("the marker is replicated", lambda: "DeleteMarkers" in s3.list_object_versions(Bucket="there"))


def test_requests_are_logged(bare, s3):
    s3.create_bucket(Bucket="logs")
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/*"}}))
    s3.put_bucket_logging(Bucket="here", BucketLoggingStatus={
        "LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "web/"}})
    s3.put_object(Bucket="here", Key="a b.txt", Body=b"hello")
    s3.get_object(Bucket="here", Key="a b.txt")["Body"].read()

    def lines():
        keys = [o["Key"] for o in s3.list_objects_v2(Bucket="logs", Prefix="web/").get("Contents", [])]
        text = "".join(s3.get_object(Bucket="logs", Key=k)["Body"].read().decode() for k in keys)
        return "REST.GET.OBJECT" in text and text

    text = eventually("lines are in the target", lines)
    put, get = (next(line for line in text.splitlines() if f"REST.{verb}.OBJECT" in line) for verb in ("PUT", "GET"))
    assert ' a%20b.txt "PUT /here/a%20b.txt HTTP/1.1" 200 - - 5 ' in put
    assert ' a%20b.txt "GET /here/a%20b.txt HTTP/1.1" 200 - 5 5 ' in get
    assert " SigV4 - AuthHeader " in get and "Botocore" in get
