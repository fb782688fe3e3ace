#include "control/services/ec2/network/security_rule.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "control/services/ec2/network/prefix_list.h"
#include "control/services/ec2/network/record.h"

static const struct err_kind bad_range = { "InvalidParameterValue", 400 };
const struct err_kind security_too_many = { "RulesPerSecurityGroupLimitExceeded", 400 };
static const struct err_kind bad_group = { "InvalidGroup.NotFound", 400 };

/* Protocols that have a name here; others are numbers. */
static const struct {
	const char *number, *name;
} protocols[] = { { "1", "icmp" }, { "6", "tcp" }, { "17", "udp" }, { "58", "icmpv6" } };

/* 0 to 255, as text without more digits than it needs: 1, 0. */
static int
read_number(struct call *c, const char *s, const char **ret)
{
	char *end;
	long n = strtol(s, &end, 10);

	if (!isdigit((unsigned char)s[0]) || *end != '\0' || n > 255)
		return 0;
	*ret = arena_printf(c->arena, "%ld", n);
	return 1;
}

static int
read_protocol(struct call *c, const char *text, const char **ret)
{
	const char *number = text;

	if (text == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ipProtocol");
	if (strcmp(text, "-1") == 0 || strcasecmp(text, "all") == 0) {
		*ret = "-1";
		return 0;
	}
	read_number(c, text, &number);
	for (size_t i = 0; i < COUNT(protocols); i++) {
		if (strcasecmp(text, protocols[i].name) == 0 ||
		    strcmp(number, protocols[i].number) == 0) {
			*ret = protocols[i].name;
			return 0;
		}
	}
	if (!read_number(c, text, ret))
		return err_set(&c->err, &bad_range,
		    "Invalid value '%s' for IP protocol. Unknown protocol.", text);
	return 0;
}

/* Ports belong to tcp and udp, types and codes to icmp, nothing to the rest. */
static int
read_ports(struct call *c, const json_t *p, const char *protocol, json_t *row)
{
	int64_t from = json_int(p, "FromPort", -1), to = json_int(p, "ToPort", -1);
	int has = json_get(p, "FromPort") != NULL && json_get(p, "ToPort") != NULL;

	if (strcmp(protocol, "tcp") == 0 || strcmp(protocol, "udp") == 0) {
		if (!has)
			return err_set(&c->err, &bad_range,
			    "Invalid value 'Must specify both from and to ports with TCP/UDP.' for "
			    "portRange.");
		if (from < 0 || to > 65535 || from > 65535)
			return err_set(&c->err, &bad_range,
			    "Invalid value '%lld' for port. Must be between 0 and 65535.",
			    (long long)(from < 0 || from > 65535 ? from : to));
		if (from > to)
			return err_set(&c->err, &bad_range,
			    "Invalid TCP/UDP port range (%lld:%lld)", (long long)from,
			    (long long)to);
	} else if (strncmp(protocol, "icmp", 4) == 0) {
		if (from < -1 || from > 255 || to < -1 || to > 255)
			return err_set(&c->err, &bad_range,
			    "ICMP type (%lld) or code (%lld) is not between -1 and 255",
			    (long long)from, (long long)to);
	} else {
		from = to = -1;
	}
	json_set_int(row, "FromPort", from);
	json_set_int(row, "ToPort", to);
	return 0;
}

/* One row a peer; `add` sets the peer. */
struct reading {
	struct call *c;
	const json_t *group, *base;
	json_t *rows;
};

int
security_rule_check_description(struct call *c, const char *text)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789. _-:/()#,@[]+=&;{}!$*";

	if (text != NULL && (strlen(text) > 255 || strspn(text, allowed) != strlen(text)))
		return err_set(&c->err, &bad_range,
		    "Invalid rule description. Valid descriptions are strings less than 256 "
		    "characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*");
	return 0;
}

static json_t *
new_row(struct reading *r, const json_t *peer)
{
	json_t *row = json_copy_deep(r->base);

	json_set_str(row, "Description", json_str(peer, "Description"));
	json_add(r->rows, row);
	return row;
}

