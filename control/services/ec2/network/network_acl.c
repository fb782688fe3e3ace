/*
 * EC2: network ACLs, and which subnets they are of.  Their entries: network_acl_entry.c.
 *
 * Not emulated on the wire yet: what they refuse.
 */
#include "control/services/ec2/network/network_acl.h"

#include <string.h>

#include "base/clock.h"

static const struct err_kind not_found = { "InvalidNetworkAclID.NotFound", 400 };
static const struct err_kind no_association = { "InvalidAssociationID.NotFound", 400 };

static const struct filter filters[] = {
	{ "association.association-id", "Associations.NetworkAclAssociationId" },
	{ "association.network-acl-id", "Associations.NetworkAclId" },
	{ "association.subnet-id", "Associations.SubnetId" },
	{ "default", "IsDefault" },
	{ "entry.cidr", "Entries.CidrBlock" },
	{ "entry.egress", "Entries.Egress" },
	{ "entry.icmp.code", "Entries.IcmpTypeCode.Code" },
	{ "entry.icmp.type", "Entries.IcmpTypeCode.Type" },
	{ "entry.ipv6-cidr", "Entries.Ipv6CidrBlock" },
	{ "entry.port-range.from", "Entries.PortRange.From" },
	{ "entry.port-range.to", "Entries.PortRange.To" },
	{ "entry.protocol", "_protocols" },
	{ "entry.rule-action", "Entries.RuleAction" },
	{ "entry.rule-number", "Entries.RuleNumber" },
	{ "network-acl-id", "NetworkAclId" },
	{ "owner-id", "OwnerId" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

const struct resource ec2_network_acl = {
	.service = "ec2",
	.kind = "ec2:network-acl",
	.type = "network-acl",
	.prefix = "acl-",
	.id_member = "NetworkAclId",
	.list_member = "NetworkAcls",
	.ids_member = "NetworkAclIds",
	.noun = "networkAcl ID",
	.not_found = &not_found,
	.filters = filters,
};

/* Entries */

/* Those that go out stand before those that come in, each in order of their numbers. */
static int
is_behind(const json_t *a, const json_t *b)
{
	int a_out = json_bool(a, "Egress", 0), b_out = json_bool(b, "Egress", 0);

	if (a_out != b_out)
		return b_out;
	return json_int(a, "RuleNumber", 0) > json_int(b, "RuleNumber", 0);
}

void
network_acl_add(json_t *doc, json_t *entry)
{
	json_t *entries = json_need_array(doc, "Entries"), *sorted = json_new_array(),
	       *other;
	int is_in = 0;
	size_t i;

	json_array_foreach(entries, i, other) {
		if (!is_in && is_behind(other, entry)) {
			json_add(sorted, entry);
			is_in = 1;
		}
		json_add(sorted, json_incref(other));
	}
	if (!is_in)
		json_add(sorted, entry);
	json_set(doc, "Entries", sorted);
}

int
network_acl_find(const json_t *doc, int is_egress, int64_t number, size_t *ret)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_get(doc, "Entries"), i, entry) {
		if (json_int(entry, "RuleNumber", 0) == number &&
		    json_bool(entry, "Egress", 0) == is_egress) {
			*ret = i;
			return 1;
		}
	}
	return 0;
}

/* An entry for everything, both ways, where there is none with the number. */
static void
add_both(json_t *doc, int number, const char *member, const char *cidr,
    const char *action)
{
	size_t i;

	for (int egress = 1; egress >= 0; egress--) {
		if (network_acl_find(doc, egress, number, &i))
			continue;
		network_acl_add(doc,
		    json_make("{s:s, s:b, s:s, s:s, s:i}", member, cidr, "Egress", egress,
			"Protocol", "-1", "RuleAction", action, "RuleNumber", number));
	}
}

