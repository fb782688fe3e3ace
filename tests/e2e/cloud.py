"""A VPC with instances in it, and what can be seen from inside of them."""
import json
import random

from plane import eventually, inspect, run

STATES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64,
          "stopped": 80}


class Network:
    """A VPC with one subnet, and a way to the internet if it is to have one."""

    def __init__(self, plane, cidr="10.0.0.0/16", subnet="10.0.1.0/24", internet=True, ec2=None):
        self.plane, self.ec2, self.cidr = plane, ec2 or plane.client("ec2"), cidr
        self.id = self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        # As AWS has it: a VPC that is not the default one gives no names unless asked.
        self.ec2.modify_vpc_attribute(VpcId=self.id, EnableDnsHostnames={"Value": True})
        self.subnet = self.ec2.create_subnet(VpcId=self.id, CidrBlock=subnet)["Subnet"]["SubnetId"]
        self.gateway = None
        if internet:
            self.gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            self.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.id)
            self.ec2.create_route(RouteTableId=self.main_table(), GatewayId=self.gateway,
                                  DestinationCidrBlock="0.0.0.0/0")
            self.ec2.modify_subnet_attribute(SubnetId=self.subnet,
                                             MapPublicIpOnLaunch={"Value": True})
            # As a user must: the default group lets in nobody but its own members.
            self.allow("0.0.0.0/0", 80)

    def group(self):
        """The default security group."""
        return self.ec2.describe_security_groups(Filters=[
            {"Name": "vpc-id", "Values": [self.id]},
            {"Name": "group-name", "Values": ["default"]}])["SecurityGroups"][0]["GroupId"]

    def allow(self, cidr, port, group=None, protocol="tcp"):
        """Let it in; what revoke_security_group_ingress() takes."""
        rule = {"GroupId": group or self.group(), "IpPermissions": [
            {"IpProtocol": protocol, "FromPort": port, "ToPort": port,
             "IpRanges": [{"CidrIp": cidr}]}]}
        self.ec2.authorize_security_group_ingress(**rule)
        return rule

    def main_table(self):
        return self.ec2.describe_route_tables(
            Filters=[{"Name": "vpc-id", "Values": [self.id]}])["RouteTables"][0]["RouteTableId"]

    def instances(self):
        found = []
        for page in self.ec2.get_paginator("describe_instances").paginate(
                Filters=[{"Name": "vpc-id", "Values": [self.id]}]):
            for r in page["Reservations"]:
                found += r["Instances"]
        return found

    def close(self):
        """As a user would: instances, gateway, subnet, VPC; each must agree to go."""
        ids = [i["InstanceId"] for i in self.instances()]
        if ids:
            for i in ids:
                self.ec2.modify_instance_attribute(InstanceId=i,
                                                   DisableApiTermination={"Value": False})
            self.ec2.terminate_instances(InstanceIds=ids)
            eventually("the instances are gone", lambda: not self.instances(), 60, 0.05)
        if self.gateway:
            self.ec2.detach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.id)
            self.ec2.delete_internet_gateway(InternetGatewayId=self.gateway)
        self.ec2.delete_subnet(SubnetId=self.subnet)
        self.ec2.delete_vpc(VpcId=self.id)
        eventually("the router is gone", lambda: inspect(f"{self.plane.name}-{self.id}") is None)


class Cloud:
    def __init__(self, plane, **network):
        self.plane, self.ec2 = plane, plane.client("ec2")
        self.network = Network(plane, **network)
        self.vpc, self.subnet = self.network.id, self.network.subnet
        self.more = []
        self.debian = self.image("debian-12-*")

    def image(self, name):
        found = self.ec2.describe_images(Filters=[
            {"Name": "name", "Values": [name]},
            {"Name": "architecture", "Values": ["x86_64"]}])["Images"]
        return found[0]["ImageId"]

    def another(self, **network):
        """A further VPC, gone with this."""
        self.more.append(Network(self.plane, **network))
        return self.more[-1]

    def close(self):
        for n in [self.network, *self.more]:
            n.close()

    # Instances

    def launch(self, user_data=None, n=None, wait="running", **more):
        """A Machine, or n of them; by default once they run and their user data has."""
        params = dict(ImageId=self.debian, InstanceType="t3.micro", MinCount=n or 1,
                      MaxCount=n or 1)
        if "NetworkInterfaces" not in more:
            params["SubnetId"] = self.subnet
        if user_data is not None:
            params["UserData"] = user_data
        params.update(more)
        made = [Machine(self, i["InstanceId"])
                for i in self.ec2.run_instances(**params)["Instances"]]
        if wait:
            for m in made:
                m.becomes(wait)
        if wait and user_data is not None:
            for m in made:
                m.finishes_boot()
        return made if n else made[0]


