/*
 * EC2: security groups across VPCs: where one may be used, and who refers to it over a peering.
 */
#include <string.h>

#include "control/services/ec2/network/record.h"
#include "control/services/ec2/network/security_rule.h"

static const struct err_kind no_association = {
	"InvalidSecurityGroupVpcAssociation.NotFound", 400
};
static const struct err_kind exists = { "InvalidSecurityGroup.Duplicate", 400 };
static const struct err_kind bad_parameter = { "InvalidParameter", 400 };

/* AssociateSecurityGroupVpc, DisassociateSecurityGroupVpc */

static const struct filter filters[] = {
	{ "group-id", "GroupId" },
	{ "group-owner-id", "GroupOwnerId" },
	{ "state", "State" },
	{ "vpc-id", "VpcId" },
	{ "vpc-owner-id", "VpcOwnerId" },
	{ NULL, NULL },
};

/* "sg-1 vpc-1" */
static const struct resource association = {
	.service = "ec2",
	.kind = "ec2:security-group-vpc-association",
	.type = "security-group",
	.id_member = "_id",
	.noun = "association",
	.not_found = &no_association,
	.filters = filters,
	.no_tags = 1,
};

static char *
association_id(const struct call *c, const char *group, const char *vpc)
{
	return arena_printf(c->arena, "%s %s", group, vpc);
}

int
security_group_is_of(struct call *c, const json_t *group, const char *vpc_id)
{
	json_t *doc;

	if (strcmp(json_str_or(group, "VpcId", ""), vpc_id) == 0)
		return 1;
	return resource_find(c, &association,
	    association_id(c, resource_id(&ec2_security_group, group), vpc_id), &doc);
}

static int
associate(struct call *c)
{
	const char *id = in_str(c, "GroupId"), *vpc_id = in_str(c, "VpcId");
	json_t *group, *vpc, *doc;
	int rc;

	if (resource_get(c, &ec2_security_group, id, &group) < 0 ||
	    resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0 ||
	    call_allow(c, &ec2_vpc, vpc_id) < 0)
		return -1;
	if (strcmp(json_str_or(group, "GroupName", ""), "default") == 0)
		return err_set(&c->err, &bad_parameter,
		    "A default security group cannot be associated with another VPC.");
	rc = security_group_is_of(c, group, vpc_id);
	if (rc > 0)
		return err_set(&c->err, &exists,
		    "The security group '%s' is already of VPC '%s'.", id, vpc_id);
	if (rc < 0)
		return -1;
	doc = json_own(c->arena,
	    json_make("{s:s, s:s, s:s, s:s, s:s, s:s}", "_id",
		association_id(c, id, vpc_id), "GroupId", id, "VpcId", vpc_id,
		"VpcOwnerId", c->account, "GroupOwnerId", c->account, "State",
		"associated"));
	resource_put(c, &association, doc);
	out_str(c, "State", "associating");
	return 0;
}

/* An interface of the VPC has the group: 1, 0, -1. */
static int
is_used(struct call *c, const char *group, const char *vpc)
{
	struct store_docs all;
	const json_t *row;
	size_t k;

	if (resource_list(c, &ec2_network_interface, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc) != 0)
			continue;
		json_array_foreach(json_get(all.doc[i], "Groups"), k, row) {
			if (strcmp(json_str_or(row, "GroupId", ""), group) == 0)
				return 1;
		}
	}
	return 0;
}

static int
disassociate(struct call *c)
{
	const char *group = in_str(c, "GroupId"), *vpc = in_str(c, "VpcId");
	const char *id = association_id(c, group, vpc);
	json_t *doc;
	int rc;

	if (resource_get(c, &ec2_security_group, group, &doc) < 0)
		return -1;
	rc = resource_find(c, &association, id, &doc);
	if (rc == 0)
		return err_set(&c->err, &no_association,
		    "The security group '%s' is not associated with VPC '%s'.", group,
		    vpc);
	if (rc > 0)
		rc = is_used(c, group, vpc);
	if (rc > 0)
		return err_set(&c->err, &ec2_dependency,
		    "resource %s has a dependent object", group);
	if (rc < 0)
		return -1;
	resource_delete_doc(c, &association, id);
	out_str(c, "State", "disassociating");
	return 0;
}

int
security_group_leave_vpc(struct call *c, const char *vpc_id)
{
	struct store_docs all;

	if (resource_list(c, &association, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc_id) == 0)
			resource_delete_doc(c, &association,
			    resource_id(&association, all.doc[i]));
	}
	return 0;
}

