"""Instance metadata, as a machine sees it: versions 1 and 2, options, the tree, credentials."""
import datetime
import json
import time

import pytest

from plane import ROOT_KEY, eventually

PATHS = ("instance-id", "ami-id", "instance-type", "placement/availability-zone", "local-ipv4",
         "public-ipv4")


@pytest.fixture(scope="module")
def machine(cloud, role):
    """One for the tests that only look."""
    return cloud.launch(IamInstanceProfile={"Name": role}, TagSpecifications=[{
        "ResourceType": "instance",
        "Tags": [{"Key": "Name", "Value": "looked-at"}, {"Key": "Stage", "Value": "te st"}]}])


def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})


def make_profile(plane, name, service="ec2.amazonaws.com"):
    iam = plane.client("iam")
    iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument=trust(service))
    iam.put_role_policy(RoleName=f"{name}-role", PolicyName="some", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["ec2:Describe*", "ec2:CreateVpc"], "Resource": "*"},
            {"Effect": "Deny", "Action": "ec2:DescribeSubnets", "Resource": "*"}]}))
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=f"{name}-role")
    return name


def drop_profile(plane, name):
    iam = plane.client("iam")
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=f"{name}-role")
    iam.delete_instance_profile(InstanceProfileName=name)
    iam.delete_role_policy(RoleName=f"{name}-role", PolicyName="some")
    iam.delete_role(RoleName=f"{name}-role")


@pytest.fixture(scope="module")
def role(plane):
    yield make_profile(plane, "metadata")
    drop_profile(plane, "metadata")


@pytest.fixture(scope="module")
def foreign_role(plane):
    """EC2 may not assume it."""
    yield make_profile(plane, "foreign", "lambda.amazonaws.com")
    drop_profile(plane, "foreign")


