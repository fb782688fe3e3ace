"""What tests of databases and caches share: two zones, and a machine with the engines' clients."""
import uuid

import pytest

from plane import REGISTRY


class Data:
    """In the cloud's VPC: a second subnet, a group that lets a port in from the client alone."""

    def __init__(self, cloud):
        self.cloud, self.ec2 = cloud, cloud.ec2
        zone = self.ec2.describe_subnets(SubnetIds=[cloud.subnet])["Subnets"][0]["AvailabilityZone"]
        other = zone[:-1] + ("b" if zone[-1] != "b" else "c")
        self.second = self.ec2.create_subnet(VpcId=cloud.vpc, CidrBlock="10.0.2.0/24",
                                             AvailabilityZone=other)["Subnet"]["SubnetId"]
        self.subnets = [cloud.subnet, self.second]
        self.inside = self.group("clients")
        self.outside = self.group("strangers")
        self.image = self.ec2.register_image(
            Name=f"clients-{uuid.uuid4().hex}",
            ImageLocation=f"docker://{REGISTRY}/simfra-test/clients")["ImageId"]
        self.client = cloud.launch(ImageId=self.image, wait="running", SecurityGroupIds=[self.inside])

    def group(self, name):
        return self.ec2.create_security_group(GroupName=f"{name}-{uuid.uuid4().hex[:8]}", VpcId=self.cloud.vpc,
                                              Description=name)["GroupId"]

    def for_port(self, port):
        """A group that lets the clients in."""
        g = self.group("data")
        self.ec2.authorize_security_group_ingress(GroupId=g, IpPermissions=[{
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "UserIdGroupPairs": [{"GroupId": self.inside}]}])
        return g

    def close(self):
        self.ec2.terminate_instances(InstanceIds=[self.client.id])
        self.client.becomes("terminated")
        self.ec2.deregister_image(ImageId=self.image)
        for g in self.ec2.describe_security_groups(Filters=[
                {"Name": "vpc-id", "Values": [self.cloud.vpc]}])["SecurityGroups"]:
            if g["GroupName"].startswith("data-"):
                self.ec2.delete_security_group(GroupId=g["GroupId"])
        self.ec2.delete_security_group(GroupId=self.inside)
        self.ec2.delete_security_group(GroupId=self.outside)
        self.ec2.delete_subnet(SubnetId=self.second)


@pytest.fixture(scope="module")
def data(cloud):
    made = Data(cloud)
    yield made
    made.close()
