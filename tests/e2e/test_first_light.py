"""The user's story, line by line: first with the aws CLI, then with boto3."""
import base64
import json
import time

import pytest

from cloud import Machine, console, fetch
from plane import eventually, measure

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
SEES_VPCS = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}]})
SCRIPT = """#!/bin/bash
set -e
echo "hello from user data as $(id -un) in $(pwd)"
curl -s http://169.254.169.254/latest/meta-data/instance-id >/root/instance-id
"""


@pytest.fixture
def swept(plane):
    """CLI tests make their own; this is how it goes."""
    made = []
    yield made
    for command in reversed(made):
        eventually(" ".join(command), lambda: plane.aws(*command, check=False).returncode == 0,
                   30, 0.2)


def test_every_line_of_the_story_with_the_cli(plane, swept, tmp_path):
    aws = plane.aws
    vpc = aws("ec2", "create-vpc", "--cidr-block", "10.20.0.0/16")["Vpc"]
    swept.append(("ec2", "delete-vpc", "--vpc-id", vpc["VpcId"]))
    assert vpc["CidrBlock"] == "10.20.0.0/16" and vpc["State"] == "pending"
    aws("ec2", "wait", "vpc-available", "--vpc-ids", vpc["VpcId"])
    subnet = aws("ec2", "create-subnet", "--vpc-id", vpc["VpcId"], "--cidr-block",
                 "10.20.1.0/24")["Subnet"]["SubnetId"]
    swept.append(("ec2", "delete-subnet", "--subnet-id", subnet))
    gateway = aws("ec2", "create-internet-gateway")["InternetGateway"]["InternetGatewayId"]
    swept.append(("ec2", "delete-internet-gateway", "--internet-gateway-id", gateway))
    aws("ec2", "attach-internet-gateway", "--internet-gateway-id", gateway, "--vpc-id",
        vpc["VpcId"])
    swept.append(("ec2", "detach-internet-gateway", "--internet-gateway-id", gateway, "--vpc-id",
                  vpc["VpcId"]))
    table = aws("ec2", "describe-route-tables", "--filters",
                f"Name=vpc-id,Values={vpc['VpcId']}")["RouteTables"][0]["RouteTableId"]
    aws("ec2", "create-route", "--route-table-id", table, "--destination-cidr-block", "0.0.0.0/0",
        "--gateway-id", gateway)
    group = aws("ec2", "create-security-group", "--group-name", "web", "--description", "web",
                "--vpc-id", vpc["VpcId"])["GroupId"]
    swept.append(("ec2", "delete-security-group", "--group-id", group))
    aws("ec2", "authorize-security-group-ingress", "--group-id", group, "--protocol", "tcp",
        "--port", "80", "--cidr", "0.0.0.0/0")
    key = aws("ec2", "create-key-pair", "--key-name", "story")
    swept.append(("ec2", "delete-key-pair", "--key-name", "story"))
    assert key["KeyMaterial"].startswith("-----BEGIN ")
    aws("iam", "create-role", "--role-name", "story-role", "--assume-role-policy-document", TRUST)
    swept.append(("iam", "delete-role", "--role-name", "story-role"))
    aws("iam", "put-role-policy", "--role-name", "story-role", "--policy-name", "see",
        "--policy-document", SEES_VPCS)
    swept.append(("iam", "delete-role-policy", "--role-name", "story-role", "--policy-name", "see"))
    aws("iam", "create-instance-profile", "--instance-profile-name", "story")
    swept.append(("iam", "delete-instance-profile", "--instance-profile-name", "story"))
    aws("iam", "add-role-to-instance-profile", "--instance-profile-name", "story", "--role-name",
        "story-role")
    swept.append(("iam", "remove-role-from-instance-profile", "--instance-profile-name", "story",
                  "--role-name", "story-role"))
    image = aws("ec2", "describe-images", "--filters", "Name=name,Values=debian-12-amd64-*",
                "--query", "Images[0].ImageId")
    (tmp_path / "user-data").write_text(SCRIPT)
    found = aws("ec2", "run-instances", "--image-id", image, "--instance-type", "t3.micro",
                "--subnet-id", subnet, "--security-group-ids", group, "--key-name", "story",
                "--iam-instance-profile", "Name=story", "--associate-public-ip-address",
                "--user-data", f"file://{tmp_path}/user-data", "--tag-specifications",
                "ResourceType=instance,Tags=[{Key=Name,Value=story}]")["Instances"][0]
    id = found["InstanceId"]
    swept.append(("ec2", "wait", "instance-terminated", "--instance-ids", id))
    swept.append(("ec2", "terminate-instances", "--instance-ids", id))
    assert found["State"] == {"Code": 0, "Name": "pending"}
    aws("ec2", "wait", "instance-running", "--instance-ids", id)
    seen = aws("ec2", "describe-instances", "--instance-ids", id)["Reservations"][0]["Instances"][0]
    assert seen["KeyName"] == "story" and seen["VpcId"] == vpc["VpcId"]
    assert seen["IamInstanceProfile"]["Arn"].endswith(":instance-profile/story")
    assert [g["GroupId"] for g in seen["SecurityGroups"]] == [group]
    # Beside those of the platform: which port of 127.0.0.1 leads to its port 80.
    assert [t for t in seen["Tags"] if not t["Key"].startswith("aws:")] == [
        {"Key": "Name", "Value": "story"}]

    class Here:  # a Cloud as far as Machine looks
        ec2 = plane.client("ec2")
    Here.plane = plane
    m = Machine(Here, id)
    m.finishes_boot()
    assert seen["PrivateIpAddress"] in m.sh("ip -o -4 addr show dev eth0")
    assert m.sh("cat /root/instance-id") == id
    assert m.imds("/latest/meta-data/public-keys/0/openssh-key")[1].startswith("ssh-rsa ")
    assert "hello from user data as root in /" in m.log()
    text = eventually("the console has it", lambda: aws(
        "ec2", "get-console-output", "--instance-id", id, "--output", "json").get("Output"), 10)
    assert "hello from user data as root in /" in text
    m.serve("story")
    assert eventually("the host reaches it",
                      lambda: fetch(f"http://{seen['PublicIpAddress']}/") == "story", 5)
    who = m.python("import boto3, json; print(json.dumps("
                   "boto3.client('sts').get_caller_identity()['Arn']))")
    assert who == f"arn:aws:sts::000000000000:assumed-role/story-role/{id}"


