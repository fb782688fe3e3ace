"""Load balancers: real proxies in the VPC that lead requests to instances."""
import re
import socket
import time

import pytest
from botocore.exceptions import ClientError

from cloud import Cloud
from data import data  # noqa: F401  (a fixture)
from plane import docker, eventually, inspect, measure, run

SERVER = r"""
import http.server, os, sys
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        status = 200
        if self.path == "/up":
            status = int(open("/tmp/up").read()) if os.path.exists("/tmp/up") else 200
        text = "".join(f"{k}: {v}\n" for k, v in self.headers.items())
        body = f"{sys.argv[1]} {self.command} {self.path}\n{text}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/login":
            self.send_header("Set-Cookie", "sid=42; Path=/")
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("", int(sys.argv[2])), H).serve_forever()
"""


def serve(machine, name, port=80):
    machine.sh(f"cat >/tmp/server.py <<'END'\n{SERVER}\nEND\n"
               f"(setsid python3 /tmp/server.py {name} {port} >/dev/null 2>&1 </dev/null &)")
    eventually("the server answers",
               lambda: machine.try_sh(f"curl -sf -m 2 http://127.0.0.1:{port}/").returncode == 0)


@pytest.fixture(scope="module")
def elb(plane):
    return plane.client("elbv2")


class World:
    """Two instances that serve, a group that lets the world in, and what tests make."""

    def __init__(self, elb, data):  # noqa: F811
        self.elb, self.data, self.cloud = elb, data, data.cloud
        self.ec2 = self.cloud.ec2
        self.group = data.group("balancer")
        self.cloud.network.allow("0.0.0.0/0", 80, group=self.group)
        self.cloud.network.allow("0.0.0.0/0", 443, group=self.group)
        self.cloud.network.allow("0.0.0.0/0", 81, group=self.group)
        self.one = self.cloud.launch(SubnetId=data.subnets[0])
        self.two = self.cloud.launch(SubnetId=data.subnets[1])
        serve(self.one, "one")
        serve(self.two, "two")
        self.balancers, self.groups = [], []

    def balancer(self, name, **more):
        begin = time.monotonic()
        more.setdefault("Subnets", self.data.subnets)
        if more.get("Type") != "network":
            more.setdefault("SecurityGroups", [self.group])
        b = self.elb.create_load_balancer(Name=name, **more)["LoadBalancers"][0]
        self.balancers.append(b["LoadBalancerArn"])
        eventually(f"{name} is active", lambda: self.see(b["LoadBalancerArn"])["State"]["Code"] == "active", 60)
        measure(f"{more.get('Type', 'application')} load balancer: create to active", time.monotonic() - begin)
        return b

    def see(self, arn):
        return self.elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]

    def targets(self, name, *machines, **more):
        params = dict(Protocol="HTTP", Port=80, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2,
                      HealthyThresholdCount=2, UnhealthyThresholdCount=2)
        if more.get("Protocol", "HTTP") == "HTTP":
            params["HealthCheckPath"] = "/up"
        params.update(more)
        g = self.elb.create_target_group(Name=name, VpcId=self.cloud.vpc, **params)["TargetGroups"][0]["TargetGroupArn"]
        self.groups.append(g)
        if machines:
            self.elb.register_targets(TargetGroupArn=g, Targets=[{"Id": m.id} for m in machines])
        return g

    def listen(self, balancer, port, *actions, **more):
        more.setdefault("Protocol", "HTTP")
        return self.elb.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Port=port,
                                        DefaultActions=list(actions), **more)["Listeners"][0]["ListenerArn"]

    def health(self, group):
        return {h["Target"]["Id"]: (h["TargetHealth"]["State"], h["TargetHealth"].get("Reason"))
                for h in self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]}

    def are(self, group, state, *machines, seconds=60):
        eventually(f"the targets are {state}",
                   lambda: [self.health(group).get(m.id, (None,))[0] for m in machines] == [state] * len(machines),
                   seconds)

    def public(self, balancer):
        name = balancer["LoadBalancerArn"].partition("loadbalancer/")[2]
        found = self.ec2.describe_network_interfaces(
            Filters=[{"Name": "description", "Values": [f"ELB {name}"]}])["NetworkInterfaces"]
        return [i["Association"]["PublicIp"] for i in found]

    def close(self):
        for b in self.balancers:
            self.elb.delete_load_balancer(LoadBalancerArn=b)
        for g in self.groups:
            self.elb.delete_target_group(TargetGroupArn=g)
        eventually("their interfaces are gone", lambda: not self.ec2.describe_network_interfaces(
            Filters=[{"Name": "requester-id", "Values": ["amazon-elb"]}])["NetworkInterfaces"], 60)
        self.ec2.terminate_instances(InstanceIds=[self.one.id, self.two.id])
        self.one.becomes("terminated")
        self.two.becomes("terminated")
        self.ec2.delete_security_group(GroupId=self.group)


