"""Every rule decides: groups, ACLs, routes, NAT, peering, transit gateways; five equal VPCs at once."""
import subprocess
import time

import pytest

from cloud import Machine, fetch
from plane import eventually


def explain(plane, src, dst, port):
    """`simfra explain`: its status, and what it says."""
    p = plane.simfra("explain", src, dst, str(port), check=False)
    return p.returncode, p.stdout


class Duo:
    """Two instances of a subnet each; the second serves on 80 and 8080."""

    def __init__(self, cloud, n, **more):
        self.ec2, self.n = cloud.ec2, n
        self.web = self.make_group(n, "web")
        self.client = self.make_group(n, "client")
        self.inner = self.ec2.create_subnet(
            VpcId=n.id, CidrBlock=n.cidr.replace(".0.0/16", ".2.0/24"))["Subnet"]["SubnetId"]
        (self.a,) = cloud.launch(n=1, SubnetId=n.subnet, SecurityGroupIds=[self.client], **more)
        (self.b,) = cloud.launch(n=1, SubnetId=self.inner, SecurityGroupIds=[self.web], **more)
        for port in (80, 8080):
            self.b.serve(self.b.id, port)

    @staticmethod
    def make_group(n, name):
        return n.ec2.create_security_group(GroupName=name, Description=name,
                                           VpcId=n.id)["GroupId"]

    def reaches(self, port=80):
        return self.a.reaches(f"http://{self.b.address}:{port}/", 1)

    def close(self):
        self.ec2.terminate_instances(InstanceIds=[self.a.id, self.b.id])
        for m in (self.a, self.b):
            m.becomes("terminated")
        self.ec2.delete_subnet(SubnetId=self.inner)
        for g in (self.web, self.client):
            self.ec2.delete_security_group(GroupId=g)


@pytest.fixture(scope="module")
def duo(cloud):
    d = Duo(cloud, cloud.network)
    yield d
    d.close()


def effect(what, condition, limit=0.2):
    """Until the condition holds; measured, and within a second or it fails."""
    begin = time.monotonic()
    eventually(what, condition, 3, 0.01)
    return time.monotonic() - begin


def permission(port, **who):
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **who}]


def test_nobody_reaches_a_new_group(cloud, duo):
    assert not duo.reaches()
    assert not duo.reaches(8080)
    code, said = explain(cloud.plane, duo.a.id, duo.b.id, 80)
    assert code == 1 and duo.web in said, said
    # Nor does ping, nor a datagram.
    assert duo.a.try_sh(f"ping -c 1 -W 1 {duo.b.address}").returncode != 0


def test_a_group_lets_in_another_and_no_more(cloud, duo):
    rule = permission(80, UserIdGroupPairs=[{"GroupId": duo.client}])
    made = cloud.ec2.authorize_security_group_ingress(GroupId=duo.web, IpPermissions=rule)
    rule_id = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    effect("the rule is in force", duo.reaches)
    assert not duo.reaches(8080)
    code, said = explain(cloud.plane, duo.a.id, duo.b.id, 80)
    assert code == 0 and rule_id in said, said
    # A third in another group is none of it.
    (c,) = cloud.launch(n=1, SubnetId=duo.n.subnet)
    assert not c.reaches(f"http://{duo.b.address}/", 1)
    # Its groups can change while it runs.
    cloud.ec2.modify_instance_attribute(InstanceId=c.id, Groups=[duo.client])
    effect("the new group is in force", lambda: c.reaches(f"http://{duo.b.address}/", 1))
    cloud.ec2.terminate_instances(InstanceIds=[c.id])
    c.becomes("terminated")
    cloud.ec2.revoke_security_group_ingress(GroupId=duo.web, IpPermissions=rule)
    effect("the rule is gone", lambda: not duo.reaches())


def test_egress_of_the_sender_counts_too(cloud, duo):
    rule = permission(80, IpRanges=[{"CidrIp": duo.a.address + "/32"}])
    cloud.ec2.authorize_security_group_ingress(GroupId=duo.web, IpPermissions=rule)
    effect("the rule is in force", duo.reaches)
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    cloud.ec2.revoke_security_group_egress(GroupId=duo.client, IpPermissions=everything)
    effect("no egress", lambda: not duo.reaches())
    code, said = explain(cloud.plane, duo.a.id, duo.b.id, 80)
    assert code == 1 and duo.client in said, said
    # The platform is not of the groups' business: metadata, names, the control plane.
    assert duo.a.imds("/latest/meta-data/instance-id") == (200, duo.a.id)
    assert duo.a.sh("dig +short simfra.local")
    cloud.ec2.authorize_security_group_egress(
        GroupId=duo.client, IpPermissions=permission(80, IpRanges=[{"CidrIp": duo.b.address + "/32"}]))
    effect("one port of egress", duo.reaches)
    cloud.ec2.authorize_security_group_egress(GroupId=duo.client, IpPermissions=everything)
    cloud.ec2.revoke_security_group_ingress(GroupId=duo.web, IpPermissions=rule)
    effect("closed", lambda: not duo.reaches())


