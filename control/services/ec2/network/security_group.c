/*
 * EC2: security groups.
 *
 * Rules are kept and shown here; enforcing them is netd's, and comes with the data plane.
 */
#include <string.h>

#include "control/services/ec2/network/security_rule.h"

static const struct err_kind not_found = { "InvalidGroup.NotFound", 400 };
static const struct err_kind bad_id = { "InvalidGroupId.Malformed", 400 };
static const struct err_kind duplicate = { "InvalidGroup.Duplicate", 400 };
static const struct err_kind cannot_delete = { "CannotDelete", 400 };
static const struct err_kind too_many_groups = {
	"SecurityGroupsPerInterfaceLimitExceeded", 400
};
enum { GROUPS_MAX = 5 };

static const struct err_kind no_default = { "VPCIdNotSpecified", 400 };

static const struct filter filters[] = {
	{ "description", "Description" },
	{ "egress.ip-permission.cidr", "IpPermissionsEgress.IpRanges.CidrIp" },
	{ "egress.ip-permission.from-port", "IpPermissionsEgress.FromPort" },
	{ "egress.ip-permission.group-id",
	    "IpPermissionsEgress.UserIdGroupPairs.GroupId" },
	{ "egress.ip-permission.group-name", "_egress_names" },
	{ "egress.ip-permission.ipv6-cidr", "IpPermissionsEgress.Ipv6Ranges.CidrIpv6" },
	{ "egress.ip-permission.prefix-list-id",
	    "IpPermissionsEgress.PrefixListIds.PrefixListId" },
	{ "egress.ip-permission.protocol", "IpPermissionsEgress.IpProtocol" },
	{ "egress.ip-permission.to-port", "IpPermissionsEgress.ToPort" },
	{ "egress.ip-permission.user-id", "IpPermissionsEgress.UserIdGroupPairs.UserId" },
	{ "group-id", "GroupId" },
	{ "group-name", "GroupName" },
	{ "ip-permission.cidr", "IpPermissions.IpRanges.CidrIp" },
	{ "ip-permission.from-port", "IpPermissions.FromPort" },
	{ "ip-permission.group-id", "IpPermissions.UserIdGroupPairs.GroupId" },
	{ "ip-permission.group-name", "_ingress_names" },
	{ "ip-permission.ipv6-cidr", "IpPermissions.Ipv6Ranges.CidrIpv6" },
	{ "ip-permission.prefix-list-id", "IpPermissions.PrefixListIds.PrefixListId" },
	{ "ip-permission.protocol", "IpPermissions.IpProtocol" },
	{ "ip-permission.to-port", "IpPermissions.ToPort" },
	{ "ip-permission.user-id", "IpPermissions.UserIdGroupPairs.UserId" },
	{ "owner-id", "OwnerId" },
	{ "vpc-id", "VpcId" },
	{ NULL, NULL },
};

const struct resource ec2_security_group = {
	.service = "ec2",
	.kind = "ec2:security-group",
	.type = "security-group",
	.prefix = "sg-",
	.id_member = "GroupId",
	.list_member = "SecurityGroups",
	.ids_member = "GroupIds",
	.noun = "security group",
	.not_found = &not_found,
	.malformed = &bad_id,
	.filters = filters,
};

static void
let_out(struct call *c, json_t *group, const char *member, const char *cidr)
{
	security_rule_add(c, group,
	    json_own(c->arena,
		json_make("{s:s, s:s, s:b, s:s, s:i, s:i, s:s}", "GroupId",
		    resource_id(&ec2_security_group, group), "GroupOwnerId", c->account,
		    "IsEgress", 1, "IpProtocol", "-1", "FromPort", -1, "ToPort", -1,
		    member, cidr)),
	    NULL);
}

/* A group lets everything out until told otherwise. */
static json_t *
make_group(struct call *c, const char *vpc_id, const char *name, const char *description)
{
	const char *id;
	json_t *doc = resource_new(c, &ec2_security_group, &id);

	if (doc == NULL)
		return NULL;
	json_set_str(doc, "GroupName", name);
	json_set_str(doc, "Description", description);
	json_set_str(doc, "OwnerId", c->account);
	json_set_str(doc, "VpcId", vpc_id);
	json_set_str(doc, "SecurityGroupArn", resource_arn(c, &ec2_security_group, id));
	let_out(c, doc, "CidrIpv4", "0.0.0.0/0");
	return doc;
}