@pytest.fixture(scope="module")
def world(elb, data):  # noqa: F811
    w = World(elb, data)
    yield w
    w.close()


def to(*groups, **more):
    if len(groups) == 1 and not more:
        return {"Type": "forward", "TargetGroupArn": groups[0]}
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": [
        {"TargetGroupArn": g, "Weight": n} for g, n in groups], **more}}


def fixed(status, body="", kind="text/plain"):
    return {"Type": "fixed-response", "FixedResponseConfig": {
        "StatusCode": str(status), "MessageBody": body, "ContentType": kind}}


class Answer:
    def __init__(self, text):
        # Each line's end is as Python has it.
        head, _, self.body = text.replace("\r\n", "\n").partition("\n\n")
        lines = head.split("\n")
        self.status = int(lines[0].split()[1]) if lines[0] else 0
        self.headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
        self.by = self.body.split(" ")[0]


def get(url, *options, check=True):
    p = run("curl", "-s", "-i", "-m", "5", "--noproxy", "*", *options, url, check=False)
    if not check and p.returncode != 0:
        return None
    assert p.returncode == 0, (url, p.returncode)
    return Answer(p.stdout)


@pytest.fixture(scope="module")
def web(world):
    """An application load balancer that leads to both instances."""
    b = world.balancer("web")
    b["group"] = world.targets("web", world.one, world.two)
    b["listener"] = world.listen(b, 80, to(b["group"]))
    world.are(b["group"], "healthy", world.one, world.two)
    b["addresses"] = world.public(b)
    b["url"] = f"http://{b['addresses'][0]}"
    eventually("it answers", lambda: get(b["url"], check=False) is not None)
    return b


def test_requests_reach_all_targets_by_all_addresses(web, world):
    assert len(web["addresses"]) == 2
    for address in web["addresses"]:
        assert {get(f"http://{address}/").by for _ in range(6)} == {"one", "two"}
    said = get(web["url"] + "/x?y=z", "-H", "X-Forwarded-For: 1.2.3.4").body
    assert "GET /x?y=z" in said
    assert re.search(r"(?im)^x-forwarded-for: 1\.2\.3\.4, \d", said), said
    assert re.search(r"(?im)^x-forwarded-proto: http$", said) and re.search(r"(?im)^x-forwarded-port: 80$", said)
    assert re.search(r"(?im)^x-amzn-trace-id: Root=1-[0-9a-fA-F]{8}-[0-9a-f]{24}$", said), said


def test_its_name_leads_to_it_in_the_vpc(web, world):
    found = set(world.one.sh(f"dig +short {web['DNSName']}").split())
    assert len(found) == 2
    for address in found:
        assert world.one.sh(f"curl -s -m 5 http://{address}/").split(" ")[0] in ("one", "two")