def test_the_seven_paths(machine, role):
    seen = machine.see()
    want = [seen["InstanceId"], seen["ImageId"], seen["InstanceType"],
            seen["Placement"]["AvailabilityZone"], seen["PrivateIpAddress"],
            seen["PublicIpAddress"]]
    for path, value in zip(PATHS, want):
        assert machine.imds(f"/latest/meta-data/{path}") == (200, value), path
    assert machine.imds("/latest/meta-data/iam/security-credentials/") == (200, f"{role}-role")
    status, text = machine.imds(f"/latest/meta-data/iam/security-credentials/{role}-role")
    c = json.loads(text)
    assert status == 200 and c["Code"] == "Success" and c["Type"] == "AWS-HMAC"
    assert c["AccessKeyId"].startswith("ASIA")
    expires = datetime.datetime.strptime(c["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    left = (expires - datetime.datetime.utcnow()).total_seconds()
    assert 3600 < left <= 6 * 3600


def test_every_listed_path_of_the_tree_answers(machine):
    """A walk: what a listing names is there, and a folder's name ends in a slash."""
    walker = """
import json, urllib.request
def get(path):
    return urllib.request.urlopen('http://169.254.169.254' + path, timeout=5).read().decode()
found = {}
def walk(path):
    for name in get(path).splitlines():
        # keys are listed with their names: 0=story
        name = name.split('=')[0] + '/' if '=' in name else name
        if name.endswith('/'):
            walk(path + name)
        else:
            found[path + name] = get(path + name)
walk('/latest/meta-data/')
walk('/latest/dynamic/')
print(json.dumps(found))
"""
    found = machine.python(walker)
    seen = machine.see()
    meta = "/latest/meta-data/"
    mac = seen["NetworkInterfaces"][0]["MacAddress"]
    for path, value in {
            "hostname": seen["PrivateDnsName"], "local-hostname": seen["PrivateDnsName"],
            "public-hostname": seen["PublicDnsName"], "mac": mac, "ami-launch-index": "0",
            "placement/region": "us-east-1", "services/domain": "amazonaws.com",
            "services/partition": "aws", "security-groups": "default",
            "instance-life-cycle": "on-demand", "instance-action": "none",
            "reservation-id": None, "placement/availability-zone-id": None,
            "block-device-mapping/root": None, "iam/info": None,
            f"network/interfaces/macs/{mac}/subnet-id": seen["SubnetId"],
            f"network/interfaces/macs/{mac}/vpc-id": seen["VpcId"],
            f"network/interfaces/macs/{mac}/vpc-ipv4-cidr-block": "10.0.0.0/16",
            f"network/interfaces/macs/{mac}/subnet-ipv4-cidr-block": "10.0.1.0/24",
            f"network/interfaces/macs/{mac}/local-ipv4s": seen["PrivateIpAddress"],
            f"network/interfaces/macs/{mac}/public-ipv4s": seen["PublicIpAddress"]}.items():
        assert meta + path in found, f"{path} is not in {sorted(found)}"
        assert value is None or found[meta + path] == value, path
    assert json.loads(found[meta + "iam/info"])["InstanceProfileArn"].endswith("/metadata")
    assert len(found) >= 30


def test_identity_document(machine):
    status, text = machine.imds("/latest/dynamic/instance-identity/document")
    d, seen = json.loads(text), machine.see()
    assert status == 200
    assert (d["instanceId"], d["privateIp"], d["imageId"], d["instanceType"]) == (
        machine.id, seen["PrivateIpAddress"], seen["ImageId"], seen["InstanceType"])
    assert (d["accountId"], d["region"]) == ("000000000000", "us-east-1")
    assert d["availabilityZone"] == seen["Placement"]["AvailabilityZone"]
    assert d["version"] == "2017-09-30"


def test_versions_and_what_is_not_there(machine):
    versions = machine.imds("/")[1].splitlines()
    assert "latest" in versions and "2021-07-15" in versions
    assert machine.imds("/2021-07-15/meta-data/instance-id") == (200, machine.id)
    assert machine.imds("/latest/meta-data/nothing")[0] == 404
    assert machine.imds("/latest/meta-data/tags/instance/Name")[0] == 404
    assert machine.imds("/latest/user-data")[0] == 404
    assert machine.imds("/../../etc/passwd")[0] in (400, 404)


def test_version_2_tokens(machine):
    token = machine.token(60)
    assert machine.imds("/latest/meta-data/instance-id", token) == (200, machine.id)
    ttl = "X-aws-ec2-metadata-token-ttl-seconds"
    out = machine.sh(f"curl -s -D - -o /dev/null -X PUT -H '{ttl}: 60' "
                     "http://169.254.169.254/latest/api/token")
    assert f"{ttl.lower()}: 60" in out.lower()
    for bad in ("0", "21601", "-1", "x", ""):
        assert machine.imds("/latest/api/token", f"{ttl}: {bad}", method="PUT")[0] == 400, bad
    assert machine.imds("/latest/api/token", method="PUT")[0] == 400
    # The mark of a proxy: a token is not for those behind it.
    assert machine.imds("/latest/api/token", f"{ttl}: 60", "X-Forwarded-For: 1.2.3.4",
                        method="PUT")[0] == 403
    assert machine.imds("/latest/meta-data/instance-id", "X-aws-ec2-metadata-token: AAAA")[0] == 401


def test_token_ends_with_its_time(machine):
    token = machine.token(3)
    assert machine.imds("/latest/meta-data/instance-id", token)[0] == 200
    begin = time.monotonic()
    eventually("the token has ended",
               lambda: machine.imds("/latest/meta-data/instance-id", token)[0] == 401, 8, 0.1)
    assert time.monotonic() - begin < 6


def test_token_of_another_machine_is_no_token(cloud, machine):
    other = cloud.launch(MetadataOptions={"HttpTokens": "required"})
    assert machine.imds("/latest/meta-data/instance-id", other.token())[0] == 401
    assert other.imds("/latest/meta-data/instance-id", other.token()) == (200, other.id)
    assert other.imds("/latest/meta-data/instance-id")[0] == 401


def test_options_reach_a_running_machine(cloud):
    """HttpTokens, HttpEndpoint, hop limit and tags, by the CLI."""
    m = cloud.launch(TagSpecifications=[{"ResourceType": "instance", "Tags": [
        {"Key": "Name", "Value": "tagged"}]}])

    def modify(*options):
        r = cloud.plane.aws("ec2", "modify-instance-metadata-options", "--instance-id", m.id,
                            *options)
        return r["InstanceMetadataOptions"]

    def has(status, path="/latest/meta-data/instance-id", *headers):
        begin = time.monotonic()
        eventually(f"{path} is {status}", lambda: m.imds(path, *headers)[0] == status, 5)
        assert time.monotonic() - begin < 3

    has(200)
    assert modify("--http-tokens", "required")["HttpTokens"] == "required"
    has(401)
    assert m.imds("/latest/meta-data/instance-id", m.token())[0] == 200
    token = m.token()
    modify("--http-endpoint", "disabled")
    has(403, "/latest/meta-data/instance-id", token)
    assert m.imds("/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60",
                  method="PUT")[0] == 403
    modify("--http-endpoint", "enabled", "--http-tokens", "optional",
           "--instance-metadata-tags", "enabled", "--http-put-response-hop-limit", "3")
    has(200, "/latest/meta-data/tags/instance/Name")
    assert m.imds("/latest/meta-data/tags/instance/Name")[1] == "tagged"
    m.ec2.create_tags(Resources=[m.id], Tags=[{"Key": "Later", "Value": "on"}])
    eventually("the new tag is there", lambda: sorted(m.imds(
        "/latest/meta-data/tags/instance/")[1].split()) == ["Later", "Name"], 5)
    options = m.see()["MetadataOptions"]
    assert options["HttpPutResponseHopLimit"] == 3 and options["State"] == "applied"
    p = cloud.plane.aws("ec2", "modify-instance-metadata-options", "--instance-id", m.id,
                        "--http-put-response-hop-limit", "65", check=False)
    assert p.returncode != 0 and "between 1 and 64" in p.stderr


def test_boto3_finds_the_role_with_no_configuration(machine, role):
    """Allowed and denied calls, and in whose name."""
    found = machine.python("""
import boto3, botocore, json, os
ec2 = boto3.client('ec2')
def refused(call):
    try:
        call()
    except botocore.exceptions.ClientError as e:
        return [e.response['Error']['Code'], e.response['Error']['Message'],
                e.response['ResponseMetadata']['HTTPStatusCode']]
print(json.dumps({
    'env': sorted(k for k in os.environ if k.startswith('AWS_')),
    'method': boto3.Session().get_credentials().method,
    'who': boto3.client('sts').get_caller_identity(),
    'vpcs': len(ec2.describe_vpcs()['Vpcs']),
    'explicit': refused(lambda: ec2.describe_subnets()),
    'implicit': refused(lambda: ec2.create_key_pair(KeyName='never')),
    'iam': refused(lambda: boto3.client('iam').list_users()),
    'dry': refused(lambda: ec2.create_vpc(CidrBlock='10.9.0.0/16', DryRun=True)),
}))
""")
    arn = f"arn:aws:sts::000000000000:assumed-role/{role}-role/{machine.id}"
    assert found["method"] == "iam-role"
    assert "AWS_ACCESS_KEY_ID" not in found["env"] and "AWS_SECRET_ACCESS_KEY" not in found["env"]
    assert found["who"]["Arn"] == arn and found["who"]["Account"] == "000000000000"
    assert found["who"]["UserId"].endswith(f":{machine.id}")
    assert found["vpcs"] >= 1
    code, message, status = found["explicit"]
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert arn in message and "ec2:DescribeSubnets" in message and "explicit deny" in message
    code, message, status = found["implicit"]
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert arn in message and "ec2:CreateKeyPair" in message
    assert "no identity-based policy allows" in message
    code, message, status = found["iam"]
    assert (code, status) == ("AccessDenied", 403)
    assert f"User: {arn} is not authorized to perform: iam:ListUsers" in message
    assert found["dry"][0] == "DryRunOperation"


def test_credentials_of_a_machine_work_outside_only_with_their_token(machine, role, plane):
    text = machine.imds(f"/latest/meta-data/iam/security-credentials/{role}-role")[1]
    c = json.loads(text)
    key = (c["AccessKeyId"], c["SecretAccessKey"])
    assert plane.client("sts", key, c["Token"]).get_caller_identity()["Arn"].endswith(machine.id)
    for bad in (dict(token=None), dict(token=c["Token"][:-4] + "AAAA"),
                dict(token=c["Token"], key=(key[0], key[1][:-1] + "x"))):
        with pytest.raises(Exception) as e:
            plane.client("sts", **dict(dict(key=key), **bad)).get_caller_identity()
        assert e.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403), bad


def test_policy_changes_reach_credentials_that_are_out(machine, role, plane):
    code = """
import boto3, botocore, json
try:
    boto3.client('iam').list_users(); print('true')
except botocore.exceptions.ClientError:
    print('false')
"""
    assert machine.python(code) is False
    plane.client("iam").attach_role_policy(RoleName=f"{role}-role",
                                           PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    try:
        assert machine.python(code) is True
    finally:
        plane.client("iam").detach_role_policy(
            RoleName=f"{role}-role", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    assert machine.python(code) is False


def test_no_profile_falls_back_to_static_credentials(cloud):
    m = cloud.launch()
    assert m.imds("/latest/meta-data/iam/info")[0] == 404
    assert m.imds("/latest/meta-data/iam/security-credentials/")[0] == 404
    found = m.python("""
import boto3, json
s = boto3.Session()
print(json.dumps([s.get_credentials().method, s.get_credentials().access_key,
                  boto3.client('sts').get_caller_identity()['Arn']]))
""")
    assert found == ["env", ROOT_KEY[0], "arn:aws:iam::000000000000:root"]


def test_profile_that_cannot_be_assumed_is_an_error_and_no_fallback(cloud, foreign_role):
    m = cloud.launch(IamInstanceProfile={"Name": foreign_role})
    status, text = m.imds(
        f"/latest/meta-data/iam/security-credentials/{foreign_role}-role")
    said = json.loads(text)
    assert status == 200 and said["Code"] == "AssumeRoleUnauthorizedAccess" and said["Message"]
    assert "AccessKeyId" not in said
    found = m.python("""
import boto3, botocore, json, os
def refused():
    try:
        return boto3.client('sts').get_caller_identity()['Arn']
    except (botocore.exceptions.NoCredentialsError, botocore.exceptions.CredentialRetrievalError,
            botocore.exceptions.MetadataRetrievalError) as e:
        return type(e).__name__
print(json.dumps([refused(), [k for k in os.environ if 'SECRET' in k or 'ACCESS_KEY' in k]]))
""")
    assert found[0] in ("NoCredentialsError", "CredentialRetrievalError",
                        "MetadataRetrievalError") and found[1] == []
