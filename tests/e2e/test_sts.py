"""Federation and MFA as users see them, with boto3: tokens and assertions that others than we have signed."""
import base64
import datetime
import hashlib
import hmac
import json
import struct
import time
import xml.etree.ElementTree as ET

import boto3
import botocore
import botocore.exceptions
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

ACCOUNT = "000000000000"
ISSUER = "tokens.example.com"
ENTITY = "https://idp.example.com/saml"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"


@pytest.fixture
def bare(special):
    """API only."""
    return special(SIMFRA_DOCKER="false")


def refusal(call, **params):
    with pytest.raises(botocore.exceptions.ClientError) as e:
        call(**params)
    return e.value.response["Error"]["Code"], e.value.response["Error"]["Message"]


def unsigned(plane):
    """STS for those who have no key at all."""
    return boto3.client("sts", endpoint_url=plane.url, region_name="us-east-1",
                        config=botocore.config.Config(signature_version=botocore.UNSIGNED))


def make_role(plane, name, principal, action, condition=None):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition is not None:
        statement["Condition"] = condition
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    iam = plane.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonEC2FullAccess")
    return arn


def holder(plane, answer, service="sts"):
    k = answer["Credentials"]
    return plane.client(service, (k["AccessKeyId"], k["SecretAccessKey"]), k["SessionToken"])


# Web identity


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(n, size):
    return b64url(n.to_bytes(size, "big"))