static int
read_cidr4(struct reading *r, const json_t *peer)
{
	const char *text = json_str_or(peer, "CidrIp", "");
	char cidr[NET4_TEXT];
	struct net4 net;

	if (!net4_parse(text, &net))
		return err_set(&r->c->err, &bad_range, "CIDR block %s is malformed",
		    text);
	net.addr = net4_base(&net);
	net4_format(&net, cidr);
	json_set_str(new_row(r, peer), "CidrIpv4", cidr);
	return 0;
}

static int
read_cidr6(struct reading *r, const json_t *peer)
{
	const char *text = json_str_or(peer, "CidrIpv6", "");
	char cidr[NET6_TEXT];
	struct net6 net;

	if (!net6_parse(text, &net))
		return err_set(&r->c->err, &bad_range, "CIDR block %s is malformed",
		    text);
	net6_mask(&net);
	net6_format(&net, cidr);
	json_set_str(new_row(r, peer), "CidrIpv6", cidr);
	return 0;
}

static int
read_prefix_list(struct reading *r, const json_t *peer)
{
	const char *id = json_str_or(peer, "PrefixListId", "");
	json_t *list;

	if (prefix_list_get(r->c, id, &list) < 0)
		return -1;
	json_set_str(new_row(r, peer), "PrefixListId", id);
	return 0;
}

int
security_peers(struct call *c, const char *vpc_id, struct security_peer **ret,
    size_t *ret_n)
{
	static const char *const sides[] = { "RequesterVpcInfo", "AccepterVpcInfo" };
	struct security_peer *peers;
	struct store_docs all;
	size_t n = 0;

	if (store_list(c->txn, c->scope, "ec2:vpc-peering-connection", &all, &c->err) < 0)
		return -1;
	peers = arena_calloc(c->arena, 2 * all.n + 1, sizeof(*peers));
	for (size_t i = 0; i < all.n; i++) {
		for (size_t k = 0; k < COUNT(sides); k++) {
			const json_t *own = json_get(all.doc[i], sides[k]),
				     *other = json_get(all.doc[i], sides[1 - k]);

			if (strcmp(json_str_or(json_get(all.doc[i], "Status"), "Code",
				       ""),
				"active") != 0 ||
			    strcmp(json_str_or(own, "VpcId", ""), vpc_id) != 0 ||
			    strcmp(json_str_or(other, "Region", ""), c->region) != 0)
				continue;
			peers[n].connection =
			    json_str(all.doc[i], "VpcPeeringConnectionId");
			peers[n].account = json_str_or(other, "OwnerId", "");
			peers[n].vpc = json_str_or(other, "VpcId", "");
			peers[n].scope = record_scope(c, peers[n].account, c->region);
			n++;
		}
	}
	*ret = peers;
	*ret_n = n;
	return 0;
}

static int
no_group(struct call *c, const json_t *peer)
{
	return err_set(&c->err, &bad_group, "The security group '%s' does not exist",
	    json_str_or(peer, "GroupId", json_str_or(peer, "GroupName", "")));
}

/* A group on the other side of a peering, by id alone. */
static int
read_peered_group(struct reading *r, const json_t *peer)
{
	const char *id = json_str(peer, "GroupId"),
		   *wanted = json_str(peer, "VpcPeeringConnectionId");
	struct security_peer *peers;
	json_t *doc, *row;
	size_t n;

	if (security_peers(r->c, json_str_or(r->group, "VpcId", ""), &peers, &n) < 0)
		return -1;
	for (size_t i = 0; i < n && id != NULL; i++) {
		int rc = store_get(r->c->txn, peers[i].scope, ec2_security_group.kind, id,
		    &doc, &r->c->err);

		if (rc < 0)
			return -1;
		if (rc == 0 || strcmp(json_str_or(doc, "VpcId", ""), peers[i].vpc) != 0 ||
		    (wanted != NULL && strcmp(wanted, peers[i].connection) != 0) ||
		    strcmp(json_str_or(peer, "UserId", peers[i].account),
			peers[i].account) != 0)
			continue;
		row = new_row(r, peer);
		json_set(row, "ReferencedGroupInfo",
		    json_make("{s:s, s:s, s:s, s:s, s:s, s:s}", "GroupId", id, "UserId",
			peers[i].account, "VpcId", peers[i].vpc, "VpcPeeringConnectionId",
			peers[i].connection, "PeeringStatus", "active", "_name",
			json_str_or(doc, "GroupName", "")));
		return 0;
	}
	return no_group(r->c, peer);
}

