"""Zones of Route 53 as instances hear them, and that INSYNC is true."""
import pytest
from botocore.exceptions import ClientError

from plane import eventually


@pytest.fixture(scope="module")
def machine(cloud):
    return cloud.launch()


@pytest.fixture(scope="module")
def route53(plane):
    return plane.client("route53")


@pytest.fixture
def zone(route53, cloud):
    """A private zone of the machine's VPC."""
    made = []

    def make(name, private=True):
        more = {"VPC": {"VPCRegion": "us-east-1", "VPCId": cloud.vpc}} if private else {}
        found = route53.create_hosted_zone(Name=name, CallerReference=f"{name}{private}", **more)
        made.append(found["HostedZone"]["Id"])
        return found["HostedZone"]["Id"]

    yield make
    for name in made:
        empty(route53, name)
        route53.delete_hosted_zone(Id=name)


def empty(route53, zone):
    sets = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    changes = [{"Action": "DELETE", "ResourceRecordSet": s} for s in sets if s["Type"] not in ("SOA", "NS")]
    # Aliases before what they lead to.
    changes.sort(key=lambda c: "AliasTarget" not in c["ResourceRecordSet"])
    if changes:
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def record(name, kind, *values, ttl=5, **more):
    return {"Action": "UPSERT", "ResourceRecordSet": {
        "Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": v} for v in values], **more}}


def change(route53, zone, *changes):
    """And wait until it is known: after that no answer may be old."""
    info = route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": list(changes)})["ChangeInfo"]
    assert info["Status"] == "PENDING"
    eventually("the change is known",
               lambda: route53.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "INSYNC")


def dig(m, name, kind="A", *more):
    return m.sh(f"dig +short +time=2 +tries=1 {' '.join(more)} -t {kind} {name}")


def test_records_of_every_type_are_answered(route53, machine, zone):
    z = zone("corp.test")
    change(route53, z,
           record("a.corp.test", "A", "10.1.2.3"), record("a.corp.test", "AAAA", "fd00::7"),
           record("c.corp.test", "CNAME", "a.corp.test"),
           record("corp.test", "MX", "10 a.corp.test"),
           record("corp.test", "TXT", '"v=1 a" "b"', '"quo\\"te"'),
           record("corp.test", "CAA", '0 issue "ca.example"'),
           record("_s._tcp.corp.test", "SRV", "1 2 443 a.corp.test"),
           record("n.corp.test", "NAPTR", '10 20 "u" "E2U+sip" "!^.*$!sip:a@b!" .'),
           record("h.corp.test", "HTTPS", '1 . alpn="h2,h3" ipv4hint=10.1.2.3'),
           record("s.corp.test", "SSHFP", "1 1 0123456789abcdef0123456789abcdef01234567"),
           record("*.w.corp.test", "A", "10.1.2.9"))
    assert dig(machine, "a.corp.test") == "10.1.2.3"
    assert dig(machine, "a.corp.test", "AAAA") == "fd00::7"
    assert dig(machine, "c.corp.test").split() == ["a.corp.test.", "10.1.2.3"]
    assert dig(machine, "corp.test", "MX") == "10 a.corp.test."
    assert sorted(dig(machine, "corp.test", "TXT").splitlines()) == ['"quo\\"te"', '"v=1 a" "b"']
    assert dig(machine, "corp.test", "CAA") == '0 issue "ca.example"'
    assert dig(machine, "_s._tcp.corp.test", "SRV") == "1 2 443 a.corp.test."
    assert dig(machine, "n.corp.test", "NAPTR") == '10 20 "u" "E2U+sip" "!^.*$!sip:a@b!" .'
    assert "h2" in dig(machine, "h.corp.test", "TYPE65") or "02" in dig(machine, "h.corp.test", "TYPE65")
    assert dig(machine, "s.corp.test", "SSHFP").startswith("1 1 0123456789ABCDEF")
    assert dig(machine, "any.w.corp.test", "A", "+tcp") == "10.1.2.9"
    assert "ns-0.awsdns-00.com." in dig(machine, "corp.test", "NS")
    assert machine.sh("getent hosts a.corp.test").split()[0] in ("10.1.2.3", "fd00::7")
    full = machine.sh("dig +noall +comments +authority none.corp.test")
    assert "NXDOMAIN" in full and "awsdns-hostmaster.amazon.com." in full and "\t900\t" in full.replace(" ", "\t")


