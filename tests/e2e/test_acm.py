"""A certificate is proved by a record in Route 53, and is one that OpenSSL believes."""
import subprocess

from plane import eventually


def test_a_certificate_from_the_request_to_a_verified_chain(plane, tmp_path):
    acm, route53 = plane.client("acm"), plane.client("route53")
    arn = acm.request_certificate(DomainName="cert.test", ValidationMethod="DNS",
                                  SubjectAlternativeNames=["*.cert.test"])["CertificateArn"]
    options = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    assert len(options) == 2 and options[0]["ResourceRecord"] == options[1]["ResourceRecord"]
    zone = route53.create_hosted_zone(Name="cert.test", CallerReference="cert")["HostedZone"]["Id"]
    record = options[0]["ResourceRecord"]
    change = {"ResourceRecordSet": {"Name": record["Name"], "Type": record["Type"], "TTL": 60,
                                    "ResourceRecords": [{"Value": record["Value"]}]}}
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", **change}]})
    acm.get_waiter("certificate_validated").wait(CertificateArn=arn, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    given = acm.get_certificate(CertificateArn=arn)
    (tmp_path / "cert.pem").write_text(given["Certificate"])
    (tmp_path / "chain.pem").write_text(given["CertificateChain"])
    out = subprocess.run(["openssl", "verify", "-CAfile", tmp_path / "chain.pem", "-verify_hostname", "www.cert.test",
                          tmp_path / "cert.pem"], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    assert plane.aws("acm", "list-certificates")["CertificateSummaryList"][0]["Status"] == "ISSUED"
    acm.delete_certificate(CertificateArn=arn)
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "DELETE", **change}]})
    route53.delete_hosted_zone(Id=zone)
    eventually("no certificate is left", lambda: not acm.list_certificates()["CertificateSummaryList"])
