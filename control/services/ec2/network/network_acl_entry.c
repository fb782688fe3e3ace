/*
 * EC2: the entries of network ACLs.
 *
 * An entry is kept as Describe shows it: the protocol as a number, the CIDR without host bits,
 * ports and ICMP types only where the protocol has them.
 */
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/network/cidr.h"
#include "control/services/ec2/network/network_acl.h"

static const struct err_kind exists = { "NetworkAclEntryAlreadyExists", 400 };
static const struct err_kind limit = { "NetworkAclEntryLimitExceeded", 400 };
static const struct err_kind no_entry = { "InvalidNetworkAclEntry.NotFound", 400 };

enum {
	MAX_NUMBER = 32766,
	MAX_ENTRIES = 20, /* each way, each version of IP */
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ICMP6 = 58
};

/* Protocols */

static const struct {
	const char *name;
	int number;
} protocols[] = {
	{ "all", -1 },
	{ "icmp", PROTOCOL_ICMP },
	{ "icmpv6", PROTOCOL_ICMP6 },
	{ "tcp", PROTOCOL_TCP },
	{ "udp", PROTOCOL_UDP },
};

/* Filters name protocols either way. */
void
network_acl_put(struct call *c, json_t *doc)
{
	json_t *names = json_new_array();
	const json_t *entry;
	size_t i;

	json_array_foreach(json_get(doc, "Entries"), i, entry) {
		const char *number = json_str_or(entry, "Protocol", "");

		json_add_str(names, number);
		for (size_t k = 0; k < COUNT(protocols); k++) {
			if (strtol(number, NULL, 10) == protocols[k].number)
				json_add_str(names, protocols[k].name);
		}
	}
	json_set(doc, "_protocols", names);
	resource_put(c, &ec2_network_acl, doc);
}

/* By name or number, -1 to 255: 0 or -1. */
static int
read_protocol(struct call *c, int *ret)
{
	const char *text = in_str(c, "Protocol");
	size_t n = strlen(text);

	for (size_t i = 0; i < COUNT(protocols); i++) {
		if (strcasecmp(protocols[i].name, text) == 0) {
			*ret = protocols[i].number;
			return 0;
		}
	}
	if (strcmp(text, "-1") == 0) {
		*ret = -1;
		return 0;
	}
	if (n == 0 || n > 3 || strspn(text, "0123456789") != n ||
	    strtol(text, NULL, 10) > 255)
		return err_set(&c->err, &ec2_bad_value,
		    "Invalid value '%.32s' for IP protocol. Unknown protocol.", text);
	*ret = (int)strtol(text, NULL, 10);
	return 0;
}

/* Parts of an entry */

static int
read_number(struct call *c, int64_t *ret)
{
	int64_t number = in_int(c, "RuleNumber", 0);

	if (number < 1 || number > MAX_NUMBER)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%lld) for parameter ruleNumber is invalid. The rule number must be "
		    "between 1 and %d.",
		    (long long)number, MAX_NUMBER);
	*ret = number;
	return 0;
}

static int
set_cidr(struct call *c, json_t *entry)
{
	const char *text = in_str(c, "CidrBlock"), *text6 = in_str(c, "Ipv6CidrBlock");
	char cidr[NET4_TEXT], cidr6[NET6_TEXT];
	struct net4 net;
	struct net6 net6;

	if (text != NULL && text6 != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter cidrBlock cannot be used with the parameter "
		    "ipv6CidrBlock");
	if (text == NULL && text6 == NULL)
		return err_set(&c->err, &ec2_missing,
		    "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided.");
	if (text != NULL) {
		if (ec2_cidr(c, "cidrBlock", text, &net) < 0)
			return -1;
		net4_format(&net, cidr);
		json_set_str(entry, "CidrBlock", cidr);
		return 0;
	}
	if (ec2_cidr6(c, "ipv6CidrBlock", text6, &net6) < 0)
		return -1;
	net6_format(&net6, cidr6);
	json_set_str(entry, "Ipv6CidrBlock", cidr6);
	return 0;
}

static int
set_ports(struct call *c, json_t *entry)
{
	const json_t *range = in_object(c, "PortRange");
	int64_t from = json_int(range, "From", -1), to = json_int(range, "To", -1);

	if (range == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter PortRange");
	if (from < 0 || from > 65535 || to < 0 || to > 65535 || from > to)
		return err_set(&c->err, &ec2_bad_value,
		    "Invalid port range: from %lld to %lld", (long long)from,
		    (long long)to);
	json_set(entry, "PortRange",
	    json_make("{s:I, s:I}", "From", (json_int_t)from, "To", (json_int_t)to));
	return 0;
}

/* -1 is all types, or all codes of a type. */
static int
set_icmp(struct call *c, json_t *entry)
{
	const json_t *in = in_object(c, "IcmpTypeCode");
	int64_t type = json_int(in, "Type", -2), code = json_int(in, "Code", -2);

	if (in == NULL || type == -2 || code == -2)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter %s",
		    in == NULL	   ? "IcmpTypeCode" :
			type == -2 ? "IcmpTypeCode.Type" :
				     "IcmpTypeCode.Code");
	if (type < -1 || type > 255 || code < -1 || code > 255)
		return err_set(&c->err, &ec2_bad_value,
		    "Invalid ICMP type and code: %lld, %lld", (long long)type,
		    (long long)code);
	json_set(entry, "IcmpTypeCode",
	    json_make("{s:I, s:I}", "Code", (json_int_t)code, "Type", (json_int_t)type));
	return 0;
}

