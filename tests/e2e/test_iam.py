"""IAM and STS as their users see them: boto3 and the aws CLI, without Docker."""
import base64
import csv
import hashlib
import hmac
import io
import json
import struct
import subprocess
import time
import urllib.request

import botocore.exceptions
import pytest

from plane import run


@pytest.fixture
def bare(special):
    return special(SIMFRA_DOCKER="false")


def code_of(call, **params):
    with pytest.raises(botocore.exceptions.ClientError) as e:
        call(**params)
    return e.value.response["Error"]["Code"]


def totp(seed, steps=0):
    """What an authenticator shows for the seed that CreateVirtualMFADevice answers."""
    key = base64.b32decode(seed + b"=" * (-len(seed) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + steps), hashlib.sha1)
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


def key_of(iam, user):
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def policy(action, resource="*", **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": resource, **more}]})


def test_mfa_lets_in_who_has_the_device(bare):
    iam = bare.client("iam")
    account = bare.client("sts").get_caller_identity()["Account"]
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="all", PolicyDocument=policy("*"))
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    seed, serial = device["Base32StringSeed"], device["SerialNumber"]
    assert device["QRCodePNG"].startswith(b"\x89PNG\r\n\x1a\n")
    assert code_of(iam.enable_mfa_device, UserName="bob", SerialNumber=serial,
                   AuthenticationCode1="000000", AuthenticationCode2="000000") == "InvalidAuthenticationCode"
    iam.enable_mfa_device(UserName="bob", SerialNumber=serial, AuthenticationCode1=totp(seed, -1),
                          AuthenticationCode2=totp(seed))
    iam.create_role(RoleName="careful", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}))
    sts = bare.client("sts", key_of(iam, "bob"))
    role = {"RoleArn": f"arn:aws:iam::{account}:role/careful", "RoleSessionName": "bob"}
    assert code_of(sts.assume_role, **role) == "AccessDenied"
    got = sts.assume_role(**role, SerialNumber=serial, TokenCode=totp(seed, 1))["Credentials"]
    session = bare.client("sts", (got["AccessKeyId"], got["SecretAccessKey"]), got["SessionToken"])
    assert session.get_caller_identity()["Arn"].endswith(":assumed-role/careful/bob")
    assert code_of(sts.assume_role, **role, SerialNumber=serial, TokenCode=totp(seed, 1)) == "AccessDenied"


def test_passwords_reports_and_the_simulator(bare):
    iam = bare.client("iam")
    iam.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "blue"}])
    assert code_of(iam.create_login_profile, UserName="bob", Password="short") == "PasswordPolicyViolation"
    iam.update_account_password_policy(MinimumPasswordLength=12, AllowUsersToChangePassword=True)
    iam.create_login_profile(UserName="bob", Password="long enough 1")
    bob = bare.client("iam", key_of(iam, "bob"))
    bob.change_password(OldPassword="long enough 1", NewPassword="long enough 2")
    assert code_of(bob.change_password, OldPassword="long enough 1", NewPassword="long enough 3") == "AccessDenied"
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=policy(
        "s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/team}/*"))
    answer = bare.aws("iam", "simulate-principal-policy", "--policy-source-arn",
                      iam.get_user(UserName="bob")["User"]["Arn"], "--action-names", "s3:GetObject", "s3:PutObject",
                      "--resource-arns", "arn:aws:s3:::blue/k", "--context-entries",
                      "ContextKeyName=aws:PrincipalTag/team,ContextKeyValues=blue,ContextKeyType=string")
    assert [r["EvalDecision"] for r in answer["EvaluationResults"]] == ["allowed", "implicitDeny"]
    while iam.generate_credential_report()["State"] != "COMPLETE":
        pass
    rows = list(csv.DictReader(io.StringIO(iam.get_credential_report()["Content"].decode())))
    assert [(r["user"], r["password_enabled"], r["access_key_1_active"]) for r in rows][1] == ("bob", "true", "true")
    pages = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2})
    users = [u for p in pages for u in p["UserDetailList"]]
    assert users[0]["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == "s3:GetObject"
    assert code_of(iam.delete_user, UserName="bob") == "DeleteConflict"


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_token_of_an_oidc_provider_assumes_a_role(bare, tmp_path):
    key = str(tmp_path / "key.pem")
    run("openssl", "genrsa", "-out", key, "2048")
    modulus = run("openssl", "rsa", "-in", key, "-noout", "-modulus").stdout.strip().split("=")[1]
    jwks = {"keys": [{"kty": "RSA", "kid": "k", "n": b64url(bytes.fromhex(modulus)), "e": "AQAB"}]}
    issuer = "token.example.com/realm"

    def token(**claims):
        now = int(time.time())
        parts = [{"alg": "RS256", "kid": "k"}, {"iss": f"https://{issuer}", "aud": "app", "sub": "repo:me",
                                                "iat": now, "exp": now + 60, **claims}]
        text = ".".join(b64url(json.dumps(p).encode()) for p in parts)
        sig = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), check=True,
                             stdout=subprocess.PIPE, timeout=20).stdout
        return f"{text}.{b64url(sig)}"

    iam = bare.client("iam")
    arn = iam.create_open_id_connect_provider(Url=f"https://{issuer}", ClientIDList=["app"])[
        "OpenIDConnectProviderArn"]
    role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {f"{issuer}:sub": "repo:*"}}}]}))["Role"]["Arn"]
    sts = bare.client("sts")
    ask = {"RoleArn": role, "RoleSessionName": "ci"}
    assert code_of(sts.assume_role_with_web_identity, **ask, WebIdentityToken=token()) == "InvalidIdentityToken"
    put = urllib.request.Request(f"{bare.url}/_simfra/oidc/{issuer}", method="PUT", data=json.dumps(jwks).encode())
    assert urllib.request.urlopen(put, timeout=10).status == 200
    got = sts.assume_role_with_web_identity(**ask, WebIdentityToken=token())
    assert got["SubjectFromWebIdentityToken"] == "repo:me" and got["Provider"] == arn
    k = got["Credentials"]
    session = bare.client("sts", (k["AccessKeyId"], k["SecretAccessKey"]), k["SessionToken"])
    assert session.get_caller_identity()["Arn"].endswith(":assumed-role/web/ci")
    assert code_of(sts.assume_role_with_web_identity, **ask, WebIdentityToken=token(sub="other")) == "AccessDenied"
    assert code_of(sts.assume_role_with_web_identity, **ask,
                   WebIdentityToken=token(exp=1)) == "ExpiredTokenException"
