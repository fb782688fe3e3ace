"""An organization as its users see it, without Docker: boto3 and the aws CLI."""
import json

import botocore.exceptions
import pytest

from plane import ROOT_KEY, eventually

DENY_EC2 = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Deny", "Action": "ec2:CreateVpc", "Resource": "*"}]})


@pytest.fixture
def bare(special):
    """API only."""
    return special(SIMFRA_DOCKER="false")


def error_of(call, **params):
    with pytest.raises(botocore.exceptions.ClientError) as e:
        call(**params)
    return e.value.response


def code_of(call, **params):
    return error_of(call, **params)["Error"]["Code"]


def make_account(org, email):
    request = org.create_account(Email=email, AccountName=email)["CreateAccountStatus"]
    assert request["State"] == "IN_PROGRESS"
    status = eventually("the account is made", lambda: done(org, request["Id"]))
    assert status["State"] == "SUCCEEDED"
    return status["AccountId"]


def done(org, request):
    status = org.describe_create_account_status(CreateAccountRequestId=request)
    status = status["CreateAccountStatus"]
    return status if status["State"] != "IN_PROGRESS" else None


def enter(plane, account, service, role="OrganizationAccountAccessRole"):
    """A client in the account, by the role that the management account may assume."""
    k = plane.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}",
                                        RoleSessionName="visit")["Credentials"]
    return plane.client(service, (k["AccessKeyId"], k["SecretAccessKey"]), k["SessionToken"])


def begin(plane):
    org = plane.client("organizations")
    made = org.create_organization(FeatureSet="ALL")["Organization"]
    assert made["MasterAccountId"] == "000000000000"
    root = org.list_roots()["Roots"][0]["Id"]
    org.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    return org, root


def test_an_scp_denies_what_a_role_in_a_member_account_may(bare):
    org, root = begin(bare)
    account = make_account(org, "dev@example.com")
    ec2 = enter(bare, account, "ec2")
    assert ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["OwnerId"] == account

    outer = org.create_organizational_unit(ParentId=root, Name="outer")["OrganizationalUnit"]
    inner = org.create_organizational_unit(ParentId=outer["Id"], Name="inner")
    inner = inner["OrganizationalUnit"]
    assert inner["Path"].endswith(f"/{root}/{outer['Id']}/{inner['Id']}/")
    org.move_account(AccountId=account, SourceParentId=root, DestinationParentId=inner["Id"])
    assert org.list_parents(ChildId=account)["Parents"] == [
        {"Id": inner["Id"], "Type": "ORGANIZATIONAL_UNIT"}]

    policy = org.create_policy(Name="no-vpcs", Description="", Type="SERVICE_CONTROL_POLICY",
                               Content=DENY_EC2)["Policy"]["PolicySummary"]["Id"]
    # What is attached two levels up is inherited.
    org.attach_policy(PolicyId=policy, TargetId=outer["Id"])
    refused = error_of(ec2.create_vpc, CidrBlock="10.1.0.0/16")["Error"]
    assert refused["Code"] == "UnauthorizedOperation"
    assert "explicit deny in a service control policy" in refused["Message"]
    assert len(ec2.describe_vpcs()["Vpcs"]) >= 1
    # Its root is bound, too, and the management account is not.
    keys = bare.get(f"/_simfra/accounts/{account}")[1]
    top = bare.client("ec2", (keys["accessKeyId"], keys["secretAccessKey"]))
    assert code_of(top.create_vpc, CidrBlock="10.1.0.0/16") == "UnauthorizedOperation"
    bare.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
    # A reset wipes the account, and its bonds stay.
    assert bare.post(f"/_simfra/accounts/{account}/reset")[0] == 200
    ec2 = enter(bare, account, "ec2")
    assert code_of(ec2.create_vpc, CidrBlock="10.1.0.0/16") == "UnauthorizedOperation"

    org.detach_policy(PolicyId=policy, TargetId=outer["Id"])
    ec2.create_vpc(CidrBlock="10.1.0.0/16")