static int
describe_associations(struct call *c)
{
	struct store_docs all;
	json_t *docs;

	if (resource_list(c, &association, &all) < 0 ||
	    resource_select(c, &association, &all, &docs) < 0 ||
	    resource_page(c, &association, docs) < 0)
		return -1;
	out_ref(c, "SecurityGroupVpcAssociations", docs);
	return 0;
}

/* GetSecurityGroupsForVpc: its own and those that are associated with it. */

static const struct filter group_filters[] = {
	{ "description", "Description" },
	{ "group-id", "GroupId" },
	{ "group-name", "GroupName" },
	{ "owner-id", "OwnerId" },
	{ "primary-vpc-id", "PrimaryVpcId" },
	{ NULL, NULL },
};

static const struct resource group_row = {
	.service = "ec2",
	.kind = "ec2:security-group-for-vpc",
	.type = "security-group",
	.id_member = "GroupId",
	.list_member = "SecurityGroupForVpcs",
	.noun = "security group",
	.not_found = &no_association,
	.filters = group_filters,
};

static int
get_groups(struct call *c)
{
	static const char *const same[] = { "GroupId", "GroupName", "Description",
		"OwnerId", "Tags" };
	const char *vpc_id = in_str(c, "VpcId");
	struct store_docs all, rows = { 0 };
	json_t **docs, *vpc;

	if (resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0 ||
	    resource_list(c, &ec2_security_group, &all) < 0)
		return -1;
	docs = arena_calloc(c->arena, all.n + 1, sizeof(json_t *));
	rows.doc = docs;
	for (size_t i = 0; i < all.n; i++) {
		int rc = security_group_is_of(c, all.doc[i], vpc_id);
		json_t *row;

		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		row = json_own(c->arena, json_new_object());
		for (size_t k = 0; k < COUNT(same); k++)
			json_set(row, same[k],
			    json_copy_deep(json_get(all.doc[i], same[k])));
		json_set_str(row, "PrimaryVpcId", json_str(all.doc[i], "VpcId"));
		docs[rows.n++] = row;
	}
	return resource_answer(c, &group_row, &rows);
}

/* DescribeSecurityGroupReferences */

/* Groups of the peer's VPC that have a rule with the group. */
static int
add_references(struct call *c, json_t *list, const char *id,
    const struct security_peer *peer)
{
	struct store_docs all;
	const json_t *rule;
	size_t k;

	if (store_list(c->txn, peer->scope, ec2_security_group.kind, &all, &c->err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), peer->vpc) != 0)
			continue;
		json_array_foreach(json_get(all.doc[i], "_rules"), k, rule) {
			if (strcmp(json_str_or(json_get(rule, "ReferencedGroupInfo"),
				       "GroupId", ""),
				id) != 0)
				continue;
			json_add(list,
			    json_make("{s:s, s:s, s:s}", "GroupId", id,
				"ReferencingVpcId", peer->vpc, "VpcPeeringConnectionId",
				peer->connection));
			return 0;
		}
	}
	return 0;
}

static int
describe_references(struct call *c)
{
	json_t *list = json_own(c->arena, json_new_array()), *group;
	struct security_peer *peers;
	const json_t *v;
	size_t i, n;

	json_array_foreach(in_list(c, "GroupId"), i, v) {
		if (resource_get(c, &ec2_security_group, json_string_value(v), &group) <
			0 ||
		    security_peers(c, json_str_or(group, "VpcId", ""), &peers, &n) < 0)
			return -1;
		for (size_t k = 0; k < n; k++) {
			if (add_references(c, list, json_string_value(v), &peers[k]) < 0)
				return -1;
		}
	}
	out_ref(c, "SecurityGroupReferenceSet", list);
	return 0;
}

/* DescribeStaleSecurityGroups: their rules refer to what is no more beyond a peering. */

static const struct resource stale_row = {
	.service = "ec2",
	.kind = "ec2:stale-security-group",
	.type = "security-group",
	.id_member = "GroupId",
	.list_member = "StaleSecurityGroupSet",
	.noun = "security group",
	.not_found = &no_association,
	.no_tags = 1,
	.page_max = 255,
};