void
security_group_put(struct call *c, json_t *group)
{
	security_rules_show(group);
	resource_put(c, &ec2_security_group, group);
}

/* The group goes, and its rules do. */
static void
remove_group(struct call *c, const json_t *group)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(json_get(group, "_rules"), i, rule)
		resource_delete_doc(c, &ec2_security_group_rule,
		    resource_id(&ec2_security_group_rule, rule));
	resource_delete_doc(c, &ec2_security_group,
	    resource_id(&ec2_security_group, group));
}

int
ec2_security_group_default(struct call *c, const char *vpc_id)
{
	struct call own = *c;
	json_t *doc;
	const char *id;

	/* Tags of the request are for the VPC. */
	own.in = json_own(c->arena, json_new_object());
	doc = make_group(&own, vpc_id, "default", "default VPC security group");
	id = resource_id(&ec2_security_group, doc);
	security_rule_add(c, doc,
	    json_own(c->arena,
		json_make("{s:s, s:s, s:b, s:s, s:i, s:i, s:{s:s, s:s}}", "GroupId", id,
		    "GroupOwnerId", c->account, "IsEgress", 0, "IpProtocol", "-1",
		    "FromPort", -1, "ToPort", -1, "ReferencedGroupInfo", "GroupId", id,
		    "UserId", c->account)),
	    NULL);
	security_group_put(c, doc);
	return 0;
}

/* The group of the VPC with the name: 1, 0, -1. */
static int
find_by_name(struct call *c, const char *vpc_id, const char *name, json_t **ret)
{
	struct store_docs all;

	if (resource_list(c, &ec2_security_group, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""), vpc_id) == 0 &&
		    strcmp(json_str_or(all.doc[i], "GroupName", ""), name) == 0) {
			*ret = all.doc[i];
			return 1;
		}
	}
	return 0;
}

/* Its rules outward are those it was made with. */
static int
lets_out_as_made(const json_t *group)
{
	const json_t *rule;
	size_t i, n = 0, n_made = 0;

	json_array_foreach(json_get(group, "_rules"), i, rule) {
		if (!json_bool(rule, "IsEgress", 0))
			continue;
		n++;
		n_made += strcmp(json_str_or(rule, "IpProtocol", ""), "-1") == 0 &&
		    strcmp(json_str_or(rule, "CidrIpv4", ""), "0.0.0.0/0") == 0;
	}
	return n == 1 && n_made == 1;
}

int
ec2_security_group_ipv6(struct call *c, const char *vpc_id)
{
	json_t *doc;
	int rc = find_by_name(c, vpc_id, "default", &doc);

	if (rc <= 0 || !lets_out_as_made(doc))
		return rc < 0 ? -1 : 0;
	if (resource_edit(c, &ec2_security_group, resource_id(&ec2_security_group, doc),
		&doc) < 0)
		return -1;
	let_out(c, doc, "CidrIpv6", "::/0");
	security_group_put(c, doc);
	return 0;
}

int
ec2_security_group_drop(struct call *c, const char *vpc_id)
{
	json_t *doc;
	int rc = find_by_name(c, vpc_id, "default", &doc);

	if (rc > 0)
		remove_group(c, doc);
	return rc < 0 ? -1 : security_group_leave_vpc(c, vpc_id);
}

/* A group that is named twice is there once. */
static void
choose(json_t *chosen, const json_t *doc)
{
	const json_t *row;
	size_t i;

	json_array_foreach(chosen, i, row) {
		if (strcmp(json_str_or(row, "GroupId", ""),
			resource_id(&ec2_security_group, doc)) == 0)
			return;
	}
	json_add(chosen,
	    json_make("{s:s, s:s}", "GroupId", resource_id(&ec2_security_group, doc),
		"GroupName", json_str_or(doc, "GroupName", "")));
}

