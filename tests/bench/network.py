"""The part "network" of tests/bench/run: what enforcement costs, on real instances (needs root, iperf3)."""
import contextlib
import json
import os
import shutil
import subprocess
import time

ENIS = int(os.environ.get('BENCH_ENIS', '100'))
IMAGE = os.environ.get('BENCH_IMAGE', 'simfra-test/ami:latest')
SETTINGS = {'SIMFRA_DOCKER': 'true', 'SIMFRA_BOOTSTRAP': 'standard', 'SIMFRA_INSTANCE': 'bench',
            'SIMFRA_INTERNET_CIDR': '100.99.0.0/18', 'SIMFRA_UNDERLAY_CIDR': '100.99.64.0/18'}


def docker(*args):
    return subprocess.run(['docker', *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=True).stdout.strip()


def pid(name):
    return docker('inspect', '-f', '{{.State.Pid}}', name)


def rss_kb(name):
    with open(f'/proc/{pid(name)}/status', encoding='ascii') as f:
        return next(int(line.split()[1]) for line in f if line.startswith('VmRSS'))


def inside(name, *command, **more):
    return subprocess.Popen(['nsenter', '-t', pid(name), '-n', *command], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True, **more)


def throughput(server, client, address, seconds):
    """Gbit/s of one TCP connection between two containers."""
    with inside(server, 'iperf3', '-s', '-1') as s:
        for _ in range(50):
            time.sleep(0.1)
            with inside(client, 'iperf3', '-c', address, '-t', str(seconds), '-J') as c:
                got = json.loads(c.communicate(timeout=seconds + 20)[0] or '{}')
            if 'end' in got and got['end'].get('sum_received'):
                s.wait(10)
                return got['end']['sum_received']['bits_per_second'] / 1e9
        s.kill()
    raise SystemExit('tests/bench/network: iperf3 got nothing through')


@contextlib.contextmanager
def plain_pair():
    """Two containers on a bridge network as Docker makes it."""
    docker('network', 'create', '--subnet', '100.99.128.0/24', 'bench-plain')
    try:
        for name in ('bench-plain-a', 'bench-plain-b'):
            docker('run', '-d', '--name', name, '--network', 'bench-plain', '--entrypoint', 'sleep',
                   IMAGE, '3600')
        yield 'bench-plain-a', 'bench-plain-b', docker(
            'inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', 'bench-plain-a')
    finally:
        for name in ('bench-plain-a', 'bench-plain-b'):
            subprocess.run(['docker', 'rm', '-f', name], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
        docker('network', 'rm', 'bench-plain')


def connects(client, address, port, seconds):
    p = inside(client, 'curl', '-s', '-o', '/dev/null', '-m', str(seconds), f'http://{address}:{port}/')
    return p.wait() == 0


def until(condition, want):
    begin = time.monotonic()
    while bool(condition()) != want:
        if time.monotonic() - begin > 10:
            raise SystemExit('tests/bench/network: a rule has no effect')
    return (time.monotonic() - begin) * 1000


class Cloud:
    def __init__(self, bench, ec2):
        self.bench, self.ec2 = bench, ec2
        self.ami = bench.register(ec2, IMAGE)
        self.vpc = ec2.create_vpc(CidrBlock='10.0.0.0/16')['Vpc']['VpcId']
        self.subnets = [ec2.create_subnet(VpcId=self.vpc, CidrBlock=f'10.0.{i}.0/24')['Subnet']['SubnetId']
                        for i in (1, 2)]
        self.group = ec2.create_security_group(GroupName='bench', Description='bench',
                                               VpcId=self.vpc)['GroupId']

    def launch(self, n, subnet=0):
        """Names and addresses, when they run; and the seconds it took."""
        begin = time.monotonic()
        made = self.ec2.run_instances(ImageId=self.ami, InstanceType='t3.micro', MinCount=n, MaxCount=n,
                                      SubnetId=self.subnets[subnet], SecurityGroupIds=[self.group])
        ids = [i['InstanceId'] for i in made['Instances']]
        self.bench.wait_for(lambda: self.run(ids), 'instances', 300, 0.05)
        took = time.monotonic() - begin
        return [(f'bench-{i["InstanceId"]}', i['PrivateIpAddress']) for i in made['Instances']], took

    def run(self, ids):
        found = [i for page in self.ec2.get_paginator('describe_instances').paginate(InstanceIds=ids)
                 for r in page['Reservations'] for i in r['Instances']]
        return all(i['State']['Name'] == 'running' for i in found)

    def rule(self, port):
        return {'GroupId': self.group, 'IpPermissions': [{
            'IpProtocol': 'tcp', 'FromPort': port, 'ToPort': port, 'IpRanges': [{'CidrIp': '10.0.0.0/16'}]}]}


def speed(bench, a, b, c):
    (a_name, a_address), (b_name, _), (c_name, _) = a, b, c
    near, far, plain = [], [], []
    with plain_pair() as (p, q, address):
        for _ in range(bench.ROUNDS):
            plain.append(throughput(p, q, address, bench.SECONDS))
            near.append(throughput(a_name, b_name, a_address, bench.SECONDS))
            far.append(throughput(a_name, c_name, a_address, bench.SECONDS))
            bench.say(f'bridge {plain[-1]:.1f}, subnet {near[-1]:.1f}, across {far[-1]:.1f} Gbit/s')
    reference = bench.median(plain)
    for what, got in (('iperf3 within a subnet', near), ('iperf3 between two subnets', far)):
        bench.row(what, f'{bench.median(got):.1f} Gbit/s', f'a Docker bridge, {reference:.1f} Gbit/s',
                  f'{100 * bench.median(got) / reference:.0f} %', '≥ 90 %')


def change(bench, cloud, a, b, n):
    (a_name, a_address), (b_name, _) = a, b
    with inside(a_name, 'python3', '-m', 'http.server', '8080', '--bind', a_address,
                cwd='/tmp') as server:
        time.sleep(1)
        opened, closed = [], []
        for _ in range(bench.PAIRS):
            cloud.ec2.authorize_security_group_ingress(**cloud.rule(8080))
            opened.append(until(lambda: connects(b_name, a_address, 8080, 0.05), True))
            cloud.ec2.revoke_security_group_ingress(**cloud.rule(8080))
            closed.append(until(lambda: connects(b_name, a_address, 8080, 0.05), False))
        server.kill()
    for what, got in (('a rule lets in', opened), ('a rule shuts out (50 ms of waiting included)', closed)):
        bench.row(f'{what}, {n} interfaces have the group', f'{bench.median(got):.0f} ms', '', '', '< 200 ms')


def part(bench):
    missing = [t for t in ('docker', 'iperf3', 'nsenter', 'curl') if not shutil.which(t)]
    if missing or os.geteuid() != 0:
        bench.row('enforcement', 'not measured', 'needs root and ' + ', '.join(missing), '', '')
        return
    with bench.simfra(bench.PORT - 1, **SETTINGS):
        cloud = Cloud(bench, bench.client('ec2', bench.PORT - 1))
        (a, b), _ = cloud.launch(2)
        (c,), _ = cloud.launch(1, 1)
        cloud.ec2.authorize_security_group_ingress(**cloud.rule(5201))
        speed(bench, a, b, c)
        change(bench, cloud, a, b, 3)
        _, took = cloud.launch(ENIS - 3)
        begin = time.monotonic()
        names = [f'bench-plain-{i}' for i in range(10)]
        for name in names:
            docker('run', '-d', '--name', name, '--network', 'none', '--entrypoint', 'sleep', IMAGE, '3600')
        plain = len(names) / (time.monotonic() - begin)
        docker('rm', '-f', *names)
        ours = (ENIS - 3) / took
        bench.row(f'RunInstances of {ENIS - 3} to all running', f'{ours:.1f}/s',
                  f'docker run, one after another, {plain:.1f}/s', f'{ours / plain:.2f}x', '')
        change(bench, cloud, a, b, ENIS)
        for what, name in (('netd', 'bench-netd'), ('vpc agent', f'bench-{cloud.vpc}')):
            bench.row(f'memory of {what}, {ENIS} interfaces', f'{rss_kb(name) / 1024:.1f} MB', '', '', '')
