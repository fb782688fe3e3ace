"""kill -9 of control in the middle of launches and terminations: nothing lost, doubled, leaked.

CHAOS_SEED makes the same choices again; it is printed.
"""
import os
import random
import threading
import time
import uuid

import pytest

from harness import IMAGE, INSTANCE, LOST, Cloud, address_in, eventually, measure, run

OPERATIONS, ROUNDS = 50, 6


class Client(threading.Thread):
    """One request, answered or not: what it wanted and what it knows."""

    def __init__(self, cloud, what, **given):
        super().__init__(daemon=True)
        self.cloud, self.what, self.given = cloud, what, given
        self.answer = self.error = None

    def run(self):
        try:
            self.answer = self.call()
        except LOST as e:
            self.error = e  # control died with it

    def call(self):
        ec2 = self.cloud.plane.client()
        if self.what == "launch":
            return self.cloud.launch(self.given["n"], ec2, ClientToken=self.given["token"])
        return ec2.terminate_instances(InstanceIds=[self.given["id"]])["TerminatingInstances"]


class Story:
    """What was asked for, and of what it is known that it must be so."""

    def __init__(self, cloud, seed):
        self.cloud, self.random = cloud, random.Random(seed)
        self.launches, self.running, self.ending, self.unsure = [], set(), set(), set()

    def choose(self):
        if self.running and self.random.random() < 0.4:
            id = self.random.choice(sorted(self.running))
            self.running.discard(id)
            return Client(self.cloud, "terminate", id=id)
        token = str(uuid.UUID(int=self.random.getrandbits(128)))
        return Client(self.cloud, "launch", n=self.random.choice((1, 1, 2)), token=token)

    def note(self, client):
        """Its request is over, this way or that."""
        if client.what == "terminate":
            (self.unsure if client.answer is None else self.ending).add(client.given["id"])
            return
        self.launches.append(client)
        if client.answer is not None:
            assert len(client.answer) == client.given["n"]
            self.running.update(client.answer)

    def kill_within(self, n):
        """n requests, a few at a time, and a kill -9 at some moment of it all."""
        clients = [self.choose() for _ in range(n)]
        end = time.monotonic() + self.random.uniform(0.02, 1.2)
        lanes = [threading.Thread(target=self.lane, args=(clients[i::3],)) for i in range(3)]
        for lane in lanes:
            lane.start()
        time.sleep(max(0.0, end - time.monotonic()))
        self.cloud.plane.kill()
        for lane in lanes:
            lane.join()
        for client in clients:
            self.note(client)
        return clients

    @staticmethod
    def lane(clients):
        for client in clients:
            client.run()

    def repeat_some(self):
        """Clients whose launch was not answered try again with the same token: all but some."""
        for client in self.launches:
            if client.answer is None and self.random.random() < 0.6:
                client.answer = client.call()
                assert len(client.answer) == client.given["n"]
                self.running.update(client.answer)


def by_token(found):
    tokens = {}
    for i in found.values():
        tokens.setdefault(i["ClientToken"], []).append(i)
    return tokens


def check_requests(story):
    """Each launch is whole or absent, and once."""
    tokens = by_token(story.cloud.instances())
    for client in story.launches:
        there = [i["InstanceId"] for i in tokens.pop(client.given["token"], [])]
        if client.answer is not None:
            assert sorted(there) == sorted(client.answer)
        else:
            assert len(there) in (0, client.given["n"]), "half a launch"
            story.running.update(there)
    assert not tokens, "instances that nobody launched"


def settled(story):
    found = story.cloud.instances()
    for id, i in found.items():
        state = i["State"]["Name"]
        if id in story.unsure:
            assert state in ("running", "terminated"), (id, state)
        else:
            assert state == ("running" if id in story.running else "terminated"), (id, state)
    assert story.running | story.ending | story.unsure == set(found)
    return found


def check_world(story, found):
    """Containers, interfaces and addresses are those of the instances that run; each once."""
    cloud = story.cloud
    run = {id for id, i in found.items() if i["State"]["Name"] == "running"}
    names = [n for n in cloud.docker.names() if n.startswith("chaos-i-")]
    assert sorted(names) == sorted(cloud.name(id) for id in run)
    interfaces = cloud.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert sorted(e["Attachment"]["InstanceId"] for e in interfaces) == sorted(run)
    addresses = [found[id]["PrivateIpAddress"] for id in run]
    assert len(set(addresses)) == len(addresses)
    for id in run:
        assert address_in(cloud.pid(id)) == found[id]["PrivateIpAddress"]


