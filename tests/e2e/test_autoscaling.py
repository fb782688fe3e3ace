"""Auto Scaling with real instances: kept at their number, whoever ends one, and control too."""
import base64
import random
import time

import pytest

from cloud import Cloud, Machine
from plane import eventually, measure, run

USER_DATA = "#!/bin/sh\necho made by the group >/root/mark\n"


class Group:
    """A group, as its users see it; gone with close()."""

    def __init__(self, cloud, name, desired, **more):
        self.cloud, self.name = cloud, name
        self.asg = cloud.plane.client("autoscaling")
        self.source = self.make_source()
        params = dict(MinSize=0, MaxSize=6, DesiredCapacity=desired,
                      VPCZoneIdentifier=cloud.subnet, HealthCheckGracePeriod=0,
                      Tags=[{"Key": "Name", "Value": name, "PropagateAtLaunch": True}])
        self.asg.create_auto_scaling_group(AutoScalingGroupName=name, **self.source,
                                           **{**params, **more})

    def make_source(self):
        self.asg.create_launch_configuration(
            LaunchConfigurationName=self.name, ImageId=self.cloud.debian,
            InstanceType="t3.micro", UserData=base64.b64encode(USER_DATA.encode()).decode())
        return {"LaunchConfigurationName": self.name}

    def drop_source(self):
        self.asg.delete_launch_configuration(LaunchConfigurationName=self.name)

    def close(self):
        if self.see() is not None:
            self.asg.delete_auto_scaling_group(AutoScalingGroupName=self.name, ForceDelete=True)
        eventually("the group is gone", lambda: self.see() is None, 30)
        assert self.alive() == []
        self.drop_source()

    def see(self):
        found = self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        return next(iter(found["AutoScalingGroups"]), None)

    def ids(self, state="InService"):
        return [i["InstanceId"] for i in self.see()["Instances"]
                if state is None or i["LifecycleState"] == state]

    def set(self, n):
        self.asg.set_desired_capacity(AutoScalingGroupName=self.name, DesiredCapacity=n)

    def settles(self, n, seconds=30):
        """So many are in service and there are no others: not for the group, EC2 or Docker."""
        eventually(f"{self.name} has {n} instances",
                   lambda: len(self.ids()) == len(self.ids(None)) == n, seconds)
        ids = set(self.ids())
        assert set(self.alive()) == ids
        eventually("no other containers", lambda: self.containers() == ids, 10)
        return sorted(ids)

    def alive(self):
        pages = self.cloud.ec2.describe_instances(Filters=[
            {"Name": "tag:aws:autoscaling:groupName", "Values": [self.name]},
            {"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down"]}])
        return [i["InstanceId"] for r in pages["Reservations"] for i in r["Instances"]]

    def containers(self):
        names = (c["Names"][0].lstrip("/") for c in self.cloud.plane.containers())
        prefix = f"{self.cloud.plane.name}-"
        return {n[len(prefix):] for n in names if n.startswith(prefix + "i-")}


class TemplateGroup(Group):
    def make_source(self):
        self.cloud.ec2.create_launch_template(LaunchTemplateName=self.name, LaunchTemplateData={
            "ImageId": self.cloud.debian, "InstanceType": "t3.micro",
            "UserData": base64.b64encode(USER_DATA.encode()).decode()})
        return {"LaunchTemplate": {"LaunchTemplateName": self.name, "Version": "$Latest"}}

    def drop_source(self):
        self.cloud.ec2.delete_launch_template(LaunchTemplateName=self.name)


@pytest.fixture(scope="module")
def group(cloud):
    g = TemplateGroup(cloud, "web", 2)
    yield g
    g.close()