/* What AWS has in every ACL of a VPC with IPv6, and what in the default one. */
static void
add_ipv6(json_t *doc)
{
	if (json_bool(doc, "IsDefault", 0))
		add_both(doc, 101, "Ipv6CidrBlock", "::/0", "allow");
	add_both(doc, ACL_LAST6, "Ipv6CidrBlock", "::/0", "deny");
}

/* ACLs */

static json_t *
make(struct call *c, const char *vpc_id, int is_default)
{
	json_t *doc = resource_new(c, &ec2_network_acl, NULL);

	if (doc == NULL)
		return NULL;
	json_set_str(doc, "VpcId", vpc_id);
	json_set_str(doc, "OwnerId", c->account);
	json_set_bool(doc, "IsDefault", is_default);
	if (is_default)
		add_both(doc, 100, "CidrBlock", "0.0.0.0/0", "allow");
	else
		json_set_str(doc, "_custom_vpc", vpc_id);
	add_both(doc, ACL_LAST, "CidrBlock", "0.0.0.0/0", "deny");
	json_set(doc, "Associations", json_new_array());
	return doc;
}

int
ec2_network_acl_default(struct call *c, const char *vpc_id)
{
	struct call own = *c;

	/* Tags of the request are for the VPC. */
	own.in = json_own(c->arena, json_new_object());
	network_acl_put(c, make(&own, vpc_id, 1));
	return 0;
}

/* The VPC's default one, as a copy to write: 1, 0, -1. */
static int
edit_default(struct call *c, const char *vpc_id, json_t **ret)
{
	struct store_docs all;

	if (resource_list(c, &ec2_network_acl, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (json_bool(all.doc[i], "IsDefault", 0) &&
		    strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc_id) == 0)
			return resource_edit(c, &ec2_network_acl,
				   resource_id(&ec2_network_acl, all.doc[i]), ret) < 0 ?
			    -1 :
			    1;
	}
	return 0;
}

int
ec2_network_acl_drop(struct call *c, const char *vpc_id)
{
	json_t *doc;
	int rc = edit_default(c, vpc_id, &doc);

	if (rc > 0)
		resource_delete_doc(c, &ec2_network_acl,
		    resource_id(&ec2_network_acl, doc));
	return rc < 0 ? -1 : 0;
}

int
ec2_network_acl_ipv6(struct call *c, const char *vpc_id)
{
	struct store_docs all;
	json_t *doc;

	if (resource_list(c, &ec2_network_acl, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc_id) != 0)
			continue;
		if (resource_edit(c, &ec2_network_acl,
			resource_id(&ec2_network_acl, all.doc[i]), &doc) < 0)
			return -1;
		add_ipv6(doc);
		network_acl_put(c, doc);
	}
	return 0;
}

/* CreateNetworkAcl, DeleteNetworkAcl */

static int
create(struct call *c)
{
	const char *vpc_id = in_str(c, "VpcId");
	json_t *vpc, *doc;

	if (call_allow(c, &ec2_vpc, vpc_id) < 0 ||
	    resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0)
		return -1;
	doc = make(c, vpc_id, 0);
	if (doc == NULL)
		return -1;
	if (json_array_size(json_get(vpc, "Ipv6CidrBlockAssociationSet")) > 0)
		add_ipv6(doc);
	network_acl_put(c, doc);
	out_ref(c, "NetworkAcl", doc);
	out_str(c, "ClientToken", in_str(c, "ClientToken"));
	return 0;
}

static int delete (struct call *c)
{
	const char *id = in_str(c, "NetworkAclId");
	json_t *doc;

	if (resource_get(c, &ec2_network_acl, id, &doc) < 0)
		return -1;
	if (json_bool(doc, "IsDefault", 0))
		return err_set(&c->err, &ec2_bad_value,
		    "cannot delete default network ACL %s", id);
	if (json_array_size(json_get(doc, "Associations")) > 0)
		return err_set(&c->err, &ec2_dependency,
		    "The networkAcl '%s' has dependencies and cannot be deleted.", id);
	resource_delete_doc(c, &ec2_network_acl, id);
	return 0;
}

/* Associations */