def test_its_security_group_decides(web, world):
    assert get(f"http://{web['addresses'][0]}:82/", "--connect-timeout", "1", check=False) is None
    world.ec2.revoke_security_group_ingress(GroupId=world.group, IpPermissions=[{
        "IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    eventually("nobody gets in", lambda: get(web["url"], "--connect-timeout", "1", check=False) is None)
    world.cloud.network.allow("0.0.0.0/0", 80, group=world.group)
    eventually("all get in", lambda: get(web["url"], "--connect-timeout", "1", check=False) is not None)


def condition(field, config, *values, **more):
    return {"Field": field, config: {"Values": list(values), **more}}


def test_rules_choose(web, world, elb):
    rules = [
        ([condition("path-pattern", "PathPatternConfig", "/fix*/?")], fixed(404, "no 'way' 50%\n\"x\"", "text/html")),
        ([condition("host-header", "HostHeaderConfig", "*.Shop.test")], fixed(201, "shop")),
        ([condition("http-header", "HttpHeaderConfig", "blue*", HttpHeaderName="X-Colour")], fixed(202, "blue")),
        ([condition("http-request-method", "HttpRequestMethodConfig", "DELETE", "PATCH")], fixed(203, "gone")),
        ([condition("query-string", "QueryStringConfig", {"Key": "v", "Value": "1*"}, {"Value": "loose"})],
         fixed(204)),
        ([condition("source-ip", "SourceIpConfig", "203.0.113.0/24")], fixed(205)),
        ([condition("path-pattern", "PathPatternConfig", "/both"),
          condition("http-request-method", "HttpRequestMethodConfig", "POST")], fixed(206)),
        ([{"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["^/[0-9]{3}$"]}}], fixed(207, "digits")),
        ([condition("path-pattern", "PathPatternConfig", "/old/*")],
         {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Protocol": "HTTPS", "Port": "443",
                                                 "Host": "new.#{host}", "Path": "/n/#{path}"}}),
    ]
    made = [elb.create_rule(ListenerArn=web["listener"], Priority=10 + i, Conditions=c, Actions=[a])["Rules"][0]
            ["RuleArn"] for i, (c, a) in enumerate(rules)]
    u = web["url"]
    eventually("the rules hold", lambda: get(u + "/fixed/a").status == 404 and get(u + "/old/x").status == 302)
    answer = get(u + "/fixed/a")
    assert answer.headers["content-type"] == "text/html" and "no 'way' 50%" in answer.body
    assert answer.headers["server"] == "awselb/2.0"
    assert get(u + "/fixed/abc").status == 200 and get(u + "/Fixed/a").status == 200
    assert get(u, "-H", "Host: a.shop.TEST:99").status == 201
    assert get(u, "-H", "Host: shop.test").status == 200
    assert get(u, "-H", "X-Colour: BLUEish").status == 202
    assert get(u, "-X", "DELETE").status == 203
    assert get(u + "/?a=b&v=12").status == 204 and get(u + "/?any=loose").status == 204
    assert get(u + "/?v=21").status == 200
    assert get(u + "/both", "-X", "POST").status == 206 and get(u + "/both").status == 200
    assert get(u + "/123").status == 207 and get(u + "/1234").status == 200
    answer = get(u + "/old/x/y?q=1", "-H", "Host: site.test")
    assert answer.headers["location"] == "https://new.site.test:443/n/old/x/y?q=1"
    assert get(u + "/old/x", "-H", "Host: site.test").headers["location"] == "https://new.site.test:443/n/old/x"
    # Another order, another answer.
    elb.set_rule_priorities(RulePriorities=[{"RuleArn": made[1], "Priority": 5}])
    eventually("the host's rule is first",
               lambda: get(u + "/fixed/a", "-H", "Host: a.shop.test").status == 201)
    for r in made:
        elb.delete_rule(RuleArn=r)
    eventually("the rules are gone", lambda: get(u + "/fixed/a").status == 200)


def test_weights_share_and_cookies_stick(web, world, elb):
    only = {m: world.targets(f"only-{m.id[-8:]}", m) for m in (world.one, world.two)}
    r = elb.create_rule(ListenerArn=web["listener"], Priority=1, Actions=[to((only[world.one], 3), (only[world.two], 1))],
                        Conditions=[condition("path-pattern", "PathPatternConfig", "/w")])["Rules"][0]["RuleArn"]
    for m, g in only.items():
        world.are(g, "healthy", m)
    by = [get(web["url"] + "/w").by for _ in range(80)]
    assert 40 <= by.count("one") <= 76 and by.count("two") > 2
    elb.modify_rule(RuleArn=r, Actions=[to((only[world.one], 1), (only[world.two], 0))])
    eventually("all goes to one", lambda: {get(web["url"] + "/w").by for _ in range(10)} == {"one"})
    elb.modify_rule(RuleArn=r, Actions=[to((only[world.one], 1), (only[world.two], 1),
                                           TargetGroupStickinessConfig={"Enabled": True, "DurationSeconds": 60})])
    eventually("it gives a cookie", lambda: "AWSALBTG=" in get(web["url"] + "/w").headers.get("set-cookie", ""))
    answer = get(web["url"] + "/w")
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert {get(web["url"] + "/w", "-H", f"Cookie: {cookie}").by for _ in range(8)} == {answer.by}
    elb.delete_rule(RuleArn=r)
    elb.modify_target_group_attributes(TargetGroupArn=web["group"], Attributes=[
        {"Key": "stickiness.enabled", "Value": "true"}])
    eventually("the group gives a cookie", lambda: "AWSALB=" in get(web["url"]).headers.get("set-cookie", ""))
    answer = get(web["url"])
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert {get(web["url"], "-H", f"Cookie: {cookie}").by for _ in range(8)} == {answer.by}
    elb.modify_target_group_attributes(TargetGroupArn=web["group"], Attributes=[
        {"Key": "stickiness.enabled", "Value": "false"}])
    eventually("no cookie any more", lambda: "set-cookie" not in get(web["url"]).headers)


def test_targets_that_fail_are_left_out(web, world):
    world.two.sh("echo 500 >/tmp/up")
    eventually("one is unhealthy", lambda: world.health(web["group"])[world.two.id] == (
        "unhealthy", "Target.ResponseCodeMismatch"), 60)
    assert {get(web["url"]).by for _ in range(8)} == {"one"}
    # When none is healthy, all get requests.
    world.one.sh("echo 500 >/tmp/up")
    world.are(web["group"], "unhealthy", world.one, world.two)
    assert {get(web["url"]).by for _ in range(12)} == {"one", "two"}
    world.one.sh("rm /tmp/up")
    world.two.sh("rm /tmp/up")
    world.are(web["group"], "healthy", world.one, world.two)
    eventually("both get requests", lambda: {get(web["url"]).by for _ in range(8)} == {"one", "two"})


def test_what_is_registered_and_taken_away_loses_no_request(web, world, elb):
    elb.modify_target_group_attributes(TargetGroupArn=web["group"], Attributes=[
        {"Key": "deregistration_delay.timeout_seconds", "Value": "2"}])
    by = set()
    for i in range(3):
        elb.deregister_targets(TargetGroupArn=web["group"], Targets=[{"Id": world.two.id}])
        for _ in range(10):
            answer = get(web["url"])
            assert answer.status == 200
            by.add(answer.by)
        eventually("it is gone", lambda: world.two.id not in world.health(web["group"]), 30)
        assert {get(web["url"]).by for _ in range(6)} == {"one"}
        elb.register_targets(TargetGroupArn=web["group"], Targets=[{"Id": world.two.id}])
        while world.health(web["group"])[world.two.id][0] != "healthy":
            assert get(web["url"]).status == 200
    eventually("both get requests", lambda: {get(web["url"]).by for _ in range(8)} == {"one", "two"})


def test_it_lives_on(web, world, plane):
    box = f"{plane.name}-elb-{web['LoadBalancerArn'].rpartition('/')[2]}"
    docker("POST", f"/containers/{box}/kill")
    eventually("it runs again", lambda: (inspect(box) or {}).get("State", {}).get("Running"), 60)
    eventually("it answers again", lambda: get(web["url"], check=False) is not None, 60)
    docker("DELETE", f"/containers/{box}?force=1")
    eventually("another answers", lambda: get(web["url"], check=False) is not None, 60)
    world.are(web["group"], "healthy", world.one, world.two)


def test_without_targets_and_without_servers(web, world, elb):
    empty = world.targets("empty")
    world.cloud.network.allow("0.0.0.0/0", 9)
    dead = world.targets("dead", Port=9)
    elb.register_targets(TargetGroupArn=dead, Targets=[{"Id": world.one.id}])
    rules = [elb.create_rule(ListenerArn=web["listener"], Priority=20 + i, Actions=[to(g)], Conditions=[
        condition("path-pattern", "PathPatternConfig", p)])["Rules"][0]["RuleArn"]
        for i, (p, g) in enumerate([("/empty", empty), ("/dead", dead)])]
    eventually("503 without targets", lambda: get(web["url"] + "/empty").status == 503)
    eventually("502 without servers", lambda: get(web["url"] + "/dead").status == 502)
    world.are(dead, "unhealthy", world.one)
    for r in rules:
        elb.delete_rule(RuleArn=r)


def test_an_internal_one_has_no_public_address(world, elb):
    b = world.balancer("inside", Scheme="internal")
    assert b["DNSName"].startswith("internal-inside-")
    world.listen(b, 80, fixed(200, "inside"))
    eventually("it answers inside",
               lambda: world.one.try_sh(f"curl -s -m 2 http://{b['DNSName']}/").stdout == "inside")
    found = world.ec2.describe_network_interfaces(Filters=[
        {"Name": "description", "Values": ["ELB app/inside/*"]}])["NetworkInterfaces"]
    assert len(found) == 2 and not any("Association" in i for i in found)
    elb.delete_load_balancer(LoadBalancerArn=b["LoadBalancerArn"])
    with pytest.raises(ClientError) as e:
        elb.describe_load_balancers(Names=["inside"])
    assert e.value.response["Error"]["Code"] == "LoadBalancerNotFound"


def certificate(plane, name):
    """Of the plane's own authority, imported: its ARN."""
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
        "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", "/tmp/elb-key.pem",
        "-out", "/tmp/elb-cert.pem")
    with open("/tmp/elb-cert.pem", "rb") as c, open("/tmp/elb-key.pem", "rb") as k:
        return plane.client("acm").import_certificate(Certificate=c.read(), PrivateKey=k.read())["CertificateArn"]


def subject(address, name, *options):
    p = run("sh", "-c", f"openssl s_client -connect {address}:443 -servername {name} {' '.join(options)} </dev/null"
            " 2>/dev/null | openssl x509 -noout -subject", check=False)
    return p.stdout.strip().replace(" ", "")


def test_https_with_names_and_http2(web, world, elb, plane):
    a, b = certificate(plane, "a.test"), certificate(plane, "b.test")
    listener = world.listen(web, 443, to(web["group"]), Protocol="HTTPS", Certificates=[{"CertificateArn": a}],
                            SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06")
    address = web["addresses"][0]
    eventually("a certificate", lambda: subject(address, "x.test") == "subject=CN=a.test")
    elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": b}])
    eventually("by the name", lambda: subject(address, "b.test") == "subject=CN=b.test")
    assert subject(address, "a.test") == "subject=CN=a.test"
    assert subject(address, "a.test", "-tls1_1") == ""
    answer = get(f"https://{address}/", "-k", "--http2")
    assert run("curl", "-s", "-k", "-o", "/dev/null", "-w", "%{http_version}", "--noproxy", "*",
               f"https://{address}/").stdout == "2"
    assert re.search(r"(?im)^x-forwarded-proto: https$", answer.body) and "x-forwarded-port: 443" in answer.body.lower()
    elb.modify_load_balancer_attributes(LoadBalancerArn=web["LoadBalancerArn"], Attributes=[
        {"Key": "routing.http2.enabled", "Value": "false"},
        {"Key": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "Value": "true"}])
    eventually("without HTTP/2", lambda: run(
        "curl", "-s", "-k", "-o", "/dev/null", "-w", "%{http_version}", "--noproxy", "*",
        f"https://{address}/").stdout == "1.1")
    assert re.search(r"(?im)^x-amzn-tls-version: TLSv1\.3$", get(f"https://{address}/", "-k").body)
    elb.delete_listener(ListenerArn=listener)
    eventually("nobody listens", lambda: get(f"https://{address}/", "-k", check=False) is None)


ECHO = r"""
import socketserver, sys
class H(socketserver.BaseRequestHandler):
    def handle(self):
        while True:
            d = self.request.recv(4096)
            if not d: return
            self.request.sendall(sys.argv[1].encode() + b":" + d)
class S(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
S(("", int(sys.argv[2])), H).serve_forever()
"""


def test_a_network_load_balancer_leads_connections(world, elb, plane):
    world.cloud.network.allow("0.0.0.0/0", 7000)
    for m, name in ((world.one, "one"), (world.two, "two")):
        m.sh(f"cat >/tmp/echo.py <<'END'\n{ECHO}\nEND\n"
             f"(setsid python3 /tmp/echo.py {name} 7000 >/dev/null 2>&1 </dev/null &)")
    b = world.balancer("net", Type="network")
    g = world.targets("net", world.one, world.two, Protocol="TCP", Port=7000)
    elb.modify_target_group_attributes(TargetGroupArn=g, Attributes=[
        {"Key": "deregistration_delay.timeout_seconds", "Value": "1"}])
    world.listen(b, 7001, to(g), Protocol="TCP")
    world.are(g, "healthy", world.one, world.two)
    address = world.public(b)[0]

    def connect():
        s = socket.create_connection((address, 7001), timeout=5)
        s.sendall(b"x")
        return s, s.recv(100).decode()

    eventually("it leads to both", lambda: {connect()[1] for _ in range(6)} == {"one:x", "two:x"})
    # A connection stays while the configuration changes, and its target goes.
    held, said = connect()
    elb.deregister_targets(TargetGroupArn=g, Targets=[{"Id": (world.one if said[:3] == "one" else world.two).id}])
    eventually("all goes to the other", lambda: len({connect()[1] for _ in range(4)} - {said}) == 1
               and said not in {connect()[1] for _ in range(4)})
    held.sendall(b"y")
    assert held.recv(100).decode() == said[:3] + ":y"
    held.close()
    tls = world.listen(b, 7443, to(g), Protocol="TLS", Certificates=[
        {"CertificateArn": certificate(plane, "net.test")}])
    eventually("it speaks TLS", lambda: run(
        "sh", "-c", f"(echo hello; sleep 1) | timeout 3 openssl s_client -quiet -connect {address}:7443 2>/dev/null",
        check=False).stdout.strip().endswith(":hello"))
    elb.delete_listener(ListenerArn=tls)
    elb.modify_target_group_attributes(TargetGroupArn=g, Attributes=[
        {"Key": "proxy_protocol_v2.enabled", "Value": "true"}])
    eventually("the target hears who calls", lambda: "\\r\\n\\r\\n\\x00\\r\\nQUIT\\n" in repr(raw(address)))


def raw(address):
    with socket.create_connection((address, 7001), timeout=5) as s:
        s.sendall(b"x")
        return s.recv(200)


def test_instances_of_an_auto_scaling_group_serve(web, world, elb, plane):
    asg = plane.client("autoscaling")
    g = world.targets("scaled", Port=80)
    elb.modify_target_group_attributes(TargetGroupArn=g, Attributes=[
        {"Key": "deregistration_delay.timeout_seconds", "Value": "1"}])
    rule = elb.create_rule(ListenerArn=web["listener"], Priority=30, Actions=[to(g)], Conditions=[
        condition("path-pattern", "PathPatternConfig", "/scaled")])["Rules"][0]["RuleArn"]
    script = f"#!/bin/sh\ncat >/root/server.py <<'END'\n{SERVER}\nEND\n" \
        "setsid python3 /root/server.py scaled 80 >/dev/null 2>&1 </dev/null &\n"
    asg.create_launch_configuration(LaunchConfigurationName="scaled", ImageId=world.cloud.debian,
                                    InstanceType="t3.micro", UserData=script)
    asg.create_auto_scaling_group(AutoScalingGroupName="scaled", LaunchConfigurationName="scaled", MinSize=0,
                                  MaxSize=2, DesiredCapacity=1, VPCZoneIdentifier=world.data.subnets[0],
                                  TargetGroupARNs=[g])
    eventually("its instance answers", lambda: get(web["url"] + "/scaled").by == "scaled", 60)
    eventually("it is healthy", lambda: [s for s, _ in world.health(g).values()] == ["healthy"], 60)
    asg.delete_auto_scaling_group(AutoScalingGroupName="scaled", ForceDelete=True)
    eventually("no target is left", lambda: not world.health(g), 60)
    asg.delete_launch_configuration(LaunchConfigurationName="scaled")
    elb.delete_rule(RuleArn=rule)


WEBSOCKET = r"""
import base64, hashlib, socketserver
class H(socketserver.StreamRequestHandler):
    def handle(self):
        key = ""
        while True:
            line = self.rfile.readline().strip().decode()
            if not line: break
            if line.lower().startswith("sec-websocket-key:"): key = line.split(":", 1)[1].strip()
        if not key:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return
        a = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        self.wfile.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          f"Sec-WebSocket-Accept: {a}\r\n\r\n").encode())
        while True:
            d = self.connection.recv(100)
            if not d: return
            self.connection.sendall(b"back " + d)
class S(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
S(("", 8000), H).serve_forever()
"""


def test_a_websocket_goes_through_and_outlives_a_change(web, world, elb):
    world.cloud.network.allow("0.0.0.0/0", 8000)
    world.one.sh(f"cat >/tmp/ws.py <<'END'\n{WEBSOCKET}\nEND\n"
                 "(setsid python3 /tmp/ws.py >/dev/null 2>&1 </dev/null &)")
    g = world.targets("ws", Port=8000, HealthCheckPath="/")
    elb.register_targets(TargetGroupArn=g, Targets=[{"Id": world.one.id}])
    rule = elb.create_rule(ListenerArn=web["listener"], Priority=31, Actions=[to(g)], Conditions=[
        condition("path-pattern", "PathPatternConfig", "/ws")])["Rules"][0]["RuleArn"]
    world.are(g, "healthy", world.one)
    with socket.create_connection((web["addresses"][0], 80), timeout=5) as s:
        s.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        head = s.recv(1000)
        assert b" 101 " in head and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
        s.sendall(b"one")
        assert s.recv(100) == b"back one"
        elb.delete_rule(RuleArn=rule)
        eventually("the rule is gone", lambda: get(web["url"] + "/ws").by in ("one", "two"))
        s.sendall(b"two")
        assert s.recv(100) == b"back two"


def test_an_application_behind_a_network_load_balancer(web, world, elb):
    b = world.balancer("front", Type="network", Scheme="internal", Subnets=world.data.subnets[:1],
                       SecurityGroups=[world.group])
    g = world.targets("front", Protocol="TCP", Port=80, TargetType="alb", HealthCheckProtocol="HTTP",
                      HealthCheckPath="/", HealthCheckTimeoutSeconds=5)
    elb.register_targets(TargetGroupArn=g, Targets=[{"Id": web["LoadBalancerArn"]}])
    world.listen(b, 81, to(g), Protocol="TCP")
    eventually("it is healthy", lambda: [s for s, _ in world.health(g).values()] == ["healthy"], 60)
    eventually("it answers", lambda: world.one.try_sh(
        f"curl -s -m 2 http://{b['DNSName']}:81/").stdout.split(" ")[0] in ("one", "two"))


def test_the_applications_cookie_sticks(web, world, elb):
    elb.modify_target_group_attributes(TargetGroupArn=web["group"], Attributes=[
        {"Key": "stickiness.enabled", "Value": "true"}, {"Key": "stickiness.type", "Value": "app_cookie"},
        {"Key": "stickiness.app_cookie.cookie_name", "Value": "sid"}])

    def login():
        answer = run("curl", "-s", "-i", "-m", "5", "--noproxy", "*", web["url"] + "/login").stdout
        return dict(re.findall(r"(?im)^set-cookie: ([^=]+)=([^;]+)", answer)), Answer(answer).by

    eventually("it gives a cookie", lambda: "AWSALBAPP-0" in login()[0])
    assert "set-cookie" not in get(web["url"]).headers
    known = {}
    eventually("both have given one", lambda: known.update([reversed(login())]) or len(known) == 2)

    def stick():
        return all({get(web["url"], "-H", "Cookie: " + "; ".join(f"{k}={v}" for k, v in c.items())).by
                    for _ in range(8)} == {n} for n, c in known.items())

    assert stick()
    # It outlives the process.
    rule = elb.create_rule(ListenerArn=web["listener"], Priority=40, Actions=[fixed(208)], Conditions=[
        condition("path-pattern", "PathPatternConfig", "/changed")])["Rules"][0]["RuleArn"]
    eventually("the change holds", lambda: get(web["url"] + "/changed").status == 208)
    assert stick()
    elb.delete_rule(RuleArn=rule)
    elb.modify_target_group_attributes(TargetGroupArn=web["group"], Attributes=[
        {"Key": "stickiness.enabled", "Value": "false"}, {"Key": "stickiness.type", "Value": "lb_cookie"}])


def test_it_moves_to_other_subnets(web, world, elb):
    """Last: its addresses are others then."""
    third = world.ec2.create_subnet(VpcId=world.cloud.vpc, CidrBlock="10.0.3.0/24", AvailabilityZone=next(
        z for z in ("us-east-1a", "us-east-1b", "us-east-1c") if z not in [
            a["ZoneName"] for a in web["AvailabilityZones"]]))["Subnet"]["SubnetId"]
    elb.set_subnets(LoadBalancerArn=web["LoadBalancerArn"], Subnets=[*world.data.subnets[1:], third])
    addresses = world.public(web)
    assert len(addresses) == 2
    for a in addresses:
        eventually("it answers there", lambda: get(f"http://{a}/", check=False) is not None, 60)
    # Targets in a zone that it has left get nothing.
    eventually("only the other zone's", lambda: world.health(web["group"])[world.one.id] == (
        "unused", "Target.NotInUse"))
    eventually("only the other answers", lambda: {get(f"http://{addresses[0]}/").by for _ in range(6)} == {"two"}, 60)
    elb.set_subnets(LoadBalancerArn=web["LoadBalancerArn"], Subnets=world.data.subnets)
    world.ec2.delete_subnet(SubnetId=third)
    eventually("it is back", lambda: get(f"http://{world.public(web)[0]}/", check=False) is not None, 60)


def test_it_leads_on_while_control_is_away(special, tmp_path):
    plane = special(SIMFRA_DATA_DIR=str(tmp_path), SIMFRA_DOCKER_CLEANUP_ON_START="false",
                    SIMFRA_DOCKER_CLEANUP_ON_SHUTDOWN="false")
    c = Cloud(plane)
    elb = plane.client("elbv2")
    m = c.launch()
    serve(m, "kept")
    b = elb.create_load_balancer(Name="kept", Type="network", Subnets=[c.subnet])["LoadBalancers"][0]
    g = elb.create_target_group(Name="kept", Protocol="TCP", Port=80, VpcId=c.vpc, HealthCheckIntervalSeconds=5,
                                HealthCheckTimeoutSeconds=3)[
        "TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=g, Targets=[{"Id": m.id}])
    elb.create_listener(LoadBalancerArn=b["LoadBalancerArn"], Port=80, Protocol="TCP", DefaultActions=[to(g)])
    address = c.ec2.describe_network_interfaces(Filters=[
        {"Name": "requester-id", "Values": ["amazon-elb"]}])["NetworkInterfaces"][0]["Association"]["PublicIp"]

    def answers(port=80):
        a = get(f"http://{address}:{port}/", "--connect-timeout", "2", check=False)
        return a is not None and a.by == "kept"

    eventually("it answers", answers, 60)
    box = f"{plane.name}-elb-{b['LoadBalancerArn'].rpartition('/')[2]}"
    before = inspect(box)["Id"]
    plane.kill()
    assert answers()
    plane.start()
    elb = plane.client("elbv2")
    elb.create_listener(LoadBalancerArn=b["LoadBalancerArn"], Port=8080, Protocol="TCP", DefaultActions=[to(g)])
    eventually("it hears of changes again", lambda: answers(8080), 60)
    assert answers() and inspect(box)["Id"] == before
    elb.delete_load_balancer(LoadBalancerArn=b["LoadBalancerArn"])
    elb.delete_target_group(TargetGroupArn=g)
    eventually("its interface is gone", lambda: not c.ec2.describe_network_interfaces(Filters=[
        {"Name": "requester-id", "Values": ["amazon-elb"]}])["NetworkInterfaces"], 60)
    assert inspect(box) is None
    c.close()
    # What is left goes with what made it.
    plane.settings["SIMFRA_DOCKER_CLEANUP_ON_SHUTDOWN"] = "true"
    plane.stop()
    plane.start()
