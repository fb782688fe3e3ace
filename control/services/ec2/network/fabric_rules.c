/*
 * EC2: what decides by itself in the fabric's document (fabric_document.h): prefix lists, security
 * groups and network ACLs.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/network/fabric_parts.h"
#include "control/services/ec2/network/network_acl.h"
#include "control/services/ec2/network/prefix_list.h"

/* Prefix lists */

static void
add_list(struct fabric_build *b, const json_t *doc, const char *as)
{
	json_t *v = json_add_object(json_get(b->out, "lists")),
	       *cidrs = json_need_array(v, "cidrs");
	const json_t *entry;
	size_t i;

	json_set_str(v, "id", as);
	json_array_foreach(prefix_list_entries(doc, 0), i, entry)
		json_add_str(cidrs, json_str_or(entry, "Cidr", ""));
}

/*
 * AWS's have the same id in every account of a region, and now and then two of different regions
 * have one: the second is told with its region.
 */
static void
add_aws_list(struct fabric_build *b, json_t *doc)
{
	const char *id = json_str_or(doc, "PrefixListId", ""), *as = id, *region;

	json_set(b->by_id, id, json_incref(doc));
	region = json_str(b->lists, id);
	if (region != NULL && strcmp(region, b->call.region) != 0)
		as = arena_printf(b->arena, "%s-%s", id, b->call.region);
	json_set_str(b->list_ids, id, as);
	if (json_get(b->lists, as) != NULL)
		return;
	json_set_str(b->lists, as, b->call.region);
	add_list(b, doc, as);
}

void
fabric_add_lists(struct fabric_build *b)
{
	struct store_docs aws;

	prefix_list_aws(&b->call, &aws);
	for (size_t i = 0; i < aws.n; i++)
		add_aws_list(b, aws.doc[i]);
	for (size_t i = 0; i < b->docs[OF_LIST].n; i++) {
		const json_t *doc = b->docs[OF_LIST].doc[i];
		const char *id = json_str_or(doc, "PrefixListId", "");

		json_set_str(b->list_ids, id, id);
		add_list(b, doc, id);
	}
}

/* Security groups */

static const struct {
	const char *name;
	int number;
} protocols[] = { { "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmpv6", 58 } };

static int
protocol_of(const char *text)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		if (strcmp(protocols[i].name, text) == 0)
			return protocols[i].number;
	}
	return (int)strtol(text, NULL, 10);
}

/* Over a peering that is no more, a reference is stale and lets nothing through. */
static int
is_stale(const struct fabric_build *b, const json_t *referred)
{
	const char *peering = json_str(referred, "VpcPeeringConnectionId");

	return peering != NULL &&
	    strcmp(fabric_text_at(fabric_doc(b, peering), "Status", "Code"), "active") !=
	    0;
}

static void
add_rule(struct fabric_build *b, json_t *v, const json_t *rule)
{
	const json_t *referred = json_get(rule, "ReferencedGroupInfo");
	int protocol = protocol_of(json_str_or(rule, "IpProtocol", "-1"));
	json_t *row;

	if (referred != NULL && is_stale(b, referred))
		return;
	row = json_add_object(
	    json_get(v, json_bool(rule, "IsEgress", 0) ? "egress" : "ingress"));
	json_set_str(row, "id", json_str(rule, "SecurityGroupRuleId"));
	json_set_int(row, "protocol", protocol);
	if (protocol >= 0 && json_get(rule, "FromPort") != NULL) {
		json_set_int(row, "from", json_int(rule, "FromPort", -1));
		json_set_int(row, "to", json_int(rule, "ToPort", -1));
	}
	json_set_str(row, "cidr",
	    json_str_or(rule, "CidrIpv4", json_str(rule, "CidrIpv6")));
	json_set_str(row, "list",
	    json_str(b->list_ids, json_str_or(rule, "PrefixListId", "")));
	json_set_str(row, "group", json_str(referred, "GroupId"));
}

void
fabric_add_groups(struct fabric_build *b)
{
	const json_t *rule;
	size_t k;

	for (size_t i = 0; i < b->docs[OF_GROUP].n; i++) {
		const json_t *doc = b->docs[OF_GROUP].doc[i];
		json_t *v = json_add_object(json_get(b->out, "groups"));

		json_set_str(v, "id", json_str(doc, "GroupId"));
		json_set_str(v, "vpc", json_str(doc, "VpcId"));
		json_need_array(v, "ingress");
		json_need_array(v, "egress");
		json_array_foreach(json_get(doc, "_rules"), k, rule)
			add_rule(b, v, rule);
	}
}

/* Network ACLs: what no entry takes is refused, so the last ones need not be said. */

static void
add_entry(json_t *v, const json_t *entry)
{
	const json_t *ports = json_get(entry, "PortRange"),
		     *icmp = json_get(entry, "IcmpTypeCode");
	json_t *row = json_add_object(
	    json_get(v, json_bool(entry, "Egress", 0) ? "egress" : "ingress"));

	json_set_int(row, "number", json_int(entry, "RuleNumber", 0));
	json_set_bool(row, "allow",
	    strcmp(json_str_or(entry, "RuleAction", ""), "allow") == 0);
	json_set_int(row, "protocol", protocol_of(json_str_or(entry, "Protocol", "-1")));
	if (ports != NULL) {
		json_set_int(row, "from", json_int(ports, "From", 0));
		json_set_int(row, "to", json_int(ports, "To", 0));
	} else if (icmp != NULL) {
		json_set_int(row, "from", json_int(icmp, "Type", -1));
		json_set_int(row, "to", json_int(icmp, "Code", -1));
	}
	json_set_str(row, "cidr",
	    json_str_or(entry, "CidrBlock", json_str(entry, "Ipv6CidrBlock")));
}

void
fabric_add_acls(struct fabric_build *b)
{
	const json_t *entry;
	size_t k;

	for (size_t i = 0; i < b->docs[OF_ACL].n; i++) {
		const json_t *doc = b->docs[OF_ACL].doc[i];
		json_t *v;

		if (json_get(b->told, json_str_or(doc, "VpcId", "")) == NULL)
			continue;
		v = json_add_object(json_get(b->out, "acls"));
		json_set_str(v, "id", json_str(doc, "NetworkAclId"));
		json_need_array(v, "ingress");
		json_need_array(v, "egress");
		json_array_foreach(json_get(doc, "Entries"), k, entry) {
			if (json_int(entry, "RuleNumber", 0) < ACL_LAST)
				add_entry(v, entry);
		}
	}
}