def test_a_change_that_is_known_is_answered_at_once(route53, machine, zone):
    z = zone("fast.test")
    for i in range(1, 21):
        change(route53, z, record("x.fast.test", "A", f"10.9.0.{i}", ttl=0))
        assert dig(machine, "x.fast.test") == f"10.9.0.{i}"


def test_who_is_not_associated_hears_the_public_zone(route53, machine, zone, cloud):
    public = zone("both.test", private=False)
    change(route53, public, record("x.both.test", "A", "198.51.100.7"),
           record("only.both.test", "A", "198.51.100.8"))
    assert dig(machine, "x.both.test") == "198.51.100.7"
    private = zone("both.test")
    change(route53, private, record("x.both.test", "A", "10.3.3.3"))
    assert dig(machine, "x.both.test") == "10.3.3.3"
    assert dig(machine, "only.both.test") == ""
    other = cloud.another(cidr="10.77.0.0/16", subnet="10.77.1.0/24", internet=False).id
    vpc = {"VPCRegion": "us-east-1", "VPCId": other}
    route53.associate_vpc_with_hosted_zone(HostedZoneId=private, VPC=vpc)
    info = route53.disassociate_vpc_from_hosted_zone(
        HostedZoneId=private, VPC={"VPCRegion": "us-east-1", "VPCId": cloud.vpc})["ChangeInfo"]
    eventually("public again", lambda: dig(machine, "x.both.test") == "198.51.100.7")
    assert route53.get_change(Id=info["Id"])["ChangeInfo"]["Id"] == info["Id"]
    empty(route53, private)


def test_weights_and_aliases_decide_at_query_time(route53, machine, zone):
    z = zone("pick.test")
    change(route53, z,
           record("w.pick.test", "A", "10.4.0.1", SetIdentifier="a", Weight=3),
           record("w.pick.test", "A", "10.4.0.2", SetIdentifier="b", Weight=1),
           record("near.pick.test", "A", "10.4.1.1", SetIdentifier="us", Region="us-east-1"),
           record("near.pick.test", "A", "10.4.1.2", SetIdentifier="ap", Region="ap-southeast-2"))
    change(route53, z, {"Action": "CREATE", "ResourceRecordSet": {
        "Name": "alias.pick.test", "Type": "A", "AliasTarget": {
            "HostedZoneId": z.rpartition("/")[2], "DNSName": "near.pick.test", "EvaluateTargetHealth": False}}},
        {"Action": "CREATE", "ResourceRecordSet": {
            "Name": "pick.test", "Type": "A", "AliasTarget": {
                "HostedZoneId": "Z3AQBSTGFYJSTF", "DNSName": "s3-website-us-east-1.amazonaws.com",
                "EvaluateTargetHealth": False}}})
    assert dig(machine, "near.pick.test") == dig(machine, "alias.pick.test") == "10.4.1.1"
    assert dig(machine, "pick.test") == "10.0.0.3"
    heard = machine.sh("for i in $(seq 80); do dig +short w.pick.test; done").split()
    assert len(heard) == 80 and 40 <= heard.count("10.4.0.1") <= 76


def test_refusals_have_aws_words(route53, zone):
    z = zone("words.test", private=False)
    with pytest.raises(ClientError) as e:
        route53.change_resource_record_sets(HostedZoneId=z, ChangeBatch={"Changes": [
            {"Action": "DELETE", "ResourceRecordSet": record("x.words.test", "A", "10.0.0.1")["ResourceRecordSet"]}]})
    assert e.value.response["Error"]["Code"] == "InvalidChangeBatch"
    assert "[name='x.words.test.', type='A'] but it was not found" in str(e.value)