def test_a_group_launches_what_it_is_to_have(cloud, group):
    begin = time.monotonic()
    ids = group.settles(2)
    measure("a group of two in service", time.monotonic() - begin)
    for id in ids:
        m = Machine(cloud, id)
        m.finishes_boot()
        assert m.sh("cat /root/mark") == "made by the group"
        tags = {t["Key"]: t["Value"] for t in m.see()["Tags"]}
        assert tags["Name"] == "web" and tags["aws:autoscaling:groupName"] == "web"
    done = group.asg.describe_scaling_activities(AutoScalingGroupName="web")["Activities"]
    assert [a["StatusCode"] for a in done] == ["Successful"] * 2


def test_what_somebody_ends_is_replaced(cloud, group):
    victim, other = group.settles(2)
    begin = time.monotonic()
    run("docker", "rm", "-f", f"{cloud.plane.name}-{victim}")
    eventually("it is replaced",
               lambda: victim not in group.ids(None) and len(group.ids()) == 2, 30)
    measure("docker rm -f, replaced and in service", time.monotonic() - begin)
    assert other in group.settles(2)
    cloud.ec2.stop_instances(InstanceIds=[other])
    eventually("it is replaced",
               lambda: other not in group.ids(None) and len(group.ids()) == 2, 60)
    group.settles(2)
    causes = [a["Cause"] for a in group.asg.describe_scaling_activities(
        AutoScalingGroupName="web")["Activities"]]
    assert sum("in response to an EC2 health check" in c for c in causes) == 2


def test_it_grows_and_shrinks(cloud, group):
    begin = time.monotonic()
    group.set(3)
    group.settles(3)
    measure("from two to three", time.monotonic() - begin)
    group.set(1)
    group.settles(1)


def test_a_hook_holds_an_instance(cloud, group):
    before = set(group.settles(1))
    hook = dict(AutoScalingGroupName="web", LifecycleHookName="ready")
    group.asg.put_lifecycle_hook(
        **hook, LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING", HeartbeatTimeout=60)
    group.set(2)
    new = eventually("it waits", lambda: group.ids("Pending:Wait"))[0]
    m = Machine(cloud, new)
    m.finishes_boot()
    assert set(group.ids()) == before
    group.asg.complete_lifecycle_action(**hook, InstanceId=new, LifecycleActionResult="CONTINUE")
    eventually("it serves", lambda: set(group.ids()) == before | {new}, 5)
    group.asg.delete_lifecycle_hook(**hook)


def test_a_refresh_replaces_all(cloud, group):
    old = set(group.settles(2))
    cloud.ec2.create_launch_template_version(LaunchTemplateName="web", SourceVersion="1",
                                             LaunchTemplateData={"InstanceType": "t3.small"})
    group.asg.start_instance_refresh(AutoScalingGroupName="web", Preferences={
        "InstanceWarmup": 0, "MinHealthyPercentage": 100, "MaxHealthyPercentage": 150})
    eventually("the refresh is done", lambda: group.asg.describe_instance_refreshes(
        AutoScalingGroupName="web")["InstanceRefreshes"][0]["Status"] == "Successful", 60)
    assert not old & set(group.settles(2))
    assert {(i["InstanceType"], i["LaunchTemplate"]["Version"])
            for i in group.see()["Instances"]} == {("t3.small", "2")}


def test_a_scheduled_action_runs(cloud, group):
    group.asg.put_scheduled_update_group_action(
        AutoScalingGroupName="web", ScheduledActionName="soon", StartTime=time.time() + 2,
        DesiredCapacity=1)
    group.settles(1, 20)
    assert group.asg.describe_scheduled_actions(
        AutoScalingGroupName="web")["ScheduledUpdateGroupActions"] == []


def test_control_is_killed_while_it_scales(special, tmp_path):
    plane = special(SIMFRA_DATA_DIR=str(tmp_path / "data"))
    cloud = Cloud(plane)
    group = Group(cloud, "crash", 0)
    for n in (4, 1, 3):
        group.set(n)
        time.sleep(random.uniform(0, 0.4))
        plane.kill()
        plane.start()
        group.settles(n, 40)
    group.close()
    cloud.close()
