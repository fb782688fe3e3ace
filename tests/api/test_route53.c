/*
 * Route 53: zones, records, VPCs, delegation sets, tags, from creation to deletion, and what is refused.
 */
#include <stdio.h>
#include <string.h>

#include "tests/api/fixture.h"

static json_t *
ok(struct fixture *f, const char *op, const char *params)
{
	return fixture_ok(f, "route53", op, "%s", params);
}

static const char *
bare(const char *id)
{
	const char *slash = strrchr(id, '/');

	return slash != NULL ? slash + 1 : id;
}

static const char *
zone(struct fixture *f, const char *name, const char *more)
{
	json_t *v = fixture_ok(f, "route53", "CreateHostedZone",
	    "{\"Name\":\"%s\",\"CallerReference\":\"ref-%s%s\"%s}", name, name,
	    more[0] != '\0' ? "-more" : "", more);

	return bare(fixture_text(v, "HostedZone.Id"));
}

/* A batch of one change; what: the set after its name. */
static json_t *
change(struct fixture *f, const char *id, const char *action, const char *name,
    const char *what)
{
	return fixture_ok(f, "route53", "ChangeResourceRecordSets",
	    "{\"HostedZoneId\":\"%s\",\"ChangeBatch\":{\"Changes\":[{\"Action\":\"%s\",\"ResourceRecordSet\":{"
	    "\"Name\":\"%s\",%s}}]}}",
	    id, action, name, what);
}

static void
refused(struct fixture *f, const char *id, const char *action, const char *name,
    const char *what, const char *code, const char *message)
{
	const char *said = fixture_fails(f, code, "route53", "ChangeResourceRecordSets",
	    "{\"HostedZoneId\":\"%s\",\"ChangeBatch\":{\"Changes\":[{\"Action\":\"%s\",\"ResourceRecordSet\":{"
	    "\"Name\":\"%s\",%s}}]}}",
	    id, action, name, what);

	if (strstr(said, message) == NULL)
		fail_msg("said: %s", said);
}

static json_t *
records(struct fixture *f, const char *id)
{
	return fixture_ok(f, "route53", "ListResourceRecordSets",
	    "{\"HostedZoneId\":\"%s\"}", id);
}

#define A(address) \
	"\"Type\":\"A\",\"TTL\":60,\"ResourceRecords\":[{\"Value\":\"" address "\"}]"

static void
zones_live_and_die(void **state)
{
	struct fixture *f = *state;
	json_t *v = ok(f, "CreateHostedZone",
	    "{\"Name\":\"Example.COM\",\"CallerReference\":\"one\",\"HostedZoneConfig\":{\"Comment\":\"mine\"}}");
	const char *full = fixture_text(v, "HostedZone.Id"), *id = bare(full);
	char params[200];

	fixture_is(v, "HostedZone.Name", "example.com.");
	fixture_is(v, "HostedZone.Config.Comment", "mine");
	fixture_is(v, "HostedZone.Config.PrivateZone", "false");
	fixture_is(v, "HostedZone.ResourceRecordSetCount", "2");
	fixture_is(v, "ChangeInfo.Status", "PENDING");
	assert_int_equal(json_array_size(json_path(v, "DelegationSet.NameServers")), 4);
	snprintf(params, sizeof(params), "{\"Id\":\"%s\"}",
	    bare(fixture_text(v, "ChangeInfo.Id")));
	fixture_is(ok(f, "GetChange", params), "ChangeInfo.Status", "INSYNC");
	fixture_fails(f, "NoSuchChange", "route53", "GetChange", "{\"Id\":\"C1\"}");
	assert_string_equal(fixture_fails(f, "HostedZoneAlreadyExists", "route53",
				"CreateHostedZone",
				"{\"Name\":\"other.com\",\"CallerReference\":\"one\"}"),
	    "A hosted zone has already been created with the specified caller reference.");
	fixture_fails(f, "InvalidDomainName", "route53", "CreateHostedZone",
	    "{\"Name\":\"a..com\",\"CallerReference\":\"two\"}");

	snprintf(params, sizeof(params), "{\"Id\":\"%s\"}", id);
	v = ok(f, "GetHostedZone", params);
	fixture_is(v, "HostedZone.Id", full);
	assert_null(fixture_text(v, "VPCs.0.VPCId"));
	v = records(f, id);
	fixture_is(v, "ResourceRecordSets.0.Type", "NS");
	fixture_is(v, "ResourceRecordSets.0.TTL", "172800");
	fixture_is(v, "ResourceRecordSets.1.Type", "SOA");
	fixture_is(v, "ResourceRecordSets.1.TTL", "900");
	fixture_is(v, "IsTruncated", "false");
	snprintf(params, sizeof(params), "{\"Id\":\"%s\",\"Comment\":\"new\"}", id);
	fixture_is(ok(f, "UpdateHostedZoneComment", params), "HostedZone.Config.Comment",
	    "new");
	fixture_is(ok(f, "GetHostedZoneCount", "{}"), "HostedZoneCount", "1");

	change(f, id, "CREATE", "www.example.com", A("10.0.0.1"));
	snprintf(params, sizeof(params), "{\"Id\":\"%s\"}", id);
	fixture_fails(f, "HostedZoneNotEmpty", "route53", "DeleteHostedZone", "%s",
	    params);
	change(f, id, "DELETE", "www.example.com", A("10.0.0.1"));
	v = ok(f, "DeleteHostedZone", params);
	assert_string_equal(fixture_fails(f, "NoSuchHostedZone", "route53",
				"GetHostedZone", "%s", params),
	    arena_printf(f->arena, "No hosted zone found with ID: %s", id));
	snprintf(params, sizeof(params), "{\"Id\":\"%s\"}",
	    bare(fixture_text(v, "ChangeInfo.Id")));
	fixture_is(ok(f, "GetChange", params), "ChangeInfo.Status", "INSYNC");
	fixture_is(ok(f, "GetHostedZoneCount", "{}"), "HostedZoneCount", "0");
}