def test_the_cli_sees_the_same(bare):
    begin(bare)
    made = bare.aws("organizations", "create-account", "--email", "cli@example.com",
                    "--account-name", "cli", "--role-name", "Visitor")
    status = bare.aws("organizations", "describe-create-account-status",
                      "--create-account-request-id", made["CreateAccountStatus"]["Id"])
    account = status["CreateAccountStatus"]["AccountId"]
    listed = bare.aws("organizations", "list-accounts")["Accounts"]
    assert {a["Id"] for a in listed} == {account, "000000000000"}
    assert account in {a["accountId"] for a in bare.get("/_simfra/accounts")[1]["accounts"]}
    k = bare.aws("sts", "assume-role", "--role-session-name", "visit",
                 "--role-arn", f"arn:aws:iam::{account}:role/Visitor")["Credentials"]
    sts = bare.client("sts", (k["AccessKeyId"], k["SecretAccessKey"]), k["SessionToken"])
    assert sts.get_caller_identity()["Account"] == account
    p = bare.aws("organizations", "delete-organization", check=False)
    assert p.returncode != 0 and "OrganizationNotEmptyException" in p.stderr


def test_a_closed_account_is_refused(bare):
    org, _ = begin(bare)
    account = make_account(org, "gone@example.com")
    iam = enter(bare, account, "iam")
    iam.list_users()
    keys = bare.get(f"/_simfra/accounts/{account}")[1]
    org.close_account(AccountId=account)
    assert org.describe_account(AccountId=account)["Account"]["Status"] == "SUSPENDED"
    assert bare.get(f"/_simfra/accounts/{account}")[1]["status"] == "SUSPENDED"
    assert code_of(iam.list_users) == "InvalidClientTokenId"
    top = bare.client("sts", (keys["accessKeyId"], keys["secretAccessKey"]))
    assert code_of(top.get_caller_identity) == "InvalidClientTokenId"
    with pytest.raises(botocore.exceptions.ClientError):
        enter(bare, account, "iam")


def test_an_account_is_invited_and_leaves(bare):
    org, _ = begin(bare)
    keys = bare.post("/_simfra/accounts", {"accountId": "111122223333"})[1]
    guest = bare.client("organizations", (keys["accessKeyId"], keys["secretAccessKey"]))
    assert code_of(guest.describe_organization) == "AWSOrganizationsNotInUseException"
    asked = org.invite_account_to_organization(
        Target={"Id": "111122223333", "Type": "ACCOUNT"}, Notes="welcome")["Handshake"]
    assert guest.list_handshakes_for_account()["Handshakes"][0]["Id"] == asked["Id"]
    assert guest.accept_handshake(HandshakeId=asked["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert guest.describe_organization()["Organization"]["MasterAccountId"] == "000000000000"
    assert code_of(guest.list_accounts) == "AccessDeniedException"
    guest.leave_organization()
    assert code_of(org.describe_account, AccountId="111122223333") == "AccountNotFoundException"


def test_sessions_of_a_members_root_do_their_task_and_no_more(bare):
    org, _ = begin(bare)
    account = make_account(org, "task@example.com")
    org.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    bare.client("iam").enable_organizations_root_sessions()
    k = bare.client("sts").assume_root(TargetPrincipal=account, TaskPolicyArn={
        "arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"})["Credentials"]
    key = (k["AccessKeyId"], k["SecretAccessKey"])
    who = bare.client("sts", key, k["SessionToken"]).get_caller_identity()
    assert who["Arn"] == f"arn:aws:iam::{account}:root"
    iam = bare.client("iam", key, k["SessionToken"])
    assert iam.get_account_summary()["SummaryMap"]["Users"] == 0
    assert code_of(iam.create_user, UserName="x") == "AccessDenied"


def test_organizations_survive_a_kill(special, tmp_path):
    p = special(SIMFRA_DOCKER="false", SIMFRA_DATA_DIR=str(tmp_path / "data"))
    org, root = begin(p)
    account = make_account(org, "kept@example.com")
    policy = org.create_policy(Name="n", Description="", Type="SERVICE_CONTROL_POLICY",
                               Content=DENY_EC2)["Policy"]["PolicySummary"]["Id"]
    org.attach_policy(PolicyId=policy, TargetId=account)
    p.kill()
    p.start()
    assert code_of(enter(p, account, "ec2").create_vpc,
                   CidrBlock="10.0.0.0/16") == "UnauthorizedOperation"
    assert p.client("organizations", ROOT_KEY).list_roots()["Roots"][0]["Id"] == root