/* The group of the account, by id, or by name in the same VPC: 1, 0, -1. */
static int
find_group(struct reading *r, const json_t *peer, json_t **ret)
{
	const char *id = json_str(peer, "GroupId"), *name = json_str(peer, "GroupName");
	const char *vpc = json_str_or(r->group, "VpcId", "");
	struct store_docs all;

	if (id != NULL)
		return resource_find(r->c, &ec2_security_group, id, ret);
	if (name == NULL || resource_list(r->c, &ec2_security_group, &all) < 0)
		return name == NULL ? 0 : -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "GroupName", ""), name) == 0 &&
		    strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc) == 0) {
			*ret = all.doc[i];
			return 1;
		}
	}
	return 0;
}

static int
read_group(struct reading *r, const json_t *peer)
{
	const char *vpc = json_str_or(r->group, "VpcId", "");
	json_t *row, *found;
	int rc = find_group(r, peer, &found), is_of = 0;

	if (rc < 0)
		return -1;
	if (rc > 0)
		is_of = security_group_is_of(r->c, found, vpc);
	if (is_of < 0)
		return -1;
	if (!is_of || json_str(peer, "VpcPeeringConnectionId") != NULL)
		return read_peered_group(r, peer);
	if (strcmp(json_str_or(peer, "UserId", r->c->account), r->c->account) != 0)
		return no_group(r->c, peer);
	row = new_row(r, peer);
	json_set(row, "ReferencedGroupInfo",
	    json_make("{s:s, s:s, s:s}", "GroupId",
		resource_id(&ec2_security_group, found), "UserId", r->c->account, "_name",
		json_str_or(found, "GroupName", "")));
	return 0;
}

static const struct {
	const char *member;
	int (*read)(struct reading *r, const json_t *peer);
} peers[] = { { "IpRanges", read_cidr4 }, { "Ipv6Ranges", read_cidr6 },
	{ "PrefixListIds", read_prefix_list }, { "UserIdGroupPairs", read_group } };

static int
read_permission(struct reading *r, const json_t *p, int is_egress)
{
	json_t *base = json_own(r->c->arena, json_new_object());
	const json_t *peer;
	const char *protocol;
	size_t n = 0, k;

	if (read_protocol(r->c, json_str(p, "IpProtocol"), &protocol) < 0)
		return -1;
	json_set_str(base, "GroupId", resource_id(&ec2_security_group, r->group));
	json_set_str(base, "GroupOwnerId", r->c->account);
	json_set_bool(base, "IsEgress", is_egress);
	json_set_str(base, "IpProtocol", protocol);
	if (read_ports(r->c, p, protocol, base) < 0)
		return -1;
	r->base = base;
	for (size_t i = 0; i < COUNT(peers); i++) {
		json_array_foreach(json_get(p, peers[i].member), k, peer) {
			if (security_rule_check_description(r->c,
				json_str(peer, "Description")) < 0 ||
			    peers[i].read(r, peer) < 0)
				return -1;
			if (json_array_size(r->rows) > RULES_MAX)
				return err_set(&r->c->err, &security_too_many,
				    "At most %d rules can be given at once.", RULES_MAX);
			n++;
		}
	}
	if (n == 0)
		return err_set(&r->c->err, &ec2_missing,
		    "The request must contain a source or destination: a CIDR block, a prefix list "
		    "or a security group");
	return 0;
}