def test_user_data_that_was_encoded_by_the_user_runs_too(cloud, tmp_path):
    """As the specification's examples write it: the CLI encodes it a second time."""
    found = cloud.plane.aws(
        "ec2", "run-instances", "--image-id", cloud.debian, "--instance-type", "t3.micro",
        "--subnet-id", cloud.subnet, "--user-data", base64.b64encode(SCRIPT.encode()).decode())
    m = Machine(cloud, found["Instances"][0]["InstanceId"])
    m.becomes("running")
    m.finishes_boot()
    assert "hello from user data" in m.log()


def test_instance_runs_within_a_second_or_so(cloud):
    cloud.launch()  # the image is here now
    times, boots = [], []
    for i in range(3):
        begin = time.monotonic()
        m = cloud.launch(f"#!/bin/sh\ntouch /root/ran-{i}\n", wait=None)
        m.becomes("running")
        times.append(time.monotonic() - begin)
        eventually("user data ran", lambda: m.try_sh(f"test -e /root/ran-{i}").returncode == 0,
                   20, 0.01)
        boots.append(time.monotonic() - begin)
    measure("run-instances to running, median of 3", sorted(times)[1])
    measure("run-instances to user data done, median of 3", sorted(boots)[1])
    assert max(boots) < 10


def test_user_data_runs_once_as_root_and_its_output_is_kept(cloud):
    m = cloud.launch("#!/bin/bash\necho out; echo err >&2; echo x >>/root/count; "
                     "echo region=$AWS_REGION shell=$BASH_VERSION; exit 3\n")
    log = m.log()
    assert "out" in log and "err" in log and "region=us-east-1" in log and "shell=5" in log
    assert "out" in eventually("console", lambda: console(cloud.plane, m.id), 10)
    m.ec2.reboot_instances(InstanceIds=[m.id])
    eventually("it has rebooted", lambda: m.sh("cut -d. -f1 /proc/uptime") is not None
               and m.sh("ps -o etimes= -p 1").strip().isdigit()
               and int(m.sh("ps -o etimes= -p 1")) < 5, 30)
    m.becomes("running")
    assert m.sh("wc -l </root/count") == "1"


def test_user_data_reads_back_as_it_was_given(cloud):
    m = cloud.launch(SCRIPT)
    assert m.imds("/latest/user-data") == (200, SCRIPT)
    r = m.ec2.describe_instance_attribute(InstanceId=m.id, Attribute="userData")
    assert base64.b64decode(r["UserData"]["Value"]).decode() == SCRIPT


def test_environment_is_what_the_specification_says(cloud):
    m = cloud.launch()
    env = dict(line.split("=", 1) for line in m.sh("env").splitlines() if "=" in line)
    assert env["AWS_REGION"] == env["AWS_DEFAULT_REGION"] == "us-east-1"
    assert env["AWS_EC2_METADATA_SERVICE_ENDPOINT"].startswith("http://169.254.169.254")
    # By the name of the control plane, from inside, without any setting.
    who = m.python("import boto3, json; print(json.dumps("
                   "boto3.client('sts').get_caller_identity()['Arn']))")
    assert who == "arn:aws:iam::000000000000:root"


def test_yum_and_httpd_of_the_specification(cloud):
    """Its first user data, word for word, on (a stand-in for) Amazon Linux."""
    script = """#!/bin/bash
yum install -y httpd
echo "Hello from Simfra" > /var/www/html/index.html
systemctl start httpd
"""
    m = cloud.launch(script, ImageId=cloud.image("al2023-ami-*"), wait=None)
    seen = m.becomes("running", 60)
    assert "Amazon Linux" in m.sh(". /etc/os-release; echo $NAME")
    m.finishes_boot(180)
    assert fetch(f"http://{seen['PublicIpAddress']}/") == "Hello from Simfra", m.log()
    assert m.sh("systemctl is-active httpd") == "active"


def test_web_server_of_the_specification_on_debian(cloud):
    """nginx by apt and systemctl in user data; a second instance fetches the page."""
    script = """#!/bin/bash
apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q nginx-light
echo "Hello from nginx" > /var/www/html/index.html
systemctl enable nginx
systemctl start nginx
"""
    m = cloud.launch(script, wait=None)
    m.becomes("running")
    m.finishes_boot(180)
    seen = m.see()
    assert m.sh("systemctl is-active nginx") == "active", m.log()
    other = cloud.launch()
    for host in (seen["PrivateIpAddress"], seen["PrivateDnsName"], seen["PublicIpAddress"]):
        assert other.sh(f"curl -s -m 5 http://{host}/") == "Hello from nginx"
    assert fetch(f"http://{seen['PublicIpAddress']}/") == "Hello from nginx"
    # Enabled units come back with the machine.
    m.ec2.stop_instances(InstanceIds=[m.id])
    m.becomes("stopped")
    m.ec2.start_instances(InstanceIds=[m.id])
    public = m.becomes("running")["PublicIpAddress"]
    eventually("nginx is back", lambda: fetch(f"http://{public}/") == "Hello from nginx", 20)
