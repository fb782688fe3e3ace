"""The resolver of a VPC as instances see it, and AWS's own names with a certificate."""
import json
import os
import ssl
import subprocess

import pytest

from plane import BUILD, eventually, run
from test_metadata import drop_profile, make_profile


@pytest.fixture(scope="module")
def role(plane):
    yield make_profile(plane, "dns")
    drop_profile(plane, "dns")


@pytest.fixture(scope="module")
def machine(cloud, role):
    return cloud.launch(IamInstanceProfile={"Name": role})


def dig(m, name, *more):
    return m.sh(f"dig +short +time=2 +tries=1 {' '.join(more)} {name}")


def status(m, name, *more):
    out = m.sh(f"dig +noall +comments +time=2 +tries=1 {' '.join(more)} {name}")
    return out.partition("status: ")[2].partition(",")[0]


def test_names_of_aws_lead_to_control(machine):
    for name in ("sts.amazonaws.com", "ec2.us-east-1.amazonaws.com", "ec2.us-east-1.api.aws",
                 "my.bucket.s3.eu-west-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn",
                 "simfra.local", "sqs.us-east-1.simfra.local"):
        for way in ("+notcp", "+tcp"):
            for server in ("10.0.0.2", "169.254.169.253"):
                assert dig(machine, name, way, f"@{server}") == "10.0.0.3", (name, way, server)
        assert status(machine, name, "-t AAAA") == "NOERROR" and not dig(machine, name, "-t AAAA")
    # What speaks of an address of ours says it; of others' there is nothing.
    public = machine.see()["PublicDnsName"]
    assert dig(machine, public) == machine.address
    assert dig(machine, "-x " + machine.public) == public + "."
    address = machine.public.split(".")
    other = address[:3] + [str(int(address[3]) ^ 64)]
    assert dig(machine, f"ec2-{'-'.join(other)}.compute-1.amazonaws.com") == ".".join(other)
    assert status(machine, "ec2-8-8-8-8.compute-1.amazonaws.com") == "NXDOMAIN"
    assert status(machine, "vpce-0-x.sqs.us-east-1.vpce.amazonaws.com") == "NXDOMAIN"


# Nothing but the region: no endpoint, no key.
SDK = """
import json, os
for name in ('AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'):
    os.environ.pop(name, None)
import boto3
who = boto3.client('sts', region_name='us-east-1')
ec2 = boto3.client('ec2', region_name='eu-west-1')
print(json.dumps({'who': who.get_caller_identity()['Arn'], 'url': who.meta.endpoint_url,
                  'vpcs': len(ec2.describe_vpcs()['Vpcs']), 'other': ec2.meta.endpoint_url}))
"""


def test_an_sdk_needs_no_endpoint(machine, role):
    found = machine.python(SDK)
    assert found["url"].startswith("https://sts.") and found["url"].endswith("amazonaws.com")
    assert found["other"] == "https://ec2.eu-west-1.amazonaws.com"
    assert found["who"] == f"arn:aws:sts::000000000000:assumed-role/{role}-role/{machine.id}"
    assert found["vpcs"] >= 0


def test_the_trust_store_has_the_ca(machine, plane):
    """Programs that know nothing of us: curl by the bundle, Python by the folder of hashes."""
    for url in ("https://sts.us-east-1.amazonaws.com/", "https://simfra.local/_simfra/health",
                "https://bucket.s3.amazonaws.com/"):
        machine.sh(f"env -i PATH=$PATH curl -sS -m 5 -o /dev/null {url}")
    assert machine.sh(
        "env -i PATH=$PATH python3 -c \"import urllib.request as u;"
        "print(u.urlopen('https://simfra.local/_simfra/health', timeout=5).status)\"") == "200"
    # No more than our names, and no other port.
    assert machine.try_sh("curl -sS -m 5 -o /dev/null --resolve example.com:443:10.0.0.3 "
                          "https://example.com/").returncode == 35
    ca = run(os.path.join(BUILD, "simfra"), "ca",
             env=dict(os.environ, SIMFRA_PORT=str(plane.port))).stdout
    assert machine.sh("cat /usr/local/share/ca-certificates/simfra-ca.crt") == ca.strip()
    assert machine.sh("grep -c BEGIN /.simfra/ca-bundle.pem") == \
        machine.sh("grep -c BEGIN /etc/ssl/certs/ca-certificates.crt")
    assert "PRIVATE" not in machine.sh("cat /.simfra/*.pem")
    # An instance is no client of this host, encrypted or not.
    assert machine.sh("curl -s -o /dev/null -w '%{http_code}' -m 5 "
                      "https://simfra.local/_simfra/coverage") == "403"


def test_the_ca_is_trusted_once_also_after_a_reboot(machine):
    before = machine.sh("sha256sum </etc/ssl/certs/ca-certificates.crt")
    boots = machine.sh("cat /.simfra/ca-bundle.pem | sha256sum")
    assert before == boots
    machine.ec2.stop_instances(InstanceIds=[machine.id])
    machine.becomes("stopped")
    machine.ec2.start_instances(InstanceIds=[machine.id])
    machine.becomes("running")
    assert machine.sh("sha256sum </etc/ssl/certs/ca-certificates.crt") == before