/* The members of before IpPermissions, as one permission; NULL when there are none. */
static json_t *
old_form(struct call *c)
{
	static const char *const same[] = { "IpProtocol", "FromPort", "ToPort" };
	const char *cidr = in_str(c, "CidrIp"),
		   *group = in_str(c, "SourceSecurityGroupName");
	json_t *p;

	if (cidr == NULL && group == NULL && in_str(c, "IpProtocol") == NULL)
		return NULL;
	p = json_own(c->arena, json_new_object());
	for (size_t i = 0; i < COUNT(same); i++) {
		if (in_has(c, same[i]))
			json_set(p, same[i], json_incref(json_get(c->in, same[i])));
	}
	if (cidr != NULL)
		json_set(p, "IpRanges", json_make("[{s:s}]", "CidrIp", cidr));
	if (group != NULL) {
		json_set(p, "UserIdGroupPairs", json_make("[{s:s}]", "GroupName", group));
		if (json_get(p, "IpProtocol") == NULL)
			json_set_str(p, "IpProtocol", "-1");
	}
	return p;
}

int
security_permissions_read(struct call *c, const json_t *group, const json_t *list,
    int is_egress, json_t **ret)
{
	struct reading r = {
		.c = c,
		.group = group,
		.rows = json_own(c->arena, json_new_array()),
	};
	const json_t *p;
	size_t i;

	json_array_foreach(list, i, p) {
		if (read_permission(&r, p, is_egress) < 0)
			return -1;
	}
	*ret = r.rows;
	return 0;
}