static void
records_are_changed_together_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	const char *id = zone(f, "example.com", "");
	json_t *v;

	change(f, id, "CREATE", "WWW.example.com", A("10.0.0.1"));
	refused(f, id, "CREATE", "www.example.com.", A("10.0.0.2"), "InvalidChangeBatch",
	    "[Tried to create resource record set [name='www.example.com.', type='A'] but it already exists]");
	refused(f, id, "DELETE", "www.example.com", A("10.0.0.2"), "InvalidChangeBatch",
	    "[Tried to delete resource record set [name='www.example.com.', type='A'] but the values provided do not match the current values]");
	refused(f, id, "DELETE", "ww.example.com", A("10.0.0.2"), "InvalidChangeBatch",
	    "[Tried to delete resource record set [name='ww.example.com.', type='A'] but it was not found]");
	fixture_fails(f, "InvalidChangeBatch", "route53", "ChangeResourceRecordSets",
	    "{\"HostedZoneId\":\"%s\",\"ChangeBatch\":{\"Changes\":["
	    "{\"Action\":\"UPSERT\",\"ResourceRecordSet\":{\"Name\":\"www.example.com\"," A(
		"10.0.0.9") "}},"
			    "{\"Action\":\"CREATE\",\"ResourceRecordSet\":{\"Name\":\"www.example.com\"," A(
				"10.0.0.8") "}}]}}",
	    id);
	v = records(f, id);
	fixture_is(v, "ResourceRecordSets.2.Name", "www.example.com.");
	fixture_is(v, "ResourceRecordSets.2.ResourceRecords.0.Value", "10.0.0.1");
	change(f, id, "UPSERT", "www.example.com", A("10.0.0.9"));
	change(f, id, "UPSERT", "*.example.com",
	    "\"Type\":\"TXT\",\"TTL\":5,\"ResourceRecords\":[{\"Value\":\"\\\"a b\\\"\"}]");
	v = records(f, id);
	fixture_is(v, "ResourceRecordSets.2.Name", "\\052.example.com.");
	fixture_is(v, "ResourceRecordSets.3.ResourceRecords.0.Value", "10.0.0.9");
	/* One goes and comes back otherwise in one batch. */
	fixture_ok(f, "route53", "ChangeResourceRecordSets",
	    "{\"HostedZoneId\":\"%s\",\"ChangeBatch\":{\"Comment\":\"c\",\"Changes\":["
	    "{\"Action\":\"DELETE\",\"ResourceRecordSet\":{\"Name\":\"www.example.com\"," A(
		"10.0.0.9") "}},"
			    "{\"Action\":\"CREATE\",\"ResourceRecordSet\":{\"Name\":\"www.example.com\","
			    "\"Type\":\"CNAME\",\"TTL\":60,\"ResourceRecords\":[{\"Value\":\"b.example.org\"}]}}]}}",
	    id);
	fixture_is(records(f, id), "ResourceRecordSets.3.Type", "CNAME");
	fixture_is(fixture_ok(f, "route53", "GetHostedZone", "{\"Id\":\"%s\"}", id),
	    "HostedZone.ResourceRecordSetCount", "4");
}

