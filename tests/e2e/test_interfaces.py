"""Interfaces that come and go while a machine runs, and NAT gateways: what netd has done is what is shown."""
import pytest

from plane import eventually, inspect, run


def interface(cloud, eni):
    return cloud.ec2.describe_network_interfaces(
        NetworkInterfaceIds=[eni])["NetworkInterfaces"][0]


def devices(m):
    return set(m.sh("ls /sys/class/net").split())


def test_an_interface_comes_and_goes(cloud):
    m = cloud.launch()
    eni = cloud.ec2.create_network_interface(
        SubnetId=cloud.subnet)["NetworkInterface"]["NetworkInterfaceId"]
    attached = cloud.ec2.attach_network_interface(
        NetworkInterfaceId=eni, InstanceId=m.id, DeviceIndex=1)["AttachmentId"]
    eventually("it is attached", lambda: interface(cloud, eni)["Attachment"]["Status"] == "attached")
    # Then it is there, at once.
    seen = interface(cloud, eni)
    assert "eth1" in devices(m)
    assert m.sh("ip -o -4 addr show dev eth1 | awk '{print $4}'") == \
        seen["PrivateIpAddress"] + "/24"
    assert m.sh("cat /sys/class/net/eth1/address") == seen["MacAddress"]

    # A secondary address, while it runs.
    cloud.ec2.assign_private_ip_addresses(NetworkInterfaceId=eni,
                                          PrivateIpAddresses=["10.0.1.200"])
    eventually("the address is there",
               lambda: "10.0.1.200/24" in m.sh("ip -o -4 addr show dev eth1"))
    cloud.ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni,
                                            PrivateIpAddresses=["10.0.1.200"])
    eventually("the address is gone",
               lambda: "10.0.1.200/24" not in m.sh("ip -o -4 addr show dev eth1"))

    cloud.ec2.detach_network_interface(AttachmentId=attached)
    eventually("it is free", lambda: interface(cloud, eni)["Status"] == "available")
    assert "eth1" not in devices(m) and m.state() == "running"
    assert len(m.see()["NetworkInterfaces"]) == 1
    cloud.ec2.delete_network_interface(NetworkInterfaceId=eni)


def test_a_nat_gateway_is_a_container(cloud):
    made = cloud.ec2.create_nat_gateway(SubnetId=cloud.subnet, ConnectivityType="private",
                                        SecondaryPrivateIpAddressCount=1)["NatGateway"]
    nat, name = made["NatGatewayId"], f"{cloud.plane.name}-{made['NatGatewayId']}"

    def see():
        return cloud.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]

    assert made["State"] == "pending"
    eventually("it is available", lambda: see()["State"] == "available", 30)
    box = inspect(name)
    assert box["State"]["Running"] and box["HostConfig"]["NetworkMode"] == "none"
    assert box["HostConfig"]["CapDrop"] == ["ALL"] and not box["HostConfig"]["CapAdd"]
    assert box["Config"]["Labels"]["dev.simfra.kind"] == "nat-gateway"
    out = run("nsenter", "-n", "-t", str(box["State"]["Pid"]), "ip", "-o", "-4", "addr", "show",
              "dev", "eth0").stdout
    for row in see()["NatGatewayAddresses"]:
        assert row["PrivateIp"] + "/24" in out

    # Killed, it is back, with its addresses.
    run("docker", "kill", name)
    eventually("it runs again", lambda: inspect(name)["State"]["Running"] and
               inspect(name)["State"]["Pid"] != box["State"]["Pid"], 30)
    eventually("it is plugged in", lambda: "inet " in run(
        "nsenter", "-n", "-t", str(inspect(name)["State"]["Pid"]), "ip", "-o", "-4", "addr",
        "show", "dev", "eth0", check=False).stdout, 30)
    assert see()["State"] == "available"
    # A container's interface is not the user's.
    with pytest.raises(Exception, match="AuthFailure"):
        cloud.ec2.delete_network_interface(
            NetworkInterfaceId=made["NatGatewayAddresses"][0]["NetworkInterfaceId"])
    cloud.ec2.delete_nat_gateway(NatGatewayId=nat)
    assert see()["State"] == "deleted"
    eventually("its container is gone", lambda: inspect(name) is None)
