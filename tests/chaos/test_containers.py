"""Containers of ours are removed, killed and restarted behind our back."""
import time

from harness import Flow, eventually, measure, nsenter


def pair(cloud):
    a, b = cloud.launch(2)
    found = cloud.await_state([a, b], "running")
    return a, b, found[a]["PrivateIpAddress"], found[b]["PrivateIpAddress"]


def test_removed_instance_is_shown_as_terminated(cloud):
    (id,) = cloud.launch()
    cloud.await_state([id], "running")
    begin = time.monotonic()
    cloud.docker.remove(cloud.name(id))
    eventually("it is on its way out", lambda: cloud.state(id) in ("shutting-down", "terminated"), 5)
    measure("docker rm -f of an instance, shown", time.monotonic() - begin)
    found = cloud.await_state([id], "terminated")[id]
    assert found["StateReason"]["Code"] == "Server.InternalError"
    assert time.monotonic() - begin < 3
    assert not cloud.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert cloud.docker.inspect(cloud.name(id)) is None


def test_killed_and_restarted_instances_come_back_as_they_were(cloud):
    a, b, address_a, address_b = pair(cloud)
    for what, fn in (("docker kill", cloud.docker.kill), ("docker restart", cloud.docker.restart)):
        old = cloud.pid(b)
        begin = time.monotonic()
        fn(cloud.name(b))
        eventually("it runs again", lambda: cloud.pid(b) not in (0, old), 15)
        eventually("its address is there", lambda: cloud.address(b) == address_b, 15)
        with Flow("udp", cloud.pid(a), cloud.pid(b), address_b) as flow:
            flow.flows()
            measure(f"{what} of an instance, reachable", time.monotonic() - begin)
        cloud.await_state([b], "running")
    assert cloud.address(a) == address_a


def test_removed_router_comes_back_and_with_it_the_network(cloud):
    a, b, _, address_b = pair(cloud)
    router = f"chaos-{cloud.vpc}"
    old = cloud.docker.inspect(router)["Id"]
    with Flow("udp", cloud.pid(a), cloud.pid(b), address_b) as flow:
        flow.flows()
        flow.gap()
        cloud.docker.remove(router)
        eventually("there is a router again",
                   lambda: (cloud.docker.inspect(router) or {}).get("Id", old) != old)
        flow.flows()
        measure("docker rm -f of the VPC's router, gap of flows", flow.gap())
    metadata_answers(cloud, a)


def metadata_answers(cloud, id, seconds=15):
    """As the machine sees it."""
    token = "import urllib.request as u; print(u.urlopen(u.Request(" \
        "'http://169.254.169.254/latest/meta-data/instance-id'), timeout=2).read().decode())"
    eventually("metadata", lambda: id in nsenter(cloud.pid(id), "python3", "-c", token), seconds)


def name_resolves(cloud, id, address, seconds=15):
    """The name of `address`, asked for at the VPC's resolver by a packet of our own."""
    code = (
        "import socket,sys; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(1)\n"
        "n='ip-%s.ec2.internal'.split('.')\n"
        "q=b'\\x12\\x34\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0'+b''.join(bytes([len(p)])+p.encode() for p in n)"
        "+b'\\0\\0\\x01\\0\\x01'\n"
        "s.sendto(q,('169.254.169.253',53)); r=s.recv(512); print(socket.inet_ntoa(r[-4:]))"
        % address.replace(".", "-"))
    eventually("DNS", lambda: address in nsenter(cloud.pid(id), "python3", "-c", code), seconds)


def test_killed_vpc_agent_answers_again(cloud):
    a, b, _, address_b = pair(cloud)
    router = f"chaos-{cloud.vpc}"
    metadata_answers(cloud, a)
    name_resolves(cloud, a, address_b)
    begin = time.monotonic()
    cloud.docker.kill(router)
    metadata_answers(cloud, a)
    measure("vpc agent killed, metadata answers", time.monotonic() - begin)
    name_resolves(cloud, a, address_b)
    measure("vpc agent killed, DNS answers", time.monotonic() - begin)
    with Flow("udp", cloud.pid(a), cloud.pid(b), address_b) as flow:
        flow.flows()
        measure("vpc agent killed, instances reach each other", time.monotonic() - begin)


def test_flows_do_not_notice_that_netd_is_killed(cloud):
    a, b, _, address_b = pair(cloud)
    with Flow("tcp", cloud.pid(a), cloud.pid(b), address_b) as tcp, \
            Flow("udp", cloud.pid(a), cloud.pid(b), address_b, 7778) as udp:
        udp.flows()
        for fn in (cloud.docker.kill, cloud.docker.remove):
            old = cloud.docker.inspect("chaos-netd")["State"]["StartedAt"]
            tcp.gap(), udp.gap()
            begin = time.monotonic()
            fn("chaos-netd")
            eventually("netd runs again", lambda: cloud.docker.pid("chaos-netd") and
                       cloud.docker.inspect("chaos-netd")["State"]["StartedAt"] != old)
            # That it works, and not only runs, a new machine shows.
            (c,) = cloud.launch()
            cloud.await_state([c], "running")
            measure(f"netd: docker {fn.__name__}, a new instance runs", time.monotonic() - begin)
            tcp.flows()
            udp.flows()
            gap = max(tcp.gap(), udp.gap())
            measure(f"netd: docker {fn.__name__}, gap of open flows", gap)
            assert gap < 0.5


def test_network_holds_while_control_is_away(cloud):
    a, b, _, address_b = pair(cloud)
    with Flow("tcp", cloud.pid(a), cloud.pid(b), address_b) as tcp:
        tcp.flows()
        tcp.gap()
        cloud.plane.kill()
        # netd follows Docker without control: a machine that is started again gets its network.
        cloud.docker.restart(cloud.name(a))
        cloud.docker.call("POST", f"/containers/{cloud.name(a)}/start")
        eventually("its address is there", lambda: cloud.address(a), 10)
        metadata_answers(cloud, a)
        name_resolves(cloud, a, address_b)
        begin = time.monotonic()
        cloud.plane.start()
        measure("control killed, healthy again", time.monotonic() - begin)
        cloud.await_state([a, b], "running")
        (c,) = cloud.launch()
        cloud.await_state([c], "running")
        measure("control killed, a new instance runs", time.monotonic() - begin)
        with Flow("udp", cloud.pid(c), cloud.pid(b), address_b, 7778) as udp:
            udp.flows()