static void
what_is_wrong_with_records_is_said(void **state)
{
	static const struct {
		const char *name, *set, *code, *message;
	} cases[] = {
		{ "a.example.org", A("10.0.0.1"), "InvalidChangeBatch",
		    "[RRSet with DNS name a.example.org. is not permitted in zone example.com.]" },
		{ "a.example.com", A("10.0.0"), "InvalidChangeBatch",
		    "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '10.0.0'']" },
		{ "a.example.com",
		    "\"Type\":\"AAAA\",\"TTL\":1,\"ResourceRecords\":[{\"Value\":\"x\"}]",
		    "InvalidChangeBatch", "AAAARRDATAIllegalIPv6Address" },
		{ "a.example.com",
		    "\"Type\":\"TXT\",\"TTL\":1,\"ResourceRecords\":[{\"Value\":\"x\"}]",
		    "InvalidChangeBatch",
		    "InvalidCharacterString (Value should be enclosed in quotation marks)" },
		{ "a.example.com",
		    "\"Type\":\"MX\",\"TTL\":1,\"ResourceRecords\":[{\"Value\":\"10\"}]",
		    "InvalidChangeBatch",
		    "MXRRDATANotTwoFields (MX record doesn't have 2 fields)" },
		{ "a.example.com",
		    "\"Type\":\"SRV\",\"TTL\":1,\"ResourceRecords\":[{\"Value\":\"1 2 x\"}]",
		    "InvalidChangeBatch",
		    "SRVRRDATANotFourFields (SRV record doesn't have 4 fields)" },
		{ "a.example.com",
		    "\"Type\":\"CAA\",\"TTL\":1,\"ResourceRecords\":[{\"Value\":\"0 issue ca\"}]",
		    "InvalidChangeBatch", "InvalidCharacterString" },
		{ "example.com",
		    "\"Type\":\"CNAME\",\"TTL\":1,\"ResourceRecords\":[{\"Value\":\"b.c\"}]",
		    "InvalidChangeBatch",
		    "[RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.]" },
		{ "www.example.com",
		    "\"Type\":\"CNAME\",\"TTL\":1,\"ResourceRecords\":[{\"Value\":\"b.c\"}]",
		    "InvalidChangeBatch",
		    "[RRSet of type CNAME with DNS name www.example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com.]" },
		{ "c.example.com", A("10.0.0.1"), "InvalidChangeBatch",
		    "[RRSet of type A with DNS name c.example.com. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.com.]" },
		{ "www.example.com",
		    A("10.0.0.1") ",\"SetIdentifier\":\"b\",\"Weight\":1",
		    "InvalidChangeBatch", "SetIdentifier b cannot be created as" },
		{ "n.example.com", A("10.0.0.1") ",\"SetIdentifier\":\"b\"",
		    "InvalidInput", "Expected exactly one of [Weight, Region," },
		{ "n.example.com", A("10.0.0.1") ",\"Weight\":1", "InvalidInput",
		    "Missing field 'SetIdentifier' in Change with [Action=CREATE, Name=n.example.com, Type=A, SetIdentifier=null]" },
		{ "n.example.com", "\"Type\":\"A\"", "InvalidInput",
		    "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change" },
		{ "n.example.com", A("10.0.0.1") ",\"HealthCheckId\":\"x\"",
		    "NoSuchHealthCheck", "x" },
		{ "n.example.com",
		    "\"Type\":\"A\",\"AliasTarget\":{\"HostedZoneId\":\"Z35SXDOTRQ7X7K\",\"DNSName\":\"lb.example.net\",\"EvaluateTargetHealth\":false}",
		    "InvalidChangeBatch", "but that target was not found" },
		{ "a..example.com", A("10.0.0.1"), "InvalidChangeBatch",
		    "FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'a..example.com'" },
	};
	struct fixture *f = *state;
	const char *id = zone(f, "example.com", "");
	json_t *v;

	change(f, id, "CREATE", "www.example.com", A("10.0.0.1"));
	change(f, id, "CREATE", "c.example.com",
	    "\"Type\":\"CNAME\",\"TTL\":1,\"ResourceRecords\":[{\"Value\":\"b.c\"}]");
	for (size_t i = 0; i < COUNT(cases); i++)
		refused(f, id, "CREATE", cases[i].name, cases[i].set, cases[i].code,
		    cases[i].message);
	v = records(f, id);
	refused(f, id, "DELETE", "example.com",
	    arena_printf(f->arena,
		"\"Type\":\"SOA\",\"TTL\":900,\"ResourceRecords\":[{\"Value\":\"%s\"}]",
		fixture_text(v, "ResourceRecordSets.1.ResourceRecords.0.Value")),
	    "InvalidChangeBatch", "A HostedZone must contain exactly one SOA record.");
	refused(f, id, "CREATE", "al.example.com",
	    arena_printf(f->arena,
		"\"Type\":\"A\",\"AliasTarget\":{\"HostedZoneId\":\"%s\",\"DNSName\":\"no.example.com\",\"EvaluateTargetHealth\":false}",
		id),
	    "InvalidChangeBatch", "type A in zone ");
}

