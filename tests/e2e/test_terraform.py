"""A usual VPC module as Terraform's provider applies it: nothing that is read back may differ."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "terraform-shapes"))

import module  # noqa: E402
import provider  # noqa: E402
from plane import eventually, measure  # noqa: E402

import time  # noqa: E402


class State:
    """What Terraform would keep: each resource's id and arguments."""

    def __init__(self, plane):
        self.plane, self.ids, self.arguments = plane, {}, {}
        self.connect()

    def connect(self):
        ec2, asg = self.plane.client("ec2"), self.plane.client("autoscaling")
        self.kinds = {name: kind(ec2, asg) for name, kind in provider.KINDS.items()}

    def kind(self, address):
        return self.kinds[address.split(".")[0]]

    def resolve(self, v):
        if isinstance(v, module.Ref):
            return self.ids[v]
        if isinstance(v, dict):
            return {k: self.resolve(x) for k, x in v.items()}
        if isinstance(v, (list, tuple)):
            return type(v)(self.resolve(x) for x in v)
        return v

    def create(self, address, arguments):
        self.arguments[address] = arguments
        self.ids[address] = self.kind(address).create(self.resolve(arguments))

    def update(self, address, arguments):
        self.kind(address).update(self.ids[address], self.resolve(self.arguments[address]),
                                  self.resolve(arguments))
        self.arguments[address] = arguments

    def drift(self, address, attributes):
        """A line for each attribute that is not as it should be."""
        want = self.resolve(attributes)
        if address.startswith("aws_autoscaling_group"):
            want["vpc_zone_identifier"] = sorted(want["vpc_zone_identifier"])
        got = self.kind(address).read(self.ids[address])
        if got is None:
            return [f"{address}: is not there"]
        assert set(got) == set(want), (address, set(got) ^ set(want))
        # The wanted value stands left, for it may be SET.
        return [f"{address}.{k}: {got[k]!r}, not {want[k]!r}" for k in want
                if not want[k] == got[k]]

    def plan(self, resources):
        return [line for address, _, attributes in resources
                for line in self.drift(address, attributes)]

    def delete(self, address):
        self.kind(address).delete(self.ids[address])
        assert self.kind(address).read(self.ids[address]) is None, address


@pytest.mark.parametrize("docker", ["true", "false"])
def test_apply_plan_change_destroy(special, tmp_path, docker):
    p = special(SIMFRA_DOCKER=docker, SIMFRA_DATA_DIR=str(tmp_path / "data"))
    image = p.client("ec2").describe_images(Filters=[
        {"Name": "name", "Values": ["debian-12-amd64-*"]}])["Images"][0]["ImageId"]
    resources, state, begin = module.resources(image), State(p), time.monotonic()

    for address, arguments, attributes in resources:
        state.create(address, arguments)
        assert state.drift(address, attributes) == []
    measure(f"terraform shapes: apply of {len(resources)} resources, docker {docker}",
            time.monotonic() - begin)
    assert state.plan(resources) == []

    p.stop()
    p.start()
    state.connect()
    assert state.plan(resources) == []

    changed = {r[0]: r for r in [
        module.subnet("private", 2, 12, True), module.rule(8090),
        module.instance(image, ("web", "app"), Owner="me"), module.template(image, 2, False),
        module.scaling(3)]}
    for address, arguments, _ in changed.values():
        state.update(address, arguments)
    resources = [changed.get(r[0], r) for r in resources]
    assert state.plan(resources) == []

    begin = time.monotonic()
    for address, _, _ in reversed(resources):
        state.delete(address)
    measure(f"terraform shapes: destroy, docker {docker}", time.monotonic() - begin)
    eventually("no machine and no router is left", lambda: not [
        c for c in p.containers() if "-i-" in c["Names"][0] or "-vpc-" in c["Names"][0]])