/* 1, 0, -1; *ret_status is the peering's. */
static int
is_stale(struct call *c, const json_t *rule, const struct security_peer *peers, size_t n,
    const char **ret_status)
{
	const json_t *to = json_get(rule, "ReferencedGroupInfo");
	const char *connection = json_str(to, "VpcPeeringConnectionId");
	json_t *doc;
	int rc;

	*ret_status = "deleted";
	if (connection == NULL)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(peers[i].connection, connection) != 0)
			continue;
		*ret_status = "active";
		rc = store_get(c->txn, peers[i].scope, ec2_security_group.kind,
		    json_str_or(to, "GroupId", ""), &doc, &c->err);
		return rc < 0 ? -1 : rc == 0;
	}
	return 1;
}

static void
add_stale(json_t *row, const json_t *rule, const char *status)
{
	static const char *const same[] = { "GroupId", "UserId", "VpcId",
		"VpcPeeringConnectionId" };
	const json_t *to = json_get(rule, "ReferencedGroupInfo");
	json_t *p = json_add_object(json_need_array(row,
		   json_bool(rule, "IsEgress", 0) ? "StaleIpPermissionsEgress" :
						    "StaleIpPermissions")),
	       *pair;

	json_set_str(p, "IpProtocol", json_str(rule, "IpProtocol"));
	if (strcmp(json_str_or(rule, "IpProtocol", ""), "-1") != 0) {
		json_set_int(p, "FromPort", json_int(rule, "FromPort", -1));
		json_set_int(p, "ToPort", json_int(rule, "ToPort", -1));
	}
	pair = json_add_object(json_need_array(p, "UserIdGroupPairs"));
	for (size_t i = 0; i < COUNT(same); i++)
		json_set_str(pair, same[i], json_str(to, same[i]));
	json_set_str(pair, "PeeringStatus", status);
}

/* The group as the answer shows it, or NULL when it is not stale; -1. */
static int
stale_of(struct call *c, const json_t *group, const struct security_peer *peers, size_t n,
    json_t **ret)
{
	static const char *const same[] = { "GroupId", "GroupName", "Description",
		"VpcId" };
	const json_t *rule;
	const char *status;
	json_t *row = NULL;
	size_t i;

	json_array_foreach(json_get(group, "_rules"), i, rule) {
		int rc = is_stale(c, rule, peers, n, &status);

		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		if (row == NULL) {
			row = json_own(c->arena, json_new_object());
			for (size_t k = 0; k < COUNT(same); k++)
				json_set_str(row, same[k], json_str(group, same[k]));
		}
		add_stale(row, rule, status);
	}
	*ret = row;
	return 0;
}

static int
describe_stale(struct call *c)
{
	const char *vpc_id = in_str(c, "VpcId");
	json_t *list = json_own(c->arena, json_new_array()), *row;
	struct security_peer *peers;
	struct store_docs all;
	json_t *vpc;
	size_t n;

	if (resource_get(c, &ec2_vpc, vpc_id, &vpc) < 0 ||
	    resource_list(c, &ec2_security_group, &all) < 0 ||
	    security_peers(c, vpc_id, &peers, &n) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc_id) != 0)
			continue;
		if (stale_of(c, all.doc[i], peers, n, &row) < 0)
			return -1;
		if (row != NULL)
			json_add(list, json_incref(row));
	}
	if (resource_page(c, &stale_row, list) < 0)
		return -1;
	out_ref(c, "StaleSecurityGroupSet", list);
	return 0;
}

static const struct op ops[] = {
	OP_RES("AssociateSecurityGroupVpc", associate, 0, &ec2_security_group, "GroupId",
	    "Let a group be used in another VPC."),
	OP("DescribeSecurityGroupReferences", describe_references, OP_READ,
	    "List peered VPCs whose groups refer to a group."),
	OP_RES("DescribeSecurityGroupVpcAssociations", describe_associations, OP_READ,
	    &association, NULL, "List further VPCs of groups."),
	OP_RES("DescribeStaleSecurityGroups", describe_stale, OP_READ, &stale_row, NULL,
	    "List groups that refer to what is gone beyond a peering."),
	OP_RES("DisassociateSecurityGroupVpc", disassociate, 0, &ec2_security_group,
	    "GroupId", "No longer let a group be used in another VPC."),
	OP_RES("GetSecurityGroupsForVpc", get_groups, OP_READ, &group_row, NULL,
	    "List the groups that can be used in a VPC."),
};
static const struct resource *const resources[] = { &association, NULL };
const struct family ec2_security_group_vpcs = FAMILY(ops, resources);