static const char *
associate(json_t *doc, const char *subnet_id)
{
	json_t *row = json_add_object(json_need_array(doc, "Associations"));
	char hex[18];

	random_hex(hex, 17);
	json_set_fmt(row, "NetworkAclAssociationId", "aclassoc-%s", hex);
	json_set_str(row, "NetworkAclId", resource_id(&ec2_network_acl, doc));
	json_set_str(row, "SubnetId", subnet_id);
	return json_str(row, "NetworkAclAssociationId");
}

/*
 * The association whose `member` is `value`: its ACL as a copy to write, and its index.
 * 1, 0, -1.
 */
static int
find_association(struct call *c, const char *member, const char *value, json_t **ret,
    size_t *ret_i)
{
	struct store_docs all;
	const json_t *row;
	size_t k;

	if (resource_list(c, &ec2_network_acl, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		json_array_foreach(json_get(all.doc[i], "Associations"), k, row) {
			if (strcmp(json_str_or(row, member, ""), value) != 0)
				continue;
			*ret_i = k;
			return resource_edit(c, &ec2_network_acl,
				   resource_id(&ec2_network_acl, all.doc[i]), ret) < 0 ?
			    -1 :
			    1;
		}
	}
	return 0;
}

int
ec2_network_acl_join(struct call *c, const char *vpc_id, const char *subnet_id)
{
	json_t *doc;
	int rc = edit_default(c, vpc_id, &doc);

	if (rc <= 0)
		return rc;
	associate(doc, subnet_id);
	network_acl_put(c, doc);
	return 0;
}

int
ec2_network_acl_leave(struct call *c, const char *subnet_id)
{
	json_t *doc;
	size_t i;
	int rc = find_association(c, "SubnetId", subnet_id, &doc, &i);

	if (rc <= 0)
		return rc;
	json_array_remove(json_get(doc, "Associations"), i);
	network_acl_put(c, doc);
	return 0;
}

static int
replace_association(struct call *c)
{
	const char *id = in_str(c, "AssociationId"), *acl = in_str(c, "NetworkAclId"),
		   *subnet;
	json_t *from, *to;
	size_t i;
	int rc;

	if (resource_get(c, &ec2_network_acl, acl, &to) < 0)
		return -1;
	rc = find_association(c, "NetworkAclAssociationId", id, &from, &i);
	if (rc == 0)
		return err_set(&c->err, &no_association,
		    "The association ID '%s' does not exist", id);
	if (rc < 0)
		return -1;
	subnet = arena_strdup(c->arena,
	    json_str_or(json_array_get(json_get(from, "Associations"), i), "SubnetId",
		""));
	if (call_allow(c, &ec2_subnet, subnet) < 0)
		return -1;
	if (strcmp(json_str_or(from, "VpcId", ""), json_str_or(to, "VpcId", "")) != 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Network ACL %s and subnet %s belong to different networks", acl,
		    subnet);
	json_array_remove(json_get(from, "Associations"), i);
	network_acl_put(c, from);
	if (resource_edit(c, &ec2_network_acl, acl, &to) < 0)
		return -1;
	out_str(c, "NewAssociationId", associate(to, subnet));
	network_acl_put(c, to);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateNetworkAcl", create, OP_TOKEN, &ec2_network_acl, NULL,
	    "Create a network ACL that lets nothing pass."),
	OP_RES("DeleteNetworkAcl", delete, 0, &ec2_network_acl, "NetworkAclId",
	    "Delete a network ACL that no subnet has."),
	OP_RES("DescribeNetworkAcls", resource_describe, OP_READ, &ec2_network_acl, NULL,
	    "List network ACLs."),
	OP_RES("ReplaceNetworkAclAssociation", replace_association, 0, &ec2_network_acl,
	    "NetworkAclId", "Give a subnet another network ACL."),
};
static const struct resource *const resources[] = { &ec2_network_acl, NULL };
const struct family ec2_network_acls = FAMILY(ops, resources);