static void
lists_come_in_pages(void **state)
{
	static const char *const order[] = { "example.com.", "example.com.",
		"a.example.com.", "x.a.example.com.", "a-b.example.com." };
	struct fixture *f = *state;
	const char *id = zone(f, "example.com", "");
	json_t *v;
	char from[400] = "";

	for (size_t i = COUNT(order); i-- > 2;)
		change(f, id, "CREATE", order[i], A("10.0.0.1"));
	for (size_t i = 0; i < COUNT(order); i++) {
		v = fixture_ok(f, "route53", "ListResourceRecordSets",
		    "{\"HostedZoneId\":\"%s\",\"MaxItems\":\"1\"%s}", id, from);
		fixture_is(v, "ResourceRecordSets.0.Name", order[i]);
		fixture_is(v, "IsTruncated", i + 1 < COUNT(order) ? "true" : "false");
		if (i + 1 < COUNT(order))
			snprintf(from, sizeof(from),
			    ",\"StartRecordName\":\"%s\",\"StartRecordType\":\"%s\"",
			    fixture_text(v, "NextRecordName"),
			    fixture_text(v, "NextRecordType"));
	}
	fixture_fails(f, "InvalidInput", "route53", "ListResourceRecordSets",
	    "{\"HostedZoneId\":\"%s\",\"StartRecordType\":\"A\"}", id);
	fixture_fails(f, "InvalidInput", "route53", "ListResourceRecordSets",
	    "{\"HostedZoneId\":\"%s\",\"MaxItems\":\"x\"}", id);

	zone(f, "b.com", "");
	zone(f, "a.org", "");
	v = ok(f, "ListHostedZonesByName", "{\"MaxItems\":\"2\"}");
	fixture_is(v, "HostedZones.0.Name", "b.com.");
	fixture_is(v, "HostedZones.1.Name", "example.com.");
	fixture_is(v, "NextDNSName", "a.org.");
	v = ok(f, "ListHostedZonesByName", "{\"DNSName\":\"example.com\"}");
	fixture_is(v, "HostedZones.0.Name", "example.com.");
	v = ok(f, "ListHostedZones", "{\"MaxItems\":\"2\"}");
	fixture_is(v, "IsTruncated", "true");
	v = fixture_ok(f, "route53", "ListHostedZones", "{\"Marker\":\"%s\"}",
	    fixture_text(v, "NextMarker"));
	fixture_is(v, "IsTruncated", "false");
	assert_int_equal(json_array_size(json_get(v, "HostedZones")), 1);
}

static const char *
vpc(struct fixture *f)
{
	return fixture_text(fixture_ok(f, "ec2", "CreateVpc",
				"{\"CidrBlock\":\"10.0.0.0/16\"}"),
	    "Vpc.VpcId");
}

#define VPC "\"VPC\":{\"VPCRegion\":\"us-east-1\",\"VPCId\":\"%s\"}"