def test_nothing_is_lost_doubled_or_leaked(plane):
    seed = int(os.environ.get("CHAOS_SEED", random.SystemRandom().getrandbits(32)))
    print(f"CHAOS_SEED={seed}")
    story = Story(Cloud(plane), seed)
    unanswered = worst = 0
    for i in range(ROUNDS):
        n = OPERATIONS // ROUNDS + (i < OPERATIONS % ROUNDS)
        unanswered += sum(c.answer is None for c in story.kill_within(n))
        worst = max(worst, plane.start())
        story.repeat_some()
    measure(f"kill -9 of control ({unanswered} of {OPERATIONS} requests unanswered), "
            "slowest restart", worst)
    begin = time.monotonic()
    check_requests(story)
    found = eventually("all is as it was asked for", lambda: settled(story), 60, 0.1)
    measure(f"then {len(found)} instances are as they were asked for", time.monotonic() - begin)
    check_world(story, found)

    ids = [id for id, i in found.items() if i["State"]["Name"] == "running"]
    story.cloud.ec2.terminate_instances(InstanceIds=ids)
    story.cloud.await_state(ids, "terminated")
    assert not [n for n in story.cloud.docker.names() if n.startswith("chaos-i-")]
    assert not story.cloud.ec2.describe_network_interfaces()["NetworkInterfaces"]
    # The network of the VPC is free again, down to the last number.
    story.cloud.ec2.delete_subnet(SubnetId=story.cloud.subnet)
    story.cloud.ec2.delete_vpc(VpcId=story.cloud.vpc)
    eventually("the router is gone", lambda: not [n for n in story.cloud.docker.names()
                                                  if n.startswith("chaos-vpc-")])


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3])
def test_launch_that_is_cut_short_is_finished(plane, delay):
    """The kill comes a moment after the answer: between any two steps of the reconciler."""
    cloud = Cloud(plane)
    ids = cloud.launch(2)
    time.sleep(delay)
    plane.kill()
    plane.start()
    found = cloud.await_state(ids, "running", 20)
    for id in ids:
        assert address_in(cloud.pid(id)) == found[id]["PrivateIpAddress"]


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.2])
def test_vpc_that_is_deleted_while_control_dies_is_gone(plane, delay):
    cloud = Cloud(plane)
    eventually("the router", lambda: f"chaos-{cloud.vpc}" in cloud.docker.names())
    cloud.ec2.delete_subnet(SubnetId=cloud.subnet)
    cloud.ec2.delete_vpc(VpcId=cloud.vpc)
    time.sleep(delay)
    plane.kill()
    plane.start()
    eventually("router and network are gone", lambda: not (
        f"chaos-{cloud.vpc}" in cloud.docker.names() or
        [n for n in cloud.docker.ours("networks") if cloud.vpc in n["Name"]]))
    again = Cloud(plane)
    again.await_state(again.launch(), "running")


def test_half_made_instance_is_made_afresh(planes, folder):
    """Killed between creating the container and putting init into it."""
    data = os.path.join(folder, "data")
    plain = planes(SIMFRA_DATA_DIR=data, SIMFRA_DOCKER="false")
    plain.start()
    cloud = Cloud(plain)
    (id,) = cloud.launch()
    plain.stop()
    labels = [f"dev.simfra.{k}={v}" for k, v in (
        ("owner", INSTANCE), ("account", "000000000000"), ("region", "us-east-1"),
        ("service", "ec2"), ("kind", "instance"), ("id", id))]
    run("docker", "create", "--name", cloud.name(id), "--network", "none", "--entrypoint",
        "/.simfra/init", *(a for label in labels for a in ("--label", label)), IMAGE)
    plane = planes(SIMFRA_DATA_DIR=data)
    plane.start()
    cloud.ec2 = plane.client()
    address = cloud.instances()[id]["PrivateIpAddress"]
    eventually("it runs with its address", lambda: address_in(cloud.pid(id)) == address)
