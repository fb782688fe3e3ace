/*
 * RDS: subnet groups: in which subnets of a VPC instances may be.
 */
#include <ctype.h>
#include <string.h>

#include "control/services/ec2/ec2.h"
#include "control/services/rds/rds.h"

static const struct err_kind not_found = { "DBSubnetGroupNotFoundFault", 404 };
static const struct err_kind exists = { "DBSubnetGroupAlreadyExists", 400 };
static const struct err_kind in_use = { "InvalidDBSubnetGroupStateFault", 400 };
static const struct err_kind too_few_zones = { "DBSubnetGroupDoesNotCoverEnoughAZs",
	400 };
static const struct err_kind bad_subnet = { "InvalidSubnet", 400 };
static const struct err_kind subnet_in_use = { "SubnetAlreadyInUse", 400 };

const struct resource rds_subnet_group = {
	.service = "rds",
	.kind = "rds:subnet-group",
	.type = "subgrp",
	.id_member = "DBSubnetGroupName",
	.noun = "DB subnet group",
	.not_found = &not_found,
	.tags_member = "_tags",
};

static char *
lower(struct call *c, const char *text)
{
	char *out = arena_strdup(c->arena, text);

	for (char *p = out; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}

static void
add_subnet(json_t *doc, const json_t *subnet)
{
	json_add(json_need_array(doc, "Subnets"),
	    json_make("{s:s, s:{s:s}, s:{}, s:s}", "SubnetIdentifier",
		json_str_or(subnet, "SubnetId", ""), "SubnetAvailabilityZone", "Name",
		json_str_or(subnet, "AvailabilityZone", ""), "SubnetOutpost",
		"SubnetStatus", "Active"));
}

/* The subnets of the input, all of one VPC and in two zones at least. */
static int
take_subnets(struct call *c, json_t *doc)
{
	const json_t *v;
	const char *vpc = NULL, *zone = NULL;
	int zones = 0;
	size_t i;

	json_set(doc, "Subnets", json_new_array());
	json_array_foreach(in_list(c, "SubnetIds"), i, v) {
		const char *id = json_string_value(v);
		json_t *subnet;
		int rc = resource_find(c, &ec2_subnet, id, &subnet);

		if (rc < 0)
			return -1;
		if (rc == 0)
			return err_set(&c->err, &bad_subnet,
			    "Subnet IDs are required to be valid: %s", id);
		if (vpc != NULL && strcmp(vpc, json_str_or(subnet, "VpcId", "")) != 0)
			return err_set(&c->err, &bad_subnet,
			    "The subnets are not all in the same VPC");
		vpc = json_str_or(subnet, "VpcId", "");
		if (zone == NULL ||
		    strcmp(zone, json_str_or(subnet, "AvailabilityZone", "")) != 0)
			zones++;
		zone = json_str_or(subnet, "AvailabilityZone", "");
		add_subnet(doc, subnet);
	}
	if (zones < 2)
		return err_set(&c->err, &too_few_zones,
		    "The DB subnet group doesn't meet Availability Zone (AZ) coverage "
		    "requirement. Current AZ coverage: %s. Add subnets to cover at least 2 "
		    "AZs.",
		    zone != NULL ? zone : "");
	json_set_str(doc, "VpcId", vpc);
	return 0;
}

static void
show(struct call *c, const json_t *doc)
{
	out_ref(c, "DBSubnetGroup", json_own(c->arena, json_copy_deep(doc)));
}

static int
no_group(struct call *c, const char *name)
{
	return err_set(&c->err, &not_found, "DB subnet group '%s' does not exist.", name);
}

static int
create_db_subnet_group(struct call *c)
{
	const char *name = lower(c, in_str(c, "DBSubnetGroupName"));
	json_t *doc = json_own(c->arena, json_new_object()), *old, *tags;
	int rc;

	if (rds_allow(c, "subgrp", name) < 0)
		return -1;
	if (strcmp(name, "default") == 0 || strlen(name) > 255 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789 ._-") != strlen(name))
		return err_set(&c->err, &rds_bad_value,
		    "The parameter DBSubnetGroupName must be provided and must not be blank.");
	rc = resource_find(c, &rds_subnet_group, name, &old);
	if (rc != 0)
		return rc < 0 ? -1 :
				err_set(&c->err, &exists,
				    "The DB subnet group '%s' already exists.", name);
	tags = rds_input_tags(c);
	if (tags == NULL)
		return -1;
	json_set_str(doc, "DBSubnetGroupName", name);
	json_set_str(doc, "DBSubnetGroupDescription",
	    in_str(c, "DBSubnetGroupDescription"));
	if (take_subnets(c, doc) < 0)
		return -1;
	json_set_str(doc, "SubnetGroupStatus", "Complete");
	json_set_str(doc, "DBSubnetGroupArn", rds_arn(c, "subgrp", name));
	json_set(doc, "SupportedNetworkTypes", json_make("[s]", "IPV4"));
	json_set(doc, "_tags", json_incref(tags));
	resource_put(c, &rds_subnet_group, doc);
	show(c, doc);
	return 0;
}

/* In which subnets instances of the group are: they cannot be taken away. */
static int
check_used(struct call *c, const json_t *doc)
{
	json_t *all = rds_all(c, rds_instance.kind);
	const json_t *instance, *row;
	size_t i, k;

	if (all == NULL)
		return -1;
	json_array_foreach(all, i, instance) {
		int found = 0;

		if (strcmp(json_str_or(instance, "_subnets", ""),
			json_str_or(doc, "DBSubnetGroupName", "")) != 0)
			continue;
		json_array_foreach(json_get(doc, "Subnets"), k, row)
			found |= strcmp(json_str_or(row, "SubnetIdentifier", ""),
				     json_str_or(instance, "_subnet", "")) == 0;
		if (!found)
			return err_set(&c->err, &subnet_in_use,
			    "Some of the subnets to be deleted are currently in use: %s",
			    json_str_or(instance, "_subnet", ""));
	}
	return 0;
}

static int
modify_db_subnet_group(struct call *c)
{
	const char *name = lower(c, in_str(c, "DBSubnetGroupName"));
	json_t *doc;
	int rc;

	if (rds_allow(c, "subgrp", name) < 0)
		return -1;
	rc = store_edit(c->txn, c->scope, rds_subnet_group.kind, name, &doc, &c->err);
	if (rc <= 0)
		return rc < 0 ? -1 : no_group(c, name);
	json_set_str(doc, "DBSubnetGroupDescription",
	    in_str(c, "DBSubnetGroupDescription"));
	if (take_subnets(c, doc) < 0 || check_used(c, doc) < 0)
		return -1;
	resource_put(c, &rds_subnet_group, doc);
	show(c, doc);
	return 0;
}

static int
delete_db_subnet_group(struct call *c)
{
	const char *name = lower(c, in_str(c, "DBSubnetGroupName"));
	json_t *doc;
	int rc;

	if (rds_allow(c, "subgrp", name) < 0)
		return -1;
	rc = resource_find(c, &rds_subnet_group, name, &doc);
	if (rc <= 0)
		return rc < 0 ? -1 : no_group(c, name);
	rc = resource_find_by(c, &rds_instance, "_subnets", name, &doc);
	if (rc != 0)
		return rc < 0 ?
		    -1 :
		    err_set(&c->err, &in_use,
			"Cannot delete the subnet group '%s' because at least one "
			"database instance: %s is still using it.",
			name, json_str_or(doc, "DBInstanceIdentifier", ""));
	resource_delete_doc(c, &rds_subnet_group, name);
	return 0;
}

static int
describe_db_subnet_groups(struct call *c)
{
	const char *name = in_str(c, "DBSubnetGroupName");
	json_t *rows, *doc;
	int rc;

	if (rds_allow(c, "subgrp", name) < 0)
		return -1;
	if (name == NULL) {
		rows = rds_all(c, rds_subnet_group.kind);
	} else {
		rc = resource_find(c, &rds_subnet_group, lower(c, name), &doc);
		if (rc <= 0)
			return rc < 0 ? -1 : no_group(c, name);
		rows = json_own(c->arena, json_make("[O]", doc));
	}
	if (rows == NULL || rds_filter(c, NULL, rows) < 0)
		return -1;
	return rds_out_page(c, "DBSubnetGroups", "DBSubnetGroupName", rows);
}

static int
default_vpc(struct call *c, json_t **ret)
{
	struct store_docs all;

	if (resource_list(c, &ec2_vpc, &all) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		*ret = all.doc[i];
		if (json_bool(*ret, "IsDefault", 0))
			return 0;
	}
	return err_set(&c->err, &not_found,
	    "No default subnet detected in VPC. Please contact AWS Support to recreate "
	    "default Subnets.");
}

/* All subnets of the default VPC, as RDS makes it when it is needed first. */
static int
make_default(struct call *c, json_t **ret)
{
	json_t *vpc, *doc = json_own(c->arena, json_new_object());
	struct store_docs all;

	if (default_vpc(c, &vpc) < 0)
		return -1;
	if (resource_list(c, &ec2_subnet, &all) < 0)
		return -1;
	json_set_str(doc, "DBSubnetGroupName", "default");
	json_set_str(doc, "DBSubnetGroupDescription", "default");
	json_set_str(doc, "VpcId", json_str(vpc, "VpcId"));
	json_set_str(doc, "SubnetGroupStatus", "Complete");
	json_set_str(doc, "DBSubnetGroupArn", rds_arn(c, "subgrp", "default"));
	json_set(doc, "SupportedNetworkTypes", json_make("[s]", "IPV4"));
	json_need_array(doc, "_tags");
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(json_str_or(all.doc[i], "VpcId", ""),
			json_str_or(vpc, "VpcId", "")) == 0)
			add_subnet(doc, all.doc[i]);
	}
	resource_put(c, &rds_subnet_group, doc);
	*ret = doc;
	return 0;
}

int
rds_subnet_group_need(struct call *c, const char *name, json_t **ret)
{
	int rc;

	name = name != NULL ? lower(c, name) : "default";
	rc = resource_find(c, &rds_subnet_group, name, ret);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return strcmp(name, "default") == 0 ? make_default(c, ret) : no_group(c, name);
}

static const struct op ops[] = {
	RDS("CreateDBSubnetGroup", create_db_subnet_group, 0,
	    "Say in which subnets databases may be."),
	RDS("DeleteDBSubnetGroup", delete_db_subnet_group, 0, "Remove a subnet group."),
	RDS("DescribeDBSubnetGroups", describe_db_subnet_groups, OP_READ,
	    "List subnet groups."),
	RDS("ModifyDBSubnetGroup", modify_db_subnet_group, 0,
	    "Give a subnet group other subnets."),
};

static const struct resource *const resources[] = { &rds_subnet_group, NULL };

const struct family rds_subnet_groups = FAMILY(ops, resources);