static void
private_zones_are_for_their_vpcs(void **state)
{
	struct fixture *f = *state;
	const char *one = vpc(f), *two = vpc(f), *id;
	struct principal other = f->root;
	struct call *c;
	json_t *v;

	id = zone(f, "corp.local", arena_printf(f->arena, "," VPC, one));
	v = fixture_ok(f, "route53", "GetHostedZone", "{\"Id\":\"%s\"}", id);
	fixture_is(v, "HostedZone.Config.PrivateZone", "true");
	fixture_is(v, "VPCs.0.VPCId", one);
	assert_null(json_get(v, "DelegationSet"));
	v = records(f, id);
	fixture_is(v, "ResourceRecordSets.1.ResourceRecords.0.Value",
	    "ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400");
	fixture_fails(f, "ConflictingDomainExists", "route53", "CreateHostedZone",
	    "{\"Name\":\"corp.local\",\"CallerReference\":\"x\"," VPC "}", one);
	fixture_fails(f, "InvalidVPCId", "route53", "CreateHostedZone",
	    "{\"Name\":\"corp.local\",\"CallerReference\":\"x\"," VPC "}", "vpc-none");
	fixture_fails(f, "ConflictingDomainExists", "route53",
	    "AssociateVPCWithHostedZone", "{\"HostedZoneId\":\"%s\"," VPC "}", id, one);
	fixture_fails(f, "LastVPCAssociation", "route53", "DisassociateVPCFromHostedZone",
	    "{\"HostedZoneId\":\"%s\"," VPC "}", id, one);
	fixture_ok(f, "route53", "AssociateVPCWithHostedZone",
	    "{\"HostedZoneId\":\"%s\"," VPC "}", id, two);
	v = fixture_ok(f, "route53", "ListHostedZonesByVPC",
	    "{\"VPCId\":\"%s\",\"VPCRegion\":\"us-east-1\"}", two);
	fixture_is(v, "HostedZoneSummaries.0.HostedZoneId", id);
	fixture_is(v, "HostedZoneSummaries.0.Owner.OwningAccount", FIXTURE_ACCOUNT);
	fixture_ok(f, "route53", "DisassociateVPCFromHostedZone",
	    "{\"HostedZoneId\":\"%s\"," VPC "}", id, two);
	fixture_fails(f, "VPCAssociationNotFound", "route53",
	    "DisassociateVPCFromHostedZone", "{\"HostedZoneId\":\"%s\"," VPC "}", id,
	    two);
	fixture_fails(f, "PublicZoneVPCAssociation", "route53",
	    "AssociateVPCWithHostedZone", "{\"HostedZoneId\":\"%s\"," VPC "}",
	    zone(f, "pub.com", ""), one);

	/* Another account's VPC, once it is authorized. */
	snprintf(other.account, sizeof(other.account), "111111111111");
	other.arn = "arn:aws:iam::111111111111:root";
	c = fixture_call_as(f, &other, "ec2", "CreateVpc",
	    "{\"CidrBlock\":\"10.1.0.0/16\"}");
	one = fixture_text(c->out, "Vpc.VpcId");
	c = fixture_call_as(f, &other, "route53", "AssociateVPCWithHostedZone",
	    "{\"HostedZoneId\":\"%s\"," VPC "}", id, one);
	assert_string_equal(c->err.kind->code, "NotAuthorizedException");
	fixture_ok(f, "route53", "CreateVPCAssociationAuthorization",
	    "{\"HostedZoneId\":\"%s\"," VPC "}", id, one);
	fixture_is(fixture_ok(f, "route53", "ListVPCAssociationAuthorizations",
		       "{\"HostedZoneId\":\"%s\"}", id),
	    "VPCs.0.VPCId", one);
	c = fixture_call_as(f, &other, "route53", "AssociateVPCWithHostedZone",
	    "{\"HostedZoneId\":\"%s\"," VPC "}", id, one);
	assert_null(c->err.kind);
	fixture_ok(f, "route53", "DeleteVPCAssociationAuthorization",
	    "{\"HostedZoneId\":\"%s\"," VPC "}", id, one);
	fixture_fails(f, "VPCAssociationAuthorizationNotFound", "route53",
	    "DeleteVPCAssociationAuthorization", "{\"HostedZoneId\":\"%s\"," VPC "}", id,
	    one);
	fixture_is(
	    fixture_ok(f, "route53", "GetHostedZoneLimit",
		"{\"HostedZoneId\":\"%s\",\"Type\":\"MAX_VPCS_ASSOCIATED_BY_ZONE\"}", id),
	    "Count", "2");
}