def test_open_connections_outlive_their_rule(cloud, duo):
    rule = permission(8090, IpRanges=[{"CidrIp": "10.0.0.0/8"}])
    cloud.ec2.authorize_security_group_ingress(GroupId=duo.web, IpPermissions=rule)
    duo.b.sh("(setsid timeout 60 python3 -c \"\nimport socket\ns = socket.create_server(('', 8090))\n"
             "while True:\n c, a = s.accept()\n while d := c.recv(99): c.sendall(d)\n"
             "\" >/dev/null 2>&1 </dev/null &)")
    code = ("import socket,sys,time\nfor _ in range(100):\n try: s=socket.create_connection(('%s',8090),1)\n"
            " except OSError: time.sleep(.05)\n else: break\n"
            "for line in sys.stdin:\n s.sendall(line.encode()); s.settimeout(3); print(s.recv(99).decode(), end='', flush=True)\n"
            % duo.b.address)
    with subprocess.Popen(["docker", "exec", "-i", duo.a.name, "python3", "-c", code], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        def echo(text):
            p.stdin.write(text + "\n")
            p.stdin.flush()
            return p.stdout.readline().strip()
        assert echo("one") == "one"
        # Another rule: what is open goes on.
        cloud.ec2.authorize_security_group_ingress(
            GroupId=duo.web, IpPermissions=permission(81, IpRanges=[{"CidrIp": "10.0.0.0/8"}]))
        assert echo("two") == "two"
        # Its own rule: tracked, so it goes on; a new one does not start.
        cloud.ec2.revoke_security_group_ingress(GroupId=duo.web, IpPermissions=rule)
        effect("nothing new", lambda: not duo.a.reaches(f"telnet://{duo.b.address}:8090", 1))
        assert echo("three") == "three"
        p.stdin.close()


def test_acl_judges_each_packet_at_the_subnets_edge(cloud, duo):
    cloud.ec2.authorize_security_group_ingress(
        GroupId=duo.web, IpPermissions=permission(80, IpRanges=[{"CidrIp": "10.0.0.0/8"}]))
    effect("the rule is in force", duo.reaches)
    acl = cloud.ec2.create_network_acl(VpcId=cloud.vpc)["NetworkAcl"]["NetworkAclId"]
    here = [a for x in cloud.ec2.describe_network_acls(Filters=[
        {"Name": "association.subnet-id", "Values": [duo.inner]}])["NetworkAcls"]
        for a in x["Associations"] if a["SubnetId"] == duo.inner][0]["NetworkAclAssociationId"]
    new = cloud.ec2.replace_network_acl_association(AssociationId=here, NetworkAclId=acl)[
        "NewAssociationId"]
    effect("an empty ACL", lambda: not duo.reaches())
    code, said = explain(cloud.plane, duo.a.id, duo.b.id, 80)
    assert code == 1 and acl in said, said

    def entry(number, egress, action, low, high, cidr="0.0.0.0/0"):
        cloud.ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=number, Egress=egress, RuleAction=action, Protocol="6",
            CidrBlock=cidr, PortRange={"From": low, "To": high})

    entry(100, False, "allow", 80, 80)
    time.sleep(0.3)
    assert not duo.reaches(), "the answer has no entry yet: ACLs have no state"
    code, said = explain(cloud.plane, duo.a.id, duo.b.id, 80)
    assert code == 1 and acl in said, said
    entry(100, True, "allow", 1024, 65535)
    effect("both ways", duo.reaches)
    entry(90, False, "deny", 80, 80, duo.a.address + "/32")
    effect("a lower number decides", lambda: not duo.reaches())
    cloud.ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=90, Egress=False)
    effect("it is gone", duo.reaches)
    default = cloud.ec2.describe_network_acls(Filters=[
        {"Name": "vpc-id", "Values": [cloud.vpc]}, {"Name": "default", "Values": ["true"]}])[
        "NetworkAcls"][0]["NetworkAclId"]
    cloud.ec2.replace_network_acl_association(AssociationId=new, NetworkAclId=default)
    cloud.ec2.delete_network_acl(NetworkAclId=acl)
    assert duo.reaches()