def token(key, **claims):
    now = int(time.time())
    body = {"iss": f"https://{ISSUER}", "sub": "repo:org/app", "aud": "sts.amazonaws.com",
            "iat": now, "exp": now + 300}
    body.update(claims)
    text = ".".join(b64url(json.dumps(part).encode())
                    for part in ({"alg": "ES256", "kid": "k1", "typ": "JWT"}, body))
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{b64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def test_a_token_of_a_provider_is_good_for_the_role_that_trusts_it(bare):
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_numbers()
    jwks = {"keys": [{"kty": "EC", "crv": "P-256", "kid": "k1", "x": number(point.x, 32),
                      "y": number(point.y, 32)}]}
    iam, sts = bare.client("iam"), unsigned(bare)
    provider = iam.create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"])["OpenIDConnectProviderArn"]
    role = make_role(bare, "web", {"Federated": provider}, "sts:AssumeRoleWithWebIdentity",
                     {"StringLike": {f"{ISSUER}:sub": "repo:org/*"},
                      "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}})

    def ask(text):
        return dict(RoleArn=role, RoleSessionName="ci", WebIdentityToken=text)

    call = sts.assume_role_with_web_identity
    code, message = refusal(call, **ask(token(key)))
    assert code == "InvalidIdentityToken" and "verification key" in message
    bare.get(f"/_simfra/oidc/{ISSUER}", "PUT", jwks)
    answer = call(**ask(token(key)))
    assert answer["SubjectFromWebIdentityToken"] == "repo:org/app"
    assert answer["Provider"] == provider and answer["Audience"] == "sts.amazonaws.com"
    who = holder(bare, answer).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/web/ci"
    assert holder(bare, answer, "ec2").describe_vpcs()["Vpcs"] is not None

    assert refusal(call, **ask(token(key, sub="repo:other/app")))[0] == "AccessDenied"
    assert refusal(call, **ask(token(key, aud="other")))[0] == "InvalidIdentityToken"
    assert refusal(call, **ask(token(key, exp=int(time.time()) - 1)))[0] == "ExpiredTokenException"
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert refusal(call, **ask(token(stranger)))[0] == "InvalidIdentityToken"


# SAML


class IdentityProvider:
    """Signs as others do: canonical XML is Python's, not ours."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp")])
        now = datetime.datetime.now(datetime.timezone.utc)
        cert = x509.CertificateBuilder(name, name, self.key.public_key(), 1, now,
                                       now + datetime.timedelta(days=1))
        der = cert.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)
        self.certificate = base64.encodebytes(der).decode()

    def metadata(self):
        return (f'<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
                f' entityID="{ENTITY}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc'
                f':SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data>'
                f'<ds:X509Certificate>{self.certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>'
                f'</md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>').ljust(1000)

    def sign(self, info):
        return base64.b64encode(self.key.sign(info.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    def response(self, attributes, subject="ann", sign_response=False):
        """Neither sorted nor tight, with prefixes that are declared outside and one that nobody uses."""
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        end = (now + datetime.timedelta(minutes=4)).strftime("%Y-%m-%dT%H:%M:%S.123Z")
        rows = "".join(f"<saml2:Attribute NameFormat='x' Name=\"{ATTRIBUTE}{name}\">\n"
                       f"<saml2:AttributeValue xsi:type='xs:string'>{value}</saml2:AttributeValue>"
                       f"</saml2:Attribute>" for name, value in attributes)
        outer = ('xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:'
                 'assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
                 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"')
        place = {True: ("<!--here-->", ""), False: ("", "<!--here-->")}[sign_response]
        # Comments go when it becomes canonical: one says where the signature will be.
        assertion = (f'<saml2:Assertion Version="2.0"\n  IssueInstant=\'{stamp}\' ID="_assertion">'
                     f'<saml2:Issuer>{ENTITY}</saml2:Issuer>{place[1]}<saml2:Subject><saml2:NameID '
                     f'Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">{subject}</saml2:NameID>'
                     f'<saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
                     f'<saml2:SubjectConfirmationData Recipient="https://signin.aws.amazon.com/saml" '
                     f'NotOnOrAfter="{end}"/></saml2:SubjectConfirmation></saml2:Subject>'
                     f'<saml2:Conditions NotOnOrAfter="{end}"><saml2:AudienceRestriction><saml2:Audience>'
                     f'https://signin.aws.amazon.com/saml</saml2:Audience></saml2:AudienceRestriction>'
                     f'</saml2:Conditions><saml2:AttributeStatement>{rows}</saml2:AttributeStatement>'
                     f'</saml2:Assertion>')
        whole = (f'<samlp:Response {outer} ID="_response" Version="2.0">{place[0]}<samlp:Status>'
                 f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
                 f'{assertion}</samlp:Response>')
        # Of the part alone, with the declarations that are around it.
        part = whole if sign_response else assertion.replace("<saml2:Assertion", f"<saml2:Assertion {outer}", 1)
        digest = base64.b64encode(hashlib.sha256(ET.canonicalize(part).encode()).digest()).decode()
        target = "_response" if sign_response else "_assertion"
        info = (f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXC}"/><ds:SignatureMethod '
                f'Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#{target}">'
                f'<ds:Transforms><ds:Transform Algorithm="{DS}enveloped-signature"/><ds:Transform '
                f'Algorithm="{EXC}"/></ds:Transforms><ds:DigestMethod '
                f'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{digest}'
                f'</ds:DigestValue></ds:Reference></ds:SignedInfo>')
        value = self.sign(ET.canonicalize(info.replace("<ds:SignedInfo", f'<ds:SignedInfo xmlns:ds="{DS}"', 1)))
        signature = (f'<ds:Signature xmlns:ds="{DS}">{info}<ds:SignatureValue>\n{value}\n</ds:SignatureValue>'
                     f'</ds:Signature>')
        return whole.replace("<!--here-->", signature)


def test_an_assertion_of_a_saml_provider_is_good_for_the_role_that_trusts_it(bare):
    idp, iam, sts = IdentityProvider(), bare.client("iam"), unsigned(bare)
    provider = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=idp.metadata())["SAMLProviderArn"]
    got = iam.get_saml_provider(SAMLProviderArn=provider)
    assert got["SAMLMetadataDocument"] == idp.metadata()
    assert got["ValidUntil"] > datetime.datetime.now(datetime.timezone.utc)
    role = make_role(bare, "saml", {"Federated": provider}, ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                     {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}})
    attributes = [("Role", f"{role},{provider}"), ("RoleSessionName", "ann@example.com"),
                  ("PrincipalTag:team", "red & blue")]

    def ask(xml, **more):
        return dict(RoleArn=role, PrincipalArn=provider,
                    SAMLAssertion=base64.b64encode(xml.encode()).decode(), **more)

    call = sts.assume_role_with_saml
    for sign_response in (False, True):
        xml = idp.response([(n, v.replace("&", "&amp;")) for n, v in attributes], sign_response=sign_response)
        answer = call(**ask(xml, DurationSeconds=900))
        assert answer["Subject"] == "ann" and answer["SubjectType"] == "transient"
        who = holder(bare, answer).get_caller_identity()
        assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/saml/ann@example.com"
        # A word that was changed after it was signed.
        assert refusal(call, **ask(xml.replace(">ann<", ">eve<")))[0] == "InvalidIdentityToken"
    # Another assertion around the one that is signed.
    good = idp.response(attributes[:2])
    begin, end = good.index("<saml2:Assertion"), good.index("</samlp:Response>")
    inner = good[begin:end]
    evil = inner.replace('ID="_assertion"', 'ID="_evil"').replace(">ann<", ">eve<")
    assert refusal(call, **ask(good[:begin] + evil + inner + good[end:]))[0] == "InvalidIdentityToken"
    wrapped = evil.replace("</saml2:Issuer>", f"</saml2:Issuer><x>{inner}</x>", 1)
    assert refusal(call, **ask(good[:begin] + wrapped + good[end:]))[0] == "InvalidIdentityToken"
    assert refusal(call, **ask(IdentityProvider().response(attributes[:2])))[0] == "InvalidIdentityToken"


# MFA


def totp(seed, at):
    """RFC 6238 in five lines."""
    key = base64.b32decode(seed + b"=" * (-len(seed) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    at = digest[19] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def test_a_device_opens_what_asks_for_mfa(bare):
    iam = bare.client("iam")
    user = iam.create_user(UserName="bob")["User"]
    iam.put_user_policy(UserName="bob", PolicyName="all", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "NotAction": ["sts:*"], "Resource": "*",
             "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}))
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    assert device["QRCodePNG"].startswith(b"\x89PNG\r\n\x1a\n")
    seed, now = device["Base32StringSeed"], time.time()
    iam.enable_mfa_device(UserName="bob", SerialNumber=device["SerialNumber"],
                          AuthenticationCode1=totp(seed, now - 60), AuthenticationCode2=totp(seed, now - 30))
    assert iam.list_mfa_devices(UserName="bob")["MFADevices"][0]["SerialNumber"] == device["SerialNumber"]

    bob = bare.client("sts", (key["AccessKeyId"], key["SecretAccessKey"]))
    plain = bob.get_session_token()
    assert refusal(holder(bare, plain, "ec2").describe_vpcs)[0] == "UnauthorizedOperation"
    assert refusal(holder(bare, plain, "iam").list_users)[0] == "InvalidClientTokenId"
    wrong = f"{(int(totp(seed, time.time())) + 1) % 10**6:06}"
    assert refusal(bob.get_session_token, SerialNumber=device["SerialNumber"],
                   TokenCode=wrong)[0] == "AccessDenied"
    good = bob.get_session_token(SerialNumber=device["SerialNumber"], TokenCode=totp(seed, time.time()))
    assert holder(bare, good, "ec2").describe_vpcs()["Vpcs"] is not None
    assert holder(bare, good, "iam").get_user()["User"]["Arn"] == user["Arn"]