int
security_rules_read(struct call *c, const json_t *group, int is_egress, json_t **ret)
{
	json_t *list = in_list(c, "IpPermissions"), *p = old_form(c);
	const char *owner = in_str(c, "SourceSecurityGroupOwnerId");

	if (owner != NULL && strcmp(owner, c->account) != 0)
		return err_set(&c->err, &ec2_unsupported,
		    "Groups of other accounts and peers are not supported here.");
	if (json_array_size(list) == 0 && p == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter ipPermissions");
	if (json_array_size(list) > 0 && p != NULL)
		return err_set(&c->err, &ec2_bad_combination,
		    "The parameter 'ipPermissions' may not be used in combination with "
		    "'ipProtocol'");
	if (p != NULL) {
		list = json_own(c->arena, json_new_array());
		json_add(list, json_incref(p));
	}
	return security_permissions_read(c, group, list, is_egress, ret);
}

static const char *
group_of(const json_t *rule)
{
	return json_str_or(json_get(rule, "ReferencedGroupInfo"), "GroupId", "");
}

json_t *
security_rule_find(const json_t *rules, const json_t *rule)
{
	static const char *const members[] = { "IsEgress", "IpProtocol", "FromPort",
		"ToPort", "CidrIpv4", "CidrIpv6", "PrefixListId" };
	json_t *row;
	size_t i;

	json_array_foreach(rules, i, row) {
		size_t k = 0;

		while (k < COUNT(members)) {
			json_t *a = json_get(row, members[k]),
			       *b = json_get(rule, members[k]);

			if ((a == NULL) != (b == NULL) ||
			    (a != NULL && !json_equal(a, b)))
				break;
			k++;
		}
		if (k == COUNT(members) && strcmp(group_of(row), group_of(rule)) == 0)
			return row;
	}
	return NULL;
}

json_t *
security_rule_revoked(const json_t *rule)
{
	static const char *const same[] = { "SecurityGroupRuleId", "GroupId", "IsEgress",
		"IpProtocol", "FromPort", "ToPort", "CidrIpv4", "CidrIpv6",
		"PrefixListId", "Description" };
	json_t *v = json_new_object();

	for (size_t i = 0; i < COUNT(same); i++) {
		if (json_get(rule, same[i]) != NULL)
			json_set(v, same[i], json_incref(json_get(rule, same[i])));
	}
	json_set_str(v, "ReferencedGroupId",
	    json_str(json_get(rule, "ReferencedGroupInfo"), "GroupId"));
	return v;
}

static const char *
peer_text(const json_t *rule)
{
	static const char *const members[] = { "CidrIpv4", "CidrIpv6", "PrefixListId" };

	for (size_t i = 0; i < COUNT(members); i++) {
		if (json_str(rule, members[i]) != NULL)
			return json_str(rule, members[i]);
	}
	return json_str_or(json_get(rule, "ReferencedGroupInfo"), "GroupId", "");
}

char *
security_rule_text(struct call *c, const json_t *rule)
{
	const char *protocol = json_str_or(rule, "IpProtocol", "");
	char *upper = arena_strdup(c->arena, protocol);

	if (strcmp(protocol, "-1") == 0)
		return arena_printf(c->arena, "peer: %s, ALL, ALLOW", peer_text(rule));
	for (char *p = upper; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return arena_printf(c->arena,
	    "peer: %s, %s, from port: %lld, to port: %lld, ALLOW", peer_text(rule), upper,
	    (long long)json_int(rule, "FromPort", -1),
	    (long long)json_int(rule, "ToPort", -1));
}

/* The permission of the list with the rule's protocol and ports, made if there is none. */
static json_t *
permission_for(json_t *list, const json_t *rule)
{
	static const char *const lists[] = { "IpRanges", "Ipv6Ranges", "PrefixListIds",
		"UserIdGroupPairs" };
	const char *protocol = json_str_or(rule, "IpProtocol", "");
	int64_t from = json_int(rule, "FromPort", -1), to = json_int(rule, "ToPort", -1);
	json_t *p;
	size_t i;

	json_array_foreach(list, i, p) {
		if (strcmp(json_str_or(p, "IpProtocol", ""), protocol) == 0 &&
		    json_int(p, "FromPort", -1) == from &&
		    json_int(p, "ToPort", -1) == to)
			return p;
	}
	p = json_add_object(list);
	json_set_str(p, "IpProtocol", protocol);
	if (strcmp(protocol, "-1") != 0) {
		json_set_int(p, "FromPort", from);
		json_set_int(p, "ToPort", to);
	}
	for (i = 0; i < COUNT(lists); i++)
		json_set(p, lists[i], json_new_array());
	return p;
}

static void
show(json_t *list, const json_t *rule)
{
	static const struct {
		const char *of_rule, *list, *member;
	} rows[] = { { "CidrIpv4", "IpRanges", "CidrIp" },
		{ "CidrIpv6", "Ipv6Ranges", "CidrIpv6" },
		{ "PrefixListId", "PrefixListIds", "PrefixListId" } };
	static const char *const of_group[] = { "GroupId", "UserId", "VpcId",
		"VpcPeeringConnectionId", "PeeringStatus" };
	json_t *p = permission_for(list, rule), *row = NULL;
	const json_t *group = json_get(rule, "ReferencedGroupInfo");

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (json_str(rule, rows[i].of_rule) == NULL)
			continue;
		row = json_add_object(json_get(p, rows[i].list));
		json_set_str(row, rows[i].member, json_str(rule, rows[i].of_rule));
	}
	if (group != NULL) {
		row = json_add_object(json_get(p, "UserIdGroupPairs"));
		for (size_t i = 0; i < COUNT(of_group); i++)
			json_set_str(row, of_group[i], json_str(group, of_group[i]));
	}
	if (row != NULL)
		json_set_str(row, "Description", json_str(rule, "Description"));
}

void
security_rules_show(json_t *group)
{
	json_t *in = json_new_array(), *out = json_new_array(), *rule;
	json_t *in_names = json_new_array(), *out_names = json_new_array();
	size_t i;

	json_array_foreach(json_get(group, "_rules"), i, rule) {
		int is_egress = json_bool(rule, "IsEgress", 0);
		const char *name =
		    json_str(json_get(rule, "ReferencedGroupInfo"), "_name");

		show(is_egress ? out : in, rule);
		if (name != NULL)
			json_add_str(is_egress ? out_names : in_names, name);
	}
	json_set(group, "_ingress_names", in_names);
	json_set(group, "_egress_names", out_names);
	json_set(group, "IpPermissions", in);
	json_set(group, "IpPermissionsEgress", out);
}