class Machine:
    def __init__(self, cloud, id):
        self.cloud, self.ec2, self.id = cloud, cloud.ec2, id
        self.name = f"{cloud.plane.name}-{id}"

    def __repr__(self):
        return self.id

    def see(self):
        """As DescribeInstances shows it."""
        r = self.ec2.describe_instances(InstanceIds=[self.id])
        return r["Reservations"][0]["Instances"][0]

    @property
    def address(self):
        return self.see()["PrivateIpAddress"]

    @property
    def public(self):
        return self.see().get("PublicIpAddress")

    def state(self):
        s = self.see()["State"]
        assert STATES[s["Name"]] == s["Code"]
        return s["Name"]

    def becomes(self, state, seconds=30.0):
        eventually(f"{self.id} is {state}", lambda: self.state() == state, seconds)
        return self.see()

    def finishes_boot(self, seconds=60.0):
        eventually(f"{self.id} has booted", lambda: self.try_sh(
            f"test -e /var/lib/cloud/instances/{self.id}/boot-finished").returncode == 0, seconds)

    # Inside

    def try_sh(self, script, timeout=60):
        return run("docker", "exec", "-i", self.name, "sh", "-c", script, check=False,
                   timeout=timeout)

    def sh(self, script, timeout=60):
        """What a script prints; it must succeed."""
        p = self.try_sh(script, timeout)
        assert p.returncode == 0, f"{self.id}: {script}: {p.returncode}\n{p.stdout}{p.stderr}"
        return p.stdout.strip()

    def python(self, code, env=(), timeout=60):
        """What a program prints, as a document; it has boto3 and no configuration at all."""
        options = [w for e in env for w in ("-e", e)]
        p = run("docker", "exec", "-i", *options, self.name, "python3", "-", input=code,
                timeout=timeout)
        return json.loads(p.stdout)

    def log(self):
        return self.sh("cat /var/log/cloud-init-output.log")

    def imds(self, path, *headers, method="GET", timeout=5):
        """Status and text."""
        options = "".join(f" -H '{h}'" for h in headers)
        out = self.sh(f"curl -s -m {timeout} -X {method}{options} -w '\\n%{{http_code}}' "
                      f"'http://169.254.169.254{path}' || true")
        text, _, status = out.rpartition("\n")
        return int(status), text

    def token(self, seconds=300):
        status, text = self.imds("/latest/api/token", method="PUT",
                                 *[f"X-aws-ec2-metadata-token-ttl-seconds: {seconds}"])
        assert status == 200, (status, text)
        return f"X-aws-ec2-metadata-token: {text}"

    def reaches(self, url, seconds=2):
        return self.try_sh(f"curl -s -o /dev/null -m {seconds} {url}").returncode == 0

    def serve(self, text, port=80):
        """A web server that answers with text."""
        self.sh(f"mkdir -p /srv/{port} && echo '{text}' >/srv/{port}/index.html && cd /srv/{port}"
                f" && (setsid python3 -m http.server {port} >/dev/null 2>&1 </dev/null &)")
        eventually("the server answers",
                   lambda: self.sh(f"curl -s -m 2 http://127.0.0.1:{port}/") == text)


def fetch(url, seconds=2):
    """From the host: the text, or None."""
    p = run("curl", "-s", "-m", str(seconds), "--noproxy", "*", url, check=False)
    return p.stdout.strip() if p.returncode == 0 else None


def console(plane, id):
    return plane.client("ec2").get_console_output(InstanceId=id).get("Output", "")


LOOK = """ip -o -4 addr show dev eth0 | awk '{print "wire", $4}'
name=%(name)s
echo "dns $(dig +short +time=2 +tries=2 $name)"
echo "ptr $(dig +short +time=2 +tries=2 -x %(address)s)"
echo "host $(hostname)"
t=$(curl -s -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
echo "imds $(curl -s -m 2 -H "X-aws-ec2-metadata-token: $t" http://169.254.169.254/latest/meta-data/local-ipv4)"
echo "id $(curl -s -m 2 -H "X-aws-ec2-metadata-token: $t" http://169.254.169.254/latest/meta-data/instance-id)"
"""


def check_addresses(cloud, most=3):
    """API = `ip addr` = DNS = metadata, of some of the instances that run."""
    for network in [cloud.network, *cloud.more]:
        runs = [i for i in network.instances() if i["State"]["Name"] == "running"]
        for seen in random.sample(runs, min(most, len(runs))):
            m = Machine(cloud, seen["InstanceId"])
            eventually(f"the addresses of {m.id} agree", lambda: agree(m, seen), 5)


def agree(machine, seen):
    address, name = seen["PrivateIpAddress"], seen["PrivateDnsName"]
    lines = machine.sh(LOOK % {"name": name, "address": address}).splitlines()
    said = {k: v for k, _, v in (line.partition(" ") for line in lines)}
    wire = [line.partition(" ")[2] for line in lines if line.startswith("wire ")]
    assert wire == [f"{address}/24"], (wire, address)
    assert said["dns"] == address and said["ptr"] == name + ".", said
    assert said["host"] == name.partition(".")[0], said
    assert seen["NetworkInterfaces"][0]["PrivateIpAddress"] == address
    if seen["MetadataOptions"]["HttpEndpoint"] == "enabled":
        assert said["imds"] == address and said["id"] == seen["InstanceId"], said
    return True

