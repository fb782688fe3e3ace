"""Whatever is killed: what is closed stays closed at every moment, and what is open stays open."""
import contextlib
import subprocess
import sys
import time

from harness import Flow, eventually, measure, nsenter

CLOSED = 7800
KNOCK = ("import socket, sys, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
         "while True:\n try: s.sendto(b'x', (sys.argv[1], %d))\n except OSError: pass\n time.sleep(.002)\n"
         % CLOSED)


def heard(pid):
    """Datagrams that came as far as UDP in the namespace, and found no socket: a knock that got in."""
    with open(f"/proc/{pid}/net/snmp") as f:
        names, values = [line.split() for line in f if line.startswith("Udp:")]
    return int(values[names.index("NoPorts")])


@contextlib.contextmanager
def knocking(cloud, who, address):
    """From the namespace of `who`, every 2 ms."""
    with subprocess.Popen(["nsenter", "-t", str(cloud.pid(who)), "-n", sys.executable, "-c", KNOCK,
                           address]) as p:
        try:
            yield
            assert p.poll() is None, "nobody knocked"
        finally:
            p.kill()


def udp(port, cidr="10.7.0.0/16"):
    return [{"IpProtocol": "udp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}]


def two(cloud):
    """a knocks; b is in a group of its own that lets in 7777 and 7778."""
    group = cloud.ec2.create_security_group(GroupName="b", Description="b",
                                            VpcId=cloud.vpc)["GroupId"]
    for port in (7777, 7778):
        cloud.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=udp(port))
    (a,), (b,) = cloud.launch(), cloud.launch(SecurityGroupIds=[group])
    found = cloud.await_state([a, b], "running")
    return a, b, found[b]["PrivateIpAddress"], group


def restarted(cloud, name, fn):
    old = cloud.docker.inspect(name)["State"]["StartedAt"]
    fn(name)
    eventually(f"{name} runs again", lambda: cloud.docker.pid(name) and
               cloud.docker.inspect(name)["State"]["StartedAt"] != old, 30)


def test_a_knock_is_heard_where_it_is_let_in(cloud):
    """What the others stand on: the count rises as soon as a rule says so, and not before."""
    a, b, address, group = two(cloud)
    with knocking(cloud, a, address):
        time.sleep(0.5)
        assert heard(cloud.pid(b)) == 0
        begin = time.monotonic()
        cloud.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=udp(CLOSED))
        eventually("it is heard", lambda: heard(cloud.pid(b)) > 0, 5, 0.005)
        measure("a rule lets in", time.monotonic() - begin)


def test_killed_agents_leave_nothing_open(cloud):
    a, b, address, _ = two(cloud)
    with knocking(cloud, a, address), \
            Flow("udp", cloud.pid(a), cloud.pid(b), address) as flow:
        flow.flows()
        for fn in (cloud.docker.kill, cloud.docker.remove):
            flow.gap()
            restarted(cloud, "chaos-netd", fn)
            (c,) = cloud.launch()
            cloud.await_state([c], "running")
            flow.flows()
            gap = flow.gap()
            measure(f"netd: docker {fn.__name__}, gap of an allowed flow", gap)
            assert gap < 0.5 and heard(cloud.pid(b)) == 0
        restarted(cloud, f"chaos-{cloud.vpc}", cloud.docker.kill)
        flow.flows()
        time.sleep(0.5)
        assert heard(cloud.pid(b)) == 0


def test_restarted_instance_is_closed_from_its_first_moment(cloud):
    a, b, address, _ = two(cloud)
    with knocking(cloud, a, address):
        for fn in (cloud.docker.restart, cloud.docker.kill):
            old = cloud.pid(b)
            fn(cloud.name(b))
            pid = eventually("it runs again", lambda: cloud.pid(b) not in (0, old) and cloud.pid(b), 15)
            eventually("its address is there", lambda: cloud.address(b) == address, 15)
            time.sleep(0.5)
            assert heard(pid) == 0
            with Flow("udp", cloud.pid(a), pid, address) as flow:
                flow.flows()
            assert heard(pid) == 0


def test_rules_stay_while_control_is_away_and_follow_when_it_is_back(cloud):
    a, b, address, group = two(cloud)
    with knocking(cloud, a, address):
        with Flow("udp", cloud.pid(a), cloud.pid(b), address) as flow:
            flow.flows()
            cloud.plane.kill()
            # Netd is away, too, and comes back to what it last knew.
            restarted(cloud, "chaos-netd", cloud.docker.restart)
            flow.flows()
            assert heard(cloud.pid(b)) == 0
        cloud.docker.restart(cloud.name(b))
        cloud.docker.call("POST", f"/containers/{cloud.name(b)}/start")
        eventually("its address is there", lambda: cloud.address(b) == address, 10)
        pid = cloud.pid(b)
        with Flow("udp", cloud.pid(a), pid, address) as flow:
            flow.flows()
            assert heard(pid) == 0
            cloud.plane.start()
            cloud.await_state([a, b], "running")
            time.sleep(0.5)
            assert heard(pid) == 0 and cloud.pid(b) == pid
            flow.flows()


def test_rule_that_goes_while_netd_is_away_is_not_in_force_after(cloud):
    a, b, address, group = two(cloud)
    cloud.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=udp(CLOSED))
    with knocking(cloud, a, address):
        eventually("it is heard", lambda: heard(cloud.pid(b)) > 0, 5)
    cloud.docker.kill("chaos-netd")
    cloud.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=udp(CLOSED))
    eventually("netd runs again", lambda: cloud.docker.pid("chaos-netd"), 30)
    (c,) = cloud.launch()
    cloud.await_state([c], "running")  # so netd has the newest configuration
    nsenter(cloud.pid(c), "true")
    before = heard(cloud.pid(b))
    with knocking(cloud, c, address):
        time.sleep(1)
        assert heard(cloud.pid(b)) == before