def test_subnet_without_a_way_out_gets_one_by_nat(cloud, duo):
    ec2 = cloud.ec2
    table = ec2.create_route_table(VpcId=cloud.vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=duo.inner)["AssociationId"]
    outside = cloud.another(cidr="10.50.0.0/16", subnet="10.50.1.0/24")
    (server,) = cloud.launch(n=1, SubnetId=outside.subnet)
    server.sh("(setsid timeout 300 python3 -c \"\nimport http.server\n"
              "class H(http.server.BaseHTTPRequestHandler):\n def do_GET(s):\n"
              "  s.send_response(200); s.end_headers(); s.wfile.write(s.client_address[0].encode())\n"
              "http.server.HTTPServer(('', 80), H).serve_forever()\" >/dev/null 2>&1 </dev/null &)")
    url = f"http://{server.public}/"
    eventually("the server", lambda: fetch(url))
    assert duo.a.sh(f"curl -s -m 2 {url}") == duo.a.public
    assert not duo.b.reaches(url, 1)
    assert duo.b.reaches(f"http://{duo.b.address}/")
    eip = ec2.allocate_address(Domain="vpc")
    nat = ec2.create_nat_gateway(SubnetId=cloud.subnet, AllocationId=eip["AllocationId"])[
        "NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(
        NatGatewayIds=[nat], WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    effect("the way by the NAT gateway", lambda: duo.b.reaches(url, 1))
    assert duo.b.sh(f"curl -s -m 2 {url}") == eip["PublicIp"]
    code, said = explain(cloud.plane, duo.b.id, server.public, 80)
    assert code == 0 and nat in said, said
    # Nobody comes in by it.
    assert fetch(f"http://{eip['PublicIp']}/", 1) is None
    ec2.delete_nat_gateway(NatGatewayId=nat)
    effect("a black hole", lambda: not duo.b.reaches(url, 1))
    eventually("the gateway is gone", lambda: ec2.describe_nat_gateways(NatGatewayIds=[nat])[
        "NatGateways"][0]["State"] == "deleted", 30)
    eventually("its address is free", lambda: "AssociationId" not in ec2.describe_addresses(
        AllocationIds=[eip["AllocationId"]])["Addresses"][0], 30)
    ec2.release_address(AllocationId=eip["AllocationId"])
    ec2.disassociate_route_table(AssociationId=association)
    ec2.delete_route_table(RouteTableId=table)
    ec2.terminate_instances(InstanceIds=[server.id])
    server.becomes("terminated")


def test_five_equal_vpcs_at_once(cloud):
    """All 10.0.0.0/16: each knows its own; peering is refused to equals and works for others."""
    ec2 = cloud.ec2
    networks = [cloud.another() for _ in range(5)]
    pairs = []
    for n in networks:
        made = [Machine(cloud, i["InstanceId"]) for i in ec2.run_instances(
            ImageId=cloud.debian, InstanceType="t3.micro", MinCount=2, MaxCount=2,
            SubnetId=n.subnet)["Instances"]]
        pairs.append(made)
    for a, b in pairs:
        a.becomes("running", 60)
        b.becomes("running", 60)
        b.serve(b.id)
    for a, b in pairs:
        assert a.sh(f"curl -s -m 5 http://{b.address}/") == b.id
        eventually("its gateway's leg is there", lambda: fetch(f"http://{b.public}/") == b.id, 10)
    # The same addresses five times, and each leads to its own.
    assert len({b.public for _, b in pairs}) == 5
    failed = ec2.create_vpc_peering_connection(VpcId=networks[0].id, PeerVpcId=networks[1].id)
    status = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[
        failed["VpcPeeringConnection"]["VpcPeeringConnectionId"]])[
        "VpcPeeringConnections"][0]["Status"]
    assert status["Code"] == "failed", status