int
ec2_security_groups_for(struct call *c, const json_t *subnet, const json_t *ids,
    const json_t *names, json_t **ret_groups)
{
	static const struct err_kind other_network = { "InvalidParameter", 400 };
	const char *vpc_id = json_str_or(subnet, "VpcId", "");
	const char *subnet_id = resource_id(&ec2_subnet, subnet);
	json_t *chosen = json_own(c->arena, json_new_array()), *doc;
	const json_t *v;
	size_t i;
	int rc;

	json_array_foreach(ids, i, v) {
		if (resource_get(c, &ec2_security_group, json_string_value(v), &doc) < 0)
			return -1;
		rc = security_group_is_of(c, doc, vpc_id);
		if (rc < 0)
			return -1;
		if (rc == 0)
			return err_set(&c->err, &other_network,
			    "Security group %s and subnet %s belong to different networks.",
			    json_string_value(v), subnet_id);
		choose(chosen, doc);
	}
	json_array_foreach(names, i, v) {
		rc = find_by_name(c, vpc_id, json_string_value(v), &doc);
		if (rc == 0)
			return err_set(&c->err, &not_found,
			    "The security group '%s' does not exist in VPC '%s'",
			    json_string_value(v), vpc_id);
		if (rc < 0)
			return -1;
		choose(chosen, doc);
	}
	if (json_array_size(chosen) == 0) {
		rc = find_by_name(c, vpc_id, "default", &doc);
		if (rc < 0)
			return -1;
		if (rc > 0)
			choose(chosen, doc);
	}
	if (json_array_size(chosen) > GROUPS_MAX)
		return err_set(&c->err, &too_many_groups,
		    "You have exceeded the maximum number of security groups allowed per network "
		    "interface.");
	*ret_groups = chosen;
	return 0;
}

/* CreateSecurityGroup */

static int
default_vpc(struct call *c, const char **ret)
{
	json_t *vpc;
	int rc = resource_find_by(c, &ec2_vpc, "IsDefault", "true", &vpc);

	if (rc == 0)
		return err_set(&c->err, &no_default, "No default VPC for this user");
	if (rc > 0)
		*ret = resource_id(&ec2_vpc, vpc);
	return rc < 0 ? -1 : 0;
}

static int
check_name(struct call *c, const char *name, const char *description)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789 ._-:/()#,@[]+=&;{}!$*";

	if (strlen(name) > 255 || name[0] == '\0')
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%.64s) for parameter GroupName is invalid. It must have from 1 to 255 "
		    "characters.",
		    name);
	if (strncmp(name, "sg-", 3) == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter GroupName is invalid. Group names may not be in the "
		    "format sg-*.",
		    name);
	if (strcasecmp(name, "default") == 0)
		return err_set(&c->err, &ec2_bad_value,
		    "Cannot use reserved security group name: %s", name);
	/* EC2 API: CreateSecurityGroup, "Constraints". */
	if (strspn(name, allowed) != strlen(name))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter GroupName is invalid. Character sets beyond ASCII are "
		    "not supported.",
		    name);
	if (strlen(description) > 255 ||
	    strspn(description, allowed) != strlen(description))
		return err_set(&c->err, &ec2_bad_value,
		    "Value (%s) for parameter GroupDescription is invalid. Character sets beyond "
		    "ASCII are not supported.",
		    description);
	return 0;
}

static int
create(struct call *c)
{
	const char *name = in_str(c, "GroupName"),
		   *description = in_str(c, "Description");
	const char *vpc = in_str(c, "VpcId");
	json_t *doc, *vpc_doc;
	int rc;

	if (check_name(c, name, description) < 0)
		return -1;
	if (vpc != NULL ? resource_get(c, &ec2_vpc, vpc, &doc) < 0 :
			  default_vpc(c, &vpc) < 0)
		return -1;
	if (call_allow(c, &ec2_vpc, vpc) < 0 ||
	    resource_get(c, &ec2_vpc, vpc, &vpc_doc) < 0)
		return -1;
	rc = find_by_name(c, vpc, name, &doc);
	if (rc > 0)
		return err_set(&c->err, &duplicate,
		    "The security group '%s' already exists for VPC '%s'", name, vpc);
	if (rc < 0)
		return -1;
	doc = make_group(c, vpc, name, description);
	if (doc == NULL)
		return -1;
	if (json_array_size(json_get(vpc_doc, "Ipv6CidrBlockAssociationSet")) > 0)
		let_out(c, doc, "CidrIpv6", "::/0");
	json_set_str(doc, "_custom_vpc", vpc);
	security_group_put(c, doc);
	out_str(c, "GroupId", resource_id(&ec2_security_group, doc));
	out_str(c, "SecurityGroupArn", json_str(doc, "SecurityGroupArn"));
	out_ref(c, "Tags", json_get(doc, "Tags"));
	return 0;
}