static void
delegation_sets_are_for_many_zones(void **state)
{
	struct fixture *f = *state;
	json_t *v = ok(f, "CreateReusableDelegationSet", "{\"CallerReference\":\"d\"}");
	const char *id = bare(fixture_text(v, "DelegationSet.Id")), *ns, *z;

	ns = fixture_text(v, "DelegationSet.NameServers.0");
	fixture_fails(f, "DelegationSetAlreadyCreated", "route53",
	    "CreateReusableDelegationSet", "{\"CallerReference\":\"d\"}");
	z = zone(f, "d.com", arena_printf(f->arena, ",\"DelegationSetId\":\"%s\"", id));
	v = fixture_ok(f, "route53", "GetHostedZone", "{\"Id\":\"%s\"}", z);
	fixture_is(v, "DelegationSet.NameServers.0", ns);
	fixture_fails(f, "DelegationSetInUse", "route53", "DeleteReusableDelegationSet",
	    "{\"Id\":\"%s\"}", id);
	fixture_is(
	    fixture_ok(f, "route53", "GetReusableDelegationSetLimit",
		"{\"DelegationSetId\":\"%s\",\"Type\":\"MAX_ZONES_BY_REUSABLE_DELEGATION_SET\"}",
		id),
	    "Count", "1");
	v = fixture_ok(f, "route53", "ListHostedZones", "{\"DelegationSetId\":\"%s\"}",
	    id);
	fixture_is(v, "HostedZones.0.Name", "d.com.");
	fixture_ok(f, "route53", "DeleteHostedZone", "{\"Id\":\"%s\"}", z);
	fixture_is(ok(f, "ListReusableDelegationSets", "{}"),
	    "DelegationSets.0.CallerReference", "d");
	fixture_ok(f, "route53", "DeleteReusableDelegationSet", "{\"Id\":\"%s\"}", id);
	fixture_fails(f, "NoSuchDelegationSet", "route53", "GetReusableDelegationSet",
	    "{\"Id\":\"%s\"}", id);
	fixture_is(ok(f, "GetAccountLimit", "{\"Type\":\"MAX_HOSTED_ZONES_BY_OWNER\"}"),
	    "Limit.Value", "500");
}

static void
zones_have_tags(void **state)
{
	struct fixture *f = *state;
	const char *id = zone(f, "t.com", "");
	json_t *v;

	fixture_ok(f, "route53", "ChangeTagsForResource",
	    "{\"ResourceType\":\"hostedzone\",\"ResourceId\":\"%s\",\"AddTags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\"}]}",
	    id);
	fixture_ok(f, "route53", "ChangeTagsForResource",
	    "{\"ResourceType\":\"hostedzone\",\"ResourceId\":\"%s\",\"AddTags\":[{\"Key\":\"b\",\"Value\":\"2\"}],\"RemoveTagKeys\":[\"a\"]}",
	    id);
	v = fixture_ok(f, "route53", "ListTagsForResource",
	    "{\"ResourceType\":\"hostedzone\",\"ResourceId\":\"%s\"}", id);
	fixture_is(v, "ResourceTagSet.Tags.0.Key", "b");
	fixture_is(v, "ResourceTagSet.Tags.0.Value", "2");
	assert_null(fixture_text(v, "ResourceTagSet.Tags.1.Key"));
	v = fixture_ok(f, "route53", "ListTagsForResources",
	    "{\"ResourceType\":\"hostedzone\",\"ResourceIds\":[\"%s\"]}", id);
	fixture_is(v, "ResourceTagSets.0.ResourceId", id);
	fixture_fails(f, "NoSuchHostedZone", "route53", "ListTagsForResource",
	    "{\"ResourceType\":\"hostedzone\",\"ResourceId\":\"Z0\"}");
	fixture_fails(f, "NoSuchHealthCheck", "route53", "ListTagsForResource",
	    "{\"ResourceType\":\"healthcheck\",\"ResourceId\":\"h\"}");
}

