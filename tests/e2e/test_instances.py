"""What an instance does of itself and is launched with: shutdown, interfaces, names, roles."""
import json

import pytest

from plane import eventually, inspect


def from_inside(m, command):
    m.try_sh(f"(setsid {command} >/dev/null 2>&1 </dev/null &)")


REASON = {"Code": "Client.InstanceInitiatedShutdown",
          "Message": "Client.InstanceInitiatedShutdown: Instance initiated shutdown"}


@pytest.mark.parametrize("command", ["shutdown -h now", "halt", "init 0"])
def test_shutdown_inside_stops_as_the_attribute_says_now(cloud, command):
    m = cloud.launch(InstanceInitiatedShutdownBehavior="terminate")
    m.ec2.modify_instance_attribute(InstanceId=m.id,
                                    InstanceInitiatedShutdownBehavior={"Value": "stop"})
    m.sh("echo kept >/root/file")
    public = m.public
    assert public
    from_inside(m, command)
    seen = m.becomes("stopped")
    assert seen["StateReason"] == REASON and seen["StateTransitionReason"] == "User initiated"
    # What was public is free again, as after StopInstances.
    assert "PublicIpAddress" not in seen and seen["PrivateIpAddress"]
    assert not inspect(m.name)["State"]["Running"]
    m.ec2.start_instances(InstanceIds=[m.id])
    seen = m.becomes("running")
    assert seen["StateTransitionReason"] == "" and "StateReason" not in seen
    assert seen["PublicIpAddress"]
    assert m.sh("cat /root/file") == "kept"
    m.ec2.terminate_instances(InstanceIds=[m.id])


@pytest.mark.parametrize("command", ["shutdown -h now", "systemctl poweroff"])
def test_shutdown_inside_terminates_as_the_attribute_says_now(cloud, command):
    m = cloud.launch()
    interface = m.see()["NetworkInterfaces"][0]["NetworkInterfaceId"]
    m.ec2.modify_instance_attribute(InstanceId=m.id,
                                    InstanceInitiatedShutdownBehavior={"Value": "terminate"})
    from_inside(m, command)
    seen = m.becomes("terminated")
    assert seen["StateReason"] == REASON and seen["StateTransitionReason"] == "User initiated"
    assert inspect(m.name) is None
    with pytest.raises(Exception, match="InvalidNetworkInterfaceID.NotFound"):
        m.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])


def test_interfaces_are_plugged_in_by_their_index(cloud):
    eni = cloud.ec2.create_network_interface(
        SubnetId=cloud.subnet, PrivateIpAddress="10.0.1.60")["NetworkInterface"]["NetworkInterfaceId"]
    m = cloud.launch(NetworkInterfaces=[
        {"DeviceIndex": 0, "NetworkInterfaceId": eni},
        {"DeviceIndex": 1, "SubnetId": cloud.subnet, "SecondaryPrivateIpAddressCount": 1}])
    other = cloud.launch()
    seen = m.see()
    assert seen["PrivateIpAddress"] == "10.0.1.60"
    second = seen["NetworkInterfaces"][1]
    # A further address of an interface is the system's own affair, as on AWS.
    assert "10.0.1.60/" in m.sh("ip -o -4 addr show dev eth0")
    assert second["PrivateIpAddress"] + "/" in m.sh("ip -o -4 addr show dev eth1")
    m.serve(m.id)
    group = seen["SecurityGroups"][0]["GroupId"]
    cloud.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
         "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}])
    assert eventually("it is reached", lambda: other.sh("curl -s -m 2 http://10.0.1.60/") == m.id, 10)
    m.ec2.terminate_instances(InstanceIds=[m.id])
    m.becomes("terminated")
    left = cloud.ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])["NetworkInterfaces"][0]
    assert left["Status"] == "available"
    with pytest.raises(Exception, match="InvalidNetworkInterfaceID.NotFound"):
        cloud.ec2.describe_network_interfaces(
            NetworkInterfaceIds=[second["NetworkInterfaceId"]])
    cloud.ec2.delete_network_interface(NetworkInterfaceId=eni)


def test_resource_names_are_resolved(cloud):
    m = cloud.launch(PrivateDnsNameOptions={"HostnameType": "resource-name",
                                            "EnableResourceNameDnsARecord": True})
    seen = m.see()
    assert seen["PrivateDnsName"] == f"{m.id}.ec2.internal"
    assert m.sh("hostname") == m.id
    by_address = "ip-" + m.address.replace(".", "-") + ".ec2.internal"
    for name in (seen["PrivateDnsName"], by_address):
        assert eventually("it is resolved", lambda: m.sh(f"dig +short {name}") == m.address, 5)


def test_the_role_changes_in_metadata(cloud):
    iam, ec2 = cloud.plane.client("iam"), cloud.ec2
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
    for name in ("red", "blue"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    m = cloud.launch()
    path = "/latest/meta-data/iam/security-credentials/"
    assert m.imds(path)[0] == 404
    made = ec2.associate_iam_instance_profile(
        InstanceId=m.id, IamInstanceProfile={"Name": "red"})["IamInstanceProfileAssociation"]
    eventually("it has a role", lambda: m.imds(path) == (200, "red"), 10)
    assert json.loads(m.imds(path + "red")[1])["Code"] == "Success"
    made = ec2.replace_iam_instance_profile_association(
        AssociationId=made["AssociationId"],
        IamInstanceProfile={"Name": "blue"})["IamInstanceProfileAssociation"]
    eventually("it has another", lambda: m.imds(path) == (200, "blue"), 10)
    ec2.disassociate_iam_instance_profile(AssociationId=made["AssociationId"])
    eventually("it has none", lambda: m.imds(path)[0] == 404, 10)
    for name in ("red", "blue"):
        iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
        iam.delete_instance_profile(InstanceProfileName=name)
        iam.delete_role(RoleName=name)