/* The group of GroupId, or of GroupName in the default VPC, as a copy to write. */
int
security_group_named(struct call *c, json_t **ret)
{
	const char *id = in_str(c, "GroupId"), *vpc;
	const char *name = json_str(c->in, "GroupName"); /* only ingress has it */
	json_t *doc;
	int rc;

	if (id != NULL)
		return resource_edit(c, &ec2_security_group, id, ret);
	if (name == NULL)
		return err_set(&c->err, &ec2_missing,
		    "The request must contain the parameter groupName or groupId");
	if (default_vpc(c, &vpc) < 0)
		return -1;
	rc = find_by_name(c, vpc, name, &doc);
	if (rc == 0)
		return err_set(&c->err, &not_found,
		    "The security group '%s' does not exist in default VPC '%s'", name,
		    vpc);
	if (rc < 0)
		return -1;
	return resource_edit(c, &ec2_security_group,
	    resource_id(&ec2_security_group, doc), ret);
}

/* DeleteSecurityGroup */

static int
check_unused(struct call *c, const char *id)
{
	static const struct dependent users[] = {
		{ "ec2:network-interface", "Groups.GroupId" },
		{ "ec2:security-group-vpc-association", "GroupId" },
		{ NULL, NULL },
	};
	struct resource group = ec2_security_group;
	struct store_docs all;

	group.dependents = users;
	if (resource_check_unused(c, &group, id) < 0)
		return c->err.kind == &ec2_dependency || c->err.kind->status == 400 ?
		    err_set(&c->err, &ec2_dependency,
			"resource %s has a dependent object", id) :
		    -1;
	if (resource_list(c, &ec2_security_group, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const json_t *rule;
		size_t k;

		if (strcmp(resource_id(&ec2_security_group, all.doc[i]), id) == 0)
			continue;
		json_array_foreach(json_get(all.doc[i], "_rules"), k, rule) {
			if (strcmp(json_str_or(json_get(rule, "ReferencedGroupInfo"),
				       "GroupId", ""),
				id) == 0)
				return err_set(&c->err, &ec2_dependency,
				    "resource %s has a dependent object", id);
		}
	}
	return 0;
}

static int delete (struct call *c)
{
	const char *id;
	json_t *doc;

	if (security_group_named(c, &doc) < 0)
		return -1;
	id = resource_id(&ec2_security_group, doc);
	if (strcmp(json_str_or(doc, "GroupName", ""), "default") == 0)
		return err_set(&c->err, &cannot_delete,
		    "the specified group: \"%s\" name: \"default\" cannot be deleted by a user",
		    id);
	if (check_unused(c, id) < 0)
		return -1;
	remove_group(c, doc);
	out_bool(c, "Return", 1);
	out_str(c, "GroupId", id);
	return 0;
}

/* DescribeSecurityGroups: as the generic one, and by GroupNames. */

static int
describe(struct call *c)
{
	const json_t *names = in_list(c, "GroupNames");
	struct store_docs docs;
	const char *missing;
	json_t *out;

	if (resource_list(c, &ec2_security_group, &docs) < 0)
		return -1;
	missing = ec2_narrow(c, &docs, "GroupName", names);
	if (missing != NULL)
		return err_set(&c->err, &not_found,
		    "The security group '%s' does not exist", missing);
	if (resource_select(c, &ec2_security_group, &docs, &out) < 0 ||
	    resource_page(c, &ec2_security_group, out) < 0)
		return -1;
	out_ref(c, "SecurityGroups", out);
	return 0;
}

static const struct op ops[] = {
	OP_RES("CreateSecurityGroup", create, 0, &ec2_security_group, NULL,
	    "Create a security group."),
	OP_RES("DeleteSecurityGroup", delete, 0, &ec2_security_group, "GroupId",
	    "Delete a group that nothing uses."),
	OP_RES("DescribeSecurityGroups", describe, OP_READ, &ec2_security_group, NULL,
	    "List security groups."),
};
static const struct resource *const resources[] = { &ec2_security_group, NULL };
const struct family ec2_security_groups = FAMILY(ops, resources);