static json_t *
answer(struct fixture *f, const char *id, const char *name, const char *type)
{
	return fixture_ok(f, "route53", "TestDNSAnswer",
	    "{\"HostedZoneId\":\"%s\",\"RecordName\":\"%s\",\"RecordType\":\"%s\"}", id,
	    name, type);
}

static void
answers_follow_routing_policies(void **state)
{
	struct fixture *f = *state;
	const char *id = zone(f, "example.com", "");
	json_t *v;

	change(f, id, "CREATE", "l.example.com",
	    A("10.0.0.1") ",\"SetIdentifier\":\"far\",\"Region\":\"ap-southeast-2\"");
	change(f, id, "CREATE", "l.example.com",
	    A("10.0.0.2") ",\"SetIdentifier\":\"near\",\"Region\":\"us-east-2\"");
	fixture_is(answer(f, id, "l.example.com", "A"), "RecordData.0", "10.0.0.2");
	refused(f, id, "CREATE", "l.example.com",
	    A("10.0.0.3") ",\"SetIdentifier\":\"twice\",\"Region\":\"us-east-2\"",
	    "InvalidChangeBatch", "one with the same Region exists already");

	change(f, id, "CREATE", "g.example.com",
	    A("10.0.0.1") ",\"SetIdentifier\":\"eu\",\"GeoLocation\":{\"ContinentCode\":\"EU\"}");
	v = answer(f, id, "g.example.com", "A");
	fixture_is(v, "ResponseCode", "NOERROR");
	assert_int_equal(json_array_size(json_get(v, "RecordData")), 0);
	change(f, id, "CREATE", "g.example.com",
	    A("10.0.0.2") ",\"SetIdentifier\":\"any\",\"GeoLocation\":{\"CountryCode\":\"*\"}");
	fixture_is(answer(f, id, "g.example.com", "A"), "RecordData.0", "10.0.0.2");
	change(f, id, "CREATE", "g.example.com",
	    A("10.0.0.3") ",\"SetIdentifier\":\"us\",\"GeoLocation\":{\"CountryCode\":\"US\"}");
	fixture_is(answer(f, id, "g.example.com", "A"), "RecordData.0", "10.0.0.3");

	change(f, id, "CREATE", "f.example.com",
	    A("10.0.0.2") ",\"SetIdentifier\":\"2\",\"Failover\":\"SECONDARY\"");
	change(f, id, "CREATE", "f.example.com",
	    A("10.0.0.1") ",\"SetIdentifier\":\"1\",\"Failover\":\"PRIMARY\"");
	fixture_is(answer(f, id, "f.example.com", "A"), "RecordData.0", "10.0.0.1");

	change(f, id, "CREATE", "m.example.com",
	    A("10.0.0.1") ",\"SetIdentifier\":\"1\",\"MultiValueAnswer\":true");
	change(f, id, "CREATE", "m.example.com",
	    A("10.0.0.2") ",\"SetIdentifier\":\"2\",\"MultiValueAnswer\":true");
	fixture_is(answer(f, id, "m.example.com", "A"), "RecordData.1", "10.0.0.2");

	change(f, id, "CREATE", "al.example.com",
	    arena_printf(f->arena,
		"\"Type\":\"A\",\"AliasTarget\":{\"HostedZoneId\":\"%s\",\"DNSName\":\"F.example.com\",\"EvaluateTargetHealth\":false}",
		id));
	fixture_is(answer(f, id, "al.example.com", "A"), "RecordData.0", "10.0.0.1");
	change(f, id, "CREATE", "*.w.example.com",
	    "\"Type\":\"CNAME\",\"TTL\":5,\"ResourceRecords\":[{\"Value\":\"x.org\"}]");
	fixture_is(answer(f, id, "any.w.example.com", "A"), "RecordData.0", "x.org");
	fixture_is(answer(f, id, "none.example.com", "A"), "ResponseCode", "NXDOMAIN");
	fixture_is(answer(f, id, "w.example.com", "A"), "ResponseCode", "NOERROR");
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(zones_live_and_die),
		T(records_are_changed_together_or_not_at_all),
		T(what_is_wrong_with_records_is_said),
		T(lists_come_in_pages),
		T(private_zones_are_for_their_vpcs),
		T(delegation_sets_are_for_many_zones),
		T(zones_have_tags),
		T(answers_follow_routing_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
