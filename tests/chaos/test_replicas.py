"""Two control planes on one Redis: one acts, the other answers; either may die."""
import signal
import threading
import time

import pytest

from harness import Cloud, Flow, Redis, all_instances, eventually, measure
from test_containers import metadata_answers


@pytest.fixture
def redis(folder):
    server = Redis(folder).start()
    yield server
    server.stop()


@pytest.fixture
def two(redis, planes):
    a, b = planes(SIMFRA_REDIS_URL=redis.url), planes(SIMFRA_REDIS_URL=redis.url)
    a.start()
    b.start()
    return a, b


def role(plane):
    return plane.health()[1]["reconciler"]


def launch_by_turns(cloud, clients, n):
    """n launches, through all replicas at once."""
    ids, threads, errors = [], [], []

    def some(ec2, count):
        try:
            for _ in range(count):
                ids.extend(cloud.launch(1, ec2))
        except Exception as e:  # pylint: disable=broad-except
            errors.append(e)

    for ec2 in clients:
        threads.append(threading.Thread(target=some, args=(ec2, n // len(clients))))
        threads[-1].start()
    for t in threads:
        t.join()
    assert not errors, errors
    return ids


def test_replicas_answer_alike_and_one_acts(two):
    a, b = two
    assert (role(a), role(b)) == ("leads", "stands by")
    cloud = Cloud(a)
    ids = launch_by_turns(cloud, [a.client(), b.client()], 8)
    found = cloud.await_state(ids, "running")
    assert len({i["PrivateIpAddress"] for i in found.values()}) == len(ids) == 8
    eventually("both say the same", lambda: all_instances(a.client()) == all_instances(b.client()))
    names = [n for n in cloud.docker.names() if n.startswith("chaos-i-")]
    assert sorted(names) == sorted(cloud.name(id) for id in ids)
    b.client().terminate_instances(InstanceIds=ids[:4])
    cloud.await_state(ids[:4], "terminated")
    assert len([n for n in cloud.docker.names() if n.startswith("chaos-i-")]) == 4
    for p in two:
        assert not p.get("/_simfra/docker/failures")[1]["failures"]


def test_the_other_takes_over_when_the_leader_is_killed(two):
    a, b = two
    cloud = Cloud(a)
    one, other = cloud.launch(2)
    found = cloud.await_state([one, other], "running")
    before = {n: cloud.docker.inspect(n)["Id"] for n in cloud.docker.names()}
    with Flow("tcp", cloud.pid(one), cloud.pid(other), found[other]["PrivateIpAddress"]) as tcp:
        tcp.flows()
        tcp.gap()
        begin = time.monotonic()
        a.kill()
        cloud.ec2 = b.client()
        (third,) = cloud.launch()
        eventually("b leads", lambda: role(b) == "leads", 6)
        measure("leader killed, the other leads", time.monotonic() - begin)
        cloud.await_state([third], "running", 20)
        measure("leader killed, what the other was asked for runs", time.monotonic() - begin)
        assert time.monotonic() - begin < 10
        tcp.flows()
        assert tcp.gap() < 0.5, "flows noticed"
    # Agents found their way to it, and nothing was made anew.
    metadata_answers(cloud, third)
    assert {n: cloud.docker.inspect(n)["Id"] for n in before} == before
    a.start()
    assert (role(a), role(b)) == ("stands by", "leads")


def test_a_leader_that_leaves_hands_over_at_once_and_removes_nothing(two):
    a, b = two
    cloud = Cloud(a)
    (id,) = cloud.launch()
    cloud.await_state([id], "running")
    pid = cloud.pid(id)
    begin = time.monotonic()
    a.stop()
    eventually("b leads", lambda: role(b) == "leads", 3)
    measure("leader stopped, the other leads (the stop included)", time.monotonic() - begin)
    assert cloud.pid(id) == pid
    cloud.ec2 = b.client()
    cloud.await_state(cloud.launch(), "running")


def test_a_leader_that_was_frozen_stands_by_when_it_wakes(two):
    a, b = two
    cloud = Cloud(a)
    ids = cloud.launch(2)
    cloud.await_state(ids, "running")
    a.process.send_signal(signal.SIGSTOP)
    try:
        cloud.ec2 = b.client()
        eventually("b leads", lambda: role(b) == "leads", 6)
        more = cloud.launch(2)
        # The control address is still the frozen one's, so only what needs no agent can end.
        cloud.ec2.terminate_instances(InstanceIds=ids)
        eventually("two are gone", lambda: not [i for i in ids if cloud.docker.inspect(cloud.name(i))])
    finally:
        a.process.send_signal(signal.SIGCONT)
    cloud.await_state(more, "running", 40)
    cloud.await_state(ids, "terminated")
    assert (role(a), role(b)) == ("stands by", "leads")
    assert sorted(n for n in cloud.docker.names() if n.startswith("chaos-i-")) == \
        sorted(cloud.name(i) for i in more)