/* The entry that the input describes: the arena's, or NULL and c->err. */
static json_t *
read_entry(struct call *c)
{
	json_t *entry = json_own(c->arena, json_new_object());
	int64_t number;
	int protocol;

	if (read_number(c, &number) < 0 || read_protocol(c, &protocol) < 0 ||
	    set_cidr(c, entry) < 0)
		return NULL;
	json_set_bool(entry, "Egress", in_bool(c, "Egress", 0));
	json_set_fmt(entry, "Protocol", "%d", protocol);
	json_set_str(entry, "RuleAction", in_str(c, "RuleAction"));
	json_set_int(entry, "RuleNumber", number);
	if ((protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP) &&
	    set_ports(c, entry) < 0)
		return NULL;
	if ((protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMP6) &&
	    set_icmp(c, entry) < 0)
		return NULL;
	return entry;
}

static size_t
count_like(const json_t *doc, const json_t *entry)
{
	int is_ipv6 = json_get(entry, "Ipv6CidrBlock") != NULL;
	const json_t *other;
	size_t n = 0, i;

	json_array_foreach(json_get(doc, "Entries"), i, other)
		n += json_int(other, "RuleNumber", 0) <= MAX_NUMBER &&
		    json_bool(other, "Egress", 0) == json_bool(entry, "Egress", 0) &&
		    (json_get(other, "Ipv6CidrBlock") != NULL) == is_ipv6;
	return n;
}

/* CreateNetworkAclEntry, ReplaceNetworkAclEntry, DeleteNetworkAclEntry */

static int
create(struct call *c)
{
	const char *id = in_str(c, "NetworkAclId");
	json_t *doc, *entry;
	size_t i;

	if (resource_edit(c, &ec2_network_acl, id, &doc) < 0)
		return -1;
	entry = read_entry(c);
	if (entry == NULL)
		return -1;
	if (network_acl_find(doc, json_bool(entry, "Egress", 0),
		json_int(entry, "RuleNumber", 0), &i))
		return err_set(&c->err, &exists,
		    "The network acl entry identified by %lld already exists.",
		    (long long)json_int(entry, "RuleNumber", 0));
	if (count_like(doc, entry) >= MAX_ENTRIES)
		return err_set(&c->err, &limit,
		    "The maximum number of network acl entries has been reached.");
	network_acl_add(doc, json_incref(entry));
	network_acl_put(c, doc);
	return 0;
}

/* The entry that the input names, in a copy to write: 0 or -1. */
static int
edit(struct call *c, json_t **ret, size_t *ret_i)
{
	int is_egress = in_bool(c, "Egress", 0);
	int64_t number;
	json_t *doc;

	if (resource_edit(c, &ec2_network_acl, in_str(c, "NetworkAclId"), &doc) < 0 ||
	    read_number(c, &number) < 0)
		return -1;
	if (!network_acl_find(doc, is_egress, number, ret_i))
		return err_set(&c->err, &no_entry,
		    "The specified network acl entry does not exist: %s rule %lld",
		    is_egress ? "egress" : "ingress", (long long)number);
	*ret = doc;
	return 0;
}

static int
replace(struct call *c)
{
	json_t *doc, *entry;
	size_t i;

	if (edit(c, &doc, &i) < 0)
		return -1;
	entry = read_entry(c);
	if (entry == NULL)
		return -1;
	json_array_remove(json_get(doc, "Entries"), i);
	network_acl_add(doc, json_incref(entry));
	network_acl_put(c, doc);
	return 0;
}

static int delete (struct call *c)
{
	json_t *doc;
	size_t i;

	if (edit(c, &doc, &i) < 0)
		return -1;
	json_array_remove(json_get(doc, "Entries"), i);
	network_acl_put(c, doc);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateNetworkAclEntry", create, 0, &ec2_network_acl, "NetworkAclId",
	    "Add a rule to a network ACL."),
	OP_RES("DeleteNetworkAclEntry", delete, 0, &ec2_network_acl, "NetworkAclId",
	    "Take a rule from a network ACL."),
	OP_RES("ReplaceNetworkAclEntry", replace, 0, &ec2_network_acl, "NetworkAclId",
	    "Change a rule of a network ACL."),
};
const struct family ec2_network_acl_entries = FAMILY(ops, NULL);