def test_peering_leads_there_and_not_through(cloud):
    ec2 = cloud.ec2
    a, b, c = (cloud.another(cidr=f"10.{60 + i}.0.0/16", subnet=f"10.{60 + i}.1.0/24",
                             internet=False) for i in range(3))
    machines = [Machine(cloud, ec2.run_instances(
        ImageId=cloud.debian, InstanceType="t3.micro", MinCount=1, MaxCount=1,
        SubnetId=n.subnet)["Instances"][0]["InstanceId"]) for n in (a, b, c)]
    for m, n in zip(machines, (a, b, c)):
        m.becomes("running")
        m.serve(m.id)
        n.allow("10.0.0.0/8", 80)
    x, y, z = machines

    def peer(p, q):
        made = ec2.create_vpc_peering_connection(VpcId=p.id, PeerVpcId=q.id)[
            "VpcPeeringConnection"]["VpcPeeringConnectionId"]
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made)
        for f, t in ((p, q), (q, p)):
            ec2.create_route(RouteTableId=f.main_table(), DestinationCidrBlock=t.cidr,
                             VpcPeeringConnectionId=made)
        return made

    assert not x.reaches(f"http://{y.address}/", 1)
    first, second = peer(a, b), peer(b, c)
    effect("a reaches b", lambda: x.reaches(f"http://{y.address}/", 1))
    effect("c reaches b", lambda: z.reaches(f"http://{y.address}/", 1))
    # Not from a through b to c, whatever a's table says.
    ec2.create_route(RouteTableId=a.main_table(), DestinationCidrBlock=c.cidr,
                     VpcPeeringConnectionId=first)
    time.sleep(0.3)
    assert not x.reaches(f"http://{z.address}/", 1)
    code, said = explain(cloud.plane, x.id, y.id, 80)
    assert code == 0 and first in said, said
    code, said = explain(cloud.plane, x.id, z.id, 80)
    assert code == 1, said
    # A group of the other side is a source like any.
    rule = {"GroupId": b.group(), "IpPermissions": permission(
        8080, UserIdGroupPairs=[{"GroupId": a.group(), "VpcPeeringConnectionId": first}])}
    y.serve(y.id, 8080)
    assert not x.reaches(f"http://{y.address}:8080/", 1)
    ec2.authorize_security_group_ingress(**rule)
    effect("by the group of the peer", lambda: x.reaches(f"http://{y.address}:8080/", 1))
    assert not z.reaches(f"http://{y.address}:8080/", 1)
    ec2.revoke_security_group_ingress(**rule)
    for p in (first, second):
        ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=p)
    effect("the peering is gone", lambda: not x.reaches(f"http://{y.address}/", 1))


def test_transit_gateway_routes_by_its_own_tables(cloud):
    ec2 = cloud.ec2
    nets = [cloud.another(cidr=f"10.{70 + i}.0.0/16", subnet=f"10.{70 + i}.1.0/24",
                          internet=False) for i in range(2)]
    x, y = (Machine(cloud, ec2.run_instances(
        ImageId=cloud.debian, InstanceType="t3.micro", MinCount=1, MaxCount=1,
        SubnetId=n.subnet)["Instances"][0]["InstanceId"]) for n in nets)
    tgw = ec2.create_transit_gateway()["TransitGateway"]
    gateway, table = tgw["TransitGatewayId"], None
    attachments = []
    for n, other in (nets, nets[::-1]):
        attachments.append(ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway, VpcId=n.id, SubnetIds=[n.subnet])[
            "TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])
        n.allow("10.0.0.0/8", 80)
        ec2.create_route(RouteTableId=n.main_table(), DestinationCidrBlock="10.0.0.0/8",
                         TransitGatewayId=gateway)
    for m in (x, y):
        m.becomes("running")
        m.serve(m.id)
    effect("x reaches y", lambda: x.reaches(f"http://{y.address}/", 1))
    assert y.reaches(f"http://{x.address}/", 1)
    code, said = explain(cloud.plane, x.id, y.id, 80)
    assert code == 0 and gateway in said, said
    table = ec2.describe_transit_gateways(TransitGatewayIds=[gateway])["TransitGateways"][0][
        "Options"]["AssociationDefaultRouteTableId"]
    ec2.create_transit_gateway_route(TransitGatewayRouteTableId=table, Blackhole=True,
                                     DestinationCidrBlock=y.address + "/32")
    effect("a black hole", lambda: not x.reaches(f"http://{y.address}/", 1))
    ec2.delete_transit_gateway_route(TransitGatewayRouteTableId=table,
                                     DestinationCidrBlock=y.address + "/32")
    effect("none any more", lambda: x.reaches(f"http://{y.address}/", 1))
    for a in attachments:
        ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=a)
    effect("no attachment", lambda: not x.reaches(f"http://{y.address}/", 1))
    eventually("they are gone", lambda: all(
        a["State"] == "deleted" for a in ec2.describe_transit_gateway_vpc_attachments(
            TransitGatewayAttachmentIds=attachments)["TransitGatewayVpcAttachments"]), 30)
    ec2.delete_transit_gateway(TransitGatewayId=gateway)


def test_workload_cannot_undo_its_rules(duo):
    for command in ("nft flush ruleset", "iptables -F", "ip link add x type dummy"):
        assert duo.a.try_sh(f"command -v {command.split()[0]} >/dev/null && {command}").returncode != 0


def test_health_says_that_it_is_enforced(cloud):
    status, health = cloud.plane.get("/_simfra/health")
    assert status == 200 and health["network"]["enforcement"] == "verified", health