def test_the_host_may_speak_tls(special, tmp_path):
    """A port of the host's own, and the same CA after a restart with data."""
    def ca():
        return run(os.path.join(BUILD, "simfra"), "ca",
                   env=dict(os.environ, SIMFRA_PORT=str(p.port))).stdout

    tls = 1000 + int(os.environ.get("E2E_PORT", "4720"))
    p = special(SIMFRA_TLS_PORT=str(tls), SIMFRA_DATA_DIR=str(tmp_path / "data"),
                SIMFRA_DOCKER="false")
    pem = ca()
    context = ssl.create_default_context(cadata=pem)
    assert context.cert_store_stats()["x509_ca"] >= 1
    (tmp_path / "ca.pem").write_text(pem)

    def health():
        return run("curl", "-sS", "--noproxy", "*", "--cacert", str(tmp_path / "ca.pem"),
                   f"https://localhost:{tls}/_simfra/health").stdout

    assert json.loads(health())["status"] == "healthy"
    p.stop()
    p.start()
    assert ca() == pem and json.loads(health())["status"] == "healthy"
    p.kill()
    p.start()
    assert ca() == pem
    p.post("/_simfra/reset")
    assert ca() == pem
    p.stop()
    p.start()
    assert ca() == pem


def test_vpc_attributes(cloud, machine):
    """Without DNS host names EC2's names are gone, without DNS support all is."""
    name = "ip-" + machine.address.replace(".", "-") + ".ec2.internal"
    assert dig(machine, name) == machine.address

    def set_attribute(**which):
        for k, v in which.items():
            cloud.ec2.modify_vpc_attribute(VpcId=cloud.vpc, **{k: {"Value": v}})

    try:
        set_attribute(EnableDnsHostnames=False)
        eventually("the name is gone", lambda: status(machine, name) == "NXDOMAIN", 5)
        assert machine.see()["PublicDnsName"] == ""
        assert dig(machine, "sts.amazonaws.com") == "10.0.0.3"
        set_attribute(EnableDnsSupport=False)
        eventually("nobody answers", lambda: machine.try_sh(
            "dig +time=1 +tries=1 sts.amazonaws.com").returncode != 0, 5)
        assert machine.try_sh(
            "dig +time=1 +tries=1 @169.254.169.253 sts.amazonaws.com").returncode != 0
        assert machine.try_sh("getent hosts simfra.local").returncode != 0
    finally:
        set_attribute(EnableDnsSupport=True)
        set_attribute(EnableDnsHostnames=True)
    eventually("the name is back", lambda: dig(machine, name) == machine.address, 5)


def test_an_interface_endpoint_has_its_names(cloud, machine):
    made = cloud.ec2.create_vpc_endpoint(
        VpcId=cloud.vpc, VpcEndpointType="Interface", SubnetIds=[cloud.subnet],
        ServiceName="com.amazonaws.us-east-1.sqs", PrivateDnsEnabled=True)["VpcEndpoint"]
    try:
        eni = cloud.ec2.describe_network_interfaces(
            NetworkInterfaceIds=made["NetworkInterfaceIds"])["NetworkInterfaces"][0]
        for entry in made["DnsEntries"]:
            eventually(entry["DnsName"],
                       lambda e=entry: dig(machine, e["DnsName"]) == eni["PrivateIpAddress"], 5)
        assert dig(machine, "sqs.us-east-1.amazonaws.com") == eni["PrivateIpAddress"]
        assert dig(machine, "sqs.us-east-2.amazonaws.com") == "10.0.0.3"
        # Both are of the default group, so that the machine may speak to the endpoint.
        eventually("the endpoint leads to control", lambda: machine.try_sh(
            "env -i PATH=$PATH curl -sS -m 5 -o /dev/null https://sqs.us-east-1.amazonaws.com/"
        ).returncode == 0, 10)
    finally:
        cloud.ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    eventually("control again",
               lambda: dig(machine, "sqs.us-east-1.amazonaws.com") == "10.0.0.3", 5)


def test_dhcp_options(cloud, machine):
    """A new instance has them at once, one that runs at its next boot."""
    old = cloud.ec2.describe_vpcs(VpcIds=[cloud.vpc])["Vpcs"][0]["DhcpOptionsId"]
    options = cloud.ec2.create_dhcp_options(DhcpConfigurations=[
        {"Key": "domain-name", "Values": ["corp.example"]},
        {"Key": "domain-name-servers", "Values": ["10.0.1.99", "AmazonProvidedDNS"]},
    ])["DhcpOptions"]["DhcpOptionsId"]

    def conf(m):
        lines = m.sh("grep -v '^#' /etc/resolv.conf").splitlines()
        return {line.split()[0] + " " + w for line in lines for w in line.split()[1:]
                if line.split()[0] in ("nameserver", "search")}

    usual = {"nameserver 10.0.0.2", "search ec2.internal"}
    custom = {"nameserver 10.0.1.99", "nameserver 10.0.0.2", "search corp.example"}
    assert conf(machine) == usual
    cloud.ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=cloud.vpc)
    try:
        fresh = cloud.launch()
        assert conf(fresh) == custom
        cloud.ec2.terminate_instances(InstanceIds=[fresh.id])
        fresh.becomes("terminated")
        machine.ec2.stop_instances(InstanceIds=[machine.id])
        machine.becomes("stopped")
        machine.ec2.start_instances(InstanceIds=[machine.id])
        machine.becomes("running")
        eventually("DHCP has told", lambda: conf(machine) == custom, 10)
    finally:
        cloud.ec2.associate_dhcp_options(DhcpOptionsId=old, VpcId=cloud.vpc)
        cloud.ec2.delete_dhcp_options(DhcpOptionsId=options)
    machine.ec2.stop_instances(InstanceIds=[machine.id])
    machine.becomes("stopped")
    machine.ec2.start_instances(InstanceIds=[machine.id])
    machine.becomes("running")
    eventually("as before", lambda: conf(machine) == usual, 10)


def test_port_53_of_the_host_is_nobodys_of_ours(plane):
    """What listens there was there before, or is in a namespace of its own."""
    found = subprocess.run(["ss", "-Hlnptu", "sport", "=", ":53"], stdout=subprocess.PIPE,
                           text=True, check=True).stdout
    assert "simfra" not in found
